"""TMS of pyramids (vector or raster): capabilities, the description of each layer, its tiles, `metadata.json`.

Rows count from the top, as ROK4 does.
"""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from ...errors import not_found
from ...wire import json_answer, route
from ..reach import Live, named, reachable
from . import _tiles
from ._ows import XML, text
from ._places import moved

OPEN, PRIVATE = "/tms/1.0.0", "/private/tms/1.0.0"
_TYPE = "WMTS-TMS"


def _root(request: Request) -> str:
    return request.state.sandbox.url + (PRIVATE if request.url.path.startswith("/private/") else OPEN)


async def capabilities(request: Request) -> Response:
    maps = "".join(
        f'<TileMap title="{text(live.type_infos.get("title"))}" srs="{_tiles.grid(live).srs}" '
        f'profile="none" extension="{_tiles.extension(live)}" href="{_root(request)}/{text(live.name)}"/>'
        for live in reachable(request, _TYPE)
    )
    return _xml(
        f'<TileMapService version="1.0.0" services="{_root(request).removesuffix("1.0.0")}"><Title>TMS du bac à sable'
        f"</Title><Abstract/><TileMaps>{maps}</TileMaps></TileMapService>"
    )


async def describe(request: Request) -> Response:
    live = _layer(request)
    grid, infos, address = _tiles.grid(live), live.type_infos, f"{_root(request)}/{text(live.name)}"
    west, south, east, north = moved(_tiles.box(live), "EPSG:4326", grid.srs)
    extension = _tiles.extension(live)
    links = "".join(
        f'<Metadata type="{text(link["type"])}" mime-type="{text(link["format"])}" href="{text(link["url"])}"/>'
        for link in live.configuration.get("metadata") or ()
    )
    sets = "".join(
        f'<TileSet href="{address}/{level}" units-per-pixel="{grid.resolutions[level]!r}" order="{level}"/>'
        for level in _tiles.levels(live)
    )
    return _xml(
        f'<TileMap version="1.0.0" tilemapservice="{_root(request)}"><Title>{text(infos.get("title"))}</Title>'
        f"<Abstract>{text(infos.get('abstract'))}</Abstract>{_keywords(infos)}{links}{_attribution(live)}<SRS>{grid.srs}"
        f'</SRS><BoundingBox minx="{west}" miny="{south}" maxx="{east}" maxy="{north}"/>'
        f'<Origin x="{grid.origin[0]!r}" y="{grid.origin[1]!r}"/><TileFormat width="256" height="256" '
        f'mime-type="{_tiles.MEDIA[extension]}" extension="{extension}"/><TileSets profile="none">{sets}</TileSets>'
        "</TileMap>"
    )


def _keywords(infos: dict) -> str:
    return "".join(f"<KeywordList>{text(word)}</KeywordList>" for word in infos.get("keywords") or ())


def _attribution(live: Live) -> str:
    entry = live.configuration.get("attribution")
    if not entry:
        return ""
    logo = entry.get("logo") or {}
    image = f'<Logo width="{logo["width"]}" height="{logo["height"]}" href="{text(logo["url"])}"/>' if logo else ""
    return f"<Attribution><Title>{text(entry['title'])}</Title>{image}</Attribution>"


async def describe_as_json(request: Request) -> Response:
    """What the pyramid says of itself, with the address of its tiles."""
    live = _layer(request)
    levels = list(_tiles.levels(live))
    file = _tiles.pyramid(live, live.type_infos["used_data"][0]) / "metadata.json"
    own = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    own.update(json.loads(own.pop("json", "{}")))  # where GDAL describes the layers
    address = f"{_root(request)}/{live.name}/{{z}}/{{x}}/{{y}}.{_tiles.extension(live)}"
    more = {"name": live.name, "tiles": [address], "bounds": list(_tiles.box(live)), "format": _tiles.extension(live)}
    if all(level.isdigit() for level in levels):
        more.update(minzoom=int(levels[0]), maxzoom=int(levels[-1]))
    return json_answer({**own, **more})


async def tile(request: Request) -> Response:
    live, path = _layer(request), request.path_params
    content = None
    if path["extension"] == _tiles.extension(live):
        content = _tiles.tile(live, path["level"], path["column"], path["row"])
    if content is None:
        raise not_found("Tuile absente")
    packed = {"Content-Encoding": "gzip"} if content[:2] == b"\x1f\x8b" else {}
    return Response(content, 200, {"Content-Type": _tiles.MEDIA[path["extension"]], **packed})


def _layer(request: Request) -> Live:
    live = named(request, _TYPE, request.path_params["layer"])
    if live is None:
        raise not_found("Couche inconnue")
    return live


def _xml(content: str) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{content}'.encode(), 200, None, XML)


ROUTES = [
    made
    for root in (OPEN, PRIVATE)
    for made in (
        route(root, GET=capabilities),
        route(root + "/", GET=capabilities),
        route(root + "/{layer}", GET=describe),
        route(root + "/{layer}/metadata.json", GET=describe_as_json),
        route(root + "/{layer}/{level}/{column}/{row}.{extension}", GET=tile),
    )
]
