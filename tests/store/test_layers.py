"""Tables of group layers: made as the server describes them, filled at once, kept up to date, nothing half done."""

import os
import signal
import sqlite3
import struct
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab.store.database import quoted
from geocollab.store.errors import DiskFull, LayerChanged, StoreLocked, UnknownSrid
from geocollab.store.features import FeatureStage
from geocollab.store.official import OfficialLayer, official_layers
from geocollab.store.store import Store
from tests.store.parcels import COLUMNS, column, ids, load, point, row, spec, update

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def layer(store):
    return store.layers.create(spec())


def _triggers(store, layer):
    return {
        name
        for (name,) in store.all(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (layer.local_table,)
        )
    }


def _whole(store, layer):
    """What a complete layer has: its tracking, an index that agrees with its rows, statistics that QGIS believes."""
    names = _triggers(store, layer)
    assert {f"geocollab_{layer.id}_{kind}" for kind in ("update", "id", "delete", "replace", "insert")} <= names
    assert len(names) == 5 + (8 if layer.geometry else 0)
    if layer.geometry:
        assert store.one("SELECT CheckSpatialIndex(?, ?)", (layer.local_table, layer.local_geometry)) == 1
    assert store.one("PRAGMA integrity_check") == "ok"
    return True


# ------------------------------------------------------------------ made


def test_a_layer_is_what_the_server_described(store, layer):
    assert layer.names == (*(name for name, _kind in COLUMNS[:-1]), "gcms_fingerprint", "gcms_numrec", "geom")
    assert store.layers.get(layer.service, 9, 1734) == layer == store.layers.of_table("PARCELLE")
    assert store.layers.all() == [layer]
    assert store.layers.get(layer.service, 9, 1) is None
    assert layer.description == {"title": "Parcelles"}
    assert (layer.watermark, layer.loaded) == (None, None)
    types = {name: kind for _at, name, kind, *_ in store.all("PRAGMA table_info(parcelle)")}
    assert types == {
        "geocollab_id": "INTEGER",
        "cleabs": "TEXT",
        "nom usuel": "TEXT",
        "Étage": "INTEGER",
        "étage_2": "INTEGER",
        'dit "le grand"': "TEXT",
        "surface": "DOUBLE",
        "vérifié": "BOOLEAN",
        "vu le": "TIMESTAMP",
        "créé": "DATE",
        "année": "TEXT",
        "suivi": "TEXT",
        "detruit": "BOOLEAN",
        "gcms_fingerprint": "TEXT",
        "gcms_numrec": "INTEGER",
        "geom": "POINT",
    }
    assert store.one("SELECT srid FROM geometry_columns WHERE f_table_name = 'parcelle'") == 2154
    assert store.one("SELECT count(*) FROM spatial_ref_sys WHERE srid = 2154") == 1
    assert _whole(store, layer)


@pytest.mark.parametrize(
    "kind",
    [
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "Geometry",
        "GeometryCollection",
    ],
)
@pytest.mark.parametrize("is3d", [False, True])
def test_every_geometry_type_comes_back_as_it_was(store, kind, is3d):
    layer = store.layers.create(spec(geometry_type=kind, is3d=is3d, srid=4326))
    wkb = _geometry("Point" if kind == "Geometry" else kind, is3d)
    assert load(store, layer, row(layer, "A", geom=wkb), row(layer, "B", geom=None)).misfits == ()
    found = store.all("SELECT cleabs, AsBinary(geom), Srid(geom) FROM parcelle ORDER BY 1")
    assert found == [("A", wkb, 4326), ("B", None, None)]
    store.connection.execute("UPDATE parcelle SET geom = CastToXYZ(geom) WHERE cleabs = 'B'")
    store.connection.execute("DELETE FROM parcelle WHERE cleabs = 'A'")
    assert next(store.edits.pending(layer)).base["geom"] == wkb


