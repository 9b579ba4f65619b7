"""Check a connection: services, certificates, clock, account, communities."""

from ...i18n import N_, _
from ...provider import errors, journal
from ...provider import parameters as p
from ...provider.operation import CONNECTION, Operation


class CheckConnection(Operation):
    ID = "checkconnection"
    GROUP = CONNECTION
    TITLE = N_("Check the connection")
    SUMMARY = N_(
        "Says who you are, which communities you belong to and with which rights, and whether the services answer."
    )
    HELP = N_(
        "Looks at each service, its certificate, the clock of this computer and the account, and says plainly what is "
        "wrong and what to do. It looks on after a first problem, so that the page shows all of them.\n\n"
        "If the connection cannot be used the operation fails, after the page and the tables are written; without "
        "“Fail on a problem” it ends well and the numbers tell, which suits a model."
    )
    TAGS = (
        "connexion",
        "compte",
        "vérifier",
        "groupes",
        "certificat",
        "horloge",
        "account",
        "login",
        "test",
        "diagnostic",
    )
    EXAMPLE = {"CONNECTION": "sandbox.json", "REPORT": "connection.html"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            p.flag(
                "FAIL_ON_PROBLEM",
                _("Fail on a problem"),
                _("Whether a connection that cannot be used makes the operation fail."),
                default=True,
                advanced=True,
            ),
            p.table_out("OUTPUT", _("Checks"), _("One row per check: what, state (ok, warning, problem), detail.")),
            p.table_out(
                "COMMUNITIES", _("Communities"), _("One row per community: number, name, role, rights, zones.")
            ),
            p.html(),
        )
        self.addTexts(
            USERNAME=_("User name"), EMAIL=_("E-mail"), PROBLEM=_("What keeps the connection from being used")
        )
        self.addNumbers(
            USER_ID=_("Number of the user"),
            COMMUNITY_COUNT=_("Communities with access"),
            PENDING_COUNT=_("Communities without access yet"),
            PROBLEM_COUNT=_("Problems"),
            WARNING_COUNT=_("Warnings"),
            CLOCK_OFFSET=_("Difference of the clocks in seconds"),
            CERTIFICATE_DAYS=_("Days until the first certificate ends"),
        )
        self.addFiles(LOG_FILE=_("Log file"))

    def perform(self, call):
        from ...workflows.connection.check_connection import COLUMNS, COMMUNITY_COLUMNS, check_connection

        found = check_connection(call.api, call.connection.services, explain=errors.sentence, watch=call.watch)
        for check in found.checks:
            say = call.feedback.pushInfo if check.state == "ok" else call.feedback.pushWarning
            say(f"{check.name} – {check.subject}: {check.detail}" if check.subject else f"{check.name}: {check.detail}")
        results = {
            **call.table("OUTPUT", COLUMNS, found.rows()),
            **call.table("COMMUNITIES", COMMUNITY_COLUMNS, found.community_rows()),
            **call.page("REPORT", found.report(), **{_("Log file"): str(journal.path())}),
        }
        if found.failure is not None and call.flag("FAIL_ON_PROBLEM"):
            raise found.failure
        me = found.me
        usable = [m for m in me.memberships if m.usable] if me else []
        return {
            **results,
            "USERNAME": me.username if me else "",
            "EMAIL": me.email if me else "",
            "PROBLEM": errors.sentence(found.failure) if found.failure else "",
            "USER_ID": me.id if me else None,
            "COMMUNITY_COUNT": len(usable),
            "PENDING_COUNT": len(me.memberships) - len(usable) if me else 0,
            "PROBLEM_COUNT": found.problems,
            "WARNING_COUNT": found.warnings,
            "CLOCK_OFFSET": found.clock_offset,
            "CERTIFICATE_DAYS": found.certificate_days,
            "LOG_FILE": str(journal.path()),
        }
