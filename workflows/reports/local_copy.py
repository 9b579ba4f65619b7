"""The local copy of single reports: what the server answered goes into the store at once, without a new download."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Callable, Optional

from ...client import reading
from ...client.espaceco.communities import Community
from ...client.paging import Row
from ...store.stage import Rows
from ...store.store import Store
from .report_rows import RowMaker

STATE = "download"
"""Under which the store remembers its last download, the names of its community among it."""


class LocalCopy:
    """Puts reports into a store under the names that its community gives: that of the last download, else this one."""

    def __init__(
        self, store: Store, site: str, warn: Callable[[str], None], community: Optional[Community] = None
    ) -> None:
        self._store = store
        labels, names = names_of(store)
        if community is not None and community.id not in names:
            labels = labels or community.labels
            names = {**names, community.id: community.name}
            names.update({theme.community_id: theme.community_name for theme in community.themes if theme.shared})
        self._maker = RowMaker(site, warn, labels, names)

    def put(self, reports: Iterable[Row], without: Sequence[int] = ()) -> None:
        """Insert or replace these reports, the last of each number; remove those `without`. Inside `store.atomic()`."""
        rows = Rows()
        latest = {reading.integer(report.get("id")): report for report in reports}
        for number, report in latest.items():
            if number not in without:
                self._maker.add(report, rows)
        if rows.reports or without:
            self._store.reports.put(rows, without=without)
            # the next update counts what it knows against what the server has
            self._store.reports.narrow_scope(without)

    def label(self, code: str) -> str:
        """The name of a status."""
        return self._maker.label(code)


def names_of(store: Store) -> tuple[dict[str, str], dict[int, str]]:
    """Names of the statuses by code and of the communities by number, as of the last download."""
    last: dict[str, Any] = store.state(STATE) or {}
    about = last.get("community") or {}
    # JSON keeps numbers as text where they are keys
    return dict(about.get("labels") or {}), {int(number): name for number, name in (about.get("names") or {}).items()}
