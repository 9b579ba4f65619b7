"""Requests that must be taken once: when the answer to one is lost, the server is asked what became of it."""

from __future__ import annotations

from typing import Callable, Optional, TypeVar

from ...client.entrepot.api import Datastore
from ...client.entrepot.entities import Collection, Kind
from ...client.errors import Busy, Conflict, MalformedAnswer, ServerFault, ServiceError, Unreachable
from ...client.session import Session

Made = TypeVar("Made")

ATTEMPTS = 4
FIRST_DELAY = 0.5
GATEWAY_TIMED_OUT = 504


def delays() -> list[float]:
    """Seconds before each attempt after the first."""
    return [FIRST_DELAY * 2**attempt for attempt in range(ATTEMPTS - 1)]


def lost(error: Exception) -> bool:
    """Whether the server may have done what was asked although it did not say so."""
    if isinstance(error, ServiceError) and error.never_sent:
        return False
    return isinstance(error, (Unreachable, ServerFault, Busy, MalformedAnswer))


def may_still_come(error: ServiceError) -> bool:
    """Whether the server may be at it still: doing it again now could do it twice."""
    return error.status is None or error.status == GATEWAY_TIMED_OUT


def make_once(session: Session, make: Callable[[], Made], find: Callable[[], Optional[Made]]) -> Made:
    """What `make` gives; after a lost answer what `find` finds, and only if the server surely did nothing, once more.

    Raises the error if it is not known: a later run looks again.
    """
    for delay in [*delays(), None]:
        try:
            return make()
        except ServiceError as error:
            if not lost(error):
                raise
            session.pause(FIRST_DELAY if delay is None else delay)
            found = find()
            if found is not None:
                return found
            if delay is None or may_still_come(error):
                raise
    raise AssertionError("the last attempt returns or raises")


def act_once(
    datastore: Datastore, collection: Collection[Kind], id: str, verb: str, done: Callable[[str], bool]
) -> None:
    """A verb such as `close`; `done(status)` says whether a status is what comes of it. Raises Conflict if not."""
    for delay in [*delays(), None]:
        try:
            collection.act(datastore, id, verb)
            return
        except ServiceError as error:
            if not lost(error) and not isinstance(error, Conflict):
                raise
            if done(collection.get(datastore, id).status):
                return
            if delay is None or isinstance(error, Conflict):
                raise
            datastore.session.pause(delay)
