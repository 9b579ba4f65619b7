"""What a delivery is made of: files and folders as somebody names them, checked, with their paths on the server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ....client.entrepot.uploads import TYPES
from ....i18n import _
from ...errors import InputError
from ...watch import Watch

SRS = re.compile(r"(EPSG:[0-9]+|IGNF:[A-Z0-9_.]+)", re.IGNORECASE)
IGNORED_BY_SERVER = "__"
"""Files whose name begins so are neither checked nor processed (contract 3.4)."""
LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
"""What systems leave in folders, in lower case."""

_SHAPEFILE = (".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".shp.xml")
_NEEDED = (".shx", ".dbf", ".prj")
_COMPANIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "VECTOR": {".shp": _SHAPEFILE, ".csv": (".csvt",)},
    "RASTER": {".tif": (".tfw", ".tifw"), ".tiff": (".tfw", ".tiffw"), ".jp2": (".j2w", ".jp2w")},
}
"""Files that belong to a file, by the type of the delivery and the ending of that file."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Parcel:
    """A file, and its path in the delivery, with `/`; on the server it lies below `data/`."""

    file: Path
    path: str


@dataclass(frozen=True)
class Package:
    """What one delivery holds. `type` as in `uploads.TYPES`, `srs` as `EPSG:2154` or `IGNF:…`."""

    files: tuple[Parcel, ...]
    type: str
    srs: str
    type_infos: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(parcel.file.stat().st_size for parcel in self.files)


def pack(given: Iterable[Path], type: str, watch: Watch) -> tuple[Parcel, ...]:
    """The files and what is in the folders, with what belongs to them; paths are those below the folder.

    Raises InputError for what is not there and for links that lead out of their folder.
    """
    found: dict[str, Parcel] = {}
    for path in given:
        parcels = _of_folder(path, watch) if path.is_dir() else _of_file(path, type)
        for parcel in parcels:
            other = found.setdefault(parcel.path, parcel)
            if not _same(other.file, parcel.file):
                raise InputError(
                    _("{first} and {second} would both be “{path}” in the delivery: rename one.").format(
                        first=other.file, second=parcel.file, path=parcel.path
                    )
                )
    return tuple(found.values())


def check(package: Package, watch: Watch) -> None:
    """Raises InputError for what the server would refuse or mistake; says what it will not use."""
    if package.type not in TYPES:
        raise InputError(
            _("“{type}” is no type of delivery. There are: {known}.").format(type=package.type, known=", ".join(TYPES))
        )
    if not SRS.fullmatch(package.srs):
        raise InputError(
            _(
                "The coordinate system “{srs}” is none that the server knows: choose one of EPSG or IGNF, such as "
                "EPSG:2154."
            ).format(srs=package.srs)
        )
    if not package.files:
        raise InputError(_("There is no file to deliver. Give files in INPUT or a folder in FOLDER."))
    for parcel in package.files:
        _check_file(parcel)
    if package.type == "ARCHIVE":
        _check_base_names(package.files)
    if package.type == "VECTOR":
        _tell_of_shapefiles(package.files, watch)
    ignored = [parcel.path for parcel in package.files if _name(parcel).startswith(IGNORED_BY_SERVER)]
    if ignored:
        watch.warn(
            _("The server ignores files whose name begins with “__”: {paths}.").format(paths=_enumerated(ignored))
        )
    if len(ignored) == len(package.files):
        raise InputError(_("All files have names that begin with “__”, which the server ignores: rename them."))


def _of_file(path: Path, type: str) -> Iterator[Parcel]:
    if not path.exists():
        raise InputError(_("There is no file {path}.").format(path=path))
    yield Parcel(path, path.name)
    wanted = _COMPANIONS.get(type, {}).get(path.suffix.lower(), ())
    for other in _siblings(path) if wanted else ():
        if other.name[len(path.stem) :].lower() in wanted:
            yield Parcel(other, other.name)


def _siblings(path: Path) -> list[Path]:
    """The files of the same folder whose name begins as this one's."""
    return sorted(other for other in path.parent.iterdir() if other.name.startswith(path.stem + ".") and other != path)


def _of_folder(folder: Path, watch: Watch) -> Iterator[Parcel]:
    root = folder.resolve()
    for place, folders, names in os.walk(str(root), onerror=_unreadable):
        folders.sort()
        for name in sorted(names + folders):
            path = Path(place, name)
            if path.is_symlink():
                check_link(path, root)
                if path.is_dir():  # what it leads to is in the folder too
                    watch.warn(_("{path} is a link to a folder: what it leads to is not sent twice.").format(path=path))
            elif name.lower() in LITTER:
                watch.info(_("{path} is left out.").format(path=path))
                continue
            if not path.is_dir():
                yield Parcel(path, path.relative_to(root).as_posix())


def check_link(path: Path, root: Path) -> None:
    """Raises InputError if a link leads out of this folder, which is given without links."""
    target = path.resolve()
    if root not in target.parents:
        raise InputError(
            _(
                "{path} is a link that leads out of the folder, to {target}. Put the file itself there, or give it in "
                "INPUT."
            ).format(path=path, target=target)
        )


def _unreadable(error: OSError) -> None:
    raise error


def _check_file(parcel: Parcel) -> None:
    file = parcel.file
    parts = PurePosixPath(parcel.path).parts
    if not parts or parcel.path.startswith("/") or ".." in parts or _CONTROL.search(parcel.path):
        raise InputError(
            _("{path!a} is no name that a file can have on the server: rename it.").format(path=parcel.path)
        )
    if not file.is_file():
        missing = _("There is no file {path}.") if not file.exists() else _("{path} is no plain file.")
        raise InputError(missing.format(path=file))
    if file.stat().st_size == 0:
        raise InputError(_("{path} is empty (0 bytes): leave it out, or write it again.").format(path=file))


def _check_base_names(parcels: Sequence[Parcel]) -> None:
    """The server keeps the files of an archive without their folders."""
    seen: dict[str, Parcel] = {}
    for parcel in parcels:
        other = seen.setdefault(_name(parcel), parcel)
        if other is not parcel:
            raise InputError(
                _(
                    "{first} and {second} have the same name, and the server keeps the files of an archive without "
                    "their folders: rename one."
                ).format(first=other.path, second=parcel.path)
            )


def _tell_of_shapefiles(parcels: Sequence[Parcel], watch: Watch) -> None:
    there = {parcel.path.lower() for parcel in parcels}
    for parcel in parcels:
        if parcel.path.lower().endswith(".shp"):
            missing = [ending for ending in _NEEDED if parcel.path[:-4].lower() + ending not in there]
            if missing:
                watch.warn(
                    _(
                        "{path} comes without {missing}: the server can hardly read it. They must lie beside it, with "
                        "the same name."
                    ).format(path=parcel.path, missing=", ".join(missing))
                )


def _name(parcel: Parcel) -> str:
    return parcel.path.rpartition("/")[2]


def _same(first: Path, second: Path) -> bool:
    return first == second or (first.exists() and second.exists() and first.samefile(second))


def _enumerated(paths: Sequence[str], most: int = 5) -> str:
    return ", ".join(paths[:most]) + (", …" if len(paths) > most else "")
