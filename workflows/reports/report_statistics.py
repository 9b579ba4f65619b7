"""Counts and delays of the reports in a store: how many, where they stand, how long they take."""

from __future__ import annotations

import math
import sqlite3
from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from heapq import heappush, heappushpop
from typing import Any, Optional

from ...client.espaceco.statuses import STATUSES, status
from ...i18n import N_, _, ngettext
from ...store.store import Store
from ..pages.report import Chart, Fact, Item, Link, Report, Section, Series, Table, Tag, Value
from ..pages.writing import counted, write_date, write_days, write_percent
from ..watch import Watch
from .vocabulary import ORIGINS

OVERDUE_DAYS = 30
LISTED = 15
MONTHS_SHOWN = 24
DESERVES_YEARS = 36

FAMILIES = ("to_treat", "in_progress", "treated", "rejected", "test", "unknown")
FAMILY_NAMES = {
    "to_treat": N_("To treat"),
    "in_progress": N_("In progress"),
    "treated": N_("Treated"),
    "rejected": N_("Rejected"),
    "test": N_("Test"),
    "unknown": N_("Unknown status"),
}
AGES = (
    ("0-7", N_("Less than 7 days")),
    ("7-30", N_("7 to 30 days")),
    ("30-90", N_("30 to 90 days")),
    ("90-365", N_("90 days to one year")),
    ("365-", N_("More than one year")),
    ("unknown", N_("Date unknown")),
)
Row = tuple[str, str, str, int, float, Optional[float]]


@dataclass(frozen=True)
class Delays:
    """How long something took, in days; `count` is how many of them could be measured."""

    count: int = 0
    median: float | None = None
    mean: float | None = None
    ninth_decile: float | None = None
    longest: float | None = None


@dataclass(frozen=True)
class Group:
    """The reports that have something in common, `open` of them open.

    `answer` is the time to the first answer. `days` is the time to closing of those that are closed, or the age in a
    group by age.
    """

    key: str
    label: str
    count: int
    open: int = 0
    answer: Delays = Delays()
    days: Delays = Delays()


@dataclass(frozen=True)
class Oldest:
    """One of the oldest open reports; `created` as the store has it, `age` in days."""

    number: int
    url: str
    theme: str
    commune: str
    status: str
    created: str
    age: float


@dataclass(frozen=True)
class Month:
    """How many reports were created and closed in the month that begins on this day."""

    start: date
    created: int
    closed: int


@dataclass(frozen=True)
class Statistics:
    """The statistics of the reports of a store at one moment; of themes, places, authors… the largest group first."""

    now: datetime
    communities: Sequence[str]
    statuses: Sequence[Group]
    families: Sequence[Group]
    themes: Sequence[Group]
    communes: Sequence[Group]
    departments: Sequence[Group]
    authors: Sequence[Group]
    origins: Sequence[Group]
    ages: Sequence[Group]
    months: Sequence[Month]
    oldest: Sequence[Oldest]
    age: Delays
    answer: Delays
    closing: Delays
    counts: Mapping[str, int]

    @property
    def numbers(self) -> dict[str, int | float | None]:
        """Every figure under its upper-case name; a delay that nothing allows to measure is None."""
        numbers: dict[str, int | float | None] = dict(self.counts)
        for name, delays in (("AGE", self.age), ("ANSWER", self.answer), ("CLOSING", self.closing)):
            numbers[f"MEDIAN_{name}_DAYS"] = _rounded(delays.median)
            numbers[f"MEAN_{name}_DAYS"] = _rounded(delays.mean)
            numbers[f"P90_{name}_DAYS"] = _rounded(delays.ninth_decile)
            numbers[f"MAX_{name}_DAYS"] = _rounded(delays.longest)
        return numbers

    @property
    def rows(self) -> Iterator[Row]:
        """One tidy table: category, key, label, count, share of all reports (0 to 1), median of the days.

        The days are those to closing; in the category `age` the age, in `delay` the delay itself.
        """
        total = self.counts["COUNT"] or 1
        for category, groups in (
            ("status", self.statuses),
            ("family", self.families),
            ("theme", self.themes),
            ("commune", self.communes),
            ("department", self.departments),
            ("author", self.authors),
            ("origin", self.origins),
            ("age", self.ages),
        ):
            for group in groups:
                yield category, group.key, group.label, group.count, group.count / total, _rounded(group.days.median)
        for month in self.months:
            key = f"{month.start:%Y-%m}"
            yield "created", key, key, month.created, month.created / total, None
        for month in self.months:
            key = f"{month.start:%Y-%m}"
            yield "closed", key, key, month.closed, month.closed / total, None
        for key, label, delays in (
            ("answer", _("Time to first answer"), self.answer),
            ("closing", _("Time to closing"), self.closing),
        ):
            yield "delay", key, label, delays.count, delays.count / total, _rounded(delays.median)

    def report(self) -> Report:
        """The statistics as a page to read, print and hand on."""
        return _report(self)


