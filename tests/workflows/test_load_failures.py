"""Group layers that cannot be loaded: they stay as they were, the others are loaded, and it is said."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from geocollab.client.errors import Cancelled, Forbidden, MalformedAnswer, ServerFault, Unreachable
from geocollab.client.espaceco import databases, features, layers
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.errors import LayerChanged, UnknownSrid
from geocollab.store.store import Store
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.layers import load_layers as loading
from geocollab.workflows.layers.catalogue import Catalogue, Entry, catalogue
from geocollab.workflows.layers.described import Described
from geocollab.workflows.layers.load_layers import load_layers
from geocollab.workflows.layers.wanted import wanted_layers
from tests.client.raw_server import RawServer, reply
from tests.workflows.downloads import Heard
from tests.workflows.group_rows import CANTONS, PARCELS, PHARMACIES, POSTS, ROADS

ROOT = Path(__file__).resolve().parents[2]
TYPES, NO_GEOMETRY = "demo_guichet:Tous les types (été)", "demo_guichet:sans_geometrie"
NO_KEY, ARCHIVES = "demo_guichet:sans_cle", "demo_guichet:archives"
GEOMETRIES = ("geometry", "geometrycollection", "point", "multipoint", "linestring", "multilinestring", "polygon",
              "multipolygon")  # fmt: skip


def the_error(outcome, code):
    return next(each for each in outcome.layers if each.entry.code == code).error


# ------------------------------------------------------------------ failures


FAULTS = (
    ({"kind": "status", "status": 500}, ServerFault),
    ({"kind": "status", "status": 403}, Forbidden),
    ({"kind": "truncated_json"}, MalformedAnswer),
    ({"kind": "html", "status": 200}, MalformedAnswer),
    ({"kind": "drop"}, Unreachable),
    ({"kind": "reset"}, Unreachable),
)


@pytest.mark.parametrize(("fault", "error"), FAULTS)
def test_a_failure_in_the_middle_leaves_a_layer_as_it_was_and_the_others_go_on(town, small_pages, fault, error):
    town.bring(PARCELS)
    town.change("column_added", table=3402, column={"name": "neuve", "type": "Integer"})
    before = town.dump(PARCELS)
    town.process.faults({**fault, "path": "/wfs/suivi_terrain", "after": 2, "times": None})
    watch = Heard()
    outcome = town.bring(PARCELS, PHARMACIES, watch=watch)
    town.process.faults()
    assert isinstance(the_error(outcome, PARCELS), error)
    assert town.dump(PARCELS) == before
    assert outcome.numbers()["FAILED_COUNT"] == 1 and len(town.local(PHARMACIES)) == 60
    assert [sentence.split(":")[0] for sentence in watch.said] == ["Parcelles — suivi_terrain"]
    assert town.bring(PARCELS).numbers()["FAILED_COUNT"] == 0
    assert town.local(PARCELS) == town.server(PARCELS)


def test_a_first_load_that_fails_leaves_nothing(town, small_pages):
    before = town.dump()
    town.process.faults({"kind": "status", "status": 403, "path": "/wfs/", "after": 2, "times": None})
    with pytest.raises(Forbidden):
        town.bring(PARCELS)
    assert town.dump() == before


@pytest.mark.parametrize("fault", [{"kind": "slow", "seconds": 0.2}, {"kind": "truncated_json"}, {"kind": "drop"},
                                   {"kind": "status", "status": 503}, {"kind": "short_page", "rows": 3}])  # fmt: skip
def test_a_bad_moment_in_the_middle_is_got_over(town, small_pages, fault):
    town.process.faults({**fault, "path": "/wfs/", "after": 2})
    try:
        town.bring(PARCELS)
    except MalformedAnswer:
        assert fault["kind"] == "truncated_json", "nothing tells that the rest would come"
        town.bring(PARCELS)
    assert town.local(PARCELS) == town.server(PARCELS)


def test_if_all_fail_it_is_an_error(town):
    town.process.faults({"kind": "status", "status": 403, "path": "/wfs/", "times": None})
    with pytest.raises(Forbidden):
        town.bring(PHARMACIES, CANTONS)


def test_a_layer_that_could_not_be_described_is_told_and_the_others_go_on(town):
    town.process.faults({"kind": "status", "status": 403, "path": "/tables/3402$", "times": None})
    api = town.api()
    with api.session, Store(town.path) as store:
        entries = catalogue(api, 375, only=[806, 807]).entries
        watch = Heard()
        outcome = load_layers(api, store, entries, watch=watch)
    assert [type(each.error) for each in outcome.layers] == [type(None), Forbidden]
    assert watch.said == [], "the list of layers has said it"
    assert list(outcome.rows())[1][-1], "but the table says it too"


def test_a_crs_that_is_not_known(town):
    town.change("column", table=3404, name="geom", set={"srid": 999999, "crs": "EPSG:999999"})
    town.change("column", table=1734, name="geom", set={"srid": None, "crs": "IGNF:INCONNU"})
    outcome = town.bring(POSTS, PHARMACIES, CANTONS)
    assert isinstance(the_error(outcome, POSTS), UnknownSrid)
    assert str(the_error(outcome, PHARMACIES)) == (
        "Its coordinate system is not known, so its objects cannot be placed."
    )
    assert the_error(outcome, CANTONS) is None
    assert not [entry for entry in town.process.journal("/wfs/") if dict(entry["query"])["typename"] == "bornes"]


def test_a_geometry_that_changed_while_edits_are_pending(town):
    town.bring(POSTS, CANTONS)
    town.sql(POSTS, "UPDATE {t} SET etat = 'Bon' WHERE reference = 'BR-1'")
    before = town.dump(POSTS)
    town.change("column", table=3404, name="geom", set={"srid": 2154, "crs": "EPSG:2154"})
    outcome = town.bring(POSTS, CANTONS)
    assert isinstance(the_error(outcome, POSTS), LayerChanged)
    assert town.dump(POSTS) == before
    assert town.edits(POSTS) == {("update", "BR-1", False)}


def test_a_full_disk_spares_what_was_there_and_what_needs_less(town):
    town.bring(POSTS)
    before = town.local(POSTS)
    api = town.api()
    with api.session, Store(town.path) as store:
        entries = {entry.code: entry for entry in catalogue(api, 375).entries}
        store.connection.execute(f"PRAGMA max_page_count = {store.one('PRAGMA page_count') + 4}")
        outcome = load_layers(api, store, [entries[PARCELS], entries[POSTS]])
        assert [type(each.error).__name__ for each in outcome.layers] == ["DiskFull", "NoneType"]
    assert town.local(POSTS) == before
    assert town.dump().keys() & {"parcelles"} == set()


def test_a_cancel_keeps_what_is_complete(town):
    with pytest.raises(Cancelled):
        town.bring(PARCELS, watch=Heard(lambda: True))
    seen = []

    def after_one():
        with sqlite3.connect(town.path) as connection:
            seen.append(connection.execute("SELECT count(*) FROM geocollab_layer").fetchone()[0])
        return seen[-1] > 0

    with pytest.raises(Interrupted, match="1 layer was complete and stays so") as caught:
        town.bring(CANTONS, PARCELS, watch=Heard(after_one))
    assert isinstance(caught.value.__cause__, Cancelled)
    assert town.local(CANTONS) == town.server(CANTONS)
    with Store(town.path) as store:
        assert len(store.layers.all()) == 1


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize("moment", ["after the first page", "inside the transaction"])
def test_killed_in_the_middle(town, moment):
    town.bring(PARCELS)
    town.sql(PARCELS, "UPDATE {t} SET commentaire = 'à moi' WHERE id = 5")
    town.change("column_added", table=3402, column={"name": "neuve", "type": "Integer"})
    before = town.dump()
    code = f"""
