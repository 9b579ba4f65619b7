"""Many data sets at once: each created, updated or left alone; failures stay alone; nothing costs nearly nothing."""

import logging
import os
import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from geocollab.client.session import Session
from geocollab.store.errors import StoreBusy
from geocollab.store.lock import sole_sender
from geocollab.store.store import Store
from geocollab.workflows.entrepot import offices
from geocollab.workflows.entrepot.publication import wishes
from geocollab.workflows.entrepot.publication.publication import LOCK
from geocollab.workflows.entrepot.publication.synchronising import DataSet, summary, synchronise
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.watch import Watch


class Folder:
    """Text files, each a data set with a place for each of its lines."""

    def __init__(self, press):
        self.press, self.path, self.exported = press, press.folder / "sets", []
        self.copies, self.unwished = [], ()
        self.path.mkdir()

    def write(self, name, *lines):
        self.path.joinpath(name).write_text("\n".join(lines), encoding="utf-8")

    def run(self, *, services=("WFS",), cancelled=lambda: False, watch=None, most=8, tidy=False, **said):
        press = self.press
        office = press.office(cancelled=cancelled)

        def data_set(file):
            sheet = f"{press.sheet} {file.stem}"
            told = wishes.Said(sheet, services, replace_old=tidy, record=False, levels=(6, 7), **said)

            def export():
                self.exported.append(file.stem)
                lines = tuple(file.read_text(encoding="utf-8").split())
                if "faulty" in lines:
                    raise InputError("this one is faulty")
                if "broken" in lines:
                    raise RuntimeError
                data = press.data(lines)
                own = Path(tempfile.mkdtemp(dir=press.folder))  # of this run alone
                return replace(data, file=Path(shutil.copy(data.file, own / "data.gpkg")))

            def wish(data):
                self.copies.append(data.file)
                if data.tables[0].sample and file.stem in self.unwished:
                    raise ValueError("no wish")
                return replace(wishes.wish_of(office, told, data, press.warned.append), verify=False)

            return DataSet(sheet, (file,), told.told(), export, wish, tidy)

        sets = [data_set(file) for file in sorted(self.path.iterdir())]
        self.exported.clear()
        press.process.clear_journal()
        with office.datastore.session, Store(press.path) as store:
            lines = synchronise(office, store, sets, len(sets), watch or press.watch, most)
        return {line.name.rpartition(" ")[2]: line for line in lines}


def states(lines):
    return {name: line.state for name, line in lines.items()}


@pytest.fixture
def folder(press):
    press.more_room()
    folder = Folder(press)
    for name in ("a", "b", "c"):
        folder.write(name, name, "place")
    return folder


def test_created_then_left_alone_without_being_read(folder):
    assert states(folder.run()) == dict.fromkeys("abc", "created")
    assert states(folder.run()) == dict.fromkeys("abc", "unchanged")
    assert folder.exported == [] and folder.press.requests() <= 4 and folder.press.written() == []


def test_only_what_changed_is_updated(folder):
    folder.run()
    folder.write("b", "other")
    lines = folder.run()
    assert states(lines) == {"a": "unchanged", "b": "updated", "c": "unchanged"} and folder.exported == ["b"]
    assert folder.press.names(lines["b"].published.services["WFS"]) == ["other"]
    assert states(folder.run(title="Titre")) == dict.fromkeys("abc", "settings")
    assert folder.press.posted("/uploads$") == 0


def test_content_counts_and_not_the_time_of_the_file(folder):
    folder.run()
    os.utime(folder.path / "c", (1, 1))
    assert states(folder.run())["c"] == "unchanged" and folder.exported == ["c"]
    assert folder.press.written() == []
    folder.run()
    assert folder.exported == []  # the new time is known now


def test_a_failure_stops_nobody_and_is_tried_again(folder):
    folder.write("b", "faulty")
    lines = folder.run()
    assert states(lines) == {"a": "created", "b": "failed", "c": "created"}
    assert lines["b"].sentence == "this one is faulty" and summary(lines.values())["failed"] == 1
    folder.write("b", "mended")
    assert states(folder.run()) == {"a": "unchanged", "b": "created", "c": "unchanged"}


def test_whatever_is_wrong_with_one_the_others_go_on(folder, caplog):
    folder.write("a", "broken")
    folder.unwished = ("b",)
    with caplog.at_level(logging.ERROR, "geocollab.synchronising"):
        lines = folder.run()
    assert states(lines) == {"a": "failed", "b": "failed", "c": "created"}
    assert lines["a"].sentence == "RuntimeError" and lines["b"].sentence == "no wish"
    assert [record.exc_info[0] for record in caplog.records] == [RuntimeError, ValueError]
    assert len(folder.copies) == 2 and not any(copy.exists() for copy in folder.copies)


