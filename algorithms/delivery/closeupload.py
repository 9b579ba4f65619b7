"""Close a delivery and wait for its checks."""

from qgis.core import QgsProcessingException

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, delivery
from ...provider.operation import DELIVERY, Operation


class CloseUpload(Operation):
    ID = "closeupload"
    GROUP = DELIVERY
    TITLE = N_("Close a delivery")
    SUMMARY = N_("Closes a delivery (livraison), waits for the server's checks, and says why one was not passed.")
    HELP = N_(
        "A delivery that is open is closed; one that is being checked is waited for; of one that is closed already the "
        "checks are told. Only a delivery that passed all its checks can be processed.\n\n"
        "If a check was not passed, the operation fails with the reasons from its log; table and page are written "
        "before. Correct the files and deliver them again under the same name: only what changed is sent."
    )
    TAGS = (
        "livraison",
        "fermer",
        "vérification",
        "géoplateforme",
        "entrepôt",
        "close",
        "delivery",
        "upload",
        "check",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "UPLOAD": "cantons",
        "OUTPUT": "checks.csv",
        "REPORT": "checks.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            delivery.upload(_("Id or name of the delivery.")),
            p.table_out("OUTPUT", _("Checks"), _("One row each: check, state, its execution, what it complains of.")),
            p.html(),
        )
        self.addTexts(UPLOAD=_("Delivery (id)"), STATUS=_("Status of the delivery"))
        self.addNumbers(
            PASSED_COUNT=_("Checks passed"), FAILED_COUNT=_("Checks not passed"), REQUEST_COUNT=_("Requests sent")
        )

    def perform(self, call):
        from ...client.entrepot.uploads import uploads
        from ...workflows.entrepot import finding
        from ...workflows.entrepot.delivery.closing import COLUMNS, close_upload, closed_sentence

        office = call.office("UPLOAD")
        upload = finding.one(office, uploads, finding.UPLOADS, call.text("UPLOAD"))
        checked = close_upload(office, upload.id, call.watch)
        delivery.remember(call, "uploads", checked.name, checked.upload)
        results = {
            **call.table("OUTPUT", COLUMNS, checked.rows()),
            **call.page("REPORT", checked.report(), **{_("Datastore"): office.info.name}),
            "UPLOAD": checked.upload,
            "STATUS": checked.status,
            "PASSED_COUNT": len(checked.checks) - len(checked.failed),
            "FAILED_COUNT": len(checked.failed),
            "REQUEST_COUNT": call.entrepot.session.requests_sent,
        }
        if checked.complaint():
            raise QgsProcessingException(checked.complaint())
        call.feedback.pushInfo(closed_sentence(checked.name, upload.type))
        return results
