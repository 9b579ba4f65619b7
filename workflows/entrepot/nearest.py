"""Names that were perhaps meant: what a sentence that something is not there ends with."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ...i18n import _

NEAR, SHOWN = 3, 5
"""How many names a sentence gives: of those that are near, and of any."""


def near(given: str, known: Iterable[str]) -> str:
    """A sentence, with a blank before it, on the names that are much like it; "" for none."""
    names = _nearest(given, known, NEAR, 0.6)
    return " " + _("Did you mean {names}?").format(names=", ".join(names)) if names else ""


def others(given: str, known: Iterable[str]) -> str:
    """As `near`; if no name is, some of those that there are, the most alike first."""
    names = list(filter(None, known))
    there = " " + _("There are: {names}.").format(names=a_few(given, names)) if names else ""
    return near(given, names) or there


def a_few(given: str, known: Iterable[str]) -> str:
    """Some of the names, the most alike first; “–” for none."""
    names = set(filter(None, known))
    return ", ".join(_nearest(given, names, SHOWN, 0.0)) + (", …" if len(names) > SHOWN else "") or "–"


def _nearest(given: str, known: Iterable[str], most: int, alike: float) -> list[str]:
    names = {name.casefold(): name for name in sorted(filter(None, known))}
    return [names[found] for found in get_close_matches(given.casefold().strip(), names, most, alike)]
