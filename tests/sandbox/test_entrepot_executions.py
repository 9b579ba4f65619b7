"""Executions of processings: what may be declared, how they go, what they really make."""

import gzip
import json
import math
import struct
import sys

import numpy
import pytest
from osgeo import gdal

from sandbox.entrepot.work import pmtiles
from sandbox.process import SandboxProcess
from tests.sandbox.entrepot_calls import Office, said
from tests.sandbox.entrepot_work import (
    COPY,
    DERIVATION,
    HARVEST,
    INDEX,
    INTEGRATION,
    MERGE,
    PMTILES,
    PYRAMID,
    TILES,
    VALIDATION,
    close,
    database,
    declared,
    delivered,
    ended,
    gpkg,
    launch,
    logs,
    order,
    rows,
    run,
    send,
    tiff,
    until,
    upload,
)

PARIS = "POLYGON ((2.25 48.8, 2.45 48.8, 2.45 48.92, 2.25 48.92, 2.25 48.8))"
LAMBERT = "EPSG:2154"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def sandbox(folder):
    """Its files can be looked at."""
    with SandboxProcess(reports=5, features=5, rate=0, state=folder, python=sys.executable) as process:
        yield process


@pytest.fixture
def montreuil(sandbox):
    sandbox.reset_entrepot_settings()
    return Office(sandbox)


@pytest.fixture(scope="module")
def cantons(sandbox):
    """A database that no test changes."""
    return database(Office(sandbox), srs=LAMBERT)


def place(folder, data):
    return folder / "entrepot" / "stored_data" / data["_id"]


# ------------------------------------------------------------------------------------------------ what may be declared


def test_processings_are_found_by_what_they_take_and_make(montreuil):
    found = montreuil.read("processings", input_upload_type="VECTOR", output_stored_data_type="VECTOR-DB")
    assert [row["name"] for row in found] == [INTEGRATION]
    assert sorted(found[0]) == ["_id", "description", "name"]
    whole = montreuil.read(f"processings/{found[0]['_id']}")
    assert whole["output_type"] == {"stored_data": "VECTOR-DB", "storage": ["POSTGRESQL"]}
    assert [check["name"] for check in whole["required_checks"]] == ["Vérification standard", "Vérification vecteur"]
    found = montreuil.read("processings", input_stored_data_type="VECTOR-DB", fields="output_types,input_types")
    assert {row["output_type"]["stored_data"] for row in found} == {"ROK4-PYRAMID-VECTOR", "VECTOR-DB", "ARCHIVE"}


def test_an_execution_and_its_output_are_declared(montreuil):
    id_ = delivered(montreuil, {"data/x.csv": b"lon,lat\n2,48\n"})
    made = declared(montreuil, INTEGRATION, uploads=[id_], output=["VECTEUR", "PERF"])
    assert made["status"] == "CREATED"
    assert made["inputs"] == {
        "upload": [{"_id": id_, "name": "livraison", "type": "VECTOR", "status": "CLOSED", "srs": "EPSG:4326"}],
        "stored_data": [],
    }  # fmt: skip
    assert made["parameters"] == {"update": False, "delete": False}
    output = montreuil.read(f"stored_data/{made['output']['stored_data']['_id']}")
    assert (output["status"], output["size"], output["storage"]["labels"]) == ("CREATED", 0, ["VECTEUR", "PERF"])
    (row,) = montreuil.read("processings/executions", input_upload=id_)
    assert sorted(row) == ["_id", "creation", "processing", "status"]
    path = f"processings/executions/{made['_id']}"
    callback = {"type": "email", "to_address": ["a@sandbox.invalid"]}
    assert montreuil("PATCH", path, json={"callback": callback}).json()["callback"] == callback
    assert montreuil("DELETE", path).status_code == 204
    assert said(montreuil.get(path), 404)
    assert montreuil("DELETE", f"stored_data/{output['_id']}").status_code == 202


@pytest.mark.parametrize(
    ("parameters", "code", "word"),
    [
        ({"srs": 2154}, 400, "srs"),
        ({"inconnu": "x"}, 400, "inconnu"),
        ({"multigeom_layers": "t"}, 400, "multigeom_layers"),
    ],
)
def test_parameters_are_held_to_their_constraints(montreuil, parameters, code, word):
    id_ = delivered(montreuil, {"data/x.csv": b"lon,lat\n2,48\n"})
    assert word in said(
        montreuil.post("processings/executions", order(montreuil, INTEGRATION, uploads=[id_], **parameters)), code
    )


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({}, "bottom_level"),
        ({"bottom_level": 12, "top_level": 6}, "bottom_level"),
        ({"composition": [{"table": "cantons", "bottom_level": "12"}]}, "top_level"),
        ({"composition": [{"table": "cantons", "bottom_level": 12, "top_level": "6"}]}, "12"),
        ({"composition": []}, "composition"),
    ],
)
def test_levels_are_texts(montreuil, cantons, parameters, word):
    body = order(montreuil, TILES, data=[cantons["_id"]], output=["PYRAMIDE"], **parameters)
    assert word in said(montreuil.post("processings/executions", body), 400)


