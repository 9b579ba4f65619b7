"""The rows of the tables, in the state's SQLite file.

As with reports, a row is kept as the JSON text that is served (`feature_body`), beside what most questions need
(`feature`): so a page of 10 000 rows is read and sent without being understood. Lists of numbers are remembered until
something is written; they are what makes deep pages cheap, and memory the same for every page.
"""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from . import wkt
from .catalogue import FINGERPRINT, SEQUENCES, Table
from .state import State, encode

_SCHEMA = """
CREATE TABLE IF NOT EXISTS feature (
    id INTEGER PRIMARY KEY, tbl INTEGER, key, numrec INTEGER, destroyed INTEGER,
    x1 REAL, y1 REAL, x2 REAL, y2 REAL, UNIQUE (tbl, key));
CREATE INDEX IF NOT EXISTS feature_numrec ON feature (tbl, numrec);
CREATE TABLE IF NOT EXISTS feature_body (id INTEGER PRIMARY KEY, body BLOB);
CREATE TABLE IF NOT EXISTS exchange (
    id INTEGER PRIMARY KEY, database INTEGER, user INTEGER, status TEXT, comment TEXT, started INTEGER,
    finished INTEGER, body BLOB);
"""
_KEPT_LISTS = 8
MAX_INTEGER = 2**63 - 1
_BATCH = 2000
_NOT_FINGERPRINTED = frozenset({FINGERPRINT, *SEQUENCES, "daterec"})


def fingerprint(row: dict) -> str:
    """MD5 of the attributes and the geometry (section 2.12), of everything that the sequences do not write."""
    kept = {name: value for name, value in row.items() if name not in _NOT_FINGERPRINTED}
    return hashlib.md5(encode(kept), usedforsecurity=False).hexdigest()


def index_row(table: Table, row: dict) -> tuple:
    """Key, numrec, destroyed and extent of a row as served."""
    text = row.get(table.geometry) if table.geometry else None
    box = wkt.extent(wkt.read(text)) if text else (None,) * 4
    key = row[table.key] if table.key else None
    return (table.id, key, row.get(SEQUENCES[0]), _destroyed(table, row), *box)


def _destroyed(table: Table, row: dict) -> int:
    return int(bool(table.flag and row[table.flag]))


