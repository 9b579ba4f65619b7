"""`pendingedits` through Processing: edits of QGIS and of SQL, every geometry, every output."""

from pathlib import Path

import pytest
from qgis.core import (
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsVectorLayer,
    QgsWkbTypes,
)

from tests.qgis.fieldwork import add, change, delete, group_layer, save
from tests.workflows.reviewing import ANY_3D, CODES, PARCELS, POSTS, ROADS, Review


@pytest.fixture(scope="module")
def template(office_server, tmp_path_factory):
    review = Review(office_server, tmp_path_factory.mktemp("template") / "t.sqlite")
    review.load(*CODES)
    return review


@pytest.fixture
def review(template, qgis_app, tmp_path):
    return Review.copy(template, tmp_path)


def features(layer):
    layer = layer if isinstance(layer, QgsVectorLayer) else QgsVectorLayer(str(layer), "x", "ogr")
    assert layer.isValid()
    return list(layer.getFeatures())


def test_an_edit_session_of_qgis(run, review, tmp_path, feedback):
    layer = group_layer(review.path, "bornes")
    change(layer, "?", 0, layer.fields().lookupField("etat"))
    add(layer, "POINT(2.35 48.85)", reference="ZZ-9")
    delete(layer, 3)
    moved = sorted(layer.allFeatureIds())[5]
    assert layer.changeGeometry(moved, QgsGeometry.fromWkt("POINT(2.4 48.8)"))
    save(layer)
    page = tmp_path / "edits.html"
    found = run(
        "pendingedits", STORE=str(review.path), OUTPUT="TEMPORARY_OUTPUT", EDITS="TEMPORARY_OUTPUT", REPORT=str(page)
    )
    assert [found[f"{kind}_COUNT"] for kind in ("INSERT", "UPDATE", "DELETE", "LAYER")] == [1, 2, 1, 1]
    assert found["COUNT"] == 4
    changed = {(row["geocollab_id"], row["column"]) for row in features(found["OUTPUT"]) if row["kind"] == "update"}
    assert {column for _row, column in changed} == {"etat", "geom"} and (moved, "geom") in changed
    (new,) = [edit for edit in features(found["EDITS"]) if edit["kind"] == "insert"]
    at = new.geometry().asMultiPoint()[0]
    assert (at.x(), at.y()) == pytest.approx((2.35, 48.85))
    assert found["EDITS"].crs().authid() == "EPSG:4326"
    assert "New object ZZ-9" in Path(found["REPORT"]).read_text(encoding="utf-8")
    assert "4 pending edits: 1 new, 2 changed, 1 deleted; conflicts: 0." in feedback.infos


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "memory"])
def test_points_lines_and_polygons_in_one_layer(run, review, tmp_path, ending):
    review.sql(ROADS, "UPDATE {t} SET nom_voie = 'x' WHERE geocollab_id = 1")
    review.sql(POSTS, "UPDATE {t} SET etat = '?' WHERE geocollab_id = 1")
    review.sql(PARCELS, "DELETE FROM {t} WHERE geocollab_id = 1")
    review.sql(ANY_3D, "UPDATE {t} SET libelle = 'x'")
    where = "TEMPORARY_OUTPUT" if ending == "memory" else str(tmp_path / f"edits.{ending}")
    found = run("pendingedits", STORE=str(review.path), EDITS=where)
    edits = features(found["EDITS"])
    assert len(edits) == found["COUNT"] > 4
    kinds = {QgsWkbTypes.geometryDisplayString(edit.geometry().type()) for edit in edits}
    assert kinds >= {"Point", "Line", "Polygon"}
    assert all(-1 < edit.geometry().boundingBox().xMinimum() < 4 for edit in edits)


@pytest.mark.parametrize("ending", ["shp", "gpkg", "fgb", "csv"])
def test_one_kind_of_geometry_goes_everywhere(run, review, tmp_path, ending):
    review.sql(PARCELS, "UPDATE {t} SET commentaire = 'x', etage = 3 WHERE geocollab_id < 4")
    found = run("pendingedits", STORE=str(review.path), EDITS=str(tmp_path / f"edits.{ending}"))
    assert len(features(found["EDITS"])) == 3


def test_a_table_without_geometry_alone(run, review):
    review.sql("demo_guichet:sans_geometrie", "UPDATE {t} SET libelle = 'x'")
    found = run("pendingedits", STORE=str(review.path), EDITS="TEMPORARY_OUTPUT")
    assert found["COUNT"] == len(features(found["EDITS"])) > 0


def test_its_rows_are_what_the_next_one_takes(run, review, project, tmp_path):
    """The table and the layer of it, and a layer of the store with a selection."""
    review.sql(POSTS, "UPDATE {t} SET etat = '?' WHERE geocollab_id < 4")
    review.sql(PARCELS, "UPDATE {t} SET etage = 59 WHERE geocollab_id < 3")
    table, edits = str(tmp_path / "t.csv"), str(tmp_path / "e.gpkg")
    first = run("pendingedits", STORE=str(review.path), LAYERS="bornes", OUTPUT=table, EDITS=edits)
    assert first["COUNT"] == 3
    for given in (table, edits):
        assert run("pendingedits", STORE=str(review.path), INPUT=given)["COUNT"] == 3
    layer = group_layer(review.path, "parcelles")
    project.addMapLayer(layer)
    for selected, count in (([2], 1), ([], 2)):
        layer.selectByIds(selected)
        given = QgsProcessingFeatureSourceDefinition(layer.id(), selectedFeaturesOnly=bool(selected))
        assert run("pendingedits", STORE=str(review.path), INPUT=given)["COUNT"] == count


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"LAYERS": "rivières"}, "There is no layer “rivières”"),
        ({"INPUT": "/nowhere.gpkg"}, "Could not load source layer for INPUT: /nowhere.gpkg not found"),
        ({"STORE": "/nowhere/store.sqlite"}, "store.sqlite"),
    ],
)
def test_what_is_refused(run, review, parameters, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        run("pendingedits", **{"STORE": str(review.path), **parameters})


def test_a_store_without_group_layers(run, store):
    with pytest.raises(QgsProcessingException, match="has no group layers yet"):
        run("pendingedits", STORE=str(store))
