"""Replying through Processing: which reports, which texts, what comes out; the real program as well."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterDefinition,
    QgsVectorLayer,
)

from geocollab.provider import hints
from geocollab.provider.project.layers import add_reports
from geocollab.provider.registry import operations
from geocollab.store.lists import Lists
from geocollab.workflows.contributions import sending
from tests.qgis_process import run_qgis_process

REFUSALS = {
    "no text": ({"MESSAGE": " "}, "A reply needs a text"),
    "no status": ({"STATUS": None}, "A reply gives a status"),
    "no report": ({"IDS": ""}, "Which reports?"),
    "unknown status": ({"STATUS": "submit"}, "STATUS: “submit” is not one of pending, pending1, valid"),
    "status by name": ({"STATUS": "Pris en compte"}, "STATUS: “Pris en compte” is not one of"),
    "disabled status": ({"STATUS": "valid0"}, "does not use the status “Déjà pris en compte”"),
    "wrong number": ({"IDS": "douze"}, "IDS: “douze” is no number of a report"),
    "no such report": ({"IDS": "99999999"}, "Report 99999999 is not there"),
    "unreadable expression": ({"MESSAGE_EXPRESSION": "'Vu' 'vu'"}, "MESSAGE_EXPRESSION: syntax error"),
    "unknown field": ({"MESSAGE_EXPRESSION": "\"Couleur\""}, "there is no field Couleur. Fields: id"),
    "no value": ({"MESSAGE_EXPRESSION": "to_int('douze')"}, "Cannot convert 'douze' to int"),
    "no status by expression": ({"STATUS": None, "STATUS_EXPRESSION": "NULL"}, "“” is no status that a reply may set"),
    "status of fantasy": ({"STATUS_EXPRESSION": "'fini'"}, "“fini” is no status that a reply may set"),
    "too many": ({"IDS": "1 2 3", "MAX_COUNT": 2}, "This is about 3 reports; MAX_COUNT allows 2"),
}  # fmt: skip


@pytest.fixture
def connection(office_server):
    return str(office_server.connection_for("membre", requests_per_second=0))


@pytest.fixture
def reply(run, office, connection):
    """`reply(number, …)`: as `membre` with a text and a status unless others are given."""

    def call(*numbers, **parameters):
        defaults = {"CONNECTION": connection, "STORE": str(office.path), "MESSAGE": "Vu", "STATUS": "pending"}
        if numbers:
            defaults["IDS"] = ",".join(map(str, numbers))
        return run("replytoreports", **{**defaults, **parameters})

    return call


def layer(*rows):
    """Points with the number of a report, a text and a status."""
    made = QgsVectorLayer("Point?crs=EPSG:2154&field=report:integer&field=note:string(200)&field=etat:string(10)",
                          "visites", "memory")  # fmt: skip
    for number, note, status in rows:
        feature = QgsFeature(made.fields())
        feature.setAttributes([number, note, status])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(652000, 6862000)))
        made.dataProvider().addFeature(feature)
    return made


def rows(table):
    return [dict(zip(table.fields().names(), feature.attributes())) for feature in table.getFeatures()]


# ---------------------------------------------------------------------- outputs


def test_the_outcome_is_table_page_and_numbers(reply, office, tmp_path, feedback):
    first, closed, other = office.make(), office.make(), office.make()
    office.close(closed)
    page = tmp_path / "replies.html"
    found = reply(first, closed, other, STATUS="valid", OUTPUT="TEMPORARY_OUTPUT", REPORT=str(page))
    table = rows(found["OUTPUT"])
    assert [row["report"] for row in table] == [first, closed, other]
    assert [row["outcome"] for row in table] == ["sent", "skipped", "sent"]
    assert [row["status"] for row in table] == ["pending2", "valid", "pending2"]
    assert {name: found[name] for name in ("COUNT", "SENT_COUNT", "SKIPPED_COUNT", "CLOSED_COUNT")} == {
        "COUNT": 3, "SENT_COUNT": 2, "SKIPPED_COUNT": 1, "CLOSED_COUNT": 0,
    }  # fmt: skip
    assert found["TO_VALIDATE_COUNT"] == 2 and found["IDS"] == f"{first},{other}"
    assert any("2 closings wait for validation" in info for info in feedback.infos)
    assert any(f"Report {closed} is closed" in warning for warning in feedback.warnings)
    text = page.read_text(encoding="utf-8")
    assert "En attente de validation" in text and "2 closings wait for validation" in text and f"/{first}" in text


def test_the_layers_of_the_project_show_it_at_once(reply, office, project):
    number = office.make()
    office.reply({number: ("Vu", "pending1")})
    reports = add_reports(project, office.path, "Reports")["Signalement"]
    assert next(reports.getFeatures())["Statut"] == "pending1"
    reply(number, MESSAGE="Vu encore")
    assert next(reports.getFeatures())["Statut"] == "pending"


def test_a_problem_fails_when_asked_to(reply, office):
    number = office.make()
    assert reply(number, 99_999_999)["REFUSED_COUNT"] == 1
    with pytest.raises(QgsProcessingException, match=r"1 did not go through\. Report 99999999 is not there"):
        reply(number, 99_999_999, FAIL_ON_PROBLEM=True)
    assert office.said(number) == ["Vu"]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_refused_before_anything_is_sent(reply, office, refusal):
    number = office.make()
    if "EXPRESSION" in str(REFUSALS[refusal][0]):
        office.download()
    parameters, sentence = REFUSALS[refusal]
    with pytest.raises(QgsProcessingException) as refused:
        reply(**{"IDS": str(number), **parameters})
    assert sentence in str(refused.value) and "Traceback" not in str(refused.value)
    assert not office.posts() and office.said(number) == []


# ---------------------------------------------------------------------- expressions


def test_texts_and_statuses_of_a_layer(reply, office):
    first, second, third = office.make(), office.make(), office.make()
    visits = layer((first, "Bouché", "pending"), (second, None, "pending1"), (None, "Rien", "valid"),
                   (third, " ", None), (first, "Encore", "pending1"))  # fmt: skip
    found = reply(INPUT=visits, MESSAGE_EXPRESSION='"note" -- de la visite', STATUS_EXPRESSION='"etat"')
    assert found["SENT_COUNT"] == 3
    assert [office.said(n) for n in (first, second, third)] == [["Bouché"], ["Vu"], ["Vu"]]
    assert [office.get(n)["status"] for n in (first, second, third)] == ["pending", "pending1", "pending"]


def test_only_the_selected_features(reply, office, project):
    first, second = office.make(), office.make()
    visits = layer((first, "Un", ""), (second, "Deux", ""))
    project.addMapLayer(visits)
    visits.selectByExpression(f'"report" = {second}')
    reply(INPUT=QgsProcessingFeatureSourceDefinition(visits.id(), selectedFeaturesOnly=True), MESSAGE_EXPRESSION="note")
    assert (office.said(first), office.said(second)) == ([], ["Deux"])


def test_numbers_dates_and_geometries_are_written_as_qgis_does(reply, office):
    number = office.make()
    reply(INPUT=layer((number, "", "")), MESSAGE_EXPRESSION="make_date(2026, 11, 22)")
    reply(INPUT=layer((number, "", "")), MESSAGE_EXPRESSION="6.0 * 7")
    reply(INPUT=layer((number, "", "")), MESSAGE_EXPRESSION="geom_to_wkt($geometry, 0)")
    assert office.said(number) == ["Point (652000 6862000)", "42", "2026-11-22"]


def test_an_expression_on_the_downloaded_reports(reply, office):
    first, second = office.make(comment="Nid de poule"), office.make(comment="Regard cassé", status="test")
    office.download()
    found = reply(
        FILTER=f'"NoSignalement" IN ({first}, {second})',
        MESSAGE_EXPRESSION="'Vu : ' || \"Message\"",
        STATUS_EXPRESSION="if(\"Thème\" = 'Voirie', 'pending1', 'pending')",
    )
    assert (found["SENT_COUNT"], found["SKIPPED_COUNT"]) == (1, 1)
    assert office.said(first) == ["Vu : Nid de poule"] and office.get(first)["status"] == "pending1"


def test_what_is_selected_on_the_map(reply, office, project):
    number = office.make()
    office.reply({number: ("Vu", "pending")})
    reports = add_reports(project, office.path, "Reports")["Signalement"]
    reports.selectByIds([number])
    assert reply(IDS="", MESSAGE="Sélection", INPUT=None)["IDS"] == str(number)


ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_TEXT)
@example("'; DROP TABLE Signalement; -- \" \\ {0} %1 [% 1+1 %] @project_title")
@example("👩‍🚒 مرحبا \u202e\u200d")
def test_any_text_is_sent_as_it_is(reply, office, text):
    number = office.make()
    wanted = text.replace("\0", "").strip()
    visits = layer((number, "", ""))
    visits.dataProvider().changeAttributeValues({1: {1: text}})
    if wanted:
        reply(INPUT=visits, MESSAGE_EXPRESSION="note", MESSAGE="")
        assert office.said(number) == [wanted]


# ---------------------------------------------------------------------- remembered for the dialog alone


def test_the_last_reply_is_remembered_for_the_dialog(reply, office, monkeypatch, tmp_path):
    monkeypatch.setattr(hints, "lists", lambda: Lists(tmp_path / "lists.json"))

    def definition(name) -> QgsProcessingParameterDefinition:
        (operation,) = [o for o in operations() if o.ID == "replytoreports"]
        made = operation.create()
        found = made.parameterDefinition(name)
        return found.defaultValue(), found.defaultValueForGui(), getattr(found, "options", list)()

    assert definition("MESSAGE")[:2] == (None, None) and definition("STATUS")[:2] == (None, None)
    number = office.make()
    reply(number, MESSAGE="Première\nligne", STATUS="pending1")
    assert definition("MESSAGE")[:2] == (None, "Première\nligne")
    assert definition("STATUS")[:2] == (None, 1)
    assert "Corrigé dans la base (valid)" in definition("STATUS")[2], "the names of the community"
    with pytest.raises(QgsProcessingException, match="A reply needs a text"):
        reply(number, MESSAGE=None)
    with pytest.raises(QgsProcessingException, match="A reply gives a status"):
        reply(number, STATUS=None)
    assert reply(number, MESSAGE="x" * 3000)["SENT_COUNT"] == 1 and definition("MESSAGE")[1] in (None, "")


# ---------------------------------------------------------------------- stopped


def test_stopped_half_way_then_run_again(reply, office, feedback, monkeypatch):
    monkeypatch.setattr(sending, "WINDOW", 5)
    numbers = office.make_many(20)
    with monkeypatch.context() as patch:
        patch.setattr(feedback, "isCanceled", lambda: len(office.posts()) >= 7)
        with pytest.raises(QgsProcessingException) as stopped:
            reply(*numbers)
    assert "Stopped before the end." in str(stopped.value) and "of 20 were sent" in str(stopped.value)
    assert 7 <= sum(bool(office.said(n)) for n in numbers) < 20
    found = reply(*numbers)
    assert found["SENT_COUNT"] + found["ALREADY_COUNT"] == 20 and found["UNSURE_COUNT"] == 0
    assert {len(office.said(n)) for n in numbers} == {1}


# ---------------------------------------------------------------------- the real program


def test_with_qgis_process(office, connection, tmp_path):
    number, closing = office.make(), office.make()
    text = 'L\'îlot « nord » 👍 "vu"\ndeuxième ligne'
    table = tmp_path / "outcome.csv"
    arguments = (
        "run", "geocollab:replytoreports", f"--CONNECTION={connection}", f"--STORE={office.path}",
        f"--IDS={number} {closing}", f"--MESSAGE={text}", "--STATUS=valid", f"--OUTPUT={table}",
    )  # fmt: skip
    ran = run_qgis_process(*arguments, json=True, profile=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (ran.results["SENT_COUNT"], ran.results["TO_VALIDATE_COUNT"]) == (2, 2)
    assert office.said(number) == office.said(closing) == [text]
    assert "waits for validation" in table.read_text(encoding="utf-8")
    again = run_qgis_process(*arguments, json=True, profile=tmp_path)
    assert again.results["IDS"] == f"{number},{closing}"
    assert (again.results["SENT_COUNT"], again.results["ALREADY_COUNT"]) == (0, 2)
    assert office.said(number) == [text]
