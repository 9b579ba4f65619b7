"""Delete documents of reports."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider import sending
from ...provider.operation import CONTRIBUTIONS, Operation
from ...provider.reports import targets
from ...workflows.errors import InputError


class DeleteAttachment(Operation):
    ID = "deleteattachment"
    GROUP = CONTRIBUTIONS
    TITLE = N_("Delete documents of reports")
    SUMMARY = N_("Deletes documents from reports on the server, named by their numbers or by report and file name.")
    HELP = N_(
        "What is deleted cannot be brought back: try it with a dry run first, which shows what would be deleted.\n\n"
        "The service allows it to the author of an open report and to the managers of its community. Afterwards the "
        "local layers show the reports as they are on the server. The files that you downloaded stay."
    )
    TAGS = (
        "signalements",
        "pièces jointes",
        "supprimer",
        "documents",
        "photos",
        "reports",
        "attachments",
        "delete",
        "remove",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "FILTER": '"Nb_documents" > 0',
        "NAME": "*.png",
        "DRY_RUN": "true",
        "STORE": "reports.sqlite",
        "REPORT": "deleted.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            p.text(
                "DOCUMENT_IDS",
                _("Numbers of documents"),
                _("Numbers separated by commas or blanks, as in the field id of the downloaded documents."),
            ),
            *targets.parameters(),
            p.text(
                "NAME",
                _("File name"),
                _(
                    "Of the reports given: which documents, by file name. * stands for anything, ; separates several: "
                    "*.jpg; plan.pdf. Capitals do not matter."
                ),
            ),
            targets.max_count(),
            p.store(),
            *sending.parameters(),
        )
        sending.declare(self)

    def perform(self, call):
        from ...workflows.contributions.attachments import delete_attachments, reports_of_documents

        numbers, wrong = targets.read_numbers(call.text("DOCUMENT_IDS"))
        if wrong:
            raise InputError(_("DOCUMENT_IDS: “{words}” is no number of a document.").format(words=", ".join(wrong)))
        names = call.text("NAME")
        if not names and (not numbers or any(call.parameters.get(name) for name in ("INPUT", "IDS", "FILTER"))):
            raise InputError(
                _(
                    "Which documents? Give their numbers in DOCUMENT_IDS, or reports and a file name in NAME, where * "
                    "means all of them."
                )
            )
        documents = reports_of_documents(call.existing_store, numbers) if numbers else {}
        reports = targets.numbers(call) if names else []
        targets.check_count(call, len({*reports, *documents.values()}))
        sent = delete_attachments(
            call.api, call.store, documents, reports, names, dry_run=call.flag("DRY_RUN"), watch=call.watch
        )
        return sending.results(call, sent, _("Documents deleted from reports"))
