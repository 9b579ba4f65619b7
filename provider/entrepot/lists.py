"""The data sets of a list or of a folder, each on its own: what is wrong with one stops no other."""

import glob
import unicodedata
from contextlib import ExitStack
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from qgis.core import (
    QgsCoordinateTransformContext,
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingUtils,
    QgsProviderRegistry,
    QgsProviderSublayerDetails,
    QgsVectorLayer,
)

from ...i18n import _, ngettext
from .. import compat
from .. import parameters as p
from ..project.features import python_value
from ..project.systems import wgs84
from . import datasets
from .publication import accept, has_look, said, undrawn

FILES = (".gpkg", ".shp", ".geojson", ".json", ".fgb", ".csv", ".gml", ".kml", ".tab", ".parquet")
"""What of a folder is a data set."""
ROW = ("name", "title", "abstract", "keywords", "services", "access", "layer_name")
"""The columns of a list beside its source."""
MISTAKEN = {
    "acces": "access",
    "titre": "title",
    "resume": "abstract",
    "mots_cles": "keywords",
    "mot_cle": "keywords",
    "nom": "name",
    "nom_couche": "layer_name",
}
"""What one may call a column instead, and how it is called."""
ALIKE = 0.8
"""How like (`difflib`) a name must be to one of ours to be taken for a mistake."""
KEYS = ("fid", "ogc_fid")
"""Columns that a table has of itself."""
TEXT_TABLE = {
    "X_POSSIBLE_NAMES": "lon,long,longitude,lng",
    "Y_POSSIBLE_NAMES": "lat,latitude",
    "GEOM_POSSIBLE_NAMES": "wkt,geom,geometry,the_geom",
    "AUTODETECT_TYPE": "YES",
}
"""How CSV is read: what is a place in it."""
OPEN = ("open", "ouvert", "public")
RESTRICTED = ("restricted", "restreint", "private", "privé")


def table():
    """INPUT: the list of data sets."""
    return p.described(
        QgsProcessingParameterFeatureSource(
            "INPUT", _("List of data sets"), [QgsProcessing.SourceType.TypeVector], optional=True
        ),
        _(
            "A table (CSV, spreadsheet, layer) with one row per data set. Columns: source (a file, beside the table or "
            "with its full path, or the name of a layer of the project), name, title, abstract, keywords, services, "
            "access (open, restricted), layer_name. Only source is needed."
        ),
    )


def folder():
    """FOLDER: each file in it is a data set."""
    return p.described(
        QgsProcessingParameterFile(
            "FOLDER", _("Folder of data sets"), QgsProcessingParameterFile.Behavior.Folder, optional=True
        ),
        _("Each vector file in this folder, and in those inside it, is a data set named after its file."),
    )


@dataclass(frozen=True)
class Row:
    """A row of INPUT: its `source` is a file, a layer that was taken, or the InputError that says why it is neither.

    `said` is what is said of it, `name` what it is called where nothing is.
    """

    source: object
    said: dict
    name: str


@dataclass(frozen=True)
class Listed:
    """INPUT as it was read, and its columns that mean nothing here."""

    rows: tuple = ()
    unknown: tuple = ()


def listed(call):
    """INPUT with the layers of the project that it names as they are now: in the main thread.

    Raises InputError for a list without sources, and for columns that look like mistaken ones of ours.
    """
    source = call.operation.parameterAsSource(call.parameters, "INPUT", call.context)
    if source is None:
        return Listed()
    columns = {field.name().casefold().strip(): field.name() for field in source.fields()}
    unknown = _unknown_columns(columns)
    beside = _folder_of(call)
    rows = []
    for feature in source.getFeatures():
        row = {name: str(python_value(feature[column]) or "").strip() for name, column in columns.items()}
        if row["source"]:
            found, name = _source(call, row["source"], beside)
            rows.append(Row(found, {name: value for name, value in row.items() if name in ROW and value}, name))
    return Listed(tuple(rows), unknown)


