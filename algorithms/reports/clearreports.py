"""Empty the local layers of reports and sketches."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.operation import REPORTS, Operation


class ClearReports(Operation):
    ID = "clearreports"
    GROUP = REPORTS
    TITLE = N_("Clear the reports")
    SUMMARY = N_(
        "Empties the local layers of reports, sketches, replies and documents. Nothing is deleted on the server."
    )
    HELP = N_("The layers stay in the project, empty. Other layers and tables of the store are not touched.")
    TAGS = ("signalements", "nettoyer", "effacer", "vider", "supprimer", "reports", "clean", "empty", "delete")
    EXAMPLE = {"STORE": "reports.sqlite"}
    NEEDS_CONNECTION = False

    def initAlgorithm(self, configuration=None):
        self.addParameters(p.store())
        self.addNumbers(
            COUNT=_("Reports removed"),
            SKETCH_COUNT=_("Sketch objects removed"),
            REPLY_COUNT=_("Replies removed"),
            DOCUMENT_COUNT=_("Documents removed"),
        )
        self.addFiles(STORE_FILE=_("Store"))

    def perform(self, call):
        from ...workflows.reports.clear_reports import clear_reports

        removed = clear_reports(call.existing_store)
        call.feedback.pushInfo(
            _("Removed here, not on the server: {reports} reports, {sketches} sketch objects.").format(
                reports=removed["COUNT"], sketches=removed["SKETCH_COUNT"]
            )
        )
        call.refresh_layers()
        return {**removed, "STORE_FILE": str(call.store.path)}
