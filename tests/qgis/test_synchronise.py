"""`synchronise` through Processing: folders and lists of data sets, of whatever kind, and what is wrong with some."""

import csv
import json
import os
import shutil
from pathlib import Path

import pytest
from osgeo import gdal
from qgis.core import QgsProcessingException, QgsVectorLayer

from tests.qgis.unsaved import SQUARE, memory

CANTONS = Path(__file__).parents[2] / "sandbox" / "data" / "cantons.geojson"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
BOW = {"type": "Polygon", "coordinates": [[[2.3, 48.8], [2.4, 48.9], [2.4, 48.8], [2.3, 48.9], [2.3, 48.8]]]}


@pytest.fixture
def synchronise(run, writable, tmp_path):
    """`synchronise(FOLDER=…)`: outputs and rows by name."""
    writable.entrepot_settings(check_seconds=0, execution_seconds=0, publication_seconds=0)

    def call(**wanted):
        table = tmp_path / "out.csv"
        base = {
            "CONNECTION": str(writable.connection), "STORE": str(tmp_path / "p.sqlite"), "SERVICES": "WFS",
            "OUTPUT": str(table), "METADATA": False,
        }  # fmt: skip
        found = run("synchronise", **{**base, **wanted})
        with table.open(encoding="utf-8", newline="") as stream:
            return found, {row["name"]: row for row in csv.DictReader(stream)}

    return call


def place(folder, name, *labels, geometry=None):
    """A GeoJSON of places."""
    features = [
        {"type": "Feature", "properties": {"nom": label},
         "geometry": geometry or {"type": "Point", "coordinates": [2.3 + at / 10, 48.8]}}
        for at, label in enumerate(labels)
    ]  # fmt: skip
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


def states(rows):
    return {name: row["state"] for name, row in rows.items()}


def sent(writable):
    return [entry for entry in writable.journal("^/api/") if entry["method"] in WRITES]


def test_what_was_rolled_back_is_not_published_again_by_night(synchronise, run, writable, tmp_path):
    folder, store = tmp_path / "nuit", str(tmp_path / "p.sqlite")
    place(folder, "refuges.geojson", "bon")
    _found, good = synchronise(FOLDER=str(folder))
    place(folder, "refuges.geojson", "faux")
    assert states(synchronise(FOLDER=str(folder))[1]) == {"refuges": "updated"}
    run("rollback", CONNECTION=str(writable.connection), STORE=store, NAME="refuges")
    writable.clear_journal()
    _found, rows = synchronise(FOLDER=str(folder))
    assert states(rows) == {"refuges": "unchanged"} and "was rolled back" in rows["refuges"]["sentence"]
    assert rows["refuges"]["stored_data"] == good["refuges"]["stored_data"] and not sent(writable)
    place(folder, "refuges.geojson", "juste")
    assert states(synchronise(FOLDER=str(folder))[1]) == {"refuges": "updated"}


