"""Rows as they leave: without hidden columns, in another system, as JSON, GeoJSON or CSV (section 2.10)."""

from __future__ import annotations

import csv
import io
import json
import math

from . import crs, wkt
from .catalogue import Table
from .errors import bad
from .filters import Sql
from .state import encode


def box_condition(table: Table, text: str, srid: int | None) -> Sql:
    """The rows whose extent meets `xmin,ymin,xmax,ymax[,CRS]`, in the CRS `srid` unless it names one. Raises 400."""
    if table.geometry is None:
        raise bad("bbox : cette table n'a pas de géométrie")
    numbers, named = text.split(",")[:4], text.split(",")[4:]
    try:
        source = crs.code(named[0]) if named else srid
        box = tuple(map(float, numbers))
        if len(numbers) != 4 or len(named) > 1 or not all(map(math.isfinite, box)):
            raise ValueError("xmin,ymin,xmax,ymax[,CRS] attendu")
        if box[0] > box[2] or box[1] > box[3]:
            raise ValueError("bornes inversées")
        west, south, east, north = crs.change_box(box, source, table.srid)
    except ValueError as error:
        raise bad(f"bbox : {error}") from None
    return "f.x1 <= ? AND f.x2 >= ? AND f.y1 <= ? AND f.y2 >= ?", [east, west, north, south]


def reprojected(table: Table, bodies: list[bytes], srid: int | None, hidden: frozenset[str]) -> list[bytes]:
    """The JSON texts in the wanted system; the stored ones themselves when nothing has to change."""
    convert = crs.change(table.srid, srid) if table.geometry and srid else None
    if convert is None and not hidden:
        return bodies
    changed = []
    for body in bodies:
        row = {name: value for name, value in json.loads(body).items() if name not in hidden}
        if convert and row.get(table.geometry):
            row[table.geometry] = wkt.write(wkt.changed(wkt.read(row[table.geometry]), convert))
        changed.append(encode(row))
    return changed


def array(bodies: list[bytes]) -> bytes:
    return b"[" + b",".join(bodies) + b"]"


def feature_collection(table: Table, bodies: list[bytes], srid: int | None) -> bytes:
    """GeoJSON; a system other than WGS84 is named in the old `crs` member."""
    features = []
    for body in bodies:
        row = json.loads(body)
        text = row.pop(table.geometry, None) if table.geometry else None
        features.append(
            encode(
                {
                    "type": "Feature",
                    "id": f"{table.name}.{row[table.key]}" if table.key else None,
                    "geometry": wkt.geojson(wkt.read(text)) if text else None,
                    "properties": row,
                }
            )
        )
    system = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{srid}"}}
    head = encode({"type": "FeatureCollection", **({"crs": system} if srid not in (None, 4326) else {})})
    return head[:-1] + b',"features":' + array(features) + b"}"


def comma_separated(names: list[str], bodies: list[bytes]) -> bytes:
    """CSV with its header; JSON values as JSON text, nothing for null."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    for body in bodies:
        row = json.loads(body)
        writer.writerow([_cell(row.get(name)) for name in names])
    return text.getvalue().encode()


def _cell(value):
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (bool, dict, list)) else value
