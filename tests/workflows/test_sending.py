"""Never twice, never lost: whatever happens on the way, in the end each letter is there exactly once."""

import contextlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab.client import session as client_session
from geocollab.client.auth import SignIn, bearer
from geocollab.client.errors import Cancelled, ServiceError, Unauthorized, Unreachable
from geocollab.store.errors import DiskFull, StoreBusy
from geocollab.store.lock import sole_sender
from geocollab.store.outbox import Outbox
from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from geocollab.workflows.contributions.sending import Letter, waiting_elsewhere
from geocollab.workflows.errors import Interrupted
from geocollab.workflows.watch import Watch
from sandbox.process import SandboxProcess
from tests.conftest import PLUGINS, ROOT
from tests.workflows.downloads import World
from tests.workflows.letters import OPEN_GROUP, Office, answer, change, creation, documents, states

_texts = (f"texte n° {number} « é » 🚧" for number in itertools.count())


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=60, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture
def world(process):
    process.faults()
    process.clear_journal()
    yield World(process)
    process.faults()


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Without the pauses that real servers are given."""
    monkeypatch.setattr(client_session, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(sending, "SETTLING", 0.0)


@pytest.fixture
def office(world, tmp_path):
    return Office(world, tmp_path / "reports.sqlite")


@pytest.fixture
def text():
    """A text that no other test has."""
    return next(_texts)


@pytest.fixture
def report(world, text):
    """A report of `membre` that was not made through an outbox."""
    members = {"geometry": "POINT(2.3 48.8)", "comment": f"avant {text}", "community": OPEN_GROUP}
    number = world.call("POST", "/reports", json=members).json()["id"]
    world.process.clear_journal()
    return number


@pytest.fixture
def files(tmp_path):
    """Two small documents."""
    for name in ("a é.txt", "b.png"):
        (tmp_path / name).write_bytes(name.encode() * 3)
    return tmp_path / "a é.txt", tmp_path / "b.png"


def created(world, text):
    """The reports with this text on the server."""
    return list(world.reports(author=1001, comment=text).values())


def there(world, report):
    return world.call("GET", f"/reports/{report}").json()


def replies(world, report):
    return Counter(reply["content"] for reply in there(world, report)["replies"])


def attached(world, report):
    return Counter(document["filename"] for document in there(world, report)["attachments"])


def mishap(world, **fault):
    """One fault more."""
    body = json.dumps(fault).encode()
    request = urllib.request.Request(f"{world.process.url}/_faults", body, {"Content-Type": "application/json"})
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()


def posts(world, path="/reports"):
    return [entry for entry in world.process.journal(path) if entry["method"] == "POST"]


# ---------------------------------------------------------------------- when all goes well


def test_each_kind_of_letter_once_and_in_the_local_copy(office, world, text, report, files):
    doomed = world.call("POST", "/reports", json={"geometry": "POINT(2.3 48.8)", "comment": "x"}).json()["id"]
    spoilt = world.call(
        "POST", f"/reports/{report}/attachments", files={"f": ("old.txt", b"old")}
    ).json()["attachments"][0]["id"]  # fmt: skip
    new = creation(text)
    letters = [
        new,
        documents(*files, after=new),
        change(report, comment=f"après {text}"),
        answer(report, text, "pending1"),
        Letter("detach", {"document": spoilt}, report),
        Letter("delete", {}, doomed),
    ]
    outcomes = office.post(letters)
    assert states(outcomes) == ["sent"] * 6 and not office.warnings
    (made,) = created(world, text)
    assert outcomes[0].answer == outcomes[0].report == made["id"] and outcomes[1].report == made["id"]
    assert attached(world, made["id"]) == {"a é.txt": 1, "b.png": 1}
    assert there(world, report)["comment"] == f"après {text}"
    assert replies(world, report) == {text: 1} and outcomes[3].row["status"] == "pending1"
    assert attached(world, report) == {}
    assert world.call("GET", f"/reports/{doomed}").status_code == 404
    stored = office.rows('SELECT id, "Message", "Statut" FROM "Signalement" ORDER BY id')
    assert stored == [(report, f"après {text}", "pending0"), (made["id"], text, "pending0")]
    assert all(entry.told and entry.payload == {} and entry.attempts == 1 for entry in office.entries())
    assert office.requests == 7  # who am I, and one for each


def test_what_an_earlier_run_sent_is_not_sent_again(office, world, text, report, files):
    new = creation(text)
    letters = [new, documents(*files, after=new), answer(report, text)]
    first = office.post(letters)
    world.process.clear_journal()
    second = office.post(letters)
    assert states(second) == ["already"] * 3 and not posts(world)
    assert [o.report for o in second] == [o.report for o in first] and second[2].answer == first[2].answer


def test_the_same_state_is_set_again(office, world, report):
    """A change may be undone in between: what was sent says nothing of what is."""
    office.post([change(report, comment="un")])
    office.post([change(report, comment="deux")])
    assert states(office.post([change(report, comment="un")])) == ["sent"]
    assert there(world, report)["comment"] == "un"


def test_equal_letters_of_one_run_are_one(office, world, text, report):
    outcomes = office.post([creation(text), answer(report, text), creation(text), answer(report, text)])
    assert states(outcomes) == ["sent"] * 4 and outcomes[0].entry == outcomes[2].entry
    assert len(created(world, text)) == 1 and replies(world, report) == {text: 1}


def test_letters_that_differ_in_anything_are_two(office, world, text, report):
    letters = [
        creation(text),
        creation(text, at=(2.36, 48.85)),
        creation(text, community=-1),
        creation(text, sketch='{"objects":[{"type":"Point","geometry":"POINT(2 48)"}]}'),
        creation(text, status="test"),
        answer(report, text, "pending"),
        answer(report, text, "pending1"),
    ]
    assert states(office.post(letters)) == ["sent"] * 7
    assert len(created(world, text)) == 5 and replies(world, report) == {text: 2}


def test_nothing_to_send_is_no_request(office):
    assert office.post([]) == [] and office.requests == 1


def test_more_than_a_window(office, world, text):
    letters = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(sending.WINDOW + 10)]
    steps = []
    assert states(office.post(letters, watch=Watch(progress=lambda *step: steps.append(step)))) == ["sent"] * 60
    assert len({row["geometry"] for row in created(world, text)}) == 60
    assert steps == [(50, 60), (60, 60)]


# ---------------------------------------------------------------------- again


def test_again_sends_once_more_what_an_ended_run_sent(office, world, text, report, files):
    new = creation(text)
    letters = [new, documents(files[0], after=new), answer(report, text)]
    office.post(letters)
    outcomes = office.post(letters, again=True)
    assert states(outcomes) == ["sent"] * 3
    reports = created(world, text)
    assert len(reports) == 2 and all(attached(world, row["id"]) == {"a é.txt": 1} for row in reports)
    assert replies(world, report) == {text: 2}


def test_again_goes_on_with_a_run_that_did_not_end(office, world, text):
    letters = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(4)]
    office.post(letters)
    for _attempt in range(3):  # each is cut off after its first
        world.process.faults({"kind": "status", "status": 401, "method": "POST", "after": 1, "times": None})
        with pytest.raises(Interrupted):
            office.post(letters, again=True, concurrency=1)
        world.process.faults()
    office.post(letters, again=True)
    assert len(created(world, text)) == 8
    assert states(office.post(letters)) == ["already"] * 4


# ---------------------------------------------------------------------- a bad day

FAULTS = [
    {"kind": "lost_answer"},
    {"kind": "reset"},
    {"kind": "drop"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 504},
    {"kind": "html", "status": 502},
    {"kind": "html", "status": 200},
    {"kind": "not_json"},
    {"kind": "truncated_json"},
    {"kind": "redirect", "to": "/elsewhere"},
    {"kind": "rate_limit", "retry_after": 0.05},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}")
def test_one_bad_answer_each(office, world, text, report, files, fault):
    """Whether the server did it or not, it is there once; one run is enough unless the server may still be at it."""
    new = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(3)]
    letters = [*new, documents(*files, after=new[1]), answer(report, text), answer(report, text, "pending1")]
    letters += [change(report, comment="changé"), documents(files[0], report=report)]
    for method, path in (("POST", "/reports$"), ("POST", "/attachments"), ("POST", "/replies"), ("PATCH", "/reports/")):
        mishap(world, **fault, method=method, path=path, after=1)
    outcomes = office.post(letters)
    if fault.get("status") == 504:
        assert "unsure" in states(outcomes)
        outcomes = office.until_done(letters)
    assert all(outcome.done for outcome in outcomes), states(outcomes)
    made = created(world, text)
    assert len(made) == len({row["geometry"] for row in made}) == 3
    assert {row["id"] for row in made} == {outcome.report for outcome in outcomes[:3]}
    assert attached(world, outcomes[1].report) == {"a é.txt": 1, "b.png": 1}
    assert replies(world, report) == {text: 2} and attached(world, report) == {"a é.txt": 1}
    assert there(world, report)["comment"] == "changé"
    assert {row[0] for row in office.rows('SELECT id FROM "Signalement"')} >= {row["id"] for row in made}
    assert set(office.states()) == {"sent"}


def test_what_was_found_says_so(office, world, text, report, files):
    world.process.faults(*[{"kind": "lost_answer", "path": f"{end}$"} for end in ("reports", "replies", "attachments")])
    outcomes = office.post([creation(text), answer(report, text), documents(*files, report=report)])
    assert states(outcomes) == ["found"] * 3
    assert outcomes[0].report == created(world, text)[0]["id"] and outcomes[0].row["comment"] == text
    assert outcomes[1].answer == there(world, report)["replies"][0]["id"] and outcomes[1].row["content"] == text


def test_an_answer_that_is_always_lost(office, world, text):
    world.process.faults({"kind": "lost_answer", "times": None, "path": "/reports$"})
    letters = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(5)]
    assert states(office.post(letters)) == ["found"] * 5
    assert len(created(world, text)) == 5 and len(posts(world)) == 5


def test_a_server_that_always_fails_ends_and_says_so(office, world, text, report):
    world.process.faults({"kind": "status", "status": 500, "method": "POST", "times": None})
    warned = []
    outcomes = office.post([creation(text), answer(report, text)], watch=Watch(warning=warned.append))
    assert states(outcomes) == ["unsure"] * 2 and len(warned) == 2 and "500" in warned[0]
    assert len(posts(world)) == 2 * sending.ROUNDS
    world.process.faults()
    assert states(office.post([creation(text), answer(report, text)])) == ["sent"] * 2
    assert len(created(world, text)) == 1 and replies(world, report) == {text: 1}


def test_too_many_requests_for_ever(office, world, text, monkeypatch):
    """It does not go on for hours: what is put off four times is put off for this run, and surely not done."""
    monkeypatch.setattr(sending, "WINDOW", 4)
    world.process.faults({"kind": "rate_limit", "retry_after": 0.05, "method": "POST", "times": None})
    letters = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(9)]
    with pytest.raises(Interrupted, match="0 of 9"):
        office.post(letters)
    assert set(office.states()) == {"pending"}
    assert len(posts(world)) == 4 * client_session.ATTEMPTS
    world.process.faults()
    assert states(office.post(letters)) == ["sent"] * 9 and len(created(world, text)) == 9


def test_a_refusal_stops_nobody_else(office, world, text, report):
    world.call("POST", f"/reports/{report}/replies", json={"content": "clos", "status": "valid"})
    letters = [
        creation(text),
        creation(text, community=99),  # 400
        answer(report, text),  # 403: closed
        answer(987654321, text),  # 404
        creation(text, at=(2.36, 48.85)),
        change(987654321, comment="x"),
        Letter("delete", {}, 987654321),  # gone is what was wanted
    ]
    outcomes = office.post(letters, watch=Watch(explain=lambda error: f"<{error.status}>"))
    assert states(outcomes) == ["sent", "refused", "refused", "refused", "sent", "refused", "sent"]
    assert [outcome.error for outcome in outcomes] == ["", "<400>", "<403>", "<404>", "", "<404>", ""]
    assert [entry.error for entry in office.entries("refused")] == ["<400>", "<403>", "<404>", "<404>"]
    assert len(created(world, text)) == 2


def test_what_was_refused_is_tried_again(office, world, text):
    world.process.faults({"kind": "status", "status": 403, "method": "POST"})
    assert states(office.post([creation(text)])) == ["refused"]
    assert states(office.post([creation(text)])) == ["sent"]
    assert len(office.entries()) == 1 and len(created(world, text)) == 1


def test_an_account_that_is_refused(office, world, text):
    letters = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(6)]
    token = world.process.token("membre")
    world.process.faults({"kind": "expired_token", "method": "POST", "after": 2})
    with pytest.raises(Interrupted) as caught:
        office.post(letters, auth=bearer(token), concurrency=2)
    assert isinstance(caught.value.__cause__, Unauthorized)
    assert set(office.states()) <= {"sent", "unsure", "pending"} and "sent" in office.states()
    outcomes = office.post(letters, auth=bearer(world.process.token("membre")))
    assert all(outcome.done for outcome in outcomes) and len(created(world, text)) == 6


def test_an_account_whose_session_can_be_renewed(office, world, text, report):
    grant = {"grant_type": "password", "username": "membre", "password": "sandbox-membre"}  # pragma: allowlist secret
    auth = SignIn(f"{world.process.url}/auth/realms/geoplateforme", "geocollab-sandbox", grant)
    world.process.faults({"kind": "expired_token", "method": "POST", "after": 1, "path": "/gcms"})
    assert (
        states(office.post([creation(text), answer(report, text), creation(text, at=(2, 48))], auth=auth))
        == ["sent"] * 3
    )
    assert len(created(world, text)) == 2 and replies(world, report) == {text: 1}


# ---------------------------------------------------------------------- nobody there


@pytest.fixture
def own(tmp_path):
    """`own()` starts a sandbox, each time the same one at the same address."""
    running = []

    def start():
        port = int(running[0].url.rpartition(":")[2]) if running else 0
        running.append(SandboxProcess(reports=20, rate=0, state=tmp_path / "state", port=port))
        return running[-1]

    yield start
    for process in running:
        process.stop()


def test_the_network_is_gone_and_comes_back(own, tmp_path, text, monkeypatch):
    process = own()
    office = Office(World(process), tmp_path / "reports.sqlite")
    letters = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(8)]

    def gone(done, total):
        process.stop()

    monkeypatch.setattr(sending, "WINDOW", 3)
    with pytest.raises(Interrupted) as caught:  # after the first window nobody is there any more
        office.post(letters, watch=Watch(progress=gone))
    assert isinstance(caught.value.__cause__, Unreachable) and "3 of 8" in str(caught.value)
    assert office.states() == ["sent"] * 3 + ["pending"] * 5
    with pytest.raises(Unreachable):
        office.post(letters)
    world = World(own())
    assert states(office.post(letters)) == ["already"] * 3 + ["sent"] * 5
    assert len(created(world, text)) == 8


def test_the_server_is_killed_while_it_works(own, tmp_path, text):
    process = own()
    office = Office(World(process), tmp_path / "reports.sqlite")
    letters = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(12)]
    process.faults({"kind": "slow", "seconds": 0.05, "method": "POST", "times": None})
    killed = []

    def kill():
        if not killed and len(process.journal("/reports$")) >= 3:
            os.kill(process.pid, signal.SIGKILL)
            killed.append(True)
        return False

    with pytest.raises(Interrupted):
        office.post(letters, cancelled=kill)
    assert killed
    world = World(own())
    assert all(outcome.done for outcome in office.post(letters))
    assert len(created(world, text)) == 12


# ---------------------------------------------------------------------- stopped


@pytest.mark.parametrize("after", [0, 1, 5, 11])
def test_cancelled_in_mid_window(office, world, text, report, after):
    letters = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(8)]
    letters += [answer(report, f"{text} {n}") for n in range(4)]
    world.process.faults({"kind": "slow", "seconds": 0.03, "method": "POST", "times": None})
    with pytest.raises(Interrupted) as caught:
        office.post(letters, cancelled=lambda: len(posts(world)) > after)
    assert isinstance(caught.value.__cause__, Cancelled)
    assert set(office.states()) <= {"sent", "unsure", "pending"} and set(office.states()) != {"sent"}
    world.process.faults()
    outcomes = office.until_done(letters)
    assert len(created(world, text)) == 8 and all(number == 1 for number in replies(world, report).values())
    assert len(replies(world, report)) == 4 and len(outcomes) == 12


def test_cancelled_before_anything(office, world, text):
    with pytest.raises(Cancelled):
        office.post([creation(text)], cancelled=lambda: True)
    assert not posts(world) and office.entries() == []


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize("seed", range(5))
def test_killed_at_any_moment_and_run_again(office, world, text, report, files, tmp_path, seed):
    """A real program, SIGKILLed when the server has seen a random number of its letters, several times, then left."""
    code = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(PLUGINS)!r}]
from tests.workflows.letters import *
from geocollab.workflows.contributions import sending
sending.SETTLING, sending.WINDOW = 0.2, 4
class World: url = {world.url!r}
new = [creation({text!r}, at=(2.3 + n / 1000, 48.85)) for n in range(8)]
letters = [*new, *[documents({str(files[0])!r}, after=each) for each in new[:4]]]
letters += [answer({report}, f"{{{text!r}}} {{n}}") for n in range(4)]
print(states(Office(World, {str(office.path)!r}).post(letters)))
"""
    chance = random.Random(seed)
    world.process.faults({"kind": "slow", "seconds": 0.02, "method": "POST", "times": None})
    for _life in range(3):
        program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        seen, wanted = len(posts(world)), chance.randint(0, 7)
        while program.poll() is None and len(posts(world)) < seen + wanted:
            time.sleep(chance.random() / 200)
        program.kill()
        program.communicate()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout.replace("'", '"'))) <= {"sent", "found", "already"}
    made = created(world, text)
    assert len(made) == len({row["geometry"] for row in made}) == 8
    assert sum(len(row["attachments"]) for row in made) == 4
    assert all(len(row["attachments"]) <= 1 for row in made)
    assert replies(world, report) == {f"{text} {n}": 1 for n in range(4)}
    assert office.states() == ["sent"] * 16


