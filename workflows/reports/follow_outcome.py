"""What happened to the reports that are followed, as numbers, table, page and lines of the log."""

from __future__ import annotations

from collections import Counter
from typing import Any, Optional

from ...client import reading
from ...client.espaceco.dates import a9_zone
from ...i18n import _, ngettext
from ..pages.report import Chart, Fact, Item, Link, Report, Section, Table, Tag
from ..pages.writing import write_date
from .follow_events import EDITS, KINDS, STATUS_CHANGES, Event, excerpt
from .follow_reports import News

COLUMNS = (
    ("report", "integer"),
    ("event", "text"),
    ("event_label", "text"),
    ("date", "moment"),
    ("author", "text"),
    ("by_me", "flag"),
    ("before", "text"),
    ("after", "text"),
    ("detail", "text"),
    ("about", "text"),
    ("url", "text"),
)
SHORT, LONG = 120, 4000
"""Characters of a text in a cell among others, and in one of its own."""
TEXTS = ("new", "entered", "reply", "reply_edited")
"""Kinds of event that are a text themselves; of the others the page says which report it was."""


class FollowOutcome:
    """The news as the user wants them told: `account` is the one that asks, `others_only` leaves out what it did."""

    def __init__(self, news: News, account: Optional[int], *, others_only: bool = False) -> None:
        self._news = news
        self._account = account
        self.events = news.by_date(but=account if others_only else None)
        self._count = Counter(event.kind for event in self.events)

    @property
    def reports(self) -> list[int]:
        """Numbers of the reports with events, each once."""
        return list(dict.fromkeys(event.report for event in self.events))

    @property
    def since(self) -> str:
        """The moment of the last run, ISO 8601 in French time, as the service's dates; "" if there was none."""
        return self._news.since.astimezone(a9_zone()).isoformat() if self._news.since else ""

    def numbers(self) -> dict[str, int]:
        """Under the names of the operation's outputs."""
        return {
            "COUNT": len(self.events),
            "REPORT_COUNT": len(self.reports),
            "NEW_COUNT": self._of("new"),
            "ENTERED_COUNT": self._of("entered"),
            "REPLY_COUNT": self._of("reply"),
            "STATUS_COUNT": self._of(*STATUS_CHANGES),
            "CLOSED_COUNT": self._of("closed"),
            "REOPENED_COUNT": self._of("reopened"),
            "EDITED_COUNT": self._of(*EDITS),
            "LEFT_COUNT": self._of("left"),
            "VANISHED_COUNT": self._of("vanished"),
            "FOLLOWED_COUNT": self._news.followed,
            "REQUEST_COUNT": self._news.requests,
        }

    def rows(self) -> list[tuple[Any, ...]]:
        """As rows of `COLUMNS`."""
        return [
            (
                event.report,
                event.kind,
                _(KINDS[event.kind][0]),
                event.date,
                event.author,
                self._by_me(event),
                event.before,
                event.after,
                event.detail,
                event.about or None,
                self._url(event),
            )
            for event in self.events
        ]

    def lines(self) -> list[str]:
        """The summary for the log."""
        followed = ngettext("{n} report is followed.", "{n} reports are followed.", self._news.followed)
        if not self._news.since and not self.events:
            return [followed, _("Nothing was known of them yet: what changes is told from the next run on.")]
        if not self.events:
            return [followed, _("Nothing has happened since {date}.").format(date=self._date())]
        return [
            followed,
            *(f"  {self._count[kind]:>7}  {_(label)}" for kind, (label, _tone) in KINDS.items() if self._count[kind]),
        ]

    def report(self) -> Report:
        """As a page: key figures, what happened by kind, all events, the texts of the replies."""
        since = _("since {date}").format(date=self._date()) if self._news.since else _("for the first time")
        return Report(
            title=_("What happened to the reports"),
            subtitle=" – ".join(part for part in (self._news.community, since) if part),
            facts=(
                Fact(_("new reports"), self._of("new", "entered"), "good"),
                Fact(_("new replies"), self._of("reply"), "in_progress"),
                Fact(_("closed"), self._of("closed"), "treated"),
                Fact(_("other changes of status"), self._of("status", "reopened"), "in_progress"),
                Fact(_("edits"), self._of(*EDITS), "muted"),
                Fact(_("vanished, or left the filter"), self._of("vanished", "left"), "bad"),
            ),
            sections=tuple(self._sections()),
            warnings=self._news.warnings,
            notes=(
                _(
                    "The server says who replied, closed or created, but not who edited, moved or removed: there, the "
                    "author is left open. Of what happened several times between two looks, only the outcome is told."
                ),
                _(
                    "A report that has left the filter is still there; one that has vanished was deleted, or is no "
                    "longer shown to you."
                ),
            ),
            about={_("Reports followed"): self._news.followed},
        )

    def _sections(self) -> list[Section]:
        items = [Item(_(label), self._count[kind], tone) for kind, (label, tone) in KINDS.items() if self._count[kind]]
        replies = [event for event in self.events if event.kind == "reply"]
        found = [
            Section(
                title=_("What happened, newest first"),
                table=Table(
                    columns=(_("Report"), _("Event"), _("Date"), _("By"), _("Before"), _("After"), _("Detail")),
                    rows=[
                        (
                            self._link(event),
                            Tag(_(KINDS[event.kind][0]), KINDS[event.kind][1]),
                            reading.instant(event.date),
                            self._who(event),
                            _cut(event.before, SHORT),
                            _cut(event.after, SHORT),
                            excerpt((event.kind in TEXTS and event.detail) or event.about, SHORT),
                        )
                        for event in self.events
                    ],
                    kinds=("link", "text", "time", "text", "text", "text", "text"),
                    empty=_("Nothing has happened."),
                ),
            )
        ]
        if items:
            found.insert(0, Section(title=_("By kind"), chart=Chart("bars", items=items, top=len(KINDS))))
        if replies:
            found.append(
                Section(
                    title=_("The new replies"),
                    table=Table(
                        columns=(_("Report"), _("About"), _("Date"), _("By"), _("Status"), _("Reply")),
                        rows=[
                            (
                                self._link(event),
                                event.about,
                                reading.instant(event.date),
                                self._who(event),
                                event.after,
                                _cut(event.detail, LONG),
                            )
                            for event in replies
                        ],
                        kinds=("link", "text", "time", "text", "text", "text"),
                    ),
                )
            )
        return found

    def _of(self, *kinds: str) -> int:
        return sum(self._count[kind] for kind in kinds)

    def _by_me(self, event: Event) -> bool:
        return self._account is not None and event.author_id == self._account

    def _who(self, event: Event) -> str:
        name = event.author or (str(event.author_id) if event.author_id is not None else "")
        return _("{name} (you)").format(name=name) if self._by_me(event) else name

    def _url(self, event: Event) -> str:
        return f"{self._news.site}/georem/{event.report}"

    def _link(self, event: Event) -> Link:
        return Link(self._url(event), str(event.report))

    def _date(self) -> str:
        return write_date(self._news.since.astimezone(a9_zone()), time=True) if self._news.since else ""


def _cut(text: Optional[str], most: int) -> str:
    text = text or ""
    return text if len(text) <= most else text[: most - 1] + "…"
