"""The log file that can be sent to a support: what was asked, when, how long it took; no secret, no content."""

import logging
import platform
from logging.handlers import RotatingFileHandler
from pathlib import Path

from qgis.core import Qgis, QgsApplication

from ..client.errors import shortened

LARGEST_FILE = 500_000
OLDER_FILES = 2
LONGEST_ENTRY = 4000

_logger = logging.getLogger("geocollab")


def path():
    """Where the log is."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "geocollab" / "geocollab.log"


def start():
    """Write the log from now on: half a megabyte, and two older ones."""
    stop()
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        handler = _File(path(), maxBytes=LARGEST_FILE, backupCount=OLDER_FILES, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()  # a profile that cannot be written must not keep the operations from working
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    _logger.addHandler(handler)
    _logger.setLevel(logging.DEBUG)
    _logger.propagate = False
    _logger.info("QGIS %s, Python %s, %s", Qgis.QGIS_VERSION, platform.python_version(), platform.platform())


def stop():
    """Close the log."""
    for handler in list(_logger.handlers):
        _logger.removeHandler(handler)
        handler.close()
    _logger.setLevel(logging.NOTSET)
    _logger.propagate = True


class _File(RotatingFileHandler):
    def handleError(self, record):
        """An entry that cannot be written (disk full, file held by another QGIS) is lost without a word."""


class _OneLine(logging.Formatter):
    """One line per entry, even of a traceback, without what looks like credentials: a server may say both."""

    def format(self, record):
        head, _space, rest = super().format(record).partition(" ")
        return f"{head} {shortened(rest, LONGEST_ENTRY)}"
