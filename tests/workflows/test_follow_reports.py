"""Following reports of a sandbox: what is told, once, and what is asked for it."""

import dataclasses
import sqlite3
from datetime import datetime, timedelta, timezone

import pytest
from osgeo import ogr

from geocollab.client.errors import Cancelled, ServerFault
from geocollab.store.store import Store
from geocollab.workflows.pages.html import render
from geocollab.workflows.reports import report_lists
from geocollab.workflows.reports.follow_outcome import COLUMNS, FollowOutcome
from geocollab.workflows.reports.follow_reports import follow_reports
from geocollab.workflows.reports.report_filter import ReportFilter
from geocollab.workflows.watch import Watch
from geocollab.workflows.zone import Zone
from sandbox.process import SandboxProcess
from tests.workflows.downloads import Heard, World, ids

OURS = ReportFilter(community=375)
MEMBER, ADMIN = 1001, 1002
MINE = ReportFilter(community=375, author=MEMBER)
OPEN = ReportFilter(community=375, statuses=("submit", "pending0", "pending", "pending1", "pending2"))
ZONE = "POLYGON((2.2 48.78,2.45 48.78,2.45 48.95,2.33 48.84,2.2 48.95,2.2 48.78))"
INSIDE, IN_ITS_BOX, OUTSIDE = "POINT(2.4 48.85)", "POINT(2.33 48.89)", "POINT(2.5 48.9)"
IN_ZONE = ReportFilter(community=375, zone=Zone(bytes(ogr.CreateGeometryFromWkt(ZONE).ExportToWkb())))
HOSTILE = "<script>alert(1)</script> & \u202e\"'><img src=x onerror=alert(1)> é€😀"


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=60, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture
def world(process):
    process.faults()
    process.clear_journal()
    return World(process)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "s.sqlite"


class Followed:
    """Runs of a follow in one store, each told and remembered unless it says otherwise."""

    def __init__(self, world, path):
        self.world, self.path = world, path

    def __call__(self, wanted=OURS, account=MEMBER, *, remember=True, layers=True, others_only=False, all_new=False,
                 watch=None, cancelled=lambda: False):  # fmt: skip
        user = {MEMBER: "membre", ADMIN: "admin"}[account]
        api = self.world.api(cancelled, self.world.process.token(user))
        with api.session, Store(self.path) as store:
            news = follow_reports(api, store, wanted, account, all_new=all_new, watch=watch)
            if remember:
                news.remember(store, layers=layers, watch=Watch())
        return FollowOutcome(news, account, others_only=others_only)


@pytest.fixture
def follow(world, path):
    return Followed(world, path)


def told(outcome):
    """(report, kind) of all events."""
    return sorted((event.report, event.kind) for event in outcome.events)


