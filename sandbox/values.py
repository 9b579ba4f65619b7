"""What a column takes (section 2.7): type, list, limits, pattern, mapping; what the server fills in itself."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime

from . import crs, wkt
from .assumptions import A9_ZONE
from .catalogue import Table
from .clock import Clock
from .errors import bad
from .rows import Rows
from .state import State
from .world import grids
from .world.tables import GEOMETRY_TYPES

NEW_Z = -1000  # of everything that is sent to BDUni (sections 2.11, 2.13)
_URL = re.compile(r"https?://[^\s/]+\.[^\s]+")
_DATES = {
    "DateTime": ("%Y-%m-%d %H:%M:%S", 19), "Date": ("%Y-%m-%d", 10), "YearMonth": ("%Y-%m", 7), "Year": ("%Y", 4),
}  # fmt: skip
_LIKE = {"cnt", "userid", "validDate"}
_MAX_INTEGER = 2**63


def local(clock: Clock, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Now, on the server's clock, as the tables write it."""
    return datetime.fromtimestamp(clock.now(), A9_ZONE).strftime(form)


def default(column: dict, clock: Clock):
    """The default as the column's type holds it."""
    text, kind = column["default_value"], column["type"]
    if text is None:
        return None
    if text == "CURRENT_DATE":
        return local(clock, _DATES[kind][0])
    if kind == "Boolean":
        return text == "true"
    return {"Integer": int, "Double": float}.get(kind, str)(text)


