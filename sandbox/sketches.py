"""Sketches of the seed (section 2.6b): every kind that the mobile, web and QGIS clients write."""

from __future__ import annotations

import random

from .state import encode
from .wording import pick

_STEP = 0.0006  # degrees, some fifty metres


def _path(chance: random.Random, lon: float, lat: float, count: int) -> str:
    points = []
    for _ in range(count):
        lon, lat = lon + _STEP * chance.uniform(-1, 1), lat + _STEP * chance.uniform(-1, 1)
        points.append(f"{lon:.6f} {lat:.6f}")
    return ",".join(points)


def _ring(lon: float, lat: float, half: float) -> str:
    west, south, east, north = lon - half, lat - half, lon + half, lat + half
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return "(" + ",".join(f"{x:.6f} {y:.6f}" for x, y in corners) + ")"


def _point(chance, lon, lat):
    style = {"graphicName": "circle", "diam": 2, "frontcolor": "#FFAA00;1", "backcolor": "#FFAA00;0.5"}
    return {"type": "Point", "geometry": f"POINT({lon:.6f} {lat:.6f})", "attributes": {"nature": "triangle"},
            "name": "", "style": style}  # fmt: skip


def _line(chance, lon, lat):
    return {"type": "Ligne", "geometry": f"LINESTRING({_path(chance, lon, lat, 4)})",
            "attributes": {"nom": "Tracé à reprendre", "largeur": "3,5"},
            "style": {"frontcolor": "#0055FF;0.8", "diam": 4}}  # fmt: skip


def _polygon(chance, lon, lat):
    hole = "," + _ring(lon, lat, _STEP / 3) if chance.random() < 0.5 else ""
    return {"type": "Polygone", "geometry": f"POLYGON({_ring(lon, lat, _STEP)}{hole})", "attributes": {},
            "style": {"frontcolor": "#CC0000;1", "backcolor": "#CC0000;0.3"}}  # fmt: skip


def _text(chance, lon, lat):
    return {"type": "Texte", "geometry": f"POINT({lon:.6f} {lat:.6f})", "attributes": {"nom": "Sens unique ici"},
            "style": {"frontcolor": "#000000;1"}}  # fmt: skip


def _arrow(chance, lon, lat):
    return {"type": "Fleche", "geometry": f"LINESTRING({_path(chance, lon, lat, 2)})", "attributes": None}


def _web_polygon(chance, lon, lat):
    second = _ring(lon + 3 * _STEP, lat, _STEP)
    return {"type": "MultiPolygone", "geometry": f"MULTIPOLYGON(({_ring(lon, lat, _STEP)}),({second}))",
            "attributes": [], "style": []}  # fmt: skip


def _multi_line(chance, lon, lat):
    parts = f"({_path(chance, lon, lat, 3)}),({_path(chance, lon, lat, 2)})"
    return {"type": "MultiLigne", "geometry": f"MULTILINESTRING({parts})", "attributes": {"nom": "Deux tronçons"},
            "style": []}  # fmt: skip


def _multi_point(chance, lon, lat):
    return {"type": "MultiPoint", "geometry": f"MULTIPOINT({_path(chance, lon, lat, 3)})",
            "attributes": {"nature": "star"}}  # fmt: skip


def _collection(chance, lon, lat):
    parts = f"POINT({lon:.6f} {lat:.6f}),LINESTRING({_path(chance, lon, lat, 3)})"
    return {"type": "GeometryCollection", "geometry": f"GEOMETRYCOLLECTION({parts})", "attributes": [], "style": []}


KINDS = (_point, _line, _polygon, _text, _arrow, _web_polygon, _multi_line, _multi_point, _collection)


def draw(chance: random.Random, number: int, lon: float, lat: float) -> str:
    """Sketch document number `number`, as JSON text, around a position: each kind in turn, some with two objects."""
    objects = [KINDS[number % len(KINDS)](chance, lon, lat)]
    if number % 4 == 0:
        objects.append(pick(chance, KINDS)(chance, lon, lat))
    document = {"name": "", "objects": objects}
    if number % 3 == 0:
        layers = ["GEOGRAPHICALGRIDSYSTEMS.MAPS"]
        document["contexte"] = {"lon": f"{lon:.7f}", "lat": f"{lat:.7f}", "zoom": 15, "layers": layers}
    if number % 5 == 0:
        document["desc"] = "Croquis de terrain"
    return encode(document).decode()
