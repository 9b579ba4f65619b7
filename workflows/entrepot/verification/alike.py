"""Whether a feature that a service gives is the row that was delivered.

Servers turn single geometries into multiple ones, write numbers and dates their own way, and some do not tell an empty
text from none: that is the same here. Nothing else is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any, Optional

from osgeo import ogr

from ....client import reading
from ..checks.tables import Row
from ..names import server_name

DIGITS = 1e-9
"""How far a number may be off, as a share of itself."""
METRES, DEGREES = 1e-3, 1e-6
"""How far a vertex may be off, in the units of its system: services round."""


def differences(row: Row, feature: Mapping[str, Any], *, geographic: bool = False) -> list[str]:
    """The columns that differ between a row and a feature of a GeoJSON; [] if they agree.

    Where no value does, `geom` if the geometry does. Both in the same system; `geographic`: in degrees, whose axes some
    services swap.
    """
    given = {name.casefold(): value for name, value in reading.mapping(feature.get("properties")).items()}
    found = [name for name, value in row.values.items() if not same_value(value, _named(given, name))]
    if not found and not same_geometry(row.wkb, feature.get("geometry"), geographic=geographic):
        found.append("geom")
    return found


def _named(given: Mapping[str, Any], name: str) -> Any:
    """The value of a column, by its name or by what the server makes of that."""
    return given.get(name.casefold(), given.get(server_name(name)))


def same_value(wanted: Any, given: Any) -> bool:
    """Whether two values of a column are the same."""
    if _nothing(wanted) or _nothing(given):
        return _nothing(wanted) and _nothing(given)
    if isinstance(wanted, bool):
        return reading.flag(given, not wanted) == wanted
    if isinstance(wanted, (int, float)):
        number = reading.decimal(given)
        return number is not None and math.isclose(number, wanted, rel_tol=DIGITS, abs_tol=DIGITS)
    told = given if isinstance(given, str) else json.dumps(given)
    return str(wanted) == told or _moment(str(wanted)) == _moment(told) is not None


def _nothing(value: Any) -> bool:
    return value is None or value == ""


def _moment(text: str) -> Optional[datetime]:
    """A date, or date and time, in UTC; services put a zone even behind days."""
    day = text[:10] if len(text) in (10, 11) and text[10:] in ("", "Z") else ""
    try:
        if day:
            return datetime.combine(date.fromisoformat(day), datetime.min.time(), timezone.utc)
    except ValueError:
        return None
    moment = reading.instant(text)
    if moment is None:
        return None
    return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def same_geometry(wkb: Optional[bytes], given: Any, *, geographic: bool = False) -> bool:
    """Whether a geometry of a GeoJSON is that of a WKB: as many parts and vertices, in the same places."""
    wanted = shape_of(wkb)
    found = shape_of_json(given)
    if wanted is None or found is None:
        return wanted is None and found is None
    tolerance = DEGREES if geographic else METRES
    if wanted.GetDimension() != found.GetDimension():
        return False
    places = _places(wanted)
    others = [_places(found)]
    if geographic:
        others.append([(y, x) for x, y in others[0]])
    return any(_near(places, other, tolerance) for other in others)


def shape_of(wkb: Optional[bytes]) -> Any:
    """The geometry of a WKB, made of straight segments; None for none, an empty one, or what is none."""
    try:
        shape = None if wkb is None else ogr.CreateGeometryFromWkb(wkb)
    except RuntimeError:  # where somebody has GDAL raise its errors
        shape = None
    if shape is None or shape.IsEmpty():
        return None
    return shape.GetLinearGeometry() if shape.HasCurveGeometry() else shape


def shape_of_json(given: Any) -> Any:
    """The geometry of a GeoJSON; None for none, or an empty one."""
    try:
        shape = ogr.CreateGeometryFromJson(json.dumps(given)) if isinstance(given, dict) else None
    except RuntimeError:
        shape = None
    return None if shape is None or shape.IsEmpty() else shape


def _places(geometry: Any) -> list[tuple[float, float]]:
    """All vertices; rings may begin anywhere and run either way, so each without the end that repeats its beginning."""
    if geometry.GetGeometryCount():
        ring = geometry.GetGeometryName() in ("POLYGON", "TRIANGLE")
        parts = (_places(geometry.GetGeometryRef(at)) for at in range(geometry.GetGeometryCount()))
        return [place for part in parts for place in (part[:-1] if ring else part)]
    return [(geometry.GetX(at), geometry.GetY(at)) for at in range(geometry.GetPointCount())]


def _near(places: list[tuple[float, float]], others: list[tuple[float, float]], tolerance: float) -> bool:
    """Whether every place has one of the others for itself that is near; a grid of cells keeps that fast."""
    if len(places) != len(others):
        return False
    cells: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for place in others:
        cells.setdefault(_cell(place, tolerance), []).append(place)
    return all(_taken(place, cells, tolerance) for place in places)


def _cell(place: Iterable[float], size: float) -> tuple[int, int]:
    x, y = place
    return math.floor(x / size), math.floor(y / size)


def _taken(place: tuple[float, float], cells: dict[tuple[int, int], list[tuple[float, float]]], size: float) -> bool:
    column, row = _cell(place, size)
    for right in (0, -1, 1):
        for up in (0, -1, 1):
            waiting = cells.get((column + right, row + up), [])
            for other in waiting:
                if abs(other[0] - place[0]) <= size and abs(other[1] - place[1]) <= size:
                    waiting.remove(other)
                    return True
    return False
