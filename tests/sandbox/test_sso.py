"""The login server (section 1.2, A8): grants, PKCE, rotation, revocation."""

import base64
import hashlib
import secrets
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.process import SandboxProcess
from sandbox.world.people import BY_NAME, CLIENTS

OIDC = "/auth/realms/geoplateforme/protocol/openid-connect"
BACK = "http://127.0.0.1:7070/authorization-code/callback"
WRONG = "faux"
MEMBRE = {"grant_type": "password", "username": "membre", "password": BY_NAME["membre"].password}
SERVICE = {"client_id": "geocollab-service", "client_secret": CLIENTS["geocollab-service"].secret}


def me(sandbox, access):
    return requests.get(sandbox.url + "/gcms/api/users/me", headers={"Authorization": f"Bearer {access}"}, timeout=30)


def authorise(sandbox, **asked):
    asked = {"client_id": "geocollab-sandbox", "response_type": "code", "redirect_uri": BACK, **asked}
    return requests.get(sandbox.url + OIDC + "/auth", params=asked, allow_redirects=False, timeout=30)


def landed(answer):
    """The parameters that the browser brings back."""
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def pkce():
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return verifier, {"code_challenge": challenge, "code_challenge_method": "S256"}


def test_password(sandbox, token):
    answer = token(**MEMBRE, scope="openid profile")
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["refresh_expires_in"]) == ("Bearer", 300, 1800)
    assert tokens["id_token"].count(".") == 2
    assert answer.headers["Cache-Control"] == "no-store"
    assert me(sandbox, tokens["access_token"]).json()["username"] == "membre"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({**MEMBRE, "password": WRONG}, 401, "invalid_grant"),
        ({**MEMBRE, "username": "agent_voirie", "password": ""}, 401, "invalid_grant"),
        ({**MEMBRE, "client_id": "inconnu"}, 401, "invalid_client"),
        ({**MEMBRE, "grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "unauthorized_client"),
        (
            {**SERVICE, "client_secret": WRONG, "grant_type": "client_credentials"},
            401,
            "invalid_client",
        ),  # pragma: allowlist secret
        ({"grant_type": "refresh_token", "refresh_token": "faux"}, 400, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "faux"}, 400, "invalid_grant"),
    ],
)
def test_refused(token, form, status, error):
    answer = token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_client_credentials(sandbox, token):
    tokens = token(**SERVICE, grant_type="client_credentials").json()
    assert "refresh_token" not in tokens
    assert me(sandbox, tokens["access_token"]).json()["username"] == "service-geocollab"
    by_header = requests.post(
        sandbox.url + OIDC + "/token",
        data={"grant_type": "client_credentials"},
        auth=("geocollab-service", "sandbox-service-secret"),
        timeout=30,
    )
    assert by_header.status_code == 200


def test_refresh_rotates(sandbox, token):
    first = token(**MEMBRE).json()
    second = token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert me(sandbox, second["access_token"]).status_code == 200
    again = token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert token(grant_type="refresh_token", refresh_token=second["refresh_token"]).status_code == 200


def test_code_with_pkce(sandbox, token):
    verifier, challenge = pkce()
    back = landed(authorise(sandbox, auto_login="membre", state="abc", scope="openid", **challenge))
    assert back["state"] == "abc"
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK}
    tokens = token(**form, code_verifier=verifier).json()
    assert me(sandbox, tokens["access_token"]).json()["username"] == "membre"
    assert token(**form, code_verifier=verifier).json()["error"] == "invalid_grant"  # a code serves once


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "faux"},
        {"redirect_uri": BACK + "/autre"},
        {"client_id": "geocollab-service", "client_secret": CLIENTS["geocollab-service"].secret},
    ],
)
def test_code_is_bound_to_who_asked(sandbox, token, changes):
    verifier, challenge = pkce()
    code = landed(authorise(sandbox, auto_login="membre", **challenge))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
    assert token(**{**form, **changes}).json()["error"] == "invalid_grant"


def test_public_client_must_use_pkce(sandbox):
    assert landed(authorise(sandbox, auto_login="membre", state="s"))["error"] == "invalid_request"
    plain = {"code_challenge": "x", "code_challenge_method": "plain"}
    assert landed(authorise(sandbox, auto_login="membre", **plain))["error"] == "invalid_request"


def test_confidential_client_may_do_without_pkce(sandbox, token):
    code = landed(authorise(sandbox, auto_login="membre", client_id="geocollab-service"))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    assert token(**form, **SERVICE).status_code == 200


def test_login_page(sandbox):
    _, challenge = pkce()
    page = authorise(sandbox, login_hint="<membre>", **challenge)
    assert page.status_code == 200
    assert "value='&lt;membre&gt;'" in page.text
    refused = requests.post(page.url, data={"username": "membre", "password": "faux"}, timeout=30)
    assert refused.status_code == 401
    right = {"username": "membre", "password": BY_NAME["membre"].password}
    assert "code" in landed(requests.post(page.url, data=right, allow_redirects=False, timeout=30))


@pytest.mark.parametrize("redirect", ["https://example.org/", "http://example.org/", "urn:x", ""])
def test_only_local_redirections(sandbox, redirect):
    _, challenge = pkce()
    answer = authorise(sandbox, auto_login="membre", redirect_uri=redirect, **challenge)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_userinfo_revoke_logout(sandbox, token):
    tokens = token(**MEMBRE, scope="openid").json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    claims = requests.get(sandbox.url + OIDC + "/userinfo", headers=bearer, timeout=30).json()
    assert claims["preferred_username"] == "membre"
    form = {"client_id": "geocollab-sandbox", "token": tokens["access_token"]}
    assert requests.post(sandbox.url + OIDC + "/revoke", data=form, timeout=30).status_code == 200
    assert me(sandbox, tokens["access_token"]).status_code == 401
    renewed = token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BACK, "state": "z"}
    back = requests.get(sandbox.url + OIDC + "/logout", params=asked, allow_redirects=False, timeout=30)
    assert landed(back) == {"state": "z"}
    assert me(sandbox, renewed["access_token"]).status_code == 401
    assert token(grant_type="refresh_token", refresh_token=renewed["refresh_token"]).status_code == 400


def test_discovery(sandbox):
    path = "/auth/realms/geoplateforme/.well-known/openid-configuration"
    document = requests.get(sandbox.url + path, timeout=30).json()
    assert document["issuer"] == sandbox.url + "/auth/realms/geoplateforme"
    assert document["token_endpoint"] == sandbox.url + OIDC + "/token"


def test_a_token_expires():
    with SandboxProcess(reports=10, token_life=0, python=sys.executable) as short:
        form = {**MEMBRE, "client_id": "geocollab-sandbox"}
        tokens = requests.post(short.url + OIDC + "/token", data=form, timeout=30).json()
        assert tokens["expires_in"] == 0
        assert me(short, tokens["access_token"]).status_code == 401
