"""The lists behind the combo boxes: what the last “List the communities” saw. Read at once, never from the network."""

from pathlib import Path

from qgis.core import QgsApplication

from ..store.lists import Lists


def lists():
    """The cached lists of this user."""
    return Lists(Path(QgsApplication.qgisSettingsDirPath()) / "geocollab" / "lists.json")


def communities():
    """`name — number` of each community, by name."""
    return [f"{entry['name']} — {entry['id']}" for entry in lists().get("communities", [])]


def themes():
    """Names of all known themes."""
    return sorted({name for entry in lists().get("communities", []) for name in entry.get("themes", [])})


def last_reply():
    """What the last reply said, for the dialogs: `message`, `status`, and `labels`, the names of the statuses."""
    last = lists().get("reply", None)
    return last if isinstance(last, dict) and isinstance(last.get("labels"), dict) else {}
