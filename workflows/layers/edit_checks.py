"""What is wrong with local edits, found before anything is sent: as the server would find it (contract 2.3, 2.7, A34).

Values that are sent are checked one by one; what is mandatory and what depends on another column, in the whole row, as
the server will have it. A pattern is tried as it is written: whether it is anchored is up to whoever wrote it.
"""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

from ...client.espaceco.contributions import A18_LARGEST_FILE
from ...client.espaceco.databases import Column
from ...client.json_text import read_json
from ...i18n import N_, _
from ...store.database import quoted
from ...store.edits import Edit
from ...store.layer import Layer
from ...store.store import Store
from ...store.tracking import ADDED, ROW, base_table
from ..connection.schema import validator
from ..contributions.theme_forms import harmless, longest_tried
from ..pages.writing import clean
from ..positions import BadGeometry, quiet
from .actions import Draft, drafted, encoded, writable
from .described import REFUSALS, Described
from .geometries import shape_of
from .ground import Ground

NUMBERS = ("Integer", "Double")
FARTHEST = 2e7
"""Metres: nothing on earth is farther from the origin of a projection."""
LIKE_MEMBERS = frozenset({"cnt", "userid", "validDate"})
_URL = re.compile(r"https?://[^\s/]+\.\S+")
_SHOWN, _VALUES_SHOWN = 60, 20

