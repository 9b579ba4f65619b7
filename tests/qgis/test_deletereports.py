"""Deleting reports through Processing."""

import pytest
from qgis.core import QgsProcessingException

from geocollab.provider.project.layers import add_reports
from tests.workflows.office import ESPACE


@pytest.fixture
def delete(run, office, office_server):
    connection = str(office_server.connection_for("membre", requests_per_second=0))

    def call(**parameters):
        return run("deletereports", **{"CONNECTION": connection, "STORE": str(office.path), **parameters})

    return call


def test_deleted_reports_vanish_from_the_map(delete, office, project, tmp_path):
    first, second = office.make(), office.make()
    office.download()
    reports = add_reports(project, office.path, "Reports")["Signalement"]
    before, page = reports.featureCount(), tmp_path / "deleted.html"
    found = delete(IDS=f"{first},{second},99999999", OUTPUT="TEMPORARY_OUTPUT", REPORT=str(page))
    assert (found["SENT_COUNT"], found["IDS"]) == (3, f"{first},{second},99999999")
    assert [feature["detail"] for feature in found["OUTPUT"].getFeatures()][-1] == "Report 99999999 was gone already."
    assert office.get(first) is None and office.get(second) is None
    assert reports.featureCount() == before - 2 and not list(reports.getFeatures(f'"id" = {first}'))
    assert "Trottoir affaissé" in page.read_text(encoding="utf-8")


def test_by_filter_and_by_selection(delete, office, project):
    test, chosen = office.make(status="test", comment="À effacer"), office.make()
    office.download()
    assert delete(FILTER="\"Message\" = 'À effacer'")["IDS"] == str(test)
    reports = add_reports(project, office.path, "Reports")["Signalement"]
    reports.selectByIds([chosen])
    assert delete()["IDS"] == str(chosen) and office.get(chosen) is None


def test_a_dry_run_and_what_is_refused(delete, office):
    mine, foreign = office.make(), office.make("gestionnaire", community=96, attributes=ESPACE)
    found = delete(IDS=f"{mine} {foreign}", DRY_RUN=True, OUTPUT="TEMPORARY_OUTPUT")
    assert found["PLANNED_COUNT"] == 2 and office.get(mine)
    assert [bool(feature["detail"]) for feature in found["OUTPUT"].getFeatures()] == [False, True]
    with pytest.raises(QgsProcessingException, match=f"You may not delete report {foreign}: its author may"):
        delete(IDS=str(foreign))
    with pytest.raises(QgsProcessingException, match="Which reports"):
        delete()
    with pytest.raises(QgsProcessingException, match="MAX_COUNT allows 1"):
        delete(IDS=f"{mine} {foreign}", MAX_COUNT=1)
    assert office.get(mine) and office.get(foreign)
