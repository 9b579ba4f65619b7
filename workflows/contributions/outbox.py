"""What waits in the outbox of a store: seen, sent, or given up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional

from ...client.espaceco.api import EspaceCo, site_of
from ...i18n import N_, _, ngettext
from ...store.lock import sole_sender
from ...store.outbox import STATES, WAITING, Entry, Outbox
from ...store.store import Store
from ..connection.communities import writer
from ..errors import InputError
from ..pages.report import Fact, Link, Report, Section, Table, Tag
from ..pages.writing import counted
from ..reports.local_copy import LocalCopy
from ..reports.reports_now import read_back
from ..reports.vocabulary import ENTRY_STATES, LETTER_KINDS
from ..watch import Watch
from .sending import resend

MEMBERS = {
    "comment": N_("message"),
    "geometry": N_("position"),
    "attributes": N_("theme and attributes"),
    "community": N_("community"),
    "sketch": N_("sketch"),
    "status": N_("status"),
}
"""What a change changes, in words."""
LONGEST = 120
"""Characters shown of a message."""

COLUMNS = (
    ("id", "integer"),
    ("kind", "text"),
    ("report", "integer"),
    ("state", "text"),
    ("state_label", "text"),
    ("created", "text"),
    ("tried", "text"),
    ("attempts", "integer"),
    ("what", "text"),
    ("error", "text"),
    ("answer", "integer"),
    ("url", "text"),
    ("service", "text"),
    ("account", "integer"),
)


@dataclass
class Contents:
    """Entries of the outbox as they are now; how many there were and are of each state; what this run did."""

    entries: list[Entry] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    done: int = 0
    notes: list[str] = field(default_factory=list)

    def numbers(self) -> dict[str, int]:
        """As outputs of an operation."""
        return {
            "COUNT": len(self.entries),
            "DONE_COUNT": self.done,
            **{f"{state.upper()}_COUNT": self.after[state] for state in STATES},
            **{f"{state.upper()}_BEFORE_COUNT": self.before[state] for state in STATES},
        }

    def rows(self) -> list[tuple[object, ...]]:
        """As rows of `COLUMNS`."""
        return [
            (
                entry.id,
                entry.kind,
                _report(entry),
                entry.state,
                _(ENTRY_STATES[entry.state][0]),
                entry.created,
                entry.tried,
                entry.attempts,
                _what(entry) or None,
                self._error(entry) or None,
                entry.answer,
                _url(entry) or None,
                entry.service,
                entry.account,
            )
            for entry in self.entries
        ]

    def report(self) -> Report:
        """As a page."""
        return Report(
            title=_("Outbox"),
            subtitle=_("What is to be sent to the server, and what came of it"),
            facts=[Fact(_(words), self.after[state], tone) for state, (words, tone) in ENTRY_STATES.items()],
            sections=[
                Section(
                    title=_("Entries"),
                    table=Table(
                        columns=(
                            *(_("Number"), _("Kind"), _("Report"), _("State")),
                            *(_("About"), _("Detail"), _("Last tried")),
                        ),
                        rows=[
                            (
                                str(entry.id),
                                _(LETTER_KINDS.get(entry.kind, entry.kind)),
                                Link(_url(entry), str(_report(entry))) if _report(entry) is not None else "",
                                Tag(*self._state(entry)),
                                _what(entry),
                                self._error(entry),
                                datetime.fromisoformat(entry.tried).astimezone() if entry.tried else None,
                            )
                            for entry in self.entries
                        ],
                        kinds=("text", "text", "link", "text", "text", "text", "time"),
                        empty=_("Nothing waits: all that was to be sent was sent, or given up."),
                    ),
                )
            ],
            notes=[*self.notes, *self._advice()],
        )

    def _advice(self) -> list[str]:
        if not any(entry.state == "unsure" for entry in self.entries):
            return []
        return [
            _(
                "Of what was perhaps sent no answer came. “Retry”, or the same operation run again, first looks "
                "whether the server has it: nothing is sent twice."
            )
        ]

    def _state(self, entry: Entry) -> tuple[str, str]:
        words, tone = ENTRY_STATES[entry.state]
        return _(words), tone

    def _error(self, entry: Entry) -> str:
        return entry.error or self.errors.get(entry.id, "")


def work_on_outbox(
    store: Store,
    action: str,
    *,
    kinds: Collection[str] = (),
    states: Collection[str] = (),
    numbers: Sequence[int] = (),
    api: Optional[EspaceCo] = None,
    watch: Optional[Watch] = None,
) -> Contents:
    """`list`, `retry` (with the `api`) or `drop` the entries of these kinds, states and numbers; empty: any.

    Without states and numbers those that wait. Raises InputError for a number that is no entry and for states that
    cannot be sent or dropped; Interrupted and StoreBusy as `sending.resend`.
    """
    watch = watch or Watch()
    outbox = Outbox(store)
    found = Contents(before=outbox.counts())
    chosen = _chosen(outbox, action, kinds, states, numbers)
    if action == "retry" and api is not None:
        _retry(api, store, chosen, found, watch)
    elif action == "drop":
        _drop(store, chosen, found)
    found.entries = [entry for entry in map(outbox.entry, (entry.id for entry in chosen)) if entry]
    found.after = outbox.counts()
    return found


def _chosen(
    outbox: Outbox, action: str, kinds: Collection[str], states: Collection[str], numbers: Sequence[int]
) -> list[Entry]:
    wanted = [number for number in dict.fromkeys(numbers) if outbox.entry(number) is None]
    if wanted:
        raise InputError(
            ngettext(
                "The outbox has no entry {numbers}. “List” shows those it has.",
                "The outbox has no entries {numbers}. “List” shows those it has.",
                len(wanted),
                numbers=", ".join(map(str, wanted)),
            )
        )
    if action != "list":
        if states and not set(states) & set(WAITING):
            raise InputError(
                _("Only what waits can be sent or given up: {states}.").format(
                    states=", ".join(_(ENTRY_STATES[state][0]) for state in WAITING)
                )
            )
        states = [state for state in WAITING if not states or state in states]
    elif not states:
        states = STATES if numbers else WAITING
    return [
        entry
        for entry in outbox.entries(*states)
        if (not kinds or entry.kind in kinds) and (not numbers or entry.id in numbers)
    ]


def _retry(api: EspaceCo, store: Store, chosen: Sequence[Entry], found: Contents, watch: Watch) -> None:
    me = writer(api)
    others = [entry for entry in chosen if not entry.waits_for(api.root, me.id)]
    if others:
        found.notes.append(
            ngettext(
                "{n} entry was made for another service or with another account: it is listed, and was not sent. To "
                "send it, choose the connection that it was made with.",
                "{n} entries were made for another service or with another account: they are listed, and were not "
                "sent. To send them, choose the connection that they were made with.",
                counted(len(others)),
            )
        )
    copy = LocalCopy(store, api.site, watch.warn)
    outcomes = resend(api, store, me, [entry for entry in chosen if entry not in others], copy, watch=watch)
    found.done = sum(outcome.done for outcome in outcomes.values())
    found.errors = {number: outcome.error for number, outcome in outcomes.items() if outcome.error}
    touched: dict[int, None] = {}
    for entry in chosen:
        outcome = outcomes.get(entry.id)
        # what came of these is not in the answer, unlike a report that was made, changed or deleted
        if entry.kind in ("reply", "attach", "detach") and outcome and outcome.done and outcome.report is not None:
            touched[outcome.report] = None
    read_back(api, store, copy, list(touched), watch)


def _drop(store: Store, chosen: Sequence[Entry], found: Contents) -> None:
    with sole_sender(store.path), store.atomic():
        found.done = Outbox(store).drop(entry.id for entry in chosen)
    unsure = sum(entry.state == "unsure" for entry in chosen)
    if unsure:
        found.notes.append(
            ngettext(
                "{n} of what was given up may have reached the server all the same: look at it on the web site.",
                "{n} of what was given up may have reached the server all the same: look at them on the web site.",
                counted(unsure),
            )
        )


def _report(entry: Entry) -> Optional[int]:
    return entry.answer if entry.kind == "create" else entry.report


def _url(entry: Entry) -> str:
    report = _report(entry)
    return f"{site_of(entry.service)}/georem/{report}" if report is not None else ""


def _what(entry: Entry) -> str:
    """The message or the names of the files, in short; "" for what was sent, of which nothing is kept."""
    payload = entry.payload
    if entry.kind == "change":
        text = ", ".join(_(MEMBERS[name]) for name in MEMBERS if name in payload)
    elif entry.kind == "attach":
        text = ", ".join(str(file.get("name", "")) for file in payload.get("files", []))
    elif entry.kind == "detach":
        text = str(payload.get("document", ""))
    else:
        text = str(payload.get("comment") or payload.get("content") or "")
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
