"""What a configuration is made of, for each type of service (contract 3.12): JSON Schemas."""

from __future__ import annotations

from .wire import ANY_TEXT, FLAG, ID, OBJECT, TEXT, TEXTS, record
from .words import INTERPOLATIONS, METADATA_LINK_TYPES, SERVICE_TYPES

_NUMBER, _INTEGER = {"type": "number"}, {"type": "integer"}
_URL = {"type": "string", "pattern": "^https?://"}
_LEVEL = {"type": "string", "minLength": 1}
_LANGUAGES = {
    "type": "object", "minProperties": 1, "propertyNames": {"pattern": "^[a-z]{2}$"}, "additionalProperties": TEXT,
}  # fmt: skip
_BBOX = record(
    ("west", "south", "east", "north"),
    west={"type": "number", "minimum": -180, "maximum": 180}, east={"type": "number", "minimum": -180, "maximum": 180},
    south={"type": "number", "minimum": -90, "maximum": 90}, north={"type": "number", "minimum": -90, "maximum": 90},
)  # fmt: skip
_ABOUT = {"title": TEXT, "abstract": TEXT, "keywords": TEXTS, "bbox": _BBOX}
_SUB_NAME = {"type": "string", "pattern": r"^[A-Za-z0-9_\-.]+$"}


def _list(item: dict) -> dict:
    return {"type": "array", "items": item, "minItems": 1}


def _used(required: tuple[str, ...] = (), **members: dict) -> dict:
    return _list(record(("stored_data", *required), stored_data=ID, **members))


_WFS_RELATION = record(
    ("native_name", "title", "abstract"), native_name=TEXT, public_name=TEXT, title=TEXT, abstract=TEXT, keywords=TEXTS
)
_TILE_RELATION = record(("native_name", "abstract"), native_name=TEXT, public_name=TEXT, abstract=TEXT)
_MAP_RELATION = record(("name", "style"), name=TEXT, style=ID, ftl=ID)
_LEVELS = _used(("bottom_level", "top_level"), bottom_level=_LEVEL, top_level=_LEVEL)
_INFO = {"oneOf": [record(("stored_data",), stored_data=FLAG), record(("server_url",), server_url=_URL)]}
_TILES = {
    **_ABOUT,
    "styles": {"type": "array", "items": ID, "uniqueItems": True},
    "used_data": _LEVELS,
    "getfeatureinfo": _INFO,
}
_CODES = {
    "type": "object", "minProperties": 1, "propertyNames": {"pattern": "^[0-9]+$"}, "additionalProperties": TEXT,
}  # fmt: skip
_MEASURE = {
    "oneOf": [
        record(("value",), value=TEXT),
        record(("mapping", "stored_data"), stored_data=ID, mapping=_CODES),
    ]
}
_ROUTE_ATTRIBUTE = record(
    ("native_name", "public_name"), table_name=TEXT, native_name=TEXT, public_name=TEXT, default=FLAG
)
_LIMITS = record(
    steps={**_INTEGER, "maximum": 25}, constraints={**_INTEGER, "maximum": 6}, duration={**_INTEGER, "maximum": 86_400},
    distance={**_INTEGER, "maximum": 2_000_000},
)  # fmt: skip

TYPE_INFOS = {
    "WFS": record(
        ("used_data",), bbox=_BBOX,
        used_data=_used(("relations",), expose_primary_key=FLAG, relations=_list(_WFS_RELATION)),
    ),
    "WMS-VECTOR": record(
        ("title", "abstract", "used_data"), **_ABOUT, used_data=_used(("relations",), relations=_list(_MAP_RELATION))
    ),
    "WMTS-TMS": record(("title", "abstract", "used_data"), **_TILES),
    "WMS-RASTER": record(
        ("title", "abstract", "used_data"), **_TILES, interpolation={"enum": list(INTERPOLATIONS)},
        bottom_resolution=_NUMBER, top_resolution=_NUMBER,
    ),
    "VECTOR-TMS": record(("used_data",), used_data=_used(("relations",), relations=_list(_TILE_RELATION))),
    "DOWNLOAD": record(
        ("title", "abstract", "used_data"), title=_LANGUAGES, abstract=_LANGUAGES, keywords=TEXTS,
        product_identifier=TEXT, namespace=TEXT, rights=ANY_TEXT,
        used_data=_used(
            ("sub_name",), sub_name=_SUB_NAME, title=_LANGUAGES, abstract=_LANGUAGES, keywords=TEXTS, format=TEXT,
            zone=TEXT, resolution=TEXT, rights=ANY_TEXT, thematic=TEXT,
        ),
    ),
    "ALTIMETRY": record(
        ("title", "abstract", "used_data"), **_ABOUT,
        used_data=_used(("title", "source", "accuracy"), title=TEXT, bbox=_BBOX, source=_MEASURE, accuracy=_MEASURE),
    ),
    "SEARCH": record(("title", "abstract", "used_data"), title=TEXT, abstract=TEXT, keywords=TEXTS, used_data=_used()),
    "ITINERARY-ISOCURVE": record(
        ("title", "abstract", "used_data"), **_ABOUT, srss=TEXTS, constraints=OBJECT, limits=_LIMITS,
        used_data=_used(
            ("profile", "optimization"), profile=TEXT, optimization=TEXT, cost_type={"enum": ["time", "distance"]},
            costing={"enum": ["auto", "auto_shorter", "pedestrian"]}, cost_column=TEXT, reverse_cost_column=TEXT,
            attributes={"type": "array", "items": _ROUTE_ATTRIBUTE},
        ),
    ),
}  # fmt: skip

_LOGO = record(("format", "url", "width", "height"), format=TEXT, url=_URL, width=_INTEGER, height=_INTEGER)
_ATTRIBUTION = record(("title", "url"), title=TEXT, url=_URL, logo=_LOGO)
_LINK = record(
    ("format", "url", "type"), format={"type": "string", "pattern": "^[a-z]+/[A-Za-z0-9.+-]+$"}, url=_URL,
    type={"enum": list(METADATA_LINK_TYPES)},
)  # fmt: skip
_SHARED = {
    "type": {"enum": list(SERVICE_TYPES)},
    "name": TEXT,
    "type_infos": OBJECT,
    "attribution": _ATTRIBUTION,
    "metadata": {"type": "array", "items": _LINK},
}

CREATION = record(
    ("type", "name", "layer_name", "type_infos"),
    layer_name={"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_\-.]*$"},
    **_SHARED,
)
REPLACEMENT = record(("type", "name", "type_infos"), **_SHARED)
CHANGE = record(name=TEXT, extra=OBJECT)
