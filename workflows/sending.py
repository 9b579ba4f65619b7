"""Sending what changes the server: never twice, never lost.

Each letter is recorded in the outbox before its request and marked after it. One whose answer was lost is looked for on
the server before it is sent again: reports by author, date, community, position and text; replies by author, text and
date; documents by name and size. What only sets a state (a change, a deletion) is sent again without harm.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Callable, Optional

from ..client.errors import (
    Busy,
    Cancelled,
    MalformedAnswer,
    NotFound,
    ServerFault,
    ServiceError,
    SignInFailed,
    Unauthorized,
    Unreachable,
)
from ..client.espaceco import contributions, reading, reports, users
from ..client.espaceco.api import EspaceCo
from ..client.espaceco.reports import ReportQuery
from ..client.espaceco.users import Me
from ..client.paging import Row
from ..i18n import _, ngettext
from ..store.errors import StoreError
from ..store.outbox import Entry, Outbox
from ..store.store import Store
from .errors import InputError, Interrupted
from .local_copy import LocalCopy
from .positions import position
from .watch import Watch
from .writing import counted

WINDOW = 50
"""Letters marked as begun, sent, and marked with their answers, in two transactions: few writes to disk, and little to
look for after a crash."""
ROUNDS = 3
"""How often in one run what is not sure is looked for, and sent again if it is not there."""
CLOCK_MARGIN = timedelta(minutes=15)
"""By how much the clocks of this computer and of the server may differ when a lost report is looked for."""
SAME_PLACE = 1e-6
"""Degrees within which two positions are the same: ten centimetres."""


@dataclass(eq=False)
class Letter:
    """One thing to send.

    `kind` and `payload`: `create` (members of a report), `change` (members), `reply` (content, status, title), `delete`
    (nothing), `attach` (files: path, name, size, digest), `detach` (document). `report` is what it is about; `after`
    the letter that makes that report. `once`: what was sent before is not sent again unless asked for.
    """

    kind: str
    payload: dict[str, Any]
    report: Optional[int] = None
    after: Optional[Letter] = None

    @property
    def once(self) -> bool:
        return self.kind in ("create", "reply", "attach")


@dataclass
class Outcome:
    """What came of a letter.

    `state`: `sent`; `found` (an earlier attempt had reached the server); `already` (sent by an earlier run);
    `refused`; `unsure`; `waiting` (not tried, what it depends on did not go through). `answer` is the number of the
    report or reply that came of it, `row` the server's answer of this run, `error` a sentence.
    """

    state: str
    entry: int
    report: Optional[int] = None
    answer: Optional[int] = None
    row: Optional[Row] = None
    error: str = ""
    failure: Optional[Exception] = None

    @property
    def done(self) -> bool:
        return self.state in DONE


DONE = ("sent", "found", "already")


def post(
    api: EspaceCo,
    store: Store,
    me: Me,
    letters: Sequence[Letter],
    copy: LocalCopy,
    *,
    again: bool = False,
    watch: Optional[Watch] = None,
) -> list[Outcome]:
    """Send these letters, each once; gives an outcome for each, in their order.

    What an earlier run sent is not sent again, unless `again` and that run came to its end. The answers go into the
    local `copy` at once. A failure of one does not stop the others; where nothing goes through any more (no network,
    account refused, cancelled, disk full) it raises Interrupted, with the truth in the outbox.
    """
    outbox, numbers, known = Outbox(store), [], {}
    with store.atomic():
        entries: dict[Letter, int] = {}
        for letter in letters:
            key = _key(api, me, letter)
            entry = outbox.latest(key)
            parent = entries[letter.after] if letter.after else None
            if entry is not None and (entry.parent != parent or _anew(entry, letter, again)):
                entry = None
            if entry is None:
                number = outbox.add(
                    letter.kind,
                    key,
                    letter.payload,
                    service=api.root,
                    account=me.id,
                    report=letter.report,
                    parent=parent,
                )
            else:
                number = entry.id
                if entry.state == "sent":
                    report = entry.answer if letter.kind == "create" else entry.report
                    known[number] = Outcome("already", number, report, entry.answer)
            entries[letter] = number
            numbers.append(number)
    wanted = [entry for entry in map(outbox.entry, dict.fromkeys(numbers)) if entry and entry.id not in known]
    outcomes = {**known, **resend(api, store, me, wanted, copy, watch=watch)}
    with store.atomic():
        outbox.tell(known)
    return [outcomes[number] for number in numbers]


def _anew(entry: Entry, letter: Letter, again: bool) -> bool:
    """Whether what was sent is to be sent once more: a state that may have changed meanwhile, or when asked for."""
    return entry.state == "sent" and (not letter.once or (again and entry.told))


def resend(
    api: EspaceCo, store: Store, me: Me, entries: Sequence[Entry], copy: LocalCopy, *, watch: Optional[Watch] = None
) -> dict[int, Outcome]:
    """Send these entries of the outbox, made for this service and account; an outcome for each by its id.

    Raises Interrupted as `post`.
    """
    postman = _Postman(api, store, me, copy, watch or Watch())
    outcomes = postman.deliver([replace(e, state="pending") if e.state == "refused" else e for e in entries])
    with store.atomic():
        Outbox(store).tell(outcomes)
    return outcomes


def waiting_elsewhere(store: Store, outcomes: Iterable[Outcome]) -> int:
    """How many letters of earlier runs, not those of these outcomes, still wait in the outbox."""
    counts = Outbox(store).counts()
    ours = sum(outcome.state in ("waiting", "unsure") for outcome in outcomes)
    return counts["pending"] + counts["unsure"] - ours


def _key(api: EspaceCo, me: Me, letter: Letter) -> str:
    """The same for the same content from the same account to the same service."""
    payload = letter.payload
    if letter.kind == "attach":  # wherever the files lie, it is their content that counts
        payload = {"files": [[file["name"], file["size"], file["digest"]] for file in payload["files"]]}
    after = _key(api, me, letter.after) if letter.after else None
    content = [api.root, me.id, letter.kind, letter.report, payload, after]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass
class _Attempt:
    entry: Entry
    row: Optional[Row] = None
    error: Optional[Exception] = None


class _Postman:
    def __init__(self, api: EspaceCo, store: Store, me: Me, copy: LocalCopy, watch: Watch) -> None:
        self._api = api
        self._store = store
        self._outbox = Outbox(store)
        self._me = me
        self._copy = copy
        self._watch = watch
        self._outcomes: dict[int, Outcome] = {}

    def deliver(self, entries: Sequence[Entry]) -> dict[int, Outcome]:
        total = len(entries)
        try:
            left = list(entries)
            for _round in range(ROUNDS):
                self._settle([entry for entry in left if entry.state == "unsure"])
                left = [entry for entry in left if not self._done(entry)]
                # what others depend on goes first
                for group in ([e for e in left if e.parent is None], [e for e in left if e.parent is not None]):
                    for window in _windows(self._ready(group)):
                        self._watch.check()
                        self._send(window)
                        self._watch.progress(sum(o.done for o in self._outcomes.values()), total)
                left = [entry for entry in map(self._again, left) if entry is not None]
                if not left:
                    break
        except (ServiceError, Cancelled, StoreError) as error:
            done = sum(outcome.done for outcome in self._outcomes.values())
            raise Interrupted(_how_far(done, total)) from error
        for outcome in self._outcomes.values():
            if outcome.error and not outcome.done:
                self._watch.warn(outcome.error)
        return self._outcomes

    def _done(self, entry: Entry) -> bool:
        outcome = self._outcomes.get(entry.id)
        return outcome is not None and outcome.done

    def _again(self, entry: Entry) -> Optional[Entry]:
        """The entry for the next round; None if there is nothing more to try."""
        state = self._outcomes[entry.id].state
        return self._outbox.entry(entry.id) if state in ("unsure", "waiting") else None

    def _ready(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Those whose parent was sent, with the report that came of it."""
        for entry in entries:
            if entry.report is not None or entry.parent is None:
                yield entry
                continue
            parent = self._outbox.entry(entry.parent)
            if parent is None or parent.state != "sent" or parent.answer is None:
                why = _("Not sent: the report that it belongs to was not created.")
                self._outcomes[entry.id] = Outcome("waiting", entry.id, error=why)
                continue
            with self._store.atomic():
                self._outbox.about(entry.id, parent.answer)
            yield replace(entry, report=parent.answer)

    # ------------------------------------------------------------------ sending

    def _send(self, window: Sequence[Entry]) -> None:
        with self._store.atomic():
            self._outbox.begun(entry.id for entry in window)
        attempts: list[_Attempt] = []
        begun: list[Entry] = []
        try:
            for attempt in self._api.session.in_parallel(self._attempt, _noted(window, begun)):
                attempts.append(attempt)
        finally:
            # stopped or not: what was answered is written down, what was not even begun waits, the rest is unsure
            with self._store.atomic():
                for attempt in attempts:
                    self._mark(attempt)
                for entry in window[len(begun) :]:
                    self._outbox.mark(entry.id, "pending")
                self._keep([attempt for attempt in attempts if attempt.error is None])
        failures = [attempt.error for attempt in attempts]
        if all(isinstance(failure, (Unreachable, Busy)) for failure in failures):
            # is nobody there? Then the next ones would only wait in vain
            for failure in failures:
                if failure is not None and not getattr(failure, "never_sent", False):
                    users.me(self._api)
                    break
            else:
                raise failures[-1]  # type: ignore[misc]

    def _attempt(self, entry: Entry) -> _Attempt:
        try:
            return _Attempt(entry, _SENDERS[entry.kind](self._api, entry))
        except (Unauthorized, SignInFailed):
            raise  # renewed, and sent again, by the session; else nothing will go through
        except (ServiceError, InputError, OSError) as error:
            gone = isinstance(error, NotFound) and entry.kind in ("delete", "detach")
            return _Attempt(entry) if gone else _Attempt(entry, error=error)

    def _mark(self, attempt: _Attempt) -> None:
        entry, error = attempt.entry, attempt.error
        if error is None:
            self._sent(entry, attempt.row, "sent")
            return
        state = _state_after(error)
        sentence = self._watch.explain(error)
        self._outbox.mark(entry.id, state, error=sentence)
        shown = "waiting" if state == "pending" else state
        self._outcomes[entry.id] = Outcome(shown, entry.id, entry.report, error=sentence, failure=error)

    def _sent(self, entry: Entry, row: Optional[Row], state: str) -> None:
        answer = reading.integer(row.get("id")) if row else None
        self._outbox.mark(entry.id, "sent", answer=answer)
        report = answer if entry.kind == "create" else entry.report
        self._outcomes[entry.id] = Outcome(state, entry.id, report, answer, row)

    def _keep(self, attempts: Sequence[_Attempt]) -> None:
        """The answers into the local copy, in the same transaction as the marks."""
        changed = [a.row for a in attempts if a.row is not None and a.entry.kind in ("create", "change")]
        gone = [a.entry.report for a in attempts if a.entry.kind == "delete" and a.entry.report is not None]
        self._copy.put(changed, without=gone)

    # ------------------------------------------------------------------ finding out

    def _settle(self, unsure: Sequence[Entry]) -> None:
        """Which of the entries whose answer was lost did reach the server?"""
        found = dict(self._found_creations([entry for entry in unsure if entry.kind == "create"]))
        about = [e for e in unsure if e.kind in ("reply", "attach") and e.report is not None]
        numbers = list(dict.fromkeys(entry.report for entry in about if entry.report is not None))
        taken = self._outbox.answers("reply")
        for number, report in zip(numbers, self._api.session.in_parallel(self._look_at, numbers)):
            for entry in about:
                row = self._found_in(entry, report, taken) if entry.report == number else None
                if row is not None:
                    found[entry.id] = row
                    taken.add(reading.integer(row.get("id")) or 0)
        if not found:
            return
        with self._store.atomic():
            for entry in unsure:
                if entry.id in found:
                    self._sent(entry, found[entry.id], "found")
            self._keep([_Attempt(entry, found[entry.id]) for entry in unsure if entry.id in found])

    def _look_at(self, number: int) -> Row:
        try:
            return reports.get_in_parallel(self._api, number)
        except NotFound:
            return {}

    def _found_creations(self, unsure: Sequence[Entry]) -> Iterator[tuple[int, Row]]:
        if not unsure:
            return
        since = min(_tried(entry) for entry in unsure)
        # a report that came of another entry is not this one's
        taken = self._outbox.answers("create")
        waiting = list(unsure)
        for page in reports.listing(self._api, ReportQuery(author=self._me.id, opened_since=since)):
            for report in page:
                if reading.integer(report.get("id")) in taken:
                    continue
                fitting = [entry for entry in waiting if _is_of(entry.payload, report)]
                # of drafts at one place with one text, the one with this very sketch
                fitting.sort(key=lambda entry: entry.payload.get("sketch") != report.get("sketch"))
                if fitting:
                    waiting.remove(fitting[0])
                    yield fitting[0].id, report

    def _found_in(self, entry: Entry, report: Row, taken: set[int]) -> Optional[Row]:
        since, payload = _tried(entry), entry.payload
        if entry.kind == "reply":
            for reply in reading.objects(report.get("replies")):
                date = reading.instant(reply.get("date"))
                same = _plain(reading.text(reply.get("content"))) == _plain(payload["content"])
                mine = reading.person(reply.get("author"))[0] == self._me.id
                if same and mine and date and date >= since and reading.integer(reply.get("id")) not in taken:
                    return reply
            return None
        there = {(reading.text(d.get("filename")), reading.integer(d.get("size")))
                 for d in reading.objects(report.get("attachments"))}  # fmt: skip
        return {} if {(file["name"], file["size"]) for file in payload["files"]} <= there else None


