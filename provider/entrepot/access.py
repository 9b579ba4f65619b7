"""Parameters that the operations of rights and keys share."""

from ...i18n import _
from .. import hints
from .. import parameters as p
from . import delivery


def authcfg_name(owner, key):
    """How the configuration of QGIS is called that holds the secret of a key of this account and host."""
    account, host = owner
    return f"Géoplateforme: {key} ({account}, {host})"


def key(help, *, optional=False):
    """KEY by name or id."""
    return p.text("KEY", _("Key"), help, optional=optional, hints=hints.entries("keys"))


def layers(help, kind):
    """LAYERS: offerings by layer name or id; the list is what was last seen of a kind."""
    return p.names("LAYERS", _("Layers"), help, hints.entries(kind))


def remember_reached(call, reached, keys):
    """For the combo boxes."""
    seen = [(f"{one.layer_name} ({one.type})", one.offering) for one in reached]
    call.refresh_lists(entrepot=hints.with_entries("reached", list(dict.fromkeys(seen))))
    call.refresh_lists(entrepot=hints.with_entries("keys", [(key.name, key.id) for key in keys]))


def remember_key(call, made):
    delivery.remember(call, "keys", made.name, made.id)
