"""Documents to be joined to a report: checked before anything is sent (contract 2.5.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...client.espaceco.contributions import A18_LARGEST_FILE, FILE_KINDS, LARGE_FILE, MOST_FILES
from ...i18n import _, ngettext
from ..pages.writing import write_number


@dataclass(frozen=True)
class Documents:
    """What was found of the files given: those that can be sent, and sentences on what is wrong or unwise."""

    files: tuple[dict[str, Any], ...] = ()
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def check(paths: Sequence[Path], *, there: int = 0) -> Documents:
    """Kind, size, number and readability of the documents of one report that has `there` already.

    `files` are path, name, size and digest, as the letter `attach` takes them; empty if there is any fault.
    """
    files, warnings = [], []
    faults = list(filter(None, [too_many(len(paths) + there)]))
    for path in paths:
        fault = _fault(path)
        if fault:
            faults.append(fault)
            continue
        content = path.read_bytes()
        if len(content) > LARGE_FILE:
            warnings.append(
                _("{path} has {size} MB; the service announces a limit of 5 MB and may refuse it.").format(
                    path=path, size=write_number(len(content) / 1e6)
                )
            )
        digest = hashlib.sha256(content).hexdigest()
        files.append({"path": str(path.resolve()), "name": path.name, "size": len(content), "digest": digest})
    return Documents(() if faults else tuple(files), tuple(faults), tuple(warnings))


def too_many(count: int) -> str:
    """Why a report cannot have so many documents, "" if it can."""
    if count <= MOST_FILES:
        return ""
    return ngettext(
        "A report takes at most {most} documents; this would be {n}.",
        "A report takes at most {most} documents; these would be {n}.",
        count,
        most=MOST_FILES,
    )


def _fault(path: Path) -> str:
    """Why this file cannot be sent, "" if it can."""
    if path.suffix.lower().lstrip(".") not in FILE_KINDS:
        return _("{path}: documents of this kind are not accepted. Accepted: {kinds}.").format(
            path=path, kinds=", ".join(FILE_KINDS)
        )
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return _("{path} cannot be read: {why}.").format(path=path, why=error.strerror or error)
    if not size:
        return _("{path} is empty.").format(path=path)
    if size > A18_LARGEST_FILE:
        return _("{path} has {size} MB; the service takes at most {most} MB.").format(
            path=path, size=write_number(size / 1e6), most=A18_LARGEST_FILE // 1_000_000
        )
    return ""
