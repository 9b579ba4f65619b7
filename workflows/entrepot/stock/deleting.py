"""Things deleted with all that depends on them, in the order of a plan (contract 3.13, recipe g).

What cannot be deleted is told with the reason, and the rest goes on. The ledger keeps the plan, so that a run that was
stopped goes on with what would not be found again: the styles of a configuration that is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Callable, Optional

from ....client.entrepot import checks, files, processings, stored_data, uploads
from ....client.entrepot.configurations import configurations, offerings
from ....client.entrepot.entities import Collection, Entity
from ....client.entrepot.processings import CREATED, FINAL, PROGRESS, WAITING
from ....client.errors import Cancelled, Conflict, NotFound, ServiceError
from ....client.waiting import WaitedTooLong, wait
from ....i18n import N_, _, ngettext
from ....store.store import Store
from ...errors import InputError, Interrupted
from ...pages.report import Fact, Report, Section, Table, Tag
from ...pages.writing import said_of
from ...watch import Watch
from ..ledger import Ledger, sole_run
from ..offices import Office
from ..services import clearing
from ..services.offered import NOBODY_ANSWERS, take_away
from ..states import state
from .deletion_plan import (
    ACTION_WORDS,
    DATA,
    EVERYTHING,
    KEEP,
    KIND_WORDS,
    KINDS,
    SERVICE,
    SHEET,
    UPLOAD,
    Plan,
    Row,
    plan,
)

__all__ = [
    "COLUMNS",
    "DATA",
    "EVERYTHING",
    "KINDS",
    "SERVICE",
    "SHEET",
    "UPLOAD",
    "Deleted",
    "Plan",
    "Row",
    "delete",
    "go_through",
    "plan",
    "planned",
    "resumed",
]  # fmt: skip

PLANNED, DELETED, GONE, KEPT, FAILED = OUTCOMES = ("planned", "deleted", "gone", "kept", "failed")
OUTCOME_WORDS = {
    PLANNED: N_("planned"),
    DELETED: N_("deleted"),
    GONE: N_("gone already"),
    KEPT: N_("kept"),
    FAILED: N_("could not be deleted"),
}
COLUMNS = (
    ("number", "integer"),
    ("action", "text"),
    ("action_label", "text"),
    ("kind", "text"),
    ("kind_label", "text"),
    ("name", "text"),
    ("type", "text"),
    ("status", "text"),
    ("status_label", "text"),
    ("size", "integer"),
    ("note", "text"),
    ("outcome", "text"),
    ("outcome_label", "text"),
    ("detail", "text"),
    ("id", "text"),
)
PATIENCE = 1800.0
"""Seconds that the server may take to do away with one thing."""
AT_ONCE = 4
_STEP = "plan"


@dataclass(frozen=True)
class Line:
    """What became of a row: one of OUTCOMES, and why if it is still there."""

    row: Row
    outcome: str
    detail: str = ""


@dataclass(frozen=True)
class Deleted:
    """What became of a plan, or the plan alone while nothing was done."""

    plan: Plan
    lines: tuple[Line, ...]

    def count(self, *outcomes: str) -> int:
        """Rows with one of these outcomes."""
        return sum(line.outcome in outcomes for line in self.lines)

    def rows(self) -> list[tuple[Any, ...]]:
        """As rows of COLUMNS."""
        return [
            (
                number,
                line.row.action,
                _(ACTION_WORDS[line.row.action]),
                line.row.kind,
                _(KIND_WORDS[line.row.kind]),
                line.row.name,
                line.row.type or None,
                line.row.status or None,
                state(line.row.status) or None,
                line.row.size,
                line.row.note or None,
                line.outcome,
                _(OUTCOME_WORDS[line.outcome]),
                line.detail or None,
                line.row.id,
            )
            for number, line in enumerate(self.lines, 1)
        ]

    def numbers(self) -> dict[str, int]:
        """The counts as outputs."""
        return {
            "PLANNED_COUNT": len(self.plan.doomed),
            "DELETED_COUNT": self.count(DELETED),
            "GONE_COUNT": self.count(GONE),
            "KEPT_COUNT": self.count(KEPT),
            "FAILED_COUNT": self.count(FAILED),
            "FREED_BYTES": sum(line.row.size or 0 for line in self.lines if line.outcome in (DELETED, PLANNED)),
        }

    def sentences(self) -> list[str]:
        """What to tell the user, the outcome last."""
        plan = self.plan
        told = [_("{what} stays: {why}").format(what=line.row.title, why=line.detail or line.row.note)
                for line in self.lines if line.outcome == KEPT]  # fmt: skip
        if not plan.doomed:
            told.append(_("There is nothing to delete."))
        elif self.count(PLANNED):
            told.append(
                ngettext("{n} thing would be deleted.", "{n} things would be deleted.", len(plan.doomed))
                + " "
                + _("Nothing was deleted: to delete, run the operation again with “Only show the plan” switched off.")
            )
        elif self.count(FAILED):
            told.append(
                ngettext("{n} thing could not be deleted.", "{n} things could not be deleted.", self.count(FAILED))
                + " "
                + _("Run the operation again later to go on.")
            )
        else:
            told.append(ngettext("{n} thing is deleted.", "{n} things are deleted.", self.count(DELETED, GONE)))
        return told

    def report(self) -> Report:
        """As a page."""
        if all(line.outcome in (PLANNED, KEPT) for line in self.lines):
            return self.plan.report()
        tones = {DELETED: "good", GONE: "good", KEPT: "muted", FAILED: "bad"}
        return Report(
            title=_("Deleted with “{name}”").format(name=self.plan.name),
            facts=[
                Fact(_("Deleted"), self.count(DELETED, GONE), "good"),
                Fact(_("Kept"), self.count(KEPT), "muted"),
                Fact(_("Could not be deleted"), self.count(FAILED), "bad" if self.count(FAILED) else "muted"),
            ],
            sections=[
                Section(
                    _("What was done"),
                    table=Table(
                        (_("No."), _("What"), _("Name"), _("Outcome"), _("Detail")),
                        [
                            (
                                number,
                                _(KIND_WORDS[line.row.kind]),
                                line.row.name,
                                Tag(_(OUTCOME_WORDS[line.outcome]), tones[line.outcome]),
                                line.detail,
                            )
                            for number, line in enumerate(self.lines, 1)
                        ],
                        kinds=("number", "text", "name", "", "text"),
                    ),
                )
            ],
        )


def go_through(office: Office, store: Store, kind: str, given: str, plan_only: bool, watch: Watch) -> Deleted:
    """Plan, with what an earlier run left over, and unless it is for the plan alone, delete. As `plan` and `delete`.

    Raises StoreBusy while another run deletes the same.
    """
    session, name = office.datastore.session, f"delete {kind}: {given.strip()}"
    with sole_run(session, store, office.service, office.id, name) as ledger:
        return _gone_through(office, ledger, kind, given, plan_only, watch)


def _gone_through(office: Office, ledger: Ledger, kind: str, given: str, plan_only: bool, watch: Watch) -> Deleted:
    left = bool(ledger.noted(_STEP))
    try:
        made = plan(office, kind, given)
    except InputError:
        if not left:  # what was asked for is gone, but not all that belonged to it
            raise
        made = Plan(kind, given.strip(), ())
    made = resumed(office, made, ledger)
    return planned(made) if plan_only else delete(office, made, watch, ledger)


def planned(plan: Plan) -> Deleted:
    """A plan of which nothing is done."""
    return Deleted(plan, tuple(Line(row, KEPT if row.action == KEEP else PLANNED) for row in plan.rows))


def resumed(office: Office, plan: Plan, ledger: Ledger) -> Plan:
    """The plan, with what an earlier run that was stopped had still to delete and nobody would find again."""
    known = {row.id for row in plan.rows}
    left = [
        Row(kind, id, name, note=_("Left over by an earlier run."))
        for kind, id, name in ledger.noted(_STEP).get("rows", [])
        if id not in known and _is_there(office, kind, id)
    ]
    return replace(plan, rows=tuple(sorted([*plan.rows, *left], key=lambda row: row.stage)))


def _is_there(office: Office, kind: str, id: str) -> bool:
    """Whether there is still something to delete; an execution that is over is not."""
    try:
        status = str(_COLLECTIONS[kind].get(office.datastore, id).status)
    except NotFound:
        return False
    return status not in ("DELETED", *FINAL)


def delete(office: Office, plan: Plan, watch: Watch, ledger: Optional[Ledger] = None) -> Deleted:
    """Do what a plan says, in its order; what belongs to one stage goes together.

    Raises Interrupted if it is cancelled, or if the server cannot be reached any more: run again, it goes on.
    """
    work = _Deletion(office, plan, watch)
    if ledger is not None:
        rows = [[row.kind, row.id, row.name] for row in plan.doomed]
        ledger.note(_STEP, {}, {"rows": rows})
    done = work.run()
    if ledger is not None and not done.count(FAILED):
        ledger.undo(_STEP)
    return done


class _Deletion:
    """A plan being carried out."""

    def __init__(self, office: Office, plan: Plan, watch: Watch) -> None:
        self.office, self.plan = office, plan
        self.watch = watch.through(office.datastore.session)
        self.lines: dict[str, Line] = {}

    def run(self) -> Deleted:
        total = len(self.plan.rows)
        try:
            for _stage, rows in groupby(self.plan.rows, key=lambda row: row.stage):
                for line in self._stage(list(rows)):
                    self.lines[line.row.id] = line
                    self.watch.progress(len(self.lines), total)
                    if line.outcome == FAILED:
                        self.watch.warn(said_of(line.row.title, line.detail))
        except (Cancelled, *NOBODY_ANSWERS) as error:
            count = Deleted(self.plan, tuple(self.lines.values())).count(DELETED)
            raise Interrupted(
                ngettext(
                    "{n} of {total} was deleted before; run the operation again to go on.",
                    "{n} of {total} were deleted before; run the operation again to go on.",
                    count,
                    total=len(self.plan.doomed),
                )
            ) from error
        return Deleted(self.plan, tuple(self.lines[row.id] for row in self.plan.rows))

    def _stage(self, rows: list[Row]) -> Iterator[Line]:
        """What can go together, several at once."""
        session = self.office.datastore.session
        yield from session.in_parallel(self._line, rows, AT_ONCE)

    def _line(self, row: Row) -> Line:
        if row.action == KEEP:
            return Line(row, KEPT, row.note)
        held = next((self.lines[id] for id in row.after if id in self.lines and self.lines[id].outcome == FAILED), None)
        if held is not None:
            return Line(row, FAILED, _("{what} is still there.").format(what=held.row.title))
        try:
            return _ACTS[row.kind](self.office, row)
        except NotFound:
            return Line(row, GONE)
        except NOBODY_ANSWERS:
            raise
        except WaitedTooLong:
            return Line(row, FAILED, _("The server has not done it yet: look again later."))
        except (ServiceError, InputError) as error:
            return Line(row, FAILED, self.watch.explain(error))


def _offering(office: Office, row: Row) -> Line:
    offerings.get(office.datastore, row.id)
    take_away(office, row.id)
    return Line(row, DELETED)


def _configuration(office: Office, row: Row) -> Line:
    configurations.get(office.datastore, row.id)
    clearing.delete_configuration(office, row.id)
    return Line(row, DELETED)


def _static(office: Office, row: Row) -> Line:
    try:
        files.statics.delete(office.datastore, row.id)
    except Conflict:
        return Line(row, KEPT, _("Another service uses it."))
    return Line(row, DELETED)


def _annexe(office: Office, row: Row) -> Line:
    files.annexes.delete(office.datastore, row.id)
    return Line(row, DELETED)


def _metadata(office: Office, row: Row) -> Line:
    record = files.metadata.get(office.datastore, row.id)
    for endpoint in record.endpoints:
        files.publish_metadata(office.datastore, [record.file_identifier], endpoint, publish=False)
    files.metadata.delete(office.datastore, row.id)
    return Line(row, DELETED)


def _upload(office: Office, row: Row) -> Line:
    return _entity(office, row, uploads.uploads, uploads.IDLE)


def _stored_data(office: Office, row: Row) -> Line:
    return _entity(office, row, stored_data.stored_data, stored_data.IDLE)


def _entity(office: Office, row: Row, collection: Collection[Any], idle: frozenset[str]) -> Line:
    """Deleted as soon as nothing is being done with it, and waited for: others depend on it."""
    session = office.datastore.session

    def read() -> Optional[Entity]:
        try:
            found: Entity = collection.get(office.datastore, row.id)
        except NotFound:
            return None
        return found

    def gone(entity: Optional[Entity]) -> bool:
        return entity is None or entity.status == "DELETED"

    def still(entity: Optional[Entity]) -> bool:
        return gone(entity) or (entity is not None and entity.status in idle)

    now = wait(session, read, still, limit=PATIENCE)
    if gone(now):
        return Line(row, GONE)
    collection.delete(office.datastore, row.id)
    wait(session, read, gone, limit=PATIENCE)
    return Line(row, DELETED)


def _execution(office: Office, row: Row) -> Line:
    """EA20: one that was not launched is deleted, another one aborted."""
    datastore = office.datastore
    status = processings.executions.get(datastore, row.id).status
    if status in FINAL:
        return Line(row, GONE)
    if status == CREATED:
        try:
            processings.executions.delete(datastore, row.id)
            return Line(row, DELETED)
        except Conflict:
            pass  # a server that wants it aborted
    try:
        processings.abort(datastore, row.id)
    except Conflict:
        if processings.executions.get(datastore, row.id).status in FINAL:
            return Line(row, GONE)  # it ended just before
        raise
    wait(
        datastore.session,
        lambda: processings.executions.get(datastore, row.id),
        lambda execution: execution.status in FINAL,
        limit=PATIENCE,
    )
    return Line(row, DELETED)


def _check(office: Office, row: Row) -> Line:
    """One that waits cannot be stopped before it is in progress (contract 3.4)."""
    datastore = office.datastore
    started = wait(
        datastore.session,
        lambda: checks.executions.get(datastore, row.id),
        lambda check: check.status != WAITING,
        limit=PATIENCE,
    )
    if started.status != PROGRESS:
        return Line(row, GONE)
    checks.executions.delete(datastore, row.id)
    return Line(row, DELETED)


_COLLECTIONS: dict[str, Collection[Any]] = {
    "offering": offerings,
    "configuration": configurations,
    "static": files.statics,
    "annexe": files.annexes,
    "metadata": files.metadata,
    "upload": uploads.uploads,
    "stored_data": stored_data.stored_data,
    "execution": processings.executions,
    "check": checks.executions,
}
_ACTS: dict[str, Callable[[Office, Row], Line]] = {
    "offering": _offering,
    "configuration": _configuration,
    "static": _static,
    "annexe": _annexe,
    "metadata": _metadata,
    "upload": _upload,
    "stored_data": _stored_data,
    "execution": _execution,
    "check": _check,
}
