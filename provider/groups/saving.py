"""What follows when group layers are saved in QGIS Desktop: their edits are sent at once, after a question, or later.

`Watcher` notices and decides, `Sender` sends in the background. Both speak through a window: `Messages` of
`provider/menu.py`, with its `ask`, `asking`, `withdraw`, `tell` and `open`.
"""

import logging
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsProcessing,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProviderRegistry,
    QgsSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QObject, QTimer

from ...i18n import N_, _, ngettext
from ...store.errors import NotAStore, StoreError, StoreMissing
from .. import connections, errors, hints
from ..project.layers import same
from .group_choice import ROW

log = logging.getLogger("geocollab.saving")

ALWAYS, ASK, LATER = "always", "ask", "later"
MODES = (
    (ALWAYS, N_("Always send at once")),
    (ASK, N_("Ask")),
    (LATER, N_("Send later, with “Send the pending edits”")),
)
"""What can be wanted when a group layer is saved."""
SEND, LOOK = "send", "look"
"""With LATER, the answers to the question."""

PUSH, SHOW, RESOLVE, SAVE_CONNECTION = "pushedits", "pendingedits", "resolveconflicts", "saveconnection"
LAYERS_NAMED, TITLE_SHOWN = 3, 50
_FAILED = ("FAULT_COUNT", "REFUSED_COUNT", "UNSURE_COUNT", "LEFT_COUNT")
"""Outputs of PUSH: what did not go through, but for the conflicts."""
PATIENCE = 2.0
"""Seconds to wait for another program that is writing: the window waits too."""

_SETTING = "geocollab/send_on_save"


def mode():
    """What the user wants when a group layer is saved."""
    chosen = QgsSettings().value(_SETTING, ASK, str)
    return chosen if chosen in dict(MODES) else ASK


def set_mode(chosen):
    """One of `MODES`, from now on."""
    QgsSettings().setValue(_SETTING, chosen)


class Waiting(NamedTuple):
    """The pending edits of one group layer: `store` is a file, `table` its table there, `code` is `database:table`."""

    store: str
    table: str
    service: str
    code: str
    title: str
    counts: Any

    @property
    def sendable(self):
        """How many can be sent: those that clash with the server must be resolved first."""
        return self.counts.inserts + self.counts.updates + self.counts.deletes - self.counts.conflicts


def has_rows(layer):
    """Whether its features are rows of group layers: the cheapest sign, which tables of their edits have too."""
    return isinstance(layer, QgsVectorLayer) and layer.fields().indexFromName(ROW) >= 0


def place(layer):
    """(file, table) of a layer that may be a group layer, None for any other."""
    if not has_rows(layer):
        return None
    source = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    file, table = source.get("path"), source.get("layerName")
    return (same(file), table) if file and table else None


def store_of(layer):
    """The store that a group layer is in; "" for any other layer, and where it cannot be read."""
    from ...store.store import existing

    file, table = place(layer) or ("", "")
    with suppress(StoreError):
        if file and _is_store(file):
            with existing(file, wait=PATIENCE) as store:
                return file if store.layers.of_table(table) else ""
    return ""


def waiting(places):
    """The pending edits of these (file, table), of group layers that have some. Raises StoreError."""
    found = []
    for file in sorted({file for file, _table in places}):
        found += _pending(file, {table for other, table in places if other == file})
    return found


def _pending(file, tables):
    from ...store.store import existing
    from ...workflows.layers.described import described

    if not _is_store(file):
        return
    with existing(file, wait=PATIENCE) as store:
        for table in sorted(tables):
            layer = store.layers.of_table(table)
            counts = store.edits.counts(layer) if layer else ()
            if any(counts):
                known = described(layer)
                title = known.table.title or layer.table_name
                yield Waiting(file, table, layer.service, known.code, title, counts)


def _is_store(file):
    """Whether it is one with group layers; looked at before it is opened as a store, by which it would become one."""
    from ...store.database import Database

    try:
        with Database(file, create=False, wait=PATIENCE) as opened:
            return "geocollab_layer" in opened.tables()
    except (NotAStore, StoreMissing):  # rows that were exported to a file of another kind, or into an archive
        return False


