"""Files, heights and records of what is published: download, altimetry, CSW, annexes."""

import hashlib

import pytest
from lxml import etree

from tests.sandbox.publications import served

ATOM = {"a": "http://www.w3.org/2005/Atom", "g": "https://data.geopf.fr/annexes/ressources/xsd/gpf_dl.xsd"}
CONTENT = bytes(range(256)) * 40
RECORD = (
    '<gmd:MD_Metadata xmlns:gmd="http://www.isotc211.org/2005/gmd" xmlns:gco="http://www.isotc211.org/2005/gco">'
    "<gmd:fileIdentifier><gco:CharacterString>{id}</gco:CharacterString></gmd:fileIdentifier></gmd:MD_Metadata>"
)


def fill(publications):
    first = publications.archive({"donnees.zip": CONTENT, "liste des communes é.txt": "é".encode()})
    second = publications.archive({"autre.7z": b"7z"})
    used = [{"stored_data": first["_id"], "sub_name": "2026_SHP", "zone": "FXX", "format": "SHP",
             "title": {"fr": "En SHP"}},
            {"stored_data": second["_id"], "sub_name": "2026_GPKG", "zone": "FXX", "format": "GPKG"}]  # fmt: skip
    words = {"title": {"en": "Bundle", "fr": "Paquet <é>"}, "abstract": {"en": "Only English"}}
    publications.publish("DOWNLOAD", "paquet", {**words, "used_data": used})
    for number in range(12):
        entry = {"stored_data": second["_id"], "sub_name": "seul"}
        publications.publish("DOWNLOAD", f"autre{number}", {**words, "used_data": [entry]})
    entry = {"stored_data": first["_id"], "sub_name": "2026_SHP"}
    publications.publish("DOWNLOAD", "morceaux", {**words, "used_data": [entry]}, at="gpf-download-chunk")
    heights = publications.raster_tiles(height=1000)
    measured = {"title": "t", "source": {"value": "s"}, "accuracy": {"value": "1 m"}}
    publications.publish("ALTIMETRY", "hauteurs", {"used_data": [{"stored_data": heights["_id"], **measured}]})
    place = publications.one("endpoint", type="METADATA", open=True)["_id"]
    for identifier, type_, endpoints in (
        ("fiche", "ISOAP", [place]),
        ("inspire", "INSPIRE", [place]),
        ("cachee", "INSPIRE", []),
    ):
        body = {"file_identifier": identifier, "type": type_, "private": {"endpoints": endpoints}}
        record = publications.entities.add("metadata", body, publications.datastore["_id"])
        file = publications.entities.folder("metadata", record["_id"]) / "file"
        file.write_text(RECORD.format(id=identifier), encoding="utf-8")
    for path, shown in (("/style/a b.json", True), ("/cache.json", False)):
        body = {"paths": [path], "published": shown, "mime_type": "application/json", "size": 2, "labels": []}
        annexe = publications.entities.add("annexes", body, publications.datastore["_id"])
        (publications.entities.folder("annexes", annexe["_id"]) / "file").write_bytes(b"{}")


@pytest.fixture(scope="module")
def published():
    with served(fill) as publications:
        yield publications


def feed(published, path, **parameters):
    answer = published.get(path, **parameters)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    return etree.fromstring(answer.content)


def links(root):
    return [link.get("href") for link in root.findall("a:entry/a:link", ATOM)]


def test_from_the_capabilities_to_the_bytes(published):
    """As a client goes: publication, stored data, file, each by the address that the feed before gave."""
    place = published.process.url
    root = feed(published, "/telechargement/capabilities", limit=50)
    entry = root.find("a:entry[a:title='Paquet <é>']", ATOM)
    assert entry.findtext("a:summary", namespaces=ATOM) == "Only English"
    inner = feed(published, entry.find("a:link", ATOM).get("href").removeprefix(place))
    assert [title.text for title in inner.findall("a:entry/a:title", ATOM)] == ["En SHP", "2026_GPKG"]
    assert inner.findtext("a:entry/g:editionDate", namespaces=ATOM) == "2026-01-01"
    files = feed(published, links(inner)[0].removeprefix(place))
    link = files.find("a:entry[a:title='donnees.zip']/a:link", ATOM)
    assert link.get(f"{{{ATOM['g']}}}length") == str(len(CONTENT))
    answer = published.get(link.get("href").removeprefix(place))
    assert answer.content == CONTENT
    assert link.get(f"{{{ATOM['g']}}}md5") == hashlib.md5(answer.content, usedforsecurity=False).hexdigest()
    assert published.get(links(files)[1].removeprefix(place)).content.decode() == "é"


def test_feeds_come_by_pages(published):
    pages = [feed(published, "/telechargement/capabilities", page=page) for page in (1, 2, 3)]
    assert [len(page.findall("a:entry", ATOM)) for page in pages] == [10, 3, 0]
    assert pages[0].get(f"{{{ATOM['g']}}}totalentries") == "13" and pages[0].get(f"{{{ATOM['g']}}}pagecount") == "2"
    assert published.get("/telechargement/capabilities", page="0").status_code == 400


def test_feeds_are_filtered(published):
    assert len(links(feed(published, "/telechargement/resource/paquet", format="GPKG"))) == 1
    assert len(links(feed(published, "/telechargement/capabilities", zone="FXX"))) == 1


