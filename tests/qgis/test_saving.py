"""What follows when group layers are saved: who is asked what, what is sent, and that nothing is left behind."""

import contextlib
import json
import sqlite3

import pytest
import requests
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsFeature,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsSettings,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QTimer

from geocollab.provider import connections
from geocollab.provider.groups import saving
from geocollab.provider.groups.saving import ALWAYS, ASK, LATER, LOOK, SEND, Watcher
from geocollab.workflows.connection.connection import Connection, read_connection
from sandbox.process import SandboxProcess
from tests.qgis.fieldwork import add, change, delete, fill, group_layer, save

NAME = 2  # the field of the name of a pharmacy


class Window:
    """What a user would see and click."""

    def __init__(self):
        self.questions, self.news, self.opened = [], [], []
        self.answered = None

    @property
    def asking(self):
        return self.answered is not None

    def ask(self, text, answered):
        self.questions.append(text)
        self.answered = answered

    def withdraw(self):
        self.answered = None

    def tell(self, level, text, *buttons):
        self.news.append((level, text, dict(buttons)))

    def open(self, name, parameters):
        self.opened.append((name, parameters))

    def last(self):
        """The last question, and no other."""
        (question,) = self.questions
        return question


def turn():
    """What is due now happens."""
    QCoreApplication.processEvents()


def until(condition):
    """Let QGIS work until this is so; a test fails after a minute."""
    loop, clock, over = QEventLoop(), QTimer(), QTimer()
    clock.timeout.connect(lambda: condition() and loop.quit())
    over.setSingleShot(True)
    over.timeout.connect(loop.quit)
    clock.start(10)
    over.start(60_000)
    loop.exec()
    clock.stop()
    assert condition()


@pytest.fixture(scope="module")
def server():
    with SandboxProcess(features=20, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture(scope="module")
def filled(qgis_app, server, tmp_path_factory):
    return fill(server, tmp_path_factory.mktemp("filled") / "terrain.sqlite")


@pytest.fixture
def store(filled, tmp_path):
    path = tmp_path / "terrain.sqlite"
    with contextlib.closing(sqlite3.connect(filled)) as source, contextlib.closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
    return path


@pytest.fixture
def window(no_lists, no_connections):
    return Window()


@pytest.fixture
def watcher(project, window):
    made = Watcher(project, window)
    yield made
    made.stop()


@pytest.fixture
def pharmacies(project, store):
    layer = group_layer(store, "pharmacies_paris")
    project.addMapLayer(layer)
    return layer


@pytest.fixture
def parcels(project, store):
    layer = group_layer(store, "parcelles")
    project.addMapLayer(layer)
    return layer


@pytest.fixture
def connection(server, no_connections):
    """A saved connection to the service."""
    made = read_connection(server.connection).with_full_paths()
    connections.save(Connection("sandbox", made.services, made.account))
    return "sandbox"


def store_of(layer):
    return saving.place(layer)[0]


# ---------------------------------------------------------------------- the question


def test_what_was_saved_is_asked_in_words(watcher, window, pharmacies):
    change(pharmacies, "Pharmacie du Marché", 1)
    change(pharmacies, "Pharmacie de la Gare", 2)
    delete(pharmacies)
    add(pharmacies, "Point(652000 6862000)", **{"nom pharmacie": "Neuve"})
    turn()
    assert not window.questions
    save(pharmacies)
    turn()
    assert window.last() == "Send to the server now: 1 new, 2 changed, 1 deleted in “Pharmacies paris”?"
    assert not window.news


def test_layers_saved_together_are_one_question(watcher, window, pharmacies, parcels):
    change(pharmacies, "Pharmacie du Marché")
    change(parcels, "A 12")
    save(pharmacies)
    save(parcels)
    turn()
    assert window.last() == "Send to the server now: 1 changed in “Parcelles”; 1 changed in “Pharmacies paris”?"


def test_nothing_is_asked_where_nothing_is_pending(watcher, window, pharmacies):
    assert pharmacies.startEditing()
    save(pharmacies)
    before = pharmacies.getFeature(sorted(pharmacies.allFeatureIds())[0])[NAME]
    for value in ("Autre", before):
        change(pharmacies, value)
        save(pharmacies)
    change(pharmacies, "Autre")
    assert pharmacies.rollBack()
    turn()
    assert not window.questions and not window.news


def test_other_layers_are_none_of_our_business(watcher, window, project, tmp_path):
    """A file with such a column that is no store does not become one."""
    file = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE parcelles (geocollab_id INTEGER PRIMARY KEY, numero TEXT, nature TEXT)")
        connection.execute("INSERT INTO parcelles VALUES (1, 'a', 'b')")
        connection.commit()
    others = [
        QgsVectorLayer("Point?field=geocollab_id:int&field=a:string&field=b:string", "in memory", "memory"),
        QgsVectorLayer(f"{file}|layername=parcelles", "in a file", "ogr"),
    ]
    assert others[0].dataProvider().addFeature(QgsFeature(others[0].fields()))
    for layer in others:
        assert project.addMapLayer(layer)
        change(layer, "x")
        save(layer)
    turn()
    assert not window.questions and not window.news
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("parcelles",)]
        assert connection.execute("SELECT nature FROM parcelles").fetchall() == [("x",)]
    assert [saving.store_of(layer) for layer in others] == ["", ""]


