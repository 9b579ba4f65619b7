"""Who may read what: Basic, anonymous, the form of errors (1.2, 1.3, A6, A7, A44)."""

import pytest
import requests


def total(answer):
    return int(answer.headers["Content-Range"].split("/")[1])


def test_membre_sees_the_groups_and_what_is_public(membre, anonymous):
    public = {report.get("community") for report in anonymous.every()}
    assert public == {1, 96, None}
    assert {report.get("community") for report in membre.every()} == public | {375}


@pytest.mark.parametrize("user", ["sansgroupe", "attente"])
def test_without_active_membership_only_public_reports(call, anonymous, user):
    assert total(call(user).get("/reports")) == total(anonymous.get("/reports"))
    assert call(user).every(communities=375) == []


def test_admin_sees_the_group(admin, membre):
    assert (
        total(admin.get("/reports", {"communities": 375})) == total(membre.get("/reports", {"communities": 375})) > 150
    )


def test_public_group_of_others(membre):
    assert total(membre.get("/reports", {"communities": 1})) > 10


def test_personal_reports_belong_to_author_and_managers(call, membre, anonymous):
    geometry = {"geometry": "POINT(2.35 48.85)", "community": 512}
    assert membre.post("/reports", json=geometry).status_code == 403
    made = call("contributeur").post("/reports", json=geometry).json()
    by_manager = call("gestionnaire").post("/reports", json=geometry).json()
    path = f"/reports/{made['id']}"
    assert call("contributeur").get(path).status_code == 200
    assert call("gestionnaire").get(path).status_code == 200
    assert membre.get(path).status_code == 403
    assert anonymous.get(path).status_code == 401
    mine = call("contributeur").every(communities=512)
    assert made["id"] in {report["id"] for report in mine}
    assert by_manager["id"] not in {report["id"] for report in mine}
    assert {report["author"]["id"] for report in mine} == {1108}


def test_one_report(membre, anonymous):
    report = membre.get("/reports", {"communities": 375, "limit": 1}).json()[0]
    assert membre.get(f"/reports/{report['id']}").json() == report
    refused = anonymous.get(f"/reports/{report['id']}")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    shown = anonymous.get("/reports", {"limit": 1}).json()[0]
    assert anonymous.get(f"/reports/{shown['id']}").json() == shown


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/reports/1", 404),
        ("GET", "/reports/99999999999999999999999", 404),
        ("GET", "/rien", 404),
        ("GET", "/reports/rss", 404),
        ("GET", "/communities/5", 404),
        ("GET", "/users/5", 404),
        ("GET", "/grids/XX", 404),
        ("GET", "/communities/1/members", 403),
        ("GET", "/communities/512", 403),
        ("GET", "/permissions?community=1", 403),
        ("GET", "/grids", 400),
        ("DELETE", "/reports", 405),
        ("OPTIONS", "/users/me", 405),
        ("HEAD", "/users/me", 405),
    ],
)
def test_errors_are_json(membre, method, path, status):
    answer = membre(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Date"].endswith("GMT")
    if method != "HEAD":
        assert set(answer.json()) == {"code", "message"}
        assert answer.json()["code"] == status
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/users/me", "/users", "/communities", "/communities/375", "/grids?text=9", "/permissions"]
)
def test_only_reports_are_anonymous(anonymous, path):
    answer = anonymous.get(path)
    assert (answer.status_code, answer.json()["code"], answer.headers["WWW-Authenticate"]) == (401, 401, "Bearer")


@pytest.mark.parametrize("header", ["Bearer faux", "Basic faux", "Basic bWVtYnJlOmZhdXg=", "Digest x", "Bearer", ""])
def test_wrong_credentials_are_refused_even_where_none_are_needed(sandbox, header):
    answer = requests.get(sandbox.url + "/gcms/api/reports", headers={"Authorization": header}, timeout=30)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_me(membre, call):
    me = membre.get("/users/me").json()
    assert (me["username"], me["id"], me["administrator"]) == ("membre", 1001, False)
    groups = {member["community_id"]: member for member in me["communities_member"]}
    assert {id_: member["role"] for id_, member in groups.items()} == {375: "member", 96: "member"}
    assert groups[375]["grids"] == groups[375]["emprises"] == ["75", "92", "93", "94"]
    assert isinstance(me["profile"], dict)
    assert isinstance(groups[375]["profile"], list)
    assert me["shared_themes"][0]["themes"][0]["theme"] == "Route"
    assert call("sansgroupe").get("/users/me").json()["communities_member"] == []
    assert call("attente").get("/users/me").json()["communities_member"][0]["role"] == "pending"


