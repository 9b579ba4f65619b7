"""What most collections of a datastore have besides themselves (contract 3.4, 3.8, 3.11, 3.12): written once.

Paths have `{datastore}` and `{id}`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...errors import forbidden, not_found
from ...wire import Handler, route
from .. import events, query, rights
from ..assumptions import EA3_CREATED, EA3_EMPTY
from ..entities import Entity
from ..rights import entities_of
from ..views import some
from ..wire import IDS, answer, body_of, record

TAGS = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
COMMENT = record(("text",), text={"type": "string", "minLength": 1})


def shared_routes(kind: str, right: str, *parts: str) -> list[Route]:
    """The routes of these parts, among `tags`, `comments`, `sharings`, `visibility`, `events`, `activity`.

    `right` is what it takes to change tags, sharings and visibility; every member may comment. To be put before the
    routes of single entities: `activity` stands where an id does.
    """
    root = "/datastores/{datastore}/" + kind
    return [route_ for part in parts for route_ in _PARTS[part](kind, right, root)]


def _tags(kind: str, right: str, root: str) -> list[Route]:
    async def add(request: Request) -> Response:
        entity = rights.entity(request, kind, right)
        entity.setdefault("tags", {}).update(await body_of(request, TAGS))
        return _kept(request, entity)

    async def remove(request: Request) -> Response:
        entity = rights.entity(request, kind, right)
        for name in query.listed(request, "tags"):
            if entity.setdefault("tags", {}).pop(name, None) is None:
                raise not_found(f"Étiquette inconnue : {name}")
        return _kept(request, entity)

    return [route(root + "/{id}/tags", POST=add, DELETE=remove)]


def _comments(kind: str, right: str, root: str) -> list[Route]:
    def mine(request: Request) -> tuple[Entity, Entity, dict]:
        user, entity = rights.account(request), rights.entity(request, kind)
        wanted = request.path_params["comment"]
        comment = next((c for c in entity["private"].get("comments", []) if c["_id"] == wanted), None)
        if comment is None:
            raise not_found(f"Commentaire inconnu : {wanted}")
        if comment["author"]["_id"] != user["_id"]:
            raise forbidden("Seul son auteur change un commentaire")
        return user, entity, comment

    async def index(request: Request) -> Response:
        entity = rights.entity(request, kind)
        return query.page(request, entity["private"].get("comments", []))

    async def add(request: Request) -> Response:
        user, entity, entities = rights.account(request), rights.entity(request, kind), entities_of(request)
        text, now = (await body_of(request, COMMENT))["text"], entities.now()
        comment = {
            "_id": str(uuid.uuid4()), "text": text, "author": events.name_of(user), "creation": now, "update": now,
        }  # fmt: skip
        entity["private"].setdefault("comments", []).append(comment)
        entities.save(entity, touched=False)
        return answer(request, comment, EA3_CREATED)

    async def replace(request: Request) -> Response:
        _, entity, comment = mine(request)
        entities = entities_of(request)
        comment.update(text=(await body_of(request, COMMENT))["text"], update=entities.now())
        entities.save(entity, touched=False)
        return answer(request, comment)

    async def delete(request: Request) -> Response:
        _, entity, comment = mine(request)
        entity["private"]["comments"].remove(comment)
        entities_of(request).save(entity, touched=False)
        return Response(None, EA3_EMPTY)

    one = root + "/{id}/comments/{comment}"
    return [route(root + "/{id}/comments", GET=index, POST=add), route(one, PUT=replace, DELETE=delete)]


def named_list(root: str, member: str, parameter: str, of: str, get: Callable[[Request], Entity],
               change: Callable[[Request], Entity]) -> Route:  # fmt: skip
    """`GET`, `POST` and `DELETE` of a list of ids that an entity keeps in `private[member]`; they are of kind `of`."""

    def listed(request: Request, entity: Entity) -> Response:
        entities = entities_of(request)
        members = [entities.get(of, id_) for id_ in entity["private"].get(member, [])]
        names = ("_id", "name", "last_name", "first_name", "creation", "update")
        rows = [some(known, *names) for known in members if known is not None]
        return answer(request, rows)

    async def index(request: Request) -> Response:
        query.only(request)
        return listed(request, get(request))

    async def add(request: Request) -> Response:
        entity = change(request)
        ids = await body_of(request, IDS)
        for id_ in ids:
            rights.found(request, of, id_)
        kept = entity["private"].setdefault(member, [])
        kept.extend(id_ for id_ in ids if id_ not in kept)
        entities_of(request).save(entity)
        return listed(request, entity)

    async def remove(request: Request) -> Response:
        entity = change(request)
        kept = entity["private"].setdefault(member, [])
        for id_ in query.listed(request, parameter):
            if id_ not in kept:
                raise not_found(f"Absent de la liste : {id_}")
            kept.remove(id_)
        entities_of(request).save(entity)
        return listed(request, entity)

    return route(root, GET=index, POST=add, DELETE=remove)


def _list_route(member: str, parameter: str, of: str):
    def routes(kind: str, right: str, root: str) -> list[Route]:
        def get(request: Request) -> Entity:
            return rights.entity(request, kind)

        def change(request: Request) -> Entity:
            return rights.entity(request, kind, right)

        return [named_list(root + "/{id}/" + member, member, parameter, of, get, change)]

    return routes


def _events(kind: str, right: str, root: str) -> list[Route]:
    async def index(request: Request) -> Response:
        entity = rights.entity(request, kind)
        return query.page(request, entity["private"].get("events", []))

    return [route(root + "/{id}/events", GET=index)]


def _activity(kind: str, right: str, root: str) -> list[Route]:
    async def feed(request: Request) -> Response:
        datastore = rights.datastore(request)
        asked = query.only(request, "before", "after")
        sources = entities_of(request).all(kind, datastore["_id"])
        body = events.feed(entities_of(request), sources, kind, asked.get("before"), asked.get("after"))
        return answer(request, body)

    return [route(root + "/activity", GET=feed)]


def file_route(kind: str, file: Callable[[Request, Entity], Response]) -> Route:
    """`GET …/{id}/file`."""

    async def content(request: Request) -> Response:
        return file(request, rights.entity(request, kind))

    return route("/datastores/{datastore}/" + kind + "/{id}/file", GET=content)


def patch(kind: str, right: str, schema: dict, view: Callable[[Request, Entity], Entity]) -> Handler:
    """A handler that replaces the members given, the whole of `extra` too."""

    async def change(request: Request) -> Response:
        entity = rights.entity(request, kind, right)
        entity.update(await body_of(request, schema))
        events.record(entities_of(request), entity, "Modification", rights.account(request))
        return answer(request, view(request, entity))

    return change


def _kept(request: Request, entity: Entity) -> Response:
    entities_of(request).save(entity)
    return answer(request, entity["tags"])


_PARTS: dict[str, Callable[[str, str, str], list[Route]]] = {
    "tags": _tags,
    "comments": _comments,
    "sharings": _list_route("sharings", "datastores", "datastore"),
    "visibility": _list_route("visibility", "communities", "community"),
    "events": _events,
    "activity": _activity,
}
