"""`pushedits` through Processing: edits of QGIS sent, every output, what stops it."""

from pathlib import Path

import pytest
from qgis.core import QgsProcessingException, QgsProcessingFeatureSourceDefinition, QgsVectorLayer, QgsWkbTypes

from sandbox.process import SandboxProcess
from tests.qgis.fieldwork import add, group_layer, save
from tests.workflows.group_rows import CANTONS, PARCELS, POSTS, ROADS
from tests.workflows.pushing import Pushing

CODES = (CANTONS, PARCELS, POSTS, ROADS)


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=5, features=60, rate=0) as running:
        yield running


@pytest.fixture(scope="module")
def template(process, tmp_path_factory):
    pushing = Pushing(process, tmp_path_factory.mktemp("template") / "t.sqlite")
    pushing.load(*CODES)
    return pushing


@pytest.fixture
def pushing(process, template, qgis_app, tmp_path, impatient):
    process.faults()
    process.clear_journal()
    yield Pushing.copy(template, tmp_path)
    process.faults()


@pytest.fixture
def push(run, pushing):
    """`push(…)`: the operation on the store."""

    def call(**parameters):
        connection = parameters.pop("CONNECTION", str(pushing.process.connection))
        return run("pushedits", CONNECTION=connection, STORE=str(pushing.path), **parameters)

    return call


def features(layer):
    layer = layer if isinstance(layer, QgsVectorLayer) else QgsVectorLayer(str(layer), "x", "ogr")
    assert layer.isValid()
    return list(layer.getFeatures())


def test_an_edit_session_of_qgis(push, pushing, tmp_path, feedback, project):
    layer = group_layer(pushing.path, "bornes")
    project.addMapLayer(layer)
    add(layer, "POINT(2.35 48.85)", reference="QA-1", etat="Bon")
    one, two = pushing.keys(POSTS, 2)
    assert layer.changeAttributeValue(pushing.row(POSTS, one), layer.fields().lookupField("etat"), None)
    assert layer.deleteFeature(pushing.row(POSTS, two))
    save(layer)
    found = push(OUTPUT="TEMPORARY_OUTPUT", FAULTS="TEMPORARY_OUTPUT", REPORT=str(tmp_path / "sent.html"))
    counts = {name: found[f"{name}_COUNT"] for name in ("SENT", "INSERT", "UPDATE", "DELETE", "TRANSACTION", "FAULT")}
    assert counts == {"SENT": 3, "INSERT": 1, "UPDATE": 1, "DELETE": 1, "TRANSACTION": 1, "FAULT": 0}
    assert found["COUNT"] == 3 and found["REQUEST_COUNT"] >= 6
    assert found["TRANSACTIONS"] == str(pushing.journal()[0][1])
    rows = {row["what"]: row for row in features(found["OUTPUT"])}
    assert rows["insert"]["key"] == "QA-1" and rows["insert"]["layer"] == POSTS
    assert {row["outcome"] for row in rows.values()} == {"sent"}
    assert rows["update"]["geocollab_id"] == pushing.row(POSTS, one)
    assert features(found["FAULTS"]) == []
    assert "Edits sent" in Path(found["REPORT"]).read_text(encoding="utf-8")
    assert "3 edits sent." in feedback.infos
    there = pushing.server(POSTS)
    assert there["QA-1"]["etat"] == "Bon" and there[one]["etat"] is None and two not in there
    shown = {feature["reference"]: feature for feature in layer.getFeatures()}
    assert set(shown) == set(there) and shown["QA-1"]["gcms_fingerprint"] == there["QA-1"]["gcms_fingerprint"]


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "memory"])
def test_faults_are_features_to_zoom_to(push, pushing, tmp_path, feedback, ending):
    (canton,), (road,), (post,) = pushing.keys(CANTONS), pushing.keys(ROADS), pushing.keys(POSTS)
    pushing.edit(CANTONS, canton, nom=None, insee_dep="33")
    pushing.edit(ROADS, road, largeur_de_chaussee=99)
    pushing.edit(POSTS, post, etat="Passable")
    where = "TEMPORARY_OUTPUT" if ending == "memory" else str(tmp_path / f"faults.{ending}")
    with pytest.raises(QgsProcessingException, match="3 did not go through"):
        push(FAULTS=where, DRY_RUN=True, REPORT=str(tmp_path / "faults.html"))
    assert (tmp_path / "faults.html").exists() and not pushing.posts()
    if ending == "memory":
        return
    rows = features(where)
    assert [(row["layer"], row["column"], row["value"]) for row in rows[:1]] == [(CANTONS, "insee_dep", "33")]
    assert {QgsWkbTypes.geometryType(row.geometry().wkbType()) for row in rows} == {0, 1, 2}
    for row in rows:
        box = row.geometry().boundingBox()
        assert 2 < box.xMinimum() < box.xMaximum() + 1e-9 < 3 and 48 < box.yMinimum() < 50
    assert any("Accepted: one of: Bon, Mauvais, (empty)." in text for text in feedback.warnings)


