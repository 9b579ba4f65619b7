"""`/configurations` and `/offerings`: how data is served, and where (contract 3.12, 3.13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

from .. import reading
from ..paging import object_of
from .api import Datastore
from .entities import Collection, Entity, id_of, ids_of
from .urls import Url, urls_of

TYPES = (
    "WFS", "WMS-VECTOR", "WMTS-TMS", "WMS-RASTER", "VECTOR-TMS", "DOWNLOAD", "ALTIMETRY", "SEARCH",
    "ITINERARY-ISOCURVE",
)  # fmt: skip
PUBLISHED, UNPUBLISHED, UNSTABLE = "PUBLISHED", "UNPUBLISHED", "UNSTABLE"
CHANGING = frozenset({"PUBLISHING", "MODIFYING", "UNPUBLISHING", "SYNCHRONIZING"})


class Configuration(Entity):
    """How data is served: a layer name, what of which data, in which style."""

    @property
    def layer_name(self) -> str:
        return reading.text(self.raw.get("layer_name"))

    @property
    def type_infos(self) -> dict[str, Any]:
        return reading.mapping(self.raw.get("type_infos"))

    @property
    def stored_data(self) -> list[str]:
        """The ids of the data it uses."""
        used = reading.objects(self.type_infos.get("used_data"))
        return ids_of([data.get("stored_data") for data in used])

    @property
    def metadata(self) -> list[dict[str, Any]]:
        return reading.objects(self.raw.get("metadata"))


class Offering(Entity):
    """A configuration on an endpoint: the service itself."""

    @property
    def layer_name(self) -> str:
        return reading.text(self.raw.get("layer_name"))

    @property
    def open(self) -> bool:
        return reading.flag(self.raw.get("open"))

    @property
    def configuration(self) -> str:
        return id_of(self.raw.get("configuration"))

    @property
    def endpoint(self) -> str:
        return id_of(self.raw.get("endpoint"))

    @property
    def urls(self) -> tuple[Url, ...]:
        return urls_of(self.raw.get("urls"))


configurations = Collection(
    "configurations",
    Configuration,
    ("name", "layer_name", "type", "status", "tags", "creation", "update", "last_event"),
)
offerings = Collection(
    "offerings",
    Offering,
    ("open", "layer_name", "type", "status", "endpoint", "configuration", "urls", "creation", "update"),
)


def create(
    datastore: Datastore,
    type: str,
    name: str,
    layer_name: str,
    type_infos: Mapping[str, Any],
    *,
    attribution: Optional[Mapping[str, Any]] = None,
    metadata: Iterable[Mapping[str, Any]] = (),
) -> Configuration:
    """A configuration, UNPUBLISHED. `layer_name` is unique on the whole platform for its type (Conflict)."""
    return configurations.create(datastore, body(type, name, type_infos, layer_name, attribution, metadata))


def body(
    type: str,
    name: str,
    type_infos: Mapping[str, Any],
    layer_name: str = "",
    attribution: Optional[Mapping[str, Any]] = None,
    metadata: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What POST and PUT take; PUT without `layer_name`, which never changes."""
    found: dict[str, Any] = {"type": type, "name": name, "type_infos": dict(type_infos)}
    if layer_name:
        found["layer_name"] = layer_name
    if attribution:
        found["attribution"] = dict(attribution)
    links = [dict(link) for link in metadata]
    if links:
        found["metadata"] = links
    return found


def offer(
    datastore: Datastore, configuration: str, endpoint: str, *, open: bool, permissions: Iterable[str] = ()
) -> Offering:
    """Publish a configuration on an endpoint of its type. EA9: `available` is never sent."""
    sent: dict[str, Any] = {"endpoint": endpoint, "open": open}
    ids = list(permissions)
    if ids:
        sent["permissions"] = ids
    url = configurations.url(datastore, configuration, "offerings")
    return offerings.entity(object_of(datastore.session.request("POST", url, json=sent)))


def offers(datastore: Datastore, configuration: str) -> list[Offering]:
    """The offerings of a configuration."""
    return offerings.list(datastore, configuration=configuration)


def synchronise(datastore: Datastore, offering: str) -> None:
    """Make the configuration, the styles and the data as they are now the live ones; an empty PUT."""
    datastore.session.request("PUT", offerings.url(datastore, offering))


def withdraw(datastore: Datastore, offering: str) -> None:
    """DELETE of an offering, sent once: a second one may be for good. After a lost answer read the status."""
    datastore.session.request("DELETE", offerings.url(datastore, offering), repeatable=False)
