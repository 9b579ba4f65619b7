"""Rows of a group layer, from the service to the store: typed as the store keeps them, the geometry as WKB."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Callable, Optional

from ...client import reading
from ...client.paging import Row
from ...i18n import ngettext
from ...store.layer import Layer
from .geometries import in_dimension, wkb

Values = tuple[Any, ...]

KEYS_SHOWN = 10


@dataclass
class Fault:
    """Values of a column that cannot be read: how many, and the keys of the first of these rows."""

    column: str
    spatial: bool
    count: int = 0
    keys: list[Any] = field(default_factory=list)

    def add(self, key: Any) -> None:
        self.count += 1
        if key is not None and len(self.keys) < KEYS_SHOWN:
            self.keys.append(key)

    def sentence(self, title: str) -> str:
        """What to say of it; `title` is that of the layer."""
        keys = listed(self.keys, self.count)
        if self.spatial:
            return ngettext(
                "{layer}: the geometry of {n} object cannot be read and is left empty{keys}.",
                "{layer}: the geometries of {n} objects cannot be read and are left empty{keys}.",
                self.count,
                layer=title,
                keys=keys,
            )
        return ngettext(
            "{layer}: {n} value of the column {column} is not of its type and is left empty{keys}.",
            "{layer}: {n} values of the column {column} are not of its type and are left empty{keys}.",
            self.count,
            layer=title,
            column=self.column,
            keys=keys,
        )


def listed(keys: Sequence[Any], count: int) -> str:
    """Keys in brackets behind a sentence, the first of them; nothing if there are none."""
    if not keys:
        return ""
    more = ", …" if count > KEYS_SHOWN else ""
    return " ({keys}{more})".format(keys=", ".join(str(key)[:60] for key in keys[:KEYS_SHOWN]), more=more)


class RowReader:
    """Call it with a row of the service (contract 2.10.2) for its values in the order of `layer.names`.

    Whole pages are read column by column: one whose values are already what the store keeps is not touched. What cannot
    be read is NULL, and counted in `faults`. A loop over many is to run inside `positions.quiet`.
    """

    def __init__(self, layer: Layer) -> None:
        self.faults: list[Fault] = []
        self._names = layer.names
        self._all = itemgetter(*self._names, self._names[0])  # one more, for a tuple in any case
        self._key = self._names.index(layer.key) if layer.key else None
        self._columns = [_Column(_KINDS.get(column.type, _TEXT)) for column in layer.live]
        if layer.geometry:
            self._columns[-1] = _Geometry(layer.is3d)

    def __call__(self, row: Row) -> Values:
        return next(iter(self.page([row])))

    def page(self, rows: Sequence[Row]) -> Iterable[Values]:
        """As calling it with each of these rows."""
        values: list[Any] = list(zip(*map(self._values, rows)))[: len(self._names)]
        for at, column in enumerate(self._columns if values else ()):
            if not column.as_they_are(values[at]):
                values[at] = self._read(at, values)
        return zip(*values)

    def keys(self, rows: Sequence[Row]) -> list[Any]:
        """The keys of these rows, of a layer that has one."""
        at = self._key or 0
        values = [row.get(self._names[at]) for row in rows]
        return values if self._columns[at].as_they_are(values) else [self._or_none(at, each, None) for each in values]

    def _values(self, row: Row) -> Values:
        try:
            return self._all(row)  # type: ignore[no-any-return]
        except KeyError:
            return (*map(row.get, self._names), None)

    def _read(self, at: int, values: Sequence[Sequence[Any]]) -> list[Any]:
        convert = self._columns[at].convert
        try:
            return list(map(convert, values[at]))
        except ValueError:
            keys = None if self._key is None else values[self._key]
            return [self._or_none(at, value, keys and keys[row]) for row, value in enumerate(values[at])]

    def _or_none(self, at: int, value: Any, key: Any) -> Any:
        try:
            return self._columns[at].convert(value)
        except ValueError:
            self._fault(at).add(key)
            return None

    def _fault(self, at: int) -> Fault:
        name = self._names[at]
        for fault in self.faults:
            if fault.column == name:
                return fault
        self.faults.append(Fault(name, spatial=isinstance(self._columns[at], _Geometry)))
        return self.faults[-1]


@dataclass(frozen=True)
class _Kind:
    """Values of these types, and of this form, are what the store keeps; of others `read` makes one, or None."""

    types: frozenset[type]
    read: Callable[[Any], Any]
    form: Optional[re.Pattern[str]] = None


class _Column:
    """The values of a column. What is none of its kind is a ValueError; an empty text is a value of texts alone."""

    def __init__(self, kind: _Kind) -> None:
        self._kind = kind
        self._types = kind.types | {type(None)}

    def as_they_are(self, values: Sequence[Any]) -> bool:
        """Whether all of these are what the store keeps."""
        form = self._kind.form
        return set(map(type, values)) <= self._types and (
            form is None or all(map(form.fullmatch, set(values) - {None}))  # far fewer than there are rows
        )

    def convert(self, value: Any) -> Any:
        kind = self._kind
        if value is None or (type(value) in kind.types and (kind.form is None or kind.form.fullmatch(value))):
            return value
        found = kind.read(value)
        if found is None and not (isinstance(value, str) and not value.strip()):
            raise ValueError(value)
        return found


class _Geometry(_Column):
    def __init__(self, is3d: bool) -> None:
        self._is3d = is3d

    def as_they_are(self, values: Sequence[Any]) -> bool:
        return values.count(None) == len(values)

    def convert(self, value: Any) -> Optional[bytes]:
        return in_dimension(wkb(value), is3d=self._is3d)


def _boolean(value: Any) -> Optional[bool]:
    if isinstance(value, str) and value.strip() and reading.flag(value, False) == reading.flag(value, True):
        return reading.flag(value)
    return bool(value) if value in (0, 1) else None


def _day(value: Any) -> Optional[str]:
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    return found[1] if found else None


def _moment(value: Any) -> Optional[str]:
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"{found[1]} {found[2] or '00:00:00'}" if found else None


def _text(value: Any) -> Optional[str]:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return None


_MOMENT = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})).*)?")
_TEXT = _Kind(frozenset({str}), _text)
_KINDS = {
    "Boolean": _Kind(frozenset({bool}), _boolean),
    "Integer": _Kind(frozenset({int}), reading.integer),
    "Double": _Kind(frozenset({int, float}), reading.decimal),
    "Date": _Kind(frozenset({str}), _day, re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")),
    "DateTime": _Kind(frozenset({str}), _moment, re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")),
}
"""Types of the contract (2.7) that are no texts; of a date what lies behind the second is left out."""
