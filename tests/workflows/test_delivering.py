"""Delivering: each file is sent once, whatever happens on the way; nothing is closed that is not whole."""

import contextlib
import json
import os
import time
import urllib.request
from itertools import count

import pytest

from geocollab.client.auth import password_grant
from geocollab.client.entrepot import uploads
from geocollab.client.entrepot.api import Entrepot
from geocollab.client.errors import Cancelled, Conflict, Forbidden, Unreachable
from geocollab.client.network import Network
from geocollab.client.session import Session
from geocollab.workflows.entrepot import acting, offices
from geocollab.workflows.entrepot.delivery import closing
from geocollab.workflows.entrepot.delivery.closing import close
from geocollab.workflows.entrepot.delivery.delivering import DATA as ROOT_FOLDER
from geocollab.workflows.entrepot.delivery.delivering import MD5_FILE, deliver
from geocollab.workflows.entrepot.delivery.file_sending import Sending
from geocollab.workflows.entrepot.delivery.packing import Package, Parcel
from geocollab.workflows.entrepot.delivery.sums import RunningSum
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.watch import Watch
from sandbox.world.people import BY_NAME
from tests.workflows.deliveries import DATA, Killed, killed_at, md5, package

LOST = {
    "the upload": ("/uploads$", "POST"),
    "its tags": ("/tags$", "POST"),
    "a file": (DATA, "POST"),
    "the sums": ("/md5$", "POST"),
    "the closing": ("/close$", "POST"),
}


def whole(deliveries, upload, *files):
    """The upload is closed and holds these files and their sums, nothing else."""
    assert deliveries.get(f"uploads/{upload}")["status"] == "CLOSED"
    sizes = {ROOT_FOLDER + file.name: file.stat().st_size for file in files}
    tree = deliveries.tree(upload)
    assert tree.pop(MD5_FILE) > 0
    assert tree == sizes
    return True


def once(deliveries, *files):
    """Each of these files arrived whole once, and no other did."""
    arrived = [pair for pair in deliveries.sent_whole() if pair[1] in {md5(file) for file in files}]
    assert sorted(arrived) == sorted((ROOT_FOLDER + file.name, md5(file)) for file in files)
    return True


# ---------------------------------------------------------------------- what is sent


def test_a_delivery_is_sent_summed_tagged_and_closed(deliveries):
    file = deliveries.gpkg()
    done = deliveries.dispatch(file, description="Les cantons", tags={"datasheet_name": "Cantons"})
    upload = done.delivered.upload
    assert whole(deliveries, upload, file) and once(deliveries, file)
    assert (done.status, done.delivered.files_sent, done.delivered.files_kept) == ("CLOSED", 1, 0)
    assert done.delivered.bytes_sent == done.delivered.size == file.stat().st_size
    assert done.rows() == [("data/cantons.gpkg", file.stat().st_size, md5(file), "sent", "sent")]
    assert deliveries.said[-1] == (
        "1 file was sent. The delivery “cantons” is closed and passed its checks. “Integrate vector data” makes a "
        "database of it."
    )
    (sums,) = [entry["body"] for entry in deliveries.process.journal("/md5$")]
    assert f"({MD5_FILE}, application/octet-stream, {len(md5(file)) + len('  data/cantons.gpkg') + 1} bytes" in sums
    about = deliveries.get(f"uploads/{upload}")
    assert about["tags"] == {"datasheet_name": "Cantons"} and about["description"].startswith("Les cantons [")
    assert [check.state for check in done.checked.checks] == ["passed", "passed"]
    assert deliveries.said.count("Check “Vérification vecteur”: passed.") == 1


def test_again_asks_one_thing_and_sends_nothing(deliveries):
    file, office = deliveries.gpkg(), deliveries.office()
    first = deliveries.dispatch(file, office=office)
    deliveries.process.clear_journal()
    again = deliveries.dispatch(file, office=office)
    assert [entry["method"] for entry in deliveries.process.journal("^/api/")] == ["GET"]
    assert again.delivered.upload == first.delivered.upload and again.status == "CLOSED"
    assert (again.delivered.files_sent, again.delivered.files_kept, again.delivered.bytes_sent) == (0, 1, 0)


