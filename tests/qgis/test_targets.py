"""Which reports an operation is about: a layer, numbers, a filter, the selection; and what is none of these."""

import contextlib
import sqlite3

import processing
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qgis.core import (
    QgsFeature,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from geocollab.provider import parameters as p
from geocollab.provider.operation import REPORTS, Operation
from geocollab.provider.project import layers
from geocollab.provider.reports import targets


class Targets(Operation):
    """Says which reports it is given."""

    ID = "targets"
    GROUP = REPORTS
    NEEDS_CONNECTION = False
    REQUIRED = True

    def initAlgorithm(self, configuration=None):
        self.addParameters(*targets.parameters(), targets.max_count(), p.store())
        self.addTexts(FOUND="Numbers")

    def perform(self, call):
        return {"FOUND": ",".join(map(str, targets.numbers(call, required=self.REQUIRED)))}


class OptionalTargets(Targets):
    ID = "optionaltargets"
    REQUIRED = False


@pytest.fixture
def found(store, feedback, qgis_app):
    """`found(IDS="1, 2")`: the numbers, as a list; of the test's own store."""

    def call(operation=Targets, **parameters):
        wanted = {"STORE": str(store), "MAX_COUNT": 100_000, **parameters}
        text = processing.run(operation().create(), wanted, feedback=feedback)["FOUND"]
        return [int(number) for number in text.split(",") if number]

    return call


@pytest.fixture
def refused(found):
    """`refused("sentence", …)`: it fails, saying so."""

    def call(sentence, **parameters):
        with pytest.raises(QgsProcessingException, match=sentence):
            found(**parameters)

    return call


def query(path, sql, *values):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(sql, values)]


def ids(path, where="1"):
    return query(path, f'SELECT id FROM "Signalement" WHERE {where} ORDER BY id')


def layer_of(path, table, geometry="geom"):
    return QgsVectorLayer(layers.uri(path, table, geometry), table, layers.PROVIDER)


def table(*rows, kind="integer", field="NoSignalement"):
    """A layer in memory with these values in a field."""
    made = QgsVectorLayer(f"NoGeometry?field=a:string&field={field}:{kind}", "table", "memory")
    features = []
    for value in rows:
        feature = QgsFeature(made.fields())
        feature.setAttributes(["x", value])
        features.append(feature)
    assert made.dataProvider().addFeatures(features)[0]
    return made


# ---------------------------------------------------------------------- numbers


@pytest.mark.parametrize("text", ["7, 5 9", "7,5,9", " 7;5;;9 ", "7\n5\t9\n", "7 5 7 9 5"])
def test_numbers_each_once_in_their_order(found, text):
    assert found(IDS=text) == [7, 5, 9]


@pytest.mark.parametrize("word", ["abc", "1.5", "-3", "12a", "٣", "²", "1e3", "0x10", "9" * 19, "1001'; DROP TABLE x"])
def test_what_is_no_number(refused, word):
    refused("is no number of a report", IDS=f"1001, {word}")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
def test_any_text_is_numbers_or_refused_with_a_sentence(found, text):
    _numbers, wrong = targets.read_numbers(text)
    if wrong or "\0" in text:  # QGIS itself ends a text there
        with pytest.raises(QgsProcessingException, match="is no number of a report"):
            found(operation=OptionalTargets, IDS=text.replace("\0", "x"))
    else:
        assert all(0 <= number < 10**18 for number in found(operation=OptionalTargets, IDS=text))


# ---------------------------------------------------------------------- a layer


def test_the_layer_of_the_reports(found, store):
    assert sorted(found(INPUT=layer_of(store, "Signalement"))) == ids(store)


@pytest.mark.parametrize("name", ["Croquis_EC_Point", "Croquis_EC_Ligne", "Croquis_EC_Polygone"])
def test_sketches_stand_for_their_reports(found, store, name):
    wanted = query(store, f'SELECT DISTINCT "NoSignalement" FROM "{name}" ORDER BY 1')
    assert sorted(found(INPUT=layer_of(store, name))) == wanted != []


@pytest.mark.parametrize("name", ["Reponse_EC", "Document_EC"])
def test_replies_and_documents_stand_for_their_reports(found, store, name):
    wanted = query(store, f'SELECT DISTINCT "NoSignalement" FROM "{name}" ORDER BY 1')
    assert sorted(found(INPUT=layer_of(store, name, ""))) == wanted != []