def report_statistics(
    store: Store | sqlite3.Connection,
    now: datetime,
    *,
    community: int | str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    watch: Watch | None = None,
) -> Statistics:
    """Compute the statistics of the reports in a store.

    `community` is the id or the name of a group; `since` and `until` (excluded) bound the creation. A moment without
    offset is taken as UTC. Raises `StoreError` (of a bare connection `sqlite3.Error`) when the tables cannot be read,
    and Cancelled when the watch says so.
    """
    connection = store.connection if isinstance(store, Store) else store
    selection = _Selection(
        None if community is None else str(community),
        -math.inf if since is None else _julian(since),
        math.inf if until is None else _julian(until),
    )
    with store.faults() if isinstance(store, Store) else nullcontext():
        tallies = _Tallies(_julian(now))
        tallies.read(connection, selection, watch or Watch())
        oldest = _oldest(connection, tallies)
    return _statistics(tallies, oldest, now)


# 1990: whatever claims to be older is a mistake.
_EARLIEST = 2447892.5
_FAMILY = {one.code: one.family for one in STATUSES}


def _julian(moment: datetime) -> float:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)
    return aware.timestamp() / 86400 + 2440587.5


def _day(text: str) -> str:
    """SQL of the instant in a date text as a Julian day, null for what is no date (SQLite takes "2023" and "now")."""
    return f"CASE WHEN {text} GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*' THEN julianday({text}) END"


def _before(text: str, mark: str) -> str:
    return f"substr({text}, 1, instr({text} || '{mark}', '{mark}') - 1)"


# Rows of the official plugin have no "Thème", but `theme(name=value,…)|theme2…` in "Thèmes".
_THEME = "coalesce(nullif(s.\"Thème\", ''), trim({}), '')".format(_before(_before('s."Thèmes"', "("), "|"))
_REPORTS = f"""
SELECT CASE WHEN typeof(s."NoSignalement") = 'integer' THEN s."NoSignalement" END, {_day('s."Date_création"')}, s."id",
       coalesce(s."Statut", ''), coalesce(s."Statut_libellé", ''), coalesce(s."Groupe", ''), {_THEME},
       coalesce(nullif(s."Insee", ''), s."Commune", ''), s."Commune",
       coalesce(nullif(s."Département_id", ''), s."Département", ''), s."Département",
       coalesce(nullif(s."Auteur", ''), CAST(s."Auteur_id" AS TEXT), ''), s."Auteur_id", coalesce(s."Origine", ''),
       s."Nb_réponses", s."Réponses" <> '',
       coalesce(s."Nb_documents", (SELECT count(*) FROM "Document_EC" d WHERE d."NoSignalement" = s."NoSignalement")),
       substr(s."Date_création", 1, 7), {_day('s."Date_validation"')}, substr(s."Date_validation", 1, 7)
FROM "Signalement" AS s
WHERE ?1 IS NULL OR CAST(s."Groupe_id" AS TEXT) = ?1 OR s."Groupe" = ?1
ORDER BY s."NoSignalement"
"""  # nosec B608 - names are ours
_REPLIES = f"""
SELECT "NoSignalement", "Auteur_id", "Auteur", {_day('"Date"')} FROM "Reponse_EC"
WHERE typeof("NoSignalement") = 'integer' ORDER BY "NoSignalement"
"""  # nosec B608 - names are ours


