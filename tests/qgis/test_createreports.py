"""Features of QGIS layers become reports on the sandbox: any coordinate system, any geometry, any field."""

import itertools
import json
from datetime import date

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osgeo import ogr, osr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QVariant

from geocollab.workflows.contributions import sending
from sandbox.world.people import BY_NAME
from tests.qgis_process import run_qgis_process
from tests.workflows.test_sketch_writing import simple

_numbers = itertools.count(1)
PARIS = QgsPointXY(2.3488, 48.8534)
FIELDS = [("nom", QVariant.String), ("Largeur", QVariant.Double), ("jour", QVariant.Date), ("vu", QVariant.Bool)]


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


@pytest.fixture(autouse=True)
def at_once(monkeypatch, tmp_path):
    monkeypatch.setattr(sending, "SETTLING", 0)
    monkeypatch.chdir(tmp_path)


def text():
    return f"Essai du bureau n° {next(_numbers)}"


def layer_of(wkts, crs="EPSG:4326", rows=None, name="objets"):
    """A layer with these geometries (None for none) in this system: in memory if they are of one kind, else a file."""
    shapes = [None if wkt is None else QgsGeometry.fromWkt(wkt) for wkt in wkts]
    kinds = {QgsWkbTypes.displayString(shape.wkbType()) for shape in shapes if shape is not None} or {"Point"}
    rows = {
        number: (rows or {}).get(number, [f"n{number}", 3.5, QDate(2026, 3, 1), True]) for number in range(len(wkts))
    }
    if len(kinds) > 1:
        return mixed_layer(wkts, rows, crs, name)
    layer = QgsVectorLayer(kinds.pop() + (f"?crs={crs}" if crs else ""), name, "memory")
    layer.dataProvider().addAttributes([QgsField(field, type_) for field, type_ in FIELDS])
    layer.updateFields()
    if not crs:
        layer.setCrs(QgsCoordinateReferenceSystem())
    for number, shape in enumerate(shapes):
        feature = QgsFeature(layer.fields())
        if shape is not None:
            feature.setGeometry(shape)
        feature.setAttributes(rows[number])
        assert layer.dataProvider().addFeatures([feature])[0]
    return layer


def mixed_layer(wkts, rows, crs, name):
    """A GeoPackage that takes any kind of geometry."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(int(crs.split(":")[1]))
    path = f"mixed-{next(_numbers)}.gpkg"
    source = ogr.GetDriverByName("GPKG").CreateDataSource(path)
    table = source.CreateLayer("mixed", reference, ogr.wkbUnknown)
    table.CreateField(ogr.FieldDefn("nom", ogr.OFTString))
    for number, wkt in enumerate(wkts):
        row = ogr.Feature(table.GetLayerDefn())
        row["nom"] = rows[number][0]
        if wkt is not None:
            row.SetGeometry(ogr.CreateGeometryFromWkb(bytes(QgsGeometry.fromWkt(wkt).asWkb())))
        assert table.CreateFeature(row) == 0
    del row, table, source
    layer = QgsVectorLayer(f"{path}|layername=mixed", name, "ogr")
    assert layer.isValid() and layer.featureCount() == len(wkts), layer.wkbType()
    return layer


def of_paris(wkt, crs):
    """A WKT around the point (0 0), in metres around Paris in a projected system."""
    centre = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), QgsCoordinateReferenceSystem(crs), QgsProject.instance()
    ).transform(PARIS)
    shape = QgsGeometry.fromWkt(wkt)
    shape.translate(centre.x(), centre.y(), 0, 0)
    return shape.asWkt(6)


@pytest.fixture
def create(run, sandbox, tmp_path):
    """`create(INPUT=…)`: the operation, for community 375, into a store of the test's own."""

    def call(**parameters):
        given = {
            "CONNECTION": str(sandbox.connection),
            "COMMUNITY": "375",
            "STORE": str(tmp_path / "own.sqlite"),
            "STATUS": "test",
            **parameters,
        }
        if "MESSAGE" not in given and "MESSAGE_EXPRESSION" not in given:
            given["MESSAGE"] = text()
        return run("createreports", **{name: value for name, value in given.items() if value is not None})

    return call


