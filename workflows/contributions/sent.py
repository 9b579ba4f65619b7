"""What an operation that writes on the server has done: one line per thing, as table, page and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Optional

from ...client.espaceco.api import EspaceCo
from ...client.espaceco.reports import page_for_people
from ...i18n import N_, _, ngettext
from ..pages.report import Chart, Fact, Item, Link, Report, Section, Table, Tag
from .sending import DONE, Outcome

OUTCOMES = {
    "sent": (N_("sent"), "good"),
    "found": (N_("was there already: only its answer had been lost"), "good"),
    "already": (N_("sent by an earlier run"), "muted"),
    "planned": (N_("would be sent"), "muted"),
    "skipped": (N_("left out"), "warning"),
    "fault": (N_("faulty, not sent"), "bad"),
    "refused": (N_("refused by the server"), "bad"),
    "unsure": (N_("not known: run again to find out"), "bad"),
    "waiting": (N_("not sent yet: run again"), "bad"),
}
"""What may come of one thing, in words, with the tone of `report.Tag`."""
PROBLEMS = ("fault", "refused", "unsure", "waiting")

COLUMNS = (
    ("report", "integer"),
    ("about", "text"),
    ("outcome", "text"),
    ("outcome_label", "text"),
    ("status", "text"),
    ("status_label", "text"),
    ("detail", "text"),
    ("url", "text"),
)


@dataclass
class Line:
    """What came of one thing: `about` names it, `status` is the report's now, `detail` a sentence."""

    outcome: str
    report: Optional[int] = None
    about: str = ""
    status: str = ""
    status_label: str = ""
    detail: str = ""
    url: str = ""


@dataclass
class Sent:
    """All of it, in the order it was asked for."""

    lines: list[Line] = field(default_factory=list)
    requests: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, api: EspaceCo, outcome: Outcome, *, about: str = "", status: str = "", label: str = "") -> None:
        """The line of a letter."""
        url = page_for_people(api, outcome.report) if outcome.report is not None else ""
        self.lines.append(Line(outcome.state, outcome.report, about, status, label, outcome.error, url))

    def count(self, *outcomes: str) -> int:
        return sum(line.outcome in outcomes for line in self.lines)

    @property
    def problems(self) -> list[Line]:
        """The lines of what did not go through though it should."""
        return [line for line in self.lines if line.outcome in PROBLEMS]

    def reports(self) -> list[int]:
        """The numbers of the reports that were created or touched, each once."""
        return list(dict.fromkeys(line.report for line in self.lines if line.outcome in DONE and line.report))

    def numbers(self) -> dict[str, int]:
        """As outputs of an operation."""
        return {
            "COUNT": len(self.lines),
            "SENT_COUNT": self.count("sent", "found"),
            "ALREADY_COUNT": self.count("already"),
            "PLANNED_COUNT": self.count("planned"),
            "SKIPPED_COUNT": self.count("skipped"),
            "REFUSED_COUNT": self.count("fault", "refused"),
            "UNSURE_COUNT": self.count("unsure", "waiting"),
            "REQUEST_COUNT": self.requests,
        }

    def sentences(self) -> list[str]:
        """What was done, in numbers, and what else is to be said."""
        sent, already, planned, skipped = (
            self.count(*outcomes) for outcomes in (("sent", "found"), ("already",), ("planned",), ("skipped",))
        )
        said = [
            ngettext("{n} sent.", "{n} sent.", sent) if sent or not planned else "",
            ngettext("{n} was sent by an earlier run.", "{n} were sent by an earlier run.", already) if already else "",
            ngettext("{n} would be sent.", "{n} would be sent.", planned) if planned else "",
            ngettext("{n} left out.", "{n} left out.", skipped) if skipped else "",
        ]
        return [*filter(None, said), *self.notes]

    def complaint(self, *, strict: bool) -> str:
        """Why all of it counts as failed: nothing went through, or, if `strict`, something did not; else ""."""
        problems = self.problems
        if not problems or (not strict and len(problems) < len(self.lines)):
            return ""
        first = next((line.detail for line in problems if line.detail), "")
        return (ngettext("{n} did not go through.", "{n} did not go through.", len(problems)) + " " + first).strip()

    def sections(self) -> Sequence[Section]:
        """What stands at the end of the page, beyond the lines."""
        return ()

    def rows(self) -> list[tuple[object, ...]]:
        """As rows of `COLUMNS`."""
        return [
            (
                line.report,
                line.about or None,
                line.outcome,
                _(OUTCOMES[line.outcome][0]),
                line.status or None,
                line.status_label or None,
                line.detail or None,
                line.url or None,
            )
            for line in self.lines
        ]

    def report(self, title: str) -> Report:
        """As a page."""
        found = [(code, self.count(code)) for code in OUTCOMES]
        by_status: dict[tuple[str, str], int] = {}
        # a report of several lines counts once
        for line in {line.report or -place: line for place, line in enumerate(self.lines, 1) if line.status}.values():
            pair = (line.status, line.status_label or line.status)
            by_status[pair] = by_status.get(pair, 0) + 1
        charts = [
            Section(
                title=_("Status of the reports now"),
                chart=Chart(
                    "bars", items=[Item(label, number, code) for (code, label), number in sorted(by_status.items())]
                ),
            )
        ]
        return Report(
            title=title,
            facts=[Fact(_(OUTCOMES[code][0]), number, OUTCOMES[code][1]) for code, number in found if number],
            sections=[
                *(charts if len(self.lines) > 1 and by_status else ()),
                Section(
                    title=_("One by one"),
                    table=Table(
                        columns=(_("Report"), _("About"), _("Outcome"), _("Status"), _("Detail")),
                        rows=[
                            (
                                Link(line.url, str(line.report)) if line.report is not None else "",
                                line.about,
                                Tag(_(OUTCOMES[line.outcome][0]), OUTCOMES[line.outcome][1]),
                                Tag(line.status_label or line.status, line.status) if line.status else "",
                                line.detail,
                            )
                            for line in self.lines
                        ],
                    ),
                ),
                *self.sections(),
            ],
            notes=self.notes,
        )
