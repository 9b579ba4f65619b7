"""The tables of delivered vector files (contract 3.4): which formats, which geometry columns, which names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from osgeo import gdal, ogr

from . import complaints, delivered
from .log import WorkError

INTEGRATED = (".gpkg", ".geojson", ".json", ".shp", ".csv", ".fgb")
CHECKED_ONLY = (".parquet", ".geoparquet")
BESIDE = (".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qpj", ".xml", ".csvt")
"""What lies beside the files that are opened."""
SQL, DELETE, UPDATE = ".sql", ".delete", ".update"
_NEEDED = (".shx", ".prj")
_CSV = [
    "GEOM_POSSIBLE_NAMES=json,geom,the_geom,wkb,wkt", "X_POSSIBLE_NAMES=lon,x,longitude",
    "Y_POSSIBLE_NAMES=lat,y,latitude", "KEEP_GEOM_COLUMNS=NO", "EMPTY_STRING_AS_NULL=YES",
]  # fmt: skip
_DRIVERS = {
    ".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON", ".shp": "ESRI Shapefile", ".csv": "CSV",
    ".fgb": "FlatGeobuf", ".parquet": "Parquet", ".geoparquet": "Parquet",
}  # fmt: skip


class Source(NamedTuple):
    """A delivered file that is open; `name` is its path in the upload."""

    name: str
    suffix: str
    dataset: gdal.Dataset

    def layers(self) -> Iterator[ogr.Layer]:
        for number in range(self.dataset.GetLayerCount()):
            yield self.dataset.GetLayer(number)


def opened(folder: str, *suffixes: str) -> Iterator[Source | WorkError]:
    """The files with these endings, opened, or why one could not be."""
    for path in delivered.of_kind(f"{folder}/data", *suffixes):
        name = path.relative_to(Path(folder) / "data").as_posix()
        try:
            yield Source(name, path.suffix.lower(), _open(path))
        except (RuntimeError, WorkError) as error:
            yield WorkError(f"{name} : {complaints.said(error)}")


def _open(path: Path) -> gdal.Dataset:
    suffix = path.suffix.lower()
    if suffix == ".shp":
        beside = {other.suffix.lower() for other in path.parent.iterdir() if other.stem == path.stem}
        missing = [part for part in _NEEDED if part not in beside]
        if missing:
            raise WorkError(f"fichiers manquants à côté du shapefile : {', '.join(missing)}")
    if gdal.GetDriverByName(_DRIVERS[suffix]) is None:
        raise WorkError(f"format non lu par cette version : {_DRIVERS[suffix]}")
    options = []
    if suffix == ".csv":
        typed = any(path.with_suffix(end).exists() for end in (".csvt", ".CSVT"))
        options = [*_CSV, *([] if typed else ["AUTODETECT_TYPE=YES"])]
    return gdal.OpenEx(str(path), gdal.OF_VECTOR, allowed_drivers=[_DRIVERS[suffix]], open_options=options)


def unknown(folder: str) -> list[str]:
    """The files of no known kind."""
    known = (*INTEGRATED, *CHECKED_ONLY, *BESIDE, SQL, DELETE, UPDATE)
    data = Path(folder) / "data"
    found = delivered.files(str(data))
    return [path.relative_to(data).as_posix() for path in found if path.suffix.lower() not in known]


def columns(layer: ogr.Layer) -> list[str]:
    definition = layer.GetLayerDefn()
    return [definition.GetFieldDefn(number).GetName() for number in range(definition.GetFieldCount())]
