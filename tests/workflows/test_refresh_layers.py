"""Refreshing group layers: what changed on the server comes, no local edit goes, and little is asked."""

import json
import os
import subprocess
import sys
import time

import pytest

from geocollab.client.errors import Cancelled, Forbidden, ServiceError, Unauthorized
from geocollab.client.espaceco import features
from geocollab.store.errors import LayerChanged
from geocollab.store.layers import LayerTables
from geocollab.store.store import Store
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.layers import settling
from geocollab.workflows.layers.described import described
from geocollab.workflows.layers.refresh_layers import refresh_layers
from geocollab.workflows.pages.html import write_html
from sandbox.process import SandboxProcess
from tests.conftest import PLUGINS, ROOT
from tests.workflows.downloads import Heard
from tests.workflows.group_rows import CANTONS, PARCELS, PHARMACIES, POSTS, ROADS, Guichet, square

EAST = square(2.30, 48.0, 3.0, 49.5)
INSIDE, OUTSIDE = "POINT(2.4 48.86)", "POINT(2.2 48.86)"
CANTON = "suivi_terrain/tables/3401"


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=5, features=500, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture
def guichet(process, empty_store, tmp_path, monkeypatch):
    """An empty store, a sandbox that others may have written to, as it was described."""
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 2)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    path = tmp_path / "layers.sqlite"
    path.write_bytes(empty_store.read_bytes())
    process.faults()
    process.clear_journal()
    yield Guichet(process, path)
    process.faults()


@pytest.fixture
def world(guichet):
    """The same, with a description that may be changed."""
    yield guichet
    guichet.process.reset_world()


def first(guichet, code):
    """The key of a row here."""
    return min(guichet.local(code))


def dump(guichet):
    """All of the store, to compare before and after."""
    with Store(guichet.path) as store:
        return list(store.connection.iterdump())


def new_post(guichet, number, place=INSIDE):
    return guichet.write(POSTS, ("Insert", {"reference": f"ZZ-{number}", "etat": "Bon", "geom": place}))[0]


def free_number(guichet):
    return 1000 + len(guichet.all_rows(POSTS))


# ---------------------------------------------------------------------- what changed


def test_a_layer_without_news_costs_one_request(guichet):
    guichet.load(CANTONS, PARCELS, POSTS, ROADS)
    guichet.asked()
    with Store(guichet.path) as store:
        store.connection.execute("UPDATE geocollab_layer SET loaded = '2020-01-01T00:00:00+00:00'")
    refreshed = guichet.refresh()
    assert guichet.asked() == ["max-numrec"] * 4
    numbers = refreshed.numbers()
    assert numbers.pop("UNCHANGED_COUNT") == sum(len(guichet.local(c)) for c in (CANTONS, PARCELS, POSTS, ROADS))
    assert (numbers.pop("COUNT"), numbers.pop("REQUEST_COUNT")) == (4, 4) and set(numbers.values()) == {0}
    assert guichet.layer(CANTONS).loaded > "2026" and [row[2] for row in refreshed.rows()] == ["unchanged"] * 4


def test_created_changed_and_destroyed(guichet):
    guichet.load(CANTONS, POSTS)
    one, two, three = sorted(guichet.local(POSTS))[:3]
    number = free_number(guichet)
    new_post(guichet, number)
    guichet.write(
        POSTS,
        ("Update", {"reference": one, "etat": "Mauvais" if guichet.local(POSTS)[one]["etat"] != "Mauvais" else "Bon"}),
        ("Update", {"reference": two, "geom": "POINT(2.41 48.87)"}),
        ("Delete", {"reference": three}),
    )
    guichet.asked()
    refreshed = guichet.refresh()
    assert guichet.asked() == ["max-numrec", "max-numrec", "table", "wfs"]
    assert guichet.local(POSTS) == guichet.server(POSTS)
    (quiet, posts) = refreshed.layers
    assert (quiet.outcome, posts.outcome) == ("unchanged", "changed")
    assert (posts.did.created, posts.did.changed, posts.did.removed) == (1, 2, 1)
    assert "1 new, 2 updated, 1 removed, 0 merged" in "\n".join(refreshed.lines())


