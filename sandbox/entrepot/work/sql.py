"""Delivered SQL (contract 3.4): it makes tables and views, and nothing else."""

from __future__ import annotations

import re
from typing import NamedTuple

from .log import WorkError

_ALLOWED = re.compile(
    r"create\s+(or\s+replace\s+)?(unlogged\s+)?(table|view|materialized\s+view|sequence|(unique\s+)?index)\b"
    r"|alter\s+(table|sequence)\b",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"(?:table|view|sequence|index)\s+(?:concurrently\s+)?(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?"
    r"((?:\"[^\"]+\"|[\w$]+)(?:\s*\.\s*(?:\"[^\"]+\"|[\w$]+))?)",
    re.IGNORECASE,
)
_TABLE = re.compile(r"create\s+(?:unlogged\s+)?table\s+[^(]*\((.*)\)\s*$", re.IGNORECASE | re.DOTALL)
_VIEW = re.compile(r"create\s+.*?\bview\s+[^(]*?\s+as\s+(.*)$", re.IGNORECASE | re.DOTALL)
_ADD_KEY = re.compile(r"primary\s+key\s*\(([^)]*)\)", re.IGNORECASE)
_PIECES = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|;|[^'\"\-/;]+|.", re.DOTALL)
_GEOMETRY = re.compile(r"geometry\s*(?:\(\s*(\w+)\s*(?:,\s*(\d+)\s*)?\))?", re.IGNORECASE)


class Column(NamedTuple):
    name: str
    type: str


class Table(NamedTuple):
    """A table to make; `geometry` is its column, the type of geometry, the EPSG number."""

    name: str
    columns: list[Column]
    geometry: tuple[str, str, int] | None
    key: list[str]


class View(NamedTuple):
    name: str
    query: str


class Change(NamedTuple):
    """What is done to a table that is there: a column more, or its key."""

    table: str
    column: Column | None
    key: list[str]


def statements(text: str) -> list[str]:
    """The statements of a text, without comments."""
    found, current = [], ""
    for piece in _PIECES.findall(text):
        if piece == ";":
            found.append(current.strip())
            current = ""
        elif not piece.startswith(("--", "/*")):
            current += piece
    return [statement for statement in [*found, current.strip()] if statement]


def faults(text: str) -> list[str]:
    """Why this SQL is not accepted."""
    return [fault for statement in statements(text) for fault in _faults(statement)]


def _faults(statement: str) -> list[str]:
    short = " ".join(statement.split())[:80]
    if not _ALLOWED.match(statement):
        return [f"Instruction interdite : {short}"]
    target = _TARGET.search(statement)
    if target is None:
        return [f"Instruction illisible : {short}"]
    return [f"Nom de schéma interdit : {short}"] if "." in target[1] else []


def parsed(text: str) -> list[Table | View | Change]:
    """What the statements make; indexes and sequences make nothing here. Raises WorkError."""
    made = []
    for statement in statements(text):
        target = _TARGET.search(statement)
        if target is None:
            raise WorkError(f"Instruction illisible : {statement[:80]}")
        name, kind = _unquoted(target[1]), statement.split(None, 1)[0].lower()
        table, view = _TABLE.match(statement), _VIEW.match(statement)
        if kind == "alter" and re.match(r"alter\s+table", statement, re.IGNORECASE):
            made.append(_change(name, statement))
        elif view and not table:
            made.append(View(name, view[1]))
        elif table:
            made.append(_table(name, table[1]))
    return made


def _table(name: str, inner: str) -> Table:
    columns, key, geometry = [], [], None
    for definition in _split(inner):
        first = definition.split(None, 1)[0].strip('"').lower()
        stated = _ADD_KEY.search(definition)
        if first in ("constraint", "primary", "unique", "foreign", "check", "exclude"):
            key = key or ([_unquoted(part) for part in stated[1].split(",")] if stated else [])
            continue
        column = _column(definition)
        if re.search(r"\bprimary\s+key\b", definition, re.IGNORECASE):
            key = [column.name]
        found = _GEOMETRY.match(column.type)
        if found:
            geometry = (column.name, found[1] or "Geometry", int(found[2] or 0))
        else:
            columns.append(column)
    return Table(name, columns, geometry, key)


def _change(table: str, statement: str) -> Change:
    added = re.search(r"\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?(.*)$", statement, re.IGNORECASE | re.DOTALL)
    stated = _ADD_KEY.search(statement)
    if stated:
        return Change(table, None, [_unquoted(part) for part in stated[1].split(",")])
    if added and not re.match(r"constraint\b|unique\b|foreign\b|check\b", added[1], re.IGNORECASE):
        return Change(table, _column(added[1]), [])
    return Change(table, None, [])


def _column(definition: str) -> Column:
    name, _, rest = definition.partition(" ")
    found = re.match(r'"([^"]+)"\s*(.*)', definition, re.DOTALL)
    if found:
        name, rest = found[1], found[2]
    return Column(_unquoted(name), " ".join(rest.split()))


def _split(inner: str) -> list[str]:
    """The definitions between commas that are in no parenthesis."""
    parts, depth, current = [], 0, ""
    for letter in inner:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += letter
    return [part for part in [*parts, current.strip()] if part]


def _unquoted(name: str) -> str:
    name = name.strip()
    return name[1:-1] if name.startswith('"') else name.lower()
