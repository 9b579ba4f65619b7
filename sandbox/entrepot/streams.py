"""Forms with files: they go to disk as they arrive, so that their size costs no memory.

A form is read before its handler runs, which finds it by `form_of(request)`; what it does not take away is deleted.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from ..errors import ApiError, bad
from ..journal import HIDDEN, is_secret

_BLOCK = 1 << 20  # bytes that are written and summed at once
_SUMMED = 64 << 20  # what is bigger has no sum: it would take longer than all the rest
_MAX_TEXT = 1 << 20
_workers = ThreadPoolExecutor(8, "form")


class Sent(NamedTuple):
    """A file that arrived: where it lies for now, how it was called, how much of it came.

    `md5` is "" for a big one.
    """

    path: Path
    filename: str
    mime_type: str
    size: int
    md5: str

    @property
    def content(self) -> bytes:
        """For files that are known to be small."""
        return self.path.read_bytes()

    def move(self, target: Path) -> None:
        """To its place; the folders above it are made."""
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(target)


class Form:
    """What a form held. `cut`: the connection ended, or was ended, before the form was whole."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.fields: list[tuple[str, str]] = []
        self.files: list[tuple[str, Sent]] = []
        self.cut = False

    def field(self, name: str, default: str | None = None) -> str | None:
        """The first value of a field."""
        return next((value for key, value in self.fields if key == name), default)

    def every(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self.fields if key == name]

    def file(self, *, cut: bool = False) -> Sent:
        """The one file, in the part `file` (contract 1.3); `cut` allows what is not whole. Raises 400."""
        if self.cut and not cut:
            raise bad("Formulaire incomplet")
        if [name for name, _ in self.files] != ["file"]:
            raise bad("Un seul fichier est attendu, dans la partie file du formulaire")
        return self.files[0][1]

    def summary(self) -> str:
        """For the journal: names, sizes, sums; no content."""
        lines = [f"{name}={HIDDEN if is_secret(name) else value}" for name, value in self.fields]
        for name, file in self.files:
            md5 = f", md5 {file.md5}" if file.md5 else ""
            lines.append(f"{name}=file({file.filename}, {file.mime_type}, {file.size} bytes{md5})")
        return "\n".join(lines)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Hindrances(NamedTuple):
    """What goes wrong while a file arrives; `cut_at` and `expire_at` are shares of its bytes."""

    cut_at: float | None = None
    expire_at: float | None = None
    bytes_per_second: float | None = None


class Expired(Exception):
    """The token ended while a file arrived."""


def is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


def form_of(request: Request) -> Form:
    """The form of a request that has one; 415 for another."""
    form = getattr(request.state, "form", None)
    if form is None:
        raise ApiError(415, "multipart/form-data attendu")
    return form


async def read_form(request: Request, receive, root: Path, hindrances: Hindrances = Hindrances()) -> Form:  # noqa: B008
    """The form, its files in a folder of its own below `root`. Raises 400, 413 and Expired."""
    boundary = parse_options_header(request.headers["content-type"])[1].get(b"boundary")
    if not boundary:
        raise bad("Formulaire illisible : boundary manque")
    root.mkdir(parents=True, exist_ok=True)
    form = Form(Path(tempfile.mkdtemp(prefix="form-", dir=root)))
    try:
        await _Reader(form, boundary, int(request.headers.get("content-length", 0)), hindrances).read(receive)
    except BaseException:
        form.close()
        raise
    return form


