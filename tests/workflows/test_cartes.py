"""The conventions of cartes.gouv.fr (contract 3.17)."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.workflows.entrepot import cartes
from geocollab.workflows.entrepot.descriptions.record_facts import Link
from geocollab.workflows.entrepot.descriptions.vocabulary import INSPIRE_THEMES

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
_ANNEXE_PATH = re.compile(r"/[^/\s?#%\\]+(/[^/\s?#%\\]+)*")
"""What the API takes as a path."""


def test_tags_are_texts_and_nothing_empty():
    assert cartes.tags("Cantons", upload_id="u", is_sample=False, production_year=2026, producer=None, theme="") == {
        "datasheet_name": "Cantons", "upload_id": "u", "is_sample": "false", "production_year": "2026",
    }  # fmt: skip
    assert cartes.tags("") == {}
    assert cartes.sheet_of(cartes.tags("Cantons")) == "Cantons"


def test_labels_say_what_they_are():
    assert cartes.labels(cartes.STYLE, "Cantons") == ("datasheet_name=Cantons", "type=style")
    assert cartes.told_by(["datasheet_name=Cantons", "type=style", "free"]) == {
        "datasheet_name": "Cantons",
        "type": "style",
    }


@pytest.mark.parametrize("name", ["Cantons du Jura", "bdtopo-3.0_2026", "Forêts (2026)", "L’eau"])
def test_good_names_of_data_sheets(name):
    assert not cartes.sheet_problem(name)


@pytest.mark.parametrize("name", ["", " ", "a=b", "a,b", "a/b", "a\nb", "a#b", "x" * 100])
def test_names_that_paths_and_labels_cannot_hold(name):
    assert cartes.sheet_problem(name)


@pytest.mark.parametrize(
    ("kind", "filename", "more", "pattern"),
    [
        (cartes.STYLE, "Mon style.SLD", {"sheet": "Cantons"}, rf"/style/{UUID}_mon_style\.sld"),
        (cartes.DOCUMENT, "notice.pdf", {"sheet": "Cantons"}, rf"/documents/{UUID}\.pdf"),
        (cartes.DOCUMENTS, "any", {"sheet": "Cantons"}, r"/documents/Cantons\.json"),
        (cartes.THUMBNAIL, "a.png", {"sheet": "Cantons"}, rf"/thumbnail/{UUID}\.png"),
        (cartes.CAPABILITIES, "x.xml", {"owner": "gpf-geoserver-wfs"}, "/gpf-geoserver-wfs/capabilities.xml"),
        (cartes.LEGEND, "x.png", {"owner": "5f0e"}, "/legend/5f0e.png"),
    ],
)
def test_paths(kind, filename, more, pattern):
    path = cartes.path(kind, filename, **more)

    assert re.fullmatch(pattern, path)
    assert cartes.path(kind, filename, **more) == path


@given(kind=st.sampled_from([cartes.STYLE, cartes.DOCUMENT, cartes.THUMBNAIL, cartes.LEGEND]), filename=st.text())
def test_any_file_name_gives_a_path_that_the_api_takes(kind, filename):
    assert _ANNEXE_PATH.fullmatch(cartes.path(kind, filename, sheet="Cantons"))


@given(name=st.text(max_size=30))
def test_a_name_that_is_right_makes_right_labels_and_paths(name):
    if not cartes.sheet_problem(name):
        assert cartes.told_by(cartes.labels("style", name))["datasheet_name"] == name.strip()
        assert "/" not in cartes.path(cartes.DOCUMENTS, "", sheet=name)[len("/documents/") :]


def test_files_of_two_data_sheets_have_two_paths():
    assert cartes.path("style", "a.sld", sheet="A") != cartes.path("style", "a.sld", sheet="B")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("c1", "WMS-VECTOR", "cantons"), "config_c1_style_wmsv_cantons"),
        (("c1", "WMS-RASTER"), "config_c1_style_wmsr"),
        (("c1", "WMTS-TMS"), "config_c1_style_wmts"),
    ],
)
def test_names_of_statics(arguments, name):
    assert cartes.static_name(*arguments) == name


def test_before_the_configuration_a_static_has_a_name_for_now():
    assert re.fullmatch(r"tmp_[0-9a-f-]{36}_style_wmsv_cantons", cartes.static_name("", "WMS-VECTOR", "cantons"))


def test_the_address_of_an_annexe():
    assert cartes.annexe_url("https://data.example/", "mon-depot", "/style/a b.sld") == (
        "https://data.example/annexes/mon-depot/style/a%20b.sld"
    )


def test_one_style_is_current_and_a_name_comes_once():
    extra = cartes.with_style({"legend": 1}, "Clair", [cartes.style_layer("a1", "https://x/1", "l:t")])
    extra = cartes.with_style(extra, "Sombre", [cartes.style_layer("a2", "https://x/2", "l:t")])
    extra = cartes.with_style(extra, "Clair", [cartes.style_layer("a3", "https://x/3", "l:t")], current=False)

    assert extra["legend"] == 1
    assert [(s["name"], s.get("current", False), s["layers"][0]["annexe_id"]) for s in extra["styles"]] == [
        ("Sombre", True, "a2"),
        ("Clair", False, "a3"),
    ]
    assert cartes.style_annexes(extra) == ["a2", "a3"]


def test_the_style_of_tiles_has_no_name_of_a_layer():
    extra = cartes.with_style({}, "Clair", [cartes.style_layer("a1", "https://x/1")])

    assert extra["styles"] == [
        {
            "name": "Clair",
            "technical_name": "clair",
            "layers": [{"annexe_id": "a1", "url": "https://x/1"}],
            "current": True,
        }
    ]


def test_a_legend_points_at_its_annexe():
    assert cartes.style_annexes(cartes.legend("a9", "https://x/l.png")) == ["a9"]


@pytest.mark.parametrize("extra", [{}, {"styles": None}, {"styles": "x"}, {"styles": [{"layers": 3}]}, {"legend": []}])
def test_odd_extras_point_at_nothing(extra):
    assert cartes.style_annexes(extra) == []


def test_documents_are_added_and_replaced():
    one = cartes.with_document(b"", "a1", "Notice", "https://x/1.pdf", description="À lire")
    two = cartes.with_document(one, "l1", "IGN", "https://ign.example", kind="link")
    three = cartes.with_document(two, "a1", "Notice 2", "https://x/1.pdf")

    assert json.loads(three) == [
        {"type": "file", "name": "Notice 2", "id": "a1", "url": "https://x/1.pdf"},
        {"type": "link", "name": "IGN", "id": "l1", "url": "https://ign.example"},
    ]
    assert cartes.documents(b"<html>") == []


def test_the_link_of_a_style_takes_the_place_of_the_one_before():
    links = [cartes.record_link("https://x/csw?ID=1"), cartes.style_link("https://x/1.json", "WMTS-TMS")]

    new = cartes.with_link(links, cartes.style_link("https://x/2.json", "WMTS-TMS"))
    assert new == [links[0], {"format": "application/json", "url": "https://x/2.json", "type": "StyleSheet"}]
    assert cartes.with_link(new, links[0]) == new
    assert cartes.with_link(new, cartes.record_link("https://x/csw?ID=2"))[-1]["url"].endswith("ID=2")
    assert cartes.without_link(new, "https://x/2.json") == [links[0]]
    assert cartes.style_link("https://x/a.qml", "WFS")["type"] == "Other"


def test_what_a_record_says_of_services():
    assert cartes.service_links("WFS", "https://x/wfs/ows?a=1", ["l:t"], open=False) == [
        Link("https://x/wfs/ows?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetCapabilities", "OGC:WFS", "l:t", open=False)
    ]
    assert cartes.service_links("TMS", "https://x/tms/1.0.0/", ["l"], open=True) == [
        Link("https://x/tms/1.0.0/", "OGC:TMS", "l")
    ]
    assert cartes.service_links("ALTIMETRY", "https://x", ["l"], open=True) == []
    assert (cartes.tile_kind("ROK4-PYRAMID-VECTOR"), cartes.tile_kind("ROK4-PYRAMID-RASTER")) == ("TMS", "WMTS")


def test_stored_data_names_the_execution_that_made_it():
    assert cartes.execution_tag("VECTOR-DB", "e") == {"proc_int_id": "e"}
    assert cartes.execution_tag("ROK4-PYRAMID-VECTOR", "e") == {"proc_pyr_creat_id": "e"}
    assert cartes.execution_tag("ARCHIVE", "e") == {}


def test_the_themes_of_inspire_are_34():
    assert len(set(INSPIRE_THEMES)) == 34
