"""Rows of the service as the store takes them: every type of column, every form of a value, nothing stops a load."""

import json
import math
import sqlite3
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab.store.features import FeatureStage
from geocollab.store.store import Store
from geocollab.workflows.layers.geometries import in_dimension, wkb
from geocollab.workflows.layers.row_reading import KEYS_SHOWN, RowReader
from geocollab.workflows.positions import quiet
from tests.store.parcels import spec

TYPES = ("Boolean", "Integer", "Double", "Date", "DateTime", "Year", "YearMonth", "JsonValue", "Document", "Like",
         "String", "Hyperlien")  # fmt: skip
TYPED = TYPES[:5]
COLUMNS = [("key", "String"), *((kind.lower(), kind) for kind in TYPES), ("geom", "Point")]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("rows") / "rows.sqlite") as store:
        yield store


@pytest.fixture(scope="module")
def planned(store):
    """`planned(is3d=…, columns=…)`: a layer as the store would have it."""

    def make(columns=COLUMNS, **other):
        described = spec(columns=columns, key="key", destroyed="", versioned=False, **other)
        return store.layers.planned(described)

    return make


@pytest.fixture(scope="module")
def layer(planned):
    return planned()


@pytest.fixture
def read(layer):
    """`read("Integer", "12")`: what one value becomes, and how many faults there were."""

    def value_of(kind, value):
        reader = RowReader(layer)
        with quiet():
            row = dict(zip(layer.names, reader({"key": "A", kind.lower(): value})))
        return row[kind.lower()], sum(fault.count for fault in reader.faults)

    return value_of


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        *(("Boolean", value, True) for value in (True, 1, 1.0, "t", "true", "1", "True")),
        *(("Boolean", value, False) for value in (False, 0, "f", "false", "0")),
        *(("Integer", value, 12) for value in (12, "12", 12.0, " 12 ")),
        ("Integer", -(2**63), -(2**63)),
        *(("Double", value, 1.5) for value in (1.5, "1.5", "15e-1")),
        ("Double", 3, 3),
        *(("Date", value, "2024-03-05") for value in ("2024-03-05", "2024-03-05 00:00:00", "2024-03-05T10:11:12Z")),
        *(
            ("DateTime", value, "2024-03-05 10:11:12")
            for value in ("2024-03-05 10:11:12", "2024-03-05T10:11:12", "2024-03-05T10:11:12+01:00",
                          "2024-03-05 10:11:12.345678")
        ),
        ("DateTime", "2024-03-05", "2024-03-05 00:00:00"),
        *(("Year", value, "2024") for value in ("2024", 2024)),
        ("YearMonth", "2024-03", "2024-03"),
        ("JsonValue", {"précision": 2, "b": [None, True]}, '{"précision": 2, "b": [null, true]}'),
        ("JsonValue", ["vélo"], '["vélo"]'),
        ("JsonValue", '{"a":1}', '{"a":1}'),
        ("JsonValue", False, "false"),
        *(("Document", value, "6001") for value in ("6001", 6001)),
        ("Like", {"cnt": 1, "userid": [7], "validDate": None}, '{"cnt": 1, "userid": [7], "validDate": null}'),
        ("String", "été\n“x”", "été\n“x”"),
        ("String", 7, "7"),
        ("Hyperlien", "https://example.org", "https://example.org"),
        ("Hyperlien", {"a": 1}, '{"a": 1}'),
    ],
)  # fmt: skip
def test_every_type_in_every_form(read, kind, value, expected):
    found = read(kind, value)
    assert found == (expected, 0)
    assert isinstance(found[0], type(expected))


