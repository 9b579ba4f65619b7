"""Derive `cantons.geojson` and `grids.json` from the sample shapefile of the PyPI package `sdk-entrepot-gpf`.

    python3 sandbox/data/make_cantons.py …/sdk_entrepot_gpf/_data/datasets/1_dataset_vector/CANTON

Needs GDAL's Python bindings; the sandbox itself only reads the two files written here (WGS84, lon lat).
The shapefile (IGN, ADMIN EXPRESS, LAMB93) holds 61 cantons around Paris with codes but without names: the names are
below. A code of 93 and above stands for a whole commune that several cantons share.
"""

import json
import struct
import sys
from pathlib import Path

from osgeo import gdal, ogr, osr

ogr.UseExceptions()

DEPARTMENTS = {"75": "Paris", "92": "Hauts-de-Seine", "93": "Seine-Saint-Denis", "94": "Val-de-Marne"}

# canton code -> name of the canton, INSEE code and name of its main commune inside the polygon
NAMES = {
    "75NR": ("Paris", "75056", "Paris"),
    "9201": ("Antony", "92002", "Antony"),
    "9203": ("Bagneux", "92007", "Bagneux"),
    "9205": ("Boulogne-Billancourt-2", "92072", "Sèvres"),
    "9206": ("Châtenay-Malabry", "92019", "Châtenay-Malabry"),
    "9207": ("Châtillon", "92020", "Châtillon"),
    "9208": ("Clamart", "92023", "Clamart"),
    "9209": ("Clichy", "92024", "Clichy"),
    "9211": ("Colombes-2", "92009", "Bois-Colombes"),
    "9213": ("Courbevoie-2", "92062", "Puteaux"),
    "9214": ("Gennevilliers", "92036", "Gennevilliers"),
    "9215": ("Issy-les-Moulineaux", "92040", "Issy-les-Moulineaux"),
    "9216": ("Levallois-Perret", "92044", "Levallois-Perret"),
    "9217": ("Meudon", "92048", "Meudon"),
    "9218": ("Montrouge", "92049", "Montrouge"),
    "9220": ("Nanterre-2", "92073", "Suresnes"),
    "9221": ("Neuilly-sur-Seine", "92051", "Neuilly-sur-Seine"),
    "9222": ("Rueil-Malmaison", "92063", "Rueil-Malmaison"),
    "9223": ("Saint-Cloud", "92064", "Saint-Cloud"),
    "9295": ("Asnières-sur-Seine", "92004", "Asnières-sur-Seine"),
    "9296": ("Boulogne-Billancourt", "92012", "Boulogne-Billancourt"),
    "9297": ("Colombes", "92025", "Colombes"),
    "9298": ("Courbevoie", "92026", "Courbevoie"),
    "9299": ("Nanterre", "92050", "Nanterre"),
    "9301": ("Aubervilliers", "93001", "Aubervilliers"),
    "9303": ("Bagnolet", "93006", "Bagnolet"),
    "9304": ("Le Blanc-Mesnil", "93007", "Le Blanc-Mesnil"),
    "9305": ("Bobigny", "93053", "Noisy-le-Sec"),
    "9306": ("Bondy", "93010", "Bondy"),
    "9307": ("La Courneuve", "93027", "La Courneuve"),
    "9312": ("Montreuil-1", "93064", "Rosny-sous-Bois"),
    "9315": ("Pantin", "93055", "Pantin"),
    "9318": ("Saint-Ouen-sur-Seine", "93070", "Saint-Ouen-sur-Seine"),
    "9321": ("Villemomble", "93077", "Villemomble"),
    "9395": ("Bobigny", "93008", "Bobigny"),
    "9396": ("Drancy", "93029", "Drancy"),
    "9398": ("Montreuil", "93048", "Montreuil"),
    "9399": ("Saint-Denis", "93066", "Saint-Denis"),
    "9401": ("Alfortville", "94002", "Alfortville"),
    "9402": ("Cachan", "94016", "Cachan"),
    "9405": ("Charenton-le-Pont", "94018", "Charenton-le-Pont"),
    "9406": ("Choisy-le-Roi", "94022", "Choisy-le-Roi"),
    "9409": ("Fontenay-sous-Bois", "94033", "Fontenay-sous-Bois"),
    "9410": ("L'Haÿ-les-Roses", "94038", "L'Haÿ-les-Roses"),
    "9411": ("Ivry-sur-Seine", "94041", "Ivry-sur-Seine"),
    "9412": ("Le Kremlin-Bicêtre", "94043", "Le Kremlin-Bicêtre"),
    "9413": ("Maisons-Alfort", "94046", "Maisons-Alfort"),
    "9414": ("Nogent-sur-Marne", "94058", "Le Perreux-sur-Marne"),
    "9415": ("Orly", "94054", "Orly"),
    "9418": ("Saint-Maur-des-Fossés-2", "94071", "Sucy-en-Brie"),
    "9419": ("Thiais", "94073", "Thiais"),
    "9420": ("Villejuif", "94076", "Villejuif"),
    "9421": ("Villeneuve-Saint-Georges", "94044", "Limeil-Brévannes"),
    "9423": ("Vincennes", "94067", "Saint-Mandé"),
    "9493": ("Champigny-sur-Marne", "94017", "Champigny-sur-Marne"),
    "9494": ("Créteil", "94028", "Créteil"),
    "9495": ("Nogent-sur-Marne", "94052", "Nogent-sur-Marne"),
    "9496": ("Saint-Maur-des-Fossés", "94068", "Saint-Maur-des-Fossés"),
    "9497": ("Villeneuve-Saint-Georges", "94078", "Villeneuve-Saint-Georges"),
    "9498": ("Vincennes", "94080", "Vincennes"),
    "9499": ("Vitry-sur-Seine", "94081", "Vitry-sur-Seine"),
}

