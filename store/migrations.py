"""Versions of the store: a list of functions, each applied once, together with its record, in one transaction."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timezone
from typing import Callable

from ..i18n import N_
from .database import Database, quoted
from .errors import NewerStore, NotAStore
from .schema import PLAIN, REPORT_TABLE, SPATIAL, SRID, Columns, names

Migration = Callable[[Database], None]


def m001_reports(store: Database) -> None:
    """Tables of reports; those of a file that the official plugin made are taken over with their rows."""
    run = store.connection.execute
    run("CREATE TABLE geocollab_state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    run("CREATE TABLE geocollab_scope (id INTEGER PRIMARY KEY)")
    for table, (geometry, columns) in SPATIAL.items():
        adopted = _set_aside(store, table)
        _create(store, table, columns)
        if not store.one("SELECT AddGeometryColumn(?, 'geom', ?, ?, 'XY')", (table, SRID, geometry)):
            raise NotAStore(store.path, N_("its spatial tables are of another kind than SpatiaLite's"))
        if adopted:
            _take_back(store, table, columns, adopted)
        run("SELECT CreateSpatialIndex(?, 'geom')", (table,))
    for table, columns in PLAIN.items():
        _create(store, table, columns)
    # QGIS opens a layer without statistics by writing them, which fails while another program writes
    run("SELECT UpdateLayerStatistics()")


def m002_outbox(store: Database) -> None:
    """What is to be sent (store/outbox.py). A sent entry stays: it tells that the same need not be sent again."""
    store.connection.execute(
        "CREATE TABLE geocollab_outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, "
        "service TEXT NOT NULL, account INTEGER, report INTEGER, parent INTEGER REFERENCES geocollab_outbox (id), "
        "state TEXT NOT NULL, payload TEXT NOT NULL, created TEXT NOT NULL, tried TEXT, "
        "attempts INTEGER NOT NULL DEFAULT 0, error TEXT, answer INTEGER, told INTEGER NOT NULL DEFAULT 0)"
    )
    store.connection.execute("CREATE INDEX geocollab_outbox_key ON geocollab_outbox (key)")
    store.connection.execute("CREATE INDEX geocollab_outbox_state ON geocollab_outbox (state)")


def m003_follow(store: Database) -> None:
    """What was last known of reports that are followed (store/follows.py)."""
    run = store.connection.execute
    run(
        "CREATE TABLE geocollab_follow (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, seen TEXT NOT NULL, "
        "watermark TEXT, about TEXT NOT NULL)"
    )
    run(
        "CREATE TABLE geocollab_followed (follow INTEGER NOT NULL REFERENCES geocollab_follow (id), "
        "report INTEGER NOT NULL, status TEXT, updated TEXT, content TEXT, PRIMARY KEY (follow, report)) WITHOUT ROWID"
    )


def m004_layers(store: Database) -> None:
    """Group layers (store/layers.py) and what is known of their edited rows (store/tracking.py, store/edits.py)."""
    run = store.connection.execute
    run(
        "CREATE TABLE geocollab_layer (id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, "
        "community INTEGER NOT NULL, database_id INTEGER NOT NULL, database_name TEXT NOT NULL, "
        "table_id INTEGER NOT NULL, table_name TEXT NOT NULL, local_table TEXT NOT NULL, key_column TEXT NOT NULL, "
        "geometry_column TEXT NOT NULL, geometry_type TEXT NOT NULL, srid INTEGER NOT NULL, is3d INTEGER NOT NULL, "
        "versioned INTEGER NOT NULL, destroyed_column TEXT NOT NULL, watermark INTEGER, loaded TEXT, "
        "zone TEXT NOT NULL, columns TEXT NOT NULL, description TEXT NOT NULL, UNIQUE (service, database_id, table_id))"
    )
    run(
        "CREATE TABLE geocollab_conflict (layer INTEGER NOT NULL, row INTEGER NOT NULL, kind TEXT NOT NULL, "
        "since TEXT NOT NULL, PRIMARY KEY (layer, row)) WITHOUT ROWID"
    )
    run(
        "CREATE TABLE geocollab_sending (layer INTEGER NOT NULL, row INTEGER NOT NULL, kind TEXT NOT NULL, "
        "since TEXT NOT NULL, PRIMARY KEY (layer, row)) WITHOUT ROWID"
    )


def m005_transactions(store: Database) -> None:
    """Transactions that were sent, and documents that were uploaded for them (store/transactions.py)."""
    run = store.connection.execute
    run(
        "CREATE TABLE geocollab_transaction (id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, "
        "service TEXT NOT NULL, database_id INTEGER NOT NULL, account INTEGER, began TEXT NOT NULL, "
        "state TEXT NOT NULL, number INTEGER, message TEXT NOT NULL DEFAULT '', inserts INTEGER NOT NULL, "
        "updates INTEGER NOT NULL, deletes INTEGER NOT NULL, rows TEXT NOT NULL)"
    )
    run("CREATE INDEX geocollab_transaction_state ON geocollab_transaction (state)")
    run(
        "CREATE TABLE geocollab_document (service TEXT NOT NULL, digest TEXT NOT NULL, document INTEGER NOT NULL, "
        "PRIMARY KEY (service, digest)) WITHOUT ROWID"
    )


def m006_pictures(store: Database) -> None:
    """Pictures of the styles of group layers (store/pictures.py)."""
    store.connection.execute("CREATE TABLE geocollab_picture (address TEXT PRIMARY KEY, content BLOB NOT NULL)")


def m007_publications(store: Database) -> None:
    """The ledger of publications (store/publications.py)."""
    run = store.connection.execute
    run(
        "CREATE TABLE geocollab_publication (id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, "
        "datastore TEXT NOT NULL, name TEXT NOT NULL, run INTEGER NOT NULL DEFAULT 1, "
        "current TEXT NOT NULL DEFAULT '{}', previous TEXT NOT NULL DEFAULT '{}', published TEXT NOT NULL DEFAULT '', "
        "UNIQUE (service, datastore, name))"
    )
    run(
        "CREATE TABLE geocollab_publication_step (id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "publication INTEGER NOT NULL REFERENCES geocollab_publication (id), step TEXT NOT NULL, state TEXT NOT NULL, "
        "wanted TEXT NOT NULL, made TEXT NOT NULL, began TEXT NOT NULL, UNIQUE (publication, step))"
    )


MIGRATIONS: tuple[Migration, ...] = (
    m001_reports,
    m002_outbox,
    m003_follow,
    m004_layers,
    m005_transactions,
    m006_pictures,
    m007_publications,
)


def migrate(store: Database) -> None:
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
            try:
                step(store)
            except sqlite3.IntegrityError as error:  # tables of these names, with rows of another kind in them
                raise NotAStore(store.path, str(error)) from error
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            connection.execute("INSERT INTO geocollab_migration VALUES (?, ?)", (step.__name__, now))


def _applied(store: Database) -> set[str]:
    if "geocollab_migration" not in store.tables():
        return set()
    return {row[0] for row in store.all("SELECT name FROM geocollab_migration")}


def _create(store: Database, table: str, columns: Columns) -> None:
    defined = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns)
    store.connection.execute(f"CREATE TABLE {quoted(table)} ({defined})")
    if table != REPORT_TABLE:
        index = quoted(f"{table}_NoSignalement")
        store.connection.execute(f"CREATE INDEX {index} ON {quoted(table)} (NoSignalement)")


def _set_aside(store: Database, table: str) -> str:
    """Move the rows of a table of this name out of the way; gives the name they wait under, "" if there were none."""
    existing = next((name for name in store.tables() if name.lower() == table.lower()), None)
    if existing is None:
        return ""
    aside = f"aside_{table}"
    rows = f"SELECT * FROM main.{quoted(existing)}"  # nosec B608 - names are quoted
    store.connection.execute(f"CREATE TEMP TABLE {quoted(aside)} AS {rows}")
    store.connection.execute("SELECT DropTable(NULL, ?)", (existing,))
    return aside


def _take_back(store: Database, table: str, columns: Columns, aside: str) -> None:
    """Rows of the official plugin into our table: feature ids from the report numbers, columns that we lack added."""
    run, old = store.connection.execute, store.all(f"PRAGMA temp.table_info({quoted(aside)})")
    ours = {name.lower() for name in [*names(columns), "geom"]}
    geometry = next((name for _at, name, *_ in old if name.lower() in ("geom", "geometry", "geometrie")), None)
    kept = [(name, kind) for _at, name, kind, *_ in old if name != geometry and name.lower() not in ("id", "ogc_fid")]
    for name, kind in kept:
        if name.lower() not in ours:
            run(f"ALTER TABLE main.{quoted(table)} ADD COLUMN {quoted(name)} {kind}")
    rows = f"SELECT * FROM temp.{quoted(aside)}"  # nosec B608 - names are quoted
    row_id, order = "NULL", "rowid"
    if table == REPORT_TABLE and any(name == "NoSignalement" for name, _kind in kept):
        # the official plugin has no key on the number: the last row of a number is its newest
        newest = f'SELECT max(rowid) FROM temp.{quoted(aside)} WHERE "NoSignalement" NOT NULL GROUP BY "NoSignalement"'  # nosec B608
        _keep_older(store, f'{rows} WHERE "NoSignalement" NOT NULL AND rowid NOT IN ({newest})')
        run(f'DELETE FROM temp.{quoted(aside)} WHERE "NoSignalement" NOT NULL AND rowid NOT IN ({newest})')  # nosec B608
        # rows without a number last: the id that they are given must be nobody's
        row_id, order = '"NoSignalement"', '"NoSignalement" IS NULL, rowid'
    listed = "".join(f", {quoted(name)}" for name, _kind in kept)
    shape = f"CastToXY({quoted(geometry)})" if geometry else "NULL"
    run(
        f"INSERT INTO main.{quoted(table)} (id, geom{listed}) "  # nosec B608 - names are quoted
        f"SELECT {row_id}, {shape}{listed} FROM temp.{quoted(aside)} ORDER BY {order}"
    )
    run(f"DROP TABLE temp.{quoted(aside)}")


def _keep_older(store: Database, rows: str) -> None:
    """Nothing of an adopted file is lost: rows whose number came again later wait in a table of their own."""
    if store.one(f"SELECT count(*) FROM ({rows})"):  # nosec B608 - names are quoted
        store.connection.execute(f"CREATE TABLE main.geocollab_older_reports AS {rows}")
