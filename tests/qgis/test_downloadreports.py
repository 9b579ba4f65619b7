"""Downloading through Processing: what comes of each parameter, and how the layers come into a project."""

import contextlib
import json
import sqlite3
from datetime import datetime
from pathlib import Path

import processing
import pytest
from qgis.core import (
    QgsApplication,
    QgsAttributeEditorContainer,
    QgsAttributeEditorRelation,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsLayerTreeRegistryBridge,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingUtils,
    QgsProject,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime, Qt

from geocollab.provider.project.relations import RELATIONS

ROOT = Path(__file__).resolve().parents[2]
CANTONS = ROOT / "sandbox" / "data" / "cantons.geojson"
LAYERS = {
    "REPORTS": "Signalement",
    "SKETCH_POINTS": "Croquis_EC_Point",
    "SKETCH_LINES": "Croquis_EC_Ligne",
    "SKETCH_POLYGONS": "Croquis_EC_Polygone",
    "REPLIES": "Reponse_EC",
    "DOCUMENTS": "Document_EC",
}


def query(path, sql, *values):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(sql, values)]


def relations_of_form(layer):
    """Name and validity of each relation that the form of a layer shows."""
    found, waiting = {}, [layer.editFormConfig().invisibleRootContainer()]
    for element in waiting:
        if isinstance(element, QgsAttributeEditorRelation):
            found[element.relation().id()] = element.relation().isValid()
        waiting += element.children() if isinstance(element, QgsAttributeEditorContainer) else []
    return found


def ids(path, where="1", *values):
    """Numbers of the reports in a store, all or some."""
    return set(query(path, f'SELECT id FROM "Signalement" WHERE {where}', *values))


@pytest.fixture
def download(run, sandbox, tmp_path):
    """`download(STATUSES=…)`: into a new store; gives the results."""
    stores = iter(range(1000))

    def call(**parameters):
        defaults = {"CONNECTION": str(sandbox.connection), "STORE": str(tmp_path / f"new{next(stores)}.sqlite")}
        return run("downloadreports", **{**defaults, **parameters})

    return call


@pytest.fixture
def everything(template_store):
    """The numbers of all reports of community 375."""
    return ids(template_store)


# ---------------------------------------------------------------------- outputs


def test_outputs_are_layers_with_the_content_of_the_store(download, template_store):
    results, context = download(), QgsProcessingContext()
    for output, table in LAYERS.items():
        layer = QgsProcessingUtils.mapLayerFromString(results[output], context)
        assert layer.isValid() and layer.providerType() == "spatialite"
        assert layer.featureCount() == len(query(template_store, f'SELECT id FROM "{table}"')) > 0
        assert layer.isSpatial() == (output not in ("REPLIES", "DOCUMENTS"))
    reports = QgsProcessingUtils.mapLayerFromString(results["REPORTS"], context)
    assert reports.crs().authid() == "EPSG:4326"
    feature = next(reports.getFeatures())
    assert feature.id() == feature["NoSignalement"], "feature ids are stable: the number of the report"


def test_numbers_agree_with_each_other(download):
    found = download()
    families = ("TO_TREAT_COUNT", "IN_PROGRESS_COUNT", "TREATED_COUNT", "REJECTED_COUNT", "TEST_COUNT")
    assert found["COUNT"] == found["NEW_COUNT"] == sum(found[name] for name in families)
    assert found["TREATED_COUNT"] == found["VALID_COUNT"] + found["VALID0_COUNT"]
    assert found["REQUEST_COUNT"] <= 10


def test_the_summary_as_table_and_page(download, tmp_path):
    found = download(SUMMARY="TEMPORARY_OUTPUT", REPORT=str(tmp_path / "page.html"))
    rows = [feature.attributes() for feature in found["SUMMARY"].getFeatures()]
    assert sum(row[3] for row in rows) == found["COUNT"]
    assert sum(row[4] for row in rows) == pytest.approx(1)
    page = Path(found["REPORT"]).read_text(encoding="utf-8")
    assert str(found["COUNT"]) in page and "<script" not in page and "sandbox-membre" not in page


