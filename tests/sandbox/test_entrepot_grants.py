"""Permissions, keys and accesses: who gives, who is given, what a key is."""

import pytest

from tests.sandbox.entrepot_calls import said

PRIVATE = "gpf-geoserver-wfs-private"


@pytest.fixture
def offering(montreuil, request):
    name = "don_" + request.node.name.replace("[", "_").replace("]", "_")
    return montreuil.published(name, PRIVATE)[1]


def granted(office, offering, *users, **more):
    ids = [office.ids["user"][name] for name in users]
    body = {"licence": "Étalab", "offerings": [offering["_id"]], "type": "ACCOUNT", "users": ids, **more}
    return office.made("permissions", body)


def key(office, type_="HASH", infos=None, name="clé", **more):
    return office.post("/users/me/keys", {"name": name, "type": type_, "type_infos": infos or {}, **more})


def test_one_permission_for_each_beneficiary(montreuil, office, offering):
    made = granted(montreuil, offering, "contributeur", "attente", end_date="2099-01-01T00:00:00Z")
    assert [permission["beneficiary"]["last_name"] for permission in made] == ["contributeur", "attente"]
    assert made[0]["offerings"] == [
        {name: offering[name] for name in ("_id", "type", "layer_name", "open", "available")} | {"status": "PUBLISHED"}
    ]
    assert made[0]["datastore_author"]["technical_name"] == "montreuil"
    assert (made[0]["licence"], made[0]["only_oauth"]) == ("Étalab", False)
    assert len(montreuil.read("permissions", offering=offering["_id"])) == 2
    mine = office("contributeur")
    (seen,) = mine.read("/users/me/permissions", layer_name=offering["layer_name"], personal="true")
    assert "datastore_author" not in seen
    assert "urls" not in seen["offerings"][0]
    detail = mine.read(f"/users/me/permissions/{made[0]['_id']}")
    assert "/private/wfs" in detail["offerings"][0]["urls"][0]["url"]
    assert said(mine.get(f"/users/me/permissions/{made[1]['_id']}"), 404)
    assert mine("DELETE", f"/users/me/permissions/{made[0]['_id']}").status_code == 204
    assert len(montreuil.read("permissions", offering=offering["_id"])) == 1


def test_permissions_of_communities(montreuil, office, offering):
    body = {"licence": "l", "offerings": [offering["_id"]], "type": "COMMUNITY"}
    community = montreuil.ids["community"]["riverains"]
    assert said(montreuil.post("permissions", {**body, "users": [community]}), 400)
    (made,) = montreuil.made("permissions", {**body, "communities": [community]})
    assert made["beneficiary"]["technical_name"] == "riverains"
    (seen,) = office("attente").read("/users/me/permissions", community="true")
    assert seen["_id"] == made["_id"]
    assert said(office("attente")("DELETE", f"/users/me/permissions/{made['_id']}"), 403)
    assert office("contributeur").read(f"/communities/{community}/permissions/activity")["entries"] == []


def test_what_permissions_refuse(montreuil, offering):
    body = {
        "licence": "l",
        "offerings": [offering["_id"]],
        "type": "ACCOUNT",
        "users": [montreuil.ids["user"]["attente"]],
    }
    for change in (
        {"end_date": "demain"}, {"end_date": "2099-01-01T00:00:00"}, {"end_date": "2020-01-01T00:00:00Z"},
        {"users": []}, {"type": "GROUP"}, {"communities": [montreuil.id]}, {"licence": ""},
    ):  # fmt: skip
        assert said(montreuil.post("permissions", {**body, **change}), 400)
    assert said(montreuil.post("permissions", {**body, "users": [montreuil.id]}), 404)
    assert said(montreuil.post("permissions", {**body, "offerings": [montreuil.id]}), 404)
    _, is_open = montreuil.published("don_ouvert")
    assert said(montreuil.post("permissions", {**body, "offerings": [is_open["_id"]]}), 400)


def test_a_permission_changes(montreuil, offering):
    (made,) = granted(montreuil, offering, "attente")
    path = f"permissions/{made['_id']}"
    changed = montreuil("PATCH", path, json={"licence": "autre", "end_date": "2099-01-01T00:00:00+01:00"}).json()
    assert (changed["licence"], changed["end_date"]) == ("autre", "2099-01-01T00:00:00+01:00")
    assert "end_date" not in montreuil("PATCH", path, json={"end_date": None}).json()
    assert said(montreuil("PATCH", path, json={"users": []}), 400)
    assert montreuil.read(path + "/stats")["total"]["hits"] == 0
    assert montreuil("DELETE", path).status_code == 204
    assert said(montreuil.get(path), 404)


def test_a_permission_for_an_offering_to_come(montreuil, offering):
    (made,) = granted(montreuil, offering, "attente")
    configuration = montreuil.made("configurations", montreuil.wfs("don_futur"))
    other = montreuil.offer(configuration, PRIVATE, permissions=[made["_id"]]).json()
    told = montreuil.read(f"permissions/{made['_id']}")["offerings"]
    assert {row["_id"] for row in told} == {offering["_id"], other["_id"]}
    assert said(montreuil.offer(configuration, permissions=[made["_id"]]), 400)


