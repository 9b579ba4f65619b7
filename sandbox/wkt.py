"""Geometries of the tables: WKT of every type, 2D and 3D, read, checked, written, compared.

Read with or without the Z marker (A35), written without it: the count of ordinates tells (section 2.10.2).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from .geometry import Ring, inside

_HEAD = re.compile(r"\s*([A-Za-z]+?)\s*(ZM|Z|M)?\s*(?=\()", re.IGNORECASE)
_BETWEEN = re.compile(r"[^(),]+")
_BRACKETS = str.maketrans("()", "[]")
_NAMES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
_BY_UPPER = {name.upper(): name for name in _NAMES}
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


class Geometry(NamedTuple):
    """`coordinates` nested as in GeoJSON; of a collection the list of its parts. `dimension` is 2 or 3."""

    type: str
    coordinates: list
    dimension: int


def read(text: str) -> Geometry:
    """The geometry of a WKT; ValueError says what is wrong with it (in French, for the API's message)."""
    match = _HEAD.match(text)
    name = _BY_UPPER.get(match.group(1).upper()) if match else None
    if match is None or name is None:
        raise ValueError("type de géométrie inconnu ou vide")
    if (match.group(2) or "").upper() not in ("", "Z"):
        raise ValueError("mesures (M) non acceptées")
    body = text[match.end() :].strip()
    if name == "GeometryCollection":
        parts = [read(part) for part in _parts(body)]
        dimensions = {part.dimension for part in parts}
        coordinates: list = parts
    else:
        coordinates = _coordinates(name, body)
        dimensions = {len(position) for position in _flat(coordinates, _DEPTHS[name])}
    if len(dimensions) != 1 or not dimensions <= {2, 3}:
        raise ValueError("deux ou trois ordonnées attendues, partout autant")
    if match.group(2) and dimensions != {3}:
        raise ValueError("Z annoncé mais absent")
    return Geometry(name, coordinates, dimensions.pop())


def _coordinates(name: str, body: str) -> list:
    """The nested lists between the brackets, checked for this type."""

    def position(match: re.Match) -> str:
        words = match.group().split()
        numbers = [float(word) for word in words]
        if not all(map(math.isfinite, numbers)):
            raise ValueError("nombre infini")
        return f"[{','.join(map(repr, numbers))}]" if words else ""

    try:
        nested = json.loads(_BETWEEN.sub(position, body).translate(_BRACKETS))
    except (ValueError, RecursionError):
        raise ValueError("coordonnées illisibles") from None
    if name == "Point":
        nested = nested[0] if isinstance(nested, list) and len(nested) == 1 else None
    elif name == "MultiPoint" and isinstance(nested, list):
        nested = [item[0] if _is_list_of_one_list(item) else item for item in nested]
    _check(nested, _DEPTHS[name])
    least = 2 if "Line" in name else 4 if "Polygon" in name else 1
    if least > 1:
        for line in _lines(name, nested):
            if len(line) < least:
                raise ValueError(f"au moins {least} sommets attendus")
            if "Polygon" in name and line[0] != line[-1]:
                raise ValueError("contour non fermé")
    return nested


def _is_list_of_one_list(item) -> bool:
    return isinstance(item, list) and len(item) == 1 and isinstance(item[0], list)


def _check(nested, depth: int) -> None:
    if not isinstance(nested, list) or not nested:
        raise ValueError("parenthèses ou coordonnées manquantes")
    if depth == 0:
        if any(isinstance(number, list) for number in nested):
            raise ValueError("trop de parenthèses")
        return
    for item in nested:
        _check(item, depth - 1)


def _parts(body: str) -> Iterator[str]:
    """The geometries in the brackets of a collection."""
    if not (body.startswith("(") and body.endswith(")")):
        raise ValueError("parenthèse attendue")
    depth, start = 0, 1
    for at, char in enumerate(body):
        depth += (char == "(") - (char == ")")
        if depth < 1 and at < len(body) - 1:
            raise ValueError("parenthèses mal placées")
        if (char == "," and depth == 1) or at == len(body) - 1:
            yield body[start:at]
            start = at + 1


def _flat(coordinates: list, depth: int) -> Iterator[list]:
    if depth == 0:
        yield coordinates
    else:
        for item in coordinates:
            yield from _flat(item, depth - 1)


def _lines(name: str, coordinates: list) -> list:
    """The lines or rings of what is made of them."""
    depth = _DEPTHS[name]
    if depth == 1:
        return [coordinates]
    return coordinates if depth == 2 else [ring for polygon in coordinates for ring in polygon]


def simple(geometry: Geometry) -> Iterator[Geometry]:
    """The geometry itself, or the parts of a collection, however deep."""
    if geometry.type == "GeometryCollection":
        for part in geometry.coordinates:
            yield from simple(part)
    else:
        yield geometry


def positions(geometry: Geometry) -> Iterator[list]:
    for part in simple(geometry):
        yield from _flat(part.coordinates, _DEPTHS[part.type])


def first_position(text: str) -> tuple[float, float]:
    """X and y of the first position of a stored WKT, without reading the rest."""
    x, y = text[text.rindex("(", 0, text.index(")")) + 1 :].replace(",", " ", 1).split(None, 2)[:2]
    return float(x), float(y.rstrip(")"))


def write(geometry: Geometry) -> str:
    """`LINESTRING(x y z,x y z)`: no blank before the brackets, no marker."""
    name = geometry.type.upper()
    if geometry.type == "GeometryCollection":
        return f"{name}({','.join(map(write, geometry.coordinates))})"
    depth = _DEPTHS[geometry.type]
    return f"{name}({_position(geometry.coordinates)})" if depth == 0 else name + _written(geometry.coordinates, depth)


def _written(nested: list, depth: int) -> str:
    inner = map(_position, nested) if depth == 1 else (_written(item, depth - 1) for item in nested)
    return f"({','.join(inner)})"


def _position(numbers: list) -> str:
    return " ".join(map(number, numbers))


def number(value: float) -> str:
    """The shortest text that reads back the same, without `.0`."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def changed(geometry: Geometry, convert) -> Geometry:
    """The geometry with x and y put through `convert`, Z kept."""

    def apply(nested: list, depth: int) -> list:
        if depth == 0:
            return [*convert(nested[0], nested[1]), *nested[2:]]
        return [apply(item, depth - 1) for item in nested]

    if geometry.type == "GeometryCollection":
        return geometry._replace(coordinates=[changed(part, convert) for part in geometry.coordinates])
    return geometry._replace(coordinates=apply(geometry.coordinates, _DEPTHS[geometry.type]))


def geojson(geometry: Geometry) -> dict:
    if geometry.type == "GeometryCollection":
        return {"type": geometry.type, "geometries": [geojson(part) for part in geometry.coordinates]}
    return {"type": geometry.type, "coordinates": geometry.coordinates}


def extent(geometry: Geometry) -> tuple[float, float, float, float]:
    xs, ys = zip(*((position[0], position[1]) for position in positions(geometry)))
    return min(xs), min(ys), max(xs), max(ys)


def intersects(geometry: Geometry, polygon: list[Ring]) -> bool:
    """Whether the geometry and the polygon (odd number of rings means inside) share a point."""
    if any(inside(position[0], position[1], polygon) for position in positions(geometry)):
        return True
    for part in simple(geometry):
        if part.type in ("Point", "MultiPoint"):
            continue
        lines = _lines(part.type, part.coordinates)
        if any(_crosses(line, ring) for line in lines for ring in polygon):
            return True
        if "Polygon" in part.type:
            rings = [[(position[0], position[1]) for position in line] for line in lines]
            if any(inside(*ring[0], rings) for ring in polygon):
                return True
    return False


def _crosses(line: list, ring: Ring) -> bool:
    return any(_meet(a, b, c, d) for a, b in zip(line, line[1:]) for c, d in zip(ring, ring[1:]))


def _meet(a, b, c, d) -> bool:
    """Whether two segments cross (touching at an end is found by the points inside, or does not matter)."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a, b, c) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