def test_dangerous_texts_of_the_server_are_escaped_in_the_page(download, sandbox, tmp_path):
    from sandbox.connections import write_connection

    connection = write_connection(tmp_path / "c.json", sandbox.url)
    document = json.loads(connection.read_text())
    document["services"]["site"] = sandbox.url + "/<img src=x onerror=alert(1)>"
    connection.write_text(json.dumps(document))
    try:
        found = download(CONNECTION=str(connection), REPORT=str(tmp_path / "page.html"))
    except QgsProcessingException:
        return  # refused as an address is as good
    assert "<img src=x" not in Path(found["REPORT"]).read_text(encoding="utf-8")


# ---------------------------------------------------------------------- in a project


def load(sandbox, store, project):
    """As the dialog of QGIS Desktop does it."""
    return processing.runAndLoadResults(
        "geocollab:downloadreports", {"CONNECTION": str(sandbox.connection), "STORE": str(store)}
    )


def test_layers_come_into_the_project_styled_grouped_and_related(sandbox, project, tmp_path):
    load(sandbox, tmp_path / "in.sqlite", project)
    layers = {layer.name(): layer for layer in project.mapLayers().values()}
    assert sorted(layers) == sorted(LAYERS.values())
    (group,) = [child for child in project.layerTreeRoot().children() if child.name().startswith("Reports")]
    assert group.name() == "Reports – Voirie et adresses de la petite couronne"
    assert [child.name() for child in group.children()] == list(LAYERS.values())
    assert len(project.layerTreeRoot().findLayers()) == len(LAYERS), "nothing is left outside of the group"
    assert layers["Signalement"].renderer().type() in ("categorizedSymbol", "RuleRenderer")
    assert layers["Signalement"].mapTipTemplate()
    assert {key for key, found in project.relationManager().relations().items() if found.isValid()} == {
        wanted.id for wanted in RELATIONS
    }
    assert relations_of_form(layers["Signalement"]) == {wanted.id: True for wanted in RELATIONS}
    relation = project.relationManager().relation("geocollab_reponses")
    answered = next(feature for feature in layers["Signalement"].getFeatures() if feature["Nb_réponses"] > 1)
    assert sum(1 for _reply in relation.getRelatedFeatures(answered)) == answered["Nb_réponses"]


def test_the_order_does_not_depend_on_where_qgis_puts_new_layers(sandbox, project, tmp_path):
    """Desktop puts them above the current layer, which soon is one of ours."""
    group = project.layerTreeRoot().addGroup("Reports – Voirie et adresses de la petite couronne")
    bridge, point = project.layerTreeRegistryBridge(), QgsLayerTreeRegistryBridge.InsertionPoint
    bridge.setLayerInsertionPoint(point(group, 0))
    try:
        load(sandbox, tmp_path / "in.sqlite", project)
    finally:
        bridge.setLayerInsertionPoint(point(project.layerTreeRoot(), 0))  # the group goes with the project
    assert [child.name() for child in group.children()] == list(LAYERS.values())
    assert len(project.mapLayers()) == len(LAYERS)


def test_from_the_dialog_of_desktop(sandbox, project, tmp_path, run_in_thread, feedback):
    """There it works in a thread of its own; the layers come into the project afterwards, in the main one."""
    from processing.gui.Postprocessing import handleAlgorithmResults

    context = QgsProcessingContext()
    context.setProject(project)
    wanted = {"CONNECTION": str(sandbox.connection), "STORE": str(tmp_path / "thread.sqlite"), "ZONE": str(CANTONS)}
    results = run_in_thread("downloadreports", context, **wanted)
    assert results and results["COUNT"] > 0, feedback.errors
    assert len(context.layersToLoadOnCompletion()) == len(LAYERS)
    operation = QgsApplication.processingRegistry().createAlgorithmById("geocollab:downloadreports")
    assert handleAlgorithmResults(operation, context, feedback)
    (group,) = project.layerTreeRoot().children()
    assert [child.name() for child in group.children()] == list(LAYERS.values())
    reports = project.mapLayersByName("Signalement")[0]
    assert reports.featureCount() == results["COUNT"]
    again = run_in_thread("downloadreports", context, **wanted, STATUSES="submit")
    assert again["COUNT"] == reports.featureCount() < results["COUNT"]


