"""`/datastores/{id}/permissions` (contract 3.14): who may use what is not open."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad, not_found
from ...wire import route
from .. import granting, query, rights, statistics
from ..assumptions import EA3_CREATED, EA3_EMPTY
from ..entities import Entity
from ..rights import entities_of
from ..views import permission_view
from ..wire import FLAG, IDS, TEXT, answer, body_of, record
from ..words import PERMISSION_TYPES

CREATION = record(
    ("licence", "offerings", "type"), licence=TEXT, offerings=IDS, type={"enum": list(PERMISSION_TYPES)}, users=IDS,
    communities=IDS, end_date=TEXT, only_oauth=FLAG,
)  # fmt: skip
CHANGE = record(end_date={"type": ["string", "null"]}, licence=TEXT, offerings=IDS)
_LISTING = query.Listing(
    texts=("licence",), reads={"offering": lambda permission: [offering["_id"] for offering in permission["offerings"]]}
)
_RIGHT = "BROADCAST"
_BENEFICIARIES = {"ACCOUNT": ("users", "user"), "COMMUNITY": ("communities", "community")}


async def index(request: Request) -> Response:
    datastore, entities = rights.datastore(request), entities_of(request)
    found = entities.all("permissions", datastore["_id"])
    return query.page(request, found, _LISTING, lambda permission: permission_view(entities, permission))


async def create(request: Request) -> Response:
    """One for each beneficiary; EA14: a community is told of in `communities`."""
    datastore, entities = rights.datastore(request, _RIGHT), entities_of(request)
    body = await body_of(request, CREATION)
    member, kind = _BENEFICIARIES[body["type"]]
    if member not in body or ("users" in body and "communities" in body):
        raise bad(f"{member} attendu, et lui seul, pour une permission {body['type']}")
    shared = {
        "licence": body["licence"], "offerings": _offerings(request, datastore, body["offerings"]),
        "only_oauth": body.get("only_oauth", False),
    }  # fmt: skip
    if "end_date" in body:
        shared["end_date"] = _end(request, body["end_date"])
    beneficiaries = [rights.found(request, kind, id_) for id_ in body[member]]
    made = [
        entities.add(
            "permissions",
            {
                **shared,
                "offerings": list(shared["offerings"]),
                "beneficiary": {"_id": beneficiary["_id"]},
                "private": {"datastore": datastore["_id"], "type": body["type"]},
            },
            datastore["_id"],
        )
        for beneficiary in beneficiaries
    ]
    return answer(request, [permission_view(entities, permission) for permission in made], EA3_CREATED)


def _offerings(request: Request, datastore: Entity, ids: list[str]) -> list[Entity]:
    """Of this datastore, on private endpoints."""
    entities = entities_of(request)
    for id_ in ids:
        offering = entities.get("offerings", id_, datastore["_id"])
        if offering is None:
            raise not_found(f"Offre inconnue : {id_}")
        endpoint = entities.get("endpoint", offering["endpoint"]["_id"])
        if endpoint and endpoint["open"]:
            raise bad(f"L'offre {offering['layer_name']} est sur un point d'accès ouvert")
    return [{"_id": id_} for id_ in ids]


def _end(request: Request, text: str) -> str:
    """A date-time with its zone, to come."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise bad(f"end_date : date ISO 8601 attendue : {text}") from None
    if moment.tzinfo is None:
        raise bad("end_date : le fuseau manque")
    if moment.timestamp() <= request.state.sandbox.clock.now():
        raise bad("end_date : date passée")
    return text


async def detail(request: Request) -> Response:
    query.only(request)
    return answer(request, permission_view(entities_of(request), rights.entity(request, "permissions")))


async def change(request: Request) -> Response:
    datastore, permission = rights.datastore(request, _RIGHT), rights.entity(request, "permissions", _RIGHT)
    changes, entities = await body_of(request, CHANGE), entities_of(request)
    if changes.get("end_date") is not None:
        changes["end_date"] = _end(request, changes["end_date"])
    if "offerings" in changes:
        changes["offerings"] = _offerings(request, datastore, changes["offerings"])
    permission.update(changes)
    if permission.get("end_date", "") is None:
        del permission["end_date"]
    entities.save(permission)
    granting.drop_stale_accesses(entities, permission)
    return answer(request, permission_view(entities, permission))


async def delete(request: Request) -> Response:
    granting.remove_permission(entities_of(request), rights.entity(request, "permissions", _RIGHT))
    return Response(None, EA3_EMPTY)


async def stats(request: Request) -> Response:
    return statistics.answer_of(request, [rights.entity(request, "permissions")])


_ROOT = "/datastores/{datastore}/permissions"
ROUTES = [
    route(_ROOT, GET=index, POST=create),
    route(_ROOT + "/{id}", GET=detail, PATCH=change, DELETE=delete),
    route(_ROOT + "/{id}/stats", GET=stats),
]
