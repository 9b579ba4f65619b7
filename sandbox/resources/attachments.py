"""`/reports/{id}/attachments` (section 2.5.5): any field names, four documents, the answer is the report (A19)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from .. import contributions
from ..access import require_user
from ..assumptions import MAX_ATTACHMENTS
from ..bodies import read_members
from ..clock import iso
from ..errors import ApiError, bad, not_found
from ..wire import route
from .reports import readable, report_answer


async def create(request: Request) -> Response:
    user, report, sandbox = require_user(request), readable(request), request.state.sandbox
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise ApiError(415, "multipart/form-data attendu")
    _, files = await read_members(request, ())
    if not contributions.is_author(user, report):
        contributions.require_reply(user, report)
    elif not contributions.is_open(report):
        contributions.require_change(user, report)
    if not files:
        raise bad("Aucun document")
    if len(report["attachments"]) + len(files) > MAX_ATTACHMENTS:
        raise bad(f"{MAX_ATTACHMENTS} documents au plus par signalement")
    now = sandbox.clock.now()
    contributions.attach(sandbox.state, report, files, now)
    report["updating_date"] = iso(now)
    sandbox.state.save_report(report)
    return report_answer(request, report, 201)


async def delete(request: Request) -> Response:
    user, report, sandbox = require_user(request), readable(request), request.state.sandbox
    wanted = request.path_params["attachment"]
    kept = [document for document in report["attachments"] if document["id"] != wanted]
    if len(kept) == len(report["attachments"]):
        raise not_found("Document inconnu")
    contributions.require_change(user, report)
    report["attachments"] = kept
    report["updating_date"] = iso(sandbox.clock.now())
    sandbox.state.delete_document(wanted)
    sandbox.state.save_report(report)
    return Response(None, 204)


ROUTES = [
    route("/reports/{report:int}/attachments", POST=create),
    route("/reports/{report:int}/attachments/{attachment:int}", DELETE=delete),
]
