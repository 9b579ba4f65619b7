"""From a delivery to what the services serve, by the API alone: published, changed, synchronised, taken away."""

import re
import sys

import pytest
from osgeo import gdal, ogr

from sandbox.process import SandboxProcess
from tests.sandbox import entrepot_work as work
from tests.sandbox.entrepot_calls import ABOUT, Office
from tests.sandbox.publications import SLD, count_of, polygons, tile_at

RED, BLUE = "#d03030", "#3070b0"


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=1, features=1, rate=0, python=sys.executable) as running:
        yield running


@pytest.fixture(scope="module")
def office(process):
    return Office(process)


@pytest.fixture(scope="module")
def data(office):
    return work.database(office, srs="EPSG:2154")


@pytest.fixture
def ask(office):
    return lambda path, **params: office.session.get(office.process.url + path, params=params, timeout=30)


def publish(office, type_, layer_name, infos, endpoint, **more):
    body = {"type": type_, "name": layer_name, "layer_name": layer_name, "type_infos": infos}
    configuration = office.made("configurations", body)
    offering = office.offer(configuration, endpoint, **more).json()
    assert office.settle(offering, "PUBLISHED", "UNSTABLE") == "PUBLISHED"
    return configuration, office.read(f"offerings/{offering['_id']}")


def wfs_names(ask):
    text = ask("/wfs", service="WFS", request="GetCapabilities").text
    return set(re.findall("<Name>([^<]+)</Name>", text))


def test_vectors_come_back_as_they_were_delivered_until_they_are_taken_away(office, data, ask):
    relation = data["type_infos"]["relations"][0]["name"]
    used = [{"stored_data": data["_id"], "relations": [{"native_name": relation, "public_name": "lieux", **ABOUT}]}]
    _, offering = publish(office, "WFS", "essai_wfs", {"used_data": used}, "gpf-geoserver-wfs")
    address = next(url["url"] for url in offering["urls"] if url["type"] == "WFS")
    service = gdal.OpenEx(f"WFS:{address}?VERSION=2.0.0", gdal.OF_VECTOR)
    read = {feature["code"]: feature for feature in service.GetLayerByName("essai_wfs:lieux")}
    delivered = ogr.Open(str(work.CANTONS))
    kept = {feature["code"]: feature for feature in delivered.GetLayer(0)}
    assert set(read) == set(kept) and len(kept) == 61
    assert all(read[code]["nom"] == kept[code]["nom"] for code in kept)
    assert wfs_names(ask) == {"essai_wfs:lieux"}
    assert office("DELETE", f"offerings/{offering['_id']}").status_code == 202
    office.settle(offering, "UNPUBLISHED")
    assert wfs_names(ask) == set()
    assert office("PUT", f"offerings/{offering['_id']}").status_code < 300
    office.settle(offering, "PUBLISHED")
    assert wfs_names(ask) == {"essai_wfs:lieux"}


def test_a_new_style_is_drawn_once_the_offering_is_synchronised(office, data, ask):
    style = office.style(content=SLD.format(rules=polygons(RED))).json()
    relation = data["type_infos"]["relations"][0]["name"]
    used = [{"stored_data": data["_id"], "relations": [{"name": relation, "style": style["_id"]}]}]
    _, offering = publish(office, "WMS-VECTOR", "essai_wms", {**ABOUT, "used_data": used}, "gpf-geoserver-wms-v")

    def colours():
        picture = ask("/wms-v/geoserver/ows", service="WMS", version="1.3.0", request="GetMap", layers="essai_wms",
                      styles="", crs="EPSG:2154", bbox="636000,6845000,670000,6875000", width=200, height=180,
                      format="image/png").content  # fmt: skip
        return {name for name in (RED, BLUE) if count_of(picture, name) > 5000}

    assert colours() == {RED}
    new = SLD.format(rules=polygons(BLUE))
    assert office("PUT", f"statics/{style['_id']}", files={"file": ("style.sld", new)}).status_code == 200
    assert colours() == {RED}
    assert office("PUT", f"offerings/{offering['_id']}").status_code < 300
    office.settle(offering, "PUBLISHED")
    assert colours() == {BLUE}


def test_tiles_of_a_computed_pyramid(office, data, ask):
    relation = data["type_infos"]["relations"][0]["name"]
    composition = [{"table": relation, "bottom_level": "11", "top_level": "9", "attributes": ["nom"]}]
    pyramid, _ = work.run(office, work.TILES, data=[data["_id"]], output=["PYRAMIDE"], composition=composition)
    used = [{"stored_data": pyramid["_id"], "bottom_level": "11", "top_level": "9"}]
    _, offering = publish(office, "WMTS-TMS", "essai_tms", {**ABOUT, "used_data": used}, "gpf-rok4-server-wmts-tms")
    addresses = {url["type"]: url["url"] for url in offering["urls"]}
    described = ask("/tms/1.0.0/essai_tms/metadata.json").json()
    assert addresses["TMS"].startswith(described["tiles"][0].partition("essai_tms")[0])
    assert (described["minzoom"], described["maxzoom"]) == (9, 11) and described["vector_layers"][0]["id"] == relation
    west, south, east, north = described["bounds"]
    assert 2.1 < west < 2.2 < east < 2.6 and 48.7 < south < 48.8 < north < 49
    column, row = tile_at(10, 2.35, 48.85)
    tile = ask(f"/tms/1.0.0/essai_tms/10/{column}/{row}.pbf")
    assert tile.status_code == 200 and b"Paris" in tile.content and b"essai" not in tile.content


def test_a_restricted_service_by_permission_key_and_access(office, data, ask):
    relation = data["type_infos"]["relations"][0]["name"]
    used = [{"stored_data": data["_id"], "relations": [{"native_name": relation, **ABOUT}]}]
    infos = {"used_data": used}
    _, offering = publish(office, "WFS", "essai_prive", infos, "gpf-geoserver-wfs-private", open=False)
    reader = Office(office.process, "contributeur")
    body = {
        "licence": "libre",
        "offerings": [offering["_id"]],
        "type": "ACCOUNT",
        "users": [reader.read("/users/me")["_id"]],
    }
    (permission,) = office.made("permissions", body)
    key = reader.made("/users/me/keys", {"name": "clé", "type": "HASH", "type_infos": {}})

    def status_and_rows():
        answer = ask("/private/wfs", service="WFS", version="2.0.0", request="GetFeature", resultType="hits",
                     typeNames=f"essai_prive:{relation}", apikey=key["type_infos"]["hash"])  # fmt: skip
        return answer.status_code, re.findall('numberMatched="([0-9]+)"', answer.text)

    assert status_and_rows() == (400, [])
    granted = {"permission": permission["_id"], "offerings": [offering["_id"]]}
    assert reader.post(f"/users/me/keys/{key['_id']}/accesses", granted).status_code == 204
    assert status_and_rows() == (200, ["61"])
    assert ask("/private/wfs", service="WFS", request="GetCapabilities").status_code == 401
    assert office("DELETE", f"permissions/{permission['_id']}").status_code < 300
    assert status_and_rows() == (400, [])
