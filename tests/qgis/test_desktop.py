"""What a user sees in QGIS Desktop beside the toolbox: the menu, the toolbar, the combo boxes of the dialogs."""

import subprocess
import sys
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsFeature, QgsProcessingParameterString, QgsVectorLayer
from qgis.PyQt.QtCore import QEvent, QObject
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QApplication, QMainWindow, QMenu, QToolBar

from geocollab.provider import parameters
from geocollab.provider.menu import ON_TOOLBAR, Menu
from geocollab.provider.registry import operations

PLUGINS = Path(__file__).resolve().parents[2] / "build" / "plugins"


class Interface(QObject):
    """What the plugin uses of QGIS's window."""

    def __init__(self):
        super().__init__()
        self.window = QMainWindow()
        self.menu = QMenu("GeoCollab")
        self.active = None

    def mainWindow(self):
        return self.window

    def activeLayer(self):
        return self.active

    def addToolBar(self, title):
        return self.window.addToolBar(title)

    def addPluginToMenu(self, title, action):
        assert title == self.menu.title()
        self.menu.addAction(action)

    def removePluginMenu(self, title, action):
        assert title == self.menu.title()
        self.menu.removeAction(action)


@pytest.fixture
def interface(qgis_app):
    made = Interface()
    yield made
    for widget in (made.window, made.menu):
        widget.deleteLater()
    settle()


def settle():
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


def test_every_operation_is_in_the_menu(interface):
    menu = Menu(interface)
    entries = interface.menu.actions()
    groups = {entry.text(): [action.text() for action in entry.menu().actions()] for entry in entries if entry.menu()}
    for operation in operations():
        assert f"{operation.displayName()}…" in groups[operation.group()]
    assert list(groups) == sorted(groups) and all(titles == sorted(titles) for titles in groups.values())
    assert [entry.text() for entry in entries if not entry.menu()] == ["Open the log file", "Help"]
    toolbar = interface.window.findChild(QToolBar, "GeoCollabToolBar")
    assert len(toolbar.actions()) == len(ON_TOOLBAR)
    for action in toolbar.actions():
        assert not action.icon().isNull() and action.toolTip() and action.shortcut() == QKeySequence()
    menu.remove()


def test_a_click_opens_the_dialog(interface, monkeypatch):
    import processing

    opened = []
    monkeypatch.setattr(processing, "execAlgorithmDialog", lambda *given: opened.append(given), raising=False)
    menu = Menu(interface)
    for action in interface.window.findChild(QToolBar, "GeoCollabToolBar").actions():
        action.trigger()
    assert opened == [(f"geocollab:{name}", {}) for name in ON_TOOLBAR]
    menu.remove()


def test_a_click_takes_the_selection_along(interface, monkeypatch):
    import processing

    opened = []
    monkeypatch.setattr(processing, "execAlgorithmDialog", lambda _id, given: opened.append(given), raising=False)
    interface.active = QgsVectorLayer("Point?field=a:int", "objects", "memory")
    interface.active.dataProvider().addFeatures([QgsFeature(interface.active.fields()) for _feature in range(3)])
    menu = Menu(interface)
    create = next(a for a in interface.window.findChild(QToolBar).actions() if "Create" in a.text())
    create.trigger()
    interface.active.selectByIds([2])
    create.trigger()
    assert opened[0] == {} and opened[1]["INPUT"].selectedFeaturesOnly
    assert opened[1]["INPUT"].source.staticValue() == interface.active.id()
    menu.remove()


def test_the_plugin_can_be_loaded_again(interface):
    for _time in range(3):
        menu = Menu(interface)
        settle()
        assert len(interface.window.findChildren(QToolBar, "GeoCollabToolBar")) == 1
        menu.remove()
        settle()
        assert not interface.menu.actions() and not interface.window.findChildren(QToolBar)
        assert not [action for action in interface.window.actions() if action.text()]


def test_the_whole_plugin_without_a_window(qgis_app):
    """As servers load it: `classFactory(None)` and `initProcessing()`."""
    import geocollab

    registry = QgsApplication.processingRegistry()
    ours = registry.providerById("geocollab")
    plugin = geocollab.classFactory(None)
    registry.providerById("geocollab")
    plugin.provider = None
    plugin.unload()  # nothing was begun: nothing to end
    assert registry.providerById("geocollab") is ours


def test_a_reload_leaves_nothing_of_the_old_code():
    """QGIS forgets the package, not the modules that were imported by name: they would be found, and be of the old."""
    program = (
        f"import sys; sys.path.insert(0, {str(PLUGINS)!r})\n"
        "def loaded():\n"
        "    import geocollab\n"
        "    from geocollab.provider.registry import operations\n"
        "    return [operation.ID for operation in operations()]\n"
        "first = loaded()\n"
        "for name in ('', '.provider', '.provider.registry', '.provider.operation'):\n"
        "    del sys.modules['geocollab' + name]\n"
        "print(len(first), loaded() == first)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ran.stdout.split() == [str(len(list(operations()))), "True"], ran.stderr


# ---------------------------------------------------------------------- combo boxes


class AlgorithmDialog:
    """Processing tells its dialogs apart by the names of their classes."""


class BatchAlgorithmDialog:
    pass


class ModelerParametersDialog:
    def getAvailableValuesOfType(self, *_kinds):
        return ["source of the model"]

    def resolveValueDescription(self, source):
        return f"“{source}”"


def wrapper(dialog, **options):
    from processing.gui.wrappers import WidgetWrapperFactory

    definition = parameters.text("COMMUNITY", "Community", "Help.", hints=["Un — 1", "Deux — 2"], **options)
    made = WidgetWrapperFactory.create_wrapper(definition, dialog)
    made.keep = definition
    return made


@pytest.mark.parametrize("dialog", [AlgorithmDialog, BatchAlgorithmDialog, ModelerParametersDialog])
def test_a_combo_box_offers_and_takes_any_text(dialog, qgis_app):
    made = wrapper(dialog())
    offered = [made.widget.itemText(index) for index in range(made.widget.count())]
    assert offered[0] == "" and offered[-2:] == ["Un — 1", "Deux — 2"]
    assert made.value() is None
    for text in ("Deux — 2", "999", " my/connection.json "):
        made.widget.setEditText(text)
        assert made.value() == text.strip()
    made.setValue("Un — 1")
    assert made.value() == made.widget.currentText() == "Un — 1"
    made.setValue("something else")
    assert made.value() == "something else"
    made.setValue(None)
    assert made.value() is None


def test_in_the_modeler_it_takes_inputs_of_the_model(qgis_app):
    made = wrapper(ModelerParametersDialog())
    made.widget.setCurrentIndex(made.widget.findText("“source of the model”"))
    assert made.value() == "source of the model"


def test_its_default_is_shown(qgis_app):
    assert wrapper(AlgorithmDialog(), default="Un — 1").value() == "Un — 1"


def test_without_hints_there_is_a_line_to_type_in(qgis_app):
    definition = parameters.text("A", "A", "Help.", hints=[])
    assert isinstance(definition, QgsProcessingParameterString) and not definition.metadata()


def test_texts_with_hints_do_not_need_a_window():
    """The widget is named in the definition, not imported: qgis_process and servers have no widgets."""
    program = (
        f"import sys; sys.path.insert(0, {str(PLUGINS)!r})\n"
        "from geocollab.provider import parameters\n"
        "definition = parameters.text('A', 'A', 'Help.', hints=['b'])\n"
        "print(definition.metadata()['widget_wrapper']['class'], 'processing' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ran.stdout.split() == ["geocollab.provider.widgets.ComboWithText", "False"], ran.stderr
