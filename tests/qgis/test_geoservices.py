"""Geoservices as layers: what QGIS asks of the services, what is left out and why, and a key that nobody sees."""

import logging
import re

import processing
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QSize

from geocollab.client.espaceco.geoservices import Geoservice
from geocollab.provider import errors
from geocollab.provider.groups.geoservices import source
from geocollab.workflows.layers import flows
from geocollab.workflows.watch import Watch
from sandbox.process import SandboxProcess
from sandbox.world.geoservices import GEOSERVICES, PRIVATE_KEY
from tests.workflows.group_rows import Guichet

PARIS = QgsRectangle(2.25, 48.81, 2.42, 48.91)
WEB = "EPSG:3857"


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=5, features=5, rate=0) as running:
        yield running


@pytest.fixture
def guichet(qgis_app, process, tmp_path, impatient):
    process.faults()
    guichet = Guichet(process, tmp_path / "store.sqlite")
    guichet.connection = str(process.connection_for("membre", requests_per_second=0))
    process.clear_journal()
    yield guichet
    process.faults()


@pytest.fixture
def load(guichet, project, feedback):
    """`load(71, 72)`: the layers of these geoservices in the open project, by their numbers."""

    def call(*numbers):
        given = {"CONNECTION": guichet.connection, "STORE": str(guichet.path),
                 "LAYERS": ";".join(f"geoservice:{number}" for number in numbers)}  # fmt: skip
        processing.runAndLoadResults("geocollab:loadgrouplayers", given, feedback=feedback)
        return {layer.customProperty("geocollab/geoservice"): layer for layer in project.mapLayers().values()}

    return call


def drawn(layer, where=PARIS):
    """Whether a map of this place, in WGS84, shows something of it."""
    view = QgsMapSettings()
    view.setLayers([layer])
    view.setDestinationCrs(QgsCoordinateReferenceSystem(WEB))
    there = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), view.destinationCrs(), QgsProject.instance()
    )
    view.setExtent(there.transformBoundingBox(where))
    view.setOutputSize(QSize(64, 64))
    job = QgsMapRendererSequentialJob(view)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    return {image.pixelColor(x, y).name() for x in range(0, 64, 7) for y in range(0, 64, 7)} != {"#ffffff"}


def asked(process, path):
    """What a flow was asked: the parameters of each request, names in lower case."""
    return [{name.lower(): value for name, value in entry["query"]} for entry in process.journal(f"^/flux/{path}")]


@pytest.mark.parametrize("number", [71, 72, 74])
def test_pictures_are_drawn(load, project, number):
    (layer,) = load(number).values()
    service = GEOSERVICES[number]
    assert layer.isValid() and layer.providerType() == "wms" and layer.name() == service["title"]
    assert layer.crs().authid() == WEB and drawn(layer)
    assert layer.hasScaleBasedVisibility()
    assert layer.metadata().title() == service["title"] and layer.metadata().rights() == ["IGN"]


def test_wmts_asks_for_the_tiles_of_its_grid(load, process):
    layer = load(71)[71]
    process.clear_journal()
    drawn(layer, QgsRectangle(2.5, 48.95, 2.52, 48.97))  # where no other test was: QGIS keeps tiles
    tiles = [request for request in asked(process, "wmts") if request["request"] == "GetTile"]
    assert tiles
    assert {(tile["layer"], tile["tilematrixset"], tile["style"], tile["format"]) for tile in tiles} == {
        ("PLAN.SANDBOX", "PM", "normal", "image/png")
    }


def test_wfs_sends_its_filter(load, process):
    layer = load(73)[73]
    assert layer.providerType() == "WFS" and layer.opacity() == 0.5
    found = list(layer.getFeatures())
    assert found and {feature["insee_dep"] for feature in found} == {"75"}
    requests = [request for request in asked(process, "wfs") if request["request"] == "GetFeature"]
    assert requests and {request["cql_filter"] for request in requests} == {"insee_dep='75'"}
    assert {(request["version"], request["typename"]) for request in requests} == {("1.1.0", "sandbox:cantons")}


