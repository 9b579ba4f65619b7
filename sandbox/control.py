"""The sandbox's own addresses: its journal, its fault switches, its world, the settings of its Entrepôt,
its OpenAPI document.
"""

from __future__ import annotations

import json
import re

from starlette.requests import Request
from starlette.responses import Response

from .assumptions import A1_API_ROOT
from .entrepot.world import ids_by_name
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


async def read_entrepot(request: Request) -> Response:
    """The settings of the Entrepôt, and the ids of what it has by name."""
    entrepot = request.state.sandbox.entrepot
    return json_answer({"settings": entrepot.settings.shown(), "ids": ids_by_name(entrepot.entities)})


async def change_entrepot(request: Request) -> Response:
    changes = await _json(request)
    if not isinstance(changes, dict):
        raise bad("Objet JSON attendu")
    request.state.sandbox.entrepot.settings.change(changes)
    return await read_entrepot(request)


async def reset_entrepot(request: Request) -> Response:
    """The settings are those of the start again; what was made stays."""
    request.state.sandbox.entrepot.reset_settings()
    return Response(None, 204)


async def set_entity(request: Request) -> Response:
    """Make an entity (`kind`, `datastore`, `set`), or change members of one (`id` too), behind the clients' back."""
    change, entities = await _json(request), request.state.sandbox.entrepot.entities
    if not isinstance(change, dict) or set(change) - {"kind", "datastore", "id", "set"} or "kind" not in change:
        raise bad("kind, datastore, id, set attendus")
    kind, members = change["kind"], change.get("set", {})
    if change.get("id") is None:
        return json_answer(entities.add(kind, members, change.get("datastore")))
    entity = entities.get(kind, change["id"])
    if entity is None:
        raise bad(f"{kind} : inconnu : {change['id']}")
    private = {**entity["private"], **members.get("private", {})}
    entity.update({**members, "private": private})
    entities.save(entity, touched=False)
    return json_answer(entity)


async def describe(request: Request) -> Response:
    return json_answer(document(request.state.sandbox.url))


ROUTES = [
    route("/_journal", GET=read_journal, DELETE=clear_journal),
    route("/_faults", GET=read_faults, PUT=replace_faults, POST=add_fault, DELETE=clear_faults),
    route("/_world", GET=read_world, POST=change_world, DELETE=reset_world),
    route("/_entrepot", GET=read_entrepot, PUT=change_entrepot, POST=set_entity, DELETE=reset_entrepot),
    route("/openapi.json", GET=describe),
    route(A1_API_ROOT + "/doc", GET=describe),
]
