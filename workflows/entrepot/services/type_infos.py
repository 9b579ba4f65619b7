"""`type_infos` of configurations (contract 3.12): as wished, laid over what is there, held against the data.

A wish says only what was given. `merged` lays it over the configuration that is there, `completed` fills in what the
API needs and nobody said, `problems` are sentences on what the server would refuse.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Optional

from ....client import reading
from ....client.entrepot.stored_data import GENERATED, Relation, StoredData
from ....i18n import _

Infos = dict[str, Any]

VECTOR_DB, ARCHIVE = "VECTOR-DB", "ARCHIVE"
RASTER_PYRAMID = "ROK4-PYRAMID-RASTER"
DATA_TYPES: dict[str, tuple[str, ...]] = {
    "WFS": (VECTOR_DB,),
    "WMS-VECTOR": (VECTOR_DB,),
    "VECTOR-TMS": (VECTOR_DB,),
    "WMTS-TMS": (RASTER_PYRAMID, "ROK4-PYRAMID-VECTOR"),
    "WMS-RASTER": (RASTER_PYRAMID,),
    "DOWNLOAD": (ARCHIVE,),
    "ALTIMETRY": (RASTER_PYRAMID,),
}
INTERPOLATIONS = ("NEAREST-NEIGHBOUR", "LINEAR", "BICUBIC", "LANCZOS2", "LANCZOS3", "LANCZOS4")
_TABLE_NAME = {"WFS": "native_name", "VECTOR-TMS": "native_name", "WMS-VECTOR": "name"}
"""How each type calls a table in its relations."""
_LEVELS = ("WMTS-TMS", "WMS-RASTER")
_SUB_NAME = re.compile(r"[A-Za-z0-9_\-.]+")
_KINDS_OF_GEOMETRY = re.compile(r"(MULTI)?(POINT|LINESTRING|POLYGON|CURVE|SURFACE)", re.IGNORECASE)
_KEYS = ("sub_name", "native_name", "name")
"""By what the entries of a list are known again."""


class Feature(NamedTuple):
    """A table as a service shows it; "" and () where nothing was said. `public_name` is what the service calls it."""

    table: str
    public_name: str = ""
    title: str = ""
    abstract: str = ""
    keywords: tuple[str, ...] = ()


BBox = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


# ---------------------------------------------------------------------- wishes


def wfs(
    data: str, features: Sequence[Feature] = (), *, bbox: Optional[BBox] = None, primary_key: Optional[bool] = None
) -> Infos:
    """Of a WFS on a database; without features, all its tables, or those that the service has."""
    relations = [
        _said(
            native_name=feature.table,
            public_name=feature.public_name,
            title=feature.title,
            abstract=feature.abstract,
            keywords=list(feature.keywords),
        )
        for feature in features
    ]
    used = _said(stored_data=data, expose_primary_key=primary_key, relations=relations)
    return _said(bbox=_bbox(bbox), used_data=[used])


def wms_vector(
    data: str,
    tables: Sequence[str] = (),
    *,
    title: str = "",
    abstract: str = "",
    keywords: Sequence[str] = (),
    bbox: Optional[BBox] = None,
) -> Infos:
    """Of a WMS on a database, one layer of several tables, the first on top. Its styles: `Service.sheets`."""
    used = _said(stored_data=data, relations=[{"name": name} for name in tables])
    return _said(title=title, abstract=abstract, keywords=list(keywords), bbox=_bbox(bbox), used_data=[used])


def vector_tms(data: str, features: Sequence[Feature] = ()) -> Infos:
    """Of vector tiles made of a database on the fly."""
    relations = [
        _said(native_name=feature.table, public_name=feature.public_name, abstract=feature.abstract)
        for feature in features
    ]
    return {"used_data": [_said(stored_data=data, relations=relations)]}


def tiles(
    data: str,
    bottom: str = "",
    top: str = "",
    *,
    title: str = "",
    abstract: str = "",
    keywords: Sequence[str] = (),
    bbox: Optional[BBox] = None,
) -> Infos:
    """Of a pyramid as WMTS and TMS; without levels, all that it has."""
    used = _said(stored_data=data, bottom_level=bottom, top_level=top)
    return _said(title=title, abstract=abstract, keywords=list(keywords), bbox=_bbox(bbox), used_data=[used])


def wms_raster(data: str, bottom: str = "", top: str = "", *, interpolation: str = "", **about: Any) -> Infos:
    """As `tiles`, resampled: see INTERPOLATIONS."""
    return {**tiles(data, bottom, top, **about), **_said(interpolation=interpolation)}


def download(
    data: str,
    sub_name: str,
    *,
    language: str = "fr",
    title: str = "",
    abstract: str = "",
    keywords: Sequence[str] = (),
    data_title: str = "",
    data_abstract: str = "",
    terms: Optional[Mapping[str, str]] = None,
) -> Infos:
    """Of an archive that can be downloaded as `sub_name` of a layer.

    `terms` are those of the nomenclatures, by `format`, `zone`, `resolution` (contract 3.9).
    """
    used = _said(
        stored_data=data,
        sub_name=sub_name,
        title=_in(language, data_title),
        abstract=_in(language, data_abstract),
        **dict(terms or {}),
    )
    layer = _said(title=_in(language, title), abstract=_in(language, abstract), keywords=list(keywords))
    return {**layer, "used_data": [used]}


def altimetry(
    data: str,
    *,
    title: str = "",
    abstract: str = "",
    keywords: Sequence[str] = (),
    data_title: str = "",
    source: str = "",
    accuracy: str = "",
    bbox: Optional[BBox] = None,
) -> Infos:
    """Of heights read from a pyramid; `source` and `accuracy` hold for all of it."""
    used = _said(
        stored_data=data,
        title=data_title,
        source={"value": source} if source else None,
        accuracy={"value": accuracy} if accuracy else None,
    )
    return _said(title=title, abstract=abstract, keywords=list(keywords), bbox=_bbox(bbox), used_data=[used])


def _said(**members: Any) -> Infos:
    """Without what was not given: nothing, an empty text, list or object."""
    return {name: value for name, value in members.items() if value is not None and value not in ("", [], {})}


def _in(language: str, text: str) -> Infos:
    return {language: text} if text else {}


def _bbox(bbox: Optional[BBox]) -> Optional[Infos]:
    return None if bbox is None else dict(zip(("west", "south", "east", "north"), bbox))


# ---------------------------------------------------------------------- laid over what is there


def merged(type: str, before: Mapping[str, Any], wish: Mapping[str, Any]) -> Infos:
    """What is there, with what is wished; members that nobody speaks of stay.

    Tables that are listed are those that the layer has from now on. Archives of a DOWNLOAD come in addition, under
    their sub names.
    """
    found = {**before, **{name: value for name, value in wish.items() if name != "used_data"}}
    for name in ("title", "abstract"):
        if type == "DOWNLOAD" and isinstance(wish.get(name), dict):
            found[name] = {**reading.mapping(before.get(name)), **wish[name]}  # the other languages stay
    if "used_data" in wish:
        found["used_data"] = _merged_data(
            type, reading.objects(before.get("used_data")), reading.objects(wish["used_data"])
        )
    return found


def _merged_data(type: str, before: list[Infos], wish: list[Infos]) -> list[Infos]:
    if type == "DOWNLOAD":
        ids = {used.get("stored_data") for used in wish}
        known = {str(used.get("sub_name")): used for used in before}
        new = {str(used.get("sub_name")): {**known.get(str(used.get("sub_name")), {}), **used} for used in wish}
        kept = {name: used for name, used in known.items() if name in new or used.get("stored_data") not in ids}
        return list({**kept, **new}.values())
    pairs = zip(wish, [*before[: len(wish)], *[{}] * len(wish)])
    return [_merged_used(old, new) for new, old in pairs]


def _merged_used(before: Infos, wish: Infos) -> Infos:
    found = {**before, **wish}
    if "relations" in wish:
        known = {_key(relation): relation for relation in reading.objects(before.get("relations"))}
        found["relations"] = [{**known.get(_key(new), {}), **new} for new in reading.objects(wish["relations"])]
    if wish.get("stored_data") != before.get("stored_data"):
        for name in ("bottom_level", "top_level"):  # those of another pyramid
            if name not in wish:
                found.pop(name, None)
    return found


def _key(entry: Mapping[str, Any]) -> str:
    return next((f"{name}:{entry[name]}" for name in _KEYS if entry.get(name)), "")


# ---------------------------------------------------------------------- what nobody said


def completed(type: str, infos: Mapping[str, Any], data: Mapping[str, StoredData], name: str) -> Infos:
    """With all tables, or all levels, where none are named, and the texts that the API insists on.

    `name` stands for the title where there is none.
    """
    found = dict(infos)
    if type in ("WMS-VECTOR", "WMTS-TMS", "WMS-RASTER", "ALTIMETRY"):
        found["title"] = found.get("title") or name
        found["abstract"] = found.get("abstract") or found["title"]
    if type == "DOWNLOAD":
        found["title"] = found.get("title") or {"fr": name}
        found["abstract"] = found.get("abstract") or found["title"]
    used = reading.objects(found.get("used_data"))
    found["used_data"] = [_completed(type, entry, data.get(str(entry.get("stored_data"))), found) for entry in used]
    return found


def _completed(type: str, entry: Infos, data: Optional[StoredData], layer: Infos) -> Infos:
    found = dict(entry)
    if type in _TABLE_NAME:
        all_of_it = data.relations if data else ()
        named = reading.objects(found.get("relations")) or [
            {_TABLE_NAME[type]: relation.name} for relation in all_of_it if type == "WFS" or geometry_of(relation)
        ]
        found["relations"] = [_completed_relation(type, relation) for relation in named]
    if type in _LEVELS and data is not None:
        bottom, top = extremes(data.levels)
        found["bottom_level"] = found.get("bottom_level") or bottom
        found["top_level"] = found.get("top_level") or top
    if type == "ALTIMETRY":
        found["title"] = found.get("title") or layer["title"]
    return found


def _completed_relation(type: str, relation: Infos) -> Infos:
    found = dict(relation)
    table = reading.text(found.get(_TABLE_NAME[type]))
    if type == "WFS":
        found["title"] = found.get("title") or table
    if type in ("WFS", "VECTOR-TMS"):
        found["abstract"] = found.get("abstract") or found.get("title") or table
    return found


def extremes(levels: Sequence[str]) -> tuple[str, str]:
    """The most and the least detailed level of a pyramid, "" for none."""
    if not levels:
        return "", ""
    if all(level.isdigit() for level in levels):
        return max(levels, key=int), min(levels, key=int)
    return levels[0], levels[-1]  # as the server orders them, bottom first


# ---------------------------------------------------------------------- what the server would refuse


def problems(type: str, infos: Mapping[str, Any], data: Mapping[str, StoredData]) -> list[str]:
    """Sentences on what is wrong; none if nothing is. `data` by id, what is missing among it is not there."""
    used = reading.objects(infos.get("used_data"))
    found = [] if used else [_("No stored data is named.")]
    for id, count in Counter(reading.text(entry.get("stored_data")) for entry in used).items():
        if count > 1:
            found.append(_("The stored data “{name}” is named several times.").format(name=_called(data, id)))
    for entry in used:
        id = reading.text(entry.get("stored_data"))
        found += _of_data(type, id, data.get(id))
        if id in data:
            found += _of_tables(type, entry, data[id])
            found += _of_levels(type, entry, data[id])
    found += _of_names(type, used)
    if type == "ALTIMETRY":
        for entry in used:
            found += [
                _("“{member}” is missing: an altimetry service says it of its data.").format(member=member)
                for member in ("source", "accuracy")
                if not entry.get(member)
            ]
    bbox = reading.mapping(infos.get("bbox"))
    return found + (_of_bbox(bbox) if bbox else [])


def _of_data(type: str, id: str, data: Optional[StoredData]) -> list[str]:
    if data is None:
        return [_("There is no stored data {id} in the datastore.").format(id=id)]
    wanted = DATA_TYPES.get(type, ())
    if wanted and data.type not in wanted:
        return [
            _("“{name}” is stored data of the type {type}; here {wanted} is needed.").format(
                name=data.name, type=data.type, wanted=_(" or ").join(wanted)
            )
        ]
    if data.status and data.status not in (GENERATED, "MODIFYING"):
        return [
            _("The stored data “{name}” is {status}: it can be published once it is GENERATED.").format(
                name=data.name, status=data.status
            )
        ]
    if type == "ALTIMETRY":
        channels = reading.integer(data.type_infos.get("channels_number"))
        format = reading.text(data.type_infos.get("channels_format"))
        if channels not in (None, 1) or (format and "FLOAT" not in format):
            return [
                _("“{name}” has no heights: a pyramid of one channel of floating numbers is needed.").format(
                    name=data.name
                )
            ]
    return []


def _of_tables(type: str, entry: Mapping[str, Any], data: StoredData) -> list[str]:
    if type not in _TABLE_NAME:
        return []
    there = [relation.name for relation in data.relations]
    relations = reading.objects(entry.get("relations"))
    named = [reading.text(relation.get(_TABLE_NAME[type])) for relation in relations]
    found = [] if named else [_("The stored data “{name}” has no table to publish.").format(name=data.name)]
    if there:
        missing = [name for name in named if name not in there]
        found += [
            _("The database “{data}” has no table “{table}”; it has {tables}.").format(
                data=data.name, table=name, tables=", ".join(there)
            )
            for name in missing
        ]
    return found + [
        _("The table “{name}” is named several times.").format(name=name)
        for name, count in Counter(named).items()
        if count > 1
    ]


def _of_levels(type: str, entry: Mapping[str, Any], data: StoredData) -> list[str]:
    if type not in _LEVELS:
        return []
    bottom, top = (reading.text(entry.get(name)) for name in ("bottom_level", "top_level"))
    there = data.levels
    found = [
        _("The pyramid “{data}” has no level {level}; it has {levels}.").format(
            data=data.name, level=level or "–", levels=", ".join(there)
        )
        for level in dict.fromkeys((bottom, top))
        if there and level not in there
    ]
    if not found and bottom.isdigit() and top.isdigit() and int(bottom) < int(top):
        found.append(
            _("The most detailed level ({bottom}) is below the least detailed one ({top}): give them in order.").format(
                bottom=bottom, top=top
            )
        )
    return found


def _of_names(type: str, used: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names that must be unique in the service."""
    if type == "DOWNLOAD":
        names = [reading.text(entry.get("sub_name")) for entry in used]
        wrong = [
            _("The sub name “{name}” may only hold letters without accents, digits, “_”, “-” and “.”.").format(
                name=name
            )
            for name in names
            if not _SUB_NAME.fullmatch(name)
        ]
    else:
        member = _TABLE_NAME.get(type, "")
        relations = [relation for entry in used for relation in reading.objects(entry.get("relations"))]
        names = [reading.text(relation.get("public_name") or relation.get(member)) for relation in relations]
        wrong = []
    return wrong + [
        _("The name “{name}” is given several times in the service.").format(name=name)
        for name, count in Counter(names).items()
        if count > 1
    ]


