"""Published annexes: `/annexes/{technical name of the datastore}{path}`, with their ETag."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from ...errors import not_found
from ...wire import route


async def file(request: Request) -> Response:
    entities = request.state.sandbox.entrepot.entities
    wanted, path = request.path_params["datastore"], "/" + request.path_params["path"]
    for datastore in entities.all("datastore"):
        if datastore["technical_name"] != wanted:
            continue
        for annexe in entities.all("annexes", datastore["_id"]):
            if annexe["published"] and path in annexe["paths"]:
                content = (entities.folder("annexes", annexe["_id"]) / "file").read_bytes()
                return _answer(request, content, annexe["mime_type"])
    raise not_found("Annexe inconnue")


def _answer(request: Request, content: bytes, media: str) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if tag in (part.strip() for part in request.headers.get("if-none-match", "").split(",")):
        return Response(None, 304, {"ETag": tag})
    return Response(content, 200, {"ETag": tag, "Content-Type": media})


ROUTES = [route("/annexes/{datastore}/{path:path}", GET=file, HEAD=file)]
