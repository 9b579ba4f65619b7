"""A zone of the map: its exact shape, in WGS84 (lon, lat)."""

from __future__ import annotations

import hashlib
from typing import Any

from osgeo import ogr

from ..i18n import _
from .errors import InputError
from .positions import quiet

Box = tuple[float, float, float, float]


class Zone:
    """`wkb` is a polygon or multipolygon in WGS84, lon lat degrees. Raises InputError if it is empty or not valid."""

    def __init__(self, wkb: bytes) -> None:
        with quiet():
            try:
                shape = ogr.CreateGeometryFromWkb(wkb)
            except RuntimeError:  # what newer versions of GDAL say instead of None
                shape = None
            valid = shape is not None and shape.IsValid()
        if shape is None or shape.IsEmpty() or shape.GetDimension() < 2:
            raise InputError(_("The zone is empty: choose a layer or a selection with at least one polygon."))
        shape.FlattenTo2D()
        west, east, south, north = shape.GetEnvelope()
        if not (-180.0001 <= west <= east <= 180.0001 and -90.0001 <= south <= north <= 90.0001):
            raise InputError(_("The zone lies outside the world: is the layer's coordinate system the right one?"))
        if not valid:
            raise InputError(
                _("The zone is not a valid polygon: repair the layer with “Fix geometries”, then try again.")
            )
        self.box: Box = (west, south, east, north)
        self.wkb = bytes(shape.ExportToWkb(ogr.wkbNDR))
        self.fingerprint = hashlib.sha256(self.wkb).hexdigest()
        self._shape: Any = shape
        self._rectangular = shape.Area() >= (east - west) * (north - south)
        self._prepared: Any = shape.CreatePreparedGeometry()
        self._point = ogr.Geometry(ogr.wkbPoint)
        self._point.AddPoint_2D(0.0, 0.0)

    @property
    def wkt(self) -> str:
        """As text: WKT in WGS84, lon lat degrees."""
        return str(self._shape.ExportToWkt())

    def contains(self, lon: float, lat: float) -> bool:
        """Whether the position is inside, or on the edge."""
        west, south, east, north = self.box
        if not (west <= lon <= east and south <= lat <= north):
            return False
        if self._rectangular:
            return True
        self._point.SetPoint_2D(0, lon, lat)
        return bool(self._prepared.Intersects(self._point))
