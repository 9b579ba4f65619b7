"""Sending what changes the server: never twice, never lost.

Each letter is recorded in the outbox before its request and marked after it. One whose answer was lost is looked for on
the server (`lost_answers`) before it is sent again. What only sets a state (a change, a deletion) is sent again without
harm. One run at a time sends from a store.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Optional

from ...client import reading
from ...client.errors import (
    Busy,
    Cancelled,
    MalformedAnswer,
    NotFound,
    ServerFault,
    ServiceError,
    SignInFailed,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from ...client.espaceco import contributions, users
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.users import Me
from ...client.paging import Row
from ...client.session import NEVER_DONE
from ...i18n import _, ngettext
from ...store.errors import StoreError
from ...store.lock import sole_sender
from ...store.outbox import Entry, Outbox
from ...store.store import Store
from ..errors import InputError, Interrupted
from ..pages.writing import counted
from ..reports.local_copy import LocalCopy
from ..watch import Watch
from .lost_answers import KINDS, LostAnswers

WINDOW = 50
"""Letters marked as begun, sent, and marked with their answers, in two transactions: few writes to disk, and little to
look for after a crash."""
ROUNDS = 3
"""How often in one run what is not sure is looked for, and sent again if it is not there."""
SETTLING = 3.0
"""Seconds that a request without answer is given to have its effect, before what is not there is sent again."""
GATEWAY_TIMED_OUT = 504


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

    What an earlier run sent is not sent again, unless `again` and that run came to its end; two equal letters are one.
    The answers go into the local `copy` at once. A failure of one does not stop the others; where nothing goes through
    any more (no network, account refused, cancelled, disk full) it raises Interrupted, with the truth in the outbox.
    Raises StoreBusy while another run sends from this store.
    """
    with sole_sender(store.path):
        return _post(api, store, me, letters, copy, again, watch or Watch())


def _post(
    api: EspaceCo, store: Store, me: Me, letters: Sequence[Letter], copy: LocalCopy, again: bool, watch: Watch
) -> list[Outcome]:
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
    wanted = [number for number in dict.fromkeys(numbers) if number not in known]
    outcomes = {**known, **_send(api, store, me, wanted, copy, watch)}
    with store.atomic():
        outbox.tell(outcomes)
    return [outcomes[number] for number in numbers]


def earlier(api: EspaceCo, store: Store, me: Me, letter: Letter, *, again: bool = False) -> Optional[Entry]:
    """The entry of an earlier run that `post` would go on with, None if it would make a new one."""
    entry = Outbox(store).latest(_key(api, me, letter))
    return None if entry is None or _anew(entry, letter, again) else entry


def _anew(entry: Entry, letter: Letter, again: bool) -> bool:
    """Whether what was sent is to be sent once more: a state that may have changed meanwhile, or when asked for."""
    return entry.state == "sent" and (not letter.once or (again and entry.told))


def resend(
    api: EspaceCo, store: Store, me: Me, entries: Sequence[Entry], copy: LocalCopy, *, watch: Optional[Watch] = None
) -> dict[int, Outcome]:
    """Send these entries of the outbox; an outcome by its id for each that waits, for this service and account.

    Raises Interrupted and StoreBusy as `post`.
    """
    with sole_sender(store.path):
        outcomes = _send(api, store, me, [entry.id for entry in entries], copy, watch or Watch())
        with store.atomic():
            Outbox(store).tell(outcomes)
    return outcomes


def _send(
    api: EspaceCo, store: Store, me: Me, numbers: Iterable[int], copy: LocalCopy, watch: Watch
) -> dict[int, Outcome]:
    # as they are now: what was read before we were alone may have been sent meanwhile
    entries = [entry for entry in map(Outbox(store).entry, numbers) if entry and entry.waits_for(api.root, me.id)]
    return _Postman(api, store, me, copy, watch).deliver(
        [replace(entry, state="pending") if entry.state == "refused" else entry for entry in entries]
    )


