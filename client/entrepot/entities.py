"""What all collections of a datastore share: an entity, the verbs, tags (contract 1.3, 3.4 to 3.14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Optional, TypeVar

from .. import reading
from ..errors import MalformedAnswer
from ..paging import Row, a2_total, object_of, rows_of
from .api import EA1_MAX_LIMIT, Datastore, segment


@dataclass(frozen=True)
class Entity:
    """One thing of the API as it was read; `raw` has all members, known to us or not. Equal if they have one id."""

    id: str
    raw: Row = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return reading.text(self.raw.get("name"))

    @property
    def type(self) -> str:
        return reading.text(self.raw.get("type"))

    @property
    def status(self) -> str:
        return reading.text(self.raw.get("status"))

    @property
    def size(self) -> Optional[int]:
        """Bytes, None where it is not said."""
        return reading.integer(self.raw.get("size"))

    @property
    def tags(self) -> dict[str, str]:
        return {key: reading.text(value) for key, value in reading.mapping(self.raw.get("tags")).items()}

    @property
    def extra(self) -> dict[str, Any]:
        return reading.mapping(self.raw.get("extra"))

    @property
    def creation(self) -> str:
        """ISO 8601, "" where it is not said."""
        return reading.text(self.raw.get("creation"))


Kind = TypeVar("Kind", bound=Entity)


class Collection(Generic[Kind]):
    """A collection of a datastore: `path` below it, the class of its entities, the fields that lists are asked for.

    Lists give only some fields unless asked for more (contract 1.3). Filters are those of the API; a text filter is
    case-insensitive and takes `%` for any characters.
    """

    def __init__(self, path: str, kind: type[Kind], fields: tuple[str, ...] = ()) -> None:
        self._path, self._kind, self._fields = path, kind, fields

    def url(self, datastore: Datastore, *parts: str) -> str:
        """Of the collection, of an entity by its id, or of what is below it; NotFound for what is no id."""
        return datastore.url("/".join((self._path, *map(segment, parts))))

    def list(self, datastore: Datastore, *, tags: Optional[Mapping[str, str]] = None, **filters: Any) -> list[Kind]:
        """All that answer the filters, all pages; tags are ANDed."""
        query = [(name, value) for name, value in filters.items() if value is not None]
        query += [(f"tags[{name}]", value) for name, value in (tags or {}).items()]
        if self._fields:
            query.append(("fields", ",".join(self._fields)))
        return [self.entity(row) for row in datastore.api.listed(datastore.path(self._path), query)]

    def newest(self, datastore: Datastore, **filters: Any) -> tuple[tuple[Kind, ...], int]:
        """The newest that answer the filters, one page of them, and how many there are. One request."""
        query = {**filters, "sort": "creation,desc", "page": 1, "limit": EA1_MAX_LIMIT}
        answer = datastore.session.get(self.url(datastore), query)
        found = tuple(self.entity(row) for row in rows_of(answer))
        return found, max(a2_total(answer) or 0, len(found))

    def get(self, datastore: Datastore, id: str) -> Kind:
        """One entity whole; NotFound if it is gone."""
        return self.entity(object_of(datastore.session.get(self.url(datastore, id))))

    def create(self, datastore: Datastore, body: Mapping[str, Any]) -> Kind:
        """POST; not repeated where the answer is lost: look for it first."""
        return self.entity(object_of(datastore.session.request("POST", self.url(datastore), json=dict(body))))

    def change(self, datastore: Datastore, id: str, body: Mapping[str, Any]) -> Kind:
        """PATCH of the members given."""
        return self._changed(datastore, "PATCH", id, body)

    def replace(self, datastore: Datastore, id: str, body: Mapping[str, Any]) -> Kind:
        """PUT of the whole."""
        return self._changed(datastore, "PUT", id, body)

    def delete(self, datastore: Datastore, id: str) -> None:
        """DELETE, which the server may do later (202); NotFound if it is gone already."""
        datastore.session.request("DELETE", self.url(datastore, id))

    def tag(self, datastore: Datastore, id: str, tags: Mapping[str, str]) -> None:
        """Adds tags, or gives them another value."""
        url = self.url(datastore, id, "tags")
        datastore.session.request("POST", url, json=dict(tags), repeatable=True)

    def merge_extra(self, datastore: Datastore, id: str, extra: Mapping[str, Any]) -> Kind:
        """`extra` with these members; the API replaces the whole, so what is there is read first."""
        return self.change(datastore, id, {"extra": {**self.get(datastore, id).extra, **extra}})

    def act(self, datastore: Datastore, id: str, verb: str, body: Optional[Mapping[str, Any]] = None) -> None:
        """POST of a verb such as `close` or `launch`. Not repeated where the answer is lost: read the status."""
        datastore.session.request("POST", self.url(datastore, id, verb), json=None if body is None else dict(body))

    def entity(self, row: Row) -> Kind:
        """The entity of a row; MalformedAnswer if it has no id."""
        id = reading.text(row.get("_id"))
        if not id:
            raise MalformedAnswer(detail=f"an entity of {self._path} without _id")
        return self._kind(id, row)

    def _changed(self, datastore: Datastore, method: str, id: str, body: Mapping[str, Any]) -> Kind:
        answer = datastore.session.request(method, self.url(datastore, id), json=dict(body), repeatable=True)
        # some answers are empty (contract 1.3)
        return self.entity(object_of(answer)) if answer.content.strip() else self.get(datastore, id)


def id_of(value: Any) -> str:
    """The id of a thing told of by its id or as an object; of a list, that of the first; "" for nothing."""
    if isinstance(value, list):
        return next(iter(ids_of(value)), "")
    return reading.text(value.get("_id") if isinstance(value, dict) else value)


def ids_of(value: Any) -> list[str]:
    """The ids of things told of by id or as objects."""
    return [id for id in map(id_of, value) if id] if isinstance(value, list) else []
