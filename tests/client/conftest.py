"""A sandbox without a limit of requests, and sessions that do not wait for politeness."""

import pytest


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests():
    from geocollab.client import errors

    errors._known_secrets.clear()


@pytest.fixture(scope="session")
def unlimited():
    from sandbox.process import SandboxProcess

    with SandboxProcess(reports=300, rate=0) as server:
        yield server


@pytest.fixture
def sandbox(unlimited):
    """Instead of the shared one, which refuses more than 25 requests per second."""
    unlimited.faults()
    unlimited.clear_journal()
    yield unlimited
    unlimited.faults()


@pytest.fixture
def sso(sandbox):
    return sandbox.url + "/auth/realms/geoplateforme"


@pytest.fixture
def make_session():
    """`make_session(auth, network, …)`: a session without a limit of requests per second, closed after the test."""
    from geocollab.client.network import Network
    from geocollab.client.session import Session

    sessions = []

    def make(auth=None, network=None, **options):
        direct = Network(proxy=lambda url: None, connect_timeout=3, read_timeout=10)
        sessions.append(Session(auth, network or direct, **{"rate": None, **options}))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def member(make_session):
    """A session with the account of `membre`."""
    from geocollab.client import auth

    return make_session(auth.basic("membre", "sandbox-membre"))


@pytest.fixture
def api(member, sandbox):
    from geocollab.client.espaceco.api import EspaceCo

    return EspaceCo(member, sandbox.url + "/gcms/api")


@pytest.fixture
def entrepot(make_session, sandbox):
    """The API Entrepôt with the account of `membre`."""
    from geocollab.client import auth
    from geocollab.client.entrepot.api import Entrepot

    api = Entrepot(make_session(auth.bearer(sandbox.token("membre"))), sandbox.url + "/api")
    sandbox.clear_journal()
    return api


@pytest.fixture
def datastore(entrepot, sandbox):
    """The datastore of Montreuil, where `membre` has every right but one."""
    return entrepot.datastore(sandbox.entrepot()["ids"]["datastore"]["montreuil"])


@pytest.fixture
def quick(monkeypatch):
    """Retries without the usual pauses."""
    from geocollab.client import session

    monkeypatch.setattr(session, "FIRST_DELAY", 0.01)
