"""The Espace collaboratif as seen by one account."""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import urlsplit

from ..paging import object_of
from ..session import Params, Session


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
