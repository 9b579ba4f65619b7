"""The verbs that all collections share, as the sandbox takes them, and entities in odd forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import errors
from geocollab.client.entrepot import uploads as api
from geocollab.client.entrepot.configurations import Configuration, Offering
from geocollab.client.entrepot.entities import Collection, Entity, id_of, ids_of
from geocollab.client.entrepot.files import Annexe, Metadata, Static
from geocollab.client.entrepot.keys import Key
from geocollab.client.entrepot.permissions import Permission
from geocollab.client.entrepot.processings import Execution, Processing
from geocollab.client.entrepot.stored_data import StoredData
from geocollab.client.entrepot.uploads import Upload, uploads

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = (
    "name", "type", "status", "size", "tags", "extra", "creation", "srs", "open", "layer_name", "type_infos",
    "metadata", "configuration", "endpoint", "urls", "paths", "labels", "published", "file_identifier", "endpoints",
    "processing", "parameters", "output", "input_types", "output_type", "licence", "end_date", "offerings",
    "beneficiary",
)  # fmt: skip
KINDS = (Entity, Upload, StoredData, Processing, Execution, Configuration, Offering, Static, Annexe, Metadata, Key,
         Permission)  # fmt: skip


@pytest.fixture
def upload(datastore, sandbox):
    made = api.create(datastore, "voirie", "essai", "VECTOR", "EPSG:2154")
    sandbox.clear_journal()
    return made.id


def test_what_is_made_is_read_back(datastore, asked):
    made = api.create(datastore, 'Voirie "é\'" <b>', "", "VECTOR", "EPSG:2154")
    assert (made.status, made.size, made.type, made.srs, made.tags) == ("OPEN", 0, "VECTOR", "EPSG:2154", {})
    read = uploads.get(datastore, made.id)
    assert read == made and read.name == 'Voirie "é\'" <b>' and read.creation.startswith("20")
    body = {"name": 'Voirie "é\'" <b>', "description": "", "type": "VECTOR", "srs": "EPSG:2154"}
    assert asked() == [("POST", "./uploads", [], body), ("GET", f"./uploads/{made.id}", [], "")]
    assert "raw=" not in repr(made)


def test_type_infos_are_sent_where_there_are_any(datastore, asked):
    made = api.create(datastore, "index", "", "INDEX", "EPSG:4326", {"is_search_layer": True})
    assert made.raw["type_infos"] == asked()[0][3]["type_infos"] == {"is_search_layer": True}


def test_a_list_says_what_it_would_leave_out(datastore, asked):
    made = api.create(datastore, "chemins ruraux", "", "VECTOR", "EPSG:2154")
    (found,) = uploads.list(datastore, name="CHEM%", type="VECTOR", open=False, status=None, tags={})
    assert (found, found.status, found.size, found.tags) == (made, "OPEN", 0, {})
    fields = "name,description,type,status,srs,size,tags,creation,last_event"
    query = [("name", "CHEM%"), ("type", "VECTOR"), ("open", "false"), ("fields", fields)]
    assert asked()[1] == ("GET", "./uploads", [*query, ("page", "1"), ("limit", "50")], "")


def test_a_list_that_was_not_asked_for_the_status_has_none(datastore, sandbox):
    sandbox.entrepot_entity(
        "stored_data", datastore=datastore.id, name="sans statut", type="ARCHIVE", status="GENERATED", open=False
    )
    (bare,) = Collection("stored_data", StoredData).list(datastore, name="sans statut")
    assert (bare.name, bare.status) == ("sans statut", "")


def test_changes(datastore, asked, upload):
    changed = uploads.change(datastore, upload, {"name": "autre"})
    assert (changed.id, changed.name) == (upload, "autre")
    assert asked() == [("PATCH", f"./uploads/{upload}", [], {"name": "autre"})]


def test_extra_is_merged_with_what_is_there(datastore, asked, upload):
    assert uploads.merge_extra(datastore, upload, {"a": 1, "b": [1]}).extra == {"a": 1, "b": [1]}
    assert uploads.merge_extra(datastore, upload, {"b": None, "c": "é"}).extra == {"a": 1, "b": None, "c": "é"}
    sent = [body for method, _path, _query, body in asked() if method == "PATCH"]
    assert sent == [{"extra": {"a": 1, "b": [1]}}, {"extra": {"a": 1, "b": None, "c": "é"}}]


def test_tags(datastore, asked, upload):
    tags = {"datasheet_name": "Voirie, réseaux & cie", "a,b": "1", "tags[x]": "%"}
    uploads.tag(datastore, upload, tags)
    assert uploads.get(datastore, upload).tags == tags
    (found,) = uploads.list(datastore, tags={"datasheet_name": "Voirie, réseaux & cie"})
    assert (found.id, found.tags) == (upload, tags)
    assert uploads.list(datastore, tags={"datasheet_name": "Voirie"}) == []
    assert ("tags[datasheet_name]", "Voirie, réseaux & cie") in asked()[2][2]


def test_deletion(datastore, asked, upload):
    uploads.delete(datastore, upload)
    assert asked() == [("DELETE", f"./uploads/{upload}", [], "")]
    assert uploads.get(datastore, upload).status == "DELETED"
    with pytest.raises(errors.Conflict) as caught:
        uploads.delete(datastore, upload)
    assert "DELETED" in caught.value.server_message


def test_who_may_not_is_told_why(sandbox, datastore, make_session):
    from geocollab.client import auth
    from geocollab.client.entrepot.api import Entrepot

    stranger = Entrepot(make_session(auth.bearer(sandbox.token("sansgroupe"))), datastore.api.root)
    with pytest.raises(errors.Forbidden) as caught:
        uploads.list(stranger.datastore(datastore.id))
    assert caught.value.server_message
    nobody = Entrepot(make_session(), datastore.api.root)
    with pytest.raises(errors.Unauthorized):
        uploads.list(nobody.datastore(datastore.id))


def test_an_expired_token_is_renewed_once_even_for_a_post(sandbox, sso, datastore, make_session):
    from geocollab.client import auth
    from geocollab.client.entrepot.api import Entrepot

    signed = auth.password_grant(sso, "geocollab-sandbox", "membre", "sandbox-membre")
    mine = Entrepot(make_session(signed), datastore.api.root).datastore(datastore.id)
    uploads.list(mine, name="x")
    sandbox.clear_journal()
    sandbox.faults({"kind": "expired_token", "path": "/uploads$"})
    made = api.create(mine, "après expiration", "", "VECTOR", "EPSG:2154")
    assert [entry["status"] for entry in sandbox.journal("/uploads$")] == [401, 201]
    assert [upload.id for upload in uploads.list(mine, name="après expiration")] == [made.id]


def test_an_answer_that_was_lost_is_found_by_name_and_not_made_twice(sandbox, datastore, quick):
    sandbox.faults({"kind": "lost_answer", "path": "/uploads$"})
    with pytest.raises(errors.Unreachable):
        api.create(datastore, "réponse perdue", "", "VECTOR", "EPSG:2154")
    assert len(sandbox.journal("/uploads$")) == 1
    assert len(uploads.list(datastore, name="réponse perdue")) == 1


@pytest.mark.parametrize("verb", ["change", "replace"])
def test_an_empty_answer_to_a_change_is_read_again(odd, verb):
    from tests.client.raw_server import reply

    datastore, server = odd(reply(204), {"_id": "u", "name": "b"})
    assert getattr(uploads, verb)(datastore, "u", {"name": "b"}).name == "b"
    assert server.requests[1].startswith("GET /api/datastores/some-datastore/uploads/u ")


def test_a_creation_without_an_answer_is_doubtful(odd):
    from tests.client.raw_server import reply

    datastore, _server = odd(reply(201))
    with pytest.raises(errors.MalformedAnswer):
        uploads.create(datastore, {"name": "a"})


@pytest.mark.parametrize(
    ("value", "one", "every"),
    [
        ("a", "a", []),
        ({"_id": "a", "name": "b"}, "a", []),
        (["a", "b"], "a", ["a", "b"]),
        ([{"_id": "a"}, "b", {}, None, ""], "a", ["a", "b"]),
        ([], "", []),
        (None, "", []),
        ({}, "", []),
        ({"id": "a"}, "", []),
    ],
)
def test_ids_come_alone_or_in_objects(value, one, every):
    assert id_of(value) == one
    assert ids_of(value) == every


@pytest.mark.parametrize("kind", KINDS)
@given(raw=st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=8))
def test_no_form_of_a_member_is_an_error(kind, raw):
    entity = kind("a", raw)
    names = [name for name in dir(kind) if isinstance(getattr(kind, name), property)]
    assert "name" in names
    for name in names:
        value = getattr(entity, name)
        hash(repr(value))
        if name in ("name", "type", "status", "creation", "layer_name", "srs", "tms", "licence"):
            assert isinstance(value, str)
    assert all(isinstance(text, str) for text in entity.tags.values())
