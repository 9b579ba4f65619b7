"""The layers of a community and its geoservices, as the sandbox gives them and in odd forms."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import auth, errors, reading
from geocollab.client.espaceco import geoservices, layers
from geocollab.client.espaceco.api import EspaceCo
from tests.client.raw_server import RawServer, reply

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = ("type", "table", "database", "geoservice", "order", "opacity", "visibility", "role", "snapto",
           "preferred_style", "tools", "ref_tools")  # fmt: skip


def test_the_layers_of_a_community(api, sandbox):
    found = layers.listing(api, 375)
    assert len(sandbox.journal()) == 1
    assert [layer.order for layer in found] == sorted(layer.order for layer in found)
    by_id = {layer.id: layer for layer in found}
    plan, roads = by_id[801], by_id[808]
    assert (plan.kind, plan.geoservice, plan.title, plan.opacity) == (layers.GEOSERVICE, 71, "Plan", 0.8)
    assert (plan.table, plan.database, plan.visible, plan.editable) == (None, None, True, False)
    assert (roads.kind, roads.database, roads.table, roads.geoservice) == (layers.FEATURE_TYPE, 21, 2101, None)
    assert (roads.role, roads.editable, roads.snap_to) == ("ref-edit", True, "806")
    assert roads.preferred_style is not None and roads.ref_tools == {"snap": [806], "shortestpath": [808]}
    assert roads.tools[:2] == ("draw", "modify") and by_id[811].tools is None
    assert [by_id[n].editable for n in (803, 805, 806, 809)] == [False, False, True, False]
    assert not by_id[802].visible
    assert "raw=" not in repr(roads)


def test_a_community_without_layers_and_one_that_is_not_ours(api, make_session, sandbox):
    with pytest.raises(errors.Forbidden):
        layers.listing(api, 512)
    nobody = EspaceCo(make_session(auth.basic("sansgroupe", "sandbox-sansgroupe")), sandbox.url + "/gcms/api")
    with pytest.raises(errors.Forbidden):
        layers.listing(nobody, 375)


def test_layers_that_changed_on_the_server(api, sandbox):
    try:
        sandbox.change("layer", layer=806, set={"role": "visu", "order": 99, "opacity": 0.25})
        sandbox.change("layer_removed", layer=807)
        found = layers.listing(api, 375)
        assert (found[-1].id, found[-1].role, found[-1].editable, found[-1].opacity) == (806, "visu", False, 0.25)
        assert 807 not in {layer.id for layer in found}
    finally:
        sandbox.reset_world()


@pytest.mark.parametrize(
    ("member", "value", "name", "read"),
    [
        ("opacity", "0.5", "opacity", 0.5),
        ("opacity", 7, "opacity", 1.0),
        ("opacity", -1, "opacity", 0.0),
        ("opacity", None, "opacity", 1.0),
        ("opacity", "NaN", "opacity", 1.0),
        ("visibility", "0", "visible", False),
        ("visibility", "false", "visible", False),
        ("visibility", None, "visible", True),
        ("order", "12", "order", 12),
        ("table", {"id": 1734, "name": "x"}, "table", 1734),
        ("preferred_style", {"id": "5"}, "preferred_style", 5),
        ("tools", [], "tools", ()),
        ("tools", "draw", "tools", None),
        ("ref_tools", [], "ref_tools", {}),
        ("type", None, "kind", "feature-type"),
        ("role", "owner", "editable", False),
    ],
)
def test_odd_members_of_a_layer(member, value, name, read):
    row = {"id": "1", "type": "feature-type", "table": 3, "database": 4, "role": "edit", member: value}
    assert getattr(layers.layer_of(row), name) == read


def test_the_kind_is_told_by_the_service():
    assert layers.layer_of({"id": 1, "geoservice": {"id": 7}}).kind == layers.GEOSERVICE
    assert layers.layer_of({"table": 1}) is None


@given(st.dictionaries(st.sampled_from(("id", *MEMBERS)), JSON))
def test_no_layer_is_too_odd(row):
    layer = layers.layer_of(row)
    assert (layer is None) == (reading.integer(row.get("id")) is None)
    assert layer is None or 0 <= layer.opacity <= 1


@given(JSON)
def test_flags_and_numbers_of_any_value(value):
    assert reading.flag(value) in (True, False)
    number = reading.decimal(value)
    assert number is None or number == float(value)


@pytest.mark.parametrize(
    ("value", "read"),
    [(True, True), (1, True), ("1", True), (" TRUE ", True), ("t", True), ("oui", True), (False, False), (0, False),
     ("0", False), ("f", False), ("False", False), ("", False), (None, None), ("peut-être", None), ([], None)],
)  # fmt: skip
def test_every_form_of_a_flag(value, read):
    assert reading.flag(value, True) is (True if read is None else read)
    assert reading.flag(value) is bool(read)


# ------------------------------------------------------------------ geoservices


def test_geoservices_in_parallel(api, sandbox):
    found = geoservices.several(api, [71, 73, 74, 71, 999])
    assert len(sandbox.journal()) == 4
    plan, flow, private = found[71], found[73], found[74]
    assert (plan.title, plan.kind, plan.version, plan.format) == ("Plan", "WMTS", "1.0.0", "image/png")
    assert (plan.layers, plan.min_zoom, plan.max_zoom) == ("PLAN.SANDBOX", 0, 20)
    assert plan.url == sandbox.url + "/flux/wmts?SERVICE=WMTS&VERSION=1.0.0"
    assert (flow.kind, flow.layers) == ("WFS", "sandbox:cantons&cql_filter=insee_dep='75'")
    assert (private.format, private.min_zoom, "/private/" in private.url) == ("", 8, True)
    assert isinstance(found[999], errors.NotFound)
    assert geoservices.get(api, 71) == plan


def test_the_key_of_a_private_flow_is_kept_but_never_said(api):
    private = geoservices.get(api, 74)
    key = private.url.partition("apikey=")[2]
    assert len(key) > 4 and key not in repr(private)
    assert key not in str(errors.NotFound("GET", "http://x/", server_message=f"{key} ?"))


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "//host/wms", "http://[", "", None, 7, []]
)
def test_only_addresses_of_the_web_are_services(make_session, url):
    with RawServer(reply(200, json.dumps({"id": 1, "type": "wms", "url": url}).encode())) as server:
        service = geoservices.get(EspaceCo(make_session(), server.url), 1)
    assert (service.url, service.kind, service.title) == ("", "WMS", "1")
