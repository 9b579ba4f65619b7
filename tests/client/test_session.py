"""One request: its errors, its retries, its limits, its redirections."""

import email.utils
import gzip
import logging
import threading
import time

import pytest

from geocollab.client import auth, errors, session
from geocollab.client.network import Network
from tests.client.raw_server import RawServer, drop, echo, hang, reply

ME = "/gcms/api/users/me"
REFUSED = "[Errno 111] Connection refused"


def attempts(sandbox, path=ME):
    return [entry["status"] for entry in sandbox.journal(path)]


# ------------------------------------------------------------------ answers


def test_an_answer_is_whole_and_says_what_it_is(sandbox, member):
    answer = member.get(sandbox.url + ME)
    assert answer.status == 200 and answer.json()["username"] == "membre"
    assert answer.method == "GET" and answer.url == sandbox.url + ME and answer.seconds > 0
    [entry] = sandbox.journal()
    assert entry["headers"]["user-agent"] == "GeoCollab"
    assert entry["headers"]["accept"] == "application/json"
    assert entry["headers"]["authorization"] == "Basic ***"
    assert member.requests_sent == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, errors.Invalid), (403, errors.Forbidden), (404, errors.NotFound), (409, errors.Conflict),
     (410, errors.NotFound), (413, errors.Invalid), (422, errors.Invalid), (501, errors.ServerFault)],
)  # fmt: skip
def test_a_refusal_is_an_error_with_the_servers_words_and_is_not_repeated(sandbox, member, status, kind):
    sandbox.faults({"kind": "status", "status": status, "message": "Voici pourquoi", "times": None})
    with pytest.raises(kind) as caught:
        member.get(sandbox.url + ME, {"token": "hunter2"})
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.server_message, error.method) == (status, "Voici pourquoi", "GET")
    assert error.url == sandbox.url + ME + "?token=***"
    assert error.host == sandbox.url.removeprefix("http://")
    assert str(error) == f"{kind.__name__} {status}: GET {sandbox.url}{ME}?token=***: Voici pourquoi"
    assert attempts(sandbox) == [status]


def test_a_page_of_html_is_no_json(sandbox, member):
    sandbox.faults({"kind": "html", "status": 200})
    with pytest.raises(errors.MalformedAnswer) as caught:
        member.get(sandbox.url + ME).json()
    assert caught.value.server_message == "Bad Gateway"


@pytest.mark.parametrize(
    "body", [b"", b"[" * 50_000, b'{"a": ' * 50_000, b"[1, 2", b"9" * 5000, b"\xff\xfe", b'{"a": 1}}']
)
def test_what_is_no_json_is_a_malformed_answer(make_session, body):
    with RawServer(reply(200, body)) as server, pytest.raises(errors.MalformedAnswer):
        make_session().get(server.url).json()


def test_half_characters_never_get_in(make_session):
    body = b'{"a\\ud800": ["\\uDC00x", "\\ud83d\\ude00", "\xed\xa0\x80", {"b": "\\\\ud800"}], "c": 1.5}'
    with RawServer(reply(200, body)) as server:
        value = make_session().get(server.url).json()
    assert value == {"a�": ["�x", "😀", "���", {"b": "\\ud800"}], "c": 1.5}


