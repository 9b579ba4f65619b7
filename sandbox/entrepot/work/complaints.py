"""What GDAL complains of: its exceptions sometimes come without the words that it had said before."""

from __future__ import annotations

import os

from osgeo import gdal, ogr, osr

_last = ""


def listen() -> None:
    """Errors as exceptions, nothing on the screen; what of a damaged image can be read is read."""
    gdal.SetConfigOption("CPL_LOG", os.devnull)  # where handlers are not asked
    gdal.SetConfigOption("GTIFF_IGNORE_READ_ERRORS", "YES")
    for module in (gdal, ogr, osr):
        module.UseExceptions()
    gdal.PushErrorHandler(_heard)


def _heard(kind: int, number: int, message: str) -> None:
    global _last
    if kind >= gdal.CE_Failure:
        _last = message


def said(error: Exception) -> str:
    """The words of an error."""
    return str(error) or _last or type(error).__name__
