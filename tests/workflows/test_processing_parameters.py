"""Parameters of processings: converted to what is declared, checked before they are sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client.entrepot.processings import Processing
from geocollab.workflows.entrepot.delivery.making import Tiled
from geocollab.workflows.entrepot.delivery.processing_parameters import as_declared
from geocollab.workflows.errors import InputError

LEVEL = {"type": "string", "pattern": "^([0-9]|1[0-9]|2[01])$"}
DECLARED = [
    {"name": "tms", "mandatory": True},
    {"name": "bottom", "mandatory": True, "constraints": LEVEL},
    {"name": "mode", "mandatory": True, "default_value": "a", "constraints": {"enum": ["a", "b"]}},
    {"name": "width", "constraints": {"type": "integer", "minimum": 8, "maximum": 32}},
    {"name": "levels", "constraints": {"type": "array", "items": LEVEL, "minItems": 1}},
    {"name": "nodata", "constraints": {"type": "array", "items": {"type": "number"}}},
    {"name": "flag", "constraints": {"type": "boolean"}},
    {"name": "broken", "constraints": {"type": "no such type"}},
    {
        "name": "composition",
        "constraints": {"type": "array", "items": {"type": "object", "properties": {"bottom_level": LEVEL}}},
    },
]
PROCESSING = Processing("p", {"name": "Calcul", "parameters": DECLARED})
NEEDED = {"tms": "PM", "bottom": "14"}


def refused(**parameters):
    with pytest.raises(InputError) as caught:
        as_declared(PROCESSING, {**NEEDED, **parameters})
    return str(caught.value)


@given(st.integers(0, 21))
def test_levels_are_texts(level):
    sent = as_declared(
        PROCESSING,
        {"tms": "PM", "bottom": level, "levels": [level], "composition": [{"bottom_level": level, "table": "t"}]},
    )
    assert sent == {
        "tms": "PM",
        "bottom": str(level),
        "levels": [str(level)],
        "composition": [{"bottom_level": str(level), "table": "t"}],
    }


@given(st.integers(8, 32))
def test_numbers_are_numbers(number):
    assert as_declared(PROCESSING, {**NEEDED, "width": str(number)})["width"] == number


def test_numbers_with_decimals_are_kept():
    assert as_declared(PROCESSING, {**NEEDED, "nodata": ["-9999.5", "0", "x"][:2]})["nodata"] == [-9999.5, 0]
    assert "not of type 'number'" in refused(nodata=["x"])


@given(st.dictionaries(st.sampled_from(["tms", "bottom", "mode", "width", "flag"]), st.none()))
def test_what_is_none_is_not_sent(nothing):
    assert as_declared(PROCESSING, {**nothing, **NEEDED}) == NEEDED


def test_flags_are_no_texts():
    assert as_declared(PROCESSING, {**NEEDED, "flag": True})["flag"] is True


def test_what_is_wrong_is_said_with_what_is_right():
    assert refused(mode="c") == "“Calcul” does not take this for mode: c is none of a, b."
    assert "for width: 7 is less than the minimum of 8" in refused(width=7)
    assert "for levels.1: '30' does not match" in refused(levels=[1, 30])
    assert "for composition.0.bottom_level: '99' does not match" in refused(composition=[{"bottom_level": 99}])
    assert "has no parameter farbe, taille. It has: tms, bottom" in refused(taille=1, farbe="rot")


def test_what_is_missing_is_said_all_at_once():
    with pytest.raises(InputError, match="“Calcul” needs bottom, tms"):
        as_declared(PROCESSING, {"width": 8})


def test_constraints_that_are_no_schema_hold_nobody():
    assert as_declared(PROCESSING, {**NEEDED, "broken": 5})["broken"] == 5


def test_a_processing_that_says_nothing_takes_everything():
    assert as_declared(Processing("p", {"name": "x"}), {"a": 1, "b": None}) == {"a": 1}


# ---------------------------------------------------------------------- tables of tiles


@given(st.integers(0, 20), st.integers(0, 20))
def test_levels_of_tables_of_tiles(top, bottom):
    tiled = Tiled("communes", top, bottom, ("nom",), "pop > 10", "villes")
    if top > bottom:
        with pytest.raises(InputError, match="communes: the least detailed level"):
            tiled.told()
        return
    assert tiled.told() == {
        "table": "communes",
        "top_level": str(top),
        "bottom_level": str(bottom),
        "attributes": ["nom"],
        "filter": "pop > 10",
        "layer": "villes",
    }


def test_a_table_of_tiles_has_all_its_attributes_unless_some_are_named():
    assert Tiled("a", 1, 2).told() == {"table": "a", "top_level": "1", "bottom_level": "2", "attributes": ["*"]}
