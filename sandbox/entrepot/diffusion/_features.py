"""Features as GeoServer writes them, from those of MapServer: dates that are dates, no value where there is none, ids.

MapServer does not tell an empty text from no value: both are none here.
"""

from __future__ import annotations

import json
import re

from starlette.responses import Response

from ...wire import json_answer
from ._tables import Table

_EMPTY = re.compile(rb"\s*<([\w.:-]+)></\1>")
_INSTANT = re.compile(rb'<([\w.:-]+) gml:id="[^"]*"><gml:timePosition>([^<]*)</gml:timePosition></\1>')
_PLAIN_SYSTEM = re.compile(rb'srsName="EPSG:([0-9]+)"')
_DATES = {"Date": "date", "DateTime": "dateTime"}


def gml(answer: Response, version: str) -> Response:
    """Features in GML. The axes of MapServer are those of the system, and 1.1.0 says so by a URN only."""
    body = _INSTANT.sub(rb"<\1>\2</\1>", _EMPTY.sub(b"", answer.body))
    answer.body = _PLAIN_SYSTEM.sub(rb'srsName="urn:ogc:def:crs:EPSG::\1"', body) if version == "1.1.0" else body
    return answer


def schema(answer: Response, tables: list[Table]) -> Response:
    """The description of types, with the types of dates."""
    for column, type_ in (item for table in tables for item in table.columns.items()):
        if type_ in _DATES:
            name = re.escape(column).encode()
            pattern = rb'(<element name="' + name + rb'" [^>]*type=")[^"]*'
            answer.body = re.sub(pattern, rb"\g<1>" + _DATES[type_].encode(), answer.body)
    return answer


def geojson(answer: Response, name: str, table: Table, shown: bool) -> Response:
    """Features in GeoJSON: `name.key` as identifier; `shown`: the key is also a property."""
    if not answer.headers["content-type"].startswith("application/json"):
        return answer
    found = json.loads(answer.body)
    for feature in found["features"]:
        values = feature["properties"]
        feature.update(
            id=f"{name}.{values.get(table.identifier)}", geometry=_whole(feature["geometry"], table),
            geometry_name=table.geometry,
            properties={c: _value(values.get(c), t) for c, t in {**_key(table, shown), **table.columns}.items()},
        )  # fmt: skip
    system = found.get("crs") or {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}}
    return json_answer(
        {
            "type": "FeatureCollection", "features": found["features"], "totalFeatures": found["numberMatched"],
            "numberMatched": found["numberMatched"], "numberReturned": len(found["features"]), "crs": system,
        }
    )  # fmt: skip


def _whole(geometry: dict | None, table: Table) -> dict | None:
    """As a multiple geometry where the column holds such: MapServer writes those of one part as simple ones."""
    if geometry is None or not table.kind.startswith("multi") or geometry["type"].startswith("Multi"):
        return geometry
    return {"type": f"Multi{geometry['type']}", "coordinates": [geometry["coordinates"]]}


def _key(table: Table, shown: bool) -> dict[str, str]:
    return {table.key: "Integer"} if shown and table.key else {}


def _value(value, type_: str):
    if value in (None, ""):
        return None
    return bool(value) if type_ == "Boolean" else value
