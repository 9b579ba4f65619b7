"""The outbox: what it keeps, what it forgets, and how it comes into stores that had none."""

import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.store import migrations
from geocollab.store.errors import NewerStore
from geocollab.store.outbox import STATES, WAITING, Entry, Outbox
from geocollab.store.store import Store

SERVICE = "https://example.org/gcms/api"


@pytest.fixture
def outbox(store):
    return Outbox(store)


def add(outbox, key="k", kind="reply", payload=None, **more):
    with outbox._store.atomic():
        return outbox.add(kind, key, payload or {"content": "a"}, **{"service": SERVICE, "account": 7, **more})


def mark(outbox, number, state, **more):
    with outbox._store.atomic():
        outbox.mark(number, state, **more)


# ---------------------------------------------------------------------- older stores


def test_a_store_of_the_version_before_gets_an_outbox_and_keeps_its_rows(path, rows, dump, monkeypatch):
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
    with Store(path) as store:
        with store.atomic():
            store.reports.put(rows(1, 2, 3, replies=2, documents=1))
            store.set_state("download", {"watermark": "2026-01-01"})
        assert "geocollab_outbox" not in store.tables()
    before = dump(path)
    monkeypatch.undo()
    with Store(path) as store:
        assert add(Outbox(store)) == 1
    after = dump(path)
    assert [name for name, _when in after["geocollab_migration"]][:2] == ["m001_reports", "m002_outbox"]
    for table in before.keys() - {"geocollab_migration", "sqlite_sequence"}:
        assert after[table] == before[table], table


def test_the_version_before_does_not_open_a_store_with_an_outbox(path, monkeypatch):
    """It would send without looking what was sent."""
    Store(path).close()
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
    with pytest.raises(NewerStore, match="m002_outbox"):
        Store(path)


def test_a_migration_that_fails_leaves_the_older_store(path, dump, monkeypatch):
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
    Store(path).close()
    before = dump(path)
    monkeypatch.undo()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE geocollab_outbox (id)")  # of somebody else
    connection.commit()
    with pytest.raises(sqlite3.OperationalError):
        Store(path)
    connection.execute("DROP TABLE geocollab_outbox")
    connection.commit()
    connection.close()
    assert dump(path) == before
    Store(path).close()


# ---------------------------------------------------------------------- an entry


def test_an_entry_is_read_as_it_was_written(path):
    payload = {"content": 'é "x" \\ \U0001f6a7\n', "files": [{"path": "/a b", "size": 3}], "none": None}
    with Store(path) as store:
        outbox = Outbox(store)
        parent = add(outbox, "p", "create")
        number = add(outbox, "c", "attach", payload, report=12, parent=parent)
    with Store(path) as store:
        entry = Outbox(store).entry(number)
    assert entry == Entry(
        number, "attach", "c", SERVICE, 7, 12, parent, "pending", payload, entry.created, None, 0, None, None, False
    )
    assert entry.created.endswith("+00:00")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("shared") / "s.sqlite") as opened:
        yield Outbox(opened)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each, max_size=3)))
def test_any_json_is_a_payload(shared, value):
    assert shared.entry(add(shared, payload={"value": value})).payload == {"value": value}


def test_half_a_character_does_not_stop_it(outbox):
    """JSON of others can spell it, SQLite takes none."""
    number = add(outbox, payload=json.loads('{"content": "a\\ud83d"}'))
    assert outbox.entry(number).payload == {"content": "a\ud83d"}


def test_the_course_of_an_entry(outbox):
    number = add(outbox)
    for attempt in (1, 2):
        with outbox._store.atomic():
            outbox.begun([number])
        entry = outbox.entry(number)
        assert (entry.state, entry.attempts, entry.error) == ("unsure", attempt, None) and entry.tried >= entry.created
        mark(outbox, number, "refused", error="Non.")
        entry = outbox.entry(number)
        assert (entry.state, entry.error, entry.payload) == ("refused", "Non.", {"content": "a"})
    mark(outbox, number, "sent", answer=99)
    entry = outbox.entry(number)
    assert (entry.state, entry.error, entry.answer, entry.payload) == ("sent", None, 99, {})
    assert entry.attempts == 2 and not entry.told
    with outbox._store.atomic():
        outbox.tell([number])
    assert outbox.entry(number).told


