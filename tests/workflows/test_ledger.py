"""Steps are taken once, whoever is stopped in their middle."""

import pytest

from geocollab.client.session import Session
from geocollab.store.errors import StoreBusy
from geocollab.store.store import Store
from geocollab.workflows.entrepot.ledger import Ledger, sole_run


@pytest.fixture
def opened(tmp_path):
    """`opened()`: a new run of the same publication, as another process would begin it."""
    with Session(rate=None) as session, Store(tmp_path / "ledger.sqlite", create=True) as store:
        yield lambda: Ledger(session, store, "https://x/api", "ds", "Cantons")


class Server:
    """What a server would do: makes things, and may lose its answer."""

    def __init__(self):
        self.made = []

    def make(self):
        self.made.append(f"id{len(self.made)}")
        return {"id": self.made[-1]}

    def lose(self):
        self.make()
        raise ConnectionError

    def find(self):
        return {"id": self.made[-1]} if self.made else None


def test_done_once(opened):
    server = Server()
    for _run in range(3):
        assert opened().step("upload", {"name": "x"}, make=server.make) == {"id": "id0"}
    assert server.made == ["id0"]


def test_a_lost_answer_is_looked_for(opened):
    server = Server()
    with pytest.raises(ConnectionError):
        opened().step("upload", {}, make=server.lose, find=server.find)
    again = opened()
    assert again.begun
    assert again.step("upload", {}, make=server.make, find=server.find) == {"id": "id0"}
    assert server.made == ["id0"]


def test_what_never_arrived_is_made(opened):
    server = Server()

    def fail():
        raise ConnectionError

    with pytest.raises(ConnectionError):
        opened().step("upload", {}, make=fail, find=server.find)
    assert opened().step("upload", {}, make=server.make, find=server.find) == {"id": "id0"}


def test_nothing_is_looked_for_the_first_time(opened):
    server = Server()

    def find():
        raise AssertionError

    opened().step("upload", {}, make=server.make, find=find)


def test_for_something_else_it_is_taken_anew(opened):
    server = Server()
    opened().step("upload", {"digest": "1"}, make=server.make)
    left = []
    assert opened().step("upload", {"digest": "2"}, make=server.make, leave=left.append) == {"id": "id1"}
    assert left == [{"id": "id0"}], "nothing knows of it any more"
    assert opened().step("upload", {"digest": "2"}, make=server.make, leave=left.append) == {"id": "id1"}
    assert left == [{"id": "id0"}]


def test_what_was_only_begun_for_something_else_is_left_to_nobody(opened):
    server, left = Server(), []
    with pytest.raises(ConnectionError):
        opened().step("upload", {"digest": "1"}, make=server.lose)
    opened().step("upload", {"digest": "2"}, make=server.make, leave=left.append)
    assert left == [] and server.made == ["id0", "id1"]


def test_what_is_gone_is_made_anew(opened):
    server = Server()
    opened().step("upload", {}, make=server.make)
    assert opened().step("upload", {}, make=server.make, still=lambda made: False) == {"id": "id1"}


def test_undone_and_finished(opened):
    server, ledger = Server(), opened()
    ledger.step("upload", {}, make=server.make)
    ledger.undo("upload")
    assert ledger.made("upload") is None
    ledger.step("upload", {}, make=server.make)
    ledger.finish({"stored_data": "a"})
    after = opened()
    assert not after.begun
    assert after.publication.current == {"stored_data": "a"}


def test_in_tasks_of_a_session(tmp_path):
    with Session(rate=None) as session, Store(tmp_path / "ledger.sqlite", create=True) as store:

        def publish(name):
            ledger = Ledger(session, store, "s", "d", name)
            ledger.step("upload", {}, make=lambda: {"id": name})
            ledger.finish({"id": name})

        assert [error for _name, error in session.as_done(publish, "abcdefgh") if error] == []
        assert [entry.current["id"] for entry in store.publications.all()] == list("abcdefgh")


def test_one_run_at_a_time_of_one_name(tmp_path):
    def run(name, service="https://x/api"):
        return sole_run(session, store, service, "ds", name)

    with Session(rate=None) as session, Store(tmp_path / "ledger.sqlite", create=True) as store:
        with run("delivery: Cantons") as ledger:
            ledger.step("upload", {}, make=lambda: {"id": "a"})
            with pytest.raises(StoreBusy), run("delivery: Cantons"):
                pytest.fail("two at once")
            with run("delivery: Communes") as other, run("delivery: Cantons", "https://y/api") as elsewhere:
                assert not other.begun and not elsewhere.begun
        with run("delivery: Cantons") as again:
            assert again.made("upload") == {"id": "a"}
    assert [path.name for path in tmp_path.glob("*-ledger-*")] == []
