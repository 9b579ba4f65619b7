"""The styles of a group layer (contract 2.8) as symbols, rules and labels of QGIS.

The web draws in pixels of 1/96 inch; here they are millimetres, so that a printed map looks as the screen does. Offsets
go right and down, from the middle of the marker or the label. What cannot be read is drawn with the web's defaults; a
rule whose condition cannot be understood is left out with a warning, and its objects are drawn by the else-rule.

As in the official plugin an object that satisfies several rules is drawn by each of them, the later above the earlier.
"""

import base64
import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional

from qgis.core import (
    QgsFillSymbol,
    QgsFontUtils,
    QgsLinePatternFillSymbolLayer,
    QgsLineSymbol,
    QgsMarkerLineSymbolLayer,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsPointPatternFillSymbolLayer,
    QgsProperty,
    QgsRasterMarkerSymbolLayer,
    QgsRuleBasedLabeling,
    QgsRuleBasedRenderer,
    QgsSimpleFillSymbolLayer,
    QgsSimpleLineSymbolLayer,
    QgsSimpleMarkerSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsSymbolLayerUtils,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsWkbTypes,
)
from qgis.PyQt.QtGui import QColor, QFont

from ...client import reading
from ...i18n import _
from ...workflows.layers.conditions import Field, UnknownCondition, expression, literal, quoted_name, quoted_text
from ...workflows.layers.zooms import scale_of
from ..compat import LABEL_PLACEMENT, LAYER_ENABLED, kind_of
from ..project import pictures
from ..project.maps import LABEL_FONTS

PIXEL = 25.4 / 96
"""Millimetres."""
_BLUE = "#3388ff"
_NOTHING = QColor(0, 0, 0, 0)
_WIDEST = 1000.0
_SHAPES = {"circle": ("circle", 0), "square": ("square", 0), "triangle": ("triangle", 0),
           "cross": ("cross_fill", 0), "x": ("cross_fill", 45), "star": ("star", 0)}  # fmt: skip
_DASHES = {
    "dash": (4, 4), "dot": (0, 4), "dashdot": (4, 4, 0, 4), "longdash": (8, 4), "longdashdot": (8, 4, 0, 4),
}  # fmt: skip
"""Lengths of dashes and gaps, in widths of the line; a dot is as long as the cap lets it be seen."""
_CAPS = {"butt": "flat", "round": "round", "square": "square"}
_HATCHES = {"cross": (0, 90), "tile": (0, 90), "woven": (45, 135), "crosses": (45, 135)}
_DOTS = {"dot": ("circle", 2, True), "circle": ("circle", 5, False), "square": ("square", 5, False)}
"""Fill patterns by points: shape, size in pixels, filled; each other pattern is lines."""
_IMAGES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8")
_TYPES = {"flag": "Boolean", "integer": "Integer", "number": "Double", "day": "Date", "moment": "DateTime"}


class Dressed(NamedTuple):
    """A style as QGIS draws it; no labelling if it has no labels. `warnings` are sentences."""

    renderer: object
    labeling: Optional[object]
    warnings: list


def apply_styles(
    layer,
    table_styles: Sequence[Mapping],
    preferred,
    images: Mapping[str, bytes],
    local_names: Optional[Mapping[str, str]] = None,
) -> list[str]:
    """Make each style of a table a named style of its layer, the `preferred` one (an id), else the first, the current.

    Named styles hold forms, scales and opacity too: a layer is given those before. `images` are pictures by the `uri`
    of the styles; `local_names` as for `fields_of`. Without a style the layer stays as it is. Gives warnings as
    sentences.
    """
    fields = fields_of(layer, local_names)
    wanted = _in_order(table_styles, preferred)
    manager = layer.styleManager()
    if wanted and len(manager.styles()) == 1 and manager.currentStyle() not in wanted:
        manager.renameStyle(manager.currentStyle(), next(iter(wanted)))
    warnings = []
    for name, style in reversed(wanted.items()):  # the preferred one last: it stays the current
        if name not in manager.styles():
            manager.addStyleFromLayer(name)
        manager.setCurrentStyle(name)
        warnings = _put_on(layer, dress(style, layer.geometryType(), fields, images)) + warnings
    layer.triggerRepaint()
    return list(dict.fromkeys(warnings))


