"""The one way to read a list of the Espace collaboratif: pages in parallel, in order, complete or known not to be.

Contract 1.4. What the server announces (`Content-Range: start-end/total`, A2) only plans the requests; whether a list is
complete is judged by what came.
"""

from __future__ import annotations

import math
import re
from typing import Any, Iterator, Optional, Sequence

from .errors import MalformedAnswer
from .session import Answer, Session

A4_MAX_LIMIT = 100
"""A4: nobody asks for more than 100 rows a page."""

Row = dict[str, Any]
Query = Sequence[tuple[str, Any]]


def a2_total(answer: Answer) -> Optional[int]:
    """A2: only what stands after `/` in Content-Range is reliable."""
    found = re.search(r"/\s*(\d{1,15})\s*$", answer.headers.get("Content-Range", ""))
    return int(found.group(1)) if found else None


def rows_of(answer: Answer) -> list[Row]:
    """The rows of one page; raises MalformedAnswer if it is no list of objects."""
    rows = answer.json()
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="a list of objects was expected")
    return rows


class Listing:
    """One reading of a list. Iterate over it for the pages, then ask `complete`.

    While it is read: `pages` and `rows` received, `first_total` and `last_total` as announced (None: not announced).
    """

    def __init__(self, session: Session, url: str, query: Query, limit: int = A4_MAX_LIMIT) -> None:
        self._session = session
        self._url = url
        self._query = list(query)
        self._limit = limit
        self._gap = False
        self.pages = 0
        self.rows = 0
        self.first_total: Optional[int] = None
        self.last_total: Optional[int] = None

    def __iter__(self) -> Iterator[list[Row]]:
        answer = self._fetch(1)
        self.first_total = a2_total(answer)
        short = None
        for page in self._pages(answer):
            self.pages += 1
            self.rows += len(page)
            if short and page:
                self._gap = True  # a page that was not full, and yet more after it
            short = len(page) < self._limit
            yield page

    def complete(self, unique: int) -> bool:
        """Whether the list, of which `unique` different rows were kept, is whole.

        It is not if a row came twice, if a page in the middle was not full, or if the list shrank meanwhile: then rows
        moved from a page not yet read to one that was.
        """
        shrank = self.first_total is not None and self.last_total is not None and self.last_total < self.first_total
        return not shrank and not self._gap and unique == self.rows

    @property
    def announced_wrongly(self) -> bool:
        """Whether the server's own total is not what it gave."""
        return self.last_total is not None and self.last_total != self.rows

    def _pages(self, first: Answer) -> Iterator[list[Row]]:
        page = self._read(first)
        yield page
        number = 1
        if self.first_total is not None:
            planned = range(2, math.ceil(self.first_total / self._limit) + 1)
            for answer in self._session.in_parallel(self._fetch_in_parallel, planned):
                page = self._read(answer)
                number += 1
                yield page
                if not page:
                    return
        # Beyond the plan as long as pages are full: no total was announced, or it is too small, or rows were added.
        while len(page) >= self._limit:
            number += 1
            page = self._read(self._fetch(number))
            if page:
                yield page

    def _read(self, answer: Answer) -> list[Row]:
        total = a2_total(answer)
        if total is not None:
            self.last_total = total
        return rows_of(answer)

    def _fetch(self, page: int) -> Answer:
        return self._session.get(self._url, self._page_query(page))

    def _fetch_in_parallel(self, page: int) -> Answer:
        return self._session.send("GET", self._url, params=self._page_query(page))

    def _page_query(self, page: int) -> list[tuple[str, Any]]:
        return [*self._query, ("page", page), ("limit", self._limit)]
