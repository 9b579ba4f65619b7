"""From reports to their sketches and back: what comes out, and what is selected in a project."""

import contextlib
import sqlite3

import pytest
from qgis.core import (
    QgsFeature,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelParameter,
    QgsProcessingParameterFile,
    QgsVectorLayer,
)

from geocollab.provider.project import layers
from tests.qgis.test_models import keep, step
from tests.qgis_process import run_qgis_process

SKETCHES = {
    "SKETCH_POINT": "Croquis_EC_Point",
    "SKETCH_LINE": "Croquis_EC_Ligne",
    "SKETCH_POLYGON": "Croquis_EC_Polygone",
}


def query(path, sql, *values):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(sql, values)]


def change(path, sql, *values):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(sql, values)
        connection.commit()


def numbers(text):
    return {int(number) for number in text.split(",") if number}


def sketches(path, table, reports):
    marks = ",".join("?" * len(reports))
    return set(query(path, f'SELECT id FROM "{table}" WHERE NoSignalement IN ({marks})', *reports))


def drawn(path, least=1):
    """Numbers of reports with so many sketches."""
    return query(path, "SELECT id FROM Signalement WHERE Nb_croquis >= ? ORDER BY id", least)


def bare(path):
    """Numbers of reports without any."""
    return query(path, "SELECT id FROM Signalement WHERE Nb_croquis = 0 ORDER BY id")


@pytest.fixture
def shown(project, store):
    """The layers of the store in the project, by table."""
    return layers.add_reports(project, store, "Reports")


def selection(shown):
    return {table: set(layer.selectedFeatureIds()) for table, layer in shown.items() if layer.selectedFeatureCount()}


# ---------------------------------------------------------------------- without a project


def test_ids_give_both_sides(run, store):
    reports = [*drawn(store)[:5], *bare(store)[:3]]
    found = run("selectlinked", IDS=",".join(map(str, reports)), STORE=str(store))
    assert numbers(found["IDS"]) == set(reports) and found["COUNT"] == 8
    for output, table in SKETCHES.items():
        assert numbers(found[f"{output}_IDS"]) == sketches(store, table, reports)
        assert found[f"{output}_COUNT"] == len(sketches(store, table, reports))
    assert found["SKETCH_COUNT"] == sum(found[f"{output}_COUNT"] for output in SKETCHES) > 0


def test_a_report_with_several_sketches(run, store):
    (many,) = drawn(store, 3)[:1]
    (said,) = query(store, "SELECT Nb_croquis FROM Signalement WHERE id = ?", many)
    assert run("selectlinked", IDS=str(many), STORE=str(store))["SKETCH_COUNT"] == said >= 3


@pytest.mark.parametrize("output", SKETCHES)
def test_sketches_as_layer_give_their_reports(run, store, output):
    table = SKETCHES[output]
    layer = QgsVectorLayer(layers.uri(store, table, "geom"), "s", "spatialite")
    found = run("selectlinked", INPUT=layer, STORE=str(store))
    assert numbers(found["IDS"]) == set(query(store, f'SELECT DISTINCT NoSignalement FROM "{table}"'))
    assert numbers(found[f"{output}_IDS"]) == set(query(store, f'SELECT id FROM "{table}"'))


def test_the_selection_of_a_layer_alone(run, store):
    layer = QgsVectorLayer(layers.uri(store, "Croquis_EC_Ligne", "geom"), "s", "spatialite")
    (line, *_others) = query(store, "SELECT id FROM Croquis_EC_Ligne")
    layer.selectByIds([line])
    # the source of a parameter is looked for in the context's own store of layers
    context = QgsProcessingContext()
    context.temporaryLayerStore().addMapLayer(layer)
    chosen = QgsProcessingFeatureSourceDefinition(layer.id(), True)
    found = run("selectlinked", context=context, INPUT=chosen, STORE=str(store))
    assert numbers(found["IDS"]) == set(query(store, "SELECT NoSignalement FROM Croquis_EC_Ligne WHERE id = ?", line))


