"""What can go wrong with the store. Each error knows the file; no text for people is made here."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Optional, Union


class StoreError(Exception):
    """A fault of the store `path`; `detail` is SQLite's or the system's own text."""

    def __init__(self, path: Union[Path, str], detail: str = "") -> None:
        self.path = Path(path)
        self.detail = detail
        super().__init__(f"{type(self).__name__}: {path}" + (f": {detail}" if detail else ""))


class StoreMissing(StoreError):
    """There is no such file."""


class FolderMissing(StoreMissing):
    """There is no such folder to make a store in."""


class NotAStore(StoreError):
    """The file is something else: not SQLite, or SQLite without spatial tables."""


class NewerStore(StoreError):
    """Made by a later version; `detail` names the migration that this version does not know."""


class StoreLocked(StoreError):
    """Another program is writing and did not end in time."""


class StoreBusy(StoreError):
    """Another run is sending from this store."""


class StoreReadOnly(StoreError):
    """The file, or its folder, may not be written."""


class DiskFull(StoreError):
    """No room is left on the disk of the store, or on that of temporary files."""


class StoreDamaged(StoreError):
    """SQLite finds the file corrupt, or the disk fails."""


class SpatialiteMissing(StoreError):
    """The SpatiaLite extension cannot be loaded into Python's sqlite3."""


class UnknownSrid(StoreError):
    """SpatiaLite knows no reference system of the number `detail`."""


class LayerChanged(StoreError):
    """The server changed the key or the geometry of the table `detail`, of which edits are pending."""


def store_error(path: Union[Path, str], error: Exception) -> Optional[StoreError]:
    """The store error that an SQLite or system error stands for; None if it is a fault of the program."""
    import sqlite3  # QGIS loads this module when it starts, and needs no SQLite of Python's for it

    text = str(error)
    lower = text.lower()
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return DiskFull(path, text)
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return StoreReadOnly(path, text)
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return StoreMissing(path, text)
        return StoreDamaged(path, text)
    if not isinstance(error, sqlite3.Error):
        return None
    if "locked" in lower or "busy" in lower:
        return StoreLocked(path, text)
    if "readonly" in lower or "read-only" in lower or "unable to open" in lower:
        return StoreReadOnly(path, text)
    # the last two: a trigger met the full disk and kept it to itself, while SQLite gave up the whole transaction
    if "full" in lower or "no such savepoint" in lower or "no transaction is active" in lower:
        return DiskFull(path, text)
    if "not a database" in lower or "encrypted" in lower:
        return NotAStore(path, text)
    if "malformed" in lower or "disk i/o" in lower or "corrupt" in lower:
        return StoreDamaged(path, text)
    return None
