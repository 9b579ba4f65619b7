"""`followexecution`: executions, checks and deliveries, how they are doing, their logs; waited for and aborted."""

import contextlib

import pytest
from qgis.core import QgsProcessingException

from tests.qgis.delivered import cantons, rows, unique, writes


@pytest.fixture
def upload(geo, tmp_path):
    given = {"INPUT": [str(cantons(tmp_path))], "NAME": unique("delivery"), "TYPE": "VECTOR", "CRS": "EPSG:4326"}
    return geo("uploadfiles", **given)["UPLOAD"]


@pytest.fixture
def stuck(geo, upload, writable, monkeypatch):
    """The id of an execution that does not end."""
    from geocollab.workflows.entrepot.delivery import executing

    writable.faults({"kind": "execution", "status": "PROGRESS", "logs": ["Encore au travail"]})
    with monkeypatch.context() as patch:
        patch.setattr(executing, "PATIENCE", 0.3)
        with pytest.raises(QgsProcessingException, match=r"has not come to an end"):
            geo("integratevector", UPLOAD=upload, NAME=unique("stuck"))
    (made,) = writable.journal("/launch$")
    return made["path"].split("/")[-2]


@contextlib.contextmanager
def having(server, *rights):
    """The account has these rights alone."""
    ids = server.entrepot()["ids"]
    community, member = ids["community"]["montreuil"], ids["user"]["membre"]
    before = server.entrepot_entity("community", id=community)["private"]
    only = {**before, "members": {**before["members"], member: list(rights)}}
    server.entrepot_entity("community", id=community, private=only)
    try:
        yield
    finally:
        server.entrepot_entity("community", id=community, private=before)


def test_an_execution_with_its_log(geo, upload, tmp_path):
    made, page = geo("integratevector", UPLOAD=upload, NAME=unique("database")), tmp_path / "log.html"
    found = geo("followexecution", ID=made["EXECUTION"], OUTPUT="TEMPORARY_OUTPUT", REPORT=str(page))
    assert (found["KIND"], found["STATUS"], found["STORED_DATA"]) == ("execution", "SUCCESS", made["STORED_DATA"])
    lines = rows(found["OUTPUT"])
    assert found["LINE_COUNT"] == len(lines) > 0 and [line["number"] for line in lines] == list(
        range(1, len(lines) + 1)
    )
    assert {line["source"] for line in lines} == {"Intégration de données vecteur livrées en base"}
    text = page.read_text(encoding="utf-8")
    assert "SUCCESS" in text and lines[-1]["message"] in text and made["EXECUTION"] in text


def test_a_delivery_by_its_name_with_all_its_checks(geo, upload, tmp_path):
    found = geo("followexecution", ID=upload, OUTPUT="TEMPORARY_OUTPUT")
    assert (found["KIND"], found["STATUS"], found["UPLOAD"], found["STORED_DATA"]) == ("upload", "CLOSED", upload, "")
    assert {row["source"] for row in rows(found["OUTPUT"])} == {"Vérification standard", "Vérification vecteur"}


def test_why_a_delivery_was_not_closed_well(geo, tmp_path, feedback):
    name = unique("wrong")
    with pytest.raises(QgsProcessingException):
        geo("uploadfiles", INPUT=[str(cantons(tmp_path))], NAME=name, TYPE="VECTOR", CRS="EPSG:2154")
    found = geo("followexecution", ID=name, OUTPUT="TEMPORARY_OUTPUT")
    assert found["STATUS"] == "UNSTABLE" and found["ERROR_COUNT"] == 1
    assert any("EPSG:2154" in info for info in feedback.infos), "the reason is told at once"
    with pytest.raises(QgsProcessingException, match=rf"Delivery “{name}”: unusable \(unstable\). .*EPSG:2154"):
        geo("followexecution", ID=name, FAIL_ON_PROBLEM=True)


def test_a_check(geo, upload):
    table = geo("closeupload", UPLOAD=upload, OUTPUT="TEMPORARY_OUTPUT")["OUTPUT"]
    check = rows(table)[0]
    found = geo("followexecution", ID=check["execution"])
    assert (found["KIND"], found["STATUS"]) == ("check", "SUCCESS")


