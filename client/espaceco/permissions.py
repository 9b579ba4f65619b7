"""What a community may do to databases, tables and columns: `GET /permissions` (contract 2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from .. import reading
from ..errors import Forbidden, Invalid, NotFound
from ..paging import Row, read_whole
from .api import EspaceCo

NONE, VIEW, EDIT = "NONE", "VIEW", "EDIT"
A37_UNKNOWN_LEVEL = EDIT
"""A37: a level of which the contract does not tell, such as ADMIN, allows editing."""


class Permissions:
    """The levels that were given: that of a column counts before that of its table, and this before the database's."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._levels: dict[tuple[Optional[int], Optional[int], Optional[int]], str] = {}
        for row in rows:
            said = [row.get(name) for name in ("database", "table", "column")]
            database, table, column = map(reading.number_of, said)
            if said.count(None) != (database, table, column).count(None):
                continue  # about something else than it seems: none would mean all
            level = reading.text(row.get("level")).upper()
            self._levels[database, table, column] = level if level in (NONE, VIEW, EDIT) else A37_UNKNOWN_LEVEL

    def level(self, database: int, table: int, column: Optional[int] = None) -> str:
        """`NONE`, `VIEW` or `EDIT`, which is also where nothing is said: then the server has the last word."""
        places = ((database, table, column), (database, table, None), (database, None, None))
        return next((self._levels[place] for place in places if place in self._levels), EDIT)


def get(api: EspaceCo, community: int) -> Optional[Permissions]:
    """The permissions of a community; None where this account is not shown them."""
    try:
        return Permissions(read_whole(api.session, api.url("permissions"), [("community", community)]))
    except (Forbidden, NotFound, Invalid):
        return None
