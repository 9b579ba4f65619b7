"""The database of a stored data: a GeoPackage with a table per relation, told of as PostgreSQL would (contract 3.8)."""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal, ogr, osr

from . import crs, names, sources

_TYPES = {
    ogr.OFTInteger: "integer", ogr.OFTInteger64: "bigint", ogr.OFTReal: "double precision", ogr.OFTString: "text",
    ogr.OFTDate: "date", ogr.OFTTime: "time without time zone", ogr.OFTDateTime: "timestamp with time zone",
    ogr.OFTBinary: "bytea", ogr.OFTIntegerList: "integer[]", ogr.OFTInteger64List: "bigint[]",
    ogr.OFTRealList: "double precision[]", ogr.OFTStringList: "text[]",
}  # fmt: skip
_SUBTYPES = {
    ogr.OFSTBoolean: "boolean", ogr.OFSTInt16: "smallint", ogr.OFSTFloat32: "real", ogr.OFSTJSON: "jsonb",
    ogr.OFSTUUID: "uuid",
}  # fmt: skip


def create(file: Path) -> gdal.Dataset:
    return gdal.GetDriverByName("GPKG").Create(str(file), 0, 0, 0, gdal.GDT_Unknown)


def add_table(made: gdal.Dataset, table: str, model: ogr.Layer, columns: list[str], kind: int,
              system: osr.SpatialReference) -> None:  # fmt: skip
    """An empty table like the model, its columns under these names."""
    options = [f"FID={names.KEY}", f"GEOMETRY_NAME={names.GEOMETRY}"]
    layer = made.CreateLayer(table, None if kind == ogr.wkbNone else system, kind, options)
    definition = model.GetLayerDefn()
    for number, name in enumerate(columns):
        field = definition.GetFieldDefn(number)
        made_field = ogr.FieldDefn(name, field.GetType())
        made_field.SetSubType(field.GetSubType())
        if field.GetType() == ogr.OFTString:
            made_field.SetWidth(field.GetWidth())
        layer.CreateField(made_field)


def described(file: Path, keys: dict[str, list[str]]) -> dict:
    """What a stored data tells of it: `type_infos`, `extent`, `size`."""
    made = gdal.OpenEx(str(file), gdal.OF_VECTOR)
    extent, relations, views = crs.Extent(), [], _views(made)
    for number in range(made.GetLayerCount()):
        layer = made.GetLayer(number)
        _add_bounds(layer, extent)
        view = layer.GetName() in views
        relations.append({
            "name": layer.GetName(), "type": "VIEW" if view else "TABLE", "attributes": _attributes(layer),
            "primary_key": [] if view else keys.get(layer.GetName(), [layer.GetFIDColumn()]),
        })  # fmt: skip
    relations.sort(key=lambda relation: relation["name"])
    return {"type_infos": {"relations": relations}, "extent": extent.geojson(), "size": file.stat().st_size}


def _views(made: gdal.Dataset) -> set[str]:
    result = made.ExecuteSQL("SELECT name FROM sqlite_master WHERE type = 'view'")
    found = {feature.GetField(0) for feature in result} if result else set()
    made.ReleaseResultSet(result)
    return found


def types(layer: ogr.Layer) -> dict[str, str]:
    """The types of its columns by name, as PostgreSQL calls them."""
    definition, found = layer.GetLayerDefn(), {}
    for number, name in enumerate(sources.columns(layer)):
        field = definition.GetFieldDefn(number)
        found[name] = _SUBTYPES.get(field.GetSubType()) or _TYPES.get(field.GetType(), "text")
        if found[name] == "text" and field.GetWidth():
            found[name] = f"character varying({field.GetWidth()})"
    return found


def _attributes(layer: ogr.Layer) -> dict[str, str]:
    """With its key and its geometry."""
    found = {**({layer.GetFIDColumn(): "integer"} if layer.GetFIDColumn() else {}), **types(layer)}
    if layer.GetGeomType() != ogr.wkbNone:
        kind = ogr.GeometryTypeToName(layer.GetGeomType()).replace(" ", "").replace("3D", "")
        kind = "Geometry" if kind.startswith("Unknown") else kind
        high = "Z" if ogr.GT_HasZ(layer.GetGeomType()) else ""
        code = layer.GetSpatialRef().GetAuthorityCode(None) if layer.GetSpatialRef() else None
        found[layer.GetGeometryColumn()] = f"geometry({kind}{high},{code or 0})"
    return found


def _add_bounds(layer: ogr.Layer, extent: crs.Extent) -> None:
    if layer.GetGeomType() == ogr.wkbNone or not layer.GetFeatureCount() or layer.GetSpatialRef() is None:
        return
    try:
        bounds = layer.GetExtent()
    except RuntimeError:  # nothing has a geometry
        return
    if bounds[0] <= bounds[1]:
        extent.add(*bounds, layer.GetSpatialRef())
