"""`/reports/{id}/replies` (section 2.5.4): the answer is the reply, not the report."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from .. import contributions
from ..access import require_user
from ..bodies import read_members
from ..clock import iso
from ..errors import bad, forbidden, not_found
from ..wire import json_answer, route
from .reports import readable


async def create(request: Request) -> Response:
    user, report, sandbox = require_user(request), readable(request), request.state.sandbox
    members, files = await read_members(request, ("title", "content", "status"))
    contributions.require_reply(user, report)
    if files:
        raise bad("Une réponse ne porte pas de document")
    title, content = _text("title", members.get("title")), _text("content", members.get("content"))
    if not content:
        raise bad("content est obligatoire")
    now = sandbox.clock.now()
    status = contributions.set_status(report, members.get("status"), user, now)
    reply = {
        "report_id": report["id"], "id": sandbox.state.next_number("reply"),
        "author": {"id": user.id, "username": user.username, "email": user.email}, "title": title or None,
        "content": content, "status": status, "date": iso(now),
    }  # fmt: skip
    report["replies"].insert(0, reply)  # A16: newest first
    report["updating_date"] = iso(now)  # A10
    sandbox.state.save_report(report)
    return json_answer(reply, 201)


async def change(request: Request) -> Response:
    """PATCH: title or content, by who wrote the reply or a manager, while the report is open."""
    return await _changed(request, complete=False)


async def replace(request: Request) -> Response:
    return await _changed(request, complete=True)


async def _changed(request: Request, complete: bool) -> Response:
    user, report, sandbox = require_user(request), readable(request), request.state.sandbox
    members, _ = await read_members(request, ("title", "content"))
    reply = next((r for r in report["replies"] if r["id"] == request.path_params["reply"]), None)
    if reply is None:
        raise not_found("Réponse inconnue")
    own = (reply["author"] or {}).get("id") == user.id
    if not contributions.is_open(report) or not (own or contributions.is_manager(user, report)):
        raise forbidden("Cette réponse ne peut plus être modifiée, ou n'est pas la vôtre")
    if complete and not members.get("content"):
        raise bad("content est obligatoire")
    members = {"title": None, **members} if complete else members
    reply.update({name: _text(name, value) for name, value in members.items()})
    report["updating_date"] = iso(sandbox.clock.now())
    sandbox.state.save_report(report)
    return json_answer(reply)


def _text(name: str, value) -> str | None:
    if value is not None and not isinstance(value, str):
        raise bad(f"String for field {name} is invalid")
    return value


ROUTES = [
    route("/reports/{report:int}/replies", POST=create),
    route("/reports/{report:int}/replies/{reply:int}", PATCH=change, PUT=replace),
]