def test_paths_of_all_sorts_arrive_as_they_are(deliveries):
    names = [
        "a&b.txt",
        "c#d.txt",
        "e+f g.txt",
        "é à ô.txt",
        "100%.txt",
        "x=y?z;.txt",
        "d o/sous-dossier/%26.txt",
        "'\".txt",
    ]
    for name in names:
        deliveries.file(f"folder/{name}", name.encode())
    done = deliveries.dispatch(deliveries.folder / "folder", type="ARCHIVE", name="names")
    assert sorted(file.path for file in done.delivered.files) == sorted(f"data/{name}" for name in names)
    for name in names:
        assert deliveries.content(done.delivered.upload, f"data/{name}") == name.encode()
    assert done.status == "CLOSED", "the sums are of these very paths"


def test_types_are_told_what_they_need(deliveries):
    infos = {"format": "TIFF_JPG_UINT8", "tms": "PM", "channels_number": 3}
    done = deliveries.dispatch(
        deliveries.file("a.tif"), type="ROK4-PYRAMID", srs="IGNF:LAMB93", infos=infos, closing=False, name="pyramid"
    )
    assert deliveries.get(f"uploads/{done.delivered.upload}")["type_infos"] == infos
    assert done.status == "OPEN"


def test_many_files_go_up_at_once_with_progress_in_bytes(deliveries):
    steps = []
    watch = Watch(progress=lambda done, total: steps.append((done, total)))
    folder = deliveries.many(50)
    total = sum(file.stat().st_size for file in folder.iterdir())
    deliveries.dispatch(folder, type="ARCHIVE", name="many", watch=watch, closing=False)
    assert once(deliveries, *folder.iterdir())
    assert len(steps) <= 100 and steps == sorted(steps) and {step[1] for step in steps} == {total}
    assert steps[-1][0] == total


def test_no_room_is_said_before_anything_is_made(deliveries):
    office = deliveries.office(datastore="decouverte")
    large = deliveries.file("large.bin", bytes(21_000_000))
    with pytest.raises(InputError, match=r"not enough room"):
        deliveries.dispatch(large, office=office, type="ARCHIVE", name="large")
    assert deliveries.written() == []


def test_no_room_of_the_organization_is_said_before_anything_is_made(deliveries):
    with organization_quota(deliveries.process, 1_000_000) as name:
        large = deliveries.file("large.bin", bytes(1_000_001))
        with pytest.raises(InputError, match=rf"“{name}” may deliver no more: 1\.0 MB are needed, and of its 1\.0 MB"):
            deliveries.dispatch(large, type="ARCHIVE", name="large")
        assert deliveries.written() == []


def test_who_may_not_read_the_quota_of_the_organization_goes_on(deliveries):
    deliveries.process.faults({"kind": "status", "status": 403, "path": "/catalogs/organizations"})
    done = deliveries.dispatch(deliveries.file("small.bin", b"x"), type="ARCHIVE", name="small")
    assert done.status == "CLOSED" and deliveries.count("GET", "/catalogs/organizations") == 1


@contextlib.contextmanager
def organization_quota(process, quota):
    """The organization may deliver so many bytes; gives its name."""
    with urllib.request.urlopen(f"{process.url}/api/catalogs/organizations?fields=name,uploads_quota") as answer:
        (there,) = json.load(answer)
    process.entrepot_entity("organization", id=there["_id"], uploads_quota=quota)
    try:
        yield there["name"]
    finally:
        process.entrepot_entity("organization", id=there["_id"], uploads_quota=there["uploads_quota"])


# ---------------------------------------------------------------------- what goes wrong on the way


@pytest.mark.parametrize("what", LOST)
def test_a_lost_answer_makes_nothing_twice(deliveries, what):
    path, method = LOST[what]
    deliveries.process.faults({"kind": "lost_answer", "path": path, "method": method})
    file = deliveries.gpkg()
    done = deliveries.dispatch(file, tags={"datasheet_name": "Cantons"}, name=f"lost {what}")
    assert whole(deliveries, done.delivered.upload, file) and once(deliveries, file)
    assert deliveries.count("POST", "/uploads$") == 1
    assert deliveries.count("POST", "/close$") == 1
    assert len(deliveries.get("uploads?limit=50&name=lost%20" + what.replace(" ", "%20"))) == 1


