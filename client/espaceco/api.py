"""The Espace collaboratif as seen by one account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..session import Params, Session


class EspaceCo:
    """`root` is the API's URL (A1: it ends in `/gcms/api`, but any is taken), `site` that of the pages for people."""

    def __init__(self, session: Session, root: str, site: str = "") -> None:
        self.session = session
        self.root = root.rstrip("/")
        parts = urlsplit(self.root)
        self.site = (site or f"{parts.scheme}://{parts.netloc}").rstrip("/")

    def url(self, path: str) -> str:
        return f"{self.root}/{path}"

    def get(self, path: str, params: Params = None) -> Any:
        """The JSON of one resource."""
        return self.session.get(self.url(path), params).json()
