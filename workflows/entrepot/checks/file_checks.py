"""What is wrong with files before they are delivered as they are: vector files, images, anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

from osgeo import gdal, ogr, osr

from ....i18n import _, ngettext
from ...pages.writing import counted
from ...watch import Watch
from .. import names
from ..delivery.packing import IGNORED_BY_SERVER, LITTER
from . import checking
from .checking import listening, system_of
from .faults import ERROR, WARNING, Checked, Fault

VECTOR, RASTER, ARCHIVE = "VECTOR", "RASTER", "ARCHIVE"
ENDINGS = {
    VECTOR: frozenset({".gpkg", ".geojson", ".json", ".shp", ".csv", ".fgb", ".parquet"}),
    RASTER: frozenset({".tif", ".tiff", ".jp2"}),
}
"""What the server reads of each type (contract 3.4)."""
_SHAPEFILE = (".shx", ".dbf", ".prj")


def check_files(given: Iterable[Path], srs: str = "", type: str = "", watch: Optional[Watch] = None) -> Checked:
    """What is wrong with files and with what lies in folders, as a delivery of this type in this coordinate system.

    Without a type each file is looked at as what it seems to be; without `srs`, all are to be in the same one.
    """
    watch = watch or Watch()
    faults: list[Fault] = []
    files = [file for path in given for file in _files(path, faults)]
    checks = _Files(srs, faults, watch)
    looked_at = []
    for number, file in enumerate(files):
        watch.check()
        watch.progress(number, len(files))
        looked_at.append((str(file), checks.check(file, type)))
    if not type or type == ARCHIVE:
        faults += _same_names(files, type)
    return Checked(tuple(faults), tuple(looked_at))


def check_raster(file: Path, srs: str = "") -> list[Fault]:
    """What is wrong with one image."""
    faults: list[Fault] = []
    _Files(srs, faults, Watch()).check(file, RASTER)
    return faults


def type_of(file: Path) -> str:
    """What a file seems to be."""
    ending = file.suffix.lower()
    return next((type for type, endings in ENDINGS.items() if ending in endings), ARCHIVE)


class _Files:
    """The checks of files one by one; what they have in common is remembered."""

    def __init__(self, srs: str, faults: list[Fault], watch: Watch) -> None:
        self._srs, self._faults, self._watch = srs, faults, watch
        self._system = system_of(srs) if srs else None
        self._named_by = ""

    def check(self, file: Path, type: str) -> str:
        """Gives what the file holds, in words."""
        if file.name.startswith(IGNORED_BY_SERVER):
            self._add(WARNING, "file", file, _("The server ignores files whose name begins with “__”."))
            return ""
        try:
            empty = file.stat().st_size == 0
        except OSError as error:
            self._add(ERROR, "file", file, _("It cannot be read: {why}.").format(why=error.strerror))
            return ""
        if empty:
            self._add(ERROR, "file", file, _("It is empty (0 bytes)."))
            return ""
        kind = type or type_of(file)
        if kind == ARCHIVE:
            return ""
        if type and file.suffix.lower() not in ENDINGS[type]:
            return ""  # what belongs to another file, or is for the server to judge
        with listening() as said:
            return self._vector(file, said) if kind == VECTOR else self._raster(file, said)

    def _add(self, severity: str, code: str, file: Path, said: str, column: str = "") -> None:
        self._faults.append(Fault(severity, code, str(file), said, column=column))

    # ------------------------------------------------------------------ vector

    def _vector(self, file: Path, said: list[str]) -> str:
        if file.suffix.lower() == ".shp":
            missing = [ending for ending in _SHAPEFILE if not _beside(file, ending)]
            if missing:
                text = _("{missing} is missing beside it: the server can hardly read it.")
                self._add(ERROR, "file", file, text.format(missing=", ".join(missing)))
                if ".shx" in missing:
                    return ""
        source = _opened(file, gdal.OF_VECTOR)
        if source is None:
            self._add(ERROR, "file", file, _unreadable(said))
            return ""
        layers = [source.GetLayerByIndex(at) for at in range(source.GetLayerCount())]
        if not layers:
            self._add(ERROR, "empty", file, _("It has no table."))
        return ", ".join(self._table(file, layer) for layer in layers)

    def _table(self, file: Path, layer: Any) -> str:
        name, definition = layer.GetName(), layer.GetLayerDefn()
        where = file if name == file.stem else file / name
        for problem in names.table_problems(name):
            self._add(ERROR if problem.refused else WARNING, "table_name", where, problem.said)
        columns = [definition.GetFieldDefn(at).GetName() for at in range(definition.GetFieldCount())]
        self._columns(where, columns)
        count = layer.GetFeatureCount()
        if not count:
            self._add(ERROR, "empty", where, _("It has no object."))
        if definition.GetGeomType() != ogr.wkbNone:
            self._is_in(where, layer.GetSpatialRef(), needed=file.suffix.lower() != ".csv")
            self._geometries(where, layer)
        return ngettext("{name}: {n} object", "{name}: {n} objects", counted(count), name=name)

    def _geometries(self, where: Path, layer: Any) -> None:
        """Row by row: invalid ones, several kinds, none."""
        system = layer.GetSpatialRef()
        if system is not None:
            system = system.Clone()
            system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        rows = _Rows(layer)
        for fault in checking.invalid(rows, str(where), checking.Places(system), self._watch):
            self._faults.append(_with_id(fault))
        if len(rows.kinds) > 1:
            self._faults.append(checking.mixed(str(where)))
        if rows.missing:
            self._faults.append(_with_id(checking.missing(str(where), rows.missing, rows.first_missing)))

    def _columns(self, where: Path, columns: Sequence[str]) -> None:
        clashes = names.column_collisions(columns)
        for renamed, same in clashes.items():
            text = _("{columns} have one name on the server, “{renamed}”: rename all but one.")
            self._add(ERROR, "columns_clash", where, text.format(columns=", ".join(same), renamed=renamed), same[0])
        for column in columns:
            if names.integrated_name(column) not in clashes:
                for problem in names.column_problems(column):
                    self._add(ERROR if problem.refused else WARNING, "column_name", where, problem.said, column)

    # ------------------------------------------------------------------ images

    def _raster(self, file: Path, said: list[str]) -> str:
        image = _opened(file, gdal.OF_RASTER)
        if image is None:
            self._add(ERROR, "file", file, _unreadable(said))
            return ""
        if image.GetGeoTransform(can_return_null=True) is None:
            text = _("It has no place on the ground: write it as GeoTIFF, or with a .tfw file beside it.")
            self._add(ERROR, "not_georeferenced", file, text)
        else:
            self._is_in(file, image.GetSpatialRef(), needed=False)
        return _("{width} × {height} pixels").format(width=image.RasterXSize, height=image.RasterYSize)

    # ------------------------------------------------------------------ coordinate systems

    def _is_in(self, where: Path, system: Any, *, needed: bool) -> None:
        """All are in the system that is declared, else in that of the first."""
        if system is None:
            if needed:
                self._add(ERROR, "crs_missing", where, _("It does not say its coordinate system."))
            return
        if self._system is None:
            self._system, self._named_by = system.Clone(), str(where)
        elif not same_system(system, self._system):
            text = _("It is in {crs}, not in {declared}: one delivery is in one coordinate system.")
            declared = self._srs or f"{name_of(self._system)} ({self._named_by})"
            self._add(ERROR, "crs_differs", where, text.format(crs=name_of(system), declared=declared))


class _Rows:
    """The geometries of a layer, read once: ids counted from 1, and WKB; what else they are is known after that."""

    def __init__(self, layer: Any) -> None:
        self._layer, self.kinds, self.missing, self.first_missing = layer, set[int](), 0, 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        for feature in self._layer:
            shape = feature.GetGeometryRef()
            if shape is None or shape.IsEmpty():
                self.missing += 1
                self.first_missing = self.first_missing or feature.GetFID() + 1
                continue
            self.kinds.add(shape.GetDimension())
            if shape.GetDimension():
                yield feature.GetFID() + 1, bytes(shape.ExportToWkb())


def _with_id(fault: Fault) -> Fault:
    """The same with the id of the object instead of its row."""
    return replace(fault, row=0, feature=str(fault.row - 1)) if fault.row else fault


def name_of(system: Any) -> str:
    """`EPSG:2154`, else what the system is called."""
    code = system.GetAuthorityCode(None)
    return f"{system.GetAuthorityName(None)}:{code}" if code else str(system.GetName())


def same_system(one: Any, other: Any) -> bool:
    """Whether two systems are one, whatever the order of their axes and who named them."""
    if one.IsSame(other, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", "IGNORE_COORDINATE_EPOCH=YES"]):
        return True
    text = one.ExportToProj4().strip()
    return bool(text) and text == other.ExportToProj4().strip()


def _files(path: Path, faults: list[Fault]) -> Iterator[Path]:
    """The files that a path means."""
    if path.is_dir():
        root = path.resolve()
        inside = sorted(root.rglob("*"))
        for file in inside:
            if file.is_symlink() and root not in file.resolve().parents:
                said = _("It is a link that leads out of the folder, to {target}: put the file itself there.")
                faults.append(Fault(ERROR, "link", str(file), said.format(target=file.resolve())))
            elif file.is_file() and file.name.lower() not in LITTER:
                yield file
        if not inside:
            faults.append(Fault(ERROR, "empty", str(path), _("The folder is empty.")))
    elif path.exists():
        yield path
    else:
        faults.append(Fault(ERROR, "file", str(path), _("There is no such file.")))


def _same_names(files: Sequence[Path], type: str) -> Iterator[Fault]:
    """The server keeps the files of an archive without their folders."""
    seen: dict[str, Path] = {}
    for file in files:
        other = seen.setdefault(file.name, file)
        if other != file:
            said = _(
                "{other} has the same name: in an archive (download) the server keeps files without their folders."
            )
            yield Fault(ERROR if type else WARNING, "same_name", str(file), said.format(other=other))


def _opened(file: Path, kind: int) -> Any:
    try:
        return gdal.OpenEx(str(file), kind | gdal.OF_READONLY)
    except RuntimeError:
        return None


def _unreadable(said: Sequence[str]) -> str:
    why = next((text for text in said if text), "")
    return _("It cannot be read: {why}.").format(why=why.rstrip(".")) if why else _("It cannot be read.")


def _beside(file: Path, ending: str) -> bool:
    return any(file.with_suffix(each).exists() for each in (ending, ending.upper()))
