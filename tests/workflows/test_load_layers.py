"""Group layers into the store: what is there is here, a failure changes nothing, local edits and ids stay."""

import json
import sqlite3
from pathlib import Path

import pytest
from osgeo import ogr, osr

from geocollab.client.espaceco import features
from geocollab.store.database import quoted
from geocollab.store.store import Store
from geocollab.workflows.errors import InputError
from geocollab.workflows.layers import load_layers as loading
from geocollab.workflows.layers.catalogue import catalogue
from geocollab.workflows.layers.described import described
from geocollab.workflows.layers.ground import Ground, kept_zone, zone_of
from geocollab.workflows.layers.load_layers import load_layers
from geocollab.workflows.layers.loaded import COLUMNS
from geocollab.workflows.pages.html import render
from geocollab.workflows.zone import Zone
from sandbox import wkt
from tests.workflows.group_rows import CANTONS, PARCELS, PHARMACIES, POSTS, ROADS, square
from tests.workflows.town import Town

ROOT = Path(__file__).resolve().parents[2]
TYPES, NO_GEOMETRY = "demo_guichet:Tous les types (été)", "demo_guichet:sans_geometrie"
NO_KEY, ARCHIVES = "demo_guichet:sans_cle", "demo_guichet:archives"
GEOMETRIES = ("geometry", "geometrycollection", "point", "multipoint", "linestring", "multilinestring", "polygon",
              "multipolygon")  # fmt: skip


# ------------------------------------------------------------------ what is there is here


@pytest.mark.parametrize("dimension", ["2d", "3d"])
def test_every_geometry_comes_as_it_is(town, dimension):
    codes = [f"suivi_terrain:geo_{kind}_{dimension}" for kind in GEOMETRIES]
    outcome = town.bring(*codes)
    assert outcome.numbers()["COUNT"] == len(codes) and outcome.warnings == []
    for code in codes:
        layer = town.layer(code)
        assert (layer.srid, layer.is3d) == ((2154, True) if dimension == "3d" else (4326, False))
        stored = dict(town.sql(code, f"SELECT {quoted(layer.local_key)}, AsBinary(geom) FROM {{t}}"))
        there = {key: row["geom"] for key, row in town.all_rows(code).items() if not row["gcms_detruit"]}
        assert {key: _geojson(blob) for key, blob in stored.items()} == {
            key: wkt.geojson(wkt.read(text)) for key, text in there.items()
        }


def _geojson(blob):
    return json.loads(ogr.CreateGeometryFromWkb(blob).ExportToJson(["COORDINATE_PRECISION=15"]))


def test_every_type_of_column_comes_as_it_is(town):
    outcome = town.bring(TYPES)
    assert town.local(TYPES) == town.server(TYPES)
    layer = town.layer(TYPES)
    kinds = {column.name: column.sql or "GEOMETRY" for column in layer.columns}
    assert {kinds[name] for name in ("Texte", "texte", "Année", "Mois", "Détails", "J'aime", "Pièce jointe")} == {
        "TEXT"
    }
    assert {name: kinds[name] for name in ("Booléen", "Entier", "Double précision", "Date", "Horodatage")} == {
        "Booléen": "BOOLEAN", "Entier": "INTEGER", "Double précision": "DOUBLE", "Date": "DATE",
        "Horodatage": "TIMESTAMP",
    }  # fmt: skip
    classes = dict(town.sql(TYPES, 'SELECT typeof("Année"), count(*) FROM {t} GROUP BY 1'))
    assert classes == {"text": 32, "null": 8}
    assert outcome.layers[0].renamed == [("texte", "texte_2")]
    assert "The column “texte” is called “texte_2” in the store." in " ".join(outcome.lines())
    assert "texte_2" in render(outcome.report("Groupe"))


def test_a_zoom_beyond_all_levels_is_kept(town):
    town.bring(TYPES)
    assert described(town.layer(TYPES)).table.max_zoom == 30


