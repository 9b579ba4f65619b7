"""How much services are used (contract 3.1, 3.13, 3.14): hits and bytes by day, counted where they are served."""

from __future__ import annotations

import re
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from ..wire import json_answer
from . import query
from .assumptions import EA1_MAX_LIMIT, EA1_content_range
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


def answer_of(request: Request, sources: list[Entity]) -> Response:
    """`{total, details}` of these entities from `start` on and before `end`: a page of the days, all in the total.

    From a month on the days end with yesterday.
    """
    asked = query.only(request, "start", "end", "details", "page", "limit")
    now = request.state.sandbox.entrepot.entities.now()
    start, end = asked.get("start", "")[:10], asked.get("end", "9999")[:10]
    if start and _is_long(start, min(end, now[:10])):
        end = min(end, now[:10])
    days: dict[str, list[int]] = {}
    for source in sources:
        for day, (hits, transferred) in source["private"].get("stats", {}).items():
            if start <= day < end:
                had = days.get(day, [0, 0])
                days[day] = [had[0] + hits, had[1] + transferred]
    rows = [
        {"begin_date": f"{day}T00:03:12Z", "end_date": f"{day}T23:58:01Z", "hits": hits, "data_transfer": size}
        for day, (hits, size) in sorted(days.items())
    ]
    total = {name: sum(row[name] for row in rows) for name in ("hits", "data_transfer")}
    first, limit = query.cut(asked, EA1_MAX_LIMIT)
    shown = rows[first : first + limit] if asked.get("details", "true") == "true" else []
    header = {"Content-Range": EA1_content_range(first, len(shown), len(rows))}
    return json_answer({"total": total, "details": shown}, headers=header)


def _is_long(start: str, end: str) -> bool:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).days >= 31
