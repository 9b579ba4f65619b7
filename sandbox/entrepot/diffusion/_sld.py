"""The styles of a configuration as MapServer needs them: for each of its layers, rules that draw one kind of symbol.

MapServer takes a layer for lines once one rule draws lines: polygons and labels of other rules would be lost.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from itertools import groupby

from lxml import etree

from ...errors import ApiError
from . import _ows

_SLD = "http://www.opengis.net/sld"
_KINDS = ("Polygon", "Line", "Point", "Raster", "Text")
_INVISIBLE = {
    "POLYGON": ("PolygonSymbolizer", "Fill", "fill-opacity"),
    "LINE": ("LineSymbolizer", "Stroke", "stroke-opacity"),
}
Rules = list[etree._Element]


def groups(text: str) -> list[Rules]:
    """The rules of an SLD 1.0.0 that belong together, in drawing order; none where it cannot be read."""
    try:
        root = _ows.parsed(text.encode())
    except ApiError:
        return []
    style = next(root.iter(f"{{{_SLD}}}UserStyle"), None)
    if style is None:
        return []
    return [list(rules) for part in style.iter(f"{{{_SLD}}}FeatureTypeStyle")
            for _, rules in groupby(part.iter(f"{{{_SLD}}}Rule"), _kind)]  # fmt: skip


def _kind(rule: etree._Element) -> str:
    """What a rule draws; labels beside a symbol count as part of it."""
    return next((kind for kind in _KINDS if rule.find(f"{{{_SLD}}}{kind}Symbolizer") is not None), "")


def joined(layers: Iterable[tuple[str, str, Rules]]) -> str:
    """One SLD of layers of a mapfile: name, shape (`POLYGON`, `LINE`, `POINT`) and rules."""
    root = _element(None, "StyledLayerDescriptor")
    root.set("version", "1.0.0")
    for name, shape, rules in layers:
        layer = _element(root, "NamedLayer")
        _element(layer, "Name").text = name
        style = _element(_element(layer, "UserStyle"), "FeatureTypeStyle")
        style.extend(_placed(rule, shape) for rule in rules)
    return etree.tostring(root, encoding="unicode")


def _placed(rule: etree._Element, shape: str) -> etree._Element:
    """A copy; labels alone get an invisible symbol, without which MapServer writes them at the first point."""
    rule = copy.deepcopy(rule)
    if _kind(rule) == "Text" and shape in _INVISIBLE:
        symbolizer, brush, name = _INVISIBLE[shape]
        parameter = _element(_element(_element(rule, symbolizer), brush), "CssParameter")
        parameter.set("name", name)
        parameter.text = "0"
    return rule


def _element(parent: etree._Element | None, name: str) -> etree._Element:
    tag = f"{{{_SLD}}}{name}"
    return etree.Element(tag, nsmap={None: _SLD}) if parent is None else etree.SubElement(parent, tag)
