"""What is wrong with layers before they are delivered; nothing is asked of the server.

First what layers say of themselves (`check_sources`), then the GeoPackage that was made of them (`check_exported`):
what is looked at is what would be sent.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from osgeo import gdal, ogr, osr

from ....client.entrepot.configurations import configurations
from ....i18n import N_, _, ngettext
from ....store.database import quoted
from ...pages.writing import counted
from ...watch import Watch
from .. import names
from ..names import GEOMETRY, KEY
from ..offices import Office
from .faults import ERROR, WARNING, Fault
from .tables import Exported, Table, wkb_of

MOST_FAULTS = 1000
"""Invalid geometries of one table that are told one by one."""
EVERY = 500
"""Rows between two looks at whether to stop."""
FEW = 5
"""Rows that a sentence names."""
REASONS = {
    "Self-intersection": N_("It crosses itself."),
    "Ring Self-intersection": N_("A ring touches or crosses itself."),
    "Hole lies outside shell": N_("A hole lies outside."),
    "Holes are nested": N_("A hole lies in another hole."),
    "Interior is disconnected": N_("Holes cut it in pieces."),
    "Nested shells": N_("A part lies inside another part."),
    "Duplicate Rings": N_("The same ring is there twice."),
    "Repeated Point": N_("The same point is there twice."),
    "Too few points in geometry component": N_("It has too few different points."),
    "Invalid Coordinate": N_("A coordinate is no number."),
    "Ring is not closed": N_("A ring is not closed."),
    "Points of LinearRing do not form a closed linestring": N_("A ring is not closed."),
}
"""What GEOS says, in words for people."""
_AT = re.compile(r" at or near point (\S+) (\S+)")
_KNOWN = re.compile(r"(EPSG|IGNF):\w+", re.ASCII)
_POINTS = ("POINT", "MULTIPOINT")


@dataclass(frozen=True)
class Source:
    """A layer as it says of itself: `srs` is the code by which the server knows its CRS, "" if it has none.

    `crs` is what people call its CRS, "" if it has none at all; `shaped` whether it has geometries.
    """

    name: str
    columns: tuple[str, ...] = ()
    shaped: bool = True
    srs: str = ""
    crs: str = ""


def check_sources(sources: Sequence[Source], srs: str = "") -> list[Fault]:
    """What is wrong with layers that are to be exported to `srs`, left empty: that of the first."""
    found = [fault for source in sources for fault in _check_source(source)]
    shaped = [source for source in sources if source.shaped and source.crs]
    if srs or shaped:
        found += check_srs(srs or shaped[0].srs, shaped[0].name if shaped else "", "" if srs else shaped[0].crs)
    used = dict.fromkeys(source.crs for source in shaped)
    if len(used) > 1:
        said = _("The layers are in several coordinate systems ({crs}); all of them are reprojected to {srs}.")
        target = srs or shaped[0].srs or shaped[0].crs
        found.append(Fault(WARNING, "crs_differs", shaped[0].name, said.format(crs=", ".join(used), srs=target)))
    return found + _tables_clash(sources)


def check_srs(srs: str, layer: str = "", crs: str = "") -> list[Fault]:
    """Whether the server can know this coordinate system: a code of EPSG or IGNF that exists.

    `crs` is what people call it where it has no code.
    """
    if _KNOWN.fullmatch(srs) and system_of(srs) is not None:
        return []
    if srs:
        said = _("There is no coordinate system “{srs}”: choose one of EPSG or IGNF, such as EPSG:2154.")
    else:
        said = _("“{crs}” has no EPSG or IGNF code: choose another coordinate system to export to, such as EPSG:2154.")
    return [Fault(ERROR, "crs_unknown", layer or srs, said.format(srs=srs, crs=crs))]


def check_exported(data: Exported, watch: Watch) -> list[Fault]:
    """What is wrong with the tables of a GeoPackage, row by row."""
    return [fault for table in data.tables for fault in check_table(data.file, table, data.srs, watch)]


def check_table(file: Path, table: Table, srs: str, watch: Watch) -> Iterator[Fault]:
    """What is wrong with one table; its geometries are in `srs`."""
    layer = table.source or table.name
    if not table.count:
        said = _("It has no object: there is nothing to publish. Check its filter and the selection.")
        yield Fault(ERROR, "empty", layer, said)
    for remark in table.remarks:
        yield Fault(WARNING, "not_kept", layer, remark)
    if table.unplaced:
        said = ngettext(
            "{n} object has no place in {srs}: check the coordinate system of the layer.",
            "{n} objects have no place in {srs}: check the coordinate system of the layer.",
            counted(table.unplaced),
            srs=srs,
        )
        yield Fault(ERROR, "unplaced", layer, said, times=table.unplaced)
    if table.geometry:
        yield from _geometries(file, table, srs, watch)


def check_layer_name(layer_name: str, office: Optional[Office] = None) -> list[Fault]:
    """What is wrong with the name of a layer that is to be published; with a datastore, which services there have it.

    A name is unique for each type of service alone, and somebody's own service is brought up to date under it.
    """
    prefix = office.info.layer_name_prefix if office else ""
    problem = names.layer_name_problem(layer_name, prefix)
    if problem:
        return [Fault(ERROR, "layer_name", layer_name, problem)]
    if office is None:
        return []
    listed = configurations.list(office.datastore, layer_name=layer_name)
    return [
        Fault(
            WARNING,
            "layer_name",
            layer_name,
            _(
                "The {type} service “{name}” of this datastore has this name already. Keep it to bring that service up "
                "to date or to publish another type; choose another name for other data."
            ).format(type=taken.type, name=taken.name),
        )
        for taken in listed
        if taken.layer_name.casefold() == layer_name.casefold()
    ]


# ---------------------------------------------------------------------- layers


def _check_source(source: Source) -> Iterator[Fault]:
    if source.shaped and not source.crs:
        said = _("It has no coordinate system: set it in the layer's properties (Source > CRS).")
        yield Fault(ERROR, "crs_missing", source.name, said)
    made = dict(zip(source.columns, names.column_names(source.columns)))
    wanted: dict[str, list[str]] = {}
    for column in source.columns:
        wanted.setdefault(names.server_name(column, "column"), []).append(column)
    for renamed, columns in wanted.items():
        if len(columns) > 1:
            said = _("{columns} would have one name on the server, “{renamed}”. They are delivered as {made}.").format(
                columns=", ".join(columns), renamed=renamed, made=", ".join(made[column] for column in columns)
            )
            yield Fault(WARNING, "columns_clash", source.name, said, column=columns[0])
        elif renamed in (KEY, GEOMETRY, *names.SYSTEM_COLUMNS):
            said = _("The server keeps the name “{renamed}” for itself: the column is delivered as “{made}”.")
            text = said.format(renamed=renamed, made=made[columns[0]])
            yield Fault(WARNING, "columns_clash", source.name, text, column=columns[0])
        elif made[columns[0]] != columns[0].lower():
            said = _("The column is called “{made}” on the server.").format(made=made[columns[0]])
            yield Fault(WARNING, "column_name", source.name, said, column=columns[0])


def _tables_clash(sources: Sequence[Source]) -> list[Fault]:
    made = names.table_names(source.name for source in sources)
    wanted = [names.server_name(source.name, "table") for source in sources]
    found = []
    for source, name, plain in zip(sources, made, wanted):
        if wanted.count(plain) > 1 and name != plain:
            said = _("Several layers would be called “{plain}” on the server: this one is called “{name}”.")
            found.append(Fault(WARNING, "table_name", source.name, said.format(plain=plain, name=name)))
    return found


# ---------------------------------------------------------------------- geometries


def _geometries(file: Path, table: Table, srs: str, watch: Watch) -> Iterator[Fault]:
    layer = table.source or table.name
    if table.geometry == "GEOMETRY":
        yield mixed(layer)
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
        yield from _without(database, table, layer)
        if table.geometry.partition(" ")[0] not in _POINTS:
            yield from _invalid(database, table, layer, srs, watch)


def _without(database: sqlite3.Connection, table: Table, layer: str) -> Iterator[Fault]:
    name, key, geometry = quoted(table.name), quoted(KEY), quoted(GEOMETRY)
    where = f"FROM {name} WHERE {geometry} IS NULL"
    (count,) = database.execute(f"SELECT count(*) {where}").fetchone()  # nosec B608
    count -= table.unplaced
    if count > 0:
        rows = [row for (row,) in database.execute(f"SELECT {key} {where} ORDER BY {key} LIMIT {FEW}")]  # nosec B608
        yield missing(layer, count, rows[0])


def _invalid(database: sqlite3.Connection, table: Table, layer: str, srs: str, watch: Watch) -> Iterator[Fault]:
    name, key, geometry = quoted(table.name), quoted(KEY), quoted(GEOMETRY)
    sql = f"SELECT {key}, {geometry} FROM {name} WHERE {geometry} IS NOT NULL ORDER BY {key}"  # nosec B608
    rows = ((row, wkb_of(blob) or b"") for row, blob in database.execute(sql))
    return invalid(rows, layer, Places(system_of(srs)), watch)


def mixed(layer: str) -> Fault:
    """Geometries of several kinds."""
    said = _("Points, lines and polygons are in one table; many programs take one kind only. Split the layer.")
    return Fault(WARNING, "mixed_geometry", layer, said)


def missing(layer: str, count: int, row: int) -> Fault:
    """Objects without a geometry, the first of which is this row."""
    said = ngettext("{n} object has no geometry.", "{n} objects have no geometry.", counted(count))
    return Fault(WARNING, "no_geometry", layer, said, row=row if count == 1 else 0, times=count)


def invalid(rows: Iterable[tuple[int, bytes]], layer: str, place: Places, watch: Watch) -> Iterator[Fault]:
    """The invalid ones among geometries, as number of the row and WKB; `place` knows where they are."""
    count = 0
    with listening() as said:
        for number, (row, wkb) in enumerate(rows):
            if number % EVERY == 0:
                watch.check()
            reason = invalidity(wkb, said)
            if reason:
                count += 1
                if count <= MOST_FAULTS:
                    words, at = reason
                    yield Fault(ERROR, "invalid_geometry", layer, words, row=row, place=at and place.wgs84(*at))
    if count > MOST_FAULTS:
        more = ngettext(
            "{n} more geometry is invalid.", "{n} more geometries are invalid.", counted(count - MOST_FAULTS)
        )
        yield Fault(ERROR, "invalid_geometry", layer, more, times=count - MOST_FAULTS)


def invalidity(wkb: bytes, said: list[str]) -> Optional[tuple[str, Optional[tuple[float, float]]]]:
    """Why a geometry is invalid, in words, and where; None if it is valid. `said` is what GDAL says meanwhile."""
    said.clear()
    try:
        shape = ogr.CreateGeometryFromWkb(wkb)
    except RuntimeError:
        shape = None
    if shape is None:
        return _("It cannot be read."), None
    if shape.IsValid():
        return None
    text = next((each for each in said if each), "")
    at = _AT.search(text)
    reason = (text[: at.start()] if at else text).rpartition(": ")[2].strip()
    words = _(REASONS[reason]) if reason in REASONS else reason or _("It is invalid.")
    return words, (float(at[1]), float(at[2])) if at else _first_point(shape)


def _first_point(shape: Any) -> Optional[tuple[float, float]]:
    while shape.GetGeometryCount():
        shape = shape.GetGeometryRef(0)
    return (shape.GetX(0), shape.GetY(0)) if shape.GetPointCount() else None


@contextmanager
def listening() -> Iterator[list[str]]:
    """What GDAL and GEOS complain of, instead of on stderr."""
    said: list[str] = []
    gdal.PushErrorHandler(lambda _kind, _number, text: said.append(text))
    try:
        yield said
    finally:
        gdal.PopErrorHandler()


# ---------------------------------------------------------------------- coordinate systems


class Places:
    """Places of a coordinate system, x before y, on the globe; of None, nowhere."""

    def __init__(self, system: Any) -> None:
        wgs84 = system_of("EPSG:4326")
        self._transform = osr.CoordinateTransformation(system, wgs84) if system is not None else None

    def wgs84(self, x: float, y: float) -> Optional[tuple[float, float]]:
        """lon, lat; None for what has no place there."""
        if self._transform is None:
            return None
        with listening():
            try:
                lon, lat, _height = self._transform.TransformPoint(x, y)
            except (RuntimeError, TypeError):
                return None
        return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None


def system_of(srs: str) -> Any:
    """The system of a code such as `EPSG:2154`, x before y; None if there is none."""
    system = osr.SpatialReference()
    with listening():
        try:
            if system.SetFromUserInput(srs):
                return None
        except RuntimeError:
            return None
    system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return system
