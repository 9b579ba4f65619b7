"""Send the pending edits of group layers."""

from itertools import islice

from qgis.core import QgsProcessing, QgsProcessingException

from ...i18n import N_, _, ngettext
from ...provider import parameters as p
from ...provider import sending
from ...provider.groups import group_choice
from ...provider.operation import LAYERS, Operation

MOST_WARNINGS = 20


class PushEdits(Operation):
    ID = "pushedits"
    GROUP = LAYERS
    TITLE = N_("Send the pending edits")
    SUMMARY = N_(
        "Sends what was edited in the group layers to the Espace collaboratif: checked first, in one transaction for "
        "each database, each edit exactly once."
    )
    HELP = N_(
        "Everything is checked before anything is sent: mandatory values, types, lists, limits, patterns, columns that "
        "depend on others, unique values, geometries, and the zones in which you may edit. What is wrong is given as a "
        "layer to zoom to. Nothing of a database is then sent, unless you ask to skip what is faulty.\n\n"
        "Only the columns that changed are sent; an emptied one is erased. The rows here then are as the server stored "
        "them, with their keys, and nothing is downloaded again. Files in columns of documents are uploaded first. A "
        "transaction holds up to 10 000 edits; more go in several, one after the other.\n\n"
        "What somebody else changed meanwhile is read again: what does not clash is merged and sent, the rest waits as "
        "a conflict for “Resolve conflicts”.\n\n"
        "Nothing is sent twice: after a failure, run the same again. What had reached the server is found there, what "
        "had not is sent; new objects may have to wait ten minutes for it, while the server can still be at work on "
        "them."
    )
    TAGS = (
        "envoyer",
        "modifications",
        "contribution directe",
        "transaction",
        "couches",
        "données géographiques",
        "push",
        "send",
        "upload",
        "edits",
        "commit",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "STORE": "reports.sqlite",
        "DRY_RUN": "true",
        "OUTPUT": "sent.csv",
        "REPORT": "sent.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            *group_choice.edited(),
            p.store(),
            p.flag(
                "SKIP_FAULTY",
                _("Leave out what is faulty"),
                _("Send what is right even if other edits are faulty; otherwise nothing of their database is sent."),
            ),
            p.number(
                "MAX_COUNT",
                _("At most"),
                _("More edits than this are refused before anything is sent."),
                default=10_000,
                least=1,
                advanced=True,
            ),
            sending.dry_run(),
            sending.fail_on_problem(_("Whether the operation fails, at its end, when something did not go through.")),
            p.table_out("OUTPUT", _("Outcome"), _("One row each edit: layer, object, what was done, outcome, detail.")),
            p.layer_out(
                "FAULTS",
                _("What is wrong"),
                _(
                    "One feature each fault, in WGS84: layer, object, column, value, what is wrong. A GeoPackage or "
                    "GeoJSON holds points, lines and polygons together."
                ),
                QgsProcessing.SourceType.TypeVector,
            ),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Pending edits"),
            SENT_COUNT=_("Sent"),
            INSERT_COUNT=_("New objects"),
            UPDATE_COUNT=_("Changed objects"),
            DELETE_COUNT=_("Deleted objects"),
            ALREADY_COUNT=_("On the server already"),
            PLANNED_COUNT=_("Would be sent (dry run)"),
            CONFLICT_COUNT=_("Conflicts"),
            FAULT_COUNT=_("Faulty"),
            REFUSED_COUNT=_("Refused by the server"),
            UNSURE_COUNT=_("Outcome not known"),
            LEFT_COUNT=_("Not sent because of others"),
            TRANSACTION_COUNT=_("Transactions"),
            REQUEST_COUNT=_("Requests sent"),
        )
        self.addTexts(TRANSACTIONS=_("Numbers of the transactions"))

    def perform(self, call):
        from ...workflows.connection.communities import writer
        from ...workflows.layers.edit_checks import COLUMNS as FAULT_COLUMNS
        from ...workflows.layers.push_edits import push_edits
        from ...workflows.layers.pushed import COLUMNS

        pushed = push_edits(
            call.api,
            call.existing_store,
            writer(call.api),
            group_choice.rows(call),
            dry_run=call.flag("DRY_RUN"),
            skip_faulty=call.flag("SKIP_FAULTY"),
            max_count=call.number("MAX_COUNT"),
            watch=call.watch,
        )
        pushed.requests = call.api.session.requests_sent  # signing in too
        call.refresh_layers()
        results = {
            **call.table("OUTPUT", COLUMNS, pushed.rows()),
            **call.places("FAULTS", FAULT_COLUMNS, pushed.places(), pushed.families()),
            **call.page("REPORT", pushed.report(_("Edits sent")), **{_("Store"): str(call.store.path)}),
            **pushed.numbers(),
            "TRANSACTIONS": ",".join(map(str, pushed.transactions)),
        }
        for sentence in pushed.sentences():
            call.feedback.pushInfo(sentence)
        for sentence in islice(_warnings(pushed.problems), MOST_WARNINGS):
            call.feedback.pushWarning(sentence)
        complaint = pushed.complaint(strict=call.flag("FAIL_ON_PROBLEM"))
        if complaint:
            raise QgsProcessingException(complaint)
        return results


def _warnings(problems):
    """Each sentence once, with the first of the objects that it is about, and how many more there are."""
    about = {}
    for line in problems:
        if line.said:
            about.setdefault(line.said, []).append(f"{line.layer} {line.key}".strip())
    for sentence, (first, *others) in about.items():
        if others:
            yield _with_others(first, len(others), sentence)
        else:
            yield f"{first}: {sentence}"


def _with_others(first, count, sentence):
    from ...workflows.pages.writing import counted

    return ngettext(
        "{first} and {n} more: {sentence}",
        "{first} and {n} more: {sentence}",
        counted(count),
        first=first,
        sentence=sentence,
    )
