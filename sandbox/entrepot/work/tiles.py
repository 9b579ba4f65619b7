"""Processing: tables of a database cut into vector tiles on the grid PM (contract 3.6), by GDAL's MVT driver."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from osgeo import gdal, ogr

from . import crs, database, rasters, sources, tiling, trees
from .log import Log, WorkError

GRID = "PM"
_MOST_FEATURES = 5000
_BIG = 50_000_000


def run(log: Log, target: str, source: str, extent: dict | None, name: str, old: list[str],
        composition: list[dict] | None = None, bottom_level: str | None = None, top_level: str | None = None,
        area: str | None = None) -> dict:  # fmt: skip
    """`old`: the folders of pyramids whose tiles stay where there are no new ones."""
    data = gdal.OpenEx(f"{source}/database.gpkg", gdal.OF_VECTOR)
    parts = composition or [
        {"table": data.GetLayer(n).GetName(), "bottom_level": bottom_level, "top_level": top_level}
        for n in range(data.GetLayerCount())
    ]
    zone = crs.area(area) if area else crs.polygon(extent)
    box = rasters.box_of(zone, tiling.grid(GRID))
    levels = tiling.between(
        tiling.grid(GRID), str(min(int(p["top_level"]) for p in parts)), str(max(int(p["bottom_level"]) for p in parts))
    )
    if tiling.tiles(tiling.grid(GRID), levels[-1], box).number() > tiling.MOST:
        raise WorkError(f"Plus de {tiling.MOST} tuiles au niveau {levels[-1]}")
    layers = _Layers(log, Path(target) / "unfinished.gpkg", data, box, zone if area else None)
    for part in parts:
        layers.add(part)
    made = Path(target) / "unfinished"
    shutil.rmtree(made, ignore_errors=True)
    for folder in [target, *old]:
        trees.overlay(Path(folder) / "tiles", made)
    _cut(layers, made, name, levels)
    trees.swap(made, Path(target) / "tiles")
    shutil.copyfile(Path(target) / "tiles" / "metadata.json", Path(target) / "metadata.json")
    (Path(target) / "tiles" / "metadata.json").unlink()
    log.info(f"{trees.count(Path(target) / 'tiles')} tuiles, niveaux {levels[0]} à {levels[-1]}")
    return {
        "type_infos": {"tms": GRID, "levels": levels}, "srs": tiling.grid(GRID).srs,
        "extent": json.loads(zone.ExportToJson()), "size": trees.size(Path(target)),
    }  # fmt: skip


class _Layers:
    """What is to be cut: a layer for each part of the composition, in the grid's system, with the wanted columns."""

    def __init__(self, log: Log, file: Path, data: gdal.Dataset, box: tuple, zone: ogr.Geometry | None):
        self.log, self.data, self.box, self.zone, self.file = log, data, box, zone, file
        file.unlink(missing_ok=True)
        self.made = database.create(file)
        self.settings: dict[str, dict[str, Any]] = {}

    def add(self, part: dict) -> None:
        table = self.data.GetLayerByName(part["table"])
        if table is None:
            raise WorkError(f"Table inconnue : {part['table']}")
        if table.GetGeomType() == ogr.wkbNone:
            raise WorkError(f"La table {part['table']} n'a pas de géométrie")
        name = f"part{len(self.settings)}"
        options = ["-select", ",".join(self._attributes(part, table)), "-t_srs", tiling.grid(GRID).srs]
        options += ["-where", part["filter"]] if part.get("filter") else []
        if self.zone is not None:
            options += ["-spat", *map(str, self.box), "-spat_srs", tiling.grid(GRID).srs]
        gdal.VectorTranslate(
            self.made, self.data, layers=[part["table"]], layerName=name, options=[*options, "-nlt", "GEOMETRY"]
        )
        wanted = part.get("layer") or part["table"]
        self.settings[name] = {
            "target_name": wanted, "description": "", "minzoom": int(part["top_level"]),
            "maxzoom": int(part["bottom_level"]),
        }  # fmt: skip
        self._count(name, part)

    def _attributes(self, part: dict, table: ogr.Layer) -> list[str]:
        """All of them unless some are named; `*` is all too."""
        known, asked = sources.columns(table), part.get("attributes", ["*"])
        if asked == ["*"]:
            return known
        keys = (table.GetFIDColumn(), table.GetGeometryColumn())
        for name in asked:
            if name not in known and name not in keys:
                raise WorkError(f"Attribut inconnu dans {part['table']} : {name}")
        return [name for name in asked if name in known]

    def _count(self, name: str, part: dict) -> None:
        """At most so many features in a tile: the ones of the least detailed level have the most."""
        grid, counts = tiling.grid(GRID), {}
        for feature in self.made.GetLayerByName(name):
            geometry = feature.GetGeometryRef()
            if geometry is None:
                continue
            x1, x2, y1, y2 = geometry.GetEnvelope()
            found = tiling.tiles(grid, part["top_level"], (x1, y1, x2, y2))
            for column in range(found.left, found.right + 1):
                for row in range(found.top, found.bottom + 1):
                    counts[column, row] = counts.get((column, row), 0) + 1
        for (column, row), count in counts.items():
            if count > _MOST_FEATURES:
                where = f"{part['top_level']}/{column}/{row}"
                raise WorkError(f"{count} objets de {part['table']} dans la tuile {where}, au plus {_MOST_FEATURES}")


def _cut(layers: _Layers, made: Path, name: str, levels: list[str]) -> None:
    fresh = made.with_name("fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    layers.made = None
    options = [
        "FORMAT=DIRECTORY", "TILE_EXTENSION=pbf", "COMPRESS=NO", f"NAME={name}", f"MINZOOM={levels[0]}",
        f"MAXZOOM={levels[-1]}", f"MAX_SIZE={_BIG}", f"MAX_FEATURES={_BIG}", f"CONF={json.dumps(layers.settings)}",
    ]  # fmt: skip
    gdal.VectorTranslate(str(fresh), str(layers.file), format="MVT", datasetCreationOptions=options)
    layers.file.unlink()
    _leave_out(fresh, layers.box)
    trees.overlay(fresh, made)
    shutil.rmtree(fresh)


def _leave_out(fresh: Path, box: tuple[float, float, float, float]) -> None:
    """Without the tiles that features reach beyond the zone."""
    grid = tiling.grid(GRID)
    for tile in fresh.glob("*/*/*.pbf"):
        level, column, row = tile.parent.parent.name, int(tile.parent.name), int(tile.stem)
        found = tiling.tiles(grid, level, box)
        if not (found.left <= column <= found.right and found.top <= row <= found.bottom):
            tile.unlink()
