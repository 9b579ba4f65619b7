"""Delete something of the Géoplateforme with all that depends on it."""

from qgis.core import QgsProcessingException

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices
from ...provider.operation import PUBLICATION, Operation

KINDS = (
    ("datasheet", N_("A data sheet: services, deliveries, data, records, annexes")),
    ("service", N_("A service: offerings, configuration, styles")),
    ("stored_data", N_("Stored data, with its services")),
    ("upload", N_("A delivery")),
    ("everything", N_("All that the datastore has")),
)


class DeleteWithDependents(Operation):
    ID = "deletewithdependents"
    GROUP = PUBLICATION
    TITLE = N_("Delete with dependents")
    SUMMARY = N_(
        "Shows what must be deleted with a data sheet, a service, stored data or a delivery, or to empty a datastore, "
        "and deletes it in order."
    )
    HELP = N_(
        "At first it only shows the plan, as a table and a page: nothing is deleted before “Only show the plan” is "
        "switched off. There is no way back.\n\n"
        "Executions that run on it are aborted, then go services, configurations, styles, deliveries, data (tiles "
        "before their database), metadata records and annexes. What others use stays, with the reason: data that other "
        "data is made of, services of another data sheet.\n\n"
        "What cannot be deleted is told and does not stop the rest. A run that was stopped is gone on with by the next "
        "one."
    )
    TAGS = (
        "supprimer", "effacer", "nettoyer", "fiche de données", "donnée stockée", "livraison", "entrepôt",
        "géoplateforme", "delete", "clean up", "data sheet",
    )  # fmt: skip
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "KIND": "stored_data",
        "NAME": "cantons",
        "OUTPUT": "plan.csv",
        "REPORT": "plan.html",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            p.choice(
                "KIND", _("What"), _("What NAME is."), [(code, _(text)) for code, text in KINDS], default="datasheet"
            ),
            p.text(
                "NAME",
                _("Name or id"),
                _(
                    "The name of the data sheet; to empty a datastore, its name; for all else the id or the name, of a "
                    "service its layer name too."
                ),
                optional=False,
            ),
            p.flag(
                "PLAN_ONLY",
                _("Only show the plan"),
                _("Nothing is deleted. Switch it off once you have seen what would go."),
                default=True,
            ),
            p.flag(
                "FAIL_ON_PROBLEM",
                _("Fail on a problem"),
                _("Whether the operation fails, at its end, when something could not be deleted."),
                advanced=True,
            ),
            choices.ledger(),
            p.table_out(
                "OUTPUT", _("Plan and outcome"), _("One row each: what, action, why it stays, outcome."), offered=True
            ),
            p.html(),
        )
        self.addNumbers(
            PLANNED_COUNT=_("To be deleted"),
            DELETED_COUNT=_("Deleted"),
            GONE_COUNT=_("Gone already"),
            KEPT_COUNT=_("Kept"),
            FAILED_COUNT=_("Could not be deleted"),
            FREED_BYTES=_("Bytes freed"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.entrepot.stock import deleting

        office = call.office()
        done = deleting.go_through(
            office, call.ledger_store, call.choice("KIND"), call.text("NAME"), call.flag("PLAN_ONLY"), call.watch
        )
        for sentence in done.sentences():
            call.feedback.pushInfo(sentence)
        results = {
            **call.table("OUTPUT", deleting.COLUMNS, done.rows()),
            **call.page("REPORT", done.report(), **{_("Datastore"): office.info.name}),
            **done.numbers(),
            "REQUEST_COUNT": office.datastore.session.requests_sent,
        }
        if results["FAILED_COUNT"] and call.flag("FAIL_ON_PROBLEM"):
            raise QgsProcessingException(done.sentences()[-1])
        return results
