"""Saved connections (in the QGIS settings, without any secret) and connection files.

Their names are asked for when QGIS starts; what reads and checks them is imported when one is used.
"""

import json
from contextlib import suppress
from pathlib import Path

from qgis.core import QgsSettings

from ..i18n import _
from ..workflows.errors import InputError

_GROUP = "geocollab/connections"
_DEFAULT = "geocollab/default_connection"


def names():
    """Names of the saved connections, sorted."""
    settings = QgsSettings()
    settings.beginGroup(_GROUP)
    found = settings.childKeys()
    settings.endGroup()
    return sorted(found, key=str.casefold)


def default():
    """Name of the connection used when none is named; the only one if there is but one."""
    chosen, saved = QgsSettings().value(_DEFAULT, "", str), names()
    if chosen in saved:
        return chosen
    return saved[0] if len(saved) == 1 else ""


def of_service(root):
    """Names of the saved connections to the service whose API has this root, the default one first."""
    found, first = [], default()
    for name in names():
        with suppress(InputError):  # a damaged one leads nowhere
            if find(name).services["espaceco"] == root:
                found.append(name)
    return sorted(found, key=lambda name: name != first)


def save(connection, *, as_default=False):
    """Save under its name; an earlier one of that name is replaced."""
    if "/" in connection.name or "\\" in connection.name or not connection.name.strip():
        raise InputError(_("A connection needs a name, without / and \\."))
    from ..workflows.connection.connection import to_document

    settings = QgsSettings()
    settings.setValue(f"{_GROUP}/{connection.name}", json.dumps(to_document(connection), ensure_ascii=False))
    if as_default or not QgsSettings().value(_DEFAULT, "", str):
        settings.setValue(_DEFAULT, connection.name)
    settings.sync()


def delete(name):
    """Forget a saved connection; InputError if there is none of that name."""
    if name not in names():
        raise InputError(_unknown(name))
    settings = QgsSettings()
    settings.remove(f"{_GROUP}/{name}")
    if settings.value(_DEFAULT, "", str) == name:
        settings.remove(_DEFAULT)
    settings.sync()


def find(text):
    """The connection that a text means: a saved name, or the path of a file; "" means the default one."""
    text = (text or "").strip() or default()
    if not text:
        raise InputError(
            _(
                "No connection was named and none is saved. Run “Save a connection” once, or give the path of a "
                "connection file (JSON)."
            )
        )
    from ..workflows.connection.connection import connection_from, read_connection

    if text in names():
        try:
            document = json.loads(QgsSettings().value(f"{_GROUP}/{text}", "", str))
        except ValueError:
            raise InputError(
                _("The saved connection “{name}” is damaged: save it again, or delete it.").format(name=text)
            ) from None
        return connection_from(document, name=text, folder=None)
    path = Path(text).expanduser()
    if path.exists() or path.suffix.lower() == ".json" or len(path.parts) > 1:
        return read_connection(path)
    raise InputError(_unknown(text))


def _unknown(name):
    saved = names()
    known = (
        _("Saved connections: {names}.").format(names=", ".join(saved)) if saved else _("No connection is saved yet.")
    )
    return _("There is no connection “{name}”, and no file of that name. {known}").format(name=name, known=known)
