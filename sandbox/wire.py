"""What handlers return, and the small ASGI pieces around Starlette."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .errors import ApiError
from .state import SITE

Handler = Callable[[Request], Awaitable[Response]]


def json_answer(value, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, headers, "application/json")


def on_site(request: Request, response: Response) -> Response:
    """The answer with the real address of the sandbox in its URLs; its length is counted on the way out."""
    response.body = response.body.replace(SITE.encode(), request.state.sandbox.url.encode())
    return response


def error_answer(error: ApiError) -> Response:
    return json_answer({"code": error.status, "message": error.message}, error.status, error.headers)


def html_answer(title: str, content: str, status: int = 200) -> Response:
    """A page; `content` is HTML, escaped by the caller."""
    page = f"<!DOCTYPE html><html lang='fr'><meta charset='utf-8'><title>{escape(title)}</title>{content}</html>"
    return Response(page.encode(), status, None, "text/html; charset=utf-8")


class Resource:
    """The handlers of one path, by method; another method is 405 with JSON (Starlette alone would say it in text)."""

    def __init__(self, **methods: Handler):
        self.methods = methods

    async def __call__(self, scope, receive, send) -> None:
        request = Request(scope, receive)
        handler = self.methods.get(request.method)
        if handler is None:
            raise ApiError(405, "Méthode non autorisée", {"Allow": ", ".join(self.methods)})
        response = await handler(request)
        await response(scope, receive, send)


def route(path: str, **methods: Handler) -> Route:
    """`route("/reports", GET=listing, POST=create)`."""
    return Route(path, Resource(**methods))