_REPORT = f"""
SELECT coalesce(s."NoSignalement", s."id"), s."URL", {_THEME}, coalesce(s."Commune", s."Insee"), s."Statut",
       s."Date_création"
FROM "Signalement" AS s WHERE s."id" = ?
"""  # nosec B608 - names are ours


@dataclass(frozen=True)
class _Selection:
    community: str | None
    since: float
    until: float

    def holds(self, created: float | None) -> bool:
        """Whether a report created on this day is meant; one of unknown date only where no bound is set."""
        if created is None:
            return self.since == -math.inf and self.until == math.inf
        return self.since <= created < self.until


class _Tally:
    """What is counted of the reports that have something in common."""

    __slots__ = ("answers", "count", "days", "label", "open")

    def __init__(self) -> None:
        self.label = ""
        self.count = 0
        self.open = 0
        self.answers = array("d")
        self.days = array("d")

    def add(self, other: _Tally) -> None:
        """Count in what another tally has counted."""
        self.count += other.count
        self.open += other.open
        self.days.extend(other.days)


class _Tallies:
    """Reads reports and their replies side by side, in the order of their numbers; keeps counts and delays alone."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.counts: Counter[str] = Counter()
        self.labels: Counter[tuple[str, str]] = Counter()
        self.communities: set[str] = set()
        self.created: Counter[str] = Counter()
        self.closed: Counter[str] = Counter()
        self.groups: dict[str, defaultdict[str, _Tally]] = {one: defaultdict(_Tally) for one in _CATEGORIES}
        self.tallies = [self.groups[one] for one in _CATEGORIES]
        self.ages: defaultdict[str, _Tally] = defaultdict(_Tally)
        self.oldest: list[tuple[float, int]] = []

    def read(self, connection: sqlite3.Connection, selection: _Selection, watch: Watch) -> None:
        """Count all the reports of the selection; both queries are open together, hence see the same state."""
        reports = connection.execute(_REPORTS, (selection.community,))
        replies = _Replies(connection.execute(_REPLIES))
        for done, row in enumerate(reports):
            if done % 2000 == 0:
                watch.check()
            number, creation, *rest = row
            created = self._likely(creation)
            if selection.holds(created):
                self._add(created, replies.report(number) if number is not None else (), *rest)

    def _add(
        self,
        created: float | None,
        replies: Sequence[Any],
        identity: int,
        code: str,
        label: str,
        community: str,
        theme: str,
        commune: str,
        commune_name: str | None,
        department: str,
        department_name: str | None,
        author: str,
        author_id: int | None,
        origin: str,
        reply_count: int | None,
        reply_text: int | None,
        documents: int,
        created_month: str,
        closing: float | None,
        closed_month: str,
    ) -> None:
        """Count one report; from `identity` on, what a row of the query holds."""
        family = _FAMILY.get(code, "unknown")
        is_closed = family in ("treated", "rejected")
        is_open = not is_closed and family != "test"
        closed = self._likely(closing) if is_closed else None
        days = _between(created, closed)
        age = max(self.now - created, 0.0) if is_open and created is not None else None
        if replies:
            answered, answer = self._answer(replies, author_id, author, created)
        else:
            # Rows of the official plugin tell their replies as one text.
            answered, answer = bool(reply_text if reply_count is None else reply_count), None

        self.labels[code, label] += 1
        self.communities.add(community)
        if created is not None:
            self.created[created_month] += 1
        if closed is not None:
            self.closed[closed_month] += 1
        self._count(is_open, answered, age, len(replies) or reply_count or 0, documents, created)
        keys = (code, theme, commune, department, author, origin)
        for tallies, key in zip(self.tallies, keys):
            tally = tallies[key]
            tally.count += 1
            if is_open:
                tally.open += 1
            elif days is not None:
                tally.days.append(days)
        if commune_name:
            self.groups["commune"][commune].label = commune_name
        if department_name:
            self.groups["department"][department].label = department_name
        if answer is not None and family != "test":
            self.groups["theme"][theme].answers.append(answer)
        if is_open:
            self._grow_older(identity, age)

    def _likely(self, day: float | None) -> float | None:
        return day if day is not None and _EARLIEST <= day <= self.now + 1 else None

    def _answer(
        self, replies: Sequence[Any], author_id: int | None, author: str, created: float | None
    ) -> tuple[bool, float | None]:
        """Whether somebody other than the author replied, and after how many days."""
        answered, first = False, None
        for _number, by_id, by, day in replies:
            same = by_id == author_id if by_id is not None and author_id is not None else by == author
            if not same:
                answered = True
                day = self._likely(day)
                if day is not None and (first is None or day < first):
                    first = day
        return answered, _between(created, first)

    def _count(
        self, is_open: bool, answered: bool, age: float | None, replies: int, documents: int, created: float | None
    ) -> None:
        counts = self.counts
        counts["COUNT"] += 1
        counts["REPLY_COUNT"] += replies
        if documents:
            counts["DOCUMENT_COUNT"] += documents
            counts["DOCUMENTED_COUNT"] += 1
        if answered:
            counts["ANSWERED_COUNT"] += 1
        elif is_open:
            counts["UNANSWERED_COUNT"] += 1
            if age is not None and age > OVERDUE_DAYS:
                counts["OVERDUE_COUNT"] += 1
        if created is None:
            counts["UNKNOWN_DATE_COUNT"] += 1

    def _grow_older(self, identity: int, age: float | None) -> None:
        band = AGES[bisect_right(_AGE_LIMITS, age)][0] if age is not None else "unknown"
        tally = self.ages[band]
        tally.count += 1
        if age is not None:
            tally.days.append(age)
            # A heap, whose smallest age is at hand; of equal ages the lower number stays.
            (heappush if len(self.oldest) < LISTED else heappushpop)(self.oldest, (age, -identity))


class _Replies:
    """The replies of one report after the other, from a list in the order of the reports."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def report(self, number: int) -> Sequence[Any]:
        """The rows of this report; numbers must come in ascending order."""
        found: list[Any] = []
        while self._next is not None and self._next[0] <= number:
            if self._next[0] == number:
                found.append(self._next)
            self._next = next(self._rows, None)
        return found


