"""Sections 2.8 and 2.9: layers of a group, styles and their pictures, geoservices and the flows they point to."""

import json
import xml.etree.ElementTree as ET

import pytest
import requests

OPERATORS = {"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$all", "$like", "$nlike", "$regex", "$not"}


@pytest.fixture
def layers(membre):
    return membre.every("/communities/375/layers")


@pytest.fixture
def styles(membre):
    """Every style of every table that a layer shows, children too."""
    found = []
    for database in (9, 21, 34):
        for table in membre.every(f"/databases/{database}/tables"):
            for style in filter(None, [table["style"], *table["styles"]]):
                found += [style, *style["children"]]
    return found


def test_layers_show_every_role_and_both_types(membre, layers):
    assert len(layers) > 20  # more than one page of the default, and of those that the official plugin asks for
    assert len(membre.get("/communities/375/layers").json()) == 10
    assert {layer["type"] for layer in layers} == {"feature-type", "geoservice"}
    assert {layer["role"] for layer in layers} == {"edit", "ref-edit", "ref", "visu"}
    assert [layer["order"] for layer in layers] == sorted(layer["order"] for layer in layers)
    assert {layer["visibility"] for layer in layers} == {True, False}
    assert len({layer["opacity"] for layer in layers}) > 3
    for layer in layers:
        assert (layer["table"] is None) == (layer["type"] == "geoservice") == (layer["geoservice"] is not None)
    ids = {layer["id"] for layer in layers}
    assert any(layer["tools"] for layer in layers)
    assert [layer["ref_tools"] for layer in layers if layer["ref_tools"]] == [{"snap": [806], "shortestpath": [808]}]
    assert {806, 808} <= ids


def test_one_layer_and_refusals(membre, call, layers):
    assert membre.get("/communities/375/layers/808").json() == next(layer for layer in layers if layer["id"] == 808)
    assert membre.get("/communities/375/layers/808", {"fields": "role"}).json() == {"role": "ref-edit"}
    assert membre.get("/communities/375/layers/901").status_code == 404
    assert membre.get("/communities/999/layers").status_code == 404
    assert membre.get("/communities/1/layers").status_code == 403
    assert call("attente").get("/communities/375/layers").status_code == 403
    assert call(None).get("/communities/375/layers").status_code == 401
    assert membre.get("/communities/375/layers", {"type": "geoservice"}).status_code == 400
    assert call("contributeur").get("/communities/512/layers").json() == []


def test_preferred_styles_belong_to_their_tables(membre, layers):
    preferred = [layer for layer in layers if layer["preferred_style"]]
    assert preferred
    for layer in preferred:
        table = membre.get(f"/databases/{layer['database']}/tables/{layer['table']}").json()
        assert layer["preferred_style"] in {style["id"] for style in [table["style"], *table["styles"]]}


def test_styles_show_everything_that_a_style_can_say(styles):
    used = {name for style in styles for name, value in style.items() if value not in (None, [])}
    assert used >= {
        "condition", "fillColor", "fillPattern", "patternColor", "strokeColor", "strokeBorderColor", "strokeLinecap",
        "strokeDashstyle", "directionField", "graphicName", "pointRadius", "externalGraphic", "graphicWidth",
        "graphicHeight", "graphicXOffset", "graphicYOffset", "rotation", "uri", "label", "fontSize", "fontWeight",
        "fontColor", "fontFamily", "labelYOffset", "labelMinZoom",
    }  # fmt: skip
    assert {style["type"] for style in styles} == {"point", "line", "polygon"}
    assert {style["graphicName"] for style in styles} >= {"circle", "square", "triangle", "cross", "x", "star"}
    assert {style["strokeDashstyle"] for style in styles} >= {
        "solid", "dash", "dot", "dashdot", "longdash", "longdashdot", None}  # fmt: skip
    assert {style["strokeLinecap"] for style in styles} == {"butt", "round", "square"}
    assert len({style["id"] for style in styles}) == len({json.dumps(style, sort_keys=True) for style in styles})
    direction = json.loads(next(style["directionField"] for style in styles if style["directionField"]))
    assert set(direction) == {"attribute", "sensDirect", "sensInverse"}


def _operators(condition):
    if isinstance(condition, dict):
        for name, value in condition.items():
            if name.startswith("$"):
                yield name
            yield from _operators(value)
    elif isinstance(condition, list):
        for item in condition:
            yield from _operators(item)


def test_conditions_show_every_operator_and_two_that_nobody_understands(styles):
    parsed, unreadable = [], []
    for text in filter(None, (style["condition"] for style in styles)):
        try:
            parsed.append(json.loads(text))
        except ValueError:
            unreadable.append(text)
    assert {name for condition in parsed for name in _operators(condition)} == OPERATORS | {
        "$and", "$or", "$options", "$presque"}  # fmt: skip
    assert unreadable == ["Entier > 3"]
    assert any(style["condition"] is None for style in styles if style["parent_id"])


