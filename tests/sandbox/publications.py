"""An Entrepôt whose publications are there from the start: stored data made by GDAL, offerings that are live.

`with served(fill) as publications:` starts a sandbox on what `fill(publications)` published.
"""

import contextlib
import copy
import math
import sys
import tempfile
from pathlib import Path

import numpy
import requests
from osgeo import gdal, ogr, osr

from sandbox.clock import Clock
from sandbox.entrepot.warehouse import Entrepot
from sandbox.process import SandboxProcess

CANTONS = Path(__file__).resolve().parents[2] / "sandbox" / "data" / "cantons.geojson"
SLD = """<?xml version="1.0" encoding="UTF-8"?>
<StyledLayerDescriptor xmlns="http://www.opengis.net/sld" xmlns:ogc="http://www.opengis.net/ogc" version="1.0.0">
<NamedLayer><Name>whatever</Name><UserStyle><FeatureTypeStyle>{rules}</FeatureTypeStyle></UserStyle></NamedLayer>
</StyledLayerDescriptor>"""


@contextlib.contextmanager
def served(fill, **options):
    """The publications that `fill` made, and their sandbox as `process`."""
    with tempfile.TemporaryDirectory(prefix="publications-") as folder:
        publications = Publications(folder)
        fill(publications)
        publications.entrepot.close()
        options = {"reports": 1, "features": 1, "rate": 0, "python": sys.executable, **options}
        with SandboxProcess(state=folder, **options) as publications.process:
            yield publications


