"""The operation `outbox` through Processing: what it shows, needs and refuses."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from qgis.core import QgsProcessingException

from geocollab.client.auth import basic
from geocollab.client.espaceco import users
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from geocollab.workflows.reports.local_copy import LocalCopy
from tests.workflows.letters import creation, states


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


@pytest.fixture
def waiting(sandbox, store, monkeypatch):
    """The store with three letters: one was refused, one sent, one is not known of."""
    monkeypatch.setattr(sending, "SETTLING", 0.0)
    monkeypatch.setattr(sending, "ROUNDS", 1)
    sandbox.faults(
        {"kind": "status", "status": 400, "method": "POST", "message": "Texte refusé"},
        {"kind": "status", "status": 500, "method": "POST", "after": 1},
    )
    with Session(basic("membre", "sandbox-membre"), concurrency=1) as session, Store(store) as opened:
        api = EspaceCo(session, sandbox.url + "/gcms/api")
        letters = [creation(f"{store} {number}", at=(2.3 + number / 1000, 48.8)) for number in range(3)]
        outcomes = sending.post(api, opened, users.me(api), letters, LocalCopy(opened, api.site, print))
    assert states(outcomes) == ["refused", "unsure", "sent"]
    sandbox.faults()
    sandbox.clear_journal()
    monkeypatch.undo()
    monkeypatch.setattr(sending, "SETTLING", 0.0)
    return store


def entries(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT state FROM geocollab_outbox ORDER BY id")]


def test_it_lists_without_a_network(run, waiting, sandbox, tmp_path, no_connections):
    found = run("outbox", STORE=str(waiting), OUTPUT="TEMPORARY_OUTPUT", REPORT=str(tmp_path / "page.html"))
    rows = [feature.attributeMap() for feature in found["OUTPUT"].getFeatures()]
    assert [row["state"] for row in rows] == ["refused", "unsure"]
    assert rows[0]["what"] and str(waiting).startswith(rows[0]["what"][:20]) and "Texte refusé" in rows[0]["error"]
    assert found["COUNT"] == 2 and found["REFUSED_COUNT"] == found["UNSURE_COUNT"] == found["SENT_COUNT"] == 1
    assert not sandbox.journal("^/gcms")
    page = Path(found["REPORT"]).read_text(encoding="utf-8")
    assert "Texte refusé" in page and "<script" not in page and "sandbox-membre" not in page


def test_it_sends_what_waits(run, waiting, sandbox, project, feedback):
    found = run("outbox", STORE=str(waiting), ACTION="retry", CONNECTION=str(sandbox.connection))
    assert (found["COUNT"], found["DONE_COUNT"], found["SENT_BEFORE_COUNT"], found["SENT_COUNT"]) == (2, 2, 1, 3)
    assert entries(waiting) == ["sent"] * 3 and not feedback.warnings
    again = run("outbox", STORE=str(waiting), ACTION="retry", CONNECTION=str(sandbox.connection))
    assert (again["COUNT"], again["DONE_COUNT"]) == (0, 0)
    created = [entry for entry in sandbox.journal("/reports$") if entry["method"] == "POST"]
    assert [entry["status"] for entry in created] == [201, 201]


def test_of_another_account_it_says_so(run, waiting, sandbox, feedback):
    connection = sandbox.connection_for("contributeur")
    found = run("outbox", STORE=str(waiting), ACTION="retry", CONNECTION=str(connection))
    assert (found["COUNT"], found["DONE_COUNT"]) == (2, 0) and entries(waiting) == ["refused", "unsure", "sent"]
    assert feedback.warnings == [
        "2 entries were made for another service or with another account: they are listed, and were not sent. To send "
        "them, choose the connection that they were made with."
    ]


def test_it_gives_up_what_waits(run, waiting, sandbox, feedback, no_connections):
    found = run("outbox", STORE=str(waiting), ACTION="drop", STATES=["unsure"])
    assert (found["COUNT"], found["DONE_COUNT"], found["DROPPED_COUNT"]) == (1, 1, 1)
    assert "may have reached the server all the same" in feedback.warnings[0]
    assert entries(waiting) == ["refused", "dropped", "sent"] and not sandbox.journal("^/gcms")


def test_choices_by_code(run, waiting):
    assert run("outbox", STORE=str(waiting), KIND="create,reply", STATES="sent,refused")["COUNT"] == 2
    assert run("outbox", STORE=str(waiting), KIND="reply")["COUNT"] == 0
    assert run("outbox", STORE=str(waiting), ENTRY_IDS="3; 1")["COUNT"] == 2


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"ACTION": "send"}, "ACTION: “send” is not one of list, retry, drop"),
        ({"KIND": "letter"}, "KIND: “letter” is not one of create, change"),
        ({"STATES": "lost"}, "STATES: “lost” is not one of pending, unsure"),
        ({"ENTRY_IDS": "1, deux"}, "ENTRY_IDS: “deux” is no number of an entry"),
        ({"ENTRY_IDS": "77"}, "The outbox has no entry 77"),
        ({"ACTION": "drop", "STATES": "sent"}, "Only what waits can be sent or given up"),
        ({"ACTION": "retry"}, "No connection was named and none is saved"),
        ({"STORE": "/nowhere/s.sqlite"}, "There is no store /nowhere/s.sqlite"),
    ],
)
def test_what_it_refuses(run, waiting, no_connections, parameters, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        run("outbox", **{"STORE": str(waiting), **parameters})
    assert entries(waiting) == ["refused", "unsure", "sent"]


def test_a_store_that_was_never_written_to_the_server(run, store):
    assert run("outbox", STORE=str(store))["COUNT"] == 0
