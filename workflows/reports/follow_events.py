"""What happened to a report between two looks at it: a small state of it is remembered, and compared with what it is.

The server says who replied, who closed and who wrote a report, but not who edited it: such an event has no author.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Callable, Optional

from ...client import reading
from ...client.espaceco.dates import aware
from ...client.espaceco.statuses import status as known_status
from ...client.paging import Row
from ...i18n import N_, _
from ...store.follows import Followed
from ..positions import position
from .report_rows import seconds, stored_date, theme_text

KINDS = {
    "new": (N_("new report"), "good"),
    "entered": (N_("came into the filter"), "good"),
    "reply": (N_("new reply"), "in_progress"),
    "status": (N_("another status"), "in_progress"),
    "closed": (N_("closed"), "treated"),
    "reopened": (N_("opened again"), "warning"),
    "message": (N_("message edited"), "muted"),
    "position": (N_("moved"), "muted"),
    "theme": (N_("another theme"), "muted"),
    "attributes": (N_("attributes edited"), "muted"),
    "sketch": (N_("sketch edited"), "muted"),
    "community": (N_("another community"), "muted"),
    "document_added": (N_("document added"), "muted"),
    "document_removed": (N_("document removed"), "muted"),
    "reply_edited": (N_("reply edited"), "muted"),
    "reply_removed": (N_("reply removed"), "muted"),
    "left": (N_("left the filter"), "warning"),
    "vanished": (N_("vanished"), "bad"),
}
"""The kinds of event in words, with the tone of `report.Tag`, in the order in which they are shown."""
STATUS_CHANGES = ("status", "closed", "reopened")
EDITS = (
    "message",
    "position",
    "theme",
    "attributes",
    "sketch",
    "community",
    "document_added",
    "document_removed",
    "reply_edited",
    "reply_removed",
)
EXCERPT = 80
"""Characters of a message that name a report."""
SLOW = timedelta(minutes=15)
"""What is dated so little before the last change that was seen may have come to light after it."""

Label = Callable[[str], str]


@dataclass(frozen=True)
class Event:
    """One thing that happened. `date` is ISO 8601 as the server gave it; `author` None where nobody is told."""

    report: int
    kind: str
    about: str
    date: Optional[str] = None
    author_id: Optional[int] = None
    author: Optional[str] = None
    before: Optional[str] = None
    after: Optional[str] = None
    detail: Optional[str] = None


def state_of(number: int, report: Row) -> Followed:
    """What is remembered of a report: what names it, and digests of the rest."""
    themes = list(reading.theme_values(report.get("attributes")))
    sketch = report.get("sketch")
    at = position(report.get("geometry"))
    content = {
        "text": excerpt(reading.text(report.get("comment"))),
        "place": reading.place(report.get("commune"))[1] or "",
        "message": _digest(reading.text(report.get("comment"))),
        "position": f"{at[0]} {at[1]}" if at else "",
        "theme": ", ".join(theme for _community, theme, _values in themes),
        "attributes": _digest([values for _community, _theme, values in themes]),
        "sketch": _digest(reading.mapping(sketch) or sketch) if sketch else "",
        "community": reading.integer(report.get("community")),
        "documents": {key: _document_name(document) for key, document in _documents(report)},
        "replies": {key: _digest(_said(reply)) for key, reply in _replies(report)},
    }
    # half a surrogate pair, which JSON can spell, is no text that SQLite takes: JSON text is escaped
    status = reading.text(report.get("status")).encode(errors="replace").decode()
    return Followed(number, status, stored_date(report.get("updating_date")), json.dumps(content, sort_keys=True))


def about(known: Followed) -> str:
    """What names a report for people: how its message begins, theme and commune."""
    content = _content(known)
    return " – ".join(part for part in (content["text"], content["theme"], content["place"]) if part)


def arrived(number: int, report: Row, since: Optional[datetime], label: Label) -> Iterator[Event]:
    """The events of a report that was not known: its coming, and what was said or done to it since then."""
    state = state_of(number, report)
    name = about(state)
    if since is not None:
        since -= SLOW
    new = since is None or not reading.instant(report.get("opening_date")) or _is_after(report["opening_date"], since)
    author_id, author = reading.person(report.get("author"))
    yield Event(
        number,
        "new" if new else "entered",
        name,
        stored_date(report.get("opening_date" if new else "updating_date")),
        author_id if new else None,
        author if new else None,
        after=label(state.status or ""),
        detail=reading.text(report.get("comment")) or None,
    )
    if since is None:
        return
    for _key, reply in _replies(report):
        if _is_after(reply.get("date"), since):
            yield _reply(number, name, reply, label)
    if not known_status(state.status or "").open and _is_after(report.get("closing_date"), since):
        yield _status(number, name, report, None, state.status or "", [], label)


def changes(known: Followed, report: Row, label: Label) -> Iterator[Event]:
    """What happened to a report since this was known of it."""
    now = state_of(known.report, report)
    before, after = _content(known), _content(now)
    number, name = known.report, about(now)
    new_replies = [reply for key, reply in _replies(report) if key not in before["replies"]]
    for reply in new_replies:
        yield _reply(number, name, reply, label)
    if now.status != known.status:
        yield _status(number, name, report, known.status or "", now.status or "", new_replies, label)
    for kind, old, new, detail in _edits(before, after, report):
        yield Event(number, kind, name, now.updated, before=old, after=new, detail=detail)


def left(known: Followed, report: Row, label: Label) -> Event:
    """A report that is still there, but no longer answers the filters."""
    state = state_of(known.report, report)
    return Event(
        known.report,
        "left",
        about(state),
        state.updated,
        after=label(state.status or ""),
        detail=_("It is still there, but no longer answers the filters."),
    )


def vanished(known: Followed, label: Label) -> Event:
    """A report that cannot be had any more."""
    return Event(
        known.report,
        "vanished",
        about(known),
        before=label(known.status or ""),
        detail=_("It was deleted, or is no longer shown to you."),
    )


def excerpt(text: str, most: int = EXCERPT) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _content(known: Followed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(known.content or "{}")
    return found


def _edits(
    before: dict[str, Any], after: dict[str, Any], report: Row
) -> Iterator[tuple[str, Optional[str], Optional[str], Optional[str]]]:
    """Kind, before, after, detail of what was edited."""
    if before["message"] != after["message"]:
        yield "message", before["text"] or None, after["text"] or None, reading.text(report.get("comment")) or None
    for kind in ("position", "theme", "community"):
        if before[kind] != after[kind]:
            yield kind, _text(before[kind]), _text(after[kind]), None
    if before["attributes"] != after["attributes"] and before["theme"] == after["theme"]:
        values = reading.theme_values(report.get("attributes"))
        yield "attributes", None, "|".join(theme_text(theme, given) for _community, theme, given in values), None
    if before["sketch"] != after["sketch"]:
        yield "sketch", None, None, None
    old, new = before["documents"], after["documents"]
    for key in new.keys() - old.keys():
        yield "document_added", None, new[key], None
    for key in old.keys() - new.keys():
        yield "document_removed", old[key], None, None
    said, answers = before["replies"], dict(_replies(report))
    for key in said.keys() & answers.keys():
        if said[key] != after["replies"][key]:
            yield "reply_edited", None, None, _said(answers[key])
    for _key in said.keys() - answers.keys():
        yield "reply_removed", None, None, None


def _reply(number: int, name: str, reply: Row, label: Label) -> Event:
    author_id, author = reading.person(reply.get("author"))
    code = reading.text(reply.get("status"))
    date = stored_date(reply.get("date"))
    said = _said(reply) or None
    return Event(number, "reply", name, date, author_id, author, after=label(code) if code else None, detail=said)


def _status(
    number: int, name: str, report: Row, before: Optional[str], after: str, replies: list[Row], label: Label
) -> Event:
    """A change of the status, by whoever gave it with a reply, else closed the report."""
    is_open = known_status(after).open
    was_open = before is None or known_status(before).open
    kind = "closed" if was_open and not is_open else "reopened" if is_open and not was_open else "status"
    giving = [reply for reply in replies if reply.get("status") == after]
    if giving:
        date, who = giving[-1].get("date"), giving[-1].get("author")
    elif kind == "closed":
        date, who = report.get("closing_date"), report.get("validator")
    else:
        date, who = report.get("updating_date"), None
    author_id, author = reading.person(who)
    old = None if before is None else label(before)
    return Event(number, kind, name, stored_date(date), author_id, author, before=old, after=label(after))


def _replies(report: Row) -> list[tuple[str, Row]]:
    """The replies, oldest first (A16: the server's order is not sure), each with what it is known by."""
    found = reading.objects(report.get("replies") or [])
    keyed = [(_key(reply.get("id"), [reply.get("date"), reply.get("author"), _said(reply)]), reply) for reply in found]
    return sorted(keyed, key=lambda pair: (seconds(pair[1].get("date")), reading.integer(pair[1].get("id")) or 0))


def _documents(report: Row) -> list[tuple[str, Row]]:
    found = reading.objects(report.get("attachments") or [])
    return [(_key(document.get("id"), document.get("download_uri") or _document_name(document)), document)
            for document in found]  # fmt: skip


def _key(number: Any, otherwise: Any) -> str:
    found = reading.integer(number)
    return str(found) if found is not None else _digest(otherwise)


def _document_name(document: Row) -> str:
    return excerpt(reading.text(document.get("filename")) or reading.text(document.get("title")) or "?")


def _said(reply: Row) -> str:
    """Title and text of a reply."""
    return "\n".join(filter(None, (reading.text(reply.get("title")), reading.text(reply.get("content")))))


def _is_after(date: Any, since: datetime) -> bool:
    moment = reading.instant(date)
    return moment is not None and aware(moment) > since


def _text(value: Any) -> Optional[str]:
    return None if value in (None, "") else str(value)


def _digest(value: Any) -> str:
    """The same for the same JSON value, whatever the order of its members."""
    try:
        text = json.dumps(value, sort_keys=True)
    except RecursionError:  # nested deeper than anybody can read
        return "deep"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
