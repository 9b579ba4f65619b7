"""The new positions of reports: points of a layer that carry the reports' numbers, or one point, in WGS84."""

from qgis.core import (
    QgsCsException,
    QgsFeatureRequest,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)

from ...i18n import _
from ...workflows.errors import InputError
from ..project.systems import sound, transform, wgs84
from . import targets


def positions(call):
    """(number, (lon, lat)) of INPUT, or of IDS and POINT; None for a geometry that is not one point of this world.

    Raises InputError for anything but one of the two, and for too many reports.
    """
    one = call.parameters.get("POINT") not in (None, "")
    source = call.operation.parameterAsSource(call.parameters, "INPUT", call.context)
    if one == (source is not None) or one != bool(call.text("IDS")):
        raise InputError(
            _("Where to? Give a layer of points in INPUT, or else one number in IDS and a point in POINT.")
        )
    if one:
        numbers, wrong = targets.read_numbers(call.text("IDS"))
        if wrong or len(numbers) != 1:
            raise InputError(_("IDS: “{words}” is not the number of one report.").format(words=call.text("IDS")))
        return [(numbers[0], _of_point(call))]
    found = list(_of_layer(call, source))
    if not found:
        raise InputError(_("“{layer}” has no report to move.").format(layer=source.sourceName()))
    targets.check_count(call, len({number for number, _position in found}))
    return found


def _of_point(call):
    try:
        sound(call.operation.parameterAsPointCrs(call.parameters, "POINT", call.context))
        point = call.operation.parameterAsPoint(call.parameters, "POINT", call.context, wgs84())
    except QgsCsException:
        return None
    return point.x(), point.y()


def _of_layer(call, source):
    field, crs = targets.number_field(source), source.sourceCrs()
    if not crs.isValid():
        raise InputError(
            _("“{layer}” has no coordinate system: set it in the layer's properties (Source > CRS).").format(
                layer=source.sourceName()
            )
        )
    to_wgs84 = transform(crs, wgs84(), call.context.transformContext())
    request = QgsFeatureRequest().setSubsetOfAttributes([field], source.fields())
    for feature in source.getFeatures(request, QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks):
        call.watch.check()
        number = targets.number_of(feature[field])
        if number is not None:
            yield number, _position(feature.geometry(), to_wgs84)


def _position(shape, to_wgs84):
    """lon, lat of one point, alone or as the only part of several; None for anything else."""
    if QgsWkbTypes.geometryType(shape.wkbType()) != QgsWkbTypes.GeometryType.PointGeometry:
        return None
    vertices = list(shape.vertices())
    if len(vertices) != 1:
        return None
    try:
        point = to_wgs84.transform(vertices[0].x(), vertices[0].y())
    except QgsCsException:
        return None
    return point.x(), point.y()
