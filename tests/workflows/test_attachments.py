"""Documents joined to reports and deleted from them: what the server has afterwards, and what the store has."""

import json
import sqlite3

import pytest
import requests

from geocollab.client import session as session_module
from geocollab.client.auth import Anonymous, basic
from geocollab.client.errors import Cancelled, Unreachable
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.outbox import Outbox
from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from geocollab.workflows.contributions.attachments import add_attachments, delete_attachments, reports_of_documents
from geocollab.workflows.errors import InputError, Interrupted
from sandbox.process import SandboxProcess
from sandbox.world.people import BY_NAME
from tests.workflows.downloads import Heard

POSTED = r"/reports/\d+/attachments$"


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=60, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture
def world(process, tmp_path, monkeypatch):
    monkeypatch.setattr(session_module, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(sending, "SETTLING", 0.0)
    process.faults()
    process.clear_journal()
    yield World(process, tmp_path)
    process.faults()


class World:
    """A sandbox, a store, and plain requests to look at the one and the other."""

    def __init__(self, process, folder):
        self.process = process
        self.folder = folder
        self.path = folder / "reports.sqlite"
        self.url = process.url + "/gcms/api"
        self.watch = Heard()

    def file(self, name, content=b"content"):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    def call(self, method, path, user="membre", **more):
        account = (user, BY_NAME[user].password)
        answer = requests.request(method, self.url + path, auth=account, timeout=30, **more)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def create(self, user="membre", **members):
        members = {"geometry": "POINT(2.35 48.85)", "comment": "Un document", "community": 375, **members}
        return self.call("POST", "/reports", user, json=members)["id"]

    def close(self, number):
        """Only a manager may."""
        self.call("POST", f"/reports/{number}/replies", "admin", json={"content": "Fait", "status": "valid"})

    def there(self, number):
        """Name and size of each document that the server has."""
        found = self.call("GET", f"/reports/{number}")["attachments"]
        return sorted((document["filename"], document["size"]) for document in found)

    def stored(self, number):
        sql = 'SELECT "Fichier", "Taille" FROM "Document_EC" WHERE "NoSignalement" = ? ORDER BY 1'
        connection = sqlite3.connect(str(self.path))
        rows = connection.execute(sql, (number,)).fetchall()
        connection.close()
        return rows

    def posted(self, method="POST"):
        return [entry for entry in self.process.journal("attachments") if entry["method"] == method]

    def api(self, user="membre", cancelled=lambda: False):
        account = basic(user, BY_NAME[user].password) if user else Anonymous()
        return EspaceCo(Session(account, rate=None, concurrency=4, cancelled=cancelled), self.url, self.process.url)

    def add(self, wanted, user="membre", **more):
        api = self.api(user)
        with api.session, Store(self.path) as store:
            return add_attachments(api, store, wanted, watch=self.watch, **more)

    def delete(self, ids=(), reports=(), names="", user="membre", **more):
        api = self.api(user)
        with api.session, Store(self.path) as store:
            known = reports_of_documents(store, ids)
            return delete_attachments(api, store, known, reports, names, watch=self.watch, **more)

    def ids(self, number):
        return [document["id"] for document in self.call("GET", f"/reports/{number}")["attachments"]]


def outcomes(sent):
    return [(line.report, line.about, line.outcome) for line in sent.lines]


# ---------------------------------------------------------------------- joining


def test_documents_arrive_whole_and_are_in_the_store(world):
    one, other = world.create(), world.create()
    photo, plan = world.file("Chaussée n°1.JPG", b"\xff\xd8photo"), world.file("plan.pdf", b"%PDF" + bytes(300_000))
    sent = world.add({one: [photo, plan], other: [photo]})
    assert outcomes(sent) == [
        (one, "Chaussée n°1.JPG", "sent"), (one, "plan.pdf", "sent"), (other, "Chaussée n°1.JPG", "sent")
    ]  # fmt: skip
    assert world.there(one) == world.stored(one) == [("Chaussée n°1.JPG", 7), ("plan.pdf", 300_004)]
    assert world.there(other) == world.stored(other) == [("Chaussée n°1.JPG", 7)]
    content = {d["filename"]: requests.get(d["download_uri"], timeout=30).content
               for d in world.call("GET", f"/reports/{one}")["attachments"]}  # fmt: skip
    assert content == {"Chaussée n°1.JPG": photo.read_bytes(), "plan.pdf": plan.read_bytes()}
    assert sent.numbers()["SENT_COUNT"] == 3 and sent.reports() == [one, other]
    assert {line.status for line in sent.lines} == {"pending0"} and not world.watch.said


def test_the_same_file_is_not_sent_twice_however_it_is_given(world):
    number = world.create()
    photo, again = world.file("photo.jpg"), world.file("b/photo.jpg")
    world.add({number: [photo]})
    plan = world.file("plan.pdf")
    sent = world.add({number: [photo, photo, again, plan]})
    assert outcomes(sent) == [(number, "photo.jpg", "already"), (number, "plan.pdf", "sent")]
    assert world.there(number) == world.stored(number) == [("photo.jpg", 7), ("plan.pdf", 7)]
    assert len(world.posted()) == 2


def test_a_full_report_takes_what_it_has_already(world):
    number, files = world.create(), [world.file(f"{n}.txt", n.encode()) for n in "abcd"]
    world.add({number: files})
    world.process.clear_journal()
    assert {line.outcome for line in world.add({number: files}).lines} == {"already"}
    assert not world.posted() and len(world.there(number)) == 4


def test_again_sends_it_again(world):
    number, photo = world.create(), world.file("photo.jpg")
    for _run in range(2):
        assert world.add({number: [photo]}, again=True).count("sent") == 1
    assert world.there(number) == [("photo.jpg", 7)] * 2


def test_what_was_deleted_meanwhile_is_sent_again(world):
    number, photo = world.create(), world.file("photo.jpg")
    world.add({number: [photo]})
    world.call("DELETE", f"/reports/{number}/attachments/{world.ids(number)[0]}")
    assert outcomes(world.add({number: [photo]})) == [(number, "photo.jpg", "sent")]
    assert world.there(number) == world.stored(number) == [("photo.jpg", 7)]


def test_another_content_of_that_name_and_size_is_another_file(world):
    number = world.create()
    world.add({number: [world.file("photo.bmp", b"one")]})
    assert outcomes(world.add({number: [world.file("photo.bmp", b"two")]})) == [(number, "photo.bmp", "sent")]
    contents = {requests.get(d["download_uri"], timeout=30).content
                for d in world.call("GET", f"/reports/{number}")["attachments"]}  # fmt: skip
    assert contents == {b"one", b"two"}


def test_all_faults_are_said_and_nothing_is_sent(world):
    good, full, closed, other = (world.create() for _ in range(4))
    world.close(closed)
    photo = world.file("photo.jpg")
    big = world.file("big.zip")
    with big.open("r+b") as file:
        file.truncate(20_000_000)
    five = [world.file(f"{n}.txt", n.encode()) for n in "abcde"]
    world.process.clear_journal()
    wanted = {
        good: [photo],
        full: five,
        closed: [photo],
        999_999: [photo],
        other: [big, world.file("virus.exe"), world.folder / "absent.pdf", world.file("empty.txt", b""), photo],
    }
    sent = world.add(wanted)
    assert not world.posted()
    assert sent.count("sent", "planned") == 0 and len(sent.problems) == len(sent.lines)
    assert [line.outcome for line in sent.lines if line.report == good] == ["waiting"]
    said = "\n".join(world.watch.said)
    for words in (
        f"Report {full}: A report takes at most 4 documents; these would be 5.",
        f"Report {closed} is closed (", "its documents can no longer be changed",
        "Report 999999 is not there, or is hidden from you.",
        "big.zip has 20 MB; the service takes at most 16 MB",
        "virus.exe: documents of this kind are not accepted",
        "absent.pdf cannot be read: No such file", "empty.txt is empty",
        f"Report {other}: A report takes at most 4 documents; these would be 5.",
    ):  # fmt: skip
        assert words in said
    assert "ONLY_VALID" in sent.notes[0]
    assert [world.there(number) for number in (good, full, closed, other)] == [[], [], [], []]


def test_only_what_has_no_fault(world):
    good, bad = world.create(), world.create()
    photo = world.file("photo.jpg")
    sent = world.add({bad: [photo, world.file("virus.exe")], good: [photo]}, only_valid=True)
    assert outcomes(sent) == [
        (bad, "photo.jpg", "waiting"), (bad, "virus.exe", "fault"), (good, "photo.jpg", "sent")
    ]  # fmt: skip
    assert (world.there(bad), world.there(good)) == ([], [("photo.jpg", 7)])


def test_documents_that_are_there_count(world):
    number, photo = world.create(), world.file("photo.jpg")
    files = [("a", (f"{n}.txt", n.encode())) for n in "abcd"]
    world.call("POST", f"/reports/{number}/attachments", files=files)
    sent = world.add({number: [photo]})
    assert sent.lines[0].outcome == "fault" and "these would be 5" in sent.lines[0].detail
    assert len(world.there(number)) == 4


def test_a_report_without_document_is_left_out(world):
    one, other = world.create(), world.create()
    sent = world.add({one: [], other: [world.file("photo.jpg")]})
    assert outcomes(sent) == [(one, "", "skipped"), (other, "photo.jpg", "sent")]
    assert sent.lines[0].detail == f"Report {one}: no document is given for it."


def test_a_dry_run_changes_nothing(world):
    number, photo = world.create(), world.file("photo.jpg")
    with Store(world.path):
        before = world.path.read_bytes()
    assert outcomes(world.add({number: [photo], 999_999: [photo]}, dry_run=True)) == [
        (number, "photo.jpg", "planned"), (999_999, "photo.jpg", "fault")
    ]  # fmt: skip
    assert world.there(number) == [] and not world.posted() and world.path.read_bytes() == before


def test_a_lost_answer_sends_nothing_twice(world):
    number, photo = world.create(), world.file("photo.jpg")
    world.process.faults({"kind": "lost_answer", "path": POSTED})
    assert outcomes(world.add({number: [photo]})) == [(number, "photo.jpg", "found")]
    assert world.there(number) == world.stored(number) == [("photo.jpg", 7)] and len(world.posted()) == 1


def test_a_lost_answer_of_an_earlier_run_on_a_report_that_is_full_now(world):
    number, files = world.create(), [world.file(f"{n}.txt", n.encode()) for n in "abcd"]
    world.add({number: files[:3]})
    world.process.faults(
        {"kind": "lost_answer", "path": POSTED}, {"kind": "status", "status": 503, "path": r"reports/\d+$", "after": 1,
         "times": None}
    )  # fmt: skip
    with pytest.raises(Interrupted):
        world.add({number: files})
    world.process.faults()
    world.process.clear_journal()
    sent = world.add({number: files})
    assert [line.outcome for line in sent.lines] == ["already"] * 3 + ["found"]
    assert len(world.there(number)) == 4 and not world.posted()


def test_a_request_that_never_arrived_is_sent_again(world):
    number, photo = world.create(), world.file("photo.jpg")
    world.process.faults({"kind": "reset", "path": POSTED})
    assert outcomes(world.add({number: [photo]})) == [(number, "photo.jpg", "sent")]
    assert world.there(number) == [("photo.jpg", 7)] and len(world.posted()) == 2


@pytest.mark.parametrize(("status", "words"), [(413, "Trop gros"), (400, "Trop gros")])
def test_what_the_server_refuses_is_said_and_the_rest_is_sent(world, status, words):
    one, other, photo = world.create(), world.create(), world.file("photo.jpg")
    world.process.faults(
        {"kind": "status", "status": status, "message": "Trop gros", "path": f"/reports/{one}/attachments"}
    )
    sent = world.add({one: [photo], other: [photo]})
    assert [line.outcome for line in sent.lines] == ["refused", "sent"]
    assert words in sent.lines[0].detail and world.there(other) == [("photo.jpg", 7)]


def test_without_the_right(world):
    """A test report of somebody else."""
    number = world.create("admin", status="test")
    sent = world.add({number: [world.file("photo.jpg")]})
    (line,) = sent.lines
    assert line.outcome == "refused"
    assert line.detail.startswith(f"Report {number}: your account may not change its documents.")
    assert "It said: “Ce signalement n'attend pas de réponse”." in line.detail and world.there(number) == []


def test_without_account(world):
    with pytest.raises(InputError, match="Writing needs an account"):
        world.add({1: [world.file("photo.jpg")]}, user=None)


def test_documents_of_one_report_are_sent_one_after_another(world):
    numbers, files = [world.create() for _ in range(3)], [world.file(f"{n}.txt", n.encode()) for n in "abcd"]
    world.process.clear_journal()
    world.add(dict.fromkeys(numbers, files))
    order = [int(entry["path"].split("/")[-2]) for entry in world.posted()]
    assert [sorted(order[at : at + 3]) for at in range(0, 12, 3)] == [sorted(numbers)] * 4
    assert [world.there(number) for number in numbers] == [[(f"{n}.txt", 1) for n in "abcd"]] * 3


def test_no_network_half_way_is_said_and_the_next_run_sends_the_rest(world):
    number, files = world.create(), [world.file(f"{n}.txt", n.encode()) for n in "ab"]
    world.process.faults(
        {"kind": "reset", "path": POSTED, "after": 1, "times": None}, {"kind": "reset", "path": "/users/me", "after": 1,
         "times": None}
    )  # fmt: skip
    with pytest.raises(Interrupted, match="1 of 2 were sent") as stopped:
        world.add({number: files})
    assert isinstance(stopped.value.__cause__, Unreachable)
    world.process.faults()
    sent = world.add({number: files})
    assert [line.outcome for line in sent.lines] == ["already", "sent"]
    assert world.there(number) == world.stored(number) == [("a.txt", 1), ("b.txt", 1)]


def test_a_report_that_cannot_be_read_again_is_sent_all_the_same(world):
    number, photo = world.create(), world.file("photo.jpg")
    world.process.faults({"kind": "status", "status": 500, "path": r"reports/\d+$", "after": 1, "times": None})
    assert outcomes(world.add({number: [photo]})) == [(number, "photo.jpg", "sent")]
    assert "What was sent is sent, but the reports could not be read again" in world.watch.said[0]
    world.process.faults()
    assert world.add({number: [photo]}).lines[0].outcome == "already"
    assert world.stored(number) == [("photo.jpg", 7)], "the next run brings the store up to date"


def test_cancelled_before_anything_is_sent(world):
    number, photo = world.create(), world.file("photo.jpg")
    api = world.api(cancelled=lambda: True)
    with api.session, Store(world.path) as store, pytest.raises(Cancelled):
        add_attachments(api, store, {number: [photo]})
    assert world.there(number) == [] and not world.posted()


def test_a_file_that_goes_away_while_it_is_sent(world):
    number, photo = world.create(), world.file("photo.jpg")
    world.process.faults({"kind": "status", "status": 500, "path": POSTED, "times": 3})
    assert world.add({number: [photo]}).lines[0].outcome == "unsure"
    photo.unlink()
    with Store(world.path) as store:
        (entry,) = Outbox(store).entries("unsure")
    assert json.dumps(entry.payload).count("photo.jpg") >= 1
    line = world.add({number: [photo]}).lines[0]
    assert line.outcome == "fault" and "photo.jpg cannot be read" in line.detail


# ---------------------------------------------------------------------- deleting


@pytest.fixture
def report(world):
    """A report of `membre` with three documents, in the store."""
    number = world.create()
    world.add({number: [world.file("a.jpg", b"a"), world.file("B.JPG", b"bb"), world.file("c.pdf", b"ccc")]})
    world.process.clear_journal()
    return number


def test_deleted_by_number(world, report):
    sent = world.delete(world.ids(report)[:1])
    assert [line.outcome for line in sent.lines] == ["sent"] and sent.lines[0].about.startswith("a.jpg (")
    assert world.there(report) == world.stored(report) == [("B.JPG", 2), ("c.pdf", 3)]
    assert sent.reports() == [report] and len(world.posted("DELETE")) == 1


@pytest.mark.parametrize(("names", "left"), [("*.jpg", [("c.pdf", 3)]), ("*", []), ("C.PDF; a*", [("B.JPG", 2)])])
def test_deleted_by_name(world, report, names, left):
    sent = world.delete(reports=[report], names=names)
    assert {line.outcome for line in sent.lines} == {"sent"} and len(sent.lines) == 3 - len(left)
    assert world.there(report) == world.stored(report) == left


def test_number_and_name_together_delete_once(world, report):
    sent = world.delete(world.ids(report)[:2], [report], "a.jpg")
    assert sorted(line.about[:5] for line in sent.lines) == ["B.JPG", "a.jpg"]
    assert world.there(report) == [("c.pdf", 3)] and len(world.posted("DELETE")) == 2


def test_a_document_that_nobody_knows(world, report):
    with pytest.raises(InputError, match=r"The store has no documents 999998, 999999. Download the reports again"):
        world.delete([*world.ids(report), 999_998, 999_999])
    with pytest.raises(InputError, match="The store has no document 999999"):
        world.delete([999_999])
    assert len(world.there(report)) == 3


def test_a_document_that_is_gone_already(world, report):
    gone, kept = world.ids(report)[:2]
    world.call("DELETE", f"/reports/{report}/attachments/{gone}")
    sent = world.delete([gone])
    assert [(line.outcome, line.detail) for line in sent.lines] == [
        ("skipped", f"Document {gone} is not on report {report} any more.")
    ]
    assert world.stored(report) == world.there(report), "the store is brought up to date all the same"
    world.process.faults({"kind": "lost_answer", "path": "attachments"})
    assert [line.outcome for line in world.delete([kept]).lines] == ["sent"]
    assert world.there(report) == world.stored(report) == [("c.pdf", 3)]


def test_a_report_without_such_a_document(world, report):
    (line,) = world.delete(reports=[report], names="*.zip").lines
    assert (line.outcome, line.detail) == ("skipped", f"Report {report} has no document “*.zip”.")


def test_deleting_from_a_closed_or_unknown_report(world, report):
    world.close(report)
    lines = world.delete(reports=[report, 999_999], names="*.jpg").lines
    assert [line.outcome for line in lines] == ["fault"] * 3
    assert f"Report {report} is closed (" in lines[0].detail
    assert lines[2].detail == "Report 999999 is not there, or is hidden from you."
    assert not world.posted("DELETE") and len(world.there(report)) == 3


def test_deleting_what_others_joined(world):
    number = world.create("admin")
    world.add({number: [world.file("a.jpg")]}, user="admin")
    (line,) = world.delete(reports=[number], names="*").lines
    assert line.outcome == "refused" and line.report == number
    assert "your account may not change its documents. Its author and the managers may." in line.detail
    assert "It said: “Seuls l'auteur et les gestionnaires" in line.detail
    assert world.there(number) == [("a.jpg", 7)]


def test_a_dry_run_deletes_nothing(world, report):
    assert {line.outcome for line in world.delete(reports=[report], names="*", dry_run=True).lines} == {"planned"}
    assert len(world.there(report)) == 3 and not world.posted("DELETE")


def test_deleting_without_account(world, report):
    with pytest.raises(InputError, match="Writing needs an account"):
        world.delete(reports=[report], names="*", user=None)


def test_not_found_is_gone(world, report):
    """Between looking and deleting somebody else was faster."""
    world.process.faults({"kind": "status", "status": 404, "path": "attachments"})
    assert [line.outcome for line in world.delete(reports=[report], names="a.jpg").lines] == ["sent"]


def test_a_report_with_several_documents_counts_once_on_the_page(world):
    numbers, files = [world.create() for _ in range(2)], [world.file("a.jpg", b"a"), world.file("b.jpg", b"b")]
    sent = world.add(dict.fromkeys(numbers, files))
    (bars,) = [section.chart for section in sent.report("").sections if section.chart]
    assert [(item.value, item.tone) for item in bars.items] == [(2, "pending0")]
