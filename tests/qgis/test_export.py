"""Layers of every kind as one GeoPackage: what is shown is what is written, complete or not at all."""

import json
import random
import sqlite3
from contextlib import closing

import pytest
from osgeo import ogr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsLayerMetadata,
    QgsProcessingContext,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QByteArray, QDate, QDateTime, QTime, QVariant

from geocollab.client.errors import Cancelled
from geocollab.provider.project import export
from geocollab.workflows.errors import InputError
from geocollab.workflows.watch import Watch
from tests.qgis.unsaved import SQUARE, add, memory

WATCH = Watch()


@pytest.fixture
def exported(project, tmp_path):
    """`exported(layer, …)`: what is known of one GeoPackage of them."""
    context = QgsProcessingContext()
    context.setProject(project)

    def call(*layers, crs=None, file=None, watch=WATCH, repair=False):
        wanted = QgsCoordinateReferenceSystem(crs) if crs else None
        return export.export_layers(layers, file or tmp_path / "out.gpkg", wanted, context, watch, repair=repair)

    return call


def rows(found, table=None, columns="*"):
    with closing(sqlite3.connect(found.file)) as database:
        name = table or found.tables[0].name
        return database.execute(f'SELECT {columns} FROM "{name}" ORDER BY ogc_fid').fetchall()


def shapes(found, table=None):
    source = ogr.Open(str(found.file))
    layer = source.GetLayerByName(table or found.tables[0].name)
    return [feature.GetGeometryRef() and feature.GetGeometryRef().ExportToIsoWkt() for feature in layer]


def test_a_layer_in_memory_with_what_is_known_of_it(exported):
    layer = memory(fields="Nom:string(20) Surface_m²:double", rows=[(SQUARE, "Orléans", 1.5), (None, None, None)])
    found = exported(layer)
    (table,) = found.tables
    assert (found.srs, table.name, table.title, table.source) == (
        "EPSG:2154", "zones_d_etude", "Zones d'étude", "Zones d'étude",
    )  # fmt: skip
    assert [(c.name, c.type, c.source) for c in table.fields] == [
        ("nom", "TEXT", "Nom"),
        ("surface_m2", "REAL", "Surface_m²"),
    ]
    assert (table.geometry, table.count, table.unplaced, table.remarks) == ("POLYGON", 2, 0, ())
    west, south, east, north = table.extent
    assert 1.6 < west < east < 1.7 and 48.2 < south < north < 48.3
    assert [row.values for row in table.sample] == [
        {"nom": "Orléans", "surface_m2": 1.5},
        {"nom": None, "surface_m2": None},
    ]
    assert ogr.CreateGeometryFromWkb(table.sample[0].wkb).ExportToWkt().startswith("POLYGON ((600000 6800000")
    assert table.sample[1].wkb is None
    assert rows(found, columns="ogc_fid, nom, surface_m2") == [(1, "Orléans", 1.5), (2, None, None)]
    assert "PolygonSymbolizer" in table.sld
    assert [path.name for path in found.file.parent.iterdir()] == ["out.gpkg"]


def test_filter_join_virtual_field_and_unsaved_edits(exported, project, tmp_path):
    """A file with a filter, joined to another layer, with a virtual field, in the middle of an edit session."""
    file = tmp_path / "villes.gpkg"
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", "villes"
    made = memory(
        "Point?crs=EPSG:2154",
        "code:string pop:integer",
        [("POINT(600000 6800000)", code, pop) for code, pop in (("a", 10), ("b", 20), ("c", 30), ("d", 5))],
    )
    context = project.transformContext()
    assert QgsVectorFileWriter.writeAsVectorFormatV3(made, str(file), context, options)[0] == 0
    cities = QgsVectorLayer(f"{file}|layername=villes|subset=pop >= 10", "villes", "ogr")
    names = memory("None", "id:string libelle:string", [(None, "a", "Aix"), (None, "b", "Brest")], "noms")
    project.addMapLayers([cities, names])
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(names)
    join.setJoinFieldName("id")
    join.setTargetFieldName("code")
    join.setUsingMemoryCache(True)
    assert cities.addJoin(join)
    cities.addExpressionField('"pop" * 2', QgsField("double_pop", QVariant.Int))
    assert cities.startEditing()
    (third,) = cities.getFeatures("code = 'c'")
    cities.deleteFeature(third.id())
    (first,) = cities.getFeatures("code = 'a'")
    cities.changeAttributeValue(first.id(), cities.fields().lookupField("pop"), 11)
    add(cities, [("POINT(600001 6800001)", None, "e", 50)])
    found = exported(cities)
    assert rows(found, columns="code, pop, noms_libelle, double_pop") == [
        ("e", 50, None, 100),
        ("a", 11, "Aix", 22),
        ("b", 20, "Brest", 40),
    ]
    assert cities.isEditable() and cities.isModified()
    cities.rollBack()


