"""Spatial tables as QGIS wants them: filled in bulk, then with their index and statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from .database import Database, quoted


def index_name(table: str, geometry: str) -> str:
    """SpatiaLite's name for the spatial index of a geometry column."""
    return f"idx_{table}_{geometry}"


@contextmanager
def bulk(store: Database, tables: Mapping[str, str]) -> Iterator[None]:
    """These tables (name: geometry column, "" if none) without triggers and indexes for the time of a bulk write.

    Everything is there again at the end, or after a failure: all of it is one transaction, or a savepoint inside one.
    """
    with store.atomic() as connection:
        marks = ", ".join("?" * len(tables))
        kept = store.all(
            "SELECT type, name, sql FROM main.sqlite_master "  # nosec B608 - marks only
            f"WHERE sql IS NOT NULL AND type IN ('trigger', 'index') AND lower(tbl_name) IN ({marks}) ORDER BY rowid",
            [_lower(table) for table in tables],
        )
        for kind, name, _sql in kept:
            connection.execute(f"DROP {kind} main.{quoted(name)}")
        spatial = {table: geometry for table, geometry in tables.items() if geometry}
        for table, geometry in spatial.items():
            connection.execute(f"DROP TABLE IF EXISTS main.{quoted(index_name(table, geometry))}")
        yield
        for table, geometry in spatial.items():
            index, column = quoted(index_name(table, geometry)), quoted(geometry)
            connection.execute(f"CREATE VIRTUAL TABLE main.{index} USING rtree(pkid, xmin, xmax, ymin, ymax)")
            connection.execute(
                f"INSERT INTO main.{index} SELECT rowid, MbrMinX({column}), MbrMaxX({column}), MbrMinY({column}), "  # nosec B608
                f"MbrMaxY({column}) FROM main.{quoted(table)} WHERE MbrMinX({column}) IS NOT NULL"
            )
        for _kind, _name, sql in kept:
            connection.execute(sql)
        write_statistics(store, spatial)


def write_statistics(store: Database, tables: Mapping[str, str]) -> None:
    """What QGIS wants to know of a layer before it opens it: rows and extent.

    SpatiaLite's own UpdateLayerStatistics reads every value of every column, which takes longer than the insert.
    """
    soon = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 second')"  # later than the changes: QGIS compares
    for table, geometry in tables.items():
        store.connection.execute(
            f"UPDATE geometry_columns_statistics SET last_verified = {soon}, "  # nosec B608 - names are quoted
            f"row_count = (SELECT count(*) FROM main.{quoted(table)}), "
            f"(extent_min_x, extent_min_y, extent_max_x, extent_max_y) = "
            f"(SELECT min(xmin), min(ymin), max(xmax), max(ymax) FROM main.{quoted(index_name(table, geometry))}) "
            "WHERE lower(f_table_name) = lower(?)",
            (table,),
        )


def _lower(name: str) -> str:
    """As SQLite's lower(), which knows ASCII alone."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)