def test_nothing_is_loaded_twice(load, project):
    first = load(71, 72, 73, 74)
    assert len(first) == 4
    load(71, 72, 73, 74)
    assert len(project.mapLayers()) == 4


def test_the_key_of_a_private_flow_goes_where_it_must_and_nowhere_else(load, feedback, project, caplog, tmp_path):
    """Into the requests and the project, that need it; into no message."""
    messages = []
    log = QgsApplication.messageLog()
    keep = lambda text, *_others: messages.append(text)  # noqa: E731
    log.messageReceived.connect(keep)
    try:
        with caplog.at_level(logging.DEBUG):
            layer = load(74)[74]
    finally:
        log.messageReceived.disconnect(keep)
    assert drawn(layer) and PRIVATE_KEY in layer.source()
    said = [*feedback.infos, *feedback.warnings, *feedback.errors, *messages, layer.name()]
    said += [record.getMessage() for record in caplog.records if record.name.startswith("geocollab")]
    said += [layer.metadata().abstract(), str(layer.customProperties().keys())]
    assert PRIVATE_KEY not in "".join(said)


def test_a_private_flow_without_its_key_is_left_out_and_the_key_is_not_said(guichet, load, feedback, process):
    process.faults({"kind": "status", "status": 403, "path": "^/flux/private", "times": None})
    assert load(74) == {}
    (warning,) = [text for text in feedback.warnings if "Plan privé" in text]
    assert warning.startswith("The map service “Plan privé” is left out.") and "403" in warning
    assert PRIVATE_KEY not in "".join([*feedback.warnings, *feedback.infos, *feedback.errors])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 404}, "404"),
        ({"kind": "drop"}, "Check the network"),
        ({"kind": "html", "status": 200}, "It does not say what it offers."),
        ({"kind": "status", "status": 500}, "Try again later"),
    ],
)
def test_a_service_that_fails_is_left_out_and_the_others_are_there(load, process, feedback, fault, words):
    process.faults({**fault, "path": "^/flux/wms-r", "times": None})
    found = load(71, 72, 73)
    assert sorted(found) == [71, 73]
    (warning,) = [text for text in feedback.warnings if "Photographies" in text]
    assert words in warning and warning.startswith("The map service “Photographies aériennes” is left out.")


# ---------------------------------------------------------------------- what services may say


def service(**members):
    given = {"id": 1, "title": "Un flux", "kind": "WMS", "version": "", "description": "", "layers": "L", "format": "",
             "url": "https://flux.invalid/wms", "extent": "", "min_zoom": None, "max_zoom": None, "attribution": "",
             "attribution_url": "", "raw": {}}  # fmt: skip
    return Geoservice(**{**given, **members})


class Answers:
    """An API whose services answer this."""

    def __init__(self, content):
        self.session = self
        self.content = content
        self.asked = []

    def in_parallel(self, function, items, most=None):
        return map(function, items)

    def send(self, method, url, **options):
        assert options["authenticate"] is False
        self.asked.append(url)
        return self


def read(capabilities, **members):
    """The flow and the warnings for a service with these capabilities."""
    watch = Watch(explain=lambda error: errors.sentence(error) or str(error))
    found = flows.flows(Answers(capabilities.encode()), [service(**members)], watch)
    return found.get(1), watch.warnings


