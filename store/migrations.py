"""Versions of the store: a list of functions, each applied once, together with its record, in one transaction."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Callable

from .errors import NewerStore
from .schema import PLAIN, SPATIAL, SRID, Columns, names
from .store import Store, quoted

Migration = Callable[[Store], None]


def m001_reports(store: Store) -> None:
    """Tables of reports; those of a file that the official plugin made are taken over with their rows."""
    run = store.connection.execute
    run("CREATE TABLE geocollab_state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    run("CREATE TABLE geocollab_scope (id INTEGER PRIMARY KEY)")
    for table, (geometry, columns) in SPATIAL.items():
        adopted = _set_aside(store, table)
        _create(store, table, columns)
        run("SELECT AddGeometryColumn(?, 'geom', ?, ?, 'XY')", (table, SRID, geometry))
        if adopted:
            _take_back(store, table, columns, adopted)
        run("SELECT CreateSpatialIndex(?, 'geom')", (table,))
    for table, columns in PLAIN.items():
        _create(store, table, columns)
    # QGIS opens a layer without statistics by writing them, which fails while another program writes
    run("SELECT UpdateLayerStatistics()")


MIGRATIONS: tuple[Migration, ...] = (m001_reports,)


def migrate(store: Store) -> None:
    """Bring the store to this version; raises NewerStore if it is ahead of it."""
    applied = _applied(store)
    known = {step.__name__ for step in MIGRATIONS}
    ahead = sorted(applied - known)
    if ahead:
        raise NewerStore(store.path, ", ".join(ahead))
    for step in MIGRATIONS:
        if step.__name__ in applied:
            continue
        with store.atomic() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS geocollab_migration (name TEXT PRIMARY KEY, applied TEXT NOT NULL)"
            )
            if step.__name__ in _applied(store):  # another program was faster
                continue
            step(store)
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            connection.execute("INSERT INTO geocollab_migration VALUES (?, ?)", (step.__name__, now))


def _applied(store: Store) -> set[str]:
    if "geocollab_migration" not in store.tables():
        return set()
    return {row[0] for row in store.all("SELECT name FROM geocollab_migration")}


def _create(store: Store, table: str, columns: Columns) -> None:
    defined = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns)
    store.connection.execute(f"CREATE TABLE {quoted(table)} ({defined})")
    if table != "Signalement":
        index = quoted(f"{table}_NoSignalement")
        store.connection.execute(f"CREATE INDEX {index} ON {quoted(table)} (NoSignalement)")


def _set_aside(store: Store, table: str) -> str:
    """Move the rows of a table of this name out of the way; gives the name they wait under, "" if there were none."""
    existing = next((name for name in store.tables() if name.lower() == table.lower()), None)
    if existing is None:
        return ""
    aside = f"aside_{table}"
    store.connection.execute(f"CREATE TEMP TABLE {quoted(aside)} AS SELECT * FROM main.{quoted(existing)}")
    store.connection.execute("SELECT DropTable(NULL, ?)", (existing,))
    return aside


def _take_back(store: Store, table: str, columns: Columns, aside: str) -> None:
    """Rows of the official plugin into our table: same columns, feature ids from the report numbers."""
    old = store.columns(aside)
    shared = [name for name in names(columns) if name in old and name != "id"]
    listed = ", ".join(quoted(name) for name in shared)
    geometry = _geometry_column(store, aside, old)
    row_id, distinct = "NULL", ""
    if table == "Signalement":
        row_id = '"NoSignalement"'
        # the official plugin has no key on the number: the last row of a number is its newest
        distinct = (
            f'WHERE "NoSignalement" IS NULL OR rowid IN '
            f'(SELECT max(rowid) FROM temp.{quoted(aside)} GROUP BY "NoSignalement")'
        )
    store.connection.execute(
        f"INSERT INTO main.{quoted(table)} (id, {listed}, geom) "  # nosec B608 - names are quoted
        f"SELECT {row_id}, {listed}, {geometry} FROM temp.{quoted(aside)} {distinct} ORDER BY rowid"
    )
    store.connection.execute(f"DROP TABLE temp.{quoted(aside)}")


def _geometry_column(store: Store, aside: str, old: list[str]) -> str:
    name = next((name for name in old if name.lower() in ("geom", "geometry", "geometrie")), None)
    return f"CastToXY({quoted(name)})" if name else "NULL"
