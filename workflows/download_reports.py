"""Download reports into the store: replace all, or bring them up to date. The store changes at the very end."""

from __future__ import annotations

from array import array
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from ..client.auth import Anonymous
from ..client.errors import MalformedAnswer, NotFound
from ..client.espaceco import communities, reading, reports
from ..client.espaceco.api import EspaceCo
from ..client.espaceco.dates import aware
from ..client.espaceco.reports import ReportQuery
from ..client.espaceco.statuses import STATUSES, status
from ..client.paging import Listing, Row
from ..i18n import _
from ..store.stage import Rows, Stage
from ..store.store import Store
from .download_outcome import Outcome
from .local_copy import STATE
from .report_filter import ReportFilter
from .report_rows import RowMaker, stored_date
from .watch import Watch

READINGS = 3
"""How often a list that moves while it is read is read anew."""
A9_OVERLAP = timedelta(hours=2, minutes=15)
"""A9: if the server read our dates as UTC, the difference would be two hours; the rest is for slow transactions."""
CLOCKS_DIFFER = timedelta(days=1)
"""A change dated later than this from now is a mistake, not a clock."""
HELD_IN_MEMORY = 10_000
"""An update with more changes than this is a download of everything."""
FETCHED_ONE_BY_ONE = 200
"""Missing reports are fetched one by one up to this number; beyond it the whole list is downloaded."""


def download_reports(
    api: EspaceCo, store: Store, wanted: ReportFilter, *, mode: str = "replace", watch: Optional[Watch] = None
) -> Outcome:
    """Download into the store the reports that the filter wants.

    `mode` is `replace` (all of them anew) or `update` (what changed since the last download with the same filter, and
    what left the filter; a first download if there was none). Raises ServiceError, StoreError or Cancelled, with the
    store as it was before.
    """
    return _Download(api, store, wanted, watch or Watch()).run(mode)


