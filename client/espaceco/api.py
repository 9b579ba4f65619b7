"""The Espace collaboratif as seen by one account."""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import urlsplit

from ..errors import MalformedAnswer
from ..session import Answer, Params, Session


class EspaceCo:
    """`root` is the API's URL (A1: it ends in `/gcms/api`, but any is taken), `site` that of the pages for people."""

    def __init__(self, session: Session, root: str, site: str = "") -> None:
        self.session = session
        self.root = root.rstrip("/")
        self.site = site.rstrip("/") or site_of(self.root)

    def url(self, path: str) -> str:
        return f"{self.root}/{path}"

    def get(self, path: str, params: Optional[Params] = None) -> dict[str, Any]:
        """One resource; raises MalformedAnswer if it is no object."""
        return object_of(self.session.get(self.url(path), params))


def site_of(root: str) -> str:
    """The site that belongs to an API's URL, unless the connection names another (contract 1.1)."""
    parts = urlsplit(root)
    return f"{parts.scheme}://{parts.netloc}"


def object_of(answer: Answer) -> dict[str, Any]:
    """The object that an answer holds; raises MalformedAnswer if it holds none."""
    body = answer.json()
    if not isinstance(body, dict):
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="an object was expected")
    return body
