"""Rows of reports, sketches, replies and documents: read, replaced as a whole, or brought up to date.

A bundle of rows is what one page of the server becomes: tuples in the order of `store/schema.py`, geometries at the
end (reports: lon, lat or None; sketches: WKB). Bundles wait in a spool file until all have come, then replace the old
content in one transaction.
"""

from __future__ import annotations

import marshal
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Iterable, Iterator, Optional, Sequence

from .errors import DiskFull, store_error
from .schema import (
    DOCUMENT_COLUMNS,
    DOCUMENT_TABLE,
    PLAIN,
    REPLY_COLUMNS,
    REPLY_TABLE,
    REPORT_COLUMNS,
    REPORT_TABLE,
    SKETCH_COLUMNS,
    SKETCH_TABLES,
    SPATIAL,
    SRID,
    Columns,
    names,
)
from .store import Store, quoted

Values = tuple[Any, ...]


@dataclass
class Rows:
    """One bundle. `sketches` are by geometry type: POINT, LINESTRING, POLYGON; their first value, the id, is None."""

    reports: list[Values] = field(default_factory=list)
    sketches: dict[str, list[Values]] = field(default_factory=lambda: {kind: [] for kind in SKETCH_TABLES})
    replies: list[Values] = field(default_factory=list)
    documents: list[Values] = field(default_factory=list)


