"""What happens by itself, later: tasks of the event loop, one per check and execution, and the processes they use."""

from __future__ import annotations

import asyncio
import shutil
import traceback
from collections.abc import Coroutine
from pathlib import Path

from .work.pool import Workers


class Jobs:
    """`folder` is where forms arrive: what a stopped sandbox left there is removed."""

    def __init__(self, folder: Path):
        shutil.rmtree(folder, ignore_errors=True)
        self.workers = Workers()
        self._tasks: dict[str, asyncio.Task] = {}

    def start(self, id_: str, work: Coroutine) -> None:
        """Run it beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[id_] = task
        task.add_done_callback(lambda done: self._ended(id_, done))

    def stop(self, id_: str) -> None:
        """End it where it is, the process that works for it too."""
        if id_ in self._tasks:
            self._tasks[id_].cancel()

    def _ended(self, id_: str, task: asyncio.Task) -> None:
        if self._tasks.get(id_) is task:
            del self._tasks[id_]
        if not task.cancelled() and task.exception():
            traceback.print_exception(task.exception())

    async def close(self) -> None:
        """Break off everything; what runs is left as it is, to be resumed."""
        for task in list(self._tasks.values()):
            task.cancel()
        await self.workers.close()
