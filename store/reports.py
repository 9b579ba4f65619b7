"""The tables of reports, sketches, replies and documents: read, replaced as a whole, or brought up to date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Optional

from .schema import (
    DOCUMENT_TABLE,
    PLAIN,
    REPLY_TABLE,
    REPORT_COLUMNS,
    REPORT_TABLE,
    SKETCH_TABLES,
    SPATIAL,
    names,
)
from .stage import STAGE, Rows, Stage, insert
from .store import Store, quoted


class ReportTables:
    """The tables of reports in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # ------------------------------------------------------------------ reading

    def count(self) -> int:
        """Number of reports."""
        return self._count(REPORT_TABLE)

    def counts(self) -> dict[str, int]:
        """Number of rows of each table."""
        return {table: self._count(table) for table in [*SPATIAL, *PLAIN]}

    def by_status(self) -> list[tuple[str, str, int]]:
        """Code, label and number of the reports of each status that occurs."""
        return self._store.all('SELECT "Statut", max("Statut_libellé"), count(*) FROM "Signalement" GROUP BY "Statut"')

    def updated(self, ids: Iterable[int]) -> dict[int, Optional[str]]:
        """Date of the last change of those of these reports that are in the store."""
        found: dict[int, Optional[str]] = {}
        for some in _batches(ids):
            marks = ", ".join("?" * len(some))
            found.update(
                self._store.all(f'SELECT id, "Date_MAJ" FROM "Signalement" WHERE id IN ({marks})', some)  # nosec B608
            )
        return found

    def numbers_of(self, table: str, ids: Iterable[int]) -> list[int]:
        """The numbers of the reports that these rows of sketches, replies or documents belong to, each once."""
        found: dict[int, None] = {}
        for some in _batches(ids):
            marks = ", ".join("?" * len(some))
            sql = f'SELECT "NoSignalement" FROM {quoted(table)} WHERE id IN ({marks})'  # nosec B608 - names are ours
            found.update((row[0], None) for row in self._store.all(sql, some) if row[0] is not None)
        return list(found)

    def rows_of(self, numbers: Iterable[int], *columns: str, table: str = REPORT_TABLE) -> list[tuple[Any, ...]]:
        """The values of these columns of these reports, or of what belongs to them, by number.

        All columns but the geometry if none is named. The rows come in bundles of 500 reports.
        """
        listed = ", ".join(map(quoted, columns or names(SPATIAL[table][1] if table in SPATIAL else PLAIN[table])))
        found = []
        for some in _batches(numbers):
            marks = ", ".join("?" * len(some))
            sql = (
                f'SELECT {listed} FROM {quoted(table)} WHERE "NoSignalement" IN ({marks}) ORDER BY "NoSignalement", id'  # nosec B608
            )
            found += self._store.all(sql, some)
        return found

    def same(self, rows: Rows) -> bool:
        """Whether these rows, of one report, are in the store exactly so."""
        (report,) = rows.reports
        columns = ", ".join(map(quoted, names(REPORT_COLUMNS)))
        sql = f'SELECT {columns}, X(geom), Y(geom) FROM "Signalement" WHERE id = ?'  # nosec B608 - names are ours
        if self._store.all(sql, report[:1]) != [report]:
            return False
        wanted = {table: rows.sketches[kind] for kind, table in SKETCH_TABLES.items()}
        wanted.update({REPLY_TABLE: rows.replies, DOCUMENT_TABLE: rows.documents})
        for table, expected in wanted.items():
            spatial = table in SPATIAL
            columns = ", ".join(map(quoted, names(SPATIAL[table][1] if spatial else PLAIN[table])[1:]))
            columns += ", AsBinary(geom)" if spatial else ""
            sql = f'SELECT {columns} FROM {quoted(table)} WHERE "NoSignalement" = ?'  # nosec B608 - names are ours
            # without the id, which is ours where the server gives none
            if sorted(map(repr, self._store.all(sql, report[:1]))) != sorted(repr(row[1:]) for row in expected):
                return False
        return True

    def scope(self) -> set[int]:
        """Ids of the reports that answered the server's filters at the last download, kept or not."""
        return {row[0] for row in self._store.all("SELECT id FROM geocollab_scope")}

    # ------------------------------------------------------------------ writing, inside `store.atomic()`

    def replace(self, stage: Stage) -> tuple[int, int, int, int]:
        """The content of all the tables becomes that of the stage; gives how many reports are new, changed (by
        `Date_MAJ`), unchanged, removed.
        """
        before = self.count()
        total, common, same = self._run(
            'SELECT count(*), count(old.id), ifnull(sum(old.id IS NOT NULL AND old."Date_MAJ" IS new."Date_MAJ"), 0) '
            f'FROM {STAGE}."Signalement" new LEFT JOIN main."Signalement" old USING (id)'  # nosec B608 - names are ours
        ).fetchone()
        with self._emptied_for_bulk():
            for table in [*SPATIAL, *PLAIN]:
                # `SELECT *` between tables of one layout: SQLite copies whole records without taking them apart
                name = quoted(table)
                self._run(f"INSERT INTO main.{name} SELECT * FROM {STAGE}.{name}")  # nosec B608 - names are ours
        return total - common, common - same, same, before - common

    def clear(self) -> None:
        """Empty all the tables of reports and sketches."""
        with self._emptied_for_bulk():
            self.set_scope(())

    def put(self, rows: Rows, without: Sequence[int] = ()) -> int:
        """Insert these reports, or replace them together with their sketches, replies and documents.

        Those `without` are removed with all that belongs to them; gives the number of these that were there.
        """
        self._remove([report[0] for report in rows.reports])
        removed = self._remove(without)
        insert(self._store, rows)
        if removed or rows.reports:
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
        self._store.connection.executemany("DELETE FROM geocollab_scope WHERE id = ?", ((report,) for report in ids))

    # ------------------------------------------------------------------ inside

    def _run(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self._store.connection.execute(sql, values)

    def _count(self, table: str) -> int:
        return int(self._store.one(f"SELECT count(*) FROM {quoted(table)}"))  # nosec B608 - names are ours

    def _remove(self, ids: Sequence[int]) -> int:
        removed = 0
        for some in _batches(ids):
            marks = ", ".join("?" * len(some))
            for table in [*SKETCH_TABLES.values(), *PLAIN]:
                self._run(f'DELETE FROM {quoted(table)} WHERE "NoSignalement" IN ({marks})', some)  # nosec B608
            removed += self._run(f'DELETE FROM "Signalement" WHERE id IN ({marks})', some).rowcount  # nosec B608
        return removed

    @contextmanager
    def _emptied_for_bulk(self) -> Iterator[None]:
        """Empty tables without triggers and indexes for the time of a bulk insert: three times as fast.

        All of it happens inside the caller's transaction: a failure brings everything back.
        """
        marks = ", ".join("?" * (len(SPATIAL) + len(PLAIN)))
        kept = self._store.all(
            "SELECT type, name, sql FROM main.sqlite_master "  # nosec B608 - marks only
            f"WHERE sql IS NOT NULL AND type IN ('trigger', 'index') AND tbl_name IN ({marks})",
            [*SPATIAL, *PLAIN],
        )
        for kind, name, _sql in kept:
            self._run(f"DROP {kind} {quoted(name)}")
        for table in [*SPATIAL, *PLAIN]:
            self._run(f"DELETE FROM main.{quoted(table)}")  # nosec B608 - names are ours
        for table in SPATIAL:
            self._run(f"DROP TABLE IF EXISTS main.{quoted(_index(table))}")
        yield
        for table in SPATIAL:
            self._run(f"CREATE VIRTUAL TABLE {quoted(_index(table))} USING rtree(pkid, xmin, xmax, ymin, ymax)")
            self._run(
                f"INSERT INTO {quoted(_index(table))} SELECT id, MbrMinX(geom), MbrMaxX(geom), MbrMinY(geom), "  # nosec B608
                f"MbrMaxY(geom) FROM main.{quoted(table)} WHERE geom IS NOT NULL"
            )
        for _kind, _name, sql in kept:
            self._run(sql)
        self._write_statistics()

    def _write_statistics(self) -> None:
        """What QGIS wants to know of a layer before it opens it: rows and extent.

        SpatiaLite's own UpdateLayerStatistics reads every value of every column, which takes longer than the insert.
        """
        soon = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 second')"  # later than the changes: QGIS compares
        for table in SPATIAL:
            index = quoted(_index(table))
            self._run(
                f"UPDATE geometry_columns_statistics SET last_verified = {soon}, "  # nosec B608 - names are ours
                f"row_count = (SELECT count(*) FROM {quoted(table)}), "
                f"(extent_min_x, extent_min_y, extent_max_x, extent_max_y) = "
                f"(SELECT min(xmin), min(ymin), max(xmax), max(ymax) FROM {index}) "
                "WHERE lower(f_table_name) = lower(?)",
                (table,),
            )


def _index(table: str) -> str:
    return f"idx_{table}_geom"


def _batches(ids: Iterable[int], size: int = 500) -> Iterator[list[int]]:
    batch: list[int] = []
    for report in ids:
        batch.append(report)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
