"""What is measured of group layers, each in a process of its own: `python -m benchmarks.layers NAME JSON`.

Times are of the work alone, as in `benchmarks.jobs`. The layer is `suivi_terrain:parcelles`, polygons in Lambert 93.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import requests

from benchmarks.jobs import COMMUNITY, CONCURRENCY, Clock
from geocollab.client.auth import bearer
from geocollab.client.espaceco import users
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.layers.catalogue import catalogue
from geocollab.workflows.layers.choosing import choose, choose_stored
from geocollab.workflows.layers.load_layers import load_layers
from geocollab.workflows.layers.push_edits import push_edits
from geocollab.workflows.layers.refresh_layers import refresh_layers

DATABASE, TABLE, NAME = 34, 3402, "parcelles"
CODE = f"suivi_terrain:{NAME}"
PAGE = 10_000
BATCH = 1000


def load(url: str, token: str, store: str) -> dict[str, Any]:
    """The plugin's own load, of all there is; what the group has is listed before."""
    session = Session(bearer(token), rate=None, concurrency=CONCURRENCY)
    with session, Store(store) as opened:
        api = EspaceCo(session, url + "/gcms/api")
        (entry,) = choose(catalogue(api, COMMUNITY).entries, lambda entry: (entry.code,), [CODE])
        before = session.requests_sent
        with Clock() as clock:
            load_layers(api, opened, [entry])
        (layer,) = choose_stored(opened, [CODE])
        return clock.result(rows=opened.layers.count(layer), requests=session.requests_sent - before)


def bare(url: str, token: str) -> dict[str, Any]:
    """The same pages one after the other, the JSON parsed and let go."""
    with Clock() as clock:
        rows = sum(map(len, _pages(url, token)))
    return clock.result(rows=rows)


def geojson(url: str, token: str, file: str) -> dict[str, Any]:
    """The same features as a local file."""
    features = [feature for page in _pages(url, token, "GeoJSON") for feature in page]
    crs = {"type": "name", "properties": {"name": "EPSG:2154"}}
    content = {"type": "FeatureCollection", "crs": crs, "features": features}
    Path(file).write_text(json.dumps(content), encoding="utf-8")
    return {"rows": len(features)}


def _pages(url: str, token: str, form: str = "JSON") -> Iterator[list[dict]]:
    http = requests.Session()
    http.trust_env = False
    http.headers["Authorization"] = "Bearer " + token
    query = {"service": "WFS", "version": "1.0.0", "request": "GetFeature", "typename": NAME, "maxFeatures": PAGE}
    query.update(outputFormat=form, filter='{"gcms_detruit":false}')
    for offset in count(0, PAGE):
        answer = http.get(url + "/gcms/api/wfs/suivi_terrain", params={**query, "offset": offset}, timeout=600)
        answer.raise_for_status()
        page = answer.json() if form == "JSON" else answer.json()["features"]
        yield page
        if len(page) < PAGE:
            return


def ogr2ogr(source: str, target: str) -> dict[str, Any]:
    """The same features from a local file into a SpatiaLite file, with its spatial index."""
    with Clock() as clock:
        command = ["ogr2ogr", "-f", "SQLite", "-dsco", "SPATIALITE=YES", target, source, "-nln", NAME]
        subprocess.run(command, check=True, capture_output=True)
    return clock.result()


def refresh(url: str, token: str, store: str) -> dict[str, Any]:
    """The plugin's own refresh."""
    session = Session(bearer(token), rate=None, concurrency=CONCURRENCY)
    with session, Store(store) as opened, Clock() as clock:
        refreshed = refresh_layers(EspaceCo(session, url + "/gcms/api"), opened, choose_stored(opened, [CODE]))
    return clock.result(requests=session.requests_sent, **refreshed.numbers())


def change(url: str, token: str, store: str, rows: int) -> dict[str, Any]:
    """Somebody else changes so many rows on the server."""
    with sqlite3.connect(store) as connection:
        known = connection.execute(f"SELECT id, gcms_fingerprint FROM {NAME}").fetchall()
    headers = {"Authorization": "Bearer " + token, "Connection": "close"}
    address = f"{url}/gcms/api/databases/{DATABASE}/transactions"
    chosen = random.Random(rows).sample(known, rows)
    for at in range(0, rows, BATCH):
        datas = [
            {"id": key, "gcms_fingerprint": mark, "commentaire": f"vu {rows}"} for key, mark in chosen[at:][:BATCH]
        ]
        actions = [{"table": TABLE, "state": "Update", "data": data} for data in datas]
        body = {"comment": "terrain", "actions": actions}
        requests.post(address, json=body, headers=headers, timeout=600).raise_for_status()
    return {"rows": rows}


def edit(store: str, rows: int) -> dict[str, Any]:
    """So many rows are edited in the store."""
    with sqlite3.connect(store) as connection, Clock() as clock:
        some = f"SELECT id FROM {NAME} WHERE commentaire IS NULL OR commentaire NOT LIKE 'vu %' ORDER BY id LIMIT ?"
        connection.execute(f"UPDATE {NAME} SET commentaire = 'terrain' WHERE id IN ({some})", (rows,))
    return clock.result(rows=rows)


def push(url: str, token: str, store: str) -> dict[str, Any]:
    """The plugin's own sending of all edits."""
    session = Session(bearer(token), rate=None, concurrency=CONCURRENCY)
    with session, Store(store) as opened, Clock() as clock:
        api = EspaceCo(session, url + "/gcms/api")
        chosen = [(layer, None) for layer in choose_stored(opened, [CODE])]
        pushed = push_edits(api, opened, users.me(api), chosen, max_count=1_000_000)
    return clock.result(requests=session.requests_sent, **pushed.numbers())


JOBS = {job.__name__: job for job in (load, bare, geojson, ogr2ogr, refresh, change, edit, push)}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](**json.loads(sys.argv[2]))))
