"""All of it or nothing: `atomic()`, full disks, killed programs, concurrent readers."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from geocollab.store.database import temporary_folder
from geocollab.store.errors import DiskFull, StoreError
from geocollab.store.stage import Stage
from geocollab.store.store import Store

ROOT = Path(__file__).resolve().parents[2]


def _state(store, *keys):
    return [store.state(key) for key in keys]


def test_nested(store):
    with store.atomic():
        store.set_state("outer", 1)
        with pytest.raises(KeyError), store.atomic():  # noqa: PT012 - the end of the block is what is tested
            store.set_state("inner", 1)
            raise KeyError
        with store.atomic():
            store.set_state("second", [2, "é"])
            with pytest.raises(KeyError), store.atomic():  # noqa: PT012 - the end of the block is what is tested
                store.set_state("second", "lost")
                raise KeyError
    assert _state(store, "outer", "inner", "second") == [1, None, [2, "é"]]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, sqlite3.IntegrityError])
def test_any_exception_rolls_all_back(store, error):
    with pytest.raises(error):  # noqa: PT012 - the end of the block is what is tested
        with store.atomic():
            store.set_state("a", 1)
            with store.atomic():
                store.set_state("b", 1)
            raise error
    assert _state(store, "a", "b") == [None, None]
    with store.atomic():  # and the store goes on working
        store.set_state("a", 2)
    assert store.state("a") == 2


def _replace(store, *bundles):
    with Stage(store) as stage:
        for rows in bundles:
            stage.add(rows)
        with store.atomic():
            store.reports.replace(stage)


def test_a_failed_replace_leaves_the_old_content(path, rows, dump, monkeypatch):
    with Store(path) as store:
        _replace(store, rows(1, 2, 3, replies=2, documents=1))
        before = dump(path)
        monkeypatch.setattr("geocollab.store.spatial.write_statistics", lambda *_arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            _replace(store, rows(4, 5))
        assert dump(path) == before
        assert store.one("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'Signalement'") >= 6
        assert store.one("SELECT CheckSpatialIndex('Signalement', 'geom')") == 1


def test_a_full_disk_leaves_the_old_content(path, rows, dump):
    with Store(path) as store:
        _replace(store, rows(1, 2, 3, replies=2))
        before = dump(path)
        store.connection.execute(f"PRAGMA max_page_count = {store.one('PRAGMA page_count') + 5}")
        with pytest.raises(DiskFull) as caught:
            _replace(store, rows(*range(10, 3000), replies=3))
        assert caught.value.path == path
        assert dump(path) == before
        store.connection.execute("PRAGMA max_page_count = 1000000")
        _replace(store, rows(7))
        assert store.reports.counts()["Signalement"] == 1
        assert store.one("PRAGMA integrity_check") == "ok"


def test_a_full_temporary_disk_is_called_by_its_place(store, rows):
    with pytest.raises(DiskFull) as caught:  # noqa: PT012 - the end of the block is what is tested
        with Stage(store) as stage:
            store.connection.execute("PRAGMA stage.max_page_count = 30")
            for start in range(0, 30_000, 100):
                stage.add(rows(*range(start + 1, start + 101), replies=2))
    assert caught.value.path == temporary_folder()
    assert store.reports.counts()["Signalement"] == 0
    with Stage(store) as stage:  # and it can be done again
        stage.add(rows(1))


@pytest.mark.skipif(os.name != "posix", reason="limits of file size are POSIX's")
def test_a_limit_of_file_size_is_an_error_of_the_store(path, rows, dump):
    with Store(path) as store:
        _replace(store, rows(1, 2))
    before = dump(path)
    code = f"""
