"""From files to services that are read back, each operation given the ids of the one before, as in a model."""

import contextlib
from itertools import product

import pytest
import requests
from osgeo import gdal, osr

from tests.qgis.delivered import samples, unique

WINDOW = 8
"""Pixels of what is nearly of one colour, each way: the servers resample."""
TOLERANCE = 12


def layer_name():
    return unique("chaine").replace(" ", "_").replace("-", "")


def test_images_become_tiles_and_a_map(geo, writable, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = [
        whole(file, tmp_path / f"{file.stem}.tif") for file in sorted(samples("3_dataset_raster", "ain").iterdir())
    ]
    assert len(images) == 4
    given = {"INPUT": [str(file) for file in images], "NAME": unique("ain"), "TYPE": "RASTER", "CRS": "EPSG:2154"}
    upload = geo("uploadfiles", **given)["UPLOAD"]
    levels = {"TMS": "PM", "COMPRESSION": "png", "BOTTOM_LEVEL": 17, "TOP_LEVEL": 16}
    pyramid = geo("makerasterpyramid", UPLOAD=upload, NAME=unique("ain"), **levels)["STORED_DATA"]
    common = {"STORED_DATA": pyramid, "TITLE": "Ain", "ADD_TO_PROJECT": False}
    tiles = geo("publishwmtstms", **common, LAYER_NAME=layer_name())
    pictures = geo("publishwmsraster", **common, LAYER_NAME=layer_name())
    assert tiles["STATUS"] == pictures["STATUS"] == "PUBLISHED"
    with from_the_net(monkeypatch, tmp_path):
        capabilities = f"{writable.url}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"
        wmts = gdal.Open(f"WMTS:{capabilities},layer={tiles['LAYER']},tilematrix=17")
        wms = gdal.Open(
            f"WMS:{writable.url}/wms-r/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS={pictures['LAYER']}"
            f"&STYLES=&CRS=EPSG:3857&FORMAT=image/png&BBOX={','.join(map(str, bounds(images)))}"
        )
        for image in images:
            places = list(even_places(image))
            assert max(places[1][1]) - max(places[0][1]) > 3 * TOLERANCE, "they are told from each other"
            for (place, colour), service in product(places, (wmts, wms)):
                assert colour_at(service, place) == pytest.approx(colour, abs=TOLERANCE), (image.name, service)


def test_an_archive_becomes_a_download(geo, writable, tmp_path):
    file = samples("2_dataset_archive", "CANTON", "CANTON.zip")
    given = {"INPUT": [str(file)], "NAME": unique("cantons"), "TYPE": "ARCHIVE", "CRS": "EPSG:4326"}
    upload = geo("uploadfiles", **given)["UPLOAD"]
    dated = {"EDITION_FROM": "2026-01-01", "EXTENT": "2.2,2.5,48.8,48.95 [EPSG:4326]"}
    archive = geo("copyarchive", UPLOAD=upload, NAME=unique("cantons"), **dated)["STORED_DATA"]
    name = layer_name()
    found = geo("publishdownload", STORED_DATA=archive, LAYER_NAME=name, SUB_NAME="2026", TITLE="Cantons")
    assert found["STATUS"] == "PUBLISHED"
    read = requests.get(f"{writable.url}/telechargement/download/{name}/2026/CANTON.zip", timeout=30)
    assert (read.status_code, read.content) == (200, file.read_bytes())
    listed = requests.get(f"{writable.url}/telechargement/resource/{name}", timeout=30).text
    assert "2026-01-01" in listed and "48.8 2.2 48.95 2.5" in listed


# ---------------------------------------------------------------------- images


def whole(file, copy):
    """The package lost bytes of its images: a copy, in which what cannot be read is black."""
    with quiet():
        source = gdal.Open(str(file))
        made = gdal.GetDriverByName("GTiff").CreateCopy(str(copy), gdal.GetDriverByName("MEM").Create(
            "", source.RasterXSize, source.RasterYSize, 3, gdal.GDT_Byte
        ))  # fmt: skip
        made.SetGeoTransform(source.GetGeoTransform())
        made.SetProjection(source.GetProjection())
        for y in range(source.RasterYSize):
            row = source.ReadRaster(0, y, source.RasterXSize, 1)
            if row is not None:
                made.WriteRaster(0, y, source.RasterXSize, 1, row)
        made = None
    return copy


@contextlib.contextmanager
def quiet():
    """GDAL says nothing, and gives None for what it cannot read."""
    raising = gdal.GetUseExceptions()
    gdal.DontUseExceptions()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()
        if raising:
            gdal.UseExceptions()


def even_places(file):
    """The darkest and the brightest place of an image among those of one colour: in EPSG:3857, with the colour."""
    image = gdal.Open(str(file))
    rows, columns = image.RasterYSize // WINDOW, image.RasterXSize // WINDOW
    pixels = image.ReadAsArray(0, 0, columns * WINDOW, rows * WINDOW)
    windows = pixels.reshape(3, rows, WINDOW, columns, WINDOW)
    even = windows.std(axis=(2, 4)).max(axis=0) < TOLERANCE / 2
    even &= windows.min(axis=(0, 2, 4)) > 0
    brightness = windows.mean(axis=(0, 2, 4))
    order = sorted(zip(*even.nonzero()), key=lambda place: brightness[place])
    left, width, _, top, _, height = image.GetGeoTransform()
    for row, column in (order[0], order[-1]):
        place = left + (column + 0.5) * WINDOW * width, top + (row + 0.5) * WINDOW * height
        yield to_web([place])[0], windows[:, row, :, column].mean(axis=(1, 2)).tolist()


def bounds(files):
    corners = []
    for file in files:
        image = gdal.Open(str(file))
        left, width, _, top, _, height = image.GetGeoTransform()
        corners += [
            (left + x * width, top + y * height) for x in (0, image.RasterXSize) for y in (0, image.RasterYSize)
        ]
    xs, ys = zip(*to_web(corners))
    return min(xs), min(ys), max(xs), max(ys)


def to_web(places):
    systems = [osr.SpatialReference(), osr.SpatialReference()]
    for system, code in zip(systems, (2154, 3857)):
        system.ImportFromEPSG(code)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    change = osr.CoordinateTransformation(*systems)
    return [change.TransformPoint(*place)[:2] for place in places]


def colour_at(service, place):
    """Of a service as GDAL reads it."""
    left, width, _, top, _, height = service.GetGeoTransform()
    x, y = int((place[0] - left) / width), int((place[1] - top) / height)
    return [service.GetRasterBand(band).ReadAsArray(x, y, 1, 1)[0][0] for band in (1, 2, 3)]


@contextlib.contextmanager
def from_the_net(monkeypatch, folder):
    """GDAL asks the sandbox, through no proxy, and keeps what it is answered in this folder."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    gdal.SetConfigOption("GDAL_DEFAULT_WMS_CACHE_PATH", str(folder / "cache"))
    try:
        yield
    finally:
        gdal.SetConfigOption("GDAL_DEFAULT_WMS_CACHE_PATH", None)
