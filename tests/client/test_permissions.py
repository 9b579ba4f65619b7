"""What a community may do: as the sandbox gives it, by precedence, and in odd forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import errors
from geocollab.client.espaceco import permissions
from geocollab.client.espaceco.permissions import EDIT, NONE, VIEW, Permissions
from tests.client.test_layers import JSON

NUMBERS = st.integers(1, 3)
ROWS = st.lists(
    st.fixed_dictionaries({
        "database": NUMBERS,
        "table": st.none() | NUMBERS,
        "column": st.none(),
        "level": st.sampled_from([NONE, VIEW, EDIT]),
    })
    | st.fixed_dictionaries({
        "database": NUMBERS,
        "table": NUMBERS,
        "column": NUMBERS,
        "level": st.sampled_from([NONE, VIEW, EDIT]),
    })
)  # fmt: skip


def test_the_permissions_of_a_community(api, sandbox):
    found = permissions.get(api, 375)
    (entry,) = sandbox.journal("/permissions$")
    assert ["community", "375"] in entry["query"]
    assert found.level(9, 1735) == VIEW and found.level(9, 1734) == EDIT
    assert found.level(9, 1734, 173411) == VIEW and found.level(9, 1734, 173410) == EDIT
    assert found.level(34, 3403) == NONE and found.level(34, 3401) == EDIT and found.level(77, 1) == EDIT


@pytest.mark.parametrize("status", [400, 403, 404])
def test_permissions_that_are_not_shown_are_not_known(api, sandbox, status):
    sandbox.faults({"kind": "status", "status": status, "path": "/permissions$"})
    assert permissions.get(api, 375) is None


def test_what_stands_for_everything_is_raised(api, sandbox):
    sandbox.faults({"kind": "not_json", "path": "/permissions$"})
    with pytest.raises(errors.MalformedAnswer):
        permissions.get(api, 375)


@given(ROWS, NUMBERS, NUMBERS, st.none() | NUMBERS)
def test_the_nearest_permission_counts(rows, database, table, column):
    said = {(row["database"], row["table"], row["column"]): row["level"] for row in rows}
    expected = said.get((database, table, column)) if column else None
    expected = expected or said.get((database, table, None)) or said.get((database, None, None)) or EDIT
    assert Permissions(rows).level(database, table, column) == expected


@pytest.mark.parametrize(
    ("level", "read"), [("ADMIN", EDIT), ("edit", EDIT), ("view", VIEW), (None, EDIT), ("none", NONE)]
)
def test_a37_an_unknown_level_is_edit(level, read):
    assert Permissions([{"database": 9, "table": None, "column": None, "level": level}]).level(9, 1) == read


@pytest.mark.parametrize("row", [{"database": "x"}, {"database": 9, "table": "t"}, {"database": 9, "column": {}}])
def test_a_permission_for_something_unreadable_is_not_one_for_everything(row):
    assert Permissions([{**row, "level": "NONE"}]).level(9, 1) == EDIT


def test_objects_in_the_place_of_numbers():
    row = {"database": {"id": 9}, "table": {"id": "1734"}, "column": None, "level": "EDIT"}
    assert Permissions([row]).level(9, 1734) == EDIT


@given(st.lists(st.dictionaries(st.sampled_from(["database", "table", "column", "level"]), JSON)))
def test_any_json_can_be_read(rows):
    assert Permissions(rows).level(9, 1734, 2) in (NONE, VIEW, EDIT)
