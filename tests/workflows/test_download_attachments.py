"""Documents as files: whole or not there, under safe names inside the folder, the account shown to nobody else."""

import errno
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from geocollab.client import session as session_module
from geocollab.client.auth import Anonymous, basic
from geocollab.client.errors import Cancelled, SignInFailed, Unauthorized, Unreachable
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.network import Network
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.errors import Interrupted
from geocollab.workflows.reports import download_attachments as module
from geocollab.workflows.reports.download_attachments import COLUMNS, NOBODY_THERE, download_attachments
from geocollab.workflows.reports.report_filter import ReportFilter
from sandbox.process import SandboxProcess
from tests.client.raw_server import RawServer, drop, reply
from tests.workflows.downloads import Heard, World

ROOT = Path(__file__).resolve().parents[2]
ME = reply(200, b'{"id": 1, "username": "membre"}', ["Content-Type: application/json"])


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(session_module, "FIRST_DELAY", 0.01)


# ---------------------------------------------------------------------- with the sandbox


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=100, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture(scope="module")
def downloaded(process, tmp_path_factory):
    """A store with the reports of community 375 and the public ones."""
    path = tmp_path_factory.mktemp("store") / "reports.sqlite"
    World(process).download(path, ReportFilter(community=375, public=True))
    return path


@pytest.fixture
def world(process, downloaded, tmp_path):
    process.faults()
    process.clear_journal()
    yield Site(World(process), downloaded, tmp_path / "documents")
    process.faults()


class Site:
    """A sandbox, a store of its reports, a folder."""

    def __init__(self, world, path, folder):
        self.world = world
        self.process = world.process
        self.path = path
        self.folder = folder
        self.watch = Heard()

    def download(self, cancelled=lambda: False, **more):
        api = self.world.api(cancelled)
        with api.session, Store(self.path) as store:
            return download_attachments(api, store, self.folder, watch=self.watch, **more)

    def documents(self):
        """Report, id, name, size, address of each document in the store."""
        connection = sqlite3.connect(str(self.path))
        sql = 'SELECT "NoSignalement", id, "Fichier", "Taille", "URL_téléchargement" FROM "Document_EC" ORDER BY 1, 2'
        rows = connection.execute(sql).fetchall()
        connection.close()
        return rows

    def files(self):
        return files(self.folder)

    def asked(self):
        return [entry for entry in self.process.journal("^/document/") if entry["status"] == 200]


