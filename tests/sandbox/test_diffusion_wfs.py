"""WFS of what is published: read back by GDAL and OWSLib, equal to what was stored; a thousand rows at most at once."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from osgeo import gdal, ogr
from owslib.wfs import WebFeatureService

from sandbox.entrepot.diffusion import _mapfile
from tests.sandbox.publications import served

PATH = "/wfs/geoserver/ows"
POINTS = 2345
NAMES = {*(f"montreuil:{name}" for name in ("cantons", "points", "chemins", "vide", "vue")), "autre:public"}
COLUMNS = ("nom", "valeur", "n", "grand", "jour", "quand", "actif")
ODD = "\"Titre' <é> & \\ %nom% [nom] #1 {x} END"


def fill(publications):
    data = publications.database(points=POINTS)
    publications.wfs("montreuil", data, "cantons", "points", "chemins", "vide", "vue")
    relation = {
        "native_name": "cantons",
        "public_name": "public",
        "title": ODD,
        "abstract": "a\nb",
        "keywords": ["un", "d, e"],
    }
    other = {"used_data": [{"stored_data": publications.database(system=4326)["_id"], "expose_primary_key": True,
                            "relations": [relation]}]}  # fmt: skip
    link = {"format": "text/xml", "url": "https://example.invalid/fiche?a=1&b=2", "type": "19139"}
    publications.publish("WFS", "autre", other, metadata=[link])
    publications.wfs("absente", data, "points", status="UNPUBLISHED")
    publications.file = str(publications.folder(data) / "database.gpkg")


@pytest.fixture(scope="module")
def published():
    with served(fill) as publications:
        yield publications


@pytest.fixture
def wfs(published):
    return lambda **parameters: published.get(PATH, service="WFS", **{"version": "2.0.0", **parameters})


def rows(layer, key):
    return {feature[key]: feature for feature in layer}


def test_gdal_reads_back_every_canton_as_it_was_stored(published):
    for version, count in (("2.0.0", POINTS), ("1.1.0", 1000)):  # by pages of 2.0.0 only
        service = gdal.OpenEx(f"WFS:{published.process.url}{PATH}?VERSION={version}", gdal.OF_VECTOR)
        names = {service.GetLayer(number).GetName() for number in range(service.GetLayerCount())}
        assert names == NAMES
        stored = ogr.Open(published.file)
        layer = service.GetLayerByName("montreuil:cantons")
        assert layer.GetSpatialRef().GetAuthorityCode(None) == "2154"
        read, kept = rows(layer, "code"), rows(stored.GetLayerByName("cantons"), "code")
        assert len(read) == 61
        for code, feature in kept.items():
            assert [read[code][name] for name in ("id", "nom", "insee_dep")] == [
                feature[name] for name in ("id", "nom", "insee_dep")
            ]
            difference = read[code].GetGeometryRef().SymmetricDifference(feature.GetGeometryRef())
            assert difference.Area() < 1e-3  # square metres
        assert len(rows(service.GetLayerByName("montreuil:points"), "n")) == count


def test_every_type_of_column_comes_back_and_no_value_is_no_value(published):
    service = gdal.OpenEx(f"WFS:{published.process.url}{PATH}?VERSION=2.0.0", gdal.OF_VECTOR)
    layer, stored = service.GetLayerByName("montreuil:points"), ogr.Open(published.file)
    layer.SetAttributeFilter("n < 8")
    read, kept = rows(layer, "n"), rows(stored.GetLayerByName("points"), "n")
    assert sorted(read) == list(range(8))
    for n, feature in read.items():
        assert [feature[name] for name in COLUMNS] == [kept[n][name] for name in COLUMNS]
        assert feature.GetGeometryRef().ExportToWkt() == kept[n].GetGeometryRef().ExportToWkt()
    definition = layer.GetLayerDefn()
    types = {
        definition.GetFieldDefn(number).GetName(): definition.GetFieldDefn(number).GetTypeName() for number in range(8)
    }
    assert types == {"gml_id": "String", "nom": "String", "valeur": "Real", "n": "Integer", "grand": "Integer64",
                     "jour": "Date", "quand": "DateTime", "actif": "Integer"}  # fmt: skip


def test_owslib_reads_what_the_publication_says_of_itself(published):
    service = WebFeatureService(published.process.url + PATH, version="2.0.0")
    assert set(service.contents) == NAMES
    public = service["autre:public"]
    assert (public.title, public.abstract) == (ODD, "a b")
    assert [link["url"] for link in public.metadataUrls] == ["https://example.invalid/fiche?a=1&b=2"]
    assert service["montreuil:cantons"].metadataUrls == []
    assert service["montreuil:cantons"].boundingBoxWGS84 == pytest.approx((2.1438, 48.7126, 2.5812, 48.9602), abs=1e-4)
    codes = {name: [crs.code for crs in service[name].crsOptions] for name in ("montreuil:cantons", "autre:public")}
    assert codes["montreuil:cantons"] == [2154, 4326, 3857, 4258]
    assert codes["autre:public"] == [4326, 3857, 2154, 4258]
    posted = service.getfeature(typename=["montreuil:cantons"], maxfeatures=2, method="Post").read()
    assert posted.count(b"<montreuil:cantons ") == 2


def test_keywords(wfs):
    root = etree.fromstring(wfs(request="GetCapabilities").content)
    assert [element.text for element in root.iter("{*}Keyword")] == ["un", "d e"]


def test_a_thousand_rows_at_most_then_the_next_page(wfs):
    seen, more = [], {"request": "GetFeature", "typeNames": "montreuil:points", "count": 5000}
    while more:
        root = etree.fromstring(wfs(**more).content)
        assert root.get("numberMatched") == str(POINTS)
        found = [element.text for element in root.iter("{http://montreuil}n")]
        assert len(found) == int(root.get("numberReturned")) <= 1000
        seen += found
        following = root.get("next")
        more = (
            {name.lower(): value[0] for name, value in parse_qs(urlsplit(following).query).items()}
            if following
            else None
        )
        if more:
            more = {name: value for name, value in more.items() if name not in ("service", "version")}
    assert sorted(map(int, seen)) == list(range(POINTS))


def test_counting_without_reading(wfs):
    root = etree.fromstring(wfs(request="GetFeature", typeNames="montreuil:points", resultType="hits").content)
    assert (root.get("numberMatched"), root.get("numberReturned"), len(root)) == (str(POINTS), "0", 0)


def test_geojson_as_geoserver_writes_it(wfs):
    answer = wfs(
        request="GetFeature", typeNames="montreuil:points", outputFormat="application/json", count=2, startIndex=5
    )
    found = answer.json()
    assert (found["totalFeatures"], found["numberMatched"], found["numberReturned"]) == (POINTS, POINTS, 2)
    assert found["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::2154"
    empty, full = found["features"]
    assert (empty["id"], full["id"], full["geometry_name"]) == ("points.6", "points.7", "geom")
    assert empty["properties"] == {**dict.fromkeys(COLUMNS), "n": 5}
    assert full["properties"] == {"nom": "Lieu n° 6 <é&> \"cité\" 'dit'", "valeur": 1.5, "n": 6, "grand": 2**40 + 6,
                                  "jour": "2026-03-01", "quand": "2026-03-01T12:30:00Z", "actif": False}  # fmt: skip
    assert full["geometry"] == {"type": "Point", "coordinates": [650006.125, 6860006.25]}
    cantons = wfs(request="GetFeature", typeNames="montreuil:cantons", outputFormat="json", count=1).json()["features"]
    assert cantons[0]["geometry"]["type"] == "MultiPolygon" and "ogc_fid" not in cantons[0]["properties"]


def test_the_key_column_is_shown_only_where_it_is_exposed(wfs):
    for name, shown in (("montreuil:cantons", False), ("autre:public", True)):
        described = wfs(request="DescribeFeatureType", typeNames=name).text
        assert ('name="ogc_fid"' in described) == shown
        assert ("ogc_fid>" in wfs(request="GetFeature", typeNames=name, count=1).text) == shown
        rows = wfs(request="GetFeature", typeNames=name, count=1, outputFormat="application/json").json()["features"]
        assert ("ogc_fid" in rows[0]["properties"]) == shown


def test_lines_views_and_empty_tables(wfs, published):
    service = gdal.OpenEx(f"WFS:{published.process.url}{PATH}?VERSION=2.0.0", gdal.OF_VECTOR)
    lines = [feature.GetGeometryRef().Clone() for feature in service.GetLayerByName("montreuil:chemins")]
    kept = ogr.CreateGeometryFromWkt("MULTILINESTRING ((650000 6860000,650100 6860000),(1 1,2 2))")
    assert [ogr.ForceToMultiLineString(line).Equals(kept) for line in lines] == [True]
    assert service.GetLayerByName("montreuil:vide").GetFeatureCount() == 0
    asked = {"request": "GetFeature", "outputFormat": "application/json"}
    seen = wfs(typeNames="montreuil:vue", **asked).json()["features"]
    assert len(seen) == 23 and {"ogc_fid", "nom"} == set(seen[0]["properties"]) and seen[0]["properties"]["ogc_fid"] > 0
    assert len({feature["id"] for feature in seen}) == 23
    line = wfs(typeNames="montreuil:chemins", **asked).json()["features"][0]["geometry"]
    assert line == {
        "type": "MultiLineString",
        "coordinates": [[[650000, 6860000], [650100, 6860000]], [[1, 1], [2, 2]]],
    }


CANTONS = {"typeNames": "montreuil:cantons"}
CONDITION = (
    '<fes:Filter xmlns:fes="http://www.opengis.net/fes/2.0"><fes:PropertyIsEqualTo><fes:ValueReference>insee_dep'
    "</fes:ValueReference><fes:Literal>75</fes:Literal></fes:PropertyIsEqualTo></fes:Filter>"
)


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({**CANTONS, "filter": CONDITION}, {"Paris"}),
        ({"resourceId": "cantons.1", **CANTONS}, {"Paris"}),
        ({"resourceId": "cantons.1"}, {"Paris"}),
        ({"storedquery_id": "urn:ogc:def:query:OGC-WFS::GetFeatureById", "id": "cantons.1"}, {"Paris"}),
        ({**CANTONS, "bbox": "652000,6862000,652001,6862001,urn:ogc:def:crs:EPSG::2154"}, {"Paris"}),
        ({**CANTONS, "bbox": "48.85,2.34,48.8501,2.3401,urn:ogc:def:crs:EPSG::4326"}, {"Paris"}),
        ({**CANTONS, "propertyName": "nom", "sortBy": "nom DESC", "count": 1}, {"Vitry-sur-Seine"}),
        ({**CANTONS, "bbox": "0,0,1,1,urn:ogc:def:crs:EPSG::2154"}, set()),
    ],
)  # fmt: skip
def test_choosing_rows(wfs, parameters, names):
    root = etree.fromstring(wfs(request="GetFeature", **parameters).content)
    assert {element.text for element in root.iter("{http://montreuil}nom")} == names


def test_another_system(wfs):
    for version in ("1.1.0", "2.0.0"):
        answer = wfs(version=version, request="GetFeature", typeName="montreuil:points", typeNames="montreuil:points",
                     srsName="urn:ogc:def:crs:EPSG::4326", count=1, maxFeatures=1)  # fmt: skip
        position = next(etree.fromstring(answer.content).iter("{*}pos"))
        assert [float(part) for part in position.text.split()] == pytest.approx([48.838112, 2.318793], abs=1e-5)
        assert 'srsName="urn:ogc:def:crs:EPSG::4326"' in answer.text and 'srsName="EPSG:' not in answer.text
    as_json = wfs(request="GetFeature", typeNames="montreuil:points", srsName="EPSG:4326", count=1, outputFormat="json")
    assert as_json.json()["features"][0]["geometry"]["coordinates"] == pytest.approx([2.318793, 48.838112], abs=1e-5)


def test_descriptions_of_all_types_refer_to_one_for_each_publication(wfs, published):
    root = etree.fromstring(wfs(request="DescribeFeatureType").content)
    places = {element.get("namespace"): element.get("schemaLocation") for element in root}
    assert set(places) == {"http://montreuil", "http://autre"}
    described = published.get(places["http://montreuil"].removeprefix(published.process.url)).text
    assert 'name="cantons"' in described and 'name="points"' in described
    assert 'name="jour" minOccurs="0" type="date"' in described


def test_what_is_not_published_is_unknown(wfs):
    for name in ("absente:points", "montreuil:rien", "rien:cantons"):
        answer = wfs(request="GetFeature", typeNames=name)
        assert answer.status_code == 400 and "Exception" in answer.text


def test_parameters_that_would_change_the_mapfile_are_not_heard(wfs):
    hostile = {"map": "/etc/passwd", "map_layer_0_data": "points", "map.layer[0]": "DATA points", "mode": "map"}
    answer = wfs(request="GetFeature", typeNames="montreuil:cantons", count=1, **hostile)
    assert etree.fromstring(answer.content).get("numberMatched") == "61"


def test_a_posted_document_with_entities_is_refused(published):
    body = (
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><wfs:GetFeature service="WFS" version="2.0.0" '
        'xmlns:wfs="http://www.opengis.net/wfs/2.0"><wfs:Query typeNames="montreuil:cantons">&e;</wfs:Query>'
        "</wfs:GetFeature>"
    )
    assert published.get(PATH, method="POST", data=body).status_code == 400


def test_where_nothing_is_published_the_capabilities_list_nothing():
    with served(lambda publications: None) as empty:
        for version in ("1.0.0", "1.1.0", "2.0.0"):
            answer = empty.get(PATH, service="WFS", request="GetCapabilities", version=version)
            root = etree.fromstring(answer.content)
            assert answer.status_code == 200 and not list(root.iter("{*}FeatureType"))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_a_quoted_text_stays_one_string(text):
    """Nothing that people write ends its string early, or its line."""
    quoted = _mapfile.quoted(text)
    inside = quoted[1:-1]
    assert quoted[0] == quoted[-1] == '"' and "\n" not in quoted
    assert '"' not in inside.replace("\\\\", "").replace('\\"', "") and not inside.replace("\\\\", "").endswith("\\")
    assert json.loads(quoted) == _mapfile.plain(text)
