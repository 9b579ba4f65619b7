"""The sandbox's own addresses: its journal, its fault switches, its OpenAPI document."""

from __future__ import annotations

import json
import re

from starlette.requests import Request
from starlette.responses import Response

from .assumptions import A1_API_ROOT
from .errors import bad
from .openapi import document
from .wire import json_answer, route


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


async def describe(request: Request) -> Response:
    return json_answer(document(request.state.sandbox.url))


ROUTES = [
    route("/_journal", GET=read_journal, DELETE=clear_journal),
    route("/_faults", GET=read_faults, PUT=replace_faults, POST=add_fault, DELETE=clear_faults),
    route("/openapi.json", GET=describe),
    route(A1_API_ROOT + "/doc", GET=describe),
]
