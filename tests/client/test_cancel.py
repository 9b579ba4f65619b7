"""A cancel is obeyed within two seconds wherever it falls, and nothing is sent after it."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from geocollab.client import auth, errors, session
from geocollab.client.network import Network
from tests.client.raw_server import RawServer, hang, reply

ROOT = Path(__file__).resolve().parents[2]
DIRECT = Network(proxy=lambda url: None, connect_timeout=30, read_timeout=30)


class Switch:
    """A `cancelled` callable that says yes some time after it was first asked."""

    def __init__(self, after=0.3):
        self._after = after
        self._since = None

    def __call__(self):
        self._since = self._since or time.monotonic()
        return time.monotonic() - self._since > self._after


@contextlib.contextmanager
def cancelled_in_time():
    began = time.monotonic()
    with pytest.raises(errors.Cancelled):
        yield
    assert time.monotonic() - began < 2


def test_before_anything(make_session):
    with RawServer(reply()) as server, cancelled_in_time():
        stopped = make_session(cancelled=lambda: True)
        stopped.get(server.url)


def test_waiting_for_the_first_byte(make_session):
    with RawServer(hang) as server, cancelled_in_time():
        make_session(network=DIRECT, cancelled=Switch()).get(server.url)


def test_in_the_middle_of_a_body(make_session, sandbox):
    sandbox.faults({"kind": "slow_body", "seconds": 20})
    with cancelled_in_time():
        make_session(auth.basic("membre", "sandbox-membre"), cancelled=Switch()).get(
            sandbox.url + "/gcms/api/reports", {"limit": 100}
        )


def test_in_the_pause_before_another_attempt(make_session):
    with RawServer(reply(503, b"", ["Retry-After: 20"])) as server:
        with cancelled_in_time():
            make_session(cancelled=Switch()).get(server.url)
        time.sleep(0.3)
        assert len(server.requests) == 1


def test_in_the_pause_of_politeness(make_session):
    with RawServer(reply(200, b"[]")) as server:
        slow = make_session(rate=0.05, cancelled=Switch())
        slow.get(server.url)
        with cancelled_in_time():
            slow.get(server.url)
        time.sleep(0.3)
        assert len(server.requests) == 1


@contextlib.contextmanager
def deaf_port():
    """A port of loopback whose queue is full: a connection attempt hangs as with a host that is not there."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = waiting.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener


def test_while_connecting_and_nothing_is_sent_afterwards(make_session):
    with deaf_port() as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with cancelled_in_time():
            make_session(network=DIRECT, cancelled=Switch()).request("POST", url, data={"a": "1"})
        # The host comes back to life: the attempt that nobody waits for any more must not be used.
        received = []
        listener.settimeout(4)
        with contextlib.suppress(socket.timeout):
            while True:
                connection, _address = listener.accept()
                connection.settimeout(0.3)
                with contextlib.suppress(OSError):
                    received.append(connection.recv(1000))
                connection.close()
        assert not [data for data in received if data]


def test_while_signing_in(make_session):
    with RawServer(hang) as server:
        account = auth.password_grant(server.url, "client", "user", "password")
        with cancelled_in_time():
            make_session(account, DIRECT, cancelled=Switch()).get(server.url + "/api")
        server.closing.set()
        time.sleep(0.3)
        assert len(server.requests) == 1 and "/token" in server.requests[0]


def test_while_many_pages_are_under_way(make_session):
    with RawServer(hang) as server:
        many = make_session(network=DIRECT, cancelled=Switch(), concurrency=4)
        with cancelled_in_time():
            list(many.in_parallel(lambda n: many.send("GET", server.url), range(100)))
        server.closing.set()
        time.sleep(0.3)
        assert len(server.requests) == 4


def test_a_closed_session_sends_nothing(make_session, sandbox):
    closed = make_session()
    closed.close()
    with pytest.raises(errors.Cancelled):
        closed.get(sandbox.url)
    with pytest.raises(errors.Cancelled):
        closed.send("GET", sandbox.url)
    assert sandbox.journal() == []


def test_between_two_redirections(make_session):
    def redirect(connection, server):
        time.sleep(0.6)
        connection.sendall(reply(302, b"", ["Location: /again"]))

    with RawServer(redirect) as server:
        with cancelled_in_time():
            make_session(cancelled=Switch(0.2)).get(server.url)
        time.sleep(0.8)
        assert len(server.requests) == 1


def test_an_interrupt_gets_through(make_session):
    """Ctrl-C is an exception in the main thread, which only waits in small steps."""
    import _thread

    # whoever starts the tests in the background has it ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with RawServer(hang) as server:
            threading.Timer(0.3, _thread.interrupt_main).start()
            began = time.monotonic()
            with pytest.raises(KeyboardInterrupt):
                make_session(network=DIRECT).get(server.url)
            assert time.monotonic() - began < 2
    finally:
        signal.signal(signal.SIGINT, before)


def test_no_thread_keeps_the_program_from_ending():
    program = """
import sys
sys.path[:0] = [{root!r}, {plugins!r}]
from geocollab.client.session import Session
from geocollab.client.network import Network
from geocollab.client.errors import Cancelled
from tests.client.raw_server import RawServer, hang
import time
began = time.monotonic()
server = RawServer(hang)
session = Session(network=Network(proxy=lambda url: None, read_timeout=60),
                  cancelled=lambda: time.monotonic() - began > 0.3)
try:
    list(session.in_parallel(lambda n: session.send("GET", server.url), range(6)))
except Cancelled:
    print("cancelled")
"""
    text = program.format(root=str(ROOT), plugins=str(ROOT / "build" / "plugins"))
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "cancelled", "")


def test_the_pause_between_looks_is_short():
    assert session.POLL <= 0.2