def test_the_whole_group(town):
    outcome = town.bring()
    numbers = outcome.numbers()
    assert (numbers["COUNT"], numbers["FAILED_COUNT"], outcome.warnings) == (28, 0, [])
    with Store(town.path) as store:
        assert [layer.table for layer in store.layers.all()] == [each.entry.layer.table for each in outcome.layers], (
            "in the order of the group"
        )
        total = sum(map(store.layers.count, store.layers.all()))
    assert numbers["FEATURE_COUNT"] == numbers["CREATED_COUNT"] == total > 900
    for code in (CANTONS, PARCELS, POSTS, ROADS, PHARMACIES, NO_GEOMETRY, ARCHIVES):
        assert town.local(code).keys() == town.server(code).keys()
        assert town.layer(code).zone is None and town.layer(code).loaded
    assert {len(row) for row in outcome.rows()} == {len(COLUMNS)}
    again = town.bring()
    assert again.numbers()["UNCHANGED_COUNT"] == total - 8, "rows without a key are always new"
    assert (again.numbers()["CREATED_COUNT"], again.numbers()["REMOVED_COUNT"]) == (8, 8)


def test_the_numbers_of_the_history_are_asked_for_before_any_row(town):
    town.bring(CANTONS, PHARMACIES, ROADS)
    asked = [step for step in town.asked() if step in ("max-numrec", "wfs")]
    assert asked == ["max-numrec"] * 2 + ["wfs"] * 3, "two are historised"
    for code, base in ((CANTONS, "suivi_terrain"), (ROADS, "bdtopo_fxx")):
        number = town.call("GET", f"/databases/{town.layer(code).database}/tables/{town.layer(code).table}/max-numrec")
        assert town.layer(code).watermark == number.json() > 0, base
    assert town.layer(PHARMACIES).watermark is None


def test_destroyed_rows_are_not_asked_for(town):
    town.bring(CANTONS, PHARMACIES)
    filters = [dict(entry["query"]).get("filter") for entry in town.process.journal("/wfs/")]
    assert filters == ['{"gcms_detruit":false}', None]
    assert len(town.local(CANTONS)) == 56 < len(town.all_rows(CANTONS))


def test_tables_without_key_and_without_geometry(town):
    outcome = town.bring(NO_KEY, NO_GEOMETRY)
    assert (town.layer(NO_KEY).key, town.layer(NO_GEOMETRY).geometry) == ("", "")
    assert "Not editable: the table has no key." in " ".join(outcome.lines())
    with pytest.raises(sqlite3.IntegrityError, match="no key on the server"):
        town.sql(NO_KEY, "UPDATE {t} SET libelle = 'x'")
    rows = dict(zip((each.entry.code for each in outcome.layers), outcome.rows()))
    at = [name for name, _kind in COLUMNS].index
    assert rows[NO_KEY][at("editable")] is False
    assert (rows[NO_GEOMETRY][at("geometry")], rows[NO_GEOMETRY][at("crs")], rows[NO_GEOMETRY][at("count")]) == (
        "", "", 12,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["data", "rows", "items", "features", "geojson_geometry"])
def test_odd_forms_of_an_answer_are_the_same_rows(town, form):
    town.process.faults({"kind": "odd_rows", "form": form, "times": None})
    outcome = town.bring(CANTONS, TYPES, ROADS)
    town.process.faults()
    assert outcome.warnings == []
    for code in (CANTONS, TYPES, ROADS):
        assert town.local(code) == town.server(code)


def test_two_users_see_the_same(town, tmp_path, empty_store):
    town.bring(CANTONS, user="membre")
    other = Town(town.process, tmp_path / "other.sqlite")
    other.path.write_bytes(Path(empty_store).read_bytes())
    other.bring(CANTONS, user="admin")
    assert town.local(CANTONS) == other.local(CANTONS)
    assert (described(town.layer(CANTONS)).grids, described(other.layer(CANTONS)).grids) == (
        ("75", "92", "93", "94"), (),
    )  # fmt: skip
    before = town.ids(CANTONS)
    assert town.bring(CANTONS, user="admin").numbers()["UNCHANGED_COUNT"] == 56
    assert town.ids(CANTONS) == before and described(town.layer(CANTONS)).grids == ()


def test_a_table_that_is_there_twice_is_loaded_once(town):
    town.change("layer", layer=815, set={"table": 3401, "database": 34})
    api = town.api()
    with api.session, Store(town.path) as store:
        entries = catalogue(api, 375, only=[806, 815]).entries
        assert len(load_layers(api, store, entries).layers) == 1


# ------------------------------------------------------------------ the zone


