"""The main job for real: a sandbox on loopback, then the program qgis_process, as a nightly job would call it.

check the connection → download the reports of a community in a zone → statistics → create a report from real objects →
answer it as a manager → its page → what is new → project and picture; then a day with the layers of the group:
list → load → edit offline in three ways → somebody else changes the same rows → refresh → conflicts → send → check;
then the Géoplateforme: publish the cantons as WFS, WMS and tiles → other data under the same addresses → back →
inventory
"""

import contextlib
import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

from osgeo import ogr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sandbox.connections import write_connection
from sandbox.process import SandboxProcess

OUT = ROOT / "build" / "demo"
PROFILE = ROOT / "build" / "demo-profile"
ZONE = ROOT / "sandbox" / "data" / "cantons.geojson"
# Debian 12's wrapper script passes an option that qgis_process of QGIS 3.22 refuses
QGIS_PROCESS = shutil.which("qgis_process.bin") or shutil.which("qgis_process") or "qgis_process"


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    settings = PROFILE / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True, exist_ok=True)
    french = os.environ.get("LANG", "").startswith("fr")
    language = "fr" if french else "en"
    settings.write_text(
        f"[PythonPlugins]\ngeocollab=true\n\n[locale]\noverrideFlag=true\nuserLocale={language}\n", encoding="utf-8"
    )
    with SandboxProcess(reports=600, connection=OUT / "sandbox.json") as sandbox:
        say(f"A sandbox of the Espace collaboratif listens at {sandbox.url}")
        shutil.copy(ZONE, OUT / "cantons.geojson")
        checked = run("checkconnection", CONNECTION="sandbox.json", REPORT="connection.html")
        downloaded = run(
            "downloadreports",
            CONNECTION="sandbox.json",
            COMMUNITY="375",
            ZONE="cantons.geojson",
            STORE="reports.sqlite",
            REPORT="reports.html",
        )
        counted = run("reportstatistics", STORE="reports.sqlite", REPORT="statistics.html", OUTPUT="statistics.csv")
        followed = {"CONNECTION": "sandbox.json", "COMMUNITY": "375", "STORE": "reports.sqlite"}
        run("followreports", **followed)
        extract = {"INPUT": "cantons.geojson", "EXPRESSION": "\"nom\" LIKE 'Montreuil%'", "OUTPUT": "montreuil.gpkg"}
        run("native:extractbyexpression", **extract)
        created = run(
            "createreports",
            CONNECTION="sandbox.json",
            COMMUNITY="375",
            INPUT="montreuil.gpkg",
            GROUPING="all",
            THEME="Voirie",
            ATTRIBUTES=json.dumps(
                {"Nature": "Trottoir", "Usagers": "Piétons;Vélos", "Largeur": 2.5}, ensure_ascii=False
            ),
            MESSAGE="Trottoirs à reprendre dans ces cantons." if french else "Pavements to be mended in these cantons.",
            STORE="reports.sqlite",
            REPORT="created.html",
        )
        write_connection(OUT / "manager.json", sandbox.url, "admin")
        replied = run(
            "replytoreports",
            CONNECTION="manager.json",
            IDS=created["IDS"],
            MESSAGE="Vu, les travaux sont prévus." if french else "Seen, the works are planned.",
            STATUS="pending",
            STORE="reports.sqlite",
        )
        run(
            "viewreports",
            IDS=created["IDS"],
            STORE="reports.sqlite",
            BACKGROUND="cantons.geojson",
            REPORT="report.html",
        )
        news = run("followreports", **followed, REPORT="news.html")
        run(
            "mapreports",
            STORE="reports.sqlite",
            BACKGROUND="cantons.geojson",
            TITLE="Signalements de la petite couronne" if french else "Reports around Paris",
            PROJECT="reports.qgz",
            PICTURE="reports.png",
        )
        day = fieldwork(sandbox, french)
        published = publication(french)
        requests = len(sandbox.journal(path="/api"))
    say("Done, with the program qgis_process alone")
    figures = [
        ("signed in as", f"{checked['USERNAME']}, {checked['COMMUNITY_COUNT']} communities"),
        ("reports in the zone", downloaded["COUNT"]),
        ("  to treat", downloaded["TO_TREAT_COUNT"]),
        ("  in progress", downloaded["IN_PROGRESS_COUNT"]),
        ("  treated", downloaded["TREATED_COUNT"]),
        ("  rejected", downloaded["REJECTED_COUNT"]),
        ("sketch objects", downloaded["SKETCH_COUNT"]),
        ("replies", downloaded["REPLY_COUNT"]),
        ("median time to answer", f"{counted['MEDIAN_ANSWER_DAYS']} days"),
        ("report created", created["IDS"]),
        ("  answered", f"{replied['SENT_COUNT']} reply"),
        ("news since", f"{news['NEW_COUNT']} report, {news['REPLY_COUNT']} reply"),
        *day,
        *published,
        ("requests sent in all", requests),
    ]
    for label, value in figures:
        print(f"  {label:<28}{value}")
    print()
    for label, name in (
        ("store (SpatiaLite)", "reports.sqlite"),
        ("project (QGIS)", "reports.qgz"),
        ("map picture", "reports.png"),
        ("new report, page (HTML)", "report.html"),
        ("its creation (HTML)", "created.html"),
        ("what is new (HTML)", "news.html"),
        ("statistics (HTML)", "statistics.html"),
        ("statistics (table)", "statistics.csv"),
        ("summary (HTML)", "reports.html"),
        ("connection (HTML)", "connection.html"),
        ("group layers (SpatiaLite)", "field.sqlite"),
        ("layers of the group (HTML)", "layers.html"),
        ("pending edits (HTML)", "pending.html"),
        ("conflicts (HTML)", "conflicts.html"),
        ("edits sent (HTML)", "sent.html"),
        ("publication (HTML)", "published.html"),
        ("picture of the WMS", "wms.png"),
        ("inventory (HTML)", "inventory.html"),
    ):
        path = OUT / name
        if not path.is_file() or not path.stat().st_size:
            sys.exit(f"{path} was not made")
        print(f"  {label:<28}{path}")


