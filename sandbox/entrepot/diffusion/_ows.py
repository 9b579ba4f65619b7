"""What the OGC services share: their parameters, their errors."""

from __future__ import annotations

import re
from html import escape

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad

_CONTROL = re.compile("[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]+")
_OWN_RECORD = re.compile(
    rb"\s*<MetadataURL[^>]*(request=GetMetadata[^>]*/>|>(?:(?!</MetadataURL>).)*request=GetMetadata.*?</MetadataURL>)",
    re.DOTALL,
)
XML = "text/xml; charset=utf-8"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)


def plain(text: str) -> str:
    """Without control characters, which XML cannot hold."""
    return _CONTROL.sub(" ", text)


def text(value: object) -> str:
    """What people wrote, in XML."""
    return escape(plain(str(value or "")))


def parameters(request: Request) -> dict[str, str]:
    """By upper-case name: OGC names have no case. Of a name given twice the last counts."""
    return {name.upper(): value for name, value in request.query_params.multi_items()}


def chosen(values: dict[str, str], names: frozenset[str]) -> list[tuple[str, str]]:
    """What MapServer may be told of it: it knows parameters that change the mapfile."""
    return [(name, value) for name, value in values.items() if name in names]


def parsed(content: bytes) -> etree._Element:
    """A body in XML, without entities; 400 when it is none."""
    try:
        root = etree.fromstring(content, _PARSER)
    except etree.XMLSyntaxError as error:
        raise bad(f"XML incorrect : {error}") from None
    if root.getroottree().docinfo.doctype:
        raise bad("XML incorrect : déclaration DOCTYPE refusée")
    return root


def without_own_records(answer: Response) -> Response:
    """Capabilities without the records that MapServer offers of layers that have none."""
    answer.body = _OWN_RECORD.sub(b"", answer.body)
    return answer


def refusal(code: str, message: str, locator: str = "") -> Response:
    """An exception report of OWS (WFS, WMTS, CSW)."""
    where = f' locator="{escape(locator)}"' if locator else ""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" '
        f'version="2.0.0"><ows:Exception exceptionCode="{code}"{where}><ows:ExceptionText>{escape(message)}'
        "</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
    )
    return Response(body.encode(), 400, None, XML)
