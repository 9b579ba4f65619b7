"""What is used and what is allowed (contract 3.3): bytes in storages, offerings on endpoints, keys, documents."""

from __future__ import annotations

from .entities import Entities, Entity
from .wire import conflict

_ROLES = {"uploads": ("uploads",), "annexes": ("annexes", "statics", "metadata")}
"""Whose sizes count in the storages of a datastore that hold no stored data."""


def endpoint_use(entities: Entities, datastore: Entity, endpoint: Entity) -> int:
    """Offerings of a datastore on an endpoint; records, on one that publishes records."""
    id_, own = endpoint["_id"], datastore["_id"]
    taken = datastore["private"]["endpoints"][id_]["taken"]
    if endpoint["type"] == "METADATA":
        return taken + sum(id_ in record["private"]["endpoints"] for record in entities.all("metadata", own))
    return taken + sum(offering["endpoint"]["_id"] == id_ for offering in entities.all("offerings", own))


def storage_use(entities: Entities, datastore: Entity, storage: Entity) -> int:
    """Bytes of a datastore in a storage."""
    own, role = datastore["_id"], storage["private"]["role"]
    if role in _ROLES:
        return sum(_size(entity) for kind in _ROLES[role] for entity in entities.all(kind, own))
    stored = entities.all("stored_data", own)
    return sum(_size(data) for data in stored if data["private"].get("storage") == storage["_id"])


def _size(entity: Entity) -> int:
    """Some kinds do not show theirs."""
    return entity.get("size") or entity["private"].get("size") or 0


def endpoint_quota(datastore: Entity, endpoint: Entity) -> int:
    return datastore["private"]["endpoints"][endpoint["_id"]]["quota"]


def storage_quota(datastore: Entity, storage: Entity) -> int:
    return datastore["private"]["storages"][storage["_id"]]["quota"]


def require_endpoint(entities: Entities, datastore: Entity, endpoint: Entity, more: int = 1) -> None:
    """409 where an endpoint is full."""
    quota = endpoint_quota(datastore, endpoint)
    if endpoint_use(entities, datastore, endpoint) + more > quota:
        raise conflict(f"Quota du point d'accès {endpoint['technical_name']} atteint : {quota}")


def require_storage(entities: Entities, datastore: Entity, storage: Entity, more: int) -> None:
    """409 where so many more bytes do not fit into a storage."""
    quota = storage_quota(datastore, storage)
    if storage_use(entities, datastore, storage) + more > quota:
        raise conflict(f"Quota du stockage {storage['name']} dépassé : {quota} octets")


def require_delivery(entities: Entities, more: int) -> None:
    """409 where so many more bytes are over what the organization may deliver, in all its datastores together."""
    used = sum(_size(upload) for upload in entities.all("uploads"))
    for organization in entities.all("organization"):
        quota = organization.get("uploads_quota")
        if quota is not None and used + more > quota:
            raise conflict(f"Quota de livraison de l'organisation {organization['name']} dépassé : {quota} octets")


def storage_for(entities: Entities, datastore: Entity, role: str) -> Entity:
    """The storage of a datastore for `uploads` or `annexes`."""
    return next(storage for storage in storages(entities, datastore) if storage["private"]["role"] == role)


def storages(entities: Entities, datastore: Entity) -> list[Entity]:
    return [storage for storage in entities.all("storage") if storage["_id"] in datastore["private"]["storages"]]


def endpoints(entities: Entities, datastore: Entity) -> list[Entity]:
    return [endpoint for endpoint in entities.all("endpoint") if endpoint["_id"] in datastore["private"]["endpoints"]]
