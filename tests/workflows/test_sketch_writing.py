"""Objects as sketches, and the position on them, held against GEOS and by hand."""

import json
import math
import struct

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from osgeo import ogr

from geocollab.client.espaceco.sketches import read_sketch
from geocollab.workflows.contributions.sketch_writing import attributes_of, point_of, position_of, shapes_of, sketch_of
from geocollab.workflows.positions import BadGeometry, parts
from sandbox.contributions import read_sketch as taken_by_the_server


def wkb(wkt):
    shape = ogr.CreateGeometryFromWkt(wkt)
    assert shape is not None, wkt
    return bytes(shape.ExportToIsoWkb())


def drawn(*wkts, **fields):
    """The objects of the sketch of these geometries, as the server keeps it."""
    text = sketch_of((shapes_of(wkb(wkt)), attributes_of(fields)) for wkt in wkts)
    assert taken_by_the_server(text) == text
    return json.loads(text)["objects"]


def at(*wkts):
    return position_of([shape for wkt in wkts for shape in shapes_of(wkb(wkt))])


# ---------------------------------------------------------------------- objects


@pytest.mark.parametrize(
    ("wkt", "expected"),
    [
        ("POINT(2.5 48.5)", [("Point", "POINT(2.5 48.5)")]),
        ("POINT ZM (2.5 48.5 100 3)", [("Point", "POINT(2.5 48.5)")]),
        ("LINESTRING M (2 48 1,2.5 48.25 2)", [("Ligne", "LINESTRING(2 48,2.5 48.25)")]),
        ("POLYGON((0 0,9 0,9 9,0 0),(5 1,6 1,6 2,5 1))",
         [("Polygone", "POLYGON((0 0,9 0,9 9,0 0),(5 1,6 1,6 2,5 1))")]),
        ("MULTIPOINT((1 2),(3 4))", [("Point", "POINT(1 2)"), ("Point", "POINT(3 4)")]),
        ("MULTILINESTRING((0 0,1 1),(2 2,3 3))", [("Ligne", "LINESTRING(0 0,1 1)"), ("Ligne", "LINESTRING(2 2,3 3)")]),
        ("MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2)))",
         [("Polygone", "POLYGON((0 0,1 0,1 1,0 0))"), ("Polygone", "POLYGON((2 2,3 2,3 3,2 2))")]),
        ("GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(LINESTRING(0 0,1 1),POINT EMPTY))",
         [("Point", "POINT(1 2)"), ("Ligne", "LINESTRING(0 0,1 1)")]),
        ("TRIANGLE((0 0,1 0,1 1,0 0))", [("Polygone", "POLYGON((0 0,1 0,1 1,0 0))")]),
        ("TIN(((0 0,1 0,1 1,0 0)),((0 0,1 1,0 1,0 0)))",
         [("Polygone", "POLYGON((0 0,1 0,1 1,0 0))"), ("Polygone", "POLYGON((0 0,1 1,0 1,0 0))")]),
        ("POLYHEDRALSURFACE Z (((0 0 1,1 0 1,1 1 1,0 0 1)))", [("Polygone", "POLYGON((0 0,1 0,1 1,0 0))")]),
        ("POINT(2.123456789123 -0.000000001)", [("Point", "POINT(2.12345679 -0)")]),
        ("POINT(180.000000001 90)", [("Point", "POINT(180 90)")]),
    ],
)  # fmt: skip
def test_each_kind_of_geometry(wkt, expected):
    assert [(item["type"], item["geometry"]) for item in drawn(wkt, a=1)] == expected
    assert all(item["attributes"] == {"a": "1"} and item["name"] == "" for item in drawn(wkt, a=1))


def test_curves_become_segments_on_the_curve():
    (line,) = drawn("COMPOUNDCURVE(CIRCULARSTRING(0 0,1 1,2 0),(2 0,3 0))")
    points = ogr.CreateGeometryFromWkt(line["geometry"]).GetPoints()
    assert line["type"] == "Ligne" and len(points) > 20 and points[0] == (0, 0) and points[-1] == (3, 0)
    assert all(abs(math.hypot(x - 1, y) - 1) < 1e-7 for x, y in points[:-1])
    (polygon,) = drawn("CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))")
    assert polygon["type"] == "Polygone"
    assert ogr.CreateGeometryFromWkt(polygon["geometry"]).GetArea() == pytest.approx(math.pi, rel=1e-2)
    assert len(drawn("MULTICURVE(CIRCULARSTRING(0 0,1 1,2 0),(5 5,6 6))")) == 2


def test_the_sketch_is_minimal_text():
    text = sketch_of([(shapes_of(wkb("POINT(2 48)")), {"é": 'a"b'})])
    assert text == (
        '{"name":"","objects":[{"type":"Point","geometry":"POINT(2 48)","attributes":{"é":"a\\"b"},"name":""}]}'
    )


