"""Boxes and points from one system to another. GDAL is slow to import: only who needs it pays."""

from __future__ import annotations

import math
from collections.abc import Sequence

Box = tuple[float, float, float, float]


def moved(box: Sequence[float], source: str, target: str) -> Box:
    """West, south, east, north; longitude first."""
    return _change(source, target).TransformBounds(*box, 21)


def point(x: float, y: float, source: str, target: str) -> tuple[float, float]:
    """Raises RuntimeError where there is no such place."""
    found = _change(source, target).TransformPoint(x, y)[:2]
    if not all(math.isfinite(value) for value in found):
        raise RuntimeError(f"no place in {target}: {x} {y}")
    return found


def _change(source: str, target: str):
    from osgeo import osr

    references = []
    for name in (source, target):
        reference = osr.SpatialReference()
        if reference.SetFromUserInput(name):  # an error, where GDAL does not raise it
            raise RuntimeError(f"no such system: {name}")
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        references.append(reference)
    return osr.CoordinateTransformation(*references)
