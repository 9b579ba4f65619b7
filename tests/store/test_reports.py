"""The tables of reports: whole replacement, changes of some, spatial index, statistics, odd ids."""

import random
import struct

import pytest

from geocollab.store.schema import PLAIN, REPORT_COLUMNS, SPATIAL, names
from geocollab.store.stage import Rows, Stage
from geocollab.store.store import Store

POINT = struct.pack("<BI2d", 1, 1, 3.0, 45.0)
LINE = struct.pack("<BII4d", 1, 2, 2, 3.0, 45.0, 4.0, 46.5)
RING = (0.0, 0.0, 9.0, 0.0, 9.0, 9.0, 0.0, 0.0)
POLYGON = struct.pack("<BIII8d", 1, 3, 1, 4, *RING)
SKETCHES = (("POINT", POINT), ("LINESTRING", LINE), ("POLYGON", POLYGON), ("POLYGON", POLYGON))


def _replace(store, *bundles):
    with Stage(store) as stage:
        for rows in bundles:
            stage.add(rows)
        with store.atomic():
            return store.reports.replace(stage)


def _put(store, rows, without=()):
    with store.atomic():
        return store.reports.put(rows, without)


def check_spatial(store):
    """Index and statistics are what SpatiaLite itself would make of the rows."""
    for table in SPATIAL:
        assert store.one("SELECT CheckSpatialIndex(?, 'geom')", (table,)) == 1
        kept = _statistics(store, table)
        count, *extent = store.all(
            "SELECT count(*), min(MbrMinX(geom)), min(MbrMinY(geom)), max(MbrMaxX(geom)), max(MbrMaxY(geom)) "
            f'FROM "{table}"'
        )[0]
        assert kept[0] == count
        # the index keeps numbers of 32 bits, rounded outwards
        assert kept[1:] == (extent if extent[0] is None else pytest.approx(extent, abs=1e-4))


def _statistics(store, table):
    return list(
        store.all(
            "SELECT row_count, extent_min_x, extent_min_y, extent_max_x, extent_max_y FROM geometry_columns_statistics "
            "WHERE f_table_name = lower(?)",
            (table,),
        )[0]
    )


def test_replace_says_what_it_did(store, rows):
    assert _replace(store, rows(1, 2, 3)) == (3, 0, 0, 0)
    second = rows(3, 4, date="2026-02-02T10:00:00+01:00")
    second.reports += rows(2).reports
    assert _replace(store, second) == (1, 1, 1, 1)
    assert _replace(store) == (0, 0, 0, 3)


def test_replace_writes_every_kind_of_row(store, rows):
    _replace(store, rows(1, 2, replies=2, documents=1, sketches=SKETCHES), rows(3))
    assert store.reports.counts() == {
        "Signalement": 3,
        "Croquis_EC_Point": 2,
        "Croquis_EC_Ligne": 2,
        "Croquis_EC_Polygone": 4,
        "Reponse_EC": 4,
        "Document_EC": 2,
    }
    check_spatial(store)
    assert store.all("SELECT AsBinary(geom) FROM Croquis_EC_Polygone")[0] == (POLYGON,)
    assert store.all('SELECT X(geom), Y(geom), SRID(geom) FROM "Signalement" WHERE id = 2') == [(2.002, 48.0, 4326)]


def test_replace_keeps_indexes_triggers_and_the_key(store, rows):
    def objects():
        return store.all("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")

    with store.atomic() as connection:
        connection.execute('CREATE INDEX "own ""index""" ON "Signalement" ("Statut")')
        connection.execute('CREATE TRIGGER own_trigger AFTER DELETE ON "Signalement" BEGIN SELECT 1; END')
        connection.execute('CREATE VIEW own_view AS SELECT id FROM "Signalement"')
    before = objects()
    _replace(store, rows(1, 2, sketches=SKETCHES))
    assert objects() == before
    assert any(name == "sqlite_autoindex_Signalement_1" for _type, name, _table, _sql in before)
    assert store.one('PRAGMA index_list("Signalement")') is not None
    with pytest.raises(Exception, match="UNIQUE"), store.atomic() as connection:
        connection.execute('INSERT INTO "Signalement" (id, "NoSignalement") VALUES (99, 1)')


