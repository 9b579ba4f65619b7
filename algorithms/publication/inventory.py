"""The inventory of a datastore."""

from ...i18n import N_, _
from ...provider import hints
from ...provider import parameters as p
from ...provider.entrepot import choices
from ...provider.operation import PUBLICATION, Operation


class InventoryOfDatastore(Operation):
    ID = "inventory"
    GROUP = PUBLICATION
    TITLE = N_("Inventory of a datastore")
    SUMMARY = N_(
        "Lists all that a datastore has, by data sheet: sizes, quotas, services and their usage, and what deserves "
        "attention."
    )
    HELP = N_(
        "It finds what is kept for nothing and takes room: deliveries that were integrated, data, styles and files "
        "that nothing uses, configurations without a service, annexes and records that are not published; also what is "
        "UNSTABLE, quotas that are nearly full, permissions that end soon, and data that is older than its record "
        "promises. Nothing is changed.\n\n"
        "Of executions it tells how many there are, and lists the newest of those that run or ended badly.\n\n"
        "Few requests are sent: a list of each kind, one for each status of executions; one more for each "
        "configuration, each record and each stored data without a service, unless you switch the details off; one for "
        "each service if you want its usage.\n\n"
        "It also fills the lists that the other operations offer."
    )
    TAGS = (
        "inventaire",
        "entrepôt",
        "géoplateforme",
        "place",
        "quota",
        "orphelins",
        "statistiques d'usage",
        "tableau de bord",
        "datastore",
        "sizes",
        "orphans",
        "usage statistics",
        "dashboard",
    )
    EXAMPLE = {"CONNECTION": "sandbox.json", "DAYS": "31", "OUTPUT": "inventory.csv", "REPORT": "inventory.html"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            p.flag(
                "DETAILS",
                _("What is used by what"),
                _(
                    "Asks each configuration what it uses and each record how often its data changes. Without it, "
                    "unused data, unused styles and late data are not found."
                ),
                default=True,
            ),
            p.number(
                "DAYS",
                _("Days of usage"),
                _("Over how many days, up to yesterday, the usage of each service is asked; 0: not at all."),
                default=31,
            ),
            p.table_out(
                "OUTPUT",
                _("Inventory"),
                _(
                    "One row for each thing: kind, id, name, status, data sheet, size; for each execution that runs or "
                    "ended badly, too."
                ),
                offered=True,
            ),
            p.table_out("FINDINGS", _("What deserves attention"), _("One row for each remark, with its reason.")),
            p.table_out("USAGE", _("Usage by day"), _("One row for each service and day: requests, bytes.")),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Things"),
            UPLOAD_COUNT=_("Uploads"),
            STORED_DATA_COUNT=_("Stored data"),
            CONFIGURATION_COUNT=_("Configurations"),
            OFFERING_COUNT=_("Services (offerings)"),
            STATIC_COUNT=_("Static files"),
            ANNEXE_COUNT=_("Annexes"),
            METADATA_COUNT=_("Metadata records"),
            PERMISSION_COUNT=_("Permissions"),
            EXECUTION_COUNT=_("Executions"),
            RUNNING_COUNT=_("Executions that run"),
            FAILED_COUNT=_("Executions that failed or were aborted"),
            SHEET_COUNT=_("Data sheets"),
            SIZE=_("Bytes stored"),
            ORPHAN_COUNT=_("Things of no use"),
            ORPHAN_SIZE=_("Bytes of what is of no use"),
            UNSTABLE_COUNT=_("Things that are UNSTABLE"),
            LATE_COUNT=_("Data sheets that are late"),
            ENDING_COUNT=_("Permissions that end soon or have ended"),
            HITS=_("Requests to the services"),
            TRANSFERRED=_("Bytes that the services gave"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.entrepot.stock import inventory

        found = inventory.take(call.office(), call.watch, details=call.flag("DETAILS"), days=call.number("DAYS"))
        call.refresh_lists(entrepot={**hints.lists().get("entrepot", {}), **found.entries()})
        return {
            **call.table("OUTPUT", inventory.COLUMNS, found.rows()),
            **call.table("FINDINGS", inventory.FINDING_COLUMNS, found.finding_rows()),
            **call.table("USAGE", inventory.USAGE_COLUMNS, found.usage_rows()),
            **call.page("REPORT", found.report()),
            **found.numbers(),
        }
