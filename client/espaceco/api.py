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
        parts = urlsplit(self.root)
        self.site = (site or f"{parts.scheme}://{parts.netloc}").rstrip("/")

    def url(self, path: str) -> str:
        return f"{self.root}/{path}"

    def get(self, path: str, params: Optional[Params] = None) -> dict[str, Any]:
        """One resource; raises MalformedAnswer if it is no object."""
        return object_of(self.session.get(self.url(path), params))


def object_of(answer: Answer) -> dict[str, Any]:
    """The object that an answer holds; raises MalformedAnswer if it holds none."""
    body = answer.json()
    if not isinstance(body, dict):
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="an object was expected")
    return body