def waiting_elsewhere(store: Store, outcomes: Iterable[Outcome]) -> int:
    """How many letters of earlier runs, not those of these outcomes, still wait in the outbox."""
    counts = Outbox(store).counts()
    ours = {outcome.entry for outcome in outcomes if outcome.state in ("waiting", "unsure")}
    return counts["pending"] + counts["unsure"] - len(ours)


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
        self._lost = LostAnswers(api, self._outbox, me)
        self._copy = copy
        self._watch = watch
        self._outcomes: dict[int, Outcome] = {}
        self._not_now: set[int] = set()  # nobody can say yet whether these were done: not sent again in this run

    def deliver(self, entries: Sequence[Entry]) -> dict[int, Outcome]:
        total = len(entries)
        try:
            left = list(entries)
            for _round in range(ROUNDS):
                left = self._settled(left)
                # what others depend on goes first
                for group in ([e for e in left if e.parent is None], [e for e in left if e.parent is not None]):
                    for window in _windows(self._ready(group)):
                        self._watch.check()
                        self._send(window)
                        self._watch.progress(sum(o.done for o in self._outcomes.values()), total)
                left = [entry for entry in map(self._again, left) if entry is not None]
                if not left:
                    break
            self._find([entry for entry in left if entry.state == "unsure"])
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
        failures = [attempt.error for attempt in attempts if isinstance(attempt.error, (Unreachable, Busy))]
        if len(failures) == len(attempts):
            # is nobody there? Then the next ones would only wait in vain
            if all(map(_never_done, failures)):
                raise failures[-1]
            users.me(self._api)

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
        if isinstance(error, TimedOut) or (isinstance(error, ServiceError) and error.status == GATEWAY_TIMED_OUT):
            self._not_now.add(entry.id)  # the server may still be at it
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

    def _settled(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those of these entries that are to be sent: what had reached the server is marked so and left out."""
        unsure = [entry for entry in entries if entry.state == "unsure"]
        self._find(unsure)
        missing = [entry for entry in unsure if entry.kind in KINDS and not self._done(entry)]
        pause = max(map(self._pause, missing), default=0.0)
        if pause > 0:
            end = time.monotonic() + pause
            while time.monotonic() < end:
                self._watch.check()
                time.sleep(0.05)
            self._find(missing)
        return [entry for entry in entries if not self._done(entry) and entry.id not in self._not_now]

    def _pause(self, entry: Entry) -> float:
        """Seconds until a request without answer has had its effect, if it ever has."""
        outcome = self._outcomes.get(entry.id)
        if outcome is None:  # of an earlier run
            passed = datetime.now(timezone.utc) - datetime.fromisoformat(entry.tried or entry.created)
            return min(SETTLING - passed.total_seconds(), SETTLING)
        answered = isinstance(outcome.failure, ServiceError) and outcome.failure.status is not None
        return 0.0 if answered else SETTLING

    def _find(self, unsure: Sequence[Entry]) -> None:
        """Mark those of these entries that had reached the server."""
        found, unclear = self._lost.find(unsure)
        for entry in unsure:
            error = unclear.get(entry.id)
            if error is not None:
                sentence = self._watch.explain(error)
                self._not_now.add(entry.id)
                self._outcomes[entry.id] = Outcome("unsure", entry.id, entry.report, error=sentence, failure=error)
        attempts = [_Attempt(entry, found[entry.id]) for entry in unsure if entry.id in found]
        if attempts:
            with self._store.atomic():
                for attempt in attempts:
                    self._sent(attempt.entry, attempt.row, "found")
                self._keep(attempts)


def _state_after(error: Exception) -> str:
    """The state of an entry whose request failed so."""
    if _never_done(error):
        return "pending"
    # what could not be read may well have been done, and so may what ended in a fault
    lost = (Unreachable, ServerFault, Busy, MalformedAnswer)
    return "unsure" if isinstance(error, lost) else "refused"


def _never_done(error: Exception) -> bool:
    """Whether the request surely had no effect, and may be sent again as it is."""
    return isinstance(error, ServiceError) and (error.never_sent or error.status in NEVER_DONE)


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
    files = entry.payload["files"]
    missing = [file["path"] for file in files if not Path(file["path"]).is_file()]
    if missing:
        raise InputError(
            ngettext(
                "The document {paths} is not there any more.",
                "The documents {paths} are not there any more.",
                len(missing),
                paths=", ".join(missing),
            )
        )
    for file in files:
        if hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest() != file["digest"]:
            raise InputError(_("The document {path} has changed since it was to be sent.").format(path=file["path"]))
    contributions.attach(api, _about(entry), [Path(file["path"]) for file in files])
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
    """Up to WINDOW letters each; of those about one report the next waits until the one before is through."""
    window: list[Entry] = []
    for entry in entries:
        if len(window) == WINDOW or (entry.report is not None and any(e.report == entry.report for e in window)):
            yield window
            window = []
        window.append(entry)
    if window:
        yield window
