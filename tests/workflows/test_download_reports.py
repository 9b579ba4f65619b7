"""Replace: what is in the store afterwards is what the server has, or the store is as it was."""

import json
import math
import sqlite3
import threading
import time
import unicodedata
from datetime import datetime, timedelta

import pytest
from osgeo import ogr

from geocollab.client.errors import (
    Cancelled,
    Forbidden,
    MalformedAnswer,
    ServerFault,
    ServiceError,
    Unauthorized,
    Unreachable,
)
from geocollab.store.store import Store
from geocollab.workflows.reports.clear_reports import clear_reports
from geocollab.workflows.reports.report_filter import ReportFilter
from geocollab.workflows.watch import WARNINGS_SHOWN
from geocollab.workflows.zone import Zone
from tests.workflows.downloads import Heard, World, content, everything, ids, server

ALL = ReportFilter(community=375, public=True)
OURS = ReportFilter(community=375)


@pytest.fixture(scope="module")
def process():
    with server() as running:
        yield running


@pytest.fixture
def world(process):
    process.faults()
    process.clear_journal()
    yield World(process)
    process.faults()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "reports.sqlite"


def _rows(path, sql):
    connection = sqlite3.connect(str(path))
    connection.enable_load_extension(True)
    connection.load_extension("mod_spatialite")
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(sql)]
    connection.close()
    return found


def _member(value, name):
    return value.get(name) if value else None


def _point(wkt):
    return tuple(map(float, wkt[6:-1].split()))


def test_every_field_is_that_of_the_server(world, path):
    outcome = world.download(path, ALL)
    truth = world.reports()
    stored = {row["id"]: row for row in _rows(path, 'SELECT *, X(geom) AS lon, Y(geom) AS lat FROM "Signalement"')}
    assert stored.keys() == truth.keys()
    assert outcome.count == outcome.new == len(truth) > 400
    for number, report in truth.items():
        row, themes = stored[number], report["attributes"]
        assert (row["lon"], row["lat"]) == _point(report["geometry"])
        assert row["NoSignalement"] == number
        assert (row["Auteur_id"], row["Auteur"]) == (
            _member(report["author"], "id"),
            _member(report["author"], "username"),
        )
        assert row["Validateur"] == _member(report["validator"], "username")
        assert (row["Insee"], row["Commune"]) == (
            _member(report["commune"], "name"),
            _member(report["commune"], "title"),
        )
        assert (row["Département_id"], row["Territoire"]) == (
            report["departement"]["name"],
            report["territory"]["name"],
        )
        assert (row["Date_création"], row["Date_MAJ"], row["Date_validation"]) == (
            report["opening_date"],
            report["updating_date"],
            report["closing_date"],
        )
        assert (row["Statut"], row["Message"]) == (report["status"], report["comment"])
        assert (row["Origine"], row["Version_origine"]) == (report["input_device"], report["device_version"])
        assert row["Groupe_id"] == report.get("community")
        assert row["Thème"] == (themes[0]["theme"] if themes else None)
        assert (json.loads(row["Attributs"]) if row["Attributs"] else []) == themes
        assert row["Nb_réponses"] == len(report["replies"])
        assert row["URL"] == f"{world.process.url}/georem/{number}"
        assert row["Document"] == (" ".join(d["download_uri"] for d in report["attachments"]) or None)
        assert row["Autres"] is None
    labels = {row["Statut"]: row["Statut_libellé"] for row in stored.values()}
    assert labels["pending1"] == "À dessiner" and labels["valid"] == "Corrigé dans la base"