def in_words(edits):
    """`2 new, 3 changed, 1 deleted in “Pharmacies”`, of several layers."""
    parts = [
        _("{numbers} in “{layer}”").format(numbers=_numbers(edit.counts), layer=_shortened(edit.title))
        for edit in edits[:LAYERS_NAMED]
    ]
    more = edits[LAYERS_NAMED:]
    if more:
        parts.append(ngettext("{n} more layer", "{n} more layers", len(more)))
    return _("; ").join(parts)


def _shortened(title):
    return title if len(title) <= TITLE_SHOWN else f"{title[: TITLE_SHOWN - 1]}…"


def _numbers(counts):
    parts = (
        (counts.inserts, ngettext("{n} new", "{n} new", counts.inserts)),
        (counts.updates, ngettext("{n} changed", "{n} changed", counts.updates)),
        (counts.deletes, ngettext("{n} deleted", "{n} deleted", counts.deletes)),
    )
    return ", ".join(text for number, text in parts if number)


def clashes(edits):
    """A sentence about those that clash with the server, "" if none does."""
    number = sum(edit.counts.conflicts for edit in edits)
    if not number:
        return ""
    return ngettext(
        "{n} edit clashes with a change on the server: resolve it first.",
        "{n} edits clash with changes on the server: resolve them first.",
        number,
    )


def about(edits):
    """Those of one store as parameters of the operations: LAYERS by the names that their dialogs show, and STORE."""
    shown, store = {label.rpartition(" — ")[2]: label for label in hints.group_layers()}, edits[0].store
    return {"LAYERS": [shown.get(edit.code, edit.code) for edit in edits if edit.store == store], "STORE": store}


class Watcher:
    """Listens to the saving of the group layers of a project, those that are there and those that come.

    Layers saved together are one question. `stop` leaves no connection.
    """

    def __init__(self, project, window):
        self._project = project
        self._window = window
        self._sender = Sender(project, window, self._look)
        self._listening = {}
        self._saved, self._asked = set(), set()
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        project.layersAdded.connect(self._listen)
        project.layersWillBeRemoved.connect(self._forget)
        self._listen(project.mapLayers().values())

    def stop(self):
        self._project.layersAdded.disconnect(self._listen)
        self._project.layersWillBeRemoved.disconnect(self._forget)
        self._forget(list(self._listening))
        self._timer.stop()
        self._timer.timeout.disconnect(self._look)
        self._sender.stop()

    def _listen(self, layers):
        for layer in layers:
            # whether it is a group layer is looked at when it is saved: its source may change until then
            if isinstance(layer, QgsVectorLayer):
                self._forget([layer.id()])
                self._listening[layer.id()] = layer.afterCommitChanges.connect(partial(self._note, layer.id()))

    def _forget(self, ids):
        for id in ids:
            connection = self._listening.pop(id, None)
            if connection is not None:
                QObject.disconnect(connection)

    def _note(self, id):
        found = place(self._project.mapLayer(id)) if mode() != LATER else None
        if found:
            self._saved.add(found)
            self._timer.start(0)

    def _look(self):
        """Ask about what was saved, or send it. While something is being sent it waits: that is pending until then."""
        if self._sender.busy or not self._saved:
            return
        places, self._saved = self._saved | (self._asked if self._window.asking else set()), set()
        with _said(self._window):
            self._follow(waiting(places), places)

    def _follow(self, edits, places):
        self._window.withdraw()
        if not any(edit.sendable for edit in edits):
            if edits:
                self._window.tell(Qgis.MessageLevel.Warning, clashes(edits), _resolving(self._window, edits))
        elif mode() == ALWAYS:
            self._sender.send(edits)
        else:
            self._asked = places
            question = _("Send to the server now: {what}?").format(what=in_words(edits))
            self._window.ask(f"{question} {clashes(edits)}".strip(), partial(self._answered, edits))

    def _answered(self, edits, answer, always):
        if answer == LOOK:
            self._window.open(SHOW, about(edits))
            return
        self._window.withdraw()
        if always:
            set_mode(ALWAYS if answer == SEND else LATER)
        if answer == SEND:
            self._sender.send(edits)


