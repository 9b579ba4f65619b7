"""Moving reports through Processing: any layer of points, or one point."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsReferencedPointXY,
    QgsVectorLayer,
)

from geocollab.store.store import Store
from geocollab.workflows.positions import position

THERE = (2.36, 48.86)
WGS84 = QgsCoordinateReferenceSystem("EPSG:4326")


@pytest.fixture
def move(run, office, office_server):
    connection = str(office_server.connection_for("membre", requests_per_second=0))

    def call(**parameters):
        return run("movereports", **{"CONNECTION": connection, "STORE": str(office.path), **parameters})

    return call


def layer(*rows, kind="Point", crs="EPSG:4326", field="NoSignalement"):
    made = QgsVectorLayer(f"{kind}?crs={crs}&field={field}:string", "positions", "memory")
    for number, wkt in rows:
        feature = QgsFeature(made.fields())
        feature.setAttributes([str(number)])
        feature.setGeometry(QgsGeometry.fromWkt(wkt) if wkt else QgsGeometry())
        assert made.dataProvider().addFeature(feature)
    return made


def at(office, number):
    return position(office.get(number)["geometry"])


def test_the_points_of_a_layer(move, office):
    numbers = [office.make() for _ in range(4)]
    points = layer((numbers[0], "Point(2.36 48.86)"), (numbers[1], "Point(2.3488 48.8534)"), (numbers[2], None),
                   (numbers[3], "Point(200 48)"), ("", "Point(2 48)"))  # fmt: skip
    found = move(INPUT=points, OUTPUT="TEMPORARY_OUTPUT")
    assert [feature["outcome"] for feature in found["OUTPUT"].getFeatures()] == ["sent", "skipped", "fault", "fault"]
    assert at(office, numbers[0]) == THERE and at(office, numbers[3]) == (2.3488, 48.8534)
    assert len(office.written("PATCH")) == 1
    again = move(INPUT=points)
    assert (again["SENT_COUNT"], again["SKIPPED_COUNT"], again["REFUSED_COUNT"]) == (0, 2, 2)


@pytest.mark.parametrize("kind", ["Point", "PointZ", "MultiPoint", "MultiPointZM"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2154", "EPSG:3857", "EPSG:4258"])
def test_any_kind_of_point_in_any_system(move, office, kind, crs):
    number = office.make()
    shape = QgsGeometry.fromPointXY(QgsPointXY(*THERE))
    system = QgsCoordinateReferenceSystem(crs)
    shape.transform(QgsCoordinateTransform(WGS84, system, QgsProject.instance().transformContext()))
    x, y = shape.asPoint().x(), shape.asPoint().y()
    inside = {"Point": f"{x:.9f} {y:.9f}", "PointZ": f"{x:.9f} {y:.9f} 5", "MultiPoint": f"({x:.9f} {y:.9f})",
              "MultiPointZM": f"({x:.9f} {y:.9f} 5 6)"}[kind]  # fmt: skip
    assert move(INPUT=layer((number, f"{kind}({inside})"), kind=kind, crs=crs))["SENT_COUNT"] == 1
    assert at(office, number) == pytest.approx(THERE, abs=2e-8)


def test_several_points_are_no_position(move, office):
    number = office.make()
    with pytest.raises(QgsProcessingException, match="the new position is not one point within the world"):
        move(INPUT=layer((number, "MultiPoint((2 48),(3 48))"), kind="MultiPoint"))
    with pytest.raises(QgsProcessingException, match="the new position is not one point within the world"):
        move(INPUT=layer((number, "MultiPoint EMPTY"), kind="MultiPoint"))


def test_only_the_selected_features(move, office, project):
    first, second = office.make(), office.make()
    points = layer((first, "Point(2.36 48.86)"), (second, "Point(2.36 48.86)"))
    project.addMapLayer(points)
    points.selectByExpression(f"\"NoSignalement\" = '{second}'")
    found = move(INPUT=QgsProcessingFeatureSourceDefinition(points.id(), selectedFeaturesOnly=True))
    assert found["IDS"] == str(second) and at(office, first) != THERE


@pytest.mark.parametrize(
    "point",
    ["2.36,48.86", "2.36,48.86 [EPSG:4326]", QgsPointXY(*THERE), QgsReferencedPointXY(QgsPointXY(*THERE), WGS84)],
    ids=str,
)
def test_one_point_for_one_report(move, office, point):
    number = office.make()
    assert move(IDS=f" {number} ", POINT=point)["SENT_COUNT"] == 1
    assert at(office, number) == pytest.approx(THERE, abs=1e-8)
    with Store(office.path) as store:
        assert store.reports.positions([number])[number] == pytest.approx(THERE, abs=1e-8)


def test_a_point_in_another_system(move, office):
    number = office.make()
    move(IDS=str(number), POINT="652500,6862500 [EPSG:2154]")
    lon, lat = at(office, number)
    assert (lon, lat) == pytest.approx((2.352, 48.862), abs=0.005)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(2.3, 2.38), st.floats(48.84, 48.88))
def test_every_position_of_a_layer_arrives(move, office, lon, lat):
    number = office.make()
    shape = QgsGeometry.fromPointXY(QgsPointXY(lon, lat))
    move(INPUT=layer((number, shape.asWkt(17))))
    assert at(office, number) == pytest.approx((lon, lat), abs=1e-7)


REFUSALS = {
    "nothing": ({}, "Where to?"),
    "both": ({"IDS": "1", "POINT": "2,48", "INPUT": layer}, "Where to?"),
    "number without point": ({"IDS": "1"}, "Where to?"),
    "point without number": ({"POINT": "2,48"}, "Where to?"),
    "two numbers": ({"IDS": "1, 2", "POINT": "2,48"}, "IDS: “1, 2” is not the number of one report"),
    "no number": ({"IDS": "un", "POINT": "2,48"}, "IDS: “un” is not the number of one report"),
    "no such report": ({"IDS": "99999999", "POINT": "2,48"}, "Report 99999999 is not there"),
    "no layer": ({"INPUT": "nulle-part.gpkg"}, "nulle-part.gpkg not found"),
    "empty layer": ({"INPUT": lambda: layer()}, "“positions” has no report to move"),
    "no field": ({"INPUT": lambda: layer((1, "Point(2 48)"), field="numero")}, "has no field NoSignalement"),
    "no system": ({"INPUT": lambda: layer((1, "Point(2 48)"), crs="")}, "has no coordinate system"),
    "too many": (
        {"INPUT": lambda: layer((1, "Point(2 48)"), (2, "Point(2 48)")), "MAX_COUNT": 1},
        "MAX_COUNT allows 1",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_refused_before_anything_is_sent(move, office, refusal):
    parameters, sentence = REFUSALS[refusal]
    with pytest.raises(QgsProcessingException) as refused:
        move(**{name: value() if callable(value) else value for name, value in parameters.items()})
    assert sentence in str(refused.value) and "Traceback" not in str(refused.value)
    assert not office.written("PATCH")
