"""What the tests of publishing share: small data sets, a ledger, what the datastore has, sudden deaths."""

import contextlib
import itertools
import json
import re
import shutil
import sqlite3
from dataclasses import replace

import pytest
from osgeo import ogr, osr

from geocollab.client.entrepot import configurations, files, stored_data, uploads
from geocollab.client.errors import NotFound
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.entrepot.checks import tables
from geocollab.workflows.entrepot.checks.tables import About, Column, Contact, Exported, Table
from geocollab.workflows.entrepot.ledger import Ledger
from geocollab.workflows.entrepot.publication import publishing, swapping, wishes
from tests.workflows.deliveries import Killed
from tests.workflows.depot import Depot

SERVICES = ("WFS", "WMS-VECTOR", "WMTS-TMS")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
NAMES = ("Croix", "Mairie", "École")
ABOUT = About(licences=("Licence Ouverte 2.0",), contacts=(Contact(organisation="Ville de Montreuil"),))
_numbers = itertools.count(1)


class Press(Depot):
    """The datastore `montreuil` of `membre`; `name` is a data sheet of the test alone."""

    def __init__(self, process, folder, store):
        super().__init__(process)
        self.folder, self.path = folder, store
        self.sheet = f"Lieux {next(_numbers)}"

    def publish(
        self, names=NAMES, *, watch=None, cancelled=lambda: False, verify=False, store=None, styles=None, **said
    ):
        """A run as the operation does it; nothing is read back unless `verify`."""
        office, data = self.office(cancelled=cancelled), self.data(names)
        given = {"name": self.sheet, "services": SERVICES, "levels": (6, 7), **said}
        wish = replace(wishes.wish_of(office, wishes.Said(**given), data, self.warned.append), verify=verify)
        wish = replace(wish, styles=styles) if styles else wish
        with office.datastore.session, Store(store or self.path) as store:
            return publishing.publish(office, store, data, wish, watch or self.watch)

    def roll_back(self, **options):
        office = self.office(**options)
        with office.datastore.session, Store(self.path) as store:
            return swapping.roll_back(office, store, self.sheet, self.watch)

    def data(self, names=NAMES, table="lieux"):
        """An export of places with these names, always the same for the same names."""
        file = self.folder / f"{abs(hash((names, table)))}.gpkg"
        if not file.exists():
            _write(file, table, names)
        columns = (Column("nom", "TEXT", "nom"),)
        content = tables.read_content(file, table, columns, "POINT", "EPSG:4326")
        one = Table(table, "Lieux", "Des lieux", ("lieu",), columns, "POINT", content.count,
                    (2.3, 48.8, 2.5, 48.9), content.sample, content.digest, source="Lieux", about=ABOUT)  # fmt: skip
        return Exported(file, "EPSG:4326", (one,), tables.digest_of([one], "EPSG:4326"))

    def names(self, made=None):
        """What the WFS gives."""
        made = made or self.current()["services"]["WFS"]
        layer = made["layers"][0]
        url = made["url"].partition("?")[0]
        params = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "TYPENAMES": layer,
                  "OUTPUTFORMAT": "application/json"}  # fmt: skip
        session = self.session()
        found = session.request("GET", url, params=params, authenticate=False, headers={"Accept": "*/*"}).json()
        return sorted(feature["properties"]["nom"] for feature in found["features"])

    def current(self):
        """What the ledger says is published."""
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            query = "SELECT current FROM geocollab_publication WHERE name = ?"
            return json.loads(database.execute(query, (self.sheet,)).fetchone()[0])

    def more_room(self, quota=1000):
        """For more offerings on each endpoint."""
        datastore = self.process.entrepot()["ids"]["datastore"][self.name]
        private = self.process.entrepot_entity("datastore", id=datastore)["private"]
        more = {id: {"quota": quota, "taken": quota if one["taken"] else 0} for id, one in private["endpoints"].items()}
        self.process.entrepot_entity("datastore", id=datastore, private={"endpoints": more})

    def ask(self, method, path, *, missing=False):
        """One plain request below the datastore; with `missing`, what it asks for may be gone."""
        with contextlib.suppress(*([NotFound] if missing else [])):
            self.session().request(method, self.office().datastore.url(path))

    # ------------------------------------------------------------------ what there is

    def there(self):
        """All that the datastore has, by id: kind, type, name, status."""
        store = self.office().datastore
        collections = {
            "upload": uploads.uploads,
            "stored_data": stored_data.stored_data,
            "static": files.statics,
            "configuration": configurations.configurations,
            "offering": configurations.offerings,
            "metadata": files.metadata,
        }
        found = {}
        for kind, collection in collections.items():
            for one in collection.list(store):
                if one.status != "DELETED":
                    name = one.name or str(one.raw.get("layer_name") or "")
                    found[one.id] = (kind, one.type, name, one.status)
        return found

    @contextlib.contextmanager
    def only_new(self):
        """Gives a function: what came to be since, ids in names left out."""
        before = set(self.there())

        yield lambda: self.told({id: row for id, row in self.there().items() if id not in before})

    def told(self, there):
        """As rows that can be compared: ids and the name of the sheet left out, executions by their number alone."""
        layer = self.sheet.lower().replace(" ", "_")

        def plain(name):
            return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", name).replace(self.sheet, "SHEET").replace(layer, "layer")

        return sorted((kind, type, plain(name), status) for kind, type, name, status in there.values())

    def posted(self, path):
        """How many were made: POSTs that the server obeyed."""
        found = self.process.journal(path)
        return sum(entry["method"] == "POST" and 200 <= entry["status"] < 300 for entry in found)

    def requests(self):
        """How many the API was asked."""
        return len(self.process.journal("^/api/"))


