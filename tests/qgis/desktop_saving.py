"""Run by QGIS Desktop (`--code`): a group layer is edited and saved; the messages that follow go to a file as JSON.

`ASKED` in the environment: the repository, a store, a connection file, a mode, a name, where to write the messages and
a picture of the window.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QLabel
from qgis.utils import iface

ASKED = json.loads(os.environ["ASKED"])
PATIENCE = 60_000


def end(messages):
    """QGIS Desktop asks before it closes, and is not to be asked."""
    iface.mainWindow().grab().save(ASKED["picture"])
    Path(ASKED["messages"]).write_text(json.dumps(messages), encoding="utf-8")
    os._exit(0)


def guarded(step):
    def run():
        try:
            step()
        except Exception:  # noqa: BLE001 - whatever it is, the test is to be told
            end([traceback.format_exc()])

    return run


def begin():
    from geocollab.provider import connections
    from geocollab.provider.groups import saving
    from geocollab.workflows.connection.connection import Connection, read_connection

    sys.path.insert(0, ASKED["repository"])
    from tests.qgis.fieldwork import change, group_layer, save

    iface.mainWindow().resize(1500, 900)
    made = read_connection(Path(ASKED["connection"])).with_full_paths()
    connections.save(Connection("sandbox", made.services, made.account, extra=made.extra))
    saving.set_mode(ASKED["mode"])
    layer = group_layer(ASKED["store"], "pharmacies_paris")
    QgsProject.instance().addMapLayer(layer)
    iface.mapCanvas().zoomToFullExtent()
    change(layer, ASKED["value"])
    save(layer)
    timer.timeout.connect(guarded(look))
    timer.start(100)


def look():
    """The messages of others may come before ours."""
    labels = (item.findChild(QLabel, "GeoCollabMessage") for item in iface.messageBar().items())
    ours = [label.text() for label in labels if label]
    if ours and not iface.mapCanvas().isDrawing():
        timer.stop()
        QTimer.singleShot(1000, guarded(lambda: end(ours)))  # by then it has come all the way down


timer = QTimer()
QTimer.singleShot(PATIENCE, lambda: end(["nothing happened"]))
iface.initializationCompleted.connect(guarded(begin))
