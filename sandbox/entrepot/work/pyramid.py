"""Processing: delivered images cut into a raster pyramid, alone or over one that is there (contract 3.6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from osgeo import gdal

from . import crs, images, rasters, tiling
from .log import Log, WorkError


def run(log: Log, target: str, folders: list[str], declared: str, old: list[dict], tms: str | None = None,
        compression: str | None = None, interpolation: str = "bicubic", bottom: str | None = None,
        top: str | None = None) -> dict:  # fmt: skip
    """`old`: the pyramid that this goes on with, its folder and its `type_infos`; or none."""
    before = next(iter(old), None)
    grid = tiling.grid(tms or before["tms"])
    if before and grid.name != before["tms"]:
        raise WorkError(f"La pyramide est en {before['tms']} : elle ne change pas de grille")
    opened = list(_opened(folders, declared))
    box, resolution = _in_grid(opened, grid.srs)
    for image in opened:
        log.info(f"{Path(image.GetDescription()).name} : {image.RasterXSize} × {image.RasterYSize}")
    if before:
        known = gdal.Open(f"{before['folder']}/{rasters.MOSAIC}")
        opened.insert(0, known)
        box = rasters.union(box, rasters.box_of(crs.polygon(before["extent"]), grid))
        bottom, top = bottom or before["levels"][-1], top or before["levels"][0]
        compression = compression or before["compression"].lower()
    bottom = bottom or rasters.bottom_for(grid, resolution)
    levels = tiling.between(grid, top or rasters.top_for(grid, bottom, box), bottom)
    return rasters.build(
        log, Path(target), grid, opened, box, levels, compression=compression, interpolation=interpolation
    )


def _opened(folders: list[str], declared: str) -> Iterator[gdal.Dataset]:
    """The images, in the declared system where they do not say theirs, palettes as colours."""
    count = 0
    for folder in folders:
        for image in images.opened(folder):
            if isinstance(image, WorkError):
                raise image
            count += 1
            yield images.ready(image, declared)
    if not count:
        raise WorkError("Aucune image à traiter")


def _in_grid(opened: list[gdal.Dataset], srs: str) -> tuple[rasters.Box, float]:
    """The box of the images in the grid's system, and the size of their pixels there."""
    wanted, boxes, sizes = crs.system(srs), [], []
    for image in opened:
        seen = gdal.AutoCreateWarpedVRT(image, None, wanted.ExportToWkt())
        boxes.append(rasters.box_of_image(seen))
        sizes.append(seen.GetGeoTransform()[1])
    return rasters.union(*boxes), min(sizes)