def test_replies_and_documents_lead_to_their_reports_too(run, store):
    for table in ("Reponse_EC", "Document_EC"):
        layer = QgsVectorLayer(layers.uri(store, table, ""), "r", "spatialite")
        found = run("selectlinked", INPUT=layer, STORE=str(store))
        assert numbers(found["IDS"]) == set(query(store, f'SELECT DISTINCT NoSignalement FROM "{table}"'))


def test_copies_have_all_fields_values_and_geometries(run, store):
    reports = drawn(store)
    wanted = dict.fromkeys(("REPORTS", *(f"{output}S" for output in SKETCHES)), "TEMPORARY_OUTPUT")
    found = run("selectlinked", IDS=",".join(map(str, reports)), STORE=str(store), **wanted)
    for output, table in {"REPORTS": "Signalement", **{f"{key}S": value for key, value in SKETCHES.items()}}.items():
        source = QgsVectorLayer(layers.uri(store, table, "geom"), table, "spatialite")
        copy = found[output]
        assert copy.fields().names() == source.fields().names() and copy.crs().authid() == "EPSG:4326"
        assert copy.wkbType() == source.wkbType()
        expected = {f["id"]: (f.attributes(), f.geometry().asWkt()) for f in source.getFeatures()
                    if f["NoSignalement"] in set(reports)}  # fmt: skip
        assert {f["id"]: (f.attributes(), f.geometry().asWkt()) for f in copy.getFeatures()} == expected
        assert expected


def test_reports_without_sketches(run, store, feedback):
    found = run("selectlinked", IDS=str(bare(store)[0]), STORE=str(store), SKETCH_LINES="TEMPORARY_OUTPUT")
    assert (found["COUNT"], found["SKETCH_COUNT"], found["SKETCH_LINE_IDS"]) == (1, 0, "")
    assert found["SKETCH_LINES"].featureCount() == 0
    assert "0 sketch objects." in feedback.infos


def test_numbers_that_the_store_does_not_have(run, store, feedback):
    found = run("selectlinked", IDS="1, 2", STORE=str(store))
    assert (found["COUNT"], found["IDS"]) == (0, "")
    assert feedback.warnings == ["2 reports are not in the store."]


