"""The grids, areas in which a member may contribute (section 2.3)."""

from __future__ import annotations

import json
from pathlib import Path

from .. import geometry

_DATA = json.loads((Path(__file__).parents[1] / "data" / "grids.json").read_text(encoding="utf-8"))
_POLYGONS = {name: geometry.rings(grid["geometry"]) for name, grid in _DATA.items()}


def _grid(name: str) -> dict:
    kind = ("Pays", "pays") if name == "FR" else ("Département", "departement")
    return {
        "name": name,
        "title": _DATA[name]["title"],
        "type": {"name": kind[1], "title": kind[0]},
        "deleted": False,
        "extent": geometry.extent(_POLYGONS[name]),
    }


GRIDS = {name: _grid(name) for name in _DATA}


def listed(*names: str) -> list[dict]:
    return [GRIDS[name] for name in names]


def wkt(name: str) -> str:
    return _DATA[name]["geometry"]


def polygon(name: str) -> list[geometry.Ring]:
    return _POLYGONS[name]


def contain(names: tuple[str, ...], lon: float, lat: float) -> bool:
    return any(geometry.inside(lon, lat, _POLYGONS[name]) for name in names)
