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

from tests.qgis.served_data import written
from tests.sandbox.publications import SLD, polygons

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
    assert [layer.isValid() for layer in layers] == [True]
    assert "#ff0000" in colours(picture(layers[0]))


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


def test_what_qgis_writes_is_converted_and_losses_are_told(publish, tmp_path, feedback):
    file = tmp_path / "style de qgis.sld"
    file.write_text(
        '<StyledLayerDescriptor version="1.1.0" xmlns="http://www.opengis.net/sld" '
        'xmlns:se="http://www.opengis.net/se">'
        "<NamedLayer><se:Name>x</se:Name><UserStyle><se:FeatureTypeStyle><se:Rule><se:PolygonSymbolizer><se:Fill>"
        '<se:SvgParameter name="fill">#00ff00</se:SvgParameter></se:Fill></se:PolygonSymbolizer></se:Rule>'
        "</se:FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>",
        encoding="utf-8",
    )
    _found, layers, _context = publish(
        STORED_DATA="cantons", TABLES="cantons", LAYER_NAME="wms_qgis", STYLES=[str(file)]
    )
    assert "#00ff00" in colours(picture(layers[0]))


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
