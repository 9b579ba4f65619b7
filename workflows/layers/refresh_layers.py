"""Bring group layers of the store up to date: what changed on the server since, or all of it (contract 2.12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any, Optional, Union

from ...client import reading
from ...client.errors import (
    Cancelled,
    Forbidden,
    MalformedAnswer,
    NotFound,
    ServiceError,
    SignInFailed,
    Unauthorized,
)
from ...client.espaceco import databases, features
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.databases import Table
from ...client.paging import Row
from ...i18n import _, ngettext
from ...store.errors import LayerChanged, StoreError, UnknownSrid
from ...store.features import FeatureStage, plain
from ...store.layer import FINGERPRINT, NUMREC, Layer
from ...store.layers import Changes, Mark
from ...store.store import Store
from ..errors import InputError, Interrupted
from ..positions import quiet
from ..watch import Watch
from .catalogue import catalogue
from .column_news import column_news
from .described import Described, described
from .ground import Ground, zone_of
from .load_layers import load_layer, misfit_sentence
from .refreshed import Refreshed, RefreshedLayer
from .row_reading import RowReader, Values
from .settling import Window, window_of


def refresh_layers(
    api: EspaceCo, store: Store, layers: Sequence[Layer], *, mode: str = "update", watch: Optional[Watch] = None
) -> Refreshed:
    """Bring these layers up to date, each at once or not at all; local edits stay, re-based on what the server has.

    `mode` is `update` (what changed; all of a layer whose database keeps no history), `reconcile` (all rows compared,
    which also finds those that were purged) or `reload` (as loaded for the first time, in the same zone). An error of
    one layer is told with it, and raised if all failed. Raises ServiceError, StoreError or Cancelled for what stands
    for all layers, Interrupted for the same after some were done.
    """
    return _Refresh(api, store, layers, watch or Watch()).run(mode)


class _Refresh:
    def __init__(self, api: EspaceCo, store: Store, layers: Sequence[Layer], watch: Watch) -> None:
        self.api = api
        self.store = store
        self.layers = layers
        self.watch = watch
        self.results: dict[int, RefreshedLayer] = {}
        self.conflicts = {layer.id: store.edits.conflict_count(layer) for layer in layers}
        self.now = datetime.now(timezone.utc)

    def run(self, mode: str) -> Refreshed:
        before = self.api.session.requests_sent
        for layer in self.layers:
            if layer.service.rstrip("/") != self.api.root:
                sentence = _("It was loaded from {service}: use a connection to that service.")
                self._failed(layer, InputError(sentence.format(service=layer.service)))
        try:
            if mode == "reload":
                self._reload()
            else:
                self._refresh(every_row=mode == "reconcile")
        except (Cancelled, ServiceError, StoreError) as error:
            done = sum(result.error is None for result in self.results.values())
            if not done:
                raise
            sentence = ngettext("{n} layer was complete and stays so.", "{n} layers were complete and stay so.", done)
            raise Interrupted(sentence.format(n=done)) from error
        results = [self.results[layer.id] for layer in self.layers]
        errors = [result.error for result in results if result.error is not None]
        if errors and len(errors) == len(results):
            raise errors[0]
        for result in results:
            result.count = self.store.layers.count(result.layer)
            result.conflicts = self.store.edits.conflict_count(result.layer)
        return Refreshed(results, self.api.session.requests_sent - before, list(self.watch.warnings))

    # ------------------------------------------------------------------ what is asked of which layer

    def _refresh(self, *, every_row: bool) -> None:
        newest = self._numrecs()
        windows: dict[int, Window] = {}
        resting = []
        for layer in () if every_row else self._left():
            number = newest.get(layer.id)
            if number is None or not layer.key or layer.watermark is None or number < layer.watermark:
                continue  # no history, or one that was set back: only a whole reading tells what changed
            window = window_of(self.store, layer, layer.watermark, self.now)
            if number == layer.watermark and window.at_rest:
                resting.append(layer)
            else:
                windows[layer.id] = window
        self._nothing_new(resting)
        left = self._left()
        # the number is the same: a second look at the rows, which have the columns that they had
        again = {layer.id for layer in left if layer.id in windows and newest[layer.id] == layer.watermark}
        tables = databases.tables(self.api, [_ids(layer) for layer in left if layer.id not in again])
        for layer in left:
            table = described(layer).table if layer.id in again else tables[_ids(layer)]
            self._one(layer, table, newest.get(layer.id), windows.get(layer.id))

    def _reload(self) -> None:
        newest = self._numrecs()
        for community in dict.fromkeys(layer.community for layer in self._left()):
            layers = [layer for layer in self._left() if layer.community == community]
            try:
                silent = Watch(explain=self.watch.explain)
                listed = catalogue(self.api, community, only=[_ids(layer) for layer in layers], watch=silent).entries
            except (Forbidden, NotFound) as error:
                for layer in layers:
                    self._failed(layer, error)
                continue
            entries = {(entry.layer.database, entry.layer.table): entry for entry in reversed(listed)}
            for layer in layers:
                entry = entries.get(_ids(layer))
                if entry is None:
                    sentence = _("The group “{group}” does not have it any more.")
                    self._failed(layer, InputError(sentence.format(group=described(layer).community_name)))
                else:
                    self._one(layer, entry.described or entry.error, newest.get(layer.id), None)

    def _numrecs(self) -> dict[int, Optional[int]]:
        """The last number of each historised layer, before anything of it is read; None where there is no history."""
        historised = [layer for layer in self._left() if layer.versioned]
        found = databases.max_numrecs(self.api, map(_ids, historised))
        numbers: dict[int, Optional[int]] = {}
        for layer in historised:
            number = found[_ids(layer)]
            if isinstance(number, ServiceError):
                self._failed(layer, number)
            else:
                numbers[layer.id] = number
        return numbers

    def _nothing_new(self, layers: Sequence[Layer]) -> None:
        if not layers:
            return
        with self.store.atomic():
            for layer in layers:
                self.store.layers.set_watermark(layer, layer.watermark)
        for layer in layers:
            self._done(layer, Changes())

    # ------------------------------------------------------------------ one layer

    def _one(
        self,
        layer: Layer,
        found: Union[Table, Described, ServiceError, None],
        newest: Optional[int],
        window: Optional[Window],
    ) -> None:
        """Read what changed in its window, or all of it; `found` is what the server says of it now."""
        self.watch.check()
        try:
            if isinstance(found, Table):
                found = described(layer).with_table(found)
            if not isinstance(found, Described):
                raise found or MalformedAnswer()
            spec = found.spec(layer.service, found.table.srid or layer.srid)
            if window is not None and newest is not None and self.store.layers.fits(layer, spec):
                self._increment(layer, found, newest, window)
            else:
                zone = zone_of(layer.zone)
                filled = load_layer(self.api, self.store, found, watermark=newest, zone=zone, watch=self.watch)
                self._done(filled.layer, filled.changes, filled.warnings)
        except (Unauthorized, SignInFailed):
            raise
        except (ServiceError, LayerChanged, UnknownSrid, InputError) as error:
            if isinstance(error, ServiceError) and error.never_sent:
                raise  # there is no network: the other layers would fail as slowly
            self._failed(layer, error)

    def _increment(self, layer: Layer, about: Described, newest: int, window: Window) -> None:
        """What changed in the table since: without a box, which would hide what has left the zone."""
        zone = zone_of(layer.zone)
        ground = Ground(zone, layer.srid) if zone and layer.geometry else None
        reader = RowReader(layer)
        query = features.FeatureQuery(condition=features.since(window.since))
        pages = features.Reading(self.api, about.table, query)
        changes, warnings, news = Changes(), [], False
        away: dict[Any, Values] = {}
        with FeatureStage(self.store, layer) as stage:
            for page in pages:
                self.watch.check()
                with quiet():
                    rows, gone = self._sorted(page, layer, about.table, reader, ground, away)
                stage.add(rows)
                stage.remove(gone)
                news = news or bool(rows or gone or away)
            self.watch.check()
            with self.store.atomic():
                # one that is edited, be it just now, has not gone: the edit is to meet what the server has
                marks = self.store.layers.marks(layer, list(away))
                stage.add(row for key, row in away.items() if _edited(marks.get(key)))
                stage.remove(key for key in away if not _edited(marks.get(key)))
                if about.kept() != layer.description:
                    warnings = column_news(self.store, layer, about)
                    self.store.layers.create(about.spec(layer.service, layer.srid))
                # rows may be missing if it moved all the while: the next refresh begins at the same number again
                watermark = newest if pages.steady else layer.watermark
                if news:
                    changes = self.store.layers.update(stage, watermark=watermark)
                else:
                    self.store.layers.set_watermark(layer, watermark)
                if pages.steady:
                    window.after(newest, self.now).keep(self.store, layer, newest)
        warnings += [fault.sentence(about.table.title) for fault in reader.faults]
        if changes.misfits:
            warnings.append(misfit_sentence(about.table.title, changes))
        self._done(layer, changes, warnings)

    def _sorted(
        self,
        page: Sequence[Row],
        layer: Layer,
        table: Table,
        reader: RowReader,
        ground: Optional[Ground],
        away: dict[Any, Values],
    ) -> tuple[list[Values], list[Any]]:
        """What is new in a page, and the keys of what is no longer there; what is here and has left the zone goes into
        `away`.
        """
        keys = [plain(key) for key in reader.keys(page)]
        marks = self.store.layers.marks(layer, keys)
        for key in keys:
            away.pop(key, None)  # it has changed again while it was read
        fresh: list[Row] = []
        gone: list[Any] = []
        for key, row in zip(keys, page):
            if table.destroyed and reading.flag(row.get(table.destroyed)):
                gone.append(key)
            elif key is not None and not _same(marks.get(key), row):
                fresh.append(row)
        rows = list(reader.page(fresh))
        if ground is not None:
            at = layer.names.index(layer.key)
            outside = {row[at]: row for row in rows if not ground.holds(row[-1])}
            rows = [row for row in rows if row[at] not in outside]
            away.update((key, row) for key, row in outside.items() if key in marks)
        return rows, [key for key in gone if key in marks]

    # ------------------------------------------------------------------ what became of it

    def _left(self) -> list[Layer]:
        return [layer for layer in self.layers if layer.id not in self.results]

    def _done(self, layer: Layer, changes: Changes, warnings: Sequence[str] = ()) -> None:
        for warning in warnings:
            self.watch.warn(warning)
        self._tell(RefreshedLayer(layer, changes))

    def _failed(self, layer: Layer, error: Exception) -> None:
        if isinstance(error, Forbidden):
            why = _("Your account may not read it any more (403). “List the group layers” shows what the group has.")
        elif isinstance(error, NotFound):
            why = _("The server does not have it any more (404). “List the group layers” shows what the group has.")
        else:
            why = self.watch.explain(error)
        sentence = _("{layer} stays as it was: {why}").format(layer=described(layer).label, why=why)
        self.watch.warn(sentence)
        self._tell(RefreshedLayer(layer, error=error, why=sentence))

    def _tell(self, result: RefreshedLayer) -> None:
        result.conflicts_before = self.conflicts[result.layer.id]
        self.results[result.layer.id] = result
        self.watch.progress(len(self.results), len(self.layers))


def _ids(layer: Layer) -> tuple[int, int]:
    return layer.database, layer.table


def _edited(mark: Optional[Mark]) -> bool:
    return mark is not None and mark.edited


def _same(mark: Optional[Mark], row: Row) -> bool:
    """Whether the row is as the server last gave it (A26)."""
    if mark is None or not mark.fingerprint:
        return False
    return (mark.fingerprint, mark.numrec) == (row.get(FINGERPRINT), row.get(NUMREC))
