"""The look of a layer or of a style file, taken in the main thread."""

from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsVectorLayer

from ...i18n import _
from ...workflows.entrepot.names import column_names, table_names
from ...workflows.entrepot.styles import qml as qml_reading
from ...workflows.entrepot.styles import styling
from ...workflows.errors import InputError
from .export import qml_of, sld_of

_KINDS = {0: "Point", 1: "LineString", 2: "Polygon"}


@dataclass(frozen=True)
class Taken:
    """SLD as QGIS or somebody else wrote it, the QML of the same look or "", the columns (None: not known)."""

    table: str
    sld: str
    qml: str
    columns: object


def taken(call):
    """What INPUT and FILE mean; InputError if it is nothing."""
    layer = call.operation.parameterAsVectorLayer(call.parameters, "INPUT", call.context)
    file = call.path("FILE")
    if layer is None and call.text("INPUT"):
        raise InputError(_("INPUT: “{layer}” is no layer that can be read.").format(layer=call.text("INPUT")))
    if layer is None and file is None:
        raise InputError(_("Give a layer in INPUT, or a style file in FILE."))
    if file is None:
        return _of_layer(layer, _table(layer.name()), _columns(layer))
    text = styling.read(file)
    table = _table(layer.name() if layer is not None else file.stem)
    columns = None if layer is None else _columns(layer)
    if "<qgis" not in text[:2000]:
        return Taken(table, text, "", columns)
    return _of_layer(_dressed(layer, file, text), table, columns)


def _of_layer(layer, table, columns):
    sld = sld_of(layer)
    if not sld:
        raise InputError(_("“{layer}” is not drawn: it has no geometry.").format(layer=layer.name()))
    return Taken(table, sld, qml_of(layer), columns)


def _dressed(layer, file, text):
    """A layer with the style of a QML: like the one given, else one without objects of the kind that the QML is for."""
    qml_reading.read(text)
    if layer is None:
        kind = qml_reading.kind_of(text)
        if kind is None:
            raise InputError(
                _("{file} does not say for which kind of geometry it is: give a layer in INPUT.").format(file=file.name)
            )
        fields = "".join(f"&field={name}:string" for name in qml_reading.columns_of(text) if "&" not in name)
        layer = QgsVectorLayer(f"{_KINDS[kind]}?crs=EPSG:4326{fields}", Path(file).stem, "memory")
    else:
        layer = layer.clone()
    said, good = layer.loadNamedStyle(str(file))
    if not good:
        raise InputError(_("{file} cannot be read: {why}.").format(file=file.name, why=said.rstrip(".") or "?"))
    return layer


def _table(name):
    return table_names([name])[0]


def _columns(layer):
    """The names that the columns of a layer get on the server."""
    given = layer.fields().names()
    return dict(zip(given, column_names(given)))
