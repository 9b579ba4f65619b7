"""The process: connection files, restart, clean stop, rate limit, clock, the fast path of deep pages."""

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from sandbox.process import SandboxProcess

ROOT = Path(__file__).resolve().parents[2]


def start(**options):
    return SandboxProcess(python=sys.executable, **options)


def test_restart_keeps_reports_and_tokens(tmp_path, caller):
    with start(reports=60, state=tmp_path / "state") as first:
        token = first.token("membre")
        membre = caller(first.url, "membre")
        made = membre.post("/reports", json={"geometry": "POINT(2.35 48.85)", "community": 375}).json()
        files = {"photo0": ("note.txt", b"bonjour")}
        report = membre.post(f"/reports/{made['id']}/attachments", files=files).json()
        before = membre.every()
    with start(reports=5, state=tmp_path / "state") as second:
        bearer = {"Authorization": f"Bearer {token}"}
        assert requests.get(second.url + "/gcms/api/users/me", headers=bearer, timeout=30).status_code == 200
        after = caller(second.url, "membre").every()
        assert json.dumps(after) == json.dumps(before).replace(first.url, second.url)
        assert len(after) > 40
        document = report["attachments"][0]
        assert requests.get(f"{second.url}/document/image/{document['id']}", timeout=30).content == b"bonjour"
        again = caller(second.url, "membre").post("/reports", json={"geometry": "POINT(2.35 48.85)"}).json()
        assert again["id"] == made["id"] + 1


def test_the_seed_is_deterministic(caller):
    texts = []
    for _ in range(2):
        with start(reports=80, now="2026-03-01T12:00:00+00:00") as process:
            texts.append(json.dumps(caller(process.url, "membre").every()).replace(process.url, ""))
    assert texts[0] == texts[1]


def test_clean_stop_leaves_nothing(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "sandbox", "--connection", str(tmp_path / "c.json"), "--reports", "5"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout.readline().startswith("ready http://127.0.0.1:")
    assert [path for path in tmp_path.iterdir() if path.is_dir()]
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_connection_files_hold_no_secret(caller):
    with start(reports=5) as process:
        made = json.loads(process.connection.read_text())
        assert made == {
            "name": "sandbox",
            "services": {
                "espaceco": process.url + "/gcms/api",
                "site": process.url,
                "sso": process.url + "/auth/realms/geoplateforme",
                "entrepot": process.url + "/api",
                "diffusion": process.url,
            },
            "account": {
                "kind": "password",
                "client_id": "geocollab-sandbox",
                "username": "membre",
                "password_file": "connection.membre.password",  # pragma: allowlist secret
            },
            "defaults": {"community": "375", "datastore": "montreuil"},
        }
        for kind, user in (("basic", "admin"), ("client_credentials", None), ("token", "membre"), ("anonymous", None)):
            file = process.connection_for(user, kind, name=kind)
            connection = json.loads(file.read_text())
            account = connection["account"]
            assert (connection["name"], account["kind"]) == (kind, kind)
            assert "sandbox-" not in json.dumps(account).replace('"geocollab-sandbox"', "")
            for name in (name for name in account if name.endswith("_file")):
                secret = file.parent / account[name]
                assert secret.read_text()
                assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        bearer = {"Authorization": "Bearer " + process.token("admin")}
        assert (
            requests.get(process.url + "/gcms/api/users/me", headers=bearer, timeout=30).json()["username"] == "admin"
        )


def test_rate_limit(caller):
    with start(reports=5, rate=3) as process:
        membre, admin = caller(process.url, "membre"), caller(process.url, "admin")
        answers = [membre.get("/users/me") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[-1].headers["Retry-After"] == "1"
        assert answers[-1].json()["code"] == 429
        assert admin.get("/users/me").status_code == 200
        for _ in range(6):
            assert requests.get(process.url + "/_journal", timeout=30).status_code == 200
        time.sleep(1.1)
        assert membre.get("/users/me").status_code == 200


def test_a_user_has_25_requests_in_any_second(monkeypatch):
    from sandbox import access
    from sandbox.errors import ApiError
    from sandbox.world.people import BY_NAME

    now = [100.0]
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    rate = access.Rate()
    for _ in range(25):
        now[0] += 0.01
        rate.check(BY_NAME["membre"])
    with pytest.raises(ApiError):
        rate.check(BY_NAME["membre"])
    rate.check(BY_NAME["admin"])
    now[0] = 101.015  # only the first of them is older than a second
    rate.check(BY_NAME["membre"])
    with pytest.raises(ApiError):
        rate.check(BY_NAME["membre"])


def test_clock(caller):
    with start(reports=5, now="2024-07-14T10:00:00+02:00") as process:
        answer = caller(process.url, "membre").post("/reports", json={"geometry": "POINT(2.35 48.85)"})
        assert answer.headers["Date"].startswith("Sun, 14 Jul 2024 08:00:")
        assert answer.json()["opening_date"].startswith("2024-07-14T10:00:")
        assert answer.json()["opening_date"].endswith("+02:00")


def test_faults_file_and_refusal_to_start(tmp_path, caller):
    with start(reports=5, faults=[{"kind": "status", "status": 503}]) as process:
        membre = caller(process.url, "membre")
        assert [membre.get("/users/me").status_code for _ in range(2)] == [503, 200]
    with pytest.raises(RuntimeError, match="Panne inconnue"):
        start(reports=5, faults=[{"kind": "tempête"}])
    with pytest.raises(RuntimeError, match="did not start"):
        start(reports=5, now="hier")


def test_deep_pages_of_a_big_state(caller):
    with start(reports=20_000, rate=0) as process:
        membre = caller(process.url, "membre")
        total = int(membre.get("/reports", {"communities": 375}).headers["Content-Range"].split("/")[1])
        assert 13_000 < total < 15_000
        last = membre.get("/reports", {"communities": 375, "limit": 100, "page": total // 100, "sort": "id:ASC"})
        first = membre.get("/reports", {"communities": 375, "limit": 100, "page": 1, "sort": "id:ASC"})
        assert len(last.json()) == 100
        assert last.json()[0]["id"] > first.json()[-1]["id"]
        assert last.headers["Content-Range"] == f"{total // 100 * 100 - 99}-{total // 100 * 100}/{total}"


def test_without_starlette_it_says_what_to_do(tmp_path):
    (tmp_path / "sandbox").mkdir()
    for name in ("__init__.py", "__main__.py"):
        (tmp_path / "sandbox" / name).write_text((ROOT / "sandbox" / name).read_text())
    command = [sys.executable, "-I", "-S", "-c", "import sys; sys.path.insert(0, '.'); import sandbox.__main__"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "make setup" in done.stderr