def test_heights_and_dates_of_bduni_come_too(guichet):
    guichet.load(ROADS)
    key = first(guichet, ROADS)
    line = "LINESTRING(652000 6862000 -1000,652050.25 6862010 -1000)"
    guichet.write(ROADS, ("Update", {"cleabs": key, "nom_voie": "Rue de l'Été", "geometrie": line}))
    assert guichet.refresh().total("changed") == 1
    assert guichet.local(ROADS) == guichet.server(ROADS)
    assert guichet.local(ROADS)[key]["geometrie"][2] == -1000


def test_into_the_zone_and_out_of_it(guichet):
    number = free_number_without_layer(guichet)
    guichet.load(POSTS)
    new_post(guichet, number)
    new_post(guichet, number + 1, OUTSIDE)
    new_post(guichet, number + 2)
    guichet.load(POSTS, zone=EAST)
    before = guichet.local(POSTS)
    assert {f"ZZ-{number}", f"ZZ-{number + 2}"} <= before.keys() and f"ZZ-{number + 1}" not in before
    guichet.write(POSTS, ("Update", {"reference": f"ZZ-{number}", "geom": OUTSIDE}))  # out
    guichet.write(POSTS, ("Update", {"reference": f"ZZ-{number + 1}", "geom": INSIDE}))  # in
    guichet.write(POSTS, ("Delete", {"reference": f"ZZ-{number + 2}"}))
    new_post(guichet, number + 3, OUTSIDE)  # never seen here
    new_post(guichet, number + 4)
    refreshed = guichet.refresh()
    after = guichet.local(POSTS)
    assert after.keys() == (before.keys() - {f"ZZ-{number}", f"ZZ-{number + 2}"}) | {
        f"ZZ-{number + 1}",
        f"ZZ-{number + 4}",
    }
    (posts,) = refreshed.layers
    assert (posts.did.created, posts.did.changed, posts.did.removed) == (2, 0, 2)
    assert guichet.refresh(mode="reconcile").of_outcome("changed") == 0, "a whole reading finds nothing else"


def free_number_without_layer(guichet):
    guichet.load(POSTS)
    number = free_number(guichet)
    with Store(guichet.path) as store:
        store.layers.drop(store.layers.all()[0])
    return number


@pytest.mark.parametrize("mode", ["update", "reconcile", "reload"])
def test_what_is_edited_here_and_left_the_zone_there_is_no_deleted_object(guichet, mode):
    """Else it would be offered as a new one, and be there twice."""
    number = free_number_without_layer(guichet)
    guichet.load(POSTS)
    for extra in range(3):
        new_post(guichet, number + extra)
    guichet.load(POSTS, zone=EAST)
    keys = [f"ZZ-{number + extra}" for extra in range(3)]
    guichet.sql(POSTS, "UPDATE {t} SET etat = 'Mauvais' WHERE reference IN (?, ?)", keys[:2])
    guichet.sql(POSTS, "DELETE FROM {t} WHERE reference = ?", keys[2:])
    guichet.write(POSTS, ("Update", {"reference": keys[0], "geom": OUTSIDE}))
    guichet.write(POSTS, ("Delete", {"reference": keys[1]}))
    guichet.write(POSTS, ("Update", {"reference": keys[2], "geom": OUTSIDE}))
    refreshed = guichet.refresh(mode=mode)
    assert guichet.edits(POSTS) == {("update", keys[0], False), ("update", keys[1], True), ("delete", keys[2], True)}
    layer = guichet.layer(POSTS)
    with Store(guichet.path) as store:
        kinds = {conflict.key: conflict.kind for conflict in store.edits.conflicts(layer)}
    assert kinds == {keys[1]: "deleted_there", keys[2]: "deleted_here"}
    assert refreshed.numbers()["MERGED_COUNT"] == 1 and refreshed.conflicts == 2


def test_what_is_edited_just_when_it_leaves_the_zone_is_no_deleted_object(guichet, monkeypatch):
    number = free_number_without_layer(guichet)
    guichet.load(POSTS)
    keys = [f"ZZ-{number + extra}" for extra in range(3)]
    for extra in range(3):
        new_post(guichet, number + extra)
    guichet.load(POSTS, zone=EAST)
    for key in keys:
        guichet.write(POSTS, ("Update", {"reference": key, "geom": OUTSIDE}))
    look = LayerTables.marks

    def looked(tables, layer, sought):
        found = look(tables, layer, sought)
        monkeypatch.setattr(LayerTables, "marks", look)
        guichet.sql(POSTS, "UPDATE {t} SET etat = 'Mauvais' WHERE reference = ?", keys[:1])
        guichet.sql(POSTS, "DELETE FROM {t} WHERE reference = ?", keys[1:2])
        return found

    monkeypatch.setattr(LayerTables, "marks", looked)
    guichet.refresh()
    assert guichet.edits(POSTS) == {("update", keys[0], False), ("delete", keys[1], True)}
    assert keys[2] not in guichet.local(POSTS), "it is outside, and nobody edits it"


