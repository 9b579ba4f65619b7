"""`type_infos`: what is wished laid over what is there, filled in, held against the data."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client.entrepot.stored_data import Relation, StoredData
from geocollab.workflows.entrepot.services import type_infos
from geocollab.workflows.entrepot.services.type_infos import (
    Feature,
    completed,
    extremes,
    layer_names,
    merged,
    problems,
)

DATABASE = StoredData("a", {
    "_id": "a", "name": "base", "type": "VECTOR-DB", "status": "GENERATED",
    "type_infos": {"relations": [
        {"name": "cantons", "attributes": {"ogc_fid": "integer", "geom": "geometry(MultiPolygon,2154)"}},
        {"name": "points", "attributes": ["ogc_fid", "geom"]},
        {"name": "listes", "attributes": {"code": "varchar"}},
    ]},
})  # fmt: skip
PYRAMID = StoredData("b", {
    "_id": "b", "name": "tuiles", "type": "ROK4-PYRAMID-VECTOR", "status": "GENERATED",
    "type_infos": {"tms": "PM", "levels": ["9", "10", "8"]},
})  # fmt: skip
DATA = {"a": DATABASE, "b": PYRAMID}

NAMES = st.sampled_from(["cantons", "points", "listes", "communes"])
WORDS = st.text(alphabet="abcé ", max_size=6)
FEATURES = st.lists(st.builds(Feature, NAMES, WORDS, WORDS, WORDS, st.lists(WORDS, max_size=2).map(tuple)), max_size=3,
                    unique_by=lambda feature: feature.table)  # fmt: skip
BOXES = st.none() | st.tuples(*(st.floats(-90, 90, allow_nan=False) for _ in range(4)))
ABOUT = st.fixed_dictionaries(
    {"title": WORDS, "abstract": WORDS, "keywords": st.lists(WORDS, max_size=2), "bbox": BOXES}
)
IDS = st.sampled_from(["a", "b", "c"])
LEVELS = st.sampled_from(["", "8", "10"])
INFOS = {
    "WFS": st.builds(lambda id, some, box: type_infos.wfs(id, some, bbox=box), IDS, FEATURES, BOXES),
    "WMS-VECTOR": st.builds(
        lambda id, some, about: type_infos.wms_vector(id, [one.table for one in some], **about), IDS, FEATURES, ABOUT
    ),
    "VECTOR-TMS": st.builds(type_infos.vector_tms, IDS, FEATURES),
    "WMTS-TMS": st.builds(
        lambda id, bottom, top, about: type_infos.tiles(id, bottom, top, **about), IDS, LEVELS, LEVELS, ABOUT
    ),
    "DOWNLOAD": st.builds(lambda id, name, title: type_infos.download(id, name or "x", title=title), IDS, WORDS, WORDS),
    "ALTIMETRY": st.builds(lambda id, about: type_infos.altimetry(id, source="s", accuracy="a", **about), IDS, ABOUT),
}
TYPES = st.sampled_from(sorted(INFOS))
WISHES = TYPES.flatmap(lambda type: st.tuples(st.just(type), INFOS[type]))
PAIRS = TYPES.flatmap(lambda type: st.tuples(st.just(type), INFOS[type], INFOS[type]))


def tables(infos):
    return [one.get("native_name") or one.get("name") for one in infos["used_data"][0].get("relations", [])]


# ---------------------------------------------------------------------- laid over


@given(WISHES)
def test_the_same_over_itself_is_the_same(wish):
    type, infos = wish
    assert merged(type, infos, infos) == infos
    assert merged(type, infos, {}) == infos
    assert merged(type, {}, infos) == infos


@given(PAIRS)
def test_every_wish_is_there_and_nothing_else_is_lost(pair):
    type, before, new = pair
    found = merged(type, before, new)
    assert merged(type, found, new) == found  # a second time changes nothing
    for name, value in new.items():
        if name not in ("used_data", "title", "abstract"):
            assert found[name] == value
    for name, value in before.items():
        if name not in new:
            assert found[name] == value
    if type in ("WFS", "WMS-VECTOR", "VECTOR-TMS") and tables(new):
        assert tables(found) == tables(new)


@given(WISHES)
def test_filled_in_once_and_for_all(wish):
    type, infos = wish
    whole = completed(type, infos, DATA, "nom")
    assert completed(type, whole, DATA, "autre") == whole


def test_what_is_said_of_a_table_stays_in_a_swap():
    before = type_infos.wfs("a", [Feature("cantons", "limites", "Titre", "Résumé", ("mot",)), Feature("points")])
    after = merged("WFS", before, type_infos.wfs("c", [Feature("cantons", title="Autre")]))
    assert after["used_data"] == [{
        "stored_data": "c",
        "relations": [{"native_name": "cantons", "public_name": "limites", "title": "Autre", "abstract": "Résumé",
                       "keywords": ["mot"]}],
    }]  # fmt: skip


def test_levels_of_another_pyramid_do_not_stay():
    before = completed("WMTS-TMS", type_infos.tiles("b", "10", "8", title="T"), DATA, "")
    assert merged("WMTS-TMS", before, type_infos.tiles("c"))["used_data"] == [{"stored_data": "c"}]
    assert merged("WMTS-TMS", before, type_infos.tiles("b"))["used_data"][0]["bottom_level"] == "10"


def test_archives_come_in_addition_and_languages_stay():
    one = type_infos.download("a", "un", title="Un", data_title="Archive")
    both = merged("DOWNLOAD", one, type_infos.download("b", "deux", title="One", language="en"))
    assert [used["sub_name"] for used in both["used_data"]] == ["un", "deux"]
    assert both["title"] == {"fr": "Un", "en": "One"}
    again = merged("DOWNLOAD", both, type_infos.download("c", "un"))
    assert [(used["stored_data"], used["sub_name"]) for used in again["used_data"]] == [("c", "un"), ("b", "deux")]
    assert again["used_data"][0]["title"] == {"fr": "Archive"}
    moved = merged("DOWNLOAD", both, type_infos.download("a", "trois"))
    assert [used["sub_name"] for used in moved["used_data"]] == ["deux", "trois"]


# ---------------------------------------------------------------------- filled in


def test_all_tables_and_all_levels():
    assert tables(completed("WFS", type_infos.wfs("a"), DATA, "")) == ["cantons", "points", "listes"]
    assert tables(completed("WMS-VECTOR", type_infos.wms_vector("a"), DATA, "n")) == ["cantons", "points"]
    used = completed("WMTS-TMS", type_infos.tiles("b"), DATA, "n")["used_data"][0]
    assert (used["bottom_level"], used["top_level"]) == ("10", "8")


@given(st.lists(st.integers(0, 22), min_size=1, unique=True))
def test_levels_are_numbers_not_texts(levels):
    assert extremes([str(level) for level in levels]) == (str(max(levels)), str(min(levels)))


def test_levels_with_names_are_taken_in_the_order_of_the_server():
    assert extremes(["17_B", "16", "0_T"]) == ("17_B", "0_T") and extremes([]) == ("", "")


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"g": "geometry(Point,2154)"}, "geometry(Point,2154)"),
        ({"g": "MULTIPOLYGON"}, "MULTIPOLYGON"),
        ({"geom": ""}, "geometry"),
        ({"geom": "text", "code": ""}, ""),
        ({}, ""),
    ],
)
def test_the_geometry_of_a_table(attributes, kind):
    assert type_infos.geometry_of(Relation("t", "TABLE", attributes, ())) == kind


# ---------------------------------------------------------------------- found fault with


def faults(type, infos, data=DATA):
    return problems(type, completed(type, infos, data, "n"), data)


def test_right_ones():
    assert faults("WFS", type_infos.wfs("a", bbox=(2, 48, 3, 49))) == []
    assert faults("WMTS-TMS", type_infos.tiles("b")) == []
    assert faults("WFS", type_infos.wfs("a", [Feature("cantons", "un"), Feature("points", "cantons")])) == []


def changed(data, **raw):
    return replace(data, raw={**data.raw, **raw})


@pytest.mark.parametrize(
    ("type", "infos", "sentence"),
    [
        ("WFS", type_infos.wfs("x"), "There is no stored data x"),
        ("WFS", {"used_data": []}, "No stored data is named"),
        ("WFS", type_infos.wfs("b"), "“tuiles” is stored data of the type ROK4-PYRAMID-VECTOR; here VECTOR-DB"),
        ("WFS", type_infos.wfs("a", [Feature("communes")]), "has no table “communes”; it has cantons, points, listes"),
        ("WFS", type_infos.wfs("a", [Feature("cantons"), Feature("cantons")]), "The table “cantons” is named several"),
        (
            "WFS",
            type_infos.wfs("a", [Feature("cantons", "x"), Feature("points", "x")]),
            "The name “x” is given several",
        ),
        ("WFS", type_infos.wfs("a", bbox=(3, 48, 2, 49)), "The extent is not one in degrees"),
        ("WFS", type_infos.wfs("a", bbox=(2, float("nan"), 3, 49)), "The extent is not one in degrees"),
        ("WMTS-TMS", type_infos.tiles("b", "12"), "has no level 12; it has 9, 10, 8"),
        ("WMTS-TMS", type_infos.tiles("b", "8", "10"), "is below the least detailed one"),
        ("DOWNLOAD", type_infos.download("a", "à part"), "The sub name “à part”"),
        ("ALTIMETRY", type_infos.altimetry("b"), "“source” is missing"),
    ],
)
def test_wrong_ones(type, infos, sentence):
    assert any(sentence in told for told in faults(type, infos)), faults(type, infos)


def test_data_that_is_not_ready_is_several_times_or_has_no_heights():
    assert "is GENERATING" in faults("WFS", type_infos.wfs("a"), {"a": changed(DATABASE, status="GENERATING")})[0]
    twice = {"used_data": [{"stored_data": "b", "bottom_level": "10", "top_level": "8"}] * 2}
    assert "“tuiles” is named several times" in faults("WMTS-TMS", twice)[0]
    raster = changed(PYRAMID, type="ROK4-PYRAMID-RASTER", type_infos={"channels_number": 3, "channels_format": "UINT8"})
    assert (
        "has no heights" in faults("ALTIMETRY", type_infos.altimetry("b", source="s", accuracy="a"), {"b": raster})[0]
    )
    empty = changed(DATABASE, type_infos={"relations": []})
    assert "has no table to publish" in faults("WFS", type_infos.wfs("a"), {"a": empty})[0]


def test_names_of_the_layers():
    infos = type_infos.wfs("a", [Feature("cantons", "limites"), Feature("points")])
    assert layer_names("WFS", "x", infos) == ["x:limites", "x:points"]
    assert layer_names("VECTOR-TMS", "x", infos) == ["x.limites", "x.points"]
    assert layer_names("WMS-VECTOR", "x", infos) == ["x"]