def test_every_reply_document_and_sketch_is_that_of_the_server(world, path):
    outcome = world.download(path, ALL)
    truth = world.reports().values()
    replies = {row["id"]: row for row in _rows(path, "SELECT * FROM Reponse_EC")}
    expected = {
        reply["id"]: (number + 1, report["id"], reply)
        for report in truth
        for number, reply in enumerate(report["replies"][::-1])
    }
    assert replies.keys() == expected.keys() and len(replies) > 50
    for number, (order, report, reply) in expected.items():
        row = replies[number]
        assert (row["NoSignalement"], row["Ordre"], row["Statut"], row["Date"]) == (
            report,
            order,
            reply["status"],
            reply["date"],
        )
        assert (row["Auteur"], row["Titre"]) == (_member(reply["author"], "username"), reply["title"])
        assert row["Contenu"] == (reply["content"] or "")
    documents = {row["id"]: row for row in _rows(path, "SELECT * FROM Document_EC")}
    for report in truth:
        for document in report["attachments"]:
            row = documents.pop(document["id"])
            assert (row["NoSignalement"], row["Fichier"], row["Type_MIME"], row["Taille"], row["URL"]) == (
                report["id"],
                document["filename"],
                document["mime_type"],
                document["size"],
                document["uri"],
            )
    assert not documents

    drawn = sorted(
        (report["id"], order, item["type"], part)
        for report in truth
        if report["sketch"]
        for order, item in enumerate(json.loads(report["sketch"])["objects"], 1)
        for part in _simple(ogr.CreateGeometryFromWkt(item["geometry"]))
    )
    found = sorted(
        (row["NoSignalement"], row["Ordre"], row["Type"], ogr.CreateGeometryFromWkb(row["wkb"]).ExportToWkt())
        for table in ("Croquis_EC_Point", "Croquis_EC_Ligne", "Croquis_EC_Polygone")
        for row in _rows(path, f"SELECT *, AsBinary(geom) AS wkb FROM {table}")
    )
    assert found == drawn
    assert {kind for *_rest, kind, _part in drawn} == {
        "Point",
        "Ligne",
        "Polygone",
        "Texte",
        "Fleche",
        "MultiPolygone",
        "MultiLigne",
        "MultiPoint",
        "GeometryCollection",
    }
    assert outcome.sketches == len(drawn) and outcome.sketches_skipped == 0 and outcome.warnings == []


def _simple(shape):
    if shape.GetGeometryName() in ("POINT", "LINESTRING", "POLYGON"):
        return [shape.ExportToWkt()]
    return [part for n in range(shape.GetGeometryCount()) for part in _simple(shape.GetGeometryRef(n))]


def test_layers_are_indexed_and_counted(world, path):
    world.download(path, ALL)
    with Store(path) as store:
        for table in ("Signalement", "Croquis_EC_Point", "Croquis_EC_Ligne", "Croquis_EC_Polygone"):
            assert store.one("SELECT CheckSpatialIndex(?, 'geom')", (table,)) == 1
            counted = store.one(
                "SELECT row_count FROM geometry_columns_statistics WHERE f_table_name = lower(?)", (table,)
            )
            assert counted == store.reports.counts()[table] > 0


def test_as_few_requests_as_pages(world, path):
    outcome = world.download(path, ALL)
    made = world.requests_made()
    assert len(made) <= math.ceil(outcome.count / 100) + 3
    assert outcome.requests == len(made)
    assert not [one for one in made if one.startswith("/gcms/api/reports/")], "no request for a single report"


def test_what_the_summary_says(world, path):
    outcome = world.download(path, ALL)
    again = world.download(path, ALL)
    assert (again.new, again.changed, again.unchanged, again.removed) == (0, 0, outcome.count, 0)
    less = world.download(path, ReportFilter(community=375, public=True, statuses=("submit", "valid")))
    assert less.removed == outcome.count - less.count and less.unchanged == less.count
    truth = world.reports()
    for code, _label, number in outcome.by_status:
        assert number == sum(report["status"] == code for report in truth.values())
    numbers = outcome.numbers()
    assert sum(numbers[f"{family}_COUNT"] for family in ("TO_TREAT", "IN_PROGRESS", "TREATED", "REJECTED")) == (
        outcome.count - numbers["TEST_COUNT"]
    )
    assert sum(share for *_rest, share in outcome.rows()) == pytest.approx(1)
    assert any(str(outcome.count) in line for line in outcome.lines())
    assert outcome.report().title


# ------------------------------------------------------------------ filters


def _zone(wkt):
    return Zone(bytes(ogr.CreateGeometryFromWkt(wkt).ExportToWkb()))


SHAPES = {
    "concave": "POLYGON((2.2 48.78,2.45 48.78,2.45 48.95,2.33 48.84,2.2 48.95,2.2 48.78))",
    "hole": "POLYGON((2.2 48.78,2.5 48.78,2.5 48.95,2.2 48.95,2.2 48.78),"
    "(2.3 48.83,2.4 48.83,2.4 48.9,2.3 48.9,2.3 48.83))",
    "several": "MULTIPOLYGON(((2.2 48.78,2.3 48.78,2.3 48.88,2.2 48.78)),((2.35 48.8,2.45 48.8,2.45 48.95,2.35 48.8)))",
    "box": "POLYGON((2.25 48.8,2.4 48.8,2.4 48.9,2.25 48.9,2.25 48.8))",
    "nowhere": "POLYGON((-40 10,-39 10,-39 11,-40 10))",
}