def test_what_leaves_the_zone_and_is_deleted_while_it_is_read_is_deleted(guichet, monkeypatch):
    """A row comes twice when others write: the last one counts."""
    number = free_number_without_layer(guichet)
    guichet.load(POSTS)
    for extra in range(3):
        new_post(guichet, number + extra)
    guichet.load(POSTS, zone=EAST)
    keys = [f"ZZ-{number + extra}" for extra in range(3)]
    guichet.sql(POSTS, "UPDATE {t} SET etat = 'Mauvais' WHERE reference = ?", keys[:1])
    before = guichet.local(POSTS)
    for key in keys:
        guichet.write(POSTS, ("Update", {"reference": key, "geom": OUTSIDE}))
    rows = guichet.all_rows(POSTS)
    page = [rows[key] for key in keys]
    after = [{**page[0], "gcms_detruit": True}, {**page[1], "geom": INSIDE}]

    class Twice(features.Reading):
        def __iter__(self):
            return iter([page, after])

    monkeypatch.setattr(features, "Reading", Twice)
    guichet.refresh()
    assert guichet.edits(POSTS) == {("update", keys[0], True)}
    local = guichet.local(POSTS)
    assert local.keys() == before.keys() - {keys[2]} and local[keys[1]]["geom"] == [2.4, 48.86]


# ---------------------------------------------------------------------- local edits


def test_edits_are_merged_or_become_conflicts(guichet):
    guichet.load(CANTONS)
    one, two, three, four = sorted(guichet.local(CANTONS))[:4]
    guichet.sql(CANTONS, "UPDATE {t} SET suivi = 'Fait', visite = '2026-05-01' WHERE id_canton = ?", (one,))
    guichet.sql(CANTONS, "UPDATE {t} SET nom = 'Le mien' WHERE id_canton = ?", (two,))
    guichet.sql(CANTONS, "DELETE FROM {t} WHERE id_canton = ?", (three,))
    guichet.sql(CANTONS, "UPDATE {t} SET nom = 'À moi seul' WHERE id_canton = ?", (four,))
    guichet.write(
        CANTONS,
        ("Update", {"id_canton": one, "nom": "Des autres"}),
        ("Update", {"id_canton": two, "nom": "Le leur"}),
        ("Update", {"id_canton": three, "nom": "Toujours là"}),
    )
    refreshed = guichet.refresh()
    assert (refreshed.total("merged"), refreshed.conflicts) == (1, 2)
    local = guichet.local(CANTONS)
    assert (local[one]["nom"], local[one]["suivi"], local[one]["visite"]) == ("Des autres", "Fait", "2026-05-01")
    assert local[two]["nom"] == "Le mien" and three not in local and local[four]["nom"] == "À moi seul"
    expected = {("update", one, False), ("update", two, True), ("delete", three, True), ("update", four, False)}
    assert guichet.edits(CANTONS) == expected
    assert refreshed.about_edits() == (
        "1 pending edit was merged with what others changed. 2 conflicts: open them with “Resolve conflicts”."
    )
    again = guichet.refresh()
    assert again.conflicts == 2 and guichet.edits(CANTONS) == expected and again.total("merged") == 0
    assert again.of_outcome("unchanged") == 1 and guichet.refresh(mode="reconcile").of_outcome("unchanged") == 1


def test_an_edit_whose_answer_was_lost_is_settled_by_what_comes(guichet):
    guichet.load(CANTONS)
    key = first(guichet, CANTONS)
    guichet.sql(CANTONS, "UPDATE {t} SET nom = 'Envoyé', suivi = 'Fait' WHERE id_canton = ?", (key,))
    layer = guichet.layer(CANTONS)
    with Store(guichet.path) as store:
        store.edits.sending(layer, [edit.row for edit in store.edits.pending(layer)])
    guichet.write(CANTONS, ("Update", {"id_canton": key, "nom": "Envoyé", "suivi": "Fait"}))
    guichet.refresh()
    assert guichet.edits(CANTONS) == set() and guichet.local(CANTONS) == guichet.server(CANTONS)
    with Store(guichet.path) as store:
        assert store.edits.unsure(layer) == []


