"""Single reports as the server has them now, in as few requests as can be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Optional

from ...client import reading
from ...client.errors import Cancelled, Forbidden, NotFound, ServiceError
from ...client.espaceco import reports
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.dates import aware
from ...client.espaceco.reports import ReportQuery
from ...client.paging import A4_MAX_LIMIT, Row
from ...i18n import _
from ...store.errors import StoreError
from ...store.store import Store
from ..watch import Watch
from .local_copy import STATE, LocalCopy

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
            found = {reading.integer(row.get("id")): row for row in reports.whole(api, query)}
            return {number: row for number, row in found.items() if number is not None and number in wanted}
    return dict(zip(numbers, api.session.in_parallel(lambda number: _get(api, number), numbers)))


def read_back(
    api: EspaceCo,
    store: Store,
    copy: LocalCopy,
    numbers: Sequence[int],
    watch: Watch,
    *,
    since: Optional[datetime] = None,
    communities: Collection[int] = (),
    sure: Sequence[int] = (),
) -> dict[int, Optional[Row]]:
    """These reports as they are now, into the store; gives them as `reports_now` does, nothing if they cannot be had.

    One that has `sure`ly changed `since`, and is not among those that have, is asked for by itself. What was sent is
    sent: not being able to read it back is no failure.
    """
    try:
        now = reports_now(api, numbers, since=since, communities=communities)
        now.update(reports_now(api, [number for number in sure if number not in now]))
        with store.atomic():
            copy.put(
                [row for row in now.values() if row is not None],
                without=[number for number, row in now.items() if row is None],
            )
    except (ServiceError, Cancelled, StoreError) as error:
        watch.warn(
            _(
                "What was sent is sent, but the reports could not be read again: the store shows them as they "
                "were. “Download reports” brings it up to date. {why}"
            ).format(why=watch.explain(error))
        )
        return {}
    return now


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
