"""`/databases/{d}/tables/{t}/features` (section 2.10.5): pages of rows, one row by its key, destroyed ones too."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from .. import reading, rights
from ..errors import not_found
from ..paging import list_answer, pick
from ..query import Query
from ..state import encode
from ..wire import json_answer, route
from .databases import catalogue_of, readable


async def index(request: Request) -> Response:
    table, rows = readable(request), request.state.sandbox.rows
    query = Query(request, ("page", "limit"), ("fields",))
    first, limit = query.page()
    fields = query.fields(frozenset(table.members))
    ids = rows.ids(table)
    hidden = rights.hidden_columns(catalogue_of(request), request.state.user, table)
    bodies = reading.reprojected(table, rows.bodies(ids[first : first + limit]), None, hidden)
    if fields is not None:
        bodies = [encode(pick(json.loads(body), fields)) for body in bodies]
    return list_answer(reading.array(bodies), first, len(bodies), len(ids), limit)


async def detail(request: Request) -> Response:
    table = readable(request)
    query = Query(request, lists=("fields",))
    found = request.state.sandbox.rows.find(table, table.key_of(request.path_params["feature"]))
    if found is None:
        raise not_found("Objet inconnu")
    hidden = rights.hidden_columns(catalogue_of(request), request.state.user, table)
    row = {name: value for name, value in found[1].items() if name not in hidden}
    return json_answer(pick(row, query.fields(frozenset(table.members))))


_FEATURES = "/databases/{database:int}/tables/{table:int}/features"
ROUTES = [route(_FEATURES, GET=index), route(_FEATURES + "/{feature}", GET=detail)]
