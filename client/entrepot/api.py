"""The API Entrepôt as seen by one account, and one of its datastores."""

from __future__ import annotations

import re
from typing import Any, Optional

from ..errors import NotFound
from ..paging import Row, object_of, read_whole
from ..session import Params, Session

EA1_MAX_LIMIT = 50
"""EA1: nobody asks for more than 50 rows a page."""
_SEGMENT = re.compile(r"[0-9A-Za-z_-]{1,100}")


class Entrepot:
    """`root` is the API's URL (contract 1.1)."""

    def __init__(self, session: Session, root: str) -> None:
        self.session = session
        self.root = root.rstrip("/")

    def url(self, path: str) -> str:
        return f"{self.root}/{path}"

    def get(self, path: str, params: Params = None) -> Row:
        """One resource; raises MalformedAnswer if it is no object."""
        return object_of(self.session.get(self.url(path), params))

    def listed(self, path: str, query: Optional[list[tuple[str, Any]]] = None) -> list[Row]:
        """A whole list, all its pages; yes and no are `true` and `false` in the query."""
        pairs = [(name, str(value).lower() if isinstance(value, bool) else value) for name, value in query or []]
        return read_whole(self.session, self.url(path), pairs, limit=EA1_MAX_LIMIT)

    def datastore(self, id: str) -> Datastore:
        """A handle; nothing is asked."""
        return Datastore(self, id)


class Datastore:
    """A datastore (entrepôt) by its id: what all its collections are reached through."""

    def __init__(self, api: Entrepot, id: str) -> None:
        self.api = api
        self.id = id

    @property
    def session(self) -> Session:
        return self.api.session

    def path(self, path: str) -> str:
        """Below the API's root."""
        return f"datastores/{segment(self.id)}/{path}"

    def url(self, path: str) -> str:
        return self.api.url(self.path(path))


def segment(id: str) -> str:
    """An id as a part of a path; NotFound for what is none, which would make it another path."""
    if not _SEGMENT.fullmatch(id):
        raise NotFound(detail=f"{id!r} is not an id")
    return id
