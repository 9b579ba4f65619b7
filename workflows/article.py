"""What one report says, as data: an article of a page (`report.Report.articles`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from .report import Link, Tag, Value
from .report_map import Map

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
