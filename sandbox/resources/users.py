"""`/users` (section 2.1): who am I, and the people behind the ids."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..access import require_user
from ..errors import not_found
from ..paging import listing, page_of, pick
from ..query import Query, like
from ..wire import json_answer, route
from ..world import groups
from ..world.people import BY_ID, USERS, User

_SEARCHED = ("username", "surname", "firstname", "email")


def public(user: User) -> dict:
    return {
        "id": user.id, "email": user.email, "username": user.username, "firstname": None, "surname": user.description,
        "description": user.description, "administrator": False,
    }  # fmt: skip


def myself(user: User) -> dict:
    """A20: grids are given as `grids` and as `emprises`, the profile as a list per member and as an object on top."""
    members = groups.affiliations(user.id)
    first = next((m.community_id for m in members if groups.affiliation(user.id, m.community_id)), None)
    return {
        **public(user),
        "profile": {"community_id": first or 1, "themes": _themes(first)},
        "shared_themes": _shared(members),
        "communities_member": [_membership(member) for member in members],
    }


def _themes(community_id: int | None) -> list[dict]:
    return groups.GROUPS[community_id]["attributes"] if community_id else [groups.theme(1, "Route")]


def _membership(member: groups.Member) -> dict:
    return {
        "user_id": member.user_id,
        "community_id": member.community_id,
        "community_name": groups.GROUPS[member.community_id]["name"],
        "role": member.role,
        "active": member.active,
        "date": member.date,
        "grids": list(member.grids),
        "emprises": list(member.grids),
        "profile": [{"community_id": member.community_id, "themes": _themes(member.community_id)}],
        "shared_themes": _shared([member]),
    }


def _shared(members: list[groups.Member]) -> list[dict]:
    """The themes that other groups share into these, as whole forms."""
    return [
        {**shared, "themes": [groups.theme(shared["community_id"], name) for name in shared["themes"]]}
        for member in members
        for shared in groups.GROUPS[member.community_id]["shared_themes"]
    ]


async def me(request: Request) -> Response:
    user = require_user(request)
    answer = myself(user)
    query = Query(request, lists=("fields",))
    return json_answer(pick(answer, query.fields(frozenset(answer))))


async def index(request: Request) -> Response:
    require_user(request)
    query = listing(request, "search", *_SEARCHED)
    found = [public(user) for user in USERS]
    for name in (name for name in _SEARCHED if query.text(name) is not None):
        pattern = like(query.text(name))
        found = [user for user in found if pattern.fullmatch(user[name] or "")]
    if query.text("search") is not None:
        word = query.text("search").casefold()
        found = [user for user in found if any(word in (user[name] or "").casefold() for name in _SEARCHED)]
    return page_of(query, found, frozenset(public(USERS[0])))


async def detail(request: Request) -> Response:
    require_user(request)
    user = BY_ID.get(request.path_params["user"])
    if user is None:
        raise not_found("Utilisateur inconnu")
    answer = public(user)
    return json_answer(pick(answer, Query(request, lists=("fields",)).fields(frozenset(answer))))


ROUTES = [route("/users/me", GET=me), route("/users", GET=index), route("/users/{user:int}", GET=detail)]
