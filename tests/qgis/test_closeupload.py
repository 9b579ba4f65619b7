"""`closeupload`: closed, waited for, and why not."""

import pytest
from qgis.core import QgsProcessingException

from tests.qgis.delivered import cantons, rows, unique, writes


@pytest.fixture
def delivered(geo, tmp_path):
    """An open delivery of this name; its id."""

    def call(name, crs="EPSG:4326"):
        file = cantons(tmp_path, crs=crs)
        return geo("uploadfiles", INPUT=[str(file)], NAME=name, TYPE="VECTOR", CRS="EPSG:4326", CLOSE=False)["UPLOAD"]

    return call


def test_it_is_closed_once(geo, delivered, tmp_path, writable, feedback):
    name, page = unique("close"), tmp_path / "checks.html"
    upload = delivered(name)
    found = geo("closeupload", UPLOAD=upload, OUTPUT="TEMPORARY_OUTPUT", REPORT=str(page))
    assert (found["UPLOAD"], found["STATUS"]) == (upload, "CLOSED")
    assert (found["PASSED_COUNT"], found["FAILED_COUNT"]) == (2, 0)
    assert {(row["check"], row["state"], row["state_label"]) for row in rows(found["OUTPUT"])} == {
        ("Vérification standard", "passed", "passed"), ("Vérification vecteur", "passed", "passed"),
    }  # fmt: skip
    assert feedback.infos[-2] == (
        f"The delivery “{name}” is closed and passed its checks. “Integrate vector data” makes a database of it."
    )
    assert "Vérification vecteur" in page.read_text(encoding="utf-8")
    again = geo("closeupload", UPLOAD=name)
    assert again["STATUS"] == "CLOSED" and writes(writable).count(("POST", "close")) == 1


def test_why_it_is_not_closed_well(geo, delivered, tmp_path):
    upload, page, table = delivered(unique("bad"), crs="EPSG:2154"), tmp_path / "bad.html", tmp_path / "bad.csv"
    with pytest.raises(QgsProcessingException, match=r"did not pass its checks and is UNSTABLE. Vérification vecteur"):
        geo("closeupload", UPLOAD=upload, OUTPUT=str(table), REPORT=str(page))
    assert "EPSG:2154" in page.read_text(encoding="utf-8") and "failed" in table.read_text(encoding="utf-8")


def test_by_the_combo_box(geo, delivered):
    name = unique("combo")
    upload = delivered(name)
    assert geo("closeupload", UPLOAD=f"{name} — {upload}")["UPLOAD"] == upload


def test_what_is_not_there(geo, delivered):
    name = unique("near")
    delivered(name)
    with pytest.raises(QgsProcessingException, match=rf"There is no “{name}x” .*Did you mean {name}"):
        geo("closeupload", UPLOAD=name + "x")