def _geometry(kind, is3d):
    size = 1000 if is3d else 0

    def header(code, *count):
        return struct.pack("<BI" + "I" * len(count), 1, code + size, *count)

    def corners(*pairs):
        return b"".join(struct.pack("<dd", *pair) + (struct.pack("<d", 7.5) if is3d else b"") for pair in pairs)

    line, ring = [(0, 0), (1, 1)], [(0, 0), (1, 0), (1, 1), (0, 0)]
    if kind == "Point":
        return header(1) + corners((1, 2))
    if kind == "LineString":
        return header(2, 2) + corners(*line)
    if kind == "Polygon":
        return header(3, 1) + struct.pack("<I", 4) + corners(*ring)
    if kind == "GeometryCollection":
        return header(7, 2) + _geometry("Point", is3d) + _geometry("Polygon", is3d)
    code = {"MultiPoint": 4, "MultiLineString": 5, "MultiPolygon": 6}[kind]
    return header(code, 2) + 2 * _geometry(kind[len("Multi") :], is3d)


def test_a_geometry_of_another_type_is_promoted_or_counted(store):
    layer = store.layers.create(spec(geometry_type="MultiPolygon", is3d=True))
    flat = _geometry("Polygon", False)
    changes = load(
        store,
        layer,
        row(layer, "single, flat", geom=flat),
        row(layer, "a point", geom=point(1, 2, 3)),
        row(layer, "garbage", geom=b"\x01\x02"),
        row(layer, "text", geom="POINT(1 2)"),
        row(layer, "none", geom=None),
    )
    assert sorted(changes.misfits) == ["a point", "garbage", "text"] and changes.misfit_count == 3
    found = dict(store.all("SELECT cleabs, AsText(geom) FROM parcelle"))
    assert found == {
        "single, flat": "MULTIPOLYGON Z(((0 0 0, 1 0 0, 1 1 0, 0 0 0)))",
        **dict.fromkeys(["a point", "garbage", "text", "none"]),
    }
    assert store.edits.counts(layer) == (0, 0, 0, 0)
    assert _whole(store, layer)


@pytest.mark.parametrize("srid", [2154, 4326, 3857, 5490, 2975, 4471, 32620])
def test_reference_systems_of_france(store, srid):
    layer = store.layers.create(spec(srid=srid))
    load(store, layer, row(layer, "A"))
    assert store.one("SELECT Srid(geom) FROM parcelle") == srid


@pytest.mark.parametrize("srid", [0, -1, 99999])
def test_an_unknown_reference_system_is_said_and_leaves_nothing(path, store, dump, srid):
    before = dump(path)
    with pytest.raises(UnknownSrid) as caught:
        store.layers.create(spec(srid=srid))
    assert caught.value.detail == str(srid)
    assert dump(path) == before


def test_a_table_without_geometry(store):
    layer = store.layers.create(spec(columns=COLUMNS[:-1], geometry="", srid=0))
    assert load(store, layer, row(layer, "A"), row(layer, "B")).created == 2
    store.connection.execute("UPDATE parcelle SET surface = 3 WHERE cleabs = 'B'")
    assert update(store, layer, row(layer, "A", surface=1.5)).changed == 1
    assert [edit.changed for edit in store.edits.pending(layer)] == [("surface",)]
    assert _whole(store, layer)


def test_a_table_without_key_can_be_read_but_not_edited(store):
    layer = store.layers.create(spec(key="", columns=COLUMNS[1:]))
    assert load(store, layer, row(layer, None, surface=1.0), row(layer, None, surface=1.0)).created == 2
    for sql in ("UPDATE parcelle SET surface = 2", "DELETE FROM parcelle", "INSERT INTO parcelle DEFAULT VALUES"):
        with pytest.raises(sqlite3.IntegrityError, match="cannot be edited"):
            store.connection.execute(sql)
    changes = load(store, layer, row(layer, None, surface=3.0))
    assert (changes.created, changes.removed) == (1, 2)
    assert store.all("SELECT surface FROM parcelle") == [(3.0,)]
    assert store.edits.counts(layer) == (0, 0, 0, 0)
    assert list(store.layers.keys(layer)) == []


