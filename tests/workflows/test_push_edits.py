"""Sending local edits: what the server is sent, what it has then, and each edit exactly once whatever happens."""

import json
import os
import re
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from geocollab.client.errors import Cancelled, Unauthorized, Unreachable
from geocollab.client.espaceco.users import Me, Membership
from geocollab.store.errors import StoreBusy
from geocollab.store.lock import sole_sender
from geocollab.store.store import Store
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.layers import push_edits as module
from geocollab.workflows.pages.html import render
from geocollab.workflows.watch import Watch
from sandbox.process import SandboxProcess
from tests.conftest import PLUGINS, ROOT
from tests.workflows.downloads import Heard
from tests.workflows.group_rows import CANTONS, PARCELS, PHARMACIES, POSTS, ROADS
from tests.workflows.pushing import Pushing, details, name, outcomes
from tests.workflows.reviewing import ANY_3D, PLAIN, TYPES

CODES = (CANTONS, PARCELS, POSTS, ROADS, PHARMACIES, TYPES, PLAIN, ANY_3D)
HERE = "MULTIPOLYGON(((652000 6862000, 652100 6862000, 652100 6862100, 652000 6862000)))"
CORSICA = "MULTIPOLYGON(((1200000 6050000, 1200100 6050000, 1200100 6050100, 1200000 6050000)))"
TRANSACTIONS = "/databases/34/transactions$"


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=5, features=60, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture(scope="module")
def template(process, tmp_path_factory):
    pushing = Pushing(process, tmp_path_factory.mktemp("template") / "t.sqlite")
    pushing.more_cantons(120)
    pushing.load(*CODES)
    pushing.close()
    return pushing


@pytest.fixture
def pushing(process, template, tmp_path, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 2)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    monkeypatch.setattr(module, "SETTLING", 0.0)
    monkeypatch.setattr(module, "FIRST_LOOK", 0.02)
    process.faults()
    process.clear_journal()
    pushing = Pushing.copy(template, tmp_path)
    yield pushing
    pushing.close()
    process.faults()


@pytest.fixture
def world(pushing):
    """The same, with a description that may be changed."""
    yield pushing
    pushing.process.reset_world()


# ---------------------------------------------------------------------- what is sent, and what comes of it


def test_one_transaction_for_all_layers_of_a_database(pushing):
    changed, gone = pushing.keys(CANTONS, 2)
    (parcel,) = pushing.keys(PARCELS)
    before = pushing.all_rows(CANTONS)
    text = name()
    pushing.remove(CANTONS, gone)
    pushing.edit(CANTONS, changed, nom=text, commune=None)
    pushing.edit(PARCELS, parcel, etage=59, releve="2026-05-04")
    new = pushing.insert(CANTONS, HERE, nom=text, suivi="Fait")
    pushing.process.clear_journal()
    pushed = pushing.push()
    assert outcomes(pushed) == ["sent"] * 4
    (actions,) = pushing.sent()
    assert [(table, state) for table, state, _data in actions] == [
        (3401, "Insert"), (3401, "Delete"), (3401, "Update"), (3402, "Update")]  # fmt: skip
    data = [data for _table, _state, data in actions]
    assert data[0] == {"nom": text, "suivi": "Fait", "geom": HERE.replace(", ", ",")}
    assert data[1] == {"id_canton": gone, "gcms_fingerprint": before[gone]["gcms_fingerprint"]}
    assert data[2] == {
        "id_canton": changed, "gcms_fingerprint": before[changed]["gcms_fingerprint"], "nom": text, "commune": None,
    }  # fmt: skip
    assert {**data[3], "gcms_fingerprint": ""} == {
        "id": parcel, "gcms_fingerprint": "", "etage": 59, "releve": "2026-05-04",
    }  # fmt: skip
    # the account, three grids asked for at once, the transaction: nothing is downloaded again
    paths = [entry["path"].rsplit("/", 2)[-2] for entry in pushing.process.journal("^/gcms/api")]
    assert paths == ["users", "grids", "grids", "grids", "grids", "34"] and pushed.requests == 5
    (number,) = pushed.transactions
    assert pushing.journal() == [("committed", number, (1, 2, 1))]
    assert pushing.edits(CANTONS) == pushing.edits(PARCELS) == set()
    assert pushing.local(CANTONS) == pushing.server(CANTONS)
    assert pushing.local(PARCELS)[parcel] == pushing.server(PARCELS)[parcel]
    ((key,),) = pushing.sql(CANTONS, "SELECT id_canton FROM {t} WHERE geocollab_id = ?", [new])
    assert pushing.named(text) == sorted([changed, key])
    line = next(line for line in pushed.lines if line.kind == "insert")
    assert (line.layer, line.row, line.key) == (CANTONS, new, str(key))
    counts = {name: number for name, number in pushed.numbers().items() if number}
    assert counts == {
        "COUNT": 4, "SENT_COUNT": 4, "INSERT_COUNT": 1, "UPDATE_COUNT": 2, "DELETE_COUNT": 1, "TRANSACTION_COUNT": 1,
        "REQUEST_COUNT": 5,
    }  # fmt: skip
    assert pushing.push().sentences() == ["There is nothing to send."]


def test_each_database_has_its_own_transaction(pushing):
    (canton,), (road,) = pushing.keys(CANTONS), pushing.keys(ROADS)
    pushing.edit(CANTONS, canton, commune="x")
    pushing.edit(ROADS, road, nom_voie="Rue Neuve")
    pushed = pushing.push()
    assert outcomes(pushed) == ["sent", "sent"] and len(pushed.transactions) == 2
    assert [entry["path"].split("/")[-2] for entry in pushing.posts()] == ["34", "21"]


def test_only_the_rows_that_are_asked_for(pushing):
    one, two = pushing.keys(CANTONS, 2)
    for key in (one, two):
        pushing.edit(CANTONS, key, commune="x")
    pushed = pushing.push(CANTONS, rows={pushing.row(CANTONS, two)})
    assert [line.key for line in pushed.lines] == [str(two)]
    assert pushing.edits(CANTONS) == {("update", one, False)}


def test_what_only_the_server_writes_is_not_sent_and_said(pushing):
    (key,) = pushing.keys(PHARMACIES)
    before = pushing.server(PHARMACIES)[key]
    pushing.edit(PHARMACIES, key, departement="99", capacite=7, gestionnaire="moi")
    pushed = pushing.push()
    assert pushing.sent() == [[(1734, "Update", {"gid": key, "capacite": 7})]]
    assert details(pushed) == ["Not sent, because it cannot be changed: departement, gestionnaire."]
    assert pushing.local(PHARMACIES)[key] == pushing.server(PHARMACIES)[key] == {**before, "capacite": 7}


