"""Check: vector files are read by OGR, in the declared system, with names for the database (contract 3.4, 3.5)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from osgeo import ogr, osr

from . import complaints, crs, delivered, names, sources, sql
from .log import Log, WorkError

_LOOKED_AT = 10_000  # geometries per table


def run(log: Log, folder: str, srs: str) -> dict:
    declared, extent, found = crs.system(srs), crs.Extent(), 0
    for name in sources.unknown(folder):
        log.error(f"Format non pris en charge : {name}")
    for source in sources.opened(folder, *sources.INTEGRATED, *sources.CHECKED_ONLY):
        found += 1
        if isinstance(source, WorkError):
            log.error(str(source))
            continue
        layers = list(source.layers())
        if not layers:
            log.error(f"{source.name} : aucune table")
        for layer in layers:
            _check(log, source, layer, declared, extent)
    for path in delivered.of_kind(f"{folder}/data", sources.SQL):
        found += 1
        _check_sql(log, path)
    for path in delivered.of_kind(f"{folder}/data", sources.DELETE, sources.UPDATE):
        found += 1
        _names(log, path.name, [path.stem])
    if not found:
        log.error("La livraison ne contient aucune donnée vecteur")
    return {"extent": extent.geojson()}


def _check(
    log: Log, source: sources.Source, layer: ogr.Layer, declared: osr.SpatialReference, extent: crs.Extent
) -> None:
    table = f"{source.name}, table {layer.GetName()}"
    _names(log, table, [layer.GetName(), *sources.columns(layer)])
    if layer.GetGeomType() == ogr.wkbNone:
        log.warning(f"{table} : pas de géométrie")
        return
    system = layer.GetSpatialRef()
    if system is None and source.suffix == ".csv":
        system = declared
    if system is None:
        log.error(f"{table} : système de coordonnées absent")
        return
    if not crs.same(system, declared):
        log.error(
            f"{table} : le système {crs.name_of(system)} n'est pas celui qui est déclaré, {crs.name_of(declared)}"
        )
        return
    count = layer.GetFeatureCount()
    if not count:
        log.warning(f"{table} : aucun objet")
        return
    try:
        bounds = _bounds(log, table, layer)
    except RuntimeError as error:
        log.error(f"{table} : lecture impossible : {complaints.said(error)}")
        return
    if bounds:
        extent.add(*bounds, declared)
    log.info(f"{table} : {count} objets")


def _bounds(log: Log, table: str, layer: ogr.Layer) -> tuple[float, float, float, float] | None:
    """The box of the layer; looks at its geometries on the way."""
    wrong = 0
    for number, feature in enumerate(layer):
        geometry = feature.GetGeometryRef()
        if number >= _LOOKED_AT:
            break
        wrong += geometry is not None and not geometry.IsValid()
    if wrong:
        log.warning(f"{table} : {wrong} géométries non valides")
    layer.ResetReading()
    try:
        bounds = layer.GetExtent()
    except RuntimeError:  # nothing has a geometry
        return None
    return bounds if bounds[0] <= bounds[1] else None


def _check_sql(log: Log, path: Path) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        log.error(f"{path.name} : UTF-8 attendu")
        return
    wrong = sql.faults(text)
    for fault in wrong:
        log.error(f"{path.name} : {fault}")
    if not wrong:
        for made in sql.parsed(text):
            if isinstance(made, sql.Table):
                log.info(f"{path.name} : table {made.name}")
                _names(log, path.name, [made.name, *(column.name for column in made.columns)])


def _names(log: Log, where: str, found: Iterable[str]) -> None:
    for fault in filter(None, map(names.fault, found)):
        log.error(f"{where} : {fault}")