def _state_after(error: Exception) -> str:
    """The state of an entry whose request failed so."""
    if not isinstance(error, ServiceError):
        return "refused"
    if error.never_sent or (isinstance(error, Busy) and error.status == 429):
        return "pending"
    # what could not be read may well have been done, and so may what ended in a fault
    lost = (Unreachable, ServerFault, Busy, MalformedAnswer)
    return "unsure" if isinstance(error, lost) else "refused"


def _create(api: EspaceCo, entry: Entry) -> Row:
    return contributions.create(api, entry.payload)


def _change(api: EspaceCo, entry: Entry) -> Row:
    return contributions.change(api, _about(entry), entry.payload)


def _reply(api: EspaceCo, entry: Entry) -> Row:
    payload = entry.payload
    return contributions.reply(api, _about(entry), payload["content"], payload["status"], payload.get("title", ""))


def _delete(api: EspaceCo, entry: Entry) -> Row:
    contributions.delete(api, _about(entry))
    return {}


def _attach(api: EspaceCo, entry: Entry) -> Row:
    files = [Path(file["path"]) for file in entry.payload["files"]]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise InputError(
            ngettext(
                "The document {paths} is not there any more.",
                "The documents {paths} are not there any more.",
                len(missing),
                paths=", ".join(missing),
            )
        )
    contributions.attach(api, _about(entry), files)
    return {}


