"""Vector layers as they lie under small maps: looked up box by box, in WGS84, cut to the box, made simple."""

from qgis.core import (
    QgsCsException,
    QgsFeatureRequest,
    QgsFeatureSource,
    QgsRectangle,
    QgsSpatialIndex,
    QgsVectorLayer,
)

from ...i18n import _
from ...workflows.errors import InputError
from .systems import transform, wgs84

MOST = 500
"""Objects of a layer on one map: more would be a blot."""


class Grounds:
    """Called with west, south, east, north and the size of a pixel in degrees; gives geometries as WKB."""

    def __init__(self, layers, transforms, watch):
        self._layers = [_Ground(layer, transforms, watch) for layer in layers]

    def __call__(self, box, pixel):
        for layer in self._layers:
            yield from layer.within(QgsRectangle(*box), pixel)


class _Ground:
    def __init__(self, layer, transforms, watch):
        if not isinstance(layer, QgsVectorLayer) or not layer.isSpatial():
            raise InputError(_("BACKGROUND: “{layer}” is no vector layer.").format(layer=layer.name()))
        if not layer.crs().isValid():
            raise InputError(
                _(
                    "BACKGROUND: “{layer}” has no coordinate system: set it in the layer's properties (Source > CRS)."
                ).format(layer=layer.name())
            )
        self._layer = layer
        self._to_layer = transform(wgs84(), layer.crs(), transforms)
        self._to_wgs84 = transform(layer.crs(), wgs84(), transforms)
        self._index = None
        if layer.hasSpatialIndex() == QgsFeatureSource.SpatialIndexPresence.SpatialIndexNotPresent:
            # it would be read from end to end for every map
            self._index = QgsSpatialIndex(QgsSpatialIndex.Flag.FlagStoreFeatureGeometries)
            for feature in layer.getFeatures(QgsFeatureRequest().setSubsetOfAttributes([])):
                watch.check()
                self._index.addFeature(feature)

    def within(self, box, pixel):
        """What of the layer lies inside the box."""
        # a little more than the box, so that the cut edges are not seen
        wide = box.buffered(4 * pixel)
        try:
            there = self._to_layer.transformBoundingBox(wide)
            for shape in self._shapes(there):
                shape = shape.clipped(there)
                if shape.isNull() or shape.isEmpty():
                    continue
                shape.transform(self._to_wgs84)
                shape = shape.simplify(pixel / 2)
                for part in shape.asGeometryCollection():
                    yield bytes(part.asWkb())
        except QgsCsException:
            return  # the layer's system does not reach this far

    def _shapes(self, box):
        if self._index is not None:
            return [self._index.geometry(number) for number in self._index.intersects(box)[:MOST]]
        request = QgsFeatureRequest().setFilterRect(box).setSubsetOfAttributes([]).setLimit(MOST)
        return [feature.geometry() for feature in self._layer.getFeatures(request)]
