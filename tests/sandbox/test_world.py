"""`/_world`: what an administrator changes behind the client's back since it read the tables."""

import json

import pytest
import requests

from sandbox.process import SandboxProcess

FOLLOWED = "/databases/34/tables/3401"


@pytest.fixture
def rows(membre):
    def ask(**more):
        asked = {"service": "WFS", "request": "GetFeature", "outputFormat": "JSON"}
        return membre.get("/wfs", {**asked, "typename": "suivi_terrain:cantons_suivis", **more}).json()

    return ask


def send(membre, **data):
    action = {"table": 3401, "state": "Update", "data": data}
    return membre.post("/databases/34/transactions", json={"comment": "x", "actions": [action]})


def names(membre):
    return [column["name"] for column in membre.get(FOLLOWED).json()["columns"]]


def test_a_column_is_added(sandbox, membre, rows):
    before, columns = rows(), names(membre)
    sandbox.change("column_added", table=3401, column={"name": "Largeur (m)", "type": "Double", "max_value": "10"})
    assert names(membre) == [*columns, "Largeur (m)"]
    after = rows()
    assert [{**row, "Largeur (m)": None} for row in before] == after
    row = after[0]
    key = {"id_canton": row["id_canton"], "gcms_fingerprint": row["gcms_fingerprint"]}
    assert send(membre, **key, **{"Largeur (m)": 11}).status_code == 400
    assert send(membre, **key, **{"Largeur (m)": 9.5}).json()["actions"][0]["data"]["Largeur (m)"] == 9.5
    assert len(rows(filter='{"Largeur (m)":{"$gt":9}}')) == 1


def test_a_column_is_removed(sandbox, membre, rows):
    sandbox.change("column_removed", table=3401, name="visite")
    assert "visite" not in names(membre)
    row = rows()[0]
    assert "visite" not in row and row["nom"]
    key = {"id_canton": row["id_canton"], "gcms_fingerprint": row["gcms_fingerprint"]}
    assert send(membre, **key, visite=None).status_code == 400
    assert send(membre, **key, nom="x").status_code == 201


def test_a_column_has_another_type(sandbox, membre, rows):
    sandbox.change("column_retyped", table=3401, name="insee_com", type="Integer")
    column = next(column for column in membre.get(FOLLOWED).json()["columns"] if column["name"] == "insee_com")
    assert (column["type"], column["pattern"]) == ("Integer", None)
    paris = next(row for row in rows() if row["code"] == "75NR")
    assert paris["insee_com"] == 75056
    key = {"id_canton": paris["id_canton"], "gcms_fingerprint": paris["gcms_fingerprint"]}
    assert send(membre, **key, insee_com="75056").status_code == 400
    assert rows(filter='{"insee_com":{"$gt":94000}}')


@pytest.mark.parametrize(("type_", "value"), [("Double", 75056.0), ("JsonValue", "75056"), ("Boolean", True)])
def test_values_follow_the_type(sandbox, rows, type_, value):
    sandbox.change("column_retyped", table=3401, name="insee_com", type=type_)
    assert next(row for row in rows() if row["code"] == "75NR")["insee_com"] == value


def test_values_that_cannot_follow_are_lost(sandbox, rows):
    sandbox.change("column_retyped", table=3401, name="nom", type="Integer")
    assert {row["nom"] for row in rows()} == {None}


def test_a_layer_loses_its_role_and_goes(sandbox, membre):
    sandbox.change("layer", layer=806, set={"role": "visu", "opacity": 0.1})
    assert membre.get("/communities/375/layers/806").json()["role"] == "visu"
    sandbox.change("layer_removed", layer=806)
    assert 806 not in {layer["id"] for layer in membre.every("/communities/375/layers")}
    sandbox.reset_world()
    assert membre.get("/communities/375/layers/806").json()["role"] == "edit"


def test_tables_columns_and_permissions(sandbox, membre):
    sandbox.change("table", table=3401, set={"read_only": True, "title": "Fermée"})
    sandbox.change("column", table=3401, name="suivi", set={"required": True})
    sandbox.change("permission", permission=9, level="NONE")
    table = membre.get(FOLLOWED).json()
    assert (table["read_only"], table["title"]) == (True, "Fermée")
    assert next(column for column in table["columns"] if column["name"] == "suivi")["required"]
    assert membre.get("/permissions/9").json()["level"] == "NONE"
    assert membre.get("/databases/21/tables/2101").status_code == 403
    assert [change["change"] for change in requests.get(sandbox.url + "/_world", timeout=30).json()] == [
        "table", "column", "permission"]  # fmt: skip


