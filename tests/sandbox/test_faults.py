"""Every kind of fault: that it strikes as told, and only then."""

import http.client
import json
import threading
import time

import pytest
import requests

from sandbox.faults import ENTREPOT_KINDS, KINDS
from sandbox.world.people import BY_NAME

REPORTS = "/gcms/api/reports"


def test_every_kind_is_tested():
    tested = {name.split("[")[0].removeprefix("test_fault_") for name in globals() if name.startswith("test_fault_")}
    assert tested == set(KINDS) - set(ENTREPOT_KINDS)  # those are tested with the Entrepôt


def page(membre, **params):
    return membre.get("/reports", {"limit": 5, "page": 2, **params})


def test_fault_status(sandbox, membre):
    sandbox.faults({"kind": "status", "status": 503, "message": "pause", "headers": {"Retry-After": "7"}})
    answer = page(membre)
    assert (answer.status_code, answer.json()) == (503, {"code": 503, "message": "pause"})
    assert answer.headers["Retry-After"] == "7"
    assert page(membre).status_code == 206
    assert [entry["fault"] for entry in sandbox.journal("reports$")[-2:]] == ["status", None]


def test_fault_rate_limit(sandbox, membre):
    sandbox.faults({"kind": "rate_limit", "retry_after": 2, "times": 2})
    answers = [page(membre) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 206]
    assert answers[0].headers["Retry-After"] == "2"


@pytest.mark.parametrize("status", [502, 200])
def test_fault_html(sandbox, membre, status):
    sandbox.faults({"kind": "html", "status": status})
    answer = page(membre)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_fault_redirect(sandbox, membre):
    sandbox.faults({"kind": "redirect", "to": "http://127.0.0.1:1/ailleurs"})
    answer = page(membre)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:1/ailleurs")


def test_fault_reset(sandbox, membre):
    sandbox.faults({"kind": "reset", "method": "post"})
    before = len(membre.every())
    with pytest.raises(requests.ConnectionError):
        membre.post("/reports", json={"geometry": "POINT(2.35 48.85)"})
    assert len(membre.every()) == before
    assert sandbox.journal("reports$")[-4]["status"] is None


def test_fault_lost_answer(sandbox, membre):
    before = len(membre.every())
    sandbox.faults({"kind": "lost_answer"})
    assert page(membre).status_code == 206  # only what writes
    with pytest.raises(requests.ConnectionError):
        membre.post("/reports", json={"geometry": "POINT(2.35 48.85)"})
    assert len(membre.every()) == before + 1


