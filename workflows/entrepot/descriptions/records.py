"""Metadata records of ISO 19115, written as ISO 19139 (contract 3.11) from plain facts.

Written the way that the reader of cartes.gouv.fr, GeoNetwork and the guide of the CNIG expect. A record that is there
already is changed where facts are given, and keeps everything else, known to us or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Optional
from urllib.parse import urlsplit

from . import record_paths as at
from . import record_xml as iso
from .record_facts import DATES, Contact, Extent, Facts, Link, completed, identifier_for, problems, tidied
from .record_reading import extent_of, facts_of, identifier_of, link_of, system_of
from .record_xml import Element
from .vocabulary import LEVELS

__all__ = [
    "Contact",
    "Facts",
    "Link",
    "facts_of",
    "identifier_for",
    "identifier_of",
    "problems",
    "record",
    "same",
    "updated",
]

_THESAURUS_DATE = "2008-06-01"
_OTHER_SERVICE = "http://inspire.ec.europa.eu/metadata-codelist/SpatialDataServiceType/other"


def record(facts: Facts) -> bytes:
    """A new record: the same facts give the same bytes."""
    root, facts = iso.empty(), completed(tidied(facts))
    _write(root, facts)
    _write_new(root, facts)
    return iso.written(root)


def updated(xml: bytes, facts: Facts) -> bytes:
    """The record with these facts, all else kept; the same bytes if it says them all already, whenever it was written.

    Links to services of a host that `facts` has links to are replaced as a whole. Raises InputError as `facts_of`.
    """
    before, root, facts = iso.parsed(xml), iso.parsed(xml), tidied(facts)
    _write(root, replace(facts, stamp=""))
    if iso.same(before, root):
        return xml
    _stamp(root, facts.stamp)
    return iso.written(root)


def same(xml: bytes, other: bytes) -> bool:
    """Whether two records say the same, whenever they were written."""
    return iso.same(iso.parsed(xml), iso.parsed(other))


def _write(root: Element, facts: Facts) -> None:
    """What facts are given; what they say already stays untouched."""
    iso.put(root, "gmd:fileIdentifier", facts.identifier)
    _language(root, facts.language)
    iso.put_code(root, "gmd:hierarchyLevel/gmd:MD_ScopeCode", facts.level)
    iso.put(root, "gmd:hierarchyLevelName", LEVELS.get(facts.level, ""))
    if facts.contact is not None:
        _write_contact(iso.make(root, at.CONTACT), facts.contact)
    _stamp(root, facts.stamp)
    _write_system(root, facts.crs)
    _write_identification(iso.make(root, at.IDENTIFICATION), facts)
    _write_links(root, facts.links)
    if facts.lineage:
        scope = f"{at.QUALITY}/gmd:scope/gmd:DQ_Scope/gmd:level/gmd:MD_ScopeCode"
        iso.put_code(root, scope, iso.code(root, scope) or facts.level or "dataset")
        iso.put(root, at.LINEAGE, facts.lineage)


def _write_new(root: Element, facts: Facts) -> None:
    """What only a new record is told."""
    about = iso.make(root, at.IDENTIFICATION)
    for part in (root, about):
        iso.put_code(part, "gmd:characterSet/gmd:MD_CharacterSetCode", "utf8")
    _language(about, facts.language)
    iso.put(root, "gmd:metadataStandardName", "ISO 19115:2003/19139")
    iso.put(root, "gmd:metadataStandardVersion", "1.0")
    iso.put(root, f"{at.CITATION}/gmd:identifier/gmd:MD_Identifier/gmd:code", facts.identifier)
    about_data = (f"{at.CITATION}/gmd:title", f"{at.CITATION}/gmd:date", f"{at.IDENTIFICATION}/gmd:abstract")
    for path in ("gmd:contact", "gmd:dateStamp", *about_data):
        if iso.find(root, path) is None:  # the schema wants them
            iso.make(root, path).set(f"{{{iso.GCO}}}nilReason", "missing")


def _write_identification(about: Element, facts: Facts) -> None:
    citation = iso.make(about, "gmd:citation/gmd:CI_Citation")
    iso.put(citation, "gmd:title", facts.title)
    for kind in DATES:
        _write_date(citation, kind, getattr(facts, kind))
    iso.put(about, "gmd:abstract", facts.abstract)
    _write_producers(about, facts.producers)
    iso.put_code(about, at.FREQUENCY, facts.frequency)
    iso.put(about, at.THUMBNAIL, facts.thumbnail)
    _write_keywords(about, facts.themes, inspire=True)
    _write_keywords(about, facts.keywords, inspire=False)
    _write_licence(about, facts.licence)
    _write_access(about, facts.open)
    iso.put_code(about, at.REPRESENTATION, facts.representation)
    iso.put(about, at.SCALE, str(facts.scale or ""), "gco:Integer")
    _write_topics(about, facts.topics)
    _write_extent(about, facts.extent)


def _language(parent: Element, language: str) -> None:
    # cartes.gouv.fr shows the text as the name of the language
    shown = "français" if language in ("fre", "fra") else language
    iso.put_code(parent, "gmd:language/gmd:LanguageCode", language, shown, iso.LANGUAGES)


def _stamp(root: Element, moment: str) -> None:
    iso.put(root, "gmd:dateStamp", moment, "gco:DateTime" if "T" in moment else "gco:Date")


def _write_system(root: Element, crs: str) -> None:
    authority, _colon, number = crs.partition(":")
    if not number or system_of(root) == crs:
        return
    epsg = f"http://www.opengis.net/def/crs/{authority}/0/{number}"
    ignf = f"http://registre.ign.fr/ign/IGNF/crs/IGNF/{number}"
    iso.anchor(root, at.SYSTEM, crs, ignf if authority == "IGNF" else epsg)


def _write_date(citation: Element, kind: str, day: str) -> None:
    if not day:
        return
    entry = at.dated(citation, kind)
    if entry is None:
        entry = iso.add(citation, "gmd:date/gmd:CI_Date")
    iso.put(entry, "gmd:date", day, "gco:DateTime" if "T" in day else "gco:Date")
    iso.put_code(entry, "gmd:dateType/gmd:CI_DateTypeCode", kind)


def _write_producers(about: Element, producers: Iterable[Contact]) -> None:
    """Those of a role take the places of those who had it; the address and telephone of the same organisation stay."""
    waiting = iso.find_all(about, at.PRODUCER)
    for contact in producers:
        party = next((each for each in waiting if iso.code(each, at.ROLE) == contact.role), None)
        if party is None:
            party = iso.add(about, at.PRODUCER)
        else:
            waiting.remove(party)
        _write_contact(party, contact)


def _write_contact(party: Element, contact: Contact) -> None:
    if contact.organisation and iso.text(party, "gmd:organisationName") not in ("", contact.organisation):
        for child in list(party):  # somebody else, who is not to be reached there
            party.remove(child)
    iso.put(party, "gmd:individualName", contact.name)
    iso.put(party, "gmd:organisationName", contact.organisation)
    iso.put(party, at.EMAIL, contact.email)
    iso.put_code(party, at.ROLE, contact.role)


def _write_keywords(about: Element, words: Sequence[str], *, inspire: bool) -> None:
    """The INSPIRE themes, or the words of no thesaurus, as a whole; those of other thesauri stay."""
    blocks = at.keyword_blocks(about, inspire=inspire)
    if not words or words == at.words_of(blocks):
        return
    for block in blocks:
        about.remove(block.getparent())
    block = iso.add(about, at.KEYWORDS)
    for word in words:
        iso.put(iso.add(block, "gmd:keyword"), ".", word)
    iso.put_code(block, "gmd:type/gmd:MD_KeywordTypeCode", "theme")
    if inspire:
        citation = iso.make(block, "gmd:thesaurusName/gmd:CI_Citation")
        iso.put(citation, "gmd:title", at.THESAURUS)
        _write_date(citation, "publication", _THESAURUS_DATE)


def _write_licence(about: Element, licence: str) -> None:
    if not licence or licence == at.licence_of(about):
        return
    use = _constraints(about, "gmd:useConstraints")
    iso.put_code(use, "gmd:useConstraints/gmd:MD_RestrictionCode", "otherRestrictions")
    for old in iso.find_all(use, "gmd:otherConstraints"):
        if not at.is_limitation(old):
            use.remove(old)
    # a text: cartes.gouv.fr takes the end of an anchor's address for a code of INSPIRE
    iso.put(iso.add(use, "gmd:otherConstraints"), ".", licence)


def _write_access(about: Element, open: Optional[bool]) -> None:
    if open is None or open == at.is_open(about):
        return
    for legal in iso.find_all(about, at.LEGAL):
        told = [one for one in iso.find_all(legal, "gmd:otherConstraints") if at.is_limitation(one)]
        for old in (*iso.find_all(legal, "gmd:accessConstraints"), *told):
            legal.remove(old)
        if not len(legal):
            about.remove(legal.getparent())
    access = iso.add(about, at.LEGAL)
    code = "otherRestrictions" if open else "restricted"
    iso.put_code(access, "gmd:accessConstraints/gmd:MD_RestrictionCode", code)
    if open:
        words = "Pas de restriction d’accès public selon INSPIRE"
        iso.anchor(access, "gmd:otherConstraints", words, f"{at.LIMITATIONS}noLimitations")


def _constraints(about: Element, kind: str) -> Element:
    """The first legal constraints of a kind, made if there are none."""
    legal = next((each for each in iso.find_all(about, at.LEGAL) if iso.find(each, kind) is not None), None)
    return iso.add(about, at.LEGAL) if legal is None else legal


def _write_topics(about: Element, topics: Sequence[str]) -> None:
    if topics and topics != at.topics_of(about):
        for old in iso.find_all(about, "gmd:topicCategory"):
            about.remove(old)
        for topic in topics:
            iso.put(iso.add(about, "gmd:topicCategory"), ".", topic, "gmd:MD_TopicCategoryCode")


def _write_extent(about: Element, extent: Optional[Extent]) -> None:
    if extent is None or extent == extent_of(about):
        return
    box = iso.make(about, at.BOX)
    for name, degrees in zip(at.BOUNDS, extent):
        iso.put(box, name, f"{degrees:.6f}".rstrip("0").rstrip("."), "gco:Decimal")


def _write_links(root: Element, links: Sequence[Link]) -> None:
    if not links:
        return
    wanted = {_key(link): link for link in links}
    hosts = {urlsplit(link.url).netloc for link in links if link.protocol}
    for holder in iso.find_all(root, at.ONLINE):
        link = link_of(holder)
        new = wanted.pop(_key(link), None)
        if new is not None:
            _write_link(iso.make(holder, "gmd:CI_OnlineResource"), new, link)
        elif link.protocol and urlsplit(link.url).netloc in hosts:
            holder.getparent().remove(holder)
    options = iso.make(root, at.OPTIONS)
    for link in wanted.values():
        _write_link(iso.add(options, "gmd:onLine/gmd:CI_OnlineResource"), link, None)


def _key(link: Link) -> tuple[str, str, str]:
    return link.url, link.protocol, link.name


def _write_link(resource: Element, link: Link, before: Optional[Link]) -> None:
    iso.put(resource, "gmd:linkage", link.url, "gmd:URL")
    iso.put(resource, "gmd:protocol", link.protocol)
    iso.put(resource, "gmd:name", link.name)
    if before is not None and before.open != link.open:
        for old in (*iso.find_all(resource, "gmd:applicationProfile"), *iso.find_all(resource, "gmd:description")):
            resource.remove(old)
    if link.open:
        iso.put(resource, "gmd:description", link.description)
    else:  # what GeoNetwork and cartes.gouv.fr know a restricted service by
        iso.anchor(resource, "gmd:applicationProfile", "other", _OTHER_SERVICE)
        if link.description or before is None or before.open:
            iso.anchor(resource, "gmd:description", link.description or at.RESTRICTED_TEXT, at.RESTRICTED)
