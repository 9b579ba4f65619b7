"""What the tests of delivering and executing share: files, a ledger, what the server was sent and has now."""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import Path

import requests
from osgeo import gdal

from geocollab.client.auth import Fixed
from geocollab.client.network import Network
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.entrepot.delivery import dispatching
from geocollab.workflows.entrepot.delivery.packing import Package, Parcel
from geocollab.workflows.entrepot.ledger import Ledger
from tests.conftest import ROOT
from tests.workflows.depot import Depot

CANTONS = ROOT / "sandbox" / "data" / "cantons.geojson"
DATA = "/uploads/[^/]+/data$"


class Killed(BaseException):
    """The program ends here."""


class Deliveries(Depot):
    """A datastore, a store with a ledger, a folder for files."""

    def __init__(self, process, folder, store):
        super().__init__(process)
        self.folder, self.path = folder, Path(store)
        self.http = requests.Session()
        self.http.trust_env = False

    def session(self, user=None, **options):
        auth = Fixed(f"Bearer {self.process.token(user or self.user)}")
        patient = Network(proxy=lambda url: None, connect_timeout=30, read_timeout=30)
        return self._open.enter_context(Session(auth, patient, **{"rate": None, "concurrency": 8, **options}))

    @contextlib.contextmanager
    def ledger(self, office, name="cantons"):
        with Store(self.path) as store:
            yield Ledger(office.datastore.session, store, office.service, office.id, name)

    def dispatch(self, *paths, office=None, watch=None, **options):
        """Deliver and close, as the operation does."""
        wanted = {"name": "cantons", "type": "VECTOR", "srs": "EPSG:4326", "watch": watch or self.watch, **options}
        with Store(self.path) as store:
            return dispatching.dispatch(office or self.office(), store, [*paths], **wanted)

    # ------------------------------------------------------------------ files

    def gpkg(self, name="cantons.gpkg", srs="EPSG:4326"):
        """The cantons as GeoPackage."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        gdal.VectorTranslate(
            str(file), str(CANTONS), format="GPKG", layerName="cantons", dstSRS=srs, reproject=srs != "EPSG:4326"
        )
        return file

    def file(self, name, content=b"content"):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def many(self, count, size=2000):
        """A folder of files of different content."""
        for number in range(count):
            self.file(f"many/{number:03}.bin", hashlib.sha256(str(number).encode()).digest() * (size // 32))
        return self.folder / "many"

    # ------------------------------------------------------------------ the server

    def ask(self, method, path, **more):
        """One plain request below the datastore, as `membre`."""
        datastore = self.process.entrepot()["ids"]["datastore"][self.name]
        headers = {"Authorization": f"Bearer {self.process.token('membre')}", "Connection": "close"}
        url = f"{self.process.url}/api/datastores/{datastore}/{path}"
        answer = self.http.request(method, url, headers=headers, timeout=30, **more)
        assert answer.status_code < 400, answer.text
        return answer

    def get(self, path):
        return self.ask("GET", path).json()

    def tree(self, upload):
        """Sizes by path, as the server shows them."""

        def files(entries, folder=""):
            for entry in entries:
                path = folder + entry["name"]
                if entry["type"] == "DIRECTORY":
                    yield from files(entry["children"], path + "/")
                else:
                    yield path, entry["size"]

        return dict(files(self.get(f"uploads/{upload}/tree")))

    def content(self, upload, path):
        return self.ask("GET", f"uploads/{upload}/data", params={"path": path}).content

    def sent(self, path=DATA):
        """The paths of the files that the server was sent, with its answer (0 for none), in order."""
        return [
            (dict(map(tuple, entry["query"])).get("path"), entry["status"])
            for entry in self.process.journal(path)
            if entry["method"] == "POST"
        ]

    def sent_whole(self):
        """Those that arrived whole, by the sum that the server made of them."""
        found = []
        for entry in self.process.journal(DATA):
            if entry["method"] == "POST":
                ((_name, path),) = entry["query"]
                md5 = re.search(r"md5 ([0-9a-f]{32})", entry["body"] or "")
                found.append((path, md5.group(1) if md5 else ""))
        return found

    def count(self, method, path):
        return sum(entry["method"] == method for entry in self.process.journal(path))


def md5(file):
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def package(*files, type="VECTOR", srs="EPSG:4326"):
    """Files as they lie in their folder, without looking for what belongs to them."""
    return Package(tuple(Parcel(file, file.name) for file in files), type, srs)


@contextlib.contextmanager
def killed_at(monkeypatch, number, *, after):
    """The program ends when it writes into its ledger for the `number`-th time: before, or `after` it was written.

    Gives a list that then is not empty.
    """
    written, gone = Ledger._write, []
    count = [0]

    def write(self, change):
        if gone:
            raise Killed  # nothing is written by the dead
        count[0] += 1
        if count[0] < number:
            return written(self, change)
        if after:
            written(self, change)
        gone.append(True)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_write", write)
        yield gone
