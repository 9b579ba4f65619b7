"""Finds the operations: every subclass of `Operation` in `algorithms/<group>/<operation>.py`. No list to keep."""

import importlib
from pathlib import Path

from .operation import Operation

FOLDER = Path(__file__).resolve().parent.parent / "algorithms"


def operations():
    """One new instance of each operation, by group and file name."""
    package = __name__.rsplit(".", 2)[0] + ".algorithms"
    for file in sorted(FOLDER.glob("*/*.py")):
        if file.stem.startswith("_"):
            continue
        module = importlib.import_module(f"{package}.{file.parent.name}.{file.stem}")
        for found in vars(module).values():
            if (
                isinstance(found, type)
                and issubclass(found, Operation)
                and found.ID
                and found.__module__ == module.__name__
            ):
                yield found()
