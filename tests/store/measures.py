"""How fast the store of group layers is: functions that print nothing and give seconds, for benchmarks.

python -m geocollab.tests.store.measures [count]      (with build/plugins in PYTHONPATH)
"""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from geocollab.store.database import quoted
from geocollab.store.features import FeatureStage
from geocollab.store.layer import LayerSpec
from geocollab.store.store import Store

COLUMNS = (("cleabs", "String"), *((f"attribut_{at}", "String") for at in range(8)), ("hauteur", "Double"))
PAGE = 10_000
CORNERS = 12


def spec(**other: Any) -> LayerSpec:
    """A layer of polygons in Lambert 93."""
    values = {
        "service": "https://example.org/gcms/api",
        "community": 1,
        "database": 1,
        "database_name": "mesures",
        "table": 1,
        "table_name": "batiment",
        "columns": [*COLUMNS, ("geometrie", "Polygon")],
        "key": "cleabs",
        "geometry": "geometrie",
        "geometry_type": "Polygon",
        "srid": 2154,
        "versioned": True,
    }
    return LayerSpec(**{**values, **other})


def ring(number: int) -> list[tuple[float, float]]:
    x, y = 600_000.0 + number % 1000 * 20, 6_600_000.0 + number // 1000 * 20
    corners = [
        (round(x + 8 * math.cos(at * math.tau / CORNERS), 2), round(y + 8 * math.sin(at * math.tau / CORNERS), 2))
        for at in range(CORNERS)
    ]
    return [*corners, corners[0]]


def rows(count: int, mark: str = "") -> Iterator[list[tuple[Any, ...]]]:
    """Pages of so many rows of `spec()`."""
    for start in range(0, count, PAGE):
        page = []
        for number in range(start, min(start + PAGE, count)):
            corners = ring(number)
            wkb = struct.pack("<BIII", 1, 3, 1, len(corners)) + b"".join(struct.pack("<dd", *at) for at in corners)
            texts = (f"valeur {number % 97}{mark}",) * 8
            page.append((f"BATIMENT{number:016d}", *texts, number / 10, f"{number:032x}{mark}", 1, wkb))
        yield page


def load(path: Path, count: int, mark: str = "") -> float:
    """Seconds to stage `count` polygons that are already in memory, page by page, and to put them into the store."""
    spent = 0.0
    with Store(path) as store:
        layer = store.layers.create(spec())
        with FeatureStage(store, layer) as stage:
            for page in rows(count, mark):
                started = perf_counter()
                stage.add(page)
                spent += perf_counter() - started
            started = perf_counter()
            with store.atomic():
                store.layers.replace(stage, watermark=1)
            spent += perf_counter() - started
    return spent


def write_geojson(path: Path, count: int) -> None:
    """The same features as a local GeoJSON file, for ogr2ogr."""
    names = [name for name, _kind in COLUMNS] + ["gcms_fingerprint", "gcms_numrec"]
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:2154"}},"features":[\n')
        first = True
        for number, page in enumerate(rows(count)):
            for at, row in enumerate(page):
                geometry = {"type": "Polygon", "coordinates": [ring(number * PAGE + at)]}
                feature = {"type": "Feature", "properties": dict(zip(names, row)), "geometry": geometry}
                file.write(("" if first else ",\n") + json.dumps(feature))
                first = False
        file.write("]}")


def ogr2ogr(geojson: Path, target: Path) -> float:
    """Seconds of ogr2ogr writing a GeoJSON file to a SpatiaLite file, with its spatial index."""
    started = perf_counter()
    subprocess.run(
        ["ogr2ogr", "-f", "SQLite", "-dsco", "SPATIALITE=YES", str(target), str(geojson), "-nln", "batiment"],
        check=True,
        capture_output=True,
    )
    return perf_counter() - started


def bulk_update(path: Path, *, tracked: bool) -> float:
    """Seconds of one UPDATE of an attribute of all rows of a loaded store, by another connection.

    Untracked, the table is as SpatiaLite alone makes it.
    """
    with Store(path) as store:
        (layer,) = store.layers.all()
        store.edits.discard(layer)
        table, geometry = quoted(layer.local_table), layer.local_geometry
        ours = store.all(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'geocollab!_%' ESCAPE '!'"
        )
        (time,) = store.all(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'tmu!_%' ESCAPE '!' "
            "AND tbl_name = ?",
            (layer.local_table,),
        )
        if not tracked:
            for name, _sql in [*ours, time]:
                store.connection.execute(f"DROP TRIGGER {quoted(name)}")
            store.connection.execute(time[1].replace(f"UPDATE OF {quoted(geometry)} ON", "UPDATE ON"))
        connection = sqlite3.connect(str(path), isolation_level=None)
        started = perf_counter()
        connection.execute("BEGIN")
        connection.execute(f"UPDATE {table} SET attribut_3 = attribut_3 || 'x'")
        connection.execute("COMMIT")
        spent = perf_counter() - started
        connection.close()
        if not tracked:
            store.connection.execute(f"DROP TRIGGER {quoted(time[0])}")
            for _name, sql in [time, *ours]:
                store.connection.execute(sql)
    return spent


def peak(path: Path, count: int) -> int:
    """Bytes of Python's own memory at its peak while `count` rows are loaded."""
    tracemalloc.start()
    try:
        load(path, count)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main(count: int) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        write_geojson(folder / "in.geojson", count)
        print("ogr2ogr     ", round(ogr2ogr(folder / "in.geojson", folder / "ogr.sqlite"), 2))
        store = folder / "store.sqlite"
        print("load        ", round(load(store, count), 2))
        print("load again  ", round(load(store, count), 2))
        print("all changed ", round(load(store, count, "*"), 2))
        for tracked in (False, True, False, True):
            print("update", "tracked" if tracked else "plain  ", round(bulk_update(store, tracked=tracked), 2))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 200_000)
