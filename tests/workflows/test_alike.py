"""Whether a feature of a service is the row that was delivered."""

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from osgeo import ogr

from geocollab.workflows.entrepot.checks.tables import Row
from geocollab.workflows.entrepot.verification.alike import differences, same_geometry, same_value

SQUARE = "POLYGON ((0 0,10 0,10 10,0 10,0 0),(2 2,4 2,4 4,2 2))"


def wkb(text):
    return bytes(ogr.CreateGeometryFromWkt(text).ExportToWkb())


def geojson(text):
    return json.loads(ogr.CreateGeometryFromWkt(text).ExportToJson())


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (None, None),
        ("", None),
        (None, ""),
        (True, True),
        (True, "true"),
        (False, 0),
        (3, 3.0),
        (3, "3"),
        (1.1, 1.1000000000001),
        ("Éa", "Éa"),
        ("2026", 2026),
        ("2026-03-01", "2026-03-01Z"),
        ("2026-03-01T12:30:00.000Z", "2026-03-01T12:30:00Z"),
        ("2026-03-01T12:30:00Z", "2026-03-01T13:30:00+01:00"),
    ],
)
def test_the_same_however_it_is_written(wanted, given):
    assert same_value(wanted, given)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (None, 0),
        (0, None),
        ("a", "A"),
        ("a", "a "),
        (3, 4),
        (True, False),
        (1.1, 1.10001),
        ("007", 7),
        ("2026-03-01", "2026-03-02Z"),
        ("a", ["a"]),
        ("2026-03-01T12:30:00Z", "2026-03-01T12:31:00Z"),
    ],
)
def test_not_the_same(wanted, given):
    assert not same_value(wanted, given)


@given(
    value=st.one_of(
        st.text(min_size=1),
        st.integers(-(2**62), 2**62),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
    )
)
def test_what_json_carries_is_the_same(value):
    assert same_value(value, json.loads(json.dumps(value)))


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("POINT (1 2)", "POINT (1 2)"),
        ("POINT (1 2)", "MULTIPOINT (1 2)"),
        ("POINT Z (1 2 3)", "POINT (1 2)"),
        ("POINT (650000.12345678 6860000.1)", "POINT (650000.1235 6860000.1)"),
        (SQUARE, SQUARE.replace("POLYGON (", "MULTIPOLYGON ((") + ")"),
        (SQUARE, "POLYGON ((0 10,10 10,10 0,0 0,0 10),(2 2,4 2,4 4,2 2))"),
        ("CURVEPOLYGON ((0 0,10 0,10 10,0 0))", "POLYGON ((0 0,10 0,10 10,0 0))"),
    ],
)
def test_the_same_place(wanted, given):
    assert same_geometry(wkb(wanted), geojson(given))


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("POINT (1 2)", "POINT (1 2.01)"),
        ("POINT (1 2)", "POINT (2 1)"),
        ("LINESTRING (0 0,1 1)", "LINESTRING (0 0,1 1,2 2)"),
        ("LINESTRING (0 0,1 1,1 0,0 0)", "POLYGON ((0 0,1 1,1 0,0 0))"),
        (SQUARE, "POLYGON ((0 0,10 0,10 10,0 10,0 0))"),
        ("MULTIPOINT (0 0,0 0)", "MULTIPOINT (0 0,1 1)"),
    ],
)
def test_not_the_same_place(wanted, given):
    assert not same_geometry(wkb(wanted), geojson(given))


def test_axes_may_be_swapped_in_degrees_alone():
    assert same_geometry(wkb("POINT (5 46)"), geojson("POINT (46 5)"), geographic=True)
    assert not same_geometry(wkb("POINT (5 46)"), geojson("POINT (46 5)"))


@pytest.mark.parametrize("given", [None, {"type": "Point", "coordinates": []}, {"type": "nothing"}, "text", 3])
def test_no_geometry_is_no_geometry(given):
    assert same_geometry(None, given)
    assert not same_geometry(wkb("POINT (1 2)"), given)


@given(
    places=st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=30),
    shift=st.floats(-4e-4, 4e-4),
    moved=st.floats(0.1, 1e3),
)
def test_rounding_is_no_difference_and_moving_is_one(places, shift, moved):
    assume(all(math.dist(a, b) > 1e-2 for a, b in zip(places, places[1:])))

    def line(dx):
        return "LINESTRING (" + ",".join(f"{x + dx!r} {y!r}" for x, y in places) + ")"

    assert same_geometry(wkb(line(0.0)), geojson(line(shift)))
    assert not same_geometry(wkb(line(0.0)), geojson(line(moved)))


def test_differences_name_the_columns():
    row = Row({"nom": "a", "n": 1, "École": "x"}, wkb("POINT (1 2)"))
    good = {"properties": {"NOM": "a", "n": 1, "ecole": "x", "ogc_fid": 7}, "geometry": geojson("POINT (1 2)")}

    assert differences(row, good) == []
    assert differences(row, {**good, "geometry": geojson("POINT (9 9)")}) == ["geom"]
    assert differences(row, {**good, "properties": {**good["properties"], "n": 2, "NOM": None}}) == ["nom", "n"]
    assert differences(row, {}) == ["nom", "n", "École"]
