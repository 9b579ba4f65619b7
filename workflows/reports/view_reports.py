"""Reports of the store as a page to read: status, place, themes, message, replies, documents, a little map of each."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, Optional

from ...client import reading
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.dates import aware
from ...client.espaceco.sketches import size
from ...client.espaceco.statuses import BY_CODE, status
from ...i18n import N_, _, ngettext
from ...store.schema import DOCUMENT_TABLE, PLAIN, REPLY_TABLE, REPORT_TABLE, SKETCH_TABLES, SPATIAL, names
from ...store.store import Store
from ..pages.report import Article, Document, Fact, Group, Link, Picture, Reply, Report, Tag, Value
from ..pages.report_map import Box, Map, Neighbour, Position, Scene, Sketched, draw_map, point, scene
from ..pages.writing import counted, write_position, write_size
from ..watch import Watch
from .local_copy import LocalCopy, names_of
from .reports_now import reports_now
from .thumbnails import Shrink, thumbnails
from .vocabulary import ORIGINS, STATUS_MEANINGS

MOST_NEIGHBOURS = 200
"""On one map."""
LISTED = 30
"""Numbers in one sentence."""
_PICTURES = ("png", "jpg", "jpeg", "gif")
_FORMS = {
    "POINT": N_("Point"),
    "LINESTRING": N_("Line"),
    "POLYGON": N_("Polygon"),
    "Texte": N_("Text"),
    "Fleche": N_("Arrow"),
}
"""Of the objects of a sketch: by geometry, and what the type says more exactly."""

Grounds = Callable[[Box, float], Iterable[bytes]]
"""Geometries (WKB, WGS84) inside a box, for a map whose pixels are so many degrees high."""


@dataclass(frozen=True)
class View:
    """The reports asked for, in their order.

    `missing` are the numbers that the store does not have, `gone` those that the server has no more or does not show.
    """

    articles: Sequence[Article]
    statuses: Sequence[str]
    missing: Sequence[int] = ()
    refreshed: int = 0
    gone: Sequence[int] = ()
    community: str = ""
    warnings: Sequence[str] = ()

    def ids(self) -> list[int]:
        """The numbers of the reports shown."""
        return [article.number for article in self.articles]

    def numbers(self) -> dict[str, int]:
        """As outputs of an operation; a test report is neither open nor closed."""
        return {
            "COUNT": len(self.articles),
            "OPEN_COUNT": sum(_stands(code) == "open" for code in self.statuses),
            "CLOSED_COUNT": sum(_stands(code) == "closed" for code in self.statuses),
            "MISSING_COUNT": len(self.missing),
            "REFRESHED_COUNT": self.refreshed,
        }

    def report(self) -> Report:
        """As a page."""
        one = self.articles[0] if len(self.articles) == 1 else None
        return Report(
            title=_("Report {number}").format(number=one.number)
            if one
            else ngettext("{n} report", "{n} reports", counted(len(self.articles))),
            subtitle=self.community,
            facts=() if one else list(self._facts()),
            warnings=self.warnings,
            articles=self.articles,
        )

    def _facts(self) -> Iterator[Fact]:
        numbers = self.numbers()
        yield Fact(_("Open"), numbers["OPEN_COUNT"], "to_treat")
        yield Fact(_("Closed"), numbers["CLOSED_COUNT"], "treated")
        found = Counter(
            (status(code).order, _tone(code), article.status.text)
            for code, article in zip(self.statuses, self.articles)
        )
        for (_order, tone, label), count in sorted(found.items()):
            yield Fact(label, count, tone)


def view_reports(
    store: Store,
    numbers: Sequence[int],
    *,
    order: str = "given",
    api: Optional[EspaceCo] = None,
    refresh: bool = False,
    shrink: Optional[Shrink] = None,
    situation: bool = True,
    grounds: Optional[Grounds] = None,
    watch: Optional[Watch] = None,
) -> View:
    """These reports as they are in the store; `order` is `given`, `newest`, `oldest` or `status`.

    With `refresh` they are read anew from the server first, and kept; with `shrink`, which makes pictures small, the
    pictures among the documents are fetched: both need an `api`. `situation` draws the maps, with `grounds` below.
    Raises ServiceError, StoreError, Cancelled.
    """
    watch = watch or Watch()
    refreshed, gone = _refresh(api, store, numbers, watch) if api and refresh else (0, [])
    shelf = _Shelf(store, numbers)
    known = _ordered([number for number in numbers if number in shelf.reports], shelf, order)
    missing = [number for number in numbers if number not in shelf.reports]
    pictures: Mapping[int, Picture] = {}
    if api and shrink:
        pictures = thumbnails(api, [row["id"] for row in shelf.pictures(known)], shrink, watch)
    maker = _Maker(store, shelf, pictures, set(gone), grounds)
    articles = []
    for done, number in enumerate(known, 1):
        watch.check()
        articles.append(maker.article(number, situation=situation))
        watch.progress(done, len(known))
    if missing:
        watch.warn(_missing_sentence(missing, refreshed=bool(api and refresh)))
    return View(
        articles,
        [_code(shelf.reports[number]) for number in known],
        missing,
        refreshed,
        gone,
        " · ".join(sorted({str(shelf.reports[number]["Groupe"] or "") for number in known} - {""})),
        list(watch.warnings),
    )


def _refresh(api: EspaceCo, store: Store, numbers: Sequence[int], watch: Watch) -> tuple[int, list[int]]:
    """How many were read anew into the store, and those that are gone, whose last state is kept."""
    now = reports_now(api, numbers)
    found = [report for report in now.values() if report is not None]
    local = LocalCopy(store, api.site, watch.warn)
    with store.atomic():
        local.put(found)
    gone = [number for number, report in now.items() if report is None]
    kept = store.reports.updated(gone)
    if kept:
        watch.warn(
            ngettext(
                "Report {numbers} is no longer on the server, or not shown to this account: its last known state is "
                "shown.",
                "The reports {numbers} are no longer on the server, or not shown to this account: their last known "
                "state is shown.",
                len(kept),
                numbers=_listed(sorted(kept)),
            )
        )
    return len(found), sorted(kept)


def _missing_sentence(missing: Sequence[int], *, refreshed: bool) -> str:
    if refreshed:
        return ngettext(
            "Report {numbers} is neither in the store nor on the server, or not shown to this account.",
            "The reports {numbers} are neither in the store nor on the server, or not shown to this account.",
            len(missing),
            numbers=_listed(missing),
        )
    return ngettext(
        "Report {numbers} is not in the store: download it, or tick “Refresh first”.",
        "The reports {numbers} are not in the store: download them, or tick “Refresh first”.",
        len(missing),
        numbers=_listed(missing),
    )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:LISTED])) + (", …" if len(numbers) > LISTED else "")


# ---------------------------------------------------------------------- reading the store

Row = dict[str, Any]


class _Shelf:
    """The rows of some reports; each by name of the column, its geometry as `geom`."""

    def __init__(self, store: Store, numbers: Sequence[int]) -> None:
        self._rows: dict[str, defaultdict[int, list[Row]]] = {table: defaultdict(list) for table in [*SPATIAL, *PLAIN]}
        layouts = {**{table: columns for table, (_geometry, columns) in SPATIAL.items()}, **PLAIN}
        for table, columns in layouts.items():
            listed = [*names(columns), "geom"]
            for values in store.reports.rows_of(numbers, table=table, geometry=table in SPATIAL):
                row = dict(zip(listed, values))
                self._rows[table][row["NoSignalement"]].append(row)
        self.reports: dict[int, Row] = {number: rows[0] for number, rows in self._rows[REPORT_TABLE].items()}

    def replies(self, number: int) -> list[Row]:
        """The oldest first."""
        return sorted(self._rows[REPLY_TABLE][number], key=lambda row: row["Ordre"] or 0)

    def documents(self, number: int) -> list[Row]:
        return self._rows[DOCUMENT_TABLE][number]

    def sketch(self, number: int) -> list[tuple[str, Row]]:
        """Kind of geometry and row of each part, polygons first: in that order they are drawn."""
        tables = reversed(list(SKETCH_TABLES.items()))
        return [(kind, row) for kind, table in tables for row in self._rows[table][number]]

    def pictures(self, numbers: Iterable[int]) -> Iterator[Row]:
        """The documents of these reports that say that they are pictures."""
        for number in numbers:
            for row in self.documents(number):
                if str(row["Type_MIME"] or "").startswith("image/") or _ending(row) in _PICTURES:
                    yield row


def _ordered(numbers: list[int], shelf: _Shelf, order: str) -> list[int]:
    """Those without date last; those of one status the newest first."""

    def age(number: int) -> float:
        return _seconds(shelf.reports[number]["Date_création"])

    if order == "newest":
        return sorted(numbers, key=age, reverse=True)
    if order == "oldest":
        return sorted(numbers, key=lambda number: age(number) or float("inf"))
    if order == "status":
        return sorted(numbers, key=lambda number: (status(_code(shelf.reports[number])).order, -age(number)))
    return numbers


def _seconds(date: Any) -> float:
    """0 for none."""
    moment = reading.instant(date)
    try:
        return aware(moment).timestamp() if moment else 0.0
    except (OverflowError, ValueError):  # the year 1 or 9999, pushed out of the calendar by its offset
        return 0.0


# ---------------------------------------------------------------------- articles


class _Maker:
    """Makes articles of rows."""

    def __init__(
        self,
        store: Store,
        shelf: _Shelf,
        pictures: Mapping[int, Picture],
        gone: set[int],
        grounds: Optional[Grounds],
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._pictures = pictures
        self._gone = gone
        self._grounds = grounds
        self._labels, _communities = names_of(store)

    def article(self, number: int, *, situation: bool) -> Article:
        row = self._shelf.reports[number]
        code = _code(row)
        at = point(row["geom"])
        stands = _stands(code)
        return Article(
            number=number,
            status=self._tag(code, row["Statut_libellé"]),
            state={"open": _("Open report"), "closed": _("Closed report")}.get(stands, ""),
            meaning=_(STATUS_MEANINGS[code])
            if code in STATUS_MEANINGS
            else _("This status is not known here: it counts as open."),
            theme=_theme_name(row),
            place=row["Commune"] or row["Insee"] or row["Département"] or "",
            created=_moment(row["Date_création"]),
            link=Link(row["URL"] or "", _("Web page of the report")),
            message=_lines(row["Message"]),
            facts=list(_facts(row, at)),
            themes=list(_themes(row)),
            sketch=list(_sketch(self._shelf.sketch(number))),
            documents=list(self._documents(row)),
            replies=list(self._replies(row)),
            map=self._map(number, at) if situation and at else None,
            remarks=list(self._remarks(row, at)),
        )

    def _tag(self, code: str, label: Optional[str]) -> Tag:
        text = str(label or "") or self._labels.get(code) or status(code).label or _("Without status")
        return Tag(text, _tone(code))

    def _replies(self, row: Row) -> Iterator[Reply]:
        replies = self._shelf.replies(row["NoSignalement"])
        for reply in replies:
            code = _code(reply)
            yield Reply(
                author=reply["Auteur"] or _("Unknown author"),
                date=_moment(reply["Date"]),
                title=reply["Titre"] or "",
                content=_lines(reply["Contenu"]),
                status=self._tag(code, reply["Statut_libellé"]) if code else None,
            )
        if not replies and row["Réponses"]:  # a file of the official plugin has them as one text
            yield Reply(_("Replies"), None, "", _lines(row["Réponses"]), None)

    def _documents(self, row: Row) -> Iterator[Document]:
        documents = self._shelf.documents(row["NoSignalement"])
        for document in documents:
            length, kind = reading.integer(document["Taille"]) or 0, _ending(document).upper()
            yield Document(
                link=Link(
                    document["URL"] or document["URL_téléchargement"] or "",
                    document["Fichier"] or document["Titre"] or _("Document"),
                ),
                about=", ".join(part for part in (kind, write_size(length) if length > 0 else "") if part),
                description=document["Description"] or "",
                picture=self._pictures.get(document["id"]),
            )
        if not documents:
            for url in str(row["Document"] or "").split():
                yield Document(Link(url), "", "", None)

    def _map(self, number: int, at: Position) -> Map:
        shown = scene(at, [_drawn(part) for _kind, part in self._shelf.sketch(number) if part["geom"]])
        grounds = self._grounds(shown.frame.box, shown.frame.degrees) if self._grounds else ()
        tone = _tone(_code(self._shelf.reports[number]))
        return draw_map(shown, number, tone, list(self._neighbours(number, shown)), grounds)

    def _neighbours(self, number: int, shown: Scene) -> Iterator[Neighbour]:
        for other, code, lon, lat in self._store.reports.near(shown.frame.box, MOST_NEIGHBOURS):
            if other != number:
                label = self._labels.get(code) or status(code or "").label
                yield Neighbour((lon, lat), _tone(code or ""), f"{other}: {label}")

    def _remarks(self, row: Row, at: Optional[Position]) -> Iterator[str]:
        if row["NoSignalement"] in self._gone:
            yield _("It is no longer on the server, or not shown to this account: this is its last known state.")
        if at is None:
            yield _("It has no position: there is no map of it.")
        if {"sketch", "sketch_xml"} & reading.mapping(row["Autres"]).keys():
            yield _("It has a sketch of which not everything can be read; the web page may show it.")


def _code(row: Row) -> str:
    """The status of a report, or the one that a reply set."""
    return str(row["Statut"] or "")


def _stands(code: str) -> str:
    """Whether a report of this status is `open`, `closed`, or neither (`test`)."""
    known = status(code)
    return "test" if known.family == "test" else "open" if known.open else "closed"


def _tone(code: str) -> str:
    """Every known status has a colour of its own; whatever we do not know has one together."""
    return code if code in BY_CODE else "unknown"


def _facts(row: Row, at: Optional[Position]) -> Iterator[tuple[str, Value]]:
    """What there is to say in one line each; what nobody said is left out."""
    community = row["Groupe"] or (str(row["Groupe_id"]) if row["Groupe_id"] is not None else "")
    yield _("Community"), community or _("none")
    yield _("Author"), row["Auteur"] or _("Unknown author")
    yield _("Created on"), _moment(row["Date_création"])
    if row["Date_MAJ"] and row["Date_MAJ"] != row["Date_création"]:
        yield _("Updated on"), _moment(row["Date_MAJ"])
    if row["Date_validation"]:
        yield _("Closed on"), _moment(row["Date_validation"])
    if row["Validateur"]:
        yield _("Closed by"), row["Validateur"]
    for label, name, code in (
        (_("Commune"), row["Commune"], row["Insee"]),
        (_("Department"), row["Département"], row["Département_id"]),
    ):
        if name or code:
            yield label, f"{name} ({code})" if name and code else name or code
    if row["Origine"]:
        known = ORIGINS.get(row["Origine"])
        origin = _(known) if known else row["Origine"]
        yield _("Origin"), f"{origin} {row['Version_origine'] or ''}".strip()
    if at:
        yield _("Position (WGS84)"), write_position(*at)


def _theme_name(row: Row) -> str:
    return row["Thème"] or str(row["Thèmes"] or "").partition("(")[0]


def _themes(row: Row) -> Iterator[Group]:
    """The themes with their values; of a file of the official plugin, the one text that it has."""
    themes = list(reading.theme_values(row["Attributs"]))
    for _community, theme, values in themes:
        yield Group(theme, [(name, _value(value)) for name, value in values.items()])
    if not themes and row["Thèmes"]:
        yield Group(row["Thèmes"])


def _value(value: Any) -> str:
    """A value of an attribute; the keys of a multiple choice are separated by semicolons."""
    if isinstance(value, list):
        return "; ".join(map(_value, value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return _lines(reading.text(value))


def _sketch(parts: Sequence[tuple[str, Row]]) -> Iterator[Group]:
    """The objects of a sketch with their attributes; the parts of one object were stored one by one."""
    objects: dict[Any, tuple[str, Row]] = {}
    for kind, part in sorted(parts, key=lambda part: part[1]["Ordre"] or 0):
        objects.setdefault(part["Ordre"] if part["Ordre"] is not None else len(objects), (kind, part))
    for kind, part in objects.values():
        form = _(_FORMS.get(part["Type"], _FORMS[kind]))
        values = reading.mapping(part["Attributs"])
        lines = [(name, _value(value)) for name, value in values.items()]
        if not lines and part["Attributs_croquis"]:
            lines = [("", part["Attributs_croquis"])]
        yield Group(f"{form} – {part['Nom']}" if part["Nom"] else form, lines)


def _drawn(part: Row) -> Sketched:
    style, values = reading.mapping(part["Style"]), reading.mapping(part["Attributs"])
    return Sketched(
        wkb=part["geom"],
        kind=part["Type"] or "",
        name=part["Nom"] or reading.text(values.get("nom")),
        text=reading.text(part["Texte"]),
        colour=reading.text(part["Couleur"]),
        ground=reading.text(part["Couleur_fond"]),
        size=size(part["Taille"]),
        symbol=reading.text(style.get("graphicName")) or reading.text(values.get("nature")),
    )


def _ending(document: Row) -> str:
    """What kind of file it is, by its name, else by what the server calls it."""
    _name, dot, ending = str(document["Fichier"] or "").rpartition(".")
    kind = ending if dot else str(document["Type_MIME"] or "").rpartition("/")[2]
    return kind.lower() if kind.isalnum() and len(kind) <= 8 else ""


def _moment(date: Any) -> Value:
    """A date to be written in the user's language; what is none stays the text that it is."""
    return reading.instant(date) or (str(date) if date else None)


def _lines(text: Any) -> str:
    """A text of several lines, whichever way they end."""
    return str(text or "").replace("\r\n", "\n").replace("\r", "\n").strip()
