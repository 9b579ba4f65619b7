"""`publishlayers` through Processing: layers as they are shown become services that give them back, and the map."""

import json
import re
import sqlite3
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest
import requests
from osgeo import gdal, ogr
from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsFillSymbol,
    QgsProcessingContext,
    QgsProcessingException,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from tests.qgis.unsaved import SQUARE, add, memory
from tests.qgis_process import start_qgis_process

CANTONS = Path(__file__).parents[2] / "sandbox" / "data" / "cantons.geojson"
BOW = "POLYGON((652300 6861300,652302 6861302,652302 6861300,652300 6861302,652300 6861300))"
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def publish(run, writable, tmp_path, feedback):
    """`publish(layers, NAME=…)`: its outputs, with a store of the test's own."""
    writable.entrepot_settings(check_seconds=0, execution_seconds=0, publication_seconds=0)

    def call(layers, **more):
        wanted = {
            "CONNECTION": str(writable.connection), "INPUT": layers, "STORE": str(tmp_path / "p.sqlite"),
            "SERVICES": "WFS", "ADD_TO_PROJECT": False, "TOP_LEVEL": 6, "BOTTOM_LEVEL": 8, **more,
        }  # fmt: skip
        return run("publishlayers", **wanted)

    return call


def sent(writable):
    """What the API was told to do."""
    return [entry for entry in writable.journal("^/api/") if entry["method"] in WRITES]


def style(writable, table):
    """The SLD of a table as the server has it."""

    def get(path):
        url = f"{writable.url}/api/datastores/{writable.entrepot()['ids']['datastore']['montreuil']}/{path}"
        request = Request(url, headers={"Authorization": f"Bearer {writable.token('membre')}"})
        with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.read().decode()

    (found,) = [one for one in json.loads(get("statics?fields=name")) if one["name"].endswith(f"_{table}")]
    return get(f"statics/{found['_id']}/file")


def features(url, layer):
    """What anybody reads of a WFS."""
    source = ogr.Open(f"WFS:{url.partition('?')[0]}")
    return [dict(feature.items()) for feature in source.GetLayerByName(layer)]


def test_the_cantons_as_all_three_services(publish, feedback, tmp_path):
    page = tmp_path / "page.html"
    found = publish([str(CANTONS)], NAME="Cantons", SERVICES="WFS,WMS-VECTOR,WMTS-TMS", REPORT=str(page))
    assert (found["STATE"], found["FEATURE_COUNT"], found["SERVICE_COUNT"]) == ("created", 61, 3)
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"], found["NOT_READ_COUNT"]) == (3, 0, 0)
    assert all(found[name] for name in ("STORED_DATA", "PYRAMID", "WFS_URL", "WMS_URL", "TMS_URL"))
    assert found["OFFERINGS"].count(";") == 2 and found["PREVIOUS"] == ""
    text = page.read_text(encoding="utf-8")
    told = ("Cantons", "WMS-VECTOR", found["STORED_DATA"][:8], "61 objects as delivered")
    assert all(words in text for words in told)
    percents = [round(each) for each in feedback.progress]
    assert percents == sorted(set(percents)) and len(percents) <= 100 and feedback.warnings == []


def test_again_it_sends_nothing_and_changed_it_is_updated(publish, writable):
    publish([str(CANTONS)], NAME="Encore")
    writable.clear_journal()
    again = publish([str(CANTONS)], NAME="Encore")
    assert again["STATE"] == "unchanged" and sent(writable) == [] and again["REQUEST_COUNT"] <= 6
    layer = QgsVectorLayer(str(CANTONS), "cantons", "ogr")
    layer.setSubsetString("\"nom\" LIKE 'M%'")
    changed = publish([layer], NAME="Encore")
    assert changed["STATE"] == "updated" and changed["PREVIOUS"] == again["STORED_DATA"]
    assert changed["FEATURE_COUNT"] < 61 and changed["FAULT_COUNT"] == 0


def test_layers_as_they_are_shown(publish, project, writable):
    one = memory(fields="nom:string", rows=[(SQUARE, "a"), (SQUARE, "b")], name="Parcelles")
    two = memory(fields="nom:string", rows=[(SQUARE, "c")], name="Zones")
    project.addMapLayers([one, two])
    one.startEditing()
    add(one, [(SQUARE, "à venir")])
    found = publish([one, two], NAME="Tout", SERVICES="WFS,WMS-VECTOR", TITLE="Le tout")
    assert (found["FEATURE_COUNT"], found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (4, 2, 0)
    assert sorted(row["nom"] for row in features(found["WFS_URL"], "tout:parcelles")) == ["a", "b", "à venir"]


def test_only_what_is_selected(publish, project):
    layer = memory(fields="nom:string", rows=[(SQUARE, "a"), (SQUARE, "b")], name="Choix")
    project.addMapLayer(layer)
    layer.selectByExpression("\"nom\" = 'b'")
    found = publish([layer], NAME="Choix", SELECTED_ONLY=True)
    assert [row["nom"] for row in features(found["WFS_URL"], "choix:choix")] == ["b"]


def test_the_look_of_a_layer_is_that_of_its_wms_and_a_new_look_changes_nothing_else(publish, project, writable):
    layer = memory(fields="nom:string", rows=[(SQUARE, "a")], name="Rouge")
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple({"color": "#c01020"})))
    project.addMapLayer(layer)
    publish([layer], NAME="Rouge", SERVICES="WMS-VECTOR")
    assert "#c01020" in style(writable, "rouge")
    writable.clear_journal()
    layer.renderer().symbol().setColor(QColor("#10c020"))
    assert publish([layer], NAME="Rouge", SERVICES="WMS-VECTOR")["STATE"] == "settings"
    assert "#10c020" in style(writable, "rouge")
    paths = [re.sub(r"[0-9a-f-]{36}", "…", entry["path"]) for entry in sent(writable)]
    assert paths == ["/api/datastores/…/statics/…", "/api/datastores/…/offerings/…"]


