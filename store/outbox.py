"""The outbox: what is to be sent, recorded before it is sent, marked with what came of it.

States: `pending` (surely not done), `unsure` (a request was begun and its answer is not known), `refused` (by the
server), `sent`, `dropped` (given up by the user). Whoever is killed at any moment leaves the truth, or `unsure`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Optional

from .database import Database

STATES = ("pending", "unsure", "refused", "sent", "dropped")
WAITING = ("pending", "unsure", "refused")
_COLUMNS = (
    "id, kind, key, service, account, report, parent, state, payload, created, tried, attempts, error, answer, told"
)


@dataclass(frozen=True)
class Entry:
    """One thing to send to a `service` (the API's root) as an `account` (number of the user).

    `kind` says what, `key` is the same for the same content, `report` is what it is about. `parent` is the entry that
    must be sent first. `answer` is the number of the report, or reply, that came of it; `told` whether the operation
    that sent it came to its end.
    """

    id: int
    kind: str
    key: str
    service: str
    account: Optional[int]
    report: Optional[int]
    parent: Optional[int]
    state: str
    payload: dict[str, Any]
    created: str
    tried: Optional[str]
    attempts: int
    error: Optional[str]
    answer: Optional[int]
    told: bool

    def waits_for(self, service: str, account: Optional[int]) -> bool:
        """Whether it is yet to be sent to this service as this account."""
        return self.state in WAITING and (self.service, self.account) == (service, account)


class Outbox:
    """The outbox of a store. Methods that write belong inside `store.atomic()`."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def add(
        self,
        kind: str,
        key: str,
        payload: dict[str, Any],
        *,
        service: str,
        account: Optional[int],
        report: Optional[int] = None,
        parent: Optional[int] = None,
    ) -> int:
        """Record something to send; gives its id."""
        cursor = self._store.connection.execute(
            "INSERT INTO geocollab_outbox (kind, key, service, account, report, parent, state, payload, created) "
            "VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
            # escaped: half a surrogate pair, which JSON can spell, is no text that SQLite takes
            (kind, key, service, account, report, parent, json.dumps(payload), _now()),
        )
        return int(cursor.lastrowid or 0)

    def latest(self, key: str) -> Optional[Entry]:
        """The newest entry of this content that was not dropped."""
        rows = self._entries("WHERE key = ? AND state <> 'dropped' ORDER BY id DESC LIMIT 1", (key,))
        return rows[0] if rows else None

    def entries(self, *states: str, kind: str = "") -> list[Entry]:
        """The entries of these states (all if none is named), oldest first."""
        wanted = states or STATES
        where, values = f"state IN ({', '.join('?' * len(wanted))})", list(wanted)
        if kind:
            where, values = f"{where} AND kind = ?", [*values, kind]
        return self._entries(f"WHERE {where} ORDER BY id", values)

    def entry(self, number: int) -> Optional[Entry]:
        """The entry of this id."""
        return next(iter(self._entries("WHERE id = ?", (number,))), None)

    def counts(self) -> dict[str, int]:
        """Number of entries of each state."""
        found = dict(self._store.all("SELECT state, count(*) FROM geocollab_outbox GROUP BY state"))
        return {state: found.get(state, 0) for state in STATES}

    def answers(self, kind: str) -> set[int]:
        """The numbers of what came of the entries of this kind."""
        rows = self._store.all(
            "SELECT answer FROM geocollab_outbox WHERE state = 'sent' AND kind = ? AND answer NOT NULL", (kind,)
        )
        return {row[0] for row in rows}

    def begun(self, numbers: Iterable[int]) -> None:
        """Requests are about to be sent: from now on nobody knows, until an answer comes."""
        now = _now()
        self._store.connection.executemany(
            "UPDATE geocollab_outbox SET state = 'unsure', tried = ?, attempts = attempts + 1, error = NULL "
            "WHERE id = ?",
            ((now, number) for number in numbers),
        )

    def mark(self, number: int, state: str, *, answer: Optional[int] = None, error: Optional[str] = None) -> None:
        """What came of it, with the sentence that says why. The content of what was sent is kept no longer."""
        self._store.connection.execute(
            "UPDATE geocollab_outbox SET state = ?1, answer = ?2, error = ?3, "
            "payload = CASE ?1 WHEN 'sent' THEN '{}' ELSE payload END WHERE id = ?4",
            (state, answer, error, number),
        )

    def about(self, number: int, report: int) -> None:
        """The report that an entry is about, known since its parent was sent."""
        self._store.connection.execute("UPDATE geocollab_outbox SET report = ? WHERE id = ?", (report, number))

    def tell(self, numbers: Iterable[int]) -> None:
        """The operation came to its end: what was sent is known to whoever started it."""
        self._store.connection.executemany(
            "UPDATE geocollab_outbox SET told = 1 WHERE id = ? AND state = 'sent'", ((number,) for number in numbers)
        )

    def drop(self, numbers: Iterable[int]) -> int:
        """Entries that were not sent are given up, with those that wait for them; gives how many."""
        dropped = 0
        for number in numbers:
            dropped += self._store.connection.execute(
                "UPDATE geocollab_outbox SET state = 'dropped' "
                "WHERE (id = ?1 OR parent = ?1) AND state NOT IN ('sent', 'dropped')",
                (number,),
            ).rowcount
        return dropped

    def _entries(self, rest: str, values: Sequence[Any]) -> list[Entry]:
        rows = self._store.all(f"SELECT {_COLUMNS} FROM geocollab_outbox {rest}", values)  # nosec B608 - no value in it
        return [Entry(*(*row[:8], json.loads(row[8]), *row[9:14], bool(row[14]))) for row in rows]


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
