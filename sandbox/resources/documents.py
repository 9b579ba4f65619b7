"""`/document/*` and `/georem/{id}` (section 1.1): what people open in a browser, outside the API's root."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from ..access import identify, may_read
from ..bodies import read_members
from ..errors import ApiError, bad, forbidden, not_found, unauthorised
from ..samples import samples, thumbnail
from ..statuses import LABELS
from ..wire import html_answer, json_answer, route

ROOT = ""


def _document(request: Request) -> tuple[dict, bytes]:
    document = request.state.sandbox.state.document(request.path_params["document"])
    if document is None:
        raise not_found("Document inconnu")
    content = document["content"]
    return document, samples()[document["sample"]].content if content is None else content


async def view(request: Request) -> Response:
    document, content = _document(request)
    return Response(content, 200, {"Content-Disposition": "inline"}, document["mime_type"])


async def download(request: Request) -> Response:
    document, content = _document(request)
    disposition = f"attachment; filename*=UTF-8''{quote(document['filename'])}"
    return Response(content, 200, {"Content-Disposition": disposition}, document["mime_type"])


async def small(request: Request) -> Response:
    document, _ = _document(request)
    if not document["mime_type"].startswith("image/"):
        raise not_found("Ce document n'a pas de vignette")
    return Response(thumbnail(document["sample"] == "evening"), 200, None, "image/png")


async def upload(request: Request) -> Response:
    """A document for a column of type Document (section 1.1): one file in the field `document`."""
    sandbox = request.state.sandbox
    user = identify(sandbox.state, request.headers.get("authorization"))
    if user is None:
        raise unauthorised()
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise ApiError(415, "multipart/form-data attendu")
    _, files = await read_members(request, (), field="document")
    if len(files) != 1:
        raise bad("Un seul fichier attendu, dans le champ document")
    number = sandbox.state.next_number("document")
    sandbox.state.add_document(number, 0, files[0].filename, files[0].mime_type, files[0].content)
    return json_answer({"id": number}, 201)


async def page(request: Request) -> Response:
    """The human page of a report, with everything escaped."""
    sandbox = request.state.sandbox
    report = sandbox.state.report(request.path_params["report"])
    if report is None:
        raise not_found("Signalement inconnu")
    user = identify(sandbox.state, request.headers.get("authorization"))
    if not may_read(user, report):
        raise forbidden("Signalement d'un autre groupe") if user else unauthorised()
    facts = {
        "Statut": LABELS[report["status"]],
        "Commune": (report["commune"] or {}).get("title", "inconnue"),
        "Ouvert le": report["opening_date"],
        "Auteur": (report["author"] or {}).get("username", "inconnu"),
        "Message": report["comment"],
    }
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    replies = "".join(f"<li>{escape(reply['content'] or '')}</li>" for reply in report["replies"])
    title = f"Signalement {report['id']}"
    return html_answer(title, f"<h1>{title}</h1><dl>{rows}</dl><ol reversed>{replies}</ol>")


ROUTES = [
    route("/document/add", POST=upload),
    route("/document/image/{document:int}", GET=view),
    route("/document/download/{document:int}", GET=download),
    route("/document/thumbnail/{document:int}", GET=small),
    route("/georem/{report:int}", GET=page),
]