def test_fields_that_a_user_added_stay(store, rows):
    with store.atomic() as connection:
        connection.execute('ALTER TABLE "Signalement" ADD COLUMN "ma note" TEXT DEFAULT \'-\'')
    _replace(store, rows(1, 2))
    _put(store, rows(3))
    assert store.all('SELECT id, "ma note" FROM "Signalement" ORDER BY id') == [(1, "-"), (2, "-"), (3, "-")]


def test_put_replaces_what_belongs_to_a_report(store, rows):
    _replace(store, rows(1, 2, 3, replies=3, documents=2, sketches=SKETCHES))
    assert _put(store, rows(2, 4, replies=1, date="later"), without=[3, 77]) == 1
    assert store.reports.counts() == {
        "Signalement": 3,
        "Croquis_EC_Point": 1,
        "Croquis_EC_Ligne": 1,
        "Croquis_EC_Polygone": 2,
        "Reponse_EC": 5,
        "Document_EC": 2,
    }
    assert store.reports.updated([1, 2, 4, 5]) == {1: "2026-01-01T10:00:00+01:00", 2: "later", 4: "later"}
    check_spatial(store)


def test_put_of_nothing_touches_nothing(store, rows, path, dump):
    _replace(store, rows(1))
    before = dump(path)
    assert _put(store, Rows(), without=[5]) == 0
    assert dump(path) == before


@pytest.mark.parametrize("seed", range(4))
def test_index_and_statistics_stay_right_whatever_is_done(store, rows, seed):
    chance = random.Random(seed)
    _replace(store, rows(*range(1, 40), sketches=SKETCHES))
    for _turn in range(12):
        some = chance.sample(range(1, 60), chance.randint(0, 8))
        lon = chance.choice([None, -170.0, 0.0, 100.0])
        if chance.random() < 0.15:
            _replace(store, rows(*some, lon=lon))
        else:
            _put(
                store,
                rows(*some, lon=lon, sketches=SKETCHES[: chance.randint(0, 4)]),
                chance.sample(range(1, 60), chance.randint(0, 8)),
            )
        check_spatial(store)
    with store.atomic():
        store.reports.clear()
    check_spatial(store)
    assert set(store.reports.counts().values()) == {0}


def test_our_statistics_are_those_of_spatialite(store, rows):
    _replace(store, rows(1, 2, 3, sketches=SKETCHES))
    ours = {table: _statistics(store, table) for table in SPATIAL}
    with store.atomic() as connection:
        connection.execute("SELECT UpdateLayerStatistics()")
    for table in SPATIAL:
        theirs = _statistics(store, table)
        assert ours[table][0] == theirs[0]
        assert ours[table][1:] == pytest.approx(theirs[1:], abs=1e-5)


def test_an_id_that_the_server_gives_to_two_replies_loses_none(store, rows):
    bundle = rows(1, 2)
    for number, text in ((1, "a"), (2, "b"), (2, "c")):
        bundle.replies.append((5, number, 1, None, None, None, text, None, None, None))
    bundle.replies.append((None, 1, 2, None, None, None, "d", None, None, None))
    later = rows(3)
    later.replies.append((5, 3, 1, None, None, None, "e", None, None, None))
    _replace(store, bundle, later)
    found = store.all("SELECT id, NoSignalement, Contenu FROM Reponse_EC ORDER BY Contenu")
    assert [text for _id, _report, text in found] == ["a", "b", "c", "d", "e"]
    assert [number for number, *_rest in found if number > 0] == [5]
    _put(store, later)
    assert store.one("SELECT count(*) FROM Reponse_EC") == 5


def test_a_report_that_comes_twice_into_the_stage_is_no_fault_of_the_stage(store, rows):
    doubled = rows(1, 1, 2)
    with Stage(store) as stage:
        stage.add(doubled)
        stage.add(rows(2))
        stage.clear()
        stage.add(rows(3))
        with store.atomic():
            store.reports.replace(stage)
    assert store.all('SELECT id FROM "Signalement"') == [(3,)]


