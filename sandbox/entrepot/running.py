"""Executions of processings as time passes, and what becomes of their outputs (contract 3.7)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from . import events, logs, orders, quota
from .entities import Entities, Entity
from .work.pool import Failed

if TYPE_CHECKING:
    from ..app import Sandbox

KIND = "executions"
FINAL = ("SUCCESS", "FAILURE", "ABORTED")
_WAITING_SHARE = 0.2  # of the time that an execution takes


def output_of(entities: Entities, execution: Entity) -> Entity | None:
    """The stored data or the upload that it makes or changes, None if that was deleted."""
    id_ = execution["private"]["outputs"][0]
    output = entities.get("stored_data", id_) or entities.get("uploads", id_)
    return None if output is None or output["status"] == "DELETED" else output


def launch(sandbox: Sandbox, execution: Entity, output: Entity) -> None:
    """From CREATED on."""
    entities = sandbox.entrepot.entities
    output["status"] = "MODIFYING" if execution["private"]["updates"] else "GENERATING"
    entities.save(output)
    execution.update(status="WAITING", launch=entities.now())
    entities.save(execution)
    sandbox.entrepot.jobs.start(execution["_id"], _run(sandbox, execution, output))


def abort(sandbox: Sandbox, execution: Entity) -> None:
    """A little later it is ABORTED."""
    sandbox.entrepot.jobs.stop(execution["_id"])
    sandbox.entrepot.jobs.start(execution["_id"], _abort(sandbox, execution))


async def _abort(sandbox: Sandbox, execution: Entity) -> None:
    await asyncio.sleep(max(sandbox.entrepot.settings.execution_seconds, 0) * _WAITING_SHARE)
    logs.told(sandbox, execution, ["Exécution interrompue"], "WARNING")
    end(sandbox, execution, "ABORTED")


def resume(sandbox: Sandbox) -> None:
    """Begin again what ran when the sandbox stopped: what is unfinished is in no output yet."""
    entities = sandbox.entrepot.entities
    for execution in entities.all(KIND):
        output = output_of(entities, execution)
        if execution["status"] in ("WAITING", "PROGRESS") and output is not None:
            execution["private"]["logs"] = []
            sandbox.entrepot.jobs.start(execution["_id"], _run(sandbox, execution, output))


async def _run(sandbox: Sandbox, execution: Entity, output: Entity) -> None:
    entities, seconds = sandbox.entrepot.entities, sandbox.entrepot.settings.execution_seconds
    await asyncio.sleep(max(seconds, 0) * _WAITING_SHARE)
    execution.update(status="PROGRESS", start=entities.now())
    entities.save(execution)
    fault = sandbox.faults.take("execution", execution["processing"]["name"], execution["processing"]["_id"])
    if fault is not None:
        logs.told(sandbox, execution, fault["logs"])
        entities.save(execution)
        if fault["status"] == "PROGRESS":
            return
        status = fault["status"]
    else:
        status = "SUCCESS" if await _work(sandbox, execution, output) else "FAILURE"
    if seconds < 0:
        return
    await asyncio.sleep(seconds * (1 - _WAITING_SHARE))
    end(sandbox, execution, status)


async def _work(sandbox: Sandbox, execution: Entity, output: Entity) -> bool:
    """Whether it was done; the output then knows what it holds."""
    entities, tell = sandbox.entrepot.entities, execution["private"]["logs"].append
    name, arguments = orders.order(entities, execution, output)
    try:
        result = await sandbox.entrepot.jobs.workers.run(name, arguments, tell, sandbox.clock.offset)
    except Failed:
        return False
    result = {member: value for member, value in result.items() if value is not None}
    if not _fits(entities, output, result.get("size", 0)):
        logs.told(sandbox, execution, ["Quota du stockage dépassé"])
        return False
    output.update(result)
    return True


def _fits(entities: Entities, output: Entity, size: int) -> bool:
    storage = entities.get("storage", output["private"].get("storage", ""))
    datastore = entities.get("datastore", entities.datastore_of(output["_id"]) or "")
    if storage is None or datastore is None:
        return True
    used = quota.storage_use(entities, datastore, storage) - (output.get("size") or 0)
    return used + size <= quota.storage_quota(datastore, storage)


def end(sandbox: Sandbox, execution: Entity, status: str) -> None:
    entities = sandbox.entrepot.entities
    execution.update(status=status, finish=entities.now())
    entities.save(execution)
    output = output_of(entities, execution)
    if output is None:
        return
    done = "CLOSED" if entities.get("uploads", output["_id"]) else "GENERATED"
    output["status"] = done if status == "SUCCESS" else "UNSTABLE"
    events.record(entities, output, "Modification" if execution["private"]["updates"] else "Génération", None)
