"""The Entrepôt of a fresh sandbox: accounts, communities, datastores, endpoints, storages, processings, checks.

Every id is drawn anew for a fresh state: who uses the API discovers them.
"""

from __future__ import annotations

from typing import NamedTuple

from ..state import SITE
from ..world.people import BY_NAME, USERS
from .catalogue import CHECKS, PROCESSINGS
from .entities import Entities, Entity

_ALL = ("UPLOAD", "PROCESSING", "ANNEX", "BROADCAST")
GIGABYTE = 1_000_000_000


class _Community(NamedTuple):
    """`members`: rights by user name. The supervisor has every right without being told of."""

    technical_name: str
    name: str
    supervisor: str
    members: dict[str, tuple[str, ...]]
    datastore: bool = True
    public: bool = True


COMMUNITIES = (
    _Community("montreuil", "Commune de Montreuil", "admin", {"membre": _ALL, "service-geocollab": _ALL}),
    _Community("sdis", "Service d'incendie", "gestionnaire", {"membre": ("UPLOAD", "PROCESSING"), "contributeur": ()}),
    _Community("decouverte", "Découverte", "gestionnaire_route", {"membre": _ALL, "gestionnaire": _ALL}),
    _Community("riverains", "Collectif de riverains", "contributeur", {"membre": (), "attente": ()}, False, False),
)


class _Service(NamedTuple):
    """What serves a type: technical name, addresses by type of url; the same below `/private` unless `open_only`."""

    type: str
    technical_name: str
    urls: tuple[tuple[str, str], ...]
    private: tuple[tuple[str, str], ...] = ()


SERVICES = (
    _Service("WFS", "gpf-geoserver-wfs", (("WFS", "/wfs/geoserver/ows"),), (("WFS", "/private/wfs"),)),
    _Service("WMS-VECTOR", "gpf-geoserver-wms-v", (("WMS", "/wms-v/geoserver/ows"),), (("WMS", "/private/wms-v"),)),
    _Service("WMTS-TMS", "gpf-rok4-server-wmts-tms", (("WMTS", "/wmts"), ("TMS", "/tms/1.0.0/")),
             (("WMTS", "/private/wmts"), ("TMS", "/private/tms/1.0.0/"))),
    _Service("WMS-RASTER", "gpf-rok4-server-wms-r", (("WMS", "/wms-r/wms"),), (("WMS", "/private/wms-r"),)),
    _Service("DOWNLOAD", "gpf-download", (("DOWNLOAD", "/telechargement"),),
             (("DOWNLOAD", "/private/telechargement"),)),
    _Service("ALTIMETRY", "gpf-altimetry", (("ALTIMETRY", "/altimetrie"),), (("ALTIMETRY", "/private/altimetrie"),)),
    _Service("SEARCH", "gpf-search", (("SEARCH", "/recherche"),), (("SEARCH", "/private/recherche"),)),
    _Service("METADATA", "gpf-geonetwork", (("METADATA", "/csw"),), (("METADATA", "/private/csw"),)),
    _Service("VECTOR-TMS", "gpf-vector-tms", (("TMS", "/vector-tms/1.0.0/"),)),
)  # fmt: skip
_IN_PARTS = _Service("DOWNLOAD", "gpf-download", (("DOWNLOAD", "/chunk/telechargement"),))
"""Files for those who read parts of them; it comes last, who asks for files in whole wants the other."""
FULL_TYPES = ("WFS", "WMS-VECTOR")
"""For these montreuil has one more open endpoint, which is full: it comes first, where a careless client takes it."""

STORAGES = (
    ("data", "POSTGRESQL", "Base de données vecteur", ("VECTEUR",)),
    ("data", "POSTGRESQL", "Base de données vecteur rapide", ("VECTEUR", "PERF")),
    ("data", "S3", "Pyramides", ("PYRAMIDE",)),
    ("data", "S3", "Archives", ("ARCHIVE",)),
    ("data", "OPENSEARCH", "Index de recherche", ("INDEX",)),
    ("uploads", "S3", "Livraisons", ("LIVRAISON",)),
    ("annexes", "S3", "Annexes", ("ANNEXE",)),
)

_QUOTAS = {"montreuil": (50, 500 * GIGABYTE), "sdis": (50, 500 * GIGABYTE), "decouverte": (5, 20_000_000)}
"""Offerings on each endpoint, bytes in each storage."""
_PREFIXES = {"decouverte": "SANDBOX"}


