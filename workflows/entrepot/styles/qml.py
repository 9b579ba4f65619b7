"""What a QML file of QGIS says of a style and its SLD does not: QGIS leaves much out without a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Optional

from ....i18n import N_, _
from ...errors import InputError
from .sld_reading import Element, child, children, local, parsed

NEWEST = (3, 28)
"""The newest QGIS whose QML cartes.gouv.fr reads."""
_RENDERERS = {
    "pointCluster": N_("Points that are drawn together as a cluster are drawn one by one."),
    "pointDisplacement": N_("Points that are moved apart are drawn where they are."),
    "mergedFeatureRenderer": N_("Objects that are merged before they are drawn are drawn one by one."),
    "heatmapRenderer": N_("A heatmap cannot be told to the server."),
    "25dRenderer": N_("The 2.5D look cannot be told to the server."),
    "invertedPolygonRenderer": N_("Inverted polygons cannot be told to the server."),
    "embeddedSymbol": N_("Symbols that lie in the data cannot be told to the server."),
    "nullSymbol": N_("The layer has no symbols."),
}
"""What becomes of objects, by the type of their renderer."""
_FOLLOWING = {
    "size": N_("size"),
    "width": N_("width"),
    "outlineWidth": N_("width"),
    "fillColor": N_("colour"),
    "outlineColor": N_("colour"),
    "secondColor": N_("colour"),
    "angle": N_("rotation"),
    "offset": N_("place"),
    "name": N_("shape"),
    "alpha": N_("opacity"),
    "opacity": N_("opacity"),
    "enabled": N_("visibility"),
}
_KINDS = {
    "GradientFill": N_("gradient fills"),
    "ShapeburstFill": N_("shapeburst fills"),
    "RasterFill": N_("fills with an image"),
    "RandomMarkerFill": N_("random marker fills"),
    "ArrowLine": N_("arrows"),
    "HashLine": N_("hashed lines"),
    "InterpolatedLine": N_("interpolated lines"),
    "RasterLine": N_("lines with an image"),
    "Lineburst": N_("lineburst lines"),
    "FilledLine": N_("filled lines"),
    "GeometryGenerator": N_("geometry generators"),
    "FilledMarker": N_("filled markers"),
    "RasterMarker": N_("image markers"),
    "AnimatedMarker": N_("animated markers"),
    "MaskMarker": N_("masks"),
    "VectorField": N_("vector fields"),
}
"""Kinds of symbols that QGIS does not write into SLD, in words."""
_MAP_UNITS = ("MapUnit", "RenderMetersInMapUnits")
_UNSAYABLE = re.compile(r"[$@]\w|\bCASE\b|\bCOALESCE\b|\bgeometry\b", re.IGNORECASE)
"""What of a condition QGIS may drop silently on its way to SLD."""


@dataclass(frozen=True)
class Hint:
    """What a QML says of one rule of the SLD.

    `condition` is all of it, with those of the rules above; of a category or class, what its value is of. `otherwise`:
    it is for what no other rule draws. `values` are those of a category that has several, for the column `column`.
    """

    label: str
    shown: bool = True
    condition: str = ""
    otherwise: bool = False
    values: tuple[str, ...] = ()
    column: str = ""

    @property
    def unsayable(self) -> bool:
        return bool(_UNSAYABLE.search(self.condition))


@dataclass(frozen=True)
class Look:
    """A style as its QML says it: `hints` on the rules that draw, on those of labels; the `expressions` of labels.

    `levels`: all first symbols are drawn before all second ones.
    """

    version: tuple[int, ...]
    hints: tuple[Hint, ...]
    labels: tuple[Hint, ...]
    opacity: float
    levels: bool
    expressions: tuple[str, ...]
    losses: tuple[str, ...]


def read(text: str) -> Look:
    """Raises InputError for what is no QML."""
    root = parsed(text)
    if local(root) != "qgis":
        raise InputError(_("This is no QML: its first element is “{name}”, not qgis.").format(name=local(root)))
    renderer = child(root, "renderer-v2")
    return Look(
        version_of(root),
        tuple(_hints(renderer)) if renderer is not None else (),
        tuple(_labels(child(root, "labeling"))),
        _number(root.findtext("layerOpacity"), 1.0),
        renderer is not None and renderer.get("symbollevels") == "1",
        tuple(_expressions(root)),
        tuple(dict.fromkeys(_losses(root, renderer))),
    )


def version_of(root: Element) -> tuple[int, ...]:
    """Of the QGIS that wrote it, such as (3, 22, 16); () where it is not said."""
    return tuple(int(part) for part in re.findall(r"\d+", root.get("version", "").partition("-")[0]))


def kind_of(text: str) -> Optional[int]:
    """The kind of geometry that a QML is for: 0 points, 1 lines, 2 polygons; None where it is not said."""
    given = (parsed(text).findtext("layerGeometryType") or "").strip()
    return int(given) if given in ("0", "1", "2") else None


def columns_of(text: str) -> list[str]:
    """The names of the columns that a QML knows."""
    return [field.get("name", "") for field in parsed(text).iterfind("fieldConfiguration/field") if field.get("name")]


def too_new(look: Look) -> str:
    """A sentence for a QML that is newer than what cartes.gouv.fr reads; "" for others."""
    if look.version[:2] <= NEWEST:
        return ""
    return _("It is of QGIS {version}; cartes.gouv.fr reads QML up to {newest}. SLD can be read everywhere.").format(
        version=".".join(map(str, look.version[:2])), newest=".".join(map(str, NEWEST))
    )


def unwritten(kind: str) -> str:
    """A sentence for a kind of symbol that QGIS does not write into SLD."""
    said = _("SLD has no {kind}: they are left out.")
    return said.format(kind=_(_KINDS[kind]) if kind in _KINDS else kind)


# ---------------------------------------------------------------------- rules


def _hints(renderer: Element) -> Iterator[Hint]:
    kind = renderer.get("type")
    if kind == "categorizedSymbol":
        column = renderer.get("attr", "")
        for category in children(child(renderer, "categories"), "category"):
            values = tuple(each.get("value", "") for each in children(category, "val"))
            otherwise = not values and category.get("value", "") in ("", "NULL")
            told = "" if otherwise else column
            yield Hint(category.get("label", ""), _shown(category), told, otherwise, values, column)
    elif kind == "graduatedSymbol":
        for part in children(child(renderer, "ranges"), "range"):
            yield Hint(part.get("label", ""), _shown(part), renderer.get("attr", ""))
    elif kind == "RuleRenderer":
        yield from _rules(children(child(renderer, "rules"), "rule"), "", True, True)


def _rules(rules: Iterable[Element], above: str, shown: bool, top: bool) -> Iterator[Hint]:
    for rule in rules:
        own = rule.get("filter", "")
        drawn = shown and rule.get("checkstate", "1") != "0"
        otherwise = own.strip().upper() == "ELSE"
        condition = " AND ".join(f"({part})" for part in (above, own) if part)
        if rule.get("symbol") is not None:
            # an ELSE below another rule is for what its brothers do not draw: no rule of SLD says that
            yield Hint(rule.get("label", ""), drawn, condition if not (otherwise and top) else "", otherwise and top)
        yield from _rules(children(rule, "rule"), condition, drawn, False)


def _labels(labeling: Optional[Element]) -> Iterator[Hint]:
    for rule in children(child(labeling, "rules"), "rule"):
        if child(rule, "settings") is not None:
            own = rule.get("filter", "")
            otherwise = own.strip().upper() == "ELSE"
            shown = rule.get("active", "1") != "0"
            yield Hint(rule.get("description", ""), shown, "" if otherwise else own, otherwise)


def _shown(element: Element) -> bool:
    return bool(element.get("render", "true") != "false")


def _expressions(root: Element) -> Iterator[str]:
    for style in root.iterfind(".//labeling//text-style"):
        if style.get("isExpression") == "1":
            yield style.get("fieldName", "")


# ---------------------------------------------------------------------- what is lost


def _losses(root: Element, renderer: Optional[Element]) -> Iterator[str]:
    if renderer is not None:
        known = _RENDERERS.get(renderer.get("type", ""))
        if known:
            yield _(known)
        if renderer.get("enableorderby") == "1":
            yield _("The order in which objects are drawn is left to the server.")
        yield from _of_symbols(renderer)
    if any((root.findtext(name) or "0").strip() != "0" for name in ("blendMode", "featureBlendMode")):
        yield _("Blending of colours with what lies below is left out.")
    if (
        root.find("LinearlyInterpolatedDiagramRenderer") is not None
        or root.find("SingleCategoryDiagramRenderer") is not None
    ):
        yield _("Diagrams are left out.")
    if root.get("labelsEnabled") == "1":
        yield from _of_labels(root)


def _of_symbols(renderer: Element) -> Iterator[str]:
    for symbol in (symbol for symbols in renderer.iter("symbols") for symbol in children(symbols, "symbol")):
        for properties in symbol.iter("data_defined_properties"):
            following = sorted({_(_FOLLOWING.get(name, name)) for name in _active(properties)})
            if following:
                said = _("What follows the data is fixed on the server: {what}.")
                yield said.format(what=", ".join(following))
        for layer in symbol.iter("layer"):
            if layer.get("class") in _KINDS and layer.get("enabled", "1") != "0":
                yield unwritten(layer.get("class", ""))
            if any(_options(layer).get(name) in _MAP_UNITS for name in _options(layer) if name.endswith("_unit")):
                yield _("Sizes in metres on the ground become pixels, the same at every scale.")
    if any(_effects(renderer)):
        yield _("Effects such as shadows and glows are left out.")


def _of_labels(root: Element) -> Iterator[str]:
    labels = root.find("labeling")
    if labels is None:
        return
    if any(shadow.get("shadowDraw") == "1" for shadow in labels.iter("shadow")):
        yield _("Shadows of labels are left out.")
    if any(_active(each) for each in labels.iter("dd_properties")):
        yield _("What of labels follows the data is fixed on the server.")
    if any(_options(each).get("enabled") in ("1", "true") for each in labels.iter("callout")):
        yield _("Lines from labels to their objects (callouts) are left out.")
    if any(each.get("geometryGeneratorEnabled") == "1" for each in labels.iter("placement")):
        yield _("Labels at computed places are placed by the server.")
    if any(each.get("allowHtml") == "1" for each in labels.iter("text-style")):
        yield _("HTML in labels is shown as it is.")


def _effects(renderer: Element) -> Iterator[bool]:
    """Whether stacks of effects draw more than the object itself."""
    for stack in renderer.iter("effect"):
        if stack.get("type") == "effectStack" and stack.get("enabled", "0") == "1":
            others = [each for each in children(stack, "effect") if each.get("type") != "drawSource"]
            yield any(_options(each).get("enabled") in ("1", "true", None) for each in others)


def _active(properties: Element) -> list[str]:
    """The names of the properties that follow the data, directly here."""
    found = []
    for collection in properties.iterfind("Option/Option[@name='properties']"):
        for entry in children(collection, "Option"):
            active = entry.find("Option[@name='active']")
            if active is not None and active.get("value") == "true":
                found.append(entry.get("name", ""))
    return found


def _options(element: Element) -> dict[str, str]:
    found = {each.get("k", ""): each.get("v", "") for each in children(element, "prop")}
    for each in element.iterfind("Option/Option"):
        found[each.get("name", "")] = each.get("value", "")
    return found


def _number(text: Optional[str], otherwise: float) -> float:
    try:
        return float(text or otherwise)
    except ValueError:
        return otherwise
