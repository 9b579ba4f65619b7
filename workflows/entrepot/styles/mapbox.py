"""Looks of vector tiles as Mapbox GL style JSON, made of SLD 1.0.0 (`sld.Style`).

One layer of the style draws one kind of thing: surfaces, lines, circles, texts. What the format has no words for is
replaced by what comes nearest, and said.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, Optional

from ....i18n import _
from .sld import Style
from .sld_filters import CannotSay
from .sld_reading import Element, Losses, child, children, local, parsed, text_of

GLYPHS = "https://data.geopf.fr/annexes/ressources/vectorTiles/fonts/{fontstack}/{range}.pbf"
"""The fonts that the Géoplateforme has for vector tiles."""
FONT = "Source Sans Pro"
SCALE_OF_0 = 559082264.0287178 / 2
"""Scale denominator of zoom 0: a pixel is 0.28 mm, the world 512 pixels wide."""
HIGHEST = 24.0
_COMPARISONS = {
    "PropertyIsEqualTo": "==",
    "PropertyIsNotEqualTo": "!=",
    "PropertyIsLessThan": "<",
    "PropertyIsGreaterThan": ">",
    "PropertyIsLessThanOrEqualTo": "<=",
    "PropertyIsGreaterThanOrEqualTo": ">=",
}
_ARITHMETIC = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}
_FUNCTIONS = {
    "strToUpperCase": "upcase",
    "strToLowerCase": "downcase",
    "strLength": "length",
    "abs": "abs",
    "floor": "floor",
    "ceil": "ceil",
    "sqrt": "sqrt",
    "Concatenate": "concat",
}
_CAPS = {"butt": "butt", "round": "round", "square": "square"}
_JOINS = {"mitre": "miter", "round": "round", "bevel": "bevel"}
_ANCHORS = {
    (0, 0): "bottom-left", (1, 0): "bottom", (2, 0): "bottom-right",
    (0, 1): "left", (1, 1): "center", (2, 1): "right",
    (0, 2): "top-left", (1, 2): "top", (2, 2): "top-right",
}  # fmt: skip
"""By thirds of the anchor point, from the left and from below."""
_HALF = 0.5
"""How much a pattern covers, where nothing better is known."""
Json = dict[str, Any]


def to_mapbox(style: Style, table: str, tiles: str, *, name: str = "") -> Style:
    """The style of the tiles at `tiles`, a URL with {z}, {x}, {y}, whose layer is `table`; and what was lost."""
    losses = Losses()
    for loss in style.losses:
        losses.add(loss)
    layers = list(_Layers(table, losses).of(style.text)) if style.text else []
    source = re.sub(r"[^A-Za-z0-9_.-]", "_", name or table)
    for layer in layers:
        layer["source"], layer["source-layer"] = source, table
    made: Json = {
        "version": 8,
        "name": name or table,
        "glyphs": GLYPHS,
        "sources": {source: {"type": "vector", "tiles": [tiles]}},
        "layers": layers,
    }
    text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    return Style(text if layers else "", losses.all(), style.notes, style.attributes)


def zoom_of(denominator: float) -> float:
    """The zoom level at which the scale is 1:denominator."""
    return round(min(max(math.log2(SCALE_OF_0 / denominator), 0.0), HIGHEST), 2)


class _Layers:
    def __init__(self, table: str, losses: Losses) -> None:
        self._table, self._losses = table, losses
        self._count = 0

    def of(self, text: str) -> Iterator[Json]:
        for part in parsed(text).iter("{*}FeatureTypeStyle"):
            rules = children(part, "Rule")
            conditions = [self._condition(rule) for rule in rules]
            others = [each for each in conditions if each]
            for rule, condition in zip(rules, conditions):
                if condition is None:
                    continue
                if child(rule, "ElseFilter") is not None:
                    # what any rule without condition draws is not left for another
                    unconditional = any(each == [] for each, one in zip(conditions, rules) if one is not rule)
                    if unconditional:
                        continue
                    condition = ["!", ["any", *others]] if others else []
                for layer in self._of_rule(rule):
                    yield self._named(layer, rule, condition)

    def _named(self, layer: Json, rule: Element, condition: list[Any]) -> Json:
        self._count += 1
        head: Json = {"id": f"{self._table}-{self._count}", **layer}
        if condition:
            head["filter"] = condition
        least, most = (text_of(rule, f"{end}ScaleDenominator") for end in ("Max", "Min"))
        if least and float(least) > 0:
            head["minzoom"] = zoom_of(float(least))
        if most and float(most) > 0:
            head["maxzoom"] = zoom_of(float(most))
        return head

    def _condition(self, rule: Element) -> Optional[list[Any]]:
        """As an expression, [] for none; None where the format has no words for it."""
        given = child(rule, "Filter")
        if given is None:
            return []
        try:
            return _expression(next(iter(given)))
        except CannotSay as what:
            said = _("“{rule}” is left out: styles of vector tiles have no {what}.")
            self._losses.add(said.format(rule=text_of(rule, "Title"), what=what))
            return None

    # ------------------------------------------------------------------ symbols

    def _of_rule(self, rule: Element) -> Iterator[Json]:
        for symbolizer in rule:
            kind = local(symbolizer)
            if symbolizer.get("uom"):
                self._losses.add(_("Sizes in metres on the ground become pixels, the same at every scale."))
            if kind == "PolygonSymbolizer":
                yield from self._fill(child(symbolizer, "Fill"))
                yield from self._line(child(symbolizer, "Stroke"), 0.0)
            elif kind == "LineSymbolizer":
                yield from self._line(child(symbolizer, "Stroke"), _number(text_of(symbolizer, "PerpendicularOffset")))
            elif kind == "PointSymbolizer":
                yield from self._circle(child(symbolizer, "Graphic"))
            elif kind == "TextSymbolizer":
                yield from self._text(symbolizer)

    def _fill(self, fill: Optional[Element]) -> Iterator[Json]:
        if fill is None:
            return
        css = _css(fill)
        graphic = child(child(fill, "GraphicFill"), "Graphic")
        if graphic is not None:
            self._losses.add(_("Patterns that fill surfaces become plain colours that show through."))
            mark = child(graphic, "Mark")
            inside, outline = _css(child(mark, "Fill")), _css(child(mark, "Stroke"))
            css = {"fill": inside.get("fill") or outline.get("stroke") or "#808080", "fill-opacity": _HALF}
        yield {
            "type": "fill",
            "paint": _plain({"fill-color": css.get("fill", "#808080"), "fill-opacity": css.get("fill-opacity")}),
        }

    def _line(self, stroke: Optional[Element], offset: float) -> Iterator[Json]:
        if stroke is None:
            return
        css = _css(stroke)
        graphic = child(child(stroke, "GraphicStroke"), "Graphic")
        if graphic is not None:
            self._losses.add(_("Symbols along lines become dotted lines."))
            mark = child(graphic, "Mark")
            size = _number(text_of(graphic, "Size"), 6.0)
            gap = _numbers(str(css.get("stroke-dasharray", "")))[1:2] or [size]
            colour = _css(child(mark, "Fill")).get("fill") or _css(child(mark, "Stroke")).get("stroke") or "#808080"
            # a line of no length with round ends is a dot
            css = {
                "stroke": colour,
                "stroke-width": size,
                "stroke-linecap": "round",
                "stroke-dasharray": f"0 {size + gap[0]:g}",
            }
        width = _number(str(css.get("stroke-width", "")), 1.0)
        dashes = _numbers(str(css.get("stroke-dasharray", "")))
        paint = {
            "line-color": css.get("stroke", "#000000"),
            "line-width": width,
            "line-opacity": css.get("stroke-opacity"),
            "line-dasharray": [round(each / width, 3) for each in dashes] if dashes and width else None,
            # SLD counts to the left, tiles to the right
            "line-offset": -offset or None,
        }
        layout = {
            "line-cap": _CAPS.get(str(css.get("stroke-linecap", ""))),
            "line-join": _JOINS.get(str(css.get("stroke-linejoin", ""))),
        }
        yield {"type": "line", "layout": _plain(layout), "paint": _plain(paint)}

    def _circle(self, graphic: Optional[Element]) -> Iterator[Json]:
        mark = child(graphic, "Mark")
        if text_of(mark, "WellKnownName") != "circle":
            self._losses.add(_("Markers of vector tiles are circles: others become circles of their size."))
        fill, stroke = _css(child(mark, "Fill")), _css(child(mark, "Stroke"))
        faded = _number(text_of(graphic, "Opacity"), 1.0)
        paint = {
            "circle-color": fill.get("fill") or stroke.get("stroke") or "#808080",
            "circle-radius": _number(text_of(graphic, "Size"), 6.0) / 2,
            "circle-opacity": _times(fill.get("fill-opacity"), faded),
            "circle-stroke-color": stroke.get("stroke"),
            "circle-stroke-width": _number(str(stroke.get("stroke-width", "")), 1.0) if stroke else None,
            "circle-stroke-opacity": _times(stroke.get("stroke-opacity"), faded) if stroke else None,
        }
        yield {"type": "circle", "paint": _plain(paint)}

    def _text(self, symbolizer: Element) -> Iterator[Json]:
        try:
            label = _label(child(symbolizer, "Label"))
        except CannotSay as what:
            self._losses.add(_("Labels are left out: styles of vector tiles have no {what}.").format(what=what))
            return
        font, fill = _css(child(symbolizer, "Font")), _css(child(symbolizer, "Fill"))
        halo = child(symbolizer, "Halo")
        size = _number(str(font.get("font-size", "")), 12.0)
        point = child(child(symbolizer, "LabelPlacement"), "PointPlacement")
        along = child(child(symbolizer, "LabelPlacement"), "LinePlacement") is not None
        moved = [_number(text_of(point, "Displacement", f"Displacement{axis}")) for axis in "XY"]
        options = {each.get("name"): each.text for each in children(symbolizer, "VendorOption")}
        layout = {
            "text-field": label,
            "text-font": [_font(font)],
            "text-size": size,
            "symbol-placement": "line" if along else None,
            "symbol-spacing": _number(options.get("repeat"), 0.0) or None if along else None,
            "text-anchor": None if along or point is None else _anchor(point),
            # ems, and down
            "text-offset": [round(moved[0] / size, 2), round(-moved[1] / size, 2)] if any(moved) and size else None,
            "text-rotate": _number(text_of(point, "Rotation")) or None,
            "text-allow-overlap": True if options.get("conflictResolution") == "false" else None,
        }
        paint = {
            "text-color": fill.get("fill", "#000000"),
            "text-opacity": fill.get("fill-opacity"),
            "text-halo-color": _css(child(halo, "Fill")).get("fill") if halo is not None else None,
            "text-halo-width": _number(text_of(halo, "Radius"), 1.0) if halo is not None else None,
        }
        if child(symbolizer, "Graphic") is not None:
            self._losses.add(_("What lies behind labels is left out."))
        yield {"type": "symbol", "layout": _plain(layout), "paint": _plain(paint)}


# ---------------------------------------------------------------------- expressions


def _expression(element: Element) -> list[Any]:
    name, inner = local(element), [each for each in element if local(each)]
    if name in ("And", "Or"):
        return ["all" if name == "And" else "any", *map(_expression, inner)]
    if name == "Not":
        return ["!", _expression(inner[0])]
    if name in _COMPARISONS:
        return _there([_COMPARISONS[name], *_compared(inner)])
    if name == "PropertyIsNull":
        return (
            ["!", ["has", text_of(inner[0])]] if local(inner[0]) == "PropertyName" else ["==", _value(inner[0]), None]
        )
    if name == "PropertyIsBetween":
        low, high = (next(iter(bound)) for bound in inner[1:])
        least, most = _compared([inner[0], low]), _compared([inner[0], high])
        return _there(["all", [">=", *least], ["<=", *most]])
    if name == "PropertyIsLike":
        return _like(element, inner)
    raise CannotSay(name)


def _there(comparison: list[Any]) -> list[Any]:
    """No value is neither less nor more than another; tiles would take it for 0 or for an empty text."""
    has = [["has", column] for column in sorted(attributes_of(comparison))]
    return ["all", *has, comparison] if has else comparison


def _compared(inner: list[Element]) -> list[Any]:
    """Both sides; constants beside a column are numbers where they look like it, and the column is taken for one."""
    constants = [each for each in inner if local(each) == "Literal"]
    if constants and all(map(_is_number, constants)):
        return [_typed(each) for each in inner]
    return [each.text or "" if local(each) == "Literal" else ["to-string", _value(each)] for each in inner]


def _typed(element: Element) -> Any:
    return _constant(element.text or "") if local(element) == "Literal" else ["to-number", _value(element)]


def _is_number(element: Element) -> bool:
    return isinstance(_constant(element.text or ""), (int, float))


def _like(element: Element, inner: list[Element]) -> list[Any]:
    """Only what begins with, ends with or holds a text can be said, not other patterns."""
    pattern, many = inner[1].text or "", element.get("wildCard", "%")
    plain = pattern.strip(many)
    if many in plain or element.get("singleChar", "_") in plain or element.get("escape", "\\") in plain:
        raise CannotSay(f"LIKE '{pattern}'")
    value: Any = ["to-string", _value(inner[0])]
    if element.get("matchCase") == "false":
        plain, value = plain.lower(), ["downcase", value]
    if pattern.startswith(many) and pattern.endswith(many) and len(pattern) > 1:
        return ["in", plain, value]
    if pattern.endswith(many):
        return ["==", ["slice", value, 0, len(plain)], plain]
    if pattern.startswith(many):
        return ["==", ["slice", value, ["-", ["length", value], len(plain)]], plain]
    return ["==", value, plain]


def _value(element: Element) -> Any:
    name, inner = local(element), [each for each in element if local(each)]
    if name == "PropertyName":
        return ["get", text_of(element)]
    if name == "Literal":
        return _constant(element.text or "")
    if name in _ARITHMETIC:
        return [_ARITHMETIC[name], *(["to-number", _value(each)] for each in inner)]
    if name == "Function" and element.get("name") in _FUNCTIONS:
        return [_FUNCTIONS[element.get("name", "")], *map(_value, inner)]
    raise CannotSay(element.get("name") or name)


def _constant(text: str) -> Any:
    if re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?", text) else text


def _label(element: Optional[Element]) -> Any:
    """Columns and texts one after the other."""
    if element is None:
        raise CannotSay("?")
    parts: list[Any] = [element.text] if (element.text or "").strip() else []
    for each in element:
        if local(each):
            parts.append(each.text or "" if local(each) == "Literal" else ["to-string", _value(each)])
            parts += [each.tail] if (each.tail or "").strip() else []
    if not parts:
        raise CannotSay("?")
    return parts[0] if len(parts) == 1 else ["concat", *parts]


# ---------------------------------------------------------------------- parts


def _css(element: Optional[Element]) -> Json:
    """The parameters of a fill, a stroke or a font; opacities as numbers, what is computed as it is."""
    found: Json = {}
    for each in children(element, "CssParameter"):
        name, inner = each.get("name", ""), [part for part in each if local(part)]
        if inner:
            try:
                found[name] = _value(inner[0])
            except CannotSay:
                continue
        else:
            text = (each.text or "").strip()
            found[name] = _number(text, 1.0) if name.endswith("-opacity") else text
    return found


def _font(css: Json) -> str:
    bold, italic = css.get("font-weight") == "bold", css.get("font-style") in ("italic", "oblique")
    return " ".join([FONT, *(["Bold"] if bold else []), *(["Italic"] if italic else [])])


def _anchor(point: Element) -> str:
    thirds = (min(int(_number(text_of(point, "AnchorPoint", f"AnchorPoint{axis}"), 0.5) * 3), 2) for axis in "XY")
    across, up = thirds
    return _ANCHORS[max(across, 0), max(up, 0)]


def _times(opacity: Any, faded: float) -> Any:
    if opacity is None:
        return None if faded == 1 else faded
    return opacity * faded if isinstance(opacity, (int, float)) else opacity


def _plain(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _number(text: Optional[str], otherwise: float = 0.0) -> float:
    try:
        return float(text or otherwise)
    except ValueError:
        return otherwise


def _numbers(text: str) -> list[float]:
    return [number for number in map(_number, re.split(r"[\s,]+", text.strip())) if number >= 0] if text.strip() else []


def attributes_of(conditions: Iterable[Any]) -> set[str]:
    """The columns that expressions read."""
    found = set()
    for each in conditions:
        if isinstance(each, list):
            if each[:1] in (["get"], ["has"]) and len(each) == 2:
                found.add(each[1])
            else:
                found |= attributes_of(each)
    return found
