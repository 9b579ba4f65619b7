"""Say who may use restricted services."""

from datetime import date, datetime, time

from qgis.core import QgsProcessingException

from ...i18n import N_, _
from ...provider import hints
from ...provider import parameters as p
from ...provider.entrepot import access, choices, services
from ...provider.operation import ACCESS, Operation
from ...workflows.errors import InputError


class SetPermissions(Operation):
    ID = "setpermissions"
    GROUP = ACCESS
    TITLE = N_("Set permissions")
    SUMMARY = N_("Lets communities or people use restricted services, until a date, or takes that back.")
    HELP = N_(
        "A service on a restricted endpoint is of use only to who has a permission, and a key with an access by it. A "
        "permission that is as asked for is kept, with all accesses; another end or licence changes it.\n\n"
        "Communities are found by name, technical name or id; people by id, or by e-mail or name if they share a "
        "community with you. A permission taken back ends the accesses that use it."
    )
    TAGS = (
        "droits", "permissions", "autoriser", "restreint", "communauté", "licence", "entrepôt", "géoplateforme",
        "grant", "restricted",
    )  # fmt: skip
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "LAYERS": "cantons_reserves",
        "COMMUNITIES": "sdis",
        "LICENCE": "Licence ouverte 2.0",
        "END": "2099-12-31",
        "OUTPUT": "permissions.csv",
        "REPORT": "permissions.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            access.layers(
                _("The restricted services: layer names or ids of offerings, several separated by semicolons."),
                "offerings",
            ),
            services.service_type(),
            p.names(
                "COMMUNITIES",
                _("Communities"),
                _("Who may use them: names, technical names or ids, several separated by semicolons."),
                hints.entries("communities"),
            ),
            p.names(
                "USERS",
                _("People"),
                _("Ids, e-mails or names, several separated by semicolons."),
                hints.entries("users"),
            ),
            p.text("LICENCE", _("Licence"), _("Under which terms; a new permission needs it. Left empty: as it is.")),
            p.moment(
                "END",
                _("End"),
                _("Until when, in your time zone; a date alone counts to its end. Left empty: as it is, or no end."),
            ),
            p.flag(
                "ONLY_OAUTH",
                _("Signed-in people only"),
                _("Only keys of the type OAUTH2 may use it: each person signs in, and nobody can pass a key on."),
                advanced=True,
            ),
            p.flag(
                "REMOVE",
                _("Take back"),
                _("Takes the permissions back, from those named, or from all if nobody is named."),
            ),
            p.flag(
                "FAIL_ON_PROBLEM",
                _("Fail on a problem"),
                _("Whether the operation fails, at its end, when a permission was refused."),
                advanced=True,
            ),
            p.table_out(
                "OUTPUT",
                _("Permissions"),
                _("One row per service and beneficiary: outcome, licence, end."),
                offered=True,
            ),
            p.html(),
        )
        self.addTexts(PERMISSIONS=_("Permissions (ids)"))
        self.addNumbers(
            COUNT=_("Asked for"),
            NEW_COUNT=_("Given"),
            UPDATED_COUNT=_("Changed"),
            UNCHANGED_COUNT=_("As wished already"),
            REMOVED_COUNT=_("Taken back"),
            FAILED_COUNT=_("Refused"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.entrepot.finding import offered
        from ...workflows.entrepot.rights import granting

        office, type = call.office("BROADCAST"), call.choice("SERVICE_TYPE")
        names, remove = call.choices("LAYERS"), call.flag("REMOVE")
        offerings = [offering for name in names for offering in offered(office, name, type)]
        if not offerings:
            raise InputError(_("Which services? Give layer names or ids of offerings in LAYERS."))
        whom = granting.beneficiaries(office, call.choices("COMMUNITIES"), call.choices("USERS"))
        if remove:
            lines = granting.withdraw(office, offerings, whom, call.watch)
        elif whom:
            terms = granting.Terms(call.text("LICENCE"), _end(call), call.flag("ONLY_OAUTH"))
            lines = granting.permit(office, offerings, whom, terms, call.watch)
        else:
            raise InputError(_("For whom? Give communities in COMMUNITIES, or people in USERS."))
        done = granting.Granted(tuple(lines))
        for line in done.refused:
            call.feedback.pushWarning(line.sentence())
        results = {
            **call.table("OUTPUT", granting.COLUMNS, [line.row() for line in lines]),
            **call.page("REPORT", done.report(), **{_("Datastore"): office.info.name}),
            **done.numbers(),
            "PERMISSIONS": ",".join(done.ids()),
            "REQUEST_COUNT": office.datastore.session.requests_sent,
        }
        if done.refused and call.flag("FAIL_ON_PROBLEM"):
            raise QgsProcessingException(done.refused[0].sentence())
        call.feedback.pushInfo(done.sentence())
        return results


def _end(call):
    """END with its time zone; of a date alone the end of the day. None for none."""
    given, moment = call.parameters.get("END"), call.moment("END")
    if moment is None:
        return None
    whole_day = (isinstance(given, date) and not isinstance(given, datetime)) or (
        isinstance(given, str) and len(given.strip()) == len("2026-12-31")
    )
    if whole_day:
        moment = datetime.combine(moment.date(), time(23, 59, 59))
    return moment.astimezone()
