"""A body into a file: piece by piece, whole or an error, with nobody else given the account."""

import errno
import gzip
import io
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import auth, errors
from geocollab.client.network import origin
from tests.client.raw_server import RawServer, drop, reply


def test_the_body_goes_into_the_file_and_not_into_the_answer(make_session):
    file = io.BytesIO()
    with RawServer(reply(200, b"x" * 200_000, ["Content-Type: image/png"])) as server:
        answer = make_session(auth.bearer("my-token")).download(server.url, file)
        assert (server.header("Accept"), server.header("Authorization")) == ("*/*", "Bearer my-token")
    assert file.getvalue() == b"x" * 200_000
    assert answer.content == b"" and answer.status == 200 and answer.headers["Content-Type"] == "image/png"


def test_a_cut_download_begins_again_from_the_start(make_session, quick):
    file = io.BytesIO(b"something older and longer than the body")
    with RawServer(reply(200, b"half of it", length=99), drop, reply(503, b"busy"), reply(200, b"whole")) as server:
        make_session().download(server.url, file)
        assert len(server.requests) == 4
    assert file.getvalue() == b"whole"


def test_what_an_error_says_does_not_go_into_the_file(make_session):
    file = io.BytesIO()
    with RawServer(reply(404, b'{"code": 404, "message": "Document inconnu"}')) as server:
        with pytest.raises(errors.NotFound) as caught:
            make_session().download(server.url, file, most=3)
    assert caught.value.server_message == "Document inconnu" and file.getvalue() == b""


@pytest.mark.parametrize("packed", [False, True])
def test_a_download_over_the_limit_is_not_read_on(make_session, packed):
    body, file = b"x" * 1_000_001, io.BytesIO()
    answer = reply(200, gzip.compress(body), ["Content-Encoding: gzip"]) if packed else reply(200, body)
    with RawServer(answer) as server:
        make_session().download(server.url, io.BytesIO(), most=1_000_001)
        with pytest.raises(errors.MalformedAnswer, match=r"over 0.954 MB"):
            make_session().download(server.url, file, most=1_000_000)
        assert len(server.requests) == 2 and len(file.getvalue()) <= 1_000_000


def test_nothing_is_read_where_nothing_is_expected(make_session):
    with RawServer(reply(200, b""), reply(200, b"x")) as server:
        make_session().download(server.url, io.BytesIO(), most=0)
        with pytest.raises(errors.MalformedAnswer):
            make_session().download(server.url, io.BytesIO(), most=0)


def test_a_disk_that_is_full_is_no_fault_of_the_network(make_session):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with RawServer(reply(200, b"x")) as server:
        with pytest.raises(OSError, match="No space left") as caught:
            make_session().download(server.url, Full())
        assert caught.value.errno == errno.ENOSPC and len(server.requests) == 1


def test_memory_does_not_grow_with_the_body(make_session, tmp_path):
    piece, pieces = b"x" * 2**16, 1600

    def long(connection, server):
        connection.sendall(reply(200, length=len(piece) * pieces))
        for _ in range(pieces):
            connection.sendall(piece)

    with RawServer(long) as server, (tmp_path / "file").open("wb") as file:
        session = make_session()
        tracemalloc.start()
        try:
            session.download(server.url, file)
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (tmp_path / "file").stat().st_size == 100 * 2**20
    assert most < 4 * 2**20


def test_without_account_when_asked_and_after_a_redirection_elsewhere(make_session):
    with RawServer(reply(200, b"x")) as other:
        with RawServer(reply(302, b"", [f"Location: {other.url}/file"])) as server:
            make_session(auth.bearer("my-token")).download(server.url, io.BytesIO())
            assert server.header("Authorization") == "Bearer my-token"
        assert other.header("Authorization") is None
        make_session(auth.bearer("my-token")).download(other.url, io.BytesIO(), authenticate=False)
        assert other.header("Authorization") is None


# ------------------------------------------------------------------ who is asked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://A.fr/x", "https://a.fr:443/gcms/api?b#c"),
        ("http://a.fr", "http://a.fr:80/"),
        ("http://a.fr/", "http://someone@a.fr/"),
        ("http://a.fr:8080/", " http://a.fr:8080/x y"),
    ],
)
def test_the_same_origin(one, other):
    assert origin(one) == origin(other) is not None


@pytest.mark.parametrize(
    "other",
    ["http://a.fr/", "https://a.fr:8443/", "https://b.fr/", "https://a.fr.b.fr/", "https://a.fr@b.fr/",
     "https://b.fr\\@a.fr/", "https://b.fr/@a.fr", "//a.fr/", "/document/1", ""],
)  # fmt: skip
def test_another_origin(other):
    assert origin(other) != origin("https://a.fr/")


@pytest.mark.parametrize(
    "url", ["", "a.fr", "/x", "file:///etc/passwd", "ftp://a.fr/", "javascript:alert(1)", "http://", "http://[", "http://a:b/",
            "data:,x", "http:///x"]
)  # fmt: skip
def test_no_address_of_the_web(url):
    assert origin(url) is None


@given(st.text("ab.@:/\\?#[]%0 \t\n\0é", max_size=12))
def test_the_host_that_is_compared_is_the_host_that_is_asked(text):
    """Whatever a server writes: the connection is made with the host that the comparison saw."""
    from requests import PreparedRequest, Request
    from requests.adapters import HTTPAdapter

    found = origin("http://" + text)
    if found is None:
        return
    prepared = Request("GET", "http://" + text).prepare()
    assert isinstance(prepared, PreparedRequest)
    pool = HTTPAdapter().poolmanager.connection_from_url(prepared.url)
    assert (pool.scheme, pool.host.lower(), pool.port) == (found[0], found[1].lower(), found[2])
