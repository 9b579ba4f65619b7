"""Have stored data made of deliveries and of other stored data: one function for each kind of processing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Optional

from ....client.entrepot.stored_data import GENERATED, Relation, StoredData, stored_data
from ....client.entrepot.uploads import CHECKING, CLOSED, OPEN, Upload, uploads
from ....client.errors import keep_secret
from ....i18n import N_, _
from ....store.store import Store
from ...errors import InputError
from ...pages.writing import write_size
from ...watch import Watch
from ...zone import Zone
from .. import finding
from ..ledger import sole_run
from ..offices import Office
from .executing import Executed, execute

DATABASE, VECTOR_TILES, RASTER_TILES, ARCHIVE = (
    "VECTOR-DB", "ROK4-PYRAMID-VECTOR", "ROK4-PYRAMID-RASTER", "ARCHIVE",
)  # fmt: skip
LABELS = {DATABASE: "VECTEUR", VECTOR_TILES: "PYRAMIDE", RASTER_TILES: "PYRAMIDE", ARCHIVE: "ARCHIVE"}
"""The label of the storage of each kind (contract 3.3)."""
WORDS = {
    DATABASE: ("intégration", "integration"),
    VECTOR_TILES: ("vecteur", "vector"),
    RASTER_TILES: ("pyramide raster", "raster pyramid"),
    ARCHIVE: ("recopie", "archive livrée"),
}
NEXT = {
    DATABASE: N_("“Publish a WFS” or “Publish a WMS of vectors” shows it; “Make vector tiles” cuts it into tiles."),
    VECTOR_TILES: N_("“Publish tiles (WMTS, TMS)” shows it."),
    RASTER_TILES: N_("“Publish tiles (WMTS, TMS)” or “Publish a WMS of pictures” shows it."),
    ARCHIVE: N_("“Publish a download” offers it."),
}
"""What can be done with each kind."""
HARVEST_WORDS = ("moissonnage", "harvest", "wms")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")


@dataclass(frozen=True)
class Job:
    """What all of these have in common: where, the name of what is made.

    `into` is data that is there and is changed instead; `processing` is the name or id of a certain one, "" for the
    one that fits; `again` makes it anew even if an earlier run came to its end; `more` are further parameters by name,
    those that are None left out.
    """

    office: Office
    store: Store
    name: str
    watch: Watch
    into: str = ""
    processing: str = ""
    again: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Edition:
    """The days between which data was edited; `last` is None where it goes on."""

    first: date
    last: Optional[date] = None

    def told(self) -> dict[str, str]:
        """As the API wants it (contract 3.8)."""
        if self.last is not None and self.last < self.first:
            raise InputError(
                _("The edition ends ({last}) before it begins ({first}).").format(last=self.last, first=self.first)
            )
        return {"from": self.first.isoformat(), **({"to": self.last.isoformat()} if self.last else {})}


@dataclass(frozen=True)
class MadeData:
    """The stored data as it is now, and the execution that made it."""

    executed: Executed
    data: StoredData

    def sentence(self) -> str:
        """What there is now, and what comes next."""
        said = _("“{name}” is on the server ({size}).").format(
            name=self.data.name, size=write_size(self.data.size or 0)
        )
        return f"{said} {_(NEXT.get(self.data.type, ''))}".strip()


RELATION_COLUMNS = (("table", "text"), ("kind", "text"), ("columns", "text"), ("key", "text"))
"""Of the table of tables."""


def relation_rows(data: StoredData) -> list[tuple[object, ...]]:
    """The tables of a database as rows of RELATION_COLUMNS."""
    return [
        (relation.name, relation.type, _columns(relation), ", ".join(relation.primary_key) or None)
        for relation in data.relations
    ]


def _columns(relation: Relation) -> str:
    return ", ".join(f"{name} {kind}".strip() for name, kind in relation.attributes.items())


@dataclass(frozen=True)
class Tiled:
    """A table of vector tiles: from the least to the most detailed level, `attributes` of it (none: all)."""

    table: str
    top: int
    bottom: int
    attributes: tuple[str, ...] = ()
    filter: str = ""
    layer: str = ""

    def told(self) -> dict[str, Any]:
        """As the processing wants it: levels are texts (contract 3.6)."""
        if not 0 <= self.top <= self.bottom:
            raise InputError(
                _(
                    "{table}: the least detailed level ({top}) must not be greater than the most detailed one "
                    "({bottom})."
                ).format(table=self.table, top=self.top, bottom=self.bottom)
            )
        told: dict[str, Any] = {
            "table": self.table,
            "bottom_level": str(self.bottom),
            "top_level": str(self.top),
            "attributes": list(self.attributes) or ["*"],
        }
        told.update({key: value for key, value in (("filter", self.filter), ("layer", self.layer)) if value})
        return told


def integrate(job: Job, upload: str, *, srs: str = "", mixed: Sequence[str] = ()) -> MadeData:
    """A delivery of vector data as tables of a database; `mixed` are tables with geometries of several types."""
    found = closed_upload(job.office, upload, "VECTOR")
    parameters = {"srs": srs or None, "multigeom_layers": list(mixed) or None, **job.more}
    return _run(job, DATABASE, parameters, upload=found)


def tile(
    job: Job,
    database: str,
    tables: Sequence[Tiled],
    *,
    levels: tuple[int, int] = (0, 0),
    area: Optional[Zone] = None,
    options: str = "",
) -> MadeData:
    """Vector tiles of tables of a database; without `tables`, of all that have a geometry, at `levels` (top, bottom).

    `area` is where; without it, the extent of the database.
    """
    found = generated(job.office, database, DATABASE)
    if area is None and not found.raw.get("extent"):
        raise InputError(
            _("“{name}” has no extent: say where the tiles are to be, in ZONE or EXTENT.").format(name=found.name)
        )
    known = {relation.name for relation in found.relations}
    tiled = list(tables) or [Tiled(relation.name, *levels) for relation in found.relations if _is_drawn(relation)]
    unknown = [one.table for one in tiled if known and one.table not in known]
    if unknown or not tiled:
        raise InputError(
            _("“{name}” has no table {tables}. It has: {known}.").format(
                name=found.name, tables=", ".join(unknown) or "–", known=", ".join(sorted(known)) or "–"
            )
        )
    parameters = {
        "composition": [one.told() for one in tiled],
        "area": None if area is None else area.wkt,
        "tippecanoe_options": options or None,
        **job.more,
    }
    return _run(job, VECTOR_TILES, parameters, data=[found])


def make_raster_pyramid(job: Job, upload: str, *, base: str = "") -> MadeData:
    """Tiles of delivered images; with `base`, a pyramid, only what is new is kept beside what that one has."""
    found = closed_upload(job.office, upload, "RASTER")
    below = [generated(job.office, base, RASTER_TILES)] if base else []
    return _run(job, RASTER_TILES, job.more, upload=found, data=below)


def harvest(
    job: Job,
    url: str,
    layers: str,
    *,
    area: Optional[Zone],
    levels: Sequence[int],
    format: str,
    extras: str = "",
    base: str = "",
) -> MadeData:
    """Tiles of the pictures that a WMS gives; without `url`, one's own open one. `levels` begin with the most detailed.

    `extras` go into each request; `$NAME` in it stands for an environment variable, whose value is kept secret.
    """
    if area is None:
        raise InputError(_("Say where the tiles are to be, in ZONE or EXTENT."))
    below = [generated(job.office, base, RASTER_TILES)] if base else []
    parameters = {
        "harvest_url": url or _own_wms(job.office),
        "harvest_layers": layers,
        "harvest_levels": [str(level) for level in levels],
        "harvest_area": area.wkt,
        "harvest_format": format,
        "harvest_extras": _with_variables(extras) or None,
        "bottom": str(levels[0]),
        **job.more,
    }
    return _run(job, RASTER_TILES, parameters, data=below, words=HARVEST_WORDS)


def copy_archive(
    job: Job, upload: str, *, edition: Optional[Edition] = None, extent: Optional[Zone] = None
) -> MadeData:
    """The files of a delivery as an archive that can be downloaded; by `edition` and `extent` it is found."""
    told = {"edition": edition and edition.told(), "extent": extent and box_of(extent)}
    made = _run(job, ARCHIVE, job.more, upload=closed_upload(job.office, upload, "ARCHIVE"))
    news = {name: value for name, value in told.items() if value and made.data.raw.get(name) != value}
    if not news:
        return made
    return replace(made, data=stored_data.change(job.office.datastore, made.data.id, news))


def box_of(zone: Zone) -> dict[str, Any]:
    """The rectangle round a zone as GeoJSON: an extent may have no more than 5000 points (contract 3.8)."""
    west, south, east, north = zone.box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


# ---------------------------------------------------------------------- what goes in


def closed_upload(office: Office, given: str, type: str) -> Upload:
    """The delivery of this id or name; InputError if it is of another type, or not closed well."""
    found = finding.one(office, uploads, finding.UPLOADS, given)
    if found.type != type:
        raise InputError(
            _("“{name}” is a delivery of the type {type}; here {wanted} is needed.").format(
                name=found.name, type=found.type, wanted=type
            )
        )
    if found.status != CLOSED:
        remedy = _("Close it first with “Close a delivery”.")
        if found.status not in (OPEN, CHECKING):
            remedy = _("“Follow an execution” says why.")
        raise InputError(
            _("The delivery “{name}” is {status}: only a closed one that passed its checks can be used.").format(
                name=found.name, status=found.status
            )
            + f" {remedy}"
        )
    return found


def generated(office: Office, given: str, *types: str) -> StoredData:
    """The stored data of this id or name; InputError if it is of another type, or not ready."""
    found = finding.data(office, given, *types)
    if found.status != GENERATED:
        raise InputError(
            _("“{name}” is {status}: only data that is GENERATED can be used.").format(
                name=found.name, status=found.status
            )
        )
    return found


def _is_drawn(relation: Relation) -> bool:
    """Whether a table has a geometry, or may have one."""
    kinds = [kind.lower() for kind in relation.attributes.values() if kind]
    return not kinds or any(kind.startswith(("geometry", "geography")) for kind in kinds)


def _own_wms(office: Office) -> str:
    for endpoint in office.info.endpoints:
        if endpoint.type == "WMS-VECTOR" and endpoint.open:
            for url in endpoint.urls:
                return url.url.partition("?")[0]
    raise InputError(_("Which service? The datastore has no open WMS of its own: give the address in URL."))


def _with_variables(text: str) -> str:
    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in os.environ:
            raise InputError(_("There is no environment variable {name}.").format(name=name))
        return keep_secret(os.environ[name])

    return _VARIABLE.sub(value, text)


# ---------------------------------------------------------------------- running


def _origin(upload: Optional[Upload], data: Sequence[StoredData]) -> dict[str, str]:
    """The tags that say what it is made of (contract 3.17): what is in use, and what goes first, is told by them."""
    of_upload = {"upload_id": upload.id} if upload else {}
    of_database = [one.id for one in data if one.type == DATABASE]
    return {**of_upload, **({"vectordb_id": of_database[0]} if of_database else {})}


def _run(
    job: Job,
    makes: str,
    parameters: Mapping[str, Any],
    *,
    upload: Optional[Upload] = None,
    data: Sequence[StoredData] = (),
    words: Sequence[str] = (),
) -> MadeData:
    office = job.office
    processing = office.processing(
        makes,
        upload=upload.type if upload else "",
        stored_data=data[0].type if data else "",
        words=words or WORDS[makes],
        wanted=job.processing,
    )
    if job.into:
        into = finding.data(office, job.into, makes)
        target: dict[str, Any] = {"id": into.id}
    else:
        office.storage(LABELS[makes])
        target = {"name": job.name, "storage_tags": [LABELS[makes]]}
    session, name = office.datastore.session, f"{makes}: {job.name}"
    with sole_run(session, job.store, office.service, office.id, name) as ledger:
        executed = execute(
            office,
            ledger,
            "execution",
            processing=processing,
            uploads=[upload.id] if upload else [],
            stored_data=[one.id for one in data],
            output={"stored_data": target},
            parameters=parameters,
            tags={**job.tags, **_origin(upload, data)},
            watch=job.watch,
            again=job.again,
        )
    return MadeData(executed, stored_data.get(office.datastore, executed.stored_data))