def test_same_names_in_other_databases_and_names_of_ours(store):
    first = store.layers.create(spec())
    other = store.layers.create(spec(database=10))
    elsewhere = store.layers.create(spec(service="https://other.example"))
    assert [layer.local_table for layer in (first, other, elsewhere)] == ["parcelle", "parcelle_2", "parcelle_3"]
    given = {
        "Signalement": "Signalement_2",
        "geometry_columns": "geometry_columns_2",
        "geocollab_layer": "geocollab_layer_2",
        "sqlite_x": "_sqlite_x",
        "": "table",
        "PARCELLE": "PARCELLE_4",
        'l\'"été"': "l__été_",
        "select": "select",
        "a.b": "a.b",
        "é" * 200: "é" * 200,
    }
    made = [store.layers.create(spec(database=11, table=at, table_name=name)) for at, name in enumerate(given)]
    assert [layer.local_table for layer in made] == list(given.values())
    for layer in made:
        load(store, layer, row(layer, "A"))
        store.connection.execute(f"UPDATE {quoted(layer.local_table)} SET surface = 1")
        assert store.edits.counts(layer) == (0, 1, 0, 0)
        assert _whole(store, layer)
    assert [layer.id for layer in store.layers.all()] == [layer.id for layer in (first, other, elsewhere, *made)]


_ODD = ["rowid", "ROWID", "oid", "geocollab_id", "geocollab_added", "GEOM", "Cleabs", "a'b", 'a"b']
_ODD += ["a]b", "?1", "\0", ";--", "é", "É"]
_hostile = st.text(st.characters(codec=None), min_size=1, max_size=8) | st.sampled_from(_ODD)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(_hostile, unique=True, max_size=6))
def test_any_column_name_is_only_a_name(tmp_path_factory, names):
    with Store(tmp_path_factory.mktemp("names") / "a.sqlite") as store:
        columns = [("cleabs", "String"), *((name, "String") for name in names if name not in ("cleabs", "geom"))]
        layer = store.layers.create(spec(columns=[*columns, ("geom", "Point")], versioned=False))
        assert layer.names == (*(name for name, _kind in columns), "geom")
        locals_ = [column.local for column in layer.columns]
        assert len({name.casefold() for name in locals_}) == len(locals_)
        values = {name: f"value {at}" for at, (name, _kind) in enumerate(columns)}
        load(store, layer, row(layer, "A", **{name: value for name, value in values.items() if name != "cleabs"}))
        for name, _kind in columns[1:]:
            local = quoted(next(column.local for column in layer.columns if column.name == name))
            store.connection.execute(f"UPDATE {quoted(layer.local_table)} SET {local} = 'mine'")
        if columns[1:]:
            (edit,) = store.edits.pending(layer)
            assert edit.changed == tuple(name for name, _kind in columns[1:])
            assert {name: edit.base[name] for name in edit.changed} == {name: values[name] for name in edit.changed}
        assert store.edits.discard(layer) == bool(columns[1:])


def test_150_columns(store):
    columns = [("cleabs", "String"), *((f"colonne n° {at}", "Integer") for at in range(150)), ("geom", "Point")]
    layer = store.layers.create(spec(columns=columns))
    values = {f"colonne n° {at}": at for at in range(150)}
    load(store, layer, row(layer, "A", **values), row(layer, "B"))
    store.connection.execute('UPDATE parcelle SET "colonne n° 149" = -1, "colonne n° 7" = -2 WHERE cleabs = \'A\'')
    changes = update(store, layer, row(layer, "A", **{**values, "colonne n° 3": 33}))
    assert (changes.merged, changes.conflicts) == (1, 0)
    (edit,) = store.edits.pending(layer)
    assert edit.changed == ("colonne n° 7", "colonne n° 149")
    assert edit.mine["colonne n° 3"] == 33


# ------------------------------------------------------------------ filled


def test_a_load_keeps_ids_by_key_and_says_what_it_did(store, layer):
    assert load(store, layer, *(row(layer, key) for key in "ABC"), watermark=7, zone={"here": 1}).created == 3
    before = ids(store, layer)
    known = store.layers.get(layer.service, 9, 1734)
    assert (known.watermark, known.zone) == (7, {"here": 1})
    assert known.loaded
    changes = load(store, layer, row(layer, "C"), row(layer, "D"), row(layer, "B", surface=2.5), watermark=8)
    assert (changes.created, changes.changed, changes.unchanged, changes.removed) == (1, 1, 1, 1)
    after = ids(store, layer)
    assert {key: after[key] for key in "BC"} == {key: before[key] for key in "BC"}
    assert after["D"] > max(before.values())
    assert column(store, layer, "surface") == {"B": 2.5, "C": None, "D": None}
    changes = load(store, layer, row(layer, "A"))
    assert ids(store, layer)["A"] > after["D"], "the id of a row that is gone is nobody else's"
    assert store.edits.counts(layer) == (0, 0, 0, 0)
    assert _whole(store, layer)


