"""Join documents to reports."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider import sending
from ...provider.operation import CONTRIBUTIONS, Operation
from ...provider.reports import documents, targets


class AddAttachments(Operation):
    ID = "addattachments"
    GROUP = CONTRIBUTIONS
    TITLE = N_("Join documents to reports")
    SUMMARY = N_("Joins photos and other documents to reports on the server, up to four to a report.")
    HELP = N_(
        "Everything is checked before anything is sent: kind, size and readability of the files, number of documents "
        "with those already there, status of the reports. One fault, and nothing is sent, unless you ask for “Only "
        "what has no fault”.\n\n"
        "Kinds accepted: bmp, csv, doc, docx, gif, gpx, jpeg, jpg, kml, ods, odt, pdf, png, txt, xls, xlsx, zip, 7z. "
        "Of files over 5 MB you are warned, over 16 MB they are refused.\n\n"
        "A file that was joined by an earlier run and is still there is not joined again, even if that run was "
        "interrupted or its answer lost. Afterwards the local layers show the reports as they are on the server."
    )
    TAGS = (
        "signalements",
        "pièces jointes",
        "joindre",
        "photos",
        "documents",
        "reports",
        "attachments",
        "upload",
        "pictures",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "FILTER": '"Statut" = \'submit\' AND "Nb_documents" = 0',
        "DOCUMENTS": "photo.jpg",
        "DRY_RUN": "true",
        "STORE": "reports.sqlite",
        "REPORT": "attachments.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            *targets.parameters(),
            *documents.parameters(),
            targets.max_count(),
            p.flag(
                "ONLY_VALID",
                _("Only what has no fault"),
                _("Leave out the reports with a fault and send the others, instead of sending nothing."),
                advanced=True,
            ),
            p.store(),
            *sending.parameters(again=True),
        )
        sending.declare(self)

    def perform(self, call):
        from ...workflows.contributions.attachments import add_attachments

        sent = add_attachments(
            call.api,
            call.store,
            documents.of_reports(call, targets.numbers(call)),
            only_valid=call.flag("ONLY_VALID"),
            again=call.flag("AGAIN"),
            dry_run=call.flag("DRY_RUN"),
            watch=call.watch,
        )
        return sending.results(call, sent, _("Documents joined to reports"))