LAYERS = "suivi_terrain:cantons_suivis;demo_guichet:pharmacies_paris"
EDIT_SESSION = """
import sys
from qgis.core import QgsApplication, QgsGeometry, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
layer = QgsVectorLayer("dbname='field.sqlite' key='geocollab_id' table=\\"cantons_suivis\\" (geom)", "c", "spatialite")
first, second = sorted(layer.allFeatureIds())[:2]
shape = QgsGeometry(layer.getGeometry(second))
shape.translate(25, 40)
good = layer.startEditing() and layer.changeAttributeValue(first, layer.fields().lookupField("commune"), sys.argv[1])
sys.exit(0 if good and layer.changeGeometry(second, shape) and layer.commitChanges() else 1)
"""


def fieldwork(sandbox, french):
    """A day with the layers of the group; gives its figures."""
    field = {"STORE": "field.sqlite"}
    online = {"CONNECTION": "sandbox.json", **field}
    listed = run("listgrouplayers", CONNECTION="sandbox.json", COMMUNITY="375", REPORT="layers.html")
    loaded = run("loadgrouplayers", COMMUNITY="375", LAYERS=LAYERS, **online)
    rows = [row for (row,) in stored("SELECT id_canton FROM cantons_suivis ORDER BY id_canton LIMIT 6")]

    say("Offline: an edit session of QGIS, GDAL, and SQL")
    mine, theirs = ("Relevé sur place", "Saisi au bureau") if french else ("Seen in the field", "Typed at the office")
    command = [sys.executable, "-c", EDIT_SESSION, mine]
    subprocess.run(command, cwd=OUT, env=environment(), check=True)
    source = ogr.Open(str(OUT / "field.sqlite"), 1)
    table = source.GetLayerByName("pharmacies_paris")
    pharmacy = table.GetNextFeature()
    pharmacy["capacite"] = 12
    table.SetFeature(pharmacy)
    del pharmacy, table, source
    stored("UPDATE cantons_suivis SET suivi = 'Fait', visite = '2026-04-01' WHERE id_canton IN (?, ?)", rows[2:4])
    stored("DELETE FROM cantons_suivis WHERE id_canton = ?", rows[4:5])
    pending = run("pendingedits", REPORT="pending.html", **field)

    say("Meanwhile a colleague changes two of the same objects on the server")
    marks = dict(stored("SELECT id_canton, gcms_fingerprint FROM cantons_suivis"))
    somebody_else(sandbox, [(rows[0], marks[rows[0]], {"commune": theirs}), (rows[1], marks[rows[1]], {"nom": theirs})])
    refreshed = run("refreshgrouplayers", **online)
    run("resolveconflicts", STRATEGY="show", REPORT="conflicts.html", **field)
    settled = run("resolveconflicts", STRATEGY="mine", **field)
    sent = run("pushedits", REPORT="sent.html", **online)

    say("The same layers loaded by another account")
    run("loadgrouplayers", CONNECTION="manager.json", COMMUNITY="375", LAYERS=LAYERS, STORE="second.sqlite")
    every = "SELECT * FROM (SELECT id_canton, nom, commune, suivi, visite, gcms_fingerprint, geom FROM cantons_suivis)"
    if stored(every + " ORDER BY 1") != stored(every + " ORDER BY 1", name="second.sqlite"):
        sys.exit("the two accounts do not see the same")
    return [
        ("layers of the group", f"{listed['COUNT']}, {listed['EDITABLE_COUNT']} of them editable"),
        ("  objects loaded", loaded["FEATURE_COUNT"]),
        ("  edited offline", pending["COUNT"]),
        ("  merged by themselves", refreshed["MERGED_COUNT"]),
        ("  conflicts settled", settled["RESOLVED_COUNT"]),
        ("  edits sent", f"{sent['SENT_COUNT']} in {sent['TRANSACTION_COUNT']} transactions"),
        ("  seen by another account", "the same, to the last coordinate"),
    ]


