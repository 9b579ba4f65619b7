"""Rows of a table: the WFS-like reading by pages, and single ones by their key (contract 2.10, 2.12).

A row is a dictionary of values by column name, the geometry among them: as WKT text, or as a GeoJSON object where the
server gives that. Values are as they came.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Optional
from urllib.parse import quote

from .. import reading
from ..errors import MalformedAnswer, error_for
from ..paging import Query, Row, a2_total, object_of
from ..session import Answer
from .api import EspaceCo
from .databases import NUMREC, Box, Table, box_text, one_by_one

A25_MAX_FEATURES = 10_000
"""A25: more rows than this are not given at once."""
AHEAD = 2
"""Pages under way at once: nobody says how many there are, so one or two beyond the end are asked for."""
STEPS_BACK = 10
"""How often it is gone back over a table that moves while it is read."""
_ROUND = 500
"""A page of so many rows, or a multiple, is perhaps as many as this server gives, whatever it was asked for."""
_ENVELOPES = ("features", "data", "rows", "items")

Condition = Mapping[str, Any]


@dataclass(frozen=True)
class FeatureQuery:
    """What to read: `box` in the table's CRS, `condition` in the language of contract 2.8, e.g. `{"zone": "A"}`."""

    box: Optional[Box] = None
    condition: Optional[Condition] = None

    def params(self, table: Table) -> Query:
        """As query parameters, without those of the page."""
        params: list[tuple[str, Any]] = [
            ("service", "WFS"),
            ("version", "1.0.0"),
            ("request", "GetFeature"),
            ("typename", table.name),
            ("outputFormat", "JSON"),
        ]
        if self.box:
            params.append(("bbox", box_text(self.box)))
        if self.condition:
            params.append(("filter", json.dumps(self.condition, ensure_ascii=False, separators=(",", ":"))))
        return params


def live(table: Table) -> Optional[Condition]:
    """The condition for rows that are not destroyed; None where rows are not flagged (A24)."""
    return {table.destroyed: False} if table.destroyed else None


def since(numrec: int) -> Condition:
    """The condition for what changed in a historised table, destroyed rows included, from this number on (A22)."""
    return {NUMREC: {"$gte": numrec}}


def every(*conditions: Optional[Condition]) -> Optional[Condition]:
    """All of these conditions together; None if there is none."""
    given = [condition for condition in conditions if condition]
    return {"$and": given} if len(given) > 1 else (given[0] if given else None)


class Reading:
    """One reading of a table. Iterate over it for its pages; each is a list of rows and is never empty.

    A row may come twice while others write: the last one counts, by key. `steady` is False if the table moved so much
    meanwhile that rows may be missing: read it again, or compare keys. Raises ServiceError; what came before it is
    no whole then. `limit` is the size of a page, 2 or more.
    """

    def __init__(self, api: EspaceCo, table: Table, query: FeatureQuery, limit: int = A25_MAX_FEATURES) -> None:
        self.steady = True
        self.rows = 0
        self._session = api.session
        self._url = api.url(f"wfs/{quote(table.database_name, safe='')}")
        self._params = list(query.params(table))
        self._limit = limit
        self._table = table

    def __iter__(self) -> Iterator[list[Row]]:
        (page,) = self._session.in_parallel(self._fetch, [0])
        if page:
            yield self._counted(page)
        if len(page) > 1 and (len(page) >= self._limit or len(page) % _ROUND == 0):
            yield from self._further(page[-1], len(page))

    def _further(self, row: Row, size: int) -> Iterator[list[Row]]:
        """The pages after a full one of `size` rows, `row` being its last, with which the next one begins.

        If it does not, rows before it came or went, and one may have slipped between two pages: back over the last one.
        """
        at, steps = size - 1, 0
        last: Optional[Row] = row  # None: nothing is known of the row at this place
        while True:
            ahead = self._session.in_parallel(self._fetch, count(at, size - 1), AHEAD)
            for page in ahead:
                follows = last is not None and bool(page) and self._same(page[0], last)
                moved = not page or (last is not None and not follows)
                if moved and at and self.steady:
                    at, last = max(0, at - size), None
                    break
                new = page[1:] if follows else page
                if new:
                    yield self._counted(new)
                if len(page) != size and not (page and next(ahead)):
                    return
                at, last = at + len(page) - 1, page[-1]
                if len(page) != size:  # rows behind one that is not full: it was cut short, so go on where it ended
                    size = max(size, len(page))
                    break
            steps += 1
            self.steady = steps <= STEPS_BACK
            if steps > 2 * STEPS_BACK:
                raise MalformedAnswer("GET", self._url, detail="pages that do not follow one another")

    def _same(self, row: Row, other: Row) -> bool:
        key = self._table.key
        return row.get(key) == other.get(key) if key and key in other else row == other

    def _counted(self, page: list[Row]) -> list[Row]:
        self.rows += len(page)
        return page

    def _fetch(self, offset: int) -> list[Row]:
        page = [("offset", offset), ("maxFeatures", self._limit)]
        answer = self._session.send("GET", self._url, params=[*self._params, *page])
        return rows_of(answer, self._table)