def _put_on(layer, dressed: Dressed) -> list[str]:
    """Give a layer a renderer and labels; gives the warnings.

    No variable may hold a renderer of rules when the layer takes another style: 3.22 then writes into freed memory.
    """
    layer.setRenderer(dressed.renderer)
    layer.setLabeling(dressed.labeling)
    layer.setLabelsEnabled(dressed.labeling is not None)
    return dressed.warnings


def apply_view(layer, minimum_zoom, maximum_zoom, opacity=1) -> None:
    """Show a layer between two zoom levels of the web, and as opaque as there; what is no number sets no limit."""
    levels = [reading.integer(level) for level in (minimum_zoom, maximum_zoom)]
    if None not in levels:
        levels.sort()
    least, most = (None if level is None else scale_of(level) for level in levels)
    layer.setMinimumScale(least or 0)
    layer.setMaximumScale(most or 0)
    layer.setScaleBasedVisibility(least is not None or most is not None)
    layer.setOpacity(_part(opacity))


def fields_of(layer, local_names: Optional[Mapping[str, str]] = None) -> dict[str, Field]:
    """The fields of a layer, by their names on the server, with the types as which QGIS has them.

    `local_names` are those of the columns that are called otherwise in the layer, by their names on the server.
    A boolean of SpatiaLite is a number in old versions, so that the server's type is no help.
    """
    found = {field.name(): Field(field.name(), _TYPES.get(kind_of(field), "String")) for field in layer.fields()}
    others = {name: found[local] for name, local in (local_names or {}).items() if local in found}
    return {**found, **others}


def dress(style: Mapping, geometry_type, fields: Mapping[str, Field], images: Mapping[str, bytes]) -> Dressed:
    """A style for layers of this type of geometry (`layer.geometryType()`)."""
    return _Dressing(geometry_type, fields, images).dress(style)


def _in_order(styles: Sequence[Mapping], preferred) -> dict[str, Mapping]:
    """The styles by their names, each once, the preferred one first; two of one name are numbered."""
    by_id = {}
    for number, style in enumerate(styles):
        if isinstance(style, Mapping):
            by_id.setdefault(reading.integer(style.get("id")) or f"number {number}", style)
    found: dict[str, Mapping] = {}
    for _id, style in sorted(by_id.items(), key=lambda item: item[0] != reading.integer(preferred)):
        wanted = name = _name(style)
        number = 1
        while name in found:
            number += 1
            name = f"{wanted} ({number})"
        found[name] = style
    return found


def _name(style: Mapping) -> str:
    return reading.text(style.get("name")).strip()[:100] or _("Without name")


