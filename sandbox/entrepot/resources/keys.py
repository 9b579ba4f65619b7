"""`/users/me/keys` and their accesses (contract 3.15): what one shows to a private service."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad, forbidden, not_found
from ...wire import route
from .. import granting, query, rights
from ..assumptions import EA3_CREATED, EA3_EMPTY
from ..entities import Entities, Entity, shown
from ..rights import entities_of
from ..views import access_view
from ..wire import ANY_TEXT, ID, IDS, OBJECT, TEXT, TEXTS, answer, body_of, check, conflict, record
from ..words import KEY_TYPES
from .users import granted

_PLACES = {"whitelist": TEXTS, "blacklist": TEXTS, "user_agent": ANY_TEXT, "referer": ANY_TEXT}
CREATION = record(
    ("name", "type", "type_infos"), name=TEXT, type={"enum": list(KEY_TYPES)}, type_infos=OBJECT, **_PLACES
)
CHANGE = record(name=TEXT, **_PLACES)
ACCESS = record(("offerings",), permission=ID, offerings=IDS)
_TYPE_INFOS = {
    "HASH": record(hash={"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"}),
    "BASIC": record(("login", "password"), login={"type": "string", "pattern": "^[^:\\s]+$"}, password=TEXT),
    "HEADER": record(
        ("headers",), headers={"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}}
    ),
    "OAUTH2": record(),
}
_LISTING = query.Listing(
    ("name", "type"),
    texts=("name", "user_agent", "referer", "whitelist", "blacklist"),
    words={"type": KEY_TYPES},
)


def _own(request: Request) -> list[Entity]:
    user = rights.account(request)
    return [key for key in entities_of(request).all("keys") if key["private"]["user"] == user["_id"]]


def _key(request: Request) -> Entity:
    wanted = request.path_params["key"]
    for key in _own(request):
        if key["_id"] == wanted:
            return key
    raise not_found(f"Clé inconnue : {wanted}")


async def index(request: Request) -> Response:
    return query.page(request, _own(request), _LISTING)


async def create(request: Request) -> Response:
    user, entities = rights.account(request), entities_of(request)
    body = await body_of(request, CREATION)
    check(body["type_infos"], _TYPE_INFOS[body["type"]], "type_infos")
    _require_networks(body)
    if len(_own(request)) >= user["keys_quota"]:
        raise conflict(f"Quota de clés atteint : {user['keys_quota']}")
    infos, secret = _secret(entities, user, body["type"], body["type_infos"])
    body.update(type_infos=infos, private={"user": user["_id"], "secret": secret})
    return answer(request, shown(entities.add("keys", body)), EA3_CREATED)


def _secret(entities: Entities, user: Entity, type_: str, infos: Entity) -> tuple[Entity, str | dict | None]:
    """What is shown of a key, and what is held against what a request brings. 409 for what somebody has already."""
    keys = entities.all("keys")
    if type_ == "HASH":
        hash_ = infos.get("hash") or secrets.token_hex(16)
        if any(key["private"]["secret"] == hash_ for key in keys):
            raise conflict("hash déjà pris")
        return {"hash": hash_}, hash_
    if type_ == "BASIC":
        if any(key["type_infos"].get("login") == infos["login"] for key in keys):
            raise conflict(f"login déjà pris : {infos['login']}")
        return {**infos, "password": hashlib.sha256(infos["password"].encode()).hexdigest()}, infos["password"]
    if type_ == "OAUTH2" and any((key["type"], key["private"]["user"]) == (type_, user["_id"]) for key in keys):
        raise conflict("Une seule clé OAUTH2 par compte")
    return infos, infos.get("headers")


def _require_networks(body: Entity) -> None:
    for name in ("whitelist", "blacklist"):
        for network in body.get(name, []):
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise bad(f"{name} : réseau CIDR attendu : {network}") from None


async def detail(request: Request) -> Response:
    query.only(request)
    return answer(request, shown(_key(request)))


async def change(request: Request) -> Response:
    """Its type and its secret never change."""
    key = _key(request)
    changes = await body_of(request, CHANGE)
    _require_networks(changes)
    key.update(changes)
    entities_of(request).save(key)
    return answer(request, shown(key))


async def delete(request: Request) -> Response:
    granting.remove_key(entities_of(request), _key(request))
    return Response(None, EA3_EMPTY)


async def accesses(request: Request) -> Response:
    entities = entities_of(request)
    held = granting.accesses_of(entities, _key(request))
    return query.page(request, held, show=lambda access: access_view(entities, access))


async def add_access(request: Request) -> Response:
    """By one permission that one was given; by none for an open offering of a private endpoint."""
    key, entities = _key(request), entities_of(request)
    body = await body_of(request, ACCESS)
    permission = _permission(request, body.get("permission"))
    for id_ in body["offerings"]:
        _require_offering(request, key, permission, id_)
    held = {(access["permission"], access["offering"]) for access in granting.accesses_of(entities, key)}
    for id_ in body["offerings"]:
        if (body.get("permission"), id_) in held:
            raise conflict(f"La clé a déjà cet accès : {id_}")
    for id_ in body["offerings"]:
        access = {"permission": body.get("permission"), "offering": id_, "private": {"key": key["_id"]}}
        entities.add("accesses", access)
    return Response(None, EA3_EMPTY)


def _permission(request: Request, id_: str | None) -> Entity | None:
    if id_ is None:
        return None
    for permission in granted(request):
        if permission["_id"] == id_:
            return permission
    raise not_found(f"Permission inconnue : {id_}")


def _require_offering(request: Request, key: Entity, permission: Entity | None, id_: str) -> None:
    entities = entities_of(request)
    offering = rights.found(request, "offerings", id_)
    endpoint = entities.get("endpoint", offering["endpoint"]["_id"])
    if endpoint and endpoint["open"]:
        raise bad(f"L'offre {offering['layer_name']} est sur un point d'accès ouvert, sans clé")
    if permission is None:
        if not offering["open"]:
            raise forbidden(f"L'offre {offering['layer_name']} demande une permission")
        return
    if id_ not in {told["_id"] for told in permission["offerings"]}:
        raise forbidden(f"La permission n'est pas pour l'offre {offering['layer_name']}")
    if permission.get("only_oauth") and key["type"] != "OAUTH2":
        raise bad("Cette permission demande une clé OAUTH2")


async def remove_access(request: Request) -> Response:
    entities, wanted = entities_of(request), request.path_params["access"]
    if wanted not in {access["_id"] for access in granting.accesses_of(entities, _key(request))}:
        raise not_found(f"Accès inconnu : {wanted}")
    entities.remove("accesses", wanted)
    return Response(None, EA3_EMPTY)


_ONE = "/users/me/keys/{key}"
ROUTES = [
    route("/users/me/keys", GET=index, POST=create),
    route(_ONE, GET=detail, PATCH=change, DELETE=delete),
    route(_ONE + "/accesses", GET=accesses, POST=add_access),
    route(_ONE + "/accesses/{access}", DELETE=remove_access),
]
