"""The one way to send a request: pooled, verified, retried, polite, cancellable at any moment.

Requests run in daemon threads while the calling thread waits in small steps. So a cancel, Ctrl-C or SIGTERM is obeyed
at once, even inside a connection attempt that the system would let hang for a minute.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Callable, Generic, Iterable, Iterator, Mapping, Optional, Sequence, TypeVar, Union

import requests
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from .auth import Anonymous, Auth
from .errors import (
    Busy,
    Cancelled,
    CertificateRefused,
    MalformedAnswer,
    ProxyRefused,
    ServiceError,
    TimedOut,
    Unauthorized,
    Unreachable,
    error_for,
    shortened,
    without_secrets,
)
from .network import Network, VerifyingAdapter

Item = TypeVar("Item")
Result = TypeVar("Result")
Params = Union[Mapping[str, Any], Sequence[tuple[str, Any]], None]

log = logging.getLogger("geocollab.client")

ATTEMPTS = 4
"""A bad day of the service loses one call in four: four attempts leave one failure in 256."""
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
"""Seconds. A server that asks for a longer pause (Retry-After) gets an error that says so."""
LONGEST_BODY = 256 * 2**20
POLL = 0.1

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
TRANSIENT = frozenset({429, 500, 502, 503, 504})
NEVER_DONE = frozenset({429})
"""The answers after which a POST may be sent again: the server says that it did nothing."""


@dataclass(frozen=True)
class Answer:
    """One whole answer, read to its last byte."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float

    def json(self) -> Any:
        """The body as JSON; raises MalformedAnswer, with the beginning of what came instead."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise MalformedAnswer(
                self.method, self.url, status=self.status, server_message=said(self.content), detail=str(error)
            ) from None


class Session:
    """Requests of one operation, with one account. Close it when the operation ends.

    `rate` is the highest number of requests per second (None: no limit), `concurrency` how many are under way at once.
    """

    def __init__(
        self,
        auth: Optional[Auth] = None,
        network: Optional[Network] = None,
        *,
        rate: Optional[float] = 20.0,
        concurrency: int = 6,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.auth = auth or Anonymous()
        self.network = network or Network()
        self.concurrency = concurrency
        self.requests_sent = 0
        self._cancelled = cancelled
        self._stopped = threading.Event()
        self._pace = Pace(rate)
        self._http = requests.Session()
        # no .netrc, no environment: an account found there would replace the one that the user chose
        self._http.trust_env = False
        self._http.headers["User-Agent"] = self.network.user_agent
        self._http.max_redirects = 5
        adapter = VerifyingAdapter(self.network, pool_size=concurrency + 2)
        self._http.mount("https://", adapter)
        self._http.mount("http://", adapter)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop what is under way and let the connections go."""
        self._stopped.set()
        self._http.close()

    def request(self, method: str, url: str, **options: Any) -> Answer:
        """Send one request and give the whole answer; raises a ServiceError for 300 and more, or Cancelled.

        Options: `params`, `json`, `data`, `files`, `headers`, `authenticate` (True). An expired token is renewed once.
        """
        return self._finish(self._start(lambda: self._send(method, url, **options)))

    def get(self, url: str, params: Params = None) -> Answer:
        return self.request("GET", url, params=params)

    def in_parallel(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """`function` of each item, in order, at most `concurrency` under way; `function` sends with `send`."""
        under_way: deque[_Task[Result]] = deque()
        for item in items:
            under_way.append(self._start(lambda item=item: function(item)))  # type: ignore[misc]
            if len(under_way) >= self.concurrency:
                yield self._finish(under_way.popleft())
        while under_way:
            yield self._finish(under_way.popleft())

    def send(self, method: str, url: str, **options: Any) -> Answer:
        """As `request`, for a function that `in_parallel` runs."""
        return self._send(method, url, **options)

    # ------------------------------------------------------------------ inside

    def _start(self, work: Callable[[], Result]) -> _Task[Result]:
        return _Task(work, self.auth)

    def _finish(self, task: _Task[Result]) -> Result:
        """Wait for a task. A token that has expired is renewed here, in the thread that runs the operation:

        an account of the QGIS authentication manager can only be asked there.
        """
        self._wait(task)
        if isinstance(task.error, Unauthorized) and (self.auth.stamp() != task.stamp or self._renewed()):
            task = self._start(task.work)
            self._wait(task)
        if task.error is not None:
            raise task.error
        return task.result  # type: ignore[return-value]

    def _renewed(self) -> bool:
        renewal = _Task(lambda: self.auth.renew(self._send_as_nobody), self.auth) if self.auth.any_thread else None
        if renewal is None:
            return self.auth.renew(self._send_as_nobody)
        self._wait(renewal)
        if renewal.error is not None:
            raise renewal.error
        return bool(renewal.result)

    def _wait(self, task: _Task[Any]) -> None:
        while not task.done.wait(POLL):
            self._check()
        self._check()

    def _check(self) -> None:
        if self._stopped.is_set() or self._cancelled():
            self.close()
            raise Cancelled()

    def _send_as_nobody(self, method: str, url: str, **options: Any) -> Answer:
        return self._send(method, url, authenticate=False, **options)

    def _send(self, method: str, url: str, *, authenticate: bool = True, **options: Any) -> Answer:
        attempt = 1
        while True:
            if self._stopped.is_set():
                raise Cancelled()
            try:
                return self._send_once(method, url, authenticate, options)
            except ServiceError as error:
                delay = self._delay(method, error, attempt)
                if delay is None:
                    raise
                log.warning("%s; attempt %d of %d, next in %.1f s", error, attempt, ATTEMPTS, delay)
                self._stopped.wait(delay)
                attempt += 1

    @staticmethod
    def _delay(method: str, error: ServiceError, attempt: int) -> Optional[float]:
        """Seconds before the next attempt, None if there is to be none."""
        if attempt >= ATTEMPTS or isinstance(error, (CertificateRefused, ProxyRefused)):
            return None
        if method not in IDEMPOTENT and error.status not in NEVER_DONE and not getattr(error, "never_sent", False):
            return None
        if not isinstance(error, Unreachable) and error.status not in TRANSIENT:
            return None
        delay = FIRST_DELAY * 2 ** (attempt - 1)
        if error.retry_after is not None:
            delay = max(error.retry_after, 0.05)
        return delay if delay <= LONGEST_DELAY else None

    def _send_once(self, method: str, url: str, authenticate: bool, options: Mapping[str, Any]) -> Answer:
        headers = dict(options.get("headers") or {})
        headers.setdefault("Accept", "application/json")
        if authenticate:
            credentials = self.auth.header(self._send_as_nobody)
            if credentials:
                headers["Authorization"] = credentials
        proxy = self.network.proxy(url)
        self._pace.wait(self._stopped)
        self.requests_sent += 1
        began = time.monotonic()
        try:
            response = self._http.request(
                method,
                url,
                **{**options, "headers": headers},
                proxies={"http": proxy, "https": proxy} if proxy else None,
                timeout=(self.network.connect_timeout, self.network.read_timeout),
                stream=True,
            )
            with response:
                content = self._body(response)
        except requests.RequestException as error:
            raise _unreachable(method, url, error) from None
        seconds = time.monotonic() - began
        log.debug("%s %s → %d, %d bytes, %.3f s", method, without_secrets(url), response.status_code, len(content), seconds)
        answer = Answer(method, without_secrets(response.url), response.status_code, response.headers, content, seconds)
        if answer.status >= 300:
            raise failure(answer)
        return answer

    def _body(self, response: requests.Response) -> bytes:
        chunks, size = [], 0
        for chunk in response.iter_content(1 << 16):
            if self._stopped.is_set():
                raise Cancelled()
            size += len(chunk)
            if size > LONGEST_BODY:
                raise MalformedAnswer(response.request.method or "", response.url, detail="answer over 256 MB")
            chunks.append(chunk)
        promised = response.headers.get("Content-Length", "")
        # urllib3 1.x gives a body that was cut short as if it were whole
        if promised.isdigit() and "Content-Encoding" not in response.headers and response.request.method != "HEAD":
            if size < int(promised):
                raise requests.ConnectionError(f"connection lost after {size} of {promised} bytes")
        return b"".join(chunks)


class _Task(Generic[Result]):
    """One piece of work in a daemon thread: whoever waits may walk away, and nothing keeps the program from ending."""

    def __init__(self, work: Callable[[], Result], auth: Auth) -> None:
        self.work = work
        self.stamp = auth.stamp()
        self.done = threading.Event()
        self.result: Optional[Result] = None
        self.error: Optional[BaseException] = None
        threading.Thread(target=self._run, name="geocollab-request", daemon=True).start()

    def _run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.error = error
        finally:
            self.done.set()


class Pace:
    """At most `rate` beginnings per second, evenly spaced, over all threads."""

    def __init__(self, rate: Optional[float]) -> None:
        self._interval = 1.0 / rate if rate else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self, stopped: threading.Event) -> None:
        if not self._interval:
            return
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._interval
        if start > now:
            stopped.wait(start - now)


