"""The sketch of a report is read whatever it holds, or said to be unreadable."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client.espaceco import reports
from geocollab.client.espaceco.sketches import MalformedSketch, colour, read_sketch, size
from tests.client.test_espaceco import JSON

LINE = {
    "type": "Ligne",
    "geometry": "LINESTRING(2 48,3 49)",
    "name": "a",
    "attributes": {"k": "v"},
    "style": {"size": 2},
}


@pytest.mark.parametrize("nothing", [None, "", [], "null", "[]", " null "])
def test_no_sketch(nothing):
    assert read_sketch(nothing) is None


def test_a_sketch_as_text_and_as_object():
    document = {"name": "Croquis", "objects": [LINE]}
    for form in (document, json.dumps(document)):
        sketch = read_sketch(form)
        assert sketch.name == "Croquis" and sketch.faults == ()
        [drawn] = sketch.objects
        assert (drawn.type, drawn.wkt, drawn.name) == ("Ligne", LINE["geometry"], "a")
        assert (drawn.attributes, drawn.style) == ({"k": "v"}, {"size": 2})


def test_empty_objects_of_php_and_objects_that_cannot_be_read():
    entries = [
        {**LINE, "attributes": [], "style": [], "name": None},
        {**LINE, "geometry": " "},
        {"type": "Point"},
        7,
        None,
    ]
    sketch = read_sketch({"objects": entries})
    assert sketch.name == "" and len(sketch.objects) == 1
    assert (sketch.objects[0].attributes, sketch.objects[0].style, sketch.objects[0].name) == ({}, {}, "")
    assert sketch.faults == tuple(f"object {number} has no geometry" for number in (2, 3, 4, 5))


@pytest.mark.parametrize(
    "text", ["{croquis illisible", "7", "{}", '{"objects": {}}', "[1]", "[" * 100_000, '"x"', "<xml/>"]
)
def test_a_sketch_that_cannot_be_read_says_why(text):
    with pytest.raises(MalformedSketch) as caught:
        read_sketch(text)
    assert str(caught.value)


@given(JSON)
def test_no_sketch_is_too_odd(value):
    for form in (value, {"objects": value}, {"objects": [value]}, json.dumps(value)):
        try:
            sketch = read_sketch(form)
        except MalformedSketch:
            continue
        assert sketch is None or isinstance(sketch.objects, tuple)


def test_a_half_character_in_the_text_of_a_sketch():
    text = '{"name": "\\ud83d", "objects": [{"geometry": "POINT(1 2)", "attributes": {"a": "\\udc00"}}]}'
    sketch = read_sketch(text)
    assert sketch.name == "�" and sketch.objects[0].attributes == {"a": "�"}


def test_every_sketch_of_the_sandbox(api):
    found = 0
    for page in reports.listing(api, reports.ReportQuery()):
        for row in page:
            sketch = read_sketch(row["sketch"])
            if sketch:
                found += 1
                assert sketch.objects and not sketch.faults
                assert {drawn.wkt.split("(")[0].strip() for drawn in sketch.objects} <= WKT
    assert found > 20


WKT = {"POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"}


@pytest.mark.parametrize(
    ("value", "rgba"),
    [("#FF8000;0.5", "255,128,0,128"), ("#ff8000", "255,128,0,255"), ("ff8000;", "255,128,0,255"),
     (" #000000;0", "0,0,0,0"), ("#FFFFFF;7", "255,255,255,255"), ("#FFFFFF;-1", "255,255,255,0"),
     ("#FFF", None), ("red", None), ("#12345G", None), ("0x1234", None), ("+12345", None), ("1_2_3_", None),
     ("#FFFFFF;nan", None), ("#FFFFFF;x", None), ("", None), (None, None), ([], None), ("##123456", None),
     (123456, "18,52,86,255")],
)  # fmt: skip
def test_a_colour(value, rgba):
    assert colour(value) == rgba


@pytest.mark.parametrize(
    ("value", "number"),
    [(2, 2.0), ("2.5", 2.5), (0, None), (-1, None), (100, 100.0), (101, None), ("x", None), (None, None), ([], None),
     ("nan", None), ("inf", None), (10**400, None)],
)  # fmt: skip
def test_a_size(value, number):
    assert size(value) == number


@given(JSON | st.text())
def test_no_style_is_too_odd(value):
    rgba = colour(value)
    assert rgba is None or all(0 <= int(part) <= 255 for part in rgba.split(","))
    number = size(value)
    assert number is None or 0 < number <= 100
