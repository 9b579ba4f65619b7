"""Stored data: their tables and levels in all forms, what depends on what."""

import contextlib

import pytest

from geocollab.client import errors
from geocollab.client.entrepot import stored_data as api
from geocollab.client.entrepot.stored_data import Dependencies, Relation, StoredData, stored_data

RELATIONS = [{"name": "routes", "type": "TABLE", "attributes": {"ogc_fid": "integer", "nom": "text"},
              "primary_key": ["ogc_fid"]}]  # fmt: skip


@pytest.fixture
def database(datastore, sandbox):
    """A database that was made behind one's back."""
    made = sandbox.entrepot_entity(
        "stored_data", datastore=datastore.id, name="base", type="VECTOR-DB", status="GENERATED", srs="EPSG:2154",
        open=False, tags={}, size=8192, type_infos={"relations": RELATIONS}, contact="x@sandbox.invalid",
        storage={"type": "POSTGRESQL", "labels": ["VECTEUR"]}, public_activity=False,
    )  # fmt: skip
    sandbox.clear_journal()
    return made["_id"]


def test_a_database(datastore, asked, database):
    read = stored_data.get(datastore, database)
    assert (read.type, read.status, read.srs, read.size) == ("VECTOR-DB", "GENERATED", "EPSG:2154", 8192)
    assert read.relations == (Relation("routes", "TABLE", {"ogc_fid": "integer", "nom": "text"}, ("ogc_fid",)),)
    assert database in {found.id for found in stored_data.list(datastore, type="VECTOR-DB", status="GENERATED")}
    fields = "name,type,status,srs,size,tags,creation,last_event,description,edition"
    query = [("type", "VECTOR-DB"), ("status", "GENERATED"), ("fields", fields), ("page", "1"), ("limit", "50")]
    assert asked() == [("GET", f"./stored_data/{database}", [], ""), ("GET", "./stored_data", query, "")]


def test_a_description(datastore, asked, database):
    edition = {"from": "2026-01-01", "to": "2026-12-31"}
    changed = stored_data.change(datastore, database, {"description": "Réseau", "edition": edition})
    assert changed.raw["description"] == "Réseau"
    assert asked()[0][3] == {"description": "Réseau", "edition": edition}


def test_dependencies(datastore, asked, database):
    assert api.dependencies(datastore, database) == Dependencies({}, {})
    assert asked() == [("GET", f"./stored_data/{database}/dependencies", [], "")]


@pytest.mark.parametrize(
    ("body", "dependencies"),
    [
        ({"used_by": [{"_id": "a", "name": "tuiles"}], "use": []}, Dependencies({"a": "tuiles"}, {})),
        ({"use": {"_id": "b"}, "used_by": None}, Dependencies({}, {"b": ""})),
        ({"use": ["b", {}]}, Dependencies({}, {})),
        ([], Dependencies({}, {})),
    ],
)
def test_dependencies_in_odd_forms(odd, body, dependencies):
    assert api.dependencies(odd(body)[0], "s") == dependencies


def test_deletion(datastore, asked, database):
    stored_data.delete(datastore, database)
    assert asked() == [("DELETE", f"./stored_data/{database}", [], "")]
    with contextlib.suppress(errors.NotFound):  # or it is no longer told of
        assert stored_data.get(datastore, database).status == "DELETED"


@pytest.mark.parametrize(
    ("relation", "read"),
    [
        ({"name": "a", "type": "VIEW", "attributes": {"x": "text"}}, Relation("a", "VIEW", {"x": "text"}, ())),
        ({"name": "a", "attributes": ["x", "y"]}, Relation("a", "TABLE", {"x": "", "y": ""}, ())),
        ({"name": "a", "attributes": [{"name": "x", "type": "text"}]}, Relation("a", "TABLE", {"x": "text"}, ())),
        ({"name": "a", "attributes": None, "primary_key": ["k"]}, Relation("a", "TABLE", {}, ("k",))),
        ({"name": "a", "attributes": [], "primary_key": None}, Relation("a", "TABLE", {}, ())),
        ({}, Relation("", "TABLE", {}, ())),
    ],
)
def test_columns_come_as_object_or_list(relation, read):
    assert StoredData("s", {"type_infos": {"relations": [relation]}}).relations == (read,)


@pytest.mark.parametrize(
    ("infos", "tms", "levels"),
    [
        ({"tms": "PM", "levels": ["5", "6"]}, "PM", ("5", "6")),
        ({"tms": "PM", "levels": [5, 6]}, "PM", ("5", "6")),
        ({"levels": None}, "", ()),
        (None, "", ()),
    ],
)
def test_a_pyramid(infos, tms, levels):
    read = StoredData("s", {"type_infos": infos})
    assert (read.tms, read.levels, read.relations) == (tms, levels, ())
