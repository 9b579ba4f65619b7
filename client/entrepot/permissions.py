"""`/permissions`: who may use restricted services (contract 3.14)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any, Optional

from .. import reading
from ..paging import rows_of
from .api import Datastore
from .entities import Collection, Entity, id_of, ids_of


class Permission(Entity):
    """What lets a user or a community use restricted offerings."""

    @property
    def licence(self) -> str:
        return reading.text(self.raw.get("licence"))

    @property
    def end_date(self) -> str:
        return reading.text(self.raw.get("end_date"))

    @property
    def offerings(self) -> list[str]:
        return ids_of(self.raw.get("offerings"))

    @property
    def beneficiary(self) -> str:
        """The id of the user or community."""
        return id_of(self.raw.get("beneficiary"))


permissions = Collection("permissions", Permission)


def create(
    datastore: Datastore,
    licence: str,
    offerings: Iterable[str],
    *,
    users: Iterable[str] = (),
    communities: Iterable[str] = (),
    end: Optional[datetime] = None,
    only_oauth: bool = False,
) -> list[Permission]:
    """A permission for each user, or each community (EA14: `communities`)."""
    users, communities = list(users), list(communities)
    body: dict[str, Any] = {"licence": licence, "offerings": list(offerings), "only_oauth": only_oauth}
    body.update({"type": "ACCOUNT", "users": users} if users else {"type": "COMMUNITY", "communities": communities})
    if end is not None:
        body["end_date"] = end.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    answer = datastore.session.request("POST", permissions.url(datastore), json=body)
    return [permissions.entity(row) for row in rows_of(answer)]