def _inside(shape):
    polygon = ogr.CreateGeometryFromWkt(SHAPES[shape])

    def test(report):
        point = ogr.Geometry(ogr.wkbPoint)
        point.AddPoint_2D(*_point(report["geometry"]))
        return polygon.Intersects(point)

    return test


def _moment(text):
    return datetime.fromisoformat(text)


def _plain(text):
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _theme(report):
    return report["attributes"][0]["theme"] if report["attributes"] else None


SINCE = datetime.now().astimezone() - timedelta(days=400)

FILTERS = {
    "community": ({}, lambda r: r.get("community") == 375),
    "other community": ({"community": 96}, lambda r: r.get("community") == 96),
    "public too": ({"public": True}, lambda r: True),
    "no community": ({"community": None}, lambda r: True),
    **{f"zone {name}": ({"public": True, "zone": _zone(wkt)}, _inside(name)) for name, wkt in SHAPES.items()},
    "updated": ({"updated_since": SINCE}, lambda r: r.get("community") == 375 and _moment(r["updating_date"]) >= SINCE),
    "opened": ({"public": True, "opened_since": SINCE}, lambda r: _moment(r["opening_date"]) >= SINCE),
    "closed": (
        {"public": True, "closed_since": SINCE},
        lambda r: r["closing_date"] and _moment(r["closing_date"]) >= SINCE,
    ),
    "without zone": (
        {"public": True, "opened_since": SINCE.replace(tzinfo=None, microsecond=0)},
        lambda r: _moment(r["opening_date"]).replace(tzinfo=None) >= SINCE.replace(tzinfo=None, microsecond=0),
    ),
    "status": ({"public": True, "statuses": ("submit",)}, lambda r: r["status"] == "submit"),
    "statuses": ({"public": True, "statuses": ("valid0", "test")}, lambda r: r["status"] in ("valid0", "test")),
    "theme": ({"themes": ("Voirie",)}, lambda r: r.get("community") == 375 and _theme(r) == "Voirie"),
    "themes": ({"public": True, "themes": ("Voirie", "Route")}, lambda r: _theme(r) in ("Voirie", "Route")),
    "unknown theme": (
        {"themes": ("Voirie", "Jamais vu")},
        lambda r: r.get("community") == 375 and _theme(r) == "Voirie",
    ),
    "department": ({"public": True, "departments": ("93",)}, lambda r: r["departement"]["name"] == "93"),
    "Corsica": ({"public": True, "departments": ("2a",)}, lambda r: r["departement"]["name"] == "2A"),
    "departments": ({"public": True, "departments": ("2A", "75")}, lambda r: r["departement"]["name"] in ("2A", "75")),
    "commune by name": (
        {"public": True, "commune": "MONTREUIL"},
        lambda r: r["commune"] and r["commune"]["title"] == "Montreuil",
    ),
    "author": ({"public": True, "author": 1001}, lambda r: _member(r["author"], "id") == 1001),
    "origin": ({"public": True, "input_device": "PHONE"}, lambda r: r["input_device"] == "PHONE"),
    "territory": ({"public": True, "territory": "FXX"}, lambda r: True),
    "no territory": ({"public": True, "territory": "REU"}, lambda r: False),
    "text": ({"public": True, "text": "LA"}, lambda r: "la" in _plain(r["comment"])),
    "pattern": (
        {"public": True, "text": "%la%de%"},
        lambda r: "la" in r["comment"] and "de" in r["comment"].split("la", 1)[1],
    ),
    "all at once": (
        {"statuses": ("valid", "submit"), "opened_since": SINCE, "zone": _zone(SHAPES["hole"])},
        lambda r: (
            r.get("community") == 375
            and r["status"] in ("valid", "submit")
            and _moment(r["opening_date"]) >= SINCE
            and _inside("hole")(r)
        ),
    ),
}
EMPTY = {"zone nowhere", "no territory"}


@pytest.mark.parametrize("name", FILTERS)
def test_filter(world, path, name):
    """Against a search by brute force through all that the account may see."""
    asked, wanted = FILTERS[name]
    heard = Heard()
    world.download(path, ReportFilter(**{"community": 375, **asked}), watch=heard)
    truth = world.reports()
    expected = {number for number, report in truth.items() if wanted(report)}
    assert ids(path) == expected
    assert bool(expected) is (name not in EMPTY and (name != "commune by name" or bool(expected)))
    assert len(heard.said) == (1 if name == "unknown theme" else 0)
    if heard.said:
        assert "Jamais vu" in heard.said[0] and "Voirie" in heard.said[0]


