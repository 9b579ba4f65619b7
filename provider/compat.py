"""The few places where QGIS 3.22, 3.40 and 4 differ."""

from qgis.core import NULL, Qgis, QgsField, QgsMapLayer, QgsPalLayerSettings, QgsSymbolLayer
from qgis.PyQt.QtCore import QDateTime, QMetaType, Qt, QVariant
from qgis.PyQt.QtXml import QDomDocument

try:
    from qgis.core import QgsSldExportContext
except ImportError:  # before 3.44
    QgsSldExportContext = None

if Qgis.QGIS_VERSION_INT >= 33800:
    _KINDS = {
        "text": QMetaType.Type.QString,
        "integer": QMetaType.Type.LongLong,
        "number": QMetaType.Type.Double,
        "flag": QMetaType.Type.Bool,
        "day": QMetaType.Type.QDate,
        "moment": QMetaType.Type.QDateTime,
    }
else:
    _KINDS = {
        "text": QVariant.String,
        "integer": QVariant.LongLong,
        "number": QVariant.Double,
        "flag": QVariant.Bool,
        "day": QVariant.Date,
        "moment": QVariant.DateTime,
    }

VECTOR_LAYER = Qgis.LayerType.Vector if hasattr(Qgis, "LayerType") else QgsMapLayer.VectorLayer
LABEL_PLACEMENT = getattr(Qgis, "LabelPlacement", QgsPalLayerSettings.Placement)  # moved in 3.26
LAYER_ENABLED = getattr(QgsSymbolLayer.Property, "LayerEnabled", None)
if LAYER_ENABLED is None:
    LAYER_ENABLED = QgsSymbolLayer.Property.PropertyLayerEnabled


def field(name, kind):
    """A field; `kind` is text, integer, number, flag, day or moment."""
    return QgsField(name, _KINDS[kind])


def kind_of(field):
    """The kind of a field; text for every other."""
    if field.isNumeric():
        return "number" if field.type() == _KINDS["number"] else "integer"
    return next((kind for kind in ("flag", "day", "moment") if field.type() == _KINDS[kind]), "text")


_PLAIN = {1, 2, 4, 6, 10, 14, 15, 16}
"""Flag, whole numbers of 32 and 64 bits, number, text, day, time, moment: numbers that all versions of Qt share."""
_BINARY = 12


def is_plain(field):
    """Whether a field holds what a column of any database holds."""
    return _number(field) in _PLAIN


def is_binary(field):
    return _number(field) == _BINARY


def _number(field):
    return int(getattr(field.type(), "value", field.type()))


def renamed(field, name):
    """The same field with another name, no alias or constraint; a text as long as its values are."""
    if field.type() == _KINDS["text"]:
        return QgsField(name, field.type())
    return QgsField(name, field.type(), field.typeName(), field.length(), field.precision())


def sld_document(layer):
    """The symbology of a layer as SLD 1.1.0; the way to it is another one from 3.44 on."""
    if hasattr(layer, "exportSldStyleV3"):
        return layer.exportSldStyleV3(QgsSldExportContext())
    document = QDomDocument()
    layer.exportSldStyle(document, "")
    return document


def attribute(value, kind):
    """A Python value as an attribute of such a field."""
    if value is None:
        return NULL
    if kind == "moment":
        text = value if isinstance(value, str) else value.isoformat()
        moment = QDateTime.fromString(text, Qt.DateFormat.ISODateWithMs)
        return moment if moment.isValid() else NULL
    return value