def _write(file, table, names):
    system = osr.SpatialReference()
    system.ImportFromEPSG(4326)
    system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(file))
    layer = source.CreateLayer(table, system, ogr.wkbPoint, ["FID=ogc_fid", "GEOMETRY_NAME=geom", "SPATIAL_INDEX=NO"])
    layer.CreateField(ogr.FieldDefn("nom", ogr.OFTString))
    for at, name in enumerate(names):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature["nom"] = name
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT ({2.35 + at / 100} 48.85)"))
        layer.CreateFeature(feature)
    del layer, source
    tables.make_timeless(file)


class Reaper:
    """Kills a run at one of its writes: before it is sent, or when it was obeyed and nobody has read the answer."""

    def __init__(self, monkeypatch):
        self._patch = monkeypatch

    @contextlib.contextmanager
    def at(self, number, *, after, methods=WRITES):
        """Inside, the `number`-th write is the end. Gives what was killed: method and path, empty if none was."""
        send, write, count, gone = Session._send_once, Ledger._write, itertools.count(1), []

        def dying(session, method, url, *rest):
            if gone:
                raise Killed
            counts = method in methods and "/api/" in url
            if not counts or next(count) != number:
                return send(session, method, url, *rest)
            try:
                return send(session, method, url, *rest) if after else None
            finally:
                gone.append((method, url.partition("/api/")[2]))
                raise Killed

        def writing(ledger, change):
            if gone:
                raise Killed  # nothing is written by the dead
            return write(ledger, change)

        with self._patch.context() as patch:
            patch.setattr(Session, "_send_once", dying)
            patch.setattr(Ledger, "_write", writing)
            yield gone


@pytest.fixture
def reaper(monkeypatch):
    return Reaper(monkeypatch)


@pytest.fixture
def press(writable, empty_store, tmp_path, monkeypatch):
    """The client tries twice, and at once; the server works at once."""
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 2)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    monkeypatch.setattr("geocollab.workflows.entrepot.acting.FIRST_DELAY", 0.01)
    monkeypatch.setattr("geocollab.client.waiting.FIRST", 0.02)
    writable.entrepot_settings(check_seconds=0, execution_seconds=0, publication_seconds=0)
    path = shutil.copy(empty_store, tmp_path / "store.sqlite")
    with Press(writable, tmp_path, path) as press:
        yield press
