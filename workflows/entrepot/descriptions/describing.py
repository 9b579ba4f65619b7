"""ISO records of a datastore: made or changed, published, linked to the services that they tell of (contract 3.11).

A record is known by its identifier, which is always the same for a data sheet: whatever was cut off, running again
finds it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Optional, Union
from urllib.parse import quote

from ....client import reading
from ....client.entrepot import configurations as api
from ....client.entrepot import files
from ....client.entrepot.configurations import Configuration, Offering, configurations, offerings
from ....client.entrepot.datastores import Endpoint
from ....client.entrepot.files import Metadata
from ....client.entrepot.stored_data import stored_data
from ....client.errors import Conflict, NotFound
from ....i18n import _
from ...errors import InputError
from ...own_folder import own_folder
from ...watch import Watch
from .. import cartes
from ..ledger import Ledger, Made
from ..offices import Office
from ..services import offered
from ..services.bodies import body_of
from . import records
from .record_facts import identifier_for, identifier_problems
from .records import Facts, Link

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
TYPES = ("ISOAP", "INSPIRE")
ENDPOINT = "METADATA"
_SCHEMA = "http://standards.iso.org/iso/19115/-3/mdb/2.0"


@dataclass(frozen=True)
class Kind:
    """What the API is told of a record: INSPIRE: into the catalogue of INSPIRE, `open_data`: into data.gouv.fr."""

    type: str = "ISOAP"
    open_data: bool = False


@dataclass(frozen=True)
class Described:
    """A record on the server; `state` is CREATED, UPDATED or UNCHANGED, `url` "" if it is not published."""

    metadata: str
    file_identifier: str
    url: str
    state: str

    def made(self) -> Made:
        """As a ledger keeps it."""
        return asdict(self)


def publish_record(
    office: Office, ledger: Ledger, step: str, facts: Facts, *, sheet: str, watch: Watch, kind: Optional[Kind] = None
) -> Made:
    """The record of a data sheet as a step of its ledger: `metadata`, `file_identifier`, `url`, `state`."""
    facts = _identified(office, facts, sheet)
    digest = hashlib.sha256(json.dumps(asdict(facts), sort_keys=True).encode()).hexdigest()
    ledger.step(
        there_step(step),
        {"identifier": facts.identifier},
        make=lambda: {"there": find(office, facts.identifier) is not None},
    )

    def make() -> Made:
        return describe(office, facts, sheet=sheet, watch=watch, kind=kind).made()

    def still(made: Made) -> bool:
        found = find(office, facts.identifier)
        return found is not None and bool(found.endpoints)

    return ledger.step(step, {"identifier": facts.identifier, "digest": digest}, make=make, still=still)


def there_step(step: str) -> str:
    """The step that notes whether the record of this step was there before the run: then it is not the run's."""
    return f"{step} there"


def describe(
    office: Office,
    content: Union[Facts, bytes],
    *,
    sheet: str = "",
    kind: Optional[Kind] = None,
    endpoint: str = "",
    watch: Watch,
) -> Described:
    """Make the record, or bring the one of this identifier up to date, and publish it.

    `content` are facts, which leave what they do not tell as it is, or the XML of a whole record. `kind` None leaves
    that of a record that is there. Needs the right BROADCAST. Raises InputError for what is wrong with it.
    """
    office.need("BROADCAST")
    if isinstance(content, Facts):
        content = _identified(office, content, sheet)
        identifier = content.identifier
    else:
        identifier = records.identifier_of(content)
        _check(identifier_problems(identifier, office.info.metadata_prefix))
    place = _endpoint(office, endpoint, find(office, identifier))
    found, state = _stored(office, content, identifier, kind or Kind())
    tags = cartes.tags(sheet)
    if tags and found.tags.get(cartes.SHEET) != sheet:
        files.metadata.tag(office.datastore, found.id, tags)
    if kind is not None and _kind_of(found) != kind:
        files.metadata.change(office.datastore, found.id, {"type": kind.type, "open_data": kind.open_data})
        state = state if state == CREATED else UPDATED
        _publish(office, found, place)  # again, so that it is known where it is published
    elif place.id not in found.endpoints:
        _publish(office, found, place)
    url = record_url(office, place, identifier)
    said = {
        CREATED: _("The record “{name}” is made and published."),
        UPDATED: _("The record “{name}” is up to date."),
        UNCHANGED: _("The record “{name}” says it all already."),
    }[state]
    watch.info(said.format(name=sheet or _name_of(found)))
    return Described(found.id, identifier, url, state)