def test_the_server_understands_the_conditions_of_its_styles(membre):
    """The language is the one of the WFS filter: the rules of the table with all operators, asked as filters."""
    rules = membre.get("/databases/9/tables/1736").json()["style"]["children"]
    asked = {"service": "WFS", "request": "GetFeature", "typename": "Tous les types (été)", "outputFormat": "JSON"}
    answers = {
        rule["name"]: membre.get("/wfs/demo_guichet", {**asked, "filter": rule["condition"]})
        for rule in rules
        if rule["condition"]
    }
    assert {name for name, answer in answers.items() if answer.status_code == 400} == {
        "Incompréhensible", "Pas du JSON"}  # fmt: skip
    total = len(membre.get("/wfs/demo_guichet", asked).json())
    for name, answer in answers.items():
        if answer.status_code == 200:
            assert 0 < len(answer.json()) < total, name


def test_pictures_of_styles(styles):
    addresses = {style["uri"] for style in styles if style["uri"]}
    assert addresses
    for address in addresses:
        answer = requests.get(address, timeout=30)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
        assert answer.content.startswith(b"\x89PNG")
    base = next(iter(addresses)).split("?")[0]
    assert int.from_bytes(requests.get(base, {"width": 48, "height": 20}, timeout=30).content[16:20], "big") == 48
    assert requests.get(base, {"width": 5000}, timeout=30).status_code == 400
    assert requests.get(base, {"taille": 12}, timeout=30).status_code == 400
    assert requests.get(base.rpartition("/")[0] + "/inconnue.png", timeout=30).status_code == 404


def test_geoservices(membre, call):
    services = {service["id"]: service for service in membre.every("/geoservices")}
    assert {service["type"] for service in services.values()} == {"WMTS", "WMS", "WFS"}
    assert "&cql_filter=" in services[73]["layers"]
    assert "/private/" in services[74]["url"] and "apikey=" in services[74]["url"]
    assert membre.get("/geoservices/74").json() == services[74]
    assert call("contributeur").get("/geoservices/74").status_code == 403
    assert 74 not in {service["id"] for service in call("contributeur").every("/geoservices")}
    assert membre.get("/geoservices/99").status_code == 404
    assert [service["id"] for service in membre.get("/geoservices", {"title": "Plan%"}).json()] == [71, 74]


def _xml(address, **params):
    answer = requests.get(address, params, timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    return ET.fromstring(answer.content)


def test_flows_answer_at_the_addresses_of_the_geoservices(membre):
    services = {service["id"]: service for service in membre.every("/geoservices")}
    for id_, root in ((71, "Capabilities"), (72, "WMS_Capabilities"), (73, "WFS_Capabilities"),
                      (74, "WMS_Capabilities")):  # fmt: skip
        assert _xml(services[id_]["url"], REQUEST="GetCapabilities").tag.endswith("}" + root)
    tile = {"REQUEST": "GetTile", "LAYER": services[71]["layers"], "TILEMATRIXSET": "PM", "TILEMATRIX": 12,
            "TILECOL": 2074, "TILEROW": 1409}  # fmt: skip
    assert requests.get(services[71]["url"], tile, timeout=30).content.startswith(b"\x89PNG")
    assert requests.get(services[71]["url"], {**tile, "TILECOL": 5000}, timeout=30).status_code == 404
    picture = {"REQUEST": "GetMap", "WIDTH": 64, "HEIGHT": 32}
    for id_ in (72, 74):
        address = services[id_]["url"]
        assert requests.get(address, {**picture, "LAYERS": services[id_]["layers"]}, timeout=30).content[1:4] == b"PNG"
        assert requests.get(address, {**picture, "LAYERS": "autre"}, timeout=30).status_code == 400
    without_key = services[74]["url"].split("?")[0]
    assert requests.get(without_key, {"REQUEST": "GetCapabilities"}, timeout=30).status_code == 403
    assert requests.get(without_key, {"apikey": "devinée"}, timeout=30).status_code == 403  # pragma: allowlist secret


def test_the_wfs_flow_gives_the_cantons(membre):
    service = membre.get("/geoservices/73").json()
    name, _, condition = service["layers"].partition("&cql_filter=")
    whole = _xml(service["url"], REQUEST="GetFeature", TYPENAME=name)
    assert whole.get("numberOfFeatures") == "61"
    paris = _xml(service["url"], REQUEST="GetFeature", TYPENAME=name, CQL_FILTER=condition)
    assert [item.text for item in paris.iter("{http://sandbox.invalid/flux}nom")] == ["Paris"]
    lat, lon = map(float, next(paris.iter("{http://www.opengis.net/gml}posList")).text.split()[:2])
    assert (round(lat, 1), round(lon, 1)) == (48.8, 2.4)
    assert len(list(_xml(service["url"], REQUEST="DescribeFeatureType").iter())) > 5
    assert requests.get(service["url"], {"REQUEST": "GetFeature", "TYPENAME": name, "CQL_FILTER": "1=1"},
                        timeout=30).status_code == 400  # fmt: skip


def test_the_key_of_a_flow_is_not_in_the_journal(sandbox, membre):
    requests.get(membre.get("/geoservices/74").json()["url"], timeout=30)
    assert ["apikey", "***"] in sandbox.journal("private")[-1]["query"]
