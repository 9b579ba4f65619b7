"""Offerings: waited for, synchronised, taken away; which regime is in force is read in their status (contract 3.13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ....client.entrepot import configurations as api
from ....client.entrepot.configurations import (
    CHANGING,
    PUBLISHED,
    UNPUBLISHED,
    UNSTABLE,
    Offering,
    configurations,
    offerings,
)
from ....client.errors import (
    Conflict,
    NotFound,
    ServerFault,
    ServiceError,
    SignInFailed,
    Unauthorized,
    Unreachable,
)
from ....client.waiting import wait
from ....i18n import _
from ...errors import InputError
from ...watch import Watch
from ..finding import offered
from ..offices import Office
from ..states import state
from . import clearing

PATIENCE = 1800.0
"""Seconds that a publication may take; it is a matter of seconds (contract 3.13)."""
NOBODY_ANSWERS = (Unreachable, SignInFailed, Unauthorized)
"""After these nothing more can be done, or taken back: the next run goes on."""
AT_ONCE = 4
_ATTEMPTS = 4


@dataclass(frozen=True)
class Unpublished:
    """What became of an offering: gone, or hidden only; the id of its configuration and of statics, if they went."""

    gone: bool
    configuration: str = ""
    statics: tuple[str, ...] = ()


def synchronise(office: Office, offering: str, watch: Watch) -> Offering:
    """Make live what the configuration, its styles and its data now are; an unpublished offering is published again.

    Raises InputError if it does not come to be PUBLISHED.
    """
    settled(office, offering)
    try:
        api.synchronise(office.datastore, offering)
    except Conflict:
        # the answer to a first PUT may have been lost: then it is under way
        if offerings.get(office.datastore, offering).status not in CHANGING:
            raise
    found = live(office, offering)
    words = _("{type} “{name}” is synchronised.").format(type=found.type, name=found.layer_name)
    office.datastore.session.here(lambda: watch.info(words))
    return found


@dataclass(frozen=True)
class Synchronised:
    """An offering after its synchronisation; `problem` is a sentence if it failed."""

    offering: Offering
    problem: str = ""

    def row(self) -> tuple[Any, ...]:
        """Layer name, type, status, the same in words, address, problem, ids of offering and configuration."""
        one = self.offering
        url = one.urls[0].url if one.urls else None
        problem, configuration = self.problem or None, one.configuration or None
        return one.layer_name, one.type, one.status, state(one.status), url, problem, one.id, configuration


def synchronise_all(office: Office, given: str, type: str, watch: Watch) -> list[Synchronised]:
    """Synchronise the offering of this id, or all of this layer name, several at once; each ends well or not."""
    watch = watch.through(office.datastore.session)

    def one(offering: Offering) -> Synchronised:
        try:
            return Synchronised(synchronise(office, offering.id, watch))
        except NOBODY_ANSWERS:
            raise
        except (ServiceError, InputError) as error:
            return Synchronised(settled(office, offering.id) or offering, watch.explain(error))

    return list(office.datastore.session.in_parallel(one, offered(office, given, type), AT_ONCE))


def unpublish(
    office: Office, offering: str, watch: Watch, *, for_good: bool = True, with_configuration: bool = True
) -> Unpublished:
    """End an offering; with it goes its configuration, if it has no other, and the styles that only this one used.

    With `for_good` False it is only hidden where the platform can do that (contract 3.13, new regime), and keeps its
    id, permissions and accesses; which regime is in force is read in its status.
    """
    before = offerings.get(office.datastore, offering)
    gone = take_away(office, offering, for_good=for_good)
    words = (
        _("{type} “{name}” is unpublished.") if gone else _("{type} “{name}” is hidden, and can be published again.")
    )
    sentence = words.format(type=before.type, name=before.layer_name)
    office.datastore.session.here(lambda: watch.info(sentence))
    if not gone:
        return Unpublished(False)
    if not (for_good and with_configuration and before.configuration):
        return Unpublished(True)
    return Unpublished(True, *_without_offering(office, before.configuration))


def _without_offering(office: Office, id: str) -> tuple[str, tuple[str, ...]]:
    """Delete a configuration that has no offering any more; its id, and those of the statics that went with it."""
    try:
        configuration = configurations.get(office.datastore, id)
    except NotFound:
        return "", ()
    if api.offers(office.datastore, id):
        return "", ()
    clearing.delete_configuration(office, id)
    gone = [
        static for static in clearing.static_ids(configuration.type_infos) if clearing.delete_static(office, static)
    ]
    return id, tuple(gone)


def take_away(office: Office, id: str, *, for_good: bool = True) -> bool:
    """DELETE an offering as often as it needs, by the status that is read: whether it is gone, not hidden only.

    Raises WaitedTooLong, or what the server refuses with.
    """
    for _attempt in range(_ATTEMPTS):
        offering = settled(office, id)
        if offering is None:
            return True
        if offering.status == UNPUBLISHED and not for_good:
            return False
        try:
            api.withdraw(office.datastore, id)
        except NotFound:
            return True
        except (Unreachable, ServerFault):
            continue  # its answer was lost: the status tells whether it was obeyed
        if settled(office, id, other_than=offering.status) is None:
            return True
    raise InputError(_("The offering {id} is still there after several attempts to delete it.").format(id=id))


def settled(office: Office, id: str, *, other_than: str = "") -> Optional[Offering]:
    """The offering once nothing changes any more, None if it is gone. Raises WaitedTooLong."""

    def read() -> Optional[Offering]:
        try:
            return offerings.get(office.datastore, id)
        except NotFound:
            return None

    def ended(offering: Optional[Offering]) -> bool:
        return offering is None or offering.status not in (*CHANGING, other_than)

    return wait(office.datastore.session, read, ended, limit=PATIENCE)


def live(office: Office, id: str) -> Offering:
    """The offering, once it is PUBLISHED; InputError if it ends otherwise; the server does not say why."""
    offering = settled(office, id)
    if offering is None:
        raise InputError(_("The offering {id} was deleted meanwhile.").format(id=id))
    if offering.status == PUBLISHED:
        return offering
    failed = {
        UNSTABLE: _("The server could not publish {type} “{name}”."),
        UNPUBLISHED: _("{type} “{name}” was unpublished meanwhile."),
    }.get(offering.status, _("{type} “{name}” is not published ({status})."))
    sentences = (
        failed.format(type=offering.type, name=offering.layer_name, status=state(offering.status)),
        _(
            "Look whether the tables, columns and styles that the service uses are in its data, then run the operation "
            "again; if it fails again, ask the support (offering {id})."
        ).format(id=id)
        if offering.status == UNSTABLE
        else _("Run the operation again."),
    )
    raise InputError(" ".join(sentences))
