"""`/users/me/keys`, their accesses and the permissions one was given: the side of who consumes (contract 3.1, 3.15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional

from .. import reading
from ..errors import MalformedAnswer, keep_secret
from ..paging import object_of
from .api import Entrepot, segment
from .entities import Entity, id_of

TYPES = ("HASH", "BASIC", "HEADER", "OAUTH2")
EA15_PARAMETER = "apikey"
"""EA15: the name of a HASH key in the query, and of its header."""


class Key(Entity):
    """A key by which services are used."""

    @property
    def hash(self) -> str:
        """The secret of a HASH key."""
        return keep_secret(reading.text(reading.mapping(self.raw.get("type_infos")).get("hash")))


class Access(NamedTuple):
    """What lets a key reach an offering: the id of the permission, "" for an open offering of a private endpoint."""

    id: str
    permission: str
    offering: str
    raw: dict[str, Any]


def keys(api: Entrepot) -> list[Key]:
    """One's keys; their secrets come with `key` alone."""
    return [_key(row) for row in api.listed("users/me/keys")]


def key(api: Entrepot, id: str) -> Key:
    """One key, with what it is made of."""
    return _key(api.get(f"users/me/keys/{segment(id)}"))


def create_key(
    api: Entrepot,
    name: str,
    type: str,
    type_infos: Mapping[str, Any],
    *,
    whitelist: Iterable[str] = (),
    blacklist: Iterable[str] = (),
    user_agent: str = "",
    referer: str = "",
) -> Key:
    """A key (quota `keys_quota`); `whitelist` and `blacklist` are networks in CIDR form."""
    headers = reading.mapping(type_infos.get("headers"))
    for secret in (type_infos.get("hash"), type_infos.get("password"), *headers.values()):
        keep_secret(reading.text(secret))
    body: dict[str, Any] = {"name": name, "type": type, "type_infos": dict(type_infos)}
    body.update({"whitelist": list(whitelist), "blacklist": list(blacklist)})
    body.update({"user_agent": user_agent, "referer": referer})
    sent = {name: value for name, value in body.items() if value not in ("", [])}
    return _key(object_of(api.session.request("POST", api.url("users/me/keys"), json=sent)))


def change_key(api: Entrepot, id: str, changes: Mapping[str, Any]) -> None:
    """PATCH of `name`, `whitelist`, `blacklist`, `user_agent`, `referer`; type and secret never change."""
    api.session.request("PATCH", api.url(f"users/me/keys/{segment(id)}"), json=dict(changes), repeatable=True)


def accesses(api: Entrepot, key: str) -> list[Access]:
    """What a key reaches, in the order in which it was given."""
    return [
        Access(
            reading.text(row.get("_id")),
            id_of(row.get("permission")),
            id_of(row.get("offering")),
            row,
        )
        for row in api.listed(f"users/me/keys/{segment(key)}/accesses")
    ]


def create_access(api: Entrepot, key: str, offerings: Iterable[str], permission: Optional[str] = None) -> None:
    """Let a key reach offerings, by one permission; by none where the offering is open on a private endpoint."""
    body: dict[str, Any] = {"offerings": list(offerings)}
    if permission:
        body["permission"] = permission
    api.session.request("POST", api.url(f"users/me/keys/{segment(key)}/accesses"), json=body)


def granted(api: Entrepot) -> list[Entity]:
    """The permissions that one was given; `permission` says the addresses of their offerings."""
    return [_entity(row) for row in api.listed("users/me/permissions")]


def permission(api: Entrepot, id: str) -> Entity:
    """One of them, with `offerings[].urls`."""
    return _entity(api.get(f"users/me/permissions/{segment(id)}"))


def _key(row: dict[str, Any]) -> Key:
    return Key(_entity(row).id, row)


def _entity(row: dict[str, Any]) -> Entity:
    id = reading.text(row.get("_id"))
    if not id:
        raise MalformedAnswer(detail="an entity without _id")
    return Entity(id, row)
