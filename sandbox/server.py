"""The command line: a loopback socket, a state, uvicorn, a clean stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import uvicorn

from . import seed
from .app import Sandbox
from .assumptions import A8_ACCESS_SECONDS, A40_REQUESTS_PER_SECOND
from .clock import Clock, parse_now
from .connections import write_connection
from .entrepot.settings import DELETIONS, Settings
from .entrepot.warehouse import Entrepot
from .errors import ApiError
from .rows import Rows
from .state import State
from .world import content


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        faults = json.loads(options.faults.read_text(encoding="utf-8")) if options.faults else []
        now = parse_now(options.now) if options.now else None
    except (OSError, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="sandbox-") as temporary:
        folder = options.state or Path(temporary)
        try:
            state, clock = open_state(folder, options.reports, now, features=options.features)
        except (OSError, sqlite3.Error) as error:
            print(f"sandbox: {error}", file=sys.stderr)
            return 2
        try:
            listener = socket.create_server(("127.0.0.1", options.port))
            # asyncio sets this only where it made the socket; without it an answer in two pieces waits for 40 ms
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with closing(Entrepot(folder / "entrepot", clock, _entrepot_settings(options))) as entrepot:
                sandbox = Sandbox(
                    state, entrepot, clock, url=url, rate=options.rate, access_seconds=options.token_life, faults=faults
                )
                write_connection(options.connection, url)
                asyncio.run(_serve(sandbox, listener))
        except (ApiError, OSError) as error:
            print(f"sandbox: {error}", file=sys.stderr)
            return 2
        finally:
            state.close()
    return 0


def open_state(folder: Path, reports: int, now: float | None, features: int = 0) -> tuple[State, Clock]:
    """The state of this folder and its clock; a new one is filled first, under another name until it is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    file, unfinished = folder / "sandbox.sqlite", folder / "unfinished.sqlite"
    if not file.exists():
        unfinished.unlink(missing_ok=True)
        new = State(unfinished, bulk=True)
        seed.fill(new, reports, time.time() if now is None else now)
        content.fill(new, Rows(new), features)
        new.close()
        unfinished.replace(file)
    state = State(file)
    if not state.get("tables_filled"):  # a folder from before there were tables
        content.fill(state, Rows(state), features)
    if now is not None or state.get("clock_offset") is None:
        state.set("clock_offset", 0.0 if now is None else now - time.time())
    return state, Clock(state.get("clock_offset"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m sandbox", description=__doc__)
    parser.add_argument("--connection", type=Path, required=True, metavar="FILE", help="connection file to write")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=Path, metavar="DIR", help="folder that survives a restart")
    parser.add_argument("--reports", type=int, default=300, metavar="N", help="reports of a fresh state")
    parser.add_argument("--features", type=int, default=200, metavar="N", help="parcels of a fresh state")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="JSON list of faults to begin with")
    parser.add_argument("--now", metavar="ISO", help="what time it is for the sandbox; the real time if not given")
    parser.add_argument("--rate", type=int, default=A40_REQUESTS_PER_SECOND, metavar="N",
                        help="requests per second and user, 0 for no limit")  # fmt: skip
    parser.add_argument("--token-life", type=int, default=A8_ACCESS_SECONDS, metavar="S",
                        help="seconds that an access token lives")  # fmt: skip
    parser.add_argument("--work-seconds", type=float, default=0.05, metavar="S",
                        help="seconds that each check, execution and publication of the Entrepôt takes")  # fmt: skip
    parser.add_argument("--offering-deletion", choices=DELETIONS, default=DELETIONS[0],
                        help="whether an offering is gone after two DELETE or after one")  # fmt: skip
    return parser


def _entrepot_settings(options: argparse.Namespace) -> Settings:
    seconds = options.work_seconds
    return Settings(
        check_seconds=seconds,
        execution_seconds=seconds,
        publication_seconds=seconds,
        offering_deletion=options.offering_deletion,
    )


class _Server(uvicorn.Server):
    async def startup(self, sockets=None) -> None:
        await super().startup(sockets=sockets)
        self.config.app.resume()
        print(f"ready {self.config.app.url}", flush=True)


async def _serve(sandbox: Sandbox, listener: socket.socket) -> None:
    config = uvicorn.Config(sandbox, log_level="critical", access_log=False, lifespan="off", date_header=False,
                            server_header=False, timeout_graceful_shutdown=1)  # fmt: skip
    # uvicorn raises the signal again once it has stopped; by then it must do nothing, or nothing is tidied up
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    await _Server(config).serve(sockets=[listener])
    await sandbox.entrepot.jobs.close()