def test_a_second_download_doubles_no_layer_and_shows_the_new_content(sandbox, project, run, tmp_path):
    store = tmp_path / "twice.sqlite"
    load(sandbox, store, project)
    reports = project.mapLayersByName("Signalement")[0]
    before = reports.featureCount()
    fewer = processing.runAndLoadResults(
        "geocollab:downloadreports",
        {"CONNECTION": str(sandbox.connection), "STORE": str(store), "STATUSES": "submit"},
    )
    assert len(project.mapLayers()) == len(LAYERS)
    assert 0 < fewer["COUNT"] < before
    assert reports.featureCount() == fewer["COUNT"] == sum(1 for _feature in reports.getFeatures())
    run("clearreports", STORE=str(store))
    assert sum(1 for _feature in reports.getFeatures()) == 0 == reports.featureCount()


def test_a_layer_that_was_renamed_or_moved_by_the_user_stays_so(sandbox, project, tmp_path):
    store = tmp_path / "mine.sqlite"
    load(sandbox, store, project)
    reports = project.mapLayersByName("Signalement")[0]
    reports.setName("Mes signalements")
    load(sandbox, store, project)
    assert len(project.mapLayers()) == len(LAYERS)
    assert project.mapLayersByName("Mes signalements") == [reports]


def test_a_layer_that_the_user_took_away_comes_back(sandbox, project, tmp_path):
    store = tmp_path / "back.sqlite"
    load(sandbox, store, project)
    project.removeMapLayer(project.mapLayersByName("Reponse_EC")[0])
    load(sandbox, store, project)
    (group,) = project.layerTreeRoot().children()
    assert [child.name() for child in group.children()] == list(LAYERS.values())
    assert project.relationManager().relation("geocollab_reponses").isValid()


def test_two_stores_in_one_project_do_not_mix(sandbox, project, tmp_path):
    load(sandbox, tmp_path / "one.sqlite", project)
    load(sandbox, tmp_path / "two.sqlite", project)
    assert len(project.mapLayers()) == 2 * len(LAYERS)
    for relation in project.relationManager().relations().values():
        files = {
            layer.dataProvider().uri().database() for layer in (relation.referencedLayer(), relation.referencingLayer())
        }
        assert len(files) == 1


# ---------------------------------------------------------------------- where the store goes


@pytest.mark.parametrize("name", ["carte", "ma carte v1.2", "Île-de-France (été)", "a'b"])
def test_the_store_lies_beside_the_project(name, project, run, sandbox, tmp_path):
    assert project.write(str(tmp_path / f"{name}.qgz"))
    found = run("downloadreports", CONNECTION=str(sandbox.connection), STATUSES="submit")
    assert Path(found["STORE_FILE"]) == tmp_path / f"{name}_espaceco.sqlite"
    assert Path(found["STORE_FILE"]).is_file()
    assert QgsProcessingUtils.mapLayerFromString(found["REPORTS"], QgsProcessingContext()).isValid()
    assert run("reportstatistics")["COUNT"] == found["COUNT"], "the other operations find it there"


def test_neither_store_nor_project(project, run, sandbox):
    with pytest.raises(QgsProcessingException, match="Give a file in STORE, or save the project"):
        run("downloadreports", CONNECTION=str(sandbox.connection))


def test_a_project_that_is_in_no_folder(project, run, sandbox, tmp_path):
    """Saved inside a GeoPackage."""
    layer = QgsVectorLayer("Point?crs=EPSG:4326", "points", "memory")
    package = tmp_path / "all.gpkg"
    processing.run("native:savefeatures", {"INPUT": layer, "OUTPUT": str(package)})
    assert project.write(f"geopackage:{package}?projectName=carte")
    with pytest.raises(QgsProcessingException, match="Give a file in STORE, or save the project"):
        run("downloadreports", CONNECTION=str(sandbox.connection))


@pytest.mark.parametrize(
    ("store", "sentence"),
    [
        ("folder", "it is a folder"),
        ("text.sqlite", "it is not an SQLite file"),
        ("no/such/folder/r.sqlite", "no/such/folder"),
        ("plain.sqlite", "it has no spatial tables"),
        ("newer.sqlite", "newer version"),
    ],
)
def test_a_file_that_cannot_be_the_store(store, sentence, download, tmp_path, template_store, sandbox):
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.sqlite").write_text("bonjour")
    with contextlib.closing(sqlite3.connect(tmp_path / "plain.sqlite")) as plain:
        plain.execute("CREATE TABLE t (a)")
    newer = tmp_path / "newer.sqlite"
    with (
        contextlib.closing(sqlite3.connect(template_store)) as good,
        contextlib.closing(sqlite3.connect(newer)) as copy,
    ):
        good.backup(copy)
        copy.execute("INSERT INTO geocollab_migration VALUES ('9999_from_the_future', '2030-01-01')")
        copy.commit()
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    sandbox.clear_journal()
    with pytest.raises(QgsProcessingException) as refused:
        download(STORE=str(tmp_path / store))
    assert sentence in str(refused.value) and store.split("/")[0] in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert {path: path.read_bytes() for path in before} == before
    assert not sandbox.journal("/reports"), "what cannot be stored is not downloaded"