def test_only_what_is_selected(exported):
    layer = memory("Point?crs=EPSG:4326", "n:integer", [(f"POINT({n} 45)", n) for n in range(6)])
    whole = memory("Point?crs=EPSG:4326", "n:integer", [("POINT(0 45)", 1)], "entier")
    layer.selectByExpression("n > 3")
    found = exported(*[export.take(one, selected_only=True) for one in (layer, whole)])
    assert [table.count for table in found.tables] == [2, 1]
    assert sorted(rows(found, columns="n")) == [(4,), (5,)]
    second = rows(found, "zones_d_etude", "n")[1][0]
    assert export.ids_of_rows(export.take(layer, selected_only=True), [2]) == {2: second + 1}
    assert exported(layer).tables[0].count == 6


def test_every_type_and_no_value(exported):
    layer = memory(
        "Point?crs=EPSG:4326",
        "i:integer l:int8 r:double s:string d:date t:time m:datetime f:boolean liste:string[] bin:binary",
    )
    moment = QDateTime(QDate(2026, 1, 2), QTime(3, 4, 5))
    values = [7, 2**40, 0.1, "L'été", QDate(2024, 2, 29), QTime(10, 11, 12), moment, True, ["a", "é"]]
    add(layer, [("POINT(1 2)", *values, QByteArray(b"\0\1")), (None, *[None] * 10)])
    found = exported(layer)
    (table,) = found.tables
    assert [(column.name, column.type) for column in table.fields] == [
        ("i", "MEDIUMINT"), ("l", "INTEGER"), ("r", "REAL"), ("s", "TEXT"), ("d", "DATE"), ("t", "TEXT"),
        ("m", "DATETIME"), ("f", "BOOLEAN"), ("liste", "TEXT"),
    ]  # fmt: skip
    first, second = (row.values for row in table.sample)
    assert first["f"] is True and first["d"] == "2024-02-29" and first["t"] == "10:11:12"
    assert (first["i"], first["l"], first["r"], first["s"]) == (7, 2**40, 0.1, "L'été")
    assert first["m"].startswith("2026-01-02T03:04:05")
    assert json.loads(first["liste"]) == ["a", "é"]
    assert set(second.values()) == {None}
    assert table.remarks == ("Binary columns are left out: bin.", "Lists and JSON become text: liste.")


def test_json_of_a_file(exported, tmp_path):
    file = tmp_path / "json.gpkg"
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(file))
    table = source.CreateLayer("t", geom_type=ogr.wkbNone)
    column = ogr.FieldDefn("j", ogr.OFTString)
    column.SetSubType(ogr.OFSTJSON)
    table.CreateField(column)
    for text in ('{"k": [1, null, "é"]}', None):
        row = ogr.Feature(table.GetLayerDefn())
        if text:
            row.SetField("j", text)
        table.CreateFeature(row)
    del row, table, source
    (table,) = exported(QgsVectorLayer(f"{file}|layername=t", "t", "ogr")).tables
    first, second = (row.values["j"] for row in table.sample)
    assert json.loads(first) == {"k": [1, None, "é"]} and second is None
    assert table.fields[1].type == "TEXT" and table.remarks == ("Lists and JSON become text: j.",)


def test_names_of_columns_that_clash(exported):
    layer = memory(
        "Point?crs=EPSG:4326",
        "Été:integer ete:integer geom:string fid:integer ogc_fid:integer xmin:double order:string 2020:integer",
        [("POINT(1 2)", 1, 2, "g", 9, 8, 0.5, "o", 4)],
    )
    found = exported(layer)
    names = ["ete", "ete_2", "geom_2", "fid", "ogc_fid_2", "xmin_2", "order_", "_2020"]
    assert found.tables[0].columns == names
    assert rows(found, columns=",".join(names)) == [(1, 2, "g", 9, 8, 0.5, "o", 4)]


