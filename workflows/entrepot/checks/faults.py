"""What is wrong with data that is to be delivered: as rows, as places on a map, as a page, as numbers."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ....i18n import N_, _, ngettext
from ...pages.report import Chart, Fact, Item, Report, Section, Table, Tag
from ...pages.writing import counted, said_of

ERROR, WARNING = "error", "warning"
SEVERITIES = {ERROR: (N_("error"), "bad"), WARNING: (N_("warning"), "warning")}
"""In words, with the tone of `report.Tag`."""
CODES = {
    "crs_missing": N_("No coordinate system"),
    "crs_unknown": N_("Coordinate system that the server does not know"),
    "crs_differs": N_("Several coordinate systems"),
    "empty": N_("No object"),
    "invalid_geometry": N_("Invalid geometry"),
    "no_geometry": N_("No geometry"),
    "unplaced": N_("No place in the coordinate system"),
    "mixed_geometry": N_("Points, lines and polygons together"),
    "table_name": N_("Name of a table"),
    "column_name": N_("Name of a column"),
    "columns_clash": N_("Columns with the same name"),
    "not_kept": N_("Not kept as it is"),
    "layer_name": N_("Name of the published layer"),
    "not_georeferenced": N_("Image without a place"),
    "file": N_("File"),
    "same_name": N_("Files of the same name"),
    "link": N_("Symbolic link"),
}
"""Kinds of faults, in words."""
COLUMNS = (
    ("severity", "text"),
    ("severity_label", "text"),
    ("code", "text"),
    ("code_label", "text"),
    ("layer", "text"),
    ("column", "text"),
    ("feature", "text"),
    ("fault", "text"),
)
MOST_SHOWN = 500
"""Faults on the page; the table has all of them."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: `severity` and `code` as in SEVERITIES and CODES, `said` a sentence for people.

    `layer` is what the user knows the data by: a layer, a file, a table of it. `row` counts the rows of its table from
    1, 0 for all of it; `feature` is the id in the layer. `place` is lon, lat. `times` is how often it is so.
    """

    severity: str
    code: str
    layer: str
    said: str
    column: str = ""
    row: int = 0
    feature: str = ""
    place: Optional[tuple[float, float]] = None
    times: int = 1

    @property
    def object(self) -> str:
        """Which object it is about: its id in the layer, else the number of its row; "" for none in particular."""
        return self.feature or (str(self.row) if self.row else "")

    @property
    def sentence(self) -> str:
        """What is wrong, and with what."""
        if not self.object:
            return said_of(self.layer, self.said)
        return _("{layer}, object {id}: {what}").format(layer=self.layer, id=self.object, what=self.said)

    def cells(self) -> tuple[Any, ...]:
        """As a row of COLUMNS."""
        return (
            self.severity,
            _(SEVERITIES[self.severity][0]),
            self.code,
            _(CODES[self.code]),
            self.layer,
            self.column or None,
            self.object or None,
            self.said,
        )

    @property
    def wkb(self) -> Optional[bytes]:
        """The place as a point in WGS84."""
        return None if self.place is None else struct.pack("<BI2d", 1, 1, *self.place)


@dataclass(frozen=True)
class Checked:
    """What was looked at, and what is wrong with it. `looked_at` are names of layers and files, with what they hold."""

    faults: tuple[Fault, ...]
    looked_at: tuple[tuple[str, str], ...] = ()

    def count(self, severity: str) -> int:
        return sum(fault.times for fault in self.faults if fault.severity == severity)

    @property
    def errors(self) -> list[Fault]:
        return [fault for fault in self.faults if fault.severity == ERROR]

    def without(self, code: str) -> Checked:
        """The same, faults of one kind left out."""
        return Checked(tuple(fault for fault in self.faults if fault.code != code), self.looked_at)

    def numbers(self) -> dict[str, int]:
        """As outputs of an operation."""
        return {
            "ERROR_COUNT": self.count(ERROR),
            "WARNING_COUNT": self.count(WARNING),
            "INVALID_COUNT": sum(fault.times for fault in self.faults if fault.code == "invalid_geometry"),
            "LAYER_COUNT": len(self.looked_at),
        }

    def rows(self) -> list[tuple[Any, ...]]:
        """As rows of COLUMNS."""
        return [fault.cells() for fault in self.faults]

    def places(self) -> list[tuple[Any, ...]]:
        """As rows of COLUMNS that end with a geometry: those that have a place."""
        return [(*fault.cells(), fault.wkb) for fault in self.faults if fault.place is not None]

    def sentence(self) -> str:
        """What was found, in numbers."""
        errors, warnings = self.count(ERROR), self.count(WARNING)
        if not errors and not warnings:
            return _("Nothing is wrong.")
        return " ".join(
            (
                ngettext("{n} error.", "{n} errors.", counted(errors)),
                ngettext("{n} warning.", "{n} warnings.", counted(warnings)),
            )
        )

    def complaint(self) -> str:
        """Why it cannot be delivered as it is: how many errors, and the first of them; "" if there is none."""
        errors = self.errors
        if not errors:
            return ""
        count = ngettext("{n} error.", "{n} errors.", counted(self.count(ERROR)))
        return f"{count} {errors[0].sentence}"

    def report(self, title: str) -> Report:
        """As a page."""
        return Report(
            title,
            facts=(
                _fact(_("Errors"), self.count(ERROR), "bad"),
                _fact(_("Warnings"), self.count(WARNING), "warning"),
                Fact(_("Layers and files"), len(self.looked_at)),
            ),
            sections=tuple(self._sections()),
        )

    def _sections(self) -> Iterable[Section]:
        shown = self.faults[:MOST_SHOWN]
        more = len(self.faults) - len(shown)
        yield Section(
            _("What is wrong"),
            table=Table(
                (_("Severity"), _("What"), _("Layer or file"), _("Column"), _("Object"), _("Explanation")),
                [_row(fault) for fault in shown],
                kinds=("", "", "name", "name", "text", "text"),
                empty=_("Nothing is wrong."),
            ),
            more=ngettext("{n} more is in the table.", "{n} more are in the table.", counted(more)) if more else "",
        )
        if self.faults:
            yield Section(_("By kind"), chart=Chart("bars", items=_by_code(self.faults)), half=True)
        yield Section(
            _("What was looked at"),
            table=Table((_("Layer or file"), _("Content")), self.looked_at, kinds=("name", "text")),
            half=bool(self.faults),
        )


def _fact(label: str, count: int, tone: str) -> Fact:
    return Fact(label, count, tone if count else "good")


def _row(fault: Fault) -> Sequence[Any]:
    word, tone = SEVERITIES[fault.severity]
    _severity, _word, _code, code, layer, column, feature, said = fault.cells()
    return Tag(_(word), tone), code, layer, column, feature, said


def _by_code(faults: Iterable[Fault]) -> list[Item]:
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        found.setdefault(fault.code, []).append(fault)
    items = [
        Item(_(CODES[code]), sum(each.times for each in same), SEVERITIES[min(each.severity for each in same)][1])
        for code, same in found.items()
    ]
    return sorted(items, key=lambda item: -item.value)