def test_a_folder_of_many_kinds_and_what_is_wrong_in_it(synchronise, writable, tmp_path):
    folder, page = tmp_path / "Lots & co #1", tmp_path / "page.html"
    place(folder, "arbres.geojson", "orme", "chêne")
    place(folder, "quartier nord/bancs+.geojson", "un")
    place(folder, "faux.geojson", "noeud", geometry=BOW)
    folder.joinpath("rien.geojson").write_text("{", encoding="utf-8")
    folder.joinpath("notes.txt").write_text("no data", encoding="utf-8")
    gdal.VectorTranslate(str(folder / "limites.shp"), str(CANTONS), format="ESRI Shapefile")
    gdal.VectorTranslate(str(folder / "plusieurs.gpkg"), str(CANTONS), format="GPKG", layerName="un")
    gdal.VectorTranslate(str(folder / "plusieurs.gpkg"), str(CANTONS), accessMode="append", layerName="deux")
    found, rows = synchronise(FOLDER=str(folder), REPORT=str(page))
    assert states(rows) == {
        "arbres": "created", "faux": "failed", "limites": "created", "plusieurs": "created",
        "quartier nord – bancs+": "created", "rien": "failed",
    }  # fmt: skip
    assert "crosses itself" in rows["faux"]["sentence"] and "no vector layer" in rows["rien"]["sentence"]
    assert (found["COUNT"], found["CREATED_COUNT"], found["FAILED_COUNT"]) == (6, 4, 2)
    assert rows["arbres"]["layer"] == "arbres" and rows["arbres"]["wfs"].startswith(writable.url)
    text = page.read_text(encoding="utf-8")
    assert text.index("faux") < text.index("arbres") and "crosses itself" in text
    for name in ("faux.geojson", "rien.geojson"):
        folder.joinpath(name).unlink()
    writable.clear_journal()
    again, rows = synchronise(FOLDER=str(folder))
    assert set(states(rows).values()) == {"unchanged"} and again["UNCHANGED_COUNT"] == 4
    assert sent(writable) == [] and again["REQUEST_COUNT"] <= 6
    os.utime(folder / "limites.dbf", (1, 1))
    place(folder, "arbres.geojson", "orme")
    changed, rows = synchronise(FOLDER=str(folder))
    assert (changed["UPDATED_COUNT"], changed["UNCHANGED_COUNT"]) == (1, 3) and rows["arbres"]["state"] == "updated"


def test_a_list_with_its_own_words_for_each(synchronise, project, writable, tmp_path):
    place(tmp_path, "data/a.geojson", "un")
    layer = memory(fields="nom:string", rows=[(SQUARE, "a")], name="Couche du projet")
    project.addMapLayer(layer)
    table = tmp_path / "list.csv"
    table.write_text(
        "source,name,title,services,access,layer_name\n"
        "data/a.geojson,Alpha,Le premier,WFS;WMS-VECTOR,open,alpha_liste\n"
        f"{tmp_path / 'data' / 'a.geojson'},Beta,,,restreint,\n"
        "Couche du projet,,,,,\n"
        "data/missing.geojson,Gamma,,,,\n"
        "data/a.geojson,Delta,,WCS,,\n"
        "data/a.geojson,Epsilon,,,secret,\n"
        ",,,,,\n",
        encoding="utf-8",
    )
    found, rows = synchronise(INPUT=str(table))
    assert states(rows) == {
        "Alpha": "created", "Beta": "created", "Couche du projet": "created", "Delta": "failed", "Epsilon": "failed",
        "Gamma": "failed",
    }  # fmt: skip
    assert rows["Alpha"]["layer"] == "alpha_liste" and rows["Alpha"]["wms"] and not rows["Beta"]["wms"]
    assert "/private/" in rows["Beta"]["wfs"] and "/private/" not in rows["Alpha"]["wfs"]
    assert "There is no file" in rows["Gamma"]["sentence"] and "WFS, WMS-VECTOR" in rows["Delta"]["sentence"]
    assert "“secret” is no access" in rows["Epsilon"]["sentence"]
    assert (found["COUNT"], found["FAILED_COUNT"]) == (6, 3)
    with pytest.raises(QgsProcessingException, match=r"3 of 6 data sets failed; the first is"):
        synchronise(INPUT=str(table), FAIL_ON_PROBLEM=True, OUTPUT=str(tmp_path / "failed.csv"))
    assert "failed" in (tmp_path / "failed.csv").read_text(encoding="utf-8")


