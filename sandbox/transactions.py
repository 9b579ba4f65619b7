"""Transactions (section 2.11): checked whole, refused whole, or written whole, with true optimistic locking.

The order of the refusals: 400 for what is badly said, 403 for what is not allowed, 404 for what is not there, then
conflicts, which are an answer of their own (A27).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from .assumptions import A9_ZONE, A30_STATES, FIRST_TRANSACTION
from .catalogue import FINGERPRINT, SEQUENCES, Catalogue, Table
from .clock import Clock
from .errors import bad, not_found
from .rights import Editor, communities
from .rows import Rows, fingerprint
from .state import State
from .values import compute, default, finish, local, read
from .world.people import BY_ID, User

MEMBERS = ("comment", "actions", "geometry")
_ACTION = {"table", "state", "data", "client_feature_id"}
_SOMEBODY = 1106  # who interferes
_MESSAGES = {
    "committed": "Transaction appliquée avec succès.",
    "conflicting": "Des objets ont été modifiés par quelqu'un d'autre : rien n'a été appliqué.",
    "pending": "Transaction en attente.",
}


class Action(NamedTuple):
    """One action, checked as far as its form goes."""

    table: Table
    state: str
    data: dict
    client: Any


class Write(NamedTuple):
    """What an action will do: the number of the row it changes (None for a new one) and the row as it will be."""

    action: Action
    id: int | None
    row: dict


class Plan(NamedTuple):
    writes: list[Write]
    conflicts: list[dict]


class Writer:
    """One user's transactions in one database."""

    def __init__(self, state: State, rows: Rows, catalogue: Catalogue, clock: Clock, user: User, database: dict):
        self.state, self.rows, self.catalogue, self.clock = state, rows, catalogue, clock
        self.user, self.database = user, database

    def read(self, members: dict) -> tuple[str, list[Action]]:
        """Comment and actions of a request. Raises 400."""
        comment, actions = members.get("comment"), members.get("actions")
        if not isinstance(comment, str) or not comment.strip():
            raise bad("String for field comment is invalid")
        if not isinstance(actions, list) or not actions:
            raise bad("actions : une liste d'actions est attendue")
        if not isinstance(members.get("geometry", ""), (str, type(None))):
            raise bad("geometry : WKT attendu")
        return comment, [self._action(number, action) for number, action in enumerate(actions, 1)]

    def _action(self, number: int, action) -> Action:
        where = f"action {number}"
        if not isinstance(action, dict) or set(action) - _ACTION:
            raise bad(f"{where} : les membres sont {', '.join(sorted(_ACTION))}")
        if action.get("state") not in A30_STATES:
            raise bad(f"{where} : state parmi {', '.join(A30_STATES)}")
        if type(action.get("table")) is not int:
            raise bad(f"{where} : table, numéro attendu (A31)")
        table = self.catalogue.tables.get(action["table"])
        if table is None or table.database["id"] != self.database["id"]:
            raise bad(f"{where} : table {action['table']} inconnue dans cette base")
        data, client = action.get("data"), action.get("client_feature_id")
        if not isinstance(data, dict):
            raise bad(f"{where} : data, objet attendu")
        if client is not None and (isinstance(client, bool) or not isinstance(client, (int, str))):
            raise bad(f"{where} : client_feature_id, texte ou nombre attendu")
        self._require_form(where, table, action["state"], data)
        return Action(table, action["state"], data, client)

    def _require_form(self, where: str, table: Table, state: str, data: dict) -> None:
        """The members that each kind of action may have, and must have."""
        given = set(data)
        if state != "Insert":
            if table.key is None:
                raise bad(f"{where} : la table {table.name} n'a pas de clé")
            needed = {table.key, FINGERPRINT} if table.versioned else {table.key}  # A29
            for name in sorted(needed - given):
                raise bad(f"{where} : {name} est obligatoire")
            integer = table.columns[table.key]["type"] == "Integer"
            if type(data[table.key]) is not (int if integer else str):
                raise bad(f"{where} : {table.key} incorrect")
            if table.versioned and not isinstance(data[FINGERPRINT], str):
                raise bad(f"{where} : {FINGERPRINT} incorrect")
            given -= needed
            if state == "Delete" and given:
                raise bad(f"{where} : une suppression ne porte que {', '.join(sorted(needed))}")
        for name in given:
            column = table.columns.get(name)
            if column is None:
                raise bad(f"{where} : colonne inconnue : {name}")
            own_key = name == table.key and column["custom_id"]
            if (column["automatic"] or column["computed"] or column["read_only"]) and not own_key:
                raise bad(f"{where} : {name} est rempli par le serveur")

    def plan(self, actions: list[Action]) -> Plan:
        """What the actions would do now. Raises 400, 403, 404."""
        editors: dict[int, Editor] = {}
        seen: set[tuple] = set()
        plan = Plan([], [])
        for action in actions:
            table = action.table
            if table.id not in editors:
                editors[table.id] = Editor(self.catalogue, self.user, table)
            key = action.data.get(table.key) if table.key else None
            if key is not None and (table.id, key) in seen:
                raise bad(f"L'objet {key} est présent deux fois")
            seen.add((table.id, key))
            if action.state == "Insert":
                plan.writes.append(self._insert(action, editors[table.id]))
            else:
                self._change(action, editors[table.id], key, plan)
        self._require_unique(plan)
        return plan

    def _insert(self, action: Action, editor: Editor) -> Write:
        table = action.table
        row = {name: default(table.columns[name], self.clock) if name in table.columns else None
               for name in table.members}  # fmt: skip
        row.update(self._values(action, set(action.data)))
        if table.key and table.columns[table.key]["custom_id"] and self.rows.find(table, row[table.key]):
            raise bad(f"{table.key} : la valeur {row[table.key]} existe déjà")
        finish(table, row, self.rows, None, set(action.data))
        members = editor.members_for(frozenset(action.data) & set(table.columns))
        editor.require_zone(members, row[table.geometry] if table.geometry else None)
        return Write(action, None, row)

    def _change(self, action: Action, editor: Editor, key, plan: Plan) -> None:
        """An update or a deletion: planned, or added to the conflicts."""
        table = action.table
        changed = set(action.data) - {table.key, FINGERPRINT}
        values = self._values(action, changed)
        members = editor.members_for(frozenset(changed))
        found = self.rows.find(table, key)
        if found is None:  # A28: purged
            raise not_found(f"Objet introuvable : {key}")
        id_, stored = found
        place = stored[table.geometry] if table.geometry else None
        editor.require_zone(members, place, values.get(table.geometry) if table.geometry else None)
        destroyed = bool(table.flag and stored[table.flag])
        if destroyed or (table.versioned and action.data[FINGERPRINT] != stored[FINGERPRINT]):  # A28: flagged
            plan.conflicts.append(_conflict(action, stored, changed))
            return
        row = {**stored, **values}
        if action.state == "Update":
            finish(table, row, self.rows, id_, changed)
        plan.writes.append(Write(action, id_, row))

    def _values(self, action: Action, names: set[str]) -> dict:
        table = action.table
        return {name: read(table, table.columns[name], action.data[name], self.state) for name in names}

    @staticmethod
    def _require_unique(plan: Plan) -> None:
        """Unique values that two actions of one transaction would both write."""
        seen: set[tuple] = set()
        for write in plan.writes:
            table = write.action.table
            for name, column in table.columns.items():
                if column["unique"] and name in write.action.data and name != table.key and write.row[name] is not None:
                    if (table.id, name, write.row[name]) in seen:
                        raise bad(f"{name} : la valeur {write.row[name]} est donnée deux fois")
                    seen.add((table.id, name, write.row[name]))

    def begin(self, comment: str) -> dict:
        """A transaction that has its number, and in a historised database its numrec, before anything is written."""
        versioned = self.database["versioning"]
        number = max(self.state.get("last_exchange", 0), FIRST_TRANSACTION - 1) + 1
        self.state.set("last_exchange", number)
        return {
            "id": number, "user_id": self.user.id, "user_name": self.user.username,
            "groups": [member.community_id for member in communities(self.user)], "status": "pending",
            "comment": comment, "message": _MESSAGES["pending"],
            "numrec": self.state.next_number(f"numrec_{self.database['id']}") if versioned else None,
            "started_at": self._moment(), "finished_at": None, "conflicts": [], "actions": [],
        }  # fmt: skip

    def end(self, transaction: dict, status: str, message: str | None = None) -> None:
        transaction.update(status=status, message=message or _MESSAGES[status], finished_at=self._moment())

    def _moment(self) -> str:
        return datetime.fromtimestamp(self.clock.now(), A9_ZONE).strftime("%Y-%m-%d %H:%M:%S.%f")

    def keep(self, transaction: dict) -> None:
        """Remember the transaction as it is, for `GET …/transactions`."""
        times = [transaction[name] and datetime.fromisoformat(transaction[name]).replace(tzinfo=A9_ZONE).timestamp()
                 for name in ("started_at", "finished_at")]  # fmt: skip
        self.rows.save_exchange(transaction, self.database["id"], *times)

    def commit(self, transaction: dict, plan: Plan) -> None:
        """Write everything in one go, or say the conflicts and write nothing (A27)."""
        if plan.conflicts:
            transaction.update(conflicts=plan.conflicts, numrec=None)
            self.end(transaction, "conflicting")
            self.keep(transaction)
            return
        self.state.db.execute("BEGIN")
        try:
            order = self.state.next_number(f"order_{self.database['id']}") if self.database["versioning"] else None
            transaction["actions"] = [self._write(write, transaction["numrec"], order) for write in plan.writes]
            self.end(transaction, "committed")
            self.keep(transaction)
            self.state.db.execute("COMMIT")
        except BaseException:
            self.state.db.execute("ROLLBACK")
            raise

    def _write(self, write: Write, numrec: int | None, order: int | None) -> dict:
        """Write one row; returns the action as the answer tells it."""
        (table, state, _, client), row = write.action, write.row
        if write.id is None and table.key and not table.columns[table.key]["custom_id"]:
            row[table.key] = self._new_key(table)
        if state != "Delete":
            compute(table, row)
        self._stamp(table, state, row, numrec, order)
        if write.id is None:
            self.rows.add(table, row)
        elif state == "Delete" and not table.versioned:
            self.rows.remove(write.id)
        else:
            self.rows.replace(table, write.id, row, moved=table.geometry in write.action.data)
        key = row[table.key] if table.key else None
        return {
            "id": self.state.next_number("action"), "table": f"{self.database['name']}.{table.name}", "state": state,
            "data": row, "server_feature_id": None if key is None else str(key), "client_feature_id": client,
            "ancestor": None,
        }  # fmt: skip

    def _new_key(self, table: Table):
        number = self.state.next_number(f"key_{table.id}")
        return number if table.columns[table.key]["type"] == "Integer" else cleabs(table, number)

    def _stamp(self, table: Table, state: str, row: dict, numrec: int | None, order: int | None) -> None:
        """What the server writes itself: dates, flag, numbers, fingerprint."""
        now = local(self.clock)
        if state == "Insert":
            for name, column in table.columns.items():
                if column["automatic"] and name == "saisie_le":
                    row[name] = now
        if not table.versioned:
            return
        row[table.flag] = state == "Delete"
        row[table.modified] = now
        row[SEQUENCES[0]] = numrec
        if state == "Insert":
            row[table.created] = now
        if table.bduni:
            row.update(gcms_ordrefinevol=order, daterec=now)
        else:
            row.update(gcms_territoire="FXX", gcms_date_destruction=now if state == "Delete" else None)
        row[FINGERPRINT] = fingerprint(row)