def test_an_edit_of_nothing_else_stays_and_is_said(pushing):
    (key,) = pushing.keys(PHARMACIES)
    pushing.edit(PHARMACIES, key, departement="99")
    pushed = pushing.push()
    assert outcomes(pushed) == ["left"] and not pushing.posts()
    assert "it cannot be changed: departement" in pushed.complaint(strict=False)


def test_values_of_every_type_arrive_as_they_are_meant(pushing):
    pushed_row = pushing.insert(
        TYPES, "POINT(2.35 48.85)", Booléen=0, Horodatage="2026-05-04T10:20:30", Date="2026-05-04", Entier=-7,
        **{"Double précision": 2.5, "Détails": '{"précision": 0.25}', "Étiquettes": '["a", {"b": null}]',
           "Pièce jointe": "6001", "texte": "minuscule", "Texte": "Capitale", "Année": "2024", "Mois": "2024-02",
           "Code": 2, "J'aime": '{"cnt": 3, "userid": [1], "validDate": null}'},
    )  # fmt: skip
    assert outcomes(pushing.push()) == ["sent"]
    ((_table, _state, data),) = pushing.sent()[0]
    assert data.pop("Code")  # the sandbox's journal hides it: it could be a secret
    assert data == {
        "Booléen": False, "Horodatage": "2026-05-04 10:20:30", "Date": "2026-05-04", "Double précision": 2.5,
        "Entier": -7, "Détails": {"précision": 0.25}, "Étiquettes": ["a", {"b": None}], "Pièce jointe": "6001",
        "texte": "minuscule", "Texte": "Capitale", "Année": "2024", "Mois": "2024-02",
        "Géométrie": "POINT(2.35 48.85)",
    }  # fmt: skip
    ((key,),) = pushing.sql(TYPES, 'SELECT "N° objet" FROM {t} WHERE geocollab_id = ?', [pushed_row])
    here, there = pushing.local(TYPES)[key], pushing.server(TYPES)[key]
    for column in ("Détails", "Étiquettes"):
        assert json.loads(here.pop(column)) == json.loads(there.pop(column))
    assert here == there
    assert here["Nature"] == "Autre"  # the server's default


def test_heights_of_bduni_are_the_servers_business(pushing):
    (key,) = pushing.keys(ROADS)
    pushing.edit(ROADS, key, geometrie={"sql": "ST_Translate(geometrie, 1, 1, 50)"})
    height = "SELECT ST_MaxZ(geometrie) FROM {t} WHERE cleabs = ?"
    ((own,),) = pushing.sql(ROADS, height, [key])
    pushing.process.faults({"kind": "failed_transaction"})
    assert outcomes(pushing.push()) == ["refused"]
    assert pushing.sql(ROADS, height, [key]) == [(own,)] and own > -1000
    assert outcomes(pushing.push()) == ["sent"]
    for ((_table, _state, data),) in pushing.sent():
        assert set(data) == {"cleabs", "gcms_fingerprint", "geometrie"}
        points = data["geometrie"].removeprefix("LINESTRING(").rstrip(")").split(",")
        assert {point.split()[2] for point in points} == {"-1000"}
    assert pushing.sql(ROADS, height, [key]) == [(-1000.0,)]
    assert pushing.local(ROADS)[key] == pushing.server(ROADS)[key]


def test_other_heights_are_kept(pushing):
    pushing.insert(ANY_3D, "POINTZ(652000 6862000 12.5)", libelle="haut")
    assert outcomes(pushing.push()) == ["sent"]
    assert pushing.sent()[0][0][2]["geom"] == "POINT(652000 6862000 12.5)"


def test_a_copied_object_is_a_new_one(pushing):
    (key,) = pushing.keys(CANTONS)
    layer, text = pushing.layer(CANTONS), name()
    columns = ", ".join(f'"{column.local}"' for column in layer.columns)
    pushing.sql(CANTONS, f"INSERT INTO {{t}} ({columns}) SELECT {columns} FROM {{t}} WHERE id_canton = ?", [key])
    pushing.sql(CANTONS, "UPDATE {t} SET nom = ?, code = NULL WHERE geocollab_id = last_insert_rowid()", [text])
    pushing.sql(CANTONS, "UPDATE {t} SET nom = ?, code = NULL WHERE geocollab_id = (SELECT max(geocollab_id) FROM {t})",
                [text])  # fmt: skip
    pushed = pushing.push()
    assert outcomes(pushed) == ["sent"] and details(pushed) == [""]
    ((_table, state, data),) = pushing.sent()[0]
    assert state == "Insert" and not {"id_canton", "gcms_fingerprint", "gcms_numrec", "gcms_detruit"} & set(data)
    assert pushing.named(text) not in ([], [key])


def test_keys_of_ones_own(pushing):
    pushing.insert(POSTS, "POINT(2.35 48.85)", reference="ZZ-77", etat="Bon")
    assert outcomes(pushing.push()) == ["sent"]
    assert pushing.sent()[0][0][2]["reference"] == "ZZ-77"
    assert pushing.server(POSTS)["ZZ-77"]["etat"] == "Bon"
    pushing.edit(POSTS, "ZZ-77", reference="ZZ-78", etat="Mauvais")
    pushed = pushing.push()
    assert details(pushed) == ["Not sent, because it cannot be changed: reference."]
    assert pushing.local(POSTS)["ZZ-77"]["etat"] == pushing.server(POSTS)["ZZ-77"]["etat"] == "Mauvais"


def test_a_table_without_geometry(pushing):
    pushing.insert(PLAIN, None, libelle="seul")
    assert outcomes(pushing.push()) == ["sent"]
    assert pushing.sent() == [[(1737, "Insert", {"libelle": "seul"})]]


def test_many_edits_go_in_several_transactions_until_one_fails(pushing, monkeypatch):
    monkeypatch.setattr(module, "MOST_ACTIONS", 2)
    keys = pushing.keys(CANTONS, 5)
    for key in keys:
        pushing.edit(CANTONS, key, commune="x")
    pushing.process.faults({"kind": "failed_transaction", "after": 1})
    pushed = pushing.push()
    assert outcomes(pushed) == ["sent", "sent", "refused", "refused", "left"]
    assert [len(actions) for actions in pushing.sent()] == [2, 2]
    assert outcomes(pushing.push()) == ["sent"] * 3
    assert {pushing.server(CANTONS)[key]["commune"] for key in keys} == {"x"}


# ---------------------------------------------------------------------- before anything is sent