def test_inputs_must_be_ready_and_fit(montreuil, cantons):
    open_ = upload(montreuil, "VECTOR")
    failed = delivered(montreuil, {"x.pdf": b"x"}, wanted="UNSTABLE")
    archive = delivered(montreuil, {"x": b"x"}, "ARCHIVE")

    def refused(code, name=INTEGRATION, **more):
        return said(montreuil.post("processings/executions", order(montreuil, name, **more)), code)

    assert "OPEN" in refused(409, uploads=[open_])
    assert "UNSTABLE" in refused(409, uploads=[failed])
    assert "ARCHIVE" in refused(400, uploads=[archive])
    assert "VECTOR" in refused(400)
    assert refused(404, uploads=[montreuil.id])
    assert "de type ARCHIVE" in refused(400, COPY, uploads=[archive], output=cantons["_id"])
    assert refused(404, COPY, uploads=[archive], output=montreuil.id)
    assert "NULLE" in refused(404, COPY, uploads=[archive], output=["NULLE", "ARCHIVE"])
    assert "VECTEUR" in refused(404, COPY, uploads=[archive], output=["VECTEUR"])
    assert "tms" in refused(400, PYRAMID, uploads=[delivered_image(montreuil)], output=["PYRAMIDE"])


def delivered_image(office, **options):
    import tempfile

    with tempfile.TemporaryDirectory() as made:
        return delivered(office, {"a.tif": tiff(made, **options)}, "RASTER", LAMBERT)


def test_a_full_storage_takes_nothing(sandbox):
    small = Office(sandbox, datastore="decouverte")
    id_ = delivered(small, {"big.bin": bytes(15_000_000)}, "ARCHIVE")
    run(small, COPY, uploads=[id_], output=["ARCHIVE"])
    data, log = run(small, COPY, "FAILURE", uploads=[id_], output=["ARCHIVE"])
    assert data["status"] == "UNSTABLE" and "Quota" in log
    use = {row["storage"]["labels"][0]: row["use"] for row in small.read(f"/datastores/{small.id}")["storages"]["data"]}
    assert use["ARCHIVE"] == 15_000_000


def test_it_takes_the_right(sandbox, montreuil):
    reader = Office(sandbox, "contributeur", "sdis")
    assert "PROCESSING" in said(reader.post("processings/executions", order(reader, COPY)), 403)


# ------------------------------------------------------------------------------------------------------- how they go


def test_the_states_of_an_execution_and_its_output(sandbox, montreuil, cantons):
    sandbox.entrepot_settings(execution_seconds=-1)
    id_ = delivered(montreuil, {"a.txt": b"abc"}, "ARCHIVE")
    execution = declared(montreuil, COPY, uploads=[id_], output=["ARCHIVE"])
    path, data = (
        f"processings/executions/{execution['_id']}",
        f"stored_data/{execution['output']['stored_data']['_id']}",
    )
    launch(montreuil, execution)
    until(lambda: montreuil.read(path)["status"], "PROGRESS")
    assert montreuil.read(data)["status"] == "GENERATING"
    for answer in (montreuil.post(path + "/launch"), montreuil("DELETE", path), montreuil("DELETE", data),
                   montreuil("DELETE", f"uploads/{id_}"), montreuil.post(f"uploads/{id_}/open")):  # fmt: skip
        assert said(answer, 409)
    assert montreuil.post(path + "/abort").status_code == 202
    done = ended(montreuil, execution)
    assert done["status"] == "ABORTED" and done["output"]["stored_data"]["status"] == "UNSTABLE"
    assert {"launch", "start", "finish"} <= set(done)
    assert "interrompue" in logs(montreuil, execution)
    assert said(montreuil.post(path + "/abort"), 409)
    assert montreuil("DELETE", data).status_code == 202
    assert montreuil.read(path)["output"]["stored_data"]["status"] == "DELETED"


def test_what_is_gone_is_not_launched(montreuil):
    id_ = delivered(montreuil, {"a.txt": b"abc"}, "ARCHIVE")
    execution = declared(montreuil, COPY, uploads=[id_], output=["ARCHIVE"])
    assert montreuil("DELETE", f"uploads/{id_}").status_code == 202
    assert "DELETED" in said(montreuil.post(f"processings/executions/{execution['_id']}/launch"), 409)


def test_a_restart_goes_on_with_what_ran(tmp_path):
    options = {"reports": 1, "features": 1, "rate": 0, "state": tmp_path, "python": sys.executable}
    with SandboxProcess(**options) as process:
        office = Office(process)
        id_ = delivered(office, {"a.txt": b"abc"}, "ARCHIVE")
        process.entrepot_settings(execution_seconds=-1, check_seconds=-1)
        execution = declared(office, COPY, uploads=[id_], output=["ARCHIVE"])
        launch(office, execution)
        other = upload(office)
        office("POST", f"uploads/{other}/data", params={"path": "a"}, files={"file": ("a", b"x")})
        office.post(f"uploads/{other}/close")
        until(lambda: office.read(f"processings/executions/{execution['_id']}")["status"], "PROGRESS")
    with SandboxProcess(**options) as process:
        office = Office(process)
        assert ended(office, execution)["status"] == "SUCCESS"
        assert until(lambda: office.read(f"uploads/{other}")["status"], "CLOSED") == "CLOSED"


