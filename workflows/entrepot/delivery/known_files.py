"""What the ledger knows of the files of a delivery: size and time that each had here when it was sent, and its MD5."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ....client.entrepot.multipart import stamp
from ...watch import Watch
from ..ledger import Ledger
from .sums import md5_of

STEP = "files"
NOTED_EVERY = 2.0
"""Seconds: the sums of so long may have to be computed again after a kill."""


class Known(NamedTuple):
    """Size in bytes, time of the last change in ns, MD5 or "" while it is not known."""

    size: int
    time: int
    md5: str

    def is_of(self, file: Path) -> bool:
        return (self.size, self.time) == stamp(file)


class KnownFiles:
    """`local` are the files as they are here, by path on the server.

    Of a path that is known, what the server has there is that very file, as far as it has arrived.
    """

    def __init__(self, ledger: Ledger, local: Mapping[str, Path], watch: Watch) -> None:
        self._ledger, self._local, self._watch = ledger, local, watch
        self._upload = ""
        self._known: dict[str, Known] = {}
        self._noted = 0.0

    def recall(self, upload: str) -> None:
        """What an earlier run noted of this upload; nothing if it was another one."""
        noted = self._ledger.noted(STEP) if upload else {}
        there = noted.get("upload") == upload
        self._upload = upload
        self._known = {path: Known(*values) for path, values in noted["files"].items()} if there else {}

    def is_right(self, path: str, size: int) -> bool:
        """Whether what the server has at this path, so many bytes, is the file that is here."""
        if path not in self._local or path not in self._known:
            return False
        return size == self._local[path].stat().st_size and self._unchanged(path)

    def same(self) -> bool:
        """Whether what was sent is what is here."""
        return self._known.keys() == self._local.keys() and all(map(self._unchanged, self._local))

    def will_send(self, missing: Mapping[str, int]) -> None:
        """These paths, free on the server, will be filled with the files that are here; nothing else is known.

        Only now: until a path is free, what the server has there may be of another file.
        """
        new = {path: Known(*stamp(self._local[path]), "") for path in missing}
        self._known = {path: new.get(path) or self._known[path] for path in self._local}
        self.note()

    def sent(self, path: str, md5: str) -> None:
        """A file is there whole. Written down now and then; `note` does it at once."""
        self._known[path] = self._known[path]._replace(md5=md5)
        if time.monotonic() - self._noted > NOTED_EVERY:
            self.note()

    def sum_up(self) -> dict[str, str]:
        """The MD5 of all files, by path; what a killed run did not note is computed."""
        for path, known in self._known.items():
            if not known.md5:
                self._known[path] = known._replace(md5=self.md5(path))
        self.note(done=True)
        return {path: known.md5 for path, known in self._known.items()}

    def note(self, *, done: bool = False) -> None:
        """Write down what is known."""
        self._noted = time.monotonic()
        files = {path: list(known) for path, known in self._known.items()}
        self._ledger.note(STEP, {"upload": self._upload}, {"upload": self._upload, "files": files}, done=done)

    def items(self) -> list[tuple[str, Known]]:
        return list(self._known.items())

    def whole(self) -> int:
        """How many are there whole."""
        return sum(bool(known.md5) for known in self._known.values())

    def md5(self, path: str) -> str:
        """Computed from the file that is here."""
        return md5_of(self._local[path], self._watch.check)

    def _unchanged(self, path: str) -> bool:
        """Whether the file is what it was when it was sent; written anew with the same content, it is."""
        file, known = self._local[path], self._known[path]
        if not known.is_of(file):
            if known.size != file.stat().st_size or not known.md5 or known.md5 != self.md5(path):
                return False
            self._known[path] = Known(*stamp(file), known.md5)
        return True


def forget(ledger: Ledger, upload: str, words: str) -> None:
    """The files that these words name, all if they name none, are not on the server as they were sent."""
    noted = ledger.noted(STEP)
    if noted.get("upload") == upload:
        named = {path for path in noted["files"] if path in words} or set(noted["files"])
        kept = {path: known for path, known in noted["files"].items() if path not in named}
        ledger.note(STEP, {"upload": upload}, {**noted, "files": kept})
