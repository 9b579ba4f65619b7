"""JSON in columns of group layers: a value is the same however it is spelled."""

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab.store.json_values import json_value
from tests.store.parcels import load, row, spec, update

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def spelled(value, data):
    """A JSON text of a value, its members in any order."""

    def mixed(value):
        if isinstance(value, dict):
            return {name: mixed(value[name]) for name in data.draw(st.permutations(list(value)))}
        if isinstance(value, list):
            return [mixed(item) for item in value]
        if isinstance(value, float) and value.is_integer() and data.draw(st.booleans()):
            return int(value)
        return value

    return json.dumps(
        mixed(value), ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 0, 2]))
    )


def same(one, other):
    """Whether two values are the same in JSON, where true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


@given(VALUES, st.data())
def test_one_value_in_any_spelling(value, data):
    assert json_value(spelled(value, data)) == json_value(spelled(value, data))


@given(VALUES, VALUES)
def test_other_values_are_others(one, other):
    assert (json_value(json.dumps(one)) == json_value(json.dumps(other))) == same(one, other)


@pytest.mark.parametrize("text", ["", "abc", "{'a': 1}", '{"a": 1', "NaN", "[1e999]", "[" * 100_000, "1" * 9000])
def test_what_is_no_value_is_as_it_is_written(text):
    assert json_value(text) == text


@given(st.none() | st.text() | st.integers() | st.binary() | st.floats(allow_nan=False))
def test_any_value_is_like_itself(value):
    assert json_value(value) == json_value(value)
    assert json_value(json_value(value)) == json_value(value)


def test_null_is_no_value():
    assert json_value(" null ") is None and json_value(None) is None


# ---------------------------------------------------------------------- in the store


@pytest.fixture
def layer(store):
    layer = store.layers.create(spec())
    load(store, layer, row(layer, "A", suivi='{"a": 1, "b": [true, 2.5]}'), row(layer, "B"))
    return layer


def write(store, key, text):
    store.connection.execute("UPDATE parcelle SET suivi = ? WHERE cleabs = ?", (text, key))


def test_spelled_otherwise_is_no_edit(store, layer):
    write(store, "A", '{"b":[true,2.50],"a":1.0}')
    write(store, "B", "null")
    assert list(store.edits.pending(layer)) == [] and not any(store.edits.counts(layer))
    assert store.edits.own_values(layer, ["suivi"]) == {"suivi": 0}
    write(store, "A", '{"b":[1,2.5],"a":1}')
    (edit,) = store.edits.pending(layer)
    assert (edit.changed, edit.mine["suivi"]) == (("suivi",), '{"b":[1,2.5],"a":1}')
    assert store.edits.counts(layer).updates == 1


def test_a_lost_answer_of_a_value_that_the_server_spells_otherwise(store, layer):
    write(store, "A", '{"b":2,"a":1}')
    (edit,) = store.edits.pending(layer)
    store.edits.sending(layer, [edit.row])
    changes = update(store, layer, row(layer, "A", suivi='{"a": 1, "b": 2}', gcms_fingerprint="stored"))
    assert changes.conflicts == 0 and store.edits.unsure(layer) == [] and list(store.edits.pending(layer)) == []
    assert store.one("SELECT suivi FROM parcelle WHERE cleabs = 'A'") == '{"a": 1, "b": 2}'


def test_both_sides_wrote_the_same(store, layer):
    write(store, "A", '{"b":2,"a":1}')
    store.connection.execute("UPDATE parcelle SET surface = 5 WHERE cleabs = 'A'")
    changes = update(store, layer, row(layer, "A", suivi='{"a": 1, "b": 2}', **{"nom usuel": "là"}))
    assert (changes.merged, changes.conflicts) == (1, 0)
    (edit,) = store.edits.pending(layer)
    assert edit.changed == ("surface",)


def test_another_value_there_is_a_conflict(store, layer):
    write(store, "A", '{"b":2,"a":1}')
    assert update(store, layer, row(layer, "A", suivi='{"a": 1, "b": 3}')).conflicts == 1
    (conflict,) = store.edits.conflicts(layer)
    assert conflict.clashing == ("suivi",)


_texts = st.sampled_from(["null", "1", "1.0", "true", "[]", "[ ]", '{"a":1,"b":2}', '{"b":2, "a":1.0}', "{", "é", ""])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.none() | _texts | st.text(st.characters(codec="utf-8"), max_size=3), st.none() | _texts)
def test_sql_and_python_agree(store, layer, before, after):
    store.edits.discard(layer)
    load(store, layer, row(layer, "A", suivi=before))
    write(store, "A", after)
    edits = list(store.edits.pending(layer))
    assert store.edits.counts(layer).updates == len(edits) == (json_value(before) != json_value(after))


def test_floats_are_told_apart():
    assert json_value("0.1") != json_value("0.10000000000000002")
    assert json_value("1e400") != json_value("1e401")
    assert json_value(str(2**53 + 1)) != json_value(str(math.ldexp(1, 53)))
