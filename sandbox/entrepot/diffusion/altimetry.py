"""Altimetry: the heights of points, read in the rasters of a publication."""

from __future__ import annotations

import math
import re

from starlette.requests import Request
from starlette.responses import Response

from ...errors import ApiError, bad, not_found
from ...wire import json_answer, route
from ..reach import Live, named, reachable
from . import _places, _tiles

ROOTS = ("/altimetrie/1.0/calcul/alti/rest", "/private/altimetrie/1.0/calcul/alti/rest")
_TYPE = "ALTIMETRY"
_NOTHING = -99999.0  # where there is no height
_MOST = 5000
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


async def elevation(request: Request) -> Response:
    """`lon` and `lat`: numbers between `|` (or another `delimiter`); `zonly=true` answers the heights alone."""
    values = request.query_params
    live = named(request, _TYPE, values.get("resource", ""))
    if live is None:
        raise not_found("Ressource inconnue")
    delimiter = values.get("delimiter", "|")
    places = [_numbers(name, values.get(name), delimiter) for name in ("lon", "lat")]
    if len(places[0]) != len(places[1]) or len(places[0]) > _MOST:
        raise bad(f"lon et lat : autant de nombres dans l'un que dans l'autre, {_MOST} au plus")
    found = [_height(live, lon, lat) for lon, lat in zip(*places)]
    if values.get("zonly") == "true":
        return json_answer({"elevations": [z for z, _ in found]})
    rows = [{"lon": lon, "lat": lat, "z": z, "acc": accuracy} for lon, lat, (z, accuracy) in zip(*places, found)]
    return json_answer({"elevations": rows})


async def resources(request: Request) -> Response:
    shown = [{"_id": live.name, "title": live.type_infos["title"]} for live in reachable(request, _TYPE)]
    return json_answer({"resources": shown})


def _numbers(name: str, value: str | None, delimiter: str) -> list[float]:
    texts = (value or "").split(delimiter or "|")
    if not all(_NUMBER.fullmatch(text) for text in texts):
        raise bad(f"{name} : nombres attendus")
    return [float(text) for text in texts]


def _height(live: Live, lon: float, lat: float) -> tuple[float, str]:
    """In metres, with the accuracy as it is described; of the first pyramid that knows."""
    for used in live.type_infos["used_data"]:
        z = _read(str(_tiles.pyramid(live, used) / "mosaic.tif"), _tiles.grid(live).srs, lon, lat)
        if z is not None:
            return round(z, 2), used["accuracy"].get("value", "Variable suivant la source de mesure")
    return _NOTHING, ""


def _read(file: str, system: str, lon: float, lat: float) -> float | None:
    """The pixel under a point."""
    from osgeo import gdal

    gdal.UseExceptions()
    try:
        raster = gdal.Open(file)
        x, y = _places.point(lon, lat, "EPSG:4326", system)
    except RuntimeError as error:
        raise ApiError(500, f"Altitude illisible : {error}") from None
    inverse = gdal.InvGeoTransform(raster.GetGeoTransform())
    column, row = (math.floor(value) for value in gdal.ApplyGeoTransform(inverse, x, y))
    if not (0 <= column < raster.RasterXSize and 0 <= row < raster.RasterYSize):
        return None
    band = raster.GetRasterBand(1)
    z = float(band.ReadAsArray(column, row, 1, 1)[0, 0])
    return None if z == band.GetNoDataValue() or math.isnan(z) else z


ROUTES = [
    made
    for root in ROOTS
    for made in (
        route(root + "/elevation.json", GET=elevation),
        route(root.removesuffix("/calcul/alti/rest") + "/resources", GET=resources),
    )
]
