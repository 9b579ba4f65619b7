"""Check: images are read by GDAL and georeferenced, in the declared system (contract 3.4, 3.5)."""

from __future__ import annotations

from osgeo import gdal

from . import complaints, crs, images
from .log import Log, WorkError


def run(log: Log, folder: str, srs: str) -> dict:
    declared, extent, found = crs.system(srs), crs.Extent(), 0
    for name in images.unknown(folder):
        log.error(f"Format non pris en charge : {name}")
    for image in images.opened(folder):
        found += 1
        if isinstance(image, WorkError):
            log.error(str(image))
            continue
        system = image.dataset.GetSpatialRef()
        if image.dataset.GetGeoTransform(can_return_null=True) is None:
            log.error(f"{image.name} : pas de géoréférencement")
        elif system is not None and not crs.same(system, declared):
            log.error(f"{image.name} : le système {crs.name_of(system)} n'est pas celui qui est déclaré, {srs}")
        else:
            extent.add(*images.bounds(image.dataset), declared)
            _read(log, image)
    if not found:
        log.error("La livraison ne contient aucune image")
    return {"extent": extent.geojson()}


def _read(log: Log, image: images.Image) -> None:
    """Whether its pixels can be read, not only its head."""
    dataset: gdal.Dataset = image.dataset
    try:
        for number in range(1, dataset.RasterCount + 1):
            dataset.GetRasterBand(number).Checksum()
    except RuntimeError as error:  # a few broken blocks do not make it unreadable
        log.warning(f"{image.name} : {complaints.said(error)}")
    log.info(f"{image.name} : {dataset.RasterXSize} × {dataset.RasterYSize}, {dataset.RasterCount} canaux")
