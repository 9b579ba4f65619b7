"""How the Entrepôt of the sandbox behaves: how long work takes, how offerings are deleted, what fails."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import bad

DELETIONS = ("two", "one")
"""EA5: a published offering is gone after two DELETE, or after one (contract 3.13)."""


@dataclass
class Settings:
    """Seconds are real ones. A negative `…_seconds` never ends.

    `offering_fails`: how many of the next publications and synchronisations end UNSTABLE.
    `diffusion_limits`: 1 to let the services answer 429 beyond the requests in a second of contract 1.3.
    """

    check_seconds: float = 0.05
    execution_seconds: float = 0.05
    publication_seconds: float = 0.05
    offering_deletion: str = "two"
    offering_fails: int = 0
    diffusion_limits: int = 0

    def change(self, changes: dict[str, Any]) -> None:
        """Raises 400 for a name or a value that is none, and then changes nothing."""
        known = {field.name: field.default for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise bad(f"Réglage inconnu : {name}")
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            right = value in DELETIONS if name == "offering_deletion" else number
            if not right or (name.endswith("_fails") and not isinstance(value, int)):
                raise bad(f"{name} : valeur incorrecte : {value}")
        for name, value in changes.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        return asdict(self)
