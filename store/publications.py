"""The ledger of publications: each step on the server written down before it is taken, and with its ids after.

A publication is one data sheet in one datastore of one service. A run of it is a series of steps; each is `begun`
(nobody knows whether the server did it) or `done` (with what it made). A run that came to its end becomes the
publication's `current`; what was current before it is `previous`, to which one can go back. Whoever is killed at any
moment leaves the truth, or a step that is begun.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Optional

from .database import Database

BEGUN, DONE = "begun", "done"
_COLUMNS = "id, service, datastore, name, run, current, previous, published"


@dataclass(frozen=True)
class Publication:
    """One data sheet: `run` is the number of the run that is under way, or comes next.

    `current` and `previous` are what the last two whole runs made: ids and what was compared, as the workflow writes
    it; empty if there was none. `published` is when (ISO, UTC), "" for never.
    """

    id: int
    service: str
    datastore: str
    name: str
    run: int
    current: dict[str, Any]
    previous: dict[str, Any]
    published: str


@dataclass(frozen=True)
class Step:
    """A step of a run: `wanted` is what was known before (names to find it by), `made` what the server gave."""

    name: str
    state: str
    wanted: dict[str, Any]
    made: dict[str, Any]
    began: str

    @property
    def done(self) -> bool:
        return self.state == DONE


class Publications:
    """The ledger of a store. Methods that write belong inside `store.atomic()`."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def open(self, service: str, datastore: str, name: str) -> Publication:
        """The publication of this name, made if it is not there."""
        self._store.connection.execute(
            "INSERT OR IGNORE INTO geocollab_publication (service, datastore, name) VALUES (?, ?, ?)",
            (service, datastore, name),
        )
        (found,) = self._publications("WHERE service = ? AND datastore = ? AND name = ?", (service, datastore, name))
        return found

    def find(self, service: str, datastore: str, name: str) -> Optional[Publication]:
        """The publication of this name, None if there is none."""
        rows = self._publications("WHERE service = ? AND datastore = ? AND name = ?", (service, datastore, name))
        return next(iter(rows), None)

    def all(self, service: str = "", datastore: str = "") -> list[Publication]:
        """All, or those of a service, or of one of its datastores, in the order of their names."""
        where, values = "WHERE (?1 = '' OR service = ?1) AND (?2 = '' OR datastore = ?2)", (service, datastore)
        return self._publications(f"{where} ORDER BY name", values)

    # ------------------------------------------------------------------ a run

    def steps(self, publication: int) -> dict[str, Step]:
        """The steps of the run under way, in the order in which they were begun."""
        rows = self._store.all(
            "SELECT step, state, wanted, made, began FROM geocollab_publication_step WHERE publication = ? ORDER BY id",
            (publication,),
        )
        return {row[0]: Step(row[0], row[1], json.loads(row[2]), json.loads(row[3]), row[4]) for row in rows}

    def begin(self, publication: int, step: str, wanted: Mapping[str, Any]) -> None:
        """The step is about to be taken: from now on nobody knows, until `done` or `undone`."""
        self._store.connection.execute(
            "INSERT INTO geocollab_publication_step (publication, step, state, wanted, made, began) "
            "VALUES (?1, ?2, 'begun', ?3, '{}', ?4) "
            "ON CONFLICT (publication, step) DO UPDATE SET state = 'begun', wanted = ?3, made = '{}', began = ?4",
            (publication, step, json.dumps(wanted), _now()),
        )

    def done(self, publication: int, step: str, made: Mapping[str, Any]) -> None:
        """The step was taken; what it made."""
        self._store.connection.execute(
            "UPDATE geocollab_publication_step SET state = 'done', made = ? WHERE publication = ? AND step = ?",
            (json.dumps(made), publication, step),
        )

    def note(
        self, publication: int, step: str, wanted: Mapping[str, Any], made: Mapping[str, Any], *, done: bool
    ) -> None:
        """What a step made so far; it is begun if it was not, and `done` or not from now on."""
        self._store.connection.execute(
            "INSERT INTO geocollab_publication_step (publication, step, state, wanted, made, began) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
            "ON CONFLICT (publication, step) DO UPDATE SET state = ?3, wanted = ?4, made = ?5",
            (publication, step, DONE if done else BEGUN, json.dumps(wanted), json.dumps(made), _now()),
        )

    def undone(self, publication: int, steps: Iterable[str]) -> None:
        """What these steps made is there no longer, or never was: they are to be taken anew."""
        self._store.connection.executemany(
            "DELETE FROM geocollab_publication_step WHERE publication = ? AND step = ?",
            [(publication, step) for step in steps],
        )

    def finish(self, publication: int, current: Mapping[str, Any], *, keep_previous: bool = False) -> None:
        """The run came to its end: what it made is current, what was current before is `previous`.

        With `keep_previous` the previous one stays as it was: nothing of the data was replaced.
        """
        self._store.connection.execute(
            "UPDATE geocollab_publication SET previous = CASE WHEN ?3 THEN previous ELSE current END, current = ?2, "
            "published = ?4, run = run + 1 WHERE id = ?1",
            (publication, json.dumps(current), keep_previous, _now()),
        )
        self._store.connection.execute("DELETE FROM geocollab_publication_step WHERE publication = ?", (publication,))

    def amend(self, publication: int, current: Mapping[str, Any]) -> None:
        """More is known of what is current."""
        self._store.connection.execute(
            "UPDATE geocollab_publication SET current = ? WHERE id = ?", (json.dumps(current), publication)
        )

    def set_previous(self, publication: int, previous: Mapping[str, Any]) -> None:
        """What one can go back to; empty once it was deleted."""
        self._store.connection.execute(
            "UPDATE geocollab_publication SET previous = ? WHERE id = ?", (json.dumps(previous), publication)
        )

    # ------------------------------------------------------------------ inside

    def _publications(self, rest: str, values: tuple[Any, ...]) -> list[Publication]:
        rows = self._store.all(f"SELECT {_COLUMNS} FROM geocollab_publication {rest}", values)  # nosec B608
        return [_publication(*row) for row in rows]


def _publication(*row: Any) -> Publication:
    values = [*row[:5], json.loads(row[5]), json.loads(row[6]), row[7]]
    return Publication(*values)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