def test_a_store_that_another_program_is_writing(download, store, content, monkeypatch):
    from geocollab.store import store as module

    monkeypatch.setattr(module.Store.__init__, "__kwdefaults__", {"create": True, "wait": 0.2})
    before = content(store)
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(QgsProcessingException, match="Another program is writing"):
            download(STORE=str(store))
        other.execute("ROLLBACK")
    assert content(store) == before


# ---------------------------------------------------------------------- the zone


@pytest.fixture
def cantons(qgis_app):
    layer = QgsVectorLayer(str(CANTONS), "cantons", "ogr")
    assert layer.isValid()
    return layer


def inside(template_store, shape, where="1"):
    """The reports of a zone by QGIS's own geometry, to compare with ours."""
    layer = QgsVectorLayer(f"dbname='{template_store}' key='id' table=\"Signalement\" (geom)", "r", "spatialite")
    engine = QgsGeometry.createGeometryEngine(shape.constGet())
    engine.prepareGeometry()
    return {
        f.id() for f in layer.getFeatures() if not f.geometry().isNull() and engine.intersects(f.geometry().constGet())
    }


def test_a_zone_is_its_exact_shape(download, cantons, template_store):
    found = download(ZONE=str(CANTONS))
    expected = inside(template_store, QgsGeometry.unaryUnion([f.geometry() for f in cantons.getFeatures()]))
    assert ids(found["STORE_FILE"]) == expected
    assert 0 < len(expected) < len(ids(template_store))


def test_only_the_selected_polygons(download, cantons, project, template_store):
    project.addMapLayer(cantons)
    first, second = list(cantons.getFeatures())[:2]
    cantons.selectByIds([first.id(), second.id()])
    found = download(ZONE=QgsProcessingFeatureSourceDefinition(cantons.id(), selectedFeaturesOnly=True))
    assert ids(found["STORE_FILE"]) == inside(
        template_store, QgsGeometry.unaryUnion([first.geometry(), second.geometry()])
    )


def test_a_selection_of_nothing(download, cantons, project, sandbox):
    project.addMapLayer(cantons)
    with pytest.raises(QgsProcessingException, match="“cantons” is empty"):
        download(ZONE=QgsProcessingFeatureSourceDefinition(cantons.id(), selectedFeaturesOnly=True))
    assert not sandbox.journal("/reports")


def test_a_zone_in_another_coordinate_system(download, cantons, tmp_path):
    lambert = processing.run(
        "native:reprojectlayer", {"INPUT": cantons, "TARGET_CRS": "EPSG:2154", "OUTPUT": str(tmp_path / "l93.gpkg")}
    )["OUTPUT"]
    assert ids(download(ZONE=lambert)["STORE_FILE"]) == ids(download(ZONE=str(CANTONS))["STORE_FILE"])


def memory_layer(wkt, kind="Polygon", crs="EPSG:4326"):
    layer = QgsVectorLayer(f"{kind}?crs={crs}" if crs else kind, "ma zone", "memory")
    if not crs:
        layer.setCrs(QgsCoordinateReferenceSystem())
    if wkt:
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        assert layer.dataProvider().addFeatures([feature])[0]
    return layer