class _Download:
    def __init__(self, api: EspaceCo, store: Store, wanted: ReportFilter, watch: Watch) -> None:
        self.api = api
        self.store = store
        self.wanted = wanted
        self.watch = watch
        self.keeps = wanted.keeps()

    def run(self, mode: str) -> Outcome:
        last = self.store.state(STATE) if mode == "update" else None
        if mode == "update":
            if last is None:
                self.watch.info(_("Nothing was downloaded into this store yet: all reports are downloaded."))
            elif last.get("filter") != self.wanted.fingerprint():
                self.watch.info(_("The last download had other filters: all reports are downloaded anew."))
                last = None
            elif not last.get("watermark"):
                last = None
        outcome = self._update(last) if last else None
        if outcome is None:
            outcome = self._replace()
        outcome.requests = self.api.session.requests_sent
        outcome.warnings = list(self.watch.warnings)
        outcome.tables = self.store.reports.counts()
        return outcome

    # ------------------------------------------------------------------ replace

    def _replace(self) -> Outcome:
        about = self._about_community()
        query = self.wanted.query(self._known_themes(about))
        with Stage(self.store) as stage:
            for attempt in range(1, READINGS + 1):
                listing, seen, watermark, maker = self._read(query, stage, about)
                if _whole(listing, seen):
                    break
                if attempt == READINGS:
                    raise MalformedAnswer(
                        "GET",
                        self.api.url("reports"),
                        detail=f"{listing.rows} rows, {len(seen.ids)} different, {listing.last_total} announced",
                        server_message=_("the list of reports was never whole: {unique} of {total}").format(
                            unique=len(seen.ids), total=listing.last_total
                        ),
                    )
                self.watch.info(_("The list of reports changed while it was read: it is read again."))
                stage.clear()
                self.watch.forget_warnings()
            if listing.announced_wrongly:
                self.watch.warn(
                    _("The server announced {total} reports and gave {rows}; all pages were read to the end.").format(
                        total=listing.last_total, rows=listing.rows
                    )
                )
            self.watch.check()
            return self._swap(stage, seen.ids, watermark, maker, about)

    def _read(
        self, query: ReportQuery, stage: Stage, about: dict[str, Any]
    ) -> tuple[Listing, _Seen, Optional[str], RowMaker]:
        listing, seen = reports.listing(self.api, query), _Seen()
        maker = self._row_maker(about)
        watermark: Optional[datetime] = None
        for page in listing:
            rows = Rows()
            for report in page:
                number = reading.integer(report.get("id"))
                if number is None:
                    listing.rows -= 1  # it cannot be told from another: warned of, and not counted
                elif not seen.add(number):
                    continue
                watermark = _later(watermark, report)
                if self.keeps(report):
                    maker.add(report, rows)
            stage.add(rows)
            self.watch.progress(listing.rows, max(listing.first_total or 0, listing.rows))
        return listing, seen, watermark.isoformat() if watermark else None, maker

    def _swap(
        self, stage: Stage, ids: array[int], watermark: Optional[str], maker: RowMaker, about: dict[str, Any]
    ) -> Outcome:
        tables = self.store.reports
        with self.store.atomic():
            new, changed, unchanged, removed = tables.replace(stage)
            tables.set_scope(ids)
            self._remember(watermark, about)
        return Outcome(
            mode="replace",
            by_status=self._by_status(about),
            new=new,
            changed=changed,
            unchanged=unchanged,
            removed=removed,
            without_position=maker.without_position,
            sketches_skipped=maker.sketches_skipped,
            community=about.get("name", ""),
        )

    # ------------------------------------------------------------------ update

    def _update(self, last: dict[str, Any]) -> Optional[Outcome]:
        """What changed since the last download; None if it is better to download everything."""
        about = last["community"]
        query = self.wanted.query(self._known_themes(about))
        watermark = datetime.fromisoformat(last["watermark"])
        recent = self._recent(watermark - A9_OVERLAP)
        if recent is None:
            return None
        answers = self.wanted.answers(query)
        entered = [number for number, report in recent.items() if answers(report)]
        left = sorted(recent.keys() - set(entered))
        reconciled = self._reconcile(query, entered, left)
        if reconciled is None:
            return None
        gone, found = reconciled
        self.watch.check()

        tables = self.store.reports
        maker = self._row_maker(about)
        changes = Rows()
        latest: Optional[datetime] = watermark
        stored = tables.updated(recent)
        dropped = list(gone)
        for number, report in {**recent, **found}.items():
            latest = _later(latest, report)
            if not self.keeps(report):
                dropped.append(number)
            elif number not in stored or stored[number] is None or self._differs(report, stored[number], about):
                maker.add(report, changes)
        new = sum(report[0] not in stored for report in changes.reports)
        changed = len(changes.reports) - new
        with self.store.atomic():
            before = tables.count()
            removed = tables.put(changes, without=dropped)
            tables.widen_scope([*entered, *found])
            tables.narrow_scope([*left, *gone])
            self._remember(latest.isoformat() if latest else None, about)
        return Outcome(
            mode="update",
            by_status=self._by_status(about),
            new=new,
            changed=changed,
            unchanged=before - removed - changed,
            removed=removed,
            without_position=maker.without_position,
            sketches_skipped=maker.sketches_skipped,
            community=about.get("name", ""),
        )

    def _differs(self, report: Row, date: Optional[str], about: dict[str, Any]) -> bool:
        """Whether a report is not as it is stored. Its date alone does not tell: it may change twice in a second."""
        if stored_date(report.get("updating_date")) != date:
            return True
        rows = Rows()
        RowMaker(self.api.site, lambda _sentence: None, about["labels"], _names(about)).add(report, rows)
        return not self.store.reports.same(rows)

    def _recent(self, since: datetime) -> Optional[dict[int, Row]]:
        """The reports changed since then, by number, whether wanted or not; None if they are too many."""
        if self.wanted.updated_since:
            since = max(since, aware(self.wanted.updated_since))
        query = ReportQuery(**{**vars(self.wanted.steady_query()), "updated_since": since})
        for _attempt in range(READINGS):
            listing, seen = reports.listing(self.api, query), _Seen()
            recent: dict[int, Row] = {}
            for page in listing:
                for report in page:
                    number = reading.integer(report.get("id"))
                    if number is None:
                        listing.rows -= 1
                    elif seen.add(number):
                        recent[number] = report
                if len(recent) > HELD_IN_MEMORY:
                    return None
                self.watch.progress(listing.rows, max(listing.first_total or 0, listing.rows))
            if _whole(listing, seen):
                return recent
        return None

    def _reconcile(
        self, query: ReportQuery, entered: list[int], left: list[int]
    ) -> Optional[tuple[list[int], dict[int, Row]]]:
        """Reports that went or came without a change that we saw: deleted, moved to another community, shared anew.

        One small request when the numbers agree; the list of ids when they do not. Gives those gone and those found;
        None if too many are missing to fetch them one by one.
        """
        tables = self.store.reports
        scope = tables.scope()
        scope.update(entered)
        scope.difference_update(left)
        if reports.count(self.api, query) == len(scope):
            return [], {}
        self.watch.info(_("Reports have left or joined unseen: the list of numbers is compared."))
        for _attempt in range(READINGS):
            listing, seen = reports.listing(self.api, query, fields=("id",)), _Seen()
            for page in listing:
                for row in page:
                    number = reading.integer(row.get("id"))
                    if number is None:
                        listing.rows -= 1
                    else:
                        seen.add(number)
                self.watch.progress(listing.rows, max(listing.first_total or 0, listing.rows))
            if _whole(listing, seen):
                break
        else:
            return None
        there = set(seen.ids)
        missing = sorted(there - scope)
        if len(missing) > FETCHED_ONE_BY_ONE:
            return None
        found = zip(missing, self.api.session.in_parallel(self._get_or_nothing, missing))
        return sorted(scope - there), {number: report for number, report in found if report is not None}

    def _get_or_nothing(self, number: int) -> Optional[Row]:
        try:
            return reports.get_in_parallel(self.api, number)
        except NotFound:
            return None

    # ------------------------------------------------------------------ shared

    def _about_community(self) -> dict[str, Any]:
        """What is remembered of the community: name, names of the statuses, themes. Nobody is told nothing of it."""
        if self.wanted.community is None or isinstance(self.api.session.auth, Anonymous):
            return {"id": None, "name": str(self.wanted.community or ""), "labels": {}, "themes": [], "names": {}}
        found = communities.get(self.api, self.wanted.community)
        names = {found.id: found.name}
        names.update({theme.community_id: theme.community_name for theme in found.themes if theme.community_name})
        return {
            "id": found.id,
            "name": found.name,
            "labels": found.labels,
            "themes": [[theme.community_id, theme.name] for theme in found.themes],
            "names": {str(number): name for number, name in names.items()},
        }

    def _known_themes(self, about: dict[str, Any]) -> tuple[tuple[int, str], ...]:
        known = tuple((community, name) for community, name in about["themes"])
        unknown = sorted(set(self.wanted.themes) - {name for _community, name in known})
        if unknown and about["id"] is not None:
            self.watch.warn(
                _(
                    "The community has no theme “{themes}” today; older reports may still carry it. "
                    "Its themes: {known}."
                ).format(
                    themes="”, “".join(unknown), known=", ".join(sorted({name for _community, name in known})) or "–"
                )
            )
        return known

    def _row_maker(self, about: dict[str, Any]) -> RowMaker:
        return RowMaker(self.api.site, self.watch.warn, about["labels"], _names(about))

    def _remember(self, watermark: Optional[str], about: dict[str, Any]) -> None:
        self.store.set_state(STATE, {"filter": self.wanted.fingerprint(), "watermark": watermark, "community": about})

    def _by_status(self, about: dict[str, Any]) -> list[tuple[str, str, int]]:
        """Every status of the contract, then codes it does not know; the community's own names."""
        found = {code: number for code, _label, number in self.store.reports.by_status()}
        codes = [s.code for s in STATUSES] + sorted(code for code in found if code not in {s.code for s in STATUSES})
        return [(code, about["labels"].get(code) or status(code).label, found.get(code, 0)) for code in codes]


