"""Statics, annexes and records: sent as forms, replaced, read back byte for byte."""

import contextlib

import pytest

from geocollab.client import errors
from geocollab.client.entrepot import files as api
from geocollab.client.entrepot.files import annexes, metadata, statics

SLD = (
    '<StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld" xmlns:ogc="http://www.opengis.net/ogc">'
    "<NamedLayer><Name>a</Name><UserStyle><FeatureTypeStyle><Rule>"
    "<ogc:Filter><ogc:PropertyIsEqualTo><ogc:PropertyName>nom</ogc:PropertyName><ogc:Literal>é</ogc:Literal>"
    "</ogc:PropertyIsEqualTo></ogc:Filter>"
    '<LineSymbolizer><Stroke><CssParameter name="stroke">#ff0000</CssParameter></Stroke></LineSymbolizer>'
    "</Rule></FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"
)
RECORD = (
    '<gmd:MD_Metadata xmlns:gmd="http://www.isotc211.org/2005/gmd" xmlns:gco="http://www.isotc211.org/2005/gco">'
    "<gmd:fileIdentifier><gco:CharacterString>{}</gco:CharacterString></gmd:fileIdentifier>"
    '<gmd:hierarchyLevel><gmd:MD_ScopeCode codeListValue="series"/></gmd:hierarchyLevel></gmd:MD_Metadata>'
)


