"""The flows that the geoservices point to: a WMTS, a WMS, a private WMS and a WFS, each with one layer.

Plain pictures and the cantons, but true answers: a map library can add them. Nothing here is part of the API.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ..errors import ApiError, bad, not_found
from ..samples import png
from ..wire import route
from ..world import geoservices

ROOT = geoservices.FLOWS
_XML = "text/xml; charset=utf-8"
_COLOURS = {"PLAN.SANDBOX": (150, 170, 200), "PHOTO.SANDBOX": (90, 130, 90), "PRIVE.SANDBOX": (190, 120, 90)}
_LEVELS = range(20)
_PIXEL = 0.00028  # metres, of OGC
_HALF_WORLD = 20037508.3427892476
_MAX_PIXELS = 2048
_EXTENT = (2.1, 48.6, 2.7, 49.1)


def _values(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.query_params.multi_items()}


def _picture(layer: str, width: int, height: int) -> Response:
    if not 1 <= width <= _MAX_PIXELS or not 1 <= height <= _MAX_PIXELS:
        raise bad("Taille d'image incorrecte")
    return Response(_drawn(layer, width, height), 200, None, "image/png")


@lru_cache(maxsize=16)
def _drawn(layer: str, width: int, height: int) -> bytes:
    return png(width, height, _COLOURS[layer])


def _number(values: dict[str, str], name: str) -> int:
    text = values.get(name, "")
    if not re.fullmatch("[0-9]{1,9}", text):
        raise bad(f"{name} : nombre attendu")
    return int(text)


async def wmts(request: Request) -> Response:
    values = _values(request)
    asked = values.get("request", "GetCapabilities").lower()
    if asked == "getcapabilities":
        return Response(_wmts_capabilities(request.state.sandbox.url).encode(), 200, None, _XML)
    if asked != "gettile" or values.get("layer") != "PLAN.SANDBOX" or values.get("tilematrixset") != "PM":
        raise bad("GetTile de PLAN.SANDBOX dans PM attendu")
    level, column, row = (_number(values, name) for name in ("tilematrix", "tilecol", "tilerow"))
    if level not in _LEVELS or max(column, row) >= 2**level:
        raise not_found("Tuile hors de la pyramide")
    return _picture("PLAN.SANDBOX", 256, 256)


def _wmts_capabilities(url: str) -> str:
    address = f"{url}{ROOT}/wmts?"
    matrices = "".join(
        f"<TileMatrix><ows:Identifier>{level}</ows:Identifier>"
        f"<ScaleDenominator>{2 * _HALF_WORLD / 256 / 2**level / _PIXEL}</ScaleDenominator>"
        f"<TopLeftCorner>-{_HALF_WORLD} {_HALF_WORLD}</TopLeftCorner><TileWidth>256</TileWidth>"
        f"<TileHeight>256</TileHeight><MatrixWidth>{2**level}</MatrixWidth><MatrixHeight>{2**level}</MatrixHeight>"
        "</TileMatrix>"
        for level in _LEVELS
    )
    west, south, east, north = _EXTENT
    get = (
        f'<ows:DCP><ows:HTTP><ows:Get xlink:href="{address}"><ows:Constraint name="GetEncoding"><ows:AllowedValues>'
        "<ows:Value>KVP</ows:Value></ows:AllowedValues></ows:Constraint></ows:Get></ows:HTTP></ows:DCP>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Capabilities xmlns="http://www.opengis.net/wmts/1.0" '
        'xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">'
        "<ows:ServiceIdentification><ows:Title>Plan du bac à sable</ows:Title><ows:ServiceType>OGC WMTS"
        "</ows:ServiceType><ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion></ows:ServiceIdentification>"
        f'<ows:OperationsMetadata><ows:Operation name="GetCapabilities">{get}</ows:Operation>'
        f'<ows:Operation name="GetTile">{get}</ows:Operation></ows:OperationsMetadata><Contents><Layer>'
        "<ows:Title>Plan</ows:Title><ows:WGS84BoundingBox>"
        f"<ows:LowerCorner>{west} {south}</ows:LowerCorner><ows:UpperCorner>{east} {north}</ows:UpperCorner>"
        "</ows:WGS84BoundingBox><ows:Identifier>PLAN.SANDBOX</ows:Identifier>"
        '<Style isDefault="true"><ows:Identifier>normal</ows:Identifier></Style><Format>image/png</Format>'
        "<TileMatrixSetLink><TileMatrixSet>PM</TileMatrixSet></TileMatrixSetLink></Layer>"
        "<TileMatrixSet><ows:Identifier>PM</ows:Identifier>"
        f"<ows:SupportedCRS>EPSG:3857</ows:SupportedCRS>{matrices}</TileMatrixSet></Contents></Capabilities>"
    )


async def wms(request: Request) -> Response:
    return _wms(request, "wms-r", "PHOTO.SANDBOX")


async def private_wms(request: Request) -> Response:
    """Only with the key of the geoservice's address, kept as it is (section 2.9)."""
    if _values(request).get("apikey") != geoservices.PRIVATE_KEY:
        raise ApiError(403, "Clé absente ou incorrecte")
    return _wms(request, f"private/wms-r?apikey={geoservices.PRIVATE_KEY}", "PRIVE.SANDBOX")