def files(folder):
    """Everything under a folder but folders: content by relative path; a link as where it leads to."""
    return {
        str(path.relative_to(folder)): f"-> {path.readlink()}" if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def test_all_documents_of_the_store(world):
    outcome = world.download()
    expected = {
        f"{r}/{i}-{name}": requests.get(url, timeout=30).content for r, i, name, _size, url in world.documents()
    }
    assert world.files() == expected and len(expected) > 5
    numbers = outcome.numbers()
    assert numbers == {
        "COUNT": len(expected), "DOWNLOADED_COUNT": len(expected), "PRESENT_COUNT": 0, "FAILED_COUNT": 0,
        "SKIPPED_COUNT": 0, "SIZE": sum(map(len, expected.values())),
    }  # fmt: skip
    rows = [dict(zip((name for name, _kind in COLUMNS), row)) for row in outcome.rows()]
    assert [(row["report"], row["document"], row["name"], row["size"]) for row in rows] == [
        document[:4] for document in world.documents()
    ]
    assert all(Path(row["path"]).stat().st_size == row["size"] and row["state"] == "downloaded" for row in rows)
    assert world.watch.steps[-1] == (len(expected), len(expected))


def test_what_is_there_is_left_and_what_is_not_whole_is_replaced(world):
    world.download()
    before, names = world.files(), sorted(world.files())
    half, missing = world.folder / names[0], world.folder / names[1]
    half.write_bytes(half.read_bytes()[:5])
    missing.unlink()
    untouched = (world.folder / names[2]).stat().st_mtime_ns
    world.process.clear_journal()
    numbers = world.download().numbers()
    assert (numbers["DOWNLOADED_COUNT"], numbers["PRESENT_COUNT"]) == (2, len(before) - 2)
    assert world.files() == before and len(world.asked()) == 2
    assert (world.folder / names[2]).stat().st_mtime_ns == untouched
    changed = world.folder / names[2]
    changed.write_bytes(bytes(len(before[names[2]])))
    assert world.download().numbers()["PRESENT_COUNT"] == len(before)
    assert world.download(replace=True).numbers()["DOWNLOADED_COUNT"] == len(before)
    assert world.files() == before


def test_some_reports_some_names_some_sizes(world):
    report = world.documents()[0][0]
    assert {row[0] for row in world.download(reports=[report]).rows()} == {report}
    assert world.download(reports=[]).numbers()["COUNT"] == 0
    pictures = [row for row in world.documents() if row[2].endswith(".png")]
    outcome = world.download(names="*.PNG; nothing", largest=530)
    assert [row[1] for row in outcome.rows()] == [row[1] for row in pictures]
    skipped = [one for one in outcome.found if one.state == "skipped"]
    assert skipped and all(one.document.size > 530 and "it has 557 bytes" in one.detail for one in skipped)
    assert all(one.document.size <= 530 or one.state == "present" for one in outcome.found if one not in skipped)


def test_all_in_one_folder(world):
    world.download(by_report=False)
    assert sorted(world.files()) == sorted(f"{r}-{i}-{name}" for r, i, name, _size, _url in world.documents())


def test_one_that_is_not_there_does_not_stop_the_others(world):
    documents = world.documents()
    world.process.faults({"kind": "status", "status": 404, "path": f"/download/{documents[0][1]}$", "times": None})
    outcome = world.download()
    assert [one.state for one in outcome.found] == ["failed"] + ["downloaded"] * (len(documents) - 1)
    assert f"Document {documents[0][1]} of report {documents[0][0]}" in world.watch.said[0]
    assert len(world.files()) == len(documents) - 1
    assert next(outcome.rows())[3] is None


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "drop"}, {"kind": "status", "status": 503}])
def test_a_passing_fault_in_the_middle_is_passed_over(world, fault):
    world.process.faults({**fault, "path": "^/document/", "times": 3})
    assert world.download().numbers()["FAILED_COUNT"] == 0
    assert len(world.files()) == len(world.documents())


def test_a_network_that_is_gone_stops_it_and_the_next_run_goes_on(world):
    total = len(world.documents())
    world.process.faults({"kind": "drop", "path": "^/document/", "after": 3, "times": None})
    with pytest.raises(Interrupted, match=f"3 of {total} documents are there. Run the operation again") as stopped:
        world.download()
    assert isinstance(stopped.value.__cause__, Unreachable)
    # a request that was under way may be giving up just now
    assert sum(not name.endswith(".part") for name in world.files()) == 3, "no half file under a whole name"
    world.process.faults()
    numbers = world.download().numbers()
    assert (numbers["PRESENT_COUNT"], numbers["DOWNLOADED_COUNT"]) == (3, total - 3)


def test_a_wrong_account_is_told_at_once(world):
    api = EspaceCo(Session(basic("membre", "wrong"), rate=None), world.world.url, world.process.url)
    with api.session, Store(world.path) as store, pytest.raises(Unauthorized):
        download_attachments(api, store, world.folder)
    assert not world.asked()


def test_without_account(world):
    api = EspaceCo(Session(Anonymous(), rate=None), world.world.url, world.process.url)
    with api.session, Store(world.path) as store:
        assert download_attachments(api, store, world.folder).numbers()["FAILED_COUNT"] == 0
    assert not [entry for entry in world.process.journal() if "authorization" in entry["headers"]]


def test_cancelled_in_the_middle_of_a_body(world):
    documents = world.documents()
    total, first = len(documents), "|".join(str(row[1]) for row in documents[:2])
    world.process.faults({"kind": "slow_body", "seconds": 30, "path": f"/download/(?!{first})", "times": None})
    stop = threading.Event()
    world.watch.progress = lambda done, total: stop.set() if done == 2 else None
    with pytest.raises(Interrupted, match=f"2 of {total} documents are there") as stopped:
        world.download(cancelled=stop.is_set)
    assert isinstance(stopped.value.__cause__, Cancelled)
    whole = {path for path in world.files() if not path.endswith(".part")}
    assert len(whole) == 2
    world.process.faults()
    world.watch = Heard()
    assert world.download().numbers()["PRESENT_COUNT"] == 2
    assert len(world.files()) == total, "what the first run had begun is gone"


