"""Check: the MD5 sums of the delivered files are those of the delivered sums (contract 3.4, 3.5)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from . import delivered
from .log import Log

_LINE = re.compile(r"([0-9a-fA-F]{32})  (.+)")
_BLOCK = 1 << 20


def run(log: Log, folder: str) -> dict:
    wanted = _sums(log, Path(folder) / "md5")
    data = Path(folder) / "data"
    present = {path.relative_to(data).as_posix(): path for path in delivered.files(str(data))}
    if not present:
        log.error("La livraison ne contient aucun fichier")
    for name in sorted(set(wanted) - set(present)):
        log.error(f"Fichier absent de la livraison : {name}")
    for name in sorted(set(present) - set(wanted)):
        log.warning(f"Fichier sans somme MD5 : {name}")
    for name in sorted(set(present) & set(wanted)):
        found = _sum_of(present[name])
        if found != wanted[name]:
            log.error(f"Somme MD5 incorrecte pour {name} : {found} au lieu de {wanted[name]}")
    log.info(f"{len(present)} fichiers, {len(wanted)} sommes")
    return {}


def _sums(log: Log, folder: Path) -> dict[str, str]:
    """The sums by path, from all files of sums."""
    sums: dict[str, str] = {}
    for file in delivered.files(str(folder)):
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            log.error(f"{file.name} : UTF-8 attendu")
            continue
        for number, text in enumerate(lines, 1):
            found = _LINE.fullmatch(text)
            if found is None:
                log.error(f"{file.name}, ligne {number} : somme, deux espaces et chemin attendus")
            elif delivered.ignored(found[2]):
                continue
            elif sums.setdefault(found[2], found[1].lower()) != found[1].lower():
                log.error(f"{file.name}, ligne {number} : deux sommes pour {found[2]}")
    return sums


def _sum_of(file: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
