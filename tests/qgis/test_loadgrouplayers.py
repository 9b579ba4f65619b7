"""Loading group layers as a user does: parameters, outputs, errors, and what an open project shows."""

import sqlite3

import pytest
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputMultipleLayers,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)

from geocollab.provider import hints
from geocollab.store.store import Store
from geocollab.workflows.layers.catalogue import Known
from sandbox.process import SandboxProcess
from tests.workflows.group_rows import CANTONS, PARCELS, PHARMACIES, POSTS, ROADS, Guichet

TYPES = "demo_guichet:Tous les types (été)"


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=5, features=100, rate=0) as running:
        yield running


@pytest.fixture
def guichet(qgis_app, no_lists, process, tmp_path, impatient):
    process.faults()
    process.reset_world()
    guichet = Guichet(process, tmp_path / "layers.sqlite")
    guichet.connection = str(process.connection_for("membre", requests_per_second=0))
    process.clear_journal()
    yield guichet
    process.faults()
    process.reset_world()


@pytest.fixture
def load(guichet, run):
    """`load(LAYERS="…")`: the operation for community 375; gives its outputs."""

    def call(context=None, **parameters):
        given = {"CONNECTION": guichet.connection, "COMMUNITY": "375", "STORE": str(guichet.path)}
        return run("loadgrouplayers", context=context, **{**given, **parameters})

    return call


def rows(layer):
    return [feature.attributeMap() for feature in layer.getFeatures()]


def refused(load, **parameters):
    """The sentence with which it refuses."""
    with pytest.raises(QgsProcessingException) as caught:
        load(**parameters)
    return str(caught.value)


def test_numbers_table_page_and_sources(guichet, load, feedback, tmp_path):
    page = tmp_path / "page.html"
    found = load(LAYERS=f"{CANTONS};Bornes;{TYPES};geoservice:71", SUMMARY="memory:", REPORT=str(page))
    numbers = {name: found[name] for name in found if name.endswith("COUNT") and name != "REQUEST_COUNT"}
    assert numbers == {
        "COUNT": 3, "FEATURE_COUNT": 118, "CREATED_COUNT": 118, "UPDATED_COUNT": 0, "UNCHANGED_COUNT": 0,
        "REMOVED_COUNT": 0, "MERGED_COUNT": 0, "CONFLICT_COUNT": 0, "MISFIT_COUNT": 0, "FAILED_COUNT": 0,
    }  # fmt: skip
    assert found["STORE_FILE"] == str(guichet.path) and feedback.warnings == []
    assert feedback.progress[0] < 50 and feedback.progress[-1] == 100, "the list of layers is only the beginning"
    summary = rows(found["SUMMARY"])
    assert [row["layer"] for row in summary] == [CANTONS, TYPES, POSTS]
    assert summary[0] == {
        "layer": CANTONS, "title": "Cantons suivis", "table": "cantons_suivis", "count": 56, "created": 56,
        "updated": 0, "unchanged": 0, "removed": 0, "merged": 0, "conflicts": 0, "misfits": 0,
        "geometry": "MultiPolygon", "crs": "EPSG:2154", "editable": True, "problem": "",
    }  # fmt: skip
    shown = page.read_text(encoding="utf-8")
    assert "Group layers loaded" in shown and "Cantons suivis" in shown and "texte_2" in shown
    for source in found["LAYERS_LOADED"]:
        name = source.partition("://")[2]
        layer = QgsVectorLayer(name, "x", "spatialite")
        assert layer.isValid() and layer.featureCount() > 20
    assert len(found["LAYERS_LOADED"]) == 3
    said = "\n".join(feedback.infos)
    assert "Cantons suivis — suivi_terrain:cantons_suivis: 56 new" in said
    assert "3 layers are in the store with 118 objects; 0 failed" in said
    for code in (CANTONS, POSTS, TYPES):
        assert guichet.local(code) == guichet.server(code)


def test_the_outputs_are_what_they_are_called(qgis_app):
    algorithm = qgis_app.processingRegistry().algorithmById("geocollab:loadgrouplayers")
    assert isinstance(algorithm.outputDefinition("LAYERS_LOADED"), QgsProcessingOutputMultipleLayers)
    assert algorithm.parameterDefinition("SERVICES").defaultValue() is True


