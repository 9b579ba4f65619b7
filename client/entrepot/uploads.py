"""`/uploads` (livraisons): made, filled, closed, checked (contract 3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

from .. import reading
from ..errors import MalformedAnswer
from .api import Datastore
from .entities import Collection, Entity
from .multipart import FileForm

TYPES = ("VECTOR", "RASTER", "ARCHIVE", "ROK4-PYRAMID", "INDEX", "HISTORIC-IMAGERY", "POINT-CLOUD", "PYRAMID-3D")
OPEN, CLOSED, CHECKING, UNSTABLE = "OPEN", "CLOSED", "CHECKING", "UNSTABLE"
IDLE = frozenset({"OPEN", "CLOSED", "UNSTABLE", "CREATED"})
"""The states in which an upload can be deleted."""


class Upload(Entity):
    """A delivery of files of one type in one SRS."""

    @property
    def srs(self) -> str:
        return reading.text(self.raw.get("srs"))


uploads = Collection(
    "uploads", Upload, ("name", "description", "type", "status", "srs", "size", "tags", "creation", "last_event")
)


class Delivered(NamedTuple):
    """A file in the tree of an upload: its path, as files are sent with, and its size in bytes."""

    path: str
    size: int


class Checks(NamedTuple):
    """The checks of an upload: (execution id, name of the check), by what became of them."""

    asked: tuple[tuple[str, str], ...]
    in_progress: tuple[tuple[str, str], ...]
    passed: tuple[tuple[str, str], ...]
    failed: tuple[tuple[str, str], ...]

    @property
    def running(self) -> bool:
        return bool(self.asked or self.in_progress)


def create(
    datastore: Datastore, name: str, description: str, type: str, srs: str, type_infos: Optional[dict[str, Any]] = None
) -> Upload:
    """A new upload, OPEN and empty. `srs` as `EPSG:2154` or `IGNF:…`."""
    body: dict[str, Any] = {"name": name, "description": description, "type": type, "srs": srs}
    if type_infos:
        body["type_infos"] = type_infos
    return uploads.create(datastore, body)


def send_file(datastore: Datastore, upload: str, file: Path, path: str, **listeners: Callable[..., None]) -> None:
    """Send a file to this path of the upload (`POST …/data?path=`), streamed; `listeners` as those of FileForm.

    Not repeated where the answer is lost: read the tree. Conflict if the path is taken. A `seen` of one's own asks
    `session.go_on` itself.
    """
    _send(datastore, upload, "data", file, path, path.rpartition("/")[2], listeners)


def send_md5(datastore: Datastore, upload: str, file: Path, name: str) -> None:
    """Send a file of MD5 sums: a line each, 32 hex digits, two spaces, the path in the upload."""
    _send(datastore, upload, "md5", file, None, name, {})


def _send(
    datastore: Datastore, upload: str, kind: str, file: Path, path: Optional[str], name: str, listeners: Any
) -> None:
    form = FileForm(file, name, **listeners)
    params = {"path": path} if path is not None else None
    headers = {"Content-Type": form.content_type}
    datastore.session.request("POST", uploads.url(datastore, upload, kind), params=params, data=form, headers=headers)


def delete_file(datastore: Datastore, upload: str, path: str, *, md5: bool = False) -> None:
    """Take a file out of an open upload; NotFound if it is not there."""
    url = uploads.url(datastore, upload, "md5" if md5 else "data")
    datastore.session.request("DELETE", url, params={"path": path})


def tree(datastore: Datastore, upload: str) -> list[Delivered]:
    """Every file of the upload, MD5 files among them, with the size that has arrived."""
    answer = datastore.session.get(uploads.url(datastore, upload, "tree"))
    body = answer.json()
    if not isinstance(body, list):
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="a list was expected")
    return list(files_of(body))


def files_of(entries: list[Any]) -> Iterator[Delivered]:
    """The files of a tree as it came, in its order. Not recursive: nobody knows how deep it is."""
    left = [("", entry) for entry in reversed(reading.objects(entries))]
    while left:
        folder, entry = left.pop()
        path = f"{folder}{reading.text(entry.get('name'))}"
        if reading.text(entry.get("type")) == "DIRECTORY":
            left += [(path + "/", child) for child in reversed(reading.objects(entry.get("children")))]
        else:
            yield Delivered(path, reading.integer(entry.get("size")) or 0)


def checks(datastore: Datastore, upload: str) -> Checks:
    """`GET …/checks`."""
    body = reading.mapping(datastore.session.get(uploads.url(datastore, upload, "checks")).json())
    return Checks(*(_checks(body.get(name)) for name in Checks._fields))


def _checks(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (reading.text(entry.get("_id")), reading.text(reading.mapping(entry.get("check")).get("name")))
        for entry in reading.objects(value)
    )


def close(datastore: Datastore, upload: str) -> None:
    """OPEN to CHECKING (EA6: an empty body)."""
    uploads.act(datastore, upload, "close")
