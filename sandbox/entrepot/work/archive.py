"""Processing: the files of archives, copied flat; a file of the same name is overwritten (contract 3.6)."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import delivered
from .log import Log


def run(log: Log, target: str, folders: list[str], extent: dict | None, srs: str) -> dict:
    into = Path(target) / "files"
    into.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        for path in delivered.files(f"{folder}/data"):
            part = into / f"__{path.name}"
            shutil.copyfile(path, part)
            part.replace(into / path.name)
            log.info(f"{path.name} : {path.stat().st_size} octets")
    kept = list(into.iterdir())
    size = sum(path.stat().st_size for path in kept)
    return {"type_infos": {"files_number": len(kept)}, "size": size, "extent": extent, "srs": srs}