@pytest.fixture
def server(sandbox):
    """`server(results)`: the reports as a manager of the community sees them on the server."""

    def ask(results):
        with requests.Session() as session:
            session.trust_env, session.auth = False, ("admin", BY_NAME["admin"].password)
            numbers = results["IDS"].split(",")
            return [session.get(f"{sandbox.url}/gcms/api/reports/{number}", timeout=30).json() for number in numbers]

    return ask


def posted(sandbox):
    return [entry for entry in sandbox.journal("/reports") if entry["method"] == "POST"]


def objects(report):
    return json.loads(report["sketch"])["objects"]


def rows(results, name):
    layer = results[name]
    return [dict(zip(layer.fields().names(), feature.attributes())) for feature in layer.getFeatures()]


# ---------------------------------------------------------------------- geometries and coordinate systems


@pytest.mark.parametrize("crs", ["EPSG:2154", "EPSG:3857", "EPSG:32631", "EPSG:4326"])
def test_any_coordinate_system(create, server, crs):
    wkt = "POINT(2.3488 48.8534)" if crs == "EPSG:4326" else of_paris("POINT(0 0)", crs)
    (report,) = server(create(INPUT=layer_of([wkt], crs)))
    shape = QgsGeometry.fromWkt(report["geometry"])
    assert shape.asPoint().x() == pytest.approx(PARIS.x(), abs=1e-7)
    assert shape.asPoint().y() == pytest.approx(PARIS.y(), abs=1e-7)
    assert report["commune"]["name"] == "75056"


KINDS = {
    "POINT Z (0 0 35)": ["Point"],
    "LINESTRING ZM (0 0 1 2,100 0 3 4)": ["Ligne"],
    "MULTIPOINT((0 0),(50 50))": ["Point", "Point"],
    "MULTILINESTRING((0 0,50 50),(60 60,70 80))": ["Ligne", "Ligne"],
    "POLYGON((0 0,100 0,100 100,0 100,0 0),(20 20,40 20,40 40,20 40,20 20))": ["Polygone"],
    "MULTIPOLYGON(((0 0,10 0,10 10,0 0)),((20 20,30 20,30 30,20 20)))": ["Polygone", "Polygone"],
    "COMPOUNDCURVE(CIRCULARSTRING(0 0,50 50,100 0),(100 0,150 0))": ["Ligne"],
    "CURVEPOLYGON(CIRCULARSTRING(0 0,50 50,100 0,50 -50,0 0))": ["Polygone"],
    "MULTISURFACE(CURVEPOLYGON(CIRCULARSTRING(0 0,50 50,100 0,50 -50,0 0)),((200 0,210 0,210 10,200 0)))": [
        "Polygone",
        "Polygone",
    ],
    "GEOMETRYCOLLECTION(POINT(0 0),LINESTRING(0 0,100 0))": ["Point", "Ligne"],
}


def test_every_kind_of_geometry_in_one_layer(create, server):
    wkts = [of_paris(wkt, "EPSG:2154") for wkt in KINDS]
    results = create(INPUT=layer_of(wkts, "EPSG:2154"))
    to_lambert = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), QgsCoordinateReferenceSystem("EPSG:2154"), QgsProject.instance()
    )
    for wkt, expected, report in zip(wkts, KINDS.values(), server(results)):
        assert [item["type"] for item in objects(report)] == expected
        before = QgsGeometry.fromWkt(wkt)
        before.convertToStraightSegment()
        drawn = QgsGeometry.fromWkt(f"GEOMETRYCOLLECTION({','.join(item['geometry'] for item in objects(report))})")
        drawn.transform(to_lambert)
        assert drawn.hausdorffDistance(before) < 0.02, wkt
        position = QgsGeometry.fromWkt(report["geometry"])
        position.transform(to_lambert)
        assert position.distance(before) < 0.02, wkt
    layers = {name: opened(results[name])
              for name in ("REPORTS", "SKETCH_POINTS", "SKETCH_LINES", "SKETCH_POLYGONS")}  # fmt: skip
    assert {name: layer.featureCount() for name, layer in layers.items()} == {
        "REPORTS": 10, "SKETCH_POINTS": 4, "SKETCH_LINES": 5, "SKETCH_POLYGONS": 6
    }  # fmt: skip


