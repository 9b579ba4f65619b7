"""The toolbar and menu of QGIS Desktop: the operations of the toolbox, one click nearer."""

from qgis.core import QgsApplication, QgsProcessingFeatureSourceDefinition, QgsVectorLayer
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import QAction, QMenu

from ..i18n import _
from . import journal
from .operation import DOCUMENTATION, ICONS

TITLE = "GeoCollab"
ON_TOOLBAR = (
    "checkconnection",
    "downloadreports",
    "viewreports",
    "replytoreports",
    "createreports",
    "selectlinked",
    "followreports",
    "mapreports",
    "reportstatistics",
)


class Menu:
    """Made by `initGui`, removed by `unload`."""

    def __init__(self, iface):
        self._iface = iface
        self._toolbar = iface.addToolBar(TITLE)
        self._toolbar.setObjectName("GeoCollabToolBar")
        self._actions, self._groups = [], {}
        operations = QgsApplication.processingRegistry().providerById("geocollab").algorithms()
        by_name = {}
        for operation in sorted(operations, key=lambda found: (found.group(), found.displayName())):
            action = QAction(operation.icon(), f"{operation.displayName()}…", iface.mainWindow())
            action.triggered.connect(self._opener(operation.id()))
            self._group(operation.group()).addAction(action)
            by_name[operation.name()] = action
        self._add(QIcon(), _("Open the log file"), self._open_log)
        self._add(QIcon(str(ICONS / "geocollab.svg")), _("Help"), self._open_help)
        for name in ON_TOOLBAR:
            self._toolbar.addAction(by_name[name])

    def remove(self):
        """Leave nothing behind: the plugin may be loaded again in the same window."""
        for action in self._actions:
            self._iface.removePluginMenu(TITLE, action)
            action.deleteLater()
        for menu in self._groups.values():
            self._iface.removePluginMenu(TITLE, menu.menuAction())
            for action in menu.actions():
                action.deleteLater()
            menu.deleteLater()
        self._iface.mainWindow().removeToolBar(self._toolbar)
        self._toolbar.deleteLater()

    def _group(self, title):
        """The menu of one group of operations."""
        if title not in self._groups:
            menu = QMenu(title, self._iface.mainWindow())
            self._groups[title] = menu
            self._iface.addPluginToMenu(TITLE, menu.menuAction())
        return self._groups[title]

    def _add(self, icon, title, act):
        action = QAction(icon, title, self._iface.mainWindow())
        action.triggered.connect(act)
        self._iface.addPluginToMenu(TITLE, action)
        self._actions.append(action)

    def _opener(self, algorithm_id):
        def open_dialog():
            import processing

            processing.execAlgorithmDialog(algorithm_id, self._selection(algorithm_id))

        return open_dialog

    def _selection(self, algorithm_id):
        """What is selected in the active layer, for an operation on features: it is most likely meant."""
        layer = self._iface.activeLayer()
        operation = QgsApplication.processingRegistry().algorithmById(algorithm_id)
        takes = operation.parameterDefinition("INPUT") is not None
        if not takes or not isinstance(layer, QgsVectorLayer) or not layer.selectedFeatureCount():
            return {}
        return {"INPUT": QgsProcessingFeatureSourceDefinition(layer.id(), True)}

    @staticmethod
    def _open_log():
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(journal.path())))

    @staticmethod
    def _open_help():
        QDesktopServices.openUrl(QUrl(DOCUMENTATION))