def test_a_zone_and_an_extent(guichet, load, tmp_path):
    zone = QgsVectorLayer("Polygon?crs=EPSG:4326", "zone", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(2.2, 48.8, 2.35, 48.9)))
    zone.dataProvider().addFeature(feature)
    load(LAYERS=POSTS, ZONE=zone)
    inside = guichet.local(POSTS).keys()
    assert 0 < len(inside) < 22 and guichet.layer(POSTS).zone["fingerprint"]
    load(LAYERS=POSTS, EXTENT="2.2,2.35,48.8,48.9 [EPSG:4326]")
    assert guichet.local(POSTS).keys() == inside
    load(LAYERS=POSTS)
    assert len(guichet.local(POSTS)) == 22 and guichet.layer(POSTS).zone is None


def test_a_zone_where_nothing_is(load, feedback):
    found = load(LAYERS=POSTS, EXTENT="10,11,10,11 [EPSG:4326]")
    assert found["FEATURE_COUNT"] == 0
    assert feedback.warnings == ["Bornes: nothing lies in the zone."]


def test_loaded_again_edits_stay(guichet, load):
    load(LAYERS=POSTS)
    before = guichet.sql(POSTS, "SELECT reference, geocollab_id FROM {t}")
    guichet.sql(POSTS, "UPDATE {t} SET etat = 'Bon' WHERE reference = 'BR-1'")
    found = load(LAYERS=POSTS)
    assert (found["CREATED_COUNT"], found["UNCHANGED_COUNT"], found["CONFLICT_COUNT"]) == (0, 21, 0)
    assert guichet.sql(POSTS, "SELECT reference, geocollab_id FROM {t}") == before
    assert guichet.edits(POSTS) == {("update", "BR-1", False)}


def test_a_project_gets_the_layers_once(guichet, load, project):
    for _turn in range(2):
        context = QgsProcessingContext()
        context.setProject(project)
        load(context=context, LAYERS=f"{CANTONS};{POSTS}", SERVICES=False)
        for identifier, details in context.layersToLoadOnCompletion().items():
            layer = QgsVectorLayer(identifier.partition("://")[2], details.name, "spatialite")
            assert layer.isValid()
            project.addMapLayer(layer)
    assert len(project.mapLayers()) == 2
    assert QgsProject.instance() is project


def test_one_that_fails_is_said_and_the_others_are_there(guichet, load, feedback):
    guichet.process.faults({"kind": "status", "status": 403, "path": "/wfs/bdtopo_fxx", "times": None})
    found = load(LAYERS=f"{ROADS};{POSTS}", SUMMARY="memory:")
    assert (found["COUNT"], found["FAILED_COUNT"]) == (1, 1)
    problems = {row["layer"]: row["problem"] for row in rows(found["SUMMARY"])}
    assert "does not allow this to your account (403)" in problems[ROADS] and problems[POSTS] == ""
    (warning,) = feedback.warnings
    assert warning.startswith("Tronçon de route — bdtopo_fxx:troncon_de_route: ") and "(403)" in warning


def test_if_all_fail_it_fails(guichet, load):
    guichet.process.faults({"kind": "status", "status": 403, "path": "/wfs/", "times": None})
    assert "does not allow this to your account (403)" in refused(load, LAYERS=f"{PARCELS};{POSTS}")
    with Store(guichet.path) as store:
        assert store.layers.all() == []


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"LAYERS": "routes"}, "There is no layer “routes”. There are: "),
        ({"OFFICIAL": True}, "The official plugin has loaded no group layer into this file."),
        ({"LAYERS": "geoservice:71", "SERVICES": False}, "Nothing is left to load: the layers that are meant are all"),
        ({"COMMUNITY": "999"}, "You are not a member of the community “999”."),
        ({"STORE": ""}, "Which store? Give a file in STORE, or save the project"),
        ({"ZONE": "nowhere.shp"}, "nowhere.shp"),
    ],
)
def test_bad_input_is_said(load, parameters, sentence):
    assert sentence in refused(load, **parameters)


