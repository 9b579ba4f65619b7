"""Published services read back, as anybody reads them: do they list the layers, and give what was delivered?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Optional

from osgeo import ogr, osr

from ....client.entrepot.urls import Url
from ....client.errors import Forbidden, NotFound, ServiceError, Unauthorized
from ....i18n import _
from ...watch import Watch
from .. import cartes
from ..checks.tables import Table
from ..descriptions.record_facts import Extent
from ..offices import Office
from . import alike
from .diffusion import Key, Reader
from .verdicts import Verdict
from .verify_maps import verify_download, verify_on_the_fly, verify_tms, verify_wms
from .verify_wfs import verify_types, verify_wfs

__all__ = [
    "Key",
    "Reader",
    "Verdict",
    "verify",
    "verify_download",
    "verify_offered",
    "verify_on_the_fly",
    "verify_service",
    "verify_tms",
    "verify_wfs",
    "verify_wms",
]

FEW = 3
"""Layers of one service that are looked at where each is a service of its own."""
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
    """What each of the services gives: `served` has, by type, `layer` and `urls` (type, url).

    Without `key` a restricted service is only looked at for wanting one. `srs` is the system of the tables, for
    pictures of single rows. What a service does not answer is a verdict, never an error.
    """
    reader = Reader(office.datastore.session, key)
    verdicts: list[Verdict] = []
    for type, made in served.items():
        watch.check()
        verdicts += verify_service(reader, type, made, tables, is_open=open, srs=srs, watch=watch)
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
    layer, urls = str(made.get("layer", "")), _urls(made.get("urls") or ())

    def read() -> list[Verdict]:
        if type == "WFS":
            url = next(iter(urls.values()))
            return [verify_wfs(reader, url, f"{layer}:{table.name}", table) for table in tables]
        return _shown(reader, type, layer, urls, _extent(tables), _places(tables, srs))

    return _verdicts(reader, type, layer, urls, read, is_open=is_open, watch=watch)


def verify_offered(
    reader: Reader,
    type: str,
    layer: str,
    names: Sequence[str],
    urls: Sequence[Url],
    *,
    is_open: bool = True,
    extent: Any = None,
    part: str = "",
    watch: Watch,
) -> list[Verdict]:
    """The verdicts on a service whose data was not looked at by us: its layers are there, and not empty.

    `names` are those of its layers, `extent` is that of its data as GeoJSON, `part` the one of a DOWNLOAD that is
    looked at. A few requests, however many layers. What a service does not answer is a verdict, never an error.
    """
    addresses, box = _urls(urls), _box(extent)

    def read() -> list[Verdict]:
        url = next(iter(addresses.values()))
        if type == "WFS":
            return [verify_types(reader, url, names)]
        if type == "DOWNLOAD":
            return [verify_download(reader, url, layer, part)]
        if type == "VECTOR-TMS":
            return [verify_on_the_fly(reader, one.url, name, box) for one, name in zip(urls[:FEW], names)]
        return _shown(reader, type, layer, addresses, box)

    return _verdicts(reader, type, layer, addresses, read, is_open=is_open, watch=watch)


def _verdicts(
    reader: Reader,
    type: str,
    layer: str,
    urls: Mapping[str, str],
    read: Callable[[], list[Verdict]],
    *,
    is_open: bool,
    watch: Watch,
) -> list[Verdict]:
    """What `read` gives, where the service can be read at all."""
    if not urls:
        return [
            Verdict(type, False, {"layer": layer}, _("The offering has no address."))
            if is_open
            else _unread(type, layer)
        ]
    try:
        if not is_open and not reader.key.headers:
            return [_wants_a_key(reader, type, layer, urls)]
        if not is_open and not _reaches(reader, layer, urls):
            return [Verdict(type, True, {"layer": layer, "read": False, "key": True})]
        return [replace(verdict, service=type) for verdict in read()]
    except ServiceError as error:
        return [Verdict(type, False, {"layer": layer}, watch.explain(error))]


def _shown(
    reader: Reader,
    type: str,
    layer: str,
    urls: Mapping[str, str],
    extent: Optional[Extent],
    places: Sequence[Extent] = (),
) -> list[Verdict]:
    """Of one layer that is drawn."""
    if type in ("WMS-VECTOR", "WMS-RASTER"):
        return [verify_wms(reader, next(iter(urls.values())), layer, extent, places)]
    if type == "WMTS-TMS" and "TMS" in urls:
        return [verify_tms(reader, urls["TMS"], layer, extent)]
    return [Verdict(type, True, {"layer": layer, "read": None})]


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


def _reaches(reader: Reader, layer: str, urls: Mapping[str, str]) -> bool:
    """Whether the key lets one read the service: its capabilities list what the key reaches (contract 3.15)."""
    kind, url = next(iter(urls.items()))
    try:
        listed = reader.get(cartes.capabilities_url(kind, url)).content
    except (Unauthorized, Forbidden, NotFound):
        return False
    return re.search(rf'[>/"]{re.escape(layer)}[<:/."?]'.encode(), listed) is not None


def _urls(urls: Iterable[Sequence[str]]) -> dict[str, str]:
    """The addresses of a service by their type; the first of each."""
    found: dict[str, str] = {}
    for kind, url in urls:
        found.setdefault(str(kind), str(url))
    return found


def _box(extent: Any) -> Optional[Extent]:
    """The rectangle round a GeoJSON geometry; None for none."""
    shape = alike.shape_of_json(extent)
    if shape is None:
        return None
    west, east, south, north = shape.GetEnvelope()
    return west, south, east, north


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
