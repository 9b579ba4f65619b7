"""What is measured, each in a process of its own: `python -m benchmarks.jobs NAME JSON` prints one JSON object.

Times are of the work alone: imports, signing in and the making of an empty store come before.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from osgeo import ogr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "build" / "plugins"))

import requests

from geocollab.client.auth import bearer
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.paging import Listing
from geocollab.client.session import Pace, Session
from geocollab.store.store import Store
from geocollab.workflows.contributions.create_reports import Item, Wanted, create_reports
from geocollab.workflows.contributions.reply_reports import Reply, reply_to_reports
from geocollab.workflows.reports.download_reports import download_reports
from geocollab.workflows.reports.report_filter import ReportFilter

CONCURRENCY = 6
LIMIT = 100
COMMUNITY = 375
THEME = "Autre"


class Clock:
    """Wall and CPU seconds (all threads of this process) of a `with` block."""

    def __enter__(self) -> Clock:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall, self.cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu

    def result(self, **more: Any) -> dict[str, Any]:
        """With the highest memory of the process so far, in MB."""
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"wall": self.wall, "cpu": self.cpu, "memory": memory, **more}


def download(url: str, token: str, store: str, mode: str = "replace", rate: float | None = None) -> dict[str, Any]:
    """The plugin's own download, of all that the account may see."""
    session = Session(bearer(token), rate=rate, concurrency=CONCURRENCY)
    with session, Store(store) as opened:
        with Clock() as clock:
            api = EspaceCo(session, url + "/gcms/api")
            outcome = download_reports(api, opened, ReportFilter(community=COMMUNITY, public=True), mode=mode)
        return clock.result(rows=outcome.count, requests=outcome.requests, mode=outcome.mode)


