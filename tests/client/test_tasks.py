"""Work in the threads of a session: done as it ends, errors as values, what only one thread may do."""

import threading
import time

import pytest

from geocollab.client import auth, errors
from geocollab.client.waiting import WaitedTooLong, wait
from tests.client.raw_server import RawServer, reply


def test_each_is_given_as_soon_as_it_is_done(make_session):
    session, gate = make_session(concurrency=3), threading.Event()

    def work(number):
        if number == 0:
            assert gate.wait(5)
        elif number == 4:
            gate.set()
        return number * 10

    found = list(session.as_done(work, range(5)))
    assert sorted(found) == [(n, n * 10) for n in range(5)]
    assert found.index((0, 0)) > found.index((1, 10))  # which was begun after it


def test_an_error_is_a_value_and_the_others_go_on(make_session):
    def work(number):
        if number == 2:
            raise errors.NotFound("GET", "http://x/", status=404)
        return number

    found = dict(make_session(concurrency=2).as_done(work, range(5)))
    assert isinstance(found.pop(2), errors.NotFound)
    assert found == {n: n for n in (0, 1, 3, 4)}


@pytest.mark.parametrize("error", [errors.Cancelled(), KeyboardInterrupt()])
def test_a_cancel_stops_all(make_session, error):
    def work(number):
        raise error

    with pytest.raises(type(error)):
        list(make_session().as_done(work, range(5)))


def test_at_most_so_many_at_once(make_session):
    now, most, lock = [0], [0], threading.Lock()

    def work(number):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1

    list(make_session(concurrency=8).as_done(work, range(20), most=3))
    assert most[0] == 3


def test_what_only_one_thread_may_do(make_session):
    session, home = make_session(concurrency=4), threading.get_ident()
    seen = []

    def work(number):
        here = session.here(lambda: seen.append(number) or threading.get_ident())
        return here, threading.get_ident()

    for _number, (here, inside) in session.as_done(work, range(8)):
        assert here == home != inside
    assert sorted(seen) == list(range(8))


def test_an_error_there_comes_back(make_session):
    session = make_session()

    def work(number):
        session.here(lambda: 1 / 0)

    ((_item, error),) = session.as_done(work, [1])
    assert isinstance(error, ZeroDivisionError)


def test_outside_a_task_it_is_done_at_once(make_session):
    assert make_session().here(threading.get_ident) == threading.get_ident()


def test_a_pause_in_a_task_ends_with_a_cancel(make_session):
    stop = threading.Event()
    session = make_session(cancelled=stop.is_set)
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(errors.Cancelled):
        list(session.as_done(lambda item: session.pause(60), [1, 2]))
    assert time.monotonic() - began < 2


def test_requests_in_tasks_renew_the_account_once_each(make_session):
    class Renewable(auth.Auth):
        value, renewals = "Bearer old", 0

        def header(self, send):
            return self.value

        def renew(self, send, refused):
            self.value, self.renewals = "Bearer new", self.renewals + 1
            return True

    def answer(connection, server):
        told = "Bearer new" in server.requests[-1]
        connection.sendall(reply(200, b"{}") if told else reply(401))

    account = Renewable()
    with RawServer(answer) as server:
        session = make_session(account)
        found = list(session.as_done(lambda n: session.request("POST", server.url, json={}).status, range(3)))
    assert [status for _n, status in found] == [200, 200, 200]
    assert 1 <= account.renewals <= 3


def test_a_second_401_is_an_error(make_session):
    class Useless(auth.Auth):
        def header(self, send):
            return "Bearer old"

        def renew(self, send, refused):
            return True

    with RawServer(reply(401)) as server:
        with pytest.raises(errors.Unauthorized):
            make_session(Useless()).get(server.url)
        assert len(server.requests) == 2


def test_after_a_cancel_something_can_still_be_said(make_session):
    with RawServer(reply(200, b"{}")) as server:
        stopped = make_session(cancelled=lambda: True)
        with pytest.raises(errors.Cancelled):
            stopped.get(server.url)
        with stopped.afterwards() as last:
            assert last.request("POST", server.url, json={}).status == 200


class TestWaiting:
    def test_until_the_end_with_growing_pauses(self, make_session, monkeypatch):
        session, pauses, states = make_session(), [], iter(["WAITING", "PROGRESS", "PROGRESS", "SUCCESS"])
        monkeypatch.setattr(session, "pause", pauses.append)
        told = []
        assert wait(session, lambda: next(states), lambda state: state == "SUCCESS", told=told.append) == "SUCCESS"
        assert told == ["WAITING", "PROGRESS", "PROGRESS", "SUCCESS"]
        assert pauses == sorted(pauses)
        assert len(set(pauses)) == 3

    def test_never_beyond_the_ceiling(self, make_session, monkeypatch):
        session, pauses = make_session(), []
        monkeypatch.setattr(session, "pause", pauses.append)
        wait(session, lambda: len(pauses), lambda count: count == 50)
        assert max(pauses) == 15

    def test_not_for_ever(self, make_session):
        with pytest.raises(WaitedTooLong):
            wait(make_session(), lambda: "PROGRESS", lambda state: False, limit=0.3)
