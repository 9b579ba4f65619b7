"""`uploadfiles` through Processing: files, folders and types, what is told, what is refused; by the program too."""

import json

import pytest
from osgeo import gdal
from qgis.core import QgsProcessingException

from geocollab.provider import hints
from tests.qgis.delivered import cantons, picture, rows, unique, writes
from tests.qgis_process import run_qgis_process

WORD = {"TYPE": "ARCHIVE", "CRS": "EPSG:4326"}
REFUSALS = {
    "no file": ({"INPUT": []}, "There is no file to deliver"),
    "a file that is not there": ({"INPUT": ["/no/such/file.txt"]}, "There is no file /no/such/file.txt"),
    "no crs": ({"CRS": ""}, "CRS"),
    "unknown crs": ({"CRS": "EPSG:999999"}, "CRS"),
    "a crs of others": ({"CRS": "ESRI:102110"}, "choose one of EPSG or IGNF"),
    "unknown type": ({"TYPE": "MUSIC"}, "TYPE: “MUSIC” is not one of VECTOR, RASTER"),
    "no name": ({"NAME": ""}, "NAME"),
    "what a type needs": ({"TYPE": "ROK4-PYRAMID"}, "A delivery of the type ROK4-PYRAMID needs format, tms"),
    "what a type does not know": ({"TMS": "PM"}, "A delivery of the type ARCHIVE is not told tms"),
    "an origin": ({"TYPE": "PYRAMID-3D", "ORIGIN": "here"}, "ORIGIN: “here” is not x and y"),
    "no such datastore": ({"DATASTORE": "montreul"}, "Did you mean"),
    "no right": ({"DATASTORE": "riverains"}, "You belong to no datastore “riverains”"),
}


@pytest.fixture
def upload(geo, tmp_path):
    (tmp_path / "word.txt").write_text("word", encoding="utf-8")

    def call(**parameters):
        return geo("uploadfiles", **{"INPUT": [str(tmp_path / "word.txt")], "NAME": "word", **WORD, **parameters})

    return call


def test_vector_data_is_delivered_and_checked(geo, tmp_path, writable):
    file, name = cantons(tmp_path), unique("cantons")
    given = {"INPUT": [str(file)], "NAME": name, "TYPE": "VECTOR", "CRS": "EPSG:4326", "SHEET": "Cantons"}
    found = geo("uploadfiles", **given, OUTPUT="TEMPORARY_OUTPUT")
    assert found["STATUS"] == "CLOSED"
    assert (found["FILE_COUNT"], found["SENT_COUNT"], found["KEPT_COUNT"]) == (1, 1, 0)
    assert found["SIZE"] == found["SENT_SIZE"] == file.stat().st_size
    (row,) = rows(found["OUTPUT"])
    assert (row["path"], row["size"], row["outcome"]) == ("data/cantons.gpkg", file.stat().st_size, "sent")
    assert f"{name} — {found['UPLOAD']}" in hints.entries("uploads")
    writable.clear_journal()
    again = geo("uploadfiles", **given)
    assert again["UPLOAD"] == found["UPLOAD"] and (again["SENT_COUNT"], again["KEPT_COUNT"]) == (0, 1)
    assert writes(writable) == []