# ---------------------------------------------------------------------- with servers that do as they like


@pytest.fixture
def store(tmp_path):
    """`store((1, "x.jpg", 3, url), …)`: a store whose reports 100 and so on have these documents."""
    path = tmp_path / "hostile.sqlite"

    def make(*documents):
        with Store(path) as made, made.atomic() as connection:
            for number, name, size, url in documents:
                connection.execute(
                    'INSERT INTO "Document_EC" (id, "NoSignalement", "Fichier", "Taille", "URL_téléchargement") '
                    "VALUES (?, 100, ?, ?, ?)",
                    (number, name, size, url),
                )
        return path

    return make


def fetch(path, folder, root, auth=None, watch=None, **more):
    session = Session(auth, Network(proxy=lambda url: None, read_timeout=10), rate=None, concurrency=1)
    with session, Store(path) as store:
        return download_attachments(EspaceCo(session, root), store, folder, watch=watch, **more)


@pytest.mark.parametrize("by_report", [True, False])
def test_hostile_names_stay_inside_the_folder(store, tmp_path, by_report):
    names = ["../../x", "C:\\x", "CON", "a/b", "n\0ul", "dots...", "é" * 300, "a\u202egpj.exe", "same.jpg", "same.jpg",
             "SAME.JPG", "", None, "/etc/passwd", "..", "~/x", "x.jpg.part"]  # fmt: skip
    with RawServer(reply(200, b"abc")) as server:
        path = store(*((n, name, 3, f"{server.url}/{n}") for n, name in enumerate(names, 1)))
        before = files(tmp_path)
        outcome = fetch(path, tmp_path / "out", server.url, by_report=by_report)
    assert outcome.numbers()["DOWNLOADED_COUNT"] == len(names)
    made = {file: content for file, content in files(tmp_path).items() if file.startswith("out")}
    assert {file for file in files(tmp_path) if not file.startswith(("out", "hostile"))} == {
        file for file in before if not file.startswith("hostile")
    }
    assert set(made.values()) == {b"abc"} and len(made) == len(names)
    assert {len(Path(file).parts) for file in made} == {3 if by_report else 2}