def test_group_375_shows_every_type_of_attribute(membre):
    group = membre.get("/communities/375").json()
    attributes = [attribute for theme in group["attributes"] for attribute in theme["attributes"]]
    types = {attribute["type"] for attribute in attributes}
    assert types == {"text", "integer", "double", "float", "checkbox", "list", "date", "datetime", "jsonvalue"}
    assert any(attribute["multiple"] for attribute in attributes)
    assert any(isinstance(attribute["values"], dict) for attribute in attributes)
    assert any("condition_field" in attribute for attribute in attributes)
    assert any("input_constraints" in attribute for attribute in attributes)
    inactive = [code for code, status in group["report_statuses"].items() if not status["active"]]
    assert inactive == ["valid0"]
    assert group["default_comment"]
    assert group["shared_themes"] == [{"community_id": 1, "community_name": "Groupe IGN Route", "themes": ["Route"]}]


def test_members_users_grids_permissions(membre):
    members = membre.get("/communities/375/members", {"roles[]": ["admin"]}).json()
    assert [member["user_id"] for member in members] == [1002]
    assert membre.get("/communities/375/members/1004").json()["role"] == "pending"
    assert membre.get("/communities/375/members/1003").status_code == 404
    assert membre.get("/communities/375/members", {"roles[]": "chef"}).status_code == 400
    assert [user["id"] for user in membre.get("/users", {"search": "voirie"}).json()] == [1101]
    assert [user["id"] for user in membre.get("/users", {"username": "admin"}).json()] == [1002]
    assert membre.get("/users/1002").json()["username"] == "admin"
    assert [grid["name"] for grid in membre.get("/grids", {"text": "corse"}).json()] == ["2A", "2B"]
    assert [grid["name"] for grid in membre.get("/grids", {"text": "9", "searchBy": "name"}).json()] == [
        "92",
        "93",
        "94",
    ]
    assert "geometry" not in membre.get("/grids/75").json()
    assert membre.get("/grids/75", {"fields": "name,geometry"}).json()["geometry"].startswith("POLYGON(")
    levels = {item["level"] for item in membre.get("/permissions", {"community": 375, "level": "VIEW,EDIT"}).json()}
    assert levels == {"VIEW", "EDIT"}
    assert membre.get("/permissions", {"level": "ADMIN"}).status_code == 400
    assert membre.get("/permissions/2").json()["level"] == "EDIT"


def test_communities_list(membre, call):
    assert {group["id"] for group in membre.every("/communities")} == {375, 96, 1}
    assert {group["id"] for group in call("contributeur").every("/communities")} == {375, 96, 1, 512}
    assert [group["id"] for group in membre.every("/communities", name="Espace%")] == [96]


def test_documents_and_pages(sandbox, membre):
    report = next(report for report in membre.every(communities=96) + membre.every() if len(report["attachments"]) == 4)
    for document in report["attachments"]:
        view = requests.get(document["uri"], timeout=30)
        assert view.status_code == 200
        assert len(view.content) == document["size"]
        assert view.headers["Content-Type"].startswith(document["mime_type"])
        download = requests.get(document["download_uri"], timeout=30)
        assert download.content == view.content
        assert download.headers["Content-Disposition"].startswith("attachment")
    kinds = {document["mime_type"]: document["id"] for document in report["attachments"]}
    assert set(kinds) == {"image/png", "application/pdf", "text/plain"}
    thumbnail = requests.get(f"{sandbox.url}/document/thumbnail/{kinds['image/png']}", timeout=30)
    assert thumbnail.content.startswith(b"\x89PNG")
    assert requests.get(f"{sandbox.url}/document/thumbnail/{kinds['text/plain']}", timeout=30).status_code == 404
    assert requests.get(f"{sandbox.url}/document/image/1", timeout=30).json()["code"] == 404


def test_the_page_of_a_report_escapes_what_people_wrote(sandbox, call):
    text = "<script>alert('x')</script> & co"
    made = (
        call("membre").post("/reports", json={"geometry": "POINT(2.35 48.85)", "community": 96, "comment": text}).json()
    )
    page = requests.get(f"{sandbox.url}/georem/{made['id']}", timeout=30)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    private = call("membre").get("/reports", {"communities": 375, "limit": 1}).json()[0]
    assert requests.get(f"{sandbox.url}/georem/{private['id']}", timeout=30).status_code == 401