def test_only_what_is_selected(create, server, project):
    layer = layer_of(["POINT(2.34 48.85)", "POINT(2.35 48.85)", "POINT(2.36 48.85)"])
    project.addMapLayer(layer)
    layer.selectByIds([2])
    results = create(INPUT=QgsProcessingFeatureSourceDefinition(layer.id(), True))
    assert [report["geometry"] for report in server(results)] == ["POINT(2.35 48.85)"]
    layer.removeSelection()
    with pytest.raises(QgsProcessingException, match="the layer, or what is selected of it, is empty"):
        create(INPUT=QgsProcessingFeatureSourceDefinition(layer.id(), True))


def test_one_report_for_each_value_of_a_field(create, server, feedback):
    layer = layer_of(["POINT(2.34 48.85)", "POINT(2.35 48.85)", "POINT(2.36 48.85)"],
                     rows={0: ["a", 1, None, None], 1: ["b", 2, None, None], 2: ["a", 3, None, None]})  # fmt: skip
    results = create(INPUT=layer, GROUPING="field", GROUP_FIELD="nom", OUTPUT="TEMPORARY_OUTPUT")
    assert [len(objects(report)) for report in server(results)] == [2, 1]
    assert [row["about"] for row in rows(results, "OUTPUT")] == ["a", "b"]
    with pytest.raises(QgsProcessingException, match=r"GROUP_FIELD: .* Fields: nom, Largeur, jour, vu"):
        create(INPUT=layer, GROUPING="field", GROUP_FIELD="x")


# ---------------------------------------------------------------------- fields and expressions


def test_fields_go_with_the_sketch(create, server, sandbox):
    layer = layer_of(["POINT(2.34 48.85)"], rows={0: ['l\'été "x"', None, QDate(2026, 3, 1), False]})
    (report,) = server(create(INPUT=layer))
    assert objects(report)[0]["attributes"] == {"nom": 'l\'été "x"', "jour": "2026-03-01", "vu": "0"}
    (report,) = server(create(INPUT=layer, SKETCH_FIELDS=["jour"]))
    assert objects(report)[0]["attributes"] == {"jour": "2026-03-01"}
    (report,) = server(create(INPUT=layer, SKETCH=False))
    assert report["sketch"] is None
    with pytest.raises(QgsProcessingException, match="SKETCH_FIELDS: there is no field absent"):
        create(INPUT=layer, SKETCH_FIELDS=["absent"])


VALUES = st.tuples(
    st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30),
    st.none() | st.floats(-1e9, 1e9),
    st.none() | st.dates(),
    st.none() | st.booleans(),
)


def said(value):
    """A value as the text that goes with a sketch (contract 2.1)."""
    if isinstance(value, bool):
        return str(int(value))
    return value if isinstance(value, str) else value.isoformat() if isinstance(value, date) else repr(value)


def opened(output):
    return QgsVectorLayer(output.split("://")[1], "layer", "spatialite")


def rings(shape):
    """The vertices of each ring of a polygon, of anything else in one."""
    polygon = shape.type() == QgsWkbTypes.GeometryType.PolygonGeometry
    return shape.asPolygon() if polygon else [list(shape.vertices())]


def same(texts, values):
    """Whether what came through says these values; a number may be written in more ways than one."""
    expected = {name: value for (name, _type), value in zip(FIELDS, values) if value is not None}
    if texts.keys() != expected.keys():
        return False
    return all(
        float(texts[name]) == value if isinstance(value, float) else texts[name] == said(value)
        for name, value in expected.items()
    )


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wkt=simple(), values=VALUES)
def test_an_object_comes_back_as_a_layer(create, wkt, values):
    """Object → sketch → server → store → layer: shapes and values as QGIS itself gives them, before and after."""
    day = values[2] and QDate(values[2].year, values[2].month, values[2].day)
    objects = layer_of([wkt], rows={0: [values[0], values[1], day, values[3]]})
    results = create(INPUT=objects, COMMUNITY="96")
    (number,) = map(int, results["IDS"].split(","))
    before = QgsGeometry.fromWkt(wkt).asGeometryCollection()
    after = []
    for name in ("SKETCH_POINTS", "SKETCH_LINES", "SKETCH_POLYGONS"):
        for feature in opened(results[name]).getFeatures(f'"NoSignalement" = {number}'):
            after.append((feature["Ordre"], feature.geometry()))
            assert same(json.loads(feature["Attributs"] or "{}"), values)
    after.sort(key=lambda pair: pair[0])
    assert [shape.type() for _order, shape in after] == [shape.type() for shape in before]
    for shape, (_order, came) in zip(before, after):
        assert [len(list(ring)) for ring in rings(came)] == [len(list(ring)) for ring in rings(shape)]
        for one, other in zip(shape.vertices(), came.vertices()):
            assert (one.x(), one.y()) == pytest.approx((other.x(), other.y()), abs=1e-7)
    (report,) = opened(results["REPORTS"]).getFeatures(f'"NoSignalement" = {number}')
    assert min(shape.distance(report.geometry()) for _order, shape in after) < 2e-7


