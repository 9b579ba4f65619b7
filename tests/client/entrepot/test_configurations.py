"""Configurations and offerings: made, changed, synchronised, withdrawn in both regimes."""

import contextlib

import pytest

from geocollab.client import errors
from geocollab.client.entrepot import configurations as api
from geocollab.client.entrepot import datastores
from geocollab.client.entrepot.configurations import Configuration, Offering, configurations
from geocollab.client.entrepot.urls import Url
from tests.client.entrepot.conftest import layer_name, settled

BOX = {"west": 2, "south": 48, "east": 3, "north": 49}
ATTRIBUTION = {"title": "Commune", "url": "http://commune.invalid"}
LINK = {"format": "application/xml", "url": "http://a.invalid/fiche", "type": "ISO19115:2003"}


@pytest.fixture
def endpoint(datastore, sandbox):
    """One that takes a WFS of anybody."""
    found = datastores.get(datastore).endpoints
    sandbox.clear_journal()
    return next(e.id for e in found if e.type == "WFS" and e.open and e.free and not e.force_metadata)


@pytest.fixture
def configuration(datastore, infos, sandbox):
    made = api.create(datastore, "WFS", "Routes", layer_name(), infos)
    sandbox.clear_journal()
    return made


@pytest.fixture
def one_phase(sandbox):
    sandbox.entrepot_settings(offering_deletion="one")
    yield
    sandbox.reset_entrepot_settings()


def gone(datastore, id):
    """None once the offering is gone for good; else its status once it does not change any more."""
    with contextlib.suppress(errors.NotFound):
        return settled(datastore, id).status


def test_a_configuration(datastore, asked, infos):
    name = layer_name()
    made = api.create(datastore, "WFS", 'Routes "é"', name, infos, attribution=ATTRIBUTION, metadata=iter([LINK]))
    assert (made.status, made.type, made.layer_name, made.name) == ("UNPUBLISHED", "WFS", name, 'Routes "é"')
    assert made.stored_data == [infos["used_data"][0]["stored_data"]] and made.metadata == [LINK]
    body = {
        "type": "WFS", "name": "Routes \"é\"", "layer_name": name, "type_infos": infos, "attribution": ATTRIBUTION,
        "metadata": [LINK],
    }  # fmt: skip
    assert asked() == [("POST", "./configurations", [], body)]
    (found,) = configurations.list(datastore, layer_name=name, stored_data=made.stored_data[0])
    assert (found, found.status) == (made, "UNPUBLISHED")
    with pytest.raises(errors.Conflict) as caught:
        api.create(datastore, "WFS", "autre", name, infos)
    assert name in caught.value.server_message
    configurations.delete(datastore, made.id)
    with pytest.raises(errors.NotFound):
        configurations.get(datastore, made.id)


def test_another_content_never_names_the_layer_again(datastore, asked, configuration):
    infos = {**configuration.type_infos, "bbox": {**BOX, "west": 1}}
    changed = configurations.replace(datastore, configuration.id, api.body("WFS", "Autre", infos))
    assert (changed.id, changed.name, changed.type_infos["bbox"]["west"]) == (configuration.id, "Autre", 1)
    assert changed.layer_name == configuration.layer_name
    body = {"type": "WFS", "name": "Autre", "type_infos": infos}
    assert asked() == [("PUT", f"./configurations/{configuration.id}", [], body)]


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"bbox": BOX, "used_data": []}, errors.Invalid),
        ({"bbox": BOX}, errors.Invalid),
        ({"bbox": BOX, "used_data": [{"stored_data": "x", "relations": []}]}, errors.Invalid),
    ],
)
def test_a_configuration_that_is_refused_says_why(datastore, wrong, kind):
    with pytest.raises(kind) as caught:
        api.create(datastore, "WFS", "mauvaise", layer_name(), wrong)
    assert "used_data" in caught.value.server_message


def test_an_offering(datastore, sandbox, asked, configuration, endpoint):
    made = api.offer(datastore, configuration.id, endpoint, open=True)
    assert (made.type, made.layer_name, made.endpoint, made.configuration) == (
        "WFS", configuration.layer_name, endpoint, configuration.id,
    )  # fmt: skip
    read = settled(datastore, made.id)
    assert (read.status, read.open) == ("PUBLISHED", True)
    (url,) = read.urls
    assert url.type == "WFS" and url.url.startswith(sandbox.url + "/wfs")
    (listed,) = api.offers(datastore, configuration.id)
    assert (listed.id, listed.status, listed.endpoint, listed.urls) == (made.id, "PUBLISHED", endpoint, read.urls)
    path = f"./configurations/{configuration.id}/offerings"
    assert asked()[0] == ("POST", path, [], {"endpoint": endpoint, "open": True})
    assert configurations.get(datastore, configuration.id).status == "PUBLISHED"
    with pytest.raises((errors.Conflict, errors.Invalid)) as caught:
        api.offer(datastore, configuration.id, endpoint, open=True)
    assert caught.value.server_message


