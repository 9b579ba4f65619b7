"""Coordinate systems as uploads and processings name them: `EPSG:2154`, `IGNF:LAMB93`."""

from __future__ import annotations

import json

from osgeo import ogr, osr

from .log import WorkError


def system(name: str) -> osr.SpatialReference:
    """Coordinates in the order x, y. Raises WorkError."""
    made = osr.SpatialReference()
    try:
        made.SetFromUserInput(name)
    except RuntimeError:
        raise WorkError(f"Système de coordonnées inconnu : {name}") from None
    made.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return made


def same(one: osr.SpatialReference, other: osr.SpatialReference) -> bool:
    """Whether they are the same on the ground, however they are called."""
    if one.IsSame(other, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", "IGNORE_COORDINATE_EPOCH=YES"]):
        return True
    text = one.ExportToProj4().strip()
    return bool(text) and text == other.ExportToProj4().strip()


def name_of(found: osr.SpatialReference) -> str:
    authority, code = found.GetAuthorityName(None), found.GetAuthorityCode(None)
    return f"{authority}:{code}" if authority else found.GetName() or "sans nom"


class Extent:
    """The union of boxes in WGS84."""

    def __init__(self) -> None:
        self.box: list[float] | None = None

    def add(self, x1: float, x2: float, y1: float, y2: float, source: osr.SpatialReference) -> None:
        """Another box, in this system."""
        turn = osr.CoordinateTransformation(source, system("EPSG:4326"))
        west, south, east, north = turn.TransformBounds(x1, y1, x2, y2, 21)
        west, south, east, north = max(west, -180), max(south, -90), min(east, 180), min(north, 90)
        old = self.box or [west, south, east, north]
        self.box = [min(old[0], west), min(old[1], south), max(old[2], east), max(old[3], north)]

    def geojson(self) -> dict | None:
        """A polygon, None if there was nothing."""
        if self.box is None:
            return None
        west, south, east, north = self.box
        return {
            "type": "Polygon",
            "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
        }


def area(text: str) -> ogr.Geometry:
    """A polygon of parameters: WKT in WGS84. Raises WorkError."""
    try:
        made = ogr.CreateGeometryFromWkt(text)
    except RuntimeError:
        made = None
    if made is None or ogr.GT_Flatten(made.GetGeometryType()) not in (ogr.wkbPolygon, ogr.wkbMultiPolygon):
        raise WorkError(f"Zone incorrecte : polygone WKT attendu : {text[:80]}")
    made.AssignSpatialReference(system("EPSG:4326"))
    return made


def polygon(extent: dict) -> ogr.Geometry:
    """The geometry of a GeoJSON extent."""
    made = ogr.CreateGeometryFromJson(json.dumps(extent))
    made.AssignSpatialReference(system("EPSG:4326"))
    return made


def turn(source: str, target: str) -> osr.CoordinateTransformation:
    return osr.CoordinateTransformation(system(source), system(target))
