"""A sandbox whose datastore has real data of every kind, so that services can be published and read back."""

import pytest

from sandbox.process import SandboxProcess
from tests.sandbox.publications import Publications

BOX = {"type": "Polygon", "coordinates": [[[2, 48.6], [2.6, 48.6], [2.6, 49], [2, 49], [2, 48.6]]]}
TABLES = {
    "cantons": {"ogc_fid": "integer", "code": "varchar", "nom": "varchar", "geom": "geometry(MultiPolygon,2154)"},
    "points": {"ogc_fid": "integer", "nom": "varchar", "geom": "geometry(Point,2154)"},
}


def fill(folder):
    """The data, in the folder of a sandbox that is started afterwards."""
    made = Publications(folder)
    database = made.database(points=8)
    database["type_infos"]["relations"] = [
        {"name": name, "type": "TABLE", "attributes": columns, "primary_key": ["ogc_fid"]}
        for name, columns in TABLES.items()
    ]
    for name, data in {
        "cantons": database,
        "cantons (tuiles)": made.vector_tiles(),
        "ortho": made.raster_tiles(),
        "relief": made.raster_tiles(height=100),
        "cantons (archive)": made.archive({"cantons.geojson": b"{}"}),
    }.items():
        data.update(name=name, tags={}, extent=data.get("extent") or BOX, size=1000, open=False)
        made.entities.save(data)
    made.entrepot.close()


@pytest.fixture(scope="module")
def warehouse_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("warehouse")
    fill(folder)
    with SandboxProcess(rate=0, state=folder) as process:
        yield process


@pytest.fixture
def warehouse(warehouse_server, monkeypatch):
    """It without faults and with an empty journal; `membre` has all rights in `montreuil`."""
    monkeypatch.setattr("geocollab.client.waiting.FIRST", 0.02)
    warehouse_server.faults()
    warehouse_server.reset_entrepot_settings()
    warehouse_server.clear_journal()
    yield warehouse_server
    warehouse_server.faults()


@pytest.fixture
def serve(run, warehouse, tmp_path):
    """`serve("publishwfs", LAYER_NAME=…)`: an operation with a store of the test's own; its outputs."""

    def call(name, user="membre", **parameters):
        connection = warehouse.connection_for(user, requests_per_second=0)
        if name.startswith("publish") or name == "deletewithdependents":
            parameters.setdefault("STORE", str(tmp_path / "publications.sqlite"))
        return run(name, CONNECTION=str(connection), **parameters)

    return call


def written(process):
    """What was sent to the API that changes something: method and path below the datastore."""
    return [
        (entry["method"], "/".join(entry["path"].split("/")[4:]))
        for entry in process.journal("^/api/")
        if entry["method"] not in ("GET", "HEAD")
    ]
