"""Group layers: their tables in the store, filled from the server, as a whole or by what has changed there.

The table of a layer is for people: the server's name and column names, its own CRS. The columns of a row are in the
order of `Layer.names`, the geometry last, as WKB (ISO: Z adds 1000 to the type) or None.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any, NamedTuple, Optional

from . import tracking
from .database import Database, quoted
from .edits import Edits
from .errors import LayerChanged, NotAStore, StoreLocked, UnknownSrid
from .features import STAGE, FeatureStage, fitted, plain
from .layer import FINGERPRINT, NUMREC, Column, Layer, LayerSpec, columns_of, defined, unquoted
from .rows import BATCH
from .spatial import bulk, index_name, write_statistics
from .tracking import ADDED, ROW, base_table, sent_table, theirs_table

_BULK = 2000
"""From so many rows on, and a fifth of the table, it is faster to make the indexes anew."""


@dataclass(frozen=True)
class Changes:
    """What a load or refresh did to the rows of a layer.

    `merged` were edited on both sides, in different columns; `conflicts` is the number of those that clash now.
    `misfits` are the keys (at most 100) of the `misfit_count` rows whose geometry is not of the layer's type, and so is
    NULL here.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    merged: int = 0
    conflicts: int = 0
    misfits: tuple[Any, ...] = ()
    misfit_count: int = 0


class Mark(NamedTuple):
    """How the server last gave a row; `edited` is whether it was changed here since."""

    fingerprint: Optional[str]
    numrec: Optional[int]
    edited: bool


_FIELDS = (
    "id, service, community, database_id, database_name, table_id, table_name, local_table, key_column, "
    "geometry_column, geometry_type, srid, is3d, versioned, destroyed_column, watermark, loaded, zone, columns, "
    "description"
)