@pytest.fixture
def triangle():
    """A zone that cuts the parcels obliquely, drawn in Lambert 93."""
    ring = "645033 6854990,645200 6855260,644980 6855200,645033 6854990"
    shape = ogr.CreateGeometryFromWkt(f"POLYGON(({ring}))")
    shape.Segmentize(1)
    shape.Transform(osr.CoordinateTransformation(_crs(2154), _crs(4326)))
    return Zone(bytes(shape.ExportToWkb()))


def _crs(number):
    found = osr.SpatialReference()
    found.ImportFromEPSG(number)
    found.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return found


def test_a_zone_is_exact(town, triangle):
    town.bring(PARCELS)
    every = town.all_rows(PARCELS)
    town.bring(PARCELS, zone=triangle)
    shape = ogr.CreateGeometryFromWkb(triangle.wkb)
    shape.Transform(osr.CoordinateTransformation(_crs(4326), _crs(2154)))
    there = {key: ogr.CreateGeometryFromWkt(row["geom"]) for key, row in every.items()}
    inside = {key for key, parcel in there.items() if parcel.Intersects(shape)}
    west, east, south, north = shape.GetEnvelope()
    boxed = {key for key, parcel in there.items()
             if not (parcel.GetEnvelope()[0] > east or parcel.GetEnvelope()[1] < west
                     or parcel.GetEnvelope()[2] > north or parcel.GetEnvelope()[3] < south)}  # fmt: skip
    assert town.local(PARCELS).keys() == inside
    assert {key for key in inside if not shape.Contains(there[key])}, "some are cut"
    assert 20 < len(inside) < len(boxed) < len(every)
    (query,) = [dict(entry["query"]) for entry in town.process.journal("/wfs/") if "bbox" in dict(entry["query"])]
    assert list(map(float, query["bbox"].split(","))) == pytest.approx([west, south, east, north], abs=0.01)


def test_the_zone_is_kept_and_a_load_without_one_is_everywhere(town, triangle):
    town.bring(PARCELS, zone=triangle)
    kept = town.layer(PARCELS).zone
    assert kept["fingerprint"] == triangle.fingerprint
    again = zone_of(kept)
    assert (again.wkb, again.fingerprint) == (triangle.wkb, triangle.fingerprint)
    few = len(town.local(PARCELS))
    outcome = town.bring(PARCELS)
    assert town.layer(PARCELS).zone is None
    assert outcome.numbers()["UNCHANGED_COUNT"] == few and len(town.local(PARCELS)) == 200
    assert kept_zone(None) is None and zone_of(None) is None


def test_a_zone_in_degrees_and_one_that_touches(town):
    town.bring(POSTS, zone=square(2.2, 48.8, 2.35, 48.9))
    inside = {
        key: row
        for key, row in town.server(POSTS).items()
        if 2.2 <= row["geom"][0] <= 2.35 and 48.8 <= row["geom"][1] <= 48.9
    }
    assert town.local(POSTS) == inside and 0 < len(inside) < 22


def test_rows_without_place_are_not_in_a_zone_but_tables_without_geometry_are_whole(town):
    outcome = town.bring(NO_GEOMETRY, POSTS, zone=square(10, 10, 11, 11))
    assert [each.count for each in outcome.layers] == [12, 0]
    assert town.layer(NO_GEOMETRY).zone is None
    assert outcome.warnings == ["Bornes: nothing lies in the zone."]


def test_edges_of_a_big_zone_are_straight_where_they_were_drawn():
    """Between two corners 4° apart, a parallel is not straight in Lambert 93: some 3 km off in the middle."""
    ground = Ground(square(0, 46, 4, 48), 2154)
    for lon, lat, inside in ((2, 46.001, True), (2, 45.999, False), (2, 47.999, True), (2, 48.001, False)):
        shape = ogr.CreateGeometryFromWkt(f"POINT({lon} {lat})")
        shape.Transform(osr.CoordinateTransformation(_crs(4326), _crs(2154)))
        assert ground.holds(bytes(shape.ExportToWkb())) == inside
    assert not ground.holds(None)


def test_a_zone_that_has_no_place_in_a_crs():
    with pytest.raises(InputError, match="cannot be expressed in EPSG:2154"):
        Ground(square(-180, -90, 180, 90), 2154)
    with pytest.raises(InputError, match="EPSG:999999"):
        Ground(square(0, 46, 4, 48), 999999)


# ------------------------------------------------------------------ loaded again