def test_a_dry_run_sends_nothing(pushing):
    one, two = pushing.keys(CANTONS, 2)
    pushing.edit(CANTONS, one, commune="x")
    pushed = pushing.push(dry_run=True)
    assert outcomes(pushed) == ["planned"] and pushed.sentences() == ["1 would be sent."]
    pushing.edit(CANTONS, two, nom=None)
    assert outcomes(pushing.push(dry_run=True)) == ["left", "fault"]
    assert outcomes(pushing.push(dry_run=True, skip_faulty=True)) == ["planned", "fault"]
    assert not pushing.posts() and pushing.journal() == [] and pushing.unsure() == {}


def test_more_than_allowed_is_refused_before_anything(pushing):
    for key in pushing.keys(CANTONS, 3):
        pushing.edit(CANTONS, key, commune="x")
    with pytest.raises(InputError, match="This would send 3 edits, more than the 2 that MAX_COUNT allows"):
        pushing.push(max_count=2)
    assert not pushing.posts() and len(pushing.edits(CANTONS)) == 3


def test_what_is_faulty_keeps_its_database_back(pushing):
    good, bad = pushing.keys(CANTONS, 2)
    (road,) = pushing.keys(ROADS)
    pushing.edit(CANTONS, good, commune="x")
    pushing.edit(CANTONS, bad, nom=None, insee_dep="33")
    pushing.edit(ROADS, road, nom_voie="Rue Neuve")
    pushed = pushing.push()
    by_key = {line.key: line for line in pushed.lines}
    assert [by_key[str(key)].outcome for key in (good, bad, road)] == ["left", "fault", "sent"]
    assert by_key[str(good)].detail == "Not sent, because other edits of this database are faulty."
    assert [(fault.layer, fault.key, fault.column) for fault in pushed.faults] == [
        (CANTONS, bad, "insee_dep"), (CANTONS, bad, "nom")]  # fmt: skip
    assert [place[-1] is not None for place in pushed.places()] == [True, True] and pushed.families() == {"polygon"}
    pushed = pushing.push(skip_faulty=True)
    assert sorted(outcomes(pushed)) == ["fault", "sent"] and len(pushed.faults) == 2
    assert pushing.edits(CANTONS) == {("update", bad, False)}
    assert "faulty, not sent" in render(pushed.report("x"))


def test_outside_of_the_zones_of_the_member(pushing):
    text = name()
    (moved,) = pushing.keys(CANTONS)
    pushing.insert(CANTONS, CORSICA, nom=text)
    pushing.edit(CANTONS, moved, geom={"sql": f"GeomFromText('{CORSICA}', 2154)"})
    pushed = pushing.push()
    assert outcomes(pushed) == ["fault", "fault"]
    assert set(details(pushed)) == {
        "The object would be outside of the zones in which you may edit: 75, 92, 93, 94."}  # fmt: skip
    assert not pushing.posts()
    assert outcomes(pushing.push(user="admin")) == ["sent", "sent"]  # who may edit everywhere
    assert len(pushing.process.journal("/grids/")) == 4  # asked once, and by the member alone
    pushing.edit(CANTONS, moved, commune="x")
    pushing.remove(CANTONS, pushing.named(text)[0])
    pushed = pushing.push()
    assert set(details(pushed)) == {"The object is outside of the zones in which you may edit: 75, 92, 93, 94."}
    assert outcomes(pushing.push(user="admin")) == ["sent", "sent"]


def test_zones_that_the_server_does_not_tell_are_its_own_business(pushing):
    pushing.insert(CANTONS, CORSICA, nom=name())
    pushing.process.faults({"kind": "status", "status": 404, "path": "/grids/", "times": None})
    heard = Heard()
    pushed = pushing.push(watch=heard)
    assert heard.said == [
        "The server does not say where your zones are (75, 92, 93, 94): it will itself check the places."]  # fmt: skip
    assert outcomes(pushed) == ["refused"] and "hors de vos emprises" in details(pushed)[0]
    assert "Either an object lies outside of your zones" in details(pushed)[0]


def test_a_layer_of_another_service_is_left_alone(pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="x")
    with pushing.opened() as store, store.atomic() as connection:
        connection.execute("UPDATE geocollab_layer SET service = 'https://elsewhere.example/gcms/api'")
    pushed = pushing.push()
    assert outcomes(pushed) == ["left"] and not pushing.posts()
    assert details(pushed) == ["It belongs to another service: https://elsewhere.example/gcms/api."]


def test_one_run_at_a_time(pushing):
    with sole_sender(pushing.path), pytest.raises(StoreBusy):
        pushing.push()


# ---------------------------------------------------------------------- what somebody else did


def test_what_does_not_clash_is_merged_and_sent_at_once(pushing):
    one, two = pushing.keys(CANTONS, 2)
    pushing.edit(CANTONS, one, commune="ici")
    pushing.edit(CANTONS, two, commune="là")
    pushing.there(CANTONS, one, departement="ailleurs")
    pushing.process.clear_journal()
    pushed = pushing.push()
    assert outcomes(pushed) == ["sent", "sent"]
    assert [len(actions) for actions in pushing.sent()] == [2, 2]  # refused as a whole, then sent again
    reads = [entry["path"].rsplit("/", 1)[-1] for entry in pushing.process.journal("/features/")]
    assert reads == [str(one)]
    assert [state for state, _number, _counts in pushing.journal()] == ["conflicting", "committed"]
    row = pushing.server(CANTONS)[one]
    assert (row["commune"], row["departement"]) == ("ici", "ailleurs") and row == pushing.local(CANTONS)[one]


def test_what_clashes_becomes_a_conflict_and_the_rest_is_sent(pushing):
    clash, fine = pushing.keys(CANTONS, 2)
    pushing.edit(CANTONS, clash, commune="ici")
    pushing.edit(CANTONS, fine, commune="là")
    pushing.process.faults({"kind": "conflict", "table": 3401, "key": clash, "set": {"commune": "ailleurs"}})
    pushed = pushing.push()
    assert {line.key: line.outcome for line in pushed.lines} == {str(clash): "conflict", str(fine): "sent"}
    assert pushing.edits(CANTONS) == {("update", clash, True)}
    assert (pushing.server(CANTONS)[clash]["commune"], pushing.server(CANTONS)[fine]["commune"]) == ("ailleurs", "là")
    assert outcomes(pushing.push()) == ["conflict"] and len(pushing.posts()) == 2
    assert "resolve the conflict" in pushing.push().complaint(strict=False)
    pushing.resolve("mine")
    assert outcomes(pushing.push()) == ["sent"]
    assert pushing.server(CANTONS)[clash]["commune"] == "ici"