@pytest.mark.parametrize(
    ("kind", "wkts", "geometry", "expected"),
    [
        ("Polygon", ["POLYGON((0 0,1 0,1 1,0 0))"], "POLYGON", "POLYGON"),
        ("Point", ["POINT(0 0)", "MULTIPOINT(0 0,1 1)"], "MULTIPOINT", "MULTIPOINT"),
        ("LineStringZ", ["LINESTRINGZ(0 0 3,1 1 4)"], "LINESTRING Z", "LINESTRING Z"),
        ("LineString", ["LINESTRING(0 0,1 1)", "LINESTRINGZ(0 0 3,1 1 4)"], "LINESTRING Z", "LINESTRING Z"),
        ("PointZM", ["POINTZM(1 2 3 4)"], "POINT ZM", "POINT ZM"),
        ("Polygon", ["CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))"], "POLYGON", "POLYGON"),
        ("CompoundCurve", ["COMPOUNDCURVE(CIRCULARSTRING(0 0,1 1,2 0))"], "LINESTRING", "LINESTRING"),
        ("MultiSurface", ["MULTISURFACE(((0 0,1 0,1 1,0 0)))"], "MULTIPOLYGON", "MULTIPOLYGON"),
        ("Polygon", ["POLYGON EMPTY", "POLYGON((0 0,1 0,1 1,0 0))"], "POLYGON", "POLYGON"),
        ("MultiPolygon", [], "MULTIPOLYGON", "MULTIPOLYGON"),
    ],
)  # fmt: skip
def test_one_kind_of_geometry_for_a_table(exported, capfd, kind, wkts, geometry, expected):
    layer = memory(f"{kind}?crs=EPSG:2154")
    # what a provider gives is not always what the layer says: the checks of the memory provider are passed by
    layer.startEditing()
    for wkt in wkts:
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        assert layer.editBuffer().addFeature(feature)
    found = exported(layer)
    assert found.tables[0].geometry == geometry
    assert len(shapes(found)) == len(wkts)
    assert all(wkt is None or wkt.startswith(expected + " (") for wkt in shapes(found))
    assert shapes(found).count(None) == sum("EMPTY" in wkt for wkt in wkts)
    curved = any("CURVE" in wkt or "SURFACE" in wkt for wkt in wkts)
    assert capfd.readouterr().err == ""
    assert found.tables[0].remarks == (("1 curved geometry is made of straight segments.",) if curved else ())
    layer.rollBack()


def test_parts_that_a_file_mixes(exported, tmp_path):
    """GeoJSON: single and several parts under one name, and no geometry."""
    polygon = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    several = {"type": "MultiPolygon", "coordinates": [polygon["coordinates"], [[[5, 5], [6, 5], [6, 6], [5, 5]]]]}
    features = [{"type": "Feature", "properties": {}, "geometry": each} for each in (polygon, several, None)]
    path = tmp_path / "parts.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    found = exported(QgsVectorLayer(str(path), "parts", "ogr"))
    assert found.tables[0].geometry == "MULTIPOLYGON"
    assert [wkt and wkt.split(" ")[0] for wkt in shapes(found)] == ["MULTIPOLYGON", "MULTIPOLYGON", None]
    assert rows(found, columns="geom IS NULL") == [(0,), (0,), (1,)]


def test_points_lines_and_polygons_in_one_table(exported, tmp_path):
    file = tmp_path / "mixed.gpkg"
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(file))
    layer = source.CreateLayer("mixed", geom_type=ogr.wkbUnknown)
    for wkt in ("POINT (1 2)", "LINESTRING (0 0,1 1)", "POLYGON ((0 0,1 0,1 1,0 0))"):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
        layer.CreateFeature(feature)
    del feature, layer, source
    mixed = QgsVectorLayer(f"{file}|layername=mixed", "mixed", "ogr")
    mixed.setCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    found = exported(mixed)
    assert found.tables[0].geometry in ("GEOMETRY", "POINT")  # QGIS may show one kind alone of such a file
    assert len(shapes(found)) == found.tables[0].count >= 1


