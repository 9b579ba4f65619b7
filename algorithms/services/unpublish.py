"""End a service."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, services
from ...provider.operation import SERVICES, Operation
from ...workflows.errors import InputError


class Unpublish(Operation):
    ID = "unpublish"
    GROUP = SERVICES
    TITLE = N_("Unpublish a service")
    SUMMARY = N_("Ends a service, with its configuration and styles, or only hides it; the data stays.")
    HELP = N_(
        "Nobody can use the service any more. Its permissions and the accesses of keys end with it, unless it is only "
        "hidden: then “Synchronise a service” publishes it again as it was. A platform that cannot hide services "
        "deletes it all the same, and that is told.\n\n"
        "The configuration goes too if it is not offered elsewhere, with the styles that no other service uses. "
        "“Delete with dependents” deletes the data as well."
    )
    TAGS = ("dépublier", "supprimer", "retirer", "offre", "flux", "entrepôt", "géoplateforme", "unpublish", "delete")
    EXAMPLE = {"CONNECTION": "sandbox.json", "OFFERING": "cantons_volee", "HIDE": "true"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            services.offering(_("Id of an offering, or the name of its layer if there is only one of that name.")),
            services.service_type(),
            p.flag("HIDE", _("Only hide it"), _("Keeps its id, its permissions and accesses, where the platform can.")),
            p.flag(
                "KEEP_CONFIGURATION",
                _("Keep the configuration"),
                _("Keeps the configuration and the styles, so that the service can be published again."),
                advanced=True,
            ),
        )
        self.addTexts(OFFERING=_("Offering (id)"), CONFIGURATION=_("Configuration that was deleted (id)"))
        self.addNumbers(
            DELETED_COUNT=_("Offerings, configurations and styles deleted"),
            HIDDEN_COUNT=_("Services hidden"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.entrepot.finding import offered
        from ...workflows.entrepot.services.offered import unpublish

        office, hide = call.office("BROADCAST"), call.flag("HIDE")
        found = offered(office, call.text("OFFERING"), call.choice("SERVICE_TYPE"))
        if len(found) > 1:
            raise InputError(
                _("“{name}” is offered several times: choose one in OFFERING by its id: {ids}.").format(
                    name=found[0].layer_name, ids=", ".join(f"{one.id} ({one.type})" for one in found)
                )
            )
        done = unpublish(
            office,
            found[0].id,
            call.watch,
            for_good=not hide,
            with_configuration=not call.flag("KEEP_CONFIGURATION"),
        )
        if hide and done.gone:
            call.feedback.pushWarning(_("This platform cannot hide services: the offering was deleted for good."))
        return {
            "OFFERING": found[0].id,
            "CONFIGURATION": done.configuration,
            "DELETED_COUNT": int(done.gone) + bool(done.configuration) + len(done.statics),
            "HIDDEN_COUNT": int(not done.gone),
            "REQUEST_COUNT": office.datastore.session.requests_sent,
        }
