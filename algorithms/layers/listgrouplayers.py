"""List the layers of a community."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.groups import group_choice
from ...provider.operation import LAYERS, Operation


class ListGroupLayers(Operation):
    ID = "listgrouplayers"
    GROUP = LAYERS
    TITLE = N_("List the group layers")
    SUMMARY = N_(
        "Lists the layers of a community (groupe): what each is, whether you can edit it and why not, its columns."
    )
    HELP = N_(
        "A layer can be edited if its role in the group allows it, the table is not read only, the group has the right "
        "to edit it, and the table has a key. The service then only takes edits inside your zones.\n\n"
        "A layer that cannot be read does not hide the others: it has a sentence in the column “problem”, as has one "
        "with columns of an unknown type or in an unknown coordinate system.\n\n"
        "It also refreshes the list of layers that the other operations offer: run it once, and again when the group "
        "has changed."
    )
    TAGS = (
        "couches",
        "couches du groupe",
        "guichet",
        "tables",
        "colonnes",
        "droits",
        "géoservices",
        "group layers",
        "permissions",
        "schema",
        "columns",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "COMMUNITY": "375",
        "OUTPUT": "layers.csv",
        "COLUMNS": "columns.csv",
        "REPORT": "layers.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            p.community(),
            p.flag(
                "COUNT_ROWS",
                _("Count the objects"),
                _("Asks how many objects each table has, those deleted but kept included: one request more for each."),
            ),
            p.table_out(
                "OUTPUT",
                _("Group layers"),
                _("One row per layer, in the order of the group: name, geometry, role, editable or why not, zooms."),
                offered=True,
            ),
            p.table_out("COLUMNS", _("Columns"), _("One row per column of each table: type, list, limits, editable.")),
            p.html(),
        )
        self.addTexts(NAME=_("Name of the community"))
        self.addNumbers(
            COUNT=_("Layers"),
            EDITABLE_COUNT=_("Layers that can be edited"),
            READONLY_COUNT=_("Layers that are read only"),
            SERVICE_COUNT=_("Map services"),
            PROBLEM_COUNT=_("Layers with a problem"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.layers import catalogue, columns

        choice = call.choice_of_community()
        found = catalogue.catalogue(
            call.api, choice.community, counts=call.flag("COUNT_ROWS"), me=choice.me, watch=call.watch
        )
        group_choice.remember(call, found)
        for line in found.lines():
            call.feedback.pushInfo(line)
        return {
            **call.table("OUTPUT", catalogue.COLUMNS, found.rows()),
            **call.table("COLUMNS", columns.COLUMNS, found.column_rows()),
            **call.page("REPORT", found.report()),
            **found.numbers(),
            "NAME": found.community_name,
        }
