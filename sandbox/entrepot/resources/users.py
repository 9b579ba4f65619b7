"""`/users/me` (contract 3.1): who am I, in which communities, what did I store and was I given."""

from __future__ import annotations

import mimetypes
import secrets

from starlette.requests import Request
from starlette.responses import Response

from ...errors import forbidden, not_found
from ...state import SITE
from ...wire import route
from .. import extents, granting, query, rights, statistics
from ..assumptions import EA3_CREATED, EA3_EMPTY
from ..entities import Entity, shown
from ..rights import entities_of
from ..views import permission_view
from ..wire import ANY_TEXT, FLAG, OBJECT, TEXT, TEXTS, answer, body_of, conflict, form_of, items, record, scalar
from ._shared import named_list

DOCUMENT_PATCH = record(name=TEXT, description=ANY_TEXT, labels=TEXTS, public_url=FLAG, extra=OBJECT)
_DOCUMENTS = query.Listing(
    ("name", "size", "mime_type"), ("description", "labels", "public_url"), ("name", "mime_type"),
    reads={"labels": lambda document: document.get("labels", [])},
)  # fmt: skip
_STORED_DATA = query.Listing(
    ("name", "type", "open", "srs"),
    (
        "description",
        "edition",
        "contact",
        "status",
        "size",
        "last_event",
        "tags",
        "creation",
        "bbox",
        "public_activity",
    ),
    ("name",),
    tags=True,
)
_PERMISSIONS = query.Listing(
    texts=("licence",),
    flags=("only_oauth",),
    reads={
        "personal": lambda permission: permission["private"]["type"] == "ACCOUNT",
        "community": lambda permission: permission["private"]["type"] == "COMMUNITY",
        "layer_name": lambda permission: permission["private"]["layer_names"],
    },
)


async def me(request: Request) -> Response:
    user, entities = rights.account(request), entities_of(request)
    query.only(request)
    own = user["_id"]
    members = [
        _membership(community, user)
        for community in entities.all("community")
        if rights.rights_in(community, user) is not None
    ]
    use = sum(document["size"] for document in entities.all("documents") if document["private"]["user"] == own)
    keys = sum(key["private"]["user"] == own for key in entities.all("keys"))
    body = {
        **shown(user), "last_login": entities.now(), "communities_member": members, "documents_use": use,
        "keys_use": keys,
    }  # fmt: skip
    return answer(request, body)


def _membership(community: Entity, user: Entity) -> Entity:
    """The supervisor's rights are not spelled out: there are none that one could take away."""
    private = community["private"]
    names = ("_id", "name", "description", "technical_name", "public", "creation", "update")
    about = {
        **{name: community[name] for name in names}, "datastore": private.get("datastore"),
        "supervisor": private["supervisor"],
    }  # fmt: skip
    return {"rights": private["members"].get(user["_id"], []), "community": about}


async def leave(request: Request) -> Response:
    user, community = rights.account(request), rights.community(request)
    if community["private"]["supervisor"] == user["_id"]:
        raise conflict("Le superviseur ne peut quitter sa communauté")
    del community["private"]["members"][user["_id"]]
    entities_of(request).save(community)
    return Response(None, EA3_EMPTY)


async def stored_data(request: Request) -> Response:
    """Stored data that one may read: of one's communities, open ones, and those made visible to them."""
    user, entities = rights.account(request), entities_of(request)
    own = [c for c in entities.all("community") if rights.rights_in(c, user) is not None]
    communities, datastores = {c["_id"] for c in own}, {c["private"].get("datastore") for c in own}
    visible = [
        data
        for data in entities.all("stored_data")
        if data.get("open")
        or entities.datastore_of(data["_id"]) in datastores
        or communities & set(data["private"].get("visibility", []))
    ]
    return query.page(
        request, visible, _STORED_DATA, lambda data: {**shown(data), "bbox": extents.box(data.get("extent"))}
    )


async def permissions(request: Request) -> Response:
    """The permissions that one was given, oneself or as a member; without their author."""
    entities = entities_of(request)
    given = []
    for permission in granted(request):
        offerings = [entities.get("offerings", o["_id"]) for o in permission["offerings"]]
        names = [offering["layer_name"] for offering in offerings if offering]
        given.append({**permission, "private": {**permission["private"], "layer_names": names}})
    return query.page(request, given, _PERMISSIONS, lambda entity: permission_view(entities, entity, author=False))


async def permission(request: Request) -> Response:
    query.only(request)
    return answer(request, permission_view(entities_of(request), _granted(request), author=False, urls=True))


async def decline(request: Request) -> Response:
    """One may give back what was given to oneself."""
    entity = _granted(request)
    if entity["private"]["type"] != "ACCOUNT":
        raise forbidden("Cette permission est celle d'une communauté")
    granting.remove_permission(entities_of(request), entity)
    return Response(None, EA3_EMPTY)