def test_the_fields_of_imported_settings(create, server, sandbox):
    extra = {"espaceco": {"sketch_fields": [{"layer": "objets", "fields": ["vu", "absent"]}]}}
    connection = str(sandbox.connection_for("membre", **extra))
    (report,) = server(create(INPUT=layer_of(["POINT(2.34 48.85)"]), CONNECTION=connection))
    assert objects(report)[0]["attributes"] == {"vu": "1"}
    (report,) = server(create(INPUT=layer_of(["POINT(2.34 48.85)"], name="autre"), CONNECTION=connection))
    assert set(objects(report)[0]["attributes"]) == {"nom", "Largeur", "jour", "vu"}
    (report,) = server(create(INPUT=layer_of(["POINT(2.34 48.85)"]), CONNECTION=connection, SKETCH_FIELDS=["nom"]))
    assert set(objects(report)[0]["attributes"]) == {"nom"}


def test_attributes_from_everywhere(create, server, project):
    QgsExpressionContextUtils.setProjectVariable(project, "voies", 4)
    layer = layer_of([of_paris("LINESTRING(0 0,100 0)", "EPSG:2154")] * 1, "EPSG:2154")
    results = create(
        INPUT=layer,
        THEME="voirie",
        ATTRIBUTES='{"Nature": "Chaussée", "Revêtement dégradé": "Pavés", "Largeur": 1}',
        ATTRIBUTE_EXPRESSIONS=["Nature", "if($length > 50, 'trottoir', NULL)", "Nombre de voies", "@voies",
                               "Constaté le", "to_datetime('2026-03-01 08:05:00')", "Usagers",
                               "array('Vélos','piétons')", "Référence", "NULL"],
        ATTRIBUTES_FROM_FIELDS=True,
        MESSAGE_EXPRESSION="'Signalé : ' || \"nom\" || ' le ' || format_date(\"jour\", 'dd/MM/yyyy')",
    )  # fmt: skip
    (report,) = server(results)
    assert report["comment"] == "Signalé : n0 le 01/03/2026"
    assert report["attributes"][0]["attributes"] == {
        "Nature": "Trottoir", "Revêtement": "PAV", "Largeur": "1", "Nombre de voies": "4", "Travaux prévus": "0",
        "Constaté le": "2026-03-01 08:05:00", "Usagers": "Vélos;Piétons",
    }  # fmt: skip
    (report,) = server(create(INPUT=layer, THEME="Voirie", ATTRIBUTES_FROM_FIELDS=True))
    assert report["attributes"][0]["attributes"]["Largeur"] == "3.5"


def test_a_table_with_coordinates(create, server, tmp_path):
    (tmp_path / "lieux.csv").write_text('nom,x,y\nA,"2,34",48.85\nB,2.35,48.86\n', encoding="utf-8")
    results = create(INPUT=str(tmp_path / "lieux.csv"), LON='"x"', LAT='to_real("y")')
    assert [report["geometry"] for report in server(results)] == ["POINT(2.34 48.85)", "POINT(2.35 48.86)"]
    assert objects(server(results)[0])[0]["attributes"] == {"nom": "A", "x": "2,34", "y": "48.85"}
    with pytest.raises(QgsProcessingException, match="is a table without geometry: say by expressions in LON and LAT"):
        create(INPUT=str(tmp_path / "lieux.csv"))
    with pytest.raises(QgsProcessingException, match="LON and LAT belong together"):
        create(INPUT=str(tmp_path / "lieux.csv"), LON='"x"')
    with pytest.raises(QgsProcessingException, match=r"LON and LAT give no numbers: None, 48\.85"):
        create(INPUT=str(tmp_path / "lieux.csv"), LON="NULL", LAT='"y"')