def test_reset_brings_back_columns_and_rows(sandbox, membre, rows):
    columns = names(membre)
    sandbox.change("column_removed", table=3401, name="commune")
    sandbox.change("purged", table=3401)
    assert len(rows()) < 61
    sandbox.reset_world()
    assert names(membre) == columns
    assert len(rows()) == 61 and all(row["commune"] for row in rows())
    assert requests.get(sandbox.url + "/_world", timeout=30).json() == []


@pytest.mark.parametrize(
    "wrong",
    [
        [], {}, {"change": "tremblement"}, {"change": "purged"}, {"change": "purged", "table": "3401"},
        {"change": "purged", "table": 1}, {"change": "purged", "table": 3401, "key": 3},
        {"change": "column_added", "table": 3401, "column": {"name": "nom", "type": "String"}},
        {"change": "column_added", "table": 3401, "column": {"name": "x", "type": "Texte"}},
        {"change": "column_added", "table": 3401, "column": {"name": "x", "type": "Point"}},
        {"change": "column_added", "table": 3401, "column": {"name": "x", "type": "String", "taille": 3}},
        {"change": "column_added", "table": 3401, "column": "x"},
        {"change": "column_removed", "table": 3401, "name": "x"},
        {"change": "column_removed", "table": 3401, "name": "geom"},
        {"change": "column_removed", "table": 3401, "name": "id_canton"},
        {"change": "column_removed", "table": 3401, "name": "gcms_detruit"},
        {"change": "column_retyped", "table": 3401, "name": "nom", "type": "Polygon"},
        {"change": "column_retyped", "table": 3401, "name": "nom", "type": 3},
        {"change": "table", "table": 3401, "set": {"id": 3}},
        {"change": "table", "table": 3401, "set": {"couleur": 3}},
        {"change": "layer", "layer": 1, "set": {}},
        {"change": "permission", "permission": 1, "level": "ADMIN"},
        {"change": "permission", "permission": 100, "level": "EDIT"},
    ],
    ids=str,
)  # fmt: skip
def test_changes_that_are_refused(sandbox, membre, wrong):
    before = membre.get(FOLLOWED).json()
    assert requests.post(sandbox.url + "/_world", json=wrong, timeout=30).status_code == 400
    assert membre.get(FOLLOWED).json() == before
    assert requests.get(sandbox.url + "/_world", timeout=30).json() == []


def test_tables_and_changes_survive_a_restart(tmp_path, caller):
    insert = {"comment": "x", "actions": [
        {"table": 3404, "state": "Insert", "data": {"reference": "RE-1", "geom": "POINT(2.35 48.85)"}}]}  # fmt: skip
    with SandboxProcess(reports=5, features=30, rate=0, state=tmp_path) as process:
        membre = caller(process.url, "membre")
        process.change("column_removed", table=3404, name="etat")
        made = membre.post("/databases/34/transactions", json=insert).json()
    with SandboxProcess(reports=5, features=99, rate=0, state=tmp_path) as process:
        membre = caller(process.url, "membre")
        assert membre.get("/databases/34/tables/3404/features/RE-1").json() == made["actions"][0]["data"]
        assert "etat" not in json.dumps(membre.get("/databases/34/tables/3404").json()["columns"])
        assert len(membre.every("/databases/34/tables/3402/features")) == 30
        again = {
            **insert,
            "actions": [{**insert["actions"][0], "data": {"reference": "RE-2", "geom": "POINT(2.35 48.8)"}}],
        }
        later = membre.post("/databases/34/transactions", json=again).json()
        assert later["numrec"] == made["numrec"] + 1 and later["id"] == made["id"] + 1


def test_a_folder_from_before_there_were_tables_gets_them(tmp_path, caller):
    from sandbox import seed
    from sandbox.state import State

    state = State(tmp_path / "sandbox.sqlite")
    seed.fill(state, 5, 1_700_000_000)
    state.close()
    with SandboxProcess(reports=5, features=30, rate=0, state=tmp_path) as process:
        membre = caller(process.url, "membre")
        assert len(membre.every("/databases/34/tables/3402/features")) == 30