@pytest.mark.parametrize("at", [0.0, 0.3, 0.999, 1.0])
def test_a_file_that_was_cut_is_sent_again_from_its_first_byte(deliveries, at):
    deliveries.process.faults({"kind": "cut_upload", "at": at})
    file = deliveries.gpkg()
    done = deliveries.dispatch(file, name=f"cut {at}")
    assert whole(deliveries, done.delivered.upload, file)
    assert deliveries.content(done.delivered.upload, "data/cantons.gpkg") == file.read_bytes()
    assert deliveries.count("POST", DATA) <= 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_after_the_whole_body_is_no_reason_to_send_it_again(deliveries, status):
    deliveries.process.faults({"kind": "status", "status": status, "path": DATA, "method": "POST", "after_body": True})
    file = deliveries.gpkg()
    done = deliveries.dispatch(file, name=f"after {status}")
    assert whole(deliveries, done.delivered.upload, file) and once(deliveries, file)


def test_a_fault_before_the_body_is_tried_again(deliveries):
    deliveries.process.faults({"kind": "status", "status": 502, "path": DATA, "method": "POST", "times": 2})
    file = deliveries.gpkg()
    assert whole(deliveries, deliveries.dispatch(file, name="before").delivered.upload, file)


def test_a_path_that_somebody_took_meanwhile_is_compared(deliveries, monkeypatch):
    file, other = deliveries.gpkg(), b"somebody else's"
    send = Sending.send

    def late(self, sizes, sent):
        deliveries.ask(
            "POST", f"uploads/{self._upload}/data", params={"path": "data/cantons.gpkg"}, files={"file": other}
        )
        return send(self, sizes, sent)

    monkeypatch.setattr(Sending, "send", late)
    done = deliveries.dispatch(file, name="taken")
    assert whole(deliveries, done.delivered.upload, file)
    assert [status for _path, status in deliveries.sent()] == [204, 409, 204]
    assert deliveries.count("DELETE", DATA) == 1


def test_a_conflict_that_is_not_about_the_path_is_said(deliveries):
    deliveries.process.faults(
        {"kind": "status", "status": 409, "message": "Quota dépassé", "path": DATA, "times": None}
    )
    with pytest.raises(Interrupted, match=r"0 of 1 file is on the server") as caught:
        deliveries.dispatch(deliveries.gpkg(), name="conflict")
    assert isinstance(caught.value.__cause__, Conflict) and caught.value.__cause__.server_message == "Quota dépassé"
    assert deliveries.count("POST", DATA) == 1


def test_a_token_that_ends_in_the_middle_is_renewed_and_the_file_sent_whole(deliveries):
    person, url = BY_NAME["membre"], deliveries.process.url
    auth = password_grant(url + "/auth/realms/geoplateforme", "geocollab-sandbox", person.username, person.password)
    file = deliveries.file("large.bin", os.urandom(3_000_000))
    with Session(auth, Network(proxy=lambda url: None), rate=None) as session:
        office = offices.choose(Entrepot(session, url + "/api"), "montreuil")
        deliveries.process.faults({"kind": "expired_upload", "at": 0.5})
        done = deliveries.dispatch(file, office=office, type="ARCHIVE", name="expired")
    assert whole(deliveries, done.delivered.upload, file) and once(deliveries, file)
    assert [status for _path, status in deliveries.sent() if status == 401], "the fault struck"


def test_a_refusal_stops_what_was_not_begun(deliveries):
    office = deliveries.office(concurrency=1)
    deliveries.process.faults({"kind": "status", "status": 403, "path": DATA, "after": 3, "times": None})
    with pytest.raises(Interrupted, match=r"3 of 9 files are on the server") as caught:
        deliveries.dispatch(deliveries.many(9), office=office, type="ARCHIVE", name="refused")
    assert isinstance(caught.value.__cause__, Forbidden)
    assert deliveries.count("POST", DATA) == 4


