"""WFS 2.0.0, 1.1.0 and 1.0.0 of published tables, `{layer_name}:{public or native name}`; at most 1000 rows at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from ...wire import route
from ..reach import Live, database, reachable
from . import _features, _mapfile, _ows, _tables

MOST = 1000  # contract 1.3
OPEN, PRIVATE = "/wfs/geoserver/ows", "/private/wfs"
_KNOWN = frozenset(
    {"SERVICE", "VERSION", "REQUEST", "ACCEPTVERSIONS", "SECTIONS", "TYPENAME", "TYPENAMES", "OUTPUTFORMAT", "SRSNAME",
     "BBOX", "FILTER", "FILTER_LANGUAGE", "SORTBY", "MAXFEATURES", "COUNT", "STARTINDEX", "RESULTTYPE", "PROPERTYNAME",
     "FEATUREID", "RESOURCEID", "STOREDQUERY_ID", "ID", "VALUEREFERENCE", "NAMESPACE", "NAMESPACES"}
)  # fmt: skip


async def ask(request: Request) -> Response:
    lives, server = reachable(request, "WFS"), request.state.sandbox.entrepot.diffusion.mapserver
    address = request.state.sandbox.url + (PRIVATE if request.url.path == PRIVATE else OPEN)
    values, body = _ows.parameters(request), b""
    if request.method == "POST":
        values, body = _posted(await request.body())
    query = _ows.chosen(values, _KNOWN)
    asked = values.get("REQUEST", "GetCapabilities").lower()
    if asked == "getcapabilities":
        types = [type_._replace(name=f"{live.name}:{type_.name}") for live in lives for type_ in _types(live)]
        answer = await server.ask(_mapfile_of(server.folder, address, _NONE, types), query, body)
        return _named(answer, len(types))
    names = _asked_types(values)
    if asked == "describefeaturetype" and not names and len(lives) != 1:
        return _imports(address, lives)
    live = _chosen(lives, names, values)
    if live is None:
        return _ows.refusal("InvalidParameterValue", f"Type inconnu : {', '.join(names)}", "typeName")
    types = list(_types(live))
    wanted = [type_ for type_ in types if f"{live.name}:{type_.name}" in names] or types
    as_json = "json" in values.get("OUTPUTFORMAT", "").lower() and asked == "getfeature"
    answer = await server.ask(_mapfile_of(server.folder, address, live.name, types, as_json), query, body)
    if asked == "describefeaturetype":
        return _features.schema(answer, [type_.table for type_ in wanted])
    if as_json:
        return _features.geojson(answer, wanted[0].name, wanted[0].table, wanted[0].key_shown)
    return _features.gml(answer, values.get("VERSION", "")) if answer.status_code == 200 else answer


def _posted(content: bytes) -> tuple[dict[str, str], bytes]:
    """The parameters that choose the table, and the body as it was understood."""
    root = _ows.parsed(content)
    values = {"REQUEST": etree.QName(root).localname, "VERSION": root.get("version", ""),
              "OUTPUTFORMAT": root.get("outputFormat", "")}  # fmt: skip
    names = [value for element in root.iter() for name, value in element.attrib.items() if name.startswith("typeName")]
    texts = [element.text or "" for element in root.iter("{*}TypeName")]
    ids = [value for element in root.iter("{*}ResourceId", "{*}FeatureId") for value in element.attrib.values()]
    values.update({"TYPENAMES": ",".join([*names, *texts])} if names or texts else {})
    values.update({"RESOURCEID": ",".join(ids)} if ids else {})
    return values, etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _asked_types(values: dict[str, str]) -> list[str]:
    text = values.get("TYPENAMES", values.get("TYPENAME", ""))
    return [name.strip("()") for name in text.replace(" ", ",").split(",") if name.strip("()")]


def _chosen(lives: list[Live], names: list[str], values: dict[str, str]) -> Live | None:
    """The one publication asked for: by the types, else by the identifier of a feature, else the first."""
    if names:
        prefixes = {name.partition(":")[0] for name in names}
        return next((live for live in lives if {live.name} == prefixes), None)
    feature = values.get("RESOURCEID", values.get("FEATUREID", values.get("ID", "")))
    table = feature.rpartition(".")[0]
    by_table = (live for live in lives if table in {type_.name for type_ in _types(live)})
    return next(by_table, lives[0] if lives else None)


class _Type(NamedTuple):
    """A feature type, `name` without the prefix."""

    name: str
    live: Live
    relation: dict
    table: _tables.Table
    key_shown: bool


def _types(live: Live) -> Iterable[_Type]:
    for used in live.type_infos["used_data"]:
        for relation in used["relations"]:
            table = _tables.read(database(live, used), relation["native_name"])
            if table:
                name = relation.get("public_name") or relation["native_name"]
                yield _Type(name, live, relation, table, bool(used.get("expose_primary_key")))


def _mapfile_of(folder: Path, address: str, prefix: str, types: Iterable[_Type], with_key: bool = False) -> str:
    """Without systems for the whole: each type has its own, then those of every layer."""
    web = {
        "ows_title": "WFS du bac à sable", "ows_onlineresource": address + "?", "wfs_maxfeatures": MOST,
        "wfs_namespace_prefix": prefix, "wfs_namespace_uri": f"http://{prefix}", "wfs_compute_number_matched": "true",
        "wfs_geometry_precision": 8, "wfs_getfeature_formatlist": "json",
    }  # fmt: skip
    layers = (_layer(type_, with_key or type_.key_shown) for type_ in types)
    return _mapfile.mapfile(folder, "WFS", web, list(layers) or [_NOTHING], _mapfile.JSON)


def _widened(extent: tuple[float, float, float, float]) -> str:
    """MapServer counts what lies within, and loses what lies on an edge to the rounding of numbers."""
    return " ".join(str(value + side * 1e-7 * max(1.0, abs(value))) for value, side in zip(extent, (-1, -1, 1, 1)))


def _layer(type_: _Type, with_key: bool) -> str:
    table, relation = type_.table, type_.relation
    values = {
        "wfs_title": relation.get("title"), "wfs_abstract": relation.get("abstract"),
        "wfs_keywordlist": _mapfile.keywords(relation.get("keywords")), "wfs_srs": _mapfile.systems(table.system),
        "gml_include_items": ",".join([*([table.identifier] if with_key else []), *table.columns]),
        "gml_featureid": table.identifier, "gml_types": "auto", "gml_geometries": table.geometry or "none",
        **({f"gml_{table.geometry}_type": table.kind} if table.geometry else {}),
        "wfs_extent": _widened(table.extent) if table.extent else None,
        **{f"gml_{column}_type": column_type for column, column_type in table.columns.items()},
        **_mapfile.links("wfs", type_.live.configuration.get("metadata")),
    }  # fmt: skip
    return _mapfile.block(
        "LAYER",
        [f"NAME {_mapfile.quoted(type_.name)}", f"TYPE {table.shape}", "STATUS ON", 'TEMPLATE "void.html"',
         *table.source(), _mapfile.projection(table.system), _mapfile.metadata(values)],
    )  # fmt: skip


_TYPE = re.compile(rb"<FeatureType>.*?</FeatureType>", re.DOTALL)
_NOTHING = _mapfile.block(
    "LAYER",
    ['NAME "nothing"', "TYPE POINT", 'TEMPLATE "void.html"', "FEATURE POINTS 0 0 END END",
     _mapfile.projection("EPSG:4326"), _mapfile.metadata({"wfs_extent": "0 0 1 1"})],
)  # fmt: skip
"""Where nothing is published: without any layer MapServer refuses to answer."""
_NONE = "without"
"""A prefix for the names in the capabilities, which hold their own already."""


def _named(answer: Response, types: int) -> Response:
    """The capabilities without that prefix, without MapServer's own records, and with no more than so many types."""
    answer.body = answer.body.replace(f"Name>{_NONE}:".encode(), b"Name>")
    if not types:
        answer.body = _TYPE.sub(b"", answer.body)
    return _ows.without_own_records(answer)


def _imports(address: str, lives: list[Live]) -> Response:
    """The description of everything: one schema of each publication."""
    schema = etree.Element(
        "{http://www.w3.org/2001/XMLSchema}schema", nsmap={"xsd": "http://www.w3.org/2001/XMLSchema"}
    )
    for live in lives:
        names = ",".join(f"{live.name}:{type_.name}" for type_ in _types(live))
        place = f"{address}?service=WFS&version=2.0.0&request=DescribeFeatureType&typeNames={names}"
        etree.SubElement(schema, "{http://www.w3.org/2001/XMLSchema}import",
                         {"namespace": f"http://{live.name}", "schemaLocation": place})  # fmt: skip
    return Response(etree.tostring(schema, xml_declaration=True, encoding="UTF-8"), 200, None, _ows.XML)


ROUTES = [route(path, GET=ask, POST=ask) for path in (OPEN, "/wfs", PRIVATE)]
