"""The styles that ship: they load, cover each status and field, say nothing they should not, and can be seen."""

import importlib.util
import itertools
import re
import shutil
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from qgis.core import (
    Qgis,
    QgsAttributeEditorContainer,
    QgsAttributeEditorField,
    QgsAttributeEditorRelation,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsRectangle,
    QgsRelation,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage, QPainter
from qgis.PyQt.QtSvg import QSvgRenderer

from geocollab.client.espaceco.statuses import STATUSES
from geocollab.provider.project.relations import PARENT_TABLE, RELATIONS
from geocollab.store.schema import PLAIN, SPATIAL, names

ROOT = Path(__file__).resolve().parents[2]
STYLES = ROOT / "styles"
COLUMNS = {**{table: columns for table, (_geometry, columns) in SPATIAL.items()}, **PLAIN}
TABLES = list(COLUMNS)
SKETCHES = [table for table in SPATIAL if table != PARENT_TABLE]
OPEN = [status.code for status in STATUSES if status.open]
CLOSED = [status.code for status in STATUSES if not status.open]

# The official plugin's look: shape, fill, outline, size in mm.
OFFICIAL = {
    "submit": ("diamond", "#2c9ddf", "#0141ee", 2.6),
    "pending": ("filled_arrowhead", "#fff0a5", "#d7bc4d", 3.6),
    "pending0": ("filled_arrowhead", "#ffe000", "#daac00", 3.6),
    "pending1": ("filled_arrowhead", "#ffbb00", "#daac00", 3.6),
    "pending2": ("filled_arrowhead", "#ff7f00", "#daac00", 3.6),
    "valid": ("square", "#20c320", "#006800", 2.0),
    "valid0": ("square", "#02a142", "#006800", 2.0),
    "reject": ("cross2", "#ff0000", "#ff0000", 2.0),
    "reject0": ("cross2", "#ff0000", "#ff0000", 2.0),
}
NASTY = "<script>alert('x')</script> & \"b\" [% 1 + 1 %]"
_numbers = itertools.count()


def opened_store(path):
    """SpatiaLite in a hurry: these files need not survive a power cut."""
    store = sqlite3.connect(str(path))
    store.enable_load_extension(True)
    store.load_extension("mod_spatialite")
    store.execute("PRAGMA synchronous = OFF")
    return store


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    """A file with the tables of the store, to be copied."""
    path = tmp_path_factory.mktemp("styles") / "empty.sqlite"
    store = opened_store(path)
    store.execute("SELECT InitSpatialMetaData(1, 'NONE')")
    for table, columns in COLUMNS.items():
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns)
        store.execute(f'CREATE TABLE "{table}" ({listed})')
    for table, (geometry, _columns) in SPATIAL.items():
        store.execute("SELECT AddGeometryColumn(?, 'geom', 4326, ?, 2)", (table, geometry))
    store.commit()
    store.close()
    return path


class Demo:
    """A store filled row by row, and its styled layers."""

    def __init__(self, path):
        self.path = path
        self.layers = []  # a renderer lives as long as its layer
        self.rows = opened_store(path)

    def add(self, table, wkt=None, **values):
        fields = "".join(f'"{name}", ' for name in values)
        marks = "?, " * len(values)
        if wkt:
            sql = f'INSERT INTO "{table}" ({fields}geom) VALUES ({marks}GeomFromText(?, 4326))'
            self.rows.execute(sql, (*values.values(), wkt))
        else:
            sql = f'INSERT INTO "{table}" ({fields[:-2]}) VALUES ({marks[:-2]})'
            self.rows.execute(sql, tuple(values.values()))

    def layer(self, table):
        if table in SPATIAL:
            self.rows.execute("SELECT UpdateLayerStatistics(?, 'geom')", (table,))
        self.rows.commit()
        geometry = "(geom) " if table in SPATIAL else ""
        layer = QgsVectorLayer(f"dbname='{self.path}' table=\"{table}\" {geometry}key='id'", table, "spatialite")
        assert layer.isValid()
        message, loaded = layer.loadNamedStyle(str(STYLES / f"{table}.qml"))
        assert loaded, message
        self.layers.append(layer)
        return layer


@pytest.fixture
def demo(qgis_app, empty_store, tmp_path):
    # a new name each time: QGIS keeps a SpatiaLite file open by its path
    made = Demo(Path(shutil.copy(empty_store, tmp_path / f"styles{next(_numbers)}.sqlite")))
    yield made
    made.rows.close()


