"""Send files into an upload, several at once, each until it is there whole: from its first byte, never twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Callable, Optional

from ....client.entrepot import uploads
from ....client.entrepot.api import Datastore
from ....client.entrepot.multipart import FileChanged
from ....client.errors import Conflict, NotFound, ServiceError
from ...watch import Watch
from ..acting import delays, lost
from .sums import RunningSum, md5_of


class Sending:
    """Files on their way into one upload; `files` are those that are here, by path on the server."""

    def __init__(self, datastore: Datastore, upload: str, files: Mapping[str, Path], watch: Watch) -> None:
        self._datastore, self._upload, self._files, self._watch = datastore, upload, files, watch

    def send(self, sizes: Mapping[str, int], sent: Callable[[str, str], None]) -> dict[str, Exception]:
        """Send the files of these paths; `sent(path, md5)` is told of each. Gives what went wrong, by path.

        A file that changes does not stop the others; anything else stops those that were not begun.
        """
        failures: dict[str, Exception] = {}
        progress = _Progress(sum(sizes.values()), self._watch)

        def send(path: str) -> str:
            return self._send(path, sizes[path], progress)

        for path, outcome in self._datastore.session.as_done(send, _unless_hopeless(sizes, failures)):
            if isinstance(outcome, Exception):
                failures[path] = outcome
            else:
                sent(path, outcome)
        return failures

    def send_sums(self, file: Path, name: str) -> None:
        """Send a file of MD5 sums."""
        for delay in [*delays(), None]:
            try:
                uploads.send_md5(self._datastore, self._upload, file, name)
                return
            except ServiceError as error:
                if delay is None or not (lost(error) or isinstance(error, Conflict)):
                    raise
                if self._arrived(name) == file.stat().st_size:
                    return
                self.delete(name, md5=True)
                self._datastore.session.pause(delay)

    def delete(self, path: str, *, md5: bool = False) -> None:
        """Take away what is at a path, if anything is."""
        with suppress(NotFound):
            uploads.delete_file(self._datastore, self._upload, path, md5=md5)

    def _send(self, path: str, size: int, progress: _Progress) -> str:
        """Send one file; gives its MD5. In a task."""
        file = self._files[path]
        with RunningSum() as running:
            count = _Count(progress, running)
            for delay in [*delays(), None]:
                try:
                    uploads.send_file(self._datastore, self._upload, file, path, began=count.begin, seen=count.add)
                    return running.hexdigest()
                except ServiceError as error:
                    if not (lost(error) or isinstance(error, Conflict)):
                        raise
                    arrived = self._arrived(path)
                    if arrived == size:  # only the answer was lost
                        return running.hexdigest() if running.size == size else md5_of(file, self._watch.check)
                    if arrived is not None:  # there is no appending (contract 3.4)
                        self.delete(path)
                    elif isinstance(error, Conflict):
                        raise
                    if delay is None:
                        raise
                    self._datastore.session.pause(delay)
        raise AssertionError("the last attempt returns or raises")

    def _arrived(self, path: str) -> Optional[int]:
        return dict(uploads.tree(self._datastore, self._upload)).get(path)


class _Progress:
    """The bytes of all files that left, told a hundred times at most, whichever thread sends them."""

    def __init__(self, total: int, watch: Watch) -> None:
        self._total, self._watch = max(total, 1), watch
        self._lock = threading.Lock()
        self._done = self._told = 0

    def add(self, count: int) -> None:
        with self._lock:
            self._done += count
            done, percent = self._done, 100 * self._done // self._total
            if percent <= self._told:
                return
            self._told = percent
        self._watch.progress(done, self._total)


class _Count:
    """What of one file left, in this attempt."""

    def __init__(self, progress: _Progress, running: RunningSum) -> None:
        self._progress, self._running = progress, running

    def begin(self) -> None:
        self._progress.add(-self._running.size)
        self._running.begin()

    def add(self, chunk: bytes) -> None:
        self._running.add(chunk)
        self._progress.add(len(chunk))


def _unless_hopeless(paths: Mapping[str, int], failures: Mapping[str, Exception]) -> Iterator[str]:
    """The paths, until something failed that is not about its file alone."""
    for path in paths:
        if not all(isinstance(error, FileChanged) for error in failures.values()):
            return
        yield path
