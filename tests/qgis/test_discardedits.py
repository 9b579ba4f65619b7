"""`discardedits` through Processing: what, how many, the trace, and what a layer in the project shows."""

from pathlib import Path

import pytest
from qgis.core import QgsProcessingContext, QgsProcessingException, QgsVectorLayer

from geocollab.store.store import Store
from geocollab.workflows.layers.described import described
from tests.qgis.fieldwork import add, change, delete, group_layer, save
from tests.workflows.reviewing import POSTS, Review


@pytest.fixture(scope="module")
def template(office_server, tmp_path_factory):
    review = Review(office_server, tmp_path_factory.mktemp("template") / "t.sqlite")
    review.load(POSTS)
    return review


@pytest.fixture
def review(template, qgis_app, tmp_path):
    return Review.copy(template, tmp_path)


@pytest.fixture
def layer(review):
    """With one new, one changed, one deleted marker, made in QGIS."""
    layer = group_layer(review.path, "bornes")
    change(layer, "?", 0, layer.fields().lookupField("etat"))
    delete(layer, 3)
    add(layer, "POINT(2.35 48.85)", reference="ZZ-9")
    save(layer)
    assert len(review.edits(POSTS)) == 3
    return layer


def test_layers_of_the_project_show_it(run, review, layer, project, tmp_path):
    project.addMapLayer(layer)
    count = layer.featureCount()
    context = QgsProcessingContext()
    context.setProject(project)
    table, page = tmp_path / "t.csv", tmp_path / "p.html"
    found = run("discardedits", STORE=str(review.path), OUTPUT=str(table), REPORT=str(page), context=context)
    assert (found["COUNT"], found["INSERT_COUNT"], found["UPDATE_COUNT"], found["DELETE_COUNT"]) == (3, 1, 1, 1)
    assert not review.edits(POSTS) and review.local(POSTS) == review.server(POSTS)
    assert layer.featureCount() == count and not any(f["reference"] == "ZZ-9" for f in layer.getFeatures())
    told = {(row["kind"], row["column"]) for row in QgsVectorLayer(str(table), "t", "ogr").getFeatures()}
    assert {("update", "etat"), ("insert", "reference"), ("delete", "reference"), ("delete", "geom")} <= told
    assert "ZZ-9" in table.read_text() and "POINT(" in table.read_text()
    assert "Edits given up" in Path(found["REPORT"]).read_text(encoding="utf-8")


def test_the_trace_can_be_a_table_of_the_store(run, review, layer):
    table = f"ogr:dbname='{review.path}' table=\"given_up\" ()"
    assert run("discardedits", STORE=str(review.path), OUTPUT=table)["COUNT"] == 3
    with Store(review.path) as store:
        assert {kind for (kind,) in store.all("SELECT kind FROM given_up")} == {"insert", "update", "delete"}
    assert not review.edits(POSTS)


def test_a_dry_run(run, review, layer, feedback):
    found = run("discardedits", STORE=str(review.path), DRY_RUN=True, WHAT="updates")
    assert found["COUNT"] == 1 and len(review.edits(POSTS)) == 3
    assert "1 edit would be given up." in feedback.infos


def test_rows_of_a_table_of_edits(run, review, layer, tmp_path):
    table = str(tmp_path / "t.csv")
    run("discardedits", STORE=str(review.path), DRY_RUN=True, WHAT="deletes", OUTPUT=table)
    assert run("discardedits", STORE=str(review.path), INPUT=table)["COUNT"] == 1
    assert sorted(kind for kind, _key, _conflict in review.edits(POSTS)) == ["insert", "update"]


def test_rows_of_a_table_where_two_servers_have_the_same_layer(run, review, layer, tmp_path):
    """The row ids of one are not those of the other."""
    table = str(tmp_path / "t.csv")
    run("discardedits", STORE=str(review.path), DRY_RUN=True, OUTPUT=table)
    known = review.layer(POSTS)
    with Store(review.path) as store:
        store.layers.create(described(known).spec("https://autre.example/gcms/api", known.srid))
    for layers in ("", f"bornes ({known.service})"):
        with pytest.raises(QgsProcessingException, match="INPUT: several layers of this store are called “suivi_t"):
            run("discardedits", STORE=str(review.path), LAYERS=layers, INPUT=table)
    with pytest.raises(
        QgsProcessingException, match=r"could be several layers: bornes \(http.*, bornes_2 \(https://au"
    ):
        run("discardedits", STORE=str(review.path), LAYERS=POSTS)
    assert len(review.edits(POSTS)) == 3
    assert run("discardedits", STORE=str(review.path), LAYERS=f"bornes ({known.service})")["COUNT"] == 3


def test_what_was_perhaps_sent(run, review, layer, feedback):
    stored = review.layer(POSTS)
    with Store(review.path) as store:
        store.edits.sending(stored, [edit.row for edit in store.edits.pending(stored)])
    found = run("discardedits", STORE=str(review.path))
    assert (found["COUNT"], found["KEPT_COUNT"]) == (0, 3)
    assert "3 edits were perhaps sent, and are kept" in feedback.warnings[0]
    found = run("discardedits", STORE=str(review.path), INCLUDE_UNSURE=True)
    assert (found["COUNT"], found["UNSURE_COUNT"]) == (3, 3) and not review.edits(POSTS)


def test_too_many(run, review, layer):
    with pytest.raises(QgsProcessingException, match="This would give up 3 edits; MAX_COUNT allows 2"):
        run("discardedits", STORE=str(review.path), MAX_COUNT=2)
    assert len(review.edits(POSTS)) == 3


@pytest.mark.parametrize("output", ["OUTPUT", "REPORT"])
def test_without_its_trace_nothing_is_given_up(run, review, layer, tmp_path, output):
    nowhere = tmp_path / "no" / "such" / "folder" / ("t.gpkg" if output == "OUTPUT" else "p.html")
    nowhere.parent.parent.parent.write_text("a file, no folder")
    with pytest.raises(QgsProcessingException) as refused:
        run("discardedits", STORE=str(review.path), **{output: str(nowhere)})
    assert str(review.path) not in str(refused.value), "it is not the store that failed"
    assert len(review.edits(POSTS)) == 3
