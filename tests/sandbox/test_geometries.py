"""WKT of every type, coordinates between systems: the parts that the tables stand on."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import crs, wkt

WKT = {
    "POINT(1 2)": "POINT(1 2)",
    "point z (1 2 3)": "POINT(1 2 3)",
    "PointZ(1 2 -1000)": "POINT(1 2 -1000)",
    "MULTIPOINT((1 2), (3 4))": "MULTIPOINT(1 2,3 4)",
    "MULTIPOINT(1 2,3 4)": "MULTIPOINT(1 2,3 4)",
    "LineStringZ (1 2 3, 4 5 6)": "LINESTRING(1 2 3,4 5 6)",
    "MULTILINESTRING((1 2,3 4),(5 6.50,7 8))": "MULTILINESTRING((1 2,3 4),(5 6.5,7 8))",
    "POLYGON((0 0,1 0,1 1,0 0),(.1 .1,.2 .1,.2 .2,.1 .1))": (
        "POLYGON((0 0,1 0,1 1,0 0),(0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1))"
    ),
    "MULTIPOLYGON Z(((0 0 1,1 0 1,1 1 1,0 0 1)))": "MULTIPOLYGON(((0 0 1,1 0 1,1 1 1,0 0 1)))",
    "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3e1 -4))": "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,30 -4))",
}
BAD = [
    "", "POINT", "POINT()", "POINT EMPTY", "POINT(1)", "POINT(1 2", "POINT(1 2))", "POINT(1 2) x", "POINT(1 2 3 4)",
    "POINTM(1 2 3)", "POINT Z(1 2)", "CIRCLE(1 2)", "LINESTRING(1 2)", "LINESTRING((0 0,1 1))", "LINESTRING(0 0,1 1 1)",
    "POLYGON(0 0,1 0)", "POLYGON((0 0,1 0,1 1,0 1))", "POLYGON((0 0,1 0,0 0))", "POINT(a b)", "POINT(nan 1)",
    "POINT(1 1e999)", "GEOMETRYCOLLECTION()", "GEOMETRYCOLLECTION(1 2)", "GEOMETRYCOLLECTION(POINT(1 2)))(",
    "GEOMETRYCOLLECTION(POINT(1 2),POINT(1 2 3))", "SRID=4326;POINT(1 2)", "POINT" + "(" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("text", WKT)
def test_wkt_is_read_and_written_in_one_form(text):
    assert wkt.write(wkt.read(text)) == WKT[text]


@pytest.mark.parametrize("text", BAD)
def test_bad_wkt(text):
    with pytest.raises(ValueError):
        wkt.read(text)


_NUMBER = st.floats(-1e7, 1e7).map(lambda value: value + 0.0)


@st.composite
def geometries(draw):
    """Any geometry but a collection, as its type and nested positions."""
    size = draw(st.sampled_from([2, 3]))
    position = st.lists(_NUMBER, min_size=size, max_size=size)
    line = st.lists(position, min_size=2, max_size=4)
    ring = st.lists(position, min_size=3, max_size=4).map(lambda items: [*items, items[0]])
    polygon = st.lists(ring, min_size=1, max_size=2)
    several = {"MultiPoint": position, "MultiLineString": line, "MultiPolygon": polygon}
    one = {"Point": position, "LineString": line, "Polygon": polygon}
    kinds = {**one, **{name: st.lists(item, min_size=1, max_size=3) for name, item in several.items()}}
    name = draw(st.sampled_from(sorted(kinds)))
    return wkt.Geometry(name, draw(kinds[name]), size)


@given(geometries())
def test_what_is_written_is_read_again(geometry):
    text = wkt.write(geometry)
    assert wkt.read(text) == geometry
    first = next(wkt.positions(geometry))
    assert wkt.first_position(text) == (first[0], first[1])
    assert wkt.geojson(geometry) == {"type": geometry.type, "coordinates": geometry.coordinates}


SQUARE = [[(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)], [(4, 4), (6, 4), (6, 6), (4, 6), (4, 4)]]


@pytest.mark.parametrize(
    ("text", "meets"),
    [
        ("POINT(1 1)", True),
        ("POINT(5 5)", False),
        ("POINT(11 1)", False),
        ("MULTIPOINT(11 1,1 1)", True),
        ("LINESTRING(-1 5,11 5)", True),
        ("LINESTRING(11 0,12 5)", False),
        ("LINESTRING(4.5 5,5.5 5)", False),
        ("POLYGON((-1 -1,11 -1,11 11,-1 11,-1 -1))", True),
        ("POLYGON((4.5 4.5,5.5 4.5,5.5 5.5,4.5 4.5))", False),
        ("MULTIPOLYGON(((20 20,21 20,21 21,20 20)),((9 9,12 9,12 12,9 9)))", True),
        ("GEOMETRYCOLLECTION(POINT(20 20),LINESTRING(-5 1,20 1))", True),
        ("GEOMETRYCOLLECTION(POINT(20 20),POINT(30 30))", False),
    ],
)
def test_intersects(text, meets):
    assert wkt.intersects(wkt.read(text), SQUARE) is meets


# Lambert 93 of these places as PROJ computes it.
PLACES = [
    ((2.3488, 48.8534), (652216.6260, 6861681.4999)),
    ((9.5, 41.4), (1244531.1229, 6055557.0610)),
    ((-5.0, 48.5), (110003.9093, 6852107.2573)),
    ((3.0, 46.5), (700000.0, 6600000.0)),
]  # fmt: skip


@pytest.mark.parametrize(("degrees", "metres"), PLACES)
def test_lambert_93(degrees, metres):
    assert crs.change(4326, 2154)(*degrees) == pytest.approx(metres, abs=0.001)
    assert crs.change(2154, 4326)(*metres) == pytest.approx(degrees, abs=1e-8)


@pytest.mark.parametrize("code", [2154, 3857])
def test_coordinates_against_proj(code):
    """GDAL comes with QGIS; where it is missing the places above are what is left."""
    osr = pytest.importorskip("osgeo.osr", reason="no GDAL bindings in this Python")
    degrees, metres = osr.SpatialReference(), osr.SpatialReference()
    for system, number in ((degrees, 4326), (metres, code)):
        system.ImportFromEPSG(number)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    proj = osr.CoordinateTransformation(degrees, metres)
    for lon in range(-5, 10):
        for lat in range(41, 52):
            assert crs.change(4326, code)(lon, lat) == pytest.approx(proj.TransformPoint(lon, lat)[:2], abs=0.001)


@given(st.floats(-5, 10), st.floats(41, 52), st.sampled_from([(4326, 2154), (4326, 3857), (2154, 3857)]))
def test_there_and_back(lon, lat, systems):
    source, target = systems
    start = (lon, lat) if source == 4326 else crs.change(4326, source)(lon, lat)
    there = crs.change(source, target)(*start)
    assert crs.change(target, source)(*there) == pytest.approx(start, rel=1e-9, abs=1e-8)


@given(st.floats(-4, 9), st.floats(42, 51), st.floats(0.001, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_box_seen_from_elsewhere_holds_what_it_held(west, south, size, across, up):
    box = crs.change_box((west, south, west + size, south + size), 4326, 2154)
    x, y = crs.change(4326, 2154)(west + across * size, south + up * size)
    margin = 0.01 * size * 111_000
    assert box[0] - margin <= x <= box[2] + margin
    assert box[1] - margin <= y <= box[3] + margin


def test_names_of_systems():
    assert crs.code("ignf:lamb93") == crs.code("urn:ogc:def:crs:EPSG::2154") == 2154
    assert crs.change(2154, 2154) is None
    with pytest.raises(ValueError, match="27572"):
        crs.code("EPSG:27572")
    assert all(map(math.isfinite, crs.change(4326, 3857)(0, 90)))
