"""Writing about reports that are there: how they are before, sending the letters, how they are after, what to say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timezone
from typing import Optional, Union

from ...client.errors import Cancelled, Forbidden, NotFound, Unreachable
from ...client.espaceco import communities
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.communities import Community
from ...client.espaceco.statuses import status
from ...i18n import _, ngettext
from ...store.outbox import WAITING, Outbox
from ...store.store import Store
from ..connection.communities import writer
from ..errors import Interrupted
from ..reports.local_copy import LocalCopy
from ..reports.present import Known, present
from ..reports.report_lists import A9_OVERLAP
from ..reports.reports_now import read_back
from ..watch import Watch
from .sending import Letter, Outcome, earlier, post, waiting_elsewhere
from .sent import Line, Sent

TEST = "test"

Item = Union[Letter, Line]
"""What becomes of one report: a letter is sent, a line says why nothing is."""


class Correspondence:
    """One run that writes about these reports. `known` is each report as it is, `me` the account.

    Raises InputError for a connection without account, ServiceError.
    """

    def __init__(self, api: EspaceCo, store: Store, numbers: Sequence[int], watch: Watch) -> None:
        self.me = writer(api)
        self._api = api
        self._store = store
        self._watch = watch
        self._began = datetime.now(timezone.utc)
        self._before = present(api, store, numbers)
        self._communities: dict[int, Optional[Community]] = {}
        self._copy = LocalCopy(store, api.site, watch.warn)
        self._waiting = 0
        self.known: dict[int, Known] = dict(self._before.reports)

    # ------------------------------------------------------------------ what is known

    def community(self, number: Optional[int]) -> Optional[Community]:
        """A community, asked for once; None if it is not shown to this account."""
        if number is None:
            return None
        if number not in self._communities:
            try:
                self._communities[number] = communities.get(self._api, number)
            except (Forbidden, NotFound):
                self._communities[number] = None
        return self._communities[number]

    def label(self, number: int, code: str) -> str:
        """The name of a status, as the community of this report says it, if that has been asked for."""
        known = self.known.get(number)
        community = self._communities.get(known.community) if known and known.community is not None else None
        return (community.labels.get(code) if community else None) or self._copy.label(code)

    def labels(self) -> dict[str, str]:
        """Names of the statuses in the first of the communities that were asked for."""
        first = next(filter(None, self._communities.values()), None)
        return first.labels if first else {}

    def manages(self, number: int) -> bool:
        """Whether the account is a manager of the report's community."""
        wanted = self.known[number].community
        return self.me.administrator or any(
            m.community_id == wanted and m.usable and m.role == "admin" for m in self.me.memberships
        )

    def closing(self, number: int) -> str:
        """As what, and by whom, a report was closed."""
        known = self.known[number]
        words = _("“{status}”, by {who}") if known.validator else "“{status}”"
        return words.format(status=self.label(number, known.status), who=known.validator)

    # ------------------------------------------------------------------ left out

    def skipped(self, number: int, why: str) -> Line:
        """The line of a report that is left out."""
        return self.line(number, Outcome("skipped", 0, number), why)

    def fault(self, number: int, why: str) -> Line:
        """The line of a report for which something is wrong, so that nothing is sent."""
        return self.line(number, Outcome("fault", 0, number), why)

    def gone(self, number: int) -> Line:
        """The line of a report that is not there."""
        return self.fault(number, _not_there(number))

    def begun(self, letter: Letter, *, again: bool) -> bool:
        """Whether an earlier run sent it, or may have: then only the outbox knows what came of it."""
        entry = earlier(self._api, self._store, self.me, letter, again=again)
        return entry is not None and entry.state in ("sent", "unsure")

    # ------------------------------------------------------------------ sending

    def supersede(self, asked: Mapping[int, Collection[str]]) -> None:
        """Give up what earlier runs could not surely change of these members of reports: it would undo this run."""
        outbox = Outbox(self._store)
        with self._store.atomic():
            outbox.drop(
                entry.id
                for entry in outbox.entries(*WAITING, kind="change")
                if entry.waits_for(self._api.root, self.me.id)
                and entry.payload.keys() <= set(asked.get(entry.report or 0, ()))
            )

    def deliver(self, items: Mapping[int, Item], *, again: bool = False, dry_run: bool = False) -> dict[int, Outcome]:
        """Send the letters among these items; gives the outcome of each by its report, and brings `known` up to date.

        What the server answers, and in the end what has become of the reports, goes into the store. Raises Interrupted.
        """
        letters = {number: item for number, item in items.items() if isinstance(item, Letter)}
        if dry_run:
            return {number: self._planned(letter, again) for number, letter in letters.items()}
        self._copy = LocalCopy(
            self._store, self._api.site, self._watch.warn, next(filter(None, self._communities.values()), None)
        )
        with self._store.atomic():
            self._copy.put(self._before.rows.values(), without=self._before.gone)
        try:
            found = post(
                self._api, self._store, self.me, list(letters.values()), self._copy, again=again, watch=self._watch
            )
        except Interrupted as stopped:
            replied = [number for number, letter in letters.items() if letter.kind == "reply"]
            if not isinstance(stopped.__cause__, (Cancelled, Unreachable)):  # else nothing can be asked any more
                self._look_again(replied)
            raise
        outcomes = dict(zip(letters, found))
        self._waiting = waiting_elsewhere(self._store, found)
        # the answer to a reply is not the report (contract 2.5.4)
        replied = [number for number, outcome in outcomes.items() if outcome.done and letters[number].kind == "reply"]
        refused = [number for number, outcome in outcomes.items() if isinstance(outcome.failure, Forbidden)]
        gone = [number for number, outcome in outcomes.items() if isinstance(outcome.failure, NotFound)]
        sure = [number for number in replied if outcomes[number].state != "already"]
        self._look_again([*replied, *refused], [*sure, *gone])
        for number, outcome in outcomes.items():
            if outcome.row and letters[number].kind == "change":
                self.known[number] = Known.of(outcome.row)
        return outcomes

    def _planned(self, letter: Letter, again: bool) -> Outcome:
        entry = earlier(self._api, self._store, self.me, letter, again=again)
        if entry is not None and entry.state == "sent":
            return Outcome("already", entry.id, letter.report, entry.answer)
        return Outcome("planned", 0, letter.report)

    def _look_again(self, numbers: Sequence[int], sure: Sequence[int] = ()) -> None:
        now = read_back(
            self._api,
            self._store,
            self._copy,
            numbers,
            self._watch,
            # our clock and the server's may differ, and so may what is understood by a date (A9)
            since=self._began - A9_OVERLAP,
            communities=self._before.communities,
            sure=sure,
        )
        self.known.update((number, Known.of(row)) for number, row in now.items() if row is not None)

    # ------------------------------------------------------------------ telling

    def line(self, number: int, outcome: Outcome, detail: str = "") -> Line:
        """The line of a letter, with the report's status now; the `detail` stands instead of the error."""
        known, before = self.known.get(number), self._before.reports.get(number)
        about = known.about if known else before.about if before else ""
        code = known.status if known else ""
        sent = Sent()
        sent.add(self._api, outcome, about=about, status=code, label=self.label(number, code) if code else "")
        sent.lines[0].detail = detail or outcome.error
        return sent.lines[0]

    def finish(self, sent: Sent) -> None:
        """What there is to say of the run as a whole."""
        sent.requests = self._api.session.requests_sent
        if self._waiting:
            sent.notes.append(
                ngettext(
                    "{n} thing of earlier runs still waits in the outbox.",
                    "{n} things of earlier runs still wait in the outbox.",
                    self._waiting,
                )
            )

    def refusal(self, number: int, outcome: Outcome, closed: str, forbidden: str) -> str:
        """Why the server refused, in our words where we know it; "" else.

        `closed` is for a report closed meanwhile and may say {how}, `forbidden` for one that the account has no right
        to; both may name {number}.
        """
        if isinstance(outcome.failure, NotFound):
            return _not_there(number)
        if not isinstance(outcome.failure, Forbidden):
            return ""
        before, now = self._before.reports.get(number), self.known.get(number)
        if before and now and is_closed(now) and not is_closed(before):
            return closed.format(number=number, how=self.closing(number))
        said = outcome.failure.server_message
        return forbidden.format(number=number) + (" " + _("It said: “{words}”.").format(words=said) if said else "")


def is_closed(known: Known) -> bool:
    """Whether a report has come to its end; a test has not."""
    return not status(known.status).open and known.status != TEST


def _not_there(number: int) -> str:
    return _("Report {number} is not there, or is hidden from you.").format(number=number)
