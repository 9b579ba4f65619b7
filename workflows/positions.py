"""Geometries of the service (WKT, WGS84 lon lat) in the forms that the store keeps."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional

from osgeo import gdal, ogr

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_POINT = re.compile(
    rf"\s*(?:SRID=\d+;)?\s*POINT\s*(?:ZM|Z|M)?\s*\(\s*({_NUMBER})\s+({_NUMBER})(?:\s+{_NUMBER}){{0,2}}\s*\)\s*",
    re.IGNORECASE | re.ASCII,
)

_KINDS = {
    ogr.wkbPoint: "POINT",
    ogr.wkbLineString: "LINESTRING",
    ogr.wkbPolygon: "POLYGON",
}

Part = tuple[str, bytes]


class BadGeometry(ValueError):
    """A geometry that cannot be read or has no place on earth; the text says why."""


def position(wkt: Any) -> Optional[tuple[float, float]]:
    """lon, lat of a report; None for anything but a point within the world."""
    found = _POINT.fullmatch(wkt) if isinstance(wkt, str) else None
    if not found:
        return None
    lon, lat = float(found.group(1)), float(found.group(2))
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None


def parts(wkt: str) -> list[Part]:
    """The simple 2D geometries that a WKT of any kind is made of, as (POINT | LINESTRING | POLYGON, WKB).

    Collections and MULTI* are taken apart, holes kept, curves made of segments, heights left out. Raises BadGeometry.
    """
    at = position(wkt)
    if at:  # the commonest kind, several times as fast as by GDAL
        return [("POINT", struct.pack("<BI2d", 1, 1, *at))]
    with quiet():
        try:
            return _parts_by_gdal(wkt)
        except (RuntimeError, TypeError, UnicodeError) as error:  # TypeError: a NUL character in the text
            raise BadGeometry(str(error)) from None


def _parts_by_gdal(wkt: str) -> list[Part]:
    shape = ogr.CreateGeometryFromWkt(wkt)
    if shape is None:
        raise BadGeometry("unreadable WKT")
    if shape.IsEmpty():
        raise BadGeometry("empty geometry")
    if shape.GetGeometryType() not in _KINDS:  # Z, M, MULTI, collection, curve
        shape = shape.GetLinearGeometry()
        shape.FlattenTo2D()
    west, east, south, north = shape.GetEnvelope()
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadGeometry("outside the world")
    return list(_simple(shape))


def _simple(shape: Any) -> Iterator[Part]:
    kind = _KINDS.get(shape.GetGeometryType())
    if kind is None and shape.GetGeometryName() == "TRIANGLE":
        shape, kind = ogr.ForceToPolygon(shape.Clone()), "POLYGON"
    if kind:
        if shape.IsEmpty():
            return
        if kind == "POLYGON":
            shape.CloseRings()
        elif kind == "LINESTRING" and shape.GetPointCount() < 2:
            raise BadGeometry("a line of one point")
        yield kind, bytes(shape.ExportToWkb(ogr.wkbNDR))
        return
    if shape.GetGeometryCount() == 0:
        raise BadGeometry(f"geometry of kind {shape.GetGeometryName()}")
    for number in range(shape.GetGeometryCount()):
        yield from _simple(shape.GetGeometryRef(number))


@contextmanager
def quiet() -> Iterator[None]:
    """GDAL says on stderr what it cannot read; here that is expected, and reported by ourselves."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()