def test_half_a_surrogate_pair_does_not_stop_a_download(store, rows):
    bundle = rows(1, 2)
    at = names(REPORT_COLUMNS).index("Message")
    bundle.reports[1] = (*bundle.reports[1][:at], "bad \ud83d text", *bundle.reports[1][at + 1 :])
    _replace(store, bundle)
    _put(store, bundle)
    assert store.all('SELECT "Message" FROM "Signalement" ORDER BY id') == [("n° 1",), ("bad ? text",)]


def test_same(store, rows):
    _replace(store, rows(1, 2, replies=2, documents=1, sketches=SKETCHES))
    tables = store.reports
    assert tables.same(rows(1, replies=2, documents=1, sketches=SKETCHES))
    for other in (
        rows(3),
        rows(1, replies=2, documents=1, sketches=SKETCHES, lat=48.5),
        rows(1, replies=1, documents=1, sketches=SKETCHES),
        rows(1, replies=2, documents=0, sketches=SKETCHES),
        rows(1, replies=2, documents=1, sketches=SKETCHES[:3]),
        rows(
            1,
            replies=2,
            documents=1,
            sketches=(*SKETCHES[:3], ("POLYGON", POLYGON.replace(struct.pack("<d", 9.0), b"\0" * 8, 1))),
        ),
    ):
        assert not tables.same(other)


def test_scope(store):
    tables = store.reports
    with store.atomic():
        tables.set_scope(range(2000))
        tables.widen_scope([1999, 2000, 2001])
        tables.narrow_scope([0, 1, 5000])
    assert tables.scope() == set(range(2, 2002))
    with store.atomic():
        tables.set_scope([7, 7])
    assert tables.scope() == {7}


def test_the_copy_of_whole_records_is_really_used(store, rows):
    """The plan of `replace`: one transfer between tables of one layout, no row taken apart (see `Stage`)."""
    with Stage(store) as stage:
        stage.add(rows(1))
        with store.atomic() as connection, store.reports._emptied_for_bulk():
            for table in [*SPATIAL, *PLAIN]:
                plan = connection.execute(
                    f'EXPLAIN INSERT INTO main."{table}" SELECT * FROM stage."{table}"'
                ).fetchall()
                operations = {row[1] for row in plan}
                assert "RowData" in operations or "RowCell" in operations


def test_two_stores_in_one_program(tmp_path, rows):
    with Store(tmp_path / "one.sqlite") as one, Store(tmp_path / "two.sqlite") as two:
        _replace(one, rows(1))
        _replace(two, rows(2))
        assert one.reports.counts()["Signalement"] == two.reports.counts()["Signalement"] == 1


def test_geometries_come_with_the_rows(store, rows):
    _put(store, rows(1, sketches=SKETCHES))
    _put(store, rows(2, lon=None, lat=None))
    at = struct.pack("<BI2d", 1, 1, 2.001, 48.0)
    assert store.reports.rows_of([1, 2], "Statut", geometry=True) == [("submit", at), ("submit", None)]
    polygons = store.reports.rows_of([1], "NoSignalement", table="Croquis_EC_Polygone", geometry=True)
    assert polygons == [(1, POLYGON), (1, POLYGON)]


def test_reports_near_a_place_are_those_in_the_box(store, rows):
    """Also on the edge of the box, where the index, which rounds, is not exact."""
    chance = random.Random(8)
    places = {}
    for number in range(1, 300):
        lon, lat = chance.uniform(2, 3), chance.uniform(48, 49)
        places[number] = (lon + number / 1000, lat)
        _put(store, rows(number, lon=lon, lat=lat))
    _put(store, rows(300, lon=None))
    for _attempt in range(20):
        (west, south), (east, north) = chance.choice(list(places.values())), chance.choice(list(places.values()))
        west, east, south, north = min(west, east), max(west, east), min(south, north), max(south, north)
        inside = {n for n, (lon, lat) in places.items() if west <= lon <= east and south <= lat <= north}
        found = store.reports.near((west, south, east, north), 1000)
        assert {row[0] for row in found} == inside
        assert all(row[2:] == places[row[0]] for row in found)
    assert len(store.reports.near((2, 48, 4, 49), 10)) == 10
