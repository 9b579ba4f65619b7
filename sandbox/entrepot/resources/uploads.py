"""`/uploads` (livraisons): made, filled with files, closed, checked (contract 3.4)."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad, not_found
from ...transport import FileAnswer
from ...wire import route
from .. import checking, events, extents, quota, rights, tree
from ..assumptions import EA3_CREATED, EA3_DELETED, EA3_EMPTY
from ..callbacks import CALLBACK
from ..entities import Entity, shown
from ..query import Listing, only, page
from ..rights import entities_of
from ..streams import form_of
from ..usage import require_unused
from ..wire import ANY_TEXT, FLAG, IDS, OBJECT, TEXT, answer, body_of, check, conflict, record
from ..words import UPLOAD_STATUSES, UPLOAD_TYPES
from ._shared import shared_routes

KIND, RIGHT = "uploads", "UPLOAD"
_SRS = {"type": "string", "pattern": "^(EPSG|IGNF):[A-Za-z0-9_.]+$"}
_NUMBER = {"type": "number"}
_NEW = record(
    ("name", "description", "type", "srs"),
    name=TEXT, description=ANY_TEXT, type={"enum": list(UPLOAD_TYPES)}, srs=_SRS, type_infos=OBJECT,
)  # fmt: skip
_CHANGES = record(name=TEXT, description=ANY_TEXT, open=FLAG, srs=_SRS, extent=extents.EXTENT, extra=OBJECT)
_NO_INFOS = record()
_TYPE_INFOS = {
    "ROK4-PYRAMID": record(("format", "tms"), format=TEXT, tms=TEXT, channels_number={"type": "integer", "minimum": 1}),
    "INDEX": record(is_search_layer=FLAG),
    "HISTORIC-IMAGERY": record(("dataset_identifier",), dataset_identifier=TEXT),
    "PYRAMID-3D": record(
        ("pyramid_type",),
        pyramid_type={"enum": ["COPC", "EPT"]}, origin=record(("x", "y"), x=_NUMBER, y=_NUMBER), tile_size=_NUMBER,
        template=TEXT, data_type={"enum": ["laszip", "zstandard", "binary"]}, span={"type": "integer"},
    ),
}  # fmt: skip
_LISTING = Listing(
    default=("name", "description", "type", "open", "status", "srs"),
    demand=("contact", "size", "last_event", "tags", "creation", "bbox"),
    texts=("name",), words={"type": UPLOAD_TYPES, "status": UPLOAD_STATUSES}, flags=("open",), tags=True,
)  # fmt: skip
_DELETABLE = ("OPEN", "CLOSED", "UNSTABLE", "CREATED")


def _folder(request: Request, upload: Entity, part: str) -> Path:
    return entities_of(request).folder(KIND, upload["_id"]) / part


def _open_one(request: Request) -> Entity:
    """The upload of the path, which is open; 409."""
    upload = rights.entity(request, KIND, RIGHT)
    if upload["status"] != "OPEN":
        raise conflict(f"La livraison est dans l'état {upload['status']} : elle doit être OPEN")
    return upload


async def index(request: Request) -> Response:
    datastore = rights.datastore(request)
    return page(
        request, entities_of(request).all(KIND, datastore["_id"]), _LISTING,
        lambda upload: {**shown(upload), "bbox": extents.box(upload.get("extent"))},
    )  # fmt: skip


async def create(request: Request) -> Response:
    datastore, user = rights.datastore(request, RIGHT), rights.account(request)
    body, entities = await body_of(request, _NEW), entities_of(request)
    infos = body.get("type_infos", {})
    check(infos, _TYPE_INFOS.get(body["type"], _NO_INFOS), "type_infos")
    if body["type"] == "INDEX":
        infos.setdefault("is_search_layer", False)
    upload = entities.add(KIND, {
        **body, "type_infos": infos, "open": False, "status": "OPEN", "size": 0, "tags": {},
        "contact": rights.community_of(entities, datastore)["contact"], "private": {"checks": []},
    }, datastore["_id"])  # fmt: skip
    events.record(entities, upload, "Création", user)
    return answer(request, shown(upload), EA3_CREATED)


async def read(request: Request) -> Response:
    return answer(request, shown(rights.entity(request, KIND)))


async def change(request: Request) -> Response:
    upload, user = rights.entity(request, KIND, RIGHT), rights.account(request)
    body = await body_of(request, _CHANGES)
    if "extent" in body:
        extents.check(body["extent"])
    if upload["status"] == "DELETED":
        raise conflict("La livraison est supprimée")
    upload.update(body)
    events.record(entities_of(request), upload, "Modification", user)
    return answer(request, shown(upload))


async def delete(request: Request) -> Response:
    """The record stays, without its files."""
    upload, user = rights.entity(request, KIND, RIGHT), rights.account(request)
    if upload["status"] not in _DELETABLE:
        raise conflict(f"Une livraison dans l'état {upload['status']} ne peut être supprimée")
    require_unused(entities_of(request), upload)
    upload.update(status="DELETED", size=0)
    await asyncio.to_thread(shutil.rmtree, entities_of(request).root / KIND / upload["_id"], ignore_errors=True)
    events.record(entities_of(request), upload, "Suppression", user)
    return Response(None, EA3_DELETED)


async def add_data(request: Request) -> Response:
    """A file at its path, which contains its name; what a broken connection left is kept too."""
    return await _add(request, "data", tree.inside(Path(), only(request, "path").get("path")))


async def add_md5(request: Request) -> Response:
    """A file of sums, at the root of the tree under the name it was sent with."""
    only(request)
    name = form_of(request).file(cut=True).filename
    if "/" in name:
        raise bad(f"Nom incorrect : {name}")
    return await _add(request, "md5", tree.inside(Path(), name))


async def _add(request: Request, part: str, path: Path) -> Response:
    datastore, upload, entities = rights.datastore(request, RIGHT), _open_one(request), entities_of(request)
    sent, folder = form_of(request).file(cut=True), _folder(request, upload, part)
    if tree.taken(folder, folder / path):
        raise conflict(f"Ce chemin existe déjà : {path}")
    quota.require_storage(entities, datastore, quota.storage_for(entities, datastore, KIND), sent.size)
    quota.require_delivery(entities, sent.size)
    sent.move(folder / path)
    upload["size"] += sent.size
    entities.save(upload)
    return Response(None, EA3_EMPTY)


def _there(request: Request, upload: Entity, part: str) -> Path:
    """The file that the parameter `path` names; 404."""
    path = only(request, "path").get("path")
    file = tree.inside(_folder(request, upload, part), path)
    if not file.is_file():
        raise not_found(f"Fichier inconnu : {path}")
    return file


async def read_data(request: Request) -> Response:
    upload = rights.entity(request, KIND)
    return FileAnswer(_there(request, upload, "data"))


def _remove(part: str):
    async def remove(request: Request) -> Response:
        upload = _open_one(request)
        file = _there(request, upload, part)
        upload["size"] -= file.stat().st_size
        tree.remove(_folder(request, upload, part), file)
        entities_of(request).save(upload)
        return Response(None, EA3_EMPTY)

    return remove


async def read_tree(request: Request) -> Response:
    only(request)
    upload = rights.entity(request, KIND)
    parts = [await asyncio.to_thread(tree.listed, _folder(request, upload, part)) for part in ("data", "md5")]
    return answer(request, [*parts[0], *parts[1]])


async def close(request: Request) -> Response:
    upload, user = _open_one(request), rights.account(request)
    body = await body_of(request, record(callback=CALLBACK)) if await request.body() else {}
    events.record(entities_of(request), upload, "Fermeture", user)
    checking.start(request.state.sandbox, upload, checking.default_checks(request, upload), body.get("callback"))
    return Response(None, EA3_EMPTY)


async def reopen(request: Request) -> Response:
    upload, user, entities = rights.entity(request, KIND, RIGHT), rights.account(request), entities_of(request)
    if upload["status"] not in ("CLOSED", "UNSTABLE"):
        raise conflict(f"Une livraison dans l'état {upload['status']} ne peut être ouverte")
    require_unused(entities, upload)
    upload["status"], upload["private"]["checks"] = "OPEN", []
    events.record(entities, upload, "Ouverture", user)
    return Response(None, EA3_EMPTY)


async def read_checks(request: Request) -> Response:
    only(request)
    return answer(request, checking.by_state(entities_of(request), rights.entity(request, KIND)))


async def add_checks(request: Request) -> Response:
    """More checks of what is closed."""
    datastore, upload = rights.datastore(request, RIGHT), rights.entity(request, KIND, RIGHT)
    wanted = await body_of(request, IDS)
    if upload["status"] != "CLOSED":
        raise conflict(f"La livraison est dans l'état {upload['status']} : elle doit être CLOSED")
    checks = [rights.found(request, "check", id_) for id_ in wanted]
    for found in checks:
        if found["_id"] not in datastore["checks"]:
            raise not_found(f"Vérification inconnue dans cet entrepôt : {found['_id']}")
    checking.start(request.state.sandbox, upload, checks)
    return answer(request, checking.by_state(entities_of(request), upload), EA3_CREATED)


_ROOT = "/datastores/{datastore}/uploads"
_ONE = _ROOT + "/{id}"
ROUTES = [
    *shared_routes(KIND, RIGHT, "activity", "tags", "comments", "sharings", "events"),
    route(_ROOT, GET=index, POST=create),
    route(_ONE, GET=read, PATCH=change, DELETE=delete),
    route(_ONE + "/data", GET=read_data, POST=add_data, DELETE=_remove("data")),
    route(_ONE + "/md5", POST=add_md5, DELETE=_remove("md5")),
    route(_ONE + "/tree", GET=read_tree),
    route(_ONE + "/close", POST=close),
    route(_ONE + "/open", POST=reopen),
    route(_ONE + "/checks", GET=read_checks, POST=add_checks),
]
