"""What is told of a report: each kind of change, any form of report, nothing where nothing changed."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client.espaceco.statuses import STATUSES
from geocollab.client.espaceco.statuses import status as known_status
from geocollab.workflows.reports.follow_events import (
    EDITS,
    KINDS,
    STATUS_CHANGES,
    arrived,
    changes,
    left,
    state_of,
    vanished,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def label(code):
    return known_status(code).label


def report(**members):
    return {
        "id": 7,
        "community": 375,
        "geometry": "POINT(2.35 48.85)",
        "comment": "Un trou dans la route",
        "status": "submit",
        "attributes": [{"community": 375, "theme": "Voirie", "attributes": {"Nature": "trou"}}],
        "opening_date": "2026-02-01T10:00:00+01:00",
        "updating_date": "2026-02-02T10:00:00+01:00",
        "closing_date": None,
        "author": {"id": 1001, "username": "membre"},
        "validator": None,
        "commune": {"name": "75104", "title": "Paris"},
        "sketch": '{"objects": []}',
        "replies": [reply(1, "Vu")],
        "attachments": [{"id": 3, "filename": "photo.jpg"}],
        **members,
    }


def reply(number, content, status="pending", date="2026-02-02T10:00:00+01:00", **members):
    author = {"id": 1002, "username": "admin"}
    return {"id": number, "content": content, "status": status, "date": date, "author": author, **members}


def told(after, before=None):
    known = state_of(7, before or report())
    return [(e.kind, e.before, e.after) for e in changes(known, after, label)]


def test_nothing_changed():
    assert told(report()) == []


@pytest.mark.parametrize(
    ("members", "event"),
    [
        ({"comment": "Un grand trou"}, ("message", "Un trou dans la route", "Un grand trou")),
        ({"geometry": "POINT(2.36 48.85)"}, ("position", "2.35 48.85", "2.36 48.85")),
        ({"geometry": None}, ("position", "2.35 48.85", None)),
        ({"community": 96}, ("community", "375", "96")),
        ({"community": None}, ("community", "375", None)),
        ({"attributes": []}, ("theme", "Voirie", None)),
        (
            {"attributes": [{"community": 375, "theme": "Adresse", "attributes": {}}]},
            ("theme", "Voirie", "Adresse"),
        ),
        (
            {"attributes": [{"community": 375, "theme": "Voirie", "attributes": {"Nature": "bosse"}}]},
            ("attributes", None, "Voirie(Nature=bosse)"),
        ),
        ({"sketch": None}, ("sketch", None, None)),
        ({"attachments": []}, ("document_removed", "photo.jpg", None)),
        (
            {"attachments": [{"id": 3, "filename": "photo.jpg"}, {"id": 4, "filename": "plan.pdf"}]},
            ("document_added", None, "plan.pdf"),
        ),
        ({"replies": []}, ("reply_removed", None, None)),
        ({"replies": [reply(1, "Bien vu")]}, ("reply_edited", None, None)),
        ({"status": "pending"}, ("status", "Reçu dans nos services", "En cours de traitement")),
        ({"status": "reject"}, ("closed", "Reçu dans nos services", "Rejeté (hors spéc.)")),
    ],
)
def test_each_kind_of_change(members, event):
    assert told(report(**members)) == [event]


def test_opened_again():
    closed = report(status="valid", closing_date="2026-02-03T10:00:00+01:00")
    assert told(report(), closed) == [("reopened", "Pris en compte", "Reçu dans nos services")]


@pytest.mark.parametrize(
    "form",
    [
        {"attributes": json.dumps(report()["attributes"])},
        {"attributes": report()["attributes"][0]},
        {"attributes": [{"community": 375, "theme": "Voirie", "attributes": [{"name": "Nature", "value": "trou"}]}]},
        {"geometry": "POINT Z (2.35 48.85 12)"},
        {"geometry": "SRID=4326;POINT(2.350 48.85)"},
        {"author": 1001},
        {"sketch": {"objects": []}},
        {"sketch": '{ "objects":[] }'},
        {"replies": [{**reply(1, "Vu"), "author": 1002}]},
        {"updating_date": "2026-02-09T10:00:00+01:00"},
    ],
)
def test_another_form_of_the_same_is_no_change(form):
    assert told(report(**form)) == []


def test_who_and_when_of_replies_and_closings():
    late = reply(2, "Corrigé", "valid", "2026-02-05T09:00:00+01:00")
    early = reply(3, "Je regarde", "pending", "2026-02-04T09:00:00+01:00", author={"id": 5, "username": "x"})
    after = report(status="valid", closing_date="2026-02-05T09:00:00+01:00", replies=[late, early, reply(1, "Vu")],
                   validator={"id": 1002, "username": "admin"})  # fmt: skip
    events = list(changes(state_of(7, report()), after, label))
    assert [(e.kind, e.author_id, e.author, e.date, e.detail) for e in events] == [
        ("reply", 5, "x", early["date"], "Je regarde"),
        ("reply", 1002, "admin", late["date"], "Corrigé"),
        ("closed", 1002, "admin", late["date"], None),
    ]
    by_validator = report(status="valid", closing_date="2026-02-06T09:00:00+01:00", validator={"id": 9})
    (event,) = changes(state_of(7, report()), by_validator, label)
    assert (event.kind, event.author_id, event.date) == ("closed", 9, "2026-02-06T09:00:00+01:00")


def test_a_report_that_was_not_known():
    def kinds(found, since):
        return [event.kind for event in arrived(7, found, since, label)]

    closed = report(status="valid", closing_date="2026-02-06T09:00:00+01:00")
    assert kinds(closed, datetime(2026, 1, 1, tzinfo=timezone.utc)) == ["new", "reply", "closed"]
    assert kinds(closed, datetime(2026, 2, 5, tzinfo=timezone.utc)) == ["entered", "closed"]
    assert kinds(closed, datetime(2026, 2, 9, tzinfo=timezone.utc)) == ["entered"]
    assert kinds(closed, None) == ["new"]
    assert kinds(report(opening_date="soon"), datetime(2026, 2, 9, tzinfo=timezone.utc)) == ["new"]


def test_a_date_without_offset_is_french():
    """10:20 in Paris is 09:20 in Greenwich: before 10:00 there, not after."""
    naive = report(opening_date="2026-02-01T10:20:00")
    since = datetime(2026, 2, 1, 10, tzinfo=timezone.utc)
    assert next(arrived(7, naive, since, label)).kind == "entered"
    assert next(arrived(7, naive, since - timedelta(hours=1), label)).kind == "new"


def test_what_names_a_report_that_is_gone():
    known = state_of(7, report(comment="Un trou " * 40))
    event = vanished(known, label)
    assert event.about.startswith("Un trou Un trou") and event.about.endswith("… – Voirie – Paris")
    assert (event.before, event.date, event.author) == ("Reçu dans nos services", None, None)


# ---------------------------------------------------------------------- any report

TEXT = st.text(st.characters(), max_size=8)  # half surrogate pairs among them
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
DATES = st.sampled_from(["2026-02-01T10:00:00+01:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x"])
PEOPLE = st.fixed_dictionaries({"id": st.integers(), "username": TEXT}) | JSON
REPLIES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.integers(1, 5) | JSON,
            "content": JSON,
            "title": JSON,
            "author": PEOPLE,
            "date": DATES | JSON,
            "status": st.sampled_from(["valid", "pending"]) | JSON,
        },
    ),
    max_size=4,
)
DOCUMENTS = st.lists(st.fixed_dictionaries({}, optional={"id": st.integers(1, 5) | JSON, "filename": JSON}), max_size=3)
CODES = st.sampled_from([s.code for s in STATUSES]) | TEXT
REPORTS = st.fixed_dictionaries(
    {},
    optional={
        "status": CODES | JSON,
        "comment": TEXT | JSON,
        "geometry": st.sampled_from(["POINT(2 48)", "POINT(3 48)"]) | JSON,
        "attributes": JSON,
        "sketch": JSON,
        "community": JSON,
        "commune": JSON,
        "author": PEOPLE,
        "validator": PEOPLE,
        "replies": REPLIES | JSON,
        "attachments": DOCUMENTS | JSON,
        "opening_date": DATES | JSON,
        "updating_date": DATES | JSON,
        "closing_date": DATES | JSON,
    },
)


@given(REPORTS)
def test_any_report_is_remembered_as_json_and_unchanged_when_it_is_the_same(found):
    state = state_of(7, found)
    assert (state.status + state.content).encode(), "a text that SQLite takes"
    assert state_of(7, json.loads(json.dumps(found, sort_keys=True))) == state
    assert list(changes(state, json.loads(json.dumps(found)), label)) == []


@given(REPORTS, REPORTS)
def test_any_change_is_told_in_known_kinds(before, after):
    known = state_of(7, before)
    events = [*changes(known, after, label), *arrived(7, after, NOW, label), left(known, after, label)]
    assert {event.kind for event in events} <= set(KINDS)
    for event in events:
        assert event.report == 7 and isinstance(event.about, str)
        assert event.author is None or isinstance(event.author, str)
    of_status = [event for event in changes(known, after, label) if event.kind in STATUS_CHANGES]
    assert bool(of_status) == (known.status != state_of(7, after).status)


@given(st.lists(st.integers(1, 9), unique=True), st.lists(st.integers(1, 9), unique=True))
def test_replies_and_documents_come_and_go_each_once(old, new):
    def made(numbers):
        return report(
            replies=[reply(number, str(number)) for number in numbers],
            attachments=[{"id": number, "filename": str(number)} for number in numbers],
        )

    events = list(changes(state_of(7, made(old)), made(new), label))
    assert sorted(e.detail for e in events if e.kind == "reply") == sorted(str(n) for n in set(new) - set(old))
    assert sorted(e.after for e in events if e.kind == "document_added") == sorted(str(n) for n in set(new) - set(old))
    gone = len(set(old) - set(new))
    assert sum(e.kind == "reply_removed" for e in events) == gone
    assert sum(e.kind == "document_removed" for e in events) == gone
    assert {e.kind for e in events} <= {"reply", *EDITS}