class LayerTables:
    """The group layers of a store. Methods that write belong inside `store.atomic()`."""

    def __init__(self, store: Database) -> None:
        self._store = store

    # ------------------------------------------------------------------ reading

    def all(self) -> list[Layer]:
        """All layers, oldest first."""
        return self._layers("ORDER BY id")

    def get(self, service: str, database: int, table: int) -> Optional[Layer]:
        """The layer of this identity."""
        where = "WHERE service = ? AND database_id = ? AND table_id = ?"
        return next(iter(self._layers(where, (service, database, table))), None)

    def of_table(self, local_table: str) -> Optional[Layer]:
        """The layer whose table in the store has this name."""
        return next(iter(self._layers("WHERE lower(local_table) = lower(?)", (local_table,))), None)

    def count(self, layer: Layer) -> int:
        """Number of rows, with local edits."""
        return int(self._store.one(f"SELECT count(*) FROM {quoted(layer.local_table)}"))  # nosec B608 - name is quoted

    def near(self, layer: Layer, box: tuple[float, float, float, float], most: int) -> list[bytes]:
        """Geometries (WKB) of at most so many rows that touch xmin, ymin, xmax, ymax in the layer's CRS."""
        if not layer.geometry:
            return []
        table, geometry = quoted(layer.local_table), quoted(layer.local_geometry)
        index = quoted(index_name(layer.local_table, layer.local_geometry))
        found = self._store.all(
            f"SELECT AsBinary(t.{geometry}) FROM {index} i JOIN {table} t ON t.{ROW} = i.pkid "  # nosec B608
            "WHERE i.xmax >= ?1 AND i.ymax >= ?2 AND i.xmin <= ?3 AND i.ymin <= ?4 LIMIT ?5",
            (*box, most),
        )
        return [wkb for (wkb,) in found if wkb]

    def keys(self, layer: Layer) -> Iterator[tuple[Any, Optional[str]]]:
        """Key and fingerprint of every row as the server last gave it, edited or not: for a reconciliation."""
        if not layer.key:
            return
        key = quoted(layer.local_key)
        print_ = FINGERPRINT if layer.versioned else "NULL"
        base = base_table(layer.id)
        sql = (
            f"SELECT {ROW}, {key}, {print_} FROM (SELECT {ROW}, {key}, {print_} FROM {quoted(layer.local_table)} t "  # nosec B608
            f"WHERE NOT EXISTS (SELECT 1 FROM {base} b WHERE b.{ROW} = t.{ROW}) "
            f"UNION ALL SELECT {ROW}, {key}, {print_} FROM {base} WHERE NOT {ADDED}) "
            f"WHERE {ROW} > ? ORDER BY {ROW} LIMIT 5000"
        )
        after = -(1 << 62)
        while rows := self._store.all(sql, (after,)):
            yield from (row[1:] for row in rows)
            after = rows[-1][0]

    def marks(self, layer: Layer, keys: Sequence[Any]) -> dict[Any, Mark]:
        """What the server last gave of a historised layer, of those of these keys that it gave."""
        local = {column.name: quoted(column.local) for column in layer.live}
        key, base, theirs = local[layer.key], base_table(layer.id), theirs_table(layer.id)
        history = [local[FINGERPRINT], local[NUMREC]]
        shown = ", ".join(history)
        clashing = ", ".join(f"CASE WHEN t.{ROW} IS NULL THEN b.{name} ELSE t.{name} END" for name in history)
        found: dict[Any, Mark] = {}
        for at in range(0, len(keys), BATCH):
            some = [plain(value) for value in keys[at : at + BATCH]]
            among = f"{key} IN ({', '.join(f'?{mark}' for mark in range(1, len(some) + 1))})"
            rows = self._store.all(
                f"SELECT {key}, {shown}, 0 FROM main.{quoted(layer.local_table)} t WHERE {among} "  # nosec B608
                f"AND NOT EXISTS (SELECT 1 FROM {base} b WHERE b.{ROW} = t.{ROW}) "
                f"UNION ALL SELECT b.{key}, {clashing}, 1 FROM {base} b LEFT JOIN {theirs} t ON t.{ROW} = b.{ROW} "
                f"WHERE b.{among} AND NOT b.{ADDED}",
                some,
            )
            found.update((row[0], Mark(row[1], row[2], bool(row[3]))) for row in rows)
        return found

    # ------------------------------------------------------------------ making

    def create(self, spec: LayerSpec) -> Layer:
        """The layer of this description: made, or brought up to date if there is one of this identity.

        If the server changed its columns since, values here are kept, local edits too, and the watermark is None: the
        layer needs a whole load. Raises UnknownSrid, LayerChanged if key or geometry changed and edits are pending.
        """
        known = self.get(spec.service, spec.database, spec.table)
        with self._store.atomic():
            return self._new(spec) if known is None else self._adapted(known, spec)

    def planned(self, spec: LayerSpec) -> Layer:
        """What `create` would give, for a stage that `load` takes; the layers of the store stay as they are.

        Its `id` is 0 and `local_table` "" if there is no such layer yet. Raises as `create`.
        """
        known = self.get(spec.service, spec.database, spec.table)
        with self._store.atomic():
            if known is None:
                self._check_srid(spec)
                return _described(spec, 0, "", columns_of(spec, ()))
            return self._changed(known, spec)

    def fits(self, known: Layer, spec: LayerSpec) -> bool:
        """Whether the table is as this description wants it; if it is not, `create` makes it anew."""
        layer = _described(spec, known.id, known.local_table, columns_of(spec, known.columns))
        return _layout(layer) == _layout(known)

    def drop(self, layer: Layer) -> None:
        """Remove a layer with all its rows, pending edits too."""
        with self._store.atomic() as connection:
            self._drop_tables(layer)
            for table in ("geocollab_conflict", "geocollab_sending"):
                connection.execute(f"DELETE FROM {table} WHERE layer = ?", (layer.id,))  # nosec B608 - names are ours
            connection.execute("DELETE FROM geocollab_layer WHERE id = ?", (layer.id,))

    def set_watermark(self, layer: Layer, watermark: Optional[int]) -> None:
        """The layer is complete up to here, as of now: nothing changed on the server since."""
        self._store.connection.execute(
            "UPDATE geocollab_layer SET watermark = ?, loaded = ? WHERE id = ?", (watermark, _now(), layer.id)
        )

    # ------------------------------------------------------------------ filling

    def load(
        self, stage: FeatureStage, spec: LayerSpec, *, watermark: Optional[int] = None, zone: Any = None
    ) -> tuple[Layer, Changes]:
        """`create` and `replace` at once; the stage is one of `planned(spec)`. Gives the layer as it is then."""
        layer = self.create(spec)
        if layer.columns != stage.layer.columns:  # another program has loaded it meanwhile, as it was described then
            raise StoreLocked(self._store.path, layer.table_name)
        stage.layer = layer
        changes = self.replace(stage, watermark=watermark, zone=zone)
        return next(iter(self._layers("WHERE id = ?", (layer.id,)))), changes

    def replace(self, stage: FeatureStage, *, watermark: Optional[int] = None, zone: Any = None) -> Changes:
        """The stage is all that the server has, in this zone: other rows leave the table, unless they were edited.

        Rows keep their id by their key. Local edits survive, re-based on what the server has now (`store.edits`).
        """
        with self._store.atomic() as connection:
            changes = self._fill(stage, whole=True)
            self.set_watermark(stage.layer, watermark)
            connection.execute("UPDATE geocollab_layer SET zone = ? WHERE id = ?", (json.dumps(zone), stage.layer.id))
        return changes

    def update(self, stage: FeatureStage, *, watermark: Optional[int] = None) -> Changes:
        """The stage is what changed on the server: rows by their key, and keys of those removed.

        With a watermark this is all that changed until then, as of now; without, the layer is as complete as before.
        """
        with self._store.atomic():
            changes = self._fill(stage, whole=False)
            if watermark is not None:
                self.set_watermark(stage.layer, watermark)
        return changes

    # ------------------------------------------------------------------ inside: making

    def _layers(self, rest: str, values: Sequence[Any] = ()) -> list[Layer]:
        found = self._store.all(f"SELECT {_FIELDS} FROM geocollab_layer {rest}", values)  # nosec B608 - no value in it
        return [_read(row) for row in found]

    def _new(self, spec: LayerSpec) -> Layer:
        self._check_srid(spec)
        layer = _described(spec, 0, "", columns_of(spec, ()))
        layer = replace(layer, local_table=self._free_table(spec.table_name, layer.local_geometry))
        marks = ", ".join("?" * 19)
        cursor = self._store.connection.execute(
            f"INSERT INTO geocollab_layer ({_FIELDS}) VALUES (NULL, {marks})",  # nosec B608 - marks only
            _record(layer)[1:],
        )
        layer = replace(layer, id=int(cursor.lastrowid or 0))
        self._create_table(layer)
        self._create_side(layer)
        return layer

    def _adapted(self, known: Layer, spec: LayerSpec) -> Layer:
        layer = self._changed(known, spec)
        layer = replace(layer, zone=known.zone if spec.zone is None else spec.zone)
        if _layout(layer) == _layout(known):
            layer = replace(layer, watermark=known.watermark, loaded=known.loaded)
        else:
            self._rebuild(known, layer)
        assigned = ", ".join(f"{name} = ?" for name in _FIELDS.split(", ")[1:])
        self._store.connection.execute(
            f"UPDATE geocollab_layer SET {assigned} WHERE id = ?",  # nosec B608 - names are ours
            (*_record(layer)[1:], layer.id),
        )
        return layer

    def _changed(self, known: Layer, spec: LayerSpec) -> Layer:
        """The layer as it is described now. Raises UnknownSrid, LayerChanged."""
        layer = _described(spec, known.id, known.local_table, columns_of(spec, known.columns))
        if _shape(layer) != _shape(known):
            self._check_srid(spec)
            if any(Edits(self._store).counts(known)):
                raise LayerChanged(self._store.path, known.table_name)
        return layer

    def _rebuild(self, known: Layer, layer: Layer) -> None:
        """The tables of the layer with other columns, and the same rows with the same ids."""
        run = self._store.connection.execute
        last = self._last_id(known)
        sides = (base_table, theirs_table, sent_table)
        copied = {
            "aside": quoted(known.local_table),
            **{f"aside_{at}": side(known.id) for at, side in enumerate(sides)},
        }
        for aside, table in copied.items():
            run(f"CREATE TEMP TABLE {aside} AS SELECT * FROM main.{table}")  # nosec B608 - names are quoted
        self._drop_tables(known)
        self._create_table(layer)
        before, geometry = {column.local for column in known.columns}, layer.local_geometry
        common = [column.local for column in layer.columns if column.local in before]
        listed = "".join(f", {quoted(name)}" for name in common)
        values = listed
        if geometry and known.local_geometry == geometry and _shape(layer) != _shape(known):
            moved = fitted(f"Transform({quoted(geometry)}, {layer.srid})", layer)
            values = "".join(f", {moved if name == geometry else quoted(name)}" for name in common)
        with bulk(self._store, {layer.local_table: geometry}):
            run(
                f"INSERT INTO main.{quoted(layer.local_table)} ({ROW}{listed}) "  # nosec B608 - names are quoted
                f"SELECT {ROW}{values} FROM temp.aside"
            )
        self._set_last_id(layer, last)
        self._create_side(layer)
        for at, side in enumerate(sides):
            flag = f", {ADDED}" if side is base_table else ""
            run(
                f"INSERT INTO main.{side(layer.id)} ({ROW}{flag}{listed}) "  # nosec B608 - names are quoted
                f"SELECT {ROW}{flag}{listed} FROM temp.aside_{at}"
            )
        for aside in copied:
            run(f"DROP TABLE temp.{aside}")

    def _create_table(self, layer: Layer) -> None:
        """The table itself, with its index of keys; edits of it are not yet tracked."""
        run, table, geometry = self._store.connection.execute, layer.local_table, layer.local_geometry
        run(f"CREATE TABLE {quoted(table)} ({defined(layer)})")
        if geometry:
            kind, dimension = layer.geometry_type.upper(), "XYZ" if layer.is3d else "XY"
            if not self._store.one(
                "SELECT AddGeometryColumn(?, ?, ?, ?, ?)", (table, geometry, layer.srid, kind, dimension)
            ):
                raise NotAStore(self._store.path, f"{table}: {kind} {dimension} {layer.srid}")
            run("SELECT CreateSpatialIndex(?, ?)", (table, geometry))
            run("SELECT UpdateLayerStatistics(?, ?)", (table, geometry))
            self._note_times_of_geometries_alone(table, geometry)
        if layer.key:
            # not UNIQUE: a copied or split object comes with the key of another, and must not make QGIS lose a session
            run(f"CREATE INDEX geocollab_{layer.id}_key ON {quoted(table)} ({quoted(layer.local_key)})")

    def _note_times_of_geometries_alone(self, table: str, geometry: str) -> None:
        """SpatiaLite notes the time of every update, so that QGIS measures the extent again; that of attributes does
        not change it, and the note costs more than the update itself.
        """
        rows = self._store.all(
            "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(?) "
            "AND name LIKE 'tmu!_%' ESCAPE '!'",
            (table,),
        )
        for name, sql in rows:
            head, found, rest = sql.partition("AFTER UPDATE ON")
            if found:
                self._store.connection.execute(f"DROP TRIGGER {quoted(name)}")
                self._store.connection.execute(f"{head}AFTER UPDATE OF {quoted(geometry)} ON{rest}")

    def _create_side(self, layer: Layer) -> None:
        columns = [(column.local, column.sql or "BLOB") for column in layer.columns]
        tracking.create_side_tables(self._store, layer.id, columns)
        if layer.key:
            names = [column.local for column in layer.columns]
            tracking.create_triggers(self._store, layer.id, layer.local_table, names)
        else:
            tracking.create_refusals(self._store, layer.id, layer.local_table)

    def _drop_tables(self, layer: Layer) -> None:
        self._store.one("SELECT DropTable(NULL, ?)", (layer.local_table,))
        if layer.local_table in self._store.tables():  # SpatiaLite refuses names that it finds odd
            self._store.connection.execute(f"DROP TABLE {quoted(layer.local_table)}")
        tracking.drop_side_tables(self._store, layer.id)

    def _check_srid(self, spec: LayerSpec) -> None:
        if not spec.geometry or self._store.one("SELECT 1 FROM spatial_ref_sys WHERE srid = ?", (spec.srid,)):
            return
        if spec.srid <= 0 or not self._store.one("SELECT InsertEpsgSrid(?)", (spec.srid,)):
            raise UnknownSrid(self._store.path, str(spec.srid))

    def _free_table(self, wanted: str, geometry: str) -> str:
        taken = {str(name).casefold() for (name,) in self._store.all("SELECT name FROM sqlite_master")}
        name = unquoted(wanted) or "table"
        if name.casefold().startswith("sqlite_"):
            name = f"_{name}"
        number, free = 1, name
        while free.casefold() in taken or index_name(free, geometry).casefold() in taken:
            number += 1
            free = f"{name}_{number}"
        return free

    def _last_id(self, layer: Layer) -> int:
        """The highest id that a row of the table ever had."""
        return int(self._store.one("SELECT seq FROM main.sqlite_sequence WHERE name = ?", (layer.local_table,)) or 0)

    def _set_last_id(self, layer: Layer, last: int) -> None:
        run = self._store.connection.execute
        run("DELETE FROM main.sqlite_sequence WHERE name = ?", (layer.local_table,))
        run("INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)", (layer.local_table, last))

    # ------------------------------------------------------------------ inside: filling

    def _fill(self, stage: FeatureStage, *, whole: bool) -> Changes:
        layer, run = stage.layer, self._store.connection.execute
        with tracking.quiet(self._store, layer.id):
            misfits = stage.finish()
            shift = self._last_id(layer) - stage.first_free
            empty = not self._store.one(f"SELECT 1 FROM main.{quoted(layer.local_table)} LIMIT 1")  # nosec B608
            if whole and empty and not shift and not self._store.one(f"SELECT 1 FROM {base_table(layer.id)} LIMIT 1"):  # nosec B608
                with bulk(self._store, {layer.local_table: layer.local_geometry}):
                    # `SELECT *` between tables of one layout: SQLite copies whole records
                    run(f"INSERT INTO main.{quoted(layer.local_table)} SELECT * FROM {STAGE}.feature")  # nosec B608
                changes = Changes(created=self.count(layer))
            else:
                changes = self._merge(layer, whole, shift)
        return replace(changes, misfits=misfits, misfit_count=stage.misfit_count)

    def _merge(self, layer: Layer, whole: bool, shift: int) -> Changes:
        """Bring the table to what the stage says; see `FeatureStage` for its tables."""
        run, table, base = self._store.connection.execute, f"main.{quoted(layer.local_table)}", base_table(layer.id)
        key = quoted(layer.local_key) if layer.key else "NULL"
        columns = [quoted(column.local) for column in layer.live]
        listed = ", ".join(columns)
        new, old = (", ".join(f"{side}.{column}" for column in columns) for side in ("n", "o"))
        clean = f"NOT EXISTS (SELECT 1 FROM {base} b WHERE b.{ROW} = o.{ROW})"  # nosec B608
        # CROSS JOIN: SQLite goes through the left table, which is the small one of an increment
        run(
            f"INSERT OR IGNORE INTO {STAGE}.matched (arrival, row, touched, changed) "  # nosec B608 - names are quoted
            f"SELECT n.{ROW}, o.{ROW}, 0, ({new}) IS NOT ({old}) FROM {STAGE}.feature n CROSS JOIN {table} o "
            f"ON o.{key} = n.{key} WHERE {clean}"
            if layer.key
            else "SELECT 1"
        )
        if layer.key:
            run(
                f"INSERT OR REPLACE INTO {STAGE}.matched (arrival, row, touched, changed) "  # nosec B608
                f"SELECT n.{ROW}, o.{ROW}, 1, 0 FROM {base} o CROSS JOIN {STAGE}.feature n ON n.{key} = o.{key} "
                f"WHERE NOT o.{ADDED}"
            )
        run(f"CREATE INDEX {STAGE}.matched_row ON matched (row)")
        leaving = (
            f"SELECT o.{ROW} FROM {table} o WHERE {clean} "  # nosec B608 - names are quoted
            f"AND NOT EXISTS (SELECT 1 FROM {STAGE}.matched m WHERE m.row = o.{ROW})"
            if whole
            else f"SELECT o.{ROW} FROM {STAGE}.removed r CROSS JOIN {table} o ON o.{key} = r.key WHERE {clean}"  # nosec B608
        )
        run(f"INSERT OR IGNORE INTO {STAGE}.leaving {leaving}")
        count = self._store.one
        removed = count(f"SELECT count(*) FROM {STAGE}.leaving")  # nosec B608
        changed = count(f"SELECT count(*) FROM {STAGE}.matched WHERE changed")  # nosec B608
        same = count(f"SELECT count(*) FROM {STAGE}.matched WHERE NOT changed AND NOT touched")  # nosec B608
        arriving = f"NOT EXISTS (SELECT 1 FROM {STAGE}.matched m WHERE m.arrival = n.{ROW})"  # nosec B608
        created = count(f"SELECT count(*) FROM {STAGE}.feature n WHERE {arriving}")  # nosec B608
        touched = self._touched(layer, whole)

        def write() -> None:
            run(f"DELETE FROM {table} WHERE {ROW} IN (SELECT row FROM {STAGE}.leaving)")  # nosec B608
            run(
                f"UPDATE {table} SET ({listed}) = (SELECT {new} FROM {STAGE}.matched m "  # nosec B608
                f"JOIN {STAGE}.feature n ON n.{ROW} = m.arrival WHERE m.row = {quoted(layer.local_table)}.{ROW}) "
                f"WHERE {ROW} IN (SELECT row FROM {STAGE}.matched WHERE changed)"
            )
            run(
                f"INSERT INTO {table} ({ROW}, {listed}) SELECT n.{ROW} + ?, {new} "  # nosec B608 - names are quoted
                f"FROM {STAGE}.feature n WHERE {arriving}",
                (shift,),
            )

        amount = removed + changed + created
        if amount > _BULK and amount > self.count(layer) // 5:
            with bulk(self._store, {layer.local_table: layer.local_geometry}):
                write()
        else:
            write()
        merged, conflicts = Edits(self._store).rebase(layer, touched)
        if layer.geometry and (amount or touched):
            write_statistics(self._store, {layer.local_table: layer.local_geometry})
        return Changes(created, changed, same, removed, merged, conflicts)

    def _touched(self, layer: Layer, whole: bool) -> list[tuple[int, Optional[int]]]:
        """The edited rows of which the server says something: with the number of its row in the stage, None if gone."""
        if not layer.key:
            return []
        found: list[tuple[int, Optional[int]]] = self._store.all(
            f"SELECT row, arrival FROM {STAGE}.matched WHERE touched"  # nosec B608 - names are ours
        )
        key, base = quoted(layer.local_key), base_table(layer.id)
        gone = (
            f"SELECT b.{ROW}, NULL FROM {base} b WHERE NOT b.{ADDED} "  # nosec B608 - names are quoted
            f"AND NOT EXISTS (SELECT 1 FROM {STAGE}.matched m WHERE m.row = b.{ROW})"
        )
        if not whole:
            gone += f" AND EXISTS (SELECT 1 FROM {STAGE}.removed r WHERE r.key = b.{key})"  # nosec B608
        return found + self._store.all(gone)


