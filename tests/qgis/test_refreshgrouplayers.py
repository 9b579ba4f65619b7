"""Refreshing group layers as a user does: parameters, outputs, and what an open project shows."""

import pytest
from qgis.core import QgsDataSourceUri, QgsProcessingException, QgsProject, QgsVectorLayer

from geocollab.store.store import Store
from geocollab.workflows.layers.described import described
from sandbox.connections import write_connection
from sandbox.process import SandboxProcess
from tests.workflows.group_rows import CANTONS, PHARMACIES, POSTS, Guichet


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=5, features=50, rate=0) as running:
        yield running


@pytest.fixture
def guichet(qgis_app, process, tmp_path):
    process.faults()
    guichet = Guichet(process, tmp_path / "layers.sqlite")
    guichet.load(CANTONS, POSTS, PHARMACIES)
    guichet.asked()
    return guichet


@pytest.fixture
def refresh(guichet, run, impatient):
    def call(**parameters):
        given = {"CONNECTION": str(guichet.process.connection), "STORE": str(guichet.path), **parameters}
        return run("refreshgrouplayers", **given)

    return call


def rename(guichet, name, key=1):
    guichet.write(CANTONS, ("Update", {"id_canton": key, "nom": name}))
    guichet.asked()


def shown(path, table):
    """A layer of the store as a project has it."""
    uri = QgsDataSourceUri()
    uri.setDatabase(str(path))
    uri.setDataSource("", table, "geom", "", "geocollab_id")
    layer = QgsVectorLayer(uri.uri(), table, "spatialite")
    assert layer.isValid()
    return layer


def test_numbers_table_and_page(guichet, refresh, feedback, tmp_path):
    rename(guichet, "Par d'autres")
    results = refresh(SUMMARY="memory:", REPORT=str(tmp_path / "page.html"))
    assert results["COUNT"] == 3 and results["CHANGED_LAYER_COUNT"] == results["UPDATED_COUNT"] == 1
    assert results["CREATED_COUNT"] == results["REMOVED_COUNT"] == results["MERGED_COUNT"] == 0
    assert results["CONFLICT_COUNT"] == results["FAILED_COUNT"] == 0
    assert results["UNCHANGED_COUNT"] == sum(len(guichet.local(code)) for code in (CANTONS, POSTS, PHARMACIES)) - 1
    # two numbers, two tables, two pages, and one to sign in
    assert results["REQUEST_COUNT"] == len(guichet.process.journal()) == 2 + 2 + 2 + 1
    rows = [feature.attributes() for feature in results["SUMMARY"].getFeatures()]
    assert [row[:3] for row in rows] == [
        [CANTONS, "Cantons suivis", "changed"],
        [POSTS, "Bornes", "unchanged"],
        [PHARMACIES, "Pharmacies paris", "unchanged"],
    ]
    assert "Cantons suivis" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert results["STORE_FILE"] == str(guichet.path) and not feedback.warnings
    assert guichet.local(CANTONS) == guichet.server(CANTONS)


def test_only_the_layers_that_are_named(guichet, refresh):
    rename(guichet, "Pas celui-là")
    assert refresh(LAYERS="bornes")["COUNT"] == 1
    assert guichet.local(CANTONS)[1]["nom"] != "Pas celui-là"
    assert refresh(LAYERS=[f"Cantons suivis — {CANTONS}", "pharmacies_paris"])["UPDATED_COUNT"] == 1
    with pytest.raises(QgsProcessingException, match=r"There is no layer “rien”\. There are: suivi_terrain:cantons"):
        refresh(LAYERS="rien")


def test_modes(guichet, refresh):
    asked = []
    for mode in ("update", "reconcile", "reload"):
        results = refresh(MODE=mode, LAYERS=CANTONS)
        assert results["CHANGED_LAYER_COUNT"] == 0
        asked.append(results["REQUEST_COUNT"])
    # one to sign in; a reload asks for the account, the list, this table, its database and the permissions
    assert asked == [1 + 1, 1 + 3, 1 + 3 + 4]


def test_an_open_layer_shows_what_came(guichet, refresh, project):
    layer = shown(guichet.path, "cantons_suivis")
    project.addMapLayer(layer)
    rename(guichet, "Vu à l'écran")
    guichet.write(CANTONS, ("Delete", {"id_canton": 2}))
    count = layer.featureCount()
    refresh()
    assert layer.featureCount() == count - 1
    assert "Vu à l'écran" in {feature["nom"] for feature in layer.getFeatures()}
    assert QgsProject.instance().mapLayers().keys() == {layer.id()}


def test_conflicts_are_said(guichet, refresh, feedback):
    guichet.sql(CANTONS, "UPDATE {t} SET nom = 'Le mien' WHERE id_canton = 3")
    rename(guichet, "Le leur", 3)
    results = refresh()
    assert results["CONFLICT_COUNT"] == 1 and "1 conflict: open it with “Resolve conflicts”." in feedback.infos


def test_a_failure_of_one_layer_is_a_warning(guichet, refresh, feedback):
    guichet.process.faults({"kind": "status", "status": 404, "path": "/tables/3401", "times": None})
    results = refresh(SUMMARY="memory:")
    assert results["FAILED_COUNT"] == 1 and results["COUNT"] == 3
    (warning,) = feedback.warnings
    assert warning.startswith(f"Cantons suivis — {CANTONS} stays as it was: The server does not have it any more (404)")
    assert next(results["SUMMARY"].getFeatures())["problem"] == warning


def test_a_failure_of_all_is_an_error(guichet, refresh):
    guichet.process.faults({"kind": "html", "status": 502, "times": None})
    with pytest.raises(QgsProcessingException, match=r"has a fault \(502\)"):
        refresh()


def test_a_store_without_group_layers(refresh, tmp_path):
    Store(tmp_path / "empty.sqlite").close()
    with pytest.raises(QgsProcessingException, match="This store has no group layers yet"):
        refresh(STORE=str(tmp_path / "empty.sqlite"))


def test_another_server(guichet, refresh, tmp_path):
    with SandboxProcess(reports=1, features=0) as other:
        file = write_connection(tmp_path / "other.json", other.url)
        with pytest.raises(QgsProcessingException, match=r"has no group layers of http://.*: those in it were loaded"):
            refresh(CONNECTION=str(file))


def test_layers_of_two_servers_in_one_store(guichet, refresh, feedback):
    """The same name twice: that of the server that is spoken to is meant."""
    with Store(guichet.path) as store:
        other = described(guichet.layer(CANTONS)).spec("https://autre.example/gcms/api", 4326)
        assert store.layers.create(other).local_table == "cantons_suivis_2"
    key = max(guichet.local(CANTONS))
    rename(guichet, "Le bon", key)
    assert refresh()["COUNT"] == 3 and not feedback.warnings
    assert refresh(LAYERS=CANTONS)["COUNT"] == 1
    with Store(guichet.path) as store:
        (here,) = store.all("SELECT nom FROM cantons_suivis WHERE id_canton = ?", (key,))
        assert here == ("Le bon",) and store.one("SELECT count(*) FROM cantons_suivis_2") == 0
    with pytest.raises(QgsProcessingException, match=r"was loaded from https://autre\.example/gcms/api: use a conn"):
        refresh(LAYERS="cantons_suivis_2 (https://autre.example/gcms/api)")


def test_stopped(guichet, refresh, feedback):
    feedback.cancel()
    with pytest.raises(QgsProcessingException, match="Stopped before the end"):
        refresh()
