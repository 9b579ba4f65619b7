"""Change the text, the theme, its attributes or the community of reports."""

from ...i18n import N_, _
from ...provider import hints, sending
from ...provider import parameters as p
from ...provider.operation import CONTRIBUTIONS, Operation
from ...provider.reports import per_report, targets
from ...workflows.errors import InputError

ASKED = ("COMMUNITY", "THEME", "ATTRIBUTES", "MESSAGE", "MESSAGE_EXPRESSION")


class EditReports(Operation):
    ID = "editreports"
    GROUP = CONTRIBUTIONS
    TITLE = N_("Edit reports")
    SUMMARY = N_("Changes the text, the theme, its attributes or the community of reports that are open.")
    HELP = N_(
        "What is left empty stays as it is, and of the rest only what really changes is sent. The attributes given are "
        "merged with those of the report, unless its theme changes, and checked against the form of the theme before "
        "anything is sent. A theme that another community shares moves the report to that community.\n\n"
        "A report may be changed by its author and by the managers of its community; closed ones are left out."
    )
    TAGS = (
        "signalements",
        "modifier",
        "corriger",
        "thème",
        "attributs",
        "groupe",
        "reports",
        "edit",
        "change",
        "theme",
        "attributes",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "FILTER": "\"Thème\" = 'Voirie' AND \"Statut\" = 'submit'",
        "ATTRIBUTES": '{"Travaux prévus": "0"}',
        "MESSAGE_EXPRESSION": "\"Message\" || ' (vérifié)'",
        "STORE": "reports.sqlite",
        "DRY_RUN": "true",
        "REPORT": "changes.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            *targets.parameters(),
            p.text(
                "COMMUNITY",
                _("Community"),
                _("Number or name of the community that the reports are to move to."),
                hints=hints.communities(),
                advanced=True,
            ),
            p.text(
                "THEME",
                _("Theme"),
                _("Name of the theme that the reports are to have; it must be one of their community."),
                hints=hints.themes(),
            ),
            p.text(
                "ATTRIBUTES",
                _("Attributes (JSON)"),
                _('Values by name, such as {"Nature": "Trottoir"}; null takes a value away.'),
                multiline=True,
            ),
            p.text("MESSAGE", _("Text"), _("The new text of the reports; the same for all."), multiline=True),
            p.expression(
                "MESSAGE_EXPRESSION",
                _("Text by expression"),
                _(
                    "A QGIS expression that gives the new text of each report, on the fields of the layer if there is "
                    "one, else of the downloaded reports. Where it gives nothing, the text above is taken."
                ),
            ),
            targets.max_count(),
            p.store(),
            *sending.parameters(),
        )
        sending.declare(self)

    def perform(self, call):
        from ...workflows.contributions.change_reports import edit_reports
        from ...workflows.contributions.theme_forms import read_values

        if not any(map(call.text, ASKED)):
            raise InputError(_("What is to change? Give a text, a theme, attributes or a community."))
        values = read_values(call.text("ATTRIBUTES")) if call.text("ATTRIBUTES") else {}
        numbers, message = targets.numbers(call), call.text("MESSAGE")
        texts = per_report.texts(call, "MESSAGE_EXPRESSION", numbers)
        edited = edit_reports(
            call.api,
            call.store,
            {number: texts.get(number) or message for number in numbers},
            community=call.text("COMMUNITY"),
            theme=call.text("THEME"),
            values=values,
            dry_run=call.flag("DRY_RUN"),
            watch=call.watch,
        )
        return sending.results(call, edited, _("Changed reports"))
