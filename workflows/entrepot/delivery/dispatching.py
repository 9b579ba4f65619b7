"""Files and folders as one delivery of their own: packed, sent, closed; run again under its name, gone on with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from ....client.entrepot.uploads import CLOSED
from ....i18n import N_, _, ngettext
from ....store.store import Store
from ...errors import InputError
from ...pages.writing import counted
from ...watch import Watch
from ..checks import faults
from ..checks.file_checks import check_files
from ..ledger import sole_run
from ..offices import Office
from .closing import Checked, close, closed_sentence
from .delivering import Delivered, deliver
from .packing import Package, pack

COLUMNS = (("path", "text"), ("size", "number"), ("md5", "text"), ("outcome", "text"), ("outcome_label", "text"))
"""Of the table of files; sizes in bytes."""
OUTCOMES = {"sent": N_("sent"), "kept": N_("there already")}

_INFOS: dict[str, tuple[tuple[str, bool], ...]] = {
    "ROK4-PYRAMID": (("format", True), ("tms", True), ("channels_number", False)),
    "INDEX": (("is_search_layer", False),),
    "HISTORIC-IMAGERY": (("dataset_identifier", True),),
    "PYRAMID-3D": (
        ("pyramid_type", True), ("origin", False), ("tile_size", False), ("template", False), ("data_type", False),
        ("span", False),
    ),
}  # fmt: skip
"""What `type_infos` of a type has, and whether it must be given (contract 3.4)."""


@dataclass(frozen=True)
class Dispatched:
    """What was delivered, and what its checks said; None while it is open."""

    delivered: Delivered
    checked: Optional[Checked]

    @property
    def status(self) -> str:
        return self.checked.status if self.checked else self.delivered.status

    def rows(self) -> list[tuple[object, ...]]:
        """As rows of COLUMNS."""
        return [
            (file.path, file.size, file.md5 or None, file.outcome, _(OUTCOMES[file.outcome]))
            for file in self.delivered.files
        ]

    def sentence(self, name: str, type: str) -> str:
        """What was done, and what comes next."""
        sent = self.delivered.files_sent
        told = [ngettext("{n} file was sent.", "{n} files were sent.", counted(sent))] if sent else []
        if self.status == CLOSED:
            return " ".join([*told, closed_sentence(name, type)])
        more = _("The delivery “{name}” stays open for more files: “Close a delivery” then has it checked.")
        return " ".join([*told, more.format(name=name)])


def dispatch(
    office: Office,
    store: Store,
    paths: Sequence[Path],
    *,
    name: str,
    type: str,
    srs: str,
    description: str = "",
    infos: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    closing: bool = True,
    watch: Watch,
) -> Dispatched:
    """Deliver these files and folders under this name, and close the delivery.

    Run again, it goes on where it was, and does nothing if all is done; with other files it is a new delivery, unless
    the earlier one is open or did not pass its checks. `infos` is what the type needs to be told (`type_infos`). Raises
    InputError for what is wrong with the files or was found by the checks, StoreBusy while another run delivers under
    this name.
    """
    package = Package(pack(paths, type, watch), type, srs, type_infos(type, infos or {}))
    if type == "RASTER":
        _check_images(package, watch)
    with sole_run(office.datastore.session, store, office.service, office.id, f"delivery: {name}") as ledger:
        delivered = deliver(office, ledger, package, name=name, description=description, tags=tags, watch=watch)
        if delivered.replaced:
            watch.info(
                _("The earlier delivery of this name, {id}, has other files or is of another kind: it stays.").format(
                    id=delivered.replaced
                )
            )
        checked = close(office, ledger, delivered.upload, watch) if closing else None
    done = Dispatched(delivered, checked)
    watch.info(done.sentence(name, type))
    return done


def _check_images(package: Package, watch: Watch) -> None:
    """InputError for images without a place: the server would refuse them once they are there; the rest is told."""
    found = check_files([parcel.file for parcel in package.files], package.srs, package.type, watch.without_progress())
    unplaced = [fault for fault in found.faults if fault.code == "not_georeferenced"]
    if unplaced:
        raise InputError(_("Nothing was sent. {why}").format(why=faults.Checked(tuple(unplaced)).complaint()))
    for fault in found.faults:
        watch.warn(fault.sentence)


def type_infos(type: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a type of delivery is told when it is made; InputError for what is missing, or of another type."""
    values = {name: value for name, value in given.items() if value not in (None, "")}
    known = dict(_INFOS.get(type, ()))
    foreign = sorted(values.keys() - known.keys())
    if foreign:
        raise InputError(
            _("A delivery of the type {type} is not told {names}.").format(type=type, names=", ".join(foreign))
        )
    missing = [name for name, needed in known.items() if needed and name not in values]
    if missing:
        raise InputError(
            _("A delivery of the type {type} needs {names}: see the advanced parameters.").format(
                type=type, names=", ".join(missing)
            )
        )
    return values
