"""A report of the service as rows of the store: the fields of the manual's tables 1 and 2, in its words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable, Optional

from ...client import reading
from ...client.espaceco.dates import aware
from ...client.espaceco.sketches import MalformedSketch, Sketch, SketchObject, colour, read_sketch, size
from ...client.espaceco.statuses import status as known_status
from ...client.paging import Row
from ...i18n import _
from ...store.stage import Rows
from ..positions import BadGeometry, parts, position

_KNOWN = frozenset(
    "id community geometry comment attributes status opening_date updating_date closing_date author validator commune "
    "departement territory input_device device_version sketch sketch_xml replies attachments".split()
)


class RowMaker:
    """Makes rows; `labels` are the community's names of the statuses, `communities` names by id, `site` the web site.

    What cannot be read is left out and said to `warn`, one sentence naming the report.
    """

    def __init__(
        self,
        site: str,
        warn: Callable[[str], None],
        labels: Optional[Mapping[str, str]] = None,
        communities: Optional[Mapping[int, str]] = None,
    ) -> None:
        self._page = site.rstrip("/") + "/georem/"
        self._warn = warn
        self._labels = dict(labels or {})
        self._communities = dict(communities or {})
        self.without_position = 0
        self.sketches_skipped = 0

    def label(self, code: str) -> str:
        """The name of a status: the community's, else the service's."""
        return self._labels.get(code) or known_status(code).label

    def add(self, report: Row, rows: Rows) -> bool:
        """Add one report and all that belongs to it; False (and a warning) if it has no number."""
        number = reading.integer(report.get("id"))
        if number is None:
            self._warn(_("A report without number was left out."))
            return False
        text = reading.text
        at = position(report.get("geometry"))
        if at is None:
            self.without_position += 1
            self._warn(_("Report {number} has no position: it is in the table, not on the map.").format(number=number))
        replies = self._replies(number, report.get("replies"), rows)
        documents = self._documents(number, report.get("attachments"), rows)
        others = {} if report.keys() <= _KNOWN else {n: value for n, value in report.items() if n not in _KNOWN}
        sketches = self._sketches(number, report, rows, others)
        themes = list(reading.theme_values(report.get("attributes")))
        author_id, author = reading.person(report.get("author"))
        insee, commune = reading.place(report.get("commune"))
        department, department_title = reading.place(report.get("departement"))
        code = text(report.get("status"))
        community = reading.integer(report.get("community"))
        rows.reports.append(
            (
                number,
                number,
                author,
                commune,
                insee,
                department_title,
                department,
                stored_date(report.get("opening_date")),
                stored_date(report.get("updating_date")),
                stored_date(report.get("closing_date")),
                "|".join(theme_text(theme, values) for _community, theme, values in themes) or None,
                code,
                self.label(code),
                text(report.get("comment")),
                "\n".join(replies) or None,
                self._page + str(number),
                None,
                " ".join(documents) or None,
                None,
                self._communities.get(community) if community is not None else None,
                community,
                themes[0][1] if themes else None,
                _json([{"community": c, "theme": t, "attributes": v} for c, t, v in themes]) if themes else None,
                author_id,
                reading.person(report.get("validator"))[1],
                reading.place(report.get("territory"))[0],
                reading.optional_text(report.get("input_device")),
                reading.optional_text(report.get("device_version")),
                len(replies),
                len(documents),
                sketches,
                _json(others) if others else None,
                at[0] if at else None,
                at[1] if at else None,
            )
        )
        return True

    def _replies(self, number: int, replies: Any, rows: Rows) -> list[str]:
        """Rows of the replies, oldest first (A16: the server's order is not sure); their texts, newest first."""
        found = reading.objects(replies) if replies else []
        if not found:
            return []
        if len(found) > 1:
            found.sort(key=_moment)
        texts = []
        for order, reply in enumerate(found, 1):
            author_id, author = reading.person(reply.get("author"))
            code = reading.optional_text(reply.get("status"))
            content = reading.text(reply.get("content"))
            date = stored_date(reply.get("date"))
            rows.replies.append(
                (
                    reading.integer(reply.get("id")),
                    number,
                    order,
                    author,
                    author_id,
                    reading.optional_text(reply.get("title")),
                    content,
                    code,
                    self.label(code) if code else None,
                    date,
                )
            )
            texts.append(f"Réponse n°{order} par {author or '?'} le {_day(date)}. {content}".rstrip())
        texts.reverse()
        return texts

    def _documents(self, number: int, documents: Any, rows: Rows) -> list[str]:
        links = []
        for document in reading.objects(documents) if documents else []:
            view, download = reading.text(document.get("uri")), reading.text(document.get("download_uri"))
            rows.documents.append(
                (
                    reading.integer(document.get("id")),
                    number,
                    reading.optional_text(document.get("title")),
                    reading.optional_text(document.get("description")),
                    reading.optional_text(document.get("filename")),
                    reading.optional_text(document.get("mime_type")),
                    reading.integer(document.get("size")),
                    reading.integer(document.get("width")),
                    reading.integer(document.get("height")),
                    stored_date(document.get("date")),
                    view or None,
                    download or None,
                )
            )
            links.append(download or view)
        return links

    def _sketches(self, number: int, report: Row, rows: Rows, others: dict[str, Any]) -> int:
        """Rows of the sketch's objects; what cannot be read is warned of, and kept as it came among `others`."""
        raw = report.get("sketch")
        if not raw:
            if report.get("sketch_xml"):
                others["sketch_xml"] = report["sketch_xml"]
            return 0
        try:
            sketch = read_sketch(raw)
        except MalformedSketch as error:
            self._skipped(number, str(error))
            others["sketch"] = raw
            return 0
        if sketch is None:
            return 0
        made = 0
        for fault in sketch.faults:
            self._skipped(number, fault)
            others["sketch"] = raw
        for order, item in enumerate(sketch.objects, 1):
            try:
                made += self._sketch_rows(number, order, sketch, item, rows)
            except BadGeometry as error:
                self._skipped(number, str(error))
                others["sketch"] = raw
        return made

    def _skipped(self, number: int, why: str) -> None:
        self.sketches_skipped += 1
        self._warn(
            _("Report {number}: a sketch cannot be read and was left out ({why}).").format(number=number, why=why)
        )

    def _sketch_rows(self, number: int, order: int, sketch: Sketch, item: SketchObject, rows: Rows) -> int:
        style, values = item.style, item.attributes
        drawn_text = None
        if item.type == "Texte":
            drawn_text = reading.text(values.get("nom")) or item.name or reading.text(values.get("name")) or None
        shared = (
            None,
            number,
            item.name or sketch.name or None,
            "|".join(f"{name}='{reading.text(value)}'" for name, value in values.items()) or None,
            None,
            item.type or None,
            drawn_text,
            colour(style.get("frontcolor")) if style else None,
            colour(style.get("backcolor")) if style else None,
            size(style.get("diam")) if style else None,
            _json(values) if values else None,
            _json(style) if style else None,
            order,
        )
        found = parts(item.wkt)
        for kind, wkb in found:
            rows.sketches[kind].append((*shared, wkb))
        return len(found)


def theme_text(theme: str, values: Mapping[str, Any]) -> str:
    """Theme and values on one line, as the manual's field `Thèmes` has them."""
    if not values:
        return theme
    return f"{theme}({','.join(f'{name}={_value_text(value)}' for name, value in values.items())})"


def _value_text(value: Any) -> str:
    return ";".join(map(reading.text, value)) if isinstance(value, list) else reading.text(value)


def stored_date(value: Any) -> Optional[str]:
    """The date as the server gave it, with its offset, if it is one."""
    moment = reading.instant(value)
    if moment is None:
        return None
    usual = len(value) == 25 and value[10] == "T" and value[22] == ":"
    return value if usual else moment.isoformat(timespec="seconds")


def _day(date: Optional[str]) -> str:
    return f"{date[8:10]}/{date[5:7]}/{date[:4]}" if date else "?"


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _json(value: Any) -> Optional[str]:
    try:
        return _encode(value)
    except RecursionError:  # nested deeper than anybody can read
        return None


def _moment(reply: Row) -> tuple[float, int]:
    """Sorts replies from old to new; those of one second by their number."""
    return seconds(reply.get("date")), reading.integer(reply.get("id")) or 0


def seconds(date: Any) -> float:
    """The moment of a date as seconds since 1970, 0 if it is none."""
    moment = reading.instant(date)
    try:
        return aware(moment).timestamp() if moment else 0.0
    except (OverflowError, ValueError):  # the year 1 or 9999, pushed out of the calendar by its offset
        return 0.0
