"""What QGIS loads: the provider everywhere, a small menu where there is a window."""

from qgis.core import QgsApplication, QgsProject, QgsSettings
from qgis.PyQt.QtCore import QLocale

from .. import i18n
from . import journal
from .provider import GeoCollabProvider


class GeoCollabPlugin:
    """`iface` is None without a window (qgis_process, servers)."""

    def __init__(self, iface):
        self.iface = iface
        self.provider = None
        self.menu = None
        self.watcher = None
        i18n.use(user_language())

    def initProcessing(self):
        """Called by qgis_process too, where `initGui` is not."""
        journal.start()
        self.provider = GeoCollabProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self):
        self.initProcessing()
        from .groups.saving import Watcher
        from .menu import Menu

        self.menu = Menu(self.iface)
        self.watcher = Watcher(QgsProject.instance(), self.menu.messages)

    def unload(self):
        if self.watcher is not None:
            self.watcher.stop()
        if self.menu is not None:
            self.menu.remove()
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
        journal.stop()


def user_language():
    """The language of QGIS: the user's choice in its options, else the system's."""
    settings = QgsSettings()
    if settings.value("locale/overrideFlag", False, bool):
        return settings.value("locale/userLocale", "", str) or "en"
    return QLocale.system().name()
