"""Tiles that were cut before: which levels of which pyramids a publication serves, and where they lie."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from ...errors import not_found
from .. import extents
from ..entities import Entity
from ..nomenclatures import GRIDS, Grid
from ..reach import Live

MEDIA = {"pbf": "application/x-protobuf", "png": "image/png", "jpg": "image/jpeg", "tif": "image/tiff"}
_PLAIN = {"identifier": "normal", "title": "Données brutes"}
_NUMBER = re.compile("[0-9]{1,9}")


def stored_data(live: Live, used: dict) -> Entity | None:
    return live.entities.get("stored_data", used["stored_data"])


def styles(live: Live) -> list[dict]:
    """The styles of a raster (ROK4-STYLE), the default first."""
    ids = [id_ for id_ in live.type_infos.get("styles") or () if id_ in live.statics]
    return [json.loads(live.statics[id_]) for id_ in ids] or [_PLAIN]


def grid(live: Live) -> Grid:
    """The grid of its pyramids, which is one for all."""
    data = stored_data(live, live.type_infos["used_data"][0])
    name = data["type_infos"].get("tms", "PM") if data else "PM"
    if name not in GRIDS:
        raise not_found(f"Pyramide de tuiles inconnue : {name}")
    return GRIDS[name]


def extension(live: Live) -> str:
    """Of the tiles: `pbf`, `jpg`, `png`, or `tif` for measures."""
    data = stored_data(live, live.type_infos["used_data"][0]) or {"type": "", "type_infos": {}}
    if data["type"] == "ROK4-PYRAMID-VECTOR":
        return "pbf"
    if str(data["type_infos"].get("compression", "")).lower().startswith("jp"):
        return "jpg"
    return "png" if data["type_infos"].get("channels_format", "UINT8") == "UINT8" else "tif"


def levels(live: Live) -> dict[str, dict]:
    """The used pyramid that each level comes from, the least detailed level first."""
    names = list(grid(live).resolutions)
    found = {}
    for used in live.type_infos["used_data"]:
        top, bottom = names.index(used["top_level"]), names.index(used["bottom_level"])
        found.update(dict.fromkeys(names[top : bottom + 1], used))
    return {name: found[name] for name in names if name in found}


def tile(live: Live, level: str, column: str, row: str) -> bytes | None:
    """A tile; None where there is none."""
    used = levels(live).get(level)
    if used is None or not _NUMBER.fullmatch(column) or not _NUMBER.fullmatch(row):
        return None
    file = pyramid(live, used) / "tiles" / level / str(int(column)) / f"{int(row)}.{extension(live)}"
    return file.read_bytes() if file.is_file() else None


def pyramid(live: Live, used: dict) -> Path:
    return live.entities.folder("stored_data", used["stored_data"])


def box(live: Live) -> tuple[float, float, float, float]:
    """West, south, east, north: of the configuration, else of the data, else the world."""
    boxes = [live.type_infos.get("bbox")] if live.type_infos.get("bbox") else list(filter(None, _boxes(live)))
    if not boxes:
        return -180.0, -85.0, 180.0, 85.0
    west, south, east, north = zip(*([b["west"], b["south"], b["east"], b["north"]] for b in boxes))
    return min(west), min(south), max(east), max(north)


def _boxes(live: Live) -> Iterable[dict | None]:
    for used in live.type_infos["used_data"]:
        data = stored_data(live, used)
        yield extents.box(data.get("extent")) if data else None