SQUARE = "POLYGON((2.2 48.8, 2.4 48.8, 2.4 48.9, 2.2 48.9, 2.2 48.8))"
BOW_TIE = "POLYGON((2.2 48.8, 2.4 48.9, 2.4 48.8, 2.2 48.9, 2.2 48.8))"


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        ({"wkt": SQUARE, "crs": ""}, "“ma zone” has no coordinate system"),
        ({"wkt": ""}, "“ma zone” is empty"),
        ({"wkt": BOW_TIE}, "Fix geometries"),
        ({"wkt": "POINT(2.3 48.8)", "kind": "Point"}, "“ma zone” is not made of polygons"),
        ({"wkt": "LINESTRING(2 48, 3 49)", "kind": "LineString"}, "“ma zone” is not made of polygons"),
        ({"wkt": "POLYGON((700 48, 701 48, 701 49, 700 48))"}, "outside the world"),
    ],
)
def test_a_layer_that_is_no_zone(layer, sentence, download, sandbox, project, store, content):
    before = content(store)
    with pytest.raises(QgsProcessingException, match=sentence):
        download(ZONE=memory_layer(**layer), STORE=str(store))
    assert content(store) == before
    assert not sandbox.journal("/reports")


@pytest.mark.parametrize("zone", ["nosuch.geojson", "a layer that is not there"])
def test_a_zone_that_is_not_there(zone, download):
    with pytest.raises(QgsProcessingException):
        download(ZONE=zone)


def test_a_multipart_zone_with_height_and_empty_parts(download, template_store):
    layer = memory_layer("", kind="MultiPolygonZ")
    for wkt in ("MultiPolygonZ(((2.2 48.8 1, 2.4 48.8 1, 2.4 48.9 1, 2.2 48.9 1, 2.2 48.8 1)))", None):
        feature = QgsFeature()
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        layer.dataProvider().addFeatures([feature])
    assert ids(download(ZONE=layer)["STORE_FILE"]) == inside(template_store, QgsGeometry.fromWkt(SQUARE))


def test_an_extent_in_any_coordinate_system(download, template_store):
    expected = inside(template_store, QgsGeometry.fromWkt(SQUARE))
    assert ids(download(EXTENT="2.2,2.4,48.8,48.9 [EPSG:4326]")["STORE_FILE"]) == expected
    box = QgsGeometry.fromWkt(SQUARE).boundingBox()
    rectangle = QgsReferencedRectangle(box, QgsCoordinateReferenceSystem("EPSG:4326"))
    assert ids(download(EXTENT=rectangle)["STORE_FILE"]) == expected

    lambert = QgsCoordinateReferenceSystem("EPSG:2154")
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), lambert, QgsProject.instance())
    wide = there.transformBoundingBox(box)
    found = ids(
        download(EXTENT=f"{wide.xMinimum()},{wide.xMaximum()},{wide.yMinimum()},{wide.yMaximum()} [EPSG:2154]")[
            "STORE_FILE"
        ]
    )
    assert expected <= found  # the box around the rectangle is a little larger


def test_an_extent_that_is_none(download):
    with pytest.raises(QgsProcessingException):
        download(EXTENT="here")


def test_a_zone_goes_before_the_extent(download):
    far = "-60,-59,14,15 [EPSG:4326]"
    assert download(ZONE=str(CANTONS), EXTENT=far)["COUNT"] > 0
    assert download(EXTENT=far)["COUNT"] == 0


# ---------------------------------------------------------------------- the other filters


@pytest.mark.parametrize(
    "statuses",
    [
        [0, 5],
        ["submit", "valid"],
        "submit,valid",
        "submit;valid",
        " submit , valid ",
        "0,5",
        ["0", "valid"],
        ("submit", 5),
    ],
)
def test_statuses_by_position_by_code_and_as_text(statuses, download, template_store):
    found = download(STATUSES=statuses)
    assert ids(found["STORE_FILE"]) == ids(template_store, "\"Statut\" IN ('submit', 'valid')")


@pytest.mark.parametrize("statuses", ["pending0", 1, [1], "1"])
def test_one_status(statuses, download, template_store):
    assert ids(download(STATUSES=statuses)["STORE_FILE"]) == ids(template_store, "\"Statut\" = 'pending0'")


@pytest.mark.parametrize("statuses", ["closed", "submit,closed", 10, [-1], "submit valid", ["submit", "10"]])
def test_a_status_that_is_none(statuses, download, sandbox):
    with pytest.raises(QgsProcessingException, match=r"STATUSES: “.*” is not one of submit, pending0"):
        download(STATUSES=statuses)
    assert not sandbox.journal()


@pytest.mark.parametrize("none", [None, "", []])
def test_an_empty_filter_filters_nothing(none, download, everything):
    found = download(STATUSES=none, THEMES=none, DEPARTMENTS=none, UPDATED_SINCE=None, TEXT="", ORIGIN=none)
    assert ids(found["STORE_FILE"]) == everything


