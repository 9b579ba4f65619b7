"""`/databases`, their tables and columns (section 2.7), and how far their history goes (2.12)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from .. import rights
from ..access import require_user
from ..catalogue import Catalogue, Table
from ..errors import forbidden, not_found
from ..paging import listing, page_of, pick
from ..query import Query, like
from ..reading import box_condition
from ..wire import json_answer, on_site, route

_DATABASE = frozenset({
    "id", "name", "title", "database_type", "versioning", "conflict", "extent", "description", "full_download_allowed",
    "writable_time_range",
})  # fmt: skip
_DETAIL = _DATABASE | {"tables", "styles"}
_TABLE = frozenset({
    "id", "database_id", "database", "database_versioning", "name", "title", "description", "full_name", "id_name",
    "geometry_name", "crs", "extent", "min_zoom_level", "max_zoom_level", "tile_zoom_level", "read_only", "columns",
    "position", "thematic_ids", "style", "styles", "wfs", "wfs_transactions",
})  # fmt: skip


def catalogue_of(request: Request) -> Catalogue:
    return request.state.sandbox.catalogue


def readable(request: Request) -> Table:
    """The table of the path, or 401, 403, 404."""
    user, catalogue = require_user(request), catalogue_of(request)
    table = catalogue.table(request.path_params["database"], request.path_params["table"])
    rights.require_view(catalogue, user, table)
    return table


def described(request: Request, table: Table) -> dict:
    """The table as served to this user: without the columns that no group of his may see."""
    hidden = rights.hidden_columns(catalogue_of(request), request.state.user, table)
    columns = [column for column in table.served["columns"] if column["name"] not in hidden]
    return {**table.served, "columns": columns}


async def index(request: Request) -> Response:
    user = require_user(request)
    query = listing(request, "name", "title", "schema")
    found = rights.visible_databases(catalogue_of(request), user)
    for name, member in (("name", "name"), ("title", "title"), ("schema", "name")):
        if query.text(name) is not None:
            pattern = like(query.text(name))
            found = [database for database in found if pattern.fullmatch(database[member])]
    return page_of(query, found, _DATABASE)


async def detail(request: Request) -> Response:
    user, catalogue = require_user(request), catalogue_of(request)
    database = rights.require_database(catalogue, user, request.path_params["database"])
    seen = [table for table in catalogue.in_database(database["id"]) if rights.may_view(catalogue, user, table)]
    answer = {
        **database,
        "tables": [{name: table.served[name] for name in ("id", "name", "title")} for table in seen],
        "styles": [table.served["style"] for table in seen if table.served["style"]],
    }
    fields = Query(request, lists=("fields",)).fields(_DETAIL)
    return on_site(request, json_answer(pick(answer, fields)))


async def tables(request: Request) -> Response:
    user, catalogue = require_user(request), catalogue_of(request)
    database = rights.require_database(catalogue, user, request.path_params["database"])
    query = listing(request, "name", "title")
    found = [
        described(request, table)
        for table in catalogue.in_database(database["id"])
        if rights.may_view(catalogue, user, table)
    ]
    for name in (name for name in ("name", "title") if query.text(name) is not None):
        pattern = like(query.text(name))
        found = [table for table in found if pattern.fullmatch(table[name])]
    return on_site(request, page_of(query, found, _TABLE))


async def table(request: Request) -> Response:
    found = described(request, readable(request))
    fields = Query(request, lists=("fields",)).fields(_TABLE)
    return on_site(request, json_answer(pick(found, fields)))


async def columns(request: Request) -> Response:
    found = described(request, readable(request))["columns"]
    query = listing(request, "name")
    if query.text("name") is not None:
        pattern = like(query.text("name"))
        found = [column for column in found if pattern.fullmatch(column["name"])]
    return page_of(query, found, frozenset(column_members()))


async def column(request: Request) -> Response:
    found = described(request, readable(request))["columns"]
    wanted = next((item for item in found if item["id"] == request.path_params["column"]), None)
    if wanted is None:
        raise not_found("Colonne inconnue")
    fields = Query(request, lists=("fields",)).fields(frozenset(column_members()))
    return json_answer(pick(wanted, fields))


def column_members() -> tuple[str, ...]:
    from ..world.tables import column as made

    return tuple(made("", "String"))


async def max_numrec(request: Request) -> Response:
    """A bare number; 403 for a table without history."""
    table = readable(request)
    query = Query(request, ("bbox",))
    if not table.versioned:
        raise forbidden("Table non historisée")
    where, values = "1", []
    if query.text("bbox") is not None:
        where, values = box_condition(table, query.text("bbox"), table.srid)
    return json_answer(request.state.sandbox.rows.greatest([table.id], where=where, values=values))


async def database_max(request: Request, name: str) -> Response:
    """A33: not there, unless the `database_sequences` of `/_world` are switched on."""
    user, sandbox = require_user(request), request.state.sandbox
    catalogue: Catalogue = sandbox.catalogue
    Query(request)
    if not catalogue.database_sequences:
        raise not_found("Adresse inconnue")
    database = rights.require_database(catalogue, user, request.path_params["database"])
    if not database["versioning"]:
        raise forbidden("Base non historisée")
    if name == "numrec":
        return json_answer(sandbox.rows.greatest([item.id for item in catalogue.in_database(database["id"])]))
    return json_answer(sandbox.state.get(f"last_order_{database['id']}", 0))


async def database_max_numrec(request: Request) -> Response:
    return await database_max(request, "numrec")


async def database_max_order(request: Request) -> Response:
    return await database_max(request, "order")


_ONE = "/databases/{database:int}"
_TABLES = _ONE + "/tables/{table:int}"
ROUTES = [
    route("/databases", GET=index),
    route(_ONE, GET=detail),
    route(_ONE + "/tables", GET=tables),
    route(_TABLES, GET=table),
    route(_TABLES + "/columns", GET=columns),
    route(_TABLES + "/columns/{column:int}", GET=column),
    route(_TABLES + "/max-numrec", GET=max_numrec),
    route(_ONE + "/max-numrec", GET=database_max_numrec),
    route(_ONE + "/max-ordrefinevol", GET=database_max_order),
]
