"""Opening: what is a store, what is not, and what is said of each file that cannot be one."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geocollab.store import migrations
from geocollab.store.database import quoted
from geocollab.store.errors import (
    DiskFull,
    NewerStore,
    NotAStore,
    SpatialiteMissing,
    StoreDamaged,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
    store_error,
)
from geocollab.store.schema import PLAIN, SPATIAL, names
from geocollab.store.store import Store, existing

ROOT = Path(__file__).resolve().parents[2]


def test_a_new_store_has_the_tables_of_the_manual(path):
    with Store(path) as store:
        for table, (geometry, columns) in SPATIAL.items():
            assert store.columns(table) == [*names(columns), "geom"]
            found = store.all(
                "SELECT geometry_type, srid, spatial_index_enabled FROM geometry_columns WHERE f_table_name = lower(?)",
                (table,),
            )
            assert found == [({"POINT": 1, "LINESTRING": 2, "POLYGON": 3}[geometry], 4326, 1)]
        for table, columns in PLAIN.items():
            assert store.columns(table) == names(columns)
        assert store.one("PRAGMA journal_mode") == "wal"
        assert [name for name, _when in store.all("SELECT * FROM geocollab_migration")] == [
            step.__name__ for step in migrations.MIGRATIONS
        ]


def test_reopened_it_is_the_same_and_nothing_is_migrated_again(path, dump):
    Store(path).close()
    before = dump(path)
    Store(path).close()
    existing(path).close()
    assert dump(path) == before


@pytest.mark.parametrize(
    "name",
    [
        "été à l'île.sqlite",
        "a b  c.sqlite",
        "what?.sqlite",
        "half#1.sqlite",
        "100%20.sqlite",
        'say "hi".sqlite',
        "file:x?mode=ro.sqlite",
        "no extension",
    ],
)
def test_any_name_is_only_a_name(tmp_path, name, rows):
    path = tmp_path / "dossier é ?#%" / name
    path.parent.mkdir()
    with Store(path) as store:
        with store.atomic():
            store.reports.put(rows(1))
        assert store.path == path
    assert path.stat().st_size > 0
    with existing(path) as store:
        assert store.reports.count() == 1
    assert [file.name for file in path.parent.iterdir()] == [name], "-wal and -shm go with the last connection"


def test_a_relative_path_stays_the_same_file_when_the_folder_changes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Store("here.sqlite") as store:
        monkeypatch.chdir("/")
        assert store.path == tmp_path / "here.sqlite"


def test_an_empty_file_becomes_a_store_only_if_asked(path):
    path.touch()
    with pytest.raises(NotAStore, match="empty"):
        existing(path)
    Store(path).close()
    existing(path).close()


def test_missing(path):
    with pytest.raises(StoreMissing):
        existing(path)
    with pytest.raises(StoreMissing) as caught:
        Store(path.parent / "nowhere" / "a.sqlite")
    assert caught.value.path == path.parent / "nowhere"
    assert not path.exists()


def test_a_folder(tmp_path):
    with pytest.raises(NotAStore, match="folder"):
        Store(tmp_path)


@pytest.mark.parametrize("content", [b"<html>not found</html>" * 50, b"\x00" * 200, b"SQLite format 2\0" + b"x" * 100])
def test_another_kind_of_file(path, content):
    path.write_bytes(content)
    with pytest.raises(NotAStore):
        Store(path)
    assert path.read_bytes() == content


def test_sqlite_without_spatial_tables_is_left_alone(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE addresses (a)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NotAStore, match="spatial"):
        Store(path)
    assert path.read_bytes() == before


def test_a_geopackage_is_left_alone(path):
    from osgeo import ogr, osr

    path = path.with_suffix(".gpkg")
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    source.CreateLayer("Signalement", reference, ogr.wkbPoint)
    source = None
    before = path.read_bytes()
    with pytest.raises(NotAStore):
        Store(path)
    assert path.read_bytes() == before


def test_spatial_tables_of_another_kind_are_left_alone(path, dump):
    """GDAL without SpatiaLite writes a `geometry_columns` of its own (FDO)."""
    from osgeo import ogr, osr

    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    source = ogr.GetDriverByName("SQLite").CreateDataSource(str(path), options=["METADATA=YES"])
    source.CreateLayer("places", reference, ogr.wkbPoint)
    source = None
    before = dump(path)
    with pytest.raises(NotAStore):
        Store(path)
    assert dump(path) == before


def test_a_newer_store_is_refused_untouched(path, dump):
    with Store(path) as store, store.atomic() as connection:
        connection.execute("INSERT INTO geocollab_migration VALUES ('m999_later', '2030-01-01')")
    before = dump(path)
    with pytest.raises(NewerStore, match="m999_later"):
        Store(path)
    assert dump(path) == before


def test_migrations_are_applied_once_in_order_each_with_its_record(path, monkeypatch):
    def m002_second(store):
        store.connection.execute("CREATE TABLE second (a)")

    def m003_third(store):
        store.connection.execute("INSERT INTO second VALUES (3)")

    Store(path).close()
    shipped = [step.__name__ for step in migrations.MIGRATIONS]
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m002_second, m003_third))
    for _time in range(2):
        with Store(path) as store:
            assert store.all("SELECT a FROM second") == [(3,)]
            assert [row[0] for row in store.all("SELECT name FROM geocollab_migration ORDER BY rowid")] == [
                *shipped,
                "m002_second",
                "m003_third",
            ]


def test_a_failed_migration_leaves_nothing_of_itself(path, monkeypatch, dump):
    def m002_fails(store):
        store.connection.execute("CREATE TABLE second (a)")
        raise ZeroDivisionError

    Store(path).close()
    before = dump(path)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m002_fails))
    with pytest.raises(ZeroDivisionError):
        Store(path)
    assert dump(path) == before


def test_two_programs_may_make_the_same_store_at_once(path):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'build/plugins')!r})\n"
        f"from geocollab.store.store import Store\nStore({str(path)!r}).close()"
    )
    programs = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _n in range(4)]
    for program in programs:
        _out, said = program.communicate(timeout=60)
        assert program.returncode == 0, said.decode()
    with existing(path) as store:
        assert store.one("SELECT count(*) FROM geocollab_migration") == len(migrations.MIGRATIONS)
        assert store.one("PRAGMA integrity_check") == "ok"


@pytest.fixture
def read_only_folder(tmp_path):
    """A file system that may not be written: permission bits do not bind root."""
    folder = tmp_path / "read-only"
    folder.mkdir()

    def freeze():
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True, capture_output=True)

    try:
        subprocess.run(["mount", "-t", "tmpfs", "none", str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        if os.geteuid() == 0:
            pytest.skip(f"no file system can be mounted here: {error}")
        yield folder, lambda: [file.chmod(0o555) for file in (*folder.iterdir(), folder)]
        folder.chmod(0o755)
        return
    yield folder, freeze
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_read_only(read_only_folder):
    folder, freeze = read_only_folder
    Store(folder / "store.sqlite").close()
    freeze()
    with pytest.raises(StoreReadOnly):
        Store(folder / "store.sqlite")
    with pytest.raises(StoreReadOnly) as caught:
        Store(folder / "new.sqlite")
    assert caught.value.path == folder


def test_locked_by_another_program(path):
    Store(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with Store(path, wait=0.2) as store:  # to read is possible
        assert store.reports.count() == 0
        with pytest.raises(StoreLocked) as caught:
            with store.atomic():
                raise AssertionError("not reached")
        assert caught.value.path == path
        other.execute("ROLLBACK")
        with store.atomic():
            store.set_state("a", 1)
    assert 0.15 < time.monotonic() - began < 5
    other.close()


def test_a_file_that_somebody_reads_keeps_its_kind_of_journal(path):
    Store(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN")
    other.execute('SELECT count(*) FROM "Signalement"').fetchone()
    with Store(path, wait=0.1) as store:
        assert store.one("PRAGMA journal_mode") == "delete"
        assert store.reports.count() == 0
    other.close()
    with Store(path) as store:
        assert store.one("PRAGMA journal_mode") == "wal"


def test_locked_while_it_has_to_be_adopted(path):
    with sqlite3.connect(path, isolation_level=None) as other:
        other.enable_load_extension(True)
        other.load_extension("mod_spatialite")
        other.execute("SELECT InitSpatialMetaData(1, 'NONE')")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked):
            Store(path, wait=0.1)
        other.execute("ROLLBACK")
    other.close()
    Store(path).close()


def test_corrupt(path, rows):
    with Store(path) as store, store.atomic():
        store.reports.put(rows(*range(1, 500)))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises((StoreDamaged, NotAStore)):
        with Store(path) as store:
            store.reports.by_status()


def test_cut_short(path, rows):
    with Store(path) as store, store.atomic():
        store.reports.put(rows(*range(1, 500)))
    with path.open("r+b") as file:
        file.truncate(30_000)
    with pytest.raises(StoreDamaged):
        with Store(path) as store:
            store.reports.by_status()


def test_without_spatialite(path, monkeypatch):
    monkeypatch.setattr("geocollab.store.database._EXTENSIONS", ("no_such_extension",))
    with pytest.raises(SpatialiteMissing):
        Store(path)


def test_names_are_quoted(store):
    name = 'a "b" \' ; DROP TABLE x --'
    with store.atomic() as connection:
        connection.execute(f"CREATE TABLE {quoted(name)} ({quoted(name)} TEXT)")
        connection.execute(f"INSERT INTO {quoted(name)} ({quoted(name)}) VALUES (?)", ("1",))
    assert store.columns(name) == [name]
    assert name in store.tables()
    with pytest.raises(ValueError, match="NUL"):
        quoted("a\0b")


def test_what_is_a_fault_of_the_program_stays_one(store):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.all("SELECT * FROM nowhere")
    assert store_error("x", ValueError()) is None


def test_files_of_others_are_no_fault_of_the_store(store, path, tmp_path):
    """A page that cannot be written, say."""
    for error in (
        OSError(28, "No space left on device"),
        OSError(5, "Input/output error", str(tmp_path / "page.html")),
    ):
        with pytest.raises(OSError) as raised, store.atomic():
            raise error
        assert raised.value is error
    with pytest.raises(NotADirectoryError), store.atomic():
        (path / "page.html").write_text("")
    with pytest.raises(DiskFull), store.atomic():
        raise OSError(28, "No space left on device", str(path))
    with store.atomic():
        pass  # nothing is left open


def test_a_file_that_goes_while_it_is_opened(path, monkeypatch):
    Store(path).close()
    monkeypatch.setattr("os.access", lambda *_args: path.unlink(missing_ok=True) is None)
    with pytest.raises(StoreMissing):
        Store(path, create=False)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(28, "No space left on device"), DiskFull),
        (OSError(13, "Permission denied"), StoreReadOnly),
        (OSError(30, "Read-only file system"), StoreReadOnly),
        (OSError(2, "No such file"), StoreMissing),
        (OSError(5, "Input/output error"), StoreDamaged),
        (sqlite3.OperationalError("database is locked"), StoreLocked),
        (sqlite3.OperationalError("attempt to write a readonly database"), StoreReadOnly),
        (sqlite3.OperationalError("unable to open database file"), StoreReadOnly),
        (sqlite3.OperationalError("database or disk is full"), DiskFull),
        (sqlite3.DatabaseError("file is not a database"), NotAStore),
        (sqlite3.DatabaseError("database disk image is malformed"), StoreDamaged),
    ],
)
def test_errors_by_kind(error, kind):
    assert type(store_error("x", error)) is kind


def test_opening_costs_little(path):
    """Not a measurement (see benchmarks/): only that no table is read, whatever the load of the machine."""
    Store(path).close()
    statements = []
    with Store(path) as store:
        store.connection.set_trace_callback(statements.append)
        store._prepare()
    assert len(statements) < 15
