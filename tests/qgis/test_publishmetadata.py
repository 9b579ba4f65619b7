"""`publishmetadata` through Processing: of a layer, of what is written, of a file; linked, unpublished, refused."""

import pytest
from qgis.core import (
    QgsAbstractMetadataBase,
    QgsLayerMetadata,
    QgsProcessingException,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)

from geocollab.client.entrepot import files
from geocollab.workflows.entrepot.descriptions.records import Contact, Facts, facts_of, record
from tests.qgis.delivered import unique, writes
from tests.workflows.depot import Depot
from tests.workflows.stock import Stock

WORDS = {"TITLE": "Cantons", "ABSTRACT": "Les cantons."}


@pytest.fixture
def published(writable):
    """`published(id)`: what a record on the server says."""
    with Depot(writable) as depot:

        def read(id):
            return facts_of(files.content(depot.office().datastore, files.metadata, id))

        yield read


def described_layer():
    layer = QgsVectorLayer("Polygon?crs=EPSG:2154&field=nom:string", "cantons", "memory")
    metadata = QgsLayerMetadata()
    metadata.setIdentifier("mine")
    metadata.setTitle("Cantons de la couche")
    metadata.setAbstract("Ce que dit la couche.")
    metadata.setLanguage("FRA")
    metadata.setKeywords({"libre": ["élections"], "GEMET - INSPIRE themes, version 1.0": ["Unités administratives"]})
    metadata.setCategories(["Boundaries", "Autre chose"])
    metadata.setLicenses(["Licence Ouverte 2.0"])
    metadata.setHistory(["Numérisés"])
    contact = QgsAbstractMetadataBase.Contact("Un nom")
    contact.organization, contact.email, contact.role = "Département", "sig@jura.example", "owner"
    metadata.setContacts([contact])
    layer.setMetadata(metadata)
    return layer


def test_of_what_is_written(geo, published, writable):
    sheet = unique("fiche")
    given = {"SHEET": sheet, **WORDS, "KEYWORDS": "cantons, élections", "TOPICS": "boundaries", "FREQUENCY": "annually",
             "THEMES": "Unités administratives", "ORGANISATION": "Ville", "EMAIL": "sig@ville.example",
             "LICENCE": "ODbL 1.0", "ACCESS": "open", "SCALE": 25000, "LINEAGE": "Saisie",
             "REVISED": "2026-05-06T00:00:00", "TYPE": "INSPIRE", "OPEN_DATA": True}  # fmt: skip

    found = geo("publishmetadata", **given)

    assert (found["STATE"], found["LINKED_COUNT"]) == ("created", 0)
    assert found["URL"].endswith(f"ID={found['FILE_IDENTIFIER']}")
    says = published(found["METADATA"])
    assert (says.title, says.keywords, says.topics) == ("Cantons", ("cantons", "élections"), ("boundaries",))
    assert (says.themes, says.contact) == (("Unités administratives",), Contact("Ville", "sig@ville.example"))
    assert (says.licence, says.open, says.scale, says.revision) == ("ODbL 1.0", True, 25000, "2026-05-06")
    writable.clear_journal()
    assert geo("publishmetadata", **given)["STATE"] == "unchanged"
    assert writes(writable) == []


def test_of_a_layer_and_what_is_written_counts_more(geo, published, project):
    layer = described_layer()
    QgsProject.instance().addMapLayer(layer)

    found = geo("publishmetadata", SHEET=unique("fiche"), INPUT=layer.id(), TITLE="Titre à moi")

    says = published(found["METADATA"])
    assert (says.title, says.abstract, says.crs) == ("Titre à moi", "Ce que dit la couche.", "EPSG:2154")
    assert (says.topics, says.keywords) == (("boundaries",), ("élections", "Autre chose"))
    assert (says.themes, says.licence, says.lineage) == (
        ("Unités administratives",),
        "Licence Ouverte 2.0",
        "Numérisés",
    )
    assert says.producers == (Contact("Département", "sig@jura.example", "Un nom", "owner"),)
    assert says.identifier == found["FILE_IDENTIFIER"] != "mine"