def test_the_server_does_the_work_where_it_can(world, path):
    world.download(
        path, ReportFilter(community=375, statuses=("submit",), zone=_zone(SHAPES["box"]), themes=("Voirie",))
    )
    (asked,) = [dict(map(tuple, entry["query"])) for entry in world.process.journal("/reports$")]
    assert asked["communities"] == "375" and asked["status[]"] == "submit" and "Voirie" in asked["attributes"]
    assert asked["box"] == "2.25,48.8,2.4,48.9"


# ------------------------------------------------------------------ odd answers


@pytest.mark.parametrize("form", ["text", "name_value", "empty_list"])
def test_odd_attributes(world, path, form):
    world.download(path, ALL)
    usual = content(path)
    world.process.faults({"kind": "odd_attributes", "form": form, "times": None})
    outcome = world.download(path, ALL)
    assert outcome.warnings == []
    if form != "empty_list":
        assert content(path) == usual


def test_odd_people_and_places(world, path):
    world.process.faults({"kind": "int_author", "times": None})
    world.download(path, ALL)
    authors = {row["Auteur_id"] for row in _rows(path, 'SELECT "Auteur_id" FROM "Signalement"')}
    assert {1001, None} < authors
    world.process.faults({"kind": "no_author", "times": None})
    outcome = world.download(path, ALL)
    assert outcome.count > 400 and outcome.warnings == []


def test_malformed_sketches_and_positions_are_warned_of_by_number_and_not_without_end(world, path):
    world.process.faults({"kind": "bad_sketch", "times": None}, {"kind": "no_geometry", "times": None})
    heard = Heard()
    outcome = world.download(path, ALL, watch=heard)
    assert outcome.sketches_skipped == outcome.without_position == outcome.count > 400
    assert outcome.sketches == 0
    assert len(heard.said) == len(outcome.warnings) == WARNINGS_SHOWN
    assert heard.warning_count == 2 * outcome.count
    assert all(any(str(number) in sentence for number in ids(path)) for sentence in heard.said[:5])


# ------------------------------------------------------------------ what fails leaves the store as it was

BREAKDOWNS = {
    "401 at once": ([{"kind": "status", "status": 401, "times": None}], Unauthorized),
    "401 in the middle": ([{"kind": "status", "status": 401, "after": 3, "times": None}], Unauthorized),
    "403": ([{"kind": "status", "status": 403, "path": "/reports", "after": 2, "times": None}], Forbidden),
    "404": ([{"kind": "status", "status": 404, "path": "/reports", "after": 1, "times": None}], ServiceError),
    "500": ([{"kind": "status", "status": 500, "path": "/reports", "after": 2, "times": None}], ServerFault),
    "HTML instead of JSON": (
        [{"kind": "html", "status": 200, "path": "/reports", "after": 3, "times": None}],
        MalformedAnswer,
    ),
    "no JSON": ([{"kind": "not_json", "path": "/reports", "after": 1, "times": None}], MalformedAnswer),
    "truncated JSON": ([{"kind": "truncated_json", "path": "/reports", "after": 2, "times": None}], MalformedAnswer),
    "dropped": ([{"kind": "drop", "path": "/reports", "after": 2, "times": None}], Unreachable),
    "reset": ([{"kind": "reset", "path": "/reports", "after": 2, "times": None}], Unreachable),
    "repeated page": ([{"kind": "repeat_page", "path": "/reports", "times": None}], MalformedAnswer),
}


