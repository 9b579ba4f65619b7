"""Databases, their tables and columns, and how far their history goes (contract 2.7, 2.8, 2.12)."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Callable, Optional, TypeVar, Union

from .. import reading
from ..errors import Forbidden, Invalid, MalformedAnswer, NotFound, ServerFault, ServiceError
from ..json_text import read_json
from ..paging import object_of
from ..session import Answer
from .api import EspaceCo

GEOMETRY_TYPES = frozenset({
    "Geometry", "GeometryCollection", "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
})  # fmt: skip
TYPES = GEOMETRY_TYPES | frozenset({
    "Boolean", "DateTime", "Date", "Double", "Integer", "JsonValue", "Document", "Like", "String", "Year", "YearMonth",
})  # fmt: skip
"""The types that the contract knows; columns of others are read all the same."""
DESTROYED = ("detruit", "gcms_detruit")
"""Columns that mark destroyed rows (contract 2.10.3): those of BDUni, and of the other historised databases."""
NUMREC = "gcms_numrec"
"""The column of the number at which a row last changed, described or not (contract 2.12)."""

_FLAGS = ("required", "unique", "read_only", "automatic", "computed", "custom_id", "is3d")
_EPSG = re.compile(r"\bEPSG(?::+|/)(?:[0-9.]*(?::|/))?([0-9]{4,6})$", re.IGNORECASE)
_IGNF = {
    "LAMB93": 2154, "RGF93LAMB93": 2154, "WGS84G": 4326, "WGS84": 4326, "CRS84": 4326, "RGF93G": 4171, "LAMBE": 27572,
    "RGAF09UTM20": 5490, "UTM22RGFG95": 2972, "RGR92UTM40S": 2975, "RGM04UTM38S": 4471, "RGSPM06U21": 4467,
    **{f"RGF93CC{zone}": 3900 + zone for zone in range(42, 51)},
}  # fmt: skip

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Column:
    """A column. `type` may be none of `TYPES`.

    `enum` are (value, label) pairs, None if anything goes; a value None means that it may be empty. `minimum` and
    `maximum` are texts of a number or a date. `mapping`: what is allowed for each value of the column
    `condition_field`, nothing meaning that it must be empty. `presets`: for each value of this column what others get.
    """

    id: Optional[int]
    name: str
    type: str
    title: str
    description: str
    position: int
    nullable: bool
    required: bool
    unique: bool
    read_only: bool
    automatic: bool
    computed: bool
    custom_id: bool
    queryable: bool
    enum: Optional[tuple[tuple[Any, str], ...]]
    default: Optional[str]
    min_length: Optional[int]
    max_length: Optional[int]
    minimum: Optional[str]
    maximum: Optional[str]
    pattern: Optional[str]
    condition_field: str
    mapping: dict[str, tuple[Any, ...]]
    presets: dict[str, dict[str, Any]]
    json_schema: Optional[dict[str, Any]]
    mime_types: tuple[str, ...]
    srid: Optional[int]
    is3d: bool
    raw: dict[str, Any] = field(repr=False)

    @property
    def writable(self) -> bool:
        """Whether a user may give it a value; the key only where the user chooses keys."""
        return self.custom_id or not (self.read_only or self.automatic or self.computed)

    @cached_property
    def mandatory(self) -> bool:
        """Whether a row must have a value in it that the server does not fill in (contract 2.7).

        A list that does not hold null says so too; labels, which cannot hold it, do not.
        """
        if self.automatic or self.computed:
            return False
        listed = self.enum is not None and isinstance(_listed(self.raw.get("enum")), list)
        return self.required or not self.nullable or (listed and all(value is not None for value, _ in self.enum or ()))

    @property
    def spatial(self) -> bool:
        return self.type in GEOMETRY_TYPES


@dataclass(frozen=True)
class Style:
    """A style: `members` are its own (fill, stroke, marker, label …), `condition` is JSON text, "" for the others.

    One with `children` is made of rules; a child shows what its condition picks.
    """

    id: Optional[int]
    name: str
    kind: str
    condition: str
    children: tuple[Style, ...]
    members: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Table:
    """A table. `key` and `geometry` are names of columns, "" if there is none. `style` is the default one, `styles`
    all of them, the default first. Zoom levels are None where none is said.
    """

    id: int
    database: int
    database_name: str
    name: str
    title: str
    description: str
    versioned: bool
    read_only: bool
    key: str
    geometry: str
    crs: str
    extent: str
    min_zoom: Optional[int]
    max_zoom: Optional[int]
    tile_zoom: Optional[int]
    columns: tuple[Column, ...]
    style: Optional[Style]
    styles: tuple[Style, ...]
    raw: dict[str, Any] = field(repr=False)

    def column(self, name: str) -> Optional[Column]:
        """The column of this very name, capitals included."""
        return self._by_name.get(name)

    @property
    def geometry_column(self) -> Optional[Column]:
        return self.column(self.geometry)

    @property
    def geometry_type(self) -> str:
        """As in `GEOMETRY_TYPES`; "" without geometry, `Geometry` for a type that is not known."""
        column = self.geometry_column
        if column is None:
            return "Geometry" if self.geometry else ""
        return column.type if column.spatial else "Geometry"

    @property
    def srid(self) -> Optional[int]:
        """EPSG code of its geometry, None if there is none or the server names a system that is not known."""
        column = self.geometry_column
        return (column.srid if column else None) or srid_of(self.crs)

    @property
    def is3d(self) -> bool:
        return self.geometry_column is not None and self.geometry_column.is3d

    @property
    def destroyed(self) -> str:
        """The column that marks destroyed rows, "" if there is none."""
        return next((name for name in DESTROYED if self.versioned and name in self._by_name), "")

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}


@dataclass(frozen=True)
class Database:
    """A database; `kind` is `standard` or `bduni`, `tables` are ids and names of those one may see."""

    id: int
    name: str
    title: str
    kind: str
    versioned: bool
    description: str
    writable_time_range: str
    tables: dict[int, str]
    raw: dict[str, Any] = field(repr=False)

    @property
    def bduni(self) -> bool:
        return self.kind == "bduni"


def get(api: EspaceCo, database: int) -> Database:
    """One database; Forbidden if none of its tables may be seen, NotFound if it is gone."""
    return _database(database, api.session.get(api.url(f"databases/{database}")))


def several(api: EspaceCo, numbers: Iterable[int]) -> dict[int, Union[Database, ServiceError]]:
    """Each of these databases, or why there is none: one request each, in parallel."""

    def ask(number: int) -> Database:
        return _database(number, api.session.send("GET", api.url(f"databases/{number}")))

    return one_by_one(api, ask, numbers)


def table(api: EspaceCo, database: int, number: int) -> Table:
    """One table with its columns; Forbidden, or NotFound if it is gone."""
    return _table(database, number, api.session.get(api.url(f"databases/{database}/tables/{number}")))


def tables(api: EspaceCo, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Union[Table, ServiceError]]:
    """Each of these (database, table), or why there is none: one request each, in parallel."""

    def ask(ids: tuple[int, int]) -> Table:
        return _table(*ids, api.session.send("GET", api.url(f"databases/{ids[0]}/tables/{ids[1]}")))

    return one_by_one(api, ask, wanted)


def max_numrec(api: EspaceCo, database: int, number: int, box: Optional[Box] = None) -> Optional[int]:
    """The last number of the table's history, None if it has none (contract 2.12). `box` is in the table's CRS."""
    return _numrec(api.session.get, api, (database, number), box)


def max_numrecs(
    api: EspaceCo, wanted: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], Union[int, ServiceError, None]]:
    """As `max_numrec`, of each of these (database, table), or why it is not known: in parallel."""

    def get_in_parallel(url: str, params: Any) -> Answer:
        return api.session.send("GET", url, params=params)

    return one_by_one(api, lambda ids: _numrec(get_in_parallel, api, ids, None), wanted)


def one_by_one(
    api: EspaceCo, ask: Callable[[Key], Found], wanted: Iterable[Key]
) -> dict[Key, Union[Found, ServiceError]]:
    """What `ask` gives for each, in parallel, or the error that stands for this one alone; raises the others."""

    def one(key: Key) -> Union[Found, ServiceError]:
        try:
            return ask(key)
        except (Forbidden, NotFound, Invalid, ServerFault, MalformedAnswer) as error:
            return error

    asked = list(dict.fromkeys(wanted))
    return dict(zip(asked, api.session.in_parallel(one, asked)))


def box_text(box: Box) -> str:
    """`xmin,ymin,xmax,ymax`."""
    return ",".join(f"{value:.9f}".rstrip("0").rstrip(".") for value in box)


def srid_of(crs: Any) -> Optional[int]:
    """The EPSG code of a system's name: `EPSG:2154`, `urn:ogc:def:crs:EPSG::2154`, `IGNF:LAMB93`, a bare number."""
    text = reading.text(crs).strip()
    found = _EPSG.search(text)
    if found:
        return int(found.group(1))
    if re.fullmatch("[0-9]{4,6}", text):
        return int(text)
    return _IGNF.get(re.split("[:/]", text)[-1].upper())