def test_a_full_disk_before_anything_was_sent(office, world, text):
    def full(api, store, me, copy, watch):
        store.connection.execute(f"PRAGMA max_page_count = {store.one('PRAGMA page_count') + 2}")
        sending.post(api, store, me, [creation(f"{text} {'x' * 3000} {n}") for n in range(30)], copy)

    with pytest.raises(DiskFull):
        office.work(full)
    assert not posts(world) and office.entries() == []


def test_a_full_disk_in_the_middle(office, world, text, monkeypatch):
    """What was sent is found on the server by the next run, though nothing could be written about it."""
    objects = [{"type": "Point", "geometry": f"POINT({2 + n / 100} 48)", "style": {"size": n}} for n in range(100)]
    sketch = json.dumps({"objects": objects})
    letters = [creation(text, at=(2.3 + n / 1000, 48.85), sketch=sketch) for n in range(8)]

    def full(api, store, me, copy, watch):
        def few_pages_left(done, total):
            store.connection.execute(f"PRAGMA max_page_count = {store.one('PRAGMA page_count') + 3}")

        sending.post(api, store, me, letters, copy, watch=Watch(progress=few_pages_left))

    monkeypatch.setattr(sending, "WINDOW", 4)
    with pytest.raises(Interrupted) as caught:
        office.work(full)
    assert isinstance(caught.value.__cause__, DiskFull)
    assert len(posts(world)) == 8 and office.states() == ["sent"] * 4 + ["unsure"] * 4
    assert states(office.post(letters)) == ["already"] * 4 + ["found"] * 4
    assert len(posts(world)) == 8