def test_tables_of_text_with_coordinates_and_without(synchronise, tmp_path):
    folder = tmp_path / "csv"
    folder.mkdir()
    folder.joinpath("points.csv").write_text("nom,lon,lat\nun,2.3,48.8\n", encoding="utf-8")
    folder.joinpath("formes.csv").write_text('nom,WKT\nun,"POINT(2.3 48.8)"\n', encoding="utf-8")
    folder.joinpath("codes.csv").write_text("nom,code\nun,75\n", encoding="utf-8")
    _found, rows = synchronise(FOLDER=str(folder), SERVICES="WFS,WMTS-TMS", TOP_LEVEL=6, BOTTOM_LEVEL=7)
    assert states(rows) == {"points": "created", "formes": "created", "codes": "failed"}
    assert "no geometry at all" in rows["codes"]["sentence"]
    _found, rows = synchronise(FOLDER=str(folder))
    assert rows["codes"]["state"] == "created", rows["codes"]["sentence"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "There is no data set"),
        ({"FOLDER": "nowhere"}, "There is no folder"),
        ({"INPUT": "unnamed"}, "has no column “source”"),
        ({"INPUT": "acces"}, "a column “Accès”, which is not read. Call it “access”"),
        ({"INPUT": "acess"}, "a column “acess”, which is not read. Call it “access”"),
        ({"INPUT": "nom"}, "a column “nom”, which is not read. Call it “name”"),
        ({"INPUT": "cles"}, "a column “Mots-clés”, which is not read. Call it “keywords”"),
        ({"INPUT": "sources"}, "a column “sources”, which is not read. Call it “source”"),
    ],
)
def test_lists_and_folders_that_cannot_be(synchronise, writable, tmp_path, wanted, words):
    place(tmp_path, "a.geojson", "un")
    columns = {
        "unnamed": "file,name", "acces": "source,Accès", "acess": "source,acess", "nom": "source,nom",
        "cles": "source,Mots-clés", "sources": "sources,name",
    }  # fmt: skip
    for name, head in columns.items():
        tmp_path.joinpath(f"{name}.csv").write_text(f"{head}\na.geojson,restreint\n", encoding="utf-8")
    wanted = {key: str(tmp_path / f"{value}{'.csv' * (key == 'INPUT')}") for key, value in wanted.items()}
    with pytest.raises(QgsProcessingException, match=words):
        synchronise(**wanted)
    assert sent(writable) == []


def test_other_columns_are_told_of_once(synchronise, feedback, tmp_path):
    place(tmp_path, "a.geojson", "un")
    tmp_path.joinpath("list.csv").write_text("source,service référent,SIREN\na.geojson,x,y\n", encoding="utf-8")
    _found, rows = synchronise(INPUT=str(tmp_path / "list.csv"))
    assert states(rows) == {"a": "created"}
    told = [warning for warning in feedback.warnings if "not read" in warning]
    assert told == ["Columns of the list that are not read: service référent, SIREN."]


def test_of_one_name_none_is_published_but_the_others_are(synchronise, writable, tmp_path):
    folder = tmp_path / "one name"
    for name in ("jumeau.geojson", "seul.geojson"):
        place(folder, name, "un")
    _found, rows = synchronise(FOLDER=str(folder))
    assert states(rows) == {"jumeau": "created", "seul": "created"}
    place(folder, "jumeau.json", "un")
    writable.clear_journal()
    found, rows = synchronise(FOLDER=str(folder))
    assert (
        states(rows) == {"jumeau": "failed", "seul": "unchanged"} and found["FAILED_COUNT"] == 2 and not sent(writable)
    )
    assert (
        "Several data sets are called “jumeau”" in rows["jumeau"]["sentence"]
        and "jumeau.json" in rows["jumeau"]["sentence"]
    )
    table = tmp_path / "twice.csv"
    table.write_text(
        "source,name\none name/jumeau.geojson,même\none name/seul.geojson,même\none name/seul.geojson,autre\n",
        encoding="utf-8",
    )
    found, rows = synchronise(INPUT=str(table))
    assert states(rows) == {"même": "failed", "autre": "created"} and found["FAILED_COUNT"] == 2