class Sender:
    """Sends pending edits by the operation “Send the pending edits”, in the background, one run at a time.

    `idle` is called when all is done.
    """

    def __init__(self, project, window, idle):
        self._project = project
        self._window = window
        self._idle = idle
        self._queue = {}
        self._run = None

    @property
    def busy(self):
        return self._run is not None

    def stop(self):
        """What is under way stops as after a cancel: the next run finds out what had arrived."""
        self._queue.clear()
        run, self._run = self._run, None
        if run is not None:
            run.task.cancel()

    def send(self, edits):
        """Send them as soon as nothing else is being sent; says why if nobody knows with which account."""
        for service in dict.fromkeys(edit.service for edit in edits):
            of_service = [edit for edit in edits if edit.service == service]
            names = connections.of_service(service)
            if not names:
                sentence = _("No saved connection leads to {service}: save one, then send the edits.")
                button = _("Save a connection"), partial(self._window.open, SAVE_CONNECTION, {})
                self._window.tell(Qgis.MessageLevel.Warning, sentence.format(service=service), button)
            elif len(names) > 1 and names[0] != connections.default():
                sentence = _("Several connections lead to {service}: choose with which one to send.")
                button = _("Choose"), partial(self._window.open, PUSH, about(of_service))
                self._window.tell(Qgis.MessageLevel.Warning, sentence.format(service=service), button)
            else:
                for edit in of_service:
                    self._queue.setdefault((names[0], edit.store), {})[edit.code] = edit
        self._next()

    def _next(self):
        if self.busy or not self._queue:
            return
        connection, store = next(iter(self._queue))
        edits = list(self._queue.pop((connection, store)).values())
        parameters = {"CONNECTION": connection, "LAYERS": [edit.code for edit in edits], "STORE": store}
        self._run = run = _Run(self._project, parameters, edits)
        # the task needs what the run holds until it ends, after `stop` too
        run.task.executed.connect(partial(self._ended, run))
        QgsApplication.taskManager().addTask(run.task)

    def _ended(self, run, good, results):
        if run is not self._run:
            return
        self._run = None
        with _said(self._window):
            self._say(run, good, results)
        self._next()
        if not self.busy:
            self._idle()

    def _say(self, run, good, results):
        left = []
        with suppress(StoreError):
            left = waiting({(edit.store, edit.table) for edit in run.edits})
        clashing = [edit for edit in left if edit.counts.conflicts]
        failed = sum(results.get(name, 0) for name in _FAILED)
        sent = results.get("SENT_COUNT", 0)
        if good:
            said = [ngettext("{n} edit sent.", "{n} edits sent.", sent)] if sent or not (failed or clashing) else []
            said += [ngettext("{n} did not go through.", "{n} did not go through.", failed)] if failed else []
            said += [clashes(left)]
        else:
            said = [run.feedback.sentence()]
        buttons = [_resolving(self._window, clashing)] if clashing else []
        if failed or not good:
            parameters = {**run.parameters, **about(run.edits), "FAULTS": QgsProcessing.TEMPORARY_OUTPUT}
            buttons.append((_("Details"), partial(self._window.open, PUSH, parameters)))
        level = Qgis.MessageLevel
        worst = level.Critical if not good else level.Warning if buttons else level.Success
        self._window.tell(worst, " ".join(filter(None, said)), *buttons)


class _Run:
    """One run of the operation, and what must live as long as it."""

    def __init__(self, project, parameters, edits):
        self.edits = edits
        self.parameters = parameters
        self.feedback = _Feedback()
        self._context = QgsProcessingContext()
        self._context.setProject(project)
        self._algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"geocollab:{PUSH}")
        self.task = QgsProcessingAlgRunnerTask(self._algorithm, parameters, self._context, self.feedback)


class _Feedback(QgsProcessingFeedback):
    """Keeps the errors that a run reports."""

    def __init__(self):
        super().__init__(False)
        self.errors = []

    def reportError(self, error, fatalError=False):
        self.errors.append(error)

    def sentence(self):
        """Why the run failed."""
        if not self.errors:
            return _("Sending stopped before the end.")
        if self.errors[-1].startswith("Traceback"):
            return _("A fault of the program: the log file says more.")
        return self.errors[-1]


def _resolving(window, edits):
    """The button that opens the dialog for the conflicts of these edits."""
    clashing = [edit for edit in edits if edit.counts.conflicts]
    return _("Resolve the conflicts"), partial(window.open, RESOLVE, about(clashing))


@contextmanager
def _said(window):
    """Errors that we know are said; a fault of the program goes on."""
    try:
        yield
    except Exception as error:
        sentence = errors.sentence(error)
        if sentence is None:
            raise
        log.error("%s: %s", type(error).__name__, sentence)
        window.tell(Qgis.MessageLevel.Warning, sentence)
