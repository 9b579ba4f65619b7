"""Published services as layers of the project; where they need a key, with a configuration of QGIS that holds it."""

import time
from dataclasses import replace
from functools import partial
from urllib.parse import quote, urlencode

from qgis.core import QgsNetworkAccessManager, QgsRasterLayer, QgsVectorLayer, QgsVectorTileLayer
from qgis.PyQt.QtCore import QUrl

from ...i18n import _
from ..groups.geoservices import source
from ..project import layers

_VECTOR_TILES = "vectortile"
SERVICE = "geocollab/published"
"""A custom property: the source, by which a layer that is there already is known."""


class ServiceLayers:
    """Layers to be, `workflows.entrepot.services.map_layers.MapLayer`, in one group of the tree."""

    def __init__(self, entries, group=""):
        self._entries = list(entries)
        self._group = group

    def finish(self, context):
        """In the main thread, where QGIS asks the services: those that the project has not yet. Gives warnings."""
        warnings = []
        for entry in self._entries:
            uri = _uri(entry)
            present = context.project().mapLayers().values() if context.project() else ()
            if any(layer.customProperty(SERVICE) == uri for layer in present):
                continue
            layer = _opened(entry)
            if not layer.isValid():
                warnings.append(_("QGIS cannot open the map service “{title}”.").format(title=entry.title))
                continue
            layer.setCustomProperty(SERVICE, uri)
            context.temporaryLayerStore().addMapLayer(layer)
            layers.load(context, layer.id(), entry.title, "", partial(_begin, entry.title, self._group))
        return warnings


def _opened(entry):
    """The layer, valid or not."""
    _ask_anew(entry)
    layer = _layer(entry)
    if layer.isValid() or entry.provider != "WFS":
        return layer
    # newer versions also remember what a WFS offers, by its address, until they end
    url = entry.settings["url"]
    address = f"{url}{'&' if '?' in url else '?'}asked={time.time_ns()}"
    return _layer(replace(entry, settings={**entry.settings, "url": address}))


def _ask_anew(entry):
    """QGIS keeps the capabilities of a service for a day: what was published just now, or given to a key, is not there.

    In all forms in which it asks for them.
    """
    cache, url = QgsNetworkAccessManager.instance().cache(), str(entry.settings["url"])
    if cache is None or entry.provider == _VECTOR_TILES:
        return
    service = "WFS" if entry.provider == "WFS" else "WMS"
    asked = f"{url}{'&' if '?' in url else '?'}SERVICE={service}&REQUEST=GetCapabilities"
    cache.remove(QUrl(url))
    for version in ("", "&ACCEPTVERSIONS=2.0.0,1.1.0,1.0.0", "&VERSION=2.0.0", "&VERSION=1.3.0"):
        cache.remove(QUrl(asked + version))


def _layer(entry):
    uri = _uri(entry)
    if entry.provider == _VECTOR_TILES:
        return QgsVectorTileLayer(uri, entry.title)
    if entry.provider == "WFS":
        return QgsVectorLayer(uri, entry.title, "WFS")
    return QgsRasterLayer(uri, entry.title, entry.provider)


def _uri(entry):
    """The source; a configuration of QGIS stands for what is secret."""
    if entry.provider == _VECTOR_TILES:
        return urlencode(entry.settings, safe="/:{}", quote_via=quote)
    return source(entry)


def _begin(title, group, layer, project, _feedback):
    layer.setName(title)
    if group:
        root = project.layerTreeRoot()
        layers.place(layer, root, root.findGroup(group) or root.insertGroup(0, group), lambda child: True)
