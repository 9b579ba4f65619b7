"""What was sent of local edits, put down in the store."""

import pytest

from geocollab.store.migrations import MIGRATIONS
from geocollab.store.store import Store
from geocollab.store.transactions import COMMITTED, LOST, UNSURE, Sent

HERE, THERE = "https://a.example/gcms/api", "https://b.example/gcms/api"


def begin(store, token, service=HERE, rows=((1, 2), (1, 3))):
    with store.atomic():
        return store.transactions.begin(
            token, service=service, database=34, account=1001, counts=(1, 1, 0), rows=[Sent(*pair) for pair in rows]
        )


def test_what_is_begun_is_unsure_until_it_is_marked(store):
    one, two = begin(store, "t1"), begin(store, "t2")
    begin(store, "t3", THERE)
    entry = store.transactions.entry(one)
    assert (entry.token, entry.service, entry.database, entry.account) == ("t1", HERE, 34, 1001)
    assert (entry.state, entry.number, entry.message) == (UNSURE, None, "")
    assert (entry.inserts, entry.updates, entry.deletes) == (1, 1, 0)
    assert entry.rows == (Sent(1, 2), Sent(1, 3)) and entry.rows[0].layer == 1
    assert [each.id for each in store.transactions.unsure(HERE)] == [one, two]
    with store.atomic():
        store.transactions.mark(one, UNSURE, answer=668_001, message="Transaction en attente.")
    entry = store.transactions.entry(one)
    assert (entry.number, entry.message, len(entry.rows)) == (668_001, "Transaction en attente.", 2)
    with store.atomic():
        store.transactions.mark(one, COMMITTED)
        store.transactions.mark(two, LOST)
    assert [(each.state, each.number, each.rows) for each in store.transactions.all()][:2] == [
        (COMMITTED, 668_001, ()), (LOST, None, ())]  # fmt: skip
    assert store.transactions.unsure(HERE) == [] and store.transactions.entry(99) is None


def test_it_is_put_down_together_with_what_else_is(store):
    with pytest.raises(KeyError), store.atomic():  # noqa: PT012 - the end of the block is what is tested
        begin(store, "t1")
        raise KeyError
    assert store.transactions.all() == []


def test_documents_are_known_by_service_and_content(store):
    with store.atomic():
        store.transactions.uploaded(HERE, "abc", 7001)
        store.transactions.uploaded(THERE, "abc", 5)
    assert [store.transactions.document(*each) for each in ((HERE, "abc"), (THERE, "abc"), (HERE, "x"))] == [
        7001, 5, None]  # fmt: skip


def test_a_store_from_before_gets_the_journal(path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("geocollab.store.migrations.MIGRATIONS", MIGRATIONS[:4])
        Store(path).close()
    with Store(path) as store:
        begin(store, "t1")
        assert len(store.transactions.unsure(HERE)) == 1


def test_what_began_in_the_future_has_begun_by_now(store):
    """By a clock that was put right since: nobody is to wait for that day."""
    number = begin(store, "t1")
    before = store.transactions.entry(number).began
    store.connection.execute("UPDATE geocollab_transaction SET began = '2099-01-01T00:00:00.000+00:00'")
    with store.atomic():
        store.transactions.mark(number, UNSURE)
    assert before <= store.transactions.entry(number).began < "2099"
    with store.atomic():
        store.transactions.mark(number, LOST)
    assert store.transactions.entry(number).began < "2099"
