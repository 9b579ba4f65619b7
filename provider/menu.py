"""The toolbar and menu of QGIS Desktop: the operations of the toolbox, one click nearer."""

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import QAction

from ..i18n import _
from . import journal
from .operation import DOCUMENTATION, ICONS

TITLE = "GeoCollab"
ON_TOOLBAR = ("checkconnection", "downloadreports", "mapreports", "reportstatistics", "clearreports")


class Menu:
    """Made by `initGui`, removed by `unload`."""

    def __init__(self, iface):
        self._iface = iface
        self._toolbar = iface.addToolBar(TITLE)
        self._toolbar.setObjectName("GeoCollabToolBar")
        self._actions = []
        operations = QgsApplication.processingRegistry().providerById("geocollab").algorithms()
        by_name = {}
        for operation in sorted(operations, key=lambda found: (found.group(), found.displayName())):
            title = f"{operation.displayName()}…"
            by_name[operation.name()] = self._add(operation.icon(), title, self._opener(operation.id()))
        self._add(QIcon(), _("Open the log file"), self._open_log)
        self._add(QIcon(str(ICONS / "geocollab.svg")), _("Help"), self._open_help)
        for name in ON_TOOLBAR:
            self._toolbar.addAction(by_name[name])

    def remove(self):
        """Leave nothing behind: the plugin may be loaded again in the same window."""
        for action in self._actions:
            self._iface.removePluginMenu(TITLE, action)
            action.deleteLater()
        self._iface.mainWindow().removeToolBar(self._toolbar)
        self._toolbar.deleteLater()

    def _add(self, icon, title, act):
        action = QAction(icon, title, self._iface.mainWindow())
        action.triggered.connect(act)
        self._iface.addPluginToMenu(TITLE, action)
        self._actions.append(action)
        return action

    @staticmethod
    def _opener(algorithm_id):
        def open_dialog():
            import processing

            processing.execAlgorithmDialog(algorithm_id, {})

        return open_dialog

    @staticmethod
    def _open_log():
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(journal.path())))

    @staticmethod
    def _open_help():
        QDesktopServices.openUrl(QUrl(DOCUMENTATION))
