"""What in a datastore deserves attention: kept for nothing, used by nothing, out of order, late, soon at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any, Optional

from ....client import reading
from ....client.entrepot.entities import Entity
from ....client.entrepot.files import DERIVATION_SQL
from ....i18n import N_, _, ngettext
from ...pages.writing import counted
from .. import cartes
from ..descriptions.vocabulary import FREQUENCIES
from ..services import clearing
from .snapshot import KINDS, READY, Snapshot, moment_of

OPEN_DAYS = 30
"""An upload that is open for longer, or data that is declared for longer, is forgotten."""
ENDING_DAYS = 30
"""A permission that ends within so many days is told of."""
NEARLY_FULL = 0.9

PERIODS = {
    "continual": 1, "daily": 1, "weekly": 7, "fortnightly": 14, "monthly": 31, "quarterly": 92, "biannually": 184,
    "annually": 366, "quaterly": 92,
}  # fmt: skip
"""Days within which a declared frequency promises an update; the last is how cartes.gouv.fr wrote it for a while."""
GRACE = 1.1

ORPHANS = {
    "integrated": N_("The upload was integrated: it is kept for nothing."),
    "open_long": N_("The upload has been open for {days}."),
    "never_made": N_("Declared {days} ago and never made: its execution was not launched."),
    "unused": N_("Nothing uses this data: no service, no other data."),
    "unoffered": N_("The configuration is offered on no endpoint."),
    "static_unused": N_("No configuration uses this file."),
    "style_unused": N_("No service points at this style."),
    "annexe_hidden": N_("The annexe is not published: nobody can read it."),
    "record_hidden": N_("The record is published in no catalogue."),
    "dangling": N_("Its tag {tag} points at {id}, which is not there."),
}
STATES = {
    "unstable": N_("It is UNSTABLE: look at the logs, then repair or delete it."),
    "hidden": N_("The offering is unpublished, and keeps its place in the quota."),
    "late": N_("Declared to change: {frequency}. Last changed {days} ago."),
    "ending": N_("The permission ends in {days}."),
    "ended": N_("The permission ended {days} ago."),
    "full": N_("{percent} % of the quota are used."),
}
_SENTENCES = {**ORPHANS, **STATES}


@dataclass(frozen=True)
class Finding:
    """One remark: its `code` (a key of ORPHANS or STATES), of what, in which data sheet, how many bytes that has."""

    code: str
    kind: str
    id: str
    name: str
    sheet: str
    size: Optional[int]
    sentence: str

    @property
    def orphan(self) -> bool:
        return self.code in ORPHANS


class Findings:
    """The remarks on a snapshot, and to which data sheet each thing belongs."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def all(self) -> tuple[Finding, ...]:
        """What is out of order first, then what is of no use, the greatest first."""
        found = [*self._states(), *self._late(), *self._permissions(), *self._quotas()]
        orphans = [*self._uploads(), *self._data(), *self._services(), *self._files(), *self._dangling()]
        return (*found, *sorted(orphans, key=lambda one: -(one.size or 0)))

    # ------------------------------------------------------------------ what belongs together

    @cached_property
    def sheets(self) -> Mapping[str, str]:
        """The data sheet of each thing by its id, "" for none."""
        shot = self.snapshot
        found = {one.id: cartes.sheet_of(one.tags) for kind in KINDS for one in shot.of(kind)}
        found.update({one.id: cartes.told_by(one.labels).get(cartes.SHEET, "") for one in shot.annexes})
        for data in shot.stored_data:
            found[data.id] = found[data.id] or found.get(data.tags.get("vectordb_id", ""), "")
        for configuration in shot.configurations:
            own = found[configuration.id] or next((found.get(id, "") for id in configuration.stored_data), "")
            found[configuration.id] = own
            for static in clearing.static_ids(configuration.type_infos):
                found[static] = found.get(static, "") or own
        for offering in shot.offerings:
            found[offering.id] = found.get(offering.configuration, "")
        for permission in shot.permissions:
            found[permission.id] = next((found.get(id, "") for id in permission.offerings), "")
        return found

    @cached_property
    def users(self) -> Mapping[str, int]:
        """How many configurations use a stored data or a static, offerings a configuration, permissions an offering."""
        shot = self.snapshot
        used = [id for one in shot.configurations for id in (*one.stored_data, *clearing.static_ids(one.type_infos))]
        used += [id for one in shot.configurations for id in cartes.style_annexes(one.extra)]
        used += [one.configuration for one in shot.offerings]
        used += [id for one in shot.permissions for id in one.offerings]
        return Counter(used)

    @property
    def _uses_known(self) -> bool:
        return self.snapshot.detailed and "configurations" not in self.snapshot.unread

    def _found(self, code: str, kind: str, one: Entity, *, days: int = 0, **values: object) -> Finding:
        sentence = _(_SENTENCES[code]).format(days=ngettext("{n} day", "{n} days", counted(days)), **values)
        return Finding(code, kind, one.id, label(kind, one), self.sheets.get(one.id, ""), one.size, sentence)

    def _age(self, moment: Optional[datetime]) -> int:
        return 0 if moment is None else (self.snapshot.now - moment).days

    # ------------------------------------------------------------------ out of order

    def _states(self) -> Iterator[Finding]:
        for kind in KINDS:
            for one in self.snapshot.of(kind):
                if one.status == "UNSTABLE":
                    yield self._found("unstable", kind, one)
        for offering in self.snapshot.offerings:
            if offering.status == "UNPUBLISHED":
                yield self._found("hidden", "offerings", offering)

    def _late(self) -> Iterator[Finding]:
        """Data sheets whose data is older than their record promises."""
        changes: dict[str, datetime] = {}
        for data in self.snapshot.stored_data:
            moment, sheet = moment_of(data), self.sheets[data.id]
            if moment is not None and sheet:
                changes[sheet] = max(moment, changes.get(sheet, moment))
        for record in self.snapshot.metadata:
            frequency = self.snapshot.frequencies.get(record.id, "")
            sheet = self.sheets[record.id]
            period, age = PERIODS.get(frequency), self._age(changes.get(sheet))
            if period is not None and age > period * GRACE:
                told = _(FREQUENCIES.get(frequency, frequency))
                yield self._found("late", "metadata", record, frequency=told, days=age)

    def _permissions(self) -> Iterator[Finding]:
        for permission in self.snapshot.permissions:
            end = reading.instant(permission.end_date)
            if end is None:
                continue
            end = end if end.tzinfo else end.replace(tzinfo=timezone.utc)
            left = end - self.snapshot.now
            if left < timedelta(0):
                yield self._found("ended", "permissions", permission, days=(-left).days)
            elif left.days < ENDING_DAYS:
                yield self._found("ending", "permissions", permission, days=left.days)

    def _quotas(self) -> Iterator[Finding]:
        info = self.snapshot.info
        limited: list[tuple[str, Any]] = [("endpoint", e) for e in info.endpoints]
        limited += [("storage", s) for s in info.storages] + [(a.kind, a) for a in self.snapshot.allowances]
        for kind, one in limited:
            if one.quota and one.use / one.quota >= NEARLY_FULL:
                sentence = _(STATES["full"]).format(percent=round(100 * one.use / one.quota))
                yield Finding("full", kind, one.id, one.name, "", None, sentence)

    # ------------------------------------------------------------------ of no use

    def _uploads(self) -> Iterator[Finding]:
        shot = self.snapshot
        data = {one.id for one in shot.stored_data}
        made_of = {one.tags.get("upload_id", "") for one in shot.stored_data}
        for upload in shot.uploads:
            made = any(upload.tags.get(tag) in data for tag in cartes.MADE)
            if upload.status == READY and (made or upload.id in made_of or upload.id in shot.integrated):
                yield self._found("integrated", "uploads", upload)
            elif upload.status in ("OPEN", "CREATED") and self._age(moment_of(upload)) > OPEN_DAYS:
                yield self._found("open_long", "uploads", upload, days=self._age(moment_of(upload)))

    def _data(self) -> Iterator[Finding]:
        shot = self.snapshot
        for data in shot.stored_data:
            if data.status == "CREATED" and self._age(moment_of(data)) > OPEN_DAYS:
                yield self._found("never_made", "stored_data", data, days=self._age(moment_of(data)))
        if not self._uses_known:
            return
        sources = {one.tags.get("vectordb_id", "") for one in shot.stored_data if one.id in self.users}
        for data in shot.stored_data:
            if data.status == "GENERATED" and not {data.id} & (self.users.keys() | shot.in_use | sources):
                yield self._found("unused", "stored_data", data)

    def _services(self) -> Iterator[Finding]:
        for configuration in self.snapshot.configurations:
            if configuration.id not in self.users and "offerings" not in self.snapshot.unread:
                yield self._found("unoffered", "configurations", configuration)

    def _files(self) -> Iterator[Finding]:
        shot = self.snapshot
        for static in shot.statics if self._uses_known else ():
            # SQL is for processings, which do not tell what they may use
            if static.id not in self.users and static.type != DERIVATION_SQL:
                yield self._found("static_unused", "statics", static)
        for annexe in shot.annexes:
            if not annexe.published:
                yield self._found("annexe_hidden", "annexes", annexe)
            elif (
                shot.detailed
                and cartes.told_by(annexe.labels).get("type") == cartes.STYLE
                and annexe.id not in self.users
            ):
                yield self._found("style_unused", "annexes", annexe)
        for record in shot.metadata:
            if not record.endpoints:
                yield self._found("record_hidden", "metadata", record)

    def _dangling(self) -> Iterator[Finding]:
        shot = self.snapshot
        there = {one.id for kind in KINDS for one in shot.of(kind)}
        for kind in ("uploads", "stored_data"):
            for one in shot.of(kind):
                for tag in cartes.MADE:  # no upload: those are deleted once they are integrated
                    id = one.tags.get(tag, "")
                    if id and id not in there and id != one.id:
                        yield self._found("dangling", kind, one, tag=tag, id=id)


def label(kind: str, one: Entity) -> str:
    """What people know a thing by."""
    if kind in ("configurations", "offerings"):
        return reading.text(one.raw.get("layer_name")) or one.name
    if kind == "annexes":
        return next(iter(reading.names(one.raw.get("paths"))), one.id)
    names = {"metadata": "file_identifier", "permissions": "licence"}
    return reading.text(one.raw.get(names.get(kind, "name"))) or one.name or one.id
