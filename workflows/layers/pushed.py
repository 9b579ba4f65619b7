"""What came of sending local edits: one line for each, as table, page and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ...i18n import N_, _, ngettext
from ..pages.report import Chart, Fact, Item, Named, Report, Section, Table, Tag
from ..pages.writing import counted
from . import shapes
from .edit_checks import Fault

OUTCOMES = {
    "sent": (N_("sent"), "good"),
    "found": (N_("was there already: only its answer had been lost"), "good"),
    "already": (N_("the server has it already"), "muted"),
    "planned": (N_("would be sent"), "muted"),
    "conflict": (N_("in conflict, not sent"), "warning"),
    "fault": (N_("faulty, not sent"), "bad"),
    "refused": (N_("refused by the server"), "bad"),
    "unsure": (N_("not known: run again to find out"), "bad"),
    "left": (N_("not sent"), "warning"),
}
"""What may come of an edit, in words, with the tone of `report.Tag`."""
DONE = ("sent", "found", "already")
PROBLEMS = ("conflict", "fault", "refused", "unsure", "left")
KINDS = {"insert": N_("new"), "update": N_("changed"), "delete": N_("deleted")}
LINES_SHOWN = 1000
"""Lines on the page; the table has all of them."""

COLUMNS = (
    ("layer", "text"),
    ("geocollab_id", "integer"),
    ("key", "text"),
    ("what", "text"),
    ("what_label", "text"),
    ("outcome", "text"),
    ("outcome_label", "text"),
    ("detail", "text"),
)


@dataclass
class Line:
    """What came of one edit: `layer` is `database:table`, with its `title`, `kind` one of `KINDS`, `detail` a sentence.

    `key` is "" while the server has given none. `remark` is said however it ends.
    """

    layer: str
    title: str
    row: int
    key: str
    kind: str
    outcome: str = ""
    detail: str = ""
    remark: str = ""

    def end(self, outcome: str, detail: str = "") -> None:
        self.outcome, self.detail = outcome, detail

    @property
    def done(self) -> bool:
        return self.outcome in DONE

    @property
    def said(self) -> str:
        return f"{self.detail} {self.remark}".strip()


@dataclass
class Pushed:
    """All of it. `transactions` are the numbers of those that the server applied, `requests` how many were sent."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    transactions: list[int] = field(default_factory=list)
    requests: int = 0
    notes: list[str] = field(default_factory=list)

    def count(self, *outcomes: str) -> int:
        return sum(line.outcome in outcomes for line in self.lines)

    @property
    def problems(self) -> list[Line]:
        """The lines of what did not go through though it should."""
        return [line for line in self.lines if line.outcome in PROBLEMS]

    def numbers(self) -> dict[str, int]:
        """As outputs of an operation."""
        gone = [line.kind for line in self.lines if line.outcome in ("sent", "found")]
        return {
            "COUNT": len(self.lines),
            "SENT_COUNT": len(gone),
            "INSERT_COUNT": gone.count("insert"),
            "UPDATE_COUNT": gone.count("update"),
            "DELETE_COUNT": gone.count("delete"),
            "ALREADY_COUNT": self.count("already"),
            "PLANNED_COUNT": self.count("planned"),
            "CONFLICT_COUNT": self.count("conflict"),
            "FAULT_COUNT": self.count("fault"),
            "REFUSED_COUNT": self.count("refused"),
            "UNSURE_COUNT": self.count("unsure"),
            "LEFT_COUNT": self.count("left"),
            "TRANSACTION_COUNT": len(self.transactions),
            "REQUEST_COUNT": self.requests,
        }

    def sentences(self) -> list[str]:
        """What was done, in numbers, and what else is to be said."""
        if not self.lines:
            return [_("There is nothing to send."), *self.notes]
        sent, already, planned = self.count("sent", "found"), self.count("already"), self.count("planned")
        said = [
            ngettext("{n} edit sent.", "{n} edits sent.", counted(sent)) if sent or not planned else "",
            ngettext("{n} was on the server already.", "{n} were on the server already.", counted(already))
            if already
            else "",
            ngettext("{n} would be sent.", "{n} would be sent.", counted(planned)) if planned else "",
        ]
        return [*filter(None, said), *self.notes]

    def complaint(self, *, strict: bool) -> str:
        """Why all of it counts as failed: nothing went through, or, if `strict`, something did not; else ""."""
        problems = self.problems
        if not problems or (not strict and len(problems) < len(self.lines)):
            return ""
        first = next((line.said for line in problems if line.outcome != "left" and line.said), "")
        first = first or next((line.said for line in problems if line.said), "")
        count = ngettext("{n} did not go through.", "{n} did not go through.", counted(len(problems)))
        return f"{count} {first}".strip()

    def rows(self) -> list[tuple[Any, ...]]:
        """As rows of `COLUMNS`."""
        return [
            (
                line.layer,
                line.row,
                line.key or None,
                line.kind,
                _(KINDS[line.kind]),
                line.outcome,
                _(OUTCOMES[line.outcome][0]),
                line.said or None,
            )
            for line in self.lines
        ]

    def places(self) -> Iterator[tuple[Any, ...]]:
        """The faults as rows of `edit_checks.COLUMNS`, each with its geometry (WKB, WGS84) at the end."""
        for fault in self.faults:
            yield (*fault.cells(), shapes.to_wgs84(fault.geometry, fault.srid))

    def families(self) -> set[str]:
        """The kinds of geometry among the faults (`shapes.family`)."""
        return {shapes.family(fault.geometry) for fault in self.faults} - {""}

    def report(self, title: str) -> Report:
        """As a page."""
        facts = [Fact(_(label), self.count(code), tone) for code, (label, tone) in OUTCOMES.items() if self.count(code)]
        # what went wrong first: it is what one looks for
        lines = sorted(self.lines, key=lambda line: line.outcome not in PROBLEMS)
        table = Section(
            title=_("One by one"),
            text="" if len(lines) <= LINES_SHOWN else _("The table OUTPUT has all of them."),
            table=Table(
                columns=(_("Layer"), _("Object"), _("Edit"), _("Outcome"), _("Detail")),
                rows=[
                    (
                        Named(line.title, line.layer),
                        line.key or _("row {n}").format(n=line.row),
                        Tag(_(KINDS[line.kind]), "muted"),
                        Tag(_(OUTCOMES[line.outcome][0]), OUTCOMES[line.outcome][1]),
                        line.said,
                    )
                    for line in lines[:LINES_SHOWN]
                ],
                kinds=("", "name"),
                empty=_("There is nothing to send."),
            ),
        )
        about: dict[str, Any] = {}
        if self.transactions:
            about[_("Transactions")] = ", ".join(map(str, self.transactions))
        return Report(
            title=title,
            facts=facts,
            sections=[*self._by_layer(), table],
            notes=self.notes,
            about=about,
        )

    def _by_layer(self) -> Iterator[Section]:
        """How many edits each layer has, if there are several: by title, by code where two have the same."""
        titles = {line.layer: line.title for line in self.lines}
        if len(titles) < 2:
            return
        edits, same = Counter(line.layer for line in self.lines), Counter(titles.values())
        items = [Item(titles[code] if same[titles[code]] == 1 else code, edits[code]) for code in sorted(titles)]
        yield Section(title=_("By layer"), chart=Chart("bars", items=items))