def withdraw(office: Office, identifier: str, watch: Watch) -> Described:
    """Unpublish a record everywhere; it stays in the datastore. Raises InputError if there is none."""
    office.need("BROADCAST")
    found = find(office, identifier)
    if found is None:
        raise InputError(_("The datastore has no record “{identifier}”.").format(identifier=identifier))
    for endpoint in found.endpoints:
        try:
            files.publish_metadata(office.datastore, [identifier], endpoint, publish=False)
        except Conflict:
            still = find(office, identifier)
            if still is not None and endpoint in still.endpoints:  # otherwise it was done, and its answer lost
                raise
    watch.info(_("The record “{name}” is published no longer.").format(name=_name_of(found)))
    return Described(found.id, identifier, "", UPDATED if found.endpoints else UNCHANGED)


def find(office: Office, identifier: str) -> Optional[Metadata]:
    """The record of this identifier in the datastore, None if it has none."""
    found = files.metadata.list(office.datastore, file_identifier=identifier)
    return next((one for one in found if one.file_identifier == identifier), None)


def of_sheet(office: Office, sheet: str) -> Optional[Metadata]:
    """The record of a data sheet, None if it has none."""
    return next(iter(files.metadata.list(office.datastore, tags=cartes.tags(sheet))), None)


def facts_on_server(office: Office, found: Metadata) -> Facts:
    """What a record says now."""
    return records.facts_of(files.content(office.datastore, files.metadata, found.id))


def record_url(office: Office, endpoint: Endpoint, identifier: str) -> str:
    """Where anybody reads a record that is published."""
    root = next((url.url for url in endpoint.urls if url.url), f"{office.diffusion.rstrip('/')}/csw")
    return (
        f"{cartes.bare(root)}?REQUEST=GetRecordById&SERVICE=CSW&VERSION=2.0.2&OUTPUTSCHEMA={_SCHEMA}"
        f"&elementSetName=full&ID={quote(identifier, safe='')}"
    )


def links(record: Made) -> list[dict[str, str]]:
    """What the configurations that a record tells of say of it, in `metadata`."""
    return [cartes.record_link(record["url"])] if record.get("url") else []


# ---------------------------------------------------------------------- inside


def _identified(office: Office, facts: Facts, sheet: str) -> Facts:
    """With an identifier and a stamp; raises InputError for what is wrong."""
    if not facts.identifier:
        if not sheet:
            raise InputError(_("Which record? Give the name of a data sheet, or the identifier of the record."))
        facts = replace(facts, identifier=identifier_for(office.info.metadata_prefix, office.service, office.id, sheet))
    _check(records.problems(facts, office.info.metadata_prefix))
    return facts


def _check(problems: Sequence[str]) -> None:
    if problems:
        raise InputError(" ".join(problems))


def _endpoint(office: Office, wanted: str, found: Optional[Metadata]) -> Endpoint:
    """Where it is published already, else a free one."""
    known = {endpoint.id: endpoint for endpoint in office.info.endpoints if endpoint.type == ENDPOINT}
    there = [known[id] for id in (found.endpoints if found else ()) if id in known]
    if wanted:
        names = [(e, (e.id, e.technical_name.casefold(), e.name.casefold())) for e in there]
        there = [endpoint for endpoint, name in names if wanted.casefold() in name]
    return there[0] if there else office.endpoint(ENDPOINT, wanted=wanted)


def _stored(office: Office, content: Union[Facts, bytes], identifier: str, kind: Kind) -> tuple[Metadata, str]:
    """The record with this content, and what became of it."""
    datastore = office.datastore
    found = find(office, identifier)
    if found is None:
        xml = records.record(_stamped(content)) if isinstance(content, Facts) else content
        return _made(office, xml, identifier, kind), CREATED
    before = files.content(datastore, files.metadata, found.id)
    if isinstance(content, Facts):
        xml = records.updated(before, _stamped(content))
    else:
        xml = before if records.same(before, content) else content
    if xml == before:
        return found, UNCHANGED
    with as_file(xml, "metadata.xml") as file:
        files.replace_content(datastore, files.metadata, found.id, file, "metadata.xml")
    return found, UPDATED


def _made(office: Office, xml: bytes, identifier: str, kind: Kind) -> Metadata:
    with as_file(xml, "metadata.xml") as file:
        try:
            return files.create_metadata(office.datastore, file, type=kind.type, open_data=kind.open_data)
        except Conflict as error:
            found = find(office, identifier)
            if found is not None:  # it was done, and its answer lost
                return found
            raise InputError(
                _("The identifier “{identifier}” is taken on the platform by a record of another datastore.").format(
                    identifier=identifier
                )
            ) from error


def _stamped(facts: Facts) -> Facts:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    return facts if facts.stamp else replace(facts, stamp=now)


def _name_of(found: Metadata) -> str:
    """What people know it by: its data sheet."""
    return found.tags.get(cartes.SHEET) or found.file_identifier


def _kind_of(found: Metadata) -> Kind:
    return Kind(found.type or "ISOAP", bool(found.raw.get("open_data")))