def test_an_answer_without_body_is_one(make_session):
    with RawServer(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") as server:
        assert make_session().request("DELETE", server.url).content == b""
        assert make_session().request("HEAD", server.url).status == 204


def test_a_head_request_promises_a_body_and_gives_none(sandbox, make_session):
    with RawServer(reply(200, b"", length=7)) as server:
        assert make_session().request("HEAD", server.url).content == b""


def test_a_compressed_body_is_unpacked(make_session):
    packed = gzip.compress(b'["' + b"x" * 100_000 + b'"]')
    with RawServer(reply(200, packed, ["Content-Encoding: gzip"])) as server:
        assert len(make_session().get(server.url).json()[0]) == 100_000


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_over_the_limit_is_not_read_on(make_session, monkeypatch, packed):
    monkeypatch.setattr(session, "LONGEST_BODY", 2**20)
    body = b" " * (3 * 2**20)
    answer = reply(200, gzip.compress(body), ["Content-Encoding: gzip"]) if packed else reply(200, body)
    with RawServer(answer) as server:
        with pytest.raises(errors.MalformedAnswer, match="over 1 MB"):
            make_session().get(server.url)
        assert len(server.requests) == 1


# ------------------------------------------------------------------ secrets


def test_a_server_that_repeats_everything_finds_nothing_repeated(make_session, caplog, quick):
    caplog.set_level(logging.DEBUG, logger="geocollab")  # the log of urllib3 is nobody's but its own
    for account in (auth.basic("membre", "pass word é"), auth.bearer("tok-en-of-mine")):
        form = {"client_secret": "hunter2", "a": "tok-en-of-mine"}  # pragma: allowlist secret
        with RawServer(echo) as server:
            url = server.url.replace("://", "://user:hunter2@") + "/x?token=hunter2&apikey=hunter2&password=hunter2"
            with pytest.raises(errors.Invalid) as caught:
                make_session(account).request("POST", url, data=form)
        assert "hunter2" in server.requests[0] and "Authorization" in server.requests[0]
        told = f"{caught.value} {caught.value.url} {caught.value.server_message} {caplog.text}"
        for secret in (
            "hunter2",
            "tok-en-of-mine",
            "pass word",
            "cGFzcyB3b3Jk",
            "bWVtYnJlOnBhc3Mgd29yZCDDqQ",  # pragma: allowlist secret
        ):  # pragma: allowlist secret
            assert secret not in told


def test_a_header_that_cannot_be_sent_is_not_repeated(make_session):
    for token in ("abc\r\nX: hunter2", "hunter2€"):
        with RawServer(reply()) as server:
            with pytest.raises(errors.MalformedAnswer) as caught:
                make_session(auth.bearer(token)).get(server.url)
            assert "hunter2" not in str(caught.value)
            assert not server.requests


def test_an_impossible_address_is_an_error_of_ours(make_session):
    for url in (
        "http://",
        "gopher://user:hunter2@a.fr/",  # pragma: allowlist secret
        "http://[::1/?token=hunter2",
        "http://a" + "b" * 80 + ".fr/",
    ):  # pragma: allowlist secret
        with pytest.raises(errors.ServiceError) as caught:
            make_session().get(url)
        assert "hunter2" not in str(caught.value)


def test_the_environment_brings_no_account_and_no_certificates(make_session, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login x password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.pem"))
    with RawServer(reply(200, b"[]")) as server:
        make_session().get(server.url)
        assert server.header("Authorization") is None


# ------------------------------------------------------------------ retries


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_passing_fault_is_passed_over(make_session, quick, status, method):
    with RawServer(reply(status), reply(status), reply(status), reply(200, b"[]")) as server:
        assert make_session().request(method, server.url).json() == []
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, errors.Busy), (503, errors.Busy), (500, errors.ServerFault), (504, errors.ServerFault)],
)
def test_a_lasting_fault_is_an_error_after_four_attempts(sandbox, member, quick, status, kind):
    sandbox.faults({"kind": "status", "status": status, "message": "Surcharge", "times": None})
    with pytest.raises(kind, match="Surcharge"):
        member.get(sandbox.url + ME)
    assert attempts(sandbox) == [status] * 4
    assert member.requests_sent == 4


@pytest.mark.parametrize(
    "fault", [{"kind": "reset"}, {"kind": "drop"}, {"kind": "drop", "at": 0}, {"kind": "html", "status": 502}]
)
def test_a_cut_connection_is_passed_over(sandbox, member, quick, fault):
    sandbox.faults({**fault, "times": 2})
    assert member.get(sandbox.url + ME).json()["username"] == "membre"
    assert len(attempts(sandbox)) == 3