def _of_bbox(bbox: Mapping[str, Any]) -> list[str]:
    west, south, east, north = (reading.decimal(bbox.get(name)) for name in ("west", "south", "east", "north"))
    if west is None or south is None or east is None or north is None:
        right = False
    else:
        right = -180 <= west <= east <= 180 and -90 <= south <= north <= 90 and math.isfinite(west)
    if right:
        return []
    return [_("The extent is not one in degrees: west, south, east, north.")]


def _called(data: Mapping[str, StoredData], id: str) -> str:
    return data[id].name if id in data else id


def geometry_of(relation: Relation) -> str:
    """The type of its geometries as the database says it, `geometry` where it does not, "" for a table without any."""
    for name, kind in relation.attributes.items():
        if kind.lower().startswith(("geometry", "geography")) or _KINDS_OF_GEOMETRY.match(kind):
            return kind
        if not kind and name.lower() in ("geom", "geometry", "the_geom", "wkb_geometry"):
            return "geometry"
    return ""


# ---------------------------------------------------------------------- the layers of a service


def layer_names(type: str, layer_name: str, infos: Mapping[str, Any]) -> list[str]:
    """What the layers of a configuration are called on its service."""
    sign = {"WFS": ":", "VECTOR-TMS": "."}.get(type)
    if sign is None:
        return [layer_name]
    return [
        f"{layer_name}{sign}{relation.get('public_name') or relation.get('native_name')}"
        for entry in reading.objects(infos.get("used_data"))
        for relation in reading.objects(entry.get("relations"))
    ]
