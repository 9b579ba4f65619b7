"""Lists known to the server, in one small JSON file of the user's: the offers of the combo boxes. No secret in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class Lists:
    """The lists in one file; a file that is missing or damaged is an empty one, since it can be fetched anew."""

    _read: dict[Path, tuple[int, dict[str, Any]]] = {}

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, name: str, default: Any) -> Any:
        return self._content().get(name, default)

    def set(self, **lists: Any) -> None:
        """Replace these lists, keep the others."""
        import tempfile  # not needed to read, and QGIS reads the lists when it starts

        content = {**self._content(), **lists}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=str(self.path.parent), suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, ensure_ascii=False, indent=1)
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink()
            raise

    def _content(self) -> dict[str, Any]:
        """Read once per change of the file: the toolbox asks for each operation."""
        try:
            changed = self.path.stat().st_mtime_ns
            if self._read.get(self.path, (None,))[0] != changed:
                content = json.loads(self.path.read_text(encoding="utf-8"))
                self._read[self.path] = (changed, content if isinstance(content, dict) else {})
            return self._read[self.path][1]
        except (OSError, ValueError):
            return {}
