"""What a publication, or a synchronisation of many, did: numbers, texts, rows, a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ....i18n import N_, _, ngettext
from ...pages.report import Fact, Link, Report, Section, Table, Tag, Value
from ..checks.tables import Exported
from . import synchronising
from .publication import CREATED, SETTINGS, TILES, UNCHANGED, UPDATED, WFS, WMS, Published
from .synchronising import FAILED, STATES, Line

WHAT = {
    CREATED: N_("The services are published."),
    UPDATED: N_("The services show the new data."),
    SETTINGS: N_("The data is the same; services, descriptions and styles are brought up to date."),
    UNCHANGED: N_("Nothing has changed: nothing was sent."),
}
TONES = {CREATED: "good", UPDATED: "good", SETTINGS: "good", UNCHANGED: "muted", FAILED: "bad"}
COLUMNS = (
    ("name", "text"),
    ("state", "text"),
    ("sentence", "text"),
    ("stored_data", "text"),
    ("layer", "text"),
    ("wfs", "text"),
    ("wms", "text"),
    ("tms", "text"),
    ("seconds", "number"),
)


@dataclass(frozen=True)
class Outcome:
    """One publication; `requests` is how many the session sent."""

    done: Published
    data: Exported
    requests: int

    def outputs(self) -> dict[str, Any]:
        """The texts and numbers of the operation."""
        done, urls = self.done, urls_of(self.done)
        asked = {verdict.service for verdict in done.verdicts}
        faulty = {verdict.service for verdict in done.verdicts if not verdict.ok}
        good = {verdict.service for verdict in done.verdicts if verdict.read} - faulty
        return {
            "STATE": done.state,
            "STORED_DATA": done.database,
            "PYRAMID": done.pyramid,
            "PREVIOUS": done.previous,
            "WFS_URL": urls.get(WFS, ""),
            "WMS_URL": urls.get(WMS, ""),
            "TMS_URL": urls.get(TILES, ""),
            "OFFERINGS": ";".join(made["offering"] for made in done.services.values()),
            "FEATURE_COUNT": sum(table.count for table in self.data.tables),
            "SERVICE_COUNT": len(done.services),
            "REPAIRED_COUNT": sum(table.repaired for table in self.data.tables),
            "VERIFIED_COUNT": len(good),
            "FAULT_COUNT": len(faulty),
            "NOT_READ_COUNT": len(done.services.keys() - good - faulty),
            "REPLACED_COUNT": len(asked) * (done.state == UPDATED),
            "REQUEST_COUNT": self.requests,
        }

    def report(self) -> Report:
        """The page."""
        numbers = self.outputs()
        objects, services, tables = numbers["FEATURE_COUNT"], numbers["SERVICE_COUNT"], len(self.data.tables)
        good, faults, unread = (numbers[name] for name in ("VERIFIED_COUNT", "FAULT_COUNT", "NOT_READ_COUNT"))
        read = [
            Fact(ngettext("read back as it should be", "read back as they should be", good), good, tone="good"),
            Fact(_("with a fault"), faults, tone="bad" if faults else "muted"),
            Fact(ngettext("that was not read back", "that were not read back", unread), unread, tone="muted"),
        ]
        return Report(
            title=self.done.name,
            subtitle=_(WHAT[self.done.state]),
            facts=[
                Fact(ngettext("object", "objects", objects), objects),
                Fact(ngettext("table", "tables", tables), tables),
                Fact(ngettext("service", "services", services), services, tone="good"),
                *(read if self.done.verdicts else []),
            ],
            sections=[self._services(), self._tables(), self._stored()],
            warnings=self.done.faults,
        )

    def _services(self) -> Section:
        rows: list[Sequence[Value]] = []
        urls = urls_of(self.done)
        for type, made in self.done.services.items():
            verdicts = [verdict for verdict in self.done.verdicts if verdict.service == type]
            said = " ".join(verdict.sentence if verdict.ok else verdict.problem for verdict in verdicts)
            good = all(verdict.ok for verdict in verdicts)
            mark = Tag(_("published"), "good") if good else Tag(_("fault"), "bad")
            rows.append((type, mark, made["layer"], Link(urls[type]), said or "–"))
        columns = [_("Service"), _("State"), _("Layer"), _("Address"), _("Read back")]
        return Section(title=_("Services"), table=Table(columns, rows, kinds=("name", "", "name", "link", "text")))

    def _tables(self) -> Section:
        rows = [
            (table.source or table.name, table.name, table.geometry or "–", table.count, table.renamed or "–",
             " ".join(table.remarks))
            for table in self.data.tables
        ]  # fmt: skip
        columns = [
            _("Layer"), _("Table on the server"), _("Geometry"), _("Objects"), _("Names that change"), _("Remarks"),
        ]  # fmt: skip
        kinds = ("text", "name", "name", "number", "text", "text")
        return Section(title=_("Data"), text=self.data.srs, table=Table(columns, rows, kinds=kinds))

    def _stored(self) -> Section:
        rows: list[Sequence[Value]] = [(_("Database"), self.done.database)]
        if self.done.pyramid:
            rows.append((_("Tiles"), self.done.pyramid))
        if self.done.previous:
            rows.append((_("Database before, kept to go back to"), self.done.previous))
        return Section(title=_("Stored data"), table=Table([_("What"), _("Id")], rows, kinds=("text", "name")))


def urls_of(done: Published) -> dict[str, str]:
    """The address of each service by its type; of tiles that of TMS, where it is told apart."""
    found = {}
    for type, made in done.services.items():
        addresses = dict(made.get("urls", []))
        found[type] = str(addresses.get("TMS", made["url"]) if type == TILES else made["url"])
    return found


@dataclass(frozen=True)
class Synchronised:
    """Many data sets; `requests` is how many the session sent."""

    lines: Sequence[Line]
    requests: int

    def outputs(self) -> dict[str, int]:
        """The numbers of the operation."""
        counts = synchronising.summary(self.lines)
        return {
            "COUNT": len(self.lines),
            "CREATED_COUNT": counts[CREATED],
            "UPDATED_COUNT": counts[UPDATED] + counts[SETTINGS],
            "UNCHANGED_COUNT": counts[UNCHANGED],
            "FAILED_COUNT": counts[FAILED],
            "REQUEST_COUNT": self.requests,
        }

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of `COLUMNS`, in the order of the names."""
        for line in sorted(self.lines, key=lambda line: line.name):
            urls: Mapping[str, str] = urls_of(line.published) if line.published else {}
            layers = [made["layer"] for made in line.published.services.values()] if line.published else []
            yield (
                line.name,
                line.state,
                line.sentence,
                line.published.database if line.published else "",
                layers[0] if layers else "",
                *(urls.get(type, "") for type in (WFS, WMS, TILES)),
                round(line.seconds, 1),
            )

    def report(self) -> Report:
        """The page: what failed first."""
        numbers = self.outputs()
        count, created, updated, unchanged, failed = (
            numbers[name] for name in ("COUNT", "CREATED_COUNT", "UPDATED_COUNT", "UNCHANGED_COUNT", "FAILED_COUNT")
        )
        order = [FAILED, CREATED, UPDATED, SETTINGS, UNCHANGED]
        lines = sorted(self.lines, key=lambda line: (order.index(line.state), line.name))
        rows = [(line.name, Tag(_(STATES[line.state]), TONES[line.state]), line.sentence) for line in lines]
        return Report(
            title=_("Data sets synchronised"),
            facts=[
                Fact(ngettext("data set", "data sets", count), count),
                Fact(ngettext("was published", "were published", created), created, tone="good"),
                Fact(ngettext("was updated", "were updated", updated), updated, tone="good"),
                Fact(ngettext("is unchanged", "are unchanged", unchanged), unchanged, tone="muted"),
                Fact(ngettext("has failed", "have failed", failed), failed, tone="bad" if failed else ""),
            ],
            sections=[
                Section(
                    title=_("Data sets"),
                    table=Table([_("Data set"), _("Outcome"), _("What happened")], rows, kinds=("text", "", "text")),
                )
            ],
        )