def test_what_others_flagged_as_destroyed_is_a_conflict(pushing):
    changed, gone = pushing.keys(CANTONS, 2)
    pushing.edit(CANTONS, changed, commune="ici")
    pushing.remove(CANTONS, gone)
    for key in (changed, gone):
        pushing.there(CANTONS, key)
    pushed = pushing.push()
    assert {line.key: line.outcome for line in pushed.lines} == {str(changed): "conflict", str(gone): "already"}
    with pushing.opened() as store:
        (conflict,) = store.edits.conflicts(next(x for x in store.layers.all() if x.table == 3401))
    assert (conflict.key, conflict.kind) == (changed, "deleted_there")


def test_what_is_not_on_the_server_any_more_is_a_conflict(pushing):
    """A28: 404 for the whole transaction; the rest is sent again at once."""
    gone, fine = pushing.keys(PHARMACIES, 2)
    for key in (gone, fine):
        pushing.edit(PHARMACIES, key, capacite=9)
    pushing.there(PHARMACIES, gone)
    pushed = pushing.push()
    assert {line.key: line.outcome for line in pushed.lines} == {str(gone): "conflict", str(fine): "sent"}
    assert pushing.edits(PHARMACIES) == {("update", gone, True)}
    assert pushing.server(PHARMACIES)[fine]["capacite"] == 9


def test_the_same_change_by_somebody_else_needs_no_sending(pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="pareil")
    pushing.there(CANTONS, key, commune="pareil")
    assert outcomes(pushing.push()) == ["already"] and pushing.edits(CANTONS) == set()


def test_others_who_never_stop_are_not_chased_for_ever(pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="ici")
    faults = [{"kind": "conflict", "table": 3401, "key": key, "set": {"departement": f"d{n}"}, "after": n}
              for n in range(4)]  # fmt: skip
    pushing.process.faults(*faults)
    pushed = pushing.push()
    assert outcomes(pushed) == ["refused"] and len(pushing.posts()) == module.ROUNDS
    assert details(pushed) == ["Others keep changing the same objects. Run the operation again."]
    pushing.process.faults()
    assert outcomes(pushing.push()) == ["sent"]
    row = pushing.server(CANTONS)[key]
    assert (row["commune"], row["departement"]) == ("ici", "d2")


# ---------------------------------------------------------------------- refused


@pytest.mark.parametrize("status", ["failed", "rollbacked", "cancelled"])
def test_a_transaction_that_the_server_refuses(pushing, status):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune=status)
    pushing.process.faults({"kind": "failed_transaction", "status": status, "message": "Base en maintenance"})
    pushed = pushing.push()
    assert outcomes(pushed) == ["refused"]
    (number,) = [number for state, number, _counts in pushing.journal() if state == "refused"]
    assert details(pushed) == [f"The server refused the transaction {number} ({status}): “Base en maintenance”"]
    assert pushing.unsure() == {} and outcomes(pushing.push()) == ["sent"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 400, "message": "Requête illisible"}, "Requête illisible"),
        ({"kind": "status", "status": 413, "message": "Trop"}, "Send fewer edits at once"),
        ({"kind": "html", "status": 413}, "Send fewer edits at once"),
        ({"kind": "status", "status": 403, "message": "Interdit"}, "Either an object lies outside of your zones"),
        ({"kind": "status", "status": 404, "message": "Base inconnue"}, "Base inconnue"),
        ({"kind": "status", "status": 409, "message": "Conflit"}, "Conflit"),
    ],
)
def test_a_refusal_of_the_request_is_told_in_the_servers_words(pushing, fault, words):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="x")
    pushing.process.faults({"path": TRANSACTIONS, "method": "POST", **fault})
    pushed = pushing.push()
    assert outcomes(pushed) == ["refused"] and words in details(pushed)[0]
    assert [state for state, _number, _counts in pushing.journal()] == ["refused"] and pushing.unsure() == {}
    assert outcomes(pushing.push()) == ["sent"]


def test_the_edit_that_the_server_names_is_told(pushing):
    one, two = pushing.keys(CANTONS, 2)
    for key in (one, two):
        pushing.edit(CANTONS, key, commune="x")
    pushing.process.faults({"kind": "status", "status": 400, "message": f"L'objet {two} est refusé",
                            "path": TRANSACTIONS})  # fmt: skip
    pushed = pushing.push()
    assert {line.key: line.outcome for line in pushed.lines} == {str(one): "left", str(two): "refused"}


def test_a_role_lowered_meanwhile(world):
    (key,) = world.keys(CANTONS)
    world.edit(CANTONS, key, commune="x")
    world.process.change("layer", layer=806, set={"role": "visu"})
    world.process.change("layer", layer=902, set={"role": "visu"})
    pushed = world.push()
    assert outcomes(pushed) == ["refused"]
    assert "Aucune couche de vos groupes ne permet de modifier" in details(pushed)[0]
    assert "the right to edit was taken away" in details(pushed)[0]
    assert world.edits(CANTONS) == {("update", key, False)}


def test_a_column_removed_meanwhile(world):
    (key,) = world.keys(PARCELS)
    world.edit(PARCELS, key, commentaire="x")
    world.process.change("column_removed", table=3402, name="commentaire")
    pushed = world.push()
    assert outcomes(pushed) == ["refused"] and "colonne inconnue : commentaire" in details(pushed)[0]
    assert "refresh the layer" in details(pushed)[0] and world.edits(PARCELS) == {("update", key, False)}


def test_a_layer_that_cannot_be_edited(world):
    (key,) = world.keys(CANTONS)
    world.edit(CANTONS, key, commune="x")
    layer = world.layer(CANTONS)
    description = {**layer.description, "refusals": ["role"]}
    with world.opened() as store, store.atomic() as connection:
        connection.execute(
            "UPDATE geocollab_layer SET description = ? WHERE id = ?", (json.dumps(description), layer.id)
        )
    pushed = world.push()
    assert outcomes(pushed) == ["fault"] and not world.posts()
    sentence = "The layer cannot be edited: its role in the group is read only. Discard the edit, or ask a manager."
    assert details(pushed) == [sentence]


def test_an_account_that_is_refused_stops_everything(pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="x")
    pushing.process.faults({"kind": "expired_token", "path": TRANSACTIONS})
    with pytest.raises(Interrupted, match="0 of 1 edit was sent") as caught:
        pushing.push()
    assert isinstance(caught.value.__cause__, Unauthorized)
    assert pushing.unsure() == {} and [entry[0] for entry in pushing.journal()] == ["lost"]
    assert outcomes(pushing.push()) == ["sent"]


def test_too_many_requests(pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="x")
    pushing.process.faults({"kind": "rate_limit", "path": TRANSACTIONS, "times": None, "retry_after": 0.01})
    assert outcomes(pushing.push()) == ["left"] and pushing.unsure() == {}
    pushing.process.faults()
    assert outcomes(pushing.push()) == ["sent"]


