"""What the platform reads in a static file (contract 3.9): 400 where it cannot be used, else its `type_infos`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from lxml import etree

from ..errors import bad
from .entities import Entity
from .wire import ANY_TEXT, TEXT, check, record

_SLD, _OGC, _SE = "http://www.opengis.net/sld", "http://www.opengis.net/ogc", "http://www.opengis.net/se"
_SYMBOLIZERS = ("Point", "Line", "Polygon", "Text", "Raster")

_NUMBER = {"type": "number"}
_BYTE = {"type": "integer", "minimum": 0, "maximum": 255}
_LEGEND = record(
    ("format", "url", "width", "height", "min_scale_denominator", "max_scale_denominator"),
    format=TEXT, url={"type": "string", "pattern": "^https?://"}, width={"type": "integer"}, height={"type": "integer"},
    min_scale_denominator=_NUMBER, max_scale_denominator=_NUMBER,
)  # fmt: skip
_COLOUR = record(
    ("value", "red", "green", "blue", "alpha"), value=_NUMBER, red=_BYTE, green=_BYTE, blue=_BYTE, alpha=_BYTE
)
_PALETTE = record(
    ("colours",), max_value=_NUMBER, rgb_continuous={"type": "boolean"}, alpha_continuous={"type": "boolean"},
    colours={"type": "array", "items": _COLOUR, "minItems": 1},
)  # fmt: skip
_ROK4_STYLE = record(
    ("identifier", "title", "legend"), identifier={"type": "string", "pattern": r"^[A-Za-z0-9_\-.]+$"}, title=TEXT,
    abstract=ANY_TEXT, keywords={"type": "array", "items": ANY_TEXT}, legend=_LEGEND, palette=_PALETTE,
)  # fmt: skip

_VARIABLE = re.compile(r"\{\{\s*params\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_TEMPLATE_VARIABLE = re.compile(r"\bfeature\.([A-Za-z_][A-Za-z0-9_]*)|\battributes\[[\"']([^\"']+)[\"']\]")
_DIRECTIVE = re.compile(r"<(/?)#(list|if|macro|function|switch|attempt)\b")
_TEMPLATE_OWN = frozenset({"attributes", "fid", "type", "rawValue", "typeName"})


def type_infos(type_: str, content: bytes) -> Entity:
    """Raises 400 with the reason why the content is not of this type."""
    if not content.strip():
        raise bad("Fichier vide")
    return _READERS[type_](content)


def parse_xml(content: bytes) -> etree._Element:
    """XML without entities, documents from elsewhere, or sizes without limit; raises ValueError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("DOCTYPE refusé")
    return root


def _sld(content: bytes) -> Entity:
    try:
        root = parse_xml(content)
    except ValueError as error:
        raise bad(f"SLD illisible : {error}") from None
    if root.tag != f"{{{_SLD}}}StyledLayerDescriptor":
        raise bad("SLD : l'élément StyledLayerDescriptor est attendu")
    if root.get("version") != "1.0.0" or next(root.iter(f"{{{_SE}}}*"), None) is not None:
        raise bad(f"SLD 1.0.0 attendu, version {root.get('version')} reçue")
    if not [rule for rule in root.iter(f"{{{_SLD}}}Rule") if _draws(rule)]:
        raise bad("SLD : aucune règle ne dessine")
    names = {(element.text or "").strip() for element in root.iter(f"{{{_OGC}}}PropertyName")}
    infos: Entity = {"used_attributes": sorted(name for name in names if name)}
    for member, tag, choose in (("min_scale_denominator", "MinScaleDenominator", min),
                                ("max_scale_denominator", "MaxScaleDenominator", max)):  # fmt: skip
        scales = _scales(root, tag)
        if scales:
            infos[member] = choose(scales)
    return infos


def _draws(rule: etree._Element) -> bool:
    return any(rule.find(f"{{{_SLD}}}{name}Symbolizer") is not None for name in _SYMBOLIZERS)


def _scales(root: etree._Element, tag: str) -> list[float]:
    """The bounds of all rules; none where a rule has none."""
    texts = [rule.findtext(f"{{{_SLD}}}{tag}") for rule in root.iter(f"{{{_SLD}}}Rule")]
    try:
        return [] if None in texts else [float(text) for text in texts if text is not None]
    except ValueError:
        raise bad(f"SLD : {tag} n'est pas un nombre") from None


def _ftl(content: bytes) -> Entity:
    text = _text(content)
    opened: list[str] = []
    for closing, name in _DIRECTIVE.findall(text):
        if not closing:
            opened.append(name)
        elif not opened or opened.pop() != name:
            raise bad(f"FTL : </#{name}> sans <#{name}>")
    if opened:
        raise bad(f"FTL : <#{opened[-1]}> n'est pas fermé")
    names = {first or second for first, second in _TEMPLATE_VARIABLE.findall(text)}
    return {"used_attributes": sorted(names - _TEMPLATE_OWN)}


def _rok4_style(content: bytes) -> Entity:
    try:
        style = json.loads(_text(content))
    except (ValueError, RecursionError):
        raise bad("Style ROK4 : JSON illisible") from None
    check(style, _ROK4_STYLE, "style")
    return {"identifier": style["identifier"], "legend_url": style["legend"]["url"]}


def _derivation(content: bytes) -> Entity:
    text = _text(content)
    if not re.search(r"\b(select|create|alter|update|insert|delete)\b", text, re.IGNORECASE):
        raise bad("SQL : aucune instruction")
    return {"used_variables": sorted(set(_VARIABLE.findall(text)))}


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise bad("Texte UTF-8 attendu") from None


_READERS: dict[str, Callable[[bytes], Entity]] = {
    "GEOSERVER-STYLE": _sld,
    "GEOSERVER-FTL": _ftl,
    "ROK4-STYLE": _rok4_style,
    "DERIVATION-SQL": _derivation,
}
