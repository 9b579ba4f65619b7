"""The page of reports as an operation: which reports, with which layers below, with and without a server."""

import base64
import contextlib
import re
import socket
import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QBuffer, QIODevice
from qgis.PyQt.QtGui import QColor, QImage

from geocollab.provider.project import layers, pictures
from sandbox.samples import png
from sandbox.world.people import BY_NAME

ROOT = Path(__file__).resolve().parents[2]
CANTONS = ROOT / "sandbox" / "data" / "cantons.geojson"
XHTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


def query(path, sql, *values):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, values).fetchall()


@pytest.fixture
def view(run, store, tmp_path):
    """`view(IDS=…)`: the outputs of the operation on the store of the test, and its page as a tree."""

    def call(**parameters):
        found = run("viewreports", **{"STORE": str(store), "REPORT": str(tmp_path / "view.html"), **parameters})
        return found, ElementTree.parse(found["REPORT"]).getroot()

    return call


@pytest.fixture
def no_network(monkeypatch, no_connections):
    def refuse(*_args, **_kwargs):
        raise AssertionError("the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def articles(tree):
    return [int(each.get("id").removeprefix("report-")) for each in tree.iter(XHTML + "article")]


def of_class(tree, css):
    return [each for each in tree.iter() if css in (each.get("class") or "").split()]


def with_sketch(store, table="Croquis_EC_Polygone"):
    ((number,),) = query(store, f'SELECT min("NoSignalement") FROM "{table}"')
    return number


# ---------------------------------------------------------------------- which reports


@pytest.mark.usefixtures("no_network")
def test_a_filter_alone_without_network_and_without_account(view, store):
    found, tree = view(FILTER="\"Statut\" = 'submit'", ORDER="newest")
    wanted = query(store, "SELECT id, \"Date_création\" FROM Signalement WHERE Statut = 'submit'")
    assert found["IDS"] == ",".join(map(str, articles(tree)))
    assert sorted(articles(tree)) == sorted(number for number, _date in wanted)
    dates = dict(wanted)
    shown = [dates[number] for number in articles(tree)]
    assert shown == sorted(shown, reverse=True) and len({date[19:] for date in shown}) <= 2
    assert found["COUNT"] == found["OPEN_COUNT"] == len(wanted)
    assert (found["CLOSED_COUNT"], found["MISSING_COUNT"], found["REFRESHED_COUNT"]) == (0, 0, 0)
    assert str(store) in "".join(tree.itertext())


@pytest.mark.usefixtures("no_network")
def test_numbers_in_their_order_and_one_that_is_missing(view, store, feedback):
    first, second = (row[0] for row in query(store, "SELECT id FROM Signalement ORDER BY id LIMIT 2"))
    found, tree = view(IDS=f"{second}, 42 {first}")
    assert articles(tree) == [second, first] and found["MISSING_COUNT"] == 1
    assert feedback.warnings == ["Report 42 is not in the store: download it, or tick “Refresh first”."]


@pytest.mark.usefixtures("no_network")
def test_what_is_selected_in_the_project(view, store, project):
    chosen = [row[0] for row in query(store, "SELECT id FROM Signalement ORDER BY id LIMIT 3")]
    layer = QgsVectorLayer(layers.uri(store, "Signalement", "geom"), "reports", "spatialite")
    project.addMapLayer(layer)
    layer.selectByIds(chosen)
    _found, tree = view()
    assert sorted(articles(tree)) == chosen
    layer.removeSelection()
    number = with_sketch(store)
    sketches = QgsVectorLayer(layers.uri(store, "Croquis_EC_Polygone", "geom"), "sketches", "spatialite")
    project.addMapLayer(sketches)
    sketches.selectByExpression(f'"NoSignalement" = {number}')
    assert articles(view()[1]) == [number]


def test_a_layer_and_a_filter_on_it(view, store):
    source = f"spatialite://{layers.uri(store, 'Signalement', 'geom')}"
    every, _tree = view(INPUT=source)
    some, _tree = view(INPUT=source, FILTER="\"Statut\" = 'valid'")
    assert 0 < some["COUNT"] < every["COUNT"] == query(store, "SELECT count(*) FROM Signalement")[0][0]
    assert some["CLOSED_COUNT"] == some["COUNT"]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({}, "Which reports\\? Select some on the map"),
        ({"IDS": "12a"}, "IDS: “12a” is no number of a report"),
        ({"IDS": "9" * 30}, "is no number of a report"),
        ({"FILTER": "\"Etat\" = 'x'"}, "FILTER: the reports have no field Etat"),
        ({"FILTER": "1=1", "MAX_COUNT": 20}, r"This is about \d+ reports; MAX_COUNT allows 20"),
        ({"IDS": "1", "STORE": "nosuch.sqlite"}, "There is no store"),
        ({"IDS": "1", "BACKGROUND": ["nosuch.gpkg"]}, "BACKGROUND"),
        ({"IDS": "1", "REFRESH": True}, "No connection was named and none is saved"),
        ({"IDS": "1", "THUMBNAILS": True}, "No connection was named and none is saved"),
    ],
)
@pytest.mark.usefixtures("no_network", "project")
def test_what_is_refused(view, wanted, sentence, tmp_path):
    with pytest.raises(QgsProcessingException, match=sentence):
        view(**wanted)
    assert not (tmp_path / "view.html").exists() and not Path("nosuch.sqlite").exists()


