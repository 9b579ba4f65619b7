"""`/grids` (section 2.3); the geometry comes only when `fields` asks for it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..access import require_user
from ..errors import bad, not_found
from ..paging import listing, page_of, pick
from ..query import Query
from ..wire import json_answer, route
from ..world import grids

_PLAIN = tuple(grids.GRIDS["FR"])
_FIELDS = frozenset(_PLAIN) | {"geometry"}


async def index(request: Request) -> Response:
    require_user(request)
    query = listing(request, "text", "searchBy", "adm")
    if query.text("text") is None:
        raise bad("Le paramètre text est obligatoire")
    searched = (query.text("searchBy") or "name,title").split(",")
    if not set(searched) <= {"name", "title"}:
        raise bad("searchBy : name et title seulement")
    if query.text("adm") not in (None, "true", "false", "1", "0"):
        raise bad("adm : booléen attendu")
    word = query.text("text").strip("%").casefold()
    found = [grid for grid in grids.GRIDS.values() if any(word in grid[name].casefold() for name in searched)]
    if query.text("adm") in ("false", "0"):
        found = []  # every grid of the sandbox is an administrative one
    if "geometry" in (query.fields(_FIELDS) or ()):
        found = [{**grid, "geometry": grids.wkt(grid["name"])} for grid in found]
    return page_of(query, found, _FIELDS)


async def detail(request: Request) -> Response:
    require_user(request)
    grid = grids.GRIDS.get(request.path_params["name"])
    if grid is None:
        raise not_found("Emprise inconnue")
    fields = Query(request, lists=("fields",)).fields(_FIELDS)
    return json_answer(pick({**grid, "geometry": grids.wkt(grid["name"])}, fields or list(_PLAIN)))


ROUTES = [route("/grids", GET=index), route("/grids/{name}", GET=detail)]