def test_of_rows_of_one_key_the_last_counts(store, layer):
    with FeatureStage(store, layer) as stage:
        stage.add([row(layer, "A", surface=1.0), row(layer, "B"), row(layer, "A", surface=2.0)])
        stage.add([row(layer, "A", surface=3.0), row(layer, "C")])
        stage.remove(["B", "C"])
        stage.add([row(layer, "C", surface=4.0)])
        with store.atomic():
            store.layers.replace(stage)
    assert column(store, layer, "surface") == {"A": 3.0, "C": 4.0}


def test_single_rows_make_a_layer_no_newer(store, layer):
    load(store, layer, *(row(layer, key) for key in "ABC"), watermark=7, zone={"here": 1})
    with store.atomic() as connection:
        connection.execute("UPDATE geocollab_layer SET loaded = '2020-01-01T00:00:00+00:00'")
    assert update(store, layer, row(layer, "A", surface=3.0), gone=("B",)).removed == 1
    known = store.layers.get(layer.service, 9, 1734)
    assert (known.watermark, known.loaded, known.zone) == (7, "2020-01-01T00:00:00+00:00", {"here": 1})
    update(store, layer, row(layer, "A", surface=4.0), watermark=8)
    known = store.layers.get(layer.service, 9, 1734)
    assert (known.watermark, known.zone) == (8, {"here": 1}) and known.loaded > "2026"


def test_an_increment_touches_what_it_names(store, layer):
    load(store, layer, *(row(layer, key) for key in "ABCD"), watermark=1)
    before = ids(store, layer)
    changes = update(
        store,
        layer,
        row(layer, "B", surface=1.0),
        row(layer, "C"),
        row(layer, "E"),
        gone=("A", "never there"),
        watermark=2,
    )
    assert (changes.created, changes.changed, changes.unchanged, changes.removed) == (1, 1, 1, 1)
    after = ids(store, layer)
    assert {key: after[key] for key in "BCD"} == {key: before[key] for key in "BCD"}
    assert column(store, layer, "surface") == {"B": 1.0, "C": None, "D": None, "E": None}
    assert store.layers.get(layer.service, 9, 1734).watermark == 2
    assert store.edits.counts(layer) == (0, 0, 0, 0)
    assert _whole(store, layer)


def test_many_changes_at_once_go_the_bulk_way_and_end_the_same(store, layer):
    keys = [f"K{at:05d}" for at in range(6000)]
    load(store, layer, *(row(layer, key, geom=point(at, 0)) for at, key in enumerate(keys)))
    before = ids(store, layer)
    store.connection.execute("UPDATE parcelle SET surface = 1 WHERE cleabs = 'K00000'")
    changes = load(store, layer, *(row(layer, key, geom=point(at, 5)) for at, key in enumerate(keys[:5000])))
    assert (changes.changed, changes.removed, changes.merged) == (4999, 1000, 1)
    after = ids(store, layer)
    assert after == {key: before[key] for key in keys[:5000]}
    assert [edit.changed for edit in store.edits.pending(layer)] == [("surface",)]
    assert store.all("SELECT DISTINCT Y(geom) FROM parcelle") == [(5.0,)]
    extent = store.all(
        "SELECT row_count, extent_max_y FROM geometry_columns_statistics WHERE f_table_name = 'parcelle'"
    )
    assert extent == [(5000, 5.0)]
    assert _whole(store, layer)


def test_values_that_json_can_spell_and_sqlite_cannot_hold(store, layer):
    odd = {"nom usuel": "\ud800 cut", "suivi": {"a": [1, "é"]}, "étage": 1 << 70, 'dit "le grand"': [1]}
    load(store, layer, (row(layer, "A", gcms_fingerprint="f", **odd)), row(layer, "B", gcms_fingerprint="g"))
    found = store.all('SELECT "nom usuel", suivi, "étage_2", "dit ""le grand""" FROM parcelle WHERE cleabs = \'A\'')
    assert found[0][0] == "? cut"
    assert found[0][1] == '{"a": [1, "é"]}'
    assert float(found[0][2]) == float(1 << 70)
    assert found[0][3] == "[1]"


