"""Delete reports on the server."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider import sending
from ...provider.operation import CONTRIBUTIONS, Operation
from ...provider.reports import targets


class DeleteReports(Operation):
    ID = "deletereports"
    GROUP = CONTRIBUTIONS
    TITLE = N_("Delete reports")
    SUMMARY = N_("Deletes reports on the server for ever, with their replies and documents, and in the store.")
    HELP = N_(
        "There is no way back: try with “Dry run” first. A report may be deleted by its author while it is open, and "
        "by the managers of its community always. One that is gone already counts as deleted.\n\n"
        "To empty the store alone, and leave the server as it is, use “Clear the reports”."
    )
    TAGS = (
        "signalements",
        "supprimer",
        "effacer",
        "retirer",
        "reports",
        "delete",
        "remove",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "FILTER": "\"Statut\" = 'test'",
        "STORE": "reports.sqlite",
        "DRY_RUN": "true",
        "REPORT": "deleted.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(p.connection(), *targets.parameters(), targets.max_count(), p.store(), *sending.parameters())
        sending.declare(self)

    def perform(self, call):
        from ...workflows.contributions.change_reports import delete_reports

        deleted = delete_reports(
            call.api, call.store, targets.numbers(call), dry_run=call.flag("DRY_RUN"), watch=call.watch
        )
        return sending.results(call, deleted, _("Deleted reports"))