# ---------------------------------------------------------------------- never twice, never lost


def of_every_kind(pushing):
    """An insert, an update and a deletion of cantons; gives the name, and the keys of the last two."""
    text = name()
    changed, gone = pushing.keys(CANTONS, 2)
    pushing.insert(CANTONS, HERE, nom=text)
    pushing.edit(CANTONS, changed, commune=text)
    pushing.remove(CANTONS, gone)
    return text, changed, gone


def arrived_once(pushing, text, changed, gone):
    rows, mine = pushing.server(CANTONS), pushing.local(CANTONS)
    (new,) = [key for key, row in rows.items() if row["nom"] == text]
    assert rows[changed]["commune"] == text and gone not in rows
    assert pushing.edits(CANTONS) == set() and pushing.unsure() == {}
    assert mine[changed] == rows[changed] and gone not in mine and mine[new] == rows[new]
    assert [key for key, row in mine.items() if row["nom"] == text] == [new]
    return True


def when_ended(pushing):
    """What comes of another run, again and again until the server has ended what it was sent."""
    runs = (outcomes(pushing.push()) for _time in range(300))
    return next((found for found in runs if set(found) != {"unsure"}), None)


@pytest.mark.parametrize("kind", ["lost_answer", "drop", "truncated_json", "not_json"])
def test_a_lost_answer_is_found(pushing, kind):
    edits = of_every_kind(pushing)
    pushing.process.faults({"kind": kind, "path": TRANSACTIONS, "method": "POST"})
    pushed = pushing.push()
    assert outcomes(pushed) == ["found"] * 3 and pushed.numbers()["SENT_COUNT"] == 3
    assert len(pushing.posts()) == 1 and arrived_once(pushing, *edits)


NOT_YET = re.compile(
    r"The server may still be at work on it\. So that no new object is there twice, nothing of it is sent again before "
    r"20[0-9]{2}-[0-9]{2}-[0-9]{2}\xa0[0-9]{2}:[0-9]{2}: run the operation again then\."
)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "status", "status": 500},
        {"kind": "html", "status": 502},
    ],
)
def test_new_objects_that_never_arrived_are_unsure_until_they_cannot_any_more(pushing, monkeypatch, fault):
    edits = of_every_kind(pushing)
    (road,) = pushing.keys(ROADS)
    pushing.process.faults({"path": TRANSACTIONS, "method": "POST", **fault})
    pushed = pushing.push()
    assert outcomes(pushed) == ["unsure"] * 3 and len(pushing.unsure()["cantons_suivis"]) == 3
    assert all(NOT_YET.search(said) and not NOT_YET.match(said) for said in details(pushed))  # after what went wrong
    assert pushing.push(dry_run=True).count("unsure") == 3
    pushing.edit(ROADS, road, nom_voie="Rue Neuve")
    pushed = pushing.push()
    assert outcomes(pushed) == ["unsure"] * 3 + ["sent"], "other edits go on"
    assert all(NOT_YET.fullmatch(said) for said in details(pushed)[:3])
    assert [state for state, _number, _counts in pushing.journal()] == ["unsure", "committed"]
    monkeypatch.setattr(module, "A33_LONGEST", timedelta(0))
    assert outcomes(pushing.push()) == ["sent"] * 3 and arrived_once(pushing, *edits)
    assert [entry[0] for entry in pushing.journal()] == ["lost", "committed", "committed"]


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 504}])
def test_what_cannot_be_done_twice_is_sent_again_in_the_next_run(pushing, fault):
    text, (changed, gone) = name(), pushing.keys(CANTONS, 2)
    own = f"SO-{text.split()[1]}"
    pushing.edit(CANTONS, changed, commune=text)
    pushing.remove(CANTONS, gone)
    pushing.insert(POSTS, "POINT(2.35 48.85)", reference=own)
    pushing.process.faults({"path": TRANSACTIONS, "method": "POST", **fault})
    pushed = pushing.push()
    assert outcomes(pushed) == ["unsure"] * 3 and not any(map(NOT_YET.search, details(pushed)))
    assert outcomes(pushing.push()) == ["sent"] * 3 and len(pushing.posts()) == 2
    assert pushing.server(CANTONS)[changed]["commune"] == text and gone not in pushing.server(CANTONS)
    assert own in pushing.server(POSTS) and pushing.unsure() == {}


def test_a_server_that_is_still_at_work_on_new_objects(pushing):
    text = name()
    pushing.insert(CANTONS, HERE, nom=text)
    pushing.process.faults({"kind": "slow", "seconds": 1, "path": TRANSACTIONS, "method": "POST"})
    api = pushing.api(cancelled=lambda: pushing.struck() > 0)
    with api.session, Store(pushing.path) as store:
        me = Me(1001, "membre", "", False, (Membership(375, "x", "member", True, ()),))
        with pytest.raises(Interrupted):
            module.push_edits(api, store, me, [(store.layers.of_table("cantons_suivis"), None)])
    assert when_ended(pushing) == ["found"] and len(pushing.posts()) == len(pushing.named(text)) == 1


def test_a_clock_that_was_put_back_makes_nobody_wait_longer(pushing):
    pushing.insert(CANTONS, HERE, nom=name())
    pushing.process.faults({"path": TRANSACTIONS, "method": "POST", "kind": "reset"})
    pushing.push()
    with pushing.opened() as store:
        (entry,) = store.transactions.all()
        store.connection.execute("UPDATE geocollab_transaction SET began = '2099-01-01T00:00:00.000+00:00'")
        (said,) = details(pushing.push())
        assert NOT_YET.fullmatch(said) and "2099" not in said
        assert "2026" <= entry.began <= store.transactions.all()[0].began < "2099"


