"""Make an archive of delivered files."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, delivery
from ...provider.operation import DELIVERY, Operation
from ...workflows.errors import InputError


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
        "Give its edition and its extent: without them its download cannot be found by date and by place. They can "
        "also be given later, by a second run.\n\n"
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
            p.day("EDITION_FROM", _("Edition: from"), _("The day from which on the data was edited.")),
            p.day("EDITION_TO", _("Edition: to"), _("The last day of it. Left empty: it goes on.")),
            p.extent(_("Extent"), _("Where the data lies. Left empty: what is said there stays.")),
            delivery.into(_("Id or name of an archive that the files go into, instead of a new one.")),
            delivery.sheet(),
            *delivery.running(),
        )
        delivery.declare(self)
        self.addNumbers(FILE_COUNT=_("Files"))

    def perform(self, call):
        from ...workflows.entrepot.delivery.making import copy_archive

        told = {"edition": _edition(call), "extent": call.zone()}
        made = copy_archive(delivery.job(call, call.office("PROCESSING")), call.text("UPLOAD"), **told)
        return {**delivery.results(call, made), "FILE_COUNT": made.data.files_number}


def _edition(call):
    """EDITION_FROM and EDITION_TO; None for none."""
    from ...workflows.entrepot.delivery.making import Edition

    first, last = (moment and moment.date() for moment in map(call.moment, ("EDITION_FROM", "EDITION_TO")))
    if last and not first:
        raise InputError(_("EDITION_TO is the end of an edition: give its beginning too, in EDITION_FROM."))
    return Edition(first, last) if first else None
