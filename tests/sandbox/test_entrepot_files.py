"""Statics, annexes, ISO records: what is read in them, what is refused, where they are published."""

import json

import pytest

from tests.sandbox.entrepot_calls import SLD, said

ROK4 = {
    "identifier": "gris", "title": "Gris",
    "legend": {"format": "image/png", "url": "https://sandbox.invalid/l.png", "width": 10, "height": 10,
               "min_scale_denominator": 1, "max_scale_denominator": 1000},
    "palette": {"colours": [{"value": 0, "red": 0, "green": 0, "blue": 0, "alpha": 255}]},
}  # fmt: skip
RECORD = """<gmd:MD_Metadata xmlns:gmd="http://www.isotc211.org/2005/gmd" xmlns:gco="http://www.isotc211.org/2005/gco">
<gmd:fileIdentifier><gco:CharacterString>{identifier}</gco:CharacterString></gmd:fileIdentifier>
<gmd:hierarchyLevel><gmd:MD_ScopeCode codeListValue="{level}"/></gmd:hierarchyLevel></gmd:MD_Metadata>"""
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'


def test_an_sld_is_read(montreuil):
    answer = montreuil.style("nom", name="Cantons")
    made = answer.json()
    assert answer.status_code == 201
    assert (made["name"], made["type"]) == ("Cantons", "GEOSERVER-STYLE")
    assert made["type_infos"] == {
        "used_attributes": ["nom"], "min_scale_denominator": 1000.0, "max_scale_denominator": 50000.0,
    }  # fmt: skip
    path = f"statics/{made['_id']}"
    assert montreuil.get(path + "/file").text == SLD.format(attribute="nom", version="1.0.0")
    text = SLD.format(attribute="code", version="1.0.0")
    replaced = montreuil("PUT", path, files={"file": ("s.sld", text)}).json()
    assert replaced["type_infos"]["used_attributes"] == ["code"]
    assert montreuil("PATCH", path, json={"name": "b", "description": "c"}).json()["description"] == "c"
    assert said(montreuil("PATCH", path, json={"type": "ROK4-STYLE"}), 400)
    assert montreuil("DELETE", path).status_code == 204
    assert said(montreuil.get(path), 404)


@pytest.mark.parametrize(
    "content",
    [
        SLD.format(attribute="a", version="1.1.0"),
        SLD.format(attribute="a", version="1.0.0").replace("<PolygonSymbolizer/>", ""),
        SLD.format(attribute="a", version="1.0.0").replace("1000<", "beaucoup<"),
        SLD.format(attribute="a", version="1.0.0").replace("?>", "?>" + BOMB),
        "<StyledLayerDescriptor version='1.0.0'/>",
        "<a",
        "",
    ],
)
def test_sld_that_are_none(montreuil, content):
    assert said(montreuil.style(content=content), 400)


def test_symbology_encoding_is_not_1_0_0(montreuil):
    text = SLD.format(attribute="a", version="1.0.0")
    se = text.replace("<PolygonSymbolizer/>", '<PolygonSymbolizer/><Fill xmlns="http://www.opengis.net/se"/>')
    assert "1.0.0" in said(montreuil.style(content=se), 400)


def test_scales_of_rules_without_bounds(montreuil):
    text = SLD.format(attribute="a", version="1.0.0")
    rule = "<Rule><PolygonSymbolizer/></Rule></FeatureTypeStyle>"
    infos = montreuil.style(content=text.replace("</FeatureTypeStyle>", rule)).json()["type_infos"]
    assert infos == {"used_attributes": ["a"]}


@pytest.mark.parametrize(
    ("type_", "content", "infos"),
    [
        ("GEOSERVER-FTL", "<#list features as feature>${feature.nom.value}</#list>", {"used_attributes": ["nom"]}),
        ("GEOSERVER-FTL", "<#list features as f>", None),
        ("GEOSERVER-FTL", b"\xff", None),
        ("ROK4-STYLE", json.dumps(ROK4), {"identifier": "gris", "legend_url": "https://sandbox.invalid/l.png"}),
        ("ROK4-STYLE", json.dumps({**ROK4, "legend": None}), None),
        ("ROK4-STYLE", json.dumps({**ROK4, "palette": {"colours": [{"value": 1}]}}), None),
        ("ROK4-STYLE", "{", None),
        ("DERIVATION-SQL", "ALTER TABLE t ADD c int; UPDATE t SET c = {{ params.b }} + {{params.a}}",
         {"used_variables": ["a", "b"]}),
        ("DERIVATION-SQL", "bonjour", None),
        ("SLD", "x", None),
    ],
)  # fmt: skip
def test_other_statics(montreuil, type_, content, infos):
    answer = montreuil.style(type_=type_, content=content)
    if infos is None:
        assert said(answer, 400)
    else:
        assert answer.json()["type_infos"] == infos


def annexe(office, paths, content=b"x", name="a.pdf", **more):
    return office("POST", "annexes", data={"paths": paths, **more}, files={"file": (name, content)})


