"""Files to deliver, and what the server has of them."""

import uuid

import pytest
from osgeo import gdal

from tests.conftest import ROOT
from tests.qgis.published import raster

CANTONS = ROOT / "sandbox" / "data" / "cantons.geojson"
SAMPLES = next(ROOT.glob(".venv-tools/lib/python3*/site-packages/sdk_entrepot_gpf/_data/datasets"), None)


def samples(*path):
    """Files of the package `sdk-entrepot-gpf`; the test is skipped where it is not."""
    if SAMPLES is None:
        pytest.skip("no .venv-tools here (a chroot of the test matrix): its data is delivered on the machine itself")
    return SAMPLES.joinpath(*path)


def picture(file):
    """A small image of a square near Paris, in Lambert-93."""
    raster(file, 3, gdal.GDT_Byte)
    return file


def cantons(folder, name="cantons.gpkg", crs="EPSG:4326"):
    """The cantons as GeoPackage."""
    file = folder / name
    gdal.VectorTranslate(str(file), str(CANTONS), format="GPKG", layerName="cantons", dstSRS=crs, reproject=True)
    return file


def unique(name):
    return f"{name} {uuid.uuid4()}"


def rows(layer):
    return [dict(zip(layer.fields().names(), feature.attributes())) for feature in layer.getFeatures()]


def writes(server):
    """What was asked of the API and changes something: the method and the last part of the path, in order."""
    return [
        (entry["method"], entry["path"].rpartition("/")[2])
        for entry in server.journal("^/api/")
        if entry["method"] not in ("GET", "HEAD")
    ]


def bodies(server, path):
    return [entry["body"] for entry in server.journal(path) if entry["method"] == "POST"]
