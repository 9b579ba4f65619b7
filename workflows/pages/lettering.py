"""Words in a drawing: where they stand, and how wide they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A text of a drawing; `full` is what it says when it had to be cut."""

    x: float
    y: float
    text: str
    css: str = ""
    anchor: str = "start"
    full: str = ""


def text_width(text: str, size: float = 13.5) -> float:
    """About the width in pixels of a text in a usual sans-serif; a little too wide rather than too narrow."""
    return sum(_advance(character) for character in text) * size


def _advance(character: str) -> float:
    if character in "iljtfrI.,:;'|!()[] -\u202f\u00a0\u2019":
        return 0.36
    if character in "mwMW@%\u2026—":
        return 0.94
    if ord(character) >= 0x1100:
        return 1.05
    return 0.72 if character.isupper() else 0.585


def fit(text: str, room: float, size: float = 13.5) -> str:
    """The text, or as much of its beginning as there is room for, with an ellipsis."""
    if text_width(text, size) <= room:
        return text
    left = room - text_width("…", size)
    kept = 0
    for character in text:
        left -= _advance(character) * size
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"