def test_a_group_layer_read_by_ogr_is_one_too(watcher, window, project, store):
    """As QGIS must read tables of mixed geometries to edit them."""
    layer = QgsVectorLayer(f"{store}|layername=pharmacies_paris", "through OGR", "ogr")
    project.addMapLayer(layer)
    change(layer, "Pharmacie du Marché", field=layer.fields().indexFromName("nom pharmacie"))
    save(layer)
    turn()
    assert window.last() == "Send to the server now: 1 changed in “Pharmacies paris”?"


def test_rows_that_were_exported_are_not_ours(watcher, window, project, pharmacies, tmp_path):
    for driver, name in (("GPKG", "rows.gpkg"), ("ESRI Shapefile", "rows.shp"), ("GeoJSON", "rows.geojson")):
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = driver, "rows"
        context = project.transformContext()
        QgsVectorFileWriter.writeAsVectorFormatV3(pharmacies, str(tmp_path / name), context, options)
        layer = QgsVectorLayer(f"{tmp_path / name}|layername=rows", name, "ogr")
        assert project.addMapLayer(layer)
        change(layer, "x", field=layer.fields().count() - 1)
        save(layer)
        assert saving.store_of(layer) == ""
    turn()
    assert not window.questions and not window.news


def test_edits_in_a_transaction_of_qgis_are_asked_when_it_ends(watcher, window, project, store):
    if hasattr(project, "setTransactionMode"):
        project.setTransactionMode(Qgis.TransactionMode.AutomaticGroups)
    else:
        project.setAutoTransaction(True)
    layers = [group_layer(store, name) for name in ("pharmacies_paris", "parcelles")]
    project.addMapLayers(layers)
    for layer in layers:
        change(layer, "A 12")
    turn()
    assert not window.questions
    save(layers[0])  # ends the editing of both
    turn()
    assert window.last() == "Send to the server now: 1 changed in “Parcelles”; 1 changed in “Pharmacies paris”?"


def test_saving_again_asks_again_about_all_of_it(watcher, window, pharmacies, parcels):
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    turn()
    change(parcels, "A 12")
    save(parcels)
    turn()
    assert window.questions[1] == ("Send to the server now: 1 changed in “Parcelles”; 1 changed in “Pharmacies paris”?")
    window.answered(LATER, always=False)
    change(parcels, "A 13")
    save(parcels)
    turn()
    assert window.questions[2:] == ["Send to the server now: 1 changed in “Parcelles”?"]


def test_what_was_undone_meanwhile_is_asked_no_more(watcher, window, pharmacies):
    before = pharmacies.getFeature(sorted(pharmacies.allFeatureIds())[0])[NAME]
    for value in ("Autre", before):
        change(pharmacies, value)
        save(pharmacies)
        turn()
    assert len(window.questions) == 1 and not window.asking


