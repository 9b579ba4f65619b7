"""What can go wrong in the Entrepôt, switched on: each fault strikes as told, and only then."""

import time

import pytest
import requests

from sandbox.faults import ENTREPOT_KINDS
from sandbox.world.people import BY_NAME
from tests.sandbox.entrepot_calls import said
from tests.sandbox.entrepot_work import (
    COPY,
    close,
    declared,
    delivered,
    ended,
    launch,
    log_of_checks,
    logs,
    order,
    run,
    send,
    until,
    upload,
)

CONTENT = bytes(range(256)) * 20_000  # five blocks and a bit


class BrokenOff(Exception):
    """The client does not go on."""


def test_every_kind_is_tested():
    assert {name.removeprefix("test_fault_") for name in globals() if name.startswith("test_fault_")} >= set(
        ENTREPOT_KINDS
    )


def sizes(office, id_):
    return {entry["name"]: entry["size"] for entry in office.read(f"uploads/{id_}/tree")}


@pytest.mark.parametrize("at", [0.0, 0.37, 0.9])
def test_fault_cut_upload(sandbox, montreuil, at):
    id_ = upload(montreuil)
    sandbox.faults({"kind": "cut_upload", "at": at})
    with pytest.raises(requests.ConnectionError):
        send(montreuil, id_, "a", CONTENT)
    assert sizes(montreuil, id_) == {"a": int(len(CONTENT) * at)}
    assert montreuil.get(f"uploads/{id_}/data", path="a").content == CONTENT[: int(len(CONTENT) * at)]
    entry = next(entry for entry in sandbox.journal("/data$") if entry["method"] == "POST")
    assert (entry["status"], entry["fault"]) == (None, "cut_upload")
    assert said(send(montreuil, id_, "a", CONTENT), 409)
    assert montreuil("DELETE", f"uploads/{id_}/data", params={"path": "a"}).status_code == 204
    assert send(montreuil, id_, "a", CONTENT).status_code == 204
    assert sizes(montreuil, id_) == {"a": len(CONTENT)}


def test_who_breaks_off_leaves_what_came(montreuil):
    id_ = upload(montreuil)

    def half():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + bytes(3_000_000)
        raise BrokenOff

    with pytest.raises(BrokenOff):
        montreuil("POST", f"uploads/{id_}/data?path=a", data=half(),
                  headers={"Content-Type": "multipart/form-data; boundary=b"})  # fmt: skip
    montreuil.session.close()
    until(lambda: bool(sizes(montreuil, id_)), True)
    assert 0 < sizes(montreuil, id_)["a"] <= 3_000_000


def test_an_answer_is_lost_but_not_the_file(sandbox, montreuil):
    id_ = upload(montreuil)
    sandbox.faults({"kind": "lost_answer", "path": "/data$"})
    with pytest.raises(requests.ConnectionError):
        send(montreuil, id_, "a", CONTENT)
    assert sizes(montreuil, id_) == {"a": len(CONTENT)}


@pytest.mark.parametrize(("after_body", "kept"), [(True, {"a": 3}), (False, {})])
def test_an_error_before_or_after_the_body(sandbox, montreuil, after_body, kept):
    id_ = upload(montreuil)
    sandbox.faults({"kind": "status", "status": 500, "message": "panne", "path": "/data$", "after_body": after_body})
    assert said(send(montreuil, id_, "a"), 500) == "panne"
    assert sizes(montreuil, id_) == kept


def test_fault_expired_upload(sandbox, montreuil):
    id_ = upload(montreuil)
    sandbox.faults({"kind": "expired_upload", "at": 0.5})
    assert said(send(montreuil, id_, "a", CONTENT), 401)
    assert said(montreuil.get(f"uploads/{id_}/tree"), 401)
    montreuil.session.headers["Authorization"] = f"Bearer {sandbox.token('membre')}"
    assert sizes(montreuil, id_) == {}
    assert send(montreuil, id_, "a", CONTENT).status_code == 204


