"""From a data set to live services in one run: delivered, integrated, served, described, read back.

Every step is in the ledger, so a run that was stopped goes on where it was. What is published already is brought up to
date by a swap: the new data first, then the services point to it, and the old data stays to go back to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import replace
from datetime import datetime, timezone
from functools import cached_property
from typing import Any, Optional

from ....client import reading
from ....client.entrepot import configurations as api
from ....client.entrepot import stored_data, uploads
from ....client.entrepot.api import EA1_MAX_LIMIT
from ....client.entrepot.stored_data import Relation
from ....client.errors import Cancelled, NotFound, ServiceError
from ....client.waiting import WaitedTooLong
from ....i18n import N_, _, ngettext
from ....store.lock import sole_sender
from ....store.store import Store
from ...errors import InputError, Interrupted
from ...watch import Watch
from .. import cartes, names
from ..checks.tables import Exported
from ..delivery.delivering import Package, Parcel, close, deliver
from ..delivery.executing import execute
from ..delivery.making import LABELS, WORDS, Tiled
from ..descriptions import describing
from ..ledger import Ledger, Made
from ..offices import Office
from ..services import serving, type_infos
from ..services.offered import NOBODY_ANSWERS
from ..services.service_work import lacking
from ..services.type_infos import geometry_of
from ..styles import styling
from ..verification import verifying
from ..verification.diffusion import Key
from . import abandoning, swapping
from .abandoning import DATA_STEPS, delete
from .publication import (
    CREATED,
    LOCK,
    SERVICES,
    SETTINGS,
    TILES,
    UNCHANGED,
    UPDATED,
    WFS,
    WMS,
    Published,
    Wish,
)

DATABASE, PYRAMID = "VECTOR-DB", "ROK4-PYRAMID-VECTOR"
WORLD = (-180.0, -90.0, 180.0, 90.0)
DEMANDED = (N_("“Attribution” (ATTRIBUTION)"), N_("“Metadata record” (METADATA)"))
"""The parameters of a publication that an endpoint may insist on: attribution, metadata."""
_UNDER_WAY = (*NOBODY_ANSWERS, WaitedTooLong)
"""After these the services stay as they are: the next run goes on with them."""


def publish(
    office: Office, store: Store, data: Exported, wish: Wish, watch: Watch, key: Optional[Key] = None
) -> Published:
    """Publish a data set, bring it up to date, go on with it, or do nothing if all is as wished.

    Restricted services are read back with `key`.
    Needs the rights UPLOAD, PROCESSING and BROADCAST. Raises InputError for what can be known before anything is sent,
    and with what the server's checks found; Interrupted with how far it came if it was stopped.
    """
    with sole_sender(store.path, LOCK):
        return bring(office, store, data, wish, watch, key=key)


def bring(
    office: Office,
    store: Store,
    data: Exported,
    wish: Wish,
    watch: Watch,
    there: Optional[Set[str]] = None,
    key: Optional[Key] = None,
) -> Published:
    """As `publish`, for one who sees to it that there is one run at a time; any number of names at once.

    `there` are the ids of what is on the server, as `everything` gives them; without it, it is asked.
    """
    run = _Run(office, store, data, wish, watch, there, key)
    if run.nothing_to_do():
        watch.info(_("Nothing has changed: nothing was sent."))
        return Published(wish.name, UNCHANGED, run.before)
    office.need("UPLOAD", "PROCESSING", "BROADCAST")
    try:
        return run.published()
    except Cancelled as cancelled:
        raise Interrupted(run.how_far()) from cancelled


class _Run:
    """One publication on its way."""

    def __init__(
        self,
        office: Office,
        store: Store,
        data: Exported,
        wish: Wish,
        watch: Watch,
        there: Optional[Set[str]],
        key: Optional[Key],
    ) -> None:
        self.office, self.data, self.wish, self.watch = office, data, wish, watch
        self.key = None if wish.open else key
        self.quiet = watch.without_progress()
        self.ledger = Ledger(office.datastore.session, store, office.service, office.id, wish.name)
        known = self.ledger.publication.current
        self.there = _left_of(office, known) if there is None else there
        self.before = self._without_what_is_unpublished(store, known)
        self.wish = wish = self._under_its_name(wish)
        asked = self.before.get("asked", {})
        self.same_data = asked.get("data") == data.digest and self.before.get("database") in self.there
        self.same_wish = asked.get("wish") == wish.digest and is_whole(self.before, wish.services, self.there)
        self.asked = {"data": data.digest, "wish": wish.digest, "levels": list(wish.levels)}
        self.shown = self._shown_names()
        # of what a run that was stopped did nothing is known here
        self.changed = self.ledger.begun

    def _without_what_is_unpublished(self, store: Store, known: dict[str, Any]) -> dict[str, Any]:
        """What was published, as the ledger and the server know it: a service that is gone is no part of it."""
        services: dict[str, Made] = known.get("services", {})
        left = {
            type: made
            for type, made in services.items()
            if made["offering"] in self.there or _is_configured(self.office, made)
        }
        if left == services:
            return known
        found, id = {**known, "services": left}, self.ledger.publication.id

        def amended() -> None:
            with store.atomic():
                store.publications.amend(id, found)

        self.office.datastore.session.here(amended)
        return found

    def _under_its_name(self, wish: Wish) -> Wish:
        """The wish with the technical name that the services have already."""
        layers = sorted({self.served[type]["layer"] for type in wish.services if type in self.served})
        if not layers or wish.layer_name in layers:
            return wish
        self.watch.warn(
            _("“{name}” stays published as “{layer}”: a technical name that is published never changes.").format(
                name=wish.name, layer=layers[0]
            )
        )
        return replace(wish, layer_name=layers[0])

    @property
    def state(self) -> str:
        """What was done, as in STATES."""
        if not self.served:
            return CREATED
        if not self.same_data:
            return UPDATED
        return SETTINGS if self.changed else UNCHANGED

    @property
    def served(self) -> dict[str, Made]:
        """The services that were published before, by type."""
        return dict(self.before.get("services", {}))

    def nothing_to_do(self) -> bool:
        old = self.wish.replace_old and bool(self.before.get("kept"))
        return self.same_data and self.same_wish and not self.ledger.begun and not old

    def published(self) -> Published:
        self._check()
        self._leave_what_is_not_gone_on_with()
        current = self._data_and_services()
        self.watch.progress(90, 100)
        verdicts = self._read_back(current) if self.wish.verify else ()
        self._finish(current)
        return Published(self.wish.name, self.state, current, verdicts)

    # ------------------------------------------------------------------ before anything is sent

    def _check(self) -> None:
        """All that can be known before anything is sent; what a stopped run has begun was looked at by it."""
        wish, office = self.wish, self.office
        for type in wish.services:
            if type in self.served:
                self._keeps_its_place(type, self.served[type])
        new = [type for type in wish.services if type not in self.served]
        unplaced = [type for type in new if f"endpoint {type}" not in self.ledger.steps]
        endpoints = [office.endpoint(type, open=wish.open) for type in unplaced]
        complaints = [lacking(endpoint, wish.attribution, wish.record, DEMANDED) for endpoint in endpoints]
        if any(complaints):
            raise InputError(" ".join(dict.fromkeys(filter(None, complaints))))
        if unplaced:
            self._name_is_free(unplaced)
        if wish.record is not None and not self.before.get("record") and "record" not in self.ledger.steps:
            office.endpoint("METADATA")
        if not self.same_data and not self.ledger.begun and not self.stored:
            size = self.data.file.stat().st_size
            office.room_for_upload(size)
            office.storage(LABELS[DATABASE], size)
        if TILES in wish.services:
            office.storage(LABELS[PYRAMID])
            self._area()

    def _keeps_its_place(self, type: str, served: Mapping[str, Any]) -> None:
        """An offering never changes its endpoint (contract 3.13): data is not left open where that is not wished."""
        if bool(served.get("open", True)) != self.wish.open and api.offers(
            self.office.datastore, served["configuration"]
        ):
            text = (
                _("{type} “{name}” is published for a restricted audience: unpublish it first, then publish it open.")
                if self.wish.open
                else _("{type} “{name}” is open to everybody: unpublish it first, then publish it as restricted.")
            )
            raise InputError(text.format(type=type, name=served["layer"]))

    def _name_is_free(self, types: list[str]) -> None:
        name = self.wish.layer_name
        for found in api.configurations.list(self.office.datastore, layer_name=name):
            if found.layer_name == name and found.type in types:
                raise InputError(
                    _(
                        "The technical name “{name}” is taken by the {type} service “{title}” of this datastore. Give "
                        "another one, such as “{proposal}”; or, if that service was published from another store, "
                        "give that one in STORE."
                    ).format(name=name, type=found.type, title=found.name, proposal=names.further_name(name))
                )
        for type, layer in self._offered(name):
            if layer == name and type in types:
                raise InputError(
                    _(
                        "The technical name “{name}” is taken by a {type} service of another datastore. Give another "
                        "one in LAYER_NAME, such as “{proposal}”."
                    ).format(name=name, type=type, proposal=names.further_name(name))
                )

    def _offered(self, name: str) -> list[tuple[str, str]]:
        """Types and names of the services that the platform lists under this name; none if it does not say."""
        platform = self.office.datastore.api
        try:
            # one page: a server that does not know the filter would give the whole directory
            asked = {"layer_name": name, "limit": EA1_MAX_LIMIT}
            rows = reading.objects(platform.session.get(platform.url("catalogs/offerings"), asked).json())
        except ServiceError:  # the server says so later, when the service is made
            return []
        return [(reading.text(row.get("type")), reading.text(row.get("layer_name"))) for row in rows]

    def _leave_what_is_not_gone_on_with(self) -> None:
        """A run that was stopped, and whose data or wishes have changed since, is gone on with as far as it fits."""
        if swapping.ROLLBACK in self.ledger.steps:
            swapping.leave_rollback(self.office, self.ledger, self.quiet)
        begun = self.ledger.made("asked") or {}
        if begun != self.asked:
            abandoning.abandon(self.office, self.ledger, self._not_gone_on_with(begun), self.before, self.quiet)
            self.ledger.step("asked", self.asked, make=lambda: self.asked)

    def _not_gone_on_with(self, begun: Mapping[str, Any]) -> list[str]:
        """The names of steps of a stopped run that were taken for something else."""
        wish, steps = self.wish, self.ledger.steps
        found: list[str] = []
        if begun.get("data") != self.asked["data"]:
            found += DATA_STEPS
        if begun.get("levels") != self.asked["levels"] or TILES not in wish.services:
            found.append("tiles")
        if wish.record is None:
            found += [abandoning.RECORD, describing.there_step(abandoning.RECORD)]
        for type in SERVICES:
            own = [step for step in steps if step.startswith(f"service {type} ")]
            if not self._fits(type):
                found += [f"endpoint {type}", *own]
            elif f"service {type} offering" in own:  # what it shows would have to be changed
                found += own
        return [step for step in steps if step in found]

    def _fits(self, type: str) -> bool:
        """Whether what a stopped run has begun of a service can be gone on with."""
        wish, ledger = self.wish, self.ledger
        name = (ledger.wanted(f"service {type} configuration") or {}).get("layer_name", wish.layer_name)
        place = (ledger.wanted(f"endpoint {type}") or {}).get("open", wish.open)
        return type in wish.services and name == wish.layer_name and place == wish.open

    # ------------------------------------------------------------------ the data

    def _data_and_services(self) -> dict[str, Any]:
        wish, before = self.wish, self.before
        current = dict(before) if self.same_data else self._new_data()
        current["asked"], current["shown"] = self.asked, self.shown
        relations = self._relations(current["database"])
        if TILES in wish.services:
            if not self._tiles_are_there(current):
                current["pyramid"] = self._tiles(current["database"], relations)
                self.changed = True
            current["tiled"], current["levels"] = current["database"], list(wish.levels)
        elif TILES not in self.served:
            current["pyramid"] = ""
        self.watch.progress(75, 100)
        record = self._record()
        current["record"] = record
        served = self._services(current, relations, record)
        for type in served.keys() - set(wish.services):
            self.watch.warn(
                _("{type} of “{name}” stays published as it was: use “Unpublish” to end it.").format(
                    type=type, name=wish.name
                )
            )
        current["services"] = served
        current["at"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
        if record:
            links = describing.services_of(self.office, wish.name)
            self.changed |= describing.tell_services(self.office, record, links, self.watch)
        return current

    @cached_property
    def stored(self) -> dict[str, Any]:
        """What was published of this very data before, if it is on the server still: after going back from it."""
        earlier = self.ledger.publication.previous
        same = earlier.get("asked", {}).get("data") == self.asked["data"]
        return earlier if same and swapping.is_good(self.office, earlier.get("database", "")) else {}

    def _new_data(self) -> dict[str, Any]:
        made = self.ledger.made("integrated")
        if made is not None and not swapping.is_good(self.office, made["database"]):
            self.ledger.undo(*DATA_STEPS)
            made = None
        if made is None and self.stored:
            return self._shown_again()
        if made is None:
            made = self._integrated()
        # one upload is one data set, of no use once it is integrated (contract 3.4)
        upload = made["upload"]
        self.ledger.step("emptied", {"upload": upload}, make=lambda: self._emptied(upload))
        return self._beside(made["database"])

    def _shown_again(self) -> dict[str, Any]:
        """The data that is stored already, with its tiles where they are as wished."""
        stored, found = self.stored, self._beside(self.stored["database"])
        found["kept"] = [data for data in found["kept"] if data.get("database") != found["database"]]
        pyramid = stored.get("pyramid") if stored.get("tiled", found["database"]) == found["database"] else ""
        as_wished = TILES in self.wish.services and stored.get("levels") == list(self.wish.levels)
        if pyramid and as_wished and swapping.is_good(self.office, pyramid):
            self.there |= {pyramid}
            return {**found, "pyramid": pyramid}
        if pyramid and pyramid != found["pyramid"]:  # to be deleted with the rest
            found["kept"].insert(0, {"database": "", "pyramid": pyramid})
        return found

    def _beside(self, database: str) -> dict[str, Any]:
        """What is there with this database beside the one that was shown before."""
        known = {key: self.before.get(key) or "" for key in ("database", "pyramid")}
        shown: dict[str, Any] = {"pyramid": ""}
        if TILES in self.served and TILES not in self.wish.services:  # they stay as they are
            shown = {key: self.before[key] for key in ("pyramid", "levels", "tiled") if key in self.before}
            shown.setdefault("tiled", known["database"])
            known["pyramid"] = ""
        old = [known] if known["database"] in self.there else []
        return {**shown, "database": database, "kept": [*self.before.get("kept", []), *old]}

    def _integrated(self) -> Made:
        name, tags, record = self.wish.name, cartes.tags(self.wish.name), self.wish.record
        producer = next((one.organisation for one in record.producers if one.organisation), "") if record else ""
        package = Package((Parcel(self.data.file, self.data.file.name),), "VECTOR", self.data.srs)
        delivered = deliver(
            self.office,
            self.ledger,
            package,
            name=name,
            description=self.wish.title,
            tags=tags,
            watch=self.watch.part(0, 0.4),
        )
        self.watch.progress(40, 100)
        close(self.office, self.ledger, delivered.upload, self.quiet)
        self.watch.progress(50, 100)
        processing = self.office.processing(DATABASE, upload="VECTOR", words=WORDS[DATABASE])
        mixed = [table.name for table in self.data.tables if table.geometry.partition(" ")[0] == "GEOMETRY"]
        integrated = execute(
            self.office,
            self.ledger,
            "database",
            processing=processing,
            uploads=[delivered.upload],
            output={"stored_data": {"name": name, "storage_tags": [LABELS[DATABASE]]}},
            parameters=_known(processing.parameters, srs=self.data.srs, multigeom_layers=mixed or None),
            tags={**tags, **cartes.tags("", upload_id=delivered.upload, producer=producer)},
            watch=self.quiet,
        )
        self.watch.progress(65, 100)
        made = {"database": integrated.stored_data, "upload": delivered.upload}
        return self.ledger.step("integrated", {}, make=lambda: made)

    def _emptied(self, upload: str) -> Made:
        delete(self.office, uploads.uploads, upload, self.watch)
        return {"upload": upload}

    def _shown_names(self) -> dict[str, str]:
        """What WFS and tiles call each table: what they called it before, for clients ask for it by this name."""
        earlier: dict[str, str] = self.before.get("shown", {})
        names = [table.name for table in self.data.tables]
        if len(names) == 1 and len(earlier) == 1:  # the one layer, whatever its file is called today
            return dict(zip(names, earlier.values()))
        found = {name: earlier.get(name, name) for name in names}
        for gone in sorted(set(earlier.values()) - set(found.values())):
            self.watch.warn(
                _("“{layer}” of “{name}” is there no longer: who asks its services for it gets an error.").format(
                    layer=gone, name=self.wish.name
                )
            )
        return found

    def _relations(self, database: str) -> list[Relation]:
        found = stored_data.stored_data.get(self.office.datastore, database).relations
        wanted = {table.name for table in self.data.tables}
        return [relation for relation in found if relation.name in wanted] or list(found)

    def _tiles_are_there(self, current: Mapping[str, Any]) -> bool:
        same = current.get("levels", list(self.wish.levels)) == list(self.wish.levels)
        fresh = current.get("tiled", current["database"]) == current["database"]
        return bool(current.get("pyramid")) and current["pyramid"] in self.there and same and fresh

    def _tiles(self, database: str, relations: list[Relation]) -> str:
        processing = self.office.processing(PYRAMID, stored_data=DATABASE, words=WORDS[PYRAMID])
        top, bottom = self.wish.levels
        shaped = {table.name for table in self.data.tables if table.geometry}
        composition = [
            Tiled(relation.name, top, bottom, layer=self.shown.get(relation.name, relation.name)).told()
            for relation in relations
            if relation.name in shaped
        ]
        parameters = _known(
            processing.parameters,
            composition=composition,
            top_level=str(top),
            bottom_level=str(bottom),
            area=self._area(),
        )
        return execute(
            self.office,
            self.ledger,
            "tiles",
            processing=processing,
            stored_data=[database],
            output={
                "stored_data": {
                    "name": _("{name} (tiles)").format(name=self.wish.name),
                    "storage_tags": [LABELS[PYRAMID]],
                }
            },
            parameters=parameters,
            tags=cartes.tags(self.wish.name, vectordb_id=database, is_sample=False),
            watch=self.quiet,
        ).stored_data

    def _area(self) -> str:
        """The extent of all tables as WKT in WGS84."""
        boxes = [table.extent for table in self.data.tables if table.extent]
        if not boxes:
            raise InputError(_("“{name}” has no geometry at all: no tiles can be made.").format(name=self.wish.name))
        west, south = (min(box[at] for box in boxes) for at in (0, 1))
        east, north = (max(box[at] for box in boxes) for at in (2, 3))
        return f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"

    # ------------------------------------------------------------------ the services

    def _record(self) -> Made:
        if self.wish.record is None:
            return dict(self.before.get("record", {}))
        record = describing.publish_record(
            self.office, self.ledger, abandoning.RECORD, self.wish.record, sheet=self.wish.name, watch=self.watch
        )
        self.changed |= record["state"] != describing.UNCHANGED
        return record

    def _services(self, current: Mapping[str, Any], relations: list[Relation], record: Made) -> dict[str, Made]:
        """All services as they are wished; if one fails, all as they were."""
        served, types = self.served, self.wish.services
        try:
            for at, type in enumerate(types):
                served[type] = self._serve(type, current, relations, record, served.get(type))
                self.watch.progress(75 + 15 * (at + 1) // len(types), 100)
        except (ServiceError, InputError, Interrupted) as error:
            if isinstance(error, _UNDER_WAY) or isinstance(error.__cause__, _UNDER_WAY):
                raise
            told = self._taken_back(current)
            raise (InputError(f"{error} {told}") if isinstance(error, InputError) else Interrupted(told)) from error
        return served

    def _taken_back(self, current: Mapping[str, Any]) -> str:
        """Let the services show what they showed before this run, and take its own away; what there is now, in words.

        Data that came to the server stays a step of the ledger, from which the next run goes on.
        """
        before, ledger = self.before, self.ledger
        swapped = [type for type in self.served if not self.same_data and f"service {type} update" in ledger.steps]
        for step in (f"service {type} update" for type in swapped):
            ledger.note(step, ledger.wanted(step) or {}, {})  # to be taken anew, however far this comes
        own = [*swapped, *(type for type in self.wish.services if type not in self.served)]
        steps = [abandoning.RECORD, describing.there_step(abandoning.RECORD), *(f"endpoint {type}" for type in own)]
        begun = tuple(f"service {type} " for type in own)
        try:
            swapping.show(self.office, [before["services"][type] for type in swapped], current, before, self.quiet)
            # what they need no longer goes once they show the other data
            mine = [step for step in ledger.steps if step in steps or step.startswith(begun)]
            abandoning.abandon(self.office, ledger, mine, before, self.quiet)
        except (ServiceError, InputError) as why:
            told = _("Not all of “{name}” could be put back as it was: {why} Run the operation again: it goes on.")
            return told.format(name=self.wish.name, why=self.watch.explain(why))
        if not self.served:
            told = _(
                "No service of “{name}” is published; its data stays on the server. Run the operation again: it goes "
                "on without sending it again. Or delete it with “Delete with dependents”."
            )
        elif self.same_data:
            told = _("The services of “{name}” that were there before stay published. Run the operation again.")
        else:
            told = _(
                "The services of “{name}” show the data from before the update; the new data stays on the server. Run "
                "the operation again: it goes on without sending it again."
            )
        return told.format(name=self.wish.name)

    def _serve(
        self, type: str, current: Mapping[str, Any], relations: list[Relation], record: Made, before: Optional[Made]
    ) -> Made:
        if before and before["offering"] not in self.there and not _is_configured(self.office, before):
            before = None
        moves = before is not None and bool(before.get("open", True)) != self.wish.open
        endpoint = before["endpoint"] if before and not moves else self._place(type)
        sheets = styling.sheets(self._drawn(relations), self.wish.styles) if type == WMS else ()
        service = serving.Service(
            type=type,
            name=self.wish.title,
            layer_name=before["layer"] if before else self.wish.layer_name,
            type_infos=self._infos(type, current, relations),
            attribution=self.wish.attribution,
            metadata=describing.links(record),
            endpoint=endpoint,
            open=self.wish.open,
            tags=cartes.tags(self.wish.name, licence=self._licence()),
            sheets=sheets,
        )
        step = f"service {type}"
        served = (
            serving.update(
                self.office, self.ledger, step, before["configuration"], before["offering"], service, self.watch
            )
            if before
            else serving.publish(self.office, self.ledger, step, service, self.watch)
        )
        self.changed |= served.state != serving.UNCHANGED
        return {
            "configuration": served.configuration,
            "offering": served.offering,
            "endpoint": endpoint,
            "open": self.wish.open,
            "layer": service.layer_name,
            "layers": list(served.layers),
            # to go back to, with the tables and styles of this data
            "infos": api.configurations.get(self.office.datastore, served.configuration).type_infos,
            "styles": {sheet.table: sheet.text for sheet in sheets},
            "url": served.urls[0].url if served.urls else "",
            "urls": [list(url) for url in served.urls],
        }

    def _licence(self) -> str:
        """What the record says of it, on one line: people search cartes.gouv.fr by it."""
        return " ".join(self.wish.record.licence.split()) if self.wish.record else ""

    def _place(self, type: str) -> str:
        """The endpoint of a new service: the same one for the run that goes on with this one."""

        def make() -> Made:
            return {"endpoint": self.office.endpoint(type, open=self.wish.open, take=True).id}

        return str(self.ledger.step(f"endpoint {type}", {"open": self.wish.open}, make=make)["endpoint"])

    def _infos(self, type: str, current: Mapping[str, Any], relations: list[Relation]) -> dict[str, Any]:
        wish = self.wish
        words: dict[str, Any] = {"title": wish.title, "abstract": wish.abstract, "keywords": wish.keywords}
        if type == WFS:
            features = [self._feature_type(relation.name) for relation in relations]
            # the API wants an extent where the data has none
            bbox = None if any(table.extent for table in self.data.tables) else WORLD
            return type_infos.wfs(current["database"], features, bbox=bbox)
        if type == WMS:
            return type_infos.wms_vector(current["database"], [one.name for one in self._drawn(relations)], **words)
        top, bottom = map(str, wish.levels)
        return type_infos.tiles(current["pyramid"], bottom, top, **words)

    def _feature_type(self, name: str) -> type_infos.Feature:
        table = next((table for table in self.data.tables if table.name == name), None)
        title = (table.title or table.source) if table else ""
        abstract = (table.abstract if table else "") or self.wish.abstract
        keywords = (table.keywords if table else ()) or self.wish.keywords
        shown = self.shown.get(name, name)
        return type_infos.Feature(name, "" if shown == name else shown, title or name, abstract, keywords)

    def _drawn(self, relations: list[Relation]) -> list[Relation]:
        """The tables that a map shows, in the order of the layers: the first is drawn on top."""
        order = [table.name for table in self.data.tables]
        shaped = [relation for relation in relations if geometry_of(relation)]
        return sorted(shaped, key=lambda one: order.index(one.name) if one.name in order else len(order))

    # ------------------------------------------------------------------ the end

    def _read_back(self, current: Mapping[str, Any]) -> tuple[verifying.Verdict, ...]:
        """What the services really give; a fault is said, and does not undo what was published."""
        served = {type: made for type, made in current["services"].items() if type in self.wish.services}
        tables = [replace(table, name=self.shown[table.name]) for table in self.data.tables]
        verdicts = tuple(
            verifying.verify(
                self.office, served, tables, open=self.wish.open, srs=self.data.srs, key=self.key, watch=self.watch
            )
        )
        for verdict in verdicts:
            if verdict.ok:
                self.watch.info(verdict.sentence)
            else:
                self.watch.warn(verdict.problem)
        return verdicts

    def _finish(self, current: dict[str, Any]) -> None:
        """The ledger says it is done; what nobody needs any more goes."""
        replaced = self.before.get("pyramid") or ""
        if self.same_data and replaced and replaced != current["pyramid"]:  # tiles of the same data, at other levels
            tiled = self.before.get("tiled", self.before.get("database"))
            old = [data for data in current.get("kept", []) if data.get("database") == tiled]
            if old:  # tiles of the data before, to go back to
                old[0]["pyramid"] = replaced
            else:
                delete(self.office, stored_data.stored_data, replaced, self.watch)
        abandoning.clear(self.office, self.ledger, self.watch)
        if self.wish.replace_old:
            kept = current.get("kept", [])
            current["kept"] = swapping.delete_old(self.office, kept, self.watch)
            self.changed |= current["kept"] != kept
        self.ledger.finish(current, keep_previous=self.same_data)
        if self.wish.replace_old:
            self.ledger.forget_previous()

    def how_far(self) -> str:
        """How far a run came that was stopped."""
        steps = self.ledger.steps
        done = sum(self.ledger.made(f"service {type} offering") is not None for type in self.wish.services)
        if self.before and any(step.startswith("service ") for step in steps):
            far = _("some services may show the new data already, the others show the old one")
        elif done:
            far = ngettext(
                "{n} of {total} services is published",
                "{n} of {total} services are published",
                done,
                total=len(self.wish.services),
            )
        elif self.ledger.made("integrated") or self.same_data:
            far = _("the data is on the server, no service was changed")
        elif "upload" in steps:
            far = _("the delivery is begun, nothing is published of it")
        else:
            far = _("nothing was sent")
        return _("“{name}”: {far}. Run the operation again: it goes on from there.").format(
            name=self.wish.name, far=far
        )


def everything(office: Office) -> frozenset[str]:
    """The ids of all stored data and offerings that are as they should be: some requests, however many data sets."""
    data = stored_data.stored_data.list(office.datastore)
    offered = api.offerings.list(office.datastore)
    return frozenset(
        [one.id for one in data if one.status in (stored_data.GENERATED, "MODIFYING")]
        + [one.id for one in offered if one.status in (api.PUBLISHED, "MODIFYING")]
    )


def is_whole(current: Mapping[str, Any], types: Collection[str], there: Set[str]) -> bool:
    """Whether services of these types are as they were: their offerings are there, and the tiles that they show.

    That somebody ended other ones is no reason to do anything.
    """
    services = current.get("services", {})
    if not all(type in services and services[type]["offering"] in there for type in types):
        return False
    return TILES not in types or current.get("pyramid") in there


def _left_of(office: Office, current: Mapping[str, Any]) -> frozenset[str]:
    """As `everything`, of what one publication made."""

    def good(pair: tuple[Any, str]) -> str:
        collection, id = pair
        try:
            status = collection.get(office.datastore, id).status
        except NotFound:
            return ""
        return id if status in (stored_data.GENERATED, api.PUBLISHED, "MODIFYING") else ""

    wanted: list[tuple[Any, str]] = [
        (stored_data.stored_data, current[key]) for key in ("database", "pyramid") if current.get(key)
    ]
    wanted += [(api.offerings, made["offering"]) for made in current.get("services", {}).values()]
    return frozenset(filter(None, office.datastore.session.in_parallel(good, wanted)))


def _is_configured(office: Office, served: Mapping[str, Any]) -> bool:
    try:
        return bool(api.configurations.get(office.datastore, served["configuration"]).id)
    except NotFound:
        return False


def _known(parameters: Mapping[str, Any], **wanted: Any) -> dict[str, Any]:
    """Of these parameters, those that the processing has and that have a value."""
    return {name: value for name, value in wanted.items() if name in parameters and value is not None}
