"""`/documents/{random}.{ext}`: documents that their owner made public, for everybody (contract 1.1)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import not_found
from ...state import SITE
from ...wire import route
from ..rights import entities_of
from .users import content

ROOT = ""


async def document(request: Request) -> Response:
    address = SITE + request.url.path
    for entity in entities_of(request).all("documents"):
        if entity.get("public_url") == address:
            return content(request, entity)
    raise not_found("Document inconnu")


ROUTES = [route("/documents/{name}", GET=document)]
