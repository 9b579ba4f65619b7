"""Permissions through Processing: dates in the zone of the user, table, page and numbers."""

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from qgis.core import QgsProcessingException

from tests.qgis.served_data import written


@pytest.fixture
def restricted(serve, request):
    """The name of a restricted WFS of the test's own."""
    name = f"r_{abs(hash(request.node.name)):x}"[:20]
    serve("publishwfs", STORED_DATA="cantons", LAYER_NAME=name, RESTRICTED=True, ADD_TO_PROJECT=False)
    return name


@pytest.fixture
def grant(serve, restricted):
    def call(**parameters):
        given = {"LAYERS": restricted, "COMMUNITIES": "sdis", "LICENCE": "Licence ouverte", **parameters}
        return serve("setpermissions", **given)

    return call


def sent(process):
    posted = [entry for entry in process.journal("/permissions$") if entry["method"] == "POST"]
    return json.loads(posted[-1]["body"])


def test_given_kept_changed_taken_back(grant, warehouse, tmp_path, feedback):
    first = grant(END="2099-06-30T12:00:00+02:00", OUTPUT="TEMPORARY_OUTPUT", REPORT=str(tmp_path / "p.html"))
    assert (first["NEW_COUNT"], first["COUNT"], first["FAILED_COUNT"]) == (1, 1, 0)
    (row,) = [feature.attributeMap() for feature in first["OUTPUT"].getFeatures()]
    assert (row["outcome"], row["outcome_label"], row["beneficiary"], row["end_date"]) == (
        "created", "given", "Service d'incendie", "2099-06-30T10:00:00Z",
    )  # fmt: skip
    assert feedback.infos[-2] == (
        "Permissions: given (1). Who has one needs a key (“Create a key”), then “Create an access”."
    )
    assert row["permission"] == first["PERMISSIONS"]
    assert "Service d" in Path(first["REPORT"]).read_text(encoding="utf-8")
    warehouse.clear_journal()
    assert grant(END="2099-06-30T10:00:00Z")["UNCHANGED_COUNT"] == 1 and written(warehouse) == []
    assert grant(END="2099-07-01T10:00:00Z")["UPDATED_COUNT"] == 1
    assert grant(REMOVE=True)["REMOVED_COUNT"] == 1
    assert feedback.infos[-2] == "Permissions: taken back (1)."
    assert grant(REMOVE=True)["REMOVED_COUNT"] == 0


@pytest.mark.parametrize("end", ["2099-06-30", date(2099, 6, 30)])
def test_a_date_alone_counts_to_its_end(grant, warehouse, end):
    grant(END=end)
    told = datetime.fromisoformat(sent(warehouse)["end_date"].replace("Z", "+00:00"))
    local = told.astimezone()
    assert (local.date(), local.hour, local.minute) == (date(2099, 6, 30), 23, 59)


def test_a_moment_of_python(grant, warehouse):
    grant(END=datetime(2099, 6, 30, 8, tzinfo=timezone(timedelta(hours=-4))), ONLY_OAUTH=True)
    assert sent(warehouse)["end_date"] == "2099-06-30T12:00:00Z" and sent(warehouse)["only_oauth"] is True


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"LAYERS": ""}, "Which services"),
        ({"COMMUNITIES": ""}, "For whom"),
        ({"LICENCE": ""}, "A new permission needs a licence"),
        ({"END": "2020-01-01"}, "The end of the permission is past"),
        ({"COMMUNITIES": "personne"}, "There is no public community “personne”"),
        ({"LAYERS": "rien"}, r"There is no “rien” among the offerings of the datastore\. (There are|Did you mean)"),
        ({"COMMUNITIES": "qqqqqq"}, "There is no public community “qqqqqq”.* There are: "),
        ({"DATASTORE": "sdis"}, "lacks the right BROADCAST"),
    ],
)
def test_what_is_refused(grant, warehouse, parameters, sentence):
    warehouse.clear_journal()
    with pytest.raises(QgsProcessingException, match=sentence):
        grant(**parameters)
    assert written(warehouse) == []


def test_a_refusal_of_the_server(grant, warehouse, feedback):
    fault = {"kind": "status", "status": 400, "message": "Trop", "method": "POST", "path": "/permissions$"}
    warehouse.faults(fault)
    assert grant()["FAILED_COUNT"] == 1 and "Trop" in feedback.warnings[0]
    warehouse.faults(fault)
    with pytest.raises(QgsProcessingException, match="Trop"):
        grant(FAIL_ON_PROBLEM=True)
