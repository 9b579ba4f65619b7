"""One QGIS in this process for all tests of this folder, with a profile of its own and the GeoCollab provider."""

import contextlib
import os
import sqlite3
import sys
import tempfile
from pathlib import Path

import pytest

# Before anything of QGIS is imported: no display, and nothing of the user's own profile.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
_profile = tempfile.TemporaryDirectory(prefix="geocollab-profile-")
os.environ["QGIS_CUSTOM_CONFIG_PATH"] = _profile.name
os.environ["QGIS_AUTH_DB_DIR_PATH"] = _profile.name
os.environ.setdefault("XDG_RUNTIME_DIR", _profile.name)
# Where the plugins of QGIS are; in a chroot without /proc it would look for them from the current folder.
os.environ.setdefault("QGIS_PREFIX_PATH", "/usr")
sys.path.append("/usr/share/qgis/python/plugins")  # Processing itself; QGIS's programs do the same

from qgis.core import QgsApplication, QgsProcessingAlgRunnerTask, QgsProcessingFeedback, QgsProject, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QSettings, QTimer

from tests.qgis.served_data import serve, warehouse, warehouse_server  # noqa: F401 - fixtures

HERE = Path(__file__).parent
OURS = ("Signalement", "Croquis", "Reponse", "Document", "geocollab")


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.qgis)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item):
    """The layers that a test was given go before QGIS does, which after the last test is at once."""
    if HERE in item.path.parents:
        item.funcargs.clear()


@pytest.fixture(scope="session")
def qgis_app():
    """QGIS with Processing and our provider, as qgis_process and QGIS itself have them."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, _profile.name)
    QCoreApplication.setOrganizationName("QGIS")
    QCoreApplication.setApplicationName("QGIS3")
    # With a GUI type of application, offscreen: styles, icons and maps need fonts and pixmaps.
    application = QgsApplication([], True, _profile.name)
    application.initQgis()

    from processing.core.Processing import Processing

    Processing.initialize()
    from geocollab.provider.provider import GeoCollabProvider

    provider = GeoCollabProvider()
    assert QgsApplication.processingRegistry().addProvider(provider)
    yield application
    QgsProject.instance().clear()
    QgsApplication.processingRegistry().removeProvider(provider)
    application.exitQgis()


@pytest.fixture
def project(qgis_app):
    """The current project, empty before and after."""
    QgsProject.instance().clear()
    yield QgsProject.instance()
    QgsProject.instance().clear()


class RecordingFeedback(QgsProcessingFeedback):
    """A feedback that keeps what it is told: `infos`, `warnings`, `errors`, and every `progress` in percent."""

    def __init__(self):
        super().__init__(False)
        self.infos, self.warnings, self.errors, self.progress = [], [], [], []
        self.progressChanged.connect(self.progress.append)

    def pushInfo(self, text):
        self.infos.append(text)

    def pushWarning(self, text):
        self.warnings.append(text)

    def reportError(self, text, fatalError=False):
        self.errors.append(text)


@pytest.fixture
def feedback(qgis_app):
    return RecordingFeedback()


@pytest.fixture
def run(qgis_app, feedback):
    """`run("listcommunities", CONNECTION=…)`: the operation through Processing; its outputs by name."""
    import processing

    def call(algorithm, feedback=feedback, context=None, **parameters):
        identifier = algorithm if ":" in algorithm else f"geocollab:{algorithm}"
        return processing.run(identifier, parameters, feedback=feedback, context=context)

    return call


@pytest.fixture
def no_lists(qgis_app):
    """Nothing was listed before, and nothing will have been."""
    from geocollab.provider import hints

    hints.lists().path.unlink(missing_ok=True)
    yield
    hints.lists().path.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def template_store(qgis_app, sandbox_server, tmp_path_factory):
    """A store with the reports of community 375, made once. Do not write into it: see `store`."""
    import processing

    sandbox_server.faults()
    path = tmp_path_factory.mktemp("template") / "reports.sqlite"
    parameters = {"CONNECTION": str(sandbox_server.connection), "STORE": str(path)}
    processing.run("geocollab:downloadreports", parameters)
    return path


@pytest.fixture
def store(template_store, tmp_path):
    """A store of the test's own with the reports of community 375."""
    path = tmp_path / "reports.sqlite"
    with (
        contextlib.closing(sqlite3.connect(template_store)) as source,
        contextlib.closing(sqlite3.connect(path)) as copy,
    ):
        source.backup(copy)
    return path


@pytest.fixture(scope="module")
def office_server():
    """A sandbox of the module's own, for tests that write: the others compare with what there was."""
    from tests.workflows.downloads import server

    with server() as running:
        yield running


@pytest.fixture
def office(qgis_app, office_server, tmp_path, monkeypatch):
    """Reports of the test's own, as `tests.workflows.office.Office`; its store is not there yet."""
    from geocollab.workflows.contributions import sending
    from tests.workflows.office import Office

    monkeypatch.setattr(sending, "SETTLING", 0.0)
    office_server.faults()
    office_server.clear_journal()
    yield Office(office_server, tmp_path / "reports.sqlite")
    office_server.faults()


@pytest.fixture
def impatient(monkeypatch):
    """The client tries twice, and at once: what is tested is what is said in the end."""
    from geocollab.client import session

    monkeypatch.setattr(session, "ATTEMPTS", 2)
    monkeypatch.setattr(session, "FIRST_DELAY", 0.01)


@pytest.fixture
def run_in_thread(qgis_app, feedback):
    """`run_in_thread("downloadreports", context, …)`: as a dialog of Desktop does it; its outputs, None if it fails."""

    def call(name, context, **parameters):
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"geocollab:{name}")
        task = QgsProcessingAlgRunnerTask(algorithm, parameters, context, feedback)
        outcomes, loop = [], QEventLoop()
        task.executed.connect(lambda good, results: (outcomes.append(results if good else None), loop.quit()))
        QgsApplication.taskManager().addTask(task)
        QTimer.singleShot(60_000, loop.quit)
        loop.exec()
        (outcome,) = outcomes
        return outcome

    return call


@pytest.fixture
def no_connections(qgis_app):
    """No connection is saved, before and after."""
    QgsSettings().remove("geocollab")
    yield
    QgsSettings().remove("geocollab")


def content(path):
    """Everything in a store, to compare before and after."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        layers = "SELECT local_table FROM geocollab_layer" if "geocollab_layer" in names else "SELECT 1 WHERE 0"
        of_layers = {row[0] for row in connection.execute(layers)}
        ours = [name for name in names if name.startswith(OURS) or name in of_layers]
        return {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name in ours}


@pytest.fixture(name="content")
def content_fixture():
    """`content(path)`: everything in a store."""
    return content


@pytest.fixture
def geo(run, writable, tmp_path):
    """`geo("uploadfiles", NAME=…)`: an operation of the Géoplateforme in `montreuil`, with one store for all."""

    def call(name, **parameters):
        needs_store = "STORE" in {d.name() for d in _definitions(name)}
        store = {"STORE": str(tmp_path / "ledger.sqlite")} if needs_store else {}
        return run(name, **{"CONNECTION": str(writable.connection), **store, **parameters})

    return call


def _definitions(name):
    return QgsApplication.processingRegistry().algorithmById(f"geocollab:{name}").parameterDefinitions()
