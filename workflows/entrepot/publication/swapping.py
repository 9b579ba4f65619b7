"""Services pointed from one data to another, and back; the data that nobody is shown any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

from ....client.entrepot import configurations as api
from ....client.entrepot import stored_data
from ....client.entrepot.configurations import Configuration, configurations
from ....client.errors import Cancelled, NotFound
from ....i18n import _, ngettext
from ....store.lock import sole_sender
from ....store.store import Store
from ...errors import InputError, Interrupted
from ...watch import Watch
from ..ledger import Ledger
from ..nearest import others
from ..offices import Office
from ..services import serving
from ..services.bodies import body_of, dresses, same
from ..states import state
from ..styles import styling
from ..styles.styling import Sheet
from .abandoning import delete
from .publication import LOCK, RESTORED, Published

DATA = ("database", "pyramid")
TOLD = ("infos", "layers", "styles")
"""What the ledger says of a service that goes with its data."""
ROLLBACK = "rollback"
"""The step that notes that some services may show the earlier data, and others not yet."""


def roll_back(office: Office, store: Store, name: str, watch: Watch) -> Published:
    """Let the services of a data sheet show the data that was published before; run again, the newer one.

    Nothing is deleted. Raises InputError if there is nothing to go back to, Interrupted if it was stopped half-way.
    """
    office.need("BROADCAST")
    with sole_sender(store.path, LOCK):
        try:
            return _rolled_back(office, store, name, watch)
        except Cancelled as cancelled:
            raise Interrupted(
                _(
                    "Some services of “{name}” may show the earlier data already. Run the operation again: it goes on."
                ).format(name=name)
            ) from cancelled


def _rolled_back(office: Office, store: Store, name: str, watch: Watch) -> Published:
    session = office.datastore.session
    found = session.here(lambda: store.publications.find(office.service, office.id, name))
    if found is None or not found.current:
        raise InputError(session.here(lambda: _unknown(office, store, name)))
    ledger = Ledger(session, store, office.service, office.id, name)
    before, now = found.previous, found.current
    if set(ledger.steps) - {ROLLBACK}:
        raise InputError(
            _(
                "A publication of “{name}” was stopped half-way: run it again to its end before you roll it back."
            ).format(name=name)
        )
    if not before:
        raise InputError(_("There is no earlier data of “{name}” to go back to.").format(name=name))
    swap = {now[key]: before[key] for key in DATA if now.get(key) and before.get(key)}
    for id in swap.values():
        _must_be_there(office, id, name)
    ledger.note(ROLLBACK, {}, {})
    services = now.get("services", {})
    shown, pointed = dict(services), {}
    for number, (type, served) in enumerate(services.items()):
        watch.check()
        watch.progress(number, len(services))
        earlier = before.get("services", {}).get(type, {})
        configuration = _configuration(office, served)
        if configuration is None:
            watch.warn(_("{type} of “{name}” is published no longer: it is left out.").format(type=type, name=name))
            del shown[type]
        elif _point(office, configuration, swap, earlier, watch):
            shown[type] = pointed[type] = {**served, **{key: earlier[key] for key in TOLD if key in earlier}}
        else:
            watch.warn(
                _("{type} of “{name}” stays as it is: there is nothing of the earlier data for it.").format(
                    type=type, name=name
                )
            )
    kept = [data for data in now.get("kept", []) if data.get("database") != before["database"]]
    newer = {key: now.get(key, "") if now.get(key) != before.get(key) else "" for key in DATA}
    refused = now.get("asked", {}).get("data", "")  # what a nightly synchronisation must not publish again
    current = {**before, "services": shown, "record": now.get("record", {}), "kept": [*kept, newer]}
    current["rolled_back"] = refused
    ledger.finish(current)
    watch.info(
        ngettext(
            "{n} service of “{name}” shows the earlier data again. Run the operation once more to show the newer one.",
            "{n} services of “{name}” show the earlier data again. Run the operation once more to show the newer one.",
            len(pointed),
            name=name,
        )
    )
    return Published(name, RESTORED, {**current, "services": pointed})


def _unknown(office: Office, store: Store, name: str) -> str:
    """The sentence that nothing was published under a name, with some that are known, the nearest first."""
    there = store.publications.all(office.service, office.id)
    known = [one.name for one in there if one.current.get("services")]
    told = _("Nothing was published as “{name}” from this store.").format(name=name)
    if not known:
        return told + " " + _("Give in STORE the store that it was published from.")
    return told + others(name, known)


def leave_rollback(office: Office, ledger: Ledger, watch: Watch) -> None:
    """Let all services show the data of the ledger again, after a rollback that was stopped half-way."""
    before, now = ledger.publication.previous, ledger.publication.current
    show(office, now.get("services", {}).values(), before, now, watch)
    ledger.undo(ROLLBACK)


def show(
    office: Office,
    services: Iterable[Mapping[str, Any]],
    other: Mapping[str, Any],
    wanted: Mapping[str, Any],
    watch: Watch,
) -> None:
    """Let `services`, as the ledger tells of them, show the `wanted` data where they show the `other` one."""
    swap = {other[key]: wanted[key] for key in DATA if wanted.get(key) and other.get(key)}
    for served in services:
        configuration = _configuration(office, served)
        if configuration is not None:
            _point(office, configuration, swap, served, watch)


def _configuration(office: Office, served: Mapping[str, Any]) -> Optional[Configuration]:
    try:
        return configurations.get(office.datastore, served["configuration"])
    except NotFound:
        return None


def _point(
    office: Office, configuration: Configuration, swap: Mapping[str, str], told: Mapping[str, Any], watch: Watch
) -> bool:
    """Let a service show other data, live, with the tables and styles `told` of it; False if it shows none of it."""
    # one that a stopped run has pointed there already may not be live yet
    if not set(configuration.stored_data) & {*swap, *swap.values()}:
        return False
    infos = told.get("infos", configuration.type_infos)
    texts = told.get("styles", {})
    for (kind, table), id in dresses(office, infos, ()).items():
        sheet = Sheet(texts.get(table, ""), table)
        if kind == sheet.type and sheet.text and styling.differs(office, id, sheet):
            styling.replace(office, id, sheet)
    repoint(office, configuration, swap, infos)
    for offering in api.offers(office.datastore, configuration.id):
        serving.synchronise(office, offering.id, watch)
    return True


def repoint(
    office: Office, configuration: Configuration, swap: Mapping[str, str], earlier: Optional[Mapping[str, Any]] = None
) -> None:
    """PUT the configuration with other stored data; it is live once its offerings are synchronised.

    `earlier` are its `type_infos` from when it showed that data, whose tables may be called otherwise; without them,
    those of now are taken.
    """
    before = body_of(configuration)
    infos = dict(earlier or configuration.type_infos)
    infos["used_data"] = [
        {**used, "stored_data": swap.get(used.get("stored_data", ""), used.get("stored_data"))}
        for used in infos.get("used_data", [])
    ]
    body = {**before, "type_infos": infos}
    if not same(before, body):
        configurations.replace(office.datastore, configuration.id, body)


def is_good(office: Office, id: str) -> bool:
    """Whether stored data is there, and can be used."""
    return _status(office, id) == stored_data.GENERATED


def delete_old(office: Office, kept: list[dict[str, str]], watch: Watch) -> list[dict[str, str]]:
    """Delete data that was published before, pyramids before their database; gives what could not be deleted."""
    left = []
    for data in kept:
        ids = [data.get(key, "") for key in reversed(DATA)]
        gone = [delete(office, stored_data.stored_data, id, watch) for id in ids if id]
        if not all(gone):
            left.append(data)
    return left


def _must_be_there(office: Office, id: str, name: str) -> None:
    status = _status(office, id)
    if status != stored_data.GENERATED:
        raise InputError(
            _("The earlier data of “{name}” cannot be shown again ({status}): publish it again instead.").format(
                name=name, status=state(status)
            )
        )


def _status(office: Office, id: str) -> str:
    try:
        return stored_data.stored_data.get(office.datastore, id).status
    except NotFound:
        return "DELETED"