def test_annexes(montreuil):
    made = annexe(montreuil, "documents/a.pdf,/b.pdf", labels="type=document,datasheet_name=x").json()
    assert made["paths"] == ["/documents/a.pdf", "/b.pdf"]
    assert (made["size"], made["mime_type"], made["published"]) == (1, "application/pdf", False)
    assert made["labels"] == ["type=document", "datasheet_name=x"]
    assert "/b.pdf" in said(annexe(montreuil, "/b.pdf"), 409)
    path = f"annexes/{made['_id']}"
    assert montreuil.read("annexes", path="/b.pdf", labels="type=document", published="false") == [made]
    assert montreuil.read("annexes", mime_type="image/%") == []
    other = annexe(montreuil, ["/c.pdf", "/d.pdf"], published="true", labels="type=style").json()
    assert other["published"] is True
    assert said(montreuil("PATCH", path, json={"paths": ["/c.pdf"]}), 409)
    assert montreuil("PATCH", path, json={"paths": ["/e.pdf", "/b.pdf"]}).json()["paths"] == ["/e.pdf", "/b.pdf"]
    assert montreuil("PUT", path, files={"file": ("b.txt", b"longer")}).json()["size"] == 6
    assert montreuil.get(path + "/file").content == b"longer"
    assert montreuil("POST", "annexes/publication?labels=type=document,datasheet_name=x").json() == 1
    assert montreuil("POST", "annexes/publication?labels=type=document").json() == 0
    assert montreuil("POST", "annexes/unpublication?labels=type=style").json() == 1
    assert said(montreuil("POST", "annexes/publication"), 400)
    assert montreuil("DELETE", path).status_code == 204
    assert annexe(montreuil, "/b.pdf").status_code == 201


@pytest.mark.parametrize("path", ["../a", "/a/../b", "/a//b", "/", "/a b", "/a?b", "", "/a/./b"])
def test_paths_of_annexes(montreuil, path):
    assert said(annexe(montreuil, path), 400)


def record(office, identifier, level="dataset", content=None, params=None, **data):
    text = content if content is not None else RECORD.format(identifier=identifier, level=level)
    return office("POST", "metadata", data=data, params=params, files={"file": ("m.xml", text)})


def test_records(montreuil):
    made = record(montreuil, "fiche-1", params={"type": "INSPIRE", "open_data": "true"}).json()
    assert (made["file_identifier"], made["type"], made["level"], made["open_data"]) == (
        "fiche-1",
        "INSPIRE",
        "DATASET",
        True,
    )
    assert (made["endpoints"], made["tags"]) == ([], {})
    assert said(record(montreuil, "fiche-1"), 409)
    series = record(montreuil, "fiche-2", "series", type="ISOAP").json()
    assert (series["level"], series["type"]) == ("SERIES", "ISOAP")
    path = f"metadata/{made['_id']}"
    text = RECORD.format(identifier="fiche-1", level="series")
    assert montreuil("PUT", path, files={"file": ("m.xml", text)}).json()["level"] == "SERIES"
    other = RECORD.format(identifier="autre", level="series")
    assert said(montreuil("PUT", path, files={"file": ("m.xml", other)}), 400)
    assert montreuil.get(path + "/file").text == text
    assert montreuil("PATCH", path, json={"open_data": False}).json()["open_data"] is False
    assert [row["_id"] for row in montreuil.read("metadata", file_identifier="FICHE-1")] == [made["_id"]]
    assert montreuil.post(path + "/tags", {"datasheet_name": "x"}).json() == {"datasheet_name": "x"}


def test_publication_of_records(montreuil):
    made = record(montreuil, "publiee").json()
    body = {"file_identifiers": ["publiee"], "endpoint": montreuil.endpoint("gpf-geonetwork")}
    assert said(montreuil.post("metadata/publication", {**body, "file_identifiers": ["publiee", "absente"]}), 404)
    assert said(
        montreuil.post("metadata/publication", {**body, "endpoint": montreuil.endpoint("gpf-geoserver-wfs")}), 400
    )
    assert said(montreuil.post("metadata/unpublication", body), 409)
    for _ in range(2):
        assert montreuil.post("metadata/publication", body).status_code == 204
    (endpoint,) = montreuil.read(f"metadata/{made['_id']}")["endpoints"]
    assert endpoint["_id"] == body["endpoint"]
    (entry,) = montreuil.read("endpoints", type="METADATA", open="true")
    assert entry["use"] == 1
    assert said(montreuil("DELETE", f"metadata/{made['_id']}"), 409)
    assert montreuil.post("metadata/unpublication", body).status_code == 204
    assert montreuil("DELETE", f"metadata/{made['_id']}").status_code == 204


@pytest.mark.parametrize(
    "content",
    ["<a", "<a/>", RECORD.format(identifier=" ", level="dataset"), BOMB + RECORD.format(identifier="&b;", level="")],
)
def test_records_that_are_none(montreuil, content):
    assert said(record(montreuil, "", content=content), 422)


def test_prefix_of_identifiers(office):
    found = office("membre", "decouverte")
    assert "SANDBOX" in said(record(found, "fiche"), 400)
    assert record(found, "SANDBOX-fiche").status_code == 201
    assert said(record(office(), "fiche-x", params={"type": "DCAT"}), 400)
    assert said(record(office(), "fiche-x", params={"open_data": "oui"}), 400)
