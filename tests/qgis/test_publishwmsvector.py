"""A WMS of vectors: styles of one's own or plain ones, pictures read back."""

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProcessingContext,
    QgsProcessingException,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QSize

from geocollab.client.entrepot import files
from geocollab.client.entrepot.configurations import configurations
from tests.qgis.served_data import written
from tests.sandbox.publications import SLD, polygons
from tests.workflows.depot import Depot

RED = SLD.format(rules=polygons("#ff0000"))


def picture(layer):
    """The picture of a layer around Paris."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(250_000, 6_230_000, 275_000, 6_260_000))
    settings.setOutputSize(QSize(100, 120))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def colours(image):
    pixels = [image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())]
    return {name for name in set(pixels) if pixels.count(name) > 50}


@pytest.fixture
def publish(serve, project):
    """Publishes, and gives the outputs and the layers that would be added."""

    def call(**parameters):
        context = QgsProcessingContext()
        context.setProject(project)
        found = serve("publishwmsvector", context=context, **parameters)
        layers = [context.temporaryLayerStore().mapLayer(id) for id in context.layersToLoadOnCompletion()]
        return found, layers, context

    return call


@pytest.fixture
def red(tmp_path):
    file = tmp_path / "cantons.sld"
    file.write_text(RED, encoding="utf-8")
    return str(file)


def test_a_style_of_ones_own_is_drawn(publish, red):
    found, layers, _context = publish(STORED_DATA="cantons", TABLES="cantons", LAYER_NAME="wms_red", STYLES=[red])
    assert (found["STATUS"], found["LAYER"], found["LAYER_COUNT"]) == ("PUBLISHED", "wms_red", 1)
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (1, 0)
    assert [layer.isValid() for layer in layers] == [True]
    assert "#ff0000" in colours(picture(layers[0]))


def test_a_style_that_draws_nothing_is_told(publish, tmp_path, feedback):
    file = tmp_path / "cantons.sld"
    scale = "<MaxScaleDenominator>3</MaxScaleDenominator><PolygonSymbolizer>"
    file.write_text(RED.replace("<PolygonSymbolizer>", scale), encoding="utf-8")
    found, _layers, _context = publish(
        STORED_DATA="cantons", TABLES="cantons", LAYER_NAME="wms_blank", STYLES=[str(file)]
    )
    assert (found["NEW_COUNT"], found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (1, 0, 1)
    (told,) = [text for text in feedback.warnings if text.startswith("WMS-VECTOR")]
    assert "The pictures of “wms_blank” are blank" in told


def test_without_a_style_there_is_a_plain_one_for_each_table(publish, warehouse):
    found, layers, _context = publish(STORED_DATA="cantons", LAYER_NAME="wms_plain", TITLE="Tout")
    assert [path for verb, path in written(warehouse) if verb == "POST"].count("statics") == 2
    assert found["NEW_COUNT"] == 1 and len(colours(picture(layers[0]))) >= 2


def test_another_style_later(publish, red, warehouse):
    given = {"LAYER_NAME": "wms_later", "ADD_TO_PROJECT": False}
    publish(STORED_DATA="cantons", TABLES="cantons", TITLE="Cantons", **given)
    warehouse.clear_journal()
    again, _layers, _context = publish(**given)
    assert again["UNCHANGED_COUNT"] == 1 and written(warehouse) == []
    changed, _layers, _context = publish(STYLES=[red], **given)
    assert changed["UPDATED_COUNT"] == 1
    assert [path.split("/")[0] for _verb, path in written(warehouse)] == ["statics", "offerings"]


OF_QGIS = (
    '<StyledLayerDescriptor version="1.1.0" xmlns="http://www.opengis.net/sld" xmlns:se="http://www.opengis.net/se" '
    'xmlns:ogc="http://www.opengis.net/ogc"><NamedLayer><se:Name>x</se:Name><UserStyle><se:FeatureTypeStyle>'
    "{rules}</se:FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"
)
RULE = (
    "<se:Rule><se:Name>{name}</se:Name>{condition}<se:PolygonSymbolizer><se:Fill>"
    '<se:SvgParameter name="fill">{colour}</se:SvgParameter></se:Fill></se:PolygonSymbolizer></se:Rule>'
)
WHERE = (
    "<ogc:Filter><ogc:PropertyIsNotEqualTo><ogc:PropertyName>{column}</ogc:PropertyName>"
    "<ogc:Literal>0</ogc:Literal></ogc:PropertyIsNotEqualTo></ogc:Filter>"
)


def test_what_qgis_writes_is_converted_and_losses_are_told(publish, tmp_path, feedback):
    """A rule that asks for a column that the table does not have would be refused by the server as a whole."""
    file = tmp_path / "style de qgis.sld"
    rules = RULE.format(name="all", condition="", colour="#00ff00") + RULE.format(
        name="dense", condition=WHERE.format(column="densite"), colour="#0000ff"
    )
    file.write_text(OF_QGIS.format(rules=rules), encoding="utf-8")
    _found, layers, _context = publish(
        STORED_DATA="cantons", TABLES="cantons", LAYER_NAME="wms_qgis", STYLES=[str(file)]
    )
    assert "#00ff00" in colours(picture(layers[0]))
    (told,) = [text for text in feedback.warnings if "dense" in text]
    assert "there is no column “densite”" in told


# ---------------------------------------------------------------------- styles of the datastore


def statics(process):
    """Name and id of the static files of the datastore."""
    with Depot(process) as depot:
        return {static.name: static.id for static in files.statics.list(depot.office().datastore)}


@pytest.fixture
def make(serve, tmp_path):
    """Puts a style into the datastore; its id."""

    def call(colour, name, **more):
        file = tmp_path / "made.sld"
        condition = WHERE.format(column=more["column"]) if "column" in more else ""
        file.write_text(OF_QGIS.format(rules=RULE.format(name="r", condition=condition, colour=colour)))
        return serve("makestyle", FILE=str(file), TABLE="cantons", UPLOAD=True, STYLE_NAME=name)["STATIC"]

    return call


def test_a_style_is_made_and_published_by_its_id(publish, make, warehouse, red):
    given = {"LAYER_NAME": "wms_by_id", "ADD_TO_PROJECT": True}
    made = make("#00ff00", "parcs verts")
    found, layers, _context = publish(STORED_DATA="cantons", TABLES="cantons", STATICS=made, **given)
    assert "#00ff00" in colours(picture(layers[0]))
    assert [path for verb, path in written(warehouse) if verb == "POST"].count("statics") == 1  # by makestyle alone

    warehouse.clear_journal()
    again, _layers, _context = publish(STATICS=f"cantons = parcs verts — {made}", **given)
    assert again["UNCHANGED_COUNT"] == 1 and written(warehouse) == []

    own, layers, _context = publish(STYLES=[red], **given)
    assert own["UPDATED_COUNT"] == 1 and "#ff0000" in colours(picture(layers[0]))
    mine = f"config_{found['CONFIGURATION']}_style_wmsv_cantons"
    assert {mine, "parcs verts"} <= statics(warehouse).keys()
    with Depot(warehouse) as depot:
        held = files.content(depot.office().datastore, files.statics, made)
    assert b"#00ff00" in held  # other services may use it

    back, layers, _context = publish(STATICS="cantons=parcs verts", **given)
    assert back["UPDATED_COUNT"] == 1 and "#00ff00" in colours(picture(layers[0]))
    assert mine not in statics(warehouse)  # nobody uses it any more


def test_styles_of_the_datastore_by_the_names_of_their_tables(publish, make, warehouse):
    made = make("#00ff00", "cantons")
    found, _layers, _context = publish(STORED_DATA="cantons", LAYER_NAME="wms_named", STATICS=made)
    with Depot(warehouse) as depot:
        infos = configurations.get(depot.office().datastore, found["CONFIGURATION"]).type_infos
    styles = {one["name"]: one["style"] for one in infos["used_data"][0]["relations"]}
    assert styles["cantons"] == made and styles["points"] not in ("", made)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("{id}", r"Which table is the style “libre” for\? Write table={id}, with one of these tables: cantons, points"),
        ("rien={id}", "Which table is the style “libre” for"),
        ("points={id}", "The style “libre” needs columns that the table “points” does not have: code"),
        ("cantons={id};cantons=libre", "The table “cantons” is given two styles"),
        ("cantons=nulle part", "There is no “nulle part” among the static files of the datastore. .*libre"),
        ("00000000-0000-4000-8000-000000000000", "There is no “00000000.* among the static files"),
    ],
)
def test_styles_of_the_datastore_that_do_not_fit(publish, make, warehouse, given, sentence):
    id = make("#00ff00", "libre", column="code")
    warehouse.clear_journal()
    with pytest.raises(QgsProcessingException, match=sentence.replace("{id}", id)):
        publish(STORED_DATA="cantons", LAYER_NAME="wms_unfit", STATICS=given.format(id=id))
    assert written(warehouse) == []


def test_a_style_of_the_datastore_beside_a_file_for_the_same_table(publish, make, warehouse, red):
    made = make("#00ff00", "double")
    with pytest.raises(QgsProcessingException, match="“cantons” is given two styles"):
        publish(STORED_DATA="cantons", TABLES="cantons", LAYER_NAME="wms_two", STYLES=[red], STATICS=f"cantons={made}")


# ---------------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("communes.sld", RED, "communes.sld is a style of no table that is published: call it cantons.sld, points.sld"),
        ("cantons.sld", "<nothing", "The style is no XML that can be read"),
    ],
)
def test_styles_that_are_none(publish, tmp_path, warehouse, name, content, sentence):
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    with pytest.raises(QgsProcessingException, match=sentence):
        publish(STORED_DATA="cantons", LAYER_NAME="wms_wrong", STYLES=[str(file)])
    assert written(warehouse) == []
    with pytest.raises(QgsProcessingException, match="STYLES: there is no file"):
        publish(STORED_DATA="cantons", LAYER_NAME="wms_wrong", STYLES=[str(tmp_path / "none.sld")])
