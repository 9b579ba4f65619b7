"""Processing: the tables of delivered vector files into one database (contract 3.6, 3.8).

Deletes come first, then updates, then inserts. What exists is changed in a copy, which takes its place at the end.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from osgeo import gdal, ogr, osr

from . import changes, crs, database, names, schema, sources
from .log import Log, WorkError

_FAMILIES = {
    ogr.wkbPoint: ogr.wkbMultiPoint, ogr.wkbMultiPoint: ogr.wkbMultiPoint,
    ogr.wkbLineString: ogr.wkbMultiLineString, ogr.wkbMultiLineString: ogr.wkbMultiLineString,
    ogr.wkbPolygon: ogr.wkbMultiPolygon, ogr.wkbMultiPolygon: ogr.wkbMultiPolygon,
}  # fmt: skip


def run(log: Log, target: str, folders: list[str], declared: str, current: str | None, relations: list[dict],
        srs: str | None = None, multigeom_layers: list[str] | None = None, update: bool = False,
        delete: bool = False) -> dict:  # fmt: skip
    """`current` and `relations` are the system and the tables of a database that is there; `declared`: the uploads'."""
    wanted = current or srs or declared
    if srs and not crs.same(crs.system(srs), crs.system(wanted)):
        raise WorkError(f"La base est en {wanted} : elle ne change pas de système")
    work = _Integration(log, Path(target) / "database.gpkg", relations, crs.system(declared), crs.system(wanted))
    work.mixed = {names.in_database(name) for name in multigeom_layers or ()}
    for folder in folders:
        work.prepare(folder)
    for folder in folders:
        work.change(folder, delete, update)
    for folder in folders:
        work.insert(folder)
    return {**work.finish(), "srs": wanted}


