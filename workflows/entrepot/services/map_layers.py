"""Published services as QGIS opens them: one layer for each thing that they show, with what their capabilities say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ....client.entrepot.urls import Url
from ....client.errors import NotFound
from ....client.espaceco.geoservices import Geoservice
from ....i18n import _
from ...layers.flows import Flow, NotOffered, flow_of
from .. import cartes
from ..verification.diffusion import Reader, root_of, text_of
from ..verification.verify_maps import tile_map_url

VECTOR_TILES = "vectortile"
MOST_DETAILED = 20
"""The last level of tiles that are made of a database on the fly."""
_OWN_ADDRESS = {"IgnoreGetMapUrl": "1", "IgnoreGetFeatureInfoUrl": "1"}
"""A key must go where we ask, not where the capabilities say (contract 3.15)."""


@dataclass(frozen=True)
class MapLayer:
    """A layer to be: the provider of QGIS, the settings of its source. Of a restricted one `authcfg` is among them."""

    title: str
    provider: str
    settings: dict[str, Any] = field(repr=False)

    def with_key(self, authcfg: str) -> MapLayer:
        """The same, asked for with a configuration of the QGIS authentication manager; no secret is in the source."""
        own = _OWN_ADDRESS if self.provider == "wms" and "type" not in self.settings else {}
        return replace(self, settings={**self.settings, **own, "authcfg": authcfg})


def map_layers(reader: Reader, type: str, layer_name: str, urls: Iterable[Url]) -> list[MapLayer]:
    """The layers that QGIS can show of a service, none for one that is no map.

    Raises NotOffered if the service does not list it (yet), ServiceError if it does not answer.
    """
    addresses = {url.type or _kind(url.url): url.url for url in urls}
    if type == "WFS":
        return _features(reader, layer_name, addresses.get("WFS", ""))
    if type == "VECTOR-TMS":
        return [_on_the_fly(url.url) for url in urls]
    if type == "WMTS-TMS":
        return _tiles(reader, layer_name, addresses)
    if type in ("WMS-VECTOR", "WMS-RASTER"):
        return [_picture(reader, "WMS", layer_name, addresses.get("WMS", ""))]
    return []


def _kind(url: str) -> str:
    """Of an address whose kind is not said (EA7)."""
    path = url.lower()
    return next((kind for kind in ("WFS", "WMTS", "TMS", "WMS") if kind.lower() in path), "")


def _features(reader: Reader, layer_name: str, url: str) -> list[MapLayer]:
    """One for each table."""
    answer = reader.get(cartes.capabilities_url("WFS", url))
    titles = {text_of(one, "Name"): text_of(one, "Title") for one in root_of(answer).iter("{*}FeatureType")}
    own = [name for name in titles if name.partition(":")[0] == layer_name]
    if not own:
        raise NotOffered(_("It offers no layer “{name}”.").format(name=layer_name))
    return [_map_layer(titles[name] or name, flow_of(_service("WFS", name, url), answer.content)) for name in own]


def _picture(reader: Reader, kind: str, layer_name: str, url: str) -> MapLayer:
    content = reader.get(cartes.capabilities_url(kind, url)).content
    return _map_layer(layer_name, flow_of(_service(kind, layer_name, url), content))


def _tiles(reader: Reader, layer_name: str, addresses: dict[str, str]) -> list[MapLayer]:
    """Tiles of vectors by TMS, pictures by WMTS."""
    about: Optional[Any] = None
    if "TMS" in addresses:
        address = tile_map_url(addresses["TMS"], layer_name)
        try:
            about = reader.xml(address)
        except NotFound:
            about = None
        form = None if about is None else about.find("{*}TileFormat")
        if about is not None and form is not None and form.get("extension") == "pbf":
            orders = [int(one.get("order")) for one in about.iter("{*}TileSet") if one.get("order", "").isdigit()]
            return [_vector_tiles(text_of(about, "Title") or layer_name, address, orders)]
    if "WMTS" not in addresses:
        raise NotOffered(_("It offers no layer “{name}”.").format(name=layer_name))
    return [_picture(reader, "WMTS", layer_name, addresses["WMTS"])]


def _on_the_fly(url: str) -> MapLayer:
    name = url.partition("/{z}")[0].rstrip("/").rpartition("/")[2]
    return _vector_tiles(name, url.partition("/{z}")[0].rstrip("/"), [0, MOST_DETAILED])


def _vector_tiles(title: str, address: str, levels: Sequence[int]) -> MapLayer:
    settings = {"type": "xyz", "url": f"{address}/{{z}}/{{x}}/{{y}}.pbf"}
    if levels:
        settings.update(zmin=str(min(levels)), zmax=str(max(levels)))
    return MapLayer(title, VECTOR_TILES, settings)


def _map_layer(title: str, flow: Flow) -> MapLayer:
    return MapLayer(title, flow.provider, dict(flow.settings))


def _service(kind: str, name: str, url: str) -> Geoservice:
    """As the layers of a group that are map services are told of."""
    return Geoservice(
        id=0, title=name, kind=kind, version="", description="", url=cartes.bare(url), layers=name, format="",
        extent="", min_zoom=None, max_zoom=None, attribution="", attribution_url="", raw={},
    )  # fmt: skip
