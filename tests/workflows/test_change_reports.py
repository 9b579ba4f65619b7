"""Change, move, delete: only what really changes is sent, and what is not there any more is not in the store."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client.espaceco.contributions import point
from geocollab.workflows.contributions.change_reports import (
    SAME_DEGREES,
    delete_reports,
    edit_reports,
    move_reports,
)
from geocollab.workflows.contributions.theme_forms import read_values
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.positions import position
from tests.workflows.office import ESPACE, VOIRIE, outcomes

GONE = 99_999_999
THERE = (2.36, 48.86)


@pytest.fixture
def edit(office):
    def call(texts, user="membre", **options):
        texts = texts if isinstance(texts, dict) else dict.fromkeys(texts, "")
        return office.run(lambda api, store: edit_reports(api, store, texts, **options), user)

    return call


@pytest.fixture
def move(office):
    def call(*positions, user="membre", **options):
        return office.run(lambda api, store: move_reports(api, store, positions, **options), user)

    return call


@pytest.fixture
def delete(office):
    def call(*numbers, user="membre", **options):
        return office.run(lambda api, store: delete_reports(api, store, numbers, **options), user)

    return call


def patched(office):
    return [json.loads(body) for body in office.written("PATCH")]


# ---------------------------------------------------------------------- text


def test_a_new_text(office, edit):
    number = office.make()
    sent = edit({number: "  Trottoir réparé 👍 'ok' \0"})
    assert outcomes(sent) == ["sent"] and sent.lines[0].detail == "Changed: text."
    assert patched(office) == [{"comment": "Trottoir réparé 👍 'ok'"}]
    assert office.get(number)["comment"] == "Trottoir réparé 👍 'ok'"
    assert office.stored(number, "Message") == ("Trottoir réparé 👍 'ok'",)
    assert sent.lines[0].about.startswith("Trottoir réparé")


def test_what_is_so_already_is_not_sent(office, edit):
    number = office.make()
    report = office.get(number)
    sent = edit({number: report["comment"]}, community="375", theme="Voirie", values={"Nature": "Trottoir"})
    assert outcomes(sent) == ["skipped"] and not patched(office)
    assert sent.lines[0].detail == f"Report {number} is so already: there is nothing to change."
    assert office.get(number) == report


def test_changed_and_changed_back_is_sent_again(office, edit):
    """An earlier run that sent the same says nothing of the state now."""
    number = office.make()
    for text in ("Un texte", "Un autre", "Un texte"):
        assert outcomes(edit({number: text})) == ["sent"]
    assert office.get(number)["comment"] == "Un texte"


def test_what_could_not_be_changed_before_does_not_undo_it_later(office, edit, move):
    """A change whose answer was lost waits in the outbox; the next wish for the same thing takes its place."""
    number = office.make()
    office.process.faults({"kind": "status", "status": 500, "method": "PATCH", "times": None})
    assert outcomes(edit({number: "Premier"})) == outcomes(move((number, THERE))) == ["unsure"]
    assert office.waiting() == 2
    office.process.faults()
    sent = edit({number: "Deuxième"})
    assert outcomes(sent) == ["sent"] and sent.notes == ["1 thing of earlier runs still waits in the outbox."]
    assert office.waiting() == 1, "the move was another wish"
    assert outcomes(move((number, THERE))) == ["sent"] and office.waiting() == 0


# ---------------------------------------------------------------------- theme and attributes


def test_attributes_are_merged_with_those_that_are_there(office, edit):
    values = {"Nature": "Trottoir", "Revêtement": "PAV"}
    number = office.make(attributes={**VOIRIE, "attributes": values})
    sent = edit([number], values={"Largeur (m)": "2,5", "Revêtement": "Enrobé"})
    assert outcomes(sent) == ["sent"] and sent.lines[0].detail == "Changed: community, theme and attributes."
    expected = {"Nature": "Trottoir", "Revêtement": "ENR", "Largeur": "2.5"}
    assert patched(office) == [{"community": 375, "attributes": {**VOIRIE, "attributes": expected}}]
    assert office.get(number)["attributes"] == [{**VOIRIE, "attributes": expected}]
    assert json.loads(office.stored(number, "Attributs")[0])[0]["attributes"] == expected


def test_null_takes_an_attribute_away(office, edit):
    number = office.make(attributes={**VOIRIE, "attributes": {"Nature": "Trottoir", "Revêtement": "PAV"}})
    edit([number], values={"Revêtement dégradé": None})
    assert office.get(number)["attributes"][0]["attributes"] == {"Nature": "Trottoir"}
    sent = edit([number], values={"Nature": None})
    assert outcomes(sent) == ["fault"] and "“Nature” is mandatory" in sent.lines[0].detail


def test_another_theme_begins_anew(office, edit):
    number = office.make()
    sent = edit([number], theme="Adresse", values={"Numéro": 12, "Nom de voie": "rue des Écoles"})
    assert outcomes(sent) == ["sent"]
    (theme,) = office.get(number)["attributes"]
    assert theme["theme"] == "Adresse"
    assert theme["attributes"] == {"Numéro": "12", "Nom de voie": "rue des Écoles", "Certifiée": "1"}


def test_a_shared_theme_moves_the_report_to_its_community(office, edit):
    number = office.make()
    sent = edit([number], theme="Route", values={"Importance": "2"})
    assert outcomes(sent) == ["sent"]
    report = office.get(number)
    assert (report["community"], report["attributes"][0]["theme"]) == (1, "Route")
    assert office.stored(number, "Groupe_id", "Thème") == (1, "Route")


def test_a_report_gets_its_first_theme(office, edit):
    number = office.make(attributes=None)
    assert "It has no theme" in edit([number], values={"Nature": "Trottoir"}).lines[0].detail
    assert outcomes(edit([number], theme="Voirie", values={"Nature": "Trottoir"})) == ["sent"]
    assert office.get(number)["attributes"][0]["theme"] == "Voirie"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"values": {"Nature": "Lune"}}, "“Nature”: “Lune” is not one of the values"),
        ({"values": {"Largeur": 99}}, "is too great"),
        ({"values": {"Couleur": "rouge"}}, "“Couleur” is no attribute of the theme “Voirie”"),
        ({"theme": "Adresse"}, "is mandatory"),
        ({"theme": "Nulle part"}, "has no theme “Nulle part”. Its themes: Voirie"),
        ({"community": "96", "values": {"Nature": "Trottoir"}}, "has no theme “Voirie”. Its themes: Espace public"),
        ({"community": "512", "theme": "Observation"}, "The community 512 is not there, or is hidden from you"),
        ({"community": "424242", "theme": "Voirie"}, "The community 424242 is not there"),
        ({"community": "Nulle part", "theme": "Voirie"}, "You are not a member of the community “Nulle part”"),
    ],
)
def test_faults_are_said_before_anything_is_sent(office, edit, options, sentence):
    number = office.make()
    try:
        (line,) = edit({number: "Autre texte"}, **options).lines
        assert line.outcome == "fault" and line.detail.startswith(f"Report {number}: ")
        detail = line.detail
    except InputError as refused:
        detail = str(refused)
    assert sentence in detail and not patched(office)


def test_the_faulty_ones_do_not_keep_the_others(office, edit):
    road, square = office.make(), office.make(community=96, attributes=ESPACE)
    sent = edit([square, road], values={"Nature": "Chaussée"})
    assert outcomes(sent) == ["fault", "sent"]


def test_another_community(office, edit):
    number = office.make(attributes=None)
    assert outcomes(edit([number], community="Espace public ouvert")) == ["sent"]
    assert patched(office) == [{"community": 96}] and office.get(number)["community"] == 96


def test_what_is_no_json_object():
    with pytest.raises(InputError, match="not readable as JSON"):
        read_values("{'Nature': 'Trottoir'}")
    for text in ("[]", "3", "null", '"Nature"'):
        with pytest.raises(InputError, match="has to be a JSON object"):
            read_values(text)
    assert read_values('{"Nature": null, "é": [1]}') == {"Nature": None, "é": [1]}


# ---------------------------------------------------------------------- who, when


def test_closed_reports_and_those_that_are_not_there(office, edit, move):
    closed, test = office.make(), office.make(status="test")
    office.close(closed)
    for sent in (
        edit({closed: "Nouveau", GONE: "Nouveau", test: "Nouveau"}),
        move((closed, THERE), (GONE, THERE), (test, THERE)),
    ):
        assert outcomes(sent) == ["skipped", "fault", "sent"]
        assert sent.lines[0].detail == (
            f"Report {closed} is closed (“Corrigé dans la base”, by admin): it can no longer be changed."
        ) or sent.lines[0].detail.startswith(f"Report {closed} is closed (“Pris en compte”, by admin)")
        assert sent.lines[1].detail == f"Report {GONE} is not there, or is hidden from you."


def test_who_may_not(office, edit, move, delete):
    number = office.make("gestionnaire", community=96, attributes=ESPACE)
    for sent in (edit({number: "À moi"}), move((number, THERE))):
        assert outcomes(sent) == ["refused"]
        assert f"You may not change report {number}" in sent.lines[0].detail
        assert "It said: “Seuls l'auteur" in sent.lines[0].detail
    for dry_run, outcome in ((True, "planned"), (False, "refused")):
        sent = delete(number, dry_run=dry_run)
        assert outcomes(sent) == [outcome]
        assert f"You may not delete report {number}: its author may while it is open" in sent.lines[0].detail
    assert office.get(number)["comment"] == "Trottoir affaissé"


def test_a_manager_may(office, edit, move, delete):
    number = office.make()
    assert outcomes(edit({number: "Nouveau"}, user="admin")) == ["sent"]
    assert outcomes(move((number, THERE), user="admin")) == ["sent"]
    office.close(number)
    assert delete(number, user="admin", dry_run=True).lines[0].detail == ""
    assert outcomes(delete(number, user="admin")) == ["sent"] and office.get(number, "admin") is None


def test_closed_meanwhile(office, edit):
    number = office.make()
    closed = []

    def close_now():
        if not closed and office.process.journal(f"/reports/{number}$"):
            closed.append(office.close(number))
        return False

    sent = office.run(lambda api, store: edit_reports(api, store, {number: "Nouveau"}), cancelled=close_now)
    assert outcomes(sent) == ["refused"] and sent.lines[0].status == "valid"
    assert f"Report {number} was closed meanwhile (“Pris en compte”, by admin)" in sent.lines[0].detail
    assert office.stored(number, "Statut") == ("valid",)


# ---------------------------------------------------------------------- move


def test_a_report_moves(office, move):
    number = office.make()
    sent = move((number, THERE))
    assert outcomes(sent) == ["sent"] and sent.lines[0].detail == "Changed: position."
    assert patched(office) == [{"geometry": "POINT(2.36 48.86)"}]
    assert position(office.get(number)["geometry"]) == pytest.approx(THERE)
    office.process.clear_journal()
    sent = move((number, (THERE[0] + 0.9e-7, THERE[1] - 0.9e-7)))
    assert outcomes(sent) == ["skipped"] and not patched(office)
    assert sent.lines[0].detail == f"Report {number} is there already."
    assert outcomes(move((number, (THERE[0] + 2e-7, THERE[1])))) == ["sent"]


@pytest.mark.parametrize(
    "to", [None, (181.0, 48.0), (2.0, -90.1), (float("nan"), 48.0), (2.0, float("inf")), (652000.0, 6862000.0)]
)
def test_a_position_that_is_none(office, move, to):
    first, second = office.make(), office.make()
    sent = move((first, to), (second, THERE))
    assert outcomes(sent) == ["fault", "sent"]
    assert sent.lines[0].detail == f"Report {first}: the new position is not one point within the world."
    assert len(patched(office)) == 1


def test_two_features_of_one_report(office, move):
    number, other = office.make(), office.make()
    sent = move((number, THERE), (other, THERE), (number, (2.4, 48.8)), (other, THERE))
    assert [line.report for line in sent.lines] == [number, other] and outcomes(sent) == ["fault", "sent"]
    assert "has 2 features with different positions" in sent.lines[0].detail


def test_outside_of_ones_zone(office, move):
    number = office.make()
    sent = move((number, (5.37, 43.3)))
    assert outcomes(sent) == ["refused"] and "hors de vos emprises" in sent.lines[0].detail


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_a_position_survives_being_written(lon, lat):
    read = position(point((lon, lat)))
    assert read is not None and max(abs(read[0] - lon), abs(read[1] - lat)) < SAME_DEGREES


# ---------------------------------------------------------------------- delete


def test_a_deleted_report_vanishes_from_the_store(office, delete):
    numbers = office.make_many(3)
    sketch = '{"objects": [{"type": "Point", "geometry": "POINT(2.35 48.85)"}]}'
    with_sketch = office.make(sketch=sketch)
    office.download()
    sent = delete(*numbers[:2], with_sketch)
    assert outcomes(sent) == ["sent"] * 3 and not any(line.status for line in sent.lines)
    assert sent.lines[0].about == "Trottoir affaissé"
    assert [office.get(n) for n in (*numbers[:2], with_sketch)] == [None] * 3
    assert [office.stored(n, "id") for n in (*numbers, with_sketch)] == [None, None, (numbers[2],), None]
    assert sent.reports() == [*numbers[:2], with_sketch]


def test_gone_already_counts_as_deleted(office, delete):
    number = office.make()
    office.reply({number: ("Vu", "pending")})
    assert office.call("DELETE", f"/reports/{number}").status_code == 204
    assert delete(number, dry_run=True).lines[0].detail == f"Report {number} was gone already."
    sent = delete(number)
    assert outcomes(sent) == ["sent"] and sent.lines[0].detail == f"Report {number} was gone already."
    assert office.stored(number, "id") is None


def test_twelve_reports_one_gone(office, delete):
    numbers = office.make_many(12)
    office.download()
    assert office.call("DELETE", f"/reports/{numbers[4]}").status_code == 204
    office.process.clear_journal()
    sent = delete(*numbers)
    assert outcomes(sent) == ["sent"] * 12 and len(office.requests_made()) <= 12 + 6
    assert [line.detail for line in sent.lines if line.detail] == [f"Report {numbers[4]} was gone already."]


def test_a_dry_run_deletes_nothing(office, delete, edit, move):
    number = office.make()
    office.reply({number: ("Vu", "pending")})
    before = office.get(number), office.stored(number, "*")
    assert outcomes(delete(number, dry_run=True)) == ["planned"]
    sent = edit({number: "Nouveau"}, theme="Autre", dry_run=True)
    assert outcomes(sent) == ["planned"] and sent.lines[0].detail == (
        "Would change: text, community, theme and attributes."
    )
    assert outcomes(move((number, THERE), dry_run=True)) == ["planned"]
    assert (office.get(number), office.stored(number, "*")) == before
    assert not office.written("PATCH") and not office.written("DELETE") and office.waiting() == 0


# ---------------------------------------------------------------------- trouble


@pytest.mark.parametrize("kind", ["lost_answer", "html", "reset", "drop", "not_json", "expired_token"])
def test_whatever_happens_the_state_is_reached(office, edit, move, delete, kind):
    fault = {"kind": kind, "path": "/reports/[0-9]+$", **({"status": 502} if kind == "html" else {})}
    first, second, third = (office.make() for _ in range(3))
    for method, work in (
        ("PATCH", lambda: edit({first: "Nouveau"})),
        ("PATCH", lambda: move((second, THERE))),
        ("DELETE", lambda: delete(third)),
    ):
        office.process.faults({**fault, "method": method, "times": 3})
        try:
            sent = work()
        except Interrupted:
            sent = None
        office.process.faults()
        if sent is None or sent.problems:
            sent = work()
        assert not sent.problems, sent.lines
    assert office.get(first)["comment"] == "Nouveau" and office.stored(first, "Message") == ("Nouveau",)
    assert position(office.get(second)["geometry"]) == pytest.approx(THERE)
    assert office.get(third) is None and office.stored(third, "id") is None
    assert office.waiting() == 0