def test_many_layers_are_counted(qgis_app):
    from geocollab.store.edits import Counts

    edits = [saving.Waiting("f", "t", "s", f"d:{name}", name, Counts(0, 1, 0, 0)) for name in "ABCDE"]
    assert saving.in_words(edits) == "1 changed in “A”; 1 changed in “B”; 1 changed in “C”; 2 more layers"


# ---------------------------------------------------------------------- layers that come and go


def test_layers_that_come_later_count_too_and_those_that_left_do_not(watcher, window, project, store):
    layer = group_layer(store, "pharmacies_paris")
    id = project.addMapLayer(layer).id()
    change(layer, "Pharmacie du Marché")
    save(layer)
    turn()
    assert len(window.questions) == 1
    project.removeMapLayer(id)
    assert not watcher._listening


def test_a_project_that_is_opened_again(watcher, window, project, pharmacies, tmp_path):
    assert project.write(str(tmp_path / "terrain.qgz"))
    project.clear()
    assert not watcher._listening
    assert project.read(str(tmp_path / "terrain.qgz"))
    (layer,) = project.mapLayers().values()
    change(layer, "Pharmacie du Marché")
    save(layer)
    turn()
    assert len(window.questions) == 1


def test_what_was_saved_last_is_asked_though_the_project_is_closed(watcher, window, project, pharmacies):
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    project.clear()
    turn()
    assert len(window.questions) == 1


def test_stopped_it_leaves_nothing(project, window, pharmacies):
    signals = project.layersAdded, project.layersWillBeRemoved
    before = [project.receivers(signal) for signal in signals]
    heard = pharmacies.receivers(pharmacies.afterCommitChanges)
    watcher = Watcher(project, window)
    assert pharmacies.receivers(pharmacies.afterCommitChanges) == heard + 1
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    watcher.stop()
    assert [project.receivers(signal) for signal in signals] == before
    assert pharmacies.receivers(pharmacies.afterCommitChanges) == heard
    turn()
    change(pharmacies, "Pharmacie de la Gare")
    save(pharmacies)
    turn()
    assert not window.questions


# ---------------------------------------------------------------------- always, ask, later


def test_the_setting(window):
    assert saving.mode() == ASK
    for mode in (ALWAYS, LATER, ASK):
        saving.set_mode(mode)
        assert saving.mode() == mode
    QgsSettings().setValue("geocollab/send_on_save", "sometimes")
    assert saving.mode() == ASK


def test_later_asks_nothing(watcher, window, pharmacies):
    saving.set_mode(LATER)
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    turn()
    assert not window.questions and not window.news


@pytest.mark.parametrize(("always", "mode"), [(False, ASK), (True, LATER)])
def test_the_answer_later(watcher, window, pharmacies, always, mode):
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    turn()
    window.answered(LATER, always=always)
    assert not window.asking and saving.mode() == mode and not window.news


def test_see_what_opens_the_dialog_and_leaves_the_question(watcher, window, pharmacies, parcels):
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    turn()
    window.answered(LOOK, always=False)
    ((name, parameters),) = window.opened
    assert name == "pendingedits" and window.asking
    assert parameters == {"LAYERS": ["demo_guichet:pharmacies_paris"], "STORE": store_of(pharmacies)}


def test_layers_are_called_as_in_the_dialogs(watcher, window, pharmacies):
    from geocollab.provider import hints
    from geocollab.workflows.layers.catalogue import Known

    known = Known("Pharmacies — demo_guichet:pharmacies_paris", ("demo_guichet:pharmacies_paris",), (9, 1734))
    hints.lists().set(group_layers=hints.with_known_layers("https://collaboratif.example.org", 375, [known]))
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    turn()
    window.answered(LOOK, always=False)
    assert window.opened[0][1]["LAYERS"] == ["Pharmacies — demo_guichet:pharmacies_paris"]


# ---------------------------------------------------------------------- what goes wrong