def test_nothing_to_show_is_a_page_that_says_so(run, store, tmp_path):
    """A step of a nightly model must not fail because nothing is wrong."""
    found = run("viewreports", STORE=str(store), FILTER="\"Statut\" = 'none such'", REPORT=str(tmp_path / "view.html"))
    assert (found["COUNT"], found["IDS"]) == (0, "")
    assert "0 reports" in (tmp_path / "view.html").read_text(encoding="utf-8")


def test_without_a_page_there_are_still_numbers(run, store):
    found = run("viewreports", STORE=str(store), FILTER="\"Statut\" = 'submit'")
    assert found["COUNT"] > 0 and "REPORT" not in found


# ---------------------------------------------------------------------- the map


@pytest.mark.usefixtures("no_network")
def test_maps_unless_they_are_not_wanted(view, store):
    number = with_sketch(store)
    _found, tree = view(IDS=str(number))
    assert len(of_class(tree, "pin")) == 1 and of_class(tree, "rim")
    assert not list(view(IDS=str(number), SITUATION=False)[1].iter(SVG + "svg"))


def ground(wkt, crs="EPSG:4326", kind="Polygon"):
    layer = QgsVectorLayer(f"{kind}?crs={crs}", "ground", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt(wkt))
    assert layer.dataProvider().addFeatures([feature])[0]
    return layer


def numbers_of(path):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path.get("d"))]


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("indexed", [False, True])
def test_layers_below_are_cut_to_the_map_whatever_their_system(view, store, indexed):
    number, lon, lat = somewhere(store)
    france = ground("POLYGON((-500000 6000000,1300000 6000000,1300000 7200000,-500000 7200000,-500000 6000000))",
                    "EPSG:2154")  # fmt: skip
    road = ground(f"LINESTRING({lon - 1} {lat},{lon + 1} {lat})", kind="LineString")
    elsewhere = ground("POINT(150 -30)", kind="Point")
    if indexed:
        assert all(layer.dataProvider().createSpatialIndex() for layer in (france, road, elsewhere))
    _found, tree = view(IDS=str(number), BACKGROUND=[france, road, elsewhere, str(CANTONS)])
    areas, (line,) = of_class(tree, "ground-area"), of_class(tree, "ground-line")
    assert areas and not of_class(tree, "ground-point")
    for shape in [*areas, line]:
        assert all(-20 <= each <= 460 for each in numbers_of(shape))
    (pin,) = of_class(tree, "pin")
    height = float(re.findall(r"[\d.]+", pin.get("transform"))[1])
    assert {round(y) for y in numbers_of(line)[1::2]} == {round(height)}


def somewhere(store):
    """A report without sketch: number, lon, lat."""
    layer = QgsVectorLayer(layers.uri(store, "Signalement", "geom"), "reports", "spatialite")
    feature = next(feature for feature in layer.getFeatures('"Nb_croquis" = 0') if feature.hasGeometry())
    return feature.id(), feature.geometry().asPoint().x(), feature.geometry().asPoint().y()


def test_layers_of_the_project_in_a_thread_of_its_own(run_in_thread, store, project, tmp_path, feedback):
    layer = QgsVectorLayer(str(CANTONS), "cantons", "ogr")
    project.addMapLayer(layer)
    context = QgsProcessingContext()
    context.setProject(project)
    page = tmp_path / "thread.html"
    found = run_in_thread("viewreports", context, STORE=str(store), FILTER="\"Statut\" = 'submit'",
                          BACKGROUND=[layer.id()], REPORT=str(page))  # fmt: skip
    assert found, feedback.errors
    assert of_class(ElementTree.parse(page).getroot(), "ground-area")


@pytest.mark.usefixtures("no_network")
def test_a_layer_without_system_or_geometry(view, store):
    number = str(with_sketch(store))
    nowhere = ground("POINT(1 1)", kind="Point")
    nowhere.setCrs(QgsCoordinateReferenceSystem())
    with pytest.raises(QgsProcessingException, match="“ground” has no coordinate system"):
        view(IDS=number, BACKGROUND=[nowhere])
    with pytest.raises(QgsProcessingException, match="“table” is no vector layer"):
        view(IDS=number, BACKGROUND=[QgsVectorLayer("NoGeometry", "table", "memory")])


