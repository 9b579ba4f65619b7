"""What enabling the plugin adds to the start of QGIS: run by the Python of QGIS, prints one JSON object."""

import json
import sys
import time
from pathlib import Path

from qgis.core import QgsApplication

HEAVY = ("requests", "urllib3", "lxml", "jsonschema", "jinja2", "owslib", "sqlite3", "osgeo")

application = QgsApplication([], False)
application.initQgis()
# what QGIS has always loaded before it comes to the plugins of the user
sys.path.append(str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins"))
from processing.core.Processing import Processing

Processing.initialize()
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "build" / "plugins"))
before = set(sys.modules)
wall, cpu = time.perf_counter(), time.process_time()
import geocollab

plugin = geocollab.classFactory(None)
plugin.initProcessing()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
added = {name.partition(".")[0] for name in set(sys.modules) - before}
operations = len(plugin.provider.algorithms())
print(json.dumps({"wall": wall, "cpu": cpu, "operations": operations, "heavy": sorted(added & set(HEAVY))}), flush=True)
plugin.unload()
