"""A local edit as what the server is sent of it (contract 2.7, 2.11, 2.13, A35).

An insert says all that has a value, an update only what changed (null erases), both only of columns that a user may
write; updates and deletions name the row by its key, and by its fingerprint where there is a history.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Callable, NoReturn

from ...client.espaceco.databases import Column
from ...client.espaceco.dates import a9_server_date
from ...client.espaceco.transactions import DELETE, INSERT, UPDATE, Action
from ...client.json_text import read_json
from ...store.edits import Edit
from ...store.layer import FINGERPRINT
from .described import Described
from .geometries import sent_wkt, shape_of

BDUNI_HEIGHT = -1000.0
"""The Z of everything that is sent to BDUni, which has its own relief (contract 2.11, 2.13)."""
STATES = {"insert": INSERT, "update": UPDATE, "delete": DELETE}

_DOCUMENT = re.compile("[0-9]{1,12}")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[ T](?P<time>[0-9]{2}:[0-9]{2}(:[0-9]{2})?)([.,][0-9]+)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_YEAR, _MONTH = re.compile("[0-9]{4}"), re.compile("[0-9]{4}-[0-9]{2}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass
class Draft:
    """What is sent of an edit: `values` by column name, the geometry as WKT among them.

    `unreadable` are columns whose value is none of their type: nothing can be sent of them. `files` are those that are
    to be uploaded first, their number then being the value. `left_out` are edited columns that a user cannot write.
    """

    edit: Edit
    values: dict[str, Any] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    left_out: tuple[Column, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it is an update of which nothing can be sent."""
        return self.edit.kind == "update" and not (self.values or self.unreadable or self.files)

    def action(self, described: Described, client_id: str) -> Action:
        """As the server is sent it."""
        table, data = described.table, dict(self.values)
        if self.edit.kind != "insert":
            known = {table.key: self.edit.key}
            if table.versioned:
                known[FINGERPRINT] = self.edit.fingerprint
            data = {**known, **data}
        return Action(table.id, STATES[self.edit.kind], data, client_id)


def writable(described: Described, column: Column) -> bool:
    """Whether a user may give this column a value, in a layer that can be edited at all."""
    return column.writable and column.name not in described.locked


def drafted(edit: Edit, described: Described, folder: Path) -> Draft:
    """What is to be sent of an edit; relative paths of documents are looked for in `folder`. Use it inside `quiet`."""
    draft = Draft(edit)
    if edit.mine is None:
        return draft
    table, left_out = described.table, []
    for name in edit.changed:
        column = table.column(name)
        if column is None:
            continue
        # a row is named by its key, which is so never changed; that of an insert is the server's, or chosen by the user
        if not writable(described, column) or (name == table.key and not (edit.kind == "insert" and column.custom_id)):
            # in a new row they come from the one that it was copied of
            if edit.kind == "update" or not (column.automatic or column.computed or name == table.key):
                left_out.append(column)
            continue
        _draft_value(draft, column, edit.mine[name], described, folder)
    draft.left_out = tuple(left_out)
    return draft


def _draft_value(draft: Draft, column: Column, value: Any, described: Described, folder: Path) -> None:
    """One value, into the draft."""
    name = column.name
    if column.type == "Like" and draft.edit.kind == "insert":
        return  # of the object that this one was copied of
    try:
        if name == described.table.geometry:
            draft.values[name] = None if value is None else geometry_text(value, described)
        elif column.type == "Document" and _is_path(value):
            draft.files[name] = _path(str(value), folder)
        else:
            sent = encoded(column, value)
            if draft.edit.kind == "update" or sent is not None:
                draft.values[name] = sent
    except ValueError as error:
        draft.unreadable[name] = str(error)


def geometry_text(value: bytes, described: Described) -> str:
    """The WKT of a local geometry as its column takes it. Raises BadGeometry."""
    table = described.table
    height = BDUNI_HEIGHT if described.bduni else None
    return sent_wkt(shape_of(value), table.geometry_type, is3d=table.is3d, height=height)