# ---------------------------------------------------------------------- slow servers, wrong clocks


def test_a_server_that_goes_on_after_the_time_out(office, world, text, report, monkeypatch):
    """It answers nobody, and does the work all the same, later: it is not asked a second time."""
    monkeypatch.setattr(sending, "SETTLING", 1.5)
    world.process.faults({"kind": "slow", "seconds": 1.2, "method": "POST", "times": 2})
    outcomes = office.post([creation(text), answer(report, text)], read_timeout=0.4)
    assert states(outcomes) == ["found"] * 2
    assert len(created(world, text)) == 1 and replies(world, report) == {text: 1}


def test_a_server_that_takes_for_ever_is_not_asked_twice_in_one_run(office, world, text):
    world.process.faults({"kind": "slow", "seconds": 1.5, "method": "POST"})
    assert states(office.post([creation(text)], read_timeout=0.4)) == ["unsure"]
    assert not created(world, text) and office.states() == ["unsure"]
    while not created(world, text):
        time.sleep(0.05)
    assert states(office.post([creation(text)])) == ["found"] and len(created(world, text)) == 1


def test_the_next_run_waits_until_the_last_one_has_settled(office, world, text, monkeypatch):
    """Cancelled and started again at once, while the first request is still on its way."""
    monkeypatch.setattr(sending, "SETTLING", 3.0)
    world.process.faults({"kind": "slow", "seconds": 1, "method": "POST"})
    begun = time.monotonic()
    with pytest.raises(Interrupted):
        office.post([creation(text)], cancelled=lambda: time.monotonic() > begun + 0.4)
    assert states(office.post([creation(text)])) == ["found"] and len(created(world, text)) == 1