def test_mode_takes_no_two_values(download):
    for mode in ("replace,update", ["replace", "update"], "refresh", 2):
        with pytest.raises(QgsProcessingException, match="MODE: "):
            download(MODE=mode)


@pytest.mark.parametrize("departments", ["75,2A", ["75", "2A"], "75; 2A"])
def test_departments(departments, download, template_store):
    found = download(DEPARTMENTS=departments)
    assert ids(found["STORE_FILE"]) == ids(template_store, "\"Département_id\" IN ('75', '2A')")
    assert query(found["STORE_FILE"], "SELECT count(*) FROM Signalement WHERE \"Département_id\" = '2A'") != [0]


def test_themes_known_or_not(download, template_store, feedback):
    found = download(THEMES=["Voirie", "Adresse"])
    expected = ids(
        template_store,
        "\"Thèmes\" LIKE '%Voirie(%' OR \"Thèmes\" LIKE '%Adresse(%' OR \"Thème\" IN ('Voirie', 'Adresse')",
    )
    assert ids(found["STORE_FILE"]) == expected != set()
    assert ids(download(THEMES="Voirie;Adresse")["STORE_FILE"]) == expected
    assert download(THEMES="Voirie,Adresse")["COUNT"] == 0, "a name may hold a comma"
    assert any("no theme “Voirie,Adresse”" in warning for warning in feedback.warnings)


def test_my_own_reports(download, template_store):
    assert ids(download(MINE=True)["STORE_FILE"]) == ids(template_store, "\"Auteur\" = 'membre'")


def test_mine_without_account(download, sandbox):
    with pytest.raises(QgsProcessingException, match="Your own reports can only be told with an account"):
        download(CONNECTION=str(sandbox.connection_for(None, "anonymous")), MINE=True, PUBLIC=True)