def test_local_edits_made_while_rows_were_staged_are_there_after(path, store, layer):
    load(store, layer, row(layer, "A"), row(layer, "B"))
    with FeatureStage(store, layer) as stage:
        stage.add([row(layer, "A"), row(layer, "C")])
        other = sqlite3.connect(path, isolation_level=None, timeout=1)
        other.execute("UPDATE parcelle SET surface = 9 WHERE cleabs = 'A'")
        # without spatial functions, as any program: a row without geometry columns' triggers cannot be inserted
        other.execute("UPDATE parcelle SET surface = 9 WHERE cleabs = 'B'")
        other.close()
        store.connection.execute("INSERT INTO parcelle (surface) VALUES (7)")
        with store.atomic():
            changes = store.layers.replace(stage)
    assert changes.conflicts == 1
    assert len(set(ids(store, layer).values())) == 4
    edits = {(edit.kind, edit.key, edit.mine["surface"]) for edit in store.edits.pending(layer)}
    assert edits == {("update", "A", 9.0), ("update", "B", 9.0), ("insert", None, 7.0)}


def test_the_first_load_meets_rows_made_before_it(store, layer):
    store.connection.execute("INSERT INTO parcelle (surface) VALUES (7)")
    load(store, layer, row(layer, "A"), row(layer, "B"))
    assert store.edits.counts(layer) == (1, 0, 0, 0)
    assert store.layers.count(layer) == 3
    assert sorted(store.layers.keys(layer)) == sorted((key, row(layer, key)[-3]) for key in "AB")


def test_keys_are_those_of_the_server_whatever_was_edited(store, layer):
    load(store, layer, *(row(layer, key, gcms_fingerprint=key.lower()) for key in "ABC"))
    run = store.connection.execute
    run("DELETE FROM parcelle WHERE cleabs = 'A'")
    run("UPDATE parcelle SET cleabs = 'Z', gcms_fingerprint = 'z' WHERE cleabs = 'B'")
    run("INSERT INTO parcelle (cleabs) VALUES ('C')")
    assert sorted(store.layers.keys(layer)) == [("A", "a"), ("B", "b"), ("C", "c")]


def test_of_many_misfits_the_first_are_told_and_all_are_counted(store, layer):
    changes = load(store, layer, *(row(layer, f"{at}", geom=b"garbage") for at in range(130)), row(layer, "A"))
    assert len(changes.misfits) == 100 and changes.misfit_count == 130
    assert store.one("SELECT count(*) FROM parcelle WHERE geom IS NULL") == 130


# ------------------------------------------------------------------ made and filled at once


def test_a_layer_is_planned_staged_and_then_made_and_filled_at_once(path, store, dump):
    before = dump(path)
    planned = store.layers.planned(spec())
    assert (planned.id, planned.local_table) == (0, "") and store.layers.all() == []
    with FeatureStage(store, planned) as stage:
        stage.add([row(planned, "A"), row(planned, "B", geom=None)])
        assert dump(path).keys() == before.keys()
        with store.atomic():
            layer, changes = store.layers.load(stage, spec(), watermark=4, zone={"wkb": "00"})
    assert changes.created == 2
    assert (layer.local_table, layer.watermark, layer.zone) == ("parcelle", 4, {"wkb": "00"})
    assert layer.loaded and store.layers.all() == [layer]
    assert set(ids(store, layer)) == {"A", "B"} and _whole(store, layer)


