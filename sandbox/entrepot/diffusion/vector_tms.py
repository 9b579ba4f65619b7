"""Vector tiles cut on the fly from published tables: `/vector-tms/1.0.0/{layer_name}.{table}/{z}/{x}/{y}.pbf`."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad, not_found
from ...wire import route
from ..nomenclatures import GRIDS
from ..reach import Live, database, reachable
from . import _mapfile, _tables

ROOT_PATH = "/vector-tms/1.0.0"
_MEDIA = "application/vnd.mapbox-vector-tile"
_FORMAT = _mapfile.block(
    "OUTPUTFORMAT",
    [
        'NAME "mvt"',
        'DRIVER "MVT"',
        f'MIMETYPE "{_MEDIA}"',
        'FORMATOPTION "EXTENT=4096"',
        'FORMATOPTION "EDGE_BUFFER=20"',
    ],
)
_EQUAL = re.compile(r"\s*\"?(\w+)\"?\s*(=|<>|<=|>=|<|>)\s*('(?:[^']|'')*'|-?[0-9]+(?:\.[0-9]+)?)\s*")


async def tile(request: Request) -> Response:
    lives = reachable(request, "VECTOR-TMS")
    path = request.path_params
    name, table = _found(lives, path["layer"])
    level, column, row = (int(path[key]) for key in ("level", "column", "row"))
    if level not in range(len(GRIDS["PM"].resolutions)) or max(column, row) >= 2**level:
        raise not_found("Tuile hors de la pyramide")
    server = request.state.sandbox.entrepot.diffusion.mapserver
    layer = _layer(name, table, request.query_params.get("properties"), request.query_params.get("filter"))
    web = {
        "ows_onlineresource": request.state.sandbox.url + ROOT_PATH + "?",
        "wms_srs": "EPSG:3857",
        "ows_title": "Tuiles",
    }
    content = _mapfile.mapfile(server.folder, "TMS", web, [layer], _mapfile.projection("EPSG:3857"), _FORMAT)
    left, top = GRIDS["PM"].origin
    side = 256 * GRIDS["PM"].resolutions[str(level)]
    box = (left + column * side, top - (row + 1) * side, left + (column + 1) * side, top - row * side)
    answer = await server.ask(
        content,
        [("SERVICE", "WMS"), ("VERSION", "1.3.0"), ("REQUEST", "GetMap"), ("LAYERS", name), ("STYLES", ""),
         ("CRS", "EPSG:3857"), ("BBOX", ",".join(map(repr, box))), ("WIDTH", "256"), ("HEIGHT", "256"),
         ("FORMAT", _MEDIA)],
    )  # fmt: skip
    if not answer.headers["content-type"].startswith(_MEDIA):
        raise bad("Tuile impossible : " + answer.body.decode("utf-8", "replace")[:500])
    return answer


def _found(lives: list[Live], layer: str) -> tuple[str, _tables.Table]:
    """The table of a layer, by its name."""
    for live in lives:
        for used in live.type_infos["used_data"]:
            for relation in used["relations"]:
                if layer == f"{live.name}.{relation.get('public_name') or relation['native_name']}":
                    table = _tables.read(database(live, used), relation["native_name"])
                    if table and table.geometry:
                        return layer, table
    raise not_found("Couche inconnue")


def _layer(name: str, table: _tables.Table, properties: str | None, condition: str | None) -> str:
    columns = list(table.columns)
    if properties is not None:
        columns = [column for column in properties.split(",") if column]
        if not set(columns) <= set(table.columns):
            raise bad(f"properties parmi {', '.join(table.columns)}")
    values = {"wms_title": name, "wms_srs": "EPSG:3857", "gml_types": "auto", "gml_include_items": ",".join(columns),
              **{f"gml_{column}_type": type_ for column, type_ in table.columns.items()}}  # fmt: skip
    where = _where(table, condition) if condition else ""
    return _mapfile.block(
        "LAYER",
        [f"NAME {_mapfile.quoted(name)}", f"TYPE {table.shape}", "STATUS ON", *table.source(where),
         _mapfile.projection(table.system), _mapfile.metadata(values)],
    )  # fmt: skip


def _where(table: _tables.Table, condition: str) -> str:
    """Of CQL: comparisons of a column with a value, joined by AND."""
    parts = []
    for part in re.split(r"\s+AND\s+(?=(?:[^']*'[^']*')*[^']*$)", condition, flags=re.IGNORECASE):
        match = _EQUAL.fullmatch(part)
        if not match or match.group(1) not in table.columns:
            raise bad("filter : colonne = valeur attendu")
        parts.append(f'"{match.group(1)}" {match.group(2)} {match.group(3)}')
    return " AND ".join(parts)


ROUTES = [route(ROOT_PATH + "/{layer}/{level:int}/{column:int}/{row:int}.pbf", GET=tile)]
