"""The journal of transactions: what was sent of local edits, recorded before the request, marked after the answer.

States: `unsure` (a request was begun and its answer is not known, or it is under way on the server), `committed`,
`refused`, `conflicting`, `lost` (it surely never reached the server). Whoever is killed at any moment leaves the truth,
or `unsure`. An entry is made together with `Edits.sending`, and marked together with what that becomes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, NamedTuple, Optional

from .database import Database

UNSURE, COMMITTED, REFUSED, CONFLICTING, LOST = STATES = ("unsure", "committed", "refused", "conflicting", "lost")
_COLUMNS = "id, token, service, database_id, account, began, state, number, message, inserts, updates, deletes, rows"


class Sent(NamedTuple):
    """An edit that a transaction holds: the layer and the row in the store."""

    layer: int
    row: int


@dataclass(frozen=True)
class Entry:
    """One transaction: its `token`, by which the server's own is found, and the `number` that the server gave it.

    `account` is the number of the user, `began` a moment (ISO, UTC), `message` the server's words. `rows` are the edits
    in the order in which they were sent, of one that is no longer unsure none.
    """

    id: int
    token: str
    service: str
    database: int
    account: Optional[int]
    began: str
    state: str
    number: Optional[int]
    message: str
    inserts: int
    updates: int
    deletes: int
    rows: tuple[Sent, ...]


class Transactions:
    """The journal of a store. Methods that write belong inside `store.atomic()`."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def begin(
        self,
        token: str,
        *,
        service: str,
        database: int,
        account: Optional[int],
        counts: tuple[int, int, int],
        rows: Sequence[Sent],
    ) -> int:
        """A request is about to be sent: from now on nobody knows. `counts`: inserts, updates, deletes. Its id."""
        cursor = self._store.connection.execute(
            "INSERT INTO geocollab_transaction (token, service, database_id, account, began, state, inserts, updates, "
            "deletes, rows) VALUES (?, ?, ?, ?, ?, 'unsure', ?, ?, ?, ?)",
            (token, service, database, account, _now(), *counts, json.dumps(rows)),
        )
        return int(cursor.lastrowid or 0)

    def mark(self, number: int, state: str, *, answer: Optional[int] = None, message: str = "") -> None:
        """What came of it: the server's number and words. Which edits it held is only kept while that is unsure.

        What began later than now, by a clock that was put right since, has begun now.
        """
        self._store.connection.execute(
            "UPDATE geocollab_transaction SET state = ?1, number = coalesce(?2, number), message = ?3, "
            "rows = CASE ?1 WHEN 'unsure' THEN rows ELSE '[]' END, began = min(began, ?5) WHERE id = ?4",
            (state, answer, message, number, _now()),
        )

    def entry(self, number: int) -> Optional[Entry]:
        """The entry of this id."""
        return next(iter(self._entries("WHERE id = ?", (number,))), None)

    def all(self) -> list[Entry]:
        """All of them, oldest first."""
        return self._entries("ORDER BY id", ())

    def unsure(self, service: str) -> list[Entry]:
        """Those sent to this service whose end is not known, oldest first."""
        return self._entries("WHERE state = 'unsure' AND service = ? ORDER BY id", (service,))

    # ------------------------------------------------------------------ documents

    def document(self, service: str, digest: str) -> Optional[int]:
        """The number that the service gave to a file of this content, None if it was never uploaded."""
        sql = "SELECT document FROM geocollab_document WHERE service = ? AND digest = ?"
        found: Optional[int] = self._store.one(sql, (service, digest))
        return found

    def uploaded(self, service: str, digest: str, document: int) -> None:
        """A file of this content was uploaded: it need not be again."""
        self._store.connection.execute(
            "INSERT OR REPLACE INTO geocollab_document VALUES (?, ?, ?)", (service, digest, document)
        )

    # ------------------------------------------------------------------ inside

    def _entries(self, rest: str, values: Sequence[Any]) -> list[Entry]:
        found = self._store.all(f"SELECT {_COLUMNS} FROM geocollab_transaction {rest}", values)  # nosec B608
        return [_entry(*row) for row in found]


def _entry(*row: Any) -> Entry:
    values = [*row[:-1], tuple(Sent(*pair) for pair in json.loads(row[-1]))]
    return Entry(*values)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
