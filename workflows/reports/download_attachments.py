"""Documents of the reports of the store as files: fetched in parallel, complete or not there (contract 1.1, 2.5.5)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Optional

from ...client import reading
from ...client.auth import Anonymous
from ...client.errors import Busy, Cancelled, MalformedAnswer, ServiceError, SignInFailed, Unauthorized, Unreachable
from ...client.espaceco import users
from ...client.espaceco.api import EspaceCo
from ...client.network import origin
from ...i18n import N_, _, ngettext
from ...store.database import quoted
from ...store.schema import DOCUMENT_TABLE
from ...store.store import Store
from ..errors import InputError, Interrupted
from ..file_names import matches, patterns, safe_name
from ..pages.writing import clean, counted, write_size
from ..watch import Watch

STATES = {
    "downloaded": N_("downloaded"),
    "present": N_("was there already"),
    "failed": N_("failed"),
    "skipped": N_("left out"),
}
COLUMNS = (
    ("report", "integer"),
    ("document", "integer"),
    ("name", "text"),
    ("path", "text"),
    ("size", "integer"),
    ("mime", "text"),
    ("state", "text"),
    ("state_label", "text"),
    ("detail", "text"),
)
PART = ".part"
"""What a file is called besides until it is complete."""
NOBODY_THERE = 6
"""So many documents one after another without an answer: the others would only wait in vain."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Wanted:
    """A document as the store knows it; `size` in bytes."""

    id: int
    report: int
    name: str
    mime: str
    size: Optional[int]
    url: str


@dataclass
class Fetched:
    """What came of a document. `state` is one of STATES, `detail` a sentence; `error` what failed at the service."""

    document: Wanted
    path: Path
    state: str = ""
    size: Optional[int] = None
    detail: str = ""
    error: Optional[Exception] = None


@dataclass
class Outcome:
    """All of it, in the order of the reports."""

    folder: Path
    found: list[Fetched] = field(default_factory=list)

    def count(self, state: str) -> int:
        return sum(one.state == state for one in self.found)

    @property
    def there(self) -> int:
        """How many are in the folder now."""
        return self.count("downloaded") + self.count("present")

    def numbers(self) -> dict[str, int]:
        """As outputs of an operation; SIZE in bytes of what is there now."""
        return {
            "COUNT": len(self.found),
            **{f"{state.upper()}_COUNT": self.count(state) for state in STATES},
            "SIZE": sum(one.size or 0 for one in self.found if one.state in ("downloaded", "present")),
        }

    def rows(self) -> Iterator[tuple[object, ...]]:
        """As rows of COLUMNS."""
        for one in self.found:
            document = one.document
            there = one.state in ("downloaded", "present")
            yield (
                document.report,
                document.id,
                document.name or None,
                str(one.path) if there else None,
                one.size if there else document.size,
                document.mime or None,
                one.state,
                _(STATES[one.state]),
                one.detail or None,
            )


def download_attachments(
    api: EspaceCo,
    store: Store,
    folder: Path,
    *,
    reports: Optional[Iterable[int]] = None,
    names: str = "",
    by_report: bool = True,
    replace: bool = False,
    largest: int = 0,
    watch: Optional[Watch] = None,
) -> Outcome:
    """The documents of these reports (None: of all of the store) into a folder, those whose names fit the patterns.

    A file of the size that the service says is left as it is, unless `replace`; anything else of its name is replaced
    when the new one is complete. `largest` is in bytes, 0 for no limit. One that fails does not stop the others.
    Raises Interrupted where nothing goes through any more (cancelled, no network, account refused, disk full).
    """
    watch = watch or Watch()
    documents = _wanted(store, reports, patterns(names))
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(api, folder.resolve(), by_report, replace, largest, watch)
    if documents and not isinstance(api.session.auth, Anonymous):
        # a wrong account is told at once, not once for each document
        users.me(api)
    outcome, silent = Outcome(folder), 0
    try:
        for one in api.session.in_parallel(run.fetch, documents):
            outcome.found.append(one)
            watch.progress(len(outcome.found), len(documents))
            if one.state == "failed":
                watch.warn(one.detail)
            silent = silent + 1 if isinstance(one.error, (Unreachable, Busy)) else 0
            if one.error is not None and silent >= NOBODY_THERE:
                raise one.error
    except OSError as error:  # of the disk; what else fails has become a sentence
        full = InputError(_("The disk is full: {folder}.").format(folder=folder))
        raise Interrupted(_how_far(outcome, len(documents))) from (full if error.errno in _FULL else error)
    except (ServiceError, Cancelled) as error:
        raise Interrupted(_how_far(outcome, len(documents))) from error
    return outcome


