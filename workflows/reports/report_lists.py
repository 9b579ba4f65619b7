"""Reading lists of reports that move meanwhile: each report once, whole or not at all, or only what changed."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from ...client import reading
from ...client.auth import Anonymous
from ...client.errors import MalformedAnswer, NotFound
from ...client.espaceco import communities, reports
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.dates import aware
from ...client.espaceco.reports import ReportQuery
from ...client.paging import Row
from ...i18n import _
from ..watch import Watch
from .report_filter import ReportFilter

READINGS = 3
"""How often a list that moves while it is read is read anew."""
A9_OVERLAP = timedelta(hours=2, minutes=15)
"""A9: if the server read our dates as UTC, the difference would be two hours; the rest is for slow transactions."""
CLOCKS_DIFFER = timedelta(days=1)
"""A change dated later than this from now is a mistake, not a clock."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
HELD_IN_MEMORY = 10_000
"""More changes than this are not read as changes: the whole list is."""
FETCHED_ONE_BY_ONE = 200
"""Missing reports are fetched one by one up to this number; beyond it the whole list is read."""


class Reading:
    """One reading of a list. Iterate over it for pages of (number, report), then ask `whole`.

    Each number comes once; a report without number comes with None, and is not counted.
    """

    def __init__(self, api: EspaceCo, query: ReportQuery, watch: Watch, *, fields: tuple[str, ...] = ()) -> None:
        self.listing = reports.listing(api, query, fields=fields)
        self.ids: array[int] = array("q")
        self._watch = watch
        self._repeated = 0
        self._all: set[int] = set()

    def __iter__(self) -> Iterator[list[tuple[Optional[int], Row]]]:
        listing = self.listing
        for page in listing:
            found: list[tuple[Optional[int], Row]] = []
            for report in page:
                number = reading.integer(report.get("id"))
                if number is None:
                    listing.rows -= 1  # it cannot be told from another
                elif not self._add(number):
                    continue
                found.append((number, report))
            yield found
            self._watch.progress(listing.rows, max(listing.first_total or 0, listing.rows))

    @property
    def whole(self) -> bool:
        """Whether nothing was missed: only as many reports came twice as the list grew by, at its beginning."""
        grown = (self.listing.last_total or 0) - (self.listing.first_total or 0)
        return self.listing.complete(self.listing.rows) and self._repeated == grown

    def _add(self, number: int) -> bool:
        """Whether the number is new. The usual case, strictly descending, needs no more memory than the numbers."""
        if self._all or (self.ids and number >= self.ids[-1]):
            self._all = self._all or set(self.ids)
            if number in self._all:
                self._repeated += 1
                return False
            self._all.add(number)
        self.ids.append(number)
        return True


def readings(api: EspaceCo, query: ReportQuery, watch: Watch) -> Iterator[Reading]:
    """Readings of the whole list, to be left with the first that is `whole`. Raises MalformedAnswer if none is."""
    for attempt in range(1, READINGS + 1):
        if attempt > 1:
            watch.info(_("The list of reports changed while it was read: it is read again."))
            watch.forget_warnings()
        found = Reading(api, query, watch)
        yield found
    listing = found.listing
    raise MalformedAnswer(
        "GET",
        api.url("reports"),
        detail=f"{listing.rows} rows, {len(found.ids)} different, {listing.last_total} announced",
        server_message=_("the list of reports was never whole: {unique} of {total}").format(
            unique=len(found.ids), total=listing.last_total
        ),
    )


def recent(api: EspaceCo, wanted: ReportFilter, since: datetime, watch: Watch) -> Optional[dict[int, Row]]:
    """The reports changed since then, by number, whether wanted or not; None if they are too many."""
    if wanted.updated_since:
        since = max(since, aware(wanted.updated_since))
    query = ReportQuery(**{**vars(wanted.steady_query()), "updated_since": since})
    for _attempt in range(READINGS):
        found = Reading(api, query, watch)
        rows: dict[int, Row] = {}
        for page in found:
            rows.update((number, report) for number, report in page if number is not None)
            if len(rows) > HELD_IN_MEMORY:
                return None
        if found.whole:
            return rows
    return None


def reconcile(
    api: EspaceCo, query: ReportQuery, known: set[int], watch: Watch
) -> Optional[tuple[list[int], dict[int, Row]]]:
    """Reports that went or came without a change that we saw: deleted, moved to another community, shared anew.

    `known` are the numbers that the list should have. One small request when the numbers agree; the list of ids when
    they do not. Gives those gone and those found; None if too many are missing to fetch them one by one.
    """
    if reports.count(api, query) == len(known):
        return [], {}
    watch.info(_("Reports have left or joined unseen: the list of numbers is compared."))
    for _attempt in range(READINGS):
        found = Reading(api, query, watch, fields=("id",))
        for _page in found:
            pass
        if found.whole:
            break
    else:
        return None
    there = set(found.ids)
    missing = sorted(there - known)
    if len(missing) > FETCHED_ONE_BY_ONE:
        return None

    def get_or_nothing(number: int) -> Optional[Row]:
        try:
            return reports.get_in_parallel(api, number)
        except NotFound:
            return None

    rows = zip(missing, api.session.in_parallel(get_or_nothing, missing))
    return sorted(known - there), {number: report for number, report in rows if report is not None}


def later(latest: Optional[datetime], report: Row) -> Optional[datetime]:
    """The later of a moment and the last change of a report."""
    moment = reading.instant(report.get("updating_date"))
    if moment is None:
        return latest
    moment = aware(moment)
    if not EPOCH < moment <= datetime.now(timezone.utc) + CLOCKS_DIFFER:
        return latest  # a mistaken date must not hide all changes until then
    return moment if latest is None or moment > latest else latest


# ---------------------------------------------------------------------- the community, as it is remembered


def about_community(api: EspaceCo, wanted: ReportFilter) -> dict[str, Any]:
    """What is remembered of the community: name, names of the statuses, themes. Nobody is told nothing of it."""
    if wanted.community is None or isinstance(api.session.auth, Anonymous):
        return {"id": None, "name": str(wanted.community or ""), "labels": {}, "themes": [], "names": {}}
    found = communities.get(api, wanted.community)
    names = {found.id: found.name}
    names.update({theme.community_id: theme.community_name for theme in found.themes if theme.community_name})
    return {
        "id": found.id,
        "name": found.name,
        "labels": found.labels,
        "themes": [[theme.community_id, theme.name] for theme in found.themes],
        "names": {str(number): name for number, name in names.items()},
    }


def query_of(wanted: ReportFilter, about: dict[str, Any], watch: Watch) -> ReportQuery:
    """What the server is asked; a theme that the community does not have is warned of."""
    known = tuple((community, name) for community, name in about["themes"])
    unknown = sorted(set(wanted.themes) - {name for _community, name in known})
    if unknown and about["id"] is not None:
        watch.warn(
            _(
                "The community has no theme “{themes}” today; older reports may still carry it. Its themes: {known}."
            ).format(themes="”, “".join(unknown), known=", ".join(sorted({name for _community, name in known})) or "–")
        )
    return wanted.query(known)


def names_in(about: dict[str, Any]) -> dict[int, str]:
    """The names of communities by number, which JSON keeps as text."""
    return {int(number): name for number, name in about["names"].items()}
