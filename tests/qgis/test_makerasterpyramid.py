"""`makerasterpyramid`: tiles of delivered images."""

import json

import pytest
from qgis.core import QgsProcessingException

from tests.qgis.delivered import bodies, cantons, picture, unique


@pytest.fixture
def images(geo, tmp_path):
    """A closed delivery of one image."""
    given = {
        "INPUT": [str(picture(tmp_path / "image.tif"))],
        "NAME": unique("image"),
        "TYPE": "RASTER",
        "CRS": "EPSG:2154",
    }
    return geo("uploadfiles", **given)["UPLOAD"]


def test_a_pyramid_of_images(geo, images, writable):
    given = {"UPLOAD": images, "NAME": unique("pyramid"), "BOTTOM_LEVEL": 16, "TOP_LEVEL": 15, "COMPRESSION": "png"}
    found = geo("makerasterpyramid", **given, MASK=True, INTERPOLATION="linear")
    assert (found["STATUS"], found["TMS"], found["LEVEL_COUNT"]) == ("GENERATED", "PM", 2)
    assert found["SIZE"] > 0
    (sent,) = map(json.loads, bodies(writable, "/processings/executions$"))
    assert sent["parameters"] == {
        "tms": "PM", "compression": "png", "interpolation": "linear", "bottom": "16", "top": "15", "mask": True,
    }  # fmt: skip
    again = geo("makerasterpyramid", **given, MASK=True, INTERPOLATION="linear")
    assert (again["STORED_DATA"], again["MADE_COUNT"]) == (found["STORED_DATA"], 0)


def test_another_pyramid_to_begin_with(geo, images, writable):
    given = {"UPLOAD": images, "BOTTOM_LEVEL": 15, "TOP_LEVEL": 15}
    base = geo("makerasterpyramid", **given, NAME=unique("base"))["STORED_DATA"]
    writable.clear_journal()
    found = geo("makerasterpyramid", **given, NAME=unique("next"), BASE=base)
    assert found["STORED_DATA"] != base
    (sent,) = map(json.loads, bodies(writable, "/processings/executions$"))
    assert sent["inputs"] == {"upload": [images], "stored_data": [base]}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"COMPRESSION": "lzw"}, "COMPRESSION: “lzw” is not one of jpg, png, zip, jpg90"),
        ({"TMS": "MARS"}, "tms inconnu : MARS"),
        ({"WIDTH": 64}, "WIDTH"),
    ],
)
def test_what_is_refused(geo, images, parameters, sentence):
    with pytest.raises(QgsProcessingException) as refused:
        geo("makerasterpyramid", **{"UPLOAD": images, "NAME": unique("refused"), **parameters})
    assert sentence in str(refused.value)


def test_vector_data_is_no_image(geo, tmp_path):
    given = {"INPUT": [str(cantons(tmp_path))], "NAME": unique("v"), "TYPE": "VECTOR", "CRS": "EPSG:4326"}
    upload = geo("uploadfiles", **given)["UPLOAD"]
    with pytest.raises(QgsProcessingException, match=r"of the type VECTOR; here RASTER is needed"):
        geo("makerasterpyramid", UPLOAD=upload, NAME="x")
