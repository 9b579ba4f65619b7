"""Following through Processing: three requests, table and page, what is remembered when, the real program."""

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
import requests
from qgis.core import QgsProcessingException, QgsVectorLayer

from geocollab.provider.project import layers
from sandbox.world.people import BY_NAME
from tests.qgis_process import run_qgis_process

ROOT = Path(__file__).resolve().parents[2]
CANTONS = ROOT / "sandbox" / "data" / "cantons.geojson"


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


@pytest.fixture
def call(sandbox):
    """`call("POST", "/reports", "admin", json=…)`: one plain request; the answer's JSON."""

    def ask(method, path, user, **more):
        with requests.Session() as http:
            http.trust_env = False
            url, account = f"{sandbox.url}/gcms/api{path}", (user, BY_NAME[user].password)
            answer = http.request(method, url, auth=account, timeout=30, **more)
            assert answer.ok, answer.text
            return answer.json() if answer.content else None

    return ask


@pytest.fixture
def created(call):
    """A report of the account's own, made for the test."""
    body = {"geometry": "POINT(2.36 48.86)", "community": 375, "comment": "Bordure cassée"}
    return call("POST", "/reports", "membre", json=body)["id"]


@pytest.fixture
def follow(run, sandbox, tmp_path):
    """`follow(MINE=True)`: the reports of community 375, in a store of the test's own."""

    def call(**parameters):
        defaults = {"CONNECTION": str(sandbox.connection), "COMMUNITY": "375", "STORE": str(tmp_path / "s.sqlite")}
        return run("followreports", **{**defaults, **parameters})

    return call


def rows(layer):
    return [dict(zip(layer.fields().names(), feature.attributes())) for feature in layer.getFeatures()]


def reply(call, number, content="Vu", status="pending"):
    return call("POST", f"/reports/{number}/replies", "admin", json={"content": content, "status": status})


def test_nothing_new_takes_three_requests(follow, sandbox, feedback):
    first = follow(MINE=True)
    assert first["COUNT"] == 0 and first["SINCE"] == "" and first["FOLLOWED_COUNT"] > 0
    sandbox.clear_journal()
    second = follow(MINE=True)
    asked = [entry["path"] for entry in sandbox.journal("^/gcms/api")]
    assert second["COUNT"] == 0 and len(asked) == 3
    assert second["REQUEST_COUNT"] == 4, "signing in is one more"
    assert re.match(r"20\d\d-\d\d-\d\dT", second["SINCE"])
    assert any("Nothing has happened since" in line for line in feedback.infos)


def test_a_reply_as_table_page_and_numbers(follow, call, created, tmp_path):
    follow(MINE=True)
    reply(call, created, "Nous y allons")
    found = follow(MINE=True, OUTPUT="TEMPORARY_OUTPUT", REPORT=str(tmp_path / "page.html"))
    assert (found["COUNT"], found["REPLY_COUNT"], found["STATUS_COUNT"]) == (2, 1, 1)
    assert found["IDS"] == str(created)
    by_kind = {row["event"]: row for row in rows(found["OUTPUT"])}
    answer = by_kind["reply"]
    assert (answer["report"], answer["author"], answer["by_me"]) == (created, "admin", False)
    assert answer["detail"] == "Nous y allons" and answer["url"].endswith(f"/georem/{created}")
    assert answer["date"].isValid()
    assert by_kind["status"]["after"] == "En cours de traitement"
    page = Path(found["REPORT"]).read_text(encoding="utf-8")
    assert "Nous y allons" in page and "<script" not in page and str(created) in page
    assert follow(MINE=True)["COUNT"] == 0


def test_the_table_leads_to_other_operations(follow, run, call, created, store, sandbox):
    follow(STORE=str(store))
    call("PATCH", f"/reports/{created}", "membre", json={"comment": "Bordure très cassée"})
    found = follow(STORE=str(store), OUTPUT="TEMPORARY_OUTPUT")
    assert found["EDITED_COUNT"] == 1
    assert run("selectlinked", INPUT=found["OUTPUT"], STORE=str(store))["IDS"] == str(created)


def test_a_page_that_cannot_be_written_remembers_nothing(follow, call, created, tmp_path):
    follow(MINE=True)
    reply(call, created)
    with pytest.raises(QgsProcessingException):
        follow(MINE=True, REPORT=str(tmp_path / "no" / "such" / "page.html"))
    (tmp_path / "file").write_text("")
    with pytest.raises(QgsProcessingException):
        follow(MINE=True, OUTPUT=str(tmp_path / "file" / "table.gpkg"))
    assert follow(MINE=True)["REPLY_COUNT"] == 1


