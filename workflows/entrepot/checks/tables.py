"""What is known of the data that is delivered: tables, columns, a sample, and a digest of the content alone."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Optional

from ....store.database import quoted
from ..names import GEOMETRY, KEY

SAMPLE = 20
"""Rows of a table that are kept to read the service back with."""
EVERY = 2000
"""Rows between two looks at whether to stop."""
_ALL = 1 << 128
_ENVELOPES = (0, 32, 48, 48, 64)
"""Bytes of the envelope in the head of a geometry of a GeoPackage, by its kind."""

_COUNTERS = (24, 92)
"""Where in the head of an SQLite file it is counted how often it was written; both must say the same."""

Box = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its name there, its type as the GeoPackage says it, what it was called in the layer."""

    name: str
    type: str
    source: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a sample: its values by column, dates as ISO 8601 text; its geometry as WKB in the CRS of the table."""

    values: dict[str, Any]
    wkb: Optional[bytes] = None


@dataclass(frozen=True)
class Contact:
    """Somebody who answers for the data."""

    name: str = ""
    organisation: str = ""
    position: str = ""
    email: str = ""
    voice: str = ""
    role: str = ""


@dataclass(frozen=True)
class About:
    """What the metadata of a layer says."""

    identifier: str = ""
    language: str = ""
    licences: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    categories: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """Name and URL."""


@dataclass(frozen=True)
class Table:
    """One table of the GeoPackage that is delivered, `source` being the layer that it was made of.

    `geometry` is its type in capitals (`MULTIPOLYGON Z`), `GEOMETRY` where kinds are mixed, "" without one. `extent`
    is in WGS84. `digest` depends on columns, rows and CRS alone, not on the order of the rows or the bytes of the file.
    `sld` and `qml` are what QGIS says of the look. `remarks` are sentences on what could not be kept; `unplaced` counts
    the geometries that have no place in the CRS, `repaired` those that were invalid and were made valid.
    """

    name: str
    title: str = ""
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    fields: tuple[Column, ...] = ()
    geometry: str = ""
    count: int = 0
    extent: Optional[Box] = None
    sample: tuple[Row, ...] = ()
    digest: str = ""
    sld: Optional[str] = None
    qml: Optional[str] = None
    source: str = ""
    about: About = field(default_factory=About)
    remarks: tuple[str, ...] = ()
    unplaced: int = 0
    repaired: int = 0

    @property
    def columns(self) -> list[str]:
        """The names of the columns, the key and the geometry left out."""
        return [column.name for column in self.fields]

    @property
    def renamed(self) -> str:
        """`old → new` for the table and its columns that are called otherwise than in the layer, "" for none."""
        pairs = [(self.source, self.name), *((column.source, column.name) for column in self.fields)]
        return ", ".join(f"{old} → {new}" for old, new in pairs if old and old != new)


@dataclass(frozen=True)
class Exported:
    """One GeoPackage with all that is to be delivered; `srs` as `EPSG:2154`, `digest` that of all tables."""

    file: Path
    srs: str
    tables: tuple[Table, ...]
    digest: str


@dataclass(frozen=True)
class Content:
    """What was read in a table."""

    count: int
    sample: tuple[Row, ...]
    digest: str


def read_content(
    file: Path,
    table: str,
    columns: Sequence[Column],
    geometry: str,
    srs: str,
    step: Callable[[int], None] = lambda rows: None,
) -> Content:
    """Count, sample and digest of a table of a GeoPackage, read once and row by row.

    `geometry` is its type, "" for none; `step` is told of the rows read and may raise to stop.
    """
    with closing(_opened(file)) as database:
        (count,) = database.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()  # nosec B608
        wanted, total, sample = _spread(count), 0, []
        for number, values, wkb in _rows(database, table, columns, bool(geometry)):
            # repr of numbers and texts is the same everywhere, and tells 1 from '1'
            row = blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16)
            row.update(wkb or b"")
            total = (total + int.from_bytes(row.digest(), "big")) % _ALL
            if number in wanted:
                sample.append(_sampled(columns, values, wkb))
            if number % EVERY == 0:
                step(number)
    schema = repr((sorted((column.name, column.type) for column in columns), geometry, srs, count))
    digest = blake2b(f"{schema} {total:032x}".encode(), digest_size=16).hexdigest()
    return Content(count, tuple(sample), digest)


def digest_of(tables: Iterable[Table], srs: str) -> str:
    """The digest of several tables together, in whatever order."""
    told = repr((srs, sorted((table.name, table.digest) for table in tables)))
    return blake2b(told.encode(), digest_size=16).hexdigest()


def columns_of(file: Path, table: str) -> list[tuple[str, str]]:
    """(name, type) of the columns of a table of a GeoPackage, its key and its geometry too."""
    with closing(_opened(file)) as database:
        return [(row[1], row[2].upper()) for row in database.execute(f"PRAGMA table_info({quoted(table)})")]


def box_of(file: Path, table: str) -> Optional[Box]:
    """What the objects of a table cover, in its own CRS; None for nothing."""
    with closing(_opened(file)) as database:
        box = database.execute(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", (table,)
        ).fetchone()
    return None if box is None or None in box else box


def empty_is_null(file: Path, table: str) -> None:
    """QGIS writes no geometry as an empty one; the table then has NULL for both."""
    with closing(sqlite3.connect(file)) as database, database:
        column = quoted(GEOMETRY)
        # the flag of emptiness in the head, little and big endian
        database.execute(
            f"UPDATE {quoted(table)} SET {column} = NULL WHERE substr({column}, 4, 1) IN (x'11', x'10')"  # nosec B608
        )


def make_timeless(file: Path) -> None:
    """Let a GeoPackage not say when it was written: the same content is the same file then, and need not be resent."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE gpkg_contents SET last_change = '2000-01-01T00:00:00.000Z'")
    with file.open("r+b") as stream:
        for at in _COUNTERS:
            stream.seek(at)
            stream.write((1).to_bytes(4, "big"))