def test_a_load_that_fails_leaves_columns_rows_and_description_as_they_were(path, store, dump):
    layer = store.layers.create(spec())
    load(store, layer, row(layer, "A", surface=3), watermark=2)
    store.connection.execute("UPDATE parcelle SET surface = 5")
    before = dump(path)
    wider = spec(columns=[("nouveau", "Integer"), *COLUMNS], description={"title": "Autre"})
    planned = store.layers.planned(wider)
    assert (planned.id, planned.local_table, planned.names[0]) == (layer.id, "parcelle", "nouveau")
    with FeatureStage(store, planned) as stage:
        stage.add([row(planned, "A", nouveau=1, surface=3)])
        with pytest.raises(ZeroDivisionError), store.atomic():  # noqa: PT012 - the end of the block is what is tested
            store.layers.load(stage, wider)
            1 / 0  # noqa: B018
        assert dump(path) == before
        with store.atomic():
            loaded, changes = store.layers.load(stage, wider)
    assert (changes.created, changes.removed, changes.conflicts) == (0, 0, 0)
    assert column(store, loaded, "surface") == {"A": 5} and loaded.description == {"title": "Autre"}
    assert [(edit.kind, edit.base["nouveau"]) for edit in store.edits.pending(loaded)] == [("update", 1)]
    assert ids(store, loaded) == {"A": 1} and _whole(store, loaded)


def test_a_plan_that_another_program_has_overtaken_is_refused(path, store, dump):
    planned = store.layers.planned(spec())
    with FeatureStage(store, planned) as stage:
        stage.add([row(planned, "A")])
        with Store(path) as other:
            other.layers.create(spec(columns=[("autre", "String"), *COLUMNS]))
        before = dump(path)
        with pytest.raises(StoreLocked), store.atomic():
            store.layers.load(stage, spec())
        assert dump(path) == before


def test_a_plan_is_refused_as_the_making_would_be(store, layer):
    with pytest.raises(UnknownSrid):
        store.layers.planned(spec(table=7, srid=999999))
    store.connection.execute("INSERT INTO parcelle (surface) VALUES (1)")
    with pytest.raises(LayerChanged):
        store.layers.planned(spec(srid=4326))


# ------------------------------------------------------------------ the server changes the table


def test_the_same_description_changes_nothing(path, store, layer, dump):
    load(store, layer, row(layer, "A"), watermark=3)
    known = store.layers.all()[0]
    before = dump(path)
    assert store.layers.create(spec()) == known
    assert dump(path) == before
    renamed = store.layers.create(spec(description={"title": "New"}, table_name="renamed", community=1))
    assert (renamed.local_table, renamed.watermark, renamed.id) == ("parcelle", 3, layer.id)
    assert store.layers.all() == [renamed]


def test_columns_added_removed_and_retyped_keep_values_and_edits(store, layer):
    load(store, layer, *(row(layer, key, surface=1.5, **{"nom usuel": "12", "étage": 4}) for key in "ABC"), watermark=3)
    before = ids(store, layer)
    run = store.connection.execute
    run("UPDATE parcelle SET surface = 2.5, \"étage_2\" = 5 WHERE cleabs = 'A'")
    run("DELETE FROM parcelle WHERE cleabs = 'B'")
    run("INSERT INTO parcelle (surface) VALUES (9)")
    update(store, layer, row(layer, "A", surface=7.5))
    assert store.edits.counts(layer) == (1, 1, 1, 1)
    added = int(store.one("SELECT max(geocollab_id) FROM parcelle"))
    columns = [(name, "Integer" if name == "nom usuel" else kind) for name, kind in COLUMNS if name not in ("étage",)]
    changed = store.layers.create(spec(columns=[("nouveau", "Boolean"), *columns]))
    assert changed.watermark is None
    assert changed.names[:3] == ("nouveau", "cleabs", "nom usuel")
    assert "étage" not in changed.names
    assert ids(store, changed) == {"A": before["A"], "C": before["C"], None: added}
    assert store.all('SELECT "nom usuel", "étage_2" FROM parcelle WHERE cleabs = \'A\'') == [(12, 5)], "kept"
    assert store.edits.counts(changed) == (1, 1, 1, 1)
    (conflict,) = store.edits.conflicts(changed)
    assert (conflict.base["surface"], conflict.mine["surface"], conflict.theirs["surface"]) == (1.5, 2.5, 7.5)
    assert _whole(store, changed)
    load(store, changed, *(row(changed, key, surface=7.5, nouveau=1) for key in "ABC"), watermark=4)
    assert column(store, changed, "nouveau") == {"A": None, "C": 1, None: None}, "A clashes, and waits for its end"
    store.edits.resolve(changed, before["A"], "mine")
    assert column(store, changed, "surface")["A"] == 2.5
    run("INSERT INTO parcelle (surface) VALUES (10)")
    assert store.one("SELECT max(geocollab_id) FROM parcelle") > added
    back = store.layers.create(spec())
    assert [item.local for item in back.columns if item.name == "étage"] == ["étage_2"]
    assert [item.name for item in back.columns if item.gone] == ["nouveau"]


