"""What a download did: numbers, a table, a page, the lines of the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...client.espaceco.statuses import BY_CODE, status
from ...i18n import N_, _, ngettext
from ..pages.report import Chart, Fact, Item, Report, Section, Table, Tag

COLUMNS = (("code", "text"), ("label", "text"), ("family", "text"), ("count", "integer"), ("share", "number"))
FAMILIES = {
    "to_treat": N_("to treat"),
    "in_progress": N_("in progress"),
    "treated": N_("treated"),
    "rejected": N_("rejected"),
}
"""The families of the manual's table 3, as people call them."""


@dataclass
class Outcome:
    """What a download did. `by_status` counts all reports now in the store: (code, label, number), in order."""

    mode: str
    by_status: list[tuple[str, str, int]]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    without_position: int = 0
    sketches_skipped: int = 0
    requests: int = 0
    warnings: list[str] = field(default_factory=list)
    community: str = ""

    @property
    def count(self) -> int:
        return sum(number for _code, _label, number in self.by_status)

    @property
    def sketches(self) -> int:
        return sum(number for table, number in self.tables.items() if table.startswith("Croquis"))

    def numbers(self) -> dict[str, int]:
        """Everything that can be counted, under the names of the operation's outputs."""
        return {
            "COUNT": self.count,
            "NEW_COUNT": self.new,
            "UPDATED_COUNT": self.changed,
            "UNCHANGED_COUNT": self.unchanged,
            "REMOVED_COUNT": self.removed,
            "SKETCH_COUNT": self.sketches,
            "SKIPPED_COUNT": self.sketches_skipped,
            "REPLY_COUNT": self.tables.get("Reponse_EC", 0),
            "DOCUMENT_COUNT": self.tables.get("Document_EC", 0),
            "WITHOUT_POSITION_COUNT": self.without_position,
            "REQUEST_COUNT": self.requests,
            **{f"{code.upper()}_COUNT": number for code, _label, number in self.by_status if code in BY_CODE},
            **{f"{family.upper()}_COUNT": self.of_family(family) for family in FAMILIES},
        }

    def of_family(self, family: str) -> int:
        """Number of reports whose status is of this family."""
        return sum(number for code, _label, number in self.by_status if status(code).family == family)

    def rows(self) -> list[tuple[str, str, str, int, float]]:
        """The table of the operation, in the order of COLUMNS; the share from 0 to 1."""
        total = max(1, self.count)
        return [(code, label, status(code).family, number, number / total) for code, label, number in self.by_status]

    def lines(self) -> list[str]:
        """The summary for the log: how the reports divide among the statuses."""
        lines = [ngettext("{n} report in the store:", "{n} reports in the store:", self.count)]
        lines += [f"  {number:>7}  {label} ({code})" for code, label, number in self.by_status if number]
        lines.append(
            _("New {new}, updated {changed}, unchanged {unchanged}, removed {removed}; {requests} requests.").format(
                new=self.new,
                changed=self.changed,
                unchanged=self.unchanged,
                removed=self.removed,
                requests=self.requests,
            )
        )
        return lines

    def report(self) -> Report:
        """The summary that the manual asks for: how the reports divide among the statuses."""
        present = [entry for entry in self.by_status if entry[2]]
        return Report(
            title=_("Reports downloaded"),
            subtitle=self.community,
            facts=(
                Fact(_("reports in the store"), self.count),
                *(Fact(_(label), self.of_family(family), family) for family, label in FAMILIES.items()),
            ),
            sections=(
                Section(
                    title=_("By status"),
                    chart=Chart(
                        "bars", items=[Item(label, number, code) for code, label, number in present], shares=True
                    ),
                    table=Table(
                        columns=(_("Status"), _("Code"), _("Reports"), _("Share")),
                        rows=[
                            (Tag(label, code), code, n, share) for code, label, _family, n, share in self.rows() if n
                        ],
                        kinds=("text", "text", "number", "percent"),
                        empty=_("No report answers the filters."),
                    ),
                ),
                Section(
                    title=_("This download"),
                    table=Table(
                        columns=(_("What"), _("Count")),
                        rows=[
                            (_("new reports"), self.new),
                            (_("updated reports"), self.changed),
                            (_("unchanged reports"), self.unchanged),
                            (_("removed reports"), self.removed),
                            (_("sketch objects"), self.sketches),
                            (_("sketches that could not be read"), self.sketches_skipped),
                            (_("reports without position"), self.without_position),
                            (_("replies"), self.tables.get("Reponse_EC", 0)),
                            (_("documents"), self.tables.get("Document_EC", 0)),
                        ],
                        kinds=("text", "number"),
                    ),
                ),
            ),
            warnings=tuple(self.warnings),
        )
