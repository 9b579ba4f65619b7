"""`copyarchive`: the files of a delivery as an archive."""

import pytest
from qgis.core import QgsProcessingException

from tests.qgis.delivered import unique, writes

PACKED = b"PK" + bytes(1000)


def packed(folder):
    (folder / "CANTON.zip").write_bytes(PACKED)
    return str(folder / "CANTON.zip")


@pytest.fixture
def archive(geo, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "read me.txt").write_text("x", encoding="utf-8")
    given = {"INPUT": [packed(tmp_path)], "FOLDER": str(tmp_path / "deep"), "TYPE": "ARCHIVE", "CRS": "EPSG:4326"}
    return geo("uploadfiles", **given, NAME=unique("files"))["UPLOAD"]


def test_an_archive_of_files(geo, archive, writable):
    name = unique("archive")
    found = geo("copyarchive", UPLOAD=archive, NAME=name)
    assert (found["STATUS"], found["FILE_COUNT"]) == ("GENERATED", 2)
    assert found["SIZE"] >= len(PACKED)
    writable.clear_journal()
    again = geo("copyarchive", UPLOAD=archive, NAME=name)
    assert again["STORED_DATA"] == found["STORED_DATA"] and writes(writable) == []


def test_files_of_the_same_name_are_put_in_the_place_of_the_old_ones(geo, archive, tmp_path):
    first = geo("copyarchive", UPLOAD=archive, NAME=unique("kept"))["STORED_DATA"]
    (tmp_path / "new.txt").write_text("y", encoding="utf-8")
    given = {"INPUT": [str(tmp_path / "new.txt"), packed(tmp_path)], "TYPE": "ARCHIVE", "CRS": "EPSG:4326"}
    more = geo("uploadfiles", **given, NAME=unique("more"))["UPLOAD"]
    found = geo("copyarchive", UPLOAD=more, NAME=unique("into"), UPDATE=first)
    assert (found["STORED_DATA"], found["FILE_COUNT"]) == (first, 3)


EXTENT = "2.2,2.5,48.8,48.95 [EPSG:4326]"
BOX = [[[2.2, 48.8], [2.5, 48.8], [2.5, 48.95], [2.2, 48.95], [2.2, 48.8]]]


def test_it_says_when_and_where(geo, archive, writable):
    given = {"UPLOAD": archive, "NAME": unique("dated"), "EDITION_FROM": "2026-01-01", "EXTENT": EXTENT}
    found = geo("copyarchive", **given, EDITION_TO="2026-06-30")
    data = writable.entrepot_entity("stored_data", id=found["STORED_DATA"])
    assert data["edition"] == {"from": "2026-01-01", "to": "2026-06-30"}
    assert data["extent"] == {"type": "Polygon", "coordinates": BOX}
    writable.clear_journal()
    geo("copyarchive", **given, EDITION_TO="2026-06-30")
    assert writes(writable) == [], "it is there already"
    geo("copyarchive", UPLOAD=archive, NAME=given["NAME"])
    assert writes(writable) == [], "what is not said stays"
    geo("copyarchive", **given)
    assert writes(writable) == [("PATCH", found["STORED_DATA"])]
    assert writable.entrepot_entity("stored_data", id=found["STORED_DATA"])["edition"] == {"from": "2026-01-01"}


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ({"EDITION_TO": "2026-01-01"}, "give its beginning too, in EDITION_FROM"),
        ({"EDITION_FROM": "2026-02-01", "EDITION_TO": "2026-01-01"}, "ends (2026-01-01) before it begins (2026-02-01)"),
    ],
)
def test_editions_that_cannot_be(geo, archive, writable, dates, sentence):
    writable.clear_journal()
    with pytest.raises(QgsProcessingException) as refused:
        geo("copyarchive", UPLOAD=archive, NAME=unique("never"), **dates)
    assert sentence in str(refused.value) and writes(writable) == []
