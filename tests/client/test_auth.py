"""Every kind of account, and what happens when the server no longer believes it."""

import json
import threading
import time

import pytest

from geocollab.client import auth, errors
from geocollab.client.espaceco import reports, users
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.paging import Listing
from tests.client.raw_server import RawServer, reply

TOKEN = "openid-connect/token"
ME = "/gcms/api/users/me"
SECRET = "sandbox-service-secret"  # pragma: allowlist secret


def asked(sandbox):
    """The grants that the sign-in service was asked for."""
    bodies = [entry["body"] for entry in sandbox.journal(TOKEN)]
    return [body.partition("grant_type=")[2].partition("&")[0] for body in bodies]


def member_grant(sso, password="sandbox-membre"):  # pragma: allowlist secret
    return auth.password_grant(sso, "geocollab-sandbox", "membre", password)


def whoami(session, sandbox):
    return users.me(EspaceCo(session, sandbox.url + "/gcms/api")).username


def expire(account):
    """Make the account believe that its token is about to end."""
    account._renew_at = time.monotonic() - 1


# ------------------------------------------------------------------ kinds


def test_basic(sandbox, make_session):
    assert whoami(make_session(auth.basic("membre", "sandbox-membre")), sandbox) == "membre"
    assert sandbox.journal(TOKEN) == []


def test_a_wrong_basic_password_is_unauthorized_at_once(sandbox, make_session):
    with pytest.raises(errors.Unauthorized, match="Identifiant ou mot de passe incorrect"):
        whoami(make_session(auth.basic("membre", "hunter2")), sandbox)
    assert len(sandbox.journal()) == 1


def test_a_bearer_token(sandbox, make_session):
    assert whoami(make_session(auth.bearer(sandbox.token("membre"))), sandbox) == "membre"


def test_a_used_up_token_is_unauthorized_at_once(sandbox, make_session):
    with pytest.raises(errors.Unauthorized, match="Jeton expiré ou inconnu"):
        whoami(make_session(auth.bearer("used-up")), sandbox)
    assert len(sandbox.journal()) == 1


def test_nobody_sees_public_reports_only(sandbox, make_session):
    anonymous = EspaceCo(make_session(auth.Anonymous()), sandbox.url + "/gcms/api")
    rows = [row for page in reports.listing(anonymous, reports.ReportQuery()) for row in page]
    assert rows and not any(row.get("community") == 375 for row in rows)
    with pytest.raises(errors.Unauthorized):
        users.me(anonymous)
    assert not any("authorization" in entry["headers"] for entry in sandbox.journal())


def test_the_password_grant_asks_once_for_many_requests(sandbox, sso, make_session):
    session = make_session(member_grant(sso))
    for _ in range(3):
        assert whoami(session, sandbox) == "membre"
    assert asked(sandbox) == ["password"]
    assert all(entry["headers"]["authorization"] == "Bearer ***" for entry in sandbox.journal(ME))
    assert "authorization" not in sandbox.journal(TOKEN)[0]["headers"]


def test_the_client_credentials_grant(sandbox, sso, make_session):
    session = make_session(auth.client_credentials(sso, "geocollab-service", SECRET))
    assert whoami(session, sandbox) == "service-geocollab"
    assert asked(sandbox) == ["client_credentials"]


def test_the_first_requests_at_once_sign_in_once(sandbox, sso, make_session):
    session = make_session(member_grant(sso))
    list(session.in_parallel(lambda n: session.send("GET", sandbox.url + ME), range(6)))
    assert asked(sandbox) == ["password"]


# ------------------------------------------------------------------ renewal


def test_a_token_is_renewed_before_it_ends_and_the_refresh_token_rotates(sandbox, sso, make_session):
    account = member_grant(sso)
    session = make_session(account)
    for _ in range(4):
        whoami(session, sandbox)
        expire(account)
    assert asked(sandbox) == ["password", "refresh_token", "refresh_token", "refresh_token"]
    assert {entry["status"] for entry in sandbox.journal()} == {200}


@pytest.mark.parametrize(("life", "early"), [(300, 30), (60, 15), (4, 1)])
def test_how_long_before_its_end(life, early):
    answer = {"access_token": "an-access-token", "expires_in": life}
    with RawServer(reply(200, json.dumps(answer).encode())) as server:
        account = auth.password_grant(server.url, "c", "u", "p")
        header(account)
        assert account._renew_at - time.monotonic() == pytest.approx(life - early, abs=0.5)