class Spool:
    """Bundles on disk until they are all there: memory stays flat however many come. Nothing of it survives a crash."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.faults():
            self._file = tempfile.TemporaryFile(prefix="geocollab-")
        self.bundles = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            self._file.close()
        except OSError:
            pass  # what a full disk kept from being flushed is not wanted any more

    def add(self, rows: Rows) -> None:
        try:
            marshal.dump((rows.reports, rows.sketches, rows.replies, rows.documents), self._file)
            self._file.flush()
        except OSError as error:
            known = store_error(tempfile.gettempdir(), error)
            raise known if isinstance(known, DiskFull) else error from error
        self.bundles += 1

    def clear(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self.bundles = 0

    def __iter__(self) -> Iterator[Rows]:
        self._file.seek(0)
        for _bundle in range(self.bundles):
            yield Rows(*marshal.load(self._file))  # nosec B302 - our own anonymous file


class ReportTables:
    """The tables of reports in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # ------------------------------------------------------------------ reading

    def count(self) -> int:
        return int(self._store.one(f"SELECT count(*) FROM {quoted(REPORT_TABLE)}"))

    def counts(self) -> dict[str, int]:
        """Number of rows of each table."""
        return {table: int(self._store.one(f"SELECT count(*) FROM {quoted(table)}")) for table in [*SPATIAL, *PLAIN]}

    def by_status(self) -> list[tuple[str, str, int]]:
        """Code, label and number of the reports of each status that occurs."""
        return self._store.all(
            'SELECT "Statut", max("Statut_libellé"), count(*) FROM "Signalement" GROUP BY "Statut"'
        )

    def updated(self, ids: Iterable[int]) -> dict[int, Optional[str]]:
        """Date of the last change of those of these reports that are in the store."""
        found: dict[int, Optional[str]] = {}
        for some in _batches(ids):
            marks = ", ".join("?" * len(some))
            found.update(
                self._store.all(f'SELECT id, "Date_MAJ" FROM "Signalement" WHERE id IN ({marks})', some)  # nosec B608
            )
        return found

    def scope(self) -> set[int]:
        """Ids of the reports that answered the server's filters at the last download, kept or not."""
        return {row[0] for row in self._store.all("SELECT id FROM geocollab_scope")}

    def scope_size(self) -> int:
        return int(self._store.one("SELECT count(*) FROM geocollab_scope"))

    # ------------------------------------------------------------------ writing, inside `store.atomic()`

    def replace(self, bundles: Iterable[Rows]) -> None:
        """The content of all the tables becomes these rows."""
        with self._emptied_for_bulk():
            for rows in bundles:
                self._insert(rows)

    def clear(self) -> None:
        """Empty all the tables of reports and sketches."""
        with self._emptied_for_bulk():
            self.set_scope(())

    def put(self, rows: Rows) -> None:
        """Insert these reports, or replace them together with their sketches, replies and documents."""
        self.remove([report[0] for report in rows.reports])
        self._insert(rows)
        self._write_statistics()

    def remove(self, ids: Sequence[int]) -> int:
        """Remove reports and all that belongs to them; gives the number of reports that were there."""
        removed = 0
        for some in _batches(ids):
            marks = ", ".join("?" * len(some))
            for table in [*SKETCH_TABLES.values(), *PLAIN]:
                self._run(f'DELETE FROM {quoted(table)} WHERE "NoSignalement" IN ({marks})', some)  # nosec B608
            removed += self._run(f'DELETE FROM "Signalement" WHERE id IN ({marks})', some).rowcount  # nosec B608
        if removed:
            self._write_statistics()
        return removed

    def set_scope(self, ids: Iterable[int]) -> None:
        self._run("DELETE FROM geocollab_scope")
        self.widen_scope(ids)

    def widen_scope(self, ids: Iterable[int]) -> None:
        self._store.connection.executemany(
            "INSERT OR IGNORE INTO geocollab_scope (id) VALUES (?)", ((report,) for report in ids)
        )

    def narrow_scope(self, ids: Iterable[int]) -> None:
        self._store.connection.executemany(
            "DELETE FROM geocollab_scope WHERE id = ?", ((report,) for report in ids)
        )

    # ------------------------------------------------------------------ inside

    def _run(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self._store.connection.execute(sql, values)

    def _insert(self, rows: Rows) -> None:
        many = self._store.connection.executemany
        many(_REPORT_INSERT, rows.reports)
        for kind, sketches in rows.sketches.items():
            if sketches:
                many(_SKETCH_INSERTS[kind], sketches)
        if rows.replies:
            many(_REPLY_INSERT, rows.replies)
        if rows.documents:
            many(_DOCUMENT_INSERT, rows.documents)

    @contextmanager
    def _emptied_for_bulk(self) -> Iterator[None]:
        """Empty tables without triggers and indexes for the time of a bulk insert: three times as fast.

        All of it happens inside the caller's transaction: a failure brings everything back.
        """
        kept = self._store.all(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL "
            f"AND (type = 'trigger' OR type = 'index') AND tbl_name IN ({', '.join('?' * (len(SPATIAL) + len(PLAIN)))})",
            [*SPATIAL, *PLAIN],
        )
        for kind, name, _sql in kept:
            self._run(f"DROP {kind} {quoted(name)}")
        for table in [*SPATIAL, *PLAIN]:
            self._run(f"DELETE FROM {quoted(table)}")  # nosec B608 - names are ours
        for table in SPATIAL:
            self._run(f"DROP TABLE IF EXISTS {quoted(_index(table))}")
        yield
        for table in SPATIAL:
            self._run(f"CREATE VIRTUAL TABLE {quoted(_index(table))} USING rtree(pkid, xmin, xmax, ymin, ymax)")
            self._run(
                f"INSERT INTO {quoted(_index(table))} SELECT id, MbrMinX(geom), MbrMaxX(geom), MbrMinY(geom), "  # nosec B608
                f"MbrMaxY(geom) FROM {quoted(table)} WHERE geom IS NOT NULL"
            )
        for _kind, _name, sql in kept:
            self._run(sql)
        self._write_statistics()

    def _write_statistics(self) -> None:
        """What QGIS wants to know of a layer before it opens it: rows and extent.

        SpatiaLite's own UpdateLayerStatistics reads every value of every column, which takes longer than the insert.
        """
        for table in SPATIAL:
            index = quoted(_index(table))
            self._run(
                "UPDATE geometry_columns_statistics SET last_verified = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 second'), "  # nosec B608
                f"row_count = (SELECT count(*) FROM {quoted(table)}), "
                f"(extent_min_x, extent_min_y, extent_max_x, extent_max_y) = "
                f"(SELECT min(xmin), min(ymin), max(xmax), max(ymax) FROM {index}) "
                "WHERE f_table_name = lower(?)",
                (table,),
            )


def _index(table: str) -> str:
    return f"idx_{table}_geom"


def _insert_into(table: str, columns: Columns, geometry: str = "") -> str:
    listed = ", ".join(quoted(name) for name in names(columns))
    marks = ", ".join("?" * len(columns))
    if geometry:
        listed, marks = f"{listed}, geom", f"{marks}, {geometry}"
    return f"INSERT INTO {quoted(table)} ({listed}) VALUES ({marks})"  # nosec B608 - names are ours, quoted


_REPORT_INSERT = _insert_into(REPORT_TABLE, REPORT_COLUMNS, f"MakePoint(?, ?, {SRID})")
_SKETCH_INSERTS = {
    kind: _insert_into(table, SKETCH_COLUMNS, f"GeomFromWKB(?, {SRID})") for kind, table in SKETCH_TABLES.items()
}
_REPLY_INSERT = _insert_into(REPLY_TABLE, REPLY_COLUMNS).replace("INSERT", "INSERT OR REPLACE", 1)
_DOCUMENT_INSERT = _insert_into(DOCUMENT_TABLE, DOCUMENT_COLUMNS).replace("INSERT", "INSERT OR REPLACE", 1)


def _batches(ids: Iterable[int], size: int = 500) -> Iterator[list[int]]:
    batch: list[int] = []
    for report in ids:
        batch.append(report)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
