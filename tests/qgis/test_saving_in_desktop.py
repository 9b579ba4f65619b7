"""Real QGIS Desktop, on a screen that nobody sees: a group layer is saved, and what the plugin makes of it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from sandbox.process import SandboxProcess
from tests.qgis.fieldwork import fill
from tests.qgis_process import environment

HERE = Path(__file__).parent
PROGRAMS = ("qgis", "xvfb-run")
SCREEN = ("xvfb-run", "-a", "-s", "-screen 0 1600x1000x24")
SETTINGS = """
[PythonPlugins]
geocollab=true
processing=true

[qgis]
checkVersion=false

[locale]
overrideFlag=true
userLocale={language}
"""

pytestmark = pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason=f"{' or '.join(PROGRAMS)} is not there")


@pytest.fixture(scope="module")
def server():
    with SandboxProcess(features=5, rate=0) as running:
        yield running


@pytest.fixture
def desktop(qgis_app, server, tmp_path):
    """`desktop("always", "new name")`: the messages after the first pharmacy was given this name and saved."""
    store = fill(server, tmp_path / "terrain.sqlite")

    def run(mode, value, language="en"):
        messages = tmp_path / "messages.json"
        settings = tmp_path / "profiles" / "default" / "QGIS" / "QGIS3.ini"
        settings.parent.mkdir(parents=True)
        settings.write_text(SETTINGS.format(language=language), encoding="utf-8")
        asked = {
            "repository": str(HERE.parents[1]),
            "store": str(store),
            "connection": str(server.connection),
            "mode": mode,
            "value": value,
            "messages": str(messages),
            "picture": str(tmp_path / "window.png"),
        }
        there = environment(tmp_path, {"ASKED": json.dumps(asked), "HOME": str(tmp_path)})
        del there["QT_QPA_PLATFORM"]
        there.pop("QGIS_AUTH_DB_DIR_PATH", None)
        program = ("qgis", "--nologo", "--noversioncheck", "--profiles-path", str(tmp_path), "--code")
        ran = subprocess.run(
            [*SCREEN, *program, str(HERE / "desktop_saving.py")],
            env=there,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert messages.exists(), ran.stderr
        return json.loads(messages.read_text(encoding="utf-8"))

    return run


def test_it_asks(desktop, server):
    server.clear_journal()
    assert desktop("ask", "Pharmacie du Marché") == [
        "GeoCollab – Send to the server now: 1 changed in “Pharmacies paris”?"
    ]
    assert not server.journal("^/gcms/api")


def test_always_the_edit_arrives(desktop, server):
    server.clear_journal()
    assert desktop("always", "Pharmacie de la Gare") == ["GeoCollab – 1 edit sent."]
    posted = [entry for entry in server.journal("/databases/9/transactions$") if entry["method"] == "POST"]
    assert len(posted) == 1
    answer = requests.get(
        f"{server.url}/gcms/api/databases/9/tables/1734/features",
        params={"limit": 100},
        auth=("membre", "sandbox-membre"),
        timeout=30,
    )
    assert "Pharmacie de la Gare" in {row["nom pharmacie"] for row in answer.json()}
