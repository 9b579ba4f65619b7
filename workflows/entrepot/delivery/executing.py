"""Have the server process data: an execution is declared, launched once, waited for; what it made is told by its ids.

How an execution is doing is what its status says, never what its log does. A cancel aborts it on the server; the run
after that starts a new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, Optional

from ....client.entrepot import processings, stored_data, uploads
from ....client.entrepot.api import Datastore, Entrepot
from ....client.entrepot.processings import (
    CREATED,
    FINAL,
    PROGRESS,
    SUCCESS,
    WAITING,
    Execution,
    Processing,
)
from ....client.errors import Cancelled, Conflict, NotFound
from ....client.session import Session
from ....client.waiting import LIMIT, WaitedTooLong, wait
from ....i18n import _
from ...errors import InputError, Interrupted
from ...pages.writing import said_of
from ...watch import Watch
from .. import cartes
from ..acting import act_once, make_once
from ..ledger import Ledger, Made
from ..offices import Office
from ..states import state
from .closing import reasons, warnings_of
from .processing_parameters import as_declared

PATIENCE = LIMIT
"""Seconds that an execution may take."""
SECRETS = frozenset({"harvest_extras"})
"""Parameters that may hold a secret, which a server need not tell."""
_COLLECTIONS: dict[str, Any] = {"stored_data": stored_data.stored_data, "upload": uploads.uploads}


@dataclass(frozen=True)
class Executed:
    """An execution that came to a good end. `kind` is `stored_data` or `upload`, `output` the id of what it made.

    `now` says whether it was waited for in this run, and `warnings` what its log then warned of.
    """

    execution: str
    kind: str
    output: str
    now: bool
    warnings: tuple[str, ...] = ()

    @property
    def stored_data(self) -> str:
        """The id of the stored data it made, "" if it made none."""
        return self.output if self.kind == "stored_data" else ""


def execute(
    office: Office,
    ledger: Ledger,
    step: str,
    *,
    processing: Processing,
    uploads: Sequence[str] = (),
    stored_data: Sequence[str] = (),
    output: Mapping[str, Any],
    parameters: Mapping[str, Any],
    tags: Optional[Mapping[str, str]] = None,
    watch: Watch,
    again: bool = False,
) -> Executed:
    """Run a processing once, as step `step` of the ledger, whose members are `execution` and `stored_data` or `upload`.

    `output` and `parameters` as in `processings.create`; the parameters are checked against those of the processing
    first. `tags` are given to what it makes. `again` runs it anew even if it came to a good end before. Raises
    InputError with the reasons if it fails, Interrupted if it was stopped half-way.
    """
    sent = as_declared(processing, parameters)
    voice = watch.through(office.datastore.session)
    work = _Execution(office, ledger, step, processing, dict(output), voice)
    return work.run({"upload": list(uploads), "stored_data": list(stored_data)}, sent, dict(tags or {}), again)


class _Execution:
    def __init__(
        self, office: Office, ledger: Ledger, step: str, processing: Processing, output: dict[str, Any], watch: Watch
    ) -> None:
        self._ledger, self._step, self._watch = ledger, step, watch
        self._datastore, self._session = office.datastore, office.datastore.session
        self._processing, self._output = processing, output
        self._kind, self._wanted_output = next(iter(output.items()))
        self._found: Optional[Execution] = None
        self._farewell = _("Run the operation again to go on with “{name}”.")

    @property
    def _updates(self) -> bool:
        """Whether what it makes was there before."""
        return "id" in self._wanted_output

    def run(
        self, inputs: dict[str, list[str]], parameters: dict[str, Any], tags: dict[str, str], again: bool
    ) -> Executed:
        # a digest: parameters may hold the key of a service, and the ledger holds no secret
        digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()
        wanted = {"processing": self._processing.id, **inputs, "output": self._output, "parameters": digest}

        def create() -> Execution:
            return processings.create(
                self._datastore,
                self._processing.id,
                uploads=inputs["upload"],
                stored_data=inputs["stored_data"],
                output=self._output,
                parameters=parameters,
            )

        def look() -> Optional[Execution]:
            return self._look(inputs, parameters)

        def taken(execution: Execution) -> Made:
            self._found = self._read(execution.id) if not execution.output[1] else execution
            kind, id = self._found.output
            return {"execution": self._found.id, kind or self._kind: id}

        def find() -> Optional[Made]:
            execution = look()
            return None if execution is None else taken(execution)

        made = self._ledger.step(
            self._step,
            wanted,
            make=lambda: taken(make_once(self._session, create, look)),
            find=find,
            still=lambda made: self._still(made, again),
            leave=self._leave,
        )
        execution = self._found or self._read(made["execution"])
        if execution.status == SUCCESS:
            self._watch.info(_("“{name}” was done by an earlier run.").format(name=self._name()))
            return self._executed(execution, made, now=False)
        if execution.status == CREATED and tags:
            own = cartes.execution_tag(self._processing.output, execution.id)
            _COLLECTIONS[self._kind].tag(self._datastore, made[self._kind], {**tags, **own})
        return self._to_its_end(execution, made, wanted)

    # ------------------------------------------------------------------ what an earlier run left

    def _still(self, made: Made, again: bool) -> bool:
        """Whether the execution of an earlier run can be gone on with."""
        execution = self._left(made)
        if execution is None:
            return False
        if execution.status in (SUCCESS, CREATED, WAITING, PROGRESS):
            self._found = execution
            return execution.status != SUCCESS or (not again and self._is_good(made))
        self._discard(made)
        return False

    def _leave(self, made: Made) -> None:
        """The execution of an earlier run that was for something else: of what never began or failed nothing stays."""
        execution = self._left(made)
        if execution is None or execution.status == SUCCESS:
            return
        if execution.status in (WAITING, PROGRESS):
            self._watch.warn(
                _(
                    "An earlier run of “{name}” with other values still runs on the server ({id}): if you do not need "
                    "what it makes, abort it with “Follow an execution”."
                ).format(name=self._name(), id=execution.id)
            )
            return
        if execution.status == CREATED:
            with suppress(NotFound, Conflict):
                processings.executions.delete(self._datastore, execution.id)
        earlier = self._ledger.wanted(self._step) or {}
        if not any("id" in output for output in earlier.get("output", {}).values()):  # data that was there before
            self._delete(made)

    def _left(self, made: Made) -> Optional[Execution]:
        """The execution of an earlier run, at its end if it was aborted; None if it is gone."""
        try:
            execution = self._read(made["execution"])
        except NotFound:
            return None
        return self._wait(execution.id) if made.get("aborted") and execution.status not in FINAL else execution

    def _is_good(self, made: Made) -> bool:
        """Whether what it made is there."""
        try:
            status = _COLLECTIONS[self._kind].get(self._datastore, made[self._kind]).status
        except NotFound:
            return False
        return status not in ("DELETED", "UNSTABLE")

    def _look(self, inputs: Mapping[str, list[str]], parameters: Mapping[str, Any]) -> Optional[Execution]:
        """The execution whose creation was not answered: it is not launched yet, and makes what is wanted here."""
        filters: dict[str, Any] = {f"input_{kind}": ids[0] for kind, ids in inputs.items() if ids}
        listed = processings.executions.list(self._datastore, processing=self._processing.id, status=CREATED, **filters)
        for entry in listed:
            execution = self._read(entry.id)
            made = execution.raw.get("output", {}).get(self._kind) or {}
            of_this = made.get("_id") == self._wanted_output["id"] if self._updates else self._is_named(made)
            if of_this and execution.status == CREATED and self._is_told(execution, parameters):
                return execution
        return None

    def _is_told(self, execution: Execution, parameters: Mapping[str, Any]) -> bool:
        """Whether an execution has these parameters, and else the default ones."""
        if execution.raw.get("parameters") is None:
            return True
        known, told = self._processing.parameters, execution.parameters
        names = {*told, *parameters} - SECRETS
        wished = {name: parameters.get(name, known.get(name, {}).get("default_value")) for name in names}
        return all(_alike(told.get(name), value) for name, value in wished.items())

    def _is_named(self, made: Mapping[str, Any]) -> bool:
        return bool(made.get("name") == self._wanted_output.get("name"))

    # ------------------------------------------------------------------ running

    def _to_its_end(self, execution: Execution, made: Made, wanted: dict[str, Any]) -> Executed:
        def abort(session: Session) -> None:
            there = Datastore(Entrepot(session, self._datastore.api.root), self._datastore.id)
            processings.abort(there, execution.id)

        def aborted(error: Optional[Exception]) -> None:
            if error is None:
                self._ledger.note(self._step, wanted, {**made, "aborted": True}, done=True)
                self._farewell = _("“{name}” is aborted on the server; run the operation again to start it anew.")
            elif isinstance(error, Conflict):  # not launched yet, or at its end
                self._farewell = _("“{name}” is not running on the server; run the operation again to go on with it.")
            else:
                self._farewell = _(
                    "“{name}” is still running on the server, which could not be told to abort it: run the operation "
                    "again to go on with it, or abort it with “Follow an execution”."
                )

        try:
            with self._session.last_words(abort, aborted):
                if execution.status == CREATED:
                    act_once(
                        self._datastore, processings.executions, execution.id, "launch", lambda now: now != CREATED
                    )
                ended = self._wait(execution.id)
        except Cancelled as cancelled:
            raise Interrupted(self._farewell.format(name=self._name())) from cancelled
        if ended.status != SUCCESS:
            self._fail(ended, made)
        return self._executed(ended, made, now=True)

    def _wait(self, id: str) -> Execution:
        """The execution when it has come to an end; each of its states is told once."""
        told: list[str] = []

        def tell(execution: Execution) -> None:
            if execution.status not in told:
                told.append(execution.status)
                now = state(execution.status)
                self._watch.info(_("“{name}”: {state}.").format(name=self._name(), state=now))
                self._watch.progress(_step_of(execution.status), len(_WAY))

        try:
            return wait(
                self._session, lambda: self._read(id), lambda found: found.status in FINAL, told=tell, limit=PATIENCE
            )
        except WaitedTooLong as error:
            raise InputError(
                _(
                    "“{name}” has not come to an end after {hours:.0f} hours: {state}. It goes on. Run the operation "
                    "again to go on waiting, or abort it with “Follow an execution” ({id})."
                ).format(name=self._name(), hours=PATIENCE / 3600, state=state(told[-1]), id=id)
            ) from error

    def _fail(self, execution: Execution, made: Made) -> NoReturn:
        why = reasons(processings.logs(self._datastore, execution.id))
        self._discard(made)
        self._ledger.undo(self._step)
        sentence = _("“{name}” {state} on the server: {reasons}.").format(
            name=self._name(),
            state=state(execution.status),
            reasons="; ".join(why[:5]).rstrip(".") or _("its log says nothing"),
        )
        if self._updates:
            sentence += " " + _("The data that it was to change is UNSTABLE now: services that use it may be down.")
        raise InputError(f"{sentence} " + _("Correct what it complains of, then run the operation again."))

    def _discard(self, made: Made) -> None:
        """What a failed execution leaves of what it was to make is of no use to anybody."""
        if not self._updates:
            self._delete(made)

    def _delete(self, made: Made) -> None:
        for kind, collection in _COLLECTIONS.items():
            if made.get(kind):
                with suppress(NotFound, Conflict):
                    collection.delete(self._datastore, made[kind])

    def _executed(self, execution: Execution, made: Made, *, now: bool) -> Executed:
        warnings = warnings_of(processings.logs(self._datastore, execution.id)) if now else ()
        for warning in warnings:
            self._watch.warn(said_of(self._name(), warning))
        return Executed(execution.id, self._kind, made[self._kind], now, warnings)

    def _read(self, id: str) -> Execution:
        return processings.executions.get(self._datastore, id)

    def _name(self) -> str:
        return self._processing.name


_WAY = (CREATED, WAITING, PROGRESS, SUCCESS)
"""There is no numeric progress (contract 3.7): a state is how far it is."""


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are the same to a server, which may tell a number as a text and nothing as an empty list."""
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if value is None or value == [] or value == {}:
        return ""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return str(value).lower() if isinstance(value, bool) else str(value)


def _step_of(status: str) -> int:
    return _WAY.index(status) + 1 if status in _WAY else 0
