"""`/communities` (contract 3.2): what a community is, who belongs to it, what happened there."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import not_found
from ...wire import route
from .. import events, query, rights
from ..assumptions import EA3_CREATED, EA3_EMPTY
from ..entities import Entity
from ..rights import entities_of
from ..views import community_view, user_view
from ..wire import ANY_TEXT, FLAG, ID, TEXT, answer, body_of, conflict, record
from ..words import RIGHTS

PATCH = record(name=TEXT, description=ANY_TEXT, contact=TEXT, supervisor=ID, public=FLAG)
MEMBER = record(
    ("rights",), rights={"type": "array", "items": {"type": "string", "enum": list(RIGHTS)}, "uniqueItems": True}
)
_MEMBERS = query.Listing(reads={"rights": lambda member: member["rights"]})
_FEED_KINDS = ("uploads", "stored_data", "configurations", "offerings")


async def detail(request: Request) -> Response:
    query.only(request)
    return answer(request, community_view(entities_of(request), rights.community(request)))


async def change(request: Request) -> Response:
    community, entities = rights.community(request, "COMMUNITY"), entities_of(request)
    changes = await body_of(request, PATCH)
    if "supervisor" in changes:
        community["private"]["supervisor"] = rights.found(request, "user", changes.pop("supervisor"))["_id"]
    community.update(changes)
    events.record(entities, community, "Modification", rights.account(request))
    return answer(request, community_view(entities, community))


async def members(request: Request) -> Response:
    community, entities = rights.community(request), entities_of(request)
    ids = {community["private"]["supervisor"]: [], **community["private"]["members"]}
    rows = [_member(entities.get("user", id_) or {}, held, community) for id_, held in ids.items()]
    return query.page(request, rows, _MEMBERS)


def _member(user: Entity, held: list[str], community: Entity) -> Entity:
    dates = {name: community[name] for name in ("creation", "update")}
    return {"rights": held, "user": user_view(user), **dates}


async def set_member(request: Request) -> Response:
    """Adds or modifies."""
    community = rights.community(request, "COMMUNITY")
    user = rights.found(request, "user", request.path_params["user"])
    held = (await body_of(request, MEMBER))["rights"]
    is_new = user["_id"] not in community["private"]["members"]
    community["private"]["members"][user["_id"]] = held
    events.record(entities_of(request), community, "Membre", rights.account(request), user["last_name"])
    return answer(request, _member(user, held, community), EA3_CREATED if is_new else 200)


async def remove_member(request: Request) -> Response:
    community, wanted = rights.community(request, "COMMUNITY"), request.path_params["user"]
    if wanted == community["private"]["supervisor"]:
        raise conflict("Le superviseur ne peut être retiré de sa communauté")
    if community["private"]["members"].pop(wanted, None) is None:
        raise not_found(f"Membre inconnu : {wanted}")
    events.record(entities_of(request), community, "Départ", rights.account(request))
    return Response(None, EA3_EMPTY)


async def members_activity(request: Request) -> Response:
    return _feed(request, [rights.community(request)], "users")


async def permissions_activity(request: Request) -> Response:
    community, entities = rights.community(request), entities_of(request)
    given = [p for p in entities.all("permissions") if p["beneficiary"]["_id"] == community["_id"]]
    return _feed(request, given, "permissions")


async def public_activity(request: Request) -> Response:
    """By technical name, for everybody: what is marked `public_activity`."""
    entities, wanted = entities_of(request), request.path_params["community"]
    community = next((c for c in entities.all("community") if c["technical_name"] == wanted), None)
    if community is None:
        raise not_found(f"Communauté inconnue : {wanted}")
    datastore = community["private"].get("datastore")
    sources = [e for kind in _FEED_KINDS for e in (entities.all(kind, datastore) if datastore else ())]
    return _feed(request, [source for source in sources if source.get("public_activity")], wanted)


def _feed(request: Request, sources: list[Entity], title: str) -> Response:
    asked = query.only(request, "before", "after")
    body = events.feed(entities_of(request), sources, title, asked.get("before"), asked.get("after"))
    return answer(request, body)


_ONE = "/communities/{community}"
ROUTES = [
    route(_ONE, GET=detail, PATCH=change),
    route(_ONE + "/activity", GET=public_activity),
    route(_ONE + "/permissions/activity", GET=permissions_activity),
    route(_ONE + "/users", GET=members),
    route(_ONE + "/users/activity", GET=members_activity),
    route(_ONE + "/users/{user}", PUT=set_member, DELETE=remove_member),
]
