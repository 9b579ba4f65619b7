"""A report as data: what an operation found, before any page, table or number output is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Optional, Union

from .report_map import Map


@dataclass(frozen=True)
class Link:
    """A text that leads to a page; an address that is not http or https is shown as plain text."""

    url: str
    text: str = ""


@dataclass(frozen=True)
class Tag:
    """A short text with a coloured mark, such as a status; `tone` as in `Fact`."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Named:
    """Something with a title, and the name by which programs call it: that stands under it, small."""

    title: str
    name: str


Value = Union[None, bool, int, float, str, date, timedelta, Link, Tag, Named]
"""A plain value; a `datetime` is a `date`. The language of the page decides how it is written."""


@dataclass(frozen=True)
class Fact:
    """A key figure.

    `tone` is a status code, a status family, `good`, `warning`, `bad`, `muted` or a colour `#rrggbb`. `kind` says how
    to write the value, as in `Table.kinds`. `note` is a short text under the figure.
    """

    label: str
    value: Value
    tone: str = ""
    kind: str = ""
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of values under named columns.

    `kinds` has one word per column: `text` (as it is, even a number), `name` (as `text`, but lines only end
    where a word does, or a part of a name such as `demo_guichet:nom_long`), `number`, `percent` (of a fraction: 0.5 is
    50 %), `days` (a number of days or a `timedelta`), `date` (the day alone), `time` (day and time), `link`; an empty
    or missing one follows the type of the value. `empty` is the sentence that stands for a table without rows.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]
    caption: str = ""
    kinds: Sequence[str] = ()
    empty: str = ""


@dataclass(frozen=True)
class Item:
    """One category of a chart; `tone` as in `Fact`."""

    label: str
    value: float
    tone: str = ""


@dataclass(frozen=True)
class Series:
    """One value per category of a chart of columns; `tone` as in `Fact`."""

    name: str
    values: Sequence[float]
    tone: str = ""


@dataclass(frozen=True)
class Chart:
    """Numbers to be seen.

    `bars` and `share` show `items`: horizontal bars, or the parts of one whole. `columns` shows `series` over
    `categories` (a `date` stands for its month), side by side or `stacked`. `kind_of_value` is `number`, `percent` or
    `days`. Beyond `top` items the rest is summed up as one; `shares` adds each item's part of the sum. `empty` is the
    sentence that stands for a chart without anything to show.
    """

    kind: str
    title: str = ""
    items: Sequence[Item] = ()
    categories: Sequence[str | date] = ()
    series: Sequence[Series] = ()
    stacked: bool = False
    shares: bool = False
    top: int = 12
    kind_of_value: str = "number"
    empty: str = ""


@dataclass(frozen=True)
class Entry:
    """One object: its name and marks, what is to be said of it, its values, a little map.

    Cells of the table that are a `Tag` stand out.
    """

    title: str
    marks: Sequence[Tag] = ()
    about: str = ""
    remarks: Sequence[str] = ()
    table: Table | None = None
    map: Optional[Map] = None


@dataclass(frozen=True)
class Section:
    """A part of the page under one title; two `half` sections in a row stand side by side.

    `entries` are objects, each with its values and its map; `more` says what of them is not shown.
    """

    title: str
    text: str = ""
    facts: Sequence[Fact] = ()
    table: Table | None = None
    chart: Chart | None = None
    half: bool = False
    entries: Sequence[Entry] = ()
    more: str = ""


Lines = Sequence[tuple[str, Value]]
"""Names and values, one under the other."""


@dataclass(frozen=True)
class Group:
    """Lines under a name: a theme with its attributes, an object of a sketch with its own."""

    name: str
    lines: Lines = ()


@dataclass(frozen=True)
class Reply:
    """One reply; the status that it set, None if it set none."""

    author: str
    date: Value
    title: str
    content: str
    status: Optional[Tag]


@dataclass(frozen=True)
class Picture:
    """A small picture inside the page: its `data:` address, and its size in pixels."""

    source: str
    width: int
    height: int


@dataclass(frozen=True)
class Document:
    """A document: where it can be had, what it is (`PDF, 12 kB`), and a small picture of it if there is one."""

    link: Link
    about: str
    description: str
    picture: Optional[Picture]


@dataclass(frozen=True)
class Article:
    """One report. `meaning` is a sentence on its status, `state` whether it is open, `created` its first date.

    `remarks` are sentences on what is not shown. The replies are in order, the oldest first.
    """

    number: int
    status: Tag
    state: str
    meaning: str
    theme: str
    place: str
    created: Value
    link: Link
    message: str
    facts: Lines
    themes: Sequence[Group] = ()
    sketch: Sequence[Group] = ()
    documents: Sequence[Document] = ()
    replies: Sequence[Reply] = ()
    map: Optional[Map] = None
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Report:
    """A whole page; `about` says where the figures come from (server, group, store, version, …).

    `articles` are reports of the service, each in full, under a table of contents.
    """

    title: str
    subtitle: str = ""
    facts: Sequence[Fact] = ()
    sections: Sequence[Section] = ()
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
    about: Mapping[str, Value] = field(default_factory=dict)
    articles: Sequence[Article] = ()