def header(account):
    from geocollab.client.network import Network
    from geocollab.client.session import Session

    with Session(rate=None, network=Network(proxy=lambda url: None)) as session:
        return account.header(session._send_as_nobody)


@pytest.mark.parametrize("life", [None, 0, -5, "soon", [], 1e400, "300"])
def test_an_odd_lifetime_does_not_mean_a_token_for_each_request(life):
    answer = {"access_token": "an-access-token", "expires_in": life, "refresh_token": 7, "refresh_expires_in": life}
    with RawServer(reply(200, json.dumps(answer).encode())) as server:
        account = auth.password_grant(server.url, "c", "u", "p")
        assert header(account) == header(account) == "Bearer an-access-token"
        assert len(server.requests) == 1


def test_a_refresh_token_that_is_over_is_not_tried(sandbox, sso, make_session):
    account = member_grant(sso)
    session = make_session(account)
    whoami(session, sandbox)
    expire(account)
    account._refresh_until = time.monotonic() - 1
    whoami(session, sandbox)
    assert asked(sandbox) == ["password", "password"]


def test_a_refresh_token_that_is_refused_means_signing_in_anew(sandbox, sso, make_session):
    account = member_grant(sso)
    session = make_session(account)
    whoami(session, sandbox)
    expire(account)
    account._refresh = "revoked"
    assert whoami(session, sandbox) == "membre"
    assert asked(sandbox) == ["password", "refresh_token", "password"]


@pytest.mark.parametrize("already_signed_in", [False, True])
def test_a_token_refused_is_renewed_once(sandbox, sso, make_session, already_signed_in):
    session = make_session(member_grant(sso))
    if already_signed_in:
        whoami(session, sandbox)
        sandbox.clear_journal()
    sandbox.faults({"kind": "expired_token"})
    assert whoami(session, sandbox) == "membre"
    assert [entry["status"] for entry in sandbox.journal(ME)] == [401, 200]
    assert asked(sandbox) == (["refresh_token"] if already_signed_in else ["password", "refresh_token"])


def test_a_second_refusal_is_final(sandbox, sso, make_session):
    session = make_session(member_grant(sso))
    sandbox.faults({"kind": "expired_token", "times": None})
    with pytest.raises(errors.Unauthorized, match="Jeton expiré"):
        whoami(session, sandbox)
    assert [entry["status"] for entry in sandbox.journal(ME)] == [401, 401]
    assert asked(sandbox) == ["password", "refresh_token"]


def test_each_new_request_may_renew_again(sandbox, sso, make_session):
    session = make_session(member_grant(sso))
    for _ in range(3):
        sandbox.faults({"kind": "expired_token"})
        assert whoami(session, sandbox) == "membre"
    assert len(sandbox.journal(ME)) == 6


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_token_refused_in_mid_paging_is_renewed_once_for_all_pages(sandbox, sso, make_session, after):
    session = make_session(member_grant(sso))
    sandbox.faults({"kind": "expired_token", "path": "/reports", "after": after})
    listing = Listing(session, sandbox.url + "/gcms/api/reports", [("sort", "id:ASC")], limit=20)
    ids = [row["id"] for page in listing for row in page]
    assert len(ids) == listing.first_total > 100 and ids == sorted(set(ids)) and listing.complete(len(ids))
    assert asked(sandbox) == ["password", "refresh_token"]
    statuses = [entry["status"] for entry in sandbox.journal("/reports")]
    assert 1 <= statuses.count(401) <= session.concurrency
    assert len(statuses) - statuses.count(401) == -(-len(ids) // 20)


# ------------------------------------------------------------------ the sign-in service


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (lambda sso: member_grant(sso, "hunter2"), "Invalid user credentials"),
        (lambda sso: auth.password_grant(sso, "nobody", "membre", "sandbox-membre"), "Invalid client"),
        (lambda sso: auth.client_credentials(sso, "geocollab-service", "hunter2"), "Invalid client"),
    ],
)
def test_a_refused_sign_in_fails_with_the_services_words(sandbox, sso, make_session, account, words):
    with pytest.raises(errors.SignInFailed, match=words) as caught:
        whoami(make_session(account(sso)), sandbox)
    assert caught.value.url == sso + "/protocol/openid-connect/token"
    assert caught.value.status in (400, 401)
    assert "hunter2" not in str(caught.value)
    assert len(sandbox.journal(TOKEN)) == 1 and not sandbox.journal(ME)


def test_a_forbidden_sign_in_is_a_failed_one(sandbox, sso, make_session):
    sandbox.faults({"kind": "status", "path": TOKEN, "status": 403, "message": "Compte désactivé"})
    with pytest.raises(errors.SignInFailed, match="Compte désactivé"):
        whoami(make_session(member_grant(sso)), sandbox)


