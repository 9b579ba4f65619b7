"""One SpatiaLite file, open: written through `atomic()` alone."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, Union

from ..i18n import N_
from .errors import DiskFull, FolderMissing, NotAStore, SpatialiteMissing, StoreMissing, StoreReadOnly, store_error
from .json_values import SQL_FUNCTION, json_value

Opened = TypeVar("Opened", bound="Database")

WAIT = 15.0
"""Seconds to wait for another program that is writing."""

_EXTENSIONS = ("mod_spatialite", "mod_spatialite.so", "mod_spatialite.dylib")


def quoted(name: str) -> str:
    """A table or column name, safe inside SQL; the only way to put a name there."""
    if "\0" in name:
        raise ValueError("a name cannot hold NUL")
    return '"' + name.replace('"', '""') + '"'


def temporary_folder() -> Path:
    """Where SQLite keeps its temporary files; on Windows it asks the system, as Python does."""
    for folder in (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp"):  # nosec B108
        if os.name == "posix" and folder and Path(folder).is_dir() and os.access(folder, os.W_OK | os.X_OK):
            return Path(folder)
    return Path(tempfile.gettempdir())


class Database:
    """An open file. Use it in one thread, as a context manager.

    `path` is the file; with `create` a missing or empty one is made. Raises StoreError.
    """

    def __init__(self, path: Union[Path, str], *, create: bool = True, wait: float = WAIT) -> None:
        self.path = Path(path)
        self.path = self.path.parent.resolve() / self.path.name
        self._depth = 0
        self._wait = wait
        self.quiet_layers: set[int] = set()
        """Ids of the layers whose triggers are put aside (`tracking.quiet`)."""
        with self.faults():
            self._check_file(create)
            self.connection = sqlite3.connect(str(self.path), timeout=wait, isolation_level=None)
        try:
            with self.faults():
                self._prepare()
        except BaseException:
            self.connection.close()
            raise

    def __enter__(self: Opened) -> Opened:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def atomic(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing: a transaction, or a savepoint inside one. Never hold it over a network call."""
        with self.faults():
            name = f"level{self._depth}"
            # IMMEDIATE: a writer that cannot have the lock must know before it has worked, not at its first write
            self.connection.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield self.connection
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    if self.connection.in_transaction:  # a full disk makes SQLite roll back by itself
                        self.connection.execute("ROLLBACK")
                elif self.connection.in_transaction:
                    self.connection.execute(f"ROLLBACK TO {name}")
                    self.connection.execute(f"RELEASE {name}")
                raise
            self._depth -= 1
            try:
                self.connection.execute("COMMIT" if self._depth == 0 else f"RELEASE {name}")
            except BaseException:
                if self._depth == 0 and self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turns errors of SQLite, and of the system about the store's own file, into StoreError; other files are of
        others.
        """
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            other = isinstance(error, OSError) and str(error.filename) != str(self.path)
            known = None if other else store_error(self.path, error)
            if known is None:
                raise
            raise known from error

    @contextmanager
    def savepoint(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, for what is private to the connection, or inside `atomic`: it takes no lock."""
        self.connection.execute("SAVEPOINT bundle")
        try:
            yield self.connection
        except BaseException:
            if self.connection.in_transaction:  # a full disk makes SQLite roll back by itself
                self.connection.execute("ROLLBACK TO bundle")
                self.connection.execute("RELEASE bundle")
            raise
        self.connection.execute("RELEASE bundle")

    @contextmanager
    def private_faults(self) -> Iterator[None]:
        """As `faults`, for a private database of the connection: what fails there is its temporary file."""
        try:
            with self.faults():
                yield
        except (DiskFull, StoreReadOnly) as error:
            raise type(error)(temporary_folder(), error.detail) from error

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.faults():
            return self.connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first value of the first row, None if there is no row."""
        with self.faults():
            row = self.connection.execute(sql, values).fetchone()
        return row[0] if row else None

    def state(self, key: str) -> Any:
        """What was remembered under this key, None if nothing."""
        value = self.one("SELECT value FROM geocollab_state WHERE key = ?", (key,))
        return None if value is None else json.loads(value)

    def set_state(self, key: str, value: Any) -> None:
        """Remember a JSON value; inside `atomic()` together with what it speaks of."""
        self.connection.execute(
            "INSERT INTO geocollab_state (key, value) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, json.dumps(value, ensure_ascii=False, sort_keys=True)),
        )

    def tables(self) -> set[str]:
        """Names of all tables."""
        return {row[0] for row in self.all("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def columns(self, table: str) -> list[str]:
        """Column names of a table, in order."""
        return [row[1] for row in self.all(f"PRAGMA table_info({quoted(table)})")]

    # ------------------------------------------------------------------ inside

    def _check_file(self, create: bool) -> None:
        if self.path.is_dir():
            raise NotAStore(self.path, N_("it is a folder"))
        if not self.path.exists():
            if not create:
                raise StoreMissing(self.path)
            if not self.path.parent.is_dir():
                raise FolderMissing(self.path.parent)
            if not os.access(self.path.parent, os.W_OK):
                raise StoreReadOnly(self.path.parent)
            return
        if not os.access(self.path, os.W_OK) or not os.access(self.path.parent, os.W_OK):
            raise StoreReadOnly(self.path)
        with self.path.open("rb") as file:
            beginning = file.read(16)
        if beginning and beginning != b"SQLite format 3\0":
            raise NotAStore(self.path, N_("it is not an SQLite file"))
        if not beginning and not create:
            raise NotAStore(self.path, N_("it is empty"))

    def _prepare(self) -> None:
        self._load_spatialite()
        self.connection.create_function(SQL_FUNCTION, 1, json_value, deterministic=True)
        self.connection.execute(f"PRAGMA busy_timeout = {round(self._wait * 1000)}")  # SpatiaLite sets 5 s of its own

    def _load_spatialite(self) -> None:
        reason = ""
        try:
            self.connection.enable_load_extension(True)
        except (AttributeError, sqlite3.Error) as error:
            raise SpatialiteMissing(self.path, str(error)) from error
        for name in _EXTENSIONS:
            try:
                self.connection.load_extension(name)
                break
            except sqlite3.Error as error:
                reason = str(error)
        else:
            raise SpatialiteMissing(self.path, reason)
        self.connection.enable_load_extension(False)