FILE = "/telechargement/download/paquet/2026_SHP/donnees.zip"


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [("bytes=10-19", 206, 10, 19), ("bytes=10000-", 206, 10000, 10239), ("bytes=-5", 206, 10235, 10239),
     ("bytes=0-999999", 200, 0, 10239), ("bytes=0-1,4-5", 200, 0, 10239), ("bytes=20000-", 416, None, None)],
)  # fmt: skip
def test_a_part_of_a_file(published, asked, status, first, last):
    answer = published.get(FILE, headers={"Range": asked})
    assert answer.status_code == status
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    if status != 416:
        assert answer.content == CONTENT[first : last + 1]


def test_parts_of_files_have_a_place_of_their_own(published):
    """What is on one endpoint is not on the other."""
    root = feed(published, "/chunk/telechargement/capabilities")
    (address,) = links(root)
    assert address == published.process.url + "/chunk/telechargement/resource/morceaux"
    inner = links(feed(published, address.removeprefix(published.process.url)))[0]
    file = links(feed(published, inner.removeprefix(published.process.url)))[0].removeprefix(published.process.url)
    answer = published.get(file, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, CONTENT[10:20])
    for other in (FILE.replace("/telechargement", "/chunk/telechargement"), file.replace("/chunk", "")):
        assert published.get(other).status_code == 404
    headers = {"Content-Type": "application/json"}
    published.get("/_entrepot", headers, method="PUT", data='{"diffusion_limits": 1}')
    statuses = {published.get(file).status_code for _ in range(20)}
    published.get("/_entrepot", headers, method="PUT", data='{"diffusion_limits": 0}')
    assert statuses == {200}, "twice what a whole service allows"


def test_the_head_of_a_file_tells_its_length(published):
    answer = published.get(FILE, method="HEAD")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, str(len(CONTENT)), b"")


ABSENT = ("resource/rien", "resource/paquet/rien", "download/paquet/2026_SHP/rien.zip",
          "download/paquet/2026_SHP/..%2F..%2Fmosaic.tif", "download/paquet/2026_GPKG/donnees.zip")  # fmt: skip


@pytest.mark.parametrize("path", ABSENT)
def test_files_that_are_not_there(published, path):
    assert published.get("/telechargement/" + path).status_code == 404


HEIGHTS = "/altimetrie/1.0/calcul/alti/rest/elevation.json"


def test_heights_are_read_in_the_raster(published):
    asked = {"lon": "2.35|2.0|50", "lat": "48.85|48.85|1", "resource": "hauteurs"}
    found = published.get(HEIGHTS, **asked).json()["elevations"]
    assert [row["z"] for row in found] == [pytest.approx(471.6, abs=1), pytest.approx(342.5, abs=1), -99999]
    assert found[0] == {"lon": 2.35, "lat": 48.85, "z": found[0]["z"], "acc": "1 m"}
    short = published.get(
        HEIGHTS, zonly="true", delimiter=",", resource="hauteurs", lon="2.35,2", lat="48.85,48.85"
    ).json()
    assert short["elevations"] == [row["z"] for row in found[:2]]


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"lat": "48|49"}, 400), ({"lon": "x"}, 400), ({"lon": "nan"}, 400), ({"resource": "rien"}, 404),
     ({"lon": ""}, 400)],
)  # fmt: skip
def test_heights_that_cannot_be_told(published, changes, status):
    assert published.get(HEIGHTS, **{"lon": "2", "lat": "48", "resource": "hauteurs", **changes}).status_code == status


def test_records_as_they_were_stored(published):
    asked = {"service": "CSW", "version": "2.0.2", "request": "GetRecordById", "elementSetName": "full"}
    root = etree.fromstring(published.get("/csw", id="fiche", **asked).content)
    stored = etree.fromstring(RECORD.format(id="fiche"))
    assert [etree.tostring(element, exclusive=True, method="c14n") for element in root] == [
        etree.tostring(stored, exclusive=True, method="c14n")
    ]
    found = {path: len(etree.fromstring(published.get(path, id="fiche,inspire,cachee", **asked).content))
             for path in ("/csw", "/csw/INSPIRE")}  # fmt: skip
    assert found == {"/csw": 2, "/csw/INSPIRE": 1}
    assert published.get("/private/csw", id="fiche", **asked).status_code == 401
    assert b"GetRecordById" in published.get("/csw", service="CSW", request="GetCapabilities").content
    assert published.get("/csw", service="CSW", request="Transaction").status_code == 400


def test_annexes_that_are_published_have_a_tag(published):
    path = "/annexes/montreuil/style/a b.json"
    answer = published.get(path)
    assert (answer.content, answer.headers["content-type"]) == (b"{}", "application/json")
    again = published.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for other in (
        "/annexes/montreuil/cache.json",
        "/annexes/sdis/style/a b.json",
        "/annexes/montreuil/../../etc/passwd",
    ):
        assert published.get(other).status_code == 404


def test_a_file_that_was_replaced_has_another_tag(published):
    path = "/annexes/montreuil/style/a b.json"
    before = published.get(path).headers["etag"]
    annexe = next(a for a in published.entities.all("annexes") if a["published"])
    file = published.entities.folder("annexes", annexe["_id"]) / "file"
    file.write_bytes(b'{"version": 8}')
    assert published.get(path, headers={"If-None-Match": before}).content == b'{"version": 8}'
    file.write_bytes(b"{}")
    assert published.get(path).headers["etag"] == before
