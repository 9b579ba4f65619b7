"""Load feature types of a community into the store: each of them as a whole and at once, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Optional

from ...client import reading
from ...client.errors import Cancelled, NotFound, ServiceError, SignInFailed, Unauthorized
from ...client.espaceco import databases
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.databases import Table
from ...client.espaceco.features import FeatureQuery, Reading, get_in_parallel, live
from ...client.paging import Row
from ...i18n import _, ngettext
from ...store.errors import DiskFull, LayerChanged, NotAStore, StoreError, UnknownSrid
from ...store.features import FeatureStage
from ...store.layer import Layer
from ...store.layers import Changes
from ...store.store import Store
from ..errors import InputError, Interrupted
from ..positions import quiet
from ..watch import Watch
from ..zone import Zone
from .catalogue import Entry
from .column_news import column_news
from .described import Described
from .ground import Ground, kept_zone
from .loaded import Loaded, LoadedLayer
from .row_reading import RowReader, listed

READINGS = 3
"""How often a table is read that moves under our hands."""
_OF_ONE = (ServiceError, InputError, DiskFull, UnknownSrid, LayerChanged, NotAStore)
"""Errors of a single layer."""


@dataclass(frozen=True)
class Filled:
    """A layer as it is in the store now, what became of its rows, and sentences on what is wrong with some of them."""

    layer: Layer
    changes: Changes
    warnings: list[str] = field(default_factory=list)


def load_layers(
    api: EspaceCo,
    store: Store,
    entries: Iterable[Entry],
    *,
    zone: Optional[Zone] = None,
    watch: Optional[Watch] = None,
) -> Loaded:
    """Load the feature types among these layers, in their order; with a zone only what lies in it.

    A layer that was there already keeps the ids of its rows and its local edits, which are re-based; without a zone it
    is loaded everywhere, whatever it was before. An error of one layer leaves it as it was, and is told with it.
    Raises ServiceError or StoreError for what stands for all layers, or if all failed; Cancelled; Interrupted for any
    of these after some layers were complete.
    """
    return _Load(api, store, entries, zone, watch or Watch()).run()


def load_layer(
    api: EspaceCo,
    store: Store,
    wanted: Described,
    *,
    watermark: Optional[int] = None,
    zone: Optional[Zone] = None,
    watch: Optional[Watch] = None,
) -> Filled:
    """Read one layer as a whole, and put it into the store at once; the store is as it was until then.

    `watermark` is the number of the table's history from before (contract 2.12), None if it has none. Raises
    ServiceError, StoreError, InputError, Cancelled.
    """
    watch = watch or Watch()
    table = wanted.table
    if table.geometry and table.srid is None:
        raise InputError(_("Its coordinate system is not known, so its objects cannot be placed."))
    spec = wanted.spec(api.root, table.srid or 4326)
    ground = Ground(zone, spec.srid) if zone is not None and table.geometry else None
    query = FeatureQuery(box=ground.box if ground else None, condition=live(table))
    planned = store.layers.planned(spec)
    for attempt in range(1, READINGS + 1):
        pages, reader = Reading(api, table, query), RowReader(planned)
        with FeatureStage(store, planned) as stage:
            count = read_pages(pages, reader, stage, ground=ground, watch=watch)
            watch.check()
            if pages.steady or attempt == READINGS:
                whole = pages.steady and ground is None
                known = watermark if pages.steady else None  # else a refresh compares all rows
                with store.atomic() if whole else _with_edited(api, store, table, stage, reader):
                    stored = store.layers.get(spec.service, spec.database, spec.table)
                    warnings = column_news(store, stored, wanted)
                    layer, changes = store.layers.load(
                        stage, spec, watermark=known, zone=kept_zone(zone) if ground else None
                    )
                break
    warnings += [fault.sentence(table.title) for fault in reader.faults]
    if changes.misfits:
        warnings.append(misfit_sentence(table.title, changes))
    if ground and not count:
        warnings.append(_("{layer}: nothing lies in the zone.").format(layer=table.title))
    if not pages.steady:
        sentence = _("{layer}: it changed all the while it was read, so objects may be missing. Refresh it later.")
        warnings.append(sentence.format(layer=table.title))
    return Filled(layer, changes, warnings)


def read_pages(
    pages: Iterable[Sequence[Row]],
    reader: RowReader,
    stage: FeatureStage,
    *,
    ground: Optional[Ground] = None,
    watch: Watch,
) -> int:
    """The rows of these pages into the stage, with a ground only those whose geometry lies in it; gives how many."""
    count = 0
    for page in pages:
        watch.check()
        with quiet():
            rows = [row for row in reader.page(page) if ground is None or ground.holds(row[-1])]
        stage.add(rows)
        count += len(rows)
    return count


@contextmanager
def _with_edited(api: EspaceCo, store: Store, table: Table, stage: FeatureStage, reader: RowReader) -> Iterator[None]:
    """A transaction, once the stage has what is edited here and did not come, though it is there: outside the zone, or
    moved under our hands. What is edited while it is asked for is asked for too.
    """
    asked: set[Any] = set()
    while True:
        missing = [key for key in stage.edited_missing() if key not in asked]
        with quiet():
            stage.add(map(reader, _still_there(api, table, missing)))
        asked.update(missing)
        with store.atomic():
            if asked.issuperset(stage.edited_missing()):
                yield
                return


def _still_there(api: EspaceCo, table: Table, keys: Iterable[Any]) -> list[Row]:
    """Those of these rows that the server has: an edit of one is to meet what it has now."""
    found = databases.one_by_one(api, lambda key: get_in_parallel(api, table, key), keys)
    for row in found.values():
        if isinstance(row, ServiceError) and not isinstance(row, NotFound):
            raise row
    rows = [row for row in found.values() if not isinstance(row, ServiceError)]
    return [row for row in rows if not (table.destroyed and reading.flag(row.get(table.destroyed)))]


def misfit_sentence(title: str, changes: Changes) -> str:
    """What to say of objects whose geometry the layer of this title cannot hold."""
    return ngettext(
        "{layer}: the geometry of {n} object is not of the layer's type and is left empty{keys}.",
        "{layer}: the geometries of {n} objects are not of the layer's type and are left empty{keys}.",
        changes.misfit_count,
        layer=title,
        keys=listed(changes.misfits, changes.misfit_count),
    )


class _Load:
    def __init__(
        self, api: EspaceCo, store: Store, entries: Iterable[Entry], zone: Optional[Zone], watch: Watch
    ) -> None:
        self.api = api
        self.store = store
        self.zone = zone
        self.watch = watch
        tables = {(entry.layer.database, entry.layer.table): entry for entry in reversed(list(entries))}
        self.results = [LoadedLayer(entry) for entry in reversed(list(tables.values())) if not entry.geoservice]

    def run(self) -> Loaded:
        try:
            self._all()
        except (Cancelled, ServiceError, StoreError) as error:
            done = sum(result.layer is not None for result in self.results)
            if not done:
                raise
            raise Interrupted(
                ngettext("{n} layer was complete and stays so.", "{n} layers were complete and stay so.", done)
            ) from error
        errors = [result.error for result in self.results if result.error is not None]
        if errors and len(errors) == len(self.results):
            raise errors[0]
        return Loaded(self.results, self.api.session.requests_sent, list(self.watch.warnings))

    def _all(self) -> None:
        versioned = [
            (each.described.table.database, each.described.table.id)
            for each in (result.entry for result in self.results)
            if each.described and each.described.table.versioned
        ]
        watermarks = databases.max_numrecs(self.api, versioned)
        for at, result in enumerate(self.results):
            self.watch.progress(at, len(self.results))
            wanted = result.entry.described
            try:
                if wanted is None:
                    raise result.entry.error or InputError(_("The server does not say what this layer is."))
                watermark = watermarks.get((wanted.table.database, wanted.table.id))
                if isinstance(watermark, ServiceError):
                    raise watermark
                filled = load_layer(self.api, self.store, wanted, watermark=watermark, zone=self.zone, watch=self.watch)
            except (Unauthorized, SignInFailed):
                raise
            except _OF_ONE as error:
                if isinstance(error, ServiceError) and error.never_sent:
                    raise  # no network: the next layers would fail as slowly
                self._failed(result, error)
            else:
                self._done(result, filled)
        self.watch.progress(1, 1)

    def _failed(self, result: LoadedLayer, error: Exception) -> None:
        result.error = error
        result.why = self.watch.explain(error)
        if result.entry.error is None:  # else the catalogue has said it
            self.watch.warn(f"{result.entry.label}: {result.why}")

    def _done(self, result: LoadedLayer, filled: Filled) -> None:
        result.layer, result.changes, result.warnings = filled.layer, filled.changes, filled.warnings
        result.count = self.store.layers.count(filled.layer)
        result.conflicts = self.store.edits.counts(filled.layer).conflicts
        for warning in filled.warnings:
            self.watch.warn(warning)
