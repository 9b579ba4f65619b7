"""The kinds of account: who signs a request, and what to do when the server no longer believes it.

Nothing here is written anywhere: secrets live in memory only, and `keep_secret` sees to it that nothing repeats them.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import threading
import time
from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional

from .errors import Forbidden, Invalid, MalformedAnswer, SignInFailed, Unauthorized, keep_secret

if TYPE_CHECKING:
    from .session import Answer

Send = Callable[..., "Answer"]

RENEW_BEFORE = 30.0
"""Seconds of life left under which a token is renewed before it is used."""
UNSAID_LIFE = 60.0
"""Seconds that a token lives when the sign-in service does not say."""


class Auth:
    """What signs requests. `main_thread` says whether credentials are made in the main thread, wherever asked for."""

    main_thread = False

    def header(self, send: Send) -> Optional[str]:
        """The value of the Authorization header, None for nobody. `send` sends a request without account."""
        raise NotImplementedError

    def renew(self, send: Send, refused: Container[Optional[str]]) -> bool:
        """After a 401: have other credentials than the `refused` ones; False if there are none to be had."""
        return False


class Anonymous(Auth):
    """Nobody: public reports only."""

    def header(self, send: Send) -> Optional[str]:
        return None


class Fixed(Auth):
    """A header that cannot be renewed: HTTP Basic, or a bearer token handed over by the user."""

    def __init__(self, value: str) -> None:
        self._value = _kept(value)

    def header(self, send: Send) -> Optional[str]:
        return self._value


def basic(username: str, password: str) -> Fixed:
    """HTTP Basic (A7: service accounts keep one)."""
    text = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    return Fixed("Basic " + text)


def bearer(token: str) -> Fixed:
    """A token obtained elsewhere."""
    return Fixed("Bearer " + token)


class Given(Auth):
    """Credentials that somebody else manages (the QGIS authentication manager), asked for again after a 401."""

    main_thread = True

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._value = _kept(ask())

    def header(self, send: Send) -> Optional[str]:
        return self._value

    def renew(self, send: Send, refused: Container[Optional[str]]) -> bool:
        if self._value in refused:
            self._value = _kept(self._ask())
        return self._value not in refused


class SignIn(Auth):
    """A grant of the sign-in service (contract 1.2): `password` or `client_credentials`, then `refresh_token`.

    `sso` is the realm's URL. `grant` holds the members of the grant, secrets included.
    """

    def __init__(self, sso: str, client_id: str, grant: Mapping[str, str], client_secret: Optional[str] = None) -> None:
        self._token_url = sso.rstrip("/") + "/protocol/openid-connect/token"
        self._grant = dict(grant)
        self._client = {"client_id": client_id}
        if client_secret:
            self._client["client_secret"] = keep_secret(client_secret)
        if "password" in grant:
            keep_secret(grant["password"])
        self._lock = threading.Lock()
        self._access = ""
        self._renew_at = 0.0
        self._refresh = ""
        self._refresh_until = 0.0

    def header(self, send: Send) -> Optional[str]:
        with self._lock:
            if not self._access or time.monotonic() > self._renew_at:
                self._obtain(send)
            return "Bearer " + self._access

    def renew(self, send: Send, refused: Container[Optional[str]]) -> bool:
        with self._lock:
            if "Bearer " + self._access in refused:
                self._obtain(send)
        return True

    def _obtain(self, send: Send) -> None:
        if self._refresh and time.monotonic() < self._refresh_until:
            try:
                self._ask(send, {"grant_type": "refresh_token", "refresh_token": self._refresh})
                return
            except SignInFailed:
                self._refresh = ""  # used, revoked or over: sign in anew
        self._ask(send, self._grant)

    def _ask(self, send: Send, grant: Mapping[str, str]) -> None:
        began = time.monotonic()
        try:
            # A sign-in may be repeated: an answer that was lost leaves a session that nobody uses, nothing more.
            answer = send("POST", self._token_url, data={**self._client, **grant}, repeatable=True)
        except (Invalid, Unauthorized, Forbidden) as error:
            raise SignInFailed(
                "POST", self._token_url, status=error.status, server_message=error.server_message
            ) from None
        token: Any = answer.json()
        if not isinstance(token, dict) or not isinstance(token.get("access_token"), str) or not token["access_token"]:
            raise MalformedAnswer("POST", self._token_url, status=answer.status, detail="no access_token")
        self._access = keep_secret(token["access_token"])
        life = _seconds(token.get("expires_in")) or UNSAID_LIFE
        self._renew_at = began + life - min(RENEW_BEFORE, life / 4)
        refresh = token.get("refresh_token")
        self._refresh = keep_secret(refresh) if isinstance(refresh, str) else ""
        self._refresh_until = began + _seconds(token.get("refresh_expires_in"))


def password_grant(
    sso: str, client_id: str, username: str, password: str, client_secret: Optional[str] = None
) -> SignIn:
    """Sign in with user name and password (resource owner grant)."""
    grant = {"grant_type": "password", "username": username, "password": password, "scope": "openid"}
    return SignIn(sso, client_id, grant, client_secret)


def client_credentials(sso: str, client_id: str, client_secret: str) -> SignIn:
    """Sign in as a service account."""
    return SignIn(sso, client_id, {"grant_type": "client_credentials", "scope": "openid"}, client_secret)


def _seconds(value: object) -> float:
    try:
        seconds = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return seconds if 0 < seconds < 1e9 else 0.0


def _kept(header: str) -> str:
    """The value of an Authorization header, its secret hidden from now on; of HTTP Basic also the password in it."""
    kind, _space, secret = header.partition(" ")
    keep_secret(secret or kind)
    if kind.lower() == "basic":
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            keep_secret(base64.b64decode(secret).decode().partition(":")[2])
    return header