class _Dressing:
    """One style on its way, with the warnings on it."""

    def __init__(self, geometry_type, fields, images):
        self._fields, self._images = fields, images
        kinds = QgsWkbTypes.GeometryType
        symbols = {kinds.PointGeometry: self._marker, kinds.LineGeometry: self._line}
        self._symbol = symbols.get(geometry_type, self._area)
        self._along = geometry_type == kinds.LineGeometry
        self._warnings: list[str] = []
        self._name = ""

    def dress(self, style):
        self._name = _name(style)
        children = reading.objects(style.get("children"))
        labels = QgsRuleBasedLabeling.Rule(None)
        if children or _condition(style) is not None:
            root = QgsRuleBasedRenderer.Rule(None)
            self._add_rules(root, labels, style, children)
            renderer = QgsRuleBasedRenderer(root)
        else:
            renderer = QgsSingleSymbolRenderer(self._symbol(style))
            self._add_label(labels, style)
        # so that the border of a road does not cut the road that it meets
        renderer.setUsingSymbolLevels(self._along)
        return Dressed(renderer, QgsRuleBasedLabeling(labels) if labels.children() else None, self._warnings)

    def _add_rules(self, root, labels, style, children):
        """A rule for each child, and for the style itself unless one of them is there for all other objects."""
        own_labels = any(_label(child) for child in children)
        complete = any(_condition(child) is None for child in children)
        has_else = False
        for rule in [*children, *([] if complete else [style])]:
            condition = _condition(rule)
            title = _("Default") if rule is style and condition is None else _name(rule)
            try:
                test = expression(condition, self._fields) if condition is not None else _else(has_else)
            except UnknownCondition as why:
                words = _("Style “{style}”: the rule “{rule}” was left out. {why}")
                self._warnings.append(words.format(style=self._name, rule=title, why=why))
                continue
            has_else = has_else or condition is None
            root.appendChild(QgsRuleBasedRenderer.Rule(self._symbol(rule), 0, 0, test, title))
            if own_labels:
                self._add_label(labels, rule if _label(rule) else style, test, title)
        if not own_labels:
            self._add_label(labels, style)

    # Symbols

    def _marker(self, style):
        symbol = _symbol(QgsMarkerSymbol, [self._picture(style) or _shape(style)])
        symbol.setOpacity(_part(style.get("graphicOpacity")))
        return symbol

    def _picture(self, style):
        """The marker of a picture, which is kept in the style itself: nothing is fetched when it is drawn."""
        url = reading.text(style.get("uri"))
        if not url:
            return None
        content = self._images.get(url) or b""
        picture = pictures.small(content, "") if content.startswith(_IMAGES) else None
        if picture is None:
            words = _("Style “{style}”: the picture {url} is missing; a plain marker is drawn instead.")
            self._warnings.append(words.format(style=self._name, url=url[:200]))
            return None
        content, _type, width, height = picture
        wide = _number(style.get("graphicWidth"), 0) or width
        high = _number(style.get("graphicHeight"), 0) or wide * height / width
        return QgsRasterMarkerSymbolLayer.create({
            "imageFile": "base64:" + base64.b64encode(content).decode(), "size": _mm(wide),
            "fixedAspectRatio": repr(high / wide), **_placed(style),
        })  # fmt: skip

    def _line(self, style):
        return _symbol(QgsLineSymbol, [*(_strokes(style) or _strokes({})), *self._arrows(style)])

    def _arrows(self, style):
        """An arrow in the middle of a line for objects of one direction, another for those of the other one."""
        direction = reading.mapping(style.get("directionField"))
        if not direction:
            return []
        field = self._fields.get(reading.text(direction.get("attribute")))
        try:
            if field is None:
                raise UnknownCondition
            tests = [
                (angle, f"coalesce({quoted_name(field.name)} = {literal(field, direction[sense])}, false)")
                for angle, sense in ((0, "sensDirect"), (180, "sensInverse"))
                if direction.get(sense) is not None
            ]
        except UnknownCondition:
            words = _("Style “{style}”: arrows are left out, since their column or its values cannot be read.")
            self._warnings.append(words.format(style=self._name))
            return []
        return [_arrow(style, angle, test) for angle, test in tests]

    def _area(self, style):
        fill = _color(style, "fillColor", _BLUE, "fillOpacity")
        pattern = _pattern(style)
        strokes = _strokes(style)
        if fill is None and not pattern and not strokes:
            strokes = _strokes({})  # something must be seen
        plain = QgsSimpleFillSymbolLayer.create({"color": _written(fill or _NOTHING), "outline_style": "no"})
        return _symbol(QgsFillSymbol, [plain, *pattern, *strokes])

    # Labels

    def _add_label(self, labels, style, test="", title=""):
        text = _label(style)
        if not text:
            return
        settings = QgsPalLayerSettings()
        settings.fieldName, settings.isExpression = self._text(text), True
        settings.setFormat(_letters(style))
        if self._along:
            settings.placement, settings.dist = LABEL_PLACEMENT.Line, 0.5
        else:
            settings.placement = LABEL_PLACEMENT.OverPoint
            settings.xOffset = _number(style.get("labelXOffset"), 0, -_WIDEST) * PIXEL
            settings.yOffset = _number(style.get("labelYOffset"), 0, -_WIDEST) * PIXEL
        rule = QgsRuleBasedLabeling.Rule(settings, 0, 0, test, title)
        level = reading.integer(style.get("labelMinZoom"))
        if level is not None:
            rule.setMinimumScale(scale_of(level))
        labels.appendChild(rule)

    def _text(self, label):
        """The name of a field, or a text with `${names of fields}`, as an expression; unknown fields are empty."""
        if label in self._fields:
            return quoted_name(self._fields[label].name)
        parts = []
        for number, part in enumerate(re.split(r"\$\{([^{}]*)\}", label)):
            if number % 2 == 0:
                parts += [quoted_text(part)] if part else []
            elif part in self._fields:
                parts.append(quoted_name(self._fields[part].name))
            else:
                words = _("Style “{style}”: its labels name the column {column}, which the layer does not have.")
                self._warnings.append(words.format(style=self._name, column=part[:60]))
        return f"concat({', '.join(parts)})" if parts else "''"


