"""Extents: GeoJSON geometries in WGS84 (contract 3.4, 3.8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import bad

MAX_POINTS = 5000
EXTENT = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {"type": {"enum": ["Polygon", "MultiPolygon"]}, "coordinates": {"type": "array", "minItems": 1}},
    "additionalProperties": False,
}


def check(extent: dict) -> None:
    """400 for what is no polygon on the ground, or has too many points."""
    points = list(_points(extent["coordinates"]))
    if len(points) > MAX_POINTS:
        raise bad(f"extent : au plus {MAX_POINTS} points")
    if not points or any(not (-180 <= x <= 180 and -90 <= y <= 90) for x, y in points):
        raise bad("extent : longitudes et latitudes attendues")


def box(extent: dict | None) -> dict | None:
    """`west`, `south`, `east`, `north` of an extent."""
    if not extent:
        return None
    xs, ys = zip(*_points(extent["coordinates"]))
    return {"west": min(xs), "south": min(ys), "east": max(xs), "north": max(ys)}


def polygon(box: dict) -> dict:
    """The extent that has these bounds."""
    west, south, east, north = (box[side] for side in ("west", "south", "east", "north"))
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def _points(value: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(value, list) or not value:
        raise bad("extent : coordonnées incorrectes")
    if isinstance(value[0], (int, float)):
        if len(value) < 2 or not all(isinstance(number, (int, float)) for number in value):
            raise bad("extent : coordonnées incorrectes")
        yield value[0], value[1]
        return
    for part in value:
        yield from _points(part)
