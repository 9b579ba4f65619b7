"""The page of an inventory: what deserves attention first, then quotas, data sheets, usage, services."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Callable, Union

from ....client import reading
from ....client.entrepot.processings import ABORTED, FAILURE, Execution
from ....i18n import N_, _, ngettext
from ...pages.report import Chart, Fact, Item, Link, Named, Report, Section, Series, Table, Tag, Value
from ...pages.writing import counted, write_number, write_size
from ..states import state
from .snapshot import KEYS, KINDS, LISTED, Snapshot, moment_of

if TYPE_CHECKING:
    from .inventory import Inventory

KIND_NAMES = {
    "uploads": N_("Uploads"),
    "stored_data": N_("Stored data"),
    "configurations": N_("Configurations"),
    "offerings": N_("Services (offerings)"),
    "statics": N_("Static files"),
    "annexes": N_("Annexes"),
    "metadata": N_("Metadata records"),
    "permissions": N_("Permissions"),
    "executions": N_("Executions"),
}
ONE_OF = {
    "uploads": N_("upload"),
    "stored_data": N_("stored data"),
    "configurations": N_("configuration"),
    "offerings": N_("offering"),
    "statics": N_("static file"),
    "annexes": N_("annexe"),
    "metadata": N_("metadata record"),
    "permissions": N_("permission"),
    "endpoint": N_("endpoint"),
    "storage": N_("storage"),
    "organization": N_("organisation, deliveries"),
    "keys": N_("keys of the account"),
    "documents": N_("documents of the account"),
    "executions": N_("execution"),
}
_TONES = {
    "unstable": "bad",
    "ended": "bad",
    "late": "warning",
    "ending": "warning",
    "full": "warning",
    "hidden": "warning",
}
MARKS = {
    "integrated": N_("kept for nothing"),
    "open_long": N_("forgotten"),
    "never_made": N_("forgotten"),
    "unused": N_("unused"),
    "unoffered": N_("not offered"),
    "static_unused": N_("unused"),
    "style_unused": N_("unused"),
    "annexe_hidden": N_("unpublished"),
    "record_hidden": N_("unpublished"),
    "dangling": N_("points at nothing"),
    "unstable": N_("unstable"),
    "hidden": N_("hidden"),
    "late": N_("late"),
    "ending": N_("ends soon"),
    "ended": N_("ended"),
    "full": N_("nearly full"),
}


_BAD = (FAILURE, ABORTED)


def run_name(execution: Execution) -> str:
    """What people know an execution by: its processing."""
    return reading.text(reading.mapping(execution.raw.get("processing")).get("name")) or execution.id


class Page:
    """Sections of an inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory, self.snapshot = inventory, inventory.snapshot

    def report(self) -> Report:
        """The page."""
        shot, numbers = self.snapshot, self.inventory.numbers()
        facts = [
            Fact(ngettext("data sheet", "data sheets", numbers["SHEET_COUNT"]), numbers["SHEET_COUNT"]),
            Fact(ngettext("service", "services", numbers["OFFERING_COUNT"]), numbers["OFFERING_COUNT"]),
            Fact(_("stored"), write_size(numbers["SIZE"])),
            Fact(
                _("of no use"),
                numbers["ORPHAN_COUNT"],
                tone="warning" if numbers["ORPHAN_COUNT"] else "good",
                note=write_size(numbers["ORPHAN_SIZE"]) if numbers["ORPHAN_SIZE"] else "",
            ),
            Fact(_("unstable"), numbers["UNSTABLE_COUNT"], tone="bad" if numbers["UNSTABLE_COUNT"] else "good"),
            Fact(_("late"), numbers["LATE_COUNT"], tone="warning" if numbers["LATE_COUNT"] else "good"),
        ]
        sections = [
            self._attention(),
            *self._quotas(),
            *self._by_sheet(),
            *self._services(),
            *self._executions(),
            self._kinds(),
        ]
        return Report(
            title=_("Inventory of the datastore"),
            subtitle=f"{shot.info.name} ({shot.info.technical_name})",
            facts=facts,
            sections=sections,
            warnings=_warnings(shot),
            notes=_notes(shot),
            about={_("Datastore"): shot.info.id, _("Requests sent"): shot.requests},
        )

    def _attention(self) -> Section:
        rows: list[list[Value]] = [
            [
                Tag(_(MARKS[one.code]), _TONES.get(one.code, "muted")),
                Named(one.name, _(ONE_OF[one.kind])),
                one.sheet or None,
                None if one.size is None else write_size(one.size),
                one.sentence,
            ]
            for one in self.inventory.findings
        ]
        columns = (_("What"), _("Name"), _("Data sheet"), _("Size"), _("Why"))
        kinds = ("", "name", "name", "number", "text")
        empty = _("Nothing: all is used, published and up to date.")
        return Section(_("What deserves attention"), table=Table(columns, rows, kinds=kinds, empty=empty))

    def _quotas(self) -> list[Section]:
        """How full everything is that has a quota, the fullest first."""
        info = self.snapshot.info
        stored = [_full(s.name, s.use, s.quota, write_size) for s in info.storages if s.quota]
        offered = [_full(e.technical_name or e.name, e.use, e.quota, write_number) for e in info.endpoints if e.quota]
        allowed = [
            _full(Named(a.name, _(ONE_OF[a.kind])), a.use, a.quota, write_number if a.kind == KEYS else write_size)
            for a in self.snapshot.allowances
        ]
        return [
            Section(
                title,
                table=Table(
                    (name, _("Used"), _("Quota"), _("Share")),
                    _fullest_first(rows),
                    kinds=("name", "number", "number", "percent"),
                ),
                half=True,
            )
            for title, name, rows in (
                (_("Storages"), _("Storage"), stored),
                (_("Endpoints: services of each"), _("Endpoint"), offered),
                (_("Organisation (deliveries of this datastore) and account"), _("Whose"), allowed),
            )
            if rows
        ]

    def _by_sheet(self) -> list[Section]:
        sheets, shot, sizes = self.inventory.sheet_of, self.snapshot, self.inventory.sizes
        names = [*self.inventory.sheets, *([""] if "" in sizes else [])]
        if not names:
            return []
        counts: dict[tuple[str, str], int] = {}
        changes: dict[str, datetime] = {}
        for kind in KINDS:
            for one in shot.of(kind):
                sheet = sheets[one.id]
                counts[sheet, kind] = counts.get((sheet, kind), 0) + 1
                moment = moment_of(one) if kind == "stored_data" else None
                if moment is not None:
                    changes[sheet] = max(moment, changes.get(sheet, moment))
        attention: dict[str, int] = {}
        for finding in self.inventory.findings:
            attention[finding.sheet] = attention.get(finding.sheet, 0) + 1
        rows: list[list[Value]] = [
            [
                name or _("(no data sheet)"), write_size(sizes.get(name, 0)), counts.get((name, "stored_data"), 0),
                counts.get((name, "offerings"), 0), counts.get((name, "annexes"), 0), changes.get(name),
                attention.get(name, 0) or None,
            ]
            for name in sorted(names, key=lambda name: (-sizes.get(name, 0), name))
        ]  # fmt: skip
        columns = (_("Data sheet"), _("Size"), _("Stored data"), _("Services"), _("Annexes"), _("Data changed"),
                   _("Remarks"))  # fmt: skip
        kinds = ("name", "number", "number", "number", "number", "date", "number")
        items = [
            Item(name or _("(no data sheet)"), size / 1e6, "" if name else "muted") for name, size in sizes.items()
        ]
        return [
            Section(
                _("By data sheet"),
                chart=Chart("bars", _("Megabytes of each data sheet"), items=items, shares=True),
                table=Table(columns, rows, kinds=kinds),
            )
        ]

    def _services(self) -> list[Section]:
        shot = self.snapshot
        if not shot.offerings:
            return []
        order = sorted(shot.offerings, key=lambda o: (-self._hits(o.id), o.layer_name, o.type))
        rows: list[list[Value]] = [
            [
                one.layer_name, one.type, Tag(one.status, "good" if one.status == "PUBLISHED" else "warning"), one.open,
                self.inventory.sheet_of[one.id] or None, *self._usage_cells(one.id),
                Link(one.urls[0].url, one.urls[0].type) if one.urls else None,
            ]
            for one in order
        ]  # fmt: skip
        asked = bool(shot.usage_days)
        columns = (
            _("Layer"), _("Type"), _("Status"), _("Without a key"), _("Data sheet"),
            *((_("Requests"), _("Transferred")) if asked else ()), _("Address"),
        )  # fmt: skip
        kinds = ("name", "name", "", "", "text", *(("number", "number") if asked else ()), "")
        found = [Section(_("Services"), table=Table(columns, rows, kinds=kinds))]
        return [*self._usage(), *found] if asked else found

    def _hits(self, id: str) -> int:
        said = self.snapshot.usage.get(id)
        return said.hits if said else 0

    def _usage_cells(self, id: str) -> tuple[Value, ...]:
        said = self.snapshot.usage.get(id)
        if not self.snapshot.usage_days:
            return ()
        return (said.hits, write_size(said.transferred)) if said else (None, None)

    def _usage(self) -> list[Section]:
        shot, numbers = self.snapshot, self.inventory.numbers()
        days = shot.usage_days
        by_day: dict[date, list[int]] = {day: [0, 0] for day in days}
        for said in shot.usage.values():
            for day, pair in said.days.items():
                if day in by_day:
                    by_day[day] = [by_day[day][0] + pair[0], by_day[day][1] + pair[1]]
        names = [f"{day.day:02d}/{day.month:02d}" for day in days]
        text = ngettext(
            "From {first} to {last} (days in UTC): {n} request, {size}.",
            "From {first} to {last} (days in UTC): {n} requests, {size}.",
            counted(numbers["HITS"]),
            first=names[0],
            last=names[-1],
            size=write_size(numbers["TRANSFERRED"]),
        )
        used = [
            Item(f"{one.layer_name} ({one.type})", self._hits(one.id)) for one in shot.offerings if self._hits(one.id)
        ]
        hits = Series(_("Requests"), [by_day[day][0] for day in days])
        megabytes = Series(_("Megabytes"), [by_day[day][1] / 1e6 for day in days], "second")
        empty = _("No service was used in these days.")
        return [
            Section(
                _("Usage of the services"),
                text=text,
                chart=Chart("columns", _("Requests by day"), categories=names, series=[hits], empty=empty),
            ),
            Section(
                _("Transferred"),
                chart=Chart("columns", _("Megabytes by day"), categories=names, series=[megabytes], empty=empty),
                half=True,
            ),
            Section(
                _("The most used"),
                chart=Chart("bars", _("Requests to each service"), items=sorted(used, key=lambda item: -item.value),
                            shares=True, empty=empty),
                half=True,
            ),
        ]  # fmt: skip

    def _executions(self) -> list[Section]:
        """How many by status, and those that run or ended badly."""
        shot = self.snapshot
        if not any(shot.execution_counts.values()):
            return []
        told = ", ".join(f"{state(status)}: {write_number(n)}" for status, n in shot.execution_counts.items() if n)
        text = f"{told[0].upper()}{told[1:]}."
        left_out = sum(shot.execution_counts.get(status, 0) for status in LISTED) - len(shot.executions)
        if left_out > 0:
            text += " " + ngettext("{n} older one is not listed.", "{n} older ones are not listed.", counted(left_out))
        newest = sorted(shot.executions, key=lambda one: one.creation, reverse=True)
        order = sorted(newest, key=lambda one: one.status in _BAD)
        rows: list[list[Value]] = [
            [
                Tag(state(one.status), "bad" if one.status in _BAD else "warning"),
                Named(run_name(one), one.id),
                *(reading.instant(one.raw.get(name)) for name in ("creation", "start", "finish")),
            ]
            for one in order
        ]
        columns = (_("Status"), _("Processing"), _("Declared"), _("Begun"), _("Ended"))
        table = Table(
            columns, rows, kinds=("", "name", "time", "time", "time"), empty=_("None runs, and none ended badly.")
        )
        return [Section(_("Executions"), text=text, table=table)]

    def _kinds(self) -> Section:
        rows: list[list[Value]] = []
        for kind in KINDS:
            ones = self.snapshot.of(kind)
            states: dict[str, int] = {}
            for one in ones:
                state = one.type or one.status
                states[state] = states.get(state, 0) + 1
            told = ", ".join(f"{state} ({n})" if state else str(n) for state, n in sorted(states.items()))
            size = sum(one.size or 0 for one in ones)
            rows.append([_(KIND_NAMES[kind]), len(ones), write_size(size) if size else None, told])
        columns = (_("Kind"), _("Number"), _("Size"), _("Of which"))
        return Section(_("All that there is"), table=Table(columns, rows, kinds=("text", "number", "number", "name")))


_Full = tuple[Union[str, Named], str, str, float]
"""How full something is: its name, what of it is used, the quota, the share."""


def _full(name: Union[str, Named], use: int, quota: int, write: Callable[[int], str]) -> _Full:
    return name, write(use), write(quota), use / quota


def _fullest_first(rows: Iterable[_Full]) -> list[_Full]:
    return sorted(rows, key=lambda row: (-row[3], str(row[0])))


def _warnings(shot: Snapshot) -> list[str]:
    if not shot.unread:
        return []
    names = ", ".join(_(KIND_NAMES[kind]) for kind in sorted(shot.unread))
    return [_("Your account may not list: {names}. What depends on them is not judged.").format(names=names)]


def _notes(shot: Snapshot) -> list[str]:
    notes = [
        _("Of no use: what nothing points at. An inventory sees this datastore alone; look before you delete."),
        _("Late: the record of the data sheet declares how often it changes, and its stored data is older."),
    ]
    if not shot.detailed:
        notes.insert(0, _("Without details: it was not asked which data and styles the services use."))
    if shot.usage_days:
        days = ngettext("{n} day", "{n} days", counted(len(shot.usage_days)))
        notes.append(_("Usage over {days}, today left out.").format(days=days))
    return notes
