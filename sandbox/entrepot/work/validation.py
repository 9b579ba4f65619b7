"""Processing: whether delivered tables are as a data model wants them; the report is a file of another upload."""

from __future__ import annotations

import json
from pathlib import Path

from . import names, sources, trees
from .log import Log, WorkError


def run(log: Log, target: str, folders: list[str], model: dict[str, list[str]]) -> dict:
    """`model`: the columns by table. What is wrong is no failure: the report says it."""
    there: dict[str, set[str]] = {}
    for folder in folders:
        for source in sources.opened(folder, *sources.INTEGRATED, *sources.CHECKED_ONLY):
            if isinstance(source, WorkError):
                raise source
            for layer in source.layers():
                columns = map(names.in_database, sources.columns(layer))
                there.setdefault(names.in_database(layer.GetName()), set()).update(columns)
    tables = {table: _compared(table, there.get(table), set(columns)) for table, columns in model.items()}
    report = {"valid": all(found["valid"] for found in tables.values()), "tables": tables,
              "unknown_tables": sorted(set(there) - set(model))}  # fmt: skip
    into = Path(target) / "data"
    into.mkdir(parents=True, exist_ok=True)
    (into / "rapport.json").write_text(json.dumps(report, ensure_ascii=False, indent=2), encoding="utf-8")
    log.info(f"{len(tables)} tables, {sum(not found['valid'] for found in tables.values())} non conformes")
    return {"size": trees.size(into)}


def _compared(table: str, there: set[str] | None, wanted: set[str]) -> dict:
    if there is None:
        return {"valid": False, "absent": True}
    return {"valid": wanted <= there, "missing": sorted(wanted - there), "more": sorted(there - wanted)}
