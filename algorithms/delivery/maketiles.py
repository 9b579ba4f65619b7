"""Cut the tables of a database into vector tiles."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, delivery
from ...provider.operation import DELIVERY, Operation
from ...workflows.errors import InputError


class MakeTiles(Operation):
    ID = "maketiles"
    GROUP = DELIVERY
    TITLE = N_("Make vector tiles")
    SUMMARY = N_(
        "Cuts the tables of a database on the server into a pyramid of vector tiles, which can then be published."
    )
    HELP = N_(
        "Either all tables with a geometry, at the same levels, or those of the table that you fill in, each at its "
        "own levels and with its own attributes. Levels are those of the web map (PM): 0 is the world, 18 a house.\n\n"
        "A tile holds 5000 objects at most: if it fails for that, begin at a more detailed level, or have the shapes "
        "simplified by the options.\n\n"
        "Run again with the same tables and name it does nothing more. A cancel aborts the work on the server."
    )
    TAGS = (
        "tuiles vectorielles",
        "pyramide vecteur",
        "tippecanoe",
        "géoplateforme",
        "entrepôt",
        "tms",
        "vector tiles",
        "pyramid",
        "processing",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "DATABASE": "cantons",
        "NAME": "cantons (tuiles)",
        "BOTTOM_LEVEL": "11",
        "TOP_LEVEL": "8",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            choices.entity("DATABASE", _("Database"), _("Id or name of a database (VECTOR-DB)."), "stored_data"),
            delivery.name(_("Name of the pyramid.")),
            delivery.level(
                "BOTTOM_LEVEL",
                _("Most detailed level"),
                _("For the tables that name none of their own below."),
                default=14,
            ),
            delivery.level(
                "TOP_LEVEL",
                _("Least detailed level"),
                _("For the tables that name none of their own below."),
                default=6,
            ),
            delivery.matrix(
                "COMPOSITION",
                _("Tables"),
                _(
                    "One row each: the table, its most and its least detailed level, its attributes (separated by "
                    "commas), a filter (SQL condition), the name of its layer in the tiles. What is left empty: the "
                    "levels above, all attributes, no filter, the name of the table. Left empty altogether: all tables."
                ),
                _headers(),
            ),
            *p.zone(),
            p.text(
                "OPTIONS",
                _("Options of generalisation"),
                _("Options of tippecanoe, by which the server simplifies the shapes, such as -S10."),
                hints=("-S10", "-S15", "--drop-densest-as-needed", "--coalesce-densest-as-needed"),
                advanced=True,
            ),
            *delivery.slabs(),
            delivery.into(_("Id or name of a pyramid of vector tiles that is made anew, instead of a new one.")),
            delivery.sheet(),
            *delivery.running(),
        )
        delivery.declare(self)
        delivery.declare_levels(self)

    def perform(self, call):
        from ...workflows.entrepot.delivery.making import tile

        levels = call.number("TOP_LEVEL"), call.number("BOTTOM_LEVEL")
        made = tile(
            delivery.job(call, call.office("PROCESSING"), delivery.slab_parameters(call)),
            call.text("DATABASE"),
            [_tiled(row, *levels) for row in delivery.rows_of(call, "COMPOSITION")],
            levels=levels,
            area=call.zone(),
            options=call.text("OPTIONS"),
        )
        return {**delivery.results(call, made), **delivery.levels(made)}


def _headers():
    return [
        _("Table"), _("Most detailed level"), _("Least detailed level"), _("Attributes"), _("Filter"), _("Layer"),
    ]  # fmt: skip


def _tiled(row, top, bottom):
    from ...workflows.entrepot.delivery.making import Tiled

    table, own_bottom, own_top, attributes, filter, layer = row
    names = tuple(name.strip() for name in attributes.split(",") if name.strip() not in ("", "*"))
    return Tiled(table, _level(own_top, top), _level(own_bottom, bottom), names, filter, layer)


def _level(text, otherwise):
    try:
        return int(float(text)) if text else otherwise
    except ValueError:
        raise InputError(_("COMPOSITION: “{text}” is no level.").format(text=text)) from None
