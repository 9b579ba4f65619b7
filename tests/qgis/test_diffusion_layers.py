"""What the sandbox serves of publications loads in QGIS as layers, and is what was stored."""

import json

import pytest
from qgis.core import (
    NULL,
    QgsCoordinateReferenceSystem,
    QgsFeatureRequest,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize

from tests.sandbox.publications import SLD, equals, polygons, served

HASH = "0123456789abcdef"  # pragma: allowlist secret
POINTS = 1500
BOX = QgsRectangle(636000, 6845000, 670000, 6875000)


def fill(publications):
    data = publications.database(points=POINTS)
    publications.wfs("montreuil", data, "cantons", "points")
    paris = polygons("#d03030", equals("insee_dep", "75")) + polygons("#3070b0", "<ElseFilter/>")
    relations = [{"name": "cantons", "style": publications.static(SLD.format(rules=paris))}]
    publications.publish("WMS-VECTOR", "carte", {"used_data": [{"stored_data": data["_id"], "relations": relations}]})
    publications.tiles("images", publications.raster_tiles())
    publications.tiles("vecteur", publications.vector_tiles())
    hidden = publications.wfs("prive", data, "cantons", is_open=False)
    permission = publications.permission([hidden])
    publications.access(publications.key("membre", "HASH", HASH), hidden, permission)


@pytest.fixture(scope="module")
def published():
    with served(fill) as publications:
        yield publications


@pytest.fixture
def wfs(published, project):
    def load(name, path="/wfs/geoserver/ows", version="2.0.0", more=""):
        source = f"url='{published.process.url}{path}{more}' typename='{name}' version='{version}' pagingEnabled='true'"
        return QgsVectorLayer(source, name, "WFS")

    return load


def colours(layer, box=BOX, system="EPSG:2154"):
    """How often each colour occurs where the layer is drawn."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(system))
    settings.setExtent(box)
    settings.setOutputSize(QSize(340, 300))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image, found = job.renderedImage(), {}
    for x in range(image.width()):
        for y in range(image.height()):
            name = image.pixelColor(x, y).name()
            found[name] = found.get(name, 0) + 1
    return found


@pytest.mark.parametrize("version", ["2.0.0", "1.1.0"])
def test_wfs_layer(wfs, published, version):
    layer = wfs("montreuil:cantons", version=version)
    assert layer.isValid() and layer.crs().authid() == "EPSG:2154"
    stored = QgsVectorLayer(f"{next(published.entities.root.glob('stored_data/*/database.gpkg'))}|layername=cantons")
    kept = {feature["code"]: feature for feature in stored.getFeatures()}
    read = {feature["code"]: feature for feature in layer.getFeatures()}
    assert len(read) == len(kept) == 61
    for code, feature in kept.items():
        assert (read[code]["nom"], read[code]["insee_com"]) == (feature["nom"], feature["insee_com"])
        assert read[code].geometry().symDifference(feature.geometry()).area() < 1e-3
    inside = layer.getFeatures(QgsFeatureRequest().setFilterExpression("\"insee_dep\" = '75'"))
    assert [feature["nom"] for feature in inside] == ["Paris"]


def test_wfs_layer_of_many_rows_comes_by_pages(wfs):
    layer = wfs("montreuil:points")
    assert layer.isValid() and layer.featureCount() == POINTS
    read = {feature["n"]: feature for feature in layer.getFeatures()}
    assert sorted(read) == list(range(POINTS))
    assert [field.name() for field in layer.fields()] == ["nom", "valeur", "n", "grand", "jour", "quand", "actif"]
    assert [read[6][name] for name in ("valeur", "n", "grand")] == [1.5, 6, 2**40 + 6]
    assert read[6]["nom"] == "Lieu n° 6 <é&> \"cité\" 'dit'" and read[5]["valeur"] == NULL
    assert read[6]["quand"].toUTC().toString("yyyy-MM-dd HH:mm") == "2026-03-01 12:30"


def test_private_wfs_layer_with_a_key(wfs):
    assert not wfs("prive:cantons", "/private/wfs").isValid()
    layer = wfs("prive:cantons", "/private/wfs", more=f"?apikey={HASH}")
    assert layer.isValid() and len(list(layer.getFeatures())) == 61


def test_wms_layer(published, project):
    source = f"crs=EPSG:2154&format=image/png&layers=carte&styles&url={published.process.url}/wms-v/geoserver/ows"
    layer = QgsRasterLayer(source, "carte", "wms")
    assert layer.isValid()
    drawn = colours(layer)
    assert 10_000 < drawn["#d03030"] < 20_000 < drawn["#3070b0"]


def test_wmts_layer(published, project):
    service = f"{published.process.url}/wmts?SERVICE%3DWMTS%26REQUEST%3DGetCapabilities"
    source = f"crs=EPSG:3857&format=image/png&layers=images&styles=normal&tileMatrixSet=PM&url={service}"
    layer = QgsRasterLayer(source, "images", "wms")
    assert layer.isValid()
    drawn = colours(layer, QgsRectangle(300000, 6200000, 400000, 6300000), "EPSG:3857")
    assert all(name == "#ffffff" or name.endswith("6464") for name in drawn) and len(drawn) > 30


def test_vector_tile_layer(published, project):
    described = json.loads(published.get("/tms/1.0.0/vecteur/metadata.json").text)
    source = f"type=xyz&url={described['tiles'][0]}&zmin={described['minzoom']}&zmax={described['maxzoom']}"
    layer = QgsVectorTileLayer(source, "vecteur")
    assert layer.isValid()
    published.process.clear_journal()
    drawn = colours(layer)
    tiles = published.process.journal(r"^/tms/1\.0\.0/vecteur/[0-9]+/")
    assert tiles and 200 in {entry["status"] for entry in tiles}
    assert drawn.get("#ffffff", 0) < 340 * 300 * 0.6, "the cantons cover most of the map"