def test_edits_that_all_clash_are_to_be_resolved_first(watcher, window, pharmacies, store):
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    with contextlib.closing(sqlite3.connect(store)) as connection:
        (layer,) = connection.execute("SELECT id FROM geocollab_layer WHERE table_id = 1734").fetchone()
        (row,) = connection.execute(f"SELECT geocollab_id FROM geocollab_base_{layer}").fetchone()
        connection.execute("INSERT INTO geocollab_conflict VALUES (?, ?, 'changed', '2026-11-22')", (layer, row))
        connection.commit()
    turn()
    ((level, text, buttons),) = window.news
    assert not window.questions and level == Qgis.MessageLevel.Warning
    assert text == "1 edit clashes with a change on the server: resolve it first."
    buttons["Resolve the conflicts"]()
    assert window.opened == [
        ("resolveconflicts", {"LAYERS": ["demo_guichet:pharmacies_paris"], "STORE": store_of(pharmacies)})
    ]
    change(pharmacies, "Pharmacie de la Gare", 3)
    save(pharmacies)
    turn()
    assert window.last() == (
        "Send to the server now: 2 changed in “Pharmacies paris”? "
        "1 edit clashes with a change on the server: resolve it first."
    )


def test_a_store_that_another_program_holds(watcher, window, project, store, monkeypatch):
    monkeypatch.setattr(saving, "PATIENCE", 0.0)
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")  # as on a network drive, where readers wait for writers
        layer = project.addMapLayer(group_layer(store, "pharmacies_paris"))
        change(layer, "Pharmacie du Marché")
        save(layer)
        other.execute("BEGIN EXCLUSIVE")
        turn()
    ((_level, text, _buttons),) = window.news
    assert text.startswith(f"Another program is writing into the store {store}.") and not window.questions


def test_a_store_of_a_newer_version(watcher, window, pharmacies, store):
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("INSERT INTO geocollab_migration VALUES ('m999_later', '2030-01-01')")
        connection.commit()
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    turn()
    ((_level, text, _buttons),) = window.news
    assert "was made by a newer version" in text and not window.questions


def test_without_a_connection_it_says_what_to_do(watcher, window, pharmacies, server):
    saving.set_mode(ALWAYS)
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    turn()
    ((level, text, buttons),) = window.news
    assert level == Qgis.MessageLevel.Warning
    assert text == f"No saved connection leads to {server.url}/gcms/api: save one, then send the edits."
    buttons["Save a connection"]()
    assert window.opened == [("saveconnection", {})]


def test_of_several_connections_one_is_to_be_chosen(watcher, window, pharmacies, server, connection):
    known = connections.find(connection)
    connections.save(Connection("other", known.services, known.account))
    connections.save(Connection("elsewhere"), as_default=True)
    saving.set_mode(ALWAYS)
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    turn()
    ((_level, text, buttons),) = window.news
    assert text == f"Several connections lead to {server.url}/gcms/api: choose with which one to send."
    buttons["Choose"]()
    assert window.opened == [
        ("pushedits", {"LAYERS": ["demo_guichet:pharmacies_paris"], "STORE": store_of(pharmacies)})
    ]


def test_which_connections_lead_to_a_service(no_connections, server, connection):
    root = f"{server.url}/gcms/api"
    known = connections.find(connection)
    connections.save(Connection("elsewhere"), as_default=True)
    assert connections.of_service(root) == ["sandbox"]
    connections.save(Connection("zone", known.services), as_default=True)
    QgsSettings().setValue("geocollab/connections/damaged", "{")
    assert connections.of_service(root) == ["zone", "sandbox"]
    assert connections.of_service("https://example.org/gcms/api") == []


# ---------------------------------------------------------------------- sending


class Server:
    """What the sandbox was sent, and what it has."""

    def __init__(self, process):
        self.process = process

    def transactions(self):
        entries = self.process.journal("/transactions$")
        return [json.loads(entry["body"])["actions"] for entry in entries if entry["method"] == "POST"]

    def names(self):
        """The names of all pharmacies."""
        answer = requests.get(
            f"{self.process.url}/gcms/api/databases/9/tables/1734/features",
            params={"limit": 100},
            auth=("membre", "sandbox-membre"),
            timeout=30,
        )
        return {row["nom pharmacie"] for row in answer.json()}


@pytest.fixture
def there(server):
    server.faults()
    server.clear_journal()
    yield Server(server)
    server.faults()


