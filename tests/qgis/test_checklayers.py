"""`checklayers` through Processing: layers as they are shown, images, files, names; all that it gives."""

from pathlib import Path

import pytest
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProject,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from tests.qgis.unsaved import SQUARE, add, memory

BOW = "POLYGON((652300 6861300,652302 6861302,652302 6861300,652300 6861302,652300 6861300))"
CANTONS = Path(__file__).parents[2] / "sandbox" / "data" / "cantons.geojson"


def features(layer):
    layer = layer if isinstance(layer, QgsVectorLayer) else QgsVectorLayer(str(layer), "x", "ogr")
    assert layer.isValid()
    return list(layer.getFeatures())


def codes(found):
    return [(row["severity"], row["code"], row["layer"]) for row in features(found["OUTPUT"])]


def test_layers_with_which_nothing_is_wrong(run, feedback, tmp_path):
    page = tmp_path / "faults.html"
    found = run("checklayers", INPUT=[str(CANTONS)], CRS="EPSG:2154", OUTPUT="TEMPORARY_OUTPUT", REPORT=str(page))
    assert (found["ERROR_COUNT"], found["WARNING_COUNT"], found["LAYER_COUNT"]) == (0, 0, 1)
    assert codes(found) == [] and "Nothing is wrong." in feedback.infos
    assert "61 objects, polygon, EPSG:2154" in page.read_text(encoding="utf-8")
    renamed = memory(fields="NOM:string select:string", rows=[(SQUARE, "a")], name="Zônes")
    run("checklayers", INPUT=[renamed], REPORT=str(page))
    assert "Zônes → zones, NOM → nom, select → select_" in page.read_text(encoding="utf-8")


def test_every_kind_of_fault_with_its_place(run, project, tmp_path):
    bad = memory(
        fields="nom:string ogc_fid:integer", rows=[(SQUARE, "a", 1), (None, "b", 2), (BOW, "c", 3)], name="Zônes"
    )
    bare = memory(rows=[(SQUARE,)], name="nulle part")
    bare.setCrs(QgsCoordinateReferenceSystem())
    empty = memory("Point?crs=EPSG:4326", name="vide")
    project.addMapLayers([bad, bare, empty])
    bad.startEditing()
    add(bad, [(BOW, "d", 4)])
    assert bad.deleteFeature(1)
    found = run(
        "checklayers",
        INPUT=[bad, bare, empty],
        OUTPUT="TEMPORARY_OUTPUT",
        FAULTS="TEMPORARY_OUTPUT",
        REPAIRED=str(tmp_path / "repaired.gpkg"),
    )
    assert codes(found) == [
        ("error", "crs_missing", "nulle part"),
        ("error", "invalid_geometry", "Zônes"),
        ("error", "invalid_geometry", "Zônes"),
        ("error", "empty", "vide"),
        ("warning", "columns_clash", "Zônes"),
        ("warning", "crs_differs", "Zônes"),
        ("warning", "no_geometry", "Zônes"),
    ]
    assert (found["ERROR_COUNT"], found["WARNING_COUNT"], found["INVALID_COUNT"]) == (4, 3, 2)
    ids = {feature.id(): feature["nom"] for feature in bad.getFeatures()}
    rows = [row for row in features(found["OUTPUT"]) if row["code"] == "invalid_geometry"]
    assert sorted(ids[int(row["feature"])] for row in rows) == ["c", "d"]
    assert found["FAULTS"].crs().authid() == "EPSG:4326"
    at = features(found["FAULTS"])[0].geometry().asMultiPoint()[0]
    assert (at.x(), at.y()) == pytest.approx((2.35, 48.85), abs=1e-3)
    repaired = features(f"{found['REPAIRED']}|layername=zones")
    assert found["REPAIRED_COUNT"] == 2 and len(repaired) == 3
    assert all(feature.geometry().isGeosValid() for feature in repaired if feature.hasGeometry())
    again = run("checklayers", INPUT=[f"{found['REPAIRED']}|layername=zones"], CRS="EPSG:2154")
    assert again["INVALID_COUNT"] == 0
    bad.rollBack()


def test_selected_objects_only(run, project):
    layer = memory(rows=[(SQUARE,), (BOW,)])
    project.addMapLayer(layer)
    layer.selectByIds([1])
    assert run("checklayers", INPUT=[layer], SELECTED_ONLY=True)["ERROR_COUNT"] == 0
    assert run("checklayers", INPUT=[layer])["ERROR_COUNT"] == 1