# ---------------------------------------------------------------------- what is broken


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "It has no geometry."), (b"", "It has no geometry."), (b"\1\2\3", "cannot be read"),
        (b"\1\1\0\0\0", "cannot be read"), (wkb("POINT EMPTY"), "is empty"), (wkb("POLYGON EMPTY"), "is empty"),
        (wkb("GEOMETRYCOLLECTION(POINT EMPTY)"), "is empty"), (wkb("LINESTRING(1 1,1 1)"), "is invalid"),
        (wkb("POLYGON((0 0,1 1,0 1,1 0,0 0))"), "is invalid (Self-intersection"),
        (wkb("POINT(652000 6862000)"), "outside the world: longitude 652000, latitude 6.862e+06 in degrees"),
        (wkb("POINT(2 91)"), "outside the world"), (wkb("LINESTRING(0 0,-181 0)"), "outside the world"),
        (struct.pack("<BI2d", 1, 1, 2.0, math.nan), "is no number"),
        (struct.pack("<BI2d", 1, 1, math.inf, 0), "is no number"),
        (struct.pack("<BII6d", 1, 2, 3, 0, 0, math.nan, 1, 2, 2), "is no number"),
    ],
)  # fmt: skip
def test_what_is_broken_is_said(content, said, capfd):
    with pytest.raises(BadGeometry) as refused:
        shapes_of(content)
    assert said in str(refused.value) and str(refused.value).endswith(".")
    assert capfd.readouterr() == ("", "")


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_crash_it(content):
    try:
        shapes = shapes_of(content)
    except BadGeometry:
        return
    position_of(shapes)
    sketch_of([(shapes, {})])


# ---------------------------------------------------------------------- positions


@pytest.mark.parametrize(
    ("wkts", "position"),
    [
        (["POINT(2 48)"], (2, 48)),
        (["LINESTRING(0 0,4 0)"], (2, 0)),
        (["LINESTRING(0 0,1 0,1 0,4 0)"], (2, 0)),
        (["POLYGON((0 0,4 0,4 4,0 4,0 0))"], (2, 2)),
        (["MULTIPOINT((0 0),(1 0),(5 0))"], (1, 0)),
        (["LINESTRING(0 0,1 0)", "LINESTRING(0 5,8 5)"], (4, 5)),
        (["POLYGON((0 0,4 0,4 4,0 4,0 0))", "POINT(9 9)"], (2, 2)),
        (["POLYGON((0 0,1 0,1 1,0 1,0 0))", "POLYGON((8 0,10 0,10 2,8 2,8 0))"], (9, 1)),
        (["POLYGON((0 0,3 0,3 1,0 1,0 0))", "POLYGON((3 0,6 0,6 1,3 1,3 0))", "POINT(50 50)"], (3, 0.5)),
    ],
)
def test_the_middle(wkts, position):
    assert at(*wkts) == pytest.approx(position)


@pytest.mark.parametrize(
    "wkt",
    [
        "POLYGON((0 0,10 0,10 10,9 10,9 1,1 1,1 10,0 10,0 0))",  # its centroid lies outside
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,8 1,8 8,1 8,1 1))",  # in the hole
        "LINESTRING(0 0,0 5,5 5,5 0)",
    ],
)
def test_it_is_on_the_object_where_the_middle_is_not(wkt):
    shape = ogr.CreateGeometryFromWkt(wkt)
    assert not shape.Contains(shape.Centroid())
    assert shape.Distance(point_of(at(wkt))) < 1e-9


def test_half_of_the_way_is_measured_on_the_ground():
    lon, lat = at("LINESTRING(0 60,2 60,2 61)")  # two degrees of longitude are as long as one of latitude
    assert (lon, lat) == pytest.approx((2, 60), abs=0.02)


# ---------------------------------------------------------------------- held against GEOS

lons, lats = st.floats(-180, 180).map(lambda x: round(x, 7)), st.floats(-90, 90).map(lambda y: round(y, 7))


@st.composite
def simple(draw):
    kind = draw(st.sampled_from(["POINT", "LINESTRING", "POLYGON"]))
    if kind == "POINT":
        return f"POINT({draw(lons)!r} {draw(lats)!r})"
    if kind == "LINESTRING":
        pairs = draw(st.lists(st.tuples(lons, lats), min_size=2, max_size=6, unique=True))
        return f"LINESTRING({','.join(f'{x!r} {y!r}' for x, y in pairs)})"
    x, y, r = draw(st.floats(-170, 170)), draw(st.floats(-80, 80)), draw(st.floats(0.001, 9))
    turns = sorted(draw(st.lists(st.integers(0, 359), min_size=5, max_size=9, unique=True)))
    assume(all(b - a < 180 for a, b in zip(turns, [*turns[1:], turns[0] + 360])))
    ring = [(x + r * math.cos(math.radians(t)), y + r * math.sin(math.radians(t))) for t in turns]
    hole = draw(st.booleans())
    rings = [ring] + ([[(x + (a - x) / 9, y + (b - y) / 9) for a, b in ring]] if hole else [])
    return "POLYGON(" + ",".join("(" + ",".join(f"{a!r} {b!r}" for a, b in [*q, q[0]]) + ")" for q in rings) + ")"


geometries = st.one_of(simple(), st.lists(simple(), min_size=1, max_size=4).map(
    lambda several: f"GEOMETRYCOLLECTION({','.join(several)})"))  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(geometries, min_size=1, max_size=3))
def test_the_sketch_is_the_geometry_and_the_position_is_on_it(wkts):
    shapes = [shapes_of(wkb(wkt)) for wkt in wkts]
    text = sketch_of((part, {}) for part in shapes)
    assert taken_by_the_server(text) == text
    read = read_sketch(text)
    assert read.faults == ()
    back = [ogr.CreateGeometryFromWkb(content) for item in read.objects for _kind, content in parts(item.wkt)]
    flat = [shape for several in shapes for shape in several]
    assert len(back) == len(flat)
    for before, after in zip(flat, back):
        assert before.GetGeometryName() == after.GetGeometryName()
        assert _coordinates(before) == pytest.approx(_coordinates(after), abs=1e-8)
    position = point_of(position_of(flat))
    assert min(shape.Distance(position) for shape in flat) < 1e-9


def _coordinates(shape):
    lines = [shape.GetGeometryRef(n) for n in range(shape.GetGeometryCount())] or [shape]
    return [ordinate for line in lines for point in line.GetPoints() for ordinate in point[:2]]
