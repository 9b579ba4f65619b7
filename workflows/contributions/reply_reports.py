"""Reply to reports: a text and a status each; what the server made of it is read back (contract 2.5.4, 2.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from ...client.errors import shortened
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.statuses import TREATMENT_STATUSES
from ...client.espaceco.statuses import status as known_status
from ...i18n import _, ngettext
from ...store.store import Store
from ..pages.report import Section, Table, Tag
from ..watch import Watch
from .correspondence import TEST, Correspondence, Item, is_closed
from .lost_answers import A17_WAITING
from .sending import Letter, Outcome
from .sent import Sent
from .theme_forms import plain

LONGEST_SAID = 300
"""Characters of a text on the page."""


@dataclass(frozen=True)
class Reply:
    """What to say on one report."""

    content: str
    status: str


@dataclass
class Replied(Sent):
    """What came of the replies. `said` counts text, status asked for and its name; `labels` are all the names."""

    closed: int = 0
    to_validate: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    said: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def numbers(self) -> dict[str, int]:
        return {**super().numbers(), "CLOSED_COUNT": self.closed, "TO_VALIDATE_COUNT": self.to_validate}

    def sections(self) -> list[Section]:
        """The texts, for the page."""
        rows = [
            (number, Tag(label, code), shortened(text, LONGEST_SAID))
            for (text, code, label), number in self.said.most_common()
        ]
        table = Table(columns=(_("Reports"), _("Status asked for"), _("Text")), rows=rows)
        return [Section(title=_("The replies"), table=table)] if rows else []


def reply_to_reports(
    api: EspaceCo,
    store: Store,
    replies: Mapping[int, Reply],
    *,
    title: str = "",
    again: bool = False,
    dry_run: bool = False,
    watch: Optional[Watch] = None,
) -> Replied:
    """Send each report its reply, in their order. Closed and test reports are left out, faulty replies are not sent.

    Raises InputError, ServiceError, and Interrupted when it stopped half-way.
    """
    run = Correspondence(api, store, list(replies), watch or Watch())
    items = {number: _item(run, number, reply, title, again) for number, reply in replies.items()}
    outcomes = run.deliver(items, again=again, dry_run=dry_run)
    replied = Replied(labels=run.labels())
    for number, item in items.items():
        if not isinstance(item, Letter):
            replied.lines.append(item)
            continue
        outcome, content, asked = outcomes[number], item.payload["content"], item.payload["status"]
        replied.lines.append(run.line(number, outcome, _detail(run, number, outcome, asked)))
        replied.said[content, asked, run.label(number, asked)] += 1
        if outcome.done and not dry_run:
            replied.closed += is_closed(run.known[number])
            replied.to_validate += a17_waits(asked, run.known[number].status)
    if replied.to_validate:
        replied.notes.append(
            ngettext(
                "{n} closing waits for validation: a manager of the community has to confirm it.",
                "{n} closings wait for validation: a manager of the community has to confirm them.",
                replied.to_validate,
            )
        )
    run.finish(replied)
    return replied


def a17_waits(asked: str, status: str) -> bool:
    """A17: whether the server made of a closing, by somebody who may not close, a report to be validated."""
    return status == A17_WAITING and not known_status(asked).open


def _item(run: Correspondence, number: int, reply: Reply, title: str, again: bool) -> Item:
    content = plain(reply.content).strip()
    if not content:
        text = _("Report {number}: the reply has no text. Give one in MESSAGE, or by MESSAGE_EXPRESSION.")
        return run.fault(number, text.format(number=number))
    if reply.status not in TREATMENT_STATUSES:
        text = _("Report {number}: “{status}” is no status that a reply may set. It may set {codes}.")
        codes = ", ".join(TREATMENT_STATUSES)
        return run.fault(number, text.format(number=number, status=reply.status, codes=codes))
    if number not in run.known:
        return run.gone(number)
    letter = Letter("reply", {"content": content, "status": reply.status, "title": title}, report=number)
    known = run.known[number]
    if known.status == TEST:
        return run.skipped(number, _("Report {number} is a test: it takes no reply.").format(number=number))
    if is_closed(known):
        if run.begun(letter, again=again):  # it may be this very reply that closed it
            return letter
        text = _("Report {number} is closed ({how}): it takes no reply.")
        return run.skipped(number, text.format(number=number, how=run.closing(number)))
    community = run.community(known.community)
    used = [s.code for s in community.statuses if s.active] if community else TREATMENT_STATUSES
    if community and reply.status not in used:
        text = _("Report {number}: the community “{community}” does not use the status “{status}”. It uses {codes}.")
        codes = ", ".join(code for code in TREATMENT_STATUSES if code in used)
        text = text.format(number=number, community=community.name, status=run.label(number, reply.status), codes=codes)
        return run.fault(number, text)
    return letter


def _detail(run: Correspondence, number: int, outcome: Outcome, asked: str) -> str:
    """What there is to say of a reply, beyond its outcome."""
    known = run.known.get(number)
    if outcome.state == "planned" and known:
        community = run.community(known.community)
        may_close = run.manages(number) or community is None or community.all_members_can_valid
        if not known_status(asked).open and not may_close:
            text = _("Report {number}: “{asked}” will wait for validation by a manager of the community.")
        else:
            text = _("Report {number} would become “{asked}”.")
        return text.format(number=number, asked=run.label(number, asked))
    if outcome.done and known and known.status != asked:
        if a17_waits(asked, known.status):
            text = _("Report {number}: “{asked}” waits for validation, the server made it “{status}”.")
        else:
            text = _("Report {number}: “{asked}” was asked for, it is “{status}” now.")
        return text.format(number=number, asked=run.label(number, asked), status=run.label(number, known.status))
    return run.refusal(
        number,
        outcome,
        closed=_("Report {number} was closed meanwhile ({how}): it takes no reply."),
        forbidden=_(
            "You may not reply to report {number} (403): one has to be a member of each community that it quotes."
        ),
    )