def test_fault_drop(sandbox, anonymous):
    whole = anonymous.get("/reports", {"limit": 5})
    sandbox.faults({"kind": "drop", "at": 0.25})
    # the standard library's client, since `requests` says nothing of a body that is too short with an old urllib3
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=30)
    connection.request("GET", REPORTS + "?limit=5")
    cut = connection.getresponse()
    assert cut.headers["Content-Length"] == whole.headers["Content-Length"]
    with pytest.raises(http.client.IncompleteRead) as caught:
        cut.read()
    connection.close()
    assert caught.value.partial == whole.content[: len(whole.content) // 4]


def test_fault_expired_token(sandbox):
    def me(token):
        return requests.get(
            sandbox.url + "/gcms/api/users/me", headers={"Authorization": f"Bearer {token}"}, timeout=30
        ).status_code

    token = sandbox.token("membre")
    sandbox.faults({"kind": "expired_token", "after": 1})
    assert [me(token), me(token), me(token)] == [200, 401, 401]
    assert me(sandbox.token("membre")) == 200


def test_expired_token_leaves_other_accounts_alone(sandbox, membre):
    sandbox.faults({"kind": "expired_token", "times": None})
    assert page(membre).status_code == 206


def test_fault_slow(sandbox, membre):
    sandbox.faults({"kind": "slow", "seconds": 0.5})
    started = time.monotonic()
    assert page(membre).status_code == 206
    assert time.monotonic() - started >= 0.5


def test_fault_slow_body(sandbox, membre):
    sandbox.faults({"kind": "slow_body", "seconds": 0.6})
    started = time.monotonic()
    answer = membre.session.get(membre.url + "/reports", stream=True, timeout=30)
    first = time.monotonic() - started
    assert len(answer.json()) == 10
    assert time.monotonic() - started >= 0.5
    assert first < time.monotonic() - started - 0.3


def test_slow_does_not_hold_the_others(sandbox, membre, admin):
    sandbox.faults({"kind": "slow", "seconds": 2})
    slow = threading.Thread(target=page, args=(membre,))
    slow.start()
    time.sleep(0.2)
    started = time.monotonic()
    assert page(admin).status_code == 206
    assert time.monotonic() - started < 1.5
    slow.join()


def test_fault_no_content_range(sandbox, membre):
    sandbox.faults({"kind": "no_content_range"})
    assert "Content-Range" not in page(membre).headers


def test_fault_odd_content_range(sandbox, membre):
    sandbox.faults({"kind": "odd_content_range", "value": "items 0-9/47"})
    assert page(membre).headers["Content-Range"] == "items 0-9/47"


def test_fault_wrong_total(sandbox, membre):
    right = page(membre).headers["Content-Range"]
    sandbox.faults({"kind": "wrong_total", "delta": -3})
    range_, total = page(membre).headers["Content-Range"].split("/")
    assert (range_, int(total) + 3) == (right.split("/")[0], int(right.split("/")[1]))


def test_fault_repeat_page(sandbox, membre):
    first = page(membre, page=1).json()
    sandbox.faults({"kind": "repeat_page"})
    assert page(membre).json() == first
    assert page(membre).json() != first


def test_fault_short_page(sandbox, membre):
    sandbox.faults({"kind": "short_page", "rows": 2})
    answer = page(membre)
    assert len(answer.json()) == 2
    assert answer.headers["Content-Range"].startswith("6-10/")


def test_fault_truncated_json(sandbox, membre):
    sandbox.faults({"kind": "truncated_json"})
    answer = page(membre)
    assert answer.status_code == 206
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert answer.content.startswith(b"[{")


def test_fault_not_json(sandbox, membre):
    sandbox.faults({"kind": "not_json"})
    answer = page(membre)
    assert answer.headers["Content-Type"] == "application/json"
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()


def test_fault_clock(sandbox, membre):
    sandbox.faults({"kind": "clock", "seconds": -86400})
    assert page(membre).headers["Date"].startswith("Sat, 28 Feb 2026 12:")
    assert page(membre).headers["Date"].startswith("Sun, 01 Mar 2026 12:")


def themed(membre):
    """A report with some values in its theme."""
    return next(
        r for r in membre.every(communities=375) if r["attributes"] and len(r["attributes"][0]["attributes"]) > 1
    )


@pytest.mark.parametrize("form", ["text", "name_value", "empty_list"])
def test_fault_odd_attributes(sandbox, membre, form):
    report = themed(membre)
    values = report["attributes"][0]["attributes"]
    sandbox.faults({"kind": "odd_attributes", "form": form})
    odd = membre.get(f"/reports/{report['id']}").json()["attributes"]
    if form == "text":
        assert json.loads(odd) == report["attributes"]
    else:
        listed = [{"name": name, "value": value} for name, value in values.items()] if form == "name_value" else []
        assert odd[0]["attributes"] == listed


def test_fault_no_geometry(sandbox, membre):
    sandbox.faults({"kind": "no_geometry"})
    assert [report["geometry"] for report in page(membre).json()] == [None] * 5


def test_fault_no_author(sandbox, membre):
    sandbox.faults({"kind": "no_author"})
    assert [report["author"] for report in page(membre).json()] == [None] * 5


def test_fault_int_author(sandbox, membre):
    right = [(report["author"] or {}).get("id") for report in page(membre).json()]
    sandbox.faults({"kind": "int_author"})
    assert [report["author"] for report in page(membre).json()] == right


def test_fault_bad_sketch(sandbox, membre):
    sandbox.faults({"kind": "bad_sketch", "text": "<CROQUIS/>"})
    assert {report["sketch"] for report in page(membre).json()} == {"<CROQUIS/>"}


def test_fault_odd_users_me(sandbox, membre):
    right = membre.get("/users/me").json()
    sandbox.faults({"kind": "odd_users_me", "profile_list": True, "no_grids": True, "theme_names": True})
    odd = membre.get("/users/me").json()
    assert odd["profile"] == [right["profile"]]
    assert all("grids" not in member and "emprises" in member for member in odd["communities_member"])
    assert odd["shared_themes"][0]["themes"] == ["Route"]
    sandbox.faults({"kind": "odd_users_me", "no_profile": True, "no_emprises": True, "grid_objects": True})
    odd = membre.get("/users/me").json()
    assert "profile" not in odd
    assert odd["communities_member"][0]["grids"][0] == {"name": "75"}
    assert "emprises" not in odd["communities_member"][0]
    sandbox.faults({"kind": "odd_users_me", "no_communities": True})
    assert membre.get("/users/me").json()["communities_member"] == []


def test_after_times_path_and_method(sandbox, membre):
    sandbox.faults({"kind": "status", "status": 500, "path": "/reports$", "method": "GET", "after": 1, "times": 2})
    assert membre.get("/users/me").status_code == 200
    assert membre.post("/reports", json={}).status_code == 400
    assert [page(membre).status_code for _ in range(4)] == [206, 500, 500, 206]


def test_for_ever_and_together(sandbox, membre):
    sandbox.faults({"kind": "short_page", "rows": 1, "times": None}, {"kind": "no_content_range", "times": None})
    for _ in range(3):
        answer = page(membre)
        assert len(answer.json()) == 1
        assert "Content-Range" not in answer.headers
    assert sandbox.journal("reports$")[-1]["fault"] == "short_page+no_content_range"


def test_faults_that_spoil_each_other(sandbox, membre):
    sandbox.faults({"kind": "truncated_json"}, {"kind": "no_author"}, {"kind": "wrong_total"})
    assert page(membre).status_code == 206


def test_login_and_documents_only_when_named(sandbox, token):
    form = {"grant_type": "password", "username": "membre", "password": BY_NAME["membre"].password}
    sandbox.faults({"kind": "status", "status": 500, "times": None})
    assert token(**form).status_code == 200
    assert requests.get(sandbox.url + "/document/image/7001", timeout=30).status_code == 200
    sandbox.faults({"kind": "status", "status": 500, "path": "/token$"}, {"kind": "html", "path": "^/document"})
    assert token(**form).status_code == 500
    assert requests.get(sandbox.url + "/document/image/7001", timeout=30).status_code == 502


def test_switchboard(sandbox, membre):
    address = sandbox.url + "/_faults"
    sandbox.faults({"kind": "slow", "seconds": 0})
    added = requests.post(address, json={"kind": "not_json"}, timeout=30).json()
    assert [(fault["kind"], fault["hits"]) for fault in added] == [("slow", 0), ("not_json", 0)]
    page(membre)
    assert [fault["hits"] for fault in requests.get(address, timeout=30).json()] == [1, 1]
    assert requests.delete(address, timeout=30).status_code == 204
    assert requests.get(address, timeout=30).json() == []


@pytest.mark.parametrize(
    "definition",
    [
        {"kind": "tempête"}, {}, [], "drop", {"kind": "status"}, {"kind": "status", "status": "500"},
        {"kind": "status", "status": 42}, {"kind": "status", "status": 204},
        {"kind": "drop", "time": 2}, {"kind": "drop", "times": -1},
        {"kind": "drop", "times": True}, {"kind": "drop", "path": "("}, {"kind": "odd_attributes", "form": "xml"},
        {"kind": "slow", "seconds": -1}, {"kind": "redirect"}, {"kind": "odd_users_me", "profile_list": 1},
    ],
)  # fmt: skip
def test_a_wrong_definition_changes_nothing(sandbox, definition):
    sandbox.faults({"kind": "clock", "seconds": 1})
    for method in ("POST", "PUT"):
        body = [definition] if method == "PUT" else definition
        answer = requests.request(method, sandbox.url + "/_faults", json=body, timeout=30)
        assert answer.status_code == 400
        assert answer.json()["message"]
    assert [fault["kind"] for fault in requests.get(sandbox.url + "/_faults", timeout=30).json()] == ["clock"]


# Tables and transactions

ASKED = {"service": "WFS", "request": "GetFeature", "outputFormat": "JSON", "typename": "suivi_terrain:bornes"}
FEATURE = "/databases/34/tables/3404/features/"


def send(caller, *actions):
    return caller.post("/databases/34/transactions", json={"comment": "panne", "actions": list(actions)})


@pytest.fixture
def post_of(membre):
    """`post_of("XX-1")`: a new row of the table of posts."""

    def make(reference):
        data = {"reference": reference, "geom": "POINT(2.35 48.85)"}
        return send(membre, {"table": 3404, "state": "Insert", "data": data}).json()["actions"][0]["data"]

    return make


def change_of(row, **changes):
    data = {"reference": row["reference"], "gcms_fingerprint": row["gcms_fingerprint"], **changes}
    return {"table": 3404, "state": "Update", "data": data}


@pytest.mark.parametrize("destroyed", [False, True])
def test_fault_conflict(sandbox, membre, post_of, destroyed):
    """Somebody else is faster, just before the transaction: truly, as the row, numrec and the list show."""
    row = post_of(f"CF-{int(destroyed)}")
    theirs = {"destroyed": True} if destroyed else {"set": {"etat": "Mauvais"}}
    sandbox.faults({"kind": "conflict", "table": 3404, "key": row["reference"], **theirs})
    told = send(membre, change_of(row, etat="Bon")).json()
    assert told["status"] == "conflicting"
    server = told["conflicts"][0]["server_object"]
    now = membre.get(FEATURE + row["reference"]).json()
    assert (server["gcms_fingerprint"], server["gcms_detruit"]) == (now["gcms_fingerprint"], destroyed)
    assert now["etat"] == (None if destroyed else "Mauvais")
    assert now["gcms_numrec"] == membre.get("/databases/34/tables/3404/max-numrec").json() > row["gcms_numrec"]
    somebody = membre.get("/databases/34/transactions", {"user": 1106, "limit": 1}).json()[0]
    assert (somebody["status"], somebody["numrec"]) == ("committed", now["gcms_numrec"])


def test_conflict_without_more_changes_a_text(sandbox, membre):
    row = membre.get("/databases/34/tables/3402/features/7").json()
    sandbox.faults({"kind": "conflict", "table": 3402, "key": 7})
    action = {
        "table": 3402,
        "state": "Update",
        "data": {"id": 7, "gcms_fingerprint": row["gcms_fingerprint"], "vu": None},
    }
    assert send(membre, action).json()["status"] == "conflicting"
    assert membre.get("/databases/34/tables/3402/features/7").json()["numero"].startswith("modifié ")


def test_conflict_on_what_is_not_there_says_so(sandbox, membre, post_of):
    row = post_of("CN-1")
    for wrong in ({"table": 3404, "key": "nulle part"}, {"table": 1, "key": 1}, {"table": 3404, "key": "CN-1"},
                  {"table": 3404, "key": "CN-1", "set": {"inconnue": 1}}):  # fmt: skip
        sandbox.faults({"kind": "conflict", **wrong})
        answer = send(membre, change_of(row, etat="Bon"))
        assert answer.status_code == 400 and "conflict" in answer.json()["message"]


@pytest.mark.parametrize("status", ["failed", "rollbacked", "cancelled"])
def test_fault_failed_transaction(sandbox, membre, post_of, status):
    row = post_of(f"FT-{len(status)}")
    sandbox.faults({"kind": "failed_transaction", "status": status, "message": "base arrêtée"})
    answer = send(membre, change_of(row, etat="Bon"))
    told = answer.json()
    assert (answer.status_code, told["status"], told["message"], told["numrec"]) == (200, status, "base arrêtée", None)
    assert membre.get(f"/databases/34/transactions/{told['id']}").json() == told
    assert membre.get(FEATURE + row["reference"]).json() == row


def test_fault_slow_transaction(sandbox, membre, admin, post_of):
    """The numrec is taken at the start, the rows come later: who read the watermark in between never sees them."""
    row = post_of("SL-1")
    sandbox.faults({"kind": "slow_transaction", "seconds": 1, "pending": True})
    told = send(membre, change_of(row, etat="Bon")).json()
    assert told["status"] == "pending" and told["numrec"] > row["gcms_numrec"]
    address = f"/databases/34/transactions/{told['id']}"
    assert membre.get(address).json()["status"] == "pending"
    assert membre.get(FEATURE + "SL-1").json() == row
    later = send(
        admin, {"table": 3404, "state": "Insert", "data": {"reference": "SL-2", "geom": "POINT(2.3 48.8)"}}
    ).json()
    watermark = membre.get("/databases/34/tables/3404/max-numrec").json()
    assert watermark == later["numrec"] > told["numrec"]
    while membre.get(address).json()["status"] == "pending":
        time.sleep(0.05)
    done = membre.get(address).json()
    assert (done["status"], done["numrec"]) == ("committed", told["numrec"])
    assert membre.get("/databases/34/tables/3404/max-numrec").json() == watermark
    newer = membre.get("/wfs", {**ASKED, "filter": json.dumps({"gcms_numrec": {"$gt": watermark}})}).json()
    assert newer == []  # the hole of section 2.12
    assert membre.get(FEATURE + "SL-1").json() == done["actions"][0]["data"]


def test_slow_transaction_answers_when_it_is_done(sandbox, membre, admin, post_of):
    row = post_of("SL-3")
    sandbox.faults({"kind": "slow_transaction", "seconds": 1})
    answers = []
    slow = threading.Thread(target=lambda: answers.append(send(membre, change_of(row, etat="Bon")).json()))
    slow.start()
    while not membre.get("/databases/34/transactions", {"status": "pending"}).json():
        time.sleep(0.02)
    quick = send(admin, change_of(row, etat="Mauvais")).json()
    slow.join()
    assert quick["status"] == "committed" and answers[0]["status"] == "conflicting"  # it is checked when it is written
    assert membre.get(FEATURE + "SL-3").json()["etat"] == "Mauvais"


def test_slow_transaction_of_what_was_purged_meanwhile_fails(sandbox, membre, admin, post_of):
    row = post_of("SL-4")
    sandbox.faults({"kind": "slow_transaction", "seconds": 0.5, "pending": True})
    told = send(membre, change_of(row, etat="Bon")).json()
    send(admin, {"table": 3404, "state": "Delete", "data": change_of(row)["data"]})
    sandbox.change("purged", table=3404)
    address = f"/databases/34/transactions/{told['id']}"
    while membre.get(address).json()["status"] == "pending":
        time.sleep(0.05)
    assert membre.get(address).json()["status"] == "failed"


def test_lost_answer_of_a_transaction_is_found_by_reading(sandbox, membre):
    """It is applied once; its own words are in the list, so a client need not send it twice."""
    sandbox.faults({"kind": "lost_answer", "path": "/transactions$"})
    action = {"table": 3404, "state": "Insert", "data": {"reference": "LA-1", "geom": "POINT(2.35 48.85)"},
              "client_feature_id": "lost-1"}  # fmt: skip
    with pytest.raises(requests.ConnectionError):
        membre.post("/databases/34/transactions", json={"comment": "panne lost-1", "actions": [action]})
    found = membre.get("/databases/34/transactions", {"comment": "panne lost-1"}).json()
    assert [item["status"] for item in found] == ["committed"]
    assert found[0]["actions"][0]["client_feature_id"] == "lost-1"
    assert membre.get(FEATURE + "LA-1").json() == found[0]["actions"][0]["data"]


def test_a_failure_in_the_middle_of_pages(sandbox, membre):
    sandbox.faults({"kind": "status", "status": 502, "path": "/wfs", "after": 2})
    pages = [membre.get("/wfs", {**ASKED, "maxFeatures": 5, "offset": offset}).status_code for offset in (0, 5, 10, 10)]
    assert pages == [200, 200, 502, 200]


@pytest.mark.parametrize("form", ["data", "rows", "items", "features"])
def test_fault_odd_rows(sandbox, membre, form):
    right = membre.get("/wfs", ASKED).json()
    sandbox.faults({"kind": "odd_rows", "form": form})
    assert membre.get("/wfs", ASKED).json() == {form: right}


def test_odd_rows_with_geojson_geometries(sandbox, membre):
    sandbox.faults({"kind": "odd_rows", "form": "geojson_geometry"})
    assert {row["geom"]["type"] for row in membre.get("/wfs", ASKED).json()} == {"Point"}


def test_fault_odd_table(sandbox, membre):
    right = membre.get("/databases/9/tables/1737").json()
    sandbox.faults({"kind": "odd_table"})
    odd = membre.get("/databases/9/tables/1737").json()
    assert list(odd["columns"]) == [column["name"] for column in right["columns"]]
    assert odd["style"] == odd["columns"]["libelle"]["jeux_attributs"] == []


@pytest.mark.parametrize("wrong", [
    {"kind": "conflict"}, {"kind": "conflict", "table": 3404}, {"kind": "odd_rows", "form": "xml"},
    {"kind": "failed_transaction", "status": "committed"}, {"kind": "slow_transaction", "seconds": -1},
    {"kind": "slow_transaction", "pending": 1},
])  # fmt: skip
def test_options_of_transaction_faults_are_checked(sandbox, wrong):
    assert requests.put(sandbox.url + "/_faults", json=[wrong], timeout=30).status_code == 400
