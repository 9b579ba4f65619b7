"""Writing: what is sent for each endpoint as the server saw it, and what each kind of refusal becomes."""

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import auth, reading
from geocollab.client.errors import (
    Busy,
    Forbidden,
    Invalid,
    MalformedAnswer,
    NotFound,
    ServerFault,
    Unauthorized,
    Unreachable,
)
from geocollab.client.espaceco import contributions as write
from geocollab.client.espaceco import reports
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.espaceco.reports import ReportQuery
from tests.client.raw_server import RawServer, drop, reply

PLACE = (2.35, 48.85)
TEXT = 'Rue de l\'Été : "trou" <b>&amp;</b> 🚧 שלום\nligne 2 \\ %s {x} ; é'
SKETCH = '{"name":"Croquis","objects":[{"type":"Point","geometry":"POINT(2.35 48.85)","name":"é"}]}'


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


def send(api, function, *arguments):
    """As operations do it: from `in_parallel`."""
    (answer,) = api.session.in_parallel(lambda _item: function(api, *arguments), [None])
    return answer


@pytest.fixture
def report(api):
    """A report of `membre` in the community 96, where everybody may close."""
    return send(api, write.create, write.members(position=PLACE, comment="Trou", community=96))


def of(sandbox, method):
    """The requests of this method that the sandbox saw."""
    return [entry for entry in sandbox.journal() if entry["method"] == method]


# ---------------------------------------------------------------------- the members


def test_only_what_is_given_is_a_member():
    assert write.members() == {}
    assert write.members(comment="", sketch="", status="test") == {"comment": "", "sketch": None, "status": "test"}
    assert write.members(theme="", community=-1) == {"community": -1, "attributes": None}


def test_a_theme_is_one_object_with_texts():
    """A11: on write an object, never the list that is read; empty values are `{}`, never `[]`."""
    assert write.members(theme="Voirie", community=375)["attributes"] == {
        "community": 375,
        "theme": "Voirie",
        "attributes": {},
    }
    body = write.members(theme="Voirie", community=375, values={"État": "1", "vide": ""})
    assert body["attributes"]["attributes"] == {"État": "1", "vide": ""}
    assert body["community"] == 375


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_positions_are_written_to_the_millimetre(lon, lat):
    text = write.point((lon, lat))
    found = re.fullmatch(r"POINT\((-?\d+(?:\.\d+)?) (-?\d+(?:\.\d+)?)\)", text)
    assert found, text
    assert math.isclose(float(found.group(1)), lon, abs_tol=5.1e-9)
    assert math.isclose(float(found.group(2)), lat, abs_tol=5.1e-9)


# ---------------------------------------------------------------------- what the server sees


def test_a_creation(api, sandbox):
    body = write.members(
        position=PLACE, comment=TEXT, community=375, theme="Voirie", values={"Nature": "Ouvrage d'art"}, sketch=SKETCH
    )
    made = send(api, write.create, body)
    (seen,) = of(sandbox, "POST")
    assert (seen["path"], seen["query"], seen["status"]) == ("/gcms/api/reports", [], 201)
    assert seen["headers"]["content-type"] == "application/json"
    assert json.loads(seen["body"]) == {
        "geometry": "POINT(2.35 48.85)",
        "comment": TEXT,
        "community": 375,
        "attributes": {"community": 375, "theme": "Voirie", "attributes": {"Nature": "Ouvrage d'art"}},
        "sketch": SKETCH,
        "input_device": "SIG-QGIS",
    }
    there = send(api, reports.get_in_parallel, made["id"])
    assert there == made and there["comment"] == TEXT and there["sketch"] == SKETCH
    assert there["status"] == "submit" and there["input_device"] == "SIG-QGIS"
    assert list(reading.theme_values(there["attributes"])) == [(375, "Voirie", {"Nature": "Ouvrage d'art"})]


def test_a_creation_without_group_and_without_theme(api, sandbox):
    """A14: −1; what it becomes is read as no community. A15: without theme it waits for qualification."""
    made = send(api, write.create, write.members(position=PLACE, comment="a", community=write.A14_NO_GROUP))
    assert json.loads(of(sandbox, "POST")[0]["body"])["community"] == -1
    assert made.get("community") is None and made["status"] == "pending0"
    assert send(api, write.create, write.members(position=PLACE, status="test"))["status"] == "test"


def test_a_change_sends_what_changes(api, sandbox, report):
    moved = send(api, write.change, report["id"], write.members(position=(2.36, 48.86)))
    (seen,) = of(sandbox, "PATCH")
    assert seen["path"] == f"/gcms/api/reports/{report['id']}"
    assert json.loads(seen["body"]) == {"geometry": "POINT(2.36 48.86)"}
    assert (moved["geometry"], moved["comment"]) == ("POINT(2.36 48.86)", "Trou")