import resource, sys
sys.path.insert(0, {str(ROOT / "build/plugins")!r}); sys.path.insert(0, {str(ROOT)!r})
from tests.store.conftest import make_rows
from geocollab.store.stage import Stage
from geocollab.store.store import Store
from geocollab.store.errors import StoreError
with Store({str(path)!r}) as store, Stage(store) as stage:
    stage.add(make_rows(*range(1, 3000)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        with store.atomic():
            store.reports.replace(stage)
    except StoreError as error:
        print(type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() in ("DiskFull", "StoreDamaged"), done.stderr
    with Store(path):
        assert dump(path) == before


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize("moment", ["before the transaction", "inside the transaction"])
def test_killed_in_the_middle_of_a_replace(path, rows, dump, moment):
    with Store(path) as store:
        _replace(store, rows(*range(1, 50), replies=1))
    before = dump(path)
    code = f"""
import sys, time
sys.path.insert(0, {str(ROOT / "build/plugins")!r}); sys.path.insert(0, {str(ROOT)!r})
from tests.store.conftest import make_rows
from geocollab.store.stage import Stage
from geocollab.store.store import Store
def wait():
    print("now", flush=True); time.sleep(60)
with Store({str(path)!r}) as store, Stage(store) as stage:
    stage.add(make_rows(*range(100, 5000), replies=2))
    if {moment!r}.startswith("before"): wait()
    with store.atomic():
        store.reports.replace(stage)
        store.connection.execute("PRAGMA cache_spill = 1")
        wait()
"""
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "now\n"
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdout.close()
    with Store(path) as store:
        assert dump(path) == before
        assert store.one("PRAGMA integrity_check") == "ok"
        assert store.one("SELECT CheckSpatialIndex('Signalement', 'geom')") == 1
        _replace(store, rows(1))


def test_a_reader_sees_the_old_or_the_new_never_a_mix(path, rows):
    with Store(path) as store:
        _replace(store, rows(*range(1, 301), date="d0"))
    seen, stop = [], threading.Event()

    def read():
        connection = sqlite3.connect(path, timeout=30)
        while not stop.is_set():
            seen.append(
                connection.execute(
                    'SELECT count(*), min("Date_MAJ"), max("Date_MAJ"), (SELECT count(*) FROM "Reponse_EC") '
                    'FROM "Signalement"'
                ).fetchone()
            )
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    expected = {(300, "d0", "d0", 0)}
    try:
        with Store(path) as store:
            for turn in range(1, 9):
                count = 300 + 50 * turn
                expected.add((count, f"d{turn}", f"d{turn}", count * (turn % 2)))
                _replace(store, rows(*range(1, count + 1), date=f"d{turn}", replies=turn % 2))
    finally:
        stop.set()
        reader.join()
    assert set(seen) <= expected
    assert len(set(seen)) > 1


def test_the_wal_does_not_stay_as_big_as_the_biggest_download(path, rows):
    reader = sqlite3.connect(path)  # as QGIS, which keeps a file open for as long as it shows a layer of it
    with Store(path) as store:
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with Stage(store) as stage:
            for start in range(0, 60_000, 1000):
                stage.add(rows(*range(start + 1, start + 1001), replies=2, documents=1))
            with store.atomic():
                store.reports.replace(stage)
        for turn in range(3):
            with store.atomic():
                store.set_state("turn", turn)
        assert path.with_name(path.name + "-wal").stat().st_size <= 16_000_000 + 100_000
    reader.close()


def test_the_store_is_free_while_rows_are_staged(path, rows):
    with Store(path) as store, Stage(store) as stage:
        stage.add(rows(1, 2, 3))
        with Store(path, wait=0.1) as other, other.atomic():
            other.set_state("a", 1)
        with store.atomic():
            store.reports.replace(stage)
        assert store.reports.count() == 3


def test_a_stage_leaves_no_file_and_no_wal(path, rows):
    folder = {file.name for file in temporary_folder().iterdir()}
    with Store(path) as store:
        with Stage(store) as stage:
            for start in range(0, 20_000, 1000):
                stage.add(rows(*range(start + 1, start + 1001)))
            with store.atomic():
                store.reports.replace(stage)
        with pytest.raises(StoreError), Stage(store):
            raise StoreError(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert not [n for n in {file.name for file in temporary_folder().iterdir()} - folder if n.startswith("etilqs")]
