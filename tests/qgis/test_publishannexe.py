"""`publishannexe` through Processing: files, documents, styles, thumbnails, legends; what is refused."""

import json

import pytest
from qgis.core import QgsProcessingException

from geocollab.client.entrepot import files
from geocollab.client.entrepot.configurations import configurations
from geocollab.client.entrepot.files import annexes
from geocollab.client.entrepot.stored_data import stored_data
from tests.qgis.delivered import unique, writes
from tests.workflows.depot import Depot
from tests.workflows.stock import Stock


@pytest.fixture
def depot(writable):
    with Depot(writable) as depot:
        yield depot


@pytest.fixture
def annexe(geo, tmp_path):
    """`annexe("notice.pdf", "content", KIND=…)`."""

    def call(name="notice.pdf", content="%PDF", **parameters):
        file = tmp_path / name
        file.write_text(content, encoding="utf-8")
        return geo("publishannexe", FILE=str(file), **parameters)

    return call


def content(depot, id):
    return files.content(depot.office().datastore, annexes, id).decode()


def test_a_file_at_a_path_is_put_there_once_and_replaced(annexe, depot, writable):
    path = f"/documents/{unique('x').replace(' ', '-')}.pdf"

    found = annexe(PATH=path, LABELS="project=x, free")
    writable.clear_journal()
    again = annexe(PATH=path)
    assert writes(writable) == []
    other = annexe(PATH=path, content="%PDF 2")

    assert [one["STATE"] for one in (found, again, other)] == ["created", "unchanged", "updated"]
    assert found["URL"] == f"{writable.url}/annexes/montreuil{path}"
    assert len({one["ANNEXE"] for one in (found, again, other)}) == 1
    assert annexes.get(depot.office().datastore, found["ANNEXE"]).labels == ["project=x", "free"]
    assert content(depot, found["ANNEXE"]) == "%PDF 2"


def test_a_document_comes_into_the_list(annexe, depot):
    sheet = unique("fiche").replace(" ", "_")

    found = annexe(KIND="document", SHEET=sheet, NAME="La notice", DESCRIPTION="À lire")

    (listed,) = annexes.list(depot.office().datastore, path=f"/documents/{sheet}.json")
    assert json.loads(content(depot, listed.id)) == [
        {"type": "file", "name": "La notice", "id": found["ANNEXE"], "url": found["URL"], "description": "À lire"}
    ]


def test_a_style_becomes_the_current_one(annexe, depot, writable, tmp_path):
    stock = Stock(depot, tmp_path)

    found = annexe("clair.qml", KIND="style", SHEET="Cantons", CONFIGURATION=f"cantons — {stock.ids['cantons_wfs']}")

    one = configurations.get(depot.office().datastore, stock.ids["cantons_wfs"])
    current = [style for style in one.extra["styles"] if style.get("current")]
    assert [(style["name"], style["layers"][0]["annexe_id"]) for style in current] == [("clair", found["ANNEXE"])]
    assert one.metadata[-1]["url"] == found["URL"]


def test_a_legend_is_told_to_its_pyramid(annexe, depot):
    data = depot.made("stored_data", name="p", type="ROK4-PYRAMID-RASTER", status="GENERATED", tags={})

    found = annexe("l.png", KIND="legend", SHEET="Cantons", STORED_DATA=data)

    assert stored_data.get(depot.office().datastore, data).extra["legend"]["annexe_id"] == found["ANNEXE"]


REFUSALS = {
    "no path": ({}, "Give a path"),
    "no sheet": ({"KIND": "document"}, "data sheet"),
    "not a style": ({"KIND": "style", "SHEET": "x"}, "qml"),
    "not published": ({"KIND": "document", "SHEET": "x", "PUBLISHED": False}, "must be published"),
    "no right": ({"DATASTORE": "sdis", "PATH": "/x.pdf"}, "ANNEX"),
    "no such kind": ({"KIND": "song", "PATH": "/x.pdf"}, "song"),
}


@pytest.mark.parametrize(("given", "word"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_refused_is_said_and_nothing_is_sent(annexe, writable, given, word):
    with pytest.raises(QgsProcessingException, match=word):
        annexe(**given)
    assert writes(writable) == []


def test_a_file_that_is_not_there(geo, writable):
    with pytest.raises(QgsProcessingException, match="no file"):
        geo("publishannexe", FILE="/no/such/file.pdf", PATH="/x.pdf")
    assert writes(writable) == []