def wkb_of(blob: Optional[bytes]) -> Optional[bytes]:
    """The WKB in a geometry of a GeoPackage; None for none."""
    if blob is None or blob[:2] != b"GP":
        return None
    return blob[8 + _ENVELOPES[min(blob[3] >> 1 & 7, 4)] :]


def geometry_type(wkb: bytes) -> int:
    """The number of the ISO type of a WKB, the 25D numbers of old writers as ISO."""
    (number,) = struct.unpack_from("<I" if wkb[0] else ">I", wkb, 1)
    return int(number & 0xFFFF) + (1000 if number & 0x80000000 else 0)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _rows(
    database: sqlite3.Connection, table: str, columns: Sequence[Column], shaped: bool
) -> Iterator[tuple[int, tuple[Any, ...], Optional[bytes]]]:
    names = sorted(column.name for column in columns)
    read = [*map(quoted, names), quoted(GEOMETRY) if shaped else "NULL"]
    rows = database.execute(f"SELECT {', '.join(read)} FROM {quoted(table)} ORDER BY {quoted(KEY)}")  # nosec B608
    for number, row in enumerate(rows, 1):
        yield number, row[:-1], wkb_of(row[-1])


def _spread(count: int) -> frozenset[int]:
    """The numbers of the rows of a sample, from the first to the last."""
    if count <= SAMPLE:
        return frozenset(range(1, count + 1))
    return frozenset(1 + round(at * (count - 1) / (SAMPLE - 1)) for at in range(SAMPLE))


def _sampled(columns: Sequence[Column], values: tuple[Any, ...], wkb: Optional[bytes]) -> Row:
    kinds = {column.name: column.type for column in columns}
    found = {
        name: bool(value) if kinds[name] == "BOOLEAN" and value is not None else value
        for name, value in zip(sorted(kinds), values)
    }
    return Row({column.name: found[column.name] for column in columns}, wkb)
