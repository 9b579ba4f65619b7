"""Checks of uploads as time passes: asked, running, ended, and what becomes of the upload (contract 3.4, 3.5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import Request

from . import catalogue, events, logs, rights
from .entities import Entities, Entity
from .work.pool import Failed

if TYPE_CHECKING:
    from ..app import Sandbox

KIND = "check_executions"
_WORK = {
    catalogue.STANDARD: "check_standard",
    catalogue.VECTOR: "check_vector",
    catalogue.RASTER: "check_raster",
    catalogue.ARCHIVE: "check_archive",
    catalogue.PYRAMID: "check_pyramid",
}
_WITH_SRS = (catalogue.VECTOR, catalogue.RASTER)
_WAITING_SHARE = 0.2  # of the time that a check takes


def default_checks(request: Request, upload: Entity) -> list[Entity]:
    """The checks that this type of upload passes when it is closed."""
    datastore = rights.datastore(request)
    known = rights.entities_of(request).all("check")
    return [c for c in known if c["_id"] in datastore["checks"] and upload["type"] in c["default_uploads_check"]]


def start(sandbox: Sandbox, upload: Entity, checks: list[Entity], callback: Entity | None = None) -> None:
    """Ask for these checks; the upload is CHECKING until all have ended."""
    entities, ids = sandbox.entrepot.entities, {check["_id"] for check in checks}
    kept = [one["_id"] for one in current(entities, upload) if one["check"]["_id"] not in ids]
    made = [_asked(entities, upload, check, callback) for check in checks]
    upload["private"]["checks"] = [*kept, *(execution["_id"] for execution in made)]
    upload["status"] = "CHECKING"
    entities.save(upload)
    for execution in made:
        sandbox.entrepot.jobs.start(execution["_id"], _run(sandbox, upload, execution))


def _asked(entities: Entities, upload: Entity, check: Entity, callback: Entity | None) -> Entity:
    return entities.add(KIND, {
        "check": {"_id": check["_id"], "name": check["name"]}, "status": "WAITING",
        "upload": {name: upload[name] for name in ("_id", "name", "type")},
        **({"callback": callback} if callback else {}), "private": {"logs": []},
    }, entities.datastore_of(upload["_id"]))  # fmt: skip


def current(entities: Entities, upload: Entity) -> list[Entity]:
    """The executions that count: the latest of each check since the upload was last open."""
    found = (entities.get(KIND, id_) for id_ in upload["private"].get("checks", []))
    return [execution for execution in found if execution is not None]


def by_state(entities: Entities, upload: Entity) -> dict[str, list[Entity]]:
    """`asked`, `in_progress`, `passed`, `failed`."""
    states: dict[str, list[Entity]] = {"asked": [], "in_progress": [], "passed": [], "failed": []}
    names = {"WAITING": "asked", "PROGRESS": "in_progress", "SUCCESS": "passed"}
    for execution in current(entities, upload):
        row = {"_id": execution["_id"], "check": execution["check"]}
        states[names.get(execution["status"], "failed")].append(row)
    return states


def passed(entities: Entities, upload: Entity) -> set[str]:
    """The ids of the checks that the upload has passed."""
    return {one["check"]["_id"] for one in current(entities, upload) if one["status"] == "SUCCESS"}


def abort(sandbox: Sandbox, execution: Entity) -> None:
    """End a running check."""
    sandbox.entrepot.jobs.stop(execution["_id"])
    _end(sandbox, execution, "ABORTED")


def resume(sandbox: Sandbox) -> None:
    """Begin again what ran when the sandbox stopped."""
    entities = sandbox.entrepot.entities
    for execution in entities.all(KIND):
        upload = entities.get("uploads", execution["upload"]["_id"])
        if execution["status"] in ("WAITING", "PROGRESS") and upload is not None:
            execution["private"]["logs"] = []
            sandbox.entrepot.jobs.start(execution["_id"], _run(sandbox, upload, execution))


async def _run(sandbox: Sandbox, upload: Entity, execution: Entity) -> None:
    entities, seconds = sandbox.entrepot.entities, sandbox.entrepot.settings.check_seconds
    await asyncio.sleep(max(seconds, 0) * _WAITING_SHARE)
    execution.update(status="PROGRESS", start=entities.now())
    entities.save(execution)
    fault = sandbox.faults.take("check_failure", execution["check"]["name"], execution["check"]["_id"])
    if fault is not None:
        logs.told(sandbox, execution, fault["logs"] or ["Vérification en échec"])
        result = None
    else:
        result = await _work(sandbox, upload, execution)
    if seconds < 0:
        return
    await asyncio.sleep(seconds * (1 - _WAITING_SHARE))
    if result and result.get("extent"):
        upload["extent"] = result["extent"]
    _end(sandbox, execution, "FAILURE" if result is None else "SUCCESS")


async def _work(sandbox: Sandbox, upload: Entity, execution: Entity) -> dict | None:
    name = execution["check"]["name"]
    arguments = {"folder": str(sandbox.entrepot.entities.folder("uploads", upload["_id"]))}
    if name in _WITH_SRS:
        arguments["srs"] = upload["srs"]
    try:
        return await sandbox.entrepot.jobs.workers.run(
            _WORK[name], arguments, execution["private"]["logs"].append, sandbox.clock.offset
        )
    except Failed:
        return None


def _end(sandbox: Sandbox, execution: Entity, status: str) -> None:
    entities = sandbox.entrepot.entities
    execution.update(status=status, finish=entities.now())
    entities.save(execution)
    upload = entities.get("uploads", execution["upload"]["_id"])
    if upload is None or upload["status"] != "CHECKING":
        return
    states = {one["status"] for one in current(entities, upload)}
    if not states & {"WAITING", "PROGRESS"}:
        upload["status"] = "CLOSED" if states <= {"SUCCESS"} else "UNSTABLE"
        events.record(entities, upload, "Vérification", None)
