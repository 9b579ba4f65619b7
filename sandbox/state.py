"""What changes, in one SQLite file: reports, documents, tokens. It survives a restart.

A report is kept as the JSON text that is served (`report_body`), beside the columns that filters need
(`report`); the text writes the sandbox's address as `SITE`, since the port changes from start to start.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

from .assumptions import A9_timestamp
from .geometry import read_point

SITE = "http://sandbox.invalid"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS report (
    id INTEGER PRIMARY KEY, community INTEGER, author INTEGER, status TEXT, territory TEXT, departement TEXT,
    commune TEXT, input_device TEXT, opening_date INTEGER, updating_date INTEGER, closing_date INTEGER,
    lon REAL, lat REAL, theme_community INTEGER, theme TEXT, comment TEXT);
CREATE TABLE IF NOT EXISTS report_body (id INTEGER PRIMARY KEY, body BLOB);
CREATE TABLE IF NOT EXISTS document (
    id INTEGER PRIMARY KEY, report INTEGER, filename TEXT, mime_type TEXT, sample TEXT, content BLOB);
CREATE TABLE IF NOT EXISTS token (
    token TEXT PRIMARY KEY, kind TEXT, session TEXT, user INTEGER, client TEXT, scope TEXT, expires REAL, detail TEXT);
"""
COLUMNS = (
    "id", "community", "author", "status", "territory", "departement", "commune", "input_device", "opening_date",
    "updating_date", "closing_date", "lon", "lat", "theme_community", "theme", "comment",
)  # fmt: skip
SORTABLE = frozenset(COLUMNS) - {"lon", "lat", "theme_community", "theme"}
_KEPT_LISTS = 64
_MAX_INTEGER = 2**63 - 1  # of SQLite


_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode(value) -> bytes:
    return _compact(value).encode()


def index_row(report: dict) -> tuple:
    """The values of COLUMNS for a report as served."""
    lon, lat = read_point(report["geometry"])
    theme = report["attributes"][0] if report["attributes"] else {}
    named = [(report[key] or {}).get("name") for key in ("territory", "departement", "commune")]
    dates = [
        A9_timestamp(report[key]) if report[key] else None for key in ("opening_date", "updating_date", "closing_date")
    ]
    return (
        report["id"], report.get("community"), (report["author"] or {}).get("id"), report["status"], *named,
        report["input_device"], *dates, lon, lat, theme.get("community"), theme.get("theme"), report["comment"],
    )  # fmt: skip


class State:
    """`bulk` writes without a journal: for a new file that nobody reads before it is complete."""

    def __init__(self, path: Path | str, bulk: bool = False):
        self.db = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
        mode = "journal_mode=OFF; PRAGMA synchronous=OFF" if bulk else "journal_mode=WAL; PRAGMA synchronous=NORMAL"
        self.db.executescript(f"PRAGMA {mode}; PRAGMA case_sensitive_like=ON;")
        self.db.executescript(_SCHEMA)
        self._lists: OrderedDict[tuple, array] = OrderedDict()

    def close(self) -> None:
        self.db.close()

    def get(self, key: str, default=None):
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else default

    def set(self, key: str, value) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    def next_number(self, key: str) -> int:
        """The next id of a kind (`report`, `reply`, `document`)."""
        number = self.get("last_" + key, 0) + 1
        self.set("last_" + key, number)
        return number

    def fill(self, reports: Iterable[dict], documents: Iterable[tuple]) -> None:
        """Everything of the seed in one transaction; `documents` is read after `reports`."""
        rows: list[tuple] = []
        bodies: list[tuple] = []
        self.db.execute("BEGIN")
        for report in reports:
            rows.append(index_row(report))
            bodies.append((report["id"], encode(report)))
            if len(rows) == 5000:
                self._insert(rows, bodies)
                rows, bodies = [], []
        self._insert(rows, bodies)
        self.db.executemany("INSERT INTO document VALUES (?, ?, ?, ?, ?, NULL)", documents)
        self.db.execute("COMMIT")

    def _insert(self, rows: list[tuple], bodies: list[tuple]) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        self.db.executemany(f"INSERT OR REPLACE INTO report VALUES ({marks})", rows)
        self.db.executemany("INSERT OR REPLACE INTO report_body VALUES (?, ?)", bodies)

    def report_ids(self, where: str, values: Sequence, order: str) -> array:
        """The ids that satisfy the condition, in order; remembered until a report changes."""
        key = (where, tuple(values), order)
        if key not in self._lists:
            rows = self.db.execute(f"SELECT id FROM report WHERE {where} ORDER BY {order}", values)
            self._lists[key] = array("q", (row[0] for row in rows))
            if len(self._lists) > _KEPT_LISTS:
                self._lists.popitem(last=False)
        self._lists.move_to_end(key)
        return self._lists[key]

    def report_bodies(self, ids: Sequence[int]) -> list[bytes]:
        """The JSON texts of these reports, in the order of the ids."""
        marks = ",".join("?" * len(ids))
        rows = self.db.execute(f"SELECT id, body FROM report_body WHERE id IN ({marks})", list(ids))
        found = dict(rows.fetchall())
        return [found[id_] for id_ in ids]

    def report(self, id_: int) -> dict | None:
        if id_ > _MAX_INTEGER:
            return None
        row = self.db.execute("SELECT body FROM report_body WHERE id = ?", (id_,)).fetchone()
        return json.loads(row[0]) if row else None

    def save_report(self, report: dict) -> None:
        self.db.execute("BEGIN")
        self._insert([index_row(report)], [(report["id"], encode(report))])
        self.db.execute("COMMIT")
        self._lists.clear()

    def delete_report(self, id_: int) -> None:
        self.db.execute("BEGIN")
        for table, column in (("report", "id"), ("report_body", "id"), ("document", "report")):
            self.db.execute(f"DELETE FROM {table} WHERE {column} = ?", (id_,))
        self.db.execute("COMMIT")
        self._lists.clear()

    def add_document(self, id_: int, report: int, filename: str, mime_type: str, content: bytes) -> None:
        row = (id_, report, filename, mime_type, None, content)
        self.db.execute("INSERT INTO document VALUES (?, ?, ?, ?, ?, ?)", row)

    def document(self, id_: int) -> dict | None:
        if id_ > _MAX_INTEGER:
            return None
        row = self.db.execute(
            "SELECT filename, mime_type, sample, content FROM document WHERE id = ?", (id_,)
        ).fetchone()
        return dict(zip(("filename", "mime_type", "sample", "content"), row)) if row else None

    def delete_document(self, id_: int) -> None:
        self.db.execute("DELETE FROM document WHERE id = ?", (id_,))

    def add_token(self, token: str, kind: str, session: str, user: int, client: str, scope: str, expires: float,
                  detail: dict | None = None) -> None:  # fmt: skip
        """`kind` is `access`, `refresh` or `code`; `expires` in real seconds since 1970."""
        row = (token, kind, session, user, client, scope, expires, json.dumps(detail or {}))
        self.db.execute("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def token(self, token: str, kind: str) -> dict | None:
        row = self.db.execute(
            "SELECT token, session, user, client, scope, expires, detail FROM token WHERE token = ? AND kind = ?",
            (token, kind),
        ).fetchone()
        if row is None:
            return None
        names = ("token", "session", "user", "client", "scope", "expires")
        return {**dict(zip(names, row)), **json.loads(row[6])}

    def drop_token(self, token: str) -> None:
        self.db.execute("DELETE FROM token WHERE token = ?", (token,))

    def drop_session(self, session: str) -> None:
        self.db.execute("DELETE FROM token WHERE session = ?", (session,))
