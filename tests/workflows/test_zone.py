"""A zone is its exact shape: concave, with holes, in several parts; held against plain ray casting."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from osgeo import ogr

from geocollab.workflows.errors import InputError
from geocollab.workflows.zone import Zone

CONCAVE = "POLYGON((0 0,10 0,10 10,5 2,0 10,0 0))"
HOLE = "POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,8 2,8 8,2 8,2 2))"
SEVERAL = "MULTIPOLYGON(((0 0,3 0,3 3,0 3,0 0)),((5 5,9 5,9 9,5 9,5 5),(6 6,8 6,8 8,6 8,6 6)))"
SQUARE = "POLYGON((0 0,10 0,10 10,0 10,0 0))"


def _zone(wkt):
    return Zone(bytes(ogr.CreateGeometryFromWkt(wkt).ExportToWkb()))


def _rings(wkt):
    shape = ogr.CreateGeometryFromWkt(wkt)
    polygons = (
        [shape]
        if shape.GetGeometryName() == "POLYGON"
        else [shape.GetGeometryRef(n) for n in range(shape.GetGeometryCount())]
    )
    return [polygon.GetGeometryRef(n).GetPoints() for polygon in polygons for n in range(polygon.GetGeometryCount())]


def _by_ray(rings, x, y):
    """Even-odd rule; None on (or all but on) an edge."""
    inside = False
    for ring in rings:
        for (x1, y1, *_), (x2, y2, *_) in zip(ring, ring[1:]):
            length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
            if abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) <= 1e-9 * max(length, 1e-12):
                return None
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


@pytest.mark.parametrize("wkt", [CONCAVE, HOLE, SEVERAL, SQUARE])
@given(st.floats(-1, 11), st.floats(-1, 11))
@settings(max_examples=200, deadline=None)
def test_contains(wkt, x, y):
    expected = _by_ray(_rings(wkt), x, y)
    assume(expected is not None)
    assert _zone(wkt).contains(x, y) is expected


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=9, unique=True), st.data())
@settings(max_examples=150, deadline=None)
def test_any_valid_polygon(points, data):
    wkt = "POLYGON((" + ",".join(f"{x} {y}" for x, y in [*points, points[0]]) + "))"
    try:
        zone = _zone(wkt)
    except InputError:
        return
    x, y = data.draw(st.floats(-1, 21)), data.draw(st.floats(-1, 21))
    expected = _by_ray(_rings(wkt), x, y)
    assume(expected is not None)
    assert zone.contains(x, y) is expected


@pytest.mark.parametrize(
    ("x", "y", "inside"), [(0, 0, True), (5, 2, True), (5, 2.01, False), (10, 5, True), (10.0001, 5, False)]
)
def test_the_edge_belongs_to_it(x, y, inside):
    assert _zone(CONCAVE).contains(x, y) is inside


def test_a_small_triangle_is_not_taken_for_its_box():
    zone = _zone("POLYGON((2 48,2.000001 48,2 48.000001,2 48))")
    assert zone.contains(2.0000001, 48.0000001)
    assert not zone.contains(2.0000009, 48.0000009)


def test_a_small_hole_counts():
    zone = _zone("POLYGON((0 0,10 0,10 10,0 10,0 0),(5 5,5.0001 5,5.0001 5.0001,5 5.0001,5 5))")
    assert not zone.contains(5.00005, 5.00005)


def test_the_box_and_the_fingerprint():
    assert _zone(SEVERAL).box == (0, 0, 9, 9)
    assert _zone(SEVERAL).fingerprint == _zone(SEVERAL.replace("MULTIPOLYGON", "MULTIPOLYGON ")).fingerprint
    assert _zone(SEVERAL).fingerprint != _zone(HOLE).fingerprint
    assert _zone("POLYGON Z((0 0 1,1 0 1,1 1 1,0 0 1))").fingerprint == _zone("POLYGON((0 0,1 0,1 1,0 0))").fingerprint


@pytest.mark.parametrize(
    ("wkb", "said"),
    [
        (b"", "empty"),
        (b"garbage", "empty"),
        (bytes(ogr.CreateGeometryFromWkt("POLYGON EMPTY").ExportToWkb()), "empty"),
        (bytes(ogr.CreateGeometryFromWkt("LINESTRING(0 0,1 1)").ExportToWkb()), "empty"),
        (
            bytes(
                ogr.CreateGeometryFromWkt(
                    "POLYGON((650000 6860000,650001 6860000,650001 6860001,650000 6860000))"
                ).ExportToWkb()
            ),
            "outside the world",
        ),
        (bytes(ogr.CreateGeometryFromWkt("POLYGON((0 0,9 9,9 0,0 9,0 0))").ExportToWkb()), "not a valid polygon"),
    ],
)
def test_what_is_no_zone(wkb, said, capfd):
    with pytest.raises(InputError, match=said):
        Zone(wkb)
    assert capfd.readouterr().err == ""
