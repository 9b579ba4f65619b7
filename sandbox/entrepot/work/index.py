"""Processing: the features of delivered files as an index of search (contract 3.6, 3.8)."""

from __future__ import annotations

import json
from pathlib import Path

from . import database, sources, trees
from .log import Log, WorkError


def run(log: Log, target: str, folders: list[str], search_layer: bool) -> dict:
    """One JSON document a line, in `index.jsonl`."""
    fields: dict[str, str] = {}
    file, count = Path(target) / "index.jsonl", 0
    with file.open("w", encoding="utf-8") as stream:
        for folder in folders:
            for source in sources.opened(folder, *sources.INTEGRATED):
                if isinstance(source, WorkError):
                    raise source
                for layer in source.layers():
                    fields.update(database.types(layer))
                    for feature in layer:
                        stream.write(json.dumps(feature.ExportToJson(as_object=True), ensure_ascii=False) + "\n")
                        count += 1
    if not count:
        raise WorkError("Aucun objet à indexer")
    log.info(f"{count} objets")
    infos = {"fields": fields, "count": count, "is_search_layer": search_layer}
    return {"type_infos": infos, "size": trees.size(Path(target))}
