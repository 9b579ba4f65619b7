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
from geocollab.workflows.download_reports import download_reports
from geocollab.workflows.report_filter import ReportFilter

CONCURRENCY = 6
LIMIT = 100
COMMUNITY = 375


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


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    job.__name__: job for job in (download, bare, listing, minimal, open_store)
}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](**json.loads(sys.argv[2]))))
