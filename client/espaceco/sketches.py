"""The sketch of a report: a JSON document stored as text (contract 2.6b). Reading; the WKT is trusted, not the type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Optional

from .. import reading
from ..json_text import read_json

_COLOUR = re.compile(r"#?([0-9A-Fa-f]{6})")


class MalformedSketch(ValueError):
    """The sketch cannot be read; the text says why."""


@dataclass(frozen=True)
class SketchObject:
    """One object of a sketch: its WKT (WGS84, lon lat), and what goes with it."""

    type: str
    wkt: str
    name: str
    attributes: dict[str, Any]
    style: dict[str, Any]


@dataclass(frozen=True)
class Sketch:
    """A sketch; `faults` are objects that could not be read, one sentence each."""

    name: str
    objects: tuple[SketchObject, ...]
    faults: tuple[str, ...]


def read_sketch(value: Any) -> Optional[Sketch]:
    """The sketch of a report's `sketch` member (A12: text, or an object); None if there is none.

    Raises MalformedSketch.
    """
    if value is None or value == "" or value == []:
        return None
    document = value
    if isinstance(value, str):
        try:
            document = read_json(value)
        except ValueError as error:
            raise MalformedSketch(str(error)) from None
        if document is None or document == []:
            return None
    if not isinstance(document, dict) or not isinstance(document.get("objects"), list):
        raise MalformedSketch("no list of objects")
    found, faults = [], []
    for number, entry in enumerate(document["objects"], 1):
        wkt = entry.get("geometry") if isinstance(entry, dict) else None
        if not isinstance(wkt, str) or not wkt.strip():
            faults.append(f"object {number} has no geometry")
            continue
        found.append(
            SketchObject(
                type=reading.text(entry.get("type")),
                wkt=wkt,
                name=reading.text(entry.get("name")),
                attributes=reading.mapping(entry.get("attributes")),
                style=reading.mapping(entry.get("style")),
            )
        )
    return Sketch(reading.text(document.get("name")), tuple(found), tuple(faults))


def colour(value: Any) -> Optional[str]:
    """`#RRGGBB;alpha` (alpha 0 to 1) as `r,g,b,a` with a from 0 to 255; None for anything else."""
    code, _, alpha = reading.text(value).partition(";")
    rgb = _COLOUR.fullmatch(code.strip())
    try:
        share = float(alpha) if alpha.strip() else 1.0
    except ValueError:
        return None
    if not rgb or share != share:
        return None
    number, share = int(rgb.group(1), 16), min(1.0, max(0.0, share))
    return f"{number >> 16},{number >> 8 & 255},{number & 255},{round(share * 255)}"


def size(value: Any) -> Optional[float]:
    """A symbol size between 0 and 100; None for anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 < number <= 100 else None