def idle(watcher):
    return not watcher._sender.busy and not watcher._timer.isActive()


def test_always_sends_at_once(watcher, window, pharmacies, connection, there):
    saving.set_mode(ALWAYS)
    change(pharmacies, "Pharmacie du Marché")
    change(pharmacies, "Pharmacie de la Gare", 1)
    save(pharmacies)
    until(lambda: window.news)
    assert window.news == [(Qgis.MessageLevel.Success, "2 edits sent.", {})] and not window.questions
    assert there.names() >= {"Pharmacie du Marché", "Pharmacie de la Gare"}
    assert not saving.waiting({saving.place(pharmacies)})
    change(pharmacies, "Pharmacie du Nord")
    save(pharmacies)
    until(lambda: len(window.news) == 2)
    assert "Pharmacie du Nord" in there.names() and len(there.transactions()) == 2


@pytest.mark.parametrize(("always", "mode"), [(False, ASK), (True, ALWAYS)])
def test_the_answer_send(watcher, window, pharmacies, parcels, connection, there, always, mode):
    change(pharmacies, f"Pharmacie {mode}")
    change(parcels, f"A {mode}", int(always))
    save(pharmacies)
    save(parcels)
    turn()
    window.answered(SEND, always=always)
    assert not window.asking
    until(lambda: window.news)
    assert window.news == [(Qgis.MessageLevel.Success, "2 edits sent.", {})]
    assert saving.mode() == mode and f"Pharmacie {mode}" in there.names()
    assert len(there.transactions()) == 2, "one for each database"


def test_what_is_saved_while_something_is_sent_is_sent_afterwards(watcher, window, pharmacies, connection, there):
    saving.set_mode(ALWAYS)
    there.process.faults({"kind": "slow_transaction", "seconds": 1.5})
    change(pharmacies, "Pharmacie une")
    save(pharmacies)
    until(lambda: _under_way(pharmacies))
    change(pharmacies, "Pharmacie deux", 1)
    save(pharmacies)
    until(lambda: len(window.news) == 2)
    assert [text for _level, text, _buttons in window.news] == ["1 edit sent."] * 2
    assert [len(actions) for actions in there.transactions()] == [1, 1]
    assert there.names() >= {"Pharmacie une", "Pharmacie deux"}


def _under_way(layer):
    """Whether an edit of the store is being sent just now."""
    with contextlib.closing(sqlite3.connect(store_of(layer))) as connection:
        return connection.execute("SELECT count(*) FROM geocollab_sending").fetchone() != (0,)


def test_what_the_server_refuses_is_said_with_details(watcher, window, pharmacies, connection, there):
    saving.set_mode(ALWAYS)
    there.process.faults({"kind": "failed_transaction", "message": "<b>Non</b>"})
    change(pharmacies, "Pharmacie refusée")
    save(pharmacies)
    until(lambda: window.news)
    ((level, text, buttons),) = window.news
    assert level == Qgis.MessageLevel.Critical and "<b>Non</b>" in text and "Traceback" not in text
    buttons["Details"]()
    ((name, parameters),) = window.opened
    assert name == "pushedits" and parameters == {
        "CONNECTION": "sandbox",
        "LAYERS": ["demo_guichet:pharmacies_paris"],
        "STORE": store_of(pharmacies),
        "FAULTS": "TEMPORARY_OUTPUT",
    }
    assert saving.waiting({saving.place(pharmacies)})[0].sendable == 1


def test_a_fault_beside_what_can_be_sent(watcher, window, pharmacies, parcels, connection, there):
    """Nothing of the faulty database is sent, all of the other one."""
    saving.set_mode(ALWAYS)
    change(pharmacies, "x")  # too short
    change(parcels, "A 99", 2)
    save(pharmacies)
    save(parcels)
    until(lambda: window.news)
    ((level, text, buttons),) = window.news
    assert (level, text) == (Qgis.MessageLevel.Warning, "1 edit sent. 1 did not go through.")
    assert list(buttons) == ["Details"]


