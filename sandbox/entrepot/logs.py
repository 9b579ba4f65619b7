"""The logs of checks and executions, as far as the server itself writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .entities import Entity
from .work.log import line

if TYPE_CHECKING:
    from ..app import Sandbox


def told(sandbox: Sandbox, execution: Entity, messages: list[str], level: str = "ERROR") -> None:
    """Add lines of the platform; a message that is a whole line already stays as it is."""
    for message in messages:
        made = message if "||" in message else line(level, "entrepot", 1, message, sandbox.clock.now())
        execution["private"]["logs"].append(made)