def _wanted(store: Store, reports: Optional[Iterable[int]], wanted: list[str]) -> list[Wanted]:
    if reports is None:
        sql = f'SELECT DISTINCT "NoSignalement" FROM {quoted(DOCUMENT_TABLE)} ORDER BY 1'  # nosec B608 - a name of ours
        reports = [row[0] for row in store.all(sql) if row[0] is not None]
    columns = ("id", "NoSignalement", "Fichier", "Type_MIME", "Taille", "URL_téléchargement", "URL")
    found = []
    for number, report, name, mime, size, download, view in store.reports.rows_of(
        reports, *columns, table=DOCUMENT_TABLE
    ):
        document = Wanted(
            number,
            report,
            reading.text(name),
            reading.text(mime),
            reading.integer(size),
            reading.text(download or view),
        )
        if not wanted or matches(document.name, wanted):
            found.append(document)
    return found


def _how_far(outcome: Outcome, total: int) -> str:
    return ngettext(
        "{done} of {n} document is there. Run the operation again to go on; what is complete stays.",
        "{done} of {n} documents are there. Run the operation again to go on; what is complete stays.",
        counted(total),
        done=counted(outcome.there),
    )


class _Run:
    def __init__(self, api: EspaceCo, folder: Path, by_report: bool, replace: bool, largest: int, watch: Watch) -> None:
        self._api = api
        self._folder = folder
        self._by_report = by_report
        self._replace = replace
        self._largest = largest
        self._watch = watch

    def fetch(self, document: Wanted) -> Fetched:
        """Runs in a thread. Raises what concerns all documents: account refused, cancelled, disk full."""
        one = Fetched(document, self._path(document))
        try:
            self._fetch(one)
        except (Cancelled, SignInFailed):
            raise
        except Unauthorized:
            if self._is_ours(document.url):
                raise  # renewed, and tried again, by the session; else nothing will go through
            one.state, one.detail = "failed", _told(document, _("its server wants an account"))
        except ServiceError as error:
            one.state, one.error = "failed", error if self._is_ours(document.url) else None
            one.detail = _told(document, self._watch.explain(error).rstrip("."))
        except InputError as error:
            one.state, one.detail = "failed", _told(document, str(error))
        except OSError as error:
            if error.errno in _FULL:
                raise
            why = _("{path} cannot be written: {why}").format(path=one.path, why=error.strerror or error)
            one.state, one.detail = "failed", _told(document, why)
        return one

    def _fetch(self, one: Fetched) -> None:
        document = one.document
        size = self._size_there(one.path)
        if not self._replace and size is not None and document.size in (None, size):
            one.state, one.size = "present", size
            return
        if self._largest and (document.size or 0) > self._largest:
            one.state = "skipped"
            one.detail = _told(document, _("it has {size}").format(size=write_size(document.size or 0)))
            return
        if origin(document.url) is None:
            raise InputError(_("the service gives no address to download it from"))
        if self._by_report:
            one.path.parent.mkdir(exist_ok=True)
        if one.path.parent.resolve() != one.path.parent:
            raise InputError(_("{path} is a link that leads out of the folder").format(path=one.path.parent))
        with _complete(one.path) as file:
            most = self._most(document)
            answer = self._api.session.download(document.url, file, most=most, authenticate=self._is_ours(document.url))
            one.size = file.tell()
            if document.size is None and "html" in answer.headers.get("Content-Type", ""):
                raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="a page came instead")
            if document.size not in (None, one.size):
                text = _("{received} bytes came, {expected} were announced; download the reports again first")
                raise InputError(text.format(received=one.size, expected=document.size))
        one.state = "downloaded"

    def _path(self, document: Wanted) -> Path:
        name = safe_name(document.id, document.name)
        if self._by_report:
            return self._folder / str(document.report) / name
        return self._folder / f"{document.report}-{name}"

    @staticmethod
    def _size_there(path: Path) -> Optional[int]:
        """Bytes of what lies there, None if it is no file."""
        return path.stat().st_size if path.is_file() else None

    def _is_ours(self, url: str) -> bool:
        """Whether the address is the service's own: nobody else gets the account."""
        return origin(url) == origin(self._api.root)

    def _most(self, document: Wanted) -> Optional[int]:
        """Bytes that are read at most."""
        return document.size if document.size is not None else self._largest or None


def _told(document: Wanted, why: str) -> str:
    return _("Document {id} of report {number} ({name}): {why}.").format(
        id=document.id, number=document.report, name=clean(document.name), why=why
    )


@contextmanager
def _complete(path: Path) -> Iterator[BinaryIO]:
    """A new file that is called `path` once it is complete, and until then `path`.part; nothing is left of a failure.

    Whatever has that name before is replaced, a link too, and not what it leads to.
    """
    part = path.with_name(path.name + PART)
    part.unlink(missing_ok=True)  # of a run that was killed
    file = part.open("xb")
    ours = os.fstat(file.fileno())
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if not _is(part, ours):
            raise InputError(_("another run is downloading it"))
        part.replace(path)
    except BaseException:
        if _is(part, ours):
            part.unlink()
        raise


def _is(path: Path, file: os.stat_result) -> bool:
    with suppress(OSError):
        return os.path.samestat(path.lstat(), file)
    return False
