"""`/checks` (vérifications): what is checked, how it ended, why (contract 3.5)."""

from __future__ import annotations

from .api import Datastore
from .entities import Collection, Entity
from .logs import read_logs

checks = Collection("checks", Entity)
executions = Collection("checks/executions", Entity)


def logs(datastore: Datastore, execution: str) -> list[str]:
    """The lines that a check wrote."""
    return read_logs(datastore, executions.url(datastore, execution, "logs"))