def _wms(request: Request, path: str, layer: str) -> Response:
    values = _values(request)
    asked = values.get("request", "GetCapabilities").lower()
    if asked == "getcapabilities":
        text = _wms_capabilities(f"{request.state.sandbox.url}{ROOT}/{path}", layer)
        return Response(text.encode(), 200, None, _XML)
    if asked != "getmap" or values.get("layers") != layer:
        raise bad(f"GetMap de {layer} attendu")
    return _picture(layer, _number(values, "width"), _number(values, "height"))


def _wms_capabilities(url: str, layer: str) -> str:
    address = escape(url + ("&" if "?" in url else "?"))
    get = f'<DCPType><HTTP><Get><OnlineResource xlink:href="{address}"/></Get></HTTP></DCPType>'
    west, south, east, north = _EXTENT
    return (
        '<?xml version="1.0" encoding="UTF-8"?><WMS_Capabilities version="1.3.0" xmlns="http://www.opengis.net/wms" '
        'xmlns:xlink="http://www.w3.org/1999/xlink"><Service><Name>WMS</Name><Title>Images du bac à sable</Title>'
        f'<OnlineResource xlink:href="{address}"/></Service><Capability><Request><GetCapabilities><Format>text/xml'
        f"</Format>{get}</GetCapabilities><GetMap><Format>image/png</Format>{get}</GetMap></Request>"
        "<Exception><Format>XML</Format></Exception><Layer><Title>Bac à sable</Title><CRS>EPSG:3857</CRS>"
        f"<CRS>EPSG:2154</CRS><CRS>EPSG:4326</CRS><Layer><Name>{layer}</Name><Title>{layer}</Title>"
        f"<EX_GeographicBoundingBox><westBoundLongitude>{west}</westBoundLongitude><eastBoundLongitude>{east}"
        f"</eastBoundLongitude><southBoundLatitude>{south}</southBoundLatitude><northBoundLatitude>{north}"
        "</northBoundLatitude></EX_GeographicBoundingBox></Layer></Layer></Capability></WMS_Capabilities>"
    )


_NAMESPACES = (
    'xmlns:wfs="http://www.opengis.net/wfs" xmlns:ows="http://www.opengis.net/ows" '
    'xmlns:ogc="http://www.opengis.net/ogc" xmlns:gml="http://www.opengis.net/gml" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:sandbox="http://sandbox.invalid/flux"'
)
_TYPE = "sandbox:cantons"
_ATTRIBUTES = ("code", "nom", "insee_dep")


async def wfs(request: Request) -> Response:
    """WFS 1.1.0 of the cantons; of `cql_filter` it knows `name='value'`."""
    values = _values(request)
    asked = values.get("request", "GetCapabilities").lower()
    if asked == "getcapabilities":
        text = _wfs_capabilities(request.state.sandbox.url)
    elif asked == "describefeaturetype":
        text = _wfs_description()
    elif asked == "getfeature" and values.get("typename", values.get("typenames")) == _TYPE:
        text = _wfs_features(values.get("cql_filter", ""), values.get("maxfeatures", ""))
    else:
        raise bad(f"GetFeature de {_TYPE} attendu")
    return Response(('<?xml version="1.0" encoding="UTF-8"?>' + text).encode(), 200, None, _XML)