def test_a_transaction_that_the_server_does_not_know_by_its_number_any_more(pushing, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    edits = of_every_kind(pushing)
    pushing.process.faults({"kind": "slow_transaction", "seconds": 0.1, "pending": True})
    assert outcomes(pushing.push()) == ["unsure"] * 3
    number = pushing.journal()[0][1]
    gone = {"kind": "status", "status": 404, "path": f"/transactions/{number}$", "method": "GET", "times": None}
    nobody = {"kind": "html", "status": 200, "path": TRANSACTIONS, "method": "GET", "times": None}
    pushing.process.faults(gone, nobody)
    assert outcomes(pushing.push()) == ["unsure"] * 3
    pushing.process.faults(gone)
    assert when_ended(pushing) == ["found"] * 3  # by its token
    assert len(pushing.posts()) == 1 and arrived_once(pushing, *edits)


def test_a_transaction_that_the_server_has_forgotten_is_sent_again(pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="encore")
    pushing.process.faults({"path": TRANSACTIONS, "method": "POST", "kind": "reset"})
    assert outcomes(pushing.push()) == ["unsure"]
    with pushing.opened() as store, store.atomic() as connection:
        connection.execute("UPDATE geocollab_transaction SET number = 999999999")
    assert outcomes(pushing.push()) == ["sent"]
    assert pushing.server(CANTONS)[key]["commune"] == "encore"


def test_an_answer_lost_together_with_the_look_for_it(pushing):
    edits = of_every_kind(pushing)
    pushing.process.faults(
        {"kind": "lost_answer", "path": TRANSACTIONS, "method": "POST"},
        {"kind": "status", "status": 500, "path": TRANSACTIONS, "method": "GET", "times": None},
    )
    assert outcomes(pushing.push()) == ["unsure"] * 3
    assert outcomes(pushing.push()) == ["unsure"] * 3  # it cannot be found out yet, so nothing is sent
    pushing.process.faults()
    assert outcomes(pushing.push()) == ["found"] * 3
    assert len(pushing.posts()) == 1 and arrived_once(pushing, *edits)


def test_a_lost_answer_that_a_refresh_has_brought(pushing):
    edits = of_every_kind(pushing)
    pushing.process.faults(
        {"kind": "lost_answer", "path": TRANSACTIONS, "method": "POST"},
        {"kind": "status", "status": 500, "path": TRANSACTIONS, "method": "GET", "times": None},
    )
    assert outcomes(pushing.push()) == ["unsure"] * 3
    pushing.process.faults()
    pushing.refresh(CANTONS)
    pushing.push()
    assert len(pushing.posts()) == 1 and arrived_once(pushing, *edits)


def test_what_is_edited_after_a_lost_answer_is_sent_too(pushing):
    text, changed, gone = of_every_kind(pushing)
    pushing.process.faults(
        {"kind": "lost_answer", "path": TRANSACTIONS, "method": "POST"},
        {"kind": "status", "status": 500, "path": TRANSACTIONS, "method": "GET", "times": None},
    )
    pushing.push()
    pushing.process.faults()
    pushing.edit(CANTONS, changed, departement="ensuite")
    assert sorted(outcomes(pushing.push())) == ["found", "found", "sent"]
    assert [[data for *_x, data in actions] for actions in pushing.sent()][1][0].keys() == {
        "id_canton", "gcms_fingerprint", "departement"}  # fmt: skip
    assert arrived_once(pushing, text, changed, gone)


def test_a_pending_transaction_is_asked_again(pushing):
    edits = of_every_kind(pushing)
    pushing.process.faults({"kind": "slow_transaction", "seconds": 0.1, "pending": True})
    assert outcomes(pushing.push()) == ["sent"] * 3
    assert len(pushing.posts()) == 1 and arrived_once(pushing, *edits)


def test_a_pending_transaction_that_fails(pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="ici")
    pushing.process.faults({"kind": "slow_transaction", "seconds": 0.6, "pending": True})

    class Meanwhile(Watch):
        done = False

        def check(self):
            if not self.done and pushing.posts():
                self.done = True
                pushing.there(CANTONS, key, commune="ailleurs")

    pushed = pushing.push(watch=Meanwhile())
    assert outcomes(pushed) == ["conflict"] and pushing.edits(CANTONS) == {("update", key, True)}


def test_a_transaction_that_takes_too_long_is_left_for_another_run(pushing, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    edits = of_every_kind(pushing)
    pushing.process.faults({"kind": "slow_transaction", "seconds": 0.3, "pending": True})
    pushed = pushing.push()
    ((state, number, _counts),) = pushing.journal()
    assert outcomes(pushed) == ["unsure"] * 3 and state == "unsure"
    assert details(pushed)[0] == f"The server has not ended the transaction {number} yet."
    assert outcomes(pushing.push()) == ["unsure"] * 3
    monkeypatch.setattr(module, "PATIENCE", 5.0)
    assert outcomes(pushing.push()) == ["found"] * 3
    assert len(pushing.posts()) == 1 and arrived_once(pushing, *edits)


def test_what_is_edited_while_it_is_sent_stays_pending(pushing):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="ici")
    pushing.process.faults({"kind": "slow_transaction", "seconds": 0.1, "pending": True})

    class Meanwhile(Watch):
        done = False

        def check(self):
            if not self.done and pushing.posts():
                self.done = True
                pushing.edit(CANTONS, key, departement="pendant")

    assert outcomes(pushing.push(watch=Meanwhile())) == ["sent"]
    assert pushing.edits(CANTONS) == {("update", key, False)}
    assert pushing.server(CANTONS)[key]["departement"] != "pendant"
    assert outcomes(pushing.push()) == ["sent"]
    assert pushing.sent()[1][0][2].keys() == {"id_canton", "gcms_fingerprint", "departement"}


def test_what_is_edited_just_before_it_is_sent_is_looked_at_again(pushing):
    one, two = pushing.keys(CANTONS, 2)
    for key in (one, two):
        pushing.edit(CANTONS, key, commune="avant")

    class Meanwhile(Watch):
        done = False

        def check(self):
            if not self.done:
                self.done = True
                pushing.edit(CANTONS, one, commune="après")

    assert outcomes(pushing.push(watch=Meanwhile())) == ["sent", "sent"]
    assert [[data["commune"] for *_x, data in actions] for actions in pushing.sent()] == [["avant"], ["après"]]
    rows = pushing.server(CANTONS)
    assert [rows[key]["commune"] for key in (one, two)] == ["après", "avant"]
    assert pushing.local(CANTONS)[one] == rows[one] and pushing.edits(CANTONS) == set()


def test_what_is_refused_is_not_tried_again_for_the_sake_of_another_edit(pushing):
    one, two = pushing.keys(CANTONS, 2)
    for key in (one, two):
        pushing.edit(CANTONS, key, commune="avant")
    pushing.process.faults({"kind": "failed_transaction"})

    class Meanwhile(Watch):
        done = False

        def check(self):
            if not self.done:
                self.done = True
                pushing.edit(CANTONS, one, commune="après")

    assert outcomes(pushing.push(watch=Meanwhile())) == ["left", "refused"] and len(pushing.posts()) == 1


def test_cancelled_while_it_waits(pushing):
    edits = of_every_kind(pushing)
    pushing.process.faults({"kind": "slow_transaction", "seconds": 0.2, "pending": True})

    class Impatient(Watch):
        def check(self):
            if pushing.posts():
                raise Cancelled()

    with pytest.raises(Interrupted, match="0 of 3 edits were sent") as caught:
        pushing.push(watch=Impatient())
    assert isinstance(caught.value.__cause__, Cancelled)
    assert outcomes(pushing.push()) == ["found"] * 3
    assert len(pushing.posts()) == 1 and arrived_once(pushing, *edits)


def test_nobody_is_there(pushing, tmp_path):
    (key,) = pushing.keys(CANTONS)
    pushing.edit(CANTONS, key, commune="x")
    api = pushing.api()
    with api.session, Store(pushing.path) as store:
        me = Me(1001, "membre", "", False, (Membership(375, "x", "member", True, ()),))
        api.root = "http://127.0.0.1:9/gcms/api"
        with store.atomic() as connection:
            connection.execute("UPDATE geocollab_layer SET service = ?", (api.root,))
        with pytest.raises(Interrupted) as caught:
            module.push_edits(api, store, me, [(layer, None) for layer in store.layers.all()])
    assert isinstance(caught.value.__cause__, Unreachable)
    assert [entry[0] for entry in pushing.journal()] == ["lost"] and pushing.unsure() == {}


STEPS = {
    "before the journal": "module._Push._begin = die",
    "after the journal": "module.transactions.send = die",
    "after the request": "send = module.transactions.send\nmodule.transactions.send = lambda *a: (send(*a), die())",
    "after the answer": "module._Push._record = die",
    "while the rows are written": "from geocollab.store.edits import Edits\n"
    "committed = Edits.committed\n"
    "Edits.committed = lambda *a: (committed(*a), die())",
    "after the rows": "module.Pushed.numbers = die",
}


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step(pushing, monkeypatch, step):
    edits = of_every_kind(pushing)
    code = f"""
import os, signal, sys
sys.path[:0] = [{str(ROOT)!r}, {str(PLUGINS)!r}]
from geocollab.client.auth import bearer
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.connection.communities import writer
from geocollab.workflows.layers import push_edits as module
def die(*_a, **_k): os.kill(os.getpid(), signal.SIGKILL)
{STEPS[step]}
session = Session(bearer({pushing.process.token("membre")!r}), rate=None)
with session, Store({str(pushing.path)!r}) as store:
    api = EspaceCo(session, {pushing.url!r})
    chosen = [(layer, None) for layer in store.layers.all()]
    module.push_edits(api, store, writer(api), chosen).numbers()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    known = {"after the rows": [], "before the journal": ["sent"] * 3, "after the journal": ["unsure"] * 3}
    assert outcomes(pushing.push()) == known.get(step, ["found"] * 3)
    if step == "after the journal":  # it cannot be told whether the request was under way
        monkeypatch.setattr(module, "A33_LONGEST", timedelta(0))
        assert outcomes(pushing.push()) == ["sent"] * 3
    assert len(pushing.posts()) == 1 and arrived_once(pushing, *edits)


# ---------------------------------------------------------------------- documents


def test_a_document_is_uploaded_once_for_ever(pushing, tmp_path):
    one, two = pushing.keys(TYPES, 2)
    (pushing.path.parent / "mur.png").write_bytes(b"\x89PNG picture")
    (tmp_path / "autre nom.png").write_bytes(b"\x89PNG picture")
    pushing.edit(TYPES, one, **{"Pièce jointe": "mur.png"})
    pushing.edit(TYPES, two, **{"Pièce jointe": str(tmp_path / "autre nom.png")})
    pushing.process.faults({"kind": "failed_transaction"})
    assert outcomes(pushing.push()) == ["refused", "refused"]
    (upload,) = pushing.process.journal("^/document/add$")
    assert upload["method"] == "POST" and "multipart/form-data" in upload["headers"]["content-type"]
    number = pushing.local(TYPES)[one]["Pièce jointe"]
    assert number.isdigit() and pushing.local(TYPES)[two]["Pièce jointe"] == number
    assert outcomes(pushing.push()) == ["sent", "sent"]
    assert len(pushing.process.journal("^/document/add$")) == 1
    assert [data["Pièce jointe"] for *_x, data in pushing.sent()[1]] == [number, number]
    there = pushing.http.get(f"{pushing.process.url}/document/download/{number}", timeout=30)
    assert there.content == b"\x89PNG picture"


@pytest.mark.parametrize("column", ["Pièce jointe", "Entier"])
def test_what_is_edited_while_its_document_is_uploaded_is_looked_at_again(pushing, column):
    (key,) = pushing.keys(TYPES)
    folder, later = pushing.path.parent, {"Pièce jointe": "après.png", "Entier": 5}[column]
    (folder / "avant.png").write_bytes(b"\x89PNG before")
    (folder / "après.png").write_bytes(b"\x89PNG after")
    pushing.edit(TYPES, key, **{"Pièce jointe": "avant.png", "Entier": 4})
    changes = iter([{column: later}])

    class Meanwhile(Watch):
        def check(self):
            for values in changes:
                pushing.edit(TYPES, key, **values)

    assert outcomes(pushing.push(watch=Meanwhile())) == ["sent"]
    row = pushing.server(TYPES)[key]
    expected = b"\x89PNG after" if column == "Pièce jointe" else b"\x89PNG before"
    there = pushing.http.get(f"{pushing.process.url}/document/download/{row['Pièce jointe']}", timeout=30)
    assert there.content == expected and row["Entier"] == (4 if column == "Pièce jointe" else 5)
    assert pushing.local(TYPES)[key] == row and pushing.edits(TYPES) == set() and len(pushing.posts()) == 1


def test_a_document_that_cannot_be_uploaded(pushing):
    one, two = pushing.keys(TYPES, 2)
    (pushing.path.parent / "mur.png").write_bytes(b"\x89PNG other")
    pushing.edit(TYPES, one, **{"Pièce jointe": "mur.png"})
    pushing.edit(TYPES, two, Entier=3)
    pushing.process.faults({"kind": "status", "status": 400, "message": "Format refusé", "path": "/document/add"})
    pushed = pushing.push()
    assert sorted(outcomes(pushed)) == ["fault", "left"]
    assert "mur.png could not be uploaded" in pushed.faults[0].sentence and "Format refusé" in pushed.faults[0].sentence
    assert not pushing.posts() and pushing.local(TYPES)[one]["Pièce jointe"] == "mur.png"
    assert outcomes(pushing.push()) == ["sent", "sent"]


# ---------------------------------------------------------------------- odd answers


def test_answers_without_our_ids_are_told_by_their_places(pushing, monkeypatch):
    edits = of_every_kind(pushing)
    applied = module.transactions._applied
    monkeypatch.setattr(
        module.transactions, "_applied", lambda entry: applied({**entry, "client_feature_id": None})
    )  # fmt: skip
    assert outcomes(pushing.push()) == ["sent"] * 3 and arrived_once(pushing, *edits)


def test_new_objects_of_which_the_server_tells_no_key_are_not_sent_twice(pushing, monkeypatch):
    text = name()
    pushing.insert(CANTONS, HERE, nom=text)
    applied = module.transactions._applied
    monkeypatch.setattr(
        module.transactions, "_applied", lambda entry: applied({**entry, "data": {}, "server_feature_id": None})
    )
    heard = Heard()
    assert outcomes(pushing.push(watch=heard)) == ["sent"]
    assert heard.said == ["The server does not say under which keys it stored new objects: refresh the layers."]
    assert outcomes(pushing.push()) == [] and len(pushing.named(text)) == 1
    pushing.refresh(CANTONS)
    assert pushing.local(CANTONS) == pushing.server(CANTONS)


def test_new_objects_without_a_key_that_were_edited_meanwhile_are_kept(pushing, monkeypatch):
    text, later = name(), name()
    row, other = (pushing.insert(CANTONS, HERE, nom=text) for _time in range(2))
    lost = {"kind": "status", "status": 500, "path": TRANSACTIONS, "method": "GET", "times": None}
    pushing.process.faults({"kind": "lost_answer", "path": TRANSACTIONS, "method": "POST"}, lost)
    assert outcomes(pushing.push()) == ["unsure", "unsure"]
    pushing.sql(CANTONS, "UPDATE {t} SET nom = ? WHERE geocollab_id = ?", [later, row])
    pushing.process.faults()
    applied = module.transactions._applied
    monkeypatch.setattr(
        module.transactions, "_applied", lambda entry: applied({**entry, "data": {}, "server_feature_id": None})
    )
    heard = Heard()
    assert outcomes(pushing.push(watch=heard)) == ["found", "found"]
    assert heard.said[0] == (
        "Cantons suivis: 1 new object was edited after it was sent, and which one it is on the server is not known. It "
        "stays here as a new one: refresh the layer, and remove what is there twice."
    )
    assert pushing.edits(CANTONS) == {("insert", None, False)} and len(pushing.posts()) == 1
    assert pushing.sql(CANTONS, "SELECT nom FROM {t} WHERE geocollab_id IN (?, ?)", [row, other]) == [(later,)]
    assert pushing.unsure() == {}


@pytest.mark.parametrize("left_out", ["data", "gcms_fingerprint"])
def test_rows_that_the_answer_leaves_out_are_read(pushing, monkeypatch, left_out):
    text, changed, _gone = edits = of_every_kind(pushing)
    (pharmacy,) = pushing.keys(PHARMACIES)
    pushing.edit(PHARMACIES, pharmacy, capacite=11)
    applied = module.transactions._applied

    def without(entry):
        data = {} if left_out == "data" else {n: v for n, v in entry["data"].items() if n != left_out}
        return applied({**entry, "data": data})

    monkeypatch.setattr(module.transactions, "_applied", without)
    assert outcomes(pushing.push()) == ["sent"] * 4 and arrived_once(pushing, *edits)
    # of a table without history, fingerprints are not missed
    assert len(pushing.process.journal("/features/")) == (3 if left_out == "data" else 2)
    assert pushing.local(PHARMACIES)[pharmacy] == pushing.server(PHARMACIES)[pharmacy]
    for key in (changed, *pushing.named(text)):
        pushing.edit(CANTONS, key, departement="ensuite")
    assert outcomes(pushing.push()) == ["sent", "sent"]


def test_rows_that_cannot_be_read_either_are_left_to_the_next_refresh(pushing, monkeypatch):
    edits = of_every_kind(pushing)
    applied = module.transactions._applied
    monkeypatch.setattr(module.transactions, "_applied", lambda entry: applied({**entry, "data": {}}))
    pushing.process.faults({"kind": "status", "status": 500, "path": "/features/", "times": None})
    heard = Heard()
    assert outcomes(pushing.push(watch=heard)) == ["sent"] * 3
    assert heard.said == ["The server does not say how it stored some of the objects: refresh the layers."]
    assert pushing.edits(CANTONS) == set() and pushing.local(CANTONS)[edits[1]]["commune"] == edits[0]
    pushing.process.faults()
    pushing.refresh(CANTONS)
    assert arrived_once(pushing, *edits)


# ---------------------------------------------------------------------- the same value twice


NATIONAL = "identifiant national"


def test_values_that_must_be_unique(pushing):
    one, two, three = pushing.keys(PHARMACIES, 3)
    taken = next(row[NATIONAL] for key, row in pushing.server(PHARMACIES).items() if row[NATIONAL] and key != three)
    pushing.edit(PHARMACIES, one, **{NATIONAL: "ZZ1"})
    pushing.edit(PHARMACIES, two, **{NATIONAL: "ZZ1"})
    pushing.edit(PHARMACIES, three, **{NATIONAL: taken})
    pushed = pushing.push()
    assert details(pushed) == [
        "“identifiant national”: several of these objects have the value “ZZ1”.",
        "“identifiant national”: several of these objects have the value “ZZ1”.",
        f"“identifiant national”: another object has the value “{taken}” already.",
    ]
    assert not pushing.posts()


def test_keys_that_are_there_already(pushing):
    pushing.insert(POSTS, "POINT(2.35 48.85)", reference="YY-1")
    pushing.insert(POSTS, "POINT(2.35 48.86)", reference="YY-1")
    known = pushing.keys(POSTS)[0]
    pushing.insert(POSTS, "POINT(2.35 48.87)", reference=known)
    pushed = pushing.push()
    assert details(pushed) == [
        "“reference”: several of these objects have the value “YY-1”.",
        "“reference”: several of these objects have the value “YY-1”.",
        f"“reference”: another object has the value “{known}” already.",
    ]


def test_a_value_that_another_edit_gives_free_is_taken_until_that_is_sent(pushing):
    """As on the server, where all edits of a transaction are looked at before any is done."""
    one, two = pushing.keys(PHARMACIES, 2)
    pushing.edit(PHARMACIES, one, **{NATIONAL: "WW1"})
    assert outcomes(pushing.push()) == ["sent"]
    pushing.edit(PHARMACIES, one, **{NATIONAL: "WW2"})
    pushing.edit(PHARMACIES, two, **{NATIONAL: "WW1"})
    assert outcomes(pushing.push(skip_faulty=True)) == ["sent", "fault"]
    assert outcomes(pushing.push()) == ["sent"]
    assert [pushing.server(PHARMACIES)[key][NATIONAL] for key in (one, two)] == ["WW2", "WW1"]