def bare(url: str, token: str, keep: str | None = None, rate: float | None = None) -> dict[str, Any]:
    """The same pages with the same concurrency and rate, the JSON parsed and let go; `keep` is a file for the pages."""
    pace, never = Pace(rate), threading.Event()
    http = requests.Session()
    http.trust_env = False
    http.headers["Authorization"] = "Bearer " + token

    def page(number: int) -> requests.Response:
        query = {"sort": "id:ASC", "page": number, "limit": LIMIT}
        pace.wait(never)
        answer = http.get(url + "/gcms/api/reports", params=query, timeout=60)
        answer.raise_for_status()
        return answer

    with Path(keep or os.devnull).open("wb") as kept, Clock() as clock:
        first = page(1)
        pages = -(-int(first.headers["Content-Range"].split("/")[1]) // LIMIT)
        rows = len(first.json())
        kept.write(first.content + b"\n")
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            for answer in pool.map(page, range(2, pages + 1)):
                rows += len(json.loads(answer.content))
                if keep:
                    kept.write(answer.content + b"\n")
    return clock.result(rows=rows, requests=pages)


def minimal(pages: str, store: str, url: str) -> dict[str, Any]:
    """The shortest script that writes the same rows from the same pages: no network, no check, no odd form."""
    Store(store).close()
    connection = sqlite3.connect(store, isolation_level=None)
    connection.enable_load_extension(True)
    connection.load_extension("mod_spatialite")
    with Clock() as clock, Path(pages).open("rb") as kept:
        rows = _written(connection, (json.loads(line) for line in kept), url)
    return clock.result(rows=rows)


def _written(connection: sqlite3.Connection, pages: Iterator[list[dict]], url: str) -> int:
    spatial = ("Signalement", "Croquis_EC_Point", "Croquis_EC_Ligne", "Croquis_EC_Polygone")
    count = 0
    connection.execute("BEGIN IMMEDIATE")
    for table in spatial:
        connection.execute("SELECT DisableSpatialIndex(?, 'geom')", (table,))
        connection.execute(f"DROP TABLE idx_{table}_geom")
    for page in pages:
        reports, replies, documents = [], [], []
        sketches: dict[str, list[tuple]] = {"POINT": [], "LINESTRING": [], "POLYGON": []}
        for report in page:
            count += 1
            reports.append(_report(report, url))
            replies += _replies(report)
            documents += _documents(report)
            if report["sketch"]:
                for kind, row in _sketches(report):
                    sketches[kind].append(row)
        marks = ", ".join("?" * 32)
        connection.executemany(f"INSERT INTO Signalement VALUES ({marks}, MakePoint(?, ?, 4326))", reports)
        for table, kind in zip(spatial[1:], sketches):
            marks = ", ".join("?" * 13)
            connection.executemany(f"INSERT INTO {table} VALUES ({marks}, GeomFromWKB(?, 4326))", sketches[kind])
        connection.executemany(f"INSERT INTO Reponse_EC VALUES ({', '.join('?' * 10)})", replies)
        connection.executemany(f"INSERT INTO Document_EC VALUES ({', '.join('?' * 12)})", documents)
    for table in spatial:
        connection.execute("SELECT CreateSpatialIndex(?, 'geom')", (table,))
    connection.execute("COMMIT")
    return count


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _report(report: dict, url: str) -> tuple:
    number, themes = report["id"], report["attributes"]
    author, validator = report["author"] or {}, report["validator"] or {}
    commune, departement = report["commune"] or {}, report["departement"] or {}
    lon, lat = report["geometry"][6:-1].split()
    replies = [f"Réponse n°{n} par {(r['author'] or {}).get('username')} le {r['date'][:10]}. {r['content']}"
               for n, r in enumerate(report["replies"], 1)]  # fmt: skip
    said = "|".join(f"{t['theme']}({','.join(f'{k}={v}' for k, v in t['attributes'].items())})" for t in themes)
    return (
        number, number, author.get("username"), commune.get("title"), commune.get("name"), departement.get("title"),
        departement.get("name"), report["opening_date"], report["updating_date"], report["closing_date"], said,
        report["status"], report["status"], report["comment"], "\n".join(replies), f"{url}/georem/{number}", None,
        " ".join(d["download_uri"] for d in report["attachments"]), None, None, report.get("community"),
        themes[0]["theme"] if themes else None, _dumped(themes), author.get("id"), validator.get("username"),
        report["territory"]["name"], report["input_device"], report["device_version"], len(replies),
        len(report["attachments"]), 0, None, float(lon), float(lat),
    )  # fmt: skip


def _replies(report: dict) -> list[tuple]:
    return [
        (r["id"], report["id"], n, (r["author"] or {}).get("username"), (r["author"] or {}).get("id"), r["title"],
         r["content"], r["status"], r["status"], r["date"])
        for n, r in enumerate(report["replies"], 1)
    ]  # fmt: skip


def _documents(report: dict) -> list[tuple]:
    return [
        (d["id"], report["id"], d["title"], d["description"], d["filename"], d["mime_type"], d["size"], d["width"],
         d["height"], d["date"], d["uri"], d["download_uri"])
        for d in report["attachments"]
    ]  # fmt: skip


def _sketches(report: dict) -> Iterator[tuple[str, tuple]]:
    for order, item in enumerate(json.loads(report["sketch"])["objects"], 1):
        style, values = item.get("style") or {}, item.get("attributes") or {}
        shape = ogr.CreateGeometryFromWkt(item["geometry"])
        several = shape.GetGeometryName() not in ("POINT", "LINESTRING", "POLYGON")
        for part in [shape.GetGeometryRef(n) for n in range(shape.GetGeometryCount())] if several else [shape]:
            yield part.GetGeometryName(), (
                None, report["id"], item.get("name"), "|".join(f"{k}='{v}'" for k, v in values.items()), None,
                item["type"], values.get("nom"), style.get("frontcolor"), style.get("backcolor"), style.get("diam"),
                _dumped(values), _dumped(style), order, bytes(part.ExportToWkb(ogr.wkbNDR)),
            )  # fmt: skip


def listing(url: str, token: str) -> dict[str, Any]:
    """As `bare`, but read by the plugin's own client: what it costs to be polite, to retry and to be cancellable."""
    session = Session(bearer(token), rate=None, concurrency=CONCURRENCY)
    with session, Clock() as clock:
        pages = Listing(session, url + "/gcms/api/reports", [("sort", "id:ASC")])
        rows = sum(len(page) for page in pages)
    return clock.result(rows=rows, requests=session.requests_sent)


def open_store(store: str) -> dict[str, Any]:
    """Opening a store that is there, the fastest of twenty."""
    clocks = [Clock() for _attempt in range(20)]
    for clock in clocks:
        with clock:
            Store(store).close()
    return min(clocks, key=lambda clock: clock.wall).result()


def fill(url: str, token: str, store: str) -> dict[str, Any]:
    """A store with the reports of one community, as whoever replies has it."""
    session = Session(bearer(token), rate=None, concurrency=CONCURRENCY)
    with session, Store(store) as opened, Clock() as clock:
        api = EspaceCo(session, url + "/gcms/api")
        outcome = download_reports(api, opened, ReportFilter(community=COMMUNITY))
    return clock.result(rows=outcome.count)


def replies(url: str, token: str, store: str, count: int, rate: float | None = None) -> dict[str, Any]:
    """The plugin's own replies, to so many open reports."""
    wanted = {number: Reply(f"En cours de traitement ({rate}).", "pending") for number in _open_reports(store, count)}
    session = Session(bearer(token), rate=rate, concurrency=CONCURRENCY)
    with session, Store(store) as opened, Clock() as clock:
        replied = reply_to_reports(EspaceCo(session, url + "/gcms/api"), opened, wanted)
    return clock.result(rows=replied.numbers()["SENT_COUNT"], requests=session.requests_sent)


def bare_replies(url: str, token: str, store: str, count: int, rate: float | None = None) -> dict[str, Any]:
    """The same requests by a bare loop."""
    body = {"title": "", "content": "Vu.", "status": "pending"}
    requests_made = [(f"/reports/{number}/replies", body) for number in _open_reports(store, count)]
    return _posted(url, token, requests_made, rate)


def creations(url: str, token: str, store: str, count: int, rate: float | None = None) -> dict[str, Any]:
    """The plugin's own reports, of so many objects with a sketch each."""
    items = (
        Item(feature=number, wkb=wkb, fields={"nom": f"Rue {number}", "largeur": 3.5}, message=message)
        for number, (wkb, message) in enumerate(_objects(count, f"Chaussée déformée ({rate})"))
    )
    session = Session(bearer(token), rate=rate, concurrency=CONCURRENCY)
    with session, Store(store) as opened, Clock() as clock:
        api = EspaceCo(session, url + "/gcms/api")
        created = create_reports(api, opened, items, Wanted(community=str(COMMUNITY), theme=THEME))
    return clock.result(rows=created.numbers()["SENT_COUNT"], requests=session.requests_sent)


def bare_creations(url: str, token: str, store: str, count: int, rate: float | None = None) -> dict[str, Any]:
    """The same requests by a bare loop."""
    bodies = []
    for number, (wkb, message) in enumerate(_objects(count, "Trottoir encombré")):
        wkt = ogr.CreateGeometryFromWkb(wkb).ExportToWkt()
        item = {"type": "Ligne", "geometry": wkt, "attributes": {"nom": f"Rue {number}", "largeur": "3.5"}, "name": ""}
        about = {"community": COMMUNITY, "theme": THEME, "attributes": {}}
        bodies.append(
            ("/reports", {"geometry": f"POINT({2.3 + number * 1e-5} 48.85)", "comment": message, "attributes": about,
                          "community": COMMUNITY, "sketch": _dumped({"name": "", "objects": [item]})})
        )  # fmt: skip
    return _posted(url, token, bodies, rate)


def _objects(count: int, text: str) -> Iterator[tuple[bytes, str]]:
    for number in range(count):
        west = 2.3 + number * 1e-5
        line = ogr.CreateGeometryFromWkt(f"LINESTRING({west} 48.85, {west + 1e-4} 48.851, {west} 48.852)")
        yield bytes(line.ExportToWkb()), f"{text}, objet {number}."


def _open_reports(store: str, count: int) -> list[int]:
    with Store(store) as opened:
        sql = """SELECT id FROM "Signalement" WHERE "Statut" IN ('submit', 'pending', 'pending0') ORDER BY id LIMIT ?"""
        return [row[0] for row in opened.all(sql, (count,))]


def _posted(url: str, token: str, bodies: list[tuple[str, dict]], rate: float | None) -> dict[str, Any]:
    pace, never = Pace(rate), threading.Event()
    http = requests.Session()
    http.trust_env = False
    http.headers["Authorization"] = "Bearer " + token

    def post(one: tuple[str, dict]) -> None:
        pace.wait(never)
        http.post(url + "/gcms/api" + one[0], json=one[1], timeout=60).raise_for_status()

    with Clock() as clock, ThreadPoolExecutor(CONCURRENCY) as pool:
        done = len(list(pool.map(post, bodies)))
    return clock.result(rows=done, requests=done)


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    job.__name__: job
    for job in (
        *(download, bare, listing, minimal, open_store),
        *(fill, replies, bare_replies, creations, bare_creations),
    )
}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](**json.loads(sys.argv[2]))))