class Publications:
    """What is published in the folder of a sandbox that is started afterwards."""

    def __init__(self, folder):
        self.entrepot = Entrepot(Path(folder) / "entrepot", Clock())
        self.entities = self.entrepot.entities
        self.datastore = self.one("datastore", technical_name="montreuil")

    def get(self, path, headers=None, method="GET", data=None, **parameters):
        """What the sandbox answers; no proxy of the machine's between."""
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, self.process.url + path, params=parameters, headers=headers, data=data, timeout=30
            )

    def one(self, kind, **members):
        return next(e for e in self.entities.all(kind) if all(e.get(n) == v for n, v in members.items()))

    def stored_data(self, type_, **infos):
        body = {"name": "données", "type": type_, "status": "GENERATED", "srs": "EPSG:2154", "type_infos": infos}
        return self.entities.add("stored_data", body, self.datastore["_id"])

    def folder(self, stored_data):
        return self.entities.folder("stored_data", stored_data["_id"])

    def database(self, points=0, system=2154):
        """A VECTOR-DB with `cantons`, and so many `points` with every type of column."""
        data = self.stored_data("VECTOR-DB", relations=[])
        file = str(self.folder(data) / "database.gpkg")
        gdal.VectorTranslate(
            file, str(CANTONS), format="GPKG", layerName="cantons", dstSRS=f"EPSG:{system}",
            geometryType="PROMOTE_TO_MULTI", layerCreationOptions=["GEOMETRY_NAME=geom", "FID=ogc_fid"],
        )  # fmt: skip
        if points:
            add_points(file, points)
            add_odd_tables(file)
        return data

    def vector_tiles(self, top=8, bottom=12):
        """A ROK4-PYRAMID-VECTOR of the cantons, cut by GDAL."""
        levels = [str(level) for level in range(top, bottom + 1)]
        data = self.stored_data("ROK4-PYRAMID-VECTOR", tms="PM", levels=levels)
        tiles = self.folder(data) / "tiles"
        gdal.VectorTranslate(
            str(tiles), str(CANTONS), format="MVT", dstSRS="EPSG:3857", layerName="cantons",
            datasetCreationOptions=[f"MINZOOM={top}", f"MAXZOOM={bottom}", "FORMAT=DIRECTORY"],
        )  # fmt: skip
        (tiles / "metadata.json").rename(self.folder(data) / "metadata.json")
        return data

    def raster_tiles(self, top=6, bottom=9, height=None):
        """A ROK4-PYRAMID-RASTER around Paris: red that grows to the east, or heights from 0 to `height`."""
        levels = [str(level) for level in range(top, bottom + 1)]
        channels = ("FLOAT32", 1) if height else ("UINT8", 3)
        data = self.stored_data("ROK4-PYRAMID-RASTER", tms="PM", levels=levels, compression="PNG",
                                channels_format=channels[0], channels_number=channels[1])  # fmt: skip
        data["extent"] = {"type": "Polygon", "coordinates": [[[1, 48], [4, 48], [4, 50], [1, 50], [1, 48]]]}
        self.entities.save(data)
        make_mosaic(str(self.folder(data) / "mosaic.tif"), height)
        if not height:
            cut_tiles(self.folder(data), range(top, bottom + 1))
        return data

    def archive(self, files):
        """An ARCHIVE: contents by name."""
        data = self.stored_data("ARCHIVE", files_number=len(files))
        folder = self.folder(data) / "files"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        data["edition"] = {"from": "2026-01-01", "to": "2026-12-31"}
        self.entities.save(data)
        return data

    def static(self, text, type_="GEOSERVER-STYLE"):
        entity = self.entities.add("statics", {"name": "style", "type": type_}, self.datastore["_id"])
        (self.entities.folder("statics", entity["_id"]) / "file").write_text(text, encoding="utf-8")
        return entity["_id"]

    def publish(self, type_, layer_name, infos, *, is_open=True, open_offering=None, status="PUBLISHED", at=None,
                **more):  # fmt: skip
        """An offering of this type; `is_open`: of its endpoint; `at`: its technical name, if it matters.

        `more` are members of the configuration.
        """
        wanted = {"technical_name": at} if at else {"type": type_, "open": is_open}
        endpoint = self.one("endpoint", **wanted)
        if type_ not in ("WFS", "VECTOR-TMS"):
            infos = {"title": f"Titre de {layer_name}", "abstract": "Résumé", **infos}
        body = {"type": type_, "name": layer_name, "layer_name": layer_name, "type_infos": infos, "status": "PUBLISHED"}
        configuration = self.entities.add("configurations", {**body, **more}, self.datastore["_id"])
        files = {e["_id"]: self.entities.folder("statics", e["_id"]) / "file" for e in self.entities.all("statics")}
        texts = {id_: file.read_text(encoding="utf-8") for id_, file in files.items() if id_ in str(infos)}
        offering = {
            "type": type_, "layer_name": layer_name, "status": status, "available": True,
            "open": is_open if open_offering is None else open_offering,
            "configuration": {name: configuration[name] for name in ("_id", "name", "status")},
            "endpoint": {name: endpoint[name] for name in ("_id", "name")},
            "private": {"live": {"configuration": copy.deepcopy(configuration), "statics": texts}},
        }  # fmt: skip
        return self.entities.add("offerings", offering, self.datastore["_id"])

    def wfs(self, layer_name, data, *tables, **more):
        relations = [{"native_name": table, "title": f"Titre de {table}", "abstract": "Résumé"} for table in tables]
        infos = {"used_data": [{"stored_data": data["_id"], "relations": relations}]}
        return self.publish("WFS", layer_name, infos, **more)

    def tiles(self, layer_name, data, type_="WMTS-TMS", levels=None, **more):
        """A publication of a pyramid, of all its levels unless `levels` gives the first and the last."""
        top, bottom = levels or (data["type_infos"]["levels"][0], data["type_infos"]["levels"][-1])
        infos = {"used_data": [{"stored_data": data["_id"], "top_level": top, "bottom_level": bottom}]}
        return self.publish(type_, layer_name, {**infos, **more})

    def key(self, user, type_, secret=None, infos=None, **more):
        owner = self.one("user", last_name=user)
        body = {"name": type_, "type": type_, "type_infos": infos or {}, **more}
        return self.entities.add("keys", {**body, "private": {"user": owner["_id"], "secret": secret}})

    def permission(self, offerings, **more):
        body = {"licence": "libre", "offerings": [{"_id": offering["_id"]} for offering in offerings], **more}
        return self.entities.add("permissions", body, self.datastore["_id"])

    def access(self, key, offering, permission=None):
        body = {"permission": permission["_id"] if permission else None, "offering": offering["_id"]}
        return self.entities.add("accesses", {**body, "private": {"key": key["_id"]}})


