"""`/checks` (vérifications) and their executions (contract 3.5)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import not_found
from ...wire import route
from .. import checking, rights
from ..assumptions import EA3_DELETED
from ..callbacks import CALLBACK
from ..entities import Entity, shown
from ..query import Listing, only, page, page_of_texts
from ..rights import entities_of
from ..wire import answer, body_of, conflict, record
from ..words import CHECK_STATUSES

_FINAL = ("SUCCESS", "FAILURE", "ABORTED")
_CHECKS = Listing(texts=("name",))
_EXECUTIONS = Listing(words={"status": CHECK_STATUSES})


def _check_of(request: Request) -> Entity:
    datastore = rights.datastore(request)
    check = rights.found(request, "check", request.path_params["id"])
    if check["_id"] not in datastore["checks"]:
        raise not_found(f"Vérification inconnue dans cet entrepôt : {check['_id']}")
    return check


async def index(request: Request) -> Response:
    datastore = rights.datastore(request)
    return page(request, [c for c in entities_of(request).all("check") if c["_id"] in datastore["checks"]], _CHECKS)


async def read(request: Request) -> Response:
    return answer(request, shown(_check_of(request)))


async def executions(request: Request) -> Response:
    datastore = rights.datastore(request)
    return page(request, entities_of(request).all(checking.KIND, datastore["_id"]), _EXECUTIONS)


async def read_execution(request: Request) -> Response:
    only(request)
    return answer(request, shown(rights.entity(request, checking.KIND)))


async def read_logs(request: Request) -> Response:
    return page_of_texts(request, rights.entity(request, checking.KIND)["private"]["logs"])


async def abort(request: Request) -> Response:
    """What waits cannot be ended, what has ended neither."""
    execution = rights.entity(request, checking.KIND, "UPLOAD")
    if execution["status"] != "PROGRESS":
        raise conflict(f"La vérification est dans l'état {execution['status']} : elle doit être PROGRESS")
    checking.abort(request.state.sandbox, execution)
    return Response(None, EA3_DELETED)


async def change(request: Request) -> Response:
    execution = rights.entity(request, checking.KIND, "UPLOAD")
    body = await body_of(request, record(("callback",), callback=CALLBACK))
    if execution["status"] in _FINAL:
        raise conflict(f"La vérification est dans l'état {execution['status']}")
    execution.update(body)
    entities_of(request).save(execution)
    return answer(request, shown(execution))


_ROOT = "/datastores/{datastore}/checks"
ROUTES = [
    route(_ROOT + "/executions", GET=executions),
    route(_ROOT + "/executions/{id}", GET=read_execution, PATCH=change, DELETE=abort),
    route(_ROOT + "/executions/{id}/logs", GET=read_logs),
    route(_ROOT, GET=index),
    route(_ROOT + "/{id}", GET=read),
]