def _symbol(kind, layers):
    """A symbol of these layers. They are added one by one: in 3.22, symbols made from a list are freed too early."""
    symbol = kind.createSimple({})
    symbol.deleteSymbolLayer(0)
    for layer in layers:
        symbol.appendSymbolLayer(layer)
    return symbol


def _condition(style):
    """JSON text, or what was read from it; None for all objects that satisfy no other condition."""
    condition = style.get("condition")
    return None if condition in ("", "null") else condition


def _else(has_one):
    if has_one:
        raise UnknownCondition(_("There is another one for all other objects."))
    return "ELSE"


def _label(style):
    return reading.text(style.get("label"))[:1000]


def _number(value, default, low=0.0):
    """A number, or a text such as `12px`, not beyond what can be drawn."""
    if isinstance(value, str):
        found = re.match(r"\s*([-+]?[0-9]{1,6}(\.[0-9]{1,6})?)\s*(px)?\s*$", value)
        value = float(found[1]) if found else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return default
    return float(min(max(value, low), _WIDEST))


def _part(value):
    """An opacity, 1 if it cannot be read."""
    return min(_number(value, 1.0), 1.0)


def _mm(pixels):
    return repr(round(pixels * PIXEL, 3))  # as exact as styles are saved


def _color(style, name, default, opacity=None):
    """A colour with its opacity; None if the style has none, the default if it has something else."""
    value = style.get(name, default)
    if value is None:
        return None
    color = QgsSymbolLayerUtils.parseColor(reading.text(value)[:40], True)
    if not color.isValid():
        color = QColor(default)
    if opacity:
        color.setAlphaF(color.alphaF() * _part(style.get(opacity)))
    return color


def _written(color):
    return f"{color.red()},{color.green()},{color.blue()},{color.alpha()}"


def _placed(style, turned=0.0):
    """Angle and offset of a marker, clockwise, that is itself drawn `turned`. QGIS turns the offset with the marker."""
    angle = (_number(style.get("rotation"), 0, -_WIDEST) + turned) % 360
    x, y = (_number(style.get(name), 0, -_WIDEST) for name in ("graphicXOffset", "graphicYOffset"))
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return {"angle": repr(angle), "offset": f"{_mm(x * cos + y * sin)},{_mm(y * cos - x * sin)}"}


def _shape(style):
    shape, turned = _SHAPES.get(reading.text(style.get("graphicName")), _SHAPES["circle"])
    fill = _color(style, "fillColor", _BLUE, "fillOpacity")
    stroke = _color(style, "strokeColor", _BLUE, "strokeOpacity")
    if fill is None and stroke is None:
        fill = QColor(_BLUE)
    radius = _number(style.get("pointRadius"), 0) or 6
    width = _number(style.get("strokeWidth"), 1)
    if shape == "cross_fill":
        width = min(width, radius / 8)  # the arms are thin: a wider outline would hide their colour
    return QgsSimpleMarkerSymbolLayer.create({
        "name": shape, "color": _written(fill or _NOTHING), "outline_color": _written(stroke or _NOTHING),
        "outline_style": "solid" if stroke and width else "no", "outline_width": _mm(width), "joinstyle": "round",
        "size": _mm(2 * radius),
        **_placed(style, turned),
    })  # fmt: skip


