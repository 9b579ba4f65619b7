"""Geoservices as layers of QGIS: pictures of WMTS and WMS, objects of WFS."""

from urllib.parse import quote, urlencode

from qgis.core import QgsDataSourceUri, QgsLayerMetadata, QgsRasterLayer, QgsVectorLayer

from .group_styles import apply_view


def without_tags(text):
    """A text of the server for QGIS's metadata, which are shown as HTML as they are."""
    return text.replace("<", "‹").replace(">", "›")


def qgis_layer(entry, flow):
    """The layer of QGIS for a layer of a community that is a geoservice; None if QGIS cannot open it.

    Made in the main thread, where QGIS asks the service what it offers.
    """
    geoservice = entry.geoservice
    kind = QgsVectorLayer if flow.provider == "WFS" else QgsRasterLayer
    made = kind(source(flow), geoservice.title, flow.provider)
    if not made.isValid():
        return None
    apply_view(made, geoservice.min_zoom, geoservice.max_zoom, entry.layer.opacity)
    about = QgsLayerMetadata()
    about.setTitle(without_tags(entry.title))
    about.setAbstract(without_tags(entry.description))
    about.setType("service")
    about.setRights([without_tags(geoservice.attribution)] if geoservice.attribution else [])
    made.setMetadata(about)
    return made


def source(flow):
    """The source of a flow, the key of a private one in it: not to be shown or logged."""
    if flow.provider == "WFS":
        uri = QgsDataSourceUri()
        for name, value in flow.settings.items():
            uri.setParam(name, value)
        return uri.uri(False)
    return urlencode(flow.settings, doseq=True, safe="/:", quote_via=quote)