@pytest.fixture
def write(tmp_path):
    def made(text, name="a.txt"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return made


@pytest.fixture
def catalogue(sandbox):
    """The endpoint of the records."""
    return sandbox.entrepot()["ids"]["endpoint"]["gpf-geonetwork"]


def test_a_style(datastore, asked, write):
    made = api.create_static(datastore, "Style é", "GEOSERVER-STYLE", write(SLD), "style.sld", "rouge")
    assert (made.type, made.name, made.used_attributes) == ("GEOSERVER-STYLE", "Style é", ["nom"])
    assert api.content(datastore, statics, made.id).decode() == SLD
    other = SLD.replace("nom", "code")
    api.replace_content(datastore, statics, made.id, write(other), "style.sld")
    assert api.content(datastore, statics, made.id).decode() == other
    assert statics.get(datastore, made.id).used_attributes == ["code"]
    assert [found.id for found in statics.list(datastore, name="style é", type="GEOSERVER-STYLE")] == [made.id]
    method, path, query, body = asked()[0]
    assert (method, path, query) == ("POST", "./statics", [])
    assert body.splitlines()[:3] == ["name=Style é", "type=GEOSERVER-STYLE", "description=rouge"]
    assert body.splitlines()[3].startswith(f"file=file(style.sld, application/octet-stream, {len(SLD.encode())} bytes")
    assert asked()[1][:2] == ("GET", f"./statics/{made.id}/file")
    assert asked()[2][:3] == ("PUT", f"./statics/{made.id}", [])
    statics.delete(datastore, made.id)
    with pytest.raises(errors.NotFound):
        statics.get(datastore, made.id)


def test_a_style_that_is_none(datastore, write):
    with pytest.raises(errors.Invalid) as caught:
        api.create_static(datastore, "mauvais", "GEOSERVER-STYLE", write("<a"), "style.sld")
    assert caught.value.server_message


@pytest.mark.parametrize("labels", [[], ["type=document"], ["type=document", "datasheet_name=Eau, gaz & cie"]])
def test_an_annexe(datastore, asked, write, labels):
    path = f"/documents/été-{len(labels)}.txt"
    made = api.create_annexe(datastore, write("contenu é"), path, labels=labels)
    assert (made.paths, made.labels, made.published) == ([path], labels, True)
    read = annexes.get(datastore, made.id)
    assert (read.paths, read.labels, read.size) == ([path], labels, len("contenu é".encode()))
    assert api.content(datastore, annexes, made.id) == "contenu é".encode()
    assert asked()[0][3].splitlines()[0] == f"paths={path}"
    with pytest.raises(errors.Conflict):
        api.create_annexe(datastore, write("autre"), path)
    annexes.delete(datastore, made.id)


def test_an_annexe_that_is_not_published_yet(datastore, asked, write):
    made = api.create_annexe(datastore, write("x"), "/caché.txt", published=False)
    assert "published=false" in asked()[0][3].splitlines()
    assert not made.published
    assert annexes.change(datastore, made.id, {"published": True}).published


def test_a_record(datastore, asked, write, catalogue):
    file = write(RECORD.format("fiche-1"))
    made = api.create_metadata(datastore, file, open_data=True)
    assert (made.file_identifier, made.type, made.endpoints) == ("fiche-1", "ISOAP", [])
    api.publish_metadata(datastore, ["fiche-1"], catalogue)
    assert metadata.get(datastore, made.id).endpoints == [catalogue]
    with pytest.raises(errors.Conflict):
        metadata.delete(datastore, made.id)
    api.publish_metadata(datastore, ["fiche-1"], catalogue, publish=False)
    metadata.delete(datastore, made.id)
    post, publish, _get, _refused, withdraw, _delete = asked()
    assert post[:3] == ("POST", "./metadata", [("type", "ISOAP"), ("open_data", "true")])
    assert post[3].startswith("file=file(metadata.xml, ")
    body = {"file_identifiers": ["fiche-1"], "endpoint": catalogue}
    assert publish == ("POST", "./metadata/publication", [], body)
    assert withdraw == ("POST", "./metadata/unpublication", [], body)


def test_a_record_whose_identifier_is_taken(datastore, write):
    file = write(RECORD.format("fiche-2"))
    made = api.create_metadata(datastore, file)
    with pytest.raises(errors.Conflict):
        api.create_metadata(datastore, file)
    api.replace_content(datastore, metadata, made.id, write(RECORD.format("fiche-2") + "<!-- 2 -->"), "metadata.xml")
    assert api.content(datastore, metadata, made.id).endswith(b"<!-- 2 -->")
    (found,) = metadata.list(datastore, file_identifier="fiche-2")
    assert found.id == made.id


def test_a_record_that_is_malformed(datastore, write):
    with pytest.raises(errors.Invalid) as caught:
        api.create_metadata(datastore, write("<gmd:MD_Metadata"))
    assert caught.value.status == 422


def test_a_style_whose_answer_was_lost_is_not_sent_again(datastore, sandbox, write, quick):
    sandbox.faults({"kind": "lost_answer", "path": "/statics$"})
    with pytest.raises(errors.Unreachable):
        api.create_static(datastore, "perdu", "GEOSERVER-STYLE", write(SLD), "a.sld")
    assert len(sandbox.journal("/statics$")) == 1


@pytest.mark.parametrize("kind", ["annexes", "metadata"])
@pytest.mark.parametrize("arrived", [True, False])
def test_what_there_can_be_only_one_of_is_sent_again(datastore, sandbox, write, quick, kind, arrived):
    name = f"{kind}-{arrived}"
    fault = {"kind": "lost_answer"} if arrived else {"kind": "status", "status": 502}
    sandbox.faults({**fault, "path": f"/{kind}$"})
    make = {
        "annexes": lambda: api.create_annexe(datastore, write("x"), f"/{name}.txt"),
        "metadata": lambda: api.create_metadata(datastore, write(RECORD.format(name))),
    }[kind]
    with pytest.raises(errors.Conflict) if arrived else contextlib.nullcontext():
        make()
    assert len(sandbox.journal(f"/{kind}$")) == 2
    (found,) = {
        "annexes": lambda: annexes.list(datastore, path=f"/{name}.txt"),
        "metadata": lambda: metadata.list(datastore, file_identifier=name),
    }[kind]()
    assert found.id


def test_a_content_is_replaced_again_where_the_answer_was_lost(datastore, sandbox, write, quick):
    made = api.create_annexe(datastore, write("x"), "/remplacé.txt")
    sandbox.faults({"kind": "lost_answer", "path": "/annexes/"})
    api.replace_content(datastore, annexes, made.id, write("y"), "remplacé.txt")
    assert len(sandbox.journal("/annexes/")) == 2
    assert api.content(datastore, annexes, made.id) == b"y"


def test_a_file_is_read_whole_or_not_at_all(datastore, sandbox, write, quick):
    text = "x" * 100_000
    made = api.create_annexe(datastore, write(text), "/grand.txt")
    sandbox.faults({"kind": "drop", "path": "/file$", "at": 0.5})
    assert api.content(datastore, annexes, made.id).decode() == text