# ---------------------------------------------------------------------- with the server


def ask(sandbox, method, path, **more):
    account = ("membre", BY_NAME["membre"].password)
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(method, f"{sandbox.url}/gcms/api{path}", auth=account, timeout=30, **more)
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture
def created(sandbox):
    """A report of the test's own on the server."""
    body = {"geometry": "POINT(2.35 48.85)", "community": 375, "comment": "avant le changement"}
    return ask(sandbox, "POST", "/reports", json=body)["id"]


def test_refreshed_first(view, store, sandbox, created, project):
    layer = QgsVectorLayer(layers.uri(store, "Signalement", "geom"), "reports", "spatialite")
    project.addMapLayer(layer)
    before = layer.featureCount()
    connection = str(sandbox.connection)
    sandbox.clear_journal()
    assert view(IDS=str(created), CONNECTION=connection)[0]["MISSING_COUNT"] == 1
    assert not sandbox.journal("^/gcms")
    found, tree = view(IDS=str(created), CONNECTION=connection, REFRESH=True)
    assert (found["REFRESHED_COUNT"], found["MISSING_COUNT"]) == (1, 0)
    assert "avant le changement" in "".join(tree.itertext()) and sandbox.url in "".join(tree.itertext())
    assert layer.featureCount() == before + 1
    ask(sandbox, "PATCH", f"/reports/{created}", json={"comment": "après le changement"})
    _found, tree = view(IDS=str(created), CONNECTION=connection, REFRESH=True)
    assert "après le changement" in "".join(tree.itertext())
    assert query(store, "SELECT Message FROM Signalement WHERE id = ?", created) == [("après le changement",)]


def test_pictures_of_documents(view, sandbox, created):
    files = [
        ("a", ("photo.png", png(900, 600, (9, 90, 200)), "image/png")),
        ("b", ("faux.png", b"GIF89a?", "image/png")),
    ]
    ask(sandbox, "POST", f"/reports/{created}/attachments", files=files)
    sandbox.faults({"kind": "status", "status": 404, "path": "^/document/thumbnail", "times": None})
    connection = str(sandbox.connection)
    found, tree = view(IDS=str(created), CONNECTION=connection, REFRESH=True, THUMBNAILS=True)
    (image,) = tree.iter(XHTML + "img")
    kind, content = re.fullmatch(r"data:(image/jpeg);base64,(.+)", image.get("src")).groups()
    picture = QImage.fromData(base64.b64decode(content))
    assert kind == "image/jpeg" and (picture.width(), picture.height()) == (480, 320)
    assert (image.get("width"), image.get("height")) == ("480", "320")
    sandbox.clear_journal()
    assert not list(view(IDS=str(created))[1].iter(XHTML + "img")) and not sandbox.journal("^/(document|gcms)")
    assert found["COUNT"] == 1


# ---------------------------------------------------------------------- small pictures


def file_of(format, width, height, alpha=255):
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(QColor(10, 120, 200, alpha))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, format)
    return bytes(buffer.data())


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(40, 30, (40, 30)), (2000, 1000, (480, 240)), (500, 1000, (240, 480)), (4000, 1, (480, 1))],
)
def test_pictures_are_made_small_and_keep_their_form(qgis_app, width, height, expected):
    content, mime, *size = pictures.small(file_of("JPEG", width, height), "JPEG")
    assert mime == "image/jpeg" and tuple(size) == expected
    read = QImage.fromData(content)
    assert (read.width(), read.height()) == expected


def test_what_is_transparent_stays_so(qgis_app):
    content, mime, _width, _height = pictures.small(file_of("PNG", 50, 50, alpha=40), "PNG")
    assert mime == "image/png" and QImage.fromData(content).pixelColor(20, 20).alpha() == 40


def test_what_else_a_file_carries_stays_out(qgis_app):
    secret = b"GPS 48.85 2.35"
    whole = file_of("JPEG", 60, 40)
    marked = whole[:2] + b"\xff\xfe" + (len(secret) + 2).to_bytes(2, "big") + secret + whole[2:]
    assert QImage.fromData(marked).width() == 60
    assert secret not in pictures.small(marked, "JPEG")[0]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a\x01", "cut", "huge"],
)
def test_what_is_no_picture_is_none(qgis_app, content):
    if content == "cut":
        content = file_of("PNG", 400, 400)[:60]
    elif content == "huge":  # a header that promises more than there is memory
        content = png(1, 1, (0, 0, 0)).replace(
            b"\x00\x00\x00\x01\x00\x00\x00\x01", b"\x00\x01\x00\x00\x00\x01\x00\x00", 1
        )
    assert pictures.small(content, "PNG") is None
