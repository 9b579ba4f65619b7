"""Deliver files to a datastore: each is sent once, whatever happens on the way.

What is on the server is known by its tree (path and size) and by what the ledger says of each file (`known_files`). A
file is kept where all of this agrees; anything else at its path is taken away, and the file sent from its first byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Optional

from ....client.entrepot import uploads
from ....client.entrepot.multipart import FileChanged
from ....client.entrepot.uploads import CHECKING, CLOSED, OPEN, UNSTABLE, Upload
from ....client.errors import Cancelled, NotFound, ServiceError
from ....i18n import _, ngettext
from ...errors import InputError, Interrupted
from ...own_folder import own_folder
from ...pages.writing import counted
from ...watch import Watch
from ..acting import act_once, make_once
from ..ledger import Ledger, Made
from ..offices import Office
from .closing import Checked, close, settled
from .file_sending import Sending
from .known_files import KnownFiles
from .packing import Package, Parcel, check
from .sums import md5_file

__all__ = ["Checked", "Delivered", "Package", "Parcel", "close", "deliver"]

DATA = "data/"
"""Files of data lie below it, files of sums beside it (contract 3.4)."""
MD5_FILE = "geocollab.md5"
ROUNDS = 3
"""How often the tree is read, and what is not right in it sent again."""


class FileThere(NamedTuple):
    """A file as it is on the server after a delivery; `outcome` is `sent` or `kept`."""

    path: str
    size: int
    md5: str
    outcome: str


@dataclass(frozen=True)
class Delivered:
    """A delivery that is whole. `replaced` is the id of one with other content or of another kind, or ""."""

    upload: str
    status: str
    files: tuple[FileThere, ...]
    replaced: str = ""

    @property
    def files_sent(self) -> int:
        return sum(file.outcome == "sent" for file in self.files)

    @property
    def files_kept(self) -> int:
        return len(self.files) - self.files_sent

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)

    @property
    def bytes_sent(self) -> int:
        return sum(file.size for file in self.files if file.outcome == "sent")


def deliver(
    office: Office,
    ledger: Ledger,
    package: Package,
    *,
    name: str,
    description: str = "",
    tags: Mapping[str, str] | None = None,
    watch: Watch,
) -> Delivered:
    """Have these files in an upload of this name, made if it is not there: steps `upload`, `files`, `md5`.

    A closed upload with the same content is left as it is; one with another content is let be, and a new one made.
    Raises InputError before anything is sent for what the server would refuse, Interrupted if not all got there: run
    again, what is there is not sent again.
    """
    voice = watch.through(office.datastore.session)
    check(package, voice)
    work = _Delivery(office, ledger, package, voice)
    try:
        work.find_or_make(name, description or name, dict(tags or {}))
        return work.fill()
    except Cancelled as cancelled:
        raise Interrupted(work.how_far()) from cancelled


class _Delivery:
    def __init__(self, office: Office, ledger: Ledger, package: Package, watch: Watch) -> None:
        self._office, self._ledger, self._watch = office, ledger, watch
        self._datastore = office.datastore
        self._package = package
        self._local = {DATA + parcel.path: parcel.file for parcel in package.files}
        self._known = KnownFiles(ledger, self._local, watch)
        self._sent: set[str] = set()
        self._replaced = ""
        self._upload = Upload("", {})
        self._fresh = False

    # ------------------------------------------------------------------ the upload

    def find_or_make(self, name: str, description: str, tags: dict[str, str]) -> None:
        datastore, package, infos = self._datastore, self._package, dict(self._package.type_infos)
        wanted = {"name": name, "type": package.type, "srs": package.srs, "type_infos": infos}

        def create() -> Upload:
            self._fresh = True
            text = f"{description} {self._token}"
            return uploads.create(datastore, name, text, package.type, package.srs, infos or None)

        def look() -> Optional[Upload]:
            listed = uploads.uploads.list(datastore, name=name, type=package.type, status=OPEN)
            return next((upload for upload in listed if self._token in str(upload.raw.get("description"))), None)

        def tagged(upload: Upload) -> Made:
            if tags:
                uploads.uploads.tag(datastore, upload.id, tags)
            self._upload = Upload(upload.id, {"name": name, "status": OPEN})
            return {"upload": upload.id}

        def find() -> Optional[Made]:
            upload = look()
            return None if upload is None else tagged(upload)

        def make() -> Made:
            self._office.room_for_upload(package.size)
            return tagged(make_once(datastore.session, create, look))

        self._ledger.step("upload", wanted, make=make, find=find, still=self._still, leave=self._leave)

    @property
    def _token(self) -> str:
        """Stands in the description: an upload whose creation was not answered is known by it."""
        return f"[{self._ledger.token('upload')}]"

    def _still(self, made: Made) -> bool:
        """Whether the upload of an earlier run can be gone on with."""
        try:
            upload = uploads.uploads.get(self._datastore, made["upload"])
        except NotFound:
            return False
        self._known.recall(upload.id)
        if upload.status == CHECKING and not self._known.same():
            upload, _checks = settled(self._office, upload.id, self._watch)
        if upload.status == CLOSED and not self._known.same():
            self._replaced = upload.id
            return False
        self._upload = upload
        return upload.status in (OPEN, CHECKING, CLOSED, UNSTABLE)

    def _leave(self, made: Made) -> None:
        """The upload of an earlier run, of another type or system: of no use to anybody if it never was whole."""
        with suppress(NotFound):
            upload = uploads.uploads.get(self._datastore, made["upload"])
            summed = (self._ledger.wanted("md5") or {}).get("upload") == upload.id
            whole = summed and self._ledger.made("md5") is not None
            if upload.status == UNSTABLE or (upload.status == OPEN and not whole):
                uploads.uploads.delete(self._datastore, upload.id)
                self._watch.info(
                    _(
                        "The earlier delivery of this name, {id}, was of another kind, and not complete: it is deleted."
                    ).format(id=upload.id)
                )
            elif upload.status != "DELETED":
                self._replaced = upload.id

    # ------------------------------------------------------------------ its files

    def fill(self) -> Delivered:
        upload = self._upload
        self._known.recall(upload.id)
        if upload.status in (CHECKING, CLOSED):
            self._watch.info(_("The delivery “{name}” is there already with the same files.").format(name=upload.name))
            return self._delivered(upload.status)
        if upload.status == UNSTABLE:
            self._watch.info(_("The delivery “{name}” is opened again.").format(name=upload.name))
            act_once(self._datastore, uploads.uploads, upload.id, "open", lambda status: status == OPEN)
        sending = Sending(self._datastore, upload.id, self._local, self._watch)
        for _round in range(ROUNDS):
            # nothing is in one that was made just now
            there = {} if self._fresh else dict(uploads.tree(self._datastore, upload.id))
            self._fresh = False
            missing = self._put_right(sending, there)
            if not missing:
                self._put_sums(sending, there)
                return self._delivered(OPEN)
            self._send(sending, missing)
        raise InputError(
            _("The server does not show these files as they were sent: {paths}. Run the operation again.").format(
                paths=", ".join(missing)
            )
        )

    def _put_right(self, sending: Sending, there: Mapping[str, int]) -> dict[str, int]:
        """Takes away what is not right on the server; gives what is to be sent, with its size."""
        data = {path: size for path, size in there.items() if path.startswith(DATA)}
        right = {path for path, size in data.items() if self._known.is_right(path, size)}
        for path in sorted(data.keys() - right):
            self._watch.info(_("{path}: what is on the server is taken away.").format(path=path))
            sending.delete(path)
        missing = {path: file.stat().st_size for path, file in self._local.items() if path not in right}
        self._office.room_for_upload(sum(missing.values()))
        self._known.will_send(missing)
        return missing

    def _send(self, sending: Sending, missing: Mapping[str, int]) -> None:
        def sent(path: str, md5: str) -> None:
            self._sent.add(path)
            self._known.sent(path, md5)

        try:
            failures = sending.send(missing, sent)
        finally:
            with suppress(Cancelled):  # in a task, whose operation is over
                self._known.note()
        for error in failures.values():
            if isinstance(error, FileChanged):
                raise InputError(f"{_changed(error)} {self.how_far()}") from error
            if isinstance(error, ServiceError):
                raise Interrupted(self.how_far()) from error
            raise error

    def how_far(self) -> str:
        return ngettext(
            "{done} of {n} file is on the server. Run the operation again: what is there is not sent again.",
            "{done} of {n} files are on the server. Run the operation again: what is there is not sent again.",
            counted(len(self._local)),
            done=counted(self._known.whole()),
        )

    def _put_sums(self, sending: Sending, there: Mapping[str, int]) -> None:
        """The file of all sums, for the server to check with."""
        text = md5_file(self._known.sum_up()).encode()

        def make() -> Made:
            if MD5_FILE in there:
                sending.delete(MD5_FILE, md5=True)
            with own_folder() as folder:
                file = Path(folder, MD5_FILE)
                file.write_bytes(text)
                sending.send_sums(file, MD5_FILE)
            return {"size": len(text)}

        wanted = {"upload": self._upload.id, "sums": hashlib.sha256(text).hexdigest()}
        self._ledger.step("md5", wanted, make=make, still=lambda made: there.get(MD5_FILE) == made["size"])

    def _delivered(self, status: str) -> Delivered:
        files = tuple(
            FileThere(path, known.size, known.md5, "sent" if path in self._sent else "kept")
            for path, known in self._known.items()
        )
        return Delivered(self._upload.id, status, files, self._replaced)


def _changed(error: FileChanged) -> str:
    if error.why:
        return _("{path} cannot be read: {why}.").format(path=error.file, why=error.why)
    return _("{path} changed while it was sent: wait until nothing writes it any more.").format(path=error.file)
