"""Section 2.11, 2.13 and A27 to A32, A34, A35: transactions with true optimistic locking."""

import json
import threading

import pytest

from sandbox.rows import fingerprint
from sandbox.transactions import MEMBERS

PARIS, CORSICA = "POINT(2.35 48.85)", "POINT(8.7 41.9)"
FOLLOWED = "/databases/34/tables/3401/features"


class Writing:
    """What one user sends to one database, and reads of it."""

    def __init__(self, caller, database=34):
        self.call, self.database = caller, database

    def send(self, *actions, **more):
        body = {"comment": "SIG-QGIS", "actions": list(actions), **more}
        return self.call.post(f"/databases/{self.database}/transactions", json=body)

    def row(self, table, key):
        return self.call.get(f"/databases/{self.database}/tables/{table}/features/{key}").json()

    def insert(self, table, **data):
        """The stored row of a new object."""
        answer = self.send({"table": table, "state": "Insert", "data": data})
        assert answer.status_code == 201, answer.text
        return answer.json()["actions"][0]["data"]


def update(table, row, key="id_canton", **changes):
    data = {key: row[key], **changes}
    if "gcms_fingerprint" in row:
        data["gcms_fingerprint"] = row["gcms_fingerprint"]
    return {"table": table, "state": "Update", "data": data}


def delete(table, row, key="id_canton"):
    return {**update(table, row, key), "state": "Delete"}


@pytest.fixture
def suivi(call):
    return Writing(call("membre"))


@pytest.fixture
def other(call):
    """Another writer, without limits of zone."""
    return Writing(call("admin"))


@pytest.fixture
def demo(call):
    return Writing(call("membre"), 9)


@pytest.fixture
def bdtopo(call):
    return Writing(call("membre"), 21)


@pytest.fixture
def canton(suivi):
    """A new canton of one's own, so that tests do not meet."""
    place = "MULTIPOLYGON(((652000 6862000,652100 6862000,652100 6862100,652000 6862000)))"
    return suivi.insert(3401, nom="Essai", geom=place)


def test_a_committed_answer_holds_the_stored_rows(suivi, canton):
    answer = suivi.send(update(3401, canton, nom="Relu") | {"client_feature_id": "f1"}, comment="un essai")
    assert answer.status_code == 201  # A32
    told = answer.json()
    assert (told["status"], told["message"]) == ("committed", "Transaction appliquée avec succès.")
    assert (told["user_id"], told["user_name"], told["groups"]) == (1001, "membre", [375, 96])
    assert (told["comment"], told["conflicts"]) == ("un essai", [])
    (action,) = told["actions"]
    assert (action["table"], action["state"]) == ("suivi_terrain.cantons_suivis", "Update")  # A31
    assert (action["server_feature_id"], action["client_feature_id"]) == (str(canton["id_canton"]), "f1")
    stored = action["data"]
    assert stored == suivi.row(3401, canton["id_canton"])
    assert (stored["nom"], stored["geom"], stored["gcms_numrec"]) == ("Relu", canton["geom"], told["numrec"])
    assert stored["gcms_fingerprint"] == fingerprint(stored) != canton["gcms_fingerprint"]
    assert told["numrec"] > canton["gcms_numrec"]
    assert suivi.call.get(f"/databases/34/transactions/{told['id']}").json() == told
    assert suivi.call.get("/databases/34/tables/3401/max-numrec").json() == told["numrec"]


def test_inserts_get_key_defaults_dates_and_history(suivi, canton):
    assert canton["suivi"] == "À faire"
    assert (canton["gcms_detruit"], canton["gcms_date_destruction"]) == (False, None)
    assert canton["gcms_date_creation"] == canton["gcms_date_modification"]
    assert canton["gcms_date_creation"].startswith("2026-03-01 13:")  # the sandbox's clock, Paris time
    again = suivi.insert(3401, nom="Encore", geom=canton["geom"])
    assert again["id_canton"] == canton["id_canton"] + 1


