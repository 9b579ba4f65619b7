"""The record of a data sheet with all that goes with it: the services that it names, the services that point at it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Optional, Union

from ....i18n import _
from ...errors import InputError
from ...watch import Watch
from .. import cartes
from ..offices import Office
from . import describing, records
from .describing import Described, Kind
from .record_facts import Facts, identifier_for


@dataclass(frozen=True)
class Wanted:
    """What is to be published: `facts`, or the `xml` of a whole record, of the data sheet `sheet`.

    `type` "" leaves the type of a record that is there. `services`: the record names them; `link`: they point at it.
    """

    sheet: str = ""
    facts: Facts = field(default_factory=Facts)
    xml: Optional[bytes] = None
    type: str = ""
    open_data: bool = False
    endpoint: str = ""
    services: bool = True
    link: bool = True


@dataclass(frozen=True)
class Done:
    """The record; how many layers it names; the ids of the configurations that were changed."""

    described: Described
    layers: int = 0
    linked: tuple[str, ...] = ()


def publish(office: Office, wanted: Wanted, watch: Watch, *, unpublish: bool = False) -> Done:
    """Publish the record, or take it out of the catalogue. Needs the right BROADCAST. Raises InputError."""
    office.need("BROADCAST")
    if wanted.sheet:
        problem = cartes.sheet_problem(wanted.sheet)
        if problem:
            raise InputError(problem)
    if unpublish:
        return _unpublished(office, wanted, watch)
    links = tuple(describing.services_of(office, wanted.sheet)) if wanted.services and wanted.sheet else ()
    content = _content(office, wanted)
    if isinstance(content, Facts):
        content = replace(content, links=(*content.links, *links))
    described = describing.describe(
        office, content, sheet=wanted.sheet, kind=_kind(wanted), endpoint=wanted.endpoint, watch=watch
    )
    if wanted.xml is not None and links and describing.tell_services(office, described.made(), links, watch):
        described = replace(described, state=described.state.replace(describing.UNCHANGED, describing.UPDATED))
    linked = (
        describing.link_services(office, wanted.sheet, described.url, watch) if wanted.link and wanted.sheet else []
    )
    return Done(described, len(links), tuple(linked))


def _unpublished(office: Office, wanted: Wanted, watch: Watch) -> Done:
    identifier = _identifier(office, wanted)
    found = describing.find(office, identifier)
    linked: list[str] = []
    if found is not None and wanted.link and wanted.sheet:
        for endpoint in office.info.endpoints:
            if endpoint.id in found.endpoints:
                url = describing.record_url(office, endpoint, identifier)
                linked += describing.link_services(office, wanted.sheet, url, watch, linked=False)
    return Done(describing.withdraw(office, identifier, watch), 0, tuple(linked))


def _identifier(office: Office, wanted: Wanted) -> str:
    if wanted.xml is not None:
        return records.identifier_of(wanted.xml)
    if wanted.facts.identifier:
        return wanted.facts.identifier
    if not wanted.sheet:
        raise InputError(_("Which record? Give the name of a data sheet, or the identifier of the record."))
    return identifier_for(office.info.metadata_prefix, office.service, office.id, wanted.sheet)


def _content(office: Office, wanted: Wanted) -> Union[Facts, bytes]:
    """The whole record, or the facts; a record that is there already says what they leave out."""
    if wanted.xml is not None:
        return wanted.xml
    facts = replace(wanted.facts, identifier=_identifier(office, wanted))
    if facts.title and facts.abstract:
        return facts
    found = describing.find(office, facts.identifier)
    if found is None:
        return facts
    known = describing.facts_on_server(office, found)
    return replace(facts, title=facts.title or known.title, abstract=facts.abstract or known.abstract)


def _kind(wanted: Wanted) -> Optional[Kind]:
    return Kind(wanted.type or "ISOAP", wanted.open_data) if wanted.type or wanted.open_data else None
