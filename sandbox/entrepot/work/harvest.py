"""Processing: images asked of a WMS, cut into a raster pyramid (contract 3.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import requests
from osgeo import gdal

from ..nomenclatures import Grid
from . import crs, rasters, tiling
from .log import Log, WorkError

_SECONDS = 60
_PIXELS = 2048


def run(log: Log, target: str, harvest_layers: str, harvest_levels: list[str], harvest_area: str, harvest_format: str,
        harvest_url: str, bottom: str, top: str | None = None, harvest_extras: str = "", harvest_dimensions: str = "",
        harvest_threshold: int = 0, compression: str = "png", samplesperpixel: int = 3, sampleformat: str = "UINT8",
        tms: str = "PM", nodata: list[float] | None = None) -> dict:  # fmt: skip
    grid, zone = tiling.grid(tms), crs.area(harvest_area)
    names, box = list(grid.resolutions), rasters.box_of(zone, grid)
    levels = tiling.between(grid, top or min(harvest_levels, key=lambda n: names.index(n) if n in names else 0), bottom)
    for level in harvest_levels:
        if level not in levels:
            raise WorkError(f"Niveau hors de la pyramide : {level}")
    service = _Service(log, harvest_url, harvest_layers, harvest_format, harvest_extras, grid, harvest_dimensions)
    service.bands, service.kind, service.least = samplesperpixel, sampleformat, harvest_threshold
    own = {level: service.image(level, box) for level in harvest_levels}
    finest = max(harvest_levels, key=names.index)
    image = own[finest]
    if nodata:
        for number in range(1, image.RasterCount + 1):
            image.GetRasterBand(number).SetNoDataValue(nodata[min(number, len(nodata)) - 1])
    return rasters.build(log, Path(target), grid, [image], box, levels, compression=compression, own=own)


class _Service:
    def __init__(self, log: Log, url: str, layers: str, format_: str, extras: str, grid: Grid, dimensions: str):
        self.log, self.url, self.grid = log, url, grid
        self.bands, self.kind, self.least = 3, "UINT8", 0
        sizes = re.fullmatch(r"(\d+)x(\d+)", dimensions)
        self.tiles = max(1, min(_PIXELS, *map(int, sizes.groups() if sizes else (_PIXELS,) * 2)) // tiling.SIDE)
        self.params = {
            "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": layers, "STYLES": "",
            "FORMAT": format_, "CRS": grid.srs, "TRANSPARENT": "TRUE" if format_ == "image/png" else "FALSE",
            **dict(parse_qsl(extras.lstrip("?&"), keep_blank_values=True)),
        }  # fmt: skip
        self.session = requests.Session()
        self.session.trust_env = False  # never through a proxy: it is meant for loopback

    def image(self, level: str, box: rasters.Box) -> gdal.Dataset:
        """All of a level, asked for in pieces."""
        found = tiling.tiles(self.grid, level, box)
        if found.number() > tiling.MOST:
            raise WorkError(f"Plus de {tiling.MOST} tuiles au niveau {level}")
        pieces = [self._piece(level, part) for part in _parts(found, self.tiles)]
        kept = [piece for piece in pieces if piece is not None]
        self.log.info(f"Niveau {level} : {len(kept)} images sur {len(pieces)}")
        if not kept:
            raise WorkError(f"Niveau {level} : aucune image")
        return gdal.Warp(
            "", kept, format="MEM", outputBounds=tiling.box(self.grid, level, found),
            xRes=self.grid.resolutions[level], yRes=self.grid.resolutions[level], dstAlpha=self.kind == "UINT8",
        )  # fmt: skip

    def _piece(self, level: str, found: tiling.Range) -> gdal.Dataset | None:
        x1, y1, x2, y2 = tiling.box(self.grid, level, found)
        wide, high = ((last - first + 1) * tiling.SIDE for first, last in (found[:2], found[2:]))
        corners = (y1, x1, y2, x2) if self.grid.srs == "EPSG:4326" else (x1, y1, x2, y2)
        asked = {**self.params, "BBOX": ",".join(map(repr, corners)), "WIDTH": str(wide), "HEIGHT": str(high)}
        try:
            answer = self.session.get(self.url, params=asked, timeout=_SECONDS)
        except requests.RequestException as error:
            raise WorkError(f"Le service ne répond pas : {type(error).__name__}") from None
        if answer.status_code != 200 or not answer.headers.get("content-type", "").startswith("image/"):
            said = " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())[:300]
            raise WorkError(f"Le service refuse ({answer.status_code}) : {said}")
        if len(answer.content) < self.least:
            return None
        return self._placed(answer.content, (x1, y2, x2, y1))

    def _placed(self, content: bytes, corners: tuple[float, float, float, float]) -> gdal.Dataset:
        """With the wanted channels, on the ground."""
        gdal.FileFromMemBuffer("/vsimem/piece", content)
        image = gdal.Open("/vsimem/piece")
        if image.GetRasterBand(1).GetColorTable() is not None:
            image = gdal.Translate("", image, format="MEM", rgbExpand="rgba")
        wanted = min(self.bands, image.RasterCount)
        bands = list(range(1, wanted + 1))
        if rasters.has_alpha(image) and image.RasterCount not in bands:
            bands.append(image.RasterCount)
        placed = gdal.Translate(
            "", image, format="MEM", bandList=bands, outputBounds=corners, outputSRS=self.grid.srs,
            outputType=gdal.GDT_Float32 if self.kind == "FLOAT32" else gdal.GDT_Byte,
        )  # fmt: skip
        gdal.Unlink("/vsimem/piece")
        return placed


def _parts(found: tiling.Range, tiles: int) -> Iterator[tiling.Range]:
    for left in range(found.left, found.right + 1, tiles):
        for top in range(found.top, found.bottom + 1, tiles):
            yield tiling.Range(left, min(left + tiles - 1, found.right), top, min(top + tiles - 1, found.bottom))