def _detach(api: EspaceCo, entry: Entry) -> Row:
    contributions.detach(api, _about(entry), int(entry.payload["document"]))
    return {}


_SENDERS: dict[str, Callable[[EspaceCo, Entry], Row]] = {
    "create": _create,
    "change": _change,
    "reply": _reply,
    "delete": _delete,
    "attach": _attach,
    "detach": _detach,
}


def _about(entry: Entry) -> int:
    if entry.report is None:
        raise ValueError(f"entry {entry.id} is about no report")
    return entry.report


def _is_of(payload: dict[str, Any], report: Row) -> bool:
    """Whether a report on the server came of these members."""
    at, wanted = position(report.get("geometry")), position(payload.get("geometry"))
    community = payload.get("community")
    return (
        at is not None
        and wanted is not None
        and max(abs(at[0] - wanted[0]), abs(at[1] - wanted[1])) <= SAME_PLACE
        and _plain(reading.text(report.get("comment"))) == _plain(payload.get("comment") or "")
        and reading.integer(report.get("community")) == (None if community == contributions.A14_NO_GROUP else community)
    )


def _plain(text: str) -> str:
    """Whatever a server does to blanks and line ends."""
    return " ".join(reading.text(text).split())


def _tried(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.tried or entry.created) - CLOCK_MARGIN


def _how_far(done: int, total: int) -> str:
    return ngettext(
        "{done} of {n} was sent. What was not waits in the outbox: run the operation again to send the rest, nothing "
        "is sent twice.",
        "{done} of {n} were sent. What was not waits in the outbox: run the operation again to send the rest, nothing "
        "is sent twice.",
        counted(total),
        done=counted(done),
    )


def _noted(entries: Iterable[Entry], begun: list[Entry]) -> Iterator[Entry]:
    for entry in entries:
        begun.append(entry)
        yield entry


def _windows(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    window: list[Entry] = []
    for entry in entries:
        window.append(entry)
        if len(window) == WINDOW:
            yield window
            window = []
    if window:
        yield window
