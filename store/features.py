"""Rows of a group layer on their way into the store: kept in a private database until all of them are there.

As `store/stage.py` does for reports: memory stays flat, the store is free meanwhile, nothing is left after a crash.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from .database import Database, quoted
from .layer import Layer, defined
from .tracking import ADDED, ROW, base_table

STAGE = "arriving"
"""The private database, as SQL calls it."""
MISFITS = 100
"""So many keys of rows whose geometry is not of the layer's type are told."""

_CODES = {
    "POINT": 1,
    "LINESTRING": 2,
    "POLYGON": 3,
    "MULTIPOINT": 4,
    "MULTILINESTRING": 5,
    "MULTIPOLYGON": 6,
    "GEOMETRYCOLLECTION": 7,
}
_CASTS = {
    "POINT": "CastToPoint",
    "LINESTRING": "CastToLinestring",
    "POLYGON": "CastToPolygon",
    "MULTIPOINT": "CastToMultiPoint",
    "MULTILINESTRING": "CastToMultiLinestring",
    "MULTIPOLYGON": "CastToMultiPolygon",
    "GEOMETRYCOLLECTION": "CastToGeometryCollection",
}

Row = Sequence[Any]


def parsed(mark: str, layer: Layer) -> str:
    """SQL that makes a geometry of the WKB bound as `mark`; what is none stays as it is, so that it can be counted."""
    return f"ifnull(GeomFromWKB({mark}, {layer.srid}), {mark})"


def fits(value: str, layer: Layer) -> str:
    """SQL that says whether a geometry that is not NULL is of the layer's type and dimension, by its header alone."""
    kind = layer.geometry_type.upper()
    codes = [_CODES[kind]] if kind in _CODES else list(_CODES.values())
    listed = ", ".join(f"x'{(code + 1000 * layer.is3d).to_bytes(4, 'little').hex()}'" for code in codes)
    # SpatiaLite's own form: start, byte order, SRID, box, 0x7C, then the type
    return f"(typeof({value}) = 'blob' AND substr({value}, 39, 1) = x'7c' AND substr({value}, 40, 4) IN ({listed}))"


def fitted(value: str, layer: Layer) -> str:
    """SQL that makes a geometry one of the layer's type and dimension, NULL if it cannot be."""
    cast = f"CastTo{'XYZ' if layer.is3d else 'XY'}({value})"
    kind = layer.geometry_type.upper()
    if kind in _CASTS:
        cast = f"{_CASTS[kind]}({cast})"
    return f"CASE WHEN {fits(cast, layer)} THEN {cast} END"


