"""Words of the service that several operations show."""

from __future__ import annotations

from ..i18n import N_

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