def test_a_link_of_that_name_is_replaced_and_not_written_through(store, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    folder = tmp_path / "out" / "100"
    folder.mkdir(parents=True)
    (folder / "1-x.jpg").symlink_to(outside)
    (folder / "2-y.jpg.part").symlink_to(outside)
    with RawServer(reply(200, b"abc")) as server:
        path = store((1, "x.jpg", 3, server.url), (2, "y.jpg", 3, server.url))
        assert fetch(path, tmp_path / "out", server.url).numbers()["DOWNLOADED_COUNT"] == 2
    assert outside.read_bytes() == b"mine"
    assert files(folder) == {"1-x.jpg": b"abc", "2-y.jpg": b"abc"}


def test_a_folder_that_is_a_link_is_not_followed(store, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "100").symlink_to(outside)
    watch = Heard()
    with RawServer(reply(200, b"abc")) as server:
        outcome = fetch(store((1, "x.jpg", 3, server.url)), tmp_path / "out", server.url, watch=watch)
        assert not server.requests
    assert outcome.count("failed") == 1 and not list(outside.iterdir())
    assert "100 is a link that leads out of the folder" in watch.said[0]


def test_a_folder_of_that_name_and_a_file_instead_of_a_folder(store, tmp_path):
    (tmp_path / "out" / "100" / "1-x.jpg").mkdir(parents=True)
    watch = Heard()
    with RawServer(reply(200, b"abc")) as server:
        path = store((1, "x.jpg", 3, server.url), (2, "y.jpg", 3, server.url))
        outcome = fetch(path, tmp_path / "out", server.url, watch=watch)
        assert [one.state for one in outcome.found] == ["failed", "downloaded"]
        assert "1-x.jpg cannot be written: Is a directory" in watch.said[0]
        assert files(tmp_path / "out") == {"100/2-y.jpg": b"abc"}
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(FileExistsError):
            fetch(path, tmp_path / "file", server.url)


@pytest.mark.parametrize(
    ("size", "body", "words"),
    [
        (4, b"abc", "3 bytes came, 4 were announced"),
        (2, b"abc", "is not what its interface promises|an answer of over"),
        (0, b"x", "an answer of over"),
        (None, b"<html>Portal</html>", "a page came instead"),
    ],
)
def test_what_has_not_the_size_that_was_said_is_not_kept(store, tmp_path, size, body, words):
    watch = Heard()
    with RawServer(reply(200, body, ["Content-Type: text/html"])) as server:
        outcome = fetch(store((1, "x.jpg", size, server.url)), tmp_path / "out", server.url, watch=watch)
    assert outcome.count("failed") == 1 and files(tmp_path / "out") == {}
    assert any(word in watch.said[0] for word in words.split("|"))


def test_a_size_that_nobody_knows(store, tmp_path):
    with RawServer(reply(200, b"abc")) as server:
        path = store((1, "x.jpg", None, server.url))
        assert fetch(path, tmp_path / "out", server.url, largest=3).count("downloaded") == 1
        assert fetch(path, tmp_path / "out", server.url).count("present") == 1
        assert fetch(path, tmp_path / "out", server.url, replace=True, largest=2).count("failed") == 1
    assert files(tmp_path / "out") == {"100/1-x.jpg": b"abc"}, "what was there is still there"


@pytest.mark.parametrize(
    "url",
    [None, "", "file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)", "http://[", "http://", "/x", "x"],
)
def test_only_addresses_of_the_web(store, tmp_path, url):
    watch = Heard()
    with RawServer(reply(200, b"abc")) as server:
        outcome = fetch(store((1, "x.jpg", 3, url)), tmp_path / "out", server.url, watch=watch)
        assert not server.requests
    assert outcome.count("failed") == 1 and "gives no address to download it from" in watch.said[0]


def test_only_the_service_itself_is_shown_the_account(store, tmp_path):
    """Neither another host, nor another port of it, nor where the service redirects to, nor what only looks like it."""
    with RawServer(reply(200, b"abc")) as other:
        moved = reply(302, b"", [f"Location: {other.url}/moved"])
        with RawServer(ME, reply(200, b"abc"), moved) as server:
            disguised = f"{other.url}\\@{server.url.removeprefix('http://')}/"
            localhost = server.url.replace("127.0.0.1", "localhost")
            path = store(
                (1, "a", 3, f"{server.url}/own"), (2, "b", 3, f"{server.url}/moved"), (3, "c", 3, f"{other.url}/other"),
                (4, "d", 3, disguised), (5, "e", 3, f"{other.url}@127.0.0.1/"),
            )  # fmt: skip
            fetch(path, tmp_path / "out", server.url + "/gcms/api", basic("membre", "secret"))
            assert [server.header("Authorization", n) is not None for n in range(3)] == [True] * 3
            fetch(store((6, "f", 3, localhost)), tmp_path / "out", server.url + "/gcms/api")
    assert len(other.requests) >= 3
    assert all(other.header("Authorization", n) is None for n in range(len(other.requests)))


def test_another_host_that_wants_an_account_does_not_stop_the_others(store, tmp_path):
    watch = Heard()
    with RawServer(reply(401, b"who?")) as other, RawServer(ME, reply(200, b"abc")) as server:
        path = store((1, "a", 3, other.url), (2, "b", 3, server.url))
        outcome = fetch(path, tmp_path / "out", server.url, basic("membre", "secret"), watch=watch)
    assert [one.state for one in outcome.found] == ["failed", "downloaded"]
    assert "its server wants an account" in watch.said[0]


def test_the_service_itself_refusing_the_account_stops_it(store, tmp_path):
    with RawServer(ME, reply(401, b"who?")) as server:
        path = store((1, "a", 3, server.url), (2, "b", 3, server.url))
        with pytest.raises(Interrupted, match="0 of 2") as stopped:
            fetch(path, tmp_path / "out", server.url, basic("membre", "secret"))
    assert isinstance(stopped.value.__cause__, (Unauthorized, SignInFailed)) and len(server.requests) <= 3


def test_another_host_that_is_dead_does_not_stop_the_others(store, tmp_path):
    count = NOBODY_THERE + 2
    with RawServer(drop) as other, RawServer(reply(200, b"abc")) as server:
        documents = [(n, "a", 3, other.url) for n in range(1, count)] + [(count, "b", 3, server.url)]
        outcome = fetch(store(*documents), tmp_path / "out", server.url)
    assert [one.state for one in outcome.found] == ["failed"] * (count - 1) + ["downloaded"]


def test_a_disk_that_is_full_stops_it(store, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with RawServer(reply(200, b"abc")) as server:
        path = store((1, "a", 3, server.url), (2, "b", 3, server.url))
        monkeypatch.setattr(module.os, "fsync", full)
        with pytest.raises(Interrupted, match="0 of 2 documents are there") as stopped:
            fetch(path, tmp_path / "out", server.url)
        monkeypatch.undo()
        assert str(stopped.value.__cause__) == f"The disk is full: {tmp_path / 'out'}."
        assert files(tmp_path / "out") == {}
        assert fetch(path, tmp_path / "out", server.url).count("downloaded") == 2


def test_two_runs_at_once_never_make_a_half_file(store, tmp_path):
    """The second takes the name of the first's unfinished file; the first must not take that for its own."""
    arrived, go_on = threading.Event(), threading.Event()

    def slow(connection, server):
        connection.sendall(reply(200, b"ab", length=4))
        arrived.set()
        go_on.wait(20)
        connection.sendall(b"cd")

    first = []
    with RawServer(slow) as one:
        path = store((1, "x", 4, one.url + "/1"))
        run = threading.Thread(target=lambda: first.append(fetch(path, tmp_path / "out", one.url)))
        run.start()
        assert arrived.wait(20)
        with module._complete(tmp_path / "out" / "100" / "1-x") as file:
            file.write(b"ab")
            file.flush()
            go_on.set()
            run.join(20)
            assert files(tmp_path / "out") == {"100/1-x.part": b"ab"}, "ours is still there, unfinished"
            file.write(b"cd")
    assert first[0].count("failed") == 1 and "another run is downloading it" in first[0].found[0].detail
    assert files(tmp_path / "out") == {"100/1-x": b"abcd"}


def test_killed_in_the_middle(store, tmp_path):
    """kill -9: no half file under a whole name, and the next run goes on."""
    arrived = threading.Event()

    def stuck(connection, server):
        connection.sendall(reply(200, b"x" * 200_000, length=300_000))
        arrived.set()
        server.closing.wait()

    program = f"""
import sys
sys.path[:0] = [{str(ROOT / "build" / "plugins")!r}, {str(ROOT)!r}]
from pathlib import Path
from tests.workflows.test_download_attachments import fetch
fetch(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
"""
    folder = tmp_path / "out"
    with RawServer(reply(200, b"abc"), stuck) as server:
        path = store((1, "a", 3, server.url + "/1"), (2, "b", 300_000, server.url + "/2"))
        running = subprocess.Popen([sys.executable, "-c", program, path, folder, server.url])
        assert arrived.wait(60)
        running.kill()
        running.wait()
    assert set(files(folder)) - {"100/2-b.part"} == {"100/1-a"}
    with RawServer(reply(200, b"x" * 300_000)) as server:
        connection = sqlite3.connect(str(path))
        with connection:
            connection.execute('UPDATE "Document_EC" SET "URL_téléchargement" = ?', (server.url,))
        connection.close()
        outcome = fetch(path, folder, server.url)
        assert [one.state for one in outcome.found] == ["present", "downloaded"]
    assert files(folder) == {"100/1-a": b"abc", "100/2-b": b"x" * 300_000}
