"""The base of every operation, and `Call`, one execution of it.

An operation is a file that reads top to bottom: identity, `initAlgorithm`, `perform(call)`. Here is the rest: help,
icon, translation, the error boundary, cancelling, signals, progress. Workflows and the HTTP library are imported when
an operation runs, not when QGIS starts.
"""

import logging
import signal
import threading
from contextlib import contextmanager
from html import escape
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingOutputVectorLayer,
)
from qgis.PyQt.QtGui import QIcon

from ..i18n import N_, _
from . import errors
from .call import Call
from .checked import Checked

log = logging.getLogger("geocollab.operation")

ROOT = Path(__file__).resolve().parent.parent
ICONS = ROOT / "styles" / "icons"
DOCUMENTATION = "https://github.com/geocollab/geocollab/blob/main/docs/operations.md"


class Group:
    """A group of the toolbox: one folder of `algorithms/`."""

    def __init__(self, id, title):
        self.id = id
        self.title = title


CONNECTION = Group("connection", N_("1. Connection"))
REPORTS = Group("reports", N_("2. Reports (signalements)"))
CONTRIBUTIONS = Group("contributions", N_("3. Contribute to reports"))
LAYERS = Group("layers", N_("4. Group layers"))
PUBLICATION = Group("publication", N_("5. Publish to the Géoplateforme"))
DELIVERY = Group("delivery", N_("6. Géoplateforme: deliver and process"))
SERVICES = Group("services", N_("7. Géoplateforme: services and descriptions"))
ACCESS = Group("access", N_("8. Géoplateforme: rights and keys"))


class Operation(Checked, QgsProcessingAlgorithm):
    """One operation. `ID` is frozen for ever; texts are marked with `N_` and translated when shown.

    `HELP` is paragraphs separated by blank lines; `EXAMPLE` the parameters of an example that really runs.
    """

    ID = ""
    GROUP = None
    TITLE = ""
    SUMMARY = ""
    HELP = ""
    TAGS = ()
    EXAMPLE = {}
    NEEDS_CONNECTION = True

    # ------------------------------------------------------------------ identity

    def name(self):
        return self.ID

    def displayName(self):
        return _(self.TITLE)

    def group(self):
        return _(self.GROUP.title)

    def groupId(self):
        return self.GROUP.id

    def tags(self):
        return list(self.TAGS)

    def shortDescription(self):
        return _(self.SUMMARY)

    def shortHelpString(self):
        return help_page(_(self.SUMMARY), _(self.HELP), self.command())

    def command(self):
        """The example as a command line."""
        return command_line(self.ID, self.EXAMPLE)

    def helpUrl(self):
        return f"{DOCUMENTATION}#{self.ID}"

    def svgIconPath(self):
        return icon_path(self.ID, self.GROUP.id)

    def icon(self):
        return QIcon(self.svgIconPath())

    def createInstance(self):
        return type(self)()

    # ------------------------------------------------------------------ definitions

    def addParameters(self, *definitions):
        for definition in definitions:
            self.addParameter(definition)

    def addNumbers(self, **labels):
        for name, label in labels.items():
            self.addOutput(QgsProcessingOutputNumber(name, label))

    def addTexts(self, **labels):
        for name, label in labels.items():
            self.addOutput(QgsProcessingOutputString(name, label))

    def addFiles(self, **labels):
        for name, label in labels.items():
            self.addOutput(QgsProcessingOutputFile(name, label))

    def addLayers(self, **labels):
        for name, label in labels.items():
            self.addOutput(QgsProcessingOutputVectorLayer(name, label))

    # ------------------------------------------------------------------ running

    def needs_connection(self, call):
        """Whether this run speaks to a server; overridden where that depends on the parameters."""
        return self.NEEDS_CONNECTION

    def prepareAlgorithm(self, parameters, context, feedback):
        self._call = Call(self, parameters, context, feedback)
        self._refusal = None
        try:
            with self._boundary():
                self._call.prepare()
                self.take_in(self._call)
        except QgsProcessingException as refusal:
            # raised here, QGIS would say “There were errors executing the algorithm” instead of the sentence
            self._refusal = refusal
        return True

    def processAlgorithm(self, parameters, context, feedback):
        call, self._call = self._call, None
        if self._refusal is not None:
            raise self._refusal
        with self._boundary(), _signals(feedback):
            log.info("%s begins", self.ID)
            with call.begin(context, feedback):
                call.watch.check()
                results = self.perform(call)
            if feedback.isCanceled():  # never a success, and never a false “nothing has changed”
                raise QgsProcessingException(_("Stopped at the very end: what was asked for was already done."))
            log.info("%s is done", self.ID)
        self._done = call
        # what could not be measured is no output, rather than one without a value
        return {name: value for name, value in results.items() if value is not None}

    def postProcessAlgorithm(self, context, feedback):
        # let go of the call and so of the layers in its context: QGIS must not find them when it ends
        call, self._done = self._done, None
        with self._boundary():
            call.finish(context)
        return {}

    def take_in(self, call):
        """What only the main thread may do, before the work: overridden where layers of the project are read."""

    def perform(self, call):
        """What the operation does; gives its outputs."""
        raise NotImplementedError

    @contextmanager
    def _boundary(self):
        """Errors that we know leave as a sentence; a fault of the program leaves as it is, with its traceback."""
        try:
            yield
        except QgsProcessingException:
            raise
        except Exception as error:
            sentence = errors.sentence(error)
            if sentence is None and isinstance(error, OSError):
                sentence = errors.file_sentence(error)
            if sentence is None:
                log.exception("%s: a fault of the program", self.ID)
                raise
            log.error("%s fails: %s: %s", self.ID, type(error).__name__, sentence)
            raise QgsProcessingException(sentence) from error


def icon_path(id, group):
    """The picture of an algorithm, else of its group, else ours."""
    paths = [ICONS / f"{name}.svg" for name in (id, f"group-{group}", "geocollab")]
    return next((str(path) for path in paths if path.is_file()), "")


def help_page(summary, help, command):
    """What the dialog shows beside the parameters: paragraphs, and the example as a command line."""
    paragraphs = [summary, *(help.split("\n\n") if help else ())]
    text = "".join(f"<p>{escape(' '.join(paragraph.split()))}</p>" for paragraph in paragraphs)
    example = escape(command).replace("\n", "<br>").replace("  ", "&nbsp;&nbsp;")
    heading = escape(_("Example"))
    return f"{text}<p><b>{heading}</b></p><p><code>{example}</code></p>"


def command_line(id, example):
    """The call of an algorithm by `qgis_process`."""
    words = [f"--{name}={_shell(value)}" for name, value in example.items()]
    return " \\\n  ".join([f"qgis_process run geocollab:{id}", *words])


def _shell(value):
    text = str(value)
    return (
        text if text and all(c.isalnum() or c in "-_./:,@%" for c in text) else "'" + text.replace("'", "'\\''") + "'"
    )


@contextmanager
def _signals(feedback):
    """Ctrl-C and SIGTERM cancel the operation in `qgis_process`, which ignores the one and dies of the other."""
    headless = QgsApplication.platform() == "qgis_process"
    if not headless or threading.current_thread() is not threading.main_thread():
        yield
        return

    def cancel(number, frame):
        feedback.cancel()

    before = {number: signal.signal(number, cancel) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
