"""The memory of follows: several in one store, kept across opening, made in older stores."""

import pytest

from geocollab.store.follows import Follow, Followed, Follows
from geocollab.store.store import Store

ABOUT = {"id": 375, "name": "Voirie \ud800", "labels": {"submit": "Reçu"}, "themes": [], "names": {}}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "s.sqlite") as opened:
        yield opened


def follow(key="a", seen="2026-03-01T12:00:00+00:00", watermark=None):
    return Follow(key, seen, watermark, ABOUT)


def remember(store, follow, changed=(), gone=()):
    with store.atomic():
        Follows(store).remember(follow, changed, gone)


def test_nothing_is_known_at_first(store):
    assert Follows(store).find("a") is None
    assert Follows(store).numbers("a") == {} and Follows(store).known("a", 1) is None


def test_what_is_remembered_comes_back(store, tmp_path):
    states = [Followed(1, "submit", "2026-01-01T00:00:00+01:00", '{"text": "é"}'), Followed(2)]
    remember(store, follow(watermark="2026-01-01T00:00:00+01:00"), states)
    with Store(tmp_path / "s.sqlite") as again:
        memory = Follows(again)
        assert memory.find("a") == follow(watermark="2026-01-01T00:00:00+01:00")
        assert memory.numbers("a") == {1: True, 2: False}
        assert [memory.known("a", number) for number in (1, 2, 3)] == [*states, None]


def test_reports_change_and_go(store):
    remember(store, follow(), [Followed(1, "submit", None, "{}"), Followed(2, "submit", None, "{}")])
    remember(store, follow(seen="2026-03-02T12:00:00+00:00"), [Followed(1, "valid", None, "{}")], [2])
    memory = Follows(store)
    assert memory.numbers("a") == {1: True} and memory.known("a", 1).status == "valid"
    assert memory.find("a").seen == "2026-03-02T12:00:00+00:00"


def test_two_follows_know_nothing_of_each_other(store):
    remember(store, follow("a"), [Followed(1, "submit", None, "{}")])
    remember(store, follow("b"), [Followed(1, "valid", None, "{}"), Followed(2)])
    remember(store, follow("b"), (), [2])
    memory = Follows(store)
    assert (memory.known("a", 1).status, memory.known("b", 1).status) == ("submit", "valid")
    assert memory.numbers("b") == {1: True}


def test_a_store_of_before_gains_the_memory(store, tmp_path):
    for table in ("geocollab_followed", "geocollab_follow"):
        store.connection.execute(f"DROP TABLE {table}")
    store.connection.execute("DELETE FROM geocollab_migration WHERE name = 'm003_follow'")
    with Store(tmp_path / "s.sqlite") as again:
        remember(again, follow(), [Followed(7)])
        assert Follows(again).numbers("a") == {7: False}
