"""What the tests of services share: a datastore with data in it, a ledger, what the server has and was asked."""

import shutil
from contextlib import closing

import pytest

from geocollab.client.entrepot import configurations, files
from geocollab.store.store import Store
from geocollab.workflows.entrepot.finding import configured
from geocollab.workflows.entrepot.ledger import Ledger
from geocollab.workflows.entrepot.services import serving, type_infos
from geocollab.workflows.entrepot.styles import styling
from tests.sandbox.entrepot_calls import EXTENT, RELATIONS
from tests.workflows.depot import Depot

ABOUT = {"title": "Cantons", "abstract": "Les cantons", "keywords": ["limites"]}


class Desk(Depot):
    """A `Depot` with a store; names made by `own` are of the test alone."""

    def __init__(self, process, store, mark):
        super().__init__(process)
        self.store, self.mark = store, mark

    def own(self, text="cantons"):
        return f"{text}_{self.mark}"

    def ledger(self, office, name="essai"):
        return Ledger(office.datastore.session, self.store, office.service, office.id, name)

    def data(self, type="VECTOR-DB", **more):
        """Stored data from nowhere: two tables, or a pyramid of three levels; its id."""
        infos = {
            "VECTOR-DB": {"relations": RELATIONS},
            "ARCHIVE": {"files_number": 1},
            "ROK4-PYRAMID-VECTOR": {"tms": "PM", "levels": ["10", "9", "8"]},
            "ROK4-PYRAMID-RASTER": {"tms": "PM", "levels": ["10", "9", "8"], "channels_number": 3},
        }[type]
        body = {
            "name": self.own("base"), "type": type, "status": "GENERATED", "srs": "EPSG:2154", "open": False,
            "tags": {}, "size": 1000, "extent": EXTENT, "type_infos": infos,
        }  # fmt: skip
        return self.made("stored_data", **{**body, **more})

    def wfs(self, data=None, layer_name=None, **more):
        """The wish for a WFS of the table `cantons`."""
        feature = type_infos.Feature("cantons", title="Cantons", abstract="Les cantons", keywords=("limites",))
        infos = type_infos.wfs(data or self.data(), [feature])
        return serving.Service(**{
            "type": "WFS", "name": "Cantons", "layer_name": layer_name or self.own(), "type_infos": infos, **more
        })  # fmt: skip

    def wms(self, data=None, text=None, **more):
        """The wish for a WMS of the table `cantons` in one style."""
        infos = type_infos.wms_vector(data or self.data(), ["cantons"], **ABOUT)
        sheet = serving.Sheet(text or styling.plain_sld("cantons", "geometry(Polygon,2154)"), "cantons")
        return serving.Service(**{
            "type": "WMS-VECTOR", "name": "Cantons", "layer_name": self.own("carte"), "type_infos": infos,
            "sheets": (sheet,), **more,
        })  # fmt: skip

    def serve(self, service, place=None, *, office=None, ledger=None):
        """`serving.serve` in a run of its own, which ends well."""
        office = office or self.office()
        ledger = ledger or self.ledger(office)
        found = configured(office, service.type, service.layer_name)
        served = serving.serve(office, ledger, "service", service, place or serving.Place(), found, self.watch)
        ledger.finish({})
        return served

    # ------------------------------------------------------------------ what there is

    def here(self, office=None):
        """The names of the configurations, offerings and statics of this test."""
        store = (office or self.office()).datastore
        found = [
            *(("configuration", one.layer_name) for one in configurations.configurations.list(store)),
            *(("offering", one.layer_name) for one in configurations.offerings.list(store)),
            *(("static", one.name) for one in files.statics.list(store)),
        ]
        return sorted((kind, name) for kind, name in found if self.mark in name)

    def configuration(self, served, office=None):
        return configurations.configurations.get((office or self.office()).datastore, served.configuration)

    def offering(self, served, office=None):
        return configurations.offerings.get((office or self.office()).datastore, served.offering)

    def style(self, served, office=None):
        """The text of the first style of a service."""
        office = office or self.office()
        (relation, *_others) = self.configuration(served, office).type_infos["used_data"][0]["relations"]
        return files.content(office.datastore, files.statics, relation["style"]).decode()

    def verbs(self):
        """What was written: method, collection and verb, ids left out."""
        paths = [(method, path.split("/")) for method, path in self.written()]
        return [(method, "/…/".join([parts[0], *parts[2:]])) for method, parts in paths]


@pytest.fixture
def desk(writable, empty_store, tmp_path, monkeypatch, request):
    """The datastore `montreuil` for `membre`, who has all rights; the client tries twice, and at once."""
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 2)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    monkeypatch.setattr("geocollab.workflows.entrepot.acting.FIRST_DELAY", 0.01)
    monkeypatch.setattr("geocollab.client.waiting.FIRST", 0.02)
    path = shutil.copy(empty_store, tmp_path / "ledger.sqlite")
    mark = f"{abs(hash(request.node.nodeid)):x}"[:10]
    with closing(Store(path)) as store, Desk(writable, store, mark) as desk:
        yield desk
