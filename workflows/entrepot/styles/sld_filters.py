"""Conditions and values of styles: the columns by the names that they have on the server, and only what it knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Optional, Union

from ....i18n import _
from ..names import server_name
from .sld_reading import OGC, Element, child, children, local, ogc, text_of

LOGIC = ("And", "Or", "Not")
COMPARISONS = (
    "PropertyIsEqualTo", "PropertyIsNotEqualTo", "PropertyIsLessThan", "PropertyIsGreaterThan",
    "PropertyIsLessThanOrEqualTo", "PropertyIsGreaterThanOrEqualTo",
)  # fmt: skip
ARITHMETIC = ("Add", "Sub", "Mul", "Div")
FUNCTIONS = {
    "upper": "strToUpperCase",
    "lower": "strToLowerCase",
    "length": "strLength",
    "trim": "strTrim",
    "abs": "abs",
    "floor": "floor",
    "ceil": "ceil",
    "sqrt": "sqrt",
    "concat": "Concatenate",
}
"""Functions of QGIS as GeoServer calls them."""
KNOWN_FUNCTIONS = frozenset(FUNCTIONS.values()) | {
    "dimension", "geometry", "Recode", "Categorize", "Interpolate", "if_then_else", "isNull", "strConcat",
    "strSubstring", "strReplace", "numberFormat", "dateFormat", "round", "centroid", "startPoint", "endPoint",
}  # fmt: skip
"""Functions of GeoServer that files written for it use."""
_CONCATENATION = re.compile(r"""\s*(?:"([^"]+)"|'((?:[^']|'')*)'|([^\W\d]\w*))\s*(\|\||$)""")


class CannotSay(Exception):
    """A condition or value that the server cannot be told; the text says what of it."""


class Columns:
    """The columns of a table: by their names in the layer where these are known, or on the server.

    `None` where nothing is known of them: names are then only made fit.
    """

    def __init__(self, columns: Union[Mapping[str, str], Iterable[str], None]) -> None:
        self._known = columns is not None
        given = columns if isinstance(columns, Mapping) else {name: name for name in columns or ()}
        self._by_source = dict(given)
        self._names = set(given.values())

    def on_server(self, text: str) -> str:
        """The name of a column on the server; CannotSay if there is none."""
        text = text.strip().strip('"')
        plain = server_name(text)
        for name in (self._by_source.get(text, ""), text, plain, f"{plain}_"):
            if name in self._names:
                return name
        if not re.fullmatch(r"\w[\w -]*", text):
            raise CannotSay(_("{expression} is no column: make one of it").format(expression=text))
        if self._known:
            raise CannotSay(_("there is no column “{name}”").format(name=text))
        return plain


def filter_of(rule: Element, columns: Columns) -> Optional[Element]:
    """The Filter of a rule, None if it has none. Raises CannotSay."""
    given = child(rule, "Filter")
    if given is None:
        return None
    parts = [condition(each, columns) for each in given if local(each)]
    if len(parts) != 1:
        raise CannotSay(_("its condition is not whole"))
    return ogc("Filter", None, *parts)


def condition(element: Element, columns: Columns) -> Element:
    """A condition with the columns of the server. Raises CannotSay."""
    name = local(element)
    inner = [each for each in element if local(each)]
    if name in LOGIC:
        if len(inner) != 1 if name == "Not" else len(inner) < 2:
            raise CannotSay(_("its condition is not whole"))
        return ogc(name, None, *(condition(each, columns) for each in inner))
    if name in COMPARISONS and len(inner) == 2:
        return ogc(name, None, *(value(each, columns) for each in inner))
    if name == "PropertyIsLike" and len(inner) == 2:
        return _like(element, inner, columns)
    if name == "PropertyIsNull" and inner:
        return ogc(name, None, value(inner[0], columns))
    if name == "PropertyIsBetween" and len(inner) == 3:
        low, high = (value(next(each for each in bound if local(each)), columns) for bound in inner[1:])
        return ogc(
            name,
            None,
            value(inner[0], columns),
            ogc("LowerBoundary", None, low),
            ogc("UpperBoundary", None, high),
        )
    raise CannotSay(element.get("name") or name)


def value(element: Element, columns: Columns) -> Element:
    """A column, a constant, or what is computed of them. Raises CannotSay."""
    name = local(element)
    if name in ("PropertyName", "ValueReference"):
        return ogc("PropertyName", columns.on_server(text_of(element)))
    if name == "Literal":
        return ogc(name, element.text or "")
    inner = [each for each in element if local(each)]
    if name in ARITHMETIC and len(inner) == 2:
        return ogc(name, None, *(value(each, columns) for each in inner))
    if name == "Function":
        called = element.get("name", "")
        known = FUNCTIONS.get(called, called)
        if known not in KNOWN_FUNCTIONS:
            raise CannotSay(called)
        return ogc(name, None, *(value(each, columns) for each in inner), name=known)
    raise CannotSay(name)


def parameter(element: Optional[Element], columns: Columns) -> tuple[str, list[Element]]:
    """A text, or a value that is computed, of something that may be either. Raises CannotSay."""
    if element is None:
        return "", []
    inner = children(element, "Literal", "PropertyName", "ValueReference", "Function", *ARITHMETIC)
    if not inner:
        return text_of(element), []
    if len(inner) == 1 and local(inner[0]) == "Literal":
        return (inner[0].text or "").strip(), []
    return "", [value(each, columns) for each in inner]


def equals_one_of(column: str, values: Iterable[str], columns: Columns) -> Element:
    """The Filter for a column that has one of these values. Raises CannotSay."""
    name = columns.on_server(column)
    parts = [ogc("PropertyIsEqualTo", None, ogc("PropertyName", name), ogc("Literal", each)) for each in values]
    return ogc("Filter", None, parts[0] if len(parts) == 1 else ogc("Or", None, *parts))


def none_of(conditions: Sequence[Element]) -> Element:
    """The Filter for what none of these conditions is true of; a column without a value fulfils none of them."""
    copies = [deepcopy(each) for each in conditions]
    together = copies[0] if len(copies) == 1 else ogc("Or", None, *copies)
    names = dict.fromkeys(each.text for part in conditions for each in part.iter(f"{{{OGC}}}PropertyName"))
    empty = [ogc("PropertyIsNull", None, ogc("PropertyName", name)) for name in names]
    rest = ogc("Not", None, together)
    return ogc("Filter", None, ogc("Or", None, *empty, rest) if empty else rest)


def label_of(expression: str, columns: Columns) -> list[Element]:
    """Columns and texts that `||` joins, as what a label holds. Raises CannotSay for any other expression."""
    parts, at = [], 0
    while at < len(expression):
        found = _CONCATENATION.match(expression, at)
        if found is None:
            raise CannotSay(expression)
        column, text = found[1] or found[3], found[2]
        if column:
            parts.append(ogc("PropertyName", columns.on_server(column)))
        else:
            parts.append(ogc("Literal", text.replace("''", "'")))
        at = found.end()
        if found[4] and at >= len(expression):
            raise CannotSay(expression)
    if not parts:
        raise CannotSay(expression)
    return parts


def _like(element: Element, inner: list[Element], columns: Columns) -> Element:
    attributes = {
        "wildCard": element.get("wildCard", "%"),
        "singleChar": element.get("singleChar", "_"),
        "escape": element.get("escape") or element.get("escapeChar") or "\\",
    }
    if element.get("matchCase"):
        attributes["matchCase"] = element.get("matchCase", "")
    return ogc("PropertyIsLike", None, *(value(each, columns) for each in inner), **attributes)