def interfere(sandbox, table: Table, key, changes: dict, destroyed: bool) -> None:
    """Somebody else changes or destroys a row, for the fault `conflict`: a true transaction, without asking for rights.

    Without `changes` a text of the row changes. Raises 400 when the fault names a row or a column that is not there.
    """
    writer = Writer(sandbox.state, sandbox.rows, sandbox.catalogue, sandbox.clock, BY_ID[_SOMEBODY], table.database)
    found = sandbox.rows.find(table, key)
    if found is None or not set(changes) <= set(table.columns):
        raise bad(f"conflict : objet {key} ou colonne inconnus dans {table.name}")
    id_, row = found
    state = "Delete" if destroyed else "Update"
    transaction = writer.begin("Modification concurrente")
    if not changes and not destroyed:
        name = next((name for name, column in table.columns.items() if _is_free_text(column)), None)
        if name is None:
            raise bad(f"conflict : dites dans set ce qui change dans {table.name}")
        changes = {name: f"modifié {transaction['id']}"}
    write = Write(Action(table, state, {table.key: key, **changes}, None), id_, {**row, **changes})
    writer.commit(transaction, Plan([write], []))


def _is_free_text(column: dict) -> bool:
    server = column["automatic"] or column["computed"] or column["read_only"] or column["unique"]
    return column["type"] == "String" and not (server or column["enum"] or column["pattern"] or column["constraint"])


def cleabs(table: Table, number: int) -> str:
    """A key of BDUni: 24 characters, eight of them from the name of the table (section 2.13)."""
    letters = "".join(char for char in table.name.upper() if char.isalpha())
    return f"{letters[:8]:_<8}{number:016d}"


def _conflict(action: Action, stored: dict, changed: set[str]) -> dict:
    """The server's side: key, fingerprint, and what it holds in the columns that were to be changed."""
    table = action.table
    names = [table.key, FINGERPRINT, table.flag, *(name for name in table.columns if name in changed)]
    return {
        "table": f"{table.database['name']}.{table.name}", "state": action.state,
        "client_feature_id": action.client,
        "server_object": {name: stored[name] for name in dict.fromkeys(names)},
    }  # fmt: skip