def test_only_the_selected_features(found, store, project, refused):
    reports = layer_of(store, "Signalement")
    project.addMapLayer(reports)
    selected = QgsProcessingFeatureSourceDefinition(reports.id(), selectedFeaturesOnly=True)
    refused("No report is left", INPUT=selected)
    wanted = ids(store)[3:6]
    reports.selectByIds(wanted)
    assert sorted(found(INPUT=selected)) == wanted
    assert sorted(found(INPUT=reports)) == ids(store), "without asking for the selection, all"


def test_a_shapefile_cuts_the_name_of_the_field(found, store, tmp_path):
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.fileEncoding = "ESRI Shapefile", "UTF-8"
    reports = layer_of(store, "Signalement")
    path = str(tmp_path / "signalements.shp")
    QgsVectorFileWriter.writeAsVectorFormatV3(reports, path, QgsProject.instance().transformContext(), options)
    names = QgsVectorLayer(path, "s", "ogr").fields().names()
    assert "NoSignalem" in names and "NoSignalement" not in names
    assert sorted(found(INPUT=path)) == ids(store)


@pytest.mark.parametrize("field", ["NoSignalement", "nosignalement", "NOSIGNALEM", "report", "Report"])
def test_the_field_in_any_case_and_in_tables_of_operations(found, field):
    assert found(INPUT=table(7, 5, 7, field=field)) == [7, 5]


def test_values_that_are_no_numbers_are_objects_without_report(found):
    assert found(INPUT=table(7, None, 9)) == [7, 9]
    assert found(INPUT=table("7", "x", "", None, " 9 ", kind="string")) == [7, 9]
    assert found(INPUT=table(7.0, float("inf"), float("nan"), 9.0, kind="double")) == [7, 9]


def test_a_layer_without_numbers(refused, store):
    refused("“table” has no field NoSignalement", INPUT=table(1, field="number"))


def test_no_layer_at_all(refused, tmp_path):
    refused("INPUT: .*nosuch.gpkg", INPUT=str(tmp_path / "nosuch.gpkg"))
    (tmp_path / "text.gpkg").write_text("no")
    refused("INPUT: .*text.gpkg", INPUT=str(tmp_path / "text.gpkg"))


def test_an_empty_layer(refused):
    refused("No report is left to work on", INPUT=table())


def test_a_layer_and_numbers_add_up(found):
    assert found(IDS="3, 1", INPUT=table(2, 1)) == [3, 1, 2]


# ---------------------------------------------------------------------- a filter


def test_a_filter_alone_takes_what_fits_of_the_store(found, store):
    assert sorted(found(FILTER="\"Statut\" = 'submit'")) == ids(store, "\"Statut\" = 'submit'") != []


def test_a_filter_knows_the_functions_of_qgis_and_the_place(found, store):
    wanted = query(
        store,
        'SELECT id FROM "Signalement" WHERE "Nb_réponses" > 1 AND "Statut" IN (\'valid\', \'submit\') ORDER BY id',
    )
    assert sorted(found(FILTER="\"Nb_réponses\" > 1 AND \"Statut\" IN ('valid', 'submit')")) == wanted != []
    assert sorted(found(FILTER='$x > -180 and day(age(now(), to_datetime("Date_création"))) > -1')) == ids(store)


@pytest.mark.parametrize(
    "text",
    [
        "statut = 'submit'",
        "\"STATUT\" = 'submit'",
        "attribute('Statut') = 'submit'",
        "attribute($currentfeature, 'Statut') = 'submit'",
    ],
)
def test_a_field_in_any_way_that_qgis_takes(found, store, text):
    assert sorted(found(FILTER=text)) == ids(store, "\"Statut\" = 'submit'")


def test_a_filter_keeps_of_numbers_and_layers_what_fits(found, store):
    submitted, other = ids(store, "\"Statut\" = 'submit'")[:2], ids(store, "\"Statut\" = 'valid'")[:2]
    given = [other[0], submitted[1], other[1], submitted[0], 999_999_999]
    assert found(IDS=",".join(map(str, given)), FILTER="\"Statut\" = 'submit'") == [submitted[1], submitted[0]]
    assert found(INPUT=table(*given), FILTER="\"Statut\" = 'submit'") == [submitted[1], submitted[0]]


def test_a_faulty_filter(refused):
    refused(r"FILTER: (syntax error|Incomplete expression).*\.", FILTER='"Statut" = ')
    refused("FILTER: Function .*is not known", FILTER="nosuchfunction(1)")
    refused("FILTER: the reports have no field Status, statuts. Fields: .*Statut", FILTER='"Status" = "statuts"')