def polygons(colour, where=""):
    """A rule of an SLD: plain polygons of a colour; `where` is a filter."""
    fill = f'<PolygonSymbolizer><Fill><CssParameter name="fill">{colour}</CssParameter></Fill></PolygonSymbolizer>'
    return f"<Rule><Name>polygones</Name>{where}{fill}</Rule>"


def lines(colour):
    stroke = f'<CssParameter name="stroke">{colour}</CssParameter><CssParameter name="stroke-width">4</CssParameter>'
    return f"<Rule><Name>lignes</Name><LineSymbolizer><Stroke>{stroke}</Stroke></LineSymbolizer></Rule>"


def marks(colour, size=12):
    """A rule of an SLD: squares of a colour."""
    fill = f'<Fill><CssParameter name="fill">{colour}</CssParameter></Fill>'
    mark = f"<Graphic><Mark><WellKnownName>square</WellKnownName>{fill}</Mark><Size>{size}</Size></Graphic>"
    return f"<Rule><Name>marques</Name><PointSymbolizer>{mark}</PointSymbolizer></Rule>"


def labels(colour, column="nom"):
    """A rule of an SLD: names, in a font that no server has."""
    font = '<Font><CssParameter name="font-family">Nulle Part</CssParameter></Font>'
    fill = f'<Fill><CssParameter name="fill">{colour}</CssParameter></Fill>'
    label = f"<Label><ogc:PropertyName>{column}</ogc:PropertyName></Label>"
    return f"<Rule><Name>noms</Name><TextSymbolizer>{label}{font}{fill}</TextSymbolizer></Rule>"


def equals(column, value):
    """A filter of an SLD."""
    name, literal = f"<ogc:PropertyName>{column}</ogc:PropertyName>", f"<ogc:Literal>{value}</ogc:Literal>"
    return f"<ogc:Filter><ogc:PropertyIsEqualTo>{name}{literal}</ogc:PropertyIsEqualTo></ogc:Filter>"


def add_points(file, count):
    """A table `points` on a diagonal in Paris, one metre apart; the sixth has no value but its number."""
    database = gdal.OpenEx(file, gdal.OF_UPDATE | gdal.OF_VECTOR)
    system = osr.SpatialReference()
    system.ImportFromEPSG(2154)
    layer = database.CreateLayer("points", system, ogr.wkbPoint, ["GEOMETRY_NAME=geom", "FID=ogc_fid"])
    types = {"nom": ogr.OFTString, "valeur": ogr.OFTReal, "n": ogr.OFTInteger, "grand": ogr.OFTInteger64,
             "jour": ogr.OFTDate, "quand": ogr.OFTDateTime}  # fmt: skip
    for name, type_ in types.items():
        layer.CreateField(ogr.FieldDefn(name, type_))
    active = ogr.FieldDefn("actif", ogr.OFTInteger)
    active.SetSubType(ogr.OFSTBoolean)
    layer.CreateField(active)
    layer.StartTransaction()
    for n in range(count):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature["n"] = n
        if n != 5:
            feature["nom"] = f"Lieu n° {n} <é&> \"cité\" 'dit'"
            feature["valeur"], feature["grand"], feature["actif"] = n / 4, 2**40 + n, n % 2
            feature["jour"], feature["quand"] = "2026/03/01", "2026/03/01 12:30:00+00"
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT ({650000.125 + n} {6860000.25 + n})"))
        layer.CreateFeature(feature)
    layer.CommitTransaction()


