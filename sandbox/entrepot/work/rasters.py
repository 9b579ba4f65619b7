"""Mosaics in the system of a grid, and the tiles cut from them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from osgeo import gdal, ogr

from ..nomenclatures import Grid
from . import crs, tiling, trees
from .log import Log, WorkError

MOSAIC = "mosaic.tif"
_RESAMPLING = {"nn": "near", "linear": "bilinear", "bicubic": "cubic"}
_LOSSY, _IMAGES = ("jpg", "jpg90"), ("jpg", "jpg90", "png")
_FORMATS = {gdal.GDT_Byte: "UINT8", gdal.GDT_UInt16: "UINT16", gdal.GDT_Float32: "FLOAT32"}
_MOST = 4000  # tiles of a mosaic, which is held in memory
_NO_VALUE = {gdal.GDT_Float32: -99999}
_QUALITY = {"jpg": 75, "jpg90": 90}
Box = tuple[float, float, float, float]


def build(
    log: Log,
    target: Path,
    grid: Grid,
    parts: list[gdal.Dataset],
    box: Box,
    levels: list[str],
    *,
    compression: str | None,
    interpolation: str = "bicubic",
    own: dict[str, gdal.Dataset] | None = None,
) -> dict:
    """A pyramid of these images, the last on top, in the box, between levels; `own`: images for some levels alone.

    What the stored data tells of itself.
    """
    target.mkdir(parents=True, exist_ok=True)
    chosen = compression_for(parts[0], compression)
    file = target / f"unfinished-{MOSAIC}"
    file.unlink(missing_ok=True)
    image = _mosaic(parts, grid, levels[-1], box, interpolation)
    gdal.Translate(str(file), image, creationOptions=["COMPRESS=DEFLATE", "ZLEVEL=1", "TILED=YES", "BIGTIFF=IF_SAFER"])
    shutil.rmtree(target / "unfinished", ignore_errors=True)
    (target / "unfinished").mkdir()
    cutter = Cutter(target / "unfinished", grid, chosen)
    finer = image
    for level in reversed(levels):
        finer = cutter.cut(level, (own or {}).get(level, finer), box)
    told = _told(image, grid, levels, chosen)
    del image
    trees.swap(target / "unfinished", target / "tiles")
    file.replace(target / MOSAIC)
    log.info(f"{trees.count(target / 'tiles')} tuiles, niveaux {levels[0]} à {levels[-1]} de {grid.name}")
    return {"type_infos": told, "srs": grid.srs, "extent": _extent(box, grid), "size": trees.size(target)}


def _mosaic(parts: list[gdal.Dataset], grid: Grid, bottom: str, box: Box, interpolation: str) -> gdal.Dataset:
    """In pixels of the bottom level, as its tiles lie; bytes have an alpha channel."""
    found = tiling.tiles(grid, bottom, box)
    if found.number() > _MOST:
        raise WorkError(f"Plus de {_MOST} tuiles au niveau {bottom}")
    made = _blank(parts[0], found, grid, bottom)
    for part in parts:
        gdal.Warp(made, part, resampleAlg=_RESAMPLING[interpolation])
    return made


def _blank(model: gdal.Dataset, found: tiling.Range, grid: Grid, level: str) -> gdal.Dataset:
    """An image in memory with the channels of the model, and an alpha channel if they are bytes."""
    band, channels = model.GetRasterBand(1), model.RasterCount - has_alpha(model)
    byte, (x1, _, _, y2) = band.DataType == gdal.GDT_Byte, tiling.box(grid, level, found)
    wide, high = (found.right - found.left + 1) * tiling.SIDE, (found.bottom - found.top + 1) * tiling.SIDE
    made = gdal.GetDriverByName("MEM").Create("", wide, high, channels + byte, band.DataType)
    made.SetGeoTransform((x1, grid.resolutions[level], 0, y2, 0, -grid.resolutions[level]))
    made.SetSpatialRef(crs.system(grid.srs))
    for number in range(1, channels + 1):
        made.GetRasterBand(number).SetColorInterpretation(model.GetRasterBand(number).GetColorInterpretation())
    if byte:
        made.GetRasterBand(channels + 1).SetColorInterpretation(gdal.GCI_AlphaBand)
        return made
    nothing = band.GetNoDataValue() if band.GetNoDataValue() is not None else _NO_VALUE.get(band.DataType, 0)
    for number in range(1, channels + 1):
        made.GetRasterBand(number).SetNoDataValue(nothing)
        made.GetRasterBand(number).Fill(nothing)
    return made


def has_alpha(image: gdal.Dataset) -> bool:
    return image.GetRasterBand(image.RasterCount).GetColorInterpretation() == gdal.GCI_AlphaBand


def bottom_for(grid: Grid, resolution: float) -> str:
    """The first level that is as detailed as the images, within five percent."""
    return next((n for n, found in grid.resolutions.items() if found <= resolution * 1.05), list(grid.resolutions)[-1])


def top_for(grid: Grid, bottom: str, box: Box) -> str:
    """The most detailed level where everything is in one tile, or the first of all."""
    names = tiling.between(grid, next(iter(grid.resolutions)), bottom)
    return next((name for name in reversed(names) if tiling.tiles(grid, name, box).number() == 1), names[0])


class Cutter:
    """Cuts levels into `folder`/`{level}/{x}/{y}`; tiles without a pixel are left out."""

    def __init__(self, folder: Path, grid: Grid, compression: str):
        self._folder, self._grid, self._compression = folder, grid, compression
        self.extension = "jpg" if compression in _LOSSY else "png" if compression == "png" else ""

    def cut(self, level: str, image: gdal.Dataset, box: Box) -> gdal.Dataset:
        """One level, from an image of the grid's system at least as detailed; gives the image of that level."""
        found, resolution = tiling.tiles(self._grid, level, box), self._grid.resolutions[level]
        if found.number() > tiling.MOST:
            raise WorkError(f"Plus de {tiling.MOST} tuiles au niveau {level}")
        bounds, whole = tiling.box(self._grid, level, found), image
        if not _same_pixels(image, bounds, resolution):
            whole = gdal.Warp(
                "", image, format="MEM", outputBounds=bounds, xRes=resolution, yRes=resolution, resampleAlg="average"
            )
        for column in range(found.left, found.right + 1):
            for row in range(found.top, found.bottom + 1):
                self._tile(whole, level, column, row, found)
        return whole

    def _tile(self, whole: gdal.Dataset, level: str, column: int, row: int, found: tiling.Range) -> None:
        side = tiling.SIDE
        window = [(column - found.left) * side, (row - found.top) * side, side, side]
        tile = gdal.Translate("", whole, format="MEM", srcWin=window)
        if _empty(tile):
            return
        byte = tile.GetRasterBand(1).DataType == gdal.GDT_Byte
        extension = self.extension or ("png" if byte else "tif")
        file = self._folder / level / str(column) / f"{row}.{extension}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        _write(tile, file, extension, self._compression)


