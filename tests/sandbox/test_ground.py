"""The small parts: dates, WKT, the real ground of the seed."""

import json
import random
from pathlib import Path

import pytest

from sandbox import geometry
from sandbox.assumptions import A2_content_range, A3_list_status, A9_timestamp
from sandbox.clock import iso
from sandbox.sketches import KINDS, draw
from sandbox.world import grids, places

DATA = Path(places.__file__).parents[1] / "data"


def test_cantons_are_all_there_with_their_names():
    features = json.loads((DATA / "cantons.geojson").read_text(encoding="utf-8"))["features"]
    assert len(features) == 61
    assert len({feature["properties"]["code"] for feature in features}) == 61
    for feature in features:
        properties = feature["properties"]
        assert properties["nom"]
        assert properties["insee_com"].startswith(properties["insee_dep"])
        assert properties["departement"] == {"75": "Paris", "92": "Hauts-de-Seine", "93": "Seine-Saint-Denis",
                                             "94": "Val-de-Marne"}[properties["insee_dep"]]  # fmt: skip


def test_points_are_drawn_inside():
    chance = random.Random(1)
    for place in places.cantons() + places.corsica():
        for _ in range(20):
            assert geometry.inside(*place.draw(chance), place.polygon), place.name


def test_towns_lie_where_they_should():
    assert places.at(2.2988, 48.7507).commune["title"] == "Antony"
    assert places.at(2.4091, 48.9381).name == "La Courneuve"
    assert places.at(8.733, 41.927).departement["name"] == "2A"
    assert places.at(0.0, 0.0) is None


@pytest.mark.parametrize(("name", "inside"), [("75", True), ("94", False), ("FR", True), ("2A", False)])
def test_grids(name, inside):
    assert grids.contain((name,), 2.3488, 48.8534) is inside


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2026-01-15", "2026-01-15T00:00:00+01:00"),
        ("2026-07-15", "2026-07-15T00:00:00+02:00"),
        ("2026-07-15 10:30:00", "2026-07-15T10:30:00+02:00"),
        ("2026-07-15T10:30:00Z", "2026-07-15T12:30:00+02:00"),
        ("2026-01-15T10:30:00+00:00", "2026-01-15T11:30:00+01:00"),
        ("2025-10-26 03:00:00", "2025-10-26T03:00:00+01:00"),
    ],
)
def test_dates(text, right):
    assert iso(A9_timestamp(text)) == right


@pytest.mark.parametrize(
    "text", ["", "2026", "15/01/2026", "2026-02-30", "2026-01-15 25:00:00", "2026-W03-1", "20260115"]
)
def test_no_dates(text):
    with pytest.raises(ValueError):
        A9_timestamp(text)


def test_ranges():
    assert [A2_content_range(0, 100, 250), A2_content_range(200, 50, 250)] == ["1-100/250", "201-250/250"]
    assert A2_content_range(0, 0, 0) == "0-0/0"
    assert [A3_list_status(100, 100), A3_list_status(101, 100)] == [200, 206]


@pytest.mark.parametrize("wkt", [
    "POINT(1 2)", "point z (1 2 3)", "POINTZ(1 2 3)", "LINESTRING(1 2,3 4)", "LineStringZ (1 2 3, 4 5 6)",
    "POLYGON((0 0,1 0,1 1,0 0),(.1 .1,.2 .1,.2 .2,.1 .1))", "MULTIPOINT(1 2,3 4)", "MULTIPOINT((1 2),(3 4))",
    "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3e1 -4))",
])  # fmt: skip
def test_good_wkt(wkt):
    geometry.check_wkt(wkt)


@pytest.mark.parametrize("wkt", [
    "", "POINT", "POINT()", "POINT(1)", "POINT(1 2", "POINT(1 2))", "POINT(1 2) x", "POINT(1 2 3 4 5)", "CIRCLE(1 2)",
    "POLYGON(0 0,1 0)", "LINESTRING((0 0,1 1))x", "POINT(a b)", "GEOMETRYCOLLECTION(1 2)", "POINT(1 2, 3 4",
])  # fmt: skip
def test_bad_wkt(wkt):
    with pytest.raises(ValueError):
        geometry.check_wkt(wkt)


def test_every_sketch_is_well_formed():
    chance, kinds = random.Random(2), set()
    for number in range(60):
        document = json.loads(draw(chance, number, 2.35, 48.85))
        for item in document["objects"]:
            geometry.check_wkt(item["geometry"])
            kinds.add(item["type"])
    assert len(kinds) == len(KINDS)