def test_the_pause_can_be_cancelled(office, world, text, monkeypatch):
    monkeypatch.setattr(sending, "SETTLING", 600.0)
    world.process.faults({"kind": "reset", "method": "POST"})
    begun = time.monotonic()
    with pytest.raises(Interrupted):
        office.post([creation(text)], watch=Watch(cancelled=lambda: time.monotonic() > begun + 0.5))
    assert office.states() == ["unsure"]


@pytest.mark.parametrize("now", ["2024-03-31T01:30:00+01:00", "2031-06-01T12:00:00+02:00"])
def test_a_server_whose_clock_is_wrong(tmp_path, text, now):
    with SandboxProcess(reports=20, rate=0, now=now) as process:
        world = World(process)
        office = Office(world, tmp_path / "reports.sqlite")
        report = world.call("POST", "/reports", json={"geometry": "POINT(2 48)", "comment": "x"}).json()["id"]
        process.faults({"kind": "lost_answer", "times": None})
        assert states(office.post([creation(text), answer(report, text)])) == ["found"] * 2
        assert len(created(world, text)) == 1 and replies(world, report) == {text: 1}


@pytest.mark.parametrize("seconds", [-7200, 7200])
def test_a_proxy_whose_date_is_wrong(office, world, text, seconds):
    world.process.faults({"kind": "lost_answer"}, {"kind": "clock", "seconds": seconds, "times": None})
    assert states(office.post([creation(text)])) == ["found"] and len(created(world, text)) == 1


