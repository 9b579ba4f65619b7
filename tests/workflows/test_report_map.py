"""The little map shows all of a report's sketch, where it is, in its own colours."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from osgeo import ogr

from geocollab.workflows.pages.report_map import (
    HEIGHT,
    MARGIN,
    METRES,
    WIDTH,
    Neighbour,
    Sketched,
    draw_map,
    point,
    rings,
    scene,
)

PARIS = (2.3488, 48.8534)
numbers = re.compile(r"-?\d+(?:\.\d+)?")
lons = st.floats(-180, 180, allow_nan=False)
lats = st.floats(-90, 90, allow_nan=False)
places = st.tuples(lons, lats)
near = st.tuples(st.floats(2.30, 2.40), st.floats(48.80, 48.90))
somewhere = st.one_of(places, near)


def wkb(wkt):
    return bytes(ogr.CreateGeometryFromWkt(wkt).ExportToWkb(ogr.wkbNDR))


def written(places):
    return ",".join(f"{lon!r} {lat!r}" for lon, lat in places)


def polygon(*lines):
    return "POLYGON(" + ",".join(f"({written([*line, line[0]])})" for line in lines) + ")"


shapes = st.one_of(
    somewhere.map(lambda place: f"POINT({written([place])})"),
    st.lists(somewhere, min_size=2, max_size=8).map(lambda line: f"LINESTRING({written(line)})"),
    st.lists(st.lists(somewhere, min_size=3, max_size=6), min_size=1, max_size=3).map(lambda lines: polygon(*lines)),
)
parts = st.builds(
    Sketched,
    shapes.map(wkb),
    kind=st.sampled_from(["", "Point", "Ligne", "Fleche", "Polygone", "Texte", "<odd>"]),
    text=st.sampled_from(["", "Sens unique", "long " * 60]),
    colour=st.sampled_from(["", "255,0,0,255", "1,2,3", "999,0,0,0", "red;}</style>", "1,2"]),
    ground=st.sampled_from(["", "0,128,0,100"]),
    size=st.none() | st.floats(allow_nan=True),
    symbol=st.sampled_from(["", "circle", "star", "cross", "x", "square", "triangle", "none such"]),
)


def drawn(at, sketch=(), **more):
    return draw_map(scene(at, sketch), 1, "submit", **more)


def vertices(shape):
    found = [float(number) for number in numbers.findall(shape.path)]
    return list(zip(found[::2], found[1::2]))


@given(somewhere, st.lists(parts, max_size=5))
@settings(max_examples=150, deadline=None)
def test_every_vertex_of_the_sketch_is_on_the_map(at, sketch):
    shown = scene(at, sketch)
    for place in [at, *(place for part in sketch for line in rings(part.wkb) for place in line)]:
        x, y = shown.frame.at(place)
        assert MARGIN - 0.01 <= x <= WIDTH - MARGIN + 0.01 and MARGIN - 0.01 <= y <= HEIGHT - MARGIN + 0.01
    made = draw_map(shown, 1, "submit")
    assert (made.x, made.y) == shown.frame.at(at)
    for shape in made.shapes:
        for x, y in vertices(shape):
            assert 0 <= x <= WIDTH and 0 <= y <= HEIGHT
        assert re.fullmatch(r"[a-z0-9:;.,()-]*", shape.style), "only colours and widths of ours"
        assert re.fullmatch(r"[MLz0-9. -]+", shape.path)
    for text in made.texts:
        assert 0 <= text.x <= WIDTH and 0 <= text.y <= HEIGHT + 5
        assert re.fullmatch(r"[a-z0-9:(),-]*", text.css)
    assert 0 < made.bar <= WIDTH / 4 + 1e-6


@given(places, st.lists(places, max_size=3))
@settings(max_examples=100, deadline=None)
def test_the_box_is_what_the_drawing_shows(at, others):
    frame = scene(at, [Sketched(wkb(f"POINT({written([other])})")) for other in others]).frame
    west, south, east, north = frame.box
    assert frame.at((west, north)) == pytest.approx((0, 0), abs=1e-6)
    assert frame.at((east, south)) == pytest.approx((WIDTH, HEIGHT), abs=1e-6)


@given(st.floats(-75, 75), lons)
def test_it_is_true_to_scale_in_both_directions(lat, lon):
    frame = scene((lon, lat), ()).frame
    metres = 100
    x, y = frame.at((lon, lat))
    north = frame.at((lon, lat + metres / METRES))
    east = frame.at((lon + metres / METRES / math.cos(math.radians(lat)), lat))
    bar, label = frame.bar()
    assert label == "100 m"
    assert y - north[1] == pytest.approx(bar, rel=1e-3)
    assert east[0] - x == pytest.approx(bar, rel=1e-3)


@pytest.mark.parametrize(("half", "label"), [(0.0001, "20 m"), (0.01, "200 m"), (0.5, "20 km"), (30, "1,000 km")])
def test_the_scale_bar_is_a_round_number(half, label):
    lon, lat = PARIS
    line = Sketched(wkb(f"LINESTRING({lon - half} {lat},{lon + half} {lat})"))
    assert drawn(PARIS, [line]).bar_label == label


def test_a_position_alone_is_in_the_middle():
    made = drawn(PARIS)
    assert (made.x, made.y) == pytest.approx((WIDTH / 2, HEIGHT / 2))
    assert not made.shapes and not made.dots


def test_a_hole_stays_a_hole():
    wide, hole = [(2, 48), (3, 48), (3, 49), (2, 49)], [(2.4, 48.4), (2.6, 48.4), (2.6, 48.6), (2.4, 48.6)]
    _rim, shape = drawn(
        (2.5, 48.5), [Sketched(wkb(polygon(wide, hole)), colour="204,0,0,255", ground="204,0,0,76")]
    ).shapes
    assert shape.path.count("M") == shape.path.count("z") == 2
    assert "fill:rgb(204,0,0);fill-opacity:0.30" in shape.style and "stroke:rgb(204,0,0)" in shape.style


def test_an_arrow_has_its_head_at_its_end():
    line = Sketched(wkb("LINESTRING(2.34 48.85,2.35 48.85,2.36 48.85)"), kind="Fleche", colour="0,85,255,204", size=4)
    _rim, shaft, head = drawn(PARIS, [line]).shapes
    assert vertices(head)[0] == vertices(shaft)[-1]
    assert all(x < vertices(head)[0][0] for x, _y in vertices(head)[1:3])
    assert "stroke-width:3.9" in shaft.style and "stroke-opacity:0.80" in shaft.style


def test_a_text_is_written_and_not_marked():
    made = drawn(
        PARIS, [Sketched(wkb("POINT(2.3488 48.8534)"), kind="Texte", text="Sens\u202e unique", colour="0,0,0,255")]
    )
    (text,) = made.texts
    assert (text.text, text.css) == ("Sens unique", "fill:rgb(0,0,0)") and not made.shapes


def test_neighbours_are_dots_where_they_are():
    shown = scene(PARIS, ())
    other = (PARIS[0] + 0.001, PARIS[1])
    made = draw_map(shown, 1, "submit", [Neighbour(other, "valid", "2: Pris en compte")])
    (dot,) = made.dots
    assert (dot.x, dot.y, dot.tone) == (*shown.frame.at(other), "valid")
    assert "other reports: 1" in made.legend


@pytest.mark.parametrize(
    ("wkt", "css", "lines"),
    [
        ("POINT(2.3488 48.8534)", "ground-point", 1),
        ("MULTIPOINT(2.3488 48.8534,2.349 48.8534)", "ground-point", 2),
        ("LINESTRING(2.34 48.85,2.35 48.85)", "ground-line", 1),
        ("MULTILINESTRING((2.34 48.85,2.35 48.85),(2.34 48.86,2.35 48.86))", "ground-line", 2),
        ("MULTIPOLYGON(((2 48,3 48,3 49,2 48)),((3 48,4 48,4 49,3 48)))", "ground-area", 2),
    ],
)
def test_grounds_of_every_kind(wkt, css, lines):
    (shape,) = drawn(PARIS, grounds=[wkb(wkt)]).shapes
    assert shape.css == css and shape.path.count("M") == lines


@pytest.mark.parametrize("broken", [b"", b"\x01", b"nonsense", wkb("POINT(1 1)")[:-3], wkb("POLYGON EMPTY")])
def test_what_cannot_be_read_is_not_drawn(broken):
    made = drawn(PARIS, [Sketched(broken)], grounds=[broken])
    assert not made.shapes and point(broken) is None


def test_a_line_of_one_place_is_a_dot_of_ink():
    _rim, shape = drawn(PARIS, [Sketched(wkb("LINESTRING(2.3488 48.8534,2.3488 48.8534)"))]).shapes
    assert len(vertices(shape)) == 2