def failure(answer: Answer) -> ServiceError:
    """The error that an answer of status 300 or more stands for, with the server's own message."""
    kind = error_for(answer.status)
    message = said(answer.content)
    retry_after = None
    if kind is Busy or answer.status in TRANSIENT:
        retry_after = _seconds(answer.headers.get("Retry-After"))
    return kind(answer.method, answer.url, status=answer.status, server_message=message, retry_after=retry_after)


def _seconds(header: Optional[str]) -> Optional[float]:
    if not header:
        return None
    try:
        return float(Retry().parse_retry_after(header))
    except (InvalidHeader, ValueError, OverflowError):
        return None


def said(content: bytes) -> str:
    """What an error body says, whatever its form: `{code, message}`, OAuth's, a page of HTML, plain text."""
    text = content[:20_000].decode("utf-8", "replace")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        title = re.search(r"<(title|h1)[^>]*>(.*?)</\1>", text, re.IGNORECASE | re.DOTALL)
        if title:
            return shortened(re.sub(r"<[^>]+>", " ", title.group(2)))
        return shortened(re.sub(r"<[^>]+>", " ", text))
    if isinstance(body, dict):
        for name in ("message", "error_description", "error", "detail"):
            if body.get(name):
                return shortened(str(body[name]))
    return shortened(text)