def test_a_second_load_keeps_ids_and_merges_local_edits(town):
    town.bring(CANTONS)
    before = town.ids(CANTONS)
    one, two, three = sorted(before)[:3]
    for key in (one, two):
        town.sql(CANTONS, "UPDATE {t} SET suivi = 'Fait', visite = '2026-01-01' WHERE id_canton = ?", (key,))
    suivi = "En cours" if town.server(CANTONS)[two]["suivi"] == "À faire" else "À faire"
    town.write(
        CANTONS,
        ("Update", {"id_canton": one, "nom": "Nouveau nom"}),
        ("Update", {"id_canton": two, "suivi": suivi}),
        ("Delete", {"id_canton": three}),
    )
    outcome = town.bring(CANTONS)
    numbers = outcome.numbers()
    assert (numbers["MERGED_COUNT"], numbers["CONFLICT_COUNT"], numbers["REMOVED_COUNT"]) == (1, 1, 1)
    rows = town.local(CANTONS)
    assert (rows[one]["nom"], rows[one]["suivi"]) == ("Nouveau nom", "Fait")
    assert three not in rows
    assert town.edits(CANTONS) == {("update", one, False), ("update", two, True)}
    assert {key: before[key] for key in rows} == town.ids(CANTONS)


def test_columns_that_came_went_and_changed_since(town):
    town.bring(POSTS)
    before = town.ids(POSTS)
    town.change("column_added", table=3404, column={"name": "Hauteur (m)", "type": "Integer"})
    town.change("column_removed", table=3404, name="etat")
    town.sql(POSTS, "UPDATE {t} SET etat = 'gardé' WHERE reference = 'BR-1'")
    (warning,) = town.bring(POSTS).warnings
    assert warning.startswith("Bornes: the server has no column “etat” any more. 1 edited object has a value")
    layer = town.layer(POSTS)
    assert "Hauteur (m)" in layer.names and "etat" not in layer.names
    assert town.local(POSTS) == town.server(POSTS)
    assert town.ids(POSTS) == before
    assert town.sql(POSTS, "SELECT etat FROM {t} WHERE reference = 'BR-1'") == [("gardé",)]
    town.restore()
    town.change("column_retyped", table=3404, name="etat", type="Integer")
    town.bring(POSTS)
    assert {column.name: column.sql for column in town.layer(POSTS).live}["etat"] == "INTEGER"
    assert town.local(POSTS) == town.server(POSTS)


class Slipping(features.Reading):
    """A reading under whose hands the table moves: one row slips away, each time."""

    missed = None

    def __iter__(self):
        self.steady = False
        for page in super().__iter__():
            yield [row for row in page if row["reference"] not in self.missed]


@pytest.mark.parametrize("zone", [None, square(2.0, 48.0, 3.0, 49.5)])
def test_what_is_edited_and_slipped_away_while_it_was_read_is_no_deleted_object(town, monkeypatch, zone):
    """Else it would be offered as a new one, and be there twice."""
    town.bring(POSTS)
    one, two, three = sorted(town.local(POSTS))[:3]
    town.sql(POSTS, "UPDATE {t} SET etat = 'Le mien' WHERE reference IN (?, ?)", (one, two))
    town.write(POSTS, ("Delete", {"reference": two}))
    monkeypatch.setattr(loading, "Reading", Slipping)
    monkeypatch.setattr(Slipping, "missed", {one, two, three})
    (warning,) = town.bring(POSTS, zone=zone).warnings
    assert "it changed all the while it was read" in warning
    assert town.edits(POSTS) == {("update", one, False), ("update", two, True)}
    assert three not in town.local(POSTS), "the next refresh brings it back"


def test_what_is_edited_while_what_was_edited_is_looked_for_is_looked_for_too(town, monkeypatch):
    town.bring(POSTS)
    one, two = [key for key, row in sorted(town.local(POSTS).items()) if row["geom"][0] > 2.35][:2]
    edit = "UPDATE {t} SET etat = 'Le mien' WHERE reference = ?"
    town.sql(POSTS, edit, (one,))
    look = loading._still_there

    def looked(*args):
        found = look(*args)
        town.sql(POSTS, edit, (two,))
        return found

    monkeypatch.setattr(loading, "_still_there", looked)
    town.bring(POSTS, zone=square(2.2, 48.8, 2.35, 48.9))
    assert town.edits(POSTS) == {("update", one, False), ("update", two, False)}
