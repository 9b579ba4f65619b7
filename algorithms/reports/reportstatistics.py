"""Statistics of the reports in the store."""

from datetime import datetime, timezone

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.operation import REPORTS, Operation

COLUMNS = (
    ("category", "text"),
    ("key", "text"),
    ("label", "text"),
    ("count", "integer"),
    ("share", "number"),
    ("median_days", "number"),
)


class ReportStatistics(Operation):
    ID = "reportstatistics"
    GROUP = REPORTS
    TITLE = N_("Statistics of the reports")
    SUMMARY = N_(
        "Counts the downloaded reports by status, theme, place, month and author, and says how long answers take."
    )
    HELP = N_(
        "Works on the store alone, without network. The page is one HTML file with charts that can be printed or sent; "
        "the table has the same figures, one row each; the main ones are also outputs for models. A delay that nothing "
        "allows to measure is left out.\n\n"
        "The time to answer runs from the creation of a report to the first reply by somebody other than its author."
    )
    TAGS = (
        "signalements",
        "statistiques",
        "tableau de bord",
        "bilan",
        "graphique",
        "délai",
        "reports",
        "dashboard",
        "chart",
        "delay",
    )
    EXAMPLE = {"STORE": "reports.sqlite", "REPORT": "statistics.html", "OUTPUT": "statistics.csv"}
    NEEDS_CONNECTION = False

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.store(),
            p.text(
                "COMMUNITY", _("Community"), _("Only the reports of this community: its number or name."), advanced=True
            ),
            p.moment("SINCE", _("Created since"), _("Only reports created since then.")),
            p.moment("UNTIL", _("Created before"), _("Only reports created before then.")),
            p.moment(
                "AT",
                _("As on"),
                _("The moment on which the age of open reports is taken; now if empty."),
                advanced=True,
            ),
            p.table_out(
                "OUTPUT", _("Statistics"), _("One row per figure: category, key, name, number, share, median days.")
            ),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Reports"),
            OPEN_COUNT=_("Open reports"),
            CLOSED_COUNT=_("Closed reports"),
            TO_TREAT_COUNT=_("Reports to treat"),
            IN_PROGRESS_COUNT=_("Reports in progress"),
            TREATED_COUNT=_("Reports treated"),
            REJECTED_COUNT=_("Reports rejected"),
            TEST_COUNT=_("Test reports"),
            UNKNOWN_STATUS_COUNT=_("Reports of unknown status"),
            ANSWERED_COUNT=_("Reports with an answer"),
            UNANSWERED_COUNT=_("Reports without answer"),
            OVERDUE_COUNT=_("Open reports without answer for more than 30 days"),
            REPLY_COUNT=_("Replies"),
            DOCUMENT_COUNT=_("Documents"),
            DOCUMENTED_COUNT=_("Reports with documents"),
            UNKNOWN_DATE_COUNT=_("Reports without a readable date"),
            THEME_COUNT=_("Themes"),
            COMMUNE_COUNT=_("Communes"),
            DEPARTMENT_COUNT=_("Departments"),
            AUTHOR_COUNT=_("Authors"),
            MEDIAN_AGE_DAYS=_("Age of open reports: median, days"),
            MEAN_AGE_DAYS=_("Age of open reports: mean, days"),
            P90_AGE_DAYS=_("Age of open reports: nine in ten are under, days"),
            MAX_AGE_DAYS=_("Age of open reports: longest, days"),
            MEDIAN_ANSWER_DAYS=_("Time to answer: median, days"),
            MEAN_ANSWER_DAYS=_("Time to answer: mean, days"),
            P90_ANSWER_DAYS=_("Time to answer: nine in ten are under, days"),
            MAX_ANSWER_DAYS=_("Time to answer: longest, days"),
            MEDIAN_CLOSING_DAYS=_("Time to closing: median, days"),
            MEAN_CLOSING_DAYS=_("Time to closing: mean, days"),
            P90_CLOSING_DAYS=_("Time to closing: nine in ten are under, days"),
            MAX_CLOSING_DAYS=_("Time to closing: longest, days"),
        )

    def perform(self, call):
        from ...client.espaceco.dates import aware
        from ...workflows.reports.report_statistics import report_statistics

        at, since, until = (call.moment(name) for name in ("AT", "SINCE", "UNTIL"))
        found = report_statistics(
            call.existing_store,
            aware(at) if at else datetime.now(timezone.utc),
            community=call.text("COMMUNITY") or None,
            since=aware(since) if since else None,
            until=aware(until) if until else None,
            watch=call.watch,
        )
        return {
            **call.table("OUTPUT", COLUMNS, found.rows),
            **call.page("REPORT", found.report(), **{_("Store"): str(call.store.path)}),
            **found.numbers,
        }
