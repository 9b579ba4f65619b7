"""A form of one file, streamed from disk: memory does not grow with the file.

The only place of the plugin that writes multipart bodies of files of any size (contract 1.3: the part is named `file`).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Callable

SMALL_CHUNK, CHUNK = 1 << 14, 1 << 20
"""Bytes. A connection that takes longer than its time-out for one chunk is given up: slow ones are fed small ones."""
QUICK = 0.1
"""Seconds that a chunk may take for the next one to be greater."""


class FileChanged(Exception):
    """The file is not what it was when its sending began, or cannot be read; `file` is its path, `why` says which.

    Not an OSError: those that happen while something is sent count as faults of the network.
    """

    def __init__(self, file: Path, why: str = "") -> None:
        super().__init__(f"{file}: {why or 'the file changed while it was sent'}")
        self.file, self.why = file, why


class FileForm:
    """The body; each iteration begins at byte 0 again, so that it can be sent again as a whole.

    `began` is told of each beginning, `seen(chunk)` of the bytes of the file as they leave; both may raise to stop it.
    Raises FileChanged if the file's size or time is another at the end than at the beginning.
    """

    def __init__(
        self,
        file: Path,
        name: str,
        fields: Mapping[str, str] | None = None,
        *,
        began: Callable[[], None] = lambda: None,
        seen: Callable[[bytes], None] = lambda chunk: None,
    ) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        parts = [
            f"--{boundary}\r\nContent-Disposition: form-data; name={_quoted(key)}\r\n\r\n{value}\r\n"
            for key, value in (fields or {}).items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename={_quoted(name)}\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self._head = "".join(parts).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._file, self._began, self._seen = file, began, seen
        self._was = stamp(file)

    def __len__(self) -> int:
        return len(self._head) + self._was[0] + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        self._began()
        yield self._head
        left = self._was[0]
        for chunk in self._chunks():
            left -= len(chunk)
            if left < 0:
                break
            self._seen(chunk)
            yield chunk
        if left or stamp(self._file) != self._was:
            raise FileChanged(self._file)
        yield self._tail

    def _chunks(self) -> Iterator[bytes]:
        size = SMALL_CHUNK
        try:
            with self._file.open("rb", buffering=0) as stream:
                while chunk := stream.read(size):
                    began = time.monotonic()
                    yield chunk
                    quick = time.monotonic() - began < QUICK
                    size = min(2 * size, CHUNK) if quick else max(size // 2, SMALL_CHUNK)
        except OSError as error:
            raise FileChanged(self._file, str(error)) from error


def stamp(file: Path) -> tuple[int, int]:
    """Size in bytes and time of the last change in ns: what tells whether a file is still the same."""
    about = file.stat()
    return about.st_size, about.st_mtime_ns


def _quoted(text: str) -> str:
    """As browsers write names in forms."""
    return '"' + text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22") + '"'
