"""Whether an execution may be declared (contract 3.7): its inputs, its parameters, where its output goes."""

from __future__ import annotations

from typing import Any

from ..errors import ApiError, bad, not_found
from . import catalogue, checking, quota, usage
from .entities import Entities, Entity
from .nomenclatures import GRIDS
from .wire import check, conflict

_USABLE = {"uploads": ("CLOSED",), "stored_data": ("GENERATED", "MODIFYING")}
_MEMBERS = {"upload": "uploads", "stored_data": "stored_data"}


def inputs(
    entities: Entities, datastore: Entity, processing: Entity, asked: dict[str, list[str]]
) -> dict[str, list[Entity]]:
    """The uploads and stored data that are asked for. Raises 400, 404, 409."""
    found = {
        member: [_input(entities, datastore, kind, id_) for id_ in asked.get(member, [])]
        for member, kind in _MEMBERS.items()
    }
    for member, entries in found.items():
        taken = processing["input_types"][member]
        for entry in entries:
            if entry["type"] not in taken:
                raise bad(f"{processing['name']} ne prend pas le type {entry['type']}")
    first = {member: types[:1] for member, types in processing["input_types"].items()}
    needed = first["upload"] or ([] if processing["name"] == catalogue.HARVEST else first["stored_data"])
    for type_ in needed:
        if not any(entry["type"] == type_ for entries in found.values() for entry in entries):
            raise bad(f"Il manque une entrée de type {type_}")
    require_usable(entities, processing, found)
    return found


def _input(entities: Entities, datastore: Entity, kind: str, id_: str) -> Entity:
    """One of the datastore, or one that is open or shared with it."""
    entity = entities.get(kind, id_)
    own = entities.datastore_of(id_) == datastore["_id"]
    if entity is None or not (own or entity["open"] or datastore["_id"] in entity["private"].get("sharings", [])):
        raise not_found(f"Entrée inconnue : {id_}")
    return entity


def require_usable(entities: Entities, processing: Entity, found: dict[str, list[Entity]]) -> None:
    """409 where an input is not ready, or has not passed what the processing wants."""
    for member, entries in found.items():
        for entry in entries:
            if entry["status"] not in _USABLE[_MEMBERS[member]]:
                raise conflict(f"« {entry['name']} » est dans l'état {entry['status']}")
    for upload in found["upload"]:
        passed = checking.passed(entities, upload)
        for wanted in processing["required_checks"]:
            if wanted["_id"] not in passed:
                raise conflict(f"« {upload['name']} » n'a pas passé : {wanted['name']}")


def parameters(entities: Entities, datastore: Entity, processing: Entity, given: dict[str, Any],
               found: dict[str, list[Entity]], updates: Entity | None) -> dict[str, Any]:  # fmt: skip
    """The parameters with their defaults. Raises 400, and 404 for statics that are not there."""
    known = {parameter["name"]: parameter for parameter in processing["parameters"]}
    for name in given:
        if name not in known:
            raise bad(f"Paramètre inconnu : {name}")
    complete: dict[str, Any] = {}
    for name, parameter in known.items():
        if name in given:
            check(given[name], parameter.get("constraints", {}), name)
            complete[name] = given[name]
        elif parameter["mandatory"]:
            raise bad(f"Paramètre obligatoire : {name}")
        elif "default_value" in parameter:
            complete[name] = parameter["default_value"]
        if "static_type" in parameter:
            _require_statics(entities, datastore, parameter["static_type"], complete.get(name, []))
    _require_more(processing, complete, found, updates)
    return complete


def _require_statics(entities: Entities, datastore: Entity, type_: str, ids: list[str]) -> None:
    for id_ in ids:
        static = entities.get("statics", id_, datastore["_id"])
        if static is None or static["type"] != type_:
            raise not_found(f"Fichier statique {type_} inconnu : {id_}")


def _require_more(
    processing: Entity, given: dict[str, Any], found: dict[str, list[Entity]], updates: Entity | None
) -> None:
    """What the descriptions of the parameters say, and no schema can."""
    if processing["name"] == catalogue.TILES:
        if "composition" not in given and not {"bottom_level", "top_level"} <= set(given):
            raise bad("bottom_level et top_level sont obligatoires sans composition")
        if "area" not in given and not any(data.get("extent") for data in found["stored_data"]):
            raise bad("area est obligatoire : la base n'a pas d'étendue")
    first = updates is None and not found["stored_data"]
    if processing["name"] == catalogue.RASTER_PYRAMID and first and "tms" not in given:
        raise bad("tms est obligatoire à la première génération")
    if "tms" in given and given["tms"] not in GRIDS:
        raise bad(f"tms inconnu : {given['tms']}")


def storage(entities: Entities, datastore: Entity, processing: Entity, asked: Entity, missing: bool) -> Entity:
    """The storage of a new stored data: of the right type, with all the tags. Raises 404; 409 where it is full.

    EA21: without tags the first of the right type. `missing`: there shall be none.
    """
    types, tags = processing["output_type"]["storage"], set(asked.get("storage_tags", []))
    if asked.get("storage_type") not in (None, *types):
        raise bad(f"storage_type : {processing['name']} écrit dans {', '.join(types)}")
    fitting = [
        one for one in quota.storages(entities, datastore)
        if one["private"]["role"] == "data" and one["type"] in types and tags <= set(one["labels"])
    ]  # fmt: skip
    if missing or not fitting:
        raise ApiError(404, f"Aucun stockage ne porte les étiquettes {', '.join(sorted(tags))}")
    quota.require_storage(entities, datastore, fitting[0], 1)
    return fitting[0]


def existing(entities: Entities, datastore: Entity, member: str, type_: str, id_: str) -> Entity:
    """The output that an execution is to update, of `stored_data` or `upload`. Raises 400, 404, 409."""
    output = entities.get(_MEMBERS[member], id_, datastore["_id"])
    if output is None:
        raise not_found(f"Sortie inconnue : {id_}")
    if output["type"] != type_:
        raise bad(f"La sortie doit être de type {type_}")
    if output["status"] not in ("GENERATED", "CLOSED"):
        raise conflict(f"« {output['name']} » est dans l'état {output['status']}")
    usage.require_unused(entities, output)
    return output
