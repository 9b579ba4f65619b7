"""The inventory of a datastore: everything counted, what deserves attention found, in few requests."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from geocollab.workflows.entrepot.stock import inventory
from geocollab.workflows.entrepot.stock.findings import ORPHANS
from geocollab.workflows.entrepot.stock.snapshot import KINDS, Allowance
from geocollab.workflows.pages.html import render
from sandbox.process import SandboxProcess
from tests.workflows.depot import Depot
from tests.workflows.stock import NOW, Stock

DAYS = 31
LISTS = 8 + 6 + 2
"""Requests without details: a list of each kind, one for each status of executions, the organisation and its quota."""


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    with SandboxProcess(rate=0) as process, Depot(process) as depot:
        yield Stock(depot, tmp_path_factory.mktemp("stock"))


def take(stock, **more):
    stock.depot.process.clear_journal()
    return inventory.take(stock.depot.office(), stock.depot.watch, **more)


@pytest.fixture(scope="module")
def found(stock):
    return take(stock, days=DAYS)


def remarks(found, *, orphan=None):
    return {(one.code, one.id) for one in found.findings if orphan is None or one.orphan == orphan}


# ---------------------------------------------------------------------- found


def test_everything_is_counted(found):
    numbers = found.numbers()

    assert {name: numbers[name] for name in inventory.COUNTS.values()} == {
        "UPLOAD_COUNT": 3, "STORED_DATA_COUNT": 7, "CONFIGURATION_COUNT": 4, "OFFERING_COUNT": 3, "STATIC_COUNT": 2,
        "ANNEXE_COUNT": 3, "METADATA_COUNT": 3, "PERMISSION_COUNT": 3,
    }  # fmt: skip
    assert numbers["COUNT"] == 28 + 4
    assert (numbers["EXECUTION_COUNT"], numbers["RUNNING_COUNT"], numbers["FAILED_COUNT"]) == (7, 1, 2)
    assert numbers["SHEET_COUNT"] == 3
    assert numbers["SIZE"] == 5_000_000 + 20_000_000 + 8_000_000 + 60_000_000 + 1_000_000 + 3000 + 2 * 2_000_000 + sum(
        annexe.size for annexe in found.snapshot.annexes
    )  # fmt: skip


def test_what_is_of_no_use(found, stock):
    ids = stock.ids

    assert remarks(found, orphan=True) == {
        ("integrated", ids["integrated"]),
        ("open_long", ids["forgotten"]),
        ("never_made", ids["declared"]),
        ("unused", ids["unused"]),
        ("unused", ids["tiles"]),
        ("unoffered", ids["idle_wfs"]),
        ("static_unused", ids["spare"]),
        ("style_unused", ids["old.sld"]),
        ("annexe_hidden", ids["hidden.pdf"]),
        ("record_hidden", ids["record Forêts"]),
        ("dangling", ids["broken"]),
    }
    assert {code for code, _id in remarks(found, orphan=True)} == set(ORPHANS)
    assert found.numbers()["ORPHAN_COUNT"] == 11
    sizes = [one.size or 0 for one in found.findings if one.orphan]
    assert sizes == sorted(sizes, reverse=True)


def test_what_is_out_of_order(found, stock):
    ids = stock.ids

    assert {pair for pair in remarks(found, orphan=False) if pair[0] != "full"} == {
        ("unstable", ids["broken"]),
        ("late", ids["record Communes"]),
        ("ended", ids["ended"]),
        ("ending", ids["ending"]),
    }
    numbers = found.numbers()
    assert (numbers["UNSTABLE_COUNT"], numbers["LATE_COUNT"], numbers["ENDING_COUNT"]) == (1, 1, 2)
    sentences = {one.code: one.sentence for one in found.findings}
    assert "450" in sentences["late"] and "Once a year" in sentences["late"]
    assert "5 days" in sentences["ended"] and "9 days" in sentences["ending"]
    assert not any("{" in sentence for sentence in sentences.values())


def test_full_endpoints_are_told(found):
    full = [one for one in found.findings if one.code == "full"]

    assert {one.name for one in full} == {"WFS ouvert complet", "WMS-VECTOR ouvert complet"}


def test_what_the_account_and_its_organisation_may_use(found, stock):
    told = {one.kind: (one.use, one.quota) for one in found.snapshot.allowances}

    assert told == {"organization": (11_000_000, 1000 * 10**9), "keys": (0, 20), "documents": (0, 50_000_000)}
    with_full_keys = replace(found.snapshot, allowances=(Allowance("keys", "me", "Moi", 19, 20),))
    (full,) = [one for one in inventory.Inventory(with_full_keys).findings if one.kind == "keys"]
    assert (full.code, full.name, full.sentence) == ("full", "Moi", "95 % of the quota are used.")


def test_an_organisation_that_cannot_be_read_is_left_out(stock):
    stock.depot.process.faults({"kind": "status", "status": 403, "path": "/communities/"})
    found = take(stock, details=False)
    stock.depot.process.faults()

    assert {one.kind for one in found.snapshot.allowances} == {"keys", "documents"}


def test_the_page_tells_of_executions(found):
    page = render(found.report())

    assert "Declared: 1, in progress: 1, done: 3, failed: 1, aborted: 1." in page
    assert page.count("Intégration") == 4
    more = replace(found.snapshot, execution_counts={**found.snapshot.execution_counts, "FAILURE": 53})
    assert "52 older ones are not listed." in render(inventory.Inventory(more).report())


def test_what_belongs_to_a_data_sheet(found, stock):
    ids = stock.ids
    of_cantons = {name for name, id in ids.items() if found.sheet_of.get(id) == "Cantons"}

    assert of_cantons == {
        "integrated", "database", "tiles", "style", "cantons_wfs", "cantons_wfs offering", "cantons_wms",
        "cantons_wms offering", "hidden.pdf", "old.sld", "now.sld", "record Cantons",
    }  # fmt: skip
    assert found.sheet_of[ids["communes_wfs offering"]] == "Communes"  # by its data
    assert next(iter(found.sizes)) == "Forêts"


def test_the_rows_have_everything_once(found):
    rows = list(found.rows())

    assert all(len(row) == len(inventory.COLUMNS) for row in rows)
    told = [dict(zip(dict(inventory.COLUMNS), row)) for row in rows]
    assert len(told) == len({row["id"] for row in told}) == found.numbers()["COUNT"]
    assert {row["kind"] for row in told} == {*KINDS, "executions"}
    runs = [(row["name"], row["status"], row["status_label"]) for row in told if row["kind"] == "executions"]
    assert {status for _name, status, _label in runs} == {"CREATED", "PROGRESS", "FAILURE", "ABORTED"}
    assert ("Intégration", "FAILURE", "failed") in runs
    by_name = {row["name"]: row for row in told}
    assert by_name["database"]["used_by"] == 2
    assert (by_name["database"]["kind_label"], by_name["database"]["status_label"]) == ("stored data", "ready for use")
    assert by_name["broken"]["findings"] == "unstable dangling"
    assert by_name["broken"]["findings_label"] == "unstable, points at nothing"
    remarks = [dict(zip(dict(inventory.FINDING_COLUMNS), row)) for row in found.finding_rows()]
    assert [row["sentence"] for row in remarks] == [finding.sentence for finding in found.findings]
    assert {(row["code_label"], row["kind_label"]) for row in remarks if row["code"] == "ended"} == {
        ("ended", "permission")
    }


def test_usage_by_day(found, stock):
    numbers, rows = found.numbers(), list(found.usage_rows())

    assert numbers["HITS"] == sum(100 * back for back in range(1, DAYS + 1))
    assert numbers["TRANSFERRED"] == sum(1_000_000 * back for back in range(1, DAYS + 1))
    yesterday = (NOW.date() - timedelta(days=1)).isoformat()
    assert rows[-1] == (yesterday, stock.ids["cantons_wfs offering"], "WFS", "cantons_wfs", "Cantons", 100, 1_000_000)
    assert len(rows) == DAYS
    assert found.snapshot.usage_days[0] == date.fromisoformat(rows[0][0])


def test_the_lists_of_the_combo_boxes(found, stock):
    entries = found.entries()

    assert ("cantons_wfs (WFS)", stock.ids["cantons_wfs offering"]) in entries["offerings"]
    assert ("database", stock.ids["database"]) in entries["stored_data"]
    assert set(entries) == set(KINDS)


# ---------------------------------------------------------------------- few requests


def requests(stock):
    return [entry["path"] for entry in stock.depot.process.journal("^/api/")]


def test_without_details_a_list_of_each_kind_is_enough(stock):
    found = take(stock, details=False)

    assert len(KINDS) == 8 and found.numbers()["REQUEST_COUNT"] == LISTS
    assert len(requests(stock)) == LISTS + 2  # who asks, and the datastore
    codes = {one.code for one in found.findings}
    assert not codes & {"unused", "static_unused", "style_unused", "late"}
    assert {"unoffered", "annexe_hidden", "record_hidden", "unstable"} <= codes


def test_details_are_asked_where_they_are_needed_alone(stock):
    found = take(stock)

    # each configuration, each record, and the five stored data that no configuration uses
    assert found.numbers()["REQUEST_COUNT"] == LISTS + 4 + 3 + 5
    assert not [path for path in requests(stock) if path.endswith("/stats")]


def test_usage_costs_one_request_for_each_service(stock):
    assert take(stock, details=False, days=DAYS).numbers()["REQUEST_COUNT"] == LISTS + 3


def test_an_upload_of_which_no_tag_tells_is_asked_for(stock):
    id = stock.depot.made("uploads", name="silent", type="VECTOR", status="CLOSED", srs="EPSG:2154", size=1,
                          description="", open=False, tags={})  # fmt: skip
    found = take(stock)

    asked = [e for e in stock.depot.process.journal("/processings/executions") if ["input_upload", id] in e["query"]]
    assert len(asked) == 1
    assert id not in {one.id for one in found.findings}  # nothing was made of it yet
    stock.depot.process.entrepot_entity("uploads", id=id, status="DELETED")


# ---------------------------------------------------------------------- odd moments


def test_what_goes_meanwhile_is_left_out(stock):
    stock.depot.process.faults({"kind": "status", "status": 404, "path": f"/configurations/{stock.ids['idle_wfs']}$"})

    found = take(stock)
    stock.depot.process.faults()
    assert stock.ids["idle_wfs"] not in {one.id for one in found.snapshot.configurations}


def test_what_may_not_be_listed_is_told_and_not_judged(stock):
    stock.depot.process.faults({"kind": "status", "status": 403, "path": "/offerings$", "times": None})

    found = take(stock)
    stock.depot.process.faults()
    assert found.snapshot.unread == {"offerings"}
    assert "unoffered" not in {one.code for one in found.findings}
    assert found.report().warnings


def test_a_record_that_cannot_be_read_hides_nothing_else(stock):
    path = f"/metadata/{stock.ids['record Communes']}/file$"
    stock.depot.process.faults({"kind": "html", "path": path, "status": 400})

    found = take(stock)
    stock.depot.process.faults()
    assert "late" not in {one.code for one in found.findings}


def test_an_empty_datastore(stock):
    office = stock.depot.office(user="gestionnaire", datastore="decouverte")
    found = inventory.take(office, stock.depot.watch, days=DAYS)

    assert found.numbers()["COUNT"] == 0
    assert "<html" in render(found.report())


# ---------------------------------------------------------------------- the page


def test_the_page_says_it_all_and_obeys_nothing(found):
    page = render(found.report())

    for word in (
        "Montreuil",
        "Cantons",
        "cantons_wfs",
        "kept for nothing",
        "late",
        "/style/",
        "60",
        "Requests by day",
    ):
        assert word in page
    assert "<script" not in page.lower()


def test_hostile_names_are_shown_and_not_obeyed(found):
    data = found.snapshot.stored_data[0]
    evil = replace(data, raw={**data.raw, "name": "<script>alert(1)</script>", "status": "UNSTABLE",
                              "tags": {"datasheet_name": "\u202e<img src=x>"}})  # fmt: skip
    snapshot = replace(found.snapshot, stored_data=(evil,))

    page = render(inventory.Inventory(snapshot).report())
    assert "<script" not in page.lower() and "<img" not in page and "\u202e" not in page
    assert "&lt;script&gt;" in page
