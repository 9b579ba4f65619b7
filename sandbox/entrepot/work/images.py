"""Delivered images (contract 3.4): GeoTIFF, TIFF with a world file, JPEG 2000."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from osgeo import gdal

from . import complaints, delivered
from .log import WorkError

_SUFFIXES = (".tif", ".tiff", ".jp2")
_BESIDE = (".tfw", ".tifw", ".j2w", ".jp2w", ".aux", ".xml", ".wld")


class Image(NamedTuple):
    """A delivered image that is open; `name` is its path in the upload."""

    name: str
    path: str
    dataset: gdal.Dataset


def opened(folder: str) -> Iterator[Image | WorkError]:
    for path in delivered.of_kind(f"{folder}/data", *_SUFFIXES):
        name = path.relative_to(Path(folder) / "data").as_posix()
        try:
            drivers = ["GTiff"] if path.suffix.lower() != ".jp2" else None
            yield Image(name, str(path), gdal.OpenEx(str(path), gdal.OF_RASTER, allowed_drivers=drivers or []))
        except RuntimeError as error:
            yield WorkError(f"{name} : {complaints.said(error)}")


def unknown(folder: str) -> list[str]:
    """The files of no known kind."""
    data = Path(folder) / "data"
    found = delivered.files(str(data))
    return [path.relative_to(data).as_posix() for path in found if path.suffix.lower() not in (*_SUFFIXES, *_BESIDE)]


def bounds(dataset: gdal.Dataset) -> tuple[float, float, float, float]:
    """x1, x2, y1, y2."""
    left, right, _, top, _, down = dataset.GetGeoTransform()
    x2, y2 = left + right * dataset.RasterXSize, top + down * dataset.RasterYSize
    return min(left, x2), max(left, x2), min(top, y2), max(top, y2)


def ready(image: Image, declared: str) -> gdal.Dataset:
    """As processings take it: with a system, and with colours in place of a palette."""
    dataset, options = image.dataset, {}
    if dataset.GetSpatialRef() is None:
        options["outputSRS"] = declared
    if dataset.GetRasterBand(1).GetColorTable() is not None:
        options["rgbExpand"] = "rgb"
    return gdal.Translate("", dataset, format="VRT", **options) if options else dataset