def test_links_that_lead_out_of_the_folder_are_not_followed(synchronise, writable, tmp_path):
    outside, folder = place(tmp_path, "secret.geojson", "un"), tmp_path / "linked"
    inside = place(folder, "below/a.geojson", "un")
    folder.joinpath("dehors.geojson").symlink_to(outside)
    folder.joinpath("dedans.geojson").symlink_to(inside)
    gdal.VectorTranslate(str(tmp_path / "limites.shp"), str(CANTONS), format="ESRI Shapefile")
    for part in tmp_path.glob("limites.*"):
        shutil.copy(part, folder / part.name)
    folder.joinpath("limites.dbf").unlink()
    folder.joinpath("limites.dbf").symlink_to(tmp_path / "limites.dbf")
    _found, rows = synchronise(FOLDER=str(folder))
    assert states(rows) == {"below – a": "created", "dedans": "created", "dehors": "failed", "limites": "failed"}
    assert "leads out of the folder" in rows["dehors"]["sentence"]
    assert "limites.dbf is a link" in rows["limites"]["sentence"]


def test_links_that_are_not_followed_are_named_once(synchronise, feedback, tmp_path):
    folder = tmp_path / "with links"
    place(folder, "bornes.geojson", "un")
    place(tmp_path / "outside", "autres.geojson", "un")
    folder.joinpath("ailleurs").symlink_to(tmp_path / "outside", target_is_directory=True)
    folder.joinpath("perdu.geojson").symlink_to(tmp_path / "nowhere.geojson")
    _found, rows = synchronise(FOLDER=str(folder))
    assert states(rows) == {"bornes": "created"}
    (told,) = [warning for warning in feedback.warnings if "not followed" in warning]
    assert "ailleurs, perdu.geojson" in told


def test_layers_of_the_project_are_read_in_the_main_thread(synchronise, project, tmp_path, monkeypatch):
    from geocollab.provider.entrepot import lists
    from geocollab.provider.project import export

    project.addMapLayer(memory(fields="nom:string", rows=[(SQUARE, "a")], name="Couche"))
    place(tmp_path, "fichier.geojson", "un")
    tmp_path.joinpath("list.csv").write_text("source,title\nCouche,\nfichier.geojson,\n", encoding="utf-8")
    taken, take, data_sets, began = [], export.take, lists.data_sets, []

    def noted(layer, **options):
        taken.append((layer.name(), bool(began)))
        return take(layer, **options)

    def begun(*given):
        began.append(True)
        return data_sets(*given)

    monkeypatch.setattr(export, "take", noted)
    monkeypatch.setattr(lists, "data_sets", begun)
    _found, rows = synchronise(INPUT=str(tmp_path / "list.csv"))
    assert states(rows) == {"Couche": "created", "fichier": "created"}
    assert taken == [("Couche", False), ("fichier", True)]


def test_the_ledger_is_the_same_before_and_after_the_project_is_saved(synchronise, project, tmp_path):
    place(tmp_path / "sets", "registre.geojson", "un")
    _found, rows = synchronise(FOLDER=str(tmp_path / "sets"), STORE="")
    assert states(rows) == {"registre": "created"}
    project.write(str(tmp_path / "carte.qgs"))
    _found, rows = synchronise(FOLDER=str(tmp_path / "sets"), STORE="")
    assert states(rows) == {"registre": "unchanged"}
    assert not (tmp_path / "carte_espaceco.sqlite").exists()


def test_a_style_beside_a_file_is_that_of_its_wms(synchronise, writable, tmp_path):
    file = place(tmp_path / "styled", "rouges.geojson", "un")
    layer = QgsVectorLayer(str(file), "rouges", "ogr")
    layer.renderer().symbol().setSize(7)
    layer.saveDefaultStyle()
    _found, rows = synchronise(FOLDER=str(file.parent), SERVICES="WMS-VECTOR")
    assert states(rows) == {"rouges": "created"}
    shutil.copy(file.with_suffix(".qml"), tmp_path / "kept.qml")
    _found, rows = synchronise(FOLDER=str(file.parent), SERVICES="WMS-VECTOR")
    assert states(rows) == {"rouges": "unchanged"}