@pytest.mark.parametrize("crs", ["ESRI:54009", "PROJ:+proj=laea +lat_0=12 +lon_0=3 +datum=WGS84"])
def test_a_coordinate_system_without_a_code(run, crs):
    found = run("checklayers", INPUT=[memory(rows=[(SQUARE,)])], CRS=crs, OUTPUT="TEMPORARY_OUTPUT")
    assert codes(found) == [("error", "crs_unknown", "CRS")] and found["LAYER_COUNT"] == 1


def test_images_of_the_project_and_files(run, project, tmp_path):
    bare = tmp_path / "bare.tif"
    gdal.GetDriverByName("GTiff").Create(str(bare), 4, 3, 1).FlushCache()
    image = QgsRasterLayer(str(bare), "Ortho")
    service = QgsRasterLayer("type=xyz&url=http://127.0.0.1:9/{z}/{x}/{y}.png&zmax=1&zmin=0", "fond", "wms")
    project.addMapLayers([image, service])
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "vide.gpkg").write_bytes(b"")
    found = run("checklayers", INPUT=[image, service], FILES=[str(folder)], OUTPUT="TEMPORARY_OUTPUT")
    assert codes(found) == [
        ("error", "not_georeferenced", "Ortho"),
        ("error", "file", str(folder / "vide.gpkg")),
        ("warning", "file", "fond"),
    ]
    assert found["LAYER_COUNT"] == 3


def test_fail_on_an_error(run, tmp_path):
    table = tmp_path / "faults.csv"
    with pytest.raises(QgsProcessingException, match=r"1 error\. Zones d'étude, object 1: It crosses itself\."):
        run("checklayers", INPUT=[memory(rows=[(BOW,)])], FAIL_ON_ERROR=True, OUTPUT=str(table))
    assert "invalid_geometry" in table.read_text(encoding="utf-8")
    renamed = memory(fields="prénom:string", rows=[(SQUARE, "a")])
    assert run("checklayers", INPUT=[renamed], FAIL_ON_ERROR=True)["WARNING_COUNT"] == 1


def test_the_technical_name(run, no_connections):
    found = run("checklayers", LAYER_NAME="Été 2024", OUTPUT="TEMPORARY_OUTPUT")
    assert codes(found) == [("error", "layer_name", "Été 2024")]
    assert run("checklayers", LAYER_NAME="ete_2024")["ERROR_COUNT"] == 0


def test_nothing_to_check(run):
    with pytest.raises(QgsProcessingException, match="There is nothing to check"):
        run("checklayers")


def test_in_a_thread_of_its_own(run_in_thread, project):
    """The layers of a project belong to the main thread, and the check does not."""
    layer = memory(fields="nom:string", rows=[(SQUARE, "a"), (BOW, "b")] * 300)
    project.addMapLayer(layer)
    layer.startEditing()
    add(layer, [(BOW, "c")])
    context = QgsProcessingContext()
    context.setProject(project)
    found = run_in_thread("checklayers", context, INPUT=[layer.id()], OUTPUT="TEMPORARY_OUTPUT")
    assert found["INVALID_COUNT"] == 301
    layer.rollBack()


def test_a_name_that_a_service_of_the_datastore_has(serve):
    serve(
        "publishwfs", STORED_DATA="cantons", LAYER_NAME="pris", TITLE="Cantons", NAME="Ma carte", ADD_TO_PROJECT=False
    )
    found = serve("checklayers", LAYER_NAME="pris", OUTPUT="TEMPORARY_OUTPUT", FAIL_ON_ERROR=True)
    assert (found["ERROR_COUNT"], found["WARNING_COUNT"]) == (0, 1)
    (row,) = features(found["OUTPUT"])
    assert (row["code"], row["layer"]) == ("layer_name", "pris")
    assert row["fault"].startswith("The WFS service “Ma carte” of this datastore has this name already.")
    assert serve("checklayers", LAYER_NAME="libre")["WARNING_COUNT"] == 0
    with pytest.raises(QgsProcessingException, match="1 error"):
        serve("checklayers", LAYER_NAME="pas libre", FAIL_ON_ERROR=True)


def test_geometries_of_files(run, tmp_path):
    good = memory(rows=[(SQUARE,), (BOW,)])
    path = str(tmp_path / "zones.gpkg")
    options = QgsVectorFileWriter.SaveVectorOptions()
    QgsVectorFileWriter.writeAsVectorFormatV3(good, path, QgsProject.instance().transformContext(), options)
    found = run("checklayers", FILES=[path], FAULTS="TEMPORARY_OUTPUT", OUTPUT="TEMPORARY_OUTPUT")
    assert codes(found) == [("error", "invalid_geometry", path)] and found["INVALID_COUNT"] == 1
    (place,) = features(found["FAULTS"])
    at = place.geometry().asMultiPoint()[0]
    assert place["feature"] == "2" and (at.x(), at.y()) == pytest.approx((2.35, 48.85), abs=1e-3)
