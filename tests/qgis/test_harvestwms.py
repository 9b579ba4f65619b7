"""`harvestwms`: tiles of the pictures of a WMS, which here is a small one of the test's own."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from qgis.core import QgsProcessingException
from qgis.PyQt.QtCore import QBuffer, QByteArray, QIODevice
from qgis.PyQt.QtGui import QColor, QImage

from tests.qgis.delivered import bodies, unique, writes

PARIS = "2.2,2.5,48.8,48.95 [EPSG:4326]"


@pytest.fixture
def wms():
    """The address of a WMS that paints everything orange; `asked` is what it was asked for."""
    asked = []

    class Painter(BaseHTTPRequestHandler):
        def do_GET(self):
            query = {name.upper(): values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            asked.append(query)
            image = QImage(int(query["WIDTH"]), int(query["HEIGHT"]), QImage.Format.Format_ARGB32)
            image.fill(QColor("#f08a24"))
            content = QByteArray()
            buffer = QBuffer(content)
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            image.save(buffer, "PNG")
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(content.size()))
            self.end_headers()
            self.wfile.write(bytes(content))

        def log_message(self, *args):
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Painter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.address, server.asked = f"http://127.0.0.1:{server.server_port}/wms", asked
        yield server
        server.shutdown()


def sent(server):
    (body,) = map(json.loads, bodies(server, "/processings/executions$"))
    return body


@pytest.fixture
def harvest(geo, wms):
    def call(**parameters):
        defaults = {"URL": wms.address, "LAYERS": "cantons", "NAME": unique("harvest"), "EXTENT": PARIS}
        return geo("harvestwms", **{**defaults, "BOTTOM_LEVEL": 10, "TOP_LEVEL": 9, **parameters})

    return call


def test_tiles_of_a_wms(harvest, wms, writable):
    name = unique("tiles")
    found = harvest(NAME=name, COMPRESSION="jpg", CHANNELS=3, NODATA=["255", "0"])
    assert (found["STATUS"], found["TMS"], found["LEVEL_COUNT"]) == ("GENERATED", "PM", 2)
    assert {query["LAYERS"] for query in wms.asked} == {"cantons"}
    parameters = sent(writable)["parameters"]
    assert parameters.pop("harvest_area").startswith("POLYGON ((")
    assert parameters == {
        "harvest_url": wms.address, "harvest_layers": "cantons", "harvest_levels": ["10", "9"],
        "harvest_format": "image/png", "bottom": "10", "top": "9", "compression": "jpg", "tms": "PM",
        "samplesperpixel": 3, "sampleformat": "UINT8", "nodata": [255, 0],
    }  # fmt: skip
    writable.clear_journal()
    again = harvest(NAME=name, COMPRESSION="jpg", CHANNELS=3, NODATA=["255", "0"])
    assert again["STORED_DATA"] == found["STORED_DATA"] and writes(writable) == []


def test_only_the_most_detailed_level_is_asked_for(harvest, writable):
    assert harvest(ONLY_BOTTOM=True)["LEVEL_COUNT"] == 2
    assert sent(writable)["parameters"]["harvest_levels"] == ["10"]


def test_a_key_of_the_environment_reaches_the_service_and_no_message(harvest, wms, writable, feedback, monkeypatch):
    hidden = "tout-a-fait-secret"
    monkeypatch.setenv("HARVEST_KEY", hidden)
    harvest(EXTRAS="TRANSPARENT=true&apikey=$HARVEST_KEY")
    assert hidden in wms.asked[0].values()
    assert not any("secret" in text for text in [*feedback.infos, *feedback.warnings, *feedback.errors])


def test_without_address_it_is_ones_own_open_wms(harvest, writable):
    with pytest.raises(QgsProcessingException):  # nothing of this name is published there
        harvest(URL="", LAYERS="no_such_layer")
    url = sent(writable)["parameters"]["harvest_url"]
    assert url.startswith(writable.url) and "wms-v" in url and "private" not in url


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"EXTENT": None}, "Say where the tiles are to be, in ZONE or EXTENT"),
        ({"TOP_LEVEL": 12}, "TOP_LEVEL must not be greater than BOTTOM_LEVEL"),
        ({"EXTRAS": "apikey=${NO_SUCH_KEY}"}, "There is no environment variable NO_SUCH_KEY"),
        ({"URL": "ftp://example.org"}, "harvest_url: 'ftp://example.org' does not match"),
        ({"DIMENSIONS": "large"}, "harvest_dimensions: 'large' does not match"),
    ],
)
def test_what_is_refused_before_anything_is_sent(harvest, writable, parameters, sentence):
    with pytest.raises(QgsProcessingException) as refused:
        harvest(**parameters)
    assert sentence in str(refused.value) and writes(writable) == []
