"""MapServer as a FastCGI process of the sandbox: a process for every request would need 0.1 s to start."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import weakref
from pathlib import Path
from urllib.parse import urlencode

from starlette.responses import Response

from ...errors import ApiError

_BEGIN, _END, _PARAMS, _STDIN, _STDOUT = 1, 3, 4, 5, 6  # kinds of FastCGI records
_RESPONDER = struct.pack(">HB5x", 1, 0)
_HEADER = struct.Struct(">BBHHBx")
_MOST = 65535  # bytes in a record
_CONFIGURATION = """CONFIG
  ENV
    MS_MAP_PATTERN "^{folder}/[a-z0-9_]+[.]map$"
  END
END
"""
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


class MapServer:
    """Started with the first question; ends with the sandbox, however that ends. `folder` holds what it reads."""

    def __init__(self) -> None:
        self._kept = tempfile.TemporaryDirectory(prefix="sandbox-mapserver-")
        self.folder = Path(self._kept.name)
        self._socket = str(self.folder / "socket")
        self._process: subprocess.Popen | None = None
        (self.folder / "mapserver.conf").write_text(_CONFIGURATION.format(folder=self.folder), encoding="utf-8")
        fonts = "".join(f"{name} {FONT}\n" for name in ("default", "dejavusans", "sans-serif"))
        (self.folder / "fonts.txt").write_text(fonts, encoding="utf-8")

    async def ask(self, mapfile: str, query: list[tuple[str, str]], body: bytes = b"") -> Response:
        """The answer to an OGC request; a POST when there is a body. Raises ApiError 503 without MapServer."""
        process = self._start()
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".map") as file:
            file.write(mapfile.encode())
            file.flush()
            parameters = {
                "REQUEST_METHOD": "POST" if body else "GET", "QUERY_STRING": urlencode(query),
                "CONTENT_TYPE": "text/xml", "CONTENT_LENGTH": str(len(body)), "MS_MAPFILE": file.name,
            }  # fmt: skip
            try:
                return _response(await self._exchange(parameters, body))
            except (OSError, asyncio.IncompleteReadError):
                self._stop(process)
                raise ApiError(502, "Le serveur cartographique s'est arrêté") from None

    def _start(self) -> subprocess.Popen:
        if self._process and self._process.poll() is None:
            return self._process
        program = shutil.which("mapserv", path=os.environ.get("PATH", "") + ":/usr/bin:/usr/lib/cgi-bin")
        if program is None:
            raise ApiError(503, "MapServer n'est pas installé : make setup, ou apt-get install mapserver-bin")
        # a sandbox that is killed takes it along
        leash = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        Path(self._socket).unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self._socket)
            listener.listen(64)
            self._process = subprocess.Popen(
                [*leash, program], stdin=listener, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={"MAPSERVER_CONFIG_FILE": str(self.folder / "mapserver.conf"), "PROJ_NETWORK": "OFF",
                     "PATH": os.environ.get("PATH", "")},
            )  # fmt: skip
        weakref.finalize(self, self._process.kill)
        return self._process

    def _stop(self, process: subprocess.Popen) -> None:
        """Another question may have started the next one meanwhile."""
        process.kill()
        process.wait()
        if self._process is process:
            self._process = None

    def close(self) -> None:
        if self._process:
            self._stop(self._process)
        self._kept.cleanup()

    async def _exchange(self, parameters: dict[str, str], body: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self._socket)
        try:
            pairs = b"".join(_pair(name.encode(), value.encode()) for name, value in parameters.items())
            writer.write(_record(_BEGIN, _RESPONDER) + _stream(_PARAMS, pairs) + _stream(_STDIN, body))
            await writer.drain()
            parts = []
            while True:
                _, kind, _, length, padding = _HEADER.unpack(await reader.readexactly(_HEADER.size))
                content = await reader.readexactly(length + padding)
                if kind == _STDOUT:
                    parts.append(content[:length])
                elif kind == _END:
                    return b"".join(parts)
        finally:
            writer.close()


def _record(kind: int, content: bytes) -> bytes:
    return _HEADER.pack(1, kind, 1, len(content), 0) + content


def _stream(kind: int, content: bytes) -> bytes:
    """Its records and the empty one that ends it."""
    pieces = [content[at : at + _MOST] for at in range(0, len(content), _MOST)]
    return b"".join(_record(kind, piece) for piece in [*pieces, b""])


def _pair(name: bytes, value: bytes) -> bytes:
    return _length(name) + _length(value) + name + value


def _length(text: bytes) -> bytes:
    return bytes([len(text)]) if len(text) < 128 else struct.pack(">I", len(text) | 0x80000000)


def _response(output: bytes) -> Response:
    """From what a CGI program says: its headers, `Status` among them, and the body."""
    head, _, body = output.partition(b"\r\n\r\n")
    status, type_ = 200, "text/plain"
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        elif name.lower() == "content-type":
            type_ = value.strip()
    return Response(body, status, {"Content-Type": type_})
