"""Words of the service that several operations show."""

from __future__ import annotations

from ...i18n import N_

ORIGINS = {
    "www": N_("Web site"),
    "SIG-QGIS": "QGIS",
    "SIG-GC": "GeoConcept",
    "SIG-AG": "ArcGIS",
    "PHONE": N_("Mobile application"),
    "SPOTIT": "SPOTIT",
    "UNKNOWN": N_("Not said"),
}
"""Kinds of application that a report is made with, by `input_device` (contract 2.4)."""

STATUS_MEANINGS = {
    "submit": N_("It has just been written and waits for its recipient to take it up."),
    "pending0": N_(
        "It has no theme yet, or its recipient is not the right one: a manager of the community has to direct it to "
        "whom it concerns."
    ),
    "pending": N_("Its recipient has taken it up and is working on it."),
    "pending1": N_(
        "Its recipient has accepted it, but needs more time to enter it into IGN's data: a visit on site, an inquiry…"
    ),
    "pending2": N_("It has an answer, which somebody with the right to validate still has to confirm."),
    "valid": N_("It was taken into account: the work is done and validated, nobody has to act any more."),
    "valid0": N_("It was already in IGN's own data: the matter is closed, nobody has to act any more."),
    "reject": N_(
        "It was rejected because it does not meet the specifications of IGN's products: nobody has to act any more."
    ),
    "reject0": N_("It was rejected because it is entirely off topic: nobody has to act any more."),
    "test": N_("It was sent to try the service: nobody works on it, and it takes no reply."),
}
"""What a status means and who has to act (contract 2.6, manual table 3)."""

LETTER_KINDS = {
    "create": N_("new report"),
    "change": N_("change of a report"),
    "reply": N_("reply"),
    "delete": N_("deletion of a report"),
    "attach": N_("documents"),
    "detach": N_("deletion of a document"),
}
"""What an entry of the outbox asks of the server."""

ENTRY_STATES = {
    "pending": (N_("not sent yet"), "warning"),
    "unsure": (N_("perhaps sent"), "bad"),
    "refused": (N_("refused"), "bad"),
    "sent": (N_("sent"), "good"),
    "dropped": (N_("given up"), "muted"),
}
"""The states of an entry of the outbox, with the tone of `report.Tag`."""
