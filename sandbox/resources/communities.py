"""`/communities` and their members (sections 2.2, 2.3)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..access import require_member, require_user
from ..errors import not_found
from ..paging import listing, page_of, pick
from ..query import Query, like
from ..wire import json_answer, route
from ..world import groups

_FIELDS = frozenset(groups.GROUPS[375])
_ROLES = ("pending", "member", "admin", "invited")
_MEMBER_FIELDS = frozenset({"user_id", "community_id", "grids", "role", "active", "date", "profile"})


async def index(request: Request) -> Response:
    """The listed groups and one's own."""
    user = require_user(request)
    query = listing(request, "name", "description")
    own = {member.community_id for member in groups.affiliations(user.id)}
    found = [group for group in groups.GROUPS.values() if group["listed"] or group["id"] in own]
    for name in (name for name in ("name", "description") if query.text(name) is not None):
        pattern = like(query.text(name))
        found = [group for group in found if pattern.fullmatch(group[name] or "")]
    return page_of(query, found, _FIELDS)


def community(request: Request) -> dict:
    group = groups.GROUPS.get(request.path_params["community"])
    if group is None:
        raise not_found("Groupe inconnu")
    return group


async def detail(request: Request) -> Response:
    user = require_user(request)
    group = community(request)
    if not group["listed"]:
        require_member(user, group["id"])
    return json_answer(pick(group, Query(request, lists=("fields",)).fields(_FIELDS)))


def _member(member: groups.Member) -> dict:
    return {
        "user_id": member.user_id, "community_id": member.community_id, "grids": list(member.grids),
        "role": member.role, "active": member.active, "date": member.date,
    }  # fmt: skip


async def members(request: Request) -> Response:
    user = require_user(request)
    group = community(request)
    require_member(user, group["id"])
    query = listing(request, lists=("roles",))
    roles = query.among("roles", _ROLES) or _ROLES
    found = [_member(m) for m in groups.MEMBERS if m.community_id == group["id"] and m.role in roles]
    return page_of(query, found, _MEMBER_FIELDS)


async def member(request: Request) -> Response:
    user = require_user(request)
    group = community(request)
    require_member(user, group["id"])
    wanted = request.path_params["user"]
    found = next((m for m in groups.affiliations(wanted) if m.community_id == group["id"]), None)
    if found is None:
        raise not_found("Membre inconnu")
    return json_answer(pick(_member(found), Query(request, lists=("fields",)).fields(_MEMBER_FIELDS)))


ROUTES = [
    route("/communities", GET=index),
    route("/communities/{community:int}", GET=detail),
    route("/communities/{community:int}/members", GET=members),
    route("/communities/{community:int}/members/{user:int}", GET=member),
]
