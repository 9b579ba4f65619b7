"""Statuses of a report (section 2.6) and devices it can come from (section 2.4)."""

from __future__ import annotations

LABELS = {
    "submit": "Reçu dans nos services",
    "pending0": "En demande de qualification",
    "pending": "En cours de traitement",
    "pending1": "En attente de saisie",
    "pending2": "En attente de validation",
    "valid": "Pris en compte",
    "valid0": "Déjà pris en compte",
    "reject": "Rejeté (hors spéc.)",
    "reject0": "Rejeté (hors de propos)",
    "test": "En mode test",
}
STATUSES = tuple(LABELS)
CLOSED = frozenset({"valid", "valid0", "reject", "reject0"})
CREATION = frozenset({"submit", "test"})
TREATMENT = ("pending", "pending1", "valid", "valid0", "reject", "reject0")  # what a reply may set

INPUT_DEVICES = ("UNKNOWN", "www", "SIG-GC", "SIG-AG", "SIG-QGIS", "PHONE", "SPOTIT")
