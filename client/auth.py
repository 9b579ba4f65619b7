"""The kinds of account: who signs a request, and what to do when the server no longer believes it.

Nothing here is written anywhere: secrets live in memory as long as the operation.
"""

from __future__ import annotations

import base64
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

from .errors import Invalid, MalformedAnswer, SignInFailed, Unauthorized

if TYPE_CHECKING:
    from .session import Answer

Send = Callable[..., "Answer"]

RENEW_BEFORE = 30.0
"""Seconds of life left under which a token is renewed before it is used."""


class Auth:
    """What signs requests. `any_thread` is False where only the thread of the operation may be asked to renew."""

    any_thread = True

    def header(self, send: Send) -> Optional[str]:
        """The value of the Authorization header, None for nobody. `send` sends a request without account."""
        raise NotImplementedError

    def stamp(self) -> object:
        """Changes each time the credentials change."""
        return None

    def renew(self, send: Send) -> bool:
        """After a 401: get other credentials; False if there are none to be had."""
        return False


class Anonymous(Auth):
    """Nobody: public reports only."""

    def header(self, send: Send) -> Optional[str]:
        return None


class Fixed(Auth):
    """A header that cannot be renewed: HTTP Basic, or a bearer token handed over by the user."""

    def __init__(self, value: str) -> None:
        self._value = value

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

    any_thread = False

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._value = ask()

    def header(self, send: Send) -> Optional[str]:
        return self._value

    def stamp(self) -> object:
        return self._value

    def renew(self, send: Send) -> bool:
        before, self._value = self._value, self._ask()
        return self._value != before


class SignIn(Auth):
    """A grant of the sign-in service (contract 1.2): `password` or `client_credentials`, then `refresh_token`.

    `sso` is the realm's URL. `grant` holds the members of the grant, secrets included.
    """

    def __init__(self, sso: str, client_id: str, grant: Mapping[str, str], client_secret: Optional[str] = None) -> None:
        self._token_url = sso.rstrip("/") + "/protocol/openid-connect/token"
        self._grant = dict(grant)
        self._client = {"client_id": client_id}
        if client_secret:
            self._client["client_secret"] = client_secret
        self._lock = threading.Lock()
        self._access = ""
        self._refresh = ""
        self._until = 0.0
        self._refresh_until = 0.0

    def header(self, send: Send) -> Optional[str]:
        with self._lock:
            if not self._access or time.monotonic() > self._until - min(RENEW_BEFORE, self._life / 4):
                self._obtain(send)
            return "Bearer " + self._access

    def stamp(self) -> object:
        return self._access

    def renew(self, send: Send) -> bool:
        with self._lock:
            self._obtain(send)
        return True

    _life = 0.0

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
            answer = send("POST", self._token_url, data={**self._client, **grant})
        except (Invalid, Unauthorized) as error:
            raise SignInFailed(
                "POST", self._token_url, status=error.status, server_message=error.server_message
            ) from None
        token: Any = answer.json()
        if not isinstance(token, dict) or not isinstance(token.get("access_token"), str):
            raise MalformedAnswer("POST", self._token_url, status=answer.status, detail="no access_token")
        self._access = token["access_token"]
        self._life = _seconds(token.get("expires_in"), 60.0)
        self._until = began + self._life
        self._refresh = token.get("refresh_token") or ""
        self._refresh_until = began + _seconds(token.get("refresh_expires_in"), 0.0)


def _seconds(value: object, default: float) -> float:
    try:
        return max(0.0, float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return default


def password_grant(sso: str, client_id: str, username: str, password: str, client_secret: Optional[str] = None) -> SignIn:
    """Sign in with user name and password (resource owner grant)."""
    grant = {"grant_type": "password", "username": username, "password": password, "scope": "openid"}
    return SignIn(sso, client_id, grant, client_secret)


def client_credentials(sso: str, client_id: str, client_secret: str) -> SignIn:
    """Sign in as a service account."""
    return SignIn(sso, client_id, {"grant_type": "client_credentials", "scope": "openid"}, client_secret)