class Rows:
    def __init__(self, state: State):
        self.state, self.db = state, state.db
        self.db.executescript(_SCHEMA)
        self.db.create_function("regexp", 2, _regexp, deterministic=True)
        self.db.create_function("has_all", 2, _has_all, deterministic=True)
        self._lists: OrderedDict[tuple, array] = OrderedDict()

    def fill(self, rows: Iterable[tuple[tuple, bytes]]) -> None:
        """Add many rows, each as `index_row` and its body. Within the caller's transaction."""
        last = self.db.execute("SELECT max(id) FROM feature").fetchone()[0] or 0
        batch: list[tuple] = []
        for number, (index, body) in enumerate(rows, last + 1):
            batch.append(((number, *index), (number, body)))
            if len(batch) == _BATCH:
                self._insert(batch)
                batch = []
        self._insert(batch)
        self._lists.clear()

    def _insert(self, batch: list[tuple]) -> None:
        self.db.executemany("INSERT INTO feature VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (index for index, _ in batch))
        self.db.executemany("INSERT INTO feature_body VALUES (?, ?)", (body for _, body in batch))

    def ids(self, table: Table, where: str = "1", values: Sequence = ()) -> array:
        """The numbers of the rows that satisfy the condition, ordered by key (A23)."""
        name = (table.id, where, tuple(values))
        if name not in self._lists:
            # `f.id` is the order of keyless tables
            found = self.db.execute(f"SELECT f.id FROM feature f WHERE f.tbl = ? AND {where} ORDER BY f.key, f.id",
                                    (table.id, *values))  # fmt: skip
            self._lists[name] = array("q", (row[0] for row in found))
            if len(self._lists) > _KEPT_LISTS:
                self._lists.popitem(last=False)
        self._lists.move_to_end(name)
        return self._lists[name]

    def bodies(self, ids: Sequence[int]) -> list[bytes]:
        """The JSON texts of these rows, in the order of the numbers."""
        found: list[bytes] = []
        for start in range(0, len(ids), _BATCH):
            part = list(ids[start : start + _BATCH])
            texts = dict(self.db.execute(
                f"SELECT id, body FROM feature_body WHERE id IN ({','.join('?' * len(part))})", part))  # fmt: skip
            found += [texts[id_] for id_ in part]
        return found

    def find(self, table: Table, key) -> tuple[int, dict] | None:
        """Number and content of the row with this key."""
        if key is None or (isinstance(key, int) and abs(key) > MAX_INTEGER):
            return None
        found = self.db.execute(
            "SELECT f.id, b.body FROM feature f JOIN feature_body b ON b.id = f.id WHERE f.tbl = ? AND f.key = ?",
            (table.id, key),
        ).fetchone()
        return (found[0], json.loads(found[1])) if found else None

    def greatest(
        self, table_ids: Sequence[int], column: str = "numrec", where: str = "1", values: Sequence = ()
    ) -> int:
        marks = ",".join("?" * len(table_ids))
        found = self.db.execute(
            f"SELECT max({column}) FROM feature f WHERE f.tbl IN ({marks}) AND {where}", (*table_ids, *values)
        )
        return found.fetchone()[0] or 0

    def add(self, table: Table, row: dict) -> None:
        last = self.db.execute("SELECT max(id) FROM feature").fetchone()[0] or 0
        self._insert([((last + 1, *index_row(table, row)), (last + 1, encode(row)))])
        self._lists.clear()

    def replace(self, table: Table, id_: int, row: dict, *, moved: bool) -> None:
        """Write a row over the one it was; its extent is only looked at when its geometry has changed."""
        if moved:
            self.db.execute("REPLACE INTO feature VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (id_, *index_row(table, row)))
        else:
            self.db.execute("UPDATE feature SET numrec = ?, destroyed = ? WHERE id = ?", (
                row.get(SEQUENCES[0]), _destroyed(table, row), id_))  # fmt: skip
        self.db.execute("REPLACE INTO feature_body VALUES (?, ?)", (id_, encode(row)))
        self._lists.clear()

    def remove(self, id_: int) -> None:
        self.db.execute("DELETE FROM feature WHERE id = ?", (id_,))
        self.db.execute("DELETE FROM feature_body WHERE id = ?", (id_,))
        self._lists.clear()

    def remove_all(self, table: Table, where: str = "1") -> None:
        wanted = f"SELECT id FROM feature WHERE tbl = {table.id} AND {where}"
        self.db.execute(f"DELETE FROM feature_body WHERE id IN ({wanted})")
        self.db.execute(f"DELETE FROM feature WHERE tbl = {table.id} AND {where}")
        self._lists.clear()

    def has_value(self, table: Table, column: str, value, besides: int | None) -> bool:
        """Whether another live row has this value (unique columns)."""
        found = self.db.execute(
            f"SELECT 1 FROM feature f JOIN feature_body b ON b.id = f.id WHERE f.tbl = ? AND f.destroyed = 0 "
            f"AND f.id IS NOT ? AND {extract()} = ? LIMIT 1",
            (table.id, besides, path(column), value),
        )
        return found.fetchone() is not None

    def follow(self, table: Table, change: dict) -> None:
        """Put every row into the columns that the table has now; fingerprints and numrec stay: nobody wrote them."""
        if change["change"] == "purged":
            self.remove_all(table, "destroyed = 1")
            return
        self.db.execute("BEGIN")
        for id_ in list(self.ids(table)):
            row = json.loads(self.bodies([id_])[0])
            shaped = {name: row.get(name) for name in table.members}
            if change["change"] == "column_retyped":
                shaped[change["name"]] = _retyped(shaped[change["name"]], change["type"])
            self.db.execute("UPDATE feature_body SET body = ? WHERE id = ?", (encode(shaped), id_))
        self.db.execute("COMMIT")
        self._lists.clear()

    def save_exchange(self, transaction: dict, database: int, started: float, finished: float | None) -> None:
        """Keep a transaction as the API tells of it."""
        self.db.execute("REPLACE INTO exchange VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (
            transaction["id"], database, transaction["user_id"], transaction["status"], transaction["comment"],
            int(started), None if finished is None else int(finished), encode(transaction)))  # fmt: skip

    def exchanges(self, where: str, values: Sequence, order: str, first: int, limit: int) -> tuple[list[bytes], int]:
        """One page of the transactions that satisfy the condition, and how many they are."""
        total = self.db.execute(f"SELECT count(*) FROM exchange WHERE {where}", values).fetchone()[0]
        found = self.db.execute(
            f"SELECT body FROM exchange WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?", (*values, limit, first)
        )
        return [row[0] for row in found], total


def extract() -> str:
    """The SQL of a member of the body; `path(name)` is bound to its mark."""
    return "json_extract(b.body, ?)"


def path(name: str) -> str:
    return f'$."{name}"'


def _retyped(value, type_: str):
    """A value as another type can say it, None when it cannot."""
    try:
        if value is None:
            return None
        if type_ == "Integer":
            return int(float(value))
        if type_ == "Double":
            return float(value)
        if type_ == "Boolean":
            return bool(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if type_ == "JsonValue" else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern:
    return re.compile(text)


def _regexp(pattern: str, text) -> int:
    """SQLite's `text REGEXP pattern`."""
    return text is not None and _pattern(pattern).search(str(text)) is not None


def _has_all(text, wanted: str) -> bool | None:
    """Whether a JSON list, or a single value, holds each of the wanted ones."""
    if text is None:
        return None
    present = json.loads(text) if isinstance(text, str) and text.startswith("[") else [text]
    return all(value in present for value in json.loads(wanted))
