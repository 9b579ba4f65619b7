"""What a session does when its work is cancelled: last words, bodies that stop, progress that nobody waits for."""

import threading
import time

import pytest

from geocollab.client import errors, session
from geocollab.client.entrepot.multipart import FileForm
from tests.client.raw_server import RawServer, echo, hang, reply


def test_who_cancels_says_the_last_words_before_it_is_raised(make_session):
    stop, heard = [], []
    with RawServer(reply(200, b"{}")) as server:
        work = make_session(cancelled=lambda: bool(stop))

        def say(other):
            heard.append(other.request("POST", server.url + "/abort").status)

        def said(error):
            heard.append((error, threading.current_thread()))

        with work.last_words(say, said):
            stop.append(True)
            with pytest.raises(errors.Cancelled):
                work.pause(5)
    assert heard == [200, (None, threading.current_thread())]


def test_nothing_is_said_where_nothing_is_cancelled(make_session):
    stop, heard = [], []
    work = make_session(cancelled=lambda: bool(stop))
    with work.last_words(heard.append):
        work.pause(0)
    stop.append(True)
    with pytest.raises(errors.Cancelled):
        work.pause(5)
    assert heard == []


def test_words_that_are_not_heard_do_not_hold_up_the_end(make_session, monkeypatch):
    monkeypatch.setattr(session, "LAST_WORDS", 0.3)
    heard = []
    with RawServer(hang) as server:
        stop = []
        work = make_session(cancelled=lambda: bool(stop))
        with work.last_words(lambda other: other.get(server.url), heard.append):
            stop.append(True)
            began = time.monotonic()
            with pytest.raises(errors.Cancelled):
                work.pause(5)
    assert time.monotonic() - began < 1.5
    assert [type(error) for error in heard] == [errors.Cancelled]


def test_words_of_tasks_are_said_by_who_cancels(make_session):
    stop, heard, inside = [], [], threading.Barrier(3, action=lambda: stop.append(True))
    work = make_session(concurrency=3, cancelled=lambda: bool(stop))

    def task(number):
        with work.last_words(lambda other: None, lambda error: heard.append((number, threading.current_thread()))):
            inside.wait(5)
            work.pause(60)

    with pytest.raises(errors.Cancelled):
        list(work.as_done(task, range(3)))
    assert sorted(heard) == [(number, threading.current_thread()) for number in range(3)]


def test_what_is_refused_is_handed_over(make_session):
    stop, heard = [], []
    with RawServer(reply(409, b'{"message": "state"}')) as server:
        work = make_session(cancelled=lambda: bool(stop))
        with work.last_words(lambda other: other.request("POST", server.url), heard.append):
            stop.append(True)
            with pytest.raises(errors.Cancelled):
                work.pause(5)
    assert [type(error) for error in heard] == [errors.Conflict]


def test_progress_is_told_here_and_nobody_waits_for_it(make_session):
    told = []
    work = make_session(concurrency=2)

    def task(number):
        work.soon(lambda: told.append((number, threading.current_thread())))
        return number

    assert dict(work.as_done(task, range(20))) == {number: number for number in range(20)}
    work.soon(lambda: told.append("here"))
    assert told[-1] == "here" and {thread for _number, thread in told[:-1]} <= {threading.current_thread()}


def test_in_a_task_one_is_done_after_the_other_and_errors_are_values(make_session):
    work, threads = make_session(concurrency=4), set()

    def inner(number):
        threads.add(threading.current_thread())
        if number == 1:
            raise errors.NotFound()
        return number

    def outer(_item):
        return [(number, type(value)) for number, value in work.as_done(inner, range(3))]

    ((_item, found),) = work.as_done(outer, [0])
    assert found == [(0, int), (1, errors.NotFound), (2, int)] and len(threads) == 1


def test_a_cancel_ends_a_body_in_the_midst_of_it(make_session, tmp_path):
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(50_000_000))
    stop, seen, ended = [], [], threading.Event()
    work = make_session(cancelled=lambda: bool(stop))

    def passing(chunk):
        seen.append(len(chunk))
        if sum(seen) > 1_000_000 and not stop:
            stop.append(True)
        time.sleep(0.02)

    form = FileForm(file, "large.bin", seen=passing)
    with RawServer(echo) as server:
        with pytest.raises(errors.Cancelled):
            work.request("POST", server.url, data=form, headers={"Content-Type": form.content_type})
        until = time.monotonic() + 5
        count = -1
        while time.monotonic() < until and not ended.is_set():
            if count == len(seen):
                ended.set()
            count = len(seen)
            time.sleep(0.2)
    assert ended.is_set() and sum(seen) < 30_000_000


def test_slow_connections_are_fed_small_pieces(tmp_path, monkeypatch):
    from geocollab.client.entrepot import multipart

    file = tmp_path / "large.bin"
    file.write_bytes(bytes(8_000_000))
    clock = [0.0]
    monkeypatch.setattr(multipart.time, "monotonic", lambda: clock[0])
    sizes, slow = [], False
    for chunk in FileForm(file, "large.bin"):
        sizes.append(len(chunk))
        slow = slow or len(chunk) == multipart.CHUNK
        clock[0] += 1.0 if slow else 0.01
    assert sizes[1] == multipart.SMALL_CHUNK and max(sizes) == multipart.CHUNK
    assert sizes[-3] == multipart.SMALL_CHUNK, "slow: small again"
