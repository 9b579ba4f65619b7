"""The few places where QGIS 3.22, 3.40 and 4 differ."""

from qgis.core import NULL, Qgis, QgsField
from qgis.PyQt.QtCore import QDateTime, QMetaType, Qt, QVariant

if Qgis.QGIS_VERSION_INT >= 33800:
    _KINDS = {
        "text": QMetaType.Type.QString,
        "integer": QMetaType.Type.LongLong,
        "number": QMetaType.Type.Double,
        "flag": QMetaType.Type.Bool,
        "moment": QMetaType.Type.QDateTime,
    }
else:
    _KINDS = {
        "text": QVariant.String,
        "integer": QVariant.LongLong,
        "number": QVariant.Double,
        "flag": QVariant.Bool,
        "moment": QVariant.DateTime,
    }


def field(name, kind):
    """A field; `kind` is text, integer, number, flag or moment."""
    return QgsField(name, _KINDS[kind])


def attribute(value, kind):
    """A Python value as an attribute of such a field."""
    if value is None:
        return NULL
    if kind == "moment":
        text = value if isinstance(value, str) else value.isoformat()
        moment = QDateTime.fromString(text, Qt.DateFormat.ISODateWithMs)
        return moment if moment.isValid() else NULL
    return value
