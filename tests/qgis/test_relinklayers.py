"""Layers connected again after project or store were moved: by what they are, and with all that was set in them."""

import shutil

import pytest
from qgis.core import (
    QgsDataSourceUri,
    QgsProcessingException,
    QgsProject,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsWkbTypes,
)

from geocollab.provider.groups import group_layers
from geocollab.provider.project import layers
from geocollab.store.store import Store
from sandbox.process import SandboxProcess
from tests.qgis_process import run_qgis_process
from tests.workflows.group_rows import CANTONS, PHARMACIES, POSTS, Guichet

TABLES = [table for _output, table, _geometry in layers.TABLES]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A store with three group layers, made once."""
    path = tmp_path_factory.mktemp("filled") / "projet_espaceco.sqlite"
    with SandboxProcess(reports=5, features=5, rate=0) as process:
        Guichet(process, path).load(CANTONS, PHARMACIES, POSTS)
    return path


@pytest.fixture
def moved(qgis_app, filled, tmp_path, project):
    """A project with all layers, saved, and its store moved away; gives the store's new place."""
    there, here = tmp_path / "before" / filled.name, tmp_path / "now" / "renamed.sqlite"
    for path in (there, here):
        path.parent.mkdir()
    shutil.copy(filled, there)
    with Store(there) as store:
        stored = store.layers.all()
    layers.add_reports(project, there, "Reports")
    for each in stored:
        layer = QgsVectorLayer(group_layers.uri(there, each), "x", layers.PROVIDER)
        group_layers.dress(layer, each, {})
        project.addMapLayer(layer)
    assert project.write(str(tmp_path / "project.qgz"))
    project.clear()
    there.rename(here)
    return here


@pytest.fixture
def opened(moved, project, tmp_path):
    """The open project, whose layers are all broken."""
    assert project.read(str(tmp_path / "project.qgz"))
    assert not any(layer.isValid() for layer in project.mapLayers().values())
    return project


def by_table(project):
    return {QgsDataSourceUri(layer.source()).table(): layer for layer in project.mapLayers().values()}


def outcomes(table):
    return {feature["code"]: feature["outcome_code"] for feature in table.getFeatures()}


def test_all_layers_of_the_open_project_are_connected(run, opened, moved, feedback):
    found = run("relinklayers", STORE=str(moved), OUTPUT="memory:")
    assert (found["COUNT"], found["RELINKED_COUNT"], found["LEFT_COUNT"]) == (9, 9, 0)
    assert outcomes(found["OUTPUT"]) == dict.fromkeys([*TABLES, CANTONS, PHARMACIES, POSTS], "relinked")
    assert all(layer.isValid() for layer in opened.mapLayers().values())
    assert by_table(opened)["cantons_suivis"].featureCount() == 56
    assert "9 layers were connected." in feedback.infos and feedback.warnings == []
    again = run("relinklayers", STORE=str(moved), OUTPUT="memory:")
    assert (again["COUNT"], again["RELINKED_COUNT"], again["LEFT_COUNT"]) == (9, 0, 0)
    assert set(outcomes(again["OUTPUT"]).values()) == {"already"}


def test_styles_forms_names_and_filters_stay(run, opened, moved):
    pharmacies, posts = by_table(opened)["pharmacies_paris"], by_table(opened)["bornes"]
    pharmacies.setName("Mes pharmacies")
    run("relinklayers", STORE=str(moved))
    assert pharmacies.name() == "Mes pharmacies"
    assert sorted(pharmacies.styleManager().styles()) == ["Images", "Pharmacies", "Étoiles"]
    assert pharmacies.styleManager().currentStyle() == "Étoiles"
    assert pharmacies.renderer().symbol().symbolLayer(0).properties()["name"] == "star"
    at = pharmacies.fields().indexFromName("nom pharmacie")
    assert pharmacies.attributeAlias(at) == "Nom de la pharmacie"
    assert pharmacies.fields().at(at).constraints().constraintExpression()
    assert pharmacies.editorWidgetSetup(pharmacies.fields().indexFromName("horaires")).type() == "ValueMap"
    assert isinstance(posts.renderer(), QgsSingleSymbolRenderer)
    assert opened.relationManager().relation("geocollab_reponses").isValid()
    posts.setSubsetString("reference = 'BR-1'")
    moved.rename(moved.with_name("again.sqlite"))
    run("relinklayers", STORE=str(moved.with_name("again.sqlite")))
    assert posts.subsetString() == "reference = 'BR-1'" and posts.featureCount() == 1


def test_a_layer_is_known_by_what_it_is(run, opened, moved):
    """In another store its table may have another name."""
    with Store(moved) as store, store.atomic() as connection:
        connection.execute("SELECT RenameTable(NULL, 'bornes', 'bornes_2')")
        connection.execute("UPDATE geocollab_layer SET local_table = 'bornes_2' WHERE local_table = 'bornes'")
    run("relinklayers", STORE=str(moved))
    assert by_table(opened)["bornes_2"].featureCount() == 22


def test_without_its_identity_by_table_and_file(run, opened, moved, tmp_path):
    cantons = by_table(opened)["cantons_suivis"]
    for name in cantons.customPropertyKeys():
        cantons.removeCustomProperty(name)
    found = run("relinklayers", STORE=str(moved))
    assert found["LEFT_COUNT"] == 0 and cantons.isValid()


