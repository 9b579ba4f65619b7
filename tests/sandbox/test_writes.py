"""The write side (sections 2.5.1 to 2.5.5): encodings, rules, rights, statuses, documents."""

import json
from datetime import datetime

import pytest

HERE = "POINT(2.3488 48.8534)"
VOIRIE = {"community": 375, "theme": "Voirie", "attributes": {"Nature": "Trottoir"}}


def made(caller, **members):
    answer = caller.post("/reports", json={"geometry": HERE, "community": 375, **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


def reply(caller, report, status="pending", **more):
    return caller.post(f"/reports/{report['id']}/replies", json={"content": "Vu", "status": status, **more})


def again(caller, report):
    return caller.get(f"/reports/{report['id']}").json()


def test_create_in_json(membre, anonymous):
    report = made(membre, comment="Trottoir affaissé", attributes=VOIRIE, input_device="SIG-QGIS", device_version="1")
    assert report["status"] == "submit"
    assert report["attributes"] == [VOIRIE]
    assert (report["community"], report["geometry"], report["input_device"]) == (375, HERE, "SIG-QGIS")
    assert report["author"]["username"] == "membre"
    assert (report["commune"]["name"], report["departement"]["name"], report["territory"]["name"]) == (
        "75056",
        "75",
        "FXX",
    )
    assert report["opening_date"] == report["updating_date"]
    assert (report["closing_date"], report["replies"], report["attachments"]) == (None, [], [])
    assert again(membre, report) == report
    assert membre.every(sort="id:DESC")[0] == report
    assert anonymous.post("/reports", json={"geometry": HERE}).status_code == 401


@pytest.mark.parametrize("encoding", ["form", "multipart", "json without type"])
def test_other_encodings(membre, encoding):
    sketch = '{"name":"","objects":[{"type":"Ligne","geometry":"LINESTRING(2 48,2.1 48)","attributes":{}}]}'
    texts = {"geometry": HERE, "community": "375", "comment": "é", "attributes": json.dumps(VOIRIE), "sketch": sketch}
    if encoding == "form":
        answer = membre.post("/reports", data=texts)
    elif encoding == "multipart":
        answer = membre.post("/reports", data=texts, files={"photo0": ("été.png", b"\x89PNG\r\n\x1a\n" + bytes(16))})
    else:
        members = {**texts, "attributes": VOIRIE}
        answer = membre.post("/reports", data=json.dumps(members).encode(), headers={"Content-Type": None})
    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert (report["attributes"], report["sketch"], report["comment"]) == ([VOIRIE], texts["sketch"], "é")
    assert [document["filename"] for document in report["attachments"]] == ["été.png"] * (encoding == "multipart")


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({}, "pending0"),
        ({"attributes": VOIRIE}, "submit"),
        ({"status": "test"}, "test"),
        ({"status": "submit"}, "pending0"),
    ],
)
def test_first_status(membre, members, status):
    assert made(membre, **members)["status"] == status


def test_no_group(call):
    for community in (-1, "-1"):
        report = made(call("sansgroupe"), community=community)
        assert "community" not in report
        assert again(call(None), report)["status"] == "pending0"


def test_a_sketch_object_is_kept_as_text(membre):
    sketch = {"objects": [{"type": "Polygone", "geometry": "POLYGON((0 0,1 0,1 1,0 0))", "style": []}]}
    assert json.loads(made(membre, sketch=sketch)["sketch"]) == sketch


