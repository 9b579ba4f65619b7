"""MapServer as a process of the sandbox: it starts when it is needed, is started again, and ends with the sandbox."""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.entrepot.diffusion import _mapfile, _mapserver
from sandbox.errors import ApiError

ROOT = Path(__file__).resolve().parents[2]
CAPABILITIES = [("SERVICE", "WMS"), ("REQUEST", "GetCapabilities"), ("VERSION", "1.3.0")]


def whole(server, title):
    web = {"ows_onlineresource": "http://127.0.0.1/?", "ows_title": title, "ows_srs": "EPSG:4326"}
    return _mapfile.mapfile(server.folder, "WMS", web, [], _mapfile.projection("EPSG:4326"))


@pytest.fixture
def server():
    made = _mapserver.MapServer()
    yield made
    made.close()


def ask(server, title="Titre"):
    return asyncio.run(server.ask(whole(server, title), CAPABILITIES))


def test_one_process_answers_about_many_mapfiles(server):
    for title in ("Un", "Deux", "\"Trois' \\ & <é>"):
        answer = ask(server, title)
        assert answer.headers["content-type"].startswith("text/xml") and answer.status_code == 200
    assert "&quot;Trois&#39; \\ &amp; &lt;é&gt;" in answer.body.decode()


def test_many_questions_at_once(server):
    async def together():
        return await asyncio.gather(*(server.ask(whole(server, str(n)), CAPABILITIES) for n in range(20)))

    answers = asyncio.run(together())
    assert [f"<Title>{n}</Title>" in answer.body.decode() for n, answer in enumerate(answers)] == [True] * 20


def test_long_questions_and_long_answers(server):
    title = "é" * 60_000
    answer = asyncio.run(server.ask(whole(server, title), [*CAPABILITIES, ("FILLING", "x" * 200_000)]))
    assert title in answer.body.decode()


def test_a_dead_process_is_started_again(server):
    ask(server)
    server._process.kill()
    server._process.wait()
    assert ask(server).status_code == 200


def test_a_process_that_dies_while_it_answers_is_an_error_then_forgotten(server):
    ask(server)
    server._process.send_signal(signal.SIGSTOP)

    async def killed():
        question = asyncio.create_task(server.ask(whole(server, "x"), CAPABILITIES))
        await asyncio.sleep(0)
        server._process.kill()
        return await question

    with pytest.raises(ApiError) as caught:
        asyncio.run(killed())
    assert caught.value.status == 502
    assert ask(server).status_code == 200


def test_a_mapfile_that_is_none_is_told(server):
    answer = asyncio.run(server.ask("MAP\n  LAYER", CAPABILITIES))
    assert b"MapServer" in answer.body or b"Exception" in answer.body
    assert ask(server).status_code == 200


def test_without_mapserver_it_says_what_to_install(server, monkeypatch):
    monkeypatch.setattr(_mapserver.shutil, "which", lambda *_, **__: None)
    with pytest.raises(ApiError) as caught:
        ask(server)
    assert caught.value.status == 503 and "mapserver-bin" in caught.value.message


_KILLED = """
import asyncio, os, sys
sys.path[:0] = [{root!r}]
from tests.sandbox import test_diffusion_mapserver as tests
server = tests._mapserver.MapServer()
tests.ask(server)
print(server._socket, flush=True)
os.kill(os.getpid(), 9)
"""


def test_it_ends_with_a_sandbox_that_was_killed():
    said = subprocess.run(
        [sys.executable, "-c", _KILLED.format(root=str(ROOT))], capture_output=True, text=True, check=False
    )
    assert said.returncode == -signal.SIGKILL, said.stderr
    place = said.stdout.strip()
    until = time.monotonic() + 10
    while listens(place):
        assert time.monotonic() < until, "it still listens"
        time.sleep(0.02)
    shutil.rmtree(Path(place).parent)


def listens(place):
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(place)
        except OSError:
            return False
        return True
