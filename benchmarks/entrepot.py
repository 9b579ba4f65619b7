"""What is measured of the Entrepôt, each in a process of its own: `python -m benchmarks.entrepot NAME JSON`.

Times are of the work alone, as in `benchmarks.jobs`. All of it happens in the datastore `montreuil`.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from osgeo import ogr, osr

from benchmarks.jobs import Clock
from geocollab.client.auth import bearer
from geocollab.client.entrepot import uploads
from geocollab.client.entrepot.api import Entrepot
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.entrepot import offices
from geocollab.workflows.entrepot.checks import tables
from geocollab.workflows.entrepot.checks.tables import Column, Exported, Table
from geocollab.workflows.entrepot.delivery.delivering import Package, deliver
from geocollab.workflows.entrepot.delivery.packing import pack
from geocollab.workflows.entrepot.ledger import Ledger
from geocollab.workflows.entrepot.offices import Office
from geocollab.workflows.entrepot.publication import synchronising, wishes
from geocollab.workflows.entrepot.publication.synchronising import DataSet
from geocollab.workflows.watch import Watch

DATASTORE = "montreuil"
SRS = "EPSG:4326"
KILLED = 9
PACE = {"rate": 40.0, "concurrency": 10}
"""What the plugin allows itself (`provider/call.py`)."""
ROWS = 20


def curl(url: str, token: str, file: str) -> dict[str, Any]:
    """One file sent by curl into an upload that is there already, and taken away again."""
    with _session(token) as session:
        datastore = _office(session, url).datastore
        upload = uploads.create(datastore, "curl", "", "ARCHIVE", SRS).id
        address = uploads.uploads.url(datastore, upload, "data") + f"?path=data/{Path(file).name}"
        command = [
            "curl",
            "-sS",
            "--fail",
            "--noproxy",
            "*",
            "-H",
            f"Authorization: Bearer {token}",
            "-H",
            "Expect:",
            "-F",
        ]
        with Clock() as clock:
            subprocess.run([*command, f"file=@{file}", address], check=True)
        size = sum(delivered.size for delivered in uploads.tree(datastore, upload))
        uploads.uploads.delete(datastore, upload)
        return clock.result(size=size)


def send(url: str, token: str, file: str) -> dict[str, Any]:
    """The same by the plugin's own client, without sums and without a ledger."""
    with _session(token) as session:
        datastore = _office(session, url).datastore
        upload = uploads.create(datastore, "client", "", "ARCHIVE", SRS).id
        before = _memory()
        with Clock() as clock:
            uploads.send_file(datastore, upload, Path(file), f"data/{Path(file).name}")
        size = sum(delivered.size for delivered in uploads.tree(datastore, upload))
        uploads.uploads.delete(datastore, upload)
        return clock.result(size=size, grown=_memory() - before)


def delivery(url: str, token: str, store: str, path: str, name: str, cut: float = 2.0) -> dict[str, Any]:
    """The plugin's own delivery of a file or folder, with its sums; the process is killed once `cut` of it has left.

    Then it says how many files had been `begun`, and how many of them were `in_flight`.
    """
    begun, arrived, send = [], [], uploads.send_file

    def sending(datastore: Any, upload: str, file: Path, to: str, **more: Any) -> None:
        begun.append(to)
        send(datastore, upload, file, to, **more)
        arrived.append(to)

    def progress(done: int, total: int | None) -> None:
        if total and done >= cut * total:
            print(json.dumps({"begun": len(begun), "in_flight": len(begun) - len(arrived)}), flush=True)
            os._exit(KILLED)

    uploads.send_file = sending

    with _session(token) as session, Store(store) as opened:
        office, watch = _office(session, url), Watch(progress)
        package = Package(pack([Path(path)], "ARCHIVE", watch), "ARCHIVE", SRS)
        ledger = Ledger(session, opened, office.service, office.id, name)
        before, requests = _memory(), session.requests_sent
        with Clock() as clock:
            done = deliver(office, ledger, package, name=name, watch=watch)
        return clock.result(
            grown=_memory() - before, requests=session.requests_sent - requests, files_sent=done.files_sent,
            files_kept=done.files_kept, bytes_sent=done.bytes_sent, size=done.size, upload=done.upload,
        )  # fmt: skip


def delete(url: str, token: str, upload: str) -> dict[str, Any]:
    """Take an upload away."""
    with _session(token) as session, Clock() as clock:
        uploads.uploads.delete(_office(session, url).datastore, upload)
    return clock.result()


def synchronise(url: str, token: str, store: str, folder: str, first: int, count: int, most: int) -> dict[str, Any]:
    """The plugin's own publication of small data sets, `most` at once, a WFS each: created, or left as they are."""
    with _session(token) as session, Store(store) as opened:
        data_sets = [_data_set(Path(folder), number) for number in range(first, first + count)]
        office, requests = _office(session, url), session.requests_sent
        data_sets = [make(office) for make in data_sets]
        with Clock() as clock:
            lines = synchronising.synchronise(office, opened, data_sets, count, Watch(), most)
        states = synchronising.summary(lines)
        failed = [f"{line.name}: {line.sentence}" for line in lines if line.state == synchronising.FAILED]
        return clock.result(requests=session.requests_sent - requests, failed=failed, states=states)


def _session(token: str) -> Session:
    return Session(bearer(token), **PACE)


def _office(session: Session, url: str) -> Office:
    return offices.choose(Entrepot(session, url + "/api"), DATASTORE, diffusion=url)


def _memory() -> float:
    """The highest of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _data_set(folder: Path, number: int) -> Callable[[Office], DataSet]:
    """A small data set; its file is written where it is not there yet."""
    name, file = f"Lieux {number}", folder / f"lieux_{number}.gpkg"
    if not file.exists():
        _write(file, number)

    def export() -> Exported:
        # the export of a run is deleted by it
        copy = folder / f"export_{number}.gpkg"
        copy.write_bytes(file.read_bytes())
        columns = (Column("nom", "TEXT", "nom"),)
        content = tables.read_content(copy, "lieux", columns, "POINT", SRS)
        table = Table("lieux", name, "Des lieux", ("lieu",), columns, "POINT", content.count, (2.3, 48.8, 2.6, 48.9),
                      content.sample, content.digest, source="Lieux")  # fmt: skip
        return Exported(copy, SRS, (table,), tables.digest_of([table], SRS))

    def made(office: Office) -> DataSet:
        said = wishes.Said(name, ("WFS",), record=False)

        def wish(data: Exported) -> wishes.Wish:
            return replace(wishes.wish_of(office, said, data, lambda sentence: None), verify=False)

        return DataSet(name, (file,), said.told(), export, wish)

    return made


def _write(file: Path, number: int) -> None:
    system = osr.SpatialReference()
    system.ImportFromEPSG(4326)
    system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(file))
    layer = source.CreateLayer("lieux", system, ogr.wkbPoint, ["FID=ogc_fid", "GEOMETRY_NAME=geom"])
    layer.CreateField(ogr.FieldDefn("nom", ogr.OFTString))
    for row in range(ROWS):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature["nom"] = hashlib.sha256(f"{number} {row}".encode()).hexdigest()
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT ({2.3 + row / 100} 48.85)"))
        layer.CreateFeature(feature)


JOBS = {job.__name__: job for job in (curl, send, delivery, delete, synchronise)}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](**json.loads(sys.argv[2]))))