import sys, time
from functools import partial
from pathlib import Path
sys.path[:0] = [{str(ROOT / "build/plugins")!r}, {str(ROOT)!r}]
from geocollab.client.auth import bearer
from geocollab.client.espaceco import features
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.layers import LayerTables
from geocollab.store.features import FeatureStage
from geocollab.store.store import Store
from geocollab.workflows.layers import load_layers
from geocollab.workflows.layers.catalogue import catalogue
def wait(*arguments, **named):
    print("now", flush=True); time.sleep(60)
def then_wait(work, *arguments, **named):
    work(*arguments, **named); wait()
load_layers.Reading = partial(features.Reading, limit=50)
if {moment!r}.startswith("after"):
    FeatureStage.add = lambda *arguments, add=FeatureStage.add: then_wait(add, *arguments)
else:
    LayerTables.load = lambda *arguments, load=LayerTables.load, **named: then_wait(load, *arguments, **named)
api = EspaceCo(Session(bearer({town.process.token("membre")!r}), rate=None), {town.url!r})
with api.session, Store({str(town.path)!r}) as store:
    entries = catalogue(api, 375, only=[(34, 3402), (34, 3404)]).entries
    load_layers.load_layers(api, store, entries)
"""
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "now\n"
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdout.close()
    assert town.dump() == before
    outcome = town.bring(PARCELS, POSTS)
    assert outcome.numbers()["FAILED_COUNT"] == 0
    assert town.edits(PARCELS) == {("update", 5, False)}
    assert {**town.local(PARCELS), 5: None} == {**town.server(PARCELS), 5: None}


# ------------------------------------------------------------------ odd services


def town_of(table, rows_from, path, watch=None, numrec=7):
    """Load the one table of a service that says just this; `rows_from(offset)` gives its pages."""

    def answer(connection, server):
        line = server.requests[-1].split()[1]
        if "max-numrec" in line:
            connection.sendall(reply(200, str(numrec).encode()))
        else:
            offset = int(parse_qs(urlsplit(line).query)["offset"][0])
            connection.sendall(reply(200, json.dumps(rows_from(offset)).encode()))

    with RawServer(answer) as server:
        api = EspaceCo(Session(rate=None, concurrency=1), server.url)
        layer = layers.layer_of({"id": 1, "type": "feature-type", "database": 9, "table": 1, "role": "edit"})
        wanted = Described(1, "Groupe", layer, databases.table_of(9, 1, table), "Base", bduni=False)
        with api.session, Store(path) as store:
            return load_layers(api, store, [Entry(layer, wanted)], watch=watch)


BORNES = {
    "name": "bornes", "database": "d", "id_name": "k", "geometry_name": "g", "title": "Bornes",
    "columns": [{"name": "k", "type": "Integer"}, {"name": "n", "type": "Integer"},
                {"name": "g", "type": "Point", "srid": 2154}],
}  # fmt: skip


def test_a_type_of_column_that_nobody_knows_is_text(town):
    table = town.call("GET", "/databases/34/tables/3404").json()
    table["columns"].append({**table["columns"][1], "id": 1, "name": "lien", "type": "Hyperlien"})
    rows = [{"reference": "BR-1", "lien": {"url": "x"}}, {"reference": "BR-2", "lien": "y"}]
    outcome = town_of(table, lambda offset: rows if not offset else [], town.path)
    assert outcome.numbers()["FEATURE_COUNT"] == 2
    with Store(town.path) as store:
        assert store.all("SELECT lien FROM bornes ORDER BY 1") == [("y",), ('{"url": "x"}',)]


def test_hostile_rows_are_null_and_said(town):
    rows = [
        {"k": 1, "n": 1, "g": "POINT(1 2)"},
        {"k": 2, "n": "beaucoup", "g": "POINT(1 2)"},
        {"k": 3, "g": "POINT(ici)"},
        {"k": 4, "g": "LINESTRING(0 0,1 1)", "other": "column"},
        {"k": 5, "g": "MULTIPOINT(7 8)"},
        {"k": 5, "n": 6, "g": "POINT(7 8)"},
        {"n": None},
    ]
    watch = Heard()
    outcome = town_of(BORNES, lambda offset: rows, town.path, watch)
    assert watch.said == [
        "Bornes: 1 value of the column n is not of its type and is left empty (2).",
        "Bornes: the geometry of 1 object cannot be read and is left empty (3).",
        "Bornes: the geometry of 1 object is not of the layer's type and is left empty (4).",
    ]
    assert outcome.numbers()["MISFIT_COUNT"] == 1
    assert next(iter(outcome.rows()))[-1] == " ".join(watch.said)
    with Store(town.path) as store:
        assert store.all("SELECT k, n, AsText(g) FROM bornes ORDER BY k") == [
            (None, None, None), (1, 1, "POINT(1 2)"), (2, None, "POINT(1 2)"), (3, None, None), (4, None, None),
            (5, 6, "POINT(7 8)"),
        ]  # fmt: skip


def test_a_table_that_moves_is_read_again_then_told_of(town, monkeypatch):
    """A server that has no order never comes to rest; what came is taken, and nobody believes that it is all."""
    monkeypatch.setattr(loading, "Reading", partial(features.Reading, limit=10))
    starts = []

    def restless(offset):
        starts.extend([offset] * (offset == 0))
        rows = [{"k": number, "g": "POINT(1 2)"} for number in range(35)]
        return (rows[offset % 7 :] + rows[: offset % 7])[offset : offset + 10]

    watch = Heard()
    versioned = {**BORNES, "database_versioning": True}
    outcome = town_of(versioned, restless, town.path, watch)
    assert len(starts) >= loading.READINGS
    assert watch.said == ["Bornes: it changed all the while it was read, so objects may be missing. Refresh it later."]
    assert outcome.stored[0].watermark is None and outcome.numbers()["FEATURE_COUNT"] > 20
    calm = town_of(versioned, lambda offset: [{"k": number} for number in range(35)][offset : offset + 10], town.path)
    assert (calm.stored[0].watermark, calm.warnings, calm.numbers()["FEATURE_COUNT"]) == (7, [], 35)


# ------------------------------------------------------------------ the official plugin's


@pytest.fixture
def official(tmp_path):
    """A file of the official plugin: one layer told by its numbers, one by its name, one that is no longer there."""
    path = tmp_path / "projet_espaceco.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.enable_load_extension(True)
    connection.load_extension("mod_spatialite")
    run = connection.execute
    run("SELECT InitSpatialMetaData(1, 'WGS84')")
    run(
        "CREATE TABLE tableoftables (id INTEGER PRIMARY KEY AUTOINCREMENT, layer TEXT, idName TEXT, standard BOOL, "
        "database TEXT, databaseid INTEGER, srid INTEGER, geometryName TEXT, geometryDimension INTEGER, "
        "geometryType TEXT, numrec INTEGER, tableid INTEGER)"
    )
    for name, database, number, table in (
        ("troncon_de_route", "bdtopo_fxx", 21, 2101), ("cantons", "demo_guichet", None, None), ("perdue", "x", 7, 8),
    ):  # fmt: skip
        run(
            "INSERT INTO tableoftables VALUES (NULL, ?, 'k', 0, ?, ?, 2154, 'g', 0, 'Point', 5, ?)",
            (name, database, number, table),
        )
    run("CREATE TABLE troncon_de_route (cleabs TEXT, id_sqlite_1gnQg1s INTEGER PRIMARY KEY AUTOINCREMENT)")
    run("INSERT INTO troncon_de_route (cleabs) VALUES ('TRON1')")
    connection.close()
    return path


def test_the_layers_of_the_official_plugin_are_loaded_beside_its_own(town, official):
    town.path = official
    watch, api = Heard(), town.api()
    with api.session, Store(official) as store:
        entries = wanted_layers(api, store, 375, official=True, watch=watch).entries
        assert [entry.code for entry in entries] == ["demo_guichet:cantons", ROADS]
        assert watch.said == ["Layers of the official plugin that are not among those of this group: perdue."]
        load_layers(api, store, entries)
        assert store.all("SELECT cleabs FROM troncon_de_route") == [("TRON1",)]
    assert town.layer(ROADS).local_table == "troncon_de_route_2"
    assert town.local(ROADS) == town.server(ROADS)


def test_what_the_official_plugin_loaded_is_said(town, official):
    watch, api = Heard(), town.api()
    with api.session, Store(official) as store:
        assert len(wanted_layers(api, store, 375, watch=watch).entries) == 32
    assert watch.infos == [
        "This file holds layers that the official plugin loaded: troncon_de_route, cantons, perdue. Their tables stay "
        "as they are; what is loaded now goes into tables of its own."
    ]


def test_what_is_wanted(town, official, monkeypatch):
    api = town.api()
    with api.session, Store(town.path) as store, Store(official) as old:
        found = wanted_layers(api, store, 375)
        known = found.catalogue.known()

        def wanted(*names, **options):
            return [entry.code for entry in wanted_layers(api, store, 375, names, known=known, **options).entries]

        assert len(found.entries) == 32 and len(found.services) == 4
        assert len(wanted(services=False)) == 28
        named = wanted("Parcelles", "806", "bornes", "Cantons — demo_guichet:cantons")
        assert named == ["demo_guichet:cantons", CANTONS, PARCELS, POSTS]
        with pytest.raises(InputError, match="There is no layer “routes”"):
            wanted("routes")
        with pytest.raises(InputError, match="The official plugin has loaded no group layer into this file"):
            wanted(official=True)
        with pytest.raises(InputError, match=r"None of the layers that the official plugin loaded .* perdue"):
            wanted_layers(api, old, 375, ["bornes"], official=True)
        with pytest.raises(InputError, match="Nothing is left to load"):
            wanted("geoservice:71", services=False)
        nothing = Catalogue(375, "Groupe", "membre", [], [], 0)
        monkeypatch.setattr("geocollab.workflows.layers.wanted.catalogue", lambda *_a, **_k: nothing)
        with pytest.raises(InputError, match="This group has no layers"):
            wanted()
