"""An annexe with what goes with it at cartes.gouv.fr: the list of documents, the record, the service, the pyramid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ....i18n import _
from ...errors import InputError
from ...watch import Watch
from .. import cartes
from ..offices import Office
from . import annexing
from .annexing import Annexed


@dataclass(frozen=True)
class Wanted:
    """What is to be published; `kind` is one of `annexing.KINDS`, "" for a file like another.

    `name` and `description` are those of a document or style, `configuration` and `table` what a style is of,
    `stored_data` what a legend is of.
    """

    file: Path
    kind: str = ""
    sheet: str = ""
    path: str = ""
    name: str = ""
    description: str = ""
    configuration: str = ""
    table: str = ""
    stored_data: str = ""
    labels: tuple[str, ...] = ()
    published: bool = True


def publish(office: Office, wanted: Wanted, watch: Watch) -> Annexed:
    """Put the file at its path, and let what it belongs to point at it. Raises InputError."""
    _check(office, wanted)
    annexed = annexing.annex(
        office,
        wanted.file,
        path=wanted.path,
        kind=wanted.kind,
        sheet=wanted.sheet,
        owner=wanted.stored_data,
        labels=wanted.labels,
        published=wanted.published,
        watch=watch,
    )
    name = wanted.name or wanted.file.stem
    if wanted.kind == cartes.DOCUMENT:
        annexing.list_document(office, annexed, wanted.sheet, name=name, description=wanted.description, watch=watch)
    elif wanted.kind == cartes.THUMBNAIL and "BROADCAST" in office.membership.rights:
        annexing.show_thumbnail(office, annexed, wanted.sheet, watch)
    elif wanted.kind == cartes.STYLE and wanted.configuration:
        annexing.attach_style(office, annexed, wanted.configuration, name=name, table=wanted.table, watch=watch)
    elif wanted.kind == cartes.LEGEND and wanted.stored_data:
        annexing.attach_legend(office, annexed, wanted.stored_data)
    return annexed


def _check(office: Office, wanted: Wanted) -> None:
    """What would only come out once the file is there."""
    if wanted.kind == cartes.STYLE and wanted.configuration:
        office.need("BROADCAST")
    if wanted.kind == cartes.LEGEND and wanted.stored_data:
        office.need("PROCESSING")
    if not wanted.published and wanted.kind in (cartes.STYLE, cartes.DOCUMENT, cartes.LEGEND):
        raise InputError(_("What others point at must be published: leave “Published” as it is."))
