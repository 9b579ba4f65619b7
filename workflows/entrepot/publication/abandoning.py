"""What a run that was stopped had begun, and no run will go on with: taken back, what the server never told of too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Optional

from ....client.entrepot import files, processings, stored_data, uploads
from ....client.entrepot.configurations import offerings
from ....client.errors import Conflict, NotFound
from ....client.waiting import wait
from ....i18n import _
from ...watch import Watch
from .. import finding
from ..delivery.closing import settled
from ..descriptions import describing
from ..ledger import Ledger, Made
from ..offices import Office
from ..services import clearing
from ..services.offered import take_away

RECORD = "record"
DATA_STEPS = ("upload", "files", "md5", "close", "database", "integrated", "emptied", "tiles")
"""The steps by which data comes to the server."""
LEFT = "left"
"""The step that notes data which cannot be deleted before the services show other data."""


def abandon(office: Office, ledger: Ledger, steps: Iterable[str], before: Mapping[str, Any], watch: Watch) -> None:
    """Take back what these steps made; nothing of what was there `before` the run. The latest goes first."""
    kept = _ids_of(before)
    left: list[str] = list(ledger.noted(LEFT).get("stored_data", []))
    for step in reversed(list(steps)):
        made = _made(office, ledger, step)
        for kind, id in made.items():
            if isinstance(id, str) and id not in kept and not _taken_back(office, kind, id, watch):
                left.append(id)
        if left:
            ledger.note(LEFT, {}, {"stored_data": list(dict.fromkeys(left))}, done=True)
        ledger.undo(step)


def clear(office: Office, ledger: Ledger, watch: Watch) -> None:
    """Delete what `abandon` had to leave, now that services show other data."""
    for id in ledger.noted(LEFT).get("stored_data", []):
        delete(office, stored_data.stored_data, id, watch)


def delete(office: Office, collection: Any, id: str, watch: Watch) -> bool:
    """Whether it is gone; what is in use stays, and that is said."""
    with suppress(NotFound):
        try:
            collection.delete(office.datastore, id)
        except Conflict as error:
            name = collection.get(office.datastore, id).name or id
            watch.warn(_("“{name}” could not be deleted: {why}").format(name=name, why=watch.explain(error)))
            return False
    return True


# ---------------------------------------------------------------------- what was made


def _ids_of(current: Mapping[str, Any]) -> set[str]:
    """All ids that a publication holds."""
    told = list(current.values())
    for value in told:
        told += value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else []
    return {value for value in told if isinstance(value, str)}


def _made(office: Office, ledger: Ledger, step: str) -> Made:
    """What a step made; of one that is only begun, what is found of it on the server."""
    if step == RECORD and ledger.noted(describing.there_step(step)).get("there") is not False:
        return {}  # the record was there before the run
    made = ledger.made(step)
    if made is not None:
        return made
    return {**ledger.noted(step), **(_found(office, ledger, step, ledger.wanted(step) or {}) or {})}


def _found(office: Office, ledger: Ledger, step: str, wanted: Mapping[str, Any]) -> Optional[Made]:
    if step == "upload":
        return _upload(office, wanted["name"], f"[{ledger.token(step)}]")
    if step in ("database", "tiles"):
        return _declared(office, wanted)
    if step == RECORD:
        record = describing.find(office, wanted["identifier"])
        return {"metadata": record.id} if record else None
    if step.endswith(" configuration"):
        found = finding.configured(office, wanted["type"], wanted["layer_name"])
        return {"configuration": found.id} if found else None
    if step.endswith(" offering"):
        offered = offerings.list(office.datastore, configuration=wanted["configuration"])
        return next(({"offering": one.id} for one in offered if one.endpoint == wanted["endpoint"]), None)
    if "name" in wanted:
        named = files.statics.list(office.datastore, name=wanted["name"])
        return next(({"static": one.id} for one in named if one.name == wanted["name"]), None)
    return None


def _upload(office: Office, name: str, token: str) -> Optional[Made]:
    """The delivery whose creation was not answered."""
    for listed in uploads.uploads.list(office.datastore, name=name):
        if token in str(uploads.uploads.get(office.datastore, listed.id).raw.get("description")):
            return {"upload": listed.id}
    return None


def _declared(office: Office, wanted: Mapping[str, Any]) -> Optional[Made]:
    """The execution whose creation was not answered; it was not launched."""
    inputs = {f"input_{kind}": wanted[kind][0] for kind in ("upload", "stored_data") if wanted.get(kind)}
    listed = processings.executions.list(
        office.datastore, processing=wanted["processing"], status=processings.CREATED, **inputs
    )
    for entry in listed:
        kind, id = processings.executions.get(office.datastore, entry.id).output
        return {"execution": entry.id, kind: id}
    return None


# ---------------------------------------------------------------------- taken back


def _taken_back(office: Office, kind: str, id: str, watch: Watch) -> bool:
    """Whether it is gone, or nothing that could go; what is used still is to go later."""
    datastore = office.datastore
    if kind == "offering":
        take_away(office, id)
    elif kind == "configuration":
        clearing.delete_configuration(office, id)
    elif kind == "static":
        clearing.delete_static(office, id)
    elif kind == "execution":
        _ended(office, id)
    elif kind == "metadata":
        _withdrawn(office, id, watch)
    elif kind == "upload":
        try:
            if uploads.uploads.get(datastore, id).status == uploads.CHECKING:
                settled(office, id, watch)
        except NotFound:
            return True
        delete(office, uploads.uploads, id, watch)
    elif kind in ("stored_data", "database"):
        try:
            stored_data.stored_data.delete(datastore, id)
        except NotFound:
            return True
        except Conflict:
            return False
    return True


def _ended(office: Office, id: str) -> None:
    """An execution that runs is aborted, since what it makes cannot be deleted before it has ended."""
    executions, datastore = processings.executions, office.datastore
    try:
        execution = executions.get(datastore, id)
        if execution.status not in (processings.CREATED, *processings.FINAL):
            try:
                processings.abort(datastore, id)
            except Conflict:  # it has ended meanwhile
                return
            wait(datastore.session, lambda: executions.get(datastore, id), lambda one: one.status in processings.FINAL)
    except NotFound:
        return


def _withdrawn(office: Office, id: str, watch: Watch) -> None:
    """A record is unpublished, then deleted."""
    try:
        found = files.metadata.get(office.datastore, id)
    except NotFound:
        return
    describing.withdraw(office, found.file_identifier, watch)
    files.metadata.delete(office.datastore, id)


__all__ = ["DATA_STEPS", "LEFT", "RECORD", "abandon", "clear", "delete"]