def test_an_unsure_edit_that_did_not_arrive_stays_unsure(guichet):
    guichet.load(CANTONS)
    key = first(guichet, CANTONS)
    guichet.sql(CANTONS, "UPDATE {t} SET nom = 'Perdu' WHERE id_canton = ?", (key,))
    layer = guichet.layer(CANTONS)
    with Store(guichet.path) as store:
        store.edits.sending(layer, [edit.row for edit in store.edits.pending(layer)])
    guichet.write(CANTONS, ("Update", {"id_canton": max(guichet.local(CANTONS)), "suivi": "En cours"}))
    guichet.refresh()
    with Store(guichet.path) as store:
        assert [edit.key for edit in store.edits.unsure(layer)] == [key]
    assert guichet.edits(CANTONS) == {("update", key, False)}


# ---------------------------------------------------------------------- slow transactions


def slow(guichet, key, name):
    """A transaction that has its number now and whose rows are seen later; gives a function that waits for its end."""
    guichet.process.faults({"kind": "slow_transaction", "seconds": 1, "pending": True})
    row = guichet.all_rows(CANTONS)[key]
    data = {"id_canton": key, "gcms_fingerprint": row["gcms_fingerprint"], "nom": name}
    body = {"comment": "lente", "actions": [{"table": 3401, "state": "Update", "data": data}]}
    begun = guichet.call("POST", "/databases/34/transactions", "admin", json=body).json()
    assert begun["status"] == "pending"
    guichet.process.faults()

    def wait():
        while guichet.call("GET", f"/databases/34/transactions/{begun['id']}", "admin").json()["status"] != "committed":
            time.sleep(0.02)
        return begun["numrec"]

    return wait


def test_a_transaction_that_ends_late_is_seen_when_one_refreshes_again(guichet, monkeypatch):
    guichet.load(CANTONS)
    one, two = sorted(guichet.local(CANTONS))[:2]
    wait = slow(guichet, one, "Lente")
    guichet.write(CANTONS, ("Update", {"id_canton": two, "nom": "Rapide"}))
    assert guichet.refresh().total("changed") == 1
    assert guichet.local(CANTONS)[one]["nom"] != "Lente" and guichet.local(CANTONS)[two]["nom"] == "Rapide"
    assert wait() < guichet.layer(CANTONS).watermark
    guichet.asked()
    watermark = guichet.layer(CANTONS).watermark
    assert guichet.refresh().total("changed") == 1
    assert guichet.asked() == ["max-numrec", "wfs"] and guichet.layer(CANTONS).watermark == watermark
    assert guichet.local(CANTONS) == guichet.server(CANTONS)
    # when it must have ended, a last look, and the layer is at rest
    monkeypatch.setattr(settling, "A33_LONGEST", settling.timedelta(0))
    assert guichet.refresh().of_outcome("changed") == 0 and guichet.asked().count("wfs") == 2  # `server` asked too
    guichet.refresh()
    assert guichet.asked() == ["max-numrec"]


def test_one_that_was_under_way_at_the_first_load_is_seen_with_the_next_change(guichet):
    guichet.load(CANTONS)
    one, two = sorted(guichet.local(CANTONS))[:2]
    wait = slow(guichet, one, "Lente aussi")
    guichet.write(CANTONS, ("Update", {"id_canton": two, "nom": "Avant"}))
    guichet.load(CANTONS)
    assert guichet.local(CANTONS)[one]["nom"] != "Lente aussi"
    wait()
    guichet.write(CANTONS, ("Update", {"id_canton": two, "nom": "Après"}))
    assert guichet.refresh().total("changed") == 2
    assert guichet.local(CANTONS) == guichet.server(CANTONS)


def test_a_second_look_at_known_rows_writes_nothing_in_the_layer(guichet):
    guichet.load(POSTS)
    guichet.write(POSTS, ("Update", {"reference": first(guichet, POSTS), "geom": "POINT(2.4 48.8)"}))
    guichet.refresh()
    with Store(guichet.path) as store:
        before = store.one("PRAGMA main.schema_version")  # each write to a layer puts its triggers aside
    refreshed = guichet.refresh()
    with Store(guichet.path) as store:
        assert store.one("PRAGMA main.schema_version") == before
    assert refreshed.of_outcome("unchanged") == 1


