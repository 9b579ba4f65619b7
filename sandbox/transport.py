"""Bodies in and out: read whole, answered whole or from a file, or broken on purpose."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.responses import Response

from .errors import ApiError

_MAX_BODY = 80_000_000  # four attachments and their envelope
_DRIPS = 10
_BLOCK = 1 << 20


class FileAnswer(Response):
    """An answer whose body is a file, which is read as it leaves."""

    def __init__(self, path: Path, media_type: str = "application/octet-stream", headers: dict[str, str] | None = None):
        super().__init__(b"", 200, headers, media_type)
        self.path = path

    async def __call__(self, scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "sandbox.file", "path": self.path})


class Outgoing:
    """An answer on its way out; faults change its members.

    `promised` is the announced length when it differs from what is sent, `drip` the seconds the body takes,
    `silent` closes the connection before anything is said; `file` is sent in place of the body, `share` of it.
    """

    def __init__(self):
        self.status, self.headers, self.body = 200, {}, b""
        self.promised: int | None = None
        self.drip, self.silent = 0.0, False
        self.file: Path | None = None
        self.share = 1.0

    @classmethod
    def of(cls, response: Response) -> Outgoing:
        self = cls()
        self._start(response.status_code, response.raw_headers)
        self.body = response.body
        return self

    def replace(self, other: Outgoing) -> None:
        """Become another answer."""
        self.__dict__.update(other.__dict__)

    async def collect(self, message) -> None:
        """An ASGI `send` that keeps everything."""
        if message["type"] == "http.response.start":
            self._start(message["status"], message["headers"])
        elif message["type"] == "sandbox.file":
            self.file = message["path"]
        else:
            self.body += message.get("body", b"")

    def _start(self, status: int, headers) -> None:
        self.status = status
        names = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
        self.headers = {name.title(): value for name, value in names if name.lower() != "content-length"}


async def read_body(receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _MAX_BODY:
            raise ApiError(413, "Requête trop grande")
        if not message.get("more_body"):
            return b"".join(parts)


def replayed(body: bytes):
    """An ASGI `receive` that gives this body."""

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def respond(outgoing: Outgoing, method: str, receive, send) -> None:
    if outgoing.silent:
        close(receive)
        return
    if outgoing.file:
        await _respond_file(outgoing, outgoing.file, method, receive, send)
        return
    body = b"" if method == "HEAD" else outgoing.body
    headers = dict(outgoing.headers)
    if outgoing.status not in (204, 304):
        headers["Content-Length"] = str(outgoing.promised if outgoing.promised is not None else len(outgoing.body))
    await _start(outgoing, headers, send)
    if outgoing.drip:
        step = max(1, len(body) // _DRIPS)
        for at in range(0, len(body), step):
            await send({"type": "http.response.body", "body": body[at : at + step], "more_body": True})
            await asyncio.sleep(outgoing.drip / _DRIPS)
        body = b""
    unfinished = outgoing.promised is not None
    await send({"type": "http.response.body", "body": body, "more_body": unfinished})
    if unfinished:
        close(receive)


async def _start(outgoing: Outgoing, headers: dict[str, str], send) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": outgoing.status, "headers": raw})


async def _respond_file(outgoing: Outgoing, file: Path, method: str, receive, send) -> None:
    """Block by block; `outgoing.share` of it if the connection is to end in the middle."""
    size = file.stat().st_size
    await _start(outgoing, {**outgoing.headers, "Content-Length": str(size)}, send)
    left = 0 if method == "HEAD" else int(size * outgoing.share)
    with file.open("rb") as stream:
        while left and (block := await asyncio.to_thread(stream.read, min(_BLOCK, left))):
            left -= len(block)
            await send({"type": "http.response.body", "body": block, "more_body": True})
    unfinished = outgoing.share < 1 and method != "HEAD"
    await send({"type": "http.response.body", "body": b"", "more_body": unfinished})
    if unfinished:
        close(receive)


def close(receive) -> None:
    """Close the connection under the server. ASGI has no word for it: uvicorn's `receive` knows its transport."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.close()
