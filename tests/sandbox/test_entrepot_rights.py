"""Who is who and may do what: accounts, communities, members, datastores, quotas."""

import pytest

from tests.sandbox.entrepot_calls import said

ALL = {"UPLOAD", "PROCESSING", "ANNEX", "BROADCAST"}
FILE = {"file": ("a.txt", b"bonjour")}


def memberships(office):
    found = {member["community"]["technical_name"]: member for member in office.read("/users/me")["communities_member"]}
    return {name: (set(member["rights"]), member["community"]["datastore"]) for name, member in found.items()}


def test_who_am_i(office):
    ids = office().ids["datastore"]
    assert memberships(office()) == {
        "montreuil": (ALL, ids["montreuil"]),
        "sdis": ({"UPLOAD", "PROCESSING"}, ids["sdis"]),
        "decouverte": (ALL, ids["decouverte"]),
        "riverains": (set(), None),
    }
    assert memberships(office("contributeur")) == {"sdis": (set(), ids["sdis"]), "riverains": (set(), None)}
    assert memberships(office("sansgroupe")) == {}
    me = office("admin").read("/users/me")
    (member,) = me["communities_member"]
    assert member["rights"] == []
    assert member["community"]["supervisor"] == me["_id"]
    assert {"documents_quota", "documents_use", "keys_quota", "keys_use", "last_login", "email"} <= set(me)
    assert "private" not in me


CHANGES = [
    ("POST", "statics", "BROADCAST"),
    ("POST", "annexes", "ANNEX"),
    ("POST", "metadata", "BROADCAST"),
    ("POST", "configurations", "BROADCAST"),
    ("POST", "permissions", "BROADCAST"),
    ("POST", "metadata/publication", "BROADCAST"),
    ("POST", "annexes/publication?labels=a", "ANNEX"),
]


@pytest.mark.parametrize(("method", "path", "right"), CHANGES)
def test_rights_are_needed(office, method, path, right):
    assert right in said(office("membre", "sdis")(method, path, json={}), 403)
    assert said(office("contributeur", "sdis")(method, path, json={}), 403)
    for nobody in ("contributeur", "sansgroupe"):
        assert "membre" in said(office(nobody, "montreuil")(method, path, json={}), 403)
    for right_one in (office("gestionnaire", "sdis"), office("admin")):
        assert right_one(method, path, json={}).status_code not in (401, 403)
    assert said(office(None)(method, path, json={}), 401)


def test_every_member_reads(office):
    for path in (
        "",
        "endpoints",
        "storages",
        "statics",
        "annexes",
        "metadata",
        "configurations",
        "offerings",
        "permissions",
    ):
        place = f"/datastores/{office().ids['datastore']['sdis']}/{path}".rstrip("/")
        assert office("contributeur").get(place).status_code == 200
        assert said(office("sansgroupe").get(place), 403)
        assert said(office(None).get(place), 401)
    assert said(office().get(f"/datastores/{office().ids['user']['membre']}"), 404)


def test_entities_stay_in_their_datastore(office):
    mine = office()
    made = mine.made("configurations", mine.wfs("chez_moi"))
    assert said(office("membre", "decouverte").get(f"configurations/{made['_id']}"), 404)


def test_datastore(montreuil, office):
    body = montreuil.read(f"/datastores/{montreuil.id}")
    assert (body["name"], body["technical_name"]) == ("Commune de Montreuil", "montreuil")
    assert "configuration_layer_name_prefix" not in body
    assert len(body["processings"]) == 10
    kinds = {entry["storage"]["type"]: entry["storage"]["labels"] for entry in body["storages"]["data"]}
    assert kinds["OPENSEARCH"] == ["INDEX"]
    assert body["storages"]["uploads"]["storage"]["labels"] == ["LIVRAISON"]
    assert body["storages"]["annexes"]["quota"] > 0
    first = {}
    for entry in body["endpoints"]:
        first.setdefault((entry["endpoint"]["type"], entry["endpoint"]["open"]), entry)
    assert len(first) == 17
    assert ("VECTOR-TMS", False) not in first
    assert [key for key, entry in first.items() if entry["use"] >= entry["quota"]] == [
        ("WFS", True),
        ("WMS-VECTOR", True),
    ]
    (forced,) = (e["endpoint"] for e in body["endpoints"] if e["endpoint"]["force_metadata"])
    assert forced["force_attribution"]
    assert all(url["url"].startswith(montreuil.process.url) for e in body["endpoints"] for url in e["endpoint"]["urls"])
    discovery = office("membre", "decouverte").read(f"/datastores/{office().ids['datastore']['decouverte']}")
    assert discovery["configuration_layer_name_prefix"] == discovery["metadata_file_identifier_prefix"] == "SANDBOX"