# ---------------------------------------------------------------------- whole readings


def test_a_layer_without_history_is_read_as_a_whole(guichet):
    guichet.load(PHARMACIES)
    one, two, three = sorted(guichet.local(PHARMACIES))[:3]
    guichet.sql(PHARMACIES, "UPDATE {t} SET capacite = 49 WHERE gid = ?", (one,))
    guichet.write(PHARMACIES, ("Update", {"gid": one, "garde": True}), ("Delete", {"gid": three}))
    guichet.write(PHARMACIES, ("Update", {"gid": two, "nom pharmacie": "Pharmacie du Midi"}))
    guichet.asked()
    refreshed = guichet.refresh()
    assert guichet.asked() == ["table", "wfs"]
    did = refreshed.layers[0].did
    assert (did.changed, did.removed, did.merged, did.conflicts) == (1, 1, 1, 0)
    assert guichet.edits(PHARMACIES) == {("update", one, False)}
    server, local = guichet.server(PHARMACIES), guichet.local(PHARMACIES)
    assert local == {**server, one: {**server[one], "capacite": 49}}


def test_a_layer_without_a_key_is_read_as_a_whole(guichet):
    code = "demo_guichet:sans_cle"
    guichet.load(code)
    guichet.write(code, ("Insert", {"libelle": "Sans clé", "geom": "POINT(2.3 48.8)"}))
    assert guichet.refresh().layers[0].outcome == "changed"
    assert guichet.sql(code, "SELECT count(*) FROM {t} WHERE libelle = 'Sans clé'") == [(1,)]


def test_purged_rows_are_found_by_comparing_all_of_them(world):
    number = free_number_without_layer(world)
    world.load(POSTS)
    new_post(world, number)
    world.refresh()
    world.write(POSTS, ("Delete", {"reference": f"ZZ-{number}"}))
    world.process.change("purged", table=3404)
    new_post(world, number + 1)
    assert world.refresh().total("removed") == 0 and f"ZZ-{number}" in world.local(POSTS)
    refreshed = world.refresh(mode="reconcile")
    assert refreshed.total("removed") == 1 and world.local(POSTS) == world.server(POSTS)


def test_a_history_that_is_not_shown_makes_it_a_whole_reading(guichet):
    guichet.load(POSTS)
    guichet.write(POSTS, ("Update", {"reference": first(guichet, POSTS), "geom": "POINT(2.42 48.82)"}))
    guichet.process.faults({"kind": "status", "status": 403, "path": "max-numrec$", "times": None})
    guichet.asked()
    assert guichet.refresh().total("changed") == 1
    assert guichet.asked() == ["max-numrec", "table", "wfs"]
    assert guichet.local(POSTS) == guichet.server(POSTS) and guichet.layer(POSTS).watermark is None
    guichet.process.faults()
    guichet.refresh()
    assert guichet.layer(POSTS).watermark is not None


def test_a_server_that_was_set_back_is_read_as_a_whole(guichet):
    guichet.load(POSTS)
    number = guichet.layer(POSTS).watermark
    with Store(guichet.path) as store:
        store.connection.execute("UPDATE geocollab_layer SET watermark = watermark + 500")
    guichet.sql(POSTS, "UPDATE {t} SET etat = NULL WHERE reference = ?", (first(guichet, POSTS),))
    guichet.asked()
    guichet.refresh()
    assert guichet.asked() == ["max-numrec", "table", "wfs"]
    assert guichet.layer(POSTS).watermark == number


def test_numbers_of_the_whole_database_do_not_matter(world):
    world.process.change("database_sequences")
    world.load(POSTS, CANTONS)
    world.write(CANTONS, ("Update", {"id_canton": first(world, CANTONS), "nom": "Ailleurs"}))
    posts = world.layer(POSTS).watermark
    assert world.refresh().of_outcome("changed") == 1
    assert world.layer(POSTS).watermark == posts < world.layer(CANTONS).watermark


# ---------------------------------------------------------------------- the description


