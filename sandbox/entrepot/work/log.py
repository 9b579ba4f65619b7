"""The lines that checks and processings write (contract 3.5), and how they end badly."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path


class WorkError(Exception):
    """Why it cannot go on, for who reads the log."""


class Log:
    """`write` takes each line; `errors` counts those of that level."""

    def __init__(self, write: Callable[[str], None], offset: float = 0.0):
        self._write, self._offset = write, offset
        self.errors = 0

    def info(self, message: str) -> None:
        self._line("INFO", message)

    def warning(self, message: str) -> None:
        self._line("WARNING", message)

    def error(self, message: str) -> None:
        self.errors += 1
        self._line("ERROR", message)

    def failure(self, error: Exception, words: str) -> None:
        """What ended the work, as a line of where it was raised."""
        place = traceback.extract_tb(error.__traceback__)[-1]
        self.errors += 1
        self._write(line("ERROR", Path(place.filename).stem, place.lineno or 0, words, time.time() + self._offset))

    def _line(self, level: str, message: str) -> None:
        caller = sys._getframe(2)
        module = caller.f_globals.get("__name__", "").rpartition(".")[2]
        self._write(line(level, module, caller.f_lineno, message, time.time() + self._offset))


def line(level: str, module: str, number: int, message: str, moment: float) -> str:
    """As the platform writes: the level glued to the milliseconds, the parts between double bars."""
    when = datetime.fromtimestamp(moment, timezone.utc)
    stamp = f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03d}"
    return f"{stamp}{level}||{module}||{number}||{message}"
