"""The store: one SpatiaLite file, made, adopted, migrated, with all that is kept in it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Optional, Union

from ..i18n import N_
from .database import WAIT, Database
from .edits import Edits
from .errors import NotAStore
from .layers import LayerTables
from .migrations import migrate
from .pictures import Pictures
from .publications import Publications
from .reports import ReportTables
from .transactions import Transactions


class Store(Database):
    """An open store. Use it in one thread, as a context manager.

    `path` is the file; with `create` a missing or empty one is made. Raises StoreError.
    """

    @property
    def reports(self) -> ReportTables:
        """Reports, sketches, replies and documents."""
        return ReportTables(self)

    @property
    def layers(self) -> LayerTables:
        """Group layers."""
        return LayerTables(self)

    @property
    def edits(self) -> Edits:
        """Local edits of group layers."""
        return Edits(self)

    @property
    def transactions(self) -> Transactions:
        """What was sent of local edits."""
        return Transactions(self)

    @property
    def pictures(self) -> Pictures:
        """Pictures of the styles of group layers."""
        return Pictures(self)

    @property
    def publications(self) -> Publications:
        """What is published from here, and how far each publication came."""
        return Publications(self)

    def _prepare(self) -> None:
        super()._prepare()
        tables = self.tables()
        if not tables:
            # without its list of 6 000 reference systems: AddGeometryColumn adds those in use
            with self.atomic() as connection:
                connection.execute("SELECT InitSpatialMetaData(0, 'NONE')")
        elif not {"geometry_columns", "spatial_ref_sys"} <= tables:
            raise NotAStore(self.path, N_("it has no spatial tables"))
        migrate(self)
        # readers never wait for a writer in this mode; some network drives cannot, and keep the usual one, as does a
        # file that somebody is reading just now
        with suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        # after a big download the -wal file would stay as big for as long as QGIS shows a layer of the store
        self.connection.execute("PRAGMA journal_size_limit = 16000000")


def existing(path: Union[Path, str], *, wait: Optional[float] = None) -> Store:
    """The store in a file that must be there."""
    return Store(path, create=False, wait=WAIT if wait is None else wait)
