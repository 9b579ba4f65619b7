"""Download the reports of a community into the store."""

from ...client.espaceco.statuses import STATUSES
from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.operation import REPORTS, Operation
from ...provider.reports import filters


class DownloadReports(Operation):
    ID = "downloadreports"
    GROUP = REPORTS
    TITLE = N_("Download reports")
    SUMMARY = N_(
        "Downloads the reports (signalements) of a community, with sketches, replies and documents, into the store."
    )
    HELP = N_(
        "All filters add up; what is left empty does not filter. Dates without a time zone are French time.\n\n"
        "“Replace” downloads everything anew. “Update” asks only for what changed since the last download with the "
        "same filters, and removes what was deleted or left the filter: three requests when nothing changed, made for "
        "a nightly job.\n\n"
        "The store changes at the very end, at once: a download that fails or is stopped leaves it exactly as it was. "
        "Local layers are replaced by the server's content."
    )
    TAGS = (
        "signalements",
        "télécharger",
        "importer",
        "croquis",
        "ripart",
        "espace collaboratif",
        "reports",
        "sketches",
        "import",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "COMMUNITY": "375",
        "ZONE": "cantons.geojson",
        "STATUSES": "submit",
        "MODE": "update",
        "STORE": "reports.sqlite",
        "REPORT": "reports.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            *filters.parameters(),
            p.choice(
                "MODE",
                _("Mode"),
                _("Replace everything, or update what is there."),
                [("replace", _("Replace: download everything anew")), ("update", _("Update: only what has changed"))],
                default="replace",
            ),
            p.store(),
            p.table_out(
                "SUMMARY", _("Number of reports by status"), _("One row per status: code, name, number, share.")
            ),
            p.html(),
        )
        self.addLayers(
            REPORTS=_("Reports"),
            SKETCH_POINTS=_("Sketches: points"),
            SKETCH_LINES=_("Sketches: lines"),
            SKETCH_POLYGONS=_("Sketches: polygons"),
            REPLIES=_("Replies"),
            DOCUMENTS=_("Documents"),
        )
        self.addFiles(STORE_FILE=_("Store"))
        self.addNumbers(
            COUNT=_("Reports in the store"),
            NEW_COUNT=_("New reports"),
            UPDATED_COUNT=_("Updated reports"),
            UNCHANGED_COUNT=_("Unchanged reports"),
            REMOVED_COUNT=_("Removed reports"),
            SKETCH_COUNT=_("Sketch objects"),
            SKIPPED_COUNT=_("Sketches that could not be read"),
            REPLY_COUNT=_("Replies"),
            DOCUMENT_COUNT=_("Documents"),
            WITHOUT_POSITION_COUNT=_("Reports without position"),
            REQUEST_COUNT=_("Requests sent"),
            TO_TREAT_COUNT=_("Reports to treat"),
            IN_PROGRESS_COUNT=_("Reports in progress"),
            TREATED_COUNT=_("Reports treated"),
            REJECTED_COUNT=_("Reports rejected"),
            **{f"{status.code.upper()}_COUNT": status.label for status in STATUSES},
        )

    def perform(self, call):
        from ...workflows.reports.download_outcome import COLUMNS
        from ...workflows.reports.download_reports import download_reports

        wanted = filters.wanted(call)
        outcome = download_reports(call.api, call.store, wanted, mode=call.choice("MODE"), watch=call.watch)
        for line in outcome.lines():
            call.feedback.pushInfo(line)
        return {
            **call.report_layers(_("Reports – {community}").format(community=outcome.community or _("public"))),
            **call.table("SUMMARY", COLUMNS, outcome.rows()),
            **call.page("REPORT", outcome.report(), **{_("Store"): str(call.store.path)}),
            **outcome.numbers(),
            "STORE_FILE": str(call.store.path),
        }
