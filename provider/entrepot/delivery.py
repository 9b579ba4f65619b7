"""What the operations that deliver and process data share: parameters, outputs, what is told in the end."""

from qgis.core import QgsProcessingParameterCrs, QgsProcessingParameterMatrix, QgsProcessingParameterNumber

from ...i18n import _
from ...workflows.errors import InputError
from .. import hints
from .. import parameters as p
from . import choices

REMEMBERED = 30
"""Entries of a kind that the combo boxes offer, the last one first."""


# ---------------------------------------------------------------------- parameters


def name(help):
    """NAME of what is made."""
    return p.text("NAME", _("Name"), help, optional=False)


def sheet():
    """SHEET: what groups everything at cartes.gouv.fr."""
    return p.text(
        "SHEET",
        _("Data sheet"),
        _("Name of the data sheet (fiche de données) of cartes.gouv.fr that it belongs to. Left empty: none."),
        advanced=True,
    )


def upload(help):
    """UPLOAD that is used."""
    definition = choices.entity("UPLOAD", _("Delivery (livraison)"), help, "uploads")
    return definition


def into(help):
    """UPDATE: data that is there and is changed."""
    return p.text("UPDATE", _("Data to update"), help, advanced=True, hints=hints.entries("stored_data"))


def tms(*, advanced=False):
    """TMS of a pyramid."""
    return p.text(
        "TMS",
        _("Tile matrix set"),
        _("PM for the web map; LAMB93_10cm, LAMB93_50cm, 2154_5cm … for Lambert-93; 4326 for degrees."),
        default="PM",
        hints=("PM", "4326", "LAMB93_10cm", "LAMB93_50cm", "2154_5cm"),
        advanced=advanced,
    )


def base():
    """BASE: a pyramid to begin with."""
    return p.text(
        "BASE",
        _("Pyramid to begin with"),
        _("Id or name of a raster pyramid whose tiles the new one shows where it has none of its own."),
        advanced=True,
        hints=hints.entries("stored_data"),
    )


def running():
    """PROCESSING, AGAIN, STORE."""
    return (
        p.text(
            "PROCESSING",
            _("Processing"),
            _("Name or id of the processing to run. Left empty: the one of the datastore that fits."),
            advanced=True,
        ),
        p.flag(
            "AGAIN",
            _("Also what was made before"),
            _(
                "Make it anew even if an earlier run made exactly the same of the same. A run that did not come to its "
                "end is always gone on with."
            ),
            advanced=True,
        ),
        choices.ledger(),
    )


def slabs():
    """WIDTH, HEIGHT, PARALLELIZATION of pyramids."""
    return (
        optional_number("WIDTH", _("Tiles in a slab, across"), _("8 to 32. Left empty: 16."), least=8, most=32),
        optional_number("HEIGHT", _("Tiles in a slab, down"), _("8 to 32. Left empty: 16."), least=8, most=32),
        optional_number(
            "PARALLELIZATION", _("Tasks at once"), _("1 to 4 on the server. Left empty: 1."), least=1, most=4
        ),
    )


def level(name, label, help, *, default=None):
    """A level of tiles; without default it may be left empty."""
    return optional_number(name, label, help, most=25, default=default, advanced=False)


def optional_number(name, label, help, *, least=0, most=None, default=None, advanced=True):
    """A whole number that may be left empty (`given_number`)."""
    definition = QgsProcessingParameterNumber(
        name, label, QgsProcessingParameterNumber.Type.Integer, optional=default is None, minValue=least
    )
    definition.setDefaultValue(default)
    if most is not None:
        definition.setMaximum(most)
    return p.described(definition, help, advanced=advanced)


def matrix(name, label, help, headers, *, advanced=False):
    """A table to be filled in (`rows_of`)."""
    definition = QgsProcessingParameterMatrix(
        name, label, numberRows=1, hasFixedNumberRows=False, headers=headers, optional=True
    )
    return p.described(definition, help, advanced=advanced)


