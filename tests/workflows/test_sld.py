"""SLD of any version as SLD 1.0.0 for the server: right in form, true to the look, honest about what is lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from geocollab.workflows.entrepot.checks.tables import Column, Table
from geocollab.workflows.entrepot.styles import qml, sld
from geocollab.workflows.errors import InputError
from sandbox.entrepot import static_files
from tests.workflows.sld_structure import attributes_of, faults_of

COLUMNS = {"Nom": "nom", "Code": "code", "Été": "ete", "order": "order_"}
SE = (
    '<StyledLayerDescriptor xmlns="http://www.opengis.net/sld" xmlns:se="http://www.opengis.net/se" '
    'xmlns:ogc="http://www.opengis.net/ogc" xmlns:xlink="http://www.w3.org/1999/xlink" version="{version}"><NamedLayer>'
    "<se:Name>Communes</se:Name><UserStyle><se:Name>Communes</se:Name><se:FeatureTypeStyle>{rules}"
    "</se:FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"
)
FILL = (
    '<se:PolygonSymbolizer><se:Fill><se:SvgParameter name="fill">#ff0000</se:SvgParameter></se:Fill>'
    '<se:Stroke><se:SvgParameter name="stroke">#0000ff</se:SvgParameter></se:Stroke></se:PolygonSymbolizer>'
)


def se(*rules, version="1.1.0"):
    return SE.format(rules="".join(rules), version=version)


def rule(content=FILL, title="r", filter="", before=""):
    condition = f"<ogc:Filter>{filter}</ogc:Filter>" if filter else ""
    description = f"<se:Description><se:Title>{title}</se:Title></se:Description>"
    return f"<se:Rule><se:Name>{title}</se:Name>{description}{condition}{before}{content}</se:Rule>"


def compared(column, value="1", kind="PropertyIsEqualTo"):
    return f"<ogc:{kind}><ogc:PropertyName>{column}</ogc:PropertyName><ogc:Literal>{value}</ogc:Literal></ogc:{kind}>"


def converted(*rules, columns=COLUMNS, version="1.1.0", **more):
    """The style, right in form and taken by the server."""
    style = sld.to_sld_1_0(se(*rules, version=version), columns, **more)
    if style.text:
        assert faults_of(style.text) == []
        infos = static_files.type_infos("GEOSERVER-STYLE", style.text.encode())
        assert infos["used_attributes"] == sorted(attributes_of(style.text)) == list(style.attributes)
    return style


def found(style, path):
    root = etree.fromstring(style.text.encode())
    spaces = {"s": "http://www.opengis.net/sld", "o": "http://www.opengis.net/ogc"}
    return [each if isinstance(each, str) else each.text for each in root.xpath(path, namespaces=spaces)]


# ---------------------------------------------------------------------- versions


def test_what_qgis_writes():
    style = converted(
        rule(title="A", filter=compared("Été"), before="<se:MinScaleDenominator>500</se:MinScaleDenominator>")
    )
    assert style.losses == style.notes == () and style.attributes == ("ete",)
    assert found(style, "//s:Rule/*[1]") == found(style, "//s:Rule/s:Title") == ["A"]
    assert found(style, "//s:CssParameter/@name") == ["fill", "stroke"]
    assert found(style, "//s:MinScaleDenominator") == ["500"]


@pytest.mark.parametrize("said", ["1.0.0", "2.1.0"])
def test_a_file_that_lies_about_its_version(said):
    style = converted(rule(), version=said)
    assert style.notes == (
        f"The file says that it is SLD {said}, but it is written as 1.1.0: it was read as what it is.",
    )


def test_sld_1_0_stays_what_it_is():
    once = converted(rule(filter=compared("Nom")), rule(title="b"))
    again = sld.to_sld_1_0(once.text, list(COLUMNS.values()))
    assert again == once
    lying = sld.to_sld_1_0(once.text.replace('version="1.0.0"', 'version="1.1.0"'), None)
    assert lying.text == once.text and "written as 1.0.0" in lying.notes[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no XML"),
        ("<a", "no XML"),
        ("<qgis version='3.22'/>", "no SLD: its first element is “qgis”"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "no SLD"),
    ],
)
def test_what_is_no_sld(text, words):
    with pytest.raises(InputError, match=words):
        sld.to_sld_1_0(text)


def test_entities_are_not_followed(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden", encoding="utf-8")
    doctype = f'<!DOCTYPE StyledLayerDescriptor [<!ENTITY x SYSTEM "file://{secret}">]>'
    assert "hidden" not in sld.to_sld_1_0(doctype + se(rule(title="&x;"))).text


def test_the_layer_of_a_name_among_several():
    part = se(rule(title="first")).split("<NamedLayer>")[1].split("</NamedLayer>")[0]
    other = part.replace("Communes", "routes").replace("first", "second")
    text = se(rule()).split("<NamedLayer>")[0] + "".join(
        f"<NamedLayer>{each}</NamedLayer>" for each in (part, other)
    ) + "</StyledLayerDescriptor>"  # fmt: skip
    assert found(sld.to_sld_1_0(text, name="routes"), "//s:Rule/s:Name") == ["second"]
    style = sld.to_sld_1_0(text)
    assert found(style, "//s:Rule/s:Name") == ["first"]
    assert style.losses == ("The file has the styles of 2 layers: that of “Communes” is taken.",)


# ---------------------------------------------------------------------- columns and conditions


@pytest.mark.parametrize(
    ("columns", "given", "expected"),
    [
        (COLUMNS, "Été", "ete"),
        (COLUMNS, "order", "order_"),
        (["ete", "code"], "Été", "ete"),
        (["order_"], "ORDER", "order_"),
        (None, "Été 2", "ete_2"),
        ({"Été": "ete", "ete": "ete_2"}, "ete", "ete_2"),
    ],
)
def test_columns_have_their_names_on_the_server(columns, given, expected):
    style = converted(rule(filter=compared(given)), columns=columns)
    assert style.attributes == (expected,) and style.losses == ()


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (compared("absente"), "there is no column “absente”"),
        (compared("upper(&quot;Nom&quot;) || 'x'"), "is no column: make one of it"),
        (f"<ogc:And>{compared('Nom')}</ogc:And>", "its condition is not whole"),
        ("<ogc:And/>", "its condition is not whole"),
        ('<ogc:Function name="regexp_match"><ogc:PropertyName>Nom</ogc:PropertyName></ogc:Function>', "regexp_match"),
        (
            "<ogc:PropertyIsEqualTo><ogc:Function name='to_date'><ogc:PropertyName>Nom</ogc:PropertyName>"
            "</ogc:Function><ogc:Literal>1</ogc:Literal></ogc:PropertyIsEqualTo>",
            "to_date",
        ),
    ],
)
def test_a_rule_whose_condition_would_be_lost_goes(condition, words):
    """Without its condition it would draw everything."""
    style = converted(rule(title="A", filter=condition), rule(title="B"))
    assert found(style, "//s:Rule/s:Name") == ["B"]
    (loss,) = style.losses
    assert loss.startswith("“A” is left out: its condition cannot be told to the server") and words in loss


def test_conditions_that_can_be_told():
    like = (
        '<ogc:PropertyIsLike wildCard="%" singleChar="_" escapeChar="\\"><ogc:PropertyName>Nom</ogc:PropertyName>'
        "<ogc:Literal>a%</ogc:Literal></ogc:PropertyIsLike>"
    )
    null = "<ogc:Not><ogc:PropertyIsNull><ogc:PropertyName>Été</ogc:PropertyName></ogc:PropertyIsNull></ogc:Not>"
    between = (
        "<ogc:PropertyIsBetween><ogc:PropertyName>Code</ogc:PropertyName><ogc:LowerBoundary><ogc:Literal>1</ogc:Literal>"
        "</ogc:LowerBoundary><ogc:UpperBoundary><ogc:Literal>3</ogc:Literal></ogc:UpperBoundary></ogc:PropertyIsBetween>"
    )
    length = (
        "<ogc:PropertyIsGreaterThan><ogc:Function name='length'><ogc:PropertyName>Nom</ogc:PropertyName></ogc:Function>"
        "<ogc:Add><ogc:PropertyName>Code</ogc:PropertyName><ogc:Literal>1</ogc:Literal></ogc:Add></ogc:PropertyIsGreaterThan>"
    )
    style = converted(rule(filter=f"<ogc:Or>{like}<ogc:And>{null}{between}{length}</ogc:And></ogc:Or>"))
    assert style.losses == () and style.attributes == ("code", "ete", "nom")
    assert found(style, "//o:PropertyIsLike/@escape") == ["\\"]
    assert found(style, "//o:Function/@name") == ["strLength"]


def test_else_is_for_what_no_other_rule_draws():
    unread = "<!--Parser Error: \nsyntax error, unexpected ELSE - Expression was: ELSE-->"
    label = "<se:TextSymbolizer><se:Label><ogc:PropertyName>Nom</ogc:PropertyName></se:Label></se:TextSymbolizer>"
    style = converted(rule(filter=compared("Nom")), rule(before=unread), rule(label))
    # were the texts in the same part, they would draw everything, and nothing would be left for “else”
    parts = etree.fromstring(style.text.encode()).findall(".//{*}FeatureTypeStyle")
    assert [len(part.findall("{*}Rule")) for part in parts] == [2, 1]
    assert parts[0].find("{*}Rule[2]/{*}ElseFilter") is not None
    other = "<!--Parser Error: \nsyntax error - Expression was: CASE-->"
    style = converted(rule(title="A", before=other), rule(title="B"))
    assert found(style, "//s:Rule/s:Name") == ["B"] and "(CASE)" in style.losses[0]


# ---------------------------------------------------------------------- symbols


def point(graphic):
    return rule(f"<se:PointSymbolizer><se:Graphic>{graphic}</se:Graphic></se:PointSymbolizer>")


def mark(name):
    return f"<se:Mark><se:WellKnownName>{name}</se:WellKnownName></se:Mark>"


@pytest.mark.parametrize(
    ("name", "expected", "rotation", "loss"),
    [
        ("circle", "circle", [], ()),
        ("diamond", "square", ["45"], ()),
        ("cross2", "x", [], ()),
        ("line", "shape://vertline", [], ()),
        ("hexagon", "circle", [], ("The server has no marker “hexagon”: a circle instead.",)),
        ("filled_arrowhead", "triangle", ["90"], ("The server has no marker “filled_arrowhead”: a triangle instead.",)),
        ("extshape://narrow", "extshape://narrow", [], ()),
    ],
)
def test_marks(name, expected, rotation, loss):
    style = converted(point(mark(name) + "<se:Size>14</se:Size>"))
    assert found(style, "//s:WellKnownName") == [expected] and found(style, "//s:Rotation") == rotation
    assert style.losses == loss and found(style, "//s:Size") == ["14"]


def test_a_rotated_diamond():
    turned = "<se:Rotation><ogc:Literal>30</ogc:Literal></se:Rotation>"
    assert found(converted(point(mark("diamond") + turned)), "//s:Rotation") == ["75"]


def test_a_size_that_is_a_column():
    style = converted(point(mark("circle") + "<se:Size><ogc:PropertyName>Code</ogc:PropertyName></se:Size>"))
    assert found(style, "//s:Size/o:PropertyName") == ["code"]


def external(address):
    return (
        f'<se:ExternalGraphic><se:OnlineResource xlink:type="simple" xlink:href="{address}"/>'
        "<se:Format>image/svg+xml</se:Format></se:ExternalGraphic>"
    )


def test_images():
    both = (
        external("/usr/share/qgis/svg/arrows/Arrow_01.svg?fill=%23fff")
        + external("arrows/Arrow_01.svg")
        + mark("square")
    )
    style = converted(point(both))
    assert found(style, "//s:WellKnownName") == ["square"] and found(style, "//s:ExternalGraphic") == []
    assert style.losses == (
        "The image “Arrow_01.svg” lies on your disk, where the server cannot read it: a plain marker instead.",
    )
    style = converted(point(external("C:\\\\icons\\\\a.svg")))
    assert found(style, "//s:WellKnownName") == ["circle"] and "“a.svg”" in style.losses[0]
    style = converted(point(external("https://example.org/a.svg") + mark("square")))
    assert style.losses == () and found(style, "//s:WellKnownName") == []


def test_a_character_of_a_font():
    font = '<se:Mark><se:OnlineResource xlink:href="ttf://Dingbats"/><se:Format>ttf</se:Format></se:Mark>'
    style = converted(point(font))
    assert style.losses == ("Characters of the font “Dingbats” are no markers for the server: a circle instead.",)


def hatch(name, rotation="", size="11"):
    turned = f"<se:Rotation><ogc:Literal>{rotation}</ogc:Literal></se:Rotation>" if rotation else ""
    stroke = '<se:Stroke><se:SvgParameter name="stroke">#00ff00</se:SvgParameter></se:Stroke>'
    return rule(
        "<se:PolygonSymbolizer><se:Fill><se:GraphicFill><se:Graphic><se:Mark>"
        f"<se:WellKnownName>{name}</se:WellKnownName>{stroke}</se:Mark><se:Size>{size}</se:Size>{turned}</se:Graphic>"
        "</se:GraphicFill></se:Fill></se:PolygonSymbolizer>"
    )


@pytest.mark.parametrize(
    ("name", "rotation", "expected", "size", "lost"),
    [
        ("horline", "", "shape://horline", "11", False),
        ("horline", "45", "shape://slash", "15.56", False),
        ("horline", "90", "shape://vertline", "11", False),
        ("horline", "-45", "shape://backslash", "15.56", False),
        ("horline", "170", "shape://horline", "11", True),
        ("line", "", "shape://vertline", "11", False),
        ("slash", "", "shape://slash", "15.56", False),
        ("cross", "", "shape://plus", "11", False),
    ],
)
def test_hatches(name, rotation, expected, size, lost):
    style = converted(hatch(name, rotation))
    assert found(style, "//s:WellKnownName") == [expected] and found(style, "//s:Size") == [size]
    assert bool(style.losses) == lost


def test_dotted_brushes():
    dense = hatch("brush://dense5").replace("se:Stroke", "se:Fill").replace('name="stroke"', 'name="fill"')
    style = converted(dense)
    assert found(style, "//s:Fill/s:CssParameter") == ["#00ff00", "0.37"] and len(style.losses) == 1


def test_lines_with_markers():
    graphic = f"<se:Graphic>{mark('circle')}<se:Size>7</se:Size></se:Graphic>"
    repeated = f"<se:GraphicStroke>{graphic}<se:Gap><ogc:Literal>18</ogc:Literal></se:Gap></se:GraphicStroke>"
    line = "<se:LineSymbolizer>{}<se:Stroke>{}</se:Stroke></se:LineSymbolizer>"
    style = converted(rule(line.format("", repeated)))
    assert found(style, "//s:Stroke/s:CssParameter") == ["7 11"]
    middle = '<se:VendorOption name="placement">centralPoint</se:VendorOption>'
    style = converted(rule(line.format(middle, repeated)))
    assert found(style, "//s:PointSymbolizer//s:WellKnownName") == ["circle"] and style.losses == ()
    style = converted(rule(line.format(middle.replace("centralPoint", "lastVertex"), repeated) + FILL))
    assert len(style.losses) == 1 and found(style, "//s:LineSymbolizer") == []


def test_offsets_and_units():
    text = (
        '<se:PolygonSymbolizer uom="http://www.opengeospatial.org/se/units/metre"><se:Fill>'
        '<se:SvgParameter name="fill">#fff</se:SvgParameter></se:Fill><se:Displacement>'
        "<se:DisplacementX>4</se:DisplacementX><se:DisplacementY>0"
        "</se:DisplacementY></se:Displacement></se:PolygonSymbolizer>"
        '<se:LineSymbolizer uom="http://www.opengeospatial.org/se/units/pixel"><se:Stroke>'
        '<se:SvgParameter name="stroke">#fff</se:SvgParameter><se:SvgParameter name="stroke-linejoin">miter'
        "</se:SvgParameter></se:Stroke><se:PerpendicularOffset>5</se:PerpendicularOffset></se:LineSymbolizer>"
    )
    style = converted(rule(text))
    assert found(style, "//@uom") == ["http://www.opengeospatial.org/se/units/metre"]
    assert found(style, "//s:PerpendicularOffset") == ["5"]
    assert "mitre" in found(style, "//s:CssParameter")
    assert style.losses == ("SLD 1.0 cannot move a fill: it is drawn where the object is.",)


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("SymbolLayerV2 GradientFill not implemented yet", "SLD has no gradient fills"),
        ("QgsMarkerSymbolLayer FilledMarker not implemented yet", "SLD has no filled markers"),
        ("SymbolLayerV2 NewKind not implemented yet", "SLD has no NewKind"),
    ],
)
def test_symbols_that_qgis_does_not_write(comment, words):
    style = converted(rule(f"<!--{comment}-->{FILL}"))
    assert len(style.losses) == 1 and words in style.losses[0]
    alone = converted(rule(f"<!--{comment}-->"))
    assert alone.text == "" and alone.losses[-1].startswith("Nothing of this style can be told")


# ---------------------------------------------------------------------- labels


def label(content, more=""):
    return rule(f"<se:TextSymbolizer><se:Label>{content}</se:Label>{more}</se:TextSymbolizer>")


def unwritten(expression):
    return label(f"<!--SE Export for {expression} not implemented yet-->Placeholder")


@pytest.mark.parametrize(
    ("expression", "qml_expression", "columns", "texts"),
    [
        ("Nom || ' (' || Code || ')'", "", ["nom", "code"], [" (", ")"]),
        ("Nom || 'l''été'", "", ["nom"], ["l'été"]),
        ("Été || ''", "\"Été\" || ''", ["ete"], [""]),
    ],
)
def test_labels_of_columns_and_texts(expression, qml_expression, columns, texts):
    given = labelled(qml_expression) if qml_expression else ""
    style = converted(unwritten(expression), qml=given)
    assert found(style, "//s:Label/o:PropertyName") == columns
    assert [text or "" for text in found(style, "//s:Label/o:Literal")] == texts and style.losses == ()


@pytest.mark.parametrize("expression", ["upper(Nom)", "Nom ||", "Nom || absente", "$area", ""])
def test_labels_that_cannot_be_told(expression):
    style = converted(unwritten(expression or "?"), rule())
    assert found(style, "//s:TextSymbolizer") == []
    assert style.losses[0].startswith("The labels “") and "Make a column of it" in style.losses[0]


def test_a_label_of_which_qgis_says_nothing():
    """3.44 writes “Placeholder”: the QML says what it stands for."""
    style = converted(label("Placeholder"), qml=labelled("'n° ' || \"Code\""))
    assert found(style, "//s:Label/*") == ["n° ", "code"] and style.losses == ()
    style = converted(label("Placeholder"), rule(), qml=labelled('upper("Nom")'))
    assert found(style, "//s:TextSymbolizer") == [] and 'upper("Nom")' in style.losses[0]


def test_labels_whose_condition_vanished():
    rules = (
        '<labeling type="rule-based"><rules><rule filter="$area &gt; 3" description="big"><settings/></rule>'
        '<rule filter="ELSE"><settings/></rule><rule active="0"><settings/></rule></rules></labeling>'
    )
    texts = [label("<ogc:PropertyName>Nom</ogc:PropertyName>").replace(">r<", f">{title}<") for title in "abc"]
    style = converted(rule(title="drawn"), *texts, qml=qgis('type="singleSymbol"><symbols/>', more=rules))
    assert found(style, "//s:Rule/s:Name") == ["drawn", "b"] and len(found(style, "//s:ElseFilter")) == 1
    assert len(style.losses) == 1 and "“a” is left out" in style.losses[0]


def test_where_labels_stand():
    point_placement = (
        "<se:LabelPlacement><se:PointPlacement><se:AnchorPoint><se:AnchorPointX>0</se:AnchorPointX><se:AnchorPointY>0.5"
        "</se:AnchorPointY></se:AnchorPoint><se:Rotation>10</se:Rotation></se:PointPlacement></se:LabelPlacement>"
    )
    halo = (
        '<se:Halo><se:Radius>2</se:Radius><se:Fill><se:SvgParameter name="fill">#fff</se:SvgParameter></se:Fill>'
        "</se:Halo>"
        '<se:VendorOption name="group">yes</se:VendorOption><se:VendorOption name="unknown">1</se:VendorOption>'
    )
    name = "<ogc:PropertyName>Nom</ogc:PropertyName>"
    style = converted(label(name, point_placement + halo))
    assert found(style, "//s:AnchorPoint/*") == ["0", "0.5"] and found(style, "//s:VendorOption/@name") == ["group"]
    line = (
        "<se:LabelPlacement><se:LinePlacement><se:Repeat>true</se:Repeat><se:Gap>36</se:Gap><se:GeneralizeLine>true"
        "</se:GeneralizeLine></se:LinePlacement></se:LabelPlacement>"
    )
    style = converted(label(name, line))
    assert found(style, "//s:LinePlacement/*") == [] and len(found(style, "//s:LinePlacement")) == 1


# ---------------------------------------------------------------------- what only the QML says


def qgis(renderer, *, version="3.22.16-X", more="", attributes=""):
    return f'<qgis version="{version}" {attributes}><renderer-v2 {renderer}</renderer-v2>{more}</qgis>'


def labelled(expression):
    escaped = expression.replace('"', "&quot;")
    return qgis(
        'type="singleSymbol"><symbols/>',
        more=f'<labeling><settings><text-style isExpression="1" fieldName="{escaped}"/></settings></labeling>',
    )


def categories(*entries):
    return qgis(f'type="categorizedSymbol" attr="Nom"><categories>{"".join(entries)}</categories>')


def test_categories_as_qgis_means_them():
    """“All others”, and several values in one category."""
    null = "<ogc:PropertyIsNull><ogc:PropertyName>Nom</ogc:PropertyName></ogc:PropertyIsNull>"
    other = f"<ogc:Or>{compared('Nom', '')}{null}</ogc:Or>"
    style = converted(
        rule(title="a", filter=compared("Nom", "a")),
        rule(title="two", filter=other),
        rule(title="others", filter=other),
        qml=categories(
            '<category value="a" label="a" render="true"/>',
            '<category label="two"><val value="x"/><val value="y"/></category>',
            '<category value="" label="others"/>',
        ),
    )
    assert found(style, "//s:Rule/s:Name") == ["a", "two", "others"]
    assert found(style, "//s:Rule[2]//o:Literal") == ["x", "y"]
    assert len(found(style, "//s:Rule[3]/s:ElseFilter")) == 1 and style.losses == ()


def test_all_others_without_an_unchecked_category():
    """QGIS draws what an unchecked category means not at all."""
    style = converted(
        rule(title="a", filter=compared("Nom", "a")),
        rule(title="hidden", filter=compared("Nom", "h")),
        rule(title="others", filter=compared("Nom", "")),
        qml=categories(
            '<category value="a" render="true"/>', '<category value="h" render="false"/>', '<category value=""/>'
        ),
    )
    assert found(style, "//s:Rule/s:Name") == ["a", "others"] and found(style, "//s:ElseFilter") == []
    assert found(style, "//s:Rule[2]/o:Filter/o:Or/o:Not//o:Literal") == ["a", "h"]
    assert found(style, "//s:Rule[2]/o:Filter/o:Or/o:PropertyIsNull/*") == ["nom"]


def test_categories_whose_condition_vanished():
    """So QGIS 3.40 writes those of an expression that it has no words for."""
    expression = qgis("type=\"categorizedSymbol\" attr=\"upper(&quot;Nom&quot;) || 'x'\"><categories>"
                      '<category value="A" label="A"/><category value="" label="others"/></categories>')  # fmt: skip
    style = converted(rule(title="A"), rule(title="others"), qml=expression)
    assert found(style, "//s:Rule/s:Name") == ["others"]
    assert "“A” is left out" in style.losses[0] and "upper(\"Nom\") || 'x'" in style.losses[0]


def test_rules_whose_condition_vanished():
    """QGIS writes no filter at all for what it has no words for."""
    rules = qgis(
        'type="RuleRenderer"><rules><rule filter="$area &gt; 100" label="big" symbol="0"/>'
        '<rule filter="&quot;Code&quot; = 1" label="one"><rule filter="ELSE" label="rest" symbol="1"/></rule>'
        '<rule filter="ELSE" label="else" symbol="2"/><rule checkstate="0" label="off" symbol="3"/>'
        '<rule label="all" symbol="4"/></rules>'
    )
    style = converted(*(rule(title=title) for title in ("big", "rest", "else", "off", "all")), qml=rules)
    assert found(style, "//s:Rule/s:Name") == ["else", "all"] and len(found(style, "//s:ElseFilter")) == 1
    assert [loss.partition(" is left")[0] for loss in style.losses] == ["“big”", "“rest”"]


def test_a_qml_of_another_style_is_not_taken_at_its_word():
    style = converted(rule(title="a"), rule(title="b"), qml=categories('<category value="" label="x" render="false"/>'))
    assert found(style, "//s:Rule/s:Name") == ["a", "b"]


def test_opacity_of_the_layer_and_levels():
    stroke = '<se:Stroke><se:SvgParameter name="stroke">#{}</se:SvgParameter></se:Stroke>'
    line = f"<se:LineSymbolizer>{stroke}</se:LineSymbolizer>"
    look = qgis('type="singleSymbol" symbollevels="1"><symbols/>', more="<layerOpacity>0.5</layerOpacity>")
    style = converted(rule(line.format("000000") + line.format("ffff00")), qml=look)
    assert found(style, "//s:FeatureTypeStyle[1]//s:CssParameter") == ["#000000", "0.5"]
    assert found(style, "//s:FeatureTypeStyle[2]//s:CssParameter") == ["#ffff00", "0.5"]


def test_what_follows_the_data_and_what_else_is_lost():
    option = '<Option name="{}" type="Map">{}</Option>'
    size = option.format("size", '<Option name="active" value="{}"/>')
    properties = option.format("", option.format("properties", size))
    follows = f"<data_defined_properties>{properties}</data_defined_properties>"
    units = '<Option type="Map"><Option name="size_unit" value="MapUnit"/></Option>'
    shadow = '<effect type="dropShadow"><Option type="Map"><Option name="enabled" value="1"/></Option></effect>'
    layer = f'<layer class="SimpleMarker">{units}{follows.format("true")}</layer>'
    look = qgis(
        'type="singleSymbol" enableorderby="1"><symbols><symbol>'
        f'{follows.format("false")}{layer}</symbol></symbols><effect type="effectStack" enabled="1">{shadow}</effect>',
        more="<blendMode>6</blendMode><SingleCategoryDiagramRenderer/>"
        '<labeling><settings><text-style allowHtml="1"/><shadow shadowDraw="1"/></settings></labeling>',
        attributes='labelsEnabled="1"',
    )
    assert qml.read(look).losses == (
        "The order in which objects are drawn is left to the server.",
        "What follows the data is fixed on the server: size.",
        "Sizes in metres on the ground become pixels, the same at every scale.",
        "Effects such as shadows and glows are left out.",
        "Blending of colours with what lies below is left out.",
        "Diagrams are left out.",
        "Shadows of labels are left out.",
        "HTML in labels is shown as it is.",
    )
    assert converted(rule(), qml=look).losses == qml.read(look).losses


@pytest.mark.parametrize(
    ("version", "too_new"), [("3.22.16-X", False), ("3.28.0", False), ("3.40.6-B", True), ("4.0.1", True), ("", False)]
)
def test_a_qml_that_is_too_new(version, too_new):
    said = qml.too_new(qml.read(qgis('type="singleSymbol"><symbols/>', version=version)))
    assert bool(said) == too_new and ("up to 3.28" in said) == too_new


def test_what_is_no_qml():
    with pytest.raises(InputError, match="no QML"):
        qml.read(se(rule()))


def test_the_style_of_a_table():
    fields = (Column("nom", "TEXT", "Nom"), Column("ete_2", "REAL", "Été"))
    table = Table("communes", fields=fields, sld=se(rule(filter=compared("Été"))))
    style = sld.of_table(table)
    assert style.attributes == ("ete_2",) and found(style, "//s:NamedLayer/s:Name") == ["communes"]


# ---------------------------------------------------------------------- anything at all

NAMES = st.sampled_from(["Nom", "Code", "Été", "absente", "order", 'upper("Nom")', ""])
TEXT = st.text("aé1' <&\"", max_size=6)


def element(name, /, *content, **attributes):
    space = "http://www.opengis.net/ogc" if name in OGC_NAMES else "http://www.opengis.net/se"
    made = etree.Element(f"{{{space}}}{name}", attributes)
    for each in content:
        if isinstance(each, str):
            made.text = (made.text or "") + each
        else:
            made.append(each)
    return made


OGC_NAMES = frozenset("Filter And Or Not PropertyIsEqualTo PropertyIsNull PropertyName Literal Function Add".split())
VALUES = st.deferred(
    lambda: st.one_of(
        st.builds(lambda name: element("PropertyName", name), NAMES),
        st.builds(lambda text: element("Literal", text), TEXT),
        st.builds(
            lambda name, inner: element("Function", inner, name=name), st.sampled_from(["length", "odd"]), VALUES
        ),
    )
)
CONDITIONS = st.recursive(
    st.one_of(
        st.builds(lambda a, b: element("PropertyIsEqualTo", a, b), VALUES, VALUES),
        st.builds(lambda a: element("PropertyIsNull", a), VALUES),
    ),
    lambda inner: st.builds(
        lambda name, parts: element(name, *parts), st.sampled_from(["And", "Or", "Not"]), st.lists(inner, max_size=3)
    ),
    max_leaves=6,
)
PARAMETERS = st.lists(
    st.builds(
        lambda name, text: element("SvgParameter", text, name=name),
        st.sampled_from(["fill", "stroke", "stroke-width", "stroke-dasharray", "odd"]),
        st.sampled_from(["#ff0000", "1", "5 2", ""]),
    ),
    max_size=3,
)
GRAPHICS = st.builds(
    lambda name, size: element("Graphic", element("Mark", element("WellKnownName", name)), element("Size", size)),
    st.sampled_from(["circle", "diamond", "horline", "brush://dense9", "odd", ""]),
    st.sampled_from(["", "7", "x"]),
)
FILLS = st.one_of(
    st.builds(lambda parameters: element("Fill", *parameters), PARAMETERS),
    st.builds(lambda graphic: element("Fill", element("GraphicFill", graphic)), GRAPHICS),
)
STROKES = st.one_of(
    st.builds(lambda parameters: element("Stroke", *parameters), PARAMETERS),
    st.builds(lambda graphic: element("Stroke", element("GraphicStroke", graphic)), GRAPHICS),
)
SYMBOLIZERS = st.one_of(
    st.builds(lambda stroke, fill: element("PolygonSymbolizer", stroke, fill), STROKES, FILLS),
    st.builds(lambda stroke: element("LineSymbolizer", stroke), STROKES),
    st.builds(lambda graphic: element("PointSymbolizer", graphic), GRAPHICS),
    st.builds(lambda value: element("TextSymbolizer", element("Label", value)), VALUES),
    st.builds(lambda: element("RasterSymbolizer")),
)
RULES = st.builds(
    lambda conditions, symbolizers: element("Rule", *(element("Filter", each) for each in conditions), *symbolizers),
    st.lists(CONDITIONS, max_size=1),
    st.lists(SYMBOLIZERS, max_size=3),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(RULES, max_size=4))
def test_whatever_comes_what_goes_is_right_in_form(rules):
    text = [etree.tostring(each, encoding="unicode") for each in rules]
    style = converted(*text)
    kept = set() if not style.text else attributes_of(style.text)
    assert kept <= set(COLUMNS.values())
    drawn = len(found(style, "//s:Rule")) if style.text else 0
    assert drawn >= sum(any(each.tag.endswith("Symbolizer") for each in rule) for rule in rules) or style.losses
