"""`/datastores/{id}/offerings` (contract 3.13): configurations served on endpoints."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad, not_found
from ...wire import route
from .. import events, granting, query, quota, rights, statistics
from ..assumptions import EA3_CREATED, EA3_DELETED
from ..configuring import stored_data_ids
from ..entities import Entities, Entity
from ..publishing import offerings_of
from ..rights import entities_of
from ..views import offering_view, some
from ..wire import FLAG, ID, IDS, OBJECT, answer, body_of, conflict, record
from ..words import OFFERING_STATUSES, SERVICE_TYPES

CREATION = record(("endpoint",), endpoint=ID, open=FLAG, permissions=IDS, public_activity=FLAG)
CHANGE = record(open=FLAG, available=FLAG, extra=OBJECT, public_activity=FLAG)
_RIGHT = "BROADCAST"


def _listing(entities: Entities) -> query.Listing:
    def stored_data(offering: Entity) -> list[str]:
        configuration = entities.get("configurations", offering["configuration"]["_id"])
        return list(stored_data_ids(configuration)) if configuration else []

    return query.Listing(
        ("open", "available", "layer_name", "type", "status"),
        ("endpoint", "configuration", "urls", "creation", "extra", "update", "public_activity"),
        ("layer_name",),
        {"type": SERVICE_TYPES, "status": OFFERING_STATUSES},
        ("open", "available"),
        {
            "endpoint": lambda offering: offering["endpoint"]["_id"],
            "configuration": lambda offering: offering["configuration"]["_id"],
            "stored_data": stored_data,
        },
    )


def _page(request: Request, offerings: list[Entity]) -> Response:
    entities = entities_of(request)
    return query.page(request, offerings, _listing(entities), lambda offering: offering_view(entities, offering))


async def index(request: Request) -> Response:
    datastore = rights.datastore(request)
    return _page(request, entities_of(request).all("offerings", datastore["_id"]))


async def of_configuration(request: Request) -> Response:
    configuration = rights.entity(request, "configurations")
    return _page(request, offerings_of(entities_of(request), configuration))


async def create(request: Request) -> Response:
    datastore, configuration = rights.datastore(request, _RIGHT), rights.entity(request, "configurations", _RIGHT)
    entities = entities_of(request)
    body = await body_of(request, CREATION)
    endpoint = _endpoint(entities, datastore, configuration, body["endpoint"])
    if request.state.sandbox.faults.take("endpoint_full", endpoint["technical_name"], endpoint["_id"]) is not None:
        raise conflict(f"Quota du point d'accès {endpoint['technical_name']} atteint")
    permissions = _permissions(entities, datastore, endpoint, body.get("permissions", []))
    offering = entities.add(
        "offerings",
        {
            "open": endpoint["open"] or body.get("open", False), "available": True,
            "layer_name": configuration["layer_name"], "type": configuration["type"], "status": "PUBLISHING",
            "public_activity": body.get("public_activity", False), "configuration": {"_id": configuration["_id"]},
            "endpoint": some(endpoint, "_id", "name"),
        },
        datastore["_id"],
    )  # fmt: skip
    for permission in permissions:
        permission["offerings"].append({"_id": offering["_id"]})
        entities.save(permission)
    request.state.sandbox.entrepot.publisher.publish(offering)
    events.record(entities, configuration, "Publication", rights.account(request), endpoint["name"])
    return answer(request, offering_view(entities, offering, created=True), EA3_CREATED)


def _endpoint(entities: Entities, datastore: Entity, configuration: Entity, id_: str) -> Entity:
    """404 for one that the datastore has not, 400 where the configuration does not fit, 409 if it is taken or full."""
    endpoint = next((e for e in quota.endpoints(entities, datastore) if e["_id"] == id_), None)
    if endpoint is None:
        raise not_found(f"Point d'accès inconnu : {id_}")
    if endpoint["type"] != configuration["type"]:
        raise bad(f"Le point d'accès est de type {endpoint['type']}, {configuration['type']} attendu")
    _require_forced(endpoint, configuration)
    for other in offerings_of(entities, configuration):
        if other["endpoint"]["_id"] == id_:
            raise conflict(f"La configuration est déjà sur ce point d'accès : {other['_id']} ({other['status']})")
    quota.require_endpoint(entities, datastore, endpoint)
    return endpoint


def _require_forced(endpoint: Entity, configuration: Entity) -> None:
    for force, member in (("force_metadata", "metadata"), ("force_attribution", "attribution")):
        if endpoint[force] and not configuration.get(member):
            raise bad(f"Ce point d'accès demande {member} dans la configuration")


def _permissions(entities: Entities, datastore: Entity, endpoint: Entity, ids: list[str]) -> list[Entity]:
    if ids and endpoint["open"]:
        raise bad("permissions : un point d'accès ouvert n'en demande pas")
    found = [entities.get("permissions", id_, datastore["_id"]) for id_ in ids]
    if None in found:
        raise not_found(f"Permission inconnue : {ids[found.index(None)]}")
    return [permission for permission in found if permission is not None]


async def detail(request: Request) -> Response:
    query.only(request)
    return answer(request, offering_view(entities_of(request), rights.entity(request, "offerings")))


async def change(request: Request) -> Response:
    """EA9: `available` is taken and stays true. `open` stays true on an open endpoint."""
    offering, entities = rights.entity(request, "offerings", _RIGHT), entities_of(request)
    changes = await body_of(request, CHANGE)
    changes.pop("available", None)
    endpoint = entities.get("endpoint", offering["endpoint"]["_id"])
    if endpoint and endpoint["open"]:
        changes.pop("open", None)
    offering.update(changes)
    if changes.get("open") is False:
        granting.close_offering(entities, offering)
    events.record(entities, offering, "Modification", rights.account(request))
    return answer(request, offering_view(entities, offering))


async def synchronise(request: Request) -> Response:
    offering, entities = rights.entity(request, "offerings", _RIGHT), entities_of(request)
    if (await request.body()).strip():
        raise bad("Un corps vide est attendu")
    endpoint = rights.found(request, "endpoint", offering["endpoint"]["_id"])
    _require_forced(endpoint, rights.found(request, "configurations", offering["configuration"]["_id"]))
    request.state.sandbox.entrepot.publisher.synchronise(offering)
    return answer(request, offering_view(entities, offering))


async def delete(request: Request) -> Response:
    request.state.sandbox.entrepot.publisher.delete(rights.entity(request, "offerings", _RIGHT))
    return Response(None, EA3_DELETED)


async def stats(request: Request) -> Response:
    return statistics.answer_of(request, [rights.entity(request, "offerings")])


_ROOT = "/datastores/{datastore}/offerings"
ROUTES = [
    route("/datastores/{datastore}/configurations/{id}/offerings", GET=of_configuration, POST=create),
    route(_ROOT, GET=index),
    route(_ROOT + "/{id}", GET=detail, PATCH=change, PUT=synchronise, DELETE=delete),
    route(_ROOT + "/{id}/stats", GET=stats),
]