class _Seen:
    """The numbers that came, each once. The usual case, strictly descending, needs no more memory than the numbers."""

    def __init__(self) -> None:
        self.ids: array[int] = array("q")
        self.repeated = 0
        self._all: set[int] = set()

    def add(self, number: int) -> bool:
        """Whether the number is new."""
        if self._all or (self.ids and number >= self.ids[-1]):
            self._all = self._all or set(self.ids)
            if number in self._all:
                self.repeated += 1
                return False
            self._all.add(number)
        self.ids.append(number)
        return True


def _whole(listing: Listing, seen: _Seen) -> bool:
    """Whether nothing was missed: only as many reports came twice as the list grew by, at its beginning."""
    grown = (listing.last_total or 0) - (listing.first_total or 0)
    return listing.complete(listing.rows) and seen.repeated == grown


def _later(latest: Optional[datetime], report: Row) -> Optional[datetime]:
    moment = reading.instant(report.get("updating_date"))
    if moment is None:
        return latest
    moment = aware(moment)
    if moment > datetime.now(timezone.utc) + CLOCKS_DIFFER:  # a mistaken date must not hide all changes until then
        return latest
    return moment if latest is None or moment > latest else latest


def _names(about: dict[str, Any]) -> dict[int, str]:
    """The names of communities by number, which JSON keeps as text."""
    return {int(number): name for number, name in about["names"].items()}
