"""The few places where QGIS 3.22, 3.40 and 4 differ."""

from qgis.core import NULL, Qgis, QgsField, QgsPalLayerSettings, QgsSymbolLayer
from qgis.PyQt.QtCore import QDateTime, QMetaType, Qt, QVariant

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


def attribute(value, kind):
    """A Python value as an attribute of such a field."""
    if value is None:
        return NULL
    if kind == "moment":
        text = value if isinstance(value, str) else value.isoformat()
        moment = QDateTime.fromString(text, Qt.DateFormat.ISODateWithMs)
        return moment if moment.isValid() else NULL
    return value