class _Integration:
    def __init__(self, log: Log, target: Path, relations: list[dict], declared: osr.SpatialReference,
                 wanted: osr.SpatialReference):  # fmt: skip
        self.log, self.target, self.declared, self.wanted = log, target, declared, wanted
        self.mixed: set[str] = set()
        self.unfinished = target.with_name("unfinished.gpkg")
        self.unfinished.unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.keys = {relation["name"]: relation["primary_key"] for relation in relations}
        if target.exists():
            shutil.copyfile(target, self.unfinished)
            self.made = gdal.OpenEx(str(self.unfinished), gdal.OF_VECTOR | gdal.OF_UPDATE)
        else:
            self.made = database.create(self.unfinished)
        self._sources: dict[str, str] = {}

    def prepare(self, folder: str) -> None:
        """The tables and views that delivered SQL makes."""
        self.keys.update(schema.apply(self.log, folder, self.made, self.declared))

    def change(self, folder: str, delete: bool, update: bool) -> None:
        for suffix, wanted, act in ((".delete", delete, changes.delete), (".update", update, changes.update)):
            for path in changes.files(folder, suffix):
                if not wanted:
                    self.log.warning(f"{path.name} : ignoré, le paramètre {suffix[1:]} n'est pas vrai")
                    continue
                table = names.in_database(path.stem)
                if self.made.GetLayerByName(table) is None:
                    raise WorkError(f"{path.name} : table inconnue : {table}")
                self.log.info(f"{path.name} : {act(self.made, table, self.keys.get(table, [names.KEY]), path)} objets")

    def insert(self, folder: str) -> None:
        for source in sources.opened(folder, *sources.INTEGRATED, *sources.CHECKED_ONLY):
            if isinstance(source, WorkError):
                raise source
            if source.suffix in sources.CHECKED_ONLY:
                raise WorkError(f"{source.name} : ce format n'est pas encore intégré en base")
            for layer in source.layers():
                self._layer(source, layer)

    def _layer(self, source: sources.Source, layer: ogr.Layer) -> None:
        raw, table = layer.GetName(), names.in_database(layer.GetName())
        if self._sources.setdefault(table, raw) != raw:
            raise WorkError(f"Les tables « {self._sources[table]} » et « {raw} » deviennent toutes deux {table}")
        columns = _renamed(table, sources.columns(layer))
        count = layer.GetFeatureCount()
        if self.made.GetLayerByName(table) is None:
            database.add_table(self.made, table, layer, columns, self._geometry_type(table, layer), self.wanted)
            self.keys[table] = [names.KEY]
        into = self.made.GetLayerByName(table)
        there = sources.columns(into)
        missing = [name for name in columns if name not in there and name != into.GetFIDColumn()]
        if missing:
            raise WorkError(f"{source.name} : colonnes absentes de la table {table} : {', '.join(missing)}")
        if into.GetFIDColumn() in columns:
            self._copy_with_keys(layer, into, columns)
        else:
            self._copy(source, layer, table, [there.index(name) for name in columns])
        self.log.info(f"{source.name} : {count} objets dans la table {table}")

    def _copy(self, source: sources.Source, layer: ogr.Layer, table: str, positions: list[int]) -> None:
        options = ["-fieldmap", ",".join(map(str, positions)), "-unsetFid"] if positions else ["-unsetFid"]
        into = self.made.GetLayerByName(table)
        if into.GetGeomType() != ogr.wkbNone and layer.GetGeomType() != ogr.wkbNone:
            mixed = ogr.GT_Flatten(into.GetGeomType()) in (ogr.wkbUnknown, ogr.wkbGeometryCollection)
            options += ["-t_srs", into.GetSpatialRef().ExportToWkt(), "-s_srs", self.declared.ExportToWkt()]
            if not mixed and ogr.GT_Flatten(into.GetGeomType()) in (
                ogr.wkbMultiPoint, ogr.wkbMultiLineString, ogr.wkbMultiPolygon
            ):  # fmt: skip
                options += ["-nlt", "PROMOTE_TO_MULTI"]
        gdal.VectorTranslate(
            self.made, source.dataset, layers=[layer.GetName()], layerName=table, accessMode="append", options=options
        )

    def _copy_with_keys(self, layer: ogr.Layer, into: ogr.Layer, columns: list[str]) -> None:
        """Where one of the columns is the key of the table; a key that is taken is an error."""
        turn, key = (
            osr.CoordinateTransformation(self.declared, into.GetSpatialRef() or self.declared),
            into.GetFIDColumn(),
        )
        into.StartTransaction()
        for feature in layer:
            made = ogr.Feature(into.GetLayerDefn())
            for number, name in enumerate(columns):
                if name == key:
                    made.SetFID(feature.GetFieldAsInteger64(number))
                elif feature.IsFieldSetAndNotNull(number):
                    made.SetField(name, feature.GetField(number))
            geometry = feature.GetGeometryRef()
            if geometry is not None and into.GetGeomType() != ogr.wkbNone:
                geometry = geometry.Clone()
                geometry.Transform(turn)
                made.SetGeometry(geometry)
            into.CreateFeature(made)
        into.CommitTransaction()

    def _geometry_type(self, table: str, layer: ogr.Layer) -> int:
        """Multi-geometries of the one kind there is; any geometry for a table that is said to be mixed."""
        if layer.GetGeomType() == ogr.wkbNone:
            return ogr.wkbNone
        found, high = set(), False
        for feature in layer:
            geometry = feature.GetGeometryRef()
            if geometry is not None:
                found.add(_FAMILIES.get(ogr.GT_Flatten(geometry.GetGeometryType()), ogr.wkbUnknown))
                high = high or geometry.Is3D()
        layer.ResetReading()
        if table in self.mixed:
            kind = ogr.wkbUnknown
        elif len(found) > 1:
            raise WorkError(f"Table {table} : géométries de types mêlés, à nommer dans multigeom_layers")
        else:
            kind = found.pop() if found else _FAMILIES.get(ogr.GT_Flatten(layer.GetGeomType()), ogr.wkbUnknown)
        return ogr.GT_SetZ(kind) if high else kind

    def finish(self) -> dict:
        """Put it in its place; what it holds."""
        self.made = None
        found = database.described(self.unfinished, self.keys)
        if not found["type_infos"]["relations"]:
            raise WorkError("Aucune table à intégrer")
        self.unfinished.replace(self.target)
        return found


def _renamed(table: str, columns: list[str]) -> list[str]:
    made: dict[str, str] = {}
    for raw in columns:
        name = names.in_database(raw)
        if name in made:
            raise WorkError(f"Table {table} : les colonnes « {made[name]} » et « {raw} » deviennent toutes deux {name}")
        if name in (names.KEY, names.GEOMETRY):
            raise WorkError(f"Table {table} : le nom de colonne « {raw} » est réservé")
        made[name] = raw
    return list(made)