def test_what_is_right_is_sent_if_asked_for(push, pushing):
    good, bad = pushing.keys(CANTONS, 2)
    pushing.edit(CANTONS, good, commune="x")
    pushing.edit(CANTONS, bad, nom=None)
    with pytest.raises(QgsProcessingException, match=r"2 did not go through. “nom” must have a value."):
        push()
    found = push(SKIP_FAULTY=True, FAULTS="TEMPORARY_OUTPUT")
    assert (found["SENT_COUNT"], found["FAULT_COUNT"], found["LEFT_COUNT"]) == (1, 1, 0)
    (fault,) = features(found["FAULTS"])
    assert fault["geocollab_id"] == pushing.row(CANTONS, bad) and fault["key"] == str(bad)
    assert found["FAULTS"].geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry
    assert found["FAULTS"].crs().authid() == "EPSG:4326"


def test_what_is_wrong_with_several_is_said_once(push, pushing, feedback):
    one, two, three = pushing.keys(CANTONS, 3)
    (post,) = pushing.keys(POSTS)
    for key in (one, two, three):
        pushing.edit(CANTONS, key, nom=None)
    pushing.edit(POSTS, post, etat="Passable")
    with pytest.raises(QgsProcessingException, match="4 did not go through"):
        push(DRY_RUN=True)
    cantons, posts = sorted(feedback.warnings, reverse=True)
    assert cantons == f"{CANTONS} {one} and 2 more: “nom” must have a value. Accepted: a text, at most 80 characters."
    assert posts.startswith(f"{POSTS} {post}: ")


def test_a_problem_fails_if_asked_for_with_the_outputs_written(push, pushing, tmp_path):
    good, bad = pushing.keys(CANTONS, 2)
    pushing.edit(CANTONS, good, commune="x")
    pushing.edit(CANTONS, bad, nom=None)
    table = tmp_path / "sent.csv"
    with pytest.raises(QgsProcessingException, match="1 did not go through"):
        push(SKIP_FAULTY=True, FAIL_ON_PROBLEM=True, OUTPUT=str(table))
    text = table.read_text(encoding="utf-8")
    assert f'"{good}",update,changed,sent' in text and f'"{bad}",update,changed,fault,"faulty, not sent"' in text
    assert pushing.server(CANTONS)[good]["commune"] == "x"


def test_only_what_input_names(push, run, pushing, tmp_path):
    one, two, three = pushing.keys(PARCELS, 3)
    for key in (one, two, three):
        pushing.edit(PARCELS, key, etage=33)
    pending = run("pendingedits", STORE=str(pushing.path), OUTPUT=str(tmp_path / "pending.gpkg"))["OUTPUT"]
    layer = QgsVectorLayer(str(pending), "pending", "ogr")
    (first,) = [row.id() for row in layer.getFeatures() if row["geocollab_id"] == pushing.row(PARCELS, two)]
    table = QgsProcessingFeatureSourceDefinition(f"{pending}|subset=fid = {first}", False)
    found = push(INPUT=table, OUTPUT="TEMPORARY_OUTPUT")
    assert [row["key"] for row in features(found["OUTPUT"])] == [str(two)]
    parcels = group_layer(pushing.path, "parcelles")
    parcels.selectByIds([pushing.row(PARCELS, three)])
    from qgis.core import QgsProject

    QgsProject.instance().addMapLayer(parcels)
    push(INPUT=QgsProcessingFeatureSourceDefinition(parcels.id(), True))
    assert pushing.edits(PARCELS) == {("update", one, False)}
    assert push(LAYERS=[POSTS])["COUNT"] == 0


def test_nothing_to_send(push, feedback):
    found = push(OUTPUT="TEMPORARY_OUTPUT")
    assert (found["COUNT"], found["TRANSACTIONS"]) == (0, "")
    assert "There is nothing to send." in feedback.infos


def test_more_than_allowed(push, pushing):
    for key in pushing.keys(CANTONS, 2):
        pushing.edit(CANTONS, key, commune="x")
    with pytest.raises(QgsProcessingException, match="This would send 2 edits, more than the 1"):
        push(MAX_COUNT=1)
    assert not pushing.posts()


def test_a_session_that_ends_in_between_is_renewed(push, pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="renouvelé")
    pushing.process.faults({"kind": "expired_token", "path": "/transactions$"})
    assert push()["SENT_COUNT"] == 1
    assert [entry["status"] for entry in pushing.posts()] == [401, 201]
    assert pushing.server(CANTONS)[key]["commune"] == "renouvelé"


def test_without_account_nothing_is_written(push, pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="x")
    with pytest.raises(QgsProcessingException, match="Writing needs an account"):
        push(CONNECTION=str(pushing.process.connection_for(None, "anonymous")))


def test_a_store_without_layers(run, process, tmp_path):
    from geocollab.store.store import Store

    Store(tmp_path / "empty.sqlite").close()
    with pytest.raises(QgsProcessingException, match="This store has no group layers yet"):
        run("pushedits", CONNECTION=str(process.connection), STORE=str(tmp_path / "empty.sqlite"))
