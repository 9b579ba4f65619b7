"""`/processings` and their executions (contract 3.6, 3.7)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad, not_found
from ...wire import route
from .. import events, ordering, quota, rights, running, usage
from ..assumptions import EA3_CREATED, EA3_DELETED, EA3_EMPTY
from ..callbacks import CALLBACK
from ..entities import Entities, Entity, shown
from ..query import Listing, page, page_of_texts
from ..rights import entities_of
from ..views import some
from ..wire import ID, OBJECT, TEXT, TEXTS, answer, body_of, conflict, record
from ..words import EXECUTION_STATUSES

RIGHT = "PROCESSING"
_IDS = {"type": "array", "items": ID, "uniqueItems": True}
_BY_ID = record(("id",), id=ID)
_OUTPUT = {
    "oneOf": [
        record(("stored_data",), stored_data={"anyOf": [
            record(("name",), name=TEXT, storage_type=TEXT, storage_tags=TEXTS), _BY_ID,
        ]}),
        record(("upload",), upload={"anyOf": [record(("name",), name=TEXT), _BY_ID]}),
    ]
}  # fmt: skip
_NEW = record(
    ("processing", "output"),
    processing=ID, inputs=record(upload=_IDS, stored_data=_IDS), output=_OUTPUT, parameters=OBJECT, callback=CALLBACK,
)  # fmt: skip
_KINDS = {"stored_data": "stored_data", "upload": "uploads"}
_PROCESSINGS = Listing(
    default=("name", "description"), demand=("creation", "priority", "input_types", "output_types"), texts=("name",),
    reads={
        "input_upload_type": lambda one: one["input_types"]["upload"],
        "input_stored_data_type": lambda one: one["input_types"]["stored_data"],
        "output_upload_type": lambda one: one["output_type"].get("upload"),
        "output_stored_data_type": lambda one: one["output_type"].get("stored_data"),
    },
)  # fmt: skip
_EXECUTIONS = Listing(
    default=("processing", "status", "creation", "launch", "start", "finish"),
    words={"status": EXECUTION_STATUSES},
    reads={
        "processing": lambda one: one["processing"]["_id"],
        "input_upload": lambda one: one["private"]["inputs"],
        "input_stored_data": lambda one: one["private"]["inputs"],
        "output_upload": lambda one: one["private"]["outputs"],
        "output_stored_data": lambda one: one["private"]["outputs"],
    },
)


def _offered(request: Request) -> list[Entity]:
    datastore = rights.datastore(request)
    every = entities_of(request).all("processing")
    return [one for one in every if one["_id"] in datastore["processings"]]


def _processing(request: Request, id_: str) -> Entity:
    found = next((one for one in _offered(request) if one["_id"] == id_), None)
    if found is None:
        raise not_found(f"Traitement inconnu dans cet entrepôt : {id_}")
    return found


async def index(request: Request) -> Response:
    return page(request, _offered(request), _PROCESSINGS)


async def read(request: Request) -> Response:
    return answer(request, shown(_processing(request, request.path_params["id"])))


def _view(entities: Entities, execution: Entity) -> Entity:
    """With its inputs and output as they are now; what is gone is DELETED."""
    private, members = execution["private"], ("_id", "name", "type", "status", "srs")
    told = {}
    for member, kind in _KINDS.items():
        known = [entities.get(kind, id_) for id_ in private["inputs"]]
        told[member] = [some(one, *members) for one in known if one is not None]
    output = running.output_of(entities, execution) or {**private["output"], "status": "DELETED"}
    return {**shown(execution), "inputs": told, "output": {private.get("made", "stored_data"): some(output, *members)}}


async def executions(request: Request) -> Response:
    datastore = rights.datastore(request)
    return page(request, entities_of(request).all(running.KIND, datastore["_id"]), _EXECUTIONS)


async def create(request: Request) -> Response:
    """The execution and its output, which is there from now on."""
    datastore, user = rights.datastore(request, RIGHT), rights.account(request)
    body, entities = await body_of(request, _NEW), entities_of(request)
    processing = _processing(request, body["processing"])
    ((made, wanted),) = body["output"].items()
    type_ = processing["output_type"].get(made)
    if type_ is None:
        raise bad(f"{processing['name']} ne produit pas de {'livraison' if made == 'upload' else 'donnée stockée'}")
    inputs = ordering.inputs(entities, datastore, processing, body.get("inputs", {}))
    old = ordering.existing(entities, datastore, made, type_, wanted["id"]) if "id" in wanted else None
    given = ordering.parameters(entities, datastore, processing, body.get("parameters", {}), inputs, old)
    sources = [one for entries in inputs.values() for one in entries]
    if old is not None:
        output = old
    elif made == "upload":
        output = _new_upload(entities, datastore, type_, wanted["name"], sources[0]["srs"])
        events.record(entities, output, "Création", user)
    else:
        faulty = request.state.sandbox.faults.take("no_storage", *wanted.get("storage_tags", [""])) is not None
        storage = ordering.storage(entities, datastore, processing, wanted, faulty)
        output = _new_output(entities, datastore, type_, wanted["name"], storage)
        events.record(entities, output, "Création", user)
    if type_ == "ROK4-PYRAMID-RASTER":
        used = {one["_id"] for one in inputs["stored_data"]} - {output["_id"]}
        output["private"]["use"] = sorted({*output["private"].get("use", []), *used})
        entities.save(output, touched=False)
    execution = entities.add(running.KIND, {
        "processing": some(processing, "_id", "name"), "status": "CREATED", "parameters": given,
        **some(body, "callback"),
        "private": {
            "inputs": [one["_id"] for one in sources], "outputs": [output["_id"]],
            "output": some(output, "_id", "name", "type"), "made": made, "updates": old is not None, "logs": [],
        },
    }, datastore["_id"])  # fmt: skip
    return answer(request, _view(entities, execution), EA3_CREATED)


def _new_output(entities: Entities, datastore: Entity, type_: str, name: str, storage: Entity) -> Entity:
    return entities.add("stored_data", {
        "name": name, "type": type_, "open": False, "status": "CREATED", "size": 0, "tags": {},
        "contact": rights.community_of(entities, datastore)["contact"], "storage": some(storage, "type", "labels"),
        "public_activity": False, "type_infos": {}, "private": {"storage": storage["_id"], "use": []},
    }, datastore["_id"])  # fmt: skip


def _new_upload(entities: Entities, datastore: Entity, type_: str, name: str, srs: str) -> Entity:
    return entities.add("uploads", {
        "name": name, "description": "", "type": type_, "srs": srs, "open": False, "status": "CREATED", "size": 0,
        "tags": {}, "type_infos": {}, "contact": rights.community_of(entities, datastore)["contact"],
        "private": {"checks": [], "storage": quota.storage_for(entities, datastore, "uploads")["_id"]},
    }, datastore["_id"])  # fmt: skip


async def read_execution(request: Request) -> Response:
    return answer(request, _view(entities_of(request), rights.entity(request, running.KIND)))


async def read_logs(request: Request) -> Response:
    return page_of_texts(request, rights.entity(request, running.KIND)["private"]["logs"])


async def launch(request: Request) -> Response:
    execution, entities = rights.entity(request, running.KIND, RIGHT), entities_of(request)
    _require(execution, "CREATED")
    private, output = execution["private"], running.output_of(entities, execution)
    inputs = {member: [entities.get(kind, id_) for id_ in private["inputs"]] for member, kind in _KINDS.items()}
    known = {member: [one for one in entries if one is not None] for member, entries in inputs.items()}
    if output is None or sum(map(len, known.values())) < len(private["inputs"]):
        raise conflict("Une entrée ou la sortie a été supprimée")
    ordering.require_usable(entities, _processing(request, execution["processing"]["_id"]), known)
    usage.require_unused(entities, output)
    running.launch(request.state.sandbox, execution, output)
    return Response(None, EA3_EMPTY)


async def abort(request: Request) -> Response:
    execution = rights.entity(request, running.KIND, RIGHT)
    _require(execution, "CREATED", "WAITING", "PROGRESS")
    running.abort(request.state.sandbox, execution)
    return Response(None, EA3_DELETED)


async def delete(request: Request) -> Response:
    """EA20: only what was not launched. Its output stays."""
    execution = rights.entity(request, running.KIND, RIGHT)
    _require(execution, "CREATED")
    entities_of(request).remove(running.KIND, execution["_id"])
    return Response(None, EA3_EMPTY)


async def change(request: Request) -> Response:
    execution, entities = rights.entity(request, running.KIND, RIGHT), entities_of(request)
    body = await body_of(request, record(("callback",), callback=CALLBACK))
    _require(execution, "CREATED", "WAITING", "PROGRESS")
    execution.update(body)
    entities.save(execution)
    return answer(request, _view(entities, execution))


def _require(execution: Entity, *statuses: str) -> None:
    if execution["status"] not in statuses:
        raise conflict(f"L'exécution est dans l'état {execution['status']} : attendu {', '.join(statuses)}")


_ROOT = "/datastores/{datastore}/processings"
_ONE = _ROOT + "/executions/{id}"
ROUTES = [
    route(_ROOT + "/executions", GET=executions, POST=create),
    route(_ONE, GET=read_execution, PATCH=change, DELETE=delete),
    route(_ONE + "/logs", GET=read_logs),
    route(_ONE + "/launch", POST=launch),
    route(_ONE + "/abort", POST=abort),
    route(_ROOT, GET=index),
    route(_ROOT + "/{id}", GET=read),
]
