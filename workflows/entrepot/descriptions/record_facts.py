"""What a metadata record says, as plain facts; what is wrong with them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Optional, TypeVar

from ....i18n import _
from ..checks import tables
from ..checks.tables import About, Exported
from ..offices import Office
from .record_xml import clean
from .vocabulary import FREQUENCIES, LEVELS, ROLES, TOPICS

DATES = ("creation", "publication", "revision")

_IDENTIFIER = re.compile(r"[\w.:-]+", re.ASCII)
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T.*)?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

Extent = tuple[float, float, float, float]
"""West, south, east, north, in degrees (WGS84)."""
Value = TypeVar("Value")


@dataclass(frozen=True)
class Contact:
    """Somebody responsible; `role` as in CI_RoleCode: `pointOfContact`, `owner`, `author` …"""

    organisation: str = ""
    email: str = ""
    name: str = ""
    role: str = "pointOfContact"


@dataclass(frozen=True)
class Link:
    """Where the data can be had. `protocol` is `OGC:WFS` …, and `name` then the layer; `open`: without a key."""

    url: str
    protocol: str = ""
    name: str = ""
    description: str = ""
    open: bool = True


@dataclass(frozen=True)
class Facts:
    """What a record says; empty is what is not said. Dates are ISO 8601.

    `themes` are INSPIRE themes, `topics` categories of ISO (`boundaries` …), `contact` who answers for the record,
    `open` whether anybody has access, `scale` the denominator, `stamp` when the record was written.
    """

    identifier: str = ""
    title: str = ""
    abstract: str = ""
    level: str = ""
    language: str = ""
    themes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    contact: Optional[Contact] = None
    producers: tuple[Contact, ...] = ()
    licence: str = ""
    open: Optional[bool] = None
    frequency: str = ""
    creation: str = ""
    publication: str = ""
    revision: str = ""
    extent: Optional[Extent] = None
    crs: str = ""
    representation: str = ""
    scale: Optional[int] = None
    lineage: str = ""
    thumbnail: str = ""
    links: tuple[Link, ...] = ()
    stamp: str = ""


def identifier_for(prefix: str, *names: str) -> str:
    """The identifier of a record: always the same for the same names (service, datastore, data sheet).

    `prefix` is what the datastore wants all of them to begin with; cartes.gouv.fr sets a full stop after it.
    """
    own = str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(names)))
    return f"{prefix.rstrip('.')}.{own}" if prefix else own


def problems(facts: Facts, prefix: str = "") -> list[str]:
    """Sentences on what keeps a record of these facts from being useful; `prefix` as for `identifier_for`."""
    found = identifier_problems(facts.identifier, prefix)
    if not clean(facts.title):
        found.append(_("The record needs a title."))
    if not clean(facts.abstract):
        found.append(_("The record needs an abstract: what the data is, in a few sentences."))
    found += _wrong_choices(facts) + _wrong_numbers(facts)
    for contact in filter(None, (facts.contact, *facts.producers)):
        if contact.email and not _MAIL.fullmatch(contact.email):
            found.append(_("“{email}” is no e-mail address.").format(email=contact.email))
    for day in (facts.creation, facts.publication, facts.revision):
        if day and not _DAY.fullmatch(day):
            found.append(_("“{date}” is no date such as 2026-12-31.").format(date=day))
    return found


def identifier_problems(identifier: str, prefix: str = "") -> list[str]:
    """A sentence on what is wrong with the identifier of a record, [] if it is right."""
    if not _IDENTIFIER.fullmatch(identifier):
        sentence = _("The identifier of the record may hold letters, digits and . _ - : alone, not “{identifier}”.")
        return [sentence.format(identifier=identifier)]
    if prefix and not identifier.startswith(prefix):
        sentence = _("In this datastore the identifiers of records begin with {prefix}; this one is “{identifier}”.")
        return [sentence.format(prefix=prefix, identifier=identifier)]
    return []


def _wrong_choices(facts: Facts) -> list[str]:
    choices = (
        (_("Level"), facts.level, LEVELS),
        (_("Update frequency"), facts.frequency, FREQUENCIES),
        *((_("Category"), topic, TOPICS) for topic in facts.topics),
    )
    return [
        _("{what}: “{given}” is none of {known}.").format(what=what, given=given, known=", ".join(known))
        for what, given, known in choices
        if given and given not in known
    ]


def _wrong_numbers(facts: Facts) -> list[str]:
    found = []
    west, south, east, north = facts.extent or (0.0, 0.0, 0.0, 0.0)
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        found.append(_("The extent of the record is not one in degrees: west, south, east, north."))
    if facts.scale is not None and facts.scale <= 0:
        found.append(_("The denominator of the scale must be above zero."))
    return found


def tidied(facts: Facts) -> Facts:
    """The facts as a record holds them: no control characters, no blanks around texts, nothing twice, 6 decimals."""

    def line(value: str) -> str:
        return clean(value)

    def words(values: Iterable[str]) -> tuple[str, ...]:
        return unique(map(line, values))

    extent = facts.extent
    return Facts(
        identifier=line(facts.identifier),
        title=line(facts.title),
        abstract=clean(facts.abstract, lines=True),
        level=line(facts.level),
        language=line(facts.language),
        themes=words(facts.themes),
        keywords=words(facts.keywords),
        topics=words(facts.topics),
        contact=None if facts.contact is None else _tidy_contact(facts.contact),
        producers=tuple(map(_tidy_contact, facts.producers)),
        licence=clean(facts.licence, lines=True),
        open=facts.open,
        frequency=line(facts.frequency),
        creation=line(facts.creation),
        publication=line(facts.publication),
        revision=line(facts.revision),
        extent=extent and (_degrees(extent[0]), _degrees(extent[1]), _degrees(extent[2]), _degrees(extent[3])),
        crs=line(facts.crs),
        representation=line(facts.representation),
        scale=facts.scale,
        lineage=clean(facts.lineage, lines=True),
        thumbnail=line(facts.thumbnail),
        links=unique(map(_tidy_link, facts.links)),
        stamp=line(facts.stamp),
    )


def completed(facts: Facts) -> Facts:
    """With what every new record must say."""
    producer = replace(facts.producers[0], role="pointOfContact") if facts.producers else None
    return replace(
        facts,
        level=facts.level or "dataset",
        language=facts.language or "fre",
        frequency=facts.frequency or "unknown",
        representation=facts.representation or "vector",
        contact=facts.contact or producer,
    )


def unique(values: Iterable[Value]) -> tuple[Value, ...]:
    """Each value once, in order, nothing empty."""
    return tuple(value for value in dict.fromkeys(values) if value)


def _degrees(value: float) -> float:
    return round(value, 6) + 0.0  # no -0


def _tidy_contact(contact: Contact) -> Contact:
    role = clean(contact.role) or "pointOfContact"
    return Contact(clean(contact.organisation), clean(contact.email), clean(contact.name), role)


def _tidy_link(link: Link) -> Link:
    return Link(clean(link.url), clean(link.protocol), clean(link.name), clean(link.description), link.open)


# ---------------------------------------------------------------------- what layers say of themselves


def of_tables(office: Office, sheet: str, title: str, abstract: str, keywords: Iterable[str], data: Exported) -> Facts:
    """What a record of a data sheet says, from what the layers that it is made of say."""
    boxes = [table.extent for table in data.tables if table.extent]
    west, south, east, north = zip(*boxes) if boxes else ((0.0,),) * 4
    facts = of_layers([table.about for table in data.tables])
    return replace(
        facts,
        identifier=identifier_for(office.info.metadata_prefix, office.service, office.id, sheet),
        title=title,
        abstract=abstract,
        keywords=unique([*keywords, *facts.keywords]),
        extent=(min(west), min(south), max(east), max(north)) if boxes else None,
        crs=data.srs,
        representation="vector" if any(table.geometry for table in data.tables) else "textTable",
    )


def of_layers(about: Iterable[About]) -> Facts:
    """What the metadata of layers say together, their identifiers left out: those of records are the server's."""
    about = list(about)
    categories = unique(category for one in about for category in one.categories)
    topics = {category: topic for category in categories if (topic := _TOPICS.get(_letters(category)))}
    producers = unique(_producer(contact) for one in about for contact in one.contacts)
    licences = unique(text for one in about for text in (*one.licences, *one.rights))
    return Facts(
        language=next((_LANGUAGES[code] for one in about if (code := one.language.lower()[:3]) in _LANGUAGES), ""),
        keywords=tuple(category for category in categories if category not in topics),
        topics=tuple(topics.values()),
        producers=tuple(producer for producer in producers if producer.organisation or producer.email or producer.name),
        licence=", ".join(licences),
        lineage="\n".join(unique(text for one in about for text in one.history)),
        links=unique(Link(url, description=name) for one in about for name, url in one.links if url),
    )


def _producer(contact: tables.Contact) -> Contact:
    role = contact.role if contact.role in ROLES else "pointOfContact"
    return Contact(contact.organisation, contact.email, contact.name, role)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


_TOPICS = {topic.lower(): topic for topic in TOPICS}
_LANGUAGES = {"fr": "fre", "fra": "fre", "fre": "fre", "en": "eng", "eng": "eng"}
