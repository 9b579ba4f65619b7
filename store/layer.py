"""What a group layer is: as the server describes it, and as the store keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from .database import quoted
from .tracking import ADDED, ROW

SQL_TYPES = {
    "Boolean": "BOOLEAN",
    "Integer": "INTEGER",
    "Double": "DOUBLE",
    "Date": "DATE",
    "DateTime": "TIMESTAMP",
}
"""Types by which QGIS knows what a column holds; every other type of the contract (2.7), known or not, is text."""

FINGERPRINT, NUMREC = "gcms_fingerprint", "gcms_numrec"
HISTORY = {FINGERPRINT: "String", NUMREC: "Integer"}
"""Columns of every historised table, whether its description names them or not; nobody edits them."""


@dataclass(frozen=True)
class Column:
    """A column on the server, and here: its name (not always the same), type and SQL type.

    `hidden` ones are of the history; those `gone` are no longer on the server, but their values are kept.
    """

    name: str
    local: str
    type: str
    sql: str
    hidden: bool = False
    gone: bool = False


@dataclass(frozen=True)
class LayerSpec:
    """A layer as the server describes it. Its identity is `service` (the API's root), `database` and `table` (ids).

    `columns` are names and types of the contract, 2.7. `key` and `geometry` are column names, "" if there is none.
    `srid` is an EPSG code. `destroyed` is the column that marks destroyed rows, "" if there is none. `description` and
    `zone` are JSON values that are kept as they are.
    """

    service: str
    community: int
    database: int
    database_name: str
    table: int
    table_name: str
    columns: Sequence[tuple[str, str]]
    key: str = ""
    geometry: str = ""
    geometry_type: str = "Geometry"
    srid: int = 4326
    is3d: bool = False
    versioned: bool = False
    destroyed: str = ""
    description: Any = None
    zone: Any = None


@dataclass(frozen=True)
class Layer:
    """A layer in the store. `watermark` is the numrec up to which it is complete, `loaded` when that was (ISO, UTC);
    both are None before the first load, and after the server changed its columns.
    """

    id: int
    service: str
    community: int
    database: int
    database_name: str
    table: int
    table_name: str
    local_table: str
    key: str
    geometry: str
    geometry_type: str
    srid: int
    is3d: bool
    versioned: bool
    destroyed: str
    watermark: Optional[int]
    loaded: Optional[str]
    zone: Any
    columns: tuple[Column, ...]
    description: Any

    @property
    def live(self) -> tuple[Column, ...]:
        """The columns that the server has."""
        return tuple(column for column in self.columns if not column.gone)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names there: the order of values in a row."""
        return tuple(column.name for column in self.live)

    @property
    def local_key(self) -> str:
        """Name of the key in the local table, "" if there is none."""
        return self._local(self.key)

    @property
    def local_geometry(self) -> str:
        """Name of the geometry in the local table, "" if there is none."""
        return self._local(self.geometry)

    def _local(self, name: str) -> str:
        return next(column.local for column in self.columns if column.name == name) if name else ""


def columns_of(spec: LayerSpec, known: Sequence[Column]) -> tuple[Column, ...]:
    """The columns of a table: those it had keep their local name, those no longer on the server stay, as gone."""
    wanted = dict(spec.columns)
    for name in (spec.key, spec.geometry):
        if name:
            wanted.setdefault(name, "String")
    if spec.versioned:
        for name, kind in HISTORY.items():
            wanted.setdefault(name, kind)
    if spec.geometry:
        wanted[spec.geometry] = wanted.pop(spec.geometry)  # last
    before = {column.name: column for column in known}
    # `rowid` is what SpatiaLite's triggers call the id
    taken = {ROW, ADDED, "rowid", *(column.local.casefold() for column in known)}
    columns = []
    for name, kind in wanted.items():
        local = before[name].local if name in before else _free_column(name, taken, plain=name == spec.geometry)
        sql = "" if name == spec.geometry else SQL_TYPES.get(kind, "TEXT")
        columns.append(Column(name, local, kind, sql, hidden=spec.versioned and name in HISTORY))
    gone = [replace(column, gone=True, sql=column.sql or "BLOB") for column in known if column.name not in wanted]
    at = len(columns) - 1 if spec.geometry else len(columns)
    return (*columns[:at], *gone, *columns[at:])


def defined(layer: Layer, *, geometry: str = "") -> str:
    """The columns of its table in SQL; SpatiaLite adds the geometry itself, with its type as `geometry`."""
    kinds = ((column.local, column.sql or geometry) for column in layer.columns)
    # AUTOINCREMENT: the id of a deleted row must never be that of another one, which would look like its return
    identity = f"{ROW} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"
    return ", ".join([identity, *(f"{quoted(name)} {kind}" for name, kind in kinds if kind)])


def _free_column(name: str, taken: set[str], *, plain: bool) -> str:
    """A name that no other column has, but for case; `plain` ones are a geometry's, which SpatiaLite wants unquoted."""
    wanted = (unquoted(name) if plain else _sound(name)) or "column"
    number, free = 1, wanted
    while free.casefold() in taken:
        number += 1
        free = f"{wanted}_{number}"
    taken.add(free.casefold())
    return free


def _sound(name: str) -> str:
    return name.replace("\0", "").encode(errors="replace").decode()


def unquoted(name: str) -> str:
    """A name without quotation marks, which SpatiaLite does not take in names of tables and geometries."""
    return _sound(name).replace("'", "_").replace('"', "_")