def test_columns_that_changed_since_the_load(world):
    world.load(CANTONS, POSTS)
    one, two = sorted(world.local(CANTONS))[:2]
    world.sql(CANTONS, "UPDATE {t} SET commune = 'Ma commune', visite = '2031-02-03' WHERE id_canton = ?", (one,))
    world.process.change("column_added", table=3401, column={"name": "Étage n° 1", "type": "Integer"})
    world.process.change("column_removed", table=3401, name="commune")
    world.process.change("column_retyped", table=3401, name="insee_com", type="Integer")
    world.write(CANTONS, ("Update", {"id_canton": two, "Étage n° 1": 4}))
    world.asked()
    refreshed = world.refresh()
    assert world.asked() == ["max-numrec", "max-numrec", "table", "wfs"]
    server, local = world.server(CANTONS), world.local(CANTONS)
    assert local == {**server, one: {**server[one], "visite": "2031-02-03"}} and local[two]["Étage n° 1"] == 4
    assert world.edits(CANTONS) == {("update", one, False)}
    assert world.sql(CANTONS, "SELECT commune FROM {t} WHERE id_canton = ?", (one,)) == [("Ma commune",)]
    assert refreshed.layers[0].layer.watermark == world.layer(CANTONS).watermark is not None
    assert world.refresh().of_outcome("unchanged") == 2


def test_a_new_description_alone_needs_no_whole_reading(world):
    world.load(CANTONS)
    world.process.change("table", table=3401, set={"title": "Cantons de terrain", "read_only": True})
    assert described(world.layer(CANTONS)).table.title == "Cantons suivis"
    world.process.change("table", table=3401, set={"read_only": False})
    world.write(CANTONS, ("Update", {"id_canton": first(world, CANTONS), "nom": "Un autre"}))
    world.process.change("table", table=3401, set={"read_only": True})
    assert world.refresh().total("changed") == 1
    about = described(world.layer(CANTONS))
    assert (about.table.title, about.refusals) == ("Cantons de terrain", ("table",))
    world.process.change("table", table=3401, set={"read_only": False})
    world.write(CANTONS, ("Update", {"id_canton": first(world, CANTONS), "nom": "Encore un"}))
    world.refresh()
    assert described(world.layer(CANTONS)).editable


def test_a_reload_reads_roles_and_rights_anew(world):
    world.load(CANTONS, POSTS, zone=EAST)
    count = len(world.local(CANTONS))
    world.process.change("layer", layer=806, set={"role": "visu"})
    world.process.change("permission", permission=11, level="VIEW")
    assert world.refresh().of_outcome("changed") == 0 and described(world.layer(CANTONS)).editable
    refreshed = world.refresh(mode="reload")
    assert described(world.layer(CANTONS)).refusals == ("role", "permission")
    assert described(world.layer(POSTS)).refusals == ("permission",)
    assert refreshed.of_outcome("failed") == 0 and len(world.local(CANTONS)) == count, "in the same zone"
    assert world.layer(CANTONS).zone == {"wkb": EAST.wkb.hex(), "fingerprint": EAST.fingerprint}


def test_a_layer_that_is_no_longer_in_the_group(world):
    world.load(CANTONS, POSTS)
    world.process.change("layer_removed", layer=806)
    heard = Heard()
    refreshed = world.refresh(mode="reload", watch=heard)
    assert [layer.outcome for layer in refreshed.layers] == ["failed", "unchanged"]
    assert heard.said == [
        "Cantons suivis — suivi_terrain:cantons_suivis stays as it was: The group “Voirie et adresses de la petite "
        "couronne” does not have it any more."
    ]
    assert len(world.local(CANTONS)) > 50


def test_another_key_while_edits_are_pending_is_refused(world):
    world.load(CANTONS, POSTS)
    world.sql(CANTONS, "UPDATE {t} SET nom = 'x' WHERE id_canton = ?", (first(world, CANTONS),))
    world.process.change("table", table=3401, set={"id_name": "code"})
    refreshed = world.refresh(mode="reconcile")
    assert isinstance(refreshed.layers[0].error, LayerChanged) and refreshed.layers[1].outcome == "unchanged"
    assert world.layer(CANTONS).key == "id_canton"


