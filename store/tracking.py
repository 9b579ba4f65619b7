"""What a group layer has in the store: its table, and three beside it that hold what is known of its edited rows.

`geocollab_base_<layer>` holds a row as the server last gave it, from its first local edit on; a local new row has a
line there that says only that (`geocollab_added`). So: in base and in the table = updated, in base only = deleted,
added = inserted. `geocollab_theirs_<layer>` holds the server's rows that clash with local edits,
`geocollab_sent_<layer>` the rows as they were when they were sent.

Base is filled by triggers of the table, in the same transaction as the edit, whatever program makes it: they use
SQLite's own functions alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .database import Database, quoted

ROW = "geocollab_id"
ADDED = "geocollab_added"


def base_table(layer: int) -> str:
    """Quoted name of the table of rows as the server gave them."""
    return f'"geocollab_base_{layer}"'


def theirs_table(layer: int) -> str:
    """Quoted name of the table of the server's rows that clash with local edits."""
    return f'"geocollab_theirs_{layer}"'


def sent_table(layer: int) -> str:
    """Quoted name of the table of rows as they were sent."""
    return f'"geocollab_sent_{layer}"'


@contextmanager
def quiet(store: Database, layer: int) -> Iterator[None]:
    """What is written meanwhile to the table of a layer comes from the server and is no edit.

    The triggers are gone for the time of a transaction, or of a savepoint inside one, which no other program sees, and
    which brings them back if it fails. (A condition in the triggers would cost every edit of every program more.) One
    inside another of the same layer costs no more than its savepoint.
    """
    with store.atomic() as connection:
        if layer in store.quiet_layers:
            yield
            return
        kept = store.all(
            "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND name GLOB ? ORDER BY rowid",
            (f"geocollab_{layer}_*",),
        )
        for name, _sql in kept:
            connection.execute(f"DROP TRIGGER main.{quoted(name)}")
        store.quiet_layers.add(layer)
        try:
            yield
        finally:
            store.quiet_layers.remove(layer)
        for _name, sql in kept:
            connection.execute(sql)


def create_side_tables(store: Database, layer: int, columns: Sequence[tuple[str, str]]) -> None:
    """The three tables of a layer whose columns have these names and SQL types."""
    run = store.connection.execute
    defined = "".join(f", {quoted(name)} {kind}" for name, kind in columns)
    run(f"CREATE TABLE {base_table(layer)} ({ROW} INTEGER PRIMARY KEY, {ADDED} INTEGER NOT NULL DEFAULT 0{defined})")
    for table in (theirs_table(layer), sent_table(layer)):
        run(f"CREATE TABLE {table} ({ROW} INTEGER PRIMARY KEY{defined})")


@contextmanager
def base_by_key(store: Database, layer: int, key: str) -> Iterator[None]:
    """With an index of base by the key, a column's name. Were it always there, every edit would pay."""
    name = quoted(f"geocollab_base_{layer}_key")
    store.connection.execute(f"CREATE INDEX {name} ON {base_table(layer)} ({quoted(key)})")
    yield
    store.connection.execute(f"DROP INDEX {name}")


def drop_side_tables(store: Database, layer: int) -> None:
    """Remove the three tables of a layer."""
    for table in (base_table(layer), theirs_table(layer), sent_table(layer)):
        store.connection.execute(f"DROP TABLE {table}")


def create_triggers(store: Database, layer: int, table: str, columns: Sequence[str]) -> None:
    """Track every edit of this table, whose columns are these.

    No `INSERT OR IGNORE` in them: the conflict clause of the statement that fires a trigger overrides its own, and an
    `UPDATE OR REPLACE` would replace what is in base. A row that `INSERT OR REPLACE` displaces fires no delete trigger:
    it is copied before. Programs that send one statement a row, as QGIS, pay for every word of the first one: it says
    in one condition that the row is not in base yet, and, failing otherwise, that its id stays, by whatever name.
    """
    base, name = base_table(layer), quoted(table)
    listed = "".join(f", {quoted(column)}" for column in columns)
    old = "".join(f", OLD.{quoted(column)}" for column in columns)
    known = f"SELECT {ROW} FROM {base} WHERE {ROW} ="  # nosec B608
    triggers = {
        "update": f"AFTER UPDATE ON {name} WHEN ({known} OLD.{ROW}) IS NOT NEW.{ROW} "  # nosec B608
        f"BEGIN INSERT INTO {base} VALUES (OLD.{ROW}, CASE WHEN NEW.{ROW} = OLD.{ROW} THEN 0 END{old}); END",
        "id": f"BEFORE UPDATE OF {ROW} ON {name} WHEN NEW.{ROW} IS NOT OLD.{ROW} "
        f"BEGIN SELECT RAISE(ABORT, '{ROW} cannot be changed'); END",
        "delete": f"AFTER DELETE ON {name} BEGIN "  # nosec B608
        f"INSERT INTO {base} SELECT OLD.{ROW}, 0{old} WHERE NOT EXISTS ({known} OLD.{ROW}); "
        f"DELETE FROM {base} WHERE {ROW} = OLD.{ROW} AND {ADDED}; END",
        "replace": f"BEFORE INSERT ON {name} BEGIN "  # nosec B608
        f"INSERT INTO {base} SELECT {ROW}, 0{listed} FROM {name} WHERE {ROW} = NEW.{ROW} "
        f"AND NOT EXISTS ({known} NEW.{ROW}); END",
        "insert": f"AFTER INSERT ON {name} BEGIN INSERT INTO {base} ({ROW}, {ADDED}) "
        f"SELECT NEW.{ROW}, 1 WHERE NOT EXISTS ({known} NEW.{ROW}); END",
    }
    for kind, body in triggers.items():
        store.connection.execute(f"CREATE TRIGGER geocollab_{layer}_{kind} {body}")


def create_refusals(store: Database, layer: int, table: str) -> None:
    """A table without a key cannot be edited: no edit of it could ever be sent."""
    for event in ("UPDATE", "DELETE", "INSERT"):
        store.connection.execute(
            f"CREATE TRIGGER geocollab_{layer}_{event.lower()} BEFORE {event} ON {quoted(table)} "
            "BEGIN SELECT RAISE(ABORT, 'this table has no key on the server: it cannot be edited'); END"
        )
