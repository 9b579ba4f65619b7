"""What is said of the columns of a table: as rows and as a part of a page (contract 2.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...client.espaceco.databases import Column
from ...i18n import _
from ..pages.report import Named, Section, Table
from .described import Described

COLUMNS = (
    ("layer", "text"),
    ("position", "integer"),
    ("name", "text"),
    ("title", "text"),
    ("type", "text"),
    ("mandatory", "flag"),
    ("unique", "flag"),
    ("editable", "flag"),
    ("why_not", "text"),
    ("default", "text"),
    ("values", "text"),
    ("limits", "text"),
    ("description", "text"),
)
A_URL = "_URL_"
"""The pattern that stands for an address."""


def closed(described: Described) -> dict[str, str]:
    """The columns that a user gives no value, even in a table that can be edited, and why."""
    reasons = {}
    for column in described.table.columns:
        if not column.writable:
            filled = column.automatic or column.computed
            reasons[column.name] = _("the server fills it") if filled else _("it is read only")
        elif column.name in described.locked:
            reasons[column.name] = _("the group may not change it")
    return reasons


def rows(described: Described) -> Iterator[tuple[Any, ...]]:
    """The rows of `COLUMNS`; `why_not` is about the column alone."""
    reasons = closed(described)
    for column in described.table.columns:
        yield (
            described.code,
            column.position,
            column.name,
            column.title,
            column.type,
            column.mandatory,
            column.unique,
            described.writable(column),
            reasons.get(column.name),
            column.default,
            _values(column, "; "),
            ", ".join(_limits(column)),
            column.description,
        )


def section(described: Described, text: str) -> Section:
    """The columns of one table on a page, under what is said of it."""
    reasons = closed(described)
    return Section(
        title=described.label,
        text=text,
        table=Table(
            columns=(_("Column"), _("Type"), _("Mandatory"), _("Default"), _("Values and limits"), _("Not editable")),
            rows=[
                (
                    Named(column.title, column.name),
                    column.type + (" 3D" if column.is3d else ""),
                    _("yes") if column.mandatory else "",
                    column.default,
                    " · ".join(filter(None, (_values(column, ", "), *_limits(column)))),
                    reasons.get(column.name),
                )
                for column in described.table.columns
            ],
            kinds=("", "name", "text", "text", "text", "text"),
            empty=_("This table has no columns."),
        ),
    )


def _values(column: Column, between: str) -> str:
    """What may be chosen: `label = value`, once where both are the same."""
    return between.join(
        _("(empty)") if value is None else label if str(value) == label else f"{label} = {value}"
        for value, label in column.enum or ()
    )


def _limits(column: Column) -> Iterator[str]:
    if column.minimum is not None:
        yield f"≥ {column.minimum}"
    if column.maximum is not None:
        yield f"≤ {column.maximum}"
    if column.min_length is not None:
        yield _("at least {number} characters").format(number=column.min_length)
    if column.max_length is not None:
        yield _("at most {number} characters").format(number=column.max_length)
    if column.pattern == A_URL:
        yield _("an address")
    elif column.pattern:
        yield _("of the form {pattern}").format(pattern=column.pattern)
    if column.mapping:
        yield _("depends on {column}").format(column=column.condition_field)
    if column.mime_types:
        yield ", ".join(column.mime_types)