# ---------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("fault", "mode"),
    [
        ({"kind": "drop"}, "update"),
        ({"kind": "drop"}, "reconcile"),
        ({"kind": "truncated_json"}, "update"),
        ({"kind": "truncated_json"}, "reconcile"),
        ({"kind": "html", "status": 502}, "update"),
        ({"kind": "status", "status": 500}, "update"),
    ],
)
def test_pages_that_break_off_leave_the_layer_and_its_number_as_they_were(guichet, fault, mode, monkeypatch):
    monkeypatch.setattr(features.Reading.__init__, "__defaults__", (20,))
    guichet.load(CANTONS, POSTS)
    keys = sorted(guichet.local(CANTONS))
    guichet.write(CANTONS, *(("Update", {"id_canton": key, "nom": f"{mode} {fault}"[:80]}) for key in keys))
    guichet.write(POSTS, ("Update", {"reference": first(guichet, POSTS), "geom": f"POINT(2.4{len(str(fault))} 48.8)"}))
    guichet.sql(CANTONS, "UPDATE {t} SET visite = '2031-02-03' WHERE id_canton = ?", keys[:1])
    local, layer = guichet.local(CANTONS), guichet.layer(CANTONS)
    path = "/wfs/suivi_terrain"
    # the first page of the first layer passes; each attempt at the next two fails, the other layer is left alone
    attempts = 1 if fault["kind"] == "truncated_json" else 2
    guichet.process.faults({**fault, "path": path, "after": 1, "times": 2 * attempts})
    heard = Heard()
    refreshed = guichet.refresh(mode=mode, watch=heard)
    assert [each.outcome for each in refreshed.layers] == ["failed", "changed"]
    assert isinstance(refreshed.layers[0].error, ServiceError) and refreshed.numbers()["FAILED_COUNT"] == 1
    assert guichet.local(CANTONS) == local and guichet.layer(CANTONS) == layer
    assert guichet.local(POSTS) == guichet.server(POSTS)
    assert len(heard.said) == 1 and heard.said[0].startswith("Cantons suivis — suivi_terrain:cantons_suivis stays as")
    guichet.process.faults()
    guichet.refresh()
    server = guichet.server(CANTONS)
    assert guichet.local(CANTONS) == {**server, keys[0]: {**server[keys[0]], "visite": "2031-02-03"}}


def test_what_fails_for_all_is_raised(guichet):
    guichet.load(CANTONS, POSTS)
    before = dump(guichet)
    guichet.process.faults({"kind": "html", "status": 502, "path": "max-numrec$", "times": None})
    with pytest.raises(ServiceError):
        guichet.refresh()
    guichet.process.faults({"kind": "reset", "times": None})
    with pytest.raises(ServiceError):
        guichet.refresh()
    guichet.process.faults()
    api = guichet.api(token="none")
    with api.session, Store(guichet.path) as store, pytest.raises(Unauthorized):
        refresh_layers(api, store, store.layers.all())
    assert dump(guichet) == before


def test_one_number_that_cannot_be_had_leaves_one_layer(guichet):
    guichet.load(CANTONS, POSTS)
    guichet.process.faults({"kind": "not_json", "path": "3401/max-numrec$", "times": None})
    refreshed = guichet.refresh()
    assert [layer.outcome for layer in refreshed.layers] == ["failed", "unchanged"]


def test_a_table_that_may_no_longer_be_read(world):
    world.load(PARCELS, "demo_guichet:archives")
    world.process.change("permission", permission=11, level="NONE")
    heard = Heard()
    refreshed = world.refresh(watch=heard)
    assert [layer.outcome for layer in refreshed.layers] == ["failed", "unchanged"]
    assert heard.said == [
        "Parcelles — suivi_terrain:parcelles stays as it was: Your account may not read it any more (403). "
        "“List the group layers” shows what the group has."
    ]
    assert len(world.local(PARCELS)) > 50
    with pytest.raises(Forbidden):
        world.refresh(PARCELS)


def test_a_table_that_is_gone(guichet):
    guichet.load(CANTONS, POSTS)
    guichet.process.faults({"kind": "status", "status": 404, "path": "/tables/3401", "times": None})
    heard = Heard()
    refreshed = guichet.refresh(watch=heard)
    assert [layer.outcome for layer in refreshed.layers] == ["failed", "unchanged"]
    assert "The server does not have it any more (404)." in heard.said[0]
    assert refreshed.layers[0].row()[-1] == heard.said[0]


def test_a_layer_of_another_server_is_left_alone(guichet):
    guichet.load(CANTONS, POSTS)
    with Store(guichet.path) as store:
        store.connection.execute("UPDATE geocollab_layer SET service = 'https://autre.fr/gcms/api' WHERE id = 1")
    guichet.asked()
    heard = Heard()
    refreshed = guichet.refresh(watch=heard)
    assert [layer.outcome for layer in refreshed.layers] == ["failed", "unchanged"]
    assert guichet.asked() == ["max-numrec"]
    assert "It was loaded from https://autre.fr/gcms/api: use a connection to that service." in heard.said[0]
    with pytest.raises(InputError, match=r"https://autre\.fr/gcms/api"):
        guichet.refresh(CANTONS)


