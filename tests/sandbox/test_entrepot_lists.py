"""Lists of the API Entrepôt: pages, fields, sorts, filters; error bodies; who is let in."""

import re

import pytest
import requests

from tests.sandbox.entrepot_calls import said


@pytest.fixture(scope="module")
def statics(sandbox):
    """62 SQL files, written by somebody else before."""
    from tests.sandbox.entrepot_calls import Office

    office = Office(sandbox)
    for n in range(62):
        sandbox.entrepot_entity(
            "statics", datastore=office.id, name=f"Fichier {n:02d}", type="DERIVATION-SQL", type_infos={}
        )
    return 62


def test_pages(montreuil, statics):
    first = montreuil.get("statics")
    assert len(first.json()) == 10
    assert first.headers["Content-Range"] == f"1-10/{statics}"
    assert montreuil.get("statics", limit=50).headers["Content-Range"] == f"1-50/{statics}"
    last = montreuil.get("statics", limit=50, page=2)
    assert last.headers["Content-Range"] == f"51-62/{statics}"
    assert [row["name"] for row in last.json()] == [f"Fichier {n:02d}" for n in range(50, 62)]


def test_no_more_than_fifty(montreuil, statics):
    answer = montreuil.get("statics", limit=100)
    assert len(answer.json()) == 50
    assert answer.headers["Content-Range"] == f"1-50/{statics}"


def test_nothing(montreuil):
    assert montreuil.get("annexes").headers["Content-Range"] == "0-0/0"
    assert montreuil.read("annexes") == []


@pytest.mark.parametrize(
    "params",
    [{"page": 0}, {"page": -1}, {"limit": 0}, {"limit": "x"}, {"sort": "name"}, {"sort": "name,up"},
     {"sort": "size,asc"}, {"unknown": 1}, {"type": "SLD"}, {"fields": "nowhere"}, {"name": ["a", "b"]}],
)  # fmt: skip
def test_what_is_not_known_is_refused(montreuil, params):
    assert said(montreuil.get("statics", **params), 400)


def test_sorts(montreuil, statics):
    rows = montreuil.read("statics", sort="name,desc", limit=5)
    assert [row["name"] for row in rows] == [f"Fichier {n}" for n in range(61, 56, -1)]


@pytest.mark.parametrize(("pattern", "count"), [("fichier 6%", 2), ("%ER 1%", 10), ("Fichier", 0), ("FICHIER 00", 1)])
def test_text_filters(montreuil, statics, pattern, count):
    assert len(montreuil.read("statics", name=pattern, limit=50)) == count


def test_fields(montreuil):
    data = montreuil.database(name="pour les champs", tags={"datasheet_name": "champs"})
    row = montreuil.made("configurations", montreuil.wfs("champs", data))
    (found,) = montreuil.read("configurations", layer_name="champs")
    assert set(found) == {"_id", "name", "layer_name", "type", "status"}
    (found,) = montreuil.read("configurations", layer_name="champs", fields="tags,metadatas,attributions")
    assert found == {"_id": row["_id"], "tags": {}}
    (found,) = montreuil.read("configurations", layer_name="champs", fields=["name", "creation"])
    assert set(found) == {"_id", "name", "creation"}


def test_tag_filters_are_anded(montreuil):
    for tags in ({"a": "1", "b": "2"}, {"a": "1"}):
        body = montreuil.wfs("tags_" + "".join(tags))
        made = montreuil.made("configurations", body)
        assert montreuil.post(f"configurations/{made['_id']}/tags", tags).json() == tags
    assert len(montreuil.read("configurations", **{"tags[a]": "1"})) == 2
    (found,) = montreuil.read("configurations", **{"tags[a]": "1", "tags[b]": "2"})
    assert found["layer_name"] == "tags_ab"
    path = f"configurations/{found['_id']}/tags"
    assert montreuil("DELETE", path, params={"tags": ["a", "b"]}).json() == {}
    assert said(montreuil("DELETE", path, params={"tags": "a"}), 404)
    assert said(montreuil.post(path, {"n": 1}), 400)


def test_only_tokens_are_accepted(sandbox, office):
    url = sandbox.url + "/api/users/me"
    assert requests.get(url, timeout=30).status_code == 401
    assert said(requests.get(url, auth=("membre", "sandbox-membre"), timeout=30), 401)
    assert said(requests.get(url, headers={"Authorization": "Bearer wrong"}, timeout=30), 401)
    assert office().get("/users/me").status_code == 200


def test_errors_are_the_entrepots_own(office, sandbox):
    assert said(office().get("/nowhere"), 404)
    assert said(office()("PUT", "/users/me"), 405)
    answer = office().post("configurations", {"type": "WFS", "more": 1, "name": 5})
    reasons = answer.json()["error_description"]
    assert answer.status_code == 400
    assert len(reasons) == 4
    assert any("layer_name" in reason for reason in reasons)
    assert any(reason.startswith("name :") for reason in reasons)
    assert office().session.get(sandbox.url + "/gcms/api/reports/1", timeout=30).json()["code"] == 404


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"text": NaN}', b""])
def test_bodies_that_are_none(montreuil, body):
    made = montreuil.made("configurations", montreuil.wfs("corps_" + str(abs(hash(body)))))
    path = f"configurations/{made['_id']}/comments"
    headers = {"Content-Type": "application/json"}
    assert said(montreuil("POST", path, data=body, headers=headers), 400)
    assert said(montreuil("POST", path, data=b'{"text": "x"}', headers={"Content-Type": "text/plain"}), 415)


def test_ids_are_drawn_anew_and_kept(tmp_path, sandbox):
    from sandbox.process import SandboxProcess

    seen = []
    for _ in range(2):
        with SandboxProcess(reports=0, features=0, state=tmp_path) as process:
            seen.append(process.entrepot()["ids"])
    assert seen[0] == seen[1]
    assert seen[0]["datastore"]["montreuil"] != sandbox.entrepot()["ids"]["datastore"]["montreuil"]
    ids = [id_ for kind in seen[0].values() for id_ in kind.values()]
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id_) for id_ in ids)


def test_settings(sandbox):
    assert sandbox.entrepot_settings(publication_seconds=3)["publication_seconds"] == 3
    with pytest.raises(OSError, match="400"):
        sandbox.entrepot_settings(offering_deletion="three")
    with pytest.raises(OSError, match="400"):
        sandbox.entrepot_settings(nothing=1)
    sandbox.reset_entrepot_settings()
    assert sandbox.entrepot()["settings"]["publication_seconds"] < 1
