"""Names of files: safe ones for what a server calls a document, and which of them a pattern means."""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from pathlib import PurePath

LONGEST = 120
"""Bytes in UTF-8: file systems take 255, Windows 260 characters with the folders."""
LONGEST_SUFFIX = 16
_FORBIDDEN = re.compile(r'[<>:"|?*]')
"""On Windows; what stands before a slash or a backslash is left out before."""
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of characters that nobody sees."""


def safe_name(number: int, name: str) -> str:
    """The name under which a document is kept, `<number>-<name>`: a plain one on Linux, Windows and macOS.

    The number of the document keeps apart what is called the same, or the same but for capitals or accents, and what
    Windows takes for a device (`CON`). Folders, control characters and marks that turn the writing direction go.
    """
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(c for c in last if unicodedata.category(c) not in _INVISIBLE)
    plain = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", visible)).strip().rstrip(". ") or "document"
    path = PurePath(f"{number}-{plain}")
    suffix = path.suffix if len(path.suffix.encode()) <= LONGEST_SUFFIX else ""
    stem = path.name[: len(path.name) - len(suffix)].encode()[: LONGEST - len(suffix.encode())].decode(errors="ignore")
    return (stem + suffix).rstrip(". ")


def patterns(text: str) -> list[str]:
    """The patterns of a text such as `*.jpg; plan*`."""
    return [pattern.strip() for pattern in text.split(";") if pattern.strip()]


def matches(name: str, wanted: list[str]) -> bool:
    """Whether one of the patterns is this name, or means it; capitals do not matter."""
    folded = name.casefold()
    return any(folded == pattern.casefold() or fnmatchcase(folded, pattern.casefold()) for pattern in wanted)
