"""WMS of the published tables: one configuration is one layer, its first relation drawn on top, each with its SLD."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from ...wire import json_answer, route
from ..reach import Live, database, reachable
from . import _mapfile, _ows, _sld, _tables, _wms

OPEN, PRIVATE = "/wms-v/geoserver/ows", "/private/wms-v"
_FORMATS = ("text/plain", "application/vnd.ogc.gml", "application/json", "text/html")


class _Part(NamedTuple):
    """A relation of a layer, drawn by some rules; `name` is that of the mapfile, which no configuration can have."""

    name: str
    live: Live
    table: _tables.Table
    rules: _sld.Rules


async def ask(request: Request) -> Response:
    lives, server = reachable(request, "WMS-VECTOR"), request.state.sandbox.entrepot.diffusion.mapserver
    asked = _wms.Asked(request, lives, OPEN, PRIVATE)
    web = {"ows_title": "WMS du bac à sable", "wms_getfeatureinfo_formatlist": ",".join(_FORMATS)}
    if asked.request == "getcapabilities":
        layers = [layer for live in lives for layer in _face(live)]
        faces = asked.mapfile(server.folder, web, layers)
        return _ows.without_own_records(await server.ask(faces, asked.query))
    if asked.problem:
        return asked.problem
    parts = [part for live in asked.lives for part in _parts(live)]
    if asked.request == "getfeatureinfo":
        parts = _once(parts)
        content = asked.mapfile(server.folder, web, map(_drawn, reversed(parts)))
        return await _information(server, content, asked, parts)
    content = asked.mapfile(server.folder, web, map(_drawn, parts))
    style = _sld.joined((part.name, part.table.shape, part.rules) for part in parts)
    return await server.ask(content, [*asked.query, ("SLD_BODY", style)])


def _parts(live: Live) -> Iterable[_Part]:
    """In drawing order: the first relation is on top."""
    relations = [(used, relation) for used in live.type_infos["used_data"] for relation in used["relations"]]
    for number, (used, relation) in reversed(list(enumerate(relations))):
        table = _tables.read(database(live, used), relation["name"])
        if table and table.geometry:
            rules = _sld.groups(live.statics.get(relation.get("style"), ""))
            for order, group in enumerate(rules or [[]]):
                yield _Part(f"{live.name}:{number}.{order}", live, table, group)


def _once(parts: Iterable[_Part]) -> list[_Part]:
    """One for each relation, that on top first."""
    return list({part.name.rpartition(".")[0]: part for part in parts}.values())[::-1]


def _face(live: Live) -> Iterable[str]:
    """The layer as the capabilities show it: one, whatever it is made of."""
    parts = _once(_parts(live))
    if not parts:
        return
    values = {**_wms.described(live), "wms_srs": _mapfile.systems(parts[0].table.system)}
    box = _wms.box(live, [(part.table.system, part.table.extent) for part in parts])
    values["wms_extent"] = " ".join(map(str, box)) if box else None
    yield _mapfile.block(
        "LAYER",
        [f"NAME {_mapfile.quoted(live.name)}", f"TYPE {parts[0].table.shape}", 'TEMPLATE "void.html"',
         *parts[0].table.source(), _mapfile.projection("EPSG:4326"), _mapfile.metadata(values), _wms.LEGEND],
    )  # fmt: skip


def _drawn(part: _Part) -> str:
    table = part.table
    values = {
        "wms_title": part.live.name, "wms_srs": _mapfile.systems(table.system), "gml_layername": part.live.name,
        "wms_include_items": ",".join(table.columns), "gml_include_items": ",".join(table.columns),
        "gml_featurename": table.name,
        "gml_types": "auto", **{f"gml_{column}_type": type_ for column, type_ in table.columns.items()},
        "wms_extent": " ".join(map(str, table.extent)) if table.extent else None,
    }  # fmt: skip
    return _mapfile.block(
        "LAYER",
        [f"NAME {_mapfile.quoted(part.name)}", f"GROUP {_mapfile.quoted(part.live.name)}", f"TYPE {table.shape}",
         "STATUS ON", 'TEMPLATE "void.html"', "TOLERANCE 5", *table.source(), _mapfile.projection(table.system),
         _mapfile.metadata(values)],
    )  # fmt: skip


async def _information(server, content: str, asked: _wms.Asked, parts: list[_Part]) -> Response:
    """What lies at a point. MapServer writes one layer in a GeoJSON, and HTML by templates only."""
    format_ = dict(asked.query).get("INFO_FORMAT", "text/plain")
    if format_ == "application/json":
        found: list[dict] = []
        for part in parts:
            answer = await server.ask(content, asked.about(LAYERS=part.name, QUERY_LAYERS=part.name))
            if not answer.headers["content-type"].startswith("application/json"):
                return answer
            found += json.loads(answer.body)["features"]
        return json_answer({"type": "FeatureCollection", "features": found})
    if format_ == "text/html":
        answer = await server.ask(content, asked.about(INFO_FORMAT="text/plain"))
        page = f"<!DOCTYPE html><html><body><pre>{escape(answer.body.decode('utf-8', 'replace'))}</pre></body></html>"
        return Response(page.encode(), answer.status_code, None, "text/html; charset=utf-8")
    return await server.ask(content, asked.query)


ROUTES = [route(path, GET=ask) for path in (OPEN, "/wms-v", PRIVATE)]