# ---------------------------------------------------------------------- which is which


def lost(world, *, after=0, path="/reports$", kind="lost_answer"):
    mishap(world, kind=kind, path=path, after=after, method="POST")


def lost_for_good(office, letters):
    """The run ends before it can look."""
    office.world.process.faults(
        {"kind": "lost_answer"}, {"kind": "status", "status": 401, "path": "/reports", "method": "GET"}
    )
    with pytest.raises(Interrupted):
        office.post(letters)
    assert office.states() == ["unsure"]
    office.world.process.faults()


TWINS = [
    [{"theme": "Autre", "community": 375}, {"theme": "Mesure de terrain", "community": 375}],
    [
        {"theme": "Voirie", "community": 375, "values": {"Nature": "Chaussée"}},
        {"theme": "Voirie", "community": 375, "values": {"Nature": "Trottoir"}},
    ],
    [{"sketch": f'{{"objects": [{{"type":"Point","geometry":"POINT({n} 48)"}}]}}'} for n in (2, 3)],
    [{"community": -1}, {"community": 96}],
    [{"at": (2.35, 48.85)}, {"at": (2.35001, 48.85)}],
]


@pytest.mark.parametrize("twins", TWINS)
@pytest.mark.parametrize("which", [0, 1])
def test_of_two_alike_the_one_that_was_done_is_found(office, world, text, twins, which):
    """One answer is lost after, the other request before the server had it."""
    letters = [creation(text, **members) for members in twins]
    lost(world, after=which)
    lost(world, after=1 - which, kind="reset")
    outcomes = office.post(letters, concurrency=1)
    assert [outcome.state for outcome in outcomes] == ["found" if n == which else "sent" for n in (0, 1)]
    made = {row["id"]: row for row in created(world, text)}
    assert len(made) == 2
    for outcome, letter in zip(outcomes, letters):
        row = made[outcome.report]
        wanted = letter.payload.get("attributes") or {}
        assert row["sketch"] == letter.payload.get("sketch")
        assert [theme["theme"] for theme in row["attributes"]] == ([wanted["theme"]] if wanted else [])
        assert row.get("community", -1) == letter.payload["community"]


