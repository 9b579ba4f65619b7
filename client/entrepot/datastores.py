"""`/datastores/{id}`: quotas, endpoints, storages, prefixes (contract 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

from .. import reading
from ..paging import Row
from .api import Datastore, Entrepot, segment
from .entities import id_of, ids_of
from .urls import Url, urls_of


@dataclass(frozen=True)
class Endpoint:
    """A point d'accès of a datastore. `use` offerings of `quota` are there (None: no limit)."""

    id: str
    name: str
    technical_name: str
    type: str
    open: bool
    urls: tuple[Url, ...]
    use: int
    quota: Optional[int]
    force_metadata: bool
    force_attribution: bool
    raw: Row = field(repr=False, compare=False)

    @property
    def free(self) -> bool:
        return self.quota is None or self.use < self.quota


@dataclass(frozen=True)
class Storage:
    """A storage; `kind` is `data`, `uploads` or `annexes`; `use` and `quota` in bytes."""

    id: str
    name: str
    type: str
    kind: str
    labels: frozenset[str]
    use: int
    quota: Optional[int]

    @property
    def free(self) -> Optional[int]:
        """Bytes left, None without limit."""
        return None if self.quota is None else self.quota - self.use


@dataclass(frozen=True)
class Info:
    """What a datastore is and has."""

    id: str
    name: str
    technical_name: str
    community: str
    endpoints: tuple[Endpoint, ...]
    storages: tuple[Storage, ...]
    processings: tuple[str, ...]
    checks: tuple[str, ...]
    layer_name_prefix: str
    metadata_prefix: str
    raw: Row = field(repr=False, compare=False)


@dataclass(frozen=True)
class Organization:
    """Who a community belongs to; `uploads_quota` in bytes, for all its datastores together (None: not said)."""

    id: str
    name: str
    uploads_quota: Optional[int]


def organization_of(api: Entrepot, community: str) -> Optional[Organization]:
    """The organization of a community, None if it tells of none. Two requests, for the quota is a list's alone."""
    told = reading.mapping(api.get(f"communities/{segment(community)}").get("organization"))
    id, name = reading.text(told.get("_id")), reading.text(told.get("name"))
    if not id:
        return None
    query = [("name", name), ("fields", "name,uploads_quota")] if name else [("fields", "name,uploads_quota")]
    listed = api.listed("catalogs/organizations", query)
    found = next((row for row in listed if reading.text(row.get("_id")) == id), {})
    return Organization(id, name or reading.text(found.get("name")), reading.integer(found.get("uploads_quota")))


def get(datastore: Datastore) -> Info:
    """`GET /datastores/{id}`; Forbidden or NotFound for who does not belong to it."""
    return info_of(datastore.id, datastore.api.get(f"datastores/{segment(datastore.id)}"))


def info_of(id: str, body: Row) -> Info:
    """A datastore as it is read."""
    storages = reading.mapping(body.get("storages"))
    return Info(
        id=id,
        name=reading.text(body.get("name")),
        technical_name=reading.text(body.get("technical_name")),
        community=id_of(body.get("community")),
        endpoints=tuple(_endpoint(entry) for entry in reading.objects(body.get("endpoints"))),
        storages=tuple(
            _storage(entry, kind)
            for kind, names in _STORAGES.items()
            for name in names
            for entry in reading.objects(storages.get(name))
        ),
        processings=tuple(ids_of(body.get("processings"))),
        checks=tuple(ids_of(body.get("checks"))),
        layer_name_prefix=reading.text(body.get("configuration_layer_name_prefix")),
        metadata_prefix=reading.text(body.get("metadata_file_identifier_prefix")),
        raw=body,
    )


_STORAGES = {"data": ("data",), "uploads": ("uploads", "upload"), "annexes": ("annexes", "annexe")}
"""Older answers use the singular (contract 3.3)."""


def _endpoint(entry: Row) -> Endpoint:
    body = reading.mapping(entry.get("endpoint"))
    return Endpoint(
        id=reading.text(body.get("_id")),
        name=reading.text(body.get("name")),
        technical_name=reading.text(body.get("technical_name")),
        type=reading.text(body.get("type")),
        open=reading.flag(body.get("open"), True),
        urls=urls_of(body.get("urls")),
        use=reading.integer(entry.get("use")) or 0,
        quota=reading.integer(entry.get("quota")),
        force_metadata=reading.flag(body.get("force_metadata")),
        force_attribution=reading.flag(body.get("force_attribution")),
        raw=body,
    )


def _storage(entry: Row, kind: str) -> Storage:
    body = reading.mapping(entry.get("storage"))
    return Storage(
        id=reading.text(body.get("_id")),
        name=reading.text(body.get("name")),
        type=reading.text(body.get("type")),
        kind=kind,
        labels=frozenset(reading.names(body.get("labels"))),
        use=reading.integer(entry.get("use")) or 0,
        quota=reading.integer(entry.get("quota")),
    )