def test_text_commune_and_origin(download, template_store):
    (commune,) = query(
        template_store, "SELECT Commune FROM Signalement WHERE Commune <> '' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    assert ids(download(COMMUNE=commune)["STORE_FILE"]) == ids(template_store, "Commune = ?", commune)
    (insee,) = query(template_store, "SELECT Insee FROM Signalement WHERE Commune = ? LIMIT 1", commune)
    assert ids(download(COMMUNE=insee)["STORE_FILE"]) == ids(template_store, "Insee = ?", insee)
    assert ids(download(TEXT="ADRESSE decalee")["STORE_FILE"]) == ids(
        template_store, "Message LIKE '%adresse décalée%'"
    )
    (origin,) = query(
        template_store, "SELECT Origine FROM Signalement WHERE Origine <> '' GROUP BY 1 ORDER BY 1 LIMIT 1"
    )
    assert ids(download(ORIGIN=origin)["STORE_FILE"]) == ids(template_store, "Origine = ?", origin)


# ---------------------------------------------------------------------- dates

MOMENTS = [
    "2025-06-01T00:00:00",
    "2025-06-01",
    datetime(2025, 6, 1),  # noqa: DTZ001 - without an offset is the point
    QDateTime(2025, 6, 1, 0, 0, 0),
    QDateTime.fromString("2025-05-31T22:00:00Z", Qt.DateFormat.ISODate),
    "2025-06-01T00:00:00+02:00",
]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_date_in_every_form_is_the_same_moment(moment, download, template_store):
    found = download(UPDATED_SINCE=moment)
    expected = ids(template_store, "julianday(\"Date_MAJ\") >= julianday('2025-05-31T22:00:00Z')")
    assert ids(found["STORE_FILE"]) == expected
    assert 0 < len(expected) < len(ids(template_store))


@pytest.mark.parametrize("name", ["UPDATED_SINCE", "OPENED_SINCE", "CLOSED_SINCE"])
@pytest.mark.parametrize("moment", ["hier", "2025-13-01", "2025-02-30", "01/06/2025"])
def test_a_date_that_is_none(name, moment, download, sandbox):
    with pytest.raises(QgsProcessingException, match=f"{name}: “{moment}” is not a date. Write 2026-11-21"):
        download(**{name: moment})
    assert not sandbox.journal()


# ---------------------------------------------------------------------- the community


@pytest.mark.parametrize(
    "community",
    ["375", 375, "Voirie et adresses de la petite couronne", "VOIRIE ET ADRESSES DE LA PETITE COURONNE",
     "Voirie et adresses de la petite couronne — 375", " 375 ", ""],
)  # fmt: skip
def test_a_community_by_number_name_and_both(community, download, everything):
    assert ids(download(COMMUNITY=community)["STORE_FILE"]) == everything


def test_another_community_than_the_default_one(download, everything):
    found = ids(download(COMMUNITY="Espace public ouvert — 96")["STORE_FILE"])
    assert found and not found & everything


def test_a_community_must_be_named_where_there_are_several(download, sandbox):
    connection = sandbox.connection_for("membre", defaults={})
    with pytest.raises(
        QgsProcessingException, match=r"Which community.*petite couronne — 375.*Espace public ouvert — 96"
    ):
        download(CONNECTION=str(connection))


@pytest.mark.parametrize("community", ["Nulle part", "999999", "Nulle part — 999999"])
def test_a_community_that_is_not_mine(community, download):
    with pytest.raises(QgsProcessingException, match=r"Your communities: .*375"):
        download(COMMUNITY=community)


def test_an_account_without_community(download, sandbox, everything):
    connection = sandbox.connection_for("sansgroupe", defaults={})
    with pytest.raises(QgsProcessingException, match="belongs to no community"):
        download(CONNECTION=str(connection))
    found = ids(download(CONNECTION=str(connection), PUBLIC=True)["STORE_FILE"])
    assert found and not found & everything


def test_a_member_who_is_not_yet_accepted(download, sandbox):
    for community in ("", "375"):
        with pytest.raises(QgsProcessingException, match="not yet a member"):
            download(CONNECTION=str(sandbox.connection_for("attente", defaults={})), COMMUNITY=community)


def test_public_reports_too(download, everything):
    assert ids(download(PUBLIC=True)["STORE_FILE"]) > everything


@pytest.mark.parametrize("kind", ["basic", "password", "token", "client_credentials"])
def test_every_kind_of_account(kind, download, sandbox):
    assert download(CONNECTION=str(sandbox.connection_for("membre", kind)))["COUNT"] > 0


# ---------------------------------------------------------------------- modes


def test_update_after_replace(download, store, content, sandbox):
    before = content(store)
    sandbox.clear_journal()
    found = download(STORE=str(store), MODE="update")
    assert found["UNCHANGED_COUNT"] == found["COUNT"] and found["REMOVED_COUNT"] == 0
    assert len([entry for entry in sandbox.journal() if "/reports" in entry["path"]]) <= 3
    after = content(store)
    assert {table: rows for table, rows in after.items() if not table.startswith("geocollab")} == {
        table: rows for table, rows in before.items() if not table.startswith("geocollab")
    }


def test_replace_forgets_what_the_filter_leaves_out(download, store):
    found = download(STORE=str(store), STATUSES="submit")
    assert found["COUNT"] == len(ids(store)) and found["REMOVED_COUNT"] > 0
    reports = ids(store)
    for table in ("Reponse_EC", "Croquis_EC_Point", "Document_EC"):
        assert set(query(store, f'SELECT "NoSignalement" FROM "{table}"')) <= reports


@pytest.mark.parametrize("mode", ["replace", "update"])
def test_cancelled_in_the_middle_leaves_the_store_as_it_was(mode, run, sandbox, store, content, feedback):
    before = content(store)
    sandbox.faults({"kind": "slow", "seconds": 0.6, "path": "/reports$", "times": None})
    feedback.setProgress = lambda *_args: None
    check = feedback.isCanceled
    sent = []

    def cancelled():
        sent.append(len(sandbox.journal("/reports$")) if not sent or sent[-1] == 0 else 1)
        return sent[-1] > 0 or check()

    feedback.isCanceled = cancelled
    with pytest.raises(QgsProcessingException, match="Stopped before the end"):
        run("downloadreports", CONNECTION=str(sandbox.connection), STORE=str(store), MODE=mode, STATUSES="submit")
    assert content(store) == before


def test_a_failure_on_a_late_page_leaves_the_store_as_it_was(download, sandbox, store, content, impatient):
    before = content(store)
    sandbox.faults({"kind": "status", "status": 500, "path": "/reports$", "after": 2, "times": None})
    with pytest.raises(QgsProcessingException, match="has a fault"):
        download(STORE=str(store), PUBLIC=True)
    assert content(store) == before
