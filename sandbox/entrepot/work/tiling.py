"""Tiles of a grid: which ones meet a box, which box each covers."""

from __future__ import annotations

import math
from typing import NamedTuple

from ..nomenclatures import GRIDS, Grid
from .log import WorkError

SIDE = 256  # pixels
MOST = 20_000
"""A pyramid with more tiles is none for a sandbox."""


class Range(NamedTuple):
    """First and last column and row."""

    left: int
    right: int
    top: int
    bottom: int

    def number(self) -> int:
        return (self.right - self.left + 1) * (self.bottom - self.top + 1)


def grid(name: str) -> Grid:
    if name not in GRIDS:
        raise WorkError(f"Pyramide de tuiles inconnue : {name}")
    return GRIDS[name]


def tiles(grid: Grid, level: str, box: tuple[float, float, float, float]) -> Range:
    """The tiles that meet a box (x1, y1, x2, y2)."""
    side, most = grid.resolutions[level] * SIDE, 2 ** int(level) - 1
    x1, y1, x2, y2 = box
    (x0, y0), little = grid.origin, side * 1e-9
    left, top = math.floor((x1 - x0 + little) / side), math.floor((y0 - y2 + little) / side)
    right, bottom = math.ceil((x2 - x0 - little) / side) - 1, math.ceil((y0 - y1 - little) / side) - 1
    left, top = min(max(left, 0), most), min(max(top, 0), most)
    return Range(left, min(max(right, left), most), top, min(max(bottom, top), most))


def box(grid: Grid, level: str, found: Range) -> tuple[float, float, float, float]:
    """x1, y1, x2, y2 of these tiles together."""
    side, (x0, y0) = grid.resolutions[level] * SIDE, grid.origin
    return x0 + found.left * side, y0 - (found.bottom + 1) * side, x0 + (found.right + 1) * side, y0 - found.top * side


def between(grid: Grid, top: str, bottom: str) -> list[str]:
    """The levels from the least to the most detailed. Raises WorkError."""
    names = list(grid.resolutions)
    for level in (top, bottom):
        if level not in names:
            raise WorkError(f"Niveau absent de {grid.name} : {level}")
    if names.index(top) > names.index(bottom):
        raise WorkError(f"Le niveau {top} est plus détaillé que {bottom}")
    return names[names.index(top) : names.index(bottom) + 1]
