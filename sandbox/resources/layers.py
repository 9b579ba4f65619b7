"""`/communities/{c}/layers` (section 2.8) and `/geoservices` (2.9)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..access import require_member, require_user
from ..errors import forbidden, not_found
from ..paging import listing, page_of, pick
from ..query import Query, like
from ..rights import communities
from ..wire import json_answer, on_site, route
from ..world.geoservices import GEOSERVICES
from .communities import community

_FIELDS = frozenset({"id", "type", "table", "database", "geoservice", "order", "opacity", "visibility", "role",
                     "snapto", "preferred_style", "tools", "ref_tools"})  # fmt: skip
_SERVICE = frozenset(GEOSERVICES[71])


def _layers(request: Request) -> list[dict]:
    """The layers of the group of the path, for its members."""
    user = require_user(request)
    group = community(request)
    require_member(user, group["id"])
    return request.state.sandbox.catalogue.layers[group["id"]]


async def index(request: Request) -> Response:
    found = _layers(request)
    return page_of(listing(request), found, _FIELDS)


async def detail(request: Request) -> Response:
    found = next((layer for layer in _layers(request) if layer["id"] == request.path_params["layer"]), None)
    if found is None:
        raise not_found("Couche inconnue")
    return json_answer(pick(found, Query(request, lists=("fields",)).fields(_FIELDS)))


def _may_use(request: Request, service: dict) -> bool:
    allowed = service["allowed_communities"]
    return not allowed or any(member.community_id in allowed for member in communities(request.state.user))


async def services(request: Request) -> Response:
    require_user(request)
    query = listing(request, "title")
    found = [service for service in GEOSERVICES.values() if _may_use(request, service)]
    if query.text("title") is not None:
        pattern = like(query.text("title"))
        found = [service for service in found if pattern.fullmatch(service["title"])]
    return on_site(request, page_of(query, found, _SERVICE))


async def service(request: Request) -> Response:
    require_user(request)
    found = GEOSERVICES.get(request.path_params["geoservice"])
    if found is None:
        raise not_found("Géoservice inconnu")
    if not _may_use(request, found):
        raise forbidden("Ce géoservice est réservé à d'autres groupes")
    fields = Query(request, lists=("fields",)).fields(_SERVICE)
    return on_site(request, json_answer(pick(found, fields)))


_LAYERS = "/communities/{community:int}/layers"
ROUTES = [
    route(_LAYERS, GET=index),
    route(_LAYERS + "/{layer:int}", GET=detail),
    route("/geoservices", GET=services),
    route("/geoservices/{geoservice:int}", GET=service),
]
