"""The zone of an operation: the polygons of a layer or a rectangle, as one exact shape in WGS84."""

from qgis.core import (
    QgsFeatureRequest,
    QgsGeometry,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)

from ...i18n import _
from .systems import transform, wgs84

DENSIFY_METRES = 5000.0


def of_layer(source, transforms, watch):
    """The `Zone` of the polygons of a feature source. Raises InputError for what is no zone."""
    from ...workflows.errors import InputError
    from ...workflows.zone import Zone

    name, crs = source.sourceName(), source.sourceCrs()
    if not crs.isValid():
        raise InputError(
            _("The zone “{zone}” has no coordinate system: set it in the layer's properties (Source > CRS).").format(
                zone=name
            )
        )
    shapes = list(_polygons(source, watch))
    if not shapes:
        raise InputError(
            _("The zone “{zone}” is empty: choose a layer or a selection with at least one polygon.").format(zone=name)
        )
    return Zone(bytes(_in_wgs84(QgsGeometry.unaryUnion(shapes), crs, transforms).asWkb()))


def of_rectangle(shape):
    """The `Zone` of a rectangle in WGS84."""
    from ...workflows.zone import Zone

    return Zone(bytes(shape.asWkb()))


def _polygons(source, watch):
    from ...workflows.errors import InputError

    name = source.sourceName()
    request = QgsFeatureRequest().setSubsetOfAttributes([])
    unchecked = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
    for feature in source.getFeatures(request, unchecked):
        watch.check()
        shape = feature.geometry()
        if shape.isNull() or shape.isEmpty():
            continue
        if QgsWkbTypes.geometryType(shape.wkbType()) != QgsWkbTypes.GeometryType.PolygonGeometry:
            raise InputError(_("The zone “{zone}” is not made of polygons.").format(zone=name))
        if not shape.isGeosValid():
            reason = shape.lastError() or next((fault.what() for fault in shape.validateGeometry()), "")
            raise InputError(
                _(
                    "The zone “{zone}” has an invalid polygon (feature {id}: {why}). Repair the layer with “Fix "
                    "geometries”, then try again."
                ).format(zone=name, id=feature.id(), why=reason)
            )
        yield shape


def _in_wgs84(shape, crs, transforms):
    if crs == wgs84():
        return shape
    if not crs.isGeographic():
        # a long straight edge of a projected zone is not straight in degrees
        shape = shape.densifyByDistance(DENSIFY_METRES)
    shape = QgsGeometry(shape)
    shape.transform(transform(crs, wgs84(), transforms))
    return shape
