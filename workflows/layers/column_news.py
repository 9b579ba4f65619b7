"""Columns that the server changed under edits that are not sent yet: whoever loads or refreshes is told."""

from __future__ import annotations

from typing import Optional

from ...client.espaceco.databases import Table
from ...i18n import ngettext
from ...store.layer import Layer
from ...store.store import Store
from .described import Described, described

_GONE, _RETYPED, _LOCKED = "gone", "retyped", "locked"


def column_news(store: Store, known: Optional[Layer], wanted: Described) -> list[str]:
    """A sentence for each column with values of edited objects that `wanted` has no more, has otherwise, or has locked.

    `known` is the layer as it is in the store, None if it is not there; to be asked in one transaction with what
    changes it, as the edits of a column that has gone are no longer counted then. What they wrote stays in the store.
    """
    if known is None or not known.key:
        return []
    before = described(known)
    news = {name: what for name in known.names if (what := _news(name, before, wanted))}
    counts = store.edits.own_values(known, list(news))
    return [_sentence(known, name, what, counts[name], wanted.table) for name, what in news.items() if counts[name]]


def _news(name: str, before: Described, now: Described) -> str:
    """What became of a column, "" for nothing."""
    was, column = before.table.column(name), now.table.column(name)
    if was is None:  # of the history: nobody edits it
        return ""
    if column is None:
        return _GONE
    if column.type != was.type:
        return _RETYPED
    lost = _open(before, name) and not _open(now, name)
    return _LOCKED if lost else ""


def _open(layer: Described, name: str) -> bool:
    """Whether a column may be written, if the layer may be."""
    column = layer.table.column(name)
    return column is not None and column.writable and name not in layer.locked


def _sentence(known: Layer, name: str, what: str, count: int, table: Table) -> str:
    local = next(column.local for column in known.live if column.name == name)
    about = {"layer": table.title, "column": name, "table": known.local_table, "local": local}
    if what == _GONE:
        return ngettext(
            "{layer}: the server has no column “{column}” any more. {n} edited object has a value of its own in it, "
            "which is not sent; it stays in the store, in the column “{local}” of the table “{table}”.",
            "{layer}: the server has no column “{column}” any more. {n} edited objects have values of their own in it, "
            "which are not sent; they stay in the store, in the column “{local}” of the table “{table}”.",
            count,
            **about,
        )
    if what == _RETYPED:
        column = table.column(name)
        return ngettext(
            "{layer}: the column “{column}” is of the type {type} now. {n} edited object has a value of its own in it, "
            "which stays as it is and is checked again before it is sent.",
            "{layer}: the column “{column}” is of the type {type} now. {n} edited objects have values of their own in "
            "it, which stay as they are and are checked again before they are sent.",
            count,
            type=column.type if column else "",
            **about,
        )
    return ngettext(
        "{layer}: the column “{column}” can no longer be changed. {n} edited object has a value of its own in it, "
        "which is not sent; it stays in the store, in the column “{local}” of the table “{table}”.",
        "{layer}: the column “{column}” can no longer be changed. {n} edited objects have values of their own in it, "
        "which are not sent; they stay in the store, in the column “{local}” of the table “{table}”.",
        count,
        **about,
    )
