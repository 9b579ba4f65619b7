"""Who may read and write which table (sections 2.3, 2.8), and where (A34)."""

from __future__ import annotations

from . import wkt
from .assumptions import EDITABLE_ROLES, PERMISSION_LEVELS
from .catalogue import Catalogue, Table
from .errors import forbidden
from .values import in_degrees, start_in_degrees
from .world import grids, groups
from .world.people import User


def communities(user: User) -> list[groups.Member]:
    """The memberships that count."""
    own = (groups.affiliation(user.id, member.community_id) for member in groups.affiliations(user.id))
    return [member for member in own if member]


def level(catalogue: Catalogue, community: int, table: Table, column: int | None = None) -> str:
    """What a group may do: the permission of the column counts before the table's, and that before the database's."""
    found: dict[int, str] = {}
    for item in catalogue.permissions:
        if item["community"] != community or item["database"] != table.database["id"]:
            continue
        if item["column"] is not None:
            if item["column"] == column:
                found[0] = item["level"]
        elif item["table"] is not None:
            if item["table"] == table.id:
                found[1] = item["level"]
        else:
            found[2] = item["level"]
    return found[min(found)] if found else "NONE"


def _at_least(wanted: str, given: str) -> bool:
    return PERMISSION_LEVELS.index(given) >= PERMISSION_LEVELS.index(wanted)


def may_view(catalogue: Catalogue, user: User, table: Table) -> bool:
    return any(_at_least("VIEW", level(catalogue, member.community_id, table)) for member in communities(user))


def require_view(catalogue: Catalogue, user: User, table: Table) -> None:
    if not may_view(catalogue, user, table):
        raise forbidden(f"Vous n'avez pas accès à la table {table.name}")


def hidden_columns(catalogue: Catalogue, user: User, table: Table) -> frozenset[str]:
    """The columns that no group of this user may see."""
    if not any(item["column"] is not None and item["level"] == "NONE" for item in catalogue.permissions):
        return frozenset()
    members = communities(user)
    return frozenset(
        name
        for name, column in table.columns.items()
        if not any(_at_least("VIEW", level(catalogue, member.community_id, table, column["id"])) for member in members)
    )


def visible_databases(catalogue: Catalogue, user: User) -> list[dict]:
    return [
        database
        for database in catalogue.databases.values()
        if any(may_view(catalogue, user, table) for table in catalogue.in_database(database["id"]))
    ]


def require_database(catalogue: Catalogue, user: User, id_: int) -> dict:
    database = catalogue.database(id_)
    if database not in visible_databases(catalogue, user):
        raise forbidden(f"Vous n'avez pas accès à la base {database['name']}")
    return database


class Editor:
    """What one user may write in one table; made once for all actions of a transaction."""

    def __init__(self, catalogue: Catalogue, user: User, table: Table):
        self.catalogue, self.table = catalogue, table
        if table.served["read_only"]:
            raise forbidden(f"La table {table.name} est en lecture seule")
        editing = [
            member for member in communities(user) if _at_least("EDIT", level(catalogue, member.community_id, table))
        ]
        if not editing:
            raise forbidden(f"Vous n'avez pas le droit de modifier la table {table.name}")
        self.members = [member for member in editing if self._offers_editing(member.community_id)]
        if not self.members:
            raise forbidden(f"Aucune couche de vos groupes ne permet de modifier la table {table.name}")
        self._of_columns: dict[frozenset[str], list[groups.Member]] = {}

    def _offers_editing(self, community: int) -> bool:
        return any(
            layer["table"] == self.table.id and layer["role"] in EDITABLE_ROLES
            for layer in self.catalogue.layers[community]
        )

    def members_for(self, columns: frozenset[str]) -> list[groups.Member]:
        """The memberships that allow writing these columns; 403 when there is none."""
        if columns not in self._of_columns:
            found = self.members
            for name in columns:
                number = self.table.columns[name]["id"]
                found = [
                    member
                    for member in found
                    if _at_least("EDIT", level(self.catalogue, member.community_id, self.table, number))
                ]
                if not found:
                    raise forbidden(f"Vous n'avez pas le droit de modifier la colonne {name}")
            self._of_columns[columns] = found
        return self._of_columns[columns]

    def require_zone(self, members: list[groups.Member], *geometries: str | None) -> None:
        """403 unless each geometry meets a grid of a membership, or one of these has no limit (A34)."""
        if any(not member.grids for member in members):
            return
        names = sorted({name for member in members for name in member.grids})
        for text in filter(None, geometries):
            if grids.contain(tuple(names), *start_in_degrees(self.table, text)):
                continue
            geometry = in_degrees(self.table, text)
            if not any(wkt.intersects(geometry, grids.polygon(name)) for name in names):
                raise forbidden("L'objet est hors de vos emprises : " + ", ".join(names))
