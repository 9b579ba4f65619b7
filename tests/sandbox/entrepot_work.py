"""Deliveries and executions in the Entrepôt, as a client makes them."""

import contextlib
import sqlite3
import time
from pathlib import Path

from osgeo import gdal, ogr, osr

CANTONS = Path(__file__).resolve().parents[2] / "sandbox" / "data" / "cantons.geojson"
INTEGRATION = "Intégration de données vecteur livrées en base"
TILES = "Calcul ou mise à jour de pyramide vecteur"
PYRAMID = "Calcul ou mise à jour de pyramide raster"
HARVEST = "Calcul ou mise à jour de pyramide raster par moissonnage WMS"
MERGE = "Fusion de pyramides raster"
COPY = "Recopie d'une archive livrée"
INDEX = "Création d'un index de recherche"
PMTILES = "Conversion d'une base vecteur en archive PMTiles"
VALIDATION = "Validation d'une livraison vecteur par un modèle de données"
DERIVATION = "Dérivation de données vecteur en base"
_SECONDS = 60
FINAL = ("SUCCESS", "FAILURE", "ABORTED")


def upload(office, type_="ARCHIVE", srs="EPSG:4326", **more):
    body = {"name": "livraison", "description": "d", "type": type_, "srs": srs, **more}
    return office.made("uploads", body)["_id"]


def send(office, id_, path, content=b"abc"):
    """A file to this path."""
    name = path.rpartition("/")[2] or "f"
    return office("POST", f"uploads/{id_}/data", params={"path": path}, files={"file": (name, content)})


def send_sums(office, id_, text, name="sommes.md5"):
    return office("POST", f"uploads/{id_}/md5", files={"file": (name, text)})


def until(ask, *wanted):
    """Ask until the answer is one of these."""
    limit = time.monotonic() + _SECONDS
    while time.monotonic() < limit:
        found = ask()
        if found in wanted:
            return found
    raise AssertionError(f"{found}, not {wanted}")


def status(office, id_):
    return office.read(f"uploads/{id_}")["status"]


def close(office, id_):
    """Close, wait for the checks; the status of the upload."""
    answer = office.post(f"uploads/{id_}/close")
    assert answer.status_code == 204, answer.text
    return until(lambda: status(office, id_), "CLOSED", "UNSTABLE")


def delivered(office, files, type_="VECTOR", srs="EPSG:4326", wanted="CLOSED"):
    """An upload with these files, closed: contents by path."""
    id_ = upload(office, type_, srs)
    for path, content in files.items():
        answer = send(office, id_, path, content)
        assert answer.status_code == 204, answer.text
    assert close(office, id_) == wanted, log_of_checks(office, id_)
    return id_


def log_of_checks(office, id_):
    """All lines of all checks, as one text."""
    states = office.read(f"uploads/{id_}/checks")
    executions = [row["_id"] for rows in states.values() for row in rows]
    return "\n".join(line for one in executions for line in office.read(f"checks/executions/{one}/logs", limit="2000"))


def processing(office, name):
    (found,) = office.read("processings", name=name)
    return found["_id"]


def order(office, name, *, uploads=(), data=(), output=None, **parameters):
    """The body that declares an execution; `output` an id, or the tags of a new one."""
    wanted = {"id": output} if isinstance(output, str) else {"name": "sortie", "storage_tags": output or []}
    inputs = {"upload": list(uploads), "stored_data": list(data)}
    return {
        "processing": processing(office, name), "inputs": inputs, "output": {"stored_data": wanted},
        "parameters": parameters,
    }  # fmt: skip


def declared(office, name, **more):
    return office.made("processings/executions", order(office, name, **more))


def launch(office, execution):
    answer = office.post(f"processings/executions/{execution['_id']}/launch")
    assert answer.status_code == 204, answer.text


def ended(office, execution):
    path = f"processings/executions/{execution['_id']}"
    until(lambda: office.read(path)["status"], *FINAL)
    return office.read(path)


def logs(office, execution):
    return "\n".join(office.read(f"processings/executions/{execution['_id']}/logs", limit="2000"))


def run(office, name, wanted="SUCCESS", **more):
    """Declare, launch, wait; the stored data and the log."""
    execution = declared(office, name, **more)
    launch(office, execution)
    done = ended(office, execution)
    log = logs(office, execution)
    assert done["status"] == wanted, log
    return office.read(f"stored_data/{done['output']['stored_data']['_id']}"), log


def database(office, **more):
    """The cantons in a database."""
    id_ = delivered(office, {"data/cantons.geojson": CANTONS.read_bytes()})
    return run(office, INTEGRATION, uploads=[id_], output=["VECTEUR"], **more)[0]


def rows(folder, data, query):
    """What a query finds in the database of a stored data; `folder`: of the sandbox's state."""
    file = Path(folder) / "entrepot" / "stored_data" / data["_id"] / "database.gpkg"
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def gpkg(folder, tables, srs=4326):
    """A GeoPackage: for each table its columns and its rows, each a WKT (or None) and values."""
    file = Path(folder) / "made.gpkg"
    file.unlink(missing_ok=True)
    made = gdal.GetDriverByName("GPKG").Create(str(file), 0, 0, 0, gdal.GDT_Unknown)
    system = osr.SpatialReference()
    system.ImportFromEPSG(srs)
    for name, (columns, values) in tables.items():
        layer = made.CreateLayer(name, system, 0)
        for column in columns:
            layer.CreateField(ogr.FieldDefn(column, ogr.OFTString))
        for wkt, *row in values:
            feature = ogr.Feature(layer.GetLayerDefn())
            if wkt:
                feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
            for number, value in enumerate(row):
                feature.SetField(number, value)
            layer.CreateFeature(feature)
    del made, layer
    return file.read_bytes()


def tiff(folder, *, bands=3, kind="Byte", value=100, side=64, at=(650000, 6860000), pixel=10.0, georeferenced=True):
    """A small image in Lambert 93."""
    file = Path(folder) / "made.tif"
    made = gdal.GetDriverByName("GTiff").Create(str(file), side, side, bands, gdal.GetDataTypeByName(kind))
    if georeferenced:
        system = osr.SpatialReference()
        system.ImportFromEPSG(2154)
        made.SetSpatialRef(system)
        made.SetGeoTransform((at[0], pixel, 0, at[1], 0, -pixel))
    for number in range(1, bands + 1):
        made.GetRasterBand(number).Fill(value)
    del made
    return file.read_bytes()