_CATEGORIES = ("status", "theme", "commune", "department", "author", "origin")
_AGE_LIMITS = (7, 30, 90, 365)


def _between(beginning: float | None, end: float | None) -> float | None:
    """The days between two instants.

    An end before the beginning is a mistake, except within a day: old rows have lost the offset of their dates.
    """
    if beginning is None or end is None or end < beginning - 1:
        return None
    return max(end - beginning, 0.0)


def _delays(days: Sequence[float]) -> Delays:
    ordered = sorted(days)
    count = len(ordered)
    if not count:
        return Delays()
    median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    return Delays(count, median, math.fsum(ordered) / count, ordered[(count * 9 + 9) // 10 - 1], ordered[-1])


def _oldest(connection: sqlite3.Connection, tallies: _Tallies) -> list[Oldest]:
    found = []
    for age, identity in sorted(tallies.oldest, reverse=True):
        rows = connection.execute(_REPORT, (-identity,))
        for number, url, theme, commune, code, created in rows:
            found.append(Oldest(number, str(url or ""), theme, str(commune or ""), str(code or ""), str(created), age))
    return found


def _statistics(tallies: _Tallies, oldest: Sequence[Oldest], now: datetime) -> Statistics:
    origins = {"": _("Not said"), **{code: _(name) for code, name in ORIGINS.items()}}
    themes = _groups(tallies, "theme", {"": _("Without theme")})
    communes = _groups(tallies, "commune", {"": _("Unknown commune")})
    departments = _groups(tallies, "department", {"": _("Unknown department")})
    authors = _groups(tallies, "author", {"": _("Unknown author")})
    families: defaultdict[str, _Tally] = defaultdict(_Tally)
    for code, tally in tallies.groups["status"].items():
        families[_FAMILY.get(code, "unknown")].add(tally)
    by_family = {key: families[key].count for key in FAMILIES}
    counts = {name: tallies.counts[name] for name in _COUNTS}
    counts["CLOSED_COUNT"] = by_family["treated"] + by_family["rejected"]
    counts["OPEN_COUNT"] = counts["COUNT"] - counts["CLOSED_COUNT"] - by_family["test"]
    for key in FAMILIES:
        counts["UNKNOWN_STATUS_COUNT" if key == "unknown" else f"{key.upper()}_COUNT"] = by_family[key]
    for name, groups in (("THEME", themes), ("COMMUNE", communes), ("DEPARTMENT", departments), ("AUTHOR", authors)):
        counts[f"{name}_COUNT"] = sum(1 for group in groups if group.key)
    return Statistics(
        now=now,
        communities=sorted(tallies.communities - {""}),
        statuses=_statuses(tallies),
        families=[
            _group(key, _(FAMILY_NAMES[key]), families[key])
            for key in FAMILIES
            if by_family[key] or key not in ("test", "unknown")
        ],
        themes=themes,
        communes=communes,
        departments=departments,
        authors=authors,
        origins=_groups(tallies, "origin", origins),
        ages=[
            replace(_group(key, _(label), tallies.ages[key]), open=tallies.ages[key].count)
            for key, label in AGES
            if tallies.ages[key].count or key != "unknown"
        ],
        months=_months(tallies),
        oldest=oldest,
        age=_delays([age for tally in tallies.ages.values() for age in tally.days]),
        answer=_delays([days for tally in tallies.groups["theme"].values() for days in tally.answers]),
        closing=_delays([days for tally in families.values() for days in tally.days]),
        counts=counts,
    )


_COUNTS = (
    "COUNT", "ANSWERED_COUNT", "UNANSWERED_COUNT", "OVERDUE_COUNT", "REPLY_COUNT", "DOCUMENT_COUNT",
    "DOCUMENTED_COUNT", "UNKNOWN_DATE_COUNT",
)  # fmt: skip


def _group(key: str, label: str, tally: _Tally) -> Group:
    return Group(key, label, tally.count, tally.open, _delays(tally.answers), _delays(tally.days))


def _groups(tallies: _Tallies, category: str, names: Mapping[str, str]) -> list[Group]:
    """The groups of a category, the largest first; `names` are the labels of known keys."""
    found = sorted(tallies.groups[category].items(), key=lambda item: (-item[1].count, item[0]))
    return [_group(key, names.get(key) or tally.label or key, tally) for key, tally in found]


def _statuses(tallies: _Tallies) -> list[Group]:
    """Every known status in the contract's order, then the others; named as most of the rows name them."""
    found = tallies.groups["status"]
    labels = {code: label for (code, label), _count in reversed(tallies.labels.most_common()) if label}
    codes = [one.code for one in STATUSES]
    codes += sorted(set(found) - set(codes))
    return [
        _group(code, labels.get(code) or status(code).label or _("Without status"), found.get(code) or _Tally())
        for code in codes
    ]


def _months(tallies: _Tallies) -> list[Month]:
    """The months from the first to the last with anything in it, none left out."""
    known = sorted({*tallies.created, *tallies.closed})
    months: list[Month] = []
    if known:
        at = date(int(known[0][:4]), int(known[0][5:7]), 1)
        while f"{at:%Y-%m}" <= known[-1]:
            key = f"{at:%Y-%m}"
            months.append(Month(at, tallies.created[key], tallies.closed[key]))
            at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return months


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 2)


def _report(found: Statistics) -> Report:
    counts = found.counts
    count, opened, closed = counts["COUNT"], counts["OPEN_COUNT"], counts["CLOSED_COUNT"]
    if len(found.communities) == 1:
        whose = found.communities[0]
    elif found.communities:
        whose = ngettext("{n} group", "{n} groups", counted(len(found.communities)))
    else:
        whose = _("All reports of the store")
    return Report(
        title=_("Statistics of the reports"),
        subtitle=_("{whose}, on {date}").format(whose=whose, date=write_date(found.now)),
        facts=(
            Fact(_("Reports"), count, "muted"),
            Fact(_("Open"), opened, "to_treat", note=_of_all(opened, count)),
            Fact(_("Closed"), closed, "treated", note=_of_all(closed, count)),
            Fact(_("Median time to first answer"), found.answer.median, kind="days", note=_most(found.answer)),
            Fact(_("Median time to closing"), found.closing.median, kind="days", note=_most(found.closing)),
            Fact(
                _("Open for over {n} days without answer").format(n=OVERDUE_DAYS),
                counts["OVERDUE_COUNT"],
                "bad" if counts["OVERDUE_COUNT"] else "good",
            ),
        ),
        sections=[section for section in _sections(found) if section is not None],
        notes=_notes(found),
    )


def _sections(found: Statistics) -> Iterator[Section | None]:
    nobody = _("There are no reports in this selection.")
    yield Section(
        _("Where the reports stand"),
        chart=Chart("share", _("Reports by stage"), items=_items(found.families, by_key=True), empty=nobody),
    )
    if not found.counts["COUNT"]:
        return
    yield Section(_("By status"), chart=Chart("bars", items=_items(found.statuses, by_key=True), shares=True, top=30))
    yield from _over_time(found.months)
    yield _delays_section(found)
    yield _open_section(found)
    yield Section(
        _("By theme"),
        chart=Chart("bars", items=_items(found.themes), shares=True, top=15),
    )
    yield Section(_("By commune"), chart=_places(found.communes), half=True)
    if len(found.departments) > 1:
        yield Section(_("By department"), chart=_places(found.departments), half=True)
    yield Section(_("Who reports"), chart=Chart("bars", items=_items(found.authors), top=10), half=True)
    yield Section(_("Reported with"), chart=Chart("bars", items=_items(found.origins), shares=True), half=True)


def _over_time(months: Sequence[Month]) -> Iterator[Section]:
    """The last months one by one, and the years where there is more than the months can show."""
    shown = months if len(months) <= DESERVES_YEARS else months[-MONTHS_SHOWN:]
    nothing = _("No report has a known date.")
    yield Section(
        _("Month by month"),
        chart=_created_and_closed(
            [month.start for month in shown], [(one.created, one.closed) for one in shown], nothing
        ),
    )
    if len(shown) < len(months):
        years: dict[str, tuple[int, int]] = {}
        for month in months:
            created, closed = years.get(str(month.start.year), (0, 0))
            years[str(month.start.year)] = (created + month.created, closed + month.closed)
        yield Section(_("Year by year"), chart=_created_and_closed(list(years), list(years.values()), nothing))


def _created_and_closed(categories: Sequence[str | date], values: Sequence[tuple[int, int]], empty: str) -> Chart:
    return Chart(
        "columns",
        _("Reports created and closed"),
        categories=categories,
        series=(
            Series(_("Created"), [created for created, _closed in values], "to_treat"),
            Series(_("Closed"), [closed for _created, closed in values], "treated"),
        ),
        empty=empty,
    )


def _delays_section(found: Statistics) -> Section:
    rows: list[Sequence[Value]] = [
        (
            group.label, group.count, group.open,
            group.answer.median, group.answer.ninth_decile, group.days.median, group.days.ninth_decile,
        )
        for group in found.themes[:LISTED]
    ]  # fmt: skip
    return Section(
        _("How long it takes"),
        facts=(
            Fact(_("First answer: average"), found.answer.mean, kind="days"),
            Fact(_("First answer: longest"), found.answer.longest, kind="days"),
            Fact(_("Closing: average"), found.closing.mean, kind="days"),
            Fact(_("Closing: longest"), found.closing.longest, kind="days"),
        ),
        table=Table(
            (
                _("Theme"), _("Reports"), _("Open"), _("First answer: median"), _("First answer: 9 of 10 within"),
                _("Closing: median"), _("Closing: 9 of 10 within"),
            ),
            rows,
            kinds=("text", "number", "number", "days", "days", "days", "days"),
        ),
    )  # fmt: skip


def _open_section(found: Statistics) -> Section:
    names = {group.key: group.label for group in found.statuses}
    rows: list[Sequence[Value]] = [
        (
            Link(one.url, str(one.number)),
            one.theme or _("Without theme"),
            one.commune or _("Unknown commune"),
            Tag(names.get(one.status, one.status), _tone(one.status)),
            _as_date(one.created),
            one.age,
        )
        for one in found.oldest
    ]
    text = ""
    if found.age.median is not None:
        text = _("Half of the open reports are older than {days}.").format(days=_in_a_sentence(found.age.median))
    return Section(
        _("Open reports and their age"),
        text=text,
        chart=Chart(
            "bars",
            _("Open reports by age"),
            items=[Item(group.label, group.count, _AGE_TONES.get(group.key, "muted")) for group in found.ages],
            shares=True,
            empty=_("No report is open."),
        ),
        table=Table(
            (_("Report"), _("Theme"), _("Commune"), _("Status"), _("Created on"), _("Age")),
            rows,
            caption=_("The oldest open reports"),
            kinds=("text", "text", "text", "", "date", "days"),
        )
        if rows
        else None,
    )


_AGE_TONES = {
    "0-7": "submit",
    "7-30": "submit",
    "30-90": "pending1",
    "90-365": "pending2",
    "365-": "rejected",
}


def _notes(found: Statistics) -> list[str]:
    counts = found.counts
    notes = [
        _("The median is the value in the middle: half of the reports took less, half took more."),
        _("An answer is a reply by somebody other than the author of the report."),
    ]
    if counts["TEST_COUNT"]:
        notes.append(
            ngettext(
                "{n} report in test mode is counted in all, but is neither open nor closed.",
                "{n} reports in test mode are counted in all, but are neither open nor closed.",
                counted(counts["TEST_COUNT"]),
            )
        )
    if counts["UNKNOWN_DATE_COUNT"]:
        notes.append(
            ngettext(
                "{n} report has no usable date of creation and is left out of the delays.",
                "{n} reports have no usable date of creation and are left out of the delays.",
                counted(counts["UNKNOWN_DATE_COUNT"]),
            )
        )
    return notes


def _of_all(count: int, total: int) -> str:
    return _("{share} of all").format(share=write_percent(count / total)) if total else ""


def _most(delays: Delays) -> str:
    return _("9 of 10 within {days}").format(days=_in_a_sentence(delays.ninth_decile)) if delays.ninth_decile else ""


def _in_a_sentence(days: float) -> str:
    """A duration that no line break may cut."""
    return write_days(days).replace(" ", "\u00a0")


def _items(groups: Sequence[Group], *, by_key: bool = False) -> list[Item]:
    return [Item(group.label, group.count, _tone(group.key) if by_key else "") for group in groups]


def _tone(key: str) -> str:
    """Statuses and families have colours of their own; whatever we do not know has one together."""
    return key if key in FAMILIES or any(one.code == key for one in STATUSES) else "unknown"


def _places(groups: Sequence[Group]) -> Chart:
    """A chart of places, those of the same name told apart by their code."""
    seen: dict[str, int] = {}
    for group in groups:
        seen[group.label] = seen.get(group.label, 0) + 1
    items = [
        Item(f"{group.label} ({group.key})" if seen[group.label] > 1 else group.label, group.count) for group in groups
    ]
    return Chart("bars", items=items, shares=True, top=10)


def _as_date(text: str) -> Value:
    """The day in the text of a date, else the text."""
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:10]))
    except ValueError:
        return text
