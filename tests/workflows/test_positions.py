"""WKT of any kind becomes simple 2D geometries; nothing but BadGeometry ever comes out instead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from osgeo import ogr

from geocollab.workflows.positions import BadGeometry, parts, position

lon = st.floats(-180, 180, allow_nan=False, width=32)
lat = st.floats(-90, 90, allow_nan=False, width=32)
SUFFIXES = {"": 0, " Z": 1, " M": 1, " ZM": 2}


@st.composite
def numbers(draw, value):
    """One number, as any client may write it."""
    return draw(st.sampled_from([repr(value), f"{value:.17g}", f"{value:.15e}", f"{value:.12f}", f"{value:.20E}"]))


@st.composite
def shapes(draw):
    """WKT of a random geometry, and its simple 2D parts as coordinates: [(kind, rings)]."""
    suffix = draw(st.sampled_from(sorted(SUFFIXES)))

    def vertex():
        x, y = draw(lon), draw(lat)
        more = [str(draw(st.integers(-99, 99))) for _n in range(SUFFIXES[suffix])]
        return " ".join([draw(numbers(x)), draw(numbers(y)), *more]), (x, y)

    def line(count):
        texts, points = zip(*(vertex() for _n in range(count)))
        return "(" + ",".join(texts) + ")", list(points)

    def ring():
        texts, points = zip(*(vertex() for _n in range(draw(st.integers(3, 5)))))
        return "(" + ", ".join([*texts, texts[0]]) + ")", [*points, points[0]]

    def polygon():
        texts, rings = zip(*(ring() for _n in range(draw(st.integers(1, 3)))))
        return "(" + ",".join(texts) + ")", list(rings)

    def simple(kind):
        if kind == "POINT":
            text, point = vertex()
            return f"({text})", ("POINT", [[point]])
        if kind == "LINESTRING":
            text, points = line(draw(st.integers(2, 5)))
            return text, ("LINESTRING", [points])
        text, rings = polygon()
        return text, ("POLYGON", rings)

    def whole(kind):
        if kind in ("POINT", "LINESTRING", "POLYGON"):
            text, part = simple(kind)
            return f"{kind}{suffix} {text}", [part]
        if kind.startswith("MULTI"):
            found = [simple(kind[5:]) for _n in range(draw(st.integers(1, 3)))]
            return f"{kind}{suffix} ({','.join(text for text, _part in found)})", [part for _text, part in found]
        found = [whole(draw(st.sampled_from(KINDS[:-1]))) for _n in range(draw(st.integers(1, 3)))]
        texts = ",".join(text for text, _parts in found)
        return f"GEOMETRYCOLLECTION{suffix} ({texts})", [part for _text, some in found for part in some]

    return whole(draw(st.sampled_from(KINDS)))


KINDS = ("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION")


def _coordinates(wkb):
    shape = ogr.CreateGeometryFromWkb(wkb)
    assert shape.GetCoordinateDimension() == 2
    rings = (
        [shape] if shape.GetGeometryCount() == 0 else [shape.GetGeometryRef(n) for n in range(shape.GetGeometryCount())]
    )
    return [[ring.GetPoint_2D(n) for n in range(ring.GetPointCount())] for ring in rings]


@given(shapes())
@settings(max_examples=300, deadline=None)
def test_any_geometry_comes_apart_whole(shape):
    wkt, expected = shape
    found = parts(wkt)
    assert [kind for kind, _wkb in found] == [kind for kind, _rings in expected]
    for (_kind, wkb), (_same, rings) in zip(found, expected):
        for ring, wanted in zip(_coordinates(wkb), rings):
            assert ring == [pytest.approx(point, abs=1e-9) for point in wanted]
        assert len(_coordinates(wkb)) == len(rings)


@given(lon, lat, st.sampled_from(sorted(SUFFIXES)), st.data())
@settings(max_examples=200, deadline=None)
def test_a_position_in_any_writing(x, y, suffix, data):
    more = " 12.5" * SUFFIXES[suffix]
    text = f"{data.draw(numbers(x))} {data.draw(numbers(y))}{more}"
    blank = data.draw(st.sampled_from(["", " ", "\t\n "]))
    word = data.draw(st.sampled_from(["POINT", "point", "Point"]))
    assert position(f"{blank}{word}{suffix}{blank}({blank}{text}{blank}){blank}") == pytest.approx((x, y), abs=1e-9)


garbage = st.one_of(
    st.text(max_size=40),
    st.text("POINTLSEGYMUZ(), .-+0123456789eE\0é\ud800", max_size=60),
    shapes().map(lambda shape: shape[0]).flatmap(lambda wkt: st.integers(0, len(wkt)).map(lambda cut: wkt[:cut])),
    shapes().map(lambda shape: shape[0].replace(",", "", 1)),
)


@given(garbage)
@settings(max_examples=500, deadline=None)
def test_garbage_is_a_bad_geometry_or_none_at_all(text):
    try:
        found = parts(text)
    except BadGeometry:
        found = []
    for kind, wkb in found:
        assert ogr.CreateGeometryFromWkb(wkb).GetGeometryName() == kind
    at = position(text)
    assert at is None or (-180 <= at[0] <= 180 and -90 <= at[1] <= 90)


@given(
    st.one_of(
        st.none(), st.integers(), st.floats(), st.booleans(), st.lists(st.text()), st.dictionaries(st.text(), st.text())
    )
)
def test_what_is_no_text_is_no_position(value):
    assert position(value) is None


@pytest.mark.parametrize(
    "wkt",
    [
        "POINT(181 0)",
        "POINT(0 91)",
        "POINT(1e400 1)",
        "POINT(nan 1)",
        "POINT EMPTY",
        "LINESTRING(0 0)",
        "LINESTRING(0 0, 0 95)",
        "POLYGON EMPTY",
        "GEOMETRYCOLLECTION(POINT EMPTY)",
        "",
        "POINT",
        "POINT(1 2",
        "POINT(1 2)\0",
        "é",
        "\ud800",
    ],
)
def test_no_place_on_earth(wkt):
    with pytest.raises(BadGeometry):
        parts(wkt)
    assert position(wkt) is None


def test_a_collection_with_one_part_outside_the_world_is_left_out_whole():
    with pytest.raises(BadGeometry, match="world"):
        parts("GEOMETRYCOLLECTION(POINT(1 2), POINT(200 2))")


@pytest.mark.parametrize(
    ("wkt", "kinds"),
    [
        ("TRIANGLE((0 0,1 0,1 1,0 0))", ["POLYGON"]),
        ("TIN(((0 0,1 0,1 1,0 0)),((0 0,1 1,0 1,0 0)))", ["POLYGON", "POLYGON"]),
        ("COMPOUNDCURVE((0 0,1 1),CIRCULARSTRING(1 1,2 0,3 1))", ["LINESTRING"]),
        ("CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))", ["POLYGON"]),
        (
            "MULTISURFACE(((0 0,1 0,1 1,0 0)),CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0)))",
            ["POLYGON", "POLYGON"],
        ),
        ("GEOMETRYCOLLECTION(POINT EMPTY,GEOMETRYCOLLECTION(MULTIPOINT((1 2),(3 4))))", ["POINT", "POINT"]),
    ],
)
def test_rarer_kinds(wkt, kinds):
    assert [kind for kind, _wkb in parts(wkt)] == kinds


def test_rings_are_closed_and_holes_kept():
    ((_kind, wkb),) = parts("POLYGON((0 0,9 0,9 9),(1 1,2 1,2 2))")
    assert [ring[0] == ring[-1] for ring in _coordinates(wkb)] == [True, True]


def test_no_word_of_gdal_on_stderr(capfd):
    with pytest.raises(BadGeometry):
        parts("POINT(x y)")
    assert capfd.readouterr().err == ""
