"""The datastore that one works in: chosen by name, what it has, what the account may do there.

Endpoints, storages and processings are discovered by what they are, never known by id (contract 1.1).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Optional

from ...client.entrepot import datastores, processings, users
from ...client.entrepot.api import Datastore, Entrepot
from ...client.entrepot.datastores import Endpoint, Info, Organization, Storage
from ...client.entrepot.processings import Processing
from ...client.entrepot.users import Me, Membership
from ...client.errors import ServiceError
from ...i18n import N_, _
from ..errors import InputError
from .nearest import a_few, others

RIGHTS = {
    "UPLOAD": N_("to deliver data"),
    "PROCESSING": N_("to process data"),
    "ANNEX": N_("to publish annexes"),
    "BROADCAST": N_("to publish services"),
    "COMMUNITY": N_("to manage the community"),
}


FRESH = 10.0
"""Seconds for which it is taken as it was read how much room is left: others publish too."""


class _Room:
    """How much room is left in a datastore, read anew after a while, and what this run took of it meanwhile."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.given: Counter[str] = Counter()
        self._info: Optional[Info] = None
        self._read_at = monotonic()

    def now(self, office: Office) -> Info:
        """As it was read last, if that is not long ago."""
        if monotonic() - self._read_at > FRESH:
            # without the lock: a request may have to wait for the thread that waits for the lock
            self._info, self._read_at = datastores.get(office.datastore), monotonic()
        return self._info or office.info

    def left(self, endpoint: Endpoint, before: int) -> bool:
        """Whether there is a place that this run has not given to another service, of which the server knows later."""
        return endpoint.quota is None or max(endpoint.use, before + self.given[endpoint.id]) < endpoint.quota


@dataclass(frozen=True)
class Office:
    """A datastore, what it has, and who works there. `diffusion` is the root of the published services.

    `info` is what it was in the beginning; of quotas it is asked again.
    """

    datastore: Datastore
    info: Info
    me: Me
    membership: Membership
    diffusion: str = ""
    _found: dict[str, Processing] = field(default_factory=dict, repr=False, compare=False)
    _room: _Room = field(default_factory=_Room, repr=False, compare=False)

    @property
    def id(self) -> str:
        return self.datastore.id

    @property
    def service(self) -> str:
        """What the ledger knows the service by: the API's root."""
        return self.datastore.api.root

    def need(self, *rights: str) -> None:
        """Raises InputError that names the first right that the account does not have in the community."""
        for right in rights:
            if right not in self.membership.rights:
                raise InputError(
                    _(
                        "Your account lacks the right {right} ({purpose}) in “{community}”. Ask its supervisor for "
                        "it, or choose another datastore."
                    ).format(right=right, purpose=_(RIGHTS[right]), community=self.membership.name)
                )

    def endpoint(self, type: str, *, open: bool = True, wanted: str = "", take: bool = False) -> Endpoint:
        """A free endpoint of this type; `wanted` is the id, technical name or name of a certain one.

        With `take` a service will be published there: its place is not given to another one of this run.
        """
        of_type = [endpoint for endpoint in self._room.now(self).endpoints if endpoint.type == type]
        if wanted:
            named = [e for e in of_type if wanted.casefold() in (e.id, e.technical_name.casefold(), e.name.casefold())]
            if not named:
                text = _("There is no endpoint “{wanted}” of type {type} here.").format(wanted=wanted, type=type)
                raise InputError(text + others(wanted, [e.technical_name for e in of_type]))
        else:
            named = [endpoint for endpoint in of_type if endpoint.open == open]
            if not named:
                kind = _("open") if open else _("restricted")
                raise InputError(
                    _("The datastore “{name}” has no {kind} endpoint of type {type}.").format(
                        name=self.info.name, kind=kind, type=type
                    )
                )
        free = [endpoint for endpoint in named if endpoint.free]
        if not free and wanted:
            raise _full(named[0], of_type)
        if not free:
            full = ", ".join(f"{e.technical_name} ({e.use}/{e.quota})" for e in named)
            raise InputError(
                _(
                    "No endpoint of type {type} has room left: {full}. Unpublish a service, or ask the support for a "
                    "higher quota."
                ).format(type=type, full=full)
            )
        before = {endpoint.id: endpoint.use for endpoint in self.info.endpoints}
        with self._room.lock:
            # what was given away may not have been used: then there is room nevertheless
            free = [e for e in free if self._room.left(e, before.get(e.id, e.use))] or free
            # one that asks for nothing more comes first
            chosen = min(free, key=lambda e: (e.force_metadata, e.force_attribution))
            self._room.given[chosen.id] += take
        return chosen

    def storage(self, tag: str, size: int = 0) -> Storage:
        """The storage with this label; InputError if there is none, or not `size` bytes left in it."""
        storages = self._room.now(self).storages
        labelled = [storage for storage in storages if storage.kind == "data" and tag in storage.labels]
        if not labelled:
            raise InputError(
                _("The datastore “{name}” has no storage labelled {tag}.").format(name=self.info.name, tag=tag)
            )
        return _roomy(labelled, size)

    def room_for_upload(self, size: int) -> None:
        """Raises InputError if so many bytes cannot be delivered."""
        if not size:
            return
        storages = [storage for storage in self._room.now(self).storages if storage.kind == "uploads"]
        if storages:
            _roomy(storages, size)
        quota = self.organization.uploads_quota if self.organization else None
        used = sum(storage.use for storage in storages)
        if self.organization and quota is not None and used + size > quota:
            raise InputError(
                _(
                    "The organisation “{name}” may deliver no more: {needed:.1f} MB are needed, and of its "
                    "{quota:.1f} MB this datastore alone uses {used:.1f} MB. Delete deliveries that are not needed "
                    "(inventory lists them), or ask the support for a higher quota."
                ).format(name=self.organization.name, needed=size / 1e6, quota=quota / 1e6, used=used / 1e6)
            )

    @cached_property
    def organization(self) -> Optional[Organization]:
        """Who the datastore belongs to; None if that cannot be read, which need not stop anybody."""
        try:
            return datastores.organization_of(self.datastore.api, self.membership.community)
        except ServiceError:
            return None

    def processing(
        self, output: str, *, upload: str = "", stored_data: str = "", words: Sequence[str] = (), wanted: str = ""
    ) -> Processing:
        """The processing that makes `output` of an upload or stored data of these types, with its parameters.

        Where several do, the one with one of `words` in its name; `wanted` is the id or name of a certain one.
        """
        key = repr((output, upload, stored_data, wanted))
        if key not in self._found:
            chosen = self._choose(output, upload, stored_data, words, wanted)
            self._found[key] = processings.processings.get(self.datastore, chosen.id)
        return self._found[key]

    @cached_property
    def _processings(self) -> list[Processing]:
        return processings.processings.list(self.datastore)

    def _choose(self, output: str, upload: str, stored_data: str, words: Sequence[str], wanted: str) -> Processing:
        if wanted:
            named = [p for p in self._processings if wanted.casefold() in (p.id, p.name.casefold())]
            if named:
                return named[0]
            text = _("The datastore has no processing “{wanted}”.").format(wanted=wanted)
            raise InputError(text + others(wanted, [p.name for p in self._processings]))
        fitting = [
            p
            for p in self._processings
            if p.output == output
            and (upload in p.inputs[0] if upload else not p.inputs[0])
            and (stored_data in p.inputs[1] if stored_data else True)
        ]
        preferred = [p for p in fitting if any(word.casefold() in p.name.casefold() for word in words)]
        if not fitting:
            raise InputError(
                _("The datastore “{name}” has no processing that makes {output} of {input}.").format(
                    name=self.info.name, output=output, input=upload or stored_data or "–"
                )
            )
        return (preferred or fitting)[0]


