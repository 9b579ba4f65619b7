"""The statuses of a report: codes, the server's own labels, order and meaning (contract 2.6, manual table 3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """One status; `family` is `to_treat`, `in_progress`, `treated`, `rejected`, `test` or `unknown`."""

    code: str
    label: str
    order: int
    open: bool
    family: str


STATUSES: tuple[Status, ...] = (
    Status("submit", "Reçu dans nos services", 1, True, "to_treat"),
    Status("pending0", "En demande de qualification", 2, True, "in_progress"),
    Status("pending", "En cours de traitement", 3, True, "in_progress"),
    Status("pending1", "En attente de saisie", 4, True, "in_progress"),
    Status("pending2", "En attente de validation", 5, True, "in_progress"),
    Status("valid", "Pris en compte", 6, False, "treated"),
    Status("valid0", "Déjà pris en compte", 7, False, "treated"),
    Status("reject", "Rejeté (hors spéc.)", 8, False, "rejected"),
    Status("reject0", "Rejeté (hors de propos)", 9, False, "rejected"),
    Status("test", "En mode test", 10, False, "test"),
)
TREATMENT_STATUSES = ("pending", "pending1", "valid", "valid0", "reject", "reject0")
"""What a reply may set."""
BY_CODE: dict[str, Status] = {status.code: status for status in STATUSES}


def status(code: str) -> Status:
    """The status of this code; a code we do not know is kept under its own name, and counts as open."""
    return BY_CODE.get(code) or Status(code, code, 99, True, "unknown")
