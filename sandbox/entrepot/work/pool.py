"""The processes that compute: GDAL there neither blocks the server nor falls with it."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[3]
_MAX_SECONDS = 600
_MAX_LINE = 64 << 20


class Failed(Exception):
    """The work ended badly; its log says why."""


class Workers:
    """At most `count` processes, started when they are needed and kept for the next work."""

    def __init__(self, count: int = 2):
        self._slots = asyncio.Semaphore(count)
        self._idle: list[Process] = []
        self._all: list[Process] = []

    async def run(self, name: str, arguments: dict[str, Any], log: Callable[[str], None], offset: float = 0) -> dict:
        """What the work of this name gives; `log` is told each line as it is written. Raises Failed.

        `offset` is how far the sandbox's clock is from the real one. Cancelled, the process is killed.
        """
        async with self._slots:
            process = self._idle.pop() if self._idle else await self._start()
            try:
                answer = await asyncio.wait_for(_ask(process, name, arguments, log, offset), _MAX_SECONDS)
            except BaseException as error:
                self._drop(process)
                if isinstance(error, (asyncio.TimeoutError, OSError)):
                    raise Failed(name) from error
                raise
            self._idle.append(process)
        if "result" not in answer:
            raise Failed(name)
        return answer["result"]

    async def _start(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox.entrepot.work", stdin=PIPE, stdout=PIPE, cwd=_ROOT, limit=_MAX_LINE
        )
        self._all.append(process)
        return process

    def _drop(self, process: Process) -> None:
        self._all.remove(process)
        if process.returncode is None:
            process.kill()

    async def close(self) -> None:
        """End them all, before the event loop does."""
        for process in self._all:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _ask(process: Process, name: str, arguments: dict, log: Callable[[str], None], offset: float) -> dict:
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps({"work": name, "arguments": arguments, "offset": offset}).encode() + b"\n")
    await process.stdin.drain()
    while line := await process.stdout.readline():
        said = json.loads(line)
        if "log" not in said:
            return said
        log(said["log"])
    raise ConnectionError("the process ended")
