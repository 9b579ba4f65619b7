"""GeoCollab: IGN's Espace collaboratif and the Géoplateforme as QGIS Processing operations."""


def classFactory(iface):  # noqa: N802 - QGIS looks for this name
    """The plugin; `iface` is None in qgis_process and in servers."""
    from .provider.plugin import GeoCollabPlugin

    return GeoCollabPlugin(iface)