def test_nobody_there_is_said_after_few_attempts(deliveries, monkeypatch):
    office = deliveries.office()
    with deliveries.ledger(office) as ledger:
        deliver(office, ledger, package(deliveries.gpkg()), name="there", watch=deliveries.watch)
        monkeypatch.setattr(office.datastore.api, "root", "http://127.0.0.1:9/api")
        with pytest.raises(Unreachable):
            deliver(office, ledger, package(deliveries.gpkg()), name="there", watch=deliveries.watch)


def test_a_file_that_changes_while_it_is_sent_is_said_and_nothing_is_closed(deliveries, monkeypatch):
    file, good = deliveries.file("moving.bin", bytes(400_000)), deliveries.file("good.bin", b"1234")
    add = RunningSum.add

    def grow(self, chunk):
        if len(chunk) > 4 and file.stat().st_size == 400_000:
            with file.open("ab") as stream:
                stream.write(b"more")
        add(self, chunk)

    monkeypatch.setattr(RunningSum, "add", grow)
    with pytest.raises(
        InputError, match=r"moving.bin changed while it was sent: wait .* 1 of 2 files are on the server"
    ):
        deliveries.dispatch(file, good, type="ARCHIVE", name="moving")
    assert deliveries.count("POST", "/close$") == 0
    done = deliveries.dispatch(file, good, type="ARCHIVE", name="moving")
    assert whole(deliveries, done.delivered.upload, file, good) and once(deliveries, file, good)


def test_a_file_that_cannot_be_read_is_no_fault_of_the_network(deliveries, monkeypatch):
    good, bad = deliveries.file("good.bin"), deliveries.file("bad.bin", b"12345")
    from geocollab.client.entrepot import multipart

    chunks = multipart.FileForm._chunks

    def failing(self):
        if self._file == bad:
            raise multipart.FileChanged(bad, "[Errno 5] Input/output error")
        yield from chunks(self)

    monkeypatch.setattr(multipart.FileForm, "_chunks", failing)
    with pytest.raises(InputError, match=r"bad.bin cannot be read: \[Errno 5\] Input/output error. 1 of 2 files"):
        deliveries.dispatch(bad, good, type="ARCHIVE", name="unreadable")


# ---------------------------------------------------------------------- from where it was


def test_after_a_cut_at_nine_tenths_only_what_was_cut_is_sent_again(deliveries, monkeypatch):
    folder, office = deliveries.many(50), deliveries.office()
    with monkeypatch.context() as impatient:
        impatient.setattr(acting, "ATTEMPTS", 1)
        deliveries.process.faults({"kind": "cut_upload", "at": 0.5, "after": 45})
        with pytest.raises(Interrupted, match=r"Run the operation again: what is there is not sent again"):
            deliveries.dispatch(folder, office=office, type="ARCHIVE", name="fifty", closing=False)
    first = {path for path, status in deliveries.sent() if status == 204}
    (cut,) = {path for path, status in deliveries.sent() if status != 204}
    deliveries.process.clear_journal()
    done = deliveries.dispatch(folder, office=office, type="ARCHIVE", name="fifty")
    second = [path for path, _status in deliveries.sent()]
    assert cut in second and not first & set(second) and len(first) + len(second) == 50
    assert len(second) <= 5, "those that were begun before it ended"
    assert (done.delivered.files_sent, done.delivered.files_kept) == (len(second), 50 - len(second))
    assert whole(deliveries, done.delivered.upload, *folder.iterdir())


@pytest.mark.parametrize("after", [False, True], ids=["before it is written", "after it is written"])
def test_a_kill_at_any_step_of_the_ledger_loses_nothing_and_makes_nothing_twice(deliveries, monkeypatch, after):
    for number in count(1):
        files = [deliveries.file(f"{after}{number}/{name}", os.urandom(3000)) for name in ("a.bin", "b.bin", "c.bin")]
        name = f"killed {after} {number}"
        deliveries.process.clear_journal()
        with killed_at(monkeypatch, number, after=after) as gone:
            with contextlib.suppress(Killed):
                deliveries.dispatch(*files, type="ARCHIVE", name=name)
        if not gone:
            break
        done = deliveries.dispatch(*files, type="ARCHIVE", name=name)
        assert whole(deliveries, done.delivered.upload, *files) and once(deliveries, *files), number
        assert deliveries.count("POST", "/uploads$") == 1, number
        assert deliveries.count("POST", "/close$") == 1, number
    assert number > 8, "there are steps"


