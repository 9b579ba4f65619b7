"""The files of an upload: where a path leads, what is there (contract 3.4)."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import bad

_MAX_PATH, _MAX_NAME = 1024, 255


def inside(folder: Path, path: str | None) -> Path:
    """Where a path leads below a folder. Raises 400 for one that is none, or would leave it."""
    parts = (path or "").split("/")
    if any(part in ("", ".", "..") or "\\" in part for part in parts) or not (path or "").isprintable():
        raise bad(f"Chemin incorrect : {path!r}")
    if len(path or "") > _MAX_PATH or any(len(part.encode("utf-8", "replace")) > _MAX_NAME for part in parts):
        raise bad("Chemin trop long")
    return folder.joinpath(*parts)


def taken(folder: Path, target: Path) -> bool:
    """Whether there is something at this place, or a file where it needs a folder."""
    above = [parent for parent in target.parents if parent != folder and folder in parent.parents]
    return target.exists() or any(parent.is_file() for parent in above)


def remove(folder: Path, target: Path) -> None:
    """Delete a file, and the folders that this empties."""
    target.unlink()
    for parent in target.parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()


def listed(folder: Path) -> list[dict]:
    """What is in a folder, as `GET …/tree` tells it: folders first, by name."""
    if not folder.is_dir():
        return []
    entries = sorted(os.scandir(folder), key=lambda entry: (entry.is_file(), entry.name))
    return [_entry(entry) for entry in entries]


def _entry(entry: os.DirEntry) -> dict:
    if entry.is_file():
        return {"type": "FILE", "name": entry.name, "size": entry.stat().st_size}
    children = listed(Path(entry.path))
    size = sum(child["size"] for child in children)
    return {"type": "DIRECTORY", "name": entry.name, "size": size, "children": children}
