"""What the checks of uploads find, as they really open the files."""

import re

import pytest

from tests.sandbox.entrepot_calls import said
from tests.sandbox.entrepot_work import (
    CANTONS,
    close,
    delivered,
    gpkg,
    log_of_checks,
    send,
    send_sums,
    status,
    tiff,
    until,
    upload,
)  # fmt: skip

ABC = "900150983cd24fb0d6963f7d28e17f72"  # pragma: allowlist secret
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}(INFO|WARNING|ERROR)\|\|\w+\|\|\d+\|\|.+")


def test_checks_are_listed(montreuil):
    checks = {row["name"]: row for row in montreuil.read("checks", limit="50")}
    assert checks["Vérification vecteur"]["default_uploads_check"] == ["VECTOR"]
    assert len(checks["Vérification standard"]["default_uploads_check"]) == 8
    one = checks["Vérification raster"]
    assert montreuil.read(f"checks/{one['_id']}") == one


@pytest.mark.parametrize(
    ("sums", "wanted", "words"),
    [
        (f"{ABC}  d/a.txt\n", "CLOSED", ()),
        (f"{ABC.upper()}  d/a.txt\n", "CLOSED", ()),
        (f"{'0' * 32}  d/a.txt\n", "UNSTABLE", ("d/a.txt", ABC, "0" * 32)),
        (f"{ABC}  a.txt\n", "UNSTABLE", ("Fichier absent", "a.txt")),
        (f"{ABC} d/a.txt\n", "UNSTABLE", ("ligne 1",)),
        (f"{ABC} *d/a.txt\n", "UNSTABLE", ("ligne 1",)),
        (f"{ABC}  d/a.txt\n{'0' * 32}  d/a.txt\n", "UNSTABLE", ("ligne 2", "deux sommes")),
        (f"{ABC}  d/a.txt\n{ABC}  __b\n", "CLOSED", ()),
        ("", "CLOSED", ("WARNING||check_standard", "d/a.txt")),
    ],
)
def test_sums(montreuil, sums, wanted, words):
    id_ = upload(montreuil)
    send(montreuil, id_, "d/a.txt", b"abc")
    send(montreuil, id_, "__ignored", b"abc")
    send_sums(montreuil, id_, sums)
    assert close(montreuil, id_) == wanted
    log = log_of_checks(montreuil, id_)
    assert all(word in log for word in words)
    assert all(LINE.fullmatch(line) for line in log.splitlines())
    assert "__ignored" not in log


def test_an_empty_delivery_is_none(montreuil):
    id_ = upload(montreuil)
    assert close(montreuil, id_) == "UNSTABLE"
    assert "aucun fichier" in log_of_checks(montreuil, id_)


def test_cantons_are_in_order(montreuil):
    id_ = delivered(montreuil, {"data/cantons.geojson": CANTONS.read_bytes()})
    extent = montreuil.read(f"uploads/{id_}")["extent"]
    assert extent["type"] == "Polygon"
    assert extent["coordinates"][0][0] == pytest.approx([2.1457, 48.7144], abs=1e-3)
    assert "61 objets" in log_of_checks(montreuil, id_)


POINT = "POINT (2 48)"


@pytest.mark.parametrize(
    ("tables", "word"),
    [
        ({"Voie-Verte": (["Étage"], [(POINT, "1")])}, None),
        ({"1er": (["a"], [(POINT, "1")])}, "1er"),
        ({"ma table": (["a"], [(POINT, "1")])}, "ma table"),
        ({"t": (["a b"], [(POINT, "1")])}, "a b"),
        ({"t": (["a" * 64], [(POINT, "1")])}, "trop long"),
        ({"t": (["a"], [])}, None),
    ],
)
def test_names_of_tables_and_columns(montreuil, tmp_path, tables, word):
    wanted = "UNSTABLE" if word else "CLOSED"
    id_ = delivered(montreuil, {"data/x.gpkg": gpkg(tmp_path, tables)}, wanted=wanted)
    assert word is None or word in log_of_checks(montreuil, id_)


def test_the_system_must_be_the_declared_one(montreuil, tmp_path):
    content = {"data/x.gpkg": gpkg(tmp_path, {"t": ([], [("POINT (650000 6860000)",)])}, srs=2154)}
    assert "EPSG:2154" in log_of_checks(montreuil, delivered(montreuil, content, wanted="UNSTABLE"))
    for srs in ("EPSG:2154", "IGNF:LAMB93"):
        id_ = delivered(montreuil, content, srs=srs)
        assert montreuil.read(f"uploads/{id_}")["extent"]["coordinates"][0][0] == pytest.approx([2.32, 48.84], abs=0.01)
    assert "inconnu" in log_of_checks(montreuil, delivered(montreuil, content, srs="EPSG:999999", wanted="UNSTABLE"))


