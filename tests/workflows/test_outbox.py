"""The outbox listed, sent and given up: nothing of others, nothing twice."""

import itertools

import pytest

from geocollab.client import session
from geocollab.store.errors import StoreBusy
from geocollab.store.lock import sole_sender
from geocollab.store.outbox import STATES
from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from geocollab.workflows.contributions.outbox import COLUMNS, work_on_outbox
from geocollab.workflows.contributions.sending import Letter
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.pages.html import write_html
from sandbox.process import SandboxProcess
from tests.workflows.downloads import World
from tests.workflows.letters import Office, answer, change, creation, documents

_texts = (f"Un trou n° {number}, {'très profond, ' * 20}" for number in itertools.count())
"""Each its own: what looks the same and was made a moment ago would be found."""


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=30, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture
def world(process, monkeypatch):
    monkeypatch.setattr(sending, "SETTLING", 0.0)
    monkeypatch.setattr(session, "FIRST_DELAY", 0.01)
    process.faults()
    yield World(process)
    process.faults()


@pytest.fixture
def office(world, tmp_path):
    return Office(world, tmp_path / "reports.sqlite")


@pytest.fixture
def report(world):
    return world.call("POST", "/reports", json={"geometry": "POINT(2 48)", "comment": "x", "community": 96}).json()[
        "id"
    ]


@pytest.fixture
def text():
    return next(_texts)


@pytest.fixture
def full(text, office, world, report, tmp_path, monkeypatch):
    """One entry of each kind that waits, and one that was sent: ids 1 to 7."""
    (tmp_path / "a é.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    new = creation(text)
    monkeypatch.setattr(sending, "ROUNDS", 1)
    world.process.faults({"kind": "status", "status": 500, "times": None, "method": "POST"})
    letters = [
        new,
        documents(tmp_path / "a é.txt", tmp_path / "b.txt", after=new),
        answer(report, "Vu  sur\nplace"),
    ]
    office.post(letters)
    refusals = [{"kind": "status", "status": 400, "times": None, "method": method} for method in ("PATCH", "DELETE")]
    world.process.faults(*refusals)
    office.post([change(report, comment="b", position=(2, 49)), Letter("detach", {"document": 77}, report)])
    office.post([Letter("delete", {}, 123456)])
    world.process.faults()
    office.post([answer(report, "parti")])
    world.process.clear_journal()
    monkeypatch.setattr(sending, "ROUNDS", 3)
    return office


def work(office, action="list", **options):
    """Without network unless it is to send."""
    if action != "retry":
        with Store(office.path) as store:
            return work_on_outbox(store, action, **options)
    return office.work(
        lambda api, store, me, copy, watch: work_on_outbox(store, action, api=api, watch=watch, **options)
    )


def cells(found, *names):
    places = [[name for name, _kind in COLUMNS].index(name) for name in names]
    return [tuple(row[place] for place in places) for row in found.rows()]


# ---------------------------------------------------------------------- list


def test_what_waits_is_listed(full, world, report):
    found = work(full)
    assert cells(found, "id", "kind", "state", "report", "what") == [
        (1, "create", "unsure", None, found.rows()[0][8]),
        (2, "attach", "pending", None, "a é.txt, b.txt"),
        (3, "reply", "unsure", report, "Vu sur place"),
        (4, "change", "refused", report, "message, position"),
        (5, "detach", "refused", report, "77"),
        (6, "delete", "refused", 123456, None),
    ]
    shown = found.rows()[0][8]
    assert shown.startswith("Un trou") and shown.endswith("…") and len(shown) <= 120
    assert found.numbers()["COUNT"] == 6 and found.numbers()["SENT_COUNT"] == 1
    assert cells(found, "url")[2] == (f"{world.process.url}/georem/{report}",)
    assert cells(found, "error")[0][0] and "500" in cells(found, "error")[0][0]
    assert cells(found, "service", "account")[0] == (world.url, 1001)
    assert not world.requests_made() and full.states() == [row[3] for row in found.rows()] + ["sent"]


def test_of_what_was_sent_no_content_is_kept(full, world, report):
    found = work(full, states=["sent"])
    ((number, what, result, url),) = cells(found, "id", "what", "answer", "url")
    assert (number, what) == (7, None) and result > 0 and url.endswith(f"/georem/{report}")


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"kinds": ["create", "reply"]}, [1, 3]),
        ({"states": ["refused"]}, [4, 5, 6]),
        ({"states": ["refused", "sent"], "kinds": ["reply", "delete"]}, [6, 7]),
        ({"numbers": [7, 2, 2]}, [2, 7]),
        ({"numbers": [1, 4], "states": ["refused"]}, [4]),
        ({"kinds": ["create"], "states": ["dropped"]}, []),
    ],
)
def test_filters_add_up(full, options, ids):
    assert [entry.id for entry in work(full, **options).entries] == ids


def test_numbers_of_no_entry(full):
    with pytest.raises(InputError, match=r"The outbox has no entry 99\. “List” shows those it has\."):
        work(full, numbers=[1, 99])
    with pytest.raises(InputError, match="no entries 98, 99"):
        work(full, "drop", numbers=[98, 1, 99, 98])
    assert "dropped" not in full.states()


def test_an_empty_outbox(office, tmp_path):
    Store(office.path).close()
    found = work(office)
    assert found.rows() == [] and set(found.numbers().values()) == {0}
    page = write_html(found.report(), tmp_path / "p.html").read_text(encoding="utf-8")
    assert "Nothing waits" in page


def test_the_page(full, tmp_path):
    page = write_html(work(full, states=STATES).report(), tmp_path / "p.html").read_text(encoding="utf-8")
    for text in ("Outbox", "Un trou", "a é.txt", "perhaps sent", "refused", "georem/"):
        assert text in page
    assert "<script" not in page


