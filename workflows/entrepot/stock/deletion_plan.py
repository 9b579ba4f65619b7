"""What must be deleted with something, in which order, and what cannot be because others use it (recipe g)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Callable, Optional, TypeVar

from ....client import reading
from ....client.entrepot import configurations, files, permissions, processings, stored_data, uploads
from ....client.entrepot.configurations import Configuration, Offering
from ....client.entrepot.entities import Entity, ids_of
from ....client.entrepot.processings import CREATED, FINAL, PROGRESS, WAITING, Execution
from ....client.entrepot.stored_data import StoredData
from ....client.errors import NotFound
from ....i18n import N_, _, ngettext
from ...errors import InputError
from ...pages.report import Fact, Report, Section, Table, Tag
from ...pages.writing import write_size
from .. import cartes
from ..finding import CONFIGURATIONS, OFFERINGS, UPLOADS, absent, data, id_in, offered, one, several
from ..offices import RIGHTS, Office
from ..services import clearing
from ..states import state

SHEET, SERVICE, DATA, UPLOAD, EVERYTHING = KINDS = ("datasheet", "service", "stored_data", "upload", "everything")
ABORT, DELETE, KEEP = "abort", "delete", "keep"
ACTION_WORDS = {ABORT: N_("abort"), DELETE: N_("delete"), KEEP: N_("keep")}
ORDER = (
    "execution", "check", "offering", "configuration", "static", "upload", "stored_data", "metadata", "annexe",
)  # fmt: skip
"""What is deleted before what; stored data that uses other data before that."""
KIND_WORDS = {
    "execution": N_("Execution"),
    "check": N_("Check"),
    "offering": N_("Offering"),
    "configuration": N_("Configuration"),
    "static": N_("Style"),
    "upload": N_("Delivery"),
    "stored_data": N_("Stored data"),
    "metadata": N_("Metadata record"),
    "annexe": N_("Annexe"),
}
RIGHT_FOR = {
    "execution": "PROCESSING",
    "check": "UPLOAD",
    "offering": "BROADCAST",
    "configuration": "BROADCAST",
    "static": "BROADCAST",
    "upload": "UPLOAD",
    "stored_data": "PROCESSING",
    "metadata": "BROADCAST",
    "annexe": "ANNEX",
}
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Row:
    """One thing: what is to be done with it; `after` are the ids of what must be gone before; `size` in bytes."""

    kind: str
    id: str
    name: str
    type: str = ""
    status: str = ""
    size: Optional[int] = None
    action: str = DELETE
    note: str = ""
    after: tuple[str, ...] = ()
    depth: int = 0

    @property
    def stage(self) -> tuple[int, int]:
        """Those of one stage can go together."""
        return ORDER.index(self.kind), self.depth

    @property
    def title(self) -> str:
        return f"{_(KIND_WORDS[self.kind])} “{self.name}”"


@dataclass(frozen=True)
class Plan:
    """Rows in the order in which they are gone through; `name` is what was asked for."""

    kind: str
    name: str
    rows: tuple[Row, ...]

    @property
    def doomed(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.action != KEEP)

    @property
    def kept(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.action == KEEP)

    @property
    def size(self) -> int:
        """Bytes that it frees, as far as they are known."""
        return sum(row.size or 0 for row in self.doomed)

    def report(self) -> Report:
        """As a page."""
        return Report(
            title=_("What would be deleted with “{name}”").format(name=self.name),
            facts=[
                Fact(_("To delete"), len(self.doomed), "warning" if self.doomed else "muted"),
                Fact(_("To keep"), len(self.kept), "bad" if self.kept else "muted"),
                Fact(_("Freed"), write_size(self.size)),
            ],
            sections=[Section(_("Plan"), table=self._page_table())],
        )

    def _page_table(self) -> Table:
        tones = {ABORT: "warning", DELETE: "bad", KEEP: "muted"}
        return Table(
            (_("No."), _("Action"), _("What"), _("Name"), _("Type"), _("Status"), _("Size"), _("Note")),
            [
                (
                    number,
                    Tag(_(ACTION_WORDS[row.action]), tones[row.action]),
                    _(KIND_WORDS[row.kind]),
                    row.name,
                    row.type,
                    state(row.status) or None,
                    None if row.size is None else write_size(row.size),
                    row.note,
                )
                for number, row in enumerate(self.rows, 1)
            ],
            kinds=("number", "", "text", "name", "name", "text", "number", "text"),
            empty=_("There is nothing to delete."),
        )


def plan(office: Office, kind: str, given: str) -> Plan:
    """What goes with a data sheet (its name), a service (offering, configuration, layer name), stored data, an upload.

    `everything` is all that the datastore has, by its name. Nothing is changed. Raises InputError if there is no such
    thing.
    """
    return getattr(_Planner(office), kind)(given.strip())  # type: ignore[no-any-return]


class _Planner:
    """Gathers what belongs together, then orders it."""

    def __init__(self, office: Office) -> None:
        self.office, self.datastore = office, office.datastore
        self.rows: dict[str, Row] = {}
        self.sheet = ""
        self.own: set[str] = set()
        """The stored data that is asked for."""

    # ------------------------------------------------------------------ the five questions

    def datasheet(self, name: str) -> Plan:
        self.sheet = name
        self._all_with({cartes.SHEET: name}, f"{cartes.SHEET}={name}")
        if not self.rows:
            raise InputError(
                _("There is nothing of a data sheet “{name}” in the datastore “{datastore}”.").format(
                    name=name, datastore=self.office.info.name
                )
            )
        return self._plan(SHEET, name)

    def everything(self, name: str) -> Plan:
        """Whoever empties a datastore says its name: one that is only the default of a connection is soon forgotten."""
        info = self.office.info
        if name.casefold() not in (info.name.casefold(), info.technical_name.casefold(), info.id):
            raise InputError(
                _("To delete all that the datastore “{datastore}” has, give its name in NAME, not “{name}”.").format(
                    datastore=info.name, name=name
                )
            )
        self._all_with()
        for static in files.statics.list(self.datastore):
            self._add("static", static)
        return self._plan(EVERYTHING, info.name)

    def _all_with(self, tags: Optional[Mapping[str, str]] = None, label: Optional[str] = None) -> None:
        """What has these tags or this label; without them all."""
        list_of = self.datastore
        delivered = [one for one in uploads.uploads.list(list_of, tags=tags) if one.status != "DELETED"]
        made = [one for one in stored_data.stored_data.list(list_of, tags=tags) if one.status != "DELETED"]
        configured = configurations.configurations.list(list_of, tags=tags)
        for configuration in self._each(lambda one: configurations.configurations.get(list_of, one.id), configured):
            self._service(configuration)
        self._data(self._each(lambda one: stored_data.stored_data.get(list_of, one.id), made))
        self._uploads(delivered)
        for record in files.metadata.list(list_of, tags=tags):
            self._add("metadata", record, name=record.file_identifier)
        for annexe in files.annexes.list(list_of, labels=label):
            self._add("annexe", annexe, name=", ".join(annexe.paths))

    def service(self, given: str) -> Plan:
        configuration, only = self._asked_service(given)
        self._service(configuration, only)
        return self._plan(SERVICE, configuration.layer_name)

    def stored_data(self, given: str) -> Plan:
        found = data(self.office, given)
        self._data([found])
        blocked = [row for row in self.rows.values() if row.kind == "stored_data" and row.action == KEEP]
        if blocked:  # its services stay, too
            self.rows = {row.id: row for row in blocked}
        return self._plan(DATA, found.name)

    def upload(self, given: str) -> Plan:
        found = one(self.office, uploads.uploads, UPLOADS, given)
        self._uploads([found])
        return self._plan(UPLOAD, found.name)

    # ------------------------------------------------------------------ services

    def _asked_service(self, given: str) -> tuple[Configuration, str]:
        """The configuration, and the one offering that is meant, "" for all."""
        id = id_in(given)
        if id is None:
            found = offered(self.office, given)
            if len({offering.configuration for offering in found}) > 1:
                raise several(OFFERINGS, given, found)
            return configurations.configurations.get(self.datastore, found[0].configuration), ""
        try:
            offering = configurations.offerings.get(self.datastore, id)
        except NotFound:
            try:
                return configurations.configurations.get(self.datastore, id), ""
            except NotFound:
                raise absent(CONFIGURATIONS, given) from None
        return configurations.configurations.get(self.datastore, offering.configuration), offering.id

    def _service(self, configuration: Configuration, only: str = "") -> None:
        """All offerings of a configuration, or one alone, then the configuration, its styles and their annexes."""
        offerings = configurations.offers(self.datastore, configuration.id)
        notes = self._each(self._note_of, offerings)
        for offering, note in zip(offerings, notes):
            if only in ("", offering.id):
                self._add("offering", offering, name=offering.layer_name, note=note)
        others = [offering for offering in offerings if offering.id not in self.rows]
        if others:
            note = _("It is offered elsewhere too.")
            self._add("configuration", configuration, action=KEEP, note=note)
            return
        gone = tuple(offering.id for offering in offerings)
        self._add("configuration", configuration, after=gone)
        for id in clearing.static_ids(configuration.type_infos):
            static = self._read(lambda id=id: files.statics.get(self.datastore, id))  # type: ignore[misc]
            if static is not None:
                self._add("static", static, after=(configuration.id,))
        self._annexes(configuration.extra, configuration.id)

    def _note_of(self, offering: Offering) -> str:
        count = len(permissions.permissions.list(self.datastore, offering=offering.id))
        if not count:
            return ""
        return ngettext("{n} permission to use it ends.", "{n} permissions to use it end.", count)

    def _annexes(self, extra: Mapping[str, Any], owner: str) -> None:
        """The annexes that an `extra` points at."""
        for id in cartes.style_annexes(extra):
            annexe = self._read(lambda id=id: files.annexes.get(self.datastore, id))  # type: ignore[misc]
            if annexe is not None:
                self._add("annexe", annexe, name=", ".join(annexe.paths), after=(owner,))

    # ------------------------------------------------------------------ data

    def _data(self, found: Sequence[StoredData]) -> None:
        ids = [one.id for one in found]
        self.own.update(ids)
        used_by = dict(zip(ids, self._each(lambda id: stored_data.dependencies(self.datastore, id).used_by, ids)))
        served = dict(zip(ids, self._each(self._configurations_of, ids)))
        for one_data in found:
            running = self._executions(stored=one_data.id)
            foreign = [
                _("It is used by “{name}”, which is not part of this ({id}).").format(name=name or id, id=id)
                for id, name in used_by[one_data.id].items()
                if id not in ids and id not in self.rows
            ]
            services = []
            for configuration in served[one_data.id]:
                other = cartes.sheet_of(configuration.tags)
                if self.sheet and other and other != self.sheet:
                    foreign.append(
                        _("The service “{name}” of the data sheet “{sheet}” uses it.").format(
                            name=configuration.layer_name, sheet=other
                        )
                    )
                else:
                    services.append(configuration)
            foreign += running.foreign
            for configuration in services if not foreign else ():
                if configuration.id not in self.rows:
                    self._service(configuration)
            self._add(
                "stored_data",
                one_data,
                action=KEEP if foreign else DELETE,
                note=" ".join(foreign),
                after=(
                    *(configuration.id for configuration in services),
                    *(id for id in used_by[one_data.id] if id in ids),
                    *running.ids,
                ),
                depth=_depth(one_data.id, used_by),
            )
            if not foreign:
                self._annexes(one_data.extra, one_data.id)

    def _configurations_of(self, id: str) -> list[Configuration]:
        listed = configurations.configurations.list(self.datastore, stored_data=id)
        return [configurations.configurations.get(self.datastore, each.id) for each in listed]

    # ------------------------------------------------------------------ uploads

    def _uploads(self, found: Sequence[Entity]) -> None:
        for delivered in found:
            running = self._executions(upload=delivered.id)
            stopped = []
            if delivered.status == uploads.CHECKING:
                outcomes = uploads.checks(self.datastore, delivered.id)
                for id, name in (*outcomes.asked, *outcomes.in_progress):
                    check = Entity(id, {"status": PROGRESS})
                    self._add("check", check, name=name, action=ABORT)
                    stopped.append(id)
            foreign = running.foreign
            self._add(
                "upload",
                delivered,
                action=KEEP if foreign else DELETE,
                note=" ".join(foreign),
                after=(*running.ids, *stopped),
            )

    # ------------------------------------------------------------------ executions

    def _executions(self, *, stored: str = "", upload: str = "") -> _Running:
        """What runs on it, or makes it: aborted, and what it was making is deleted, unless that was there before."""
        found = _Running()
        for execution in self._running:
            inputs, output = execution.raw.get("inputs"), execution.output
            reads = any(
                wanted and wanted in ids_of(_list(inputs, name))
                for name, wanted in (("stored_data", stored), ("upload", upload))
            )
            writes = output in (("stored_data", stored), ("upload", upload)) and bool(stored or upload)
            if not (reads or writes):
                continue
            changes = _state_of(execution) in ("GENERATED", "MODIFYING")  # what was there before
            if reads and not writes and changes and output[1] not in self.own:
                found.foreign.append(
                    _("An execution that brings “{name}” up to date uses it just now: wait for its end.").format(
                        name=_output_name(execution)
                    )
                )
                continue
            name = reading.text(reading.mapping(execution.raw.get("processing")).get("name"))
            self._add("execution", execution, name=name, action=ABORT)
            found.ids.append(execution.id)
            if not writes and not changes and output[1]:
                self._output(execution)
        return found

    def _output(self, execution: Execution) -> None:
        kind, id = execution.output
        made = Entity(id, {"name": _output_name(execution), "status": _state_of(execution)})
        self._add(kind, made, after=(execution.id,), note=_("An execution that is aborted was making it."))

    @cached_property
    def _running(self) -> list[Execution]:
        listed = [
            execution
            for status in (CREATED, WAITING, PROGRESS)
            for execution in processings.executions.list(self.datastore, status=status)
        ]
        read = self._each(lambda each: processings.executions.get(self.datastore, each.id), listed)
        return [execution for execution in read if execution.status not in FINAL]

    # ------------------------------------------------------------------ what all need

    def _add(self, kind: str, entity: Entity, *, name: str = "", **more: Any) -> None:
        """A row, unless there is one of this id: the first one says more."""
        if entity.id not in self.rows:
            self.rows[entity.id] = Row(
                kind, entity.id, name or entity.name or entity.id, entity.type, entity.status, entity.size, **more
            )

    def _each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        return list(self.datastore.session.in_parallel(function, items))

    def _read(self, read: Callable[[], Result]) -> Optional[Result]:
        try:
            return read()
        except NotFound:
            return None

    def _plan(self, kind: str, name: str) -> Plan:
        """In order; what waits for something that stays stays too, as does what the account may not delete."""
        rows: list[Row] = []
        stays: dict[str, Row] = {}
        for row in sorted(self.rows.values(), key=lambda row: row.stage):
            right = RIGHT_FOR[row.kind]
            if row.action != KEEP and right not in self.office.membership.rights:
                note = _("Your account lacks the right {right} ({purpose}).").format(
                    right=right, purpose=_(RIGHTS[right])
                )
                row = replace(row, action=KEEP, note=note)
            held = next((stays[id] for id in row.after if id in stays), None)
            if row.action != KEEP and held is not None:
                row = replace(row, action=KEEP, note=_("{what} stays.").format(what=held.title))
            if row.action == KEEP:
                stays[row.id] = row
            rows.append(row)
        return Plan(kind, name, tuple(rows))


@dataclass
class _Running:
    """Executions that are aborted, and sentences on those that are not ours to abort."""

    ids: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def _depth(id: str, used_by: Mapping[str, Mapping[str, str]], seen: frozenset[str] = frozenset()) -> int:
    """How many must be gone before, one after the other."""
    below = [other for other in used_by.get(id, {}) if other in used_by and other not in seen]
    return max((1 + _depth(other, used_by, seen | {id}) for other in below), default=0)


def _state_of(execution: Execution) -> str:
    return reading.text(_made(execution).get("status"))


def _output_name(execution: Execution) -> str:
    return reading.text(_made(execution).get("name")) or execution.output[1]


def _made(execution: Execution) -> dict[str, Any]:
    """What it makes, as it tells of it."""
    told = reading.objects(reading.mapping(execution.raw.get("output")).get(execution.output[0]))
    return told[0] if told else {}


def _list(inputs: Any, name: str) -> list[Any]:
    found = reading.mapping(inputs).get(name)
    return found if isinstance(found, list) else [found] if found else []
