"""Processings and their executions: what is asked for, what comes back, in which forms."""

import pytest

from geocollab.client import errors
from geocollab.client.entrepot import processings as api
from geocollab.client.entrepot import uploads
from geocollab.client.entrepot.processings import Execution, Processing, executions, processings
from geocollab.client.entrepot.stored_data import stored_data
from geocollab.client.waiting import wait

CSV = "id;lon;lat\n1;2.5;48.5\n2;2.6;48.6\n"
INTEGRATION = "Intégration de données vecteur livrées en base"
OUTPUT = {"stored_data": {"name": "points en base", "storage_tags": ["VECTEUR"]}}


def ended(datastore, collection, id, states):
    """The entity once its status is one of these."""
    read = lambda: collection.get(datastore, id)  # noqa: E731
    return wait(datastore.session, read, lambda found: found.status in states, limit=60)


@pytest.fixture
def closed(datastore, sandbox, tmp_path):
    """A delivery of points that was found good."""
    file = tmp_path / "points.csv"
    file.write_text(CSV)
    made = uploads.create(datastore, "points", "", "VECTOR", "EPSG:4326")
    uploads.send_file(datastore, made.id, file, "data/points.csv")
    uploads.close(datastore, made.id)
    assert ended(datastore, uploads.uploads, made.id, ("CLOSED", "UNSTABLE")).status == "CLOSED"
    sandbox.clear_journal()
    return made.id


@pytest.fixture
def integration(sandbox):
    return sandbox.entrepot()["ids"]["processing"][INTEGRATION]


def test_what_a_processing_takes_and_makes(datastore, asked, integration):
    listed = {processing.name: processing for processing in processings.list(datastore)}
    assert listed[INTEGRATION].inputs == (frozenset({"VECTOR"}), frozenset())
    whole = processings.get(datastore, integration)
    assert (whole.output, whole.inputs) == ("VECTOR-DB", (frozenset({"VECTOR"}), frozenset()))
    assert whole.parameters["srs"]["mandatory"] is False
    query = [("fields", "name,description,input_types,output_types"), ("page", "1"), ("limit", "50")]
    assert asked() == [("GET", "./processings", query, ""), ("GET", f"./processings/{integration}", [], "")]


def test_from_a_delivery_to_a_database(datastore, asked, closed, integration):
    made = api.create(datastore, integration, uploads=[closed], output=OUTPUT, parameters={"srs": "EPSG:2154"})
    kind, data = made.output
    assert (made.status, made.processing, kind) == ("CREATED", integration, "stored_data")
    assert made.parameters["srs"] == "EPSG:2154"
    assert stored_data.get(datastore, data).status == "CREATED"
    api.launch(datastore, made.id)
    done = ended(datastore, executions, made.id, api.FINAL)
    assert (done.status, done.output) == ("SUCCESS", (kind, data)), api.logs(datastore, made.id)
    read = stored_data.get(datastore, data)
    assert (read.status, read.type, read.name, read.srs) == ("GENERATED", "VECTOR-DB", "points en base", "EPSG:2154")
    (relation,) = read.relations
    assert relation.name == "points" and relation.type == "TABLE"
    assert {"id", "geom", "ogc_fid"} <= set(relation.attributes) and relation.primary_key == ("ogc_fid",)
    body = {
        "processing": integration, "inputs": {"upload": [closed]}, "output": OUTPUT, "parameters": {"srs": "EPSG:2154"},
    }  # fmt: skip
    assert asked()[0] == ("POST", "./processings/executions", [], body)
    assert ("POST", f"./processings/executions/{made.id}/launch", [], "") in asked()
    (found,) = executions.list(datastore, output_stored_data=data)
    assert found.id == made.id
    with pytest.raises(errors.Conflict):
        api.launch(datastore, made.id)


