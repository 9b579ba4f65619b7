"""Real ground: the cantons of Paris and around, and three towns of Corsica."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .. import geometry


def _area(name: str, title: str, kind: str, kind_title: str, extent: list[float]) -> dict:
    type_ = {"name": kind, "title": kind_title}
    return {"name": name, "title": title, "type": type_, "deleted": False, "extent": extent}


_ROWS = 1024


def at_name(name: str) -> str:
    """`à Antony`, `au Raincy`, `à La Courneuve`."""
    return "au " + name[3:] if name.startswith("Le ") else "à " + name


def of_name(name: str) -> str:
    """`d'Antony`, `du Raincy`, `de Paris`."""
    if name.startswith("Le "):
        return "du " + name[3:]
    return ("d'" if name[0] in "AEIOUYÉ" else "de ") + name


class Place(NamedTuple):
    """A piece of ground with its commune; `rows` remembers where a horizontal line is inside, to draw points fast."""

    name: str
    polygon: list
    commune: dict
    departement: dict
    extent: list
    rows: dict

    def draw(self, chance: random.Random) -> tuple[float, float]:
        """A point inside."""
        while True:
            row = int(chance.random() * _ROWS)
            if row not in self.rows:
                self.rows[row] = self._row(row)
            y, spans = self.rows[row]
            if spans:
                west, east = spans[int(chance.random() * len(spans))]
                return round(west + (east - west) * (0.02 + 0.96 * chance.random()), 6), y

    def _row(self, row: int) -> tuple[float, list[tuple[float, float]]]:
        """The latitude of a row and the spans of longitudes inside."""
        y = round(self.extent[1] + (self.extent[3] - self.extent[1]) * (row + 0.5) / _ROWS, 6)
        xs = sorted(
            x1 + (y - y1) * (x2 - x1) / (y2 - y1)
            for ring in self.polygon
            for (x1, y1), (x2, y2) in zip(ring, ring[1:])
            if (y1 > y) != (y2 > y)
        )
        return y, [(west, east) for west, east in zip(xs[::2], xs[1::2]) if east - west > 0.0001]


FRANCE = _area("FXX", "France métropolitaine", "territoire", "Territoire", [-5.14, 41.33, 9.56, 51.09])


def _place(name: str, polygon: list, insee: str, commune: str, code: str, departement: str) -> Place:
    extent = geometry.extent(polygon)
    return Place(
        name,
        polygon,
        _area(insee, commune, "commune", "Commune", extent),
        _area(code, departement, "departement", "Département", extent),
        extent,
        {},
    )


@cache
def cantons() -> tuple[Place, ...]:
    path = Path(__file__).parents[1] / "data" / "cantons.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return tuple(
        _place(p["nom"], f["geometry"]["coordinates"], p["insee_com"], p["commune"], p["insee_dep"], p["departement"])
        for f in features
        for p in [f["properties"]]
    )


def _square(lon: float, lat: float, half: float = 0.004) -> list:
    west, south, east, north = lon - half, lat - half, lon + half, lat + half
    return [[(west, south), (east, south), (east, north), (west, north), (west, south)]]


@cache
def corsica() -> tuple[Place, ...]:
    return (
        _place("Ajaccio", _square(8.733, 41.927), "2A004", "Ajaccio", "2A", "Corse-du-Sud"),
        _place("Bastia", _square(9.442, 42.694), "2B033", "Bastia", "2B", "Haute-Corse"),
        _place("Porto-Vecchio", _square(9.272, 41.592), "2A247", "Porto-Vecchio", "2A", "Corse-du-Sud"),
    )


def at(lon: float, lat: float) -> Place | None:
    """The place that holds this point."""
    return next((place for place in cantons() + corsica() if geometry.inside(lon, lat, place.polygon)), None)