@pytest.mark.parametrize("point", ["2.3488,48.8534 [EPSG:4326]", "261463.3,6250046.6 [EPSG:3857]", "2.3488,48.8534"])
def test_one_point(create, server, point):
    (report,) = server(create(POINT=point, MESSAGE_EXPRESSION="'Un trou de ' || 3 || ' mètres'"))
    shape = QgsGeometry.fromWkt(report["geometry"]).asPoint()
    assert (shape.x(), shape.y()) == pytest.approx((2.3488, 48.8534), abs=1e-3)
    assert report["sketch"] is None and report["comment"] == "Un trou de 3 mètres"


# ---------------------------------------------------------------------- bad input


def test_parameters_that_do_not_fit(create, sandbox):
    layer = layer_of(["POINT(2.34 48.85)"])
    for parameters, said in (
        ({}, "Where\\? Give a layer in INPUT, or a place in POINT"),
        ({"INPUT": layer, "POINT": "2,48 [EPSG:4326]"}, "POINT is for a single report without layer"),
        ({"INPUT": layer, "ATTRIBUTES": "{"}, "ATTRIBUTES is not readable as JSON"),
        ({"INPUT": layer, "ATTRIBUTES": "[1]"}, "ATTRIBUTES has to be a JSON object"),
        ({"INPUT": layer, "ATTRIBUTE_EXPRESSIONS": ["Nature"]}, "has to be pairs"),
        ({"INPUT": layer, "ATTRIBUTE_EXPRESSIONS": ["Nature", ""]}, "“Nature” is alone"),
        ({"INPUT": layer, "ATTRIBUTE_EXPRESSIONS": ["Nature", "1 +"]}, "Nature: "),
        ({"INPUT": layer, "MESSAGE_EXPRESSION": '"absent"'}, "there is no field absent. Fields: nom, Largeur"),
        ({"INPUT": layer, "LON": "(", "LAT": "1"}, "LON: "),
        ({"INPUT": "absent.gpkg"}, "absent.gpkg"),
        ({"INPUT": layer_of(["POINT(2 48)"], crs=None)}, "“objets” has no coordinate system"),
        ({"INPUT": layer_of(["POINT(2 48)"] * 3), "MAX_COUNT": 2}, "This is about 3 reports; MAX_COUNT allows 2"),
        ({"INPUT": layer, "THEME": "Voirine"}, "has no theme “Voirine”"),
        ({"INPUT": layer, "COMMUNITY": "512"}, "not a member of the community"),
        ({"INPUT": layer, "CONNECTION": str(sandbox.connection_for(None, "anonymous"))}, "Writing needs an account"),
    ):
        with pytest.raises(QgsProcessingException, match=said):
            create(**parameters)
    assert not posted(sandbox)


def test_all_faults_are_in_a_layer(create, sandbox, tmp_path):
    wkts = ["POINT(2.34 48.85)", None, "POLYGON((2 48,3 49,2 49,3 48,2 48))", "POINT(200 48)", "POLYGON EMPTY"]
    layer = layer_of(wkts)
    faults = {"FAULTS": str(tmp_path / "faults.gpkg"), "REPORT": str(tmp_path / "page.html")}
    with pytest.raises(QgsProcessingException) as refused:
        create(INPUT=layer, THEME="Adresse", ATTRIBUTE_EXPRESSIONS=["Numéro", "to_int('x')"], **faults)
    assert str(refused.value).startswith("5 reports are faulty, so nothing was sent (faults: ")
    assert not posted(sandbox)
    found = QgsVectorLayer(faults["FAULTS"], "faults", "ogr")
    said = [(f["feature"], f["what"], not f.geometry().isEmpty()) for f in found.getFeatures()]
    assert (1, "expression", True) in said and (2, "geometry", False) in said and (4, "geometry", True) in said
    assert (3, "geometry", False) in said, "the layer of faults has but one kind of geometry"
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "outside the world" in page and "Faults" in page
    results = create(INPUT=layer, ONLY_VALID=True, FAULTS="TEMPORARY_OUTPUT")
    assert (results["SENT_COUNT"], results["REFUSED_COUNT"], results["FAULT_COUNT"]) == (1, 4, 4)
    assert [row["feature"] for row in rows(results, "FAULTS")] == [2, 3, 4, 5]
    with pytest.raises(QgsProcessingException, match="4 did not go through"):
        create(INPUT=layer, ONLY_VALID=True, FAIL_ON_PROBLEM=True)


