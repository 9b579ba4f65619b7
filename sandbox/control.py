"""The sandbox's own addresses: its journal, its fault switches, its world, its OpenAPI document."""

from __future__ import annotations

import json
import re

from starlette.requests import Request
from starlette.responses import Response

from .assumptions import A1_API_ROOT
from .errors import bad
from .openapi import document
from .wire import json_answer, route
from .world import content


async def read_journal(request: Request) -> Response:
    try:
        entries = request.state.sandbox.journal.entries(request.query_params.get("path"))
    except re.error as error:
        raise bad(f"path : {error}") from None
    return json_answer(entries)


async def clear_journal(request: Request) -> Response:
    request.state.sandbox.journal.clear()
    return Response(None, 204)


async def read_faults(request: Request) -> Response:
    return json_answer(request.state.sandbox.faults.listed())


async def replace_faults(request: Request) -> Response:
    request.state.sandbox.faults.replace(await _json(request))
    return await read_faults(request)


async def add_fault(request: Request) -> Response:
    request.state.sandbox.faults.add(await _json(request))
    return await read_faults(request)


async def clear_faults(request: Request) -> Response:
    request.state.sandbox.faults.replace([])
    return Response(None, 204)


async def _json(request: Request):
    try:
        return json.loads(await request.body())
    except ValueError:
        raise bad("JSON attendu") from None


async def read_world(request: Request) -> Response:
    return json_answer(request.state.sandbox.catalogue.changes)


async def change_world(request: Request) -> Response:
    """One change of a table, a layer or a permission, as an administrator makes it behind the client's back."""
    sandbox, change = request.state.sandbox, await _json(request)
    sandbox.catalogue.change(change)
    if change["change"].startswith(("column_", "purged")):
        sandbox.rows.follow(sandbox.catalogue.tables[change["table"]], change)
    return await read_world(request)


async def reset_world(request: Request) -> Response:
    """Undo every change; the rows of tables whose columns had changed too, and what was written there is lost."""
    sandbox = request.state.sandbox
    for table in sandbox.catalogue.reset():
        content.refill(sandbox.state, sandbox.rows, table)
    return Response(None, 204)


async def describe(request: Request) -> Response:
    return json_answer(document(request.state.sandbox.url))


ROUTES = [
    route("/_journal", GET=read_journal, DELETE=clear_journal),
    route("/_faults", GET=read_faults, PUT=replace_faults, POST=add_fault, DELETE=clear_faults),
    route("/_world", GET=read_world, POST=change_world, DELETE=reset_world),
    route("/openapi.json", GET=describe),
    route(A1_API_ROOT + "/doc", GET=describe),
]
