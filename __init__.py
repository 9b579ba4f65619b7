"""GeoCollab: IGN's Espace collaboratif and the Géoplateforme as QGIS Processing operations."""

import sys

# When QGIS loads the plugin again (an update, a reload), it has forgotten this package but not all that is in it: parts
# of the old code beside the new would not know each other.
for _stale in [name for name in sys.modules if name.startswith(f"{__name__}.")]:
    del sys.modules[_stale]


def classFactory(iface):  # noqa: N802 - QGIS looks for this name
    """The plugin; `iface` is None in qgis_process and in servers."""
    from .provider.plugin import GeoCollabPlugin

    return GeoCollabPlugin(iface)
