"""What changed on reports since the last look at them: replies, statuses, new, edited and vanished reports.

The memory is written by `News.remember` alone, when the news are told: a run that ends before tells them again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Optional

from ...client.espaceco.api import EspaceCo
from ...client.paging import Row
from ...store.follows import Follow, Followed, Follows
from ...store.store import Store
from ..watch import Watch
from .follow_events import Event, arrived, changes, left, state_of, vanished
from .local_copy import STATE, LocalCopy
from .report_filter import ReportFilter
from .report_lists import (
    A9_OVERLAP,
    about_community,
    later,
    query_of,
    readings,
    recent,
    reconcile,
)
from .report_rows import RowMaker, seconds
from .reports_now import reports_now


@dataclass
class News:
    """The events since `since` (None: nothing was known), and what is to be remembered.

    `states` are the reports to be remembered anew, `forgotten` those no more, `rows` those with events as they are now
    (None: vanished; of a first run none). `followed` counts the reports that answer the filters.
    """

    since: Optional[datetime]
    follow: Follow
    filter: str
    site: str
    events: list[Event] = field(default_factory=list)
    states: list[Followed] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)
    rows: dict[int, Optional[Row]] = field(default_factory=dict)
    followed: int = 0
    requests: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def community(self) -> str:
        return str(self.follow.about["name"])

    def by_date(self, but: Optional[int] = None) -> list[Event]:
        """The events, newest first and without those of the account `but`; those without date last."""
        told = [event for event in self.events if but is None or event.author_id != but]
        return sorted(told, key=lambda event: (seconds(event.date), event.report), reverse=True)

    def remember(self, store: Store, *, layers: bool, watch: Watch) -> None:
        """Remember what was told; with `layers`, bring the store's tables of reports up to date as `update` says."""
        with store.atomic():
            Follows(store).remember(self.follow, self.states, self.forgotten)
            if layers:
                self._update(store, watch)

    def _update(self, store: Store, watch: Watch) -> None:
        """Reports with events into the tables: those that are there, of a download with the same filters all."""
        same = (store.state(STATE) or {}).get("filter") == self.filter
        there = store.reports.updated(self.rows)
        outside = {event.report for event in self.events if event.kind == "left"} if same else set()
        put = [row for number, row in self.rows.items()
               if row is not None and number not in outside and (same or number in there)]  # fmt: skip
        without = [number for number in there if self.rows[number] is None or number in outside]
        LocalCopy(store, self.site, watch.warn).put(put, without=without)


def follow_reports(
    api: EspaceCo,
    store: Store,
    wanted: ReportFilter,
    account: Optional[int],
    *,
    all_new: bool = False,
    watch: Optional[Watch] = None,
) -> News:
    """What changed on the reports that the filter wants since the last run for this service, account and filter.

    The first run only finds out what there is; with `all_new` it tells all of it as new. Nothing is written into the
    store: see `News.remember`. Raises ServiceError, StoreError or Cancelled.
    """
    watch = watch or Watch()
    follower = _Follower(api, store, wanted, account, all_new, watch)
    news = follower.run()
    watch.check()
    news.requests = api.session.requests_sent
    news.warnings = list(watch.warnings)
    return news


class _Follower:
    def __init__(
        self, api: EspaceCo, store: Store, wanted: ReportFilter, account: Optional[int], all_new: bool, watch: Watch
    ) -> None:
        self._api = api
        self._memory = Follows(store)
        self._wanted = wanted
        self._keeps = wanted.keeps()
        self._watch = watch
        self._key = _key(api.root, account, wanted)
        self._last = self._memory.find(self._key)
        self._known = self._memory.numbers(self._key)
        self._silent = self._last is None and not all_new
        self._since = _moment(self._last.watermark) if self._last else None
        self._began = datetime.now(timezone.utc).isoformat(timespec="seconds")

    def run(self) -> News:
        if self._last is None or self._since is None or not self._changes(self._last.about, self._since):
            self._everything()
        news = self._news
        news.follow = replace(news.follow, watermark=self._latest.isoformat() if self._latest else None)
        kept = {number for number, kept in self._known.items() if kept}
        kept.difference_update(state.report for state in news.states)
        kept.update(state.report for state in news.states if state.content is not None)
        news.followed = len(kept.difference(news.forgotten))
        return news

    def _changes(self, about: dict[str, Any], since: datetime) -> bool:
        """Look at what changed since the last run; False if it is better to read everything."""
        query = query_of(self._wanted, about, self._watch)
        rows = recent(self._api, self._wanted, since - A9_OVERLAP, self._watch)
        if rows is None:
            return False
        answers = self._wanted.answers(query)
        inside = {number for number, report in rows.items() if answers(report)}
        reconciled = reconcile(self._api, query, (self._known.keys() - rows.keys()) | inside, self._watch)
        if reconciled is None:
            return False
        gone, found = set(reconciled[0]), reconciled[1]
        self._begin(about)
        for number, report in {**rows, **found}.items():
            if number not in gone:
                self._look(number, report, number in found or number in inside)
        self._miss(gone)
        return True

    def _everything(self) -> None:
        """Look at the whole list."""
        about = about_community(self._api, self._wanted)
        query = query_of(self._wanted, about, self._watch)
        for found in readings(self._api, query, self._watch):
            self._begin(about)
            for page in found:
                for number, report in page:
                    if number is not None:
                        self._look(number, report, True)
            if found.whole:
                break
        self._miss(self._known.keys() - set(found.ids))

    # ------------------------------------------------------------------ one report

    def _begin(self, about: dict[str, Any]) -> None:
        last = datetime.fromisoformat(self._last.seen) if self._last else None
        follow = Follow(self._key, self._began, None, about)
        self._news = News(last, follow, self._wanted.fingerprint(), self._api.site)
        self._latest = self._since
        self._label = RowMaker(self._api.site, self._watch.warn, about["labels"]).label

    def _look(self, number: int, report: Row, answers: bool) -> None:
        """What happened to a report; `answers` says whether it answers the server's filter."""
        news = self._news
        self._latest = later(self._latest, report)
        known = self._memory.known(self._key, number) if number in self._known else None
        kept = answers and self._keeps(report)
        state = state_of(number, report) if kept else Followed(number) if answers else None
        events: list[Event] = []
        if known is not None and known.content is not None:
            if state != known:
                events += changes(known, report, self._label)
            if not kept:
                events.append(left(known, report, self._label))
        elif kept and not self._silent:
            events += arrived(number, report, self._since, self._label)
        news.events += events
        if events and self._last is not None:
            news.rows[number] = report
        if state is not None and state != known:
            news.states.append(state)
        elif state is None and known is not None:
            news.forgotten.append(number)

    def _miss(self, gone: Iterable[int]) -> None:
        """Reports that the list has no more: deleted, hidden, or moved to where the filter does not look."""
        missed = [number for number in gone if number in self._known]
        self._news.forgotten += [number for number in missed if not self._known[number]]
        followed = [number for number in missed if self._known[number]]
        for number, report in reports_now(self._api, followed).items():
            known = self._memory.known(self._key, number)
            if report is not None:
                self._look(number, report, False)
            elif known is not None:
                self._news.events.append(vanished(known, self._label))
                self._news.rows[number] = None
                self._news.forgotten.append(number)


def _key(root: str, account: Optional[int], wanted: ReportFilter) -> str:
    """The same for the same service, account and filter: several follows live in one store."""
    return hashlib.sha256(json.dumps([root, account, wanted.fingerprint()]).encode()).hexdigest()


def _moment(text: Optional[str]) -> Optional[datetime]:
    return datetime.fromisoformat(text) if text else None
