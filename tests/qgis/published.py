"""A datastore with everything that the examples of the operations of the Géoplateforme name."""

import json
import os
import shutil
from pathlib import Path

import processing
from osgeo import gdal, osr

ROOT = Path(__file__).resolve().parents[2]
STORE = "publications.sqlite"


def files(folder):
    """The files that the examples name."""
    cantons = ROOT / "sandbox" / "data" / "cantons.geojson"
    shutil.copy(cantons, folder)
    sets = folder / "datasets"
    sets.mkdir()
    document = json.loads(cantons.read_text(encoding="utf-8"))
    for name, part in (("nord", slice(0, 3)), ("sud", slice(3, 5))):
        some = {**document, "features": document["features"][part]}
        (sets / f"{name}.geojson").write_text(json.dumps(some), encoding="utf-8")
    archive = folder / "archive"
    archive.mkdir()
    shutil.copy(cantons, archive)
    (archive / "lisez-moi.txt").write_text("Cantons de la petite couronne", encoding="utf-8")
    raster(folder / "orthophoto.tif", 3, gdal.GDT_Byte)
    raster(folder / "relief.tif", 1, gdal.GDT_Float32)
    (folder / "notice.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")


def raster(file, bands, kind):
    """A small picture of a square near Paris, in Lambert-93."""
    made = gdal.GetDriverByName("GTiff").Create(str(file), 64, 64, bands, kind)
    made.SetGeoTransform((652000, 10, 0, 6862000, 0, -10))
    system = osr.SpatialReference()
    system.ImportFromEPSG(2154)
    made.SetProjection(system.ExportToWkt())
    for band in range(1, bands + 1):
        made.GetRasterBand(band).Fill(40 * band)
    made = None


def fill(connection, folder):
    """Make it, by the operations themselves, from the files in a folder that becomes the current one."""
    os.chdir(folder)
    common = {"CONNECTION": str(connection), "STORE": STORE}

    def run(operation, **parameters):
        return processing.run(f"geocollab:{operation}", {**common, **parameters})

    def upload(name, type, crs, **what):
        run("uploadfiles", NAME=name, TYPE=type, CRS=crs, **what)

    upload("cantons", "VECTOR", "EPSG:4326", INPUT=["cantons.geojson"])
    run("integratevector", UPLOAD="cantons", NAME="cantons")
    run("maketiles", DATABASE="cantons", NAME="cantons (tuiles)", BOTTOM_LEVEL=11, TOP_LEVEL=8)
    upload("archive", "ARCHIVE", "EPSG:4326", FOLDER="archive")
    run("copyarchive", UPLOAD="archive", NAME="cantons (archive)")
    for name, how in (
        ("orthophoto", {"COMPRESSION": "jpg"}),
        ("relief", {"COMPRESSION": "zip", "INTERPOLATION": "nn"}),
    ):
        upload(name, "RASTER", "EPSG:2154", INPUT=[f"{name}.tif"])
        run("makerasterpyramid", UPLOAD=name, NAME=name, TMS="PM", **how)
    run("publishwfs", STORED_DATA="cantons", LAYER_NAME="cantons_objets", TITLE="Cantons")
    run("publishwfs", STORED_DATA="cantons", LAYER_NAME="cantons_reserves", TITLE="Cantons", RESTRICTED=True)
    permission = {"LAYERS": "cantons_reserves", "COMMUNITIES": "sdis", "LICENCE": "Licence ouverte 2.0"}
    processing.run("geocollab:setpermissions", {"CONNECTION": str(connection), "END": "2099-12-31", **permission})
    processing.run("geocollab:createkey", {"CONNECTION": str(connection), "NAME": "bureau", "FILE": "key.txt"})
    run("publishvectortms", STORED_DATA="cantons", LAYER_NAME="cantons_volee", ABSTRACT="Cantons")
    sheet = {"NAME": "Limites de cantons", "SERVICES": "WFS,WMS-VECTOR,WMTS-TMS", "BOTTOM_LEVEL": 10, "METADATA": True}
    run("publishlayers", INPUT=["archive/cantons.geojson"], CRS="EPSG:2154", LAYER_NAME="cantons", **sheet)
    run("publishlayers", INPUT=["cantons.geojson"], **sheet)
    shutil.copy(Path(folder, STORE), Path(folder, "filled.sqlite"))
