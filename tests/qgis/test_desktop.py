"""What a user sees in QGIS Desktop beside the toolbox: the menu, the toolbar, the combo boxes of the dialogs."""

import subprocess
import sys
from pathlib import Path

import pytest
from qgis.core import Qgis, QgsApplication, QgsFeature, QgsProcessingParameterString, QgsVectorLayer
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QApplication, QCheckBox, QLabel, QMainWindow, QMenu, QPushButton, QToolBar

from geocollab.provider import parameters
from geocollab.provider.groups import saving
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
        self.bar = QgsMessageBar(self.window)

    def messageBar(self):
        return self.bar

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


def test_the_setting_of_saving_is_a_menu(interface, no_connections):
    menu = Menu(interface)
    entry = next(a for a in interface.menu.actions() if a.text() == "When a group layer is saved")
    actions = entry.menu().actions()

    def checked():
        entry.menu().aboutToShow.emit()
        return [action.data() for action in actions if action.isChecked()]

    assert [action.text() for action in actions] == [title for _mode, title in saving.MODES]
    assert checked() == ["ask"]
    for action in actions:
        action.trigger()
        assert saving.mode() == action.data() and checked() == [action.data()]
    saving.set_mode("later")  # by an answer in the message bar
    assert checked() == ["later"]
    menu.remove()


def test_operations_on_group_layers_get_no_selection_of_another_layer(interface, store):
    """An id of another layer's row could be that of a row that was edited here."""
    menu = Menu(interface)
    interface.active = QgsVectorLayer("Point?field=a:int", "objects", "memory")
    interface.active.dataProvider().addFeatures([QgsFeature(interface.active.fields()) for _feature in range(3)])
    interface.active.selectAll()
    for name in (name for name in ON_GROUP_LAYERS if _has(name)):
        assert menu._meant(f"geocollab:{name}") == {}
    assert "INPUT" in menu._meant("geocollab:createreports")
    menu.remove()


ON_GROUP_LAYERS = ("pushedits", "discardedits", "pendingedits", "refreshgrouplayers", "resolveconflicts")


def _has(name):
    return QgsApplication.processingRegistry().algorithmById(f"geocollab:{name}") is not None


def test_operations_on_group_layers_get_the_store_and_the_selection_of_one(interface, store):
    from geocollab.store.store import Store
    from tests.qgis.fieldwork import group_layer
    from tests.store.parcels import load, row, spec

    with Store(store) as opened:
        made = opened.layers.create(spec())
        load(opened, made, *(row(made, key) for key in "ABC"))
    menu = Menu(interface)
    interface.active = group_layer(store, "parcelle")
    for name in (name for name in ON_GROUP_LAYERS if _has(name)):
        interface.active.removeSelection()
        assert menu._meant(f"geocollab:{name}") == {"STORE": str(store)}
        interface.active.selectByIds([2])
        meant = menu._meant(f"geocollab:{name}")
        assert meant.pop("STORE") == str(store)
        takes = QgsApplication.processingRegistry().algorithmById(f"geocollab:{name}").parameterDefinition("INPUT")
        assert [given.source.staticValue() for given in meant.values()] == [interface.active.id()] * bool(takes)
    edits = QgsVectorLayer("NoGeometry?field=layer:string&field=geocollab_id:int", "edits", "memory")
    edits.dataProvider().addFeature(QgsFeature(edits.fields()))
    edits.selectAll()
    interface.active = edits
    assert list(menu._meant("geocollab:discardedits")) == ["INPUT"]
    menu.remove()


# ---------------------------------------------------------------------- the message bar


def _text(item):
    return item.findChild(QLabel, "GeoCollabMessage").text()


def _buttons(item):
    return {button.text(): button for button in item.findChildren(QPushButton)}


def test_a_question_and_its_answers(interface):
    menu = Menu(interface)
    messages, answers = menu.messages, []
    messages.ask("1 new in “<b>A</b>”?", lambda choice, always: answers.append((choice, always)))
    item = interface.bar.currentItem()
    assert messages.asking and item.level() == Qgis.MessageLevel.Info
    assert _text(item) == "GeoCollab – 1 new in “<b>A</b>”?"
    assert item.findChild(QLabel, "GeoCollabMessage").textFormat() == Qt.TextFormat.PlainText, "no markup of a server"
    buttons = _buttons(item)
    assert list(buttons) == ["Send now", "Later", "See what"]
    for button in buttons.values():
        button.click()
    item.findChild(QCheckBox).setChecked(True)
    buttons["Send now"].click()
    assert answers == [("send", False), ("later", False), ("look", False), ("send", True)]
    assert messages.asking, "whoever asked takes it away"
    messages.ask("Another?", lambda *answer: None)
    settle()
    assert [_text(item) for item in interface.bar.items()] == ["GeoCollab – Another?"]
    messages.withdraw()
    settle()
    assert not messages.asking and not interface.bar.items()
    menu.remove()


def test_a_question_that_is_closed_is_over(interface):
    menu = Menu(interface)
    menu.messages.ask("Really?", lambda *answer: None)
    interface.bar.popWidget()
    settle()
    assert not menu.messages.asking
    menu.messages.withdraw()
    menu.remove()


def test_news_replace_each_other_and_their_buttons_act_once(interface):
    menu = Menu(interface)
    messages, done = menu.messages, []
    messages.tell(Qgis.MessageLevel.Success, "1 edit was sent.")
    assert interface.bar.currentItem().duration() > 0, "nobody has to close it"
    messages.ask("Really?", lambda *answer: None)
    messages.tell(Qgis.MessageLevel.Critical, "No.", ("Details", lambda: done.append("details")))
    settle()
    assert {_text(item) for item in interface.bar.items()} == {"GeoCollab – Really?", "GeoCollab – No."}
    news = interface.bar.currentItem()
    assert news.level() == Qgis.MessageLevel.Critical and news.duration() == 0
    _buttons(news)["Details"].click()
    settle()
    assert done == ["details"] and [_text(item) for item in interface.bar.items()] == ["GeoCollab – Really?"]
    menu.remove()
    settle()
    assert not interface.bar.items(), "an unloaded plugin asks nothing"


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
