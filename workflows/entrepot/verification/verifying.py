"""Published services read back, as anybody reads them: do they list the layers, and give what was delivered?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from osgeo import ogr, osr

from ....client.errors import Forbidden, ServiceError, Unauthorized
from ....i18n import _
from ...watch import Watch
from .. import cartes
from ..checks.tables import Table
from ..descriptions.record_facts import Extent
from ..offices import Office
from .diffusion import Key, Reader
from .verdicts import Verdict
from .verify_maps import verify_download, verify_tms, verify_wms
from .verify_wfs import verify_wfs

__all__ = [
    "Key",
    "Reader",
    "Verdict",
    "verify",
    "verify_download",
    "verify_service",
    "verify_tms",
    "verify_wfs",
    "verify_wms",
]

_AROUND = 0.005
"""Degrees around a row, for a picture of it."""


def verify(
    office: Office,
    served: Mapping[str, Mapping[str, Any]],
    tables: Sequence[Table],
    *,
    open: bool = True,
    srs: str = "",
    key: Optional[Key] = None,
    watch: Watch,
) -> list[Verdict]:
    """What each of the services gives: `served` has, by type, `layer` and `urls` (type, url) or `url`.

    Without `key` a restricted service is only looked at for wanting one. `srs` is the system of the tables, for
    pictures of single rows. What a service does not answer is a verdict, never an error.
    """
    reader = Reader(office.datastore.session, key)
    verdicts: list[Verdict] = []
    for type, made in served.items():
        watch.check()
        verdicts += verify_service(reader, type, made, tables, is_open=open or key is not None, srs=srs, watch=watch)
    return verdicts


def verify_service(
    reader: Reader,
    type: str,
    made: Mapping[str, Any],
    tables: Sequence[Table],
    *,
    is_open: bool = True,
    srs: str = "",
    watch: Watch,
) -> list[Verdict]:
    """The verdicts on one service; of a WFS one for each table. As `verify`."""
    layer, urls = str(made.get("layer", "")), _urls(made)
    if not urls:
        return [
            Verdict(type, False, {"layer": layer}, _("The offering has no address."))
            if is_open
            else _unread(type, layer)
        ]
    try:
        if not is_open:
            return [_wants_a_key(reader, type, layer, urls)]
        return [_named_by(type, verdict) for verdict in _verdicts(reader, type, layer, urls, tables, srs)]
    except ServiceError as error:
        return [Verdict(type, False, {"layer": layer}, watch.explain(error))]


def _verdicts(
    reader: Reader, type: str, layer: str, urls: Mapping[str, str], tables: Sequence[Table], srs: str
) -> list[Verdict]:
    extent, url = _extent(tables), next(iter(urls.values()))
    if type == "WFS":
        return [verify_wfs(reader, url, f"{layer}:{table.name}", table) for table in tables]
    if type in ("WMS-VECTOR", "WMS-RASTER"):
        return [verify_wms(reader, url, layer, extent, _places(tables, srs))]
    if type in ("WMTS-TMS", "VECTOR-TMS") and "TMS" in urls:
        names = [f"{layer}.{table.name}" for table in tables] if type == "VECTOR-TMS" else [layer]
        return [verify_tms(reader, urls["TMS"], name, extent) for name in names]
    if type == "DOWNLOAD":
        return [verify_download(reader, url, layer)]
    return [Verdict(type, True, {"layer": layer, "read": None})]


def _named_by(type: str, verdict: Verdict) -> Verdict:
    return Verdict(type, verdict.ok, verdict.facts, verdict.problem)


def _unread(type: str, layer: str) -> Verdict:
    return Verdict(type, True, {"layer": layer, "read": False})


def _wants_a_key(reader: Reader, type: str, layer: str, urls: Mapping[str, str]) -> Verdict:
    """A restricted service gives nothing without a key, not even its capabilities (contract 3.15)."""
    kind, url = next(iter(urls.items()))
    try:
        reader.get(cartes.capabilities_url(kind, url))
    except (Unauthorized, Forbidden):
        return _unread(type, layer)
    told = _("“{layer}” should be restricted, but its service answers without a key.").format(layer=layer)
    return Verdict(type, False, {"layer": layer}, told)


def _urls(made: Mapping[str, Any]) -> dict[str, str]:
    """The addresses of a service by their type; the first of each."""
    found: dict[str, str] = {}
    for kind, url in made.get("urls") or ():
        found.setdefault(str(kind), str(url))
    if not found and made.get("url"):
        found[""] = str(made["url"])
    return found


def _extent(tables: Sequence[Table]) -> Optional[Extent]:
    boxes = [table.extent for table in tables if table.extent]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes)
    return min(west), min(south), max(east), max(north)


def _places(tables: Sequence[Table], srs: str) -> list[Extent]:
    """Rectangles around the first rows of the samples, in WGS84."""
    if not srs:
        return []
    geographic, system = osr.SpatialReference(), osr.SpatialReference()
    try:
        if geographic.ImportFromEPSG(4326) or system.SetFromUserInput(srs):
            return []
        for one in (geographic, system):
            one.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        move = osr.CoordinateTransformation(system, geographic)
        return [_around(row.wkb, move) for table in tables for row in table.sample[:1] if row.wkb]
    except RuntimeError:  # where somebody has GDAL raise its errors
        return []


def _around(wkb: bytes, move: Any) -> Extent:
    west, east, south, north = ogr.CreateGeometryFromWkb(wkb).GetEnvelope()
    lon, lat, _height = move.TransformPoint((west + east) / 2, (south + north) / 2)
    return lon - _AROUND, lat - _AROUND, lon + _AROUND, lat + _AROUND
