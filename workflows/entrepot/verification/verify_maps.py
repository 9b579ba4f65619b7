"""Published pictures, tiles and downloads read back: listed, there, and not empty."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Optional
from urllib.parse import quote, urlsplit

from osgeo import gdal

from ....client.errors import NotFound
from ....i18n import _
from .. import cartes
from ..descriptions.record_facts import Extent
from .diffusion import Reader, named, not_listed, text_of
from .verdicts import Verdict

SIDE = 400
"""Pixels of the longer side of a picture."""
TILES = 24
"""Tiles that are tried, at most."""
_MOST_DETAILED = 14
_WORLD = 20037508.342789244
_NORTHMOST = 85.06
PNG = b"\x89PNG\r\n\x1a\n"
_SYSTEMS = ("EPSG:3857", "CRS:84", "EPSG:4326")


# ---------------------------------------------------------------------- WMS


def verify_wms(
    reader: Reader, url: str, layer: str, extent: Optional[Extent] = None, places: Iterable[Extent] = ()
) -> Verdict:
    """A layer is listed, and the picture of its extent shows something.

    `places` are rectangles with something in them, tried where the whole shows nothing: styles may begin at a scale.
    All in WGS84. Raises ServiceError where the service does not answer.
    """
    root = cartes.bare(url)
    found = reader.listed(root, cartes.PROTOCOLS["WMS"][1], lambda about: named(about, "Layer", layer))
    if found is None:
        return Verdict("WMS", False, {"layer": layer}, not_listed(layer))
    whole = extent or _box_of(found)
    tried = [box for box in (whole, *places) if box is not None]
    systems = {one.text.strip() for one in found.iterfind("{*}CRS") if one.text} | _inherited(found)
    system = next((one for one in _SYSTEMS if one in systems), "EPSG:4326")
    for box in tried:
        picture = _picture(reader, root, layer, box, system)
        if picture[:8] != PNG:
            told = _("The picture of “{layer}” is none: {said}").format(layer=layer, said=_said(picture))
            return Verdict("WMS", False, {"layer": layer}, told)
        shown = _shows(picture)
        if shown:
            return Verdict("WMS", True, {"layer": layer, "bytes": len(picture), "shown": shown})
    told = _("The pictures of “{layer}” are blank: its style may draw nothing, or only at other scales.")
    return Verdict("WMS", False, {"layer": layer, "shown": 0.0}, told.format(layer=layer))


def _picture(reader: Reader, url: str, layer: str, box: Extent, system: str) -> bytes:
    west, south, east, north = _widened(box)
    corners = (west, south, east, north)
    if system == "EPSG:3857":
        corners = (*mercator(west, south), *mercator(east, north))
    elif system == "EPSG:4326":  # its first axis points north
        corners = (south, west, north, east)
    across, up = (east - west) * math.cos(math.radians((south + north) / 2)), north - south
    ratio = min(max(across / up, 0.05), 20.0)
    asked = {
        "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": layer, "STYLES": "", "CRS": system,
        "BBOX": ",".join(f"{value:.9g}" if abs(value) <= 360 else f"{value:.3f}" for value in corners),
        "WIDTH": str(round(SIDE * min(1.0, ratio))), "HEIGHT": str(round(SIDE * min(1.0, 1 / ratio))),
        "FORMAT": "image/png", "TRANSPARENT": "TRUE",
    }  # fmt: skip
    return reader.get(url, asked).content


def _widened(box: Extent) -> Extent:
    """A little more than the rectangle, and never a line or a point; kept within what maps show."""
    west, south, east, north = box
    across, up = max((east - west) * 0.05, 0.002), max((north - south) * 0.05, 0.002)
    west, east = max(west - across, -180.0), min(east + across, 180.0)
    return west, max(south - up, -_NORTHMOST), east, min(north + up, _NORTHMOST)


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """A place of WGS84 in EPSG:3857, metres."""
    lat = min(max(lat, -_NORTHMOST), _NORTHMOST)
    return lon / 180 * _WORLD, math.log(math.tan(math.radians(45 + lat / 2))) / math.pi * _WORLD


def _shows(picture: bytes) -> float:
    """The share of the pixels that differ from the most common one; 0 for a blank picture, or what cannot be read."""
    name = f"/vsimem/{uuid.uuid4()}.png"
    gdal.FileFromMemBuffer(name, picture)
    try:
        width, pixels = _pixels(name)
    except RuntimeError:  # where somebody has GDAL raise its errors
        return 0.0
    finally:
        gdal.Unlink(name)
    if not pixels:
        return 0.0
    colours = Counter(pixels[at : at + width] for at in range(0, len(pixels), width))
    return 1 - max(colours.values()) / sum(colours.values())


def _pixels(name: str) -> tuple[int, bytes]:
    """How many bytes a pixel has, and all pixels one after the other; no bytes for what is no picture."""
    dataset = gdal.Open(name)
    if dataset is None:
        return 1, b""
    bands, across, down = dataset.RasterCount, dataset.RasterXSize, dataset.RasterYSize
    layout = {"buf_pixel_space": bands, "buf_line_space": bands * across, "buf_band_space": 1}
    return bands, bytes(dataset.ReadRaster(0, 0, across, down, buf_type=gdal.GDT_Byte, **layout) or b"")


def _box_of(layer: Any) -> Optional[Extent]:
    box = layer.find("{*}EX_GeographicBoundingBox")
    if box is None:
        return None
    try:
        west, south, east, north = (
            float(text_of(box, name))
            for name in ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")
        )
    except ValueError:
        return None
    return west, south, east, north


def _inherited(layer: Any) -> set[str]:
    """The systems of the layers above."""
    above = layer.iterancestors()
    return {one.text.strip() for each in above for one in each.iterfind("{*}CRS") if one.text}


def _said(content: bytes) -> str:
    return " ".join(content[:2000].decode("utf-8", "replace").split())[:300] or "–"


# ---------------------------------------------------------------------- TMS


def verify_tms(reader: Reader, url: str, layer: str, extent: Optional[Extent] = None) -> Verdict:
    """A layer is described, and there is a tile with something in it within its extent (WGS84).

    `url` is that of the layer, or of the service. Raises ServiceError where the service does not answer.
    """
    address = tile_map_url(url, layer)
    about = reader.listed(address, None, lambda root: root if root.find("{*}TileSets") is not None else None)
    if about is None:
        return Verdict("TMS", False, {"layer": layer}, not_listed(layer))
    form = about.find("{*}TileFormat")
    extension = "pbf" if form is None else form.get("extension", "pbf")
    sets = [one for one in about.iter("{*}TileSet") if one.get("order", "").isdigit()]
    levels = sorted(int(one.get("order")) for one in sets)
    facts = {"layer": layer, "levels": [str(level) for level in levels]}
    if not levels:
        return Verdict("TMS", False, facts, _("The tiles of “{layer}” have no level.").format(layer=layer))
    if extent is None or text_of(about, "SRS") not in ("EPSG:3857", "EPSG:900913", ""):
        return Verdict("TMS", True, facts)  # listed: where its tiles lie is not known, or said in its own system
    for level, column, row in _tiles(extent, levels):
        tile = _tile(reader, f"{address}/{level}/{column}/{row}.{extension}")
        if tile:
            return Verdict("TMS", True, {**facts, "tile": f"{level}/{column}/{row}", "bytes": len(tile)})
    return Verdict("TMS", False, facts, _no_tile(layer))


def verify_on_the_fly(reader: Reader, url: str, layer: str, extent: Optional[Extent] = None) -> Verdict:
    """There is a tile with something in it over the extent (WGS84) of a layer that is cut on the fly.

    Such layers do not describe themselves. Raises ServiceError where the service does not answer.
    """
    address = cartes.bare(url).partition("/{z}")[0].rstrip("/")
    box = extent or (-180.0, -_NORTHMOST, 180.0, _NORTHMOST)

    def read() -> Optional[list[bytes]]:
        found = [_tile(reader, f"{address}/{z}/{x}/{y}.pbf") for z, x, y in _tiles(box, [_level_over(box)])]
        return [tile for tile in found if tile is not None] or None

    tiles = reader.patiently(read)
    if tiles is None:
        return Verdict("TMS", False, {"layer": layer}, not_listed(layer))
    good = any(map(_has_objects, tiles))
    return Verdict("TMS", good, {"layer": layer}, "" if good else _no_tile(layer))


def _has_objects(tile: bytes) -> bool:
    """Whether a vector tile holds any; some servers write that there are none."""
    name = f"/vsimem/{uuid.uuid4()}.pbf"
    gdal.FileFromMemBuffer(name, tile)
    try:
        source = gdal.OpenEx(name, gdal.OF_VECTOR, ["MVT"])
        return source is not None and any(source.GetLayer(at).GetFeatureCount() for at in range(source.GetLayerCount()))
    except RuntimeError:  # where somebody has GDAL raise its errors
        return False
    finally:
        gdal.Unlink(name)


def _no_tile(layer: str) -> str:
    return _("No tile of “{layer}” is where its data lies.").format(layer=layer)


def _level_over(extent: Extent) -> int:
    """The most detailed level at which four tiles cover it."""
    west, south, east, north = extent
    for level in range(_MOST_DETAILED, 0, -1):
        first, last = tile_of(west, north, level), tile_of(east, south, level)
        if last[0] - first[0] <= 1 and last[1] - first[1] <= 1:
            return level
    return 0


def tile_map_url(url: str, layer: str) -> str:
    """Where a layer of a TMS describes itself, from any address that the API gives."""
    root = cartes.bare(url).partition("/{z}")[0].rstrip("/")
    name = quote(layer, safe="")
    if root.endswith((f"/{layer}", f"/{name}")):
        return root
    versioned = root if urlsplit(root).path.rstrip("/").endswith("/1.0.0") else f"{root}/1.0.0"
    return f"{versioned}/{name}"


def _tiles(extent: Extent, levels: list[int]) -> Iterator[tuple[int, int, int]]:
    """Tiles over the extent, from the least detailed level on, at most TILES."""
    west, south, east, north = extent
    left = TILES
    for level in levels:
        first, last = tile_of(west, north, level), tile_of(east, south, level)
        for column in range(first[0], last[0] + 1):
            for row in range(first[1], last[1] + 1):
                if not left:
                    return
                left -= 1
                yield level, column, row


def tile_of(lon: float, lat: float, level: int) -> tuple[int, int]:
    """Column and row of the tile of a place in the grid PM; rows count from the north."""
    x, y = mercator(lon, lat)
    count = 2**level
    column, row = (x + _WORLD) / (2 * _WORLD) * count, (_WORLD - y) / (2 * _WORLD) * count
    return min(max(int(column), 0), count - 1), min(max(int(row), 0), count - 1)


def _tile(reader: Reader, url: str) -> Optional[bytes]:
    """None where there is no tile."""
    try:
        return reader.get(url).content
    except NotFound:
        return None


# ---------------------------------------------------------------------- downloads


def verify_download(reader: Reader, url: str, layer: str, part: str) -> Verdict:
    """An archive, the `part` of a publication, is listed, with at least one file whose first bytes come.

    `url` is that of the resource, or of the service. Raises ServiceError where it does not answer.
    """
    root = cartes.bare(url).rstrip("/")
    address = root if "/resource/" in root else f"{root}/resource/{quote(layer, safe='')}"
    feed = reader.listed(address, None, lambda found: next((one for one in _entries(found) if _is(one, part)), None))
    layer = f"{layer}/{part}"
    if feed is None:
        return Verdict("DOWNLOAD", False, {"layer": layer}, not_listed(layer))
    files = _entries(reader.xml(feed))
    facts = {"layer": layer, "files": len(files)}
    if not files:
        return Verdict("DOWNLOAD", False, facts, _("“{layer}” has no file to download.").format(layer=layer))
    answer = reader.session.request(
        "GET", files[0], headers={"Accept": "*/*", "Range": "bytes=0-1023", **reader.key.headers}, authenticate=False
    )
    if not answer.content:
        return Verdict("DOWNLOAD", False, facts, _("The first file of “{layer}” is empty.").format(layer=layer))
    return Verdict("DOWNLOAD", True, facts)


def _is(address: str, part: str) -> bool:
    return cartes.bare(address).rstrip("/").endswith(f"/{quote(part, safe='')}")


def _entries(feed: Any) -> list[str]:
    """The addresses that the entries of a feed lead to."""
    links = (link for entry in feed.iter("{*}entry") for link in entry.iterfind("{*}link"))
    found = [link.get("href", "") for link in links]
    ids = [text_of(entry, "id") for entry in feed.iter("{*}entry")]
    return [address for address in (found or ids) if address.startswith(("http://", "https://"))]
