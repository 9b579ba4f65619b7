"""`/stored_data` (données stockées): what processings made (contract 3.8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from .. import reading
from .api import Datastore
from .entities import Collection, Entity, ids_of

GENERATED, UNSTABLE = "GENERATED", "UNSTABLE"
IDLE = frozenset({"CREATED", "GENERATED", "UNSTABLE"})


class Relation(NamedTuple):
    """A table or view of a database: its columns by name with their types ("" where not said), its key."""

    name: str
    type: str
    attributes: dict[str, str]
    primary_key: tuple[str, ...]


@dataclass(frozen=True)
class Dependencies:
    """Ids and names of stored data: what uses this one, what it uses."""

    used_by: dict[str, str]
    uses: dict[str, str]


class StoredData(Entity):
    """A database, a pyramid, an archive: what services serve."""

    @property
    def type_infos(self) -> dict[str, Any]:
        return reading.mapping(self.raw.get("type_infos"))

    @property
    def srs(self) -> str:
        return reading.text(self.raw.get("srs"))

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The tables of a VECTOR-DB; columns may be given as object or list (EA7)."""
        return tuple(_relation(entry) for entry in reading.objects(self.type_infos.get("relations")))

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of a pyramid, as the server orders them."""
        return tuple(reading.names(self.type_infos.get("levels")))

    @property
    def tms(self) -> str:
        return reading.text(self.type_infos.get("tms"))

    @property
    def files_number(self) -> int:
        """How many files an archive has."""
        return reading.integer(self.type_infos.get("files_number")) or 0


stored_data = Collection(
    "stored_data",
    StoredData,
    ("name", "type", "status", "srs", "size", "tags", "creation", "last_event", "description", "edition"),
)


def dependencies(datastore: Datastore, id: str) -> Dependencies:
    """`GET …/dependencies`."""
    body = reading.mapping(datastore.session.get(stored_data.url(datastore, id, "dependencies")).json())
    return Dependencies(_named(body.get("used_by")), _named(body.get("use")))


def _named(value: Any) -> dict[str, str]:
    return {id: reading.text(entry.get("name")) for entry in reading.objects(value) for id in ids_of([entry])}


def _relation(entry: dict[str, Any]) -> Relation:
    return Relation(
        reading.text(entry.get("name")),
        reading.text(entry.get("type")) or "TABLE",
        dict(_columns(entry.get("attributes"))),
        tuple(reading.names(entry.get("primary_key"))),
    )


def _columns(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from ((str(name), reading.text(kind)) for name, kind in value.items())
    for item in value if isinstance(value, list) else []:
        about = item if isinstance(item, dict) else {"name": item}
        if reading.text(about.get("name")):
            yield reading.text(about["name"]), reading.text(about.get("type"))
