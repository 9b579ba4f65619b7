"""Single reports as they are now, in few requests."""

from datetime import datetime, timedelta, timezone

import pytest

from geocollab.client.errors import MalformedAnswer, ServerFault
from geocollab.store.store import Store
from geocollab.workflows.reports.report_filter import ReportFilter
from geocollab.workflows.reports.reports_now import FEW, last_download, reports_now
from sandbox.process import SandboxProcess
from tests.workflows.downloads import World

OURS = ReportFilter(community=375)


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=300, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture
def world(process):
    process.faults()
    found = World(process)
    process.clear_journal()
    yield found
    process.faults()


@pytest.fixture
def numbers(world):
    """The reports of community 375."""
    found = list(world.reports(communities=375))
    world.process.clear_journal()
    return found


def now(world, numbers, **options):
    api = world.api()
    with api.session:
        return reports_now(api, numbers, **options)


def touch(world, number):
    answered = world.call(
        "POST", f"/reports/{number}/replies", user="admin", json={"content": "vu", "status": "pending"}
    )
    assert answered.status_code == 201, answered.text


def opened(world):
    """An open report of 375, just made."""
    members = {"geometry": "POINT(2.35 48.85)", "comment": "a", "community": 375}
    return world.call("POST", "/reports", json=members).json()["id"]


def test_few_are_asked_for_one_by_one(world, numbers):
    found = now(world, numbers[:3])
    assert list(found) == numbers[:3]
    assert found == {number: world.call("GET", f"/reports/{number}").json() for number in numbers[:3]}


def test_gone_and_hidden_are_none(world, numbers):
    hidden = world.call(
        "POST", "/reports", user="contributeur",
        json={"geometry": "POINT(2 48)", "comment": "a", "community": 512},
    ).json()["id"]  # fmt: skip
    found = now(world, [numbers[0], 999_999_999, hidden])
    assert found[numbers[0]]["id"] == numbers[0] and found[999_999_999] is None and found[hidden] is None


def test_nothing_is_no_request(world):
    assert now(world, []) == {} and not world.requests_made()


def test_of_many_only_the_list_of_changes_is_read(world, numbers):
    since = datetime.now(timezone.utc) - timedelta(seconds=2)
    mine = opened(world)
    touch(world, mine)
    world.process.clear_journal()
    found = now(world, [*numbers, mine], since=since, communities={375})
    assert mine in found and len(found) < len(numbers) and set(found) <= {*numbers, mine}
    assert found[mine]["replies"][0]["content"] == "vu"
    assert len(world.requests_made()) == 2
    queries = [dict(map(tuple, entry["query"])) for entry in world.process.journal("/reports$")]
    assert all(query["communities"] == "375" for query in queries)


def test_what_changed_is_what_one_by_one_would_have_shown(world, numbers):
    since = datetime.now(timezone.utc) - timedelta(days=60)
    changed, every = now(world, numbers, since=since), now(world, numbers)
    assert len(every) == len(numbers) and 0 < len(changed) < len(numbers)
    assert all(changed[number] == every[number] for number in changed)
    left = [row for number, row in every.items() if number not in changed]
    assert all(datetime.fromisoformat(row["updating_date"]) < since for row in left)


def test_when_more_changed_than_is_asked_for_one_by_one_is_shorter(world, numbers):
    long_ago = datetime(2000, 1, 1, tzinfo=timezone.utc)
    found = now(world, numbers[: FEW + 1], since=long_ago)
    assert set(found) == set(numbers[: FEW + 1])
    assert len(world.requests_made()) == 4, "the number of changes, then pages of a hundred"


def test_a_server_that_does_not_say_how_many_is_asked_one_by_one(world, numbers):
    world.process.faults({"kind": "no_content_range", "times": None})
    since = datetime.now(timezone.utc) - timedelta(days=10_000)
    assert set(now(world, numbers[:12], since=since)) == set(numbers[:12])


def test_faults_are_told(world, numbers, monkeypatch):
    from geocollab.client import session

    monkeypatch.setattr(session, "FIRST_DELAY", 0.01)
    world.process.faults({"kind": "status", "status": 500, "times": None})
    with pytest.raises(ServerFault):
        now(world, numbers[:2])
    world.process.faults({"kind": "not_json", "times": None})
    with pytest.raises(MalformedAnswer):
        now(world, numbers[:2])


def test_the_moment_of_the_last_download(world, tmp_path):
    with Store(tmp_path / "a.sqlite") as store:
        assert last_download(store) is None
    world.download(tmp_path / "a.sqlite", OURS)
    with Store(tmp_path / "a.sqlite") as store:
        moment = last_download(store)
        newest = store.one('SELECT max("Date_MAJ") FROM "Signalement"')
        assert moment.tzinfo and moment >= datetime.fromisoformat(newest)
        for odd in ({}, {"watermark": None}, {"watermark": "hier"}):
            with store.atomic():
                store.set_state("download", odd)
            assert last_download(store) is None