def test_what_the_store_does_not_have_is_left_and_said(run, opened, moved, feedback, tmp_path):
    with Store(moved) as store:
        store.layers.drop(next(layer for layer in store.layers.all() if layer.table_name == "bornes"))
    before = by_table(opened)["bornes"].source()
    found = run("relinklayers", STORE=str(moved), OUTPUT="memory:")
    assert (found["RELINKED_COUNT"], found["LEFT_COUNT"]) == (8, 1)
    (warning,) = feedback.warnings
    assert warning == (
        "Bornes: This store does not have it: load it with “Load group layers”, or download the reports into it."
    )
    assert by_table(opened)["bornes"].source() == before


def test_layers_of_others_are_left_alone(run, opened, moved, tmp_path, filled):
    """Those of another store that is there, and tables that are none of ours."""
    other = tmp_path / "other.sqlite"
    shutil.copy(filled, other)
    reports = QgsVectorLayer(layers.uri(other, "Signalement", "geom"), "other", layers.PROVIDER)
    memory = QgsVectorLayer("Point", "memory", "memory")
    assert reports.isValid()
    opened.addMapLayers([reports, memory])
    before = reports.source()
    assert run("relinklayers", STORE=str(moved))["COUNT"] == 9
    assert reports.source() == before and memory.wkbType() == QgsWkbTypes.Type.Point


def test_another_copy_is_left_for_the_store_that_is_named(run, opened, moved, tmp_path):
    run("relinklayers", STORE=str(moved))
    copy = tmp_path / "copy.sqlite"
    shutil.copy(moved, copy)
    found = run("relinklayers", STORE=str(copy))
    assert found["RELINKED_COUNT"] == 3, "the reports still have their own"
    assert layers.same(QgsDataSourceUri(by_table(opened)["bornes"].source()).database()) == layers.same(copy)


def test_a_layer_that_is_being_edited_is_left(run, opened, moved, tmp_path, feedback):
    run("relinklayers", STORE=str(moved))
    posts = by_table(opened)["bornes"]
    assert posts.startEditing()
    copy = tmp_path / "copy.sqlite"
    shutil.copy(moved, copy)
    found = run("relinklayers", STORE=str(copy), OUTPUT="memory:")
    assert outcomes(found["OUTPUT"])[POSTS] == "edited" and found["LEFT_COUNT"] == 1
    assert "being edited" in feedback.warnings[-1] and posts.isEditable()
    posts.rollBack()


# ---------------------------------------------------------------------- project files


@pytest.mark.parametrize("suffix", [".qgz", ".qgs"])
def test_a_project_file_is_repaired(run, moved, tmp_path, project, suffix):
    file = tmp_path / f"copy{suffix}"
    broken = QgsProject()
    assert broken.read(str(tmp_path / "project.qgz")) and broken.write(str(file))
    del broken
    found = run("relinklayers", PROJECT=str(file), STORE=str(moved))
    assert found["RELINKED_COUNT"] == 9
    assert not project.mapLayers()
    again = QgsProject()
    assert again.read(str(file))
    assert all(layer.isValid() for layer in again.mapLayers().values()) and len(again.mapLayers()) == 9
    assert [node.name() for node in again.layerTreeRoot().children()][-1] == "Reports"
    before = file.read_bytes()
    assert run("relinklayers", PROJECT=str(file), STORE=str(moved))["RELINKED_COUNT"] == 0
    assert file.read_bytes() == before, "nothing to change, nothing is written"


def test_the_real_program(moved, tmp_path):
    ran = run_qgis_process(
        "run", "geocollab:relinklayers", f"--PROJECT={tmp_path / 'project.qgz'}", f"--STORE={moved}",
        f"--OUTPUT={tmp_path / 'layers.csv'}", profile=tmp_path / "profile", json=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.results["RELINKED_COUNT"] == 9 and CANTONS in (tmp_path / "layers.csv").read_text(encoding="utf-8")
    again = QgsProject()
    assert again.read(str(tmp_path / "project.qgz"))
    assert all(layer.isValid() for layer in again.mapLayers().values())


# ---------------------------------------------------------------------- what is refused


def test_without_any_project(run, moved, feedback):
    found = run("relinklayers", STORE=str(moved), OUTPUT="memory:")
    assert (found["COUNT"], found["OUTPUT"].featureCount()) == (0, 0)
    assert feedback.warnings == ["No project with layers is open: open one, or give a file in PROJECT."]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"STORE": "nosuch.sqlite"}, "There is no store .*nosuch.sqlite"),
        ({"PROJECT": "nosuch.qgz"}, "There is no project .*nosuch.qgz"),
        ({"PROJECT": "odd.qgz"}, "odd.qgz is no project that QGIS can read"),
        ({"PROJECT": "project.qgz", "STORE": ""}, "Say in STORE where the store is now"),
        ({"STORE": ""}, "Which store"),
    ],
)
def test_what_is_refused(run, moved, project, tmp_path, monkeypatch, parameters, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.qgz").write_text("no project")
    with pytest.raises(QgsProcessingException, match=sentence):
        run("relinklayers", **{"STORE": str(moved), **parameters})


def test_the_open_project_is_not_changed_behind_ones_back(run, opened, moved, tmp_path):
    with pytest.raises(QgsProcessingException, match="is the open project: leave PROJECT empty"):
        run("relinklayers", PROJECT=str(tmp_path / "project.qgz"), STORE=str(moved))
