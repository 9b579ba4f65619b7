"""MD5 sums of files: while they are sent, beside the sending, or by themselves. They say that a file arrived whole."""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Callable, Optional

from ....client.entrepot.multipart import CHUNK

DEPTH = 4
"""Pieces that may wait to be summed: memory does not grow with the file."""


class RunningSum:
    """The sum of the pieces of one file as they pass, computed in a thread of its own; a context manager."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "geocollab-md5")
        self._waiting: deque[Future[None]] = deque()
        self.begin()

    def begin(self) -> None:
        """From the first byte, again."""
        self._settle(0)
        self._sum = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def add(self, chunk: bytes) -> None:
        """The next piece."""
        self._settle(DEPTH - 1)
        self.size += len(chunk)
        self._waiting.append(self._thread.submit(self._sum.update, chunk))

    def hexdigest(self) -> str:
        """Of all that passed since the beginning."""
        self._settle(0)
        return self._sum.hexdigest()

    def _settle(self, left: int) -> None:
        while len(self._waiting) > left:
            self._waiting.popleft().result()

    def __enter__(self) -> RunningSum:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._thread.shutdown()


def md5_of(file: Path, check: Callable[[], None] = lambda: None) -> str:
    """The sum of a file; `check` is asked now and then whether to go on."""
    found = hashlib.md5(usedforsecurity=False)
    with file.open("rb", buffering=0) as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
            check()
    return found.hexdigest()


def md5_file(sums: dict[str, str]) -> str:
    """The text of a file of sums, by path in the upload: 32 digits, two spaces, the path (contract 3.4)."""
    return "".join(f"{md5}  {path}\n" for path, md5 in sorted(sums.items()))