def test_a_filter_that_nothing_passes(refused):
    refused("No report is left to work on", FILTER="\"Statut\" = 'nosuch'")


def test_a_filter_needs_the_store(refused, tmp_path):
    refused(
        "There is no store .*nosuch.sqlite. Download reports first", FILTER="1=1", STORE=str(tmp_path / "nosuch.sqlite")
    )
    assert not (tmp_path / "nosuch.sqlite").exists()


# ---------------------------------------------------------------------- the selection


@pytest.fixture
def shown(project, store):
    return layers.add_reports(project, store, "Reports")


def test_nothing_given_and_nothing_selected(refused, found, shown):
    refused("Which reports\\? Select some on the map")
    assert found(operation=OptionalTargets) == []


def test_what_is_selected_on_the_map(found, store, shown):
    reports = ids(store)[:3]
    sketched = query(store, 'SELECT id FROM "Croquis_EC_Ligne" ORDER BY id')[:2]
    theirs = query(store, 'SELECT "NoSignalement" FROM "Croquis_EC_Ligne" ORDER BY id')[:2]
    shown["Signalement"].selectByIds(reports)
    assert sorted(found()) == reports
    shown["Croquis_EC_Ligne"].selectByIds(sketched)
    assert sorted(found()) == sorted({*reports, *theirs})
    shown["Signalement"].removeSelection()
    assert sorted(found()) == sorted(set(theirs))


def test_anything_given_counts_more_than_the_selection(found, store, shown):
    shown["Signalement"].selectByIds(ids(store)[:3])
    assert found(IDS="7") == [7]
    assert found(INPUT=table(8)) == [8]
    assert sorted(found(FILTER="\"Statut\" = 'submit'")) == ids(store, "\"Statut\" = 'submit'")


def test_the_selection_in_another_store_is_not_meant(refused, store, shown, tmp_path):
    other = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(store)) as source, contextlib.closing(sqlite3.connect(other)) as copy:
        source.backup(copy)
    shown["Signalement"].selectByIds(ids(store)[:3])
    refused("Which reports", STORE=str(other))


def test_a_point_that_somebody_drew_is_no_report(found, refused, store, shown):
    """It has an id of its own, which may be the number of a report of somebody else."""
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.enable_load_extension(True)
        connection.load_extension("mod_spatialite")
        connection.execute("INSERT INTO Signalement (Statut, geom) VALUES ('drawn', MakePoint(2, 48, 4326))")
        connection.commit()
    (drawn,) = query(store, "SELECT id FROM Signalement WHERE NoSignalement IS NULL")
    layer = layer_of(store, "Signalement")
    QgsProject.instance().addMapLayer(layer)
    layer.selectByIds([drawn])
    refused("No report is left to work on")
    refused("No report is left to work on", FILTER="\"Statut\" = 'drawn'")
    assert drawn not in found(INPUT=layer)


def test_in_the_thread_of_a_dialog(store, shown, feedback, qgis_app):
    """The selection is read in the main thread, before."""
    shown["Signalement"].selectByIds(ids(store)[:2])
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    operation = Targets().create()
    assert operation.prepare({"STORE": str(store)}, context, feedback)
    assert sorted(operation._call.selected_rows()) == ["Signalement"]


# ---------------------------------------------------------------------- how many


def test_more_than_max_count_is_refused(refused, found):
    refused("This is about 3 reports; MAX_COUNT allows 2", IDS="1 2 3", MAX_COUNT=2)
    refused("This is about 2 reports; MAX_COUNT allows 1", IDS="1 2", MAX_COUNT=1)
    assert found(IDS="1 2 1 2", MAX_COUNT=2) == [1, 2], "what is given twice counts once"


def test_max_count_is_a_hundred_and_at_least_one(store, feedback, refused):
    hundred = ",".join(map(str, range(1, 101)))
    assert (
        processing.run(Targets().create(), {"STORE": str(store), "IDS": hundred}, feedback=feedback)["FOUND"] == hundred
    )
    with pytest.raises(QgsProcessingException, match="This is about 101 reports; MAX_COUNT allows 100"):
        processing.run(Targets().create(), {"STORE": str(store), "IDS": f"{hundred},101"}, feedback=feedback)
    with pytest.raises(QgsProcessingException):
        processing.run(Targets().create(), {"STORE": str(store), "IDS": "1", "MAX_COUNT": 0}, feedback=feedback)