def test_deletions_flag_in_a_historised_table_and_remove_in_the_others(suivi, demo, canton):
    answer = suivi.send(delete(3401, canton))
    gone = suivi.row(3401, canton["id_canton"])
    assert gone["gcms_detruit"] is True and gone["gcms_date_destruction"]
    assert answer.json()["actions"][0]["data"] == gone
    plain = demo.insert(1737, libelle="à ôter")
    told = demo.send(delete(1737, plain, "gid")).json()
    assert (told["status"], told["numrec"]) == ("committed", None)
    assert demo.call.get(f"/databases/9/tables/1737/features/{plain['gid']}").status_code == 404


def test_null_erases_and_what_is_not_given_stays(demo):
    row = demo.insert(1734, **{"nom pharmacie": "Du Pont", "capacite": 4, "geom": "POINT(652216 6861681)"})
    told = demo.send(update(1734, row, "gid", capacite=None)).json()["actions"][0]["data"]
    assert told == {**row, "capacite": None}
    assert row["departement"] == "75"  # computed from the geometry
    moved = demo.send(update(1734, row, "gid", geom="POINT(648450 6850291)")).json()["actions"][0]["data"]
    assert moved["departement"] == "92"


def test_several_tables_of_one_database_in_one_transaction(suivi, canton):
    told = suivi.send(
        {"table": 3404, "state": "Insert", "data": {"reference": "AA-1", "geom": PARIS}, "client_feature_id": 7},
        delete(3401, canton),
        {"table": 3412 + 2, "state": "Insert", "data": {"libelle": "x", "geom": PARIS}},
    ).json()
    assert told["status"] == "committed"
    assert [(action["state"], action["client_feature_id"]) for action in told["actions"]] == [
        ("Insert", 7), ("Delete", None), ("Insert", None)]  # fmt: skip
    assert {action["data"]["gcms_numrec"] for action in told["actions"]} == {told["numrec"]}
    assert told["actions"][0]["server_feature_id"] == "AA-1"  # a key of one's own


BAD_REQUESTS = [
    {},
    {"comment": "x"},
    {"comment": "", "actions": [{"table": 1737, "state": "Insert", "data": {"libelle": "x"}}]},
    {"comment": 3, "actions": [{"table": 1737, "state": "Insert", "data": {"libelle": "x"}}]},
    {"comment": "x", "actions": []},
    {"comment": "x", "actions": {"table": 1737}},
    {"comment": "x", "actions": [3]},
    {"comment": "x", "actions": [{"table": 1737, "state": "Insert", "data": {"libelle": "x"}}], "geometry": 3},
    {"comment": "x", "actions": [{"table": 1737, "state": "Insert", "data": {"libelle": "x"}}], "numrec": 3},
]
BAD_ACTIONS = [
    {"table": 1737, "state": "Insert", "data": {"libelle": "x"}, "feature": 3},
    {"table": 1737, "state": "INSERT", "data": {"libelle": "x"}},  # A30
    {"table": 1737, "state": "insert", "data": {"libelle": "x"}},
    {"table": 1737, "data": {"libelle": "x"}},
    {"table": "1737", "state": "Insert", "data": {"libelle": "x"}},  # A31
    {"table": "demo_guichet.sans_geometrie", "state": "Insert", "data": {"libelle": "x"}},
    {"table": 3401, "state": "Insert", "data": {"nom": "autre base"}},
    {"table": 1737, "state": "Insert", "data": []},
    {"table": 1737, "state": "Insert"},
    {"table": 1737, "state": "Insert", "data": {"libelle": "x"}, "client_feature_id": [1]},
    {"table": 1737, "state": "Insert", "data": {"libelle": "x", "gid": 3000}},  # no key unless custom_id
    {"table": 1737, "state": "Insert", "data": {"libelle": "x", "inconnue": 1}},
    {"table": 1737, "state": "Insert", "data": {}},
    {"table": 1737, "state": "Insert", "data": {"libelle": None}},
    {"table": 1737, "state": "Insert", "data": {"libelle": ""}},
    {"table": 1737, "state": "Update", "data": {"libelle": "x"}},
    {"table": 1737, "state": "Update", "data": {"gid": "1", "libelle": "x"}},
    {"table": 1737, "state": "Update", "data": {"gid": 1, "gcms_fingerprint": "x", "libelle": "x"}},
    {"table": 1737, "state": "Update", "data": {"gid": 1, "libelle": None}},
    {"table": 1737, "state": "Delete", "data": {"gid": 1, "libelle": "x"}},
    {"table": 1738, "state": "Update", "data": {"libelle": "sans clé"}},
    {"table": 1736, "state": "Insert", "data": {"Géométrie": PARIS, "Réservé": "x"}},
    {"table": 1734, "state": "Insert", "data": {"nom pharmacie": "Du Pont", "geom": "POINT(1 2)", "departement": "1"}},
    {"table": 1734, "state": "Insert", "data": {"nom pharmacie": "Du Pont", "geom": None}},
    {"table": 1734, "state": "Insert", "data": {"nom pharmacie": "Du Pont", "geom": "MULTIPOINT(1 2)"}},
    {"table": 1734, "state": "Insert", "data": {"nom pharmacie": "Du Pont", "geom": "POINT(1 2 3)"}},
    {"table": 1734, "state": "Insert", "data": {"nom pharmacie": "Du Pont", "geom": "POINT(1e9 2)"}},
    {"table": 1734, "state": "Insert", "data": {"nom pharmacie": "Du Pont", "geom": {"type": "Point"}}},
    {"table": 1734, "state": "Insert", "data": {"nom pharmacie": "Du Pont", "geom": "POINT(1 2"}},
]