# ---------------------------------------------------------------------------------------------------- what they make


def test_vectors_are_in_the_database(montreuil, folder, cantons):
    assert (cantons["status"], cantons["srs"], cantons["type"]) == ("GENERATED", LAMBERT, "VECTOR-DB")
    (relation,) = cantons["type_infos"]["relations"]
    assert (relation["name"], relation["type"], relation["primary_key"]) == ("cantons", "TABLE", ["ogc_fid"])
    assert relation["attributes"]["ogc_fid"] == "integer"
    assert relation["attributes"]["geom"] == "geometry(MultiPolygon,2154)"
    assert rows(folder, cantons, "SELECT count(*), min(ogc_fid) FROM cantons") == [(61, 1)]
    assert rows(folder, cantons, "SELECT nom FROM cantons WHERE insee_dep = '75'") == [("Paris",)]
    assert cantons["extent"]["coordinates"][0][0] == pytest.approx([2.144, 48.713], abs=0.01)
    assert cantons["size"] == (place(folder, cantons) / "database.gpkg").stat().st_size
    assert [event["title"] for event in montreuil.read(f"stored_data/{cantons['_id']}/events")] == [
        "Création",
        "Génération",
    ]


def test_names_are_those_of_the_database(montreuil, folder, tmp_path):
    content = gpkg(tmp_path, {"Voie-Verte": (["Été", "A-B"], [("POINT (2 48)", "x", "y")])})
    id_ = delivered(montreuil, {"data/a.gpkg": content, "data/b.csv": b"Num,lon,lat\n7,2,48\n"})
    data, _ = run(montreuil, INTEGRATION, uploads=[id_], output=["VECTEUR"])
    assert [relation["name"] for relation in data["type_infos"]["relations"]] == ["b", "voieverte"]
    assert rows(folder, data, "SELECT ete, ab FROM voieverte") == [("x", "y")]
    assert rows(folder, data, "SELECT num FROM b") == [(7,)]
    assert data["type_infos"]["relations"][0]["attributes"]["num"] == "integer"


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"t": (["Été", "ETE"], [("POINT (2 48)", "x", "y")])}, ("Été", "ETE")),
        ({"Té": ([], [("POINT (2 48)",)]), "t-e": ([], [("POINT (2 48)",)])}, ("Té", "t-e")),
        ({"t": (["OGC_FID"], [("POINT (2 48)", "x")])}, ("OGC_FID", "réservé")),
        ({"t": ([], [("POINT (2 48)",), ("LINESTRING (2 48,3 49)",)])}, ("multigeom_layers",)),
    ],
)
def test_what_the_database_cannot_take(montreuil, tmp_path, tables, words):
    id_ = delivered(montreuil, {"data/a.gpkg": gpkg(tmp_path, tables)})
    data, log = run(montreuil, INTEGRATION, "FAILURE", uploads=[id_], output=["VECTEUR"])
    assert data["status"] == "UNSTABLE"
    assert "ERROR||integration||" in log and all(word in log for word in words)


def test_mixed_geometries_where_they_are_told_of(montreuil, folder, tmp_path):
    mixed = {"t": ([], [("POINT (2 48)",), ("LINESTRING (2 48,3 49)",)])}
    id_ = delivered(montreuil, {"data/a.gpkg": gpkg(tmp_path, mixed)})
    data, _ = run(montreuil, INTEGRATION, uploads=[id_], output=["VECTEUR"], multigeom_layers=["t"])
    assert data["type_infos"]["relations"][0]["attributes"]["geom"] == "geometry(Geometry,4326)"
    assert rows(folder, data, "SELECT count(*) FROM t") == [(2,)]


def test_an_update_deletes_changes_and_adds_in_this_order(montreuil, folder):
    data = database(montreuil)
    files = {
        "cantons.delete": b"insee_dep,nom\n75,Paris\n93,Saint-Denis\n",
        "cantons.update": "ogc_fid,nom\n3,Rebaptisé\n".encode(),
        "cantons.csv": b'nom,wkt\nAilleurs,"POLYGON ((2 48,2.1 48,2.1 48.1,2 48))"\n',
    }
    id_ = delivered(montreuil, files)
    before = rows(folder, data, "SELECT count(*) FROM cantons WHERE insee_dep = '93' AND nom = 'Saint-Denis'")[0][0]
    changed, log = run(montreuil, INTEGRATION, uploads=[id_], output=data["_id"], update=True, delete=True)
    assert changed["status"] == "GENERATED" and changed["last_event"]["title"] == "Modification"
    assert rows(folder, data, "SELECT count(*) FROM cantons") == [(61 - 1 - before + 1,)]
    assert rows(folder, data, "SELECT nom FROM cantons WHERE ogc_fid = 3") == [("Rebaptisé",)]
    assert rows(folder, data, "SELECT count(*) FROM cantons WHERE nom IN ('Paris', 'Ailleurs')") == [(1,)]
    assert log.index("cantons.delete") < log.index("cantons.update") < log.index("cantons.csv")