def test_an_unknown_realm_is_not_found(sandbox, make_session):
    with pytest.raises(errors.NotFound, match="token"):
        whoami(make_session(member_grant(sandbox.url + "/auth/realms/other")), sandbox)


def test_a_sign_in_service_that_is_down_is_unreachable(sandbox, make_session, quick):
    with RawServer(reply()) as server:
        url = server.url
    with pytest.raises(errors.Unreachable) as caught:
        whoami(make_session(member_grant(url)), sandbox)
    assert caught.value.url.startswith(url)


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "reset"}, {"kind": "lost_answer"}])
def test_a_sign_in_service_that_stumbles_is_asked_again(sandbox, sso, make_session, quick, fault):
    sandbox.faults({**fault, "path": TOKEN, "times": 2})
    assert whoami(make_session(member_grant(sso)), sandbox) == "membre"
    assert len(asked(sandbox)) == 3


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "reset"}])
def test_a_sign_in_service_that_stays_down_is_asked_four_times(sandbox, sso, make_session, quick, fault):
    sandbox.faults({**fault, "path": TOKEN, "times": None})
    with pytest.raises((errors.Busy, errors.Unreachable)) as caught:
        whoami(make_session(member_grant(sso)), sandbox)
    assert caught.value.url.endswith("/token")
    assert len(asked(sandbox)) == 4 and not sandbox.journal(ME)


def test_a_refresh_whose_answer_was_lost_ends_in_a_new_sign_in(sandbox, sso, make_session, quick):
    account = member_grant(sso)
    session = make_session(account)
    whoami(session, sandbox)
    expire(account)
    sandbox.faults({"kind": "lost_answer", "path": TOKEN})
    assert whoami(session, sandbox) == "membre"
    assert asked(sandbox) == ["password", "refresh_token", "refresh_token", "password"]


@pytest.mark.parametrize(
    "body",
    [b"<html><title>Maintenance</title></html>", b"", b"[]", b"{}", b'{"access_token": 7}', b'{"access_token": ""}'],
)
def test_a_sign_in_service_that_answers_nonsense(make_session, body):
    with RawServer(reply(200, body)) as server:
        with pytest.raises(errors.MalformedAnswer) as caught:
            make_session(member_grant(server.url)).get(server.url)
        assert caught.value.url.endswith("/token")
        assert len(server.requests) == 1


def test_the_password_does_not_follow_a_redirection(make_session):
    with RawServer(reply(200, b"{}")) as other:
        with RawServer(reply(307, b"", [f"Location: {other.url}"])) as server:
            with pytest.raises(errors.ServiceError):
                make_session(member_grant(server.url)).get(server.url)
        assert not other.requests


# ------------------------------------------------------------------ credentials that somebody else manages


class Manager:
    """Gives one credential after the other, and remembers in which thread it was asked."""

    def __init__(self, *values):
        self.values = list(values)
        self.threads = []

    def __call__(self):
        self.threads.append(threading.current_thread())
        return self.values.pop(0) if len(self.values) > 1 else self.values[0]


def test_given_credentials_are_asked_for_again_after_a_refusal(sandbox, make_session):
    manager = Manager("Bearer used-up", "Bearer " + sandbox.token("membre"))
    sandbox.clear_journal()
    assert whoami(make_session(auth.Given(manager)), sandbox) == "membre"
    assert [entry["status"] for entry in sandbox.journal()] == [401, 200]
    assert manager.threads == [threading.main_thread()] * 2


def test_given_credentials_that_stay_the_same_are_unauthorized(sandbox, make_session):
    manager = Manager("Bearer used-up")
    with pytest.raises(errors.Unauthorized):
        whoami(make_session(auth.Given(manager)), sandbox)
    assert len(sandbox.journal()) == 1 and len(manager.threads) == 2


def test_a_thread_of_an_operation_does_not_ask_itself(sandbox, make_session):
    """So that it can be cancelled while the main thread shows a log-in page."""
    manager = Manager("Bearer used-up", "Bearer " + sandbox.token("membre"))
    account, names = auth.Given(manager), []
    session = make_session(account)
    thread = threading.Thread(target=lambda: names.append(whoami(session, sandbox)))
    thread.start()
    thread.join(10)
    assert names == ["membre"]
    assert manager.threads[0] is threading.main_thread()
    assert manager.threads[1] not in (thread, threading.main_thread())
