"""Make live what the configuration, the styles and the data of services now are."""

from qgis.core import QgsProcessingException

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, services
from ...provider.operation import SERVICES, Operation

COLUMNS = (
    ("layer_name", "text"), ("type", "text"), ("status", "text"), ("status_label", "text"), ("url", "text"),
    ("problem", "text"), ("offering", "text"), ("configuration", "text"),
)  # fmt: skip


class SynchroniseOffering(Operation):
    ID = "synchroniseoffering"
    GROUP = SERVICES
    TITLE = N_("Synchronise a service")
    SUMMARY = N_("Makes live what the configuration, the styles and the data of a service now are.")
    HELP = N_(
        "The platform shows a service as it was when it was published or synchronised last: after a style, a "
        "configuration or the columns of a table have changed, synchronise it. Rows of tables need none.\n\n"
        "A service that was hidden is published again, with the same permissions. Given a layer name, all services of "
        "that name are synchronised; one that fails does not keep the others from it."
    )
    TAGS = ("synchroniser", "republier", "offre", "flux", "entrepôt", "géoplateforme", "synchronise", "publish again")
    EXAMPLE = {"CONNECTION": "sandbox.json", "OFFERING": "cantons_objets", "OUTPUT": "synchronised.csv"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            services.offering(_("Id of an offering, or the name of a layer: then all services of this name.")),
            services.service_type(),
            p.table_out("OUTPUT", _("Services"), _("One row each: layer, type, status, address, what is wrong.")),
        )
        self.addTexts(OFFERING=_("Offerings (ids)"), STATUS=_("Status"))
        self.addNumbers(
            COUNT=_("Services"),
            SYNCHRONISED_COUNT=_("Synchronised"),
            FAILED_COUNT=_("That failed"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.entrepot.services.offered import synchronise_all

        office = call.office("BROADCAST")
        done = synchronise_all(office, call.text("OFFERING"), call.choice("SERVICE_TYPE"), call.watch)
        rows = [one.row() for one in done]
        failed = [one for one in done if one.problem]
        table = call.table("OUTPUT", COLUMNS, rows)
        if len(failed) == len(done):
            raise QgsProcessingException(" ".join(one.problem for one in failed))
        for one in failed:
            call.feedback.pushWarning(one.problem)
        return {
            **table,
            "OFFERING": ",".join(one.offering.id for one in done),
            "STATUS": ",".join(dict.fromkeys(one.offering.status for one in done)),
            "COUNT": len(done),
            "SYNCHRONISED_COUNT": len(done) - len(failed),
            "FAILED_COUNT": len(failed),
            "REQUEST_COUNT": office.datastore.session.requests_sent,
        }
