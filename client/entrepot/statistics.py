"""`…/stats`: how much an offering, a permission or an account is used (contract 3.1, 3.13, 3.14).

The bounds are instants in UTC, the first included, the last not. Over a month and more the server gives one row per
day, up to yesterday; over less it cuts the days into minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from .. import reading
from ..paging import a2_total, object_of
from ..session import Session
from .api import EA1_MAX_LIMIT

MOST_PAGES = 400


@dataclass(frozen=True)
class Usage:
    """How often something was asked, and the bytes that it gave: in all, and by day (UTC)."""

    hits: int
    transferred: int
    days: Mapping[date, tuple[int, int]]


def usage(session: Session, url: str, first: date, last: date) -> Usage:
    """`GET {url}` from the first day to the last, both included; all pages."""
    asked: dict[str, Any] = {
        "start": _instant(first),
        "end": _instant(last + timedelta(days=1)),
        "limit": EA1_MAX_LIMIT,
    }
    days: dict[date, tuple[int, int]] = {}
    total: dict[str, Any] = {}
    received = 0
    for page in range(1, MOST_PAGES + 1):
        answer = session.get(url, {**asked, "page": page})
        body = object_of(answer)
        total = total or reading.mapping(body.get("total"))
        rows = reading.objects(body.get("details"))
        for row in rows:
            _add(days, row)
        received += len(rows)
        announced = a2_total(answer)
        # without an announcement, a page that is not full is the last
        if not rows or (received >= announced if announced is not None else len(rows) < EA1_MAX_LIMIT):
            break
    hits, transferred = (sum(day[at] for day in days.values()) for at in (0, 1))
    told = reading.integer(total.get("hits")), reading.integer(total.get("data_transfer"))
    return Usage(hits if told[0] is None else told[0], transferred if told[1] is None else told[1], days)


def _add(days: dict[date, tuple[int, int]], row: Mapping[str, Any]) -> None:
    """A row belongs to the day on which it begins."""
    moment = reading.instant(row.get("begin_date") or row.get("date"))
    if moment is not None:
        day = moment.astimezone(timezone.utc).date() if moment.tzinfo else moment.date()
        hits, transferred = days.get(day, (0, 0))
        more = reading.integer(row.get("hits")) or 0, reading.integer(row.get("data_transfer")) or 0
        days[day] = (hits + more[0], transferred + more[1])


def _instant(day: date) -> str:
    return datetime.combine(day, time()).isoformat() + "Z"