@pytest.mark.parametrize("form", ["text", "name_value", "empty_list"])
def test_odd_forms_of_the_theme_do_not_hide_a_report(office, world, text, form):
    lost(world)
    mishap(world, kind="odd_attributes", form=form, times=None)
    letter = creation(text, theme="Voirie", community=375, values={"Nature": "Trottoir", "Travaux prévus": "0"})
    assert states(office.post([letter])) == ["found"] and len(created(world, text)) == 1


@pytest.mark.parametrize("which", [0, 1])
def test_of_two_replies_with_one_text_the_one_that_was_done_is_found(office, world, text, report, which):
    lost(world, after=which, path="/replies$")
    lost(world, after=1 - which, path="/replies$", kind="reset")
    letters = [answer(report, text, "pending"), answer(report, text, "pending1")]
    outcomes = office.post(letters, concurrency=1)
    assert [outcome.state for outcome in outcomes] == ["found" if n == which else "sent" for n in (0, 1)]
    given = {reply["id"]: reply["status"] for reply in there(world, report)["replies"]}
    assert [given[outcome.answer] for outcome in outcomes] == ["pending", "pending1"]


def test_a_closing_that_waits_for_validation_is_found(office, world, text):
    """A17: `membre` asks for `valid` in 375 and gets `pending2`."""
    members = {"geometry": "POINT(2.35 48.85)", "comment": text, "community": 375}
    number = world.call("POST", "/reports", json=members).json()["id"]
    lost(world, path="/replies$")
    (outcome,) = office.post([answer(number, text, "valid")])
    assert (outcome.state, outcome.row["status"]) == ("found", "pending2") and replies(world, number) == {text: 1}


def test_older_things_that_look_the_same_are_not_taken_for_it(office, world, text, report, tmp_path):
    """Sent before from this store, or by somebody else."""
    (tmp_path / "same.txt").write_text("un")
    office.post([creation(text), answer(report, text), documents(tmp_path / "same.txt", report=report)])
    world.call("POST", "/reports", user="contributeur", json=creation(text).payload)
    world.call("POST", f"/reports/{report}/replies", user="contributeur", json={"content": text, "status": "pending"})
    world.process.faults(*[{"kind": "reset", "path": f"{end}$", "method": "POST"} for end in ("reports", "replies")])
    outcomes = office.post([creation(text), answer(report, text)], again=True)
    assert states(outcomes) == ["sent"] * 2
    assert len(created(world, text)) == 2 and replies(world, report) == {text: 3}


def test_of_two_documents_of_one_name_and_size(office, world, report, tmp_path):
    pairs = []
    for folder in ("un", "deux"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "photo.txt").write_text(folder[:2])
        pairs.append(documents(tmp_path / folder / "photo.txt", report=report))
    lost(world, path="/attachments$")
    lost(world, after=1, path="/attachments$", kind="reset")
    assert all(outcome.done for outcome in office.post(pairs, concurrency=1))
    assert attached(world, report) == {"photo.txt": 2}


