"""Parameters of the operations that describe what is published: records, annexes."""

from ...i18n import _
from ...workflows.entrepot.descriptions.vocabulary import FREQUENCIES, INSPIRE_THEMES, LEVELS, TOPICS
from .. import parameters as p
from . import choices

LICENCES = ("Licence Ouverte / Open Licence 2.0", "ODbL 1.0")


def sheet(help, *, optional=True):
    """SHEET: a data sheet of cartes.gouv.fr."""
    return p.text("SHEET", _("Data sheet"), help, optional=optional)


def endpoint():
    """ENDPOINT: where a record is published."""
    return p.text(
        "ENDPOINT",
        _("Endpoint"),
        _("Technical name, name or id of the catalogue to publish in. Left empty: the open one that has room."),
        advanced=True,
    )


def facts():
    """What a record says: each may be left empty."""
    return (
        p.text("TITLE", _("Title"), _("What the data is called. Left empty: that of the layer.")),
        p.text("ABSTRACT", _("Abstract"), _("What the data is, in a few sentences."), multiline=True),
        p.text("KEYWORDS", _("Keywords"), _("Words of your own, separated by commas.")),
        p.names("THEMES", _("INSPIRE themes"), _("The themes of INSPIRE that it belongs to."), INSPIRE_THEMES),
        p.choices("TOPICS", _("Categories"), _("The categories of ISO 19115."), [(c, _(n)) for c, n in TOPICS.items()]),
        p.text("ORGANISATION", _("Organisation"), _("Who answers for the data and its record.")),
        p.text("EMAIL", _("E-mail"), _("Where that organisation is reached; everybody will see it.")),
        p.text("LICENCE", _("Licence"), _("Under which conditions the data may be used."), hints=LICENCES),
        p.choice(
            "ACCESS",
            _("Access"),
            _("Whether anybody may use the data, or only those who have a key. Left empty: not said."),
            [("open", _("Open to all")), ("restricted", _("Restricted"))],
        ),
        p.choice(
            "FREQUENCY",
            _("Update frequency"),
            _("How often the data changes; the inventory says which data is late."),
            [(code, _(name)) for code, name in FREQUENCIES.items()],
        ),
        p.moment("CREATED", _("Created"), _("The day on which the data was made."), advanced=True),
        p.moment("REVISED", _("Revised"), _("The day of the last change of the data."), advanced=True),
        p.number(
            "SCALE", _("Scale"), _("The denominator of the scale: 25000 for 1:25 000; 0: not said."), advanced=True
        ),
        p.text("LINEAGE", _("Lineage"), _("How the data came to be."), advanced=True, multiline=True),
        p.choice(
            "LEVEL",
            _("Level"),
            _("A data set, or a series of them. Left empty: a data set."),
            [(code, _(name)) for code, name in zip(LEVELS, (_("Data set"), _("Series")))],
            advanced=True,
        ),
    )


def said(call, of_layer=None):
    """The facts that the parameters say, over those of a layer."""
    from dataclasses import replace

    from ...workflows.entrepot.descriptions.record_facts import Contact, Facts, unique

    texts = {name: call.text(name.upper()) for name in ("title", "abstract", "licence", "lineage", "identifier")}
    days = {"creation": call.moment("CREATED"), "revision": call.moment("REVISED")}
    told = {
        **texts,
        **{name: moment.date().isoformat() for name, moment in days.items() if moment},
        "themes": tuple(call.choices("THEMES")),
        "topics": tuple(call.choices("TOPICS")),
        "keywords": unique(word.strip() for word in call.text("KEYWORDS").split(",")),
        "frequency": call.choice("FREQUENCY"),
        "level": call.choice("LEVEL"),
        "scale": call.number("SCALE") or None,
        "open": {"open": True, "restricted": False}.get(call.choice("ACCESS")),
    }
    name, email = call.text("ORGANISATION"), call.text("EMAIL")
    if name or email:
        told["contact"] = Contact(name, email)
        told["producers"] = (Contact(name, email),)
    return replace(of_layer or Facts(), **{key: value for key, value in told.items() if value not in (None, "", ())})


def configuration(help):
    """CONFIGURATION of a service."""
    return choices.entity("CONFIGURATION", _("Configuration"), help, "configurations", optional=True)
