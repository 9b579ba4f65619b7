"""Permissions, keys and accesses as they depend on one another (contract 3.13 to 3.15).

permissions: `offerings` and `beneficiary` hold `_id` alone, `private` `datastore` and `type`. keys: `private` `user`
and `secret`. accesses: `permission` (id or None), `offering` (id), `private` `key`.
"""

from __future__ import annotations

from .entities import Entities, Entity


def remove_permission(entities: Entities, permission: Entity) -> None:
    """The accesses that used it go too."""
    for access in [a for a in entities.all("accesses") if a["permission"] == permission["_id"]]:
        entities.remove("accesses", access["_id"])
    entities.remove("permissions", permission["_id"])


def remove_key(entities: Entities, key: Entity) -> None:
    for access in accesses_of(entities, key):
        entities.remove("accesses", access["_id"])
    entities.remove("keys", key["_id"])


def accesses_of(entities: Entities, key: Entity) -> list[Entity]:
    return [access for access in entities.all("accesses") if access["private"]["key"] == key["_id"]]


def forget_offering(entities: Entities, offering: Entity) -> None:
    """An offering goes for good: its accesses go, and the permissions that were for it alone."""
    id_ = offering["_id"]
    for access in [a for a in entities.all("accesses") if a["offering"] == id_]:
        entities.remove("accesses", access["_id"])
    for permission in entities.all("permissions"):
        left = [other for other in permission["offerings"] if other["_id"] != id_]
        if not left:
            remove_permission(entities, permission)
        elif len(left) < len(permission["offerings"]):
            permission["offerings"] = left
            entities.save(permission)


def close_offering(entities: Entities, offering: Entity) -> None:
    """An open offering of a private endpoint is closed: accesses without permission vanish."""
    id_ = offering["_id"]
    for access in [a for a in entities.all("accesses") if a["offering"] == id_ and a["permission"] is None]:
        entities.remove("accesses", access["_id"])


def drop_stale_accesses(entities: Entities, permission: Entity) -> None:
    """Accesses to what a permission is no longer for."""
    allowed = {offering["_id"] for offering in permission["offerings"]}
    for access in entities.all("accesses"):
        if access["permission"] == permission["_id"] and access["offering"] not in allowed:
            entities.remove("accesses", access["_id"])