def test_a_report_that_has_gone_meanwhile(office, world, text, report):
    """The answer was lost, then somebody deleted the report: the reply is refused, the others go on."""
    lost_for_good(office, [answer(report, text)])
    assert world.call("DELETE", f"/reports/{report}").status_code == 204
    assert states(office.post([answer(report, text), creation(text)])) == ["refused", "sent"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_report_that_may_not_be_seen_any_more_stops_nobody(office, world, text, report, status):
    lost(world, path="/replies$")
    mishap(world, kind="status", status=status, method="GET", path=f"{report}$", times=None)
    outcomes = office.post([creation(text), answer(report, text)])
    assert outcomes[0].state == "sent" and outcomes[1].done


def test_a_report_that_cannot_be_read_leaves_its_letters_unsure(office, world, text, report):
    """What nobody can say is not sent a second time."""
    lost(world, path="/replies$")
    mishap(world, kind="status", status=500, method="GET", path=f"{report}$", times=None)
    outcomes = office.post([answer(report, text), creation(text)])
    assert states(outcomes) == ["unsure", "sent"] and "500" in outcomes[0].error
    again = office.post([answer(report, text), creation(text)])
    assert states(again) == ["unsure", "already"]
    world.process.faults()
    assert states(office.post([answer(report, text)])) == ["found"] and replies(world, report) == {text: 1}


def test_a_list_that_is_not_whole_is_not_believed(office, world, text):
    lost(world)
    mishap(world, kind="short_page", rows=0, method="GET", path="/reports$", times=1)
    assert states(office.post([creation(text)])) == ["found"] and len(created(world, text)) == 1


# ---------------------------------------------------------------------- documents


def test_the_documents_of_a_report_that_was_refused_wait(office, world, text, files):
    world.process.faults({"kind": "status", "status": 400, "path": "/reports$", "method": "POST"})
    refused, fine = creation(text), creation(text, at=(2.36, 48.85))
    letters = [refused, documents(files[0], after=refused), fine, documents(files[1], after=fine)]
    outcomes = office.post(letters, concurrency=1)
    assert states(outcomes) == ["refused", "waiting", "sent", "sent"] and "was not created" in outcomes[1].error
    assert len(posts(world, "/attachments")) == 1
    assert states(office.post(letters)) == ["sent", "sent", "already", "already"]
    assert sorted(len(row["attachments"]) for row in created(world, text)) == [1, 1]


def test_a_document_that_is_refused_does_not_make_the_report_twice(office, world, text, files):
    world.process.faults({"kind": "status", "status": 413, "path": "/attachments$", "method": "POST"})
    new = creation(text)
    letters = [new, documents(*files, after=new)]
    assert states(office.post(letters)) == ["sent", "refused"]
    assert states(office.post(letters)) == ["already", "sent"]
    (made,) = created(world, text)
    assert attached(world, made["id"]) == {"a é.txt": 1, "b.png": 1}


@pytest.mark.parametrize("ends", ["gone", "changed"])
def test_a_document_that_is_no_more_what_it_was(office, world, report, files, ends):
    letter = documents(*files, report=report)
    if ends == "gone":
        files[1].unlink()
    else:
        files[1].write_bytes(b"other")
    (outcome,) = office.post([letter])
    assert outcome.state == "refused" and str(files[1]) in outcome.error and str(files[0]) not in outcome.error
    assert not posts(world, "/attachments")


def test_the_same_documents_elsewhere_are_the_same(office, world, report, files, tmp_path):
    office.post([documents(*files, report=report)])
    (tmp_path / "moved").mkdir()
    moved = [file.rename(tmp_path / "moved" / file.name) for file in files]
    assert states(office.post([documents(*moved, report=report)])) == ["already"]


# ---------------------------------------------------------------------- whose, and who


def test_accounts_and_services_of_one_store_never_mix(office, world, own, tmp_path, text):
    """The same letters, from two people and to two servers; and what one left waits for nobody else."""
    second = World(own())
    offices = [office, Office(world, office.path, user="contributeur"), Office(second, office.path)]
    for one in offices:
        one.world.process.faults({"kind": "status", "status": 400, "method": "POST", "path": "/reports$"})
        assert states(one.post([creation(text)])) == ["refused"]
    world.process.clear_journal()
    assert states(list(office.resend("refused").values())) == ["sent"]
    assert office.states() == ["sent", "refused", "refused"] and len(posts(world)) == 1
    for one in offices:
        (outcome,) = one.post([creation(text)])
        assert outcome.done
    assert len(created(world, text)) == 1 and len(created(second, text)) == 1
    assert [row["author"]["id"] for row in world.reports().values() if row["comment"] == text] == [1001, 1108]


def test_an_answer_lost_by_one_is_not_found_by_another(office, world, text):
    lost_for_good(office, [creation(text)])
    assert states(Office(world, office.path, user="contributeur").post([creation(text)])) == ["sent"]
    assert states(office.post([creation(text)])) == ["found"]


def test_one_run_at_a_time(office, world, text):
    with sole_sender(office.path):
        with pytest.raises(StoreBusy):
            office.post([creation(text)])
        with pytest.raises(StoreBusy):
            office.resend("pending")
    assert not posts(world) and office.entries() == []
    assert states(office.post([creation(text)])) == ["sent"]
    assert not list(office.path.parent.glob("*-sending"))


def test_resend_sends_what_waits_and_nothing_else(office, world, text, report, files):
    new = creation(text)
    letters = [new, documents(files[0], after=new), answer(report, text), answer(report, f"{text} 2")]
    world.process.faults({"kind": "status", "status": 400, "method": "POST", "times": None})
    office.post(letters)
    world.process.faults()
    with Store(office.path) as store, store.atomic():
        Outbox(store).drop([office.entries()[3].id])
    outcomes = office.resend()  # all states
    assert states(list(outcomes.values())) == ["sent"] * 3
    assert office.states() == ["sent", "sent", "sent", "dropped"]
    assert len(created(world, text)) == 1 and replies(world, report) == {text: 1}


def test_resend_reads_the_entries_anew(office, world, text):
    """Between listing and sending another run may have sent them."""
    world.process.faults({"kind": "status", "status": 400, "method": "POST"})
    office.post([creation(text)])
    stale = office.entries("refused")
    office.post([creation(text)])
    sent = office.work(lambda api, store, me, copy, watch: sending.resend(api, store, me, stale, copy))
    assert sent == {} and len(created(world, text)) == 1


def test_what_was_dropped_is_new_when_asked_for_again(office, world, text, files):
    world.process.faults({"kind": "status", "status": 400, "method": "POST"})
    new = creation(text)
    office.post([new, documents(files[0], after=new)])
    with Store(office.path) as store, store.atomic():
        assert Outbox(store).drop([office.entries()[0].id]) == 2
    new = creation(text)
    assert states(office.post([new, documents(files[0], after=new)])) == ["sent", "sent"]
    assert office.states() == ["dropped", "dropped", "sent", "sent"]


def test_what_waits_elsewhere(office, world, text):
    world.process.faults({"kind": "status", "status": 500, "method": "POST", "times": None})
    office.post([creation(text)])
    outcomes = office.post([creation(f"{text} 2"), creation(f"{text} 2")])
    with Store(office.path) as store:
        assert waiting_elsewhere(store, outcomes) == 1
        assert waiting_elsewhere(store, []) == 2


@pytest.mark.parametrize(
    "fault",
    [{"kind": "no_geometry"}, {"kind": "no_author"}, {"kind": "int_author"}, {"kind": "bad_sketch"},
     {"kind": "odd_attributes", "form": "text"}],
)  # fmt: skip
def test_an_odd_answer_is_kept_as_it_is(office, world, text, fault):
    world.process.faults({**fault, "method": "POST"})
    sketch = '{"objects":[{"type":"Point","geometry":"POINT(2 48)"}]}'
    (outcome,) = office.post([creation(text, sketch=sketch)])
    assert outcome.state == "sent"
    assert office.rows('SELECT "Message" FROM "Signalement"') == [(text,)]


# ---------------------------------------------------------------------- anything at all

MISHAPS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["lost_answer", "reset", "drop", "not_json", "500", "503", "429", "401", "400", "502"]),
        "path": st.sampled_from(["/reports$", "/replies$", "/attachments$", "/reports/[0-9]+$"]),
        "method": st.sampled_from(["POST", "POST", "POST", "GET", "PATCH"]),
        "after": st.integers(0, 4),
        "times": st.integers(1, 3),
    }
)