def column_of(entry: dict[str, Any], name: str = "", position: int = 0) -> Column:
    """A column as the server tells of it; `name` and `position` are those of its place in the table."""
    name = reading.text(entry.get("name")) or name
    at = reading.integer(entry.get("position"))
    srid = reading.integer(entry.get("srid"))
    return Column(
        id=reading.integer(entry.get("id")),
        name=name,
        type=reading.text(entry.get("type")) or "String",
        title=reading.text(entry.get("title")) or name,
        description=reading.text(entry.get("description")),
        position=position if at is None else at,
        nullable=reading.flag(entry.get("nullable"), True),
        **{member: reading.flag(entry.get(member)) for member in _FLAGS},
        queryable=reading.flag(entry.get("queryable"), True),
        enum=_enum(entry.get("enum")),
        default=_literal(entry.get("default_value")),
        min_length=reading.integer(entry.get("min_length")),
        max_length=reading.integer(entry.get("max_length")),
        minimum=reading.optional_text(entry.get("min_value")),
        maximum=reading.optional_text(entry.get("max_value")),
        pattern=reading.optional_text(entry.get("pattern")),
        condition_field=reading.text(entry.get("condition_field")),
        mapping=_mapping(entry.get("constraint")),
        presets={k: reading.mapping(v) for k, v in reading.mapping(entry.get("jeux_attributs")).items()},
        json_schema=reading.mapping(entry.get("json_schema")) or None,
        mime_types=_words(entry.get("mime_types")),
        srid=srid if srid and srid > 0 else srid_of(entry.get("crs")),
        raw=entry,
    )


