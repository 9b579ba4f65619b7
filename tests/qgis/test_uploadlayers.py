"""`uploadlayers` against the sandbox: checked before, delivered once, closed; nothing twice, nothing faulty."""

import sqlite3
from contextlib import closing

import pytest
from qgis.core import QgsProcessingException, QgsVectorLayer

from geocollab.algorithms.delivery.uploadlayers import UploadLayers
from tests.qgis.test_checklayers import BOW, CANTONS
from tests.qgis.unsaved import SQUARE, add, memory
from tests.workflows.deliveries import Deliveries

DATA = "/uploads/[^/]+/data$"


@pytest.fixture
def upload(run, writable, tmp_path):
    """`upload(layer, …)`: one delivery called “essai”; its outputs."""

    def call(*layers, **more):
        parameters = {"NAME": "essai", "STORE": str(tmp_path / "ledger.sqlite"), **more}
        return run("uploadlayers", CONNECTION=str(writable.connection), INPUT=list(layers), **parameters)

    return call


def wrote(server):
    return [
        (entry["method"], entry["path"].rpartition("/")[2])
        for entry in server.journal("^/api/")
        if entry["method"] not in ("GET", "HEAD")
    ]


def test_layers_are_delivered_and_checked(upload, writable, tmp_path, feedback):
    cantons = QgsVectorLayer(str(CANTONS), "Cantons d'Île-de-France", "ogr")
    zones = memory(fields="Été:string", rows=[(SQUARE, "a")], name="Zones")
    found = upload(cantons, zones, CRS="EPSG:2154", SHEET="Fiche", OUTPUT="TEMPORARY_OUTPUT")
    assert (found["STATUS"], found["SRS"], found["SENT_COUNT"]) == ("CLOSED", "EPSG:2154", 1)
    assert feedback.infos[-2].startswith("1 file was sent. The delivery “essai” is closed and passed its checks.")
    assert found["TABLES"] == "cantons_d_ile_de_france,zones"
    assert (found["TABLE_COUNT"], found["FEATURE_COUNT"], found["WARNING_COUNT"]) == (2, 62, 2)
    assert [(row["table"], row["count"]) for row in found["OUTPUT"].getFeatures()] == [
        ("cantons_d_ile_de_france", 61),
        ("zones", 1),
    ]
    assert wrote(writable) == [
        ("POST", "uploads"), ("POST", "tags"), ("POST", "data"), ("POST", "md5"), ("POST", "close"),
    ]  # fmt: skip
    (sent,) = writable.journal(DATA)
    assert sent["query"] == [["path", "data/essai.gpkg"]]


def test_the_layers_are_let_go_of(upload, monkeypatch):
    real, left = UploadLayers.perform, []

    def perform(self, call):
        try:
            return real(self, call)
        finally:
            left.append(self._taken)

    monkeypatch.setattr(UploadLayers, "perform", perform)
    upload(QgsVectorLayer(str(CANTONS), "cantons", "ogr"))
    assert left == [None]


def test_run_again_nothing_is_sent(upload, writable):
    layer = memory(fields="nom:string", rows=[(SQUARE, "a"), (None, "b")])
    first = upload(layer)
    writable.clear_journal()
    again = upload(layer)
    assert again["UPLOAD"] == first["UPLOAD"] and again["STATUS"] == "CLOSED"
    assert (again["SENT_COUNT"], again["SENT_SIZE"]) == (0, 0)
    assert wrote(writable) == []
    add(layer, [(SQUARE, "c")])
    other = upload(layer)
    assert other["UPLOAD"] != first["UPLOAD"] and other["SENT_COUNT"] == 1


def test_with_an_error_nothing_is_sent(upload, writable, tmp_path):
    table = tmp_path / "faults.csv"
    bow = memory(rows=[(SQUARE,), (BOW,)])
    with pytest.raises(
        QgsProcessingException, match=r"Nothing was sent\. 1 error\. Zones d'étude, object 2: It crosses"
    ):
        upload(bow, FAULTS=str(table))
    assert wrote(writable) == []
    assert "invalid_geometry" in table.read_text(encoding="utf-8")
    empty = memory("Point?crs=EPSG:2154", name="vide")
    with pytest.raises(QgsProcessingException, match="It has no object"):
        upload(bow, empty, INVALID="keep")
    assert wrote(writable) == []


@pytest.mark.parametrize(("invalid", "repaired"), [("repair", 1), ("keep", 0)])
def test_invalid_geometries_repaired_or_kept(upload, writable, invalid, repaired):
    found = upload(memory(rows=[(SQUARE,), (BOW,)]), INVALID=invalid, NAME=invalid)
    assert (found["STATUS"], found["REPAIRED_COUNT"], found["SENT_COUNT"]) == ("CLOSED", repaired, 1)


def test_it_stays_open_if_wished(upload, writable):
    found = upload(memory(rows=[(SQUARE,)]), CLOSE=False, NAME="ouverte")
    assert found["STATUS"] == "OPEN" and ("POST", "close") not in wrote(writable)


def test_after_a_cut_it_goes_on(upload, writable, impatient):
    """The link breaks in the middle of the file, again and again; the second run sends it from its beginning."""
    layer = memory(fields="nom:string", rows=[(SQUARE, "x" * 250)] * 800, name="gros")
    writable.faults({"kind": "cut_upload", "at": 0.5, "times": 99})
    with pytest.raises(QgsProcessingException):
        upload(layer, NAME="coupée")
    writable.faults()
    writable.clear_journal()
    found = upload(layer, NAME="coupée")
    assert found["STATUS"] == "CLOSED" and found["SENT_COUNT"] == 1
    assert ("POST", "uploads") not in wrote(writable)


def test_what_arrived_can_be_read(upload, writable, tmp_path):
    """The file on the server is the GeoPackage of the layer as it is shown."""
    layer = memory(fields="nom:string n:integer", rows=[(SQUARE, "a", 1), (SQUARE, "b", 2)], name="lue")
    layer.setSubsetString("n > 1")
    found = upload(layer, NAME="lue")
    file = tmp_path / "read.gpkg"
    with Deliveries(writable, tmp_path, tmp_path / "ledger.sqlite") as deliveries:
        file.write_bytes(deliveries.content(found["UPLOAD"], "data/lue.gpkg"))
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT nom, n FROM lue").fetchall() == [("b", 2)]
