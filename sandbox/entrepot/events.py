"""What happened to an entity: its events, its last one, the feed of a collection (contract 1.3, 3.4)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ..errors import bad
from .entities import Entities, Entity

_FEED_DAYS = 15


def name_of(user: Entity) -> Entity:
    """A user as others see them."""
    return {name: user[name] for name in ("_id", "last_name", "first_name")}


def record(entities: Entities, entity: Entity, title: str, user: Entity | None, text: str | None = None) -> None:
    """Add an event to an entity, and keep the entity; `user` None: the platform itself."""
    event: Entity = {"title": title, "date": entities.now()}
    if text is not None:
        event["text"] = text
    if user is not None:
        event["initiator"] = name_of(user)
    entity["private"].setdefault("events", []).append(event)
    entity["last_event"] = event
    entities.save(entity)


def feed(entities: Entities, sources: list[Entity], title: str, before: str | None, after: str | None) -> Entity:
    """The events of these entities between two dates, the last 15 days unless said, latest first."""
    now = datetime.fromisoformat(entities.now().replace("Z", "+00:00"))
    until, since = _moment("before", before, now), _moment("after", after, now - timedelta(days=_FEED_DAYS))
    entries = [
        _entry(source, event, number)
        for source in sources
        for number, event in enumerate(source["private"].get("events", []))
        if since <= _moment("date", event["date"], now) <= until
    ]
    entries.sort(key=lambda entry: entry["updated"], reverse=True)
    return {
        "id": f"urn:entrepot:{title}", "title": title, "subtitle": "", "updated": entities.now(), "links": [],
        "rights": "", "author": {"name": "Entrepôt", "email": "entrepot@sandbox.invalid"}, "entries": entries,
    }  # fmt: skip


def _entry(source: Entity, event: Entity, number: int) -> Entity:
    return {
        "id": f"urn:uuid:{source['_id']}:{number}", "title": event["title"],
        "subtitle": source.get("name") or source.get("layer_name", ""), "updated": event["date"], "links": [],
        "content": event.get("text", ""), "categories": [{"term": event["title"], "label": event["title"]}],
        "polygon": None,
    }  # fmt: skip


def _moment(name: str, text: str | None, default: datetime) -> datetime:
    if text is None:
        return default
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise bad(f"{name} : date ISO 8601 attendue") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
