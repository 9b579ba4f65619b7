"""How an execution, a check or a delivery is doing."""

from qgis.core import QgsProcessingException

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider import sending
from ...provider.entrepot import choices
from ...provider.operation import DELIVERY, Operation


class FollowExecution(Operation):
    ID = "followexecution"
    GROUP = DELIVERY
    TITLE = N_("Follow an execution")
    SUMMARY = N_(
        "Says how an execution, a check or a delivery is doing, with all of its log; can wait for it or abort it."
    )
    HELP = N_(
        "Give the id of an execution (EXECUTION of the operations that process data), of a check, or the id or name of "
        "a delivery, whose checks are then all shown. The log is given as table and page, all its lines.\n\n"
        "Whether something went well is what its status says, never what its log says."
    )
    TAGS = (
        "suivre",
        "exécution",
        "vérification",
        "journal",
        "géoplateforme",
        "entrepôt",
        "follow",
        "execution",
        "check",
        "log",
        "abort",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "ID": "cantons",
        "OUTPUT": "log.csv",
        "REPORT": "log.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            choices.entity(
                "ID", _("Execution, check or delivery"), _("Its id; for a delivery also its name."), "uploads"
            ),
            p.flag("WAIT", _("Wait for its end"), _("Otherwise it is told how it is doing now.")),
            p.flag(
                "ABORT",
                _("Abort it"),
                _(
                    "What it has made so far is of no use then. For an execution your account needs the right "
                    "PROCESSING, for a check or a delivery UPLOAD."
                ),
            ),
            sending.fail_on_problem(_("Whether the operation fails, at its end, when it came to a bad end.")),
            p.table_out("OUTPUT", _("Log"), _("One row each line: what wrote it, number, level, message.")),
            p.html(),
        )
        self.addTexts(
            KIND=_("What it is: execution, check, upload"),
            STATUS=_("Status"),
            STORED_DATA=_("Stored data that it makes (id)"),
            UPLOAD=_("Delivery that it makes, or is (id)"),
        )
        self.addNumbers(
            LINE_COUNT=_("Lines"),
            ERROR_COUNT=_("Lines with an error"),
            WARNING_COUNT=_("Lines with a warning"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.entrepot.delivery.following import COLUMNS, follow

        office = call.office()
        found = follow(
            office, call.text("ID"), to_the_end=call.flag("WAIT"), abort=call.flag("ABORT"), watch=call.watch
        )
        call.feedback.pushInfo(found.sentence())
        results = {
            **call.table("OUTPUT", COLUMNS, found.rows()),
            **call.page("REPORT", found.report(), **{_("Datastore"): office.info.name}),
            "KIND": found.kind,
            "STATUS": found.status,
            "STORED_DATA": found.stored_data,
            "UPLOAD": found.upload,
            "LINE_COUNT": len(found.lines),
            "ERROR_COUNT": found.count("bad"),
            "WARNING_COUNT": found.count("warning"),
            "REQUEST_COUNT": call.entrepot.session.requests_sent,
        }
        if found.failed and call.flag("FAIL_ON_PROBLEM"):
            raise QgsProcessingException(found.sentence())
        return results