def _shape(layer: Layer) -> tuple[Any, ...]:
    return layer.key, layer.geometry, layer.geometry and (layer.geometry_type.upper(), layer.srid, layer.is3d)


def _layout(layer: Layer) -> tuple[Any, ...]:
    return _shape(layer), [(column.name, column.local, column.sql, column.gone) for column in layer.columns]


def _described(spec: LayerSpec, number: int, local_table: str, columns: tuple[Column, ...]) -> Layer:
    shared = {name: getattr(spec, name) for name in LayerSpec.__dataclass_fields__ if name != "columns"}
    return Layer(**shared, id=number, local_table=local_table, watermark=None, loaded=None, columns=columns)


def _record(layer: Layer) -> list[Any]:
    """The values of `_FIELDS`."""
    values = [getattr(layer, name) for name in Layer.__dataclass_fields__]
    columns = [asdict(column) for column in layer.columns]
    return [*values[:17], json.dumps(layer.zone), json.dumps(columns), json.dumps(layer.description)]


def _read(row: Sequence[Any]) -> Layer:
    """The layer of the values of `_FIELDS`."""
    known, (is3d, versioned), between, (zone, columns, description) = row[:12], row[12:14], row[14:17], row[17:]
    listed = tuple(Column(**column) for column in json.loads(columns))
    values = [*known, bool(is3d), bool(versioned), *between, json.loads(zone), listed, json.loads(description)]
    return Layer(*values)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
