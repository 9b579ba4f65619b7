"""Reports: `GET /reports`, `GET /reports/{id}` (contract 2.4)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from .. import reading
from ..errors import MalformedAnswer
from ..paging import Listing, Query, Row, a2_total, object_of, read_whole, rows_of
from ..session import Answer
from .api import EspaceCo
from .dates import a9_server_date

INPUT_DEVICES = ("UNKNOWN", "www", "SIG-GC", "SIG-AG", "SIG-QGIS", "PHONE", "SPOTIT")
A39_UNRELIABLE_DEPARTMENTS = frozenset({"2A", "2B"})


@dataclass(frozen=True)
class ReportQuery:
    """The filters of the server; None or empty: not asked for. Dates are aware, `box` is lon/lat WGS84."""

    communities: tuple[int, ...] = ()
    author: Optional[int] = None
    territory: str = ""
    departments: tuple[str, ...] = ()
    commune: str = ""
    opened_since: Optional[datetime] = None
    updated_since: Optional[datetime] = None
    closed_since: Optional[datetime] = None
    input_device: str = ""
    comment: str = ""
    statuses: tuple[str, ...] = ()
    themes: tuple[tuple[int, str], ...] = ()
    box: Optional[tuple[float, float, float, float]] = None

    def params(self) -> Query:
        """As query parameters, in a fixed order."""
        params: list[tuple[str, Any]] = []
        if len(self.communities) == 1:
            params.append(("communities", self.communities[0]))
        else:
            params += [("communities[]", community) for community in self.communities]
        if self.author is not None:
            params.append(("author", self.author))
        if self.territory:
            params.append(("territory", self.territory))
        if len(self.departments) == 1:
            params.append(("departements", self.departments[0]))
        else:
            params += [("departements[]", code) for code in self.departments]
        if self.commune:
            params.append(("commune", self.commune))
        for name, moment in (
            ("opening_date", self.opened_since),
            ("updating_date", self.updated_since),
            ("closing_date", self.closed_since),
        ):
            if moment is not None:
                params.append((name, a9_server_date(moment)))
        if self.input_device:
            params.append(("input_device", self.input_device))
        if self.comment:
            params.append(("comment", self.comment))
        params += [("status[]", code) for code in self.statuses]
        if self.themes:
            wanted = [{"community": community, "theme": theme} for community, theme in self.themes]
            params.append(("attributes", json.dumps(wanted, ensure_ascii=False)))
        if self.box:
            params.append(("box", ",".join(f"{value:.9f}".rstrip("0").rstrip(".") for value in self.box)))
        return params


def listing(api: EspaceCo, query: ReportQuery, *, fields: tuple[str, ...] = ()) -> Listing:
    """The reports that answer the query, the newest first.

    Reports made meanwhile then push others to the next page, where they are seen twice: that can be counted. In
    ascending order one made and one deleted would hide each other, and a report between two pages be lost.
    """
    params = [*query.params(), ("sort", "id:DESC")]
    if fields:
        params.append(("fields", ",".join(fields)))
    return Listing(api.session, api.url("reports"), params)


def whole(api: EspaceCo, query: ReportQuery) -> list[Row]:
    """All the reports that answer the query, the newest first; raises MalformedAnswer if they never come complete."""
    return read_whole(api.session, api.url("reports"), [*query.params(), ("sort", "id:DESC")])


def count(api: EspaceCo, query: ReportQuery) -> Optional[int]:
    """How many reports answer the query: one small request; None if the server does not say."""
    params = [*query.params(), ("fields", "id"), ("page", 1), ("limit", 1)]
    answer = api.session.get(api.url("reports"), params)
    total = a2_total(answer)
    if total is None and answer.status == 200:
        return len(rows_of(answer))
    return total


def get(api: EspaceCo, report: int) -> Row:
    """One report; NotFound if it is gone or not visible."""
    return report_of(api.session.get(api.url(f"reports/{report}")))


def get_in_parallel(api: EspaceCo, report: int) -> Row:
    """As `get`, for `Session.in_parallel`."""
    return report_of(api.session.send("GET", api.url(f"reports/{report}")))


def page_for_people(api: EspaceCo, report: int) -> str:
    """The address of the report's page on the web site (contract 1.1)."""
    return f"{api.site}/georem/{report}"


def report_of(answer: Answer) -> Row:
    """The report that an answer holds; raises MalformedAnswer if it holds none."""
    body = object_of(answer)
    if reading.integer(body.get("id")) is None:
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="a report was expected")
    return body
