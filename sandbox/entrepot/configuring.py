"""What a configuration must be to be served (contract 3.12), and what uses what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from ..errors import bad, not_found
from . import nomenclatures
from .assumptions import EA16_STYLE_SHEET_TYPES
from .entities import Entities, Entity
from .service_schemas import TYPE_INFOS
from .wire import check, conflict

_PYRAMIDS = ("ROK4-PYRAMID-RASTER", "ROK4-PYRAMID-VECTOR")
_DATA_TYPES = {
    "WFS": ("VECTOR-DB",), "WMS-VECTOR": ("VECTOR-DB",), "VECTOR-TMS": ("VECTOR-DB",), "WMTS-TMS": _PYRAMIDS,
    "WMS-RASTER": ("ROK4-PYRAMID-RASTER",), "DOWNLOAD": ("ARCHIVE",), "ALTIMETRY": ("ROK4-PYRAMID-RASTER",),
    "SEARCH": ("INDEX",), "ITINERARY-ISOCURVE": ("GRAPH-DB", "GRAPH-OSRM", "GRAPH-VALHALLA"),
}  # fmt: skip
_USABLE = ("GENERATED", "MODIFYING")
_WITH_BBOX = ("WFS", "WMS-VECTOR", "WMTS-TMS", "WMS-RASTER", "ALTIMETRY")


class Rules:
    """The checks of one configuration; `datastore` is where it is."""

    def __init__(self, entities: Entities, datastore: Entity):
        self._entities, self._datastore = entities, datastore

    def require(self, type_: str, infos: Entity, metadata: list[Entity]) -> None:
        """400 with the reasons for a content that cannot be served; 404, 409 for what it uses."""
        check(infos, TYPE_INFOS[type_], "type_infos")
        if any(link["type"] == "StyleSheet" for link in metadata) and type_ not in EA16_STYLE_SHEET_TYPES:
            raise bad(f"metadata : le type StyleSheet ne convient pas à {type_}")
        data = [self._stored_data(used["stored_data"], _DATA_TYPES[type_], type_) for used in infos["used_data"]]
        twice = _twice(used["stored_data"] for used in infos["used_data"])
        if twice:
            raise bad(f"La donnée stockée {twice} est référencée plusieurs fois")
        if len({stored["type"] for stored in data}) > 1:
            raise bad("used_data : toutes les données doivent être du même type")
        if type_ in _WITH_BBOX and "bbox" not in infos and not any(stored.get("extent") for stored in data):
            raise bad("type_infos.bbox attendue : aucune donnée n'a d'étendue")
        _require_box(infos.get("bbox"))
        specific = _SPECIFIC.get(type_)
        if specific:
            specific(self, infos, data)

    def require_layer_name(self, type_: str, layer_name: str) -> None:
        """400 without the prefix of the datastore, 409 if the name is taken on the platform."""
        prefix = self._datastore.get("configuration_layer_name_prefix", "")
        if not layer_name.startswith(prefix):
            raise bad(f"layer_name : {layer_name} doit commencer par {prefix}")
        for other in self._entities.all("configurations"):
            if (other["type"], other["layer_name"]) == (type_, layer_name):
                raise conflict(f"layer_name déjà pris pour le type {type_} : {layer_name}")

    def _stored_data(self, id_: str, types: tuple[str, ...], service: str) -> Entity:
        """Of this datastore, or one that is shared with it."""
        stored, own = self._entities.get("stored_data", id_), self._datastore["_id"]
        if stored is None or not (
            self._entities.datastore_of(id_) == own
            or own in stored["private"].get("sharings", [])
            or stored.get("open")
        ):
            raise not_found(f"Donnée stockée inconnue : {id_}")
        if stored["type"] not in types:
            raise bad(
                f"La donnée {stored['name']} est de type {stored['type']} ; {service} demande {' ou '.join(types)}"
            )
        if stored["status"] not in _USABLE:
            raise conflict(f"La donnée {stored['name']} est {stored['status']}")
        return stored

    def _static(self, id_: str, type_: str) -> Entity:
        static = self._entities.get("statics", id_, self._datastore["_id"])
        if static is None:
            raise not_found(f"Fichier statique inconnu : {id_}")
        if static["type"] != type_:
            raise bad(f"Le fichier {static['name']} est de type {static['type']}, {type_} attendu")
        return static

    def _tables(self, infos: Entity, data: list[Entity]) -> None:
        """WFS, VECTOR-TMS: the tables exist, and are called differently."""
        names = []
        for used, stored in zip(infos["used_data"], data):
            for relation in used["relations"]:
                _attributes(stored, relation["native_name"])
                names.append(relation.get("public_name") or relation["native_name"])
        if _twice(names):
            raise bad(f"Nom de table en double : {_twice(names)}")

    def _map(self, infos: Entity, data: list[Entity]) -> None:
        """WMS-VECTOR: styles and templates use attributes that the tables have."""
        for used, stored in zip(infos["used_data"], data):
            for relation in used["relations"]:
                attributes = _attributes(stored, relation["name"])
                for member, type_ in (("style", "GEOSERVER-STYLE"), ("ftl", "GEOSERVER-FTL")):
                    if member in relation:
                        _require_attributes(self._static(relation[member], type_), relation["name"], attributes)
        twice = _twice(relation["name"] for used in infos["used_data"] for relation in used["relations"])
        if twice:
            raise bad(f"Table en double : {twice}")

    def _tiles(self, infos: Entity, data: list[Entity]) -> None:
        """WMTS-TMS, WMS-RASTER: the levels exist, the styles are called differently."""
        if len({stored["type_infos"].get("tms") for stored in data}) > 1:
            raise bad("used_data : toutes les pyramides doivent avoir le même TMS")
        for used, stored in zip(infos["used_data"], data):
            levels = list(map(str, stored["type_infos"].get("levels", [])))
            for member in ("bottom_level", "top_level"):
                if used[member] not in levels:
                    raise bad(f"{member} : le niveau {used[member]} est absent de {stored['name']}")
            bottom, top = used["bottom_level"], used["top_level"]
            if bottom.isdigit() and top.isdigit() and int(bottom) < int(top):
                raise bad(f"bottom_level {bottom} est moins détaillé que top_level {top}")
        identifiers = [self._static(id_, "ROK4-STYLE")["type_infos"]["identifier"] for id_ in infos.get("styles", [])]
        if _twice(identifiers):
            raise bad(f"Deux styles ont l'identifiant {_twice(identifiers)}")

    def _archives(self, infos: Entity, data: list[Entity]) -> None:
        """DOWNLOAD."""
        twice = _twice(used["sub_name"] for used in infos["used_data"])
        if twice:
            raise bad(f"sub_name en double : {twice}")
        for used in infos["used_data"]:
            for member in ("format", "zone", "resolution"):
                if member in used and used[member] not in nomenclatures.terms(member.upper()):
                    raise bad(f"{member} : terme inconnu : {used[member]}")

    def _heights(self, infos: Entity, data: list[Entity]) -> None:
        """ALTIMETRY: one channel of floats."""
        for used, stored in zip(infos["used_data"], data):
            about = stored["type_infos"]
            if (about.get("channels_number"), about.get("channels_format")) != (1, "FLOAT32"):
                raise bad(f"{stored['name']} : un canal FLOAT32 attendu")
            for member in ("source", "accuracy"):
                if "stored_data" in used[member]:
                    self._stored_data(used[member]["stored_data"], ("ROK4-PYRAMID-RASTER",), "ALTIMETRY")


_SPECIFIC: dict[str, Callable[[Rules, Entity, list[Entity]], None]] = {
    "WFS": Rules._tables,
    "VECTOR-TMS": Rules._tables,
    "WMS-VECTOR": Rules._map,
    "WMTS-TMS": Rules._tiles,
    "WMS-RASTER": Rules._tiles,
    "DOWNLOAD": Rules._archives,
    "ALTIMETRY": Rules._heights,
}


def stored_data_ids(configuration: Entity) -> Iterator[str]:
    """The data that a configuration uses."""
    for used in configuration["type_infos"]["used_data"]:
        yield used["stored_data"]
        for member in ("source", "accuracy"):
            if isinstance(used.get(member), dict) and "stored_data" in used[member]:
                yield used[member]["stored_data"]


def static_ids(configuration: Entity) -> Iterator[str]:
    """The styles and templates that a configuration uses."""
    yield from configuration["type_infos"].get("styles", [])
    for used in configuration["type_infos"]["used_data"]:
        for relation in used.get("relations", []):
            yield from (relation[member] for member in ("style", "ftl") if member in relation)


def users_of_stored_data(entities: Entities, id_: str) -> list[Entity]:
    """The configurations that use a stored data."""
    return [found for found in entities.all("configurations") if id_ in stored_data_ids(found)]


def users_of_static(entities: Entities, id_: str) -> list[Entity]:
    """The configurations that use a static file."""
    return [found for found in entities.all("configurations") if id_ in static_ids(found)]


def _attributes(stored: Entity, table: str) -> set[str]:
    """The columns of a table; 400 where there is no such table."""
    for relation in stored["type_infos"].get("relations", []):
        if relation["name"] == table:
            return set(relation["attributes"])
    raise bad(f"La table {table} est absente de la donnée {stored['name']}")


def _require_attributes(static: Entity, table: str, attributes: set[str]) -> None:
    absent = sorted(set(static["type_infos"]["used_attributes"]) - attributes)
    if absent:
        raise bad(f"Le fichier {static['name']} utilise des attributs absents de {table} : {', '.join(absent)}")


def _require_box(box: Entity | None) -> None:
    if box and (box["west"] >= box["east"] or box["south"] >= box["north"]):
        raise bad("type_infos.bbox : ouest < est et sud < nord attendus")


def _twice(values) -> str | None:
    """The first value that is there more than once."""
    return next((value for value, count in Counter(values).items() if count > 1), None)
