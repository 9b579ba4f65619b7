"""How the Entrepôt says that something failed: the usual body, and the three others that were met (contract 1.3)."""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from starlette.responses import Response

from ..errors import ApiError
from ..wire import error_answer, html_answer, json_answer
from .assumptions import API_ROOT

FORMS = ("list", "string", "message", "html")


def error_at(path: str, error: ApiError) -> Response:
    """The answer to a request for this path, in the form of the API that it belongs to."""
    return error_in("list", error) if path.startswith(API_ROOT + "/") else error_answer(error)


def error_in(form: str, error: ApiError) -> Response:
    """One of FORMS: a list of texts, one text, another key, a page of the gateway."""
    title = HTTPStatus(error.status).phrase
    if form == "html":
        return html_answer(title, f"<h1>{title}</h1><p>{escape(error.message)}</p>", error.status)
    reasons = list(getattr(error, "messages", (error.message,)))
    bodies = {
        "list": {"error": title, "error_description": reasons},
        "string": {"error": title, "error_description": " ; ".join(reasons)},
        "message": {"message": " ; ".join(reasons)},
    }
    return json_answer(bodies[form], error.status, error.headers)
