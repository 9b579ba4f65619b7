"""Sentences on what was perhaps meant: near names, else a few of those that there are."""

import pytest

from geocollab.workflows.entrepot.finding import UPLOADS, absent
from geocollab.workflows.entrepot.nearest import a_few, near, others

NAMES = ["Cantons", "cantons 2025", "Communes", "Écoles", "voirie", "Zones humides", ""]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("canton", " Did you mean Cantons, cantons 2025?"),
        (" CANTONS ", " Did you mean Cantons, cantons 2025?"),
        ("ecoles", " Did you mean Écoles?"),
        ("qqq", " There are: "),
    ],
)
def test_near_names_else_a_few(given, said):
    assert others(given, NAMES).startswith(said)


def test_a_few_of_many_and_none_of_none():
    assert others("x", []) == others("x", [""]) == near("x", NAMES) == "" and a_few("x", []) == "–"
    many = [f"table {number}" for number in range(40)]
    told = a_few("table 7", many)
    assert told.startswith("table 7, ") and told.endswith(", …") and told.count("table") == 5
    assert a_few("nothing like it", ["a", "b", "a"]).count(",") == 1


def test_the_sentence_that_there_is_none():
    said = str(absent(UPLOADS, "qqq", NAMES))
    assert said.startswith("There is no “qqq” among the uploads of the datastore. There are: ")
    assert str(absent(UPLOADS, "qqq")) == "There is no “qqq” among the uploads of the datastore."
