"""The API Entrepôt as one account sees it, and data in it that was made behind its back."""

import copy

import requests

RELATIONS = [
    {
        "name": "cantons",
        "type": "TABLE",
        "attributes": {"ogc_fid": "integer", "code": "varchar", "nom": "varchar", "geom": "geometry"},
        "primary_key": ["ogc_fid"],
    },
    {
        "name": "points",
        "type": "TABLE",
        "attributes": {"ogc_fid": "integer", "geom": "geometry"},
        "primary_key": ["ogc_fid"],
    },
]
EXTENT = {"type": "Polygon", "coordinates": [[[2, 48], [3, 48], [3, 49], [2, 49], [2, 48]]]}
SLD = """<?xml version="1.0" encoding="UTF-8"?>
<StyledLayerDescriptor version="{version}" xmlns="http://www.opengis.net/sld" xmlns:ogc="http://www.opengis.net/ogc">
<NamedLayer><Name>x</Name><UserStyle><FeatureTypeStyle><Rule><Name>r</Name>
<ogc:Filter><ogc:PropertyIsEqualTo><ogc:PropertyName>{attribute}</ogc:PropertyName><ogc:Literal>1</ogc:Literal>
</ogc:PropertyIsEqualTo></ogc:Filter>
<MinScaleDenominator>1000</MinScaleDenominator><MaxScaleDenominator>50000</MaxScaleDenominator>
<PolygonSymbolizer/></Rule></FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"""
ABOUT = {"title": "Cantons", "abstract": "Les cantons"}


class Office:
    """Paths that begin with `/` are below the API, the others below the datastore."""

    def __init__(self, process, user="membre", datastore="montreuil"):
        self.process, self.root, self.ids = process, process.url + "/api", process.entrepot()["ids"]
        self.id = self.ids["datastore"][datastore]
        self.session = requests.Session()
        self.session.trust_env = False
        if user:
            self.session.headers["Authorization"] = f"Bearer {process.token(user)}"

    def __call__(self, method, path, **more):
        below = path if path.startswith("/") else f"/datastores/{self.id}/{path}"
        return self.session.request(method, self.root + below, timeout=30, **more)

    def get(self, path, /, **params):
        return self("GET", path, params=params)

    def read(self, path, /, **params):
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path, json=None, **more):
        return self("POST", path, json=json, **more)

    def made(self, path, json=None, **more):
        answer = self.post(path, json, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def endpoint(self, name):
        return self.ids["endpoint"][name]

    def database(self, **more):
        """A stored data of two tables, from nowhere."""
        body = {
            "name": "cantons", "type": "VECTOR-DB", "status": "GENERATED", "srs": "EPSG:2154", "open": False,
            "tags": {}, "size": 1000, "extent": EXTENT, "type_infos": {"relations": copy.deepcopy(RELATIONS)},
        }  # fmt: skip
        return self.process.entrepot_entity("stored_data", datastore=self.id, **{**body, **more})

    def pyramid(self, type_="ROK4-PYRAMID-RASTER", levels=("9", "10", "11"), **infos):
        about = {"tms": "PM", "levels": list(levels), **infos}
        return self.database(name="pyramide", type=type_, type_infos=about)

    def style(self, attribute="code", version="1.0.0", name="style", type_="GEOSERVER-STYLE", content=None):
        text = content if content is not None else SLD.format(attribute=attribute, version=version)
        return self.post("statics", data={"name": name, "type": type_}, files={"file": ("style.sld", text)})

    def wfs(self, layer_name, data=None, relations=None, **more):
        """The body of a WFS configuration."""
        relations = relations or [{"native_name": "cantons", **ABOUT}]
        used = [{"stored_data": (data or self.database())["_id"], "relations": relations}]
        return {"type": "WFS", "name": "c", "layer_name": layer_name, "type_infos": {"used_data": used}, **more}

    def offer(self, configuration, endpoint="gpf-geoserver-wfs", **more):
        return self.post(
            f"configurations/{configuration['_id']}/offerings", {"endpoint": self.endpoint(endpoint), **more}
        )

    def status(self, offering):
        answer = self.get(f"offerings/{offering['_id']}")
        return answer.json()["status"] if answer.status_code == 200 else answer.status_code

    def settle(self, offering, *wanted):
        """Ask until the offering has one of these states."""
        for _ in range(2000):
            status = self.status(offering)
            if status in wanted:
                return status
        raise AssertionError(f"{status}, not {wanted}")

    def published(self, layer_name, endpoint="gpf-geoserver-wfs", **more):
        """A configuration and its offering, PUBLISHED."""
        configuration = self.made("configurations", self.wfs(layer_name))
        offering = self.offer(configuration, endpoint, **more).json()
        self.settle(offering, "PUBLISHED")
        return configuration, offering


def said(answer, status):
    """What the error says, as one text; its form is the usual one."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert list(body) == ["error", "error_description"]
    return " | ".join(body["error_description"])
