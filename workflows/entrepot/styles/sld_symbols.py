"""Symbolizers of SLD 1.0 for GeoServer, made of those of SLD 1.0 or SE 1.1.

What SLD 1.0 or the server has no words for is replaced by what comes nearest, and said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, Optional

from ....i18n import N_, _
from .qml import unwritten
from .sld_filters import CannotSay, Columns, label_of, parameter, value
from .sld_reading import XLINK, Element, Losses, child, children, comments, local, new, text_of

PARAMETERS = frozenset(
    """fill fill-opacity stroke stroke-opacity stroke-width stroke-linejoin stroke-linecap stroke-dasharray
    stroke-dashoffset font-family font-style font-weight font-size""".split()
)
VENDOR_OPTIONS = frozenset(
    """group labelAllGroup repeat maxDisplacement followLine maxAngleDelta autoWrap forceLeftToRight conflictResolution
    goodnessOfFit polygonAlign partials graphic-resize graphic-margin graphic-placement spaceAround underlineText
    strikethroughText wordSpacing charSpacing labelObstacle fontShrinkSizeMin displacementMode allowOverruns
    removeOverlaps composite composite-base inclusion ruleEvaluation sortBy sortByGroup random random-seed
    random-tile-size random-rotation random-symbol-count random-space-around""".split()
)
"""Those that GeoServer knows."""
GROUND_UNITS = frozenset(f"http://www.opengeospatial.org/se/units/{unit}" for unit in ("metre", "foot", "meter"))
"""Units of symbolizers that GeoServer knows too, beside pixels."""
_JOINS = {"miter": "mitre"}


class Mark(NamedTuple):
    """A mark of the server; `turned` are degrees to add, `alike` that it is not quite the same."""

    name: str
    turned: float = 0.0
    alike: bool = False


MARKS = {
    "square": Mark("square"),
    "circle": Mark("circle"),
    "triangle": Mark("triangle"),
    "star": Mark("star"),
    "cross": Mark("cross"),
    "x": Mark("x"),
    "cross2": Mark("x"),
    "cross_fill": Mark("cross"),
    "diamond": Mark("square", 45.0),
    "equilateral_triangle": Mark("triangle"),
    "rectangle": Mark("square", 0.0, True),
    "square_with_corners": Mark("square", 0.0, True),
    "rounded_square": Mark("square", 0.0, True),
    "shield": Mark("square", 0.0, True),
    "line": Mark("shape://vertline"),
    "arrow": Mark("triangle", 0.0, True),
    "arrowhead": Mark("triangle", 90.0, True),
    "filled_arrowhead": Mark("triangle", 90.0, True),
}
"""Marks of QGIS as the server knows them; any other becomes a circle."""
HATCHES = {
    "horline": 0.0, "shape://horline": 0.0, "line": 90.0, "vertline": 90.0, "shape://vertline": 90.0,
    "slash": 45.0, "shape://slash": 45.0, "backslash": 135.0, "shape://backslash": 135.0,
}  # fmt: skip
"""Marks that fill a surface with parallel lines, by the angle of these."""
_LINES = {0: "shape://horline", 45: "shape://slash", 90: "shape://vertline", 135: "shape://backslash"}
_GRIDS = {
    "cross": "shape://plus",
    "x": "shape://times",
    "shape://plus": "shape://plus",
    "shape://times": "shape://times",
}
_DENSITIES = {1: 0.94, 2: 0.88, 3: 0.63, 4: 0.5, 5: 0.37, 6: 0.12, 7: 0.06}
"""How much of a surface the dotted brushes of Qt cover."""
_BRUSH = re.compile(r"brush://dense(\d)")
_UNWRITTEN = re.compile(r"(?:SymbolLayerV2|QgsMarkerSymbolLayer|MarkerSymbolLayerV2) (\w+) not implemented yet")
_PLACEHOLDER = "Placeholder"
"""What newer ones write for a label that they cannot write, without a word more."""
_UNWRITTEN_LABEL = re.compile(r"SE Export for (.+) not implemented yet", re.DOTALL)


class Symbols:
    """Makes symbolizers; what is lost goes to `losses`. `expressions` are those of the labels, where they are known."""

    def __init__(self, columns: Columns, losses: Losses, expressions: Iterable[str] = ()) -> None:
        self._columns, self._losses = columns, losses
        self._expressions = {re.sub(r'["\s]', "", text): text for text in expressions}
        self._in_order = iter(list(self._expressions.values()))
        self._makers: dict[str, Callable[[Element], Optional[Element]]] = {
            "PointSymbolizer": self._point,
            "LineSymbolizer": self._line,
            "PolygonSymbolizer": self._polygon,
            "TextSymbolizer": self._text,
        }

    def of_rule(self, rule: Element) -> list[Element]:
        """The symbolizers of a rule that draw something."""
        self._say_unwritten(rule)
        found = []
        for element in rule:
            maker = self._makers.get(local(element))
            if maker is not None:
                made = maker(element)
                if made is not None and len(made):
                    found.append(made)
            elif local(element).endswith("Symbolizer"):
                self._losses.add(_("A style of images (RasterSymbolizer) does not draw a table: it is left out."))
        return found

    def _say_unwritten(self, element: Element) -> None:
        for comment in comments(element):
            found = _UNWRITTEN.search(comment)
            if found:
                self._losses.add(unwritten(found[1]))

    # ------------------------------------------------------------------ symbolizers

    def _symbolizer(self, element: Element) -> Element:
        made = new(local(element))
        unit = element.get("uom", "")
        if unit in GROUND_UNITS:
            made.set("uom", unit)
        geometry = child(element, "Geometry")
        if geometry is not None:
            made.append(new("Geometry", None, *(value(each, self._columns) for each in geometry if local(each))))
        return made

    def _polygon(self, element: Element) -> Optional[Element]:
        made = self._symbolizer(element)
        distance = self._distance(element)
        self._append(made, self._fill(child(element, "Fill"), distance), self._stroke(child(element, "Stroke")))
        if self._moved(element):
            self._losses.add(_("SLD 1.0 cannot move a fill: it is drawn where the object is."))
        if child(element, "PerpendicularOffset") is not None:
            self._losses.add(_("SLD 1.0 cannot move the outline of a surface: it is drawn where the object is."))
        if distance is not None and len(made):
            made.append(new("VendorOption", f"{distance:g}", name="graphic-margin"))
        return self._with_options(made, element)

    def _line(self, element: Element) -> Optional[Element]:
        placement = next(
            (each.text for each in children(element, "VendorOption") if each.get("name") == "placement"), ""
        )
        if (placement or "").casefold() == "centralpoint":
            return self._at_middle(element)
        if placement:
            said = _("Markers at the ends or vertices of lines are left out: SLD 1.0 only repeats them along the line.")
            self._losses.add(said)
            return None
        made = self._symbolizer(element)
        self._append(made, self._stroke(child(element, "Stroke")))
        offset = text_of(child(element, "PerpendicularOffset"))
        if offset and len(made):
            made.append(new("PerpendicularOffset", offset))
        return self._with_options(made, element)

    def _at_middle(self, element: Element) -> Optional[Element]:
        """The server draws the symbol of a point in the middle of a line."""
        graphic = child(child(child(element, "Stroke"), "GraphicStroke"), "Graphic")
        made = new("PointSymbolizer")
        self._append(made, self._graphic(graphic))
        return made

    def _point(self, element: Element) -> Optional[Element]:
        self._say_unwritten(element)
        made = self._symbolizer(element)
        self._append(made, self._graphic(child(element, "Graphic")))
        return self._with_options(made, element)

    def _text(self, element: Element) -> Optional[Element]:
        try:
            label = self._label(child(element, "Label"))
        except CannotSay as what:
            said = _(
                "The labels “{what}” are left out: the server joins columns and texts (||), it knows no other "
                "expressions. Make a column of it, and label with that."
            )
            self._losses.add(said.format(what=what))
            return None
        made = self._symbolizer(element)
        made.append(label)
        for name in ("Font", "LabelPlacement", "Halo", "Fill", "Graphic"):
            part = child(element, name)
            if part is not None:
                self._append(made, self._text_part(name, part))
        priority = child(element, "Priority")
        if priority is not None:
            text, computed = parameter(priority, self._columns)
            made.append(new("Priority", text or None, *computed))
        return self._with_options(made, element)

    def _text_part(self, name: str, part: Element) -> Optional[Element]:
        if name == "Font":
            return self._styled("Font", part)
        if name == "Fill":
            return self._fill(part)
        if name == "Graphic":
            return self._graphic(part)
        if name == "Halo":
            radius, fill = text_of(child(part, "Radius")), self._fill(child(part, "Fill"))
            made = new("Halo", None, *([new("Radius", radius)] if radius else []))
            self._append(made, fill)
            return made
        return _placement(part)

    def _label(self, element: Optional[Element]) -> Element:
        if element is None:
            raise CannotSay("?")
        for comment in comments(element):
            found = _UNWRITTEN_LABEL.search(comment)
            if found:
                said = " ".join(found[1].split())
                return new(
                    "Label", None, *label_of(self._expressions.get(re.sub(r'["\s]', "", said), said), self._columns)
                )
        if text_of(element) == _PLACEHOLDER and not children(element, "PropertyName"):
            return new("Label", None, *label_of(next(self._in_order, _PLACEHOLDER + "?"), self._columns))
        made = new("Label", element.text)
        for each in element:
            if local(each):
                part = value(each, self._columns)
                part.tail = each.tail
                made.append(part)
        return made

    # ------------------------------------------------------------------ strokes and fills

    def _styled(self, name: str, element: Element) -> Element:
        made = new(name)
        for each in children(element, "CssParameter", "SvgParameter"):
            called = each.get("name", "")
            if called in PARAMETERS:
                text, computed = parameter(each, self._columns)
                made.append(new("CssParameter", _JOINS.get(text, text) or None, *computed, name=called))
        return made

    def _stroke(self, element: Optional[Element]) -> Optional[Element]:
        if element is None:
            return None
        made = self._styled("Stroke", element)
        repeated = child(element, "GraphicStroke")
        if repeated is not None:
            graphic = self._graphic(child(repeated, "Graphic"))
            if graphic is None:
                return None
            made.insert(0, new("GraphicStroke", None, graphic))
            gap, size = (
                _number(parameter(child(repeated, "Gap"), self._columns)[0]),
                _number(text_of(child(graphic, "Size"))),
            )
            if gap and not any(each.get("name") == "stroke-dasharray" for each in made):
                # so GeoServer is told how far apart the symbols are
                size = size or 6.0
                made.append(new("CssParameter", f"{size:g} {max(gap - size, 1.0):g}", name="stroke-dasharray"))
        return made

    def _fill(self, element: Optional[Element], distance: Optional[float] = None) -> Optional[Element]:
        if element is None:
            return None
        made = self._styled("Fill", element)
        given = child(child(element, "GraphicFill"), "Graphic")
        if given is None:
            return made
        mark = child(given, "Mark")
        name = text_of(child(mark, "WellKnownName"))
        brush = _BRUSH.fullmatch(name)
        if brush:
            self._losses.add(_("Dotted fills become plain ones that show through as much."))
            return _plain_fill(mark, _DENSITIES.get(int(brush[1]), 0.5))
        if name in HATCHES:
            return new("Fill", None, new("GraphicFill", None, self._hatch(given, mark, HATCHES[name])))
        graphic = self._graphic(given, _GRIDS if distance is None else {})
        return None if graphic is None else new("Fill", None, new("GraphicFill", None, graphic))

    def _hatch(self, given: Element, mark: Optional[Element], angle: float) -> Element:
        """Parallel lines: the server draws them level, upright, or at 45°."""
        angle = (angle + _number(parameter(child(given, "Rotation"), self._columns)[0])) % 180
        near = min(_LINES, key=lambda known: min(abs(angle - known), 180 - abs(angle - known)))
        if abs(angle - near) % 180 > 1:
            self._losses.add(
                _("Lines that fill a surface are drawn level, upright or at 45° alone: the nearest is taken.")
            )
        size = _number(text_of(child(given, "Size"))) or 8.0
        if near in (45, 135):
            size *= math.sqrt(2)
        stroke = self._styled("Stroke", child(mark, "Stroke")) if child(mark, "Stroke") is not None else new("Stroke")
        drawn = new("Mark", None, new("WellKnownName", _LINES[near]), stroke)
        return new("Graphic", None, drawn, new("Size", f"{round(size, 2):g}"))

    def _distance(self, element: Element) -> Optional[float]:
        """The margin of symbols that fill a surface, of what QGIS says of how far apart they are."""
        given = next((each.text for each in children(element, "VendorOption") if each.get("name") == "distance"), None)
        if given is None:
            return None
        graphic = child(child(child(element, "Fill"), "GraphicFill"), "Graphic")
        apart = [_number(part) for part in re.split(r"[,;]", given)]
        return round(max((sum(apart) / len(apart) - _number(text_of(child(graphic, "Size")))) / 2, 0.0), 2)

    # ------------------------------------------------------------------ graphics

    def _graphic(self, element: Optional[Element], names: Optional[dict[str, str]] = None) -> Optional[Element]:
        if element is None:
            return None
        drawn, turned = self._external(element), 0.0
        mark = child(element, "Mark")
        if drawn is None and mark is not None:
            drawn, turned = self._mark(mark, names or {})
        if drawn is None:
            drawn = new("Mark", None, new("WellKnownName", "circle"))
        made = new("Graphic", None, drawn)
        for name in ("Opacity", "Size"):
            text, computed = parameter(child(element, name), self._columns)
            if text or computed:
                made.append(new(name, text or None, *computed))
        text, computed = parameter(child(element, "Rotation"), self._columns)
        if computed:
            made.append(new("Rotation", None, *computed))
        elif text or turned:
            made.append(new("Rotation", f"{_number(text) + turned:g}"))
        if self._moved(element) or child(element, "AnchorPoint") is not None:
            self._losses.add(_("SLD 1.0 cannot move a marker: it is drawn on its point."))
        if any(each.get("name") == "widthHeightFactor" for each in children(element, "VendorOption")):
            self._losses.add(_("SLD 1.0 has no markers that are wider than high: they are as wide as high."))
        return made

    def _external(self, element: Element) -> Optional[Element]:
        """An image that the server can fetch; those on a disk of ours are not."""
        given = children(element, "ExternalGraphic")
        for each in given:
            address = _address(each)
            if address.startswith(("https://", "http://")):
                resource = new("OnlineResource")
                resource.set(f"{{{XLINK}}}type", "simple")
                resource.set(f"{{{XLINK}}}href", address)
                return new(
                    "ExternalGraphic", None, resource, new("Format", text_of(child(each, "Format")) or "image/png")
                )
        if given:
            name = _address(given[0]).partition("?")[0]
            name = name.replace("\\", "/").rpartition("/")[2] or "?"
            said = _("The image “{name}” lies on your disk, where the server cannot read it: a plain marker instead.")
            self._losses.add(said.format(name=name))
        return None

    def _mark(self, mark: Element, names: dict[str, str]) -> tuple[Element, float]:
        name = text_of(child(mark, "WellKnownName"))
        if name in names:
            known = Mark(names[name])
        elif not name:
            called = _address(mark).rpartition("/")[2] or "?"
            said = _("Characters of the font “{font}” are no markers for the server: a circle instead.")
            self._losses.add(said.format(font=called))
            known = Mark("circle")
        elif name.startswith(("shape://", "extshape://", "ttf://", "wkt://")):
            known = Mark(name)
        else:
            known = MARKS.get(name, Mark("circle", 0.0, True))
            if known.alike:
                said = _("The server has no marker “{name}”: a {other} instead.")
                self._losses.add(said.format(name=name, other=_(_SHAPES[known.name])))
        made = new("Mark", None, new("WellKnownName", known.name))
        for part in ("Fill", "Stroke"):
            given = child(mark, part)
            if given is not None:
                made.append(self._styled(part, given))
        return made, known.turned

    # ------------------------------------------------------------------ the rest

    def _with_options(self, made: Element, element: Element) -> Element:
        for option in children(element, "VendorOption"):
            name = option.get("name", "")
            if name in VENDOR_OPTIONS:
                made.append(new("VendorOption", option.text, name=name))
        return made

    @staticmethod
    def _append(made: Element, *parts: Optional[Element]) -> None:
        made.extend(part for part in parts if part is not None)

    @staticmethod
    def _moved(element: Element) -> bool:
        moved = child(element, "Displacement")
        return moved is not None and any(_number(text_of(child(moved, f"Displacement{axis}"))) for axis in "XY")


_SHAPES = {"square": N_("square"), "circle": N_("circle"), "triangle": N_("triangle")}


def faded(symbolizer: Element, opacity: float) -> None:
    """Let a symbolizer show through, as its whole layer does."""
    for name, parameter_name in (("Fill", "fill-opacity"), ("Stroke", "stroke-opacity")):
        for part in children(symbolizer, name):
            given = next((each for each in children(part, "CssParameter") if each.get("name") == parameter_name), None)
            if given is None:
                part.append(new("CssParameter", f"{opacity:g}", name=parameter_name))
            elif not len(given):
                given.text = f"{_number(given.text, 1.0) * opacity:g}"
    for graphic in children(symbolizer, "Graphic"):
        given = child(graphic, "Opacity")
        if given is None:
            after = max(
                (at for at, each in enumerate(graphic) if local(each) in ("Mark", "ExternalGraphic")), default=-1
            )
            graphic.insert(after + 1, new("Opacity", f"{opacity:g}"))
        elif not len(given):
            given.text = f"{_number(given.text, 1.0) * opacity:g}"


def _address(element: Element) -> str:
    """Where a file or a font is, "" if it is not said."""
    resource = child(element, "OnlineResource")
    return "" if resource is None else str(resource.get(f"{{{XLINK}}}href", ""))


def _placement(element: Element) -> Optional[Element]:
    point, line = child(element, "PointPlacement"), child(element, "LinePlacement")
    if line is not None:
        offset = text_of(child(line, "PerpendicularOffset"))
        placed = new("LinePlacement", None, *([new("PerpendicularOffset", offset)] if offset else []))
        return new("LabelPlacement", None, placed)
    if point is None:
        return None
    made = new("PointPlacement")
    for name, parts in (
        ("AnchorPoint", ("AnchorPointX", "AnchorPointY")),
        ("Displacement", ("DisplacementX", "DisplacementY")),
    ):
        given = child(point, name)
        if given is not None:
            made.append(new(name, None, *(new(part, text_of(child(given, part)) or "0") for part in parts)))
    rotation = text_of(child(point, "Rotation"))
    if rotation:
        made.append(new("Rotation", rotation))
    return new("LabelPlacement", None, made)


def _plain_fill(mark: Optional[Element], opacity: float) -> Element:
    given = next(iter(children(child(mark, "Fill"), "CssParameter", "SvgParameter")), None)
    colour = (given.text or "").strip() if given is not None else "#808080"
    return new(
        "Fill", None, new("CssParameter", colour, name="fill"), new("CssParameter", f"{opacity:g}", name="fill-opacity")
    )


def _number(text: Optional[str], otherwise: float = 0.0) -> float:
    try:
        return float(text or otherwise)
    except ValueError:
        return otherwise
