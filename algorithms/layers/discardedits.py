"""Give up what was edited in the group layers."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.groups import group_choice
from ...provider.operation import LAYERS, Operation


class DiscardEdits(Operation):
    ID = "discardedits"
    GROUP = LAYERS
    TITLE = N_("Discard edits")
    SUMMARY = N_("Gives up pending edits of group layers: the objects are again as the server last gave them.")
    HELP = N_(
        "Works on the store alone; nothing is changed on the server. New objects go, deleted ones come back, changed "
        "ones have their former values. Of a conflict, what the server has now is taken.\n\n"
        "All edits of all layers are meant unless layers, objects or kinds are given; more than MAX_COUNT are refused. "
        "What was given up is written to the table and the page before it goes, with the exact values and geometries: "
        "keep them if you are not sure. What somebody edits while they are written is kept."
    )
    TAGS = (
        "modifications",
        "abandonner",
        "annuler",
        "rétablir",
        "couches",
        "contribution directe",
        "discard",
        "revert",
        "undo",
        "edits",
        "reset",
    )
    EXAMPLE = {"STORE": "reports.sqlite", "WHAT": "deletes", "DRY_RUN": "true", "OUTPUT": "given-up.csv"}
    NEEDS_CONNECTION = False

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *group_choice.edited(),
            p.choice(
                "WHAT",
                _("Which edits"),
                _("Only edits of this kind."),
                [
                    ("all", _("All of them")),
                    ("inserts", _("New objects")),
                    ("updates", _("Changed objects")),
                    ("deletes", _("Deleted objects")),
                    ("conflicts", _("Edits in conflict")),
                ],
                default="all",
            ),
            p.flag(
                "INCLUDE_UNSURE",
                _("What was perhaps sent too"),
                _(
                    "Also edits that were sent without an answer. The server may have them: given up here, they would "
                    "come back with the next refresh. Sending once more finds out."
                ),
            ),
            p.flag("DRY_RUN", _("Dry run"), _("Show what would be given up, without giving it up.")),
            p.number(
                "MAX_COUNT",
                _("At most"),
                _("More edits than this are refused: what is given up cannot be called back."),
                default=100,
                least=1,
                advanced=True,
            ),
            p.store(),
            p.table_out(
                "OUTPUT",
                _("Given up"),
                _(
                    "One row per column that an edit changed, with the exact value that the server gave (before) and "
                    "the one that is given up (after); geometries as WKT in the coordinate system of the layer."
                ),
                offered=True,
            ),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Edits given up, or that would be"),
            INSERT_COUNT=_("New objects"),
            UPDATE_COUNT=_("Changed objects"),
            DELETE_COUNT=_("Deleted objects"),
            CONFLICT_COUNT=_("Conflicts"),
            UNSURE_COUNT=_("Perhaps sent"),
            KEPT_COUNT=_("Kept because they were perhaps sent"),
            LAYER_COUNT=_("Layers"),
        )

    def perform(self, call):
        from ...workflows.layers.discard_edits import discard_edits, discard_report, discard_sentence
        from ...workflows.layers.pending_edits import COLUMNS

        dry_run = call.flag("DRY_RUN")
        with discard_edits(
            call.existing_store,
            group_choice.rows(call),
            what=call.choice("WHAT"),
            include_unsure=call.flag("INCLUDE_UNSURE"),
            max_count=call.number("MAX_COUNT"),
            dry_run=dry_run,
            watch=call.watch,
        ) as found:
            results = {
                **call.table("OUTPUT", COLUMNS, found.rows(exact=True)),
                **call.page("REPORT", discard_report(found, dry_run=dry_run), **{_("Store"): str(call.store.path)}),
            }
        call.feedback.pushInfo(discard_sentence(found, dry_run=dry_run))
        call.refresh_layers()
        return {**results, **found.numbers(), "KEPT_COUNT": found.left_out}
