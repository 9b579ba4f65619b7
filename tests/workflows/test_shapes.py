"""Geometries in words, in WGS84, on small maps."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osgeo import ogr

from geocollab.workflows.layers import shapes

PARIS = (652000.0, 6862000.0)
SQUARE = "POLYGON((0 0,100 0,100 100,0 100,0 0))"


def wkb(wkt, at=PARIS):
    """A geometry around Paris in Lambert 93, its ordinates counted from there."""
    shape = ogr.CreateGeometryFromWkt(wkt)
    _shift(shape, *at)
    return bytes(shape.ExportToIsoWkb(ogr.wkbNDR))


def _shift(shape, dx, dy):
    for number in range(shape.GetGeometryCount()):
        _shift(shape.GetGeometryRef(number), dx, dy)
    for number in range(shape.GetPointCount()):
        x, y, *z = shape.GetPoint(number)
        shape.SetPoint(number, x + dx, y + dy, z[0]) if shape.Is3D() else shape.SetPoint_2D(number, x + dx, y + dy)


@pytest.mark.parametrize(
    ("wkt", "words"),
    [
        ("POINT(0 0)", "point"),
        ("POINT Z(0 0 35.5)", "point, height 35.5 m"),
        ("POINT Z(0 0 -1000)", "point"),
        ("MULTIPOINT(0 0,5 5)", "point in 2 parts, 2 vertices"),
        ("LINESTRING(0 0,30 40)", "line, 2 vertices, 50 m"),
        ("MULTILINESTRING((0 0,30 40),(0 0,0 20))", "line in 2 parts, 4 vertices, 70 m"),
        ("MULTIPOLYGON(((0 0,30 0,30 10,0 10,0 0)))", "polygon, 4 vertices, 300.1 m²"),
        (SQUARE, "polygon, 4 vertices, 1 ha"),
        ("POLYGON((0 0,3000 0,3000 2000,0 2000,0 0),(1 1,2 1,2 2,1 1))", "polygon, 7 vertices, 6 km²"),
        ("GEOMETRYCOLLECTION(POINT(0 0),LINESTRING(0 0,1 1))", "collection in 2 parts, 3 vertices"),
    ],
)
def test_a_geometry_in_words(wkt, words):
    assert shapes.said(wkb(wkt), 2154) == words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("POINT(0 0)", "POINT(10 7)", "moved by 12.2 m"),
        ("POINT(0 0)", "POINT(0.25 0)", "moved by 25 cm"),
        ("POINT(0 0)", "POINT(0.0002 0)", "moved by less than 1 mm"),
        ("POINT(0 0)", "POINT(15000 0)", "moved by 15 km"),
        ("POINT Z(0 0 30)", "POINT Z(0 0 32.5)", "heights changed by up to 2.5 m"),
        ("POINT Z(0 0 -1000)", "POINT Z(0 0 32.5)", ""),
        ("LINESTRING(0 0,30 40)", "LINESTRING(5 0,35 40)", "moved by 5 m"),
        (
            "LINESTRING(0 0,30 40,60 40)",
            "LINESTRING(0 0,30 45,60 40)",
            "1 of 3 vertices moved, by 5 m; length: 80 m → 84.5 m",
        ),
        ("LINESTRING(0 0,30 40)", "LINESTRING(0 0,15 20,30 40)", "vertices: 2 → 3"),
        ("LINESTRING(0 0,30 40)", "LINESTRING(30 40,0 0)", "2 of 2 vertices moved, by up to 50 m"),
        (SQUARE, "POLYGON((0 0,100 0,120 100,0 100,0 0))", "1 of 4 vertices moved, by 20 m; area: 1 ha → 1.10 ha"),
        ("MULTIPOINT(0 0)", "MULTIPOINT(0 0,5 5)", "point → point in 2 parts; vertices: 1 → 2"),
        ("POINT(0 0)", "LINESTRING(0 0,30 40)", "point → line; vertices: 1 → 2"),
        (
            "MULTILINESTRING((0 0,1 0,2 0),(5 5,6 6))",
            "MULTILINESTRING((0 0,1 0),(5 5,6 6,7 7))",
            "drawn otherwise; length: 3.4 m → 3.8 m",
        ),
    ],
)
def test_what_was_done_to_a_geometry(before, after, words):
    assert shapes.difference(wkb(before), wkb(after), 2154) == words


def test_lengths_are_those_on_the_ground_whatever_the_system():
    place = ogr.CreateGeometryFromWkt("POINT(2.35 48.85)"), ogr.CreateGeometryFromWkt("POINT(2.36 48.85)")
    degrees = [bytes(point.ExportToIsoWkb(ogr.wkbNDR)) for point in place]
    assert shapes.difference(*degrees, 4326) == "moved by 733.9 m"
    mercator = [wkb("POINT(261600 6250000)", (0, 0)), wkb("POINT(262713 6250000)", (0, 0))]
    assert shapes.difference(*mercator, 3857).startswith("moved by 73")


@pytest.mark.parametrize(
    ("value", "srid"), [(None, 2154), (b"", 2154), (b"no geometry", 2154), (wkb("POINT(0 0)", (math.inf, 0)), 2154)]
)
def test_what_has_no_place_is_no_failure(value, srid):
    assert shapes.to_wgs84(value, srid) is None
    assert shapes.difference(value, wkb("POINT(0 0)"), srid) in ("", "drawn otherwise")
    assert shapes.small_map("m", [("mine", "mine", value)]) is None
    assert isinstance(shapes.said(value, srid), str)


def test_a_system_that_nobody_knows():
    assert shapes.to_wgs84(wkb("POINT(0 0)"), 999999) is None
    assert shapes.said(wkb("LINESTRING(0 0,30 40)"), 999999) == "line, 2 vertices"
    assert shapes.box_from_wgs84((2, 48, 3, 49), 999999) is None


@given(st.floats(-3, 7), st.floats(43, 50), st.floats(0, 400), st.floats(0, 2 * math.pi))
def test_wgs84_and_back_and_how_far_it_is(lon, lat, metres, angle):
    west, south, _east, _north = shapes.box_from_wgs84((lon, lat, lon, lat), 2154)
    one = wkb("POINT(0 0)", (west, south))
    found = ogr.CreateGeometryFromWkb(shapes.to_wgs84(one, 2154))
    assert (found.GetX(), found.GetY()) == pytest.approx((lon, lat), abs=1e-8)
    other = wkb("POINT(0 0)", (west + metres * math.cos(angle), south + metres * math.sin(angle)))
    words = shapes.difference(one, other, 2154)
    if metres > 1.01:  # Lambert 93 is not quite true to scale
        assert float(words[len("moved by ") : -len(" m")]) == pytest.approx(metres, rel=3e-3, abs=0.06)


@given(st.sampled_from(["POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"]))
def test_families(name):
    places = {"POINT": "(1 2)", "LINESTRING": "(1 2,3 4)", "POLYGON": "((0 0,1 0,1 1,0 0))"}
    simple = name.replace("MULTI", "")
    text = f"{name}({places[simple]})" if name != simple else name + places[simple]
    for dimension in ("", " Z"):
        value = wkb(text.replace(name, name + dimension) if not dimension else name + dimension + text[len(name) :])
        assert shapes.family(value) == {"POINT": "point", "LINESTRING": "line", "POLYGON": "polygon"}[simple]
    assert shapes.family(wkb("GEOMETRYCOLLECTION(POINT(1 2))")) == "other"
    assert shapes.family(None) == ""


def test_a_map_of_before_and_after_with_what_is_around():
    before, after = (shapes.to_wgs84(wkb(wkt), 2154) for wkt in ("LINESTRING(0 0,30 40)", "LINESTRING(5 0,35 40)"))
    boxes = []

    def around(box):
        boxes.append(box)
        return [shapes.to_wgs84(wkb("GEOMETRYCOLLECTION(POINT(9 9),LINESTRING(0 0,1 1))"), 2154)]

    drawn = shapes.small_map("a map", [("was", "before", before), ("mine", "after", after)], around)
    assert [shape.css for shape in drawn.shapes] == ["ground-point", "ground-line", "was-line", "mine-line"]
    assert drawn.key == [("was", "before"), ("mine", "after")] and drawn.tone == ""
    (west, south, east, north) = boxes[0]
    at = ogr.CreateGeometryFromWkb(before).GetPoint(0)
    assert west < at[0] < east and south < at[1] < north
