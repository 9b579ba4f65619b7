"""Deliver files and folders to the Géoplateforme."""

from pathlib import Path

from qgis.core import QgsProcessing, QgsProcessingParameterFile, QgsProcessingParameterMultipleLayers

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, delivery, upload_types
from ...provider.operation import DELIVERY, Operation


class UploadFiles(Operation):
    ID = "uploadfiles"
    GROUP = DELIVERY
    TITLE = N_("Deliver files")
    SUMMARY = N_(
        "Delivers files and folders to a datastore (livraison): each is sent once, compared with what arrived, and "
        "checked by the server."
    )
    HELP = N_(
        "Everything is looked at before it is sent: empty files, links that lead out of the folder, names that come "
        "twice in an archive, images without a place on the ground, room on the server. What belongs to a shapefile, a "
        "CSV or an image (world file) is taken with it.\n\n"
        "Several files go up at once, with their MD5 sums. If it is stopped, by whatever, run the same again: what "
        "arrived whole is not sent again, what did not is replaced. Under the same name with the same files nothing is "
        "done.\n\n"
        "In the end the delivery is closed and the server checks it. If it does not like it, its reasons are given: "
        "correct the files and run the same again; only what changed is sent."
    )
    TAGS = (
        "livraison",
        "livrer",
        "téléverser",
        "géoplateforme",
        "entrepôt",
        "fichiers",
        "upload",
        "deliver",
        "files",
        "folder",
        "archive",
        "raster",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "INPUT": "cantons.geojson",
        "NAME": "cantons",
        "TYPE": "VECTOR",
        "CRS": "EPSG:4326",
        "STORE": "publications.sqlite",
        "OUTPUT": "files.csv",
    }

    def initAlgorithm(self, configuration=None):
        files = QgsProcessingParameterMultipleLayers(
            "INPUT", _("Files"), QgsProcessing.SourceType.TypeFile, optional=True
        )
        folder = QgsProcessingParameterFile(
            "FOLDER", _("Folder"), QgsProcessingParameterFile.Behavior.Folder, optional=True
        )
        self.addParameters(
            p.connection(),
            choices.datastore(),
            p.described(files, _("Files of any kind that the type of delivery takes.")),
            p.described(folder, _("All that is in this folder and in the folders below it, with their paths.")),
            delivery.name(_("Name of the delivery; under it the operation goes on with it when it is run again.")),
            p.choice(
                "TYPE",
                _("Type"),
                _("What the files are: the server checks them accordingly. It never changes."),
                upload_types.types(),
                default="VECTOR",
            ),
            delivery.crs(_("The system that all of the files are in; for archives, the one of what they are about.")),
            p.text("DESCRIPTION", _("Description"), _("What it is, for those who look at the deliveries.")),
            p.flag(
                "CLOSE",
                _("Close it"),
                _("Close the delivery and wait for its checks. Otherwise it stays open for more files."),
                default=True,
            ),
            delivery.sheet(),
            *upload_types.parameters(),
            choices.ledger(),
            p.table_out(
                "OUTPUT", _("Files"), _("One row each: path, size, MD5, whether it was sent or there already.")
            ),
        )
        self.addTexts(UPLOAD=_("Delivery (id)"), STATUS=_("Status of the delivery"))
        self.addNumbers(
            FILE_COUNT=_("Files"),
            SENT_COUNT=_("Files sent"),
            KEPT_COUNT=_("Files that were there already"),
            SIZE=_("Bytes in all"),
            SENT_SIZE=_("Bytes sent"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.entrepot import cartes
        from ...workflows.entrepot.delivery.dispatching import COLUMNS, dispatch

        given = self.parameterAsFileList(call.parameters, "INPUT", call.context)
        paths = [Path(file).expanduser() for file in [*given, call.text("FOLDER")] if file]
        done = dispatch(
            call.office("UPLOAD"),
            call.ledger_store,
            paths,
            name=call.text("NAME"),
            type=call.choice("TYPE"),
            srs=delivery.srs(call),
            description=call.text("DESCRIPTION"),
            infos=upload_types.infos(call),
            tags=cartes.tags(call.text("SHEET")),
            closing=call.flag("CLOSE"),
            watch=call.watch,
        )
        sent = done.delivered
        delivery.remember(call, "uploads", call.text("NAME"), sent.upload)
        return {
            **call.table("OUTPUT", COLUMNS, done.rows()),
            "UPLOAD": sent.upload,
            "STATUS": done.status,
            "FILE_COUNT": len(sent.files),
            "SENT_COUNT": sent.files_sent,
            "KEPT_COUNT": sent.files_kept,
            "SIZE": sent.size,
            "SENT_SIZE": sent.bytes_sent,
            "REQUEST_COUNT": call.entrepot.session.requests_sent,
        }
