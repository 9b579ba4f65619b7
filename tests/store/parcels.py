"""A layer of the server, for tests: `parcelle`, historised, with columns of every kind."""

from __future__ import annotations

import struct
from typing import Any, Optional

from geocollab.store.database import quoted
from geocollab.store.features import FeatureStage
from geocollab.store.layer import Layer, LayerSpec
from geocollab.store.layers import Changes
from geocollab.store.store import Store

COLUMNS = (
    ("cleabs", "String"),
    ("nom usuel", "String"),
    ("Étage", "Integer"),
    ("étage", "Integer"),
    ('dit "le grand"', "String"),
    ("surface", "Double"),
    ("vérifié", "Boolean"),
    ("vu le", "DateTime"),
    ("créé", "Date"),
    ("année", "Year"),
    ("suivi", "JsonValue"),
    ("detruit", "Boolean"),
    ("geom", "Point"),
)


def spec(**other: Any) -> LayerSpec:
    values: dict[str, Any] = {
        "service": "https://example.org/gcms/api",
        "community": 375,
        "database": 9,
        "database_name": "demo",
        "table": 1734,
        "table_name": "parcelle",
        "columns": COLUMNS,
        "key": "cleabs",
        "geometry": "geom",
        "geometry_type": "Point",
        "srid": 2154,
        "versioned": True,
        "destroyed": "detruit",
        "description": {"title": "Parcelles"},
    }
    return LayerSpec(**{**values, **other})


def point(x: float, y: float, z: Optional[float] = None) -> bytes:
    return struct.pack("<BIdd", 1, 1, x, y) if z is None else struct.pack("<BIddd", 1, 1001, x, y, z)


def row(layer: Layer, key: Any, /, **values: Any) -> tuple[Any, ...]:
    """A row of the server; columns not named are NULL, the fingerprint says what the row is."""
    known = {layer.key: key, layer.geometry: point(1, 2, 3 if layer.is3d else None), **values}
    if layer.versioned:
        known.setdefault("gcms_fingerprint", repr(sorted((name, value) for name, value in known.items())))
        known.setdefault("gcms_numrec", 1)
    unknown = known.keys() - set(layer.names) - {""}
    assert not unknown, unknown
    return tuple(known.get(name) for name in layer.names)


def load(store: Store, layer: Layer, *rows: tuple[Any, ...], **how: Any) -> Changes:
    with FeatureStage(store, layer) as stage:
        stage.add(rows)
        with store.atomic():
            return store.layers.replace(stage, **how)


def update(store: Store, layer: Layer, *rows: tuple[Any, ...], gone: tuple[Any, ...] = (), **how: Any) -> Changes:
    with FeatureStage(store, layer) as stage:
        stage.add(rows)
        stage.remove(gone)
        with store.atomic():
            return store.layers.update(stage, **how)


def ids(store: Store, layer: Layer) -> dict[Any, int]:
    """Row ids by key."""
    return dict(store.all(f"SELECT {quoted(layer.local_key)}, geocollab_id FROM {quoted(layer.local_table)}"))


def column(store: Store, layer: Layer, name: str) -> dict[Any, Any]:
    """Values of a column by key."""
    local = next(column.local for column in layer.columns if column.name == name)
    return dict(store.all(f"SELECT {quoted(layer.local_key)}, {quoted(local)} FROM {quoted(layer.local_table)}"))