def _unreachable(method: str, url: str, error: requests.RequestException) -> ServiceError:
    """The failure of a connection in our terms; the text of requests is kept for the log, without secrets."""
    detail = _reason(error)
    kind: type[ServiceError] = Unreachable
    if isinstance(error, requests.exceptions.SSLError) or "CERTIFICATE_VERIFY_FAILED" in detail:
        kind = CertificateRefused
    elif isinstance(error, (requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL)):
        kind = ProxyRefused
    elif isinstance(error, requests.Timeout):
        kind = TimedOut
    elif isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
        kind = ProxyRefused
    elif isinstance(error, (requests.exceptions.ContentDecodingError, requests.TooManyRedirects)):
        kind = MalformedAnswer
    wrapped = kind(method, url, detail=detail)
    if isinstance(error, requests.exceptions.ConnectTimeout) or "NewConnectionError" in repr(error):
        wrapped.never_sent = True  # type: ignore[attr-defined]
    return wrapped


def _reason(error: BaseException) -> str:
    """The innermost cause, which says more than requests' own long sentence."""
    seen: BaseException = error
    for _depth in range(8):
        inner = getattr(seen, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((arg for arg in seen.args if isinstance(arg, BaseException)), None) or seen.__cause__
        if not isinstance(inner, BaseException):
            break
        seen = inner
    return shortened(re.sub(r"<[^>]*object at 0x[0-9a-f]+>:?\s*", "", str(seen)) or type(seen).__name__)