def choose(api: Entrepot, wanted: str = "", *, diffusion: str = "") -> Office:
    """The datastore by its name, technical name or id; the only one if none is named. Two requests."""
    me = users.me(api)
    own = [member for member in me.memberships if member.datastore]
    if not own:
        raise InputError(
            _(
                "Your account belongs to no community with a datastore. Ask for one at cartes.gouv.fr, or have its "
                "supervisor add you to one."
            )
        )
    found = _named(own, wanted) if wanted else own
    if len(found) != 1:
        names = ", ".join(f"{member.name} ({member.technical_name})" for member in own)
        raise InputError(_("Which datastore? Give one in DATASTORE: {names}.").format(names=names))
    datastore = api.datastore(found[0].datastore)
    return Office(datastore, datastores.get(datastore), me, found[0], diffusion)


def _named(members: Sequence[Membership], wanted: str) -> list[Membership]:
    text = wanted.casefold().strip()
    # as the combo box writes it: name — id
    id = text.rpartition("—")[2].strip()
    found = [
        member
        for member in members
        if text in (member.name.casefold(), member.technical_name.casefold())
        or id in (member.datastore, member.community)
    ]
    if found:
        return found[:1]
    names = [name for member in members for name in (member.name, member.technical_name)]
    raise InputError(_("You belong to no datastore “{wanted}”.").format(wanted=wanted) + others(wanted, names))


def _full(endpoint: Endpoint, of_type: Sequence[Endpoint]) -> InputError:
    """The sentence that a certain endpoint takes no more services, with those that do."""
    text = _("The endpoint “{name}” is full ({use} of {quota}).").format(
        name=endpoint.technical_name, use=endpoint.use, quota=endpoint.quota
    )
    kinds = {True: _("open"), False: _("restricted")}
    free = [f"{one.technical_name} ({kinds[one.open]})" for one in of_type if one.free]
    if free:
        remedy = _("Unpublish a service of it, or give another endpoint in ENDPOINT: {names}.").format(
            names=a_few(endpoint.technical_name, free)
        )
    else:
        remedy = _(
            "No other one of type {type} has room: unpublish a service, or ask the support for a higher quota."
        ).format(type=endpoint.type)
    return InputError(f"{text} {remedy}")


def _roomy(storages: Sequence[Storage], size: int) -> Storage:
    for storage in storages:
        if storage.free is None or storage.free >= size:
            return storage
    most = max(storages, key=lambda storage: storage.free or 0)
    raise InputError(
        _(
            "There is not enough room on the server: {needed:.1f} MB are needed, {free:.1f} MB of “{name}” are left. "
            "Delete what is not needed (inventory lists it), or ask the support for a higher quota."
        ).format(needed=size / 1e6, free=max(most.free or 0, 0) / 1e6, name=most.name)
    )
