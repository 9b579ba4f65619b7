"""CSW 2.0.2 of published records: GetCapabilities, GetRecordById with the record as it was stored."""

from __future__ import annotations

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from ...wire import route
from ..entities import Entities, Entity
from ..reach import reachable
from . import _ows
from ._ows import XML, parameters, refusal

OPEN, INSPIRE, PRIVATE = "/csw", "/csw/INSPIRE", "/private/csw"
_CSW = "http://www.opengis.net/cat/csw/2.0.2"


async def ask(request: Request) -> Response:
    sandbox = request.state.sandbox
    reachable(request, "METADATA")  # no configuration is of that type: what counts is the key, and the rate
    values = parameters(request)
    asked = values.get("REQUEST", "GetCapabilities").lower()
    address = sandbox.url + request.url.path
    if asked == "getcapabilities":
        return Response(_capabilities(address).encode(), 200, None, XML)
    if asked != "getrecordbyid":
        return refusal("OperationNotSupported", f"Opération inconnue : {asked}", "request")
    if not values.get("ID"):
        return refusal("MissingParameterValue", "ID attendu", "ID")
    answer = etree.Element(f"{{{_CSW}}}GetRecordByIdResponse", nsmap={"csw": _CSW})
    for identifier in values["ID"].split(","):
        for record in _published(sandbox.entrepot.entities, request.url.path):
            if record["file_identifier"] == identifier:
                file = sandbox.entrepot.entities.folder("metadata", record["_id"]) / "file"
                answer.append(_ows.parsed(file.read_bytes()))
    return Response(etree.tostring(answer, xml_declaration=True, encoding="UTF-8"), 200, None, XML)


def _published(entities: Entities, path: str) -> list[Entity]:
    """The records on an endpoint, an open one or a private one; of the INSPIRE catalogue those of that type."""
    endpoints = {e["_id"] for e in entities.all("endpoint") if e["open"] == (path != PRIVATE)}
    return [
        record
        for record in entities.all("metadata")
        if endpoints & set(record["private"]["endpoints"]) and (path != INSPIRE or record["type"] == "INSPIRE")
    ]


def _capabilities(address: str) -> str:
    get = f'<ows:DCP><ows:HTTP><ows:Get xlink:href="{address}"/></ows:HTTP></ows:DCP>'
    operations = "".join(
        f'<ows:Operation name="{name}">{get}</ows:Operation>' for name in ("GetCapabilities", "GetRecordById")
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><csw:Capabilities xmlns:csw="{_CSW}" '
        'xmlns:ows="http://www.opengis.net/ows" xmlns:ogc="http://www.opengis.net/ogc" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" version="2.0.2"><ows:ServiceIdentification><ows:Title>Catalogue du '
        "bac à sable</ows:Title><ows:ServiceType>CSW</ows:ServiceType><ows:ServiceTypeVersion>2.0.2"
        "</ows:ServiceTypeVersion></ows:ServiceIdentification><ows:OperationsMetadata>"
        f"{operations}</ows:OperationsMetadata><ogc:Filter_Capabilities><ogc:Spatial_Capabilities/>"
        "<ogc:Scalar_Capabilities/></ogc:Filter_Capabilities></csw:Capabilities>"
    )


ROUTES = [route(path, GET=ask) for path in (OPEN, INSPIRE, PRIVATE)]