def create(world, geometry=INSIDE, user="membre", **members):
    body = {"geometry": geometry, "community": 375, "comment": "Trou dans la chaussée", **members}
    answer = world.call("POST", "/reports", user, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def patch(world, number, user="admin", **members):
    answer = world.call("PATCH", f"/reports/{number}", user, json=members)
    assert answer.status_code == 200, answer.text


def reply(world, number, status="pending", user="admin", content="Vu sur place"):
    answer = world.call("POST", f"/reports/{number}/replies", user, json={"content": content, "status": status})
    assert answer.status_code == 201, answer.text
    return answer.json()


def delete(world, number):
    assert world.call("DELETE", f"/reports/{number}", "admin").status_code == 204


# ---------------------------------------------------------------------- the first time, and nothing new


def test_the_first_run_only_remembers(world, follow):
    first = follow()
    assert first.events == [] and first.since == ""
    assert first.numbers()["FOLLOWED_COUNT"] == len(world.reports(communities=375))
    assert "what changes is told from the next run on" in first.lines()[-1]


def test_the_first_run_may_tell_all_as_new(world, follow):
    first = follow(all_new=True)
    assert told(first) == [(number, "new") for number in sorted(world.reports(communities=375))]
    assert follow(all_new=True).events == []


@pytest.mark.parametrize("wanted", [OURS, MINE, OPEN, IN_ZONE, ReportFilter(public=True, departments=("93",))])
def test_nothing_new_is_two_requests(world, follow, wanted):
    """With `users/me`, which an operation asks for before, three."""
    first = follow(wanted)
    world.process.clear_journal()
    second = follow(wanted)
    assert second.events == [] and second.numbers()["REQUEST_COUNT"] == 2 == len(world.requests_made())
    assert second.since and second.numbers()["FOLLOWED_COUNT"] == first.numbers()["FOLLOWED_COUNT"]
    assert "Nothing has happened since" in second.lines()[-1]


# ---------------------------------------------------------------------- each kind of event


def test_a_reply_by_the_manager(world, follow):
    number = create(world)
    follow(MINE)
    answer = reply(world, number, content="Vu sur place, nous y allons")
    outcome = follow(MINE)
    assert told(outcome) == [(number, "reply"), (number, "status")]
    event = next(event for event in outcome.events if event.kind == "reply")
    assert (event.author, event.author_id, event.date) == ("admin", ADMIN, answer["date"])
    assert event.detail == "Vu sur place, nous y allons" and event.about.startswith("Trou dans la chaussée")
    status = next(event for event in outcome.events if event.kind == "status")
    assert (status.before, status.after) == ("En demande de qualification", "En cours de traitement")
    assert (status.author, status.date) == ("admin", answer["date"])
    counts = outcome.numbers()
    assert (counts["COUNT"], counts["REPORT_COUNT"], counts["REPLY_COUNT"], counts["STATUS_COUNT"]) == (2, 1, 1, 1)
    assert follow(MINE).events == []


def test_a_second_reply_alone(world, follow):
    number = create(world)
    reply(world, number)
    follow()
    reply(world, number, content="Toujours en cours")
    assert told(follow()) == [(number, "reply")]


def test_a_closing_under_the_community_s_own_name(world, follow):
    number = create(world)
    follow()
    reply(world, number, "valid")
    outcome = follow()
    assert told(outcome) == [(number, "closed"), (number, "reply")]
    closed = next(event for event in outcome.events if event.kind == "closed")
    assert (closed.after, closed.author) == ("Corrigé dans la base", "admin")
    counts = outcome.numbers()
    assert (counts["CLOSED_COUNT"], counts["STATUS_COUNT"], counts["REOPENED_COUNT"]) == (1, 1, 0)


def test_a_deleted_report_has_vanished(world, follow):
    number = create(world, comment="Lampadaire éteint")
    follow()
    delete(world, number)
    outcome = follow()
    assert told(outcome) == [(number, "vanished")]
    (event,) = outcome.events
    assert event.about.startswith("Lampadaire éteint") and event.before == "En demande de qualification"
    assert outcome.numbers()["VANISHED_COUNT"] == 1
    assert follow().events == []


def test_a_new_report_with_what_came_of_it(world, follow):
    before = follow().numbers()["FOLLOWED_COUNT"]
    number = create(world, user="admin")
    assert told(follow(remember=False)) == [(number, "new")]
    reply(world, number, "reject")
    outcome = follow()
    assert told(outcome) == [(number, "closed"), (number, "new"), (number, "reply")]
    assert next(event for event in outcome.events if event.kind == "new").author == "admin"
    assert outcome.numbers()["FOLLOWED_COUNT"] == before + 1


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"comment": "Un tout autre texte"}, "message"),
        ({"geometry": "POINT(2.38 48.85)"}, "position"),
        ({"attributes": {"community": 375, "theme": "Autre", "attributes": {}}}, "theme"),
        ({"sketch": {"name": "", "objects": [{"type": "Point", "geometry": "POINT(2.3 48.8)"}]}}, "sketch"),
    ],
)
def test_an_edit(world, follow, members, kind):
    number = create(world)
    follow()
    patch(world, number, "membre", **members)
    outcome = follow()
    assert told(outcome) == [(number, kind)] and outcome.numbers()["EDITED_COUNT"] == 1
    assert outcome.events[0].author_id is None


def test_documents_come_and_go(world, follow):
    number = create(world)
    follow()
    path = f"/reports/{number}/attachments"
    assert world.call("POST", path, files={"photo": ("trou.txt", b"x", "text/plain")}).ok
    outcome = follow()
    assert told(outcome) == [(number, "document_added")] and outcome.events[0].after == "trou.txt"
    (document,) = world.call("GET", f"/reports/{number}").json()["attachments"]
    assert world.call("DELETE", f"{path}/{document['id']}").status_code == 204
    outcome = follow()
    assert told(outcome) == [(number, "document_removed")] and outcome.events[0].before == "trou.txt"


def test_two_edits_in_one_second_are_both_told(world, follow):
    number = create(world)
    follow()
    for turn in range(4):
        patch(world, number, comment=f"tour {turn}")
        assert told(follow()) == [(number, "message")]


# ---------------------------------------------------------------------- filters


def test_out_of_the_filter_is_not_vanished(world, follow):
    number = create(world)
    follow(OPEN)
    reply(world, number, "valid")
    outcome = follow(OPEN)
    assert told(outcome) == [(number, "closed"), (number, "left"), (number, "reply")]
    assert (outcome.numbers()["LEFT_COUNT"], outcome.numbers()["VANISHED_COUNT"]) == (1, 0)
    assert follow(OPEN).events == []