def test_faults_stop_it_before_anything_is_sent_and_can_be_repaired(publish, writable, tmp_path):
    rows = [(SQUARE, "a"), (BOW, "c")]
    layer, places = memory(fields="nom:string", rows=rows, name="Nœud"), tmp_path / "places.gpkg"
    writable.clear_journal()
    with pytest.raises(
        QgsProcessingException, match=r"1 error. Nœud, object 2: It crosses itself. Nothing was sent.*REPAIR"
    ):
        publish([layer], NAME="Nœud", FAULTS=str(places))
    assert sent(writable) == [] and QgsVectorLayer(str(places), "p", "ogr").featureCount() == 1
    found = publish([layer], NAME="Nœud", REPAIR=True)
    assert (found["STATE"], found["FAULT_COUNT"], found["REPAIRED_COUNT"]) == ("created", 0, 1)


def test_what_cannot_be_repaired_is_said(publish, writable):
    layer = memory("LineString?crs=EPSG:2154", rows=[("LINESTRING(652300 6861300,652300 6861300)",)], name="Trait")
    with pytest.raises(QgsProcessingException, match=r"Trait, object 1: .* could not make it valid"):
        publish([layer], NAME="Trait", REPAIR=True)
    assert sent(writable) == []


def test_names_that_change_are_told_in_one_line_for_each_table(publish, feedback, tmp_path):
    page = tmp_path / "page.html"
    layer = memory(fields="NOM:string select:string prénom:string code:string", rows=[(SQUARE, "a")], name="Zônes")
    publish([layer], NAME="Noms", REPORT=str(page))
    names = "Zônes → zones, NOM → nom, select → select_, prénom → prenom"
    assert [text for text in feedback.infos if "names that change" in text] == [
        f"“Zônes”: names that change on the server: {names}."
    ]
    assert feedback.warnings == [] and names in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"NAME": "a=b"}, "cannot hold ="),
        ({"NAME": "x", "LAYER_NAME": "été"}, "letters without accents"),
        ({"NAME": "x", "SERVICES": "WMTS-TMS", "TOP_LEVEL": 12}, "level 0 to 20"),
        ({"NAME": "x", "DATASTORE": "sdis"}, "lacks the right BROADCAST"),
        ({"NAME": "x", "DATASTORE": "nowhere"}, "no datastore “nowhere”"),
    ],
)
def test_what_cannot_be_is_said_at_once(publish, writable, more, words):
    with pytest.raises(QgsProcessingException, match=words):
        publish([str(CANTONS)], **more)
    assert sent(writable) == []


@pytest.mark.parametrize("name", ["publishlayers", "checklayers"])
def test_layers_that_were_taken_are_let_go_whatever_is_raised(qgis_app, name):
    operation = QgsApplication.processingRegistry().algorithmById(f"geocollab:{name}").create()
    operation._taken, operation._images = [memory()], []
    with pytest.raises(AttributeError):
        operation.perform(None)
    assert operation._taken is None


def test_a_style_that_uses_a_column_that_is_not_there(publish, project, writable, feedback):
    layer = memory(fields="nom:string", rows=[(SQUARE, "a")], name="Décor")
    symbol = QgsFillSymbol.createSimple({"color": "#c01020"})
    layer.setRenderer(QgsCategorizedSymbolRenderer("disparue", [QgsRendererCategory("x", symbol, "Les x")]))
    project.addMapLayer(layer)
    found = publish([layer], NAME="Décor", SERVICES="WMS-VECTOR")
    assert (found["STATE"], found["FAULT_COUNT"]) == ("created", 0)
    assert any("Décor: " in text and "there is no column “disparue”" in text for text in feedback.warnings)
    assert "disparue" not in style(writable, "decor")


