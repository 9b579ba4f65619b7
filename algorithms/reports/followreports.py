"""What changed on reports since the last look at them."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.operation import REPORTS, Operation
from ...provider.reports import filters


class FollowReports(Operation):
    ID = "followreports"
    GROUP = REPORTS
    TITLE = N_("Follow reports: what is new")
    SUMMARY = N_(
        "Tells what happened to your reports, or those of a community, since the last run: replies, statuses, "
        "closings, new, edited and vanished reports."
    )
    HELP = N_(
        "Made for a nightly job. The store remembers what was known of each report; every account and every set of "
        "filters has a memory of its own there, so that several follows share one store. The first run only looks, "
        "unless FIRST says otherwise. Nothing new takes three requests.\n\n"
        "A run remembers what it has told at its very end, when table and page are written: one that fails or is "
        "stopped before is told again by the next one, and nothing is lost. To look without remembering, set REMEMBER "
        "to false.\n\n"
        "A report that the filters let through no more, but which is still there, has left the filter; one that cannot "
        "be had any more has vanished. Who edited a report is not known to the server.\n\n"
        "The layers of the store are brought up to date on the way: the reports with events that are in them, and all "
        "of them when the store was last downloaded with the same filters."
    )
    TAGS = (
        "signalements",
        "suivre",
        "nouveautés",
        "réponses",
        "veille",
        "notification",
        "reports",
        "watch",
        "changes",
        "news",
        "replies",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "COMMUNITY": "375",
        "STORE": "reports.sqlite",
        "FIRST": "new",
        "REMEMBER": "false",
        "OUTPUT": "news.csv",
        "REPORT": "news.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            *filters.parameters(),
            p.choice(
                "FIRST",
                _("The first time"),
                _("What the first run with these filters tells, when nothing is known yet."),
                [("remember", _("Nothing: only remember what there is")), ("new", _("All reports, as new"))],
                default="remember",
            ),
            p.flag(
                "OTHERS_ONLY",
                _("Only what others did"),
                _("Leave out what the account of the connection did itself: its reports, replies, closings."),
            ),
            p.flag(
                "UPDATE_STORE",
                _("Bring the layers up to date"),
                _(
                    "The reports with events go into the layers of the store at once: those that are in them already, "
                    "and all of them when the store was last downloaded with the same filters."
                ),
                default=True,
            ),
            p.flag(
                "REMEMBER",
                _("Remember what was told"),
                _("Whether the next run tells only what happened after this one; else it tells the same again."),
                default=True,
                advanced=True,
            ),
            p.store(),
            p.table_out(
                "OUTPUT",
                _("Events"),
                _("One row per event: report, kind, date, author, whether by you, before, after, detail, web page."),
            ),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Events"),
            REPORT_COUNT=_("Reports with events"),
            NEW_COUNT=_("New reports"),
            ENTERED_COUNT=_("Reports that came into the filter"),
            REPLY_COUNT=_("New replies"),
            STATUS_COUNT=_("Changes of status, closings among them"),
            CLOSED_COUNT=_("Reports closed"),
            REOPENED_COUNT=_("Reports opened again"),
            EDITED_COUNT=_("Edits"),
            LEFT_COUNT=_("Reports that left the filter"),
            VANISHED_COUNT=_("Reports vanished"),
            FOLLOWED_COUNT=_("Reports followed"),
            REQUEST_COUNT=_("Requests sent"),
        )
        self.addTexts(SINCE=_("Since"), IDS=_("Numbers of the reports"))

    def perform(self, call):
        from ...workflows.reports.follow_outcome import COLUMNS, FollowOutcome
        from ...workflows.reports.follow_reports import follow_reports

        choice, wanted = filters.asked(call)
        account = choice.me.id if choice.me else None
        all_new = call.choice("FIRST") == "new"
        news = follow_reports(call.api, call.store, wanted, account, all_new=all_new, watch=call.watch)
        outcome = FollowOutcome(news, account, others_only=call.flag("OTHERS_ONLY"))
        for line in outcome.lines():
            call.feedback.pushInfo(line)
        results = {
            **call.table("OUTPUT", COLUMNS, outcome.rows()),
            **call.page("REPORT", outcome.report(), **{_("Store"): str(call.store.path)}),
            **outcome.numbers(),
            "SINCE": outcome.since,
            "IDS": ",".join(map(str, outcome.reports)),
        }
        call.watch.check()
        if call.flag("REMEMBER"):
            news.remember(call.store, layers=call.flag("UPDATE_STORE"), watch=call.watch)
            call.refresh_layers()
        return results
