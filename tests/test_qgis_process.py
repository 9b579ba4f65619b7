"""The real qgis_process program with the plugin: what batch jobs and other programs see."""

import contextlib
import json
import re
import shutil
import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest

from tests.qgis_process import run_qgis_process, start_qgis_process

pytestmark = pytest.mark.qgis

ROOT = Path(__file__).resolve().parents[1]
CANTONS = ROOT / "sandbox" / "data" / "cantons.geojson"
MODELS = [file.stem for file in (Path(__file__).parent.parent / "models").glob("*.model3")]
IDS = json.loads((Path(__file__).parent / "qgis" / "frozen.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    """One QGIS profile for all of them: the first start makes it, which takes a second."""
    return tmp_path_factory.mktemp("profile")


@pytest.fixture
def qgis(profile, sandbox, tmp_path, monkeypatch):
    """`qgis("downloadreports", "--STATUSES=submit")`, in the test's own folder with the sandbox's connection."""
    monkeypatch.chdir(tmp_path)

    def call(operation, *arguments, connection=sandbox.connection, **options):
        given = [f"--CONNECTION={connection}"] if connection else []
        return run_qgis_process("run", f"geocollab:{operation}", *given, *arguments, profile=profile, **options)

    return call


@pytest.fixture(scope="module")
def downloaded(profile, sandbox_server, tmp_path_factory):
    """A store made by the program, once; and what the program said."""
    sandbox_server.faults()
    store = tmp_path_factory.mktemp("downloaded") / "reports.sqlite"
    ran = run_qgis_process(
        "run", "geocollab:downloadreports", f"--CONNECTION={sandbox_server.connection}", f"--STORE={store}",
        profile=profile, json=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return store, ran


@pytest.fixture
def store(downloaded, tmp_path):
    path = tmp_path / "reports.sqlite"
    with (
        contextlib.closing(sqlite3.connect(downloaded[0])) as source,
        contextlib.closing(sqlite3.connect(path)) as copy,
    ):
        source.backup(copy)
    return path


def rows(path, table="Signalement"):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(f'SELECT * FROM "{table}" ORDER BY 1').fetchall()


# ---------------------------------------------------------------------- looking


def test_the_program_lists_and_explains_every_operation(profile):
    listed = run_qgis_process("list", profile=profile)
    assert listed.returncode == 0
    assert set(re.findall(r"geocollab:(\w+)", listed.stdout)) == {*IDS, *MODELS}
    explained = run_qgis_process("help", "geocollab:downloadreports", profile=profile, json=True)
    assert set(explained.json["parameters"]) == set(IDS["downloadreports"]["parameters"])
    assert set(explained.json["outputs"]) == set(IDS["downloadreports"]["outputs"])
    said = run_qgis_process("help", "geocollab:reportstatistics", profile=profile).stdout
    assert "STORE" in said and "Traceback" not in said + listed.stderr + explained.stderr


# ---------------------------------------------------------------------- working


def test_the_check_as_text_and_as_json(qgis):
    text = qgis("checkconnection")
    assert text.returncode == 0 and "USERNAME:\tmembre" in text.stdout
    assert "Voirie et adresses de la petite couronne: 375" in text.stdout
    answer = qgis("checkconnection", json=True)
    assert answer.results["USERNAME"] == "membre" and answer.results["PROBLEM_COUNT"] == 0
    for outcome in (text, answer):
        assert "sandbox-membre" not in outcome.stdout + outcome.stderr


def test_a_download_and_its_numbers(downloaded):
    store, ran = downloaded
    assert ran.results["COUNT"] == len(rows(store)) > 100
    assert ran.results["STORE_FILE"] == str(store)


def test_a_download_with_filters(qgis, tmp_path):
    """Codes, a parameter given twice, a relative zone; then as text."""
    shutil.copy(CANTONS, tmp_path)
    filters = ["--STORE=a.sqlite", "--ZONE=cantons.geojson", "--UPDATED_SINCE=2025-01-01"]
    answer = qgis("downloadreports", *filters, "--STATUSES=submit", "--STATUSES=valid", "--REPORT=a.html", json=True)
    assert answer.returncode == 0, answer.stderr
    with contextlib.closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection:
        found = connection.execute("SELECT DISTINCT Statut FROM Signalement").fetchall()
        first = connection.execute('SELECT min("Date_MAJ") FROM Signalement').fetchone()[0]
    assert {row[0] for row in found} == {"submit", "valid"} and first >= "2025-01-01"
    assert "<svg" in (tmp_path / "a.html").read_text(encoding="utf-8")
    text = qgis("downloadreports", *filters, "--STATUSES=submit,valid", "--MODE=update")
    assert text.returncode == 0
    assert f"COUNT:\t{answer.results['COUNT']}" in text.stdout and "100 - done" in text.stdout


def test_statistics_and_map_of_a_store(qgis, store, tmp_path):
    figures = qgis(
        "reportstatistics", f"--STORE={store}", "--OUTPUT=s.csv", "--REPORT=s.html", connection="", json=True
    )
    assert figures.results["COUNT"] == len(rows(store))
    assert len((tmp_path / "s.csv").read_text(encoding="utf-8").splitlines()) > 20
    drawn = qgis(
        "mapreports", f"--STORE={store}", f"--BACKGROUND={CANTONS}", "--PROJECT=m.qgz", "--PICTURE=m.png", connection=""
    )
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "m.png").read_bytes()[:4] == b"\x89PNG" and (tmp_path / "m.qgz").stat().st_size > 5000
    assert "ERROR" not in drawn.stderr


def test_the_project_decides_where_the_store_is(qgis, store, tmp_path):
    assert qgis("mapreports", f"--STORE={store}", "--PROJECT=carte.qgz", connection="").returncode == 0
    answer = qgis("downloadreports", "--STATUSES=submit", "--PROJECT_PATH=carte.qgz", json=True)
    assert answer.returncode == 0, answer.stderr
    assert answer.results["STORE_FILE"] == str(tmp_path / "carte_espaceco.sqlite")
    assert len(rows(tmp_path / "carte_espaceco.sqlite")) == answer.results["COUNT"]


# ---------------------------------------------------------------------- refusing


def refused(outcome, *sentences):
    """It failed, and said so in words on stderr."""
    assert outcome.returncode != 0
    for sentence in sentences:
        assert sentence in outcome.stderr, outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert "sandbox-membre" not in outcome.stderr + outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--STATUT=submit"], "There is no parameter STATUT"),
        (["--UPDATED_SINCE=hier"], "UPDATED_SINCE: “hier” is not a date"),
        (["--ZONE=bowtie.geojson"], "Fix geometries"),
    ],
)
def test_a_bad_value(arguments, sentence, qgis, store, tmp_path):
    ring = [[2.2, 48.8], [2.4, 48.9], [2.4, 48.8], [2.2, 48.9], [2.2, 48.8]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (tmp_path / "bowtie.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    before = rows(store)
    refused(qgis("downloadreports", f"--STORE={store}", *arguments), sentence)
    assert rows(store) == before


def test_a_connection_that_cannot_be_used(qgis, sandbox, store, tmp_path):
    before = rows(store)
    wanted = ("downloadreports", f"--STORE={store}")
    refused(qgis(*wanted, connection="nosuch"), "There is no connection “nosuch”")
    (tmp_path / "odd.json").write_text('{"account": {"kind": "magic"}')
    refused(qgis(*wanted, connection="odd.json"), "odd.json", "line 1, column 30")
    wrong = sandbox.connection_for("membre")
    wrong.with_name(f"{wrong.stem}.membre.password").write_text("wrong")
    refused(qgis(*wanted, connection=wrong), "127.0.0.1", "Check the user name and the password")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    document = json.loads(sandbox.connection.read_text())
    document["services"] = {"espaceco": f"{nobody}/gcms/api", "sso": f"{nobody}/sso"}
    document["account"] = {"kind": "anonymous"}
    (tmp_path / "nobody.json").write_text(json.dumps(document))
    refused(qgis(*wanted, "--PUBLIC=true", connection="nobody.json"), nobody.split("//")[1], "cannot be reached")
    assert rows(store) == before


def test_failing_with_json_leaves_stdout_empty(qgis):
    outcome = qgis("checkconnection", connection="nosuch", json=True)
    assert outcome.stdout.strip() == "" and outcome.returncode == 1


# ---------------------------------------------------------------------- stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_of_a_download(number, qgis, profile, sandbox, store, tmp_path):
    before = rows(store), rows(store, "Reponse_EC")
    sandbox.faults({"kind": "slow", "seconds": 30, "path": "/reports$", "times": None})
    process = start_qgis_process(
        "run", "geocollab:downloadreports", f"--CONNECTION={sandbox.connection}", f"--STORE={store}",
        profile=profile,
    )  # fmt: skip
    try:
        for _attempt in range(300):
            if sandbox.journal("/communities/375$"):
                break
            time.sleep(0.05)
        time.sleep(0.5)  # it has asked for the reports by now
        assert process.poll() is None
        asked = time.monotonic()
        process.send_signal(number)
        _stdout, stderr = process.communicate(timeout=20)
        took = time.monotonic() - asked
    finally:
        process.kill()
        process.wait()
        sandbox.faults()
    assert process.returncode != 0 and "Stopped before the end" in stderr
    assert "Traceback" not in stderr
    assert took < 2
    assert (rows(store), rows(store, "Reponse_EC")) == before
    again = qgis("downloadreports", f"--STORE={store}", "--MODE=update", json=True)
    assert again.returncode == 0 and again.results["COUNT"] == len(before[0])


def test_two_programs_at_once_on_one_store(profile, sandbox, store, tmp_path):
    """One after the other, or one of them is told so; never half of each."""
    running = [
        start_qgis_process(
            "run", "geocollab:downloadreports", f"--CONNECTION={sandbox.connection}", f"--STORE={store}",
            f"--STATUSES={status}", profile=profile,
        )
        for status in ("submit", "valid")
    ]  # fmt: skip
    ended = [process.communicate(timeout=60) for process in running]
    codes = [process.returncode for process in running]
    assert 0 in codes, ended
    for code, (_stdout, stderr) in zip(codes, ended):
        assert code == 0 or "Another program is writing" in stderr
    with contextlib.closing(sqlite3.connect(store)) as connection:
        assert len(connection.execute("SELECT DISTINCT Statut FROM Signalement").fetchall()) == 1
        orphans = 'SELECT count(*) FROM Reponse_EC WHERE "NoSignalement" NOT IN (SELECT id FROM Signalement)'
        assert connection.execute(orphans).fetchone() == (0,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
