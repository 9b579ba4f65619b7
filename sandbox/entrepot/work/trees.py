"""Folders of tiles: laid over each other, put in each other's place, counted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def overlay(above: Path, below: Path) -> None:
    """Everything of one folder into another, over what has the same name; nothing if there is no such folder."""
    if above.is_dir():
        shutil.copytree(above, below, dirs_exist_ok=True, copy_function=_linked)


def _linked(source: str, target: str) -> None:
    """Files that never change may have several names."""
    Path(target).unlink(missing_ok=True)
    os.link(source, target)


def swap(made: Path, target: Path) -> None:
    """Put what is finished in its place."""
    shutil.rmtree(target, ignore_errors=True)
    made.replace(target)


def count(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