@pytest.mark.parametrize("kind", TYPES)
def test_null_stays_null_and_an_empty_text_is_one_only_where_texts_are(read, kind):
    assert read(kind, None) == (None, 0)
    assert read(kind, "") == (None if kind in TYPED else "", 0)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("Boolean", "peut-être"), ("Boolean", 2), ("Boolean", []), ("Integer", "douze"), ("Integer", 1.5),
     ("Integer", "9" * 30), ("Integer", {}), ("Double", "1,5"), ("Double", "inf"), ("Double", [1]),
     ("Date", "05/03/2024"), ("Date", 20240305), ("DateTime", "hier"), ("DateTime", "2024-03-05 10"),
     ("DateTime", ["2024"])],
)  # fmt: skip
def test_what_is_none_of_its_type_is_null_and_counted(read, kind, value):
    assert read(kind, value) == (None, 1)


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys([name for name, _kind in COLUMNS], JSON)), max_size=6))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_row_is_the_same_in_any_company_and_no_value_stops_it(layer, rows):
    alone, together = RowReader(layer), RowReader(layer)
    with quiet():
        one_by_one = [alone(row) for row in rows]
        page = list(together.page(rows))
    assert list(map(repr, one_by_one)) == list(map(repr, page))
    assert [(fault.column, fault.count, repr(fault.keys)) for fault in sorted(alone.faults, key=str)] == [
        (fault.column, fault.count, repr(fault.keys)) for fault in sorted(together.faults, key=str)
    ]
    for given_row, found in zip(rows, page):
        assert len(found) == len(layer.names)
        for (name, kind), value in zip(COLUMNS, found):
            came = given_row.get(name)
            if came is None:
                assert value is None
            elif name == "geom":
                assert value is None or isinstance(value, bytes)
            elif kind not in TYPED:
                assert value == (came if isinstance(came, str) else json.dumps(came, ensure_ascii=False))


@given(st.lists(st.dictionaries(st.sampled_from([name for name, _kind in COLUMNS]), JSON), max_size=4))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_store_takes_whatever_came(store, layer, rows):
    reader = RowReader(layer)
    with quiet(), FeatureStage(store, layer) as stage:
        stage.add(reader.page(rows))
        assert store.one("SELECT count(*) FROM arriving.feature") == len(rows)


