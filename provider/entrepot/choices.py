"""Parameters that the operations of the Géoplateforme share."""

from ...i18n import _
from .. import hints
from ..parameters import file, text


def datastore():
    """DATASTORE: by name, technical name or id."""
    return text(
        "DATASTORE",
        _("Datastore (entrepôt)"),
        _(
            "Name, technical name or id of the datastore to work in. Left empty: the one of the connection, else the "
            "only one that your account has."
        ),
        hints=hints.entries("datastores"),
    )


def ledger():
    """STORE: where it is written down how far a publication came (`Call.ledger_store`)."""
    return file(
        "STORE",
        _("Store"),
        _(
            "SpatiaLite file where it is written down how far the work came, so that the operation run again goes on "
            "from there. Left empty: one in your QGIS profile, for all projects."
        ),
        advanced=True,
    )


def attribution():
    """ATTRIBUTION, ATTRIBUTION_URL: who is named under a map."""
    return (
        text(
            "ATTRIBUTION",
            _("Attribution"),
            _("Who is named under the map, such as “© Ville de Montreuil”. Some endpoints insist on it."),
            advanced=True,
        ),
        text("ATTRIBUTION_URL", _("Attribution: link"), _("Where the attribution leads to."), advanced=True),
    )


def entity(name, label, help, kind, *, optional=False):
    """The id of something in the datastore; the combo box offers those seen last, as “name — id”."""
    return text(name, label, help, optional=optional, hints=hints.entries(kind))


def id_of(given):
    """The id in what the combo box says (name — id), or what was given if it is an id itself."""
    return given.rpartition("—")[2].strip()
