"""`maketiles`: vector tiles of a database, of all tables or of those that are named, levels as texts on the wire."""

import json

import pytest
from qgis.core import QgsProcessingException

from tests.qgis.delivered import bodies, cantons, unique, writes

PARIS = "2.2,2.5,48.8,48.95 [EPSG:4326]"
EXECUTIONS = "/processings/executions$"


@pytest.fixture
def database(geo, tmp_path, writable):
    given = {"INPUT": [str(cantons(tmp_path))], "NAME": unique("delivery"), "TYPE": "VECTOR", "CRS": "EPSG:4326"}
    upload = geo("uploadfiles", **given)["UPLOAD"]
    made = geo("integratevector", UPLOAD=upload, NAME=unique("database"))["STORED_DATA"]
    writable.clear_journal()
    return made


def sent(server):
    (body,) = map(json.loads, bodies(server, EXECUTIONS))
    return body


def test_all_tables_at_the_same_levels(geo, database, writable):
    given = {"DATABASE": database, "NAME": unique("tiles"), "BOTTOM_LEVEL": 10, "TOP_LEVEL": 9}
    found = geo("maketiles", **given, EXTENT=PARIS, WIDTH=8, OPTIONS="-S10", SHEET="Cantons")
    assert (found["STATUS"], found["LEVEL_COUNT"], found["TMS"]) == ("GENERATED", 2, "PM")
    assert sorted(found["LEVELS"].split(","), key=int) == ["9", "10"]
    body = sent(writable)
    assert body["inputs"] == {"stored_data": [database]}
    assert body["output"] == {"stored_data": {"name": given["NAME"], "storage_tags": ["PYRAMIDE"]}}
    parameters = body["parameters"]
    area = parameters.pop("area")
    assert area.startswith("POLYGON ((") and "48.95" in area
    assert parameters == {
        "composition": [{"table": "cantons", "bottom_level": "10", "top_level": "9", "attributes": ["*"]}],
        "tippecanoe_options": "-S10",
        "width": 8,
    }
    made = writable.entrepot_entity("stored_data", id=found["STORED_DATA"])
    assert made["tags"] == {
        "datasheet_name": "Cantons", "vectordb_id": database, "proc_pyr_creat_id": found["EXECUTION"],
    }  # fmt: skip
    writable.clear_journal()
    again = geo("maketiles", **given, EXTENT=PARIS, WIDTH=8, OPTIONS="-S10", SHEET="Cantons")
    assert (again["STORED_DATA"], again["MADE_COUNT"]) == (found["STORED_DATA"], 0) and writes(writable) == []


def test_each_table_as_it_is_told(geo, database, writable):
    table = ["cantons", "10", "", "nom, insee_com", "\"insee_com\" <> ''", "zones"]
    geo("maketiles", DATABASE=database, NAME=unique("told"), TOP_LEVEL=9, BOTTOM_LEVEL=12, COMPOSITION=table)
    assert sent(writable)["parameters"]["composition"] == [
        {
            "table": "cantons",
            "bottom_level": "10",
            "top_level": "9",
            "attributes": ["nom", "insee_com"],
            "filter": "\"insee_com\" <> ''",
            "layer": "zones",
        }
    ]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"COMPOSITION": ["routes", "", "", "", "", ""]}, "has no table routes. It has: cantons"),
        ({"COMPOSITION": ["cantons", "dix", "", "", "", ""]}, "COMPOSITION: “dix” is no level"),
        ({"TOP_LEVEL": 12, "BOTTOM_LEVEL": 10}, "the least detailed level (12) must not be greater"),
        ({"BOTTOM_LEVEL": 25, "TOP_LEVEL": 24}, "composition.0.bottom_level: '25' does not match"),
        ({"DATABASE": "no such thing"}, "There is no “no such thing”"),
    ],
)
def test_what_is_refused_before_anything_is_sent(geo, database, writable, parameters, sentence):
    with pytest.raises(QgsProcessingException) as refused:
        geo("maketiles", **{"DATABASE": database, "NAME": unique("refused"), **parameters})
    assert sentence in str(refused.value) and writes(writable) == []


def test_a_pyramid_is_no_database(geo, database):
    tiles = geo("maketiles", DATABASE=database, NAME=unique("t"), BOTTOM_LEVEL=9, TOP_LEVEL=9)["STORED_DATA"]
    with pytest.raises(QgsProcessingException, match=r"of the type ROK4-PYRAMID-VECTOR; here VECTOR-DB is needed"):
        geo("maketiles", DATABASE=tiles, NAME=unique("u"))


def test_a_database_without_extent_needs_a_zone(geo, database, writable):
    writable.entrepot_entity("stored_data", id=database, extent=None)
    with pytest.raises(
        QgsProcessingException, match=r"has no extent: say where the tiles are to be, in ZONE or EXTENT"
    ):
        geo("maketiles", DATABASE=database, NAME=unique("nowhere"))