def test_images_of_a_folder(geo, writable, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    images = [picture(folder / f"{name}.tif") for name in "abcd"]
    given = {"FOLDER": str(folder), "NAME": unique("images"), "TYPE": "RASTER", "CRS": "EPSG:2154"}
    found = geo("uploadfiles", **given)
    assert (found["STATUS"], found["SENT_COUNT"]) == ("CLOSED", 4)
    sent = [entry["query"] for entry in writable.journal("/data$")]
    assert sorted(sent) == [[["path", f"data/{file.name}"]] for file in images]


def test_images_without_a_place_are_not_sent(upload, writable, tmp_path, feedback):
    for name in ("placed", "lost"):
        gdal.GetDriverByName("GTiff").Create(str(tmp_path / f"{name}.tif"), 8, 8).FlushCache()
    (tmp_path / "placed.tfw").write_text("1\n0\n0\n-1\n870000\n6570000\n", encoding="utf-8")
    given = {"NAME": unique("placed"), "TYPE": "RASTER", "CRS": "EPSG:2154"}
    both = [str(tmp_path / "placed.tif"), str(tmp_path / "lost.tif")]
    with pytest.raises(QgsProcessingException) as refused:
        upload(INPUT=both, **given)
    assert str(refused.value) == (
        f"Nothing was sent. 1 error. {tmp_path / 'lost.tif'}: It has no place on the ground: write it as GeoTIFF, or "
        "with a .tfw file beside it."
    )
    assert writes(writable) == []
    assert upload(INPUT=both[:1], **given)["STATUS"] == "CLOSED"
    assert feedback.infos[-2].endswith("“Make a raster pyramid” cuts it into tiles.")


def test_an_archive_and_a_file_beside_a_folder(upload, tmp_path):
    (tmp_path / "more" / "deep").mkdir(parents=True)
    (tmp_path / "more" / "deep" / "a&b #1.txt").write_text("x", encoding="utf-8")
    (tmp_path / "CANTON.zip").write_bytes(b"PK")
    found = upload(INPUT=[str(tmp_path / "CANTON.zip")], FOLDER=str(tmp_path / "more"), OUTPUT="TEMPORARY_OUTPUT")
    assert found["STATUS"] == "CLOSED"
    assert [row["path"] for row in rows(found["OUTPUT"])] == ["data/CANTON.zip", "data/deep/a&b #1.txt"]


def test_it_stays_open_if_it_is_not_to_be_closed(upload, writable, feedback):
    found = upload(NAME=unique("open"), CLOSE=False)
    assert found["STATUS"] == "OPEN" and ("POST", "close") not in writes(writable)
    assert feedback.infos[-2].endswith("stays open for more files: “Close a delivery” then has it checked.")
    assert upload(NAME=unique("closed"))["STATUS"] == "CLOSED"


@pytest.mark.parametrize(
    ("type", "told", "infos"),
    [
        ("ROK4-PYRAMID", {"FORMAT": "TIFF_JPG_UINT8", "TMS": "PM", "CHANNELS_NUMBER": 3},
         {"format": "TIFF_JPG_UINT8", "tms": "PM", "channels_number": 3}),
        ("INDEX", {"IS_SEARCH_LAYER": True}, {"is_search_layer": True}),
        ("HISTORIC-IMAGERY", {"DATASET_IDENTIFIER": "mission-1958"}, {"dataset_identifier": "mission-1958"}),
        ("PYRAMID-3D", {"PYRAMID_TYPE": "COPC", "ORIGIN": "650000,6860000", "TILE_SIZE": 9, "TEMPLATE": "{x}"},
         {"pyramid_type": "COPC", "origin": {"x": 650000.0, "y": 6860000.0}, "tile_size": 9, "template": "{x}"}),
        ("PYRAMID-3D", {"PYRAMID_TYPE": "EPT", "DATA_TYPE": "laszip", "SPAN": 128},
         {"pyramid_type": "EPT", "data_type": "laszip", "span": 128}),
        ("POINT-CLOUD", {}, None),
    ],
)  # fmt: skip
def test_types_are_told_what_they_need(upload, writable, type, told, infos):
    upload(NAME=unique("typed"), TYPE=type, CLOSE=False, **told)
    (made,) = [entry for entry in writable.journal("/uploads$") if entry["method"] == "POST"]
    assert json.loads(made["body"]).get("type_infos") == infos


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_refused_before_anything_is_sent(upload, writable, refusal):
    parameters, sentence = REFUSALS[refusal]
    with pytest.raises(QgsProcessingException) as refused:
        upload(**parameters)
    assert sentence in str(refused.value) and "Traceback" not in str(refused.value)
    assert writes(writable) == []


def test_who_may_not_deliver_is_told_which_right_is_missing(upload, writable):
    account = str(writable.connection_for("contributeur", defaults={"datastore": "sdis"}))
    with pytest.raises(QgsProcessingException, match=r"lacks the right UPLOAD"):
        upload(CONNECTION=account)
    assert writes(writable) == []


def test_what_the_checks_complain_of(geo, tmp_path):
    file = cantons(tmp_path)
    with pytest.raises(QgsProcessingException) as refused:
        geo("uploadfiles", INPUT=[str(file)], NAME=unique("wrong"), TYPE="VECTOR", CRS="EPSG:2154")
    assert "did not pass its checks and is UNSTABLE. Vérification vecteur: data/cantons.gpkg" in str(refused.value)


def test_a_cancel_is_no_success_and_says_how_far_it_came(upload, writable, tmp_path, feedback):
    (tmp_path / "large.bin").write_bytes(bytes(2_000_000))
    writable.faults({"kind": "slow_link", "bytes_per_second": 400_000, "path": "/data$"})
    feedback.progressChanged.connect(lambda percent: feedback.cancel())
    with pytest.raises(QgsProcessingException, match=r"Stopped before the end. 0 of 1 file is on the server"):
        upload(INPUT=[str(tmp_path / "large.bin")], NAME=unique("cancelled"))


def test_by_the_real_program(writable, tmp_path):
    file = cantons(tmp_path)
    ran = run_qgis_process(
        "run", "geocollab:uploadfiles", "--json", f"--CONNECTION={writable.connection}", f"--INPUT={file}",
        f"--NAME={unique('program')}", "--TYPE=VECTOR", "--CRS=EPSG:4326", f"--STORE={tmp_path / 'ledger.sqlite'}",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["results"]["STATUS"] == "CLOSED"