def first(api: EspaceCo, table: Table, query: FeatureQuery, limit: int) -> list[Row]:
    """At most `limit` rows, in one request."""
    params = [*query.params(table), ("offset", 0), ("maxFeatures", limit)]
    return rows_of(api.session.get(api.url(f"wfs/{quote(table.database_name, safe='')}"), params), table)


def totals(api: EspaceCo, tables: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Optional[int]]:
    """How many rows each of these (database, table) has, destroyed ones included: one request each, in parallel.

    None where the server does not say (contract 1.4, 2.10.5).
    """

    def ask(ids: tuple[int, int]) -> Optional[int]:
        address = api.url(f"databases/{ids[0]}/tables/{ids[1]}/features")
        return a2_total(api.session.send("GET", address, params={"page": 1, "limit": 1}))

    found = one_by_one(api, ask, tables)
    return {ids: total if isinstance(total, int) else None for ids, total in found.items()}


def get(api: EspaceCo, table: Table, key: Any) -> Row:
    """The row of a key, destroyed or not; NotFound if there never was one, or it was purged."""
    return object_of(api.session.get(_address(api, table, key)))


def get_in_parallel(api: EspaceCo, table: Table, key: Any) -> Row:
    """As `get`, for `Session.in_parallel`."""
    return object_of(api.session.send("GET", _address(api, table, key)))


def rows_of(answer: Answer, table: Table) -> list[Row]:
    """The rows of a page in any of the forms of contract 2.10.2; raises what an error object in their place says."""
    body = answer.json()
    found = body
    if isinstance(body, dict):
        found = next((body[name] for name in _ENVELOPES if isinstance(body.get(name), list)), None)
        code = reading.integer(body.get("code"))
        if found is None and code is not None and "message" in body:
            said = reading.text(body.get("message"))
            raise error_for(code)(answer.method, answer.url, status=code, server_message=said)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="a list of rows was expected")
    if found and found[0].get("type") == "Feature" and "properties" in found[0]:
        return list(map(partial(_flat, table), found))
    return found


def _flat(table: Table, feature: Row) -> Row:
    """A GeoJSON feature as a row; its `id` is the key where the properties have none."""
    row = dict(reading.mapping(feature.get("properties")))
    if table.geometry:
        row.setdefault(table.geometry, feature.get("geometry"))
    if table.key and row.get(table.key) is None and feature.get("id") is not None:
        row[table.key] = feature["id"]
    return row


def _address(api: EspaceCo, table: Table, key: Any) -> str:
    return api.url(f"databases/{table.database}/tables/{table.id}/features/{quote(str(key), safe='')}")
