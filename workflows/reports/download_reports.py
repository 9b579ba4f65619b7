"""Download reports into the store: replace all, or bring them up to date. The store changes at the very end."""

from __future__ import annotations

from array import array
from datetime import datetime
from typing import Any, Optional

from ...client.espaceco.api import EspaceCo
from ...client.espaceco.statuses import STATUSES, status
from ...client.paging import Row
from ...i18n import _
from ...store.stage import Rows, Stage
from ...store.store import Store
from ..watch import Watch
from .download_outcome import Outcome
from .local_copy import STATE
from .report_filter import ReportFilter
from .report_lists import (
    A9_OVERLAP,
    Reading,
    about_community,
    later,
    names_in,
    query_of,
    readings,
    recent,
    reconcile,
)
from .report_rows import RowMaker, stored_date


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
        about = about_community(self.api, self.wanted)
        query = query_of(self.wanted, about, self.watch)
        with Stage(self.store) as stage:
            for found in readings(self.api, query, self.watch):
                stage.clear()
                watermark, maker = self._read(found, stage, about)
                if found.whole:
                    break
            listing = found.listing
            if listing.announced_wrongly:
                self.watch.warn(
                    _("The server announced {total} reports and gave {rows}; all pages were read to the end.").format(
                        total=listing.last_total, rows=listing.rows
                    )
                )
            self.watch.check()
            return self._swap(stage, found.ids, watermark, maker, about)

    def _read(self, found: Reading, stage: Stage, about: dict[str, Any]) -> tuple[Optional[str], RowMaker]:
        maker = self._row_maker(about)
        watermark: Optional[datetime] = None
        for page in found:
            rows = Rows()
            for _number, report in page:
                watermark = later(watermark, report)
                if self.keeps(report):
                    maker.add(report, rows)
            stage.add(rows)
        return watermark.isoformat() if watermark else None, maker

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
        query = query_of(self.wanted, about, self.watch)
        watermark = datetime.fromisoformat(last["watermark"])
        changed_since = recent(self.api, self.wanted, watermark - A9_OVERLAP, self.watch)
        if changed_since is None:
            return None
        answers = self.wanted.answers(query)
        entered = [number for number, report in changed_since.items() if answers(report)]
        left = sorted(changed_since.keys() - set(entered))
        known = (self.store.reports.scope() | set(entered)) - set(left)
        reconciled = reconcile(self.api, query, known, self.watch)
        if reconciled is None:
            return None
        gone, found = reconciled
        self.watch.check()

        tables = self.store.reports
        maker = self._row_maker(about)
        changes = Rows()
        latest: Optional[datetime] = watermark
        stored = tables.updated(changed_since)
        dropped = list(gone)
        for number, report in {**changed_since, **found}.items():
            latest = later(latest, report)
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
        RowMaker(self.api.site, lambda _sentence: None, about["labels"], names_in(about)).add(report, rows)
        return not self.store.reports.same(rows)

    # ------------------------------------------------------------------ shared

    def _row_maker(self, about: dict[str, Any]) -> RowMaker:
        return RowMaker(self.api.site, self.watch.warn, about["labels"], names_in(about))

    def _remember(self, watermark: Optional[str], about: dict[str, Any]) -> None:
        self.store.set_state(STATE, {"filter": self.wanted.fingerprint(), "watermark": watermark, "community": about})

    def _by_status(self, about: dict[str, Any]) -> list[tuple[str, str, int]]:
        """Every status of the contract, then codes it does not know; the community's own names."""
        found = {code: number for code, _label, number in self.store.reports.by_status()}
        codes = [s.code for s in STATUSES] + sorted(code for code in found if code not in {s.code for s in STATUSES})
        return [(code, about["labels"].get(code) or status(code).label, found.get(code, 0)) for code in codes]
