"""Transactions: many changes in one database, applied together or not at all (contract 2.11).

One whose answer is lost may have been applied, and the session does not send it again: `find` it by its token first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional
from uuid import uuid4

from .. import reading
from ..errors import MalformedAnswer
from ..paging import Row, object_of, rows_of
from ..session import Answer
from .api import EspaceCo

INSERT, DELETE, UPDATE = "Insert", "Delete", "Update"
"""A30: exactly so."""
ORDER = (INSERT, DELETE, UPDATE)
"""In which order a transaction holds them (contract 2.11)."""
COMMITTED, CONFLICTING, PENDING = "committed", "conflicting", "pending"
REFUSED = frozenset({"rollbacked", "failed", "cancelled", CONFLICTING})
"""The states in which nothing was written, nor ever will be (A27)."""
COMMENT = "SIG-QGIS"
_MOST_RECENT = 100


@dataclass(frozen=True)
class Action:
    """One change: `table` is the table's id (A31), `data` the members of contract 2.11, `client_id` ours."""

    table: int
    state: str
    data: Mapping[str, Any]
    client_id: str = ""

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"table": self.table, "state": self.state, "data": dict(self.data)}
        if self.client_id:
            body["client_feature_id"] = self.client_id
        return body


@dataclass(frozen=True)
class Applied:
    """What became of one action: `row` is the whole row as stored, `key` the text of its key.

    `table` is a name (A31). `client_id` is "" if the server does not give back ours.
    """

    table: str
    state: str
    key: str
    client_id: str
    row: Row


@dataclass(frozen=True)
class Conflict:
    """An action that met a row changed or destroyed by somebody else; `server` is that row's key, fingerprint, and
    what it holds in the columns that clash.
    """

    table: str
    state: str
    client_id: str
    server: Row


@dataclass(frozen=True)
class Transaction:
    """A transaction as the server tells of it; `actions` are those of a committed one, in the order sent."""

    id: Optional[int]
    status: str
    message: str
    comment: str
    numrec: Optional[int]
    actions: tuple[Applied, ...]
    conflicts: tuple[Conflict, ...]
    raw: dict[str, Any] = field(repr=False)

    @property
    def committed(self) -> bool:
        return self.status == COMMITTED

    @property
    def refused(self) -> bool:
        return self.status in REFUSED

    @property
    def pending(self) -> bool:
        """Neither applied nor refused yet, as far as one knows: `get` it again later."""
        return not (self.committed or self.refused)

    @property
    def by_client_id(self) -> dict[str, Applied]:
        """What became of each of our actions that had an id."""
        return {action.client_id: action for action in self.actions if action.client_id}


def new_token() -> str:
    """What a transaction is known by, to be put down before it is sent."""
    return uuid4().hex


def comment_with(token: str) -> str:
    """The comment of the transaction that has this token. No `%` or `_`: the server may search with wildcards."""
    return f"{COMMENT} {token}"


def in_order(actions: Iterable[Action]) -> list[Action]:
    """Insertions, deletions, updates, each as they came. Raises ValueError for another state."""
    return sorted(actions, key=lambda action: ORDER.index(action.state))


def send(api: EspaceCo, database: int, actions: Sequence[Action], token: str) -> Transaction:
    """`POST /databases/{d}/transactions`: what became of it, which may be a refusal; for `Session.in_parallel`.

    Raises Invalid, Forbidden or NotFound (an object is gone, A28) when the server does not even consider it.
    """
    body = {"comment": comment_with(token), "actions": [action.body() for action in in_order(actions)]}
    return _transaction(api.session.send("POST", api.url(f"databases/{database}/transactions"), json=body))


def get(api: EspaceCo, database: int, number: int) -> Transaction:
    """One transaction as it is now."""
    return _transaction(api.session.get(api.url(f"databases/{database}/transactions/{number}")))


def find(api: EspaceCo, database: int, token: str, user: Optional[int] = None) -> Optional[Transaction]:
    """The transaction of this token, None if the server has none: it may still be on its way there.

    If the search by comment gives nothing it looks at the most recent ones too, of `user` if given: how that search
    works is not documented.
    """
    url = api.url(f"databases/{database}/transactions")
    recent: list[tuple[str, Any]] = [("sort", "id:DESC"), ("page", 1), ("limit", _MOST_RECENT)]
    for filter_ in (("comment", comment_with(token)), ("user", user)):
        params = [filter_, *recent] if filter_[1] is not None else recent
        for row in rows_of(api.session.get(url, params)):
            if token in reading.text(row.get("comment")):
                return transaction_of(row)
    return None


def transaction_of(body: Row) -> Transaction:
    """A transaction, in the answer to its POST or in a list."""
    return Transaction(
        id=reading.integer(body.get("id")),
        status=_status(body.get("status")),
        message=reading.text(body.get("message")),
        comment=reading.text(body.get("comment")),
        numrec=reading.integer(body.get("numrec")),
        actions=tuple(map(_applied, reading.objects(body.get("actions")))),
        conflicts=tuple(map(_conflict, reading.objects(body.get("conflicts")))),
        raw=body,
    )


def _transaction(answer: Answer) -> Transaction:
    body = object_of(answer)
    if not body.get("status"):
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="a transaction was expected")
    return transaction_of(body)


def _status(value: Any) -> str:
    status = reading.text(value).strip().lower()
    return COMMITTED if status == "commited" else status  # as IGN's own web client spells it


def _applied(entry: Row) -> Applied:
    row = reading.mapping(entry.get("data"))
    return Applied(
        table=reading.text(entry.get("table")),
        state=reading.text(entry.get("state")),
        key=reading.text(entry.get("server_feature_id")),
        client_id=reading.text(entry.get("client_feature_id")),
        row=row,
    )


def _conflict(entry: Row) -> Conflict:
    return Conflict(
        table=reading.text(entry.get("table")),
        state=reading.text(entry.get("state")),
        client_id=reading.text(entry.get("client_feature_id")),
        server=reading.mapping(entry.get("server_object")),
    )
