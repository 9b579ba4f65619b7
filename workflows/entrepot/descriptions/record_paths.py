"""Where in a record of ISO 19139 a fact stands, for those who write it and those who read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from . import record_xml as iso
from .record_facts import unique
from .record_xml import Element

THESAURUS = "GEMET - INSPIRE themes, version 1.0"
LIMITATIONS = "http://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/"
RESTRICTED = f"{iso.CODES}#MD_RestrictionCode_restricted"
RESTRICTED_TEXT = "Accès restreint"

IDENTIFICATION = "gmd:identificationInfo/gmd:MD_DataIdentification"
CITATION = f"{IDENTIFICATION}/gmd:citation/gmd:CI_Citation"
CONTACT = "gmd:contact/gmd:CI_ResponsibleParty"
PRODUCER = "gmd:pointOfContact/gmd:CI_ResponsibleParty"
EMAIL = "gmd:contactInfo/gmd:CI_Contact/gmd:address/gmd:CI_Address/gmd:electronicMailAddress"
ROLE = "gmd:role/gmd:CI_RoleCode"
FREQUENCY = (
    "gmd:resourceMaintenance/gmd:MD_MaintenanceInformation/gmd:maintenanceAndUpdateFrequency/"
    "gmd:MD_MaintenanceFrequencyCode"
)
THUMBNAIL = "gmd:graphicOverview/gmd:MD_BrowseGraphic/gmd:fileName"
KEYWORDS = "gmd:descriptiveKeywords/gmd:MD_Keywords"
LEGAL = "gmd:resourceConstraints/gmd:MD_LegalConstraints"
REPRESENTATION = "gmd:spatialRepresentationType/gmd:MD_SpatialRepresentationTypeCode"
SCALE = "gmd:spatialResolution/gmd:MD_Resolution/gmd:equivalentScale/gmd:MD_RepresentativeFraction/gmd:denominator"
BOX = "gmd:extent/gmd:EX_Extent/gmd:geographicElement/gmd:EX_GeographicBoundingBox"
BOUNDS = ("gmd:westBoundLongitude", "gmd:southBoundLatitude", "gmd:eastBoundLongitude", "gmd:northBoundLatitude")
OPTIONS = "gmd:distributionInfo/gmd:MD_Distribution/gmd:transferOptions/gmd:MD_DigitalTransferOptions"
ONLINE = f"{OPTIONS}/gmd:onLine"
QUALITY = "gmd:dataQualityInfo/gmd:DQ_DataQuality"
LINEAGE = f"{QUALITY}/gmd:lineage/gmd:LI_Lineage/gmd:statement"
SYSTEM = "gmd:referenceSystemInfo/gmd:MD_ReferenceSystem/gmd:referenceSystemIdentifier/gmd:RS_Identifier/gmd:code"


def dated(citation: Element, kind: str) -> Optional[Element]:
    """The date of a kind (`creation` …) in a citation."""
    entries = iso.find_all(citation, "gmd:date/gmd:CI_Date")
    return next((e for e in entries if iso.code(e, "gmd:dateType/gmd:CI_DateTypeCode") == kind), None)


def keyword_blocks(about: Element, *, inspire: bool) -> list[Element]:
    """Those of the INSPIRE themes, or those of no thesaurus and no other kind than theme."""
    found = []
    for block in iso.find_all(about, KEYWORDS):
        title = iso.text(block, "gmd:thesaurusName/gmd:CI_Citation/gmd:title").casefold()
        free = iso.find(block, "gmd:thesaurusName") is None
        kind = iso.code(block, "gmd:type/gmd:MD_KeywordTypeCode")
        if title.startswith("gemet - inspire") if inspire else free and kind in ("", "theme"):
            found.append(block)
    return found


def words_of(blocks: Iterable[Element]) -> tuple[str, ...]:
    """The keywords of these blocks."""
    return unique(word for block in blocks for word in iso.texts(block, "gmd:keyword"))


def topics_of(about: Element) -> tuple[str, ...]:
    """The categories of ISO."""
    return unique(iso.texts(about, "gmd:topicCategory"))


def is_limitation(constraint: Element) -> bool:
    """Whether an `otherConstraints` tells of public access, as INSPIRE has it, and not of a licence."""
    return any(href.startswith(LIMITATIONS) for href in iso.anchors(constraint, "."))


def licence_of(about: Element) -> str:
    """The conditions of use."""
    for legal in iso.find_all(about, LEGAL):
        if iso.find(legal, "gmd:useConstraints") is not None:
            others = [iso.text(one) for one in iso.find_all(legal, "gmd:otherConstraints") if not is_limitation(one)]
            said = [*filter(None, others), *iso.texts(legal, "gmd:useLimitation")]
            if said:
                return said[0]
    limits = (iso.texts(each, "*/gmd:useLimitation") for each in iso.find_all(about, "gmd:resourceConstraints"))
    return next((said[0] for said in limits if said), "")


def is_open(about: Element) -> Optional[bool]:
    """Whether the record says that anybody has access, or that not everybody has; None if it says neither."""
    said: Optional[bool] = None
    for legal in iso.find_all(about, LEGAL):
        if any(href == f"{LIMITATIONS}noLimitations" for href in iso.anchors(legal, "gmd:otherConstraints")):
            return True
        if iso.code(legal, "gmd:accessConstraints/gmd:MD_RestrictionCode") == "restricted":
            said = False
    return said