def test_a_failed_update_leaves_the_rows(montreuil, folder):
    data = database(montreuil)
    id_ = delivered(montreuil, {"cantons.update": b"nom\nx\n", "cantons.csv": b"autre,nom\nx,y\n"})
    changed, log = run(montreuil, INTEGRATION, "FAILURE", uploads=[id_], output=data["_id"], update=True)
    assert changed["status"] == "UNSTABLE" and "clé primaire" in log
    _, log = run(montreuil, INTEGRATION, "FAILURE", uploads=[id_], output=database(montreuil)["_id"])
    assert "colonnes absentes" in log and "ignoré" in log
    assert rows(folder, data, "SELECT count(*) FROM cantons") == [(61,)]


def test_tables_made_by_sql_and_filled_later(montreuil, folder):
    made = (
        b"CREATE TABLE lieu (id SERIAL PRIMARY KEY, nom character varying(20) NOT NULL, vu boolean, "
        b"geom geometry(Point,4326));"
        b"CREATE VIEW lieux_vus AS SELECT * FROM lieu WHERE vu; CREATE INDEX i ON lieu (nom);"
        b"ALTER TABLE lieu ADD COLUMN note text;"
    )
    data, _ = run(montreuil, INTEGRATION, uploads=[delivered(montreuil, {"a.sql": made})], output=["VECTEUR"])
    table, view = data["type_infos"]["relations"]
    assert (table["name"], table["primary_key"]) == ("lieu", ["id"])
    assert table["attributes"] == {
        "id": "integer", "nom": "character varying(20)", "vu": "boolean", "note": "text",
        "geom": "geometry(Point,4326)",
    }  # fmt: skip
    assert (view["name"], view["type"]) == ("lieux_vus", "VIEW")
    filled = delivered(montreuil, {"lieu.csv": b"id,nom,vu,wkt\n12,a,1,POINT (2 48)\n15,b,0,POINT (2 49)\n"})
    run(montreuil, INTEGRATION, uploads=[filled], output=data["_id"])
    assert rows(folder, data, "SELECT id, nom FROM lieu ORDER BY id") == [(12, "a"), (15, "b")]
    assert rows(folder, data, "SELECT nom FROM lieux_vus") == [("a",)]


def test_vector_tiles_are_cut(montreuil, folder, cantons):
    parts = [
        {
            "table": "cantons",
            "bottom_level": "11",
            "top_level": "9",
            "attributes": ["nom"],
            "filter": "insee_dep = '92'",
        },
        {"table": "cantons", "bottom_level": "8", "top_level": "8", "layer": "loin", "attributes": ["code"]},
    ]
    data, _ = run(montreuil, TILES, data=[cantons["_id"]], output=["PYRAMIDE"], composition=parts)
    assert data["type_infos"] == {"tms": "PM", "levels": ["8", "9", "10", "11"]}
    tiles = place(folder, data) / "tiles"
    assert {path.name for path in tiles.iterdir()} == {"8", "9", "10", "11"}
    assert (place(folder, data) / "metadata.json").is_file()
    near, far = fields(next(tiles.glob("11/*/*.pbf"))), fields(next(tiles.glob("8/*/*.pbf")))
    assert (near, far) == ({"cantons": {"nom"}}, {"loin": {"code"}})


def fields(tile):
    found = gdal.OpenEx(str(tile), gdal.OF_VECTOR, allowed_drivers=["MVT"])
    layers = [found.GetLayer(number) for number in range(found.GetLayerCount())]
    return {
        layer.GetName(): {
            layer.GetLayerDefn().GetFieldDefn(n).GetName() for n in range(layer.GetLayerDefn().GetFieldCount())
        }
        - {"mvt_id"}
        for layer in layers
    }


def test_vector_tiles_of_an_area_alone(montreuil, folder, cantons):
    everywhere, _ = run(montreuil, TILES, data=[cantons["_id"]], output=["PYRAMIDE"], bottom_level="12", top_level="12")
    here, _ = run(
        montreuil, TILES, data=[cantons["_id"]], output=["PYRAMIDE"], bottom_level="12", top_level="12", area=PARIS
    )
    some, every = (
        {path.relative_to(place(folder, d)) for path in place(folder, d).rglob("*.pbf")} for d in (here, everywhere)
    )
    assert 4 <= len(some) < len(every) and some < every
    levels = {"bottom_level": "12", "top_level": "9"}
    _, log = run(montreuil, TILES, "FAILURE", data=[cantons["_id"]], output=["PYRAMIDE"], area="POINT (2 48)", **levels)
    assert "polygone" in log


def test_too_many_features_for_a_tile(montreuil, tmp_path):
    points = "".join(f"{2 + n / 1e5},48,{n}\n" for n in range(5001))
    id_ = delivered(montreuil, {"p.csv": f"lon,lat,n\n{points}".encode()})
    data, _ = run(montreuil, INTEGRATION, uploads=[id_], output=["VECTEUR"])
    _, log = run(montreuil, TILES, "FAILURE", data=[data["_id"]], output=["PYRAMIDE"], bottom_level="8", top_level="4")
    assert "5001 objets de p" in log
    _, log = run(montreuil, TILES, "FAILURE", data=[data["_id"]], output=["PYRAMIDE"],
                 composition=[{"table": "q", "bottom_level": "8", "top_level": "4"}])  # fmt: skip
    assert "Table inconnue" in log