def test_a_table_that_moves_all_the_while_is_read_again_from_the_same_number(guichet, monkeypatch):
    guichet.load(CANTONS)
    number = guichet.layer(CANTONS).watermark
    guichet.write(CANTONS, ("Update", {"id_canton": first(guichet, CANTONS), "nom": "Bouge"}))
    monkeypatch.setattr(
        features.Reading, "steady", property(lambda self: False, lambda self, value: None), raising=False
    )
    assert guichet.refresh().total("changed") == 1
    assert guichet.layer(CANTONS).watermark == number and guichet.local(CANTONS) == guichet.server(CANTONS)
    monkeypatch.undo()
    guichet.refresh()
    assert guichet.layer(CANTONS).watermark > number


def test_stopped_before_anything_was_done(guichet):
    guichet.load(CANTONS, PHARMACIES)
    before = dump(guichet)
    with pytest.raises(Cancelled):
        guichet.refresh(cancelled=lambda: True)
    assert dump(guichet) == before


def test_stopped_half_way_complete_layers_stay(guichet):
    guichet.load(CANTONS, PHARMACIES)
    for code, key in ((CANTONS, "id_canton"), (PHARMACIES, "gid")):
        name = {CANTONS: "nom", PHARMACIES: "nom pharmacie"}[code]
        guichet.write(code, ("Update", {key: first(guichet, code), name: "À moitié"}))
    steps, pharmacies = [], guichet.local(PHARMACIES)
    heard = Heard(cancelled=lambda: bool(heard.steps))
    with pytest.raises(Interrupted) as caught:
        guichet.refresh(watch=heard, cancelled=lambda: bool(steps))
    assert isinstance(caught.value.__cause__, Cancelled) and str(caught.value) == "1 layer was complete and stays so."
    assert guichet.local(CANTONS) == guichet.server(CANTONS) and guichet.local(PHARMACIES) == pharmacies


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_killed_in_the_middle(guichet):
    guichet.load(CANTONS, POSTS)
    key = first(guichet, CANTONS)
    guichet.sql(CANTONS, "UPDATE {t} SET visite = '2031-02-03' WHERE id_canton = ?", (key,))
    guichet.write(CANTONS, ("Update", {"id_canton": key, "nom": "Tué"}))
    guichet.write(POSTS, ("Update", {"reference": first(guichet, POSTS), "geom": "POINT(2.43 48.81)"}))
    posts = guichet.local(POSTS)
    code = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(PLUGINS)!r}]
from geocollab.store.layers import LayerTables
from tests.workflows.group_rows import *
class Process:
    url = {guichet.process.url!r}
    token = staticmethod(lambda user: {guichet._token!r})
plain, done = LayerTables.update, []
def update(self, *given, **more):
    changes = plain(self, *given, **more)
    done.append(changes)
    if len(done) == 2:  # written, not yet complete
        print("now", flush=True)
        sys.stdin.read()
    return changes
LayerTables.update = update
Guichet(Process(), {str(guichet.path)!r}).refresh()
"""
    program = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "now\n"
    program.kill()
    program.communicate()
    server = guichet.server(CANTONS)
    assert guichet.local(CANTONS) == {**server, key: {**server[key], "visite": "2031-02-03"}}, "the first was complete"
    assert guichet.local(POSTS) == posts
    assert guichet.edits(CANTONS) == {("update", key, False)}
    guichet.refresh()
    assert guichet.local(POSTS) == guichet.server(POSTS)


# ---------------------------------------------------------------------- what is told


def test_the_page_and_the_table(guichet, tmp_path):
    guichet.load(CANTONS, POSTS)
    guichet.write(CANTONS, ("Update", {"id_canton": first(guichet, CANTONS), "nom": "<b>gras</b>"}))
    guichet.process.faults({"kind": "status", "status": 404, "path": "/tables/3404", "times": None})
    refreshed = guichet.refresh(watch=Heard())
    page = write_html(refreshed.report(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Cantons suivis" in page and "The server does not have it any more (404)" in page
    rows = list(refreshed.rows())
    assert [row[0] for row in rows] == [CANTONS, POSTS] and rows[0][3] == len(guichet.local(CANTONS))
    assert json.dumps(rows) and rows[1][2] == "failed"