@pytest.mark.parametrize(
    ("files", "wanted", "word"),
    [
        ({"a.geojson": b"{broken"}, "UNSTABLE", "a.geojson"),
        ({"a.gpkg": b"SQLite format 3\x00 and no more"}, "UNSTABLE", "a.gpkg"),
        ({"a.pdf": b"%PDF"}, "UNSTABLE", "a.pdf"),
        ({"a.shp": b"x", "a.dbf": b"x"}, "UNSTABLE", ".shx, .prj"),
        ({"a.csv": b"id,wkt\n1,POINT (2 48)\n"}, "CLOSED", "1 objets"),
        ({"a.csv": b"id,longitude,latitude\n1,2,48\n"}, "CLOSED", "1 objets"),
        ({"a.csv": b'id,json\n1,"{""type"":""Point"",""coordinates"":[2,48]}"\n'}, "CLOSED", "1 objets"),
        ({"a.csv": b"id,geometrie\n1,POINT (2 48)\n"}, "CLOSED", "pas de géométrie"),
        ({"a.sql": b"CREATE TABLE t (id serial primary key);"}, "CLOSED", "table t"),
        ({"a.sql": b"CREATE TABLE t (id int); INSERT INTO t VALUES (1);"}, "UNSTABLE", "INSERT INTO"),
        ({"a.sql": b"CREATE TABLE public.t (id int);"}, "UNSTABLE", "sch\u00e9ma"),
        ({"a.sql": b"-- DROP TABLE x;\nDROP TABLE x;"}, "UNSTABLE", "DROP TABLE"),
        ({"t.delete": b"id\n1\n", "t.update": b"id,a\n1,2\n"}, "CLOSED", ""),
        ({"__a.pdf": b"%PDF", "a.csv": b"lon,lat\n2,48\n"}, "CLOSED", "1 objets"),
        ({"__a.csv": b"lon,lat\n2,48\n"}, "UNSTABLE", "aucune donn\u00e9e"),
    ],
)  # fmt: skip
def test_formats(montreuil, files, wanted, word):
    assert word in log_of_checks(montreuil, delivered(montreuil, files, wanted=wanted))


def test_a_shapefile_in_its_parts(montreuil, tmp_path):
    from osgeo import gdal

    gdal.VectorTranslate(str(tmp_path / "c.shp"), str(CANTONS), format="ESRI Shapefile")
    parts = {f"d/{path.name}": path.read_bytes() for path in tmp_path.iterdir()}
    assert "61 objets" in log_of_checks(montreuil, delivered(montreuil, parts))
    damaged = {**parts, "d/c.shp": parts["d/c.shp"][:-200]}
    assert "lecture impossible" in log_of_checks(montreuil, delivered(montreuil, damaged, wanted="UNSTABLE"))


@pytest.mark.parametrize("ending", ["parquet", "geoparquet"])
def test_geoparquet_is_checked_where_it_can_be_read(montreuil, tmp_path, ending):
    from osgeo import gdal

    file = tmp_path / f"c.{ending}"
    if gdal.GetDriverByName("Parquet") is None:
        id_ = delivered(montreuil, {file.name: b"PAR1"}, wanted="UNSTABLE")
        assert f"{file.name} : format non lu par cette version : Parquet" in log_of_checks(montreuil, id_)
        return
    gdal.VectorTranslate(str(file), str(CANTONS), format="Parquet")
    assert "61 objets" in log_of_checks(montreuil, delivered(montreuil, {file.name: file.read_bytes()}))


@pytest.mark.parametrize(
    ("ending", "driver"),
    [("gpkg", "GPKG"), ("geojson", "GeoJSON"), ("json", "GeoJSON"), ("csv", "CSV"), ("fgb", "FlatGeobuf")],
)
def test_each_format_is_read(montreuil, tmp_path, ending, driver):
    """What GDAL writes with its own driver comes through the check with all its objects and where they are."""
    from osgeo import gdal

    options = ["GEOMETRY=AS_WKT"] if driver == "CSV" else []
    file = tmp_path / f"cantons.{ending}"
    gdal.VectorTranslate(str(file), str(CANTONS), format=driver, layerName="cantons", layerCreationOptions=options)
    id_ = delivered(montreuil, {f"data/{file.name}": file.read_bytes()})
    assert f"data/{file.name}, table cantons : 61 objets" in log_of_checks(montreuil, id_)
    corner = montreuil.read(f"uploads/{id_}")["extent"]["coordinates"][0][0]
    assert corner == pytest.approx([2.1457, 48.7144], abs=1e-3)