@pytest.mark.parametrize("body", BAD_REQUESTS, ids=str)
def test_what_is_badly_said(membre, body):
    answer = membre.post("/databases/9/transactions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


@pytest.mark.parametrize("action", BAD_ACTIONS, ids=str)
def test_actions_that_are_badly_said(demo, action):
    before = demo.call.get("/wfs?service=WFS&request=GetFeature&typename=demo_guichet:sans_geometrie&outputFormat=JSON")
    good = {"table": 1737, "state": "Insert", "data": {"libelle": "jamais écrit"}}
    answer = demo.send(good, action)
    assert (answer.status_code, answer.json()["code"]) == (400, 400), answer.text
    after = demo.call.get("/wfs?service=WFS&request=GetFeature&typename=demo_guichet:sans_geometrie&outputFormat=JSON")
    assert after.json() == before.json()  # the whole is refused


VALUES = {
    "Booléen": ([True, False, 0, 1, None], ["true", 2, "1", []]),
    "Horodatage": (["2024-02-29 23:59:59"], ["2024-02-29", "2024-02-30 00:00:00", "2024-2-3 1:2:3",
                                             "1949-12-31 23:59:59", "2024-02-29T23:59:59", 3]),
    "Date": (["2024-02-29", None], ["2023-02-29", "29/02/2024", "2024-02-29 00:00:00", "1949-12-31", "2024-2-29"]),
    "Double précision": ([1.5, 3, -10000.5], ["1.5", True, 10000.6]),
    "Entier": ([3, -1000], [3.5, "3", True, 1001, 10**30]),
    "Détails": ([{"précision": 1.5}, '{"précision":2}', {"autre": []}], [{"précision": "x"}, "{", [1]]),
    "Étiquettes": ([["vélo"], {"a": 1}, "[1,2]", 3, False], ["vélo"]),
    "Pièce jointe": (["6001"], [6001, "999999", "photo.png"]),
    "J'aime": ([{"cnt": 1, "userid": [], "validDate": None}],
               [{"cnt": 1}, "3", {"cnt": "1", "userid": [], "validDate": 1}]),
    "Texte": (["é" * 100, ""], ["x" * 101, 3, ["x"], "a\0b"]),
    "Année": (["1999"], [1999, "99", "1899", "19999"]),
    "Mois": (["2024-12"], ["2024-13", "2024-1", "2024-12-01", "1989-12"]),
    "Liste": (["Bon", None], ["bon", ""]),
    "Code": ([1, 3, None], [4, "Un", "1"]),
    "Nature": (["Route"], [None, "Rue"]),
    "Relation": ([12], ["12"]),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_every_type_takes_its_values_and_no_others(demo, name):
    good, wrong = VALUES[name]
    for value in good:
        row = demo.insert(1736, **{"Géométrie": PARIS, name: value})
        kept = json.loads(value) if name in ("Détails", "Étiquettes") and isinstance(value, str) else value
        assert row[name] == kept and (name != "Booléen" or row[name] in (True, False, None))
    for value in wrong:
        answer = demo.send({"table": 1736, "state": "Insert", "data": {"Géométrie": PARIS, name: value}})
        assert answer.status_code == 400 and name in answer.json()["message"], (value, answer.text)


@pytest.mark.parametrize(
    ("table", "data", "right"),
    [
        (1736, {"Nature": "Route", "Revêtement": "Pavés"}, True),
        (1736, {"Nature": "Route", "Revêtement": "Terre"}, False),
        (1736, {"Nature": "Autre", "Revêtement": None}, True),
        (1736, {"Nature": "Autre", "Revêtement": "Terre"}, False),  # an empty list means empty
        (1734, {"telephone": "01 22 33 44 55"}, True),
        (1734, {"telephone": "0122334455"}, False),
        (1734, {"site": "https://exemple.fr/x"}, True),
        (1734, {"site": "exemple"}, False),
        (1734, {"nom pharmacie": "Du"}, False),
        (1734, {"capacite": 51}, False),
        (1734, {"horaires": "JN"}, True),
        (1734, {"horaires": "Jour et nuit"}, False),
        (1734, {"identifiant national": "FR000001"}, False),  # unique
        (1734, {"identifiant national": "FR-essai"}, True),
    ],
)
def test_rules_of_columns(demo, table, data, right):
    place = {"Géométrie": PARIS} if table == 1736 else {"nom pharmacie": "Du Pont", "geom": "POINT(652216 6861681)"}
    answer = demo.send({"table": table, "state": "Insert", "data": {**place, **data}})
    assert answer.status_code == (201 if right else 400), answer.text


def test_a_mapping_looks_at_the_whole_row(demo):
    row = demo.insert(1736, Géométrie=PARIS, Nature="Route", Revêtement="Enrobé")
    assert demo.send(update(1736, row, "N° objet", Nature="Chemin")).status_code == 400
    assert demo.send(update(1736, row, "N° objet", Nature="Chemin", Revêtement="Terre")).status_code == 201


def test_defaults(demo):
    row = demo.insert(1736, Géométrie=PARIS)
    assert (row["Booléen"], row["Date"], row["Nature"], row["Entier"]) == (True, "2026-03-01", "Autre", None)


def test_documents_are_uploaded_first(sandbox, demo):
    url = sandbox.url + "/document/add"
    post = demo.call.session.post
    made = post(url, files={"document": ("photo.png", b"\x89PNG", "image/png")}, timeout=30)
    number = str(made.json()["id"])
    assert made.status_code == 201
    assert demo.insert(1736, **{"Géométrie": PARIS, "Pièce jointe": number})["Pièce jointe"] == number
    assert demo.call.session.get(f"{sandbox.url}/document/image/{number}", timeout=30).content == b"\x89PNG"
    text = str(post(url, files={"document": ("note.txt", b"x")}, timeout=30).json()["id"])
    data = {"Géométrie": PARIS, "Pièce jointe": text}
    assert demo.send({"table": 1736, "state": "Insert", "data": data}).status_code == 400  # mime_types
    assert post(url, files={"photo": ("a.png", b"x")}, timeout=30).status_code == 400
    assert post(url, files={"document": ("a.exe", b"x")}, timeout=30).status_code == 400
    assert post(url, files={"document": ("a.txt", b"x"), "autre": ("b.txt", b"x")}, timeout=30).status_code == 400
    assert post(url, files=[("document", ("a.txt", b"x"))] * 2, timeout=30).status_code == 400
    assert post(url, json={}, timeout=30).status_code == 415
    demo.call.session.auth = None
    assert demo.call.session.post(url, files={"document": ("a.png", b"x")}, timeout=30).status_code == 401


def test_keys_of_ones_own_are_not_given_twice(suivi):
    data = {"reference": "ZZ-9", "geom": PARIS}
    assert suivi.insert(3404, **data)["reference"] == "ZZ-9"
    assert suivi.send({"table": 3404, "state": "Insert", "data": data}).status_code == 400
    assert suivi.send({"table": 3404, "state": "Insert", "data": {"geom": PARIS}}).status_code == 400
    twice = [{"table": 3404, "state": "Insert", "data": {**data, "reference": "ZZ-10"}}] * 2
    assert suivi.send(*twice).status_code == 400


def test_unique_values_count_within_the_transaction_too(suivi, canton):
    actions = [{"table": 3401, "state": "Insert", "data": {"nom": "x", "code": "double", "geom": canton["geom"]}}] * 2
    assert suivi.send(*actions).status_code == 400
    assert suivi.send(actions[0]).status_code == 201


def test_an_object_comes_once_in_a_transaction(suivi, canton):
    assert suivi.send(update(3401, canton, nom="a"), delete(3401, canton)).status_code == 400


# Conflicts


def test_a27_a_conflict_writes_nothing_and_shows_the_servers_side(suivi, other, canton):
    theirs = other.send(update(3401, canton, nom="Le leur")).json()["actions"][0]["data"]
    before = suivi.call.every(FOLLOWED)
    fresh = {"table": 3401, "state": "Insert", "data": {"nom": "Nouveau", "geom": canton["geom"]}}
    answer = suivi.send(fresh, update(3401, canton, nom="Le mien", suivi="Fait") | {"client_feature_id": "c"})
    told = answer.json()
    assert (answer.status_code, told["status"], told["actions"], told["numrec"]) == (200, "conflicting", [], None)
    (conflict,) = told["conflicts"]
    assert conflict["client_feature_id"] == "c" and conflict["table"] == "suivi_terrain.cantons_suivis"
    assert conflict["server_object"] == {
        "id_canton": canton["id_canton"], "gcms_fingerprint": theirs["gcms_fingerprint"], "gcms_detruit": False,
        "nom": "Le leur", "suivi": "À faire",
    }  # fmt: skip
    assert suivi.call.every(FOLLOWED) == before
    assert suivi.call.get(f"/databases/34/transactions/{told['id']}").json() == told
    mine = {**canton, "gcms_fingerprint": conflict["server_object"]["gcms_fingerprint"]}
    assert suivi.send(update(3401, mine, nom="Le mien")).json()["status"] == "committed"  # mine: their fingerprint


def test_a28_destroyed_is_a_conflict_and_purged_is_404(sandbox, suivi, other, canton):
    gone = other.send(delete(3401, canton)).json()["actions"][0]["data"]
    told = suivi.send(update(3401, canton, nom="trop tard")).json()
    assert told["status"] == "conflicting" and told["conflicts"][0]["server_object"]["gcms_detruit"] is True
    assert suivi.send(delete(3401, gone)).json()["status"] == "conflicting"  # even with its last fingerprint
    sandbox.change("purged", table=3401)
    assert suivi.send(update(3401, canton, nom="trop tard")).status_code == 404
    sandbox.reset_world()


def test_a28_in_a_standard_table_the_row_is_gone(demo):
    row = demo.insert(1737, libelle="x")
    assert demo.send(delete(1737, row, "gid")).status_code == 201
    assert demo.send(update(1737, row, "gid", libelle="y")).status_code == 404
    assert demo.send(delete(1737, row, "gid")).status_code == 404


def test_a29_the_fingerprint_is_mandatory_in_historised_tables(suivi, canton):
    for state in ("Update", "Delete"):
        action = {"table": 3401, "state": state, "data": {"id_canton": canton["id_canton"]}}
        assert suivi.send(action).status_code == 400
    number = {**canton, "gcms_fingerprint": 3}
    assert suivi.send(update(3401, number, nom="x")).status_code == 400


def test_without_history_the_last_one_wins(demo, call):
    row = demo.insert(1737, libelle="0")
    for writer, text in ((demo, "1"), (Writing(call("admin"), 9), "2")):
        assert writer.send(update(1737, row, "gid", libelle=text)).status_code == 201
    assert demo.row(1737, row["gid"])["libelle"] == "2"


def test_two_writers_on_one_object_exactly_one_wins(sandbox, caller, suivi, canton):
    """Twelve threads change the same row from the same fingerprint, at once."""
    answers, start = [], threading.Barrier(12)

    def write(number):
        writing = Writing(caller(sandbox.url, ("membre", "admin")[number % 2]))
        start.wait()
        answers.append(writing.send(update(3401, canton, nom=f"auteur {number}")).json())

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["status"] for answer in answers) == ["committed"] + ["conflicting"] * 11
    winner = next(answer for answer in answers if answer["status"] == "committed")["actions"][0]["data"]
    assert suivi.row(3401, canton["id_canton"]) == winner
    seen = {answer["conflicts"][0]["server_object"]["nom"] for answer in answers if answer["conflicts"]}
    assert seen == {winner["nom"]}


# Rights


def test_rights_of_table_column_role_and_database(sandbox, call, demo, bdtopo, suivi, canton):
    def status(writing, table, **data):
        return writing.send({"table": table, "state": "Insert", "data": data}).status_code

    assert status(demo, 1735, code="x", nom="x", geom="POLYGON((0 0,1 0,1 1,0 0))") == 403  # VIEW
    assert status(demo, 1739, geom=PARIS) == 403  # the table is read-only
    assert status(bdtopo, 2102, geometrie="MULTIPOLYGON(((0 0 -1000,1 0 -1000,1 1 -1000,0 0 -1000)))") == 403
    pharmacy = {"nom pharmacie": "Du Pont", "geom": "POINT(652216 6861681)"}
    assert status(demo, 1734, **pharmacy) == 201
    assert status(demo, 1734, **pharmacy, gestionnaire="moi") == 403  # the column
    assert status(Writing(call("contributeur")), 3401, nom="x", geom=canton["geom"]) == 403
    assert status(Writing(call("contributeur"), 9), 1734, **pharmacy) == 403
    assert status(Writing(call(None)), 3401, nom="x", geom=canton["geom"]) == 401
    assert call("membre").post("/databases/8/transactions", json={}).status_code == 404
    sandbox.change("layer", layer=806, set={"role": "visu"})
    assert suivi.send(update(3401, canton, nom="x")).status_code == 403  # no layer lets one edit
    sandbox.reset_world()
    sandbox.change("permission", permission=11, level="VIEW")
    assert suivi.send(update(3401, canton, nom="x")).status_code == 403
    sandbox.reset_world()
    assert suivi.send(update(3401, canton, nom="x")).status_code == 201


def test_a34_the_zone_of_the_member(suivi, other):
    assert suivi.send({"table": 3404, "state": "Insert", "data": {"reference": "CO-1", "geom": CORSICA}}).json() == {
        "code": 403, "message": "L'objet est hors de vos emprises : 75, 92, 93, 94"}  # fmt: skip
    there = other.insert(3404, reference="CO-2", geom=CORSICA)
    assert suivi.send(update(3404, there, "reference", etat="Bon")).status_code == 403
    assert suivi.send(update(3404, there, "reference", geom=PARIS)).status_code == 403  # it was outside
    assert suivi.send(delete(3404, there, "reference")).status_code == 403
    here = suivi.insert(3404, reference="PA-1", geom=PARIS)
    assert suivi.send(update(3404, here, "reference", geom=CORSICA)).status_code == 403


def test_a34_what_meets_the_zone_is_inside(suivi):
    """A line that only crosses it, in Lambert 93, with both ends outside."""
    across = {"libelle": "x", "geom": "LINESTRING(600000 6861000 1,710000 6861000 1)"}
    beside = {"libelle": "x", "geom": "LINESTRING(600000 6761000 1,710000 6761000 1)"}
    assert suivi.send({"table": 3419, "state": "Insert", "data": across}).status_code == 201
    assert suivi.send({"table": 3419, "state": "Insert", "data": beside}).status_code == 403


# Geometry


def test_a35_the_z_marker_is_understood_and_not_written(suivi):
    wanted = "POINT(652216 6861681 35)"
    for text in (wanted, "POINT Z (652216 6861681 35)", "PointZ (652216 6861681 35)"):
        assert suivi.insert(3415, geom=text)["geom"] == wanted
    assert suivi.send({"table": 3415, "state": "Insert", "data": {"geom": "POINT(652216 6861681)"}}).status_code == 400


def test_bduni_wants_minus_a_thousand_and_gives_keys(bdtopo):
    line = "LINESTRING(652000 6862000 {0},652100 6862100 {0})"
    low, flat = line.format(-1000), "LINESTRING(652000 6862000,652100 6862100)"
    made = bdtopo.insert(2101, nature="Chemin", geometrie=low)
    assert (len(made["cleabs"]), made["geometrie"], made["detruit"]) == (24, low, False)
    assert made["cleabs"].startswith("TRONCOND") and made["gcms_ordrefinevol"] > 0
    assert bdtopo.row(2101, made["cleabs"]) == made
    for wrong in (line.format(35), flat):
        answer = bdtopo.send(update(2101, made, "cleabs", geometrie=wrong))
        assert answer.status_code == 400 and "geometrie" in answer.json()["message"]
    moved = bdtopo.send(update(2101, made, "cleabs", geometrie=low.replace("652100", "652200"))).json()
    assert moved["actions"][0]["server_feature_id"] == made["cleabs"]
    gone = bdtopo.send(delete(2101, moved["actions"][0]["data"], "cleabs")).json()["actions"][0]["data"]
    assert gone["detruit"] is True and gone["daterec"]


# How it is sent, and told again


@pytest.mark.parametrize("kind", [None, "application/json", "application/x-www-form-urlencoded"])
def test_the_body_is_json_whatever_the_phone_says(membre, kind):
    body = {"comment": "SIG-QGIS", "actions": [{"table": 1737, "state": "Insert", "data": {"libelle": "x"}}]}
    headers = {"Content-Type": kind} if kind else {}
    answer = membre.post("/databases/9/transactions", data=json.dumps(body).encode(), headers=headers)
    assert answer.status_code == 201
    assert MEMBERS == ("comment", "actions", "geometry")


@pytest.mark.parametrize("text", ['"\\ud800"', "NaN", "[" * 5000])
def test_json_that_cannot_be_kept_is_refused(membre, text):
    body = (
        '{"comment":"x","actions":[{"table":1736,"state":"Insert","data":{"Géométrie":"POINT(2 48)","Étiquettes":%s}}]}'
    )
    headers = {"Content-Type": "application/json"}
    answer = membre.post("/databases/9/transactions", data=(body % text).encode(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


def test_bodies_that_are_no_json(membre):
    for headers, status in (({"Content-Type": "text/plain"}, 415), ({"Content-Type": "application/json"}, 400)):
        assert membre.post("/databases/9/transactions", data=b"{", headers=headers).status_code == status


def test_transactions_are_listed_and_filtered(suivi, other, canton):
    made = suivi.send(update(3401, canton, nom="Liste"), comment="filtre 17").json()
    mine = suivi.call.get("/databases/34/transactions", {"comment": "filtre 1%"})
    assert mine.json() == [made] and mine.headers["Content-Range"] == "1-1/1"
    newest = suivi.call.get("/databases/34/transactions", {"limit": 1}).json()[0]
    assert newest["id"] == made["id"]
    other.send(update(3401, canton, nom="Tard"))
    conflicting = suivi.call.get("/databases/34/transactions", {"status": "conflicting", "user": 1002}).json()
    assert conflicting and {item["user_name"] for item in conflicting} == {"admin"}
    assert suivi.call.get("/databases/34/transactions", {"user": 1, "fields": "id"}).json() == []
    since = {"started_at": "2026-03-01 00:00:00", "finished_at": "2026-03-01", "fields": "id", "sort": "id:ASC"}
    ids = [item["id"] for item in suivi.call.every("/databases/34/transactions", **since)]
    assert made["id"] in ids and ids == sorted(ids)
    assert suivi.call.get("/databases/34/transactions", {"started_at": "2027-01-01"}).json() == []
    assert suivi.call.get("/databases/9/transactions/" + str(made["id"])).status_code == 404
    assert suivi.call.get("/databases/34/transactions/1").status_code == 404
    for wrong in ({"status": "perdu"}, {"started_at": "hier"}, {"user": "membre"}, {"sort": "comment:ASC"}):
        assert suivi.call.get("/databases/34/transactions", wrong).status_code == 400
