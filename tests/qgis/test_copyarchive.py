"""`copyarchive`: the files of a delivery as an archive."""

import pytest

from tests.qgis.delivered import ARCHIVE, unique, writes


@pytest.fixture
def archive(geo, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "read me.txt").write_text("x", encoding="utf-8")
    given = {"INPUT": [str(ARCHIVE)], "FOLDER": str(tmp_path / "deep"), "TYPE": "ARCHIVE", "CRS": "EPSG:4326"}
    return geo("uploadfiles", **given, NAME=unique("files"))["UPLOAD"]


def test_an_archive_of_files(geo, archive, writable):
    name = unique("archive")
    found = geo("copyarchive", UPLOAD=archive, NAME=name)
    assert (found["STATUS"], found["FILE_COUNT"]) == ("GENERATED", 2)
    assert found["SIZE"] >= ARCHIVE.stat().st_size
    writable.clear_journal()
    again = geo("copyarchive", UPLOAD=archive, NAME=name)
    assert again["STORED_DATA"] == found["STORED_DATA"] and writes(writable) == []


def test_files_of_the_same_name_are_put_in_the_place_of_the_old_ones(geo, archive, tmp_path):
    first = geo("copyarchive", UPLOAD=archive, NAME=unique("kept"))["STORED_DATA"]
    (tmp_path / "new.txt").write_text("y", encoding="utf-8")
    given = {"INPUT": [str(tmp_path / "new.txt"), str(ARCHIVE)], "TYPE": "ARCHIVE", "CRS": "EPSG:4326"}
    more = geo("uploadfiles", **given, NAME=unique("more"))["UPLOAD"]
    found = geo("copyarchive", UPLOAD=more, NAME=unique("into"), UPDATE=first)
    assert (found["STORED_DATA"], found["FILE_COUNT"]) == (first, 3)