def test_looking_without_remembering(follow, call, created):
    follow(MINE=True)
    reply(call, created)
    assert follow(MINE=True, REMEMBER=False)["COUNT"] == follow(MINE=True)["COUNT"] == 2


def test_others_only(follow, call, created):
    follow()
    call("POST", f"/reports/{created}/replies", "membre", json={"content": "Je précise", "status": "pending"})
    found = follow(OTHERS_ONLY=True, REMEMBER=False)
    assert found["REPLY_COUNT"] == 0 and follow()["REPLY_COUNT"] == 1


def test_a_zone_and_everything_else_apart(follow, call, created):
    inside = follow(ZONE=str(CANTONS), FIRST="new")
    everywhere = follow(FIRST="new")
    assert 0 < inside["NEW_COUNT"] < everywhere["NEW_COUNT"] == everywhere["FOLLOWED_COUNT"]
    assert follow(ZONE=str(CANTONS))["COUNT"] == follow()["COUNT"] == 0


def test_layers_in_a_project_show_the_change(follow, call, created, sandbox, run, project, tmp_path):
    run("downloadreports", CONNECTION=str(sandbox.connection), COMMUNITY="375", STORE=str(tmp_path / "s.sqlite"))
    shown = layers.add_reports(project, tmp_path / "s.sqlite", "Reports")["Signalement"]
    before = shown.featureCount()
    follow()
    call("DELETE", f"/reports/{created}", "admin")
    new = call("POST", "/reports", "admin", json={"geometry": "POINT(2.36 48.86)", "community": 375})["id"]
    call("POST", "/reports", "admin", json={"geometry": "POINT(2.36 48.86)", "community": 375})
    found = follow()
    assert (found["VANISHED_COUNT"], found["NEW_COUNT"]) == (1, 2)
    assert shown.featureCount() == before + 1
    assert shown.getFeature(new).isValid() and not shown.getFeature(created).isValid()


def test_without_an_account(follow, sandbox):
    connection = str(sandbox.connection_for(None, "anonymous"))
    found = follow(CONNECTION=connection, COMMUNITY="96", FIRST="new", OTHERS_ONLY=True)
    assert found["NEW_COUNT"] == found["FOLLOWED_COUNT"] > 0
    assert follow(CONNECTION=connection, COMMUNITY="96")["COUNT"] == 0


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"FIRST": "later"}, "FIRST: “later” is not one of remember, new"),
        ({"COMMUNITY": "1"}, "You are not a member of the community “1”"),
        ({"ZONE": "nosuch.gpkg"}, "nosuch.gpkg"),
        ({"STORE": ""}, "Give a file in STORE, or save the project"),
        ({"STATUSES": "open"}, "STATUSES: “open” is not one of submit"),
    ],
)
def test_what_is_refused(follow, project, parameters, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        follow(**parameters)


def test_mine_without_an_account(follow, sandbox):
    with pytest.raises(QgsProcessingException, match="this connection has none"):
        follow(CONNECTION=str(sandbox.connection_for(None, "anonymous")), COMMUNITY="96", MINE=True)


def test_the_real_program(sandbox, call, created, tmp_path):
    command = ("run", "geocollab:followreports", f"--CONNECTION={sandbox.connection}", "--COMMUNITY=375", "--MINE=true",
               f"--STORE={tmp_path / 's.sqlite'}", f"--OUTPUT={tmp_path / 'news.csv'}",
               f"--REPORT={tmp_path / 'news.html'}")  # fmt: skip
    first = run_qgis_process(*command, profile=tmp_path / "profile", json=True)
    assert first.returncode == 0, first.stderr
    assert first.results["COUNT"] == 0 and first.results["FOLLOWED_COUNT"] > 0
    reply(call, created, "Réparé", "valid")
    second = run_qgis_process(*command, profile=tmp_path / "profile", json=True)
    assert second.returncode == 0, second.stderr
    assert (second.results["CLOSED_COUNT"], second.results["REPLY_COUNT"]) == (1, 1)
    table = QgsVectorLayer(str(tmp_path / "news.csv"), "news", "ogr")
    assert {feature["event"] for feature in table.getFeatures()} == {"reply", "closed"}
    assert "Réparé" in (tmp_path / "news.html").read_text(encoding="utf-8")
    with contextlib.closing(sqlite3.connect(tmp_path / "s.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM geocollab_follow").fetchone() == (1,)