def add_odd_tables(file):
    """`chemins` (lines of several parts), `vide` (no row), and a view of the cantons, `vue`."""
    database = gdal.OpenEx(file, gdal.OF_UPDATE | gdal.OF_VECTOR)
    system = osr.SpatialReference()
    system.ImportFromEPSG(2154)
    options = ["GEOMETRY_NAME=geom", "FID=ogc_fid"]
    lines = database.CreateLayer("chemins", system, ogr.wkbMultiLineString, options)
    lines.CreateField(ogr.FieldDefn("nom", ogr.OFTString))
    feature = ogr.Feature(lines.GetLayerDefn())
    feature["nom"] = "Boucle"
    feature.SetGeometry(ogr.CreateGeometryFromWkt("MULTILINESTRING ((650000 6860000,650100 6860000),(1 1,2 2))"))
    lines.CreateFeature(feature)
    database.CreateLayer("vide", system, ogr.wkbMultiPolygon, options)
    view = "CREATE VIEW vue AS SELECT ogc_fid, nom, geom FROM cantons WHERE insee_dep = '92'"
    contents = (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('vue', 'features', 'vue', 2154)"
    )
    for sql in (view, contents, "INSERT INTO gpkg_geometry_columns VALUES ('vue', 'geom', 'MULTIPOLYGON', 2154, 0, 0)"):
        database.ExecuteSQL(sql)


MOSAIC = (120_000.0, 6_420_000.0, 300_000.0)
"""West, north and side of the mosaic in EPSG:3857."""
PIXELS = 512
_WORLD = 20037508.3427892480


def make_mosaic(file, height=None):
    """Red grows from west to east; with `height`, one channel that grows from 0 to it."""
    west, north, side = MOSAIC
    system = osr.SpatialReference()
    system.ImportFromEPSG(3857)
    bands, type_ = (1, gdal.GDT_Float32) if height else (3, gdal.GDT_Byte)
    raster = gdal.GetDriverByName("GTiff").Create(file, PIXELS, PIXELS, bands, type_, ["TILED=YES"])
    raster.SetProjection(system.ExportToWkt())
    raster.SetGeoTransform((west, side / PIXELS, 0, north, 0, -side / PIXELS))
    ramp = numpy.tile(numpy.linspace(0, height or 255, PIXELS), (PIXELS, 1))
    raster.GetRasterBand(1).WriteArray(ramp)
    for band in range(2, bands + 1):
        raster.GetRasterBand(band).Fill(100)


def cut_tiles(folder, levels):
    """PNG tiles of the mosaic in the grid PM."""
    west, north, side = MOSAIC
    for level in levels:
        size = 2 * _WORLD / 2**level
        columns = range(int((west + _WORLD) // size), int((west + side + _WORLD) // size) + 1)
        rows = range(int((_WORLD - north) // size), int((_WORLD - north + side) // size) + 1)
        for column in columns:
            for row in rows:
                left, top = column * size - _WORLD, _WORLD - row * size
                cut = gdal.Warp("", str(folder / "mosaic.tif"), format="MEM", width=256, height=256,
                                outputBounds=(left, top - size, left + size, top))  # fmt: skip
                place = folder / "tiles" / str(level) / str(column)
                place.mkdir(parents=True, exist_ok=True)
                gdal.Translate(str(place / f"{row}.png"), cut, format="PNG")
                (place / f"{row}.png.aux.xml").unlink(missing_ok=True)


def tile_at(level, longitude, latitude):
    """Column and row, from the top, of the tile of the grid PM with this point."""
    radians = math.radians(latitude)
    row = (1 - math.log(math.tan(radians) + 1 / math.cos(radians)) / math.pi) / 2
    return int((longitude + 180) / 360 * 2**level), int(row * 2**level)


def pixels(content):
    """A picture as bands × rows × columns."""
    gdal.FileFromMemBuffer("/vsimem/picture", content)
    try:
        return gdal.Open("/vsimem/picture").ReadAsArray()
    finally:
        gdal.Unlink("/vsimem/picture")


def count_of(content, colour):
    """How many pixels of a picture have exactly this colour (`#rrggbb`)."""
    bands = pixels(content)
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return int(numpy.logical_and.reduce([band == value for band, value in zip(bands, wanted)]).sum())
