"""SLD files as they come: whatever version they say, elements are known by their names alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from lxml import etree

from ....i18n import _
from ... import xml_reading
from ...errors import InputError

SLD, SE = "http://www.opengis.net/sld", "http://www.opengis.net/se"
OGC, XLINK = "http://www.opengis.net/ogc", "http://www.w3.org/1999/xlink"
NAMESPACES: Any = {None: SLD, "ogc": OGC, "xlink": XLINK}
Element = Any
"""An element of lxml, which has no type of its own in public."""


class Losses:
    """Sentences on what a style loses, each said once."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        self._said.setdefault(sentence)

    def all(self) -> tuple[str, ...]:
        return tuple(self._said)


def parsed(text: str) -> Element:
    """The root of an XML text, entities not followed. Raises InputError."""
    try:
        return xml_reading.root_of(text.encode())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(_("The style is no XML that can be read: {why}.").format(why=error)) from None


def local(element: Element) -> str:
    """The name of an element without its namespace; "" for a comment."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: Optional[Element], *names: str) -> list[Element]:
    """The children of these names, in whatever namespace."""
    return [] if element is None else [each for each in element if local(each) in names]


def child(element: Optional[Element], name: str) -> Optional[Element]:
    """The first child of this name."""
    return next(iter(children(element, name)), None)


def text_of(element: Optional[Element], *path: str) -> str:
    """The text of an element, or of what is below it by names, without blanks around it; "" for none."""
    for name in path:
        element = child(element, name)
    return "" if element is None else "".join(element.xpath(".//text()")).strip()


def comments(element: Element) -> Iterator[str]:
    """The comments directly in an element: where QGIS says what it could not write."""
    for each in element:
        if not isinstance(each.tag, str) and each.text:
            yield each.text.strip()


def new(name: str, text: Optional[str] = None, /, *content: Element, **attributes: str) -> Element:
    """An element of SLD 1.0."""
    element = etree.Element(f"{{{SLD}}}{name}", attributes, nsmap=NAMESPACES)
    element.text = text
    element.extend(content)
    return element


def ogc(name: str, text: Optional[str] = None, /, *content: Element, **attributes: str) -> Element:
    """An element of filters."""
    element = etree.Element(f"{{{OGC}}}{name}", attributes, nsmap={"ogc": OGC})
    element.text = text
    element.extend(content)
    return element


def version_of(root: Element) -> str:
    """The version that the elements are written in, whatever the file says of itself."""
    names = {local(each) for each in root.iter() if isinstance(each.tag, str)}
    spaces = {etree.QName(each).namespace for each in root.iter() if isinstance(each.tag, str)}
    return "1.1.0" if SE in spaces or "SvgParameter" in names else "1.0.0"


def check_is_sld(root: Element) -> None:
    """Raises InputError for any other XML."""
    if local(root) != "StyledLayerDescriptor":
        raise InputError(
            _("This is no SLD: its first element is “{name}”, not StyledLayerDescriptor.").format(name=local(root))
        )
