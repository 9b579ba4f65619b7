"""`python -m benchmarks [--reports N] [--repeat N]`: how fast downloads, updates and the plugin's start are, as ratios.

Every measurement is a process of its own against the sandbox on loopback, without limits of rate unless it says so. The
best of the repeated ones counts, since whatever else the machine does only adds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sandbox.process import SandboxProcess

QGIS_PYTHON = "/usr/bin/python3"
NOW = "2026-03-01T12:00:00+00:00"
POLITE = 20
"""Requests a second: what the client allows itself; the service refuses more than 25 (A40)."""
SLOW = 0.1
"""Seconds for a page of a server that works like a real one."""

SLOW_ROWS = 0.5
"""Seconds for a page of 10 000 rows of a server that works like a real one."""

KILLED = 9
MOST = 8
"""Data sets under way at once."""
PUBLISHED, UNCHANGED = 200, 500
"""Small data sets that are published, and that are left alone."""

Result = dict[str, Any]


def main() -> None:
    """Measure, then print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--reports", type=int, default=100_000, help="of the big sandbox (default 100000)")
    parser.add_argument("--sent", type=int, default=1000, help="replies and creations (default 1000)")
    parser.add_argument("--features", type=int, default=200_000, help="of the group layer (default 200000)")
    parser.add_argument("--megabytes", type=int, default=2048, help="of the file that is delivered (default 2048)")
    parser.add_argument(
        "--data-sets", type=int, help=f"published at once and left alone (default {PUBLISHED} and {UNCHANGED})"
    )
    parser.add_argument("--only", choices=("reports", "sent", "layers", "entrepot", "start"), help="one part alone")
    parser.add_argument("--repeat", type=int, default=2, help="how often the short comparisons are made (default 2)")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="geocollab-bench-", dir=_folder()) as folder:
        table = Table()
        if options.only in (None, "reports"):
            _reports(Path(folder), options.reports, options.repeat, table)
        if options.only in (None, "sent"):
            _sending(Path(folder), options.sent, table)
        if options.only in (None, "layers"):
            _layers(Path(folder), options.features, options.repeat, table)
        if options.only in (None, "entrepot"):
            _entrepot(Path(folder), options.megabytes, options.data_sets, options.repeat, table)
        if options.only in (None, "start"):
            _plugin_load(table)
    table.show()
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"\n{time.monotonic() - began:.0f} s in all, load of the machine {load:.1f} on {cores} cores")


def _folder() -> str:
    """A disk rather than memory, where there is a choice."""
    return "/var/tmp" if Path("/var/tmp").is_dir() else tempfile.gettempdir()


def _reports(folder: Path, big: int, repeat: int, table: Table) -> None:
    """Downloads from a small and a big sandbox, and what is done with what came."""
    small = big // 10
    of_small = _with_sandbox(folder, small, 1, table, slow=True)
    of_big = _with_sandbox(folder, big, repeat, table, slow=False)
    mine, other = of_big["memory"], of_small["memory"]
    table.add(f"peak memory, {big} / {small} reports", f"{mine:.0f} MB / {other:.0f} MB", mine / other, 1.15)
    _select_linked(folder, big, table)