def test_a_conflict_is_said_with_a_way_to_resolve_it(watcher, window, parcels, connection, there, server):
    saving.set_mode(ALWAYS)
    key = parcels.getFeature(sorted(parcels.allFeatureIds())[3])["id"]
    there.process.faults({"kind": "conflict", "table": 3402, "key": key, "set": {"numero": "Z 9"}})
    change(parcels, "A 3", 3)
    save(parcels)
    until(lambda: window.news)
    ((level, text, buttons),) = window.news
    assert level == Qgis.MessageLevel.Critical and "resolve the conflict" in text
    buttons["Resolve the conflicts"]()
    name, parameters = window.opened[0]
    assert name == "resolveconflicts" and parameters["LAYERS"] == ["suivi_terrain:parcelles"]


def test_without_network_it_says_so(watcher, window, pharmacies, connection, server, impatient):
    saving.set_mode(ALWAYS)
    server.faults({"kind": "reset", "times": None})
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    until(lambda: window.news)
    ((level, text, _buttons),) = window.news
    assert level == Qgis.MessageLevel.Critical and "127.0.0.1" in text and "Traceback" not in text
    server.faults()


def test_unloaded_while_something_is_sent(project, window, pharmacies, connection, there):
    """Nothing is said any more, nothing crashes, and nothing is lost."""
    saving.set_mode(ALWAYS)
    watcher = Watcher(project, window)
    there.process.faults({"kind": "slow_transaction", "seconds": 1})
    change(pharmacies, "Pharmacie au revoir")
    save(pharmacies)
    until(lambda: _under_way(pharmacies))
    watcher.stop()
    until(lambda: not QgsApplication.taskManager().countActiveTasks())
    assert not window.news and not window.questions
    there.process.faults()
    watcher = Watcher(project, window)
    change(pharmacies, "Pharmacie bonjour", 1)
    save(pharmacies)
    until(lambda: window.news)
    watcher.stop()
    assert not saving.waiting({saving.place(pharmacies)})
    assert there.names() >= {"Pharmacie au revoir", "Pharmacie bonjour"}


def test_a_fault_of_the_program_is_in_the_log(watcher, window, pharmacies, connection, monkeypatch):
    operation = QgsApplication.processingRegistry().algorithmById("geocollab:pushedits")
    monkeypatch.setattr(type(operation), "perform", lambda _self, _call: 1 / 0)
    saving.set_mode(ALWAYS)
    change(pharmacies, "Pharmacie du Marché")
    save(pharmacies)
    until(lambda: window.news)
    ((level, text, _buttons),) = window.news
    assert (level, text) == (Qgis.MessageLevel.Critical, "A fault of the program: the log file says more.")


# ---------------------------------------------------------------------- what the menu passes on


def chosen(layer, *numbers):
    """The selection of a layer as an input, of the objects with these numbers."""
    ids = sorted(layer.allFeatureIds())
    layer.selectByIds([ids[number] for number in numbers])
    return QgsProcessingFeatureSourceDefinition(layer.id(), True)


def test_only_the_selected_objects_are_sent(project, pharmacies, connection, there, run_in_thread):
    for number in range(3):
        change(pharmacies, f"Choisie {number}", number)
    save(pharmacies)
    context = QgsProcessingContext()
    context.setProject(project)
    given = {"CONNECTION": connection, "STORE": store_of(pharmacies), "INPUT": chosen(pharmacies, 1)}
    assert run_in_thread("pushedits", context, **given)["SENT_COUNT"] == 1
    assert "Choisie 1" in there.names() and not there.names() & {"Choisie 0", "Choisie 2"}


def test_objects_that_are_not_saved_cannot_be_meant(run, pharmacies):
    add(pharmacies, "Point(652000 6862000)", **{"nom pharmacie": "Neuve"})
    (new,) = (feature.id() for feature in pharmacies.getFeatures() if feature["nom pharmacie"] == "Neuve")
    pharmacies.selectByIds([new])
    selected = QgsProcessingFeatureSourceDefinition(pharmacies.id(), True)
    with pytest.raises(QgsProcessingException, match="has objects that are not saved yet"):
        run("pendingedits", STORE=store_of(pharmacies), INPUT=selected)
    assert pharmacies.rollBack()
