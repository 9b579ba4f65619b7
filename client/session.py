"""The one way to send a request: pooled, verified, retried, polite, cancellable at any moment.

Requests run in daemon threads while the calling thread waits in small steps. So a cancel, Ctrl-C or SIGTERM is obeyed
at once, even inside a connection attempt that the system would let hang for a minute.
"""

from __future__ import annotations

import html
import io
import logging
import math
import queue
import re
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import (
    Any,
    BinaryIO,
    Callable,
    Generic,
    NamedTuple,
    Optional,
    Protocol,
    TypeVar,
    Union,
    runtime_checkable,
)

import requests
from urllib3 import exceptions as urllib3_errors
from urllib3.util.ssl_match_hostname import CertificateError

from .auth import Anonymous, Auth
from .errors import (
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
from .json_text import read_json
from .network import Network, RedirectionRefused, Transport

Item = TypeVar("Item")
Result = TypeVar("Result")
Params = Union[Mapping[str, Any], Sequence[tuple[str, Any]], None]

log = logging.getLogger("geocollab.client")
log.addHandler(logging.NullHandler())

ATTEMPTS = 4
"""A bad day of the service loses one call in four: four attempts leave one failure in 256."""
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
"""Seconds. A server that asks for a longer pause (Retry-After) gets an error that says so."""
LONGEST_PAUSE = 1e9
"""What is believed of a Retry-After; any number may stand there."""
LONGEST_BODY = 256 * 2**20
LAST_WORDS = 1.5
"""Seconds for what is still said to the server after a cancel, which must not take two."""
POLL = 0.1
_TASK = "geocollab-request"

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
REDIRECTED = frozenset({"GET", "HEAD"})
"""Followed where the server redirects; any other would be sent as another method, or its body to another host."""
TRANSIENT = frozenset({429, 500, 502, 503, 504})
NEVER_DONE = frozenset({429})
"""The answers after which a POST may be sent again: the server says that it did nothing."""
_CONNECTION = re.compile(r"(<.*? object at 0x[0-9a-f]+>|\w*Connection(Pool)?\(.*?\)):?\s*")
_NEVER_SENT = (urllib3_errors.NewConnectionError, urllib3_errors.ConnectTimeoutError)


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
            return read_json(self.content)
        except ValueError as error:
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
        self._counting = threading.Lock()
        self._refused: set[Optional[str]] = set()
        self._renewing = threading.Lock()
        self._errands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._last_words: list[LastWord] = []
        self._http = Transport(self.network, concurrency + 2, self._stopped)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop what is under way and let the connections go."""
        self._stopped.set()
        self._http.close()

    def request(self, method: str, url: str, **options: Any) -> Answer:
        """As `send`; the thread of the operation may cancel it at any moment. In a task, it is `send`."""
        if _in_task():
            return self.send(method, url, **options)
        return self._result(self._task(lambda: self.send(method, url, **options)))

    def get(self, url: str, params: Params = None) -> Answer:
        """A GET with `request`."""
        return self.request("GET", url, params=params)

    def in_parallel(
        self, function: Callable[[Item], Result], items: Iterable[Item], most: Optional[int] = None
    ) -> Iterator[Result]:
        """`function` of each item, in order, at most `concurrency`, or `most`, under way.

        Called in a task itself, it does one after the other.
        """
        if _in_task():
            yield from map(function, items)
            return
        most = min(most or self.concurrency, self.concurrency)
        under_way: deque[_Task[Result]] = deque()
        for item in items:
            under_way.append(self._task(lambda item=item: function(item)))  # type: ignore[misc]
            if len(under_way) >= most:
                yield self._result(under_way.popleft())
        while under_way:
            yield self._result(under_way.popleft())

    def as_done(
        self, function: Callable[[Item], Result], items: Iterable[Item], most: Optional[int] = None
    ) -> Iterator[tuple[Item, Union[Result, Exception]]]:
        """As `in_parallel`, each item with its result, or the error that it ended with, as soon as it is there.

        For work that takes long and of which one failure does not stop the rest; Cancelled and faults of the program
        stop it. Called in a task itself, it does one after the other.
        """
        if _in_task():
            for item in items:
                yield item, _outcome(function, item)
            return
        most = min(most or self.concurrency, self.concurrency)
        waiting = iter(items)
        under_way: list[tuple[Item, _Task[Result]]] = []
        while True:
            while len(under_way) < most:
                try:
                    item = next(waiting)
                except StopIteration:
                    break
                under_way.append((item, self._task(lambda item=item: function(item))))  # type: ignore[misc]
            if not under_way:
                return
            ended = self._first_of(under_way)
            under_way = [pair for pair in under_way if pair not in ended]
            for item, task in ended:
                if isinstance(task.error, Cancelled) or not isinstance(task.error, (Exception, type(None))):
                    raise task.error
                yield item, task.result if task.error is None else task.error  # type: ignore[misc]

    def here(self, function: Callable[[], Result]) -> Result:
        """`function`, done in the thread of the operation even if a task of `in_parallel` asks for it.

        For what only one thread may touch: the store, messages, progress.
        """
        if not _in_task():
            return function()
        done = threading.Event()
        outcome: list[Any] = [None, None]

        def errand() -> None:
            try:
                outcome[0] = function()
            except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
                outcome[1] = error
            finally:
                done.set()

        self._errands.put(errand)
        while not done.wait(POLL):
            self.go_on()
        if outcome[1] is not None:
            raise outcome[1]
        return outcome[0]  # type: ignore[no-any-return]

    def soon(self, function: Callable[[], None]) -> None:
        """As `here`, but nobody waits for it: for progress, which must not hold up what it is told of."""
        if _in_task():
            self._errands.put(function)
        else:
            function()

    @contextmanager
    def last_words(
        self, say: Callable[[Session], None], said: Callable[[Optional[Exception]], None] = lambda error: None
    ) -> Iterator[None]:
        """While inside: what the server is told if the work is cancelled.

        `say` is given a session that works for LAST_WORDS seconds, in a task; `said`, in the thread of the operation,
        how that ended: None, or the error. Then Cancelled is raised.
        """
        word = LastWord(say, said)
        self._last_words.append(word)
        try:
            yield
        finally:
            with suppress(ValueError):  # taken by who cancels
                self._last_words.remove(word)

    def pause(self, seconds: float) -> None:
        """Wait; raises Cancelled if the work is stopped meanwhile."""
        until = time.monotonic() + seconds
        if _in_task():
            self._stopped.wait(seconds)
            self.go_on()
        else:
            self._serve(lambda: time.monotonic() >= until, until)

    def afterwards(self, seconds: float = math.inf) -> Session:
        """A session with the same account for what must still be said after a cancel; close it.

        After so many seconds it is cancelled itself.
        """
        until = time.monotonic() + seconds
        return Session(
            self.auth,
            self.network,
            rate=None,
            concurrency=self.concurrency,
            cancelled=lambda: time.monotonic() > until,
        )

    def download(self, url: str, file: BinaryIO, *, most: Optional[int] = None, authenticate: bool = True) -> Answer:
        """As `send`, a GET whose body goes into `file` piece by piece; the answer's `content` is empty.

        A body of over `most` bytes is not read on (MalformedAnswer). What an error leaves in the file is of no use.
        Raises OSError where the file cannot be written.
        """
        return self.send("GET", url, authenticate=authenticate, into=file, most=most, headers={"Accept": "*/*"})

    def send(
        self,
        method: str,
        url: str,
        *,
        authenticate: bool = True,
        repeatable: Optional[bool] = None,
        into: Optional[BinaryIO] = None,
        most: Optional[int] = None,
        **options: Any,
    ) -> Answer:
        """Send one request and give the whole answer; raises a ServiceError for 300 and more, or Cancelled.

        For functions that `in_parallel` runs; others call `request`. An expired token is renewed once. `repeatable`
        says whether doing it twice does no harm (by default: what HTTP calls idempotent). `into` and `most` as for
        `download`. Other options: `params`, `json`, `data`, `files`, `headers`.
        """
        if repeatable is None:
            repeatable = method in IDEMPOTENT
        attempt = 1
        renewed = not authenticate
        while True:
            self.go_on()
            # outside of `try`: signing in has attempts of its own
            credentials = self.auth.header(self._send_as_nobody) if authenticate else None
            try:
                return self._send_once(method, url, credentials, options, into, LONGEST_BODY if most is None else most)
            except Unauthorized:
                # what was not let in did nothing: even a POST may be sent again
                if renewed or not self._renewed():
                    raise
                renewed = True
            except ServiceError as error:
                delay = _delay(error, attempt, repeatable)
                if delay is None:
                    raise
                log.warning("%s; attempt %d of %d, next in %.1f s", error, attempt, ATTEMPTS, delay)
                self._stopped.wait(delay)
                attempt += 1

    # ------------------------------------------------------------------ in the thread of the operation

    def _task(self, work: Callable[[], Result]) -> _Task[Result]:
        return _Task(work, lambda: self._errands.put(_nothing))

    def _result(self, task: _Task[Result]) -> Result:
        self._serve(task.done.is_set)
        if task.error is not None:
            raise task.error
        return task.result  # type: ignore[return-value]

    def _first_of(self, under_way: list[tuple[Item, _Task[Result]]]) -> list[tuple[Item, _Task[Result]]]:
        """Those that have ended, once one has."""
        self._serve(lambda: any(task.done.is_set() for _item, task in under_way))
        return [pair for pair in under_way if pair[1].done.is_set()]

    def _serve(self, ready: Callable[[], bool], until: float = math.inf) -> None:
        """Until `ready`, do what tasks ask to have done here; raises Cancelled if the work is to stop."""
        self._check()
        while not ready():
            with suppress(queue.Empty):
                self._errands.get(timeout=max(0.0, min(POLL, until - time.monotonic())))()
            self._check()

    def _check(self) -> None:
        if self._cancelled():
            # taken before the tasks know: each takes its own back when it leaves
            words, self._last_words = self._last_words, []
            self.close()
            self._say(words)
        self.go_on()

    def _say(self, words: Sequence[LastWord]) -> None:
        unsaid = list(words)
        if not unsaid:
            return
        with self.afterwards(LAST_WORDS) as session, suppress(Cancelled):
            for word, outcome in session.as_done(lambda word: word.say(session), words):
                unsaid.remove(word)
                word.said(outcome)
        for word in unsaid:
            word.said(Cancelled())

    # ------------------------------------------------------------------ in the threads of the tasks

    def _renewed(self) -> bool:
        def renew() -> bool:
            return self.auth.renew(self._send_as_nobody, self._refused)

        # what is done in the main thread must not be waited for by it
        waits = self.auth.main_thread and self.here(lambda: threading.current_thread() is threading.main_thread())
        if waits:
            return self.here(renew)
        with self._renewing:  # tasks that were refused together renew once: the others find the new one
            return renew()

    def go_on(self) -> None:
        """Raises Cancelled if the work is stopped: for what takes long between requests, in any thread."""
        if self._stopped.is_set():
            raise Cancelled()

    def _send_as_nobody(self, method: str, url: str, **options: Any) -> Answer:
        return self.send(method, url, authenticate=False, **options)

    def _send_once(
        self,
        method: str,
        url: str,
        credentials: Optional[str],
        options: Mapping[str, Any],
        into: Optional[BinaryIO],
        most: int,
    ) -> Answer:
        headers = {"Accept": "application/json", **(options.get("headers") or {})}
        if isinstance(options.get("data"), Streamed):
            options = {**options, "data": _Stoppable(options["data"], self.go_on)}
        if credentials:
            headers["Authorization"] = credentials
        self._pace.wait(self._stopped)
        self.go_on()
        with self._counting:
            self.requests_sent += 1
        began = time.monotonic()
        try:
            with self._http.request(
                method,
                url,
                **{**options, "headers": headers},
                proxies=self._http.proxies_for(url),
                timeout=(self.network.connect_timeout, self.network.read_timeout),
                allow_redirects=method in REDIRECTED,
                stream=True,
            ) as response:
                if response.status_code >= 300:
                    into, most = None, LONGEST_BODY  # what an error says is for us, not for the file
                content = self._body(method, response, into, most)
        except (requests.RequestException, urllib3_errors.HTTPError, ValueError) as error:
            raise _failed(method, url, error) from None
        seconds = time.monotonic() - began
        answer = Answer(method, without_secrets(response.url), response.status_code, response.headers, content, seconds)
        log.debug("%s %s → %d, %d bytes, %.3f s", method, answer.url, answer.status, len(content), seconds)
        if answer.status >= 300:
            if answer.status == 401:
                self._refused.add(credentials)
            raise failure(answer)
        return answer

    def _body(self, method: str, response: requests.Response, into: Optional[BinaryIO], most: int) -> bytes:
        kept = io.BytesIO()
        body = kept if into is None else into
        # nothing of an attempt before this one
        body.seek(0)
        body.truncate()
        for chunk in response.iter_content(1 << 16):
            self.go_on()
            if body.tell() + len(chunk) > most:
                raise MalformedAnswer(method, response.url, detail=f"an answer of over {most / 2**20:.3g} MB")
            body.write(chunk)
        promised = response.headers.get("Content-Length", "")
        received = response.raw.tell()
        # urllib3 1.x gives a body that was cut short as if it were whole
        if method != "HEAD" and promised.isdigit() and received < int(promised):
            raise requests.ConnectionError(f"connection lost after {received} of {promised} bytes")
        return kept.getvalue()


@runtime_checkable
class Streamed(Protocol):
    """A body that is sent piece by piece, from its beginning each time it is sent."""

    content_type: str

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


class _Stoppable:
    """A streamed body that ends with the work."""

    def __init__(self, body: Streamed, go_on: Callable[[], None]) -> None:
        self._body, self._go_on = body, go_on

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._body:
            self._go_on()
            yield chunk


class LastWord(NamedTuple):
    """See `Session.last_words`."""

    say: Callable[[Session], None]
    said: Callable[[Optional[Exception]], None]


class _Task(Generic[Result]):
    """One piece of work in a daemon thread: whoever waits may walk away, and nothing keeps the program from ending."""

    def __init__(self, work: Callable[[], Result], ended: Callable[[], None]) -> None:
        self.work = work
        self.done = threading.Event()
        self.result: Optional[Result] = None
        self.error: Optional[BaseException] = None
        self._ended = ended
        thread = threading.Thread(target=self._run, name=_TASK, daemon=True)
        thread.start()

    def _run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.error = error
        finally:
            self.done.set()
            self._ended()


def _in_task() -> bool:
    return threading.current_thread().name == _TASK


def _outcome(function: Callable[[Item], Result], item: Item) -> Union[Result, Exception]:
    """Its result, or its error."""
    try:
        return function(item)
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001 - handed to who asked
        return error


def _nothing() -> None:
    """Wakes whoever waits for errands."""


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


def _delay(error: ServiceError, attempt: int, repeatable: bool) -> Optional[float]:
    """Seconds before the next attempt, None if there is to be none."""
    if attempt >= ATTEMPTS or isinstance(error, (CertificateRefused, ProxyRefused)):
        return None
    if not isinstance(error, Unreachable) and error.status not in TRANSIENT:
        return None
    if not (repeatable or error.never_sent or error.status in NEVER_DONE):
        return None
    delay = FIRST_DELAY * 2 ** (attempt - 1)
    if error.retry_after is not None:
        delay = max(error.retry_after, 0.05)
    return delay if delay <= LONGEST_DELAY else None


def failure(answer: Answer) -> ServiceError:
    """The error that an answer of status 300 or more stands for, with the server's own message."""
    return error_for(answer.status)(
        answer.method,
        answer.url,
        status=answer.status,
        server_message=said(answer.content),
        retry_after=_seconds(answer.headers.get("Retry-After")) if answer.status in TRANSIENT else None,
    )


def _seconds(header: Optional[str]) -> Optional[float]:
    """The pause that a Retry-After header asks for, as seconds or as a date."""
    header = (header or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", header):
        return min(float(header), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(header)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    pause = moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp() - time.time()
    return min(max(pause, 0.0), LONGEST_PAUSE)


def said(content: bytes) -> str:
    """What an error body says, whatever its form: `{code, message}`, OAuth's, a page of HTML, plain text."""
    text = content[:20_000].decode("utf-8", "replace")
    try:
        body = read_json(content)
    except ValueError:
        title = re.search(r"<(title|h1)[^>]*>(.*?)</\1>", text, re.IGNORECASE | re.DOTALL)
        return shortened(html.unescape(re.sub(r"<[^>]+>", " ", title.group(2) if title else text)))
    if isinstance(body, dict):
        for name in ("message", "error_description", "error", "detail"):
            words = body.get(name)
            if words:
                return shortened("; ".join(map(str, words)) if isinstance(words, list) else str(words))
    return shortened(text)


def _failed(method: str, url: str, error: Exception) -> ServiceError:
    """What kept a request from being answered, in our terms; the innermost cause says more than requests' sentence."""
    causes = list(_causes(error))
    kind: type[ServiceError] = Unreachable
    if any(isinstance(cause, (ssl.SSLCertVerificationError, CertificateError)) for cause in causes):
        kind = CertificateRefused
    elif isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
        return ProxyRefused(method, url, detail="a SOCKS proxy needs the Python package PySocks, which is not there")
    elif isinstance(error, (requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL)):
        kind = ProxyRefused
    elif isinstance(error, requests.Timeout) or any(
        isinstance(cause, urllib3_errors.ReadTimeoutError) for cause in causes
    ):
        kind = TimedOut
    elif isinstance(error, (RedirectionRefused, requests.TooManyRedirects, requests.exceptions.ContentDecodingError)):
        kind = MalformedAnswer
    elif isinstance(error, ValueError):
        # an address or a header that cannot be sent; the text would repeat it
        return MalformedAnswer(method, url, detail=f"{type(error).__name__}: an address or a header cannot be sent")
    never_sent = any(isinstance(cause, _NEVER_SENT) for cause in causes)
    reason = _CONNECTION.sub("", str(causes[-1])) or type(causes[-1]).__name__
    return kind(method, url, detail=reason, never_sent=never_sent)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what is inside it, to the innermost."""
    cause: Optional[BaseException] = error
    for _depth in range(10):
        if cause is None:
            return
        yield cause
        inside = [getattr(cause, "reason", None), *cause.args, cause.__cause__]
        cause = next((other for other in inside if isinstance(other, BaseException)), None)
