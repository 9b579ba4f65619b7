"""The toolbar and menu of QGIS Desktop: the operations of the toolbox, one click nearer."""

from functools import partial

from qgis.core import Qgis, QgsApplication, QgsProcessingFeatureSourceDefinition, QgsVectorLayer
from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import QAction, QActionGroup, QCheckBox, QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from ..i18n import _
from . import journal
from .groups import saving
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
    "loadgrouplayers",
    "refreshgrouplayers",
    "pushedits",
)


class Menu:
    """Made by `initGui`, removed by `unload`."""

    def __init__(self, iface):
        self._iface = iface
        self._toolbar = iface.addToolBar(TITLE)
        self._toolbar.setObjectName("GeoCollabToolBar")
        self._actions, self._groups = [], {}
        self.messages = Messages(iface)
        operations = QgsApplication.processingRegistry().providerById("geocollab").algorithms()
        by_name = {}
        for operation in sorted(operations, key=lambda found: (found.group(), found.displayName())):
            action = QAction(operation.icon(), f"{operation.displayName()}…", iface.mainWindow())
            action.triggered.connect(self._opener(operation.id()))
            self._group(operation.group()).addAction(action)
            by_name[operation.name()] = action
        self._add_modes()
        self._add(QIcon(), _("Open the log file"), self._open_log)
        self._add(QIcon(str(ICONS / "geocollab.svg")), _("Help"), self._open_help)
        for name in ON_TOOLBAR:
            self._toolbar.addAction(by_name[name])

    def remove(self):
        """Leave nothing behind: the plugin may be loaded again in the same window."""
        self.messages.remove()
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
        """The menu of this title, such as that of one group of operations."""
        if title not in self._groups:
            menu = QMenu(title, self._iface.mainWindow())
            self._groups[title] = menu
            self._iface.addPluginToMenu(TITLE, menu.menuAction())
        return self._groups[title]

    def _add_modes(self):
        """What is to follow when a group layer is saved."""
        menu = self._group(_("When a group layer is saved"))
        modes = QActionGroup(menu)
        for code, title in saving.MODES:
            action = modes.addAction(menu.addAction(_(title)))
            action.setCheckable(True)
            action.setData(code)
        modes.triggered.connect(lambda action: saving.set_mode(action.data()))

        def show():
            """An answer in the message bar, or another window, may have changed it."""
            for action in modes.actions():
                action.setChecked(action.data() == saving.mode())

        menu.aboutToShow.connect(show)

    def _add(self, icon, title, act):
        action = QAction(icon, title, self._iface.mainWindow())
        action.triggered.connect(act)
        self._iface.addPluginToMenu(TITLE, action)
        self._actions.append(action)

    def _opener(self, algorithm_id):
        return lambda: open_dialog(algorithm_id, self._meant(algorithm_id))

    def _meant(self, algorithm_id):
        """What is selected in the active layer, for an operation on features: it is most likely meant.

        An operation on group layers is given no other layer; of one it is also told the store, selection or not.
        """
        layer = self._iface.activeLayer()
        operation = QgsApplication.processingRegistry().algorithmById(algorithm_id)
        takes = operation.parameterDefinition("INPUT") is not None
        if not isinstance(layer, QgsVectorLayer):
            return {}
        meant = {}
        if operation.parameterDefinition("LAYERS") is not None:
            takes = takes and saving.has_rows(layer)
            store = saving.store_of(layer)
            if store:
                meant["STORE"] = store
        if takes and layer.selectedFeatureCount():
            meant["INPUT"] = QgsProcessingFeatureSourceDefinition(layer.id(), True)
        return meant

    @staticmethod
    def _open_log():
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(journal.path())))

    @staticmethod
    def _open_help():
        QDesktopServices.openUrl(QUrl(DOCUMENTATION))


class Messages:
    """What `saving` has to say, in the message bar: one question and one piece of news, the last ones."""

    def __init__(self, iface):
        self._iface = iface
        self._items = {}

    @property
    def asking(self):
        """Whether a question is waiting for its answer."""
        return "question" in self._items

    def ask(self, text, answered):
        """Ask whether to send; `answered(choice, always)` with SEND, LATER or LOOK, after which it is still open."""
        always = QCheckBox(_("Always do this"))
        buttons = [
            _button(label, lambda _checked, choice=choice: answered(choice, always.isChecked()))
            for choice, label in (
                (saving.SEND, _("Send now")),
                (saving.LATER, _("Later")),
                (saving.LOOK, _("See what")),
            )
        ]
        self._show("question", text, Qgis.MessageLevel.Info, [*buttons, always])

    def withdraw(self):
        """Take the question away."""
        self._hide("question")

    def tell(self, level, text, *buttons):
        """Say something, with buttons: (label, what it does) pairs. What needs nobody goes away by itself."""
        made = [_button(label, partial(self._done, act)) for label, act in buttons]
        self._show("news", text, level, made)

    def open(self, name, parameters):
        """The dialog of an operation."""
        open_dialog(f"geocollab:{name}", parameters)

    def remove(self):
        for kind in list(self._items):
            self._hide(kind)

    def _done(self, act, _checked):
        self._hide("news")
        act()

    def _show(self, kind, text, level, widgets):
        self._hide(kind)
        bar = self._iface.messageBar()
        item = bar.pushWidget(_row(text, widgets), level, 0 if widgets else bar.defaultMessageTimeout(level))
        self._items[kind] = item
        item.destroyed.connect(partial(self._gone, kind, item))

    def _hide(self, kind):
        item = self._items.pop(kind, None)
        if item is not None:
            self._iface.messageBar().popWidget(item)

    def _gone(self, kind, item, _object=None):
        """The user has closed it, or its time is over."""
        if self._items.get(kind) is item:
            del self._items[kind]


def open_dialog(algorithm_id, parameters):
    import processing

    processing.execAlgorithmDialog(algorithm_id, parameters)


def _row(text, widgets):
    """A text of any length, which QGIS's own item would cut, then widgets."""
    label = QLabel(f"{TITLE} – {text}")
    label.setObjectName("GeoCollabMessage")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(label, 1)
    for widget in widgets:
        layout.addWidget(widget)
    return row


def _button(label, act):
    made = QPushButton(label)
    made.clicked.connect(act)
    return made
