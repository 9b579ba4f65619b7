"""The databases, tables, layers and permissions as they are now: those of `world/`, and what was changed since.

A change is a JSON object `{"change": kind, …}` of `POST /_world`; it survives a restart. `DELETE /_world` undoes all.
"""

from __future__ import annotations

import copy
import re
from functools import cached_property

from .errors import bad, not_found
from .state import State
from .world import groups, tables
from .world.layers import LAYERS

SEQUENCES = ("gcms_numrec", "gcms_ordrefinevol")
FINGERPRINT = "gcms_fingerprint"
_NUMBERS = ("table", "layer", "permission")
_CHANGES = {
    "column_added": {"table", "column"},
    "column_removed": {"table", "name"},
    "column_retyped": {"table", "name", "type"},
    "column": {"table", "name", "set"},
    "table": {"table", "set"},
    "layer": {"layer", "set"},
    "layer_removed": {"layer"},
    "permission": {"permission", "level"},
    "purged": {"table"},
    "database_sequences": set(),
}


class Table:
    """A table: `served` is the object of the API, the rest is read from it. Not to be changed, but made again."""

    def __init__(self, served: dict, database: dict):
        self.served, self.database = served, database
        self.id, self.name = served["id"], served["name"]
        self.key: str | None = served["id_name"]
        self.geometry: str | None = served["geometry_name"]
        self.columns = {column["name"]: column for column in served["columns"]}
        self.versioned: bool = database["versioning"]
        self.bduni = database["database_type"] == "bduni"
        self.flag = ("detruit" if self.bduni else "gcms_detruit") if self.versioned else None
        self.modified = ("date_modification" if self.bduni else "gcms_date_modification") if self.versioned else None
        self.created = ("date_creation" if self.bduni else "gcms_date_creation") if self.versioned else None

    @cached_property
    def srid(self) -> int | None:
        return self.columns[self.geometry]["srid"] if self.geometry else None

    @cached_property
    def is3d(self) -> bool:
        return bool(self.geometry) and self.columns[self.geometry]["is3d"]

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The members of a row in their order: the columns, and the history that is not among them."""
        extra = (FINGERPRINT, SEQUENCES[0]) if self.versioned else ()
        return (*self.columns, *(name for name in extra if name not in self.columns))

    def key_of(self, text: str):
        """The key that a path or a fault writes as text; 404 when it cannot be one."""
        if self.key is None:
            raise not_found("Cette table n'a pas de clé")
        if self.columns[self.key]["type"] != "Integer":
            return text
        if not re.fullmatch("-?[0-9]{1,15}", text):
            raise not_found(f"Objet inconnu : {text}")
        return int(text)


class Catalogue:
    def __init__(self, state: State):
        self._state = state
        self.load()

    def load(self) -> None:
        """Make everything anew from the world and the changes."""
        self.changes: list[dict] = self._state.get("world_changes", [])
        self.databases = tables.DATABASES
        self._served = copy.deepcopy(tables.TABLES)
        self.layers = copy.deepcopy(LAYERS)
        self.permissions = [dict(permission) for permission in groups.PERMISSIONS]
        self.database_sequences = False  # A33: the addresses of whole databases are not there unless switched on
        for change in self.changes:
            self._apply(change)
        self.tables = {
            id_: Table(served, self.databases[served["database_id"]]) for id_, served in self._served.items()
        }

    def change(self, change) -> None:
        """Check one change and remember it. The rows are `rows.follow`'s business. Raises 400."""
        if not isinstance(change, dict) or change.get("change") not in _CHANGES:
            raise bad(f"Changement inconnu : {change}. Connus : {', '.join(_CHANGES)}")
        expected = _CHANGES[change["change"]] | {"change"}
        if set(change) != expected:
            raise bad(f"{change['change']} : les membres sont {', '.join(sorted(expected))}")
        for name in _NUMBERS:
            if name in change and type(change[name]) is not int:
                raise bad(f"{name} : numéro attendu")
        self._apply(copy.deepcopy(change))
        self._state.set("world_changes", [*self.changes, change])
        self.load()

    def reset(self) -> list[Table]:
        """Forget all changes; returns the tables, as they are again, whose rows must be made anew."""
        touched = {change["table"] for change in self.changes if change["change"].startswith(("column_", "purged"))}
        self._state.set("world_changes", [])
        self.load()
        return [self.tables[id_] for id_ in sorted(touched)]

    def database(self, id_: int) -> dict:
        if id_ not in self.databases:
            raise not_found("Base inconnue")
        return self.databases[id_]

    def table(self, database: int, id_: int) -> Table:
        self.database(database)
        found = self.tables.get(id_)
        if found is None or found.database["id"] != database:
            raise not_found("Table inconnue dans cette base")
        return found

    def named(self, database: str, name: str) -> Table:
        for table in self.tables.values():
            if (table.database["name"], table.name) == (database, name):
                return table
        raise not_found(f"Table inconnue : {database}:{name}")

    def in_database(self, id_: int) -> list[Table]:
        return [table for table in self.tables.values() if table.database["id"] == id_]

    def _apply(self, change: dict) -> None:
        kind = change["change"]
        if "table" in change:
            served = self._served.get(change["table"])
            if served is None:
                raise bad(f"Table inconnue : {change['table']}")
            self._apply_to_table(kind, served, change)
        elif "layer" in change:
            self._apply_to_layer(kind, change)
        elif kind == "permission":
            found = [item for item in self.permissions if item["id"] == change["permission"]]
            if not found or change["level"] not in ("NONE", "VIEW", "EDIT"):
                raise bad("Permission ou niveau inconnus")
            found[0]["level"] = change["level"]
        else:
            self.database_sequences = True

    def _apply_to_table(self, kind: str, served: dict, change: dict) -> None:
        columns = served["columns"]
        if kind == "table":
            served.update(_known(change["set"], served))
        elif kind == "column_added":
            wanted = change["column"]
            if not isinstance(wanted, dict) or not re.fullmatch(r'[^"\\]+', str(wanted.get("name", ""))):
                raise bad("column : un objet avec name et type est attendu")
            if wanted.get("type") not in tables.COLUMN_TYPES or wanted["type"] in tables.GEOMETRY_TYPES:
                raise bad("column : type inconnu")
            if any(column["name"] == wanted["name"] for column in columns):
                raise bad(f"Colonne déjà là : {wanted['name']}")
            number = 1 + max(column["id"] for column in columns)
            made = tables.column(**{**_known(wanted, tables.column("", "")), "type_": wanted["type"]})
            columns.append({**made, "id": number, "table_id": served["id"], "position": len(columns)})
        elif kind != "purged":
            column = next((column for column in columns if column["name"] == change["name"]), None)
            if column is None:
                raise bad(f"Colonne inconnue : {change['name']}")
            if kind == "column":
                column.update(_known(change["set"], column))
                return
            if change["name"] in (served["id_name"], served["geometry_name"]) or column["automatic"]:
                raise bad("La clé, la géométrie et les colonnes du serveur restent")
            if kind == "column_removed":
                columns.remove(column)
            elif change["type"] not in tables.COLUMN_TYPES or change["type"] in tables.GEOMETRY_TYPES:
                raise bad(f"Type inconnu : {change['type']}")
            else:  # what was said about values of the other type no longer holds
                column.update(tables.column(column["name"], change["type"], id=column["id"], table_id=served["id"],
                                            position=column["position"], title=column["title"]))  # fmt: skip

    def _apply_to_layer(self, kind: str, change: dict) -> None:
        for layers in self.layers.values():
            for layer in layers:
                if layer["id"] == change["layer"]:
                    if kind == "layer_removed":
                        layers.remove(layer)
                    else:
                        layer.update(_known(change["set"], layer))
                    return
        raise bad(f"Couche inconnue : {change['layer']}")


def _known(members, model: dict) -> dict:
    """The members to set, all of which the object has already and none of which says which one it is."""
    if not isinstance(members, dict) or not set(members) <= set(model) - {"id", "table_id", "columns", "position"}:
        raise bad("set : membres inconnus")
    return members