def read(table: Table, column: dict, value, state: State):
    """The value as it is kept; 400 when the column does not take it. None is `finish`'s business."""
    if value is None:
        return None
    name, kind = column["name"], column["type"]
    if kind in GEOMETRY_TYPES:
        return read_geometry(table, column, value)
    try:
        kept = _typed(kind, value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise bad(f"Valeur incorrecte pour {name} ({kind}) : {str(value)[:80]}") from None
    if kind == "Document":
        _require_document(column, kept, state)
    if column["json_schema"]:
        _require_schema(column, kept)
    allowed = column["enum"]
    if allowed is not None and kept not in (allowed.values() if isinstance(allowed, dict) else allowed):
        raise bad(f"{name} : {kept} n'est pas dans la liste")
    _require_limits(column, kept)
    return kept


def _typed(kind: str, value):
    if kind == "Boolean":
        if value not in (0, 1) or isinstance(value, (float, str)):
            raise ValueError
        return bool(value)
    if kind == "Integer":
        if type(value) is not int or abs(value) >= _MAX_INTEGER:
            raise ValueError
        return value
    if kind == "Double":
        if type(value) not in (int, float) or not math.isfinite(value):
            raise ValueError
        return value
    if kind == "JsonValue":
        return json.loads(value) if isinstance(value, str) else value
    if kind == "Like":
        if not isinstance(value, dict) or set(value) != _LIKE or type(value["cnt"]) is not int:
            raise ValueError
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    if kind in _DATES:
        form, length = _DATES[kind]
        datetime.strptime(value, form)  # noqa: DTZ007 - only checked
        if len(value) != length:
            raise ValueError
    return value


def _require_document(column: dict, text: str, state: State) -> None:
    """A document that was uploaded before, of a type that the column takes."""
    known = state.document(int(text)) if re.fullmatch("[0-9]{1,12}", text) else None
    if known is None:
        raise bad(f"{column['name']} : document inconnu : {text[:40]}")
    if column["mime_types"] and known["mime_type"] not in column["mime_types"].split(","):
        raise bad(f"{column['name']} : type de document non accepté : {known['mime_type']}")


def _require_schema(column: dict, value) -> None:
    import jsonschema

    try:
        jsonschema.validate(value, column["json_schema"])
    except jsonschema.ValidationError as error:
        raise bad(f"{column['name']} : {error.message[:200]}") from None


def _require_limits(column: dict, value) -> None:
    name, low, high = column["name"], column["min_value"], column["max_value"]
    number = column["type"] in ("Integer", "Double")
    if low is not None and (value < float(low) if number else value < low):
        raise bad(f"{name} : {value} est inférieur à {low}")
    if high is not None and (value > float(high) if number else value > high):
        raise bad(f"{name} : {value} est supérieur à {high}")
    if not isinstance(value, str):
        return
    if column["min_length"] is not None and len(value) < column["min_length"]:
        raise bad(f"{name} : {column['min_length']} caractères au moins")
    if column["max_length"] is not None and len(value) > column["max_length"]:
        raise bad(f"{name} : {column['max_length']} caractères au plus")
    pattern = column["pattern"]
    if pattern and not (_URL.fullmatch(value) if pattern == "_URL_" else re.search(pattern, value)):
        raise bad(f"{name} : {value[:80]} ne suit pas le motif {pattern}")


def read_geometry(table: Table, column: dict, value) -> str:
    """The WKT as it is kept; 400 for another type or dimension, and for a Z of BDUni that is not −1000."""
    if not isinstance(value, str):
        raise bad(f"{column['name']} : WKT attendu")
    try:
        geometry = wkt.read(value)
    except (ValueError, RecursionError) as error:
        raise bad(f"{column['name']} : {error}") from None
    if column["type"] not in ("Geometry", geometry.type):
        raise bad(f"{column['name']} : {column['type']} attendu, et non {geometry.type}")
    if geometry.dimension != 2 + column["is3d"]:
        raise bad(f"{column['name']} : géométrie {'3D' if column['is3d'] else '2D'} attendue")
    if table.bduni and any(position[2] != NEW_Z for position in wkt.positions(geometry)):
        raise bad(f"{column['name']} : chaque Z doit valoir {NEW_Z}")
    _require_world(column, geometry)
    return wkt.write(geometry)


def _require_world(column: dict, geometry: wkt.Geometry) -> None:
    west, south, east, north = wkt.extent(geometry)
    limit = (-180, -90, 180, 90) if column["srid"] == 4326 else (-2e7, -2e7, 2e7, 2e7)
    if west < limit[0] or south < limit[1] or east > limit[2] or north > limit[3]:
        raise bad(f"{column['name']} : coordonnées hors du monde ({column['crs']})")


def in_degrees(table: Table, text: str) -> wkt.Geometry:
    """A stored geometry in WGS84, where grids are."""
    geometry, convert = wkt.read(text), crs.change(table.srid or 4326, 4326)
    return wkt.changed(geometry, convert) if convert else geometry


def start_in_degrees(table: Table, text: str) -> tuple[float, float]:
    """Where a stored geometry begins, in WGS84."""
    convert, start = crs.change(table.srid or 4326, 4326), wkt.first_position(text)
    return convert(*start) if convert else start


def compute(table: Table, row: dict) -> None:
    """Fill the computed columns: the only formula is `department`, from the geometry."""
    for name, column in table.columns.items():
        if column["formula"] == "department" and table.geometry and row[table.geometry]:
            x, y = start_in_degrees(table, row[table.geometry])
            codes = (code for code in grids.GRIDS if code != "FR" and grids.contain((code,), x, y))
            row[name] = next(codes, None)


def finish(table: Table, row: dict, rows: Rows, id_: int | None, changed: set[str]) -> None:
    """What only the whole row can tell: what is mandatory, mappings, unique values. Raises 400."""
    for name, column in table.columns.items():
        if column["automatic"] or column["computed"]:
            continue
        value, enum = row[name], column["enum"]
        empty = value is None or (value == "" and column["required"])
        if empty and (column["required"] or not column["nullable"] or (isinstance(enum, list) and None not in enum)):
            raise bad(f"{name} est obligatoire")
        if column["constraint"]:
            _require_mapping(column, row)
        if column["unique"] and name in changed and value is not None and rows.has_value(table, name, value, id_):
            raise bad(f"{name} : la valeur {value} existe déjà")


def _require_mapping(column: dict, row: dict) -> None:
    """`{condition value: allowed values}`; an empty list means that the column must be empty."""
    given, value = row.get(column["condition_field"]), row[column["name"]]
    condition = str(given).lower() if isinstance(given, bool) else str(given)
    allowed = column["constraint"]["mapping"].get(condition)
    if allowed is None or value is None or value in allowed:
        return
    said = ", ".join(map(str, allowed)) or "rien"
    raise bad(f"{column['name']} : avec {column['condition_field']} = {condition}, sont permis : {said}")
