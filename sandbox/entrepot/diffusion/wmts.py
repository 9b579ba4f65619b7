"""WMTS 1.0.0 (KVP) of raster pyramids; vector ones have the TMS."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...wire import route
from ..nomenclatures import GRIDS, Grid
from ..reach import Live, reachable
from . import _tiles
from ._ows import XML, parameters, refusal, text

OPEN, PRIVATE = "/wmts", "/private/wmts"
_PIXEL = 0.00028  # metres, of OGC
_DEGREE = 111319.49079327358  # metres, of OGC


async def ask(request: Request) -> Response:
    lives = [live for live in reachable(request, "WMTS-TMS") if _tiles.extension(live) != "pbf"]
    values = parameters(request)
    asked = values.get("REQUEST", "GetCapabilities").lower()
    if asked == "getcapabilities":
        address = request.state.sandbox.url + (PRIVATE if request.url.path == PRIVATE else OPEN)
        return Response(_capabilities(address, lives).encode(), 200, None, XML)
    if asked != "gettile":
        return refusal("OperationNotSupported", f"Opération inconnue : {asked}", "request")
    live = next((live for live in lives if live.name == values.get("LAYER")), None)
    if live is None:
        return refusal("InvalidParameterValue", "Couche inconnue", "Layer")
    styles = [style["identifier"] for style in _tiles.styles(live)]
    for name, known in (("TILEMATRIXSET", [_tiles.grid(live).name]), ("TILEMATRIX", list(_tiles.levels(live))),
                        ("FORMAT", [_format(live)]), ("STYLE", styles)):  # fmt: skip
        if values.get(name) not in known:
            return refusal("InvalidParameterValue", f"{name} parmi {', '.join(known)}", name)
    content = _tiles.tile(live, values["TILEMATRIX"], values.get("TILECOL", ""), values.get("TILEROW", ""))
    if content is None:
        answer = refusal("TileOutOfRange", "Tuile absente", "TILEROW")
        answer.status_code = 404
        return answer
    return Response(content, 200, {"Content-Type": _format(live)})


def _format(live: Live) -> str:
    return _tiles.MEDIA[_tiles.extension(live)]


def _capabilities(address: str, lives: list[Live]) -> str:
    get = (
        f'<ows:DCP><ows:HTTP><ows:Get xlink:href="{address}?"><ows:Constraint name="GetEncoding"><ows:AllowedValues>'
        "<ows:Value>KVP</ows:Value></ows:AllowedValues></ows:Constraint></ows:Get></ows:HTTP></ows:DCP>"
    )
    grids = dict.fromkeys(_tiles.grid(live).name for live in lives)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Capabilities xmlns="http://www.opengis.net/wmts/1.0" '
        'xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">'
        "<ows:ServiceIdentification><ows:Title>WMTS du bac à sable</ows:Title><ows:ServiceType>OGC WMTS"
        "</ows:ServiceType><ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion></ows:ServiceIdentification>"
        f'<ows:OperationsMetadata><ows:Operation name="GetCapabilities">{get}</ows:Operation>'
        f'<ows:Operation name="GetTile">{get}</ows:Operation></ows:OperationsMetadata><Contents>'
        f"{''.join(map(_layer, lives))}{''.join(_matrices(GRIDS[name]) for name in grids)}</Contents></Capabilities>"
    )


def _layer(live: Live) -> str:
    infos = live.type_infos
    west, south, east, north = _tiles.box(live)
    words = "".join(f"<ows:Keyword>{text(word)}</ows:Keyword>" for word in infos.get("keywords") or ())
    links = "".join(
        f'<ows:Metadata xlink:href="{text(link["url"])}"/>' for link in live.configuration.get("metadata") or ()
    )
    styles = "".join(_style(style, number == 0) for number, style in enumerate(_tiles.styles(live)))
    return (
        f"<Layer><ows:Title>{text(infos.get('title'))}</ows:Title><ows:Abstract>{text(infos.get('abstract'))}"
        f"</ows:Abstract>{f'<ows:Keywords>{words}</ows:Keywords>' if words else ''}<ows:WGS84BoundingBox>"
        f"<ows:LowerCorner>{west} {south}</ows:LowerCorner><ows:UpperCorner>{east} {north}</ows:UpperCorner>"
        f"</ows:WGS84BoundingBox><ows:Identifier>{text(live.name)}</ows:Identifier>{links}{styles}<Format>{_format(live)}"
        f"</Format><TileMatrixSetLink><TileMatrixSet>{_tiles.grid(live).name}</TileMatrixSet>{_limits(live)}"
        "</TileMatrixSetLink></Layer>"
    )


def _style(style: dict, default: bool) -> str:
    legend = style.get("legend")
    image = f'<LegendURL format="{text(legend["format"])}" xlink:href="{text(legend["url"])}"/>' if legend else ""
    return (
        f'<Style isDefault="{str(default).lower()}"><ows:Title>{text(style["title"])}</ows:Title>'
        f"<ows:Identifier>{text(style['identifier'])}</ows:Identifier>{image}</Style>"
    )


def _limits(live: Live) -> str:
    """The levels that there are, of all that the grid has."""
    return "<TileMatrixSetLimits>" + "".join(
        f"<TileMatrixLimits><TileMatrix>{level}</TileMatrix><MinTileRow>0</MinTileRow><MaxTileRow>{2 ** int(level) - 1}"
        f"</MaxTileRow><MinTileCol>0</MinTileCol><MaxTileCol>{2 ** int(level) - 1}</MaxTileCol></TileMatrixLimits>"
        for level in _tiles.levels(live)
    ) + "</TileMatrixSetLimits>"  # fmt: skip


def _matrices(grid: Grid) -> str:
    degrees = grid.srs == "EPSG:4326"
    x, y = grid.origin
    corner = f"{y!r} {x!r}" if degrees else f"{x!r} {y!r}"
    matrices = "".join(
        f"<TileMatrix><ows:Identifier>{name}</ows:Identifier><ScaleDenominator>"
        f"{resolution * (_DEGREE if degrees else 1) / _PIXEL!r}</ScaleDenominator><TopLeftCorner>{corner}"
        "</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight>"
        f"<MatrixWidth>{2 ** int(name)}</MatrixWidth>"
        f"<MatrixHeight>{2 ** int(name)}</MatrixHeight></TileMatrix>"
        for name, resolution in grid.resolutions.items()
    )
    return (
        f"<TileMatrixSet><ows:Identifier>{grid.name}</ows:Identifier><ows:SupportedCRS>{grid.srs}</ows:SupportedCRS>"
        f"{matrices}</TileMatrixSet>"
    )


ROUTES = [route(path, GET=ask) for path in (OPEN, PRIVATE)]
