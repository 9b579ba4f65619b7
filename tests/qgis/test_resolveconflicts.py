"""`resolveconflicts` through Processing: the layer, the table of values filled and given back, reports."""

import csv
from pathlib import Path

import pytest
from qgis.core import NULL, QgsProcessingException, QgsVectorLayer

from tests.workflows.reviewing import PARCELS, Review


@pytest.fixture(scope="module")
def template(office_server, tmp_path_factory):
    review = Review(office_server, tmp_path_factory.mktemp("template") / "t.sqlite")
    review.load(PARCELS)
    return review


@pytest.fixture
def review(template, office, tmp_path):
    return Review.copy(template, tmp_path)


@pytest.fixture
def three(review):
    return review.clashes()


def rows(layer):
    layer = layer if isinstance(layer, QgsVectorLayer) else QgsVectorLayer(str(layer), "x", "ogr")
    assert layer.isValid()
    return list(layer.getFeatures())


def test_shown_in_every_way(run, review, three, tmp_path, feedback):
    page = tmp_path / "p.html"
    before = review.edits(PARCELS)
    found = run("resolveconflicts", STORE=str(review.path), OUTPUT="TEMPORARY_OUTPUT", VALUES="TEMPORARY_OUTPUT",
                REPORT=str(page))  # fmt: skip
    assert (found["COUNT"], found["RESOLVED_COUNT"], found["LEFT_COUNT"], found["REPORT_COUNT"]) == (3, 0, 3, 0)
    assert [(each["kind"], each["columns"], each["outcome"]) for each in rows(found["OUTPUT"])] == [
        (kind, "commentaire", "left") for kind in ("changed", "deleted_here", "deleted_there")
    ]
    assert all(2 < each.geometry().boundingBox().xMinimum() < 3 for each in rows(found["OUTPUT"]))
    assert rows(found["OUTPUT"])[0]["since"].isValid()
    listed = [(each["mine"], each["theirs"], each["side"]) for each in rows(found["VALUES"])]
    assert listed == [("mine", "theirs", NULL), (NULL, "theirs", NULL), ("mine", NULL, NULL)]
    assert "At first" in page.read_text(encoding="utf-8") and review.edits(PARCELS) == before
    assert "3 conflicts; settled: 0, left: 3." in feedback.infos


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_one_side(run, review, three, side):
    found = run("resolveconflicts", STORE=str(review.path), STRATEGY=side)
    assert (found["RESOLVED_COUNT"], found["LEFT_COUNT"]) == (3, 0)
    assert review.local(PARCELS)[three[0]]["commentaire"] == side


def test_the_table_of_values_filled_in_a_spreadsheet_and_given_back(run, review, three, tmp_path):
    table = tmp_path / "values.csv"
    run("resolveconflicts", STORE=str(review.path), VALUES=str(table))
    with table.open(newline="", encoding="utf-8") as file:
        values = list(csv.DictReader(file))
    assert [row["column"] for row in values] == ["commentaire"] * 3
    values[0]["value"], values[1]["side"] = "d’accord", "Theirs "
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, values[0])
        writer.writeheader()
        writer.writerows(values)
    found = run("resolveconflicts", STORE=str(review.path), STRATEGY="merge", CHOICES=str(table))
    assert (found["RESOLVED_COUNT"], found["LEFT_COUNT"]) == (2, 1)
    local = review.local(PARCELS)
    assert (local[three[0]]["commentaire"], local[three[0]]["etage"], local[three[0]]["numero"]) == (
        "d’accord",
        7,
        "T-1",
    )
    assert local[three[1]]["commentaire"] == "theirs"
    assert ("update", three[2], True) in review.edits(PARCELS)


def test_a_merge_with_a_preferred_side_of_some_rows(run, review, three, tmp_path):
    layer = str(tmp_path / "conflicts.gpkg")
    run("resolveconflicts", STORE=str(review.path), OUTPUT=layer)
    wanted = QgsVectorLayer(layer, "x", "ogr")
    wanted.setSubsetString("kind = 'changed'")
    found = run("resolveconflicts", STORE=str(review.path), STRATEGY="merge", PREFER="theirs", INPUT=wanted)
    assert (found["COUNT"], found["RESOLVED_COUNT"]) == (1, 1)
    assert len(review.edits(PARCELS)) == 3, "the merged one is still pending for what only we changed"


def test_turned_into_reports(run, review, three, tmp_path):
    page = tmp_path / "p.html"
    connection = str(review.process.connection)
    how = {"STRATEGY": "report", "CONNECTION": connection, "STATUS": "test", "MESSAGE": "Bonjour", "REPORT": str(page)}
    before = len(review.reports())
    found = run("resolveconflicts", STORE=str(review.path), OUTPUT="TEMPORARY_OUTPUT", **how)
    assert (found["RESOLVED_COUNT"], found["REPORT_COUNT"]) == (3, 3)
    assert len(review.reports()) == before + 3 and not review.edits(PARCELS)
    numbers = [each["report"] for each in rows(found["OUTPUT"])]
    report = review.call("GET", f"/reports/{numbers[0]}").json()
    assert report["comment"].startswith("Bonjour\n\nObject") and report["status"] == "test"
    assert f"reported, theirs taken {numbers[0]}" in Path(found["REPORT"]).read_text(encoding="utf-8")
    assert run("resolveconflicts", STORE=str(review.path), **how)["COUNT"] == 0
    assert len(review.reports()) == before + 3


def test_too_many_reports(run, review, three):
    connection = str(review.process.connection)
    with pytest.raises(QgsProcessingException, match="This is about 3 reports; MAX_COUNT allows 2"):
        run("resolveconflicts", STORE=str(review.path), STRATEGY="report", CONNECTION=connection, MAX_COUNT=2)


def test_only_reports_need_a_connection(run, review, no_connections):
    assert run("resolveconflicts", STORE=str(review.path), STRATEGY="mine")["COUNT"] == 0
    with pytest.raises(QgsProcessingException, match="onnection"):
        run("resolveconflicts", STORE=str(review.path), STRATEGY="report")
    assert not review.process.journal("^/gcms/api/users/me")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("layer,geocollab_id,side\nx,1,mine\n", "it has no field column"),
        ("layer,geocollab_id,column\nx,1,mine\n", "it has no field side, value"),
        ("layer,geocollab_id,column,side\nx,1,nom,ours\n", "“ours” is no side; give mine, theirs or base"),
        ("layer,geocollab_id,column,side\nx,one,nom,mine\n", "“one” is no geocollab_id"),
        (None, "Could not load source layer for CHOICES: .*choices.csv not found"),
    ],
)
def test_choices_that_cannot_be_read(run, review, tmp_path, text, sentence):
    file = tmp_path / "choices.csv"
    if text:
        file.write_text(text)
    with pytest.raises(QgsProcessingException, match=sentence):
        run("resolveconflicts", STORE=str(review.path), STRATEGY="merge", CHOICES=str(file))


def test_attributes_of_reports_that_are_no_json(run, review):
    how = {"STRATEGY": "report", "CONNECTION": str(review.process.connection), "ATTRIBUTES": "Nature"}
    with pytest.raises(QgsProcessingException, match="ATTRIBUTES is not readable as JSON"):
        run("resolveconflicts", STORE=str(review.path), **how)
