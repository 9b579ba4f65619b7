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
from typing import Optional
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_SECRET_NAMES = re.compile(r"pass|secret|token|apikey|api_key|^key$|^code$|authorization", re.IGNORECASE)
_SECRET_TEXT = re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9+/=_.~-]{6,}")
_MESSAGE_LENGTH = 500


class Cancelled(Exception):
    """The user, or a signal, asked to stop."""


class ServiceError(Exception):
    """A request that did not do what was asked.

    `method` and `url` name the request (no secret in the URL), `status` is the HTTP status or None,
    `server_message` the server's own words, `detail` ours, for the log.
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
    ) -> None:
        self.method = method
        self.url = without_secrets(url)
        self.status = status
        self.server_message = shortened(server_message)
        self.detail = shortened(detail)
        self.retry_after = retry_after
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
        return urlunsplit((parts.scheme, host, parts.path, query, ""))
    except ValueError:
        return "(unreadable address)"


def shortened(text: str) -> str:
    """One line of at most 500 characters, without anything that looks like credentials."""
    line = _SECRET_TEXT.sub(r"\1 ***", " ".join(text.split()))
    return line if len(line) <= _MESSAGE_LENGTH else line[: _MESSAGE_LENGTH - 1] + "…"