def test_a_layer_without_objects_or_without_coordinate_system(publish, writable):
    with pytest.raises(QgsProcessingException, match="no object"):
        publish([memory(name="vide")], NAME="Vide")
    lost = memory(rows=[(SQUARE,)], name="Perdue")
    lost.setCrs(QgsCoordinateReferenceSystem())
    with pytest.raises(QgsProcessingException, match=r"Perdue: It has no coordinate system.*Nothing was sent"):
        publish([lost], NAME="Perdue")
    assert sent(writable) == []


def test_images_alone_are_nothing_to_publish(publish, project, writable, tmp_path):
    gdal.GetDriverByName("GTiff").Create(str(tmp_path / "ortho.tif"), 4, 3, 1).FlushCache()
    image = QgsRasterLayer(str(tmp_path / "ortho.tif"), "Ortho")
    project.addMapLayer(image)
    with pytest.raises(QgsProcessingException, match="no vector layer to publish"):
        publish([image], NAME="Ortho")
    assert sent(writable) == []


def test_restricted_services_are_not_open_and_not_on_the_map(publish, project, feedback):
    found = publish([str(CANTONS)], NAME="Secret", RESTRICTED=True, ADD_TO_PROJECT=True)
    assert "/private/" in found["WFS_URL"]
    assert [found[name] for name in ("VERIFIED_COUNT", "FAULT_COUNT", "NOT_READ_COUNT")] == [0, 0, 1]
    assert any("Add a restricted layer" in text for text in feedback.infos)
    assert requests.get(found["WFS_URL"], timeout=30).status_code == 401


def test_the_services_are_added_to_the_map_once(run_in_thread, project, writable, tmp_path, feedback):
    context = QgsProcessingContext()
    context.setProject(project)
    wanted = {
        "CONNECTION": str(writable.connection), "INPUT": [str(CANTONS)], "STORE": str(tmp_path / "p.sqlite"),
        "SERVICES": "WFS,WMS-VECTOR,WMTS-TMS", "NAME": "Carte", "TOP_LEVEL": 6, "BOTTOM_LEVEL": 8,
    }  # fmt: skip
    assert run_in_thread("publishlayers", context, **wanted), feedback.errors
    details = context.layersToLoadOnCompletion()
    kinds = []
    for id, detail in details.items():
        layer = context.takeResultLayer(id)
        detail.postProcessor().postProcessLayer(layer, context, feedback)
        project.addMapLayer(layer, False)
        kinds.append((layer.providerType(), layer.isValid()))
        assert "token" not in layer.source().lower() and "authorization" not in layer.source().lower()
    assert (
        len(kinds) == 3 and {"WFS", "wms"} <= {kind for kind, _valid in kinds} and all(valid for _kind, valid in kinds)
    )
    assert project.layerTreeRoot().findGroup("Carte") is not None
    other = QgsProcessingContext()
    other.setProject(project)
    assert run_in_thread("publishlayers", other, **wanted)
    assert len(other.layersToLoadOnCompletion()) == 0


def test_no_secret_is_left_behind(publish, feedback, tmp_path, writable):
    page = tmp_path / "page.html"
    publish([str(CANTONS)], NAME="Discret", REPORT=str(page))
    account = json.loads(Path(writable.connection).read_text(encoding="utf-8"))["account"]
    secret = Path(writable.connection).with_name(account["password_file"]).read_text(encoding="utf-8").strip()
    told = "".join([*feedback.infos, *feedback.warnings, page.read_text(encoding="utf-8")])
    with sqlite3.connect(tmp_path / "p.sqlite") as store:
        told += "".join(map(str, store.execute("SELECT current, previous FROM geocollab_publication").fetchall()))
    assert secret and secret not in told and "Bearer" not in told


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("check_seconds", "/uploads/[^/]+/checks$"),
        ("execution_seconds", "/executions/[0-9a-f-]+$"),
        ("publication_seconds", "/offerings/[0-9a-f-]+$"),
    ],
)
def test_killed_in_the_middle_the_program_goes_on_where_it_was(publish, writable, tmp_path, setting, path):
    writable.entrepot_settings(**{setting: 3})
    name = f"Tué {setting}"
    arguments = {
        "CONNECTION": writable.connection, "INPUT": CANTONS, "NAME": name, "SERVICES": "WFS",
        "STORE": tmp_path / "p.sqlite",
    }  # fmt: skip
    program = start_qgis_process(
        "run", "geocollab:publishlayers", *(f"--{key}={value}" for key, value in arguments.items()),
        profile=tmp_path / "profile",
    )  # fmt: skip
    try:
        while not writable.journal(path):
            assert program.poll() is None, program.stderr.read()
    finally:
        program.kill()
        program.communicate()
    writable.entrepot_settings(**{setting: 0})
    found = publish([str(CANTONS)], NAME=name)
    assert (found["STATE"], found["FAULT_COUNT"]) == ("created", 0)
    for made in ("/uploads$", "/data$", "/executions$", "/configurations$", "/offerings$", "/metadata$"):
        posts = [one for one in writable.journal(f"^/api/.*{made}") if one["method"] == "POST" and one["status"] < 300]
        assert len(posts) == 1, made
