"""Who uses an upload or a stored data, so that it must stay as it is (contract 3.4, 3.7, 3.8, EA13)."""

from __future__ import annotations

from .entities import Entities, Entity
from .wire import conflict

RUNNING = ("WAITING", "PROGRESS")
_MEMBERS = ("inputs", "outputs")


def executions_on(entities: Entities, id_: str, members: tuple[str, ...] = _MEMBERS) -> list[Entity]:
    """The executions that have this upload or stored data among their inputs, or as output."""
    every = entities.all("executions")
    return [execution for execution in every if any(id_ in execution["private"][member] for member in members)]


def require_unused(entities: Entities, entity: Entity) -> None:
    """409 while an execution runs on it (EA13: inputs are locked from the launch on)."""
    for execution in executions_on(entities, entity["_id"]):
        if execution["status"] in RUNNING:
            raise conflict(f"Utilisé par l'exécution {execution['_id']}, dans l'état {execution['status']}")