def test_the_theme_and_the_sketch_can_be_taken_away(api):
    body = write.members(position=PLACE, comment="a", community=375, theme="Autre", sketch=SKETCH)
    made = send(api, write.create, body)
    bare = send(api, write.change, made["id"], write.members(theme="", sketch=""))
    assert bare["attributes"] == [] and bare["sketch"] is None and bare["comment"] == "a"


def test_a_reply(api, sandbox, report):
    answer = send(api, write.reply, report["id"], TEXT, "pending1", "Titre é")
    (seen,) = [entry for entry in of(sandbox, "POST") if entry["path"].endswith("/replies")]
    assert seen["path"] == f"/gcms/api/reports/{report['id']}/replies"
    assert json.loads(seen["body"]) == {"title": "Titre é", "content": TEXT, "status": "pending1"}
    assert (answer["report_id"], answer["content"], answer["status"]) == (report["id"], TEXT, "pending1")
    assert send(api, write.reply, report["id"], "sans titre", "valid")["title"] is None


def test_documents_of_any_name(api, sandbox, report, tmp_path):
    files = [tmp_path / name for name in ('l\'été "1".png', "b;c.txt", "ä%20b.PDF", "日本.csv")]
    for number, file in enumerate(files):
        file.write_bytes(b"\x00\r\n--x" * (number + 1))
    send(api, write.attach, report["id"], files)
    (seen,) = [entry for entry in of(sandbox, "POST") if entry["path"].endswith("/attachments")]
    assert seen["headers"]["content-type"].startswith("multipart/form-data; boundary=")
    assert [line.partition("=")[0] for line in seen["body"].splitlines()] == [f"document{n}" for n in range(4)]
    there = send(api, reports.get_in_parallel, report["id"])["attachments"]
    assert [document["size"] for document in there] == [6, 12, 18, 24]
    assert [document["filename"] for document in there][1:] == [file.name for file in files[1:]]
    assert there[0]["filename"].startswith("l'été ") and there[0]["filename"].endswith(".png")


def test_what_is_deleted_is_gone_and_gone_twice(api, sandbox, report, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    send(api, write.attach, report["id"], [tmp_path / "a.txt"])
    (document,) = send(api, reports.get_in_parallel, report["id"])["attachments"]
    send(api, write.detach, report["id"], document["id"])
    with pytest.raises(NotFound):
        send(api, write.detach, report["id"], document["id"])
    send(api, write.delete, report["id"])
    with pytest.raises(NotFound):
        send(api, write.delete, report["id"])
    assert [(seen["path"].rpartition("/reports/")[2], seen["status"]) for seen in of(sandbox, "DELETE")] == [
        (f"{report['id']}/attachments/{document['id']}", 204),
        (f"{report['id']}/attachments/{document['id']}", 404),
        (str(report["id"]), 204),
        (str(report["id"]), 404),
    ]


def test_all_reports_of_an_author_are_read_whole(api):
    bodies = [write.members(position=PLACE, comment=f"tous {n}") for n in range(105)]
    wanted = {row["id"] for row in api.session.in_parallel(lambda body: write.create(api, body), bodies)}
    found = [row["id"] for row in reports.whole(api, ReportQuery(author=1001))]
    assert wanted <= set(found) and found == sorted(set(found), reverse=True)


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"comment": "sans position"}, "geometry est obligatoire"),
        (write.members(position=PLACE, community=99), "Groupe inconnu"),
        (write.members(position=PLACE, status="valid"), "submit ou test"),
        (write.members(position=PLACE, sketch="{"), "sketch"),
        ({**write.members(position=PLACE), "attributes": []}, "attributes"),
    ],
)
def test_the_server_says_why_it_refuses(api, body, said):
    with pytest.raises(Invalid, match=said):
        send(api, write.create, body)