def test_a_body_cut_short_is_never_taken_for_whole(make_session, quick):
    body = b"[" + b" " * 200_000 + b"]"
    packed = gzip.compress(body, 0)
    cut = reply(200, packed[:100_000], ["Content-Encoding: gzip"], length=len(packed))
    chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n[1, 2\r\n"
    for broken in (reply(200, body[:9], length=len(body)), cut, chunk, reply(200, b"", length=1)):
        with RawServer(broken, broken, reply(200, body)) as server:
            assert make_session().get(server.url).json() == []
            assert len(server.requests) == 3
        with RawServer(broken) as server:
            with pytest.raises(errors.Unreachable):
                make_session().get(server.url)
            assert len(server.requests) == 4


@pytest.mark.parametrize("answer", [reply(500), reply(502), reply(503), reply(504), drop, reply(200, b"{", length=9)])
def test_a_post_that_may_have_been_done_is_not_sent_again(make_session, quick, answer):
    with RawServer(answer) as server:
        with pytest.raises(errors.ServiceError) as caught:
            make_session().request("POST", server.url, json={"a": 1})
        assert isinstance(caught.value, (errors.Unreachable, errors.ServerFault, errors.Busy))
        assert len(server.requests) == 1


def test_a_post_whose_answer_was_lost_is_not_sent_again(sandbox, member, quick):
    sandbox.faults({"kind": "lost_answer", "times": None})
    with pytest.raises(errors.Unreachable):
        member.request("POST", sandbox.url + "/gcms/api/reports", data={})
    assert len(sandbox.journal("reports")) == 1


def test_a_post_that_the_server_did_not_take_is_sent_again(make_session, quick):
    with RawServer(reply(429), reply(429), reply(201, b"{}")) as server:
        assert make_session().request("POST", server.url, json={"a": 1}).status == 201
        assert len(server.requests) == 3
        assert all(request.endswith('{"a": 1}') for request in server.requests)


def test_a_post_is_sent_again_if_it_never_left(make_session, monkeypatch):
    monkeypatch.setattr(session, "FIRST_DELAY", 0.2)
    with RawServer(reply(201, b"{}"), listening=False) as server:
        sender = make_session()
        late = threading.Timer(0.1, server.listen)
        late.start()
        assert sender.request("POST", server.url, json={}).status == 201
        late.join()
        assert len(server.requests) == 1 and sender.requests_sent >= 2


def test_nobody_there_is_unreachable_after_four_attempts(make_session, quick):
    with RawServer(reply()) as server:
        url = server.url
    for method in ("GET", "POST"):
        sender = make_session()
        with pytest.raises(errors.Unreachable, match="refused") as caught:
            sender.request(method, url)
        assert caught.value.never_sent and not isinstance(caught.value, errors.ProxyRefused)
        assert caught.value.detail.removeprefix("Failed to establish a new connection: ") == REFUSED
        assert sender.requests_sent == 4


def test_a_name_that_nobody_knows_is_unreachable(make_session, quick):
    sender = make_session()
    with pytest.raises(errors.Unreachable) as caught:
        sender.request("POST", "http://nowhere.invalid/")
    assert caught.value.never_sent and sender.requests_sent == 4


@pytest.mark.parametrize("in_body", [False, True])
def test_a_silent_server_times_out(make_session, quick, in_body):
    def half(connection, server):
        connection.sendall(reply(200, b"[1,", length=99))
        hang(connection, server)

    with RawServer(half if in_body else hang) as server:
        with pytest.raises(errors.TimedOut):
            make_session(network=Network(read_timeout=0.2, proxy=lambda url: None)).request("POST", server.url)
        assert len(server.requests) == 1
        with pytest.raises(errors.TimedOut) as caught:
            make_session(network=Network(read_timeout=0.2, proxy=lambda url: None)).get(server.url)
        assert caught.value.detail.startswith(("Read timed out.", "timed out"))
        assert len(server.requests) == 5


def test_pauses_grow(make_session, monkeypatch, caplog):
    monkeypatch.setattr(session, "FIRST_DELAY", 0.05)
    caplog.set_level(logging.WARNING)
    began = time.monotonic()
    with RawServer(reply(500)) as server, pytest.raises(errors.ServerFault):
        make_session().get(server.url + "/?token=hunter2")
    assert 0.35 <= time.monotonic() - began < 1.5  # 0.05 + 0.1 + 0.2
    assert [record.getMessage().rpartition("; ")[2] for record in caplog.records] == [
        "attempt 1 of 4, next in 0.1 s", "attempt 2 of 4, next in 0.1 s", "attempt 3 of 4, next in 0.2 s",
    ]  # fmt: skip
    assert "hunter2" not in caplog.text


def test_the_pause_that_the_server_asks_for_is_kept(make_session, quick):
    soon = email.utils.formatdate(time.time() + 3, usegmt=True)
    for header, least, most in ((soon, 1, 3.4), ("1", 1, 1.9), ("0", 0, 0.9), ("soon", 0, 0.9), ("-5", 0, 0.9)):
        with RawServer(reply(429, b"", [f"Retry-After: {header}"]), reply(200, b"[]")) as server:
            began = time.monotonic()
            make_session().get(server.url)
            assert least <= time.monotonic() - began < most, header


@pytest.mark.parametrize("header", ["86400", "31", "9" * 9000, "Fri, 31 Dec 2399 23:59:59 GMT"], ids=range(4))
def test_a_server_that_asks_for_a_day_gets_an_error_at_once(make_session, header):
    began = time.monotonic()
    with RawServer(reply(429, b"", [f"Retry-After: {header}"])) as server:
        with pytest.raises(errors.Busy) as caught:
            make_session().get(server.url)
        assert time.monotonic() - began < 0.5
        assert len(server.requests) == 1 and 1e9 >= caught.value.retry_after > 30


@pytest.mark.parametrize("header", ["tomorrow", "1e5", "", "-7", "nan", "Mon, 99 Foo 2024 25:61:61 GMT"], ids=range(6))
def test_a_pause_that_cannot_be_read_is_ours(make_session, quick, header):
    with RawServer(reply(503, b"", [f"Retry-After: {header}"]), reply(200, b"[]")) as server:
        make_session().get(server.url)
        assert len(server.requests) == 2


def test_the_rate_limit_of_the_sandbox_is_obeyed(sandbox, member):
    sandbox.faults({"kind": "rate_limit", "retry_after": 1, "times": 1})
    began = time.monotonic()
    member.get(sandbox.url + ME)
    assert 1 <= time.monotonic() - began < 2
    assert attempts(sandbox) == [429, 200]


# ------------------------------------------------------------------ redirections


def moved(url, status=302):
    return reply(status, b"", [f"Location: {url}"])


def test_a_redirection_is_followed(make_session):
    with RawServer(moved("/b"), reply(200, b"[]")) as server:
        answer = make_session(auth.bearer("my-token")).get(server.url + "/a")
        assert answer.url == server.url + "/b"
        assert server.header("Authorization") == "Bearer my-token"


def test_another_host_does_not_get_the_account(make_session):
    for other_name in ("localhost", "127.0.0.1"):  # another name, or only another port
        with RawServer(reply(200, b"[]")) as other:
            elsewhere = f"http://{other_name}:{other.port}/"
            with RawServer(moved(elsewhere)) as server:
                make_session(auth.bearer("my-token")).get(server.url)
                assert server.header("Authorization") == "Bearer my-token"
            assert other.header("Authorization") is None


def test_a_loop_of_redirections_ends(make_session):
    with RawServer(moved("/again")) as server:
        with pytest.raises(errors.MalformedAnswer, match="redirects"):
            make_session().get(server.url)
        assert len(server.requests) == 6


@pytest.mark.parametrize("target", ["ftp://a.invalid/", "http://[", "//", "gopher:", "http://\xe9\xff/"])
def test_a_redirection_to_nonsense_is_an_error(make_session, quick, target):
    with RawServer(moved(target)) as server, pytest.raises(errors.ServiceError):
        make_session().get(server.url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_reading_is_redirected(make_session, method, status):
    with RawServer(reply(200, b"{}")) as other, RawServer(moved(other.url, status)) as server:
        with pytest.raises(errors.MalformedAnswer) as caught:
            make_session().request(method, server.url, data={"password": "hunter2"})  # pragma: allowlist secret
        assert caught.value.status == status
        assert not other.requests and len(server.requests) == 1


# ------------------------------------------------------------------ pace and number


def test_requests_begin_evenly_spaced(sandbox, make_session):
    paced = make_session(auth.basic("membre", "sandbox-membre"), rate=20.0, concurrency=6)
    list(paced.in_parallel(lambda number: paced.send("GET", sandbox.url + ME, params=None), range(12)))
    began = sorted(entry["time"] for entry in sandbox.journal(ME))
    assert began[-1] - began[0] >= 0.95 * 11 / 20
    for first, last in zip(began, began[6:]):
        assert last - first >= 0.2  # six intervals of 0.05 s, less what threads are late


def test_without_a_rate_nothing_waits(sandbox, member):
    began = time.monotonic()
    list(member.in_parallel(lambda number: member.send("GET", sandbox.url + ME), range(30)))
    assert time.monotonic() - began < 1.2


@pytest.mark.parametrize("concurrency", [1, 3, 6])
def test_never_more_at_once_than_allowed_and_always_in_order(make_session, concurrency):
    lock, now, most = threading.Lock(), [0], [0]

    def slow(connection, server):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.03)
        with lock:
            now[0] -= 1
        connection.sendall(reply(200, b"[]"))

    with RawServer(slow) as server:
        many = make_session(concurrency=concurrency)
        work = many.in_parallel(lambda n: (many.send("GET", f"{server.url}/{n}"), n)[1], range(20))
        assert list(work) == list(range(20))
        assert most[0] == concurrency
        assert len(server.requests) == 20


def test_items_are_taken_as_they_are_needed(member):
    taken = []

    def items():
        for number in range(10**9):
            taken.append(number)
            yield number

    work = member.in_parallel(lambda number: number, items())
    assert [next(work) for _ in range(3)] == [0, 1, 2]
    assert len(taken) <= 3 + member.concurrency


def test_the_first_error_comes_out_of_parallel_work(sandbox, member):
    def get(number):
        return member.send("GET", f"{sandbox.url}/gcms/api/communities/{number}").json()["id"]

    work = member.in_parallel(get, [375, 96, 424242, 1])
    assert [next(work), next(work)] == [375, 96]
    with pytest.raises(errors.NotFound):
        next(work)


def test_connections_are_used_again(make_session):
    seen = set()

    def remember(connection, server):
        while True:
            seen.add(connection.getpeername())
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
            if not connection.recv(65536):
                return

    with RawServer(remember) as server:
        pooled = make_session(concurrency=3)
        list(pooled.in_parallel(lambda n: pooled.send("GET", server.url), range(30)))
    assert len(seen) <= 3
