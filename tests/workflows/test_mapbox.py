"""Mapbox styles of vector tiles, made of SLD 1.0.0."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab.workflows.entrepot.styles import mapbox, sld
from tests.workflows import test_sld as of_sld
from tests.workflows.test_sld import COLUMNS, FILL, compared, external, hatch, label, mark, point, rule, se

TILES = "https://tiles.example.org/tms/1.0.0/communes/{z}/{x}/{y}.pbf"
EXPRESSIONS = frozenset(
    "all any ! == != < > <= >= has get to-number to-string concat in slice length downcase upcase + - * / abs".split()
)


def made(*rules, **more):
    """The style as JSON, its layers, and what was lost."""
    found = mapbox.to_mapbox(sld.to_sld_1_0(se(*rules), COLUMNS, **more), "communes", TILES)
    style = json.loads(found.text)
    assert (style["version"], style["sources"]) == (8, {"communes": {"type": "vector", "tiles": [TILES]}})
    ids = [layer["id"] for layer in style["layers"]]
    assert len(set(ids)) == len(ids)
    for layer in style["layers"]:
        assert (layer["source"], layer["source-layer"]) == ("communes", "communes")
        assert layer["type"] in ("fill", "line", "circle", "symbol")
        assert None not in [*layer["paint"].values(), *layer.get("layout", {}).values()]
        check(layer.get("filter", []))
    return style["layers"], found.losses


def check(expression):
    """Lists begin with an operator, and columns are those of the table."""
    if isinstance(expression, list) and expression:
        assert expression[0] in EXPRESSIONS, expression
        if expression[0] in ("get", "has"):
            assert expression[1] in COLUMNS.values()
        else:
            for each in expression[1:]:
                check(each)


def test_a_surface_with_its_outline():
    layers, losses = made(rule(FILL))
    assert [(layer["type"], layer["paint"]) for layer in layers] == [
        ("fill", {"fill-color": "#ff0000"}),
        ("line", {"line-color": "#0000ff", "line-width": 1.0}),
    ]
    assert losses == ()


def test_dashes_caps_and_offset():
    parameters = {
        "stroke": "#112233", "stroke-width": "2", "stroke-opacity": "0.5", "stroke-dasharray": "10 4",
        "stroke-linecap": "round", "stroke-linejoin": "miter",
    }  # fmt: skip
    css = "".join(f'<se:SvgParameter name="{name}">{value}</se:SvgParameter>' for name, value in parameters.items())
    moved = "<se:PerpendicularOffset>3</se:PerpendicularOffset>"
    line = f"<se:LineSymbolizer><se:Stroke>{css}</se:Stroke>{moved}</se:LineSymbolizer>"
    ((layer,), losses) = made(rule(line))
    assert layer["layout"] == {"line-cap": "round", "line-join": "miter"} and losses == ()
    assert layer["paint"] == {
        "line-color": "#112233", "line-width": 2.0, "line-opacity": 0.5, "line-dasharray": [5.0, 2.0],
        "line-offset": -3.0,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "losses"), [("circle", 0), ("star", 1)])
def test_markers_are_circles(name, losses):
    inside = '<se:Fill><se:SvgParameter name="fill">#00ff00</se:SvgParameter></se:Fill>'
    drawn = mark(name).replace("</se:Mark>", f"{inside}</se:Mark>")
    ((layer,), lost) = made(point(drawn + "<se:Opacity>0.5</se:Opacity><se:Size>14</se:Size>"))
    assert layer["paint"] == {"circle-color": "#00ff00", "circle-radius": 7.0, "circle-opacity": 0.5}
    assert len(lost) == losses


def test_what_becomes_plain():
    layers, losses = made(hatch("horline"))
    assert layers[0]["paint"] == {"fill-color": "#00ff00", "fill-opacity": 0.5}
    assert losses == ("Patterns that fill surfaces become plain colours that show through.",)
    _layers, losses = made(point(external("/tmp/a.svg")))
    assert losses[0].startswith("The image “a.svg”")  # what the SLD lost is lost here too


def test_labels():
    font = (
        '<se:Font><se:SvgParameter name="font-size">10</se:SvgParameter><se:SvgParameter name="font-weight">bold'
        "</se:SvgParameter></se:Font>"
    )
    placed = (
        "<se:LabelPlacement><se:PointPlacement><se:AnchorPoint><se:AnchorPointX>0</se:AnchorPointX><se:AnchorPointY>1"
        "</se:AnchorPointY></se:AnchorPoint><se:Displacement><se:DisplacementX>5</se:DisplacementX><se:DisplacementY>-10"
        "</se:DisplacementY></se:Displacement></se:PointPlacement></se:LabelPlacement>"
    )
    white = '<se:Fill><se:SvgParameter name="fill">#fff</se:SvgParameter></se:Fill>'
    halo = f"<se:Halo><se:Radius>2</se:Radius>{white}</se:Halo>"
    ((layer,), losses) = made(label("<ogc:PropertyName>Nom</ogc:PropertyName>", font + placed + halo))
    assert layer["layout"] == {
        "text-field": ["to-string", ["get", "nom"]],
        "text-font": ["Source Sans Pro Bold"],
        "text-size": 10.0,
        "text-anchor": "top-left",
        "text-offset": [0.5, 1.0],
    }
    assert layer["paint"] == {"text-color": "#000000", "text-halo-color": "#fff", "text-halo-width": 2.0}
    assert losses == ()
    ((joined,), _losses) = made(of_sld.unwritten("Nom || ' ' || Code"))
    assert joined["layout"]["text-field"] == [
        "concat", ["to-string", ["get", "nom"]], " ", ["to-string", ["get", "code"]],
    ]  # fmt: skip


def test_scales_are_zoom_levels():
    scales = (
        "<se:MinScaleDenominator>1000</se:MinScaleDenominator><se:MaxScaleDenominator>50000</se:MaxScaleDenominator>"
    )
    layers, _losses = made(rule(FILL, before=scales))
    assert {(layer["minzoom"], layer["maxzoom"]) for layer in layers} == {(12.45, 18.09)}
    assert mapbox.zoom_of(559082264 / 2) == 0 and mapbox.zoom_of(1) == 24 and mapbox.zoom_of(1e12) == 0
    assert mapbox.zoom_of(559082264 / 2**11) == 10


def like(pattern, **attributes):
    told = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<ogc:PropertyIsLike wildCard="%" singleChar="_" escape="\\"{told}><ogc:PropertyName>Nom</ogc:PropertyName>'
        f"<ogc:Literal>{pattern}</ogc:Literal></ogc:PropertyIsLike>"
    )


NOM = ["to-string", ["get", "nom"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (compared("Nom", "a"), ["all", ["has", "nom"], ["==", NOM, "a"]]),
        (compared("Nom", "01"), ["all", ["has", "nom"], ["==", NOM, "01"]]),
        (
            compared("Code", "3", "PropertyIsLessThan"),
            ["all", ["has", "code"], ["<", ["to-number", ["get", "code"]], 3]],
        ),
        ("<ogc:PropertyIsNull><ogc:PropertyName>Nom</ogc:PropertyName></ogc:PropertyIsNull>", ["!", ["has", "nom"]]),
        (like("a%"), ["==", ["slice", NOM, 0, 1], "a"]),
        (like("%ab"), ["==", ["slice", NOM, ["-", ["length", NOM], 2]], "ab"]),
        (like("%A%", matchCase="false"), ["in", "a", ["downcase", NOM]]),
        (like("a"), ["==", NOM, "a"]),
    ],
)
def test_conditions(condition, expected):
    layers, losses = made(rule(FILL, filter=condition))
    assert layers[0]["filter"] == expected and losses == ()


def test_a_condition_without_words_takes_its_rule_with_it():
    layers, losses = made(rule(FILL, title="A", filter=like("a_b%")), rule(FILL, title="B"))
    assert len(layers) == 2 and "filter" not in layers[0]
    assert losses == ("“A” is left out: styles of vector tiles have no LIKE 'a_b%'.",)


def test_else():
    otherwise = "<!--Parser Error: Expression was: ELSE-->"
    layers, _losses = made(rule(FILL, filter=compared("Nom", "a")), rule(FILL, before=otherwise))
    assert layers[-1]["filter"] == ["!", ["any", ["all", ["has", "nom"], ["==", NOM, "a"]]]]
    layers, _losses = made(rule(FILL), rule(FILL, before=otherwise))
    assert len(layers) == 2  # nothing is left for it


def test_a_style_of_which_nothing_is_left():
    style = sld.to_sld_1_0(se(rule("<!--SymbolLayerV2 GradientFill not implemented yet-->")), COLUMNS)
    assert mapbox.to_mapbox(style, "t", TILES).text == ""


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(of_sld.RULES, max_size=4))
def test_whatever_comes_what_goes_is_right_in_form(rules):
    text = [of_sld.etree.tostring(each, encoding="unicode") for each in rules]
    if sld.to_sld_1_0(se(*text), COLUMNS).text:
        style = mapbox.to_mapbox(sld.to_sld_1_0(se(*text), COLUMNS), "communes", TILES)
        if style.text:
            made(*text)