def test_several_layers_in_the_crs_of_the_first(exported):
    first = memory(rows=[(SQUARE,)], name="Même nom")
    second = memory("Point?crs=EPSG:4326", rows=[("POINT(2.35 48.85)",)], name="même NOM")
    plain = memory("None", "n:integer", [(None, 3)], name="table")
    found = exported(first, second, plain)
    assert [table.name for table in found.tables] == ["meme_nom", "meme_nom_2", "table_"]
    assert [table.geometry for table in found.tables] == ["POLYGON", "POINT", ""]
    point = ogr.CreateGeometryFromWkt(shapes(found, "meme_nom_2")[0])
    assert (point.GetX(), point.GetY()) == pytest.approx((652300, 6861300), abs=100)
    assert found.tables[1].extent == pytest.approx((2.35, 48.85, 2.35, 48.85))
    assert found.tables[2].extent is None and found.tables[2].sld is None
    with closing(sqlite3.connect(found.file)) as database:
        srs = "SELECT DISTINCT srs_id FROM gpkg_geometry_columns"
        assert database.execute(srs).fetchall() == [(2154,)]
    assert exported(first, second, crs="IGNF:LAMB93").srs == "IGNF:LAMB93"


def test_a_place_that_the_crs_does_not_know(exported):
    layer = memory("Point?crs=EPSG:4326", rows=[("POINT(2 48)",), ("POINT(2 95)",), ("POINT(1e20 1e20)",)])
    found = exported(layer, crs="EPSG:3857")
    assert found.tables[0].count == 3
    assert found.tables[0].unplaced == [wkt is None for wkt in shapes(found)].count(True) >= 1


def shuffled(layer, seed):
    features = list(layer.getFeatures())
    random.Random(seed).shuffle(features)
    other = QgsVectorLayer("Polygon?crs=EPSG:2154", layer.name(), "memory")
    other.dataProvider().addAttributes(layer.fields())
    other.updateFields()
    other.dataProvider().addFeatures(features)
    return other


def test_the_digest_is_that_of_the_content(exported, tmp_path):
    wkts = [f"POLYGON(({n} 0,{n + 1} 0,{n + 1} 1,{n} 0))" for n in range(50)]
    made = [(wkt, f"n{at % 7}", at / 3) for at, wkt in enumerate(wkts)]
    layer = memory(fields="nom:string v:double", rows=made)
    first = exported(layer, file=tmp_path / "1.gpkg")
    again = exported(shuffled(layer, 3), file=tmp_path / "2.gpkg")
    assert first.file.read_bytes() != again.file.read_bytes()
    assert first.digest == again.digest and first.tables[0].digest == again.tables[0].digest
    assert len(first.tables[0].sample) == 20
    others = [
        memory(fields="nom:string v:double", rows=[*made[:-1], (wkts[-1], "n0", 49 / 3 + 1e-4)]),
        memory(fields="nom:string v:double", rows=[*made[:-1], (wkts[-1], None, 49 / 3)]),
        memory(fields="nom:string v:double", rows=[*made[:-1], (wkts[0], *made[-1][1:])]),
        memory(fields="nom:string v:double", rows=[*made, made[0]]),
        memory(fields="nom:string v:double", rows=made[:-1]),
        memory(fields="nom:string w:double", rows=made),
        memory(fields="nom:string v:string", rows=[(wkt, nom, str(v)) for wkt, nom, v in made]),
        memory("Polygon?crs=EPSG:3857", "nom:string v:double", made),
    ]
    digests = [exported(other, file=tmp_path / "other.gpkg").digest for other in others]
    assert len({first.digest, *digests}) == len(others) + 1
    # values that change places keep their columns' sums, and are not the same
    swapped = [(wkt, made[1 - at][1], v) if at < 2 else (wkt, nom, v) for at, (wkt, nom, v) in enumerate(made)]
    assert exported(memory(fields="nom:string v:double", rows=swapped)).digest != first.digest


def test_the_same_content_is_the_same_file(exported, tmp_path, monkeypatch):
    """Also a day later: what is on the server already need not be sent again."""
    layer = memory(fields="nom:string", rows=[(SQUARE, "a"), (None, "b")])
    first = exported(layer, file=tmp_path / "1.gpkg").file.read_bytes()
    monkeypatch.setenv("OGR_CURRENT_DATE", "2031-01-01T00:00:00.000Z")
    assert exported(layer, file=tmp_path / "2.gpkg").file.read_bytes() == first