def test_a_kill_between_two_files_keeps_the_first(deliveries, monkeypatch):
    files = [deliveries.file(name, os.urandom(2000)) for name in ("a.bin", "b.bin", "c.bin")]
    office, sent = deliveries.office(concurrency=1), Sending._send

    def killed(self, path, size, progress):
        if path.endswith("b.bin"):
            raise Killed
        return sent(self, path, size, progress)

    with monkeypatch.context() as patch:
        patch.setattr(Sending, "_send", killed)
        with pytest.raises(Killed):
            deliveries.dispatch(*files, office=office, type="ARCHIVE", name="between")
    done = deliveries.dispatch(*files, office=office, type="ARCHIVE", name="between")
    assert whole(deliveries, done.delivered.upload, *files) and once(deliveries, *files)


def test_a_file_that_was_only_written_anew_is_not_sent_again(deliveries):
    file = deliveries.gpkg()
    first = deliveries.dispatch(file, name="touched", closing=False)
    file.write_bytes(file.read_bytes())
    os.utime(file, ns=(1, 1))
    again = deliveries.dispatch(file, name="touched")
    assert again.delivered.upload == first.delivered.upload and again.delivered.files_kept == 1
    assert once(deliveries, file)


def test_in_an_open_delivery_what_changed_is_replaced_and_what_is_gone_taken_away(deliveries):
    kept, changed, gone = (deliveries.file(name, name.encode()) for name in ("a.txt", "b.txt", "c.txt"))
    first = deliveries.dispatch(kept, changed, gone, type="ARCHIVE", name="open", closing=False)
    changed.write_bytes(b"B.txt")  # as long as before
    deliveries.process.clear_journal()
    again = deliveries.dispatch(kept, changed, type="ARCHIVE", name="open")
    assert again.delivered.upload == first.delivered.upload and whole(deliveries, first.delivered.upload, kept, changed)
    assert deliveries.sent() == [("data/b.txt", 204)]
    assert deliveries.content(first.delivered.upload, "data/b.txt") == b"B.txt"
    assert {file.path: file.outcome for file in again.delivered.files} == {"data/a.txt": "kept", "data/b.txt": "sent"}


def test_a_closed_delivery_with_other_files_stays_and_a_new_one_is_made(deliveries):
    file = deliveries.file("a.txt", b"one")
    first = deliveries.dispatch(file, type="ARCHIVE", name="other")
    file.write_bytes(b"two")
    second = deliveries.dispatch(file, type="ARCHIVE", name="other")
    assert second.delivered.upload != first.delivered.upload
    assert second.delivered.replaced == first.delivered.upload
    assert deliveries.content(first.delivered.upload, "data/a.txt") == b"one"
    assert deliveries.content(second.delivered.upload, "data/a.txt") == b"two"


def test_one_of_another_system_that_was_never_whole_goes(deliveries):
    file = deliveries.gpkg()
    deliveries.process.faults({"kind": "status", "status": 403, "path": "/md5$", "method": "POST"})
    with pytest.raises(Forbidden):
        deliveries.dispatch(file, srs="EPSG:2154", name="systems")
    (left,) = deliveries.get("uploads?limit=50&name=systems&status=OPEN")
    done = deliveries.dispatch(file, name="systems")
    assert whole(deliveries, done.delivered.upload, file) and done.delivered.upload != left["_id"]
    assert deliveries.get(f"uploads/{left['_id']}")["status"] == "DELETED"
    assert any(f"{left['_id']}, was of another kind, and not complete: it is deleted" in one for one in deliveries.said)


def test_one_of_another_system_that_failed_its_checks_goes(deliveries):
    file = deliveries.gpkg()
    with pytest.raises(InputError, match="did not pass its checks"):
        deliveries.dispatch(file, srs="EPSG:2154", name="failed system")
    (left,) = deliveries.get("uploads?limit=50&name=failed%20system&status=UNSTABLE")
    done = deliveries.dispatch(file, name="failed system")
    assert done.status == "CLOSED" and deliveries.get(f"uploads/{left['_id']}")["status"] == "DELETED"