def test_endpoints(montreuil):
    rows = montreuil.read("endpoints", type="WFS", open="true")
    assert [row["endpoint"]["technical_name"] for row in rows] == [
        "gpf-geoserver-wfs-complet",
        "gpf-geoserver-wfs",
        "gpf-geoserver-wfs-catalogue",
    ]
    assert len(montreuil.read("endpoints", name="%privé", limit=50)) == 8
    assert said(montreuil.get("endpoints", type="FTP"), 400)
    assert len(montreuil.read("endpoints", type="WFS", open="true", use_ratio="0.5")) == 2


def test_members(office, montreuil):
    boss, path = office("gestionnaire", "sdis"), f"/communities/{montreuil.ids['community']['sdis']}"
    one = f"{path}/users/{montreuil.ids['user']['attente']}"
    assert said(montreuil("PUT", one, json={"rights": []}), 403)
    assert said(boss("PUT", one, json={"rights": ["ALL"]}), 400)
    assert boss("PUT", one, json={"rights": ["UPLOAD"]}).status_code == 201
    assert boss("PUT", one, json={"rights": ["ANNEX"]}).status_code == 200
    assert memberships(office("attente"))["sdis"][0] == {"ANNEX"}
    (row,) = boss.read(path + "/users", rights="ANNEX")
    assert row["user"]["last_name"] == "attente"
    assert len(boss.read(path + "/users")) == 4
    assert boss("DELETE", one).status_code == 204
    assert said(boss("DELETE", one), 404)
    assert "sdis" not in memberships(office("attente"))
    assert said(boss("DELETE", f"{path}/users/{montreuil.ids['user']['gestionnaire']}"), 409)
    assert boss.read(path + "/users/activity")["entries"]


def test_leaving(office, montreuil):
    ids = montreuil.ids
    office("contributeur")("PUT", f"/communities/{ids['community']['riverains']}/users/{ids['user']['sansgroupe']}",
                           json={"rights": []})  # fmt: skip
    path = f"/users/me/communities/{ids['community']['riverains']}"
    assert office("sansgroupe")("DELETE", path).status_code == 204
    assert memberships(office("sansgroupe")) == {}
    assert said(office("contributeur")("DELETE", path), 409)


def test_community(office, montreuil):
    path = f"/communities/{montreuil.ids['community']['montreuil']}"
    about = montreuil.read(path)
    assert about["datastore"] == {"_id": montreuil.id, "active": True}
    assert about["supervisor"]["last_name"] == "admin"
    assert about["organization"]["name"]
    assert said(montreuil("PATCH", path, json={"description": "x"}), 403)
    assert office("admin")("PATCH", path, json={"description": "Services techniques"}).status_code == 200
    assert montreuil.read(path)["description"] == "Services techniques"
    assert said(office("sansgroupe").get(path), 403)


def test_public_directories(office):
    nobody = office(None)
    names = [row["technical_name"] for row in nobody.read("/catalogs/communities")]
    assert names == ["montreuil", "sdis", "decouverte"]
    (organization,) = nobody.read("/catalogs/organizations")
    assert set(organization) == {"_id", "name"}
    (organization,) = nobody.read("/catalogs/organizations", fields="uploads_quota,economical_model")
    assert organization["uploads_quota"] > 0 and organization["economical_model"] == "PUBLIC"
    assert nobody.read("/communities/montreuil/activity")["entries"] == []
    assert said(nobody.get("/communities/nulle-part/activity"), 404)
    assert said(nobody.get("/catalogs/uploads"), 404)


def test_public_activity(office, montreuil):
    _, offering = montreuil.published("publique", public_activity=True)
    entries = office(None).read("/communities/montreuil/activity")["entries"]
    assert {entry["id"].split(":")[2] for entry in entries} == {offering["_id"]}