@pytest.mark.parametrize("to", [IN_ITS_BOX, OUTSIDE])
def test_moved_out_of_the_zone_and_in_again(world, follow, to):
    number = create(world)
    follow(IN_ZONE)
    patch(world, number, geometry=to)
    outcome = follow(IN_ZONE)
    assert told(outcome) == [(number, "left"), (number, "position")]
    assert next(event for event in outcome.events if event.kind == "position").before == "2.4 48.85"
    patch(world, number, geometry=INSIDE)
    assert [kind for _number, kind in told(follow(IN_ZONE))] in (["new"], ["entered"])


def test_an_old_report_that_comes_into_the_zone(world, follow):
    old = world.reports(communities=375, **{"status[]": "pending"}).values()
    number = min(old, key=lambda report: report["opening_date"])["id"]
    patch(world, number, geometry=OUTSIDE)
    follow(IN_ZONE)
    patch(world, number, geometry=INSIDE)
    outcome = follow(IN_ZONE)
    assert told(outcome) == [(number, "entered")] and outcome.numbers()["NEW_COUNT"] == 0


def test_into_another_community_is_not_vanished(world, follow):
    number = create(world)
    follow()
    patch(world, number, community=96)
    assert told(follow()) == [(number, "community"), (number, "left")]


def test_mine_are_those_of_the_account(world, follow):
    theirs, mine = create(world, user="admin"), create(world)
    follow(MINE)
    reply(world, theirs)
    reply(world, mine)
    assert {report for report, _kind in told(follow(MINE))} == {mine}


def test_what_i_did_myself_is_marked_and_may_be_left_out(world, follow):
    number = create(world)
    follow()
    reply(world, number, "pending", user="membre", content="Je précise")
    reply(world, number, "pending", content="Merci")
    everything = follow(remember=False)
    by_me = [row[[name for name, _kind in COLUMNS].index("by_me")] for row in everything.rows()]
    assert told(everything) == [(number, "reply"), (number, "reply"), (number, "status")]
    assert sorted(by_me) in ([False, False, True], [False, True, True])
    others = follow(others_only=True)
    assert [event.detail for event in others.events if event.kind == "reply"] == ["Merci"]
    assert follow().events == [], "what was left out is not told later either"


# ---------------------------------------------------------------------- never lost


def test_what_is_not_remembered_is_told_again(world, follow):
    number = create(world)
    follow()
    reply(world, number)
    first = follow(remember=False)
    second = follow(remember=False)
    assert told(first) == told(second) == [(number, "reply"), (number, "status")]
    assert told(follow()) == told(first)
    assert follow().events == []


def test_a_failure_on_the_way_remembers_nothing(world, follow, path, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    number = create(world)
    follow()
    reply(world, number)
    for after in (0, 1):
        world.process.faults({"kind": "status", "status": 500, "path": "/reports", "after": after, "times": None})
        with pytest.raises(ServerFault):
            follow()
    world.process.faults()
    with pytest.raises(Cancelled):
        follow(cancelled=lambda: True)
    assert told(follow()) == [(number, "reply"), (number, "status")]


def test_a_memory_that_cannot_be_written_is_as_it_was(world, follow, path):
    """The disk, another program: whatever stops the one transaction at its end."""
    number = create(world)
    follow()
    reply(world, number)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON geocollab_followed BEGIN SELECT raise(FAIL, 'full'); END"
        )
    with pytest.raises(Exception, match="full"):
        follow()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER no")
    assert told(follow()) == [(number, "reply"), (number, "status")]


def test_two_follows_in_one_store(world, follow):
    mine, theirs = create(world), create(world, user="admin")
    follow(MINE)
    follow(OURS)
    follow(OURS, ADMIN)
    reply(world, mine)
    reply(world, theirs)
    assert {report for report, _kind in told(follow(MINE))} == {mine}
    assert {report for report, _kind in told(follow(OURS))} == {mine, theirs}
    assert {report for report, _kind in told(follow(OURS, ADMIN, others_only=True))} == set()
    assert follow(MINE).events == follow(OURS).events == follow(OURS, ADMIN).events == []


def test_too_many_changes_are_found_by_reading_everything(world, follow, monkeypatch):
    numbers = [create(world) for _n in range(3)]
    follow()
    delete(world, numbers[0])
    patch(world, numbers[1], comment="changé")
    reply(world, numbers[2], "reject")
    new = create(world)
    monkeypatch.setattr(report_lists, "HELD_IN_MEMORY", 0)
    expected = [
        (numbers[0], "vanished"), (numbers[1], "message"), (numbers[2], "closed"), (numbers[2], "reply"), (new, "new"),
    ]  # fmt: skip
    assert told(follow(remember=False)) == sorted(expected)
    monkeypatch.undo()
    assert told(follow()) == sorted(expected), "both ways find the same"


