"""How a workflow speaks to whoever started it: progress, messages, and whether to stop."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Callable, Optional

from ..client.errors import Cancelled

if TYPE_CHECKING:
    from ..client.session import Session

WARNINGS_SHOWN = 50


class Watch:
    """The default says nothing and never stops. `progress(done, total)`: total None while it is not known.

    `explain` makes the sentence for people out of an error.
    """

    def __init__(
        self,
        progress: Optional[Callable[[int, Optional[int]], None]] = None,
        info: Optional[Callable[[str], None]] = None,
        warning: Optional[Callable[[str], None]] = None,
        cancelled: Callable[[], bool] = lambda: False,
        explain: Callable[[Exception], str] = str,
    ) -> None:
        self._progress = progress
        self._info = info
        self._warning = warning
        self._cancelled = cancelled
        self.explain = explain
        self.warnings: list[str] = []
        self.warning_count = 0

    def progress(self, done: int, total: Optional[int]) -> None:
        if self._progress:
            self._progress(done, total)

    def info(self, sentence: str) -> None:
        if self._info:
            self._info(sentence)

    def warn(self, sentence: str) -> None:
        """Say it, up to 50 times in a run; all are counted."""
        self.warning_count += 1
        if self.warning_count <= WARNINGS_SHOWN:
            self.warnings.append(sentence)
            if self._warning:
                self._warning(sentence)

    def forget_warnings(self) -> None:
        """When the work is begun again from the start."""
        self.warnings.clear()
        self.warning_count = 0

    def without_progress(self) -> Watch:
        """The same for what only comes before the work: its end is not the end."""
        other = copy(self)
        other._progress = None
        return other

    def part(self, start: float, end: float) -> Watch:
        """The same for a part of the work: the progress goes from one fraction of the whole to another."""
        other = copy(self)
        span = end - start
        other._progress = lambda done, total: (
            self.progress(round(1000 * (start + span * done / total)), 1000) if total else None
        )
        return other

    def through(self, session: Session, prefix: str = "") -> Watch:
        """The same for work that a task of this session may do: all is said in the thread of the operation.

        Sentences begin with `prefix`.
        """
        return Watch(
            progress=lambda done, total: session.soon(lambda: self.progress(done, total)),
            info=lambda sentence: session.here(lambda: self.info(prefix + sentence)),
            warning=lambda sentence: session.here(lambda: self.warn(prefix + sentence)),
            cancelled=self._cancelled,
            explain=self.explain,
        )

    def check(self) -> None:
        """Raises Cancelled if the work is to stop."""
        if self._cancelled():
            raise Cancelled()