def _unknown_columns(columns):
    """Those that mean nothing here; InputError for one that is nearly ours: what it says must not be passed over."""
    from ...workflows.errors import InputError

    ours = ("source", *ROW)
    unknown = [name for name in columns if name not in ours and name not in KEYS]
    for name in unknown:
        meant = _meant(name)
        if meant and meant not in columns:
            raise InputError(
                _("The list has a column “{column}”, which is not read. Call it “{meant}”, or leave it out.").format(
                    column=columns[name], meant=meant
                )
            )
    if "source" not in columns:
        raise InputError(
            _("The list has no column “source”. It has: {columns}.").format(columns=", ".join(columns.values()))
        )
    return tuple(columns[name] for name in unknown)


def _meant(name):
    """Our column that somebody meant by this name, None for none."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    plain = plain.replace(" ", "_").replace("-", "_")
    near = get_close_matches(plain, ("source", *ROW, *MISTAKEN), 1, ALIKE)
    return MISTAKEN.get(near[0], near[0]) if near else None


def data_sets(call, office, listed):
    """The data sets of FOLDER and of the list; raises InputError if there is none.

    Of those with one name, none is published: nobody knows which is meant.
    """
    from ...workflows.errors import InputError
    from ...workflows.own_folder import own_folder

    held = ExitStack()
    folder = held.enter_context(own_folder())
    call.when_closed(held.close)
    if listed.unknown:
        call.watch.warn(
            _("Columns of the list that are not read: {columns}.").format(columns=", ".join(listed.unknown))
        )
    rows = [*_of_folder(call), *listed.rows]
    if not rows:
        raise InputError(_("There is no data set: give a folder with vector files in FOLDER, or a list in INPUT."))
    by_name = {}
    for row in rows:
        by_name.setdefault(_name(row), []).append(row)
    rows = [row if len(by_name[_name(row)]) == 1 else _one_of(by_name[_name(row)], row) for row in rows]
    return [_data_set(call, office, Path(folder, str(number)), row) for number, row in enumerate(rows)]


def _name(row):
    from ...workflows.entrepot import cartes

    return row.said.get("name") or cartes.sheet_name(row.name)


def _one_of(rows, row):
    """The same row, which cannot be published since there are others of its name."""
    from ...workflows.errors import InputError

    sources = ", ".join(str(one.source) if isinstance(one.source, Path) else one.name for one in rows)
    told = _("Several data sets are called “{name}”: {sources}. Give each a name of its own.")
    return replace(row, source=InputError(told.format(name=_name(row), sources=sources)))


def _of_folder(call):
    """A row for each vector file of FOLDER."""
    from ...workflows.errors import InputError

    root = call.path("FOLDER")
    if root is None:
        return
    if not root.is_dir():
        raise InputError(_("There is no folder {path}.").format(path=root))
    found = sorted(root.rglob("*"))
    _tell_links(call, root, found)
    for file in found:
        if file.suffix.lower() in FILES and file.is_file() and not file.name.startswith((".", "__")):
            yield Row(_within(root, file), {}, " – ".join(file.relative_to(root).with_suffix("").parts))


def _tell_links(call, root, found):
    """Links to folders, and those that lead nowhere: nothing is read through them."""
    links = [str(one.relative_to(root)) for one in found if one.is_symlink() and not one.is_file()]
    if links:
        call.watch.warn(
            _(
                "Links to folders, and links that lead nowhere, are not followed: {links}. Put the files themselves "
                "there, or name them in INPUT."
            ).format(links=", ".join(links))
        )


def _within(root, file):
    """The file, or why it is not published: a link of it leads out of the folder."""
    from ...workflows.entrepot.delivery.packing import check_link
    from ...workflows.errors import InputError

    try:
        for one in (file, *_files(file)):
            if one.is_symlink():
                check_link(one, root.resolve())
    except InputError as error:
        return error
    return file


def _source(call, given, beside):
    """A file, or a layer of the project as it is now, or why it cannot be read; and what it is called."""
    from ...workflows.errors import InputError

    path = Path(given).expanduser()
    path = path if path.is_absolute() else beside / path
    if path.exists():
        return path, path.stem
    layer = QgsProcessingUtils.mapLayerFromString(given, call.context)
    if not isinstance(layer, QgsVectorLayer):
        return path, path.stem
    try:
        return _taken(layer), layer.name()
    except InputError as error:
        return error, layer.name()


def _taken(layer):
    from ..project.export import take

    return take(layer) if has_look(layer) else undrawn(take(layer))


def _folder_of(call):
    """Where the file of the list lies."""
    layer = call.operation.parameterAsVectorLayer(call.parameters, "INPUT", call.context)
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source()) if layer else {}
    return Path(parts.get("path") or ".").parent


def _data_set(call, office, folder, row):
    from ...workflows.entrepot.publication.synchronising import DataSet
    from ...workflows.entrepot.publication.wishes import check_said, wish_of
    from ...workflows.pages.writing import said_of

    name, source, own = _name(row), row.source, dict(row.said)
    own.pop("name", None)
    lists = {key: tuple(_words(own.pop(key))) for key in ("services", "keywords") if key in own}
    access = own.pop("access", "").casefold()
    what = said(call, name, **own, **lists)
    if access:
        what = replace(what, open=access not in RESTRICTED)

    def export():
        if isinstance(source, Exception):
            raise source
        check_said(office, what)
        _check_access(name, access)
        folder.mkdir(exist_ok=True)
        taken = [_taken(layer) for layer in _layers(source)] if isinstance(source, Path) else [source]
        return _export(call, taken, folder / "data.gpkg")

    def wish(data):
        return wish_of(office, what, data, lambda loss: call.watch.warn(said_of(name, loss)))

    # without files it is not taken for unchanged before it is read
    files = _files(source) if isinstance(source, Path) else ()
    return DataSet(name, files, what.told(), export, wish, tidy=what.replace_old)


def _files(source):
    """What a file is made of: a Shapefile is several, changes of a GeoPackage wait beside it."""
    pattern = glob.escape(source.stem)
    return tuple(sorted({*source.parent.glob(pattern + ".*")} - {*source.parent.glob(pattern + ".*-shm")}))


def _check_access(name, access):
    """A word that nobody knows must not quietly mean “open to everybody”."""
    from ...workflows.errors import InputError

    if access and access not in (*RESTRICTED, *OPEN):
        raise InputError(
            _("{name}: “{access}” is no access. Write open or restricted.").format(name=name, access=access)
        )


def _export(call, taken, file):
    """What was taken as one GeoPackage that was checked."""
    watch, repair = call.watch.without_progress(), call.flag("REPAIR")
    found, data = datasets.checked(call, taken, file, repair=repair, watch=watch)
    accept(call, found, data)
    return data


def _layers(file):
    """The layers of a file."""
    from ...workflows.errors import InputError

    if file.suffix.lower() == ".csv" and file.exists():
        return [_text_table(file)]
    found = QgsProviderRegistry.instance().querySublayers(str(file))
    options = QgsProviderSublayerDetails.LayerOptions(QgsCoordinateTransformContext())
    layers = [one.toLayer(options) for one in found if one.type() == compat.VECTOR_LAYER]
    if not layers:
        told = _("{file} has no vector layer that QGIS can read.") if file.exists() else _("There is no file {file}.")
        raise InputError(told.format(file=file))
    return layers


def _text_table(file):
    """A table of text, with a geometry where it has columns of degrees or of WKT."""
    options = "".join(f"|option:{name}={value}" for name, value in TEXT_TABLE.items())
    layer = QgsVectorLayer(f"{file}{options}", file.stem, "ogr")
    if layer.isSpatial() and not layer.crs().isValid():
        layer.setCrs(wgs84())
    return layer


def _words(text):
    return [word.strip() for word in text.replace(";", ",").split(",") if word.strip()]


def fail_if_wanted(call, outcome):
    """FAIL_ON_PROBLEM: raises if a data set failed."""
    failed = [line for line in outcome.lines if line.state == "failed"]
    if failed and call.flag("FAIL_ON_PROBLEM"):
        raise QgsProcessingException(
            ngettext(
                "{n} of {total} data sets failed: “{name}”: {why}",
                "{n} of {total} data sets failed; the first is “{name}”: {why}",
                len(failed),
                total=len(outcome.lines),
                name=failed[0].name,
                why=failed[0].sentence,
            )
        )
