"""Make an archive of delivered files."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, delivery
from ...provider.operation import DELIVERY, Operation


class CopyArchive(Operation):
    ID = "copyarchive"
    GROUP = DELIVERY
    TITLE = N_("Make an archive of a delivery")
    SUMMARY = N_(
        "Makes an archive of the files of a closed delivery (ARCHIVE), which can then be published for download."
    )
    HELP = N_(
        "The server keeps the files without their folders. With an archive to update they are put into that one, in "
        "the place of those of the same name.\n\n"
        "Run again with the same delivery and name it does nothing more. A cancel aborts the work on the server."
    )
    TAGS = (
        "recopie",
        "archive",
        "téléchargement",
        "géoplateforme",
        "entrepôt",
        "fichiers",
        "copy",
        "download",
        "processing",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "UPLOAD": "archive",
        "NAME": "cantons (archive)",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            delivery.upload(_("Id or name of a closed delivery of the type ARCHIVE.")),
            delivery.name(_("Name of the archive.")),
            delivery.into(_("Id or name of an archive that the files go into, instead of a new one.")),
            delivery.sheet(),
            *delivery.running(),
        )
        delivery.declare(self)
        self.addNumbers(FILE_COUNT=_("Files"))

    def perform(self, call):
        from ...workflows.entrepot.delivery.making import copy_archive

        made = copy_archive(delivery.job(call, call.office("PROCESSING")), call.text("UPLOAD"))
        return {**delivery.results(call, made), "FILE_COUNT": made.data.files_number}
