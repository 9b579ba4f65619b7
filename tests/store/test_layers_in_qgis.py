"""QGIS itself edits a group layer: every change that it saves is a pending edit, and the layer is as it should be."""

import json
import subprocess

import pytest

from tests.store.parcels import load, point, row, spec
from tests.store.test_in_qgis import PYTHON, available

pytestmark = pytest.mark.skipif(not available, reason=f"{PYTHON} has no QGIS")

BEGIN = """
import json, sys
from qgis.core import *
from qgis.PyQt.QtCore import QDate, QDateTime
app = QgsApplication([], False); app.initQgis()
def opened():
    uri = QgsDataSourceUri(); uri.setDatabase(sys.argv[1])
    uri.setDataSource("", sys.argv[2], sys.argv[3] or None, "", "geocollab_id")
    layer = QgsVectorLayer(uri.uri(), sys.argv[2], "spatialite")
    assert layer.isValid(), uri.uri()
    return layer
def saved(layer):
    assert layer.commitChanges(), layer.commitErrors()
layer = opened()
at = layer.fields().indexFromName
rows = {feature["cleabs"]: feature for feature in layer.getFeatures()}
"""


def _in_qgis(path, tmp_path, script, table="parcelle", geometry="geom", *more):
    environment = {
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "profile"),
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "QGIS_PREFIX_PATH": "/usr",
    }
    done = subprocess.run(
        [PYTHON, "-c", BEGIN + script, str(path), table, geometry, *more],
        capture_output=True,
        text=True,
        env=environment,
        timeout=100,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture
def layer(store):
    layer = store.layers.create(spec(is3d=True))
    seen = {"vu le": "2026-01-02 03:04:05", "créé": "2026-01-02", "vérifié": True, "année": "2026", "Étage": 1}
    load(store, layer, *(row(layer, key, surface=1.5, **seen) for key in "ABCD"))
    return layer


def test_fields_have_the_types_of_the_contract(path, layer, tmp_path):
    found = _in_qgis(
        path,
        tmp_path,
        """
field_types = {f.name(): f.typeName().lower() for f in layer.fields()}
feature = rows["A"]
values = {f.name(): type(feature[f.name()]).__name__ for f in layer.fields()}
print(json.dumps([layer.crs().authid(), QgsWkbTypes.displayString(layer.wkbType()), field_types, values]))
""",
    )
    crs, geometry, types, values = found
    assert (crs, geometry) == ("EPSG:2154", "PointZ")
    assert types["vu le"] == "timestamp"
    assert values["vu le"] == "QDateTime"
    assert values["créé"] == "QDate"
    assert types["vérifié"] == "boolean"
    assert values["surface"] == "float"
    assert values["Étage"] == values["geocollab_id"] == "int"
    assert values["année"] == "str"
    assert list(types)[-3:] == ["detruit", "gcms_fingerprint", "gcms_numrec"]
    assert {"nom usuel", 'dit "le grand"', "étage_2"} <= set(types)


def test_what_the_edit_buffer_saves_is_pending(path, store, layer, tmp_path):
    _in_qgis(
        path,
        tmp_path,
        """
assert layer.startEditing()
number = rows["A"].id()
layer.changeAttributeValue(number, at("nom usuel"), "l'été \\"x\\"")
layer.changeAttributeValue(number, at("vu le"), QDateTime(2026, 5, 6, 7, 8, 9))
layer.changeAttributeValue(number, at("créé"), QDate(2026, 5, 6))
layer.changeAttributeValue(number, at("vérifié"), False)
layer.changeGeometry(number, QgsGeometry.fromWkt("PointZ (10 20 30)"))
layer.deleteFeature(rows["B"].id())
new = QgsFeature(layer.fields())
new["surface"] = 9.25
new.setGeometry(QgsGeometry.fromWkt("PointZ (11 21 31)"))
assert layer.addFeature(new)
copied = QgsVectorLayerUtils.createFeature(layer, rows["C"].geometry(), dict(enumerate(rows["C"].attributes())))
assert layer.addFeature(copied)
saved(layer)
layer.startEditing()   # unchanged: what was written again as it is
layer.changeAttributeValue(rows["D"].id(), at("vu le"), rows["D"]["vu le"])
layer.changeAttributeValue(rows["D"].id(), at("surface"), 2.0)
layer.changeAttributeValue(rows["D"].id(), at("surface"), rows["D"]["surface"])
saved(layer)
print(json.dumps(sorted(f.id() for f in layer.getFeatures())))
""",
    )
    edits = list(store.edits.pending(layer))
    assert [(edit.kind, edit.key) for edit in edits[:2]] == [("update", "A"), ("delete", "B")]
    assert [edit.kind for edit in edits[2:]] == ["insert", "insert"]
    assert edits[0].changed == ("nom usuel", "vérifié", "vu le", "créé", "geom")
    mine = edits[0].mine
    assert (mine["nom usuel"], mine["vu le"], mine["créé"]) == ('l\'été "x"', "2026-05-06 07:08:09", "2026-05-06")
    assert mine["vérifié"] in (0, False)
    assert mine["geom"] == point(10, 20, 30)
    assert edits[0].base["geom"] == point(1, 2, 3)
    by_surface = {edit.mine["surface"]: edit for edit in edits[2:]}
    assert by_surface[9.25].changed == ("surface", "geom")
    assert by_surface[9.25].mine["geom"] == point(11, 21, 31)
    assert by_surface[1.5].mine["geom"] == point(1, 2, 3)
    assert store.edits.discard(layer) == 4
    assert sorted(found for (found,) in store.all("SELECT cleabs FROM parcelle")) == ["A", "B", "C", "D"]


def test_the_field_calculator_and_the_provider_without_buffer(path, store, layer, tmp_path):
    _in_qgis(
        path,
        tmp_path,
        """
layer.startEditing()
expression = QgsExpression('"surface" * 2')
context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
for feature in layer.getFeatures():
    context.setFeature(feature)
    layer.changeAttributeValue(feature.id(), at("surface"), expression.evaluate(context))
saved(layer)
provider = layer.dataProvider()
assert provider.changeAttributeValues({rows["A"].id(): {at("étage_2"): 7}})
assert provider.deleteFeatures([rows["B"].id()])
print("true")
""",
    )
    found = {edit.key: (edit.kind, edit.changed) for edit in store.edits.pending(layer)}
    assert found == {
        "A": ("update", ("étage", "surface")),
        "B": ("delete", ()),
        "C": ("update", ("surface",)),
        "D": ("update", ("surface",)),
    }


def test_the_extent_is_that_of_the_last_refresh_and_moves_are_noted(path, store, layer, tmp_path):
    moved = """
layer.startEditing()
layer.changeAttributeValue(rows["A"].id(), at("surface"), 7.0)
saved(layer)
if sys.argv[4]:
    layer.startEditing()
    layer.changeGeometry(rows["A"].id(), QgsGeometry.fromWkt("PointZ (1000 20 30)"))
    saved(layer)
print(json.dumps([layer.extent().xMaximum(), layer.featureCount()]))
"""
    noted = "SELECT last_update FROM geometry_columns_time WHERE f_table_name = 'parcelle'"
    before = store.one(noted)
    assert _in_qgis(path, tmp_path, moved, "parcelle", "geom", "") == [1, 4]
    assert store.one(noted) == before, "an attribute changes no extent"
    assert _in_qgis(path, tmp_path, moved, "parcelle", "geom", "move") == [1000, 4]
    assert store.one(noted) > before
    load(store, layer, *(row(layer, key, geom=point(at, 0, 0)) for at, key in enumerate("BCD")))
    assert store.edits.discard(layer) == 1
    assert _in_qgis(path, tmp_path, "print(json.dumps([layer.extent().xMaximum(), layer.featureCount()]))") == [2, 3]


def test_odd_names_and_mixed_geometries_can_be_edited(path, store, tmp_path):
    """QGIS edits geometries of a mixed table through OGR alone; both are caught."""
    columns = [("cleabs", "String"), ('a "b" c\'d', "String"), ("Geom", "Geometry")]
    layer = store.layers.create(
        spec(table_name="L'été \"à\" l'île", columns=columns, geometry="Geom", geometry_type="Geometry")
    )
    load(store, layer, row(layer, "A", Geom=point(1, 2)))
    script = """
layer.startEditing()
assert layer.changeAttributeValue(rows["A"].id(), at("a \\"b\\" c'd"), "new")
saved(layer)
layer = QgsVectorLayer(sys.argv[1] + "|layername=" + sys.argv[2], "through OGR", "ogr")
assert layer.isValid() and layer.startEditing()
assert layer.changeGeometry(rows["A"].id(), QgsGeometry.fromWkt("Point (5 6)"))
saved(layer)
print("true")
"""
    _in_qgis(path, tmp_path, script, layer.local_table, "Geom")
    (edit,) = store.edits.pending(layer)
    assert edit.changed == ('a "b" c\'d', "Geom")
    assert edit.mine["Geom"] == point(5, 6)


def test_a_table_without_geometry_is_edited_too(path, store, tmp_path):
    columns = [("cleabs", "String"), ("surface", "Double")]
    layer = store.layers.create(spec(table_name="nue", columns=columns, geometry=""))
    load(store, layer, row(layer, "A"), row(layer, "B"))
    script = """
layer.startEditing()
layer.changeAttributeValue(rows["A"].id(), at("surface"), 3.5)
layer.deleteFeature(rows["B"].id())
saved(layer)
print("true")
"""
    _in_qgis(path, tmp_path, script, "nue", "")
    assert [(edit.kind, edit.changed) for edit in store.edits.pending(layer)] == [
        ("update", ("surface",)),
        ("delete", ()),
    ]
