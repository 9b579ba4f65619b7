"""Finding out what had reached the server although its answer was lost (contract 2.4, 2.5).

Reports are known by author, date, community, theme, position and text; replies by author, date and text; documents by
name, size and date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Callable, Optional, Union

from ...client import reading
from ...client.errors import Forbidden, MalformedAnswer, NotFound, ServerFault, ServiceError
from ...client.espaceco import reports
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.contributions import A14_NO_GROUP
from ...client.espaceco.dates import aware
from ...client.espaceco.reports import ReportQuery
from ...client.espaceco.statuses import status
from ...client.espaceco.users import Me
from ...client.paging import Row
from ...store.outbox import Entry, Outbox
from ..positions import position

KINDS = ("create", "reply", "attach")
"""What is looked for. The others set a state: they are sent again without harm."""
CLOCK_MARGIN = timedelta(minutes=15)
"""How late a clock may seem without being so, and how much later than begun a request may be sent."""
SAME_PLACE = 1e-6
"""Degrees within which two positions are the same: ten centimetres."""
A17_WAITING = "pending2"
"""A17: what the closing by somebody who is no manager becomes."""


class LostAnswers:
    """Looks for what came of the letters of one account."""

    def __init__(self, api: EspaceCo, outbox: Outbox, me: Me) -> None:
        self._api = api
        self._outbox = outbox
        self._me = me

    def find(self, entries: Sequence[Entry]) -> tuple[dict[int, Row], dict[int, ServiceError]]:
        """What came of these entries, by their ids: those that are there, with the server's row (empty for documents);
        then those of which the server cannot say it now, with its fault. Raises ServiceError if nothing can be said.
        """
        found = dict(self._creations([entry for entry in entries if entry.kind == "create"]))
        unclear: dict[int, ServiceError] = {}
        about: dict[int, list[Entry]] = {}
        for entry in entries:
            if entry.kind in ("reply", "attach") and entry.report is not None:
                about.setdefault(entry.report, []).append(entry)
        for some, report in zip(about.values(), self._api.session.in_parallel(self._look_at, about)):
            if isinstance(report, ServiceError):
                unclear.update((entry.id, report) for entry in some)
            else:
                found.update(self._replies([entry for entry in some if entry.kind == "reply"], report))
                found.update(self._documents([entry for entry in some if entry.kind == "attach"], report))
        return found, unclear

    def _look_at(self, number: int) -> Union[Row, ServiceError]:
        """A report as it is now, nothing if it is gone or hidden; an error that stands for this one alone."""
        try:
            return reports.get_in_parallel(self._api, number)
        except (NotFound, Forbidden):
            return {}
        except (ServerFault, MalformedAnswer) as error:
            return error

    def _creations(self, entries: Sequence[Entry]) -> Iterable[tuple[int, Row]]:
        if not entries:
            return ()
        query = ReportQuery(author=self._me.id, opened_since=min(map(self._since, entries)))
        # a report that came of another entry is not this one's
        taken = self._outbox.answers("create")
        rows = [row for row in reports.whole(self._api, query) if reading.integer(row.get("id")) not in taken]
        return _matched(entries, rows, _likeness_of_report)

    def _replies(self, entries: Sequence[Entry], report: Row) -> Iterable[tuple[int, Row]]:
        if not entries:
            return ()
        taken = self._outbox.answers("reply")
        rows = [
            row
            for row in reading.objects(report.get("replies"))
            if reading.person(row.get("author"))[0] == self._me.id and reading.integer(row.get("id")) not in taken
        ]
        return _matched(entries, rows, lambda e, row: _likeness_of_reply(e, row) if self._is_new(e, row) else None)

    def _documents(self, entries: Sequence[Entry], report: Row) -> Iterator[tuple[int, Row]]:
        rows = reading.objects(report.get("attachments"))
        for entry in entries:
            ours: list[Row] = []
            for file in entry.payload["files"]:
                ours += [row for row in rows if row not in ours and self._is_new(entry, row) and _is_file(row, file)][
                    :1
                ]
            if len(ours) == len(entry.payload["files"]):
                rows = [row for row in rows if row not in ours]
                yield entry.id, {}

    def _is_new(self, entry: Entry, row: Row) -> bool:
        """Whether a reply or a document came after the entry was begun; one without a date may have."""
        date = reading.instant(row.get("date"))
        return date is None or aware(date) >= self._since(entry)

    def _since(self, entry: Entry) -> datetime:
        """The moment, by the server's clock, before which nothing can have come of this entry."""
        return datetime.fromisoformat(entry.tried or entry.created) - CLOCK_MARGIN - self._server_behind

    @cached_property
    def _server_behind(self) -> timedelta:
        """By how much the server's clock is behind ours. Being ahead does no harm, be it true or not."""
        answer = self._api.session.get(self._api.url("users/me"))
        try:
            said = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
        except (TypeError, ValueError, IndexError, OverflowError):
            return timedelta(0)
        return timedelta(seconds=max(0.0, datetime.now(timezone.utc).timestamp() - said))


def _matched(
    entries: Sequence[Entry], rows: Sequence[Row], likeness: Callable[[Entry, Row], Optional[int]]
) -> Iterator[tuple[int, Row]]:
    """Each entry with the row that came of it, the likest first; None for a row that cannot have."""
    pairs = [(likeness(entry, row), entry.id, at) for entry in entries for at, row in enumerate(rows)]
    found: dict[int, int] = {}
    for _alike, entry, at in sorted((p for p in pairs if p[0] is not None), key=lambda p: p[0] or 0, reverse=True):
        if entry not in found and at not in found.values():
            found[entry] = at
            yield entry, rows[at]


def _likeness_of_report(entry: Entry, report: Row) -> Optional[int]:
    """None if this report cannot have come of these members; else how much of what a server may rewrite agrees."""
    payload = entry.payload
    at, wanted = position(report.get("geometry")), position(payload.get("geometry"))
    if at is None or wanted is None or max(abs(at[0] - wanted[0]), abs(at[1] - wanted[1])) > SAME_PLACE:
        return None
    themes, asked = _themes(report), _themes(payload)
    same = (
        _plain(report.get("comment")) == _plain(payload.get("comment"))
        and _community(report) == _community(payload)
        and themes.keys() == asked.keys()
    )
    alike = (themes == asked, reading.mapping(report.get("sketch")) == reading.mapping(payload.get("sketch")))
    return sum(alike) if same else None


def _likeness_of_reply(entry: Entry, reply: Row) -> Optional[int]:
    """As `_likeness_of_report`: the status may be another than asked for (A17)."""
    if _plain(reply.get("content")) != _plain(entry.payload["content"]):
        return None
    asked, given = entry.payload["status"], reading.text(reply.get("status"))
    return 2 if asked == given else int(given == A17_WAITING and not status(asked).open)


def _themes(report: Row) -> dict[str, dict[str, str]]:
    """The values of each theme, as texts."""
    found = reading.theme_values(report.get("attributes"))
    return {theme: {name: reading.text(value) for name, value in values.items()} for _community, theme, values in found}


def _community(report: Row) -> Optional[int]:
    number = reading.integer(report.get("community"))
    return None if number == A14_NO_GROUP else number


def _is_file(document: Row, file: dict[str, Any]) -> bool:
    return (reading.text(document.get("filename")), reading.integer(document.get("size"))) == (
        file["name"],
        file["size"],
    )


def _plain(text: Any) -> str:
    """Whatever a server does to blanks and line ends."""
    return " ".join(reading.text(text).split())
