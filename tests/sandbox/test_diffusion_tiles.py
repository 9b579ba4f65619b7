"""Tiles of what is published: TMS, WMTS and the tiles cut on the fly, read back by GDAL."""

import gzip
import json

import pytest
from lxml import etree
from osgeo import gdal, ogr
from owslib.tms import TileMapService
from owslib.wmts import WebMapTileService

from tests.sandbox.publications import MOSAIC, pixels, served, tile_at

PARIS = (2.35, 48.85)
STYLE = {
    "identifier": "clair",
    "title": "Clair <é>",
    "legend": {"format": "image/png", "url": "https://example.invalid/l.png"},
}


def fill(publications):
    publications.tiles("vecteur", publications.vector_tiles(), levels=("9", "11"), keywords=["un"])
    images = publications.raster_tiles()
    style = publications.static(json.dumps(STYLE), "ROK4-STYLE")
    publications.tiles("images", images, styles=[style])
    data = publications.database(points=50)
    relations = [
        {"native_name": "cantons", "abstract": "x"},
        {"native_name": "points", "public_name": "lieux", "abstract": "x"},
    ]
    publications.publish("VECTOR-TMS", "vif", {"used_data": [{"stored_data": data["_id"], "relations": relations}]})


@pytest.fixture(scope="module")
def published():
    with served(fill) as publications:
        yield publications


def layers_of(content):
    """Of a vector tile: how many features each layer has, and the values of `nom`."""
    gdal.FileFromMemBuffer("/vsimem/tile.pbf", content)
    tile = gdal.OpenEx("/vsimem/tile.pbf", gdal.OF_VECTOR, allowed_drivers=["MVT"])
    found = {}
    for number in range(tile.GetLayerCount()):
        layer = tile.GetLayer(number)
        found[layer.GetName()] = [feature.items() for feature in layer]
    return found


def test_a_tile_comes_back_as_it_was_cut(published):
    column, row = tile_at(10, *PARIS)
    answer = published.get(f"/tms/1.0.0/vecteur/10/{column}/{row}.pbf")
    assert answer.headers["content-type"] == "application/x-protobuf" and answer.headers["content-encoding"] == "gzip"
    file = next((published.entrepot.entities.root / "stored_data").glob(f"*/tiles/10/{column}/{row}.pbf"))
    assert answer.content == gzip.decompress(file.read_bytes())
    assert "Paris" in {values["nom"] for values in layers_of(answer.content)["cantons"]}


@pytest.mark.parametrize(
    "path",
    ["vecteur/8/{c8}/{r8}.pbf", "vecteur/12/{c12}/{r12}.pbf", "vecteur/10/{c10}/{r10}.png", "vecteur/10/0/0.pbf",
     "rien/10/0/0.pbf", "vecteur/10/..%2f..%2f10/0.pbf", "vecteur/x/0/0.pbf", "vecteur/10/-1/0.pbf"],
)  # fmt: skip
def test_tiles_that_are_not_there(published, path):
    """Levels that are cut but not published, other extensions, other places."""
    places = {f"{name}{level}": value for level in (8, 10, 12) for name, value in zip("cr", tile_at(level, *PARIS))}
    assert published.get("/tms/1.0.0/" + path.format(**places)).status_code == 404


def test_tms_capabilities(published):
    service = TileMapService(published.process.url + "/tms/1.0.0/")
    assert {layer.title for layer in service.contents.values()} == {"Titre de vecteur", "Titre de images"}
    root = etree.fromstring(published.get("/tms/1.0.0/vecteur").content)
    assert [element.get("order") for element in root.iter("TileSet")] == ["9", "10", "11"]
    assert (root.findtext("SRS"), root.find("TileFormat").get("extension")) == ("EPSG:3857", "pbf")
    box = {name: float(value) for name, value in published_box(published, "images").items()}
    assert box["minx"] == pytest.approx(111319.5, abs=1) and box["maxx"] == pytest.approx(445278, abs=1)


def published_box(published, layer):
    return etree.fromstring(published.get(f"/tms/1.0.0/{layer}").content).find("BoundingBox").attrib


def test_metadata_json_has_the_address_of_the_tiles(published):
    described = published.get("/tms/1.0.0/vecteur/metadata.json").json()
    assert described["tiles"] == [published.process.url + "/tms/1.0.0/vecteur/{z}/{x}/{y}.pbf"]
    assert (described["minzoom"], described["maxzoom"], described["format"]) == (9, 11, "pbf")
    assert [layer["id"] for layer in described["vector_layers"]] == ["cantons"]
    column, row = tile_at(10, *PARIS)
    address = described["tiles"][0].format(z=10, x=column, y=row)
    assert published.get(address.removeprefix(published.process.url)).status_code == 200


