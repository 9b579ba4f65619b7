"""What every test may use: the plugin under its own name, and one sandbox server for the whole run."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ROOT / "build" / "plugins"


def _make_importable():
    """`geocollab` through the link that QGIS uses too, `sandbox` and `tests` from the repository root."""
    link = PLUGINS / "geocollab"
    if not link.exists():
        PLUGINS.mkdir(parents=True, exist_ok=True)
        link.symlink_to(Path("..", ".."), target_is_directory=True)
    for folder in (ROOT, PLUGINS):
        sys.path.insert(0, str(folder))


_make_importable()


@pytest.fixture(scope="session")
def sandbox_server():
    """The sandbox as a process of its own, started once; prefer `sandbox`, which hands it over clean."""
    from sandbox.process import SandboxProcess

    with SandboxProcess() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_server):
    """The sandbox server without faults, as it was described and with an empty journal; it is not to be written to."""
    sandbox_server.faults()
    sandbox_server.reset_world()
    sandbox_server.reset_entrepot_settings()
    sandbox_server.clear_journal()
    yield sandbox_server
    sandbox_server.faults()
    written = [entry for entry in sandbox_server.journal("^/(gcms/)?api/") if _wrote(entry)]
    assert not written, "others compare what there is: tests that write use `writable`"


def _wrote(entry):
    return entry["method"] not in ("GET", "HEAD", "OPTIONS") and 200 <= entry["status"] < 300


@pytest.fixture(scope="module")
def writable_server():
    """A sandbox like the one that all share, for the tests of one module that write: others compare what there is."""
    from sandbox.process import SandboxProcess

    with SandboxProcess(rate=0) as running:
        yield running


@pytest.fixture
def writable(writable_server):
    """It without faults and with an empty journal."""
    writable_server.faults()
    writable_server.reset_entrepot_settings()
    writable_server.clear_journal()
    yield writable_server
    writable_server.faults()
