"""The layers of a store open in QGIS, also while another program is writing, and say what is in them."""

import json
import sqlite3
import subprocess

import pytest

from geocollab.store.stage import Stage
from geocollab.store.store import Store

PYTHON = "/usr/bin/python3"
TABLES = ("Signalement", "Croquis_EC_Point", "Croquis_EC_Ligne", "Croquis_EC_Polygone", "Reponse_EC")
SCRIPT = """
import json, sys
from qgis.core import QgsApplication, QgsDataSourceUri, QgsVectorLayer
app = QgsApplication([], False); app.initQgis()
found = {}
for table in sys.argv[2:]:
    uri = QgsDataSourceUri(); uri.setDatabase(sys.argv[1])
    uri.setDataSource("", table, None if table == "Reponse_EC" else "geom", "", "id")
    layer = QgsVectorLayer(uri.uri(), table, "spatialite")
    box = layer.extent()
    found[table] = [layer.isValid(), layer.featureCount(), sorted(f.id() for f in layer.getFeatures()),
                    [round(v, 3) for v in (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())]]
print(json.dumps(found), flush=True)
"""

try:
    available = subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True).returncode == 0
except OSError:
    available = False
pytestmark = pytest.mark.skipif(not available, reason=f"{PYTHON} has no QGIS")


def _layers(path, tmp_path, *tables):
    environment = {
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "profile"),
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "QGIS_PREFIX_PATH": "/usr",  # where there is no /proc, QGIS guesses it from the current folder
    }
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT, str(path), *tables],
        capture_output=True,
        text=True,
        env=environment,
        timeout=100,
        cwd=tmp_path,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def _statistics(path):
    connection = sqlite3.connect(path)
    found = connection.execute(
        "SELECT f_table_name, last_verified, row_count FROM geometry_columns_statistics"
    ).fetchall()
    connection.close()
    return found


@pytest.fixture(params=["replaced", "put"])
def filled(request, path, rows):
    with Store(path) as store:
        if request.param == "replaced":
            with Stage(store) as stage:
                stage.add(rows(1, 2, 3, replies=1))
                with store.atomic():
                    store.reports.replace(stage)
        else:
            with store.atomic():
                store.reports.put(rows(1, 2, 3, replies=1))
    return path


def test_the_layers_open_and_qgis_writes_no_statistics_of_its_own(filled, tmp_path):
    before = _statistics(filled)
    found = _layers(filled, tmp_path, *TABLES)
    assert {table: valid for table, (valid, *_rest) in found.items()} == dict.fromkeys(TABLES, True)
    assert found["Signalement"][1:] == [3, [1, 2, 3], [2.001, 48.0, 2.003, 48.0]]
    assert found["Croquis_EC_Polygone"][1] == 0
    assert found["Reponse_EC"][1] == 3
    assert _statistics(filled) == before


def test_a_layer_opens_while_another_program_writes(filled, tmp_path):
    """QGIS waits for five seconds a layer, then goes on."""
    writer = sqlite3.connect(filled, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    found = _layers(filled, tmp_path, "Signalement")
    writer.execute("ROLLBACK")
    writer.close()
    assert found["Signalement"] == [True, 3, [1, 2, 3], [2.001, 48.0, 2.003, 48.0]]
