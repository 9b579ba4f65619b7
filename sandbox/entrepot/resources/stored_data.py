"""`/stored_data` (données stockées): what executions made; there is no other way to one (contract 3.8)."""

from __future__ import annotations

import asyncio
import shutil

from starlette.requests import Request
from starlette.responses import Response

from ...wire import route
from .. import events, extents, rights, usage
from ..assumptions import EA3_DELETED
from ..configuring import users_of_stored_data
from ..entities import Entities, Entity, shown
from ..query import Listing, only, page
from ..rights import entities_of
from ..views import some
from ..wire import ANY_TEXT, FLAG, OBJECT, TEXT, answer, body_of, conflict, record
from ..words import DATA_STATUSES, DATA_TYPES
from ._shared import shared_routes

KIND, RIGHT = "stored_data", "PROCESSING"
_DATE = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})?)?$"}
_EDITION = {
    "type": "object",
    "properties": {"from": _DATE, "to": _DATE},
    "required": ["from"],
    "additionalProperties": False,
}
_CHANGES = record(
    name=TEXT, open=FLAG, description=ANY_TEXT, edition=_EDITION, extent=extents.EXTENT, extra=OBJECT,
    public_activity=FLAG,
)  # fmt: skip
_LISTING = Listing(
    default=("name", "type", "open", "srs"),
    demand=("description", "edition", "contact", "status", "size", "last_event", "tags", "creation", "bbox",
            "public_activity"),
    texts=("name",), words={"type": DATA_TYPES, "status": DATA_STATUSES}, flags=("open",), tags=True,
)  # fmt: skip
_DELETABLE = ("CREATED", "GENERATED", "UNSTABLE")


async def index(request: Request) -> Response:
    datastore = rights.datastore(request)
    return page(
        request, entities_of(request).all(KIND, datastore["_id"]), _LISTING,
        lambda data: {**shown(data), "bbox": extents.box(data.get("extent"))},
    )  # fmt: skip


async def read(request: Request) -> Response:
    return answer(request, shown(rights.entity(request, KIND)))


async def change(request: Request) -> Response:
    data, user = rights.entity(request, KIND, RIGHT), rights.account(request)
    body = await body_of(request, _CHANGES)
    if "extent" in body:
        extents.check(body["extent"])
    data.update(body)
    events.record(entities_of(request), data, "Modification", user)
    return answer(request, shown(data))


async def delete(request: Request) -> Response:
    """409 for what is used: by a configuration, by another data, by an execution that runs."""
    data, entities = rights.entity(request, KIND, RIGHT), entities_of(request)
    if data["status"] not in _DELETABLE:
        raise conflict(f"« {data['name']} » est dans l'état {data['status']}")
    usage.require_unused(entities, data)
    for configuration in users_of_stored_data(entities, data["_id"]):
        raise conflict(f"Utilisée par la configuration « {configuration['name']} »")
    for other in _users(entities, data):
        raise conflict(f"Utilisée par la donnée « {other['name']} »")
    await asyncio.to_thread(shutil.rmtree, entities.root / KIND / data["_id"], ignore_errors=True)
    entities.remove(KIND, data["_id"])
    return Response(None, EA3_DELETED)


def _users(entities: Entities, data: Entity) -> list[Entity]:
    return [other for other in entities.all(KIND) if data["_id"] in other["private"].get("use", [])]


async def dependencies(request: Request) -> Response:
    only(request)
    data, entities = rights.entity(request, KIND), entities_of(request)
    used = [entities.get(KIND, id_) for id_ in data["private"].get("use", [])]
    return answer(request, {
        "used_by": [some(other, "_id", "name") for other in _users(entities, data)],
        "use": [some(other, "_id", "name") for other in used if other is not None],
    })  # fmt: skip


_ROOT = "/datastores/{datastore}/stored_data"
ROUTES = [
    *shared_routes(KIND, RIGHT, "activity", "tags", "comments", "sharings", "visibility", "events"),
    route(_ROOT, GET=index),
    route(_ROOT + "/{id}", GET=read, PATCH=change, DELETE=delete),
    route(_ROOT + "/{id}/dependencies", GET=dependencies),
]
