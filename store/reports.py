"""The tables of reports, sketches, replies and documents: read, replaced as a whole, or brought up to date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Optional

from .database import Database, quoted
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
from .spatial import bulk, index_name, write_statistics
from .stage import STAGE, Rows, Stage, insert


class ReportTables:
    """The tables of reports in a store."""

    def __init__(self, store: Database) -> None:
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
        """The numbers of the reports that these rows (reports, sketches, replies, documents) belong to, each once."""
        found: dict[int, None] = {}
        for some in _batches(ids):
            marks = ", ".join("?" * len(some))
            sql = f'SELECT "NoSignalement" FROM {quoted(table)} WHERE id IN ({marks})'  # nosec B608 - names are ours
            found.update((row[0], None) for row in self._store.all(sql, some) if row[0] is not None)
        return list(found)

    def rows_of(
        self, numbers: Iterable[int], *columns: str, table: str = REPORT_TABLE, geometry: bool = False
    ) -> list[tuple[Any, ...]]:
        """The values of these columns of these reports, or of what belongs to them, by number.

        All columns but the geometry if none is named; with `geometry` its WKB (WGS84) or None after them. The rows
        come in bundles of 500 reports.
        """
        listed = ", ".join(map(quoted, columns or names(SPATIAL[table][1] if table in SPATIAL else PLAIN[table])))
        listed += ", AsBinary(geom)" if geometry else ""
        found = []
        for some in _batches(numbers):
            marks = ", ".join("?" * len(some))
            sql = (
                f'SELECT {listed} FROM {quoted(table)} WHERE "NoSignalement" IN ({marks}) ORDER BY "NoSignalement", id'  # nosec B608
            )
            found += self._store.all(sql, some)
        return found

    def near(self, box: tuple[float, float, float, float], most: int) -> list[tuple[int, str, float, float]]:
        """Number, status, lon, lat of the reports inside west, south, east, north (WGS84); at most so many."""
        west, south, east, north = box
        # the index rounds outwards: what it lets through is looked at again
        return self._store.all(
            'SELECT r."NoSignalement", r."Statut", X(r.geom), Y(r.geom) '
            f'FROM {quoted(index_name(REPORT_TABLE, "geom"))} i JOIN "Signalement" r ON r.id = i.pkid '  # nosec B608 - names are ours
            "WHERE i.xmax >= ?1 AND i.ymax >= ?2 AND i.xmin <= ?3 AND i.ymin <= ?4 "
            "AND X(r.geom) BETWEEN ?1 AND ?3 AND Y(r.geom) BETWEEN ?2 AND ?4 LIMIT ?5",
            (west, south, east, north, most),
        )

    def positions(self, numbers: Iterable[int]) -> dict[int, tuple[float, float]]:
        """lon, lat of those of these reports that have a position."""
        found = {}
        for some in _batches(numbers):
            marks = ", ".join("?" * len(some))
            sql = f'SELECT id, X(geom), Y(geom) FROM "Signalement" WHERE id IN ({marks}) AND geom NOT NULL'  # nosec B608
            found.update({number: (lon, lat) for number, lon, lat in self._store.all(sql, some)})
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
        """Empty tables without triggers and indexes for the time of a bulk insert: three times as fast."""
        with bulk(self._store, {**_GEOMETRIES, **dict.fromkeys(PLAIN, "")}):
            for table in [*SPATIAL, *PLAIN]:
                self._run(f"DELETE FROM main.{quoted(table)}")  # nosec B608 - names are ours
            yield

    def _write_statistics(self) -> None:
        write_statistics(self._store, _GEOMETRIES)


_GEOMETRIES = dict.fromkeys(SPATIAL, "geom")


def _batches(ids: Iterable[int], size: int = 500) -> Iterator[list[int]]:
    batch: list[int] = []
    for report in ids:
        batch.append(report)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