@pytest.mark.parametrize("closing", [False, True])
def test_one_of_another_system_that_is_whole_stays_and_is_told(deliveries, closing):
    file, name = deliveries.file("a.txt"), f"whole {closing}"
    first = deliveries.dispatch(file, type="ARCHIVE", srs="EPSG:2154", name=name, closing=closing)
    done = deliveries.dispatch(file, type="ARCHIVE", name=name, closing=closing)
    assert done.delivered.upload != first.delivered.upload == done.delivered.replaced
    assert deliveries.get(f"uploads/{first.delivered.upload}")["status"] == ("CLOSED" if closing else "OPEN")
    assert any(f"{first.delivered.upload}, has other files or is of another kind" in one for one in deliveries.said)


def test_a_delivery_that_was_deleted_is_made_anew(deliveries):
    file = deliveries.gpkg()
    first = deliveries.dispatch(file, name="deleted", closing=False)
    deliveries.ask("DELETE", f"uploads/{first.delivered.upload}")
    second = deliveries.dispatch(file, name="deleted")
    assert second.delivered.upload != first.delivered.upload
    assert whole(deliveries, second.delivered.upload, file)


def test_what_is_not_known_to_the_ledger_is_not_trusted(deliveries):
    """A file that somebody put there, as long as ours."""
    file, office = deliveries.file("a.txt", b"ours!"), deliveries.office()
    with deliveries.ledger(office) as ledger:
        first = deliver(office, ledger, package(file, type="ARCHIVE"), name="foreign", watch=deliveries.watch)
        ledger.undo("files")
        again = deliver(office, ledger, package(file, type="ARCHIVE"), name="foreign", watch=deliveries.watch)
    assert again.upload == first.upload and again.files_sent == 1


# ---------------------------------------------------------------------- closing


def test_what_the_checks_complain_of_is_said_and_a_corrected_file_is_all_that_is_sent(deliveries):
    good, bad = deliveries.gpkg("good.gpkg"), deliveries.gpkg("bad.gpkg", srs="EPSG:2154")
    with pytest.raises(InputError) as refused:
        deliveries.dispatch(good, bad, name="corrected")
    assert "did not pass its checks and is UNSTABLE. Vérification vecteur: data/bad.gpkg" in str(refused.value)
    assert "only what changed is sent" in str(refused.value)
    deliveries.process.clear_journal()
    bad = deliveries.gpkg("bad.gpkg")
    done = deliveries.dispatch(good, bad, name="corrected")
    assert whole(deliveries, done.delivered.upload, good, bad)
    assert deliveries.sent() == [("data/bad.gpkg", 204)]
    assert [method for method, path in deliveries.written() if path.endswith("/open")] == ["POST"]


def test_unstable_and_not_changed_is_checked_again_without_sending(deliveries):
    deliveries.process.faults({"kind": "check_failure", "check": "vecteur", "logs": ["Panne du cluster"]})
    file = deliveries.gpkg()
    with pytest.raises(InputError, match=r"Panne du cluster"):
        deliveries.dispatch(file, name="flaky")
    assert deliveries.dispatch(file, name="flaky").status == "CLOSED"
    assert once(deliveries, file)


def test_a_file_whose_sum_the_server_finds_wrong_is_sent_again(deliveries):
    good, file = deliveries.file("good.txt", b"good"), deliveries.file("a.txt", b"right")
    upload = deliveries.dispatch(good, file, type="ARCHIVE", name="sums", closing=False).delivered.upload
    deliveries.ask("DELETE", f"uploads/{upload}/data", params={"path": "data/a.txt"})
    deliveries.ask("POST", f"uploads/{upload}/data", params={"path": "data/a.txt"}, files={"file": b"wrong"})
    with pytest.raises(InputError, match=r"Somme MD5 incorrecte pour data/a.txt"):
        deliveries.dispatch(good, file, type="ARCHIVE", name="sums")
    deliveries.process.clear_journal()
    done = deliveries.dispatch(good, file, type="ARCHIVE", name="sums")
    assert done.delivered.upload == upload and whole(deliveries, upload, good, file)
    assert deliveries.sent() == [("data/a.txt", 204)]