@pytest.mark.parametrize(
    ("tms", "compression", "level", "suffix"),
    [("PM", "jpg", "13", "jpg"), ("4326", "png", "12", "png"), ("LAMB93_50cm", None, "13", "jpg")],
)
def test_images_are_cut(montreuil, folder, tms, compression, level, suffix):
    more = {"compression": compression} if compression else {}
    image = delivered_image(montreuil, value=200)
    levels = {"bottom": level, "top": str(int(level) - 2)}
    data, _ = run(montreuil, PYRAMID, uploads=[image], output=["PYRAMIDE"], tms=tms, **levels, **more)
    infos = data["type_infos"]
    assert (infos["tms"], infos["levels"][-1], infos["channels_format"], infos["channels_number"]) == (
        tms,
        level,
        "UINT8",
        3,
    )
    assert infos["compression"] == suffix.upper()
    mosaic = gdal.Open(str(place(folder, data) / "mosaic.tif"))
    assert mosaic.GetSpatialRef().GetAuthorityCode(None) == {"PM": "3857", "4326": "4326"}.get(tms, "2154")
    tiles = sorted((place(folder, data) / "tiles" / level).glob(f"*/*.{suffix}"))
    assert tiles and 2.3 < data["extent"]["coordinates"][0][0][0] < 2.4
    values = gdal.Open(str(tiles[0])).ReadAsArray()[0]
    assert values.shape == (256, 256)
    assert numpy.median(values[(values > 150) & (values < 225)]) == pytest.approx(200, abs=1)  # JPEG blurs the edges


def test_where_a_tile_lies(montreuil, folder):
    """As slippy maps number them."""
    data, _ = run(
        montreuil, PYRAMID, uploads=[delivered_image(montreuil)], output=["PYRAMIDE"], tms="PM", bottom="14", top="14"
    )
    west, south = data["extent"]["coordinates"][0][0]
    east, north = data["extent"]["coordinates"][0][2]
    columns = {int((lon + 180) / 360 * 2**14) for lon in (west, east)}
    found = [
        path.relative_to(place(folder, data) / "tiles" / "14")
        for path in (place(folder, data) / "tiles" / "14").rglob("*.jpg")
    ]
    assert {int(path.parts[0]) for path in found} == set(range(min(columns), max(columns) + 1))
    lines = [int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**14) for lat in (north, south)]
    assert {int(path.stem) for path in found} == set(range(lines[0], lines[1] + 1))


def test_heights_keep_their_decimals(montreuil, folder):
    id_ = delivered_image(montreuil, bands=1, kind="Float32", value=12.5)
    data, _ = run(montreuil, PYRAMID, uploads=[id_], output=["PYRAMIDE"], tms="PM", bottom="13", top="12",
                  compression="zip", interpolation="nn")  # fmt: skip
    infos = data["type_infos"]
    assert (infos["channels_format"], infos["channels_number"], infos["compression"]) == ("FLOAT32", 1, "ZIP")
    values = gdal.Open(str(place(folder, data) / "mosaic.tif")).ReadAsArray()
    assert set(values.flatten().tolist()) == {12.5, -99999.0}
    _, log = run(montreuil, PYRAMID, "FAILURE", uploads=[id_], output=["PYRAMIDE"], tms="PM", compression="jpg")
    assert "8 bits" in log


def test_pyramids_go_on_and_are_merged(montreuil, folder):
    levels = {"bottom": "13", "top": "12"}
    first, _ = run(
        montreuil,
        PYRAMID,
        uploads=[delivered_image(montreuil, value=50)],
        output=["PYRAMIDE"],
        tms="PM",
        compression="png",
        **levels,
    )
    beside = delivered_image(montreuil, value=150, at=(652000, 6860000))
    on, _ = run(montreuil, PYRAMID, uploads=[beside], data=[first["_id"]], output=["PYRAMIDE"])
    assert on["type_infos"] == first["type_infos"]
    assert colours(folder, on) == {50, 150} and colours(folder, first) == {50}
    assert montreuil.read(f"stored_data/{first['_id']}/dependencies") == {
        "used_by": [{"_id": on["_id"], "name": "sortie"}], "use": [],
    }  # fmt: skip
    assert "sortie" in said(montreuil("DELETE", f"stored_data/{first['_id']}"), 409)

    third, _ = run(
        montreuil, PYRAMID, uploads=[delivered_image(montreuil, value=250)], output=["PYRAMIDE"], tms="PM", **levels
    )
    merged, _ = run(montreuil, MERGE, data=[on["_id"], third["_id"]], output=["PYRAMIDE"])
    assert colours(folder, merged) == {150, 250}
    changed, _ = run(montreuil, PYRAMID, uploads=[beside], output=third["_id"])
    assert colours(folder, changed) == {150, 250} and changed["status"] == "GENERATED"
    _, log = run(montreuil, MERGE, "FAILURE", data=[on["_id"]], output=["PYRAMIDE"])
    assert "deux pyramides" in log


