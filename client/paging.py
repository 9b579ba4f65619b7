"""The one way to read a list: pages in parallel, in order, complete or known not to be.

Contract 1.4. What the server announces (`Content-Range: start-end/total`, A2) plans the requests and raises doubts;
whether a list is complete is judged by what came.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Optional

from .errors import MalformedAnswer
from .session import Answer, Session

A4_MAX_LIMIT = 100
"""A4: nobody asks for more than 100 rows a page."""
READINGS = 3
"""How often `read_whole` reads a list that changes under its hands."""

Row = dict[str, Any]
Query = Sequence[tuple[str, Any]]


def a2_total(answer: Answer) -> Optional[int]:
    """A2: only what stands after `/` in Content-Range is reliable."""
    found = re.search(r"/\s*([0-9]{1,15})\s*$", answer.headers.get("Content-Range", ""))
    return int(found.group(1)) if found else None


def rows_of(answer: Answer) -> list[Row]:
    """The rows of one page; raises MalformedAnswer if it is no list of objects."""
    rows = answer.json()
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="a list of objects was expected")
    return rows


def object_of(answer: Answer) -> dict[str, Any]:
    """The object that an answer holds; raises MalformedAnswer if it holds none."""
    body = answer.json()
    if not isinstance(body, dict):
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="an object was expected")
    return body


def read_whole(session: Session, url: str, query: Query, limit: int = A4_MAX_LIMIT) -> list[Row]:
    """All rows of a list that fits into memory, read again if need be; raises MalformedAnswer if it never is whole."""
    for _reading in range(READINGS):
        listing = Listing(session, url, query, limit)
        rows = [row for page in listing for row in page]
        if listing.complete(len({json.dumps(row, sort_keys=True) for row in rows})):
            return rows
    raise MalformedAnswer("GET", url, detail=f"{len(rows)} rows came, {listing.last_total} were announced")


class Listing:
    """One reading of a list. Iterate over it for the pages, then ask `complete`.

    While it is read: `pages` and `rows` received, `first_total` and `last_total` as announced (None: not announced).
    Who leaves rows out of the count takes them off `rows`.
    """

    def __init__(self, session: Session, url: str, query: Query, limit: int = A4_MAX_LIMIT) -> None:
        self._session = session
        self._url = url
        self._query = list(query)
        self._limit = limit
        self._received = 0
        self._shrank = False
        self._gap = False
        self.pages = 0
        self.rows = 0
        self.first_total: Optional[int] = None
        self.last_total: Optional[int] = None

    def __iter__(self) -> Iterator[list[Row]]:
        not_full: Optional[tuple[int, int]] = None  # number and size of the first page that had room for more
        previous: list[Row] = []
        for page in self._pages():
            self.pages += 1
            self.rows += len(page)
            self._received += len(page)
            if not_full and page:
                self._gap = True
            if not_full is None and len(page) < self._limit:
                not_full = (self.pages, len(page))
            yield page
            if page and page[0] in previous[:1]:
                return  # the same page again, perhaps for ever: its rows came twice, so the list is not complete
            previous = page
        if not_full and self._missing() and not self._gap:
            # Either the total is wrong, or that page was cut short once.
            number, size = not_full
            self._gap = len(self._read(self._fetch(number))) > size

    def complete(self, unique: int) -> bool:
        """Whether the list, of which `unique` different rows were kept, is whole.

        It is not if a row came twice; if the list shrank meanwhile, for then rows moved from a page not yet read to one
        that was; or if a page was not full though more came after it or when asked again, unless all that was announced
        is there.
        """
        all_announced = self.last_total == self._received
        return unique == self.rows and not self._shrank and (all_announced or not self._gap)

    @property
    def announced_wrongly(self) -> bool:
        """Whether the server's own total is not what it gave."""
        return self.last_total is not None and self.last_total != self._received

    def _missing(self) -> bool:
        return self.last_total is not None and self._received < self.last_total

    def _pages(self) -> Iterator[list[Row]]:
        answer = self._fetch(1)
        self.first_total = a2_total(answer)
        number, page = 1, self._read(answer)
        yield page
        if self.first_total is not None:
            planned = range(2, math.ceil(self.first_total / self._limit) + 1)
            for answer in self._session.in_parallel(self._fetch_in_parallel, planned):
                number, before, page = number + 1, page, self._read(answer)
                yield page
                if not page and not before:
                    return  # one empty page may be a fault, two are the end, whatever the total promised
        # Beyond the plan as long as pages are full (no total was announced, or it is too small, or rows were added), or
        # as long as rows are missing (the server gives fewer a page than it is asked for).
        while page and (len(page) >= self._limit or self._missing()):
            number, page = number + 1, self._read(self._fetch(number + 1))
            if page:
                yield page

    def _read(self, answer: Answer) -> list[Row]:
        rows = rows_of(answer)
        total = a2_total(answer)
        # of a page after the end nobody knows what the server says
        if total is not None and (rows or self.last_total is None):
            self.last_total = total
            self._shrank = self._shrank or (self.first_total is not None and total < self.first_total)
        return rows

    def _fetch(self, page: int) -> Answer:
        return self._session.get(self._url, self._page_query(page))

    def _fetch_in_parallel(self, page: int) -> Answer:
        return self._session.send("GET", self._url, params=self._page_query(page))

    def _page_query(self, page: int) -> list[tuple[str, Any]]:
        return [*self._query, ("page", page), ("limit", self._limit)]
