"""Values of a group layer as people read them, and as exact texts that can be read back (contract 2.7)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Optional

from ...client.espaceco.databases import Column, column_of
from ...i18n import _, language
from ...store.layer import Layer
from ..errors import InputError
from ..pages.writing import clean, write_date
from ..positions import BadGeometry
from . import geometries, shapes
from .described import described

LONGEST = 400
"""Characters of a value on a page."""
EMPTY = "NULL"
"""What stands for no value where an empty text means that nothing was said."""
_TRUE, _FALSE = ("true", "1", "yes", "oui", "vrai", "t"), ("false", "0", "no", "non", "faux", "f")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Shown:
    """The columns of a layer of the store and their values, in the user's language."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.described = described(layer)
        self.code = self.described.code
        self.title = self.described.table.title

    @property
    def label(self) -> str:
        return self.described.label

    def heading(self, name: str) -> str:
        """The title of a column, with its name where that is another."""
        title = self._column(name).title
        return clean(title if title.casefold() == name.casefold() else f"{title} ({name})")

    def words(self, name: str, value: Any) -> str:
        """A value for people; "" for nothing."""
        if value is None:
            return ""
        if name == self.layer.geometry:
            return shapes.said(value, self.layer.srid)
        column = self._column(name)
        label = next((label for known, label in column.enum or () if known == value and known is not None), None)
        text = _typed(column, value)
        if label is not None and label != str(value):
            text = f"{label} ({text})"
        if not text.strip() or text != text.strip():  # blanks would not be seen
            text = _("“{text}”").format(text=text)
        return cut(clean(text), LONGEST)

    def changed(self, name: str, before: Any, after: Any) -> tuple[str, str]:
        """Both values for people; of a geometry, the second one is what was done to the first."""
        what = shapes.difference(before, after, self.layer.srid) if name == self.layer.geometry else ""
        return self.words(name, before), what or self.words(name, after)

    def ours(self, names: Iterable[str]) -> list[str]:
        """Those of these columns that people fill, and the key: what the server writes by itself is left out."""
        return [name for name in names if name == self.layer.key or self._column(name).writable]

    def exact(self, name: str, value: Any) -> Optional[str]:
        """A value as a text from which `read` makes it again; None for nothing."""
        if value is None:
            return None
        if name == self.layer.geometry:
            return geometries.wkt(value)
        if self._column(name).type == "Boolean" and value in (0, 1):
            return "true" if value else "false"
        return repr(value) if isinstance(value, float) else str(value)

    def read(self, name: str, text: str) -> Any:
        """The value that a text of `exact`, or a person, means. Raises InputError."""
        column = self._column(name)
        stripped = text.strip()
        if stripped == EMPTY:
            return None
        try:
            if name == self.layer.geometry:
                return geometries.wkb(stripped)
            return _value(column, text if column.type == "String" else stripped)
        except (ValueError, BadGeometry):
            raise InputError(
                _("“{text}” is no value of the column “{column}” ({kind}) of {layer}.").format(
                    text=cut(clean(stripped), 80), column=name, kind=column.type, layer=self.code
                )
            ) from None

    def object(self, key: Any) -> str:
        """What an object is called by."""
        return _("New object") if key is None else _("Object {key}").format(key=clean(str(key)))

    def _column(self, name: str) -> Column:
        known = self.described.table.column(name)
        if known is None:  # a key or geometry that the description names, but not among the columns
            kind = next(column.type for column in self.layer.columns if column.name == name)
            return column_of({"name": name, "type": kind})
        return known


def cut(text: str, most: int) -> str:
    """The text, or as much of its beginning, with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _typed(column: Column, value: Any) -> str:
    """A value by the type of its column; one that is not of it stays as it is."""
    if column.type == "Boolean" and value in (0, 1):
        return _("Yes") if value else _("No")
    if isinstance(value, float):
        text = repr(value)[:-2] if value.is_integer() and abs(value) < 1e15 else repr(value)
        return text.replace(".", ",") if language() == "fr" else text
    text = str(value)
    try:
        if column.type == "Date" and _DATE.fullmatch(text):
            return write_date(date.fromisoformat(text))
        if column.type == "DateTime":
            moment = datetime.fromisoformat(text)
            seconds = f"{moment:%S}" if moment.second or moment.microsecond else ""
            part = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
            zone = f" {moment:%z}" if moment.tzinfo else ""
            return write_date(moment, time=True) + (f":{seconds}{part}" if seconds else "") + zone
        if column.type in ("JsonValue", "Document"):
            return json.dumps(json.loads(text), ensure_ascii=False) if text.lstrip()[:1] in ("{", "[") else text
    except ValueError:
        pass
    return text


def _value(column: Column, text: str) -> Any:
    """The value of a text as the store keeps it; raises ValueError."""
    if column.type == "Boolean":
        word = text.lower()
        if word not in _TRUE + _FALSE:
            raise ValueError(text)
        return int(word in _TRUE)
    if column.type == "Integer":
        return int(text)
    if column.type == "Double":
        number = float(text.replace(",", "."))
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError(text)
        return number
    if column.type == "Date":
        return date.fromisoformat(text).isoformat()
    if column.type == "DateTime":
        datetime.fromisoformat(text)
        return text.replace("T", " ", 1)
    if column.type == "JsonValue":
        json.loads(text)
    return text
