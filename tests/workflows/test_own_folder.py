"""Folders of a run: gone in its end; what killed runs left goes with a later one, never what is in use."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from geocollab.workflows import own_folder as folders
from geocollab.workflows.own_folder import OLD, own_folder
from tests.conftest import ROOT

KILLED = (
    "import os, sys\n"
    "from geocollab.workflows.own_folder import own_folder\n"
    "with own_folder() as folder:\n"
    "    (folder / 'data.gpkg').write_text('x')\n"
    "    print(folder, flush=True)\n"
    "    os._exit(9) if sys.argv[1] == 'kill' else sys.stdin.read()\n"
)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The temporary folder of the system; nothing was swept yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "build" / "plugins"))
    folders._sweep.cache_clear()
    yield tmp_path
    folders._sweep.cache_clear()


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def aged(folder):
    then = time.time() - OLD - 60
    os.utime(folder, (then, then))
    return folder


def test_it_goes_in_the_end_whatever_happens(temporary):
    def fail():
        with own_folder() as folder:
            (folder / "data.gpkg").write_text("x")
            assert folder.parent == temporary and folder.stat().st_mode & 0o077 == 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert left(temporary) == []


@pytest.mark.parametrize("old", [True, False])
def test_what_a_killed_run_left_goes_after_a_day(temporary, old):
    run = subprocess.run([sys.executable, "-c", KILLED, "kill"], stdout=subprocess.PIPE, text=True, check=False)
    name = Path(run.stdout.strip()).name
    assert run.returncode == 9 and left(temporary) == [name]
    if old:
        aged(temporary / name)
    with own_folder():
        assert (name in left(temporary)) is not old


def test_what_a_run_holds_stays_however_old(temporary):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        name = Path(run.stdout.readline().strip()).name
        aged(temporary / name)
        with own_folder():
            assert name in left(temporary) and "data.gpkg" in left(temporary / name)
        run.communicate("")
    assert left(temporary) == [] and run.returncode == 0


def test_what_is_not_ours_stays(temporary):
    (temporary / "other").mkdir()
    (temporary / "geocollab-profile-1").mkdir()
    (temporary / "geocollab-run-link").symlink_to(temporary / "other")
    for path in temporary.iterdir():
        aged(path)
    with own_folder():
        assert {"other", "geocollab-profile-1", "geocollab-run-link"} < set(left(temporary))
