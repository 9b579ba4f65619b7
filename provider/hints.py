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


def entries(kind):
    """`name — id` of what was last seen of a kind of the Entrepôt: `datastores`, `uploads`, `stored_data` …"""
    return [f"{name} — {id}" for name, id in lists().get("entrepot", {}).get(kind, [])]


def with_entries(kind, entries):
    """The list `entrepot` with these (name, id) as what was last seen of a kind."""
    return {**lists().get("entrepot", {}), kind: [list(entry) for entry in entries]}


def group_layers():
    """`title — database:table` of each group layer that was listed last, in the order of the community."""
    return [layer["label"] for listed in _listed()[:1] for layer in listed["layers"]]


def known_layers(service, community):
    """The layers of a community as they were last listed there (`workflows.layers.catalogue.Known`); [] if never."""
    from ..workflows.layers.catalogue import Known

    layers = next((listed["layers"] for listed in _listed() if _of(listed) == (service, community)), [])
    return [Known(layer["label"], tuple(layer["names"]), tuple(layer["ids"])) for layer in layers]


def with_known_layers(service, community, layers):
    """The list `group_layers` with these layers of a community, which was listed last."""
    listed = {
        "service": service,
        "community": community,
        "layers": [{"label": layer.label, "names": layer.names, "ids": layer.ids} for layer in layers],
    }
    return [listed, *(other for other in _listed() if _of(other) != (service, community))]


def _listed():
    """The layers of each community that was listed, the last one first."""
    return [listed for listed in lists().get("group_layers", []) if isinstance(listed, dict)]


def _of(listed):
    return listed["service"], listed["community"]
