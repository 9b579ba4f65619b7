"""Group layers in a project: once each, in the order and looks of the server, and the same when it is opened again."""

import json
from xml.etree.ElementTree import canonicalize

import processing
import pytest
from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsDataSourceUri,
    QgsLayerNotesUtils,
    QgsLayerTreeGroup,
    QgsProcessingContext,
    QgsProject,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)

from geocollab.provider.groups import group_layers
from geocollab.provider.project import layers
from geocollab.store.store import Store
from geocollab.workflows.layers import style_images
from geocollab.workflows.layers.zooms import scale_of
from geocollab.workflows.watch import Watch
from sandbox.process import SandboxProcess
from sandbox.world import layers as world
from sandbox.world.tables import TABLES
from tests.workflows.group_rows import CANTONS, PHARMACIES, POSTS, ROADS, Guichet

GROUP = "[ESPACE CO] Voirie et adresses de la petite couronne"
TYPES = "demo_guichet:Tous les types (été)"
PLAIN, KEYLESS, MIXED = "demo_guichet:sans_geometrie", "demo_guichet:sans_cle", "suivi_terrain:geo_geometry_2d"
REFERENCE = "demo_guichet:cantons"


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=5, features=60, rate=0) as running:
        yield running


@pytest.fixture
def guichet(qgis_app, process, tmp_path):
    process.faults()
    process.reset_world()
    guichet = Guichet(process, tmp_path / "store.sqlite")
    guichet.connection = str(process.connection_for("membre", requests_per_second=0))
    process.clear_journal()
    yield guichet
    process.faults()
    process.reset_world()


@pytest.fixture
def load(guichet, project, feedback):
    """`load(codes)`: into the open project, as a dialog does; gives its layers by code, or by number of the service."""

    def call(*codes, **more):
        given = {"CONNECTION": guichet.connection, "STORE": str(guichet.path), "LAYERS": ";".join(codes), **more}
        processing.runAndLoadResults("geocollab:loadgrouplayers", given, feedback=feedback)
        return by_code(project)

    return call


def by_code(project):
    return {layer.metadata().identifier() or layer.name(): layer for layer in project.mapLayers().values()}


def about(layer):
    """All of a layer that should be there when its project is opened again."""
    styles = layer.styleManager()
    others = {name: canonicalize(styles.style(name).xmlData(), strip_text=True)
              for name in styles.styles() if name != styles.currentStyle()}  # fmt: skip
    said = {
        "name": layer.name(), "source": layer.source(), "opacity": layer.opacity(), "notes": notes(layer),
        "scales": (layer.hasScaleBasedVisibility(), f"{layer.minimumScale():.5g}", f"{layer.maximumScale():.5g}"),
        "styles": (styles.currentStyle(), others),
        "properties": {name: layer.customProperty(name) for name in layer.customPropertyKeys() if "geocollab" in name},
        "history": layer.metadata().history(), "title": layer.metadata().title(), "editable": layer.supportsEditing(),
    }  # fmt: skip
    if isinstance(layer, QgsVectorLayer):
        said["renderer"] = layer.renderer().dump() if layer.renderer() else None
        said["form"] = form(layer)
        said["label"] = layer.displayExpression()
    return said


def notes(layer):
    return QgsLayerNotesUtils.layerNotes(layer)


def form(layer):
    config = layer.editFormConfig()
    return [
        (
            field.name(), layer.editorWidgetSetup(at).type(), layer.editorWidgetSetup(at).config(), field.alias(),
            field.constraints().constraintExpression(), field.defaultValueDefinition().expression(),
            field.defaultValueDefinition().applyOnUpdate(), config.readOnly(at),
        )
        for at, field in enumerate(layer.fields())
    ]  # fmt: skip


def hidden(layer):
    return {column.name for column in layer.attributeTableConfig().columns() if column.hidden and column.name}


# ---------------------------------------------------------------------- what comes into a project


