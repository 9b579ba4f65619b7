"""Geometries of group layers, from the service to the store and back (contract 2.10.2, 2.11, A35).

The service writes WKT in the table's CRS, heights without a "Z": the count of ordinates tells. The store takes WKB.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Optional, Union

from osgeo import ogr

from ..positions import BadGeometry, quiet

_PLAIN = re.compile(r"[A-Z]+ ?[-0-9., ()]+")
"""A WKT without nested names, letters in numbers, or anything that is not a number."""
_FLAT, _WITH_HEIGHTS = ({(base + kind).to_bytes(4, "little") for kind in range(1, 8)} for base in (0, 1000))
"""Types of ISO WKB, points to collections."""
_SIMPLE = _FLAT | _WITH_HEIGHTS
_INFINITE, _MINUS_INFINITE = b"\xf0\x7f", b"\xf0\xff"
"""What the WKB of such a number ends in; many others hold it too."""
_SRID = re.compile(r"\s*SRID=[0-9]+;", re.IGNORECASE)
_MARKED = re.compile(r"\b([A-Z]{5,}?)(ZM|Z|M)(?=\s*[(E])", re.IGNORECASE)


def wkb(value: Any) -> Optional[bytes]:
    """ISO WKB, little-endian, of a WKT or a GeoJSON object; None for none and for an empty one. Raises BadGeometry.

    Heights are kept, measures left out, curves made of segments. A loop over many is to run inside `quiet`.
    """
    if not value:
        return None
    return (_at_once(value) if isinstance(value, str) and _PLAIN.fullmatch(value) else None) or _with_care(value)


def _at_once(text: str) -> Optional[bytes]:
    """The WKB of a usual geometry; None for one that must be looked at closely, which takes twice as long."""
    shape = _from_wkt(text)
    if shape is None:
        return None
    found = bytes(shape.ExportToIsoWkb(ogr.wkbNDR))
    usual = found[1:5] in _SIMPLE and _INFINITE not in found and _MINUS_INFINITE not in found
    return found if usual else None


def _from_wkt(text: str) -> Any:
    """None for what is no WKT: whether GDAL raises errors depends on its version, and on whoever else uses it."""
    try:
        return ogr.CreateGeometryFromWkt(text)
    except RuntimeError:
        return None


def in_dimension(value: Optional[bytes], *, is3d: bool) -> Optional[bytes]:
    """The same WKB with heights, 0 where there are none, or without them."""
    if value is None or (value[1:5] in _WITH_HEIGHTS) == is3d:
        return value
    shape = ogr.CreateGeometryFromWkb(value)
    shape.Set3D(is3d)
    return bytes(shape.ExportToIsoWkb(ogr.wkbNDR))


def _with_care(value: Any) -> Optional[bytes]:
    try:
        shape = _from_wkt(value) if isinstance(value, str) else _from_json(value)
        if shape is None and isinstance(value, str):
            shape = _from_odd_text(value)
    except (RuntimeError, TypeError, ValueError, UnicodeError) as error:  # TypeError: a NUL character in the text
        raise BadGeometry(str(error)) from None
    if shape is None:
        raise BadGeometry("unreadable geometry")
    if shape.IsEmpty():
        return None
    shape = _plain(shape)
    if not all(map(math.isfinite, shape.GetEnvelope3D())):
        raise BadGeometry("an ordinate is no number")
    return bytes(shape.ExportToIsoWkb(ogr.wkbNDR))


def wkt(value: bytes) -> str:
    """The WKT of a WKB as the service takes it: without "Z" (A35), no digit lost. Raises BadGeometry."""
    with quiet():
        return _text(shape_of(value))


def shape_of(value: bytes) -> Any:
    """The OGR shape of a WKB, curves made of segments, measures left out. Raises BadGeometry. Use it inside `quiet`."""
    try:
        shape = ogr.CreateGeometryFromWkb(value)
    except (RuntimeError, TypeError) as error:
        raise BadGeometry(str(error)) from None
    if shape is None:
        raise BadGeometry("unreadable WKB")
    return _plain(shape)


def _plain(shape: Any) -> Any:
    if shape.IsMeasured() or shape.HasCurveGeometry(True):
        shape = shape.GetLinearGeometry()
        shape.SetMeasured(False)
    return shape


def sent_wkt(shape: Any, kind: str, *, is3d: bool, height: Optional[float] = None) -> str:
    """The WKT of an OGR shape as a column of this kind (contract 2.7) takes it: one thing as several or the reverse,
    with heights or without. `height` stands for all of them. Raises BadGeometry for another kind, or without heights.
    """
    name, wanted = shape.GetGeometryName(), kind.upper()
    if is3d and height is None and not shape.Is3D():
        raise BadGeometry("no heights")
    heights = (height,) if is3d and height is not None else None
    if is3d != bool(shape.Is3D()) or heights:
        shape = shape.Clone()
        shape.FlattenTo2D()
    if wanted in ("GEOMETRY", name):
        return _text(shape, heights)
    if wanted == f"MULTI{name}":
        return f"{wanted}({_brackets(shape, heights)})"
    if name == f"MULTI{wanted}" and shape.GetGeometryCount() == 1:
        return _text(shape.GetGeometryRef(0), heights)
    raise BadGeometry(f"{name} is no {wanted}")


def _text(shape: Any, heights: Optional[tuple[float]] = None) -> str:
    name = shape.GetGeometryName()
    return f"{name} EMPTY" if shape.IsEmpty() else name + _brackets(shape, heights)


def _brackets(shape: Any, heights: Optional[tuple[float]] = None) -> str:
    """What stands behind the name. GDAL's own WKT has 15 digits, which is not all there is."""
    parts = [shape.GetGeometryRef(number) for number in range(shape.GetGeometryCount())]
    if shape.GetGeometryName() == "GEOMETRYCOLLECTION":
        return f"({','.join(_text(part, heights) for part in parts)})"
    if parts:
        return f"({','.join(_brackets(part, heights) for part in parts)})"
    points = shape.GetPoints()
    if heights:
        points = [(x, y, *heights) for x, y in points]
    return f"({','.join(' '.join(map(_ordinate, point)) for point in points)})"


def _ordinate(value: float) -> str:
    if not math.isfinite(value):
        raise BadGeometry("an ordinate is no number")
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _from_json(value: Union[dict[str, Any], Any]) -> Any:
    return ogr.CreateGeometryFromJson(json.dumps(value, allow_nan=False)) if isinstance(value, dict) else None


def _from_odd_text(text: str) -> Any:
    """`SRID=2154;…`, `PointZ (…)`, or GeoJSON as text."""
    if text.lstrip().startswith("{"):
        return ogr.CreateGeometryFromJson(text)
    return ogr.CreateGeometryFromWkt(_MARKED.sub(r"\1 \2", _SRID.sub("", text, count=1)))
