"""The login server (section 1.2): Keycloak's routes and answers, tokens that mean nothing outside the sandbox.

Grants: `password`, `client_credentials`, `authorization_code` (PKCE S256 for public clients), `refresh_token` with
rotation. `auto_login=USER` on `auth` skips the page. Errors have the form of OAuth 2, not that of the API.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from html import escape
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from .access import identify
from .wire import html_answer, json_answer, route
from .world.people import BY_ID, BY_NAME, CLIENTS, Client, User, signed_in

ISSUER = "/auth/realms/geoplateforme"
_BASE = ISSUER + "/protocol/openid-connect"
_CODE_SECONDS = 60
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Refused(Exception):
    """An OAuth 2 error: `error` code, text, HTTP status."""

    def __init__(self, error: str, description: str, status: int = 400):
        super().__init__(description)
        self.answer = json_answer({"error": error, "error_description": description}, status)


async def configuration(request: Request) -> Response:
    root = request.state.sandbox.url
    endpoints = {f"{name}_endpoint": f"{root}{_BASE}/{path}" for name, path in (
        ("authorization", "auth"), ("token", "token"), ("userinfo", "userinfo"), ("end_session", "logout"),
        ("revocation", "revoke"))}  # fmt: skip
    return json_answer(
        {
            "issuer": root + ISSUER,
            **endpoints,
            "grant_types_supported": ["authorization_code", "refresh_token", "password", "client_credentials"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "email", "roles"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
    )


async def token(request: Request) -> Response:
    grants = {
        "password": _by_password,
        "client_credentials": _by_client,
        "authorization_code": _by_code,
        "refresh_token": _by_refresh,
    }
    try:
        form = await _form(request)
        grant = grants.get(form.get("grant_type", ""))
        if grant is None:
            raise Refused("unsupported_grant_type", "Unsupported grant_type")
        client = _client(request, form)
        return grant(request, client, form)
    except Refused as refused:
        refused.answer.headers["Cache-Control"] = "no-store"
        return refused.answer


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Refused("invalid_request", "application/x-www-form-urlencoded expected", 415)
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        raise Refused("invalid_request", "Unreadable form") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Refused("invalid_request", "duplicated parameter")
    return form


def _client(request: Request, form: dict[str, str]) -> Client:
    """The application, known by its id and, when it has one, its secret (in the form or by HTTP Basic)."""
    name, secret = form.get("client_id", ""), form.get("client_secret")
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refused("invalid_client", "Unreadable Authorization header", 401) from None
        name, secret = unquote_plus(pair[0]), unquote_plus(pair[2])
    client = CLIENTS.get(name)
    if client is None or (client.secret is not None and client.secret != secret):
        raise Refused("invalid_client", "Invalid client or Invalid client credentials", 401)
    return client


def _by_password(request: Request, client: Client, form: dict[str, str]) -> Response:
    user = signed_in(form.get("username", ""), form.get("password", ""))
    if user is None:
        raise Refused("invalid_grant", "Invalid user credentials", 401)
    return _tokens(request, user, client, form.get("scope", ""))


def _by_client(request: Request, client: Client, form: dict[str, str]) -> Response:
    if client.service_user is None:
        raise Refused("unauthorized_client", "Client not enabled to retrieve service account", 401)
    return _tokens(request, BY_NAME[client.service_user], client, form.get("scope", ""), refresh=False)


def _by_code(request: Request, client: Client, form: dict[str, str]) -> Response:
    state = request.state.sandbox.state
    code = state.token(form.get("code", ""), "code")
    if code:
        state.drop_token(code["token"])  # a code serves once, even when what follows is refused
    if code is None or code["expires"] < time.time() or code["client"] != client.id:
        raise Refused("invalid_grant", "Code not valid")
    if code["redirect_uri"] != form.get("redirect_uri"):
        raise Refused("invalid_grant", "Incorrect redirect_uri")
    if code["challenge"] and not hmac.compare_digest(code["challenge"], _challenge(form.get("code_verifier", ""))):
        raise Refused("invalid_grant", "PKCE verification failed")
    return _tokens(request, BY_ID[code["user"]], client, code["scope"], nonce=code["nonce"])


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _by_refresh(request: Request, client: Client, form: dict[str, str]) -> Response:
    state = request.state.sandbox.state
    old = state.token(form.get("refresh_token", ""), "refresh")
    if old is None or old["client"] != client.id:
        raise Refused("invalid_grant", "Invalid refresh token")
    state.drop_token(old["token"])
    if old["expires"] < time.time():
        raise Refused("invalid_grant", "Token is not active")
    return _tokens(request, BY_ID[old["user"]], client, old["scope"], session=old["session"])


def _tokens(request: Request, user: User, client: Client, scope: str, *, session: str | None = None,
            refresh: bool = True, nonce: str | None = None) -> Response:  # fmt: skip
    sandbox = request.state.sandbox
    session, now = session or secrets.token_hex(16), time.time()
    answer = {"token_type": "Bearer", "scope": scope, "session_state": session}
    kinds = [("access", sandbox.access_seconds, "expires_in")]
    kinds += [("refresh", sandbox.refresh_seconds, "refresh_expires_in")] if refresh else []
    for kind, seconds, member in kinds:
        value = secrets.token_urlsafe(32)
        sandbox.state.add_token(value, kind, session, user.id, client.id, scope, now + seconds)
        answer[f"{kind}_token"], answer[member] = value, seconds
    if "openid" in scope.split():
        answer["id_token"] = _id_token(sandbox, user, client, session, int(now), nonce)
    return json_answer(answer, headers={"Cache-Control": "no-store"})


def _id_token(sandbox, user: User, client: Client, session: str, now: int, nonce: str | None) -> str:
    """A JWT signed with a key that nobody else has."""
    claims = {"iss": sandbox.url + ISSUER, "aud": client.id, "iat": now, "exp": now + sandbox.access_seconds,
              "sid": session, **_claims(user), **({"nonce": nonce} if nonce else {})}  # fmt: skip
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    ]
    signature = hmac.new(sandbox.signing_key, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def _claims(user: User) -> dict:
    return {"sub": f"sandbox-{user.id}", "preferred_username": user.username, "name": user.description,
            "email": user.email}  # fmt: skip


async def authorise(request: Request) -> Response:
    """The login page, and the redirection with a code once the user is known."""
    asked = dict(request.query_params)
    client, target = CLIENTS.get(asked.get("client_id", "")), urlsplit(asked.get("redirect_uri", ""))
    if client is None or target.scheme != "http" or target.hostname not in _LOOPBACK:
        text = "Client inconnu ou adresse de retour refusée (seule une adresse locale est admise)"
        return html_answer("Erreur", f"<p>{text}</p>", 400)
    if asked.get("response_type") != "code":
        return _back(asked, error="unsupported_response_type")
    method = asked.get("code_challenge_method")
    if (client.secret is None or method) and (method != "S256" or not asked.get("code_challenge")):
        return _back(asked, error="invalid_request", error_description="Missing or invalid code_challenge (S256)")
    if request.method == "POST":
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        user = signed_in(form.get("username", ""), form.get("password", ""))
    else:
        user = BY_NAME.get(asked.get("auto_login", ""))
    if user is None:
        return _login_page(asked, request.method == "POST" or "auto_login" in asked)
    code = secrets.token_urlsafe(24)
    detail = {"redirect_uri": asked["redirect_uri"], "challenge": asked.get("code_challenge"),
              "nonce": asked.get("nonce")}  # fmt: skip
    request.state.sandbox.state.add_token(
        code, "code", "", user.id, client.id, asked.get("scope", ""), time.time() + _CODE_SECONDS, detail
    )
    return _back(asked, code=code)


def _back(asked: dict[str, str], **members: str) -> Response:
    target = asked["redirect_uri"]
    members.update({"state": asked["state"]} if "state" in asked else {})
    location = target + ("&" if "?" in target else "?") + urlencode(members)
    return Response(b"", 302, {"Location": location, "Cache-Control": "no-store"}, "text/html; charset=utf-8")


def _login_page(asked: dict[str, str], refused: bool) -> Response:
    remark = "<p>Identifiant ou mot de passe incorrect</p>" if refused else ""
    name = escape(asked.get("login_hint", ""), quote=True)
    form = (
        f"<h1>Bac à sable</h1>{remark}<form method='post'>"
        f"<label>Identifiant <input name='username' value='{name}'></label>"
        "<label>Mot de passe <input name='password' type='password'></label><button>Se connecter</button></form>"
    )
    return html_answer("Connexion au bac à sable", form, 401 if refused else 200)


async def userinfo(request: Request) -> Response:
    user = request.state.user or identify(request.state.sandbox.state, request.headers.get("authorization", ""))
    return json_answer(_claims(user))


async def logout(request: Request) -> Response:
    asked = dict(request.query_params)
    if request.method == "POST":
        asked.update(parse_qsl((await request.body()).decode("utf-8", "replace")))
    state = request.state.sandbox.state
    refresh = state.token(asked.get("refresh_token", ""), "refresh")
    session = refresh["session"] if refresh else _session_of(request.state.sandbox, asked.get("id_token_hint", ""))
    if session:
        state.drop_session(session)
    target = asked.get("post_logout_redirect_uri", "")
    if target and urlsplit(target).scheme == "http" and urlsplit(target).hostname in _LOOPBACK:
        return _back({"redirect_uri": target, **({"state": asked["state"]} if "state" in asked else {})})
    return html_answer("Déconnexion", "<p>Vous êtes déconnecté.</p>")


def _session_of(sandbox, id_token: str) -> str | None:
    head, _, signature = id_token.rpartition(".")
    expected = base64.urlsafe_b64encode(hmac.new(sandbox.signing_key, head.encode(), hashlib.sha256).digest())
    if not head or not hmac.compare_digest(expected.rstrip(b"="), signature.encode()):
        return None
    payload = head.partition(".")[2]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sid"]


async def revoke(request: Request) -> Response:
    """Always 200 (RFC 7009); a refresh token takes its whole session with it."""
    try:
        form = await _form(request)
        _client(request, form)
    except Refused as refused:
        return refused.answer
    state = request.state.sandbox.state
    refresh = state.token(form.get("token", ""), "refresh")
    if refresh:
        state.drop_session(refresh["session"])
    state.drop_token(form.get("token", ""))
    return json_answer({})


ROUTES = [
    route(ISSUER + "/.well-known/openid-configuration", GET=configuration),
    route(_BASE + "/token", POST=token),
    route(_BASE + "/auth", GET=authorise, POST=authorise),
    route(_BASE + "/userinfo", GET=userinfo, POST=userinfo),
    route(_BASE + "/logout", GET=logout, POST=logout),
    route(_BASE + "/revoke", POST=revoke),
]