def colours(folder, data):
    """Of what is wholly seen in the mosaic, without the mixed ones of the edges."""
    red, *_, alpha = gdal.Open(str(place(folder, data) / "mosaic.tif")).ReadAsArray()
    seen = red[alpha == 255]
    return {colour for colour in set(seen.tolist()) if (seen == colour).sum() > 50}


def test_archives_are_copied_flat(montreuil, folder):
    id_ = delivered(montreuil, {"d/a.txt": b"abc", "b.txt": b"de", "__c.txt": b"x"}, "ARCHIVE")
    data, _ = run(montreuil, COPY, uploads=[id_], output=["ARCHIVE"])
    assert (data["type_infos"], data["size"]) == ({"files_number": 2}, 5)
    again = delivered(montreuil, {"other/a.txt": b"newer", "c.txt": b""}, "ARCHIVE")
    data, _ = run(montreuil, COPY, uploads=[again], output=data["_id"])
    files = place(folder, data) / "files"
    assert {path.name: path.read_bytes() for path in files.iterdir()} == {
        "a.txt": b"newer",
        "b.txt": b"de",
        "c.txt": b"",
    }
    assert data["type_infos"] == {"files_number": 3}


def test_sql_derives_a_database(montreuil, folder, cantons):
    text = "ALTER TABLE cantons ADD COLUMN note text; UPDATE cantons SET note = '{{ params.mot }}' || nom; -- ; x"
    script = montreuil.style(content=text, type_="DERIVATION-SQL").json()["_id"]
    more = {"data": [cantons["_id"]], "output": ["VECTEUR"], "derivations": [script]}
    data, _ = run(montreuil, DERIVATION, params={"mot": "l''"}, **more)
    assert rows(folder, data, "SELECT note FROM cantons WHERE nom = 'Paris'") == [("l'Paris",)]
    assert data["type_infos"]["relations"][0]["attributes"]["note"] == "text"
    assert "note" not in montreuil.read(f"stored_data/{cantons['_id']}")["type_infos"]["relations"][0]["attributes"]
    _, log = run(montreuil, DERIVATION, "FAILURE", **more)
    assert "Variable sans valeur : mot" in log
    wrong = montreuil.style(content="SELECT load_extension('x')", type_="DERIVATION-SQL").json()["_id"]
    _, log = run(montreuil, DERIVATION, "FAILURE", **{**more, "derivations": [wrong]})
    assert "interdite" in log
    body = order(montreuil, DERIVATION, **{**more, "derivations": [cantons["_id"]]})
    assert said(montreuil.post("processings/executions", body), 404)


def test_a_service_of_the_sandbox_is_harvested(sandbox, montreuil, folder, cantons):
    """It serves while it computes."""
    style = montreuil.style("nom", content=RED).json()["_id"]
    relations = [{"name": "cantons", "style": style}]
    infos = {"title": "t", "abstract": "a", "used_data": [{"stored_data": cantons["_id"], "relations": relations}]}
    body = {"type": "WMS-VECTOR", "name": "w", "layer_name": "moisson", "type_infos": infos}
    offering = montreuil.offer(montreuil.made("configurations", body), "gpf-geoserver-wms-v", open=True).json()
    montreuil.settle(offering, "PUBLISHED")
    asked = {
        "harvest_layers": "moisson", "harvest_levels": ["12", "10"], "harvest_area": PARIS,
        "harvest_format": "image/png",
        "harvest_url": sandbox.url + "/wms-v/geoserver/ows", "bottom": "12", "top": "9",
    }  # fmt: skip
    data, _ = run(montreuil, HARVEST, output=["PYRAMIDE"], **asked)
    assert data["type_infos"]["levels"] == ["9", "10", "11", "12"]
    red, green, *_ = gdal.Open(str(place(folder, data) / "mosaic.tif")).ReadAsArray()
    assert ((red > 200) & (green < 50)).mean() > 0.3
    assert len(sandbox.journal("wms-v")) >= 2
    _, log = run(
        montreuil,
        HARVEST,
        "FAILURE",
        output=["PYRAMIDE"],
        **{**asked, "harvest_layers": "absente"},
        harvest_extras="apikey=caché",
    )
    assert "absente" in log and "caché" not in log
    assert "caché" not in str(sandbox.journal("executions$")[-1])
    for wrong in ({"harvest_levels": [12]}, {"harvest_format": "image/gif"}, {"tms": "INCONNU"}, {"bottom": 12}):
        assert said(montreuil.post("processings/executions", order(montreuil, HARVEST, **{**asked, **wrong})), 400)


RED = """<StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld"><NamedLayer><Name>x</Name>
<UserStyle><FeatureTypeStyle><Rule><PolygonSymbolizer><Fill><CssParameter name="fill">#ff0000</CssParameter></Fill>
</PolygonSymbolizer></Rule></FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"""


# ------------------------------------------------------------------------------------------------------- stored data


