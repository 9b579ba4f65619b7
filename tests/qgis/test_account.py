"""From the account of a connection to the header of its requests; the QGIS authentication manager among them."""

import json
import shutil
import threading
import time
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsAuthMethodConfig
from qgis.PyQt.QtCore import QCoreApplication

from geocollab.client import auth, errors
from geocollab.client.espaceco import users
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.network import Network
from geocollab.client.session import Session
from geocollab.workflows.connection.connection import connection_from, read_connection
from geocollab.workflows.errors import InputError
from tests.qgis_process import run_qgis_process

MASTER_PASSWORD = "of-the-tests"  # pragma: allowlist secret
REALM = "/auth/realms/geoplateforme/protocol/openid-connect"
ME = "/gcms/api/users/me"


@pytest.fixture(scope="module")
def manager(qgis_app):
    """The authentication manager with its database open."""
    found = QgsApplication.authManager()
    assert found.masterPasswordIsSet() or found.setMasterPassword(MASTER_PASSWORD, True)
    return found


@pytest.fixture
def store(manager):
    """`store(method, key=value…)`: the id of a configuration, removed after the test."""
    made = []

    def make(method, **values):
        config = QgsAuthMethodConfig(method)
        config.setName(f"test {len(made)}")
        for key, value in values.items():
            config.setConfig(key, value)
        stored, config = manager.storeAuthenticationConfig(config)
        assert stored
        made.append(config.id())
        return config.id()

    yield make
    for authcfg in made:
        manager.removeAuthenticationConfig(authcfg)
        manager.clearCachedConfig(authcfg)


@pytest.fixture
def oauth2(store, sandbox):
    """`oauth2(**changes)`: an OAuth2 configuration for the sandbox with the resource owner grant."""

    def make(**changes):
        settings = {
            "accessMethod": 0, "apiKey": "", "clientId": "geocollab-sandbox", "clientSecret": "", "configType": 1,
            "description": "", "grantFlow": 2, "id": "", "name": "", "objectName": "",
            "password": "sandbox-membre",  # pragma: allowlist secret
            "persistToken": False, "queryPairs": {}, "redirectPort": 7070, "redirectUrl": "",
            "refreshTokenUrl": sandbox.url + REALM + "/token", "requestTimeout": 5, "requestUrl": "",
            "scope": "openid", "tokenUrl": sandbox.url + REALM + "/token", "username": "membre", "version": 1,
            **changes,
        }  # fmt: skip
        return store("OAuth2", oauth2config=json.dumps(settings))

    return make


def connection(sandbox, authcfg):
    file = sandbox.connection_for(None, "anonymous", account={"kind": "authcfg", "authcfg": authcfg})
    return read_connection(Path(file))


def account_of(sandbox, authcfg):
    from geocollab.provider.account import account_auth

    return account_auth(connection(sandbox, authcfg))


@pytest.fixture
def whoami(sandbox):
    """`whoami(account)`: the name of the user for whom the sandbox takes the account."""

    def ask(account, **options):
        with Session(account, Network(proxy=lambda url: None), rate=None, **options) as session:
            return users.me(EspaceCo(session, sandbox.url + "/gcms/api")).username

    return ask


def grants(sandbox):
    bodies = [entry["body"] for entry in sandbox.journal("/token$")]
    return [body.partition("grant_type=")[2].partition("&")[0] for body in bodies]


# ------------------------------------------------------------------ accounts without QGIS


@pytest.mark.parametrize(
    ("kind", "user", "expected"),
    [("basic", "membre", "membre"), ("password", "admin", "admin"), ("token", "membre", "membre"),
     ("client_credentials", None, "service-geocollab")],
)  # fmt: skip
def test_each_kind_of_account_signs_in(qgis_app, sandbox, whoami, kind, user, expected):
    from geocollab.provider.account import account_auth

    assert whoami(account_auth(read_connection(Path(sandbox.connection_for(user, kind))))) == expected


def test_nobody(qgis_app, sandbox):
    from geocollab.provider.account import account_auth

    assert isinstance(account_auth(read_connection(Path(sandbox.connection_for(None, "anonymous")))), auth.Anonymous)


def test_a_password_grant_with_a_client_secret(qgis_app, monkeypatch):
    from geocollab.provider.account import account_auth

    monkeypatch.setenv("PW", "a-pass-word")
    monkeypatch.setenv("CS", "a-client-secret")
    account = {"kind": "password", "username": "u", "password_env": "PW", "client_id": "c"}  # pragma: allowlist secret
    plain = account_auth(connection_from({"name": "x", "account": account}))
    assert plain._client == {"client_id": "c"}
    secret = account_auth(connection_from({"name": "x", "account": {**account, "client_secret_env": "CS"}}))
    assert secret._client == {"client_id": "c", "client_secret": "a-client-secret"}
    assert secret._grant["username"] == "u" and secret._grant["password"] == "a-pass-word"  # pragma: allowlist secret


