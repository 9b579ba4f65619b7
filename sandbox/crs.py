"""Coordinates between WGS84, Lambert 93 and Web Mercator: what the tables of the sandbox need, without PROJ.

Lambert 93 is computed with the constants that IGN publishes (algorithms ALG0003 and ALG0004 of its note NTG_71);
RGF93 and WGS84 are taken as the same, as everybody does. Good to a millimetre in France.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Change = Callable[[float, float], "tuple[float, float]"]

_NAMES = {
    "EPSG:4326": 4326, "URN:OGC:DEF:CRS:EPSG::4326": 4326, "IGNF:WGS84G": 4326, "CRS:84": 4326,
    "EPSG:2154": 2154, "URN:OGC:DEF:CRS:EPSG::2154": 2154, "IGNF:LAMB93": 2154, "IGNF:RGF93LAMB93": 2154,
    "EPSG:3857": 3857, "URN:OGC:DEF:CRS:EPSG::3857": 3857,
}  # fmt: skip
_N, _C, _XS, _YS = 0.7256077650532670, 11754255.426096, 700000.0, 12655612.049876
_E = 0.08181919104281579  # first eccentricity of GRS80
_LON0 = math.radians(3)
_RADIUS = 6378137.0
_BOX_STEPS = 16


def code(name: str) -> int:
    """The EPSG number of a name that WFS clients use, whatever its case. Raises ValueError."""
    try:
        return _NAMES[name.upper()]
    except KeyError:
        raise ValueError(f"système de coordonnées inconnu : {name}") from None


def _to_lambert(lon: float, lat: float) -> tuple[float, float]:
    sine = math.sin(math.radians(lat))
    radius = _C * math.exp(-_N * (math.atanh(sine) - _E * math.atanh(_E * sine)))
    angle = _N * (math.radians(lon) - _LON0)
    return _XS + radius * math.sin(angle), _YS - radius * math.cos(angle)


def _from_lambert(x: float, y: float) -> tuple[float, float]:
    angle = math.atan2(x - _XS, _YS - y)
    isometric = -math.log(math.hypot(x - _XS, y - _YS) / _C) / _N
    sine = math.tanh(isometric)
    for _ in range(12):
        sine = math.tanh(isometric + _E * math.atanh(_E * sine))
    return math.degrees(_LON0 + angle / _N), math.degrees(math.asin(sine))


def _to_mercator(lon: float, lat: float) -> tuple[float, float]:
    return _RADIUS * math.radians(lon), _RADIUS * math.asinh(math.tan(math.radians(max(-85.06, min(85.06, lat)))))


def _from_mercator(x: float, y: float) -> tuple[float, float]:
    return math.degrees(x / _RADIUS), math.degrees(math.atan(math.sinh(y / _RADIUS)))


_TO = {2154: _to_lambert, 3857: _to_mercator}
_FROM = {2154: _from_lambert, 3857: _from_mercator}


def change(source: int, target: int) -> Change | None:
    """The function from one system to the other, always x before y; None when there is nothing to do."""
    if source == target:
        return None
    if source == 4326:
        return _TO[target]
    if target == 4326:
        return _FROM[source]
    to_degrees, from_degrees = _FROM[source], _TO[target]
    return lambda x, y: from_degrees(*to_degrees(x, y))


def change_box(box: tuple[float, ...], source: int, target: int) -> tuple[float, ...]:
    """The box around a box seen in another system; its sides bend, so points along them count."""
    convert = change(source, target)
    if convert is None:
        return box
    west, south, east, north = box
    steps = [step / _BOX_STEPS for step in range(_BOX_STEPS + 1)]
    xs, ys = [west + (east - west) * step for step in steps], [south + (north - south) * step for step in steps]
    try:
        edge = [convert(x, y) for y in (south, north) for x in xs] + [convert(x, y) for x in (west, east) for y in ys]
    except (ValueError, OverflowError):
        raise ValueError("emprise hors du système de coordonnées") from None
    return (min(x for x, _ in edge), min(y for _, y in edge), max(x for x, _ in edge), max(y for _, y in edge))
