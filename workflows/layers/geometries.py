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

_SRID = re.compile(r"\s*SRID=[0-9]+;", re.IGNORECASE)
_MARKED = re.compile(r"\b([A-Z]{5,}?)(ZM|Z|M)(?=\s*[(E])", re.IGNORECASE)


def wkb(value: Any) -> Optional[bytes]:
    """ISO WKB, little-endian, of a WKT or a GeoJSON object; None for none and for an empty one. Raises BadGeometry.

    Heights are kept, measures left out, curves made of segments. A loop over many is to run inside `quiet`.
    """
    if not value:
        return None
    try:
        shape = ogr.CreateGeometryFromWkt(value) if isinstance(value, str) else _from_json(value)
        if shape is None and isinstance(value, str):
            shape = _from_odd_text(value)
    except (RuntimeError, TypeError, ValueError, UnicodeError) as error:  # TypeError: a NUL character in the text
        raise BadGeometry(str(error)) from None
    if shape is None:
        raise BadGeometry("unreadable geometry")
    if shape.IsEmpty():
        return None
    if shape.IsMeasured() or shape.HasCurveGeometry(True):
        shape = shape.GetLinearGeometry()
        shape.SetMeasured(False)
    if not all(map(math.isfinite, shape.GetEnvelope3D())):
        raise BadGeometry("an ordinate is no number")
    return bytes(shape.ExportToIsoWkb(ogr.wkbNDR))


def wkt(value: bytes) -> str:
    """The WKT of a WKB as the service takes it: without "Z" (A35), no digit lost. Raises BadGeometry."""
    with quiet():
        try:
            shape = ogr.CreateGeometryFromWkb(value)
        except (RuntimeError, TypeError) as error:
            raise BadGeometry(str(error)) from None
    if shape is None:
        raise BadGeometry("unreadable WKB")
    return _text(shape)


def _text(shape: Any) -> str:
    name = shape.GetGeometryName()
    return f"{name} EMPTY" if shape.IsEmpty() else name + _brackets(shape)


def _brackets(shape: Any) -> str:
    """What stands behind the name. GDAL's own WKT has 15 digits, which is not all there is."""
    parts = [shape.GetGeometryRef(number) for number in range(shape.GetGeometryCount())]
    if shape.GetGeometryName() == "GEOMETRYCOLLECTION":
        return f"({','.join(map(_text, parts))})"
    if parts:
        return f"({','.join(map(_brackets, parts))})"
    return f"({','.join(' '.join(map(_ordinate, point)) for point in shape.GetPoints())})"


def _ordinate(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _from_json(value: Union[dict[str, Any], Any]) -> Any:
    return ogr.CreateGeometryFromJson(json.dumps(value, allow_nan=False)) if isinstance(value, dict) else None


def _from_odd_text(text: str) -> Any:
    """`SRID=2154;…`, `PointZ (…)`, or GeoJSON as text."""
    if text.lstrip().startswith("{"):
        return ogr.CreateGeometryFromJson(text)
    return ogr.CreateGeometryFromWkt(_MARKED.sub(r"\1 \2", _SRID.sub("", text, count=1)))