@pytest.fixture(scope="module")
def make_styles():
    spec = importlib.util.spec_from_file_location("geocollab_make_styles", ROOT / "tools" / "make_styles.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def context_of(layer, feature):
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setFeature(feature)
    return context


def relate(project, layers):
    """The relations of the forms, as the layer loader makes them."""
    project.addMapLayers(list(layers.values()))
    for wanted in RELATIONS:
        relation = QgsRelation()
        relation.setId(wanted.id)
        relation.setName(wanted.name)
        relation.setReferencedLayer(layers[PARENT_TABLE].id())
        relation.setReferencingLayer(layers[wanted.child_table].id())
        relation.addFieldPair(wanted.child_field, wanted.parent_field)
        project.relationManager().addRelation(relation)
    project.relationManager().relationsLoaded.emit()


def elements(container):
    """All elements of a form, boxes opened."""
    for element in container.children():
        yield element
        if isinstance(element, QgsAttributeEditorContainer):
            yield from elements(element)


def form_elements(layer, kind):
    found = elements(layer.editFormConfig().invisibleRootContainer())
    return [element for element in found if isinstance(element, kind)]


def picture(layers, extent, background="white", size=200):
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(layers[0].crs())
    settings.setBackgroundColor(QColor(background))
    settings.setOutputSize(QSize(size, size))
    settings.setExtent(QgsRectangle(*extent))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    assert not job.errors()
    return job.renderedImage()


def pixels(image, color, tolerance=6):
    """How many pixels have this colour, give or take."""
    wanted = QColor(color).getRgb()[:3]
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    values = Counter(memoryview(image.constBits().asstring(image.sizeInBytes())).cast("I"))
    return sum(
        count
        for value, count in values.items()
        if all(abs(a - b) <= tolerance for a, b in zip(QColor(value).getRgb()[:3], wanted))
    )


def symbol_of(layer, feature):
    renderer, context = layer.renderer().clone(), QgsRenderContext()
    context.expressionContext().appendScopes(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.expressionContext().setFeature(feature)
    renderer.startRender(context, layer.fields())
    symbol = renderer.symbolForFeature(feature, context)
    found = symbol.clone() if symbol else None
    renderer.stopRender(context)
    return found


# Files


def test_one_style_for_each_table():
    assert sorted(path.stem for path in STYLES.glob("*.qml")) == sorted(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_loads_without_a_warning(qgis_app, demo, table):
    heard = []
    qgis_app.messageLog().messageReceived.connect(heard.append)
    try:
        layer = demo.layer(table)
    finally:
        qgis_app.messageLog().messageReceived.disconnect(heard.append)
    assert heard == []
    assert layer.isSpatial() == (table in SPATIAL)


@pytest.mark.skipif(not 32200 <= Qgis.QGIS_VERSION_INT < 32300, reason="the styles are written by QGIS 3.22")
def test_the_files_are_what_the_tool_writes(qgis_app, make_styles, tmp_path):
    make_styles.make_styles(tmp_path)
    for table in TABLES:
        committed = (STYLES / f"{table}.qml").read_text(encoding="utf-8")
        assert (tmp_path / f"{table}.qml").read_text(encoding="utf-8") == committed, table


@pytest.mark.parametrize("table", TABLES)
def test_files_hold_nothing_of_a_machine(table):
    text = (STYLES / f"{table}.qml").read_text(encoding="utf-8")
    assert not re.search(r"/home/|/tmp/|/root/|fontFamily|DejaVu|Noto", text)


# Statuses


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: status.code)
def test_each_status_has_its_own_visible_category(demo, status):
    layer = demo.layer(PARENT_TABLE)  # kept: its renderer goes with it
    categories = {category.value(): category for category in layer.renderer().categories()}
    category = categories[status.code]
    assert category.renderState()
    assert category.label() == status.label


def test_categories_stand_in_the_order_of_the_statuses(demo):
    layer = demo.layer(PARENT_TABLE)
    values = [category.value() for category in layer.renderer().categories()]
    assert values == [*(status.code for status in STATUSES), ""]


@pytest.mark.parametrize("code", OFFICIAL)
def test_official_look(demo, code):
    layer = demo.layer(PARENT_TABLE)  # kept: its renderer goes with it
    categories = {category.value(): category for category in layer.renderer().categories()}
    halo, marker = categories[code].symbol().symbolLayers()
    shape, fill, outline, size = OFFICIAL[code]
    assert marker.encodeShape(marker.shape()) == shape == halo.encodeShape(halo.shape())
    assert marker.fillColor().name() == fill
    assert marker.strokeColor().name() == outline
    assert marker.size() == pytest.approx(size)
    assert halo.strokeColor().name() == "#ffffff"
    assert halo.strokeWidth() > marker.strokeWidth()


@pytest.mark.parametrize("code", [*(status.code for status in STATUSES), "xyz", None])
def test_a_report_of_any_status_is_drawn(demo, code):
    demo.add(PARENT_TABLE, "POINT(2 48)", id=1, NoSignalement=1, Statut=code)
    layer = demo.layer(PARENT_TABLE)
    symbol = symbol_of(layer, next(layer.getFeatures()))
    look = symbol.symbolLayers()[1]
    seen = look.strokeColor() if code in ("reject", "reject0") else look.fillColor()
    shade = QColor(seen)
    if seen.alpha() < 255:  # over its white halo
        part = seen.alphaF()
        shade = QColor(*(round(channel * part + 255 * (1 - part)) for channel in seen.getRgb()[:3]))
    for background in ("white", "#69765c"):
        image = picture([layer], (1.999, 47.999, 2.001, 48.001), background, size=60)
        assert pixels(image, shade.name(), tolerance=12) >= 5, background


def test_test_and_unknown_reports_look_like_no_other(demo):
    layer = demo.layer(PARENT_TABLE)
    categories = layer.renderer().categories()
    looks = {}
    for category in categories:
        marker = category.symbol().symbolLayers()[1]
        looks[category.value()] = (marker.shape(), marker.fillColor().name())
    others = [look for code, look in looks.items() if code not in ("test", "")]
    assert looks["test"] not in others
    assert looks[""] not in [*others, looks["test"]]


@pytest.mark.parametrize("closed", CLOSED)
def test_an_open_report_is_drawn_over_a_closed_one(demo, closed):
    # the open one comes first in the table: without an order of drawing it would lie below
    demo.add(PARENT_TABLE, "POINT(2 48)", id=1, NoSignalement=1, Statut="submit")
    demo.add(PARENT_TABLE, "POINT(2 48)", id=2, NoSignalement=2, Statut=closed)
    image = picture([demo.layer(PARENT_TABLE)], (1.999, 47.999, 2.001, 48.001), size=61)
    assert image.pixelColor(30, 30).name() == "#2c9ddf"


def test_passes_put_open_above_closed(demo):
    layer = demo.layer(PARENT_TABLE)
    passes = {
        category.value(): category.symbol().symbolLayer(1).renderingPass() for category in layer.renderer().categories()
    }
    assert max(passes[code] for code in CLOSED) < min(passes[code] for code in OPEN)
    assert len(set(passes.values())) == len(passes)


# Labels


def test_report_numbers_are_written_at_large_scales_only(demo):
    layer = demo.layer(PARENT_TABLE)
    settings = layer.labeling().settings()
    assert demo.layer(PARENT_TABLE).labelsEnabled()
    assert settings.fieldName == '"NoSignalement"'
    assert settings.scaleVisibility
    assert settings.minimumScale == 10_000
    assert settings.format().buffer().enabled()


def test_sketched_text_is_written_on_the_map(demo):
    demo.add("Croquis_EC_Point", "POINT(2 48)", Type="Texte", Texte="Sens interdit", Couleur="0,0,255,255")
    with_text = picture([demo.layer("Croquis_EC_Point")], (1.999, 47.999, 2.001, 48.001), size=200)
    demo.add("Croquis_EC_Ligne", "LINESTRING(2 48, 2.001 48)")
    demo.rows.execute('UPDATE "Croquis_EC_Point" SET "Texte" = NULL')
    without = picture([demo.layer("Croquis_EC_Point")], (1.999, 47.999, 2.001, 48.001), size=200)
    assert pixels(with_text, "#0000ff", 40) > pixels(without, "#0000ff", 40) + 50


# Sketches


EXTENT = (1.99, 47.99, 2.01, 48.01)
SHAPES = {
    "Croquis_EC_Point": ("POINT(2 48)", "#6a8452"),
    "Croquis_EC_Ligne": ("LINESTRING(1.992 47.992, 2.008 48.008)", "#703903"),
    "Croquis_EC_Polygone": (
        "POLYGON((1.992 47.992, 2.008 47.992, 2.008 48.008, 1.992 48.008, 1.992 47.992))",
        "#deeae7",  # the fill, half seen through, over white
    ),
}


@pytest.mark.parametrize("table", SKETCHES)
def test_a_sketch_without_colours_has_the_official_ones(demo, table):
    wkt, color = SHAPES[table]
    demo.add(table, wkt, NoSignalement=1)
    assert pixels(picture([demo.layer(table)], EXTENT), color, 12) >= 6


@pytest.mark.parametrize("table", SKETCHES)
def test_a_sketch_shows_its_own_colours(demo, table):
    wkt, official = SHAPES[table]
    demo.add(table, wkt, NoSignalement=1, Couleur="200,0,180,255", Couleur_fond="200,0,180,255", Taille=4)
    image = picture([demo.layer(table)], EXTENT)
    assert pixels(image, "#c800b4", 12) >= 20
    assert pixels(image, official, 4) == 0


@pytest.mark.parametrize("color", ["", "red", "rgba(1,2)", "#ff0000;1"])
@pytest.mark.parametrize("table", SKETCHES)
def test_a_colour_that_cannot_be_read_leaves_the_official_one(demo, table, color):
    wkt, official = SHAPES[table]
    demo.add(table, wkt, NoSignalement=1, Couleur=color, Couleur_fond=color)
    assert pixels(picture([demo.layer(table)], EXTENT), official, 12) >= 6


def test_a_polygon_never_hides_the_map(demo):
    wkt, _official = SHAPES["Croquis_EC_Polygone"]
    demo.add("Croquis_EC_Polygone", wkt, Couleur="0,0,0,255", Couleur_fond="0,0,0,255")
    middle = picture([demo.layer("Croquis_EC_Polygone")], EXTENT).pixelColor(100, 100)
    assert 60 < middle.red() < 200


@pytest.mark.parametrize("kind", ["Fleche", "Flèche"])
def test_an_arrow_has_a_head(demo, kind):
    wkt, _official = SHAPES["Croquis_EC_Ligne"]
    demo.add("Croquis_EC_Ligne", wkt, Type="Ligne")
    line = pixels(picture([demo.layer("Croquis_EC_Ligne")], EXTENT), "#703903", 12)
    demo.rows.execute('UPDATE "Croquis_EC_Ligne" SET "Type" = ?', (kind,))
    arrow = pixels(picture([demo.layer("Croquis_EC_Ligne")], EXTENT), "#703903", 12)
    assert arrow > line + 40


@pytest.mark.parametrize("style", [None, "", "{}", "[]", "{", '{"graphicName": "unheard of"}'])
def test_a_point_takes_the_shape_of_the_web_client_and_the_next_one_does_not(demo, style):
    demo.add("Croquis_EC_Point", "POINT(2 48)", Style='{"graphicName": "square"}', Taille=8)
    demo.add("Croquis_EC_Point", "POINT(2.005 48)", Style=style, Attributs=style, Taille=8)
    image = picture([demo.layer("Croquis_EC_Point")], (1.9975, 47.995, 2.0075, 48.005), size=400)
    corner = 10  # inside a square of 8 mm at 96 dpi (30 pixels), outside the diamond
    assert image.pixelColor(100 + corner, 200 + corner).name() == "#6a8452"
    assert image.pixelColor(300 + corner, 200 + corner).name() != "#6a8452"


# Fields and forms


@pytest.mark.parametrize("table", TABLES)
def test_each_field_has_an_alias_in_the_table_and_the_style(demo, make_styles, table):
    layer = demo.layer(table)
    assert [field.name() for field in layer.fields()] == names(COLUMNS[table])
    assert list(make_styles.TABLES[table]) == names(COLUMNS[table])
    aliases = [layer.attributeAlias(index) for index in range(layer.fields().count())]
    assert all(aliases)
    assert len(set(aliases)) == len(aliases)


@pytest.mark.parametrize("table", TABLES)
def test_the_documented_columns_are_those_of_the_store(table):
    """The page of the architecture is what users read; what it lists must have an alias too."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    line = next(line for line in page.splitlines() if line.startswith("| `") and f"`{table}`" in line.split(" | ")[0])
    listed = re.findall(r"`([^`]+)`", line.split(" | ", 1)[1])
    assert [name for name in listed if name not in ("geom", "r,g,b,a")] == names(COLUMNS[table])


def expressions_of(layer):
    """Every expression of a style, whatever part of it says so."""
    root = ElementTree.parse(STYLES / f"{layer.name()}.qml").getroot()
    found = [layer.displayExpression(), layer.attributeTableConfig().sortExpression()]
    for element in root.iter():
        for name in ("filter", "visibilityExpression", "rule", "attr", "fieldName"):
            if element.tag != "field" and element.get(name):
                found.append(element.get(name))
        if element.tag == "Option" and element.get("name") == "expression":
            found.append(element.get("value"))
    templates = [layer.mapTipTemplate(), *(action.command() for action in layer.actions().actions())]
    for template in templates:
        found += re.findall(r"\[%(.*?)%\]", template, re.DOTALL)
    return [text for text in found if text != "ELSE"]


@pytest.mark.parametrize("table", TABLES)
def test_each_field_that_a_style_names_exists(demo, table):
    layer = demo.layer(table)
    known = {field.name() for field in layer.fields()}
    expressions = expressions_of(layer)
    assert len(expressions) >= 2
    of_replies = set(names(COLUMNS["Reponse_EC"])) if table == PARENT_TABLE else set()
    for text in expressions:
        expression = QgsExpression(text)
        assert not expression.hasParserError(), text
        used = {name for name in expression.referencedColumns() if name != "#!allattributes!#"}
        if "relation_aggregate" in text:
            used -= of_replies
        assert used <= known, text
    in_form = {element.name() for element in form_elements(layer, QgsAttributeEditorField)}
    columns = {column.name for column in layer.attributeTableConfig().columns() if column.name}
    assert in_form <= known
    assert columns == known


@pytest.mark.parametrize("table", TABLES)
def test_each_field_but_the_id_is_in_the_form_and_cannot_be_changed(demo, table):
    layer = demo.layer(table)
    shown = [element.name() for element in form_elements(layer, QgsAttributeEditorField)]
    assert sorted(shown) == sorted(set(names(COLUMNS[table])) - {"id"})
    config = layer.editFormConfig()
    assert all(config.readOnly(index) for index in range(layer.fields().count()))
    assert layer.readOnly() if hasattr(layer, "readOnly") else layer.isReadOnly()


def test_tabs_of_a_report(demo):
    tabs = demo.layer(PARENT_TABLE).editFormConfig().tabs()
    assert [tab.name() for tab in tabs] == ["Signalement", "Réponses", "Documents", "Croquis", "Détails"]


def test_the_form_of_a_report_finds_the_relations_of_the_project(demo, project):
    layers = {table: demo.layer(table) for table in TABLES}
    relate(project, layers)
    found = {element.relation().id() for element in form_elements(layers[PARENT_TABLE], QgsAttributeEditorRelation)}
    assert found == {relation.id for relation in RELATIONS}


def test_the_sketch_groups_of_the_form_show_only_what_there_is(demo, project):
    demo.add(PARENT_TABLE, "POINT(2 48)", id=7, NoSignalement=7)
    demo.add("Croquis_EC_Ligne", SHAPES["Croquis_EC_Ligne"][0], NoSignalement=7)
    layers = {table: demo.layer(table) for table in TABLES}
    relate(project, layers)
    reports = layers[PARENT_TABLE]
    context = context_of(reports, reports.getFeature(7))  # one for all groups, as the form has it
    visible = {}
    for element in elements(reports.editFormConfig().invisibleRootContainer()):
        if isinstance(element, QgsAttributeEditorContainer) and element.visibilityExpression().enabled():
            visible[element.name()] = bool(element.visibilityExpression().data().evaluate(context))
    assert visible == {"Points et textes": False, "Lignes et flèches": True, "Polygones": False}


def test_dates_links_and_long_texts_have_their_widgets(demo):
    for table in TABLES:
        layer = demo.layer(table)
        for field, (name, kind) in zip(layer.fields(), COLUMNS[table]):
            widget = field.editorWidgetSetup()
            assert (widget.type() == "DateTime") == (kind == "TIMESTAMP"), name
            if kind == "TIMESTAMP":
                assert widget.config()["display_format"] == "dd/MM/yyyy HH:mm"
            assert (widget.type() == "ExternalResource") == name.startswith("URL"), name
            if name in ("Message", "Réponses", "Contenu"):
                assert widget.config()["IsMultiline"]


def test_json_is_kept_out_of_the_attribute_table(demo):
    for table in TABLES:
        hidden = {column.name for column in demo.layer(table).attributeTableConfig().columns() if column.hidden}
        assert {"Attributs", "Autres", "Style"} & set(names(COLUMNS[table])) <= hidden


def test_status_icons_of_the_attribute_table(demo):
    for number, code in enumerate([*(status.code for status in STATUSES), "xyz"], 1):
        demo.add(PARENT_TABLE, "POINT(2 48)", id=number, NoSignalement=number, Statut=code, Statut_libellé="x")
    layer = demo.layer(PARENT_TABLE)
    styles = layer.conditionalStyles().fieldStyles("Statut_libellé")
    for feature in layer.getFeatures():
        matching = [style for style in styles if style.matches("x", context_of(layer, feature))]
        assert len(matching) == 1, feature["Statut"]
        assert matching[0].symbol()
    # a rule can only read columns that are shown
    shown = {column.name for column in layer.attributeTableConfig().columns() if not column.hidden}
    assert {"Statut", "Statut_libellé"} <= shown


@pytest.mark.parametrize("table", TABLES)
def test_display_expression(demo, table):
    demo.add(table, SHAPES.get(table, ("POINT(2 48)",))[0] if table in SPATIAL else None, id=5)
    layer = demo.layer(table)
    expression = QgsExpression(layer.displayExpression())
    expression.evaluate(context_of(layer, next(layer.getFeatures())))
    assert not expression.hasEvalError()


def test_display_of_a_report(demo):
    demo.add(PARENT_TABLE, "POINT(2 48)", id=5, NoSignalement=5, Thème="Route")
    layer = demo.layer(PARENT_TABLE)
    assert QgsExpression(layer.displayExpression()).evaluate(context_of(layer, layer.getFeature(5))) == "5 – Route"


# Map tips and actions


def tip_of(layer, number):
    return QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context_of(layer, layer.getFeature(number)))


def full_report(demo, **values):
    report = {
        "id": 5,
        "NoSignalement": 5,
        "Statut": "valid",
        "Statut_libellé": "Pris en compte",
        "Thème": "Route",
        "Auteur": "jean.dupont",
        "Commune": "Vincennes",
        "Département_id": "94",
        "Date_création": "2026-01-12T14:51:55+01:00",
        "Message": "Rue barrée",
        "URL": "https://example.org/georem/5",
        "Nb_documents": 2,
    }
    demo.add(PARENT_TABLE, "POINT(2 48)", **{**report, **values})


def test_tip_of_a_report(demo):
    full_report(demo)
    tip = tip_of(demo.layer(PARENT_TABLE), 5)
    for part in (
        "Signalement n° 5",
        "Pris en compte",
        "#20c320",
        "Route",
        "jean.dupont",
        "Vincennes (94)",
        "Rue barrée",
    ):
        assert part in tip, part
    assert "12/01/2026 14:51" in tip
    assert '<a href="https://example.org/georem/5">' in tip
    assert ">Documents</td><td>2<" in tip


@pytest.mark.parametrize("table", SPATIAL)
def test_a_tip_of_nothing_but_null_says_so_little_without_an_error(demo, table):
    demo.add(table, SHAPES.get(table, ("POINT(2 48)",))[0], id=5)
    tip = tip_of(demo.layer(table), 5)
    assert "[%" not in tip
    assert "NULL" not in tip
    assert "<a " not in tip
    assert 'valign="top"' not in tip  # no row at all


@pytest.mark.parametrize("table", SPATIAL)
def test_a_tip_escapes_what_comes_from_the_server(demo, table):
    texts = {name: NASTY for name, kind in COLUMNS[table] if kind == "TEXT"}
    demo.add(table, SHAPES.get(table, ("POINT(2 48)",))[0], id=5, NoSignalement=5, **texts)
    tip = tip_of(demo.layer(table), 5)
    assert "<script" not in tip
    assert "<a " not in tip  # what is no web address is no link
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;b&quot; [% 1 + 1 %]" in tip


def test_a_link_cannot_break_out_of_its_quotes(demo):
    full_report(demo, URL='https://example.org/"onclick="alert(1)')
    tip = tip_of(demo.layer(PARENT_TABLE), 5)
    assert '<a href="https://example.org/&quot;onclick=&quot;alert(1)">' in tip


def test_a_long_message_is_cut(demo):
    full_report(demo, Message="é" * 1000)
    tip = tip_of(demo.layer(PARENT_TABLE), 5)
    assert "é" * 300 + "…" in tip
    assert "é" * 301 not in tip


def test_the_latest_reply_comes_from_the_replies(demo, project):
    full_report(demo, Réponses="Réponse n°2 : texte du signalement")
    demo.add("Reponse_EC", id=1, NoSignalement=5, Ordre=2, Auteur="b", Contenu="la <dernière>")
    demo.add("Reponse_EC", id=2, NoSignalement=5, Ordre=1, Auteur="a", Contenu="la première")
    layers = {table: demo.layer(table) for table in TABLES}
    assert "texte du signalement" in tip_of(layers[PARENT_TABLE], 5)  # no relation yet
    relate(project, layers)
    tip = tip_of(layers[PARENT_TABLE], 5)
    assert "b : la &lt;dernière&gt;" in tip
    assert "la première" not in tip


def opened(layer, title, number):
    action = next(action for action in layer.actions().actions() if action.shortTitle() == title)
    return QgsExpression.replaceExpressionText(action.command(), context_of(layer, layer.getFeature(number)))


@pytest.mark.parametrize(
    ("documents", "opens"),
    [
        ("https://example.org/d/1", "https://example.org/d/1"),
        ("https://example.org/d/1 https://example.org/d/2", "https://example.org/georem/5"),
        (None, "https://example.org/georem/5"),
        ("file:///etc/passwd", "https://example.org/georem/5"),
    ],
)
def test_actions_of_a_report(demo, documents, opens):
    full_report(demo, Document=documents)
    layer = demo.layer(PARENT_TABLE)
    assert opened(layer, "Page", 5) == "https://example.org/georem/5"
    assert opened(layer, "Document", 5) == opens
    for action in layer.actions().actions():
        assert set(action.actionScopes()) == {"Canvas", "Feature", "Field"}


@pytest.mark.parametrize("url", [None, "", "file:///etc/passwd", "javascript:alert(1)", "/usr/bin/true"])
def test_an_action_opens_nothing_but_the_web(demo, url):
    full_report(demo, URL=url)
    assert opened(demo.layer(PARENT_TABLE), "Page", 5) == ""


def test_action_of_a_document(demo):
    demo.add("Document_EC", id=5, URL="https://example.org/v", URL_téléchargement="https://example.org/d")
    demo.add("Document_EC", id=6, URL="https://example.org/v")
    demo.add("Document_EC", id=7, URL="file:///etc/passwd")
    layer = demo.layer("Document_EC")
    assert opened(layer, "Document", 5) == "https://example.org/d"
    assert opened(layer, "Document", 6) == "https://example.org/v"
    assert opened(layer, "Document", 7) == ""


# Icons

ICONS = sorted((STYLES / "icons").glob("*.svg"))
OPERATIONS = (
    "checkconnection listcommunities downloadreports reportstatistics clearreports importsettings exportsettings"
    " saveconnection deleteconnection mapreports"
).split()


def test_there_is_an_icon_for_each_operation_and_group():
    assert {*OPERATIONS, "geocollab", "group-reports", "group-connection"} <= {icon.stem for icon in ICONS}


@pytest.mark.parametrize("icon", ICONS, ids=lambda icon: icon.stem)
def test_icons_are_small_drawings_of_one_family(icon):
    text = icon.read_text(encoding="utf-8")
    assert len(text) < 3000
    root = ElementTree.fromstring(text)
    assert root.get("viewBox") == "0 0 24 24"
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "path", "circle"}
    colors = {element.get(name) for element in root.iter() for name in ("fill", "stroke") if element.get(name)}
    assert colors <= {"none", "#2272b4", "#f08a24", "#76828f", "#ffffff"}


@pytest.mark.parametrize("background", ["#f0f0f0", "#323232"])
@pytest.mark.parametrize("size", [16, 24])
@pytest.mark.parametrize("icon", ICONS, ids=lambda icon: icon.stem)
def test_icons_can_be_seen_on_light_and_dark(qgis_app, icon, size, background):
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(QColor(background))
    painter = QPainter(image)
    QSvgRenderer(str(icon)).render(painter)
    painter.end()
    dark = QColor(background).lightness()
    different = sum(abs(image.pixelColor(x, y).lightness() - dark) > 25 for x in range(size) for y in range(size))
    assert 0.2 < different / size**2 < 0.95