def test_the_layers_come_in_the_order_and_the_looks_of_the_server(load, project, feedback):
    found = load()
    (group,) = project.layerTreeRoot().children()
    assert isinstance(group, QgsLayerTreeGroup) and group.name() == GROUP
    of_server = sorted(world.LAYERS[375], key=lambda layer: layer["order"], reverse=True)
    titles = [TABLES[each["table"]]["title"] if each["table"] else each["geoservice"]["title"] for each in of_server]
    assert [child.name() for child in group.children()] == titles and len(found) == len(titles)
    assert all(layer.isValid() for layer in found.values())
    for child, each in zip(group.children(), of_server):
        assert child.itemVisibilityChecked() == each["visibility"], child.name()
        assert child.layer().opacity() == each["opacity"], child.name()
    pharmacies = found[PHARMACIES]
    assert sorted(pharmacies.styleManager().styles()) == ["Images", "Pharmacies", "Étoiles"]
    assert pharmacies.styleManager().currentStyle() == "Étoiles"
    assert found[ROADS].styleManager().currentStyle() == "Par importance"
    assert (pharmacies.minimumScale(), found["Photographies aériennes"].maximumScale()) == (scale_of(10), scale_of(19))
    assert found[PHARMACIES].displayExpression() == '"nom pharmacie"'
    assert not any("picture" in warning for warning in feedback.warnings), "the pictures of the styles were fetched"
    assert [warning for warning in feedback.warnings if "$presque" in warning], "the rule that nobody understands"


def test_a_project_that_is_opened_again_is_the_same(load, guichet, project, tmp_path):
    found = load()
    project.write(str(tmp_path / "project.qgz"))
    again = QgsProject()
    assert again.read(str(tmp_path / "project.qgz"))
    group = again.layerTreeRoot().children()[0]
    assert [child.name() for child in group.children()] == [
        child.name() for child in project.layerTreeRoot().children()[0].children()
    ]
    for layer in found.values():
        other = again.mapLayer(layer.id())
        assert other.isValid()
        before, after = about(layer), about(other)
        assert after == before, layer.name()
    context = QgsProcessingContext()
    context.setProject(again)
    # and the layers are known again: nothing is loaded twice
    given = {"CONNECTION": guichet.connection, "STORE": str(guichet.path)}
    processing.run("geocollab:loadgrouplayers", given, context=context)
    assert not context.layersToLoadOnCompletion()


def test_what_cannot_be_edited_is_read_only_and_says_why(load):
    found = load(REFERENCE, KEYLESS, CANTONS, MIXED)
    assert not found[REFERENCE].supportsEditing() and not found[KEYLESS].supportsEditing()
    assert found[CANTONS].supportsEditing()
    assert "its role in the group is read only" in notes(found[REFERENCE])
    assert "the table has no key" in notes(found[KEYLESS])
    assert "You may edit it in these zones" in notes(found[CANTONS])
    assert "geometries of several types" in notes(found[MIXED])


def test_notes_metadata_and_identity(load, guichet):
    layer = load(PHARMACIES)[PHARMACIES]
    known = layer.metadata()
    assert (known.title(), known.identifier()) == ("Pharmacies paris", PHARMACIES)
    assert len(known.history()) == 1 and "Up to date on 20" in known.history()[0]
    assert PHARMACIES in notes(layer) and "Seuls les gestionnaires du groupe la changent" in notes(layer)
    stored = guichet.layer(PHARMACIES)
    assert group_layers.identity(layer) == (guichet.url, stored.database, stored.table)
    layer.setName("Mes pharmacies")
    assert group_layers.identity(layer) == (guichet.url, stored.database, stored.table)


def test_hostile_words_are_no_html(guichet, load):
    guichet.process.change("table", table=1734, set={"title": "<b>t</b>", "description": "<img src=x onerror=a()>5<6"})
    (layer,) = load(PHARMACIES).values()
    assert layer.name() == "<b>t</b>"
    assert "<img" not in notes(layer) and "5&lt;6" in notes(layer)


def test_without_a_style_the_colour_is_always_the_same(load, project):
    first = load(POSTS)[POSTS].renderer().dump()
    project.clear()
    found = load(POSTS, PLAIN)
    assert isinstance(found[POSTS].renderer(), QgsSingleSymbolRenderer)
    assert found[POSTS].renderer().dump() == first
    assert found[PLAIN].renderer() is None and found[PLAIN].featureCount() == 12


