"""Rows on their way into the store: one bundle at a time into tables of their own, then all at once.

A bundle is what one page of the server becomes: tuples in the order of `store/schema.py`, geometries at the end
(reports: lon, lat or None; sketches: WKB). Bundles wait in a private database of the same connection, which SQLite
keeps in a temporary file without a name: memory stays flat however many come, the store is not locked meanwhile, and
nothing is left after a crash.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .database import Database, quoted
from .schema import (
    DOCUMENT_TABLE,
    PLAIN,
    REPLY_TABLE,
    REPORT_TABLE,
    SKETCH_TABLES,
    SPATIAL,
    SRID,
    Columns,
    names,
)

STAGE = "stage"
"""The private database, as SQL calls it."""

Values = tuple[Any, ...]


@dataclass
class Rows:
    """One bundle. `sketches` are by geometry type: POINT, LINESTRING, POLYGON; their first value, the id, is None."""

    reports: list[Values] = field(default_factory=list)
    sketches: dict[str, list[Values]] = field(default_factory=lambda: {kind: [] for kind in SKETCH_TABLES})
    replies: list[Values] = field(default_factory=list)
    documents: list[Values] = field(default_factory=list)


class Stage:
    """The tables of the store once more, empty, for as long as the context lasts.

    One at a time in a store, and begun outside `atomic()`. Raises StoreError.
    """

    def __init__(self, store: Database) -> None:
        self._store = store
        self._run = store.connection.execute

    def __enter__(self) -> Stage:
        with self._store.private_faults():
            self._run(f"ATTACH '' AS {STAGE}")  # without a file name: temporary and private
            self._run(f"PRAGMA {STAGE}.journal_mode = MEMORY")
            for table in [*SPATIAL, *PLAIN]:
                # the same statement makes the same layout: then SQLite copies whole records (`ReportTables.replace`)
                sql = self._store.one("SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ?", (table,))
                self._run(f"CREATE TABLE {STAGE}.{sql[len('CREATE TABLE ') :]}")
        return self

    def __exit__(self, *exc: object) -> None:
        with self._store.private_faults():
            self._run(f"DETACH {STAGE}")

    def add(self, rows: Rows) -> None:
        """Keep a bundle. A report that comes again replaces the earlier one, without what belonged to it."""
        with self._store.private_faults():
            insert(self._store, rows, STAGE)

    def clear(self) -> None:
        """Forget all bundles."""
        with self._store.private_faults():
            for table in [*SPATIAL, *PLAIN]:
                self._run(f"DELETE FROM {STAGE}.{quoted(table)}")  # nosec B608 - names are ours


def insert(store: Database, rows: Rows, database: str = "main") -> None:
    """Write one bundle into the tables of the store or of the stage, all of it or nothing."""
    with store.savepoint():
        try:
            with store.savepoint():
                _write(store.connection, rows, database)
        except (
            UnicodeEncodeError
        ):  # half a surrogate pair, which JSON can spell and no text can hold: looked for only now
            _write(store.connection, _encodable(rows), database)


def _write(connection: sqlite3.Connection, rows: Rows, database: str) -> None:
    many = connection.executemany
    many(_INSERTS[database, REPORT_TABLE], rows.reports)
    for kind, sketches in rows.sketches.items():
        if sketches:
            many(_INSERTS[database, SKETCH_TABLES[kind]], sketches)
    if rows.replies:
        many(_INSERTS[database, REPLY_TABLE], rows.replies)
    if rows.documents:
        many(_INSERTS[database, DOCUMENT_TABLE], rows.documents)


def _encodable(rows: Rows) -> Rows:
    def cleaned(values: list[Values]) -> list[Values]:
        return [tuple(v.encode(errors="replace").decode() if isinstance(v, str) else v for v in row) for row in values]

    sketches = {kind: cleaned(values) for kind, values in rows.sketches.items()}
    return Rows(cleaned(rows.reports), sketches, cleaned(rows.replies), cleaned(rows.documents))


def _statement(
    target: str, columns: Columns, *, first: str = "?1", geometry: Iterable[str] = (), verb: str = "INSERT"
) -> str:
    listed = [quoted(name) for name in names(columns)] + ["geom" for _form in geometry]
    marks = [first, *(f"?{number}" for number in range(2, len(columns) + 1)), *geometry]
    return f"{verb} INTO {target} ({', '.join(listed)}) VALUES ({', '.join(marks)})"  # nosec B608 - names are ours


def _free_id(target: str) -> str:
    """The server's id, or a negative one if it has none or gave it to two reports: nothing is to be lost."""
    return (
        f"CASE WHEN ?1 IS NULL OR EXISTS (SELECT 1 FROM {target} WHERE id = ?1) "  # nosec B608 - names are ours
        f"THEN min(0, ifnull((SELECT min(id) FROM {target}), 0)) - 1 ELSE ?1 END"
    )


def _statements(database: str) -> Iterator[tuple[tuple[str, str], str]]:
    for table, (_geometry, columns) in SPATIAL.items():
        target, after = f"{database}.{quoted(table)}", len(columns) + 1
        form = (
            f"MakePoint(?{after}, ?{after + 1}, {SRID})" if table == REPORT_TABLE else f"GeomFromWKB(?{after}, {SRID})"
        )
        verb = "INSERT OR REPLACE" if (database, table) == (STAGE, REPORT_TABLE) else "INSERT"
        yield (database, table), _statement(target, columns, geometry=[form], verb=verb)
    for table, columns in PLAIN.items():
        target = f"{database}.{quoted(table)}"
        yield (database, table), _statement(target, columns, first=_free_id(target))


_INSERTS = {key: sql for database in ("main", STAGE) for key, sql in _statements(database)}