def test_endpoints_that_get_full_on_the_way_are_left_for_another(folder):
    press = folder.press
    datastore = press.process.entrepot()["ids"]["datastore"][press.name]
    narrow = next(one.id for one in press.office().info.endpoints if one.type == "WFS" and one.open and not one.free)

    def quota(**numbers):
        endpoints = press.process.entrepot_entity("datastore", id=datastore)["private"]["endpoints"]
        press.process.entrepot_entity("datastore", id=datastore, private={"endpoints": {**endpoints, narrow: numbers}})

    quota(quota=1, taken=0)
    lines = folder.run()
    quota(quota=1, taken=1)
    assert states(lines) == dict.fromkeys("abc", "created"), [line.sentence for line in lines.values()]
    used = [line.published.services["WFS"]["endpoint"] for line in lines.values()]
    assert used.count(narrow) == 1 and len(set(used)) == 2


def test_room_is_read_anew_after_a_while(folder, monkeypatch):
    office = folder.press.office()
    with office.datastore.session:
        folder.press.more_room(0)
        assert office.endpoint("WFS").free
        monkeypatch.setattr(offices, "FRESH", -1.0)
        with pytest.raises(InputError, match="No endpoint of type WFS has room left"):
            office.endpoint("WFS")


def test_what_the_server_refuses_is_the_failure_of_one(folder):
    folder.press.process.faults({"kind": "execution", "processing": "Intégration", "times": 1})
    lines = folder.run()
    assert sorted(states(lines).values()) == ["created", "created", "failed"]
    folder.press.process.faults()
    assert sorted(states(folder.run()).values()) == ["created", "unchanged", "unchanged"]


def test_what_somebody_deleted_is_made_anew(folder):
    lines = folder.run()
    offering = lines["a"].published.services["WFS"]["offering"]
    for _twice in range(2):
        folder.press.ask("DELETE", f"offerings/{offering}", missing=True)
    assert states(folder.run()) == {"a": "settings", "b": "unchanged", "c": "unchanged"}
    assert [folder.press.posted(path) for path in ("/uploads$", "/offerings$")] == [0, 1]
    assert set(states(folder.run()).values()) == {"unchanged"} and folder.exported == []


def test_what_somebody_ended_and_nobody_asks_for_is_no_work_for_every_night(folder):
    lines = folder.run(services=("WFS", "WMTS-TMS"))
    assert set(states(folder.run()).values()) == {"unchanged"} and len(folder.exported) == 3
    offering = lines["a"].published.services["WMTS-TMS"]["offering"]
    for _twice in range(2):
        folder.press.ask("DELETE", f"offerings/{offering}", missing=True)
    assert set(states(folder.run()).values()) == {"unchanged"} and folder.exported == []


def test_several_are_under_way_at_once_but_no_more_than_asked_for(folder, monkeypatch):
    for name in "efghi":
        folder.write(name, name)
    send, under_way, most = Session._send_once, set(), []

    def counted(session, method, url, *rest):
        under_way.add(threading.get_ident())
        most.append(len(under_way))
        try:
            return send(session, method, url, *rest)
        finally:
            under_way.discard(threading.get_ident())

    monkeypatch.setattr(Session, "_send_once", counted)
    told = []
    lines = folder.run(most=3, watch=Watch(progress=lambda done, total: told.append(done)))
    assert set(states(lines).values()) == {"created"} and len(lines) == 8
    assert 1 < max(most) <= 3 and told == list(range(1, 9))


def test_stopped_it_says_how_far_it_came_and_goes_on(folder):
    for name in "efghi":
        folder.write(name, name)
    ended = []
    with pytest.raises(Interrupted, match="of 8 data sets are done"):
        folder.run(
            most=2,
            watch=Watch(progress=lambda done, total: ended.append(done)),
            cancelled=lambda: len(ended) >= 3,
        )
    lines = folder.run()
    assert "failed" not in states(lines).values(), [line.sentence for line in lines.values()]
    assert set(states(folder.run()).values()) == {"unchanged"}
    uploads = [row for row in folder.press.there().values() if row[0] == "upload"]
    data = [row for row in folder.press.there().values() if row[2].startswith(folder.press.sheet + " ")]
    assert uploads == [] and len([row for row in data if row[0] == "stored_data"]) == 8


def test_old_data_goes_if_that_is_asked_for(folder):
    folder.run()
    folder.write("a", "newer")
    folder.run()
    assert states(folder.run(tidy=True)) == {"a": "settings", "b": "unchanged", "c": "unchanged"}
    data = [row for row in folder.press.there().values() if row[2].startswith(folder.press.sheet + " ")]
    assert len([row for row in data if row[0] == "stored_data"]) == 3


def test_one_run_at_a_time(folder):
    with sole_sender(folder.press.path, LOCK), pytest.raises(StoreBusy):
        folder.run()
