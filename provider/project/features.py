"""Features of any layer as objects for the workflows: WGS84, expressions evaluated, values as Python has them."""

import math
from functools import partial

from qgis.core import (
    NULL,
    QgsCsException,
    QgsDistanceArea,
    QgsExpression,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QByteArray, QDate, QDateTime, QTime

from ...i18n import _
from ...workflows.errors import InputError
from .systems import sound, transform, wgs84

isclose = partial(math.isclose, rel_tol=1e-6, abs_tol=0.01)
UNCHECKED = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks


def source_of(call, name):
    """The features that a parameter means, None if it is empty. Raises InputError for what is no layer, or has no
    coordinate system.
    """
    source = call.operation.parameterAsSource(call.parameters, name, call.context)
    if source is None:
        if call.parameters.get(name) not in (None, ""):
            raise InputError(
                _("{name}: “{layer}” is no layer and no file that QGIS can read.").format(
                    name=name, layer=call.text(name)
                )
            )
        return None
    if has_geometry(source) and not source.sourceCrs().isValid():
        raise InputError(
            _(
                "“{layer}” has no coordinate system, so nobody knows where its objects are: set it in the layer's "
                "properties (Source > CRS)."
            ).format(layer=source.sourceName())
        )
    return source


def has_geometry(source):
    return source.wkbType() != QgsWkbTypes.Type.NoGeometry


def features(call, source):
    """The features of a source, whatever their geometries; stops when the run is to stop."""
    for feature in source.getFeatures(QgsFeatureRequest(), UNCHECKED):
        call.watch.check()
        yield feature


class ToWgs84:
    """Geometries of a source as WKB in WGS84, longitude before latitude, in two dimensions and without curves."""

    def __init__(self, source, transforms):
        self._transform = transform(source.sourceCrs(), wgs84(), transforms)
        self._back = transform(wgs84(), source.sourceCrs(), transforms)

    def __call__(self, shape):
        """None for no geometry; raises ValueError, with a sentence, for what has no place in WGS84."""
        if shape.isNull():
            return None
        shape = QgsGeometry(shape)
        if shape.isEmpty():
            return bytes(shape.asWkb())
        # heights would be transformed as well, and an arc is one only where it was drawn
        shape.get().dropZValue()
        shape.get().dropMValue()
        shape.convertToStraightSegment()
        first = shape.vertexAt(0)
        try:
            shape.transform(self._transform)
            at = shape.vertexAt(0)
            back = self._back.transform(at.x(), at.y())
        except QgsCsException as error:
            why = str(error).strip().splitlines()[-1].strip().rstrip(".")
            raise ValueError(_nowhere(why)) from None
        # far outside of its area a projection gives any place
        if not (isclose(back.x(), first.x()) and isclose(back.y(), first.y())):
            raise ValueError(_nowhere(f"{first.x():.6g} {first.y():.6g}"))
        return bytes(shape.asWkb())


def _nowhere(why):
    return _("It has no place in WGS84 ({why}). Check the coordinate system of the layer.").format(why=why)


class Expressions:
    """The expressions of an operation's parameters, evaluated on features with all that QGIS lets them know.

    Raises InputError for one that cannot be read, or names a field that there is none of.
    """

    def __init__(self, call, source):
        self._fields = source.fields() if source is not None else None
        self._context = call.operation.createExpressionContext(call.parameters, call.context, source)
        if source is not None:
            self._context.setFields(self._fields)
        self._area = QgsDistanceArea()
        if source is not None:
            self._area.setSourceCrs(sound(source.sourceCrs()), call.context.transformContext())
        self._area.setEllipsoid(call.context.ellipsoid())
        self._call = call

    def add(self, name, text):
        """An expression, `name` being what it is called in errors; None for an empty one."""
        if not text or not text.strip():
            return None
        expression = QgsExpression(text)
        if expression.hasParserError():
            why = expression.parserErrorString().strip().rstrip(".")
            raise InputError(_("{name}: {why}.").format(name=name, why=why))
        known = [field.name() for field in self._fields] if self._fields is not None else []
        unknown = sorted(expression.referencedColumns() - {*known, QgsFeatureRequest.ALL_ATTRIBUTES})
        if unknown:
            raise InputError(
                _("{name}: there is no field {fields}. Fields: {known}.").format(
                    name=name, fields=", ".join(unknown), known=", ".join(known) or _("none")
                )
            )
        expression.setGeomCalculator(self._area)
        expression.setDistanceUnits(self._call.context.distanceUnit())
        expression.setAreaUnits(self._call.context.areaUnit())
        expression.prepare(self._context)
        return expression

    def at(self, feature):
        """From now on the expressions are about this feature."""
        self._context.setFeature(feature)

    def value(self, expression, name):
        """Its value; raises ValueError, with a sentence, if it has none."""
        value = expression.evaluate(self._context)
        if expression.hasEvalError():
            why = expression.evalErrorString().strip().rstrip(".")
            raise ValueError(_("{name}: {why}.").format(name=name, why=why))
        return python_value(value)


def fields_of(feature):
    """The fields of a feature by name, as `python_value`."""
    return dict(zip(feature.fields().names(), map(python_value, feature.attributes())))


def python_value(value):
    """A value of a field or an expression as Python has it; None for nothing, and for what is no text and no number."""
    if value is None or value == NULL:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, (QDate, QDateTime, QTime)):
        return _moment(value)
    if isinstance(value, (list, tuple)):
        return [python_value(each) for each in value]
    if isinstance(value, dict):
        return {str(name): python_value(each) for name, each in value.items()}
    if isinstance(value, QgsGeometry):
        return value.asWkt(8)
    if isinstance(value, (str, bool, int, float)):
        return value
    return None if isinstance(value, (QByteArray, bytes)) else str(value)


def _moment(value):
    if not value.isValid():
        return None
    if isinstance(value, QTime):
        return value.toString("HH:mm:ss")
    kind = "Date" if isinstance(value, QDate) else "DateTime"
    # PyQt and PySide call it differently
    convert = getattr(value, f"toPy{kind}", None) or value.toPython
    return convert()
