"""Documents of reports: joined to them, and deleted from them (contract 2.5.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Optional

from ...client import reading
from ...client.errors import Forbidden
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.reports import page_for_people
from ...client.espaceco.statuses import status
from ...client.espaceco.users import Me
from ...client.paging import Row
from ...i18n import _, ngettext
from ...store.database import quoted
from ...store.schema import DOCUMENT_TABLE
from ...store.store import Store
from ..connection.communities import writer
from ..errors import InputError
from ..file_names import matches, patterns
from ..reports.local_copy import LocalCopy
from ..reports.present import Known
from ..reports.reports_now import read_back, reports_now
from ..watch import Watch
from .correspondence import is_closed
from .documents import Documents, check, too_many
from .sending import DONE, Letter, Outcome, earlier, post
from .sent import Line, Sent


@dataclass(frozen=True)
class Document:
    """A document as the server has it on a report; size in bytes."""

    id: Optional[int]
    name: str
    size: Optional[int]


def documents_of(report: Optional[Row]) -> list[Document]:
    """The documents of a report of the server."""
    return [
        Document(reading.integer(d.get("id")), reading.text(d.get("filename")), reading.integer(d.get("size")))
        for d in reading.objects((report or {}).get("attachments"))
    ]


@dataclass(eq=False)
class _Wish:
    """What is wanted of one report: a letter, or an outcome that is known without sending, `detail` saying why.

    `again`: send it even if an earlier run did. `changed`: the store may have the report as it was.
    """

    report: int
    about: str = ""
    letter: Optional[Letter] = None
    outcome: str = ""
    detail: str = ""
    again: bool = False
    changed: bool = False

    def fault(self, sentence: str) -> None:
        self.outcome, self.detail = "fault", " ".join(filter(None, (self.detail, sentence)))


# ---------------------------------------------------------------------- joining


def add_attachments(
    api: EspaceCo,
    store: Store,
    wanted: Mapping[int, Sequence[Path]],
    *,
    only_valid: bool = False,
    again: bool = False,
    dry_run: bool = False,
    watch: Optional[Watch] = None,
) -> Sent:
    """Join these files to these reports, by number. One fault, and nothing is sent, unless `only_valid`.

    A file (name, size and content) that an earlier run joined and that is still there is not sent again, unless
    `again`. The store then has the reports as they are. Raises InputError without account, ServiceError, Interrupted.
    """
    watch = watch or Watch()
    adding = _Adding(api, store, writer(api), again, watch)
    now = reports_now(api, list(wanted))
    wishes = [wish for number, paths in wanted.items() for wish in adding.wishes(number, now[number], paths)]
    faulty = {wish.report for wish in wishes if wish.outcome == "fault"}
    sent = Sent()
    if faulty and not dry_run:
        for wish in wishes:
            if not wish.outcome and (not only_valid or wish.report in faulty):
                wish.outcome = "waiting"
        sent.notes.append(
            _("Reports with a fault were left out.")
            if only_valid
            else _("Nothing was sent because of the faults; ONLY_VALID sends what has none.")
        )
    return _carry_out(api, store, adding.me, wishes, now, sent, dry_run=dry_run, watch=watch)


class _Adding:
    def __init__(self, api: EspaceCo, store: Store, me: Me, again: bool, watch: Watch) -> None:
        self.me = me
        self._api = api
        self._store = store
        self._again = again
        self._watch = watch
        self._looked_at: dict[Path, Documents] = {}

    def wishes(self, number: int, report: Optional[Row], paths: Sequence[Path]) -> list[_Wish]:
        """What is to be joined to one report, each with its letter, or with its fault."""
        if not paths:
            detail = _("Report {number}: no document is given for it.").format(number=number)
            return [_Wish(number, outcome="skipped", detail=detail)]
        there, found, known = documents_of(report), [], set()
        for path in dict.fromkeys(paths):
            checked, wish = self._checked(path), _Wish(number, path.name)
            found.append(wish)
            if checked.faults:
                wish.fault(" ".join(checked.faults))
                continue
            (file,) = checked.files
            if (file["name"], file["digest"]) in known:
                found.pop()  # the same file in two folders
                continue
            known.add((file["name"], file["digest"]))
            wish.letter = Letter("attach", {"files": [file]}, report=number)
            same = next((d for d in there if (d.name, d.size) == (file["name"], file["size"])), None)
            entry = earlier(self._api, self._store, self.me, wish.letter, again=self._again)
            wish.again = self._again
            if entry is not None and entry.state == "sent":
                wish.outcome, wish.changed = ("already", True) if same else ("", False)
                wish.again = same is None  # deleted since then, it is wanted once more
            elif entry is not None and entry.state == "unsure" and same:
                there.remove(same)  # most likely this very file, whose answer was lost
        self._judge(number, report, [wish for wish in found if wish.outcome != "already"], len(there))
        return found

    def _checked(self, path: Path) -> Documents:
        if path not in self._looked_at:
            self._looked_at[path] = check([path])
            for warning in self._looked_at[path].warnings:
                self._watch.warn(warning)
        return self._looked_at[path]

    @staticmethod
    def _judge(number: int, report: Optional[Row], new: Sequence[_Wish], there: int) -> None:
        """The faults of the report itself."""
        many = too_many(len(new) + there) if new else ""
        why = _closed_or_gone(number, report) or (
            _("Report {number}: {why}").format(number=number, why=many) if many else ""
        )
        for wish in new if why else ():
            wish.fault(why)


def _closed_or_gone(number: int, report: Optional[Row]) -> str:
    """Why the documents of a report cannot be changed, "" if they can."""
    if report is None:
        return _("Report {number} is not there, or is hidden from you.").format(number=number)
    known = Known.of(report)
    if is_closed(known):
        text = _("Report {number} is closed ({status}): its documents can no longer be changed.")
        return text.format(number=number, status=status(known.status).label)
    return ""


# ---------------------------------------------------------------------- deleting


def reports_of_documents(store: Store, ids: Iterable[int]) -> dict[int, int]:
    """The report of each of these documents, as the store knows it. Raises InputError naming those it does not know."""
    found, unknown = {}, []
    sql = f'SELECT "NoSignalement" FROM {quoted(DOCUMENT_TABLE)} WHERE id = ?'  # nosec B608 - the name is ours
    for number in dict.fromkeys(ids):
        report = store.one(sql, (number,))
        if report is None:
            unknown.append(number)
        else:
            found[number] = report
    if unknown:
        raise InputError(
            ngettext(
                "The store has no document {numbers}. Download the reports again, or give the report and the name.",
                "The store has no documents {numbers}. Download the reports again, or give the reports and the names.",
                len(unknown),
                numbers=", ".join(map(str, unknown)),
            )
        )
    return found


def delete_attachments(
    api: EspaceCo,
    store: Store,
    ids: Mapping[int, int],
    reports: Sequence[int] = (),
    names: str = "",
    *,
    dry_run: bool = False,
    watch: Optional[Watch] = None,
) -> Sent:
    """Delete these documents, the report of each by its id, and of these reports those whose names fit the patterns.

    The store then has the reports as they are. Raises InputError without account, ServiceError, Interrupted.
    """
    watch = watch or Watch()
    me, wanted = writer(api), patterns(names)
    asked: dict[int, list[int]] = {number: [] for number in reports}
    for document, report in ids.items():
        asked.setdefault(report, []).append(document)
    now = reports_now(api, list(asked))
    by_name = set(reports)
    wishes = []
    for number, numbers in asked.items():
        there = documents_of(now[number])
        chosen = [d for d in there if d.id in numbers or (number in by_name and matches(d.name, wanted))]
        why = _closed_or_gone(number, now[number])
        found = [_deletion(number, document) for document in chosen if document.id is not None]
        gone = [
            _("Document {id} is not on report {number} any more.").format(id=document, number=number)
            for document in numbers
            if document not in {d.id for d in there}
        ]
        if number in by_name and not found and not why:
            gone.append(_("Report {number} has no document “{names}”.").format(number=number, names=names))
        if why:
            found = found or [_Wish(number)]
            for wish in found:
                wish.fault(why)
        elif gone:
            found += [_Wish(number, outcome="skipped", detail=detail, changed=True) for detail in gone]
        wishes += found
    return _carry_out(api, store, me, wishes, now, Sent(), dry_run=dry_run, watch=watch)


def _deletion(report: int, document: Document) -> _Wish:
    about = f"{document.name} ({document.id})"
    return _Wish(report, about, Letter("detach", {"document": document.id}, report=report))


# ---------------------------------------------------------------------- carrying out


def _carry_out(
    api: EspaceCo,
    store: Store,
    me: Me,
    wishes: Sequence[_Wish],
    now: Mapping[int, Optional[Row]],
    sent: Sent,
    *,
    dry_run: bool,
    watch: Watch,
) -> Sent:
    """Send the letters of what is still wanted; what became of each, in their order."""
    copy, outcomes = LocalCopy(store, api.site, watch.warn), dict[_Wish, Outcome]()
    for detail in dict.fromkeys(wish.detail for wish in wishes if wish.outcome == "fault"):
        watch.warn(detail)
    wanted = [wish for wish in _in_turn(wishes) if not wish.outcome]
    reports = dict(now)
    if dry_run:
        for wish in wanted:
            wish.outcome = "planned"
    else:
        for again in (False, True):
            some = [wish for wish in wanted if wish.again == again]
            letters = [wish.letter for wish in some if wish.letter is not None]
            if letters:
                outcomes.update(zip(some, post(api, store, me, letters, copy, again=again, watch=watch)))
        touched = {wish.report for wish, outcome in outcomes.items() if outcome.state in DONE}
        touched.update(wish.report for wish in wishes if wish.changed)
        reports.update(read_back(api, store, copy, sorted(touched), watch))
    for wish in wishes:
        code = reading.text((reports.get(wish.report) or {}).get("status"))
        label = copy.label(code) if code else ""
        outcome, detail = wish.outcome, wish.detail
        if wish in outcomes:
            outcome, detail = outcomes[wish].state, _refusal(wish.report, outcomes[wish])
        page = page_for_people(api, wish.report)
        sent.lines.append(Line(outcome, wish.report, wish.about, code, label, detail, page))
    sent.requests = api.session.requests_sent
    return sent


def _in_turn(wishes: Sequence[_Wish]) -> list[_Wish]:
    """The first of each report, then the second of each: letters about one report are sent one after another."""
    by_report: dict[int, list[_Wish]] = {}
    for wish in wishes:
        by_report.setdefault(wish.report, []).append(wish)
    return [wish for turn in zip_longest(*by_report.values()) for wish in turn if wish is not None]


def _refusal(report: int, outcome: Outcome) -> str:
    """What there is to say of what did not go through."""
    if not isinstance(outcome.failure, Forbidden):
        return outcome.error
    said = outcome.failure.server_message
    text = _("Report {number}: your account may not change its documents. Its author and the managers may.")
    return text.format(number=report) + (" " + _("It said: “{words}”.").format(words=said) if said else "")