def test_accesses(montreuil, office, offering):
    (permission,) = granted(montreuil, offering, "contributeur")
    mine = office("contributeur")
    made = key(mine, name="accès").json()
    path = f"/users/me/keys/{made['_id']}/accesses"
    wanted = {"permission": permission["_id"], "offerings": [offering["_id"]]}
    assert said(mine.post(path, {"offerings": [offering["_id"]]}), 403)
    assert said(mine.post(path, {**wanted, "permission": offering["_id"]}), 404)
    answer = mine.post(path, wanted)
    assert (answer.status_code, answer.content) == (204, b"")
    assert said(mine.post(path, wanted), 409)
    (access,) = mine.read(path)
    assert access["permission"]["_id"] == permission["_id"]
    assert access["offering"]["layer_name"] == offering["layer_name"]
    assert said(office("attente").get(path), 404)
    assert mine("DELETE", f"{path}/{access['_id']}").status_code == 204
    assert mine.post(path, wanted).status_code == 204
    assert montreuil("DELETE", f"permissions/{permission['_id']}").status_code == 204
    assert mine.read(path) == []


def test_accesses_follow_the_offerings_of_their_permission(montreuil, office, offering):
    _, other = montreuil.published("don_second", PRIVATE)
    both = {"offerings": [offering["_id"], other["_id"]]}
    (permission,) = granted(montreuil, offering, "contributeur", **both)
    mine = office("contributeur")
    path = f"/users/me/keys/{key(mine, name='deux').json()['_id']}/accesses"
    assert mine.post(path, {"permission": permission["_id"], **both}).status_code == 204
    montreuil("PATCH", f"permissions/{permission['_id']}", json={"offerings": [other["_id"]]})
    assert [access["offering"]["_id"] for access in mine.read(path)] == [other["_id"]]


def test_only_oauth(montreuil, office, offering):
    (permission,) = granted(montreuil, offering, "attente", only_oauth=True)
    mine = office("attente")
    wanted = {"permission": permission["_id"], "offerings": [offering["_id"]]}
    assert "OAUTH2" in said(mine.post(f"/users/me/keys/{key(mine).json()['_id']}/accesses", wanted), 400)
    own = key(mine, "OAUTH2").json()
    assert mine.post(f"/users/me/keys/{own['_id']}/accesses", wanted).status_code == 204
    assert said(key(mine, "OAUTH2"), 409)


def test_kinds_of_keys(office):
    mine = office("gestionnaire")
    drawn = key(mine).json()
    assert len(drawn["type_infos"]["hash"]) == 32
    chosen = key(mine, infos={"hash": "choisie-par-moi"}, user_agent="QGIS.*", whitelist=["127.0.0.0/8"]).json()
    assert chosen["type_infos"] == {"hash": "choisie-par-moi"}
    assert chosen["whitelist"] == ["127.0.0.0/8"]
    basic = key(mine, "BASIC", {"login": "commune", "password": "tres-secret"}).json()
    assert basic["type_infos"]["login"] == "commune"
    assert "tres-secret" not in str(basic)
    header = key(mine, "HEADER", {"headers": {"X-Commune": "bien-cache"}}).json()
    assert header["type_infos"] == {"headers": {"X-Commune": "bien-cache"}}
    journal = str(mine.process.journal("/users/me/keys$"))
    assert not [secret for secret in ("choisie-par-moi", "tres-secret", "bien-cache") if secret in journal]
    assert {"_id": drawn["_id"], "name": "clé", "type": "HASH"} in mine.read("/users/me/keys", type="HASH")
    assert mine.read(f"/users/me/keys/{drawn['_id']}") == drawn
    changed = mine("PATCH", f"/users/me/keys/{drawn['_id']}", json={"name": "autre", "referer": "x"}).json()
    assert (changed["name"], changed["type_infos"]) == ("autre", drawn["type_infos"])
    assert said(mine("PATCH", f"/users/me/keys/{drawn['_id']}", json={"type_infos": {}}), 400)
    assert said(office("attente").get(f"/users/me/keys/{drawn['_id']}"), 404)
    assert mine("DELETE", f"/users/me/keys/{drawn['_id']}").status_code == 204


@pytest.mark.parametrize(
    ("type_", "infos", "more", "status"),
    [
        ("BASIC", {"login": "prise", "password": "b"}, {}, 409),
        ("HASH", {"hash": "deja-prise"}, {}, 409),
        ("HASH", {"hash": "x"}, {}, 400),
        ("BASIC", {"login": "b"}, {}, 400),
        ("HEADER", {"headers": {}}, {}, 400),
        ("OAUTH2", {"a": 1}, {}, 400),
        ("TOKEN", {}, {}, 400),
        ("HASH", {}, {"whitelist": ["partout"]}, 400),
        ("HASH", {}, {"more": 1}, 400),
    ],
)
def test_keys_that_are_refused(office, type_, infos, more, status):
    key(office("admin"), "BASIC", {"login": "prise", "password": "a"})
    key(office("admin"), "HASH", {"hash": "deja-prise"})
    assert said(key(office(), type_, infos, **more), status)


def test_quota_of_keys(office, sandbox):
    mine = office("sansgroupe")
    quota = mine.read("/users/me")["keys_quota"]
    assert [key(mine).status_code for _ in range(quota)] == [201] * quota
    assert "Quota" in said(key(mine), 409)
    assert mine.read("/users/me")["keys_use"] == quota
