"""The pictures of styles, by their addresses: so that a project can be dressed without the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .database import Database


class Pictures:
    """Pictures of a store. `keep` belongs inside `store.atomic()`."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def get(self, addresses: Iterable[str]) -> dict[str, bytes]:
        """Those of these addresses that are kept."""
        found = {}
        for address in addresses:
            content = self._store.one("SELECT content FROM geocollab_picture WHERE address = ?", (address,))
            if content is not None:
                found[address] = bytes(content)
        return found

    def keep(self, pictures: Mapping[str, bytes]) -> None:
        """Keep these, each instead of what it was before."""
        self._store.connection.executemany("INSERT OR REPLACE INTO geocollab_picture VALUES (?, ?)", pictures.items())