WMTS = """<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1"><Contents>
<Layer><ows:Identifier>L</ows:Identifier><Style><ows:Identifier>a</ows:Identifier></Style><Style isDefault="true">
<ows:Identifier>b</ows:Identifier></Style><Format>image/jpeg</Format><TileMatrixSetLink><TileMatrixSet>X</TileMatrixSet>
</TileMatrixSetLink><TileMatrixSetLink><TileMatrixSet>LAMB93</TileMatrixSet></TileMatrixSetLink><TileMatrixSetLink>
<TileMatrixSet>PM</TileMatrixSet></TileMatrixSetLink></Layer>
<TileMatrixSet><ows:Identifier>X</ows:Identifier><ows:SupportedCRS>IGNF:NOSUCH</ows:SupportedCRS></TileMatrixSet>
<TileMatrixSet><ows:Identifier>LAMB93</ows:Identifier><ows:SupportedCRS>IGNF:LAMB93</ows:SupportedCRS></TileMatrixSet>
<TileMatrixSet><ows:Identifier>PM</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>
</TileMatrixSet></Contents></Capabilities>"""
WMS = """<WMS_Capabilities version="1.3.0"><Capability><Request><GetMap><Format>image/gif</Format>
<Format>image/jpeg</Format></GetMap></Request><Layer><CRS>EPSG:4326</CRS><CRS>EPSG:2154</CRS><Layer><Name>A</Name>
<CRS>EPSG:3857</CRS></Layer><Layer><Name>B</Name></Layer></Layer></Capability></WMS_Capabilities>"""


def test_wmts_takes_the_default_style_and_the_grid_of_the_web():
    flow, warnings = read(WMTS, kind="WMTS", url="https://flux.invalid/wmts?SERVICE=WMTS&x=1")
    settings = flow.settings
    assert (settings["styles"], settings["tileMatrixSet"], settings["crs"]) == ("b", "PM", WEB)
    assert settings["format"] == "image/jpeg" and warnings == [] and "SERVICE=WMTS" in settings["url"]
    assert "x=1" in settings["url"] and settings["url"].count("SERVICE") == 1
    flow, _warnings = read(WMTS.replace("<TileMatrixSet>PM", "<TileMatrixSet>NOSUCH"), kind="WMTS")
    assert (flow.settings["tileMatrixSet"], flow.settings["crs"]) == ("LAMB93", "EPSG:2154")


def test_wms_with_several_layers():
    flow, _warnings = read(WMS, layers="A,B")
    assert (flow.settings["layers"], flow.settings["crs"]) == (["A", "B"], "EPSG:2154"), "what both have"
    assert source(flow).count("layers=") == 2 and flow.settings["format"] == "image/jpeg"
    assert read(WMS, layers="A")[0].settings["crs"] == WEB
    assert read(WMS, layers="A", format="image/gif")[0].settings["format"] == "image/gif"


@pytest.mark.parametrize(
    ("capabilities", "members", "words"),
    [
        (WMS, {"layers": "C"}, "It offers no layer “C”."),
        (WMTS, {"kind": "WMTS", "layers": "C"}, "It offers no layer “C”."),
        (
            WMTS.replace("<TileMatrixSet>", "<No>").replace("</TileMatrixSet>", "</No>"),
            {"kind": "WMTS"},
            "None of its grids",
        ),
        ("", {}, "It does not say what it offers."),
        ("<html>signed out</html>", {}, "It does not say what it offers."),
        ("{}", {}, "It does not say what it offers."),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', {}, "It does not say what it offers."),
        (WMS, {"kind": "TMS"}, "QGIS knows no services of the type “TMS”."),
        (WMS, {"url": ""}, "Its address is not one of the web."),
    ],
)
def test_what_is_left_out_is_said(capabilities, members, words):
    flow, (warning,) = read(capabilities, **members)
    assert flow is None and words in warning and "“Un flux” is left out" in warning


def test_no_repr_holds_the_key():
    flow, _warnings = read(WMS, layers="A", url="https://flux.invalid/private/wms?apikey=tres-secrete")
    assert flow.settings["url"].endswith("apikey=tres-secrete") and flow.settings["IgnoreGetMapUrl"] == "1"
    assert "tres-secrete" not in repr(flow)


@given(st.text(max_size=60), st.sampled_from(["WMTS", "WMS", "WFS"]))
def test_whatever_a_service_says_is_no_crash(text, kind):
    capabilities = re.sub("[\ud800-\udfff]", "", text)
    read(f"<Capabilities>{capabilities}</Capabilities>", kind=kind)
    read(capabilities, kind=kind)
