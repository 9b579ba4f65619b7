"""A sandbox and an empty store for tests that write about reports."""

import shutil
from functools import lru_cache, partial
from pathlib import Path

import pytest

from geocollab.client.espaceco import features
from geocollab.client.network import Network
from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from geocollab.workflows.layers import load_layers
from tests.workflows.deliveries import Deliveries
from tests.workflows.downloads import server
from tests.workflows.office import Office
from tests.workflows.press import press, reaper  # noqa: F401 - fixtures
from tests.workflows.serving_desk import desk  # noqa: F401 - a fixture
from tests.workflows.town import Town


@pytest.fixture(scope="module", autouse=True)
def certificates_read_once():
    """Reading the authorities of the system takes longer than most requests, and each session would do it again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Network, "ssl_context", lru_cache(Network.ssl_context))
        yield


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


@pytest.fixture
def town(writable, empty_store, tmp_path, monkeypatch):
    """A sandbox as it was described, and an empty store for group layers; the client tries twice, and at once."""
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 2)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    town = Town(writable, Path(shutil.copy(empty_store, tmp_path / "layers.sqlite")))
    yield town
    town.restore()


@pytest.fixture
def small_pages(monkeypatch):
    """Pages of 50 rows, so that the parcels are several."""
    monkeypatch.setattr(load_layers, "Reading", partial(features.Reading, limit=50))


@pytest.fixture
def deliveries(writable, empty_store, tmp_path, monkeypatch):
    """The datastore `montreuil` for `membre`, a ledger, files; the client tries twice, and at once."""
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 2)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    monkeypatch.setattr("geocollab.workflows.entrepot.acting.FIRST_DELAY", 0.01)
    monkeypatch.setattr("geocollab.client.waiting.FIRST", 0.05)
    store = shutil.copy(empty_store, tmp_path / "store.sqlite")
    with Deliveries(writable, tmp_path / "files", store) as found:
        yield found
