"""A datastore with something of everything, good and bad: what an inventory is made of."""

from datetime import datetime, timedelta, timezone

from geocollab.client.entrepot import configurations, files
from geocollab.client.entrepot import permissions as granted
from geocollab.workflows.entrepot import cartes
from geocollab.workflows.entrepot.descriptions import describing
from geocollab.workflows.entrepot.descriptions.records import Facts

NOW = datetime.now(timezone.utc)
TABLES = [{"name": "cantons", "type": "TABLE", "attributes": {"nom": "varchar", "geom": "geometry"}}]
BOX = {"west": 5, "south": 46, "east": 7, "north": 48}
SLD = """<?xml version="1.0" encoding="UTF-8"?><StyledLayerDescriptor version="1.0.0"
xmlns="http://www.opengis.net/sld"><NamedLayer><Name>x</Name><UserStyle><FeatureTypeStyle><Rule><PolygonSymbolizer/>
</Rule></FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"""


def ago(days):
    """A moment as the server writes it."""
    return (NOW - timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Stock:
    """Ids by name, in `ids`."""

    def __init__(self, depot, folder):
        self.depot, self.office, self.folder, self.ids = depot, depot.office(), folder, {}
        self._data()
        self._services()
        self._files()
        self._records()
        self._rest()
        self._executions()

    def made(self, name, kind, **body):
        self.ids[name] = self.depot.made(kind, name=name, **{"tags": {}, **body})
        return self.ids[name]

    def data(self, name, type="VECTOR-DB", status="GENERATED", size=1000, changed=1, infos=None, **tags):
        return self.made(
            name, "stored_data", type=type, status=status, size=size, srs="EPSG:2154", open=False, tags=tags,
            type_infos={"relations": TABLES} if infos is None else infos, creation=ago(500),
            last_event={"title": "Génération", "date": ago(changed)},
        )  # fmt: skip

    def _data(self):
        upload = self.made("integrated", "uploads", type="VECTOR", status="CLOSED", srs="EPSG:2154", size=5_000_000,
                           description="", open=False, tags=cartes.tags("Cantons"))  # fmt: skip
        self.data("database", size=20_000_000, changed=3, **cartes.tags("Cantons", upload_id=upload))
        self.data("tiles", "ROK4-PYRAMID-VECTOR", size=8_000_000, infos={"tms": "PM", "levels": ["8", "9"]},
                  vectordb_id=self.ids["database"], datasheet_name="Cantons")  # fmt: skip
        self.data("unused", size=60_000_000, **cartes.tags("Forêts"))
        self.data("old", size=1_000_000, changed=450, **cartes.tags("Communes"))
        self.data("broken", status="UNSTABLE", vectordb_id="00000000-0000-4000-8000-000000000000")
        common = {"type": "VECTOR", "srs": "EPSG:2154", "size": 2_000_000, "description": "", "open": False}
        self.made("forgotten", "uploads", status="OPEN", creation=ago(90), last_event={"date": ago(90)}, **common)
        self.made("fresh", "uploads", status="OPEN", **common)
        self.made("deleted", "uploads", status="DELETED", **common)
        self.data("declared", status="CREATED", changed=40)
        self.data("awaited", status="CREATED")

    def service(self, name, data, type="WFS", sheet="", style=None, offered=True, is_open=True):
        used = {"native_name": "cantons", "title": "x", "abstract": "x"} if type == "WFS" else {"name": "cantons"}
        relation = {**used, **({"style": style} if style else {})}
        about = {} if type == "WFS" else {"title": "x", "abstract": "x"}
        body = {**about, "bbox": BOX, "used_data": [{"stored_data": data, "relations": [relation]}]}
        made = configurations.create(self.office.datastore, type, name, name, body)
        configurations.configurations.tag(self.office.datastore, made.id, cartes.tags(sheet) or {"theme": "x"})
        self.ids[name] = made.id
        if offered:
            place = self.office.endpoint(type, open=is_open).id
            offering = configurations.offer(self.office.datastore, made.id, place, open=is_open)
            describing.offered.live(self.office, offering.id)
            self.ids[f"{name} offering"] = offering.id

    def _services(self):
        for name in ("style", "spare"):
            with describing.as_file(SLD.encode(), "style.sld") as file:
                made = files.create_static(self.office.datastore, name, files.GEOSERVER_STYLE, file, "style.sld")
            self.ids[name] = made.id
        self.service("cantons_wfs", self.ids["database"], sheet="Cantons")
        self.service("cantons_wms", self.ids["database"], "WMS-VECTOR", sheet="Cantons", style=self.ids["style"])
        self.service("communes_wfs", self.ids["old"], is_open=False)
        self.service("idle_wfs", self.ids["old"], offered=False)
        days = {(NOW - timedelta(days=back)).date().isoformat(): [100 * back, 1_000_000 * back] for back in range(40)}
        self.depot.process.entrepot_entity("offerings", id=self.ids["cantons_wfs offering"], private=self._with(days))

    def _with(self, days):
        shown = self.depot.process.entrepot_entity("offerings", id=self.ids["cantons_wfs offering"])
        return {**shown["private"], "stats": days}

    def _files(self):
        for name, kind, published in (
            ("hidden.pdf", "document", False),
            ("old.sld", "style", True),
            ("now.sld", "style", True),
        ):
            file = self.folder / name
            file.write_text(name * 50)
            labels = cartes.labels(kind, "Cantons")
            path = cartes.path(kind, name, sheet="Cantons")
            made = files.create_annexe(self.office.datastore, file, path, published=published, labels=labels)
            self.ids[name] = made.id
        styled = cartes.with_style({}, "now", [cartes.style_layer(self.ids["now.sld"], "https://x/now.sld", "x")])
        configurations.configurations.change(self.office.datastore, self.ids["cantons_wfs"], {"extra": styled})

    def _records(self):
        for sheet, frequency in (("Cantons", "monthly"), ("Communes", "annually"), ("Forêts", "daily")):
            facts = Facts(title=sheet, abstract="x", frequency=frequency)
            made = describing.describe(self.office, facts, sheet=sheet, watch=self.depot.watch)
            self.ids[f"record {sheet}"] = made.metadata
        withdrawn = describing.find(self.office, self._identifier("Forêts"))
        describing.withdraw(self.office, withdrawn.file_identifier, self.depot.watch)

    def _identifier(self, sheet):
        return next(one.file_identifier for one in files.metadata.list(self.office.datastore, tags=cartes.tags(sheet)))

    def _rest(self):
        community = self.office.membership.community
        for name, end in (("ended", ago(5)), ("ending", ago(-10)), ("long", ago(-400))):
            offering = self.ids["communes_wfs offering"]
            (made,) = granted.create(self.office.datastore, name, [offering], communities=[community])
            self.ids[name] = made.id
            self.depot.process.entrepot_entity("permissions", id=made.id, end_date=end)  # the API takes no past ones

    def _executions(self):
        ended = {"start": ago(2), "finish": ago(1)}
        for number, (status, dates) in enumerate(
            (("CREATED", {}), ("PROGRESS", {"start": ago(0)}), *[("SUCCESS", ended)] * 3, ("FAILURE", ended),
             ("ABORTED", ended))
        ):  # fmt: skip
            self.made(
                f"execution {number} {status}", "executions", status=status, creation=ago(3), **dates, parameters={},
                processing={"_id": "00000000-0000-4000-8000-000000000001", "name": "Intégration"},
                private={"inputs": [], "outputs": [], "output": {}, "logs": []},
            )  # fmt: skip
