"""`/processings` and their executions (contract 3.6, 3.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

from .. import reading
from .api import Datastore
from .entities import Collection, Entity, id_of
from .logs import read_logs

CREATED, WAITING, PROGRESS, SUCCESS, FAILURE, ABORTED = STATUSES = (
    "CREATED", "WAITING", "PROGRESS", "SUCCESS", "FAILURE", "ABORTED",
)  # fmt: skip
FINAL = frozenset({SUCCESS, FAILURE, ABORTED})


class Processing(Entity):
    """A processing that the datastore may run; details come from `processings.get`."""

    @property
    def inputs(self) -> tuple[frozenset[str], frozenset[str]]:
        """Types of uploads and of stored data that it takes."""
        types = reading.mapping(self.raw.get("input_types"))
        return frozenset(reading.names(types.get("upload"))), frozenset(reading.names(types.get("stored_data")))

    @property
    def output(self) -> str:
        """The type of stored data, or of upload, that it makes."""
        made = reading.mapping(self.raw.get("output_type"))
        return reading.text(made.get("stored_data")) or reading.text(made.get("upload"))

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Its parameters by name: description, mandatory, default_value, constraints (JSON Schema)."""
        return {reading.text(entry.get("name")): entry for entry in reading.objects(self.raw.get("parameters"))}


class Execution(Entity):
    """One run of a processing. There is no progress but its status and logs."""

    @property
    def processing(self) -> str:
        return id_of(self.raw.get("processing"))

    @property
    def parameters(self) -> dict[str, Any]:
        """What it was given, defaults among it; as object or list (EA7)."""
        return reading.mapping(self.raw.get("parameters"))

    @property
    def output(self) -> tuple[str, str]:
        """`stored_data` or `upload`, and the id of what is made."""
        made = reading.mapping(self.raw.get("output"))
        for kind in ("stored_data", "upload"):
            found = id_of(made.get(kind))
            if found:
                return kind, found
        return "", ""


processings = Collection("processings", Processing, ("name", "description", "input_types", "output_types"))
executions = Collection("processings/executions", Execution)


def create(
    datastore: Datastore,
    processing: str,
    *,
    uploads: Iterable[str] = (),
    stored_data: Iterable[str] = (),
    output: Mapping[str, Any],
    parameters: Optional[Mapping[str, Any]] = None,
) -> Execution:
    """Declare an execution; its output is there from now on. `launch` starts it.

    `output` is `{"stored_data": {"name", "storage_tags"}}`, `{"stored_data": {"id"}}` to update, or the same with
    `upload`. Parameters that are levels are texts (contract 3.6).
    """
    given = {"upload": list(uploads), "stored_data": list(stored_data)}
    inputs = {name: ids for name, ids in given.items() if ids}
    body = {"processing": processing, "inputs": inputs, "output": dict(output), "parameters": dict(parameters or {})}
    return executions.create(datastore, body)


def launch(datastore: Datastore, execution: str) -> None:
    """CREATED to WAITING."""
    executions.act(datastore, execution, "launch")


def abort(datastore: Datastore, execution: str) -> None:
    """WAITING or PROGRESS to ABORTED, some time later."""
    executions.act(datastore, execution, "abort")


def logs(datastore: Datastore, execution: str) -> list[str]:
    """The lines that it wrote so far."""
    return read_logs(datastore, executions.url(datastore, execution, "logs"))