def test_rights(make_session, sandbox, report, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    stranger = EspaceCo(make_session(auth.basic("sansgroupe", "sandbox-sansgroupe")), sandbox.url + "/gcms/api")
    nobody = EspaceCo(make_session(), sandbox.url + "/gcms/api")
    for function, arguments in (
        (write.change, (report["id"], write.members(comment="b"))),
        (write.delete, (report["id"],)),
        (write.create, (write.members(position=PLACE, community=375),)),
    ):
        with pytest.raises(Forbidden):
            send(stranger, function, *arguments)
        with pytest.raises(Unauthorized):
            send(nobody, function, *arguments)


def test_a_closed_report_takes_nothing_more(api, report):
    send(api, write.reply, report["id"], "fait", "valid")
    with pytest.raises(Forbidden):
        send(api, write.reply, report["id"], "encore", "pending")
    with pytest.raises(Forbidden):
        send(api, write.change, report["id"], write.members(comment="b"))


@pytest.mark.parametrize(
    ("name", "size", "error"), [("a.exe", 1, "Format"), ("a.txt", 0, "vide"), ("a.txt", 16_000_001, "trop volumineux")]
)
def test_documents_that_the_server_refuses(api, report, tmp_path, name, size, error):
    (tmp_path / name).write_bytes(bytes(size))
    with pytest.raises(Invalid, match=error):
        send(api, write.attach, report["id"], [tmp_path / name])


def test_a_document_that_cannot_be_read_is_no_request(api, sandbox, report, tmp_path):
    with pytest.raises(FileNotFoundError):
        send(api, write.attach, report["id"], [tmp_path / "gone.txt"])
    assert not [entry for entry in of(sandbox, "POST") if entry["path"].endswith("/attachments")]


# ---------------------------------------------------------------------- a bad day


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "lost_answer"}, Unreachable),
        ({"kind": "reset"}, Unreachable),
        ({"kind": "drop"}, Unreachable),
        ({"kind": "status", "status": 500}, ServerFault),
        ({"kind": "status", "status": 503}, Busy),
        ({"kind": "html", "status": 502}, ServerFault),
        ({"kind": "html", "status": 200}, MalformedAnswer),
        ({"kind": "not_json"}, MalformedAnswer),
        ({"kind": "truncated_json"}, MalformedAnswer),
        ({"kind": "redirect", "to": "/elsewhere"}, MalformedAnswer),
    ],
)
def test_what_may_have_been_done_is_sent_once(api, sandbox, report, quick, tmp_path, fault, error):
    """Creations, replies and documents would be there twice."""
    (tmp_path / "a.txt").write_text("a")
    for function, arguments in (
        (write.create, (write.members(position=PLACE),)),
        (write.reply, (report["id"], "a", "pending")),
        (write.attach, (report["id"], [tmp_path / "a.txt"])),
    ):
        sandbox.faults({**fault, "method": "POST", "times": None})
        sandbox.clear_journal()
        with pytest.raises(error):
            send(api, function, *arguments)
        assert len(of(sandbox, "POST")) == 1


def test_what_the_server_put_off_is_sent_again(api, sandbox, report):
    sandbox.faults({"kind": "rate_limit", "retry_after": 0.05, "method": "POST", "times": 2})
    assert send(api, write.reply, report["id"], "a", "pending")["content"] == "a"
    replies = [entry["status"] for entry in of(sandbox, "POST") if entry["path"].endswith("/replies")]
    assert replies == [429, 429, 201]


def test_a_state_may_be_set_twice(api, sandbox, report, quick):
    sandbox.faults({"kind": "lost_answer", "method": "PATCH"}, {"kind": "lost_answer", "method": "DELETE"})
    assert send(api, write.change, report["id"], write.members(comment="b"))["comment"] == "b"
    assert len(of(sandbox, "PATCH")) == 2
    with pytest.raises(NotFound):  # the first one deleted it
        send(api, write.delete, report["id"])


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"id": "x"}', b"<html>", b"", b'{"id": 1'])
def test_an_answer_that_is_no_report(make_session, body):
    with RawServer(reply(201, body)) as server, pytest.raises(MalformedAnswer):
        send(EspaceCo(make_session(), server.url), write.create, write.members(position=PLACE))


@pytest.mark.parametrize("function", [write.delete, write.detach])
def test_the_page_of_a_portal_is_no_deletion(api, sandbox, report, function):
    sandbox.faults({"kind": "html", "status": 200, "method": "DELETE"})
    with pytest.raises(MalformedAnswer):
        send(api, function, *[report["id"], 1][: 1 + (function is write.detach)])
    assert send(api, reports.get_in_parallel, report["id"])["id"] == report["id"]


def test_a_server_that_hangs_up(make_session, quick):
    with RawServer(drop) as server:
        with pytest.raises(Unreachable) as caught:
            send(EspaceCo(make_session(), server.url), write.create, write.members(position=PLACE))
        assert not caught.value.never_sent and len(server.requests) == 1
    with pytest.raises(Unreachable) as caught:
        send(EspaceCo(make_session(), "http://127.0.0.1:9"), write.create, write.members(position=PLACE))
    assert caught.value.never_sent