@given(
    st.sampled_from(["Boolean", "Integer", "Double", "Date", "DateTime"]),
    st.lists(st.integers(-(2**53), 2**53) | st.none(), min_size=1, max_size=8),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_usual_values_come_through_as_they_are(layer, kind, numbers):
    forms = {
        "Boolean": lambda n: n % 2 == 0,
        "Integer": lambda n: n,
        "Double": lambda n: n / 8,
        "Date": lambda n: f"{1000 + n % 9000:04d}-{n % 12 + 1:02d}-{n % 28 + 1:02d}",
        "DateTime": lambda n: f"2024-03-05 {n % 24:02d}:{n % 60:02d}:59",
    }
    values = [None if number is None else forms[kind](number) for number in numbers]
    reader = RowReader(layer)
    at = layer.names.index(kind.lower())
    assert [row[at] for row in reader.page([{kind.lower(): value} for value in values])] == values
    assert reader.faults == []


# ------------------------------------------------------------------ geometries


@pytest.mark.parametrize(("is3d", "expected"), [(False, (1, 1.5, 2)), (True, (1001, 1.5, 2, 0))])
@pytest.mark.parametrize("text", ["POINT(1.5 2)", {"type": "Point", "coordinates": [1.5, 2]}])
def test_a_missing_height_is_0_where_there_are_heights(planned, is3d, expected, text):
    found = RowReader(planned(is3d=is3d))({"geom": text})[-1]
    assert struct.unpack(f"<BI{len(expected) - 1}d", found) == (1, *expected)


@pytest.mark.parametrize(("is3d", "expected"), [(False, (1, 1.5, 2)), (True, (1001, 1.5, 2, -1000))])
def test_heights_are_kept_where_there_are_some(planned, is3d, expected):
    found = RowReader(planned(is3d=is3d))({"geom": "POINT(1.5 2 -1000)"})[-1]
    assert struct.unpack(f"<BI{len(expected) - 1}d", found) == (1, *expected)


def test_a_collection_gets_heights_in_all_its_parts():
    flat = wkb("GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(3 4,5 6))")
    assert in_dimension(flat, is3d=True) == wkb("GEOMETRYCOLLECTION(POINT(1 2 0),LINESTRING(3 4 0,5 6 0))")
    assert in_dimension(in_dimension(flat, is3d=True), is3d=False) == flat
    assert in_dimension(None, is3d=True) is None


POSITIONS = st.lists(st.tuples(*[st.floats(-1e9, 1e9)] * 3), min_size=4, max_size=9)


@given(POSITIONS, st.booleans(), st.sampled_from(["LINESTRING", "POLYGON", "MULTIPOINT"]))
def test_every_ordinate_is_the_nearest_number(positions, is3d, kind):
    """Against the WKB that its own definition gives (OGC 06-103r4), not against another parser."""
    size = 2 + is3d
    body = ",".join(" ".join(map(repr, position[:size])) for position in positions)
    text = {"POLYGON": f"POLYGON(({body}))"}.get(kind, f"{kind}({body})")
    points = [struct.pack(f"<{size}d", *position[:size]) for position in positions]
    code = {"LINESTRING": 2, "POLYGON": 3, "MULTIPOINT": 4}[kind] + 1000 * is3d
    if kind == "MULTIPOINT":
        points = [struct.pack("<BI", 1, 1 + 1000 * is3d) + point for point in points]
    rings = struct.pack("<I", 1) if kind == "POLYGON" else b""
    expected = struct.pack("<BI", 1, code) + rings + struct.pack("<I", len(points)) + b"".join(points)
    assert wkb(text) == expected


@given(st.text("POINT LYGSRUEM(),.-0123456789eZ", max_size=40) | st.from_regex(r"POLYGON ?\(\(?[-0-9., ()]{0,30}\)\)?"))
def test_what_is_read_at_once_is_what_is_read_with_care(text):
    from geocollab.workflows.layers import geometries

    with quiet():
        careful = outcome(geometries._with_care, text)
        assert outcome(wkb, text) == (careful if text else None)


def outcome(read, text):
    try:
        return read(text)
    except ValueError:
        return "unreadable"


@pytest.mark.parametrize("text", ["POINT(1 " + "9" * 400 + ")", "POINT(nan 1)", "POINT(inf 1)", "POINT(1 1e999)"])
def test_what_is_no_number_is_no_place(layer, text):
    reader = RowReader(layer)
    with quiet():
        assert reader({"geom": text})[-1] is None
    (fault,) = reader.faults
    assert fault.spatial and fault.count == 1


def test_unreadable_geometries_are_counted_and_named(layer):
    rows = [{"key": f"K{n}", "geom": "POINT(oops)" if n % 2 else "POINT(1 2)"} for n in range(40)]
    rows += [{"key": "E", "geom": "POINT EMPTY"}, {"key": "N"}, {"key": "S", "geom": ""}]
    reader = RowReader(layer)
    with quiet():
        found = list(reader.page(rows))
    assert [row[-1] is not None for row in found] == [n % 2 == 0 for n in range(40)] + [False] * 3
    (fault,) = reader.faults
    assert (fault.column, fault.count) == ("geom", 20), "an empty one is no fault"
    assert fault.keys == [f"K{n}" for n in range(1, 2 * KEYS_SHOWN, 2)]
    assert fault.sentence("Bornes") == (
        "Bornes: the geometries of 20 objects cannot be read and are left empty "
        "(K1, K3, K5, K7, K9, K11, K13, K15, K17, K19, …)."
    )


def test_odd_values_are_counted_column_by_column(layer):
    reader = RowReader(layer)
    list(reader.page([{"key": "A", "integer": "x"}, {"key": "B", "integer": "y", "date": "hier"}]))
    assert [fault.sentence("Bornes") for fault in reader.faults] == [
        "Bornes: 2 values of the column integer are not of its type and are left empty (A, B).",
        "Bornes: 1 value of the column date is not of its type and is left empty (B).",
    ]


def test_a_table_of_one_column_without_key_and_geometry(planned, store):
    layer = store.layers.planned(spec(columns=[("a", "Integer")], key="", geometry="", versioned=False, destroyed=""))
    reader = RowReader(layer)
    assert list(reader.page([{"a": 1}, {}, {"a": "x", "b": 2}])) == [(1,), (None,), (None,)]
    assert reader.faults[0].sentence("T") == "T: 1 value of the column a is not of its type and is left empty."
    assert list(reader.page([])) == []


def test_numbers_too_big_for_sqlite_are_kept_as_texts(store, layer):
    with FeatureStage(store, layer) as stage:
        stage.add(RowReader(layer).page([{"key": "A", "integer": 2**70, "double": math.inf}]))
        assert store.all('SELECT "integer", "double" FROM arriving.feature') in (
            [(float(2**70), math.inf)],
            [(str(2**70), math.inf)],
        )
    assert sqlite3.sqlite_version
