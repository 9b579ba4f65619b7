"""`/wfs[/{database}]` (section 2.10): rows by pages of at most 10 000, with filter, box and system."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response

from .. import crs, filters, reading, rights
from ..access import require_user
from ..assumptions import A22_IGNORED, A25_MAX_FEATURES, WFS_FORMATS
from ..catalogue import Catalogue, Table
from ..errors import bad, not_found
from ..query import to_integer
from ..wire import route

_KNOWN = {"service", "version", "request", "typename", "outputformat", "srsname", "bbox", "filter", "offset",
          "maxfeatures", "numrec", *A22_IGNORED}  # fmt: skip
_OF_REQUEST = {"getcapabilities": {"service", "version", "request"},
               "describefeaturetype": {"service", "version", "request", "typename"}}  # fmt: skip
_VERSIONS = ("1.0.0", "1.1.0")


def _parameters(request: Request) -> dict[str, str]:
    """The parameters by lower-case name: WFS names have no case. Unknown or doubled ones are 400."""
    values: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name.lower() not in _KNOWN:
            raise bad(f"Paramètre inconnu : {name}")
        if name.lower() in values:
            raise bad(f"Paramètre donné deux fois : {name}")
        values[name.lower()] = value
    return values


async def ask(request: Request) -> Response:
    user, catalogue = require_user(request), request.state.sandbox.catalogue
    values = _parameters(request)
    database = request.path_params.get("database")
    if database is not None and database not in {item["name"] for item in catalogue.databases.values()}:
        raise not_found(f"Base inconnue : {database}")
    if values.get("service", "").upper() != "WFS":
        raise bad("service=WFS attendu")
    if values.get("version", "1.0.0") not in _VERSIONS:
        raise bad(f"version parmi {', '.join(_VERSIONS)}")
    asked = values.get("request", "").lower()
    known = _OF_REQUEST.get(asked)
    if known and not set(values) <= known:
        raise bad(f"{values['request']} n'attend que {', '.join(sorted(known))}")
    if asked == "getcapabilities":
        return _capabilities(request, catalogue, user, database)
    if asked not in ("getfeature", "describefeaturetype"):
        raise bad("request parmi GetCapabilities, DescribeFeatureType, GetFeature")
    table = _table(catalogue, database, values.get("typename"))
    rights.require_view(catalogue, user, table)
    return _description(table) if asked == "describefeaturetype" else _features(request, table, values)


def _table(catalogue: Catalogue, database: str | None, typename: str | None) -> Table:
    """A21: with the database before the name, or without it where the address names it."""
    if not typename:
        raise bad("typename est obligatoire")
    prefix, colon, name = typename.rpartition(":")
    if not colon and database is None:
        raise bad("typename : base:table attendu")
    if colon and database not in (None, prefix):
        raise bad(f"typename : cette adresse est celle de la base {database}")
    return catalogue.named(prefix or database or "", name)


def _features(request: Request, table: Table, values: dict[str, str]) -> Response:
    rows, srid = request.state.sandbox.rows, table.srid
    form = values.get("outputformat")
    if form not in WFS_FORMATS:
        raise bad(f"outputFormat parmi {', '.join(WFS_FORMATS)}")
    if "srsname" in values:
        try:
            srid = crs.code(values["srsname"])
        except ValueError as error:
            raise bad(f"srsname : {error}") from None
    first = to_integer("offset", values.get("offset", "0"), 0)
    wanted = to_integer("maxFeatures", values.get("maxfeatures", str(A25_MAX_FEATURES)), 1)
    hidden = rights.hidden_columns(request.state.sandbox.catalogue, request.state.user, table)
    where, bound = _conditions(table, values, srid, hidden)
    ids = rows.ids(table, where, bound)[first : first + min(wanted, A25_MAX_FEATURES)]
    bodies = reading.reprojected(table, rows.bodies(ids), srid, hidden)
    if form == "CSV":
        names = [name for name in table.members if name not in hidden]
        return Response(reading.comma_separated(names, bodies), 200, None, "text/csv; charset=utf-8")
    body = reading.array(bodies) if form == "JSON" else reading.feature_collection(table, bodies, srid)
    return Response(body, 200, None, "application/json")


def _conditions(table: Table, values: dict[str, str], srid: int | None, hidden: frozenset[str]) -> filters.Sql:
    """Filter, box and numrec together; without any, every row: destroyed ones too (A24)."""
    parts = []
    if "filter" in values:
        parts.append(filters.condition(table, values["filter"], hidden))
    if "bbox" in values:
        parts.append(reading.box_condition(table, values["bbox"], srid))
    if "numrec" in values:  # A22
        if not table.versioned:
            raise bad("numrec : table non historisée")
        parts.append(("f.numrec >= ?", [to_integer("numrec", values["numrec"], 0)]))
    if not parts:
        return "1", []
    return " AND ".join(sql for sql, _ in parts), [value for _, bound in parts for value in bound]


_XML = "text/xml; charset=utf-8"


def _capabilities(request: Request, catalogue: Catalogue, user, database: str | None) -> Response:
    """The names that GetFeature knows; no more than a client needs to list them."""
    types = "".join(
        f"<FeatureType><Name>{escape(table.served['full_name'])}</Name><Title>{escape(table.served['title'])}</Title>"
        f"<SRS>EPSG:{table.srid or 4326}</SRS></FeatureType>"
        for table in catalogue.tables.values()
        if database in (None, table.database["name"]) and rights.may_view(catalogue, user, table)
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><WFS_Capabilities xmlns="http://www.opengis.net/wfs" version="1.0.0">'
        f"<Service><Name>WFS</Name><Title>Bac à sable</Title><OnlineResource>{request.state.sandbox.url}"
        f"</OnlineResource></Service><FeatureTypeList>{types}</FeatureTypeList></WFS_Capabilities>"
    )
    return Response(body.encode(), 200, None, _XML)


_XSD = {"Integer": "xsd:integer", "Double": "xsd:double", "Boolean": "xsd:boolean", "Date": "xsd:date"}


def _description(table: Table) -> Response:
    """The columns as an XML schema."""
    elements = "".join(
        f'<xsd:element name="{escape(name)}" type="{_XSD.get(column["type"], "xsd:string")}"/>'
        for name, column in table.columns.items()
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f'<xsd:complexType name="{escape(table.name)}Type"><xsd:sequence>{elements}</xsd:sequence></xsd:complexType>'
        f'<xsd:element name="{escape(table.name)}" type="{escape(table.name)}Type"/></xsd:schema>'
    )
    return Response(body.encode(), 200, None, _XML)


ROUTES = [route("/wfs", GET=ask), route("/wfs/{database}", GET=ask)]
