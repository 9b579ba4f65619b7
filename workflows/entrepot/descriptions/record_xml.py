"""The XML of ISO 19139: read safely, elements found or made where the schema wants them, texts and codes put in.

Whatever is not touched stays as it was.
"""

from __future__ import annotations

import re
from typing import Any, Optional

from lxml import etree

from ....i18n import _
from ...errors import InputError
from ...xml_reading import DoctypeFound, plain_root_of

GMD, GCO = "http://www.isotc211.org/2005/gmd", "http://www.isotc211.org/2005/gco"
GMX, XLINK = "http://www.isotc211.org/2005/gmx", "http://www.w3.org/1999/xlink"
NAMESPACES = {"gmd": GMD, "gco": GCO, "gmx": GMX, "xlink": XLINK}
"""The prefixes count: cartes.gouv.fr looks for `gmd:keyword` by that very spelling."""
LONGEST = 20_000_000
"""Bytes of a record, at most."""
CODES = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
LANGUAGES = "http://www.loc.gov/standards/iso639-2/"

Element = Any
"""An element of lxml, which has no type of its own in public."""

ORDER = {
    "MD_Metadata": "fileIdentifier language characterSet parentIdentifier hierarchyLevel hierarchyLevelName contact "
    "dateStamp metadataStandardName metadataStandardVersion dataSetURI locale spatialRepresentationInfo "
    "referenceSystemInfo metadataExtensionInfo identificationInfo contentInfo distributionInfo dataQualityInfo "
    "portrayalCatalogueInfo metadataConstraints applicationSchemaInfo metadataMaintenance series describes",
    "MD_DataIdentification": "citation abstract purpose credit status pointOfContact resourceMaintenance "
    "graphicOverview resourceFormat descriptiveKeywords resourceSpecificUsage resourceConstraints aggregationInfo "
    "spatialRepresentationType spatialResolution language characterSet topicCategory environmentDescription extent "
    "supplementalInformation",
    "CI_Citation": "title alternateTitle date edition editionDate identifier citedResponsibleParty presentationForm "
    "series otherCitationDetails collectiveTitle ISBN ISSN",
    "CI_Date": "date dateType",
    "CI_ResponsibleParty": "individualName organisationName positionName contactInfo role",
    "CI_Contact": "phone address onlineResource hoursOfService contactInstructions",
    "CI_Address": "deliveryPoint city administrativeArea postalCode country electronicMailAddress",
    "CI_OnlineResource": "linkage protocol applicationProfile name description function",
    "MD_Identifier": "authority code",
    "RS_Identifier": "authority code codeSpace version",
    "MD_Keywords": "keyword type thesaurusName",
    "MD_BrowseGraphic": "fileName fileDescription fileType",
    "MD_LegalConstraints": "useLimitation accessConstraints useConstraints otherConstraints",
    "EX_Extent": "description geographicElement temporalElement verticalElement",
    "EX_GeographicBoundingBox": "extentTypeCode westBoundLongitude eastBoundLongitude southBoundLatitude "
    "northBoundLatitude",
    "MD_Distribution": "distributionFormat distributor transferOptions",
    "MD_DigitalTransferOptions": "unitsOfDistribution transferSize onLine offLine",
    "DQ_DataQuality": "scope report lineage",
    "LI_Lineage": "statement processStep source",
}
"""In which order the schema wants what is in an element; parts with a single child need none."""

_RANKS = {parent: {name: rank for rank, name in enumerate(names.split())} for parent, names in ORDER.items()}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str, *, lines: bool = False) -> str:
    """The text as XML can hold it: without control characters, blanks around it, and, without `lines`, on one line."""
    text = _FORBIDDEN.sub("", text)
    return re.sub(r"\r\n?", "\n", text).strip() if lines else " ".join(text.split())


def empty() -> Element:
    """A record without anything in it."""
    return etree.Element(f"{{{GMD}}}MD_Metadata", nsmap=NAMESPACES)