def test_hostile_texts_are_escaped(office, world, tmp_path):
    nasty = "<img src=x onerror=alert(1)>"
    world.process.faults({"kind": "status", "status": 400, "message": nasty, "method": "POST"})
    office.post([creation(nasty)])
    page = write_html(work(office).report(), tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page and "&lt;img" in page


# ---------------------------------------------------------------------- retry


def test_retry_sends_what_waits_once(full, world, report, text):
    found = work(full, "retry", kinds=["create", "attach", "reply"])
    assert found.done == 3 and [entry.state for entry in found.entries] == ["sent"] * 3
    assert (found.numbers()["UNSURE_BEFORE_COUNT"], found.numbers()["UNSURE_COUNT"]) == (2, 0)
    assert (found.numbers()["SENT_BEFORE_COUNT"], found.numbers()["SENT_COUNT"]) == (1, 4)
    made = [row for row in world.reports(author=1001).values() if row["comment"] == text]
    assert len(made) == 1 and len(made[0]["attachments"]) == 2
    assert [r["content"] for r in world.call("GET", f"/reports/{report}").json()["replies"]] == [
        "Vu  sur\nplace",
        "parti",
    ]
    assert work(full, "retry", kinds=["create", "attach", "reply"]).entries == []
    assert len([row for row in world.reports(author=1001).values() if row["comment"] == text]) == 1


def test_what_was_sent_is_in_the_local_copy(full, report):
    """Replies and documents too, which the answer to their request does not show."""
    work(full, "retry")
    assert full.rows('SELECT "Contenu" FROM "Reponse_EC" WHERE "NoSignalement" = ? ORDER BY id', report) == [
        ("parti",),
        ("Vu  sur\nplace",),
    ]
    assert full.rows('SELECT count(*) FROM "Document_EC"') == [(2,)]


def test_retry_of_one_entry(full, world):
    found = work(full, "retry", numbers=[4])
    assert (found.done, full.states()[3]) == (1, "sent")
    assert full.states()[:3] == ["unsure", "pending", "unsure"]


def test_documents_whose_report_was_not_sent_wait(full):
    found = work(full, "retry", numbers=[2])
    assert found.done == 0 and cells(found, "state") == [("pending",)]
    assert "was not created" in cells(found, "error")[0][0]


def test_what_others_wait_for_is_listed_and_not_sent(full, world):
    other = Office(world, full.path, user="contributeur")
    before = full.states()
    found = work(other, "retry")
    assert len(found.entries) == 6 and found.done == 0 and full.states() == before
    (note,) = found.notes
    assert note.startswith("6 entries were made for another service or with another account")
    world.process.faults({"kind": "status", "status": 400, "method": "POST"})
    other.post([creation("mien")])
    found = work(other, "retry")
    assert found.done == 1 and len(found.notes) == 1 and full.states()[:6] == before[:6]


def test_retry_when_it_is_refused_again(full, world):
    world.process.faults({"kind": "status", "status": 403, "times": None, "method": "PATCH", "message": "Non !"})
    found = work(full, "retry", numbers=[4])
    assert found.done == 0 and cells(found, "state", "attempts") == [("refused", 2)]
    assert "Non !" in cells(found, "error")[0][0]


def test_retry_without_a_server(full, world):
    world.process.faults(
        {"kind": "reset", "times": None, "method": "POST"},
        {"kind": "reset", "path": "users/me$", "after": 3, "times": None},
    )
    with pytest.raises(Interrupted, match="0 of 1 was sent"):
        work(full, "retry", numbers=[3])
    assert full.states()[2] == "unsure"


def test_what_was_sent_stays_sent_when_it_cannot_be_read_again(full, world, report):
    world.process.faults(
        {"kind": "status", "status": 500, "path": f"{report}$", "method": "GET", "after": 1, "times": None}
    )
    warned = []

    def task(api, store, me, copy, watch):
        watch.warn = warned.append
        return work_on_outbox(store, "retry", numbers=[3], api=api, watch=watch)

    assert full.work(task).done == 1
    assert any("could not be read again" in sentence for sentence in warned)


# ---------------------------------------------------------------------- drop


def test_drop_gives_up_what_waits_with_its_documents(full, world):
    found = work(full, "drop", numbers=[1])
    assert found.done == 2 and full.states()[:3] == ["dropped", "dropped", "unsure"]
    assert found.notes == [
        "1 of what was given up may have reached the server all the same: look at it on the web site."
    ]
    assert not world.requests_made()


def test_drop_leaves_what_was_sent(full):
    found = work(full, "drop", numbers=[7])
    assert (found.done, found.entries) == (0, []) and full.states()[6] == "sent"
    found = work(full, "drop")
    assert found.done == 6 and set(full.states()[:6]) == {"dropped"} and full.states()[6] == "sent"
    assert found.numbers()["DROPPED_COUNT"] == 6 and found.numbers()["DROPPED_BEFORE_COUNT"] == 0
    assert work(full, "drop").done == 0


@pytest.mark.parametrize("action", ["retry", "drop"])
def test_states_that_do_not_wait(full, action):
    with pytest.raises(
        InputError, match="Only what waits can be sent or given up: not sent yet, perhaps sent, refused"
    ):
        work(full, action, states=["sent", "dropped"])


@pytest.mark.parametrize("action", ["retry", "drop"])
def test_not_while_another_run_is_sending(full, action):
    before = full.states()
    with sole_sender(full.path), pytest.raises(StoreBusy):
        work(full, action)
    assert full.states() == before