# ------------------------------------------------------------------ configurations of QGIS


def test_a_basic_configuration(sandbox, store, whoami):
    authcfg = store("Basic", username="membre", password="sandbox-membre", realm="")
    assert whoami(account_of(sandbox, authcfg)) == "membre"


def test_a_wrong_basic_configuration_is_unauthorized(sandbox, store, whoami):
    authcfg = store("Basic", username="membre", password="hunter2", realm="")
    with pytest.raises(errors.Unauthorized, match="Identifiant ou mot de passe incorrect"):
        whoami(account_of(sandbox, authcfg))
    assert [entry["status"] for entry in sandbox.journal()] == [401]


def test_an_oauth2_configuration(sandbox, oauth2, whoami):
    assert whoami(account_of(sandbox, oauth2())) == "membre"
    assert grants(sandbox) == ["password"]
    assert sandbox.journal(ME)[0]["headers"]["authorization"] == "Bearer ***"


def test_the_token_of_qgis_is_used_by_the_next_operation(sandbox, oauth2, whoami):
    authcfg = oauth2()
    for _ in range(3):
        assert whoami(account_of(sandbox, authcfg)) == "membre"
    assert grants(sandbox) == ["password"]


@pytest.mark.parametrize(
    ("changes", "requests"),
    [({"password": "hunter2"}, 1), ({"tokenUrl": "http://127.0.0.1:9/token"}, 0)],  # pragma: allowlist secret
)
def test_an_oauth2_configuration_that_gives_nothing_fails_to_sign_in(sandbox, oauth2, changes, requests):
    from geocollab.provider.errors import sentence

    with pytest.raises(errors.SignInFailed) as caught:
        account_of(sandbox, oauth2(**changes))
    assert len(sandbox.journal("/token")) == requests
    said = sentence(caught.value)
    assert said.startswith("Signing in at 127.0.0.1") and "no credentials" in said and "hunter2" not in said


def test_an_unknown_configuration_is_a_clear_sentence(manager, sandbox):
    with pytest.raises(InputError) as caught:
        account_of(sandbox, "abc1234")
    assert str(caught.value).startswith("QGIS knows no authentication configuration “abc1234”: make it in Settings")


def test_a_missing_master_password_is_a_clear_sentence(manager, sandbox, store):
    authcfg = store("Basic", username="membre", password="sandbox-membre", realm="")
    manager.clearMasterPassword()
    manager.clearCachedConfig(authcfg)
    try:
        with pytest.raises(InputError) as caught:
            account_of(sandbox, authcfg)
    finally:
        assert manager.setMasterPassword(MASTER_PASSWORD, True)
    assert f"“{authcfg}” cannot be opened: its master password is needed" in str(caught.value)
    assert "QGIS_AUTH_PASSWORD_FILE" in str(caught.value)


def test_a_disabled_manager_is_a_clear_sentence(qgis_app, sandbox, monkeypatch):
    from geocollab.provider import account

    class Disabled:
        @staticmethod
        def authManager():
            return Disabled()

        def isDisabled(self):
            return True

        def disabledMessage(self):
            return "QCA is missing"

    monkeypatch.setattr(account, "QgsApplication", Disabled)
    with pytest.raises(InputError, match="The QGIS authentication manager is disabled: QCA is missing"):
        account_of(sandbox, "abc1234")


# ------------------------------------------------------------------ renewal after a refusal


@pytest.mark.parametrize("kept", [False, True], ids=["token in memory", "token kept by QGIS"])
def test_renewal_while_the_operation_runs_in_the_main_thread(sandbox, oauth2, whoami, kept):
    account = account_of(sandbox, oauth2(persistToken=kept))
    sandbox.faults({"kind": "expired_token"})
    began = time.monotonic()
    assert whoami(account) == "membre"
    assert time.monotonic() - began < 5
    assert [entry["status"] for entry in sandbox.journal(ME)] == [401, 200]
    assert grants(sandbox) == ["password", "password"]


def test_a_second_refusal_is_final(sandbox, oauth2, whoami):
    account = account_of(sandbox, oauth2())
    sandbox.faults({"kind": "expired_token", "times": None})
    with pytest.raises(errors.Unauthorized):
        whoami(account)
    assert [entry["status"] for entry in sandbox.journal(ME)] == [401, 401]
    assert grants(sandbox) == ["password", "password"]


def in_a_thread(work, patience=20):
    """Run it in a thread of its own while the event loop of the main thread turns; its result or error."""
    outcome = []

    def run():
        try:
            outcome.append(work())
        except Exception as error:  # noqa: BLE001 - handed to the test
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    until = time.monotonic() + patience
    while thread.is_alive() and time.monotonic() < until:
        QCoreApplication.processEvents()
        time.sleep(0.005)
    assert outcome, "no answer: the threads wait for each other"
    return outcome[0]


