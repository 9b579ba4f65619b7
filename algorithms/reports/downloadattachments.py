"""Download the documents of reports as files."""

from ...i18n import N_, _, ngettext
from ...provider import parameters as p
from ...provider.operation import REPORTS, Operation
from ...provider.reports import targets
from ...workflows.errors import InputError


class DownloadAttachments(Operation):
    ID = "downloadattachments"
    GROUP = REPORTS
    TITLE = N_("Download the documents of reports")
    SUMMARY = N_("Downloads photos and other documents of the downloaded reports into a folder.")
    HELP = N_(
        "Without any choice of reports, those of all of the store. Each file is called <number>-<name>, so that no two "
        "are the same; names that a computer might stumble over are made plain.\n\n"
        "A file is there whole or not at all, and what is there is not downloaded again: after a failure or a stop run "
        "the same once more. A file that no longer has the size of the document is taken for incomplete and replaced; "
        "to change one, work on a copy.\n\n"
        "A document that cannot be had does not stop the others: the table says why."
    )
    TAGS = (
        "signalements",
        "pièces jointes",
        "télécharger",
        "photos",
        "documents",
        "reports",
        "attachments",
        "download",
        "pictures",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "NAMES": "*.png;*.pdf",
        "FOLDER": "documents",
        "STORE": "reports.sqlite",
        "OUTPUT": "documents.csv",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            *targets.parameters(),
            p.text(
                "NAMES",
                _("File names"),
                _("Only documents of these names; * stands for anything, ; separates several: *.jpg; *.png."),
            ),
            p.folder_out("FOLDER", _("Folder"), _("Where the files go; it is made if it is not there.")),
            p.flag("BY_REPORT", _("A folder for each report"), _("Else all go into one."), default=True),
            p.flag("REPLACE", _("Download again"), _("Also what is there already; the files are replaced.")),
            p.number(
                "MAX_SIZE",
                _("Largest size (MB)"),
                _("Documents that are larger are left out; 0 for no limit."),
                advanced=True,
            ),
            p.store(),
            p.table_out(
                "OUTPUT",
                _("Files"),
                _("One row per document: report, number, name, path, size, kind, what came of it."),
            ),
        )
        self.addNumbers(
            COUNT=_("Documents"),
            DOWNLOADED_COUNT=_("Downloaded"),
            PRESENT_COUNT=_("There already"),
            FAILED_COUNT=_("Failed"),
            SKIPPED_COUNT=_("Left out"),
            SIZE=_("Size of the files (bytes)"),
        )

    def perform(self, call):
        from ...workflows.reports.download_attachments import COLUMNS, download_attachments

        chosen = any(call.parameters.get(name) for name in ("INPUT", "IDS", "FILTER")) or call.selected_rows()
        outcome = download_attachments(
            call.api,
            call.existing_store,
            call.file_out("FOLDER"),
            reports=targets.numbers(call, required=False) if chosen else None,
            names=call.text("NAMES"),
            by_report=call.flag("BY_REPORT"),
            replace=call.flag("REPLACE"),
            largest=call.number("MAX_SIZE") * 1_000_000,
            watch=call.watch,
        )
        found = {**call.table("OUTPUT", COLUMNS, outcome.rows()), **outcome.numbers(), "FOLDER": str(outcome.folder)}
        call.feedback.pushInfo(
            ngettext(
                "{n} document is in {folder}.", "{n} documents are in {folder}.", outcome.there, folder=outcome.folder
            )
        )
        if outcome.found and outcome.count("failed") == len(outcome.found):
            raise InputError(
                ngettext("{n} did not go through.", "{n} did not go through.", len(outcome.found))
                + " "
                + outcome.found[0].detail
            )
        return found