def _wfs_capabilities(url: str) -> str:
    get = f'<ows:DCP><ows:HTTP><ows:Get xlink:href="{url}{ROOT}/wfs?"/></ows:HTTP></ows:DCP>'
    operations = "".join(
        f'<ows:Operation name="{name}">{get}</ows:Operation>'
        for name in ("GetCapabilities", "DescribeFeatureType", "GetFeature")
    )
    west, south, east, north = _EXTENT
    return (
        f'<wfs:WFS_Capabilities version="1.1.0" {_NAMESPACES}><ows:ServiceIdentification><ows:Title>Cantons</ows:Title>'
        "<ows:ServiceType>WFS</ows:ServiceType><ows:ServiceTypeVersion>1.1.0</ows:ServiceTypeVersion>"
        f"</ows:ServiceIdentification><ows:OperationsMetadata>{operations}</ows:OperationsMetadata>"
        f"<wfs:FeatureTypeList><wfs:FeatureType><wfs:Name>{_TYPE}</wfs:Name><wfs:Title>Cantons</wfs:Title>"
        "<wfs:DefaultSRS>urn:ogc:def:crs:EPSG::4326</wfs:DefaultSRS><wfs:OutputFormats><wfs:Format>"
        "text/xml; subtype=gml/3.1.1</wfs:Format></wfs:OutputFormats><ows:WGS84BoundingBox><ows:LowerCorner>"
        f"{west} {south}</ows:LowerCorner><ows:UpperCorner>{east} {north}</ows:UpperCorner></ows:WGS84BoundingBox>"
        "</wfs:FeatureType></wfs:FeatureTypeList><ogc:Filter_Capabilities><ogc:Spatial_Capabilities/>"
        "<ogc:Scalar_Capabilities/></ogc:Filter_Capabilities></wfs:WFS_Capabilities>"
    )


def _wfs_description() -> str:
    elements = "".join(f'<xsd:element name="{name}" type="xsd:string" minOccurs="0"/>' for name in _ATTRIBUTES)
    return (
        '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:sandbox="http://sandbox.invalid/flux" targetNamespace="http://sandbox.invalid/flux" '
        'elementFormDefault="qualified"><xsd:import namespace="http://www.opengis.net/gml" '
        'schemaLocation="http://schemas.opengis.net/gml/3.1.1/base/gml.xsd"/><xsd:complexType name="cantonsType">'
        '<xsd:complexContent><xsd:extension base="gml:AbstractFeatureType"><xsd:sequence>'
        f'{elements}<xsd:element name="geom" type="gml:PolygonPropertyType" minOccurs="0"/>'
        "</xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>"
        '<xsd:element name="cantons" type="sandbox:cantonsType" substitutionGroup="gml:_Feature"/></xsd:schema>'
    )


@cache
def _cantons() -> list[dict]:
    path = Path(__file__).parents[1] / "data" / "cantons.geojson"
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def _wfs_features(wanted: str, most: str) -> str:
    """GML 3.1.1, latitude first as `urn:ogc:def:crs:EPSG::4326` says."""
    found = _cantons()
    if wanted:
        match = re.fullmatch(r"\s*(\w+)\s*=\s*'([^']*)'\s*", wanted)
        if not match or match.group(1) not in _ATTRIBUTES:
            raise bad("cql_filter : nom='valeur' attendu")
        found = [feature for feature in found if feature["properties"][match.group(1)] == match.group(2)]
    found = found[: int(most) if re.fullmatch("[0-9]{1,6}", most) else None]
    members = "".join(map(_wfs_member, found))
    return (
        f'<wfs:FeatureCollection {_NAMESPACES} numberOfFeatures="{len(found)}"><gml:featureMembers>{members}'
        "</gml:featureMembers></wfs:FeatureCollection>"
    )


def _wfs_member(feature: dict) -> str:
    properties, rings = feature["properties"], feature["geometry"]["coordinates"]
    texts = "".join(f"<sandbox:{name}>{escape(properties[name])}</sandbox:{name}>" for name in _ATTRIBUTES)
    sides = ["exterior"] + ["interior"] * (len(rings) - 1)
    gml = "".join(
        f"<gml:{side}><gml:LinearRing><gml:posList>{' '.join(f'{lat} {lon}' for lon, lat in ring)}</gml:posList>"
        f"</gml:LinearRing></gml:{side}>"
        for side, ring in zip(sides, rings)
    )
    return (
        f'<sandbox:cantons gml:id="cantons.{properties["code"]}">{texts}<sandbox:geom>'
        f'<gml:Polygon srsName="urn:ogc:def:crs:EPSG::4326">{gml}</gml:Polygon></sandbox:geom></sandbox:cantons>'
    )


ROUTES = [
    route("/wmts", GET=wmts),
    route("/wms-r", GET=wms),
    route("/private/wms-r", GET=private_wms),
    route("/wfs", GET=wfs),
]
