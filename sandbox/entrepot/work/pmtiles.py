"""Processing: tables of a database as one file of vector tiles, PMTiles 3 (contract 3.6)."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
from collections.abc import Iterable
from pathlib import Path

from . import tiles, trees
from .log import Log, WorkError

_HEADER, _FIRST = 127, 16_384
"""Bytes of the header, and of what a reader asks for first: the directory must be in it."""
_GZIP, _MVT = 2, 1


def run(log: Log, target: str, source: str, extent: dict | None, name: str, relations: dict[str, str],
        fileout_name: str, top: str, bottom: str) -> dict:  # fmt: skip
    """`relations`: the layer of tiles for each table."""
    if extent is None:
        raise WorkError("La base n'a pas d'étendue")
    parts = [
        {"table": table, "layer": layer, "top_level": top, "bottom_level": bottom} for table, layer in relations.items()
    ]
    into = Path(target) / "files"
    into.mkdir(parents=True, exist_ok=True)
    folder = Path(target) / "cut"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made = tiles.run(log, str(folder), source, extent, name, [], parts)
    content = archive(folder, made["extent"])
    shutil.rmtree(folder)
    (into / f"{fileout_name.removesuffix('.pmtiles')}.pmtiles").write_bytes(content)
    return {
        "type_infos": {"files_number": trees.count(into)}, "size": trees.size(into), "extent": made["extent"],
        "srs": made["srs"],
    }  # fmt: skip


def archive(folder: Path, extent: dict) -> bytes:
    """The tiles `tiles/{level}/{column}/{row}.pbf` of a folder and their description, as one file."""
    found = {path: tuple(map(int, (*path.parts[-3:-1], path.stem))) for path in (folder / "tiles").glob("*/*/*.pbf")}
    if not found:
        raise WorkError("Aucune tuile à ces niveaux")
    paths = sorted(found, key=lambda path: number(*found[path]))
    contents = [gzip.compress(path.read_bytes(), mtime=0) for path in paths]
    numbers, levels = [number(*found[path]) for path in paths], [level for level, _, _ in found.values()]
    directory = gzip.compress(_directory(numbers, [len(tile) for tile in contents]), mtime=0)
    if _HEADER + len(directory) > _FIRST:
        raise WorkError(f"{len(paths)} tuiles : trop pour une archive du bac à sable")
    described = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    about = gzip.compress(described["json"].encode() if "json" in described else b"{}", mtime=0)
    xs, ys = zip(*extent["coordinates"][0])
    ends = [_HEADER, _HEADER + len(directory), _HEADER + len(directory) + len(about)]
    count, size = len(paths), sum(map(len, contents))
    box = [round(value * 1e7) for value in (min(xs), min(ys), max(xs), max(ys))]
    header = struct.pack(
        "<7sB11Q6B4iB2i", b"PMTiles", 3, ends[0], len(directory), ends[1], len(about), 0, 0, ends[2], size,
        count, count, count, 1, _GZIP, _GZIP, _MVT, min(levels), max(levels), *box, min(levels),
        (box[0] + box[2]) // 2, (box[1] + box[3]) // 2,
    )  # fmt: skip
    return b"".join([header, directory, about, *contents])


def number(level: int, column: int, row: int) -> int:
    """Of a tile: levels one after the other, the tiles of each along a curve of Hilbert."""
    found, side = (4**level - 1) // 3, 2**level // 2
    while side:
        right, below = int(column & side > 0), int(row & side > 0)
        found += side * side * ((3 * right) ^ below)
        if not below:
            if right:
                column, row = side - 1 - column, side - 1 - row
            column, row = row, column
        side //= 2
    return found


def _directory(numbers: list[int], sizes: list[int]) -> bytes:
    """Numbers as steps, runs of one tile, sizes; the tiles follow each other without a gap, which is a 0."""
    steps = [one - before for one, before in zip(numbers, [0, *numbers])]
    places = [1] + [0] * (len(numbers) - 1)
    return _varints([len(numbers), *steps, *[1] * len(numbers), *sizes, *places])


def _varints(numbers: Iterable[int]) -> bytes:
    made = bytearray()
    for left in numbers:
        while left > 127:
            made.append(left & 127 | 128)
            left >>= 7
        made.append(left)
    return bytes(made)