def _publish(office: Office, found: Metadata, place: Endpoint) -> None:
    files.publish_metadata(office.datastore, [found.file_identifier], place.id)


@contextmanager
def as_file(content: bytes, name: str) -> Iterator[Path]:
    """A file of this content, for as long as it is being sent."""
    with own_folder() as folder:
        file = Path(folder, name)
        file.write_bytes(content)
        yield file


# ---------------------------------------------------------------------- records and services


def services_of(office: Office, sheet: str) -> list[Link]:
    """What a record says of the services that a data sheet has now, as cartes.gouv.fr writes it."""
    datastore = office.datastore
    known = {one.id: one for one in configurations.list(datastore, tags=cartes.tags(sheet))}
    served = [o for o in offerings.list(datastore, status=api.PUBLISHED) if o.configuration in known]
    found: list[Link] = []
    for part in datastore.session.in_parallel(lambda offering: _links_of(office, offering), served):
        found += part
    return found


def _links_of(office: Office, offering: Offering) -> list[Link]:
    endpoint = next((one for one in office.info.endpoints if one.id == offering.endpoint), None)
    urls = {url.type: url.url for url in (endpoint.urls if endpoint else offering.urls)}
    configuration = configurations.get(office.datastore, offering.configuration)
    kinds = {"WFS": "WFS", "WMS-VECTOR": "WMS", "WMS-RASTER": "WMS", "DOWNLOAD": "DOWNLOAD", "VECTOR-TMS": "TMS"}
    kind = kinds.get(offering.type) or (_tiles(office, configuration) if offering.type == "WMTS-TMS" else "")
    is_open = offering.open and (endpoint is None or endpoint.open)
    return cartes.service_links(kind, urls.get(kind, ""), layer_names(configuration), open=is_open)


def layer_names(configuration: Configuration) -> list[str]:
    """The names by which its service knows the layers of a configuration."""
    joint = {"WFS": ":", "VECTOR-TMS": "."}.get(configuration.type)
    if joint is None:
        return [configuration.layer_name]
    used_data = reading.objects(configuration.type_infos.get("used_data"))
    relations = [relation for used in used_data for relation in reading.objects(used.get("relations"))]
    tables = [relation.get("public_name") or relation.get("native_name") for relation in relations]
    return [f"{configuration.layer_name}{joint}{table}" for table in tables if table]


def _tiles(office: Office, configuration: Configuration) -> str:
    for id in configuration.stored_data[:1]:
        try:
            return cartes.tile_kind(stored_data.get(office.datastore, id).type)
        except NotFound:
            break
    return "WMTS"


def tell_services(office: Office, record: Made, services: Iterable[Link], watch: Watch) -> bool:
    """Write into a record which services there are; whether it did not say so already."""
    found = find(office, record["file_identifier"])
    told = Facts(record["file_identifier"], links=tuple(services))
    return found is not None and change_record(office, found, told, watch)


def change_record(office: Office, found: Metadata, facts: Facts, watch: Watch) -> bool:
    """Tell a record these facts; whether it did not say them already. Where it is published it changes at once."""
    before = files.content(office.datastore, files.metadata, found.id)
    xml = records.updated(before, _stamped(facts))
    if xml == before:
        return False
    with as_file(xml, "metadata.xml") as file:
        files.replace_content(office.datastore, files.metadata, found.id, file, "metadata.xml")
    watch.info(_("The record “{name}” is up to date.").format(name=_name_of(found)))
    return True


def link_services(office: Office, sheet: str, url: str, watch: Watch, *, linked: bool = True) -> list[str]:
    """Let all configurations of a data sheet point at its record, or no longer, and make that live (recipe d).

    Gives the ids of those that were changed.
    """
    datastore, changed = office.datastore, []
    for listed in configurations.list(datastore, tags=cartes.tags(sheet)):
        one = configurations.get(datastore, listed.id)
        wanted = cartes.with_link(one.metadata, cartes.record_link(url)) if linked else []
        wanted = wanted if linked else cartes.without_link(one.metadata, url)
        if wanted != one.metadata:
            apply_links(office, one, wanted, watch)
            changed.append(one.id)
    return changed


def apply_links(office: Office, configuration: Configuration, wanted: Sequence[dict[str, str]], watch: Watch) -> None:
    """PUT a configuration as it is with another `metadata`, and synchronise its offerings."""
    body = {**body_of(configuration), "metadata": list(wanted)}
    configurations.replace(office.datastore, configuration.id, body)
    for offering in api.offers(office.datastore, configuration.id):
        if offering.status != api.UNPUBLISHED:  # one that is hidden stays so
            offered.synchronise(office, offering.id, watch)
    watch.info(_("{type} “{name}” is synchronised.").format(type=configuration.type, name=configuration.layer_name))