def test_what_is_told_of_a_stored_data(montreuil, sandbox):
    data = database(montreuil)
    path = f"stored_data/{data['_id']}"
    changes = {"name": "b", "description": "d", "edition": {"from": "2026-01-01", "to": "2026-12-31"}, "open": True,
               "extra": {"a": 1}, "public_activity": True, "extent": data["extent"]}  # fmt: skip
    answer = montreuil("PATCH", path, json=changes).json()
    assert {name: answer[name] for name in changes} == changes
    for wrong in ({"status": "GENERATED"}, {"edition": {"to": "2026-01-01"}}, {"edition": {"from": "hier"}},
                  {"srs": "EPSG:4326"}):  # fmt: skip
        assert said(montreuil("PATCH", path, json=wrong), 400)
    (row,) = montreuil.read("stored_data", name="b")
    assert sorted(row) == ["_id", "name", "open", "srs", "type"]
    assert montreuil.read("stored_data", name="b", fields="status,size")[0]["status"] == "GENERATED"
    assert said(montreuil.post("stored_data", {"name": "x"}), 405)
    community = montreuil.ids["community"]["sdis"]
    assert montreuil.post(path + "/visibility", [community]).json()[0]["_id"] == community


def test_what_a_configuration_uses_stays(montreuil):
    data = database(montreuil)
    configuration = montreuil.made("configurations", montreuil.wfs("used", data))
    assert "configuration" in said(montreuil("DELETE", f"stored_data/{data['_id']}"), 409)
    assert montreuil("DELETE", f"configurations/{configuration['_id']}").status_code < 300
    assert montreuil("DELETE", f"stored_data/{data['_id']}").status_code == 202
    assert said(montreuil.get(f"stored_data/{data['_id']}"), 404)


def test_an_index_counts_its_objects(montreuil):
    id_ = upload(montreuil, "INDEX", type_infos={"is_search_layer": True})
    send(montreuil, id_, "i.csv", b"nom,n,lon,lat\na,1,2,48\nb,2,2,49\n")
    assert close(montreuil, id_) == "CLOSED"
    data, _ = run(montreuil, INDEX, uploads=[id_], output=["INDEX"])
    assert data["type_infos"] == {"fields": {"nom": "text", "n": "integer"}, "count": 2, "is_search_layer": True}


class PmTiles:
    """A file of tiles, read as its specification says: https://github.com/protomaps/PMTiles."""

    def __init__(self, content):
        magic, version, *places = struct.unpack_from("<7sB11Q6B", content)
        assert (magic, version) == (b"PMTiles", 3)
        directory, about, _leaves, (start, length) = zip(places[:8:2], places[1:8:2])
        assert start + length == len(content)
        self.count, (self.clustered, _, _, self.kind, self.top, self.bottom) = places[8], places[11:]
        self.box = [value / 1e7 for value in struct.unpack_from("<4i", content, 102)]
        self.about = json.loads(gzip.decompress(content[about[0] : sum(about)]))
        numbers = self._varints(gzip.decompress(content[directory[0] : sum(directory)]))
        count = next(numbers)
        steps, runs, sizes, at = ([next(numbers) for _ in range(count)] for _ in range(4))
        assert next(numbers, None) is None and set(runs) == {1} and at == [1] + [0] * (count - 1)
        ids = [sum(steps[: n + 1]) for n in range(count)]
        ends = [start + sum(sizes[:n]) for n in range(count)]
        self.tiles = {id_: content[end : end + size] for id_, end, size in zip(ids, ends, sizes)}

    @staticmethod
    def _varints(content):
        number = shift = 0
        for byte in content:
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                yield number
                number = shift = 0


def test_tiles_in_one_file(montreuil, folder, cantons):
    """Those that the pyramid has, in the order of their numbers; the last is the example of the specification."""
    levels = {"top": "4", "bottom": "5"}
    data, _ = run(montreuil, PMTILES, data=[cantons["_id"]], output=["ARCHIVE"], relations={"cantons": "limites"},
                  tippecanoe=levels, fileout_name="cantons")  # fmt: skip
    assert (data["type"], data["type_infos"]) == ("ARCHIVE", {"files_number": 1})
    assert [path.name for path in place(folder, data).iterdir()] == ["files"]
    file = place(folder, data) / "files" / "cantons.pmtiles"
    assert data["size"] == file.stat().st_size
    made = PmTiles(file.read_bytes())
    assert (made.clustered, made.kind, made.top, made.bottom, made.count) == (1, 1, 4, 5, len(made.tiles))
    assert made.box == pytest.approx([2.1457, 48.7144, 2.56, 49.01], abs=0.1)
    assert [layer["id"] for layer in made.about["vector_layers"]] == ["limites"]
    pyramid, _ = run(montreuil, TILES, data=[cantons["_id"]], output=["PYRAMIDE"], composition=[
        {"table": "cantons", "layer": "limites", "top_level": "4", "bottom_level": "5"}])  # fmt: skip
    tiles = place(folder, pyramid) / "tiles"
    there = {
        pmtiles.number(*map(int, (*path.parts[-3:-1], path.stem))): path.read_bytes() for path in tiles.rglob("*.pbf")
    }
    assert {id_: gzip.decompress(tile) for id_, tile in made.tiles.items()} == there
    assert list(made.tiles) == sorted(there) and len(there) == 3
    assert pmtiles.number(12, 3423, 1763) == 19078479