def test_renewal_from_a_thread_while_the_main_thread_turns(sandbox, oauth2, whoami):
    account = account_of(sandbox, oauth2())
    sandbox.faults({"kind": "expired_token"})
    assert in_a_thread(lambda: whoami(account)) == "membre"
    assert [entry["status"] for entry in sandbox.journal(ME)] == [401, 200]


def test_renewal_in_an_operation_of_a_qgis_task(sandbox, oauth2, whoami):
    """As Processing runs an operation: in a thread of Qt, not of Python."""
    from qgis.core import QgsTask

    account, names = account_of(sandbox, oauth2()), []
    sandbox.faults({"kind": "expired_token"})
    task = QgsTask.fromFunction("whoami", lambda task: names.append(whoami(account)))
    QgsApplication.taskManager().addTask(task)
    until = time.monotonic() + 20
    while not names and time.monotonic() < until:
        QCoreApplication.processEvents()
        time.sleep(0.005)
    assert names == ["membre"]
    assert [entry["status"] for entry in sandbox.journal(ME)] == [401, 200]


def test_pages_in_flight_are_renewed_once(sandbox, oauth2):
    account = account_of(sandbox, oauth2())
    sandbox.faults({"kind": "expired_token"})

    def work():
        with Session(account, Network(proxy=lambda url: None), rate=None) as session:
            pages = session.in_parallel(lambda n: session.send("GET", sandbox.url + ME).json()["id"], range(12))
            return list(pages)

    assert in_a_thread(work) == [1001] * 12
    assert grants(sandbox) == ["password", "password"]


def test_a_cancel_while_the_main_thread_is_busy(sandbox, oauth2, whoami):
    account = account_of(sandbox, oauth2())
    sandbox.faults({"kind": "expired_token"})
    began, outcome = time.monotonic(), []

    def work():
        try:
            whoami(account, cancelled=lambda: time.monotonic() - began > 0.5)
        except errors.Cancelled:
            outcome.append(time.monotonic() - began)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(5)  # no event loop turns: nobody answers
    assert outcome and outcome[0] < 2.5
    QCoreApplication.processEvents()


def test_a_token_that_runs_out_is_refreshed_by_qgis(manager, oauth2, whoami):
    from sandbox.process import SandboxProcess

    with SandboxProcess(reports=10, token_life=2) as short:
        urls = dict.fromkeys(("tokenUrl", "refreshTokenUrl"), short.url + REALM + "/token")
        account = account_of(short, oauth2(**urls))
        time.sleep(2.2)
        with Session(account, Network(proxy=lambda url: None), rate=None) as session:
            assert users.me(EspaceCo(session, short.url + "/gcms/api")).username == "membre"
        assert [entry["status"] for entry in short.journal(ME)] == [401, 200]
        assert grants(short)[0] == "password" and len(grants(short)) == 2


# ------------------------------------------------------------------ the real program


@pytest.fixture
def check(manager, sandbox, tmp_path):
    """`check(authcfg, password_file=True)`: “Check the connection” by qgis_process, with a copy of the database."""

    def run(authcfg, password_file=True):
        folder = tmp_path / "auth"
        folder.mkdir()
        shutil.copy(manager.authenticationDatabasePath(), folder / "qgis-auth.db")
        environment = {"QGIS_AUTH_DB_DIR_PATH": str(folder)}
        if password_file:
            secret = tmp_path / "master-password"
            secret.write_text(MASTER_PASSWORD + "\n")
            environment["QGIS_AUTH_PASSWORD_FILE"] = str(secret)
        file = sandbox.connection_for(None, "anonymous", account={"kind": "authcfg", "authcfg": authcfg})
        return run_qgis_process(
            "run", "geocollab:checkconnection", "--", f"CONNECTION={file}", profile=tmp_path / "profile",
            env=environment, json=True,
        )  # fmt: skip

    return run


def test_qgis_process_with_a_basic_configuration(store, check):
    outcome = check(store("Basic", username="membre", password="sandbox-membre", realm=""))
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.results["USERNAME"] == "membre"


def test_qgis_process_with_an_oauth2_configuration_renews_it(sandbox, oauth2, check):
    sandbox.faults({"kind": "expired_token", "path": ME})
    outcome = check(oauth2())
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.results["USERNAME"] == "membre"
    assert 401 in [entry["status"] for entry in sandbox.journal(ME)]
    assert "sandbox-membre" not in outcome.stdout + outcome.stderr


def test_qgis_process_without_the_master_password_says_what_to_do(store, check):
    outcome = check(store("Basic", username="membre", password="sandbox-membre", realm=""), password_file=False)
    assert outcome.returncode == 1
    assert "QGIS_AUTH_PASSWORD_FILE" in outcome.stderr
