"""What a load of group layers did: numbers, a table, a page, the lines of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Optional

from ...i18n import _, ngettext
from ...store.layer import Layer
from ...store.layers import Changes
from ..pages.report import Fact, Report, Section, Table, Tag
from .catalogue import Entry

COLUMNS = (
    ("layer", "text"),
    ("title", "text"),
    ("table", "text"),
    ("count", "integer"),
    ("created", "integer"),
    ("updated", "integer"),
    ("unchanged", "integer"),
    ("removed", "integer"),
    ("merged", "integer"),
    ("conflicts", "integer"),
    ("misfits", "integer"),
    ("geometry", "text"),
    ("crs", "text"),
    ("editable", "flag"),
    ("problem", "text"),
)


@dataclass
class LoadedLayer:
    """What became of one layer. `layer` is that of the store, with `count` objects, `conflicts` of them clash.

    If it could not be loaded, `error` says why, `why` is the sentence for it, and `layer` and `changes` are None.
    """

    entry: Entry
    layer: Optional[Layer] = None
    changes: Optional[Changes] = None
    count: int = 0
    conflicts: int = 0
    warnings: list[str] = field(default_factory=list)
    error: Optional[Exception] = None
    why: str = ""

    @property
    def did(self) -> Changes:
        return self.changes or Changes()

    @property
    def geometry(self) -> str:
        """Its geometry as the store keeps it, with `3D` for one with heights; "" for none."""
        if self.layer is None or not self.layer.geometry:
            return ""
        return self.layer.geometry_type + (" 3D" if self.layer.is3d else "")

    @property
    def crs(self) -> str:
        return f"EPSG:{self.layer.srid}" if self.layer is not None and self.layer.geometry else ""

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """Columns that have another name here, since SQLite does not tell capitals: (there, here)."""
        columns = self.layer.live if self.layer is not None else ()
        return [(column.name, column.local) for column in columns if column.name != column.local]

    def row(self) -> tuple[Any, ...]:
        """The row of `COLUMNS`."""
        entry, did = self.entry, self.did
        if self.layer is None:
            return entry.code, entry.title, *[None] * 10, "", entry.editable, self.why
        figures = (did.created, did.changed, did.unchanged, did.removed, did.merged, self.conflicts, did.misfit_count)
        said = " ".join((*entry.remarks, *self.warnings))
        about = (self.geometry, self.crs, entry.editable, said)
        return entry.code, entry.title, self.layer.local_table, self.count, *figures, *about

    def lines(self) -> Iterator[str]:
        """What the log says of it."""
        if self.layer is None:
            return
        did = self.did
        yield _("{layer}: {created} new, {updated} updated, {removed} removed, {merged} merged.").format(
            layer=self.entry.label, created=did.created, updated=did.changed, removed=did.removed, merged=did.merged
        )
        if self.entry.why_not:
            yield f"  {self.entry.why_not}"
        for there, here in self.renamed:
            yield "  " + _("The column “{there}” is called “{here}” in the store.").format(there=there, here=here)


@dataclass
class Loaded:
    """The feature types that were to be loaded, in their order; `requests` is how many the session sent."""

    layers: list[LoadedLayer]
    requests: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def stored(self) -> list[Layer]:
        """The layers of the store that are loaded now."""
        return [each.layer for each in self.layers if each.layer is not None]

    @property
    def failed(self) -> int:
        return sum(each.error is not None for each in self.layers)

    def total(self, name: str) -> int:
        """The sum of one of the numbers of `Changes` over all layers."""
        return sum(getattr(each.did, name) for each in self.layers)

    def numbers(self) -> dict[str, int]:
        """The figures of the operation."""
        return {
            "COUNT": len(self.stored),
            "FEATURE_COUNT": sum(each.count for each in self.layers),
            "CREATED_COUNT": self.total("created"),
            "UPDATED_COUNT": self.total("changed"),
            "UNCHANGED_COUNT": self.total("unchanged"),
            "REMOVED_COUNT": self.total("removed"),
            "MERGED_COUNT": self.total("merged"),
            "CONFLICT_COUNT": sum(each.conflicts for each in self.layers),
            "MISFIT_COUNT": self.total("misfit_count"),
            "FAILED_COUNT": self.failed,
            "REQUEST_COUNT": self.requests,
        }

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of `COLUMNS`."""
        return (each.row() for each in self.layers)

    def lines(self) -> Iterator[str]:
        """The summary for the log."""
        for each in self.layers:
            yield from each.lines()
        numbers = self.numbers()
        yield _("{loaded} {objects}; {failed} failed; {requests} requests.").format(
            loaded=ngettext("{n} layer is in the store", "{n} layers are in the store", numbers["COUNT"]),
            objects=ngettext("with {n} object", "with {n} objects", numbers["FEATURE_COUNT"]),
            failed=self.failed,
            requests=self.requests,
        )

    def report(self, community: str) -> Report:
        """The summary as a page."""
        numbers = self.numbers()
        return Report(
            title=_("Group layers loaded"),
            subtitle=community,
            facts=[
                Fact(_("layers"), numbers["COUNT"]),
                Fact(_("objects"), numbers["FEATURE_COUNT"]),
                Fact(_("new"), numbers["CREATED_COUNT"], tone="good"),
                Fact(_("updated"), numbers["UPDATED_COUNT"]),
                Fact(_("removed"), numbers["REMOVED_COUNT"]),
                Fact(_("conflicts"), numbers["CONFLICT_COUNT"], tone="warning" if numbers["CONFLICT_COUNT"] else ""),
                Fact(_("failed"), self.failed, tone="bad" if self.failed else ""),
            ],
            sections=[self._layers(), *self._renamed()],
            warnings=self.warnings,
        )

    def _layers(self) -> Section:
        names = [_("Layer"), _("Outcome"), _("Geometry"), _("Objects"), _("New"), _("Updated"), _("Removed")]
        rows = []
        for each in self.layers:
            did, failed = each.did, each.error is not None
            tag = Tag(_("failed, as it was before"), "bad") if failed else Tag(_("loaded"), "good")
            figures = (None,) * 5 if failed else (each.count, did.created, did.changed, did.removed, each.conflicts)
            rows.append((each.entry.title, tag, " ".join(filter(None, (each.geometry, each.crs))), *figures))
        kinds = ("text", "text", "text", *["number"] * 5)
        return Section(title=_("Layers"), table=Table(columns=[*names, _("Conflicts")], rows=rows, kinds=kinds))

    def _renamed(self) -> Iterator[Section]:
        rows = [(each.entry.title, *names) for each in self.layers for names in each.renamed]
        if rows:
            yield Section(
                title=_("Columns with another name"),
                text=_("In a SpatiaLite table, names must differ in more than their capitals."),
                table=Table(columns=[_("Layer"), _("On the server"), _("In the store")], rows=rows),
            )
