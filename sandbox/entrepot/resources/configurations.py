"""`/datastores/{id}/configurations` (contract 3.12): how data is to be served."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad
from ...wire import route
from .. import events, query, rights
from ..assumptions import EA3_CREATED, EA3_EMPTY
from ..configuring import Rules, stored_data_ids
from ..entities import Entities, Entity, shown
from ..publishing import offerings_of
from ..rights import entities_of
from ..service_schemas import CHANGE, CREATION, REPLACEMENT
from ..views import offering_urls
from ..wire import answer, body_of, conflict
from ..words import CONFIGURATION_STATUSES, SERVICE_TYPES
from ._shared import patch, shared_routes

_LISTING = query.Listing(
    ("name", "layer_name", "type", "status"),
    ("attributions", "metadatas", "tags", "creation", "last_event", "update"),
    ("name", "layer_name"),
    {"type": SERVICE_TYPES, "status": CONFIGURATION_STATUSES},
    reads={"stored_data": lambda configuration: list(stored_data_ids(configuration))},
    tags=True,
)
_RIGHT = "BROADCAST"


async def index(request: Request) -> Response:
    datastore = rights.datastore(request)
    return query.page(request, entities_of(request).all("configurations", datastore["_id"]), _LISTING)


async def create(request: Request) -> Response:
    datastore, entities = rights.datastore(request, _RIGHT), entities_of(request)
    body = await body_of(request, CREATION)
    rules = Rules(entities, datastore)
    rules.require_layer_name(body["type"], body["layer_name"])
    rules.require(body["type"], body["type_infos"], body.get("metadata", []))
    entity = entities.add("configurations", {**body, "status": "UNPUBLISHED", "tags": {}}, datastore["_id"])
    events.record(entities, entity, "Création", rights.account(request))
    return answer(request, shown(entity), EA3_CREATED)


async def detail(request: Request) -> Response:
    query.only(request)
    return answer(request, shown(rights.entity(request, "configurations")))


async def replace(request: Request) -> Response:
    """The whole but the layer name; offerings show it once they are synchronised."""
    datastore, entity = rights.datastore(request, _RIGHT), rights.entity(request, "configurations", _RIGHT)
    entities = entities_of(request)
    body = await body_of(request, REPLACEMENT)
    if body["type"] != entity["type"]:
        raise bad(f"type : {entity['type']} ne peut changer")
    if entity["status"] == "SYNCHRONIZING":
        raise conflict("La configuration est SYNCHRONIZING")
    Rules(entities, datastore).require(body["type"], body["type_infos"], body.get("metadata", []))
    for name in ("attribution", "metadata"):
        entity.pop(name, None)
    entity.update(body)
    events.record(entities, entity, "Modification", rights.account(request))
    return answer(request, shown(entity))


async def delete(request: Request) -> Response:
    entity, entities = rights.entity(request, "configurations", _RIGHT), entities_of(request)
    if entity["status"] != "UNPUBLISHED":
        raise conflict(f"La configuration est {entity['status']}")
    left = offerings_of(entities, entity)
    if left:
        raise conflict(f"La configuration a encore {len(left)} offre(s), dont {left[0]['_id']} ({left[0]['status']})")
    entities.remove("configurations", entity["_id"])
    return Response(None, EA3_EMPTY)


async def happened(request: Request) -> Response:
    """Its events, each with the addresses where it is served."""
    entity, entities = rights.entity(request, "configurations"), entities_of(request)
    urls = _urls(entities, entity)
    return query.page(request, entity["private"].get("events", []), show=lambda event: {**event, "urls": urls})


def _urls(entities: Entities, configuration: Entity) -> list[Entity]:
    return [url for offering in offerings_of(entities, configuration) for url in offering_urls(entities, offering)]


_ROOT = "/datastores/{datastore}/configurations"
ROUTES = [
    route(_ROOT, GET=index, POST=create),
    *shared_routes("configurations", _RIGHT, "activity", "tags", "comments"),
    route(_ROOT + "/{id}/events", GET=happened),
    route(
        _ROOT + "/{id}",
        GET=detail,
        PUT=replace,
        PATCH=patch("configurations", _RIGHT, CHANGE, lambda request, entity: shown(entity)),
        DELETE=delete,
    ),
]