def test_of_what_was_sent_no_content_stays_in_the_file(path):
    with Store(path) as store:
        outbox = Outbox(store)
        number = add(outbox, payload={"content": "TRES-PRIVE"})
        mark(outbox, number, "sent")
        assert store.one("SELECT count(*) FROM geocollab_outbox WHERE payload LIKE '%TRES-PRIVE%'") == 0


def test_only_what_was_sent_is_told(outbox):
    numbers = [add(outbox, key) for key in "abc"]
    mark(outbox, numbers[0], "sent")
    mark(outbox, numbers[1], "refused")
    with outbox._store.atomic():
        outbox.tell(numbers)
    assert [outbox.entry(number).told for number in numbers] == [True, False, False]


def test_ids_are_never_given_twice(outbox):
    """A child keeps the id of its parent."""
    first = add(outbox)
    with outbox._store.atomic() as connection:
        connection.execute("DELETE FROM geocollab_outbox")
    assert add(outbox) > first


# ---------------------------------------------------------------------- finding entries


def test_the_newest_of_a_key_that_was_not_dropped(outbox):
    assert outbox.latest("k") is None and outbox.entry(1) is None
    first, second = add(outbox), add(outbox)
    other = add(outbox, "other")
    assert outbox.latest("k").id == second and outbox.latest("other").id == other
    with outbox._store.atomic():
        assert outbox.drop([second]) == 1
    assert outbox.latest("k").id == first


def test_entries_by_state_and_kind(outbox):
    numbers = {state: add(outbox, state, "create" if state == "sent" else "reply") for state in STATES}
    for state, number in numbers.items():
        mark(outbox, number, state)
    assert [entry.id for entry in outbox.entries()] == sorted(numbers.values())
    assert [entry.state for entry in outbox.entries(*WAITING)] == list(WAITING)
    assert [entry.state for entry in outbox.entries(kind="create")] == ["sent"]
    assert outbox.entries("dropped", kind="create") == []
    assert outbox.counts() == dict.fromkeys(STATES, 1)


def test_counts_of_nothing(outbox):
    assert outbox.counts() == dict.fromkeys(STATES, 0) and outbox.entries() == []


def test_the_answers_of_a_kind(outbox):
    for kind, answer, state in (
        ("create", 1, "sent"),
        ("create", 2, "sent"),
        ("reply", 3, "sent"),
        ("create", 4, "unsure"),
    ):
        mark(outbox, add(outbox, str(answer), kind), state, answer=answer)
    mark(outbox, add(outbox, "x", "create"), "sent")
    assert outbox.answers("create") == {1, 2} and outbox.answers("reply") == {3} and outbox.answers("attach") == set()


def test_waiting_is_for_one_service_and_one_account(outbox):
    entry = outbox.entry(add(outbox))
    assert entry.waits_for(SERVICE, 7)
    assert not entry.waits_for(SERVICE, 8) and not entry.waits_for(SERVICE, None) and not entry.waits_for("other", 7)
    mark(outbox, entry.id, "sent")
    assert not outbox.entry(entry.id).waits_for(SERVICE, 7)


# ---------------------------------------------------------------------- giving up


def test_with_a_parent_its_children_are_dropped(outbox):
    parent = add(outbox, "p", "create")
    children = [add(outbox, key, "attach", parent=parent) for key in "ab"]
    mark(outbox, children[1], "sent")
    alone = add(outbox, "alone")
    with outbox._store.atomic():
        assert outbox.drop([parent, parent, 999]) == 2
        assert outbox.drop([parent]) == 0
    assert [outbox.entry(n).state for n in (parent, *children, alone)] == ["dropped", "dropped", "sent", "pending"]


def test_what_was_sent_is_not_dropped(outbox):
    number = add(outbox)
    mark(outbox, number, "sent", answer=5)
    with outbox._store.atomic():
        assert outbox.drop([number]) == 0
    assert outbox.entry(number).state == "sent"
