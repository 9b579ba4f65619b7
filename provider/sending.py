"""What operations that write on the server share: their parameters and outputs, and telling what came of it."""

from qgis.core import QgsProcessingException

from ..i18n import _
from ..workflows.watch import WARNINGS_SHOWN
from . import parameters as p


def parameters(*, again=False):
    """DRY_RUN, FAIL_ON_PROBLEM, with `again` AGAIN, then the table OUTPUT and the page REPORT."""
    return (
        dry_run(),
        *((_again(),) if again else ()),
        fail_on_problem(
            _("Whether the operation fails, at its end, when something was refused or its outcome is not known.")
        ),
        p.table_out(
            "OUTPUT", _("Outcome"), _("One row each: report, what it is about, outcome, status, detail, web page.")
        ),
        p.html(),
    )


def dry_run():
    """DRY_RUN: nothing is sent."""
    return p.flag("DRY_RUN", _("Dry run"), _("Check everything and show what would be sent, without sending it."))


def fail_on_problem(help):
    """FAIL_ON_PROBLEM; the help says what counts as one."""
    return p.flag("FAIL_ON_PROBLEM", _("Fail on a problem"), help, advanced=True)


def new_status(*, advanced=False):
    """STATUS of new reports."""
    return p.choice(
        "STATUS",
        _("Status"),
        _("A test report is received, and told to nobody."),
        [("submit", _("To be treated (submit)")), ("test", _("Test (test)"))],
        default="submit",
        advanced=advanced,
    )


def _again():
    return p.flag(
        "AGAIN",
        _("Also what was sent before"),
        _(
            "Send it even if exactly the same was sent by an earlier run that came to its end. A run that did not is "
            "always continued, and what it sent is not sent twice."
        ),
        advanced=True,
    )


def declare(operation):
    """The outputs of `results`."""
    operation.addNumbers(
        COUNT=_("Asked for"),
        SENT_COUNT=_("Sent"),
        ALREADY_COUNT=_("Sent by an earlier run"),
        PLANNED_COUNT=_("Would be sent (dry run)"),
        SKIPPED_COUNT=_("Left out"),
        REFUSED_COUNT=_("Faulty or refused"),
        UNSURE_COUNT=_("Not sent yet, or not known"),
        REQUEST_COUNT=_("Requests sent"),
    )
    operation.addTexts(IDS=_("Numbers of the reports"))


def results(call, sent, title):
    """The outputs of what was done, a `workflows.contributions.sent.Sent`.

    Raises QgsProcessingException, with table and page written, if it has a complaint.
    """
    from ..workflows.contributions.sent import COLUMNS

    call.refresh_layers()
    found = {
        **call.table("OUTPUT", COLUMNS, sent.rows()),
        **call.page("REPORT", sent.report(title), **{_("Store"): str(call.store.path)}),
        **sent.numbers(),
        "IDS": ",".join(map(str, sent.reports())),
    }
    for sentence in sent.sentences():
        call.feedback.pushInfo(sentence)
    for line in [line for line in sent.lines if line.outcome == "skipped" and line.detail][:WARNINGS_SHOWN]:
        call.feedback.pushWarning(line.detail)
    complaint = sent.complaint(strict=call.flag("FAIL_ON_PROBLEM"))
    if complaint:
        raise QgsProcessingException(complaint)
    return found
