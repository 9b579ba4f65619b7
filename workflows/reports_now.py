"""Single reports as the server has them now, in as few requests as can be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Optional

from ..client.errors import Forbidden, NotFound
from ..client.espaceco import reading, reports
from ..client.espaceco.api import EspaceCo
from ..client.espaceco.dates import aware
from ..client.espaceco.reports import ReportQuery
from ..client.paging import A4_MAX_LIMIT, Row
from ..store.store import Store
from .local_copy import STATE

FEW = 10
"""Up to so many are asked for one by one."""


def reports_now(
    api: EspaceCo, numbers: Sequence[int], *, since: Optional[datetime] = None, communities: Collection[int] = ()
) -> dict[int, Optional[Row]]:
    """These reports; None for one that is gone or hidden. With `since`, those not changed since then may be left out.

    `communities` are those that the reports belong to, if all are known. Raises ServiceError.
    """
    if since is not None and len(numbers) > FEW:
        query = ReportQuery(communities=tuple(sorted(communities)), updated_since=since)
        changed = reports.count(api, query)
        if changed is not None and changed / A4_MAX_LIMIT < len(numbers):
            wanted = set(numbers)
            found = {reading.integer(row.get("id")): row for page in reports.listing(api, query) for row in page}
            return {number: row for number, row in found.items() if number is not None and number in wanted}
    return dict(zip(numbers, api.session.in_parallel(lambda number: _get(api, number), numbers)))


def _get(api: EspaceCo, number: int) -> Optional[Row]:
    try:
        return reports.get_in_parallel(api, number)
    except (NotFound, Forbidden):
        return None


def last_download(store: Store) -> Optional[datetime]:
    """The moment up to which the store knows what changed; None if it was never filled by a download."""
    last = store.state(STATE) or {}
    moment = reading.instant(last.get("watermark"))
    return aware(moment) if moment else None
