"""The journal: everything that was asked, nothing that is secret."""

import requests

from sandbox.world.people import BY_NAME, CLIENTS

OIDC = "/auth/realms/geoplateforme/protocol/openid-connect"


def test_each_request_is_there_once(sandbox, membre):
    sandbox.clear_journal()
    membre.get("/reports", {"limit": 2, "status[]": ["valid", "test"]})
    membre.post("/reports", json={"geometry": "POINT(0 0)", "community": 375})
    requests.get(sandbox.url + "/document/image/1", timeout=30)
    entries = sandbox.journal()
    assert [(e["method"], e["path"], e["user"], e["status"]) for e in entries] == [
        ("GET", "/gcms/api/reports", "membre", 206),
        ("POST", "/gcms/api/reports", "membre", 403),
        ("GET", "/document/image/1", None, 404),
    ]
    assert entries[0]["query"] == [["limit", "2"], ["status[]", "valid"], ["status[]", "test"]]
    assert '"POINT(0 0)"' in entries[1]["body"]
    assert [entry["n"] for entry in entries] == sorted({entry["n"] for entry in entries})
    assert all(entry["fault"] is None and entry["seconds"] >= 0 for entry in entries)
    assert [entry["path"] for entry in sandbox.journal("^/document")] == ["/document/image/1"]
    assert requests.get(sandbox.url + "/_journal?path=(", timeout=30).status_code == 400
    sandbox.clear_journal()
    assert sandbox.journal() == []


def test_no_secret(sandbox, membre, token):
    sandbox.clear_journal()
    membre.get("/users/me", headers={"Cookie": "session=biscuit"})
    form = {"grant_type": "password", "username": "membre", "password": BY_NAME["membre"].password, "scope": "openid"}
    tokens = token(**form).json()
    renewed = token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    bearer = {"Authorization": f"Bearer {renewed['access_token']}"}
    requests.get(sandbox.url + "/gcms/api/reports", headers=bearer, timeout=30)
    secret = {"client_id": "geocollab-service", "client_secret": CLIENTS["geocollab-service"].secret}
    token(**secret, grant_type="client_credentials")
    requests.post(
        sandbox.url + OIDC + "/token", data=form, auth=("geocollab-service", "sandbox-service-secret"), timeout=30
    )
    requests.post(sandbox.url + OIDC + "/token", json=form, timeout=30)
    requests.post(sandbox.url + OIDC + "/token", data="password=sandbox-membre", timeout=30)
    requests.post(sandbox.url + OIDC + "/revoke", data={"token": renewed["access_token"], **secret}, timeout=30)
    requests.get(sandbox.url + OIDC + "/logout", params={"id_token_hint": tokens["id_token"]}, timeout=30)
    files = {"note": ("note.txt", b"contenu du fichier", "text/plain"), "password": (None, "sandbox-membre")}
    membre.post("/reports/1/attachments", files=files)
    text = requests.get(sandbox.url + "/_journal", timeout=30).text
    assert len(sandbox.journal()) == 11
    for secret_text in (
        "sandbox-membre", "sandbox-service-secret", "biscuit", "contenu du fichier", "bWVtYnJl",
        *(tokens[name] for name in ("access_token", "refresh_token", "id_token")),
        *(renewed[name] for name in ("access_token", "refresh_token")),
    ):  # fmt: skip
        assert secret_text not in text
    assert "Bearer ***" in text
    assert "Basic ***" in text
    assert "username=membre&password=***" in text
    assert "note=file(note.txt, text/plain, 18 bytes)" in text


def test_a_code_and_its_proof_are_secret(sandbox):
    sandbox.clear_journal()
    form = {"grant_type": "authorization_code", "client_id": "geocollab-sandbox", "code": "abc", "code_verifier": "def"}
    requests.post(sandbox.url + OIDC + "/token", data=form, timeout=30)
    assert sandbox.journal()[0]["body"] == (
        "grant_type=authorization_code&client_id=geocollab-sandbox&code=***&code_verifier=***"
    )
