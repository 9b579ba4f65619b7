"""`/databases/{d}/transactions` (section 2.11)."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import Response

from .. import rights
from ..access import require_user
from ..assumptions import TRANSACTION_STATUSES, A32_transaction_status
from ..bodies import json_members
from ..errors import ApiError, bad, not_found
from ..paging import list_answer, listing, pick
from ..query import Query
from ..rows import MAX_INTEGER
from ..state import encode
from ..transactions import MEMBERS, Action, Writer
from ..wire import json_answer, route

FIELDS = ("id", "user_id", "user_name", "groups", "status", "comment", "message", "numrec", "started_at",
          "finished_at", "conflicts", "actions")  # fmt: skip
_later: set[asyncio.Task] = set()  # a task that nobody holds may vanish


async def create(request: Request) -> Response:
    """201 when committed, 200 with status `conflicting` when somebody was faster (A27, A32)."""
    user, sandbox = require_user(request), request.state.sandbox
    database = rights.require_database(sandbox.catalogue, user, request.path_params["database"])
    members = await json_members(request, MEMBERS)
    writer = Writer(sandbox.state, sandbox.rows, sandbox.catalogue, sandbox.clock, user, database)
    comment, actions = writer.read(members)
    plan = writer.plan(actions)
    transaction = writer.begin(comment)
    fault = getattr(request.state, "transaction_fault", None)
    if fault is None:
        writer.commit(transaction, plan)
    elif "status" in fault:
        transaction["numrec"] = None
        writer.end(transaction, fault["status"], fault["message"])
        writer.keep(transaction)
    else:
        writer.keep(transaction)
        late = _commit_late(writer, transaction, actions, fault["seconds"])
        if fault["pending"]:
            task = asyncio.create_task(_quietly(late))
            _later.add(task)
            task.add_done_callback(_later.discard)
        else:
            await late
    return json_answer(transaction, A32_transaction_status(transaction["status"]))


async def _commit_late(writer: Writer, transaction: dict, actions: list[Action], seconds: float) -> None:
    """What the fault `slow_transaction` asks: the numrec is taken, the rows are written later, as they are then."""
    await asyncio.sleep(seconds)
    try:
        plan = writer.plan(actions)
    except ApiError as error:
        transaction["numrec"] = None
        writer.end(transaction, "failed", error.message)
        writer.keep(transaction)
        raise
    writer.commit(transaction, plan)


async def _quietly(late) -> None:
    """The refusal of a transaction that was answered as pending is only told by `GET …/transactions/{id}`."""
    try:
        await late
    except ApiError:
        return


async def index(request: Request) -> Response:
    user, sandbox = require_user(request), request.state.sandbox
    database = rights.require_database(sandbox.catalogue, user, request.path_params["database"])
    query = listing(request, "comment", "started_at", "finished_at", "status", "user")
    first, limit = query.page()
    fields, order = query.fields(frozenset(FIELDS)), query.sort(frozenset({"id", "started_at", "finished_at"}))
    clauses, values = ["database = ?"], [database["id"]]
    if query.among("status", TRANSACTION_STATUSES):
        clauses.append("status = ?")
        values.append(query.text("status"))
    if query.text("comment") is not None:
        if len(query.text("comment")) > 1000:
            raise bad("comment : texte trop long")
        clauses.append("comment LIKE ?")
        values.append(query.text("comment"))
    if query.text("user") is not None:
        clauses.append("user = ?")
        values.append(query.integer("user"))
    for name, column in (("started_at", "started"), ("finished_at", "finished")):
        if query.text(name) is not None:
            clauses.append(f"{column} >= ?")
            values.append(query.timestamp(name))
    name, descending = order or ("id", True)
    column = {"id": "id", "started_at": "started", "finished_at": "finished"}[name]
    page, total = sandbox.rows.exchanges(
        " AND ".join(clauses), values, f"{column} {'DESC' if descending else 'ASC'}, id", first, limit
    )
    if fields is not None:
        page = [encode(pick(json.loads(body), fields)) for body in page]
    return list_answer(b"[" + b",".join(page) + b"]", first, len(page), total, limit)


async def detail(request: Request) -> Response:
    user, sandbox = require_user(request), request.state.sandbox
    database = rights.require_database(sandbox.catalogue, user, request.path_params["database"])
    wanted = request.path_params["transaction"]
    found, _ = sandbox.rows.exchanges("database = ? AND id = ?", [database["id"], min(wanted, MAX_INTEGER)], "id", 0, 1)
    if not found:
        raise not_found("Transaction inconnue")
    fields = Query(request, lists=("fields",)).fields(frozenset(FIELDS))
    return Response(encode(pick(json.loads(found[0]), fields)), 200, None, "application/json")


_ALL = "/databases/{database:int}/transactions"
ROUTES = [route(_ALL, GET=index, POST=create), route(_ALL + "/{transaction:int}", GET=detail)]
