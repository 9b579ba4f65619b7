"""One sandbox per test module, on a free port, stopped by its own process id."""

import sys
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandbox.process import SandboxProcess
from sandbox.world.people import BY_NAME

NOW = "2026-03-01T12:00:00+00:00"
OIDC = "/auth/realms/geoplateforme/protocol/openid-connect"


class Caller:
    """The API as one user sees it (HTTP Basic; None: anonymous)."""

    def __init__(self, url, user):
        self.url = url + "/gcms/api"
        self.session = requests.Session()
        self.session.trust_env = False
        if user:
            self.session.auth = (user, BY_NAME[user].password)

    def __call__(self, method, path, **more):
        return self.session.request(method, self.url + path, timeout=30, allow_redirects=False, **more)

    def get(self, path, params=None, **more):
        return self("GET", path, params=params, **more)

    def post(self, path, **more):
        return self("POST", path, **more)

    def every(self, path="/reports", **params):
        """All rows of a list, page by page."""
        rows, page = [], 1
        while True:
            answer = self.get(path, {"limit": 100, "page": page, **params})
            assert answer.status_code in (200, 206), answer.text
            rows += answer.json()
            if len(rows) >= int(answer.headers["Content-Range"].split("/")[1]):
                return rows
            page += 1


@pytest.fixture(scope="module")
def sandbox():
    with SandboxProcess(reports=300, rate=0, now=NOW, python=sys.executable) as process:
        yield process


@pytest.fixture(autouse=True)
def _no_fault_left(request):
    yield
    if "sandbox" in request.fixturenames:
        process = request.getfixturevalue("sandbox")
        process.faults()
        process.reset_world()


@pytest.fixture(scope="session")
def caller():
    return Caller


@pytest.fixture
def call(sandbox):
    """`call("membre")` or `call(None)`: the API as this user."""
    return lambda user="membre": Caller(sandbox.url, user)


@pytest.fixture
def membre(call):
    return call("membre")


@pytest.fixture
def admin(call):
    return call("admin")


@pytest.fixture
def anonymous(call):
    return call(None)


@pytest.fixture
def token(sandbox):
    """`token(grant_type="password", …)`: the answer of the token endpoint, client of the sandbox unless given."""

    def ask(**form):
        form = {"client_id": "geocollab-sandbox", **form}
        return requests.post(sandbox.url + OIDC + "/token", data=form, timeout=30)

    return ask


@pytest.fixture
def office(sandbox):
    """`office("membre", "montreuil")`: the API Entrepôt as this user, at this datastore."""
    from tests.sandbox.entrepot_calls import Office

    sandbox.reset_entrepot_settings()
    return lambda user="membre", datastore="montreuil": Office(sandbox, user, datastore)


@pytest.fixture
def montreuil(office):
    return office()
