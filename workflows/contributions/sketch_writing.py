"""Objects of a map as the sketch of a report, and the position of the report on them (contract 2.6b, A13).

Coordinates are WGS84, longitude before latitude.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Optional

from osgeo import gdal, ogr

from ...client.espaceco.contributions import number
from ...i18n import _
from ..positions import BadGeometry, quiet
from .theme_forms import as_text, plain

Shape = Any
"""A simple geometry of OGR: a point, line or polygon in two dimensions."""
Position = tuple[float, float]

_POINT, _LINE, _POLYGON = "POINT", "LINESTRING", "POLYGON"
_A13_TYPES = {_POINT: "Point", _LINE: "Ligne", _POLYGON: "Polygone"}
_ROUNDING = 5e-9
"""Degrees by which writing eight decimals may move a coordinate."""


# ---------------------------------------------------------------------- geometries


def shapes_of(wkb: Optional[bytes]) -> list[Shape]:
    """The points, lines and polygons that a WKB (WGS84) of any kind is made of.

    MULTI* and collections are taken apart, holes kept, curves made of segments, heights and measures left out. Raises
    BadGeometry, with a sentence, for nothing, and for what is broken or has no place on earth.
    """
    if not wkb:
        raise BadGeometry(_("It has no geometry."))
    with quiet():
        try:
            shape = ogr.CreateGeometryFromWkb(bytes(wkb))
            if shape is None:
                raise BadGeometry(_("Its geometry cannot be read."))
            shape = shape.GetLinearGeometry()
            shape.FlattenTo2D()
            found = list(_simple(shape))
        except (RuntimeError, AttributeError) as error:  # AttributeError: None where GDAL could not do it
            raise BadGeometry(_("Its geometry cannot be read.")) from error
    if not found:
        raise BadGeometry(_("Its geometry is empty."))
    return found


def point_of(position: Position) -> Shape:
    """A position as a shape; raises BadGeometry if it has no place on earth."""
    _check_place([position])
    shape = ogr.Geometry(ogr.wkbPoint)
    shape.AddPoint_2D(*position)
    return shape


def _simple(shape: Shape) -> Iterator[Shape]:
    name = shape.GetGeometryName()
    if shape.IsEmpty():
        return
    if name == "TRIANGLE":
        shape, name = ogr.ForceToPolygon(shape.Clone()), _POLYGON
    if name not in _A13_TYPES:
        for place in range(shape.GetGeometryCount()):
            yield from _simple(shape.GetGeometryRef(place))
        return
    shape = shape.Clone()  # what it was part of may go
    if name == _POLYGON:
        shape.CloseRings()
    for line in _lines(shape):
        _check_place(line)
    gdal.ErrorReset()
    if not shape.IsValid():
        why = gdal.GetLastErrorMsg().strip().rstrip(".") or name.lower()
        raise BadGeometry(_("Its geometry is invalid ({why}). Repair the layer with “Fix geometries”.").format(why=why))
    yield shape


def _lines(shape: Shape) -> Iterator[list[Position]]:
    """The coordinates of a simple geometry: of a polygon ring by ring, empty ones left out."""
    if shape.GetGeometryName() != _POLYGON:
        yield shape.GetPoints()
        return
    for place in range(shape.GetGeometryCount()):
        points = shape.GetGeometryRef(place).GetPoints()
        if points:
            yield points


def _check_place(points: Sequence[Position]) -> None:
    for lon, lat in points:
        if not (math.isfinite(lon) and math.isfinite(lat)):
            raise BadGeometry(_("It has a coordinate that is no number."))
        if abs(lon) > 180 + _ROUNDING or abs(lat) > 90 + _ROUNDING:
            raise BadGeometry(
                _(
                    "It lies outside the world: longitude {lon}, latitude {lat} in degrees. Check the coordinate "
                    "system of the layer, and the order of the coordinates."
                ).format(lon=f"{lon:.6g}", lat=f"{lat:.6g}")
            )


# ---------------------------------------------------------------------- the position


def position_of(shapes: Sequence[Shape]) -> Position:
    """lon, lat of a point that lies on these shapes, of which there is at least one.

    The middle of all of them if it is on one; else of one of them: the greatest polygon, the longest line, or the point
    next to the middle.
    """
    if len(shapes) == 1:
        return _on(shapes[0])
    middle = _middle(shapes)
    polygons = [shape for shape in shapes if shape.GetGeometryName() == _POLYGON]
    if polygons:
        point = point_of(middle)
        if any(_contains(polygon, point, middle) for polygon in polygons):
            return middle
        return _on(max(polygons, key=lambda shape: shape.GetArea()))
    lines = [shape for shape in shapes if shape.GetGeometryName() == _LINE]
    if lines:
        return _on(max(lines, key=lambda shape: shape.Length()))
    return _on(min(shapes, key=lambda shape: math.hypot(shape.GetX() - middle[0], shape.GetY() - middle[1])))


def _on(shape: Shape) -> Position:
    """A position on one shape: its middle if that is on it."""
    name = shape.GetGeometryName()
    if name == _POINT:
        return shape.GetX(), shape.GetY()
    if name == _LINE:
        return _half_way(shape.GetPoints())
    with quiet():
        inside = shape.Centroid()
        if inside is None or not shape.Intersects(inside):
            inside = shape.PointOnSurface()
    first = next(_lines(shape))[0]
    return (inside.GetX(), inside.GetY()) if inside is not None and not inside.IsEmpty() else first


def _middle(shapes: Sequence[Shape]) -> Position:
    """The centroid of all of them; where there are polygons only these count, else only lines."""
    whole = ogr.Geometry(ogr.wkbGeometryCollection)
    for shape in shapes:
        whole.AddGeometry(shape)
    with quiet():
        centroid = whole.Centroid()
    return centroid.GetX(), centroid.GetY()


def _contains(polygon: Shape, point: Shape, at: Position) -> bool:
    west, east, south, north = polygon.GetEnvelope()
    return west <= at[0] <= east and south <= at[1] <= north and bool(polygon.Intersects(point))


def _half_way(points: Sequence[Position]) -> Position:
    """The point at half of the length of a line, a degree of longitude being as long as it is there."""
    steps = [
        math.hypot((x2 - x1) * math.cos(math.radians((y1 + y2) / 2)), y2 - y1)
        for (x1, y1), (x2, y2) in zip(points, points[1:])
    ]
    left = sum(steps) / 2
    for (x1, y1), (x2, y2), step in zip(points, points[1:], steps):
        if step and left <= step:
            share = left / step
            return x1 + (x2 - x1) * share, y1 + (y2 - y1) * share
        left -= step
    return points[-1]


# ---------------------------------------------------------------------- the sketch


def attributes_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields of an object as the texts that go with it; what has no value is left out."""
    return {plain(name): as_text(value) for name, value in fields.items() if value is not None}


def sketch_of(objects: Iterable[tuple[Sequence[Shape], Mapping[str, str]]]) -> str:
    """The sketch, as JSON text: each shape of each object with the attributes of its object."""
    drawn = [
        {
            "type": _A13_TYPES[shape.GetGeometryName()],
            "geometry": _wkt(shape),
            "attributes": dict(attributes),
            "name": "",
        }
        for shapes, attributes in objects
        for shape in shapes
    ]
    return json.dumps({"name": "", "objects": drawn}, ensure_ascii=False, separators=(",", ":"))


def _wkt(shape: Shape) -> str:
    name = shape.GetGeometryName()
    lines = [",".join(f"{number(lon)} {number(lat)}" for lon, lat in line) for line in _lines(shape)]
    return f"{name}({','.join(f'({line})' for line in lines)})" if name == _POLYGON else f"{name}({lines[0]})"
