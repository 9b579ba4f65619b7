"""Who may use a restricted service: permissions on one side, keys and their accesses on the other."""

from datetime import datetime, timedelta, timezone

import pytest

from geocollab.client import auth, errors
from geocollab.client.entrepot import configurations, datastores, keys, permissions, users
from geocollab.client.entrepot.api import Entrepot
from geocollab.client.entrepot.permissions import Permission
from tests.client.entrepot.conftest import layer_name, settled


@pytest.fixture
def restricted(datastore, sandbox, infos):
    """A WFS on a private endpoint."""
    found = datastores.get(datastore).endpoints
    private = next(e.id for e in found if e.type == "WFS" and not e.open and e.free)
    made = configurations.create(datastore, "WFS", "réservé", layer_name(), infos)
    offering = configurations.offer(datastore, made.id, private, open=False)
    assert settled(datastore, offering.id).status == "PUBLISHED"
    sandbox.clear_journal()
    return offering.id


@pytest.fixture
def consumer(sandbox, make_session, entrepot):
    """Somebody else."""
    api = Entrepot(make_session(auth.bearer(sandbox.token("contributeur"))), entrepot.root)
    sandbox.clear_journal()
    return api


@pytest.fixture
def beneficiary(consumer, sandbox):
    id = users.me(consumer).id
    sandbox.clear_journal()
    return id


def delete_key(api, id):
    api.session.request("DELETE", api.url(f"users/me/keys/{id}"))


def test_from_the_permission_to_the_access(datastore, asked, restricted, consumer, beneficiary):
    end = datetime(2035, 6, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))
    (given,) = permissions.create(datastore, "Licence é", [restricted], users=[beneficiary], end=end)
    assert (given.licence, given.offerings, given.beneficiary) == ("Licence é", [restricted], beneficiary)
    assert given.end_date.startswith("2035-06-01T12:30:00")
    body = {
        "licence": "Licence é", "offerings": [restricted], "only_oauth": False, "type": "ACCOUNT",
        "users": [beneficiary], "end_date": "2035-06-01T12:30:00Z",
    }  # fmt: skip
    assert asked()[0] == ("POST", "./permissions", [], body)
    assert [found.id for found in permissions.permissions.list(datastore, offering=restricted)] == [given.id]

    (seen,) = [found for found in keys.granted(consumer) if found.id == given.id]
    assert seen.raw["licence"] == "Licence é"
    whole = keys.permission(consumer, given.id)
    assert whole.raw["offerings"][0]["urls"][0]["type"] == "WFS"

    key = keys.create_key(consumer, "ma clé", "HASH", {"hash": "secret-de-test"}, whitelist=["10.0.0.0/8"])
    assert keys.key(consumer, key.id).hash == "secret-de-test"
    keys.create_access(consumer, key.id, [restricted], given.id)
    (access,) = keys.accesses(consumer, key.id)
    assert (access.permission, access.offering) == (given.id, restricted)
    assert asked()[-2] == (
        "POST", f"users/me/keys/{key.id}/accesses", [], {"offerings": [restricted], "permission": given.id},
    )  # fmt: skip
    delete_key(consumer, key.id)
    permissions.permissions.delete(datastore, given.id)
    with pytest.raises(errors.NotFound):
        permissions.permissions.get(datastore, given.id)


def test_a_permission_for_a_community(datastore, sandbox, asked, restricted):
    sdis = sandbox.entrepot()["ids"]["community"]["sdis"]
    (given,) = permissions.create(datastore, "Licence", [restricted], communities=[sdis], only_oauth=True)
    assert given.beneficiary == sdis
    body = {
        "licence": "Licence", "offerings": [restricted], "only_oauth": True, "type": "COMMUNITY", "communities": [sdis],
    }  # fmt: skip
    assert asked()[0] == ("POST", "./permissions", [], body)
    changed = permissions.permissions.change(datastore, given.id, {"licence": "Autre"})
    assert changed.licence == "Autre"


def test_a_permission_for_nobody(datastore, restricted):
    with pytest.raises(errors.Invalid) as caught:
        permissions.create(datastore, "Licence", [restricted])
    assert caught.value.server_message