def test_the_geometry_of_the_table_changes(store, layer):
    load(store, layer, row(layer, "A", geom=point(700_000, 6_600_000)), watermark=3)
    wanted = spec(geometry_type="MultiPoint", srid=4326, is3d=True)
    store.connection.execute("UPDATE parcelle SET surface = 1")
    with pytest.raises(LayerChanged):
        store.layers.create(wanted)
    assert store.layers.all()[0].srid == 2154
    store.edits.discard(layer)
    changed = store.layers.create(wanted)
    assert store.one("SELECT AsText(geom) FROM parcelle").startswith("MULTIPOINT Z(3")
    assert changed.watermark is None
    assert _whole(store, changed)


def test_dropped_nothing_is_left(path, store, dump):
    before = dump(path)
    for name, other in (
        ("parcelle", {}),
        ("L'été", {"database": 2}),
        ("nue", {"geometry": "", "columns": COLUMNS[:-1]}),
    ):
        layer = store.layers.create(spec(table_name=name, **other))
        load(store, layer, row(layer, "A"), row(layer, "B"))
        store.connection.execute(f"UPDATE {quoted(layer.local_table)} SET surface = 1")
        update(store, layer, row(layer, "A", surface=2.0))
        store.layers.drop(layer)
    after = dump(path)
    for table in ("spatial_ref_sys", "spatial_ref_sys_aux", "geometry_columns_time"):
        before.pop(table, None), after.pop(table, None)
    assert after == before
    assert store.layers.all() == []


# ------------------------------------------------------------------ all or nothing


def test_a_failed_load_leaves_the_old_rows_tracked(path, store, layer, dump, monkeypatch):
    load(store, layer, row(layer, "A"), row(layer, "B"))
    store.connection.execute("UPDATE parcelle SET surface = 1 WHERE cleabs = 'A'")
    before = dump(path)
    monkeypatch.setattr(type(store.edits), "rebase", lambda *_arguments: 1 / 0)
    for filled in (load, update):
        with pytest.raises(ZeroDivisionError):
            filled(store, layer, *(row(layer, f"K{at}") for at in range(3000)))
    with FeatureStage(store, layer) as stage:
        stage.add(row(layer, f"K{at}") for at in range(3000))
        with store.atomic(), pytest.raises(ZeroDivisionError):  # and if the caller goes on in the same transaction
            store.layers.replace(stage)
    assert dump(path) == before
    assert _whole(store, layer)


def test_a_full_disk_leaves_the_old_rows(path, store, layer, dump):
    load(store, layer, row(layer, "A"))
    before = dump(path)
    store.connection.execute(f"PRAGMA max_page_count = {store.one('PRAGMA page_count') + 5}")
    with pytest.raises(DiskFull):
        load(store, layer, *(row(layer, f"K{at}") for at in range(3000)))
    assert dump(path) == before
    assert _whole(store, layer)
    store.connection.execute("PRAGMA max_page_count = 1000000")
    assert load(store, layer, row(layer, "B")).created == 1