def test_an_archive_of_tiles_needs_names(montreuil, cantons):
    def refused(**parameters):
        body = order(montreuil, PMTILES, data=[cantons["_id"]], output=["ARCHIVE"], **parameters)
        return said(montreuil.post("processings/executions", body), 400)

    assert "fileout_name" in refused(relations={"cantons": "limites"})
    assert "relations" in refused(relations={}, fileout_name="c")
    assert "fileout_name" in refused(relations={"cantons": "c"}, fileout_name="../c")
    assert "top" in refused(relations={"cantons": "c"}, fileout_name="c", tippecanoe={"top": 4})
    _, log = run(montreuil, PMTILES, "FAILURE", data=[cantons["_id"]], output=["ARCHIVE"], relations={"rien": "r"},
                 fileout_name="c")  # fmt: skip
    assert "Table inconnue : rien" in log


def validated(office, upload_, model, output=None):
    """The body that declares a validation; `output` an id, or a new upload."""
    body = order(office, VALIDATION, uploads=[upload_], model=model)
    return {**body, "output": {"upload": {"id": output} if output else {"name": "rapport"}}}


MODEL = {"cantons": ["code", "nom"], "communes": ["insee"]}


def test_an_execution_may_make_an_upload(sandbox, montreuil, tmp_path):
    id_ = delivered(montreuil, {"d.gpkg": gpkg(tmp_path, {"Cantons": (["Code", "x"], [("POINT (2 48)", "1", "2")])})})
    sandbox.entrepot_settings(execution_seconds=-1)
    execution = montreuil.made("processings/executions", validated(montreuil, id_, MODEL))
    made = execution["output"]["upload"]["_id"]
    path = f"uploads/{made}"
    assert (montreuil.read(path)["status"], montreuil.read(path)["type"]) == ("CREATED", "ARCHIVE")
    assert [row["_id"] for row in montreuil.read("processings/executions", output_upload=made)] == [execution["_id"]]
    assert "OPEN" in said(send(montreuil, made, "x"), 409)
    launch(montreuil, execution)
    assert montreuil.read(path)["status"] == "GENERATING"
    assert "GENERATING" in said(montreuil("DELETE", path), 409)
    montreuil.post(f"processings/executions/{execution['_id']}/abort")
    until(lambda: montreuil.read(path)["status"], "UNSTABLE")
    assert montreuil("DELETE", path).status_code == 202
    assert montreuil.read(f"processings/executions/{execution['_id']}")["output"]["upload"]["status"] == "DELETED"


def test_a_report_is_in_the_tree_of_an_upload(montreuil, tmp_path):
    id_ = delivered(montreuil, {"d.gpkg": gpkg(tmp_path, {"Cantons": (["Code", "x"], [("POINT (2 48)", "1", "2")])})})
    execution = montreuil.made("processings/executions", validated(montreuil, id_, MODEL))
    made = execution["output"]["upload"]["_id"]

    def report(execution):
        launch(montreuil, execution)
        assert ended(montreuil, execution)["status"] == "SUCCESS", logs(montreuil, execution)
        (file,) = montreuil.read(f"uploads/{made}/tree")
        found = montreuil.read(f"uploads/{made}")
        assert (found["status"], found["size"], file["name"]) == ("CLOSED", file["size"], "rapport.json")
        return montreuil.get(f"uploads/{made}/data", path="rapport.json").json()

    assert report(execution) == {
        "valid": False, "unknown_tables": [],
        "tables": {"cantons": {"valid": False, "missing": ["nom"], "more": ["x"]},
                   "communes": {"valid": False, "absent": True}},
    }  # fmt: skip
    again = montreuil.made("processings/executions", validated(montreuil, id_, {"cantons": ["code"]}, made))
    assert report(again)["valid"]
    deleted = montreuil.made("processings/executions", validated(montreuil, id_, MODEL))
    montreuil("DELETE", f"uploads/{deleted['output']['upload']['_id']}")
    assert "supprimée" in said(montreuil.post(f"processings/executions/{deleted['_id']}/launch"), 409)


def test_what_an_execution_makes_is_what_its_processing_makes(montreuil, cantons):
    id_ = delivered(montreuil, {"a": b"x"}, "ARCHIVE")
    body = {**order(montreuil, COPY, uploads=[id_]), "output": {"upload": {"name": "x"}}}
    assert "livraison" in said(montreuil.post("processings/executions", body), 400)
    body = order(montreuil, VALIDATION, uploads=[id_], output=["ARCHIVE"], model=MODEL)
    assert "donnée stockée" in said(montreuil.post("processings/executions", body), 400)
    assert said(montreuil.post("processings/executions", validated(montreuil, id_, MODEL)), 400)


def test_the_catalogue_is_all_that_is_computed(montreuil):
    known = {INTEGRATION, TILES, PYRAMID, HARVEST, MERGE, COPY, DERIVATION, INDEX, PMTILES, VALIDATION}
    assert {row["name"] for row in montreuil.read("processings", limit="50")} == known
    assert len(montreuil.read(f"/datastores/{montreuil.id}")["processings"]) == len(known)
