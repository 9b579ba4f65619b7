"""What can go wrong with a service.

ServiceError
 ├ Unreachable            no answer: name, network, refused, cut
 │  ├ TimedOut
 │  ├ CertificateRefused  the certificate is not trusted
 │  └ ProxyRefused
 ├ SignInFailed           the account itself: wrong password, client refused, session over
 ├ Unauthorized           401
 ├ Forbidden              403
 ├ NotFound               404, 410
 ├ Conflict               409
 ├ Invalid                400, 413, 415, 422
 ├ Busy                   429, 503 after the last attempt
 ├ ServerFault            other 5xx
 └ MalformedAnswer        an answer that is not what the API promises
Cancelled                 the user stopped the work: not an error of the service

No text for people is made here: the layers above say it in the user's language.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Optional
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

_SECRET_WORDS = r"pass|secret|token|jeton|api[_-]?key|authorization|credential|signature|cookie"  # nosec B105
_SECRET_NAMES = re.compile(_SECRET_WORDS + r"|^key$|^code$|^sid$", re.IGNORECASE)
_NAME = rf"[\w-]*(?:{_SECRET_WORDS})[\w-]*"
_SECRET_TEXTS = (
    (re.compile(r"\b(bearer|basic|digest|negotiate)\s+[a-z0-9+/=_.~-]{6,}", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"://[^/\s@]+@"), "://***@"),
    # name=value and "name": "value" of any length; after a plain colon only what is too long for a word
    (re.compile(rf"\b({_NAME}=)[^\s&,;\"'<>]+", re.IGNORECASE), r"\1***"),
    (re.compile(rf"([\"']{_NAME}[\"']\s*:\s*[\"'])[^\"']+", re.IGNORECASE), r"\1***"),
    (re.compile(rf"\b({_NAME}:\s*)[^\s&,;\"'<>]{{16,}}", re.IGNORECASE), r"\1***"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MESSAGE_LENGTH = 500
_SHORTEST_SECRET = 4
"""Shorter ones are as likely to be an innocent part of a word."""

_known_secrets: deque[str] = deque(maxlen=64)


class Cancelled(Exception):
    """The user, or a signal, asked to stop."""


class ServiceError(Exception):
    """A request that did not do what was asked.

    `method` and `url` name the request (no secret in the URL), `status` is the HTTP status or None,
    `server_message` the server's own words, `detail` ours, for the log. `retry_after` is the pause in seconds that the
    server asks for, `never_sent` whether not a byte of the request left this machine.
    """

    def __init__(
        self,
        method: str = "",
        url: str = "",
        *,
        status: Optional[int] = None,
        server_message: str = "",
        detail: str = "",
        retry_after: Optional[float] = None,
        never_sent: bool = False,
    ) -> None:
        self.method = method
        self.url = without_secrets(url)
        self.status = status
        self.server_message = shortened(server_message)
        self.detail = shortened(detail)
        self.retry_after = retry_after
        self.never_sent = never_sent
        super().__init__(self.__str__())

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def __str__(self) -> str:
        said = self.server_message or self.detail
        where = f"{self.method} {self.url}".strip()
        number = f" {self.status}" if self.status else ""
        return f"{type(self).__name__}{number}: {where}" + (f": {said}" if said else "")


class Unreachable(ServiceError):
    """The host did not answer."""


class TimedOut(Unreachable):
    """The host took longer than the time-out of the QGIS network settings."""


class CertificateRefused(Unreachable):
    """The certificate of the host is not signed by an authority that QGIS trusts, or does not name the host."""


class ProxyRefused(Unreachable):
    """The proxy did not let the request through."""


class SignInFailed(ServiceError):
    """The sign-in service refused the account, or the session is over and could not be renewed."""


class Unauthorized(ServiceError):
    """401: the account is missing, wrong or expired."""


class Forbidden(ServiceError):
    """403: the account may not do this."""


class NotFound(ServiceError):
    """404 or 410."""


class Conflict(ServiceError):
    """409."""


class Invalid(ServiceError):
    """400, 413, 415 or 422: the server does not accept what was sent."""


class Busy(ServiceError):
    """429 or 503, still, after the last attempt; `retry_after` in seconds when the server said it."""


class ServerFault(ServiceError):
    """A fault of the server or of a gateway before it."""


class MalformedAnswer(ServiceError):
    """The answer is not what the API promises: HTML, truncated JSON, a list that is not complete."""


_BY_STATUS = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    407: ProxyRefused,
    409: Conflict,
    410: NotFound,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: Busy,
    503: Busy,
}


def error_for(status: int) -> type[ServiceError]:
    """The class of error that goes with an HTTP status of 300 or more."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ServerFault
    return Invalid if status >= 400 else MalformedAnswer


def without_secrets(url: str) -> str:
    """The URL without user info, and with `***` for the value of any parameter whose name smells of a secret."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rsplit("@", 1)[-1]
        query = parts.query
        if query:
            pairs = parse_qsl(query, keep_blank_values=True)
            query = urlencode([(k, "***" if _SECRET_NAMES.search(k) else v) for k, v in pairs], safe="*,:/[]")
        return _hidden(urlunsplit((parts.scheme, host, parts.path, query, "")))
    except ValueError:
        return "(unreadable address)"


def shortened(text: str, length: int = _MESSAGE_LENGTH) -> str:
    """One line of at most `length` characters, without known secrets and anything that looks like one."""
    line = _one_line(text)
    for pattern, replacement in _SECRET_TEXTS:
        line = pattern.sub(replacement, line)
    line = _hidden(line)
    return line if len(line) <= length else line[: length - 1] + "…"


def keep_secret(secret: str) -> str:
    """Hide this text from now on in every error and in the log, whoever repeats it; gives it back."""
    for form in (_one_line(secret), quote(secret, safe=""), quote_plus(secret)):
        if len(form) >= _SHORTEST_SECRET and form not in _known_secrets:
            _known_secrets.append(form)
    return secret


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _hidden(text: str) -> str:
    for secret in sorted(_known_secrets, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, "***")
    return text
