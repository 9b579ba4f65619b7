"""How something on the server is doing, by its id: an execution, a check, or a delivery with its checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ....client import reading
from ....client.entrepot import checks, processings, uploads
from ....client.entrepot.entities import Collection, Entity
from ....client.entrepot.logs import line_of
from ....client.entrepot.processings import FINAL, PROGRESS, WAITING, Execution
from ....client.entrepot.uploads import CHECKING, CLOSED
from ....client.errors import Cancelled, Conflict, NotFound, shortened
from ....client.waiting import WaitedTooLong, wait
from ....i18n import N_, _
from ...errors import InputError, Interrupted
from ...pages.report import Fact, Report, Section, Table, Tag
from ...watch import Watch
from .. import finding
from ..offices import Office
from ..states import state
from ..stock.deletion_plan import RIGHT_FOR
from .executing import PATIENCE

EXECUTION, CHECK, UPLOAD = KINDS = ("execution", "check", "upload")
KIND_WORDS = {EXECUTION: N_("Execution"), CHECK: N_("Check"), UPLOAD: N_("Delivery")}
LONGEST_LINE = 2000
TONES = {"ERROR": "bad", "CRITICAL": "bad", "FATAL": "bad", "WARNING": "warning", "WARN": "warning"}
COLUMNS = (("source", "text"), ("number", "integer"), ("level", "text"), ("message", "text"))
"""Of the table of lines."""


@dataclass(frozen=True)
class Line:
    """A line of a log: `source` is the name of the execution or check that wrote it."""

    source: str
    number: int
    level: str
    message: str


@dataclass(frozen=True)
class Followed:
    """One thing and how it is doing. `made` is what an execution makes: (`stored_data` or `upload`, id)."""

    kind: str
    id: str
    name: str
    status: str
    lines: tuple[Line, ...]
    made: tuple[str, str] = ("", "")
    dates: tuple[tuple[str, datetime], ...] = ()

    @property
    def failed(self) -> bool:
        """Whether it came to a bad end."""
        return self.status in (processings.FAILURE, processings.ABORTED, uploads.UNSTABLE)

    @property
    def ended(self) -> bool:
        return self.failed or self.status in (processings.SUCCESS, CLOSED)

    def count(self, tone: str) -> int:
        """Lines whose level is of this tone: `bad` or `warning`."""
        return sum(TONES.get(line.level) == tone for line in self.lines)

    @property
    def state(self) -> str:
        """The status in words."""
        return state(self.status)

    @property
    def stored_data(self) -> str:
        """The id of the stored data that it makes, "" for none."""
        return self.made[1] if self.made[0] == "stored_data" else ""

    @property
    def upload(self) -> str:
        """The id of the delivery that it makes, or is; "" for none."""
        return self.id if self.kind == UPLOAD else self.made[1] if self.made[0] == "upload" else ""

    def sentence(self) -> str:
        """How it is doing, and the last thing that it complained of if it came to a bad end."""
        said = _sentence(self.kind, self.name, self.status)
        errors = [line.message for line in self.lines if TONES.get(line.level) == "bad"]
        return f"{said} {errors[-1]}" if self.failed and errors else said

    def rows(self) -> list[tuple[object, ...]]:
        """As rows of COLUMNS."""
        return [(line.source, line.number, line.level or None, line.message) for line in self.lines]

    def report(self) -> Report:
        """As a page."""
        tone = "bad" if self.failed else "good" if self.ended else "warning"
        return Report(
            title=self.name,
            subtitle=_(KIND_WORDS[self.kind]),
            facts=[
                Fact(_("Status"), self.state, tone, note=self.status),
                Fact(_("Errors"), self.count("bad"), "bad" if self.count("bad") else "muted"),
                Fact(_("Warnings"), self.count("warning"), "warning" if self.count("warning") else "muted"),
                Fact(_("Lines"), len(self.lines)),
            ],
            sections=[
                Section(_("When"), table=Table((_("What"), _("Date")), self.dates, kinds=("", "time"))),
                Section(
                    _("Log"),
                    table=Table(
                        (_("Source"), _("Line"), _("Level"), _("Message")),
                        [
                            (line.source, line.number, Tag(line.level, TONES.get(line.level, "muted")), line.message)
                            for line in self.lines
                        ],
                        kinds=("name", "number", "", "text"),
                        empty=_("Nothing was written."),
                    ),
                ),
            ],
            about={_("Id"): self.id},
        )


def follow(office: Office, given: str, *, to_the_end: bool = False, abort: bool = False, watch: Watch) -> Followed:
    """How what has this id, or the delivery of this name, is doing.

    `abort` stops it first, `to_the_end` waits for its end. Raises InputError if there is nothing of this id in the
    datastore, or if it cannot be aborted, by this account or at all.
    """
    voice = watch.through(office.datastore.session)
    kind, found = _find(office, given)
    if abort:
        _abort(office, kind, found, voice)
        found = _read(office, kind, found.id)
    if to_the_end:
        found = _to_the_end(office, kind, found, voice)
    return _followed(office, kind, found)


def _find(office: Office, given: str) -> tuple[str, Entity]:
    id = finding.id_in(given)
    if id is None:  # only deliveries have names
        return UPLOAD, finding.one(office, uploads.uploads, finding.UPLOADS, given)
    for kind in KINDS:
        try:
            return kind, _read(office, kind, id)
        except NotFound:
            continue
    raise InputError(
        _("There is no execution, check or delivery “{id}” in the datastore “{name}”.").format(
            id=id, name=office.info.name
        )
    )


def _read(office: Office, kind: str, id: str) -> Entity:
    return _COLLECTIONS[kind].get(office.datastore, id)


_COLLECTIONS: dict[str, Collection[Entity]] = {
    EXECUTION: processings.executions,  # type: ignore[dict-item]
    CHECK: checks.executions,
    UPLOAD: uploads.uploads,  # type: ignore[dict-item]
}


def _running(kind: str, found: Entity) -> bool:
    if kind == UPLOAD:
        return found.status in (CHECKING, "GENERATING", "MODIFYING")
    return found.status not in FINAL and found.status != processings.CREATED


def _to_the_end(office: Office, kind: str, found: Entity, watch: Watch) -> Entity:
    told: list[str] = []

    def tell(now: Entity) -> None:
        if now.status not in told:
            told.append(now.status)
            watch.info(_sentence(kind, _name(kind, now), now.status))

    try:
        return wait(
            office.datastore.session,
            lambda: _read(office, kind, found.id),
            lambda now: not _running(kind, now),
            told=tell,
            limit=PATIENCE,
        )
    except WaitedTooLong as error:
        raise InputError(
            _("It has not come to an end after {hours:.0f} hours. It goes on: run the operation again.").format(
                hours=PATIENCE / 3600
            )
        ) from error
    except Cancelled as cancelled:
        raise Interrupted(_("It continues on the server. Run the operation again to follow it.")) from cancelled


def _abort(office: Office, kind: str, found: Entity, watch: Watch) -> None:
    datastore = office.datastore
    office.need(RIGHT_FOR[kind])
    if not _running(kind, found) and not (kind == EXECUTION and found.status == processings.CREATED):
        raise _nothing_to_abort(kind, found)
    if kind == UPLOAD and found.status != CHECKING:
        raise _made_by_executions(office, found)
    try:
        if kind == EXECUTION:
            processings.abort(datastore, found.id)
        else:
            told = [_stop_check(office, id) for id in ([found.id] if kind == CHECK else _checks_of(office, found.id))]
            if not any(told):  # they came to their end just before
                raise _nothing_to_abort(kind, _read(office, kind, found.id))
    except Conflict as error:
        raise InputError(
            _("“{name}” cannot be aborted now: {why}").format(name=_name(kind, found), why=error.server_message)
        ) from error
    watch.info(_("“{name}” was told to abort.").format(name=_name(kind, found)))


def _nothing_to_abort(kind: str, found: Entity) -> InputError:
    return InputError(
        _("“{name}” is not running ({status}): there is nothing to abort.").format(
            name=_name(kind, found), status=found.status
        )
    )


def _made_by_executions(office: Office, upload: Entity) -> InputError:
    """The sentence that a delivery is written by executions, which are what can be aborted."""
    ids = [
        execution.id
        for status in (WAITING, PROGRESS)
        for execution in processings.executions.list(office.datastore, output_upload=upload.id, status=status)
    ]
    return InputError(
        _(
            "“{name}” is {status}: an execution writes it, and no check runs. Nothing was aborted: to stop it, give "
            "the id of the execution ({ids})."
        ).format(name=upload.name, status=upload.status, ids=", ".join(ids) or "–")
    )


def _checks_of(office: Office, upload: str) -> list[str]:
    found = uploads.checks(office.datastore, upload)
    return [execution for execution, _name in (*found.in_progress, *found.asked)]


def _stop_check(office: Office, execution: str) -> bool:
    """Whether it was stopped. A check that waits cannot be before it is in progress (contract 3.4)."""
    started = wait(
        office.datastore.session,
        lambda: checks.executions.get(office.datastore, execution),
        lambda check: check.status != WAITING,
        limit=PATIENCE,
    )
    if started.status != PROGRESS:
        return False
    checks.executions.delete(office.datastore, execution)
    return True


def _sentence(kind: str, name: str, status: str) -> str:
    return _("{kind} “{name}”: {state}.").format(kind=_(KIND_WORDS[kind]), name=name, state=state(status))


def _name(kind: str, found: Entity) -> str:
    about = found.raw.get({EXECUTION: "processing", CHECK: "check"}.get(kind, ""))
    return str(about.get("name") or found.id) if isinstance(about, dict) else found.name or found.id


def _followed(office: Office, kind: str, found: Entity) -> Followed:
    sources: list[tuple[str, str]] = [(_name(kind, found), found.id)]
    if kind == UPLOAD:
        outcomes = uploads.checks(office.datastore, found.id)
        sources = [(name, id) for group in outcomes for id, name in group]
    read = processings.logs if kind == EXECUTION else checks.logs
    lines = [line for name, id in sources for line in _lines(name, read(office.datastore, id))]
    labels = (("creation", _("Declared")), ("launch", _("Launched")), ("start", _("Begun")), ("finish", _("Ended")))
    return Followed(
        kind,
        found.id,
        _name(kind, found),
        found.status,
        tuple(lines),
        found.output if isinstance(found, Execution) else ("", ""),
        tuple((label, date) for name, label in labels if (date := reading.instant(found.raw.get(name)))),
    )


def _lines(source: str, texts: Sequence[str]) -> list[Line]:
    found = []
    for number, text in enumerate(texts, 1):
        line = line_of(text)
        found.append(Line(source, number, line.level, shortened(line.message, LONGEST_LINE)))
    return found
