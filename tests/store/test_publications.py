"""The ledger of publications: begun, done, current, previous."""

import pytest

from geocollab.store.store import Store


@pytest.fixture
def ledger(tmp_path):
    with Store(tmp_path / "ledger.sqlite", create=True) as store:
        yield store, store.publications


def test_opened_once(ledger):
    store, publications = ledger
    with store.atomic():
        first = publications.open("https://x/api", "ds", "Cantons")
        assert publications.open("https://x/api", "ds", "Cantons") == first
        other = publications.open("https://x/api", "ds", "Communes")
        elsewhere = publications.open("https://x/api", "autre", "Cantons")
    assert len({first.id, other.id, elsewhere.id}) == 3
    assert (first.current, first.previous, first.published) == ({}, {}, "")
    assert [entry.name for entry in publications.all("https://x/api", "ds")] == ["Cantons", "Communes"]
    assert publications.find("https://x/api", "ds", "Rues") is None


def test_a_step_is_begun_then_done(ledger):
    store, publications = ledger
    with store.atomic():
        id = publications.open("s", "d", "n").id
        publications.begin(id, "upload", {"name": "x"})
    assert [(s.name, s.done, s.wanted, s.made) for s in publications.steps(id).values()] == [
        ("upload", False, {"name": "x"}, {})
    ]
    with store.atomic():
        publications.done(id, "upload", {"id": "u1"})
        publications.begin(id, "close", {})
    steps = publications.steps(id)
    assert list(steps) == ["upload", "close"]
    assert steps["upload"].done
    assert steps["upload"].made == {"id": "u1"}
    assert not steps["close"].done


def test_begun_anew_it_is_done_no_longer(ledger):
    store, publications = ledger
    with store.atomic():
        id = publications.open("s", "d", "n").id
        publications.begin(id, "upload", {"name": "x"})
        publications.done(id, "upload", {"id": "u1"})
        publications.begin(id, "upload", {"name": "y"})
    (step,) = publications.steps(id).values()
    assert (step.done, step.wanted, step.made) == (False, {"name": "y"}, {})


def test_what_was_current_is_previous(ledger):
    store, publications = ledger
    with store.atomic():
        id = publications.open("s", "d", "n").id
        publications.begin(id, "upload", {})
        publications.finish(id, {"stored_data": "a"})
    one = publications.find("s", "d", "n")
    assert (one.current, one.previous, one.run) == ({"stored_data": "a"}, {}, 2)
    assert one.published
    assert publications.steps(id) == {}
    with store.atomic():
        publications.finish(id, {"stored_data": "b"})
        publications.finish(id, {"stored_data": "b", "title": "t"}, keep_previous=True)
    two = publications.find("s", "d", "n")
    assert (two.current, two.previous) == ({"stored_data": "b", "title": "t"}, {"stored_data": "a"})
    with store.atomic():
        publications.set_previous(id, {})
    assert publications.find("s", "d", "n").previous == {}


def test_nothing_is_written_by_a_run_that_fails(ledger):
    store, publications = ledger
    with store.atomic():
        id = publications.open("s", "d", "n").id

    def fail():
        with store.atomic():
            publications.begin(id, "upload", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert publications.steps(id) == {}