@pytest.mark.parametrize(
    ("kind", "invalid", "geometry", "repaired"),
    [
        ("Polygon", "POLYGON((0 0,2 2,2 0,0 2,0 0))", "MULTIPOLYGON", 2.0),
        ("Polygon", "POLYGON((0 0,4 0,4 4,0 4,0 0),(5 5,6 5,6 6,5 5))", "MULTIPOLYGON", 16.5),
        ("MultiPolygon", "MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)),((1 0,3 0,3 2,1 2,1 0)))", "MULTIPOLYGON", 6.0),
        ("Polygon", "POLYGON((0 0,1 1,0 0,0 0))", "POLYGON", 0.0),
    ],
)
def test_repair(exported, kind, invalid, geometry, repaired):
    valid = "POLYGON((0 0,1 0,1 1,0 0))"
    layer = memory(f"{kind}?crs=EPSG:2154", rows=[(valid,), (invalid,), (None,)])
    found = exported(export.take(layer), repair=True)
    assert (found.tables[0].geometry, found.tables[0].repaired) == (geometry, repaired > 0)
    first, second, third = (wkt and ogr.CreateGeometryFromWkt(wkt) for wkt in shapes(found))
    assert first.GetArea() == 0.5 and third is None
    assert second.GetArea() == pytest.approx(repaired) and second.IsValid() == bool(repaired)
    assert exported(layer).tables[0].repaired == 0


def test_metadata_of_the_layer(exported):
    layer = memory(rows=[(SQUARE,)])
    metadata = QgsLayerMetadata()
    metadata.setTitle("Zones")
    metadata.setAbstract("Ce que c'est")
    metadata.setKeywords({"gmd:topicCategory": ["biota"], "thème": ["eau", "biota"]})
    metadata.setLicenses(["Licence ouverte 2.0"])
    metadata.setRights(["© IGN"])
    metadata.setLanguage("FRE")
    contact = QgsLayerMetadata.Contact("A. Martin")
    contact.organization, contact.email, contact.role = "IGN", "a@example.org", "pointOfContact"
    metadata.addContact(contact)
    layer.setMetadata(metadata)
    (table,) = exported(layer).tables
    assert (table.title, table.abstract, sorted(table.keywords)) == ("Zones", "Ce que c'est", ["biota", "eau"])
    assert table.about.licences == ("Licence ouverte 2.0",) and table.about.rights == ("© IGN",)
    (known,) = table.about.contacts
    assert (known.name, known.organisation, known.email, known.role) == (
        "A. Martin", "IGN", "a@example.org", "pointOfContact",
    )  # fmt: skip


def without_crs():
    layer = memory(rows=[(SQUARE,)])
    layer.setCrs(QgsCoordinateReferenceSystem())
    return layer


@pytest.mark.parametrize(
    ("layer", "crs", "sentence"),
    [
        (without_crs, "", "has no coordinate system"),
        (lambda: memory("Point?crs=EPSG:4326"), "ESRI:54009", "has no EPSG or IGNF code"),
        (
            lambda: memory("Point?crs=PROJ:+proj=laea +lat_0=12 +lon_0=3 +datum=WGS84"),
            "",
            "has no EPSG or IGNF code",
        ),
    ],
)
def test_a_crs_that_the_server_cannot_know(exported, tmp_path, layer, crs, sentence):
    with pytest.raises(InputError, match=sentence):
        exported(layer(), crs=crs)
    assert list(tmp_path.iterdir()) == []


def test_a_cancel_leaves_what_was_there(exported, tmp_path):
    file = tmp_path / "out.gpkg"
    file.write_bytes(b"before")
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 1

    layer = memory("Point?crs=EPSG:4326", rows=[("POINT(1 2)",)] * 3000)
    with pytest.raises(Cancelled):
        exported(layer, file=file, watch=Watch(cancelled=cancelled))
    assert [path.name for path in tmp_path.iterdir()] == ["out.gpkg"] and file.read_bytes() == b"before"


def test_a_folder_that_is_not_there(exported, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        exported(memory(), file=tmp_path / "no" / "out.gpkg")


def test_progress_goes_forward_to_its_end(exported):
    told = []
    layer = memory("Point?crs=EPSG:4326", rows=[("POINT(1 2)",)] * 5000)
    exported(layer, layer, watch=Watch(progress=lambda done, total: told.append((done, total))))
    assert told == sorted(told) and len(told) > 10 and {total for _done, total in told} == {20000}
