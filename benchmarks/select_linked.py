"""The magic wand on a big store: run by the Python of QGIS with a store and a number, prints one JSON object.

`/usr/bin/python3 benchmarks/select_linked.py STORE [SELECTED]`: so many reports (10 000) are selected in a project of
the store's layers; `wall` is what `selectlinked` takes, its start through Processing and the new selection included.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import QgsApplication, QgsProcessingFeedback, QgsProject

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "build" / "plugins"))


def select_linked(store: str, selected: int = 10_000) -> dict[str, object]:
    """Seconds of both ways, reports to sketches and back, with QGIS and Processing running already."""
    import processing

    from geocollab.provider.project import layers

    project = QgsProject.instance()
    shown = layers.add_reports(project, store, "Reports")
    reports = shown["Signalement"]
    reports.selectByIds(sorted(reports.allFeatureIds())[:selected])
    measured: dict[str, object] = {"reports": reports.featureCount(), "selected": reports.selectedFeatureCount()}
    for way in ("wall", "wall_back"):
        began = time.perf_counter()
        found = processing.run("geocollab:selectlinked", {"STORE": store}, feedback=QgsProcessingFeedback(False))
        measured[way] = time.perf_counter() - began
        measured[f"{way}_sketches"] = found["SKETCH_COUNT"]
        reports.removeSelection()
    project.clear()
    return measured


def main() -> None:
    """Measure with a QGIS of our own."""
    application = QgsApplication([], False)
    application.initQgis()
    sys.path.append(str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins"))
    from processing.core.Processing import Processing

    Processing.initialize()
    from geocollab.provider.provider import GeoCollabProvider

    provider = GeoCollabProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    print(json.dumps(select_linked(sys.argv[1], *map(int, sys.argv[2:3]))), flush=True)
    QgsApplication.processingRegistry().removeProvider(provider)


if __name__ == "__main__":
    main()
