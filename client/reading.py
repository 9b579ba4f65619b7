"""Reading leniently what the server sends: every form that a value was seen to take comes out as one.

Functions take JSON values as they came, never raise on odd ones, and give `""`, `[]`, `{}` or None for nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Optional

from .json_text import read_json

_FLAGS = {
    **dict.fromkeys(("true", "t", "1", "yes", "oui"), True),
    **dict.fromkeys(("false", "f", "0", "no", "non", ""), False),
}
_FRACTION = re.compile(r"(?<=:\d\d)\.([0-9]+)")


def text(value: Any) -> str:
    """A string; NUL characters, which no database takes, are left out."""
    if type(value) is str:
        return value.replace("\0", "") if "\0" in value else value
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value).replace("\0", "")


def optional_text(value: Any) -> Optional[str]:
    """As `text`, None for nothing."""
    return None if value is None else text(value) or None


def integer(value: Any) -> Optional[int]:
    """A whole number within 64 bits, given as number or text."""
    if type(value) is int and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, bool) or value is None or (isinstance(value, float) and not value.is_integer()):
        return None
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if -(2**63) <= number < 2**63 else None


def number_of(value: Any) -> Optional[int]:
    """The number of something that is told of by its number or as an object."""
    return integer(value.get("id") if isinstance(value, dict) else value)


def mapping(value: Any) -> dict[str, Any]:
    """An object; PHP gives an empty one as `[]` (contract 1.4), and some are given as JSON text (A11)."""
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError:
            return {}
    if isinstance(value, dict):
        return value
    if isinstance(value, list):  # a list of {name, value}
        return {str(v["name"]): v.get("value") for v in value if isinstance(v, dict) and "name" in v}
    return {}


def objects(value: Any) -> list[dict[str, Any]]:
    """A list of objects; a single object, or JSON text of either, counts too (A11, A20)."""
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError:
            return []
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return []


def names(value: Any) -> list[str]:
    """Names, given as names or as objects with a `name` (A20: grids and emprises come in both forms)."""
    if not isinstance(value, list):
        return []
    found = [text(item.get("name")) if isinstance(item, dict) else text(item) for item in value]
    return [name for name in found if name]


def person(value: Any) -> tuple[Optional[int], Optional[str]]:
    """Id and user name of an author or validator: an object, sometimes only the id, or null."""
    if isinstance(value, dict):
        return integer(value.get("id")), optional_text(value.get("username"))
    return integer(value), None


def place(value: Any) -> tuple[Optional[str], Optional[str]]:
    """Code and title of a commune, department or territory."""
    if isinstance(value, dict):
        return optional_text(value.get("name")), optional_text(value.get("title"))
    return optional_text(value), None


def instant(value: Any) -> Optional[datetime]:
    """A date with its offset, however many digits its seconds have; None for anything else."""
    if not isinstance(value, str):
        return None
    # Python before 3.11 takes three digits or six
    stripped = _FRACTION.sub(lambda found: f".{found[1]:0<6.6}", value.strip())
    if stripped.endswith(("Z", "z")):
        stripped = stripped[:-1] + "+00:00"
    try:
        return datetime.fromisoformat(stripped)
    except ValueError:
        return None


def theme_values(value: Any) -> Iterator[tuple[Optional[int], str, dict[str, Any]]]:
    """Community, theme and values of each entry of a report's `attributes` (A11)."""
    for entry in objects(value):
        theme = text(entry.get("theme"))
        if theme:
            yield integer(entry.get("community")), theme, mapping(entry.get("attributes"))


def flag(value: Any, default: bool = False) -> bool:
    """A yes or no: JSON's own, 0 and 1, or their texts; `default` for what is neither."""
    if isinstance(value, (bool, int, float)):
        return bool(value)
    return _FLAGS.get(value.strip().lower(), default) if isinstance(value, str) else default


def decimal(value: Any) -> Optional[float]:
    """A finite number, given as number or text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
