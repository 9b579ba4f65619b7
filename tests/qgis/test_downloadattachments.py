"""Documents downloaded through Processing."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from qgis.core import QgsProcessingException


@pytest.fixture
def download(run, sandbox, store, tmp_path):
    def call(**parameters):
        defaults = {"CONNECTION": str(sandbox.connection), "STORE": str(store), "FOLDER": str(tmp_path / "documents")}
        return run("downloadattachments", **{**defaults, **parameters})

    return call


@pytest.fixture
def documents(store):
    """Report, id, name, size of each document in the store."""
    with contextlib.closing(sqlite3.connect(store)) as connection:
        sql = 'SELECT "NoSignalement", id, "Fichier", "Taille" FROM "Document_EC" ORDER BY 1, 2'
        return connection.execute(sql).fetchall()


def test_all_of_the_store(download, documents, tmp_path):
    found = download(OUTPUT="TEMPORARY_OUTPUT")
    made = {path.relative_to(tmp_path / "documents").as_posix(): path.stat().st_size
            for path in (tmp_path / "documents").rglob("*.*")}  # fmt: skip
    assert made == {f"{report}/{number}-{name}": size for report, number, name, size in documents}
    assert found["FOLDER"] == str(tmp_path / "documents")
    assert (found["COUNT"], found["DOWNLOADED_COUNT"], found["SIZE"]) == (len(made), len(made), sum(made.values()))
    rows = list(found["OUTPUT"].getFeatures())
    assert [(row["report"], row["document"], row["name"], row["size"]) for row in rows] == documents
    assert all(Path(row["path"]).is_file() and row["state"] == "downloaded" and row["mime"] for row in rows)
    again = download()
    assert (again["PRESENT_COUNT"], again["DOWNLOADED_COUNT"], again["SIZE"]) == (len(made), 0, found["SIZE"])
    assert download(REPLACE=True)["DOWNLOADED_COUNT"] == len(made)


def test_some_of_it(download, documents, tmp_path):
    report = documents[0][0]
    ours = [document for document in documents if document[0] == report]
    found = download(IDS=str(report), NAMES="*.png", BY_REPORT=False)
    names = [f"{report}-{number}-{name}" for _report, number, name, _size in ours if name.endswith(".png")]
    assert sorted(path.name for path in (tmp_path / "documents").iterdir()) == sorted(names) and names
    assert found["COUNT"] == len(names)
    assert download(FILTER=f'"NoSignalement" = {report}')["COUNT"] == len(ours)
    assert download(FILTER='"NoSignalement" < 0')["COUNT"] == 0, "nothing that fits is not everything"


def test_large_ones_are_left_out(download, documents, store):
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        connection.execute('UPDATE "Document_EC" SET "Taille" = 2000001 WHERE id = ?', (documents[0][1],))
    found = download(MAX_SIZE=2, OUTPUT="TEMPORARY_OUTPUT")
    assert (found["SKIPPED_COUNT"], found["DOWNLOADED_COUNT"]) == (1, len(documents) - 1)
    row = next(found["OUTPUT"].getFeatures())
    assert row["state"] == "skipped" and "it has 2.0 MB" in row["detail"] and not row["path"]


def test_one_that_is_not_there(download, documents, sandbox, feedback):
    number = documents[0][1]
    sandbox.faults({"kind": "status", "status": 404, "path": f"/document/download/{number}$", "times": None})
    found = download()
    assert (found["FAILED_COUNT"], found["DOWNLOADED_COUNT"]) == (1, len(documents) - 1)
    assert f"Document {number} of report {documents[0][0]}" in feedback.warnings[0]
    assert "does not know what was asked for (404)" in feedback.warnings[0]
    with pytest.raises(QgsProcessingException, match="did not go through"):
        download(IDS=str(documents[0][0]), NAMES=documents[0][2], REPLACE=True)


def test_stopped_in_the_middle(download, documents, sandbox, feedback, tmp_path):
    sandbox.faults({"kind": "slow_body", "seconds": 30, "path": "^/document/", "after": 8, "times": None})
    feedback.progressChanged.connect(lambda percent: feedback.cancel())
    with pytest.raises(
        QgsProcessingException, match=r"Stopped before the end. .* documents are there. Run the operation"
    ):
        download()
    assert 1 <= len([p for p in (tmp_path / "documents").rglob("*.*") if p.suffix != ".part"]) <= 8


def test_a_folder_that_is_a_file(download, tmp_path, documents):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(QgsProcessingException, match="file: File exists"):
        download(FOLDER=str(tmp_path / "file"))


def test_without_a_store(download, tmp_path):
    with pytest.raises(QgsProcessingException, match="There is no store"):
        download(STORE=str(tmp_path / "absent.sqlite"))
    assert not (tmp_path / "documents").exists()