def style_of(value: Any, depth: int = 0) -> Optional[Style]:
    """A style with its children; None for nothing, which PHP writes `[]`."""
    body = reading.mapping(value)
    if not body:
        return None
    children = (style_of(child, depth + 1) for child in reading.objects(body.get("children"))) if depth < 9 else ()
    return Style(
        id=reading.integer(body.get("id")),
        name=reading.text(body.get("name")),
        kind=reading.text(body.get("type")),
        condition=_condition(body.get("condition")),
        children=tuple(child for child in children if child),
        members={name: member for name, member in body.items() if name != "children"},
    )


def _database(number: int, answer: Answer) -> Database:
    body = object_of(answer)
    name = reading.text(body.get("name"))
    entries = ((reading.integer(entry.get("id")), entry) for entry in reading.objects(body.get("tables")))
    return Database(
        id=number,
        name=name,
        title=reading.text(body.get("title")) or name,
        kind=reading.text(body.get("database_type")) or "standard",
        versioned=reading.flag(body.get("versioning")),
        description=reading.text(body.get("description")),
        writable_time_range=reading.text(body.get("writable_time_range")),
        tables={id_: reading.text(entry.get("name")) for id_, entry in entries if id_ is not None},
        raw=body,
    )


def _table(database: int, number: int, answer: Answer) -> Table:
    table = table_of(database, number, object_of(answer))
    if not table.name:
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="a table was expected")
    return table


