"""Logs: longer than a page, of checks and executions, each line in its parts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import errors
from geocollab.client.entrepot import checks, processings, uploads
from geocollab.client.entrepot.logs import Line, complaints, line_of
from geocollab.client.waiting import wait
from tests.client.raw_server import reply


@pytest.mark.parametrize("module", [checks, processings])
@pytest.mark.parametrize(("total", "most"), [(0, 50), (1, 50), (50, 50), (51, 50), (137, 50), (137, 10)])
@pytest.mark.parametrize("announced", [True, False])
def test_every_line_comes(odd, module, total, most, announced):
    lines = [f"ligne {number} é" for number in range(total)]

    def page(connection, server):
        number = int(server.requests[-1].split("page=")[1].split("&")[0])
        found = lines[(number - 1) * most : number * most]
        headers = [f"Content-Range: 1-{len(found)}/{total}"] if announced else []
        connection.sendall(reply(200, json.dumps(found).encode(), headers))

    datastore, server = odd(page)
    assert module.logs(datastore, "e") == lines
    asked = [request.split(" ")[1].partition("?") for request in server.requests]
    assert {path.rpartition("/executions/")[2] for path, _mark, _query in asked} == {"e/logs"}
    assert [query for _path, _mark, query in asked] == [f"page={n}&limit=50" for n in range(1, len(asked) + 1)]


def test_a_log_without_end_is_not_read_for_ever(odd):
    def page(connection, server):
        connection.sendall(reply(200, json.dumps([f"{len(server.requests)}"] * 50).encode()))

    datastore, server = odd(page)
    assert len(checks.logs(datastore, "e")) == 10_000
    assert len(server.requests) == 200


def test_a_server_that_knows_no_pages_is_asked_twice(odd):
    datastore, server = odd(["a", "b"])
    assert checks.logs(datastore, "e") == ["a", "b"]
    assert len(server.requests) == 2


@pytest.mark.parametrize(("body", "lines"), [({}, []), ([None, 1, "a", {"b": 1}], ["", "1", "a", ""]), ("x", [])])
def test_logs_in_odd_forms(odd, body, lines):
    assert checks.logs(odd(body)[0], "e") == lines


def test_what_is_no_log_is_said(odd):
    with pytest.raises(errors.MalformedAnswer):
        checks.logs(odd(reply(200, b"<html>"))[0], "e")


def test_a_check_that_fails_says_why(datastore, sandbox, asked, tmp_path):
    long = [f"2026-07-24 00:12:00,981INFO||checks_ogr||342||ligne {number}" for number in range(120)]
    error = "2026-07-24 00:12:01,002ERROR||checks_ogr||351||Le SRS || est faux"
    sandbox.faults({"kind": "check_failure", "check": "vecteur", "logs": [*long, error]})
    file = tmp_path / "a.csv"
    file.write_text("id;lon;lat\n1;2;48\n")
    upload = uploads.create(datastore, "mal faite", "", "VECTOR", "EPSG:4326").id
    uploads.send_file(datastore, upload, file, "data/a.csv")
    uploads.close(datastore, upload)
    read = lambda: uploads.uploads.get(datastore, upload)  # noqa: E731
    assert wait(datastore.session, read, lambda found: found.status != "CHECKING", limit=30).status == "UNSTABLE"
    found = uploads.checks(datastore, upload)
    ((execution, name),) = found.failed
    assert name == "Vérification vecteur" and not found.running
    sandbox.clear_journal()
    lines = checks.logs(datastore, execution)
    assert [line for line in lines if "ligne" in line] == long
    assert complaints(lines) == ["Le SRS || est faux"]
    path = f"./checks/executions/{execution}/logs"
    assert [(entry[1], entry[2][0]) for entry in asked()][:3] == [(path, ("page", str(n))) for n in (1, 2, 3)]
    about = checks.executions.get(datastore, execution)
    assert about.status == "FAILURE"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2026-07-24 00:12:00,981ERROR||checks_ogr||342||message", Line("ERROR", "message")),
        ("2026-07-24T00:12:00.981 WARNING||a||1|| deux || barres ", Line("WARNING", "deux || barres")),
        ("2026-07-24 00:12:00,981INFO||||||", Line("INFO", "")),
        ("2026-07-24 00:12:00,981ERROR||m||1||sur\ndeux lignes", Line("ERROR", "sur\ndeux lignes")),
        ("  Traceback (most recent call last)  ", Line("", "Traceback (most recent call last)")),
        ("ERROR: x", Line("", "ERROR: x")),
        ("", Line("", "")),
    ],
)
def test_a_line_in_its_parts(text, line):
    assert line_of(text) == line


@given(
    level=st.sampled_from(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "FATAL"]),
    module=st.text(st.characters(exclude_characters="|"), max_size=10),
    message=st.text(),
    space=st.sampled_from(["", " "]),
)
def test_whatever_a_line_says(level, module, message, space):
    line = f"2026-07-24 00:12:00,981{space}{level}||{module}||7||{message}"
    assert line_of(line) == Line(level, message.strip())


@given(text=st.text())
def test_any_text_is_a_line(text):
    assert isinstance(line_of(text).message, str)


def log(level, message):
    return f"2026-07-24 00:12:00,981{level}||m||1||{message}"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([log("INFO", "a"), log("ERROR", "b"), log("INFO", "c"), log("CRITICAL", "d")], ["b", "d"]),
        ([log("ERROR", "b"), log("ERROR", "b")], ["b"]),
        ([log("INFO", "a"), log("INFO", "b"), "c", "", "d"], ["c", "d"]),
        (["a", "b", "c", "d"], ["b", "c", "d"]),
        ([], []),
    ],
)
def test_what_people_are_told_of_a_log(lines, found):
    assert complaints(lines) == found