def crs(help, *, optional=False, advanced=False):
    """CRS."""
    return p.described(
        QgsProcessingParameterCrs("CRS", _("Coordinate system"), optional=optional), help, advanced=advanced
    )


# ---------------------------------------------------------------------- their values


def given_number(call, name):
    """The number, None if it was left empty."""
    return None if call.parameters.get(name) in (None, "") else call.number(name)


def level_text(call, name):
    """A level as the API wants it, a text; None if it was left empty."""
    level = given_number(call, name)
    return None if level is None else str(level)


def rows_of(call, name):
    """The rows of a table as lists of texts, without the empty ones."""
    width = len(call.operation.parameterDefinition(name).headers())
    cells = [_cell(value) for value in call.operation.parameterAsMatrix(call.parameters, name, call.context)]
    rows = [cells[at : at + width] for at in range(0, len(cells), width)]
    return [row + [""] * (width - len(row)) for row in rows if any(row)]


def _cell(value):
    return "" if value in (None, "NULL") else str(value).strip()


def srs(call):
    """CRS as `EPSG:2154`, "" if it was left empty; InputError for one without such a name."""
    if call.parameters.get("CRS") in (None, ""):
        return ""
    system = call.operation.parameterAsCrs(call.parameters, "CRS", call.context)
    if not system.isValid() or not system.authid():
        raise InputError(
            _("CRS: “{crs}” is no coordinate system that QGIS knows by a code, such as EPSG:2154.").format(
                crs=call.text("CRS")
            )
        )
    return system.authid()


def slab_parameters(call):
    """As the processings call them."""
    return {name.lower(): given_number(call, name) for name in ("WIDTH", "HEIGHT", "PARALLELIZATION")}


def job(call, office, more=None):
    """What `workflows.entrepot.delivery.making` is given."""
    from ...workflows.entrepot import cartes
    from ...workflows.entrepot.delivery.making import Job

    return Job(
        office,
        call.ledger_store,
        call.text("NAME"),
        call.watch,
        into=call.text("UPDATE"),
        processing=call.text("PROCESSING"),
        again=call.flag("AGAIN"),
        tags=cartes.tags(call.text("SHEET")),
        more=more or {},
    )


# ---------------------------------------------------------------------- outputs


def declare(operation):
    """The outputs of `results`."""
    operation.addTexts(
        STORED_DATA=_("Stored data (id)"), EXECUTION=_("Execution (id)"), STATUS=_("Status of the stored data")
    )
    operation.addNumbers(MADE_COUNT=_("Made by this run"), SIZE=_("Size in bytes"), REQUEST_COUNT=_("Requests sent"))


def results(call, made):
    """The outputs of a `workflows.entrepot.delivery.making.MadeData`."""
    remember(call, "stored_data", made.data.name, made.data.id)
    call.feedback.pushInfo(made.sentence())
    return {
        "STORED_DATA": made.data.id,
        "EXECUTION": made.executed.execution,
        "STATUS": made.data.status,
        "MADE_COUNT": int(made.executed.now),
        "SIZE": made.data.size or 0,
        "REQUEST_COUNT": call.entrepot.session.requests_sent,
    }


def levels(made):
    """LEVEL_COUNT, LEVELS and TMS of a pyramid."""
    return {"LEVEL_COUNT": len(made.data.levels), "LEVELS": ",".join(made.data.levels), "TMS": made.data.tms}


def declare_levels(operation):
    operation.addTexts(LEVELS=_("Levels"), TMS=_("Tile matrix set"))
    operation.addNumbers(LEVEL_COUNT=_("Number of levels"))


def remember(call, kind, name, id):
    """Offer something in the combo boxes, before what was seen earlier."""
    seen = [tuple(entry) for entry in hints.lists().get("entrepot", {}).get(kind, [])]
    entries = [(name, id), *(entry for entry in seen if entry[1] != id)][:REMEMBERED]
    call.refresh_lists(entrepot=hints.with_entries(kind, entries))
