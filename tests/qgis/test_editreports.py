"""Editing reports through Processing."""

import json

import pytest
from qgis.core import QgsProcessingException

from tests.workflows.office import VOIRIE

REFUSALS = {
    "nothing": ({}, "What is to change?"),
    "no JSON": ({"ATTRIBUTES": "{'Nature': 1}"}, "ATTRIBUTES is not readable as JSON"),
    "a list": ({"ATTRIBUTES": "[]"}, "ATTRIBUTES has to be a JSON object"),
    "unknown value": ({"ATTRIBUTES": '{"Nature": "Lune"}'}, "“Lune” is not one of the values"),
    "unknown theme": ({"THEME": "Lune"}, "has no theme “Lune”"),
    "unknown community": ({"COMMUNITY": "Lune"}, "You are not a member of the community “Lune”"),
    "unknown field": ({"MESSAGE_EXPRESSION": '"Lune"'}, "MESSAGE_EXPRESSION: there is no field Lune"),
    "too many": ({"MESSAGE": "x", "IDS": "1,2", "MAX_COUNT": 1}, "MAX_COUNT allows 1"),
}


@pytest.fixture
def edit(run, office, office_server):
    connection = str(office_server.connection_for("membre", requests_per_second=0))

    def call(*numbers, **parameters):
        defaults = {"CONNECTION": connection, "STORE": str(office.path), "IDS": ",".join(map(str, numbers))}
        return run("editreports", **{**defaults, **parameters})

    return call


def test_text_theme_and_attributes(edit, office, tmp_path):
    first, second = office.make(), office.make(comment="Regard")
    office.download()
    page = tmp_path / "changes.html"
    found = edit(
        first, second, MESSAGE="Pour tous", MESSAGE_EXPRESSION="if(\"Message\" = 'Regard', \"Message\" || ' !', '')",
        ATTRIBUTES='{"Revêtement dégradé": "Pavés", "Largeur": 3}', OUTPUT="TEMPORARY_OUTPUT", REPORT=str(page),
    )  # fmt: skip
    assert (found["SENT_COUNT"], found["COUNT"], found["IDS"]) == (2, 2, f"{first},{second}")
    assert [office.get(n)["comment"] for n in (first, second)] == ["Pour tous", "Regard !"]
    values = {**VOIRIE["attributes"], "Revêtement": "PAV", "Largeur": "3"}
    assert office.get(first)["attributes"] == [{**VOIRIE, "attributes": values}]
    assert office.stored(second, "Message") == ("Regard !",)
    assert {feature["detail"] for feature in found["OUTPUT"].getFeatures()} == {
        "Changed: text, community, theme and attributes."
    }
    assert "Regard !" in page.read_text(encoding="utf-8")
    again = edit(first, MESSAGE="Pour tous")
    assert (again["SENT_COUNT"], again["SKIPPED_COUNT"]) == (0, 1)


def test_theme_and_community(edit, office):
    number = office.make()
    assert edit(number, THEME="Autre")["SENT_COUNT"] == 1
    assert edit(number, COMMUNITY="Espace public ouvert — 96", THEME="Point d'eau")["SENT_COUNT"] == 1
    report = office.get(number)
    assert (report["community"], report["attributes"][0]["theme"]) == (96, "Point d'eau")
    assert json.loads(office.stored(number, "Attributs")[0])[0]["attributes"] == {"Potable": "0"}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_refused_before_anything_is_sent(edit, office, refusal):
    number = office.make()
    office.download()
    parameters, sentence = REFUSALS[refusal]
    before = office.get(number)
    with pytest.raises(QgsProcessingException) as refused:
        edit(number, **parameters)
    assert sentence in str(refused.value) and "Traceback" not in str(refused.value)
    assert office.get(number) == before and not office.written("PATCH")
