"""What a table of a published database is: its key, its columns, its geometry. A GeoPackage holds it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from ._mapfile import quoted

_TYPES = {
    "BOOLEAN": "Boolean", "TINYINT": "Integer", "SMALLINT": "Integer", "MEDIUMINT": "Integer", "INT": "Long",
    "INTEGER": "Long", "FLOAT": "Real", "DOUBLE": "Real", "REAL": "Real", "DATE": "Date", "DATETIME": "DateTime",
}  # fmt: skip
_SHAPES = ("POINT", "LINE", "POLYGON")
_BY_NUMBER = {1: "point", 2: "line", 3: "polygon", 4: "multipoint", 5: "multiline", 6: "multipolygon"}
_ROW = "rowid_"  # the key of a view, which has none


class Table(NamedTuple):
    """`columns`: GML types by name, key and geometry left out. `geometry`: the column, None without one.

    `kind` is its type for MapServer (`multiline`), `system` is `EPSG:2154`, `extent` is in that system.
    """

    file: Path
    name: str
    key: str | None
    columns: dict[str, str]
    geometry: str | None
    kind: str
    system: str
    extent: tuple[float, float, float, float] | None

    @property
    def shape(self) -> str:
        return next((shape for shape in _SHAPES if shape in self.kind.upper()), "POINT")

    @property
    def identifier(self) -> str:
        """The column whose value follows the name in the identifier of a feature."""
        return self.key or _ROW

    def source(self, where: str = "") -> list[str]:
        """Where MapServer finds the rows; the key is a column like the others, which GDAL would hide.

        `where` is a condition in SQL.
        """
        # GDAL takes a column named as the key of the table below for one, and hides it: not what is computed
        key = f"CAST({_name(self.key)} AS INTEGER)" if self.key else "row_number() OVER ()"
        columns = [_name(name) if self.key else f"+{_name(name)} AS {_name(name)}" for name in self.columns]
        geometry = [_name(self.geometry)] if self.geometry else []
        selection = ", ".join([f"{key} AS {_name(self.identifier)}", *columns, *geometry])
        condition = f" WHERE {where}" if where else ""
        return ["CONNECTIONTYPE OGR", f"CONNECTION {quoted(self.file)}",
                f"DATA {quoted(f'SELECT {selection} FROM {_name(self.name)}{condition}')}"]  # fmt: skip


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def read(file: Path, name: str) -> Table | None:
    """The table, or view, of this name; None when the database has none."""
    if not file.exists():
        return None
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as db:
        columns = db.execute("SELECT name, type, pk FROM pragma_table_info(?)", (name,)).fetchall()
        if not columns:
            return None
        place = _geometry(db, name)
        geometry = place[0] if place else None
        keys = [column for column, _, is_key in columns if is_key]
        kept = {c: _TYPES.get(re.split(r"\W", t.upper())[0], "Character")
                for c, t, _ in columns if c not in (*keys, geometry) and t.upper() != "BLOB"}  # fmt: skip
        kind = _kind(db, name, place) if place else ""
        box = db.execute(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE lower(table_name) = lower(?)", (name,)
        )
        extent = box.fetchone()
    return Table(file, name, keys[0] if len(keys) == 1 else None, kept, geometry, kind, place[2] if place else "",
                 extent if extent and None not in extent else None)  # fmt: skip


def _geometry(db: sqlite3.Connection, name: str) -> tuple[str, str, str] | None:
    """Its column, type and system."""
    return db.execute(
        "SELECT column_name, geometry_type_name, s.organization || ':' || s.organization_coordsys_id "
        "FROM gpkg_geometry_columns g JOIN gpkg_spatial_ref_sys s USING (srs_id) WHERE lower(table_name) = lower(?)",
        (name,),
    ).fetchone()


def _kind(db: sqlite3.Connection, name: str, place: tuple[str, str, str]) -> str:
    """The type of the geometries; of a column for any type, that of the first one."""
    if any(shape in place[1].upper() for shape in _SHAPES):
        return place[1].lower().replace("string", "")
    sql = f"SELECT {_name(place[0])} FROM {_name(name)} WHERE {_name(place[0])} IS NOT NULL LIMIT 1"
    row = db.execute(sql).fetchone()
    return _BY_NUMBER.get(_number(row[0]), "point") if row else "point"


def _number(blob: bytes) -> int:
    """The type of a geometry of a GeoPackage: its WKB comes after a header that may hold an envelope."""
    start = 8 + (0, 32, 48, 48, 64)[(blob[3] >> 1) & 7]
    return int.from_bytes(blob[start + 1 : start + 5], "little" if blob[start] else "big") % 1000