def test_quota_of_a_storage(office):
    found = office("membre", "decouverte")
    storage = found.read("storages")
    use = {row["storage"]["labels"][0]: row["use"] for row in storage}
    assert use["ANNEXE"] == 0
    first = found("POST", "annexes", data={"paths": "/gros"}, files={"file": ("a.bin", bytes(15_000_000))})
    assert first.status_code == 201
    assert {row["storage"]["labels"][0]: row["use"] for row in found.read("storages")}["ANNEXE"] == 15_000_000
    assert "Quota" in said(
        found("POST", "annexes", data={"paths": "/b"}, files={"file": ("a.bin", bytes(6_000_000))}), 409
    )
    path = f"annexes/{first.json()['_id']}"
    assert said(found("PUT", path, files={"file": ("a.bin", bytes(21_000_000))}), 409)
    assert found("PUT", path, files={"file": ("a.bin", bytes(19_000_000))}).status_code == 200


def test_documents(office):
    mine, other = office(), office("admin")
    made = mine.made("/users/me/documents", data={"name": "Note", "labels": "a,b"}, files=FILE)
    assert (made["size"], made["mime_type"], made["labels"]) == (7, "text/plain", ["a", "b"])
    path = f"/users/me/documents/{made['_id']}"
    assert mine.get(path + "/file").content == b"bonjour"
    assert mine.read("/users/me/documents") == [
        {"_id": made["_id"], "name": "Note", "size": 7, "mime_type": "text/plain"}
    ]
    assert said(other.get(path), 404)
    url = mine("PATCH", path, json={"public_url": True}).json()["public_url"]
    assert office(None).session.get(url, timeout=30).content == b"bonjour"
    assert "public_url" not in mine("PATCH", path, json={"public_url": False, "description": "x"}).json()
    assert office(None).session.get(url, timeout=30).status_code == 404
    assert mine.post(path + "/sharings", [mine.ids["user"]["admin"]]).json()[0]["_id"] == mine.ids["user"]["admin"]
    assert other.get(path + "/file").content == b"bonjour"
    assert mine("DELETE", path + "/sharings", params={"users": mine.ids["user"]["admin"]}).json() == []
    assert said(other.get(path), 404)
    assert mine("PUT", path, files={"file": ("b.txt", b"bonsoir !")}).json()["size"] == 9
    assert mine.read("/users/me")["documents_use"] == 9
    big = {"file": ("b.bin", bytes(50_000_000))}
    assert "Quota" in said(mine("POST", "/users/me/documents", data={"name": "x"}, files=big), 409)
    assert mine("DELETE", path).status_code == 204
    assert mine.read("/users/me/documents") == []


@pytest.mark.parametrize(
    ("data", "files"),
    [({}, FILE), ({"name": "a", "more": "b"}, FILE), ({"name": "a"}, {"fichier": ("a", b"x")}),
     ({"name": "a"}, [("file", ("a", b"x")), ("file", ("b", b"x"))])],
)  # fmt: skip
def test_forms_that_are_none(office, data, files):
    assert said(office()("POST", "/users/me/documents", data=data, files=files), 400)


def test_a_form_is_needed(office):
    assert said(office().post("/users/me/documents", {"name": "a"}), 415)


def test_stored_data_that_one_sees(office, montreuil):
    closed = montreuil.database(name="close")
    is_open = montreuil.database(name="ouverte", open=True)
    shown = montreuil.database(name="montrée", private={"visibility": [montreuil.ids["community"]["riverains"]]})

    def seen(user):
        return {row["_id"] for row in office(user).read("/users/me/stored_data", limit=50)}

    assert {closed["_id"], is_open["_id"], shown["_id"]} <= seen("membre")
    assert seen("attente") == {is_open["_id"], shown["_id"]}
    assert seen("sansgroupe") == {is_open["_id"]}


def test_grids_and_words(office):
    someone = office("sansgroupe")
    assert [grid["_id"] for grid in someone.read("/statics/tms", srs="EPSG:3857")] == ["PM"]
    grid = someone.read("/statics/tms/PM")
    assert len(grid["levels"]) == 22
    assert grid["levels"][0] == {"id": "0", "resolution": pytest.approx(156543.0339, abs=1e-4)}
    assert someone.read("/statics/tms/PM/file")["crs"] == "EPSG:3857"
    assert said(someone.get("/statics/tms/none"), 404)
    assert someone.read("/statics/nomenclatures", type="ZONE", label="Seine%") == [
        {"type": "ZONE", "label": "Seine-Saint-Denis", "term": "D093"}
    ]
    assert said(office(None).get("/statics/tms"), 401)
