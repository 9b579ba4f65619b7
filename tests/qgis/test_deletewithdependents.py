"""A plan first, then the deletion; table, page and numbers say the same."""

from pathlib import Path

import pytest
from qgis.core import QgsProcessingException

from tests.qgis.served_data import written


@pytest.fixture
def service(serve):
    def publish(name, sheet=""):
        given = {"STORED_DATA": "cantons", "LAYER_NAME": name, "ADD_TO_PROJECT": False, "SHEET": sheet}
        return serve("publishwmsvector", **given)

    return publish


def rows(layer):
    return [feature.attributeMap() for feature in layer.getFeatures()]


def test_only_the_plan_unless_told_otherwise(serve, service, warehouse, tmp_path, feedback):
    service("plan", "Fiche <b>")
    warehouse.clear_journal()
    found = serve(
        "deletewithdependents", NAME="Fiche <b>", OUTPUT="TEMPORARY_OUTPUT", REPORT=str(tmp_path / "plan.html")
    )
    assert written(warehouse) == []
    assert (found["PLANNED_COUNT"], found["DELETED_COUNT"], found["KEPT_COUNT"]) == (4, 0, 0)
    table = rows(found["OUTPUT"])
    assert [row["kind"] for row in table] == ["offering", "configuration", "static", "static"]
    assert {(row["action"], row["outcome"]) for row in table} == {("delete", "planned")}
    page = Path(found["REPORT"]).read_text(encoding="utf-8")
    assert "Fiche &lt;b&gt;" in page and "Fiche <b>" not in page
    assert feedback.infos[-2].startswith("4 things would be deleted. Nothing was deleted: ")
    assert {(row["action_label"], row["outcome_label"]) for row in table} == {("delete", "planned")}


@pytest.mark.parametrize("regime", ["one", "two"])
def test_then_the_deletion(serve, service, warehouse, tmp_path, regime, feedback):
    warehouse.entrepot_settings(offering_deletion=regime)
    made = service(f"gone_{regime}")
    found = serve(
        "deletewithdependents", KIND="service", NAME=f"gone_{regime}", PLAN_ONLY=False, OUTPUT="TEMPORARY_OUTPUT",
        REPORT=str(tmp_path / "gone.html"),
    )  # fmt: skip
    assert (found["DELETED_COUNT"], found["FAILED_COUNT"]) == (4, 0)
    assert [row["outcome"] for row in rows(found["OUTPUT"])] == ["deleted"] * 4
    assert feedback.progress[-1] == 100 and "4 things are deleted." in feedback.infos
    assert "Deleted with" in Path(found["REPORT"]).read_text(encoding="utf-8")
    with pytest.raises(QgsProcessingException, match="There is no"):
        serve("deletewithdependents", KIND="service", NAME=made["OFFERING"], PLAN_ONLY=False)


def test_what_cannot_be_deleted(serve, service, warehouse, feedback):
    service("stubborn")
    fault = {"kind": "status", "status": 409, "message": "Non", "method": "DELETE", "path": "/configurations/"}
    warehouse.faults({**fault, "times": None})
    given = {"KIND": "service", "NAME": "stubborn", "PLAN_ONLY": False}
    found = serve("deletewithdependents", **given)
    assert (found["DELETED_COUNT"], found["FAILED_COUNT"]) == (1, 3)
    assert any("Non" in warning for warning in feedback.warnings)
    warehouse.faults({**fault, "times": None})
    with pytest.raises(QgsProcessingException, match=r"could not be deleted\. Run the operation again later to go on"):
        serve("deletewithdependents", **given, FAIL_ON_PROBLEM=True)
    warehouse.faults()
    assert serve("deletewithdependents", **given)["FAILED_COUNT"] == 0


def test_an_unknown_name(serve, warehouse):
    with pytest.raises(QgsProcessingException, match="There is nothing of a data sheet “rien” in the datastore"):
        serve("deletewithdependents", NAME="rien", PLAN_ONLY=False)
    assert written(warehouse) == []