def test_checks_that_never_end_are_not_waited_for_for_ever(deliveries, monkeypatch):
    monkeypatch.setattr(closing, "PATIENCE", 0.2)
    deliveries.process.entrepot_settings(check_seconds=-1)
    with pytest.raises(InputError, match=r"have not come to an end .* Run the operation again to go on waiting"):
        deliveries.dispatch(deliveries.gpkg(), name="stuck")
    deliveries.process.reset_entrepot_settings()


def test_while_it_is_checked_another_run_waits_for_it(deliveries, monkeypatch):
    monkeypatch.setattr(closing, "PATIENCE", 0.0)
    deliveries.process.entrepot_settings(check_seconds=1)
    file = deliveries.gpkg()
    with pytest.raises(InputError):
        deliveries.dispatch(file, name="checking")
    monkeypatch.setattr(closing, "PATIENCE", 30)
    deliveries.process.clear_journal()
    assert deliveries.dispatch(file, name="checking").status == "CLOSED"
    assert deliveries.written() == []


# ---------------------------------------------------------------------- cancelling


def test_a_cancel_stops_at_once_says_how_far_it_came_and_the_next_run_goes_on(deliveries):
    first, second = deliveries.file("1.bin", b"small"), deliveries.file("2.bin", os.urandom(3_000_000))
    began = []
    office = deliveries.office(cancelled=lambda: bool(began) and time.monotonic() - began[0] > 0.3)
    deliveries.process.faults({"kind": "slow_link", "bytes_per_second": 500_000, "path": DATA, "times": None})
    watch = Watch(progress=lambda done, total: began.append(time.monotonic()))
    with pytest.raises(Interrupted, match=r"of 2 files (is|are) on the server. Run the operation again") as caught:
        deliveries.dispatch(first, second, office=office, type="ARCHIVE", name="cancelled", watch=watch)
    assert isinstance(caught.value.__cause__, Cancelled)
    assert time.monotonic() - began[0] < 2
    deliveries.process.faults()
    done = deliveries.dispatch(first, second, type="ARCHIVE", name="cancelled")
    assert whole(deliveries, done.delivered.upload, first, second) and once(deliveries, first, second)


def test_after_a_cancel_nothing_is_sent_any_more(deliveries):
    file = deliveries.file("large.bin", bytes(40_000_000))  # more than what the system keeps on the way
    stop = []
    office = deliveries.office(cancelled=lambda: bool(stop))
    deliveries.process.faults({"kind": "slow_link", "bytes_per_second": 4_000_000, "path": DATA})
    with pytest.raises(Interrupted):
        deliveries.dispatch(
            file, office=office, type="ARCHIVE", name="quiet", watch=Watch(progress=lambda *step: stop.append(step))
        )
    assert wait_for(lambda: deliveries.sent()), "the server noticed"
    (upload,) = deliveries.get("uploads?name=quiet")
    assert sum(deliveries.tree(upload["_id"]).values()) < 40_000_000


def wait_for(condition, seconds=10):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    return None


# ---------------------------------------------------------------------- many at once


def test_many_deliveries_in_tasks_of_one_session(deliveries):
    office = deliveries.office()
    session = office.datastore.session
    ledgers = {}
    for number in range(6):
        deliveries.file(f"{number}.txt", f"content {number}".encode())
    with deliveries.ledger(office, "0") as first:
        ledgers = {
            0: first,
            **{n: type(first)(session, first._store, office.service, office.id, str(n)) for n in range(1, 6)},
        }

        def work(number):
            what = Package((Parcel(deliveries.folder / f"{number}.txt", "file.txt"),), "ARCHIVE", "EPSG:4326")
            done = deliver(office, ledgers[number], what, name=f"task {number}", watch=deliveries.watch)
            return close(office, ledgers[number], done.upload, deliveries.watch)

        found = dict(session.as_done(work, range(6)))
    assert {number: checked.status for number, checked in found.items()} == dict.fromkeys(range(6), "CLOSED")
    for number, checked in found.items():
        assert deliveries.content(checked.upload, "data/file.txt") == f"content {number}".encode()
    assert uploads.CLOSED in {checked.status for checked in found.values()}
