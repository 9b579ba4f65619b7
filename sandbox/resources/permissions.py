"""`/permissions` (section 2.3): what a group may do to databases, tables and columns."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..access import require_member, require_user
from ..errors import bad, forbidden, not_found
from ..paging import listing, page_of
from ..wire import json_answer, route
from ..world import groups

_LEVELS = frozenset({"NONE", "VIEW", "EDIT"})


def _all(request: Request) -> list[dict]:
    return request.state.sandbox.catalogue.permissions


def _public(permission: dict) -> dict:
    return {name: value for name, value in permission.items() if name != "community"}


async def index(request: Request) -> Response:
    """The permissions of one's groups, of one of them with `community`."""
    user = require_user(request)
    query = listing(request, "community", "level")
    wanted = query.integer("community")
    if wanted is not None:
        require_member(user, wanted)
    levels = set(query.text("level").split(",")) if query.text("level") is not None else _LEVELS
    if not levels <= _LEVELS:
        raise bad("level : NONE, VIEW, EDIT")
    found = [
        _public(permission)
        for permission in _all(request)
        if groups.affiliation(user.id, permission["community"])
        and wanted in (None, permission["community"])
        and permission["level"] in levels
    ]
    return page_of(query, found, frozenset(_public(groups.PERMISSIONS[0])))


async def detail(request: Request) -> Response:
    user = require_user(request)
    found = next((p for p in _all(request) if p["id"] == request.path_params["permission"]), None)
    if found is None:
        raise not_found("Permission inconnue")
    if groups.affiliation(user.id, found["community"]) is None:
        raise forbidden("Permission d'un autre groupe")
    return json_answer(_public(found))


ROUTES = [route("/permissions", GET=index), route("/permissions/{permission:int}", GET=detail)]
