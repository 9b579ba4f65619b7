"""A sandbox and an empty store for tests that write about reports."""

import shutil

import pytest

from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from tests.workflows.downloads import server
from tests.workflows.office import Office


@pytest.fixture(scope="module")
def office_server():
    with server() as running:
        yield running


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """Made once: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "reports.sqlite"
    Store(path).close()
    return path


@pytest.fixture
def office(office_server, empty_store, tmp_path, monkeypatch):
    """Reports of one's own in a sandbox without faults, and an empty store."""
    # the client tries twice, and at once; a request without answer has its effect at once
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 2)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    monkeypatch.setattr(sending, "SETTLING", 0.0)
    office_server.faults()
    office_server.clear_journal()
    yield Office(office_server, shutil.copy(empty_store, tmp_path / "reports.sqlite"))
    office_server.faults()