def test_a_list_that_moves_while_it_is_read(world, follow):
    first = follow(all_new=True, remember=False)
    world.process.faults({"kind": "short_page", "rows": 7, "path": "/reports$"})
    heard = Heard()
    second = follow(all_new=True, watch=heard)
    assert told(first) == told(second) and len(told(first)) > 20
    assert "The list of reports changed while it was read: it is read again." in heard.infos


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "hier", None])
def test_a_mistaken_date_is_no_watermark(date):
    assert report_lists.later(None, {"updating_date": date}) is None


@pytest.mark.parametrize("skew", [timedelta(days=-3), timedelta(hours=5), timedelta(days=3)])
def test_a_server_with_another_clock(tmp_path, skew):
    now = (datetime.now(timezone.utc) + skew).isoformat(timespec="seconds")
    with SandboxProcess(reports=20, rate=0, token_life=1_000_000, now=now) as process:
        world = World(process)
        follow = Followed(world, tmp_path / "s.sqlite")
        number = create(world)
        follow()
        reply(world, number)
        new = create(world)
        assert told(follow()) == sorted([(number, "reply"), (number, "status"), (new, "new")])
        assert follow().events == []


# ---------------------------------------------------------------------- the layers of the store


def message(path, number):
    with sqlite3.connect(path) as connection:
        found = connection.execute('SELECT "Message" FROM "Signalement" WHERE id = ?', (number,)).fetchone()
    return found and found[0]


def test_a_store_for_the_memory_alone_stays_empty(world, follow, path):
    number = create(world)
    follow()
    patch(world, number, comment="changé")
    assert follow().events
    assert ids(path) == set()


def test_reports_that_are_there_are_brought_up_to_date(world, follow, path):
    changed, gone = create(world), create(world)
    world.download(path, MINE)
    follow()
    patch(world, changed, comment="changé")
    delete(world, gone)
    theirs = create(world, user="admin")
    follow()
    assert message(path, changed) == "changé" and not {gone, theirs} & ids(path)


def test_of_a_download_with_the_same_filters_all_reports(world, follow, path, tmp_path):
    left, gone = create(world), create(world)
    world.download(path, OPEN)
    follow(OPEN)
    reply(world, left, "valid")
    delete(world, gone)
    new = create(world)
    follow(OPEN)
    assert new in ids(path) and not {left, gone} & ids(path)
    world.download(path, OPEN, "update")
    world.download(tmp_path / "fresh.sqlite", OPEN)
    assert ids(path) == ids(tmp_path / "fresh.sqlite"), "the next update goes on from there"


def test_the_layers_may_be_left_alone(world, follow, path):
    number = create(world)
    world.download(path, OURS)
    follow()
    patch(world, number, comment="changé")
    assert told(follow(layers=False)) == [(number, "message")]
    assert message(path, number) == "Trou dans la chaussée"


# ---------------------------------------------------------------------- the page


def test_the_page_shows_hostile_texts_and_obeys_none(world, follow):
    number = create(world, comment=HOSTILE)
    follow()
    reply(world, number, content=HOSTILE + "x" * 100_000)
    outcome = follow()
    page = render(outcome.report())
    assert "<script>alert" not in page and "<img src=x" not in page and "\u202e" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "😀" in page
    assert f"{world.process.url}/georem/{number}" in page
    assert len(page) < 60_000, "a text that never ends is cut"
    assert next(row for row in outcome.rows() if row[1] == "reply")[8].endswith("x" * 1000), "the table has it whole"


def test_the_page_says_since_when_and_who(world, follow):
    number = create(world)
    first = render(follow().report())
    assert "for the first time" in first and "Nothing has happened." in first
    reply(world, number, user="membre", content="Je précise")
    page = render(follow().report())
    assert "Voirie et adresses de la petite couronne – since 20" in page
    assert "membre (you)" in page and "Je précise" in page and "The new replies" in page


def test_counts_add_up(world, follow):
    numbers = [create(world) for _n in range(3)]
    follow()
    reply(world, numbers[0], "valid")
    patch(world, numbers[1], comment="changé", geometry="POINT(2.39 48.85)")
    delete(world, numbers[2])
    create(world)
    outcome = follow()
    counts = outcome.numbers()
    parts = ("NEW", "ENTERED", "REPLY", "STATUS", "EDITED", "LEFT", "VANISHED")
    assert counts["COUNT"] == sum(counts[f"{part}_COUNT"] for part in parts) == len(outcome.rows()) == 6
    assert counts["REPORT_COUNT"] == len(outcome.reports) == 4
    assert all(len(row) == len(COLUMNS) for row in outcome.rows())
    dates = [event.date for event in outcome.events]
    assert dates[-1] is None, "what has no date stands at the end"
    assert dataclasses.asdict(outcome.events[-1])["kind"] == "vanished"
