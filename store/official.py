"""What the official plugin loaded into a file (contract 3.4): recognised, so that it can be loaded again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from .database import Database, quoted


@dataclass(frozen=True)
class OfficialLayer:
    """A group layer that the official plugin loaded (contract 3.4); it knows it by its name alone."""

    name: str
    database: Optional[int]
    database_name: str
    table: Optional[int]
    key: str
    geometry: str
    geometry_type: str
    srid: Optional[int]
    is3d: bool
    versioned: bool
    watermark: Optional[int]
    rows: Optional[int]
    """How many are in its table; None if there is no such table."""


def official_layers(store: Database) -> list[OfficialLayer]:
    """What the official plugin loaded into this file, to be loaded again; its tables stay as they are."""
    tables = {name.casefold(): name for name in store.tables()}
    if "tableoftables" not in tables:
        return []
    columns = [name.casefold() for name in store.columns(tables["tableoftables"])]
    found = []
    for values in store.all(f"SELECT * FROM {quoted(tables['tableoftables'])}"):  # nosec B608 - name is quoted
        row = dict(zip(columns, values))
        name = str(row.get("layer") or "")
        table = tables.get(name.casefold())
        found.append(
            OfficialLayer(
                name=name,
                database=_whole(row.get("databaseid")),
                database_name=str(row.get("database") or ""),
                table=_whole(row.get("tableid")),
                key=str(row.get("idname") or ""),
                geometry=str(row.get("geometryname") or ""),
                geometry_type=str(row.get("geometrytype") or ""),
                srid=_whole(row.get("srid")),
                is3d=bool(_whole(row.get("geometrydimension"))),
                versioned=_whole(row.get("standard")) == 0,
                watermark=_whole(row.get("numrec")),
                rows=None if table is None else store.one(f"SELECT count(*) FROM {quoted(table)}"),  # nosec B608
            )
        )
    return found


def _whole(value: Any) -> Optional[int]:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
