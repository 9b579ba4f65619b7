"""The styles of group layers: which symbol each object gets, how it looks, and what becomes of odd styles."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsGeometry,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QBuffer, QIODevice, QSize
from qgis.PyQt.QtGui import QColor, QImage

from geocollab.provider.compat import field as qgis_field
from geocollab.provider.groups.group_styles import apply_styles, apply_view, dress, fields_of
from geocollab.workflows.layers.zooms import SCALES, scale_of
from sandbox.world import styles as world

SIDE = 200
KINDS = {"Point": "POINT(100 100)", "LineString": "LINESTRING(20 100, 180 100)",
         "Polygon": "POLYGON((40 40, 160 40, 160 160, 40 160, 40 40))"}  # fmt: skip
OF_KIND = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
BACKGROUND = "#ffffff"


@pytest.fixture
def layer_of(qgis_app):
    """`layer_of("Point", {"nom": "text"}, rows)`: a layer with an object for each row, all at the same place."""
    kept = []

    def make(kind="Point", kinds=None, rows=({},), wkt=None):
        layer = QgsVectorLayer(f"{kind}?crs=EPSG:3857", "couche", "memory")
        layer.dataProvider().addAttributes([qgis_field(name, each) for name, each in (kinds or {}).items()])
        layer.updateFields()
        for row in rows:
            feature = QgsFeature(layer.fields())
            feature.setGeometry(QgsGeometry.fromWkt(wkt or KINDS[kind]))
            for name, value in row.items():
                feature[name] = value
            layer.dataProvider().addFeatures([feature])
        layer.updateExtents()
        kept.append(layer)
        return layer

    return make


def png(color, width=8, height=8):
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(QColor(color))
    written = QBuffer()
    written.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(written, "PNG")
    return bytes(written.data())


def picture(layer):
    """The layer at one pixel a unit, 96 dpi: pixels of styles are pixels here."""
    view = QgsMapSettings()
    view.setLayers([layer])
    view.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    view.setExtent(QgsRectangle(0, 0, SIDE, SIDE))
    view.setOutputSize(QSize(SIDE, SIDE))
    view.setOutputDpi(96)
    view.setBackgroundColor(QColor(BACKGROUND))
    job = QgsMapRendererSequentialJob(view)
    job.start()
    job.waitForFinished()
    assert not job.errors()
    return job.renderedImage()


def color_at(image, x, y):
    """The colour at map coordinates."""
    return image.pixelColor(x, SIDE - 1 - y).name()


def painted(image):
    return sum(image.pixelColor(x, y).name() != BACKGROUND for x in range(SIDE) for y in range(SIDE))


def spots(image, color):
    """Where (map coordinates) the picture has exactly this colour."""
    wanted = QColor(color).rgb()
    return [(x, SIDE - 1 - y) for x in range(SIDE) for y in range(SIDE) if image.pixel(x, y) == wanted]


def context_of(layer, feature):
    context = QgsRenderContext()
    scopes = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    scopes.setFeature(feature)
    context.setExpressionContext(scopes)
    return context


def drawn_by(layer):
    """The colours of the symbols of each object, in the order of the objects."""
    renderer, found = layer.renderer().clone(), []
    for feature in layer.getFeatures():
        context = context_of(layer, feature)
        renderer.startRender(context, layer.fields())
        if renderer.type() == "singleSymbol":
            symbols = [renderer.symbol()]
        else:  # not `symbolsForFeature`: it gives the symbol for the others too
            keys = renderer.legendKeysForFeature(feature, context)
            rules = [rule for rule in renderer.rootRule().children() if rule.ruleKey() in keys]
            symbols = [rule.symbol() for rule in rules]
        found.append([symbol.color().name() for symbol in symbols])
        renderer.stopRender(context)
    return found


def rules_of(layer):
    return [(rule.label(), rule.filterExpression()) for rule in layer.renderer().rootRule().children()]


def child(name, condition, color, **more):
    return world.style(name, "point", 9, condition=condition, **world.marker("circle", 6, color), **more)


# Rules


def test_each_object_gets_the_symbol_of_its_rule(layer_of):
    rows = [{"zone": "Zone1", "capacite": 9}, {"zone": "Zone2", "capacite": 9}, {"zone": None, "capacite": 1},
            {"zone": "Zone2", "capacite": None}]  # fmt: skip
    layer = layer_of("Point", {"zone": "text", "capacite": "integer", "garde": "flag", "nom pharmacie": "text"}, rows)
    assert apply_styles(layer, [world.PHARMACIES], None, {}) == [
        "Style “Pharmacies”: the picture "
        + world.PHARMACIES["children"][0]["uri"]
        + " is missing; a plain marker is drawn instead."
    ]
    assert rules_of(layer) == [
        ("De garde", '"garde" = true'),
        ("Zone 1", "\"zone\" = 'Zone1'"),
        ("Grandes", '"capacite" > 5'),
        ("Sans zone", '"zone" IS NULL'),
        ("Autres", "ELSE"),
    ]
    assert drawn_by(layer) == [["#1f78b4", "#e31a1c"], ["#e31a1c"], ["#ff7f00"], ["#6a3d9a"]]


def test_without_a_rule_for_the_others_the_style_itself_is_it(layer_of):
    style = world.style("Tout", "point", 9, **world.marker("circle", 6, "#010203"),
                        children=(child("Un", {"n": 1}, "#040506"),))  # fmt: skip
    layer = layer_of("Point", {"n": "integer"}, [{"n": 1}, {"n": 2}, {}])
    assert apply_styles(layer, [style], None, {}) == []
    assert rules_of(layer) == [("Un", '"n" = 1'), ("Default", "ELSE")]
    assert drawn_by(layer) == [["#040506"], ["#010203"], ["#010203"]]


def test_a_condition_that_cannot_be_understood_is_left_out_with_a_warning(layer_of):
    kinds = {"Entier": "integer", "Double précision": "number", "Date": "day", "Horodatage": "moment", "Liste": "text",
             "Étiquettes": "text", "Texte": "text", "Booléen": "flag"}  # fmt: skip
    layer = layer_of("Point", kinds, [{"Entier": 100}])
    assert apply_styles(layer, [world.OPERATEURS], None, {}) == [
        "Style “Tous les opérateurs”: the rule “Incompréhensible” was left out. "
        "Its condition has the unknown operator $presque.",
        "Style “Tous les opérateurs”: the rule “Pas du JSON” was left out. Its condition is not JSON.",
    ]
    assert len(rules_of(layer)) == 23
    # of the number: `$or` is not satisfied, `$not` is not; of nulls: the one that says so
    assert drawn_by(layer) == [["#000007"]]


def test_a_second_rule_for_the_others_is_left_out(layer_of):
    style = world.style("S", "point", 9, children=(child("A", None, "#010203"), child("B", None, "#040506")))
    layer = layer_of()
    assert apply_styles(layer, [style], None, {}) == [
        "Style “S”: the rule “B” was left out. There is another one for all other objects."
    ]
    assert drawn_by(layer) == [["#010203"]]


def test_a_single_style_with_a_condition_draws_only_what_satisfies_it(layer_of):
    layer = layer_of("Point", {"n": "integer"}, [{"n": 1}, {"n": 2}])
    apply_styles(layer, [child("Un", '{"n": 1}', "#040506")], None, {})
    assert drawn_by(layer) == [["#040506"], []]


def test_columns_that_are_called_otherwise_in_the_layer(layer_of):
    layer = layer_of("Point", {"texte_2": "text"}, [{"texte_2": "a"}])
    style = child("A", {"texte": "a"}, "#040506", **world.label("${texte} !"))
    assert apply_styles(layer, [style], None, {}, {"texte": "texte_2"}) == []
    assert rules_of(layer) == [("A", "\"texte_2\" = 'a'")]
    assert labels_of(layer)[0][1] == "concat(\"texte_2\", ' !')"


def test_the_types_are_those_that_the_layer_has(layer_of):
    """A boolean of SpatiaLite is a number in old versions."""
    layer = layer_of("Point", {"a": "flag", "b": "integer", "c": "day", "d": "moment", "e": "number", "f": "text"})
    assert [field.type for field in fields_of(layer).values()] == [
        "Boolean", "Integer", "Date", "DateTime", "Double", "String"
    ]  # fmt: skip
    for name, value in {"a": True, "b": True, "c": "2023-09-01", "d": "2023-09-01 00:00:00"}.items():
        apply_styles(layer, [child("A", {name: value}, "#040506")], None, {})
        assert not layer.renderer().rootRule().children()[0].filter().hasParserError()


# Pictures


@pytest.mark.parametrize(
    ("shape", "inside", "outside"),
    [
        ("circle", [(100, 100), (100, 115)], [(114, 114), (125, 100)]),
        ("square", [(100, 100), (114, 114), (86, 86)], [(125, 100)]),
        ("triangle", [(100, 100), (88, 88)], [(86, 114), (114, 114)]),
        ("cross", [(100, 100), (100, 114), (86, 100)], [(112, 112)]),
        ("x", [(100, 100), (108, 108), (92, 108)], [(100, 112), (112, 100)]),
        ("star", [(100, 100), (100, 110)], [(113, 89 + 24)]),
        ("inconnu", [(100, 100), (100, 115)], [(114, 114)]),
    ],
)
def test_shapes_of_points(layer_of, shape, inside, outside):
    layer = layer_of()
    apply_styles(layer, [world.style("S", "point", 9, **world.marker(shape, 18, "#ff7f00"))], None, {})
    image = picture(layer)
    assert {color_at(image, *place) for place in inside} == {"#ff7f00"}
    assert {color_at(image, *place) for place in outside} == {BACKGROUND}


@pytest.mark.parametrize("shape", ["circle", "square", "triangle", "cross", "x", "star"])
def test_a_wide_outline_does_not_hide_the_colour_of_a_small_point(layer_of, shape):
    layer = layer_of()
    style = world.style("S", "point", 9, **world.marker(shape, 5, "#ff7f00", strokeColor="#0000ff", strokeWidth=2))
    apply_styles(layer, [style], None, {})
    middle = QColor(color_at(picture(layer), 100, 100))
    assert middle.red() > middle.blue() + 30


def test_points_are_turned_and_moved_right_and_down(layer_of):
    layer = layer_of()
    style = world.style("S", "point", 9, **world.marker("square", 10, "#ff7f00", rotation="45", graphicXOffset=40,
                                                        graphicYOffset="20"))  # fmt: skip
    apply_styles(layer, [style], None, {})
    marks = spots(picture(layer), "#ff7f00")
    middle = [sum(values) / len(marks) for values in zip(*marks)]
    width = max(x for x, _y in marks) - min(x for x, _y in marks)
    assert 20 < width < 30
    assert middle == pytest.approx([140, 80], abs=1.5)


def test_pictures_are_in_the_style_itself(layer_of, tmp_path):
    style = world.style("S", "point", 9, **world.image("borne.png", 40, 20), graphicOpacity=1)
    layer = layer_of()
    assert apply_styles(layer, [style], None, {style["uri"]: png("#2272b4")}) == []
    marks = spots(picture(layer), "#2272b4")
    assert (min(x for x, _ in marks), max(x for x, _ in marks)) == pytest.approx((80, 119), abs=1)
    assert (min(y for _, y in marks), max(y for _, y in marks)) == pytest.approx((90, 109), abs=1)
    layer.saveNamedStyle(str(tmp_path / "style.qml"))
    text = (tmp_path / "style.qml").read_text(encoding="utf-8")
    assert "base64:" in text
    assert "http" not in text.replace("http://mrcc.com", "").replace("http://www.w3.org", "")


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nnonsense", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_no_picture_becomes_a_marker_with_a_warning(layer_of, content):
    layer = layer_of()
    style = world.style("S", "point", 9, uri="https://x/y.png", fillColor="#ff7f00")
    assert apply_styles(layer, [style], None, {"https://x/y.png": content}) == [
        "Style “S”: the picture https://x/y.png is missing; a plain marker is drawn instead."
    ]
    assert color_at(picture(layer), 100, 100) == "#ff7f00"


def test_opacity(layer_of):
    for kind, place in {"Point": (100, 100), "LineString": (100, 100), "Polygon": (100, 100)}.items():
        members = {"fillColor": "#000000", "fillOpacity": 0.5, "strokeColor": "#000000", "strokeOpacity": 0.5,
                   "strokeWidth": 8, "pointRadius": 20}  # fmt: skip
        layer = layer_of(kind)
        apply_styles(layer, [world.style("S", OF_KIND[kind], 9, **members)], None, {})
        assert 120 < QColor(color_at(picture(layer), *place)).red() < 135
    layer = layer_of()
    apply_styles(
        layer, [world.style("S", "point", 9, pointRadius=20, fillColor="#000000", graphicOpacity=0.5)], None, {}
    )
    assert 120 < QColor(color_at(picture(layer), 100, 100)).red() < 135


def test_a_line_has_its_width_and_its_border(layer_of):
    layer = layer_of("LineString")
    style = world.style("S", "line", 9, strokeColor="#e31a1c", strokeWidth=10, strokeBorderColor="#7f0000")
    apply_styles(layer, [style], None, {})
    image = picture(layer)
    colors = [color_at(image, 100, y) for y in range(90, 111)]
    assert 9 <= colors.count("#e31a1c") <= 10
    assert 1 <= colors.count("#7f0000") <= 2
    assert colors[0] == colors[-1] == BACKGROUND


def test_the_border_of_a_line_does_not_cut_another_line(layer_of):
    layer = layer_of("LineString", {}, [{}], "LINESTRING(20 100, 180 100)")
    other = QgsFeature(layer.fields())
    other.setGeometry(QgsGeometry.fromWkt("LINESTRING(100 20, 100 180)"))
    layer.dataProvider().addFeatures([other])
    style = world.style("S", "line", 9, strokeColor="#e31a1c", strokeWidth=10, strokeBorderColor="#7f0000")
    apply_styles(layer, [style], None, {})
    image = picture(layer)
    assert {color_at(image, x, 100) for x in range(40, 160)} == {"#e31a1c"}


@pytest.mark.parametrize("cap", ["butt", "round", "square", "inconnu"])
@pytest.mark.parametrize(
    ("dash", "least", "most"),
    [(None, 150, 170), ("solid", 150, 170), ("inconnu", 150, 170), ("dash", 70, 125), ("dot", 20, 70),
     ("dashdot", 50, 110), ("longdash", 95, 140), ("longdashdot", 80, 130)],
)  # fmt: skip
def test_dashes(layer_of, dash, cap, least, most):
    layer = layer_of("LineString")
    style = world.style("S", "line", 9, strokeColor="#000000", strokeWidth=4, strokeDashstyle=dash, strokeLinecap=cap)
    apply_styles(layer, [style], None, {})
    image = picture(layer)
    dark = sum(QColor(color_at(image, x, 100)).red() < 128 for x in range(SIDE))
    assert least <= dark <= most


@pytest.mark.parametrize("written", [json.dumps, dict])
def test_arrows_follow_the_direction(layer_of, written):
    direction = written({"attribute": "sens", "sensDirect": "Sens direct", "sensInverse": "Sens inverse"})
    style = world.style("S", "line", 9, strokeColor="#1f78b4", strokeWidth=3, directionField=direction)
    leaning = {}
    for sense in ("Sens direct", "Sens inverse", "Double sens", None):
        layer = layer_of("LineString", {"sens": "text"}, [{"sens": sense}])
        assert apply_styles(layer, [style], None, {}) == []
        high = [x for x, y in spots(picture(layer), "#1f78b4") if abs(y - 100) > 3]
        leaning[sense] = sum(high) / len(high) - 100 if high else None
    # the broad end of the head is behind
    assert leaning["Sens direct"] < -0.5
    assert leaning["Sens inverse"] > 0.5
    assert leaning["Double sens"] is None and leaning[None] is None


def test_arrows_by_a_column_that_is_not_there(layer_of):
    style = world.style("S", "line", 9, directionField='{"attribute": "perdu", "sensDirect": "a"}')
    assert apply_styles(layer_of("LineString"), [style], None, {}) == [
        "Style “S”: arrows are left out, since their column or its values cannot be read."
    ]


def test_areas(layer_of):
    layer = layer_of("Polygon")
    apply_styles(
        layer, [world.style("S", "polygon", 9, fillColor="#b2df8a", strokeColor="#000000", strokeWidth=4)], None, {}
    )
    image = picture(layer)
    assert color_at(image, 100, 100) == "#b2df8a"
    assert color_at(image, 40, 100) == "#000000"
    assert color_at(image, 30, 100) == BACKGROUND
    apply_styles(layer, [world.style("S", "polygon", 9, fillColor=None, strokeColor="#000000")], None, {})
    image = picture(layer)
    assert color_at(image, 100, 100) == BACKGROUND
    apply_styles(layer, [world.style("S", "polygon", 9, fillColor=None, strokeColor=None)], None, {})
    assert painted(picture(layer)) > 300  # something must be seen


@pytest.mark.parametrize("pattern", ["hatch", "cross", "dot", "circle", "square", "tile", "inconnu"])
def test_patterns(layer_of, pattern):
    layer = layer_of("Polygon")
    style = world.style("S", "polygon", 9, fillColor="#ffff00", fillPattern=pattern, patternColor="#0000ff")
    apply_styles(layer, [style], None, {})
    image = picture(layer)
    inside = [QColor(color_at(image, x, y)) for x in range(60, 140) for y in range(60, 140)]
    blue = sum(color.blue() > color.red() for color in inside)
    yellow = sum(color.name() == "#ffff00" for color in inside)
    assert blue > 60
    assert yellow > 1000


# Labels


def labels_of(layer):
    rules = layer.labeling().rootRule().children()
    return [(rule.filterExpression(), rule.settings().fieldName, rule.minimumScale()) for rule in rules]


def test_labels_of_the_style_are_on_every_object(layer_of):
    layer = layer_of("Point", {"nom pharmacie": "text", "zone": "text", "capacite": "integer", "garde": "flag"})
    apply_styles(layer, [world.PHARMACIES], None, {})
    assert labels_of(layer) == [("", 'concat("nom pharmacie")', 34124)]
    assert layer.labelsEnabled()
    text = layer.labeling().rootRule().children()[0].settings().format()
    assert text.size() == 9
    assert text.font().bold()
    assert text.color().name() == "#1a1a1a"
    assert text.families()[0] == "Arial"


def test_a_child_may_have_labels_of_its_own(layer_of):
    children = (child("A", {"n": 1}, "#010203", label="Numéro ${n} de l'${nom}", labelMinZoom=30),
                child("B", None, "#010203"))  # fmt: skip
    style = world.style("S", "point", 9, label="nom", children=children)
    layer = layer_of("Point", {"nom": "text", "n": "integer"})
    apply_styles(layer, [style], None, {})
    assert labels_of(layer) == [
        ('"n" = 1', "concat('Numéro ', \"n\", ' de l''', \"nom\")", SCALES[-1]),
        ("ELSE", '"nom"', 0),
    ]


def test_a_label_is_where_its_offset_says_and_in_its_colour(layer_of):
    layer = layer_of("Point", {"nom": "text"}, [{"nom": "■■■■"}])
    label = {"label": "nom", "fontColor": "#ff0000", "fontSize": "16px", "labelXOffset": 40, "labelYOffset": -50}
    style = {**child("A", None, "#ffffff", strokeWidth=0), **label}
    apply_styles(layer, [style], None, {})
    marks = red(picture(layer))
    assert sum(x for x, _ in marks) / len(marks) == pytest.approx(140, abs=5)
    assert sum(y for _, y in marks) / len(marks) == pytest.approx(150, abs=8)


def red(image):
    found = []
    for x in range(SIDE):
        for y in range(SIDE):
            color = QColor(color_at(image, x, y))
            if color.red() > 200 and color.green() < 100:
                found.append((x, y))
    return found


def test_a_label_that_names_an_unknown_column_says_so(layer_of):
    layer = layer_of("Point", {"nom": "text"})
    assert apply_styles(layer, [child("A", None, "#010203", label="${perdu} ${nom}")], None, {}) == [
        "Style “A”: its labels name the column perdu, which the layer does not have."
    ]
    assert labels_of(layer)[0][1] == "concat(' ', \"nom\")"
    apply_styles(layer, [child("B", None, "#010203")], None, {})
    assert not layer.labelsEnabled()


# Alternatives


STYLES = [
    world.style("Un", "point", 9, **world.marker("circle", 6, "#000001")),
    world.style("Deux", "point", 9, **world.marker("circle", 6, "#000002")),
    world.style("Deux", "point", 9, **world.marker("circle", 6, "#000003")),
]


def test_alternatives_are_named_styles_with_the_preferred_one_current(layer_of):
    layer = layer_of("Point", {"n": "integer"})
    layer.setFieldAlias(0, "Nombre")
    apply_styles(layer, [*STYLES, STYLES[0]], STYLES[1]["id"], {})
    manager = layer.styleManager()
    assert sorted(manager.styles()) == ["Deux", "Deux (2)", "Un"]
    assert manager.currentStyle() == "Deux"
    for name, color in {"Un": "#000001", "Deux (2)": "#000003", "Deux": "#000002"}.items():
        assert manager.setCurrentStyle(name)
        assert drawn_by(layer) == [[color]]
        assert layer.attributeAlias(0) == "Nombre"


def test_styles_applied_again_replace_themselves_and_leave_those_of_the_user(layer_of):
    layer = layer_of()
    apply_styles(layer, STYLES[:2], None, {})
    assert layer.styleManager().currentStyle() == "Un"
    layer.styleManager().addStyleFromLayer("À moi")
    changed = {**STYLES[0], "fillColor": "#0000ff"}
    apply_styles(layer, [changed, STYLES[1]], 404, {})
    assert sorted(layer.styleManager().styles()) == ["Deux", "Un", "À moi"]
    assert drawn_by(layer) == [["#0000ff"]]


def test_without_a_style_the_layer_stays_as_it_is(layer_of):
    layer = layer_of()
    before = drawn_by(layer)
    assert apply_styles(layer, [None, "x"], 3, {}) == []
    assert drawn_by(layer) == before


SAVED = [world.PHARMACIES, world.PHARMACIES_ETOILES, world.ROUTES, world.ROUTES_IMPORTANCE, world.CANTONS, world.SUIVI,
         world.BATIMENTS]  # fmt: skip


@pytest.mark.parametrize("style", SAVED, ids=lambda style: style["name"])
def test_a_style_that_is_saved_and_read_again_is_the_same(layer_of, project, tmp_path, style):
    kind = next(kind for kind, name in OF_KIND.items() if name == style["type"])
    kinds = dict.fromkeys(["zone", "nom pharmacie", "nature", "importance", "insee_dep", "sens_de_circulation"], "text")
    rows = [{"zone": "Zone1", "nature": "Type autoroutier", "importance": "6", "insee_dep": "92"}]
    layer = layer_of(kind, {**kinds, "capacite": "integer", "garde": "flag", "nom": "text"}, rows)
    images = {style["children"][0]["uri"]: png("#2272b4")} if style is world.PHARMACIES else {}
    assert apply_styles(layer, [style, STYLES[0]], None, images) == []
    before = picture(layer)
    assert painted(before) > 50
    layer.saveNamedStyle(str(tmp_path / "style.qml"))
    copy = layer_of(kind, {**kinds, "capacite": "integer", "garde": "flag", "nom": "text"}, rows)
    copy.loadNamedStyle(str(tmp_path / "style.qml"))
    assert picture(copy) == before
    project.addMapLayer(layer)
    assert project.write(str(tmp_path / "project.qgz"))
    again = QgsProject()
    assert again.read(str(tmp_path / "project.qgz"))
    opened = next(iter(again.mapLayers().values()))
    opened.dataProvider().addFeatures(list(layer.getFeatures()))  # memory layers are saved without their content
    assert sorted(opened.styleManager().styles()) == sorted([style["name"], "Un"])
    assert picture(opened) == before


# Scales


def test_scales_come_from_zoom_levels(layer_of):
    layer = layer_of()
    apply_view(layer, 8, 20, 0.4)
    assert (layer.minimumScale(), layer.maximumScale(), layer.hasScaleBasedVisibility()) == (2183915, 533, True)
    assert layer.opacity() == pytest.approx(0.4)
    assert layer.isInScaleRange(1000000)
    assert not layer.isInScaleRange(5000000)


@pytest.mark.parametrize(
    ("levels", "scales"),
    [
        ((0, 30), (559082264, 267)),
        ((-3, 10**30), (559082264, 0)),
        (("6", "18"), (8735660, 2133)),
        ((18, 6), (8735660, 2133)),
        ((None, 15), (0, 17062)),
        ((5, None), (17471321, 0)),
        (("x", []), (0, 0)),
    ],
)
def test_odd_zoom_levels(layer_of, levels, scales):
    layer = layer_of()
    apply_view(layer, *levels, opacity="x")
    assert (layer.minimumScale(), layer.maximumScale()) == scales
    assert layer.hasScaleBasedVisibility() == any(scales)
    assert layer.opacity() == 1


def test_the_table_of_scales():
    assert [scale_of(level) for level in (-1, 0, 15, 21, 30)] == [559082264, 559082264, 17062, 267, 267]
    assert list(SCALES) == sorted(SCALES, reverse=True)


# Hostile styles

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["attribute", "sensDirect"]), st.text(max_size=4), max_size=2),
    st.sampled_from(["#12", "#123456", "rgb(1,2,3)", "red", "1e999", "-5", "12px", "${nom}", "${", "nom", "' \" \\ \0",
                     '{"attribute": "nom", "sensDirect": "\\u0000"}', '{"nom": "x"}', '{"$x": 1}', "dash", "hatch",
                     "dot", "https://x/y.png", "\ud800", "[% 1 %]", "<x/>"]),
)  # fmt: skip
ODD_STYLES = st.dictionaries(
    st.sampled_from([*world.style("x", "point", 1), "unknown"]), ODD, max_size=12
).flatmap(lambda style: st.lists(st.dictionaries(st.sampled_from(list(style) or ["name"]), ODD), max_size=2).map(
    lambda children: {**style, "children": children or style.get("children")}))  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_style_is_so_odd_that_it_cannot_be_drawn(layer_of, kind):
    layer = layer_of(kind, {"nom": "text"}, [{"nom": "a"}])
    images = {"https://x/y.png": png("#2272b4")}

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ODD_STYLES)
    def tried(style):
        dressed = dress(style, layer.geometryType(), fields_of(layer), images)
        layer.setRenderer(dressed.renderer)
        layer.setLabeling(dressed.labeling)
        picture(layer)
        assert all(isinstance(warning, str) and warning for warning in dressed.warnings)

    tried()


def test_hostile_names_and_values_stay_what_they_are(layer_of, tmp_path):
    nasty = "</rule>\"'&<x> [% 1 %] ELSE"
    layer = layer_of("Point", {"nom": "text"}, [{"nom": nasty}, {"nom": "x"}])
    style = world.style(nasty, "point", 9, children=(
        child(nasty, {"nom": nasty}, "#010203", label=nasty), child("Autres", None, "#040506")))  # fmt: skip
    assert apply_styles(layer, [style], None, {}) == []
    layer.saveNamedStyle(str(tmp_path / "style.qml"))
    layer.loadNamedStyle(str(tmp_path / "style.qml"))
    assert drawn_by(layer) == [["#010203"], ["#040506"]]
    assert rules_of(layer)[0][0] == nasty
    assert layer.styleManager().currentStyle() == nasty