def test_ids_and_history_are_hidden(load):
    found = load(CANTONS, ROADS)
    for layer, history in (
        (found[CANTONS], {"gcms_fingerprint", "gcms_numrec", "gcms_detruit"}),
        (found[ROADS], {"gcms_fingerprint", "gcms_numrec", "gcms_ordrefinevol", "detruit"}),
    ):
        expected = history | {"geocollab_id"}
        assert hidden(layer) == expected
        assert {field[0] for field in form(layer) if field[1] == "Hidden"} == expected


# ---------------------------------------------------------------------- loaded again


def test_loaded_again_nothing_is_doubled_and_the_users_own_stays(load, project, guichet):
    layer = load(CANTONS, POSTS)[CANTONS]
    layer.setName("Mes cantons")
    layer.setRenderer(QgsCategorizedSymbolRenderer("suivi", []))
    layer.setFieldAlias(2, "Mon nom")
    project.layerTreeRoot().children()[0].setName("Mon groupe")
    guichet.write(CANTONS, ("Update", {"id_canton": 1, "nom": "Par d'autres"}))
    found = load(CANTONS, POSTS, ROADS)
    assert len(project.mapLayers()) == 3
    assert (layer.name(), layer.renderer().type(), layer.attributeAlias(2)) == (
        "Mes cantons",
        "categorizedSymbol",
        "Mon nom",
    )
    assert next(f for f in layer.getFeatures() if f["id_canton"] == 1)["nom"] == "Par d'autres"
    (group,) = project.layerTreeRoot().children()
    assert [child.name() for child in group.children()] == ["Bornes", found[ROADS].name(), "Mes cantons"]


def test_columns_that_came_and_went_are_shown_and_hidden(load, guichet, project):
    layer = load(CANTONS)[CANTONS]
    guichet.process.change("column_added", table=3401, column={"name": "étape", "type": "Integer", "max_value": "9"})
    guichet.process.change("column_removed", table=3401, name="visite")
    load(CANTONS)
    assert len(project.mapLayers()) == 1
    kinds = {field[0]: field[1] for field in form(layer)}
    assert kinds["étape"] == "TextEdit" and kinds["visite"] == "Hidden" and kinds["nom"] == "TextEdit"
    assert "visite" in hidden(layer) and "étape" not in hidden(layer)
    at = layer.fields().indexFromName("étape")
    assert '"étape" <= 9' in layer.fields().at(at).constraints().constraintExpression()
    assert layer.styleManager().currentStyle() == "Cantons suivis"


def test_every_style_has_the_form_of_the_new_columns(load, guichet):
    layer = load(PHARMACIES)[PHARMACIES]
    guichet.process.change("column", table=1734, name="capacite", set={"title": "Places"})
    load(PHARMACIES)
    at = layer.fields().indexFromName("capacite")
    assert layer.styleManager().currentStyle() == "Étoiles"
    for name in layer.styleManager().styles():
        layer.styleManager().setCurrentStyle(name)
        assert layer.attributeAlias(at) == "Places", name


def test_a_role_that_was_lowered_makes_it_read_only(load, guichet):
    layer = load(CANTONS)[CANTONS]
    guichet.process.change("layer", layer=806, set={"role": "visu"})
    load(CANTONS)
    assert not layer.supportsEditing() and "its role in the group is read only" in notes(layer)


def test_a_layer_that_is_being_edited_is_left_alone(load, guichet, feedback):
    layer = load(CANTONS)[CANTONS]
    assert layer.startEditing()
    layer.changeAttributeValue(1, layer.fields().indexFromName("nom"), "pas encore enregistré")
    guichet.process.change("column_added", table=3401, column={"name": "étape", "type": "Integer"})
    load(CANTONS)
    assert any("“Cantons suivis” is being edited" in warning for warning in feedback.warnings)
    assert layer.isEditable() and layer.getFeature(1)["nom"] == "pas encore enregistré"
    layer.rollBack()
    load(CANTONS)
    assert "étape" in layer.fields().names()