STYLE_SESSION = """
import sys
from qgis.core import (QgsApplication, QgsCategorizedSymbolRenderer, QgsFillSymbol, QgsPalLayerSettings,
                       QgsRendererCategory, QgsVectorLayer, QgsVectorLayerSimpleLabeling)
application = QgsApplication([], False)
application.initQgis()
layer = QgsVectorLayer("cantons.geojson", "cantons", "ogr")
colours = {"75": "#cab2d6", "92": "#a6cee3", "93": "#b2df8a", "94": "#fdbf6f"}
layer.setRenderer(QgsCategorizedSymbolRenderer("insee_dep", [
    QgsRendererCategory(code, QgsFillSymbol.createSimple({"color": colour, "outline_color": "#2c3e50"}), code)
    for code, colour in colours.items()]))
labels = QgsPalLayerSettings()
labels.fieldName = "nom"
layer.setLabeling(QgsVectorLayerSimpleLabeling(labels))
layer.setLabelsEnabled(True)
layer.saveDefaultStyle()
"""


def publication(french):
    """The cantons as services of the Géoplateforme; gives its figures."""
    say("A style for the cantons, as a map-maker would save it beside the file")
    subprocess.run([sys.executable, "-c", STYLE_SESSION], cwd=OUT, env=environment(), check=True)
    common = {"CONNECTION": "sandbox.json", "STORE": "publications.sqlite"}
    sheet = {
        "NAME": "Cantons de la petite couronne" if french else "Cantons around Paris",
        "ABSTRACT": "Paris et les cantons des départements voisins." if french else "Paris and the cantons around it.",
        "LAYER_NAME": "cantons_petite_couronne",
        "SERVICES": "WFS,WMS-VECTOR,WMTS-TMS",
        "TOP_LEVEL": "8",
        "BOTTOM_LEVEL": "11",
    }
    first = run("publishlayers", INPUT="cantons.geojson", REPORT="published.html", **sheet, **common)
    picture(first["WMS_URL"], "cantons_petite_couronne")
    say("The same again: nothing has changed, nothing is sent")
    again = run("publishlayers", INPUT="cantons.geojson", **sheet, **common)
    say("Other data under the same addresses, then back")
    updated = run("publishlayers", INPUT="montreuil.gpkg", **sheet, **common)
    back = run("rollback", NAME=sheet["NAME"], **common)
    counted = run("inventory", CONNECTION="sandbox.json", REPORT="inventory.html")
    expect("published", first, FEATURE_COUNT=61, SERVICE_COUNT=3, VERIFIED_COUNT=3, FAULT_COUNT=0)
    expect("published again", again, STATE="unchanged")
    expect("updated", updated, STATE="updated", FAULT_COUNT=0)
    expect("rolled back", back, STORED_DATA=first["STORED_DATA"])
    return [
        ("objects published", f"{first['FEATURE_COUNT']} as {first['SERVICE_COUNT']} services"),
        ("  read back as they are", f"{first['VERIFIED_COUNT']} services"),
        ("  requests", first["REQUEST_COUNT"]),
        ("  the same again", f"{again['STATE']}, {again['REQUEST_COUNT']} requests"),
        ("  other data", f"{updated['STATE']}, {updated['FEATURE_COUNT']} objects"),
        ("  rolled back", "yes"),
        ("things in the datastore", counted["COUNT"]),
    ]


