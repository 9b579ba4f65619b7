"""Documents joined to reports through Processing and the real qgis_process."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
import requests
from qgis.core import (
    QgsFeature,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorLayer,
)

from sandbox.world.people import BY_NAME
from tests.qgis_process import run_qgis_process


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


def call(sandbox, method, path, user="membre", **more):
    account = (user, BY_NAME[user].password)
    answer = requests.request(method, sandbox.url + "/gcms/api" + path, auth=account, timeout=30, **more)
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture
def create(sandbox):
    """A new report of `membre`; gives its number."""

    def make(user="membre", **members):
        body = {"geometry": "POINT(2.35 48.85)", "comment": "Un document", "community": 375, **members}
        return call(sandbox, "POST", "/reports", user, json=body)["id"]

    return make


@pytest.fixture
def there(sandbox):
    """`there(number)`: names of the documents that the server has on a report."""
    return lambda number: sorted(d["filename"] for d in call(sandbox, "GET", f"/reports/{number}")["attachments"])


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8 a photo")
    return path


@pytest.fixture
def add(run, sandbox, store):
    def call(**parameters):
        return run("addattachments", CONNECTION=str(sandbox.connection), STORE=str(store), **parameters)

    return call


def posted(sandbox):
    return [entry for entry in sandbox.journal("attachments$") if entry["method"] == "POST"]


def layer_of(fields, *rows):
    layer = QgsVectorLayer(f"NoGeometry?{fields}", "photos", "memory")
    for values in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(list(values))
        layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer


def test_files_for_every_report(add, create, there, photo, store, tmp_path, sandbox):
    one, other = create(), create()
    plan = tmp_path / "plan.pdf"
    plan.write_bytes(b"%PDF")
    found = add(IDS=f"{one} {other}", DOCUMENTS=[str(photo), str(plan)], OUTPUT="TEMPORARY_OUTPUT",
                REPORT=str(tmp_path / "page.html"))  # fmt: skip
    assert there(one) == there(other) == ["photo.jpg", "plan.pdf"]
    assert (found["COUNT"], found["SENT_COUNT"], found["IDS"]) == (4, 4, f"{one},{other}")
    rows = [feature.attributes()[:3] for feature in found["OUTPUT"].getFeatures()]
    assert rows == [[n, name, "sent"] for n in (one, other) for name in ("photo.jpg", "plan.pdf")]
    assert "photo.jpg" in Path(found["REPORT"]).read_text(encoding="utf-8")
    with contextlib.closing(sqlite3.connect(store)) as connection:
        sql = 'SELECT count(*) FROM "Document_EC" WHERE "NoSignalement" IN (?, ?)'
        assert connection.execute(sql, (one, other)).fetchone() == (4,)


def test_an_expression_on_the_features_of_a_layer(add, create, there, photo, tmp_path):
    """Several features about one report, several paths in one text, a list, and nothing."""
    one, other, third = create(), create(), create()
    names = [tmp_path / f"{name}.txt" for name in "abcd"]
    for name in names:
        name.write_text(name.name)
    layer = layer_of("field=report:integer&field=photo:string",
                     (one, f"{names[0]};{names[1]}"), (one, f"{names[2]}\n"), (other, str(names[3])), (third, None),
                     (None, "x"))  # fmt: skip
    found = add(INPUT=layer, DOCUMENTS_EXPRESSION='"photo"')
    assert (there(one), there(other), there(third)) == (["a.txt", "b.txt", "c.txt"], ["d.txt"], [])
    assert (found["SENT_COUNT"], found["SKIPPED_COUNT"]) == (4, 1)
    found = add(INPUT=layer, DOCUMENTS_EXPRESSION=f"array('{names[3]}', NULL, '')", IDS=str(third))
    assert (there(one), there(other), there(third)) == (["a.txt", "b.txt", "c.txt", "d.txt"], ["d.txt"], ["d.txt"])
    assert (found["COUNT"], found["SENT_COUNT"], found["ALREADY_COUNT"]) == (3, 2, 1)


def test_only_the_selected_features(add, create, there, photo, project):
    one, other = create(), create()
    layer = layer_of("field=NoSignalement:integer", (one,), (other,))
    QgsProject.instance().addMapLayer(layer)
    layer.selectByExpression(f'"NoSignalement" = {other}')
    source = QgsProcessingFeatureSourceDefinition(layer.id(), True)
    add(INPUT=source, DOCUMENTS_EXPRESSION=f"'{photo}'")
    assert (there(one), there(other)) == ([], ["photo.jpg"])


def test_an_expression_on_the_downloaded_reports(add, there, store, tmp_path, sandbox, content):
    with contextlib.closing(sqlite3.connect(store)) as connection:
        sql = """SELECT id FROM "Signalement" WHERE "Statut" = 'submit' AND "Nb_documents" = 0 AND "Groupe_id" = 375"""
        number = connection.execute(sql).fetchone()[0]
    path = tmp_path / f"{number}.txt"
    path.write_text("relevé")
    before = content(store)
    planned = add(IDS=str(number), DOCUMENTS_EXPRESSION=f"'{tmp_path}/' || \"NoSignalement\" || '.txt'", DRY_RUN=True)
    assert (planned["PLANNED_COUNT"], planned["SENT_COUNT"]) == (1, 0)
    assert content(store) == before and not posted(sandbox)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("'a' ||", "DOCUMENTS_EXPRESSION: "),
        ('"nosuch"', "there is no field nosuch"),
        ("to_int('x')", "DOCUMENTS_EXPRESSION"),
    ],
)
def test_an_expression_that_is_wrong(add, create, sandbox, photo, expression, sentence):
    layer = layer_of("field=report:integer", (create(),))
    with pytest.raises(QgsProcessingException, match=sentence):
        add(INPUT=layer, DOCUMENTS=[str(photo)], DOCUMENTS_EXPRESSION=expression)
    assert not posted(sandbox)


def test_no_documents_are_named(add, create):
    with pytest.raises(QgsProcessingException, match=r"Which documents[?] Give files in DOCUMENTS"):
        add(IDS=str(create()))


def test_no_reports_are_named(add, photo):
    with pytest.raises(QgsProcessingException, match=r"Which reports[?]"):
        add(DOCUMENTS=[str(photo)])


def test_too_many_reports(add, photo, sandbox):
    with pytest.raises(QgsProcessingException, match="MAX_COUNT allows 1"):
        add(IDS="1,2", DOCUMENTS=[str(photo)], MAX_COUNT=1)
    assert not sandbox.journal("/gcms/api")


def test_a_fault_and_nothing_is_sent(add, create, there, photo, tmp_path, feedback, sandbox):
    number, closed = create(), create()
    call(sandbox, "POST", f"/reports/{closed}/replies", "admin", json={"content": "Fait", "status": "valid"})
    big = tmp_path / "big.pdf"
    with big.open("wb") as file:
        file.truncate(20_000_000)
    exe = tmp_path / "run.exe"
    exe.write_bytes(b"MZ")
    documents = [str(big), str(exe), str(tmp_path / "absent.jpg"), str(photo), str(photo)]
    page = tmp_path / "page.html"
    with pytest.raises(QgsProcessingException, match=r"big.pdf has 20 MB; the service takes at most 16 MB"):
        add(IDS=f"{number} {closed}", DOCUMENTS=documents, REPORT=str(page))
    said = " ".join(feedback.warnings)
    for words in ("run.exe: documents of this kind", "absent.jpg cannot be read", f"Report {closed} is closed"):
        assert words in said
    assert "run.exe" in page.read_text(encoding="utf-8")
    assert not posted(sandbox) and there(number) == there(closed) == []
    found = add(IDS=f"{number} {closed}", DOCUMENTS=[str(photo)], ONLY_VALID=True)
    assert (found["SENT_COUNT"], found["REFUSED_COUNT"]) == (1, 1) and there(number) == ["photo.jpg"]


def test_twice_and_again(add, create, there, photo):
    number = create()
    assert add(IDS=str(number), DOCUMENTS=[str(photo)])["SENT_COUNT"] == 1
    found = add(IDS=str(number), DOCUMENTS=[str(photo)])
    assert (found["SENT_COUNT"], found["ALREADY_COUNT"]) == (0, 1)
    assert add(IDS=str(number), DOCUMENTS=[str(photo)], AGAIN=True)["SENT_COUNT"] == 1
    assert there(number) == ["photo.jpg", "photo.jpg"]


def test_a_lost_answer(add, create, there, photo, sandbox):
    number = create()
    sandbox.faults({"kind": "lost_answer", "path": "attachments$"})
    assert add(IDS=str(number), DOCUMENTS=[str(photo)])["SENT_COUNT"] == 1
    assert there(number) == ["photo.jpg"] and len(posted(sandbox)) == 1


def test_without_the_right(add, create, photo):
    number = create("admin", status="test")
    with pytest.raises(QgsProcessingException, match=f"Report {number}: your account may not change its documents"):
        add(IDS=str(number), DOCUMENTS=[str(photo)])


def test_with_qgis_process(create, there, photo, store, sandbox, tmp_path):
    one, other = create(), create()
    plan = tmp_path / "plan d'accès.pdf"
    plan.write_bytes(b"%PDF")
    outcome = run_qgis_process(
        "run", "geocollab:addattachments", f"--CONNECTION={sandbox.connection}", f"--STORE={store}",
        f"--IDS={one},{other}", f"--DOCUMENTS={photo}", f"--DOCUMENTS={plan}", json=True,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.results["SENT_COUNT"] == 4 and outcome.results["IDS"] == f"{one},{other}"
    assert there(one) == there(other) == ["photo.jpg", "plan d'accès.pdf"]