def test_synchronisation(datastore, asked, configuration, endpoint):
    id = api.offer(datastore, configuration.id, endpoint, open=True).id
    assert settled(datastore, id).status == "PUBLISHED"
    api.synchronise(datastore, id)
    assert asked()[-1] == ("PUT", f"./offerings/{id}", [], "")
    assert settled(datastore, id).status == "PUBLISHED"


def test_withdrawal_in_two_steps(datastore, asked, configuration, endpoint):
    id = api.offer(datastore, configuration.id, endpoint, open=True).id
    assert settled(datastore, id).status == "PUBLISHED"
    api.withdraw(datastore, id)
    assert asked()[-1] == ("DELETE", f"./offerings/{id}", [], "")
    assert gone(datastore, id) == "UNPUBLISHED"
    with pytest.raises(errors.Conflict):
        configurations.delete(datastore, configuration.id)
    api.withdraw(datastore, id)
    assert gone(datastore, id) is None
    configurations.delete(datastore, configuration.id)


def test_withdrawal_in_one_step(datastore, one_phase, configuration, endpoint):
    id = api.offer(datastore, configuration.id, endpoint, open=True).id
    assert settled(datastore, id).status == "PUBLISHED"
    api.withdraw(datastore, id)
    assert gone(datastore, id) is None
    configurations.delete(datastore, configuration.id)


@pytest.mark.parametrize("fault", [{"kind": "lost_answer"}, {"kind": "status", "status": 502}])
def test_a_withdrawal_is_sent_once_whatever_comes_back(datastore, sandbox, configuration, endpoint, quick, fault):
    """A second DELETE would remove for good what the first one only took off the services."""
    id = api.offer(datastore, configuration.id, endpoint, open=True).id
    assert settled(datastore, id).status == "PUBLISHED"
    sandbox.faults({**fault, "method": "DELETE", "path": "/offerings/"})
    sandbox.clear_journal()
    with pytest.raises((errors.Unreachable, errors.ServerFault)):
        api.withdraw(datastore, id)
    assert len([entry for entry in sandbox.journal("/offerings/") if entry["method"] == "DELETE"]) == 1
    assert gone(datastore, id) == ("UNPUBLISHED" if fault["kind"] == "lost_answer" else "PUBLISHED")


def test_an_offer_whose_answer_was_lost_is_made_once(datastore, sandbox, configuration, endpoint, quick):
    sandbox.faults({"kind": "lost_answer", "method": "POST", "path": "/offerings$"})
    with pytest.raises(errors.Unreachable):
        api.offer(datastore, configuration.id, endpoint, open=True)
    assert len(api.offers(datastore, configuration.id)) == 1


def test_permissions_go_with_the_offer_where_there_are_any(odd):
    datastore, server = odd({"_id": "o"})
    api.offer(datastore, "c", "e", open=False, permissions=iter(["p"]))
    assert server.requests[0].endswith('{"endpoint": "e", "open": false, "permissions": ["p"]}')


@pytest.mark.parametrize(
    ("raw", "urls", "configuration", "endpoint"),
    [
        ({"urls": ["http://a"], "configuration": "c", "endpoint": "e"}, (Url("", "http://a"),), "c", "e"),
        (
            {"urls": [{"type": "WMTS", "url": "http://a"}, {"type": "TMS", "url": "http://b"}],
             "configuration": {"_id": "c"}, "endpoint": {"_id": "e"}},
            (Url("WMTS", "http://a"), Url("TMS", "http://b")), "c", "e",
        ),
        ({"urls": []}, (), "", ""),
        ({"urls": None}, (), "", ""),
    ],
)  # fmt: skip
def test_offerings_in_odd_forms(raw, urls, configuration, endpoint):
    read = Offering("o", raw)
    assert (read.urls, read.configuration, read.endpoint) == (urls, configuration, endpoint)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ({"type_infos": {"used_data": [{"stored_data": "a"}, {"stored_data": {"_id": "b"}}]}}, ["a", "b"]),
        ({"type_infos": {"used_data": {"stored_data": "a"}}}, ["a"]),
        ({"type_infos": {"used_data": [{}]}}, []),
        ({"type_infos": None}, []),
    ],
)
def test_configurations_in_odd_forms(raw, stored):
    assert Configuration("c", raw).stored_data == stored
