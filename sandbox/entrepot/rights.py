"""Who may do what (contract 1.4): accounts, members of communities, their rights."""

from __future__ import annotations

from starlette.requests import Request

from ..errors import forbidden, not_found, unauthorised
from .entities import Entities, Entity
from .words import RIGHTS

COLLECTIONS = {
    "uploads": "Livraison", "stored_data": "Donnée stockée", "statics": "Fichier statique", "annexes": "Annexe",
    "metadata": "Métadonnée", "configurations": "Configuration", "offerings": "Offre", "permissions": "Permission",
    "check_executions": "Exécution de vérification", "executions": "Exécution de traitement", "check": "Vérification",
    "processing": "Traitement", "keys": "Clé", "accesses": "Accès", "documents": "Document", "community": "Communauté",
    "datastore": "Entrepôt", "user": "Utilisateur", "endpoint": "Point d'accès", "storage": "Stockage",
}  # fmt: skip


def entities_of(request: Request) -> Entities:
    return request.state.sandbox.entrepot.entities


def account(request: Request) -> Entity:
    """The user entity of who asks; 401 for nobody."""
    if request.state.user is None:
        raise unauthorised()
    number = request.state.user.id
    return next(user for user in entities_of(request).all("user") if user["private"]["user"] == number)


def rights_in(community: Entity, user: Entity) -> frozenset[str] | None:
    """The rights of a user in a community, None for who is no member. The supervisor has all."""
    if community["private"]["supervisor"] == user["_id"]:
        return frozenset(RIGHTS)
    rights = community["private"]["members"].get(user["_id"])
    return None if rights is None else frozenset(rights)


def community_of(entities: Entities, datastore: Entity) -> Entity:
    community = entities.get("community", datastore["private"]["community"])
    assert community is not None
    return community


def found(request: Request, kind: str, id_: str, datastore: str | None = None) -> Entity:
    """An entity by its id; 404 if there is none, or none in this datastore."""
    entity = entities_of(request).get(kind, id_, datastore)
    if entity is None:
        raise not_found(f"{COLLECTIONS[kind]} inconnu(e) : {id_}")
    return entity


def community(request: Request, right: str | None = None) -> Entity:
    """The community of the path, for its members with this right; 404, 403."""
    user = account(request)
    entity = found(request, "community", request.path_params["community"])
    _require(rights_in(entity, user), right)
    return entity


def datastore(request: Request, right: str | None = None) -> Entity:
    """The datastore of the path, for members of its community with this right; 404, 403."""
    user = account(request)
    entity = found(request, "datastore", request.path_params["datastore"])
    _require(rights_in(community_of(entities_of(request), entity), user), right)
    return entity


def entity(request: Request, kind: str, right: str | None = None) -> Entity:
    """The entity of the path (`{datastore}`, `{id}`), for members with this right; 404, 403."""
    store = datastore(request, right)
    return found(request, kind, request.path_params["id"], store["_id"])


def _require(rights: frozenset[str] | None, right: str | None) -> None:
    if rights is None:
        raise forbidden("Vous n'êtes pas membre de cette communauté")
    if right is not None and right not in rights:
        raise forbidden(f"Droit manquant : {right}")
