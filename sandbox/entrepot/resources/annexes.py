"""`/datastores/{id}/annexes` (contract 3.10): free files, each at paths of its own, published or not."""

from __future__ import annotations

import mimetypes
import re

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad
from ...wire import route
from .. import query, quota, rights
from ..assumptions import EA3_CREATED, EA3_EMPTY
from ..entities import Entity, shown
from ..rights import entities_of
from ..wire import FLAG, OBJECT, TEXTS, answer, body_of, conflict, flag, form_of, items, record, scalar
from ._shared import file_route

PATCH = record(paths={**TEXTS, "minItems": 1}, published=FLAG, labels=TEXTS, extra=OBJECT)
_LISTING = query.Listing(
    texts=("mime_type",),
    flags=("published",),
    reads={"labels": lambda annexe: annexe.get("labels", []), "path": lambda annexe: annexe["paths"]},
)
_RIGHT = "ANNEX"
_PATH = re.compile(r"/?[^/\s?#%\\]+(/[^/\s?#%\\]+)*")


async def index(request: Request) -> Response:
    datastore = rights.datastore(request)
    return query.page(request, entities_of(request).all("annexes", datastore["_id"]), _LISTING)


async def create(request: Request) -> Response:
    datastore, entities = rights.datastore(request, _RIGHT), entities_of(request)
    texts, file = form_of(request, ("paths",), ("published", "labels"))
    paths = _free_paths(request, datastore, items(texts, "paths"))
    quota.require_storage(entities, datastore, quota.storage_for(entities, datastore, "annexes"), file.size)
    body = {
        "paths": paths, "size": file.size, "mime_type": _mime_type(file.filename, file.mime_type),
        "published": flag("published", scalar(texts, "published"), False), "labels": items(texts, "labels"),
    }  # fmt: skip
    annexe = entities.add("annexes", body, datastore["_id"])
    file.move(entities.folder("annexes", annexe["_id"]) / "file")
    return answer(request, shown(annexe), EA3_CREATED)


def _free_paths(request: Request, datastore: Entity, paths: list[str], own: Entity | None = None) -> list[str]:
    """They begin with `/` and nobody else in the datastore has them: 400, 409."""
    wanted = list(dict.fromkeys("/" + path.lstrip("/") for path in paths))
    for path in wanted:
        if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
            raise bad(f"paths : chemin incorrect : {path}")
    others = entities_of(request).all("annexes", datastore["_id"])
    taken = {path for other in others if own is None or other["_id"] != own["_id"] for path in other["paths"]}
    for path in wanted:
        if path in taken:
            raise conflict(f"Chemin déjà pris : {path}")
    return wanted


def _mime_type(filename: str, sent: str) -> str:
    return mimetypes.guess_type(filename)[0] or sent


async def detail(request: Request) -> Response:
    query.only(request)
    return answer(request, shown(rights.entity(request, "annexes")))


async def change(request: Request) -> Response:
    datastore, annexe = rights.datastore(request, _RIGHT), rights.entity(request, "annexes", _RIGHT)
    changes = await body_of(request, PATCH)
    if "paths" in changes:
        changes["paths"] = _free_paths(request, datastore, changes["paths"], annexe)
    annexe.update(changes)
    entities_of(request).save(annexe)
    return answer(request, shown(annexe))


async def replace(request: Request) -> Response:
    """Another content at the same paths."""
    datastore, annexe = rights.datastore(request, _RIGHT), rights.entity(request, "annexes", _RIGHT)
    _, file = form_of(request)
    entities = entities_of(request)
    storage = quota.storage_for(entities, datastore, "annexes")
    quota.require_storage(entities, datastore, storage, file.size - annexe["size"])
    annexe.update(size=file.size, mime_type=_mime_type(file.filename, file.mime_type))
    file.move(entities.folder("annexes", annexe["_id"]) / "file")
    entities.save(annexe)
    return answer(request, shown(annexe))


async def delete(request: Request) -> Response:
    entities_of(request).remove("annexes", rights.entity(request, "annexes", _RIGHT)["_id"])
    return Response(None, EA3_EMPTY)


async def publish(request: Request) -> Response:
    return _publish(request, True)


async def unpublish(request: Request) -> Response:
    return _publish(request, False)


def _publish(request: Request, published: bool) -> Response:
    """All that have every one of these labels; the answer is how many changed."""
    datastore, entities = rights.datastore(request, _RIGHT), entities_of(request)
    labels = set(query.listed(request, "labels"))
    changed = [
        annexe
        for annexe in entities.all("annexes", datastore["_id"])
        if labels <= set(annexe.get("labels", [])) and annexe["published"] != published
    ]
    for annexe in changed:
        annexe["published"] = published
        entities.save(annexe)
    return answer(request, len(changed))


def _file(request: Request, annexe: Entity) -> Response:
    content = (entities_of(request).folder("annexes", annexe["_id"]) / "file").read_bytes()
    return Response(content, 200, None, annexe["mime_type"])


_ROOT = "/datastores/{datastore}/annexes"
ROUTES = [
    route(_ROOT, GET=index, POST=create),
    route(_ROOT + "/publication", POST=publish),
    route(_ROOT + "/unpublication", POST=unpublish),
    file_route("annexes", _file),
    route(_ROOT + "/{id}", GET=detail, PATCH=change, PUT=replace, DELETE=delete),
]