# The grids that no canton covers: coarse hand-drawn outlines, enough to decide "inside or outside".
COARSE_GRIDS = {
    "FR": (
        "France",
        "MULTIPOLYGON(((-5.3 48.6,-1.9 49.8,1.3 50.9,2.6 51.2,4.3 50.2,8.3 49.1,7.6 47.5,5.9 46.1,7.2 45.8,7.8 43.7,"
        "6.2 43,3.2 42.3,-1.9 43.2,-1.2 46,-2.4 47.1,-5.3 48.6)),((8.5 42.3,9.4 43.1,9.6 42.2,9.3 41.3,8.5 41.7,"
        "8.5 42.3)))",
    ),
    "2A": ("Corse-du-Sud", "POLYGON((8.5 42.3,9.05 42.2,9.41 41.7,9.3 41.3,8.5 41.7,8.5 42.3))"),
    "2B": ("Haute-Corse", "POLYGON((8.5 42.3,9.4 43.1,9.6 42.2,9.41 41.7,9.05 42.2,8.5 42.3))"),
}


def repaired(shp: bytes, shx: bytes) -> bytes:
    """The .shp with the byte that a line-ending conversion took (one CR before LF, inside one coordinate)."""
    records = [tuple(2 * n for n in struct.unpack(">ii", shx[at : at + 8])) for at in range(100, len(shx), 8)]
    for number, (start, length) in enumerate(records, 1):
        following = start + 8 + length
        if shp[following : following + 4] == struct.pack(">i", number + 1):
            continue
        for at in range(start, following):
            if shp[at] == 0x0A:
                attempt = shp[:at] + b"\r" + shp[at:]
                content = attempt[start + 8 : following]
                west, south, east, north = struct.unpack("<4d", content[4:36])
                count = struct.unpack("<i", content[40:44])[0]
                points = struct.unpack(f"<{2 * count}d", content[48 : 48 + 16 * count])
                if all(west <= x <= east for x in points[::2]) and all(south <= y <= north for y in points[1::2]):
                    return attempt
    return shp


def open_cantons(folder: Path) -> ogr.DataSource:
    shp = repaired((folder / "CANTON.shp").read_bytes(), (folder / "CANTON.shx").read_bytes())
    gdal.FileFromMemBuffer("/vsimem/canton.shp", shp)
    for extension in ("shx", "dbf", "prj"):
        gdal.FileFromMemBuffer(f"/vsimem/canton.{extension}", (folder / f"CANTON.{extension}").read_bytes())
    return ogr.Open("/vsimem/canton.shp")


def main(folder: Path) -> None:
    source = open_cantons(folder)
    layer = source.GetLayer()
    wgs84 = osr.SpatialReference()
    wgs84.ImportFromEPSG(4326)
    wgs84.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    to_wgs84 = osr.CoordinateTransformation(layer.GetSpatialRef(), wgs84)

    features, departments = [], {}
    for canton in layer:
        geometry = canton.GetGeometryRef().Clone()
        code = canton["INSEE_DEP"]
        departments.setdefault(code, ogr.Geometry(ogr.wkbMultiPolygon)).AddGeometry(geometry)
        geometry = geometry.SimplifyPreserveTopology(8)
        geometry.Transform(to_wgs84)
        name, insee, commune = NAMES[code + canton["INSEE_CAN"]]
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "id": canton["ID"],
                    "code": code + canton["INSEE_CAN"],
                    "nom": name,
                    "insee_com": insee,
                    "commune": commune,
                    "insee_dep": code,
                    "departement": DEPARTMENTS[code],
                    "insee_reg": canton["INSEE_REG"],
                },
                "geometry": json.loads(geometry.ExportToJson(["COORDINATE_PRECISION=5"])),
            }
        )
    here = Path(__file__).parent
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    head = '{"type":"FeatureCollection","name":"cantons","features":[\n'
    (here / "cantons.geojson").write_text(head + lines + "\n]}\n", encoding="utf-8")

    grids = {}
    for code, parts in sorted(departments.items()):
        whole = parts.UnionCascaded().SimplifyPreserveTopology(40)
        whole.Transform(to_wgs84)
        rounded = ogr.CreateGeometryFromJson(whole.ExportToJson(["COORDINATE_PRECISION=4"]))
        grids[code] = (DEPARTMENTS[code], rounded.ExportToWkt().replace("POLYGON (", "POLYGON("))
    grids.update(COARSE_GRIDS)
    text = json.dumps({name: {"title": title, "geometry": wkt} for name, (title, wkt) in grids.items()},
                      ensure_ascii=False, indent=1)  # fmt: skip
    (here / "grids.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