def table_of(database: int, number: int, body: dict[str, Any]) -> Table:
    """A table as the server tells of it; its name is "" if it has none."""
    full = reading.text(body.get("full_name")).partition(":")
    name = reading.text(body.get("name")) or full[2]
    columns = _columns(body.get("columns"))
    style = style_of(body.get("style"))
    others = [style_of(entry) for entry in reading.objects(body.get("styles"))]
    styles = {item.id: item for item in (style, *others) if item}
    return Table(
        id=number,
        database=database,
        database_name=reading.text(body.get("database")) or full[0],
        name=name,
        title=reading.text(body.get("title")) or name,
        description=reading.text(body.get("description")),
        versioned=reading.flag(body.get("database_versioning")),
        read_only=reading.flag(body.get("read_only")),
        key=_known(reading.text(body.get("id_name")), columns),
        geometry=_geometry(reading.text(body.get("geometry_name")), columns),
        crs=reading.text(body.get("crs")),
        extent=reading.text(body.get("extent")),
        min_zoom=reading.integer(body.get("min_zoom_level")),
        max_zoom=reading.integer(body.get("max_zoom_level")),
        tile_zoom=reading.integer(body.get("tile_zoom_level")),
        columns=columns,
        style=style,
        styles=tuple(styles.values()),
        raw=body,
    )


def _columns(value: Any) -> tuple[Column, ...]:
    """The columns in their order, from a list or an object by name; of those of one name the first."""
    if isinstance(value, dict):
        entries = [(str(name), entry) for name, entry in value.items() if isinstance(entry, dict)]
    else:
        entries = [("", entry) for entry in reading.objects(value)]
    found: dict[str, Column] = {}
    for place, (name, entry) in enumerate(entries):
        column = column_of(entry, name, place)
        if column.name:
            found.setdefault(column.name, column)
    return tuple(sorted(found.values(), key=lambda column: column.position))


def _known(name: str, columns: Sequence[Column]) -> str:
    """The name as the columns spell it; as it is if none of them is meant."""
    names = [column.name for column in columns]
    if name in names:
        return name
    return next((other for other in names if other.casefold() == name.casefold()), name)


def _geometry(name: str, columns: Sequence[Column]) -> str:
    """The geometry that the table names, else the first there is."""
    return _known(name, columns) if name else next((column.name for column in columns if column.spatial), "")


def _enum(value: Any) -> Optional[tuple[tuple[Any, str], ...]]:
    """(value, label) of a list, of an object label → value, or of JSON text of either; None for no list."""
    value = _listed(value)
    if isinstance(value, dict):
        return tuple((item, str(label)) for label, item in value.items() if _simple(item)) or None
    if isinstance(value, list):
        return tuple((item, reading.text(item)) for item in value if _simple(item)) or None
    return None


def _listed(value: Any) -> Any:
    """What is written there, perhaps as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except ValueError:
        return None


def _simple(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _mapping(constraint: Any) -> dict[str, tuple[Any, ...]]:
    """What `{type: "mapping", mapping: {value: [allowed…]}}` allows."""
    body = reading.mapping(constraint)
    if body.get("type", "mapping") != "mapping":
        return {}
    allowed = reading.mapping(body.get("mapping"))
    return {key: tuple(value) if isinstance(value, list) else (value,) for key, value in allowed.items()}


def _literal(value: Any) -> Optional[str]:
    """A default as text; `true` and `false` are spelt as the server does."""
    return str(value).lower() if isinstance(value, bool) else reading.optional_text(value)


def _words(value: Any) -> tuple[str, ...]:
    words = reading.names(value) if isinstance(value, list) else reading.text(value).split(",")
    return tuple(word.strip() for word in words if word.strip())


def _condition(value: Any) -> str:
    """A condition as JSON text; some would give it as an object."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return reading.text(value)


def _numrec(
    fetch: Callable[[str, Any], Answer], api: EspaceCo, ids: tuple[int, int], box: Optional[Box]
) -> Optional[int]:
    params = {"bbox": box_text(box)} if box else None
    try:
        answer = fetch(api.url(f"databases/{ids[0]}/tables/{ids[1]}/max-numrec"), params)
    except (Forbidden, NotFound, Invalid):
        return None
    except ServerFault as error:
        if error.status == 500:  # of a view; those of a gateway say nothing of the table
            return None
        raise
    return reading.integer(answer.json())
