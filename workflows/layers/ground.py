"""The zone of a layer: kept in the store as JSON, and compared with geometries in the layer's own CRS."""

from __future__ import annotations

import math
from typing import Any, Optional

from osgeo import ogr, osr

from ...i18n import _
from ..errors import InputError
from ..positions import quiet
from ..zone import Box, Zone

_STEP = 0.002
"""Degrees: an edge so short is as straight in one CRS as in another, to a millimetre."""
_STEPS = 100_000
"""An outline longer than so many steps is cut into longer ones."""


def kept_zone(zone: Optional[Zone]) -> Any:
    """A zone as the store keeps it with a layer; None for everywhere."""
    return None if zone is None else {"wkb": zone.wkb.hex(), "fingerprint": zone.fingerprint}


def zone_of(kept: Any) -> Optional[Zone]:
    """The zone that was kept."""
    return None if kept is None else Zone(bytes.fromhex(kept["wkb"]))


class Ground:
    """A zone in the CRS of a table (an EPSG code). Raises InputError if it has no place there."""

    def __init__(self, zone: Zone, srid: int) -> None:
        with quiet():
            shape = _moved(zone, srid)
        if shape is None or shape.IsEmpty() or not all(map(math.isfinite, shape.GetEnvelope())):
            raise InputError(
                _("The zone cannot be expressed in EPSG:{number}, the coordinate system of the layer.").format(
                    number=srid
                )
            )
        west, east, south, north = shape.GetEnvelope()
        self.box: Box = (west, south, east, north)
        self._shape = shape  # what is prepared does not keep it
        self._prepared: Any = shape.CreatePreparedGeometry()

    def holds(self, wkb: Optional[bytes]) -> bool:
        """Whether a geometry lies in it, or touches it; one that is not there does not. Use it inside `quiet`."""
        if wkb is None:
            return False
        shape = ogr.CreateGeometryFromWkb(wkb)
        return shape is not None and bool(self._prepared.Intersects(shape))


def _moved(zone: Zone, srid: int) -> Any:
    """The shape of the zone in another CRS, valid; None if that cannot be."""
    shape = ogr.CreateGeometryFromWkb(zone.wkb)
    try:
        there = _reference(srid)
        if srid != 4326:
            shape.Segmentize(max(_STEP, shape.Boundary().Length() / _STEPS))
            if shape.Transform(osr.CoordinateTransformation(_reference(4326), there)):
                return None
        return shape if shape.IsValid() else shape.MakeValid()
    except RuntimeError:  # what newer versions of GDAL say
        return None


def _reference(srid: int) -> Any:
    found = osr.SpatialReference()
    found.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    if found.ImportFromEPSG(srid):
        raise RuntimeError(srid)
    return found
