"""Every entity of the Entrepôt: in memory, written through to one SQLite file; what it is made of lies in folders.

An entity is a JSON object as the API shows it, beside a member `private` that is never shown.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
from datetime import datetime, timezone
from pathlib import Path

from ..clock import Clock

Entity = dict


class Entities:
    """`folder` holds `entrepot.sqlite` and a folder for the files of each entity; it survives a restart."""

    def __init__(self, folder: Path, clock: Clock):
        self.root, self.clock = folder, clock
        folder.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(str(folder / "entrepot.sqlite"), isolation_level=None, check_same_thread=False)
        self.db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
            "CREATE TABLE IF NOT EXISTS entity (number INTEGER PRIMARY KEY, kind TEXT, id TEXT UNIQUE, "
            "datastore TEXT, body TEXT);"
        )
        self._kinds: dict[str, dict[str, Entity]] = {}
        self._datastores: dict[str, str | None] = {}
        for kind, id_, datastore, body in self.db.execute(
            "SELECT kind, id, datastore, body FROM entity ORDER BY number"
        ):
            self._kinds.setdefault(kind, {})[id_] = json.loads(body)
            self._datastores[id_] = datastore

    def close(self) -> None:
        self.db.close()

    def add(self, kind: str, body: Entity, datastore: str | None = None) -> Entity:
        """A new entity: `_id`, `creation` and `update` are given to it. `datastore` None: it belongs to none."""
        entity = {"_id": str(uuid.uuid4()), "creation": self.now(), "update": self.now(), **body}
        entity.setdefault("private", {})
        self._kinds.setdefault(kind, {})[entity["_id"]] = entity
        self._datastores[entity["_id"]] = datastore
        self.db.execute(
            "INSERT INTO entity (kind, id, datastore, body) VALUES (?, ?, ?, ?)",
            (kind, entity["_id"], datastore, json.dumps(entity)),
        )
        return entity

    def get(self, kind: str, id_: str, datastore: str | None = None) -> Entity | None:
        """The entity, None if there is none, or none in this datastore."""
        if datastore is not None and self._datastores.get(id_) != datastore:
            return None
        return self._kinds.get(kind, {}).get(id_)

    def save(self, entity: Entity, *, touched: bool = True) -> None:
        """Keep what was changed of an entity; `touched` moves its `update`."""
        if touched:
            entity["update"] = self.now()
        self.db.execute("UPDATE entity SET body = ? WHERE id = ?", (json.dumps(entity), entity["_id"]))

    def remove(self, kind: str, id_: str) -> None:
        """It is gone, with its files."""
        self._kinds.get(kind, {}).pop(id_, None)
        self._datastores.pop(id_, None)
        self.db.execute("DELETE FROM entity WHERE id = ?", (id_,))
        shutil.rmtree(self.root / kind / id_, ignore_errors=True)

    def all(self, kind: str, datastore: str | None = None) -> list[Entity]:
        """All of a kind, or those of a datastore, oldest first."""
        entities = self._kinds.get(kind, {}).values()
        return [e for e in entities if datastore is None or self._datastores[e["_id"]] == datastore]

    def datastore_of(self, id_: str) -> str | None:
        """The datastore that an entity belongs to."""
        return self._datastores.get(id_)

    def folder(self, kind: str, id_: str) -> Path:
        """Where the files of an entity lie; made if it is not there."""
        path = self.root / kind / id_
        path.mkdir(parents=True, exist_ok=True)
        return path

    def now(self) -> str:
        """As the server writes dates: ISO 8601, UTC, milliseconds."""
        moment = datetime.fromtimestamp(self.clock.now(), timezone.utc)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown(entity: Entity) -> Entity:
    """What the API shows of it."""
    return {name: value for name, value in entity.items() if name != "private"}