def test_of_a_raster(geo, published, project, tmp_path):
    from osgeo import gdal

    file = str(tmp_path / "image.tif")
    gdal.Translate(
        file, gdal.GetDriverByName("MEM").Create("", 4, 4), outputSRS="EPSG:4326", outputBounds=[5, 47, 6, 46]
    )
    layer = QgsRasterLayer(file, "image")
    QgsProject.instance().addMapLayer(layer)

    found = geo("publishmetadata", SHEET=unique("fiche"), INPUT=layer.id(), ABSTRACT="Une image")

    says = published(found["METADATA"])
    assert (says.title, says.representation, says.extent) == ("image", "grid", (5.0, 46.0, 6.0, 47.0))


def test_what_is_not_said_again_stays(geo, published):
    sheet = unique("fiche")
    geo("publishmetadata", SHEET=sheet, **WORDS, LINEAGE="Saisie")

    found = geo("publishmetadata", SHEET=sheet, FREQUENCY="monthly")

    says = published(found["METADATA"])
    assert (found["STATE"], says.title, says.lineage, says.frequency) == ("updated", "Cantons", "Saisie", "monthly")


def test_of_a_whole_file(geo, published, tmp_path):
    identifier = unique("fichier").replace(" ", ".")
    file = tmp_path / "record.xml"
    file.write_bytes(record(Facts(identifier, "Du fichier", "Résumé")))

    found = geo("publishmetadata", FILE=str(file))

    assert (found["FILE_IDENTIFIER"], published(found["METADATA"]).title) == (identifier, "Du fichier")


def test_services_are_named_linked_and_let_go(geo, published, writable, tmp_path):
    with Depot(writable) as depot:
        stock = Stock(depot, tmp_path)
    given = {"SHEET": "Cantons", **WORDS}

    found = geo("publishmetadata", **given)
    again = geo("publishmetadata", **given)
    gone = geo("publishmetadata", SHEET="Cantons", UNPUBLISH=True)

    assert (found["LAYER_COUNT"], found["LINKED_COUNT"], again["LINKED_COUNT"]) == (2, 2, 0)
    assert {link.protocol for link in published(found["METADATA"]).links} == {"OGC:WFS", "OGC:WMS"}
    assert (gone["METADATA"], gone["URL"], gone["LINKED_COUNT"]) == (found["METADATA"], "", 2)
    assert stock.ids["record Cantons"] == found["METADATA"]


REFUSALS = {
    "nothing": ({}, "Which record"),
    "no title": ({"SHEET": "x1", "ABSTRACT": "x"}, "title"),
    "a comma": ({"SHEET": "a,b", **WORDS}, "cannot hold"),
    "an e-mail": ({"SHEET": "x2", **WORDS, "EMAIL": "nobody"}, "nobody"),
    "no category": ({"SHEET": "x3", **WORDS, "TOPICS": "planes"}, "planes"),
    "no record": ({"SHEET": unique("x"), "UNPUBLISH": True}, "has no record"),
    "no file": ({"FILE": "/no/such/record.xml"}, "record.xml"),
    "no right": ({"DATASTORE": "sdis", "SHEET": "x", **WORDS}, "BROADCAST"),
}


@pytest.mark.parametrize(("given", "word"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_refused_is_said_and_nothing_is_sent(geo, writable, given, word):
    with pytest.raises(QgsProcessingException, match=word):
        geo("publishmetadata", **given)
    assert writes(writable) == []


def test_a_file_with_entities_is_refused(geo, writable, tmp_path):
    file = tmp_path / "evil.xml"
    file.write_text('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', encoding="utf-8")

    with pytest.raises(QgsProcessingException, match="DOCTYPE"):
        geo("publishmetadata", FILE=str(file))
    assert writes(writable) == []
