"""Who am I: `GET /users/me` (contract 2.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from .. import reading
from ..paging import object_of
from .api import EspaceCo


@dataclass(frozen=True)
class Membership:
    """One community of a user; `role` is `member`, `admin`, `pending` or `invited`, `grids` the names of the zones."""

    community_id: int
    community_name: str
    role: str
    active: bool
    grids: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """A pending or invited member sees nothing of the community yet."""
        return self.active and self.role in ("member", "admin")


@dataclass(frozen=True)
class Me:
    """The account that signs the requests."""

    id: Optional[int]
    username: str
    email: str
    administrator: bool
    memberships: tuple[Membership, ...]
    raw: dict[str, Any] = field(repr=False, default_factory=dict)


def me(api: EspaceCo) -> Me:
    """The account and its communities; raises Unauthorized for nobody."""
    body = api.get("users/me")
    return Me(
        id=reading.integer(body.get("id")),
        username=reading.text(body.get("username")),
        email=reading.text(body.get("email")),
        administrator=body.get("administrator") is True,
        memberships=tuple(_memberships(body.get("communities_member"))),
        raw=body,
    )


def _memberships(value: Any) -> list[Membership]:
    found = []
    for entry in reading.objects(value):
        community = reading.integer(entry.get("community_id"))
        if community is None:
            continue
        found.append(
            Membership(
                community_id=community,
                community_name=reading.text(entry.get("community_name")) or str(community),
                role=reading.text(entry.get("role")),
                active=entry.get("active") is not False,
                grids=tuple(reading.names(entry.get("grids")) or reading.names(entry.get("emprises"))),
            )
        )
    return found


def usernames(api: EspaceCo, ids: list[int]) -> dict[int, str]:
    """The user names of these ids, asked in parallel: members are listed by id alone (contract 2.3)."""

    def ask(user: int) -> tuple[int, str]:
        body = object_of(api.session.send("GET", api.url(f"users/{user}")))
        return user, reading.text(body.get("username"))

    return dict(api.session.in_parallel(ask, ids))
