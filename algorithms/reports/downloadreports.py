"""Download the reports of a community into the store."""

from ...client.espaceco.departments import DEPARTMENTS
from ...client.espaceco.statuses import STATUSES
from ...i18n import N_, _
from ...provider import hints
from ...provider import parameters as p
from ...provider.operation import REPORTS, Operation

ORIGINS = ("UNKNOWN", "www", "SIG-GC", "SIG-AG", "SIG-QGIS", "PHONE", "SPOTIT")
TERRITORIES = ("FXX", "GLP", "MTQ", "GUF", "REU", "MYT", "SPM", "BLM", "MAF", "WLF", "PYF", "NCL")


class DownloadReports(Operation):
    ID = "downloadreports"
    GROUP = REPORTS
    TITLE = N_("Download reports")
    SUMMARY = N_("Downloads the reports (signalements) of a community, with sketches, replies and documents, into the store.")
    HELP = N_(
        "All filters add up; what is left empty does not filter. Dates without a time zone are French time.\n\n"
        "“Replace” downloads everything anew. “Update” asks only for what changed since the last download with the same "
        "filters, and removes what was deleted or left the filter: three requests when nothing changed, made for a nightly "
        "job.\n\n"
        "The store changes at the very end, at once: a download that fails or is stopped leaves it exactly as it was. Local "
        "layers are replaced by the server's content."
    )
    TAGS = ("signalements", "télécharger", "importer", "croquis", "ripart", "espace collaboratif", "reports", "sketches", "import")
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
            p.community(),
            p.flag(
                "PUBLIC",
                _("Public reports too"),
                _("Also the public reports of other communities, as far as the other filters let them through."),
            ),
            *p.zone(),
            p.moment("UPDATED_SINCE", _("Updated since"), _("Only reports with an action (reply, status, closing) since then.")),
            p.choices(
                "STATUSES",
                _("Statuses"),
                _("Only these statuses; codes such as submit or pending0 are taken too."),
                [(status.code, f"{status.label} ({status.code})") for status in STATUSES],
            ),
            p.names(
                "THEMES",
                _("Themes"),
                _("Only these themes. The list is that of the last “List the communities”; other names are taken too."),
                hints.themes(),
            ),
            p.choices(
                "DEPARTMENTS",
                _("Departments"),
                _("Only these departments; codes such as 33 or 2A are taken too."),
                [(code, f"{code} {name}") for code, name in DEPARTMENTS],
            ),
            p.text("COMMUNE", _("Commune"), _("INSEE code, or the exact name.")),
            p.flag("MINE", _("My own reports only"), _("Only the reports of the account of the connection.")),
            p.text(
                "TEXT",
                _("Text"),
                _(
                    "Only reports whose message has this text, whatever its case and accents. With % as a wildcard the server "
                    "itself searches, which is faster, and heeds case: %Route%."
                ),
            ),
            p.choice(
                "MODE",
                _("Mode"),
                _("Replace everything, or update what is there."),
                [("replace", _("Replace")), ("update", _("Update"))],
                default="replace",
            ),
            p.store(),
            p.moment("OPENED_SINCE", _("Opened since"), _("Only reports created since then."), advanced=True),
            p.moment("CLOSED_SINCE", _("Closed since"), _("Only reports closed since then."), advanced=True),
            p.choice(
                "ORIGIN",
                _("Origin"),
                _("Only reports made with this kind of application."),
                [(code, code) for code in ORIGINS],
                advanced=True,
            ),
            p.choice(
                "TERRITORY",
                _("Territory"),
                _("Only this territory, such as FXX for metropolitan France or REU for La Réunion."),
                [(code, code) for code in TERRITORIES],
                advanced=True,
            ),
            p.table_out("SUMMARY", _("Number of reports by status"), _("One row per status: code, name, number, share.")),
            p.html(),
        )
        self.addLayers(
            REPORTS=_("Reports"),
            SKETCH_POINTS=_("Sketches: points"),
            SKETCH_LINES=_("Sketches: lines"),
            SKETCH_POLYGONS=_("Sketches: polygons"),
        )
        self.addLayers(REPLIES=_("Replies"), DOCUMENTS=_("Documents"))
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
        from ...workflows.download_reports import COLUMNS, download_reports
        from ...workflows.report_filter import ReportFilter

        choice = call.choice_of_community(public=call.flag("PUBLIC"))
        wanted = ReportFilter(
            community=choice.community,
            public=call.flag("PUBLIC"),
            zone=call.zone(),
            updated_since=call.moment("UPDATED_SINCE"),
            opened_since=call.moment("OPENED_SINCE"),
            closed_since=call.moment("CLOSED_SINCE"),
            statuses=tuple(call.choices("STATUSES")),
            themes=tuple(call.choices("THEMES")),
            departments=tuple(call.choices("DEPARTMENTS")),
            commune=call.text("COMMUNE"),
            author=choice.my_id() if call.flag("MINE") else None,
            text=call.text("TEXT"),
            input_device=call.choice("ORIGIN"),
            territory=call.choice("TERRITORY"),
        )
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
