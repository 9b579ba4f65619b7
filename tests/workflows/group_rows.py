"""Rows of group layers: on the server by plain requests, in the store by plain SQL, and how the two compare."""

from __future__ import annotations

import json
import re

from geocollab.store.database import quoted
from geocollab.store.store import Store
from geocollab.workflows.layers.catalogue import catalogue
from geocollab.workflows.layers.load_layers import load_layers
from geocollab.workflows.layers.refresh_layers import refresh_layers
from geocollab.workflows.watch import Watch
from geocollab.workflows.zone import Zone
from tests.workflows.downloads import World

BASES = {"demo_guichet": 9, "bdtopo_fxx": 21, "suivi_terrain": 34}
CANTONS, PARCELS, POSTS = "suivi_terrain:cantons_suivis", "suivi_terrain:parcelles", "suivi_terrain:bornes"
ROADS, PHARMACIES = "bdtopo_fxx:troncon_de_route", "demo_guichet:pharmacies_paris"
FLAGS = ("detruit", "gcms_detruit")


class Guichet(World):
    """A sandbox, a store with group layers, and an administrator who works on the server meanwhile."""

    entries: dict = {}  # by address of the server: read once

    def __init__(self, process, path):
        super().__init__(process)
        self.path = path
        self.http.headers["Connection"] = "close"  # one kept open waits 40 ms for each answer

    # ------------------------------------------------------------------ here

    def opened(self):
        """The store, for as long as it is looked at."""
        return Store(self.path)

    def load(self, *codes, zone=None):
        known = self.entries.get(self.url)
        api = self.api()
        with api.session, Store(self.path) as store:
            if known is None:
                known = {entry.code: entry for entry in catalogue(api, 375).entries}
                self.entries[self.url] = known
            load_layers(api, store, [known[code] for code in codes], zone=zone)

    def refresh(self, *codes, mode="update", watch=None, cancelled=lambda: False):
        api = self.api(cancelled)
        with api.session, Store(self.path) as store:
            layers = [layer for layer in store.layers.all() if not codes or _code(layer) in codes]
            return refresh_layers(api, store, layers, mode=mode, watch=watch or Watch())

    def layer(self, code):
        with self.opened() as store:
            return next(layer for layer in store.layers.all() if _code(layer) == code)

    def sql(self, code, text, values=()):
        """A statement on the table of a layer, `{t}` in it; gives the rows."""
        layer = self.layer(code)
        with self.opened() as store:
            with store.atomic() as connection:
                return connection.execute(text.replace("{t}", quoted(layer.local_table)), values).fetchall()

    def local(self, code):
        """The rows here by key, as `server` gives those there."""
        layer = self.layer(code)
        shown = [quoted(column.local) for column in layer.live]
        if layer.geometry:
            shown[-1] = f"AsText({shown[-1]})"
        with self.opened() as store:
            rows = store.all(f"SELECT {', '.join(shown)} FROM {quoted(layer.local_table)}")
        found = [comparable(dict(zip(layer.names, row)), layer.geometry) for row in rows]
        return {row[layer.key]: row for row in found}

    def edits(self, code):
        """(kind, key, conflict) of each pending edit."""
        layer = self.layer(code)
        with self.opened() as store:
            return {(edit.kind, edit.key, edit.conflict) for edit in store.edits.pending(layer)}

    # ------------------------------------------------------------------ there

    def all_rows(self, code, key=None, **params):
        """The rows of the server by key, as it gives them, destroyed ones too."""
        base, table = code.split(":")
        query = {"service": "WFS", "request": "GetFeature", "typename": table, "outputFormat": "JSON", **params}
        answer = self.call("GET", f"/wfs/{base}", "admin", params=query)
        assert answer.status_code == 200, answer.text
        key = key or self.layer(code).key
        return {row[key]: row for row in answer.json()}

    def server(self, code, **params):
        """The rows that are there, by key, in the form of `local`."""
        layer = self.layer(code)
        rows = self.all_rows(code, layer.key, **params)
        alive = {key: row for key, row in rows.items() if not any(row.get(flag) for flag in FLAGS)}
        return {key: comparable({n: row[n] for n in layer.names}, layer.geometry) for key, row in alive.items()}

    def write(self, code, *actions, user="admin"):
        """A transaction of (state, data) pairs; gives the rows as stored. The fingerprints are those of now."""
        base, layer = code.split(":")[0], self.layer(code)
        rows = self.all_rows(code, layer.key) if layer.versioned else {}
        listed = []
        for state, data in actions:
            if layer.versioned and state != "Insert":
                data = {"gcms_fingerprint": rows[data[layer.key]]["gcms_fingerprint"], **data}
            listed.append({"table": layer.table, "state": state, "data": data})
        body = {"comment": "essai", "actions": listed}
        answer = self.call("POST", f"/databases/{BASES[base]}/transactions", user, json=body)
        assert answer.status_code == 201, answer.text
        return [action["data"] for action in answer.json()["actions"]]

    def asked(self):
        """What was asked since the last time: `max-numrec`, `table`, `wfs` …, in order."""
        paths = [entry["path"] for entry in self.process.journal("^/gcms/api")]
        self.process.clear_journal()
        return [_short(path) for path in paths]


def comparable(row, geometry):
    """Values as both sides can write them: a geometry as its numbers, a boolean as 0 or 1, the rest of JSON as text."""
    found = {}
    for name, value in row.items():
        if name == geometry and value is not None:
            value = [float(number) for number in re.findall(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?", value)]
        elif isinstance(value, (dict, list)):
            value = json.dumps(value, ensure_ascii=False)
        found[name] = int(value) if isinstance(value, bool) else value
    return found


def square(west, south, east, north):
    """A zone from WGS84 corners."""
    from osgeo import ogr

    corners = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    return Zone(bytes(ogr.CreateGeometryFromWkt(f"POLYGON(({corners}))").ExportToWkb()))


def _code(layer):
    return f"{layer.database_name}:{layer.table_name}"


def _short(path):
    if path.endswith("max-numrec"):
        return "max-numrec"
    if re.search("/wfs/", path):
        return "wfs"
    if re.search("/tables/[0-9]+$", path):
        return "table"
    return path.rsplit("/", 1)[-1]
