"""Lists of the API Entrepôt (contract 1.3): pages, projections, sorts, filters. What is not known is 400."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..errors import bad
from ..wire import json_answer, on_site
from .assumptions import DEFAULT_LIMIT, EA1_MAX_LIMIT, EA1_MAX_LOG_LIMIT, EA1_content_range
from .entities import Entity, shown

_PLURALS = {"attributions": "attribution", "metadatas": "metadata", "output_types": "output_type"}
"""How `fields` names what answers name otherwise."""
_TAG = re.compile(r"tags\[([^\[\]]+)\]")
_SORTS = ("last_event", "creation", "update", "name")
_INTEGER, _NUMBER = re.compile(r"[0-9]{1,9}"), re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

Reader = Callable[[Entity], Any]


@dataclass(frozen=True)
class Listing:
    """What a list takes. `default` are its fields unless asked otherwise (empty: all), `demand` those on demand.

    Filters: `texts` are read as texts with `%`; `words` are one of an enumeration; `flags` are true or false; `reads`
    are read off the entity by a function, which gives a value or a list of values of which one must be equal; `most`
    are read likewise, and are a number that may not be greater.
    """

    default: tuple[str, ...] = ()
    demand: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    reads: dict[str, Reader] = field(default_factory=dict)
    most: dict[str, Reader] = field(default_factory=dict)
    tags: bool = False


def page(
    request: Request,
    entities: Iterable[Entity],
    listing: Listing = Listing(),
    show: Callable[[Entity], Entity] = shown,
) -> Response:
    """The page that the request asks of these entities; `show` makes of one what is answered."""
    query = _read(request, listing)
    found = [entity for entity in entities if _matches(entity, query, listing)]
    found = _sorted(found, query)
    first, limit = cut(query, EA1_MAX_LIMIT)
    rows = [_picked(show(entity), query, listing) for entity in found[first : first + limit]]
    return on_site(request, _answer(rows, first, len(found)))


def page_of_texts(request: Request, lines: list[str]) -> Response:
    """A page of a log (EA1: long ones are allowed; EA19: page 0 is the first)."""
    for name in request.query_params:
        if name not in ("page", "limit"):
            raise bad(f"Paramètre inconnu : {name}")
    query = dict(request.query_params)
    if query.get("page") == "0":
        query["page"] = "1"
    first, limit = cut(query, EA1_MAX_LOG_LIMIT)
    return _answer(lines[first : first + limit], first, len(lines))


def only(request: Request, *names: str) -> dict[str, str]:
    """The parameters of a request that is no list; 400 for others or for one that is given twice."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in names:
            raise bad(f"Paramètre inconnu : {name}")
        if name in found:
            raise bad(f"Paramètre donné deux fois : {name}")
        found[name] = value
    return found


def listed(request: Request, name: str) -> list[str]:
    """The values of the one parameter, repeated or written with commas; 400 without any."""
    only_name = {key for key in request.query_params if key != name}
    if only_name:
        raise bad(f"Paramètre inconnu : {only_name.pop()}")
    values = [part.strip() for text in request.query_params.getlist(name) for part in text.split(",") if part.strip()]
    if not values:
        raise bad(f"Paramètre attendu : {name}")
    return values


def like(text: str) -> re.Pattern:
    """A text filter: `%` stands for any characters, case does not matter."""
    return re.compile(".*".join(map(re.escape, text.split("%"))), re.DOTALL | re.IGNORECASE)


def _read(request: Request, listing: Listing) -> dict[str, Any]:
    known = {"page", "limit", "sort", *listing.texts, *listing.words, *listing.flags, *listing.reads, *listing.most}
    query: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        tag = _TAG.fullmatch(name) if listing.tags else None
        if tag:
            query.setdefault("tags", {})[tag.group(1)] = value
        elif name in ("fields", "fields[]"):
            query.setdefault("fields", []).extend(part.strip() for part in value.split(",") if part.strip())
        elif name not in known:
            raise bad(f"Paramètre inconnu : {name}")
        elif name in query:
            raise bad(f"Paramètre donné deux fois : {name}")
        else:
            query[name] = value
    for name, allowed in listing.words.items():
        if name in query and query[name] not in allowed:
            raise bad(f"{name} : {query[name]} n'est pas l'un de {', '.join(allowed)}")
    for name in listing.flags:
        if name in query and query[name] not in ("true", "false"):
            raise bad(f"{name} : true ou false attendu")
    for name in listing.most:
        if name in query and not _NUMBER.fullmatch(query[name]):
            raise bad(f"{name} : nombre attendu")
    return query


def _matches(entity: Entity, query: dict[str, Any], listing: Listing) -> bool:
    for name in listing.texts:
        if name in query and not any(like(query[name]).fullmatch(text) for text in _texts(entity.get(name))):
            return False
    for name in listing.words:
        if name in query and entity.get(name) != query[name]:
            return False
    for name in listing.flags:
        if name in query and bool(entity.get(name)) != (query[name] == "true"):
            return False
    for name, read in listing.reads.items():
        if name in query and query[name] not in _texts(read(entity)):
            return False
    if any(name in query and read(entity) > float(query[name]) for name, read in listing.most.items()):
        return False
    return all((entity.get("tags") or {}).get(name) == value for name, value in query.get("tags", {}).items())


def _texts(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    values = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return [str(item) for item in values if item is not None]


def _sorted(entities: list[Entity], query: dict[str, Any]) -> list[Entity]:
    if "sort" not in query:
        return entities
    name, _, direction = query["sort"].partition(",")
    if name not in _SORTS or direction not in ("asc", "desc"):
        raise bad(f"Tri incorrect : {query['sort']}")

    def key(entity: Entity) -> str:
        value = entity.get(name) or ""
        return value.get("date", "") if isinstance(value, dict) else str(value)

    return sorted(entities, key=key, reverse=direction == "desc")


def cut(query: dict[str, Any], most: int) -> tuple[int, int]:
    """First row, from 0, and how many."""
    numbers = {}
    for name, default in (("page", 1), ("limit", DEFAULT_LIMIT)):
        text = query.get(name, str(default))
        if not _INTEGER.fullmatch(text) or int(text) < 1:
            raise bad(f"{name} : nombre à partir de 1 attendu")
        numbers[name] = int(text)
    limit = min(numbers["limit"], most)
    return (numbers["page"] - 1) * limit, limit


def _picked(row: Entity, query: dict[str, Any], listing: Listing) -> Entity:
    """EA1: `fields` names all that one wants; `_id` always comes."""
    asked = query.get("fields")
    known = {*listing.default, *listing.demand} or {*row, "name", "creation", "update"}
    for name in asked or ():
        if name not in known and name != "_id":
            raise bad(f"Champ inconnu : {name}")
    wanted = asked or listing.default
    if not wanted:
        return row
    names = ["_id", *(_PLURALS.get(name, name) for name in wanted)]
    return {name: row[name] for name in dict.fromkeys(names) if name in row}


def _answer(rows: list, first: int, total: int) -> Response:
    return json_answer(rows, headers={"Content-Range": EA1_content_range(first, len(rows), total)})
