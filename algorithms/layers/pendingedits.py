"""What was edited in the group layers and is not sent yet."""

from qgis.core import QgsProcessing

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.groups import group_choice
from ...provider.operation import LAYERS, Operation


class PendingEdits(Operation):
    ID = "pendingedits"
    GROUP = LAYERS
    TITLE = N_("Show the pending edits")
    SUMMARY = N_(
        "Shows what was edited in the group layers and is not sent yet: each object before and after, as tables, as a "
        "layer, and as one page to read, print and check."
    )
    HELP = N_(
        "Works on the store alone, without network and without account. Edits are known whatever made them: QGIS, the "
        "field calculator, SQL, another program.\n\n"
        "The page shows each object with its columns before and after, what became of its geometry in words, and a "
        "little map. Edits that clash with what the server has now are marked: “Resolve conflicts” settles them. So "
        "are those that were sent without an answer.\n\n"
        "Rows of both results can be given in INPUT to the operations that send edits or give them up: take out what "
        "you do not mean."
    )
    TAGS = (
        "modifications",
        "en attente",
        "contribution directe",
        "couches",
        "vérifier",
        "avant après",
        "pending",
        "edits",
        "changes",
        "diff",
        "review",
    )
    EXAMPLE = {"STORE": "reports.sqlite", "OUTPUT": "edits.csv", "REPORT": "edits.html"}
    NEEDS_CONNECTION = False

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *group_choice.edited(),
            p.store(),
            p.table_out(
                "OUTPUT",
                _("Changes"),
                _("One row per column that an edit changes: layer, object, column, value before and after, state."),
                offered=True,
            ),
            p.layer_out(
                "EDITS",
                _("Edited objects"),
                _(
                    "One feature per edit, in WGS84 without heights: where it is now, or was before it was deleted. A "
                    "GeoPackage or GeoJSON holds points, lines and polygons together."
                ),
                QgsProcessing.SourceType.TypeVector,
            ),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Pending edits"),
            INSERT_COUNT=_("New objects"),
            UPDATE_COUNT=_("Changed objects"),
            DELETE_COUNT=_("Deleted objects"),
            CONFLICT_COUNT=_("Conflicts"),
            UNSURE_COUNT=_("Perhaps sent"),
            LAYER_COUNT=_("Layers with edits"),
        )

    def perform(self, call):
        from ...workflows.layers.pending_edits import COLUMNS, PLACE_COLUMNS, pending_edits, pending_report

        found = pending_edits(call.existing_store, group_choice.rows(call), watch=call.watch)
        call.feedback.pushInfo(found.sentence())
        return {
            **call.table("OUTPUT", COLUMNS, found.rows()),
            **call.places("EDITS", PLACE_COLUMNS, found.places(), found.families),
            **call.page("REPORT", pending_report(found), **{_("Store"): str(call.store.path)}),
            **found.numbers(),
        }
