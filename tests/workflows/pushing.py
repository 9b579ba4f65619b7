"""Group layers that are edited and sent: what is here, what the server was sent, what it has then."""

import contextlib
import itertools
import json

from geocollab.store.store import Store
from geocollab.workflows.connection.communities import writer
from geocollab.workflows.errors import Interrupted
from geocollab.workflows.layers.push_edits import push_edits
from tests.workflows.reviewing import Review

_numbers = itertools.count(1)


class Pushing(Review):
    """A store with group layers of one's own, its edits sent to a sandbox: every test takes other objects."""

    taken: dict = {}
    sessions: dict = {}

    def __init__(self, process, path):
        super().__init__(process, path)
        self.known = {}
        self._store = None

    @contextlib.contextmanager
    def opened(self):
        """The store, opened once: that takes longer than all that is then done with it."""
        self._store = self._store or Store(self.path)
        yield self._store

    def close(self):
        if self._store:
            self._store.close()
            self._store = None

    def keys(self, code, count=1):
        """Keys of objects that no test had before."""
        if (self.url, code) not in self.taken:
            self.taken[self.url, code] = iter(sorted(self.local(code)))
        return list(itertools.islice(self.taken[self.url, code], count))

    def layer(self, code):
        """As it was when it was first asked for."""
        if code not in self.known:
            self.known[code] = super().layer(code)
        return self.known[code]

    def push(self, *codes, user="membre", rows=None, watch=None, **how):
        """Send the edits of all layers, or of these, as a user, whose session stays open for the next time."""
        account = (self.url, user)
        api = self.sessions.get(account) or self.sessions.setdefault(account, self.api(token=self.process.token(user)))
        with Store(self.path) as store:
            layers = [layer for layer in store.layers.all() if not codes or _code(layer) in codes]
            try:
                return push_edits(api, store, writer(api), [(layer, rows) for layer in layers], watch=watch, **how)
            except Interrupted:
                self.sessions.pop(account).session.close()
                raise

    def more_cantons(self, count):
        """So many more on the server, in Paris."""
        place = "MULTIPOLYGON(((652000 6862000,652100 6862000,652100 6862100,652000 6862000)))"
        data = {"nom": "de plus", "commune": "Paris", "geom": place}
        actions = [{"table": 3401, "state": "Insert", "data": data}] * count
        answer = self.call("POST", "/databases/34/transactions", "admin", json={"comment": "x", "actions": actions})
        assert answer.status_code == 201, answer.text

    def insert(self, code, wkt, **values):
        """A new object here; gives its row."""
        layer = self.layer(code)
        local = {column.name: column.local for column in layer.columns}
        names = [f'"{local[name]}"' for name in values] + [f'"{layer.local_geometry}"'] * bool(layer.geometry)
        marks = ["?"] * len(values) + ["GeomFromText(?, ?)"] * bool(layer.geometry)
        bound = [*values.values(), *((wkt, layer.srid) if layer.geometry else ())]
        self.sql(code, f"INSERT INTO {{t}} ({', '.join(names)}) VALUES ({', '.join(marks)})", bound)
        return self.sql(code, "SELECT max(geocollab_id) FROM {t}")[0][0]

    def posts(self):
        """The transactions that the server was sent."""
        return [entry for entry in self.process.journal("/transactions$") if entry["method"] == "POST"]

    def struck(self):
        """How many requests have met a fault, those under way among them."""
        return sum(fault["hits"] for fault in self.http.get(f"{self.process.url}/_faults", timeout=30).json())

    def sent(self):
        """The actions of each transaction that was sent, as (table, state, data)."""
        bodies = [json.loads(entry["body"]) for entry in self.posts()]
        return [[(a["table"], a["state"], a["data"]) for a in body["actions"]] for body in bodies]

    def named(self, text):
        """The keys of the cantons of this name that the server has."""
        rows = self.all_rows("suivi_terrain:cantons_suivis")
        return sorted(key for key, row in rows.items() if row["nom"] == text and not row["gcms_detruit"])

    def journal(self):
        """State, number and counts of each transaction that the store knows."""
        with self.opened() as store:
            return [(e.state, e.number, (e.inserts, e.updates, e.deletes)) for e in store.transactions.all()]

    def unsure(self):
        with self.opened() as store:
            return {layer.table_name: rows for layer in store.layers.all() if (rows := store.edits.unsure_rows(layer))}


def _code(layer):
    return f"{layer.database_name}:{layer.table_name}"


def name():
    """A text that nobody else has written."""
    return f"canton {next(_numbers)}"


def outcomes(pushed):
    return [line.outcome for line in pushed.lines]


def details(pushed):
    return [line.said for line in pushed.lines]