def fill(entities: Entities) -> None:
    """Everything of a fresh sandbox, in one transaction; nothing where it was filled before."""
    if entities.all("user"):
        return
    entities.db.execute("BEGIN")
    users = {user.username: entities.add("user", _user(user.username)) for user in USERS}
    endpoints, storages = _endpoints(entities), [entities.add("storage", _storage(*storage)) for storage in STORAGES]
    checks = {check["name"]: entities.add("check", check) for check in CHECKS}
    processings = [entities.add("processing", _processing(processing, checks)) for processing in PROCESSINGS]
    for community in COMMUNITIES:
        made = entities.add("community", _community(community, users))
        if community.datastore:
            body = _datastore(community, made, endpoints, storages, list(checks.values()), processings)
            datastore = entities.add("datastore", body)
            made["private"]["datastore"] = datastore["_id"]
            entities.save(made, touched=False)
    about = {"economical_model": "PUBLIC", "uploads_quota": 1000 * GIGABYTE}
    entities.add("organization", {"name": "Collectivités du bac à sable", **about})
    entities.db.execute("COMMIT")


def ids_by_name(entities: Entities) -> dict[str, dict[str, str]]:
    """What the seed made, by kind: users by user name, what has a technical name by that, the rest by name."""
    kinds = {"user": "last_name", "community": "technical_name", "datastore": "technical_name",
             "endpoint": "technical_name", "storage": "name", "processing": "name", "check": "name"}  # fmt: skip
    return {kind: {entity[name]: entity["_id"] for entity in entities.all(kind)} for kind, name in kinds.items()}


def _user(username: str) -> Entity:
    user = BY_NAME[username]
    return {
        "email": user.email, "last_name": username, "first_name": "Compte", "administrator": False,
        "technical": username.startswith("service-"), "documents_quota": 50_000_000, "keys_quota": 20,
        "private": {"user": user.id},
    }  # fmt: skip


def _community(community: _Community, users: dict[str, Entity]) -> Entity:
    return {
        "name": community.name, "description": "", "technical_name": community.technical_name,
        "contact": f"{community.technical_name}@sandbox.invalid", "public": community.public,
        "private": {
            "supervisor": users[community.supervisor]["_id"],
            "members": {users[name]["_id"]: list(rights) for name, rights in community.members.items()},
            "since": users[community.supervisor]["creation"],
        },
    }  # fmt: skip


def _endpoints(entities: Entities) -> list[Entity]:
    """The endpoints of the platform, those that are full first."""
    shapes: list[Entity] = []
    for service in SERVICES:
        if service.type in FULL_TYPES:
            shapes.append(_endpoint(service, "-complet", private={"full": True, "only": "montreuil"}))
        shapes.append(_endpoint(service))
        if service.private:
            shapes.append(_endpoint(service, "-private", open_=False))
    demanding = {"force_metadata": True, "force_attribution": True, "private": {"only": "montreuil"}}
    shapes += [_endpoint(SERVICES[0], "-catalogue", **demanding), _endpoint(_IN_PARTS, "-chunk")]
    return [entities.add("endpoint", shape) for shape in shapes]


def _endpoint(service: _Service, suffix: str = "", *, open_: bool = True, **more) -> Entity:
    urls = service.urls if open_ else service.private
    return {
        "name": f"{service.type} {'ouvert' if open_ else 'privé'}{suffix.replace('-private', '').replace('-', ' ')}",
        "technical_name": service.technical_name + suffix, "type": service.type, "open": open_,
        "urls": [{"type": type_, "url": SITE + path} for type_, path in urls],
        "metadata_fi": None, "force_metadata": False, "force_attribution": False, "search_publish": False, **more,
    }  # fmt: skip


def _storage(role: str, type_: str, name: str, labels: tuple[str, ...]) -> Entity:
    return {"name": name, "type": type_, "labels": list(labels), "private": {"role": role}}


def _processing(processing: Entity, checks: dict[str, Entity]) -> Entity:
    required = [checks[name] for name in processing["required_checks"]]
    shown = [{name: check[name] for name in ("_id", "name", "description")} for check in required]
    return {**processing, "required_checks": shown}


def _datastore(community: _Community, made: Entity, endpoints: list[Entity], storages: list[Entity],
               checks: list[Entity], processings: list[Entity]) -> Entity:  # fmt: skip
    """`private.endpoints` and `private.storages`: quota, and what is taken by nobody that one sees, by id."""
    offerings, size = _QUOTAS[community.technical_name]
    own = [e for e in endpoints if e["private"].get("only") in (None, community.technical_name)]
    body = {
        "name": community.name, "technical_name": community.technical_name, "description": "", "active": True,
        "sharings": [], "checks": [check["_id"] for check in checks],
        "processings": [processing["_id"] for processing in processings],
        "private": {
            "community": made["_id"],
            "endpoints": {
                e["_id"]: {"quota": offerings, "taken": offerings if e["private"].get("full") else 0} for e in own
            },
            "storages": {storage["_id"]: {"quota": size} for storage in storages},
        },
    }  # fmt: skip
    prefix = _PREFIXES.get(community.technical_name)
    if prefix:
        body.update(configuration_layer_name_prefix=prefix, metadata_file_identifier_prefix=prefix)
    return body