def test_fault_slow_link(sandbox, montreuil):
    id_ = upload(montreuil)
    sandbox.faults({"kind": "slow_link", "bytes_per_second": 10_000_000})
    started = time.monotonic()
    assert send(montreuil, id_, "a", CONTENT).status_code == 204
    assert time.monotonic() - started > 0.5
    started = time.monotonic()
    assert send(montreuil, id_, "b", CONTENT).status_code == 204
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("list", lambda answer: answer.json()["error_description"][0]),
        ("string", lambda answer: answer.json()["error_description"]),
        ("message", lambda answer: answer.json()["message"]),
        ("html", lambda answer: answer.text.partition("<p>")[2].partition("</p>")[0]),
    ],
)
def test_fault_error_form(sandbox, montreuil, form, read):
    sandbox.faults({"kind": "error_form", "form": form, "times": None})
    id_ = upload(montreuil)  # what is no error stays as it is
    answer = montreuil.post(f"uploads/{id_}/open")
    assert answer.status_code == 409
    assert "OPEN" in read(answer)
    assert answer.headers["Content-Type"].startswith("text/html" if form == "html" else "application/json")


def test_errors_of_the_gateway_have_the_form_of_their_api(sandbox, montreuil):
    for answer, status in ((montreuil.get("/nowhere"), 404), (montreuil("PUT", "uploads"), 405)):
        assert said(answer, status)
    sandbox.faults({"kind": "rate_limit", "retry_after": 3})
    answer = montreuil.get("uploads")
    assert said(answer, 429) and answer.headers["Retry-After"] == "3"
    sandbox.faults({"kind": "expired_token"})
    assert said(montreuil.get("uploads"), 401)
    password = BY_NAME["membre"].password
    assert "code" in requests.get(f"{sandbox.url}/gcms/api/nowhere", auth=("membre", password), timeout=30).json()


def test_fault_check_failure(sandbox, montreuil):
    sandbox.faults({"kind": "check_failure", "check": "standard", "logs": ["Panne du contrôle"]})
    id_ = delivered(montreuil, {"a": b"x"}, "ARCHIVE", wanted="UNSTABLE")
    assert "ERROR||entrepot||1||Panne du contrôle" in log_of_checks(montreuil, id_)
    montreuil.post(f"uploads/{id_}/open")
    assert close(montreuil, id_) == "CLOSED"


@pytest.mark.parametrize("end", ["FAILURE", "ABORTED"])
def test_fault_execution(sandbox, montreuil, end):
    id_ = delivered(montreuil, {"a": b"x"}, "ARCHIVE")
    sandbox.faults({"kind": "execution", "processing": "archive", "status": end, "logs": ["un", "deux"]})
    data, log = run(montreuil, COPY, end, uploads=[id_], output=["ARCHIVE"])
    assert data["status"] == "UNSTABLE"
    assert [line.rpartition("||")[2] for line in log.splitlines()] == ["un", "deux"]
    run(montreuil, COPY, uploads=[id_], output=["ARCHIVE"])


def test_fault_execution_stuck(sandbox, montreuil):
    id_ = delivered(montreuil, {"a": b"x"}, "ARCHIVE")
    sandbox.faults({"kind": "execution", "status": "PROGRESS", "logs": ["Attente du cluster"]})
    execution = declared(montreuil, COPY, uploads=[id_], output=["ARCHIVE"])
    launch(montreuil, execution)
    path = f"processings/executions/{execution['_id']}"
    until(lambda: montreuil.read(path)["status"], "PROGRESS")
    until(lambda: "Attente" in logs(montreuil, execution), True)
    assert montreuil.post(path + "/abort").status_code == 202
    assert ended(montreuil, execution)["status"] == "ABORTED"


def test_a_fault_of_other_work_strikes_nothing(sandbox, montreuil):
    sandbox.faults({"kind": "execution", "processing": "pyramide"}, {"kind": "check_failure", "check": "vecteur"})
    id_ = delivered(montreuil, {"a": b"x"}, "ARCHIVE")
    run(montreuil, COPY, uploads=[id_], output=["ARCHIVE"])


def test_fault_no_storage(sandbox, montreuil):
    id_ = delivered(montreuil, {"a": b"x"}, "ARCHIVE")
    sandbox.faults({"kind": "no_storage", "tag": "ARCHIVE"})
    body = order(montreuil, COPY, uploads=[id_], output=["ARCHIVE"])
    assert "ARCHIVE" in said(montreuil.post("processings/executions", body), 404)
    assert montreuil.post("processings/executions", body).status_code == 201


def test_fault_endpoint_full(sandbox, montreuil):
    configuration = montreuil.made("configurations", montreuil.wfs("plein"))
    sandbox.faults({"kind": "endpoint_full", "endpoint": "wfs"})
    assert "Quota" in said(montreuil.offer(configuration), 409)
    assert montreuil.offer(configuration).status_code == 201
