"""The inventory of a datastore: what it has, by data sheet, how much it is used, what deserves attention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ....client.entrepot.entities import Entity
from ....client.entrepot.processings import ABORTED, FAILURE, PROGRESS, WAITING
from ....i18n import _, ngettext
from ...pages.report import Report
from ...pages.writing import counted
from ...watch import Watch
from ..offices import Office
from ..states import state
from .findings import Finding, Findings, label
from .inventory_page import MARKS, ONE_OF, Page, run_name
from .snapshot import EXECUTIONS, KINDS, Snapshot, moment_of, read

COLUMNS = (
    ("kind", "text"), ("kind_label", "text"), ("id", "text"), ("name", "text"), ("type", "text"), ("status", "text"),
    ("status_label", "text"), ("sheet", "text"), ("size", "integer"), ("created", "text"), ("changed", "text"),
    ("used_by", "integer"), ("url", "text"), ("findings", "text"), ("findings_label", "text"),
)  # fmt: skip
FINDING_COLUMNS = (
    ("code", "text"), ("code_label", "text"), ("orphan", "integer"), ("kind", "text"), ("kind_label", "text"),
    ("id", "text"), ("name", "text"), ("sheet", "text"), ("size", "integer"), ("sentence", "text"),
)  # fmt: skip
USAGE_COLUMNS = (
    ("day", "text"), ("offering", "text"), ("type", "text"), ("layer", "text"), ("sheet", "text"), ("hits", "integer"),
    ("bytes", "integer"),
)  # fmt: skip
COUNTS = {
    "uploads": "UPLOAD_COUNT", "stored_data": "STORED_DATA_COUNT", "configurations": "CONFIGURATION_COUNT",
    "offerings": "OFFERING_COUNT", "statics": "STATIC_COUNT", "annexes": "ANNEXE_COUNT", "metadata": "METADATA_COUNT",
    "permissions": "PERMISSION_COUNT",
}  # fmt: skip


@dataclass(frozen=True)
class Inventory:
    """A snapshot and what is to be said of it."""

    snapshot: Snapshot

    @cached_property
    def _about(self) -> Findings:
        return Findings(self.snapshot)

    @property
    def sheet_of(self) -> Mapping[str, str]:
        """The data sheet of each thing by its id."""
        return self._about.sheets

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What deserves attention."""
        return self._about.all

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Bytes by data sheet, "" for what belongs to none; the greatest first."""
        found: dict[str, int] = {}
        for kind in ("uploads", "stored_data", "annexes"):
            for one in self.snapshot.of(kind):
                sheet = self._about.sheets[one.id]
                found[sheet] = found.get(sheet, 0) + (one.size or 0)
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    @cached_property
    def sheets(self) -> tuple[str, ...]:
        """The names of the data sheets."""
        return tuple(sorted({sheet for sheet in self._about.sheets.values() if sheet}))

    def entries(self) -> dict[str, list[tuple[str, str]]]:
        """(name, id) of everything by kind, for combo boxes."""
        return {kind: [(_named(kind, one), one.id) for one in self.snapshot.of(kind)] for kind in KINDS}

    # ------------------------------------------------------------------ as tables and numbers

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of `COLUMNS`: everything, one after the other; executions that run or ended badly last."""
        said: dict[str, list[str]] = {}
        for finding in self.findings:
            said.setdefault(finding.id, []).append(finding.code)
        words = {id: ", ".join(dict.fromkeys(_(MARKS[code]) for code in codes)) for id, codes in said.items()}
        for kind in KINDS:
            for one in self.snapshot.of(kind):
                changed = moment_of(one)
                yield (
                    kind, _(ONE_OF[kind]), one.id, label(kind, one), one.type, one.status, state(one.status),
                    self._about.sheets[one.id], one.size, one.creation, changed.isoformat() if changed else "",
                    self._about.users.get(one.id, 0), _url(one), " ".join(said.get(one.id, ())), words.get(one.id, ""),
                )  # fmt: skip

        for run in self.snapshot.executions:
            last = next((run.raw[name] for name in ("finish", "start", "launch") if run.raw.get(name)), "")
            yield (
                EXECUTIONS, _(ONE_OF[EXECUTIONS]), run.id, run_name(run), "", run.status, state(run.status), "", None,
                run.creation, last, 0, "", "", "",
            )  # fmt: skip

    def finding_rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of `FINDING_COLUMNS`."""
        for one in self.findings:
            yield (
                one.code, _(MARKS[one.code]), int(one.orphan), one.kind, _(ONE_OF[one.kind]), one.id, one.name,
                one.sheet, one.size, one.sentence,
            )  # fmt: skip

    def usage_rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of `USAGE_COLUMNS`: each day on which a service was used."""
        for offering in self.snapshot.offerings:
            said = self.snapshot.usage.get(offering.id)
            for day, (hits, transferred) in sorted(said.days.items()) if said else ():
                yield (
                    day.isoformat(), offering.id, offering.type, offering.layer_name, self._about.sheets[offering.id],
                    hits, transferred,
                )  # fmt: skip

    def numbers(self) -> dict[str, int]:
        """The numbers of the operation."""
        shot, codes = self.snapshot, [finding.code for finding in self.findings]
        orphans = [finding for finding in self.findings if finding.orphan]
        sizes = {finding.id: finding.size or 0 for finding in orphans}
        return {
            "COUNT": sum(len(shot.of(kind)) for kind in (*KINDS, EXECUTIONS)),
            **{name: len(shot.of(kind)) for kind, name in COUNTS.items()},
            "EXECUTION_COUNT": sum(shot.execution_counts.values()),
            "RUNNING_COUNT": sum(shot.execution_counts.get(status, 0) for status in (WAITING, PROGRESS)),
            "FAILED_COUNT": sum(shot.execution_counts.get(status, 0) for status in (FAILURE, ABORTED)),
            "SHEET_COUNT": len(self.sheets),
            "SIZE": sum(self.sizes.values()),
            "ORPHAN_COUNT": len(sizes),
            "ORPHAN_SIZE": sum(sizes.values()),
            "UNSTABLE_COUNT": codes.count("unstable"),
            "LATE_COUNT": codes.count("late"),
            "ENDING_COUNT": codes.count("ending") + codes.count("ended"),
            "HITS": sum(said.hits for said in shot.usage.values()),
            "TRANSFERRED": sum(said.transferred for said in shot.usage.values()),
            "REQUEST_COUNT": shot.requests,
        }

    def report(self) -> Report:
        """The page."""
        return Page(self).report()


def take(office: Office, watch: Watch, *, details: bool = True, days: int = 0) -> Inventory:
    """The inventory of a datastore as it is now; as `snapshot.read`."""
    found = Inventory(read(office, watch, details=details, days=days))
    watch.info(
        ngettext(
            "{n} remark: the page and the table FINDINGS say what deserves attention, and why.",
            "{n} remarks: the page and the table FINDINGS say what deserves attention, and why.",
            counted(len(found.findings)),
        )
        if found.findings
        else _("Nothing: all is used, published and up to date.")
    )
    return found


def _named(kind: str, one: Entity) -> str:
    return f"{label(kind, one)} ({one.type})" if kind in ("configurations", "offerings") else label(kind, one)


def _url(one: Entity) -> str:
    urls = getattr(one, "urls", ())
    return str(urls[0].url) if urls else ""
