"""Writes a report as one self-contained page: inline style, drawn charts, no script, nothing fetched."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ...i18n import _, language, ngettext
from .charts import draw, tone_of
from .report import Fact, Link, Named, Report, Table, Tag, Value
from .writing import NOTHING, clean, counted, finite, write_date, write_days, write_number, write_percent

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
MAX_ROWS = 2000
_ENDS = re.compile(r"(?<=_)(?=[^\s_])|(?<=:)(?=[^\W\d_])|(?<=[^\s_]{30})(?=[^\s_])")
"""Where a line may end inside a name: after a part, not in `EPSG:2154`, and where one is too long for a column."""


def write_html(report: Report, path: Path) -> Path:
    """Write the page of the report to this file, whole or not at all, and give its path back.

    Raises `OSError` when the folder cannot be written; a file that was there before is then untouched.
    """
    page = render(report).encode("utf-8")
    # Beside the target: replacing is atomic only within one file system.
    number, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(page)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
    return path


def render(report: Report) -> str:
    """The page of the report, in the language in use; the text of any value is shown, never obeyed."""
    drawings = {
        id(section): draw(section.chart, half=section.half) for section in report.sections if section.chart is not None
    }
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            lang=language(),
            groups=[
                (half, list(sections)) for half, sections in groupby(report.sections, key=lambda section: section.half)
            ],
            drawing_of=lambda section: drawings[id(section)],
            cards_of=_cards,
            grid_of=_grid,
            about=[(name, cell(value)) for name, value in report.about.items()],
            cell=cell,
            with_entries=any(section.entries for section in report.sections),
            pictures=any(document.picture for article in report.articles for document in article.documents),
            words={
                "warnings": _("Please note"),
                "notes": _("How to read this page"),
                "about": _("About this page"),
                "empty_table": _("There is nothing to list."),
                **(_article_words() if report.articles else {}),
            },
        )
    )


def _article_words() -> dict[str, str]:
    return {
        "contents": _("Contents"),
        "number": _("Number"),
        "report": _("Report"),
        "status": _("Status"),
        "place": _("Place"),
        "created": _("Created on"),
        "theme": _("Theme"),
        "themes": _("Theme and attributes"),
        "no_theme": _("It has no theme."),
        "message": _("Message"),
        "no_message": _("It has no message."),
        "facts": _("In short"),
        "sketch": _("Sketch"),
        "documents": _("Documents"),
        "replies": _("Replies"),
        "no_reply": _("Nobody has replied yet."),
        "no_text": _("(no text)"),
        "to_top": _("Back to the contents"),
    }


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(str(TEMPLATES)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else clean(str(value)),
    )
    environment.filters["name"] = _name
    environment.filters["px"] = lambda number: f"{number + 0.0:.2f}".rstrip("0").rstrip(".")
    return environment


@dataclass(frozen=True)
class Cell:
    """A value ready to be shown; `share` (0 to 1) is the length of the small bar under a percentage, `name` is small
    under the text.
    """

    text: str
    unit: str = ""
    href: str = ""
    css: str = ""
    colour: str = ""
    share: float | None = None
    marked: bool = False
    name: str = ""


def cell(value: Value, kind: str = "") -> Cell:
    """The value as it is shown in this language, for one of the kinds of `Table.kinds`."""
    if isinstance(value, Tag):
        css, colour = tone_of(value.tone)
        return Cell(clean(value.text), css=css, colour=colour, marked=True)
    if isinstance(value, Named):
        name = "" if value.name == value.title else clean(value.name)
        return Cell(clean(value.title), css="name", name=name)
    if isinstance(value, Link):
        return Cell(clean(value.text or value.url), href=_safe_url(value.url), css="text")
    if kind == "link" and isinstance(value, str) and value:
        return Cell(clean(value), href=_safe_url(value), css="text")
    if value is None or value == "":
        return Cell(NOTHING, css="number" if kind in ("number", "percent", "days") else "text")
    if isinstance(value, date):
        with_time = isinstance(value, datetime) and kind != "date"
        return Cell(write_date(value, time=with_time), css="date")
    if kind not in ("text", "name") and isinstance(value, (timedelta, int, float)) and not isinstance(value, bool):
        if isinstance(value, timedelta) or kind == "days":
            figure, _blank, unit = write_days(value).partition(" ")
            return Cell(figure, unit=unit, css="number")
        if kind == "percent":
            part = finite(value)
            return Cell(write_percent(value), css="number", share=None if part is None else min(max(part, 0.0), 1.0))
        return Cell(write_number(value), css="number")
    if isinstance(value, bool):
        return Cell(_("Yes") if value else _("No"), css="text")
    return Cell(clean(str(value)), css="name" if kind == "name" else "text")


def _name(text: str) -> Markup:
    """A name with the places where its line may end; copied from the page it is the plain name."""
    return Markup("<wbr/>").join(_ENDS.split(text))


def _cards(facts: Sequence[Fact]) -> list[Mapping[str, object]]:
    """The key figures as they are shown: all the figures of a row of one size, longer texts smaller."""
    cells = [cell(fact.value, fact.kind) for fact in facts]
    size = "wide" if any(6 < len(one.text) <= 12 for one in cells) else ""
    tones = [tone_of(fact.tone) for fact in facts]
    return [
        {"fact": fact, "cell": one, "size": "long" if len(one.text) > 12 else size, "css": css, "colour": colour}
        for fact, one, (css, colour) in zip(facts, cells, tones)
    ]


def _grid(table: Table) -> Mapping[str, object]:
    """The cells of a table, with the side each column stands on: that of most of its first values."""
    width = len(table.columns)
    kinds = (list(table.kinds) + [""] * width)[:width]
    rows = [
        [cell(value, kind) for value, kind in zip(list(row) + [None] * (width - len(row)), kinds)]
        for row in table.rows[:MAX_ROWS]
    ]
    numeric = [
        kind in ("number", "percent", "days") or (kind == "" and any(row[at].css == "number" for row in rows[:50]))
        for at, kind in enumerate(kinds)
    ]
    left_out = len(table.rows) - len(rows)
    more = ngettext("{n} more row is not shown here.", "{n} more rows are not shown here.", counted(left_out))
    return {"rows": rows, "numeric": numeric, "more": more if left_out else ""}


def _safe_url(url: str) -> str:
    """The address when it is a web page, else nothing."""
    url = clean(url).strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc and not re.search(r"\s", url) else ""
