"""`integratevector`: a delivery becomes a database, once; what is refused; what fails."""

import json

import pytest
from qgis.core import QgsProcessingException

from geocollab.provider import hints
from tests.qgis.delivered import bodies, cantons, rows, unique, writes


@pytest.fixture
def upload(geo, tmp_path):
    given = {"INPUT": [str(cantons(tmp_path))], "NAME": unique("delivery"), "TYPE": "VECTOR", "CRS": "EPSG:4326"}
    return geo("uploadfiles", **given)["UPLOAD"]


def test_a_database_with_its_tables(geo, upload, writable, feedback):
    name = unique("database")
    found = geo(
        "integratevector", UPLOAD=upload, NAME=name, CRS="EPSG:2154", SHEET="Cantons", OUTPUT="TEMPORARY_OUTPUT"
    )
    assert (found["STATUS"], found["MADE_COUNT"], found["TABLES"], found["TABLE_COUNT"]) == (
        "GENERATED",
        1,
        "cantons",
        1,
    )
    assert feedback.infos[-2].startswith(f"“{name}” is on the server (") and "“Publish a WFS”" in feedback.infos[-2]
    (row,) = rows(found["OUTPUT"])
    assert row["table"] == "cantons" and row["kind"] == "TABLE" and row["key"] == "ogc_fid" and "geom" in row["columns"]
    assert found["SIZE"] > 0 and f"{name} — {found['STORED_DATA']}" in hints.entries("stored_data")
    (sent,) = map(json.loads, bodies(writable, "/processings/executions$"))
    assert sent["parameters"] == {"srs": "EPSG:2154"} and sent["output"]["stored_data"]["storage_tags"] == ["VECTEUR"]
    writable.clear_journal()
    again = geo("integratevector", UPLOAD=upload, NAME=name, CRS="EPSG:2154")
    assert (again["STORED_DATA"], again["MADE_COUNT"]) == (found["STORED_DATA"], 0) and writes(writable) == []
    assert geo("integratevector", UPLOAD=upload, NAME=name, CRS="EPSG:2154", AGAIN=True)["MADE_COUNT"] == 1


def test_mixed_tables_and_files_of_changes_are_told(geo, upload, writable):
    geo("integratevector", UPLOAD=upload, NAME=unique("told"), MIXED_TABLES=["cantons"], APPLY_UPDATES=True)
    (sent,) = map(json.loads, bodies(writable, "/processings/executions$"))
    assert sent["parameters"] == {"multigeom_layers": ["cantons"], "update": True}


def test_rows_go_into_a_database_that_is_there(geo, upload, writable):
    first = geo("integratevector", UPLOAD=upload, NAME=unique("first"))
    second = geo("integratevector", UPLOAD=upload, NAME=unique("second"), UPDATE=first["STORED_DATA"])
    assert second["STORED_DATA"] == first["STORED_DATA"] and second["EXECUTION"] != first["EXECUTION"]


def test_a_processing_by_its_name(geo, upload):
    name = unique("named")
    found = geo(
        "integratevector", UPLOAD=upload, NAME=name, PROCESSING="intégration de données vecteur livrées en base"
    )
    assert found["STATUS"] == "GENERATED"
    with pytest.raises(QgsProcessingException, match=r"The datastore has no processing “Magie”"):
        geo("integratevector", UPLOAD=upload, NAME=name, PROCESSING="Magie")


def test_only_what_is_closed_and_of_the_right_type(geo, tmp_path, writable):
    given = {"INPUT": [str(cantons(tmp_path))], "TYPE": "VECTOR", "CRS": "EPSG:4326"}
    name = unique("open")
    upload = geo("uploadfiles", **given, NAME=name, CLOSE=False)["UPLOAD"]
    archive = geo("uploadfiles", **{**given, "TYPE": "ARCHIVE"}, NAME=unique("archive"))["UPLOAD"]
    writable.clear_journal()
    with pytest.raises(
        QgsProcessingException, match=r"is OPEN: only a closed one .* Close it first with “Close a delivery”"
    ):
        geo("integratevector", UPLOAD=upload, NAME=name)
    with pytest.raises(QgsProcessingException, match=r"is a delivery of the type ARCHIVE; here VECTOR is needed"):
        geo("integratevector", UPLOAD=archive, NAME=name)
    assert writes(writable) == []


def test_a_failure_gives_the_reasons_and_can_be_run_again(geo, upload, writable):
    name = unique("failing")
    writable.faults({"kind": "execution", "logs": ["Table cantons illisible"]})
    with pytest.raises(QgsProcessingException, match=r"failed on the server: Table cantons illisible"):
        geo("integratevector", UPLOAD=upload, NAME=name)
    assert geo("integratevector", UPLOAD=upload, NAME=name)["STATUS"] == "GENERATED"


def test_a_cancel_aborts_it(geo, upload, writable, feedback):
    writable.faults({"kind": "execution", "status": "PROGRESS"})
    feedback.progressChanged.connect(lambda percent: percent >= 75 and feedback.cancel())
    with pytest.raises(QgsProcessingException, match=r"Stopped before the end. .* is aborted on the server"):
        geo("integratevector", UPLOAD=upload, NAME=unique("cancelled"))
    assert ("POST", "abort") in writes(writable)


def test_who_may_not_process(geo, upload, writable):
    account = str(writable.connection_for("contributeur", defaults={"datastore": "sdis"}))
    with pytest.raises(QgsProcessingException, match=r"lacks the right PROCESSING"):
        geo("integratevector", UPLOAD=upload, NAME="x", CONNECTION=account)
