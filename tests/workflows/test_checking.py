"""What is wrong with layers and files, told before anything is delivered."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from osgeo import gdal, ogr, osr

from geocollab.client.errors import Cancelled
from geocollab.workflows.entrepot.checks import checking, file_checks
from geocollab.workflows.entrepot.checks.checking import Source
from geocollab.workflows.entrepot.checks.faults import ERROR, WARNING, Checked, Fault
from geocollab.workflows.entrepot.checks.tables import Column, Table
from geocollab.workflows.pages.html import render
from geocollab.workflows.watch import Watch
from sandbox.entrepot.work import check_vector
from sandbox.entrepot.work.log import Log

L93 = 2154


def geopackage(path, wkts, table="zones", srs=L93, kind=ogr.wkbUnknown, columns=("nom",), key="ogc_fid"):
    """A GeoPackage with a table of these geometries."""
    system = osr.SpatialReference()
    system.ImportFromEPSG(srs or L93)
    driver = ogr.GetDriverByName("GPKG")
    source = driver.Open(str(path), 1) if path.exists() else driver.CreateDataSource(str(path))
    options = [f"FID={key}", "GEOMETRY_NAME=geom"]
    layer = source.CreateLayer(table, system if srs else None, kind, options)
    for column in columns:
        layer.CreateField(ogr.FieldDefn(column, ogr.OFTString))
    for wkt in wkts:
        feature = ogr.Feature(layer.GetLayerDefn())
        if wkt:
            feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
        layer.CreateFeature(feature)
        feature = None
    layer = source = None
    return path


def codes(faults):
    return [(fault.severity, fault.code) for fault in faults]


# ---------------------------------------------------------------------- what layers say of themselves


def test_a_layer_with_which_nothing_is_wrong():
    layers = [Source("Communes", ("Nom", "INSEE"), True, "EPSG:2154", "EPSG:2154"), Source("Liste", ("n",), False)]
    assert checking.check_sources(layers) == []


def test_no_crs_and_one_without_a_code():
    missing, custom = Source("A", crs=""), Source("B", crs="Lambert maison")
    assert codes(checking.check_sources([missing])) == [(ERROR, "crs_missing")]
    (fault,) = checking.check_sources([custom])
    assert fault.code == "crs_unknown" and "“Lambert maison” has no EPSG or IGNF code" in fault.said
    assert codes(checking.check_sources([custom], "EPSG:2154")) == []
    known = Source("C", srs="EPSG:4326", crs="EPSG:4326")
    (fault,) = checking.check_sources([known, custom])
    assert fault.code == "crs_differs" and "all of them are reprojected to EPSG:4326" in fault.said


@pytest.mark.parametrize("srs", ["EPSG:999999", "IGNF:NOWHERE", "ESRI:54009", "2154", "EPSG:2154; x", "+proj=longlat"])
def test_a_code_that_is_none(srs):
    (fault,) = checking.check_srs(srs)
    assert (fault.severity, fault.code) == (ERROR, "crs_unknown") and srs in fault.said


@pytest.mark.parametrize("srs", ["EPSG:2154", "IGNF:LAMB93", "EPSG:4326", "IGNF:WGS84G"])
def test_a_code_that_is_known(srs):
    assert checking.check_srs(srs) == []


def test_columns_that_get_another_name():
    columns = ("Été", "ete", "ogc_fid", "GEOM", "xmin", "order", "NOM", "prénom")
    found = checking.check_sources([Source("A", columns, False)])
    assert [(fault.code, fault.column) for fault in found] == [
        ("columns_clash", "Été"),
        ("columns_clash", "ogc_fid"),
        ("columns_clash", "GEOM"),
        ("columns_clash", "xmin"),
        ("column_name", "order"),
        ("column_name", "prénom"),
    ]
    assert {fault.severity for fault in found} == {WARNING}
    assert "They are delivered as ete, ete_2" in found[0].said and "“ogc_fid_2”" in found[1].said


def test_layers_that_get_one_name():
    (fault,) = checking.check_sources([Source("Zones", shaped=False), Source("zones", shaped=False)])
    assert fault.code == "table_name" and "this one is called “zones_2”" in fault.said


# ---------------------------------------------------------------------- tables


def faults_of(path, geometry="POLYGON", count=1, srs="EPSG:2154", watch=None, **about):
    table = Table("zones", geometry=geometry, count=count, source="Zones", **about)
    return list(checking.check_table(path, table, srs, watch or Watch()))


@pytest.mark.parametrize(
    ("wkt", "said", "at"),
    [
        ("POLYGON((0 0,2 2,2 0,0 2,0 0))", "It crosses itself.", (1, 1)),
        ("POLYGON((0 0,4 0,4 4,0 4,0 0),(5 5,6 5,6 6,5 5))", "A hole lies outside.", (5, 5)),
        ("LINESTRING(3 4,3 4)", "It has too few different points.", (3, 4)),
        ("MULTIPOLYGON(((0 0,9 0,9 9,0 9,0 0)),((2 2,3 2,3 3,2 2)))", "A part lies inside another part.", (2, 2)),
        ("POLYGON((0 0,1 0,1 1))", "A ring is not closed.", (0, 0)),
    ],
)
def test_an_invalid_geometry_with_reason_and_place(tmp_path, capfd, wkt, said, at):
    valid = "POLYGON((0 0,1 0,1 1,0 0))"
    path = geopackage(tmp_path / "a.gpkg", [valid, wkt, valid], srs=4326)
    (fault,) = faults_of(path, count=3, srs="EPSG:4326")
    assert (fault.severity, fault.code, fault.layer, fault.row) == (ERROR, "invalid_geometry", "Zones", 2)
    assert fault.said == said and fault.place == pytest.approx(at)
    place = ogr.CreateGeometryFromWkb(fault.wkb)
    assert (place.GetX(), place.GetY()) == pytest.approx(at)
    assert capfd.readouterr().err == ""


def test_the_place_is_in_wgs84(tmp_path):
    x, y = 652301.6, 6861302.7
    wkt = f"POLYGON(({x - 1} {y - 1},{x + 1} {y + 1},{x + 1} {y - 1},{x - 1} {y + 1},{x - 1} {y - 1}))"
    (fault,) = faults_of(geopackage(tmp_path / "a.gpkg", [wkt]))
    assert fault.place == pytest.approx((2.35, 48.85), abs=1e-6)


def test_a_geometry_that_cannot_be_read(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", ["POLYGON((0 0,1 0,1 1,0 0))"])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TRIGGER IF EXISTS rtree_zones_geom_update1")
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE zones SET geom = substr(geom, 1, 50)")
    (fault,) = faults_of(path)
    assert fault.code == "invalid_geometry" and fault.said == "It cannot be read."


def test_thousands_of_invalid_geometries(tmp_path, monkeypatch):
    monkeypatch.setattr(checking, "MOST_FAULTS", 3)
    path = geopackage(tmp_path / "a.gpkg", ["POLYGON((0 0,2 2,2 0,0 2,0 0))"] * 10)
    found = faults_of(path, count=10)
    assert len(found) == 4 and found[-1].said == "7 more geometries are invalid." and found[-1].place is None
    assert Checked(tuple(found)).numbers()["ERROR_COUNT"] == Checked(tuple(found)).numbers()["INVALID_COUNT"] == 10


def test_objects_without_geometry(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", ["POLYGON((0 0,1 0,1 1,0 0))", None])
    (fault,) = faults_of(path, count=2)
    assert codes([fault]) == [(WARNING, "no_geometry")] and fault.row == 2
    found = faults_of(path, count=2, unplaced=1)  # it is the one that has no place in the system
    assert codes(found) == [(ERROR, "unplaced")] and "1 object has no place in EPSG:2154" in found[0].said


def test_what_else_is_known_of_a_table(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", ["POINT(0 0)", "LINESTRING(0 0,1 1)"])
    found = faults_of(path, "GEOMETRY", count=0, remarks=("Binary columns are left out: b.",))
    assert codes(found) == [(ERROR, "empty"), (WARNING, "not_kept"), (WARNING, "mixed_geometry")]


def test_points_need_no_look_at_each(tmp_path):
    assert faults_of(geopackage(tmp_path / "a.gpkg", ["POINT(0 0)"] * 2), "POINT", 2) == []


def test_a_cancel(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", ["LINESTRING(0 0,1 1)"])
    with pytest.raises(Cancelled):
        faults_of(path, "LINESTRING", watch=Watch(cancelled=lambda: True))


def test_the_name_of_a_layer_without_network():
    assert checking.check_layer_name("communes_2024") == []
    (fault,) = checking.check_layer_name("communes 2024")
    assert codes([fault]) == [(ERROR, "layer_name")] and "communes_2024" in fault.said


def test_names_that_change():
    columns = (Column("nom", "TEXT", "NOM"), Column("select_", "TEXT", "select"), Column("code", "TEXT", "code"))
    assert Table("zones", fields=columns, source="Zônes").renamed == "Zônes → zones, NOM → nom, select → select_"
    assert Table("zones", fields=columns[2:], source="zones").renamed == Table("zones").renamed == ""


# ---------------------------------------------------------------------- files


def raster(path, geo=True, srs=L93):
    image = gdal.GetDriverByName("GTiff").Create(str(path), 4, 3, 1)
    if geo:
        image.SetGeoTransform((600000, 1, 0, 6800000, 0, -1))
    if srs:
        system = osr.SpatialReference()
        system.ImportFromEPSG(srs)
        image.SetProjection(system.ExportToWkt())
    image = None
    return path


def told(checked):
    return [(fault.severity, fault.code, Path(fault.layer).name) for fault in checked.faults]


def test_files_with_which_nothing_is_wrong(tmp_path):
    geopackage(tmp_path / "a & #é+.gpkg", ["POINT(0 0)"])
    raster(tmp_path / "b.tif")
    (tmp_path / "lisez-moi.txt").write_text("x", encoding="utf-8")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    found = file_checks.check_files([tmp_path], "EPSG:2154")
    assert found.faults == ()
    assert [content for _file, content in found.looked_at] == ["zones: 1 object", "4 × 3 pixels", ""]


def test_tables_that_the_server_would_refuse(tmp_path):
    """What is an error here is one for the check of the server too, and the other way round."""
    path = geopackage(tmp_path / "a.gpkg", ["POINT(0 0)"], "Zones à risque", columns=("Été", "ete", "n°"))
    geopackage(path, [], "vide")
    geopackage(path, ["POINT(0 0)"], "ailleurs", srs=4326)
    found = file_checks.check_files([path], "EPSG:2154")
    assert told(found) == [
        (ERROR, "table_name", "Zones à risque"),
        (ERROR, "columns_clash", "Zones à risque"),
        (ERROR, "column_name", "Zones à risque"),
        (ERROR, "empty", "vide"),
        (ERROR, "crs_differs", "ailleurs"),
    ]
    assert "in EPSG:4326, not in EPSG:2154" in found.faults[-1].said


def test_names_that_the_integration_changes(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", ["POINT(0 0)"], columns=("prénom", "select", "ctid", "ogc_fid"), key="fid")
    found = file_checks.check_files([path], "EPSG:2154")
    assert [(fault.severity, fault.column) for fault in found.faults] == [
        (WARNING, "prénom"),
        (WARNING, "select"),
        (ERROR, "ctid"),
        (ERROR, "ogc_fid"),
    ]


def test_geometries_of_files(tmp_path):
    x, y = 652301.6, 6861302.7
    bow = f"POLYGON(({x - 1} {y - 1},{x + 1} {y + 1},{x + 1} {y - 1},{x - 1} {y + 1},{x - 1} {y - 1}))"
    path = geopackage(tmp_path / "a.gpkg", ["LINESTRING(0 0,1 1)", None, bow, "POINT(0 0)"])
    geopackage(path, ["POINT(0 0)", "MULTIPOINT(0 0,1 1)"], "lieux")
    found = file_checks.check_files([path])
    assert [(fault.severity, fault.code, Path(fault.layer).name, fault.object) for fault in found.faults] == [
        (ERROR, "invalid_geometry", "zones", "3"),
        (WARNING, "mixed_geometry", "zones", ""),
        (WARNING, "no_geometry", "zones", "2"),
    ]
    assert found.faults[0].place == pytest.approx((2.35, 48.85), abs=1e-6)
    assert found.numbers()["INVALID_COUNT"] == 1


def test_geometries_of_files_in_degrees_and_without_ids_from_1(tmp_path):
    path = tmp_path / "zones.geojson"
    bow = {"type": "Polygon", "coordinates": [[[2, 48], [3, 49], [3, 48], [2, 49], [2, 48]]]}
    rows = [{"type": "Feature", "properties": {"a": 1}, "geometry": bow} for _row in range(2)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
    first, second = file_checks.check_files([path]).faults
    assert (first.object, second.object) == ("0", "1")
    assert first.place == second.place == pytest.approx((2.5, 48.5))
    with pytest.raises(Cancelled):
        file_checks.check_files([path], watch=Watch(cancelled=iter([False, True]).__next__))


@pytest.mark.parametrize(
    ("table", "columns", "srs", "right"),
    [
        ("zones", ("nom", "prénom", "Surface"), L93, True),
        ("zones à risque", (), L93, False),
        ("2024", (), L93, False),
        ("zones", ("n°",), L93, False),
        ("zones", ("a" * 64,), L93, False),
        ("zones", (), 4326, False),
    ],
)
def test_what_is_wrong_is_wrong_for_the_server(tmp_path, table, columns, srs, right):
    """The same files through the check of the sandbox."""
    folder = tmp_path / "data"
    folder.mkdir()
    geopackage(folder / "a.gpkg", ["POINT(0 0)"], table, srs, columns=columns)
    assert bool(file_checks.check_files([folder], "EPSG:2154").errors) != right
    log = Log([].append)
    check_vector.run(log, str(tmp_path), "EPSG:2154")
    assert bool(log.errors) != right


def test_two_files_in_two_systems(tmp_path):
    geopackage(tmp_path / "a.gpkg", ["POINT(0 0)"], "a")
    geopackage(tmp_path / "b.gpkg", ["POINT(0 0)"], "b", srs=4326)
    (fault,) = file_checks.check_files([tmp_path]).faults
    assert fault.code == "crs_differs" and "not in EPSG:2154 (" in fault.said


def test_images(tmp_path):
    raster(tmp_path / "bare.tif", geo=False)
    raster(tmp_path / "other.tif", srs=4326)
    raster(tmp_path / "plain.tif", srs=None)
    (tmp_path / "broken.tif").write_bytes(b"II*\0nonsense")
    found = file_checks.check_files([tmp_path], "EPSG:2154")
    assert told(found) == [
        (ERROR, "not_georeferenced", "bare.tif"),
        (ERROR, "file", "broken.tif"),
        (ERROR, "crs_differs", "other.tif"),
    ]
    raster(tmp_path / "world.tif", geo=False, srs=None)
    (tmp_path / "world.tfw").write_text("1\n0\n0\n-1\n600000\n6800000\n", encoding="ascii")
    assert file_checks.check_raster(tmp_path / "world.tif", "EPSG:2154") == []


def test_a_shapefile_that_is_not_whole(tmp_path):
    system = osr.SpatialReference()
    system.ImportFromEPSG(L93)
    source = ogr.GetDriverByName("ESRI Shapefile").CreateDataSource(str(tmp_path / "zones.shp"))
    source.CreateLayer("zones", system, ogr.wkbPoint)
    source = None
    (tmp_path / "zones.prj").unlink()
    found = file_checks.check_files([tmp_path / "zones.shp"])
    assert told(found) == [
        (ERROR, "file", "zones.shp"),
        (ERROR, "empty", "zones.shp"),
        (ERROR, "crs_missing", "zones.shp"),
    ]
    assert ".prj is missing beside it" in found.faults[0].said


def test_files_that_are_none(tmp_path):
    (tmp_path / "vide.gpkg").write_bytes(b"")
    (tmp_path / "__brouillon.gpkg").write_bytes(b"x")
    (tmp_path / "faux.gpkg").write_text("no database", encoding="utf-8")
    (tmp_path / "dossier").mkdir()
    given = [tmp_path / name for name in ("vide.gpkg", "__brouillon.gpkg", "faux.gpkg", "dossier", "nulle part")]
    assert told(file_checks.check_files(given)) == [
        (ERROR, "empty", "dossier"),
        (ERROR, "file", "nulle part"),
        (ERROR, "file", "vide.gpkg"),
        (WARNING, "file", "__brouillon.gpkg"),
        (ERROR, "file", "faux.gpkg"),
    ]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_links(tmp_path):
    folder, outside = tmp_path / "folder", tmp_path / "secret.txt"
    folder.mkdir()
    outside.write_text("x", encoding="utf-8")
    (folder / "a.txt").write_text("x", encoding="utf-8")
    (folder / "out.txt").symlink_to(outside)
    (folder / "in.txt").symlink_to(folder / "a.txt")
    found = file_checks.check_files([folder])
    assert told(found) == [(ERROR, "link", "out.txt")]
    assert sorted(Path(file).name for file, _content in found.looked_at) == ["a.txt", "in.txt"]


def test_files_of_the_same_name(tmp_path):
    for folder in ("2023", "2024"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "notice.pdf").write_bytes(b"%PDF")
    assert told(file_checks.check_files([tmp_path])) == [(WARNING, "same_name", "notice.pdf")]
    assert told(file_checks.check_files([tmp_path], type="ARCHIVE")) == [(ERROR, "same_name", "notice.pdf")]
    assert told(file_checks.check_files([tmp_path], type="VECTOR")) == []


# ---------------------------------------------------------------------- told


def test_table_page_and_numbers():
    faults = (
        Fault(ERROR, "invalid_geometry", "<Zones>", "It crosses itself.", row=2, feature="17", place=(2.35, 48.85)),
        Fault(WARNING, "column_name", "Zones", "…", column="Été"),
        Fault(WARNING, "no_geometry", "Zones", "3 objects have no geometry.", times=3),
    )
    found = Checked(faults, (("<Zones>", "61 objects"), ("b", "")))
    assert found.numbers() == {"ERROR_COUNT": 1, "WARNING_COUNT": 4, "INVALID_COUNT": 1, "LAYER_COUNT": 2}
    assert found.rows()[0] == (
        "error", "error", "invalid_geometry", "Invalid geometry", "<Zones>", None, "17", "It crosses itself.",
    )  # fmt: skip
    assert len(found.places()) == 1 and found.places()[0][-1] == faults[0].wkb
    assert found.sentence() == "1 error. 4 warnings."
    assert found.complaint() == "1 error. <Zones>, object 17: It crosses itself."
    assert [fault.sentence for fault in faults[1:]] == ["Zones: …", "Zones: 3 objects have no geometry."]
    page = render(found.report("Check"))
    assert "&lt;Zones&gt;" in page and "<Zones>" not in page and "It crosses itself." in page
    assert Checked(()).complaint() == "" and Checked(()).sentence() == "Nothing is wrong."
    assert Checked(faults[1:]).complaint() == ""
