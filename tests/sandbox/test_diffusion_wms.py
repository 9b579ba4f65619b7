"""WMS of what is published: one layer for a configuration, drawn with its styles as they were when it was published."""

import json
import time

import numpy
import pytest
from lxml import etree
from osgeo import gdal
from owslib.wms import WebMapService

from sandbox.entrepot.diffusion import _sld
from tests.sandbox.publications import SLD, count_of, equals, labels, lines, marks, pixels, polygons, served

PATH, RASTER = "/wms-v/geoserver/ows", "/wms-r/wms"
RED, BLUE, YELLOW, GREEN = "#d03030", "#3070b0", "#ffd000", "#00ff00"
LOGO = {"format": "image/png", "url": "https://example.invalid/logo.png", "width": 10, "height": 20}
PALETTE = {
    "identifier": "relief", "title": "Relief",
    "legend": {"format": "image/png", "url": "https://example.invalid/legende.png", "width": 30, "height": 40,
               "min_scale_denominator": 1, "max_scale_denominator": 2},
    "palette": {"rgb_continuous": False, "colours": [{"value": 0, "red": 0, "green": 0, "blue": 255},
                                                     {"value": 500, "red": 255, "green": 0, "blue": 0}]},
}  # fmt: skip


def fill(publications):
    data = publications.database(points=40)
    paris = polygons(RED, equals("insee_dep", "75")) + polygons(BLUE, "<ElseFilter/>")
    cantons, points = publications.static(SLD.format(rules=paris)), publications.static(SLD.format(rules=marks(YELLOW)))
    relations = [{"name": "points", "style": points}, {"name": "cantons", "style": cantons}]
    used = [{"stored_data": data["_id"], "relations": relations}]
    publications.publish(
        "WMS-VECTOR", "carte", {"keywords": ["un"], "used_data": used},
        attribution={"title": "IGN", "url": "https://www.ign.fr", "logo": LOGO},
        metadata=[{"format": "text/xml", "url": "https://example.invalid/fiche", "type": "19139"}],
    )  # fmt: skip
    mixed = publications.static(SLD.format(rules=polygons(RED) + lines(GREEN) + labels("#000000")))
    used = [{"stored_data": data["_id"], "relations": [{"name": "cantons", "style": mixed}]}]
    bbox = {"west": 2, "south": 48.5, "east": 3, "north": 49}
    publications.publish("WMS-VECTOR", "melange", {"bbox": bbox, "used_data": used})
    heights, picture = publications.raster_tiles(height=1000), publications.raster_tiles()
    publications.tiles("relief", heights, "WMS-RASTER", styles=[publications.static(json.dumps(PALETTE), "ROK4-STYLE")],
                       getfeatureinfo={"stored_data": True})  # fmt: skip
    publications.tiles("photo", picture, "WMS-RASTER", interpolation="NEAREST-NEIGHBOUR")


@pytest.fixture(scope="module")
def published():
    with served(fill) as publications:
        yield publications


@pytest.fixture
def wms(published):
    box = {"crs": "EPSG:2154", "bbox": "636000,6845000,670000,6875000", "width": 340, "height": 300}

    def ask(path=PATH, **parameters):
        return published.get(
            path, service="WMS", **{"version": "1.3.0", "styles": "", "format": "image/png", **box, **parameters}
        )

    return ask


def test_the_styles_of_the_publication_are_drawn_its_first_relation_on_top(wms):
    answer = wms(request="GetMap", layers="carte")
    assert answer.headers["content-type"] == "image/png"
    red, blue, yellow = (count_of(answer.content, colour) for colour in (RED, BLUE, YELLOW))
    assert 10_000 < red < 20_000 < blue and yellow > 100


def test_rules_that_draw_different_things_are_all_drawn(wms):
    picture = wms(request="GetMap", layers="melange", width=680, height=600).content
    assert count_of(picture, RED) > 100_000 and count_of(picture, GREEN) > 10_000
    labels_inside = count_of(picture, "#000000")
    assert labels_inside > 200


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        ({"version": "1.1.1", "srs": "EPSG:2154"}, (4, 300, 340)),
        ({"crs": "EPSG:4326", "bbox": "48.7,2.1,49.0,2.6"}, (4, 300, 340)),
        ({"crs": "EPSG:3857", "bbox": "238000,6226000,288000,6268000", "width": 64, "height": 32}, (4, 32, 64)),
        ({"format": "image/jpeg"}, (3, 300, 340)),
    ],
)  # fmt: skip
def test_systems_and_formats(wms, parameters, size):
    answer = wms(request="GetMap", layers="carte", transparent="TRUE", **parameters)
    picture = pixels(answer.content)
    assert picture.shape == size and len(numpy.unique(picture[0])) > 2