def test_invalid_geometries_are_only_told_of(montreuil):
    bow = b'id,wkt\n1,"POLYGON ((0 0,1 1,1 0,0 1,0 0))"\n'
    assert "1 géométries non valides" in log_of_checks(montreuil, delivered(montreuil, {"a.csv": bow}))


@pytest.mark.parametrize(
    ("options", "srs", "wanted", "word"),
    [
        ({}, "EPSG:2154", "CLOSED", "64 × 64"),
        ({}, "EPSG:3857", "UNSTABLE", "EPSG:2154"),
        ({"georeferenced": False}, "EPSG:2154", "UNSTABLE", "géoréférencement"),
    ],
)
def test_images(montreuil, tmp_path, options, srs, wanted, word):
    id_ = delivered(montreuil, {"a.tif": tiff(tmp_path, **options)}, "RASTER", srs, wanted)
    assert word in log_of_checks(montreuil, id_)


def test_an_image_with_its_world_file(montreuil, tmp_path):
    world = b"10\n0\n0\n-10\n650005\n6859995\n"
    files = {"d/a.tif": tiff(tmp_path, georeferenced=False), "d/a.tfw": world}
    id_ = delivered(montreuil, files, "RASTER", "EPSG:2154")
    assert montreuil.read(f"uploads/{id_}")["extent"]["coordinates"][0][0] == pytest.approx([2.32, 48.84], abs=0.02)


def test_a_pyramid_has_what_it_tells_of(montreuil):
    about = b'{"tile_matrix_set": "PM", "format": "TIFF_PBF_MVT", "levels": [{"id": "5"}, {"id": "6"}]}'
    infos = {"format": "TIFF_PBF_MVT", "tms": "PM"}
    for levels, wanted in ((("5", "6"), "CLOSED"), (("5",), "UNSTABLE")):
        id_ = upload(montreuil, "ROK4-PYRAMID", "EPSG:3857", type_infos=infos)
        send(montreuil, id_, "p.json", about)
        for level in levels:
            send(montreuil, id_, f"p/DATA/{level}/00/00.tif", b"x")
        assert close(montreuil, id_) == wanted


def test_a_check_that_runs_is_ended(sandbox, montreuil):
    sandbox.entrepot_settings(check_seconds=-1)
    id_ = upload(montreuil)
    send(montreuil, id_, "a")
    montreuil.post(f"uploads/{id_}/close")
    until(lambda: len(montreuil.read(f"uploads/{id_}/checks")["in_progress"]), 2)
    running = [row["_id"] for row in montreuil.read(f"uploads/{id_}/checks")["in_progress"]]
    one = montreuil.read(f"checks/executions/{running[0]}")
    assert (one["status"], one["upload"]["_id"], "finish" in one) == ("PROGRESS", id_, False)
    callback = {"type": "email", "to_address": ["a@sandbox.invalid"]}
    assert montreuil("PATCH", f"checks/executions/{running[0]}", json={"callback": callback}).status_code == 200
    for execution in running:
        assert status(montreuil, id_) == "CHECKING"
        assert montreuil("DELETE", f"checks/executions/{execution}").status_code == 202
    assert status(montreuil, id_) == "UNSTABLE"
    assert said(montreuil("DELETE", f"checks/executions/{running[0]}"), 409)
    assert said(montreuil("PATCH", f"checks/executions/{running[0]}", json={"callback": callback}), 409)
    aborted = {row["_id"] for row in montreuil.read("checks/executions", status="ABORTED", limit="50")}
    assert set(running) <= aborted
    assert montreuil.post(f"uploads/{id_}/open").status_code == 204


def test_a_check_that_waits_is_not_ended(sandbox, montreuil):
    sandbox.entrepot_settings(check_seconds=30)
    id_ = upload(montreuil)
    send(montreuil, id_, "a")
    montreuil.post(f"uploads/{id_}/close")
    (first, _) = montreuil.read(f"uploads/{id_}/checks")["asked"]
    assert "WAITING" in said(montreuil("DELETE", f"checks/executions/{first['_id']}"), 409)


def test_a_log_has_pages(montreuil):
    files = {f"d/{number}": b"x" for number in range(15)}
    id_ = delivered(montreuil, files, "ARCHIVE")
    standard = next(
        row for row in montreuil.read(f"uploads/{id_}/checks")["passed"] if "standard" in row["check"]["name"]
    )
    path = f"checks/executions/{standard['_id']}/logs"
    answer = montreuil.get(path)
    assert (len(answer.json()), answer.headers["Content-Range"]) == (10, "1-10/16")
    assert len(montreuil.read(path, page="2")) == 6
    assert len(montreuil.read(path, limit="2000")) == 16
