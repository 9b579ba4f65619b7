"""Check: a delivered ROK4 pyramid has its descriptor, and the slabs that this tells of (contract 3.5)."""

from __future__ import annotations

import json
from pathlib import Path

from . import delivered
from .log import Log


def run(log: Log, folder: str) -> dict:
    data = Path(folder) / "data"
    descriptors = delivered.of_kind(str(data), ".json")
    if len(descriptors) != 1:
        log.error(f"Un descripteur .json attendu, {len(descriptors)} livrés")
        return {}
    try:
        described = json.loads(descriptors[0].read_text(encoding="utf-8"))
        levels = [str(level["id"]) for level in described["levels"]]
    except (ValueError, KeyError, TypeError) as error:
        log.error(f"{descriptors[0].name} : descripteur illisible : {error!r}")
        return {}
    for member in ("tile_matrix_set", "format"):
        if member not in described:
            log.error(f"{descriptors[0].name} : {member} manque")
    there = {part for path in delivered.files(str(data)) for part in path.relative_to(data).parts[:-1]}
    for level in levels:
        if level not in there:
            log.error(f"Niveau {level} : aucune dalle")
    log.info(f"{len(levels)} niveaux")
    return {}
