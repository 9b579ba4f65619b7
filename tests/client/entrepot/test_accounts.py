"""Who one is, and what a datastore has: as the sandbox says it, and in the forms that were seen elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import auth, errors
from geocollab.client.entrepot import datastores, users
from geocollab.client.entrepot.api import Entrepot
from geocollab.client.entrepot.urls import Url, urls_of
from tests.client.entrepot.test_entities import JSON


def test_the_account_and_its_communities(entrepot, sandbox, asked):
    me = users.me(entrepot)
    assert (me.email, me.name) == ("membre@sandbox.invalid", "Compte membre")
    ids = sandbox.entrepot()["ids"]
    by_name = {membership.technical_name: membership for membership in me.memberships}
    assert {name: m.datastore for name, m in by_name.items() if m.datastore} == ids["datastore"]
    assert by_name["riverains"].datastore == ""
    assert by_name["montreuil"].rights == {"UPLOAD", "PROCESSING", "ANNEX", "BROADCAST"}
    assert by_name["sdis"].rights == {"UPLOAD", "PROCESSING"}
    assert by_name["montreuil"].name == "Commune de Montreuil"
    assert asked() == [("GET", "users/me", [], "")]
    assert "raw=" not in repr(me)


def test_a_supervisor_has_every_right(sandbox, make_session, entrepot):
    boss = Entrepot(make_session(auth.bearer(sandbox.token("admin"))), entrepot.root)
    rights = {m.technical_name: m.rights for m in users.me(boss).memberships}
    assert rights["montreuil"] == set(users.RIGHTS)


@pytest.mark.parametrize(
    ("community", "supervises", "datastore"),
    [
        ({"supervisor": "me", "datastore": "d"}, True, "d"),
        ({"supervisor": {"_id": "me"}, "datastore": {"_id": "d", "active": True}}, True, "d"),
        ({"supervisor": {"_id": "other"}, "datastore": None}, False, ""),
        ({"supervisor": None}, False, ""),
        ({"supervisor": ""}, False, ""),
        (None, False, ""),
    ],
)
def test_communities_in_odd_forms(odd, community, supervises, datastore):
    answer = {"_id": "me", "communities_member": [{"rights": ["UPLOAD", "OTHER"], "community": community}]}
    (membership,) = users.me(odd(answer)[0].api).memberships
    assert membership.rights == (set(users.RIGHTS) if supervises else {"UPLOAD", "OTHER"})
    assert membership.datastore == datastore


def test_an_account_without_an_id_supervises_nothing(odd):
    answer = {"communities_member": [{"community": {"_id": "c"}}, {}, None, "x"]}
    me = users.me(odd(answer)[0].api)
    assert (me.id, me.email, me.name) == ("", "", "")
    assert [m.rights for m in me.memberships] == [frozenset(), frozenset()]


def test_a_datastore(datastore, sandbox, asked):
    info = datastores.get(datastore)
    assert asked() == [("GET", f"datastores/{datastore.id}", [], "")]
    assert (info.id, info.technical_name, info.layer_name_prefix) == (datastore.id, "montreuil", "")
    ids = sandbox.entrepot()["ids"]
    assert set(info.processings) == set(ids["processing"].values())
    assert set(info.checks) == set(ids["check"].values())
    assert info.community == ids["community"]["montreuil"]
    wfs = [endpoint for endpoint in info.endpoints if endpoint.type == "WFS"]
    assert [endpoint.free for endpoint in wfs if endpoint.technical_name.endswith("-complet")] == [False]
    free = {endpoint.open: endpoint for endpoint in wfs if endpoint.free and not endpoint.force_metadata}
    assert set(free) == {True, False}
    assert free[True].urls == (Url("WFS", sandbox.url + "/wfs/geoserver/ows"),)
    assert free[True].use < free[True].quota == 50
    assert [endpoint.force_attribution for endpoint in wfs if endpoint.force_metadata] == [True]
    (tiles,) = [endpoint for endpoint in info.endpoints if (endpoint.type, endpoint.open) == ("WMTS-TMS", True)]
    assert [url.type for url in tiles.urls] == ["WMTS", "TMS"]
    storages = {(storage.kind, label): storage for storage in info.storages for label in storage.labels}
    assert storages["data", "VECTEUR"].type == "POSTGRESQL"
    assert (
        storages["data", "PYRAMIDE"].free == storages["data", "PYRAMIDE"].quota - storages["data", "PYRAMIDE"].use > 0
    )
    assert {"uploads", "annexes"} <= {storage.kind for storage in info.storages}


def test_the_prefixes_of_the_shared_sandbox(entrepot, sandbox):
    info = datastores.get(entrepot.datastore(sandbox.entrepot()["ids"]["datastore"]["decouverte"]))
    assert (info.layer_name_prefix, info.metadata_prefix) == ("SANDBOX", "SANDBOX")


def test_the_organization_with_its_quota(datastore, sandbox, asked):
    community = sandbox.entrepot()["ids"]["community"]["montreuil"]
    found = datastores.organization_of(datastore.api, community)
    assert (found.name, found.uploads_quota) == ("Collectivités du bac à sable", 1000 * 10**9)
    assert [path for _method, path, *_rest in asked()][-2:] == [f"communities/{community}", "catalogs/organizations"]


@pytest.mark.parametrize("organization", [None, "x", {}, {"name": "Sans identifiant"}])
def test_a_community_that_tells_of_no_organization(odd, organization):
    datastore, _server = odd({"_id": "c", "organization": organization})
    assert datastores.organization_of(datastore.api, "c") is None


def test_a_datastore_of_others(entrepot, sandbox, make_session):
    stranger = Entrepot(make_session(auth.bearer(sandbox.token("sansgroupe"))), entrepot.root)
    with pytest.raises((errors.Forbidden, errors.NotFound)):
        datastores.get(stranger.datastore(sandbox.entrepot()["ids"]["datastore"]["sdis"]))


STORAGE = {"use": 5, "quota": "20", "storage": {"_id": "s", "name": "S", "type": "S3", "labels": ["ANNEXE"]}}


@pytest.mark.parametrize("name", ["annexes", "annexe"])
@pytest.mark.parametrize("storage", [STORAGE, [STORAGE]])
def test_storages_of_older_answers(odd, name, storage):
    (read,) = datastores.get(odd({"storages": {name: storage}})[0]).storages
    assert (read.id, read.kind, read.labels, read.use, read.free) == ("s", "annexes", {"ANNEXE"}, 5, 15)


def test_a_datastore_that_says_little(odd):
    info = datastores.get(
        odd({
            "endpoints": [{"endpoint": {"_id": "e", "type": "WFS", "urls": ["http://a/wfs", ""]}}, {}, None],
            "storages": {"data": [{"storage": {"_id": "s"}}]},
            "processings": ["p", {"_id": "q"}],
            "community": "c",
        })[0]
    )  # fmt: skip
    first, second = info.endpoints
    assert (first.urls, first.use, first.quota, first.free) == ((Url("", "http://a/wfs"),), 0, None, True)
    assert second.id == ""
    assert info.storages[0].free is None
    assert info.processings == ("p", "q")
    assert (info.community, info.name, info.layer_name_prefix) == ("c", "", "")


MEMBERS = ("name", "technical_name", "community", "endpoints", "storages", "processings", "checks",
           "configuration_layer_name_prefix", "_id", "email", "communities_member", "first_name")  # fmt: skip
PARTS = ("endpoint", "urls", "use", "quota", "storage", "labels", "data", "uploads", "community", "rights", "datastore",
         "supervisor", "_id", "name", "type", "url")  # fmt: skip
DEEP = st.recursive(
    JSON, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PARTS), inner), max_leaves=8
)


class Fixed:
    """An API whose every answer is this."""

    def __init__(self, body):
        self.body = body

    def get(self, path):
        return self.body


@given(body=st.dictionaries(st.sampled_from(MEMBERS), DEEP))
def test_no_form_of_a_member_is_an_error(body):
    info = datastores.info_of("d", body)
    assert all(isinstance(endpoint.free, bool) and isinstance(endpoint.urls, tuple) for endpoint in info.endpoints)
    assert all(isinstance(storage.use, int) for storage in info.storages)
    me = users.me(Fixed(body))
    assert all(isinstance(member.datastore, str) for member in me.memberships)


@given(value=DEEP)
def test_addresses_are_texts_or_objects(value):
    for url in urls_of(value):
        assert isinstance(url.type, str) and isinstance(url.url, str) and url.url


def test_addresses_of_old_and_new_answers():
    assert urls_of(["http://a", {"type": "TMS", "url": "http://b"}, {"type": "WMS"}, 7, None, {"url": "http://c"}]) == (
        Url("", "http://a"), Url("TMS", "http://b"), Url("", "7"), Url("", "http://c"),
    )  # fmt: skip
