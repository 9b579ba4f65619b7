"""`/users/me`: who asks, in which communities, with which rights (contract 3.1, 1.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import reading
from ..paging import Row
from .api import Entrepot
from .entities import id_of

RIGHTS = ("COMMUNITY", "UPLOAD", "PROCESSING", "ANNEX", "BROADCAST")


@dataclass(frozen=True)
class Membership:
    """A community one belongs to. `datastore` is the id of its datastore, "" if it has none."""

    community: str
    name: str
    technical_name: str
    datastore: str
    rights: frozenset[str]
    raw: Row = field(repr=False, compare=False)


@dataclass(frozen=True)
class Me:
    """The account, and the communities it belongs to."""

    id: str
    email: str
    name: str
    memberships: tuple[Membership, ...]
    raw: Row = field(repr=False, compare=False)


def me(api: Entrepot) -> Me:
    """The account. The supervisor of a community has all rights there."""
    body = api.get("users/me")
    id = reading.text(body.get("_id"))
    names = (reading.text(body.get("first_name")), reading.text(body.get("last_name")))
    members = (_membership(entry, id) for entry in reading.objects(body.get("communities_member")))
    return Me(id, reading.text(body.get("email")), " ".join(filter(None, names)), tuple(members), body)


def _membership(entry: Row, user: str) -> Membership:
    community = reading.mapping(entry.get("community"))
    boss = id_of(community.get("supervisor"))
    return Membership(
        community=reading.text(community.get("_id")),
        name=reading.text(community.get("name")),
        technical_name=reading.text(community.get("technical_name")),
        datastore=id_of(community.get("datastore")),
        rights=frozenset(RIGHTS if boss and boss == user else reading.names(entry.get("rights"))),
        raw=entry,
    )
