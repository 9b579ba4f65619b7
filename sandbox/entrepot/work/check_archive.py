"""Check: no two files of an archive have the same base name, since they are stored flat (contract 3.4)."""

from __future__ import annotations

from collections import Counter

from . import delivered
from .log import Log


def run(log: Log, folder: str) -> dict:
    names = Counter(path.name for path in delivered.files(f"{folder}/data"))
    for name, count in sorted(names.items()):
        if count > 1:
            log.error(f"{count} fichiers de même nom : {name}")
    log.info(f"{len(names)} noms")
    return {}
