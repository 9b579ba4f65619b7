"""Processing: several raster pyramids as one, the last on top (contract 3.6)."""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal, ogr

from . import crs, rasters, tiling
from .log import Log, WorkError


def run(log: Log, target: str, pyramids: list[dict], bottom: str | None = None, top: str | None = None,
        bbox: list[float] | None = None) -> dict:  # fmt: skip
    """`pyramids`: folders with their `type_infos`; `bbox` in WGS84: west, south, east, north."""
    if len(pyramids) < 2:
        raise WorkError("Il faut au moins deux pyramides")
    for member in ("tms", "channels_format", "channels_number"):
        if len({pyramid[member] for pyramid in pyramids}) > 1:
            raise WorkError(f"Les pyramides n'ont pas le même {member}")
    grid = tiling.grid(pyramids[0]["tms"])
    parts = [gdal.Open(f"{pyramid['folder']}/{rasters.MOSAIC}") for pyramid in pyramids]
    box = rasters.union(*(rasters.box_of(crs.polygon(pyramid["extent"]), grid) for pyramid in pyramids))
    if bbox:
        zone = ogr.CreateGeometryFromWkt("MULTIPOINT({} {}, {} {})".format(*bbox))
        box = rasters.common(box, rasters.box_of(zone, grid))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise WorkError("La zone ne touche aucune pyramide")
    names = list(grid.resolutions)
    bottom = bottom or max((pyramid["levels"][-1] for pyramid in pyramids), key=names.index)
    top = top or min((pyramid["levels"][0] for pyramid in pyramids), key=names.index)
    levels, compression = tiling.between(grid, top, bottom), pyramids[0]["compression"].lower()
    return rasters.build(log, Path(target), grid, parts, box, levels, compression=compression)