def encoded(column: Column, value: Any) -> Any:
    """A value of the store as the server takes it; raises ValueError for what is none of the column's type.

    An empty text is no value, but in columns of free text.
    """
    if value is None or (value == "" and not _takes_empty_text(column)):
        return None
    encoder: Callable[[Any], Any] = _ENCODERS.get(column.type, _text)
    return encoder(value)


def _takes_empty_text(column: Column) -> bool:
    if column.type in _ENCODERS:
        return False
    return column.enum is None and not column.pattern and not column.min_length and not column.required


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        return _BOOLEANS[value.strip().lower()] if value.strip().lower() in _BOOLEANS else _refuse(value)
    return bool(value) if value in (0, 1) else _refuse(value)


def _integer(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and -(2**63) < value < 2**63 else _refuse(value)


def _double(value: Any) -> float:
    return value if isinstance(value, (int, float)) and math.isfinite(value) else _refuse(value)


def _text(value: Any) -> str:
    if isinstance(value, (int, float)):
        value = str(value)
    return value if isinstance(value, str) and "\0" not in value else _refuse(value)


def _date(value: Any) -> str:
    """QGIS may give a date the time of day that it began at."""
    text = re.sub(r"[ T]00:00:00(\.0+)?$", "", _text(value))
    if not _DATE.fullmatch(text):
        _refuse(value)
    date.fromisoformat(text)
    return text


def _moment(value: Any) -> str:
    """A date and time as the server writes it (contract 2.7), with an offset as what its clock showed (A9)."""
    found = _MOMENT.fullmatch(_text(value))
    if not found:
        _refuse(value)
    moment = datetime.fromisoformat(f"{found['day']} {found['time']}")
    if not found["zone"]:
        return moment.isoformat(" ", "seconds")
    zone = "+00:00" if found["zone"] == "Z" else f"{found['zone'][:3]}:{found['zone'][-2:]}"
    return a9_server_date(datetime.fromisoformat(f"{moment.isoformat()}{zone}"))


def _year(value: Any) -> str:
    text = _text(value)
    if not _YEAR.fullmatch(text) or not int(text):
        _refuse(value)
    return text


def _month(value: Any) -> str:
    text = _text(value)
    if not _MONTH.fullmatch(text):
        _refuse(value)
    date.fromisoformat(f"{text}-01")
    return text


def _json(value: Any) -> Any:
    """Nested JSON; a text inside it as JSON text, which could be taken for that of something else otherwise."""
    try:
        read = read_json(value) if isinstance(value, str) else value
        json.dumps(read, allow_nan=False)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    return json.dumps(read, ensure_ascii=False) if isinstance(read, str) else read


def _like(value: Any) -> Any:
    read = _json(value)
    return read if isinstance(read, Mapping) else _refuse(value)


def _document(value: Any) -> str:
    text = _text(value)
    return text if _DOCUMENT.fullmatch(text) else _refuse(value)


_ENCODERS: dict[str, Callable[[Any], Any]] = {
    "Boolean": _boolean,
    "Integer": _integer,
    "Double": _double,
    "Date": _date,
    "DateTime": _moment,
    "Year": _year,
    "YearMonth": _month,
    "JsonValue": _json,
    "Like": _like,
    "Document": _document,
}


def _refuse(value: Any) -> NoReturn:
    raise ValueError(str(value))


def _is_path(value: Any) -> bool:
    """Whether the value of a document is a file that is not on the server yet."""
    return isinstance(value, str) and bool(value.strip()) and not _DOCUMENT.fullmatch(value.strip())


def _path(value: str, folder: Path) -> Path:
    if "\0" in value:
        raise ValueError(value)
    try:
        path = Path(value.strip()).expanduser()
    except RuntimeError as error:  # a home folder that is not there
        raise ValueError(str(error)) from None
    return path if path.is_absolute() else folder / path
