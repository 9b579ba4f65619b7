"""`makestyle` through Processing: real symbologies of QGIS, files, the datastore, and pictures of a map server."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import etree
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsGraduatedSymbolRenderer,
    QgsHeatmapRenderer,
    QgsLinePatternFillSymbolLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsMarkerLineSymbolLayer,
    QgsPalLayerSettings,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProperty,
    QgsRectangle,
    QgsRendererCategory,
    QgsRendererRange,
    QgsRuleBasedRenderer,
    QgsSimpleFillSymbolLayer,
    QgsSimpleLineSymbolLayer,
    QgsSimpleMarkerSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsSvgMarkerSymbolLayer,
    QgsSymbol,
    QgsSymbolLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage

from geocollab.client.entrepot import files
from geocollab.provider.project import export
from geocollab.workflows.watch import Watch
from sandbox.entrepot.diffusion import _sld
from tests.qgis.unsaved import memory
from tests.workflows.depot import Depot
from tests.workflows.sld_structure import attributes_of, faults_of

SIZE, BOX = (500, 350), (0, 0, 1000, 700)
FIELDS = "Nom:string Code:integer Été:double"


def layer(kind="Polygon", name="Parcs d'Été"):
    shapes = {
        "Polygon": [
            f"POLYGON(({x} {y},{x + 180} {y},{x + 180} {y + 170},{x} {y + 170},{x} {y}))"
            for y in (50, 260, 470)
            for x in (40, 280, 520, 760)
        ],
        "LineString": [f"LINESTRING(40 {y},960 {y})" for y in (100, 200, 300, 400, 500, 600)],
        "Point": [f"POINT({x} {y})" for y in (100, 300, 500) for x in (100, 400, 700, 900)],
    }[kind]
    rows = [(wkt, "abc"[at % 3], at, at * 1.5) for at, wkt in enumerate(shapes)]
    return memory(f"{kind}?crs=EPSG:2154", FIELDS, rows, name)


def symbol(layer, *parts):
    found = QgsSymbol.defaultSymbol(layer.geometryType())
    for part in parts:
        found.appendSymbolLayer(part)
    found.deleteSymbolLayer(0)
    return found


def fill(colour, **more):
    return QgsSimpleFillSymbolLayer.create({"color": colour, **more})


def single(made, *parts):
    made.setRenderer(QgsSingleSymbolRenderer(symbol(made, *parts)))
    return made


def categorised(field="Nom", unchecked=True):
    made = layer()
    entries = [
        ("a", fill("255,0,0,255"), True),
        ("b", fill("0,0,255,255"), not unchecked),
        ("", fill("0,128,0,255"), True),
    ]
    made.setRenderer(
        QgsCategorizedSymbolRenderer(
            field,
            [QgsRendererCategory(value, symbol(made, part), value or "autres", on) for value, part, on in entries],
        )
    )
    return made


def styled(found, name="SLD"):
    text = Path(found[name]).read_text(encoding="utf-8")
    if name == "SLD":
        assert faults_of(text) == []
    return text


def losses(found):
    return [row["loss"] for row in found["LOSSES"].getFeatures() if row["format"] == "SLD"]


@pytest.fixture
def make(run, tmp_path):
    """`make(layer, …)`: all files of its look."""

    def call(made=None, **more):
        outputs = {name: str(tmp_path / f"style.{name.lower()}") for name in ("SLD", "QML", "MAPBOX", "REPORT")}
        given = {} if made is None else {"INPUT": made}
        return run("makestyle", **given, **outputs, LOSSES="TEMPORARY_OUTPUT", **more)

    return call


def test_a_layer_in_all_formats(make, feedback):
    found = make(categorised())
    text = styled(found)
    root = etree.fromstring(text.encode())
    # “b” is unchecked, and the empty category is for all others, of which “b” is none
    assert [rule.findtext("{*}Title") for rule in root.iter("{*}Rule")] == ["a", "autres"]
    assert [each.text for each in root.find(".//{*}Not").iter("{*}Literal")] == ["a", "b"]
    assert (found["ATTRIBUTES"], found["LOSS_COUNT"], found["MAPBOX_LOSS_COUNT"]) == ("nom", 0, 0)
    assert root.findtext(".//{*}NamedLayer/{*}Name") == "parcs_d_ete"
    assert "<qgis" in styled(found, "QML")
    style = json.loads(styled(found, "MAPBOX"))
    assert {each["source-layer"] for each in style["layers"]} == {"parcs_d_ete"}
    tiles = style["sources"]["parcs_d_ete"]["tiles"]
    assert tiles == ["https://data.geopf.fr/tms/1.0.0/parcs_d_ete/{z}/{x}/{y}.pbf"]
    assert "Nothing is lost in the SLD." in feedback.infos
    assert "nom" in styled(found, "REPORT")


def graduated():
    made = layer("LineString")
    parts = [
        QgsSimpleLineSymbolLayer.create({"line_color": colour, "line_width": "1"}) for colour in ("1,2,3", "4,5,6")
    ]
    ranges = [(0, 3, parts[0]), (3, 99, parts[1])]
    made.setRenderer(
        QgsGraduatedSymbolRenderer(
            "Été", [QgsRendererRange(a, b, symbol(made, part), f"{a}-{b}") for a, b, part in ranges]
        )
    )
    return made


def ruled():
    made = layer()
    root = QgsRuleBasedRenderer.Rule(None)
    for condition, label in (("$area > 3", "big"), ('"Code" > 3 AND "Nom" = \'a\'', "two"), ("ELSE", "rest")):
        root.appendChild(QgsRuleBasedRenderer.Rule(symbol(made, fill("1,1,1,255")), 0, 0, condition, label))
    made.setRenderer(QgsRuleBasedRenderer(root))
    return made


def data_defined():
    made = single(layer("Point"), QgsSimpleMarkerSymbolLayer.create({"size": "4"}))
    part = made.renderer().symbol().symbolLayer(0)
    size = getattr(QgsSymbolLayer.Property, "Size", None) or QgsSymbolLayer.Property.PropertySize
    part.setDataDefinedProperty(size, QgsProperty.fromField("Code"))
    return made


def labelled(expression):
    made = layer("Point")
    settings = QgsPalLayerSettings()
    settings.fieldName, settings.isExpression = expression, True
    made.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    made.setLabelsEnabled(True)
    return made


def blended():
    made = layer()
    made.setBlendMode(13)
    made.setOpacity(0.5)
    return made


def heatmap():
    made = layer("Point")
    made.setRenderer(QgsHeatmapRenderer())
    return made


@pytest.mark.parametrize(
    ("made", "attributes", "lost"),
    [
        (graduated, "ete", []),
        (ruled, "code,nom", ["“big” is left out"]),
        (lambda: categorised("upper(\"Nom\") || 'x'"), "", ["“a” is left out"]),
        (data_defined, "", ["What follows the data is fixed on the server: size."]),
        (lambda: labelled("'n° ' || \"Code\""), "code", []),
        (lambda: labelled('upper("Nom")'), "", ["The labels “"]),
        (blended, "", ["Blending of colours"]),
        (
            lambda: single(layer("Point"), QgsSvgMarkerSymbolLayer("/usr/share/qgis/svg/arrows/Arrow_01.svg", 6)),
            "",
            ["The image “Arrow_01.svg” lies on your disk"],
        ),
        (
            lambda: single(layer("LineString"), QgsMarkerLineSymbolLayer.create({"placement": "centralpoint"})),
            "",
            [],
        ),
        (
            lambda: single(layer(), QgsLinePatternFillSymbolLayer.create({"angle": "45", "distance": "3"})),
            "",
            [],
        ),
    ],
    ids=["graduated", "rules", "expression", "size", "label", "upper", "blend", "svg", "middle", "hatch"],
)  # fmt: skip
def test_symbologies_of_qgis(make, made, attributes, lost):
    found = make(made())
    text = styled(found)
    assert found["ATTRIBUTES"] == attributes and attributes_of(text) == set(filter(None, attributes.split(",")))
    said = losses(found)
    assert len(said) == len(lost) and all(words in sentence for words, sentence in zip(lost, said)), said
    assert json.loads(styled(found, "MAPBOX"))["layers"]


def test_a_look_of_which_nothing_is_left(make, tmp_path):
    found = make(heatmap())
    assert "SLD" not in found and "MAPBOX" not in found and not (tmp_path / "style.sld").exists()
    assert losses(found) == [
        "A heatmap cannot be told to the server.",
        "Nothing of this style can be told to the server: a plain one is used.",
    ]


# ---------------------------------------------------------------------- files


def test_an_sld_file_against_the_columns_of_a_layer(make, tmp_path):
    file = tmp_path / "given.sld"
    file.write_text(styled(make(graduated())), encoding="utf-8")
    alone = make(FILE=str(file), TABLE="troncons")
    assert alone["ATTRIBUTES"] == "ete" and ">troncons<" in styled(alone)
    lost = make(memory("LineString?crs=EPSG:2154", "autre:string"), FILE=str(file))
    assert [sentence for sentence in losses(lost) if "there is no column “ete”" in sentence]


@pytest.mark.parametrize("with_layer", [True, False])
def test_a_qml_file(make, tmp_path, with_layer):
    file = tmp_path / "given.qml"
    made = categorised()
    assert made.saveNamedStyle(str(file))[1]
    found = make(layer() if with_layer else None, FILE=str(file))
    assert found["ATTRIBUTES"] == "nom" and styled(found).count("<Rule>") == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [("no style", "no XML"), ("<qgis version='3.22'/>", "does not say for which kind"), ("<a/>", "no SLD")],
)
def test_files_that_are_no_styles(make, tmp_path, content, words):
    file = tmp_path / "given.sld"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(QgsProcessingException, match=words):
        make(FILE=str(file))


def test_nothing_given(run):
    with pytest.raises(QgsProcessingException, match="Give a layer in INPUT"):
        run("makestyle")


# ---------------------------------------------------------------------- the datastore


def test_the_style_in_the_datastore(make, writable):
    made, connection = categorised(), str(writable.connection)

    def send(**more):
        return make(made, UPLOAD=True, CONNECTION=connection, STYLE_NAME="parcs", **more)

    first = send()
    assert first["OUTCOME"] == "made"
    writable.clear_journal()
    again = send()
    assert (again["STATIC"], again["OUTCOME"]) == (first["STATIC"], "unchanged")
    assert {entry["method"] for entry in writable.journal("^/api/")} == {"GET"}
    single(made, fill("9,9,9,255"))
    other = send()
    assert (other["STATIC"], other["OUTCOME"]) == (first["STATIC"], "replaced")
    with Depot(writable) as depot:
        datastore = depot.office().datastore
        held = files.content(datastore, files.statics, first["STATIC"])
        (static,) = [each for each in files.statics.list(datastore) if each.name == "parcs"]
    assert held.decode() == styled(other) and static.type == "GEOSERVER-STYLE"


def test_after_a_lost_answer_there_is_one_style(make, writable, impatient):
    writable.faults({"kind": "lost_answer", "path": "/statics$", "method": "POST"})
    found = make(layer(), UPLOAD=True, CONNECTION=str(writable.connection), STYLE_NAME="perdu")
    with Depot(writable) as depot:
        named = [each.id for each in files.statics.list(depot.office().datastore) if each.name == "perdu"]
    assert named == [found["STATIC"]]


def test_nothing_to_send(make, writable):
    with pytest.raises(QgsProcessingException, match="nothing was sent"):
        make(heatmap(), UPLOAD=True, CONNECTION=str(writable.connection))
    assert not [entry for entry in writable.journal("^/api/") if entry["method"] != "GET"]


# ---------------------------------------------------------------------- pictures


def of_qgis(made):
    settings = QgsMapSettings()
    settings.setLayers([made])
    settings.setExtent(QgsRectangle(*BOX))
    settings.setOutputSize(QSize(*SIZE))
    settings.setDestinationCrs(made.crs())
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def of_mapserver(made, text, folder):
    """What MapServer makes of the SLD, its rules grouped as the sandbox does it: a layer draws one kind of symbol."""
    data = export.export_layers([made], folder / "data.gpkg", None, QgsProcessingContext(), Watch())
    kind = {0: "POINT", 1: "LINE", 2: "POLYGON"}[int(made.geometryType())]
    groups = _sld.groups(text)
    layers = "\n".join(
        f'LAYER NAME "t{number}" TYPE {kind} STATUS ON CONNECTIONTYPE OGR CONNECTION "{data.file}" '
        f'DATA "{data.tables[0].name}" PROJECTION "init=epsg:2154" END METADATA "wms_title" "t" END END'
        for number, _group in enumerate(groups)
    )
    service = (
        '"ows_enable_request" "*" "ows_title" "t" "ows_onlineresource" "http://localhost/?" "wms_srs" "EPSG:2154" '
        '"wms_sld_enabled" "true" "ows_encoding" "UTF-8"'
    )
    font = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
    (folder / "fonts.txt").write_text(f"default {font}\n", encoding="utf-8")
    (folder / "server.conf").write_text('CONFIG\nENV\nMS_MAP_PATTERN "."\nEND\nEND\n', encoding="utf-8")
    (folder / "drawn.map").write_text(
        f'MAP NAME m SIZE 500 350 EXTENT 0 0 1000 700 FONTSET "{folder}/fonts.txt" IMAGECOLOR 255 255 255 '
        f'PROJECTION "init=epsg:2154" END WEB METADATA {service} END END\n{layers}\nEND',
        encoding="utf-8",
    )
    style = _sld.joined((f"t{number}", kind, group) for number, group in enumerate(groups))
    asked = {
        "SERVICE": "WMS", "VERSION": "1.1.1", "REQUEST": "GetMap", "STYLES": "", "SRS": "EPSG:2154",
        "LAYERS": ",".join(f"t{number}" for number, _group in enumerate(groups)), "BBOX": "0,0,1000,700",
        "WIDTH": SIZE[0], "HEIGHT": SIZE[1], "FORMAT": "image/png", "SLD_BODY": style,
    }  # fmt: skip
    told = {
        **os.environ,
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": urlencode(asked),
        "MS_MAPFILE": str(folder / "drawn.map"),
        "MAPSERVER_CONFIG_FILE": str(folder / "server.conf"),
    }
    answer = subprocess.run(["mapserv"], env=told, capture_output=True, check=True).stdout
    picture = QImage()
    assert picture.loadFromData(answer.split(b"\r\n\r\n", 1)[-1]), answer[:500]
    return picture


def colours(picture, made):
    """Of the middles of the objects."""
    found = []
    for feature in made.getFeatures():
        at = feature.geometry().centroid().asPoint()
        colour = QColor(picture.pixel(round(at.x() / 2), round((700 - at.y()) / 2)))
        found.append((colour.red(), colour.green(), colour.blue()))
    return found


@pytest.mark.skipif(shutil.which("mapserv") is None, reason="MapServer (Debian: cgi-mapserver) is not installed")
@pytest.mark.parametrize(
    "made",
    [
        # MapServer 8.0 takes everything for null, so none is unchecked here
        lambda: categorised(unchecked=False),
        lambda: single(layer(), fill("200,100,0,128", outline_style="no")),
        lambda: single(
            layer("Point"), QgsSimpleMarkerSymbolLayer.create({"name": "diamond", "size": "6", "color": "9,9,200"})
        ),
        lambda: single(
            layer("LineString"),
            QgsSimpleLineSymbolLayer.create({"line_color": "0,0,0,255", "line_width": "4"}),
            QgsSimpleLineSymbolLayer.create({"line_color": "255,255,0,255", "line_width": "2"}),
        ),
    ],
    ids=["categories", "opacity", "diamond", "casing"],
)
def test_a_map_server_draws_what_qgis_draws(make, tmp_path, made):
    drawn = made()
    text = styled(make(drawn))
    ours, theirs = colours(of_qgis(drawn), drawn), colours(of_mapserver(drawn, text, tmp_path), drawn)
    assert len({*ours, (255, 255, 255)}) > 1
    for mine, other in zip(ours, theirs):
        assert mine == pytest.approx(other, abs=6)