def parsed(xml: bytes) -> Element:
    """The root of a record; InputError for what is no record of ISO 19139. No entity and no address is followed."""
    if len(xml) > LONGEST:
        raise InputError(_("A metadata record of over {n} MB is not read.").format(n=LONGEST // 10**6))
    try:
        root = plain_root_of(xml, remove_blank_text=True)
    except DoctypeFound:
        raise InputError(
            _("The metadata record declares a DOCTYPE or entities, which it never needs: remove that part.")
        ) from None
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = str(getattr(error, "msg", None) or error).splitlines()[0]
        raise InputError(_("The metadata record is not well-formed XML: {reason}.").format(reason=reason)) from None
    if root.tag != f"{{{GMD}}}MD_Metadata":
        raise InputError(
            _(
                "This is no metadata record of ISO 19139: its root is {root}, not gmd:MD_Metadata. From GeoNetwork, "
                "export it as “ISO 19139”, not as 19115-3."
            ).format(root=str(root.tag)[:100])
        )
    return root


def written(root: Element) -> bytes:
    """The bytes of a record: the same for the same content."""
    etree.cleanup_namespaces(root, keep_ns_prefixes=list(NAMESPACES))
    tree = root.getroottree()
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def find(parent: Element, path: str) -> Optional[Element]:
    """The first element at a path such as `gmd:contact/gmd:CI_ResponsibleParty`, None if there is none."""
    return parent.find(path, NAMESPACES)


def find_all(parent: Element, path: str) -> list[Element]:
    """All elements at a path."""
    return parent.findall(path, NAMESPACES)  # type: ignore[no-any-return]


def make(parent: Element, path: str) -> Element:
    """The first element at a path; what of it is not there yet is made where the schema wants it."""
    for step in path.split("/"):
        below = find(parent, step)
        parent = add(parent, step) if below is None else below
    return parent


def add(parent: Element, path: str) -> Element:
    """A new element beside those that are there at the first step of the path, and the rest of the path below it."""
    first, _slash, rest = path.partition("/")
    prefix, _colon, name = first.partition(":")
    child = etree.Element(f"{{{NAMESPACES[prefix]}}}{name}")
    ranks = _RANKS.get(_name(parent), {})
    rank = ranks.get(name, len(ranks))
    later = (at for at, other in enumerate(parent) if ranks.get(_name(other), -1) > rank)
    parent.insert(next(later, len(parent)), child)
    return make(child, rest) if rest else child


def text(parent: Element, path: str = ".") -> str:
    """What is said at a path: a text, an anchor's text, a URL, a date, a code; "" for nothing."""
    element = find(parent, path)
    return "" if element is None else (_said(element) or "").strip()


def texts(parent: Element, path: str) -> list[str]:
    """What is said at each element of a path, as far as it is something."""
    return [said for said in ((_said(element) or "").strip() for element in find_all(parent, path)) if said]


def put(parent: Element, path: str, value: str, kind: str = "gco:CharacterString") -> None:
    """Say something at a path, if there is something to say; what says it already stays untouched."""
    if value and text(parent, path) != value:
        _refilled(make(parent, path), kind).text = value


def anchor(parent: Element, path: str, value: str, href: str) -> None:
    """Say something that is defined at an address."""
    if text(parent, path) != value or href not in anchors(parent, path):
        element = _refilled(make(parent, path), "gmx:Anchor")
        element.text = value
        element.set(f"{{{XLINK}}}href", href)


def anchors(parent: Element, path: str) -> list[str]:
    """The addresses of what is said at each element of a path."""
    found = find_all(parent, f"{path}/gmx:Anchor")
    return [element.get(f"{{{XLINK}}}href", "") for element in found]


def code(parent: Element, path: str) -> str:
    """The value of a code list at a path that ends with its element; the text, where the attribute is missing."""
    element = find(parent, path)
    return "" if element is None else (element.get("codeListValue") or element.text or "").strip()


def put_code(parent: Element, path: str, value: str, shown: str = "", codes: str = "") -> None:
    """A value of a code list, at a path that ends with its element."""
    if value and code(parent, path) != value:
        element = make(parent, path)
        element.set("codeList", codes or f"{CODES}#{path.rpartition(':')[2]}")
        element.set("codeListValue", value)
        element.text = shown or value


def same(one: Element, other: Element) -> bool:
    """Whether two records say the same, whenever they say that they were written."""
    return _canonical(one) == _canonical(other)


def _canonical(root: Element) -> bytes:
    copy = parsed(etree.tostring(root))
    for stamp in find_all(copy, "gmd:dateStamp"):
        copy.remove(stamp)
    return etree.tostring(copy, method="c14n")


def _refilled(element: Element, kind: str) -> Element:
    for child in list(element):
        element.remove(child)
    for attribute in (f"{{{GCO}}}nilReason", f"{{{XLINK}}}href"):
        element.attrib.pop(attribute, None)
    element.text = None
    return add(element, kind)


def _said(element: Element) -> Optional[str]:
    for child in element.iterchildren(tag=etree.Element):
        # a translated text has its translations beside it
        if _name(child) != "PT_FreeText":
            return str(child.text or "")
    return None if element.text is None else str(element.text)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
