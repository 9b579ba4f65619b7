"""Update: the same content as a fresh replace, for three requests when nothing changed."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

import pytest
from osgeo import ogr

from geocollab.client.errors import ServerFault
from geocollab.store.store import Store
from geocollab.workflows.reports import report_lists as module
from geocollab.workflows.reports.report_filter import ReportFilter
from geocollab.workflows.zone import Zone
from tests.conftest import PLUGINS, ROOT
from tests.workflows.downloads import Heard, World, content, everything, ids, server

ALL = ReportFilter(community=375, public=True)
OURS = ReportFilter(community=375)
ZONE = "POLYGON((2.2 48.78,2.45 48.78,2.45 48.95,2.33 48.84,2.2 48.95,2.2 48.78))"
INSIDE, OUTSIDE, OTHER_SIDE = "POINT(2.4 48.85)", "POINT(2.33 48.89)", "POINT(2.28 48.80)"
WIDE = Zone(bytes(ogr.CreateGeometryFromWkt(ZONE).ExportToWkb()))
FILTERS = {
    "all": ALL,
    "community": OURS,
    "open ones in a zone": ReportFilter(
        community=375, zone=WIDE, statuses=("submit", "pending0", "pending", "pending1", "pending2")
    ),
    "recent": ReportFilter(community=375, updated_since=datetime.now(timezone.utc) - timedelta(days=20)),
    "closed": ReportFilter(community=375, public=True, closed_since=datetime.now(timezone.utc) - timedelta(days=200)),
    "a theme": ReportFilter(community=375, themes=("Voirie",)),
    "a text": ReportFilter(community=375, public=True, text="route"),
    "a department": ReportFilter(public=True, departments=("93",)),
}


@pytest.fixture(scope="module")
def process():
    with server() as running:
        yield running


@pytest.fixture
def world(process):
    process.faults()
    process.clear_journal()
    return World(process)


@pytest.fixture
def paths(tmp_path):
    return tmp_path / "kept.sqlite", tmp_path / "fresh.sqlite"


def _same_as_fresh(world, path, fresh, wanted):
    """Update the one, download the other anew, compare all tables."""
    outcome = world.download(path, wanted, "update")
    world.download(fresh, wanted)
    assert content(path) == content(fresh)
    with Store(path) as store:
        for table in ("Signalement", "Croquis_EC_Point", "Croquis_EC_Ligne", "Croquis_EC_Polygone"):
            assert store.one("SELECT CheckSpatialIndex(?, 'geom')", (table,)) == 1
    return outcome


def _created(world, geometry=INSIDE, user="admin", **members):
    body = {"geometry": geometry, "community": 375, "comment": "made by a test", **members}
    answer = world.call("POST", "/reports", user, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def _patched(world, number, user="admin", **members):
    answer = world.call("PATCH", f"/reports/{number}", user, json=members)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", FILTERS)
def test_nothing_changed(world, paths, name):
    path, _fresh = paths
    first = world.download(path, FILTERS[name])
    before = everything(path)
    world.process.clear_journal()
    outcome = world.download(path, FILTERS[name], "update")
    assert outcome.mode == "update"
    assert len(world.requests_made()) == outcome.requests <= 3
    assert (outcome.new, outcome.changed, outcome.removed, outcome.unchanged) == (0, 0, 0, first.count)
    assert everything(path) == before


@pytest.mark.parametrize(
    "change",
    [
        "changed",
        "new",
        "replied",
        "deleted",
        "closed",
        "left the zone",
        "left the box",
        "entered the zone",
        "left the community",
        "another theme",
    ],
)
def test_each_kind_of_change(world, paths, change):
    path, fresh = paths
    wanted = FILTERS["open ones in a zone"]
    number = _created(world, OUTSIDE if change == "entered the zone" else INSIDE)
    world.download(path, wanted)
    before = ids(path)
    if change == "changed":
        _patched(world, number, comment="changed")
    elif change == "new":
        number = _created(world)
    elif change == "replied":
        answer = world.call(
            "POST", f"/reports/{number}/replies", "admin", json={"content": "seen", "status": "pending"}
        )
        assert answer.status_code == 201, answer.text
    elif change == "closed":
        world.call("POST", f"/reports/{number}/replies", "admin", json={"content": "done", "status": "valid"})
    elif change == "deleted":
        assert world.call("DELETE", f"/reports/{number}", "admin").status_code == 204
    elif change == "left the zone":
        _patched(world, number, geometry=OUTSIDE)
    elif change == "left the box":
        _patched(world, number, geometry="POINT(2.5 48.9)")
    elif change == "entered the zone":
        _patched(world, number, geometry=OTHER_SIDE)
    elif change == "left the community":
        _patched(world, number, community=96)
    else:
        _patched(world, number, attributes={"community": 375, "theme": "Autre", "attributes": {}})
    outcome = _same_as_fresh(world, path, fresh, wanted)
    assert outcome.mode == "update"
    gone = change in ("closed", "deleted", "left the zone", "left the box", "left the community")
    assert (number in ids(path)) is not gone
    assert (outcome.new, outcome.changed, outcome.removed) == (
        (0, 0, 1) if gone else (1, 0, 0) if change in ("new", "entered the zone") else (0, 1, 0)
    )
    assert ids(path) ^ before == ({number} if gone or outcome.new else set())


def test_two_changes_in_one_second(world, paths):
    """The date of a report alone does not tell that it changed."""
    path, fresh = paths
    number = _created(world, user="membre")
    for turn in range(6):
        _patched(world, number, comment=f"turn {turn}")
        if turn % 2:
            _patched(
                world,
                number,
                sketch={
                    "name": "",
                    "objects": [{"type": "Point", "geometry": f"POINT(2.3 48.{turn}5)", "attributes": {}}],
                },
            )
        _same_as_fresh(world, path, fresh, OURS)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_any_sequence_of_changes_ends_like_a_fresh_download(world, paths, name, seed):
    path, fresh = paths
    chance = random.Random(f"{name} {seed}")
    wanted = FILTERS[name]
    world.download(path, wanted)
    modes = set()
    for _turn in range(3):
        for _change in range(chance.randint(0, 7)):
            _something(world, chance)
        modes.add(_same_as_fresh(world, path, fresh, wanted).mode)
    assert modes == {"update"}


def _something(world, chance):
    """One change, if the server allows it, by one of the users."""
    reports = list(world.reports(communities=375).values()) or [None]
    report, user = chance.choice(reports), chance.choice(["admin", "admin", "membre"])
    where = chance.choice([INSIDE, OUTSIDE, OTHER_SIDE, "POINT(2.36 48.93)"])
    sketch = {
        "name": "s",
        "objects": [
            {
                "type": "Ligne",
                "geometry": f"LINESTRING(2.3 48.8,2.4 48.{chance.randint(10, 99)})",
                "attributes": {"n": str(chance.random())},
            }
        ],
    }
    theme = {"community": 375, "theme": "Autre", "attributes": {}}
    path = f"/reports/{report['id']}"
    kind = chance.choice(
        ["create", "create", "comment", "move", "sketch", "theme", "community", "reply", "reply", "close", "delete"]
    )
    if kind == "create":
        members = {"comment": chance.choice(["Route", "x"]), **({"sketch": sketch} if chance.random() < 0.5 else {})}
        world.call("POST", "/reports", user, json={"geometry": where, "community": 375, **members})
    elif kind == "delete":
        world.call("DELETE", path, user)
    elif kind in ("reply", "close"):
        status = chance.choice(["valid", "reject"]) if kind == "close" else "pending"
        world.call("POST", path + "/replies", user, json={"content": f"{chance.random()}", "status": status})
    else:
        members = {
            "comment": {"comment": f"une route {chance.random()}"},
            "move": {"geometry": where},
            "sketch": {"sketch": sketch},
            "theme": {"attributes": theme},
            "community": {"community": 96, "attributes": None},
        }[kind]
        world.call("PATCH", path, user, json=members)


def test_an_update_without_download_is_one(world, paths):
    heard = Heard()
    outcome = world.download(paths[0], OURS, "update", watch=heard)
    assert outcome.mode == "replace" and outcome.count > 200 and len(heard.infos) == 1


def test_another_filter_is_a_download_of_everything(world, paths):
    path, fresh = paths
    world.download(path, ALL)
    heard = Heard()
    outcome = world.download(path, OURS, "update", watch=heard)
    assert outcome.mode == "replace" and outcome.removed > 0 and len(heard.infos) == 1
    world.download(fresh, OURS)
    assert content(path) == content(fresh)


def test_after_a_replace_by_another_program_the_update_goes_on_from_there(world, paths):
    path, fresh = paths
    world.download(path, OURS)
    _created(world)
    world.download(path, OURS)
    assert _same_as_fresh(world, path, fresh, OURS).new == 0


def _watermark(path):
    connection = sqlite3.connect(path)
    (state,) = connection.execute("SELECT value FROM geocollab_state WHERE key = 'download'").fetchone()
    connection.close()
    return json.loads(state)["watermark"]


def test_the_watermark_moves_with_success_only(world, paths, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    path, fresh = paths
    world.download(path, OURS)
    before, mark = everything(path), _watermark(path)
    time.sleep(1.1)
    _created(world)
    for after in (0, 1):
        world.process.faults({"kind": "status", "status": 500, "path": "/reports", "after": after, "times": None})
        with pytest.raises(ServerFault):
            world.download(path, OURS, "update")
        assert everything(path) == before and _watermark(path) == mark
    world.process.faults()
    assert _same_as_fresh(world, path, fresh, OURS).new == 1
    assert datetime.fromisoformat(_watermark(path)) > datetime.fromisoformat(mark)


def test_the_overlap_heals_a_clock_that_was_misread(world, paths):
    """A9: were our dates read as UTC, the server would leave out the last two hours."""
    path, fresh = paths
    world.download(path, OURS)
    number = _created(world)
    world.download(path, OURS, "update")
    world.process.clear_journal()
    world.download(path, OURS, "update")
    (asked,) = [
        dict(map(tuple, e["query"])) for e in world.process.journal("/reports$") if "updating_date" in str(e["query"])
    ]
    since = datetime.fromisoformat(asked["updating_date"])
    assert datetime.fromisoformat(_watermark(path)).replace(tzinfo=None) - since >= timedelta(hours=2)
    assert number in ids(path)
    _same_as_fresh(world, path, fresh, OURS)


def test_too_many_changes_are_a_download_of_everything(world, paths, monkeypatch):
    path, fresh = paths
    world.download(path, OURS)
    _created(world)
    monkeypatch.setattr(module, "HELD_IN_MEMORY", 0)
    assert _same_as_fresh(world, path, fresh, OURS).mode == "replace"


@pytest.mark.parametrize("limit", [200, 1])
def test_reports_that_join_unseen(world, paths, monkeypatch, limit):
    """Rows that went missing from the store's scope stand for reports shared anew without a change of date."""
    path, fresh = paths
    monkeypatch.setattr(module, "FETCHED_ONE_BY_ONE", limit)
    world.download(path, OURS)
    lost = sorted(ids(path))[:3]
    with Store(path) as store, store.atomic() as connection:
        for number in lost:
            connection.execute("DELETE FROM geocollab_scope WHERE id = ?", (number,))
            store.reports.put(store_rows(), without=[number])
    outcome = _same_as_fresh(world, path, fresh, OURS)
    assert outcome.mode == ("update" if limit == 200 else "replace")
    assert outcome.new == 3


def store_rows():
    from geocollab.store.stage import Rows

    return Rows()


def test_two_updates_at_once(world, paths):
    path, fresh = paths
    world.download(path, OURS)
    for _n in range(4):
        _created(world)
    code = f"""
import sys
sys.path[:0] = [{str(PLUGINS)!r}, {str(ROOT)!r}]
from tests.workflows.downloads import World
from geocollab.workflows.reports.report_filter import ReportFilter
class Process:
    url = {world.process.url!r}
    def token(self, user): return {world.process.token("membre")!r}
World(Process()).download({str(path)!r}, ReportFilter(community=375), sys.argv[1])
"""
    programs = [
        subprocess.Popen([sys.executable, "-c", code, mode], stderr=subprocess.PIPE)
        for mode in ("update", "update", "replace")
    ]
    for program in programs:
        _out, said = program.communicate(timeout=100)
        assert program.returncode == 0, said.decode()
    with Store(path) as store:
        assert store.one("PRAGMA integrity_check") == "ok"
    assert _same_as_fresh(world, path, fresh, OURS).new == 0