def expect(what, found, **wanted):
    """End with what is wrong where outputs are not as they should be."""
    wrong = {name: found.get(name) for name, value in wanted.items() if found.get(name) != value}
    if wrong:
        sys.exit(f"{what}: {wrong} instead of {wanted}")


def picture(capabilities, layer):
    """A map of the published WMS."""
    query = urllib.parse.urlencode({
        "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": layer, "STYLES": "", "CRS": "EPSG:3857",
        "BBOX": "235000,6220000,300000,6275000", "WIDTH": 1040, "HEIGHT": 880, "FORMAT": "image/png",
    })  # fmt: skip
    with urllib.request.urlopen(f"{capabilities.partition('?')[0]}?{query}") as answer:
        found = answer.read()
    if not found.startswith(b"\x89PNG"):
        sys.exit(f"no picture but: {found[:500]!r}")
    (OUT / "wms.png").write_bytes(found)


def stored(sql, values=(), name="field.sqlite"):
    """What an SQL statement gives in a store of the demo."""
    with contextlib.closing(sqlite3.connect(OUT / name)) as connection, connection:
        return connection.execute(sql, values).fetchall()


def somebody_else(sandbox, changes):
    """A transaction of plain requests: key, fingerprint and new values of cantons."""
    actions = [
        {"table": 3401, "state": "Update", "data": {"id_canton": key, "gcms_fingerprint": mark, **values}}
        for key, mark, values in changes
    ]
    request = urllib.request.Request(
        f"{sandbox.url}/gcms/api/databases/34/transactions",
        json.dumps({"comment": "bureau", "actions": actions}).encode(),
        {"Authorization": "Bearer " + sandbox.token("admin"), "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        if json.load(answer)["status"] != "committed":
            sys.exit("the colleague's transaction was refused")


def run(operation, **parameters):
    """Run one operation in the demo's folder; gives its outputs, or ends the demo with what the program said."""
    command = [
        QGIS_PROCESS,
        "run",
        operation if ":" in operation else f"geocollab:{operation}",
        *(f"--{name}={value}" for name, value in parameters.items()),
    ]
    say("$ " + shlex.join(["qgis_process", *command[1:]]))
    done = subprocess.run([*command, "--json"], cwd=OUT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{operation} ended with status {done.returncode}:\n{done.stderr}")
    answer = json.loads(done.stdout[done.stdout.index("{") :])
    for kind in ("info", "warning"):
        for line in answer["log"].get(kind, []):
            print(f"  {line}")
    return answer["results"]


def environment():
    runtime = PROFILE / "runtime"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(runtime),
        "QGIS_CUSTOM_CONFIG_PATH": str(PROFILE),
        "QGIS_PLUGINPATH": str(ROOT / "build" / "plugins"),
    }


def say(line):
    print(f"\n{line}", flush=True)


if __name__ == "__main__":
    main()
