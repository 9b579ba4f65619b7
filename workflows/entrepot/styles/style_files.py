"""A look of a layer in the formats of services: SLD 1.0.0, QML, Mapbox; what each of them loses; put on the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

from ....client.entrepot import files
from ....client.entrepot.files import GEOSERVER_STYLE, Static, statics
from ....i18n import N_, _, ngettext
from ...own_folder import own_folder
from ...pages.report import Fact, Report, Section, Table
from ...pages.writing import counted
from ..acting import make_once
from ..offices import Office
from . import mapbox, qml, sld, styling
from .sld import Style

COLUMNS = (("format", "text"), ("loss", "text"))
MADE, REPLACED, UNCHANGED = "made", "replaced", "unchanged"
OUTCOMES = {
    MADE: N_("The style “{name}” is on the server now."),
    REPLACED: N_("The style “{name}” on the server is replaced. Synchronise the services that use it."),
    UNCHANGED: N_("The style “{name}” is on the server already."),
}
"""What came of sending a style, in words."""


@dataclass(frozen=True)
class Look:
    """The files of one look; `qml` is "" where there is none."""

    table: str
    sld: Style
    mapbox: Style
    qml: str = ""
    qml_note: str = ""

    def rows(self) -> list[tuple[str, str]]:
        """What is lost, as rows of COLUMNS: what the SLD loses the Mapbox style, which is made of it, loses too."""
        of_mapbox = [loss for loss in self.mapbox.losses if loss not in self.sld.losses]
        return [
            *(("SLD", loss) for loss in self.sld.losses),
            *(("Mapbox", loss) for loss in of_mapbox),
            *((("QML", self.qml_note),) if self.qml_note else ()),
        ]

    def sentences(self) -> list[str]:
        """What is to be said of it."""
        count = len(self.sld.losses)
        said = ngettext("The SLD loses {n} thing.", "The SLD loses {n} things.", counted(count)) if count else ""
        return [*self.sld.notes, said or _("Nothing is lost in the SLD.")]

    def report(self) -> Report:
        """As a page."""
        lost = len(self.sld.losses)
        return Report(
            _("Style of “{table}”").format(table=self.table),
            facts=(
                Fact(_("Lost in SLD"), lost, "warning" if lost else "good"),
                Fact(_("Lost in Mapbox"), len(self.mapbox.losses), "warning" if self.mapbox.losses else "good"),
                Fact(_("Columns needed"), len(self.sld.attributes)),
            ),
            sections=(
                Section(
                    _("What is lost"),
                    table=Table((_("Format"), _("What")), self.rows(), empty=_("Nothing is lost.")),
                ),
                Section(
                    _("Columns needed"),
                    text=", ".join(self.sld.attributes) or _("The style needs no column."),
                ),
            ),
            notes=self.sld.notes,
        )


def look_of(
    table: str,
    text: str,
    columns: Union[Mapping[str, str], Iterable[str], None],
    *,
    tiles: str,
    qml_text: str = "",
    name: str = "",
) -> Look:
    """The look of an SLD of any version; `columns` and `qml_text` as for `sld.to_sld_1_0`, `tiles` as for Mapbox.

    `name` is that of the layer of tiles. Raises InputError for what is no SLD.
    """
    style = sld.to_sld_1_0(text, columns, qml=qml_text, name=table)
    note = qml.too_new(qml.read(qml_text)) if qml_text else ""
    return Look(table, style, mapbox.to_mapbox(style, table, tiles, name=name or table), qml_text, note)


def upload(office: Office, text: str, name: str) -> tuple[str, str]:
    """Put an SLD into the datastore under this name, in the place of the one that is called so: (id, one of OUTCOMES).

    Needs the right BROADCAST. Services show it once they are synchronised.
    """
    sheet = styling.Sheet(text, name)
    found = _named(office, name)
    if found is None:
        return _made(office, sheet, name).id, MADE
    if not styling.differs(office, found.id, sheet):
        return found.id, UNCHANGED
    styling.replace(office, found.id, sheet)
    return found.id, REPLACED


def _named(office: Office, name: str) -> Optional[Static]:
    listed = statics.list(office.datastore, name=name, type=GEOSERVER_STYLE)
    return next((static for static in listed if static.name == name), None)


def _made(office: Office, sheet: styling.Sheet, name: str) -> Static:
    with own_folder() as folder:
        file = Path(folder, sheet.filename)
        file.write_text(sheet.text, encoding="utf-8")

        def create() -> Static:
            return files.create_static(office.datastore, name, GEOSERVER_STYLE, file, sheet.filename)

        return make_once(office.datastore.session, create, lambda: _named(office, name))