def granted(request: Request) -> list[Entity]:
    """The permissions of who asks."""
    user, entities = rights.account(request), entities_of(request)
    communities = {c["_id"] for c in entities.all("community") if rights.rights_in(c, user) is not None}
    return [
        permission
        for permission in entities.all("permissions")
        if permission["beneficiary"]["_id"] in {user["_id"], *communities}
    ]


def _granted(request: Request) -> Entity:
    wanted = request.path_params["permission"]
    for permission in granted(request):
        if permission["_id"] == wanted:
            return permission
    raise not_found(f"Permission inconnue : {wanted}")


async def stats(request: Request) -> Response:
    """What one's keys were used for."""
    user = rights.account(request)
    own = [key for key in entities_of(request).all("keys") if key["private"]["user"] == user["_id"]]
    return statistics.answer_of(request, own)


async def documents(request: Request) -> Response:
    user, entities = rights.account(request), entities_of(request)
    own = [document for document in entities.all("documents") if document["private"]["user"] == user["_id"]]
    return query.page(request, own, _DOCUMENTS)


async def add_document(request: Request) -> Response:
    user, entities = rights.account(request), entities_of(request)
    texts, file = form_of(request, ("name",), ("description", "labels"))
    _require_room(request, user, file.size)
    name = scalar(texts, "name")
    body = {
        "name": name, "description": scalar(texts, "description") or "", "labels": items(texts, "labels"),
        "size": file.size, "mime_type": _mime_type(file.filename, file.mime_type),
        "private": {"user": user["_id"], "extension": file.filename.rpartition(".")[2].lower() or "bin"},
    }  # fmt: skip
    document = entities.add("documents", body)
    file.move(entities.folder("documents", document["_id"]) / "file")
    return answer(request, shown(document), EA3_CREATED)


def _mime_type(filename: str, sent: str) -> str:
    return mimetypes.guess_type(filename)[0] or sent


def _require_room(request: Request, user: Entity, more: int) -> None:
    own = [d for d in entities_of(request).all("documents") if d["private"]["user"] == user["_id"]]
    if sum(document["size"] for document in own) + more > user["documents_quota"]:
        raise conflict(f"Quota de documents dépassé : {user['documents_quota']} octets")


def _document(request: Request, *, shared: bool = False) -> Entity:
    user = rights.account(request)
    document = rights.found(request, "documents", request.path_params["document"])
    readers = [document["private"]["user"], *(document["private"].get("sharings", []) if shared else [])]
    if user["_id"] not in readers:
        raise not_found(f"Document inconnu : {document['_id']}")
    return document


async def document(request: Request) -> Response:
    query.only(request)
    return answer(request, shown(_document(request, shared=True)))


async def change_document(request: Request) -> Response:
    """`public_url` true gives an address that everybody can read, false takes it away."""
    entity = _document(request)
    changes = await body_of(request, DOCUMENT_PATCH)
    public = changes.pop("public_url", None)
    if public and "public_url" not in entity:
        entity["public_url"] = f"{SITE}/documents/{secrets.token_hex(16)}.{entity['private']['extension']}"
    elif public is False:
        entity.pop("public_url", None)
    entity.update(changes)
    entities_of(request).save(entity)
    return answer(request, shown(entity))


async def replace_document(request: Request) -> Response:
    entity, user = _document(request), rights.account(request)
    _, file = form_of(request)
    _require_room(request, user, file.size - entity["size"])
    file.move(entities_of(request).folder("documents", entity["_id"]) / "file")
    entity.update(size=file.size, mime_type=_mime_type(file.filename, file.mime_type))
    entities_of(request).save(entity)
    return answer(request, shown(entity))


async def delete_document(request: Request) -> Response:
    entities_of(request).remove("documents", _document(request)["_id"])
    return Response(None, EA3_EMPTY)


async def document_file(request: Request) -> Response:
    query.only(request)
    return content(request, _document(request, shared=True))


def content(request: Request, entity: Entity) -> Response:
    file = entities_of(request).folder("documents", entity["_id"]) / "file"
    return Response(file.read_bytes(), 200, None, entity["mime_type"])


_ONE = "/users/me/documents/{document}"
ROUTES = [
    route("/users/me", GET=me),
    route("/users/me/communities/{community}", DELETE=leave),
    route("/users/me/stored_data", GET=stored_data),
    route("/users/me/stats", GET=stats),
    route("/users/me/permissions", GET=permissions),
    route("/users/me/permissions/{permission}", GET=permission, DELETE=decline),
    route("/users/me/documents", GET=documents, POST=add_document),
    route(_ONE, GET=document, PATCH=change_document, PUT=replace_document, DELETE=delete_document),
    route(_ONE + "/file", GET=document_file),
    named_list(_ONE + "/sharings", "sharings", "users", "user", _document, _document),
]