COLUMNS = (
    ("layer", "text"),
    ("geocollab_id", "integer"),
    ("key", "text"),
    ("column", "text"),
    ("value", "text"),
    ("fault", "text"),
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: `column` is "" where it is the row itself. `geometry` is WKB in EPSG `srid`."""

    layer: str
    row: int
    key: Any
    column: str
    value: str
    sentence: str
    geometry: Optional[bytes] = None
    srid: int = 4326

    def cells(self) -> tuple[Any, ...]:
        """As a row of `COLUMNS`."""
        key = None if self.key is None else str(self.key)
        return self.layer, self.row, key, self.column or None, self.value or None, self.sentence


@dataclass
class Checked:
    """The drafts of the edits that were checked, by their rows, and what is wrong with them."""

    drafts: dict[int, Draft]
    faults: list[Fault]

    @property
    def faulty(self) -> set[int]:
        """The rows in which something is wrong."""
        return {found.row for found in self.faults}


def check(
    store: Store, layer: Layer, described: Described, edits: Iterable[Edit], ground: Optional[Ground] = None
) -> Checked:
    """Draft these edits of a layer and find all that is wrong with them. `ground` is where the account may edit."""
    checked = Checked({}, [])
    with quiet():
        for edit in edits:
            draft = drafted(edit, described, store.path.parent)
            checked.drafts[edit.row] = draft
            checked.faults += faults_of(edit, described, draft=draft, ground=ground, srid=layer.srid)
    checked.faults += _same_twice(store, layer, described, checked.drafts.values())
    checked.faults.sort(key=lambda found: found.row)
    return checked


def faults_of(
    edit: Edit,
    described: Described,
    *,
    draft: Optional[Draft] = None,
    folder: Optional[Path] = None,
    ground: Optional[Ground] = None,
    srid: Optional[int] = None,
) -> list[Fault]:
    """What is wrong with one edit, as far as it can be told without the others. Use it inside `quiet`.

    `srid` is that of its geometry here, by default that of the table.
    """
    srid = srid or described.table.srid or 4326
    draft = draft or drafted(edit, described, folder or Path())
    return [fault(edit, described, srid, *wrong) for wrong in _wrong(draft, described, ground, srid)]


def fault(edit: Edit, described: Described, srid: int, column: str, value: Any, sentence: str) -> Fault:
    """What is wrong with an edit, with where to look for it: the geometry as it is here, or was."""
    name = described.table.geometry
    shape = ((edit.mine or {}).get(name) or (edit.base or {}).get(name)) if name else None
    return Fault(described.code, edit.row, edit.key, column, _short(value), sentence, shape, srid)


Wrong = tuple[str, Any, str]
"""Column, value, sentence."""


def _wrong(draft: Draft, described: Described, ground: Optional[Ground], srid: int) -> Iterator[Wrong]:
    edit, table = draft.edit, described.table
    for code in described.refusals:
        why = _(REFUSALS[code])
        yield "", None, _("The layer cannot be edited: {why}. Discard the edit, or ask a manager.").format(why=why)
    if edit.kind != "insert" and table.versioned and edit.fingerprint is None:
        yield "", None, _("It is not known which version of the object was edited. Refresh the layer, then send again.")
    for column in table.columns:
        name = column.name
        if name == table.geometry or edit.mine is None:
            continue
        if name in draft.unreadable:
            yield name, edit.mine[name], _wrong_type(column, edit.mine[name])
        elif name in draft.values and draft.values[name] is not None:
            for sentence in value_faults(column, draft.values[name]):
                yield name, edit.mine[name], sentence
        elif name in draft.files:
            for sentence in _file_faults(column, draft.files[name]):
                yield name, edit.mine[name], sentence
    if edit.mine is not None:
        yield from _whole_row(draft, described)
    yield from _place(draft, described, ground, srid)


# ---------------------------------------------------------------------- one value


def value_faults(column: Column, value: Any) -> Iterator[str]:
    """What is wrong with a value as it is sent (`actions.encoded`), which is not None."""
    wrong = {"attribute": _named(column), "value": _short(value), "accepted": accepted(column)}
    if column.type == "Like" and (set(value) != LIKE_MEMBERS or not isinstance(value["cnt"], int)):
        yield _wrong_type(column, value)
    if column.enum is not None and not any(value == known for known, _label in column.enum):
        yield _("“{attribute}”: “{value}” is not one of the values. Accepted: {accepted}.").format(**wrong)
    if _beyond(column, value, column.minimum, least=True):
        yield _("“{attribute}”: {value} is too small. Accepted: {accepted}.").format(**wrong)
    if _beyond(column, value, column.maximum, least=False):
        yield _("“{attribute}”: {value} is too great. Accepted: {accepted}.").format(**wrong)
    if isinstance(value, str):
        if column.min_length is not None and len(value) < column.min_length:
            yield _("“{attribute}”: “{value}” is too short. Accepted: {accepted}.").format(**wrong)
        if column.max_length is not None and len(value) > column.max_length:
            yield _("“{attribute}”: “{value}” is too long. Accepted: {accepted}.").format(**wrong)
        if column.pattern and not _follows(column.pattern, value):
            yield _("“{attribute}”: “{value}” is not written as asked for. Accepted: {accepted}.").format(**wrong)
    if column.json_schema and column.type == "JsonValue" and harmless(column.json_schema):
        read = read_json(value) if isinstance(value, str) else value
        for error in validator(column.json_schema).iter_errors(read):
            yield _("“{attribute}”: “{value}” does not fit what the column asks for ({why}).").format(
                attribute=wrong["attribute"], value=wrong["value"], why=_short(error.message, 200)
            )


def _beyond(column: Column, value: Any, limit: Optional[str], *, least: bool) -> bool:
    """Whether a value is beyond a limit, a number or a date (contract 2.7); dates are compared as they are written."""
    if limit is None or isinstance(value, (bool, dict, list)):
        return False
    if column.type in NUMBERS:
        try:
            bound = float(limit)
        except ValueError:
            return False
        return bool(value < bound if least else value > bound)
    return isinstance(value, str) and (value < limit if least else value > limit)


def _follows(pattern: str, value: str) -> bool:
    if pattern == "_URL_":
        return bool(_URL.fullmatch(value))
    # of a pattern that no server should have, the server itself may judge
    return len(value) > _longest_tried(pattern) or bool(re.search(pattern, value))


@lru_cache(maxsize=256)
def _longest_tried(pattern: str) -> int:
    return longest_tried(pattern) or -1


def _file_faults(column: Column, path: Path) -> Iterator[str]:
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError:
        size = None
    known = {"attribute": _named(column), "path": _short(path, 200)}
    if size is None:
        yield _("“{attribute}”: the document {path} is not there.").format(**known)
        return
    if not size:
        yield _("“{attribute}”: the document {path} is empty.").format(**known)
    if size > A18_LARGEST_FILE:
        yield _("“{attribute}”: the document {path} has more than {most} MB.").format(
            **known, most=A18_LARGEST_FILE // 10**6
        )
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if column.mime_types and kind not in column.mime_types:
        yield _("“{attribute}”: {path} is a document of type {kind}. Accepted: {accepted}.").format(
            **known, kind=kind, accepted=", ".join(column.mime_types)
        )


# ---------------------------------------------------------------------- the whole row


def _whole_row(draft: Draft, described: Described) -> Iterator[Wrong]:
    """What is mandatory, and what depends on another column, in the row that the server will have."""
    for column in described.table.columns:
        name = column.name
        if column.automatic or column.computed or name in draft.unreadable or name in draft.files:
            continue
        # the key is the server's, whatever is said of it (contract 2.7), but where the user chooses it
        mandatory = column.mandatory and (column.custom_id or name != described.table.key)
        if not (column.mapping or mandatory):
            continue
        value = _stored(draft, described, column)
        if mandatory and (value is None or (value == "" and column.required)):
            if name == described.table.geometry:
                yield name, None, _("The object has no geometry.")
            else:
                yield (
                    name,
                    None,
                    _("“{attribute}” must have a value. Accepted: {accepted}.").format(
                        attribute=_named(column), accepted=accepted(column)
                    ),
                )
        if column.mapping and value is not None:
            other = described.table.column(column.condition_field)
            condition = _stored(draft, described, other) if other else None
            allowed = column.mapping.get(as_condition(condition))
            if allowed is not None and value not in allowed:
                yield name, value, _mapping_sentence(column, other, condition, allowed, value)


def _stored(draft: Draft, described: Described, column: Column) -> Any:
    """A value as the server will have it: what is sent, else what it has, or the default of a new row."""
    edit, name = draft.edit, column.name
    if name in draft.values and (edit.kind == "update" or draft.values[name] is not None):
        return draft.values[name]
    if edit.base is None:
        return _default(column)
    value = edit.base.get(name)
    return value if name == described.table.geometry else _or_none(column, value)


def _default(column: Column) -> Any:
    """What the server gives a new row that says nothing of a column."""
    if column.default is None:
        return None
    return column.default if column.default == "CURRENT_DATE" else _or_none(column, column.default)


def _or_none(column: Column, value: Any) -> Any:
    """A value as it is sent; what the server has is not ours to judge."""
    if column.type in NUMBERS and isinstance(value, str):
        value = read_number(value)
    try:
        return encoded(column, value)
    except ValueError:
        return value


def read_number(text: str) -> Any:
    """A number written as text, as it is if it is none."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def as_condition(value: Any) -> str:
    """A value as the key of a mapping (contract 2.7)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mapping_sentence(
    column: Column, other: Optional[Column], condition: Any, allowed: Sequence[Any], value: Any
) -> str:
    known = {
        "attribute": _named(column),
        "value": _short(value),
        "other": _named(other) if other else column.condition_field,
        "condition": _short(as_condition(condition)),
    }
    if not [item for item in allowed if item is not None]:
        return _("“{attribute}” must be empty where “{other}” is “{condition}”, and it is “{value}”.").format(**known)
    return _("“{attribute}” cannot be “{value}” where “{other}” is “{condition}”. Accepted: {accepted}.").format(
        **known, accepted=_listed([(item, str(item)) for item in allowed])
    )


# ---------------------------------------------------------------------- where it is


def _place(draft: Draft, described: Described, ground: Optional[Ground], srid: int) -> Iterator[Wrong]:
    """The geometry, and whether the account may edit there: where the object is, and where it goes (A34)."""
    edit, name = draft.edit, described.table.geometry
    if not name:
        return
    before, after = (edit.base or {}).get(name), (edit.mine or {}).get(name)
    moved = edit.kind == "insert" or name in edit.changed
    if moved and after is not None:
        sentence = _wrong_shape(after, described, srid, readable=name not in draft.unreadable)
        if sentence:
            yield name, None, sentence
            return
    if ground is None:
        return
    if before is not None and not ground.holds(before):
        yield (
            "",
            None,
            _("The object is outside of the zones in which you may edit: {zones}.").format(
                zones=", ".join(described.grids)
            ),
        )
    elif moved and after is not None and not ground.holds(after):
        yield (
            "",
            None,
            _("The object would be outside of the zones in which you may edit: {zones}.").format(
                zones=", ".join(described.grids)
            ),
        )


def _wrong_shape(value: bytes, described: Described, srid: int, *, readable: bool) -> str:
    try:
        shape = shape_of(value)
    except BadGeometry:
        return _("The geometry cannot be read. Draw it again.")
    if shape.IsEmpty():
        return _("The object has no geometry.")
    table = described.table
    if not readable:
        if table.is3d and not described.bduni and _matches(shape, table.geometry_type):
            return _("The geometry needs a height at each of its points.")
        return _("The geometry is a {kind}, and the layer takes {wanted}.").format(
            kind=shape.GetGeometryName(), wanted=table.geometry_type
        )
    west, east, south, north = shape.GetEnvelope()
    lon, lat = (180.0, 90.0) if srid == 4326 else (FARTHEST, FARTHEST)
    if not (-lon <= west <= east <= lon and -lat <= south <= north <= lat):
        return _("The geometry is outside of the world: is it in the coordinate system of the layer?")
    if not shape.IsValid():
        return _("The geometry is not valid, as where a contour crosses itself. Repair it with “Fix geometries”.")
    return ""


def _matches(shape: Any, wanted: str) -> bool:
    """Whether it is of this kind but for being one or several."""
    kinds = {name.upper().removeprefix("MULTI") for name in (shape.GetGeometryName(), wanted)}
    return len(kinds) == 1 or wanted == "Geometry"


# ---------------------------------------------------------------------- the same value twice


def _same_twice(store: Store, layer: Layer, described: Described, drafts: Iterable[Draft]) -> Iterator[Fault]:
    """Keys and unique values that two objects of what is sent would have, or that one on the server has."""
    table, listed = described.table, list(drafts)
    for column in table.columns:
        own_key = column.name == table.key and column.custom_id
        if not own_key and (not column.unique or column.name == table.key or not writable(described, column)):
            continue
        wanted: dict[Any, list[Edit]] = {}
        for draft in listed:
            value = draft.values.get(column.name)
            if value is not None and not isinstance(value, (dict, list)):
                wanted.setdefault(value, []).append(draft.edit)
        on_server = _on_server(store, layer, column.name, wanted)
        for value, edits in wanted.items():
            here = {edit.row for edit in edits}
            elsewhere = on_server.get(value, set())
            for edit in edits:
                if len(here) > 1:
                    sentence = _("“{attribute}”: several of these objects have the value “{value}”.")
                elif elsewhere - {edit.row}:
                    sentence = _("“{attribute}”: another object has the value “{value}” already.")
                else:
                    continue
                said = sentence.format(attribute=_named(column), value=_short(value))
                yield fault(edit, described, layer.srid, column.name, value, said)


def _on_server(store: Store, layer: Layer, name: str, values: Iterable[Any]) -> dict[Any, set[int]]:
    """The rows in which the server, as far as it is known here, has one of these values."""
    wanted = list(values)
    if not wanted:
        return {}
    column = quoted(next(known.local for known in layer.live if known.name == name))
    base, table = base_table(layer.id), quoted(layer.local_table)
    found: dict[Any, set[int]] = {}
    store.connection.execute("CREATE TEMP TABLE geocollab_wanted (value)")
    try:
        store.connection.executemany("INSERT INTO geocollab_wanted VALUES (?)", ((value,) for value in wanted))
        sql = (
            f"SELECT {ROW}, {column} FROM {table} t WHERE {column} IN (SELECT value FROM geocollab_wanted) "  # nosec B608
            f"AND NOT EXISTS (SELECT 1 FROM {base} b WHERE b.{ROW} = t.{ROW}) UNION ALL "
            f"SELECT {ROW}, {column} FROM {base} WHERE NOT {ADDED} "
            f"AND {column} IN (SELECT value FROM geocollab_wanted)"
        )
        for row, value in store.all(sql):
            found.setdefault(value, set()).add(row)
    finally:
        store.connection.execute("DROP TABLE geocollab_wanted")
    return found


# ---------------------------------------------------------------------- in words

_KINDS = {
    "Boolean": N_("yes or no"),
    "Integer": N_("a whole number"),
    "Double": N_("a number"),
    "Date": N_("a date such as 2026-11-21"),
    "DateTime": N_("a date and time such as 2026-11-21 08:30:00"),
    "Year": N_("a year such as 2026"),
    "YearMonth": N_("a month such as 2026-11"),
    "JsonValue": N_("a JSON text"),
    "Like": N_("a JSON text"),
    "Document": N_("a file, or the number of a document"),
}


def accepted(column: Column) -> str:
    """What a column accepts, as part of a sentence."""
    if column.enum is not None:
        return _("one of: {values}").format(values=_listed(column.enum))
    if column.pattern == "_URL_":
        return _("an address that begins with http:// or https://")
    return ", ".join([_(_KINDS.get(column.type, N_("a text"))), *_limits(column)])


def _limits(column: Column) -> Iterator[str]:
    if column.minimum is not None:
        yield _("at least {n}").format(n=_short(column.minimum))
    if column.maximum is not None:
        yield _("at most {n}").format(n=_short(column.maximum))
    if column.min_length:
        yield _("at least {n} characters").format(n=column.min_length)
    if column.max_length is not None:
        yield _("at most {n} characters").format(n=column.max_length)
    if column.pattern:
        yield _("of the form {pattern}").format(pattern=_short(column.pattern, 100))


def _wrong_type(column: Column, value: Any) -> str:
    return _("“{attribute}”: “{value}” cannot be read as what is asked for. Accepted: {accepted}.").format(
        attribute=_named(column), value=_short(value), accepted=accepted(column)
    )


def _named(column: Column) -> str:
    return column.name if column.title == column.name else f"{column.title} ({column.name})"


def _listed(values: Iterable[tuple[Any, str]]) -> str:
    shown = [_("(empty)") if value in (None, "") else _labelled(value, label) for value, label in values]
    return ", ".join(shown[:_VALUES_SHOWN]) + (", …" if len(shown) > _VALUES_SHOWN else "")


def _labelled(value: Any, label: str) -> str:
    return _short(value) if label == str(value) else f"{_short(label)} ({_short(value)})"


def _short(text: object, most: int = _SHOWN) -> str:
    if text is None:
        return ""
    if isinstance(text, (bool, dict, list)):
        text = json.dumps(text, ensure_ascii=False)
    shown = clean(" ".join(str(text)[: 4 * most].split()))
    return shown if len(shown) <= most and len(str(text)) <= 4 * most else shown[:most] + "…"
