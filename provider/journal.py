"""The log file that can be sent to a support: what was asked, when, how long it took; no secret, no content."""

import logging
import platform
from logging.handlers import RotatingFileHandler
from pathlib import Path

from qgis.core import Qgis, QgsApplication

from ..client.errors import shortened

_logger = logging.getLogger("geocollab")


def path():
    """Where the log is."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "geocollab" / "geocollab.log"


def start():
    """Write the log from now on: half a megabyte, and two older ones."""
    stop()
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path(), maxBytes=500_000, backupCount=2, encoding="utf-8", delay=True)
    except OSError:
        return  # a profile that cannot be written must not keep the operations from working
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


class _OneLine(logging.Formatter):
    """One line per entry, without anything that looks like credentials: what a server says may hold both."""

    def format(self, record):
        text = super().format(record)
        if record.exc_info:
            return text
        head, _space, rest = text.partition(" ")
        return f"{head} {shortened(rest)}"
