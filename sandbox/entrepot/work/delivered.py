"""The files of an upload, as checks and processings take them."""

from __future__ import annotations

from pathlib import Path


def files(folder: str) -> list[Path]:
    """All files below a folder, by path, without those that are ignored."""
    return sorted(path for path in Path(folder).rglob("*") if path.is_file() and not ignored(path.name))


def ignored(path: str) -> bool:
    """Whether checks and processings leave it alone (contract 3.4)."""
    return path.rpartition("/")[2].startswith("__")


def of_kind(folder: str, *suffixes: str) -> list[Path]:
    return [path for path in files(folder) if path.suffix.lower() in suffixes]
