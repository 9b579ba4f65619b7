"""Statistics, map, clearing: what is done with a store, without network."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from qgis.core import (
    QgsAttributeEditorContainer,
    QgsAttributeEditorRelation,
    QgsProcessingException,
    QgsProject,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtGui import QImage

from geocollab.provider.project.relations import RELATIONS

ROOT = Path(__file__).resolve().parents[2]
CANTONS = ROOT / "sandbox" / "data" / "cantons.geojson"
TABLES = ["Signalement", "Croquis_EC_Point", "Croquis_EC_Ligne", "Croquis_EC_Polygone", "Reponse_EC", "Document_EC"]

NASTY = '<img src=x onerror=alert(1)>"&'

every_local = pytest.mark.parametrize("name", ["reportstatistics", "mapreports", "clearreports"])


def relations_of_form(layer):
    """Name and validity of each relation that the form of a layer shows."""
    found, waiting = {}, [layer.editFormConfig().invisibleRootContainer()]
    for element in waiting:
        if isinstance(element, QgsAttributeEditorRelation):
            found[element.relation().id()] = element.relation().isValid()
        waiting += element.children() if isinstance(element, QgsAttributeEditorContainer) else []
    return found


def query(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def wanted(tmp_path):
    """What an operation needs beyond the store."""
    return {"mapreports": {"PROJECT": str(tmp_path / "map.qgz")}}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    import socket

    def refuse(*_args, **_kwargs):
        raise AssertionError("the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


# ---------------------------------------------------------------------- the store


@every_local
def test_a_store_that_is_not_there(name, run, wanted, tmp_path):
    with pytest.raises(QgsProcessingException, match=r"There is no store .*nosuch.sqlite. Download reports first"):
        run(name, STORE=str(tmp_path / "nosuch.sqlite"), **wanted.get(name, {}))
    assert not (tmp_path / "nosuch.sqlite").exists()


@every_local
def test_an_empty_store(name, run, store, wanted):
    run("clearreports", STORE=str(store))
    found = run(name, STORE=str(store), **wanted.get(name, {}))
    assert found["COUNT"] == 0


@every_local
def test_the_store_of_the_project(name, run, store, wanted, project, tmp_path):
    shutil.copy(store, tmp_path / "carte v1.2_espaceco.sqlite")
    assert project.write(str(tmp_path / "carte v1.2.qgz"))
    assert run(name, **wanted.get(name, {}))["COUNT"] > 0


@every_local
def test_no_store_at_all(name, run, wanted, project):
    with pytest.raises(QgsProcessingException, match="Give a file in STORE, or save the project"):
        run(name, **wanted.get(name, {}))


# ---------------------------------------------------------------------- statistics


def test_figures_agree_with_the_store(run, store, tmp_path):
    found = run("reportstatistics", STORE=str(store), OUTPUT="TEMPORARY_OUTPUT", REPORT=str(tmp_path / "page.html"))
    ((count,),) = query(store, "SELECT count(*) FROM Signalement")
    ((submitted,),) = query(store, "SELECT count(*) FROM Signalement WHERE Statut = 'submit'")
    assert (found["COUNT"], found["TO_TREAT_COUNT"]) == (count, submitted)
    assert found["COUNT"] == found["OPEN_COUNT"] + found["CLOSED_COUNT"] + found["TEST_COUNT"]
    rows = [dict(zip(found["OUTPUT"].fields().names(), f.attributes())) for f in found["OUTPUT"].getFeatures()]
    by_status = [row for row in rows if row["category"] == "status"]
    assert sum(row["count"] for row in by_status) == count
    page = Path(found["REPORT"]).read_text(encoding="utf-8")
    assert "<svg" in page and "<script" not in page and str(store) in page
    assert all(isinstance(found[name], float) for name in found if name.startswith("MEDIAN"))


def test_a_period(run, store):
    every = run("reportstatistics", STORE=str(store))["COUNT"]
    since = run("reportstatistics", STORE=str(store), SINCE="2025-06-01")["COUNT"]
    until = run("reportstatistics", STORE=str(store), UNTIL="2025-06-01")["COUNT"]
    assert 0 < since < every and since + until == every
    with pytest.raises(QgsProcessingException, match="SINCE: “juin” is not a date"):
        run("reportstatistics", STORE=str(store), SINCE="juin")


def test_nothing_to_measure_leaves_the_measures_out(run, store):
    found = run("reportstatistics", STORE=str(store), SINCE="2300-01-01", OUTPUT="TEMPORARY_OUTPUT")
    assert found["COUNT"] == 0 and "MEDIAN_AGE_DAYS" not in found


def test_a_community_of_several(run, store):
    every = run("reportstatistics", STORE=str(store))["COUNT"]
    assert run("reportstatistics", STORE=str(store), COMMUNITY="375")["COUNT"] <= every
    assert run("reportstatistics", STORE=str(store), COMMUNITY="Voirie et adresses de la petite couronne")["COUNT"] > 0


def test_dangerous_texts_are_escaped(run, store, tmp_path):
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE Reponse_EC SET Auteur = '<script>alert(1)</script>'")
        for column in ("Commune", "Auteur", "Thème", "Département"):
            connection.execute(f'UPDATE Signalement SET "{column}" = ?', (NASTY,))
        connection.commit()
    page = Path(run("reportstatistics", STORE=str(store), REPORT=str(tmp_path / "page.html"))["REPORT"]).read_text()
    assert "<img src=x" not in page and "<script" not in page and "&lt;img src=x" in page


# ---------------------------------------------------------------------- clearing


def test_clearing_says_how_many_and_leaves_other_tables(run, store):
    counts = {table: query(store, f'SELECT count(*) FROM "{table}"')[0][0] for table in TABLES}
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE mine (a)")
        connection.execute("INSERT INTO mine VALUES (1)")
        connection.commit()
    found = run("clearreports", STORE=str(store))
    assert found["COUNT"] == counts["Signalement"]
    assert found["SKETCH_COUNT"] == sum(number for table, number in counts.items() if table.startswith("Croquis"))
    assert (found["REPLY_COUNT"], found["DOCUMENT_COUNT"]) == (counts["Reponse_EC"], counts["Document_EC"])
    assert all(query(store, f'SELECT count(*) FROM "{table}"') == [(0,)] for table in TABLES)
    assert query(store, "SELECT * FROM mine") == [(1,)]


# ---------------------------------------------------------------------- the map


def colours(picture, box=(0.0, 0.0, 1.0, 1.0)):
    """How many different colours there are in a part of a picture."""
    image = QImage(str(picture))
    assert not image.isNull()
    width, height = image.width(), image.height()
    columns = range(int(box[0] * width), int(box[2] * width), 3)
    rows = range(int(box[1] * height), int(box[3] * height), 3)
    return len({image.pixel(x, y) for x in columns for y in rows})


MAP_PART, LEGEND_PART = (0.05, 0.12, 0.7, 0.9), (0.77, 0.12, 1.0, 0.6)


def test_a_project_that_opens_styled_grouped_and_related(run, store, tmp_path, project):
    found = run(
        "mapreports", STORE=str(store), BACKGROUND=[str(CANTONS)], TITLE="Été", PROJECT=str(tmp_path / "map.qgz")
    )
    assert project.read(found["PROJECT"]) and project.title() == "Été"
    assert project.crs().authid() == "EPSG:2154"
    group, _ground = project.layerTreeRoot().children()
    assert [child.name() for child in group.children()] == TABLES
    assert all(layer.isValid() for layer in project.mapLayers().values())
    assert len(project.mapLayers()) == len(TABLES) + 1
    reports = project.mapLayersByName("Signalement")[0]
    assert reports.featureCount() == found["COUNT"] and reports.mapTipTemplate()
    relations = project.relationManager().relations()
    assert {key for key, relation in relations.items() if relation.isValid()} == {wanted.id for wanted in RELATIONS}
    assert relations_of_form(reports) == {wanted.id: True for wanted in RELATIONS}
    answered = next(feature for feature in reports.getFeatures() if feature["Nb_réponses"] > 1)
    replies = relations["geocollab_reponses"].getRelatedFeatures(answered)
    assert sum(1 for _reply in replies) == answered["Nb_réponses"]


def test_the_folder_can_be_moved(run, store, tmp_path, project):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    for file in (store, CANTONS):
        shutil.copy(file, before)
    run("mapreports", STORE=str(before / store.name), BACKGROUND=[str(before / CANTONS.name)],
        PROJECT=str(before / "map.qgz"))  # fmt: skip
    before.rename(after)
    assert project.read(str(after / "map.qgz"))
    layers = project.mapLayers().values()
    assert all(layer.isValid() and str(after) in layer.dataProvider().dataSourceUri() for layer in layers)


def test_the_current_project_stays_as_it_is(run, store, tmp_path, project):
    mine = QgsVectorLayer(str(CANTONS), "mine", "ogr")
    project.addMapLayer(mine)
    colour = mine.renderer().symbol().color()
    run(
        "mapreports",
        STORE=str(store),
        BACKGROUND=[mine],
        PROJECT=str(tmp_path / "m.qgz"),
        PICTURE=str(tmp_path / "m.png"),
    )
    assert list(project.mapLayers().values()) == [mine] and project.relationManager().relations() == {}
    assert mine.renderer().symbol().color() == colour


def test_a_picture_that_shows_the_reports(run, store, tmp_path):
    picture = tmp_path / "pictures" / "map.png"
    run("mapreports", STORE=str(store), BACKGROUND=[str(CANTONS)], PICTURE=str(picture), DPI=72)
    image = QImage(str(picture))
    assert abs(image.width() - 842) < 3 and abs(image.height() - 595) < 3
    assert colours(picture, MAP_PART) > 20 and colours(picture, LEGEND_PART) > 20
    assert [file.name for file in picture.parent.iterdir()] == ["map.png"], "no world file beside it"


def test_a_part_of_the_map(run, store, tmp_path, project):
    paris = "2.25,2.42,48.81,48.91 [EPSG:4326]"
    wanted = {"STORE": str(store), "DPI": 50}
    run("mapreports", **wanted, PICTURE=str(tmp_path / "all.png"))
    run("mapreports", **wanted, PICTURE=str(tmp_path / "part.png"), PROJECT=str(tmp_path / "p.qgz"), EXTENT=paris)
    assert QImage(str(tmp_path / "all.png")) != QImage(str(tmp_path / "part.png"))
    assert project.read(str(tmp_path / "p.qgz"))
    assert project.viewSettings().defaultViewExtent().width() < 20_000  # metres


@pytest.mark.parametrize("reports", [0, 1])
def test_few_reports_and_nothing_below_still_make_a_map(reports, run, store, tmp_path):
    with contextlib.closing(sqlite3.connect(store)) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM Signalement WHERE geom IS NOT NULL LIMIT 1")]
    run("clearreports", STORE=str(store)) if not reports else _keep(store, ids[0])
    found = run(
        "mapreports", STORE=str(store), PICTURE=str(tmp_path / "m.png"), PROJECT=str(tmp_path / "m.qgz"), DPI=50
    )
    assert found["COUNT"] == reports
    assert colours(tmp_path / "m.png") > 10


def _keep(store, number):
    layer = QgsVectorLayer(f"dbname='{store}' key='id' table=\"Signalement\" (geom)", "r", "spatialite")
    others = [feature.id() for feature in layer.getFeatures() if feature.id() != number]
    assert layer.dataProvider().deleteFeatures(others)


def test_backgrounds_of_every_kind(run, store, tmp_path):
    kinds = ("Point", "LineString", "Polygon", "NoGeometry")
    grounds = [
        QgsVectorLayer(f"{kind}?crs=EPSG:2154" if kind != "NoGeometry" else kind, kind, "memory") for kind in kinds
    ]
    assert grounds[0].geometryType() == QgsWkbTypes.GeometryType.PointGeometry
    run("mapreports", STORE=str(store), BACKGROUND=grounds[:3], PROJECT=str(tmp_path / "m.qgz"))


def test_a_background_that_is_not_there(run, store, tmp_path):
    with pytest.raises(QgsProcessingException):
        run("mapreports", STORE=str(store), BACKGROUND=["nosuch.gpkg"], PROJECT=str(tmp_path / "m.qgz"))
    assert not (tmp_path / "m.qgz").exists()


def test_nothing_to_make(run, store):
    with pytest.raises(QgsProcessingException, match="give a file in PROJECT, in PICTURE, or in both"):
        run("mapreports", STORE=str(store))


@pytest.mark.parametrize("name", ["PROJECT", "PICTURE"])
def test_a_place_that_cannot_be_written(name, run, store, tmp_path):
    (tmp_path / "folder.x").mkdir()
    with pytest.raises(QgsProcessingException) as refused:
        run("mapreports", STORE=str(store), **{name: str(tmp_path / "folder.x")})
    assert "folder.x" in str(refused.value) and "Traceback" not in str(refused.value)


def test_layers_of_a_removed_store_are_not_kept(run, store, tmp_path):
    """A project made elsewhere leaves nothing of its layers in this process."""
    run("mapreports", STORE=str(store), PROJECT=str(tmp_path / "m.qgz"))
    assert QgsProject.instance().mapLayers() == {}


def test_labels_name_fonts_that_other_computers_have(run, store, tmp_path, project):
    """Otherwise a project made without a window is opened elsewhere with a warning for each labelled layer."""
    run("mapreports", STORE=str(store), BACKGROUND=[str(CANTONS)], PROJECT=str(tmp_path / "m.qgz"))
    assert project.read(str(tmp_path / "m.qgz"))
    labelled = [layer for layer in project.mapLayers().values() if layer.isSpatial() and layer.labeling() is not None]
    assert len(labelled) == 5
    for layer in labelled:
        for provider in layer.labeling().subProviders():
            assert {"DejaVu Sans", "Arial"} <= set(layer.labeling().settings(provider).format().families())
