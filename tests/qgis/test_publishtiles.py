"""Pyramids and databases as tiles: `publishwmtstms`, `publishvectortms`, `publishwmsraster`, `publishaltimetry`."""

import json

import pytest
import requests
from osgeo import gdal
from qgis.core import QgsProcessingContext, QgsProcessingException, QgsRasterLayer, QgsVectorTileLayer

from geocollab.workflows.entrepot.services import asked_services
from tests.qgis.served_data import written


@pytest.fixture
def publish(serve, project):
    """Publishes, and gives the outputs and the layers that would be added."""

    def call(name, **parameters):
        context = QgsProcessingContext()
        context.setProject(project)
        found = serve(name, context=context, **parameters)
        layers = [context.temporaryLayerStore().mapLayer(id) for id in context.layersToLoadOnCompletion()]
        return found, layers, context

    return call


def test_vector_tiles_of_a_pyramid(publish, serve, warehouse):
    given = {"STORED_DATA": "cantons (tuiles)", "LAYER_NAME": "tiles_vector", "TITLE": "Cantons"}
    found, layers, _context = publish("publishwmtstms", **given)
    assert (found["STATUS"], found["LAYER"]) == ("PUBLISHED", "tiles_vector")
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (1, 0)
    (layer,) = layers
    assert isinstance(layer, QgsVectorTileLayer) and layer.isValid()
    assert (layer.sourceMinZoom(), layer.sourceMaxZoom()) == (8, 12)
    tile = requests.get(warehouse.url + "/tms/1.0.0/tiles_vector/8/129/88.pbf", timeout=30)
    assert tile.status_code == 200 and tile.content
    warehouse.clear_journal()
    assert serve("publishwmtstms", **given)["UNCHANGED_COUNT"] == 1 and written(warehouse) == []


def test_fewer_levels_later(serve):
    given = {"LAYER_NAME": "tiles_levels", "ADD_TO_PROJECT": False}
    serve("publishwmtstms", STORED_DATA="cantons (tuiles)", **given)
    assert serve("publishwmtstms", BOTTOM_LEVEL="10", **given)["UPDATED_COUNT"] == 1
    with pytest.raises(QgsProcessingException, match="has no level 15; it has 8, 9, 10, 11, 12"):
        serve("publishwmtstms", BOTTOM_LEVEL="15", **given)
    with pytest.raises(QgsProcessingException, match=r"The most detailed level \(8\) is below the least detailed one"):
        serve("publishwmtstms", BOTTOM_LEVEL="8", TOP_LEVEL="12", **given)


def test_raster_tiles_with_a_style(publish, tmp_path):
    file = tmp_path / "hypso.json"
    file.write_text(
        json.dumps({
            "identifier": "hypso", "title": "Teintes",
            "legend": {"format": "image/png", "url": "https://ex.example/l.png", "width": 10, "height": 10,
                       "min_scale_denominator": 0, "max_scale_denominator": 1e9},
        })
    )  # fmt: skip
    found, layers, _context = publish(
        "publishwmtstms", STORED_DATA="ortho", LAYER_NAME="tiles_raster", STYLES=[str(file)]
    )
    (layer,) = layers
    assert isinstance(layer, QgsRasterLayer) and layer.isValid() and "tileMatrixSet=PM" in layer.source()
    assert found["NEW_COUNT"] == 1
    file.write_text('{"title": "sans identifiant"}')
    with pytest.raises(QgsProcessingException, match=r"hypso.json is no style of tiles"):
        publish("publishwmtstms", LAYER_NAME="tiles_raster", STYLES=[str(file)])


def test_vector_tiles_on_the_fly(publish, warehouse):
    found, layers, _context = publish(
        "publishvectortms", STORED_DATA="cantons", LAYER_NAME="fly", TEXTS=["points", "lieux", "Des lieux"]
    )
    assert found["LAYER"] == "fly.cantons,fly.lieux"
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (1, 0)
    assert [(layer.name(), layer.isValid()) for layer in layers] == [("fly.cantons", True), ("fly.lieux", True)]
    tile = requests.get(warehouse.url + "/vector-tms/1.0.0/fly.cantons/8/129/88.pbf", timeout=60)
    assert tile.status_code == 200 and tile.content


def test_a_wms_of_pictures(publish):
    given = {"STORED_DATA": "ortho", "LAYER_NAME": "pictures", "TITLE": "Photographies"}
    found, layers, _context = publish("publishwmsraster", INTERPOLATION="LINEAR", **given)
    (layer,) = layers
    assert found["STATUS"] == "PUBLISHED" and isinstance(layer, QgsRasterLayer) and layer.isValid()
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (1, 0)
    assert publish("publishwmsraster", **given)[0]["UNCHANGED_COUNT"] == 1
    assert publish("publishwmsraster", INTERPOLATION="BICUBIC", **given)[0]["UPDATED_COUNT"] == 1


def test_heights(serve, warehouse):
    given = {"STORED_DATA": "relief", "LAYER_NAME": "heights", "TITLE": "Altitudes"}
    with pytest.raises(QgsProcessingException, match=r"“source” is missing.*“accuracy” is missing"):
        serve("publishaltimetry", **given)
    with pytest.raises(QgsProcessingException, match="“ortho” has no heights"):
        serve("publishaltimetry", **{**given, "STORED_DATA": "ortho"}, SOURCE="x", ACCURACY="y")
    assert written(warehouse) == []
    found = serve("publishaltimetry", **given, SOURCE="Lidar", ACCURACY="0,5 m")
    assert (found["STATUS"], found["NEW_COUNT"]) == ("PUBLISHED", 1)
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (0, 0)  # it has no layer to be listed
    assert serve("publishaltimetry", **given)["UNCHANGED_COUNT"] == 1


def test_a_logo_is_measured(serve, warehouse, monkeypatch):
    serve("publishwmtstms", STORED_DATA="ortho", LAYER_NAME="logo_tiles", ADD_TO_PROJECT=False)
    given = {"STORED_DATA": "ortho", "LAYER_NAME": "with_logo", "ADD_TO_PROJECT": False}
    given.update(ATTRIBUTION="Ville", ATTRIBUTION_URL="https://ville.example")
    tile = warehouse.url + "/tms/1.0.0/logo_tiles/8/129/88.png"
    assert serve("publishwmtstms", **given, ATTRIBUTION_LOGO=tile)["NEW_COUNT"] == 1
    (posted,) = [entry for entry in warehouse.journal("/configurations$") if "with_logo" in str(entry["body"])]
    logo = json.loads(posted["body"])["attribution"]["logo"]
    assert logo == {"format": "image/png", "url": tile, "width": 256, "height": 256}
    for url, sentence in (
        (warehouse.url + "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&VERSION=1.0.0", "is no PNG, JPEG, GIF or WebP"),
        (warehouse.url + "/none.png", "cannot be read"),
    ):
        with pytest.raises(QgsProcessingException, match=sentence):
            serve("publishwmtstms", **given, ATTRIBUTION_LOGO=url)
    monkeypatch.setattr(asked_services, "LARGEST_LOGO", 100)
    with pytest.raises(QgsProcessingException, match="cannot be read"):
        serve("publishwmtstms", **given, ATTRIBUTION_LOGO=tile)
    assert gdal.ReadDir("/vsimem/") in (None, []) or not any("logo" in name for name in gdal.ReadDir("/vsimem/"))