def test_owslib_reads_what_the_publication_says_of_itself(published):
    service = WebMapService(published.process.url + PATH, version="1.3.0")
    assert set(service.contents) == {"carte", "melange"}
    layer = service["carte"]
    assert (layer.title, layer.abstract, layer.keywords) == ("Titre de carte", "Résumé", ["un"])
    assert layer.boundingBoxWGS84 == pytest.approx((2.1438, 48.7126, 2.5812, 48.9602), abs=1e-3)
    assert {"EPSG:2154", "EPSG:4326", "EPSG:3857"} <= set(layer.crsOptions)
    assert [link["url"] for link in layer.metadataUrls] == ["https://example.invalid/fiche"]
    assert (layer.attribution["title"], layer.attribution["url"]) == ("IGN", "https://www.ign.fr")
    assert layer.attribution["logo_url"] == LOGO["url"]
    assert layer.styles["default"]["legend"].startswith(published.process.url)
    assert service["melange"].boundingBoxWGS84 == pytest.approx((2, 48.5, 3, 49))
    assert service["melange"].metadataUrls == []


def test_legend(wms, published):
    picture = published.get(
        PATH, service="WMS", version="1.3.0", request="GetLegendGraphic", layer="carte", format="image/png"
    )
    assert all(count_of(picture.content, colour) > 20 for colour in (RED, BLUE, YELLOW))


def test_what_lies_at_a_point(wms):
    here = {
        "request": "GetFeatureInfo",
        "layers": "carte",
        "query_layers": "carte",
        "i": 140,
        "j": 149,
        "feature_count": 5,
    }
    found = wms(info_format="application/json", **here).json()["features"]
    assert "Paris" in {feature["properties"].get("nom") for feature in found} and len(found) > 1
    for format_ in ("text/plain", "text/html", "application/vnd.ogc.gml"):
        answer = wms(info_format=format_, **here)
        assert answer.headers["content-type"].startswith(format_) and "Paris" in answer.text
    assert "<é" not in wms(info_format="text/html", **here).text


@pytest.mark.parametrize("layers", ["rien", "carte,rien", "carte:0.0", ""])
def test_unknown_layers(wms, layers):
    for path in (PATH, RASTER):
        root = etree.fromstring(wms(path, request="GetMap", layers=layers).content)
        assert root[0].get("code") == "LayerNotDefined"


def test_styles_that_come_with_the_request_are_not_heard(wms):
    foreign = SLD.format(rules=polygons("#123456")).replace("whatever", "carte")
    picture = wms(request="GetMap", layers="carte", sld_body=foreign, sld="http://example.invalid/x.sld").content
    assert count_of(picture, "#123456") == 0 and count_of(picture, RED) > 1000


def test_gdal_reads_a_layer(published):
    address = f"WMS:{published.process.url}{PATH}?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=carte&CRS=EPSG:3857"
    service = gdal.Open(address + "&BBOX=238000,6226000,288000,6268000&FORMAT=image/png&STYLES=")
    picture = service.ReadAsArray(buf_xsize=200, buf_ysize=168)
    assert picture.shape[0] == 3 and len(numpy.unique(picture[0])) > 2


def test_an_unreadable_style_draws_nothing_and_breaks_nothing():
    assert _sld.groups("<sld") == _sld.groups("<a/>") == []
    assert _sld.groups('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>') == []


def test_rules_are_grouped_in_the_order_they_are_drawn():
    text = SLD.format(rules=polygons(RED) + polygons(BLUE) + lines(GREEN) + labels(RED) + polygons(RED))
    assert [len(group) for group in _sld.groups(text)] == [2, 1, 1, 1]


WHOLE = {"crs": "EPSG:3857", "bbox": "120000,6120000,420000,6420000", "width": 200, "height": 200}


def test_a_palette_colours_heights(wms):
    picture = wms(RASTER, request="GetMap", layers="relief", styles="relief", **WHOLE).content
    assert count_of(picture, "#0000ff") == pytest.approx(20_000, rel=0.05)
    assert count_of(picture, "#ff0000") == pytest.approx(20_000, rel=0.05)


def test_a_picture_keeps_its_colours(wms):
    picture = pixels(wms(RASTER, request="GetMap", layers="photo", **WHOLE).content)
    assert picture[0, 100, 0] < 5 < 250 < picture[0, 100, -1] and set(numpy.unique(picture[1])) == {100}


def test_the_height_at_a_point(wms):
    found = wms(RASTER, request="GetFeatureInfo", layers="relief", query_layers="relief", i=100, j=100,
                info_format="application/json", **WHOLE).json()["features"]  # fmt: skip
    assert float(found[0]["properties"]["value_0"]) == pytest.approx(500, abs=5)


def test_raster_capabilities(published, wms):
    service = WebMapService(published.process.url + RASTER, version="1.3.0")
    relief = service["relief"]
    assert relief.boundingBoxWGS84 == pytest.approx((1, 48, 4, 50)) and "EPSG:2154" in relief.crsOptions
    assert relief.styles["relief"]["legend"] == PALETTE["legend"]["url"]
    assert (relief.queryable, service["photo"].queryable) == (1, 0)
    root = etree.fromstring(wms(RASTER, request="GetMap", layers="relief", styles="rien", **WHOLE).content)
    assert root[0].get("code") == "StyleNotDefined"


@pytest.mark.slow
def test_a_map_takes_little_time(wms):
    wms(request="GetMap", layers="carte", width=256, height=256)
    started = time.perf_counter()
    for _ in range(20):
        wms(request="GetMap", layers="carte", width=256, height=256)
    assert (time.perf_counter() - started) / 20 < 0.5
