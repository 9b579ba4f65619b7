"""What tracking costs a bulk edit in QGIS: run by the Python of QGIS, prints one JSON object.

python benchmarks/bulk_edit.py STORE TABLE FIELD COUNT: an edit session of a vector layer on a copy of the store, with
the triggers of the tracking and without.
"""

import json
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from qgis.core import QgsApplication, QgsFeatureRequest, QgsVectorLayer

TURNS = 8

application = QgsApplication([], False)
application.initQgis()
store, table, field, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


def edit(path):
    """Seconds to save an edit session in which one attribute of each row has changed."""
    layer = QgsVectorLayer(f"dbname='{path}' key='geocollab_id' table=\"{table}\" (geom)", table, "spatialite")
    at = layer.fields().lookupField(field)
    ids = [found.id() for found in layer.getFeatures(QgsFeatureRequest().setLimit(count).setNoAttributes())]
    began = time.perf_counter()
    layer.startEditing()
    for number in ids:
        layer.changeAttributeValue(number, at, "relevé")
    assert layer.commitChanges(), layer.commitErrors()
    return time.perf_counter() - began, len(ids)


def as_spatialite_alone(connection):
    """Without our triggers, and with its own, which notes the time of every update."""
    triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND name GLOB ?"
    for name, _sql in connection.execute(triggers, (table, "geocollab_*")).fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    for name, sql in connection.execute(triggers, (table, "tmu_*")).fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(sql.replace('UPDATE OF "geom" ON', "UPDATE ON"))


spent = {}
for turn in range(TURNS):
    for tracked in (True, False):
        with tempfile.TemporaryDirectory(dir=str(Path(store).parent)) as folder:
            copy = Path(folder) / f"{turn}.sqlite"
            shutil.copy(store, copy)
            if not tracked:
                connection = sqlite3.connect(copy)
                as_spatialite_alone(connection)
                connection.commit()
                connection.close()
            seconds, rows = edit(copy)
            spent.setdefault(tracked, []).append(seconds)
print(json.dumps({"tracked": min(spent[True]), "plain": min(spent[False]), "rows": rows}), flush=True)