def test_keys_are_listed_without_their_secrets(consumer, asked):
    made = keys.create_key(consumer, "liste", "HASH", {"hash": "un-secret-qui-dure"})
    try:
        (listed,) = [key for key in keys.keys(consumer) if key.id == made.id]
        assert (listed.name, listed.type, listed.hash) == ("liste", "HASH", "")
        keys.change_key(consumer, made.id, {"name": "autre", "referer": "https://a.invalid/%*"})
        read = keys.key(consumer, made.id)
        assert (read.name, read.raw["referer"]) == ("autre", "https://a.invalid/%*")
        assert asked()[0][3].keys() == {"name", "type", "type_infos"}
        assert "un-secret-qui-dure" not in str(errors.Invalid("POST", "", server_message="refusé : un-secret-qui-dure"))
        assert "un-secret-qui-dure" not in repr(read)
    finally:
        delete_key(consumer, made.id)


def test_a_drawn_key_is_secret_too(consumer):
    made = keys.create_key(consumer, "tirée", "HASH", {})
    try:
        secret = keys.key(consumer, made.id).hash
        assert len(secret) > 15
        assert secret not in str(errors.NotFound("GET", f"http://a.invalid/wfs?apikey={secret}&x={secret}"))
    finally:
        delete_key(consumer, made.id)


@pytest.mark.parametrize(
    ("type", "type_infos", "secret"),
    [
        ("BASIC", {"login": "agent", "password": "mot-de-passe-é"}, "mot-de-passe-é"),  # pragma: allowlist secret
        ("HEADER", {"headers": {"X-Cle": "valeur-secrète"}}, "valeur-secrète"),
        ("HASH", {"hash": "hachage-secret"}, "hachage-secret"),
    ],
)
def test_what_the_server_repeats_of_a_secret_is_hidden(odd, type, type_infos, secret):
    from tests.client.raw_server import echo

    datastore, _server = odd(echo)
    with pytest.raises(errors.Invalid) as caught:
        keys.create_key(datastore.api, "clé", type, type_infos)
    said = caught.value.server_message + str(errors.Invalid(server_message=f"x {secret} y"))
    assert secret not in said and "***" in said


def test_an_access_without_permission_sends_none(odd):
    from tests.client.raw_server import reply

    datastore, server = odd(reply(204))
    keys.create_access(datastore.api, "k", iter(["o"]))
    assert server.requests[0].endswith('{"offerings": ["o"]}')


@pytest.mark.parametrize(
    ("row", "access"),
    [
        ({"_id": "a", "offering": {"_id": "o"}, "permission": {"_id": "p"}}, ("a", "p", "o")),
        ({"_id": "a", "offering": "o", "permission": None}, ("a", "", "o")),
        ({"_id": "a"}, ("a", "", "")),
    ],
)
def test_accesses_in_odd_forms(odd, row, access):
    (read,) = keys.accesses(odd([row])[0].api, "k")
    assert read[:3] == access


@pytest.mark.parametrize("id", ["../me", "", "a/b"])
@pytest.mark.parametrize(
    "act", [keys.key, keys.accesses, keys.permission,
            lambda api, id: keys.create_access(api, id, []),
            lambda api, id: keys.change_key(api, id, {})],
)  # fmt: skip
def test_what_is_no_id_is_never_sent(odd, act, id):
    datastore, server = odd({})
    with pytest.raises(errors.NotFound):
        act(datastore.api, id)
    assert server.requests == []


@pytest.mark.parametrize(
    ("raw", "offerings", "beneficiary"),
    [
        ({"offerings": ["o"], "beneficiary": {"_id": "b"}}, ["o"], "b"),
        ({"offerings": [{"_id": "o"}], "beneficiary": "b"}, ["o"], "b"),
        ({"offerings": None, "beneficiary": None}, [], ""),
    ],
)
def test_permissions_in_odd_forms(raw, offerings, beneficiary):
    read = Permission("p", raw)
    assert (read.offerings, read.beneficiary, read.end_date) == (offerings, beneficiary, "")