def plain(value: Any) -> Any:
    """A value that SQLite takes: what JSON can spell and SQLite cannot hold becomes text."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()  # half a surrogate pair
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return str(value)
    if value is None or isinstance(value, (int, float, bytes)):
        return value
    return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()


class FeatureStage:
    """The rows of a layer, or what changed in them, for as long as the context lasts; one that is `planned` will do.

    One at a time in a store, and begun outside `atomic()`. Raises StoreError. Its tables: `feature`, with the layout
    of the layer's; `removed`, keys; `matched`, arrivals and the rows here that they are of; `leaving`, rows here.
    """

    def __init__(self, store: Database, layer: Layer) -> None:
        self.layer = layer
        self.first_free = 0
        """The highest id that a row of the layer's table had when the stage was begun."""
        self.misfit_count = 0
        self._store = store
        names = [column.local for column in layer.live]
        marks = ["?"] * len(names)
        if layer.geometry:
            marks[-1] = parsed(f"?{len(names)}", layer)
        self._insert = f"INSERT INTO {STAGE}.feature ({', '.join(map(quoted, names))}) VALUES ({', '.join(marks)})"  # nosec B608

    def __enter__(self) -> FeatureStage:
        store, table = self._store, self.layer.local_table
        run = store.connection.execute
        with self._store.private_faults():
            run(f"ATTACH '' AS {STAGE}")  # without a file name: temporary and private
            run(f"PRAGMA {STAGE}.journal_mode = MEMORY")
            self.first_free = store.one("SELECT seq FROM main.sqlite_sequence WHERE name = ?", (table,)) or 0
            # the same layout as that of the table: then SQLite copies whole records
            run(f"CREATE TABLE {STAGE}.feature ({defined(self.layer, geometry=self.layer.geometry_type.upper())})")
            run(f"INSERT INTO {STAGE}.sqlite_sequence (name, seq) VALUES ('feature', ?)", (self.first_free,))  # nosec B608
            kind = next((column.sql for column in self.layer.columns if column.name == self.layer.key), "")
            run(f"CREATE TABLE {STAGE}.removed (key {kind}, at INTEGER)")
            run(
                f"CREATE TABLE {STAGE}.matched (arrival INTEGER PRIMARY KEY, row INTEGER NOT NULL, "
                "touched INTEGER NOT NULL, changed INTEGER NOT NULL)"
            )
            run(f"CREATE TABLE {STAGE}.leaving (row INTEGER PRIMARY KEY)")
        return self

    def __exit__(self, *exc: object) -> None:
        with self._store.private_faults():
            self._store.connection.execute(f"DETACH {STAGE}")

    def add(self, rows: Iterable[Row]) -> None:
        """Keep rows, in the order of `layer.names`; of rows of one key the last counts."""
        rows = list(rows)
        with self._store.private_faults(), self._store.savepoint() as connection:
            try:
                with self._store.savepoint():
                    connection.executemany(self._insert, rows)
            except (UnicodeEncodeError, OverflowError, sqlite3.InterfaceError, sqlite3.ProgrammingError):
                connection.executemany(self._insert, [tuple(map(plain, row)) for row in rows])

    def remove(self, keys: Iterable[Any]) -> None:
        """Rows of these keys are no longer on the server, unless `add` is called for them later."""
        with self._store.private_faults(), self._store.savepoint() as connection:
            at = connection.execute(f"SELECT max({ROW}) FROM {STAGE}.feature").fetchone()[0] or 0  # nosec B608
            connection.executemany(
                f"INSERT INTO {STAGE}.removed VALUES (?, ?)",  # nosec B608 - names are ours
                ((plain(key), at) for key in keys),
            )

    def edited_missing(self) -> list[Any]:
        """Keys of the rows that are edited here and that did not come."""
        if not self.layer.key or not self.layer.id:
            return []
        key = quoted(self.layer.local_key)
        with self._store.private_faults():
            found = self._store.all(
                f"SELECT {key} FROM {base_table(self.layer.id)} WHERE NOT {ADDED} AND {key} "  # nosec B608
                f"NOT IN (SELECT {key} FROM {STAGE}.feature WHERE {key} IS NOT NULL)"
            )
        return [value for (value,) in found]

    def finish(self) -> tuple[Any, ...]:
        """Make of all that came what the server has: one row a key, each geometry of the layer's type or NULL.

        Gives the keys of the rows whose geometry is NULL for that, the first `MISFITS` of `misfit_count`.
        """
        layer, run = self.layer, self._store.connection.execute
        key = quoted(layer.local_key) if layer.key else "NULL"
        with self._store.private_faults():
            if layer.key:
                run(f"CREATE INDEX {STAGE}.feature_key ON feature ({key})")
                run(f"CREATE INDEX {STAGE}.removed_key ON removed (key)")
                later = f"SELECT 1 FROM {STAGE}.feature l WHERE l.{key} = feature.{key} AND l.{ROW} > feature.{ROW}"  # nosec B608
                gone = f"SELECT 1 FROM {STAGE}.removed r WHERE r.key = feature.{key} AND r.at >= feature.{ROW}"  # nosec B608
                run(f"DELETE FROM {STAGE}.feature WHERE EXISTS ({later}) OR EXISTS ({gone})")  # nosec B608
                back = f"SELECT 1 FROM {STAGE}.feature f WHERE f.{key} = removed.key"  # nosec B608 - names are quoted
                run(f"DELETE FROM {STAGE}.removed WHERE EXISTS ({back})")  # nosec B608 - names are quoted
            if not layer.geometry:
                return ()
            geometry = quoted(layer.local_geometry)
            wrong = f"{geometry} IS NOT NULL AND NOT {fits(geometry, layer)}"
            better = fitted(geometry, layer)
            stuck = f"FROM {STAGE}.feature WHERE {wrong} AND {better} IS NULL"
            misfits = self._store.all(f"SELECT {key} {stuck} LIMIT {MISFITS}")  # nosec B608 - names are quoted
            self.misfit_count = len(misfits) if len(misfits) < MISFITS else self._store.one(f"SELECT count(*) {stuck}")  # nosec B608
            run(f"UPDATE {STAGE}.feature SET {geometry} = {better} WHERE {wrong}")  # nosec B608
            return tuple(found for (found,) in misfits)