class _Part:
    """A part as it comes in: text stays in memory, a file is written and summed while its next block arrives."""

    def __init__(self):
        self.headers: dict[str, str] = {}
        self.name = self.filename = ""
        self.stream: BinaryIO | None = None
        self.waiting = self.size = 0
        self._blocks: list[memoryview] = []
        self._sum = hashlib.md5(usedforsecurity=False)
        self._work: list[asyncio.Future] = []

    def open(self, folder: Path) -> None:
        """When its headers are known: what it is."""
        _, options = parse_options_header(self.headers.get("content-disposition", ""))
        self.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            self.filename = options[b"filename"].decode("utf-8", "replace")
            self.path = folder / uuid.uuid4().hex
            self.stream = self.path.open("wb", buffering=0)

    def take(self, data: memoryview) -> None:
        self._blocks.append(data)
        self.waiting += len(data)
        self.size += len(data)
        if self.stream is None and self.size > _MAX_TEXT:
            raise ApiError(413, f"Champ trop long : {self.name}")

    async def flush(self) -> None:
        """Hand over what waits, once what was handed over before is written."""
        await self.written()
        blocks, self._blocks, self.waiting = self._blocks, [], 0
        loop = asyncio.get_running_loop()
        acts = (self._write, self._add) if self.size <= _SUMMED else (self._write,)
        self._work = [loop.run_in_executor(_workers, act, blocks) for act in acts]

    async def written(self) -> None:
        work, self._work = self._work, []
        for done in work:
            await done

    def _write(self, blocks: list[memoryview]) -> None:
        for block in blocks:
            self.stream.write(block)

    def _add(self, blocks: list[memoryview]) -> None:
        for block in blocks:
            self._sum.update(block)

    def sent(self) -> Sent:
        kind = self.headers.get("content-type", "application/octet-stream").partition(";")[0]
        return Sent(self.path, self.filename, kind, self.size, self._sum.hexdigest() if self.size <= _SUMMED else "")

    def text(self) -> str:
        try:
            return b"".join(self._blocks).decode()
        except UnicodeDecodeError:
            raise bad(f"{self.name} : UTF-8 attendu") from None


class _Reader:
    """Feeds the parser; what this finds goes to the part that is being read."""

    def __init__(self, form: Form, boundary: bytes, length: int, hindrances: Hindrances):
        self._form, self._hindrances = form, hindrances
        self._length, self._tail = length, len(boundary) + 8  # "\r\n--", the boundary, "--\r\n"
        self._part, self._parts = _Part(), []
        self._header = self._value = b""
        self._seen, self._left = 0, float("inf")
        self._whole = False
        names = ("part_begin", "header_field", "header_value", "header_end", "headers_finished", "part_data", "end")
        self._parser = MultipartParser(boundary, {f"on_{name}": getattr(self, f"_{name}") for name in names})

    async def read(self, receive) -> None:
        started, more = time.monotonic(), True
        try:
            while more and self._left > 0:
                message = await receive()
                if message["type"] == "http.disconnect":
                    break
                more = message.get("more_body", False)
                self._feed(message.get("body", b""))
                if self._part.stream and self._part.waiting >= _BLOCK:
                    await self._part.flush()
                if self._hindrances.bytes_per_second:
                    due = started + self._seen / self._hindrances.bytes_per_second
                    await asyncio.sleep(max(0, due - time.monotonic()))
            await self._settle(more)
        finally:
            for part in self._parts:
                if part.stream:
                    await part.written()
                    part.stream.close()

    def _feed(self, block: bytes) -> None:
        try:
            self._parser.write(block)
        except FormParserError as error:
            raise bad(f"Formulaire illisible : {error}") from None
        self._seen += len(block)

    async def _settle(self, more: bool) -> None:
        self._form.cut = more
        if self._left <= 0:
            self._form.cut = True
            if self._hindrances.expire_at is not None:
                raise Expired
        elif not more and not self._whole:
            raise bad("Formulaire illisible : il ne se termine pas")
        for part in self._parts:
            if part.stream:
                await part.flush()
                await part.written()
                self._form.files.append((part.name, part.sent()))
            else:
                self._form.fields.append((part.name, part.text()))

    def _part_begin(self) -> None:
        self._part = _Part()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._part.headers[self._header.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._header = self._value = b""

    def _headers_finished(self) -> None:
        self._part.open(self._form.folder)
        self._parts.append(self._part)

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        part, hindrances = self._part, self._hindrances
        shares = [share for share in (hindrances.cut_at, hindrances.expire_at) if share is not None]
        if part.stream and shares and not part.size and self._left > 0:
            expected = self._length - self._seen - start - self._tail
            self._left = int(max(0, expected) * min(shares))
        if part.stream:
            end = min(end, start + self._left)
            self._left -= end - start
        part.take(memoryview(data)[start:end])

    def _end(self) -> None:
        self._whole = True
