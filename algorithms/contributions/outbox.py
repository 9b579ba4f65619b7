"""The outbox: what waits to be sent, seen, sent or given up."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.operation import CONTRIBUTIONS, Operation
from ...provider.reports import targets
from ...workflows.errors import InputError
from ...workflows.reports.vocabulary import ENTRY_STATES, LETTER_KINDS


class OutboxOperation(Operation):
    ID = "outbox"
    GROUP = CONTRIBUTIONS
    TITLE = N_("Outbox")
    SUMMARY = N_("Lists what was to be sent to the server and is not there for sure; sends it, or gives it up.")
    HELP = N_(
        "Every operation that writes on the server records in the store what it is going to send, and then what came "
        "of it. After a failure it is enough to run that operation again; here one sees what waits, and why.\n\n"
        "“Retry” first looks for what may have reached the server, then sends what is not there: nothing is sent "
        "twice. What was recorded for another service or with another account is listed, never sent. “Drop” gives up "
        "what waits; documents go with the report that they belong to.\n\n"
        "Of what was sent, no content is kept: only what kind it was, when, and the number that came of it."
    )
    TAGS = (
        "signalements",
        "boîte d'envoi",
        "en attente",
        "renvoyer",
        "abandonner",
        "reports",
        "pending",
        "queue",
        "resend",
        "drop",
    )
    EXAMPLE = {"ACTION": "list", "STORE": "reports.sqlite", "OUTPUT": "outbox.csv", "REPORT": "outbox.html"}
    NEEDS_CONNECTION = False

    def needs_connection(self, call):
        return call.choice("ACTION") == "retry"

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.choice(
                "ACTION",
                _("Action"),
                _("What to do with the entries. Listing needs no network and changes nothing."),
                [("list", _("List")), ("retry", _("Retry: send what waits")), ("drop", _("Drop: give up what waits"))],
                default="list",
            ),
            p.choices(
                "KIND",
                _("Kinds"),
                _("Only entries of these kinds."),
                [(kind, _(words)) for kind, words in LETTER_KINDS.items()],
            ),
            p.choices(
                "STATES",
                _("States"),
                _("Only entries of these states. None chosen means those that wait: the first three."),
                [(state, _(words)) for state, (words, _tone) in ENTRY_STATES.items()],
            ),
            p.text(
                "ENTRY_IDS", _("Numbers of entries"), _("Only these entries: numbers separated by commas or blanks.")
            ),
            p.connection(optional=True),
            p.store(),
            p.table_out(
                "OUTPUT",
                _("Entries"),
                _("One row per entry: kind, report, state, dates, attempts, what it is, error, answer, web page."),
            ),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Entries"),
            DONE_COUNT=_("Sent or given up by this run"),
            PENDING_COUNT=_("Not sent yet"),
            UNSURE_COUNT=_("Perhaps sent"),
            REFUSED_COUNT=_("Refused"),
            SENT_COUNT=_("Sent"),
            DROPPED_COUNT=_("Given up"),
            PENDING_BEFORE_COUNT=_("Not sent yet, before"),
            UNSURE_BEFORE_COUNT=_("Perhaps sent, before"),
            REFUSED_BEFORE_COUNT=_("Refused, before"),
            SENT_BEFORE_COUNT=_("Sent, before"),
            DROPPED_BEFORE_COUNT=_("Given up, before"),
        )

    def perform(self, call):
        from ...workflows.contributions.outbox import COLUMNS, work_on_outbox

        numbers, wrong = targets.read_numbers(call.text("ENTRY_IDS"))
        if wrong:
            raise InputError(_("ENTRY_IDS: “{words}” is no number of an entry.").format(words=", ".join(wrong)))
        found = work_on_outbox(
            call.existing_store,
            call.choice("ACTION"),
            kinds=call.choices("KIND"),
            states=call.choices("STATES"),
            numbers=numbers,
            api=call.api if self.needs_connection(call) else None,
            watch=call.watch,
        )
        for note in found.notes:
            call.feedback.pushWarning(note)
        if self.needs_connection(call):
            call.refresh_layers()
        return {
            **call.table("OUTPUT", COLUMNS, found.rows()),
            **call.page("REPORT", found.report(), **{_("Store"): str(call.store.path)}),
            **found.numbers(),
        }