@pytest.mark.parametrize(
    "members",
    [
        {"geometry": None}, {"geometry": "LINESTRING(2 48,3 49)"}, {"geometry": "POINT(2,48)"},
        {"geometry": "POINT(200 48)"}, {"geometry": "SRID=4326;POINT(2 48)"}, {"geometry": 3},
        {"community": "groupe"}, {"community": 4}, {"community": None}, {"comment": 3}, {"comment": None},
        {"status": "valid"}, {"status": "pending0"}, {"input_device": "QGIS"}, {"device_version": 5},
        {"inconnu": 1}, {"id": 5}, {"attributes": [VOIRIE]}, {"attributes": {**VOIRIE, "attributes": []}},
        {"attributes": json.dumps(VOIRIE)}, {"attributes": {**VOIRIE, "theme": "voirie"}},
        {"attributes": {**VOIRIE, "community": 96}}, {"attributes": {**VOIRIE, "reste": 1}},
        {"sketch": "{"}, {"sketch": {"objects": 1}}, {"sketch": {"objects": [{"type": "Point"}]}},
        {"sketch": {"objects": [{"type": "Point", "geometry": "POINT(1)"}]}},
        {"sketch": {"objects": [{"type": "Point", "geometry": "CERCLE(1 1)"}]}},
    ],
)  # fmt: skip
def test_refused_members(membre, members):
    body = {"geometry": HERE, "community": 375, **members}
    answer = membre.post("/reports", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


@pytest.mark.parametrize("body", ["", "[]", "3", '"x"', "{", "{'a': 1}"])
def test_refused_bodies(membre, body):
    answer = membre.post("/reports", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert membre.post("/reports", data="x", headers={"Content-Type": "text/xml"}).status_code == 415
    broken = membre.post("/reports", data="x", headers={"Content-Type": "multipart/form-data"})
    assert (broken.status_code, broken.json()["code"]) == (400, 400)


@pytest.mark.parametrize(
    ("values", "right"),
    [
        ({"Nature": "Trottoir"}, True),
        ({}, False),  # mandatory
        ({"Nature": "Autre"}, False),
        ({"Nature": "Trottoir", "Inconnu": "1"}, False),
        ({"Nature": "Trottoir", "Revêtement": "ENR"}, True),
        ({"Nature": "Trottoir", "Revêtement": "Enrobé"}, False),  # the label, not the key
        ({"Nature": "Trottoir", "Usagers": "Piétons;Vélos"}, True),
        ({"Nature": "Trottoir", "Usagers": ["Piétons", "Vélos"]}, True),
        ({"Nature": "Trottoir", "Usagers": ["Piétons", "Avions"]}, False),
        ({"Nature": "Trottoir", "Largeur": "2.5"}, True),
        ({"Nature": "Trottoir", "Largeur": 2.5}, False),  # every value is a text
        ({"Nature": "Trottoir", "Largeur": "2,5"}, False),
        ({"Nature": "Trottoir", "Largeur": "0.1"}, False),
        ({"Nature": "Trottoir", "Nombre de voies": "3"}, True),
        ({"Nature": "Trottoir", "Nombre de voies": "3.5"}, False),
        ({"Nature": "Trottoir", "Travaux prévus": "0"}, True),
        ({"Nature": "Trottoir", "Travaux prévus": "1"}, False),  # then the date is mandatory
        ({"Nature": "Trottoir", "Travaux prévus": "1", "Date des travaux": "2026-05-01"}, True),
        ({"Nature": "Trottoir", "Travaux prévus": "oui"}, False),
        ({"Nature": "Trottoir", "Date des travaux": "01/05/2026"}, False),
        ({"Nature": "Trottoir", "Constaté le": "2026-05-01 10:00:00"}, True),
        ({"Nature": "Trottoir", "Constaté le": "2026-05-01T10:00:00"}, False),
        ({"Nature": "Trottoir", "Référence": "VO-12"}, True),
        ({"Nature": "Trottoir", "Référence": "vo-12"}, False),
        ({"Nature": "Trottoir", "Référence": "VO-2024-17-ABCD"}, False),
        ({"Nature": "Trottoir", "INSEE": "75056"}, True),  # filled by the client or the server
    ],
)
def test_theme_values(membre, values, right):
    attributes = {"community": 375, "theme": "Voirie", "attributes": values}
    answer = membre.post("/reports", json={"geometry": HERE, "community": 375, "attributes": attributes})
    assert answer.status_code == (201 if right else 400), answer.text


def test_where_one_may_contribute(call, membre, admin):
    assert call("sansgroupe").post("/reports", json={"geometry": HERE, "community": 375}).status_code == 403
    assert call("attente").post("/reports", json={"geometry": HERE, "community": 375}).status_code == 403
    assert made(call("sansgroupe"), community=96)["community"] == 96  # open without affiliation
    outside = {"geometry": "POINT(5.37 43.3)", "community": 375}
    refused = membre.post("/reports", json=outside)
    assert refused.status_code == 403
    assert "emprises" in refused.json()["message"]
    assert admin.post("/reports", json=outside).status_code == 201
    route = {"community": 1, "theme": "Route", "attributes": {}}
    assert made(membre, community=1, attributes=route)["community"] == 1  # shared into 375
    assert membre.post("/reports", json={"geometry": HERE, "community": 1}).status_code == 403
    building = {"community": 1, "theme": "Bâtiment", "attributes": {"Nature": "Construit"}}
    refused = membre.post("/reports", json={"geometry": HERE, "community": 1, "attributes": building})
    assert refused.status_code == 403


def test_patch_moves_and_put_replaces(membre):
    report = made(membre, comment="avant", attributes=VOIRIE, input_device="SIG-QGIS")
    path = f"/reports/{report['id']}"
    moved = membre("PATCH", path, json={"geometry": "POINT(2.46 48.8)", "community": 375, "input_device": "SIG-QGIS"})
    assert moved.status_code == 200
    assert moved.json()["departement"]["name"] == "94"
    assert (moved.json()["comment"], moved.json()["attributes"]) == ("avant", [VOIRIE])
    replaced = membre("PUT", path, data={"geometry": HERE, "community": "375", "comment": "après"}).json()
    assert (replaced["comment"], replaced["attributes"], replaced["input_device"]) == ("après", [], "UNKNOWN")
    assert membre("PUT", path, json={"comment": "sans position"}).status_code == 400
    assert membre("PATCH", path, json={"geometry": "POINT(5.37 43.3)"}).status_code == 403
    assert again(membre, report)["geometry"] == HERE
    assert replaced["opening_date"] == report["opening_date"]


def test_who_may_change_and_delete(call, membre, admin):
    report = made(membre)
    path = f"/reports/{report['id']}"
    assert call("contributeur")("PATCH", path, json={"comment": "x"}).status_code == 403
    assert call("contributeur")("DELETE", path).status_code == 403
    assert call(None)("DELETE", path).status_code == 401
    assert admin("PATCH", path, json={"comment": "relu"}).json()["comment"] == "relu"
    assert reply(admin, report, "reject").status_code == 201
    assert membre("PATCH", path, json={"comment": "x"}).status_code == 403
    assert admin("PATCH", path, json={"comment": "x"}).status_code == 403  # closed: nobody changes it
    assert membre("DELETE", path).status_code == 403
    deleted = admin("DELETE", path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert admin.get(path).status_code == 404
    own = made(membre)
    assert membre("DELETE", f"/reports/{own['id']}").status_code == 204
    assert own["id"] not in {row["id"] for row in membre.every()}


def test_reply_answers_the_reply_and_moves_the_report(membre, admin):
    report = made(membre)
    answer = reply(admin, report, "pending1", title="Suite")
    assert answer.status_code == 201
    said = answer.json()
    assert (said["report_id"], said["title"], said["content"], said["status"]) == (
        report["id"],
        "Suite",
        "Vu",
        "pending1",
    )
    assert said["author"]["username"] == "admin"
    second = membre.post(
        f"/reports/{report['id']}/replies", data={"content": "Merci", "status": "pending", "title": ""}
    )
    assert second.status_code == 201
    now = again(membre, report)
    assert [item["id"] for item in now["replies"]] == [second.json()["id"], said["id"]]  # newest first
    assert now["status"] == "pending"
    assert datetime.fromisoformat(now["updating_date"]) >= datetime.fromisoformat(report["updating_date"])
    assert now["updating_date"] == now["replies"][0]["date"]
    assert second.json()["title"] is None


def test_closing(membre, admin):
    report = made(membre)
    assert reply(membre, report, "valid").json()["status"] == "pending2"  # A17: no manager
    waiting = again(membre, report)
    assert (waiting["status"], waiting["closing_date"], waiting["validator"]) == ("pending2", None, None)
    assert reply(admin, report, "valid").json()["status"] == "valid"
    closed = again(membre, report)
    assert closed["status"] == "valid"
    assert closed["closing_date"] == closed["updating_date"]
    assert closed["validator"] == {"id": 1002, "username": "admin"}
    assert reply(admin, report).status_code == 403
    everybody = made(membre, community=96)
    assert reply(membre, everybody, "valid0").json()["status"] == "valid0"  # all_members_can_valid


@pytest.mark.parametrize("status", ["submit", "pending0", "pending2", "test", "dump", "valid0", None, 3])
def test_refused_reply_statuses(membre, status):
    assert reply(membre, made(membre), status).status_code == 400  # valid0 is disabled in 375


@pytest.mark.parametrize("members", [{"content": ""}, {"content": None}, {"content": 3}, {"title": 3}, {"inconnu": 1}])
def test_refused_replies(membre, members):
    report = made(membre)
    assert reply(membre, report, **members).status_code == 400
    assert again(membre, report)["replies"] == []


def test_who_may_reply(call, membre, admin):
    report = made(membre, community=96)
    assert reply(call("sansgroupe"), made(membre)).status_code == 403
    assert reply(call(None), report).status_code == 401
    assert reply(admin, made(call("contributeur"), community=512)).status_code == 403
    assert reply(membre, made(membre, status="test")).status_code == 403
    assert membre.post("/reports/1/replies", json={"content": "x", "status": "valid"}).status_code == 404


def test_change_a_reply(membre, admin):
    report = made(membre)
    said = reply(membre, report).json()
    path = f"/reports/{report['id']}/replies/{said['id']}"
    assert membre("PATCH", path, json={"content": "Corrigé"}).json()["content"] == "Corrigé"
    assert admin("PUT", path, json={"content": "Relu", "title": "T"}).json()["title"] == "T"
    assert membre("PATCH", path, json={"status": "valid"}).status_code == 400
    assert membre("PUT", path, json={"title": "T"}).status_code == 400
    assert membre("PATCH", f"/reports/{report['id']}/replies/1", json={"content": "x"}).status_code == 404
    theirs = reply(admin, report).json()
    assert membre("PATCH", f"/reports/{report['id']}/replies/{theirs['id']}", json={"content": "x"}).status_code == 403
    assert [item["content"] for item in again(membre, report)["replies"]] == ["Vu", "Relu"]


def test_attachments(membre, sandbox):
    report = made(membre)
    path = f"/reports/{report['id']}/attachments"
    files = {"photo0": ("a.txt", b"un"), "fichier": ("plan.PDF", b"%PDF-"), "x": ("dossier/b.csv", b"1;2")}
    answer = membre.post(path, files=files)
    assert answer.status_code == 201
    assert answer.json()["id"] == report["id"]  # A19: the report
    documents = answer.json()["attachments"]
    assert [document["filename"] for document in documents] == ["a.txt", "plan.PDF", "b.csv"]
    assert [document["mime_type"] for document in documents] == ["text/plain", "application/pdf", "text/csv"]
    assert documents[0]["download_uri"] == f"{sandbox.url}/document/download/{documents[0]['id']}"
    assert membre.session.get(documents[0]["uri"], timeout=30).content == b"un"
    assert membre.post(path, files={"c": ("c.txt", b"1"), "d": ("d.txt", b"2")}).status_code == 400  # five
    assert len(again(membre, report)["attachments"]) == 3
    assert membre("DELETE", f"{path}/{documents[0]['id']}").status_code == 204
    assert membre("DELETE", f"{path}/{documents[0]['id']}").status_code == 404
    assert membre.session.get(documents[0]["uri"], timeout=30).status_code == 404
    assert len(again(membre, report)["attachments"]) == 2


def test_refused_attachments(membre, admin, call):
    report = made(membre)
    path = f"/reports/{report['id']}/attachments"
    assert membre.post(path, files={"a": ("a.exe", b"x")}).status_code == 400
    assert membre.post(path, files={"a": ("sans_extension", b"x")}).status_code == 400
    assert membre.post(path, files={"a": ("vide.txt", b"")}).status_code == 400
    assert membre.post(path, json={}).status_code == 415
    assert membre.post(path, files={"a": ("gros.zip", bytes(16_000_001))}).status_code == 413
    assert membre.post(path, files={"a": ("juste.zip", bytes(16_000_000))}).status_code == 201
    assert call("sansgroupe").post(path, files={"a": ("a.txt", b"x")}).status_code == 403
    five = {f"f{n}": (f"{n}.txt", b"x") for n in range(5)}
    assert membre.post("/reports", data={"geometry": HERE}, files=five).status_code == 400
    assert reply(admin, report, "reject").status_code == 201
    assert membre.post(path, files={"a": ("a.txt", b"x")}).status_code == 403


def test_lists_see_a_change_at_once(membre):
    before = membre.get("/reports", {"communities": 375, "status": "test"}).headers["Content-Range"].split("/")[1]
    made(membre, status="test")
    after = membre.get("/reports", {"communities": 375, "status": "test"}).headers["Content-Range"].split("/")[1]
    assert int(after) == int(before) + 1


def test_incremental_refresh_finds_what_moved(membre, admin):
    old = next(r for r in membre.every(communities=375, sort="updating_date:ASC") if r["status"] == "pending")
    assert old["id"] not in {row["id"] for row in membre.every(updating_date="2026-02-28")}
    assert reply(admin, old, "pending1").status_code == 201
    assert old["id"] in {row["id"] for row in membre.every(updating_date="2026-02-28")}
