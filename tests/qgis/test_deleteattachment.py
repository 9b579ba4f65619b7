"""Documents deleted through Processing."""

import contextlib
import sqlite3

import pytest
import requests
from qgis.core import QgsProcessingException

from sandbox.world.people import BY_NAME


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


def call(sandbox, method, path, user="membre", **more):
    account = (user, BY_NAME[user].password)
    answer = requests.request(method, sandbox.url + "/gcms/api" + path, auth=account, timeout=30, **more)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


@pytest.fixture
def there(sandbox):
    """`there(number)`: id by name of the documents that the server has on a report."""
    return lambda number: {d["filename"]: d["id"] for d in call(sandbox, "GET", f"/reports/{number}")["attachments"]}


@pytest.fixture
def report(run, sandbox, store, tmp_path):
    """`report("a.jpg", …)`: a new report with these documents, in the store; its number."""

    def make(*names, user="membre"):
        body = {"geometry": "POINT(2.35 48.85)", "comment": "Des documents", "community": 375}
        number = call(sandbox, "POST", "/reports", user, json=body)["id"]
        files = [("a", (name, name.encode())) for name in names]
        call(sandbox, "POST", f"/reports/{number}/attachments", user, files=files)
        parameters = {"CONNECTION": str(sandbox.connection), "STORE": str(store), "MODE": "update"}
        run("downloadreports", **parameters)
        sandbox.clear_journal()
        return number

    return make


@pytest.fixture
def delete(run, sandbox, store):
    def call(**parameters):
        return run("deleteattachment", CONNECTION=str(sandbox.connection), STORE=str(store), **parameters)

    return call


def stored(store, number):
    with contextlib.closing(sqlite3.connect(store)) as connection:
        sql = 'SELECT "Fichier" FROM "Document_EC" WHERE "NoSignalement" = ? ORDER BY 1'
        return [row[0] for row in connection.execute(sql, (number,))]


def deletions(sandbox):
    return [entry["path"] for entry in sandbox.journal("attachments") if entry["method"] == "DELETE"]


def test_by_number_and_by_name(delete, report, there, store, sandbox):
    number = report("a.jpg", "b.JPG", "c.pdf", "d.txt")
    found = delete(DOCUMENT_IDS=f"{there(number)['c.pdf']};", IDS=str(number), NAME="*.jpg", OUTPUT="TEMPORARY_OUTPUT")
    assert (found["SENT_COUNT"], found["IDS"]) == (3, str(number))
    assert list(there(number)) == stored(store, number) == ["d.txt"]
    assert [f["outcome"] for f in found["OUTPUT"].getFeatures()] == ["sent"] * 3
    assert len(deletions(sandbox)) == 3


def test_a_dry_run(delete, report, there, sandbox):
    number = report("a.jpg")
    assert delete(IDS=str(number), NAME="*", DRY_RUN=True)["PLANNED_COUNT"] == 1
    assert list(there(number)) == ["a.jpg"] and not deletions(sandbox)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "Which documents[?] Give their numbers"),
        ({"IDS": "1001"}, "Which documents[?] Give their numbers"),
        ({"DOCUMENT_IDS": "1", "IDS": "1001"}, "Which documents[?] Give their numbers"),
        ({"NAME": "*"}, "Which reports[?]"),
        ({"DOCUMENT_IDS": "12, x; 9.5"}, "DOCUMENT_IDS: “x, 9.5” is no number of a document"),
        ({"DOCUMENT_IDS": "999999 999998"}, "The store has no documents 999999, 999998. Download the reports again"),
        ({"IDS": "1 2", "NAME": "*", "MAX_COUNT": 1}, "MAX_COUNT allows 1"),
        ({"IDS": "999999", "NAME": "*"}, "Report 999999 is not there, or is hidden from you"),
    ],
)
def test_what_makes_no_sense(delete, sandbox, parameters, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        delete(**parameters)
    assert not deletions(sandbox)


def test_of_others(delete, report, there):
    number = report("a.jpg", user="admin")
    with pytest.raises(QgsProcessingException) as refused:
        delete(IDS=str(number), NAME="*")
    assert f"Report {number}: your account may not change its documents." in str(refused.value)
    assert list(there(number)) == ["a.jpg"]
