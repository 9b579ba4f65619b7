"""Boxes and points from one system to another. GDAL is slow to import: only who needs it pays."""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[float, float, float, float]


def moved(box: Sequence[float], source: str, target: str) -> Box:
    """West, south, east, north; longitude first."""
    return _change(source, target).TransformBounds(*box, 21)


def point(x: float, y: float, source: str, target: str) -> tuple[float, float]:
    """Raises RuntimeError where there is no such place."""
    return _change(source, target).TransformPoint(x, y)[:2]


def _change(source: str, target: str):
    from osgeo import osr

    osr.UseExceptions()
    references = []
    for name in (source, target):
        reference = osr.SpatialReference()
        reference.SetFromUserInput(name)
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        references.append(reference)
    return osr.CoordinateTransformation(*references)
