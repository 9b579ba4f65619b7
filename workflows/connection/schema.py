"""The one place that imports jsonschema, because a QGIS on Windows or macOS may lack it."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import Draft7Validator

# Only the packaged plugin has this folder: a pure-Python jsonschema with what it needs (tools/package.py).
VENDOR = Path(__file__).resolve().parents[2] / "vendor"


def validator(schema: Mapping[str, Any]) -> "Draft7Validator":
    """A validator for a JSON Schema of Draft 7, the newest that every jsonschema in use knows.

    Raises ImportError, in plain words, when there is neither an installed jsonschema nor the packaged one.
    """
    try:
        from jsonschema import Draft7Validator
    except ImportError:
        return _packaged_validator(schema)
    return Draft7Validator(schema)


def _packaged_validator(schema: Mapping[str, Any]) -> "Draft7Validator":
    if not VENDOR.is_dir():
        raise ImportError("The Python package jsonschema is missing. Install it for the Python of QGIS.")
    # A broken installation may have left parts of itself behind; they must not mix with ours.
    for name in [name for name in sys.modules if name.split(".")[0] == "jsonschema"]:
        del sys.modules[name]
    # First on the path only while it is imported, so that other plugins keep finding their own packages.
    sys.path.insert(0, str(VENDOR))
    try:
        from jsonschema import Draft7Validator
    finally:
        sys.path.remove(str(VENDOR))
    return Draft7Validator(schema)
