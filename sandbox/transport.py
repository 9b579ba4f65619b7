"""Bodies in and out: read whole, answered whole, or broken on purpose."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from .errors import ApiError

_MAX_BODY = 80_000_000  # four attachments and their envelope
_DRIPS = 10


class Outgoing:
    """An answer on its way out; faults change its members.

    `promised` is the announced length when it differs from what is sent, `drip` the seconds the body takes,
    `silent` closes the connection before anything is said.
    """

    def __init__(self):
        self.status, self.headers, self.body = 200, {}, b""
        self.promised: int | None = None
        self.drip, self.silent = 0.0, False

    @classmethod
    def of(cls, response: Response) -> Outgoing:
        self = cls()
        self._start(response.status_code, response.raw_headers)
        self.body = response.body
        return self

    async def collect(self, message) -> None:
        """An ASGI `send` that keeps everything."""
        if message["type"] == "http.response.start":
            self._start(message["status"], message["headers"])
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
    body = b"" if method == "HEAD" else outgoing.body
    headers = dict(outgoing.headers)
    if outgoing.status != 204:
        headers["Content-Length"] = str(outgoing.promised if outgoing.promised is not None else len(body))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": outgoing.status, "headers": raw})
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


def close(receive) -> None:
    """Close the connection under the server. ASGI has no word for it: uvicorn's `receive` knows its transport."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.close()
