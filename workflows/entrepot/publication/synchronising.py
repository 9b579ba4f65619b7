"""Many data sets at once: created, brought up to date or left alone, each on its own, some at a time.

What was published last is in the ledger. A data set whose files and wishes are what they were is left alone without
being read; the server is asked once for all of them whether everything is still there.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Callable, Optional, Union

from ....client.entrepot.multipart import stamp
from ....client.errors import Cancelled, ServiceError
from ....i18n import N_, _, ngettext
from ....store.errors import StoreError
from ....store.lock import sole_sender
from ....store.store import Store
from ...errors import InputError, Interrupted
from ...pages.writing import said_of
from ...watch import Watch
from ..checks.tables import Exported
from ..offices import Office
from . import publishing
from .publication import CREATED, LOCK, SETTINGS, UNCHANGED, UPDATED, Published, Wish

log = logging.getLogger("geocollab.synchronising")

FAILED = "failed"
STATES = {
    CREATED: N_("published"),
    UPDATED: N_("updated"),
    SETTINGS: N_("services updated"),
    UNCHANGED: N_("unchanged"),
    FAILED: N_("failed"),
}
MOST = 8
"""Data sets under way at once: most of the time of each is waiting for the server."""

_KNOWN = (InputError, Interrupted, ServiceError, StoreError, OSError)
"""Errors that need no traceback."""

Stamps = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class DataSet:
    """One data set: the `files` it is made of (to see whether they changed), how to read it, and what is wished.

    `export` reads it into one GeoPackage (in the thread of the operation, since QGIS does it). `wish` is made of what
    was exported; without it, the wish of last time is compared by `told`, all that the user said of the data set
    (`Said.told`). With `tidy`, data that was published before is not to stay.
    """

    name: str
    files: tuple[Path, ...]
    told: Mapping[str, Any]
    export: Callable[[], Exported]
    wish: Callable[[Exported], Wish]
    tidy: bool = False


@dataclass(frozen=True)
class Line:
    """What became of a data set: `state` as in STATES, `sentence` says why where it failed. `seconds` it took."""

    name: str
    state: str
    sentence: str = ""
    published: Optional[Published] = None
    seconds: float = 0.0


@dataclass(frozen=True)
class _Job:
    data_set: DataSet
    data: Exported
    wish: Wish
    began: float
    source: Mapping[str, Any]


def synchronise(
    office: Office, store: Store, data_sets: Iterable[DataSet], total: int, watch: Watch, most: int = MOST
) -> list[Line]:
    """Publish each; a failure in one does not stop the others. The lines come in the order in which they ended.

    Raises Interrupted with how far it came if it was stopped.
    """
    lines: list[Line] = []
    with sole_sender(store.path, LOCK):
        try:
            for line in _lines(office, store, data_sets, watch, most):
                lines.append(line)
                watch.progress(len(lines), total)
        except Cancelled as cancelled:
            far = ngettext(
                "{n} of {total} data sets is done.", "{n} of {total} data sets are done.", len(lines), total=total
            )
            raise Interrupted(far + " " + _("Run the operation again: it goes on with the others.")) from cancelled
    return lines


def _lines(office: Office, store: Store, data_sets: Iterable[DataSet], watch: Watch, most: int) -> Iterator[Line]:
    session = office.datastore.session
    there = publishing.everything(office)
    ended: list[Line] = []

    def jobs() -> Iterator[_Job]:
        for data_set in data_sets:
            watch.check()
            began = monotonic()
            try:
                job = _job(office, store, data_set, there, began)
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others go on
                job = _failed(data_set.name, error, began, watch)
            if isinstance(job, Line):
                ended.append(job)
            else:
                yield job

    def work(job: _Job) -> Published:
        voice = watch.without_progress().through(session, said_of(job.data_set.name, ""))
        try:
            done = publishing.bring(office, store, job.data, job.wish, voice, there)
            session.here(lambda: _remember(office, store, job))
            return done
        finally:
            _forget(job.data)

    for job, outcome in session.as_done(work, jobs(), most):
        yield from _taken(ended)
        yield _line(job, outcome, watch)
    yield from _taken(ended)


def _taken(lines: list[Line]) -> Iterator[Line]:
    while lines:
        yield lines.pop(0)


def _job(office: Office, store: Store, data_set: DataSet, there: frozenset[str], began: float) -> Union[_Job, Line]:
    """What is to be done of a data set, or that there is nothing."""
    # before it is read: what changes meanwhile is seen the next time
    source = {"told": dict(data_set.told), "stamps": _stamps(data_set.files)}
    found = store.publications.find(office.service, office.id, data_set.name)
    if found is not None and not store.publications.steps(found.id) and _same(found.current, data_set, source, there):
        published = Published(data_set.name, UNCHANGED, found.current)
        return Line(data_set.name, UNCHANGED, published=published, seconds=monotonic() - began)
    data = data_set.export()
    if found is not None and data.digest == found.current.get("rolled_back"):
        _forget(data)
        sentence = _(
            "This content was rolled back: it is not published again. Correct the data, or publish it by hand."
        )
        published = Published(data_set.name, UNCHANGED, found.current)
        return Line(data_set.name, UNCHANGED, sentence, published, monotonic() - began)
    try:
        return _Job(data_set, data, data_set.wish(data), began, source)
    except BaseException:
        _forget(data)
        raise


def _forget(data: Exported) -> None:
    with contextlib.suppress(OSError):
        data.file.unlink()


def _same(current: Mapping[str, Any], data_set: DataSet, source: Mapping[str, Any], there: frozenset[str]) -> bool:
    known = current.get("source", {})
    stamps = {name: tuple(values) for name, values in known.get("stamps", {}).items()}
    return (
        known.get("told") == source["told"]
        and stamps == source["stamps"]
        and bool(stamps)
        and not (data_set.tidy and current.get("kept"))
        and current.get("database") in there
        and publishing.is_whole(current, data_set.told["services"], there)
    )


def _remember(office: Office, store: Store, job: _Job) -> None:
    """What the files were and what was said when it was published."""
    found = store.publications.find(office.service, office.id, job.data_set.name)
    if found is not None:
        with store.atomic():
            store.publications.amend(found.id, {**found.current, "source": job.source})


def _stamps(files: Iterable[Path]) -> Stamps:
    return {str(file): stamp(file) for file in files}


def _line(job: _Job, outcome: Union[Published, Exception], watch: Watch) -> Line:
    if isinstance(outcome, Exception):
        return _failed(job.data_set.name, outcome, job.began, watch)
    return Line(job.data_set.name, outcome.state, " ".join(outcome.faults), outcome, monotonic() - job.began)


def _failed(name: str, error: Exception, began: float, watch: Watch) -> Line:
    sentence = watch.explain(error) or type(error).__name__
    if not isinstance(error, _KNOWN):
        log.error("a fault of the program", exc_info=error)
    watch.warn(said_of(name, sentence))
    error.__traceback__ = None  # its frames would hold the error, and it them, with the layers of the run
    return Line(name, FAILED, sentence, seconds=monotonic() - began)


def summary(lines: Iterable[Line]) -> dict[str, int]:
    """How many data sets came to each state."""
    counts = dict.fromkeys(STATES, 0)
    for line in lines:
        counts[line.state] += 1
    return counts