def _same_pixels(image: gdal.Dataset, box: Box, resolution: float) -> bool:
    return all(abs(one - other) < resolution / 100 for one, other in zip(box_of_image(image), box))


def _empty(tile: gdal.Dataset) -> bool:
    if has_alpha(tile):
        return tile.GetRasterBand(tile.RasterCount).ComputeRasterMinMax(False)[1] == 0
    try:
        tile.GetRasterBand(1).ComputeRasterMinMax(False)
    except RuntimeError:  # no pixel has a value
        return True
    return False


def _write(tile: gdal.Dataset, file: Path, extension: str, compression: str) -> None:
    if extension == "tif":
        gdal.Translate(str(file), tile, creationOptions=["COMPRESS=DEFLATE"])
    elif extension == "png":
        gdal.Translate(str(file), tile, format="PNG")
    else:
        bands = tile.RasterCount - has_alpha(tile)
        options = [f"QUALITY={_QUALITY[compression]}"]
        gdal.Translate(
            str(file), _on_white(tile), format="JPEG", bandList=list(range(1, bands + 1)), creationOptions=options
        )
    file.with_name(file.name + ".aux.xml").unlink(missing_ok=True)


def _on_white(tile: gdal.Dataset) -> gdal.Dataset:
    """JPEG knows no transparency."""
    if has_alpha(tile):
        seen = tile.GetRasterBand(tile.RasterCount).ReadAsArray() > 0
        for number in range(1, tile.RasterCount):
            band = tile.GetRasterBand(number)
            values = band.ReadAsArray()
            values[~seen] = 255
            band.WriteArray(values)
    return tile


def compression_for(image: gdal.Dataset, asked: str | None) -> str:
    """The one that is asked for, if it can hold such images; JPEG for bytes, ZIP for others. Raises WorkError."""
    byte = image.GetRasterBand(1).DataType == gdal.GDT_Byte
    if asked in _IMAGES and not byte:
        raise WorkError(f"La compression {asked} ne convient qu'à des canaux de 8 bits")
    return asked or ("jpg" if byte else "zip")


def _told(image: gdal.Dataset, grid: Grid, levels: list[str], compression: str) -> dict[str, Any]:
    band, channels = image.GetRasterBand(1), image.RasterCount - has_alpha(image)
    nodata = 255 if band.GetNoDataValue() is None else band.GetNoDataValue()
    return {
        "tms": grid.name, "levels": levels, "channels_format": _FORMATS.get(band.DataType, "FLOAT32"),
        "channels_number": channels, "compression": compression.upper(),
        "nodata_value": ",".join([f"{nodata:g}"] * channels),
    }  # fmt: skip


def box_of(zone: ogr.Geometry, grid: Grid) -> Box:
    """The box of a zone in WGS84, in the grid's system."""
    west, east, south, north = zone.GetEnvelope()
    return crs.turn("EPSG:4326", grid.srs).TransformBounds(west, max(south, -85), east, min(north, 85), 21)


def _extent(box: Box, grid: Grid) -> dict | None:
    made = crs.Extent()
    made.add(box[0], box[2], box[1], box[3], crs.system(grid.srs))
    return made.geojson()


def box_of_image(image: gdal.Dataset) -> Box:
    left, wide, _, top, _, high = image.GetGeoTransform()
    return left, top + high * image.RasterYSize, left + wide * image.RasterXSize, top


def union(*boxes: Box) -> Box:
    x1, y1, x2, y2 = zip(*boxes)
    return min(x1), min(y1), max(x2), max(y2)


def common(*boxes: Box) -> Box:
    x1, y1, x2, y2 = zip(*boxes)
    return max(x1), max(y1), min(x2), min(y2)