def test_an_execution_is_aborted(geo, stuck, writable, feedback):
    assert geo("followexecution", ID=stuck)["STATUS"] == "PROGRESS"
    found = geo("followexecution", ID=stuck, ABORT=True, WAIT=True)
    assert found["STATUS"] == "ABORTED" and ("POST", "abort") in writes(writable)
    assert any("was told to abort" in info for info in feedback.infos)
    with pytest.raises(QgsProcessingException, match=r"is not running \(ABORTED\): there is nothing to abort"):
        geo("followexecution", ID=stuck, ABORT=True)


def test_the_checks_of_a_delivery_are_stopped(geo, tmp_path, writable, monkeypatch):
    from geocollab.workflows.entrepot.delivery import closing

    name = unique("checking")
    writable.entrepot_settings(check_seconds=-1)
    monkeypatch.setattr(closing, "PATIENCE", 0.2)
    with pytest.raises(QgsProcessingException, match=r"have not come to an end"):
        geo("uploadfiles", INPUT=[str(cantons(tmp_path))], NAME=name, TYPE="VECTOR", CRS="EPSG:4326")
    found = geo("followexecution", ID=name, ABORT=True, WAIT=True)
    assert found["STATUS"] == "UNSTABLE"


def test_who_may_deliver_stops_checks_and_no_executions(geo, stuck, tmp_path, writable, monkeypatch):
    from geocollab.workflows.entrepot.delivery import closing

    name = unique("checking")
    writable.entrepot_settings(check_seconds=-1)
    monkeypatch.setattr(closing, "PATIENCE", 0.2)
    with pytest.raises(QgsProcessingException, match=r"have not come to an end"):
        geo("uploadfiles", INPUT=[str(cantons(tmp_path))], NAME=name, TYPE="VECTOR", CRS="EPSG:4326")
    with having(writable, "UPLOAD"):
        assert geo("followexecution", ID=name, ABORT=True, WAIT=True)["STATUS"] == "UNSTABLE"
        with pytest.raises(QgsProcessingException, match=r"lacks the right PROCESSING"):
            geo("followexecution", ID=stuck, ABORT=True)
    with having(writable, "PROCESSING"):
        with pytest.raises(QgsProcessingException, match=r"lacks the right UPLOAD"):
            geo("followexecution", ID=name, ABORT=True)
        assert geo("followexecution", ID=stuck, ABORT=True, WAIT=True)["STATUS"] == "ABORTED"


@pytest.mark.parametrize("status", ["GENERATING", "MODIFYING"])
def test_a_delivery_that_is_being_made_is_not_told_to_abort(geo, upload, writable, feedback, status):
    writable.entrepot_entity("uploads", id=upload, status=status)
    writable.clear_journal()
    with pytest.raises(QgsProcessingException, match=rf"is {status}: an execution writes it, .* Nothing was aborted"):
        geo("followexecution", ID=upload, ABORT=True)
    assert writes(writable) == [] and not any("was told to abort" in info for info in feedback.infos)


def test_a_cancel_of_the_waiting_leaves_it_alone(geo, stuck, writable, feedback):
    feedback.pushInfo = lambda text: feedback.cancel()
    with pytest.raises(QgsProcessingException, match=r"Stopped before the end\. It continues on the server"):
        geo("followexecution", ID=stuck, WAIT=True)
    assert ("POST", "abort") not in writes(writable)


def test_what_is_not_there(geo):
    with pytest.raises(QgsProcessingException, match=r"There is no execution, check or delivery “00000000-"):
        geo("followexecution", ID="00000000-0000-4000-8000-000000000000")
    with pytest.raises(QgsProcessingException, match=r"There is no “nothing of the kind”"):
        geo("followexecution", ID="nothing of the kind")


def test_secrets_in_a_log_are_hidden(geo, upload, writable):
    writable.faults({"kind": "execution", "logs": ["GET http://example.org/wms?apikey=tout-a-fait-secret failed"]})
    name = unique("secret")
    with pytest.raises(QgsProcessingException) as failed:
        geo("integratevector", UPLOAD=upload, NAME=name)
    assert "apikey=***" in str(failed.value) and "tout-a-fait-secret" not in str(failed.value)
