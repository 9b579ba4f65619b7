"""Private folders for what is on its way; those that killed runs left go with a later run."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from ..store.errors import StoreBusy
from ..store.lock import sole_sender

PREFIX, LOCKED = "geocollab-run-", "run"
OLD = 86_400.0
"""Seconds: what is younger may just be being made."""


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that goes in the end, and is known as in use until then."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with sole_sender(folder / LOCKED):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what is held open still, on Windows, goes with a later run


@lru_cache(None)
def _sweep() -> None:
    """Once in a program: folders that nobody holds and are older than a day."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError, StoreBusy):
            if not folder.is_symlink() and time.time() - folder.stat().st_mtime > OLD:
                with sole_sender(folder / LOCKED):  # otherwise its run is still going, however long
                    pass
                shutil.rmtree(folder)
