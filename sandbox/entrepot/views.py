"""What the API shows of entities that tell of others (contract 3.2, 3.3, 3.11 to 3.15)."""

from __future__ import annotations

from urllib.parse import quote

from . import events, quota
from .entities import Entities, Entity, shown

_QUERIES = {"WFS": ("WFS", "2.0.0"), "WMS": ("WMS", "1.3.0"), "WMTS": ("WMTS", "1.0.0")}


def some(entity: Entity | None, *names: str) -> Entity:
    """These members of an entity, those that it has."""
    return {name: entity[name] for name in names if name in entity} if entity else {}


def user_view(user: Entity) -> Entity:
    return some(user, "_id", "email", "first_name", "last_name")


def community_view(entities: Entities, community: Entity) -> Entity:
    private = community["private"]
    datastore = entities.get("datastore", private.get("datastore") or "")
    organization = next(iter(entities.all("organization")), None)
    return {
        **shown(community), "organization": some(organization, "_id", "name"),
        "datastore": some(datastore, "_id", "active") or None,
        "supervisor": user_view(entities.get("user", private["supervisor"]) or {}),
    }  # fmt: skip


def storage_entry(entities: Entities, datastore: Entity, storage: Entity) -> Entity:
    return {
        "use": quota.storage_use(entities, datastore, storage), "quota": quota.storage_quota(datastore, storage),
        "storage": some(storage, "_id", "name", "type", "labels"),
    }  # fmt: skip


def endpoint_entry(entities: Entities, datastore: Entity, endpoint: Entity) -> Entity:
    body = {name: value for name, value in shown(endpoint).items() if name not in ("creation", "update")}
    return {
        "use": quota.endpoint_use(entities, datastore, endpoint), "quota": quota.endpoint_quota(datastore, endpoint),
        "endpoint": body,
    }  # fmt: skip


def datastore_view(entities: Entities, datastore: Entity) -> Entity:
    community = entities.get("community", datastore["private"]["community"])
    storages: dict[str, list[Entity]] = {"data": [], "uploads": [], "annexes": []}
    for storage in quota.storages(entities, datastore):
        storages[storage["private"]["role"]].append(storage_entry(entities, datastore, storage))
    return {
        **shown(datastore), "community": some(community, "_id", "contact", "public"),
        "endpoints": [endpoint_entry(entities, datastore, e) for e in quota.endpoints(entities, datastore)],
        "storages": {"data": storages["data"], "uploads": storages["uploads"][0], "annexes": storages["annexes"][0]},
    }  # fmt: skip


def metadata_view(entities: Entities, record: Entity) -> Entity:
    endpoints = [some(entities.get("endpoint", id_), "_id", "name") for id_ in record["private"]["endpoints"]]
    return {**shown(record), "endpoints": endpoints}


def offering_view(entities: Entities, offering: Entity, *, created: bool = False) -> Entity:
    """The answer to a creation does not tell the addresses yet."""
    configuration = entities.get("configurations", offering["configuration"]["_id"])
    return {
        **{name: value for name, value in shown(offering).items() if name != "last_event"},
        "configuration": some(configuration, "_id", "name", "status"),
        "urls": [] if created else offering_urls(entities, offering),
    }


def offering_urls(entities: Entities, offering: Entity) -> list[Entity]:
    """Where an offering is served: the capabilities of what speaks OGC, else the address of the layer itself."""
    endpoint = entities.get("endpoint", offering["endpoint"]["_id"]) or {"urls": []}
    return [
        {"type": url["type"], "url": address}
        for url in endpoint["urls"]
        for address in _addresses(entities, offering, url["type"], url["url"].rstrip("/"))
    ]


def _addresses(entities: Entities, offering: Entity, type_: str, root: str) -> list[str]:
    layer = quote(offering["layer_name"])
    if type_ in _QUERIES:
        service, version = _QUERIES[type_]
        return [f"{root}?SERVICE={service}&VERSION={version}&REQUEST=GetCapabilities"]
    if offering["type"] == "VECTOR-TMS":
        configuration = entities.get("configurations", offering["configuration"]["_id"]) or {}
        used = configuration.get("type_infos", {}).get("used_data", [])
        tables = [r.get("public_name") or r["native_name"] for data in used for r in data["relations"]]
        return [f"{root}/{layer}.{quote(table)}" for table in tables]
    if type_ == "DOWNLOAD":
        return [f"{root}/resource/{layer}"]
    if type_ == "SEARCH":
        return [f"{root}/api/indexes/{layer}"]
    return [f"{root}/{layer}"] if type_ == "TMS" else [root]


def permission_view(entities: Entities, permission: Entity, *, author: bool = True, urls: bool = False) -> Entity:
    """With its author for the datastore that gave it, with the addresses of its offerings for who was given it."""
    about: Entity = {**shown(permission), "offerings": [], "beneficiary": _beneficiary(entities, permission)}
    for told in permission["offerings"]:
        offering = entities.get("offerings", told["_id"])
        if offering:
            row = some(offering, "_id", "type", "status", "layer_name", "open", "available")
            about["offerings"].append({**row, "urls": offering_urls(entities, offering)} if urls else row)
    if author:
        datastore = entities.get("datastore", permission["private"]["datastore"])
        about["datastore_author"] = some(datastore, "_id", "name", "technical_name", "active")
    return about


def _beneficiary(entities: Entities, permission: Entity) -> Entity:
    id_ = permission["beneficiary"]["_id"]
    if permission["private"]["type"] == "ACCOUNT":
        return events.name_of(entities.get("user", id_) or {})
    return some(entities.get("community", id_), "_id", "name", "technical_name", "contact", "public")


def access_view(entities: Entities, access: Entity) -> Entity:
    permission = entities.get("permissions", access["permission"] or "")
    offering = entities.get("offerings", access["offering"])
    row = {
        "_id": access["_id"], "offering": some(offering, "_id", "type", "status", "layer_name", "open", "available"),
    }  # fmt: skip
    if permission:
        row["permission"] = some(permission, "_id", "licence", "end_date", "only_oauth")
    return row
