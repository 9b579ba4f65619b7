"""The one way to wait for a server: growing pauses, a ceiling, a limit, cancellable, each new state told once."""

from __future__ import annotations

import time
from typing import Callable, TypeVar

from .errors import ServiceError
from .session import Session

State = TypeVar("State")

FIRST, GROWTH, CEILING = 0.2, 1.5, 15.0
"""Seconds; a job of a minute costs some ten requests, one of an hour 240."""
LIMIT = 6 * 3600.0


class WaitedTooLong(ServiceError):
    """The server did not come to an end within the limit; it may still do."""


def wait(
    session: Session,
    read: Callable[[], State],
    ended: Callable[[State], bool],
    *,
    told: Callable[[State], None] = lambda state: None,
    limit: float = LIMIT,
) -> State:
    """Read until `ended`; `told` is given each state. Raises WaitedTooLong after `limit` seconds, Cancelled."""
    pause, until = FIRST, time.monotonic() + limit
    while True:
        state = read()
        told(state)
        if ended(state):
            return state
        if time.monotonic() > until:
            raise WaitedTooLong(detail=f"not done after {limit:.0f} s")
        session.pause(pause)
        pause = min(pause * GROWTH, CEILING)