def test_an_execution_that_is_aborted(datastore, sandbox, asked, closed, integration):
    sandbox.entrepot_settings(execution_seconds=-1)
    try:
        made = api.create(datastore, integration, uploads=[closed], output=OUTPUT)
        api.launch(datastore, made.id)
        api.abort(datastore, made.id)
        assert ("POST", f"./processings/executions/{made.id}/abort", [], "") in asked()
        assert ended(datastore, executions, made.id, api.FINAL).status == "ABORTED"
    finally:
        sandbox.reset_entrepot_settings()


def test_an_execution_that_fails_says_why(datastore, sandbox, closed, integration):
    line = "2026-07-24 00:12:00,981ERROR||integration||12||La table points est vide"
    sandbox.faults({"kind": "execution", "status": "FAILURE", "logs": [line]})
    made = api.create(datastore, integration, uploads=[closed], output=OUTPUT)
    api.launch(datastore, made.id)
    assert ended(datastore, executions, made.id, api.FINAL).status == "FAILURE"
    assert line in api.logs(datastore, made.id)


@pytest.mark.parametrize("output", [{"stored_data": {"name": "x", "storage_tags": ["ABSENT"]}}, {"stored_data": {}}])
def test_an_output_that_cannot_be(datastore, closed, integration, output):
    with pytest.raises((errors.NotFound, errors.Invalid)) as caught:
        api.create(datastore, integration, uploads=[closed], output=output)
    assert caught.value.server_message


def test_inputs_are_sent_where_there_are_any(odd):
    datastore, server = odd({"_id": "e"})
    api.create(datastore, "p", uploads=iter(["u"]), stored_data=iter([]), output={"upload": {"name": "x"}})
    assert '"inputs": {"upload": ["u"]}' in server.requests[0]
    api.create(datastore, "p", stored_data=("s",), output={"stored_data": {"id": "s"}})
    assert '"inputs": {"stored_data": ["s"]}' in server.requests[1]
    assert '"parameters": {}' in server.requests[1]


@pytest.mark.parametrize(
    ("raw", "output"),
    [
        ({"output": {"stored_data": {"_id": "s"}}}, ("stored_data", "s")),
        ({"output": {"stored_data": [{"_id": "s"}]}}, ("stored_data", "s")),
        ({"output": {"stored_data": "s"}}, ("stored_data", "s")),
        ({"output": {"stored_data": None, "upload": {"_id": "u"}}}, ("upload", "u")),
        ({"output": {}}, ("", "")),
        ({"output": None}, ("", "")),
        ({}, ("", "")),
    ],
)
def test_outputs_in_odd_forms(raw, output):
    assert Execution("e", raw).output == output


@pytest.mark.parametrize(
    ("raw", "parameters"),
    [
        ({"parameters": {"a": 1, "b": ["2"]}}, {"a": 1, "b": ["2"]}),
        ({"parameters": [{"name": "a", "value": 1}, {"name": "b", "value": ["2"]}]}, {"a": 1, "b": ["2"]}),
        ({"parameters": [{"name": "a"}, {"value": 1}, 3]}, {"a": None}),
        ({"parameters": []}, {}),
        ({"parameters": None}, {}),
    ],
)
def test_parameters_come_as_object_or_list(raw, parameters):
    assert Execution("e", raw).parameters == parameters


@pytest.mark.parametrize(
    ("raw", "inputs", "output"),
    [
        ({}, (set(), set()), ""),
        ({"input_types": {"upload": ["VECTOR"]}, "output_type": {"stored_data": "X"}}, ({"VECTOR"}, set()), "X"),
        ({"input_types": {"stored_data": ["A", "B"]}, "output_type": {"upload": "U"}}, (set(), {"A", "B"}), "U"),
        ({"input_types": None, "output_type": []}, (set(), set()), ""),
    ],
)
def test_processings_in_odd_forms(raw, inputs, output):
    assert (Processing("p", raw).inputs, Processing("p", raw).output) == (inputs, output)