def test_an_input_without_objects_is_no_error(run, store):
    layer = QgsVectorLayer(layers.uri(store, "Signalement", "geom"), "s", "spatialite")
    layer.setSubsetString("Statut = 'nosuch'")
    assert run("selectlinked", INPUT=layer, STORE=str(store))["COUNT"] == 0


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "Nothing is selected in the layers of the store .*reports.sqlite. Select reports or sketches there"),
        ({"IDS": "12, x"}, "IDS: “x” is no number of a report"),
        ({"FILTER": '"Nom" = 1'}, "FILTER: the reports have no field Nom"),
        ({"INPUT": "nosuch.gpkg"}, "nosuch.gpkg"),
        ({"IDS": "1", "WITH": "everything"}, "WITH: “everything” is not one of automatic, sketches, reports, both"),
        ({"IDS": "1", "MODE": "toggle"}, "MODE: “toggle” is not one of replace, add, remove, intersect"),
    ],
)
def test_what_is_refused(run, store, project, parameters, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        run("selectlinked", STORE=str(store), **parameters)


def test_a_layer_without_numbers(run, store):
    layer = QgsVectorLayer("Point?crs=EPSG:4326&field=name:string", "houses", "memory")
    with pytest.raises(QgsProcessingException, match="“houses” has no field NoSignalement"):
        run("selectlinked", INPUT=layer, STORE=str(store))


# ---------------------------------------------------------------------- in a project


def test_from_reports_to_sketches_and_back(run, store, shown):
    reports = drawn(store)[:7]
    shown["Signalement"].selectByIds(reports)
    found = run("selectlinked", STORE=str(store))
    expected = {table: sketches(store, table, reports) for table in SKETCHES.values()}
    assert selection(shown) == {"Signalement": set(reports), **{t: ids for t, ids in expected.items() if ids}}
    assert found["SKETCH_COUNT"] == sum(map(len, expected.values()))

    shown["Signalement"].removeSelection()
    run("selectlinked", STORE=str(store))
    assert selection(shown)["Signalement"] == set(reports)


def test_a_mixed_selection_goes_both_ways(run, store, shown):
    first, second = drawn(store)[:1], [number for number in drawn(store, 2) if number != drawn(store)[0]][:1]
    table = next(t for t in SKETCHES.values() if sketches(store, t, second))
    shown["Signalement"].selectByIds(first)
    shown[table].selectByIds([min(sketches(store, table, second))])
    found = run("selectlinked", STORE=str(store))
    assert numbers(found["IDS"]) == {*first, *second} == selection(shown)["Signalement"]
    for each in SKETCHES.values():
        assert selection(shown).get(each, set()) == sketches(store, each, [*first, *second])


@pytest.mark.parametrize("side", ["sketches", "reports", "both"])
def test_the_side_that_is_asked_for(run, store, shown, side):
    reports = drawn(store, 2)[:3]
    run("selectlinked", STORE=str(store), IDS=",".join(map(str, reports)), WITH=side)
    tables = {"Signalement": set(reports)} if side != "sketches" else {}
    if side != "reports":
        tables.update({t: sketches(store, t, reports) for t in SKETCHES.values() if sketches(store, t, reports)})
    assert selection(shown) == tables


@pytest.mark.parametrize(
    ("mode", "left"), [("replace", {2, 3}), ("add", {1, 2, 3}), ("remove", {1}), ("intersect", {2})]
)
def test_what_becomes_of_the_selection(run, store, shown, mode, left):
    reports = dict(enumerate(drawn(store)[:3], 1))
    shown["Signalement"].selectByIds([reports[1], reports[2]])
    run("selectlinked", STORE=str(store), IDS=f"{reports[2]},{reports[3]}", WITH="reports", MODE=mode)
    assert selection(shown) == {"Signalement": {reports[number] for number in left}}


def test_nothing_linked_empties_the_selection_of_the_other_side(run, store, shown):
    shown["Croquis_EC_Ligne"].selectAll()
    run("selectlinked", STORE=str(store), IDS=str(bare(store)[0]))
    assert selection(shown) == {}


def test_sketches_of_no_report(run, store, shown):
    (line, *_others) = query(store, "SELECT id FROM Croquis_EC_Ligne")
    change(store, "UPDATE Croquis_EC_Ligne SET NoSignalement = NULL WHERE id = ?", line)
    shown["Croquis_EC_Ligne"].selectByIds([line])
    found = run("selectlinked", STORE=str(store))
    assert (found["COUNT"], found["SKETCH_COUNT"]) == (0, 0)
    assert selection(shown) == {"Croquis_EC_Ligne": {line}}


def test_layers_of_another_store_are_left_alone(run, store, shown, template_store, project):
    others = {
        table: QgsVectorLayer(layers.uri(template_store, table, "geom"), "other", "spatialite")
        for table in ("Signalement", *SKETCHES.values())
    }
    project.addMapLayers(list(others.values()))
    others["Signalement"].selectByIds(drawn(store)[:4])
    with pytest.raises(QgsProcessingException, match="Nothing is selected"):
        run("selectlinked", STORE=str(store))
    shown["Signalement"].selectByIds(drawn(store)[5:6])
    found = run("selectlinked", STORE=str(store))
    assert found["COUNT"] == 1
    assert selection(others) == {"Signalement": set(drawn(store)[:4])}


def test_a_layer_with_a_filter_selects_what_it_shows(run, store, shown):
    reports = drawn(store)[:6]
    shown["Signalement"].setSubsetString(f"NoSignalement IN ({reports[0]}, {reports[1]})")
    run("selectlinked", STORE=str(store), IDS=",".join(map(str, reports)), WITH="both")
    assert selection(shown)["Signalement"] == set(reports[:2])
    assert {f.id() for f in shown["Signalement"].getSelectedFeatures(QgsFeatureRequest())} == set(reports[:2])


def test_a_selection_in_two_layers_of_one_table_counts_together(run, store, shown, project):
    twin = shown["Signalement"].clone()
    project.addMapLayer(twin)
    first, second = drawn(store)[:2]
    shown["Signalement"].selectByIds([first])
    twin.selectByIds([second])
    assert numbers(run("selectlinked", STORE=str(store))["IDS"]) == {first, second}


def test_a_table_of_somebody_else_in_the_same_file(run, store, shown, project):
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE mine (id INTEGER PRIMARY KEY, a TEXT)")
        connection.execute("INSERT INTO mine VALUES (1, 'x')")
        connection.commit()
    mine = QgsVectorLayer(layers.uri(store, "mine", ""), "mine", "spatialite")
    assert mine.isValid()
    project.addMapLayer(mine)
    mine.selectAll()
    with pytest.raises(QgsProcessingException, match="Nothing is selected"):
        run("selectlinked", STORE=str(store))


def test_from_the_dialog_in_a_thread(run_in_thread, store, shown, project):
    reports = drawn(store)[:4]
    shown["Signalement"].selectByIds(reports)
    context = QgsProcessingContext()
    context.setProject(project)
    assert run_in_thread("selectlinked", context, STORE=str(store))["COUNT"] == 4
    assert sum(len(ids) for table, ids in selection(shown).items() if table != "Signalement") > 0


# ---------------------------------------------------------------------- models and the program


def test_as_a_step_of_a_model(qgis_app, run, store, shown, feedback):
    import processing

    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm("Linked", "tests")
    model.addModelParameter(QgsProcessingParameterFile("store", "Store"), QgsProcessingModelParameter("store"))
    step(
        model, "linked", "geocollab:selectlinked",
        STORE=source.fromModelParameter("store"), FILTER=source.fromStaticValue("\"Statut\" = 'submit'"),
    )  # fmt: skip
    step(
        model, "again", "geocollab:selectlinked", after=["linked"],
        STORE=source.fromModelParameter("store"), IDS=source.fromChildOutput("linked", "IDS"),
        WITH=source.fromStaticValue(3),
    )  # fmt: skip
    keep(model, "lines", "again", "SKETCH_LINES")
    submitted = query(store, "SELECT id FROM Signalement WHERE Statut = 'submit'")
    outputs = {d.name().split(":")[-1]: d.name() for d in model.parameterDefinitions()}
    found = processing.run(model, {"store": str(store), outputs["lines"]: "TEMPORARY_OUTPUT"}, feedback=feedback)
    lines = next(value for name, value in found.items() if name.endswith("lines"))
    assert {f["id"] for f in lines.getFeatures()} == sketches(store, "Croquis_EC_Ligne", submitted) != set()
    assert selection(shown)["Signalement"] == set(submitted)


def test_the_real_program(store, tmp_path):
    reports = drawn(store)[:3]
    ran = run_qgis_process(
        "run", "geocollab:selectlinked", f"--IDS={','.join(map(str, reports))}", f"--STORE={store}",
        f"--REPORTS={tmp_path / 'reports.gpkg'}", profile=tmp_path / "profile", json=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert numbers(ran.results["IDS"]) == set(reports) and ran.results["SKETCH_COUNT"] > 0
    copy = QgsVectorLayer(str(tmp_path / "reports.gpkg"), "copy", "ogr")
    assert {QgsFeature(f)["NoSignalement"] for f in copy.getFeatures()} == set(reports)
