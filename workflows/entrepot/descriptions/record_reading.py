"""What a metadata record of ISO 19139 says, read as facts."""

from __future__ import annotations

import re
from typing import Optional

from . import record_paths as at
from . import record_xml as iso
from .record_facts import DATES, Contact, Extent, Facts, Link, unique
from .record_xml import Element

_SYSTEM = re.compile(r"\b(EPSG|IGNF|CRS)\b(?:/IGNF)?[:/]+(?:[\d.]*[:/])?([A-Za-z0-9.]+)\)?\s*$")


def identifier_of(xml: bytes) -> str:
    """The identifier of a record, "" if it has none; InputError if it is none of ISO 19139."""
    return iso.text(iso.parsed(xml), "gmd:fileIdentifier")


def facts_of(xml: bytes) -> Facts:
    """What a record says; InputError if it is none of ISO 19139, or declares entities. Nothing is fetched."""
    root = iso.parsed(xml)
    about, citation = (iso.empty() if found is None else found for found in _parts(root))
    contact = iso.find(root, at.CONTACT)
    scale = iso.text(about, at.SCALE)
    dates = {kind: iso.text(entry, "gmd:date") for kind in DATES if (entry := at.dated(citation, kind)) is not None}
    return Facts(
        identifier=iso.text(root, "gmd:fileIdentifier"),
        title=iso.text(citation, "gmd:title"),
        abstract=iso.text(about, "gmd:abstract"),
        level=iso.code(root, "gmd:hierarchyLevel/gmd:MD_ScopeCode"),
        language=iso.code(root, "gmd:language/gmd:LanguageCode") or iso.text(root, "gmd:language"),
        themes=at.words_of(at.keyword_blocks(about, inspire=True)),
        keywords=at.words_of(at.keyword_blocks(about, inspire=False)),
        topics=at.topics_of(about),
        contact=None if contact is None else contact_of(contact),
        producers=tuple(map(contact_of, iso.find_all(about, at.PRODUCER))),
        licence=at.licence_of(about),
        open=at.is_open(about),
        frequency=iso.code(about, at.FREQUENCY),
        creation=dates.get("creation", ""),
        publication=dates.get("publication", ""),
        revision=dates.get("revision", ""),
        extent=extent_of(about),
        crs=system_of(root),
        representation=iso.code(about, at.REPRESENTATION),
        scale=int(scale) if re.fullmatch("[0-9]{1,15}", scale) else None,
        lineage=iso.text(root, at.LINEAGE),
        thumbnail=iso.text(about, at.THUMBNAIL),
        links=unique(map(link_of, iso.find_all(root, at.ONLINE))),
        stamp=iso.text(root, "gmd:dateStamp"),
    )


def contact_of(party: Element) -> Contact:
    """Who a CI_ResponsibleParty is."""
    return Contact(
        iso.text(party, "gmd:organisationName"),
        iso.text(party, at.EMAIL),
        iso.text(party, "gmd:individualName"),
        iso.code(party, at.ROLE) or "pointOfContact",
    )


def link_of(holder: Element) -> Link:
    """The resource of a `gmd:onLine`."""
    url, protocol, name, description = (
        iso.text(holder, f"gmd:CI_OnlineResource/gmd:{part}") for part in ("linkage", "protocol", "name", "description")
    )
    hrefs = iso.anchors(holder, "gmd:CI_OnlineResource/gmd:description")
    restricted = any(href.endswith("MD_RestrictionCode_restricted") for href in hrefs)
    if restricted and description == at.RESTRICTED_TEXT:
        description = ""
    return Link(url, protocol, name, description, open=not restricted)


def extent_of(about: Element) -> Optional[Extent]:
    """The first rectangle that is told of."""
    box = iso.find(about, at.BOX)
    if box is None:
        return None
    try:
        west, south, east, north = (float(iso.text(box, name)) for name in at.BOUNDS)
    except ValueError:
        return None
    return west, south, east, north


def system_of(root: Element) -> str:
    """`EPSG:2154` from the ways in which catalogues write it, else the text itself."""
    said = iso.text(root, at.SYSTEM)
    found = _SYSTEM.search(said)
    return f"{found[1]}:{found[2]}" if found else said


def _parts(root: Element) -> tuple[Optional[Element], Optional[Element]]:
    return iso.find(root, at.IDENTIFICATION), iso.find(root, at.CITATION)