def _fault(mishap):
    kind = mishap["kind"]
    if kind == "429":
        return {**mishap, "kind": "rate_limit", "retry_after": 0.05}
    if kind == "502":
        return {**mishap, "kind": "html", "status": 502}
    return {**mishap, "kind": "status", "status": int(kind)} if kind.isdigit() else mishap


@settings(
    max_examples=12, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    mishaps=st.lists(MISHAPS, max_size=6),
    order=st.permutations(range(7)),
    concurrency=st.integers(1, 4),
    window=st.sampled_from([1, 3, 50]),
    stops=st.lists(st.integers(0, 8), max_size=2),
)
def test_any_course_of_events_ends_with_each_letter_once(
    world, files, tmp_path, monkeypatch, mishaps, order, concurrency, window, stops
):
    text = next(_texts)
    world.process.faults()
    members = {"geometry": "POINT(2.3 48.8)", "comment": f"avant {text}", "community": OPEN_GROUP}
    report = world.call("POST", "/reports", json=members).json()["id"]
    office = Office(world, tmp_path / f"{abs(hash(text))}.sqlite")
    monkeypatch.setattr(sending, "WINDOW", window)
    new = [creation(text, at=(2.3 + n / 1000, 48.85)) for n in range(3)]
    rest = [
        documents(files[0], after=new[0]),
        documents(*files, after=new[1]),
        answer(report, text, "pending"),
        answer(report, text, "pending1"),
        answer(report, f"{text} bis"),
        change(report, comment=f"après {text}"),
        documents(files[1], report=report),
    ]
    letters = [*new, *[rest[n] for n in order]]
    world.process.faults(*map(_fault, mishaps))
    for stop in stops:
        world.process.clear_journal()
        watch = Watch(cancelled=lambda stop=stop: len(posts(world)) >= stop)
        with contextlib.suppress(Interrupted, ServiceError, Cancelled):
            office.post(letters, concurrency=concurrency, watch=watch)
    office.until_done(letters, most=12, concurrency=concurrency)
    world.process.faults()
    made = created(world, text)
    assert len(made) == len({row["geometry"] for row in made}) == 3
    by_place = {row["geometry"]: Counter(d["filename"] for d in row["attachments"]) for row in made}
    assert by_place == {
        new[0].payload["geometry"]: {"a é.txt": 1},
        new[1].payload["geometry"]: {"a é.txt": 1, "b.png": 1},
        new[2].payload["geometry"]: {},
    }
    assert replies(world, report) == {text: 2, f"{text} bis": 1} and attached(world, report) == {"b.png": 1}
    assert there(world, report)["comment"] == f"après {text}"
    assert set(office.states()) == {"sent"}
    assert {row[0] for row in office.rows('SELECT id FROM "Signalement"')} == {report, *(row["id"] for row in made)}