@pytest.mark.parametrize("name", BREAKDOWNS)
def test_a_failed_download_leaves_the_store_as_it_was(world, path, name, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    world.download(path, OURS)
    before = everything(path)
    faults, error = BREAKDOWNS[name]
    world.process.faults(*faults)
    with pytest.raises(error):
        world.download(path, ALL)
    assert everything(path) == before
    world.process.faults()
    world.download(path, ALL)
    assert len(ids(path)) == len(world.reports())


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "drop"},
        {"kind": "wrong_total", "delta": -150},
        {"kind": "no_content_range"},
        {"kind": "wrong_total", "delta": 300, "times": None},
        {"kind": "no_content_range", "times": None},
        {"kind": "repeat_page", "after": 2},
        {"kind": "short_page", "rows": 40, "after": 1},
        {"kind": "short_page", "rows": 0, "after": 2},
        {"kind": "rate_limit", "retry_after": 0, "after": 1},
    ],
)
def test_a_passing_fault_is_got_over(world, path, fault, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    world.process.faults({"path": "/reports$", **fault})
    world.download(path, ALL)
    assert ids(path) == world.reports().keys()


@pytest.mark.parametrize("when", ["before", "while pages come", "at the end"])
def test_cancelled(world, path, when):
    world.download(path, OURS)
    before = everything(path)
    heard = Heard()
    stop = {
        "before": lambda: True,
        "while pages come": lambda: len(heard.steps) >= 2,
        "at the end": lambda: len(heard.steps) >= 5,
    }[when]
    heard = Heard(stop)
    with pytest.raises(Cancelled):
        world.download(path, ALL, watch=heard, cancelled=stop)
    assert everything(path) == before


def test_cancelled_inside_a_slow_request(world, path):
    world.download(path, OURS)
    before = everything(path)
    world.process.faults({"kind": "slow", "seconds": 30, "path": "/reports", "after": 1, "times": None})
    stopped = threading.Event()
    threading.Timer(0.7, stopped.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        world.download(path, ALL, cancelled=stopped.is_set)
    assert time.monotonic() - began < 6
    assert everything(path) == before
    world.process.faults()


def test_a_list_that_moves_while_it_is_read(world, path):
    """A report is deleted, and another made, after the first page has come."""
    seen = sorted(
        number
        for number, report in world.reports().items()
        if report.get("community") == 375 and report["status"] == "submit"
    )
    made = []

    class Mover(Heard):
        def progress(self, done, total):
            if not made:
                assert world.call("DELETE", f"/reports/{seen[0]}", "admin").status_code == 204
                answer = world.call("POST", "/reports", json={"geometry": "POINT(2.35 48.85)", "comment": "new"})
                assert answer.status_code == 201, answer.text
                made.append(answer.json()["id"])

    heard = Mover()
    world.download(path, ALL, watch=heard)
    assert ids(path) == world.reports().keys()
    assert made[0] in ids(path) and seen[0] not in ids(path)
    assert len(heard.infos) == 1


@pytest.mark.parametrize("at", [1, 2, 3])
def test_reports_made_while_the_list_is_read_are_no_reason_to_read_it_again(world, path, at):
    class Maker(Heard):
        def progress(self, done, total):
            super().progress(done, total)
            if len(self.steps) == at:
                for _n in range(3):
                    answer = world.call("POST", "/reports", json={"geometry": "POINT(2.35 48.85)", "comment": "new"})
                    assert answer.status_code == 201, answer.text

    before = world.reports().keys()
    heard = Maker()
    outcome = world.download(path, ALL, watch=heard)
    assert before <= ids(path) <= world.reports().keys()
    assert not heard.infos and not outcome.warnings
    world.download(path, ALL, "update")
    assert ids(path) == world.reports().keys()


def test_nothing_is_kept_in_memory_of_what_has_been_warned(world, path):
    heard = Heard()
    for number in range(1000):
        heard.warn(str(number))
    assert len(heard.warnings) == len(heard.said) == WARNINGS_SHOWN and heard.warning_count == 1000
    heard.forget_warnings()
    assert heard.warnings == [] and heard.warning_count == 0


def test_clear(world, path):
    outcome = world.download(path, ALL)
    with Store(path) as store:
        counts = clear_reports(store)
        assert counts["COUNT"] == outcome.count and counts["SKETCH_COUNT"] == outcome.sketches
        assert set(store.reports.counts().values()) == {0}
        assert store.reports.scope() == set()
        assert clear_reports(store)["COUNT"] == 0
    assert world.download(path, ALL, "update").mode == "replace"
    assert not world.process.journal("/reports/[0-9]")


def test_anonymous_sees_the_public_reports(process, path):
    from geocollab.client.espaceco.api import EspaceCo
    from geocollab.client.session import Session
    from geocollab.workflows.reports.download_reports import download_reports

    process.faults()
    with Session(rate=None) as session, Store(path) as store:
        outcome = download_reports(EspaceCo(session, process.url + "/gcms/api"), store, ReportFilter(public=True))
    assert 0 < outcome.count < len(World(process).reports())
