"""Close a delivery: the server checks it, and says why if it does not like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....client.entrepot import checks, uploads
from ....client.entrepot.logs import complaints, line_of
from ....client.entrepot.uploads import CHECKING, CLOSED, OPEN, UNSTABLE, Checks, Upload
from ....client.errors import Cancelled, shortened
from ....client.waiting import LIMIT, WaitedTooLong, wait
from ....i18n import N_, _
from ...errors import InputError, Interrupted
from ...pages.report import Fact, Report, Section, Table, Tag
from ...pages.writing import said_of
from ...watch import Watch
from ..acting import act_once
from ..ledger import Ledger, Made
from ..offices import Office
from .known_files import forget

PATIENCE = LIMIT
"""Seconds that checks may take."""
MOST_REASONS, LONGEST_REASON = 20, 300
STATES = {
    "asked": N_("asked for"),
    "in_progress": N_("in progress"),
    "passed": N_("passed"),
    "failed": N_("not passed"),
}
"""The states of a check, in words, in their order."""
TONES = {"passed": "good", "failed": "bad"}
COLUMNS = (
    ("check", "text"), ("state", "text"), ("state_label", "text"), ("execution", "text"), ("reasons", "text"),
)  # fmt: skip
"""Of the table of checks."""
NEXT = {
    "VECTOR": N_("“Integrate vector data” makes a database of it."),
    "RASTER": N_("“Make a raster pyramid” cuts it into tiles."),
    "ARCHIVE": N_("“Make an archive of a delivery” makes it ready to be downloaded."),
}
"""What can be done with a closed delivery, by its type."""


@dataclass(frozen=True)
class CheckOutcome:
    """What came of one check; `state` as in STATES, `reasons` from its log if it failed."""

    name: str
    state: str
    execution: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """A delivery after its checks, and what came of each."""

    upload: str
    name: str
    status: str
    checks: tuple[CheckOutcome, ...]

    @property
    def failed(self) -> tuple[CheckOutcome, ...]:
        return tuple(check for check in self.checks if check.state == "failed")

    def rows(self) -> list[tuple[object, ...]]:
        """As rows of COLUMNS."""
        return [
            (check.name, check.state, _(STATES[check.state]), check.execution, "\n".join(check.reasons) or None)
            for check in self.checks
        ]

    def report(self) -> Report:
        """As a page."""
        failed = len(self.failed)
        return Report(
            title=_("Delivery “{name}”").format(name=self.name),
            facts=[
                Fact(_("Status"), self.status, "good" if self.status == CLOSED else "bad"),
                Fact(_("Checks passed"), len(self.checks) - failed, "good"),
                Fact(_("Checks not passed"), failed, "bad" if failed else "muted"),
            ],
            sections=[
                Section(
                    _("Checks"),
                    table=Table(
                        (_("Check"), _("State"), _("What it complains of")),
                        [
                            (
                                check.name,
                                Tag(_(STATES[check.state]), TONES.get(check.state, "")),
                                "; ".join(check.reasons),
                            )
                            for check in self.checks
                        ],
                        empty=_("There was no check."),
                    ),
                )
            ],
            warnings=[self.complaint()] if failed else (),
            about={_("Id"): self.upload},
        )

    def complaint(self) -> str:
        """Why it is not closed well, and what to do; "" if it is."""
        if self.status == CLOSED:
            return ""
        said = [said_of(check.name, "; ".join(check.reasons[:3]) or _("its log says nothing")) for check in self.failed]
        return _(
            "The delivery “{name}” did not pass its checks and is {status}. {reasons}. Correct the files, then run the "
            "operation again: only what changed is sent."
        ).format(name=self.name, status=self.status, reasons=". ".join(said) or _("The server does not say why"))


def closed_sentence(name: str, type: str) -> str:
    """That a delivery is closed, and what comes next."""
    said = _("The delivery “{name}” is closed and passed its checks.").format(name=name)
    return f"{said} {_(NEXT.get(type, ''))}".strip()


def close(office: Office, ledger: Ledger, upload: str, watch: Watch) -> Checked:
    """Close a delivery of this ledger and wait for its checks: step `close`.

    Raises InputError with the reasons if it is UNSTABLE after that, Interrupted if the waiting was.
    """
    found: list[Checked] = []

    def make() -> Made:
        checked = close_upload(office, upload, watch)
        if checked.status != CLOSED:
            _forget_sums(ledger, checked)
            raise InputError(checked.complaint())
        found.append(checked)
        return {"checks": [[check.name, check.execution] for check in checked.checks]}

    made = ledger.step("close", {"upload": upload}, make=make)
    passed = tuple(CheckOutcome(name, "passed", execution) for name, execution in made["checks"])
    return found[0] if found else Checked(upload, "", CLOSED, passed)


def close_upload(office: Office, upload: str, watch: Watch) -> Checked:
    """Close a delivery if it is open, and wait for its checks, which it may fail.

    Raises InputError for one that cannot be closed, Interrupted if the waiting was.
    """
    voice = watch.through(office.datastore.session)
    found = uploads.uploads.get(office.datastore, upload)
    if found.status == OPEN:
        act_once(office.datastore, uploads.uploads, upload, "close", lambda status: status != OPEN)
    elif found.status not in (CHECKING, CLOSED, UNSTABLE):
        raise InputError(
            _("The delivery “{name}” is {status}: it cannot be closed.").format(name=found.name, status=found.status)
        )
    found, outcomes = settled(office, upload, voice)
    return Checked(upload, found.name, found.status, _outcomes(office, outcomes))


def settled(office: Office, upload: str, watch: Watch) -> tuple[Upload, Checks]:
    """The delivery when its checks have come to an end, and they; each state of each is told once."""
    datastore = office.datastore
    told: set[tuple[str, str]] = set()

    def read() -> tuple[Upload, Checks]:
        found = uploads.checks(datastore, upload)
        # while checks run, one request tells
        return Upload(upload, {"status": CHECKING}) if found.running else uploads.uploads.get(datastore, upload), found

    def tell(state: tuple[Upload, Checks]) -> None:
        for word in STATES:
            for _execution, name in getattr(state[1], word):
                if (word, name) not in told:
                    told.add((word, name))
                    watch.info(_("Check “{name}”: {state}.").format(name=name, state=_(STATES[word])))

    try:
        return wait(datastore.session, read, lambda state: state[0].status != CHECKING, told=tell, limit=PATIENCE)
    except WaitedTooLong as error:
        raise InputError(
            _(
                "The checks of the delivery have not come to an end after {hours:.0f} hours; they go on. Run the "
                "operation again to go on waiting, or stop them with “Follow an execution” (ABORT)."
            ).format(hours=PATIENCE / 3600)
        ) from error
    except Cancelled as cancelled:
        raise Interrupted(
            _("The checks go on on the server: run the operation again to see how they end.")
        ) from cancelled


def _outcomes(office: Office, found: Checks) -> tuple[CheckOutcome, ...]:
    return tuple(
        CheckOutcome(name, word, execution, _reasons(office, execution) if word == "failed" else ())
        for word in STATES
        for execution, name in getattr(found, word)
    )


def _reasons(office: Office, execution: str) -> tuple[str, ...]:
    return reasons(checks.logs(office.datastore, execution))


def reasons(lines: Sequence[str]) -> tuple[str, ...]:
    """What the lines of a log complain of, fit to be shown."""
    return tuple(shortened(text, LONGEST_REASON) for text in complaints(list(lines))[:MOST_REASONS])


def warnings_of(lines: Sequence[str]) -> tuple[str, ...]:
    """What the lines of a log warn of, fit to be shown."""
    found = dict.fromkeys(line.message for line in map(line_of, lines) if line.level in ("WARNING", "WARN"))
    return tuple(shortened(text, LONGEST_REASON) for text in list(found)[:MOST_REASONS])


def _forget_sums(ledger: Ledger, checked: Checked) -> None:
    """Files whose sums the server found wrong are to be sent again."""
    words = " ".join(text for check in checked.failed for text in check.reasons)
    if "md5" in words.lower():
        forget(ledger, checked.upload, words)
