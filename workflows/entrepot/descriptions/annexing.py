"""Annexes of a datastore: files with a public address, put at their path once, and what cartes.gouv.fr does with them.

An annexe is known by its path: whatever was cut off, running again finds it, and sends nothing that is there already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ....client.entrepot import files
from ....client.entrepot.configurations import configurations
from ....client.entrepot.files import Annexe, annexes
from ....client.entrepot.stored_data import stored_data
from ....client.errors import Conflict, NotFound
from ....i18n import _
from ...errors import InputError
from ...watch import Watch
from .. import cartes
from ..offices import Office
from . import describing
from .describing import CREATED, UNCHANGED, UPDATED, as_file
from .record_facts import Facts

KINDS = (cartes.STYLE, cartes.DOCUMENT, cartes.THUMBNAIL, cartes.LEGEND)
"""What an annexe can be for a data sheet; any other is a file like another."""
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"})
STYLES = frozenset({".sld", ".qml", ".json"})


@dataclass(frozen=True)
class Annexed:
    """An annexe on the server; `state` is CREATED, UPDATED or UNCHANGED, `url` "" if it is not published."""

    annexe: str
    path: str
    url: str
    state: str


def annex(
    office: Office,
    file: Path,
    *,
    path: str = "",
    kind: str = "",
    sheet: str = "",
    owner: str = "",
    labels: Sequence[str] = (),
    published: bool = True,
    watch: Watch,
) -> Annexed:
    """Put a file at a path of the datastore: made, its content replaced, or left alone if it is the same.

    `kind` is one of KINDS, of the data sheet `sheet`; then the path may be left to the conventions (`owner`: the stored
    data of a legend). Needs the right ANNEX. Raises InputError for a file that is none.
    """
    office.need("ANNEX")
    _check(file, kind, sheet, path, labels)
    before = _the_thumbnail(office, sheet) if kind == cartes.THUMBNAIL and not path else None
    path = path or _path_for(kind, file.name, sheet, owner, before)
    told = (*(cartes.labels(kind, sheet) if kind else ()), *labels)
    found = at(office, path)
    if found is None:
        found, state = _created(office, file, path, told, published), CREATED
    else:
        state = _brought_up_to_date(office, found, file, told, published)
    if before is not None and before.id != found.id:  # one data sheet has one
        annexes.delete(office.datastore, before.id)
    url = cartes.annexe_url(office.diffusion, office.info.technical_name, path) if published else ""
    said = {
        CREATED: _("{path} is there now."),
        UPDATED: _("{path} has the new content."),
        UNCHANGED: _("{path} is the same already."),
    }[state]
    watch.info(said.format(path=path))
    return Annexed(found.id, path, url, state)


def at(office: Office, path: str) -> Optional[Annexe]:
    """The annexe at a path, None if there is none."""
    return next((one for one in annexes.list(office.datastore, path=path) if path in one.paths), None)


def _check(file: Path, kind: str, sheet: str, path: str, labels: Sequence[str]) -> None:
    if not file.is_file():
        raise InputError(_("There is no file {file}.").format(file=file))
    if kind and kind not in KINDS:
        raise InputError(_("“{kind}” is none of {known}.").format(kind=kind, known=", ".join(KINDS)))
    problem = cartes.sheet_problem(sheet) if kind or sheet else ""
    if problem:
        raise InputError(problem)
    if not kind and not path:
        raise InputError(_("Give a path, such as /documents/notice.pdf, or say what the file is of a data sheet."))
    wrong = [label for label in labels if "," in label]
    if wrong:
        raise InputError(_("A label cannot hold a comma: {labels}.").format(labels=" ".join(wrong)))
    wanted = {cartes.STYLE: STYLES, cartes.THUMBNAIL: PICTURES, cartes.LEGEND: PICTURES}.get(kind)
    if wanted and file.suffix.lower() not in wanted:
        raise InputError(
            _("{file}: as “{kind}” a file of one of these kinds is wanted: {known}.").format(
                file=file.name, kind=kind, known=", ".join(sorted(wanted))
            )
        )


def _path_for(kind: str, filename: str, sheet: str, owner: str, before: Optional[Annexe]) -> str:
    path = cartes.path(kind, filename, sheet=sheet, owner=owner)
    # the address of a thumbnail stays, where its kind of picture does
    if before is not None and before.paths and Path(before.paths[0]).suffix == Path(path).suffix:
        return before.paths[0]
    return path


def _the_thumbnail(office: Office, sheet: str) -> Optional[Annexe]:
    wanted = cartes.labels(cartes.THUMBNAIL, sheet)
    listed = annexes.list(office.datastore, labels=wanted[0])
    return next((one for one in listed if set(wanted) <= set(one.labels)), None)


def _created(office: Office, file: Path, path: str, labels: Sequence[str], published: bool) -> Annexe:
    try:
        return files.create_annexe(office.datastore, file, path, published=published, labels=labels)
    except Conflict:
        found = at(office, path)
        if found is None:
            raise
        return found  # it was done, and its answer lost


def _brought_up_to_date(office: Office, found: Annexe, file: Path, labels: Sequence[str], published: bool) -> str:
    state = UNCHANGED
    if not _same(office, found, file):
        files.replace_content(office.datastore, annexes, found.id, file, Path(found.paths[0]).name)
        state = UPDATED
    missing = [label for label in labels if label not in found.labels]
    changes = {
        **({"labels": [*found.labels, *missing]} if missing else {}),
        **({"published": published} if found.published != published else {}),
    }
    if changes:
        annexes.change(office.datastore, found.id, changes)
        state = UPDATED
    return state


def _same(office: Office, found: Annexe, file: Path) -> bool:
    """Whether the annexe has this content; it is read back only where the sizes agree."""
    if found.size is not None and found.size != file.stat().st_size:
        return False
    return files.content(office.datastore, annexes, found.id) == file.read_bytes()


# ---------------------------------------------------------------------- what points at them


def attach_style(
    office: Office, annexed: Annexed, configuration: str, *, name: str, table: str = "", watch: Watch
) -> None:
    """Make an annexe the current style of a service (contract 3.17), and that live. Needs the right BROADCAST.

    `table` is the one of a WFS that is meant; it may be left out where there is one alone.
    """
    office.need("BROADCAST")
    one = configurations.get(office.datastore, configuration)
    layer = _layer(describing.layer_names(one), table) if one.type == "WFS" else ""
    others = [
        other
        for style in one.extra.get("styles") or []
        if style.get("name") == name
        for other in style.get("layers") or []
        if other.get("name", "") != layer
    ]
    layers = [*others, cartes.style_layer(annexed.annexe, annexed.url, layer)]
    extra = cartes.with_style(one.extra, name, layers)
    if extra != one.extra:
        configurations.change(office.datastore, one.id, {"extra": extra})
    wanted = cartes.with_link(one.metadata, cartes.style_link(annexed.url, one.type))
    if wanted != one.metadata or annexed.state == UPDATED:
        describing.apply_links(office, one, wanted, watch)


def _layer(names: Sequence[str], table: str) -> str:
    """The layer of a table of a WFS. Raises InputError if it has none, or several and none was named."""
    chosen = [name for name in names if table in (name, name.partition(":")[2])] if table else list(names)
    if len(chosen) != 1:
        known = ", ".join(name.partition(":")[2] for name in names)
        raise InputError(_("Of which table is the style? One of {known}.").format(known=known))
    return chosen[0]


def list_document(
    office: Office, annexed: Annexed, sheet: str, *, name: str, description: str = "", watch: Watch
) -> Annexed:
    """Write a document into the list of those of a data sheet, which is an annexe itself."""
    path = cartes.path(cartes.DOCUMENTS, "", sheet=sheet)
    found = at(office, path)
    before = files.content(office.datastore, annexes, found.id) if found else b""
    content = cartes.with_document(before, annexed.annexe, name, annexed.url, description=description)
    if found is not None and cartes.documents(content) == cartes.documents(before):
        return Annexed(found.id, path, cartes.annexe_url(office.diffusion, office.info.technical_name, path), UNCHANGED)
    with as_file(content, Path(path).name) as file:
        return annex(office, file, path=path, labels=cartes.labels(cartes.DOCUMENTS, sheet), watch=watch)


def show_thumbnail(office: Office, annexed: Annexed, sheet: str, watch: Watch) -> None:
    """Let the record of a data sheet show its thumbnail, if it has a record."""
    record = describing.of_sheet(office, sheet)
    if record is not None and annexed.url:
        facts = Facts(record.file_identifier, thumbnail=annexed.url)
        describing.change_record(office, record, facts, watch)


def attach_legend(office: Office, annexed: Annexed, data: str) -> None:
    """Let stored data (a pyramid) point at its legend. Needs the right PROCESSING."""
    try:
        stored_data.merge_extra(office.datastore, data, cartes.legend(annexed.annexe, annexed.url))
    except NotFound:
        raise InputError(_("There is no stored data {id} in the datastore.").format(id=data)) from None
