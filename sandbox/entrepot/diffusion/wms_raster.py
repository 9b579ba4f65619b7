"""WMS of raster pyramids, drawn by MapServer from their mosaics; a style with a palette colours the only channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from ...wire import route
from ..reach import Live, reachable
from . import _mapfile, _ows, _tiles, _wms

OPEN, PRIVATE = "/wms-r/wms", "/private/wms-r"


async def ask(request: Request) -> Response:
    lives, server = reachable(request, "WMS-RASTER"), request.state.sandbox.entrepot.diffusion.mapserver
    asked = _wms.Asked(request, lives, OPEN, PRIVATE)
    web = {"ows_title": "WMS raster du bac à sable", "wms_getfeatureinfo_formatlist": "text/plain,application/json"}
    if asked.request == "getcapabilities":
        faces = asked.mapfile(server.folder, web, map(_face, lives))
        return _ows.without_own_records(await server.ask(faces, asked.query))
    if asked.problem:
        return asked.problem
    layers: list[str] = []
    for live, name in zip(asked.lives, asked.styles()):
        style = next((style for style in _tiles.styles(live) if name in ("", style["identifier"])), None)
        if style is None:
            return _wms.refusal("StyleNotDefined", f"Style inconnu : {name}")
        layers += _drawn(live, style)
    return await server.ask(asked.mapfile(server.folder, web, layers), asked.about(STYLES="", STYLE=""))


def _face(live: Live) -> str:
    """The layer as the capabilities show it, with its styles."""
    values = {**_wms.described(live), "wms_srs": _mapfile.systems(_tiles.grid(live).srs),
              "wms_extent": " ".join(map(str, _tiles.box(live)))}  # fmt: skip
    for style in _tiles.styles(live):
        legend, name = style.get("legend") or {}, style["identifier"]
        values.update({f"wms_style_{name}_legendurl_{key}": legend.get(key) for key in ("format", "width", "height")})
        values.update(
            {f"wms_style_{name}_legendurl_href": legend.get("url"), f"wms_style_{name}_title": style["title"]}
        )
    classes = [
        _mapfile.block("CLASS", ['NAME "légende"', f"GROUP {_mapfile.quoted(style['identifier'])}", _colour((0, 0, 0))])
        for style in _tiles.styles(live)
    ]
    name, used = f"NAME {_mapfile.quoted(live.name)}", live.type_infos["used_data"][0]
    return _layer(live, name, used, "EPSG:4326", values, classes)


def _drawn(live: Live, style: dict) -> Iterable[str]:
    """Its pyramids, the first one on top."""
    system = _tiles.grid(live).srs
    values = {"wms_title": live.name, "wms_srs": _mapfile.systems(system), "wms_include_items": "all",
              "gml_include_items": "all"}  # fmt: skip
    for number, used in reversed(list(enumerate(live.type_infos["used_data"]))):
        name = f"NAME {_mapfile.quoted(f'{live.name}:{number}')} GROUP {_mapfile.quoted(live.name)}"
        yield _layer(live, name, used, system, values, list(_classes(style)))


def _layer(live: Live, name: str, used: dict, system: str, values: Mapping[str, object], classes: list[str]) -> str:
    interpolation = live.type_infos.get("interpolation", "BICUBIC")
    resampling = "NEAREST" if interpolation == "NEAREST-NEIGHBOUR" else "BILINEAR"  # MapServer has no finer ones
    data = _tiles.stored_data(live, used) or {"type_infos": {}}
    measure = data["type_infos"].get("channels_format", "UINT8") != "UINT8"
    queried = (live.type_infos.get("getfeatureinfo") or {}).get("stored_data")
    return _mapfile.block(
        "LAYER",
        [name, "TYPE RASTER", "STATUS ON", f"DATA {_mapfile.quoted(_tiles.pyramid(live, used) / 'mosaic.tif')}",
         f'PROCESSING "RESAMPLE={resampling}"', *(['PROCESSING "SCALE=AUTO"'] if measure and not classes else []),
         *(['TEMPLATE "void.html"'] if queried else []), _mapfile.projection(system), _mapfile.metadata(values),
         *classes],
    )  # fmt: skip


def _classes(style: dict) -> Iterable[str]:
    """A palette (contract 3.9): from each value on, its colour, or a transition to the next one."""
    palette = style.get("palette") or {}
    colours = sorted(palette.get("colours") or (), key=lambda colour: colour["value"])
    for first, then in zip(colours, [*colours[1:], None]):
        bounds = f"[pixel] >= {first['value']}" + (f" AND [pixel] < {then['value']}" if then else "")
        last = then if then and palette.get("rgb_continuous") else first
        yield _mapfile.block(
            "CLASS",
            [f"NAME {_mapfile.quoted(first['value'])}", f"EXPRESSION ({bounds})",
             _ramp(first, last) if last is not first else _colour(_rgb(first), first.get("alpha", 255))],
        )  # fmt: skip


def _rgb(colour: dict) -> tuple[int, ...]:
    return tuple(int(colour.get(name, 0)) for name in ("red", "green", "blue"))


def _colour(rgb: tuple[int, ...], alpha: float = 255) -> str:
    return _mapfile.block("STYLE", ["COLOR " + " ".join(map(str, rgb)), f"OPACITY {round(alpha / 2.55)}"])


def _ramp(first: dict, last: dict) -> str:
    colours = " ".join(map(str, (*_rgb(first), *_rgb(last))))
    return _mapfile.block("STYLE", [f"COLORRANGE {colours}", f"DATARANGE {first['value']} {last['value']}"])


ROUTES = [route(path, GET=ask) for path in (OPEN, "/wms-r", PRIVATE)]
