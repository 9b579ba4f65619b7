"""All that a datastore has, read with few requests: a list of each kind, 50 a page, and details where they are needed.

Lists do not tell what a configuration uses, nor how often a record says that its data changes (contract 1.3): with
`details` each configuration is read (one request), each record (one), and stored data that no configuration uses (one).

Of executions, which are many and of use to nobody once they ended well, it is read how many there are of each status,
and the newest of those that run or ended badly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from ....client import reading
from ....client.entrepot import files, processings, stored_data, uploads
from ....client.entrepot import permissions as granted
from ....client.entrepot.configurations import Configuration, Offering, configurations, offerings
from ....client.entrepot.datastores import Info
from ....client.entrepot.entities import Collection, Entity, Kind
from ....client.entrepot.files import Annexe, Metadata, Static
from ....client.entrepot.permissions import Permission
from ....client.entrepot.processings import Execution
from ....client.entrepot.statistics import Usage, usage
from ....client.entrepot.stored_data import StoredData
from ....client.entrepot.uploads import Upload
from ....client.errors import Forbidden, Invalid, NotFound
from ....i18n import _
from ...errors import InputError
from ...watch import Watch
from .. import cartes
from ..descriptions.record_reading import facts_of
from ..offices import Office

Item = TypeVar("Item")
Found = TypeVar("Found")
READY = "CLOSED"
"""The state of an upload that is complete."""


class Allowance(NamedTuple):
    """What the account or its organization may use: one of ALLOWANCES, whose it is, `use` of `quota`.

    Of deliveries only those of this datastore are known.
    """

    kind: str
    id: str
    name: str
    use: int
    quota: int


DELIVERIES, KEYS, DOCUMENTS = ALLOWANCES = ("organization", "keys", "documents")
EXECUTIONS = "executions"
LISTED = (processings.CREATED, processings.WAITING, processings.PROGRESS, processings.FAILURE, processings.ABORTED)
"""Executions of these statuses are listed, the others only counted."""


@dataclass(frozen=True)
class Snapshot:
    """What there is at one moment; `detailed`: whether it was asked what is used by what.

    `unread` are the kinds that the account may not list. `frequencies` are the declared frequencies of records by id,
    `integrated` the runs that took uploads of which no tag tells, `in_use` stored data that other stored data needs,
    `executions` those that run or ended badly, `execution_counts` how many there are by status, `usage` that of
    offerings by id, on `usage_days`. `requests` is how many it took.
    """

    now: datetime
    info: Info
    uploads: tuple[Upload, ...] = ()
    stored_data: tuple[StoredData, ...] = ()
    configurations: tuple[Configuration, ...] = ()
    offerings: tuple[Offering, ...] = ()
    statics: tuple[Static, ...] = ()
    annexes: tuple[Annexe, ...] = ()
    metadata: tuple[Metadata, ...] = ()
    permissions: tuple[Permission, ...] = ()
    detailed: bool = False
    unread: frozenset[str] = frozenset()
    frequencies: Mapping[str, str] = field(default_factory=dict)
    integrated: Mapping[str, str] = field(default_factory=dict)
    in_use: frozenset[str] = frozenset()
    executions: tuple[Execution, ...] = ()
    execution_counts: Mapping[str, int] = field(default_factory=dict)
    allowances: tuple[Allowance, ...] = ()
    usage: Mapping[str, Usage] = field(default_factory=dict)
    usage_days: tuple[date, ...] = ()
    requests: int = 0

    def of(self, kind: str) -> tuple[Entity, ...]:
        """The entities of one of KINDS."""
        return tuple(getattr(self, kind))


KINDS: Mapping[str, Collection[Any]] = {
    "uploads": uploads.uploads,
    "stored_data": stored_data.stored_data,
    "configurations": configurations,
    "offerings": offerings,
    "statics": files.statics,
    "annexes": files.annexes,
    "metadata": files.metadata,
    "permissions": granted.permissions,
}


def read(office: Office, watch: Watch, *, details: bool = True, days: int = 0) -> Snapshot:
    """Read a datastore; `days` is how many days of usage are asked, 0 for none (one request for each offering).

    What the account may not list is told, and taken as empty. Raises ServiceError.
    """
    return _Reading(office, watch, days).done(details)


class _Reading:
    def __init__(self, office: Office, watch: Watch, days: int) -> None:
        self.office, self.watch, self.days = office, watch, days
        self.session = office.datastore.session
        self._began = self.session.requests_sent
        self._done = self._total = 0
        self._unread: list[str] = []

    def done(self, details: bool) -> Snapshot:
        now = datetime.now(timezone.utc)
        found: dict[str, Any] = {kind: tuple(self._listed(kind)) for kind in KINDS}
        found["execution_counts"], found[EXECUTIONS] = self._executions()
        found["allowances"] = tuple(_allowances(self.office))
        found["unread"] = frozenset(self._unread)
        if details:
            self._plan(len(found["configurations"]) + len(found["metadata"]))
            found["configurations"] = tuple(self._whole(configurations, found["configurations"]))
            found["frequencies"] = self._frequencies(found["metadata"])
            found["in_use"] = self._in_use(found["stored_data"], found["configurations"])
            found["integrated"] = self._integrated(found["uploads"], found["stored_data"])
        if self.days:
            last = now.date() - timedelta(days=1)
            found["usage_days"] = tuple(last - timedelta(days=back) for back in reversed(range(self.days)))
            found["usage"] = self._usage(found["offerings"], found["usage_days"])
        sent = self.session.requests_sent - self._began
        return Snapshot(now, self.office.info, detailed=details, requests=sent, **found)

    def _listed(self, kind: str) -> list[Entity]:
        try:
            listed = KINDS[kind].list(self.office.datastore)
            return [one for one in listed if one.status != "DELETED"]  # records of uploads stay, files do not
        except Forbidden as error:
            self._forbidden(kind, error)
            return []

    def _executions(self) -> tuple[dict[str, int], tuple[Execution, ...]]:
        """How many there are of each status, and the newest of those that are LISTED."""
        counts: dict[str, int] = {}
        listed: list[Execution] = []
        try:
            for status in processings.STATUSES:
                found, counts[status] = processings.executions.newest(self.office.datastore, status=status)
                listed += found if status in LISTED else ()
        except Forbidden as error:
            self._forbidden(EXECUTIONS, error)
        return counts, tuple(listed)

    def _forbidden(self, kind: str, error: Forbidden) -> None:
        self._unread.append(kind)
        self.watch.warn(_("{kind} cannot be listed: {why}").format(kind=kind, why=self.watch.explain(error)))

    # ------------------------------------------------------------------ details, many at a time

    def _plan(self, more: int) -> None:
        self._total += more

    def _each(self, read: Callable[[Item], Found], items: Iterable[Item]) -> list[tuple[Item, Optional[Found]]]:
        """What is read of each, None where it is gone meanwhile; in parallel."""

        def read_or_none(item: Item) -> tuple[Item, Optional[Found]]:
            try:
                return item, read(item)
            except NotFound:
                return item, None

        found = []
        for pair in self.session.in_parallel(read_or_none, list(items)):
            self.watch.check()
            found.append(pair)
            self._done += 1
            self.watch.progress(min(self._done, self._total), self._total)
        return found

    def _whole(self, collection: Collection[Kind], listed: Iterable[Kind]) -> list[Kind]:
        read = self._each(lambda one: collection.get(self.office.datastore, one.id), listed)
        return [whole for _listed, whole in read if whole is not None]

    def _frequencies(self, records: Iterable[Metadata]) -> dict[str, str]:
        def frequency(record: Metadata) -> str:
            try:
                return facts_of(files.content(self.office.datastore, files.metadata, record.id)).frequency
            except (InputError, Invalid):  # a record that is none is for others to judge
                return ""

        return {record.id: said for record, said in self._each(frequency, records) if said}

    def _in_use(self, data: Iterable[StoredData], served: Iterable[Configuration]) -> frozenset[str]:
        used = {id for configuration in served for id in configuration.stored_data}
        doubtful = [one for one in data if one.id not in used]
        self._plan(len(doubtful))
        needed = self._each(lambda one: stored_data.dependencies(self.office.datastore, one.id).used_by, doubtful)
        return frozenset(one.id for one, by in needed if by)

    def _integrated(self, listed: Iterable[Upload], data: Iterable[StoredData]) -> dict[str, str]:
        """A run that took each upload that is complete, where no tag tells."""
        told = {one.tags.get("upload_id", "") for one in data}
        silent = [
            one
            for one in listed
            if one.status == READY and one.id not in told and not any(tag in one.tags for tag in cartes.MADE)
        ]
        self._plan(len(silent))

        def made(upload: Upload) -> str:
            query = [("input_upload", upload.id), ("status", "SUCCESS")]
            runs = self.office.datastore.api.listed(self.office.datastore.path("processings/executions"), query)
            return next((processings.executions.entity(run).id for run in runs), "")

        return {upload.id: run for upload, run in self._each(made, silent) if run}

    def _usage(self, served: Iterable[Offering], days: tuple[date, ...]) -> dict[str, Usage]:
        served = list(served)
        self._plan(len(served))

        def read(offering: Offering) -> Optional[Usage]:
            url = offerings.url(self.office.datastore, offering.id, "stats")
            try:
                return usage(self.session, url, days[0], days[-1])
            except (Forbidden, Invalid):
                return None

        return {offering.id: said for offering, said in self._each(read, served) if said is not None}


def _allowances(office: Office) -> Iterator[Allowance]:
    """As far as they are said."""
    organization, me = office.organization, office.me
    if organization and organization.uploads_quota:
        used = sum(storage.use for storage in office.info.storages if storage.kind == "uploads")
        yield Allowance(DELIVERIES, organization.id, organization.name, used, organization.uploads_quota)
    for kind in (KEYS, DOCUMENTS):
        use, quota = (reading.integer(me.raw.get(f"{kind}_{what}")) for what in ("use", "quota"))
        if quota:
            yield Allowance(kind, me.id, me.name or me.email, use or 0, quota)


def moment_of(entity: Entity) -> Optional[datetime]:
    """When it changed last, as far as it says; with its offset."""
    event = reading.mapping(entity.raw.get("last_event"))
    for value in (event.get("date"), entity.raw.get("update"), entity.raw.get("creation")):
        moment = reading.instant(value)
        if moment is not None:
            return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return None
