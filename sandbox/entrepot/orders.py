"""What each processing is told to compute: which work, on which files, with which parameters (contract 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import catalogue
from .assumptions import PMTILES_ZOOM, VALIDATION_MODEL
from .entities import Entities, Entity


def order(entities: Entities, execution: Entity, output: Entity) -> tuple[str, dict[str, Any]]:
    """The name of the work and its arguments."""
    inputs = [_one(entities, id_) for id_ in execution["private"]["inputs"]]
    name, make = _ORDERS[execution["processing"]["name"]]
    kind = "uploads" if entities.get("uploads", output["_id"]) else "stored_data"
    return name, {
        "target": str(entities.folder(kind, output["_id"])),
        **make(entities, output, inputs, execution["parameters"]),
    }


def _one(entities: Entities, id_: str) -> Entity:
    found = entities.get("uploads", id_) or entities.get("stored_data", id_)
    assert found is not None
    return found


def _uploads(entities: Entities, inputs: list[Entity]) -> list[Entity]:
    return [one for one in inputs if entities.get("uploads", one["_id"])]


def _upload_folders(entities: Entities, inputs: list[Entity]) -> list[str]:
    return [str(entities.folder("uploads", one["_id"])) for one in _uploads(entities, inputs)]


def _data_folders(entities: Entities, inputs: list[Entity], type_: str) -> list[str]:
    return [str(entities.folder("stored_data", one["_id"])) for one in inputs if one["type"] == type_]


def _chosen(parameters: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: parameters[name] for name in names if name in parameters}


def _integration(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    return {
        "folders": _upload_folders(entities, inputs), "declared": inputs[0]["srs"],
        "current": output.get("srs"), "relations": output.get("type_infos", {}).get("relations", []), **parameters,
    }  # fmt: skip


def _derivation(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    scripts = [entities.folder("statics", id_) / "file" for id_ in parameters["derivations"]]
    return {
        "source": _data_folders(entities, inputs, "VECTOR-DB")[0], "relations": inputs[0]["type_infos"]["relations"],
        "scripts": [script.read_text(encoding="utf-8") for script in scripts], "params": parameters.get("params", {}),
        "srs": inputs[0].get("srs"),
    }  # fmt: skip


def _tiles(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    database = next(one for one in inputs if one["type"] == "VECTOR-DB")
    return {
        "source": str(entities.folder("stored_data", database["_id"])), "extent": database.get("extent"),
        "name": output["name"], "old": _data_folders(entities, inputs, "ROK4-PYRAMID-VECTOR"),
        **_chosen(parameters, "composition", "bottom_level", "top_level", "area"),
    }  # fmt: skip


def _pyramid(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    uploads = _uploads(entities, inputs)
    old = [one for one in inputs if one["type"] == "ROK4-PYRAMID-RASTER"] or (
        [output] if output.get("type_infos") else []
    )
    return {
        "folders": _upload_folders(entities, inputs), "declared": uploads[0]["srs"],
        "old": [_described(entities, one) for one in old],
        **_chosen(parameters, "tms", "compression", "interpolation", "bottom", "top"),
    }  # fmt: skip


def _described(entities: Entities, data: Entity) -> dict:
    """A pyramid that is there: its folder, its extent, its `type_infos`."""
    return {"folder": str(entities.folder("stored_data", data["_id"])), "extent": data["extent"], **data["type_infos"]}


def _harvest(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    left_out = ("width", "height", "parallelization")
    return {name: value for name, value in parameters.items() if name not in left_out}


def _merge(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    return {"pyramids": [_described(entities, one) for one in inputs], **_chosen(parameters, "bottom", "top", "bbox")}


def _copy(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    return {"folders": _upload_folders(entities, inputs), "extent": inputs[0].get("extent"), "srs": inputs[0]["srs"]}


def _index(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    return {"folders": _upload_folders(entities, inputs), "search_layer": inputs[0]["type_infos"]["is_search_layer"]}


def _pmtiles(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    levels = {**PMTILES_ZOOM, **_chosen(parameters.get("tippecanoe", {}), "top", "bottom")}
    return {
        "source": _data_folders(entities, inputs, "VECTOR-DB")[0], "extent": inputs[0].get("extent"),
        "name": output["name"], **levels, **_chosen(parameters, "relations", "fileout_name"),
    }  # fmt: skip


def _validation(entities: Entities, output: Entity, inputs: list[Entity], parameters: dict) -> dict:
    return {"folders": _upload_folders(entities, inputs), "model": parameters[VALIDATION_MODEL]}


_ORDERS: dict[str, tuple[str, Callable[[Entities, Entity, list[Entity], dict], dict]]] = {
    catalogue.INTEGRATION: ("integration", _integration),
    catalogue.DERIVATION: ("derivation", _derivation),
    catalogue.TILES: ("tiles", _tiles),
    catalogue.RASTER_PYRAMID: ("pyramid", _pyramid),
    catalogue.HARVEST: ("harvest", _harvest),
    catalogue.MERGE: ("merge", _merge),
    catalogue.COPY: ("archive", _copy),
    catalogue.SEARCH_INDEX: ("index", _index),
    catalogue.PMTILES: ("pmtiles", _pmtiles),
    catalogue.VALIDATION: ("validation", _validation),
}
