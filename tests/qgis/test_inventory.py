"""`inventory` through Processing: tables, page, numbers, the lists of the combo boxes; by the program too."""

import pytest

from geocollab.provider import hints
from sandbox.process import SandboxProcess
from tests.qgis.delivered import rows
from tests.qgis_process import run_qgis_process
from tests.workflows.depot import Depot
from tests.workflows.stock import Stock


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    with SandboxProcess(rate=0) as process, Depot(process) as depot:
        yield Stock(depot, tmp_path_factory.mktemp("stock"))


@pytest.fixture
def inventory(run, stock):
    def call(**parameters):
        return run("inventory", CONNECTION=str(stock.depot.process.connection), **parameters)

    return call


def test_tables_page_and_numbers_agree(inventory, stock, tmp_path, no_lists, feedback):
    page = tmp_path / "inventory.html"

    found = inventory(
        OUTPUT="TEMPORARY_OUTPUT", FINDINGS="TEMPORARY_OUTPUT", USAGE="TEMPORARY_OUTPUT", REPORT=str(page)
    )

    things, remarks, usage = (rows(found[name]) for name in ("OUTPUT", "FINDINGS", "USAGE"))
    assert len(things) == found["COUNT"]
    assert feedback.infos[-2].startswith(f"{len(remarks)} remarks: the page and the table FINDINGS say what")
    assert sum(row["size"] or 0 for row in things) == found["SIZE"]
    assert len({row["id"] for row in remarks if row["orphan"]}) == found["ORPHAN_COUNT"]
    assert len([row for row in remarks if row["code"] == "unstable"]) == found["UNSTABLE_COUNT"] == 1
    assert found["LATE_COUNT"] == 1
    assert sum(row["hits"] for row in usage) == found["HITS"] > 0
    text = page.read_text(encoding="utf-8")
    assert "Cantons" in text and "<script" not in text
    assert f"cantons_wfs (WFS) — {stock.ids['cantons_wfs offering']}" in hints.entries("offerings")
    assert f"database — {stock.ids['database']}" in hints.entries("stored_data")


def test_without_details_and_usage_few_requests_are_sent(inventory):
    found = inventory(DETAILS=False, DAYS=0)

    assert (found["REQUEST_COUNT"], found["HITS"]) == (16, 0)


def test_by_the_program(stock, tmp_path):
    table = tmp_path / "inventory.csv"
    connection = str(stock.depot.process.connection)

    given = [f"--CONNECTION={connection}", "--DAYS=0", f"--OUTPUT={table}"]
    outcome = run_qgis_process("run", "geocollab:inventory", *given, profile=tmp_path, json=True)

    assert outcome.returncode == 0, outcome.stderr
    assert len(table.read_text(encoding="utf-8").splitlines()) == outcome.results["COUNT"] + 1
