"""Coordinate reference systems that are whole, and transforms between them.

QGIS 3.22 and later: a system that a thread was the first to use loses its definition when that thread ends, for all who
hold it and in the cache. It still says that it is valid, but files are written without one, and a transform leaves
every coordinate as it was, without a word.
"""

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform

WGS84 = "EPSG:4326"


def wgs84():
    return sound(QgsCoordinateReferenceSystem(WGS84))


def sound(crs):
    """The system itself, or made anew if its definition was lost."""
    if not crs.isValid() or crs.toWkt():
        return crs
    QgsCoordinateReferenceSystem.invalidateCache()
    anew = QgsCoordinateReferenceSystem(crs.authid())
    return anew if anew.isValid() else QgsCoordinateReferenceSystem.fromProj(crs.toProj())


def transform(source, target, context):
    """From one system to the other; `context` is a project or its transform context."""
    return QgsCoordinateTransform(sound(source), sound(target), context)
