"""A service as it is wished, and as it is (contract 3.12, 3.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ....client.entrepot.datastores import Endpoint
from ....client.entrepot.files import GEOSERVER_STYLE
from ....client.entrepot.urls import Url
from ..styles.styling import Sheet

CREATED, UPDATED, UNCHANGED = STATES = ("created", "updated", "unchanged")

Body = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A service as it is wished. What is not said (None, "", ()) is as it was before, or as the server likes it.

    `endpoint` is the id of the endpoint for a service that is not there yet; `metadata` are links `{format, url,
    type}`, in addition to those that are there; `sheets` the styles of its tables, which become its statics; `statics`
    are ids, by table, of styles of the datastore that are used as they are.
    """

    type: str
    name: str
    layer_name: str
    type_infos: Mapping[str, Any]
    endpoint: str = ""
    open: bool = True
    attribution: Optional[Mapping[str, Any]] = None
    metadata: Sequence[Mapping[str, Any]] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    sheets: Sequence[Sheet] = ()
    statics: Mapping[str, str] = field(default_factory=dict)

    @property
    def chosen(self) -> dict[tuple[str, str], str]:
        """`statics` as `bodies.dressed` takes them."""
        return {(GEOSERVER_STYLE, table): id for table, id in self.statics.items()}

    def at(self, endpoint: Endpoint) -> Service:
        """The same on this endpoint. On a restricted one a key needs a permission (contract 3.13)."""
        return replace(self, endpoint=endpoint.id, open=endpoint.open)


@dataclass(frozen=True)
class Served:
    """A service that is published: ids, addresses, names of its layers there, what was done (one of STATES)."""

    configuration: str
    offering: str
    urls: tuple[Url, ...]
    layers: tuple[str, ...]
    status: str
    state: str
    open: bool


@dataclass(frozen=True)
class Place:
    """Where a service is to be: on a certain endpoint, or on a free one, open or restricted."""

    wanted: str = ""
    restricted: bool = False