def test_a_dry_run_shows_the_faults(create, sandbox, tmp_path):
    layer = layer_of(["POINT(2.34 48.85)", None])
    results = create(INPUT=layer, DRY_RUN=True, FAULTS="TEMPORARY_OUTPUT", REPORT=str(tmp_path / "page.html"))
    assert (results["PLANNED_COUNT"], results["FAULT_COUNT"]) == (1, 1) and not posted(sandbox)
    assert results["FAULTS"].featureCount() == 1


def test_outside_of_the_coordinate_system(create):
    with pytest.raises(QgsProcessingException, match=r"has no place in WGS84|outside the world"):
        create(INPUT=layer_of(["POINT(1e300 1e300)"], "EPSG:2154"), FAULTS="TEMPORARY_OUTPUT")
    with pytest.raises(QgsProcessingException, match="outside the world: longitude 200, latitude 48"):
        create(POINT="200,48 [EPSG:4326]")


def test_documents(create, server, tmp_path):
    for name in ("a b.png", "c.pdf"):
        (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(9))
    layer = layer_of(["POINT(2.34 48.85)"], rows={0: ["c.pdf", None, None, None]})
    parameters = {"DOCUMENTS": [str(tmp_path / "a b.png")], "DOCUMENTS_EXPRESSION": f"'{tmp_path}/' || \"nom\""}
    (report,) = server(create(INPUT=layer, **parameters))
    assert [document["filename"] for document in report["attachments"]] == ["a b.png", "c.pdf"]
    parameters["DOCUMENTS_EXPRESSION"] = f"array('{tmp_path}/none.pdf', NULL)"
    with pytest.raises(QgsProcessingException, match=r"none\.pdf cannot be read"):
        create(INPUT=layer, **parameters)


# ---------------------------------------------------------------------- run again, and from outside


def test_run_again(create, sandbox):
    layer, message = layer_of(["POINT(2.34 48.85)", "POINT(2.35 48.85)"]), text()
    sandbox.faults({"kind": "lost_answer", "path": "/reports$", "method": "POST", "after": 1})
    first = create(INPUT=layer, MESSAGE=message)
    second = create(INPUT=layer, MESSAGE=message)
    assert (second["ALREADY_COUNT"], second["IDS"]) == (2, first["IDS"])
    assert create(INPUT=layer, MESSAGE=message, AGAIN=True)["SENT_COUNT"] == 2


def test_dates_with_a_time(create, server):
    layer = layer_of([])
    layer.dataProvider().addAttributes([QgsField("quand", QVariant.DateTime)])
    layer.updateFields()
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt("POINT(2.34 48.85)"))
    feature["quand"] = QDateTime.fromString("2026-03-01T08:05:00", "yyyy-MM-ddTHH:mm:ss")
    layer.dataProvider().addFeatures([feature])
    (report,) = server(create(INPUT=layer))
    assert objects(report)[0]["attributes"] == {"quand": "2026-03-01T08:05:00"}


def test_qgis_process(sandbox, tmp_path, server):
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"nom": "été"}, "geometry": {"type": "Point", "coordinates": [2.34, 48.85]}}
    ]}))  # fmt: skip
    outcome = run_qgis_process(
        "run", "geocollab:createreports", f"--CONNECTION={sandbox.connection}", "--COMMUNITY=375",
        f"--INPUT={tmp_path / 'a.geojson'}", "--THEME=Voirie", "--ATTRIBUTE_EXPRESSIONS=Référence",
        "--ATTRIBUTE_EXPRESSIONS=upper('vo-' || 17)", f"--MESSAGE={text()} de qgis_process", "--STATUS=test",
        f"--STORE={tmp_path / 'own.sqlite'}", f"--REPORT={tmp_path / 'page.html'}", json=True,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    (report,) = server(outcome.results)
    assert report["attributes"][0]["attributes"]["Référence"] == "VO-17" and report["status"] == "test"
    assert objects(report)[0]["attributes"] == {"nom": "été"}