def test_gdal_reads_the_wmts(published, tmp_path):
    gdal.SetConfigOption("GDAL_DEFAULT_WMS_CACHE_PATH", str(tmp_path))
    service = gdal.Open(
        f"WMTS:{published.process.url}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities,layer=images,tilematrix=9"
    )
    west, north, side = MOSAIC
    transform = service.GetGeoTransform()
    column = int((west + side * 0.75 - transform[0]) / transform[1])
    row = int((north - side / 2 - transform[3]) / transform[5])
    red = service.GetRasterBand(1).ReadAsArray(column, row, 4, 4)
    assert red.mean() == pytest.approx(255 * 0.75, abs=8)


def test_wmts_capabilities_hold_rasters_with_their_styles(published):
    service = WebMapTileService(published.process.url + "/wmts")
    assert list(service.contents) == ["images"]
    layer = service["images"]
    assert (layer.title, layer.formats, list(layer.styles)) == ("Titre de images", ["image/png"], ["clair"])
    assert layer.boundingBoxWGS84 == (1, 48, 4, 50)
    column, row = tile_at(8, *PARIS)
    tile = service.gettile(layer="images", style="clair", format="image/png", tilematrixset="PM", tilematrix="8",
                           row=row, column=column).read()  # fmt: skip
    assert tile == published.get(f"/tms/1.0.0/images/8/{column}/{row}.png").content
    assert pixels(tile).shape[1:] == (256, 256)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"LAYER": "vecteur"}, 400), ({"STYLE": "normal"}, 400), ({"TILEMATRIX": "12"}, 400),
     ({"TILEMATRIXSET": "4326"}, 400), ({"FORMAT": "image/jpeg"}, 400), ({"TILECOL": "0"}, 404),
     ({"TILEROW": "x"}, 404),
     ({"REQUEST": "GetFeatureInfo"}, 400)],
)  # fmt: skip
def test_wmts_refusals(published, changes, status):
    column, row = tile_at(8, *PARIS)
    asked = {"SERVICE": "WMTS", "REQUEST": "GetTile", "LAYER": "images", "STYLE": "clair", "FORMAT": "image/png",
             "TILEMATRIXSET": "PM", "TILEMATRIX": "8", "TILECOL": str(column), "TILEROW": str(row)}  # fmt: skip
    answer = published.get("/wmts", **{**asked, **changes})
    assert answer.status_code == status and b"ExceptionReport" in answer.content


def test_tiles_cut_on_the_fly(published):
    column, row = tile_at(11, *PARIS)
    path = f"/vector-tms/1.0.0/vif.cantons/11/{column}/{row}.pbf"
    everything = layers_of(published.get(path).content)["vif.cantons"]
    assert "Paris" in {values["nom"] for values in everything} and {"nom", "code", "insee_dep"} <= set(everything[0])
    few = layers_of(published.get(path, properties="nom", filter="nom = 'Paris' AND insee_dep='75'").content)[
        "vif.cantons"
    ]
    assert [{name: values[name] for name in values if name != "mvt_id"} for values in few] == [{"nom": "Paris"}]
    column, row = tile_at(14, 2.3188, 48.8381)
    points = layers_of(published.get(f"/vector-tms/1.0.0/vif.lieux/14/{column}/{row}.pbf").content)["vif.lieux"]
    assert len(points) == 50


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [("vif.points/11/0/0.pbf", {}, 404), ("vif.cantons/11/0/9999999.pbf", {}, 404), ("vif.cantons/99/0/0.pbf", {}, 404),
     ("vif.cantons/11/0/0.pbf", {"properties": "rien"}, 400), ("vif.cantons/11/0/0.pbf", {"filter": "1=1; DROP"}, 400),
     ("vif.cantons/11/0/0.pbf", {"filter": "nom = 'a' OR 1=1"}, 400),
     ("vif.cantons/11/0/0.pbf", {"filter": "rien = 1"}, 400)],
)  # fmt: skip
def test_refusals_of_tiles_cut_on_the_fly(published, path, parameters, status):
    assert published.get("/vector-tms/1.0.0/" + path, **parameters).status_code == status


def test_gdal_reads_a_pyramid_by_its_metadata(published):
    """The driver of vector tiles opens a whole level of the served pyramid."""
    column, row = tile_at(10, *PARIS)
    address = f"MVT:/vsicurl/{published.process.url}/tms/1.0.0/vecteur/10/{column}/{row}.pbf"
    tile = gdal.OpenEx(address, gdal.OF_VECTOR, open_options=[f"X={column}", f"Y={row}", "Z=10"])
    layer = tile.GetLayer(0)
    layer.SetAttributeFilter("nom = 'Paris'")
    feature = next(iter(layer))
    assert feature.GetGeometryRef().Distance(ogr.CreateGeometryFromWkt("POINT (261600 6250000)")) == 0