def test_the_layers_of_the_official_plugin(guichet, load, feedback):
    connection = sqlite3.connect(guichet.path, isolation_level=None)
    connection.enable_load_extension(True)
    connection.load_extension("mod_spatialite")
    connection.execute("SELECT InitSpatialMetaData(1, 'WGS84')")
    connection.execute("CREATE TABLE tableoftables (id INTEGER PRIMARY KEY, layer TEXT, database TEXT)")
    connection.execute("INSERT INTO tableoftables VALUES (1, 'bornes', 'suivi_terrain'), (2, 'perdue', 'x')")
    connection.execute("CREATE TABLE bornes (reference TEXT)")
    connection.close()
    found = load(OFFICIAL=True)
    assert found["COUNT"] == 1 and guichet.layer(POSTS).local_table == "bornes_2"
    assert feedback.warnings == ["Layers of the official plugin that are not among those of this group: perdue."]
    found = load(LAYERS=PHARMACIES)
    assert any("This file holds layers that the official plugin loaded: bornes, perdue." in line
               for line in feedback.infos)  # fmt: skip


def asked(guichet):
    found = [path.removeprefix("/gcms/api/") for path in guichet.requests_made()]
    guichet.process.clear_journal()
    return found


def test_the_lists_of_the_others_are_refreshed(load):
    load(LAYERS=POSTS)
    offered = hints.group_layers()
    assert "Bornes — suivi_terrain:bornes" in offered and len(offered) == 32
    load(LAYERS=POSTS)  # which leaves the others out
    assert hints.group_layers() == offered


def test_of_layers_that_were_listed_no_others_are_asked_for(guichet, run, load):
    run("listgrouplayers", CONNECTION=guichet.connection, COMMUNITY="375")
    guichet.process.clear_journal()
    found = load(LAYERS=f"Pharmacies paris — {PHARMACIES};{CANTONS}")
    assert sorted(asked(guichet)) == [
        "communities/375/layers", "databases/34", "databases/34/tables/3401",
        "databases/34/tables/3401/max-numrec", "databases/9", "databases/9/tables/1734", "permissions", "users/me",
        "wfs/demo_guichet", "wfs/suivi_terrain",
    ]  # fmt: skip
    assert found["COUNT"] == 2 and guichet.local(CANTONS) == guichet.server(CANTONS)


def test_a_list_of_before_is_a_hint_only(guichet, run, load):
    run("listgrouplayers", CONNECTION=guichet.connection, COMMUNITY="375")
    guichet.process.change("table", table=3404, set={"name": "jalons", "title": "Jalons"})
    guichet.process.clear_journal()
    assert load(LAYERS="suivi_terrain:jalons")["COUNT"] == 1
    assert "databases/34/tables/3402" in asked(guichet), "the name is new: all are asked for"
    assert load(LAYERS="Jalons")["COUNT"] == 1
    assert "databases/34/tables/3402" not in asked(guichet), "and their names are known now"
    guichet.process.change("layer_removed", layer=815)
    assert "There is no layer “Jalons”. There are: " in refused(load, LAYERS="Jalons")
    assert "Jalons — suivi_terrain:jalons" not in hints.group_layers()


def test_a_list_of_another_service_or_community_does_not_count(guichet, load):
    known = [Known("Bornes", (POSTS,), (34, 3402))]
    for service, community in (("https://collaboratif.example.org/gcms/api", 375), (guichet.url, 96)):
        hints.lists().set(group_layers=hints.with_known_layers(service, community, known))
    load(LAYERS=POSTS)
    assert len([path for path in asked(guichet) if "/tables/" in path and path.count("/") == 3]) == 28
    assert guichet.layer(POSTS).table == 3404


def test_in_the_thread_of_a_dialog(guichet, run_in_thread):
    given = {"CONNECTION": guichet.connection, "COMMUNITY": "375", "STORE": str(guichet.path)}
    found = run_in_thread("loadgrouplayers", QgsProcessingContext(), LAYERS=f"{PARCELS};{PHARMACIES}", **given)
    assert (found["COUNT"], found["FEATURE_COUNT"]) == (2, 160)
