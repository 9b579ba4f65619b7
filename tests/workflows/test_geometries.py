"""Geometries of group layers: WKT of the service to WKB of the store and back, heights without a "Z"."""

import contextlib
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osgeo import ogr

from geocollab.workflows.layers.geometries import wkb, wkt
from geocollab.workflows.positions import BadGeometry, quiet

KINDS = {"POINT": 0, "LINESTRING": 1, "MULTIPOINT": 1, "POLYGON": 2, "MULTILINESTRING": 2, "MULTIPOLYGON": 3}
CODES = {"POINT": 1, "LINESTRING": 2, "POLYGON": 3, "MULTIPOINT": 4, "MULTILINESTRING": 5, "MULTIPOLYGON": 6}
ORDINATE = st.floats(-1e15, 1e15).map(lambda value: value + 0.0)  # no −0


@st.composite
def shapes(draw):
    """(kind, nested positions, 2 or 3)."""
    kind, dimension = draw(st.sampled_from(sorted(KINDS))), draw(st.sampled_from((2, 3)))
    position = st.tuples(*[ORDINATE] * dimension)
    line = st.lists(position, min_size=2, max_size=5)
    ring = st.lists(position, min_size=3, max_size=5).map(lambda points: [*points, points[0]])
    nested = {
        "POINT": position, "LINESTRING": line, "MULTIPOINT": line, "POLYGON": st.lists(ring, min_size=1, max_size=3),
        "MULTILINESTRING": st.lists(line, min_size=1, max_size=3),
        "MULTIPOLYGON": st.lists(st.lists(ring, min_size=1, max_size=2), min_size=1, max_size=3),
    }[kind]  # fmt: skip
    return kind, draw(nested), dimension


def written(kind, nested, depth=None):
    """WKT as the service writes it."""
    depth = KINDS[kind] if depth is None else depth
    if depth == 0:
        return f"{kind}({position(nested)})"
    return kind + brackets(nested, depth)


def brackets(nested, depth):
    parts = map(position, nested) if depth == 1 else (brackets(item, depth - 1) for item in nested)
    return f"({','.join(parts)})"


def position(ordinates):
    return " ".join(str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value) for value in ordinates)


def flat(nested):
    return [value for item in nested for value in (flat(item) if isinstance(item, (list, tuple)) else [item])]


@given(shapes())
def test_there_and_back_no_digit_is_lost(shape):
    kind, nested, dimension = shape
    text = written(kind, nested)
    there = wkb(text)
    order, code = struct.unpack("<BI", there[:5])
    assert (order, code) == (1, CODES[kind] + 1000 * (dimension == 3))  # ISO, little-endian, the Z by the ordinates
    back = wkt(there)
    if kind == "MULTIPOINT":  # GDAL reads both forms
        back = back.replace("((", "(").replace("))", ")").replace("),(", ",")
    assert back == text


@given(shapes())
def test_geojson_is_the_same(shape):
    kind, nested, _dimension = shape
    names = {"POINT": "Point", "LINESTRING": "LineString", "MULTIPOINT": "MultiPoint", "POLYGON": "Polygon",
             "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon"}  # fmt: skip
    assert wkb({"type": names[kind], "coordinates": nested}) == wkb(written(kind, nested))


def test_a_point_is_what_it_is():
    assert wkb("POINT(652216.13 6861681.5)") == struct.pack("<BI2d", 1, 1, 652216.13, 6861681.5)
    assert wkb("POINT(1 2 -1000)") == struct.pack("<BI3d", 1, 1001, 1, 2, -1000)
    assert wkt(struct.pack("<BI3d", 1, 0x80000001, 1, 2, 3.25)) == "POINT(1 2 3.25)"  # SpatiaLite and old OGC


@pytest.fixture(params=["raised", "as None"])
def gdal_errors(request):
    """Both ways in which GDAL tells of errors: which one is in force is not ours to say."""
    before = ogr.GetUseExceptions()
    ogr.UseExceptions() if request.param == "raised" else ogr.DontUseExceptions()
    yield
    ogr.UseExceptions() if before else ogr.DontUseExceptions()


@pytest.mark.parametrize("value", [None, "", "POINT EMPTY", "GEOMETRYCOLLECTION EMPTY", {}])
def test_none_is_none(value):
    assert wkb(value) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("PointZ (1 2 3)", "POINT(1 2 3)"),
        ("POINT Z (1 2 3)", "POINT(1 2 3)"),
        ("LineStringZ (1 2 3, 4 5 6)", "LINESTRING(1 2 3,4 5 6)"),
        ("MultiPolygonZ (((0 0 1, 1 0 1, 1 1 1, 0 0 1)))", "MULTIPOLYGON(((0 0 1,1 0 1,1 1 1,0 0 1)))"),
        ("GeometryCollectionZ (PointZ (1 2 3), LineStringZ (1 2 3, 4 5 6))",
         "GEOMETRYCOLLECTION(POINT(1 2 3),LINESTRING(1 2 3,4 5 6))"),
        ("SRID=2154;POINT(1 2)", "POINT(1 2)"),
        ('{"type": "Point", "coordinates": [1, 2]}', "POINT(1 2)"),
        ("POINT(1 2 3 4)", "POINT(1 2 3)"),
        ("point m (1 2 9)", "POINT(1 2)"),
    ],
)  # fmt: skip
def test_odd_texts(text, same, gdal_errors):
    assert wkb(text) == wkb(same) is not None


def test_collections():
    text = "GEOMETRYCOLLECTION(POINT(1 2 3),POLYGON((0 0 1,1 0 1,1 1 1,0 0 1)))"
    assert struct.unpack("<I", wkb(text)[1:5]) == (1007,)
    assert wkt(wkb(text)) == text


def test_curves_are_made_of_segments():
    assert struct.unpack("<I", wkb("CIRCULARSTRING(0 0,1 1,2 0)")[1:5]) == (2,)


@pytest.mark.parametrize(
    "value",
    ["x", "POINT(a b)", "POINT(1)", "POINT(1e999 0)", "POINT(0 0 1e999)", "POINT(1 2\0)", "{", '{"a": 1}', {"a": 1},
     {"type": "Point", "coordinates": [math.nan, 1]}, 7, [1], "POLYGON((0 0"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(value):
    with quiet(), pytest.raises(BadGeometry):
        wkb(value)


@given(st.text() | st.binary().map(repr))
def test_no_text_is_a_crash(text):
    with quiet():
        try:
            found = wkb(text)
        except BadGeometry:
            return
    assert found is None or isinstance(found, bytes)


@given(st.binary())
def test_no_blob_is_a_crash(blob):
    with contextlib.suppress(BadGeometry):
        assert isinstance(wkt(blob), str)