def test_another_store_is_another_layer(load, project, tmp_path):
    load(CANTONS)
    load(CANTONS, STORE=str(tmp_path / "other.sqlite"))
    assert len(project.mapLayers()) == 2
    assert len({QgsDataSourceUri(layer.source()).database() for layer in project.mapLayers().values()}) == 2


def test_a_layer_that_the_user_took_away_comes_back_in_its_place(load, project):
    found = load(CANTONS, POSTS, ROADS)
    project.removeMapLayer(found[ROADS].id())
    load(CANTONS, POSTS, ROADS)
    (group,) = project.layerTreeRoot().children()
    assert [child.name() for child in group.children()] == ["Bornes", "Tronçon de route", "Cantons suivis"]


def test_the_group_lies_below_the_reports(load, project, guichet):
    with Store(guichet.path):
        pass
    layers.add_reports(project, guichet.path, "Reports")
    load(CANTONS)
    assert [node.name() for node in project.layerTreeRoot().children()] == ["Reports", GROUP]


def test_from_the_dialog_of_desktop(guichet, project, run_in_thread, feedback):
    """There it works in a thread of its own; the layers come into the project afterwards, in the main one."""
    from processing.gui.Postprocessing import handleAlgorithmResults

    context = QgsProcessingContext()
    context.setProject(project)
    given = {"CONNECTION": guichet.connection, "STORE": str(guichet.path), "LAYERS": f"{CANTONS};geoservice:71"}
    assert run_in_thread("loadgrouplayers", context, **given), feedback.errors
    operation = QgsApplication.processingRegistry().createAlgorithmById("geocollab:loadgrouplayers")
    assert handleAlgorithmResults(operation, context, feedback)
    (group,) = project.layerTreeRoot().children()
    assert [child.name() for child in group.children()] == ["Cantons suivis", "Plan"]


# ---------------------------------------------------------------------- pictures of styles


def pictures(guichet, *, anew=False, watch=None):
    api = guichet.api()
    with api.session, Store(guichet.path) as store:
        return style_images.fetched(api, store, store.layers.all(), anew=anew, watch=watch or Watch())


def with_picture(guichet, uri):
    """The layer of pharmacies in the store, with a style whose picture lies there."""
    guichet.load(PHARMACIES)
    layer = guichet.layer(PHARMACIES)
    layer.description["table"]["style"] = {"id": 1, "name": "s", "type": "point", "uri": uri}
    layer.description["table"]["styles"] = []
    with Store(guichet.path) as store, store.atomic() as connection:
        connection.execute("UPDATE geocollab_layer SET description = ?", (json.dumps(layer.description),))
    guichet.process.clear_journal()


def test_pictures_are_fetched_once_and_kept(guichet):
    guichet.load(PHARMACIES, ROADS)
    guichet.process.clear_journal()
    found = pictures(guichet)
    assert len(found) == 2 and all(content.startswith(b"\x89PNG") for content in found.values())
    asked = guichet.process.journal("/style/image/")
    assert len(asked) == 2 and not any("authorization" in map(str.lower, entry["headers"]) for entry in asked)
    assert pictures(guichet) == found
    with Store(guichet.path) as store:
        assert style_images.kept(store, store.layers.all()) == found
    assert len(guichet.process.journal("/style/image/")) == 2
    assert pictures(guichet, anew=True) == found
    assert len(guichet.process.journal("/style/image/")) == 4


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 404}, {"kind": "drop"}, {"kind": "status", "status": 503}]
)
def test_a_picture_that_cannot_be_had_is_no_error(guichet, impatient, fault):
    guichet.load(PHARMACIES)
    found = pictures(guichet)
    guichet.process.faults({**fault, "path": "/style/image/", "times": None})
    assert pictures(guichet, anew=True) == found, "those of before stay"


def test_other_doors_are_not_knocked_at(guichet):
    for address in ("https://elsewhere.invalid/a.png", "file:///etc/passwd", "//elsewhere.invalid/a.png", "http://[",
                    guichet.url.replace("127.0.0.1", "127.0.0.2") + "/a.png"):  # fmt: skip
        with_picture(guichet, address)
        assert pictures(guichet) == {}
        assert guichet.process.journal() == []