def _strokes(style):
    """The border under a line, if it has one, and the line; nothing if it has no colour or width."""
    color = _color(style, "strokeColor", _BLUE, "strokeOpacity")
    width = _number(style.get("strokeWidth"), 1)
    if color is None or not width:
        return []
    cap = _CAPS.get(reading.text(style.get("strokeLinecap")), "round")
    line = {"line_color": _written(color), "line_width": _mm(width), "capstyle": cap, "joinstyle": "round"}
    lengths = _DASHES.get(reading.text(style.get("strokeDashstyle")))
    if lengths:
        dot = 1.0 if cap == "flat" else 0.01
        line["use_custom_dash"] = "1"
        line["customdash"] = ";".join(_mm((length or dot) * width) for length in lengths)
    strokes = [QgsSimpleLineSymbolLayer.create(line)]
    strokes[0].setRenderingPass(1)
    border = _color(style, "strokeBorderColor", "#000000", "strokeOpacity") if "strokeBorderColor" in style else None
    if border is not None:
        under = {**line, "line_color": _written(border), "line_width": _mm(width + 2), "use_custom_dash": "0"}
        strokes.insert(0, QgsSimpleLineSymbolLayer.create(under))
    return strokes


def _arrow(style, angle, test):
    color = _color(style, "strokeColor", _BLUE, "strokeOpacity") or QColor(_BLUE)
    size = max(16.0, 6 * _number(style.get("strokeWidth"), 1))
    head = QgsMarkerSymbol.createSimple({
        "name": "filled_arrowhead", "color": _written(color), "outline_color": "255,255,255,255",
        "outline_width": _mm(0.75), "size": _mm(size), "angle": repr(angle),
    })  # fmt: skip
    arrow = QgsMarkerLineSymbolLayer.create({"placement": "centralpoint"})
    arrow.setSubSymbol(head)
    arrow.setDataDefinedProperty(LAYER_ENABLED, QgsProperty.fromExpression(test))
    arrow.setRenderingPass(2)
    return arrow


def _pattern(style):
    """The layers of a fill's pattern, none if it has none."""
    name = reading.text(style.get("fillPattern"))
    if not name:
        return []
    color = _color(style, "patternColor", "#000000") or QColor("#000000")
    if name in _DOTS:
        shape, size, filled = _DOTS[name]
        dot = QgsMarkerSymbol.createSimple({
            "name": shape, "color": _written(color if filled else _NOTHING), "outline_color": _written(color),
            "outline_width": _mm(1), "outline_style": "no" if filled else "solid", "size": _mm(size),
        })  # fmt: skip
        dots = QgsPointPatternFillSymbolLayer()
        dots.setDistanceX(8 * PIXEL)
        dots.setDistanceY(8 * PIXEL)
        dots.setSubSymbol(dot)
        return [dots]
    hatches = []
    for angle in _HATCHES.get(name, (45,)):
        hatch = QgsLinePatternFillSymbolLayer()
        hatch.setLineAngle(angle)
        hatch.setDistance(7 * PIXEL)
        line = {"line_color": _written(color), "line_width": _mm(1.5), "capstyle": "flat"}
        hatch.setSubSymbol(QgsLineSymbol.createSimple(line))
        hatches.append(hatch)
    return hatches


def _letters(style):
    """How the labels of a style are written; a thin halo lets them be read on any ground."""
    family = reading.text(style.get("fontFamily")).split(",")[0].strip(" '\"")[:100]
    families = [*([family] if family else []), *LABEL_FONTS]
    # the one that QGIS takes when it reads the style again
    font = QFont(next((each for each in families if QgsFontUtils.fontFamilyMatchOnSystem(each)[0]), families[0]))
    weight = reading.text(style.get("fontWeight"))
    font.setBold(weight.startswith("bold") or _number(weight, 400) >= 600)
    letters = QgsTextFormat()
    letters.setFont(font)
    letters.setFamilies(families)
    letters.setSize((_number(style.get("fontSize"), 0) or 12) * 0.75)  # points
    letters.setColor(_color(style, "fontColor", "#000000") or QColor("#000000"))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.4)
    halo.setColor(QColor("#ffffff"))
    letters.setBuffer(halo)
    return letters
