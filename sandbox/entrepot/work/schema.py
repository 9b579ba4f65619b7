"""Delivered SQL carried out (contract 3.4): tables, columns and views of the database."""

from __future__ import annotations

import re

from osgeo import gdal, ogr, osr

from . import crs, delivered, names, sql
from .log import Log, WorkError

_TYPES = (
    (r"(small|big)?serial|bigint|int8", ogr.OFTInteger64, ogr.OFSTNone),
    (r"smallint|int2", ogr.OFTInteger, ogr.OFSTInt16),
    (r"int", ogr.OFTInteger, ogr.OFSTNone),
    (r"real|float4", ogr.OFTReal, ogr.OFSTFloat32),
    (r"double|float|numeric|decimal", ogr.OFTReal, ogr.OFSTNone),
    (r"bool", ogr.OFTInteger, ogr.OFSTBoolean),
    (r"date", ogr.OFTDate, ogr.OFSTNone),
    (r"timestamp", ogr.OFTDateTime, ogr.OFSTNone),
    (r"time", ogr.OFTTime, ogr.OFSTNone),
    (r"bytea", ogr.OFTBinary, ogr.OFSTNone),
    (r"json", ogr.OFTString, ogr.OFSTJSON),
)
_WHOLE = re.compile(r"(small|big)?serial|bigint|int", re.IGNORECASE)


def apply(log: Log, folder: str, made: gdal.Dataset, declared: osr.SpatialReference) -> dict[str, list[str]]:
    """Make what the files say; the keys of the tables. Raises WorkError."""
    keys: dict[str, list[str]] = {}
    for path in delivered.of_kind(f"{folder}/data", ".sql"):
        for thing in sql.parsed(path.read_text(encoding="utf-8")):
            if isinstance(thing, sql.Table):
                keys[names.in_database(thing.name)] = _table(made, thing, declared)
            elif isinstance(thing, sql.View):
                _view(made, thing)
            else:
                _change(made, thing, keys)
        log.info(f"{path.name} : appliqué")
    return keys


def _table(made: gdal.Dataset, table: sql.Table, declared: osr.SpatialReference) -> list[str]:
    name = names.in_database(table.name)
    if made.GetLayerByName(name) is not None:
        raise WorkError(f"La table {name} existe déjà")
    own = next((c for c in table.columns if table.key == [c.name] and _WHOLE.match(c.type)), None)
    options = [f"FID={own.name if own else names.KEY}"]
    kind, system = ogr.wkbNone, None
    if table.geometry:
        column, type_, code = table.geometry
        kind = ogr.wkbUnknown if type_.lower() == "geometry" else _geometry(type_)
        system = crs.system(f"EPSG:{code}") if code else declared
        options.append(f"GEOMETRY_NAME={column}")
    layer = made.CreateLayer(name, system, kind, options)
    for column in table.columns:
        if column is not own:
            layer.CreateField(_field(column))
    return table.key or [names.KEY]


def _geometry(text: str) -> int:

    try:
        empty = ogr.CreateGeometryFromWkt(f"{text.upper()} EMPTY")
    except RuntimeError:
        raise WorkError(f"Type de géométrie inconnu : {text}") from None
    return empty.GetGeometryType()


def _field(column: sql.Column) -> ogr.FieldDefn:
    kind, subtype = next(
        ((kind, subtype) for pattern, kind, subtype in _TYPES if re.match(pattern, column.type, re.IGNORECASE)),
        (ogr.OFTString, ogr.OFSTNone),
    )
    made = ogr.FieldDefn(names.in_database(column.name), kind)
    made.SetSubType(subtype)
    width = re.match(r"(?:character varying|varchar|character|char)\s*\(\s*(\d+)", column.type, re.IGNORECASE)
    if width:
        made.SetWidth(int(width[1]))
    made.SetNullable("not null" not in column.type.lower())
    return made


def _change(made: gdal.Dataset, change: sql.Change, keys: dict[str, list[str]]) -> None:
    name = names.in_database(change.table)
    layer = made.GetLayerByName(name)
    if layer is None:
        raise WorkError(f"Table inconnue : {name}")
    if change.column:
        layer.CreateField(_field(change.column))
    if change.key:
        keys[name] = change.key


def _view(made: gdal.Dataset, view: sql.View) -> None:
    """A view of SQLite, made known to OGR as the table that it is taken from is."""
    name = names.in_database(view.name)
    found = re.search(r"\bfrom\s+\"?(\w+)", view.query, re.IGNORECASE)
    model = made.GetLayerByName(found[1].lower()) if found else None
    if model is None:
        raise WorkError(f"Vue {name} : table inconnue")
    made.ReleaseResultSet(made.ExecuteSQL(f'CREATE VIEW "{name}" AS {view.query}'))
    if model.GetGeomType() == ogr.wkbNone:
        insert = (
            f"INSERT INTO gpkg_contents (table_name, identifier, data_type) VALUES ('{name}', '{name}', 'attributes')"
        )
        made.ReleaseResultSet(made.ExecuteSQL(insert))
        return
    for statement in (
        "INSERT INTO gpkg_contents (table_name, identifier, data_type, srs_id) "
        f"SELECT '{name}', '{name}', 'features', srs_id FROM gpkg_contents WHERE table_name = '{model.GetName()}'",
        "INSERT INTO gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m) "
        f"SELECT '{name}', column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns "
        f"WHERE table_name = '{model.GetName()}'",
    ):
        made.ReleaseResultSet(made.ExecuteSQL(statement))
