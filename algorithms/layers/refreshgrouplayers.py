"""Bring the group layers of the store up to date."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.groups import group_choice
from ...provider.operation import LAYERS, Operation


class RefreshGroupLayers(Operation):
    ID = "refreshgrouplayers"
    GROUP = LAYERS
    TITLE = N_("Refresh group layers")
    SUMMARY = N_("Brings the group layers of the store up to date with what others changed on the server.")
    HELP = N_(
        "Pending edits stay. Where others changed the same object in other columns, both are kept; where they changed "
        "the same column, it becomes a conflict, which “Resolve conflicts” settles.\n\n"
        "“Update” asks for what changed: one request for a layer without news, however big. A layer whose database "
        "keeps no history is read as a whole. For ten minutes after a change, each update looks a second time at the "
        "latest objects: a slow transaction of somebody else may have ended meanwhile.\n\n"
        "“Reconcile” reads all objects and compares them. It also finds objects that were deleted for good on the "
        "server, of which no update can know: once a month, say, and whenever a layer seems to be wrong.\n\n"
        "“Reload” does this too, and reads anew what the group says of its layers: role, rights, columns, styles.\n\n"
        "Each layer changes at once, when all was read: after a failure or a stop it is exactly as it was. A failure "
        "of one layer does not keep the others from being refreshed. Layers that were loaded in a zone stay in it: "
        "objects that have left it are removed here, unless they are being edited. Layers of the store that were "
        "loaded from another service are left alone."
    )
    TAGS = (
        "actualiser",
        "mettre à jour",
        "synchroniser",
        "couches du groupe",
        "guichet",
        "refresh",
        "update",
        "synchronise",
        "group layers",
    )
    EXAMPLE = {"CONNECTION": "sandbox.json", "STORE": "reports.sqlite", "MODE": "update"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            group_choice.layers(),
            p.store(),
            p.choice(
                "MODE",
                _("Mode"),
                _("How much is read from the server."),
                [
                    ("update", _("Update: only what has changed")),
                    ("reconcile", _("Reconcile: compare all objects")),
                    ("reload", _("Reload: everything anew, descriptions too")),
                ],
                default="update",
            ),
            p.table_out(
                "SUMMARY",
                _("What became of each layer"),
                _("One row per layer: outcome, numbers of objects, conflicts, and what went wrong."),
            ),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Layers"),
            CHANGED_LAYER_COUNT=_("Layers with changes"),
            CREATED_COUNT=_("New objects"),
            UPDATED_COUNT=_("Updated objects"),
            REMOVED_COUNT=_("Removed objects"),
            UNCHANGED_COUNT=_("Unchanged objects"),
            MERGED_COUNT=_("Edits merged"),
            CONFLICT_COUNT=_("Conflicts"),
            FAILED_COUNT=_("Layers that failed"),
            REQUEST_COUNT=_("Requests sent"),
        )
        self.addFiles(STORE_FILE=_("Store"))

    def perform(self, call):
        from ...workflows.layers.refresh_layers import refresh_layers
        from ...workflows.layers.refreshed import COLUMNS

        layers = group_choice.stored(call)
        refreshed = refresh_layers(call.api, call.store, layers, mode=call.choice("MODE"), watch=call.watch)
        for line in refreshed.lines():
            call.feedback.pushInfo(line)
        call.refresh_layers()
        return {
            **call.table("SUMMARY", COLUMNS, refreshed.rows()),
            **call.page("REPORT", refreshed.report(), **{_("Store"): str(call.store.path)}),
            **refreshed.numbers(),
            "STORE_FILE": str(call.store.path),
        }
