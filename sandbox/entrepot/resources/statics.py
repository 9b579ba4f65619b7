"""`/datastores/{id}/statics` (contract 3.9): styles, templates and SQL that services and processings use."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad
from ...wire import route
from .. import events, query, quota, rights, static_files
from ..assumptions import EA3_CREATED, EA3_EMPTY
from ..configuring import users_of_static
from ..entities import Entity, shown
from ..rights import entities_of
from ..wire import ANY_TEXT, OBJECT, TEXT, answer, body_of, conflict, form_of, record, scalar
from ..words import STATIC_TYPES
from ._shared import file_route

PATCH = record(name=TEXT, description=ANY_TEXT, extra=OBJECT)
_LISTING = query.Listing(texts=("name",), words={"type": STATIC_TYPES})
_RIGHT = "BROADCAST"


async def index(request: Request) -> Response:
    datastore = rights.datastore(request)
    return query.page(request, entities_of(request).all("statics", datastore["_id"]), _LISTING)


async def create(request: Request) -> Response:
    datastore, entities = rights.datastore(request, _RIGHT), entities_of(request)
    texts, file = form_of(request, ("name", "type"), ("description",))
    type_ = scalar(texts, "type")
    if type_ not in STATIC_TYPES:
        raise bad(f"type : {type_} n'est pas l'un de {', '.join(STATIC_TYPES)}")
    infos = static_files.type_infos(type_, file.path.read_bytes())
    quota.require_storage(entities, datastore, quota.storage_for(entities, datastore, "annexes"), file.size)
    body = {
        "name": scalar(texts, "name"), "description": scalar(texts, "description") or "", "type": type_,
        "type_infos": infos, "private": {"size": file.size, "filename": file.filename},
    }  # fmt: skip
    static = entities.add("statics", body, datastore["_id"])
    file.move(entities.folder("statics", static["_id"]) / "file")
    events.record(entities, static, "Création", rights.account(request))
    return answer(request, shown(static), EA3_CREATED)


async def detail(request: Request) -> Response:
    query.only(request)
    return answer(request, shown(rights.entity(request, "statics")))


async def replace(request: Request) -> Response:
    """Another content of the same type; services show it once they are synchronised."""
    static, entities = rights.entity(request, "statics", _RIGHT), entities_of(request)
    _, file = form_of(request)
    static["type_infos"] = static_files.type_infos(static["type"], file.path.read_bytes())
    static["private"].update(size=file.size, filename=file.filename)
    file.move(entities.folder("statics", static["_id"]) / "file")
    events.record(entities, static, "Modification", rights.account(request))
    return answer(request, shown(static))


async def change(request: Request) -> Response:
    static = rights.entity(request, "statics", _RIGHT)
    static.update(await body_of(request, PATCH))
    events.record(entities_of(request), static, "Modification", rights.account(request))
    return answer(request, shown(static))


async def delete(request: Request) -> Response:
    static, entities = rights.entity(request, "statics", _RIGHT), entities_of(request)
    users = users_of_static(entities, static["_id"])
    if users:
        raise conflict(f"Fichier utilisé par la configuration {users[0]['name']} ({users[0]['_id']})")
    entities.remove("statics", static["_id"])
    return Response(None, EA3_EMPTY)


_TYPES = {"GEOSERVER-STYLE": "application/xml", "ROK4-STYLE": "application/json"}


def _file(request: Request, static: Entity) -> Response:
    content = (entities_of(request).folder("statics", static["_id"]) / "file").read_bytes()
    return Response(content, 200, None, _TYPES.get(static["type"], "text/plain; charset=utf-8"))


_ROOT = "/datastores/{datastore}/statics"
ROUTES = [
    route(_ROOT, GET=index, POST=create),
    file_route("statics", _file),
    route(_ROOT + "/{id}", GET=detail, PUT=replace, PATCH=change, DELETE=delete),
]