def _with_sandbox(folder: Path, reports: int, repeat: int, table: Table, *, slow: bool) -> Result:
    """All comparisons with one sandbox; gives the result of the download."""
    print(f"a sandbox of {reports} reports …", file=sys.stderr)
    with SandboxProcess(reports=reports, rate=0, now=NOW, token_life=100_000) as sandbox:
        server = {"url": sandbox.url, "token": sandbox.token("membre")}
        pages = str(folder / f"pages-{reports}")
        store = str(folder / f"store-{reports}.sqlite")
        _job("bare", **server, keep=pages)
        bare, read, minimal, whole = [], [], [], []
        for turn in range(repeat):
            bare.append(_job("bare", **server))
            read.append(_job("listing", **server))
            minimal.append(
                _job("minimal", pages=pages, store=str(folder / f"minimal-{reports}-{turn}.sqlite"), url=sandbox.url)
            )
            whole.append(
                _job("download", **server, store=store if turn == 0 else str(folder / f"again-{reports}-{turn}.sqlite"))
            )
        rows, requests = whole[0]["rows"], whole[0]["requests"]
        table.title(f"{rows} reports")
        table.add(
            "requests of a download, against its pages",
            f"{requests} / {-(-rows // 100)}",
            requests - -(-rows // 100),
            3,
            "+{:.0f}",
        )
        calm = [_job("download", **server, store=str(folder / f"polite-{reports}.sqlite"), rate=POLITE)]
        table.compare(
            f"wall: download / bare loop, {POLITE} requests a second",
            calm,
            [_job("bare", **server, rate=POLITE)],
            "wall",
            1.5,
        )
        table.compare("wall: the same, without limit on either side", whole, bare, "wall", 1.5)
        table.compare("wall: download / the same pages by our client", whole, read, "wall")
        table.compare("CPU: download / minimal script", whole, minimal, "cpu", 2.5)
        update = _job("download", **server, store=store, mode="update")
        table.add(
            "update, nothing changed: requests", f"{update['wall'] * 1000:.0f} ms", update["requests"], 3, "{:.0f}"
        )
        table.add("opening the store, ms", "", _job("open_store", store=store)["wall"] * 1000, 30, "{:.1f}")
        if slow:
            sandbox.faults({"kind": "slow", "seconds": SLOW, "path": "/reports$", "times": None})
            late = [_job("download", **server, store=str(folder / "slow.sqlite"))]
            table.compare(
                f"wall: download / bare loop, {SLOW * 1000:.0f} ms a page", late, [_job("bare", **server)], "wall", 1.5
            )
            sandbox.faults()
        return whole[0]


def _sending(folder: Path, count: int, table: Table) -> None:
    """Replies and creations against bare loops of the same requests."""
    # the clock of this machine: what changed is asked for by date
    with SandboxProcess(reports=10 * count, rate=0, token_life=100_000) as sandbox:
        server = {"url": sandbox.url, "token": sandbox.token("admin"), "store": str(folder / "sending.sqlite")}
        _job("fill", **server)
        for what in ("replies", "creations"):
            table.title(f"{count} {what}")
            polite = {**server, "count": count, "rate": POLITE}
            ours, theirs = _job(what, **polite), _job(f"bare_{what}", **polite)
            more = ours["requests"] - theirs["requests"]
            table.add("requests, against one each", f"{ours['requests']} / {theirs['requests']}", more, 30, "+{:.0f}")
            table.compare(f"wall: against a bare loop, {POLITE} requests a second", [ours], [theirs], "wall", 1.3)
            free = {**server, "count": count}
            table.compare("wall: the same, without limit", [_job(what, **free)], [_job(f"bare_{what}", **free)], "wall")


EDITS = 10_000
"""Edits that are sent, and saved in QGIS."""
CHANGES = 500
"""Rows that somebody else changes."""


def _layers(folder: Path, big: int, repeat: int, table: Table) -> None:
    """A group layer loaded, refreshed, edited and sent."""
    small = _load_layer(folder, big // 10, 1, table)
    of_big = _load_layer(folder, big, repeat, table)
    mine, other = of_big["memory"], small["memory"]
    table.add(f"peak memory, {big} / {big // 10} polygons", f"{mine:.0f} MB / {other:.0f} MB", mine / other, 1.15)


def _load_layer(folder: Path, count: int, repeat: int, table: Table) -> Result:
    print(f"a sandbox of {count} polygons …", file=sys.stderr)
    with SandboxProcess(reports=10, features=count, rate=0, token_life=100_000) as sandbox:
        server = {"url": sandbox.url, "token": sandbox.token("admin")}
        store, geojson = str(folder / f"layer-{count}.sqlite"), str(folder / f"layer-{count}.geojson")
        _layer_job("geojson", **server, file=geojson)
        ours, pages, local = [], [], []
        for turn in range(repeat):
            path = store if turn == 0 else str(folder / f"layer-{count}-{turn}.sqlite")
            pages.append(_layer_job("bare", **server))
            ours.append(_layer_job("load", **server, store=path))
            local.append(_layer_job("ogr2ogr", source=geojson, target=str(folder / f"ogr-{count}-{turn}.sqlite")))
        rows, requests = ours[0]["rows"], ours[0]["requests"]
        table.title(f"{rows} polygons of a group layer")
        table.add(
            "requests, against its pages", f"{requests} / {rows // 10_000 + 1}", requests - rows // 10_000, 4, "+{:.0f}"
        )
        table.compare("wall: load / bare loop of the same pages", ours, pages, "wall", 1.5)
        table.compare("wall: load / ogr2ogr from a local GeoJSON", ours, local, "wall", 2)
        sandbox.faults({"kind": "slow", "seconds": SLOW_ROWS, "path": "/wfs/", "times": None})
        late = [_layer_job("load", **server, store=str(folder / f"layer-{count}-slow.sqlite"))]
        name = f"wall: load / bare loop, {SLOW_ROWS * 1000:.0f} ms a page"
        table.compare(name, late, [_layer_job("bare", **server)], "wall", 1.5)
        sandbox.faults()
        same = min((_layer_job("refresh", **server, store=store) for _turn in range(3)), key=lambda one: one["wall"])
        table.add("refresh, nothing changed: requests", "", same["requests"], 1, "{:.0f}")
        table.add("  and seconds", "", same["wall"], 0.3, "{:.2f}")
        for changes in (CHANGES // 10, CHANGES):
            _layer_job("change", **server, store=store, rows=changes)
            found = _layer_job("refresh", **server, store=store)
            table.add(f"refresh, {changes} rows changed, s", f"{found['UPDATED_COUNT']} rows", found["wall"], None)
        _layer_job("edit", store=store, rows=EDITS)
        sent = _layer_job("push", **server, store=store)
        table.add(f"{sent['SENT_COUNT']} edits sent: transactions", "", sent["TRANSACTION_COUNT"], 1, "{:.0f}")
        table.add("  own time (CPU), s", f"wall {sent['wall']:.1f} s", sent["cpu"], 5)
        saved = _qgis("bulk_edit.py", store, "parcelles", "commentaire", str(EDITS))
        if saved:
            both = f"{saved['tracked']:.2f} s / {saved['plain']:.2f} s"
            table.add(
                f"{saved['rows']} rows saved in QGIS, tracked / not", both, saved["tracked"] / saved["plain"], 1.3
            )
        return ours[0]


def _layer_job(name: str, **options: Any) -> Result:
    return _job(name, "layers", **options)


FILES = 50
CUT = 0.9
"""Of a delivery of so many files, what has left when the process is killed."""
LATENCY = 0.2
"""Seconds that the API takes for an answer."""


def _entrepot(folder: Path, megabytes: int, data_sets: int | None, repeat: int, table: Table) -> None:
    """Deliveries great and many, one that was cut, and many small data sets published at once."""
    with SandboxProcess(reports=10, rate=0, token_life=100_000) as sandbox:
        server = {"url": sandbox.url, "token": sandbox.token("membre")}
        _great_file(folder, megabytes, repeat, server, table)
        _cut_delivery(folder, server, table)
        _many_data_sets(folder, data_sets or PUBLISHED, data_sets or UNCHANGED, sandbox, server, table)


def _great_file(folder: Path, megabytes: int, repeat: int, server: Result, table: Table) -> None:
    file = folder / "great.bin"
    with file.open("wb") as stream:
        stream.truncate(megabytes << 20)
    curls, sent, delivered = [], [], []
    for turn in range(repeat):
        curls.append(_entrepot_job("curl", **server, file=str(file)))
        sent.append(_entrepot_job("send", **server, file=str(file)))
        store = str(folder / f"great-{turn}.sqlite")
        delivered.append(_entrepot_job("delivery", **server, store=store, path=str(file), name=f"great {turn}"))
        _entrepot_job("delete", **server, upload=delivered[-1]["upload"])
    file.unlink()
    table.title(f"one file of {megabytes} MB delivered")
    for name, ours in (("sent by the client", sent), ("delivered with its sums", delivered)):
        mine, other = (megabytes / min(result["wall"] for result in results) for results in (ours, curls))
        table.add_least(f"throughput: {name}, of curl -F", f"{mine:.0f} / {other:.0f} MB/s", mine / other, 0.8)
    table.add("memory grows by, MB", "", max(one["grown"] for one in delivered), 50, "{:.1f}")
    table.add("requests", "", delivered[0]["requests"], 6, "{:.0f}")


def _cut_delivery(folder: Path, server: Result, table: Table) -> None:
    files = folder / "files"
    files.mkdir()
    for number in range(FILES):
        (files / f"{number}.bin").write_bytes(os.urandom(2 << 20))
    job = {**server, "store": str(folder / "cut.sqlite"), "path": str(files), "name": "cut"}
    killed = _entrepot_job("delivery", **job, cut=CUT)
    if "begun" not in killed:
        raise SystemExit("the delivery came to its end before it was cut")
    again = _entrepot_job("delivery", **job)
    flying, begun = killed["in_flight"], killed["begun"]
    table.title(f"{FILES} files, killed at {CUT:.0%} with {flying} in flight, delivered again")
    kept = f"{again['files_sent']} sent, {again['files_kept']} kept"
    twice = again["files_sent"] - (FILES - begun)
    table.add(f"files begun twice, {FILES - begun} had not been begun", kept, twice, flying, "{:.0f}")
    table.add("bytes sent the second time, of all", "", again["bytes_sent"] / again["size"])
    table.add("requests", "", again["requests"], 2 * again["files_sent"] + 8, "{:.0f}")


def _many_data_sets(
    folder: Path, count: int, unchanged: int, sandbox: SandboxProcess, server: Result, table: Table
) -> None:
    """At once against one after the other (a tenth of them); then so many that are unchanged."""
    few = max(count // 10, 1)
    datastore = sandbox.entrepot()["ids"]["datastore"]["montreuil"]
    quotas = sandbox.entrepot_entity("datastore", id=datastore)["private"]["endpoints"]
    for quota in quotas.values():
        quota["quota"] = 100 * (count + unchanged + few)
    sandbox.entrepot_entity("datastore", id=datastore, private={"endpoints": quotas})
    late = {"kind": "slow", "seconds": LATENCY, "path": "^/api/", "times": None}
    sandbox.faults(late)
    job = {**server, "store": str(folder / "data-sets.sqlite"), "folder": str(folder)}
    one = _entrepot_job("synchronise", **job, first=0, count=few, most=1)
    many = _entrepot_job("synchronise", **job, first=few, count=count, most=MOST)
    sandbox.faults()
    more = _entrepot_job("synchronise", **job, first=few + count, count=max(unchanged - count, 0), most=MOST)
    sandbox.faults(late)
    sandbox.clear_journal()
    same = _entrepot_job("synchronise", **job, first=few, count=unchanged, most=MOST)
    sandbox.faults()
    uploads = sum(entry["method"] == "POST" for entry in sandbox.journal("/uploads"))
    for result in (one, many, more, same):
        if result["failed"]:
            raise SystemExit(result["failed"][0])
    table.title(f"{count} small data sets, {LATENCY:g} s an answer")
    each, alone = many["wall"] / count, one["wall"] / few
    table.add_least(
        "s for each: one after the other / at once", f"{alone:.2f} s / {each:.2f} s", alone / each, 5, "{:.1f}"
    )
    table.add("requests for each", "", many["requests"] / count, None, "{:.1f}")
    table.title(f"{unchanged} data sets, {same['states']['unchanged']} of them unchanged")
    table.add("requests for each", f"{same['wall']:.1f} s", same["requests"] / unchanged, 2, "{:.3f}")
    table.add("uploads", "", uploads, 0, "{:.0f}")


def _entrepot_job(job: str, /, **options: Any) -> Result:
    return _job(job, "entrepot", **options)


def _select_linked(folder: Path, reports: int, table: Table) -> None:
    store = folder / f"store-{reports}.sqlite"
    found = _qgis("select_linked.py", str(store), str(reports // 10))
    if found:
        table.title(f"magic wand, {found['selected']} of {found['reports']} reports selected")
        table.add("from reports to sketches, s", f"{found['wall_sketches']} objects", found["wall"], 1.0, "{:.2f}")
        table.add("and back, s", "", found["wall_back"], 1.0, "{:.2f}")


def _qgis(program: str, *arguments: str) -> Result | None:
    """What a program of this folder prints when the Python of QGIS runs it; None, and a word on stderr, if nothing."""
    # compiled modules are kept, as a user's QGIS keeps them
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [QGIS_PYTHON, str(ROOT / "benchmarks" / program), *arguments],
            env={**environment, "QT_QPA_PLATFORM": "offscreen", "QGIS_CUSTOM_CONFIG_PATH": profile},
            capture_output=True,
            text=True,
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        print(f"{program} was not measured: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return None
    return json.loads(lines[0])


def _plugin_load(table: Table) -> None:
    found = [one for one in (_qgis("plugin_load.py") for _time in range(6)) if one]
    del found[:1]  # it compiles the modules
    if not found:
        return
    table.title("start of QGIS")
    wall, cpu = (statistics.median(one[what] for one in found) * 1000 for what in ("wall", "cpu"))
    table.add("the plugin adds, ms (median of 5)", f"CPU {cpu:.0f} ms", wall, 50, "{:.0f}")
    table.add("heavy modules imported", ", ".join(found[0]["heavy"]) or "none", len(found[0]["heavy"]), None, "{:.0f}")


def _job(name: str, module: str = "jobs", /, **options: Any) -> Result:
    """One measurement in a process of its own."""
    print(f"  {name} …", file=sys.stderr)
    command = [sys.executable, "-m", f"benchmarks.{module}", name, json.dumps(options)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode == KILLED:  # by itself, on purpose
        return json.loads(done.stdout)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr}")
    return json.loads(done.stdout)


class Table:
    """Lines of what was measured, its ratio, and the highest (or lowest) that is aimed at."""

    def __init__(self) -> None:
        self._lines: list[str] = [f"{'':<52}{'measured':>24}{'ratio':>9}{'aim':>8}"]

    def title(self, text: str) -> None:
        self._lines += ["", text]

    def add(self, name: str, measured: str, value: float, aim: float | None = None, form: str = "{:.2f}") -> None:
        aimed = "" if aim is None else f"≤ {aim:g}"
        late = "" if aim is None or value <= aim else "  over"
        self._lines.append(f"  {name:<50}{measured:>24}{form.format(value):>9}{aimed:>8}{late}")

    def add_least(self, name: str, measured: str, value: float, aim: float, form: str = "{:.2f}") -> None:
        """As `add`, where more is better."""
        late = "" if value >= aim else "  under"
        self._lines.append(f"  {name:<50}{measured:>24}{form.format(value):>9}{f'≥ {aim:g}':>8}{late}")

    def compare(self, name: str, ours: list[Result], theirs: list[Result], what: str, aim: float | None = None) -> None:
        """The ratio of the best of each."""
        mine, other = (min(result[what] for result in results) for results in (ours, theirs))
        self.add(name, f"{mine:.2f} s / {other:.2f} s", mine / other, aim)

    def show(self) -> None:
        print("\n".join(self._lines))


if __name__ == "__main__":
    main()