KILLED = """
import sys, time
sys.path.insert(0, {plugins!r}); sys.path.insert(0, {root!r})
from geocollab.store.store import Store
from geocollab.store.edits import Committed
from geocollab.store.features import FeatureStage
from tests.store.parcels import row
def wait(*_):
    store.connection.execute("PRAGMA cache_spill = 1")
    print("now", flush=True); time.sleep(60)
with Store({path!r}) as store:
    (layer,) = store.layers.all()
    rows = [row(layer, f"K{{at}}", surface=5.0) for at in range({count})]
    if {what!r} == "commit":
        with store.atomic():
            sent = store.edits.unsure(layer)
            store.edits.committed(layer, [Committed(edit.row, {{"surface": 77.0}}) for edit in sent])
            wait()
    with FeatureStage(store, layer) as stage:
        stage.add(rows)
        with store.atomic():
            if {what!r} == "load": store.layers.replace(stage)
            else: store.layers.update(stage)
            wait()
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize(
    ("what", "count"), [("load", 4000), ("load", 60), ("refresh", 60), ("refresh", 4000), ("commit", 0)]
)
def test_killed_in_the_middle_nothing_is_lost(path, dump, what, count):
    with Store(path) as store:
        layer = store.layers.create(spec())
        load(store, layer, *(row(layer, f"K{at}") for at in range(50)), watermark=1)
        store.connection.execute("UPDATE parcelle SET surface = 1 WHERE cleabs IN ('K1', 'K2')")
        store.connection.execute("DELETE FROM parcelle WHERE cleabs = 'K3'")
        store.connection.execute("INSERT INTO parcelle (surface) VALUES (2)")
        store.edits.sending(layer, [edit.row for edit in store.edits.pending(layer)][:2])
        expected = list(store.edits.pending(layer))
    before = dump(path)
    code = KILLED.format(plugins=str(ROOT / "build/plugins"), root=str(ROOT), path=str(path), what=what, count=count)
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "now\n"
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdout.close()
    with Store(path) as store:
        assert dump(path) == before
        assert list(store.edits.pending(layer)) == expected
        assert _whole(store, layer)
        store.connection.execute("UPDATE parcelle SET surface = 1 WHERE cleabs = 'K4'")
        assert store.edits.counts(layer).updates == 3


def test_the_store_is_free_while_rows_are_staged(path, store, layer):
    with FeatureStage(store, layer) as stage:
        stage.add([row(layer, "A")])
        with Store(path, wait=0.1) as other, other.atomic():
            other.set_state("a", 1)


def test_memory_stays_flat(path):
    def peak(pages):
        with Store(path) as store:
            layer = store.layers.create(spec())
            tracemalloc.start()
            with FeatureStage(store, layer) as stage:
                for page in range(pages):
                    stage.add(row(layer, f"{page} {at}") for at in range(300))
                with store.atomic():
                    store.layers.replace(stage)
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            store.layers.drop(layer)
        return found

    peak(1)
    assert peak(40) < 1_500_000, "of 12 000 rows that take 8 million bytes as Python's"


# ------------------------------------------------------------------ the official plugin's


def test_layers_of_the_official_plugin_are_recognised_and_left_alone(path):
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
    run(
        "INSERT INTO tableoftables VALUES "
        "(1, 'troncon', 'cleabs', 0, 'bdtopo_fxx', 13, 2154, 'geometrie', 1, 'LineString', 500, 77)"
    )
    run("INSERT INTO tableoftables VALUES (2, 'lost', 'gid', 1, 'demo', NULL, '', 'geom', 0, 'Point', 'x', NULL)")
    run(
        "CREATE TABLE troncon (cleabs TEXT, id_sqlite_1gnQg1s INTEGER PRIMARY KEY AUTOINCREMENT, gcms_fingerprint TEXT)"
    )
    run("SELECT AddGeometryColumn('troncon', 'geometrie', 4326, 'LINESTRING', 'XYZ')")
    run("INSERT INTO troncon (cleabs) VALUES ('TRON1')")
    connection.close()
    with Store(path) as store:
        assert official_layers(store) == [
            OfficialLayer(
                "troncon", 13, "bdtopo_fxx", 77, "cleabs", "geometrie", "LineString", 2154, True, True, 500, 1
            ),
            OfficialLayer("lost", None, "demo", None, "gid", "geom", "Point", None, False, False, None, None),
        ]
        layer = store.layers.create(spec(table_name="troncon"))
        assert layer.local_table == "troncon_2"
        assert store.all("SELECT cleabs FROM troncon") == [("TRON1",)]
        assert store.one("SELECT count(*) FROM tableoftables") == 2


def test_a_store_of_ours_has_none_of_them(store):
    assert official_layers(store) == []


def test_a_layer_object_is_a_value(layer):
    assert replace(layer) == layer
    assert hash(layer.columns)
