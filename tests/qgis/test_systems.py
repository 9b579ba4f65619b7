"""Coordinate reference systems that a thread has left without their definition are made whole before they are used."""

import threading
import time

import pytest
from osgeo import ogr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingContext,
    QgsProject,
)

from geocollab.provider.project import export, systems
from geocollab.provider.project.features import ToWgs84
from geocollab.workflows.watch import Watch
from tests.qgis.unsaved import memory


@pytest.fixture
def bereft():
    """`bereft("EPSG:2972")`: a system as a thread leaves it that was the first to use it."""
    made = []

    def use(code):
        made.append(QgsCoordinateReferenceSystem(code))
        made[-1].toWkt()

    def call(code):
        QgsCoordinateReferenceSystem.invalidateCache()
        thread = threading.Thread(target=use, args=[code])
        thread.start()
        thread.join()
        end = time.monotonic() + 2
        while not lost(made[-1]) and time.monotonic() < end:  # what the thread had is freed a moment after its end
            time.sleep(0.005)
        if not lost(made[-1]):
            pytest.skip("this QGIS keeps the definition")
        return made[-1]

    yield call
    QgsCoordinateReferenceSystem.invalidateCache()


def lost(crs):
    return crs.isValid() and not crs.toWkt()


@pytest.mark.parametrize("code", ["EPSG:2972", "EPSG:4326"])
def test_what_was_lost_is_there_again(qgis_app, bereft, code):
    crs = bereft(code)
    whole = systems.sound(crs)
    assert whole.authid() == code and whole.toWkt()
    assert systems.sound(whole) is whole and QgsCoordinateReferenceSystem(code).toWkt()


def test_one_without_a_code_too(qgis_app, bereft):
    crs = bereft("PROJ:+proj=laea +lat_0=48 +lon_0=2 +datum=WGS84 +units=m +no_defs")
    assert "Lambert_Azimuthal" in systems.sound(crs).toWkt()


def test_a_transform_moves_what_it_is_given(qgis_app, bereft):
    crs = bereft("EPSG:2154")
    point = systems.transform(crs, systems.wgs84(), QgsProject.instance()).transform(QgsPointXY(652469, 6862035))
    assert (point.x(), point.y()) == pytest.approx((2.3522, 48.8566), abs=1e-3)


def test_objects_have_their_place_and_files_their_system(qgis_app, bereft, tmp_path):
    layer = memory("Point?crs=EPSG:2154", "n:integer", [("POINT(652469 6862035)", 1)])
    layer.setCrs(bereft("EPSG:2154"))
    place = QgsGeometry()
    place.fromWkb(
        ToWgs84(layer, QgsProject.instance().transformContext())(QgsGeometry.fromWkt("POINT(652469 6862035)"))
    )
    assert (place.asPoint().x(), place.asPoint().y()) == pytest.approx((2.3522, 48.8566), abs=1e-3)
    layer.setCrs(bereft("EPSG:2154"))
    found = export.export_layers([layer], tmp_path / "out.gpkg", None, QgsProcessingContext(), Watch())
    source = ogr.Open(str(found.file))
    assert source.GetLayer(0).GetSpatialRef().GetAuthorityCode(None) == "2154"


def test_longitude_first_is_written_as_what_the_server_knows(qgis_app, tmp_path):
    layer = memory("Point?crs=OGC:CRS84", "n:integer", [("POINT(2.35 48.85)", 1)])
    assert layer.crs().authid() == "OGC:CRS84"
    found = export.export_layers([layer], tmp_path / "out.gpkg", None, QgsProcessingContext(), Watch())
    source = ogr.Open(str(found.file))
    assert source.GetLayer(0).GetSpatialRef().GetAuthorityCode(None) == "4326"
    assert next(iter(source.GetLayer(0))).GetGeometryRef().ExportToWkt() == "POINT (2.35 48.85)"
