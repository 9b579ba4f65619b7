"""Archives to be downloaded: several under one layer name, words of the platform checked, files read back."""

import pytest
import requests
from qgis.core import QgsProcessingException

from tests.qgis.served_data import written

GIVEN = {"LAYER_NAME": "fichiers", "SUB_NAME": "2026", "FORMAT": "GEOJSON", "ZONE": "R11"}


def test_files_can_be_downloaded(serve, warehouse):
    found = serve("publishdownload", STORED_DATA="cantons (archive)", TITLE="Cantons", **GIVEN)
    assert (found["STATUS"], found["LAYER"], found["NEW_COUNT"]) == ("PUBLISHED", "fichiers", 1)
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (1, 0)
    file = requests.get(warehouse.url + "/telechargement/download/fichiers/2026/cantons.geojson", timeout=30)
    assert (file.status_code, file.content) == (200, b"{}")
    warehouse.clear_journal()
    assert serve("publishdownload", **GIVEN)["UNCHANGED_COUNT"] == 1 and written(warehouse) == []


def test_a_second_archive_and_another_language(serve, warehouse):
    given = {"LAYER_NAME": "archives", "SUB_NAME": "un"}
    serve("publishdownload", STORED_DATA="cantons (archive)", TITLE="Cantons", **given)
    datastore = warehouse.entrepot()["ids"]["datastore"]["montreuil"]
    other = warehouse.entrepot_entity(
        "stored_data", datastore=datastore, name="autre", type="ARCHIVE", status="GENERATED", tags={}, type_infos={}
    )["_id"]

    serve("publishdownload", STORED_DATA=other, **{**given, "SUB_NAME": "deux"})
    serve("publishdownload", STORED_DATA=other, **{**given, "SUB_NAME": "deux"}, TITLE="Districts", LANGUAGE="en")

    bodies = [entry["body"] for entry in warehouse.journal("/configurations/") if entry["method"] == "PUT"]
    assert '"sub_name": "un"' in bodies[0] and '"sub_name": "deux"' in bodies[0]
    assert '"title": {"fr": "Cantons", "en": "Districts"}' in bodies[1]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"FORMAT": "Shapefile"}, r"“Shapefile” is no FORMAT that the platform knows: try SHP \(Shapefile\)"),
        ({"SUB_NAME": "à part"}, "The sub name “à part” may only hold letters without accents"),
    ],
)
def test_words_that_are_none(serve, warehouse, parameters, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        serve("publishdownload", **{**GIVEN, "STORED_DATA": "cantons (archive)", **parameters, "LAYER_NAME": "faux"})
    assert written(warehouse) == []
