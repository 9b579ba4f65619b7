"""`/datastores/{id}/metadata` (contract 3.11): ISO records, and where they are published."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad, not_found
from ...wire import route
from .. import events, query, quota, records, rights
from ..assumptions import EA3_CREATED, EA3_EMPTY
from ..entities import Entities, Entity
from ..rights import entities_of
from ..views import metadata_view
from ..wire import FLAG, ID, OBJECT, TEXT, answer, body_of, conflict, flag, form_of, record, scalar
from ..words import METADATA_LEVELS, METADATA_TYPES
from ._shared import file_route, shared_routes

PATCH = record(type={"enum": list(METADATA_TYPES)}, open_data=FLAG, extra=OBJECT)
PUBLICATION = record(
    ("file_identifiers", "endpoint"),
    file_identifiers={"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
    endpoint=ID,
)
_LISTING = query.Listing(
    words={"type": METADATA_TYPES, "level": METADATA_LEVELS},
    texts=("file_identifier",),
    flags=("open_data",),
    tags=True,
)
_RIGHT = "BROADCAST"


async def index(request: Request) -> Response:
    datastore, entities = rights.datastore(request), entities_of(request)
    found = entities.all("metadata", datastore["_id"])
    return query.page(request, found, _LISTING, lambda entity: metadata_view(entities, entity))


async def create(request: Request) -> Response:
    datastore, entities = rights.datastore(request, _RIGHT), entities_of(request)
    texts, file = form_of(request, (), ("type", "open_data"))
    type_ = scalar(texts, "type") or "ISOAP"
    if type_ not in METADATA_TYPES:
        raise bad(f"type : {type_} n'est pas l'un de {', '.join(METADATA_TYPES)}")
    open_data = flag("open_data", scalar(texts, "open_data"), False)
    found = records.read(file.path.read_bytes())
    _require_identifier(entities, datastore, found.file_identifier)
    quota.require_storage(entities, datastore, quota.storage_for(entities, datastore, "annexes"), file.size)
    body = {
        "type": type_, "open_data": open_data, "level": found.level, "file_identifier": found.file_identifier,
        "tags": {}, "private": {"endpoints": [], "size": file.size},
    }  # fmt: skip
    entity = entities.add("metadata", body, datastore["_id"])
    file.move(entities.folder("metadata", entity["_id"]) / "file")
    events.record(entities, entity, "Création", rights.account(request))
    return answer(request, metadata_view(entities, entity), EA3_CREATED)


def _require_identifier(entities: Entities, datastore: Entity, identifier: str) -> None:
    prefix = datastore.get("metadata_file_identifier_prefix", "")
    if not identifier.startswith(prefix):
        raise bad(f"L'identifiant {identifier} doit commencer par {prefix}")
    if any(other["file_identifier"] == identifier for other in entities.all("metadata")):
        raise conflict(f"Identifiant déjà pris : {identifier}")


async def detail(request: Request) -> Response:
    query.only(request)
    return answer(request, metadata_view(entities_of(request), rights.entity(request, "metadata")))


async def replace(request: Request) -> Response:
    """Another content with the same identifier; where it is published it changes at once."""
    entity, entities = rights.entity(request, "metadata", _RIGHT), entities_of(request)
    _, file = form_of(request)
    found = records.read(file.path.read_bytes())
    if found.file_identifier != entity["file_identifier"]:
        raise bad(f"L'identifiant ne peut changer : {entity['file_identifier']} attendu")
    entity["level"] = found.level
    entity["private"]["size"] = file.size
    file.move(entities.folder("metadata", entity["_id"]) / "file")
    events.record(entities, entity, "Modification", rights.account(request))
    return answer(request, metadata_view(entities, entity))


async def change(request: Request) -> Response:
    entity, entities = rights.entity(request, "metadata", _RIGHT), entities_of(request)
    entity.update(await body_of(request, PATCH))
    events.record(entities, entity, "Modification", rights.account(request))
    return answer(request, metadata_view(entities, entity))


async def delete(request: Request) -> Response:
    entity = rights.entity(request, "metadata", _RIGHT)
    if entity["private"]["endpoints"]:
        raise conflict("Une métadonnée publiée ne peut être supprimée")
    entities_of(request).remove("metadata", entity["_id"])
    return Response(None, EA3_EMPTY)


async def publish(request: Request) -> Response:
    return await _publish(request, True)


async def unpublish(request: Request) -> Response:
    return await _publish(request, False)


async def _publish(request: Request, published: bool) -> Response:
    datastore, entities = rights.datastore(request, _RIGHT), entities_of(request)
    body = await body_of(request, PUBLICATION)
    endpoint = next((e for e in quota.endpoints(entities, datastore) if e["_id"] == body["endpoint"]), None)
    if endpoint is None:
        raise not_found(f"Point d'accès inconnu : {body['endpoint']}")
    if endpoint["type"] != "METADATA":
        raise bad(f"Le point d'accès est de type {endpoint['type']}, METADATA attendu")
    by_identifier = {entity["file_identifier"]: entity for entity in entities.all("metadata", datastore["_id"])}
    unknown = [name for name in body["file_identifiers"] if name not in by_identifier]
    if unknown:
        raise not_found(f"Métadonnée inconnue : {', '.join(unknown)}")
    told = [by_identifier[name] for name in body["file_identifiers"]]
    if not published and any(endpoint["_id"] not in entity["private"]["endpoints"] for entity in told):
        raise conflict("Métadonnée non publiée sur ce point d'accès")
    new = [entity for entity in told if endpoint["_id"] not in entity["private"]["endpoints"]]
    quota.require_endpoint(entities, datastore, endpoint, len(new) if published else 0)
    for entity in new if published else told:
        change = entity["private"]["endpoints"].append if published else entity["private"]["endpoints"].remove
        change(endpoint["_id"])
        events.record(entities, entity, "Publication" if published else "Dépublication", rights.account(request))
    return Response(None, EA3_EMPTY)


def _file(request: Request, entity: Entity) -> Response:
    content = (entities_of(request).folder("metadata", entity["_id"]) / "file").read_bytes()
    return Response(content, 200, None, "application/xml")


_ROOT = "/datastores/{datastore}/metadata"
ROUTES = [
    route(_ROOT, GET=index, POST=create),
    route(_ROOT + "/publication", POST=publish),
    route(_ROOT + "/unpublication", POST=unpublish),
    file_route("metadata", _file),
    *shared_routes("metadata", _RIGHT, "tags"),
    route(_ROOT + "/{id}", GET=detail, PUT=replace, PATCH=change, DELETE=delete),
]
