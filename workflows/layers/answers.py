"""What answers to a transaction of local edits say of the single edits, and what can be done about it."""

from __future__ import annotations

import re
from typing import Any

from ...client import reading
from ...client.errors import Forbidden, ServiceError, SignInFailed, Unauthorized
from ...client.espaceco.transactions import INSERT, Applied, Transaction
from ...client.session import NEVER_DONE
from ...i18n import _
from ...store.layer import Layer
from ...store.transactions import Entry, Sent
from .batch import Batch

_ACTION = re.compile(r"\baction\s+([0-9]{1,6})\b", re.IGNORECASE)


def by_edit(entry: Entry, answer: Transaction) -> dict[Sent, Applied]:
    """What became of each edit: by the id that we gave it, by its place where the server does not give that back."""
    known = {f"{sent.layer}:{sent.row}": sent for sent in entry.rows}
    found = {known[name]: applied for name, applied in answer.by_client_id.items() if name in known}
    if not found and len(answer.actions) == len(entry.rows):
        return dict(zip(entry.rows, answer.actions))
    return found


def key_of(layer: Layer, text: str) -> Any:
    """A key that came as text, as the column has it."""
    kind = next((column.type for column in layer.live if column.name == layer.key), "String")
    return reading.integer(text) if kind == "Integer" else text


def never_done(error: ServiceError) -> bool:
    """Whether the server surely did nothing: nothing was sent, it did not know us, or it says so."""
    refused = isinstance(error, (Unauthorized, SignInFailed)) or error.status in NEVER_DONE
    return error.never_sent or refused


def of_known_objects(batch: Batch) -> list[int]:
    """The places of the edits of objects that the server has."""
    return [at for at, item in enumerate(batch) if item.action.state != INSERT]


def culprits(batch: Batch, said: str) -> list[int]:
    """The places of the edits that the server's words name: by place, by key, or by a column and its value."""
    named = {int(number) - 1 for number in _ACTION.findall(said)}
    if not named:
        words = set(re.findall(r"[\w.-]+", said))
        named = {at for at in of_known_objects(batch) if str(batch[at].key) in words}
    if not named:
        named = {
            at
            for at, item in enumerate(batch)
            if any(name in said and _long(value) and value in said for name, value in item.action.data.items())
        }
    return sorted(at for at in named if at < len(batch))


def _long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > 2


def what_to_do(error: ServiceError) -> str:
    """What a user can do about a transaction that was refused."""
    if isinstance(error, Forbidden):
        return _(
            "Either an object lies outside of your zones, or the right to edit was taken away: “List the group layers” "
            "shows what may be edited now."
        )
    if error.status == 413:
        return _("Send fewer edits at once: name their layers in LAYERS, or the objects in INPUT.")
    return _("If the columns have changed since the layer was loaded, refresh the layer.")
