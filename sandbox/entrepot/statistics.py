"""How much services are used (contract 3.1, 3.13, 3.14): hits and bytes by day, counted where they are served."""

from __future__ import annotations

import re

from starlette.requests import Request

from .entities import Entities, Entity


def count(request: Request, size: int) -> None:
    """An answer of so many bytes: for the offerings that the request names, the key and permissions that open them."""
    entities: Entities = request.state.sandbox.entrepot.entities
    texts = [request.url.path, *request.query_params.values()]
    words = {word for text in texts for word in re.split("[,:/]", text)}
    key = getattr(request.state, "key", None)
    for offering in getattr(request.state, "reached", ()):
        name = offering["layer_name"]
        if any(word == name or word.startswith(name + ".") for word in words):
            for used in (offering, *([key, *_permissions(entities, key, offering)] if key else ())):
                _add(entities, used, size)


def _permissions(entities: Entities, key: Entity, offering: Entity) -> list[Entity]:
    ids = {
        access["permission"]
        for access in entities.all("accesses")
        if (access["private"]["key"], access["offering"]) == (key["_id"], offering["_id"])
    }
    return [permission for permission in entities.all("permissions") if permission["_id"] in ids]


def _add(entities: Entities, used: Entity, size: int) -> None:
    day = entities.now()[:10]
    hits, transferred = used["private"].setdefault("stats", {}).get(day, (0, 0))
    used["private"]["stats"][day] = [hits + 1, transferred + size]
    entities.save(used, touched=False)


def of(sources: list[Entity], after: str | None = None, before: str | None = None) -> Entity:
    """`{total, details}` of these entities between two days."""
    days: dict[str, list[int]] = {}
    for source in sources:
        for day, (hits, transferred) in source["private"].get("stats", {}).items():
            if (after or "")[:10] <= day <= (before or "9999")[:10]:
                had = days.get(day, [0, 0])
                days[day] = [had[0] + hits, had[1] + transferred]
    rows = [{"date": day, "hits": hits, "data_transfer": size} for day, (hits, size) in sorted(days.items())]
    total = {name: sum(row[name] for row in rows) for name in ("hits", "data_transfer")}
    return {"total": total, "details": rows}
