"""Reply to reports: a text and a status, the same for all or each its own."""

from ...client.espaceco.statuses import TREATMENT_STATUSES, status
from ...i18n import N_, _
from ...provider import hints, sending
from ...provider import parameters as p
from ...provider.operation import CONTRIBUTIONS, Operation
from ...provider.reports import per_report, targets
from ...workflows.errors import InputError

LONGEST_REMEMBERED = 2000
"""Characters: the list of what is remembered is read whenever the toolbox is filled."""


class ReplyToReports(Operation):
    ID = "replytoreports"
    GROUP = CONTRIBUTIONS
    TITLE = N_("Reply to reports")
    SUMMARY = N_(
        "Sends a reply with a new status to the reports that are selected, listed, or let through by a filter."
    )
    HELP = N_(
        "One text and one status for all, or by an expression for each report. Reports that are closed or tests are "
        "left out and listed. The status that the server really gave is read back into the store: a closing by "
        "somebody who is not a manager may wait for validation.\n\n"
        "Nothing is sent twice: after a failure, run the same again. What had reached the server is found there, what "
        "had not is sent."
    )
    TAGS = (
        "signalements",
        "répondre",
        "réponse",
        "statut",
        "clore",
        "traiter",
        "valider",
        "reports",
        "reply",
        "answer",
        "close",
        "status",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "FILTER": "\"Statut\" = 'submit'",
        "MESSAGE": "Vu sur place, le dessin est en cours.",
        "STATUS": "pending",
        "STORE": "reports.sqlite",
        "DRY_RUN": "true",
        "REPORT": "replies.html",
    }

    def initAlgorithm(self, configuration=None):
        last = hints.last_reply()
        names = last.get("labels", {})
        entries = [(code, f"{names.get(code) or status(code).label} ({code})") for code in TREATMENT_STATUSES]
        known = TREATMENT_STATUSES.index(last["status"]) if last.get("status") in TREATMENT_STATUSES else None
        self.addParameters(
            p.connection(),
            *targets.parameters(),
            p.prefilled(
                p.text("MESSAGE", _("Text"), _("What the reply says; the same for all reports."), multiline=True),
                last.get("message"),
            ),
            p.expression(
                "MESSAGE_EXPRESSION",
                _("Text by expression"),
                _(
                    "A QGIS expression that gives the text of each reply, on the fields of the layer if there is one, "
                    "else of the downloaded reports. Where it gives nothing, the text above is taken."
                ),
            ),
            p.prefilled(p.choice("STATUS", _("Status"), _("The status that the reports are to have."), entries), known),
            p.expression(
                "STATUS_EXPRESSION",
                _("Status by expression"),
                _(
                    "A QGIS expression that gives the code of each status: pending, pending1, valid, valid0, reject or "
                    "reject0. Where it gives nothing, the status above is taken."
                ),
            ),
            p.text("TITLE", _("Title"), _("The title of the replies; most have none."), advanced=True),
            targets.max_count(),
            p.store(),
            *sending.parameters(again=True),
        )
        sending.declare(self)
        self.addNumbers(CLOSED_COUNT=_("Closed by it"), TO_VALIDATE_COUNT=_("Closings that wait for validation"))

    def perform(self, call):
        from ...workflows.contributions.reply_reports import Reply, reply_to_reports

        message, code = call.text("MESSAGE"), call.choice("STATUS")
        if not message and not call.text("MESSAGE_EXPRESSION"):
            raise InputError(_("A reply needs a text: give one in MESSAGE, or for each report by MESSAGE_EXPRESSION."))
        if not code and not call.text("STATUS_EXPRESSION"):
            raise InputError(
                _("A reply gives a status: choose one in STATUS, or for each report by STATUS_EXPRESSION.")
            )
        numbers = targets.numbers(call)
        texts = per_report.texts(call, "MESSAGE_EXPRESSION", numbers)
        codes = per_report.texts(call, "STATUS_EXPRESSION", numbers)
        replied = reply_to_reports(
            call.api,
            call.store,
            {number: Reply(texts.get(number) or message, codes.get(number) or code) for number in numbers},
            title=call.text("TITLE"),
            again=call.flag("AGAIN"),
            dry_run=call.flag("DRY_RUN"),
            watch=call.watch,
        )
        if replied.reports():
            remembered = message if len(message) <= LONGEST_REMEMBERED else ""
            call.refresh_lists(reply={"message": remembered, "status": code, "labels": replied.labels})
        return sending.results(call, replied, _("Replies to reports"))
